"""The database: where an operation executes its statements, and the transaction of a request.

Spec: specs/database/connection.md. Statements are SQLAlchemy Core, compiled once (backend/statements.py); they go over
the connections of backend/pool.py, without SQLAlchemy's engine (specs/decisions/0072).
"""

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext
from types import TracebackType
from typing import Any, Final, Protocol, Self  # Any: values of parameters are of every type

import psycopg
from pydantic import SecretStr
from sqlalchemy import ClauseElement

from backend import logs, migrations
from backend.errors import Unavailable
from backend.pool import COMMIT, Pool, Turn
from backend.settings import DatabaseSettings, SettingsError
from backend.statements import Query, Rows, fixed, query

STORE_SECONDS = 3.0
"""What one request may spend on the database, from its first statement to the end of the commit.

It may be another time where the gate says so (backend/app.py).
"""

RETRY_SECONDS = 1
"""`Retry-After` of an outage: a failover or a restart of PostgreSQL takes a few."""

_REVISIONS: Final = fixed("SELECT version_num FROM alembic_version")

_AWAY: Final = (psycopg.OperationalError, psycopg.InterfaceError)
"""Those of SQLSTATE classes 08, 40, 53, 55, 57 and 58, and of libpq: a lost connection, a deadlock, no resources, a
shutdown. None is the client's fault, and each may be gone when it tries again."""

_NOT_WRITING: Final = (*_AWAY, psycopg.errors.ReadOnlySqlTransaction)
"""The same of a transaction: the server may be a standby for a while, after another one has taken its place."""

_UNSEEN: Final = nullcontext()


@contextmanager
def located(settings: DatabaseSettings) -> Iterator[SecretStr]:
    """The URL of the database; of the embedded server, for as long as the block lasts, if the settings name none.

    Raises:
        SettingsError: the embedded server does not start, or is not installed.
    """
    if settings.database_url is not None:
        yield settings.database_url
    else:
        try:
            # Not at the top: production does not have what it imports.
            from backend.embedded import running_server  # noqa: PLC0415 - see above
        except ModuleNotFoundError:
            raise SettingsError("DATABASE_URL: set it; the embedded PostgreSQL is not installed here") from None
        with running_server(settings.development_folder / "postgres") as url:
            yield url


class Connection(Protocol):
    """Where an operation's statements go."""

    async def execute(
        self, source: ClauseElement | Query, values: Mapping[str, Any] | None = None
    ) -> Rows:  # Any: above
        """Executes one statement; `values` are for placeholders of one that is not made by `@once`.

        Raises:
            Unavailable: the database cannot be reached, does not answer in time, or has too much to do.
            psycopg.Error: it refuses the statement.
        """
        ...


class Observer(Protocol):
    """Who is told of every statement (backend/telemetry.py)."""

    def statement(self, asked: Query, /) -> AbstractContextManager[object]:
        """Lasts as long as the statement."""
        ...


class Database:
    """Connections to one database, and the two ways to use them: `reading` and `writing`.

    Nothing connects before the first use, so that the service starts and is alive while its database is down.
    """

    def __init__(self, settings: DatabaseSettings, *, seconds: float = STORE_SECONDS) -> None:
        self._settings = settings
        self._seconds = seconds
        self._opened = ExitStack()
        self._loop: asyncio.AbstractEventLoop
        self._pool: Pool
        self.observer: Observer | None = None

    @property
    def connections(self) -> dict[str, int]:
        """How many there are, by what they do: `used` or `idle`."""
        return self._pool.connections

    async def open(self) -> None:
        """Comes before the first use. Connects to nothing, but starts and migrates the embedded server if need be."""
        self._loop = asyncio.get_running_loop()
        url = await asyncio.to_thread(self._opened.enter_context, located(self._settings))
        if self._settings.database_url is None:
            # scripts/serve.py migrates any database, and before it announces itself. This is for whoever starts uvicorn
            # or a test without it: nobody else can migrate a server that runs only while it is used.
            await asyncio.to_thread(migrations.upgrade, url)
        self._pool = Pool(url, self._seconds)

    async def close(self) -> None:
        """Closes the connections, and stops the embedded server if nobody else uses it."""
        self._pool.close()
        await asyncio.to_thread(self._opened.close)

    def reading(self) -> "Reading":
        """A way to execute single statements, each a transaction of its own that cannot write."""
        return Reading(self, self._pool)

    def writing(self, *, seconds: float | None = None) -> "Writing":
        """A transaction: committed at the end of the block, rolled back by any exception.

        `seconds` is how long it may take where that is longer than everything else may. It may not wait for one lock
        for longer, or many such requests would hold all connections.

        When the commit itself raises `Unavailable`, it may have happened.
        """
        limits = () if seconds is None else self._limits(seconds)
        return Writing(self, self._pool, seconds, limits)

    def _limits(self, seconds: float) -> Sequence[Query]:
        limits = {"lock_timeout": self._seconds, "statement_timeout": seconds}
        return [fixed(f"SET LOCAL {name} = {limit * 1000:.0f}") for name, limit in limits.items()]

    async def ready(self) -> bool:
        """Whether the schema is the one that this build was made for.

        Raises:
            Unavailable: the database does not answer.
        """
        try:
            async with self.reading() as connection:
                revisions = await connection.execute(_REVISIONS)
        except psycopg.errors.UndefinedTable:  # nothing has been migrated
            return False
        return [revision for (revision,) in revisions] == [migrations.head()]

    def deadline(self, seconds: float | None = None) -> float:
        """When the time is over of who begins now, on the event loop's clock."""
        return self._loop.time() + (seconds or self._seconds)

    def watched(self, asked: Query) -> AbstractContextManager[object]:
        """The time of a statement, for who observes it."""
        return _UNSEEN if self.observer is None else self.observer.statement(asked)


class Reading:
    """Single statements, each a transaction of its own: no round trips for BEGIN and COMMIT."""

    __slots__ = ("_database", "_deadline", "_pool")

    def __init__(self, database: Database, pool: Pool) -> None:
        self._database = database
        self._pool = pool
        self._deadline: float | None = None

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Nothing is held between two statements."""

    async def execute(
        self, source: ClauseElement | Query, values: Mapping[str, Any] | None = None
    ) -> Rows:  # Any: above
        """As `Connection` says."""
        asked = query(source, values)
        if self._deadline is None:
            self._deadline = self._database.deadline()
        try:
            with logs.waiting_for_database(), self._database.watched(asked):
                result = await self._pool.read(asked, self._deadline)
        except _AWAY as error:
            raise Unavailable(retry_after=RETRY_SECONDS) from error
        return asked.statement.rows(result)


class Writing:
    """A transaction, which begins with its first statement: one round trip for both."""

    __slots__ = ("_database", "_limits", "_pool", "_seconds", "_turn")

    def __init__(self, database: Database, pool: Pool, seconds: float | None, limits: Sequence[Query]) -> None:
        self._database = database
        self._pool = pool
        self._seconds = seconds
        self._limits = limits
        self._turn: Turn | None = None

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Commits, or rolls back, which nobody has to wait for.

        Raises:
            Unavailable: whether it was committed is not known.
            psycopg.Error: it was refused.
        """
        if self._turn is None:
            return
        try:
            if error is None:
                with logs.waiting_for_database():
                    result = await self._pool.ask(self._turn, COMMIT)
                if result.command_status != b"COMMIT":
                    raise psycopg.errors.InFailedSqlTransaction("a statement has failed, and its error was not raised")
        except _AWAY as away:
            raise Unavailable(retry_after=RETRY_SECONDS) from away
        finally:
            self._pool.end(self._turn)

    async def execute(
        self, source: ClauseElement | Query, values: Mapping[str, Any] | None = None
    ) -> Rows:  # Any: above
        """As `Connection` says."""
        asked = query(source, values)
        try:
            with logs.waiting_for_database(), self._database.watched(asked):
                if self._turn is None:
                    queries = [self._pool.beginning, *self._limits, asked]
                    self._turn = Turn(queries, self._database.deadline(self._seconds))
                    result = await self._pool.begin(self._turn)
                else:
                    result = await self._pool.ask(self._turn, asked)
        except _NOT_WRITING as error:
            raise Unavailable(retry_after=RETRY_SECONDS) from error
        return asked.statement.rows(result)
