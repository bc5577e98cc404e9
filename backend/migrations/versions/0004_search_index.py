"""The index of `search`, on servers that have the extensions pg_trgm and btree_gin (specs/decisions/0045)."""

from alembic import op

revision = "0004"
down_revision = "0003"

# In a block of its own, so that what is refused is taken back and the migration goes on. Trusted extensions may be
# created by whoever may create schemas in the database; some providers answer with "not supported" for one that is not
# on their list, and one that is listed may lack its files. pg_trgm may be there already, in a schema that is not
# searched; btree_gin's class is text's default and needs no name.
_INDEX = """
DO $$
BEGIN
    IF (SELECT count(*) FROM pg_available_extensions WHERE name IN ('pg_trgm', 'btree_gin')) < 2 THEN
        RETURN;
    END IF;
    CREATE EXTENSION IF NOT EXISTS pg_trgm;
    CREATE EXTENSION IF NOT EXISTS btree_gin;
    EXECUTE (
        SELECT format(
            'CREATE INDEX tasks_search ON tasks'
            ' USING gin (user_id, title_key %1$I.gin_trgm_ops, task_title_key(description) %1$I.gin_trgm_ops)',
            nspname
        )
        FROM pg_extension JOIN pg_namespace ON pg_namespace.oid = extnamespace
        WHERE extname = 'pg_trgm'
    );
EXCEPTION WHEN insufficient_privilege OR feature_not_supported OR undefined_file THEN
    RAISE NOTICE 'search is not indexed: %', SQLERRM;
END
$$
"""


def upgrade() -> None:
    """Creates the extensions where the server has and allows both, and then the index; else nothing."""
    op.execute(_INDEX)


def downgrade() -> None:
    """Drops the index and leaves the extensions, which others may use."""
    op.execute("DROP INDEX IF EXISTS tasks_search")
