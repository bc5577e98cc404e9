"""The schema's history, and how a database is brought to its head (specs/database/schema.md, Migrations).

Alembic is configured here, from Python; there is no alembic.ini.
"""

from collections.abc import Callable
from functools import cache
from pathlib import Path

import psycopg
from alembic import command, util
from alembic.config import Config
from alembic.script import ScriptDirectory
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from pydantic import SecretStr
from sqlalchemy import NullPool, create_engine, exc

SEARCH_INDEX = "tasks_search"
"""No part of the schema that all databases share: only one with two extensions has it (specs/decisions/0045)."""

CONNECT_SECONDS = 10
"""How long a migrator waits for a connection."""

LOCK_SECONDS = 2
"""How long a migration waits for a lock of the service's: all that comes behind it waits with it, reads too.

Less than the 3 s that a request may spend on the database (backend/db.py).
"""


class MigrationFailed(Exception):
    """The schema is as it was; the text is one line that says why, without anything of the connection string."""


@cache
def head() -> str:
    """The revision that this build was made for."""
    (revision,) = ScriptDirectory.from_config(_configuration()).get_heads()
    return revision


def upgrade(url: SecretStr, revision: str = "head") -> None:
    """Migrates the database up to `revision`. Of several migrators at once one works and the others wait for it.

    Raises:
        MigrationFailed: the database cannot be reached, refuses, is too busy, or is ahead of this build.
    """
    _run(url, lambda configuration: command.upgrade(configuration, revision))


def downgrade(url: SecretStr, revision: str) -> None:
    """Takes migrations back, down to `revision`; `base` is before the first."""
    _run(url, lambda configuration: command.downgrade(configuration, revision))


def check(url: SecretStr) -> None:
    """Compares the database with the tables of backend/models.py.

    Raises:
        MigrationFailed: they differ, and a migration is missing; or as `upgrade`.
    """
    _run(url, command.check)


def direct(url: SecretStr) -> SecretStr:
    """The connection string that goes around Neon's pooler: `-pooler` is taken out of the name of its host.

    Neon asks for it: a pooled session may be another one with each transaction.
    """
    first, dot, rest = str(conninfo_to_dict(url.get_secret_value()).get("host")).partition(".")
    if not (first.endswith("-pooler") and rest.endswith("neon.tech")):
        return url
    return SecretStr(make_conninfo(url.get_secret_value(), host=f"{first.removesuffix('-pooler')}{dot}{rest}"))


def _run(url: SecretStr, action: Callable[[Config], object]) -> None:
    """Runs an Alembic command on one connection, which env.py finds in the configuration's attributes."""

    def connect() -> psycopg.Connection[tuple[object, ...]]:
        # Not through SQLAlchemy's reading of URLs: libpq's own understands all that providers write.
        return psycopg.connect(direct(url).get_secret_value(), connect_timeout=CONNECT_SECONDS, prepare_threshold=None)

    engine = create_engine("postgresql+psycopg://", creator=connect, poolclass=NullPool, hide_parameters=True)
    configuration = _configuration()
    try:
        with engine.connect() as connection:
            configuration.attributes["connection"] = connection
            action(configuration)
    except exc.OperationalError as error:
        if isinstance(error.orig, psycopg.errors.LockNotAvailable):
            raise MigrationFailed(
                f"DATABASE_URL: another transaction is at a table for over {LOCK_SECONDS} s, and nothing was migrated: "
                "run it again"
            ) from error
        raise MigrationFailed(f"DATABASE_URL: the database cannot be reached: {_reason(error)}") from error
    except exc.DBAPIError as error:
        raise MigrationFailed(f"DATABASE_URL: the database refuses to be migrated: {_reason(error)}") from error
    except util.CommandError as error:
        raise MigrationFailed(f"DATABASE_URL: the schema does not fit this build: {error}") from error


def _reason(error: exc.DBAPIError) -> str:
    """The end of what the driver says. Before it may come the host, and with a misplaced `@` that is the password."""
    return str(error.orig).splitlines()[0].rpartition(": ")[2].strip()


def _configuration() -> Config:
    configuration = Config()
    # Alembic's configuration is an ini file, where a per cent sign begins an interpolation.
    configuration.set_main_option("script_location", str(Path(__file__).parent).replace("%", "%%"))
    return configuration
