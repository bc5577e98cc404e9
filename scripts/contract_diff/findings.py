"""What is found: rules, their levels, and the collection of findings. Spec: DIFF-1, DIFF-2."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final, NamedTuple

from scripts.generate.reader import Object
from scripts.generate.refusal import Pointer


class Level(StrEnum):
    """What a change means for the clients of the contract before; in the order of harm."""

    BREAKING = "breaking"
    UNCLEAR = "unclear"
    COMPATIBLE = "compatible"


class Way(StrEnum):
    """Who writes what a schema describes: the client, or the service."""

    REQUEST = "request"
    ANSWER = "answer"


class Change(StrEnum):
    """What became of the set of values that a schema allows."""

    NARROWED = "narrowed"
    WIDENED = "widened"
    UNCLEAR = "unclear"


HARM: Final = {Way.REQUEST: Change.NARROWED, Way.ANSWER: Change.WIDENED}
"""A request may be less than before, or an answer more: that is what breaks clients."""

_FELT: Final = {
    (Way.REQUEST, Change.NARROWED): "requests that were accepted are refused",
    (Way.REQUEST, Change.WIDENED): "more is accepted than before",
    (Way.ANSWER, Change.WIDENED): "clients may get what they never had to expect",
    (Way.ANSWER, Change.NARROWED): "clients get only what they could get before",
}
_UNDECIDED: Final = "it cannot be decided whether clients notice"

FACETS: Final = {
    "type": "NW",
    "null": "NW",
    "enum": "NW",
    "bounds": "NW",
    "multiple": "NW",
    "length": "NW",
    "pattern": "NWU",
    "format": "NWU",
    "content": "NWU",
    "item-count": "NW",
    "unique": "NW",
    "contains": "NWU",
    "required": "NW",
    "additional": "NW",
    "pattern-member": "NWU",
    "member-count": "NW",
    "dependent": "NW",
    "union": "NWU",
    "exclusive": "NWU",
    "discriminator": "NW",
    "tag": "NW",
    "not": "NWU",
    "condition": "NWU",
    "dependent-schema": "NWU",
    "unevaluated": "U",
    "dynamic": "NWU",
}
"""The facts of a schema that are compared as sets of values, and which of narrowed, widened and unclear occur."""

_LETTERS: Final = {"N": Change.NARROWED, "W": Change.WIDENED, "U": Change.UNCLEAR}

_BREAKS: Final = {
    "operation-removed": "calls of it fail",
    "operation-id-changed": "generated clients name their function by it",
    "tag-changed": "generated clients group functions by the first tag",
    "tag-removed": "generated clients may look for it there",
    "path-parameter-renamed": "generated clients name their argument by it, though the wire stays the same",
    "owner-moved": "other users than before may call it",
    "role-removed": "callers in it who were let in for every owner are refused",
    "parameter-removed": "unknown parameters are refused, so requests that send it fail",
    "parameter-added-required": "requests without it are refused",
    "parameter-required": "requests without it are refused",
    "parameter-style-changed": "what clients send is read differently",
    "parameter-form-narrowed": "requests that were accepted are refused",
    "body-added-required": "requests without one are refused",
    "body-removed": "requests that send one are refused",
    "body-required": "requests without one are refused",
    "request-media-type-removed": "requests that send it are refused",
    "answer-media-type-removed": "clients that read it get something else",
    "success-added": "clients that know the successes of before take it for none of them",
    "success-removed": "clients that wait for it never see it",
    "error-unlike-added": "clients that read errors in one form get another one",
    "header-removed": "clients that read it find nothing",
    "header-optional": "clients that rely on it may find nothing",
    "link-removed": "clients that follow it have nowhere to go",
    "link-changed": "clients that follow it arrive elsewhere",
    "callback-removed": "clients that wait for it are never called",
    "webhook-removed": "clients that wait for it are never called",
    "reply-removed": "receivers that reply so are not understood",
    "security-tightened": "callers who were let in are refused",
    "server-removed": "clients that are set to it call nobody",
    "server-changed": "clients that fill in its variables get another address",
    "request-member-removed": "what clients send there is refused, or read by nobody",
    "answer-member-removed": "clients that read it find nothing",
    "answer-closed-member-added": "clients that took the closed object at its word refuse it",
    "request-default-changed": "requests without it do something else, and nothing says so",
    "answer-default-changed": "answers without it mean something else, and nothing says so",
    "request-read-only-set": "clients may no longer write it",
    "answer-write-only-set": "clients no longer read it",
}
_UNCLEAR: Final = {
    "answer-media-type-added": "clients that name no media type may get it",
    "encoding-changed": _UNDECIDED,
    "dialect-changed": _UNDECIDED,
    "request-default-added": "it cannot be decided whether absence meant the same before",
    "answer-default-added": "it cannot be decided whether absence meant the same before",
}
_FITS: Final = {
    "operation-added": "nothing that was there changes",
    "operation-id-added": "generated clients may name their function by it",
    "tag-added": "the first tag is as before",
    "deprecated": "it still works; clients should prepare to leave it",
    "undeprecated": "it stays",
    "parameter-added": "nobody has to send it",
    "parameter-optional": "nobody has to send it any longer",
    "parameter-form-widened": "more is accepted than before",
    "body-added": "nobody has to send it",
    "body-optional": "nobody has to send it any longer",
    "request-media-type-added": "more is accepted than before",
    "answer-body-added": "clients that expect nothing read nothing",
    "error-added": "clients read an unknown error by its class (RFC 9110, 15) and its problem",
    "error-removed": "clients get only what they could get before",
    "problem-added": "clients read an unknown code by its status",
    "header-added": "clients ignore headers that they do not know",
    "header-required": "clients can rely on it",
    "link-added": "there is more to follow",
    "callback-added": "only those who ask for it are called",
    "webhook-added": "only those who ask for it are called",
    "reply-added": "receivers may reply so",
    "security-relaxed": "callers need less than before",
    "role-added": "more callers are let in, and no others than before refused",
    "server-added": "there is one more address",
    "request-member-added": "nobody has to send it",
    "answer-member-added": "clients ignore fields that they do not know",
    "request-read-only-removed": "clients may write it",
    "answer-write-only-removed": "clients may read it",
}

RULES: Final[dict[str, tuple[Level, str]]] = {
    **{
        f"{way}-{facet}-{_LETTERS[letter]}": (
            Level.UNCLEAR if letter == "U" else Level.BREAKING if _LETTERS[letter] is HARM[way] else Level.COMPATIBLE,
            _UNDECIDED if letter == "U" else _FELT[way, _LETTERS[letter]],
        )
        for facet, letters in FACETS.items()
        for way in Way
        for letter in letters
    },
    **{rule: (Level.BREAKING, felt) for rule, felt in _BREAKS.items()},
    **{rule: (Level.UNCLEAR, felt) for rule, felt in _UNCLEAR.items()},
    **{rule: (Level.COMPATIBLE, felt) for rule, felt in _FITS.items()},
}
"""Every rule: its level, and what clients experience."""


class Said(NamedTuple):
    """The nodes that say what is compared, before and after, and the keywords by which they say it."""

    before: Iterable[Object] = ()
    after: Iterable[Object] = ()
    keywords: Iterable[str] = ()


UNSAID: Final = Said()
"""What is said by nothing in particular: the spot is the place."""


@dataclass(frozen=True, slots=True)
class Spot:
    """Where something is compared: what readers call it, the way from the body to it, and its place in both files."""

    text: str
    before: Pointer
    after: Pointer
    steps: tuple[str, ...] = ()

    def below(self, step: str, before: Pointer | None, after: Pointer | None) -> "Spot":
        """Give the spot one step further; a side that says nothing there keeps its place."""
        return Spot(self.text + step, before or self.before, after or self.after, (*self.steps, step))

    def named(self, text: str, *members: str) -> "Spot":
        """Give the spot of a part that has the same pointer members on both sides."""
        return Spot(f"{self.text} {text}".strip(), (*self.before, *members), (*self.after, *members))


@dataclass(frozen=True, slots=True)
class Finding:
    """One change, written once however many operations feel it."""

    rule: str
    fact: str
    is_after: bool
    """Whether the pointer is one of the file after; what was taken away stands in the file before."""
    pointer: Pointer
    places: list[str] = field(compare=False)

    @property
    def level(self) -> Level:
        """What the change means for clients."""
        return RULES[self.rule][0]

    @property
    def message(self) -> str:
        """Say what changed and what clients experience."""
        return f"{self.fact}: {RULES[self.rule][1]}"


class Findings:
    """Collects findings; the same change found at another place is one finding with two places."""

    def __init__(self) -> None:
        self._found: dict[tuple[str, str, bool, Pointer], Finding] = {}

    def add(self, rule: str, fact: str, where: str, pointer: Pointer, *, is_after: bool = True) -> None:
        """Remember a change; the rule has to be one of `RULES`."""
        finding = Finding(rule, fact, is_after, pointer, [])
        places = self._found.setdefault((rule, fact, is_after, pointer), finding).places
        if where not in places:
            places.append(where)

    def __iter__(self) -> Iterator[Finding]:
        order = list(Level)
        return iter(sorted(self._found.values(), key=lambda finding: order.index(finding.level)))

    @property
    def worst(self) -> Level:
        """The level of the most harmful finding; compatible where there is none."""
        return next((finding.level for finding in self), Level.COMPATIBLE)
