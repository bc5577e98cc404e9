"""`make try CONTRACTS=folder`: python -m scripts.try_contracts FOLDER|FILE... [--seconds 120] [--json] (FOREIGN-6)."""

import argparse
import json
import sys
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Final

from scripts.try_contracts.attempt import Row, attempt, found

AT_ONCE: Final = 2
"""Each attempt is a process that computes; most machines that run this have two cores to spare."""

HEAD: Final = (
    f"{'contract':34} {'OpenAPI':8} {'kB':>6} {'operations':>10}  {'outcome':8} "
    f"{'facts':>7} {'differ':>6} {'kept %':>6} {'s':>6}  reason"
)


def main(arguments: Sequence[str] | None = None) -> int:
    """Try every contract, print a line for each and the sums; 1 if one failed, or if there is none."""
    options = _options(arguments)
    missing = [f"no such place: {place}" for place in options.places if not place.exists()]
    contracts = [] if missing else list(found(options.places))
    if not contracts:
        print(f"try_contracts: {(*missing, 'no OpenAPI document there')[0]}", file=sys.stderr)
        return 1
    one = partial(_one, seconds=options.seconds)
    with ThreadPoolExecutor(AT_ONCE) as pool:
        rows = list(_told(pool.map(one, contracts), quiet=options.json))
    if options.json:
        print(json.dumps([asdict(row) for row in rows], indent=2))
    else:
        print("\n".join(sums(rows)))
    return 1 if any(row.outcome == "FAILED" for row in rows) else 0


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m scripts.try_contracts", description="Try the generator on contracts."
    )
    parser.add_argument("places", nargs="+", type=Path, metavar="FOLDER|FILE", help="contracts, or folders of them")
    parser.add_argument("--seconds", type=float, default=120, help="how long one contract may take")
    parser.add_argument("--json", action="store_true", help="print JSON, with the first differences of each")
    return parser.parse_args(arguments)


def _one(contract: tuple[str, Path], seconds: float) -> Row:
    return attempt(*contract, seconds)


def _told(rows: Iterable[Row], *, quiet: bool) -> Iterable[Row]:
    """Print each row as soon as it is there."""
    if not quiet:
        print(HEAD)
    for row in rows:
        if not quiet:
            print(line(row), flush=True)
        yield row


def line(row: Row) -> str:
    """Write one row of the table."""
    booted = f"{row.booted}/{row.operations}" if row.facts else f"{row.operations}"
    known = (row.facts, row.differences, _percentage(row.kept, row.facts)) if row.facts else ("", "", "")
    return (
        f"{row.name:34} {row.version:8} {row.size / 1000:6.1f} {booted:>10}  {row.outcome:8} "
        f"{known[0]:>7} {known[1]:>6} {known[2]:>6} {row.seconds:6.1f}  {row.reason}"
    ).rstrip()


def sums(rows: Sequence[Row]) -> list[str]:
    """Write what all rows come to."""
    valid = [row for row in rows if row.outcome != "invalid"]
    whole = [row for row in valid if row.whole]
    booted = [row for row in valid if row.outcome == "boots"]
    facts, kept = sum(row.facts for row in booted), sum(row.kept for row in booted)
    exact = sum(row.differences == 0 for row in booted)
    refused, failed = (sum(row.outcome == outcome for row in rows) for outcome in ("refused", "FAILED"))
    return [
        "",
        f"boot with every operation: {_share(len(whole), len(valid))} valid contracts",
        f"facts kept by those that boot: {_share(kept, facts)}; all of them by {exact} of {len(booted)}",
        f"refused: {refused}, invalid: {len(rows) - len(valid)}, failed: {failed}",
    ]


def _share(part: int, whole: int) -> str:
    return f"{part} of {whole} ({_percentage(part, whole)} %)"


def _percentage(part: int, whole: int) -> str:
    """Write a share; 100 only where nothing is missing."""
    share = 100 * part / whole if whole else 100.0
    return f"{min(share, 100.0 if part == whole else 99.9):.1f}"


if __name__ == "__main__":
    sys.exit(main())
