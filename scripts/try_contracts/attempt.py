"""One contract: generated and booted in processes of its own, each with a time limit (FOREIGN-1 to FOREIGN-5)."""

import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Literal  # Any: what another process says is JSON

import yaml

from scripts.contract import ROOT

Outcome = Literal["boots", "refused", "invalid", "FAILED"]

METHODS: Final = frozenset({"get", "put", "post", "delete", "options", "head", "patch", "trace"})
GENERATOR: Final = ("-m", "scripts.generate")
TRACEBACK: Final = "Traceback (most recent call last)"
SUFFIXES: Final = frozenset({".yaml", ".yml", ".json"})
_OPENAPI: Final = re.compile(r"""^(?:\{?\s*)["']?(openapi|swagger)["']?\s*:\s*["']?([0-9.]*)""", re.MULTILINE)
"""The member that makes a document one of OpenAPI, at the beginning of a line."""

_JUDGE: Final = ("-m", "openapi_spec_validator", "--validation-errors", "first")
_JUDGE_SECONDS: Final = 60
"""openapi-spec-validator needs minutes for the largest contracts; what it cannot judge in time counts as valid."""
_MEMORY: Final = 4_000_000
"""Kilobytes of data for one process: a generator that runs away ends with a MemoryError and takes nobody with it."""


@dataclass(frozen=True, slots=True)
class Row:
    """What one contract gave.

    Attributes:
        size: characters of its main file.
        operations: how many it declares; `booted` of them are served.
        reason: the one line of a refusal, the last line of a failure, empty where it boots.
        facts: leaves of the normalised contract; `kept` of them are in the derived document. 0 unless it boots.
        shown: the first differences.
    """

    name: str
    version: str
    size: int
    operations: int
    outcome: Outcome
    seconds: float
    reason: str = ""
    booted: int = 0
    facts: int = 0
    kept: int = 0
    differences: int = 0
    shown: list[str] = field(default_factory=list)

    @property
    def whole(self) -> bool:
        """Whether the contract boots with every operation."""
        return self.outcome == "boots" and self.booted == self.operations


@dataclass(frozen=True, slots=True)
class _Ended:
    status: int
    output: str
    errors: str

    @property
    def reason(self) -> str:
        """The last line that says anything."""
        lines = [line.strip() for line in (*self.output.splitlines(), *self.errors.splitlines()) if line.strip()]
        return lines[-1] if lines else f"it said nothing and ended with {self.status}"


def found(places: Sequence[Path]) -> Iterator[tuple[str, Path]]:
    """Name the contracts at these places: a file is one, a folder holds those documents that say they are OpenAPI's."""
    for place in places:
        if place.is_dir():
            inside = (path for path in sorted(place.rglob("*")) if path.suffix in SUFFIXES and path.is_file())
            yield from ((_name(path, place), path) for path in inside if _version(_text(path)))
        else:
            yield _name(place, place.parent), place


def _name(path: Path, base: Path) -> str:
    """Name a contract by its file, or by the folder of the file if that has the name which most have."""
    named = path.parent if path.stem == "openapi" else path
    return base.resolve().name if named == base else named.relative_to(base).as_posix()


def attempt(name: str, contract: Path, seconds: float, generator: Sequence[str] = GENERATOR) -> Row:
    """Try one contract for at most so many seconds; `generator` are the arguments of Python that start it."""
    text = _text(contract)
    started = time.monotonic()
    with tempfile.TemporaryDirectory() as room:
        # The folder has the name of ours, so that packages boot whose files import each other by it.
        folder = Path(room) / "generated"
        given = ["--contract", str(contract.resolve()), "--out", str(folder)]
        ended = _run([*generator, *given], ROOT, {}, seconds)
        facts: dict[str, Any] = {}  # as `_facts`
        if ended.status == 0:
            left = max(seconds - (time.monotonic() - started), 1)
            boot = ["-m", "scripts.try_contracts.boot", str(contract.resolve())]
            ended = _run(boot, Path(room), {"PYTHONPATH": str(ROOT)}, left)
            facts = _facts(ended)
            outcome: Outcome = "boots" if facts else "FAILED"
        else:
            outcome = _refused(ended, contract, text)
    reason = "" if facts else ended.reason
    spent = round(time.monotonic() - started, 1)
    operations = facts.pop("operations", 0) or _operations(text)
    return Row(name, _version(text), len(text), operations, outcome, spent, reason, **facts)


def _refused(ended: _Ended, contract: Path, text: str) -> Outcome:
    """Say what a generator that wrote nothing has done: openapi-spec-validator is the judge of what is invalid."""
    if TRACEBACK in ended.errors or ended.status < 0:
        return "FAILED"
    if not _version(text).startswith("3."):
        return "invalid"
    judged = _run([*_JUDGE, str(contract)], ROOT, {}, _JUDGE_SECONDS)
    return "invalid" if judged.status > 0 else "refused"


def _facts(ended: _Ended) -> dict[str, Any]:  # the members of `Row` that `boot.py` knows
    lines = ended.output.splitlines()
    return dict(json.loads(lines[-1])) if ended.status == 0 and lines else {}


def _run(command: Sequence[str], folder: Path, more: Mapping[str, str], seconds: float) -> _Ended:
    """Run a program of Python's in a session of its own, which is ended whole: the generator starts Node."""
    process = subprocess.Popen(  # noqa: S603 - our own words
        ["/bin/sh", "-c", 'ulimit -d "$0"; exec "$@"', str(_MEMORY), sys.executable, *command],
        cwd=folder,
        env=os.environ | dict(more),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    try:
        output, errors = process.communicate(timeout=seconds)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.communicate()
        return _Ended(-signal.SIGKILL, "", f"not done after {seconds:.0f} s")
    return _Ended(process.returncode, output, errors)


def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8", errors="replace")


def _version(text: str) -> str:
    """Give the version that a document states, empty where it is none of OpenAPI's."""
    match = _OPENAPI.search(text)
    return match[2] if match else ""


def _operations(text: str) -> int:
    """Count the operations that a file declares itself; 0 where it cannot be read, which is why it is refused."""
    try:
        paths = yaml.load(text, Loader=yaml.CBaseLoader)["paths"]  # noqa: S506 - it makes nothing but text
        return sum(len(METHODS & item.keys()) for item in paths.values())
    except (yaml.YAMLError, AttributeError, KeyError, TypeError):
        return 0
