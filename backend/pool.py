"""Which connection a statement goes over, how many there are, and what happens when one is lost.

Spec: specs/database/connection.md; why: specs/decisions/0072. There are two kinds. One that reads is shared: what
requests ask within one turn of the event loop goes out together, and the answers come back in that order. One that
writes belongs to one transaction until its end.
"""

import asyncio
from collections import deque
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from typing import TYPE_CHECKING, Final

import psycopg
from pydantic import SecretStr
from sqlalchemy import func, select

from backend.pipeline import Answer, Link, LostError, UndoneError
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

COMMIT: Final = fixed("COMMIT")
_BEGIN: Final = fixed("BEGIN")
_BEGIN_WRITING: Final = fixed("BEGIN READ WRITE")
_PROCESS: Final = fixed("SELECT pg_backend_pid()")

_FORMATS: Final = {"TimeZone": "UTC", "DateStyle": "ISO, MDY"}
"""How instants and days come. In another zone an instant of the years 1 or 9999 can fall out of Python's calendar, and
every list with it would fail. PgBouncer follows these settings, so that no other client gets them."""

_VANISHED_SECONDS = 30
"""After so long PostgreSQL rolls the transaction of a process back that has vanished in the middle of one."""


class Turn:
    """A transaction at the pool: what it begins with, and the connection that it has from then on.

    Attributes:
        held: the connection; none before it has begun, and none when it has handed it on.
        has_place: whether it is one of those that may have a connection.
        answer: where it has to wait for its place, that of what it begins with.
        waiting: ends that.
    """

    __slots__ = ("answer", "deadline", "has_place", "held", "queries", "waiting")

    def __init__(self, queries: Sequence[Query], deadline: float) -> None:
        self.queries = queries
        self.deadline = deadline
        self.held: Link | None = None
        self.has_place = False
        self.answer: Answer
        self.waiting: asyncio.TimerHandle

    def link(self) -> Link:
        """The connection.

        Raises:
            LostError: there was none when it began.
        """
        if self.held is None:
            raise LostError("there was no connection when the transaction began")
        return self.held


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
        self._waiting: deque[Turn] = deque()
        self._used = 0
        self._links: set[Link] = set()
        self._prepares = True
        self._is_open = True
        self._heard = 0.0
        self.beginning = _BEGIN

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

    async def begin(self, turn: Turn) -> "PGresult":
        """Begins a transaction. With the connection nothing of it is lost. Whatever comes of it, `end` has to follow.

        The answer is that of the last query.
        """
        attempts = 0
        answer = None
        if self._used == WRITERS:
            answer = self._queue(turn)
        else:
            self._used += 1
            turn.has_place = True
        while True:
            if answer is None:
                if turn.held is None:
                    turn.held = self._idle.pop() if self._idle else await self._connect(turn.deadline, is_reader=False)
                answer = turn.held.ask(turn.queries, turn.deadline)
            try:
                return await answer
            except UndoneError:
                answer = None
            except (LostError, *FORGOTTEN) as error:
                attempts += 1
                self.give_up_or_retry(turn.link(), error, attempts, turn.deadline)
                answer = turn.held = None

    async def ask(self, turn: Turn, asked: Query) -> "PGresult":
        """Executes one more statement. At a commit who waits gets the connection, and begins in the same packet."""
        link = turn.link()
        try:
            return await (self._commit(turn, link) if asked is COMMIT else link.ask([asked], turn.deadline))
        except FORGOTTEN as error:
            self.disown(link, error)
            raise LostError("the connection is not what it was") from error

    def end(self, turn: Turn) -> None:
        """The connection is another one's, rolled back unless the transaction is over."""
        if not turn.has_place:
            return
        link = turn.held
        if link is not None and not (link.is_open and link.roll_back()):
            link = None
        elif link is not None and link.is_retired:
            link.close()
            link = None
        following = self._next_turn()
        if following is None:
            self._used -= 1
            if link is not None:
                self._idle.append(link)
                if not self._is_open:
                    link.close()
        elif link is None:
            following.answer.set_exception(UndoneError("it has to connect"))
        else:
            following.held = link
            link.ask(following.queries, following.deadline, following.answer)

    def _queue(self, turn: Turn) -> Answer:
        turn.answer = self._loop.create_future()
        until = min(turn.deadline, self._loop.time() + QUEUE_SECONDS)
        turn.waiting = self._loop.call_at(until, _refuse, turn.answer)
        self._waiting.append(turn)
        return turn.answer

    def _next_turn(self, latest: float = 0) -> Turn | None:
        """Who has waited longest, unless their deadline is before `latest`. They have their place now."""
        while self._waiting:
            turn = self._waiting[0]
            if not turn.answer.done():
                if turn.deadline < latest:
                    break
                turn.waiting.cancel()
                turn.has_place = True
                return self._waiting.popleft()
            self._waiting.popleft()
        return None

    def _commit(self, turn: Turn, link: Link) -> Answer:
        following = None if link.is_pooled or link.is_retired or not link.is_open else self._next_turn(turn.deadline)
        if following is None:
            return link.ask([COMMIT], turn.deadline)
        turn.held = None
        turn.has_place = False
        following.held = link
        return link.hand_over(COMMIT, turn.deadline, following.queries, following.answer, following.deadline)

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
        """Closes a connection that does not have what was prepared on it; others of its time end with their use."""
        link.close()
        if isinstance(error, FORGOTTEN[:2]):
            # Somebody stands between who says to be PostgreSQL itself. From now on nothing is expected to be kept.
            self._prepares = False
            self.beginning = _BEGIN_WRITING  # where the session may be one that reads
        if not link.is_retired:
            for other in tuple(self._links):
                other.retire()
                if other in self._idle or (other in self._readers and not other.load):
                    other.close()

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
        self._links.add(link)
        return link

    def _note(self, link: Link) -> None:
        """A connection has answered, or is gone; then others that nobody uses may be gone too."""
        if link.is_open:
            self._heard = link.moved
            if link.is_retired and not link.load and link in self._readers:
                link.close()
        else:
            self._links.discard(link)
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


def _refuse(answer: Answer) -> None:
    if not answer.done():
        answer.set_exception(psycopg.OperationalError("all connections are taken"))


def _setting(values: Mapping[str, str]) -> Query:
    """Sets these for the rest of a session, all in one statement."""
    return query(select(*(func.set_config(name, value, False) for name, value in values.items())))  # noqa: FBT003 # SQL's
