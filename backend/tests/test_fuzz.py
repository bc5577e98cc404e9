"""The fuzzing finds what it is there for, and a service that refuses everybody does not pass (FUZZ-1 to FUZZ-8).

The runs against seeded bugs are kept to the operations and the phases where the bug shows.
"""

import base64
import json
import os
import re
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from backend.tests import seeded_bugs
from backend.tests.client import Client
from backend.tests.conftest import SECRET, Service
from backend.tests.seeded_bugs import Bug
from scripts.contract import ROOT
from scripts.fuzz import gate
from scripts.fuzz.__main__ import CHECKED, main
from scripts.fuzz.amount import Examples
from scripts.fuzz.configuration import Target
from scripts.fuzz.report import Report
from scripts.fuzz.run import read_contract, run

AMOUNT = Examples(30)
"""Enough to find every bug here; a run ends at the first failure."""


@dataclass(frozen=True)
class Seed:
    """A bug, the check that has to find it, and where to look."""

    bug: Bug
    check: str
    phases: str
    operations: str


SEEDS = [
    Seed(seeded_bugs.wrong_status, "status_code_conformance", "examples", "createTask"),
    Seed(seeded_bugs.lax_type, "negative_data_rejection", "coverage", "updateTask"),
    Seed(seeded_bugs.missing_header, "response_headers_conformance", "examples", "getTask"),
    Seed(seeded_bugs.unread_conditions, "negative_data_rejection", "coverage", "deleteTask"),
    Seed(seeded_bugs.withheld_task, "response_schema_conformance", "coverage", "updateTask"),
    Seed(seeded_bugs.idle_delete, "use_after_free", "stateful", "createTask|getTask|deleteTask"),
    Seed(seeded_bugs.accepted_unknown_field, "negative_data_rejection", "coverage", "createTask"),
    Seed(seeded_bugs.accepted_unknown_parameter, "closed_requests", "coverage", "listTasks"),
    Seed(seeded_bugs.open_door, "ignored_auth", "examples", "getTask"),
    Seed(seeded_bugs.shared_tasks, "object_level_authorization", "stateful", "createTask|getTask"),
    Seed(seeded_bugs.fragile_text, "not_a_server_error", "fuzzing", "createTask"),
]


@pytest.fixture(autouse=True)
def no_greenlets_in_child_processes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keeps coverage from watching greenlets in the processes that these tests start.

    It holds weak references to them. When two threads end at once CPython 3.11 calls these in a pending call while
    another one is due, and a function that is traced then never gets beyond its first instruction.
    """
    variable = "COVERAGE_PROCESS_CONFIG"
    for name in {variable} & set(os.environ):
        settings = json.loads(base64.b64decode(os.environ[name])) | {"concurrency": ["thread"]}
        monkeypatch.setenv(name, base64.b64encode(json.dumps(settings).encode()).decode())


def target_at(url: str, service: Service) -> Target:
    return Target(
        url, "alice", service.token("alice"), service.token("bob"), leaver="zoe", leaver_token=service.token("zoe")
    )


def fuzz(service: Service, bug: Bug, folder: Path, *options: str) -> Report:
    with seeded_bugs.serving(service, bug) as url:
        return run(target_at(url, service), folder, amount=AMOUNT, seed=1, options=options)


def judged(report: Report) -> list[str]:
    return gate.reasons(report, gate.expectations(read_contract()), CHECKED, gate.Limits.of(AMOUNT))


def only(phases: str, operations: str) -> list[str]:
    return [f"--phases={phases}", f"--include-operation-id-regex=^({operations})$"]


@pytest.mark.parametrize("seed", SEEDS, ids=lambda seed: seed.bug.__name__)
def test_a_seeded_bug_fails_the_run(service: Service, tmp_path: Path, seed: Seed) -> None:  # FUZZ-7
    report = fuzz(service, seed.bug, tmp_path, "--max-failures=1", *only(seed.phases, seed.operations))
    assert seed.check in report.failed_checks
    assert any(reason.startswith("failure ") for reason in judged(report))


def test_without_a_bug_the_same_checks_find_nothing(service: Service, tmp_path: Path) -> None:
    report = fuzz(
        service, seeded_bugs.none, tmp_path, *only("stateful", "createTask|listTasks|getTask|updateTask|deleteTask")
    )
    assert not report.failed_checks
    assert report.strangers[403]
    assert {seed.check for seed in SEEDS} <= report.checks


def test_the_user_of_a_run_is_not_deleted(service: Service, alice: Client, tmp_path: Path) -> None:  # FUZZ-10
    alice.create()
    report = fuzz(service, seeded_bugs.none, tmp_path, *only("fuzzing", "deleteUser"))
    assert not report.failed_checks
    assert report.tallies["DELETE /api/{user_id}"].valid[204]
    assert service.rows("SELECT DISTINCT user_id FROM tasks ORDER BY user_id") == [("alice",)]
    assert service.rows("SELECT nextval(pg_get_serial_sequence('tasks', 'id')) > 10") == [(True,)], (
        "something to delete"
    )


@pytest.mark.parametrize(
    ("bug", "status"), [(seeded_bugs.forbidden_to_all, 403), (seeded_bugs.lost_to_all, 404)], ids=["403", "404"]
)
def test_a_service_that_refuses_everybody_fails_the_run(
    service: Service, tmp_path: Path, bug: Bug, status: int
) -> None:
    report = fuzz(service, bug, tmp_path, *only("coverage", "listTasks|createTask|getTask|getDocs|getContractYaml"))
    assert not report.failed_checks, "Schemathesis itself is content"
    assert set(report.tallies["POST /api/{user_id}/tasks"].valid) == {status}
    reasons = judged(report)
    assert "createTask: never answered 201" in reasons
    assert "listTasks: never answered 200" in reasons
    assert any(re.fullmatch(r"getTask: 0 of \d+ valid requests got a 2xx, less than 90%", reason) for reason in reasons)


def test_the_same_seed_makes_the_same_first_requests(
    service: Service, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:  # FUZZ-8
    unmeasured(monkeypatch)
    target = target_at(service.url, service)
    titles = []
    for number, seed in enumerate((7, 7, 8)):
        folder = tmp_path / str(number)
        folder.mkdir()
        run(target, folder, amount=AMOUNT, seed=seed, options=only("fuzzing", "createTask"))
        titles.append(first_titles(folder, 25))
    assert len(titles[0]) == 25
    assert titles[0] == titles[1]
    assert titles[0] != titles[2]


def first_titles(folder: Path, count: int) -> list[object]:
    """The titles of the first requests with one; other fields may hold moments that earlier answers held."""
    titles: list[object] = []
    for line in (folder / "events.ndjson").read_text(encoding="utf-8").splitlines():
        recorder = json.loads(line).get("ScenarioFinished", {}).get("recorder", {})
        bodies = [node["value"].get("body") for node in recorder.get("cases", {}).values()]
        titles += [body["title"] for body in bodies if isinstance(body, dict) and "title" in body]
    return titles[:count]


def test_the_service_passes_a_short_run(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:  # FUZZ-1
    unmeasured(monkeypatch)
    development(monkeypatch)
    status = main(["--examples=100", "--seed=1"])
    said = capfd.readouterr()
    assert status == 0, said.out + said.err
    table = said.out.rpartition("operation ")[2]
    assert all(expectation.operation_id in table for expectation in gate.expectations(read_contract()))


def test_the_command_says_how_it_is_used() -> None:
    command = [sys.executable, "-m", "scripts.fuzz", "--help"]
    assert "--seed" in subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout  # noqa: S603 - our own


def test_a_run_that_is_too_short_to_reach_anything_fails_by_name(
    service: Service, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    development(monkeypatch, BETTER_AUTH_SECRET=SECRET)
    assert main(["--url", f"{service.url}/", "--seconds", "1"]) == 1
    assert "fuzz: stateful: no scenario created, read, updated, toggled and deleted one task" in capsys.readouterr().err


@pytest.mark.parametrize("target", [["--url=http://127.0.0.1:1"], []], ids=["a running service", "its own"])
def test_a_wrong_setting_ends_the_run_with_one_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], target: Sequence[str]
) -> None:
    development(monkeypatch, CORS_ORIGINS="nonsense")
    assert main(target) == 1
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 1
    assert lines[0].startswith("fuzz: ")
    assert "CORS_ORIGINS" in lines[0]


def unmeasured(monkeypatch: pytest.MonkeyPatch) -> None:
    """Starts processes without coverage: the other runs measure the same code, and these are three times as fast."""
    monkeypatch.delenv("COVERAGE_PROCESS_CONFIG", raising=False)


def development(monkeypatch: pytest.MonkeyPatch, **variables: str) -> None:
    for name, value in {"ENVIRONMENT": "development", **variables}.items():
        monkeypatch.setenv(name, value)
