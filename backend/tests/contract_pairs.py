"""Pairs of schemas, before and after, for every rule of `make contract-diff` about schemas.

A pair stands for four changes: from the wider to the narrower and back, in a request and in an answer.
"""

from typing import Any  # a contract is any JSON

from backend.tests.contracts import Json, changed

Schema = dict[str, Any] | bool


def text(**keywords: object) -> Json:
    """A schema of texts."""
    return {"type": "string", **keywords}


def whole(**keywords: object) -> Json:
    """A schema of integers."""
    return {"type": "integer", **keywords}


def number(**keywords: object) -> Json:
    """A schema of numbers."""
    return {"type": "number", **keywords}


def arr(**keywords: object) -> Json:
    """A schema of arrays."""
    return {"type": "array", **keywords}


def obj(**keywords: object) -> Json:
    """A schema of objects."""
    return {"type": "object", **keywords}


def ref(name: str) -> Json:
    """A reference to a component."""
    return {"$ref": f"#/components/schemas/{name}"}


def nested(times: int, schema: Json) -> Json:
    """A text that is not what is not ..."""
    return schema if times == 0 else text(**{"not": nested(times - 1, schema)})


TEXT = text()
CAT: Json = obj(required=["kind"], properties={"kind": {"const": "cat"}, "lives": whole()})

DOG: Json = obj(required=["kind"], properties={"kind": {"const": "dog"}, "breed": TEXT})

CLOSED: Json = obj(additionalProperties=False)

NODE: Json = obj(properties={"next": ref("Node")})

BIG: Json = {"allOf": [{"anyOf": [TEXT] * 9}] * 3}
"""A schema of more alternatives than are looked at."""

PAIRS: list[tuple[str, Schema, Schema]] = [
    ("not", {"type": ["string", "integer"], "not": text(maxLength=3)}, {"type": ["string", "integer"], "not": BIG}),
    ("enum", {"enum": [{"a": [1]}, {"a": [2]}]}, {"enum": [{"a": [1.0]}]}),
    ("member-count", {"anyOf": [CAT, obj(required=["z"])]}, {"anyOf": [CAT, obj(required=["z"], minProperties=3)]}),
    (
        "exclusive",
        {
            "anyOf": [
                obj(required=["a"], properties={"a": BIG}),
                obj(required=["a"], properties={"a": {**BIG, "default": "a"}}),
            ]
        },
        {
            "oneOf": [
                obj(required=["a"], properties={"a": BIG}),
                obj(required=["a"], properties={"a": {**BIG, "default": "a"}}),
            ]
        },
    ),
    ("type", {"type": ["string", "integer"]}, TEXT),
    ("type", {}, TEXT),
    ("type", True, obj()),
    ("type", number(), whole()),
    ("type", {"anyOf": [TEXT, arr()]}, TEXT),
    ("type", TEXT, False),
    ("type", arr(items={"type": ["boolean", "string"]}), arr(items=TEXT)),
    ("null", {"type": ["string", "null"]}, TEXT),
    ("null", {"oneOf": [TEXT, {"type": "null"}]}, TEXT),
    ("null", {"enum": ["a", None]}, {"const": "a"}),
    ("enum", {"enum": ["a", "b"]}, {"enum": ["a"]}),
    ("enum", {"enum": ["a", "b"]}, text(const="b")),
    ("enum", TEXT, text(enum=["a"])),
    ("enum", {"type": "boolean"}, {"const": True}),
    ("enum", {"enum": [1, 2]}, whole(enum=[1, 2], maximum=1)),
    ("enum", {"anyOf": [{"enum": ["a"]}, {"enum": ["b"]}]}, {"enum": ["a"]}),
    ("enum", {"anyOf": [{"enum": ["a", "b"]}, text(format="date")]}, {"anyOf": [{"enum": ["a"]}, text(format="date")]}),
    ("bounds", whole(minimum=1), whole(minimum=2)),
    ("bounds", whole(maximum=9), whole(exclusiveMaximum=9)),
    ("bounds", number(minimum=1.5), number(exclusiveMinimum=1.5)),
    ("bounds", number(), number(maximum=2.5)),
    ("bounds", whole(minimum=1), {"allOf": [whole(minimum=1), {"minimum": 3}]}),
    ("multiple", whole(), whole(multipleOf=2)),
    ("multiple", number(multipleOf=0.1), number(multipleOf=0.2)),
    ("multiple", number(multipleOf=0.5), whole()),
    ("length", TEXT, text(minLength=1)),
    ("length", text(maxLength=9), text(maxLength=8)),
    ("length", ref("Short"), {"$ref": "#/components/schemas/Short", "maxLength": 2}),
    ("pattern", TEXT, text(pattern="^a")),
    ("pattern", text(pattern="^a"), {"allOf": [text(pattern="^a"), {"pattern": "b$"}]}),
    ("format", TEXT, text(format="date")),
    ("format", text(format="uri-reference"), text(format="uri")),
    ("format", whole(format="int64"), whole(format="int32")),
    ("content", TEXT, text(contentEncoding="base64")),
    ("content", TEXT, text(contentSchema=obj())),
    ("item-count", arr(), arr(minItems=1)),
    ("item-count", arr(maxItems=9), arr(maxItems=8)),
    ("unique", arr(), arr(uniqueItems=True)),
    ("contains", arr(), arr(contains=TEXT)),
    ("contains", arr(contains={}), arr(contains=TEXT)),
    ("contains", arr(contains=TEXT), arr(contains=TEXT, minContains=2)),
    ("contains", arr(contains=TEXT), arr(contains=TEXT, maxContains=2)),
    ("length", arr(prefixItems=[TEXT]), arr(prefixItems=[text(maxLength=1)])),
    ("type", arr(prefixItems=[TEXT]), arr(prefixItems=[TEXT], items=False)),
    ("type", arr(prefixItems=[TEXT]), arr(prefixItems=[TEXT, TEXT])),
    ("type", arr(prefixItems=[TEXT]), arr(prefixItems=[TEXT], unevaluatedItems=False)),
    ("required", obj(properties={"a": TEXT}), obj(properties={"a": TEXT}, required=["a"])),
    ("additional", obj(), CLOSED),
    ("additional", obj(), obj(additionalProperties=TEXT)),
    ("additional", obj(additionalProperties=TEXT), CLOSED),
    ("additional", obj(), obj(unevaluatedProperties=False)),
    ("length", obj(additionalProperties=TEXT), obj(additionalProperties=text(maxLength=2))),
    ("pattern-member", obj(), obj(patternProperties={"^x": TEXT})),
    ("pattern-member", {**CLOSED, "patternProperties": {"^x": TEXT}}, CLOSED),
    ("length", obj(patternProperties={"^x": TEXT}), obj(patternProperties={"^x": text(maxLength=1)})),
    ("member-count", obj(), obj(minProperties=1)),
    ("member-count", obj(), obj(maxProperties=1)),
    ("length", obj(), obj(propertyNames={"maxLength": 9})),
    ("dependent", obj(), obj(dependentRequired={"a": ["b"]})),
    ("dependent-schema", obj(), obj(dependentSchemas={"a": {"required": ["b"]}})),
    (
        "dependent-schema",
        obj(dependentSchemas={"a": {"minProperties": 2}}),
        obj(dependentSchemas={"a": {"minProperties": 3}}),
    ),
    ("union", {"oneOf": [CAT, DOG]}, {"oneOf": [CAT]}),
    ("union", {"anyOf": [CAT, DOG, obj(required=["z"], properties={"z": TEXT})]}, {"anyOf": [CAT, DOG]}),
    (
        "length",
        {"oneOf": [CAT, DOG]},
        {"oneOf": [CAT, {**DOG, "properties": {"kind": {"const": "dog"}, "breed": text(maxLength=9)}}]},
    ),
    (
        "exclusive",
        {"anyOf": [whole(minimum=1), whole(multipleOf=3)]},
        {"oneOf": [whole(minimum=1), whole(multipleOf=3)]},
    ),
    ("discriminator", {"oneOf": [CAT, DOG]}, {"oneOf": [CAT, DOG], "discriminator": {"propertyName": "kind"}}),
    (
        "tag",
        {
            "oneOf": [ref("Cat"), ref("Dog")],
            "discriminator": {
                "propertyName": "kind",
                "mapping": {
                    "cat": "#/components/schemas/Cat",
                    "dog": "#/components/schemas/Dog",
                    "hound": "#/components/schemas/Dog",
                },
            },
        },
        {
            "oneOf": [ref("Cat"), ref("Dog")],
            "discriminator": {
                "propertyName": "kind",
                "mapping": {"cat": "#/components/schemas/Cat", "dog": "#/components/schemas/Dog"},
            },
        },
    ),
    ("not", obj(), obj(**{"not": {"required": ["a"]}})),
    ("not", obj(**{"not": {"required": ["a", "b"]}}), obj(**{"not": {"required": ["a"]}})),
    ("condition", obj(), obj(then={"required": ["b"]}, **{"if": {"required": ["a"]}})),
    ("condition", obj(**{"if": {"required": ["a"]}}), obj(**{"if": {"required": ["a"]}, "else": {"required": ["c"]}})),
    (
        "condition",
        obj(then={"required": ["b"]}, **{"if": {"required": ["a"]}}),
        obj(then={"required": ["b", "c"]}, **{"if": {"required": ["a"]}}),
    ),
    ("dynamic", obj(), obj(**{"$dynamicRef": "#node"})),
    (
        "length",
        obj(properties={"a": TEXT, "next": ref("Node")}),
        obj(properties={"a": text(maxLength=3), "next": ref("Node")}),
    ),
]
"""The one facet that a change shows, the wider schema, the narrower one."""

OPAQUE: list[tuple[str, Schema, Schema]] = [
    ("pattern", text(pattern="^("), text(pattern="^[")),
    ("not", nested(4, text(pattern="^(?=a)")), nested(4, text(pattern="^(?=b)"))),
    (
        "not",
        nested(3, {"anyOf": [text(pattern="^(?=a)"), text(pattern="^(?=b)")]}),
        nested(3, {"anyOf": [text(pattern="^(?=c)"), text(pattern="^(?=d)")]}),
    ),
    ("pattern", text(pattern="^(?=a)"), text(pattern="^(?=b)")),
    ("format", text(format="colour"), text(format="shade")),
    ("content", text(contentMediaType="a/b"), text(contentMediaType="a/c")),
    ("contains", arr(contains=TEXT, maxContains=2), arr(contains=whole(), maxContains=2)),
    ("contains", arr(contains=text(pattern="^(?=a)")), arr(contains=text(pattern="^(?=b)"))),
    ("pattern-member", obj(patternProperties={"^a": TEXT}), obj(patternProperties={"^b": TEXT})),
    (
        "exclusive",
        {"oneOf": [obj(required=["a"]), obj(**{"$dynamicRef": "#node"})]},
        {"oneOf": [obj(**{"$dynamicRef": "#node"}), obj(required=["a"])]},
    ),
    ("not", text(**{"not": {"pattern": "^(?=a)"}}), text(**{"not": {"pattern": "^(?=b)"}})),
    (
        "not",
        {"allOf": [obj(**{"not": {"required": ["a"]}}), {"not": {"required": ["b"]}}]},
        obj(**{"not": {"required": ["c"]}}),
    ),
    (
        "condition",
        obj(then={"required": ["b"]}, **{"if": {"required": ["a"]}}),
        obj(then={"required": ["b"]}, **{"if": {"required": ["c"]}}),
    ),
    (
        "dependent-schema",
        obj(dependentSchemas={"a": {"propertyNames": {"pattern": "^(?=a)"}}}),
        obj(dependentSchemas={"a": {"propertyNames": {"pattern": "^(?=b)"}}}),
    ),
    ("dynamic", obj(**{"$dynamicRef": "#node"}), obj(**{"$dynamicRef": "#leaf"})),
    ("union", {"allOf": [{"anyOf": [text(pattern="^(?=a)")] * 9}] * 3}, {"allOf": [{"anyOf": [TEXT] * 9}] * 2}),
    (
        "union",
        {"anyOf": [text(pattern="^(?=a)"), text(pattern="^(?=b)"), text(format="date")]},
        {"anyOf": [text(pattern="^(?=c)"), text(pattern="^(?=d)"), text(format="date")]},
    ),
]
"""The facet that cannot be decided, and two schemas of which neither is known to allow more."""

COMPONENTS: Json = {
    "Short": text(maxLength=3),
    "Cat": CAT,
    "Dog": DOG,
    "Node": NODE,
    "Link": obj(properties={"next": ref("Link")}),
    "Brief": text(maxLength=3),
    "Loop": {"allOf": [ref("Loop")]},
    "Ring": {"allOf": [ref("Ring")]},
    "Holder": obj(properties={"held": ref("Short")}),
    "Counted": {"allOf": [whole(default=1)]},
    "HasA": obj(properties={"a": TEXT}),
}

ANSWER = "paths /things post responses 200 content application/json schema"
REQUEST = "paths /things post requestBody content application/json schema"
EMPTY: Json = {
    "openapi": "3.1.0",
    "info": {"title": "Things", "version": "1.0.0"},
    "paths": {"/things": {"post": {"responses": {"200": {"description": "Done."}}}}},
    "components": {"schemas": COMPONENTS},
}


def holding(way: str, schema: Schema, components: Json | None = None) -> Json:
    """A contract of one operation that takes, or answers, what a schema allows."""
    place = REQUEST if way == "request" else ANSWER
    return changed({place: schema, "components schemas": {**COMPONENTS, **(components or {})}}, EMPTY)
