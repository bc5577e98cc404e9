"""Finds an instance of a schema: one that has none is a mistake that nobody would notice before the first request.

Candidates are built from what a schema says (examples, choices, bounds, the shortest text of a pattern) for a validator
to try; a schema for which none is found is reported, and an example in the contract settles it.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from re import _constants as codes  # pyrefly: ignore[missing-module-attribute] # the names of the parser's nodes, not public
from re import _parser as parser  # pyrefly: ignore[missing-module-attribute] # Python's own parser, not public either
from typing import Any, Final

from scripts.generate.reader import Json, Object
from scripts.generate.rewriting import items, members

_MOST: Final = 40
"""Candidates of one schema: more would only make the search slow."""

_LETTERS: Final = "a0A-_. /:TZ+\u00e9"
_FORMATS: Final = {
    "date-time": "2026-12-24T17:00:00Z",
    "date": "2026-12-24",
    "time": "17:00:00Z",
    "uuid": "123e4567-e89b-12d3-a456-426614174000",
    "email": "a@example.org",
    "uri": "https://example.org/",
    "ipv4": "192.0.2.1",
    "ipv6": "2001:db8::1",
}


@dataclass(frozen=True)
class Candidates:
    """Builds candidates for the schemas of one document; `schemas` are its components."""

    schemas: Mapping[str, Object]

    def of(self, value: Json) -> list[Json]:
        """Build some candidates for a schema, the likeliest first."""
        schema = members(value)
        found: list[Json] = [*items(schema.get("examples")), *items(schema.get("enum"))]
        found += [schema[name] for name in ("const", "default") if name in schema]
        return list(islice((*found, *self._built(schema)), _MOST))

    def _built(self, schema: Object) -> Iterator[Json]:
        reference = schema.get("$ref")
        if isinstance(reference, str):
            yield from self.of(self.schemas.get(reference.rpartition("/")[2]))
        for branch in (*items(schema.get("oneOf")), *items(schema.get("anyOf"))):
            yield from self.of(branch)
        if "allOf" in schema:
            yield from self._inheriting(schema)
        named = schema.get("type")
        for name in named if isinstance(named, list) else [named]:
            yield from self._of_type(str(name), schema)

    def _of_type(self, named: str, schema: Object) -> Iterator[Json]:
        builders: dict[str, Callable[[Object], Iterator[Json]]] = {
            "string": _texts,
            "integer": _numbers,
            "number": _numbers,
            "array": self._arrays,
            "object": self._objects,
            "boolean": lambda _: iter((True, False)),
            "null": lambda _: iter((None,)),
        }
        if named in builders:
            yield from builders[named](schema)

    def _arrays(self, schema: Object) -> Iterator[Json]:
        count = schema.get("minItems", 0)
        items = self.of(schema.get("items"))
        if isinstance(count, int) and items:
            yield [items[0]] * count
            yield items[:count]  # distinct, where that is asked for

    def _objects(self, schema: Object) -> Iterator[Json]:
        properties = members(schema, "properties")
        found = {name: candidates[0] for name, item in properties.items() if (candidates := self.of(item))}
        yield {name: item for name, item in found.items() if name in items(schema.get("required"))}
        yield dict(found)

    def _inheriting(self, schema: Object) -> Iterator[Json]:
        parts = [self.of(part) for part in items(schema["allOf"])]
        parts.append(list(self._objects(schema)))
        for choice in (0, -1):
            merged: Object = {}
            for part in parts:
                merged |= members(part[choice]) if part else {}
            yield dict(merged)


def _numbers(schema: Object) -> Iterator[Json]:
    for name, step in (("minimum", 0), ("maximum", 0), ("exclusiveMinimum", 1), ("exclusiveMaximum", -1)):
        bound = schema.get(name)
        if isinstance(bound, (int, float)):
            yield bound + step
    yield schema.get("multipleOf", 0)
    yield 0


def _texts(schema: Object) -> Iterator[Json]:
    if isinstance(named := schema.get("format"), str) and named in _FORMATS:
        yield _FORMATS[named]
    least = schema.get("minLength", 0)
    length = least if isinstance(least, int) else 0
    pattern = schema.get("pattern")
    if isinstance(pattern, str):
        for more in (0, 1, length):
            yield shortest(pattern, more)
    yield "a" * length


def shortest(pattern: str, more: int = 0) -> str:
    """Build a text for a pattern, with `more` repetitions than are necessary wherever it repeats."""
    return "".join(_text(node, more) for node in parser.parse(pattern))


def _text(node: tuple[Any, Any], more: int) -> str:  # a node of Python's parser: a name and any arguments
    kind, arguments = node
    if kind is codes.LITERAL:
        return chr(arguments)
    if kind is codes.IN:
        return "".join(islice((letter for letter in _alphabet(arguments) if _allows(arguments, letter)), 1))
    if kind in {codes.MAX_REPEAT, codes.MIN_REPEAT}:
        least, most, repeated = arguments
        return "".join(_text(item, more) for item in repeated) * int(min(least + more, most))
    if kind is codes.SUBPATTERN:
        return "".join(_text(item, more) for item in arguments[-1])
    if kind is codes.BRANCH:
        return "".join(_text(item, more) for item in arguments[1][0])
    return "a" if kind in {codes.ANY, codes.NOT_LITERAL} else ""  # anchors are no text


def _alphabet(arguments: list[tuple[Any, Any]]) -> Iterator[str]:  # as above
    yield from _LETTERS
    for kind, argument in arguments:
        if kind is codes.LITERAL:
            yield chr(argument)
        elif kind is codes.RANGE:
            yield chr(argument[0])


def _allows(arguments: list[tuple[Any, Any]], letter: str) -> bool:  # as above
    negated = arguments[0][0] is codes.NEGATE
    named = any(
        (kind is codes.LITERAL and ord(letter) == argument)
        or (kind is codes.RANGE and argument[0] <= ord(letter) <= argument[1])
        for kind, argument in arguments
    )
    return named != negated
