"""The PostgreSQL of the tests: one embedded server for a run, whatever its workers, and fresh databases on it."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import LiteralString
from uuid import uuid4

import psycopg
import pytest
from psycopg import sql
from pydantic import SecretStr

from backend import migrations
from backend.embedded import running_server

OPTIONS = ("fsync=off", "max_connections=300")
"""What a test writes need not outlive the machine; each worker's pools take their connections."""


@contextmanager
def shared_server(factory: pytest.TempPathFactory) -> Iterator[SecretStr]:
    """The URL of the run's server: the first worker starts it, the last one stops it."""
    own = factory.getbasetemp()
    folder = own.parent if "PYTEST_XDIST_WORKER" in os.environ else own  # a worker's folder is in that of the run
    with running_server(folder / "postgres", options=OPTIONS) as url:
        yield url


@contextmanager
def fresh_database(server: SecretStr, *, migrated: bool = True) -> Iterator[SecretStr]:
    """The URL of a new database, which is dropped at the end together with who is still connected to it."""
    name = f"test_{uuid4().hex}"
    _execute(server, "CREATE DATABASE {}", name)
    try:
        url = SecretStr(server.get_secret_value().replace("/postgres?", f"/{name}?"))
        if migrated:
            migrations.upgrade(url)
        yield url
    finally:
        _execute(server, "DROP DATABASE {} WITH (FORCE)", name)


def _execute(server: SecretStr, statement: LiteralString, name: str) -> None:
    with psycopg.connect(server.get_secret_value(), autocommit=True) as connection:
        connection.execute(sql.SQL(statement).format(sql.Identifier(name)))
