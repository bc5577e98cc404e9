# Generated from openapi/tasks.yaml by `make generate`. Do not edit.
"""Turns texts (of parameters, of forms) into the JSON values that their schemas are about.

A text has no type: `5` is a number where the schema has numbers, and a text where it has none. What is read is decided
by the schema that the type publishes, so that there is no second place that would have to agree with it.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from functools import cached_property
from typing import Any, Final, TypeAlias

import jsonschema_rs
from pydantic import TypeAdapter

from . import published
from .fault_types import FaultType
from .strict_json import MAX_DEPTH, MalformedJson, read_json

Json: TypeAlias = dict[str, Any]  # a schema: any JSON below
Tree: TypeAlias = Any
"""Texts in lists and dicts; what is neither (a file of a form) is left as it is."""

_INTEGER: Final = re.compile(r"0|-?[1-9][0-9]*")
_NUMBER: Final = re.compile(r"-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?")
_LONGEST_NUMBER: Final = 400
"""Characters. Python refuses to read integers of more than 4300 digits; a double ends at 309."""
_SCALARS: Final = frozenset({"null", "boolean", "integer", "number", "string"})
_KINDS: Final = _SCALARS | {"array", "object"}
_TYPES: Final[Mapping[str, frozenset[str]]] = {kind: frozenset({kind}) for kind in _KINDS} | {
    "number": frozenset({"integer", "number"}),
}
_MARKS: Final[Mapping[type, str]] = {
    type(None): "null",
    bool: "boolean",
    int: "integer",
    float: "number",
    str: "string",
    list: "array",
    dict: "object",
}
_REFUSED: Final[Mapping[str, tuple[FaultType, str]]] = {
    "number": ("type", "Should be a number as JSON writes it"),
    "integer": ("type", "Should be an integer in decimal digits"),
    "boolean": ("type", "Should be true or false"),
    "object": ("type", "Should be an object"),
    "null": ("type", "Should be null"),
}
"""What is said of a text that is none of what a schema takes: the first that it takes speaks."""
_PARTS: Final = ("allOf", "anyOf", "oneOf")


class UnreadableText(Exception):
    """A text that cannot be what its schema takes: where it is below its parameter, and why, as in `Fault`."""

    def __init__(self, place: tuple[str, ...], kind: FaultType, message: str) -> None:
        super().__init__(message)
        self.place = place
        self.kind = kind
        self.message = message


class Shape:
    """What a schema says of how its values can be written."""

    def __init__(self, schema: Any, definitions: Mapping[str, Json]) -> None:  # noqa: ANN401 - a schema may be a boolean
        self._schema = schema
        self._definitions = definitions
        self._flat = list(self._resolved(schema, set()))
        self.kinds = self._kinds(schema, frozenset())
        """The types of JSON that a value may have."""
        self._is_text = self.kinds in (_KINDS, {"string"})
        """Whether every text is itself: nothing says that it is anything else."""
        self._is_integer = self.kinds == {"integer"}

    @classmethod
    def of(cls, adapter: TypeAdapter[Any]) -> "Shape":  # of any type
        """Read what a type publishes."""
        return cls(*published.of(adapter))

    @property
    def is_scalar(self) -> bool:
        """Whether one text can be a value without delimiters; of a schema that names no type it can."""
        return bool(self.kinds & _SCALARS)

    @property
    def is_array(self) -> bool:
        """Whether the schema names arrays."""
        return "array" in self.kinds and self.kinds != _KINDS

    @property
    def is_object(self) -> bool:
        """Whether the schema names objects."""
        return "object" in self.kinds and self.kinds != _KINDS

    @cached_property
    def items(self) -> "Shape":
        """The items of an array."""
        return self._any([part["items"] for part in self._flat if "items" in part])

    @cached_property
    def members(self) -> Mapping[str, "Shape"]:
        """The members of an object that have a name in the schema."""
        names = dict.fromkeys(name for part in self._flat for name in part.get("properties", {}))
        return {
            name: self._any([part["properties"][name] for part in self._flat if name in part.get("properties", {})])
            for name in names
        }

    @cached_property
    def others(self) -> "Shape":
        """The members of an object that have no name in the schema."""
        found = [part["additionalProperties"] for part in self._flat if "additionalProperties" in part]
        return self._any([schema for schema in found if isinstance(schema, dict)])

    @cached_property
    def is_open(self) -> bool:
        """Whether an object may have members that the schema does not name."""
        return all(part.get("additionalProperties", True) is not False for part in self._flat)

    @cached_property
    def _validator(self) -> jsonschema_rs.Draft202012Validator:
        return jsonschema_rs.Draft202012Validator(
            {"allOf": [self._schema], "components": {"schemas": dict(self._definitions)}}
        )

    def read(self, trees: Sequence[Tree]) -> object:
        """Give the first of the readings that the schema takes; raise `UnreadableText` if the only one cannot be read."""
        if len(trees) > 1:
            for tree in trees:
                try:
                    value = self.value(tree)
                except UnreadableText:
                    continue
                if self._validator.is_valid(value):
                    return value
        return self.value(trees[0])

    def value(self, tree: Tree, place: tuple[str, ...] = ()) -> object:
        """Turn texts into values; raise `UnreadableText` for the first that cannot be what its schema takes."""
        if isinstance(tree, str):
            return self.of_text(tree, place)
        if isinstance(tree, list):
            if "array" not in self.kinds:
                raise UnreadableText(place, "repeated", "The parameter should be sent once")
            if len(tree) == 1 and isinstance(tree[0], str) and not self.items.is_scalar:  # all of them as JSON, or one
                return self.of_text(tree[0], place)
            return [self.items.value(item, (*place, str(index))) for index, item in enumerate(tree)]
        if isinstance(tree, dict):
            if self.is_array and all(map(str.isdecimal, tree)):  # `name[0]=`, `name[]=`
                return [self.items.value(item, (*place, name)) for name, item in tree.items()]
            return {
                name: self.members.get(name, self.others).value(item, (*place, name)) for name, item in tree.items()
            }
        return tree

    def of_text(self, text: str, place: tuple[str, ...] = ()) -> object:
        """Turn one text into a value; raise as `value`."""
        if self._is_text:
            return text
        if self._is_integer and len(text) <= _LONGEST_NUMBER and _INTEGER.fullmatch(text):
            return int(text)  # what `_candidates` would give
        found = self._candidates(text)
        if not found and "array" in self.kinds:  # one that repeats its name once
            return [self.items.value(text, (*place, "0"))]
        if not found:
            kind = next((kind for kind in _REFUSED if kind in self.kinds), "null")
            raise UnreadableText(place, *_REFUSED[kind])
        if len(found) == 1:
            return found[0]
        return next((value for value in found if self._validator.is_valid(value)), found[0])

    def _candidates(self, text: str) -> list[object]:
        """Give what a text may stand for, itself at last."""
        found: list[object] = []
        if "null" in self.kinds and text == "null":
            found.append(None)
        if "boolean" in self.kinds and text in ("true", "false"):
            found.append(text == "true")
        if len(text) <= _LONGEST_NUMBER:
            if "integer" in self.kinds and _INTEGER.fullmatch(text):
                found.append(int(text))
            elif "number" in self.kinds and _NUMBER.fullmatch(text):
                found.append(float(text))
        if ("object" in self.kinds and text[:1] == "{") or ("array" in self.kinds and text[:1] == "["):
            with suppress(MalformedJson):
                found.append(read_json(text.encode("utf-8", "surrogatepass")))
        if "string" in self.kinds:
            found.append(text)
        return found

    def _any(self, schemas: list[Any]) -> "Shape":  # schemas may be booleans
        return Shape(schemas[0] if len(schemas) == 1 else {"anyOf": schemas} if schemas else {}, self._definitions)

    def _target(self, schema: Json) -> Json:
        found: Json = self._definitions.get(str(schema["$ref"]).rpartition("/")[2], {})
        return found

    def _resolved(self, schema: Any, seen: set[int]) -> Iterator[Json]:  # noqa: ANN401 - as above
        """Give a schema and all that speak of the same value."""
        if not isinstance(schema, dict) or id(schema) in seen:
            return
        seen.add(id(schema))
        yield schema
        if "$ref" in schema:
            yield from self._resolved(self._target(schema), seen)
        for keyword in _PARTS:
            for part in schema.get(keyword, ()):
                yield from self._resolved(part, seen)

    def _kinds(self, schema: Any, seen: frozenset[int]) -> frozenset[str]:  # noqa: ANN401 - as above
        if not isinstance(schema, dict) or id(schema) in seen:
            return _KINDS
        seen |= {id(schema)}
        kinds = _KINDS
        if "type" in schema:
            names = schema["type"] if isinstance(schema["type"], list) else [schema["type"]]
            kinds &= frozenset[str]().union(*(_TYPES.get(name, frozenset()) for name in names))
        for values in (schema.get("enum"), [schema["const"]] if "const" in schema else None):
            if values is not None:
                kinds &= frozenset(_MARKS[type(value)] for value in values)
        if "$ref" in schema:
            kinds &= self._kinds(self._target(schema), seen)
        for keyword in ("anyOf", "oneOf"):
            if schema.get(keyword):
                kinds &= frozenset[str]().union(*(self._kinds(part, seen) for part in schema[keyword]))
        for part in schema.get("allOf", ()):
            kinds &= self._kinds(part, seen)
        return kinds


def delimited(raw: str, delimiter: str) -> list[str]:
    """Split what is separated; nothing at all is nothing that is separated."""
    return raw.split(delimiter) if raw else []


def paired(texts: Sequence[str]) -> Tree:
    """Make an object of names and values in turn."""
    if len(texts) % 2:
        raise UnreadableText((), "format", "Should be names and values in turn")
    return dict(zip(texts[::2], texts[1::2], strict=True))


def nested(members: Sequence[tuple[Sequence[str], Tree]]) -> Tree:
    """Make objects in objects of `name[inner][...]=text`, given as the names in brackets and the text."""
    tree: dict[str, Tree] = {}
    for path, value in members:
        if len(path) > MAX_DEPTH:
            raise UnreadableText((), "format", f"Should be nested at most {MAX_DEPTH} levels deep")
        inner = tree
        for name in path[:-1]:
            inner = inner.setdefault(name, {})
            if not isinstance(inner, dict):
                raise UnreadableText((path[0],), "format", "Should be one value or an object, not both")
        for item in value if isinstance(value, list) and not path[-1] else [value]:
            name = path[-1] or str(len(inner))  # `name[]=` is the next item
            if name in inner:
                raise UnreadableText((path[0],), "repeated", "The parameter should be sent once")
            inner[name] = item
    return tree
