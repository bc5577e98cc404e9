# Generated from openapi/tasks.yaml by `make generate`. Do not edit.
"""Patterns of JSON Schema (ECMA 262) as Python's: a part of what they match, and that in linear time.

Only whole patterns, `^...$`, of characters, classes, groups and counts have a translation, in which repetitions and
alternatives are atomic: what was taken is not given back, so it matches nothing that the pattern does not match.
Repetitions of classes are possessive, those of groups in an atomic group: before Python 3.11.5 a possessive one takes
too much (gh-106052). Characters are those that stand in a JSON string as they are (RFC 8259, section 7).
"""

import re
from itertools import pairwise
from typing import Final, NamedTuple, TypeAlias

Ranges: TypeAlias = list[tuple[int, int]]
"""Code points from the first to the last of each."""

UNBOUNDED: Final = 2**31
"""For any number of times."""
_LAST: Final = 0x10FFFF
_NEVER: Final = [(0, 0x1F), (0x22, 0x22), (0x5C, 0x5C)]
"""Controls, the quotation mark and the backslash."""
_TOKENS: Final = re.compile(
    r"\(\?:|[()|*+?]"
    r"|\{[0-9]{1,9}(?:,[0-9]{0,9})?\}"
    r"|\[(?:[^\]\[\\]|\\u[0-9A-Fa-f]{4}|\\x[0-9A-Fa-f]{2}|\\[^ux])*\]"
    r"|\\u[0-9A-Fa-f]{4}|\\x[0-9A-Fa-f]{2}|\\[^ux]"
    r"|[^\\\[\]{}()*+?|^$]",
    re.DOTALL,
)
_COUNTS: Final = "*+?{"
_ITEM: Final = re.compile(r"(\\u.{4}|\\x..|\\.|[^\\-])(?:-(\\u.{4}|\\x..|\\.|[^\\-]))?", re.DOTALL)
_SURROGATES: Final = range(0xD800, 0xE000)
_SETS: Final[dict[str, Ranges]] = {
    r"\d": [(0x30, 0x39)],
    r"\w": [(0x30, 0x39), (0x41, 0x5A), (0x5F, 0x5F), (0x61, 0x7A)],
}
_CONTROLS: Final = {r"\t": 9, r"\n": 10, r"\v": 11, r"\f": 12, r"\r": 13}
_PUNCTUATION: Final = frozenset(r"^$\.*+?()[]{}|/-")
_ESCAPES: Final = {"n": 0x0A, "t": 0x09}
"""Of what people write. A quotation mark, escaped, would look like the end of the text."""
_LINE_ENDS: Final = [(0x0A, 0x0A), (0x0D, 0x0D), (0x2028, 0x2029)]


class Untranslated(Exception):
    """Something is said that has no translation here."""


class Part(NamedTuple):
    """A group so many times, or characters of a class. `text` is once, `low` to `high` the characters of that.

    `escapes` are the letters by which JSON escapes characters of the class.
    """

    text: str
    low: int
    high: int
    least: int = 1
    most: int = 1
    escapes: str = ""

    @property
    def is_class(self) -> bool:
        """Whether it is characters of one class, and no group."""
        return self.text[0] == "["

    @property
    def written(self) -> str:
        """The whole of it."""
        return (repeated if self.is_class else repeated_group)(self.text, self.least, self.most)


def repeated(text: str, least: int, most: int) -> str:
    """Write a class so many times."""
    times = _times_written(least, most)
    return f"{text}{times}+" if times else text


def repeated_group(text: str, least: int, most: int) -> str:
    """Write anything so many times."""
    times = _times_written(least, most)
    return f"(?>(?:{text}){times})" if times else text


def _times_written(least: int, most: int) -> str:
    if least > most:
        raise Untranslated
    if least == most == 1:
        return ""
    return f"{{{least},{'' if most >= UNBOUNDED else most}}}"


def _class(ranges: Ranges) -> Part:
    """Write a class of those characters that stand in a JSON string as they are."""
    allowed = _complement(_complement(ranges) + _NEVER)
    if not allowed:
        raise Untranslated
    # For up to 65,535 Python makes a table.
    text = f"[^{_listed(_complement(allowed))}]" if allowed[-1][1] == _LAST else f"[{_listed(allowed)}]"
    escaped = [letter for letter, point in _ESCAPES.items() if any(first <= point <= last for first, last in ranges)]
    return Part(text, 1, 1, escapes="".join(escaped))


def translated(pattern: str) -> list[Part]:
    """Translate a pattern into the sequence of its parts; raise `Untranslated` if it is not known how."""
    inner = pattern[1:-1]
    tokens = _TOKENS.findall(inner)
    if pattern[:1] + pattern[-1:] != "^$" or "".join(tokens) != inner:
        raise Untranslated
    rest = tokens[::-1]
    parts = _sequence(rest)
    if rest:  # an alternative at the top is anchored at one end only; or a parenthesis too many
        raise Untranslated
    return parts


def _sequence(rest: list[str]) -> list[Part]:
    parts = []
    while rest and rest[-1] not in "|)":
        part = _once(rest)
        if rest and rest[-1][0] in _COUNTS:
            least, most = _times(rest.pop())
            if part.low == 0 and most > 1:  # Python itself has taken such for endless
                raise Untranslated
            part = part._replace(least=least, most=most)
        parts.append(part)
    return parts


def _once(rest: list[str]) -> Part:
    sign = rest.pop()
    if sign[0] in _COUNTS:  # lazy, possessive, or a group of another kind
        raise Untranslated
    if sign not in ("(", "(?:"):
        return _class(_members(sign))
    choices = [_sequence(rest)]
    while rest and rest[-1] == "|":
        rest.pop()
        choices.append(_sequence(rest))
    if not rest:
        raise Untranslated
    rest.pop()
    texts = ["".join(part.written for part in choice) for choice in choices]
    widths = [width(choice) for choice in choices]
    return Part(f"(?>{'|'.join(texts)})", min(low for low, _ in widths), max(high for _, high in widths))


def width(parts: list[Part]) -> tuple[int, int]:
    """Give how many characters a sequence has at least and at most."""
    return sum(part.low * part.least for part in parts), sum(part.high * part.most for part in parts)


def _times(sign: str) -> tuple[int, int]:
    if sign in "*+?":
        return {"*": (0, UNBOUNDED), "+": (1, UNBOUNDED), "?": (0, 1)}[sign]
    least, comma, most = sign[1:-1].partition(",")
    return int(least), int(most) if most else UNBOUNDED if comma else int(least)


def _members(sign: str) -> Ranges:
    """Give the characters that a class, an escape, a dot or a character stands for."""
    if sign == ".":
        return _complement(_LINE_ENDS)
    if sign[0] != "[":
        return _of(sign)
    body = sign[1:-1]
    is_negated = body.startswith("^")
    body = body.removeprefix("^")
    ranges: Ranges = []
    if body.startswith("-"):
        ranges, body = [(0x2D, 0x2D)], body[1:]
    if body.endswith("-") and not body.endswith("\\-"):
        ranges, body = [*ranges, (0x2D, 0x2D)], body[:-1]
    # The validator's engine takes `&&` and `~~` for operations on sets.
    if any(one == other and one in "&~" for one, other in pairwise(body)):
        raise Untranslated
    found = list(_ITEM.finditer(body))
    if not (ranges or found) or "".join(item[0] for item in found) != body:
        raise Untranslated
    for item in found:
        ranges += _of(item[1]) if item[2] is None else [(_single(item[1]), _single(item[2]))]
    return _complement(ranges) if is_negated else ranges


def _of(sign: str) -> Ranges:
    return _SETS.get(sign) or [(_single(sign), _single(sign))]


def _single(sign: str) -> int:
    if len(sign) == 1:
        return ord(sign)
    if sign in _CONTROLS:
        return _CONTROLS[sign]
    if sign[1] in "ux":
        digits = sign[2:]
        point = int(digits, 16)
        if point in _SURROGATES:  # two of them are one character
            raise Untranslated
        return point
    if sign[1] not in _PUNCTUATION:
        raise Untranslated
    return ord(sign[1])


def _complement(ranges: Ranges) -> Ranges:
    found: Ranges = []
    start = 0
    for first, last in sorted(ranges):
        if start < first:
            found.append((start, first - 1))
        start = max(start, last + 1)
    return [*found, (start, _LAST)] if start <= _LAST else found


def _listed(ranges: Ranges) -> str:
    return "".join(re.escape(chr(first)) + f"-{re.escape(chr(last))}" * (first < last) for first, last in ranges)


ANY: Final = _class([(0, _LAST)])
"""All characters that stand in a JSON string as they are."""
