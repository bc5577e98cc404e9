"""Connections that requests share, and those of poolers: who is harmed by whom (specs/database/connection.md)."""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import psycopg
import pytest
import uvloop
from pydantic import SecretStr
from sqlalchemy import text

from backend.db import Database, Reading, Writing
from backend.errors import Unavailable
from backend.pipeline import DEPTH, PREPARED
from backend.pool import READERS
from backend.tests.certificates import self_signed
from backend.tests.databases import counted, opened, prepared, read, write
from backend.tests.postgres import fresh_database, shared_server
from backend.tests.wire import Wire


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SecretStr]:
    with shared_server(tmp_path_factory) as server, fresh_database(server) as url:
        yield url


def test_reads_that_are_asked_at_once_go_out_together(url: SecretStr) -> None:  # CONN-12
    async def scene() -> None:
        async with Wire(url) as wire, opened(wire.url) as database:
            await read(database, "SELECT 0")
            before = wire.sent
            await counted(database, 0, DEPTH)
            assert (wire.connections, wire.sent - before) == (1, 1)
            await counted(database, 0, READERS * DEPTH + 1)
            assert wire.connections == READERS

    uvloop.run(scene())


def test_statements_are_prepared_on_a_direct_connection_as_far_as_they_are_few(url: SecretStr) -> None:  # CONN-6
    async def scene() -> None:
        async with opened(url) as database, database.reading() as connection:
            for number in range(2):
                await counted(database, number, 1)
            assert await prepared(connection) == 2 + 1
            # Asked several times at once, one that is new is prepared once.
            assert set(await asyncio.gather(*(read(database, "SELECT 'new'") for _ in range(DEPTH)))) == {"new"}
            for number in range(PREPARED):
                await counted(database, number, 1)
            assert await prepared(connection) == PREPARED

    uvloop.run(scene())


@pytest.mark.parametrize(
    ("failing", "error"),
    [
        ("SELECT 1 / 0", psycopg.errors.DivisionByZero),
        ("no SQL", psycopg.errors.SyntaxError),
        ("INSERT INTO users (id) VALUES ('never')", psycopg.errors.ReadOnlySqlTransaction),
    ],
)
def test_who_asks_together_with_a_statement_that_fails_is_not_harmed(
    url: SecretStr, failing: str, error: type[psycopg.Error]
) -> None:  # CONN-14
    async def scene() -> None:
        async with opened(url) as database:
            await read(database, "SELECT 0")
            for _ in range(3):
                asked = ["SELECT 1", failing, "SELECT 2", failing, "SELECT 'new'"]
                answers = await asyncio.gather(*(read(database, sql) for sql in asked), return_exceptions=True)
                assert answers[::2] == [1, 2, "new"]
                assert [type(each) for each in answers[1::2]] == [error, error]
            assert database.connections["used"] == 0
            async with database.reading() as connection:
                assert await prepared(connection) != 0

    uvloop.run(scene())


def test_the_error_of_one_who_has_gone_is_nobody_elses(url: SecretStr) -> None:  # CONN-14
    async def scene() -> None:
        async with opened(url) as database:
            await read(database, "SELECT 0")
            gone = asyncio.create_task(read(database, "SELECT pg_sleep(0.01), 1 / 0"))
            other = asyncio.create_task(read(database, "SELECT 1"))
            await asyncio.sleep(0)
            gone.cancel()
            assert await other == 1
            with pytest.raises(asyncio.CancelledError):
                await gone
            assert database.connections["used"] == 0

    uvloop.run(scene())


def test_what_reads_cannot_write(url: SecretStr) -> None:  # CONN-15
    async def scene() -> None:
        async with opened(url) as database:
            with pytest.raises(psycopg.errors.ReadOnlySqlTransaction):
                await read(database, "INSERT INTO users (id) VALUES ('read') RETURNING 1")
            await write(database, "INSERT INTO users (id) VALUES ('written')")
            assert await read(database, "SELECT string_agg(id, ' ') FROM users") == "written"
            await write(database, "DELETE FROM users")

    uvloop.run(scene())


def test_who_writes_to_a_database_that_only_reads_may_try_again(url: SecretStr) -> None:  # CONN-26
    async def scene() -> None:
        async with opened(url) as database:
            await write(database, "SELECT 1")
            async with database.writing() as connection:
                await connection.execute(text("SET default_transaction_read_only = on"))
            with pytest.raises(Unavailable):
                await write(database, "INSERT INTO users (id) VALUES ('written')")

    uvloop.run(scene())


@pytest.mark.parametrize("way", [Database.reading, Database.writing])
def test_time_begins_with_the_first_statement(
    url: SecretStr, way: Callable[[Database], Reading | Writing]
) -> None:  # CONN-9
    async def scene() -> None:
        async with opened(url, seconds=0.2) as database, way(database) as connection:
            await asyncio.sleep(0.3)  # as for a body that arrives slowly
            await connection.execute(text("SELECT 1"))

    uvloop.run(scene())


@pytest.mark.parametrize("behind", [0, 0.02], ids=["in the same turn", "later"])
def test_nobody_waits_for_the_slow_statement_of_another(url: SecretStr, behind: float) -> None:  # CONN-18
    async def scene() -> None:
        async with opened(url) as database:
            await read(database, "SELECT 0")
            slow = asyncio.create_task(read(database, "SELECT pg_sleep(20)"))
            await asyncio.sleep(behind)
            await counted(database, 0, DEPTH - 1)
            await counted(database, 0, DEPTH)
            assert not slow.done()
            slow.cancel()

    uvloop.run(scene())


def test_a_read_is_asked_again_when_the_deadline_of_another_ends_its_connection(url: SecretStr) -> None:  # CONN-13
    async def scene() -> None:
        async with opened(url, 0.6) as database:
            await counted(database, 0, READERS * DEPTH)
            slow = [asyncio.create_task(read(database, "SELECT pg_sleep(20)")) for _ in range(READERS * (DEPTH - 1))]
            await asyncio.sleep(0.3)
            await counted(database, 0, READERS)
            ended = await asyncio.gather(*slow, return_exceptions=True)
            assert {type(each) for each in ended} == {Unavailable}

    uvloop.run(scene())


def test_reads_are_asked_again_when_their_connection_breaks(url: SecretStr) -> None:  # CONN-4
    async def scene() -> None:
        async with Wire(url) as wire, opened(wire.url) as database:
            for breaks in (wire.reset, wire.babble):
                await read(database, "SELECT 0")
                asked = (read(database, f"SELECT {number}, pg_sleep(0.05)") for number in range(DEPTH))
                reads = asyncio.gather(*asked)
                await wire.next_piece()
                breaks()
                assert await reads == list(range(DEPTH))

    uvloop.run(scene())


def test_who_waits_for_a_connection_gets_the_next_that_is_free(url: SecretStr) -> None:
    async def scene() -> None:
        async with opened(url) as database:
            many = [asyncio.create_task(read(database, f"SELECT {n}")) for n in range(3 * READERS * DEPTH)]
            await asyncio.sleep(0)
            many[-1].cancel()
            many[0].cancel()
            assert await asyncio.gather(*many[1:-1]) == list(range(1, len(many) - 1))
            assert database.connections == {"used": 0, "idle": READERS}

    uvloop.run(scene())


def test_large_statements_and_large_answers_arrive(url: SecretStr, tmp_path: Path) -> None:
    async def large(database: Database, size: int) -> None:
        async with database.reading() as connection:
            sent = {"sent": "x" * size}
            [row] = await connection.execute(text("SELECT length(:sent), repeat('x', length(:sent))"), sent)
            assert (row[0], len(row[1])) == (size, size)

    async def scene() -> None:
        # Encrypted, it comes in pieces of 16 kB: a libpq before 18.3 took 8 and forgot the rest until more came.
        for tls in (None, self_signed(tmp_path)):
            async with Wire(url, tls) as wire, opened(wire.url) as database:
                await large(database, 9_000)
                await asyncio.gather(*(large(database, size) for size in range(4_000, 68_000, 1_000)))
                await asyncio.gather(*(large(database, 4_000_000) for _ in range(3)))

    uvloop.run(scene())


def test_a_connection_behind_a_pooler_prepares_nothing_and_asks_one_thing_at_a_time(url: SecretStr) -> None:  # CONN-16
    async def scene() -> None:
        async with Wire(url) as wire, opened(wire.url) as database:
            wire.renumbers = True
            await counted(database, 0, READERS * DEPTH)
            async with database.reading() as connection:
                assert await prepared(connection) == 0
            before = wire.sent
            await counted(database, 0, READERS * DEPTH)
            assert wire.sent - before == READERS * DEPTH
            for name in ("one", "two"):  # the second goes out when the first is rolled back
                with suppress(LookupError):
                    async with database.writing() as connection:
                        await connection.execute(text("INSERT INTO users (id) VALUES (:name)"), {"name": name})
                        assert await prepared(connection) == 0
                        raise LookupError
            await write(database, "INSERT INTO users (id) VALUES ('three')")
            assert await read(database, "SELECT string_agg(id, ' ') FROM users") == "three"
            await write(database, "DELETE FROM users")
            assert wire.connections == READERS + 1

    uvloop.run(scene())


def test_a_read_whose_end_fails_fails(url: SecretStr) -> None:
    """Behind a pooler PostgreSQL does not know that it is a read, and looks at constraints at its end."""

    async def scene() -> None:
        async with Wire(url) as wire, opened(wire.url) as database:
            wire.renumbers = True
            deferred = "REFERENCES users DEFERRABLE INITIALLY DEFERRED"
            await write(database, f"CREATE TABLE later (user_id text {deferred})")
            with pytest.raises(psycopg.IntegrityError):
                await read(database, "INSERT INTO later VALUES ('nobody') RETURNING 1")
            await write(database, "DROP TABLE later")

    uvloop.run(scene())
