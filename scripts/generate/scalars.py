"""Texts, numbers, truth values and null as pydantic says them exactly; what it does not say is left to rules."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

import jsonschema_rs
import pydantic_core
from pydantic_core import core_schema

from scripts.generate.python import call
from scripts.generate.reader import Json, Object

BARE: Final[Mapping[str, str]] = {
    "string": "str",
    "integer": "int",
    "number": "float",
    "boolean": "bool",
    "null": "None",
    "array": "list[object]",
    "object": "dict[str, object]",
}
"""The types of JSON for people."""
_BOUNDS: Final = {"minimum": "ge", "exclusiveMinimum": "gt", "maximum": "le", "exclusiveMaximum": "lt"}
_LENGTHS: Final = {"minLength": "min_length", "maxLength": "max_length"}
_TIMES: Final = {
    "date-time": ("datetime", "exact.Instant", ("2026-12-24T16:00:00Z", "2026-12-24T16:00:00.250000Z")),
    "date": ("date", "exact.FullDate", ("2026-12-24",)),
}
"""The formats that are types of their own: for people, in full, and in which forms the generated code writes them."""
_WIDTHS: Final = {"int32": "exact.INT32", "int64": "exact.INT64"}
_ONE_READING: Final = re.compile(
    r"""(?: [^\\\[\].{}&~]                              # what stands for itself, anchors, groups, repetition
          | \{[0-9]+(?:,[0-9]*)?\}
          | \\(?:u[0-9a-fA-F]{4}|x[0-9a-fA-F]{2}|[nrtfv^$\\.*+?()\[\]{}|/-])
          | \[\^?(?:[^\\\[\]&~-]|(?<=[\[^])-|-(?!-)|\\(?:u[0-9a-fA-F]{4}|x[0-9a-fA-F]{2}|[nrtfv^$\\.*+?()\[\]{}|/-]))+\]
        )*""",
    re.VERBOSE,
)
"""Patterns that pydantic's engine reads as ECMA-262 does: \\d, \\w, \\s, \\b, `.` and sets in sets differ."""
_LARGEST: Final = 2**63


@dataclass(frozen=True)
class Typed:
    """A type on its way to an annotation.

    Attributes:
        bare: for people.
        full: with what it is made of.
        constraints: what pydantic's Field is told.
        markers: what of `exact` stands behind it.
        rules: the keywords that are left.
        whole: whether the schema cannot be taken apart, so that nothing of this is to be used but `bare`.
    """

    bare: str = "object"
    full: str = "object"
    constraints: Object = field(default_factory=dict)
    markers: tuple[str, ...] = ()
    rules: Object = field(default_factory=dict)
    whole: bool = False


def text(schema: Object) -> Typed:
    """Write a schema of texts."""
    constraints: Object = {
        python: int(value)
        for keyword, python in _LENGTHS.items()
        if isinstance(value := schema.get(keyword), int | float)
    }
    known = {"type", "minLength", "maxLength"}
    pattern = schema.get("pattern")
    if isinstance(pattern, str) and _runs(pattern):
        constraints["pattern"] = pattern
        known.add("pattern")
    rules = {name: value for name, value in schema.items() if name not in known}
    named = str(schema.get("format"))
    if named in _TIMES and not rules.keys() - {"format"}:
        bare, marker, written = _TIMES[named]
        validator = jsonschema_rs.Draft202012Validator(schema)
        if all(validator.is_valid(form) for form in written):
            return Typed(bare, bare, markers=(call(marker, constraints),))
    return Typed("str", "str", {"strict": True, **constraints}, rules=rules)


def number(named: str, schema: Object) -> Typed:
    """Write a schema of numbers, truth values or null."""
    constraints: Object = {} if named == "null" else {"strict": True}
    known = {"type"}
    bounds = {"number": _BOUNDS, "integer": {**_BOUNDS, "multipleOf": "multiple_of"}}.get(named, {})
    for keyword, python in bounds.items():
        value = schema.get(keyword)
        if isinstance(value, int | float) and _is_bound(value, named):
            constraints[python] = int(value) if named == "integer" else value
            known.add(keyword)
    if named == "number":
        constraints["allow_inf_nan"] = False
    markers: tuple[str, ...] = ("exact.WHOLE",) if named == "integer" else ()
    if named == "integer" and schema.get("format") in _WIDTHS:
        markers = (*markers, _WIDTHS[str(schema["format"])])
        known.add("format")
    rules = {name: value for name, value in schema.items() if name not in known}
    return Typed(BARE[named], BARE[named], constraints, markers, rules)


def _is_bound(value: float, named: str) -> bool:
    """Say whether pydantic compares with this number as it is written."""
    return abs(value) < _LARGEST and (named == "number" or float(value).is_integer())


def _runs(pattern: Json) -> bool:
    """Say whether pydantic's engine runs a pattern, and reads it as ECMA-262 does."""
    if not _ONE_READING.fullmatch(str(pattern)):
        return False
    try:
        pydantic_core.SchemaValidator(core_schema.str_schema(pattern=str(pattern)))
    except pydantic_core.SchemaError:
        return False
    return True
