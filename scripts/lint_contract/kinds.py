"""What OpenAPI 3.1 says an object may hold, kind by kind: what the walk over a contract follows. Spec: LINT-2."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal


@dataclass(frozen=True, slots=True)
class Member:
    """What one member holds: the kind of object, none for a plain value, and how many: one, a list or a map of them."""

    kind: str = ""
    shape: Literal["one", "list", "map"] = "one"


def _plain(*names: str) -> dict[str, Member]:
    return dict.fromkeys(names, Member())


def _maps(**kinds: str) -> dict[str, Member]:
    return {name: Member(kind.replace("_", " "), "map") for name, kind in kinds.items()}


_SCHEMA: Final = Member("schema")
_CONTENT: Final = {"content": Member("media type", "map")}
_DOCS: Final = {"externalDocs": Member("external docs")}
_SERVERS: Final = {"servers": Member("server", "list")}
_PARAMETERS: Final = {"parameters": Member("parameter", "list")}
_EXAMPLES: Final = _plain("example") | _maps(examples="example")
METHODS: Final = ("get", "put", "post", "delete", "options", "head", "patch", "trace")
_VALUE: Final = (
    _plain("description", "required", "deprecated", "allowEmptyValue", "style", "explode", "allowReserved")
    | {"schema": _SCHEMA}
    | _CONTENT
    | _EXAMPLES
)

KINDS: Final[Mapping[str, Mapping[str, Member]]] = {
    "document": _plain("openapi", "jsonSchemaDialect", "security")
    | {"info": Member("info"), "components": Member("components"), "tags": Member("tag", "list")}
    | _maps(paths="path", webhooks="path")
    | _SERVERS
    | _DOCS,
    "info": _plain("title", "summary", "description", "termsOfService", "version")
    | {"contact": Member("contact"), "license": Member("license")},
    "contact": _plain("name", "url", "email"),
    "license": _plain("name", "identifier", "url"),
    "server": _plain("url", "description") | _maps(variables="server_variable"),
    "server variable": _plain("enum", "default", "description"),
    "tag": _plain("name", "description") | _DOCS,
    "external docs": _plain("description", "url"),
    "path": _plain("$ref", "summary", "description")
    | dict.fromkeys(METHODS, Member("operation"))
    | _SERVERS
    | _PARAMETERS,
    "operation": _plain("tags", "summary", "description", "operationId", "deprecated", "security")
    | {"requestBody": Member("request body")}
    | _maps(responses="response", callbacks="callback")
    | _PARAMETERS
    | _SERVERS
    | _DOCS,
    "parameter": _plain("name", "in") | _VALUE,
    "header": _VALUE,
    "request body": _plain("description", "required") | _CONTENT,
    "response": _plain("description") | _maps(headers="header", links="link") | _CONTENT,
    "media type": {"schema": _SCHEMA} | _EXAMPLES | _maps(encoding="encoding"),
    "encoding": _plain("contentType", "style", "explode", "allowReserved") | _maps(headers="header"),
    "example": _plain("summary", "description", "value", "externalValue"),
    "link": _plain("operationRef", "operationId", "parameters", "requestBody", "description")
    | {"server": Member("server")},
    "callback": {},
    "components": _maps(
        schemas="schema",
        responses="response",
        parameters="parameter",
        examples="example",
        requestBodies="request_body",
        headers="header",
        securitySchemes="security_scheme",
        links="link",
        callbacks="callback",
        pathItems="path",
    ),
    "security scheme": _plain("type", "description", "name", "in", "scheme", "bearerFormat", "openIdConnectUrl")
    | {"flows": Member("oauth flows")},
    "oauth flows": dict.fromkeys(
        ("implicit", "password", "clientCredentials", "authorizationCode"), Member("oauth flow")
    ),
    "oauth flow": _plain("authorizationUrl", "tokenUrl", "refreshUrl", "scopes"),
    "discriminator": _plain("propertyName", "mapping"),
    "schema": _plain("$ref", "$defs", "$id", "$schema", "$anchor", "$dynamicRef", "$dynamicAnchor", "$comment")
    | _plain("type", "enum", "const", "format", "pattern", "title", "description", "default", "deprecated")
    | _plain("readOnly", "writeOnly", "example", "examples", "required", "dependentRequired", "xml")
    | _plain("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf", "uniqueItems")
    | _plain("minLength", "maxLength", "minItems", "maxItems", "minProperties", "maxProperties")
    | _plain("minContains", "maxContains", "contentEncoding", "contentMediaType", "$vocabulary")
    | dict.fromkeys(("allOf", "anyOf", "oneOf", "prefixItems"), Member("schema", "list"))
    | dict.fromkeys(("not", "if", "then", "else", "items", "contains", "propertyNames", "contentSchema"), _SCHEMA)
    | dict.fromkeys(("additionalProperties", "unevaluatedItems", "unevaluatedProperties"), _SCHEMA)
    | _maps(properties="schema", patternProperties="schema", dependentSchemas="schema")
    | {"$defs": Member("schema", "map"), "discriminator": Member("discriminator")}
    | _DOCS,
}
"""A callback has expressions as members, each a path; every kind may also have members that begin with `x-`."""

REQUIRED: Final[Mapping[str, tuple[str, ...]]] = {
    "document": ("openapi", "info"),
    "info": ("title", "version"),
    "license": ("name",),
    "server": ("url",),
    "server variable": ("default",),
    "tag": ("name",),
    "external docs": ("url",),
    "parameter": ("name", "in"),
    "request body": ("content",),
    "response": ("description",),
    "security scheme": ("type",),
    "oauth flow": ("scopes",),
    "discriminator": ("propertyName",),
}
SECTIONS: Final[Mapping[str, str]] = {name: member.kind for name, member in KINDS["components"].items()}
REFERABLE: Final = frozenset(SECTIONS.values())
CONDITIONS: Final = frozenset({"not", "if", "then", "else", "contains", "propertyNames", "dependentSchemas"})
"""Members of a schema below which stand no types, but conditions on a value whose type is said elsewhere."""
