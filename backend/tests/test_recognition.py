"""What a recogniser matches is valid (specs/toolchain/answers.md): the validator of the same schema is the judge."""

import copy
import functools
import json
import operator
import re
from collections.abc import Iterator, Mapping
from itertools import product
from typing import Any  # schemas and values are any JSON

import jsonschema_rs
import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic_core import from_json

from backend.tests.recognition_cases import COMPONENTS, HERE, OTHER, PATTERNS, SCHEMAS, TASK, TEXTS, UNKNOWN
from generated.declarations import Answer, Content, Operation, Returned
from generated.recognition import recogniser
from generated.rendering import Rendering, Undeclared
from generated.routes import CREATE_TASK, EXPORT_USER, GET_SERVICE, LIST_TASKS
from generated.written import Json
from scripts.contract import CONTRACT

SNIPPETS = [
    *'"\\,:{}[] -0159.eEZT',
    "\n",
    "\x00",
    "\x1f",
    "\x7f",
    "\u0085",
    "\u2028",
    "\ufeff",
    "\u00e9",
    "\U0001f600",
    "\u0661",
    "null",
    "true",
    "false",
    '""',
    '"a"',
    "{}",
    "[]",
    "-0",
    "1.0",
    "1e2",
    "NaN",
    "9" * 20,
    "9007199254740991",
    '\\"',
    "\\u0041",
    '"\\ud800"',
    '"2026-02-30"',
    '"2026-02-29T00:00:00Z"',
    '"2026-02-31T24:00:00Z"',
    "31",
    "60",
    "x" * 200,
    '"a":1',
    ", ",
    '": ',
]


def validator(schema: Mapping[str, Any]) -> jsonschema_rs.Draft202012Validator:
    """As `exact.validator` makes them, for schemas whose references lead to `COMPONENTS`."""
    return jsonschema_rs.Draft202012Validator({**schema, "components": {"schemas": COMPONENTS}}, validate_formats=True)


def is_valid(judge: jsonschema_rs.Draft202012Validator, text: str) -> bool:
    """Whether a text is allowed, as the plumbing sees it without a recogniser; raise `ValueError` if it is no JSON."""
    return judge.is_valid(from_json(text.encode(), allow_inf_nan=False))


def content(operation: Operation, status: int) -> Content:
    return operation.returns[status].answer.content[0]


OURS: list[tuple[Content, Any]] = [
    (content(CREATE_TASK, 201), TASK),
    (content(CREATE_TASK, 201), OTHER),
    (content(LIST_TASKS, 200), {"items": [TASK, OTHER], "next_cursor": "abc-_09", "total": 2}),
    (content(LIST_TASKS, 200), {"items": [], "next_cursor": None}),
    (content(EXPORT_USER, 200), {"user": None, "tasks": [TASK], "next_cursor": None}),
    (
        content(GET_SERVICE, 200),
        {
            "service": "task-api",
            "version": "1.0.0",
            "links": dict.fromkeys(("self", "openapi", "openapi_json", "docs", "health", "problems"), "/docs"),
        },
    ),
]


def written(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def expression(schema: Mapping[str, Any]) -> re.Pattern[str]:
    found = recogniser(schema, COMPONENTS)
    assert found is not None
    return found


CASES: list[tuple[re.Pattern[str], jsonschema_rs.Draft202012Validator, str]] = [
    (expression(schema), validator(schema), text) for schema, known, _ in SCHEMAS.values() for text in known
] + [(each.recogniser or re.compile("none"), each.validator, written(value)) for each, value in OURS]


@pytest.mark.parametrize("name", SCHEMAS)
def test_texts_as_they_are_written_are_recognised_and_no_others(name: str) -> None:  # ANSWER-12, ANSWER-14
    schema, known, others = SCHEMAS[name]
    found, judge = expression(schema), validator(schema)
    for text in known:
        assert found.fullmatch(text), text
        assert is_valid(judge, text), text
    for text in others:
        assert not found.fullmatch(text), text


@pytest.mark.parametrize(("name", "time_of_day"), [("Instant", "T23:59:59.000001Z"), ("FullDate", "")])
def test_every_day_is_recognised_but_29_february_and_nothing_else(name: str, time_of_day: str) -> None:  # ANSWER-14
    schema = yaml.safe_load(CONTRACT.read_text(encoding="utf-8"))["components"]["schemas"][name]
    found, judge = expression(schema), validator(schema)
    dates = product((2023, 2024), range(14), range(33))
    days = [f'"{year}-{month:02}-{day:02}{time_of_day}"' for year, month, day in dates]
    known = [day for day in days if found.fullmatch(day)]
    assert len(known) == 2 * 365
    assert all(is_valid(judge, day) for day in known)


def test_no_group_is_possessive() -> None:  # ANSWER-12: before Python 3.11.5 such a one takes too much
    for found, *_ in CASES:
        assert not re.search(r"\)(?:[*+?]|\{[0-9,]+\})\+", found.pattern)


@pytest.mark.parametrize("schema", UNKNOWN, ids=str)
def test_a_schema_that_says_what_has_no_translation_has_no_recogniser(schema: Any) -> None:  # noqa: ANN401 # ANSWER-13
    assert recogniser(schema, COMPONENTS) is None


def test_a_schema_that_would_make_too_much_of_it_has_no_recogniser() -> None:  # ANSWER-13
    doubled = {
        f"D{n}": {"type": "object", "properties": {"a": {"$ref": f"{HERE}D{n + 1}"}, "b": {"$ref": f"{HERE}D{n + 1}"}}}
        for n in range(40)
    }
    deep: dict[str, Any] = {"type": "null"}
    for _ in range(3000):
        deep = {"type": "array", "items": deep}
    assert recogniser(doubled["D0"], {**doubled, "D40": {"type": "null"}}) is None
    assert recogniser(deep, {}) is None


@pytest.mark.parametrize("pattern", PATTERNS)
def test_a_pattern_is_translated_or_not_known(pattern: str) -> None:  # ANSWER-12, ANSWER-13
    schema = {"type": "string", "pattern": pattern}
    found = recogniser(schema, {})
    if found is None:
        assert PATTERNS[pattern] is None
    else:
        assert {text for text in TEXTS if found.fullmatch(text)} == PATTERNS[pattern]
        assert all(is_valid(validator(schema), text) for text in PATTERNS[pattern] or ())


@st.composite
def mutated(draw: st.DrawFn) -> tuple[re.Pattern[str], jsonschema_rs.Draft202012Validator, str]:
    """A recognised text with a few edits: pieces of it left out, repeated or moved, and others put in."""
    found, judge, text = draw(st.sampled_from(CASES))
    for _ in range(draw(st.integers(1, 3))):
        # Between tokens or within them.
        places = sorted({0, len(text), *(match.end() for match in re.finditer(r'[",:{}\[\]]|\w+', text))})
        one, other = sorted((draw(st.sampled_from(places)), draw(st.sampled_from(places))))
        piece = draw(
            st.one_of(st.sampled_from(SNIPPETS), st.just(text[one:other] * 2), st.just(""), st.text(max_size=2))
        )
        end = draw(st.sampled_from([one, other, one + 1]))
        text = text[:one] + piece + text[end:]
    return found, judge, text


@settings(max_examples=1500, deadline=None)
@given(case=mutated())
def test_what_is_recognised_is_valid(
    case: tuple[re.Pattern[str], jsonschema_rs.Draft202012Validator, str],
) -> None:  # ANSWER-12
    found, judge, text = case
    if found.fullmatch(text):
        assert is_valid(judge, text), text


def leaves(value: object, place: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    """The places of a value and of all its parts."""
    yield place
    parts = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, part in parts:
        yield from leaves(part, (*place, key))


VALUES = st.one_of(
    st.none(),
    st.booleans(),
    st.sampled_from([-1, 0, 1, 5, 6, 2**53 - 1, 2**53, 10**15, 2**63, 10**30]),
    st.sampled_from([0.0, -0.0, 1.0, 3.5, 1e300]),
    st.sampled_from(
        ["", " ", "\u3000", "/", "a/b", "a b", "a\tb", "a\x7f", "\u0085", "\U0001f600", "ok", "pending", "task-api"]
    ),
    st.sampled_from(
        [
            f"{day}{rest}"
            for day in ("2026-02-29", "2024-02-29", "0000-01-01", "2026-11-31")
            for rest in ("", "T00:00:00Z")
        ]
    ),
    st.sampled_from([text * length for text in "a\u00e9\U0001f600 " for length in (63, 64, 65, 128, 129)]),
    st.sampled_from([text * length for text in "a\u00e9" for length in (200, 201, 500, 501, 1000, 1001, 4096, 4097)]),
    st.dictionaries(
        st.sampled_from(["", "a", "k" * 64, "k" * 65, "id", "\n"]), st.sampled_from(["", "v", "v" * 500, "v" * 501, 1])
    ),
    st.just({f"{n}": "" for n in range(50)}) | st.just({f"{n}": "" for n in range(51)}),
    st.sampled_from([[], [TASK] * 100, [TASK] * 101, [OTHER, 1]]),
)


@settings(max_examples=1000, deadline=None)
@given(case=st.sampled_from(OURS), data=st.data(), part=VALUES, blanks=st.booleans(), escapes=st.booleans())
def test_an_answer_with_another_part_is_recognised_only_if_it_is_valid(
    case: tuple[Content, Any], data: st.DataObject, part: object, *, blanks: bool, escapes: bool
) -> None:  # ANSWER-12
    body, value = case
    value = copy.deepcopy(value)
    place = data.draw(st.sampled_from(list(leaves(value))))
    if place:
        inner = functools.reduce(operator.getitem, place[:-1], value)
        if data.draw(st.booleans()):
            inner[place[-1]] = part
        else:
            del inner[place[-1]]
    else:
        value = part
    text = json.dumps(value, ensure_ascii=escapes, separators=None if blanks else (",", ":"))
    assert body.recogniser is not None
    if body.recogniser.fullmatch(text):
        assert is_valid(body.validator, text), text


CLASSES = ["a", ".", "\\d", "\\w", "[a-c]", "[^b]", "[\\u0041-\\uffff-]", "\\.", "\u00e9", "[^\\u0000-\\u0020]", "1"]
EXPRESSIONS = st.recursive(
    st.sampled_from(CLASSES),
    lambda inner: st.one_of(
        st.builds("({})".format, inner),
        st.builds("(?:{}|{})".format, inner, inner),
        st.builds("{}{}".format, inner, inner),
        st.builds("(?:{}){}".format, inner, st.sampled_from(["*", "+", "?", "{2}", "{0,2}", "{1,}"])),
    ),
    max_leaves=6,
)


@settings(max_examples=150, deadline=None)
@given(expression_of=EXPRESSIONS, data=st.data(), bounds=st.sampled_from([{}, {"minLength": 2}, {"maxLength": 2}]))
def test_what_a_translated_pattern_matches_the_pattern_matches(
    expression_of: str, data: st.DataObject, bounds: dict[str, int]
) -> None:  # ANSWER-12
    schema = {"type": "string", "pattern": f"^{expression_of}$", **bounds}
    found = recogniser(schema, {})
    if found is None:
        return
    text = data.draw(st.from_regex(expression_of, fullmatch=True) | st.text('aA1.-\u00e9\n\\"', max_size=5))
    for sent in (f'"{text}"', written(text)):
        if found.fullmatch(sent):
            assert is_valid(validator(schema), sent), (schema, sent)


@pytest.mark.parametrize("raw", [b'"\xff"', b'"\xed\xa0\x80"', b'"\xc0\xa2"', b'\xef\xbb\xbf"a"', b'"a"x', b'x"a"'])
def test_what_is_no_json_is_left_to_the_reader(raw: bytes) -> None:  # ANSWER-12, ANSWER-11
    answer = Answer("", content=(Content("application/json", str),))

    class Result:
        body = Json[str](raw)

    rendering = Rendering({200: answer}, 200, Returned(Result, {}, answer))
    with pytest.raises(Undeclared, match="is not JSON"):
        rendering.write(Result())


@pytest.mark.parametrize(
    "pattern", ["^[^\\n]*[^\\n ][^\\n]*$", "^(a|aa|[^x])+$", "^(a+)+$", "^((?:a|b)+c?)*$", "^a*a*a*b$"]
)
@pytest.mark.parametrize("end", ['"', "", "\\n", 'x"', "!"])
@pytest.mark.parametrize("piece", ["a", " "])
def test_hostile_texts_take_linear_time(pattern: str, end: str, piece: str) -> None:  # ANSWER-15
    # What is quadratic in 2 MB does not end. The bracket makes that all was in vain.
    found = expression({"type": "array", "items": {"type": "string", "pattern": pattern}})
    assert not found.fullmatch('["' + piece * (2_000_000 // len(piece)) + end)
