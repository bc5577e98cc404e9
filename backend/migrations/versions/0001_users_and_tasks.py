"""The tables `users` and `tasks`, and the functions of the tasks' sort keys (specs/decisions/0005)."""

from alembic import op
from sqlalchemy import Connection, text

revision = "0001"
down_revision = None

_CONTROL = r"[\u0001-\u0008\u000b-\u001f\u007f]"
_WHITE_SPACE = r"[\u0009\u000a\u0020\u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000\ufeff]"

_DUE_KEY = """
CREATE FUNCTION task_due_key(due_at timestamptz, due_on date, missing bigint) RETURNS bigint
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE
    WHEN due_at IS NOT NULL THEN (extract(epoch FROM due_at AT TIME ZONE 'UTC') * 1000000)::bigint * 2 + 1
    WHEN due_on IS NOT NULL THEN (due_on - '1970-01-01'::date) * 172800000000
    ELSE missing
END
"""

_USERS = r"""
CREATE TABLE users (
    id text PRIMARY KEY,
    email text,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT users_id_length CHECK (char_length(id) BETWEEN 1 AND 128),
    CONSTRAINT users_id_characters CHECK (id !~ '[/\u0001-\u001f\u007f]|^ | $')
)
"""

_TASKS = f"""
CREATE TABLE tasks (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    user_id text NOT NULL REFERENCES users (id),
    title text NOT NULL,
    description text,
    status text NOT NULL DEFAULT 'pending',
    priority smallint NOT NULL DEFAULT 0,
    due_at timestamptz,
    due_on date,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    completed_at timestamptz,
    version integer NOT NULL DEFAULT 1,
    title_key text COLLATE "C" NOT NULL GENERATED ALWAYS AS (task_title_key(title)) STORED,
    due_ascending bigint NOT NULL
        GENERATED ALWAYS AS (task_due_key(due_at, due_on, '9223372036854775807'::bigint)) STORED,
    due_descending bigint NOT NULL
        GENERATED ALWAYS AS (task_due_key(due_at, due_on, '-9223372036854775808'::bigint)) STORED,
    CONSTRAINT tasks_id_range CHECK (id BETWEEN 1 AND 9007199254740991),
    CONSTRAINT tasks_title_length CHECK (char_length(title) BETWEEN 1 AND 200),
    CONSTRAINT tasks_title_characters CHECK (title !~ '{_CONTROL}'),
    CONSTRAINT tasks_title_trimmed CHECK (title !~ '^{_WHITE_SPACE}|{_WHITE_SPACE}$'),
    CONSTRAINT tasks_description_length CHECK (char_length(description) <= 1000),
    CONSTRAINT tasks_description_characters CHECK (description !~ '{_CONTROL}'),
    CONSTRAINT tasks_status_known CHECK (status IN ('pending', 'in_progress', 'completed', 'cancelled')),
    CONSTRAINT tasks_priority_range CHECK (priority BETWEEN 0 AND 5),
    CONSTRAINT tasks_due_once CHECK (due_at IS NULL OR due_on IS NULL),
    CONSTRAINT tasks_due_at_range
        CHECK (due_at >= '0001-01-01 00:00:00+00' AND due_at < '10000-01-01 00:00:00+00'),
    CONSTRAINT tasks_due_on_range CHECK (due_on BETWEEN '0001-01-01' AND '9999-12-31'),
    CONSTRAINT tasks_completed_at_fits CHECK ((status = 'completed') = (completed_at IS NOT NULL)),
    CONSTRAINT tasks_version_positive CHECK (version >= 1)
)
"""


def upgrade() -> None:
    """Creates both tables, the functions before them."""
    op.execute(
        "CREATE FUNCTION task_title_key(title text) RETURNS text "
        f"LANGUAGE sql IMMUTABLE PARALLEL SAFE RETURN {_folded(op.get_bind())}"
    )
    op.execute(_DUE_KEY)
    op.execute(_USERS)
    op.execute(_TASKS)
    for key in ("created_at", "updated_at", "title_key", "priority", "due_ascending", "due_descending"):
        op.create_index(f"tasks_{key}", "tasks", ["user_id", key, "id"])
        op.create_index(f"tasks_status_{key}", "tasks", ["user_id", "status", key, "id"])


def downgrade() -> None:
    """Drops both tables with all tasks."""
    op.drop_table("tasks")
    op.drop_table("users")
    op.execute("DROP FUNCTION task_due_key, task_title_key")


def _folded(connection: Connection) -> str:
    """The title with its case folded, as well as this server can: all of Unicode, or letter by letter.

    The result must not depend on the database's own locale where that can be had, so that titles are ordered alike on
    every machine. PostgreSQL 18 brings `casefold`, 17 the builtin collation, and older ones ICU if they are built so.
    """
    builtin = text("SELECT collname FROM pg_collation WHERE collnamespace = 'pg_catalog'::regnamespace")
    collations = set(connection.scalars(builtin))
    if "pg_unicode_fast" in collations:
        return "casefold(title COLLATE pg_unicode_fast)"
    found = next((f' COLLATE "{name}"' for name in ("pg_c_utf8", "und-x-icu") if name in collations), "")
    # ICU writes a sigma at the end of a word in its other form: a part of a title would be folded otherwise than the
    # whole, and not be found in it. `casefold` knows one form only.
    return f"replace(lower(title{found}), U&'\\03C2', U&'\\03C3')"
