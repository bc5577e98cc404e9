"""Compares what no fact of its own decides: negations, conditions, discriminators, exclusive unions. Spec: DIFF-9."""

from collections.abc import Callable, Iterable
from typing import Final, Protocol

from scripts.contract_diff import shape, unions
from scripts.contract_diff.findings import HARM, UNSAID, Change, Level, Said, Spot, Way
from scripts.contract_diff.pair import Pair
from scripts.contract_diff.side import Piece, Sub
from scripts.generate.reader import Json, Object
from scripts.generate.rewriting import items, members

_STRUCTURED: Final = frozenset({"array", "object"})


class Judge(Protocol):
    """What a comparison of schemas is to its parts."""

    pair: Pair
    way: Way
    is_strict: bool

    def compare(self, old: Sub, new: Sub, spot: Spot) -> None:
        """Compare two schemas that are part of those that are compared."""

    def say(self, facet: str, change: Change, fact: str, spot: Spot, said: Said = UNSAID) -> None:
        """Report a difference in what a schema allows."""

    def tell(self, rule: str, fact: str, spot: Spot, said: Said = UNSAID) -> None:
        """Report a difference by its rule."""

    def within(self, old: Sub, new: Sub, way: Way, *, is_strict: bool) -> Level:
        """Say whether a schema still serves who writes it that way."""


def conditions(judge: Judge, old: Piece, new: Piece, spot: Spot) -> None:
    """Compare the keywords that hold other schemas against the whole value."""
    held(judge, "not", (old.said("not"), new.said("not")), (old, new), spot, is_negated=True)
    _choices(judge, old, new, spot)
    _discriminators(judge, old, new, spot)
    _exclusive(judge, old, new, spot)
    if old.kind == "string":
        held(judge, "contentSchema", (old.said("contentSchema"), new.said("contentSchema")), (old, new), spot)
    if old.kind == "object":
        _dependent_schemas(judge, old, new, spot)
    if old.kind in _STRUCTURED:
        _unevaluated(judge, old, new, spot)


_FACETS: Final = {
    "contentSchema": "content",
    "then": "condition",
    "else": "condition",
    "dependentSchemas": "dependent-schema",
}
"""The facets of keywords that have none of their own name."""


def held(
    judge: Judge,
    keyword: str,
    schemas: tuple[list[Json], list[Json]],
    pieces: tuple[Piece, Piece],
    spot: Spot,
    *,
    is_negated: bool = False,
) -> None:
    """Compare schemas that one keyword holds against the value, or that none may hold: what both sides say is equal."""
    facet = _FACETS.get(keyword, keyword)
    nodes, keywords = (pieces[0].nodes, pieces[1].nodes), (keyword,)
    old = tuple(one for one in schemas[0] if not any(judge.pair.same(one, other) for other in schemas[1]))
    new = tuple(other for other in schemas[1] if not any(judge.pair.same(one, other) for one in schemas[0]))
    if not old and not new:
        return
    if not old or not new:
        change, fact = (Change.NARROWED, "new") if new else (Change.WIDENED, "gone")
        judge.say(facet, change, f"`{keyword}` is {fact}", spot, Said(*nodes, keywords))
        return
    kept, known = (judge.within(old, new, way, is_strict=True) for way in (Way.REQUEST, Way.ANSWER))
    is_disjunction = is_negated and (len(old) > 1 or len(new) > 1)  # none of several: what is left is no conjunction
    if is_disjunction or Level.UNCLEAR in {kept, known}:
        decided = None if is_disjunction else judge.pair.decided(old, new)
        if decided is None:
            judge.say(facet, Change.UNCLEAR, f"what `{keyword}` says changed", spot, Said(*nodes, keywords))
            return
        kept, known = (Level.COMPATIBLE if is_within else Level.BREAKING for is_within in decided)
    narrowed, widened = (known, kept) if is_negated else (kept, known)
    if Level.BREAKING in {kept, known}:
        is_harm = narrowed is widened  # it lost some values and gained others
        change = HARM[judge.way] if is_harm else Change.NARROWED if narrowed is Level.BREAKING else Change.WIDENED
        judge.say(facet, change, f"what `{keyword}` says changed", spot, Said(*nodes, keywords))


def _choices(judge: Judge, old: Piece, new: Piece, spot: Spot) -> None:
    """Compare conditions: with the same `if`, what `then` and `else` say; otherwise nobody knows."""
    before, after = ([node for node in piece.nodes if "if" in node] for piece in (old, new))
    before, after = (
        [one for one in before if not any(_same_choice(judge, one, other) for other in after)],
        [other for other in after if not any(_same_choice(judge, one, other) for one in before)],
    )
    if len(before) == len(after) == 1 and judge.pair.same(before[0]["if"], after[0]["if"]):
        for keyword in ("then", "else"):
            schemas = tuple([node[keyword]] if keyword in node else [] for node in (before[0], after[0]))
            held(judge, keyword, (schemas[0], schemas[1]), (old, new), spot)
    elif before or after:
        change = Change.UNCLEAR if before and after else Change.NARROWED if after else Change.WIDENED
        judge.say("condition", change, "a condition (`if`) changed", spot, Said(before, after, ("if",)))


def _same_choice(judge: Judge, one: Object, other: Object) -> bool:
    parts = ("if", "then", "else")
    return judge.pair.same(
        {name: one[name] for name in parts if name in one}, {name: other[name] for name in parts if name in other}
    )


def _discriminators(judge: Judge, old: Piece, new: Piece, spot: Spot) -> None:
    """Compare the member that chooses a branch, and the values that choose this one."""
    before, after = (
        {
            str(members(node, "discriminator").get("propertyName")): node
            for node in piece.nodes
            if "discriminator" in node
        }
        for piece in (old, new)
    )
    nodes = (list(before.values()), list(after.values()))
    if before.keys() != after.keys():
        change = Change.WIDENED if not after else Change.NARROWED if not before else HARM[judge.way]
        fact = f"the member that chooses a branch went from {_names(before)} to {_names(after)}"
        judge.say("discriminator", change, fact, spot, Said(*nodes, ("discriminator",)))
    elif before:
        for change, tags, word in (
            (Change.NARROWED, old.tags - new.tags, "no longer"),
            (Change.WIDENED, new.tags - old.tags, "now"),
        ):
            if tags:
                fact = f"{_names(tags)} {word} chooses {new.label or old.label or 'it'}"
                judge.say("tag", change, fact, spot, Said(*nodes, ("discriminator",)))


def _names(names: Iterable[str]) -> str:
    return ", ".join(f"`{name}`" for name in sorted(names)) or "none"


def _exclusive(judge: Judge, old: Piece, new: Piece, spot: Spot) -> None:
    """Compare unions of which exactly one branch may hold where several could: more branches may mean fewer values."""
    before = list(unions.overlapping(judge.pair.before, old))
    after = list(unions.overlapping(judge.pair.after, new))
    if len(before) == len(after) and all(map(_alike(judge), before, after)):
        return
    unions_of = (tuple[Json, ...]({"oneOf": branches} for branches in listed) for listed in (before, after))
    if before and after and judge.pair.decided(*unions_of) == (True, True):
        return
    change = Change.UNCLEAR if before and after else Change.NARROWED if after else Change.WIDENED
    fact = "of the branches that overlap, exactly one may hold"
    judge.say("exclusive", change, fact, spot, Said(old.nodes, new.nodes, ("oneOf",)))


def _alike(judge: Judge) -> Callable[[Json, Json], bool]:
    return lambda one, other: judge.pair.all_same(tuple(items(one)), tuple(items(other)))


def _dependent_schemas(judge: Judge, old: Piece, new: Piece, spot: Spot) -> None:
    before, after = (
        [(name, schema) for part in piece.said("dependentSchemas") for name, schema in members(part).items()]
        for piece in (old, new)
    )
    for name in dict.fromkeys(name for name, _ in (*before, *after)):
        schemas = tuple([schema for key, schema in listed if key == name] for listed in (before, after))
        held(judge, "dependentSchemas", (schemas[0], schemas[1]), (old, new), spot)


def _unevaluated(judge: Judge, old: Piece, new: Piece, spot: Spot) -> None:
    """Say unclear where what is evaluated depends on the instance, and the two are not alike."""
    if (shape.obscure(old) or shape.obscure(new)) and not judge.pair.all_same(old.nodes, new.nodes):
        fact = "what counts as evaluated depends on the value"
        keywords = ("unevaluatedProperties", "unevaluatedItems")
        judge.say("unevaluated", Change.UNCLEAR, fact, spot, Said(old.nodes, new.nodes, keywords))
