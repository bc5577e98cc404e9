# Generated from openapi/tasks.yaml by `make generate`. Do not edit.
"""What can be wrong with a request, in few words, the same for every contract: the `type` of a fault.

Clients switch on these words, so they are nobody else's: whatever a validator calls it (pydantic, JSON Schema) is put
into one of them here and nowhere else, and is said in the words of JSON. An upgrade of a validator changes nothing.
"""

import re
from collections.abc import Mapping
from typing import Any, Final, Literal, TypeAlias

import jsonschema_rs
from pydantic_core import PydanticCustomError

FaultType: TypeAlias = Literal[
    "missing",
    "unknown",
    "repeated",
    "empty",
    "type",
    "value",
    "name",
    "format",
    "pattern",
    "too_short",
    "too_long",
    "too_small",
    "too_large",
    "too_few",
    "too_many",
    "rule",
]

SENTENCES: Final[Mapping[FaultType, str]] = {
    "missing": "Should not be left out",
    "unknown": "There is no such member",
    "repeated": "Should be sent once",
    "empty": "Should have a value, or be left out",
    "type": "Should be of another type",
    "value": "Should be one of the values that are allowed",
    "name": "Should have another name",
    "format": "Should be written in another form",
    "pattern": "Should match its pattern",
    "too_short": "Should be longer",
    "too_long": "Should be shorter",
    "too_small": "Should be greater, or later",
    "too_large": "Should be less, or earlier",
    "too_few": "Should have more items",
    "too_many": "Should have fewer items",
    "rule": "Should obey the rules of the contract",
}
"""All words, and what is said where nothing nearer to the fault is known."""

_OF_PYDANTIC: Final[Mapping[FaultType, str]] = {
    "missing": "missing missing_argument missing_keyword_only_argument missing_positional_only_argument union_tag_not_found",
    "unknown": "extra_forbidden no_such_attribute unexpected_keyword_argument unexpected_positional_argument",
    "repeated": "multiple_argument_values",
    "type": (
        "arguments_type bool_parsing bool_type bytes_type callable_type complex_str_parsing complex_type counter_type"
        " dataclass_exact_type dataclass_type date_from_datetime_inexact date_type datetime_from_date_parsing"
        " datetime_object_invalid datetime_type decimal_parsing decimal_type deque_type dict_type float_parsing float_type"
        " fraction_parsing fraction_type frozen_dict_type frozen_set_type int_from_float int_parsing int_type"
        " is_instance_of is_subclass_of iterable_type json_type list_type mapping_type model_attributes_type model_type"
        " named_tuple_type none_required ordered_dict_type set_item_not_hashable set_type string_type time_delta_type"
        " time_type tuple_type url_type uuid_type"
    ),
    "value": "ellipsis_error enum finite_number int_parsing_size literal_error missing_sentinel_error multiple_of union_tag_invalid",
    "name": "invalid_key",
    "format": (
        "bytes_invalid_encoding date_from_datetime_parsing date_parsing datetime_parsing json_invalid string_not_ascii"
        " string_unicode time_delta_parsing time_parsing timezone_aware timezone_naive timezone_offset url_parsing"
        " url_scheme url_syntax_violation uuid_parsing uuid_version"
    ),
    "pattern": "string_pattern_mismatch",
    "too_short": "bytes_too_short string_too_short",
    "too_long": "bytes_too_long decimal_max_digits decimal_max_places decimal_whole_digits string_too_long url_too_long",
    "too_small": "date_future datetime_future greater_than greater_than_equal",
    "too_large": "date_past datetime_past less_than less_than_equal",
    "too_few": "too_short",
    "too_many": "too_long",
    "rule": (
        "assertion_error default_factory_not_called frozen_field frozen_instance get_attribute_error iteration_error"
        " needs_python_object recursion_depth_exceeded recursion_loop value_error"
    ),
}
"""All of pydantic's own, not those alone that the types of contracts can raise: what an app has made its routes depend on
is of any type."""
_OF_JSON_SCHEMA: Final[Mapping[FaultType, str]] = {
    "missing": "required",
    "unknown": "additionalProperties unevaluatedProperties",
    "repeated": "uniqueItems",
    "type": "type",
    "value": "const enum multipleOf",
    "name": "propertyNames",
    "format": "contentEncoding contentMediaType format",
    "pattern": "pattern",
    "too_short": "minLength",
    "too_long": "maxLength",
    "too_small": "exclusiveMinimum minimum",
    "too_large": "exclusiveMaximum maximum",
    "too_few": "minItems minProperties",
    "too_many": "additionalItems items maxItems maxProperties unevaluatedItems",
    "rule": "$ref anyOf contains falseSchema not oneOf",
}
_MESSAGES: Final = {
    "assertion_error": "{error}",
    "bool_parsing": "Should be true or false",
    "bool_type": "Should be true or false",
    "dict_type": "Should be an object",
    "finite_number": "Should be a number that a double can hold",
    "float_parsing": "Should be a number",
    "float_type": "Should be a number",
    "greater_than": "Should be greater than {gt}",
    "greater_than_equal": "Should be {ge} or more",
    "int_from_float": "Should be an integer",
    "int_parsing": "Should be an integer",
    "int_type": "Should be an integer",
    "less_than": "Should be less than {lt}",
    "less_than_equal": "Should be {le} or less",
    "list_type": "Should be a list",
    "model_attributes_type": "Should be an object",
    "model_type": "Should be an object",
    "multiple_of": "Should be a multiple of {multiple_of}",
    "none_required": "Should be null",
    "string_pattern_mismatch": "Should match the pattern {pattern}",
    "string_too_long": "Should have {max_length} or fewer characters",
    "string_too_short": "Should have {min_length} or more characters",
    "string_type": "Should be text",
    "string_unicode": "Should be text without lone surrogates",
    "too_long": "Should have {max_length} or fewer items",
    "too_short": "Should have {min_length} or more items",
    "value_error": "{error}",
}
"""What is said of what pydantic finds, by its name there."""
_PYTHONS: Final = re.compile(r"""'(?:\\.|[^'\\])*'|"(?:\\.|[^"\\])*"|True|False|None""")
_IN_JSON: Final = {"True": "true", "False": "false", "None": "null"}


def _by_name(names: Mapping[FaultType, str]) -> dict[str, FaultType]:
    return {name: kind for kind, those in names.items() for name in those.split()}


OF_PYDANTIC: Final = _by_name(_OF_PYDANTIC)
OF_JSON_SCHEMA: Final = _by_name(_OF_JSON_SCHEMA)
_BROKEN: Final = "contract_rule"


def broken(kind: FaultType, text: str, member: str | None = None) -> PydanticCustomError:
    """Make the error of a rule that pydantic does not have: of the value, or of a member that has no place of its own."""
    # As context: braces in a text would be placeholders of the message template.
    return PydanticCustomError(_BROKEN, "{text}", {"text": text, "kind": kind, "member": member})


def of_pydantic(error: Mapping[str, Any]) -> tuple[FaultType, str]:  # values of any type
    """Say in our words what pydantic says in one of its dicts: the type and the message.

    An error of somebody's own, which has no name here, keeps its message and is a `rule`.
    """
    name, context = error["type"], error.get("ctx", {})
    if name == _BROKEN:
        return context["kind"], error["msg"]
    kind = OF_PYDANTIC.get(name)
    if kind is None:
        return "rule", error["msg"]
    if name == "literal_error":
        return kind, f"Should be {_PYTHONS.sub(lambda found: _IN_JSON.get(found[0], found[0]), context['expected'])}"
    return kind, _MESSAGES[name].format(**context) if name in _MESSAGES else SENTENCES[kind]


def of_json_schema(error: jsonschema_rs.ValidationError) -> tuple[FaultType, str | None]:
    """Say in our words what a validator of JSON Schema says of a value: the type, and the member if it is about one.

    What a schema inside of `then`, `properties` or the like says is a `rule`: it is not about the value itself. A path
    that begins at the contract's components has followed a reference; what it says of the value's names is about it.
    """
    kind, path = error.kind, [*map(str, error.schema_path)]
    name = path[0] if kind.name == "falseSchema" and len(path) == 1 else kind.name  # `additionalProperties: false`
    is_own = path[:1] in ([], [name]) or (
        name == "propertyNames" and path[:1] == ["components"] and not error.instance_path
    )
    found = OF_JSON_SCHEMA.get(name, "rule") if is_own else "rule"
    match kind:
        case jsonschema_rs.ValidationErrorKind.Required() if found == "missing":
            return found, kind.property
        case jsonschema_rs.ValidationErrorKind.PropertyNames() if found == "name":
            return found, str(kind.error.instance)
        case (
            jsonschema_rs.ValidationErrorKind.AdditionalProperties()
            | jsonschema_rs.ValidationErrorKind.UnevaluatedProperties()
        ) if found == "unknown":
            return found, kind.unexpected[0]
        case _:
            return found, None
