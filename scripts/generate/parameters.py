"""What a client sends: parameters and bodies, as FastAPI is told and as a handler gets them."""

from dataclasses import dataclass
from typing import Final

from scripts.generate import disjoint
from scripts.generate.annotations import Annotations
from scripts.generate.components import Components
from scripts.generate.design import Parameter
from scripts.generate.python import invoke, literal
from scripts.generate.reader import Json, Object
from scripts.generate.refusal import Pointer, Refusal
from scripts.generate.rewriting import Rewritten, members

_PLACES: Final = {"path": "Path", "query": "Query", "header": "HeaderParameter"}
_FROM_TEXT: Final = {
    "integer": "exact.TEXT_INTEGER",
    "number": "exact.TEXT_NUMBER",
    "boolean": "exact.TEXT_BOOLEAN",
    "string": "",
}


@dataclass(frozen=True)
class Parameters:
    """Writes the parameters and bodies of one document."""

    rewritten: Rewritten

    def parameter(self, reference: Json, pointer: Pointer, name: str) -> Parameter:
        """Write one parameter, which is `name` in Python."""
        value = Components(self.rewritten.content).resolve(reference)
        _check(value, pointer)
        schema, wire, where = value.get("schema"), str(value["name"]), str(value["in"])
        default = _default(value, members(schema), pointer)
        told = {"alias": literal(wire)} if wire != name or where == "header" else {}
        told |= {fact: literal(value[fact]) for fact in ("description", "deprecated") if fact in value}
        owner = value.get("x-owner") is True
        place = (*pointer, "schema")
        parts = (self._full(schema, place, default), self._from_text(schema, place), "OWNER" if owner else "")
        return Parameter(
            name=name,
            path=wire if where == "path" else "",
            bare=self._bare(schema, place, default),
            annotation=f"Annotated[{', '.join(part for part in parts if part)}, {invoke(_PLACES[where], told)}]",
            default=default,
            text=str(value.get("description", "")),
            owner=owner,
        )

    def body(self, value: Object, pointer: Pointer) -> Parameter:
        """Write a request body as a parameter; all its media types share one schema."""
        content = members(value, "content")
        schemas = [members(media).get("schema") for media in content.values()]
        if not schemas or any(schema != schemas[0] for schema in schemas):
            raise Refusal((*pointer, "content"), "a body without media types, or with different schemas for them")
        default = None if value.get("required") is True else "MISSING"
        media_type = next(iter(content))
        place = (*pointer, "content", media_type, "schema")
        full = self._full(schemas[0], place, default)
        return Parameter(
            name="body",
            path="",
            bare=self._bare(schemas[0], place, default),
            annotation=f"Annotated[{full}, Body(media_type={literal(media_type)})]",
            default=default,
            text=str(value.get("description", "")),
            owner=False,
        )

    def _full(self, schema: Json, pointer: Pointer, default: str | None) -> str:
        return Annotations(self.rewritten.schemas, "models.").write(schema, pointer).full + _or_missing(default)

    def _bare(self, schema: Json, pointer: Pointer, default: str | None) -> str:
        return Annotations(self.rewritten.schemas).write(schema, pointer).bare + _or_missing(default)

    def _from_text(self, schema: Json, pointer: Pointer) -> str:
        """Name what turns the text of a parameter into the JSON value that its schema is about."""
        found = disjoint.resolve(self.rewritten.schemas, schema)
        branches = found.get("oneOf", found.get("anyOf"))
        if isinstance(branches, list):
            markers = {self._from_text(branch, pointer) for branch in branches}
            if len(markers) == 1:
                return markers.pop()
        named = found.get("type")
        if not isinstance(named, str) or named not in _FROM_TEXT:
            raise Refusal(pointer, "a parameter that is not one text, number or boolean")
        return _FROM_TEXT[named]


def _check(value: Object, pointer: Pointer) -> None:
    where = value.get("in")
    schema = members(value.get("schema"))
    if "name" not in value or where not in _PLACES:
        raise Refusal(pointer, f"a parameter in {where}")
    if where == "path" and value.get("required") is not True:
        raise Refusal(pointer, "a path parameter that is not required")
    if where != "path" and "x-owner" in value:
        raise Refusal((*pointer, "x-owner"), "x-owner on a parameter that is not in the path")
    if "description" in schema and "$ref" not in schema:
        raise Refusal(
            (*pointer, "schema", "description"), "a description of a parameter's own schema: describe the parameter"
        )


def _default(value: Object, schema: Object, pointer: Pointer) -> str | None:
    """Write the default of a parameter; None where it is required."""
    if value.get("required") is not True:
        return literal(schema["default"]) if "default" in schema else "MISSING"
    if "default" in schema:
        raise Refusal((*pointer, "schema", "default"), "a default on a required parameter")
    return None


def _or_missing(default: str | None) -> str:
    return " | MISSING" if default == "MISSING" else ""
