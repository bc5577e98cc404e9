"""What is called compatible is: values that were valid stay valid, for schemas that nobody chose (DIFF-4)."""

from itertools import product
from typing import Any  # a schema is any JSON

import jsonschema_rs
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from backend.tests.contract_pairs import COMPONENTS, holding
from backend.tests.test_contract_diff import FINE, found
from scripts.contract_diff.findings import Way

Schema = Any

LEAVES: list[object] = [None, True, False, -1, 0, 1, 2, 3, 6, 1.5, 2.0, "", "a", "b", "ab", "abc", "2026-12-24"]
PAIRS_OF_ITEMS = [list(pair) for pair in product((None, 1, 2, "a", "abc"), repeat=2)]
VALUES: list[object] = [
    *LEAVES,
    [],
    *([leaf] for leaf in LEAVES),
    *PAIRS_OF_ITEMS,
    [1, "a", 1],
    {},
    *({name: leaf} for name in ("a", "b", "cc") for leaf in LEAVES),
    *({"a": one, "b": other} for one, other in PAIRS_OF_ITEMS),
    *({"a": one, "cc": other} for one, other in PAIRS_OF_ITEMS),
    {"a": 1, "b": 2, "cc": 3},
    {"a": {"a": 1}, "b": [1]},
    [[1], {"a": "a"}],
]
"""Values that tell the schemas below apart: their bounds, names and patterns are drawn from the same few."""

TYPES = ["string", "integer", "number", "null", "boolean", "object", "array"]
BOUNDS = ["minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"]
COUNTS = ["minLength", "maxLength", "minItems", "maxItems", "minProperties", "maxProperties"]

small = st.integers(0, 3)


def of(keyword: str, values: st.SearchStrategy[Any]) -> st.SearchStrategy[Schema]:
    """Schemas of one keyword."""
    return st.fixed_dictionaries({keyword: values})


leaf: st.SearchStrategy[Schema] = st.one_of(
    st.just({}),
    of("type", st.sampled_from(TYPES)),
    of("type", st.lists(st.sampled_from(TYPES), min_size=1, unique=True)),
    of("enum", st.lists(st.sampled_from(LEAVES), min_size=1, max_size=3, unique_by=repr)),
    of("const", st.sampled_from(LEAVES)),
    st.one_of([of(keyword, small) for keyword in BOUNDS]),
    st.one_of([of(keyword, small) for keyword in COUNTS]),
    of("multipleOf", st.sampled_from([1, 2, 3, 0.5])),
    st.fixed_dictionaries({"type": st.just("string"), "pattern": st.sampled_from(["^a", "b$", "^a.*b$"])}),
    st.just({"type": "string", "format": "date"}),
    st.just({"uniqueItems": True}),
    of("required", st.lists(st.sampled_from(["a", "b", "cc"]), unique=True)),
    of("$ref", st.sampled_from([f"#/components/schemas/{name}" for name in sorted(COMPONENTS)])),
)


def composed(parts: st.SearchStrategy[Schema]) -> st.SearchStrategy[Schema]:
    """Schemas of schemas."""
    part = st.one_of(parts, st.booleans())
    keyword: dict[str, st.SearchStrategy[Any]] = {
        **dict.fromkeys(["allOf", "anyOf", "oneOf"], st.lists(parts, min_size=1, max_size=3)),
        **dict.fromkeys(["items", "additionalProperties", "unevaluatedProperties", "unevaluatedItems"], part),
        **dict.fromkeys(["not", "contains", "if", "then", "else", "propertyNames"], parts),
        "prefixItems": st.lists(part, min_size=1, max_size=2),
        "properties": st.dictionaries(st.sampled_from(["a", "b"]), part, min_size=1),
        "patternProperties": st.dictionaries(st.sampled_from(["^a", "c$"]), part, min_size=1),
        "dependentSchemas": st.dictionaries(st.sampled_from(["a", "b"]), part, min_size=1),
        "dependentRequired": st.just({"a": ["b"]}),
        "minContains": small,
        "maxContains": small,
    }

    def own(names: list[str]) -> st.SearchStrategy[Schema]:
        return st.fixed_dictionaries({name: keyword[name] for name in names})

    some = st.lists(st.sampled_from(sorted(keyword)), min_size=1, max_size=3, unique=True)
    return st.builds(merged, leaf, some.flatmap(own))


def merged(inner: Schema, outer: Schema) -> Schema:
    """A schema with the keywords of another one over its own."""
    return {**inner, **outer}


schemas = st.recursive(leaf, composed, max_leaves=6)
"""Any schema, small."""


@st.composite
def pairs(draw: st.DrawFn) -> tuple[Schema, Schema]:
    """Two schemas, mostly of which one is the other with a keyword changed: what happens in a contract."""
    one = draw(schemas)
    match draw(st.sampled_from(["other", "more", "part", "less"])):
        case "other":
            return one, draw(schemas)
        case "more":
            return one, {**one, **draw(schemas)}
        case "part":
            keyword = draw(st.sampled_from(["allOf", "anyOf", "oneOf"]))
            return one, {keyword: [one, draw(leaf)]}
        case _:
            name = draw(st.sampled_from(["", *sorted(one)]))
            return one, {key: value for key, value in one.items() if key != name}


def valid(schema: Schema) -> list[str]:
    """The values that a schema allows, as the validator of the answers sees it."""
    document = {"components": {"schemas": COMPONENTS}, "allOf": [schema]}
    validator = jsonschema_rs.Draft202012Validator(document, validate_formats=True)
    return [repr(value) for value in VALUES if validator.is_valid(value)]


def is_harmless(way: Way, before: Schema, after: Schema) -> bool:
    """Whether nothing breaks clients; not where it is the promise that says so, and not the values."""
    findings = list(found(holding(way, before), holding(way, after)))
    return all(finding.level is FINE and finding.rule != "request-member-added" for finding in findings)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(pairs())
def test_a_compatible_change_keeps_every_value(pair: tuple[Schema, Schema]) -> None:  # DIFF-4
    for one, other in (pair, pair[::-1]):
        if is_harmless(Way.REQUEST, one, other):
            assert set(valid(one)) <= set(valid(other))
        if is_harmless(Way.ANSWER, one, other):
            assert set(valid(other)) <= set(valid(one))
