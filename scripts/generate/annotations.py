"""One schema becomes one annotation.

What pydantic's own types say exactly is said with them; the rest is said by `exact`, the constant part of the generated
code; keywords that no type says become rules for a validator of JSON Schema. Anything else is refused.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import combinations
from typing import Final

import jsonschema_rs
import pydantic_core
from pydantic_core import core_schema

from scripts.generate import disjoint
from scripts.generate.design import Annotation
from scripts.generate.python import call, literal
from scripts.generate.reader import Json, Object
from scripts.generate.refusal import Pointer, Refusal
from scripts.generate.rewriting import members
from scripts.generate.vocabulary import RULES

_BOUNDS: Final = {"minimum": "ge", "exclusiveMinimum": "gt", "maximum": "le", "exclusiveMaximum": "lt"}
_STEPS: Final = {**_BOUNDS, "multipleOf": "multiple_of"}
_LENGTHS: Final = {"minLength": "min_length", "maxLength": "max_length", "pattern": "pattern"}
_COUNTS: Final = {"minItems": "min_length", "maxItems": "max_length"}
_SAID: Final = {"title": "title", "description": "description", "examples": "examples"}
_SCALARS: Final = {"integer": "int", "number": "float", "boolean": "bool", "null": "None"}
_TIMES: Final = {
    "date-time": ("datetime", "exact.Instant", ("2026-12-24T16:00:00Z", "2026-12-24T16:00:00.250000Z")),
    "date": ("date", "exact.FullDate", ("2026-12-24",)),
}
"""The formats that are types of their own: for people, in full, and in which forms the generated code writes them."""
_WIDTHS: Final = {"int32": "exact.INT32", "int64": "exact.INT64"}
_CHECKED_FORMATS: Final = frozenset(
    {"uri", "uri-reference", "email", "uuid", "hostname", "ipv4", "ipv6", "time", "duration", "json-pointer", "regex"},
)
"""Formats of strings that the validator of rules checks."""
_PYTHON: Final[dict[str, tuple[type, ...]]] = {
    "string": (str,),
    "integer": (int,),
    "number": (int, float),
    "boolean": (bool,),
    "null": (type(None),),
}
_ANYTHING: Final = Annotation("object", "object")


@dataclass(frozen=True)
class _Type:
    """A type on its way to an annotation: for people, in full, and what constrains it."""

    bare: str
    full: str
    constraints: Object = field(default_factory=dict)
    markers: tuple[str, ...] = ()


@dataclass(frozen=True)
class Annotations:
    """Writes annotations for the schemas of one document.

    Attributes:
        schemas: the components, by name.
        prefix: what leads to the module of the definitions (`models.`), empty in that module itself.
    """

    schemas: Mapping[str, Object]
    prefix: str = ""

    def write(self, value: Json, pointer: Pointer) -> Annotation:
        """Write one schema with all that is said of it; its `default` is the business of who uses it."""
        if not isinstance(value, dict):
            raise Refusal(pointer, "a schema that is an object is expected here")
        said = {python: value[keyword] for keyword, python in _SAID.items() if keyword in value}
        if "deprecated" in value:  # pydantic's own argument warns the service that reads the member
            said["json_schema_extra"] = {"deprecated": value["deprecated"]}
        rules = {keyword: rule for keyword, rule in value.items() if keyword in RULES}
        rest = {name: item for name, item in value.items() if name not in {*_SAID, *rules, "default", "deprecated"}}
        typed = self._type(rest, pointer)
        markers = [*typed.markers, f"exact.Also(exact.Rules({literal(rules)}))"] if rules else list(typed.markers)
        if not markers:
            parts = [call("Field", {**typed.constraints, **said})] if typed.constraints or said else []
        else:  # a marker must stand behind what it wraps and before what is only said of the whole
            fields = [call("Field", facts) if facts else "" for facts in (typed.constraints, said)]
            parts = [part for part in (fields[0], *markers, fields[1]) if part]
        return Annotation(typed.bare, f"Annotated[{', '.join((typed.full, *parts))}]" if parts else typed.full)

    def _type(self, schema: Object, pointer: Pointer) -> _Type:
        if not schema:
            return _Type("object", "object")
        named = schema.get("type")
        by_keyword = {
            "$ref": self._reference,
            "oneOf": self._union,
            "anyOf": self._union,
            "allOf": _refuse_all_of,
            "enum": _choice,
            "const": _choice,
        }
        by_type = {"array": self._array, "object": self._map, "string": _string} | dict.fromkeys(_SCALARS, _scalar)
        for keyword, write in by_keyword.items():
            if keyword in schema:
                return write(schema, pointer)
        if isinstance(named, list):
            return self._nullable(schema, named, pointer)
        if not isinstance(named, str) or named not in by_type:
            raise Refusal(pointer, f"a schema of the type {literal(named)}")
        return by_type[named](schema, pointer)

    def _reference(self, schema: Object, pointer: Pointer) -> _Type:
        _only(schema, {"$ref"}, pointer, "beside a $ref (it would tighten a shared schema)")
        target = str(schema["$ref"]).rpartition("/")[2]
        if target not in self.schemas:
            raise Refusal((*pointer, "$ref"), f"there is no schema {target}")
        return _Type(self.prefix + target, self.prefix + target)

    def _union(self, schema: Object, pointer: Pointer) -> _Type:
        keyword = "oneOf" if "oneOf" in schema else "anyOf"
        _only(schema, {keyword, "discriminator"}, pointer, f"beside {keyword}")
        branches = schema[keyword]
        if not isinstance(branches, list) or not branches:
            raise Refusal((*pointer, keyword), f"{keyword} is a list of schemas")
        if keyword == "oneOf":
            for one, other in combinations(branches, 2):
                if disjoint.overlap(self.schemas, one, other):
                    raise Refusal((*pointer, keyword), "oneOf with branches that may overlap")
        options = [self.write(branch, (*pointer, keyword, str(index))) for index, branch in enumerate(branches)]
        bare, full = (" | ".join(texts) for texts in zip(*((o.bare, o.full) for o in options), strict=True))
        if "discriminator" in schema:
            return _Type(bare, full, self._discriminator(schema, pointer))
        return _Type(bare, full, markers=("exact.ONE_OF",) if keyword == "oneOf" else ())

    def _discriminator(self, schema: Object, pointer: Pointer) -> Object:
        place = (*pointer, "discriminator")
        branches = schema.get("oneOf")
        if not isinstance(branches, list):
            raise Refusal(place, "a discriminator is carried beside oneOf only")
        name = str(members(schema, "discriminator").get("propertyName"))
        values: Object = {}
        for branch in branches:
            target = disjoint.resolve(self.schemas, branch)
            tag = disjoint.properties(self.schemas, target).get(name, {}).get("const")
            if not isinstance(tag, str) or name not in disjoint.required(self.schemas, target):
                raise Refusal(place, f"every branch needs a required {name} with a constant text")
            values[tag] = members(branch).get("$ref")
        if members(schema, "discriminator").get("mapping") != values:
            raise Refusal(place, f"the mapping is not that of the branches' constants: {literal(values)}")
        return {"discriminator": name}

    def _nullable(self, schema: Object, types: list[Json], pointer: Pointer) -> _Type:
        named = [name for name in types if name != "null"]
        if len(named) != 1 or len(types) != len(named) + 1:
            raise Refusal((*pointer, "type"), "several types are carried only as one type and null")
        inner = self.write({**schema, "type": named[0]}, pointer)
        return _Type(f"{inner.bare} | None", f"{inner.full} | None")

    def _array(self, schema: Object, pointer: Pointer) -> _Type:
        _only(schema, {"type", "items", *_COUNTS}, pointer, "of an array")
        item = self.write(schema.get("items", {}), (*pointer, "items"))
        return _Type(f"list[{item.bare}]", f"list[{item.full}]", _renamed(schema, _COUNTS))

    def _map(self, schema: Object, pointer: Pointer) -> _Type:
        _only(schema, {"type", "additionalProperties"}, pointer, "of an object without properties")
        value = schema.get("additionalProperties", True)
        item = _ANYTHING if value is True else self.write(value, (*pointer, "additionalProperties"))
        return _Type(f"dict[str, {item.bare}]", f"dict[str, {item.full}]")


def _choice(schema: Object, pointer: Pointer) -> _Type:
    _only(schema, {"type", "enum", "const"}, pointer, "beside a choice of values")
    values = schema.get("enum", [schema.get("const")])
    if not isinstance(values, list) or not values or ("enum" in schema and "const" in schema):
        raise Refusal(pointer, "a choice is one enum or one const")
    named = schema.get("type", list(_PYTHON))
    allowed = [kind for name in (named if isinstance(named, list) else [named]) for kind in _PYTHON.get(str(name), ())]
    for value in values:
        if type(value) not in allowed or isinstance(value, float):
            raise Refusal(pointer, f"{literal(value)} is no value of this type, or none that is carried as a choice")
    choice = f"Literal[{', '.join(literal(value) for value in values)}]"
    return _Type(choice, choice, markers=("exact.WHOLE",) if any(type(value) is int for value in values) else ())


def _string(schema: Object, pointer: Pointer) -> _Type:
    _only(schema, {"type", "format", *_LENGTHS}, pointer, "of a string")
    constraints = _renamed(schema, _LENGTHS)
    if "pattern" in constraints:
        _check_pattern(constraints["pattern"], (*pointer, "pattern"))
    named = schema.get("format")
    if named in _TIMES:
        bare, marker, written = _TIMES[str(named)]
        _check_written(written, schema, pointer)
        return _Type(bare, bare, markers=(call(marker, constraints),))
    markers: tuple[str, ...] = ()
    if named is not None:
        if named not in _CHECKED_FORMATS:
            raise Refusal((*pointer, "format"), f"strings of format {named} are not checked")
        markers = (f"exact.Also(exact.Rules({literal({'format': named})}))",)
    return _Type("str", "str", {"strict": True, **constraints}, markers)


def _check_pattern(pattern: Json, pointer: Pointer) -> None:
    try:
        pydantic_core.SchemaValidator(core_schema.str_schema(pattern=str(pattern)))
    except pydantic_core.SchemaError as error:
        raise Refusal(pointer, f"a pattern that pydantic cannot check: {' '.join(str(error).split())}") from None


def _check_written(forms: tuple[str, ...], schema: Object, pointer: Pointer) -> None:
    validator = jsonschema_rs.Draft202012Validator(schema)
    for form in forms:
        if not validator.is_valid(form):
            raise Refusal(pointer, f"constraints that refuse a value as it is written: {form}")


def _refuse_all_of(_: Object, pointer: Pointer) -> _Type:
    raise Refusal((*pointer, "allOf"), "allOf is carried only where a component inherits from another")


def _scalar(schema: Object, pointer: Pointer) -> _Type:
    named = str(schema["type"])
    bounds = _BOUNDS if named == "number" else _STEPS if named == "integer" else {}
    _only(schema, {"type", *bounds, *({"format"} if named == "integer" else ())}, pointer, f"of a {named}")
    constraints = _renamed(schema, bounds)
    if named == "integer" and any(type(value) is not int for value in constraints.values()):
        raise Refusal(pointer, "bounds of an integer that are no integers")
    markers: tuple[str, ...] = ("exact.WHOLE",) if named == "integer" else ()
    if "format" in schema:
        if schema["format"] not in _WIDTHS:
            raise Refusal((*pointer, "format"), f"integers of format {schema['format']} are not checked")
        markers = (*markers, _WIDTHS[str(schema["format"])])
    if named != "null":
        constraints = {"strict": True, **constraints}
    if named == "number":
        constraints["allow_inf_nan"] = False
    return _Type(_SCALARS[named], _SCALARS[named], constraints, markers)


def _renamed(schema: Object, names: Mapping[str, str]) -> Object:
    return {python: schema[keyword] for keyword, python in names.items() if keyword in schema}


def _only(schema: Object, allowed: set[str], pointer: Pointer, where: str) -> None:
    for keyword in schema:
        if keyword not in allowed:
            raise Refusal((*pointer, keyword), f"`{keyword}` {where} is not carried")
