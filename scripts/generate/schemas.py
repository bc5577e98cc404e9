"""Components become definitions: object schemas become classes, all others aliases."""

from collections.abc import Iterator, Mapping
from typing import Final

from pydantic import BaseModel

from scripts.generate import disjoint
from scripts.generate.annotations import Annotations
from scripts.generate.design import Definition, Field
from scripts.generate.python import call, literal
from scripts.generate.reader import Json, Object
from scripts.generate.refusal import Pointer, Refusal
from scripts.generate.rewriting import Rewritten, items, members
from scripts.generate.vocabulary import RULES

_OF_OBJECTS: Final = {"type", "properties", "required", "additionalProperties", "allOf", "title", "description"}
_OF_PARTS: Final = {"type", "properties", "required"}
_TAKEN: Final = frozenset(
    {"bool", "date", "datetime", "dict", "exact", "float", "int", "list", "object", "rules", "str"},
)
"""What the annotations of a class are made of: a member of that name would hide it from those that follow."""
_EXTRA: Final = {False: "forbid", True: "allow"}


def definitions(rewritten: Rewritten) -> dict[str, Definition]:
    """Define every component, by name."""
    _refuse_cycles(rewritten)
    return {component: _define(component, rewritten) for component in rewritten.schemas}


def bases(schema: Object) -> tuple[str, ...]:
    """Name the components that an object inherits from."""
    return tuple(
        str(members(part)["$ref"]).rpartition("/")[2] for part in items(schema.get("allOf")) if "$ref" in members(part)
    )


def _define(component: str, rewritten: Rewritten) -> Definition:
    schema = rewritten.schemas[component]
    pointer = rewritten.place(component)
    if "default" in schema:
        raise Refusal((*pointer, "default"), "a default is carried where a schema is used, not on a shared schema")
    if "properties" in schema or "allOf" in schema:
        return _class(component, schema, pointer, rewritten)
    annotation = Annotations(rewritten.schemas).write(schema, pointer)
    return Definition(component, "", annotation.full, "", "", "", ())


def _class(component: str, schema: Object, pointer: Pointer, rewritten: Rewritten) -> Definition:
    for keyword in schema:
        if keyword not in _OF_OBJECTS | RULES:
            raise Refusal((*pointer, keyword), f"`{keyword}` of an object with properties is not carried")
    if schema.get("type") != "object" and not bases(schema):
        raise Refusal(pointer, "properties, or parts that have some, without `type: object`")
    _check_inheritance(schema, pointer, rewritten)
    rules: Object = {keyword: value for keyword, value in schema.items() if keyword in RULES}
    base = "exact.RuledObject" if rules else "exact.Object"
    annotations = Annotations(rewritten.schemas)
    return Definition(
        name=component,
        doc=str(schema.get("description", "")),
        annotation="",
        bases=", ".join(bases(schema)) or base,
        config=_config(schema, pointer),
        rules=f"exact.Rules({literal(rules)})" if rules else "",
        fields=tuple(
            field for part, place in _own_parts(schema, pointer) for field in _fields(part, place, annotations)
        ),
    )


def _config(schema: Object, pointer: Pointer) -> str:
    config: Object = {"title": schema["title"]} if "title" in schema else {}
    if "additionalProperties" in schema:
        extra = schema["additionalProperties"]
        if not isinstance(extra, bool):
            raise Refusal((*pointer, "additionalProperties"), "a schema for further properties beside `properties`")
        config["extra"] = _EXTRA[extra]
    return call("ConfigDict", config) if config else ""


def _own_parts(schema: Object, pointer: Pointer) -> Iterator[tuple[Object, Pointer]]:
    """Give the schema itself and the parts of its allOf that are no references."""
    yield schema, pointer
    for index, part in enumerate(items(schema.get("allOf"))):
        if "$ref" not in members(part):
            yield members(part), (*pointer, "allOf", str(index))


def _fields(schema: Object, pointer: Pointer, annotations: Annotations) -> Iterator[Field]:
    properties = members(schema, "properties")
    names = items(schema.get("required"))
    for name in names:
        if name not in properties:
            raise Refusal((*pointer, "required"), f"{name} is required and is no property here")
    for name, value in properties.items():
        place = (*pointer, "properties", name)
        if name in _TAKEN or hasattr(BaseModel, name) or name.startswith("model_"):
            raise Refusal(place, f"a property named {name}, which the generated class needs itself")
        yield _field(name, value, place, annotations, required=name in names)


def _field(name: str, value: Json, pointer: Pointer, annotations: Annotations, *, required: bool) -> Field:
    annotation = annotations.write(value, pointer).full
    schema = members(value)
    if "default" in schema:
        if required:
            raise Refusal((*pointer, "default"), "a default on a required property")
        return Field(name, annotation, literal(schema["default"]))
    return Field(name, annotation, None) if required else Field(name, f"{annotation} | MISSING", "MISSING")


def _check_inheritance(schema: Object, pointer: Pointer, rewritten: Rewritten) -> None:
    """Refuse every allOf that is no plain inheritance: shared bases, and new properties beside theirs."""
    place = (*pointer, "allOf")
    parts = list(_own_parts(schema, pointer))
    own = {name for part, _ in parts for name in members(part, "properties")}
    for part, part_pointer in parts[1:]:
        if part.get("type") != "object":
            raise Refusal(part_pointer, "a part of allOf that is no object")
        for keyword in part:
            if keyword not in _OF_PARTS:
                raise Refusal((*part_pointer, keyword), f"`{keyword}` in a part of allOf is not carried")
    for base in bases(schema):
        inherited = rewritten.schemas.get(base, {})
        if "properties" not in inherited and "allOf" not in inherited:
            raise Refusal(place, f"{base} is no object with properties to inherit from")
        if inherited.get("additionalProperties") is False or schema.get("additionalProperties") is False:
            raise Refusal(place, "a closed object cannot inherit or be inherited from")
        if own & disjoint.properties(rewritten.schemas, inherited).keys():
            raise Refusal(place, "a property that changes an inherited one")


def _refuse_cycles(rewritten: Rewritten) -> None:
    """Refuse schemas that contain themselves: a definition can only use what stands above it."""
    done: set[str] = set()
    for component in rewritten.schemas:
        _visit(component, rewritten.schemas, (), done)


def _visit(component: str, schemas: Mapping[str, Object], path: tuple[str, ...], done: set[str]) -> None:
    if component in path:
        raise Refusal(("components", "schemas", component), "a schema that contains itself")
    if component not in done:
        for target in _targets(schemas[component]):
            if target in schemas:
                _visit(target, schemas, (*path, component), done)
        done.add(component)


def _targets(value: Json) -> Iterator[str]:
    if isinstance(value, dict):
        if isinstance(reference := value.get("$ref"), str):
            yield reference.rpartition("/")[2]
        for child in value.values():
            yield from _targets(child)
    elif isinstance(value, list):
        for item in value:
            yield from _targets(item)
