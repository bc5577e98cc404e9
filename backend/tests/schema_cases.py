"""Schemas of every kind, each with values that it takes and values that it refuses: the table behind test_schemas.py.

A validator of JSON Schema confirms every verdict here, see `test_the_table_is_right`.
"""

from typing import Any  # any JSON

Schema = dict[str, Any] | bool
Case = tuple[Schema, list[Any], list[Any]]


def ref(name: str, **beside: Any) -> dict[str, Any]:  # noqa: ANN401 - any JSON
    """Refer to a component."""
    return {"$ref": f"#/components/schemas/{name}", **beside}


def of(properties: dict[str, Any], *required: str, **more: Any) -> dict[str, Any]:  # noqa: ANN401 - any JSON
    """Write an object."""
    return {"type": "object", "properties": properties, **({"required": [*required]} if required else {}), **more}


def tagged(tag: str, **more: Any) -> dict[str, Any]:  # noqa: ANN401 - any JSON
    """Write an object that a discriminator tells from others by `kind`."""
    return of({"kind": {"const": tag}, **more}, "kind")


TEXT: dict[str, Any] = {"type": "string"}
WHOLE: dict[str, Any] = {"type": "integer"}
CAT, DOG = ref("Cat"), ref("Dog")
AT_CAT, AT_DOG = CAT["$ref"], DOG["$ref"]
BIG = 2**70

SIMPLE: dict[str, Case] = {
    "Anything": ({}, [None, 1, "a", [1], {"a": 1}], []),
    "Yes": (True, [None, 1.5, {}], []),
    "No": (False, [], [None, 1, {}]),
    "Said": (
        {
            "description": "Nothing but words.",
            "title": "Said",
            "x-note": {"a": None, "b": [{"$ref": "#/components/schemas/Said"}]},
        },
        [1, None],
        [],
    ),
    "Text": (TEXT, ["", "ä", "😀"], [1, None, True, [], {}]),
    "Bounded": ({"type": "string", "minLength": 1, "maxLength": 2.0}, ["a", "😀😀"], ["", "abc"]),
    "Digits": ({"type": "string", "pattern": r"^\d+$"}, ["12"], ["a", "\u0661", ""]),
    "Words": ({"type": "string", "pattern": r"^\w+\s.$"}, ["a b"], ["ab"]),
    "Ahead": ({"type": "string", "pattern": "^(?=a)ab"}, ["ab"], ["b"]),
    "Letters": ({"type": "string", "pattern": "^[a-z]{2,3}$"}, ["ab"], ["a", "AB"]),
    "Escaped": ({"type": "string", "pattern": "^a\\/[b\\]]\"'$"}, ["a/b\"'"], ["a/c"]),
    "Whole": (WHOLE, [1, 1.0, -3, BIG], [1.5, "1", True, None]),
    "Narrow": ({"type": "integer", "format": "int32"}, [1, -(2**31)], ["1"]),
    "Wide": ({"type": "integer", "format": "int64", "minimum": 0}, [2**63 - 1], [-1]),
    "Vast": ({"type": "integer", "maximum": BIG}, [1, BIG], [BIG + 1]),
    "Halves": ({"type": "integer", "minimum": 0.5, "exclusiveMaximum": 1e3}, [1, 999], [0, 1000]),
    "Threes": ({"type": "integer", "multipleOf": 3}, [0, 9, -3], [1]),
    "Number": ({"type": "number"}, [1, 1.5, -0.25, 1e300], ["1", True, None]),
    "Cents": ({"type": "number", "multipleOf": 0.01}, [0.1, 19.99, 4.35, 3], [0.001, 19.999]),
    "Thousands": ({"type": "number", "minimum": -1e3, "exclusiveMaximum": 1e3}, [-1000, 999.5], [1000, -1001]),
    "Open": ({"type": "number", "exclusiveMinimum": 0}, [0.1], [0, -1]),
    "Single": ({"type": "number", "format": "float"}, [1.5], ["a"]),
    "Truth": ({"type": "boolean"}, [True, False], [0, "true", None]),
    "Nothing": ({"type": "null"}, [None], [0, "", False]),
    "Several": ({"type": ["string", "integer"], "minLength": 2, "minimum": 5}, ["ab", 5], ["a", 4, None, 1.5]),
    "MaybeGuid": ({"type": ["string", "null"], "format": "guid"}, ["a", None], [1]),
    "Undescribed": (of({"a": TEXT}, description=" "), [{"a": "b"}], [1]),
    "Maybe": ({"type": ["string", "null"], "maxLength": 1}, ["a", None], ["ab", 1]),
    "Numbers": ({"type": ["integer", "number"]}, [1, 1.5], ["a"]),
    "OneType": ({"type": ["string"]}, ["a"], [1]),
    "Untyped": ({"minLength": 2, "minimum": 2}, ["ab", 2, None, []], ["a", 1]),
    "ManyTyped": (
        {"type": ["object", "array"], "items": WHOLE, "minItems": 1, "required": ["a"]},
        [[1], {"a": 1}],
        [[], ["a"], {}, 1],
    ),
    "Choice": ({"type": ["object", "string"], "anyOf": [{"minLength": 1}, {"required": ["a"]}]}, ["a", {"a": 1}], [1]),
}

FORMATS: dict[str, Case] = {
    "Moment": (
        {"type": "string", "format": "date-time"},
        ["2026-12-24T16:00:00Z", "2026-12-24T16:00:00.250000Z"],
        ["2026-12-24", "2026-12-24T16:00:00", "2026-02-30T00:00:00Z", 1],
    ),
    "Day": ({"type": "string", "format": "date"}, ["2026-12-24"], ["2026-12-32", "20261224", 1]),
    "ShortDay": ({"type": "string", "format": "date", "maxLength": 9}, [], ["2026-12-24", "a"]),
    "LateDay": ({"type": "string", "format": "date", "pattern": "^2026"}, ["2026-01-01"], ["2025-01-01"]),
    "OddMoment": ({"type": "string", "format": "date-time", "pattern": "[+]"}, ["2026-12-24T16:00:00+01:00"], ["a"]),
    "DayOrMoment": (
        {"oneOf": [{"type": "string", "format": "date"}, {"type": "string", "format": "date-time"}]},
        ["2026-12-24", "2026-12-24T16:00:00Z"],
        ["2026", None],
    ),
    "Time": ({"type": "string", "format": "time"}, ["12:00:00Z"], ["25:00:00Z"]),
    "Duration": ({"type": "string", "format": "duration"}, ["P1D"], ["1 day"]),
    "Id": ({"type": "string", "format": "uuid"}, ["2c5ea4c0-4067-11e9-8bad-9b1deb4d3b7d"], ["2c5e"]),
    "Mail": ({"type": "string", "format": "email", "maxLength": 9}, ["a@b.de"], ["a", "aaaaaa@b.de"]),
    "Address": ({"type": "string", "format": "ipv4"}, ["127.0.0.1"], ["127.0.0"]),
    "Link": ({"type": "string", "format": "uri"}, ["https://a.b/c"], ["a b"]),
    "Host": ({"type": "string", "format": "hostname"}, ["a.de"], ["-a-"]),
    "Regex": ({"type": "string", "format": "regex"}, ["a+"], ["(", 1]),
    "Secret": ({"type": "string", "format": "password"}, ["a"], [1]),
    "Bytes": ({"type": "string", "format": "byte", "contentEncoding": "base64"}, ["YQ==", "?"], [1]),
    "Formatted": ({"format": "date"}, ["2026-12-24", 1], ["a"]),
    "FormattedRef": (ref("Text", format="uuid", title="An id"), ["2c5ea4c0-4067-11e9-8bad-9b1deb4d3b7d"], ["a", 1]),
}

VALUES: dict[str, Case] = {
    "Colors": ({"type": "string", "enum": ["red", "green", ""]}, ["red", ""], ["blue", 1]),
    "Levels": ({"enum": [1, 2, 3]}, [1, 2.0], ["1", 4, True]),
    "Mixed": ({"enum": [1, "1", True, None]}, [1, "1", True, None], [0, False, "True"]),
    "Ones": ({"enum": [1, True]}, [1, True], [False, 0]),
    "Floats": ({"type": "number", "enum": [0.5, 1]}, [0.5, 1], [1.5, "1"]),
    "Objects": ({"enum": [{"a": [1, None]}, [1], "x"]}, [{"a": [1, None]}, [1], "x"], [{"a": [1]}, {}, []]),
    "Duplicates": ({"type": "string", "enum": ["a"], "maxLength": 0}, [], ["a", ""]),
    "EnumType": ({"type": "string", "enum": ["a", 1, None]}, ["a"], [1, None]),
    "Const": ({"const": "a"}, ["a"], ["b", None]),
    "ConstNull": ({"const": None}, [None], [0, ""]),
    "ConstFloat": ({"const": 1.5}, [1.5], [1, 2]),
    "ConstObject": ({"const": {"a": 1}}, [{"a": 1}, {"a": 1.0}], [{"a": 2}, {}]),
    "ConstWhole": ({"const": 1}, [1, 1.0], [True, 2]),
    "ConstTruth": ({"const": True}, [True], [1, "true"]),
    "Both": ({"enum": ["a", "b"], "const": "a"}, ["a"], ["b"]),
    "NullableEnum": ({"type": ["string", "null"], "enum": ["a", None]}, ["a", None], ["b", 1]),
    "EnumRule": ({"type": "string", "enum": ["a", "bb"], "minLength": 2}, ["bb"], ["a"]),
    "Quotes": ({"enum": ["'", '"', "\\", "\n", "{}", "ä"]}, ["'", "\\", "\n"], ["a"]),
}

ARRAYS: dict[str, Case] = {
    "Items": ({"type": "array", "items": TEXT, "minItems": 1, "maxItems": 2}, [["a"]], [[], [1], ["a"] * 3, {}]),
    "Bare": ({"type": "array"}, [[], [1, "a", None]], [{}, "a"]),
    "Empty": ({"type": "array", "items": False}, [[]], [[1]]),
    "Free": ({"type": "array", "items": True}, [[1, None]], [1]),
    "Unique": ({"type": "array", "items": WHOLE, "uniqueItems": True}, [[1, 2]], [[1, 1.0], ["a"]]),
    "Deep": ({"type": "array", "items": {"type": "array", "items": {"type": "number"}}}, [[[1.5], []]], [[1], [["a"]]]),
    "Tuple": (
        {"type": "array", "prefixItems": [TEXT, ref("Whole")], "items": False},
        [["a", 1], []],
        [["a", "b"], ["a", 1, 2]],
    ),
    "Containing": (
        {"type": "array", "contains": {"const": 1}, "minContains": 2, "maxContains": 3},
        [[1, 1]],
        [[1], [1] * 4],
    ),
    "OfObjects": ({"type": "array", "items": of({"a": WHOLE}, "a")}, [[{"a": 1}], []], [[{}], [1]]),
    "NoMore": ({"type": "array", "prefixItems": [TEXT], "unevaluatedItems": False}, [["a"]], [["a", 1], [1]]),
    "CountedFloat": ({"type": "array", "maxItems": 1.0}, [[1]], [[1, 2]]),
    "ItemDefaults": ({"type": "array", "items": {"type": "string", "default": "a"}, "default": ["b"]}, [["a"]], [[1]]),
}

OBJECTS: dict[str, Case] = {
    "Plain": (
        of({"a": TEXT, "b": WHOLE}, "a", title="Plain", description="It is."),
        [{"a": "x", "b": 1}],
        [{}, {"a": 1}],
    ),
    "Optional": (of({"a": {"type": ["string", "null"]}, "b": WHOLE}), [{}, {"a": None}, {"b": 2}], [{"b": None}, []]),
    "Closed": (of({"a": TEXT}, additionalProperties=False), [{}, {"a": "b"}], [{"c": 1}]),
    "Extra": (of({"a": TEXT}, additionalProperties=WHOLE), [{"a": "x", "b": 1}], [{"b": "x"}, {"a": 1}]),
    "ExtraObjects": (of({"a": TEXT}, additionalProperties=of({"b": WHOLE}, "b")), [{"c": {"b": 1}}], [{"c": {}}]),
    "Map": ({"type": "object", "additionalProperties": {"type": "number"}}, [{}, {"a": 1.5}], [{"a": "b"}, []]),
    "Free2": ({"type": "object"}, [{}, {"a": [1]}], [1, []]),
    "FreeMap": ({"type": "object", "additionalProperties": True}, [{"a": None}], [1]),
    "NoMembers": ({"type": "object", "additionalProperties": False}, [{}], [{"a": 1}]),
    "Sized": ({"type": "object", "minProperties": 1, "maxProperties": 2}, [{"a": 1}], [{}, {"a": 1, "b": 2, "c": 3}]),
    "Asked": ({"type": "object", "required": ["a"]}, [{"a": 1, "b": 2}], [{}, {"b": 1}]),
    "AskedMore": (of({"a": TEXT}, "a", "b"), [{"a": "x", "b": 1}], [{"a": "x"}, {"b": 1}]),
    "Named": ({"type": "object", "propertyNames": {"pattern": "^[a-z]+$"}}, [{"a": 1}], [{"A": 1}]),
    "Patterned": (of({"a": TEXT}, patternProperties={"^x": WHOLE}), [{"a": "b", "x1": 2}], [{"x1": "b"}, {"a": 1}]),
    "PatternedBy": (
        {"type": "object", "patternProperties": {"description": WHOLE}},
        [{"description": 1}],
        [{"description": "x"}],
    ),
    "PatternedClosed": (
        {"type": "object", "patternProperties": {"^x": ref("Whole")}, "additionalProperties": False},
        [{"x": 1}],
        [{"a": 1}, {"x": "b"}],
    ),
    "Dependent": (
        of({"a": TEXT, "b": TEXT}, dependentRequired={"a": ["b"]}, dependentSchemas={"b": {"minProperties": 2}}),
        [{}, {"a": "x", "b": "y"}],
        [{"a": "x"}, {"b": "y"}],
    ),
    "Not": (of({"a": TEXT}, "a", **{"not": {"properties": {"a": {"const": "b"}}}}), [{"a": "a"}], [{"a": "b"}]),
    "NotText": ({"not": ref("Text")}, [1, None], ["a"]),
    "If": (
        of({"a": TEXT, "b": WHOLE})
        | {"if": {"required": ["a"]}, "then": {"required": ["b"]}, "else": {"maxProperties": 0}},
        [{"a": "x", "b": 1}, {}],
        [{"a": "x"}, {"b": 1}],
    ),
    "Unevaluated": (of({"a": TEXT}, unevaluatedProperties=False), [{"a": "b"}], [{"b": 1}, {"a": 1}]),
    "UnevaluatedAll": (
        {"allOf": [ref("Plain"), of({"c": TEXT})], "unevaluatedProperties": False},
        [{"a": "x", "b": 1, "c": "y"}],
        [{"a": "x", "d": 1}, {}],
    ),
    "EnumObject": (of({"a": WHOLE}, enum=[{"a": 1}]), [{"a": 1}], [{"a": 2}, {}]),
    "Inner": (of({"a": of({"b": of({"c": TEXT}, "c")}, "b")}, "a"), [{"a": {"b": {"c": "x"}}}], [{"a": {"b": {}}}]),
    "NullableInner": (
        of({"a": of({"b": TEXT}, type=["object", "null"])}),
        [{"a": None}, {"a": {"b": "x"}}],
        [{"a": 1}],
    ),
    "Ring": (of({"next": ref("Ring"), "value": WHOLE}), [{"next": {"next": {"value": 1}}}], [{"next": {"next": 1}}]),
    "Chicken": (of({"egg": ref("Egg")}, "egg"), [{"egg": {}}, {"egg": {"chicken": {"egg": {}}}}], [{}, {"egg": 1}]),
    "Egg": (of({"chicken": ref("Chicken")}), [{}, {"chicken": {"egg": {}}}], [{"chicken": {}}]),
    "Tree": ({"type": "array", "items": ref("Tree")}, [[], [[], [[]]]], [[1], {}]),
    "Json": (
        {"type": ["string", "number", "object", "array"], "items": ref("Json"), "additionalProperties": ref("Json")},
        ["a", 1, {"a": [1, {"b": "c"}]}],
        [None, {"a": None}, [True]],
    ),
    "Forest": ({"type": "object", "additionalProperties": ref("Forest")}, [{}, {"a": {"b": {}}}], [{"a": 1}]),
    "RingRule": (of({"a": ref("RingRule")}, minProperties=1), [{"a": {"a": {"b": 1}}}], [{}, {"a": {}}]),
    "Nested": (of({"all": {"type": "array", "items": ref("Nested")}}), [{"all": [{}, {"all": []}]}], [{"all": [1]}]),
    "Renamed": (
        of({"foo-bar": TEXT, "class": WHOLE, "date": TEXT, "schema": TEXT, "model_x": TEXT, "_links": TEXT}, "class"),
        [{"foo-bar": "a", "class": 1, "date": "b", "schema": "c", "model_x": "d", "_links": "e"}],
        [{}, {"class": "a"}, {"class": 1, "_links": 1}],
    ),
    "Odd": (
        of({"1st": WHOLE, "@id": TEXT, "$ref": TEXT, "é ü": TEXT, "": TEXT, "self": TEXT, "dict": TEXT}, "@id"),
        [{"1st": 1, "@id": "a", "$ref": "b", "é ü": "c", "": "d", "self": "e", "dict": "f"}],
        [{"1st": 1}, {"@id": "a", "$ref": 1}, {"@id": "a", "": 1}],
    ),
    "Meeting": (
        of({"a-b": TEXT, "a_b": WHOLE, "a b": TEXT}, "a_b"),
        [{"a-b": "x", "a_b": 1, "a b": "y"}],
        [{"a_b": "x"}],
    ),
    "Rules": (
        of({"rules": WHOLE, "said": TEXT, "rules_": TEXT, "copy": TEXT, "json": TEXT}),
        [{"rules": 1, "rules_": "a"}],
        [{"rules": "a"}],
    ),
    "OddRules": (of({"a-b": TEXT}, minProperties=1), [{"a-b": "x"}], [{}, {"a-b": 1}]),
    "foo-bar": (of({"x": TEXT}), [{"x": "a"}], [{"x": 1}]),
    "foo_bar": (of({"x": WHOLE}), [{"x": 1}], [{"x": "a"}]),
    "class": (of({"x": ref("foo-bar")}), [{"x": {"x": "a"}}], [{"x": 1}]),
    "date": (TEXT, ["a"], [1]),
    "1st": (WHOLE, [1], ["a"]),
    "model_x": (of({"x": ref("date")}), [{"x": "a"}], [{"x": 1}]),
    "com.example.Text": (TEXT, ["a"], [1]),
    "Field": (of({"Field": ref("com.example.Text")}), [{"Field": "a"}], [{"Field": 1}]),
}
OBJECTS["Docs"] = (of({"a": TEXT}, description='"""\\ quoted'), [{"a": "b"}], [{"a": 1}])
OBJECTS["Indented"] = (of({"a": TEXT}, description="One.\n\n    Code.\n  * Two."), [{"a": "b"}], [{"a": 1}])

COMPOSED: dict[str, Case] = {
    "Cat": (tagged("cat", lives=WHOLE), [{"kind": "cat", "lives": 9}], [{"kind": "dog"}, {}]),
    "Dog": (tagged("dog", name=TEXT), [{"kind": "dog", "name": "Rex"}], [{"kind": "cat"}]),
    "Heir": ({"allOf": [ref("Plain"), of({"c": TEXT}, "c")]}, [{"a": "x", "c": "y"}], [{"a": "x"}, {"c": "y"}]),
    "HeirBeside": (
        {
            "allOf": [ref("Plain")],
            "type": "object",
            "properties": {"d": WHOLE},
            "required": ["d"],
            "description": "More.",
        },
        [{"a": "x", "d": 1}],
        [{"a": "x"}, {"a": "x", "d": "y"}],
    ),
    "Grandheir": ({"allOf": [ref("Heir"), of({"e": TEXT})]}, [{"a": "x", "c": "y", "e": "z"}], [{"e": "z"}]),
    "TwoBases": ({"allOf": [ref("Optional"), ref("Closed2")]}, [{"a": None, "z": 1}], [{"z": "a"}, {"a": 1}]),
    "Closed2": (of({"z": WHOLE}), [{"z": 1}], [{"z": "a"}]),
    "SameBase": ({"allOf": [ref("Plain"), ref("Plain")]}, [{"a": "x"}], [{}]),
    "Tightened": ({"allOf": [ref("Plain"), of({"a": {"maxLength": 1}})]}, [{"a": "x"}], [{"a": "xy"}, {}]),
    "AskedLater": ({"allOf": [ref("Plain"), {"required": ["b"]}]}, [{"a": "x", "b": 1}], [{"a": "x"}]),
    "Wrapped": ({"allOf": [ref("Text")], "description": "A text."}, ["a"], [1]),
    "WrappedObject": ({"allOf": [ref("Plain")], "description": "The same."}, [{"a": "x"}], [{}]),
    "AllTexts": ({"allOf": [{"minLength": 1}, {"maxLength": 2}], "type": "string"}, ["a"], ["", "abc", 1]),
    "AllRefs": ({"allOf": [ref("Bounded"), ref("Letters")]}, ["ab"], ["a", "abc"]),
    "ClosedAll": ({"allOf": [ref("Closed"), ref("Closed2")]}, [{}, {"a": "x"}], [{"z": 1}, {"z": "a"}]),
    "AllWithOne": (
        {"allOf": [ref("Plain"), {"oneOf": [of({"c": TEXT}, "c"), of({"d": TEXT}, "d")]}]},
        [{"a": "x", "c": "y"}],
        [{"a": "x"}, {"a": "x", "c": "y", "d": "z"}],
    ),
    "RingHeir": ({"allOf": [ref("Ring"), of({"own": ref("RingHeir")})]}, [{"own": {"next": {}}}], [{"own": 1}]),
    "Pets": ({"oneOf": [CAT, DOG]}, [{"kind": "cat"}, {"kind": "dog", "name": "a"}], [{"kind": "cow"}, {}, 1]),
    "TaggedPets": (
        {"oneOf": [CAT, DOG], "discriminator": {"propertyName": "kind", "mapping": {"cat": AT_CAT, "dog": AT_DOG}}},
        [{"kind": "cat"}, {"kind": "dog"}],
        [{"kind": "cow"}, {}, {"kind": "cat", "lives": "x"}],
    ),
    "ImplicitPets": (
        {"oneOf": [CAT, DOG], "discriminator": {"propertyName": "kind"}},
        [{"kind": "cat"}],
        [{"kind": "Cat"}, {}],
    ),
    "WrongPets": (
        {"oneOf": [CAT, DOG], "discriminator": {"propertyName": "kind", "mapping": {"cat": AT_DOG, "x": AT_CAT}}},
        [{"kind": "cat"}, {"kind": "dog"}],
        [{"kind": "x"}],
    ),
    "AnyPets": ({"anyOf": [CAT, DOG], "discriminator": {"propertyName": "kind"}}, [{"kind": "dog"}], [{}]),
    "Base": (
        of(
            {"type": TEXT},
            "type",
            discriminator={"propertyName": "type", "mapping": {"d": "#/components/schemas/Derived"}},
        ),
        [{"type": "d"}],
        [{}],
    ),
    "Derived": (
        {"allOf": [ref("Base"), of({"x": WHOLE})]},
        [{"type": "d", "x": 1}],
        [{"x": 1}, {"type": "d", "x": "a"}],
    ),
    "Overlap": ({"oneOf": [{"multipleOf": 2}, {"multipleOf": 3}], "type": "integer"}, [2, 3], [6, 1, "a"]),
    "OverlapObjects": (
        {"oneOf": [of({"a": TEXT}, "a"), of({"b": TEXT}, "b")]},
        [{"a": "x"}, {"b": "x"}],
        [{"a": "x", "b": "y"}, {}],
    ),
    "OneType2": ({"oneOf": [TEXT, WHOLE, {"type": "null"}]}, ["a", 1, None], [1.5, []]),
    "OneNumber": ({"oneOf": [WHOLE, {"type": "number"}]}, [1.5], [1, "a"]),
    "Any": ({"anyOf": [TEXT, WHOLE], "description": "Either."}, ["a", 1], [None]),
    "AnyNull": ({"anyOf": [ref("Plain"), {"type": "null"}]}, [None, {"a": "x"}], [{}, 1]),
    "NullFirst": ({"anyOf": [{"type": "null"}, TEXT]}, [None, "a"], [1]),
    "AnyAlike": ({"anyOf": [of({"a": TEXT}, "a"), of({"b": WHOLE}, "b")]}, [{"b": 1}, {"a": "x"}], [{}, 1]),
    "AnyRules": (of({"a": TEXT, "b": TEXT}, anyOf=[{"required": ["a"]}, {"required": ["b"]}]), [{"a": "x"}], [{}]),
    "AnyOne": ({"anyOf": [ref("Text")]}, ["a"], [1]),
    "AnyConst": ({"anyOf": [{"const": "a"}, {"type": "string", "format": "date"}]}, ["a", "2026-12-24"], ["b", 1]),
    "AnySame": ({"anyOf": [TEXT, {"type": "string"}]}, ["a"], [1]),
    "AnyNested": ({"anyOf": [{"anyOf": [TEXT, WHOLE]}, {"type": "null"}]}, ["a", 1, None], [[]]),
    "Twice": ({"oneOf": [TEXT, WHOLE], "anyOf": [TEXT, {"type": "null"}]}, ["a"], [1, None]),
    "OneOfChoices": ({"oneOf": [ref("Any"), {"type": "null"}]}, ["a", 1, None], [1.5, []]),
    "AtPets": (
        {
            "oneOf": [ref("AtCat"), ref("AtDog")],
            "discriminator": {"propertyName": "@t", "mapping": {"c": ref("AtCat")["$ref"], "d": ref("AtDog")["$ref"]}},
        },
        [{"@t": "c"}, {"@t": "d"}],
        [{"@t": "x"}, {}],
    ),
    "AtCat": (of({"@t": {"const": "c"}}, "@t"), [{"@t": "c"}], [{"@t": "d"}]),
    "AtDog": (of({"@t": {"const": "d"}}, "@t"), [{"@t": "d"}], [{"@t": "c"}]),
    "ClassPets": (
        {
            "oneOf": [ref("ClassCat"), ref("ClassDog")],
            "discriminator": {
                "propertyName": "class",
                "mapping": {"c": ref("ClassCat")["$ref"], "d": ref("ClassDog")["$ref"]},
            },
        },
        [{"class": "c"}, {"class": "d"}],
        [{"class": "x"}, {}],
    ),
    "ClassCat": (of({"class": {"const": "c"}}, "class"), [{"class": "c"}], [{"class": "d"}]),
    "ClassDog": (of({"class": {"const": "d"}}, "class"), [{"class": "d"}], [{"class": "c"}]),
    "AskedHeir": (
        {"allOf": [ref("AskedMore"), of({"c": TEXT})]},
        [{"a": "x", "b": 1}],
        [{"a": "x"}, {"b": 1, "c": "d"}],
    ),
    "MapHeir": (
        {"allOf": [ref("Optional"), {"additionalProperties": {"type": ["string", "null"]}}]},
        [{"a": None, "c": "d"}],
        [{"c": 1}],
    ),
    "OpenHeir": ({"allOf": [ref("Extra"), of({"c": WHOLE})]}, [{"c": 1, "d": 2}], [{"c": "x"}, {"d": "x"}]),
    "PairHeir": (
        {"allOf": [ref("Plain"), ref("Closed2"), of({"y": TEXT})]},
        [{"a": "x", "z": 1}],
        [{"a": "x", "y": 1}],
    ),
    "RefBeside": (ref("Bounded", maxLength=1, description="Shorter."), ["a"], ["ab", ""]),
    "RefSaid": (ref("Plain", description="As said here."), [{"a": "x"}], [{}]),
    "RefRing": (ref("Ring"), [{"next": {}}], [{"next": 1}]),
    "RefRings": ({"type": "array", "items": ref("RefRing")}, [[{"next": {}}]], [[{"next": 1}]]),
    "RefRef": (ref("RefSaid"), [{"a": "x"}], [{}]),
    "RefObject": (ref("Plain", properties={"b": {"maximum": 1}}), [{"a": "x", "b": 1}], [{"a": "x", "b": 2}]),
}

CASES: dict[str, Case] = {**SIMPLE, **FORMATS, **VALUES, **ARRAYS, **OBJECTS, **COMPOSED}
