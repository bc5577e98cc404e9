"""Whether a document is valid OpenAPI: by the official schema of its version, and by what no schema says.

Spec: READ-14 to READ-16. One fault is told, the most telling one: a document with one has many that follow from it.
"""

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from importlib.metadata import distribution
from itertools import islice
from pathlib import Path
from typing import Final, NoReturn

from jsonschema_rs import ValidationError, Validator, validator_for

from scripts.generate.grammar import METHODS, SECTIONS, everything
from scripts.generate.refusal import Place, Pointer, Refusal, written
from scripts.generate.source import Json, Object

_PACKAGE: Final = "openapi-spec-validator"
_RESOURCES: Final = "openapi_spec_validator/resources/schemas/v{}/schema.json"
_MOST: Final = 50
"""Faults that are looked at: enough for the first one, and quick for a document that is something else altogether."""
_LONGEST: Final = 160
_VARIABLE: Final = re.compile(r"{([^{}]*)}")
_SCHEMA_OBJECT: Final[Object] = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "$id": "urn:schema-object",
    "$dynamicAnchor": "meta",
    "$ref": "https://json-schema.org/draft/2020-12/schema",
    "properties": {
        "discriminator": {
            "type": "object",
            "required": ["propertyName"],
            "properties": {
                "propertyName": {"type": "string"},
                "mapping": {"type": "object", "additionalProperties": {"type": "string"}},
            },
        },
    },
}
"""What a Schema Object of 3.1 is, which the official schema leaves open: JSON Schema, and a discriminator."""

Told = Callable[[Pointer], Place]
"""Says where a place of a document is written."""


def version(content: Object, told: Told) -> str:
    """Say which version of OpenAPI a document has, `3.0` or `3.1`; refuse all others."""
    if "swagger" in content:
        _refuse(("swagger",), f"Swagger {content['swagger']} is not carried: convert it to OpenAPI 3", told)
    if "openapi" not in content:
        _refuse((), "no OpenAPI document: it has no `openapi` member", told)
    stated = content["openapi"]
    found = re.fullmatch(r"(3\.[01])\.\d+(-.+)?", stated) if isinstance(stated, str) else None
    if found is None:
        _refuse(("openapi",), f"OpenAPI {stated} is not carried, only 3.0.x and 3.1.x are", told)
    return found[1]


def check(content: Object, told: Told) -> None:
    """Raise `Refusal` for the most telling fault of a document that has only local references."""
    found = version(content, told)
    _check_schema(_official(found), content, (), f"no valid OpenAPI {found}", told)
    if found == "3.1":
        _check_schemas(content, told)
    for rule in (_names, _operation_ids, _alike, _parameters, _security):
        for pointer, fault in rule(content):
            _refuse(pointer, fault, told)


@cache
def _official(found: str) -> Validator:
    # Not the package's own function, which imports all of it: half a second for a file.
    path = Path(str(distribution(_PACKAGE).locate_file(_RESOURCES.format(found))))
    return validator_for(json.loads(path.read_text(encoding="utf-8")), validate_formats=False)


@cache
def _schema_object() -> Validator:
    return validator_for(_SCHEMA_OBJECT, validate_formats=False)


def _check_schemas(content: Object, told: Told) -> None:
    """Check the Schema Objects of a document, each with all that is in it."""
    last: Pointer | None = None
    for pointer, value, kind in everything(content, "document"):
        if kind == "schema" and (last is None or pointer[: len(last)] != last):
            last = pointer
            _check_schema(_schema_object(), value, pointer, "no valid schema", told)


@dataclass(frozen=True, slots=True)
class _Fault:
    """What is wrong, and where. What only follows from other faults is told where there is none."""

    pointer: Pointer
    sentence: str
    keyword: str

    @property
    def follows(self) -> bool:
        return self.keyword == "unevaluatedProperties"


def _check_schema(validator: Validator, value: Json, pointer: Pointer, fault: str, told: Told) -> None:
    if validator.is_valid(value):
        return
    faults = [_telling(error) for error in islice(validator.iter_errors(value), _MOST)]
    first = min(faults, key=lambda item: (item.follows, told(pointer + item.pointer).line, item.sentence))
    _refuse(pointer + first.pointer, f"{fault}: {first.sentence}", told)


def _telling(error: ValidationError) -> _Fault:
    """Tell an error; of one that offers several forms, the error of the form that was meant."""
    context: list[list[ValidationError]] = error.kind.as_dict().get("context", [])
    if not any(context):
        return _fault(error)
    here = len(error.instance_path)
    is_reference = isinstance(error.instance, dict) and "$ref" in error.instance

    def is_other_form(branch: list[ValidationError]) -> bool:
        return any(
            len(inner.instance_path) == here
            and (inner.kind.name == "type" or (inner.kind.as_dict().get("property") == "$ref" and not is_reference))
            for inner in branch
        )

    branches = [branch for branch in context if not is_other_form(branch)] or context
    chosen = [[inner for inner in branch if _is_choice(inner, here + 1)] for branch in branches]
    if all(chosen):  # the member that chooses the form, such as `type`, has none of its values
        options = [option for choices in chosen for option in _options(choices[0])]
        return _fault(chosen[0][0], options)
    branches = [branch for branch, choices in zip(branches, chosen, strict=True) if not choices]
    return max((_telling(inner) for branch in branches for inner in branch), key=lambda fault: len(fault.pointer))


def _is_choice(error: ValidationError, depth: int) -> bool:
    return error.kind.name in {"enum", "const"} and len(error.instance_path) == depth


def _options(error: ValidationError) -> list[Json]:
    found = error.kind.as_dict()
    return list(found["options"]) if "options" in found else [found["expected_value"]]


def _fault(error: ValidationError, options: list[Json] | None = None) -> _Fault:
    """Write an error as a sentence, without the whole of what is wrong."""
    said = error.kind.as_dict()
    pointer = tuple(map(str, error.instance_path))
    match error.kind.name:
        case "required":
            sentence = f"`{said['property']}` is missing"
        case "additionalProperties" | "unevaluatedProperties":
            pointer = (*pointer, said["unexpected"][0])
            sentence = f"`{said['unexpected'][0]}` does not belong here"
        case "type":
            sentence = f"{_short(error.instance)} is not of type {' or '.join(said['types'])}"
        case "enum" | "const":
            values = ", ".join(map(_short, options or _options(error)))
            sentence = f"{_short(error.instance)} is not one of {values}"
        case "propertyNames":
            inner = _fault(said["error"])
            pointer, sentence = (*pointer, str(said["error"].instance)), inner.sentence
        case "not" if "required" in (excluded := dict(said["schema"])):
            sentence = f"{' and '.join(f'`{name}`' for name in excluded['required'])} exclude each other"
        case "oneOf":
            sentence = "more than one of the forms that exclude each other"
        case _:
            sentence = _cut(error.message)
    return _Fault(pointer, sentence, error.kind.name)


def _short(value: object) -> str:
    return _cut(json.dumps(value, ensure_ascii=False))


def _cut(text: str) -> str:
    text = " ".join(text.split())
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}..."


def _names(content: Object) -> Iterator[tuple[Pointer, str]]:
    """Components have names that can stand in a reference; the official schema of 3.0 has lost this."""
    for section, components in _members(content.get("components")).items():
        for name in _members(components) if section in SECTIONS.values() else ():
            if not re.fullmatch(r"[A-Za-z0-9._-]+", name):
                yield ("components", section, name), f"{_short(name)} is no name of a component: only A-Z a-z 0-9 . _ -"


def _operation_ids(content: Object) -> Iterator[tuple[Pointer, str]]:
    """An operationId is that of one operation."""
    found: dict[str, Pointer] = {}
    for pointer, value, kind in everything(content, "document"):
        if kind == "operation" and "operationId" in value:
            name = str(value["operationId"])
            if name in found:
                yield (*pointer, "operationId"), f"the operationId {name} is also that of {written(found[name])}"
            found[name] = pointer


def _alike(content: Object) -> Iterator[tuple[Pointer, str]]:
    """Two paths differ in more than the names of their parameters."""
    found: dict[str, str] = {}
    for path in _members(content.get("paths")):
        alike = found.setdefault(_VARIABLE.sub("{}", path), path)
        if alike != path:
            yield ("paths", path), f"this path is the same as {alike}"


def _parameters(content: Object) -> Iterator[tuple[Pointer, str]]:
    """A parameter is declared once, and those of a path are the variables of the path."""
    for path, item in _members(content.get("paths")).items():
        members = _members(item)
        shared = _declared(content, members)
        yield from _twice(shared, ("paths", path))
        variables = _VARIABLE.findall(path)
        for name in {name for name in variables if variables.count(name) > 1}:
            yield ("paths", path), f"the path has {{{name}}} more than once"
        for method in METHODS:
            if method in members:
                own = _declared(content, _members(members[method]))
                pointer = ("paths", path, method)
                yield from _twice(own, pointer)
                declared = {name for where, name in (*shared, *own) if where == "path"}
                for name in sorted(set(variables) - declared):
                    yield pointer, f"{{{name}}} of the path is declared by no parameter"
                for name in sorted(declared - set(variables)):
                    yield pointer, f"the path parameter {name} is not in the path"


def _declared(content: Object, value: Object) -> list[tuple[str, str]]:
    parameters = value.get("parameters")
    return [_declaration(content, _members(item)) for item in (parameters if isinstance(parameters, list) else [])]


def _declaration(content: Object, parameter: Object) -> tuple[str, str]:
    if "$ref" in parameter:  # to a component, see `bundling`
        components = _members(_members(content.get("components")).get("parameters"))
        parameter = _members(components.get(str(parameter["$ref"]).rpartition("/")[2]))
    return str(parameter.get("in")), str(parameter.get("name"))


def _twice(declared: list[tuple[str, str]], pointer: Pointer) -> Iterator[tuple[Pointer, str]]:
    for index, (where, name) in enumerate(declared):
        if (where, name) in declared[:index]:
            yield (*pointer, "parameters", str(index)), f"the {where} parameter {name} is declared twice"


def _security(content: Object) -> Iterator[tuple[Pointer, str]]:
    """A security requirement names schemes of the document."""
    schemes = _members(_members(content.get("components")).get("securitySchemes"))
    for pointer, value, kind in everything(content, "document"):
        requirements = value.get("security") if kind in {"document", "operation"} else None
        for index, requirement in enumerate(requirements if isinstance(requirements, list) else []):
            for name in _members(requirement):
                if name not in schemes:
                    yield (*pointer, "security", str(index), name), f"there is no security scheme {name}"


def _members(value: Json) -> Object:
    return value if isinstance(value, dict) else {}


def _refuse(pointer: Pointer, feature: str, told: Told) -> NoReturn:
    raise Refusal(pointer, feature, told(pointer))
