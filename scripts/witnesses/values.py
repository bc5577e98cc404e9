"""JSON values in and out of a schema: each bound from both sides, each choice, each branch, null, absent, extra."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations, product
from typing import Final

from scripts.lint_contract import places
from scripts.lint_contract.witness import Candidates
from scripts.witnesses.document import Contract, Node
from scripts.witnesses.texts import texts

STRAYS: Final[tuple[Node, ...]] = (None, True, False, 0, 1, -1, 1.0, 1.5, 1e30, "", "1", [], {}, [None])
"""Of every type, to be tried where another one is asked for."""

EXTRA: Final = "a_member_of_nobody"

_DEEPEST: Final = 3
"""Objects in objects that are varied: deeper ones are taken as they come."""

_BOUNDS: Final = ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum")


@dataclass(frozen=True)
class Values:
    """Makes values for the schemas of a contract; whether one is valid is for a validator to say."""

    contract: Contract
    words: Sequence[str] = ()
    """Names to try where names are chosen from a list."""

    @cached_property
    def _candidates(self) -> Candidates:
        return Candidates(places.Contract(dict(self.contract.content)))

    def sample(self, schema: Node) -> Node:
        """A valid value, or any where none is found."""
        validator = self.contract.validator(schema)
        tried: list[Node] = []
        for value in self._samples(schema):
            if validator.is_valid(value):
                return value
            tried.append(value)
        return tried[0]

    def _samples(self, schema: Node) -> Iterator[Node]:
        """The cheapest first: to look for texts of a pattern takes long."""
        flat = self._flat(schema)
        yield from (*flat.get("examples", ()), *flat.get("enum", ()))
        if "properties" in flat:
            yield {
                name: self.sample(flat["properties"][name])
                for name in flat.get("required", ())
                if name in flat["properties"]
            }
        yield from self._candidates.of(schema)
        yield from STRAYS

    def of(self, schema: Node, depth: int = 0) -> list[Node]:
        """Every value to try for a schema, each once."""
        flat = self._flat(schema)
        found: list[Node] = [*flat.get("examples", ()), *self._made(flat, depth), *STRAYS]
        return _distinct(found)

    def _flat(self, schema: Node) -> Mapping[str, Node]:
        """What a schema and all that it inherits from say, in one."""
        node = self.contract.resolve(schema)
        parts = [self._flat(part) for part in node.get("allOf", ())]
        merged = {name: value for part in (*parts, node) for name, value in part.items()}
        if parts:
            members = [part.get("properties", {}) for part in (*parts, node)]
            merged["properties"] = {name: child for part in members for name, child in part.items()}
            merged["required"] = [name for part in (*parts, node) for name in part.get("required", ())]
        return merged

    def _made(self, flat: Mapping[str, Node], depth: int) -> Iterator[Node]:
        for branch in (*flat.get("oneOf", ()), *flat.get("anyOf", ())):
            yield from self.of(branch, depth)
        for choice in (*flat.get("enum", ()), *([flat["const"]] if "const" in flat else [])):
            yield choice
            yield from (f"{choice}x", str(choice).upper())
        if "enum" in flat:
            yield from self.words
        if {"pattern", "minLength", "maxLength", "format"} & flat.keys() or flat.get("type") == "string":
            yield from self._texts(flat)
        for name in _BOUNDS:
            if name in flat:
                yield from (flat[name] + step for step in (-1, 0, 1))
        if "properties" in flat:
            yield from self._objects(flat, depth)
        if "items" in flat:
            yield from self._arrays(flat, depth)
        if isinstance(flat.get("additionalProperties"), Mapping):
            yield from self._maps(flat, depth)

    def _texts(self, flat: Mapping[str, Node]) -> Iterator[str]:
        unbounded = {name: value for name, value in flat.items() if name not in {"minLength", "maxLength", "enum"}}
        validator = self.contract.validator(unbounded)
        yield from texts(flat.get("pattern"), flat.get("minLength", 0), flat.get("maxLength"), validator.is_valid)

    def _arrays(self, flat: Mapping[str, Node], depth: int) -> Iterator[Node]:
        item = self.sample(flat["items"])
        for name in ("minItems", "maxItems"):
            if name in flat:
                for step in (-1, 0, 1):
                    yield [item] * (flat[name] + step)
                    yield [_varied(item, number) for number in range(flat[name] + step)]
        # Not deeper in lists of lists; the second place is not the first.
        for value in self.of(flat["items"], max(depth + 1, _DEEPEST - 1)):
            yield [value]
            if _varied(item, 1) != item:
                yield [_varied(item, 1), value]

    def _maps(self, flat: Mapping[str, Node], depth: int) -> Iterator[Node]:
        """Names of the client's choice: each name with a good value, each value under a good name, and many."""
        names, values = flat.get("propertyNames", {}), flat["additionalProperties"]
        good = self.sample(values)
        yield {}
        yield from ({name: good} for name in self.of(names, _DEEPEST) if isinstance(name, str))
        if depth < _DEEPEST:
            yield from ({str(self.sample(names)): value} for value in self.of(values, depth + 1))
        for bound in ("minProperties", "maxProperties"):
            if bound in flat:
                for step, value in product((-1, 0, 1), (good, None)):
                    yield {str(number): value for number in range(flat[bound] + step)}

    def _objects(self, flat: Mapping[str, Node], depth: int) -> Iterator[Node]:
        properties, required = flat["properties"], flat.get("required", [])
        least = {name: self.sample(properties[name]) for name in required if name in properties}
        yield least
        yield {**least, EXTRA: 1}
        yield dict.fromkeys([*properties, EXTRA], 1.5)
        yield from ({name: value for name, value in least.items() if name != left_out} for left_out in least)
        if depth >= _DEEPEST:
            return
        for name, child in properties.items():
            yield from ({**least, name: value} for value in self.of(child, depth + 1))
        yield from self._pairs(least, properties)

    def _pairs(self, least: Mapping[str, Node], properties: Mapping[str, Node]) -> Iterator[Node]:
        """Every two values of every two members that have few."""
        few = {name: choices for name, child in properties.items() if (choices := self._choices(child))}
        for (one, ones), (other, others) in combinations(few.items(), 2):
            yield from ({**least, one: first, other: second} for first, second in product(ones, others))

    def _choices(self, schema: Node) -> list[Node]:
        flat = self._flat(schema)
        return [True, False] if flat.get("type") == "boolean" else list(flat.get("enum", ()))


def _varied(value: Node, number: int) -> Node:
    """A value like this one, for each number another one."""
    if isinstance(value, Mapping):
        name = next((name for name, member in value.items() if type(member) is int), None)
        return value if name is None else {**value, name: value[name] + number}
    return value + number if type(value) is int else value


def _distinct(values: Iterable[Node]) -> list[Node]:
    """Each once: to Python 1, 1.0 and true are equal, as JSON text they are not."""
    return list({json.dumps(value, sort_keys=True): value for value in values}.values())
