"""`make growth`: what grows and what does not, beside goals (specs/toolchain/benchmarks.md).

What cannot be done is one line on standard error and exit status 1. A goal that is missed is told and fails nothing.
"""

import argparse
import json
import signal
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Final

from backend.listener import stop
from backend.settings import SettingsError
from scripts.bench.__main__ import DRAFTS, conditions, missing
from scripts.bench.load import LoadFailed
from scripts.bench.systems import NotStarted
from scripts.growth import table
from scripts.growth.asking import NoResult
from scripts.growth.goals import goals, page_figures
from scripts.growth.measurement import FULL, QUICK, Extent, Measured, measure
from scripts.growth.packaged import DEBIAN

_CONDITIONS: Final = ("date", "commit", "processors", "python", "postgres_options", "load_before")


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, print and write; return the exit status."""
    given = _parser().parse_args(arguments)
    lacking = missing()
    if lacking:
        print(f"growth: not installed: {', '.join(lacking)}", file=sys.stderr)
        return 1
    began = {name: value for name, value in conditions().items() if name in _CONDITIONS}
    try:
        found = measure(_extent(given), given.versions)
        told = table.lines(found)
    except (SettingsError, NotStarted, LoadFailed, NoResult, KeyboardInterrupt) as error:
        print(f"growth: {str(error) or 'stopped'}: this run is no result", file=sys.stderr)
        return 1
    print(*told, sep="\n")
    print(*(f"{name}: {value}" for name, value in began.items()), sep="\n")
    _write(found, began, given.out)
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="growth", description="Measure what grows with tasks, requests, connections.")
    parser.add_argument("--quick", action="store_true", help="fewer rounds and requests")
    parser.add_argument("--out", type=Path, default=DRAFTS, help="the folder for growth.json")
    parser.add_argument("--versions", type=Path, default=DEBIAN, help="where PostgreSQL with pg_trgm is installed")
    parser.add_argument("--users", type=int, help=f"with {FULL.size.each} tasks each")
    parser.add_argument("--tasks", type=int, help="of the user with most")
    for name in ("rounds", "requests", "connections", "run-seconds"):
        parser.add_argument(f"--{name}", type=int)
    parser.add_argument("--seconds", type=float, help="for each page in a round, and for each search")
    return parser


def _extent(given: argparse.Namespace) -> Extent:
    extent = QUICK if given.quick else FULL
    names = ("rounds", "requests", "connections", "run_seconds", "seconds")
    said = {name: value for name in names if (value := getattr(given, name)) is not None}
    *few, most = extent.size.grown
    size = replace(extent.size, users=given.users or extent.size.users, grown=(*few, given.tasks or most))
    return replace(extent, size=size, **said)


def _write(found: Measured, began: Mapping[str, object], folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    lists = {
        "goals": [{**asdict(each), "met": each.met} for each in goals(found)],
        "pages": [asdict(each) for each in page_figures(found)],
        "page_samples": [asdict(each) for each in found.pages],
        "searches": [asdict(each) for each in found.searches],
        "crowd": [asdict(each) for each in found.crowd],
        "memory_samples": [asdict(each) for each in found.memory],
    }
    written = [f'"{name}": [\n' + ",\n".join(map(json.dumps, rows)) + "\n]" for name, rows in lists.items()]
    text = "{\n" + ",\n".join([f'"conditions": {json.dumps(began)}', *written]) + "\n}\n"
    (folder / "growth.json").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    # Unwinds as Ctrl-C does: servers are stopped, and the databases go.
    signal.signal(signal.SIGTERM, stop)
    sys.exit(main())
