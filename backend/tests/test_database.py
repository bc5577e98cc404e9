"""The connection to the database: transactions, time limits, outages (specs/database/connection.md)."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path

import psycopg
import pytest
import uvloop
from pydantic import SecretStr
from sqlalchemy import text

from backend import migrations
from backend.db import STORE_SECONDS, Connection, Database, Reading, Writing
from backend.errors import Unavailable
from backend.pipeline import DEPTH, IDLE_SECONDS, PING_SECONDS
from backend.pool import QUEUE_SECONDS, READERS, WRITERS
from backend.settings import DatabaseSettings
from backend.tests.postgres import fresh_database, shared_server
from backend.tests.wire import Wire

SOON = 0.3
"""Seconds in which what is local and healthy answers, also on a busy machine."""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SecretStr]:
    with shared_server(tmp_path_factory) as url:
        yield url


@pytest.fixture(scope="module")
def url(server: SecretStr) -> Iterator[SecretStr]:
    with fresh_database(server) as url:
        yield url


@asynccontextmanager
async def opened(url: SecretStr, seconds: float = STORE_SECONDS) -> AsyncIterator[Database]:
    database = Database(DatabaseSettings(database_url=url), seconds=seconds)
    await database.open()
    try:
        yield database
    finally:
        await database.close()


def sessions(url: SecretStr) -> dict[str, int]:
    """How many sessions of others the database has, by state."""
    with psycopg.connect(url.get_secret_value(), autocommit=True) as connection:
        counted = connection.execute(
            "SELECT coalesce(state, 'gone'), count(*) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid() GROUP BY 1"
        ).fetchall()
    return dict(counted)


async def users(connection: Connection) -> list[str]:
    return [name for (name,) in await connection.execute(text("SELECT id FROM users ORDER BY id"))]


async def add(connection: Connection, name: str) -> None:
    await connection.execute(text("INSERT INTO users (id) VALUES (:id)"), {"id": name})


def test_writing_commits_at_the_end_of_the_block_and_not_before(url: SecretStr) -> None:  # CONN-3
    async def scene() -> None:
        async with opened(url) as database, database.reading() as other:
            async with database.writing() as connection:
                await add(connection, "committed")
                assert "committed" not in await users(other)
            assert "committed" in await users(other)

    uvloop.run(scene())


def test_reading_is_a_transaction_for_each_statement(url: SecretStr) -> None:  # CONN-3
    async def scene() -> None:
        async with opened(url) as database, database.reading() as connection:
            # now() is when the transaction began.
            first, second = [(await connection.execute(text("SELECT now()"))).scalar_one() for _ in range(2)]
            assert first < second

    uvloop.run(scene())


@pytest.mark.parametrize("error", [ValueError, Unavailable, asyncio.CancelledError, KeyboardInterrupt])
def test_any_exception_rolls_back_and_passes(url: SecretStr, error: type[BaseException]) -> None:  # CONN-3
    async def scene() -> None:
        async with opened(url) as database:
            with suppress(error):
                async with database.writing() as connection:
                    await add(connection, "never")
                    raise error
            async with database.reading() as connection:
                assert "never" not in await users(connection)

    uvloop.run(scene())


def test_a_commit_that_fails_raises_at_the_end_of_the_block(url: SecretStr) -> None:
    async def scene() -> None:
        async with opened(url) as database:
            async with database.writing() as connection:
                await connection.execute(text("CREATE TABLE later (user_id text REFERENCES users DEFERRABLE)"))
            block = AsyncExitStack()
            connection = await block.enter_async_context(database.writing())
            await connection.execute(text("SET CONSTRAINTS ALL DEFERRED"))
            await connection.execute(text("INSERT INTO later VALUES ('nobody')"))
            with pytest.raises(psycopg.errors.IntegrityError):
                await block.aclose()
            async with database.writing() as connection:
                await connection.execute(text("DROP TABLE later"))

    uvloop.run(scene())


def test_an_error_does_not_repeat_what_was_written(url: SecretStr) -> None:  # CONN-8
    async def scene() -> None:
        async with opened(url) as database:
            with pytest.raises(psycopg.errors.IntegrityError) as caught:
                async with database.writing() as connection:
                    await connection.execute(
                        text("INSERT INTO tasks (user_id, title) VALUES (:user, :title)"),
                        {"user": "nobody at all", "title": "a secret title"},
                    )
            assert "a secret title" not in str(caught.value)

    uvloop.run(scene())


async def swallow(connection: Connection, *statements: str) -> None:
    """Executes statements of which the last one is refused, and goes on as if it were not."""
    for statement in statements[:-1]:
        await connection.execute(text(statement))
    with suppress(psycopg.DataError):
        await connection.execute(text(statements[-1]))


@pytest.mark.parametrize("statements", [("SELECT 1 / 0",), ("SELECT 1", "SELECT 1 / 0")])
def test_a_transaction_whose_error_is_swallowed_is_not_committed(
    url: SecretStr, statements: tuple[str, ...]
) -> None:  # CONN-19
    async def scene() -> None:
        async with opened(url) as database:
            block = AsyncExitStack()
            connection = await block.enter_async_context(database.writing())
            await swallow(connection, *statements)
            with pytest.raises(psycopg.errors.InFailedSqlTransaction):
                await add(connection, "after an error")
            with pytest.raises(psycopg.errors.InFailedSqlTransaction):
                await block.aclose()
            async with database.reading() as reading:
                assert "after an error" not in await users(reading)

    uvloop.run(scene())


def test_a_transaction_that_lost_its_connection_is_unavailable_to_its_end(url: SecretStr) -> None:  # CONN-19
    async def scene() -> None:
        async with Wire(url) as wire, opened(wire.url) as database:
            for is_early in (True, False):  # there is a connection before the outage, or none
                block = AsyncExitStack()
                connection = await block.enter_async_context(database.writing())
                if is_early:
                    await add(connection, "before")
                    wire.down()
                    await asyncio.sleep(0.05)
                for _ in range(2):
                    with pytest.raises(Unavailable):
                        await add(connection, "during")
                with pytest.raises(Unavailable):
                    await block.aclose()
            await wire.up()
            async with database.reading() as reading:
                assert not {"before", "during"} & set(await users(reading))

    uvloop.run(scene())


def test_a_transaction_without_a_statement_needs_no_connection(url: SecretStr) -> None:  # CONN-3
    async def scene() -> None:
        async with opened(url) as database:
            async with database.writing():
                pass
            assert database.connections == {"used": 0, "idle": 0}

    uvloop.run(scene())


def test_the_first_and_the_last_instant_are_read_whatever_time_zone_the_database_has(url: SecretStr) -> None:  # CONN-11
    async def scene() -> None:
        first, last = datetime(1, 1, 1, tzinfo=UTC), datetime(9999, 12, 31, 23, 59, 59, 999999, tzinfo=UTC)
        for zone in ("Pacific/Kiritimati", "Pacific/Pago_Pago", "UTC"):
            async with opened(url) as database, database.writing() as connection:
                name = (await connection.execute(text("SELECT current_database()"))).scalar_one()
                await connection.execute(text(f"ALTER DATABASE {name} SET TimeZone = '{zone}'"))
            async with opened(url) as database, database.reading() as connection:
                instants = text("SELECT :first ::timestamptz, :last ::timestamptz")
                found = await connection.execute(instants, {"first": first, "last": last})
                assert [tuple(row) for row in found] == [(first, last)]

    uvloop.run(scene())


def test_a_connection_that_was_closed_while_idle_costs_no_error(url: SecretStr) -> None:  # CONN-4
    async def scene() -> None:
        async with Wire(url) as wire, opened(wire.url) as database:
            for way in (database.reading, database.writing):
                async with way() as connection:
                    await users(connection)
                before = wire.connections
                wire.reset()
                await asyncio.sleep(0.05)
                async with way() as connection:
                    await users(connection)
                assert wire.connections > before

    uvloop.run(scene())


def test_a_connection_that_a_firewall_forgot_while_idle_costs_no_error(url: SecretStr) -> None:  # CONN-4
    async def scene() -> None:
        async with Wire(url) as wire, opened(wire.url) as database:
            await all_at_once(database)
            wire.swallow()
            await asyncio.sleep(IDLE_SECONDS + 0.05)
            begin = time.monotonic()
            async with database.reading() as connection:
                await users(connection)
            # One was asked and did not answer; all others are given up with it.
            await all_at_once(database)
            assert PING_SECONDS <= time.monotonic() - begin < PING_SECONDS + SOON

    uvloop.run(scene())


def test_an_idle_connection_that_lives_is_used_again(url: SecretStr) -> None:
    async def scene() -> None:
        async with Wire(url) as wire, opened(wire.url) as database:
            for pause in (0.0, IDLE_SECONDS + 0.05, 0.0):
                await asyncio.sleep(pause)
                async with database.reading() as connection:
                    await users(connection)
            assert wire.connections == 1

    uvloop.run(scene())


async def refused(database: Database, begin: float) -> float:
    """Asserts that both ways are unavailable, and returns how long the slower took."""

    async def one(way: Callable[[], object]) -> None:
        with pytest.raises(Unavailable) as caught:
            async with way() as connection:  # type: ignore[attr-defined] # both ways, one type
                await connection.execute(text("SELECT pg_sleep(20)"))
        assert int(caught.value.headers["Retry-After"]) >= 1

    await asyncio.gather(one(database.reading), one(database.writing))
    return round(time.monotonic() - begin, 2)  # uvloop counts milliseconds


def test_a_statement_that_takes_too_long_is_given_up_in_time(url: SecretStr) -> None:  # CONN-9
    async def scene() -> None:
        async with opened(url) as database:
            assert STORE_SECONDS <= await refused(database, time.monotonic()) < STORE_SECONDS + SOON
            async with database.reading() as connection:
                await users(connection)

    uvloop.run(scene())


def test_a_silent_hole_in_the_network_is_given_up_in_time(url: SecretStr) -> None:  # CONN-9
    async def scene() -> None:
        async with Wire(url) as wire, opened(wire.url, 0.5) as database:
            async with database.reading() as one, database.reading() as two:
                await asyncio.gather(users(one), users(two))
            wire.swallow()
            wire.swallows_new = True
            # Once on connections that were open, once on new ones.
            for _ in range(2):
                assert await refused(database, time.monotonic()) < 0.5 + SOON
            wire.swallows_new = False
            async with database.writing() as connection:
                await users(connection)

    uvloop.run(scene())


def test_an_idle_connection_that_does_not_answer_costs_no_more_than_the_request_has(url: SecretStr) -> None:
    async def scene() -> None:
        async with Wire(url) as wire, opened(wire.url, 0.5) as database:
            await all_at_once(database)
            wire.swallow()
            wire.swallows_new = True
            await asyncio.sleep(IDLE_SECONDS + 0.05)
            assert await refused(database, time.monotonic()) < 0.5 + SOON

    uvloop.run(scene())


def test_a_hole_during_the_very_first_connection_is_given_up_in_time(url: SecretStr) -> None:  # CONN-9
    async def scene() -> None:
        async with Wire(url) as wire, opened(wire.url, 0.5) as database:
            wire.swallows_new = True
            assert await refused(database, time.monotonic()) < 0.5 + SOON
            wire.swallows_new = False
            async with database.writing() as connection:
                await users(connection)

    uvloop.run(scene())


def test_an_outage_is_unavailable_and_over_with_the_first_request_after_it(url: SecretStr) -> None:  # CONN-5
    async def scene() -> None:
        async with Wire(url) as wire, opened(wire.url) as database:
            async with database.reading() as connection:
                await users(connection)
            wire.down()
            await asyncio.sleep(0.05)
            assert await refused(database, time.monotonic()) < SOON
            await wire.up()
            async with database.reading() as connection:
                await users(connection)

    uvloop.run(scene())


async def all_at_once(database: Database) -> None:
    """Uses all connections that there may be at the same time."""
    barrier = asyncio.Barrier(WRITERS)

    async def write() -> None:
        async with database.writing() as connection:
            await users(connection)
            await barrier.wait()

    async def read() -> None:
        async with database.reading() as connection:
            await users(connection)

    async with asyncio.TaskGroup() as group:
        for _ in range(WRITERS):
            group.create_task(write())
        for _ in range(READERS * DEPTH):
            group.create_task(read())


def test_when_all_connections_are_taken_the_next_is_unavailable(url: SecretStr) -> None:  # CONN-9
    async def scene() -> None:
        async with opened(url) as database:
            await all_at_once(database)

            async def slow(connection: Connection) -> None:
                await connection.execute(text(f"SELECT pg_sleep({QUEUE_SECONDS + SOON})"))

            async def hold(way: Callable[[], Reading | Writing]) -> None:
                async with way() as connection:
                    await slow(connection)

            ways = [database.reading] * READERS * DEPTH + [database.writing] * WRITERS
            holders = [asyncio.create_task(hold(way)) for way in ways]
            await asyncio.sleep(0.05)
            assert database.connections == {"used": READERS + WRITERS, "idle": 0}
            assert QUEUE_SECONDS <= await refused(database, time.monotonic()) < QUEUE_SECONDS + SOON
            await asyncio.gather(*holders, return_exceptions=True)
            await all_at_once(database)
            assert database.connections == {"used": 0, "idle": READERS + WRITERS}

    uvloop.run(scene())


def test_a_cancelled_request_gives_its_connection_back_clean_whenever_it_is_cancelled(url: SecretStr) -> None:
    async def request(database: Database) -> None:
        async with database.writing() as connection:
            await connection.execute(text("SELECT 1"))
            await add(connection, "cancelled")
            await connection.execute(text("SELECT pg_sleep(0.05)"))
            raise LookupError

    async def scene() -> None:
        async with opened(url) as database:
            # From the connecting of the first to the closing of the last block.
            for delay in [step / 1000 for step in range(0, 70, 2)]:
                task = asyncio.create_task(request(database))
                await asyncio.sleep(delay)
                task.cancel()
                with suppress(asyncio.CancelledError, LookupError):
                    await task
            # Had one been lost, the last of these would wait in vain.
            await all_at_once(database)
            assert "idle in transaction" not in sessions(url)

    uvloop.run(scene())


def test_a_request_that_is_cancelled_in_a_hole_ends_at_the_deadline(url: SecretStr) -> None:
    async def scene() -> None:
        async with Wire(url) as wire, opened(wire.url, 0.5) as database:

            async def request() -> None:
                async with database.reading() as connection:
                    await connection.execute(text("SELECT pg_sleep(20)"))

            begin = time.monotonic()
            task = asyncio.create_task(request())
            await asyncio.sleep(0.2)
            wire.swallow()
            wire.swallows_new = True
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            assert time.monotonic() - begin < 0.5 + SOON
            wire.swallows_new = False
            await all_at_once(database)

    uvloop.run(scene())


def test_it_is_ready_when_the_schema_is_at_the_head_and_only_then(server: SecretStr) -> None:
    async def scene(url: SecretStr) -> None:
        async with opened(url) as database:
            assert not await database.ready()
            await asyncio.to_thread(migrations.upgrade, url)
            assert await database.ready()
            for change in ("INSERT INTO alembic_version VALUES ('later')", "DELETE FROM alembic_version"):
                async with database.writing() as connection:
                    await connection.execute(text(change))
                assert not await database.ready()

    with fresh_database(server, migrated=False) as url:
        uvloop.run(scene(url))


def test_readiness_is_unavailable_while_the_database_is() -> None:
    async def scene() -> None:
        async with opened(SecretStr("postgresql://postgres@127.0.0.1:1/none")) as database:
            with pytest.raises(Unavailable):
                await database.ready()

    uvloop.run(scene())


def test_development_without_a_url_brings_its_own_database(tmp_path: Path) -> None:
    async def scene() -> None:
        database = Database(DatabaseSettings(environment="development", development_folder=tmp_path))
        await database.open()
        try:
            assert await database.ready()
        finally:
            await database.close()

    uvloop.run(scene())
