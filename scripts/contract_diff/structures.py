"""Compares the members of objects and the items of arrays. Spec: DIFF-4, DIFF-5, DIFF-7."""

from typing import Final

from scripts.contract_diff import facets, shape
from scripts.contract_diff.conditions import Judge, held
from scripts.contract_diff.findings import Change, Said, Spot, Way
from scripts.contract_diff.side import Piece, Side, Sub, TooManyAlternatives
from scripts.generate.reader import Json, Object

_CLOSING: Final = ("additionalProperties", "unevaluatedProperties")


def objects(judge: Judge, old: Piece, new: Piece, spot: Spot) -> None:
    """Compare the members of two objects: the declared ones, those with a pattern, all others, which must be there."""
    before, after = shape.names(old), shape.names(new)
    for name in dict.fromkeys((*before, *after)):
        _member(judge, old, new, spot, name)
    _required(judge, old, new, spot)
    _patterns(judge, old, new, spot)
    _rest(judge, old, new, spot)
    one, other = (_names(piece) for piece in (old, new))
    judge.compare(one, other, _below(judge, spot, " (names)", one, other))
    _dependent(judge, old, new, spot)


def arrays(judge: Judge, old: Piece, new: Piece, spot: Spot) -> None:
    """Compare the items of two arrays: those at a place of their own, the rest, and what some of them must be."""
    count = max(shape.prefix(old), shape.prefix(new))
    most = max(facets.limits(piece, "minItems", "maxItems")[1] for piece in (old, new))
    for index in range(count + 1):
        if index < most:
            one, other = shape.item(old, index), shape.item(new, index)
            step = f"[{index}]" if index < count else "[]"
            judge.compare(one, other, _below(judge, spot, step, one, other))
    _contains(judge, old, new, spot)


def _below(judge: Judge, spot: Spot, step: str, old: Sub, new: Sub) -> Spot:
    return spot.below(step, _first_place(judge.pair.before, old), _first_place(judge.pair.after, new))


def _first_place(side: Side, sub: Sub) -> tuple[str, ...] | None:
    return next((place for node in sub if (place := side.place(node)) is not None), None)


def _is_impossible(side: Side, sub: Sub) -> bool:
    """Say whether nothing is valid against a schema, as against `false`."""
    try:
        return not side.pieces(sub)
    except TooManyAlternatives:
        return False


def _member(judge: Judge, old: Piece, new: Piece, spot: Spot, name: str) -> None:
    """Compare one member that a side declares."""
    one, other = shape.member(old, name), shape.member(new, name)
    lacks_old, lacks_new = _is_impossible(judge.pair.before, one), _is_impossible(judge.pair.after, other)
    is_old, is_new = not lacks_old and name in shape.names(old), not lacks_new and name in shape.names(new)
    below = _below(judge, spot, f".{name}", one, other)
    if is_old and is_new:
        judge.compare(one, other, below)
    elif is_old and not judge.is_strict and (not other or lacks_new):
        judge.tell(f"{judge.way}-member-removed", f"the member `{name}` is gone", below, Said(_nodes(one)))
    elif is_new and not judge.is_strict and (not one or lacks_old):
        is_surprise = judge.way is Way.ANSWER and bool(one)
        rule = "answer-closed-member-added" if is_surprise else f"{judge.way}-member-added"
        judge.tell(rule, f"the member `{name}` is new", below, Said((), _nodes(other)))
    else:
        judge.compare(one, other, below)


def _nodes(sub: Sub) -> list[Object]:
    return [node for node in sub if isinstance(node, dict)]


def _required(judge: Judge, old: Piece, new: Piece, spot: Spot) -> None:
    before = shape.required(old, judge.pair.before, judge.way)
    after = shape.required(new, judge.pair.after, judge.way)
    nodes = (old.nodes, new.nodes)
    for name in sorted(after - before):
        if judge.way is Way.REQUEST or judge.is_strict or name in shape.names(old) or name not in shape.names(new):
            judge.say(
                "required", Change.NARROWED, f"the member `{name}` is required now", spot, Said(*nodes, ("required",))
            )
    for name in sorted(before - after):
        if judge.way is Way.REQUEST or judge.is_strict or name in shape.names(new) or name not in shape.names(old):
            fact = f"the member `{name}` is required no longer"
            judge.say("required", Change.WIDENED, fact, spot, Said(*nodes, ("required",)))


def _patterns(judge: Judge, old: Piece, new: Piece, spot: Spot) -> None:
    """Compare members by the pattern of their name."""
    before, after = shape.patterns(old), shape.patterns(new)
    if set(before) - set(after) and set(after) - set(before):
        nodes, keywords = (old.nodes, new.nodes), ("patternProperties",)
        judge.say("pattern-member", Change.UNCLEAR, "the patterns of names changed", spot, Said(*nodes, keywords))
        return
    for regex in dict.fromkeys((*before, *after)):
        one, other = shape.named_like(old, regex), shape.named_like(new, regex)
        if regex in before and regex in after:
            judge.compare(one, other, _below(judge, spot, f".<{regex}>", one, other))
        else:
            _opened(judge, "pattern-member", (one, other), (old, new), spot.below(f".<{regex}>", None, None))


def _rest(judge: Judge, old: Piece, new: Piece, spot: Spot) -> None:
    _opened(judge, "additional", (shape.rest(old), shape.rest(new)), (old, new), spot)


def _opened(judge: Judge, facet: str, subs: tuple[Sub, Sub], pieces: tuple[Piece, Piece], spot: Spot) -> None:
    """Compare members that are not declared: open, closed, or a map of something."""
    one, other = subs
    is_closed = _is_impossible(judge.pair.before, one), _is_impossible(judge.pair.after, other)
    nodes, keywords = (pieces[0].nodes, pieces[1].nodes), (*_CLOSING, "patternProperties")
    if is_closed == (True, True):
        return
    if True in is_closed or not one or not other:
        if one or other:
            change = Change.NARROWED if is_closed[1] or not one else Change.WIDENED
            openness = _openness(one, is_closed[0]), _openness(other, is_closed[1])
            fact = f"members that are not declared went from {openness[0]} to {openness[1]}"
            judge.say(facet, change, fact, spot, Said(*nodes, keywords))
        return
    judge.compare(one, other, _below(judge, spot, ".*", one, other))


def _openness(sub: Sub, is_closed: bool) -> str:  # noqa: FBT001 - a fact beside the other
    return "refused" if is_closed else "typed" if sub else "free"


def _names(piece: Piece) -> Sub:
    said: list[Json] = piece.said("propertyNames")
    return (shape.NAME, *said)


def _dependent(judge: Judge, old: Piece, new: Piece, spot: Spot) -> None:
    """Compare which member asks for which other; one that is always required is never missing."""
    before, after = shape.dependent(old), shape.dependent(new)
    nodes, keywords = (old.nodes, new.nodes), ("dependentRequired",)
    always = shape.required(old, judge.pair.before, judge.way), shape.required(new, judge.pair.after, judge.way)
    for name, needed in sorted(after - before):
        if needed not in always[0]:
            fact = f"`{name}` asks for `{needed}` now"
            judge.say("dependent", Change.NARROWED, fact, spot, Said(*nodes, keywords))
    for name, needed in sorted(before - after):
        if needed not in always[1]:
            fact = f"`{name}` asks for `{needed}` no longer"
            judge.say("dependent", Change.WIDENED, fact, spot, Said(*nodes, keywords))


def _contains(judge: Judge, old: Piece, new: Piece, spot: Spot) -> None:
    """Compare what some items must be, and how many of them."""
    before, after = ([node for node in piece.nodes if "contains" in node] for piece in (old, new))
    nodes = (before, after)
    keywords = ("contains", "minContains", "maxContains")
    if not before and not after:
        return
    if not before or not after:
        change = Change.NARROWED if after else Change.WIDENED
        judge.say("contains", change, "what some items must be changed", spot, Said(*nodes, keywords))
        return
    if len(before) > 1 or len(after) > 1 or not _is_monotone(judge, before[0], after[0]):
        if not judge.pair.all_same(tuple(before), tuple(after)):
            judge.say("contains", Change.UNCLEAR, "what some items must be changed", spot, Said(*nodes, keywords))
        return
    held(judge, "contains", ([before[0]["contains"]], [after[0]["contains"]]), (old, new), spot)
    for keyword, default, sign in (("minContains", 1.0, 1), ("maxContains", float("inf"), -1)):
        one, other = ((facets.numbers([node.get(keyword)]) or [default])[0] for node in (before[0], after[0]))
        if one != other:
            change = Change.NARROWED if (other - one) * sign > 0 else Change.WIDENED
            judge.say("contains", change, f"{keyword} changed", spot, Said(*nodes, keywords))


def _is_monotone(judge: Judge, one: Object, other: Object) -> bool:
    """Say whether more items that match can only help, or what matches is the same."""
    is_bounded = "maxContains" in one or "maxContains" in other
    return not is_bounded or judge.pair.same(one["contains"], other["contains"])
