"""Connections on which what was prepared, or an answer, is not there (specs/database/connection.md)."""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import AsyncExitStack

import pytest
import uvloop
from pydantic import SecretStr
from sqlalchemy import text
from typing_extensions import override

from backend.db import Connection, Database, Reading, Writing
from backend.errors import Unavailable
from backend.pipeline import DEPTH
from backend.pool import READERS, WRITERS
from backend.statements import Query, fixed
from backend.tests.databases import counted, opened, prepared, read, write
from backend.tests.postgres import fresh_database, shared_server
from backend.tests.wire import Wire


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SecretStr]:
    with shared_server(tmp_path_factory) as server, fresh_database(server) as url:
        yield url


@pytest.mark.parametrize("lie", ["DEALLOCATE ALL", "PREPARE {} AS SELECT 3"])
def test_a_pooler_that_passes_for_postgresql_is_found_out_without_an_error(url: SecretStr, lie: str) -> None:  # CONN-17
    one = fixed("SELECT 1")
    sql = text(lie.format(one.statement.name.decode()))

    async def scene() -> None:
        for is_read in (True, False):
            async with opened(url) as database:
                way: Callable[[], Reading | Writing] = database.reading if is_read else database.writing
                await counted(database, 0, READERS * DEPTH)
                for asked in (one, sql) if is_read and lie == "DEALLOCATE ALL" else (sql,):
                    async with way() as connection:
                        await connection.execute(asked)
                async with way() as connection:
                    assert (await connection.execute(one)).scalar_one() == 1
                # From now on nothing is prepared.
                for _ in range(2):
                    async with way() as connection:
                        known = text("SELECT count(*) FROM pg_prepared_statements WHERE statement ~ 'never before'")
                        assert (await connection.execute(known)).scalar_one() == 0

    uvloop.run(scene())


def test_a_transaction_that_finds_out_is_unavailable(url: SecretStr) -> None:  # CONN-17
    one = fixed("SELECT 1")

    async def scene() -> None:
        async with opened(url) as database:
            await write_all(database, one)
            with pytest.raises(Unavailable):
                await write_all(database, fixed("DEALLOCATE ALL"), one)
            await write_all(database, one)

    uvloop.run(scene())


EVERY = fixed("SELECT a FROM many")


@pytest.mark.parametrize("change", ["DEALLOCATE {}", "ALTER TABLE many ALTER a TYPE bigint"])
@pytest.mark.parametrize("count", [1, READERS * DEPTH], ids=["in turn", "at once"])
def test_what_all_connections_have_to_prepare_again_costs_no_error(
    url: SecretStr, change: str, count: int
) -> None:  # CONN-17, CONN-25
    forgets = change.startswith("DEALLOCATE")

    async def scene() -> None:
        async with opened(url) as database:
            await write(database, "CREATE TABLE many AS SELECT 1 AS a")
            await asyncio.gather(*(read(database, "SELECT pg_sleep(0.02)") for _ in range(READERS * DEPTH)))
            await asyncio.gather(*(told(database.reading()) for _ in range(READERS * DEPTH)))
            async with AsyncExitStack() as blocks:
                for _ in range(WRITERS):
                    connection = await blocks.enter_async_context(database.writing())
                    await connection.execute(EVERY)
                    if forgets:
                        await connection.execute(text(change.format(EVERY.statement.name.decode())))
            if not forgets:
                await write(database, change)
            for _ in range(READERS):
                reads = [told(database.reading()) for _ in range(count)]
                writes = [told(database.writing()) for _ in range(min(count, WRITERS))]
                assert {*await asyncio.gather(*reads, *writes)} == {1}
            assert sum(database.connections.values()) <= READERS + WRITERS
            await write(database, "DROP TABLE many")

    uvloop.run(scene())


def test_answers_under_way_stay_their_own_where_another_connection_is_found_out(url: SecretStr) -> None:  # CONN-14
    one = fixed("SELECT 1 AS known")

    async def scene() -> None:
        async with opened(url) as database:
            await counted(database, 0, READERS * DEPTH)
            await write_all(database, one, fixed(f"DEALLOCATE {one.statement.name.decode()}"))
            reads = []
            for number in range(DEPTH):  # each in a turn of its own, so that none waits for the end of another
                reads.append(asyncio.create_task(read(database, f"SELECT {number}, pg_sleep(0.02)")))
                await asyncio.sleep(0)
            await write_all(database, one)
            assert not reads[-1].done()
            assert await asyncio.gather(*reads) == list(range(DEPTH))
            await counted(database, 0, READERS * DEPTH)

    uvloop.run(scene())


class Forgetful(Wire):
    """Lets one answer go, but for its end."""

    has_forgotten = False

    @override
    def altered(self, number: int, answer: bytes, /) -> bytes:
        if self.has_forgotten or b"forget" not in answer:
            return answer
        self.has_forgotten = True
        return answer[-6:]


def test_a_connection_on_which_an_answer_is_missing_is_given_up(url: SecretStr) -> None:  # CONN-27
    async def scene() -> None:
        async with Forgetful(url) as wire, opened(wire.url) as database:
            await counted(database, 0, READERS * DEPTH)
            reads = (read(database, f"SELECT {number}, 'for' || 'get'") for number in range(DEPTH))
            assert await asyncio.gather(*reads) == list(range(DEPTH))
            assert wire.has_forgotten
            await counted(database, 0, READERS * DEPTH)

    uvloop.run(scene())


async def told(block: Reading | Writing) -> object:
    async with block as connection:
        return (await connection.execute(EVERY)).scalar_one()


def test_a_connection_in_a_transaction_is_not_used_again_where_another_was_found_out(
    url: SecretStr,
) -> None:  # CONN-17
    one = fixed("SELECT 1 AS known")

    async def scene() -> None:
        async with opened(url) as database:
            async with database.writing() as first:
                await first.execute(one)
                before = await process(first)
                with pytest.raises(Unavailable):
                    await write_all(database, one, fixed("DEALLOCATE ALL"), one)
                assert (await first.execute(one)).scalar_one() == 1
                waiting = [asyncio.create_task(write_all(database, one)) for _ in range(WRITERS)]
                await asyncio.sleep(0)
            await asyncio.gather(*waiting)
            async with AsyncExitStack() as blocks:
                held = [await blocks.enter_async_context(database.writing()) for _ in range(WRITERS)]
                assert before not in [await process(connection) for connection in held]

    uvloop.run(scene())


async def process(connection: Connection) -> object:
    return (await connection.execute(fixed("SELECT pg_backend_pid()"))).scalar_one()


async def write_all(database: Database, *queries: Query) -> None:
    async with database.writing() as connection:
        for query in queries:
            await connection.execute(query)


def test_a_migration_that_changes_what_a_statement_returns_costs_no_error(url: SecretStr) -> None:
    every = text("SELECT * FROM changed")

    async def scene() -> None:
        async with opened(url) as database, database.reading() as reading:
            await write(database, "CREATE TABLE changed (a int)")
            await reading.execute(every)
            await write(database, "SELECT * FROM changed")
            await write(database, "ALTER TABLE changed ADD COLUMN b int")
            await reading.execute(every)
            await write(database, "SELECT * FROM changed")
            async with database.writing() as connection:
                assert await prepared(connection) != 0
            await write(database, "DROP TABLE changed")

    uvloop.run(scene())
