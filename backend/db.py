"""The database: connections, the transaction of a request, and the limit on how long a request waits for either.

Spec: specs/database/connection.md. Statements are SQLAlchemy Core; there is no ORM session.
"""

import asyncio
import socket
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AbstractAsyncContextManager, AsyncExitStack, ExitStack, asynccontextmanager, contextmanager
from contextvars import ContextVar
from select import POLLIN, poll
from typing import TYPE_CHECKING, TypeVar, cast

import psycopg
from pydantic import SecretStr
from sqlalchemy import Engine, event, exc, func, select, text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine
from typing_extensions import override

from backend import logs, migrations
from backend.errors import Unavailable
from backend.settings import DatabaseSettings, SettingsError

if TYPE_CHECKING:
    from psycopg.abc import PQGen
    from sqlalchemy.engine.interfaces import DBAPIConnection
    from sqlalchemy.pool import ConnectionPoolEntry, PoolProxiedConnection

STORE_SECONDS = 3.0
"""What one request may spend on the database, from asking for a connection to the end of the commit.

It may be another time where the gate says so (backend/app.py).
"""

CONNECTIONS = 10
"""For each worker process. Statements take far under a millisecond, and a small Neon instance allows about 100."""

QUEUE_SECONDS = 2.0
"""How long a request waits for one of them; the rest of its time is for its statements."""

IDLE_SECONDS = 1.0
"""A connection idle for longer is asked whether it lives, which costs a round trip; on a busy service none is idle."""

PING_SECONDS = 1.0
"""How long it may take to answer. A firewall that forgot the connection drops packets silently; then we reconnect."""

RETRY_SECONDS = 1
"""`Retry-After` of an outage: a failover or a restart of PostgreSQL takes a few."""

_T = TypeVar("_T")

_deadline: ContextVar[float] = ContextVar("_deadline")
"""When the current request's time for the database is over, on the event loop's clock."""


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


class Database:
    """The pool of connections to one database, and the two ways to use one: `reading` and `writing`.

    Nothing connects before the first use, so that the service starts and is alive while its database is down.
    Both ways raise `Unavailable` when the database cannot be reached or does not answer in time. A statement that it
    refuses raises SQLAlchemy's own error.
    """

    def __init__(self, settings: DatabaseSettings, *, seconds: float = STORE_SECONDS) -> None:
        self._settings = settings
        self._seconds = seconds
        self._url: SecretStr
        self._opened = ExitStack()
        self._engine = _pooled_engine(self._connect)
        self._autocommit = self._engine.execution_options(isolation_level="AUTOCOMMIT")

    @property
    def engine(self) -> Engine:
        """For who listens to what happens (backend/telemetry.py); nobody else asks it anything."""
        return self._engine.sync_engine

    async def open(self) -> None:
        """Comes before the first use. Connects to nothing, but starts and migrates the embedded server if need be."""
        self._url = await asyncio.to_thread(self._opened.enter_context, located(self._settings))
        if self._settings.database_url is None:
            # scripts/serve.py migrates any database, and before it announces itself. This is for whoever starts uvicorn
            # or a test without it: nobody else can migrate a server that runs only while it is used.
            await asyncio.to_thread(migrations.upgrade, self._url)

    async def close(self) -> None:
        """Closes the connections, and stops the embedded server if nobody else uses it."""
        await self._engine.dispose()
        await asyncio.to_thread(self._opened.close)

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[AsyncConnection]:
        """A connection for single statements, each a transaction of its own: no round trips for BEGIN and COMMIT."""
        async with self._taken(self._autocommit.connect()) as connection:
            yield connection

    @asynccontextmanager
    async def writing(self, *, seconds: float | None = None) -> AsyncIterator[AsyncConnection]:
        """A connection in a transaction: committed at the end of the block, rolled back by any exception.

        `seconds` is how long it may take where that is longer than everything else may. It may not wait for one lock
        for longer, or many such requests would hold all connections.

        When the commit itself raises `Unavailable`, it may have happened.
        """
        async with self._taken(self._engine.begin(), seconds) as connection:
            if seconds is not None:
                limit = f"{self._seconds * 1000:.0f}ms"
                await connection.execute(select(func.set_config("lock_timeout", limit, True)))  # noqa: FBT003 # for this transaction
            yield connection

    async def ready(self) -> bool:
        """Whether the schema is the one that this build was made for.

        Raises:
            Unavailable: the database does not answer.
        """
        try:
            async with self.reading() as connection:
                revisions = (await connection.scalars(text("SELECT version_num FROM alembic_version"))).all()
        except exc.ProgrammingError:  # there is no such table: nothing has been migrated
            return False
        return list(revisions) == [migrations.head()]

    @asynccontextmanager
    async def _taken(
        self, block: AbstractAsyncContextManager[AsyncConnection], seconds: float | None = None
    ) -> AsyncIterator[AsyncConnection]:
        with _limited_to(self._seconds if seconds is None else seconds):
            async with AsyncExitStack() as stack:
                with logs.waiting_for_database():  # for a connection that is free, new or tested
                    connection = await stack.enter_async_context(block)
                yield connection

    async def _connect(self) -> "_BoundedConnection":
        try:
            async with asyncio.timeout_at(_deadline.get()):
                # Behind a pooler in transaction mode prepared statements fail, or hand one client the result of
                # another's (specs/decisions/0007). Poolers also refuse the start-up parameter `options`.
                connection = await _BoundedConnection.connect(self._url.get_secret_value(), prepare_threshold=None)
        except TimeoutError as error:
            raise psycopg.errors.ConnectionTimeout("no connection in time") from error
        if connection.info.parameter_status("TimeZone") != "UTC":
            # In another zone an instant of the years 1 or 9999 can fall out of Python's calendar, and every list
            # with it would fail. PgBouncer follows this setting, so that no other client gets it.
            await connection.execute("SET TIME ZONE 'UTC'")
            await connection.commit()
        return connection


class _BoundedConnection(psycopg.AsyncConnection[tuple[object, ...]]):
    """A connection on which nothing waits beyond the deadline, also when the network swallows every packet.

    Cancelling the waiting task would not do: psycopg answers a cancellation by asking the server to stop and waiting
    up to 10 s for it. Shutting the socket down ends the wait at once, with the error of a lost connection.
    """

    @override
    async def wait(
        self,
        gen: "PQGen[_T]",
        interval: float = 0.1,
        timeout: float | None = None,
    ) -> _T:
        """Waits as psycopg does, but hangs up at the deadline."""
        alarm = asyncio.get_running_loop().call_at(_deadline.get(), _hang_up, self.pgconn.socket)
        try:
            with logs.waiting_for_database():
                return await super().wait(gen, interval, timeout)
        finally:
            alarm.cancel()

    @override
    async def cancel_safe(self, *, timeout: float = 30.0) -> None:
        """Asks the server to stop, on a connection of its own, which the deadline has to bound too."""
        left = _deadline.get() - asyncio.get_running_loop().time()
        await super().cancel_safe(timeout=max(0.01, min(left, timeout)))


def _pooled_engine(connect: Callable[[], Awaitable[_BoundedConnection]]) -> AsyncEngine:
    """An engine whose pool tests a connection that has been idle when it hands it out."""
    engine = create_async_engine(
        "postgresql+psycopg://",
        async_creator=connect,
        pool_size=CONNECTIONS,
        max_overflow=0,
        pool_timeout=QUEUE_SECONDS,
        # The last one in is the one most lately known to be alive.
        pool_use_lifo=True,
        # Parameters are what users wrote; errors end in logs.
        hide_parameters=True,
        use_native_hstore=False,
    )

    @event.listens_for(engine.sync_engine, "checkin")
    def note_the_time(_connection: "DBAPIConnection | None", record: "ConnectionPoolEntry") -> None:
        record.info["idle_since"] = time.monotonic()

    @event.listens_for(engine.sync_engine, "checkout")
    def refuse_the_dead(
        connection: "DBAPIConnection", record: "ConnectionPoolEntry", _proxy: "PoolProxiedConnection"
    ) -> None:
        idle_since = record.info.get("idle_since")
        if idle_since is None:  # new
            return
        # cast: the pool holds whatever a driver has; this one holds ours.
        ours = cast("_BoundedConnection", record.driver_connection)
        try:
            if _has_input(ours.pgconn.socket):
                # Nobody asked anything, so this is the server's farewell.
                raise exc.InvalidatePoolError
            if time.monotonic() - idle_since > IDLE_SECONDS:
                with _until(PING_SECONDS):
                    engine.dialect.do_ping(connection)
        except psycopg.Error as error:
            # The pool replaces this connection, and every other one before it is handed out.
            raise exc.InvalidatePoolError from error

    return engine


@contextmanager
def _limited_to(seconds: float) -> Iterator[None]:
    """Bounds what the block waits for the database, and tells a database that is down from one that refuses.

    psycopg's operational errors are those of SQLSTATE classes 08, 40, 53, 55, 57 and 58: a lost connection, a
    deadlock, no resources, a shutdown. None is the client's fault, and each may be gone when it tries again.
    """
    with _until(seconds):
        try:
            yield
        except (exc.OperationalError, exc.InterfaceError, exc.TimeoutError) as error:
            raise Unavailable(retry_after=RETRY_SECONDS) from error


@contextmanager
def _until(seconds: float) -> Iterator[None]:
    """Sets the deadline for the block, never later than the one around it."""
    soon = asyncio.get_running_loop().time() + seconds
    before = _deadline.set(min(soon, _deadline.get(soon)))
    try:
        yield
    finally:
        _deadline.reset(before)


def _hang_up(descriptor: int) -> None:
    """Shuts a socket down without closing it: the descriptor stays libpq's."""
    connection = socket.socket(fileno=descriptor)
    try:
        connection.shutdown(socket.SHUT_RDWR)
    finally:
        connection.detach()


def _has_input(descriptor: int) -> bool:
    """Whether something can be read from the socket, without waiting."""
    polled = poll()
    polled.register(descriptor, POLLIN)
    return bool(polled.poll(0))
