"""Judges a run: a green run that reached nothing fails. Spec: specs/toolchain.md (FUZZ-1 to FUZZ-5).

Schemathesis takes 401, 403, 404 and 409 for good answers to valid requests, and with a user in every path a drawn
request gets little else: a service that refuses everybody would pass. What has to be reached is read from the contract.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from scripts.fuzz.amount import Amount
from scripts.fuzz.report import NO_BODY, SUCCESS, Report, Tally

Json = Mapping[str, Any]  # Any: the contract, and a summary of Schemathesis, are JSON

PHASES = ("examples", "coverage", "fuzzing", "stateful")


@dataclass(frozen=True, slots=True)
class Expectation:
    """What the contract says of an operation.

    Attributes:
        name: like `GET /health`.
        operation_id: its name in the contract.
        successes: its 2xx statuses, and 304.
        secured: it needs a token.
        ruled: it has parameters or a body, so that a request can break a rule.
        refused: it has more than the path's owner, with whom a request that breaks a rule is a 403.
        media: the media types that it takes, NO_BODY among them if it takes none or may do without.
        accepted: the least share of valid requests that get a 2xx.
    """

    name: str
    operation_id: str
    successes: frozenset[int]
    secured: bool
    ruled: bool
    refused: bool
    media: frozenset[str]
    accepted: float


@dataclass(frozen=True, slots=True)
class Limits:
    """The least numbers of answers of an operation; `successes` and `refusals` (422) count where there are rules."""

    successes: int
    refusals: int
    unauthenticated: int

    @classmethod
    def of(cls, amount: Amount) -> "Limits":
        """Those of a run that did so much."""
        if amount.is_long:
            return cls(successes=30, refusals=10, unauthenticated=3)
        return cls(successes=30, refusals=5, unauthenticated=3)


def expectations(contract: Json) -> list[Expectation]:
    """What has to be reached, by operation of the contract."""
    return [
        _expectation(contract, path, item, method, item[method])
        for path, item in contract["paths"].items()
        for method in ("get", "post", "put", "patch", "delete")
        if method in item
    ]


def reasons(report: Report, expected: Iterable[Expectation], checks: Iterable[str], limits: Limits) -> list[str]:
    """Why the run fails, each reason by name; nothing if it passes.

    Args:
        report: the run.
        expected: what has to be reached.
        checks: the names of all checks, each of which has to have judged something.
        limits: the least numbers.
    """
    found = list(_of_schemathesis(report.verdict))
    found += [f"the check {name} judged nothing" for name in sorted(set(checks) - report.checks)]
    for expectation in expected:
        tally = report.tallies.get(expectation.name, Tally())
        found += [f"{expectation.operation_id}: {reason}" for reason in _of_operation(tally, expectation, limits)]
    if not report.lives:
        found.append("stateful: no scenario created, read, updated, toggled and deleted one task")
    if not report.strangers:
        found.append("object_level_authorization: no request was sent as the second user")
    return found


def table(report: Report, expected: Iterable[Expectation]) -> str:
    """What was reached, a line per operation."""
    head = ("operation", "requests", "valid", "2xx", "accepted", "422", "401", "statuses")
    rows = [_row(expectation, report.tallies.get(expectation.name, Tally())) for expectation in expected]
    widths = [max(len(row[column]) for row in (head, *rows)) for column in range(len(head))]
    lines = [_line(row, widths) for row in (head, *rows)]
    lines.append(f"whole lives of a task: {report.lives}; requests as a stranger: {report.strangers.total()}")
    return "\n".join(lines)


def _expectation(contract: Json, path: str, item: Json, method: str, operation: Json) -> Expectation:
    body = operation.get("requestBody")
    parameters = [*item.get("parameters", []), *operation.get("parameters", [])]
    media = set() if body is None else set(body["content"])
    if body is None or not body.get("required", False):
        media.add(NO_BODY)
    return Expectation(
        name=f"{method.upper()} {path}",
        operation_id=operation["operationId"],
        successes=frozenset(int(status) for status in operation["responses"] if status[0] in "23"),
        secured=bool(operation.get("security", contract.get("security"))),
        ruled=body is not None or bool(parameters),
        refused=body is not None or not all(_is_owner(contract, parameter) for parameter in parameters),
        media=frozenset(media),
        # A task can be deleted once: of two valid requests to delete it, one is refused.
        accepted=0.6 if method == "delete" and "{id}" in path else 0.9,
    )


def _is_owner(contract: Json, parameter: Json) -> bool:
    if "$ref" in parameter:
        parameter = contract["components"]["parameters"][parameter["$ref"].rpartition("/")[2]]
    return "x-owner" in parameter


def _of_schemathesis(verdict: Json) -> Iterator[str]:
    """Its own complaints, and phases that did not run."""
    if not verdict.get("complete"):
        yield "Schemathesis did not finish; see its output"
        return
    for failure in verdict["failures"]:
        where = ", ".join(sorted(failure["operations"]))
        yield f"failure {failure['code']} {failure['title']} ({failure['count']}): {where}"
    for error in verdict["errors"]:
        yield f"error {error['title']} ({error['count']})"
    for warning, subjects in verdict["warnings"].items():
        if subjects:
            yield f"warning {warning}: {', '.join(map(str, subjects))}"
    for phase in PHASES:
        status = (verdict["phases"] or {}).get(phase, {}).get("status")
        if status not in {"success", "failure"}:
            yield f"phase {phase}: {status or 'did not run'}"


def _of_operation(tally: Tally, expected: Expectation, limits: Limits) -> Iterator[str]:
    for status in sorted(expected.successes - set(tally.all)):
        yield f"never answered {status}"
    for media in sorted(expected.media - tally.media):
        yield f"never accepted a request with {media}"
    valid, accepted = tally.valid.total(), _successes(tally.valid)
    if accepted < expected.accepted * valid:
        yield f"{accepted} of {valid} valid requests got a 2xx, less than {expected.accepted:.0%}"
    if expected.ruled and accepted < limits.successes:
        yield f"{accepted} valid requests got a 2xx, fewer than {limits.successes}"
    if expected.refused and tally.all[422] < limits.refusals:
        yield f"{tally.all[422]} requests got a 422, fewer than {limits.refusals}"
    if expected.secured and tally.all[401] < limits.unauthenticated:
        yield f"{tally.all[401]} requests got a 401, fewer than {limits.unauthenticated}"


def _row(expected: Expectation, tally: Tally) -> tuple[str, ...]:
    valid, accepted = tally.valid.total(), _successes(tally.valid)
    share = f"{accepted / valid:.0%}" if valid else "-"
    statuses = " ".join(f"{status}:{count}" for status, count in sorted(tally.all.items()))
    counts = (tally.all.total(), valid, accepted, share, tally.all[422], tally.all[401])
    return (expected.operation_id, *(str(count) for count in counts), statuses)


def _line(row: tuple[str, ...], widths: list[int]) -> str:
    cells = [row[0].ljust(widths[0]), *(cell.rjust(width) for cell, width in zip(row[1:-1], widths[1:-1], strict=True))]
    return "  ".join([*cells, row[-1]])


def _successes(statuses: Counter[int]) -> int:
    return sum(count for status, count in statuses.items() if status in SUCCESS)
