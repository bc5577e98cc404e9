"""Which connection a statement goes over, how many there are, and what happens when one is lost.

Spec: specs/database/connection.md; why: specs/decisions/0072. There are two kinds. One that reads is shared: what
requests ask within one turn of the event loop goes out together, and the answers come back in that order. One that
writes belongs to one transaction until its end.
"""

import asyncio
from collections import deque
from collections.abc import Mapping
from contextlib import ExitStack
from typing import TYPE_CHECKING, Final

import psycopg
from pydantic import SecretStr
from sqlalchemy import func, select

from backend.pipeline import Link, LostError, UndoneError
from backend.statements import Query, fixed, query

if TYPE_CHECKING:
    from psycopg.pq.abc import PGresult

READERS = 4
WRITERS = 6
"""Connections for each worker process, ten in all: a small Neon instance allows about 100."""

QUEUE_SECONDS = 2.0
"""How long a request waits for a connection; the rest of its time is for its statements."""

ATTEMPTS = 3
"""How often what has changed nothing yet is asked where connections are lost: they tend to be lost together."""

FORGOTTEN: Final = (
    psycopg.errors.InvalidSqlStatementName,
    psycopg.errors.DuplicatePreparedStatement,
    psycopg.errors.FeatureNotSupported,  # a migration has changed what a prepared statement returns
)
"""What is prepared on the connection is not what we think."""

_BEGIN: Final = fixed("BEGIN")
_BEGIN_WRITING: Final = fixed("BEGIN READ WRITE")
_PROCESS: Final = fixed("SELECT pg_backend_pid()")

_FORMATS: Final = {"TimeZone": "UTC", "DateStyle": "ISO, MDY"}
"""How instants and days come. In another zone an instant of the years 1 or 9999 can fall out of Python's calendar, and
every list with it would fail. PgBouncer follows these settings, so that no other client gets them."""

_VANISHED_SECONDS = 30
"""After so long PostgreSQL rolls the transaction of a process back that has vanished in the middle of one."""


class Pool:
    """The connections of one process to one database. None is made before it is needed."""

    def __init__(self, url: SecretStr, seconds: float) -> None:
        """`seconds` is what one statement may take, unless a transaction sets another limit."""
        self._url = url
        self._limits = {
            "statement_timeout": f"{seconds * 1000:.0f}",
            "idle_in_transaction_session_timeout": f"{_VANISHED_SECONDS * 1000}",
        }
        self._loop = asyncio.get_running_loop()
        self._readers: list[Link] = []
        self._connecting = 0
        self._queued: deque[asyncio.Future[None]] = deque()
        self._idle: list[Link] = []
        self._writing = asyncio.Semaphore(WRITERS)
        self._used = 0
        self._prepares = True
        self._is_open = True
        self._heard = 0.0
        self.begin = _BEGIN

    @property
    def connections(self) -> dict[str, int]:
        """How many there are, by what they do: `used` or `idle`."""
        busy = sum(link.load > 0 for link in self._readers)
        return {"used": busy + self._used, "idle": len(self._readers) - busy + len(self._idle)}

    def close(self) -> None:
        """Closes them, those of transactions when these are over."""
        self._is_open = False
        for link in (*self._readers, *self._idle):
            link.close()

    async def read(self, asked: Query, deadline: float) -> "PGresult":
        """Executes a statement on a connection that others use too. With the connection nothing of it is lost."""
        attempts = 0
        is_alone = False
        while True:
            link = self._reader() or await self._next_reader(deadline)
            try:
                if is_alone:
                    return await link.ask([asked], deadline)
                return await link.ask_with_others(asked, deadline)
            except UndoneError:
                is_alone = True
            except (LostError, *FORGOTTEN) as error:
                attempts += 1
                self.give_up_or_retry(link, error, attempts, deadline)

    async def take_turn(self, deadline: float) -> None:
        """Waits until one of the connections that write may be had; `end` lets the next one have it."""
        if self._writing.locked():
            try:
                async with asyncio.timeout_at(min(deadline, self._loop.time() + QUEUE_SECONDS)):
                    await self._writing.acquire()
            except TimeoutError:
                raise psycopg.OperationalError("all connections are taken") from None
        else:  # which waits for nothing, and needs no timer
            await self._writing.acquire()
        self._used += 1

    async def writer(self, deadline: float) -> Link:
        """A connection for the transaction whose turn it is."""
        return self._idle.pop() if self._idle else await self._connect(deadline, is_reader=False)

    def end(self, link: Link | None) -> None:
        """The turn is over. The connection is kept, rolled back unless its transaction is over."""
        if link is not None and link.is_open:
            link.roll_back()
            if not self._is_open:
                link.close()
            elif link.is_open:
                self._idle.append(link)
        self._used -= 1
        self._writing.release()

    def give_up_or_retry(self, link: Link, error: psycopg.Error, attempts: int, deadline: float) -> None:
        """Lets what has changed nothing be asked again, unless it is over.

        Raises:
            psycopg.Error: `error`.
        """
        if isinstance(error, FORGOTTEN):
            self.disown(link, error)
        if attempts == ATTEMPTS or self._loop.time() >= deadline:
            raise error

    def disown(self, link: Link, error: psycopg.Error) -> None:
        """Closes a connection that does not have what was prepared on it."""
        link.close()
        if isinstance(error, FORGOTTEN[:2]):
            # Somebody stands between who says to be PostgreSQL itself. From now on nothing is expected to be kept.
            self._prepares = False
            self.begin = _BEGIN_WRITING  # where the session may be one that reads
            for other in (*self._readers, *self._idle):
                other.is_pooled = True

    def _reader(self) -> Link | None:
        """A connection that reads and may be asked now; the first again and again, so that much goes out together."""
        for link in self._readers:
            if link.has_room and not link.is_stalled():
                return link
        return None

    async def _next_reader(self, deadline: float) -> Link:
        """Such a connection, as soon as there is one, or at least one that has room."""
        until = min(deadline, self._loop.time() + QUEUE_SECONDS)
        while True:
            if len(self._readers) + self._connecting < READERS:
                return await self._new_reader(deadline)
            roomy = [link for link in self._readers if link.has_room]
            if roomy:
                return min(roomy, key=lambda link: (link.is_stalled(), link.load))
            turn = self._loop.create_future()
            self._queued.append(turn)
            try:
                async with asyncio.timeout_at(until):
                    await turn
            except TimeoutError:
                raise psycopg.OperationalError("all connections are busy") from None

    async def _new_reader(self, deadline: float) -> Link:
        self._connecting += 1
        try:
            link = await self._connect(deadline, is_reader=True)
            self._readers.append(link)
        finally:
            self._connecting -= 1
            self._call_next()
        return link

    def _call_next(self) -> None:
        """Lets everybody look again who waits for a connection that reads."""
        while self._queued:
            turn = self._queued.popleft()
            if not turn.done():
                turn.set_result(None)

    async def _connect(self, deadline: float, *, is_reader: bool) -> Link:
        try:
            async with asyncio.timeout_at(deadline):
                # Poolers refuse the start-up parameter `options`.
                connection = await psycopg.AsyncConnection.connect(
                    self._url.get_secret_value(), autocommit=True, client_encoding="utf8"
                )
        except TimeoutError as error:
            raise psycopg.errors.ConnectionTimeout("no connection in time") from error
        with ExitStack() as undoing:
            link = Link(connection, self._note, self._relieve)
            undoing.callback(link.close)
            info = connection.info
            result = await link.ask([_PROCESS], deadline)
            # A pooler's clients get numbers that it makes up, for their processes change with each transaction.
            is_direct = result.get_value(0, 0) == b"%d" % info.backend_pid
            # What else is set could reach the pooler's other clients.
            wanted = {**_FORMATS, **self._limits} if is_direct else _FORMATS
            changes = {name: value for name, value in wanted.items() if info.parameter_status(name) != value}
            if is_direct and is_reader:
                changes["default_transaction_read_only"] = "on"
            if changes:
                await link.ask([_setting(changes)], deadline)
            undoing.pop_all()
        link.is_pooled = not (is_direct and self._prepares)
        return link

    def _note(self, link: Link) -> None:
        """A connection has answered, or is gone; then others that nobody uses may be gone too."""
        if link.is_open:
            self._heard = link.moved
        else:
            self._readers = [other for other in self._readers if other.is_open]
            self._idle = [other for other in self._idle if other.is_open]
            if link.is_lost and self._heard <= link.moved:  # nothing was heard of any other since
                for other in (*self._readers, *self._idle):
                    if not other.load:
                        other.close()
        if self._queued:
            self._call_next()

    def _relieve(self, link: Link) -> None:
        """A connection is at something slow: who waits behind it need not, if there is another one."""
        if link in self._readers and (len(self._readers) < READERS or self._reader() is not None):
            link.release()


def _setting(values: Mapping[str, str]) -> Query:
    """Sets these for the rest of a session, all in one statement."""
    return query(select(*(func.set_config(name, value, False) for name, value in values.items())))  # noqa: FBT003 # SQL's
