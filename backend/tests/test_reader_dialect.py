"""OpenAPI 3.0 is read as 3.1, and what is unsaid is written down (READ-11 to READ-13)."""

from pathlib import Path

import pytest

from backend.tests.contracts import SCHEMAS, Json, changed, written
from scripts.generate.reader import Document, read

PETS: Json = {f"{SCHEMAS} Pet": {"type": "object"}}
PET = {"$ref": "#/components/schemas/Pet"}
NULL = {"type": "null"}


def schema(folder: Path, value: Json, version: str) -> tuple[object, list[str]]:
    """Read a schema; what it became, and the readings without their places."""
    document = as_read(folder, value, version)
    return at(document, "A"), [reading.sentence for reading in document.readings]


def as_read(folder: Path, value: Json, version: str) -> Document:
    return read(written(folder, {"openapi": version, f"{SCHEMAS} A": value, **PETS, f"{SCHEMAS} Problem": {}}))


def at(document: Document, name: str) -> Json:
    found: Json = document.content["components"]["schemas"][name]  # type: ignore[index,call-overload,assignment] # JSON
    return found


OLD: list[tuple[Json, object, list[str]]] = [
    # null, READ-11
    ({"type": "string", "nullable": True}, {"type": ["string", "null"]}, []),
    ({"type": "string", "nullable": False}, {"type": "string"}, []),
    ({"nullable": True, "description": "any"}, {"description": "any"}, []),
    (
        {"type": "string", "nullable": True, "enum": ["a", None]},
        {"type": ["string", "null"], "enum": ["a", None]},
        [],
    ),
    (
        {"type": "string", "nullable": True, "enum": ["a"]},
        {"type": "string", "enum": ["a"]},
        ["`nullable` beside an enum without null allows no null"],
    ),
    (
        {**PET, "nullable": True},
        {"anyOf": [PET, NULL]},
        ["`nullable` beside `$ref`: null is allowed too"],
    ),
    (
        {"nullable": True, "allOf": [PET, {"properties": {"a": {"nullable": True, "type": "integer"}}}], "x-a": 1},
        {
            "x-a": 1,
            "anyOf": [
                {"allOf": [PET, {"type": "object", "properties": {"a": {"type": ["integer", "null"]}}}]},
                NULL,
            ],
        },
        [
            "`nullable` beside `allOf`: null is allowed too",
            "`properties` without a type: the type is object",
        ],
    ),
    (
        {"nullable": True, "anyOf": [PET, {"type": "string"}], "description": "d", "default": None},
        {"description": "d", "default": None, "anyOf": [PET, {"type": "string"}, NULL]},
        ["`nullable` beside `anyOf`: null is allowed too"],
    ),
    (
        {"nullable": True, "anyOf": [PET], "discriminator": {"propertyName": "a"}},
        {"anyOf": [{"anyOf": [PET], "discriminator": {"propertyName": "a"}}, NULL]},
        ["`nullable` beside `anyOf`: null is allowed too"],
    ),
    # bounds and what stays, READ-12
    (
        {"type": "number", "minimum": 1, "exclusiveMinimum": True, "maximum": 2.5, "exclusiveMaximum": False},
        {"type": "number", "exclusiveMinimum": 1, "maximum": 2.5},
        [],
    ),
    ({"type": "number", "exclusiveMaximum": True}, {"type": "number"}, []),
    (
        {"type": "string", "format": "byte", "example": {"nullable": True}, "x-nullable": True},
        {"type": "string", "format": "byte", "example": {"nullable": True}, "x-nullable": True},
        [],
    ),
]
BOTH: list[tuple[Json, object, list[str]]] = [  # READ-13
    (
        {"properties": {"a": {"items": {}}}},
        {"type": "object", "properties": {"a": {"type": "array", "items": {}}}},
        [
            "`properties` without a type: the type is object",
            "`items` without a type: the type is array",
        ],
    ),
    (
        {"required": ["a"], "oneOf": [{"required": ["b"]}, {"additionalProperties": False}]},
        {
            "type": "object",
            "required": ["a"],
            "oneOf": [{"required": ["b"]}, {"type": "object", "additionalProperties": False}],
        },
        [
            "`required` without a type: the type is object",
            "`additionalProperties` without a type: the type is object",
        ],
    ),
    (
        {"type": "object", "not": {"properties": {"a": {"items": {}}}}},
        {"type": "object", "not": {"properties": {"a": {"items": {}}}}},
        [],
    ),
    ({"properties": {}, "items": {}}, {"properties": {}, "items": {}}, []),
]
NEW: list[tuple[Json, object, list[str]]] = [
    ({"type": ["string"]}, {"type": "string"}, []),
    ({"type": ["string", "null"]}, {"type": ["string", "null"]}, []),
    (
        {"type": "string", "nullable": True},
        {"type": "string"},
        ["OpenAPI 3.1 has no `nullable`: it is ignored"],
    ),
    (
        {"if": {"required": ["a"]}, "then": {"properties": {"b": True}}, "prefixItems": [True], "minItems": 1.0},
        {
            "type": "array",
            "if": {"required": ["a"]},
            "then": {"properties": {"b": True}},
            "prefixItems": [True],
            "minItems": 1,
        },
        ["`prefixItems` without a type: the type is array"],
    ),
    ({**PET, "required": ["a"]}, {**PET, "required": ["a"]}, []),
    ({"exclusiveMinimum": 3}, {"exclusiveMinimum": 3}, []),
]


@pytest.mark.parametrize(
    ("version", "value", "becomes", "readings"),
    [
        *(("3.0.3", *case) for case in (*OLD, *BOTH)),
        *(("3.1.1", *case) for case in (*NEW, *BOTH)),
    ],
)
def test_a_schema_becomes_one_of_3_1_that_says_what_it_means(
    version: str, value: Json, becomes: object, readings: list[str], tmp_path: Path
) -> None:  # READ-11, READ-12, READ-13
    assert schema(tmp_path, value, version) == (becomes, readings)


def test_the_version_becomes_3_1_and_the_authored_document_stays(tmp_path: Path) -> None:  # READ-12
    content = changed(
        {"openapi": "3.0.3", f"{SCHEMAS} A": {"type": "string", "nullable": True}, f"{SCHEMAS} Problem": {}}
    )
    document = read(written(tmp_path, {}, content))
    assert document.content["openapi"] == "3.1.0"
    assert document.authored == content
    assert as_read(tmp_path, {}, "3.1.1").content["openapi"] == "3.1.1"


def test_schemas_are_rewritten_wherever_they_stand(tmp_path: Path) -> None:  # READ-11
    old = {"type": "string", "nullable": True}
    path = "paths /things/{id} get responses 200"
    changes: Json = {
        "openapi": "3.0.3",
        f"{SCHEMAS} Problem": {},
        "paths /things/{id} parameters 0 schema": old,
        f"{path} content application/json schema": old,
        f"{path} headers": {"A": {"schema": old}},
    }
    content = read(written(tmp_path, changes)).content
    new = {"type": ["string", "null"]}
    item: Json = content["paths"]["/things/{id}"]  # type: ignore[index,call-overload,assignment] # any JSON
    assert item["parameters"][0]["schema"] == new
    assert item["get"]["responses"]["200"]["content"]["application/json"]["schema"] == new
    assert item["get"]["responses"]["200"]["headers"]["A"]["schema"] == new


def test_what_has_moved_keeps_its_place(tmp_path: Path) -> None:  # READ-1
    value = {"nullable": True, "allOf": [{"type": "object", "properties": {"a": {"type": "string"}}}]}
    document = as_read(tmp_path, value, "3.0.3")
    a = ("components", "schemas", "A")
    place = document.place((*a, "anyOf", "0", "allOf", "0", "properties", "a", "maxLength"))
    assert place.pointer == (*a, "allOf", "0", "properties", "a", "maxLength")
    assert document.readings[0].place.pointer == (*a, "nullable")
