"""A transaction that waits for a connection begins as another one ends: in one packet, and each for itself.

Spec: specs/database/connection.md.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

import psycopg
import pytest
import uvloop
from pydantic import SecretStr
from sqlalchemy import text

from backend.db import Connection, Database
from backend.errors import Unavailable
from backend.pipeline import IDLE_SECONDS
from backend.pool import WRITERS
from backend.tests.databases import add, opened, users, write
from backend.tests.postgres import fresh_database, shared_server
from backend.tests.wire import Wire

DEFERRED = "CREATE TABLE later (user_id text REFERENCES users DEFERRABLE INITIALLY DEFERRED)"
BROKEN = "INSERT INTO later VALUES ('nobody')"
"""A row that the commit refuses."""

SLOW = "SELECT pg_sleep(20)"


@pytest.fixture
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SecretStr]:
    with shared_server(tmp_path_factory) as server, fresh_database(server) as url:
        yield url


@dataclass
class Full:
    """A database of which transactions have all connections that write."""

    database: Database
    wire: Wire
    blocks: list[AsyncExitStack]
    held: list[Connection]

    def waits(self, sql: str) -> asyncio.Task[None]:
        """One more transaction."""
        return asyncio.create_task(write(self.database, sql))

    def ends(self, number: int) -> asyncio.Task[None]:
        """The end of one."""
        return asyncio.create_task(self.blocks[number].aclose())

    async def names(self) -> list[str]:
        """What has been committed, in order."""
        async with self.database.reading() as connection:
            return await users(connection)


@asynccontextmanager
async def full(url: SecretStr, *, seconds: float | None = None, is_pooled: bool = False) -> AsyncIterator[Full]:
    """The transactions have added users `0` and so on; `seconds` is how long the first may take."""
    async with Wire(url) as wire, opened(wire.url) as database:
        wire.renumbers = is_pooled
        blocks = [AsyncExitStack() for _ in range(WRITERS)]
        held: list[Connection] = []
        for number, block in enumerate(blocks):
            limit = seconds if number == 0 else None
            held.append(await block.enter_async_context(database.writing(seconds=limit)))
            await add(held[-1], str(number))
        yield Full(database, wire, blocks, held)
        for block in blocks:
            await rolled_back(block)


async def rolled_back(block: AsyncExitStack) -> None:
    """Ends a transaction by an error, if it has not ended."""
    await block.__aexit__(LookupError, LookupError(), None)


def addition(name: str) -> str:
    return f"INSERT INTO users (id) VALUES ('{name}')"  # noqa: S608 - names of these tests


@pytest.mark.parametrize(
    ("seconds", "is_pooled", "packets"),
    [(None, False, 2), (None, True, 3), (30, False, 3)],
    ids=["to PostgreSQL", "behind a pooler", "one with less time"],
)
def test_who_waits_begins_in_the_packet_that_ends_another_one(
    url: SecretStr, seconds: float | None, packets: int, *, is_pooled: bool
) -> None:  # CONN-23
    async def scene() -> None:
        async with full(url, seconds=seconds, is_pooled=is_pooled) as busy:
            next_ = busy.waits(addition("next"))
            await asyncio.sleep(0)
            before = busy.wire.sent
            await asyncio.gather(busy.ends(0), next_)
            assert busy.wire.sent - before == packets
            assert await busy.names() == ["0", "next"]
            assert busy.wire.connections == WRITERS + 1  # one that reads

    uvloop.run(scene())


def test_a_commit_is_answered_while_the_next_transaction_waits_for_a_lock(url: SecretStr) -> None:  # CONN-24
    async def scene() -> None:
        async with full(url) as busy:
            next_ = busy.waits(addition("1"))  # which is another one's, who has not committed
            await asyncio.sleep(0)
            await busy.ends(0)
            assert await busy.names() == ["0"]
            assert not next_.done()
            await busy.ends(1)
            with pytest.raises(psycopg.errors.UniqueViolation):
                await next_

    uvloop.run(scene())


def test_a_commit_that_fails_does_not_harm_the_next_transaction(url: SecretStr) -> None:  # CONN-24
    async def scene() -> None:
        async with opened(url) as database:
            await write(database, DEFERRED)
        async with full(url) as busy:
            await busy.held[0].execute(text(BROKEN))
            next_ = busy.waits(addition("next"))
            await asyncio.sleep(0)
            with pytest.raises(psycopg.errors.ForeignKeyViolation):
                await busy.ends(0)
            await next_
            assert await busy.names() == ["next"]

    uvloop.run(scene())


@pytest.mark.parametrize("names", [["0"], ["0", "next"]], ids=["the next", "who commits"])
@pytest.mark.parametrize("rest", [0, IDLE_SECONDS * 1.2], ids=["at once", "after a rest"])
def test_one_that_is_cancelled_does_not_harm_the_other(
    url: SecretStr, names: list[str], rest: float
) -> None:  # CONN-20, CONN-24
    async def scene() -> None:
        async with full(url) as busy:
            await asyncio.sleep(rest)
            next_ = busy.waits(addition("next") if "next" in names else SLOW)
            await asyncio.sleep(0)
            end = busy.ends(0)
            await asyncio.sleep(0)
            gone, other = (end, next_) if "next" in names else (next_, end)
            gone.cancel()
            await other
            with pytest.raises(asyncio.CancelledError):
                await gone
            assert await busy.names() == names
            await asyncio.gather(*(busy.ends(number) for number in range(1, WRITERS)))
            assert busy.database.connections["used"] == 0

    uvloop.run(scene())


def test_a_connection_that_breaks_as_it_is_handed_over_costs_the_next_transaction_nothing(
    url: SecretStr,
) -> None:  # CONN-24
    async def scene() -> None:
        async with full(url) as busy:
            next_ = busy.waits(addition("next"))
            await asyncio.sleep(0)
            end = busy.ends(0)
            await asyncio.sleep(0)
            busy.wire.reset()
            with pytest.raises(Unavailable):
                await end  # it may have happened
            await next_
            assert "next" in await busy.names()

    uvloop.run(scene())


async def cancelled(busy: Full) -> None:
    """The first transaction is cancelled at a statement: its connection is lost with it."""
    statement = asyncio.create_task(busy.held[0].execute(text(SLOW)))
    await asyncio.sleep(0)
    statement.cancel()
    await rolled_back(busy.blocks[0])


async def abandoned(busy: Full) -> None:
    """The first transaction fails."""
    await rolled_back(busy.blocks[0])


async def after_others(busy: Full) -> None:
    """The first transaction ends, and who has waited for it longest is gone."""
    await busy.ends(0)


@pytest.mark.parametrize(("ends", "more"), [(cancelled, 1), (abandoned, 0), (after_others, 0)])
def test_who_waits_gets_the_place_however_a_transaction_ends(
    url: SecretStr, ends: Callable[[Full], Awaitable[None]], more: int
) -> None:  # CONN-24
    async def scene() -> None:
        async with full(url) as busy:
            gone = busy.waits(addition("gone"))
            next_ = busy.waits(addition("next"))
            await asyncio.sleep(0)
            gone.cancel()
            await asyncio.sleep(0)
            await ends(busy)
            await next_
            assert busy.wire.connections == WRITERS + more
            assert [name for name in await busy.names() if name != "0"] == ["next"]

    uvloop.run(scene())
