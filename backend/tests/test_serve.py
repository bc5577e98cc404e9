"""`make serve`, as a user's shell sees it (specs/features/commands.md)."""

import json
import os
import re
import shlex
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event

import httpx
import psutil
import pytest
from pydantic import SecretStr

from backend import migrations
from backend.settings import Settings
from backend.tests.postgres import fresh_database, shared_server
from scripts import migrate

PATIENCE = 60
"""Seconds for a start on a busy machine."""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SecretStr]:
    with shared_server(tmp_path_factory) as url:
        yield url


@pytest.fixture
def database(server: SecretStr) -> Iterator[SecretStr]:
    with fresh_database(server, migrated=False) as url:
        yield url


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """What the Makefile sets, on any free port and with a folder of its own."""
    ours = {name.upper() for name in Settings.model_fields}
    inherited = {name: value for name, value in os.environ.items() if name not in ours}
    return inherited | {"ENVIRONMENT": "development", "PORT": "0", "DEVELOPMENT_FOLDER": str(tmp_path / ".dev")}


class Served:
    """A running `make serve` and what it has printed."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process
        self.banner: dict[str, str] = {}

    def read_banner(self, lines: int) -> None:
        """Reads the lines that say where it is."""
        for _ in range(lines):
            assert self.process.stdout is not None
            label, _, value = self.process.stdout.readline().partition(" ")
            self.banner[label] = value.strip()

    @property
    def url(self) -> str:
        """Where it says that it is."""
        return self.banner["Serving"]

    def get(self, path: str) -> httpx.Response:
        """What it answers to nobody in particular."""
        return httpx.get(self.url + path, timeout=PATIENCE)


@contextmanager
def serve(environment: dict[str, str], *, lines: int = 3) -> Iterator[Served]:
    with subprocess.Popen(
        [sys.executable, "-m", "scripts.serve"],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        served = Served(process)
        try:
            served.read_banner(lines)
            yield served
        finally:
            process.terminate()
            process.communicate(timeout=PATIENCE)


def failure(environment: dict[str, str]) -> str:
    """The one line of a start that fails."""
    ended = subprocess.run(
        [sys.executable, "-m", "scripts.serve"],
        env=environment,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    assert (ended.returncode, ended.stdout) == (1, "")
    assert ended.stderr.count("\n") == 1
    return ended.stderr


def test_the_first_run_needs_nothing_and_its_curl_line_works_as_printed(
    environment: dict[str, str], tmp_path: Path
) -> None:  # RUN-1, EMBED-1
    with serve(environment) as served:
        printed = subprocess.run(  # noqa: S603 - the line is ours
            [*shlex.split(served.banner["Try"]), "--silent"],
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            check=True,
        )
        assert json.loads(printed.stdout) == {"items": [], "next_cursor": None}
        assert httpx.get(served.banner["Docs"], timeout=PATIENCE).status_code == 200
        assert served.get("/health/db").status_code == 200
        assert served.get("/health").headers.get("server") is None
        assert len(postmasters(tmp_path)) == 1
    assert served.process.returncode == 0
    assert soon(lambda: not postmasters(tmp_path))


def postmasters(folder: Path) -> list[psutil.Process]:
    """The database servers that run on a folder below this one."""
    processes = psutil.process_iter(["name", "cmdline"])
    return [
        process
        for process in processes
        if process.info["name"] == "postgres" and any(str(folder) in part for part in process.info["cmdline"] or [])
    ]


def test_after_kill_9_of_service_and_database_the_next_serve_has_the_tasks(
    environment: dict[str, str], tmp_path: Path
) -> None:  # EMBED-6
    with serve(environment) as served:
        headers = {"Authorization": shlex.split(served.banner["Try"])[2].partition(": ")[2]}
        created = httpx.post(
            f"{served.url}/api/alice/tasks", json={"title": "Survive"}, headers=headers, timeout=PATIENCE
        )
        assert created.status_code == 201
        served.process.kill()
        for postmaster in postmasters(tmp_path):
            postmaster.kill()
    with serve(environment) as served:
        listed = httpx.get(f"{served.url}/api/alice/tasks", headers=headers, timeout=PATIENCE)
        assert [task["title"] for task in listed.json()["items"]] == ["Survive"]
    assert soon(lambda: not postmasters(tmp_path))


def test_with_a_url_that_database_is_migrated_and_used(
    environment: dict[str, str], tmp_path: Path, database: SecretStr
) -> None:
    environment["DATABASE_URL"] = database.get_secret_value()
    with serve(environment) as served:
        assert served.get("/health/db").status_code == 200
        assert postmasters(tmp_path) == []
    migrations.check(database)


def test_in_production_it_shows_neither_docs_nor_a_token(environment: dict[str, str], database: SecretStr) -> None:
    environment |= {
        "ENVIRONMENT": "production",
        "DATABASE_URL": database.get_secret_value(),
        "BETTER_AUTH_SECRET": "s" * 32,
        "HOST": "0.0.0.0",  # noqa: S104 - a container's
    }
    with serve(environment, lines=1) as served:
        assert served.get("/health/db").status_code == 200
        assert served.get("/docs").status_code == 404
        assert served.url.startswith("http://127.0.0.1:")
        served.read_banner(1)
        assert list(served.banner)[1].startswith("{")


def test_where_only_better_auth_signs_it_says_where_to_sign_in(
    environment: dict[str, str], database: SecretStr
) -> None:  # AUTH-38, AUTH-40
    environment |= {"DATABASE_URL": database.get_secret_value(), "BETTER_AUTH_URL": "http://127.0.0.1:1"}
    with serve(environment) as served:
        assert served.banner["Sign"] == "in  http://127.0.0.1:1"
        assert served.get("/health/db").status_code == 200


def test_an_ipv6_address_is_printed_as_a_url_needs_it(environment: dict[str, str], database: SecretStr) -> None:
    environment |= {"DATABASE_URL": database.get_secret_value(), "HOST": "::1"}
    with serve(environment) as served:
        assert re.fullmatch(r"http://\[::1\]:\d+", served.url)
        assert served.get("/health").status_code == 200


def lives(process: psutil.Process) -> bool:
    """Whether it does anything: in a container without an init the dead stay on the books."""
    return bool(process.is_running() and process.status() != psutil.STATUS_ZOMBIE)


def soon(condition: Callable[[], bool]) -> bool:
    """Whether it comes true within ten seconds."""
    return any(condition() or Event().wait(0.01) for _ in range(1000))


def test_several_workers_serve_and_stop_together(environment: dict[str, str], tmp_path: Path) -> None:
    environment["WORKERS"] = "2"
    with serve(environment) as served:
        assert served.get("/health/db").status_code == 200
        workers = psutil.Process(served.process.pid).children(recursive=True)
        assert len(workers) >= 2
    assert served.process.returncode == 0
    assert soon(lambda: not any(lives(worker) for worker in workers))
    assert soon(lambda: not postmasters(tmp_path))


@pytest.mark.parametrize(("url", "told"), [("", 1), ("redis://127.0.0.1:1", 0)])
def test_workers_that_count_alone_are_told_of_once(
    environment: dict[str, str], database: SecretStr, url: str, told: int
) -> None:  # LIMIT-16
    environment |= {"WORKERS": "2", "DATABASE_URL": database.get_secret_value(), "REDIS_URL": url}
    with serve(environment) as served:
        lines: list[dict[str, str]] = []
        assert served.process.stdout is not None
        while sum(line["message"] == "Application startup complete." for line in lines) < 2:
            lines.append(json.loads(served.process.stdout.readline()))
    warnings = [line for line in lines if line["level"] == "warning"]
    assert len(warnings) == told
    assert all("REDIS_URL" in warning["message"] for warning in warnings)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it_within_seconds_while_a_client_holds_a_half_sent_body(
    environment: dict[str, str], tmp_path: Path, number: signal.Signals
) -> None:  # RUN-10
    with serve(environment) as served:
        token = shlex.split(served.banner["Try"])[2]
        port = int(served.url.rpartition(":")[2])
        with socket.create_connection(("127.0.0.1", port)) as client:
            client.sendall(
                f"POST /api/alice/tasks HTTP/1.1\r\nHost: localhost\r\n{token}\r\n"
                'Content-Type: application/json\r\nContent-Length: 1000\r\n\r\n{"title":'.encode()
            )
            served.get("/health")
            begin = time.monotonic()
            served.process.send_signal(number)
            served.process.wait(PATIENCE)
            assert time.monotonic() - begin < 9
    assert served.process.returncode == 0
    assert soon(lambda: not postmasters(tmp_path))


def test_a_taken_port_is_one_line(environment: dict[str, str], database: SecretStr) -> None:  # RUN-2
    environment["DATABASE_URL"] = database.get_secret_value()
    with socket.create_server(("127.0.0.1", 0)) as taken:
        environment["PORT"] = str(taken.getsockname()[1])
        assert failure(environment).startswith(f"serve: PORT: {environment['PORT']} on 127.0.0.1 is taken")


def test_an_address_that_is_not_ours_is_one_line(environment: dict[str, str]) -> None:
    assert failure(environment | {"HOST": "192.0.2.1"}).startswith("serve: HOST: ")
    assert failure(environment | {"HOST": "nowhere.invalid"}).startswith("serve: HOST: ")


def test_an_unreachable_database_is_one_line_without_its_password(environment: dict[str, str]) -> None:  # RUN-2
    line = failure(environment | {"DATABASE_URL": "postgresql://u:pa55word@127.0.0.1:1/tasks"})
    assert line == "serve: DATABASE_URL: the database cannot be reached: Connection refused\n"


@pytest.mark.parametrize(("name", "value"), [("PORT", "x"), ("ENVIRONMENT", "prod"), ("BETTER_AUTH_SECRET", "short")])
def test_a_bad_setting_is_one_line(environment: dict[str, str], name: str, value: str) -> None:  # RUN-2, SET-2
    assert failure(environment | {name: value}).startswith(f"serve: {name}: ")


def test_an_embedded_database_that_does_not_start_is_one_line(environment: dict[str, str], tmp_path: Path) -> None:
    (tmp_path / ".dev" / "postgres").mkdir(parents=True)
    assert failure(environment).startswith("serve: DATABASE_URL: not set, and the embedded PostgreSQL does not start: ")


def test_migrate_needs_the_database_alone_and_says_the_revision(
    environment: dict[str, str], database: SecretStr
) -> None:  # RUN-9
    environment |= {"ENVIRONMENT": "production", "DATABASE_URL": database.get_secret_value()}
    ended = subprocess.run(
        [sys.executable, "-m", "scripts.migrate"], env=environment, capture_output=True, text=True, check=True
    )
    assert (ended.stdout, ended.stderr) == (f"The schema is at revision {migrations.head()}.\n", "")
    migrations.check(database)


@pytest.mark.parametrize("url", ["", "postgresql://u:pa55word@127.0.0.1:1/tasks"])
def test_migrate_without_a_database_is_one_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], url: str
) -> None:
    monkeypatch.setenv("ENVIRONMENT", "production")
    monkeypatch.setenv("DATABASE_URL", url)
    assert migrate.main() == 1
    printed = capsys.readouterr()
    assert printed.out == ""
    assert re.fullmatch(r"migrate: DATABASE_URL: [^\n]+\n", printed.err)
    assert "pa55word" not in printed.err
