"""How Alembic runs a migration here: one transaction, one migrator at a time, our tables only.

Alembic executes this file; `backend.migrations` hands it the connection.
"""

from alembic import context
from sqlalchemy import Connection, text

from backend.migrations import LOCK_SECONDS, SEARCH_INDEX
from backend.models import metadata

ADVISORY_LOCK = 7_461_736_573_000_001
"""Any number will do, as long as every build of this service takes the same one."""


def _ours(name: str | None, type_: str, _parents: object) -> bool:
    """Whether the comparison looks at it.

    Better Auth's tables live in the same database, and others may. The search index is there or not, as the server can.
    """
    return name in metadata.tables if type_ == "table" else name != SEARCH_INDEX


def _migrate(connection: Connection) -> None:
    context.configure(connection=connection, target_metadata=metadata, include_name=_ours)
    with context.begin_transaction():
        # Held to the end of the transaction. A lock of the session would stay behind on a pooler's connection.
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": ADVISORY_LOCK})
        # Only now: another migrator is waited for as long as it takes (DATA-12), readers and writers are not.
        connection.execute(text(f"SET LOCAL lock_timeout = '{LOCK_SECONDS}s'"))
        context.run_migrations()


_migrate(context.config.attributes["connection"])
