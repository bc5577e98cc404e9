"""`make lint-score`: who sees which of the seeded faults. Spec: LINT-13.

A tool sees a fault if it says anything, a warning too, of the contract with the fault that it does not say of the sound
one. Ours has to name the rule of the table, at the place of the table.
"""

import json
import os
import subprocess
import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Final

import yaml
from openapi_spec_validator import OpenAPIV31SpecValidator

from scripts.contract import ROOT
from scripts.lint_contract.linting import lint
from scripts.lint_contract.seeded.table import Fault, faults, write

REDOCLY: Final = ROOT / "node_modules" / ".bin" / "redocly"
_QUIET: Final = {"REDOCLY_TELEMETRY": "off", "REDOCLY_SUPPRESS_UPDATE_NOTICE": "true"}
_WIDTH: Final = 60

Seen = list[bool]
"""Whether a tool sees each fault, in the order of the table."""


def ours(table: Sequence[Fault], paths: Sequence[Path]) -> Seen:
    """Ask this linter."""
    return [sees(fault, path) for fault, path in zip(table, paths[1:], strict=True)]


def sees(fault: Fault, path: Path) -> bool:
    """Say whether this linter finds a fault by its rule at its place, or cannot read the contract because of it."""
    return any(
        told.finding.rule == "readable"
        or (told.finding.rule in {fault.rule, "reading"} and told.place.pointer[: len(fault.at)] == fault.at)
        for told in lint(path)
    )


def validator(table: Sequence[Fault], paths: Sequence[Path]) -> Seen:
    """Ask openapi-spec-validator."""
    del table
    return [_is_refused(path) for path in paths[1:]]


def _is_refused(path: Path) -> bool:
    try:
        return any(True for _ in OpenAPIV31SpecValidator(yaml.safe_load(path.read_text("utf-8"))).iter_errors())
    except Exception:  # noqa: BLE001 - it fails in its own ways on what it does not expect, which is seeing it too
        return True


def redocly(table: Sequence[Fault], paths: Sequence[Path]) -> Seen:
    """Ask Redocly's recommended rules, many files at a time: it stops at one that it cannot read, and has seen it."""
    del table
    said: list[int | None] = []
    while len(said) < len(paths):
        said += _problems(paths[len(said) :])
        if len(said) < len(paths):
            said.append(None)
    return [number != said[0] for number in said[1:]]


def _problems(paths: Sequence[Path]) -> list[int | None]:
    done = subprocess.run(  # noqa: S603 - our own words
        [REDOCLY, "lint", "--format=json", "--max-problems=1000", *paths],
        env=os.environ | _QUIET,
        capture_output=True,
        text=True,
        check=False,
    )
    found: list[int | None] = []
    decoder, text = json.JSONDecoder(), done.stdout.strip()
    while text.startswith("{"):
        answer, end = decoder.raw_decode(text)
        found.append(answer["totals"]["errors"] + answer["totals"]["warnings"])
        text = text[end:].strip()
    return found


def tools() -> Mapping[str, Callable[[Sequence[Fault], Sequence[Path]], Seen]]:
    """Give the tools that are there; Redocly needs Node."""
    found = {"ours": ours, "openapi-spec-validator": validator}
    return found | ({"Redocly": redocly} if REDOCLY.exists() else {})


def score() -> int:
    """Print who sees what, and the totals; 1 unless this linter sees everything."""
    table, columns = faults(), tools()
    with tempfile.TemporaryDirectory() as folder:
        paths = write(Path(folder), table)
        seen = {name: ask(table, paths) for name, ask in columns.items()}
    print("seeded fault".ljust(_WIDTH), *columns, sep="  ")
    for number, fault in enumerate(table):
        marks = [("yes" if seen[name][number] else "-").ljust(len(name)) for name in columns]
        print(fault.name.ljust(_WIDTH), *marks, sep="  ")
    for name in columns:
        print(f"{name}: {sum(seen[name])} of {len(table)}")
    if len(columns) > 2:  # noqa: PLR2004 - ours and another one
        others = [any(seen[name][number] for name in columns if name != "ours") for number in range(len(table))]
        print(f"all others together: {sum(others)} of {len(table)}")
    return 0 if all(seen["ours"]) else 1
