"""What a run of Schemathesis reached, read from its own reports: the NDJSON events and the JSON verdict."""

import json
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

Json = Mapping[str, Any]  # Any: JSON, whose shape Schemathesis owns

SUCCESS = frozenset({*range(200, 300), 304})
"""A 304 is as good as a 200: the client has it already."""

NO_BODY = "no body"
"""Stands for the media type of a request without a body."""

LIFE = frozenset({"created", "read", "updated", "toggled", "deleted"})
"""What links lead one task through (FUZZ-5)."""

STEPS = {
    "POST /api/{user_id}/tasks": "created",
    "GET /api/{user_id}/tasks/{id}": "read",
    "PUT /api/{user_id}/tasks/{id}": "updated",
    "PATCH /api/{user_id}/tasks/{id}": "updated",
    "PATCH /api/{user_id}/tasks/{id}/complete": "toggled",
    "DELETE /api/{user_id}/tasks/{id}": "deleted",
}


@dataclass(slots=True)
class Tally:
    """The answers of one operation.

    Attributes:
        valid: the statuses of requests that fit the contract and carried the token, whose task had not been deleted.
        all: the statuses of all requests.
        media: the media types of requests that got a 2xx.
    """

    valid: Counter[int] = field(default_factory=Counter)
    all: Counter[int] = field(default_factory=Counter)
    media: set[str] = field(default_factory=set)


@dataclass(slots=True)
class Report:
    """One run.

    Attributes:
        tallies: by operation, named like `GET /health`.
        checks: the checks that judged at least one answer.
        failed_checks: how often each check found a failure.
        strangers: the answers to requests as the second user.
        lives: tasks that one scenario created, read, updated, toggled and deleted.
        verdict: Schemathesis' own summary; empty if it wrote none.
    """

    tallies: dict[str, Tally] = field(default_factory=lambda: defaultdict(Tally))
    checks: set[str] = field(default_factory=set)
    failed_checks: Counter[str] = field(default_factory=Counter)
    strangers: Counter[int] = field(default_factory=Counter)
    lives: int = 0
    verdict: Json = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Exchange:
    """A request and its answer."""

    operation: str
    status: int
    positive: bool
    probe: bool  # sent by a check, with less than the token
    media_type: str
    identity: str | None
    task: str | None

    @property
    def succeeded(self) -> bool:
        return self.status in SUCCESS


def read_report(events: Path, verdict: Path, stranger: str) -> Report:
    """Read both files of a run; `stranger` is the name of the second user.

    A file is missing or empty when Schemathesis ended before it could write it.
    """
    report = Report()
    if verdict.is_file() and verdict.stat().st_size:
        report.verdict = json.loads(verdict.read_bytes())
    for scenario in _scenarios(events):
        recorder = scenario["recorder"]
        for results in recorder.get("checks", {}).values():
            report.checks.update(result["name"] for result in results)
            report.failed_checks.update(result["name"] for result in results if result["status"] == "failure")
        _count(report, list(_exchanges(recorder)), stranger)
    return report


def _scenarios(events: Path) -> Iterator[Json]:
    if not events.is_file():
        return
    with events.open(encoding="utf-8") as lines:
        for line in lines:
            if line.startswith('{"ScenarioFinished"'):
                yield json.loads(line)["ScenarioFinished"]


def _exchanges(recorder: Json) -> Iterator[_Exchange]:
    for case_id, node in recorder.get("cases", {}).items():
        interaction = recorder.get("interactions", {}).get(case_id, {})
        if "response" not in interaction:
            continue  # a network error, which fails the run by itself
        case = node["value"]
        operation = f"{case['method']} {case['path']}"
        response = interaction["response"]
        yield _Exchange(
            operation=operation,
            status=response["status_code"],
            positive=case.get("meta", {}).get("generation", {}).get("mode") == "positive",
            probe="parent_id" in node and "transition" not in node,
            media_type=case.get("media_type", NO_BODY) if "body" in interaction["request"] else NO_BODY,
            identity=case.get("auth_identity"),
            task=_task(operation, case, response),
        )


def _task(operation: str, case: Json, response: Json) -> str | None:
    """The id of the task that the exchange was about."""
    if operation.startswith("POST "):
        location = "".join(response["headers"].get("location", []))
        return location.rpartition("/")[2] or None
    task_id = case.get("path_parameters", {}).get("id")
    return None if task_id is None else str(task_id)


def _count(report: Report, exchanges: list[_Exchange], stranger: str) -> None:
    lives: dict[str, set[str]] = defaultdict(set)
    for exchange in exchanges:
        if exchange.identity == stranger:
            report.strangers[exchange.status] += 1
            continue
        tally = report.tallies[exchange.operation]
        tally.all[exchange.status] += 1
        steps = lives[exchange.task] if exchange.task is not None else set()
        # A valid request to a task that this scenario deleted is there to get its 404.
        if exchange.positive and not exchange.probe and "deleted" not in steps:
            tally.valid[exchange.status] += 1
        if exchange.succeeded:
            tally.media.add(exchange.media_type)
            steps.add(STEPS.get(exchange.operation, ""))
    report.lives += sum(steps >= LIFE for steps in lives.values())
