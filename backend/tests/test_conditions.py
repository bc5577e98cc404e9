"""Which tags name a task, and what each operation does then (specs/features/conditions.md)."""

from typing import Any  # a task, as JSON

import pytest

from backend.tests.client import Client, code, fields
from backend.tests.conftest import Service
from backend.tests.single_tasks import (
    ABSENT,
    HEAD,
    READ,
    WRITES,
    Operation,
    assert_done,
    assert_failed,
    changed_once,
    stored,
)
from generated.api import CONTRACT_VERSION

NAMING = (
    '"{tag}"',
    'W/"{tag}"',
    '"{tag}-gzip"',
    '"{tag}--gzip"',
    '"{tag}-br"',
    '"{tag}-deflate"',
    '"{tag}-zstd"',
    'W/"{tag}-gzip"',
    "*",
    '"other", "{tag}"',
    '"{tag}","other"',
    '"other" ,\tW/"{tag}-br", ""',
    ', "{tag}",',
    '"other",, ,"{tag}"',
)
"""Values that name a task as it is."""
OTHERS = (
    '"{old}"',
    'W/"{old}"',
    '"{old}-gzip"',
    '"{neighbour}"',
    '"{earlier_contract}"',
    '"{old}", "{neighbour}",W/"other"',
    '"{tag}-"',
    '"{tag}-x"',
    '"{tag}gzip"',
    '"{tag}---gzip"',
    '"{tag}-gzip-gzip"',
    '"-gzip"',
    '"x{tag}"',
    '"0{tag}"',
    '"W/{tag}"',
    '"*"',
    '""',
)
"""Values that name it not."""
MALFORMED = (
    "",
    "{tag}",
    '"{tag}',
    '{tag}"',
    "'{tag}'",
    'w/"{tag}"',
    'W/ "{tag}"',
    "W/*",
    "W/",
    ",",
    '*, "{tag}"',
    '"{tag}", *',
    "**",
    '"{tag}" "{tag}"',
    '"{tag}"; "{tag}"',
    '"a b"',
    '"\u00e9"',
    '"' + "x" * 4095 + '"',
)
HEADERS = ("If-Match", "If-None-Match")


def values(task: dict[str, Any], templates: tuple[str, ...]) -> list[str]:
    """The values of a header, made for a task that is not at its first version."""
    assert task["version"] > 1
    words = {
        "tag": f"{task['id']}-{task['version']}-{CONTRACT_VERSION}",
        "old": f"{task['id']}-{task['version'] - 1}-{CONTRACT_VERSION}",
        "neighbour": f"{task['id'] + 1}-{task['version']}-{CONTRACT_VERSION}",
        "earlier_contract": f"{task['id']}-{task['version']}-0.9.0",
    }
    return [template.format(**words) for template in templates]


@pytest.fixture(params=WRITES, ids=lambda operation: operation.name)
def write(request: pytest.FixtureRequest) -> Operation:
    chosen: Operation = request.param
    return chosen


@pytest.fixture(params=(READ, *WRITES), ids=lambda operation: operation.name)
def operation(request: pytest.FixtureRequest) -> Operation:
    chosen: Operation = request.param
    return chosen


def test_a_tag_is_made_of_task_version_and_contract(alice: Client) -> None:  # COND-1, TASK-46
    first, second = alice.create(), alice.create()
    path = f"{alice.tasks}/{first['id']}"
    answers = [
        alice.get(path),
        alice.put(path, json={"title": "Other"}),
        alice.put(path, json={"title": "Other"}),
        alice.get(f"{alice.tasks}/{second['id']}"),
    ]
    assert [answer.headers["etag"] for answer in answers] == [
        f'"{first["id"]}-1-{CONTRACT_VERSION}"',
        f'"{first["id"]}-2-{CONTRACT_VERSION}"',
        f'"{first["id"]}-2-{CONTRACT_VERSION}"',
        f'"{second["id"]}-1-{CONTRACT_VERSION}"',
    ]


def test_a_write_of_the_version_that_it_names_is_done(alice: Client, write: Operation) -> None:  # COND-3, COND-6
    for template in NAMING:
        task = changed_once(alice)
        [value] = values(task, (template,))
        assert_done(write, write.send(alice, task["id"], {"If-Match": value}))


def test_a_request_for_another_version_is_a_412_with_the_task_as_it_is(
    service: Service, alice: Client, operation: Operation
) -> None:  # COND-3, COND-5, COND-6, COND-7, EDGE-13
    task = changed_once(alice)
    now, before = alice.get(f"{alice.tasks}/{task['id']}"), stored(service)
    for value in values(task, OTHERS):
        assert_failed(operation.send(alice, task["id"], {"If-Match": value}), now)
    assert stored(service) == before


def test_a_write_unless_the_task_is_as_it_is_is_a_412(
    service: Service, alice: Client, write: Operation
) -> None:  # COND-3, COND-6, COND-7
    task = changed_once(alice)
    now, before = alice.get(f"{alice.tasks}/{task['id']}"), stored(service)
    for value in values(task, NAMING):
        assert_failed(write.send(alice, task["id"], {"If-None-Match": value}), now)
    assert stored(service) == before


def test_a_write_unless_the_task_is_as_it_was_is_done(alice: Client, write: Operation) -> None:  # COND-3, COND-6
    for template in OTHERS:
        task = changed_once(alice)
        [value] = values(task, (template,))
        assert_done(write, write.send(alice, task["id"], {"If-None-Match": value}))


@pytest.mark.parametrize("operation", [READ, HEAD], ids=["get", "head"])
def test_what_a_client_has_already_is_not_sent_again(alice: Client, operation: Operation) -> None:  # COND-3, COND-4
    task = changed_once(alice)
    now = alice.get(f"{alice.tasks}/{task['id']}")
    for value in values(task, NAMING):
        answer = operation.send(alice, task["id"], {"If-None-Match": value})
        assert (answer.status_code, answer.content) == (304, b"")
        assert answer.headers["etag"] == now.headers["etag"]
    for value in values(task, OTHERS):
        answer = operation.send(alice, task["id"], {"If-None-Match": value})
        assert (answer.status_code, answer.headers["etag"]) == (200, now.headers["etag"])
        assert answer.content == (b"" if operation is HEAD else now.content)


@pytest.mark.parametrize("operation", [READ, HEAD], ids=["get", "head"])
@pytest.mark.parametrize("origin", [{}, {"Origin": "https://app.example.com"}], ids=["same origin", "another"])
def test_a_304_says_to_caches_what_the_200_says(
    alice: Client, operation: Operation, origin: dict[str, str]
) -> None:  # COND-4, EDGE-13
    task = alice.create(description="x" * 1000)
    whole = operation.send(alice, task["id"], {"Accept-Encoding": "gzip", **origin})
    short = operation.send(alice, task["id"], {"Accept-Encoding": "gzip", "If-None-Match": "*", **origin})
    assert (whole.status_code, short.status_code) == (200, 304)
    # RFC 9110, section 15.4.5: what the 200 says of these; what describes a body goes with it.
    assert {"cache-control", "date", "etag", "vary"} <= set(short.headers)
    of_the_body = {"content-type", "content-length"}
    its_own = {"date", "x-request-id", "server-timing"}
    assert set(short.headers) == set(whole.headers) - of_the_body
    assert {name: short.headers[name] for name in set(short.headers) - its_own} == {
        name: whole.headers[name] for name in set(short.headers) - its_own
    }
    assert short.headers["cache-control"] == "private, no-cache"
    assert not {"content-length", "transfer-encoding", "content-encoding"} & set(short.headers)


def test_a_read_of_the_version_that_it_names_is_answered(alice: Client) -> None:  # COND-5
    task = changed_once(alice)
    for value in values(task, NAMING):
        assert READ.send(alice, task["id"], {"If-Match": value}).json() == task
        assert HEAD.send(alice, task["id"], {"If-Match": value}).status_code == 200
    assert HEAD.send(alice, task["id"], {"If-Match": '"other"'}).status_code == 412


@pytest.mark.parametrize("header", HEADERS)
def test_what_is_no_list_of_tags_is_a_422_that_names_the_header(
    service: Service, alice: Client, operation: Operation, header: str
) -> None:  # COND-2
    task = changed_once(alice)
    before = stored(service)
    for value in values(task, MALFORMED):
        response = operation.send(alice, task["id"], [(header, value)])
        assert fields(response) == [f"header.{header}"], value
    tag = alice.get(f"{alice.tasks}/{task['id']}").headers["etag"]
    assert fields(operation.send(alice, task["id"], [(header, tag), (header, tag)])) == [f"header.{header}"]
    assert stored(service) == before


def test_both_malformed_headers_are_named_and_before_the_task_is_looked_for(
    alice: Client, operation: Operation
) -> None:  # COND-2, COND-10
    response = operation.send(alice, ABSENT, {"If-Match": "x", "If-None-Match": "y"})
    assert fields(response) == ["header.If-Match", "header.If-None-Match"]


@pytest.mark.parametrize(
    ("if_match", "if_none_match", "holds"),
    [
        ('"{tag}"', '"{old}"', True),
        ("*", '"other"', True),
        ('"{tag}"', '"{tag}"', False),
        ("*", "*", False),
        ('"{old}"', '"{old}"', False),
        ('"{old}"', '"{tag}"', False),
    ],
)
def test_of_two_conditions_both_have_to_hold(
    service: Service, alice: Client, operation: Operation, if_match: str, if_none_match: str, *, holds: bool
) -> None:  # COND-4, COND-5, COND-6
    task = changed_once(alice)
    now, before = alice.get(f"{alice.tasks}/{task['id']}"), stored(service)
    first, second = values(task, (if_match, if_none_match))
    response = operation.send(alice, task["id"], {"If-Match": first, "If-None-Match": second})
    if operation is READ and "{old}" not in if_match:
        assert response.status_code == (200 if holds else 304)  # RFC 9110, section 13.2.2: If-Match goes first
    elif holds:
        assert_done(operation, response)
    else:
        assert_failed(response, now)
        assert stored(service) == before


@pytest.mark.parametrize("condition", [{"If-Match": "*"}, {"If-Match": '"x"'}, {"If-None-Match": "*"}, {}], ids=str)
def test_a_task_that_is_not_there_is_a_404_before_any_condition(
    service: Service, alice: Client, bob: Client, operation: Operation, condition: dict[str, str]
) -> None:  # COND-10
    theirs = bob.create()
    before = stored(service)
    for task_id in (theirs["id"], ABSENT):
        response = operation.send(alice, task_id, condition)
        assert (response.status_code, code(response)) == (404, "task_not_found")
        assert "etag" not in response.headers
    assert stored(service) == before


def test_a_body_that_breaks_the_contract_is_told_before_the_condition(alice: Client) -> None:
    task = alice.create()
    response = alice.put(f"{alice.tasks}/{task['id']}", json={"priority": 9}, headers={"If-Match": '"other"'})
    assert fields(response) == ["body.priority"]


def test_a_condition_is_told_before_what_the_change_would_make(alice: Client) -> None:  # COND-6
    task = alice.create(metadata={str(n): "" for n in range(50)})
    path = f"{alice.tasks}/{task['id']}"
    one_more = {"metadata": {"one more": ""}}
    now = alice.get(path)
    assert_failed(alice.put(path, json=one_more, headers={"If-Match": '"other"'}), now)
    assert code(alice.put(path, json=one_more, headers={"If-Match": now.headers["etag"]})) == "metadata_full"


def test_a_refused_write_does_not_refresh_the_email(service: Service, alice: Client) -> None:  # COND-6
    task = changed_once(alice)
    before = stored(service)
    with service.client("alice", email="new@example.com") as renamed:
        for write in WRITES:
            assert write.send(renamed, task["id"], {"If-Match": '"other"'}).status_code == 412
    assert stored(service) == before


def test_a_write_from_the_412_of_another_succeeds_without_another_read(alice: Client) -> None:  # COND-7
    task = changed_once(alice)
    path = f"{alice.tasks}/{task['id']}"
    refused = alice.put(path, json={"priority": 1}, headers={"If-Match": f'"{task["id"]}-1-{CONTRACT_VERSION}"'})
    merged = alice.put(path, json={"priority": 1}, headers={"If-Match": refused.headers["etag"]})
    assert merged.json() == refused.json()["task"] | {
        "priority": 1,
        "version": 3,
        "updated_at": merged.json()["updated_at"],
    }


def test_a_condition_costs_one_statement(service: Service, alice: Client, operation: Operation) -> None:
    expected = {"": operation.statements, "If-Match": 2, "If-None-Match": 2, "both": 2}
    if operation is READ:
        expected = dict.fromkeys(expected, 1)
    sent: dict[str, dict[str, str]] = {
        "": {},
        "If-Match": {"If-Match": "*"},
        "If-None-Match": {"If-None-Match": '"x"'},
        "both": {"If-Match": "*", "If-None-Match": '"x"'},
    }
    for name, headers in sent.items():
        task = alice.create()
        with service.statements() as statements:
            assert operation.send(alice, task["id"], headers).is_success
        assert len(statements) == expected[name], statements
        assert sum("FOR UPDATE" in statement for statement in statements) == expected[name] - 1


def test_an_answer_with_a_tag_is_sent_as_it_is(alice: Client) -> None:  # EDGE-12
    task = alice.create(description="x" * 1000, metadata={"large": "x" * 500})
    path = f"{alice.tasks}/{task['id']}"
    for value in ("*", '"other"'):
        answer = alice.get(path, headers={"Accept-Encoding": "gzip", "If-Match": value})
        assert (len(answer.content) > 1_000, answer.headers.get("content-encoding")) == (True, None)
