"""Texts and patterns: the shortest text that a pattern matches, how long the longest is. Spec: LINT-9, LINT-11."""

import re
from collections.abc import Callable, Iterator, Mapping
from itertools import islice
from re import _constants as codes  # pyrefly: ignore[missing-module-attribute] # the names of the parser's nodes, not public
from re import _parser as parser  # pyrefly: ignore[missing-module-attribute] # Python's own parser, not public either
from typing import Any, Final

LONGEST: Final = 10_000
"""Of the texts and arrays that are built: nobody bounds anything useful from below by more."""
CLASS: Final = re.compile(r"\[\^?(?:\\.|[^\]\\])*\]")
"""In a character class a dot is a dot, and a plus no repetition."""
_LETTERS: Final = "a0A-_. /:TZ+\u00e9"


def matches(pattern: str, text: str) -> bool:
    """Say whether a pattern is found in a text, as far as Python can say."""
    try:
        return re.search(pattern, text) is not None
    except re.error:
        return False  # another dialect's: nobody can say


def longest(pattern: str) -> int | None:
    """Give the length of the longest text that an anchored pattern matches; None if there is none, or none is known."""
    if not (pattern.startswith("^") and pattern.endswith("$")) or has_loose_branch(pattern):
        return None
    try:
        most = parser.parse(pattern).getwidth()[1]
    except (re.error, RecursionError, OverflowError):
        return None
    return None if most >= codes.MAXREPEAT else int(most)


def has_loose_branch(pattern: str) -> bool:
    """Say whether a pattern is `^a|b$`, which is anchored at one end each."""
    depth = 0
    for letter in re.sub(r"\\.", "", CLASS.sub("[]", pattern)):
        depth += {"(": 1, ")": -1}.get(letter, 0)
        if letter == "|" and depth == 0:
            return True
    return False


def shortest(pattern: str, more: int = 0) -> str:
    """Build a text for a pattern, with `more` repetitions than are necessary wherever it repeats."""
    try:
        nodes = parser.parse(pattern)
    except (re.error, RecursionError, OverflowError):
        return ""
    return "".join(_text(node, more) for node in nodes)


def _text(node: tuple[Any, Any], more: int) -> str:  # a node of Python's parser: a name and any arguments
    kind, arguments = node
    if kind is codes.LITERAL:
        return chr(arguments)
    if kind is codes.IN:
        return "".join(islice((letter for letter in _alphabet(arguments) if _allows(arguments, letter)), 1))
    if kind in {codes.MAX_REPEAT, codes.MIN_REPEAT, codes.POSSESSIVE_REPEAT}:
        least, most, repeated = arguments
        return "".join(_text(item, more) for item in repeated) * int(min(least + more, most, LONGEST))
    if kind in {codes.SUBPATTERN, codes.ATOMIC_GROUP}:
        return "".join(_text(item, more) for item in (arguments if kind is codes.ATOMIC_GROUP else arguments[-1]))
    if kind is codes.BRANCH:
        branches = arguments[1]
        return "".join(_text(item, more) for item in branches[more % len(branches)])
    return "a" if kind in {codes.ANY, codes.NOT_LITERAL} else ""  # anchors are no text


def _alphabet(arguments: list[tuple[Any, Any]]) -> Iterator[str]:  # as above
    yield from _LETTERS
    for kind, argument in arguments:
        if kind is codes.LITERAL:
            yield chr(argument)
        elif kind is codes.RANGE:
            yield chr(argument[0])


_CATEGORIES: Final[Mapping[Any, Callable[[str], bool]]] = {  # the parser's names are of no public type
    codes.CATEGORY_DIGIT: str.isdigit,
    codes.CATEGORY_SPACE: str.isspace,
    codes.CATEGORY_WORD: lambda letter: letter.isalnum() or letter == "_",
    codes.CATEGORY_NOT_DIGIT: lambda letter: not letter.isdigit(),
    codes.CATEGORY_NOT_SPACE: lambda letter: not letter.isspace(),
    codes.CATEGORY_NOT_WORD: lambda letter: not (letter.isalnum() or letter == "_"),
}


def _allows(arguments: list[tuple[Any, Any]], letter: str) -> bool:  # as above
    negated = arguments[0][0] is codes.NEGATE
    named = any(
        (kind is codes.LITERAL and ord(letter) == argument)
        or (kind is codes.RANGE and argument[0] <= ord(letter) <= argument[1])
        or (kind is codes.CATEGORY and _CATEGORIES[argument](letter))
        for kind, argument in arguments
    )
    return named != negated
