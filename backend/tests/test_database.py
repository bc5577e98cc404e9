"""The connection to the database: transactions, time limits, outages (specs/database/connection.md)."""

import asyncio
from collections.abc import Iterator
from contextlib import AsyncExitStack, suppress
from datetime import UTC, date, datetime
from pathlib import Path

import psycopg
import pytest
import uvloop
from pydantic import SecretStr
from sqlalchemy import text

from backend import migrations
from backend.db import Connection, Database
from backend.errors import Unavailable
from backend.settings import DatabaseSettings
from backend.tests.databases import add, opened, users
from backend.tests.postgres import fresh_database, shared_server
from backend.tests.wire import Wire


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SecretStr]:
    with shared_server(tmp_path_factory) as url:
        yield url


@pytest.fixture(scope="module")
def url(server: SecretStr) -> Iterator[SecretStr]:
    with fresh_database(server) as url:
        yield url


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


def test_values_are_read_whatever_the_database_prefers(url: SecretStr) -> None:  # CONN-11
    strange = SecretStr(f"{url.get_secret_value()}&client_encoding=LATIN1")
    values = {
        "first": datetime(1, 1, 1, tzinfo=UTC),
        "last": datetime(9999, 12, 31, 23, 59, 59, 999999, tzinfo=UTC),
        "day": date(2026, 2, 1),
        "words": "\u00e9 \u20ac \U0001f600",
    }
    asked = text("SELECT :first ::timestamptz, :last ::timestamptz, :day ::date, :words ::text")

    async def scene() -> None:
        for zone, style in (("Pacific/Kiritimati", "SQL, DMY"), ("Pacific/Pago_Pago", "German"), ("UTC", "ISO, DMY")):
            async with opened(url) as database, database.writing() as connection:
                name = (await connection.execute(text("SELECT current_database()"))).scalar_one()
                await connection.execute(text(f"ALTER DATABASE {name} SET TimeZone = '{zone}'"))
                await connection.execute(text(f"ALTER DATABASE {name} SET DateStyle = '{style}'"))
            async with opened(strange) as database, database.reading() as connection:
                assert list(await connection.execute(asked, values)) == [tuple(values.values())]

    uvloop.run(scene())


def test_what_is_closed_meanwhile_ends_its_transactions_first(url: SecretStr) -> None:  # CONN-3
    async def scene() -> None:
        async with opened(url) as database:
            async with database.writing() as connection:
                await add(connection, "late")
                await database.close()
            assert database.connections == {"used": 0, "idle": 0}
        async with opened(url) as database, database.reading() as connection:
            assert "late" in await users(connection)

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
