"""A contract as the rules see it: every object with its kind and place, references followed, operations whole."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Final, Literal
from urllib.parse import unquote

from scripts.generate.reader import Json, Object
from scripts.generate.refusal import Pointer
from scripts.lint_contract.kinds import CONDITIONS, KINDS, METHODS, REFERABLE, Member

Role = Literal["whole", "part", "condition"]
"""What a schema is there for: a type of its own, a part of an allOf, or a condition (below `not`, `if`, ...)."""


def members(value: Json, name: str | None = None) -> Object:
    """Give the members of an object, or of the object below `name` in it; none where there is no object."""
    if name is not None:
        value = members(value).get(name)
    return value if isinstance(value, dict) else {}


def items(value: Json) -> list[Json]:
    """Give the items of an array; none where there is no array."""
    return value if isinstance(value, list) else []


def words(value: Json) -> list[str]:
    """Give the texts in an array."""
    return [item for item in items(value) if isinstance(item, str)]


@dataclass(frozen=True, slots=True)
class Place:
    """An object of a contract: its kind, itself, and where it stands."""

    kind: str
    value: Object
    pointer: Pointer
    role: Role = "whole"

    def child(self, *names: str) -> Pointer:
        """Point at something in it."""
        return (*self.pointer, *names)


@dataclass(frozen=True)
class Operation:
    """An operation with what its path says for it; `path` is empty where nobody can send it a request of ours."""

    place: Place
    method: str
    path: str
    parameters: tuple[Place, ...]
    """Its own and its path's, resolved."""

    @property
    def responses(self) -> Object:
        """Its answers by their statuses."""
        return {
            status: answer
            for status, answer in members(self.place.value, "responses").items()
            if not status.startswith("x-")
        }

    def named(self, location: str) -> list[str]:
        """Give the names of its parameters in a location."""
        return [str(each.value.get("name")) for each in self.parameters if each.value.get("in") == location]


_EMPTY: Final = Place("nothing", {}, ())


class Contract:
    """One document, walked once."""

    def __init__(self, content: Object) -> None:
        """Walk a document; what is not where OpenAPI has it is passed over."""
        self.content = content
        self.misplaced: list[tuple[Pointer, str]] = []
        """Places where an object, a list or a map is expected and something else is."""
        self._places: dict[str, list[Place]] = defaultdict(list)
        self._walk(content, "document", (), "whole")

    def of(self, kind: str) -> list[Place]:
        """Give all objects of a kind, in the order of the document."""
        return self._places.get(kind, [])

    def all(self) -> Iterator[Place]:
        """Give all objects, kind by kind."""
        for places in self._places.values():
            yield from places

    @cached_property
    def operations(self) -> list[Operation]:
        """All operations, those of webhooks and callbacks too."""
        return [operation for path in self.of("path") for operation in self._operations_of(path)]

    @cached_property
    def served(self) -> list[Operation]:
        """The operations that have a path of this service."""
        return [operation for operation in self.operations if operation.path]

    def find(self, reference: str) -> Place | None:
        """Find what a reference within the document leads to; None where it leads nowhere."""
        if not reference.startswith("#"):
            return None
        found: Json = self.content
        parts = tuple(_unescaped(part) for part in reference[1:].split("/")[1:])
        for part in parts:
            if isinstance(found, dict) and part in found:
                found = found[part]
            elif isinstance(found, list) and part.isdigit() and int(part) < len(found):
                found = found[int(part)]
            else:
                return None
        return Place("", found if isinstance(found, dict) else {}, parts)

    def goes_round(self, place: Place) -> bool:
        """Say whether a reference leads back to itself."""
        seen: set[str] = set()
        while isinstance(reference := place.value.get("$ref"), str) and (found := self.find(reference)):
            if reference in seen:
                return True
            seen.add(reference)
            place = found
        return False

    def resolve(self, place: Place) -> Place:
        """Follow references to what is no reference; an empty place where they lead nowhere or in a circle."""
        seen: set[str] = set()
        while isinstance(reference := place.value.get("$ref"), str):
            found = None if reference in seen else self.find(reference)
            if found is None:
                return _EMPTY
            seen.add(reference)
            place = Place(place.kind, found.value, found.pointer, place.role)
        return place

    def resolved(self, value: Json, pointer: Pointer = (), kind: str = "") -> Place:
        """Resolve a value that stands at a pointer."""
        return self.resolve(Place(kind, members(value), pointer))

    def family(self, place: Place) -> list[Place]:
        """Give a schema, what it refers to and all parts of its allOf, deeply, each once."""
        found: dict[int, Place] = {}
        waiting = [place]
        while waiting:
            part = waiting.pop(0)
            if id(part.value) in found:
                continue
            found[id(part.value)] = part
            if isinstance(reference := part.value.get("$ref"), str) and (target := self.find(reference)):
                waiting.append(Place("schema", target.value, target.pointer))
            waiting += [
                Place("schema", members(item), part.child("allOf", str(index)), "part")
                for index, item in enumerate(items(part.value.get("allOf")))
            ]
        return list(found.values())

    def _walk(self, value: Json, kind: str, pointer: Pointer, role: Role) -> None:
        if kind == "schema" and isinstance(value, bool):
            return
        if not isinstance(value, dict):
            self.misplaced.append((pointer, f"a {kind} is an object"))
            return
        place = Place(kind, value, pointer, role)
        self._places[kind].append(place)
        if "$ref" in value and kind in REFERABLE - {"schema", "path"}:
            return
        for name, child in value.items():
            member = Member("path") if kind == "callback" else KINDS[kind].get(name)
            if member is not None and member.kind and not name.startswith("x-"):
                self._walk_member(child, member, place.child(name), _role(place, name))

    def _walk_member(self, child: Json, member: Member, pointer: Pointer, role: Role) -> None:
        if member.shape == "one":
            self._walk(child, member.kind, pointer, role)
        elif member.shape == "list" and isinstance(child, list):
            for index, item in enumerate(child):
                self._walk(item, member.kind, (*pointer, str(index)), role)
        elif member.shape == "map" and isinstance(child, dict):
            for name, item in child.items():
                if member.kind == "schema" or not name.startswith("x-"):
                    self._walk(item, member.kind, (*pointer, name), role)
        else:
            self.misplaced.append((pointer, f"a {member.shape} of {member.kind}s is expected here"))

    def _operations_of(self, path: Place) -> Iterator[Operation]:
        own = path.pointer[1] if len(path.pointer) == 2 and path.pointer[0] == "paths" else ""  # noqa: PLR2004 - paths and its name
        shared = [self._parameter(path, index) for index in range(len(items(path.value.get("parameters"))))]
        for method in METHODS:
            if not isinstance(value := path.value.get(method), dict):
                continue
            place = Place("operation", value, path.child(method))
            declared = [self._parameter(place, index) for index in range(len(items(value.get("parameters"))))]
            names = [_identity(each) for each in declared]
            inherited = [each for each in shared if _identity(each) not in names]
            yield Operation(place, method, own, (*inherited, *declared))

    def _parameter(self, owner: Place, index: int) -> Place:
        found = items(owner.value["parameters"])[index]
        return self.resolved(found, owner.child("parameters", str(index)), "parameter")


def _identity(parameter: Place) -> tuple[Json, Json]:
    return parameter.value.get("name"), parameter.value.get("in")


def _role(place: Place, name: str) -> Role:
    if place.role == "condition" or (place.kind == "schema" and name in CONDITIONS):
        return "condition"
    return "part" if place.kind == "schema" and name == "allOf" else "whole"


def _unescaped(part: str) -> str:
    return unquote(part).replace("~1", "/").replace("~0", "~")
