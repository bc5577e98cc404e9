"""Rules about the keywords of one schema: known, fitting, bounded, free of contradiction. Spec: LINT-7, LINT-8."""

from collections.abc import Iterator
from fractions import Fraction
from math import isfinite
from typing import Final

import jsonschema_rs

from scripts.generate.reader import Json, Object
from scripts.lint_contract.kinds import KINDS
from scripts.lint_contract.places import Contract, Place, items, members, words
from scripts.lint_contract.rules import Breach, Rule, fault, rules_of, style
from scripts.lint_contract.texts import longest

_META: Final = jsonschema_rs.Draft202012Validator({"$ref": "https://json-schema.org/draft/2020-12/schema"})
_TYPES: Final = frozenset({"string", "number", "integer", "boolean", "object", "array", "null"})
_OF_TYPE: Final = {
    "string": ("minLength", "maxLength", "pattern", "contentEncoding", "contentMediaType"),
    "number": ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"),
    "array": ("items", "prefixItems", "minItems", "maxItems", "uniqueItems", "contains", "minContains", "maxContains"),
    "object": (
        *("properties", "required", "additionalProperties", "patternProperties", "propertyNames", "discriminator"),
        *("minProperties", "maxProperties", "dependentRequired", "dependentSchemas"),
    ),
}
_FORMATS: Final = {
    "string": "date-time date time duration email idn-email hostname idn-hostname ipv4 ipv6 uri uri-reference iri "
    "iri-reference uuid uri-template json-pointer relative-json-pointer regex byte binary password base64url char "
    "commonmark html media-range http-date decimal int64 uint64",
    "integer": "int8 int16 int32 int64 uint8 uint16 uint32 uint64 double-int",
    "number": "float double decimal decimal128 double-int int32 int64",
}
"""JSON Schema's, and those of OpenAPI's registry of formats."""
_OF_FIXED_LENGTH: Final = frozenset({"date", "uuid", "ipv4", "ipv6"})
_KINDS: Final[dict[type, str]] = {
    str: "string",
    bool: "boolean",
    type(None): "null",
    dict: "object",
    list: "array",
    int: "integer",
    float: "number",
}
_SIZES: Final = ("Length", "Items", "Properties", "Contains")


@fault("keyword-valid", "A keyword with a value that JSON Schema does not give it is read differently by every tool.")
def valid(contract: Contract) -> Iterator[Breach]:
    """Find keywords whose values are none."""
    for place in filter(_is_root, contract.of("schema")):
        for error in _META.iter_errors(place.value):
            pointer = place.child(*map(str, error.instance_path))
            yield pointer, f"{pointer[-1]}: {' '.join(error.message.split())[:120]}"


@style(
    "keyword-known", "JSON Schema passes over a keyword that it does not know: a slip of the pen constrains nothing."
)
def known(contract: Contract) -> Iterator[Breach]:
    """Find keywords that nobody knows."""
    for place in contract.of("schema"):
        for name in place.value:
            if name not in KINDS["schema"] and not name.startswith("x-") and name != "nullable":
                yield place.child(name), f"{name} is no keyword"


@fault("null-is-a-type", "OpenAPI 3.1 has no `nullable`: null is one of the types, or it is refused.")
def nullable(contract: Contract) -> Iterator[Breach]:
    """Find nulls that are not said in 3.1's way."""
    for place in contract.of("schema"):
        if "nullable" in place.value:
            yield place.child("nullable"), "null is a type, nullable no keyword"


@style("keyword-fits", "A keyword that says nothing about values of the schema's type has no effect.")
def fitting(contract: Contract) -> Iterator[Breach]:
    """Find keywords of other types."""
    for place in contract.of("schema"):
        named = types(place.value)
        for kind, keywords in _OF_TYPE.items():
            if named and kind not in named and not (kind == "number" and "integer" in named):
                for name in keywords:
                    if name in place.value:
                        yield place.child(name), f"{name} says nothing about {' or '.join(sorted(named))}"


@style("format-known", "A format that no registry has is not checked, or stands at the wrong type.")
def formats(contract: Contract) -> Iterator[Breach]:
    """Find formats that nobody checks."""
    for place in contract.of("schema"):
        name, named = place.value.get("format"), types(place.value)
        if isinstance(name, str) and not any(name in _FORMATS.get(each, "").split() for each in named or _FORMATS):
            yield place.child("format"), f"{name} is no known format of {' or '.join(sorted(named)) or 'any type'}"


@style("bounded", "What has no bound is bounded by the memory of whoever reads it first.")
def bounded(contract: Contract) -> Iterator[Breach]:
    """Find strings, arrays, integers and maps that may be of any size."""
    for place in contract.of("schema"):
        if place.role == "whole" and not place.value.keys() & {"enum", "const", "$ref"}:
            named = types(place.value)
            if "string" in named and not _is_bounded_text(place.value):
                yield place.pointer, "string without maxLength"
            if "array" in named and "maxItems" not in place.value:
                yield place.pointer, "array without maxItems"
            if "integer" in named and not _is_bounded_number(place.value):
                yield place.pointer, "integer without minimum and maximum, or a format that has them"
            if members(place.value, "additionalProperties") and "maxProperties" not in place.value:
                yield place.pointer, "map without maxProperties"


@style("array-items", "An array without items holds anything.")
def arrays(contract: Contract) -> Iterator[Breach]:
    """Find arrays that do not say of what."""
    for place in contract.of("schema"):
        said = place.value.keys() & {"items", "prefixItems", "$ref", "enum", "const"}
        if place.role == "whole" and "array" in types(place.value) and not said:
            yield place.pointer, "array without items"


@fault("range", "Bounds that leave nothing between them refuse everything.")
def ranges(contract: Contract) -> Iterator[Breach]:
    """Find bounds that leave nothing between them."""
    for place in contract.of("schema"):
        for name in _SIZES:
            least, most = place.value.get(f"min{name}"), place.value.get(f"max{name}")
            if isinstance(least, (int, float)) and isinstance(most, (int, float)) and least > most:
                yield place.child(f"min{name}"), f"min{name} is greater than max{name}"
        yield from _interval(place)


@fault("enum-fits", "A value that is not of the schema's type can never be sent.")
def enums(contract: Contract) -> Iterator[Breach]:
    """Find choices and constants of another type."""
    for place in contract.of("schema"):
        named = types(place.value)
        for index, value in enumerate(items(place.value.get("enum"))):
            if named and not _is_of(value, named):
                yield place.child("enum", str(index)), f"it is not of type {' or '.join(sorted(named))}"
        if named and "const" in place.value and not _is_of(place.value["const"], named):
            yield place.child("const"), f"it is not of type {' or '.join(sorted(named))}"


@fault("enum-unique", "A choice that is listed twice is one choice, or another one is missing.")
def choices(contract: Contract) -> Iterator[Breach]:
    """Find choices that are listed twice, and choices of nothing."""
    for place in contract.of("schema"):
        values = items(place.value.get("enum"))
        if "enum" in place.value and not values:
            yield place.child("enum"), "there is no choice"
        seen: set[str] = set()
        for index, value in enumerate(values):
            if (key := f"{type(value).__name__} {value}") in seen:
                yield place.child("enum", str(index)), "it is listed twice"
            seen.add(key)


@style("required-known", "A required name that is no property has no type; mostly it is a slip of the pen.")
def required(contract: Contract) -> Iterator[Breach]:
    """Find names that are required and declared nowhere."""
    for place in contract.of("schema"):
        if place.role != "whole" or not (types(place.value) or "properties" in place.value or "allOf" in place.value):
            continue
        family = contract.family(place)
        branches = [each for part in family for name in ("oneOf", "anyOf") for each in items(part.value.get(name))]
        family += [each for branch in branches for each in contract.family(Place("schema", members(branch), ()))]
        named = {name for part in family for name in members(part.value, "properties")}
        if any("patternProperties" in part.value for part in family):
            continue
        for part in family:
            for index, name in enumerate(words(part.value.get("required"))):
                if name not in named and part.pointer[: len(place.pointer)] == place.pointer:
                    yield part.child("required", str(index)), f"{name} is required and no property"


@fault("read-or-write", "A property that is only read and only written is neither.")
def directed(contract: Contract) -> Iterator[Breach]:
    """Find properties that nobody may send in either direction."""
    for place in contract.of("schema"):
        if place.value.get("readOnly") is True and place.value.get("writeOnly") is True:
            yield place.pointer, "it is readOnly and writeOnly"


def types(schema: Object) -> set[str]:
    """Give the types that a schema names."""
    named = schema.get("type")
    return ({named} if isinstance(named, str) else set(words(named))) & _TYPES


def is_keyword(name: str, value: Json) -> bool:
    """Say whether JSON Schema gives a keyword such a value."""
    return _META.is_valid({name: value})


def invalid(contract: Contract) -> list[Place]:
    """Give the schemas with keywords that are none, and those around them, the innermost first."""
    roots = [place.pointer for place in filter(_is_root, contract.of("schema")) if not _META.is_valid(place.value)]
    return [
        place
        for place in reversed(contract.of("schema"))
        if any(place.pointer[: len(root)] == root for root in roots) and not _META.is_valid(place.value)
    ]


def _is_root(place: Place) -> bool:
    """Say whether a schema stands in no other one; a property called `schema` counts too, which does no harm."""
    return place.pointer[:-1] == ("components", "schemas") or place.pointer[-1] == "schema"


def _is_bounded_text(schema: Object) -> bool:
    pattern = schema.get("pattern")
    is_short = isinstance(pattern, str) and longest(pattern) is not None
    return "maxLength" in schema or is_short or schema.get("format") in _OF_FIXED_LENGTH


def _is_bounded_number(schema: Object) -> bool:
    low = schema.keys() & {"minimum", "exclusiveMinimum"}
    high = schema.keys() & {"maximum", "exclusiveMaximum"}
    return bool(low and high) or schema.get("format") in _FORMATS["integer"].split()


def _is_of(value: Json, named: set[str]) -> bool:
    is_whole = isinstance(value, float) and float(value).is_integer()  # 3.0 is an integer of JSON
    kind = "integer" if is_whole else _KINDS[type(value)]
    return kind in named or (kind == "integer" and "number" in named)


def _is_finite(value: Json) -> bool:
    return (isinstance(value, int) and not isinstance(value, bool)) or (isinstance(value, float) and isfinite(value))


def _interval(place: Place) -> Iterator[Breach]:
    """Compare the bounds of a number; of an integer, and with multipleOf, by what lies between them."""
    bounds = {name: Fraction(str(value)) for name in _OF_TYPE["number"] if _is_finite(value := place.value.get(name))}
    lows = [bounds[name] for name in ("minimum", "exclusiveMinimum") if name in bounds]
    highs = [bounds[name] for name in ("maximum", "exclusiveMaximum") if name in bounds]
    if not lows or not highs:
        return
    low, high = max(lows), min(highs)
    is_open = bounds.get("exclusiveMinimum") == low or bounds.get("exclusiveMaximum") == high
    pointer = place.child("minimum" if "minimum" in bounds else "exclusiveMinimum")
    if low > high or (low == high and is_open):
        yield pointer, "no number lies between the bounds"
        return
    step = bounds.get("multipleOf", Fraction(1 if types(place.value) == {"integer"} else 0))
    if step <= 0:
        return
    first = -(-low // step) * step
    first += step if first == bounds.get("exclusiveMinimum") else 0
    if first > high or first == bounds.get("exclusiveMaximum"):
        yield pointer, "no integer, or no multiple, lies between the bounds"


RULES: Final[tuple[Rule, ...]] = rules_of(globals())
