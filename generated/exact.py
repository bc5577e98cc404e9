# Generated from openapi/tasks.yaml by `make generate`. Do not edit.
"""The types of JSON Schema, neither laxer nor stricter, in both directions.

Pydantic's own types read more than JSON (`"3"` for 3, `1` for true, numbers for dates) or less (it takes 3.0 for no
integer, where JSON Schema does). What is written here enforces a keyword *and* publishes it, from one argument: what
the derived document says is what is checked.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any, ClassVar, Final, Self

import jsonschema_rs
from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    GetCoreSchemaHandler,
    GetJsonSchemaHandler,
    TypeAdapter,
    model_validator,
)
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, PydanticCustomError, core_schema, to_jsonable_python
from typing_extensions import override

_DATE_TIME: Final = re.compile(
    r"([0-9]{4}-[0-9]{2}-[0-9]{2})[Tt]([0-9]{2}:[0-9]{2}:[0-9]{2})(\.[0-9]+)?([Zz]|[+-][0-9]{2}:[0-9]{2})",
)
_FULL_DATE: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_INTEGER: Final = re.compile(r"0|-?[1-9][0-9]*")
_NUMBER: Final = re.compile(r"-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?")
_LONGEST_NUMBER: Final = 400
"""Characters. Python refuses to read integers of more than 4300 digits; a double ends at 309."""


class Rules:
    """Keywords of JSON Schema that pydantic's types cannot say; evaluated by a validator, published as they are.

    A rule that fails answers with its own `description` where the contract wrote one.
    """

    def __init__(self, keywords: Mapping[str, object]) -> None:
        self.keywords = keywords
        self._validator = jsonschema_rs.Draft202012Validator(dict(keywords), validate_formats=True)

    def check(self, value: object) -> None:
        """Raise for the first rule that `value`, as JSON has it, breaks."""
        for error in self._validator.iter_errors(to_jsonable_python(value)):
            keyword = str(error.schema_path[0])
            rule = self.keywords.get(keyword)
            text = rule.get("description") if isinstance(rule, Mapping) else None
            fallback = f"The value breaks the contract's rule `{keyword}`" + (
                f": {rule}" if isinstance(rule, str) else ""
            )
            # The code is what programs read; braces would be placeholders of the message template.
            raise PydanticCustomError("contract_rule", "{text}", {"text": text or fallback})


def validator(adapter: TypeAdapter[Any]) -> jsonschema_rs.Draft202012Validator:  # of any type
    """Make a validator of JSON Schema for what a type publishes."""
    published = adapter.json_schema(ref_template="#/components/schemas/{model}")
    components = {"schemas": published.pop("$defs", {})}
    return jsonschema_rs.Draft202012Validator(published | {"components": components}, validate_formats=True)


class Object(BaseModel):
    """An object of the contract. Frozen: it was valid when it was made, and stays so."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class RuledObject(Object):
    """An object with rules that go across its members (`not`, `if`, `minProperties`)."""

    rules: ClassVar[Rules]

    @model_validator(mode="after")
    def _obeys_rules(self) -> Self:
        self.rules.check(self)
        return self

    @classmethod
    @override
    def __get_pydantic_json_schema__(cls, schema: CoreSchema, handler: GetJsonSchemaHandler, /) -> JsonSchemaValue:
        published = handler(schema)
        handler.resolve_ref_schema(published).update(cls.rules.keywords)
        return published


@dataclass(frozen=True, eq=False)  # equality by identity: unions hash their members' metadata
class Also:
    """Rules (see `Rules`) for a value that is no object of its own."""

    rules: Rules

    def __get_pydantic_core_schema__(self, source: object, handler: GetCoreSchemaHandler) -> CoreSchema:
        """Check after the type itself."""

        def obeys_rules(value: object) -> object:
            self.rules.check(value)
            return value

        return core_schema.no_info_after_validator_function(obeys_rules, handler(source))

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        """Publish the very keywords that are checked."""
        return {**handler(schema), **self.rules.keywords}


@dataclass(frozen=True)
class Width:
    """An integer's `format`: int32 or int64, checked and published."""

    bits: int

    def __get_pydantic_core_schema__(self, source: object, handler: GetCoreSchemaHandler) -> CoreSchema:
        """Check after the type itself, so that the value is an integer here."""
        bound = 2 ** (self.bits - 1)

        def fits(value: int) -> int:
            if not -bound <= value < bound:
                raise PydanticCustomError("integer_width", "Input should fit in {bits} bits", {"bits": self.bits})
            return value

        return core_schema.no_info_after_validator_function(fits, handler(source))

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        """Publish `format`."""
        return {**handler(schema), "format": f"int{self.bits}"}


class _ExactlyOne:
    """Publishes a union as `oneOf`; the generator has proven that its branches exclude each other."""

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        published = handler(schema)
        return {("oneOf" if keyword == "anyOf" else keyword): value for keyword, value in published.items()}


def _whole(value: object) -> object:
    # JSON Schema 2020-12, validation 6.1.1: a number with a zero fractional part is an integer.
    return int(value) if isinstance(value, float) and value.is_integer() else value


WHOLE: Final = BeforeValidator(_whole)
ONE_OF: Final = _ExactlyOne()
INT32: Final = Width(32)
INT64: Final = Width(64)


def _text_schema(min_length: int | None, max_length: int | None, pattern: str | None) -> CoreSchema:
    return core_schema.str_schema(strict=True, min_length=min_length, max_length=max_length, pattern=pattern)


@dataclass(frozen=True)
class Instant:
    """`format: date-time` (RFC 3339): a moment with an offset, read into UTC and written with `Z`.

    The constraints are those of the text. A leap second and a moment outside the years 1 to 9999 in UTC are refused:
    `datetime` cannot hold them. More than six decimals are refused rather than cut.
    """

    min_length: int | None = None
    max_length: int | None = None
    pattern: str | None = None

    def __get_pydantic_core_schema__(self, source: object, handler: GetCoreSchemaHandler) -> CoreSchema:
        """Read text that meets the constraints; take a `datetime` from Python code if it has an offset."""
        text = _text_schema(self.min_length, self.max_length, self.pattern)
        return core_schema.no_info_wrap_validator_function(
            _instant,
            core_schema.no_info_after_validator_function(_read_instant, text),
            serialization=core_schema.plain_serializer_function_ser_schema(write_instant, when_used="json"),
        )

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        """Publish the format beside the constraints of the text."""
        return {**handler(schema), "format": "date-time"}


@dataclass(frozen=True)
class FullDate:
    """`format: date` (RFC 3339 full-date): a day in nobody's time zone."""

    min_length: int | None = None
    max_length: int | None = None
    pattern: str | None = None

    def __get_pydantic_core_schema__(self, source: object, handler: GetCoreSchemaHandler) -> CoreSchema:
        """Read text that meets the constraints; take a `date` (and no `datetime`) from Python code."""
        text = _text_schema(self.min_length, self.max_length, self.pattern)
        return core_schema.no_info_wrap_validator_function(
            _full_date,
            core_schema.no_info_after_validator_function(_read_full_date, text),
            serialization=core_schema.plain_serializer_function_ser_schema(date.isoformat, when_used="json"),
        )

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        """Publish the format beside the constraints of the text."""
        return {**handler(schema), "format": "date"}


def write_instant(value: datetime) -> str:
    """Write a moment in UTC as RFC 3339 has it, with `Z`."""
    return value.isoformat().replace("+00:00", "Z")


def _instant(value: object, read: Callable[[object], datetime]) -> datetime:
    if not isinstance(value, datetime):
        return read(value)
    if value.utcoffset() is None:
        raise PydanticCustomError("date_time", "Input should be a date-time with an offset from UTC")
    return _in_utc(value)


def _read_instant(text: str) -> datetime:
    match = _DATE_TIME.fullmatch(text)
    if match is None or len(match[3] or "") > len(".123456"):
        raise PydanticCustomError(
            "date_time", "Input should be an RFC 3339 date-time with an offset and at most 6 decimals"
        )
    day, time, fraction, offset = match.groups()
    try:
        value = datetime.fromisoformat(f"{day}T{time}{(fraction or '.').ljust(7, '0')}{offset.upper()}")
    except ValueError:
        raise PydanticCustomError("date_time", "Input should be a date-time that exists") from None
    return _in_utc(value)


def _in_utc(value: datetime) -> datetime:
    try:
        return value.astimezone(UTC)
    except OverflowError:
        raise PydanticCustomError("date_time", "Input should lie in the years 1 to 9999 in UTC") from None


def _full_date(value: object, read: Callable[[object], date]) -> date:
    return value if isinstance(value, date) and not isinstance(value, datetime) else read(value)


def _read_full_date(text: str) -> date:
    if _FULL_DATE.fullmatch(text) is None:
        raise PydanticCustomError("full_date", "Input should be a date like 2026-12-24")
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise PydanticCustomError("full_date", "Input should be a date that exists") from None


def _text_integer(value: Any) -> Any:  # noqa: ANN401 - what a validator of pydantic takes and gives
    if not isinstance(value, str):
        return value
    if len(value) > _LONGEST_NUMBER or _INTEGER.fullmatch(value) is None:
        raise PydanticCustomError("int_parsing", "Input should be an integer in decimal digits")
    return int(value)


def _text_number(value: Any) -> Any:  # noqa: ANN401 - as above
    if not isinstance(value, str):
        return value
    if len(value) > _LONGEST_NUMBER or _NUMBER.fullmatch(value) is None:
        raise PydanticCustomError("float_parsing", "Input should be a number as JSON writes it")
    return float(value)


def _text_boolean(value: Any) -> Any:  # noqa: ANN401 - as above
    if not isinstance(value, str):
        return value
    if value not in ("true", "false"):
        raise PydanticCustomError("bool_parsing", "Input should be true or false")
    return value == "true"


TEXT_INTEGER: Final = BeforeValidator(_text_integer)
"""For parameters, which are text: the value as JSON would have it, before its own type looks at it."""
TEXT_NUMBER: Final = BeforeValidator(_text_number)
TEXT_BOOLEAN: Final = BeforeValidator(_text_boolean)
