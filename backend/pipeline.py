"""One connection in libpq's pipeline mode: statements go out before the ones ahead are answered.

Spec: specs/database/connection.md; why: specs/decisions/0072. It belongs to backend/db.py, which knows what may share a
connection. Everything here happens in callbacks of the event loop, on psycopg's wrapper of libpq (`psycopg.pq`).
"""

import asyncio
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any, Final  # Any: psycopg's rows, of which there are none here

import psycopg
from psycopg.errors import error_from_result
from psycopg.pq import ConnStatus, ExecStatus, TransactionStatus

from backend.statements import Query, fixed

if TYPE_CHECKING:
    from psycopg.pq.abc import PGresult

    Answer = asyncio.Future[PGresult]

DEPTH = 8
"""Statements under way on one connection, before another one is used."""

STALLED_SECONDS = 0.005
"""After so long without an answer a connection is at something slow, and what comes is asked on another one."""

IDLE_SECONDS = 1.0
"""A connection idle for longer has to show that it lives. On a busy service none is idle."""

PING_SECONDS = 1.0
"""How long that may take. A firewall that forgot the connection drops packets silently; then we reconnect."""

PREPARED = 500
"""Statements that are kept on a connection, some 10 kB each; further ones are planned anew each time."""

ROLLBACK_SECONDS = 3.0

_ROLLBACK: Final = fixed("ROLLBACK")
_DONE: Final = (ExecStatus.TUPLES_OK, ExecStatus.COMMAND_OK)


class LostError(psycopg.OperationalError):
    """The connection was lost, or given up, before it answered."""


class UndoneError(psycopg.OperationalError):
    """A statement that went out together with this one has failed, so that this one was not executed."""


class _Unit:
    """What goes out up to one synchronisation point: after a step that fails the others are left undone.

    Attributes:
        steps: for each message that has a result: who waits for it, and the statement that it prepares.
    """

    __slots__ = ("deadline", "results", "steps")

    def __init__(self, deadline: float) -> None:
        self.deadline = deadline
        self.steps: list[tuple[Answer | None, bytes | None]] = []
        self.results: list[PGresult] = []


class Link:
    """The connection. Nothing waits on it beyond its deadline: then it hangs up, also where the network is silent."""

    def __init__(self, connection: psycopg.AsyncConnection[Any], note: Callable[["Link"], None]) -> None:
        """`note` is called when something was answered, and when the connection is gone."""
        self._connection = connection  # which complains when it goes before its pgconn is closed
        self._pgconn = pgconn = connection.pgconn
        self._note = note
        self._loop = asyncio.get_running_loop()
        self._socket = pgconn.socket
        self._units: deque[_Unit] = deque()
        self._together: list[tuple[Query, Answer, float]] = []
        self._prepared: set[bytes] = set()
        self._alarm: asyncio.TimerHandle | None = None
        self._moved = self._loop.time()
        self._is_waiting_to_write = False
        self.is_open = True
        self.is_pooled = True
        """Whether each transaction may be another server's. Then nothing is prepared, and one thing asked at a time."""
        self.load = 0
        """Statements under way that somebody waits for."""
        pgconn.nonblocking = 1
        pgconn.enter_pipeline_mode()
        self._loop.add_reader(self._socket, self._read)

    @property
    def has_room(self) -> bool:
        """Whether one more statement may go out."""
        return self.load < (1 if self.is_pooled else DEPTH)

    @property
    def is_stalled(self) -> bool:
        """Whether it is at something slow."""
        return self.load > 0 and self._loop.time() - self._moved > STALLED_SECONDS

    def ask_with_others(self, query: Query, deadline: float) -> "Answer":
        """Executes it together with what else is asked in this turn of the event loop, in one round trip.

        The answer raises `UndoneError` where it is not known whether alone it would have succeeded.
        """
        answer: Answer = self._loop.create_future()
        self.load += 1
        if not self._together:
            self._loop.call_soon(self._send_together)
        self._together.append((query, answer, deadline))
        return answer

    def ask(self, queries: Sequence[Query], deadline: float) -> "Answer":
        """Executes them one after the other, as far as none fails. The answer is the last one's, or the error."""
        answer: Answer = self._loop.create_future()
        self.load += 1
        *others, last = queries
        self._send([*((query, None) for query in others), (last, answer)], deadline)
        return answer

    def roll_back(self) -> None:
        """Ends the transaction, if there is one, and waits for nothing; what is under way takes the link along."""
        if self._units:
            self.drop()
        elif self._pgconn.transaction_status != TransactionStatus.IDLE:
            self._send([(_ROLLBACK, None)], self._loop.time() + ROLLBACK_SECONDS)

    def drop(self) -> None:
        """Closes the connection at once: whoever waits gets `LostError`."""
        if not self.is_open:
            return
        self.is_open = False
        self._loop.remove_reader(self._socket)
        self._loop.remove_writer(self._socket)
        if self._alarm is not None:
            self._alarm.cancel()
        self._pgconn.finish()
        asked = [answer for unit in self._units for answer, _ in unit.steps]
        for answer in (*asked, *(answer for _, answer, _ in self._together)):
            if answer is not None and not answer.done():
                answer.set_exception(LostError("the connection is gone"))
        self._units.clear()
        self._together.clear()
        self._note(self)

    def _send_together(self) -> None:
        together, self._together = self._together, []
        if together:  # else the link was dropped since
            self._send([(query, answer) for query, answer, _ in together], min(until for _, _, until in together))

    def _send(self, queries: "Iterable[tuple[Query, Answer | None]]", deadline: float) -> None:
        now = self._loop.time()
        is_idle = not self._units
        unit = _Unit(deadline)
        self._units.append(unit)
        try:
            if is_idle and now - self._moved > IDLE_SECONDS:
                self._units.appendleft(_Unit(now + PING_SECONDS))
                self._pgconn.pipeline_sync()
            for query, answer in queries:
                self._put(query, answer, unit)
            self._pgconn.pipeline_sync()
            self._flush()
        except psycopg.OperationalError:
            self.drop()
            return
        if is_idle:
            self._moved = now
        self._watch(self._units[0].deadline)

    def _put(self, query: Query, answer: "Answer | None", unit: _Unit) -> None:
        statement, pgconn = query.statement, self._pgconn
        if self.is_pooled or (statement.name not in self._prepared and len(self._prepared) == PREPARED):
            unit.steps.append((answer, None))
            pgconn.send_query_params(statement.sql, query.parameters)
            return
        if statement.name not in self._prepared:
            self._prepared.add(statement.name)
            unit.steps.append((None, statement.name))
            pgconn.send_prepare(statement.name, statement.sql)
        unit.steps.append((answer, None))
        pgconn.send_query_prepared(statement.name, query.parameters)

    def _flush(self) -> None:
        is_left = self._pgconn.flush() == 1
        if is_left and not self._is_waiting_to_write:
            self._loop.add_writer(self._socket, self._write)
        elif self._is_waiting_to_write and not is_left:
            self._loop.remove_writer(self._socket)
        self._is_waiting_to_write = is_left

    def _write(self) -> None:
        try:
            self._flush()
        except psycopg.OperationalError:
            self.drop()

    def _read(self) -> None:
        """Takes what has arrived."""
        pgconn, units = self._pgconn, self._units
        try:
            pgconn.consume_input()
        except psycopg.OperationalError:
            self.drop()
            return
        if not units:
            # Nobody asked anything, so this is the server's farewell.
            self.drop()
            return
        while units and not pgconn.is_busy():
            result = pgconn.get_result()
            if result is None:  # the end of one step
                if pgconn.status == ConnStatus.BAD:
                    self.drop()
                    return
            elif result.status == ExecStatus.PIPELINE_SYNC:
                self._finish(units.popleft())
            else:
                units[0].results.append(result)
        self._moved = self._loop.time()
        self._note(self)

    def _finish(self, unit: _Unit) -> None:
        error: psycopg.Error | None = None
        for (answer, prepares), result in zip(unit.steps, unit.results, strict=True):
            if result.status not in _DONE:
                if result.status == ExecStatus.FATAL_ERROR:
                    error = error_from_result(result)
                if prepares is not None:
                    self._prepared.discard(prepares)
            if answer is None:
                continue
            self.load -= 1
            if answer.done():  # whoever asked is gone
                continue
            if result.status in _DONE:
                answer.set_result(result)
            else:
                answer.set_exception(error or UndoneError("a statement before this one has failed"))
                error = None

    def _watch(self, deadline: float) -> None:
        """Sees to it that somebody looks at the deadline. One timer serves many statements: most are done by then."""
        if self._alarm is None or deadline < self._alarm.when():
            if self._alarm is not None:
                self._alarm.cancel()
            self._alarm = self._loop.call_at(deadline, self._look)

    def _look(self) -> None:
        self._alarm = None
        if not self._units:
            return
        deadline = min(unit.deadline for unit in self._units)
        if deadline <= self._loop.time():
            self.drop()
        else:
            self._watch(deadline)
