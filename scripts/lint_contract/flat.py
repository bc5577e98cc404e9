"""Flattens a schema: no references, no allOf, oneOf and anyOf, for candidates to be built from. Spec: LINT-11."""

from collections.abc import Callable, Iterator
from itertools import islice
from typing import Final

from scripts.generate.reader import Json, Object
from scripts.lint_contract.places import Contract, items, members, words

_CHOICES: Final = 12
"""Combinations of branches of one schema: more would only make the search slow."""
_DEPTH: Final = 12
"""Of references and allOf in each other."""


def flat(contract: Contract, schema: Object, depth: int = 0) -> Iterator[Object]:
    """Give flat schemas whose instances are among those of `schema`, or near; none where it goes round in a circle."""
    if depth > _DEPTH:
        return
    own: Object = {name: value for name, value in schema.items() if name not in {"$ref", "allOf", "oneOf", "anyOf"}}
    found = [own]
    parts = [members(part) for part in items(schema.get("allOf"))]
    if isinstance(reference := schema.get("$ref"), str) and (target := contract.find(reference)):
        parts.append(target.value)
    for part in parts:
        found = [_merged(one, other) for other in islice(flat(contract, part, depth + 1), 4) for one in found]
    then: list[Json] = [schema.get("then"), schema.get("else")] if "if" in schema else []
    for choices in (items(schema.get("oneOf")), items(schema.get("anyOf")), then):
        branches = [members(branch) for branch in choices]
        if branches:
            found = [
                _merged(one, other)
                for branch in branches
                for other in islice(flat(contract, branch, depth + 1), 4)
                for one in found
            ]
    yield from found[:_CHOICES]


def _merged(one: Object, other: Object) -> Object:
    """Merge two flat schemas into one that says what both say, as far as one keyword can."""
    merged = other | one
    for name in one.keys() & other.keys():
        merged[name] = _both(name, one[name], other[name])
    if "const" in merged and "enum" in merged:
        del merged["enum"]
    return merged


def _both(name: str, one: Json, other: Json) -> Json:
    if isinstance(one, dict) and isinstance(other, dict) and name in {"properties", "patternProperties"}:
        both: Object = {key: {"allOf": [one[key], other[key]]} for key in one.keys() & other.keys()}
        return other | one | both
    if isinstance(one, (int, float)) and isinstance(other, (int, float)):
        if name.startswith(("min", "exclusiveMin")):
            return max(one, other)
        if name.startswith(("max", "exclusiveMax")):
            return min(one, other)
    lists: dict[str, Callable[[], Json]] = {
        "required": lambda: [*dict.fromkeys((*words(one), *words(other)))],
        "enum": lambda: [item for item in items(one) if item in items(other)],
        "type": lambda: _types(one, other),
    }
    if name in lists:
        return lists[name]()
    if name in {"items", "additionalProperties"} and isinstance(one, dict) and isinstance(other, dict):
        return {"allOf": [one, other]}
    return one


def _types(one: Json, other: Json) -> Json:
    first = [one] if isinstance(one, str) else words(one)
    second = {other} if isinstance(other, str) else set(words(other))
    if "number" in second:
        second.add("integer")
    both = [name for name in first if name in second]
    return [
        *both,
        *(["integer"] if "number" in first and "integer" in second - {*both} and "number" not in both else []),
    ]
