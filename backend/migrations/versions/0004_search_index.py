"""The index of `search`, on servers that have the extension pg_trgm (specs/decisions/0045)."""

from alembic import op

revision = "0004"
down_revision = "0003"

# In a block of its own, so that what is refused is taken back and the migration goes on. Trusted extensions may be
# created by whoever may create schemas in the database; some providers answer with "not supported" for one that is not
# on their list. The extension may be there already, in a schema that is not searched.
_INDEX = """
DO $$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_available_extensions WHERE name = 'pg_trgm') THEN
        RETURN;
    END IF;
    CREATE EXTENSION IF NOT EXISTS pg_trgm;
    EXECUTE (
        SELECT format(
            'CREATE INDEX tasks_search ON tasks'
            ' USING gin (title_key %1$I.gin_trgm_ops, task_title_key(description) %1$I.gin_trgm_ops)',
            nspname
        )
        FROM pg_extension JOIN pg_namespace ON pg_namespace.oid = extnamespace
        WHERE extname = 'pg_trgm'
    );
EXCEPTION WHEN insufficient_privilege OR feature_not_supported THEN
    RAISE NOTICE 'search is not indexed: %', SQLERRM;
END
$$
"""


def upgrade() -> None:
    """Creates the extension where the server has it and allows it, and then the index; else nothing."""
    op.execute(_INDEX)


def downgrade() -> None:
    """Drops the index and leaves the extension, which others may use."""
    op.execute("DROP INDEX IF EXISTS tasks_search")
