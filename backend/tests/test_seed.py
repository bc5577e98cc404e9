"""`make seed` (specs/features/commands.md)."""

import re
import shlex
import subprocess
import sys
import unicodedata
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any  # JSON

import httpx
import psycopg
import pytest
from pydantic import SecretStr

from backend import migrations
from backend.models import STATUSES
from backend.settings import Settings
from backend.tests.client import Client
from backend.tests.conftest import SECRET, Service
from backend.tests.postgres import fresh_database, shared_server
from scripts.seed import MONTHS, made, main

NOW = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)
SCRIPTS = (
    "LATIN",
    "CYRILLIC",
    "HIRAGANA",
    "CJK UNIFIED",
    "ARABIC",
    "HEBREW",
    "DEVANAGARI",
    "GREEK",
    "AIRPLANE",
    "LOW LINE",
)
"""How Unicode's names of characters begin."""


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> pytest.MonkeyPatch:
    """A development environment with nothing else set."""
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)
    monkeypatch.setenv("ENVIRONMENT", "development")
    monkeypatch.setenv("DEVELOPMENT_FOLDER", str(tmp_path))
    monkeypatch.setenv("BETTER_AUTH_SECRET", SECRET)
    return monkeypatch


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SecretStr]:
    with shared_server(tmp_path_factory) as url:
        yield url


def walk(client: Client) -> list[dict[str, Any]]:
    """Every task, page by page; the client holds each to the contract."""
    tasks: list[dict[str, Any]] = []
    cursor: str | None = ""
    while cursor is not None:
        page = client.get(client.tasks, params={"limit": 100} | ({"cursor": cursor} if cursor else {})).json()
        tasks += page["items"]
        cursor = page["next_cursor"]
    return tasks


def test_a_running_service_lists_what_is_added_by_its_contract(
    service: Service, environment: pytest.MonkeyPatch
) -> None:  # RUN-11, RUN-12
    environment.setenv("DATABASE_URL", service.database_url.get_secret_value())
    environment.setenv("PORT", str(service.port))
    arguments = ["--user", "o'brien ä", "--count", "1500", "--seed", "7"]
    ended = subprocess.run(  # noqa: S603 - our own program
        [sys.executable, "-m", "scripts.seed", *arguments], capture_output=True, text=True, check=True
    )
    said, command = ended.stdout.splitlines()
    assert re.fullmatch(r"Added 1,500 tasks of o'brien ä in \d+\.\d s \(SEED=7\)", said)
    with service.client("o'brien ä") as client:
        tasks = walk(client)
    assert len(tasks) == 1500
    assert {task["status"] for task in tasks} == set(STATUSES)
    assert {task["priority"] for task in tasks} == set(range(6))
    label, _, curl = command.partition(" ")
    assert label == "Try"
    printed = subprocess.run(  # noqa: S603 - the line is ours
        [*shlex.split(curl), "--silent"], capture_output=True, text=True, check=True
    )
    assert httpx.Response(200, text=printed.stdout).json()["items"] == tasks[:5]


def test_without_a_url_it_is_the_embedded_database_migrated_and_in_staging_no_token_is_made(
    environment: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], server: SecretStr
) -> None:  # RUN-11
    assert main(["--user", "alice"]) == 0
    said, command = capsys.readouterr().out.splitlines()
    assert re.fullmatch(r"Added 1,000 tasks of alice in \d+\.\d s \(SEED=\d+\)", said)
    assert "Bearer eyJ" in command
    with fresh_database(server, migrated=False) as url:
        environment.setenv("DATABASE_URL", url.get_secret_value())
        environment.setenv("ENVIRONMENT", "staging")
        environment.setenv("HOST", "::1")
        for _ in range(2):
            assert main(["--user", "alice", "--count", "1"]) == 0
        assert capsys.readouterr().out.splitlines()[-1] == (
            "Try      curl -H \"Authorization: Bearer $TOKEN\" 'http://[::1]:8000/api/alice/tasks?limit=5'"
        )
        migrations.check(url)
        with psycopg.connect(url.get_secret_value()) as connection:
            assert connection.execute("SELECT count(*) FROM tasks").fetchone() == (2,)


def test_they_are_such_as_users_have() -> None:  # RUN-12
    tasks = list(made("alice", 5000, 1, NOW))
    assert len({task.title for task in tasks}) > 1500
    lengths = [len(task.title) for task in tasks]
    assert (min(lengths) < 5, max(lengths)) == (True, 200)
    for script in SCRIPTS:
        assert (
            sum(any(unicodedata.name(character).startswith(script) for character in task.title) for task in tasks) > 10
        )
    assert 0.3 < sum(task.description is not None for task in tasks) / 5000 < 0.5
    assert max(len(task.description or "") for task in tasks) == 1000
    statuses = Counter(task.status for task in tasks)
    assert all(statuses[status] > 150 for status in STATUSES)
    assert statuses["pending"] > statuses["in_progress"] > statuses["cancelled"]
    due = [task.due_on or task.due_at for task in tasks if task.status == "pending"]
    days = Counter(type(one).__name__ for one in due)
    assert min(days["date"], days["datetime"], days["NoneType"]) > len(due) / 6
    for is_past in (
        [task.due_on < NOW.date() for task in tasks if task.due_on is not None],
        [task.due_at < NOW for task in tasks if task.due_at is not None],
    ):
        assert min(Counter(is_past).values()) > 50
    assert 0.3 < sum(bool(task.metadata.obj) for task in tasks) / 5000 < 0.5


def test_they_were_written_down_over_months_in_the_order_of_their_ids() -> None:  # RUN-12
    tasks = list(made("alice", 2000, 1, NOW))
    assert [task.created_at for task in tasks] == sorted(task.created_at for task in tasks)
    assert NOW - MONTHS <= tasks[0].created_at < NOW - MONTHS * 0.9
    assert NOW - timedelta(days=1) < tasks[-1].created_at <= NOW
    assert all(task.created_at <= task.updated_at <= NOW for task in tasks)
    assert all((task.version == 1) == (task.updated_at == task.created_at) for task in tasks)
    done = [task for task in tasks if task.completed_at is not None]
    assert {task.status for task in done} == {"completed"}
    assert all(task.completed_at == task.updated_at for task in done)


def test_one_seed_makes_the_same_and_another_does_not() -> None:  # RUN-12
    first, second, other = (
        [(task.title, task.created_at, task.metadata.obj) for task in made("alice", 50, seed, NOW)]
        for seed in (1, 1, 2)
    )
    assert first == second != other


def refused(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    """The one line of a command that adds nothing."""
    with pytest.raises(SystemExit) as ended:
        raise SystemExit(main(["--user", "alice", *arguments]))
    printed = capsys.readouterr()
    assert ended.value.code in {1, 2}
    assert printed.out == ""
    assert printed.err.count("\n") == 1
    return printed.err


@pytest.mark.usefixtures("environment")
@pytest.mark.parametrize("count", ["0", "-1", "1000001", "ten", "1.5", ""])
def test_a_count_that_is_none_is_one_line(capsys: pytest.CaptureFixture[str], count: str) -> None:  # RUN-13
    assert "--count" in refused(capsys, "--count", count)


def test_production_gets_none(environment: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:  # RUN-13
    environment.setenv("ENVIRONMENT", "production")
    environment.setenv("DATABASE_URL", "postgresql://u@127.0.0.1:1/d")
    assert refused(capsys) == "seed: ENVIRONMENT: production gets no made-up tasks\n"


def test_a_database_that_is_down_or_refuses_is_one_line_and_nothing_is_added(
    environment: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], server: SecretStr
) -> None:  # RUN-13
    environment.setenv("DATABASE_URL", "postgresql://u:pa55word@127.0.0.1:1/d")
    assert refused(capsys).startswith("seed: DATABASE_URL: the database cannot be reached: ")
    with fresh_database(server) as url:
        environment.setenv("DATABASE_URL", url.get_secret_value())
        with psycopg.connect(url.get_secret_value(), autocommit=True) as connection:
            connection.execute("ALTER TABLE tasks ADD CHECK (priority < 5)")
            assert refused(capsys) == "seed: DATABASE_URL: the database refuses: CheckViolation\n"
            assert connection.execute(
                "SELECT (SELECT count(*) FROM tasks) + (SELECT count(*) FROM users)"
            ).fetchone() == (0,)
