"""What is carried, member by member, and how: the seed of the loss ledger. What is not listed is refused by its name.

Enforced: a request or an answer that breaks it does not pass. Typed: a handler that breaks it fails type checking.
Documented: clients read it, nothing depends on it. A fact may be enforced and typed; the stronger word is written.
"""

from dataclasses import dataclass
from typing import Final, Literal

import jsonschema_rs

from scripts.generate.objects import FORMATS, items, members, target
from scripts.generate.reader import Document, Json, Object
from scripts.generate.refusal import Pointer, Refusal

Class = Literal["enforced", "typed", "documented"]


@dataclass(frozen=True, slots=True)
class Carried:
    """How one member of one kind of object is carried, and the kind of what is in it.

    `shape` says where that kind stands: as the value itself, in a list, or in a map.
    """

    how: Class
    kind: str = ""
    shape: Literal["one", "list", "map"] = "one"


_SAID: Final = Carried("documented")
_ENFORCED: Final = Carried("enforced")
_SCHEMA: Final = Carried("enforced", "schema")
_SCHEMAS: Final = Carried("enforced", "schema", "list")
_EXAMPLES: Final = Carried("documented", "example", "map")
_HEADERS: Final = Carried("enforced", "header", "map")
_LINKS: Final = Carried("documented", "link", "map")
_PARAMETERS: Final = Carried("enforced", "parameter", "list")
_OPERATION: Final = Carried("enforced", "operation")
_BODY: Final = Carried("enforced", "request body")
_RULE: Final = Carried("enforced")  # what is below is for the validator, see `Rules` in exact.py

EXTENSION: Final = "x-"
"""How the names of members begin that OpenAPI leaves to everybody: they are documented where they stand."""

REFERABLE: Final = frozenset(
    {"schema", "parameter", "header", "request body", "response", "example", "link", "security scheme"}
)

CARRIED: Final[dict[str, dict[str, Carried]]] = {
    "document": {
        "openapi": _SAID,
        "info": Carried("documented", "info"),
        "servers": Carried("documented", "server", "list"),
        "security": _ENFORCED,
        "tags": Carried("documented", "tag", "list"),
        "paths": Carried("enforced", "path", "map"),
        "components": Carried("enforced", "components"),
        "externalDocs": _SAID,
        "webhooks": _SAID,
        "jsonSchemaDialect": _SAID,
    },
    "info": dict.fromkeys(("title", "summary", "description", "version", "termsOfService"), _SAID)
    | {"contact": Carried("documented", "contact"), "license": Carried("documented", "license")},
    "contact": dict.fromkeys(("name", "url", "email"), _SAID),
    "license": dict.fromkeys(("name", "identifier", "url"), _SAID),
    "server": dict.fromkeys(("url", "description", "variables"), _SAID),
    "tag": dict.fromkeys(("name", "description", "externalDocs"), _SAID),
    "path": {"parameters": _PARAMETERS}
    | dict.fromkeys(("get", "put", "post", "delete", "patch", "head", "options", "trace"), _OPERATION)
    | dict.fromkeys(("summary", "description", "servers"), _SAID),
    "operation": {
        "operationId": Carried("typed"),
        "tags": Carried("typed"),
        "summary": _SAID,
        "description": _SAID,
        "deprecated": _SAID,
        "security": _ENFORCED,
        "x-roles": _ENFORCED,
        "parameters": _PARAMETERS,
        "requestBody": _BODY,
        "responses": Carried("enforced", "response", "map"),
    }
    | dict.fromkeys(("externalDocs", "servers", "callbacks"), _SAID),
    "parameter": {
        "name": _ENFORCED,
        "in": _ENFORCED,
        "description": _SAID,
        "required": _ENFORCED,
        "deprecated": _SAID,
        "schema": _SCHEMA,
        "content": Carried("enforced", "media type", "map"),
        "style": _ENFORCED,
        "explode": _ENFORCED,
        "allowEmptyValue": _ENFORCED,
        "allowReserved": _SAID,
        "example": _SAID,
        "examples": _EXAMPLES,
        "x-owner": _ENFORCED,
        "x-idempotency-key": _ENFORCED,
    },
    "header": {"description": _SAID, "required": _ENFORCED, "schema": _SCHEMA, "style": _ENFORCED, "explode": _ENFORCED}
    | {"x-edge": Carried("typed")}
    | dict.fromkeys(("deprecated", "example", "examples"), _SAID),
    "request body": {
        "description": _SAID,
        "required": _ENFORCED,
        "content": Carried("enforced", "media type", "map"),
    },
    "response": {
        "description": _SAID,
        "headers": _HEADERS,
        "content": Carried("enforced", "media type", "map"),
        "links": _LINKS,
    },
    "media type": {
        "schema": _SCHEMA,
        "example": _SAID,
        "examples": _EXAMPLES,
        "encoding": Carried("enforced", "encoding", "map"),
    },
    "encoding": dict.fromkeys(("contentType", "style", "explode"), _ENFORCED)
    | {"headers": _SAID, "allowReserved": _SAID},
    "example": dict.fromkeys(("summary", "description", "value", "externalValue"), _SAID),
    "link": dict.fromkeys(("operationId", "operationRef", "description", "parameters", "requestBody", "server"), _SAID),
    "components": {
        "schemas": Carried("enforced", "schema", "map"),
        "responses": Carried("enforced", "response", "map"),
        "parameters": Carried("enforced", "parameter", "map"),
        "examples": _EXAMPLES,
        "requestBodies": Carried("enforced", "request body", "map"),
        "headers": _HEADERS,
        "securitySchemes": Carried("enforced", "security scheme", "map"),
        "links": _LINKS,
        "callbacks": _SAID,
        "pathItems": _SAID,
    },
    "security scheme": dict.fromkeys(("type", "scheme", "name", "in"), _ENFORCED)
    | dict.fromkeys(("bearerFormat", "description", "flows", "openIdConnectUrl"), _SAID),
    "discriminator": {"propertyName": _ENFORCED, "mapping": _ENFORCED},
    "schema": {
        "$ref": _ENFORCED,
        "description": _SAID,
        "title": _SAID,
        "examples": _SAID,
        "deprecated": _SAID,
        "default": _ENFORCED,
        "properties": Carried("enforced", "schema", "map"),
        "additionalProperties": _SCHEMA,
        "items": _SCHEMA,
        "oneOf": _SCHEMAS,
        "anyOf": _SCHEMAS,
        "allOf": _SCHEMAS,
        "discriminator": Carried("enforced", "discriminator"),
    }
    | dict.fromkeys(("type", "enum", "const", "required", "format"), _ENFORCED)
    | dict.fromkeys(("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"), _ENFORCED)
    | dict.fromkeys(("minLength", "maxLength", "pattern", "minItems", "maxItems"), _ENFORCED)
    | dict.fromkeys(("not", "if", "then", "else", "dependentRequired", "dependentSchemas"), _RULE)
    | dict.fromkeys(("minProperties", "maxProperties", "propertyNames", "uniqueItems", "contains"), _RULE)
    | dict.fromkeys(("patternProperties", "prefixItems", "minContains", "maxContains"), _RULE)
    | dict.fromkeys(("unevaluatedItems", "unevaluatedProperties"), _RULE)
    | dict.fromkeys(("readOnly", "writeOnly"), _ENFORCED),
}

RULES: Final = frozenset(name for name, carried in CARRIED["schema"].items() if carried is _RULE)
"""Keywords that no type of pydantic says: they are evaluated by a validator of JSON Schema."""


def carried(kind: str, name: str, value: Json) -> Carried | None:
    """Say how a member of a kind of object is carried; None for what is not carried."""
    if kind == "schema" and ((name == "format" and value not in FORMATS) or name not in CARRIED[kind]):
        return _SAID  # an unknown keyword is an annotation (JSON Schema, core 6.5)
    if name not in CARRIED[kind] and name.startswith(EXTENSION):
        return _SAID
    return CARRIED[kind].get(name)


def refuse_unknown(document: Document) -> None:
    """Raise `Refusal` for the first member of the contract that is not carried."""
    _walk(document.content, "document", ())
    schemas = members(members(document.content, "components"), "schemas")
    for name in schemas:
        if name in _itself(schemas, schemas[name]):
            pointer = ("components", "schemas", name)
            raise Refusal(pointer, "a schema that is made of itself, without going into the value")


def _itself(schemas: Object, value: Json) -> set[str]:
    """Name the components whose instances are looked at when those of a schema are."""
    found: set[str] = set()
    left = [value]
    while left:
        schema = members(left.pop())
        if (name := target(schema)) and name not in found:
            found.add(name)
            left.append(schemas.get(name))
        left += [*items(schema.get("allOf")), *items(schema.get("anyOf")), *items(schema.get("oneOf"))]
        left += [schema[keyword] for keyword in ("not", "if", "then", "else") if keyword in schema]
        left += members(schema, "dependentSchemas").values()
    return found


def _walk(value: Json, kind: str, pointer: Pointer, *, inside: bool = False) -> None:
    if kind == "schema" and isinstance(value, bool):
        return
    if not isinstance(value, dict):
        raise Refusal(pointer, f"a {kind} is an object")
    if kind == "schema" and not inside:
        _check_schema(value, pointer)
    if "$ref" in value and kind in REFERABLE:
        _check_reference(value, kind, pointer)
    for name, child in value.items():
        if name == "$ref" and kind in REFERABLE:
            continue
        known = carried(kind, name, child)
        if known is None:
            raise Refusal((*pointer, name), f"`{name}` of a {kind} is not carried")
        _walk_child(child, known, (*pointer, name), inside=kind == "schema")


def _walk_child(child: Json, carried: Carried, pointer: Pointer, *, inside: bool) -> None:
    if not carried.kind:
        return
    if carried.shape == "one":
        _walk(child, carried.kind, pointer, inside=inside)
    elif carried.shape == "list" and isinstance(child, list):
        for index, item in enumerate(child):
            _walk(item, carried.kind, (*pointer, str(index)), inside=inside)
    elif carried.shape == "map" and isinstance(child, dict):
        for name, item in child.items():
            _walk(item, carried.kind, (*pointer, name), inside=inside)
    else:
        raise Refusal(pointer, f"a {carried.shape} of {carried.kind}s is expected here")


def _check_schema(value: dict[str, Json], pointer: Pointer) -> None:
    """Refuse what is no schema of JSON Schema 2020-12, patterns that no engine here runs among it."""
    try:
        jsonschema_rs.Draft202012Validator(members(_without_references(value)))
    except jsonschema_rs.ValidationError as error:
        place = (*pointer, *map(str, error.instance_path))
        raise Refusal(place, f"no schema that an engine here can run: {error.message}") from None


def _without_references(value: Json) -> Json:
    if isinstance(value, dict):
        return {
            name: _without_references(item)
            for name, item in value.items()
            if name != "$ref" or not isinstance(item, str)
        }
    return [_without_references(item) for item in value] if isinstance(value, list) else value


def _check_reference(value: dict[str, Json], kind: str, pointer: Pointer) -> None:
    reference = value["$ref"]
    if not isinstance(reference, str) or not reference.startswith("#/components/"):
        raise Refusal((*pointer, "$ref"), "only references to #/components/... of the same file are carried")
    if kind != "schema" and len(value) > 1:
        raise Refusal(pointer, f"members beside the $ref of a {kind} are not carried")
