"""OpenAPI 3.0 becomes 3.1, and what authors leave unsaid is written down. Spec: READ-10 to READ-13.

What the letter of OpenAPI 3.0.3 says, where it says something; where that would be of no use and every author means
the same, what authors mean, told as a reading (specs/decisions).
"""

from dataclasses import dataclass, field
from typing import Final, Literal

from scripts.generate.bundling import Bundle, Reading, is_old
from scripts.generate.grammar import replaced
from scripts.generate.refusal import Pointer
from scripts.generate.source import Json, Object

VERSION: Final = "3.1.0"
"""What a document of OpenAPI 3.0 becomes."""
_ABOUT: Final = frozenset(
    {
        "title",
        "description",
        "default",
        "example",
        "examples",
        "deprecated",
        "readOnly",
        "writeOnly",
        "externalDocs",
        "xml",
    }
)
"""Members of a schema that do not say which values are valid."""
_COMBINING: Final = ("$ref", "allOf", "anyOf", "oneOf")
_COUNTS: Final = ("minLength", "maxLength", "minItems", "maxItems", "minProperties", "maxProperties")
_TYPICAL: Final = {
    "object": ("properties", "additionalProperties", "patternProperties"),
    "array": ("items", "prefixItems"),
}
"""Keywords that only values of one type heed."""
_RULES: Final = frozenset({"not", "if", "then", "else", "dependentSchemas", "contains", "propertyNames"})

_Role = Literal["value", "branch", "rule"]
"""What a schema is for: a value of its own; one choice or part of such a schema, whose `required` alone says no type;
or a judgement on a value whose type is known, which a type of its own would change."""


@dataclass
class Plain:
    """Rewrites one document.

    Attributes:
        moved: for what stands elsewhere than in the bundle, where it stood.
    """

    bundle: Bundle
    old: bool
    moved: dict[Pointer, Pointer] = field(default_factory=dict)
    readings: list[Reading] = field(default_factory=list)

    def copy(self, value: Json, kind: str, pointer: Pointer, to: Pointer, role: _Role = "value") -> Json:
        """Copy what stands at `pointer` of the bundle to `to` in the new document."""
        if not isinstance(value, dict):
            return value
        if kind != "schema":
            return replaced(value, kind, lambda part, of, below: self.copy(part, of, pointer + below, to + below))
        schema = _bounded(_counted(_typed(value))) if self.old else _counted(_typed(value))
        schema = self.nullable(self.implied(schema, pointer, role), pointer)
        if schema.get("nullable") is True:
            return self.or_null({name: item for name, item in schema.items() if name != "nullable"}, pointer, to, role)
        return self.parts(schema, pointer, to, role)

    def parts(self, schema: Object, pointer: Pointer, to: Pointer, role: _Role) -> Object:
        """Copy the parts of a schema."""

        def below_role(keyword: str) -> _Role:
            if role == "rule" or keyword in _RULES:
                return "rule"
            return "branch" if keyword in _COMBINING else "value"

        return replaced(
            schema,
            "schema",
            lambda part, of, below: self.copy(part, of, pointer + below, to + below, below_role(below[0])),
        )

    def or_null(self, schema: Object, pointer: Pointer, to: Pointer, role: _Role) -> Object:
        """Write a choice between a schema and null."""
        about = {name: item for name, item in schema.items() if name in _ABOUT or name.startswith("x-")}
        rest = {name: item for name, item in schema.items() if name not in about}
        if list(rest) == ["anyOf"] and isinstance(branches := rest["anyOf"], list):
            return self.parts(about | {"anyOf": [*branches, {"type": "null"}]}, pointer, to, role)
        inner = (*to, "anyOf", "0")
        self.moved[inner] = pointer
        return about | {"anyOf": [self.parts(rest, pointer, inner, role), {"type": "null"}]}

    def nullable(self, schema: Object, pointer: Pointer) -> Object:
        """Take `nullable` away, as a type or a reading; leave it where null has to be a choice of its own."""
        rest = {name: item for name, item in schema.items() if name != "nullable"}
        if schema.get("nullable") is not True:
            return rest
        combining = [name for name in _COMBINING if name in rest]
        enum = rest.get("enum", [None])
        place = (*pointer, "nullable")
        if not self.old:
            self.read(place, "OpenAPI 3.1 has no `nullable`: it is ignored")
        elif combining:
            self.read(place, f"`nullable` beside `{combining[0]}`: null is allowed too")
            return schema
        elif isinstance(enum, list) and None not in enum:
            self.read(place, "`nullable` beside an enum without null allows no null")
        elif isinstance(rest.get("type"), str):
            return {**rest, "type": [rest["type"], "null"]}
        return rest

    def implied(self, schema: Object, pointer: Pointer, role: _Role) -> Object:
        """Write the type that the keywords of a schema imply."""
        if role == "rule" or "type" in schema or "$ref" in schema:
            return schema
        found = {kind: [name for name in names if name in schema] for kind, names in _TYPICAL.items()}
        if role == "value" and "required" in schema:
            found["object"].append("required")
        implied = [kind for kind, names in found.items() if names]
        if len(implied) != 1:
            return schema
        self.read(pointer, f"`{found[implied[0]][0]}` without a type: the type is {implied[0]}")
        return {"type": implied[0], **schema}

    def read(self, pointer: Pointer, sentence: str) -> None:
        """Note a reading."""
        self.readings.append(Reading(self.bundle.place(pointer), sentence))


def plain(bundle: Bundle) -> tuple[Object, Plain]:
    """Write a bundle as a document of OpenAPI 3.1 that says what it means."""
    writing = Plain(bundle, is_old(bundle.content))
    content = replaced(bundle.content, "document", lambda part, kind, below: writing.copy(part, kind, below, below))
    return (content | {"openapi": VERSION} if writing.old else content), writing


def _typed(schema: Object) -> Object:
    """Write a list of one type as that type."""
    named = schema.get("type")
    return {**schema, "type": named[0]} if isinstance(named, list) and len(named) == 1 else schema


def _counted(schema: Object) -> Object:
    """Write counts as whole numbers: `10.0` is one in JSON and none in Python."""
    counts = {name: int(item) for name in _COUNTS if isinstance(item := schema.get(name), float)}
    return {**schema, **counts} if counts else schema


def _bounded(schema: Object) -> Object:
    """Write bounds that are exclusive as 3.1 has them: numbers of their own."""
    found = schema
    for bound, exclusive in (("minimum", "exclusiveMinimum"), ("maximum", "exclusiveMaximum")):
        if exclusive in found:
            is_exclusive = found[exclusive] is True and bound in found
            limit: Object = {exclusive: found[bound]} if is_exclusive else {}
            gone = {exclusive, bound} if is_exclusive else {exclusive}
            found = {name: item for name, item in found.items() if name not in gone} | limit
    return found
