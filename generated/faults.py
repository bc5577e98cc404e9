# Generated from openapi/tasks.yaml by `make generate`. Do not edit.
"""What is wrong with a request's parameters and body, place by place, in words that repeat nothing of it."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import ModuleType
from typing import Any, Final

from pydantic import TypeAdapter
from typing_extensions import TypeAliasType

from .fault_types import FaultType, of_pydantic

_MOST_FAULTS: Final = 100
_LONGEST_FIELD: Final = 512
_LONGEST_MESSAGE: Final = 1000
_SAFE_NAME: Final = re.compile(r"[A-Za-z0-9_.~-]{1,64}")
_OF_FORM: Final = frozenset({"value", "pattern", "too_long", "too_short"})
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
    type: FaultType


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
    if fault.type == "type":
        return 2
    return 1 if fault.type in _OF_FORM else 0


def faults_of_value(
    place: Sequence[str], errors: Sequence[Any], value: object, words: Mapping[str, str]
) -> Iterator[Fault]:
    """Translate the errors of pydantic about what was sent at a place: its dicts, of any values.

    `value` tells members from branches of unions; `words` says what a pattern means.
    """
    for error in errors:
        yield _fault((*place, *_members(error["loc"], value, error["type"])), error, words)


def faults_of_dependencies(errors: Sequence[Any], words: Mapping[str, str]) -> Iterator[Fault]:
    """Translate the errors of FastAPI about the parameters of dependencies: dicts of any values."""
    for error in errors:
        yield _fault((str(error["loc"][0]), *map(safe, map(str, error["loc"][1:2]))), error, words)


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


def _fault(place: Sequence[str], error: Mapping[str, Any], words: Mapping[str, str]) -> Fault:  # as above
    kind, message = of_pydantic(error)
    context = error.get("ctx", {})
    member, said = context.get("member"), words.get(context.get("pattern", ""))
    field = ".".join(place if member is None else (*place, safe(member)))
    return Fault(field, f"Should be: {said}" if said else message, kind)


def _members(location: Sequence[str | int], value: object, error: str) -> Iterator[str]:
    """Keep of a location what leads through the value, and the member that is missing; drop pydantic's own steps."""
    absent = len(location) - 1 if error == "missing" else None
    for index, part in enumerate(location):
        if isinstance(value, dict) and (part in value or index == absent):
            value = value.get(part)
        elif isinstance(value, list) and isinstance(part, int):
            value = value[part]
        else:
            continue
        yield safe(str(part))


def safe(name: str) -> str:
    """Name what a client has named only if that cannot do harm in a log or an answer."""
    return name if _SAFE_NAME.fullmatch(name) else "?"
