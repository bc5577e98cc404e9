"""Facts of one kind of value that are decided without other schemas: bounds, lengths, formats, patterns."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import Final

from scripts.contract_diff.findings import Change
from scripts.contract_diff.side import Piece, inclusion, mark, types
from scripts.generate.reader import Json, Object

_WIDER: Final = {
    "int32": {"int64"},
    "float": {"double"},
    "email": {"idn-email"},
    "hostname": {"idn-hostname"},
    "uri": {"uri-reference", "iri", "iri-reference"},
    "uri-reference": {"iri-reference"},
    "iri": {"iri-reference"},
}
"""Formats of which every value has the other formats too (JSON Schema validation, 7.3; OpenAPI 3.1, 4.4)."""

_KNOWN: Final = frozenset(_WIDER) | {
    "int64", "double", "idn-email", "idn-hostname", "iri-reference", "date-time", "date", "time", "duration", "ipv4",
    "ipv6", "uuid", "uri-template", "json-pointer", "relative-json-pointer", "regex",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Difference:
    """A fact that changed, and the keywords that say it."""

    facet: str
    change: Change
    fact: str
    keywords: tuple[str, ...]


def compare(old: Piece, new: Piece) -> Iterator[Difference]:
    """Compare what two pieces of one kind say about values themselves."""
    if old.kind == "number":
        yield from _bounds(old, new)
        yield from _steps(old, new)
    if old.kind == "string":
        yield from _limits(old, new, "length", "minLength", "maxLength")
        yield from _sets(old, new, "pattern")
        yield from _contents(old, new)
    if old.kind in {"number", "string"}:
        yield from _formats(old, new)
    if old.kind == "array":
        yield from _limits(old, new, "item-count", "minItems", "maxItems")
        yield from _flags(old, new)
    if old.kind == "object":
        yield from _limits(old, new, "member-count", "minProperties", "maxProperties")
    yield from _sets(old, new, "$dynamicRef")


def numbers(values: list[Json]) -> list[float]:
    """Give the numbers among values; the members of schemas are not checked here."""
    return [value for value in values if isinstance(value, (int, float)) and not isinstance(value, bool)]


def is_integer(piece: Piece) -> bool:
    """Say whether some node allows only integers."""
    return any("type" in node and "integer" in types(node) and "number" not in types(node) for node in piece.nodes)


def limits(piece: Piece, least: str, most: str) -> tuple[float, float]:
    """Give the least and the greatest count; infinity where there is none."""
    return max([0, *numbers(piece.said(least))]), min([math.inf, *numbers(piece.said(most))])


def bounds(piece: Piece) -> tuple[tuple[float, bool], tuple[float, bool]]:
    """Give the least and the greatest number, each with whether it is itself excluded."""
    low = max(
        [(-math.inf, False), *((value, False) for value in numbers(piece.said("minimum")))]
        + [(value, True) for value in numbers(piece.said("exclusiveMinimum"))]
    )
    high = min(
        [(math.inf, True), *((value, True) for value in numbers(piece.said("maximum")))]
        + [(value, False) for value in numbers(piece.said("exclusiveMaximum"))]
    )
    high = (high[0], not high[1])
    if not is_integer(piece):
        return low, high
    least = low[0] + 1 if low[1] and _is_whole(low[0]) else low[0] if _is_whole(low[0]) else math.ceil(low[0])
    most = high[0] - 1 if high[1] and _is_whole(high[0]) else high[0] if _is_whole(high[0]) else math.floor(high[0])
    return (least, False), (most, False)


def _is_whole(value: float) -> bool:
    return isinstance(value, int) or math.isinf(value) or value.is_integer()


def _bounds(old: Piece, new: Piece) -> Iterator[Difference]:
    (old_low, old_high), (new_low, new_high) = bounds(old), bounds(new)
    if old_low != new_low:
        change = Change.NARROWED if new_low > old_low else Change.WIDENED
        fact = f"the least value went from {_bound(old_low)} to {_bound(new_low)}"
        yield Difference("bounds", change, fact, ("minimum", "exclusiveMinimum"))
    if old_high != new_high:
        narrowed = (new_high[0], not new_high[1]) < (old_high[0], not old_high[1])
        change = Change.NARROWED if narrowed else Change.WIDENED
        fact = f"the greatest value went from {_bound(old_high)} to {_bound(new_high)}"
        yield Difference("bounds", change, fact, ("maximum", "exclusiveMaximum"))


def _bound(bound: tuple[float, bool]) -> str:
    value, is_excluded = bound
    return f"{_count(value)}{' (excluded)' if is_excluded else ''}"


def _count(value: float) -> str:
    return "none" if math.isinf(value) else mark(value)


def _step(piece: Piece) -> Fraction | None:
    """Give what every value is a multiple of: the least common multiple of all that is said."""
    steps = [Fraction(str(value)) for value in numbers(piece.said("multipleOf")) if value > 0]
    steps += [Fraction(1)] if is_integer(piece) else []
    if not steps:
        return None
    scale = math.lcm(*(step.denominator for step in steps))
    return Fraction(math.lcm(*(int(step * scale) for step in steps)), scale)


def _steps(old: Piece, new: Piece) -> Iterator[Difference]:
    one, other = _step(old), _step(new)
    if one == other:
        return
    if is_integer(old) != is_integer(new) and {one, other} == {None, Fraction(1)}:
        change = Change.NARROWED if is_integer(new) else Change.WIDENED
        yield Difference("type", change, f"the type went from {_named(old)} to {_named(new)}", ("type",))
        return
    fact = f"a multiple of {one or 'anything'} went to one of {other or 'anything'}"
    if other is not None and (one is None or one % other != 0):
        yield Difference("multiple", Change.NARROWED, fact, ("multipleOf", "type"))
    if one is not None and (other is None or other % one != 0):
        yield Difference("multiple", Change.WIDENED, fact, ("multipleOf", "type"))


def _named(piece: Piece) -> str:
    return "integer" if is_integer(piece) else "number"


def _limits(old: Piece, new: Piece, facet: str, least: str, most: str) -> Iterator[Difference]:
    (old_least, old_most), (new_least, new_most) = limits(old, least, most), limits(new, least, most)
    if old_least != new_least:
        change = Change.NARROWED if new_least > old_least else Change.WIDENED
        yield Difference(facet, change, f"{least} went from {mark(old_least)} to {mark(new_least)}", (least,))
    if old_most != new_most:
        change = Change.NARROWED if new_most < old_most else Change.WIDENED
        yield Difference(facet, change, f"{most} went from {_count(old_most)} to {_count(new_most)}", (most,))


def _sets(old: Piece, new: Piece, keyword: str) -> Iterator[Difference]:
    """Compare sets of texts of which nobody can say which allows more."""
    one, other = set(map(str, old.said(keyword))), set(map(str, new.said(keyword)))
    facet = {"$dynamicRef": "dynamic"}.get(keyword, keyword)
    fact = f"{keyword} went from {_listed(one)} to {_listed(other)}"
    if one != other:
        change = Change.WIDENED if other < one else Change.NARROWED if one < other else Change.UNCLEAR
        is_pattern = keyword == "pattern" and change is Change.UNCLEAR
        changes = _decided(one, other) if is_pattern else {change}
        yield from (Difference(facet, change, fact, (keyword,)) for change in sorted(changes))


def _decided(one: set[str], other: set[str]) -> set[Change]:
    """Compare patterns by the texts that they match, where jsonschema-rs can."""
    decided = inclusion(_matching(one), _matching(other))
    if decided is None:
        return {Change.UNCLEAR}
    return {
        change for change, is_within in zip((Change.NARROWED, Change.WIDENED), decided, strict=True) if not is_within
    }


def _matching(patterns: set[str]) -> Object:
    return {"type": "string", "allOf": [{"pattern": pattern} for pattern in sorted(patterns)]}


def _listed(texts: set[str]) -> str:
    return " and ".join(f"`{text}`" for text in sorted(texts)) or "none"


def _formats(old: Piece, new: Piece) -> Iterator[Difference]:
    one, other = set(map(str, old.said("format"))), set(map(str, new.said("format")))
    fact = f"format went from {_listed(one)} to {_listed(other)}"
    narrowed, widened = not _implies(one, other), not _implies(other, one)
    if narrowed and widened and not (one | other) <= _KNOWN:
        yield Difference("format", Change.UNCLEAR, fact, ("format",))
        return
    if narrowed:
        yield Difference("format", Change.NARROWED, fact, ("format",))
    if widened:
        yield Difference("format", Change.WIDENED, fact, ("format",))


def _implies(one: set[str], other: set[str]) -> bool:
    return all(name in one or any(name in _WIDER.get(narrow, ()) for narrow in one) for name in other)


def _contents(old: Piece, new: Piece) -> Iterator[Difference]:
    for keyword in ("contentEncoding", "contentMediaType"):
        for difference in _sets(old, new, keyword):
            yield Difference("content", difference.change, difference.fact, (keyword,))


def _flags(old: Piece, new: Piece) -> Iterator[Difference]:
    one, other = True in old.said("uniqueItems"), True in new.said("uniqueItems")
    if one != other:
        change = Change.NARROWED if other else Change.WIDENED
        fact = "items have to differ now" if other else "items may repeat now"
        yield Difference("unique", change, fact, ("uniqueItems",))
