"""An equivalent document that is easier to turn into Python: every object schema is a component with a name.

Inline objects would get names from datamodel-code-generator that depend on what else is in the file (`Response1`); here
a name says where the object stands (`TaskOwner`, `ListTasks200Item`).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from scripts.generate import objects
from scripts.generate.objects import items, members
from scripts.generate.python import pascal
from scripts.generate.reader import Document, Json, Object
from scripts.generate.refusal import Pointer
from scripts.generate.vocabulary import Carried, carried

__all__ = ["Rewritten", "items", "members", "rewrite"]

_COMPONENT_DEPTH: Final = 3
"""Of the pointer to a component: components, section, name."""
_SCHEMAS: Final = "#/components/schemas/"
_OPAQUE: Final = Carried("documented")
_NOTHING: Final[Object] = {"not": {}}
"""The schema `false`."""
_PARTS: Final = {
    "items": "Item",
    "additionalProperties": "Value",
    "oneOf": "Option",
    "anyOf": "Option",
    "requestBody": "Body",
}
"""What a name gets that stands for a part of what the name before it stands for."""


@dataclass(frozen=True)
class Rewritten:
    """The equivalent document; its schemas by name, and where those stood that the authored one does not have so."""

    content: Object
    schemas: dict[str, Object]
    lifted: dict[str, Pointer]

    def place(self, component: str) -> Pointer:
        """Say where a schema stands in the authored document."""
        return self.lifted.get(component, ("components", "schemas", component))

    def renamed(self, names: Mapping[str, str]) -> "Rewritten":
        """Let the components have other names, everywhere."""
        if all(component == name for component, name in names.items()):
            return self
        references = {
            f"{_SCHEMAS}{item}": f"{_SCHEMAS}{name}"
            for component, name in names.items()
            for item in {component, component.replace("~", "~0").replace("/", "~1")}
        }
        content = members(_replaced(self.content, references))
        schemas = {names[name]: members(_replaced(schema, references)) for name, schema in self.schemas.items()}
        components = members(content, "components") | {"schemas": dict(schemas)}
        places = {name: self.place(component) for component, name in names.items()}
        return Rewritten(content | {"components": components}, schemas, places)


@dataclass(frozen=True)
class _Lift:
    """One run of the rewriting: the names that are taken, the objects that got one."""

    schemas: Object
    objects: dict[str, Object] = field(default_factory=dict)
    pointers: dict[str, Pointer] = field(default_factory=dict)

    def copy(self, value: Json, kind: str, pointer: Pointer, hint: str) -> Json:
        """Copy `value`, a `kind` of the vocabulary, with the inline objects in it replaced by references."""
        if not isinstance(value, dict):
            return value
        if kind == "operation":
            hint = pascal(str(value.get("operationId", "")))
        if kind == "schema":
            value = _spread(value)
        copied: Object = {}
        for name, child in value.items():
            known = carried(kind, name, child) or _OPAQUE
            copied[name] = self._copy_member(child, known, (*pointer, name), hint + _part(kind, name))
        is_inline = kind == "schema" and _is_inline(pointer)
        return self._lift(copied, pointer, hint) if is_inline and self._is_object(copied) else copied

    def _is_object(self, value: Object) -> bool:
        """Whether an inline schema should be a class: it has members, or parts that have some."""
        if "properties" in value:
            return value.get("type") == "object" and "$ref" not in value
        parts = items(value.get("allOf"))
        return len(parts) > 1 and any(objects.has_members(self.schemas, part) for part in parts)

    def _copy_member(self, child: Json, known: Carried, pointer: Pointer, hint: str) -> Json:
        if known.kind and known.shape == "one":
            return self.copy(child, known.kind, pointer, hint)
        if known.kind and isinstance(child, dict):
            return {
                name: self.copy(item, known.kind, (*pointer, name), _hint(pointer, name, hint))
                for name, item in child.items()
            }
        if known.kind and isinstance(child, list):
            return [
                self.copy(item, known.kind, (*pointer, str(index)), f"{hint}{index + 1}")
                for index, item in enumerate(child)
            ]
        return child

    def _lift(self, value: Object, pointer: Pointer, hint: str) -> Object:
        name, number = hint or "Object", 2
        while name in self.schemas or name in self.objects:
            name, number = f"{hint}{number}", number + 1
        beside = {"default": value.pop("default")} if "default" in value else {}  # who refers to it applies it
        self.objects[name] = value
        self.pointers[name] = pointer
        return {"$ref": f"{_SCHEMAS}{name}"} | beside


def rewrite(document: Document) -> Rewritten:
    """Give every inline object schema a name; the authored document stays as it is."""
    lift = _Lift(members(members(document.content, "components"), "schemas"))
    content = lift.copy(document.content, "document", (), "")
    components = members(content, "components")
    found = {**members(components, "schemas"), **lift.objects}
    schemas = {name: _NOTHING if schema is False else members(schema) for name, schema in found.items()}
    rewritten = members(content) | {"components": components | {"schemas": dict(schemas)}}
    return Rewritten(rewritten, schemas, lift.pointers)


def _spread(value: Object) -> Object:
    """Write an object that may be something else as a choice, so that the object can be a class."""
    types = value.get("type")
    if not isinstance(types, list) or "object" not in types or "properties" not in value:
        return value
    return objects.spread(value)


def _replaced(value: Json, references: Mapping[str, str]) -> Json:
    """Copy a part of a document with other references."""
    if isinstance(value, dict):
        return {name: _replaced(item, references) for name, item in value.items()}
    if isinstance(value, list):
        return [_replaced(item, references) for item in value]
    return references.get(value, value) if isinstance(value, str) else value


def _is_inline(pointer: Pointer) -> bool:
    return not (pointer[0] == "components" and len(pointer) == _COMPONENT_DEPTH) and pointer[-2] != "allOf"


def _hint(pointer: Pointer, name: str, hint: str) -> str:
    if pointer[-1] == "content":  # one name whatever the media type: two types of one body are one schema
        return hint
    return pascal(name) if pointer[0] == "components" and len(pointer) < _COMPONENT_DEPTH else hint + pascal(name)


def _part(kind: str, name: str) -> str:
    return _PARTS.get(name, "") if kind in {"schema", "operation"} else ""
