"""The database: pipelined connections, the transaction of a request, and how long a request waits for either.

Spec: specs/database/connection.md; why it is not SQLAlchemy's engine: specs/decisions/0072. Statements are SQLAlchemy
Core (backend/statements.py). There are two kinds of connection. One that reads is shared: what requests ask within one
turn of the event loop goes out together, and the answers come back in that order. One that writes belongs to one
transaction until its end.
"""

import asyncio
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext
from types import TracebackType
from typing import TYPE_CHECKING, Any, Final, Protocol, Self  # Any: values of parameters are of every type

import psycopg
from pydantic import SecretStr
from sqlalchemy import ClauseElement

from backend import logs, migrations
from backend.errors import Unavailable
from backend.pipeline import Link, LostError, UndoneError
from backend.settings import DatabaseSettings, SettingsError
from backend.statements import Query, Rows, fixed, query

if TYPE_CHECKING:
    from psycopg.pq.abc import PGresult

STORE_SECONDS = 3.0
"""What one request may spend on the database, from asking for a connection to the end of the commit.

It may be another time where the gate says so (backend/app.py).
"""

READERS = 4
WRITERS = 6
"""Connections for each worker process, ten in all: a small Neon instance allows about 100."""

QUEUE_SECONDS = 2.0
"""How long a request waits for a connection; the rest of its time is for its statements."""

ATTEMPTS = 3
"""How often what has changed nothing yet is asked where connections are lost: they tend to be lost together."""

RETRY_SECONDS = 1
"""`Retry-After` of an outage: a failover or a restart of PostgreSQL takes a few."""


_BEGIN: Final = fixed("BEGIN")
_COMMIT: Final = fixed("COMMIT")
_PROCESS: Final = fixed("SELECT pg_backend_pid()")
_READ_ONLY: Final = fixed("SET SESSION CHARACTERISTICS AS TRANSACTION READ ONLY")
_UTC: Final = fixed("SET TIME ZONE 'UTC'")
_REVISIONS: Final = fixed("SELECT version_num FROM alembic_version")

_AWAY: Final = (psycopg.OperationalError, psycopg.InterfaceError)
"""Those of SQLSTATE classes 08, 40, 53, 55, 57 and 58, and of libpq: a lost connection, a deadlock, no resources, a
shutdown. None is the client's fault, and each may be gone when it tries again."""

_FORGOTTEN: Final = (
    psycopg.errors.InvalidSqlStatementName,
    psycopg.errors.DuplicatePreparedStatement,
    psycopg.errors.FeatureNotSupported,  # a migration has changed what a prepared statement returns
)


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
        self._url: SecretStr
        self._opened = ExitStack()
        self._loop: asyncio.AbstractEventLoop
        self._readers: list[Link] = []
        self._connecting = 0
        self._queued: deque[asyncio.Future[None]] = deque()
        self._writing = asyncio.Semaphore(WRITERS)
        self._idle: list[Link] = []
        self._used = 0
        self._prepares = True
        self.observer: Observer | None = None

    @property
    def connections(self) -> dict[str, int]:
        """How many there are, by what they do: `used` or `idle`."""
        busy = sum(link.load > 0 for link in self._readers)
        return {"used": busy + self._used, "idle": len(self._readers) - busy + len(self._idle)}

    async def open(self) -> None:
        """Comes before the first use. Connects to nothing, but starts and migrates the embedded server if need be."""
        self._loop = asyncio.get_running_loop()
        self._url = await asyncio.to_thread(self._opened.enter_context, located(self._settings))
        if self._settings.database_url is None:
            # scripts/serve.py migrates any database, and before it announces itself. This is for whoever starts uvicorn
            # or a test without it: nobody else can migrate a server that runs only while it is used.
            await asyncio.to_thread(migrations.upgrade, self._url)

    async def close(self) -> None:
        """Closes the connections, and stops the embedded server if nobody else uses it."""
        for link in (*self._readers, *self._idle):
            link.drop()
        await asyncio.to_thread(self._opened.close)

    def reading(self) -> "Reading":
        """A way to execute single statements, each a transaction of its own that cannot write."""
        return Reading(self, self._loop.time() + self._seconds)

    def writing(self, *, seconds: float | None = None) -> "Writing":
        """A transaction: committed at the end of the block, rolled back by any exception.

        `seconds` is how long it may take where that is longer than everything else may. It may not wait for one lock
        for longer, or many such requests would hold all connections.

        When the commit itself raises `Unavailable`, it may have happened.
        """
        limits = () if seconds is None else (fixed(f"SET LOCAL lock_timeout = {self._seconds * 1000:.0f}"),)
        return Writing(self, self._loop.time() + (seconds or self._seconds), limits)

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

    def watched(self, asked: Query) -> AbstractContextManager[object]:
        """The time of a statement, for who observes it."""
        return nullcontext() if self.observer is None else self.observer.statement(asked)

    async def read(self, asked: Query, deadline: float) -> "PGresult":
        """Executes a statement on a connection that others use too. With the connection nothing of it is lost."""
        attempts = 0
        while True:
            attempts += 1
            link = self._reader() or await self._next_reader(deadline)
            try:
                return await link.ask_with_others(asked, deadline)
            except (LostError, UndoneError, *_FORGOTTEN) as error:
                self._give_up_or_retry(link, error, attempts, deadline)

    async def begin(self, queries: Sequence[Query], deadline: float) -> "tuple[Link, PGresult]":
        """Takes a connection and executes what begins a transaction; `end` gives it back."""
        await self._take_turn(deadline)
        link = None
        attempts = 0
        try:
            while True:
                attempts += 1
                link = self._idle.pop() if self._idle else await self._connect(deadline, is_reader=False)
                try:
                    return link, await link.ask(queries, deadline)
                except (LostError, *_FORGOTTEN) as error:
                    # Nothing was committed, and nobody has seen an answer.
                    self._give_up_or_retry(link, error, attempts, deadline)
        except BaseException:
            self.end(link)
            raise

    def end(self, link: Link | None) -> None:
        """Gives the connection of a transaction back; it is closed unless the transaction is known to be over."""
        if link is not None and link.is_open:
            link.roll_back()
        if link is not None and link.is_open:
            self._idle.append(link)
        self._used -= 1
        self._writing.release()

    def _reader(self) -> Link | None:
        """A connection that reads and may be asked now; the first again and again, so that much goes out together."""
        return next((link for link in self._readers if link.has_room and not link.is_stalled), None)

    async def _next_reader(self, deadline: float) -> Link:
        """Such a connection, as soon as there is one, or at least one that has room."""
        until = min(deadline, self._loop.time() + QUEUE_SECONDS)
        while True:
            if len(self._readers) + self._connecting < READERS:
                self._connecting += 1
                try:
                    link = await self._connect(deadline, is_reader=True)
                    self._readers.append(link)
                finally:
                    self._connecting -= 1
                    self._call_next()
                return link
            roomy = [link for link in self._readers if link.has_room]
            if roomy:
                return min(roomy, key=lambda link: (link.is_stalled, link.load))
            turn = self._loop.create_future()
            self._queued.append(turn)
            try:
                async with asyncio.timeout_at(until):
                    await turn
            except TimeoutError:
                raise psycopg.OperationalError("all connections are busy") from None

    def _call_next(self) -> None:
        """Lets everybody look again who waits for a connection that reads."""
        while self._queued:
            turn = self._queued.popleft()
            if not turn.done():
                turn.set_result(None)

    async def _take_turn(self, deadline: float) -> None:
        """Waits until one of the connections that write may be had."""
        try:
            async with asyncio.timeout_at(min(deadline, self._loop.time() + QUEUE_SECONDS)):
                await self._writing.acquire()
        except TimeoutError:
            raise psycopg.OperationalError("all connections are taken") from None
        self._used += 1

    async def _connect(self, deadline: float, *, is_reader: bool) -> Link:
        try:
            async with asyncio.timeout_at(deadline):
                # Poolers refuse the start-up parameter `options`.
                connection = await psycopg.AsyncConnection.connect(self._url.get_secret_value(), autocommit=True)
        except TimeoutError as error:
            raise psycopg.errors.ConnectionTimeout("no connection in time") from error
        link = Link(connection, self._note)
        try:
            result = await link.ask([_PROCESS], deadline)
            # A pooler's clients get numbers that it makes up, for their processes change with each transaction.
            if self._prepares and result.get_value(0, 0) == b"%d" % connection.pgconn.backend_pid:
                link.is_pooled = False
                if is_reader:
                    await link.ask([_READ_ONLY], deadline)
            if connection.pgconn.parameter_status(b"TimeZone") != b"UTC":
                # In another zone an instant of the years 1 or 9999 can fall out of Python's calendar, and every list
                # with it would fail. PgBouncer follows this setting, so that no other client gets it.
                await link.ask([_UTC], deadline)
        except BaseException:
            link.drop()
            raise
        return link

    def _give_up_or_retry(self, link: Link, error: psycopg.Error, attempts: int, deadline: float) -> None:
        """Lets what has changed nothing be asked again, unless it is over.

        Raises:
            psycopg.Error: `error`.
        """
        if isinstance(error, _FORGOTTEN):
            link.drop()
        if isinstance(error, _FORGOTTEN[:2]):
            # Somebody stands between who says to be PostgreSQL itself. From now on nothing is expected to be kept.
            self._prepares = False
        if attempts == ATTEMPTS or self._loop.time() >= deadline:
            raise error

    def _note(self, link: Link) -> None:
        """A connection has answered, or is gone; then others that nobody used will be gone too."""
        if not link.is_open:
            self._readers = [other for other in self._readers if other.is_open]
            self._idle = [other for other in self._idle if other.is_open]
            for other in (*self._readers, *self._idle):
                if not other.load:
                    other.drop()
        if self._queued:
            self._call_next()


class Reading:
    """Single statements, each a transaction of its own: no round trips for BEGIN and COMMIT."""

    __slots__ = ("_database", "_deadline")

    def __init__(self, database: Database, deadline: float) -> None:
        self._database = database
        self._deadline = deadline

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
        try:
            with logs.waiting_for_database(), self._database.watched(asked):
                result = await self._database.read(asked, self._deadline)
        except _AWAY as error:
            raise Unavailable(retry_after=RETRY_SECONDS) from error
        return asked.statement.rows(result)


class Writing:
    """A transaction, which begins with its first statement: one round trip for both."""

    __slots__ = ("_database", "_deadline", "_limits", "_link")

    def __init__(self, database: Database, deadline: float, limits: Sequence[Query]) -> None:
        self._database = database
        self._deadline = deadline
        self._limits = limits
        self._link: Link | None = None

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
        link, self._link = self._link, None
        if link is None:
            return
        try:
            if error is None:
                with logs.waiting_for_database():
                    result = await link.ask([_COMMIT], self._deadline)
                if result.command_status != b"COMMIT":
                    raise psycopg.errors.InFailedSqlTransaction("a statement has failed, and its error was not raised")
        except _AWAY as away:
            raise Unavailable(retry_after=RETRY_SECONDS) from away
        finally:
            self._database.end(link)

    async def execute(
        self, source: ClauseElement | Query, values: Mapping[str, Any] | None = None
    ) -> Rows:  # Any: above
        """As `Connection` says."""
        asked = query(source, values)
        try:
            with logs.waiting_for_database(), self._database.watched(asked):
                if self._link is None:
                    self._link, result = await self._database.begin([_BEGIN, *self._limits, asked], self._deadline)
                else:
                    result = await self._link.ask([asked], self._deadline)
        except _AWAY as error:
            raise Unavailable(retry_after=RETRY_SECONDS) from error
        return asked.statement.rows(result)
