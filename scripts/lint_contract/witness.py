"""Finds an instance of a schema: one that has none is a mistake that nobody would notice before the first request.

Candidates are built from what a schema says (choices, bounds, a short text of a pattern, examples) for a validator to
try. Spec: LINT-11.
"""

from collections.abc import Callable, Iterator
from itertools import islice
from typing import Final

import jsonschema_rs

from scripts.generate.reader import Json, Object
from scripts.lint_contract.flat import flat
from scripts.lint_contract.places import Contract, items, members, words
from scripts.lint_contract.schemas import types
from scripts.lint_contract.texts import LONGEST, matches, shortest

_MOST: Final = 60
"""Candidates of one schema: more would only make the search slow."""

_FORMATS: Final = {
    "date-time": ("2026-12-24T17:00:00Z",),
    "date": ("2026-12-24",),
    "time": ("17:00:00Z",),
    "duration": ("P1D",),
    "uuid": ("123e4567-e89b-12d3-a456-426614174000",),
    "email": ("a@example.org",),
    "idn-email": ("a@example.org",),
    "hostname": ("example.org",),
    "idn-hostname": ("example.org",),
    "uri": ("https://example.org/", "urn:a:b"),
    "uri-reference": ("/", "https://example.org/"),
    "iri": ("https://example.org/",),
    "iri-reference": ("/",),
    "uri-template": ("/{a}",),
    "ipv4": ("192.0.2.1",),
    "ipv6": ("2001:db8::1",),
    "json-pointer": ("/a",),
    "relative-json-pointer": ("0",),
    "regex": ("a",),
}
_TYPED_BY: Final = (
    ("object", ("properties", "required", "additionalProperties", "minProperties", "patternProperties")),
    ("array", ("items", "prefixItems", "minItems", "contains")),
    ("string", ("pattern", "minLength", "maxLength", "format")),
    ("number", ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf")),
)
"""What a schema without a type is about."""


class Candidates:
    """Builds candidates for the schemas of one contract."""

    def __init__(self, contract: Contract) -> None:
        """Build for the schemas of `contract`."""
        self._contract = contract
        self._known: dict[int, tuple[Json, list[Json]]] = {}
        """The least candidates by the identity of their schemas, which are kept so that it stays theirs."""
        self._active: set[int] = set()

    def of(self, value: Json) -> list[Json]:
        """Build some candidates for a schema, the likeliest first; none for what nothing can satisfy."""
        if not isinstance(value, dict):
            return [] if value is False else ["a", {}, 0, [], None]
        found = (item for schema in flat(self._contract, value) for item in self._of_flat(schema, is_least=False))
        return list(islice(found, _MOST))

    def least(self, value: Json) -> list[Json]:
        """Build a few small candidates for a schema in another one: nothing that may be absent is in them."""
        if not isinstance(value, dict):
            return self.of(value)[:1]
        if id(value) in self._known:
            return self._known[id(value)][1]
        if id(value) in self._active:
            return []  # it would hold itself
        self._active.add(id(value))
        schemas = flat(self._contract, value)
        found = list(islice((item for schema in schemas for item in self._of_flat(schema, is_least=True)), 3))
        self._active.discard(id(value))
        if found:
            self._known[id(value)] = (value, found)
        return found

    def _of_flat(self, schema: Object, *, is_least: bool) -> Iterator[Json]:
        conditions = {name: value for name, value in schema.items() if name in {"not", "if", "then", "else"}}
        for item in self._guessed(schema, is_least=is_least and not conditions):
            if not conditions or _passes(conditions, item):
                yield item

    def _guessed(self, schema: Object, *, is_least: bool) -> Iterator[Json]:
        if "const" in schema:
            yield schema["const"]
        elif "enum" in schema:
            yield from items(schema["enum"])
        else:
            named = types(schema) or {kind for kind, keywords in _TYPED_BY if schema.keys() & set(keywords)}
            for kind in sorted(named) or ("string", "object", "integer", "array", "null", "boolean"):
                yield from self._of_type(kind, schema, is_least=is_least)
        yield from items(schema.get("examples"))
        yield from (schema[name] for name in ("example", "default") if name in schema)

    def _of_type(self, kind: str, schema: Object, *, is_least: bool) -> Iterator[Json]:
        builders: dict[str, Callable[[], Iterator[Json]]] = {
            "string": lambda: _texts(schema),
            "integer": lambda: _numbers(schema, 1),
            "number": lambda: _numbers(schema, 0),
            "array": lambda: self._arrays(schema),
            "object": lambda: self._objects(schema, is_least=is_least),
            "boolean": lambda: iter((True, False)),
            "null": lambda: iter((None,)),
        }
        yield from builders[kind]()

    def _arrays(self, schema: Object) -> Iterator[Json]:
        least = _count(schema, "minItems")
        first = [next(iter(self.least(item)), None) for item in items(schema.get("prefixItems"))]
        contained = self.least(schema.get("contains", False))[:1] * max(_count(schema, "minContains"), 1)
        start = [*first, *contained]
        missing = least - len(start)
        rest = self.least(schema.get("items")) if missing > 0 else []
        if missing <= 0:
            yield start
            yield contained
        elif rest:
            yield [*start, *rest[:1] * missing]
            yield [*start, *self._distinct(schema.get("items"), rest, missing)]

    def _distinct(self, schema: Json, found: list[Json], count: int) -> list[Json]:
        """Make distinct items, where they are asked for, out of as many candidates as that takes."""
        first = found[0]
        others: list[Json] = [*found, *self.of(schema)]
        if isinstance(first, str):
            others += [f"{first}{number}" for number in range(count)]
        elif isinstance(first, (int, float)) and not isinstance(first, bool):
            others += [first + number for number in range(count)]
        unique = {f"{type(item).__name__} {item}": item for item in others}
        return [*unique.values()][:count]

    def _objects(self, schema: Object, *, is_least: bool) -> Iterator[Json]:
        required = words(schema.get("required"))
        values = {name: found for name in required if (found := self.least(self._property(schema, name)))}
        if len(values) < len(required):
            return
        least = {name: found[0] for name, found in values.items()}
        yield self._filled(schema, least)
        for name, found in values.items():
            yield from (least | {name: other} for other in found[1:])
        if is_least:
            return
        optional = {name: item for name, item in members(schema, "properties").items() if name not in least}
        others = {name: found[0] for name, item in optional.items() if (found := self.least(item))}
        yield from (least | {name: item} for name, item in others.items())
        yield least | others

    def _property(self, schema: Object, name: str) -> Json:
        """Give the schema of a property, be it declared, matched by a pattern or additional."""
        if name in (properties := members(schema, "properties")):
            return properties[name]
        for pattern, item in members(schema, "patternProperties").items():
            if matches(pattern, name):
                return item
        return schema.get("additionalProperties")

    def _filled(self, schema: Object, least: Object) -> Object:
        """Add properties until there are enough."""
        filled, most = dict(least), _count(schema, "minProperties")
        names = [*members(schema, "properties")] if most else []
        for pattern in members(schema, "patternProperties") if most else ():
            names += [shortest(pattern, more) for more in range(most)]
        for candidate in self.least(members(schema, "propertyNames") or {"const": "a"}) if most else []:
            names += [f"{candidate}{number or ''}" for number in range(most)]
        for name in names:
            if len(filled) < most and name not in filled and (found := self.least(self._property(schema, name))):
                filled[name] = found[0]
        return filled


def _passes(conditions: Object, item: Json) -> bool:
    """Say whether a value meets conditions; those that refer to something are left to who validates the whole."""
    try:
        return jsonschema_rs.Draft202012Validator(conditions).is_valid(item)
    except (ValueError, jsonschema_rs.ReferencingError):
        return True


def _count(schema: Object, name: str) -> int:
    value = schema.get(name)
    return min(value, LONGEST) if isinstance(value, int) else 0


def _numbers(schema: Object, unit: int) -> Iterator[Json]:
    step = schema.get("multipleOf")
    unit = step if isinstance(step, int) else unit
    bounds = ("minimum", 0), ("maximum", 0), ("exclusiveMinimum", 1), ("exclusiveMaximum", -1)
    for name, direction in bounds:
        bound = schema.get(name)
        if isinstance(bound, (int, float)):
            yield bound + direction * (unit or 0.001)
            yield bound + direction
            if step and isinstance(step, (int, float)):
                yield (bound // step + (direction >= 0)) * step
                yield bound // step * step
    if isinstance(step, (int, float)):
        yield step
    yield from (0, 1)


def _texts(schema: Object) -> Iterator[Json]:
    """Build texts; where there is a pattern or a length, only those that have both."""
    least, most = _count(schema, "minLength"), schema.get("maxLength")
    named, pattern = schema.get("format"), schema.get("pattern")
    found = [*_FORMATS.get(str(named), ())]
    if isinstance(pattern, str):
        found += [shortest(pattern, more) for more in (0, 1, least, least // 2 + 1, 3)]
    else:
        found += ["a" * (least or 1), "a" * least, "https://example.org/".ljust(least, "a")]
    for text in found:
        is_short = not isinstance(most, int) or len(text) <= most
        if least <= len(text) and is_short and (not isinstance(pattern, str) or matches(pattern, text)):
            yield text
