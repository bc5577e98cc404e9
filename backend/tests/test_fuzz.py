"""The fuzzing finds what it is there for (specs/toolchain.md, FUZZ-1 to FUZZ-8).

The runs against seeded bugs are kept to the operations and the phase where the bug shows.
"""

import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from backend.tests import seeded_bugs
from backend.tests.conftest import Service
from scripts.fuzz import gate
from scripts.fuzz.__main__ import CHECKED, main
from scripts.fuzz.configuration import Target
from scripts.fuzz.report import Report
from scripts.fuzz.run import PROJECT, read_contract, run

SEED = 20261121


def reasons_and_report(
    service: Service, bug: seeded_bugs.Bug, folder: Path, options: Sequence[str]
) -> tuple[list[str], Report]:
    """Fuzzes the service with a bug, and judges the run as `make fuzz` does."""
    with seeded_bugs.serving(service, bug) as url:
        target = Target(url, "alice", service.token("alice"), service.token("bob"))
        report = run(target, folder, seconds=20, seed=SEED, options=["--max-failures=1", *options])
    limits = gate.Limits.of(20)
    return gate.reasons(report, gate.expectations(read_contract()), CHECKED, limits), report


@pytest.mark.parametrize(
    ("bug", "check", "options"),
    [
        (
            seeded_bugs.wrong_status,
            "status_code_conformance",
            ["--phases=examples", "--include-operation-id=createTask"],
        ),
        (
            seeded_bugs.missing_header,
            "response_headers_conformance",
            ["--phases=examples", "--include-operation-id=getTask"],
        ),
        (seeded_bugs.lax_type, "negative_data_rejection", ["--phases=coverage", "--include-operation-id=updateTask"]),
        (
            seeded_bugs.accepted_unknown_field,
            "negative_data_rejection",
            ["--phases=coverage", "--include-operation-id=createTask"],
        ),
        (
            seeded_bugs.accepted_unknown_parameter,
            "closed_requests",
            ["--phases=fuzzing", "--include-operation-id=listTasks"],
        ),
        (
            seeded_bugs.idle_delete,
            "use_after_free",
            ["--phases=stateful", "--include-operation-id-regex=^(create|get|delete)Task$"],
        ),
        (seeded_bugs.open_door, "ignored_auth", ["--phases=examples", "--include-operation-id=getTask"]),
        (
            seeded_bugs.shared_tasks,
            "object_level_authorization",
            ["--phases=stateful", "--include-operation-id-regex=^(create|get)Task$"],
        ),
        (seeded_bugs.fragile_text, "not_a_server_error", ["--phases=fuzzing", "--include-operation-id=createTask"]),
    ],
    ids=lambda value: getattr(value, "__name__", None),
)
def test_a_seeded_bug_fails_the_run(
    service: Service, tmp_path: Path, bug: seeded_bugs.Bug, check: str, options: list[str]
) -> None:
    """FUZZ-7, and the checks that nothing else would show to work."""
    reasons, report = reasons_and_report(service, bug, tmp_path, options)
    assert check in report.failed_checks
    assert any(reason.startswith("failure ") for reason in reasons)
