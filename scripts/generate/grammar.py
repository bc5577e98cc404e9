"""What stands where in an OpenAPI document, 3.0 and 3.1: which members hold schemas, parameters, responses and so on.

It says what a place is and not what is carried (`vocabulary`). Whatever is not listed is data: an example may have
members that are called `$ref` or `nullable`. `$defs` are not listed: they are only a place to refer to.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final, Literal

from scripts.generate.refusal import Pointer
from scripts.generate.source import Json, Object

SECTIONS: Final = {
    "schema": "schemas",
    "response": "responses",
    "parameter": "parameters",
    "example": "examples",
    "request body": "requestBodies",
    "header": "headers",
    "security scheme": "securitySchemes",
    "link": "links",
    "callback": "callbacks",
    "path item": "pathItems",
}
"""The kinds of objects that references lead to, and where a document keeps those of each kind."""

METHODS: Final = ("get", "put", "post", "delete", "options", "head", "patch", "trace")


@dataclass(frozen=True, slots=True)
class Member:
    """What is in a member: one thing of a kind, or a list or a map of them."""

    kind: str
    shape: Literal["one", "list", "map"] = "one"


_ANY: Final = "*"
"""Stands for all members of an object but its extensions."""
_SCHEMA: Final = Member("schema")
_DESCRIBED: Final = {
    "schema": _SCHEMA,
    "content": Member("media type", "map"),
    "examples": Member("example", "map"),
}
_GRAMMAR: Final[dict[str, dict[str, Member]]] = {
    "document": {
        "paths": Member("paths"),
        "webhooks": Member("path item", "map"),
        "components": Member("components"),
    },
    "components": {section: Member(kind, "map") for kind, section in SECTIONS.items()},
    "paths": {_ANY: Member("path item")},
    "path item": {"parameters": Member("parameter", "list")} | dict.fromkeys(METHODS, Member("operation")),
    "operation": {
        "parameters": Member("parameter", "list"),
        "requestBody": Member("request body"),
        "responses": Member("responses"),
        "callbacks": Member("callback", "map"),
    },
    "responses": {_ANY: Member("response")},
    "callback": {_ANY: Member("path item")},
    "parameter": _DESCRIBED,
    "header": _DESCRIBED,
    "request body": {"content": Member("media type", "map")},
    "response": {
        "headers": Member("header", "map"),
        "content": Member("media type", "map"),
        "links": Member("link", "map"),
    },
    "media type": {
        "schema": _SCHEMA,
        "examples": Member("example", "map"),
        "encoding": Member("encoding", "map"),
    },
    "encoding": {"headers": Member("header", "map")},
    "schema": dict.fromkeys(("properties", "patternProperties", "dependentSchemas"), Member("schema", "map"))
    | dict.fromkeys(("allOf", "anyOf", "oneOf", "prefixItems"), Member("schema", "list"))
    | dict.fromkeys(("items", "contains", "unevaluatedItems", "not", "if", "then", "else", "contentSchema"), _SCHEMA)
    | dict.fromkeys(("additionalProperties", "propertyNames", "unevaluatedProperties"), _SCHEMA),
}


def replaced(value: Object, kind: str, replace: Callable[[Json, str, Pointer], Json]) -> Object:
    """Copy an object of a kind with each of its parts replaced; `replace` gets part, its kind, the pointer to it."""
    copied: Object = {}
    for name, child in value.items():
        member = _member(kind, name)
        if member is None:
            copied[name] = child
        elif member.shape == "map" and isinstance(child, dict):
            copied[name] = {key: replace(item, member.kind, (name, key)) for key, item in child.items()}
        elif member.shape == "list" and isinstance(child, list):
            copied[name] = [replace(item, member.kind, (name, str(index))) for index, item in enumerate(child)]
        else:
            copied[name] = replace(child, member.kind, (name,)) if member.shape == "one" else child
    return copied


def parts(value: Object, kind: str) -> Iterator[tuple[Pointer, Json, str]]:
    """Give the parts of an object of a kind: the pointer to each, itself, its kind."""
    found: list[tuple[Pointer, Json, str]] = []

    def note(part: Json, of: str, below: Pointer) -> Json:
        found.append((below, part, of))
        return part

    replaced(value, kind, note)
    return iter(found)


def everything(value: Json, kind: str, pointer: Pointer = ()) -> Iterator[tuple[Pointer, Object, str]]:
    """Give every object of a kind in `value`, itself first, in the order in which they are written."""
    if isinstance(value, dict):
        yield pointer, value, kind
        for below, part, of in parts(value, kind):
            yield from everything(part, of, pointer + below)


def _member(kind: str, name: str) -> Member | None:
    members = _GRAMMAR.get(kind, {})
    if _ANY in members and not name.startswith("x-"):
        return members[_ANY]
    return members.get(name)
