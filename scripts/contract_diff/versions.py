"""What the version of a contract allows. Spec: DIFF-12."""

import re

from scripts.contract_diff.side import Side
from scripts.generate.rewriting import members

_Version = tuple[int, int, int]


def version(side: Side) -> str:
    """Give the version that a contract says it has."""
    return str(members(side.content, "info").get("version"))


def allowance(before: str, after: str) -> str | None:
    """Say why breaking changes are allowed between two versions (semver.org, 4 and 8); None if they are not."""
    one, other = _parsed(before), _parsed(after)
    if one is None or other is None:
        return None
    if other[0] > one[0]:
        return f"{after} is a major version after {before}"
    if one[0] == other[0] == 0 and other[1] > one[1]:
        return f"{after} is a minor version after {before}, and before 1.0 a minor version may break"
    return None


def is_raised(before: str, after: str) -> bool:
    """Say whether the version after is a later one, or at least another one where they are no semantic versions."""
    one, other = _parsed(before), _parsed(after)
    return before != after if one is None or other is None else other > one


def _parsed(text: str) -> _Version | None:
    found = re.match(r"v?(\d+)\.(\d+)(?:\.(\d+))?(?:[-+].*)?$", text)
    return None if found is None else (int(found[1]), int(found[2]), int(found[3] or 0))
