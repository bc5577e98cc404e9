"""Which of several media types a client would rather read: proactive negotiation by `Accept`.

Spec: specs/features/health-and-docs.md; RFC 9110, sections 12.4.2 and 12.5.1.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

_WORD: Final = r"[!#$%&'*+.^_`|~0-9A-Za-z-]+"
_QUOTED: Final = r'"(?:[\t \x21\x23-\x5b\x5d-\x7e\x80-\xff]|\\[\t \x21-\x7e\x80-\xff])*"'
_PARAMETERS: Final = rf"(?:[ \t]*;(?:[ \t]*{_WORD}=(?:{_WORD}|{_QUOTED}))?)*"
_RANGE: Final = re.compile(rf"[ \t]*(?P<kind>{_WORD})/(?P<subtype>{_WORD})(?P<parameters>{_PARAMETERS})[ \t]*(?:,|\Z)")
_EMPTY: Final = re.compile(r"[ \t]*(?:,|\Z)")
"""A place between commas in which nothing stands is overlooked (RFC 9110, section 5.6.1)."""
_PARAMETER: Final = re.compile(rf";[ \t]*(?P<name>{_WORD})=(?P<value>{_WORD}|{_QUOTED})")
_WEIGHT: Final = re.compile(r"0(?:\.[0-9]{0,3})?|1(?:\.0{0,3})?")


class _Malformed(Exception):
    """This is no `Accept`."""


@dataclass(frozen=True, slots=True)
class _Range:
    """One of the ranges of a header, in small letters."""

    kind: str
    subtype: str
    is_narrower: bool
    """Whether it has parameters that nothing here has."""
    weight: float

    def specificity(self, media_type: str) -> int | None:
        """How closely it names a type without parameters: 0 for `*/*`, 1 for `text/*`, 2 for the type itself."""
        kind, _, subtype = media_type.partition("/")
        if self.is_narrower or self.kind not in {"*", kind} or self.subtype not in {"*", subtype}:
            return None
        return (self.kind != "*") + (self.subtype != "*")


def preferred(accept: str, offered: Sequence[str]) -> str:
    """The media type with the highest weight, and the first of those that have it.

    `offered` are types in small letters without parameters; one that `accept` does not cover weighs nothing. So a
    client that says nothing, nothing readable, or only what there is not, gets the first: more use than a 406 (RFC
    9110, section 12.5.1, leaves the choice).
    """
    try:
        ranges = list(_ranges(accept))
    except _Malformed:
        return offered[0]
    return max(offered, key=lambda media_type: _weight(media_type, ranges))


def _weight(media_type: str, ranges: Sequence[_Range]) -> float:
    """What the most specific range says; of two alike the greater."""
    matching = [
        (specificity, known.weight) for known in ranges if (specificity := known.specificity(media_type)) is not None
    ]
    return max(matching, default=(0, 0.0))[1]


def _ranges(accept: str) -> Iterator[_Range]:
    position = 0
    while position < len(accept):
        found = _RANGE.match(accept, position)
        if found is not None:
            yield _range(found)
        else:
            found = _EMPTY.match(accept, position)
            if found is None:
                raise _Malformed
        position = found.end()


def _range(found: re.Match[str]) -> _Range:
    kind, subtype = found["kind"].lower(), found["subtype"].lower()
    if kind == "*" and subtype != "*":
        raise _Malformed
    weight, is_narrower = 1.0, False
    for parameter in _PARAMETER.finditer(found["parameters"]):
        name, value = parameter["name"].lower(), parameter["value"]
        if name == "q":  # wherever it stands (RFC 9110, section 12.5.1)
            if _WEIGHT.fullmatch(value) is None:
                raise _Malformed
            weight = float(value)
        elif (name, value.strip('"').lower()) != ("charset", "utf-8"):
            is_narrower = True
    return _Range(kind, subtype, is_narrower=is_narrower, weight=weight)
