"""What a schema says of objects, wherever it says it: members with those that it inherits, parts, references."""

from collections.abc import Iterator, Mapping
from typing import Final

from scripts.generate.reader import Json, Object

SAID: Final = frozenset(
    {"title", "description", "examples", "example", "default", "deprecated", "readOnly", "writeOnly", "externalDocs"}
    | {"xml", "discriminator", "contentMediaType", "contentEncoding", "contentSchema", "$comment"},
)
"""Keywords that say something of a value and nothing about which values are valid."""
OF_TYPES: Final[Mapping[str, frozenset[str]]] = {
    "string": frozenset({"minLength", "maxLength", "pattern"}),
    "number": frozenset({"minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"}),
    "array": frozenset(
        {"items", "minItems", "maxItems", "uniqueItems", "prefixItems", "contains", "minContains", "maxContains"}
    ),
    "object": frozenset(
        {"properties", "required", "additionalProperties", "patternProperties", "propertyNames", "minProperties"}
        | {"maxProperties", "dependentRequired", "dependentSchemas"},
    ),
}
"""The keywords that look at values of one type alone; `integer` is a number."""
FORMATS: Final = frozenset(
    {"date", "date-time", "duration", "email", "hostname", "idn-email", "idn-hostname", "int32", "int64", "ipv4"}
    | {"ipv6", "iri", "iri-reference", "json-pointer", "regex", "relative-json-pointer", "time", "uri"}
    | {"uri-reference", "uri-template", "uuid"},
)
"""The formats that are checked; all others say something to people alone (JSON Schema, validation 7.2.3)."""
_SPREAD: Final = frozenset({"type", "format"}).union(*OF_TYPES.values())
_FORMATTED: Final = frozenset({"string", "number", "integer"})


def members(value: Json, name: str | None = None) -> Object:
    """Give the members of an object, or of the object below `name` in it; none where there is no object."""
    if name is not None:
        value = members(value).get(name)
    return value if isinstance(value, dict) else {}


def items(value: Json) -> list[Json]:
    """Give the items of an array; none where there is no array."""
    return value if isinstance(value, list) else []


def target(value: Json) -> str:
    """Name the component that a reference leads to; nothing for what is no reference."""
    reference = members(value).get("$ref")
    return reference.rpartition("/")[2] if isinstance(reference, str) else ""


def resolve(schemas: Mapping[str, Json], schema: Json) -> Object:
    """Follow references until there is none; nothing where they lead nowhere."""
    found = members(schema)
    while target(found):  # no ring of them gets here, see `vocabulary.refuse_unknown`
        found = members(schemas.get(target(found)))
    return found


def parts(schemas: Mapping[str, Json], schema: Json) -> Iterator[Object]:
    """Give a schema and all that it is by `allOf`, resolved, the parts first."""
    found = resolve(schemas, schema)
    for part in items(found.get("allOf")):
        yield from parts(schemas, part)
    yield found


def properties(schemas: Mapping[str, Json], schema: Json) -> dict[str, Json]:
    """Give the properties of an object with those that it inherits."""
    return {name: value for part in parts(schemas, schema) for name, value in members(part, "properties").items()}


def required(schemas: Mapping[str, Json], schema: Json) -> set[str]:
    """Give the names that an object must have, with those that it inherits."""
    return {str(name) for part in parts(schemas, schema) for name in items(part.get("required"))}


def has_members(schemas: Mapping[str, Json], schema: Json) -> bool:
    """Say whether a schema is of objects that have members with names."""
    return any("properties" in part for part in parts(schemas, schema))


def spread(schema: Object) -> Object:
    """Write a schema of several types as a choice between them, each with the keywords that look at it."""
    is_said = schema.get("format") not in FORMATS
    branches: list[Json] = []
    for name in items(schema.get("type")):
        known = OF_TYPES.get("number" if name == "integer" else str(name), frozenset())
        looks = known | {"format"} if name in _FORMATTED and not is_said else known
        branches.append({"type": name} | {keyword: schema[keyword] for keyword in schema if keyword in looks})
    rest = {
        keyword: value
        for keyword, value in schema.items()
        if keyword not in _SPREAD or (keyword == "format" and is_said)
    }
    if "anyOf" in rest:
        return rest | {"allOf": [*items(rest.get("allOf")), {"anyOf": branches}]}
    return rest | {"anyOf": branches}


def references(value: Json) -> Iterator[str]:
    """Name the components that something refers to."""
    if isinstance(value, dict):
        if target(value):
            yield target(value)
        for child in value.values():
            yield from references(child)
    elif isinstance(value, list):
        for item in value:
            yield from references(item)
