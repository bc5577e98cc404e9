"""An equivalent document that is easier to turn into Python: every object schema is a component with a name.

Inline objects would get names from datamodel-code-generator that depend on what else is in the file (`Response1`); here
a name says where the object stands (`TaskOwner`, `ListTasks200Item`).
"""

from dataclasses import dataclass, field
from typing import Final

from scripts.generate.python import pascal
from scripts.generate.reader import Document, Json, Object
from scripts.generate.refusal import Pointer, Refusal
from scripts.generate.vocabulary import CARRIED, Carried

_COMPONENT_DEPTH: Final = 3
"""Of the pointer to a component: components, section, name."""


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
    """The equivalent document; its schemas by name, and for those that were inline where they stood."""

    content: Object
    schemas: dict[str, Object]
    lifted: dict[str, Pointer]

    def place(self, component: str) -> Pointer:
        """Say where a schema stands in the authored document."""
        return self.lifted.get(component, ("components", "schemas", component))


@dataclass(frozen=True)
class _Lift:
    """One run of the rewriting: the names that are taken, the objects that got one."""

    taken: frozenset[str]
    objects: dict[str, Object] = field(default_factory=dict)
    pointers: dict[str, Pointer] = field(default_factory=dict)

    def copy(self, value: Json, kind: str, pointer: Pointer, hint: str) -> Json:
        """Copy `value`, a `kind` of the vocabulary, with the inline objects in it replaced by references."""
        if not isinstance(value, dict):
            return value
        if kind == "operation":
            hint = pascal(str(value.get("operationId", "")))
        copied: Object = {}
        for name, child in value.items():
            carried = CARRIED[kind].get(name, Carried("documented"))  # `$ref` and what only rules know
            copied[name] = self._copy_member(child, carried, (*pointer, name), hint + _part(kind, name))
        is_object = kind == "schema" and "properties" in copied
        return self._lift(copied, pointer, hint) if is_object and _is_inline(pointer) else copied

    def _copy_member(self, child: Json, carried: Carried, pointer: Pointer, hint: str) -> Json:
        if carried.kind and carried.shape == "one":
            return self.copy(child, carried.kind, pointer, hint)
        if carried.kind and isinstance(child, dict):
            return {
                name: self.copy(item, carried.kind, (*pointer, name), _hint(pointer, name, hint))
                for name, item in child.items()
            }
        if carried.kind and isinstance(child, list):
            return [
                self.copy(item, carried.kind, (*pointer, str(index)), f"{hint}{index + 1}")
                for index, item in enumerate(child)
            ]
        return child

    def _lift(self, value: Object, pointer: Pointer, name: str) -> Object:
        if name in self.taken or name in self.objects:
            raise Refusal(pointer, f"this inline object would be named {name}, which is taken: make it a component")
        self.objects[name] = value
        self.pointers[name] = pointer
        return {"$ref": f"#/components/schemas/{name}"}


def rewrite(document: Document) -> Rewritten:
    """Give every inline object schema a name; the authored document stays as it is."""
    authored = members(members(document.content, "components"), "schemas")
    lift = _Lift(frozenset(authored))
    content = lift.copy(document.content, "document", (), "")
    components = members(content, "components")
    schemas = {name: members(schema) for name, schema in {**members(components, "schemas"), **lift.objects}.items()}
    rewritten = members(content) | {"components": components | {"schemas": dict(schemas)}}
    return Rewritten(rewritten, schemas, lift.pointers)


def members(value: Json, name: str | None = None) -> Object:
    """Give the members of an object, or of the object below `name` in it; none where there is no object."""
    if name is not None:
        value = members(value).get(name)
    return value if isinstance(value, dict) else {}


def items(value: Json) -> list[Json]:
    """Give the items of an array; none where there is no array."""
    return value if isinstance(value, list) else []


def _is_inline(pointer: Pointer) -> bool:
    return not (pointer[0] == "components" and len(pointer) == _COMPONENT_DEPTH) and pointer[-2] != "allOf"


def _hint(pointer: Pointer, name: str, hint: str) -> str:
    if pointer[-1] == "content":  # one name whatever the media type: two types of one body are one schema
        return hint
    return pascal(name) if pointer[0] == "components" and len(pointer) < _COMPONENT_DEPTH else hint + pascal(name)


def _part(kind: str, name: str) -> str:
    return _PARTS.get(name, "") if kind in {"schema", "operation"} else ""
