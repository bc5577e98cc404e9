"""`make bench`: what a request costs here and elsewhere (specs/toolchain/benchmarks.md).

What cannot be done is one line on standard error and exit status 1.
"""

import argparse
import json
import os
import platform
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from backend.listener import stop
from backend.settings import SettingsError
from scripts.bench import floors, plot, table
from scripts.bench.dataset import OPTIONS, Size
from scripts.bench.figures import Figures, amount
from scripts.bench.floors import PgbenchFailed
from scripts.bench.load import CONNECTIONS, OPERATIONS, LoadFailed
from scripts.bench.measurement import FULL, QUICK, Measured, Stage, measure
from scripts.bench.systems import POOL_SIZE, SERVICE, SYSTEMS, NotStarted, available
from scripts.contract import ROOT

DRAFTS: Final = ROOT / "build" / "bench"
"""Where results go that the documentation does not show."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, print and write; return the exit status."""
    given = _parser().parse_args(arguments)
    lacking = missing()
    if lacking:
        print(f"bench: not installed: {', '.join(lacking)}", file=sys.stderr)
        return 1
    systems, left_out = available()
    names = {SERVICE, *(given.only or [system.name for system in systems])}
    chosen = [system for system in systems if system.name in names]
    began = conditions()
    measured = in_one_line(lambda: measure(chosen, _stages(given), Size(given.users), str(floors.program())))
    return 1 if measured is None else told(measured, given.out, began, left_out)


def in_one_line(run: Callable[[], Measured]) -> Measured | None:
    """Run; what keeps the run from its end is told, and there is nothing then."""
    try:
        return run()
    except (SettingsError, NotStarted, LoadFailed, PgbenchFailed, KeyboardInterrupt) as error:
        print(f"bench: {str(error) or 'stopped'}", file=sys.stderr)
        return None


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="bench", description="Measure what a request costs here and elsewhere.")
    parser.add_argument("--quick", action="store_true", help="less of everything")
    parser.add_argument("--only", action="append", choices=[system.name for system in SYSTEMS], help="beside ours")
    parser.add_argument("--operation", action="append", choices=OPERATIONS, help="only this one; may be repeated")
    parser.add_argument("--workers", action="append", type=int, choices=[1, 2], help="only so many processes")
    parser.add_argument("--rounds", type=int)
    parser.add_argument("--seconds", type=int, help="for each system and operation in a round")
    parser.add_argument("--warm-up", type=int, help="seconds, as well")
    parser.add_argument("--users", type=int, default=Size().users, help=f"with {Size().each} tasks each")
    parser.add_argument("--out", type=Path, default=DRAFTS, help="the folder for bench.json and bench.svg")
    return parser


def _stages(given: argparse.Namespace) -> list[Stage]:
    overrides = {"rounds": given.rounds, "seconds": given.seconds, "warm_up": given.warm_up}
    overridden = {name: value for name, value in overrides.items() if value is not None}
    stages = [
        replace(stage, operations=tuple(filter((given.operation or OPERATIONS).__contains__, stage.operations)))
        for stage in (QUICK if given.quick else FULL)
        if stage.workers in (given.workers or [stage.workers])
    ]
    return [replace(stage, **overridden) for stage in stages if stage.operations]


def missing() -> list[str]:
    """Name what a run cannot do without."""
    needed = {
        "wrk": shutil.which("wrk"),
        "pgbench": floors.program(),
        "/proc of Linux": Path("/proc/self/stat").exists(),
    }
    return [name for name, there in needed.items() if not there]


def told(measured: Measured, folder: Path, began: dict[str, object], left_out: Sequence[str]) -> int:
    """Print and write what was found; a run with faults is no result, and leaves the last one as it is."""
    if measured.faults:
        print(*(f"bench: {fault}" for fault in measured.faults), sep="\n", file=sys.stderr)
        print(f"bench: {len(measured.faults)} faults: this run is no result", file=sys.stderr)
        return 1
    found = amount(measured)
    under = {**began, "load_after": _load(), "postgres": measured.postgres}
    print(*table.lines(found), sep="\n")
    print(*(f"{name}: {value}" for name, value in under.items()), sep="\n")
    print(*(f"not measured: {each}" for each in left_out), sep="\n")
    _write(found, measured, folder, under)
    return 0


def conditions() -> dict[str, object]:
    """What a reader has to know of a run."""
    return {
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
        "commit": said("git", "describe", "--always", "--dirty"),
        "processors": os.cpu_count(),
        "python": platform.python_version(),
        "python_build": f"{' '.join(platform.python_build())} {platform.python_compiler()}",
        "node": said("node", "--version"),
        "connections": CONNECTIONS,
        "pool_of_a_peers_process": POOL_SIZE,
        "postgres_options": " ".join(OPTIONS),
        "load_before": _load(),
    }


def said(*command: str) -> str:
    """What a program prints; `none` where it is missing or prints nothing."""
    try:
        ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)  # noqa: S603 - our own
    except OSError:
        return "none"
    return ended.stdout.strip() or "none"


def _load() -> list[float]:
    """How many processes wanted to run: of the last one, five and fifteen minutes."""
    return [round(average, 1) for average in os.getloadavg()]


def _write(found: Figures, measured: Measured, folder: Path, under: dict[str, object]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    lists: dict[str, Sequence[Mapping[str, object]]] = {
        **asdict(found),
        "samples": [asdict(sample) for sample in measured.samples],
    }
    written = [f'"{name}": [\n{_lines(rows)}\n]' for name, rows in lists.items()]
    text = "{\n" + ",\n".join([f'"conditions": {json.dumps(under)}', *written]) + "\n}\n"
    (folder / "bench.json").write_text(text, encoding="utf-8")
    caption = f"one worker, {CONNECTIONS} connections, {under['processors']} processors, {str(under['date'])[:10]}"
    (folder / "bench.svg").write_text(plot.svg(found, caption), encoding="utf-8")


def _lines(rows: Sequence[Mapping[str, object]]) -> str:
    """One row a line, with no more digits than were measured."""
    rounded = [
        {name: round(value, 4) if isinstance(value, float) else value for name, value in row.items()} for row in rows
    ]
    return ",\n".join(json.dumps(row) for row in rounded)


if __name__ == "__main__":
    # Unwinds as Ctrl-C does: servers are stopped, and the database goes.
    signal.signal(signal.SIGTERM, stop)
    sys.exit(main())
