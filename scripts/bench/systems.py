"""What is measured and how it is started: this service as it is deployed, its peers, the floor (BENCH-2, BENCH-3).

A system is processes of its own with an environment of its own: nothing of the caller's reaches it.
"""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import httpx
from pydantic import SecretStr

from scripts.bench.accounting import Family
from scripts.contract import ROOT

PEERS: Final = ROOT / "scripts" / "bench" / "peers"
FASTIFY: Final = ROOT / "build" / "bench" / "fastify"
"""Where `make bench` installs it: packages of npm need their program beside them."""

POOL_SIZE: Final = 20
"""Connections of a peer's process. This service has as many as it is deployed with."""

START_SECONDS: Final = 60.0
STOP_SECONDS: Final = 10.0

SERVICE: Final = "this service"
TUTORIAL: Final = "FastAPI tutorial"
FASTIFY_PEER: Final = "Fastify"
FLOOR: Final = "uvicorn alone"


class NotStarted(Exception):
    """A system ended, or did not answer in time; the text is one line that names it."""


@dataclass(frozen=True)
class Surroundings:
    """What all systems are given."""

    database_url: SecretStr
    secret: str
    folder: Path
    """Of what they print, as a container would keep it."""


@dataclass(frozen=True)
class System:
    """A server. `operations` are those that it is asked for; none means all."""

    name: str
    command: Callable[[int, int], Sequence[str]]
    """Of a port and a number of workers."""
    variables: Callable[[Surroundings], Mapping[str, str]]
    operations: tuple[str, ...] = ()

    def has(self, operation: str) -> bool:
        """Say whether it has this operation."""
        return not self.operations or operation in self.operations


@dataclass(frozen=True)
class Running:
    """A system that answers."""

    system: System
    url: str
    family: Family
    seconds: float
    """From its start to its first answer."""


def _deployed(port: int, workers: int) -> Sequence[str]:
    """README's command (Deploy), on a port of this machine."""
    how = "--factory backend.app:main --http backend.protocol:BoundedProtocol"
    more = "--timeout-graceful-shutdown 5 --no-server-header --host 127.0.0.1"
    return _uvicorn(port, workers, [*how.split(), *more.split()])


def _peer(module: str) -> Callable[[int, int], Sequence[str]]:
    where = ["--app-dir", str(PEERS), "--host", "127.0.0.1", "--loop", "uvloop", "--http", "httptools"]
    return lambda port, workers: _uvicorn(port, workers, [f"{module}:app", *where, "--no-access-log"])


def _uvicorn(port: int, workers: int, how: Sequence[str]) -> list[str]:
    several = ["--workers", str(workers)] if workers > 1 else []
    return [sys.executable, "-m", "uvicorn", *how, "--port", str(port), *several]


def _of_peer(given: Surroundings) -> Mapping[str, str]:
    database = given.database_url.get_secret_value()
    return {"DATABASE_URL": database, "SECRET": given.secret, "POOL_SIZE": str(POOL_SIZE)}


def _of_service(given: Surroundings) -> Mapping[str, str]:
    return {
        "ENVIRONMENT": "production",
        "DATABASE_URL": given.database_url.get_secret_value(),
        "BETTER_AUTH_SECRET": given.secret,
        # Counted as ever, and never reached.
        "RATE_LIMIT_USER": "1000000/1",
    }


def _fastify(port: int, workers: int) -> Sequence[str]:
    return ["node", str(FASTIFY / "server.mjs"), str(PEERS / "contract.yaml"), str(port), str(workers)]


SYSTEMS: Final = (
    System(SERVICE, _deployed, _of_service),
    System(TUTORIAL, _peer("tutorial_peer"), _of_peer),
    System("connexion", _peer("connexion_peer"), _of_peer),
    System("Litestar", _peer("litestar_peer"), _of_peer),
    System(FASTIFY_PEER, _fastify, _of_peer),
    System(FLOOR, _peer("uvicorn_floor"), _of_peer, operations=("get",)),
)


def available(folder: Path = FASTIFY) -> tuple[list[System], list[str]]:
    """Those that can be started here, and what the others lack; `folder` is where Fastify is installed, if it is."""
    if (folder / "node_modules").is_dir():
        return list(SYSTEMS), []
    return [system for system in SYSTEMS if system.name != FASTIFY_PEER], [f"{FASTIFY_PEER} (needs Node 20 or newer)"]


@contextmanager
def running(system: System, given: Surroundings, *, workers: int, path: str, token: str) -> Iterator[Running]:
    """Start a system on a free port and stop it at the end. It is there once it answers `path` with 200.

    Raises:
        NotStarted: it ended, or took too long.
    """
    port = _free_port()
    url = f"http://127.0.0.1:{port}"
    environment = {"PATH": os.environ["PATH"], "LANG": "C.UTF-8", **system.variables(given)}
    printed = given.folder / f"{system.name.replace(' ', '-')}.log"
    began = time.monotonic()
    with (
        printed.open("w") as output,
        subprocess.Popen(  # noqa: S603 - our own arguments, no shell
            system.command(port, workers), cwd=ROOT, env=environment, stdout=output, stderr=subprocess.STDOUT
        ) as process,
    ):
        try:
            _await(system, process, url + path, {"Authorization": f"Bearer {token}"}, printed)
            yield Running(system, url, Family(process.pid), time.monotonic() - began)
        finally:
            _end(process)


def _await(
    system: System, process: subprocess.Popen[bytes], url: str, headers: Mapping[str, str], printed: Path
) -> None:
    deadline = time.monotonic() + START_SECONDS
    while process.poll() is None and time.monotonic() < deadline:
        with suppress(httpx.TransportError):  # it does not listen yet
            if httpx.get(url, headers=headers).status_code == httpx.codes.OK:
                return
        time.sleep(0.01)
    said = " ".join(printed.read_text(encoding="utf-8").split())
    raise NotStarted(f"{system.name} does not start: {said[-300:] or 'it said nothing'}")


def _end(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    with suppress(subprocess.TimeoutExpired):
        process.wait(STOP_SECONDS)
    process.kill()  # nothing, once it has ended


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        return port
