# Generated from openapi/tasks.yaml by `make generate`. Do not edit.
"""What is wrong with a request's parameters and body, place by place, in words that repeat nothing of it."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import ModuleType
from typing import Any, Final
from urllib.parse import unquote_to_bytes

from fastapi.dependencies.models import Dependant
from fastapi.dependencies.utils import get_flat_params
from fastapi.params import Param, ParamTypes
from pydantic import TypeAdapter
from starlette.requests import Request
from typing_extensions import TypeAliasType

_MOST_FAULTS: Final = 100
_LONGEST_FIELD: Final = 512
_LONGEST_MESSAGE: Final = 1000
_SAFE_NAME: Final = re.compile(r"[A-Za-z0-9_.~-]{1,64}")
_MESSAGES: Final = {
    "extra_forbidden": "There is no such member",
    "missing": "Should not be left out",
    "model_attributes_type": "Should be an object",
    "string_unicode": "Should be text without lone surrogates",
}
"""Where pydantic's own words are about Python."""
_OF_FORM: Final = frozenset({"literal_error", "string_pattern_mismatch", "string_too_long", "string_too_short"})
"""What a branch of a union says of text that was most likely meant for another branch."""


@dataclass(frozen=True, slots=True)
class Fault:
    """One place where a request breaks the contract.

    Attributes:
        field: where, like `body.title` or `query.limit`.
        message: what to do about it, for a person.
        type: what is wrong, for a program.
    """

    field: str
    message: str
    type: str


class InvalidRequest(Exception):
    """The parameters or the body break the contract; `errors` holds one fault per field, at most 100."""

    status: Final = 422

    def __init__(self, faults: Sequence[Fault]) -> None:
        by_field: dict[str, list[Fault]] = {}
        for fault in faults:
            by_field.setdefault(fault.field, []).append(fault)
        self.errors = tuple(_joined(known) for known in list(by_field.values())[:_MOST_FAULTS])
        super().__init__(", ".join(fault.field for fault in self.errors))


def _joined(faults: Sequence[Fault]) -> Fault:
    """Join what the branches of a union say of one value: those alone that come nearest to what was meant."""
    nearest = min(_distance(fault) for fault in faults)
    kept = [fault for fault in faults if _distance(fault) == nearest]
    *others, last = dict.fromkeys(fault.message for fault in kept)
    message = "; or: ".join((*(other.removesuffix(".") for other in others), last))
    return Fault(kept[0].field[:_LONGEST_FIELD], message[:_LONGEST_MESSAGE], kept[0].type)


def _distance(fault: Fault) -> int:
    """Say how far a value is from what a branch takes: of its form (0), of its type (1), or of another one (2)."""
    if fault.type.endswith("_type"):
        return 2
    return 1 if fault.type in _OF_FORM else 0


def query_names(dependant: Dependant) -> dict[str, bool]:
    """Give the query parameters that a route and its dependencies declare, and whether each may be repeated."""
    return {
        field.alias: _is_list(field.field_info.annotation)
        for field in get_flat_params(dependant)
        if isinstance(field.field_info, Param) and field.field_info.in_ == ParamTypes.query
    }


def faults_of_target(request: Request, known: Mapping[str, bool]) -> Iterator[Fault]:
    """Find what FastAPI overlooks: unknown, repeated and empty query parameters, and text that is not UTF-8."""
    for place, raw in (("path", request.scope.get("raw_path", b"")), ("query", request.scope["query_string"])):
        try:
            unquote_to_bytes(raw).decode()
        except UnicodeDecodeError:
            yield Fault(place, "Percent-encoded text should be UTF-8", "text_encoding")
    seen: set[str] = set()
    for name, value in request.query_params.multi_items():
        field = f"query.{_safe(name)}"
        if name not in known:
            yield Fault(field, "There is no such parameter", "unknown_parameter")
        elif name in seen and not known[name]:
            yield Fault(field, "The parameter should be sent once", "repeated_parameter")
        elif not value:
            yield Fault(field, "The parameter should have a value, or be left out", "empty_parameter")
        seen.add(name)


def faults_of_fields(errors: Sequence[Any], body: object, words: Mapping[str, str]) -> Iterator[Fault]:
    """Translate the errors of pydantic: FastAPI's dicts, of any values.

    `body` tells members from branches of unions; `words` says what a pattern means.
    """
    for error in errors:
        where, *rest = error["loc"]
        parts = (
            list(_members(rest, body, error["type"])) if where == "body" else [_safe(str(part)) for part in rest[:1]]
        )
        said = words.get(error.get("ctx", {}).get("pattern", ""))
        message = (
            f"Should be: {said}"
            if said
            else _MESSAGES.get(error["type"], error["msg"].replace("Input should", "Should"))
        )
        yield Fault(".".join((str(where), *parts)), message, error["type"])


def patterns_in_words(models: ModuleType) -> dict[str, str]:
    """Give the description of every named type that has a pattern: people read it better than the pattern."""
    aliases: list[Any] = [value for value in vars(models).values() if isinstance(value, TypeAliasType)]  # any types
    schemas = [TypeAdapter(alias).json_schema() for alias in aliases]
    every = [definition for schema in schemas for definition in (schema, *schema.get("$defs", {}).values())]
    return {
        schema["pattern"]: " ".join(schema["description"].split())
        for schema in every
        if "pattern" in schema and "description" in schema
    }


def _members(location: Sequence[str | int], body: object, error: str) -> Iterator[str]:
    """Keep of a location what leads through the body, and the member that is missing; drop pydantic's own steps."""
    absent = len(location) - 1 if error == "missing" else None
    value = body
    for index, part in enumerate(location):
        if isinstance(value, dict) and (part in value or index == absent):
            value = value.get(part)
        elif isinstance(value, list) and isinstance(part, int):
            value = value[part]
        else:
            continue
        yield _safe(str(part))


def _safe(name: str) -> str:
    """Name what a client has named only if that cannot do harm in a log or an answer."""
    return name if _SAFE_NAME.fullmatch(name) else "?"


def _is_list(annotation: object) -> bool:
    return getattr(annotation, "__origin__", None) is list
