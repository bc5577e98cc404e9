"""Rules about patterns: they mean the whole text, and the same in every dialect. Spec: LINT-9.

Three engines read a pattern here: ECMA-262's (the contract's own, and the clients'), Python's `re` in tests, and Rust's
in pydantic and jsonschema-rs.
"""

import re
from collections.abc import Iterator
from typing import Final

import jsonschema_rs

from scripts.generate.refusal import Pointer
from scripts.lint_contract.places import Contract, members
from scripts.lint_contract.rules import Breach, Rule, fault, rules_of, style
from scripts.lint_contract.texts import CLASS, has_loose_branch

_DIALECTS_DIFFER: Final[tuple[tuple[str, bool, str], ...]] = (
    (r"\\[dwsDWS]", True, "a class that is ASCII in one dialect and Unicode in another"),
    (r"\\[bBAzZpPGkKRXQEhHvV]", True, "an escape that not every dialect has"),
    (r"\(\?(?!:)", False, "a group with a name, an option or an assertion"),
    (r"\\[1-9]", False, "a reference to a group, which Rust's engine has not"),
    (r"[*+?}]\+", False, "a possessive repetition"),
    (r"(?<!\\)\.", False, "a dot, which stops at other line ends in each dialect"),
    (r"\\u\{|\\x\{|\\[0U]", True, "an escape of a character that dialects write differently"),
)
"""What the dialects read differently, whether it counts in a character class too, and why."""
_ESCAPED_SLASH: Final = re.compile(r"\\\\")


@fault("pattern-valid", "A pattern that does not compile checks nothing.")
def valid(contract: Contract) -> Iterator[Breach]:
    """Find patterns that no engine takes."""
    for pointer, pattern in _patterns(contract):
        if not compiles(pattern):
            yield pointer, "it is no regular expression of ECMA-262"


@style("pattern-anchored", "JSON Schema searches: a pattern without ^ and $ matches a part of the text.")
def anchored(contract: Contract) -> Iterator[Breach]:
    """Find patterns that match a part of a text."""
    for pointer, pattern in _patterns(contract):
        ends = pattern.startswith("^") and re.search(r"(?<!\\)(?:\\\\)*\$$", pattern)
        if not ends or has_loose_branch(pattern):
            yield pointer, "a pattern begins with ^ and ends with $, and so do all its branches"


@style("pattern-portable", "The client, the service and the tests must read a pattern alike.")
def portable(contract: Contract) -> Iterator[Breach]:
    """Find what dialects read differently."""
    for pointer, pattern in _patterns(contract):
        escaped = _ESCAPED_SLASH.sub("", pattern)
        outside = CLASS.sub("[]", escaped)
        for feature, in_classes, message in _DIALECTS_DIFFER:
            if re.search(feature, escaped if in_classes else outside):
                yield pointer, message


def compiles(pattern: str) -> bool:
    """Say whether a pattern is one of ECMA-262, as jsonschema-rs reads it."""
    try:
        jsonschema_rs.Draft202012Validator({"pattern": pattern})
    except ValueError:
        return False
    return True


def _patterns(contract: Contract) -> Iterator[tuple[Pointer, str]]:
    for place in contract.of("schema"):
        if isinstance(pattern := place.value.get("pattern"), str):
            yield place.child("pattern"), pattern
        for name in members(place.value, "patternProperties"):
            yield place.child("patternProperties", name), name


RULES: Final[tuple[Rule, ...]] = rules_of(globals())
