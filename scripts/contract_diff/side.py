"""One of the two contracts: where its parts are written, what its references mean, the alternatives of its schemas.

A schema is read as a conjunction of nodes, dicts of the document itself: so every fact keeps its place, and nodes are
told apart by identity.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Final, TypeAlias

import jsonschema_rs

from scripts.generate.reader import Document, Json, Object
from scripts.generate.refusal import Pointer
from scripts.generate.rewriting import items, members

Sub: TypeAlias = tuple[Json, ...]
"""Schemas that hold together; none of them is `true`, and the empty one allows everything."""

KINDS: Final = ("null", "boolean", "number", "string", "array", "object")
_MOST: Final = 64
"""Alternatives of one schema; a product of unions beyond it is compared as a text."""
_TEXTS: Final = frozenset({"title", "description", "examples", "example", "externalDocs", "$comment", "xml"})
_KIND_OF: Final[dict[type, str]] = {
    type(None): "null",
    bool: "boolean",
    int: "number",
    float: "number",
    str: "string",
    list: "array",
}


_DATA: Final = frozenset({"default", "enum", "const", "example", "value"})
_MAPS: Final = frozenset({"properties", "patternProperties", "dependentSchemas", "mapping"})


class TooManyAlternatives(Exception):
    """A schema that is no union of a few alternatives, or that contains itself without anything between."""


@dataclass(frozen=True)
class Alternative:
    """One way to be valid: nodes that all hold, the component that stands for them, the values of a discriminator."""

    nodes: tuple[Object, ...] = ()
    label: str = ""
    tags: frozenset[str] = frozenset()
    branch: tuple[Object, ...] = ()
    """The nodes of the branches that were chosen; the others say of which union."""

    def __and__(self, other: "Alternative") -> "Alternative":
        label, branch = other.label or self.label, self.branch + other.branch
        return Alternative(self.nodes + other.nodes, label, self.tags | other.tags, branch)


@dataclass(frozen=True)
class Piece(Alternative):
    """An alternative for the values of one kind."""

    kind: str = ""

    def said(self, keyword: str) -> list[Json]:
        """Give what the nodes say about something; all of it holds."""
        return [node[keyword] for node in self.nodes if keyword in node]


class Side:
    """A contract."""

    def __init__(self, document: Document) -> None:
        self.document = document
        self.content = document.content
        self._places: dict[int, Pointer] = {}
        self._validators: dict[tuple[int, ...], jsonschema_rs.Draft202012Validator | None] = {}
        self._walk(self.content, ())

    def _walk(self, value: Json, pointer: Pointer, *, is_map: bool = False) -> None:
        """Remember places; names of members are no keywords, and what keywords of data hold is no reference."""
        if isinstance(value, dict):
            self._places[id(value)] = pointer
            for name, item in value.items():
                if is_map or (name not in _DATA and not (name == "examples" and isinstance(item, list))):
                    self._walk(item, (*pointer, name), is_map=not is_map and name in _MAPS)
        elif isinstance(value, list):
            for index, item in enumerate(value):
                self._walk(item, (*pointer, str(index)))

    def target(self, reference: str) -> Json:
        """Give what a reference leads to."""
        target: Json = self.content
        for part in reference.removeprefix("#/").split("/"):
            target = members(target).get(part.replace("~1", "/").replace("~0", "~"))
        return target

    def resolve(self, value: Json) -> Object:
        """Follow the reference of what is no schema: a parameter, a header, a body, an answer, a link."""
        while isinstance(reference := members(value).get("$ref"), str):
            value = self.target(reference)
        return members(value)

    def followed(self, node: Json) -> Json:
        """Follow references beside which nothing is said; give None for those that lead nowhere, or to themselves."""
        seen = set[str]()
        while (
            isinstance(node, dict) and telling(node).keys() == {"$ref"} and isinstance(reference := node["$ref"], str)
        ):
            node = None if reference in seen else self.target(reference)
            seen.add(reference)
        return node

    def place(self, node: Json) -> Pointer | None:
        """Say where an object stands; None for what is none."""
        return self._places.get(id(node)) if isinstance(node, dict) else None

    @cached_property
    def texts(self) -> dict[str, str]:
        """The schemas of the components as text, each with those that it refers to, however far."""
        schemas = members(members(self.content, "components"), "schemas")
        return {name: json.dumps(schema, sort_keys=True) for name, schema in schemas.items()}

    def alternatives(self, sub: Sub) -> list[Alternative]:
        """List the ways to be valid against schemas that hold together; none where nothing is valid."""
        found = [Alternative()]
        for node in sub:
            found = _product(found, self._expanded(node, frozenset()))
        return found

    def _expanded(self, node: Json, trail: frozenset[str]) -> list[Alternative]:
        if not isinstance(node, dict):
            return [] if node is False else [Alternative()]
        has_union = "anyOf" in node or "oneOf" in node
        own = frozenset[str]() if has_union else frozenset(tag for tags in tagged(node).values() for tag in tags)
        found = [Alternative((node,), tags=own)]
        if isinstance(reference := node.get("$ref"), str):
            if reference in trail:
                raise TooManyAlternatives
            found = _product(found, self._expanded(self.target(reference), trail | {reference}))
        for part in items(node.get("allOf")):
            found = _product(found, self._expanded(part, trail))
        for keyword in ("anyOf", "oneOf"):
            if keyword in node:
                tags = tagged(node)
                branches = [
                    Alternative(
                        alternative.nodes,
                        label or alternative.label,
                        tags.get(label, alternative.tags),
                        alternative.nodes,
                    )
                    for branch in items(node[keyword])
                    for label in (_label(branch),)
                    for alternative in self._expanded(branch, trail)
                ]
                found = _product(found, branches)
        return found

    def pieces(self, sub: Sub) -> list[Piece]:
        """List the alternatives of schemas by the kind of value that they allow."""
        return [
            Piece(alternative.nodes, alternative.label, alternative.tags, alternative.branch, kind)
            for alternative in self.alternatives(sub)
            for kind in KINDS
            if all(kind in _kinds(node) for node in alternative.nodes)
        ]

    def annotation(self, sub: Sub, keyword: str, trail: frozenset[str] = frozenset()) -> tuple[Object, Json] | None:
        """Find what is said about a schema as a whole, from outside in: the node that says it, and what."""
        for node in sub:
            if isinstance(node, dict):
                if keyword in node:
                    return node, node[keyword]
                reference = node.get("$ref")
                is_new = isinstance(reference, str) and reference not in trail
                inner = (self.target(str(reference)),) if is_new else ()
                if found := self.annotation((*inner, *items(node.get("allOf"))), keyword, trail | {str(reference)}):
                    return found
        return None

    def document_of(self, sub: Sub) -> Object:
        """Write schemas that hold together as one that stands alone."""
        return {"components": self.content.get("components", {}), "allOf": list(sub)}

    def allows(self, sub: Sub, value: Json, *, unless_known: bool = False) -> bool:
        """Say whether a value is valid, formats included; `unless_known` where a pattern is none of the validator's."""
        key = tuple(map(id, sub))
        if key not in self._validators:
            try:
                validator = jsonschema_rs.Draft202012Validator(self.document_of(sub), validate_formats=True)
            except ValueError:
                validator = None
            self._validators[key] = validator
        found = self._validators[key]
        return unless_known if found is None else found.is_valid(value)


def inclusion(old: Object, new: Object) -> tuple[bool, bool] | None:
    """Say whether all of the old lies within the new, and all of the new within the old, formats included.

    None where jsonschema-rs cannot say both, or cannot read a schema.
    """
    try:
        one, other = (
            jsonschema_rs.canonicalize(schema, draft=jsonschema_rs.Draft202012, validate_formats=True)
            for schema in (old, new)
        )
        answers = str(other.covers(one)), str(one.covers(other))
    except ValueError:  # all errors of its canonical form are that
        return None
    return None if "unknown" in answers else (answers[0] == "yes", answers[1] == "yes")


def _product(left: list[Alternative], right: list[Alternative]) -> list[Alternative]:
    if len(left) * len(right) > _MOST:
        raise TooManyAlternatives
    return [one & other for one in left for other in right]


def _label(branch: Json) -> str:
    return str(members(branch).get("$ref", "")).rpartition("/")[2]


def tagged(node: Object) -> dict[str, frozenset[str]]:
    """Give the values of a node's discriminator by the component that they choose: those of the mapping, else names."""
    if "discriminator" not in node:
        return {}
    mapping = members(members(node, "discriminator"), "mapping")
    found: dict[str, frozenset[str]] = {}
    for value, target in mapping.items():
        name = str(target).rpartition("/")[2]
        found[name] = found.get(name, frozenset()) | {value}
    for branch in (*items(node.get("oneOf")), *items(node.get("anyOf"))):
        found.setdefault(_label(branch), frozenset({_label(branch)}))
    return found


def _kinds(node: Object) -> set[str]:
    values = node.get("enum", [node["const"]] if "const" in node else None)
    kinds = {kind_of(value) for value in values} if isinstance(values, list) else set(KINDS)
    named = node.get("type")
    if named is not None:
        kinds &= {"number" if name == "integer" else str(name) for name in types(node)}
    return kinds


def types(node: Object) -> list[str]:
    """Give the types that a node names."""
    named = node.get("type")
    return [str(name) for name in (named if isinstance(named, list) else [named])]


def kind_of(value: Json) -> str:
    """Give the kind of a value."""
    return _KIND_OF.get(type(value), "object")


def mark(value: Json) -> str:
    """Write a value so that two that are equal in JSON are written alike: 1 is 1.0 and is not true."""
    if isinstance(value, float) and value % 1 == 0:
        return str(int(value))
    if isinstance(value, dict):
        return "{" + ",".join(f"{json.dumps(name)}:{mark(value[name])}" for name in sorted(value)) + "}"
    if isinstance(value, list):
        return "[" + ",".join(map(mark, value)) + "]"
    return json.dumps(value, ensure_ascii=False)


def telling(value: Object) -> Object:
    """Leave out what only describes."""
    return {name: item for name, item in value.items() if name not in _TEXTS and not name.startswith("x-")}


def references(value: Json) -> Iterator[str]:
    """Name the schemas of components that something refers to."""
    if isinstance(value, dict):
        if isinstance(reference := value.get("$ref"), str):
            yield reference.rpartition("/")[2]
        for item in value.values():
            yield from references(item)
    elif isinstance(value, list):
        for item in value:
            yield from references(item)
