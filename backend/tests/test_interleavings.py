"""Whatever happens at once on shared connections, nobody gets another's answer and nothing is half done.

Spec: specs/database/connection.md. Readers, writers, statements that fail or take long, requests that are cancelled and
connections that PostgreSQL ends come in an order that a seed chooses. Of 80 other seeds none found anything.
"""

import asyncio
import random
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field

import psycopg
import pytest
import uvloop
from psycopg.rows import scalar_row
from pydantic import SecretStr
from sqlalchemy import ClauseElement, Insert, column, func, insert, select, table, type_coerce
from sqlalchemy.types import BigInteger, Float

from backend.db import Connection, Database
from backend.errors import Unavailable
from backend.pool import READERS, WRITERS
from backend.statements import once
from backend.tests.databases import opened
from backend.tests.postgres import fresh_database, shared_server
from backend.tests.waiting import PATIENCE
from backend.tests.wire import Wire

SECONDS = 3.0
"""What each may take; a hang is seen after that."""

ACTORS = 150
SEED = 1

NUMBERS = table("numbers", column("number", BigInteger))


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SecretStr]:
    with shared_server(tmp_path_factory) as server, fresh_database(server) as url:
        yield url


@once
def _echoed(*, number: int, seconds: float) -> ClauseElement:
    return select(type_coerce(number, BigInteger).label("number"), func.pg_sleep(type_coerce(seconds, Float)))


@once
def _divided(*, number: int, by: int) -> ClauseElement:
    return select((type_coerce(number, BigInteger) / type_coerce(by, BigInteger)).label("number"))


@once
def _added(*, number: int) -> Insert:
    return insert(NUMBERS).values(number=type_coerce(number, BigInteger)).returning(NUMBERS.c.number)


@dataclass
class Story:
    """What the actors do to one database, and what must come of it."""

    database: Database
    chance: random.Random
    written: set[int] = field(default_factory=set)
    perhaps: set[int] = field(default_factory=set)
    """Those whose writers cannot know."""
    outcomes: Counter[str] = field(default_factory=Counter)

    def time(self) -> float:
        """How long a statement takes: mostly no time."""
        return self.chance.choice([0.0] * 8 + [0.002, self.chance.uniform(0, 0.12)])

    async def ask(self, connection: Connection, number: int) -> None:
        """Asks for a number, and sees to it that it is the answer."""
        [row] = await connection.execute(_echoed(number=number, seconds=self.time()))
        assert row.number == number

    async def reads(self, number: int) -> None:
        """Statements that share a connection."""
        async with self.database.reading() as connection:
            for _ in range(self.chance.randint(1, 3)):
                await self.ask(connection, number)

    async def fails(self, number: int) -> None:
        """A statement that is refused, beside those of others."""
        async with self.database.reading() as connection:
            with pytest.raises(psycopg.errors.DivisionByZero):
                await connection.execute(_divided(number=number, by=0))

    async def writes(self, number: int) -> None:
        """A transaction of two statements."""
        self.perhaps.add(number)
        async with self.database.writing() as connection:
            await connection.execute(_added(number=number))
            await self.ask(connection, number)
        self.written.add(number)

    async def undoes(self, number: int) -> None:
        """A transaction that fails, by the database or by itself, at its first statement or later."""
        error = self.chance.choice([LookupError, psycopg.errors.DivisionByZero])
        with suppress(error):
            async with self.database.writing() as connection:
                if self.chance.random() < 0.5:
                    await connection.execute(_added(number=number))
                if error is not LookupError:
                    await connection.execute(_divided(number=number, by=0))
                raise LookupError

    async def acts(self, number: int) -> None:
        """One request, which may be cancelled."""
        kinds: list[Callable[[int], Awaitable[None]]] = [self.reads, self.reads, self.fails, self.writes, self.undoes]
        kind = self.chance.choice(kinds)
        await asyncio.sleep(self.chance.uniform(0, 0.25))
        patience = self.chance.uniform(0, 0.05) if self.chance.random() < 0.15 else 2 * SECONDS
        try:
            async with asyncio.timeout(patience):
                await kind(number)
            self.outcomes[kind.__name__] += 1
        except (TimeoutError, Unavailable) as error:
            is_hanging = isinstance(error, TimeoutError) and patience > SECONDS
            self.outcomes["hangs" if is_hanging else type(error).__name__] += 1


async def end_some(behind: psycopg.AsyncConnection[int], chance: random.Random) -> None:
    """PostgreSQL ends connections, whatever they are at."""
    for _ in range(8):
        await asyncio.sleep(chance.uniform(0, 0.05))
        await behind.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database()"
            " AND pid <> pg_backend_pid() ORDER BY random() LIMIT 1"
        )


async def settled(database: Database, behind: psycopg.AsyncConnection[int]) -> None:
    """Waits until nothing is under way and PostgreSQL has as many sessions as the service has connections, all idle.

    What has no waiter any more may be under way for a while, and a session that was hung up on ends when it notices.
    """
    sessions = (
        "SELECT state FROM pg_stat_activity WHERE backend_type = 'client backend'"
        " AND datname = current_database() AND pid <> pg_backend_pid()"
    )

    async def is_settled(more: int) -> bool:
        await asyncio.sleep(PATIENCE / 500)
        states = await (await behind.execute(sessions)).fetchall()
        has_come = database.connections == {"used": 0, "idle": len(states)} and set(states) <= {"idle"}
        return has_come or (more > 0 and await is_settled(more - 1))

    assert await is_settled(500)


@pytest.mark.parametrize("ends", [False, True], ids=["", "with connections that end"])
@pytest.mark.parametrize("is_pooled", [False, True], ids=["direct", "pooled"])
def test_each_gets_its_own_answer_and_each_write_is_there_once_or_not_at_all(
    url: SecretStr, *, is_pooled: bool, ends: bool
) -> None:  # CONN-3, CONN-9, CONN-12, CONN-14, CONN-20
    async def scene() -> None:
        chance = random.Random(SEED)  # noqa: S311 - no secret
        connecting = psycopg.AsyncConnection[int].connect(
            url.get_secret_value(), autocommit=True, row_factory=scalar_row
        )
        async with await connecting as behind, Wire(url) as wire:
            wire.renumbers = is_pooled
            await behind.execute("CREATE TABLE numbers (number bigint PRIMARY KEY)")
            async with opened(wire.url, SECONDS) as database:
                story = Story(database, chance)
                async with asyncio.TaskGroup() as group:
                    for number in range(ACTORS):
                        group.create_task(story.acts(number))
                    if ends:
                        group.create_task(end_some(behind, chance))
                await settled(database, behind)
                there = await (await behind.execute("SELECT number FROM numbers")).fetchall()
                assert story.written <= set(there) <= story.written | story.perhaps
                assert story.outcomes["hangs"] == 0
                assert ends or story.outcomes["Unavailable"] == 0
                # All work goes on.
                await asyncio.gather(*(story.reads(number) for number in range(100)))
                await asyncio.gather(*(story.writes(number) for number in range(ACTORS, ACTORS + 10)))
                assert database.connections["idle"] <= READERS + WRITERS
            await behind.execute("DROP TABLE numbers")

    uvloop.run(scene())
