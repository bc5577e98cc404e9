"""What is wrong with a request is told in words of our own, whatever a validator calls it."""

import re
from typing import Annotated, Any, Literal, get_args  # Any: values and schemas of every type

import jsonschema_rs
import pytest
from pydantic import AfterValidator, TypeAdapter, ValidationError
from pydantic_core.core_schema import ErrorType

from backend.tests.client import Client
from generated import exact, fault_types
from generated.faults import faults_of_value

KINDS = {name for name in vars(jsonschema_rs.ValidationErrorKind) if name[0].isupper()}
UNSEEN = {"BacktrackLimitExceeded", "Custom", "Referencing", "RegexEngineFailure"}
"""What only a faulty schema, or one with keywords of its own, can bring about."""
BROKEN: list[tuple[dict[str, Any], object, tuple[str, str | None]]] = [
    ({"const": 1}, 2, ("value", None)),
    ({"enum": [1]}, 2, ("value", None)),
    ({"multipleOf": 2}, 3, ("value", None)),
    ({"type": "null"}, 1, ("type", None)),
    ({"required": ["a"]}, {}, ("missing", "a")),
    ({"properties": {"b": True}, "additionalProperties": False}, {"a": 1}, ("unknown", "a")),
    ({"additionalProperties": False}, {"a": 1}, ("unknown", None)),
    ({"unevaluatedProperties": False}, {"a": 1}, ("unknown", "a")),
    ({"propertyNames": {"maxLength": 1}}, {"ab": 1}, ("name", "ab")),
    ({"uniqueItems": True}, [1, 1], ("repeated", None)),
    ({"format": "date"}, "x", ("format", None)),
    ({"contentEncoding": "base64"}, "~", ("format", None)),
    ({"contentMediaType": "application/json"}, "{", ("format", None)),
    ({"contentEncoding": "base64", "contentMediaType": "application/json"}, "/w==", ("format", None)),
    ({"pattern": "^a$"}, "b", ("pattern", None)),
    ({"minLength": 1}, "", ("too_short", None)),
    ({"maxLength": 0}, "a", ("too_long", None)),
    ({"minimum": 1}, 0, ("too_small", None)),
    ({"exclusiveMinimum": 1}, 1, ("too_small", None)),
    ({"maximum": 0}, 1, ("too_large", None)),
    ({"exclusiveMaximum": 1}, 1, ("too_large", None)),
    ({"minItems": 1}, [], ("too_few", None)),
    ({"minProperties": 1}, {}, ("too_few", None)),
    ({"maxItems": 0}, [1], ("too_many", None)),
    ({"maxProperties": 0}, {"a": 1}, ("too_many", None)),
    ({"unevaluatedItems": False}, [1], ("too_many", None)),
    ({"prefixItems": [True], "items": False}, [1, 2], ("too_many", None)),
    ({"items": [True], "additionalItems": False}, [1, 2], ("too_many", None)),
    ({"anyOf": [False]}, 1, ("rule", None)),
    ({"oneOf": [False]}, 1, ("rule", None)),
    ({"oneOf": [True, True]}, 1, ("rule", None)),
    ({"not": {}}, 1, ("rule", None)),
    ({"contains": False}, [], ("rule", None)),
    ({"dependentRequired": {"a": ["b"]}}, {"a": 1}, ("rule", None)),
    ({"if": True, "then": {"required": ["a"]}}, {}, ("rule", None)),
    ({"if": True, "then": {"propertyNames": False}}, {"a": 1}, ("rule", None)),
    ({"properties": {"a": {"const": 1}}}, {"a": 2}, ("rule", None)),
    ({"properties": {"a": False}}, {"a": 2}, ("rule", None)),
]


def judged(schema: dict[str, Any], value: object) -> jsonschema_rs.ValidationError:
    """The one thing that is wrong; the content of texts and `additionalItems` are asserted by older drafts alone."""
    older = {"contentEncoding", "contentMediaType", "additionalItems"} & schema.keys()
    draft = jsonschema_rs.Draft7Validator if older else jsonschema_rs.Draft202012Validator
    [error] = draft(schema, validate_formats=True).iter_errors(value)
    return error


def refused(annotation: Any, value: object) -> list[tuple[str, str, str]]:  # noqa: ANN401 - a type
    """What is told of a value that a type refuses."""
    with pytest.raises(ValidationError) as caught:
        TypeAdapter(annotation).validate_python(value)
    faults = faults_of_value(("body",), caught.value.errors(), value, {})
    return [(fault.field, fault.type, fault.message) for fault in faults]


def test_every_error_of_pydantic_has_its_word() -> None:  # REQ-27
    assert sorted(fault_types.OF_PYDANTIC) == sorted(get_args(ErrorType))
    assert set(fault_types.OF_PYDANTIC.values()) <= set(get_args(fault_types.FaultType))


def test_every_word_has_its_sentence() -> None:  # REQ-27
    assert set(fault_types.SENTENCES) == set(get_args(fault_types.FaultType))
    assert len(fault_types.SENTENCES) == 16


@pytest.mark.parametrize(("schema", "value", "word"), BROKEN, ids=lambda part: str(part)[:50])
def test_every_keyword_of_json_schema_has_its_word(
    schema: dict[str, Any], value: object, word: tuple[str, str | None]
) -> None:  # REQ-27
    assert fault_types.of_json_schema(judged(schema, value)) == word


def test_every_error_of_a_validator_of_json_schema_is_tried_above() -> None:  # REQ-27
    errors = [judged(schema, value) for schema, value, _ in BROKEN]
    assert {type(error.kind).__name__ for error in errors} == KINDS - UNSEEN
    assert {error.kind.name for error in errors} <= {*fault_types.OF_JSON_SCHEMA}


def test_what_nobody_knows_yet_is_a_rule() -> None:  # REQ-27
    assert fault_types.of_pydantic({"type": "of_tomorrow", "msg": "Should be better"}) == ("rule", "Should be better")


def _never(value: int) -> int:
    del value
    raise ValueError("Should be even")


@pytest.mark.parametrize(
    ("annotation", "value", "told"),
    [
        (Literal[True, "True"], 5, [("body", "value", "Should be true or 'True'")]),
        (Annotated[int, AfterValidator(_never)], 5, [("body", "rule", "Should be even")]),
        (frozenset[int], 5, [("body", "type", "Should be of another type")]),
        (Annotated[int, exact.INT32], 2**31, [("body", "too_large", "Should fit in 32 bits")]),
        (Annotated[int, exact.INT32], -(2**31) - 1, [("body", "too_small", "Should fit in 32 bits")]),
        (
            Annotated[Any, exact.Also(exact.Rules({"required": ["a"]}))],
            {},
            [("body.a", "missing", "The value breaks the contract's rule `required`")],
        ),
        (
            Annotated[Any, exact.Also(exact.Rules({"propertyNames": {"maxLength": 1}}))],
            {"a b": 1},
            [("body.?", "name", "The value breaks the contract's rule `propertyNames`")],
        ),
    ],
    ids=lambda part: str(part)[:30],
)
def test_a_fault_is_told_at_its_place_in_the_words_of_json(
    annotation: Any,  # noqa: ANN401 - a type
    value: object,
    told: list[tuple[str, str, str]],
) -> None:  # ERR-18, REQ-27
    assert refused(annotation, value) == told


TOLD: list[tuple[str, object, str, str]] = [
    ("", [], "type", "Should be an object"),
    ("title", 5, "type", "Should be text"),
    ("title", "a" * 201, "too_long", "Should have 200 or fewer characters"),
    ("title", "", "too_short", "Should have 1 or more characters"),
    ("status", None, "value", "Should be 'pending', 'in_progress', 'completed' or 'cancelled'"),
    ("completed", "yes", "type", "Should be true or false"),
    ("priority", "3", "type", "Should be an integer"),
    ("priority", 1.5, "type", "Should be an integer"),
    ("priority", 6, "too_large", "Should be 5 or less"),
    ("priority", -1, "too_small", "Should be 0 or more"),
    ("metadata", [], "type", "Should be an object"),
    ("metadata.a", 1, "type", "Should be text"),
    ("staus", 1, "unknown", "There is no such member"),
]
_PYTHONS = re.compile(r"dict|string|bool|int\b|float|None|True|False|Python|[Ii]nput|instance")


@pytest.mark.parametrize(("member", "value", "word", "message"), TOLD, ids=lambda part: str(part)[:20])
def test_the_service_says_what_is_wrong_in_words_that_are_no_librarys(
    alice: Client, member: str, value: object, word: str, message: str
) -> None:  # ERR-17, ERR-18
    name, _, entry = member.partition(".")
    body = {"title": "x"} | {name: {entry: value} if entry else value} if name else value
    [fault] = alice.post(alice.tasks, json=body).json()["errors"]
    assert fault == {"field": f"body.{member}" if member else "body", "message": message, "type": word}
    assert _PYTHONS.search(message) is None


@pytest.mark.parametrize(
    ("query", "word"),
    [
        ("limit=x", "type"),
        ("limit=0", "too_small"),
        ("status=x", "value"),
        ("sort=title&sort=title", "repeated"),
        ("order=", "empty"),
        ("staus=x", "unknown"),
        ("tz=Nowhere", "time_zone"),
        ("cursor=x", "cursor"),
    ],
)
def test_so_do_parameters(alice: Client, query: str, word: str) -> None:  # ERR-17
    [fault] = alice.get(f"{alice.tasks}?{query}").json()["errors"]
    assert fault["type"] == word
