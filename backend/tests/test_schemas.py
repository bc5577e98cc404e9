"""Any JSON Schema becomes a type that judges as a validator does, and publishes itself (specs/toolchain/schemas.md)."""

import json
import math
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any  # any JSON, and types that are made at run time

import jsonschema_rs
import pytest
from pydantic import TypeAdapter, ValidationError

from backend.tests.contracts import SCHEMAS, designed
from backend.tests.imported import Foreign, contract
from backend.tests.schema_cases import CASES, TEXT, of, ref
from backend.tests.shop import package
from scripts.compare import differences
from scripts.generate.annotations import Annotations
from scripts.generate.naming import ContractParser
from scripts.generate.refusal import Refusal, written

ACCOUNT = of(
    {"id": {"type": "integer", "readOnly": True}, "secret": ref("Secret"), "name": TEXT}, "id", "secret", "name"
)
DIRECTED: dict[str, Any] = {
    "Secret": {"type": "string", "writeOnly": True},
    "Account": ACCOUNT,
    "Accounts": {"type": "array", "items": ref("Account")},
    "RuledAccount": {**ACCOUNT, "maxProperties": 3},
    "ExactAccount": {"allOf": [ref("Account")], "minProperties": 1, "properties": {"name": {"minLength": 1}}},
    "OneAccount": {"oneOf": [ref("Account"), of({"id": {"type": "string"}}, "id")]},
    "NoAccount": {"not": ref("Account")},
}
DEFAULTS: dict[str, Any] = {
    "size": {"type": "integer", "default": 3},
    "day": {"type": "string", "format": "date", "default": "2026-12-24"},
    "list": {"type": "array", "items": TEXT, "default": ["a"]},
    "none": {"type": ["string", "null"], "default": None},
    "object": of({"a": {"type": "integer"}}, default={"a": 1}),
    "either": {"anyOf": [TEXT, {"type": "integer"}], "default": 1.0},
    "float": {"type": "number", "default": 0.5},
    "nothing": of({"a": {"type": "integer"}}, default={}),
    "map": {"type": "object", "additionalProperties": TEXT, "default": {}},
    "empty": {"type": "array", "items": TEXT, "default": []},
}
IGNORED: dict[str, Any] = {
    "wrong": {"type": "integer", "default": "x"},
    "asked": {"type": "string", "default": "b"},
    "shared": ref("WithDefault"),
    "items": {"type": "array", "items": {"type": "integer", "default": 1}},
}
OTHERS: dict[str, Any] = {
    "Defaults": of(DEFAULTS | IGNORED, "asked"),
    "WithDefault": {"type": "string", "default": "c"},
    "Password": {"type": "string", "minLength": 9, "description": "A rule", "not": {"const": "123456789"}},
}
PATHS: dict[str, Any] = {
    "/get-it/{foo-bar}": {
        "parameters": [{"name": "foo-bar", "in": "path", "required": True, "schema": TEXT}],
        "get": {
            "operationId": "getIt",
            "parameters": [
                {"name": name, "in": "query", "schema": TEXT} for name in ("foo_bar", "foo bar", "class", "ctx", "body")
            ],
        },
        "post": {"operationId": "get_it"},
        "put": {"operationId": "GetIt"},
        "patch": {"operationId": "class"},
        "delete": {},
    },
    "/%40x/a.json": {"delete": {}},
    "/get_it/{foo}": {"parameters": [{"name": "foo", "in": "path", "required": True, "schema": TEXT}], "delete": {}},
}
for _item in PATHS.values():
    for _method in _item.keys() - {"parameters"}:
        _item[_method]["responses"] = {"204": {"description": "Nothing."}}
IN_PLACES = [(name, place) for name in CASES for place in ("", "Holder")]
CONTRACT: dict[str, Any] = {
    "openapi": "3.1.0",
    "info": {"title": "Schemas", "version": "1"},
    "paths": PATHS,
    "components": {
        "schemas": {name: schema for name, (schema, _, _) in CASES.items()}
        | DIRECTED
        | OTHERS
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


def accepts(read: TypeAdapter[Any], value: object, context: object = None) -> bool:
    try:
        read.validate_python(value, context=context)
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
    # SCHEMA-2, SCHEMA-6
    _, valid, invalid = CASES[name]
    read, judge = adapter(generated, name + place), oracle(name + place)

    def put(value: object) -> object:
        return {"it": value} if place else value

    in_request = generated.models.exact.IN_REQUEST
    assert [value for value in valid if not accepts(read, put(value), in_request)] == []
    assert [value for value in invalid if accepts(read, put(value), in_request)] == []
    for value in valid:
        assert json.loads(read.dump_json(read.validate_python(put(value)), by_alias=True)) == put(value)
    for value in invalid:  # an answer is judged as it is written: what a class does not have is left out of it
        if accepts(read, put(value)):
            assert judge.is_valid(json.loads(read.dump_json(read.validate_python(put(value)), by_alias=True)))


IN_REQUEST, IN_ANSWER = {"name": "a", "secret": "b"}, {"name": "a", "id": 1}
NEVER = {"id": 1, "secret": "b"}
NOTHING: dict[str, object] = {}
FULL = {"name": "a", "id": 1, "secret": "b"}


@pytest.mark.parametrize("name", ["Account", "Accounts", "RuledAccount", "ExactAccount", "OneAccount"])
@pytest.mark.parametrize("in_request", [True, False])
def test_a_direction_requires_its_own_members(generated: SimpleNamespace, name: str, *, in_request: bool) -> None:
    # SCHEMA-8
    read = adapter(generated, name)
    own, other = (IN_REQUEST, IN_ANSWER) if in_request else (IN_ANSWER, IN_REQUEST)
    wrong = own | ({"secret": 1} if in_request else {"id": [1], "name": 1})
    context = generated.models.exact.IN_REQUEST if in_request else None
    judged = [
        accepts(read, [value] if name == "Accounts" else value, context)
        for value in (own, FULL, other, NEVER, wrong, NOTHING)
    ]
    assert judged == [True, True, False, False, False, False]


@pytest.mark.parametrize("name", ["Account", "RuledAccount"])
def test_a_request_has_its_direction_in_its_body_and_in_its_parameters(name: str, tmp_path: Path) -> None:
    # SCHEMA-8
    content = {"application/json": {"schema": ref(name)}}
    operation = {"operationId": "it", "requestBody": {"content": content, "required": True}}
    like = {"name": "like", "in": "query", "content": content}
    served = Foreign(tmp_path, contract({"/it": {"post": operation | {"parameters": [like]}}}, DIRECTED))
    taken = served.taken("POST", "/it", params={"like": json.dumps(IN_REQUEST)}, json=IN_REQUEST)
    assert [taken[place].model_dump(exclude_unset=True) for place in ("like", "body")] == [IN_REQUEST] * 2
    faults = served.refused("POST", "/it", params={"like": json.dumps(IN_ANSWER)}, json=IN_ANSWER)
    assert faults == [["query.like.secret", "missing"], ["body.secret", "missing"]]


def test_a_rule_knows_the_direction_too(generated: SimpleNamespace) -> None:
    # SCHEMA-8
    read = adapter(generated, "NoAccount")
    assert [accepts(read, value) for value in (IN_ANSWER, IN_REQUEST, NEVER)] == [False, True, True]
    in_request = generated.models.exact.IN_REQUEST
    assert [accepts(read, value, in_request) for value in (IN_ANSWER, IN_REQUEST, NEVER)] == [True, False, True]


def test_a_valid_default_is_what_an_optional_member_has(generated: SimpleNamespace) -> None:
    # SCHEMA-7
    made = generated.models.Defaults(asked="a")
    assert made.day == date(2026, 12, 24)
    assert made.object_.a == 1
    assert (made.nothing.__class__.__name__, made.map, made.empty) == ("DefaultsNothing", {}, [])
    assert json.loads(made.model_dump_json(by_alias=True)) == {
        name: schema["default"] for name, schema in DEFAULTS.items()
    } | {"asked": "a"}
    again = generated.models.Defaults(asked="a")
    assert [made.list_ is again.list_, made.map is again.map, made.empty is again.empty] == [False] * 3


def test_a_default_does_not_make_a_member_optional(generated: SimpleNamespace) -> None:
    # SCHEMA-7
    assert not accepts(adapter(generated, "Defaults"), {})


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("Moment", "2026-12-31T23:59:60Z"),
        ("Moment", "2026-12-24T16:00:00.1234567Z"),
        ("Moment", "0001-01-01T00:00:00+00:01"),
    ],
)
def test_what_python_cannot_hold_is_refused(generated: SimpleNamespace, name: str, value: str) -> None:
    # SCHEMA-9
    assert oracle(name).is_valid(value)
    assert not accepts(adapter(generated, name), value)


@pytest.mark.parametrize(("name", "value"), [("Narrow", 2**31), ("Wide", 2**63), ("Number", math.inf)])
def test_numbers_have_the_width_of_their_format(generated: SimpleNamespace, name: str, value: float) -> None:
    # SCHEMA-9
    assert not accepts(adapter(generated, name), value)


def test_moments_are_written_in_utc(generated: SimpleNamespace) -> None:
    # SCHEMA-9
    read = adapter(generated, "DayOrMoment")
    assert read.validate_python("2026-12-24T17:00:00+01:00") == datetime(2026, 12, 24, 16, tzinfo=UTC)
    assert read.dump_json(read.validate_python("2026-12-24T17:00:00+01:00")) == b'"2026-12-24T16:00:00Z"'


def test_members_that_a_class_does_not_have_are_left_out_unless_something_speaks_of_them(
    generated: SimpleNamespace,
) -> None:
    # SCHEMA-5
    assert adapter(generated, "Plain").validate_python({"a": "x", "c": 1}).model_dump() == {"a": "x"}
    assert adapter(generated, "AskedMore").validate_python({"a": "x", "b": 1}).model_dump() == {"a": "x", "b": 1}


@pytest.mark.parametrize(
    ("schema", "bare"),
    [
        ({}, "object"),
        (False, "object"),
        ({"type": ["string", "null"], "maxLength": 1}, "str | None"),
        ({"type": "array", "items": {"type": "array", "items": {"type": "boolean"}}}, "list[list[bool]]"),
        ({"type": "object", "additionalProperties": {"type": "number"}}, "dict[str, float]"),
        ({"type": "string", "format": "date-time"}, "datetime"),
        ({"type": "string", "format": "date", "pattern": "(?=a)"}, "str"),
        ({"enum": ["a", 1, None, True]}, "object"),
        ({"enum": ["a", 2, None, True]}, "object"),
        ({"enum": ["a", 2, None]}, "Literal['a', 2, None]"),
        ({"enum": [0.5, 1]}, "float"),
        ({"const": {"a": 1}}, "object"),
        ({"oneOf": [ref("Cat"), ref("Dog")]}, "Cat | Dog"),
        ({"oneOf": [ref("Cat"), ref("Cat")]}, "Cat"),
        ({"oneOf": [{"type": "integer"}, {"type": "number"}]}, "int | float"),
        ({"oneOf": [{"type": "integer"}, {}]}, "object"),
        ({"anyOf": [True, TEXT]}, "object"),
        ({"allOf": [ref("Cat")], "title": "x"}, "Cat"),
        ({"allOf": [TEXT, {"minLength": 1}]}, "str"),
        ({"allOf": [{"minLength": 1}]}, "object"),
        ({"allOf": [{"enum": ["a"]}, {"minLength": 1}]}, "Literal['a']"),
        ({"type": ["string", "integer"], "unevaluatedItems": False}, "str | int"),
        ({"type": "string", "unevaluatedItems": False, "oneOf": [{"type": "null"}, TEXT]}, "None | str"),
    ],
)
def test_a_schema_has_the_narrowest_type_that_takes_every_value(schema: dict[str, Any], bare: str) -> None:
    # SCHEMA-3, SCHEMA-4
    cats = {name: CASES[name][0] for name in ("Cat", "Dog")}
    assert Annotations(cats).write(schema, ()).bare == bare  # type: ignore[arg-type] # these are objects


@pytest.mark.parametrize(
    ("changes", "place", "feature"),
    [
        ({f"{SCHEMAS} Name": {"$ref": "#/components/schemas/No"}}, "/Name/$ref", "there is no schema No"),
        (
            {f"{SCHEMAS} Name": {"allOf": [{"$ref": "#/components/schemas/Name"}]}},
            "/Name",
            "a schema that is made of itself",
        ),
        (
            {f"{SCHEMAS} Name": {"not": {"$ref": "#/components/schemas/Name"}}},
            "/Name",
            "a schema that is made of itself",
        ),
        ({f"{SCHEMAS} Name pattern": "(?<!a"}, "/Name/pattern", "no schema that an engine here can run"),
        ({f"{SCHEMAS} Name maxLength": "x"}, "/Name/maxLength", "no schema that an engine here can run"),
    ],
)
def test_what_is_no_schema_is_refused(changes: dict[str, Any], place: str, feature: str) -> None:
    # SCHEMA-11
    with pytest.raises(Refusal) as refused:
        designed(changes)
    assert written(refused.value.pointer).endswith(place)
    assert feature in str(refused.value)


def test_whatever_stops_the_foreign_parser_is_told_in_a_line(monkeypatch: pytest.MonkeyPatch) -> None:
    # SCHEMA-11
    def stop(_: object) -> None:
        raise ValueError("no name at all")

    monkeypatch.setattr(ContractParser, "parse_raw", stop)
    with pytest.raises(Refusal, match="fastapi-code-generator cannot read these names: no name at all"):
        designed({})


def test_a_rule_that_fails_is_told_by_what_it_says(generated: SimpleNamespace) -> None:
    # SCHEMA-4
    with pytest.raises(ValidationError, match="The value breaks the contract's rule `not`"):
        adapter(generated, "Password").validate_python("123456789")


def test_a_class_is_made_by_the_names_of_python(generated: SimpleNamespace) -> None:
    # SCHEMA-10
    made = generated.models.Renamed(foo_bar="a", class_=1)
    assert made.foo_bar == "a"
    assert made.model_dump(by_alias=True) == {"foo-bar": "a", "class": 1}
    assert not accepts(adapter(generated, "Renamed"), {"class_": 1})


def test_names_are_unique_and_kept_where_they_can_be(generated: SimpleNamespace) -> None:
    # SCHEMA-10
    operations = generated.routes.OPERATIONS
    functions = [operation.function for operation in operations]
    assert len(set(functions)) == len(functions) == 7
    assert all(name.isidentifier() for name in functions)
    assert {operation.id for operation in operations} >= {"getIt", "get_it", "GetIt", "class"}
    [arguments] = [operation.arguments for operation in operations if operation.id == "getIt"]
    assert len(set(arguments)) == len(arguments) == 6
    assert all(name.isidentifier() for name in arguments)
    kept = {name for name in CASES if name.isidentifier() and name[0].isupper()} - {"Any", "Field"}  # imported there
    assert kept.isdisjoint(generated.models.NAMES.values())


def test_generated_types_pass_a_type_checker(generated: SimpleNamespace, tmp_path: Path) -> None:
    # SCHEMA-12
    folder = Path(generated.models.__file__).parent
    command = [sys.executable, "-m", "mypy", "--strict", "--config-file=", "--cache-dir", str(tmp_path), folder.name]
    done = subprocess.run(command, cwd=folder.parent, capture_output=True, text=True, check=False)  # noqa: S603 - ours
    assert done.returncode == 0, done.stdout
