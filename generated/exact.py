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
from functools import cache
from typing import Any, ClassVar, Final, Self

import jsonschema_rs
from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    GetCoreSchemaHandler,
    GetJsonSchemaHandler,
    ModelWrapValidatorHandler,
    TypeAdapter,
    ValidationInfo,
    WrapValidator,
    model_validator,
)
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import (
    CoreSchema,
    PydanticSerializationUnexpectedValue,
    core_schema,
    to_jsonable_python,
)
from typing_extensions import override

from .fault_types import broken, of_json_schema

_DATE_TIME: Final = re.compile(
    r"([0-9]{4}-[0-9]{2}-[0-9]{2})[Tt]([0-9]{2}:[0-9]{2}:[0-9]{2})(\.[0-9]+)?([Zz]|[+-][0-9]{2}:[0-9]{2})",
)
_FULL_DATE: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_LONGEST_CHAIN: Final = 64
"""References that lead to references, at most."""


IN_REQUEST: Final = object()
"""The context in which pydantic validates what is read of a request.

There `readOnly` members may be absent, and rules judge what was sent. Everywhere else values are on their way out:
`writeOnly` members may be absent, and rules judge what is written.
"""
_CONTRACT: Final = "urn:contract"
_HERE: Final = "#/components/schemas/"


class Rules:
    """Keywords of JSON Schema that pydantic's types cannot say; evaluated by a validator, published as they are.

    A rule that fails answers with its own `description` where the contract wrote one. References lead to the schemas
    that the types publish: there is no copy of the contract.
    """

    def __init__(self, keywords: Mapping[str, object]) -> None:
        self.keywords = keywords
        self._validators: dict[bool, jsonschema_rs.Draft202012Validator] = {}

    def check(self, read: object, made: object, info: ValidationInfo) -> None:
        """Raise for the first rule that the value breaks: as it was `read` in a request, else as it was `made`."""
        in_request = info.context is IN_REQUEST
        validator = self._validators.get(in_request)
        if validator is None:
            validator = self._validators[in_request] = _validator(self.keywords, in_request=in_request)
        try:
            value = to_jsonable_python(read if in_request else made, by_alias=True)
            if validator.is_valid(value):
                return
        except UnicodeEncodeError:  # its own words would repeat what was sent
            raise broken("format", "Should hold no text with lone surrogates", None) from None
        for error in validator.iter_errors(value):
            keyword = str(next(iter(error.schema_path), "not"))
            if keyword not in self.keywords:  # a reference was followed, and the path is that within its schema
                keyword = error.kind.name
            rule = self.keywords.get(keyword)
            text = rule.get("description") if isinstance(rule, Mapping) else None
            fallback = f"The value breaks the contract's rule `{keyword}`" + (
                f": {rule}" if isinstance(rule, str) else ""
            )
            told = text if isinstance(text, str) else fallback  # patterns and members may be named `description`
            kind, member = of_json_schema(error)
            raise broken(kind, told, member)

    def published(self) -> JsonSchemaValue:
        """Give the keywords as pydantic can carry them: it knows no references but its own, see `published.py`."""
        return dict(_renamed(self.keywords, "$ref", COMPONENT))


COMPONENT: Final = "$component"
"""What stands for `$ref` in rules until `published.py` has collected all schemas."""


def _renamed(value: Any, old: str, new: str) -> Any:  # noqa: ANN401 - any part of a schema
    if isinstance(value, Mapping):
        return {(new if name == old else name): _renamed(item, old, new) for name, item in value.items()}
    return [_renamed(item, old, new) for item in value] if isinstance(value, list) else value


def _validator(keywords: Mapping[str, object], *, in_request: bool) -> jsonschema_rs.Draft202012Validator:
    schema, refers = _referring(keywords)
    registry = _components(in_request=in_request) if refers else None
    return jsonschema_rs.Draft202012Validator(
        directed(schema, {}, in_request=in_request), validate_formats=True, registry=registry
    )


def _referring(value: Any) -> tuple[Any, bool]:  # noqa: ANN401 - any part of a schema
    """Let references lead to the contract; say whether there are any."""
    if isinstance(value, Mapping):
        parts = {name: _referring(item) for name, item in value.items()}
        read = {name: item for name, (item, _) in parts.items()}
        reference = value.get("$ref")
        if isinstance(reference, str) and reference.startswith(_HERE):
            return read | {"$ref": _CONTRACT + reference}, True
        return read, any(refers for _, refers in parts.values())
    if isinstance(value, list):
        items = [_referring(item) for item in value]
        return [item for item, _ in items], any(refers for _, refers in items)
    return value, False


@cache
def _components(*, in_request: bool) -> jsonschema_rs.Registry:
    return jsonschema_rs.Registry([(_CONTRACT, {"components": {"schemas": components(in_request=in_request)}})])


@cache
def components(*, in_request: bool) -> Mapping[str, Any]:  # any JSON
    """Give every component as one direction requires it, by the name of its class."""
    from . import published  # noqa: PLC0415 - it reads the models, which need this module

    schemas = published.components()
    return {name: directed(schema, schemas, in_request=in_request) for name, schema in schemas.items()}


def directed(value: Any, schemas: Mapping[str, Any], *, in_request: bool) -> Any:  # noqa: ANN401 - as above
    """Require of a schema what one direction requires: `readOnly` members in answers only, `writeOnly` in requests."""
    if isinstance(value, list):
        return [directed(item, schemas, in_request=in_request) for item in value]
    if not isinstance(value, Mapping):
        return value
    read = {name: directed(item, schemas, in_request=in_request) for name, item in value.items()}
    names, members = value.get("required"), value.get("properties")
    if isinstance(names, list) and isinstance(members, Mapping):
        absent = "readOnly" if in_request else "writeOnly"
        read["required"] = [name for name in names if not _is_marked(members.get(name), absent, schemas)]
    return read


def _is_marked(schema: object, mark: str, schemas: Mapping[str, Any]) -> bool:  # as above
    for _ in range(_LONGEST_CHAIN):
        if not isinstance(schema, Mapping) or schema.get(mark) is True:
            break
        schema = schemas.get(str(schema.get("$ref")).rpartition("/")[2])
    return isinstance(schema, Mapping) and schema.get(mark) is True


def validator(adapter: TypeAdapter[Any]) -> jsonschema_rs.Draft202012Validator:  # of any type
    """Make a validator of JSON Schema for what is written of a type, by the schema that the type publishes."""
    return _validator(outgoing(adapter), in_request=False)


def outgoing(adapter: TypeAdapter[Any]) -> Mapping[str, Any]:  # of any type; any JSON
    """Give the schema of what is written of a type, as it publishes it; references lead to `components`."""
    from . import published  # noqa: PLC0415 - as above

    schema, _ = published.of(adapter)
    return dict(directed(schema, {}, in_request=False))


class Object(BaseModel):
    """An object of the contract. Frozen: it was valid when it was made, and stays so."""

    model_config = ConfigDict(frozen=True, extra="ignore", protected_namespaces=())
    said: ClassVar[Mapping[str, Any]] = {}  # any JSON: what the contract says of this class, and not of its heirs
    absent_in_requests: ClassVar[frozenset[str]] = frozenset()
    absent_in_answers: ClassVar[frozenset[str]] = frozenset()

    @classmethod
    @override
    def __get_pydantic_json_schema__(cls, schema: CoreSchema, handler: GetJsonSchemaHandler, /) -> JsonSchemaValue:
        published = handler(schema)
        found = handler.resolve_ref_schema(published)
        found.update(_renamed(cls.__dict__.get("said", {}), "$ref", COMPONENT))
        directed = cls.absent_in_requests | cls.absent_in_answers
        if directed:
            found["required"] = [*found.get("required", []), *sorted(directed)]
        return published


class DirectedObject(Object):
    """An object that must have some members in answers only (`readOnly`), or in requests only (`writeOnly`)."""

    @model_validator(mode="after")
    def _has_what_its_direction_requires(self, info: ValidationInfo) -> Self:
        spared = self.absent_in_requests if info.context is IN_REQUEST else self.absent_in_answers
        for name, field in type(self).model_fields.items():
            wire = field.alias or name
            required = wire in self.absent_in_requests or wire in self.absent_in_answers
            if required and wire not in spared and name not in self.model_fields_set:
                raise broken("missing", "Should not be left out", wire)
        return self


class RenamedObject(Object):
    """An object with members whose names are no names in Python. The constructor takes Python's, the wire its own."""

    def __init__(self, /, **members: Any) -> None:  # noqa: ANN401 - values of the members' types
        fields = type(self).model_fields
        super().__init__(
            **{(fields[name].alias or name) if name in fields else name: members[name] for name in members}
        )

    # As pydantic marks its own: else it would call this one for every object that it reads from the wire.
    __init__.__pydantic_base_init__ = True  # type: ignore[attr-defined] # functions take any attribute


class RuledObject(Object):
    """An object with rules that go across its members (`not`, `if`, `minProperties`)."""

    rules: ClassVar[Rules]

    @model_validator(mode="wrap")
    @classmethod
    def _obeys_rules(cls, value: object, handler: ModelWrapValidatorHandler[Self], info: ValidationInfo) -> Self:
        made = handler(value)
        cls.rules.check(value, made, info)
        return made

    @classmethod
    @override
    def __get_pydantic_json_schema__(cls, schema: CoreSchema, handler: GetJsonSchemaHandler, /) -> JsonSchemaValue:
        published = super().__get_pydantic_json_schema__(schema, handler)
        found = handler.resolve_ref_schema(published)
        required = [*found.get("required", []), *cls.rules.published().get("required", [])]
        found.update(cls.rules.published() | ({"required": required} if required else {}))
        return published


class ExactObject(RuledObject):
    """An object whose rules are its whole schema: its members are typed for people, and checked twice."""

    @classmethod
    @override
    def __get_pydantic_json_schema__(cls, schema: CoreSchema, handler: GetJsonSchemaHandler, /) -> JsonSchemaValue:
        published = handler(schema)
        found = handler.resolve_ref_schema(published)
        found.clear()
        found.update(cls.rules.published())
        return published


@dataclass(frozen=True, eq=False)  # equality by identity: unions hash their members' metadata
class Also:
    """Rules (see `Rules`) for a value that is no object of its own."""

    rules: Rules

    def __get_pydantic_core_schema__(self, source: object, handler: GetCoreSchemaHandler) -> CoreSchema:
        """Check after the type itself."""

        def obeys_rules(value: object, read: Callable[[object], object], info: ValidationInfo) -> object:
            made = read(value)
            self.rules.check(value, made, info)
            return made

        return core_schema.with_info_wrap_validator_function(obeys_rules, handler(source))

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        """Publish the very keywords that are checked."""
        return {**handler(schema), **self.rules.published()}


class Exactly(Also):
    """Rules that are the whole schema of a value; its type is for people."""

    @override
    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        """Publish the rules and nothing of the type."""
        return self.rules.published()


@dataclass(frozen=True)
class Width:
    """An integer's `format`: int32 or int64, checked and published."""

    bits: int

    def __get_pydantic_core_schema__(self, source: object, handler: GetCoreSchemaHandler) -> CoreSchema:
        """Check after the type itself, so that the value is an integer here."""
        bound = 2 ** (self.bits - 1)

        def fits(value: int) -> int:
            if not -bound <= value < bound:
                raise broken("too_small" if value < 0 else "too_large", f"Should fit in {self.bits} bits")
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


class _AlsoNamed:
    """Keeps a second name of a component: pydantic 2.14 takes one of a class that contains itself for a ring."""

    def __get_pydantic_core_schema__(self, source: object, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.chain_schema([handler(source)])


def _whole(value: object) -> object:
    # JSON Schema 2020-12, validation 6.1.1: a number with a zero fractional part is an integer.
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _one_of_these(value: object, read: Callable[[object], object]) -> object:
    whole = _whole(value)
    made = read(whole)
    if isinstance(whole, bool) is not isinstance(made, bool):  # 1 == True in Python, not in JSON
        raise broken("value", "Should be a number and no truth value, or the other way round")
    return made


THESE: Final = WrapValidator(_one_of_these)
WHOLE: Final = BeforeValidator(_whole)
ONE_OF: Final = _ExactlyOne()
ALSO_NAMED: Final = _AlsoNamed()
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
            serialization=core_schema.plain_serializer_function_ser_schema(_write_instant, when_used="json"),
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
            serialization=core_schema.plain_serializer_function_ser_schema(_write_full_date, when_used="json"),
        )

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        """Publish the format beside the constraints of the text."""
        return {**handler(schema), "format": "date"}


_ANOTHER: Final = "a day is no moment"


def _write_instant(value: date) -> str:
    """Write a moment in UTC as RFC 3339 has it, with `Z`; leave a day to another branch of a union."""
    if not isinstance(value, datetime):
        raise PydanticSerializationUnexpectedValue(_ANOTHER)
    return value.isoformat().replace("+00:00", "Z")


def _write_full_date(value: date) -> str:
    """Write a day; leave a moment to another branch of a union: `datetime` is a kind of `date`."""
    if isinstance(value, datetime):
        raise PydanticSerializationUnexpectedValue(_ANOTHER)
    return value.isoformat()


def _instant(value: object, read: Callable[[object], datetime]) -> datetime:
    if not isinstance(value, datetime):
        return read(value)
    if value.utcoffset() is None:
        raise broken("format", "Should be a date-time with an offset from UTC")
    return _in_utc(value)


def _read_instant(text: str) -> datetime:
    match = _DATE_TIME.fullmatch(text)
    if match is None or len(match[3] or "") > len(".123456"):
        raise broken("format", "Should be an RFC 3339 date-time with an offset and at most 6 decimals")
    day, time, fraction, offset = match.groups()
    try:
        value = datetime.fromisoformat(f"{day}T{time}{(fraction or '.').ljust(7, '0')}{offset.upper()}")
    except ValueError:
        raise broken("format", "Should be a date-time that exists") from None
    return _in_utc(value)


def _in_utc(value: datetime) -> datetime:
    try:
        return value.astimezone(UTC)
    except OverflowError:
        raise broken("format", "Should lie in the years 1 to 9999 in UTC") from None


def _full_date(value: object, read: Callable[[object], date]) -> date:
    return value if isinstance(value, date) and not isinstance(value, datetime) else read(value)


def _read_full_date(text: str) -> date:
    if _FULL_DATE.fullmatch(text) is None:
        raise broken("format", "Should be a date like 2026-12-24")
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise broken("format", "Should be a date that exists") from None
