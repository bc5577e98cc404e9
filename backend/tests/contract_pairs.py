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


TEXT = text()
CAT: Json = obj(required=["kind"], properties={"kind": {"const": "cat"}, "lives": whole()})

DOG: Json = obj(required=["kind"], properties={"kind": {"const": "dog"}, "breed": TEXT})

CLOSED: Json = obj(additionalProperties=False)

NODE: Json = obj(properties={"next": ref("Node")})

PAIRS: list[tuple[str, Schema, Schema]] = [
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
    ("pattern", text(pattern="^(?=a)"), text(pattern="^(?=b)")),
    ("format", text(format="colour"), text(format="shade")),
    ("content", text(contentMediaType="a/b"), text(contentMediaType="a/c")),
    ("contains", arr(contains=TEXT, maxContains=2), arr(contains=whole(), maxContains=2)),
    ("contains", arr(contains=text(pattern="^(?=a)")), arr(contains=text(pattern="^(?=b)"))),
    ("pattern-member", obj(patternProperties={"^a": TEXT}), obj(patternProperties={"^b": TEXT})),
    (
        "exclusive",
        {"oneOf": [whole(minimum=1), whole(multipleOf=3)]},
        {"oneOf": [whole(multipleOf=3), whole(minimum=1)]},
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

SPECIAL: list[tuple[str, str, Schema, Schema, set[str]]] = [
    (
        "a new member of a closed answer",
        "answer",
        CLOSED,
        {**CLOSED, "properties": {"a": TEXT}},
        {"answer-closed-member-added"},
    ),
    (
        "a new member of a closed request",
        "request",
        CLOSED,
        {**CLOSED, "properties": {"a": TEXT}},
        {"request-member-added"},
    ),
    (
        "a new required member of a request",
        "request",
        obj(),
        obj(properties={"a": TEXT}, required=["a"]),
        {"request-member-added", "request-required-narrowed"},
    ),
    (
        "a new required member of an answer",
        "answer",
        obj(),
        obj(properties={"a": TEXT}, required=["a"]),
        {"answer-member-added"},
    ),
    (
        "a required member of an answer that is gone",
        "answer",
        obj(properties={"a": TEXT}, required=["a"]),
        obj(),
        {"answer-member-removed"},
    ),
    (
        "a member that a map allowed already",
        "answer",
        obj(additionalProperties=TEXT),
        obj(additionalProperties=TEXT, properties={"a": text(maxLength=3)}),
        {"answer-length-narrowed"},
    ),
    (
        "a member that the map goes on allowing",
        "request",
        obj(additionalProperties=TEXT, properties={"a": text(maxLength=3)}),
        obj(additionalProperties=TEXT),
        {"request-length-widened"},
    ),
    (
        "one format for another",
        "request",
        text(format="date"),
        text(format="date-time"),
        {"request-format-narrowed", "request-format-widened"},
    ),
    (
        "two multiples of which neither is one of the other",
        "request",
        whole(multipleOf=4),
        whole(multipleOf=6),
        {"request-multiple-narrowed", "request-multiple-widened"},
    ),
    (
        "a type and null at once",
        "request",
        {"type": ["string", "null"]},
        {"type": ["string", "object"]},
        {"request-null-narrowed", "request-type-widened"},
    ),
    (
        "another member that chooses the branch",
        "answer",
        {"oneOf": [CAT, DOG], "discriminator": {"propertyName": "kind"}},
        {"oneOf": [CAT, DOG], "discriminator": {"propertyName": "sort"}},
        {"answer-discriminator-widened"},
    ),
    (
        "a base that names its heirs",
        "answer",
        {**NODE, "discriminator": {"propertyName": "next", "mapping": {"a": "Cat"}}},
        {**NODE, "discriminator": {"propertyName": "next", "mapping": {"a": "Cat", "b": "Dog"}}},
        {"answer-tag-widened"},
    ),
    (
        "another negation that says neither more nor less",
        "request",
        whole(**{"not": whole(minimum=5, maximum=9)}),
        whole(**{"not": whole(minimum=6, maximum=10)}),
        {"request-not-narrowed"},
    ),
    (
        "enum of one type, then anything else",
        "request",
        {"enum": ["a", 1]},
        {"enum": ["a", 2]},
        {"request-enum-narrowed", "request-enum-widened"},
    ),
    (
        "a listed value that a pattern refuses",
        "request",
        {"enum": ["a", "b"]},
        text(pattern="^a"),
        {"request-enum-narrowed", "request-enum-widened"},
    ),
    (
        "unevaluated beside a condition",
        "request",
        obj(unevaluatedProperties=False, **{"if": {"required": ["a"]}}),
        obj(unevaluatedProperties=False, minProperties=1, **{"if": {"required": ["a"]}}),
        {"request-unevaluated-unclear", "request-member-count-narrowed"},
    ),
    (
        "unevaluated items in a part",
        "answer",
        arr(allOf=[{"unevaluatedItems": False}, {"minItems": 1}]),
        arr(allOf=[{"unevaluatedItems": False}, {"minItems": 2}]),
        {"answer-unevaluated-unclear", "answer-item-count-narrowed"},
    ),
    (
        "a pattern that only ECMA knows",
        "request",
        obj(patternProperties={"^(?<a>x)": TEXT}),
        obj(patternProperties={"^(?<a>x)": TEXT}, properties={"y": TEXT}),
        {"request-member-added"},
    ),
    (
        "a member that a pattern of the other side types",
        "request",
        obj(patternProperties={"^x": TEXT}),
        obj(patternProperties={"^x": TEXT}, properties={"xa": {"maxLength": 3}}),
        {"request-length-narrowed"},
    ),
]
"""What is less regular: a name, who writes it, the schema before, the schema after, the rules."""

SAME: list[tuple[Schema, Schema]] = [
    ({"allOf": [{"anyOf": [TEXT] * 9}] * 3}, {"allOf": [{"anyOf": [TEXT] * 9}] * 2}),
    ({"type": ["string", "null"]}, {"oneOf": [TEXT, {"type": "null"}]}),
    ({"anyOf": [{"type": "null"}, TEXT]}, {"oneOf": [TEXT, {"type": "null"}]}),
    ({"const": "a"}, text(enum=["a"])),
    ({"enum": ["a", "b"]}, {"anyOf": [{"const": "b"}, {"const": "a"}]}),
    ({"type": "boolean"}, {"enum": [False, True]}),
    (whole(minimum=1), whole(exclusiveMinimum=0)),
    (whole(maximum=2.5), whole(maximum=2)),
    (whole(), number(multipleOf=1)),
    (number(multipleOf=6), number(allOf=[{"multipleOf": 2}, {"multipleOf": 3}])),
    (text(minimum=3), TEXT),
    (ref("Short"), text(maxLength=3)),
    (obj(required=["a", "b"]), {"allOf": [obj(required=["b"]), {"required": ["a"]}]}),
    (obj(additionalProperties=True), obj()),
    (obj(properties={"a": TEXT}, additionalProperties=False), obj(properties={"a": TEXT}, unevaluatedProperties=False)),
    (
        obj(properties={"a": TEXT, "b": TEXT}, additionalProperties=False),
        {"allOf": [ref("HasA"), {"properties": {"b": TEXT}}], "unevaluatedProperties": False},
    ),
    (obj(required=["b"], dependentRequired={"a": ["b"]}), obj(required=["b"])),
    ({"oneOf": [CAT, DOG]}, {"anyOf": [DOG, CAT]}),
    ({"oneOf": [ref("Cat"), DOG]}, {"oneOf": [ref("Dog"), CAT]}),
    (arr(items=TEXT), arr(items=TEXT, description="Texts.", **{"x-note": 1})),
    (arr(maxItems=1, prefixItems=[TEXT]), arr(maxItems=1, prefixItems=[TEXT], items={})),
    ({"not": {"properties": {"a": TEXT}}}, {"not": {"properties": {"a": text(title="A")}}}),
    (arr(contains={"enum": [1, 2]}), arr(contains={"enum": [2, 1]})),
    (obj(**{"if": ref("Cat")}), obj(**{"if": CAT})),
    (False, {"enum": []}),
    (obj(properties={"a": False}, additionalProperties=False), CLOSED),
    (text(enum=["a", "b"], pattern="^a"), {"const": "a"}),
]
"""Two ways to write the same."""

COMPONENTS: Json = {
    "Short": text(maxLength=3),
    "Cat": CAT,
    "Dog": DOG,
    "Node": NODE,
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
