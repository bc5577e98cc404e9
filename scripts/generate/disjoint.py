"""Whether two schemas can have an instance in common: `oneOf` is carried where its branches cannot."""

from collections.abc import Mapping
from typing import Final

from scripts.generate.objects import items, parts, properties, required, resolve
from scripts.generate.reader import Json, Object

__all__ = ["overlap", "properties", "required", "resolve"]

_TEXT_FORMATS: Final = frozenset({"date-time", "date"})
_MARKS: Final[dict[type, str]] = {str: "string", bool: "boolean", int: "number", float: "number", type(None): "null"}


def overlap(schemas: Mapping[str, Object], one: Json, other: Json) -> bool:
    """Say whether some value may be valid against both; True where that is not clear."""
    left_values, right_values = _values(schemas, one), _values(schemas, other)
    if left_values is not None and right_values is not None:
        return any(_same(value, candidate) for value in left_values for candidate in right_values)
    if not _types(schemas, one) & _types(schemas, other):
        return False
    if {_format(schemas, one), _format(schemas, other)} == _TEXT_FORMATS:
        return False
    left, right = properties(schemas, one), properties(schemas, other)
    if _types(schemas, one) != {"object"} or _types(schemas, other) != {"object"}:
        return True
    shared = required(schemas, one) & required(schemas, other) & left.keys() & right.keys()
    return not any(
        _values(schemas, left[name]) is not None
        and _values(schemas, right[name]) is not None
        and not overlap(schemas, left[name], right[name])
        for name in shared
    )


def _values(schemas: Mapping[str, Object], schema: Json) -> list[Json] | None:
    """Give the values that a schema allows at most, if it lists some."""
    for part in parts(schemas, schema):
        values = part.get("enum", [part["const"]] if "const" in part else None)
        if isinstance(values, list):
            return values
    return None


def _same(one: Json, other: Json) -> bool:
    return isinstance(one, bool) == isinstance(other, bool) and one == other  # True == 1 in Python, not in JSON


def _format(schemas: Mapping[str, Object], schema: Json) -> str | None:
    """Name the format of a text."""
    named = {str(part["format"]) for part in parts(schemas, schema) if "format" in part}
    return named.pop() if len(named) == 1 and _types(schemas, schema) == {"string"} else None


def _types(schemas: Mapping[str, Object], schema: Json) -> set[str]:
    """Name the types that an instance can have at most."""
    possible = {*_MARKS.values(), "array", "object"}
    for part in parts(schemas, schema):
        values = part.get("enum", [part["const"]] if "const" in part else None)
        if isinstance(values, list):
            possible &= {_type(value) for value in values}
        if "type" in part:
            named = part["type"]
            names = named if isinstance(named, list) else [named]
            possible &= {"number" if name == "integer" else str(name) for name in names}
        for keyword in ("oneOf", "anyOf"):
            if branches := items(part.get(keyword)):
                possible &= set[str]().union(*(_types(schemas, branch) for branch in branches))
    return possible


def _type(value: Json) -> str:
    return _MARKS.get(type(value), "array" if isinstance(value, list) else "object")
