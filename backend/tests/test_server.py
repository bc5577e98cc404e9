"""`python -m backend` and `python -m backend.alive`, the two commands of a container (specs/features/deployment.md)."""

import importlib
import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import httpx
import psutil
import pytest

from backend import alive
from backend.settings import Settings
from backend.tests.addresses import answers, free_port
from backend.tests.waiting import PATIENCE, until

NOBODY_LISTENS = "postgresql://u:pa55word@127.0.0.1:1/tasks"
OURS = {name.upper() for name in Settings.model_fields}
SERVER = ("-m", "backend")


@pytest.fixture
def environment() -> dict[str, str]:
    """That of production, without a database that answers."""
    inherited = {name: value for name, value in os.environ.items() if name not in OURS}
    return inherited | {"DATABASE_URL": NOBODY_LISTENS, "BETTER_AUTH_SECRET": "s" * 32, "PORT": str(free_port())}


@contextmanager
def server(environment: dict[str, str], printed: Path) -> Iterator[tuple[subprocess.Popen[bytes], str]]:
    """The process, once it answers, and its address."""
    url = f"http://127.0.0.1:{environment['PORT']}"
    with (
        printed.open("wb") as output,
        subprocess.Popen([sys.executable, *SERVER], env=environment, stdout=output, stderr=output) as process,  # noqa: S603 # our own arguments
    ):
        try:
            assert until(lambda: process.poll() is not None or answers(url)), printed.read_text(encoding="utf-8")
            yield process, url
        finally:
            process.terminate()


@pytest.mark.parametrize("workers", [1, 2])
def test_it_serves_as_its_environment_says_until_it_is_told_to_stop(
    environment: dict[str, str], tmp_path: Path, workers: int
) -> None:  # DEPLOY-1, DEPLOY-3
    environment["WORKERS"] = str(workers)
    with server(environment, tmp_path / "printed") as (process, url):
        assert "server" not in httpx.get(f"{url}/health", timeout=PATIENCE).headers
        assert httpx.get(f"{url}/health/db", timeout=PATIENCE).status_code == 503
        assert httpx.get(f"{url}/{'x' * 9_000}", timeout=PATIENCE).status_code == 414
        started = [*psutil.Process(process.pid).children(recursive=True), psutil.Process(process.pid)]
        assert len(started) >= workers
        process.send_signal(signal.SIGTERM)
        assert process.wait(PATIENCE) == 0
        assert until(lambda: not any(child.is_running() and child.status() != "zombie" for child in started))
    lines = [json.loads(line) for line in (tmp_path / "printed").read_text(encoding="utf-8").splitlines()]
    assert lines, "it logs, and prints nothing else"
    assert any("REDIS_URL" in line["message"] for line in lines) == (workers > 1)


def failure(environment: dict[str, str], arguments: Sequence[str] = SERVER) -> str:
    """The one line of a start that fails."""
    ended = subprocess.run(  # noqa: S603 # our own arguments
        [sys.executable, *arguments], env=environment, capture_output=True, text=True, timeout=PATIENCE, check=False
    )
    assert (ended.returncode, ended.stdout) == (1, "")
    assert ended.stderr.count("\n") == 1, ended.stderr
    return ended.stderr


@pytest.mark.parametrize(("name", "value"), [("WORKERS", "0"), ("DATABASE_URL", ""), ("BETTER_AUTH_SECRET", "short")])
def test_a_wrong_setting_is_one_line(environment: dict[str, str], name: str, value: str) -> None:  # DEPLOY-2
    assert failure(environment | {name: value}).startswith(f"backend: {name}: ")


def test_a_taken_port_is_one_line(environment: dict[str, str]) -> None:  # DEPLOY-2
    with socket.create_server(("127.0.0.1", 0)) as taken:
        environment["PORT"] = str(taken.getsockname()[1])
        assert failure(environment).startswith(f"backend: PORT: {environment['PORT']} on 127.0.0.1 is taken")


def test_its_workers_may_import_it() -> None:  # SET-9
    assert importlib.import_module("backend.__main__").__name__ != "__main__"


WITHOUT_EMBEDDED = """
import runpy, sys

sys.modules["backend.embedded"] = None
runpy.run_module("backend", run_name="__main__")
"""


def test_development_without_a_database_is_one_line_where_none_is_installed(
    environment: dict[str, str], tmp_path: Path
) -> None:  # DEPLOY-5
    environment |= {"ENVIRONMENT": "development", "DATABASE_URL": "", "DEVELOPMENT_FOLDER": str(tmp_path)}
    told = failure(environment, ["-c", WITHOUT_EMBEDDED])
    assert told == "backend: DATABASE_URL: set it; the embedded PostgreSQL is not installed here\n"


@pytest.fixture
def here(environment: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """The environment as that of this process."""
    for name in OURS:
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    return monkeypatch


@pytest.mark.parametrize("hosts", ["", '["api.example.com"]', '["*.example.com", "example.com"]'])
def test_the_check_finds_the_service_alive_whatever_it_is_called(
    environment: dict[str, str],
    here: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
    hosts: str,
) -> None:  # DEPLOY-4
    here.setenv("ALLOWED_HOSTS", hosts)
    here.setenv("HOST", "0.0.0.0")  # noqa: S104 # a container's
    with server(environment | {"ALLOWED_HOSTS": hosts}, tmp_path / "printed"):
        assert alive.main() == 0
        assert capsys.readouterr() == ("", "")


def test_the_check_fails_for_any_other_answer(
    environment: dict[str, str], here: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:  # DEPLOY-4
    here.setenv("ALLOWED_HOSTS", '["elsewhere.example.com"]')
    with server(environment | {"ALLOWED_HOSTS": '["127.0.0.1"]'}, tmp_path / "printed"):
        assert alive.main() == 1
    assert capsys.readouterr() == ("", "alive: GET /health was answered 400\n")


@pytest.mark.parametrize(("name", "value"), [("BETTER_AUTH_SECRET", ""), ("REDIS_URL", ""), ("HOST", "[::1]")])
def test_the_check_fails_in_one_line_for_a_wrong_setting_and_without_an_answer(
    environment: dict[str, str], name: str, value: str
) -> None:  # DEPLOY-4
    assert failure(environment | {name: value}, ["-m", "backend.alive"]).startswith("alive: ")


@pytest.mark.usefixtures("here")
def test_the_check_fails_in_one_line_where_another_server_has_the_port(
    environment: dict[str, str], capsys: pytest.CaptureFixture[str]
) -> None:  # DEPLOY-4
    with socket.create_server(("127.0.0.1", int(environment["PORT"]))) as other, ThreadPoolExecutor() as threads:
        told = threads.submit(alive.main)
        asking, _ = other.accept()
        with asking:
            asking.recv(4096)
            asking.sendall(b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 3\r\n\r\nNo.")
            assert told.result(PATIENCE) == 1
    out, line = capsys.readouterr()
    assert (out, line.count("\n")) == ("", 1)
    assert line.startswith("alive: ")
