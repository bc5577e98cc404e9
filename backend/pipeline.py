"""One connection in libpq's pipeline mode: statements go out before the ones ahead are answered.

Spec: specs/database/connection.md; why: specs/decisions/0072. It belongs to backend/pool.py, which knows what may share
a connection. Everything here happens in callbacks of the event loop, on psycopg's wrapper of libpq (`psycopg.pq`).
"""

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, Final, TypeAlias  # Any: psycopg's rows, of which there are none here

import psycopg
from psycopg.errors import error_from_result
from psycopg.pq import ConnStatus, ExecStatus, TransactionStatus

from backend.statements import Query, Statement, fixed

if TYPE_CHECKING:
    from psycopg.pq.abc import PGresult

Answer: TypeAlias = asyncio.Future["PGresult"]
Asked: TypeAlias = tuple[Query, Answer | None]
"""A statement, and who waits for it."""

DEPTH = 8
"""Statements under way on one connection, before another one is used."""

STALLED_SECONDS = 0.005
"""After so long without an answer a connection is at something slow, and what comes is asked on another one."""

RELEASE_SECONDS = 0.05
"""After so long, what waits behind something slow is asked on another one too. A page of a list takes under 0.001."""

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
    """The statement has to be asked again: one before it has failed, or takes long."""


class _Unit:
    """What goes out up to one synchronisation point: after a step that fails the others are left undone.

    Attributes:
        steps: for each message that has a result: who waits for it, and the statement that it prepares.
        commit: who waits for the end of another transaction, which comes first and is told as soon as it is there.
        then: the deadline from then on.
    """

    __slots__ = ("asked", "commit", "deadline", "results", "steps", "then")

    def __init__(self, asked: Sequence[Asked], deadline: float) -> None:
        self.asked = asked
        self.deadline = self.then = deadline
        self.commit: Answer | None = None
        self.steps: list[tuple[Answer | None, bytes | None]] = []
        self.results: list[PGresult] = []

    def tell_commit(self) -> None:
        """Answers who waits for the commit, if that is what has just been done."""
        answer, _ = self.steps[len(self.results) - 1]
        if answer is not None and answer is self.commit and self.results[-1].status in _DONE:
            self.commit = None
            self.deadline = self.then
            if not answer.done():
                answer.set_result(self.results[-1])

    def fail(self, error: type[psycopg.Error], why: str) -> None:
        """Answers everybody who still waits."""
        for _, answer in self.asked:
            if answer is not None and not answer.done():
                answer.set_exception(error(why))


class Link:
    """The connection. Nothing waits on it beyond its deadline: then it hangs up, also where the network is silent.

    Attributes:
        moved: when something was answered last, or asked after a rest, on the event loop's clock.
        load: the statements under way that somebody waits for, or has waited for.
        is_pooled: whether each transaction may be another server's. Then nothing is prepared, and nothing goes out
            before what is ahead is answered. It is not changed while it is used.
        is_retired: whether it ends with what it is used for.
        is_lost: whether it went against our will.
    """

    def __init__(
        self, connection: psycopg.AsyncConnection[Any], note: Callable[["Link"], None], tell: Callable[["Link"], None]
    ) -> None:
        """`note` is called when something was answered, and when it is closed; `tell` when something takes long."""
        self._connection = connection  # which complains when it goes before its pgconn is closed
        self._pgconn = pgconn = connection.pgconn
        self._note = note
        self._tell = tell
        self._loop = asyncio.get_running_loop()
        self._socket = pgconn.socket
        self._units: deque[_Unit] = deque()
        self._together: list[Asked] = []
        self._until = 0.0
        self._prepared: set[bytes] = set()
        self._preparing: set[bytes] = set()
        self._alarm: asyncio.TimerHandle | None = None
        self.moved = self._loop.time()
        self._is_waiting_to_write = False
        self.load = 0
        self.is_open = True
        self.is_lost = False
        self.is_pooled = True
        self.is_retired = False
        pgconn.nonblocking = 1
        pgconn.enter_pipeline_mode()
        self._loop.add_reader(self._socket, self._read)

    @property
    def has_room(self) -> bool:
        """Whether one more statement may go out."""
        return not self.is_retired and self.load < (1 if self.is_pooled else DEPTH)

    def is_stalled(self, seconds: float = STALLED_SECONDS) -> bool:
        """Whether it is at something slow."""
        return bool(self._units) and self._loop.time() - self.moved > seconds

    def ask_with_others(self, query: Query, deadline: float) -> Answer:
        """Executes it together with what else is asked in this turn of the event loop, in one round trip.

        The answer raises `UndoneError` where it is not known whether alone it would have succeeded.
        """
        answer: Answer = self._loop.create_future()
        self.load += 1
        if not self._together:
            self._until = deadline
            self._loop.call_soon(self._send_together)
        elif deadline < self._until:
            self._until = deadline
        self._together.append((query, answer))
        return answer

    def ask(self, queries: Sequence[Query], deadline: float, answer: Answer | None = None) -> Answer:
        """Executes them one after the other, as far as none fails. The answer is the last one's, or the error."""
        if answer is None:
            answer = self._loop.create_future()
        self.load += 1
        self._send(_Unit(_answered_last(queries, answer), deadline))
        return answer

    def hand_over(
        self, commit: Query, until: float, queries: Sequence[Query], answer: Answer, deadline: float
    ) -> Answer:
        """Ends a transaction, and executes the `queries` of the next one: in one packet, as `ask` does.

        Who ends theirs is answered as soon as that is done. If it fails, the other one's answer is `UndoneError`. The
        `deadline` is not before `until`, which is that of the commit.
        """
        committed: Answer = self._loop.create_future()
        self.load += 2
        unit = _Unit([(commit, committed), *_answered_last(queries, answer)], until)
        unit.commit = committed
        unit.then = deadline
        self._send(unit)
        return committed

    def release(self) -> None:
        """Lets everybody ask elsewhere, but for one whose statement is alone at the server."""
        first = self._units[0]
        for unit in self._units:
            if unit is not first or len(unit.asked) > 1:
                unit.fail(UndoneError, "something before it takes long")

    def roll_back(self) -> bool:
        """Ends the transaction, if there is one, and waits for nothing. Says whether another one may follow.

        What is under way takes the link along, but not before somebody else's commit ahead of it is answered.
        """
        if self._units:
            commit = next((unit.commit for unit in self._units if unit.commit is not None), None)  # behind a ping, too
            if commit is None:
                self.close()
            else:
                commit.add_done_callback(lambda _: self.close())
            return False
        if self._pgconn.transaction_status != TransactionStatus.IDLE:
            self._send(_Unit([(_ROLLBACK, None)], self._loop.time() + ROLLBACK_SECONDS))
        return True

    def retire(self) -> None:
        """Nothing is prepared on it from now on, nor is it asked for what is."""
        self.is_retired = True
        self._prepared.clear()

    def close(self) -> None:
        """Closes the connection at once: whoever waits gets `LostError`."""
        if self.is_open:
            self.is_open = False
            self._loop.remove_reader(self._socket)
            self._loop.remove_writer(self._socket)
            if self._alarm is not None:
                self._alarm.cancel()
            self._pgconn.finish()
            self._note(self)
        for unit in (*self._units, _Unit(self._together, 0)):
            unit.fail(LostError, "the connection is gone")
        self._units.clear()
        self._together.clear()

    def _lose(self) -> None:
        self.is_lost = True
        self.close()

    def _send_together(self) -> None:
        together = self._together
        self._together = []
        self._send(_Unit(together, self._until))

    def _send(self, unit: _Unit) -> None:
        units = self._units
        if not units:
            now = self._loop.time()
            if now - self.moved > IDLE_SECONDS:
                ping = _Unit((), now + PING_SECONDS)
                units.append(ping)
                self._put(ping)
            self.moved = now
        units.append(unit)
        if not self.is_pooled or len(units) == 1:
            self._put(unit)
        if self._alarm is None and self.is_open:
            self._watch()

    def _put(self, unit: _Unit) -> None:
        try:
            if unit.commit is None:
                self._execute(unit.asked, unit.steps)
            else:
                self._execute(unit.asked[:1], unit.steps)
                self._pgconn.send_flush_request()  # or it would be answered with the rest, which may wait for a lock
                self._execute(unit.asked[1:], unit.steps)
            self._pgconn.pipeline_sync()
            self._flush()
        except psycopg.OperationalError:
            self._lose()

    def _execute(self, asked: Sequence[Asked], steps: list[tuple[Answer | None, bytes | None]]) -> None:
        pgconn, prepared = self._pgconn, self._prepared
        for query, answer in asked:
            name = query.statement.name
            if name not in prepared:
                if not self._may_prepare(query.statement):
                    steps.append((answer, None))
                    pgconn.send_query_params(query.statement.sql, query.parameters)
                    continue
                self._preparing.add(name)
                steps.append((None, name))
                pgconn.send_prepare(name, query.statement.sql)
            steps.append((answer, None))
            pgconn.send_query_prepared(name, query.parameters)

    def _may_prepare(self, statement: Statement) -> bool:
        if self.is_pooled or self.is_retired or not statement.keeps_plan:
            return False
        # Not while it is being prepared, which may fail with what is before it.
        return statement.name not in self._preparing and len(self._prepared) + len(self._preparing) < PREPARED

    def _flush(self) -> None:
        is_left = self._pgconn.flush() == 1
        if is_left and not self._is_waiting_to_write:
            self._loop.add_writer(self._socket, self._flush)
        elif self._is_waiting_to_write and not is_left:
            self._loop.remove_writer(self._socket)
        self._is_waiting_to_write = is_left

    def _read(self) -> None:
        """Takes what has arrived."""
        pgconn, units = self._pgconn, self._units
        try:
            pgconn.consume_input()
        except psycopg.OperationalError:
            self._lose()
            return
        if not units:
            # Nobody asked anything, so this is the server's farewell.
            self._lose()
            return
        while units and not pgconn.is_busy():
            result = pgconn.get_result()
            if result is None:  # the end of one step
                if pgconn.status == ConnStatus.BAD:
                    self._lose()
                    return
            elif result.status == ExecStatus.PIPELINE_SYNC:
                self._finish(units.popleft())
                if self.is_pooled and units:
                    self._put(units[0])
            else:
                unit = units[0]
                unit.results.append(result)
                if unit.commit is not None:
                    unit.tell_commit()
        self.moved = self._loop.time()
        self._note(self)

    def _finish(self, unit: _Unit) -> None:
        error: psycopg.Error | None = None
        results = unit.results
        if len(results) > len(unit.steps):  # all seemed to be done, and the commit at the end has failed
            results = results[-1:] * len(unit.steps)
        if len(results) != len(unit.steps):  # somebody between has lost count: nobody knows whose the next answers are
            unit.fail(LostError, "the connection has lost an answer")
            self._lose()
            return
        for (answer, prepares), result in zip(unit.steps, results, strict=True):
            is_done = result.status in _DONE
            if result.status == ExecStatus.FATAL_ERROR:
                error = error_from_result(result)
            if prepares is not None:
                self._preparing.discard(prepares)
                if is_done and not self.is_retired:
                    self._prepared.add(prepares)
            if answer is None:
                continue
            self.load -= 1
            own, error = error, None
            if answer.done():  # whoever asked is gone
                continue
            if is_done:
                answer.set_result(result)
            else:
                answer.set_exception(own or UndoneError("a statement before it has failed"))

    def _watch(self) -> None:
        """Sees to it that somebody looks at what is under way. One timer serves many statements."""
        soon = self._loop.time() + RELEASE_SECONDS
        self._alarm = self._loop.call_at(min(soon, *(unit.deadline for unit in self._units)), self._look)

    def _look(self) -> None:
        self._alarm = None
        if not self._units:
            return
        if min(unit.deadline for unit in self._units) <= self._loop.time():
            self._lose()
            return
        if self.is_stalled(RELEASE_SECONDS):
            self._tell(self)
        self._watch()


def _answered_last(queries: Sequence[Query], answer: Answer) -> Sequence[Asked]:
    *others, last = queries
    return [*((query, None) for query in others), (last, answer)]
