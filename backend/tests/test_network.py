"""Connections that die, answer late or not at all, and requests that are given up (specs/database/connection.md)."""

import asyncio
import itertools
import time
from collections.abc import Callable, Iterator
from contextlib import suppress

import psycopg
import pytest
import uvloop
from pydantic import SecretStr
from sqlalchemy import text

from backend.db import Connection, Database, Reading, Writing
from backend.errors import Unavailable
from backend.pipeline import DEPTH, IDLE_SECONDS, PING_SECONDS
from backend.pool import QUEUE_SECONDS, READERS, WRITERS
from backend.tests.databases import add, opened, users, write
from backend.tests.postgres import fresh_database, shared_server
from backend.tests.waiting import until
from backend.tests.wire import Wire

SOON = 0.3
"""Seconds in which what is local and healthy answers, also on a busy machine."""


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SecretStr]:
    with shared_server(tmp_path_factory) as server, fresh_database(server) as url:
        yield url


def sessions(url: SecretStr) -> dict[str, int]:
    """How many sessions of others the database has, by state."""
    with psycopg.connect(url.get_secret_value(), autocommit=True) as connection:
        counted = connection.execute(
            "SELECT coalesce(state, 'gone'), count(*) FROM pg_stat_activity WHERE backend_type = 'client backend'"
            " AND datname = current_database() AND pid <> pg_backend_pid() GROUP BY 1"
        ).fetchall()
    return dict(counted)


async def refused(database: Database, begin: float) -> float:
    """Asserts that both ways are unavailable, and returns how long the slower took."""

    async def one(way: Callable[[], object]) -> None:
        with pytest.raises(Unavailable) as caught:
            async with way() as connection:  # type: ignore[attr-defined] # both ways, one type
                await connection.execute(text("SELECT pg_sleep(20)"))
        assert int(caught.value.headers["Retry-After"]) >= 1

    await asyncio.gather(one(database.reading), one(database.writing))
    return round(time.monotonic() - begin, 2)  # uvloop counts milliseconds


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


def terminate(url: SecretStr) -> None:
    """Has PostgreSQL end the connections of all others, with its farewell."""
    with psycopg.connect(url.get_secret_value(), autocommit=True) as connection:
        connection.execute(
            "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )


def test_a_connection_that_was_closed_while_idle_costs_no_error(url: SecretStr) -> None:  # CONN-4
    async def scene() -> None:
        async with Wire(url) as wire, opened(wire.url) as database:
            closes: list[Callable[[], None]] = [wire.reset, lambda: terminate(url)]
            ways: list[Callable[[], Reading | Writing]] = [database.reading, database.writing]
            for close, way in itertools.product(closes, ways):
                async with way() as connection:
                    await users(connection)
                before = wire.connections
                close()
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


def test_a_statement_that_takes_too_long_is_given_up_in_time(url: SecretStr) -> None:  # CONN-9
    async def scene() -> None:
        async with opened(url, 0.5) as database:
            assert 0.5 <= await refused(database, time.monotonic()) < 0.5 + SOON
            async with database.reading() as connection:
                await users(connection)

    uvloop.run(scene())


def test_what_was_given_up_ends_in_the_database_too(url: SecretStr) -> None:  # CONN-22
    async def scene() -> None:
        async with opened(url, 0.3) as database:
            await refused(database, time.monotonic())
            assert await asyncio.to_thread(until, lambda: "active" not in sessions(url))
            for way in (database.reading, database.writing):
                async with way() as connection:
                    shown = "SELECT current_setting('idle_in_transaction_session_timeout')"
                    assert (await connection.execute(text(shown))).scalar_one() == "30s"
            async with database.writing(seconds=1) as connection:
                await connection.execute(text("SELECT pg_sleep(0.5)"))

    uvloop.run(scene())


def test_a_slow_statement_takes_no_idle_connections_along(url: SecretStr) -> None:  # CONN-18
    async def scene() -> None:
        async with Wire(url) as wire, opened(wire.url, 0.4) as database:
            wire.renumbers = True  # on a direct connection PostgreSQL ends the statement, and nothing is closed at all
            await all_at_once(database)
            before = wire.connections
            async with database.reading() as connection:
                slow = asyncio.create_task(connection.execute(text("SELECT pg_sleep(20)")))
                await asyncio.sleep(0.1)
                await all_at_once(database)
                with pytest.raises(Unavailable):
                    await slow
            await all_at_once(database)
            assert wire.connections == before + 1

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


def test_of_two_that_ask_together_each_has_its_own_time(url: SecretStr) -> None:  # CONN-9, CONN-13
    async def scene() -> None:
        async with Wire(url) as wire, opened(wire.url, 0.5) as database:
            await all_at_once(database)
            early = database.reading()
            await users(early)  # its time begins
            await asyncio.sleep(0.2)
            late = database.reading()
            wire.swallow()
            # The later one first: what goes out together is given up when the time of any of them is over.
            asked = [asyncio.create_task(users(each)) for each in (late, early)]
            done, _ = await asyncio.wait(asked, return_when=asyncio.FIRST_EXCEPTION)
            assert [type(each.exception()) for each in done] == [Unavailable]
            assert asked[1] in done
            await asked[0]

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
            gone = asyncio.create_task(hold(database.writing))
            await asyncio.sleep(0)
            gone.cancel()
            assert QUEUE_SECONDS <= await refused(database, time.monotonic()) < QUEUE_SECONDS + SOON
            await asyncio.gather(*holders, return_exceptions=True)
            await all_at_once(database)
            assert database.connections == {"used": 0, "idle": READERS + WRITERS}

    uvloop.run(scene())


def test_a_cancelled_request_gives_its_connection_back_clean_whenever_it_is_cancelled(
    url: SecretStr,
) -> None:  # CONN-20
    async def request(database: Database) -> None:
        async with database.writing() as connection:
            await connection.execute(text("SELECT 1"))
            await add(connection, "cancelled")
            await connection.execute(text("SELECT pg_sleep(0.05)"))
            raise LookupError

    async def scene() -> None:
        async with opened(url) as database:
            # From the connecting of the first to the closing of the last block, and once not at all in time.
            for delay in [*(step / 1000 for step in range(0, 70, 2)), 2.0]:
                task = asyncio.create_task(request(database))
                await asyncio.sleep(delay)
                task.cancel()
                with suppress(asyncio.CancelledError, LookupError):
                    await task
            # Had one been lost, the last of these would wait in vain.
            await all_at_once(database)
            assert "idle in transaction" not in sessions(url)

    uvloop.run(scene())


def test_a_request_that_is_cancelled_in_a_hole_ends_at_the_deadline(url: SecretStr) -> None:  # CONN-20
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


def test_nobody_waits_for_the_statement_of_a_request_that_was_cancelled(url: SecretStr) -> None:  # CONN-20
    async def deletion(database: Database) -> None:
        async with database.writing(seconds=30) as connection:
            await connection.execute(text("SELECT pg_sleep(30)"))

    async def scene() -> None:
        async with opened(url) as database:
            await all_at_once(database)
            slow = [asyncio.create_task(deletion(database)) for _ in range(WRITERS)]
            await asyncio.sleep(0.05)
            for each in slow:
                each.cancel()
            await asyncio.gather(*slow, return_exceptions=True)
            await asyncio.gather(*(write(database, "SELECT 1") for _ in range(WRITERS)))

    uvloop.run(scene())
