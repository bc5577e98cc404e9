"""What the generated plumbing says of malformed bodies and of requests that break the contract, place by place."""

import pytest

from backend.tests.stand_ins import JSON, TASKS, ask, good, serve

DEEP = b'{"title": "a", "x": ' + b"[" * 64 + b"]" * 64 + b"}"
MALFORMED: list[tuple[bytes, str]] = [
    (b"{", "line 1, column 2"),
    (b'{"a": 1, "a": 1}', "an object has a member twice"),
    (b'{"a": NaN}', "NaN and Infinity are no numbers of JSON"),
    (b'{"a": -Infinity}', "NaN and Infinity are no numbers of JSON"),
    (b'{"a": 1e400}', "a number is larger than a double can hold"),
    (b'{"a": -1e400}', "a number is larger than a double can hold"),
    (b'{"a": ' + b"9" * 5000 + b"}", "a number has too many digits"),
    (b"\xef\xbb\xbf{}", "it begins with a byte-order mark"),
    (b'{"a": "\xff"}', "byte 8 is not UTF-8"),
    (b'{"a": "\xed\xa0\x80"}', "byte 8 is not UTF-8"),
    (b"[" * 100_000, "it is nested more than 64 levels deep"),
    (DEEP, "it is nested more than 64 levels deep"),
]


@pytest.mark.parametrize(("content", "reason"), MALFORMED, ids=[str(number) for number in range(len(MALFORMED))])
def test_what_two_readers_could_read_differently_is_malformed(content: bytes, reason: str) -> None:
    app, _ = serve(good)
    answer = ask(app, "POST", TASKS, JSON, content)
    assert (answer.status_code, answer.json()["told"]) == (400, reason)


def test_brackets_in_texts_are_no_depth() -> None:
    app, _ = serve(good)
    assert ask(app, "POST", TASKS, JSON, b'{"title": "' + b'[{\\"' * 40 + b'"}').status_code == 201


FAULTS: list[tuple[str, bytes, list[tuple[str, str]]]] = [
    ("", b"", [("body", "missing")]),
    ("", b"null", [("body", "type")]),
    ("", b"[]", [("body", "type")]),
    ("", b"{}", [("body.title", "missing")]),
    ("", b'{"title": "\\ud800"}', [("body.title", "format")]),
    ("", b'{"title": "a\\u0000"}', [("body.title", "pattern")]),
    ("", b'{"title": "a", "\\ud800": 1}', [("body", "format")]),
    ("", b'{"title": "a", "b c": 1}', [("body.?", "unknown")]),
    ("", b'{"title": "a", "status": "completed", "completed": false}', [("body", "rule")]),
    ("", b'{"title": "a", "due_date": "tomorrow"}', [("body.due_date", "pattern")]),
    ("", b'{"title": "a", "due_date": 5}', [("body.due_date", "type")]),
    (
        "?x=1&b%20c=1&%ff=1",
        b'{"title": 5, "priority": "3", "y": 1}',
        [
            ("query", "format"),
            ("query.x", "unknown"),
            ("query.?", "unknown"),
            ("body.title", "type"),
            ("body.priority", "type"),
            ("body.y", "unknown"),
        ],
    ),
]


@pytest.mark.parametrize(("query", "content", "faults"), FAULTS, ids=[str(number) for number in range(len(FAULTS))])
def test_every_fault_is_told_once_and_nothing_is_repeated(
    query: str, content: bytes, faults: list[tuple[str, str]]
) -> None:
    app, _ = serve(good)
    answer = ask(app, "POST", TASKS + query, JSON, content)
    assert answer.status_code == 422
    assert [(where, kind) for where, kind, _ in answer.json()["faults"]] == faults
    assert all(message.strip() and "tomorrow" not in message for _, _, message in answer.json()["faults"])


def test_query_parameters_are_read_strictly() -> None:
    app, _ = serve(good)
    answer = ask(app, "GET", f"{TASKS}?limit=5.0&order=&sort=title&sort=title&status=none")
    assert [(where, kind) for where, kind, _ in answer.json()["faults"]] == [
        ("query.order", "empty"),
        ("query.sort", "repeated"),
        ("query.status", "value"),
        ("query.limit", "type"),
    ]


def test_many_faults_are_cut_and_a_pattern_speaks_in_words() -> None:
    app, _ = serve(good)
    content = b'{"title": " ", ' + b",".join(b'"m%d": 1' % number for number in range(150)) + b"}"
    faults = ask(app, "POST", TASKS, JSON, content).json()["faults"]
    assert len(faults) == 100
    assert faults[0][2].startswith("Should be: One line or more of text")


DATES: list[tuple[bytes, str]] = [
    (b"2026-02-30", "Should be a date that exists"),
    (b"2026-02-30T00:00:00Z", "Should be a date-time that exists"),
    (b"9999-12-31T23:59:59-14:00", "Should lie in the years 1 to 9999 in UTC"),
]


@pytest.mark.parametrize(("value", "message"), DATES, ids=[value.decode() for value, _ in DATES])
def test_of_a_union_that_branch_speaks_that_was_meant(value: bytes, message: str) -> None:
    app, _ = serve(good)
    [(where, _, said)] = ask(app, "POST", TASKS, JSON, b'{"title": "a", "due_date": "%b"}' % value).json()["faults"]
    assert (where, said) == ("body.due_date", message)


def test_all_branches_of_a_union_speak_if_none_was_meant() -> None:
    app, _ = serve(good)
    [(_, _, said)] = ask(app, "POST", TASKS, JSON, b'{"title": "a", "due_date": "tomorrow"}').json()["faults"]
    moment, day = said.split("; or: ")
    assert moment.startswith("Should be: A moment")
    assert day.startswith("Should be: A whole day")
    assert not moment.endswith(".")
