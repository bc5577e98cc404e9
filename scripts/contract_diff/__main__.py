"""`make contract-diff`: python -m scripts.contract_diff [BEFORE] [AFTER]. Spec: DIFF-1, DIFF-2, DIFF-12 to DIFF-14."""

import argparse
import json
import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from scripts.contract import CONTRACT
from scripts.contract_diff.findings import Finding, Findings, Level
from scripts.contract_diff.operations import compare
from scripts.contract_diff.sources import Source, Unreadable, last_release, source
from scripts.contract_diff.versions import allowance, is_raised, version


def main(arguments: Sequence[str] | None = None) -> int:
    """Print what changed; 1 if something breaks clients and the version does not say so, or nothing could be read."""
    options = _options(arguments)
    after = options.after or str(options.contract)
    contract = Path(after if Path(after).is_file() else options.contract).resolve()
    before = options.before
    if before is None:
        try:
            before = last_release(contract)
        except Unreadable as reason:
            print(
                json.dumps({"before": None, "findings": []})
                if options.json
                else f"no release to compare with: {reason}"
            )
            return 0
    try:
        old, new = source(before, contract), source(after, contract)
    except Unreadable as reason:
        print(reason, file=sys.stderr)
        return 1
    return _report(options, old, new, compare(old.side, new.side))


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m scripts.contract_diff", description="Say what changed in the contract, and what breaks clients."
    )
    parser.add_argument("before", nargs="?", help="a file or a git ref; without it the last release, if there is one")
    parser.add_argument("after", nargs="?", help="a file or a git ref; without it the contract")
    parser.add_argument(
        "--contract", type=Path, default=CONTRACT, help="the contract; at a git ref it has this name too"
    )
    parser.add_argument("--allow-unclear", action="store_true", help="do not fail for what cannot be decided")
    parser.add_argument("--json", action="store_true", help="write one JSON document")
    return parser.parse_args(arguments)


def _report(options: argparse.Namespace, old: Source, new: Source, found: Findings) -> int:
    counts = Counter(finding.level for finding in found)
    versions = version(old.side), version(new.side)
    allowed = allowance(*versions)
    is_broken = bool(counts[Level.BREAKING] or (counts[Level.UNCLEAR] and not options.allow_unclear))
    if options.json:
        print(_document(old, new, found, allowed))
    else:
        for finding in found:
            name, line, pointer = (new if finding.is_after else old).place(finding.pointer)
            more = f" (and {len(finding.places) - 1} more)" if len(finding.places) > 1 else ""
            text = f"{finding.level}: {finding.places[0]}{more}: {finding.message} [{finding.rule}]"
            print(f"{name}:{line}: {pointer}: {text}")
        print(f"{', '.join(f'{counts[level]} {level}' for level in Level)} since {old.name}")
        if any(counts.values()) and not is_raised(*versions):
            print(f"the version is {versions[1]}, after {versions[0]}: raise `info.version`")
        if is_broken and allowed:
            print(f"allowed: {allowed}")
    return 1 if is_broken and allowed is None else 0


def _document(old: Source, new: Source, found: Findings, allowed: str | None) -> str:
    """Write everything for machines: each finding with all places that feel it."""
    document = {
        "before": {"file": old.name, "version": version(old.side)},
        "after": {"file": new.name, "version": version(new.side)},
        "allowed": allowed,
        "findings": [_entry(finding, new if finding.is_after else old) for finding in found],
    }
    return json.dumps(document, indent=2, ensure_ascii=False)


def _entry(finding: Finding, holder: Source) -> dict[str, object]:
    name, line, pointer = holder.place(finding.pointer)
    return {
        "level": finding.level,
        "rule": finding.rule,
        "where": finding.places,
        "file": name,
        "line": line,
        "pointer": pointer,
        "message": finding.message,
    }


if __name__ == "__main__":
    sys.exit(main())
