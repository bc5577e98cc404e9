"""`make audit`: the known vulnerabilities of what the locks pin (specs/security.md, specs/decisions/0056).

pip-audit asks OSV, npm its registry. Neither is believed when it says nothing: an audit has gone well when there is an
answer for every package, and in every other case the command fails and says what was not audited.
"""

import argparse
import json
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any  # what the tools report is JSON

PROJECT = Path(__file__).resolve().parent.parent

OSV = "https://api.osv.dev/v1/query"

PIN = re.compile(r"^([a-z0-9-]+)==(\S+)", re.MULTILINE)
"""A package and its version in a lock, whatever platform it is for."""


Pin = tuple[str, str]


class NotAudited(Exception):
    """A source of advisories has not answered for every package; the text is one line."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Prints one line per vulnerability and what was not audited; returns 1 if there is any of either."""
    parser = argparse.ArgumentParser(prog="audit", description="Ask for known vulnerabilities of what the locks pin.")
    parser.add_argument("--osv", default=OSV, help="another server with OSV's interface")
    parser.add_argument("--folder", type=Path, default=PROJECT, help="where the locks are")
    options = parser.parse_args(arguments)
    audits: dict[str, Callable[[], tuple[int, list[str]]]] = {
        "Python": lambda: _python(options.folder, options.osv),
        "npm": lambda: _npm(options.folder),
    }
    has_failed = False
    for name, audit in audits.items():
        try:
            number, found = audit()
        except NotAudited as reason:
            print(f"audit: {name} packages were NOT audited: {reason}", file=sys.stderr)
            has_failed = True
        else:
            print(*found, f"audit: {number} {name} packages, known vulnerabilities: {len(found) or 'none'}", sep="\n")
            has_failed = has_failed or bool(found)
    return int(has_failed)


def _python(folder: Path, osv: str) -> tuple[int, list[str]]:
    """How many packages the locks for Python pin, and a line per vulnerability.

    Raises:
        NotAudited: there is no answer for one of them.
    """
    locks: dict[Pin, list[str]] = {}
    for lock in sorted(folder.glob("requirements*.lock")):
        for name, version in PIN.findall(lock.read_text(encoding="utf-8")):
            locks.setdefault((name, version), []).append(lock.name)
    answered = {pin: found for pins in _rounds(locks) for pin, found in _asked(pins, folder, osv)}
    if unanswered := sorted(name for name, _ in locks.keys() - answered.keys()):
        raise NotAudited(f"no answer for {', '.join(unanswered)}")
    return len(locks), [
        f"{', '.join(locks[pin])}: {' '.join(pin)}: {' '.join([each['id'], *each['aliases']])}: "
        f"{'fixed in ' + ', '.join(each['fix_versions']) if each['fix_versions'] else 'no version fixes it'}"
        for pin, found in sorted(answered.items())
        for each in found
    ]


def _rounds(pins: Iterable[Pin]) -> list[list[Pin]]:
    """The same pins, each name once in a round: locks for all platforms may have one package in two versions."""
    rounds: list[dict[str, str]] = []
    for name, version in pins:
        if all(name in names for names in rounds):
            rounds.append({name: version})
        else:
            next(names for names in rounds if name not in names)[name] = version
    return [list(names.items()) for names in rounds]


def _asked(pins: Sequence[Pin], folder: Path, osv: str) -> Iterator[tuple[Pin, list[Any]]]:  # Any: JSON
    """What pip-audit knows of each."""
    with tempfile.TemporaryDirectory() as scratch:
        # Not the locks themselves: of those pip-audit leaves out, unsaid, what is for another platform.
        requirements = Path(scratch, "pins.txt")
        requirements.write_text("".join(f"{name}=={version}\n" for name, version in pins), encoding="utf-8")
        how = ["--no-deps", "--disable-pip", "--progress-spinner", "off", "--format", "json"]
        tool = [sys.executable, "-m", "pip_audit", *how, "--vulnerability-service", "osv", "--osv-url", osv]
        report = _reported([*tool, "--requirement", str(requirements)], folder)
    for each in report["dependencies"]:
        if "vulns" in each:  # else it was skipped, which is no failure to pip-audit
            yield (each["name"], each["version"]), each["vulns"]


def _npm(folder: Path) -> tuple[int, list[str]]:
    """How many packages the locks for npm pin, and a line per vulnerability.

    Raises:
        NotAudited: npm is missing, or its registry does not answer.
    """
    npm = shutil.which("npm")
    if npm is None:
        raise NotAudited("npm is not installed")
    number = 0
    found: list[str] = []
    for path in (folder / "package-lock.json", *sorted(folder.glob("scripts/bench/*/package-lock.json"))):
        lock = json.loads(path.read_text(encoding="utf-8"))["packages"]
        report = _reported([npm, "audit", "--json", "--package-lock-only"], path.parent)
        if "vulnerabilities" not in report:
            raise NotAudited(f"npm: {report.get('message', 'no report')}")
        number += len(lock) - 1  # one of the entries is this project
        found += [
            f"{path.relative_to(folder)}: {name} {', '.join(_versions(lock, each['nodes']))}: {cause['url']} "
            f"({cause['severity']}): affects {cause['range']}"
            for name, each in sorted(report["vulnerabilities"].items())
            for cause in each["via"]
            if isinstance(cause, dict)  # else it is the name of another package, which has a line of its own
        ]
    return number, found


def _reported(command: Sequence[str], folder: Path) -> Mapping[str, Any]:
    """What the tool reports as JSON. Its exit status says nothing: 1 is a vulnerability as well as a failure.

    Raises:
        NotAudited: it reports nothing; with the last line that it said instead.
    """
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)  # noqa: S603 - our own words
    try:
        report: Mapping[str, Any] = json.loads(done.stdout)
    except ValueError:
        said = done.stderr.strip().splitlines() or [f"it ended with status {done.returncode}"]
        raise NotAudited(said[-1]) from None
    return report


def _versions(lock: Mapping[str, Mapping[str, Any]], nodes: Iterable[str]) -> list[str]:
    return sorted({lock[node]["version"] for node in nodes})


if __name__ == "__main__":
    sys.exit(main())
