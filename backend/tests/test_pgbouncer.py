"""The service's way to its database through a real PgBouncer in transaction mode (specs/database/connection.md)."""

import asyncio
import os
import re
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from urllib.parse import quote

import psycopg
import pytest
import uvloop
from psycopg.conninfo import conninfo_to_dict
from pydantic import SecretStr
from sqlalchemy import text
from typing_extensions import override

from backend.db import Connection, Database
from backend.embedded import SOCKETS, unprivileged
from backend.pool import READERS, WRITERS
from backend.tests.databases import opened, read, users, write
from backend.tests.postgres import fresh_database, shared_server
from backend.tests.tools import require_tool
from backend.tests.waiting import until
from backend.tests.wire import PROCESS, Wire

SERVERS = 3
"""Connections of PgBouncer to PostgreSQL, fewer than a service has to PgBouncer."""

SETTINGS = """
[databases]
* = host={host}
[pgbouncer]
unix_socket_dir = {folder}
listen_port = 5432
pool_mode = transaction
default_pool_size = {servers}
auth_type = trust
auth_file = {folder}/users
"""

ROW = re.compile(rb"D.{4}\x00\x01.{4}\d+(?=C)", re.DOTALL)
"""The message of a row that consists of a number."""


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SecretStr]:
    with shared_server(tmp_path_factory) as server, fresh_database(server) as url:
        yield url


@pytest.fixture
def pooled(url: SecretStr) -> Iterator[SecretStr]:
    """The URL of the same database behind PgBouncer."""
    program = require_tool("pgbouncer", "a pooler in transaction mode")
    target = conninfo_to_dict(url.get_secret_value())
    with tempfile.TemporaryDirectory(prefix="pgbouncer-", dir=SOCKETS) as name:
        folder = Path(name)
        folder.chmod(0o777)  # it runs as another user where this one is root
        (folder / "users").write_text('"postgres" ""\n')
        (folder / "settings").write_text(SETTINGS.format(host=target["host"], folder=folder, servers=SERVERS))
        command = unprivileged([program, "-q", str(folder / "settings")], user_id=os.geteuid())
        with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:  # noqa: S603 # our own words
            assert until((folder / ".s.PGSQL.5432").exists)
            yield SecretStr(f"postgresql://postgres@/{target['dbname']}?host={quote(name, safe='')}")
            process.terminate()
    with psycopg.connect(url.get_secret_value(), autocommit=True) as connection:
        connection.execute("DELETE FROM users")


async def readings(database: Database, name: str) -> None:
    """Reads of which each has an answer of its own."""
    asked = [f"{name} {number}" for number in range(100)]

    async def one(value: str) -> None:
        async with database.reading() as connection:
            statement = text(f"SELECT '{name}' AS name, :value ::text AS value")
            assert list(await connection.execute(statement, {"value": value})) == [(name, value)]

    await asyncio.gather(*map(one, asked))


async def statements(connection: Connection, name: str) -> None:
    """Three, of which the second sees what the first has done."""
    await connection.execute(text("INSERT INTO users (id) VALUES (:name)"), {"name": name})
    assert name in await users(connection)
    await connection.execute(text("UPDATE users SET email = :name WHERE id = :name"), {"name": name})


async def writing(database: Database, name: str) -> None:
    """A transaction that is committed."""
    async with database.writing() as connection:
        await statements(connection, name)


async def undoing(database: Database, name: str) -> None:
    """One that is rolled back."""
    with suppress(LookupError):
        async with database.writing() as connection:
            await statements(connection, name)
            raise LookupError


async def failing(database: Database) -> None:
    """A read and a transaction that are refused."""
    refused = await asyncio.gather(*(ask(database, "SELECT 1 / 0") for ask in (read, write)), return_exceptions=True)
    assert [type(each) for each in refused] == [psycopg.errors.DivisionByZero] * 2


async def all_kinds(*databases: Database) -> None:
    """Much at once, of each kind; then everything that was committed is there, and nothing else."""
    async with asyncio.TaskGroup() as group:
        for service, database in enumerate(databases):
            for number in range(20):
                group.create_task(writing(database, f"{service} {number} kept"))
                group.create_task(undoing(database, f"{service} {number} never"))
                group.create_task(failing(database))
            group.create_task(readings(database, f"of {service}"))
    async with databases[0].reading() as connection:
        kept = [f"{service} {number} kept" for service in range(len(databases)) for number in range(20)]
        assert await users(connection) == sorted(kept)


def test_a_pooler_in_transaction_mode_may_stand_between(url: SecretStr, pooled: SecretStr) -> None:  # CONN-16
    async def scene() -> None:
        async with opened(pooled) as one, opened(pooled) as other:
            await all_kinds(one, other)
            assert one.connections == {"used": 0, "idle": READERS + WRITERS}
            for _ in range(2 * SERVERS):
                assert await read(one, "SELECT count(*) FROM pg_prepared_statements") == 0
        with psycopg.connect(url.get_secret_value()) as connection:
            others = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND state = 'idle'"
            assert connection.execute(others).fetchall() == [(SERVERS,)]

    uvloop.run(scene())


class Liar(Wire):
    """Tells each client that the number which the pooler has made up for it is that of the server's process."""

    def __init__(self, url: SecretStr) -> None:
        super().__init__(url)
        self._told: dict[int, bytes] = {}

    @override
    def altered(self, number: int, answer: bytes, /) -> bytes:
        """What a client gets of a piece of the database's answers."""
        begun = PROCESS.search(answer)
        if begun is not None:
            self._told[number] = b"%d" % int.from_bytes(begun[1], "big", signed=True)
        if number not in self._told or ROW.search(answer) is None:
            return answer
        told = self._told.pop(number)
        row = b"\0\1" + len(told).to_bytes(4, "big") + told
        before, after = ROW.split(answer)
        return before + b"D" + (4 + len(row)).to_bytes(4, "big") + row + after


def test_a_pooler_that_lies_about_the_process_is_found_out(pooled: SecretStr) -> None:  # CONN-17
    async def scene() -> None:
        async with Liar(pooled) as wire, opened(wire.url) as database:
            for _ in range(3):
                await readings(database, "of one")
            for number in range(2 * SERVERS):
                await writing(database, f"{number} kept")
            async with database.reading() as connection:
                assert len(await users(connection)) == 2 * SERVERS

    uvloop.run(scene())
