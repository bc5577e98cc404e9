"""The comparer sees every change of one leaf of the contract but those that mean the same, with reasons (GEN-4)."""

import copy
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from itertools import islice
from typing import Any  # a contract is any JSON

import pytest

from backend.tests.contracts import GET, PUT, SCHEMAS, THING, Json, changed
from scripts.compare import EQUIVALENCES, differences, meaning, schema_names
from scripts.contract import CONTRACT
from scripts.generate.reader import read

CONTENT: Json = read(CONTRACT).content
Place = tuple[str | int, ...]
SHARES = 4
MEASURED = 3000
"""Mutants of the contract, at least: fewer would mean that the walk lost a part of it."""


def leaves(value: object, place: Place = ()) -> Iterator[tuple[Place, object]]:
    """Walk over everything that can be removed, and every leaf that can be changed."""
    if isinstance(value, dict):
        for name, item in value.items():
            yield (*place, name), item
            yield from leaves(item, (*place, name))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield (*place, index), item
            yield from leaves(item, (*place, index))


def other(value: object) -> object:
    """Give a value of the same type that is another one."""
    match value:
        case bool():
            return not value
        case int():
            return value + 1
        case str():
            return value + "x"
        case _:
            return "was null"


def holder(content: Json, place: Place) -> Any:  # noqa: ANN401 - any part of a contract
    target: Any = content
    for part in place[:-1]:
        target = target[part]
    return target


def mutants() -> Iterator[tuple[str, Place, object]]:
    """Change every leaf and remove every member and item, in place; each is undone before the next."""
    for place, value in leaves(copy.deepcopy(CONTENT)):
        target = holder(CONTENT, place)
        if value is None or isinstance(value, str | int | float):
            target[place[-1]] = other(value)
            yield "changed", place, value
            target[place[-1]] = value
        before = target.copy()
        del target[place[-1]]
        yield "removed", place, value
        target.clear()
        target.update(before) if isinstance(target, dict) else target.extend(before)


EXCUSES: Mapping[str, Callable[[Place, object], bool]] = {
    "document-level security": lambda place, value: (place[-1], value) == ("security", []),
    "stated defaults": lambda place, value: (place[-1], value) in [("required", False), ("additionalProperties", True)],
    "type beside a choice": lambda place, _: (
        place[-1] == "type" and bool({"const", "enum"} & holder(CONTENT, place).keys())
    ),
    # The part that it inherits from says it too.
    "inheritance": lambda place, value: (place[-1], value) == ("type", "object") and "allOf" in place,
}
"""The equivalences that removing one leaf of the contract can be."""


def outcome(kind: str, place: Place, value: object, *, is_seen: bool) -> str:
    """Whether a mutant is seen; else the equivalence that it is, or where it is."""
    if is_seen:
        return "seen"
    excuses = [
        name for name, holds in EXCUSES.items() if name in EQUIVALENCES and kind == "removed" and holds(place, value)
    ]
    return excuses[0] if excuses else f"unseen: {kind} {place}: {value!r}"


@pytest.mark.parametrize("share", range(SHARES))
def test_every_mutant_of_one_leaf_is_seen(share: int) -> None:  # GEN-4
    original = copy.deepcopy(CONTENT)
    names = schema_names(CONTENT)
    means = meaning(original, names)
    outcomes = Counter(
        outcome(*mutant, is_seen=meaning(CONTENT, schema_names(CONTENT) & names) != means)
        for mutant in islice(mutants(), share, None, SHARES)
    )
    assert set(outcomes) <= {"seen", *EQUIVALENCES}
    assert original == CONTENT
    assert outcomes["seen"] > MEASURED / SHARES


def test_what_means_something_else_has_a_difference() -> None:
    original = copy.deepcopy(CONTENT)
    names = schema_names(CONTENT)
    means = meaning(original, names)
    for number, (kind, place, _) in enumerate(mutants()):
        if number % 50 == 0:
            differs = meaning(CONTENT, schema_names(CONTENT) & names) != means
            assert bool(differences(original, CONTENT)) == differs, f"{kind} {place}"


STRING: Json = {"type": "string"}
NAME = f"{SCHEMAS} Name"
BRANCHES = [{"$ref": "#/components/schemas/Thing"}, {"$ref": "#/components/schemas/Problem"}]
MAPPING = {"Thing": "#/components/schemas/Thing", "Problem": "#/components/schemas/Problem"}
THING_REF = BRANCHES[0]
MORE: Json = {"type": "object", "properties": {"more": STRING}}
NAMED: Json = {"type": "object", "properties": {"name": STRING}}
PARAMETER = {"name": "q", "in": "query", "schema": STRING}
SHARED = THING["paths"]["/things/{id}"]["parameters"]
HEADERS = {"description": "x", "schema": STRING}
SAME: list[tuple[str, Json, Json]] = [
    (
        "references",
        {f"{SCHEMAS} Thing properties x": STRING},
        {f"{SCHEMAS} Thing properties x": {"$ref": "#/components/schemas/Made"}, f"{SCHEMAS} Made": STRING},
    ),
    (
        "path-level parameters",
        {"paths /things/{id} parameters": [*SHARED, PARAMETER]},
        {f"{GET} parameters": [PARAMETER], f"{PUT} parameters": [PARAMETER]},
    ),
    (
        "document-level security",
        {},
        {"security": [], f"{GET} security": [{"token": []}], f"{PUT} security": [{"token": []}]},
    ),
    (
        "order",
        {f"{GET} security": [{"a": []}, {"b": []}], NAME: {"enum": ["a", "b"]}},
        {f"{GET} security": [{"b": []}, {"a": []}], NAME: {"enum": ["b", "a"]}},
    ),
    (
        "order",
        {NAME: {"anyOf": [{"type": "null"}, STRING]}},
        {NAME: {"anyOf": [STRING, {"type": "null"}]}},
    ),
    (
        "header case",
        {f"{GET} responses 200 headers": {"ETag": HEADERS}},
        {f"{GET} responses 200 headers": {"etag": HEADERS}},
    ),
    (
        "stated defaults",
        {},
        {f"{PUT} deprecated": False, f"{GET} responses 200 links": {}, f"{SCHEMAS} Thing additionalProperties": True},
    ),
    ("type beside a choice", {NAME: {"enum": ["a", None]}}, {NAME: {"enum": ["a", None], "type": ["string", "null"]}}),
    ("const", {NAME: {"const": 1}}, {NAME: {"enum": [1]}}),
    (
        "several types",
        {NAME: {"type": ["string", "array", "null"], "maxLength": 1, "minItems": 2, "description": "x"}},
        {
            NAME: {
                "anyOf": [{"type": "string", "maxLength": 1}, {"type": "array", "minItems": 2}, {"type": "null"}],
                "description": "x",
            }
        },
    ),
    ("truth", {NAME: True}, {NAME: {}}),
    ("truth", {NAME: {"type": "array", "items": False}}, {NAME: {"type": "array", "items": {"not": {}}}}),
    ("one part", {NAME: {"allOf": [THING_REF], "title": "x"}}, {NAME: {**THING_REF, "title": "x"}}),
    ("one part", {NAME: THING_REF}, {NAME: THING["components"]["schemas"]["Thing"]}),
    (
        "inheritance",
        {
            NAME: {
                "description": "x",
                "allOf": [
                    {"$ref": "#/components/schemas/Thing"},
                    {"allOf": [{"type": "object", "required": ["y"], "properties": {"y": STRING}}]},
                ],
            },
            f"{SCHEMAS} Thing properties": {"x": STRING},
            f"{SCHEMAS} Thing required": ["x"],
        },
        {
            NAME: {
                "type": "object",
                "description": "x",
                "required": ["x", "y"],
                "properties": {"y": STRING, "x": STRING},
            },
            f"{SCHEMAS} Thing properties": {"x": STRING},
            f"{SCHEMAS} Thing required": ["x"],
        },
    ),
    (
        "implicit mapping",
        {NAME: {"oneOf": BRANCHES, "discriminator": {"propertyName": "code"}}},
        {NAME: {"oneOf": BRANCHES, "discriminator": {"propertyName": "code", "mapping": MAPPING}}},
    ),
    ("white space", {f"{GET} description": "a \n\nb"}, {f"{GET} description": "a\n\nb\n"}),
    ("unused components", {}, {"components headers": {"X": HEADERS}}),
]
DIFFERENT: list[tuple[Json, Json]] = [
    ({}, {f"{SCHEMAS} Unused": STRING}),
    ({}, {f"{GET} responses 404": {"$ref": "#/components/responses/Nowhere"}}),
    ({f"{SCHEMAS} Thing properties x": STRING}, {f"{SCHEMAS} Thing properties x": {"$ref": "#/components/schemas/No"}}),
    ({NAME: {"const": 1}}, {NAME: {"const": True}}),
    ({f"{SCHEMAS} Thing properties x": STRING}, {f"{SCHEMAS} Thing properties x": 1}),
    ({NAME: {"const": "a"}}, {NAME: {"const": "a", "type": "integer"}}),
    ({NAME: {"enum": ["a"]}}, {NAME: {"enum": ["a"], "const": "a"}}),
    ({NAME: True}, {NAME: False}),
    ({NAME: {}}, {NAME: {"not": {}}}),
    ({}, {f"{SCHEMAS} Thing default": {}}),
    ({NAME: {"$ref": "#/components/schemas/No"}}, {NAME: {"$ref": "#/components/schemas/Nor"}}),
    ({NAME: {**THING_REF, "maxLength": 1}}, {NAME: {**THING_REF, "maxLength": 2}}),
    ({NAME: {"allOf": [THING_REF, MORE]}}, {NAME: {"allOf": [THING_REF, MORE | {"title": "x"}]}}),
    ({NAME: {"allOf": [THING_REF, NAMED]}}, {NAME: {"allOf": [THING_REF, MORE]}}),
    ({NAME: {"allOf": [MORE], "minProperties": 1}}, {NAME: MORE | {"minProperties": 1}}),
    ({NAME: {"oneOf": [STRING]}}, {NAME: {"anyOf": [STRING]}}),
    ({NAME: {"not": {"const": 1}}}, {NAME: {"not": {"const": 2}}}),
    ({"paths /things/{id} summary": "a"}, {"paths /things/{id} summary": "b"}),
    ({f"{GET} security": "a"}, {f"{GET} security": "b"}),
    ({f"{GET} parameters": "a", "paths /things/{id} parameters": "b"}, {"paths /things/{id} parameters": [PARAMETER]}),
    ({NAME: {"allOf": "a", "type": "string"}}, {NAME: STRING | {"maxLength": 1}}),
]


@pytest.mark.parametrize(("name", "left", "right"), SAME, ids=lambda value: value if isinstance(value, str) else "")
def test_an_equivalence_is_no_difference(name: str, left: Json, right: Json) -> None:
    assert name in EQUIVALENCES
    assert changed(left) != changed(right)
    assert differences(changed(left), changed(right)) == []


def test_every_equivalence_is_shown() -> None:  # GEN-4
    assert {name for name, _, _ in SAME} == EQUIVALENCES.keys()


@pytest.mark.parametrize(("left", "right"), DIFFERENT)
def test_what_looks_like_an_equivalence_and_is_none_is_a_difference(left: Json, right: Json) -> None:
    found = differences(changed(left), changed(right))
    assert found != []
    assert all(str(difference).startswith("/") for difference in found)
