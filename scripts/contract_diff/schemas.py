"""Compares what two schemas allow, and says of each difference what a client experiences. Spec: DIFF-4 to DIFF-9.

Both are read as alternatives by kind of value. Of two alternatives all facts hold together, so comparing them fact by
fact is sound: if each fact allows all that it allowed, so do all of them. What was compared once is not compared again
within one comparison, and that is sound too: an assumption that fails is itself a finding.
"""

from collections.abc import Iterable
from typing import Final

from scripts.contract_diff import facets, unions
from scripts.contract_diff.conditions import conditions
from scripts.contract_diff.findings import HARM, UNSAID, Change, Findings, Level, Said, Spot, Way
from scripts.contract_diff.pair import Pair
from scripts.contract_diff.side import KINDS, Piece, Side, Sub, TooManyAlternatives, kind_of, mark, telling
from scripts.contract_diff.structures import arrays, objects
from scripts.generate.reader import Json, Object
from scripts.generate.refusal import Pointer

_TRIES: Final = 3
"""How deep the question whether one branch lies within another may ask the same question: beyond, it is unclear."""

_PROBLEM_MEMBERS: Final = frozenset({(), (".code",), (".type",), (".title",), (".status",)})
"""Where a problem says which one it is: itself among several, or by one of these members (RFC 9457, 3.1)."""

_PLAIN: Final = frozenset({"type", "enum", "const", "$ref", "default", "readOnly", "writeOnly", "deprecated"})
"""Keywords beside which every value of an enum is valid, if it has the type."""

_LISTING: Final = ("enum", "const", "not", "oneOf", "anyOf")
"""Where it may stand which values are left."""

_NOWHERE: Final = Spot("", (), ())
_ALL: Final[dict[str, list[Json]]] = {"null": [None], "boolean": [False, True]}
_Seen = set[tuple[tuple[int, ...], tuple[int, ...]]]


class Comparison:
    """One comparison of schemas that one side writes: `way` says which.

    `is_strict` counts values only: without the promise that clients send no member that is not declared.
    """

    def __init__(
        self,
        pair: Pair,
        way: Way,
        found: Findings,
        *,
        is_problem: bool = False,
        is_strict: bool = False,
        tries: int = 0,
    ) -> None:
        self.pair = pair
        self.way = way
        self.is_strict = is_strict
        self._found = found
        self._is_problem = is_problem
        self._tries = tries
        self._seen: _Seen = set()

    def compare(self, old: Sub, new: Sub, spot: Spot) -> None:
        """Compare two schemas, as conjunctions of nodes of the documents."""
        key = (tuple(map(id, old)), tuple(map(id, new)))
        if key in self._seen or self.pair.is_unchanged(old, new):
            return
        self._seen.add(key)
        self._annotations(old, new, spot)
        try:
            before, after = self.pair.before.pieces(old), self.pair.after.pieces(new)
        except TooManyAlternatives:
            if not self.pair.all_same(old, new) and self.pair.decided(old, new) != (True, True):
                self.say("union", Change.UNCLEAR, "the union changed, and has too many combinations", spot)
            return
        self._kinds(before, after, spot)
        for kind in KINDS:
            one, other = ([piece for piece in pieces if piece.kind == kind] for pieces in (before, after))
            if one and other:
                self._kind((old, one), (new, other), spot)

    def say(self, facet: str, change: Change, fact: str, spot: Spot, said: Said = UNSAID) -> None:
        """Report a difference in what a schema allows."""
        self.tell(f"{self.way}-{facet}-{change}", fact, spot, said)

    def tell(self, rule: str, fact: str, spot: Spot, said: Said = UNSAID) -> None:
        """Report a difference by its rule, at the keyword that says it; in the file after if it is still said there."""
        after = _written(self.pair.after, said.after, said.keywords)
        before = _written(self.pair.before, said.before, said.keywords)
        is_after = after is not None or before is None
        self._found.add(rule, fact, spot.text, after or before or spot.after, is_after=is_after)

    def within(self, old: Sub, new: Sub, way: Way, *, is_strict: bool) -> Level:
        """Say whether a schema still serves who writes it that way; nothing is reported."""
        trial = self._trial(way, is_strict=is_strict)
        if trial is None:
            return Level.UNCLEAR
        trial.compare(old, new, _NOWHERE)
        return trial._found.worst  # noqa: SLF001 - of the same class

    def _trial(self, way: Way, *, is_strict: bool) -> "Comparison | None":
        if self._tries == _TRIES:
            return None
        trial = Comparison(self.pair, way, Findings(), is_strict=is_strict, tries=self._tries + 1)
        trial._seen = set(self._seen)
        return trial

    def _annotations(self, old: Sub, new: Sub, spot: Spot) -> None:
        for keyword in ("default", "deprecated", "readOnly", "writeOnly"):
            one, other = self.pair.before.annotation(old, keyword), self.pair.after.annotation(new, keyword)
            nodes = ([one[0]] if one else [], [other[0]] if other else [])
            if keyword == "default" and (one is None) != (other is None):
                rule, fact = ("added", "a default is new") if other else ("changed", "the default is gone")
                self.tell(f"{self.way}-default-{rule}", fact, spot, Said(*nodes, (keyword,)))
            elif keyword == "default" and one and other and mark(one[1]) != mark(other[1]):
                fact = f"the default went from {mark(one[1])} to {mark(other[1])}"
                self.tell(f"{self.way}-default-changed", fact, spot, Said(*nodes, (keyword,)))
            elif keyword != "default" and _is_set(one) != _is_set(other):
                self._flag(keyword, is_set=_is_set(other), spot=spot, nodes=nodes)

    def _flag(self, keyword: str, *, is_set: bool, spot: Spot, nodes: tuple[list[Object], list[Object]]) -> None:
        named = {
            "deprecated": ("deprecated", "undeprecated"),
            "readOnly": ("request-read-only-set", "request-read-only-removed"),
            "writeOnly": ("answer-write-only-set", "answer-write-only-removed"),
        }
        rule = named[keyword][0 if is_set else 1]
        if keyword == "deprecated" or rule.startswith(self.way):
            fact = f"it is {'' if is_set else 'not '}{keyword}{' now' if is_set else ' any longer'}"
            self.tell(rule, fact, spot, Said(*nodes, (keyword,)))

    def _kinds(self, old: list[Piece], new: list[Piece], spot: Spot) -> None:
        """Compare which kinds of values are allowed at all; null is a rule of its own."""
        said = Said(_nodes(old), _nodes(new), ("type", "const", "enum", "oneOf", "anyOf"))
        before, after = {piece.kind for piece in old}, {piece.kind for piece in new}
        fact = f"the type went from {_either(before)} to {_either(after)}"
        told = set[Change]()
        for facet, kinds in (("type", set(KINDS) - {"null"}), ("null", {"null"})):
            changes = {Change.NARROWED: (before - after) & kinds, Change.WIDENED: (after - before) & kinds}
            harm = HARM[self.way]
            change = harm if changes[harm] else next((change for change, kinds in changes.items() if kinds), None)
            if change is not None and change not in told:
                self.say(facet, change, fact, spot, said)
                told.add(change)

    def _kind(self, old: tuple[Sub, list[Piece]], new: tuple[Sub, list[Piece]], spot: Spot) -> None:
        """Compare the values of one kind: those that are listed one by one, the others by what is said of them."""
        one, other = _listed(self.pair.before, *old), _listed(self.pair.after, *new)
        lost = [value for name, value in one.items() if name not in other and not self.pair.after.allows(new[0], value)]
        gained = [
            value for name, value in other.items() if name not in one and not self.pair.before.allows(old[0], value)
        ]
        before, after = ([piece for piece in pieces if _is_open(piece)] for _, pieces in (old, new))
        said = Said(_nodes(old[1]), _nodes(new[1]), _LISTING)
        if before and not after:
            self.say("enum", Change.NARROWED, f"only {_some(other.values())} is left", spot, said)
        elif lost:
            self.say("enum", Change.NARROWED, f"{_some(lost)} is gone", spot, said)
        if after and not before:
            self.say("enum", Change.WIDENED, f"it is no longer one of {_some(one.values())}", spot, said)
        elif gained:
            is_replaced = bool(lost or before)
            self._gained("enum", f"{_some(gained)} is new", spot, said, is_replaced=is_replaced)
        if before and after:
            self._alternatives(before, after, spot)

    def _gained(
        self,
        facet: str,
        fact: str,
        spot: Spot,
        said: Said,
        *,
        is_replaced: bool,
    ) -> None:
        """Report what is new; a problem beside those of before is no news to a client that reads the status."""
        if self._is_problem and not is_replaced and spot.steps in _PROBLEM_MEMBERS:
            self.tell("problem-added", fact, spot, said)
        else:
            self.say(facet, Change.WIDENED, fact, spot, said)

    def _alternatives(self, old: list[Piece], new: list[Piece], spot: Spot) -> None:
        """Compare the alternatives of one kind: branch by branch where there are several."""
        if len(old) == len(new) == 1:
            self._piece(old[0], new[0], spot)
            return
        pairs, lost, gained = unions.match(self.pair, old, new)
        for one, other in pairs:
            self._piece(one, other, spot.below(f"({other.label or one.label or 'branch'})", None, None))
        lost_levels = [self._kept(one, new, Way.REQUEST) for one in lost]
        gained_levels = [self._kept(one, old, Way.ANSWER) for one in gained]
        if len(lost) == len(gained) == 1 and self._are_partners(lost[0], gained[0], (lost_levels[0], gained_levels[0])):
            self._piece(lost[0], gained[0], spot.below("(branch)", None, None))
            return
        for one, level in zip(lost, lost_levels, strict=True):
            self._branch(one, level, spot, is_lost=True)
        for one, level in zip(gained, gained_levels, strict=True):
            self._branch(one, level, spot, is_lost=False, is_replaced=bool(lost))

    def _are_partners(self, lost: Piece, gained: Piece, levels: tuple[Level, Level]) -> bool:
        """Say whether what is left over on both sides is one branch that changed, as others do not make up for it."""
        if levels[0 if self.way is Way.REQUEST else 1] is not Level.COMPATIBLE:
            return True
        one, other = (lost, gained) if self.way is Way.REQUEST else (gained, lost)
        return self._kept(one, [other], self.way) is Level.COMPATIBLE

    def _kept(self, piece: Piece, others: list[Piece], way: Way) -> Level:
        """Say how well a branch without a partner lies within one of the other side's."""
        levels = []
        for other in others:
            trial = self._trial(way, is_strict=True)
            if trial is None:
                return Level.UNCLEAR
            both = (piece, other) if way is Way.REQUEST else (other, piece)
            trial._piece(*both, _NOWHERE)  # noqa: SLF001 - of the same class
            levels.append(trial._found.worst)  # noqa: SLF001 - of the same class
        return max(levels, key=list(Level).index)

    def _branch(self, piece: Piece, level: Level, spot: Spot, *, is_lost: bool, is_replaced: bool = False) -> None:
        if level is Level.COMPATIBLE:
            return  # another branch allows all of it
        change = Change.NARROWED if is_lost else Change.WIDENED
        said = Said(piece.branch) if is_lost else Said((), piece.branch)
        fact = f"the branch {piece.label or piece.kind} is {'gone' if is_lost else 'new'}"
        if level is Level.UNCLEAR and HARM[self.way] is change:
            self.say("union", Change.UNCLEAR, fact, spot, said)
        elif is_lost:
            self.say("union", change, fact, spot, said)
        else:
            self._gained("union", fact, spot, said, is_replaced=is_replaced)

    def _piece(self, old: Piece, new: Piece, spot: Spot) -> None:
        """Compare two alternatives of one kind, fact by fact."""
        nodes = (old.nodes, new.nodes)
        for difference in facets.compare(old, new):
            self.say(difference.facet, difference.change, difference.fact, spot, Said(*nodes, difference.keywords))
        conditions(self, old, new, spot)
        if old.kind == "array":
            arrays(self, old, new, spot)
        if old.kind == "object":
            objects(self, old, new, spot)


def _written(side: Side, nodes: Iterable[Object], keywords: Iterable[str]) -> Pointer | None:
    """Give the place of the first node that says one of the keywords, else of the first node that has a place."""
    placed = [(node, place) for node in nodes if (place := side.place(node)) is not None]
    keyed = ((*place, keyword) for node, place in placed for keyword in keywords if keyword in node)
    return next(keyed, None) or (placed[0][1] if placed and not any(True for _ in keywords) else None)


def _is_set(annotation: tuple[Object, Json] | None) -> bool:
    return annotation is not None and annotation[1] is True


def _nodes(pieces: list[Piece]) -> list[Object]:
    return [node for piece in pieces for node in piece.nodes]


def _either(kinds: set[str]) -> str:
    return " or ".join(kind for kind in KINDS if kind in kinds) or "nothing"


def _some(values: Iterable[Json]) -> str:
    return ", ".join(map(mark, values)) or "nothing"


def _is_open(piece: Piece) -> bool:
    """Say whether a piece does not list its values."""
    return piece.kind not in _ALL and unions.values(piece) is None


def _listed(side: Side, sub: Sub, pieces: list[Piece]) -> dict[str, Json]:
    """Give the values of one kind that alternatives list and that the whole schema allows, by how they are written."""
    found: dict[str, Json] = {}
    is_plain = True
    for piece in pieces:
        values = unions.values(piece)
        if values is None:
            values = {mark(value): value for value in _ALL.get(piece.kind, [])}
        found |= {name: value for name, value in values.items() if kind_of(value) == piece.kind}
        is_plain = is_plain and all(telling(node).keys() <= _PLAIN for node in piece.nodes)
    return {name: value for name, value in found.items() if is_plain or side.allows(sub, value, unless_known=True)}
