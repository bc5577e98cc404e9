"""What a rule finds, and the walk over a document that all rules share."""

from collections.abc import Iterator
from dataclasses import dataclass

from scripts.generate.reader import Json, Object
from scripts.generate.refusal import Pointer
from scripts.generate.vocabulary import CARRIED, Carried


@dataclass(frozen=True, slots=True)
class Finding:
    """A place where the contract breaks a rule."""

    pointer: Pointer
    rule: str
    message: str


@dataclass(frozen=True, slots=True)
class Place:
    """An object of a document: its kind in the vocabulary, itself, and where it stands."""

    kind: str
    value: Object
    pointer: Pointer


def places(content: Object) -> list[Place]:
    """List every object of a document whose kind the vocabulary knows, in the order of the document."""
    return list(_places(content, "document", ()))


def _places(value: Json, kind: str, pointer: Pointer) -> Iterator[Place]:
    if not isinstance(value, dict):
        return
    yield Place(kind, value, pointer)
    for name, child in value.items():
        carried = CARRIED[kind].get(name, Carried("documented"))
        place = (*pointer, name)
        if carried.kind and carried.shape == "one":
            yield from _places(child, carried.kind, place)
        elif carried.kind and isinstance(child, dict):
            for key, item in child.items():
                yield from _places(item, carried.kind, (*place, key))
        elif carried.kind and isinstance(child, list):
            for index, item in enumerate(child):
                yield from _places(item, carried.kind, (*place, str(index)))
