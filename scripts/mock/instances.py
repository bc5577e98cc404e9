"""Values for answers: an example of the contract, else an instance that is made from the type of the answer (MOCK-2).

An instance shows a front end as much as it can: every property, one item of each list. What is made is tried on the
type; where it does not fit, the poorer candidates of the contract's lint are tried.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final  # Any: values of any type

from pydantic import TypeAdapter, ValidationError

from generated.declarations import Content
from scripts.generate.reader import Json, Object
from scripts.generate.rewriting import items, members
from scripts.lint_contract.places import Contract
from scripts.lint_contract.witness import Candidates

DEPTH: Final = 6
"""How deep objects and lists are filled; beyond it only what is required is, so that recursive types end."""


class NoInstance(Exception):
    """Nothing that was tried fits the type."""


def of_content(content: Content, example: str = "") -> Any:  # noqa: ANN401 - as it says
    """Give a value of a body: the example of that name, the first one, or one that is made.

    Raises:
        NoInstance: none fits.
    """
    examples = content.examples
    named = [examples[name]["value"] for name in (example, *examples) if name in examples and "value" in examples[name]]
    if content.kind == "raw":
        return next((value for value in named if isinstance(value, str)), "")
    return _fitting(content.adapter, named)


def of_type(adapter: TypeAdapter[Any]) -> Any:  # noqa: ANN401 - as it says
    """Give a value of a type; raise `NoInstance` if none is found."""
    return _fitting(adapter, [])


def _fitting(adapter: TypeAdapter[Any], known: list[Json]) -> Any:  # noqa: ANN401 - as it says
    for candidate in (*known, *_made(adapter)):
        try:
            return adapter.validate_json(json.dumps(candidate))
        except ValidationError:
            continue
    raise NoInstance


def _made(adapter: TypeAdapter[Any]) -> Iterator[Json]:
    schema = adapter.json_schema()
    schemas = members(schema, "$defs")
    instances = Instances({name: members(item) for name, item in schemas.items()})
    yield instances.full(schema)
    yield from instances.candidates.of(schema)


@dataclass(frozen=True)
class Instances:
    """Makes instances of the schemas of one document; `schemas` are those that references name."""

    schemas: Mapping[str, Object]

    @property
    def candidates(self) -> Candidates:
        """The instances that the lint tries."""
        return Candidates(Contract({"components": {"schemas": dict(self.schemas)}}))

    def full(self, value: Json, depth: int = 0) -> Json:
        """Make an instance with every property and an item in every list."""
        schema = self._resolved(members(value))
        said = [*items(schema.get("examples")), *(schema[name] for name in ("example", "const") if name in schema)]
        if said:
            return said[0]
        for choice in ("oneOf", "anyOf"):
            if branches := items(schema.get(choice)):
                return self._chosen(schema, branches, depth)
        if schema.get("type") == "array":
            return self._list(schema, depth)
        if schema.get("type") == "object" or "properties" in schema or "allOf" in schema:
            return dict(self._members(schema, depth))
        return next(iter(self.candidates.of(schema)), None)

    def _resolved(self, schema: Object) -> Object:
        while isinstance(reference := schema.get("$ref"), str):
            others = {name: item for name, item in schema.items() if name != "$ref"}
            schema = self.schemas.get(reference.rpartition("/")[2], {}) | others
        return schema

    def _chosen(self, schema: Object, branches: list[Json], depth: int) -> Json:
        """Take the first branch that is more than null, with the members that all branches share."""
        branch = next((branch for branch in branches if members(branch).get("type") != "null"), branches[0])
        chosen = self.full(branch, depth + 1)
        shared = self._members(schema, depth) if isinstance(chosen, dict) else {}
        return {**shared, **chosen} if isinstance(chosen, dict) else chosen

    def _list(self, schema: Object, depth: int) -> Json:
        least = schema.get("minItems", 0)
        count = least if isinstance(least, int) and least else int(depth < DEPTH and schema.get("maxItems") != 0)
        return [self.full(schema.get("items"), depth + 1) for _ in range(count)]

    def _members(self, schema: Object, depth: int) -> Object:
        made: Object = {}
        for part in items(schema.get("allOf")):
            inherited = self.full(part, depth + 1)
            made |= inherited if isinstance(inherited, dict) else {}
        required = items(schema.get("required"))
        for name, item in members(schema, "properties").items():
            if depth < DEPTH or name in required:
                made[name] = self.full(item, depth + 1)
        return made
