"""Whether two schemas can have an instance in common: `oneOf` is carried where its branches cannot."""

from collections.abc import Mapping
from typing import Final

from scripts.generate.reader import Json, Object
from scripts.generate.rewriting import items, members

_TEXT_FORMATS: Final = frozenset({"date-time", "date"})
_MARKS: Final[dict[type, str]] = {str: "string", bool: "boolean", int: "number", float: "number", type(None): "null"}


def overlap(schemas: Mapping[str, Object], one: Json, other: Json) -> bool:
    """Say whether some value may be valid against both; True where that is not clear."""
    left, right = resolve(schemas, one), resolve(schemas, other)
    left_values, right_values = _values(left), _values(right)
    if left_values is not None and right_values is not None:
        return any(_same(value, candidate) for value in left_values for candidate in right_values)
    if not _types(left) & _types(right):
        return False
    if {left.get("format"), right.get("format")} == _TEXT_FORMATS:
        return False
    left_properties, right_properties = properties(schemas, left), properties(schemas, right)
    shared = required(schemas, left) & required(schemas, right) & left_properties.keys() & right_properties.keys()
    return not any(
        _values(left_properties[name]) is not None
        and _values(right_properties[name]) is not None
        and not overlap(schemas, left_properties[name], right_properties[name])
        for name in shared
    )


def resolve(schemas: Mapping[str, Object], schema: Json) -> Object:
    """Follow references until there is none."""
    found = members(schema)
    while isinstance(reference := found.get("$ref"), str):
        found = schemas[reference.rpartition("/")[2]]
    return found


def properties(schemas: Mapping[str, Object], schema: Object) -> dict[str, Object]:
    """Give the properties of an object with those that it inherits, resolved."""
    inherited = [properties(schemas, resolve(schemas, part)) for part in items(schema.get("allOf"))]
    own = {name: resolve(schemas, value) for name, value in members(schema, "properties").items()}
    return {name: value for part in (*inherited, own) for name, value in part.items()}


def required(schemas: Mapping[str, Object], schema: Object) -> set[str]:
    """Give the names that an object must have, with those that it inherits."""
    names = {str(name) for name in items(schema.get("required"))}
    return names.union(*(required(schemas, resolve(schemas, part)) for part in items(schema.get("allOf"))))


def _values(schema: Object) -> list[Json] | None:
    values = schema.get("enum", [schema["const"]] if "const" in schema else None)
    return values if isinstance(values, list) else None


def _same(one: Json, other: Json) -> bool:
    return isinstance(one, bool) == isinstance(other, bool) and one == other  # True == 1 in Python, not in JSON


def _types(schema: Object) -> set[str]:
    values = _values(schema)
    if values is not None:
        return {_MARKS.get(type(value), "structure") for value in values}
    if "allOf" in schema:
        return {"object"}  # inheritance: the only use of allOf that is carried
    named = schema.get("type", [*_MARKS.values(), "array", "object", "structure"])
    names = named if isinstance(named, list) else [named]
    return {"number" if name == "integer" else str(name) for name in names}
