"""The service's way to a database, without the service."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from pydantic import SecretStr
from sqlalchemy import text

from backend.db import STORE_SECONDS, Connection, Database
from backend.settings import DatabaseSettings
from backend.statements import fixed


@asynccontextmanager
async def opened(url: SecretStr, seconds: float = STORE_SECONDS) -> AsyncIterator[Database]:
    database = Database(DatabaseSettings(database_url=url), seconds=seconds)
    await database.open()
    try:
        yield database
    finally:
        await database.close()


async def users(connection: Connection) -> list[str]:
    return [name for (name,) in await connection.execute(text("SELECT id FROM users ORDER BY id"))]


async def add(connection: Connection, name: str) -> None:
    await connection.execute(text("INSERT INTO users (id) VALUES (:id)"), {"id": name})


async def read(database: Database, sql: str) -> object:
    """The first value of the only row."""
    async with database.reading() as connection:
        [(value, *_)] = await connection.execute(text(sql))
    return value


async def write(database: Database, sql: str) -> None:
    """A transaction of one statement."""
    async with database.writing() as connection:
        await connection.execute(text(sql))


async def counted(database: Database, first: int, count: int) -> None:
    """Asks for many numbers at once, and asserts that each who asks gets the one that was asked for."""
    numbers = range(first, first + count)
    assert await asyncio.gather(*(read(database, f"SELECT {number}") for number in numbers)) == list(numbers)


async def prepared(connection: Connection) -> object:
    return (await connection.execute(fixed("SELECT count(*) FROM pg_prepared_statements"))).scalar_one()
