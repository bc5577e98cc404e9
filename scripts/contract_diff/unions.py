"""Pairs the alternatives of two unions: which of the branches before is which of those after. Spec: DIFF-6."""

from collections.abc import Callable, Iterator
from itertools import combinations, product
from typing import Final

from scripts.contract_diff import facets, shape
from scripts.contract_diff.pair import Pair
from scripts.contract_diff.side import Piece, Side, Sub, TooManyAlternatives, mark
from scripts.generate.reader import Json
from scripts.generate.rewriting import items

_DEPTH: Final = 3
"""How far the search for what keeps two objects apart goes."""

_APART: Final = frozenset({"date", "date-time", "time", "uuid", "ipv4", "ipv6"})
"""Formats of texts that have none in common."""


def values(piece: Piece) -> dict[str, Json] | None:
    """Give the values that a piece lists, by how they are written; None where it lists none."""
    lists = [part if isinstance(part, list) else [] for part in piece.said("enum")]
    lists += [[value] for value in piece.said("const")]
    if not lists:
        return None
    written = [{mark(value): value for value in part} for part in lists]
    return {name: value for name, value in written[0].items() if all(name in part for part in written)}


def match(pair: Pair, old: list[Piece], new: list[Piece]) -> tuple[list[tuple[Piece, Piece]], list[Piece], list[Piece]]:
    """Pair branches by tag, name, likeness, constants; give the pairs, and what has no partner before and after."""
    found: list[tuple[Piece, Piece]] = []
    old, new = list(old), list(new)
    tests: tuple[Callable[[Piece, Piece], bool], ...] = (
        lambda one, other: bool(one.tags & other.tags),
        lambda one, other: bool(one.label) and one.label == other.label,
        lambda one, other: pair.all_same(one.branch, other.branch),
        lambda one, other: bool(_constants(one) & _constants(other)),
    )
    for test in tests:
        for one in tuple(old):
            partner = next((other for other in new if test(one, other)), None)
            if partner is not None:
                found.append((one, partner))
                old.remove(one)
                new.remove(partner)
    return found, old, new


def _constants(piece: Piece) -> set[tuple[str, str]]:
    """Give the members of an object that have one value only: what clients tell branches apart by."""
    return {
        (name, mark(node["const"]))
        for name in (shape.names(piece) if piece.kind == "object" else ())
        for node in shape.member(piece, name)
        if isinstance(node, dict) and "const" in node
    }


def overlapping(side: Side, piece: Piece) -> Iterator[Json]:
    """Give the lists of branches of which exactly one may hold, and of which several could."""
    for node in piece.nodes:
        branches = items(node.get("oneOf"))
        if "discriminator" not in node and any(
            _may_meet(side, (a,), (b,), _DEPTH) for a, b in combinations(branches, 2)
        ):
            yield node["oneOf"]


def _may_meet(side: Side, one: Sub, other: Sub, depth: int) -> bool:
    """Say whether two schemas may have an instance in common; True where that is not clear."""
    try:
        pairs = product(side.pieces(one), side.pieces(other))
    except TooManyAlternatives:
        return True
    return any(a.kind == b.kind and not _apart(side, a, b, depth) for a, b in pairs)


def _apart(side: Side, one: Piece, other: Piece, depth: int) -> bool:
    listed, others = values(one), values(other)
    if listed is not None and others is not None:
        return not listed.keys() & others.keys()
    if one.kind == "number":
        (low, high), (other_low, other_high) = facets.bounds(one), facets.bounds(other)
        return low[0] > other_high[0] or other_low[0] > high[0]
    if one.kind == "string":
        formats = {str(name) for name in (*one.said("format"), *other.said("format"))}
        return len(formats & _APART) > 1
    return one.kind == "object" and depth > 0 and _held_apart(side, one, other, depth)


def _held_apart(side: Side, one: Piece, other: Piece, depth: int) -> bool:
    """Say whether a member that both must have keeps two objects apart, or one that only one of them may have."""
    needed, others = ({str(name) for part in piece.said("required") for name in items(part)} for piece in (one, other))
    return any(
        not _may_meet(side, shape.member(one, name), shape.member(other, name), depth - 1) for name in needed | others
    )
