"""Any JSON Schema becomes a type that judges as a validator does, and publishes itself (specs/toolchain/schemas.md)."""

import json
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any  # any JSON, and types that are made at run time

import jsonschema_rs
import pytest
from pydantic import TypeAdapter, ValidationError

from backend.tests.schema_cases import CASES
from backend.tests.shop import package
from scripts.compare import differences

IN_PLACES = [(name, place) for name in CASES for place in ("", "Holder")]
CONTRACT: dict[str, Any] = {
    "openapi": "3.1.0",
    "info": {"title": "Schemas", "version": "1"},
    "paths": {"/all": {"get": {"responses": {"204": {"description": "Nothing."}}}}},
    "components": {
        "schemas": {name: schema for name, (schema, _, _) in CASES.items()}
        | {f"{name}Holder": {"type": "object", "properties": {"it": schema}} for name, (schema, _, _) in CASES.items()}
    },
}


@pytest.fixture(scope="module")
def generated(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SimpleNamespace]:
    """Generate one package from all schemas of the table, each as a component and as a member of another one."""
    with package(tmp_path_factory.mktemp("schemas"), CONTRACT) as made:
        yield made


def adapter(generated: SimpleNamespace, component: str) -> TypeAdapter[Any]:
    names = {authored: name for name, authored in generated.models.NAMES.items()}
    return TypeAdapter(getattr(generated.models, names.get(component, component)))


def oracle(component: str) -> jsonschema_rs.Draft202012Validator:
    registry = jsonschema_rs.Registry([("urn:contract", CONTRACT)])
    schema = {"$ref": f"urn:contract#/components/schemas/{component}"}
    return jsonschema_rs.Draft202012Validator(schema, validate_formats=True, registry=registry)


def accepts(read: TypeAdapter[Any], value: object) -> bool:
    try:
        read.validate_python(value)
    except ValidationError:
        return False
    return True


def test_the_document_of_the_types_says_what_the_contract_says(generated: SimpleNamespace) -> None:
    # SCHEMA-1
    assert [str(found) for found in differences(generated.contract, generated.routes.derived_document())] == []


@pytest.mark.parametrize("name", CASES)
def test_the_table_is_right(name: str) -> None:
    _, valid, invalid = CASES[name]
    judge = oracle(name)
    assert [value for value in valid if not judge.is_valid(value)] == []
    assert [value for value in invalid if judge.is_valid(value)] == []


@pytest.mark.parametrize(("name", "place"), IN_PLACES)
def test_a_type_judges_as_a_validator_does(generated: SimpleNamespace, name: str, place: str) -> None:
    # SCHEMA-2
    _, valid, invalid = CASES[name]
    read, judge = adapter(generated, name + place), oracle(name + place)
    put = (lambda value: {"it": value}) if place else (lambda value: value)
    with generated.models.exact.reading_request():
        assert [value for value in valid if not accepts(read, put(value))] == []
        assert [value for value in invalid if accepts(read, put(value))] == []
    for value in valid:
        assert json.loads(read.dump_json(read.validate_python(put(value)), by_alias=True)) == put(value)
    for value in invalid:  # an answer is judged as it is written: what a class does not have is left out of it
        if accepts(read, put(value)):
            assert judge.is_valid(json.loads(read.dump_json(read.validate_python(put(value)), by_alias=True)))
