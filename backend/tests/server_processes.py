"""Servers as they run in production, several processes on one database, for tests of what happens between them."""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import TypeVar

import httpx
import jwt
import psycopg
from pydantic import SecretStr

from backend.settings import Settings
from backend.tests.client import Client

SECRET = "p" * 32
PATIENCE = 60
"""Seconds for a start on a busy machine."""
IN_FLIGHT = 20
"""As many as two processes have connections: on a busy machine those who queue for one could be told to come later."""

PRINTED = "printed"
"""The file in a server's folder with what it prints."""

_T = TypeVar("_T")


@dataclass(frozen=True)
class ServerProcesses:
    """Processes that know nothing of each other but the database."""

    urls: Sequence[str]
    processes: Sequence[subprocess.Popen[bytes]] = field(repr=False)
    database: psycopg.Connection[tuple[object, ...]] = field(repr=False)

    @contextmanager
    def clients(self, user: str) -> Iterator[list[Client]]:
        """One user's clients, one for each process."""
        token = jwt.encode({"sub": user, "exp": time.time() + 3600}, SECRET, algorithm="HS256")
        with ExitStack() as stack:
            yield [stack.enter_context(Client(url, user=user, token=token)) for url in self.urls]

    def rows(self, query: str) -> list[tuple[object, ...]]:
        """What is stored, whatever the servers say."""
        return self.database.execute(query.encode()).fetchall()


@contextmanager
def serving(
    database_url: SecretStr, folder: Path, *, processes: int = 2, variables: Mapping[str, str] = MappingProxyType({})
) -> Iterator[ServerProcesses]:
    """Starts them, each on a free port of 127.0.0.1, with variables of their environment; stops them at the end."""
    url = database_url.get_secret_value()
    with ExitStack() as stack:
        started = [stack.enter_context(_started(url, folder / str(number), variables)) for number in range(processes)]
        urls = [_announced(folder / str(number) / PRINTED) for number in range(processes)]
        yield ServerProcesses(urls, started, stack.enter_context(psycopg.connect(url, autocommit=True)))


def at_once(*requests: Callable[[], _T]) -> list[_T]:
    """Sends them from threads of their own; the answers are in the order of the requests."""
    with ThreadPoolExecutor(IN_FLIGHT) as pool:
        return [future.result() for future in [pool.submit(request) for request in requests]]


@contextmanager
def _started(database_url: str, folder: Path, variables: Mapping[str, str]) -> Iterator[subprocess.Popen[bytes]]:
    ours = {name.upper() for name in Settings.model_fields}
    environment = {name: value for name, value in os.environ.items() if name not in ours} | {
        "ENVIRONMENT": "development",
        "PORT": "0",
        "DATABASE_URL": database_url,
        "BETTER_AUTH_SECRET": SECRET,
        "DEVELOPMENT_FOLDER": str(folder),
        "RATE_LIMIT_USER": "off",  # races ask faster than any user
        "RATE_LIMIT_ADDRESS": "off",
        **variables,
    }
    folder.mkdir()
    # Into a file: a pipe that nobody reads would fill with the log and stop the server.
    with (
        (folder / PRINTED).open("w") as printed,
        subprocess.Popen([sys.executable, "-m", "scripts.serve"], env=environment, stdout=printed) as process,
    ):
        try:
            yield process
        finally:
            process.terminate()


def _announced(printed: Path) -> str:
    """The address that a server prints, once it answers there."""
    deadline = time.monotonic() + PATIENCE
    while True:
        assert time.monotonic() < deadline, "the server did not start"
        label, _, address = printed.read_text(encoding="utf-8").partition("\n")[0].partition(" ")
        if label == "Serving":
            assert httpx.get(f"{address.strip()}/health", timeout=PATIENCE).status_code == 200
            return address.strip()
        time.sleep(0.05)
