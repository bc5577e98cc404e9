"""What clients keep with a task: the column `metadata`, and the function that its constraint calls (TASK-48)."""

from alembic import op

revision = "0003"
down_revision = "0002"

_CONTROL = r"[\u0001-\u0008\u000b-\u001f\u007f]"

_FITS = f"""
CREATE FUNCTION task_metadata_fits(metadata jsonb) RETURNS boolean
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE WHEN jsonb_typeof(metadata) = 'object' THEN (
    SELECT count(*) <= 50 AND coalesce(bool_and(
        char_length(key) BETWEEN 1 AND 64 AND key !~ '{_CONTROL}'
        AND jsonb_typeof(value) = 'string'
        AND char_length(value #>> '{{}}') <= 500 AND value #>> '{{}}' !~ '{_CONTROL}'
    ), true)
    FROM jsonb_each(metadata)
) ELSE false END
"""  # noqa: S608 - our own text


def upgrade() -> None:
    """Adds the column, empty for the tasks that there are."""
    op.execute(_FITS)
    op.execute(
        "ALTER TABLE tasks ADD COLUMN metadata jsonb NOT NULL DEFAULT '{}'::jsonb"
        " CONSTRAINT tasks_metadata_fits CHECK (task_metadata_fits(metadata))"
    )


def downgrade() -> None:
    """Drops the column with what it holds."""
    op.execute("ALTER TABLE tasks DROP COLUMN metadata")
    op.execute("DROP FUNCTION task_metadata_fits")
