"""`metadata`: what clients keep with a task (specs/features/task-crud.md), on creation and by every way to update."""

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any  # a task, as JSON

import httpx
import psycopg
import pytest
from psycopg import errors
from psycopg.types.json import Jsonb
from pydantic import SecretStr

from backend.tests.client import Client, code, fields
from backend.tests.conftest import Service
from backend.tests.postgres import fresh_database, shared_server

ASTRAL = "\U0001f600"
ESCAPED = {"Content-Type": "application/json"}
FULL = {f"entry {n}": str(n) for n in range(50)}

STORED: dict[str, dict[str, str]] = {
    "nothing": {},
    "ordinary": {"colour": "green", "size": ""},
    "as many as there may be": FULL,
    "the longest": {"k" * 64: "v" * 500},
    "the longest beyond the BMP": {ASTRAL * 64: ASTRAL * 500},
    "names that languages know": {"__proto__": "a", "constructor": "b", "toString": "c", "None": "d", "$ref": "e"},
    "text that databases know": {
        "%s": "'; DROP TABLE tasks; --",
        "\\u0000": "{}",
        "NULL": "null",
        "{a,b}": '"',
        "?": ":x",
    },
    "white space": {" ": " ", "\t": "\n", "\u00a0": "\ufeff", "a ": "a", "a": "a "},
    "code points as they are": {"\u00e9": "e\u0301", "e\u0301": "\u00e9", "\ufffd": "\uffff", "\u0085": "\u202e"},
    "names that look like numbers": {"0": "0", "-1": "-1", "00": "00"},
}
"""What is kept code point for code point."""

REFUSED: dict[str, bytes] = {
    "a value that is a number": b'{"a": 1}',
    "a value that is a boolean": b'{"a": true}',
    "a value that is an object": b'{"a": {}}',
    "a value that is an array": b'{"a": []}',
    "an array": b"[]",
    "an array of pairs": b'[["a", "b"]]',
    "a text": b'"a"',
    "a number": b"1",
    "a boolean": b"false",
    "no name": b'{"": "a"}',
    "a name that is too long": json.dumps({"k" * 65: "a"}).encode(),
    "a name that is too long beyond the BMP": json.dumps({ASTRAL * 65: "a"}).encode(),
    "a value that is too long": json.dumps({"a": "v" * 501}).encode(),
    "a value that is too long beyond the BMP": json.dumps({"a": ASTRAL * 501}).encode(),
    **{
        f"the name {control}": b'{"a%b": "a"}' % control.encode()
        for control in (r"\u0000", r"\u001f", r"\r", r"\u007f")
    },
    **{
        f"the value {control}": b'{"a": "a%b"}' % control.encode()
        for control in (r"\u0000", r"\b", r"\u000b", r"\u007f")
    },
    **{f"the name {half}": b'{"%b": "a"}' % half.encode() for half in (r"\ud800", r"\udc00", r"\udc00\ud800")},
    **{f"the value {half}": b'{"a": "%b"}' % half.encode() for half in (r"\ud800", r"a\udfff", r"\ud83d\ud83d")},
    "the name null byte beside others": b'{"a": "a", "\\u0000": "b"}',
}


def put(client: Client, task_id: int, body: bytes) -> httpx.Response:
    return client.put(f"{client.tasks}/{task_id}", content=body, headers=ESCAPED)


def patch(client: Client, task_id: int, body: bytes) -> httpx.Response:
    return client.patch(f"{client.tasks}/{task_id}", content=body, headers=ESCAPED)


def merge_patch(client: Client, task_id: int, body: bytes) -> httpx.Response:
    headers = {"Content-Type": "application/merge-patch+json"}
    return client.patch(f"{client.tasks}/{task_id}", content=body, headers=headers)


def bulk(client: Client, task_id: int, body: bytes) -> httpx.Response:
    content = b'{"items": [{"id": %d}], "change": %b}' % (task_id, body)
    return client.post(f"{client.tasks}/bulk", content=content, headers=ESCAPED)


class Way:
    """A way to update a task."""

    def __init__(self, request: pytest.FixtureRequest) -> None:
        self._send = {"put": put, "patch": patch, "merge patch": merge_patch, "bulk": bulk}[request.param]
        self.prefix = "body.change.metadata" if self._send is bulk else "body.metadata"

    def send(self, client: Client, task_id: int, metadata: object) -> httpx.Response:
        """Changes the metadata of a task and nothing else; bytes are sent as they are."""
        text = metadata if isinstance(metadata, bytes) else json.dumps(metadata).encode()
        return self._send(client, task_id, b'{"metadata": %b}' % text)

    def done(self, client: Client, task_id: int, metadata: object) -> dict[str, Any]:
        """The same, and gives the task."""
        response = self.send(client, task_id, metadata)
        assert response.status_code == 200, response.text
        task: dict[str, Any] = response.json()["items"][0] if self._send is bulk else response.json()
        assert client.read(task_id) == task
        return task


@pytest.fixture(params=["put", "patch", "merge patch", "bulk"])
def way(request: pytest.FixtureRequest) -> Way:
    return Way(request)


def test_it_is_empty_unless_sent(alice: Client) -> None:  # TASK-48
    assert alice.create()["metadata"] == {}
    assert alice.create(metadata={})["metadata"] == {}


@pytest.mark.parametrize("metadata", STORED.values(), ids=STORED)
def test_it_is_kept_as_sent_and_in_every_answer(alice: Client, metadata: dict[str, str]) -> None:  # TASK-9, TASK-48
    task = alice.create(metadata=metadata)
    assert task["metadata"] == metadata
    assert alice.read(task["id"]) == task
    assert alice.get(alice.tasks).json()["items"] == [task]
    assert alice.patch(f"{alice.tasks}/{task['id']}/complete").json()["metadata"] == metadata


@pytest.mark.parametrize("metadata", STORED.values(), ids=STORED)
def test_entries_that_are_sent_are_set_and_removed_as_null(
    alice: Client, way: Way, metadata: dict[str, str]
) -> None:  # TASK-49
    task = alice.create(metadata={"stays": "here"} if len(metadata) < 50 else {})
    after = way.done(alice, task["id"], metadata)
    assert after["metadata"] == task["metadata"] | metadata
    assert after["version"] == (2 if metadata else 1)
    gone = way.done(alice, task["id"], dict.fromkeys(metadata))
    assert gone["metadata"] == task["metadata"]
    assert gone["version"] == (3 if metadata else 1)


@pytest.mark.parametrize("text", REFUSED.values(), ids=REFUSED)
def test_what_is_no_map_of_texts_is_refused(
    service: Service, alice: Client, way: Way, text: bytes
) -> None:  # TASK-8, TASK-23, TASK-37, TASK-48
    task = alice.create(metadata={"a": "b"})
    before = service.rows("SELECT * FROM tasks")
    [field] = fields(way.send(alice, task["id"], text))
    assert field == way.prefix or field.startswith(f"{way.prefix}.")
    [field] = fields(alice.post(alice.tasks, content=b'{"title": "x", "metadata": %b}' % text, headers=ESCAPED))
    assert field == "body.metadata" or field.startswith("body.metadata.")
    assert service.rows("SELECT * FROM tasks") == before


@pytest.mark.parametrize("text", [b'{"a": "b", "a": "c"}', b'{"a": "b", "\\u0061": null}'])
def test_a_name_that_stands_twice_is_no_json(alice: Client, way: Way, text: bytes) -> None:
    task = alice.create()
    assert code(way.send(alice, task["id"], text)) == "malformed_json"
    assert alice.read(task["id"]) == task


def test_a_new_task_has_nothing_to_remove(alice: Client) -> None:  # TASK-48
    assert len(fields(alice.post(alice.tasks, json={"title": "x", "metadata": {"a": None}}))) == 1
    assert alice.get(alice.tasks).json()["items"] == []


def test_a_name_with_a_lone_surrogate_is_told_in_our_words(alice: Client) -> None:  # TASK-8, ERR-5
    response = alice.post(alice.tasks, content=b'{"title": "x", "metadata": {"k\\ud800": "v"}}', headers=ESCAPED)
    assert fields(response) == ["body.metadata"]
    [fault] = response.json()["errors"]
    assert (fault["type"], "codec" in fault["message"], "ud800" in fault["message"]) == ("format", False, False)


@pytest.mark.parametrize("name", ["", "n" * 65, "a\x00b"])
def test_a_name_that_breaks_its_rule_is_told_as_one(alice: Client, way: Way, name: str) -> None:  # TASK-8, ERR-5
    task = alice.create()
    response = way.send(alice, task["id"], json.dumps({name: "v"}).encode())
    [fault] = response.json()["errors"]
    assert fault == {
        "field": f"{way.prefix}.?",
        "message": "The value breaks the contract's rule `propertyNames`",
        "type": "name",
    }


def test_a_new_task_without_metadata_may_say_so(alice: Client) -> None:  # TASK-48
    assert alice.create(metadata=None)["metadata"] == {}


def test_a_new_task_with_51_entries_is_refused(alice: Client) -> None:  # TASK-48
    assert fields(alice.post(alice.tasks, json={"title": "x", "metadata": FULL | {"one more": ""}})) == [
        "body.metadata"
    ]


def test_absent_is_not_null(alice: Client, way: Way) -> None:  # TASK-32, TASK-33
    task = alice.create(metadata={"colour": "green", "size": "large"})
    other = alice.put(f"{alice.tasks}/{task['id']}", json={"title": "Other"}).json()
    assert other["metadata"] == task["metadata"]
    cleared = way.done(alice, task["id"], None)
    assert (cleared["metadata"], cleared["version"]) == ({}, 3)
    again = way.done(alice, task["id"], None)
    assert again == cleared


def test_entries_that_are_not_named_stay(alice: Client, way: Way) -> None:  # TASK-49
    task = alice.create(metadata={"colour": "green", "size": "large", "shape": "round"})
    after = way.done(alice, task["id"], {"colour": "red", "size": None, "weight": "1", "never there": None})
    assert after["metadata"] == {"colour": "red", "shape": "round", "weight": "1"}
    assert after == task | {"metadata": after["metadata"], "version": 2, "updated_at": after["updated_at"]}
    assert after["updated_at"] > task["updated_at"]


@pytest.mark.parametrize(
    "change", [{}, {"colour": "green"}, {"never there": None}, {"size": "large", "never there": None}], ids=str
)
def test_a_merge_that_changes_nothing_changes_neither_version_nor_time(
    alice: Client, way: Way, change: dict[str, str | None]
) -> None:  # TASK-22, TASK-49
    task = alice.create(metadata={"colour": "green", "size": "large"})
    assert way.done(alice, task["id"], change) == task


@pytest.mark.parametrize(
    ("before", "change", "after"),
    [
        (49, {"a": ""}, 50),
        (50, {"entry 0": "other"}, 50),
        (50, {"a": "", "entry 0": None}, 50),
        (50, dict.fromkeys(FULL) | {f"other {n}": "" for n in range(50)}, 50),
        (0, {f"other {n}": "" for n in range(50)} | {f"never there {n}": None for n in range(50)}, 50),
        (50, {}, 50),
        (50, {"a": ""}, None),
        (50, {"a": "", "never there": None}, None),
        (49, {"a": "", "b": ""}, None),
        (0, {f"other {n}": "" for n in range(51)}, None),
        (1, {f"other {n}": "" for n in range(50)}, None),
        (50, {f"other {n}": "" for n in range(50)} | dict.fromkeys(list(FULL)[1:]) | {"never there": None}, None),
    ],
)
def test_there_are_at_most_50_entries(
    service: Service, alice: Client, way: Way, *, before: int, change: dict[str, str | None], after: int | None
) -> None:  # TASK-50
    task = alice.create(metadata=dict(list(FULL.items())[:before]))
    row = service.rows("SELECT * FROM tasks")
    if after is not None:
        assert len(way.done(alice, task["id"], change)["metadata"]) == after
        return
    response = way.send(alice, task["id"], change)
    assert (response.status_code, code(response)) == (409, "metadata_full")
    assert response.json().get("index") == (0 if "change" in way.prefix else None)
    assert service.rows("SELECT * FROM tasks") == row


def test_a_merge_of_more_than_100_entries_is_refused_by_itself(alice: Client, way: Way) -> None:  # TASK-50
    task = alice.create(metadata=FULL)
    sent = dict.fromkeys(f"never there {n}" for n in range(100))
    assert way.done(alice, task["id"], sent) == task
    assert fields(way.send(alice, task["id"], sent | {"one more": None})) == [way.prefix]


def test_a_full_task_can_still_be_changed_otherwise(alice: Client) -> None:  # TASK-50
    task = alice.create(metadata=FULL)
    after = alice.put(f"{alice.tasks}/{task['id']}", json={"title": "Other", "metadata": None, "priority": 1}).json()
    assert (after["title"], after["metadata"], after["priority"], after["version"]) == ("Other", {}, 1, 2)


def test_all_that_there_may_be_fits_into_a_body(alice: Client, way: Way) -> None:  # TASK-48
    longest = {f"{n:02}" + ASTRAL * 62: ASTRAL * 500 for n in range(50)}
    assert alice.create(metadata=longest)["metadata"] == longest  # sent as 12 bytes for each of these code points
    task = alice.create(metadata=longest)
    other = {f"{n:02}" + ASTRAL * 62: "\U0001f601" * 500 for n in range(50)}
    assert way.done(alice, task["id"], other)["metadata"] == other


def test_concurrent_merges_of_different_entries_all_take_effect(alice: Client, way: Way) -> None:  # TASK-51
    task = alice.create(metadata={"stays": "here"})
    with ThreadPoolExecutor(10) as pool:
        sent = [pool.submit(way.send, alice, task["id"], {f"entry {n}": str(n)}) for n in range(40)]
    assert {future.result().status_code for future in sent} == {200}
    final = alice.read(task["id"])
    assert final["metadata"] == {"stays": "here"} | {f"entry {n}": str(n) for n in range(40)}
    assert final["version"] == 41


def test_of_two_merges_that_fit_alone_but_not_together_one_is_refused(
    service: Service, alice: Client, way: Way
) -> None:  # TASK-50, TASK-51
    task = alice.create()
    for turn in range(10):
        service.rows("""UPDATE tasks SET metadata = (SELECT jsonb_object_agg(n, '') FROM generate_series(1, 49) n)""")
        with ThreadPoolExecutor(2) as pool:
            sent = [pool.submit(way.send, alice, task["id"], {f"{turn} {name}": ""}) for name in "ab"]
        answers = sorted(future.result().status_code for future in sent)
        assert answers == [200, 409]
        assert len(alice.read(task["id"])["metadata"]) == 50


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SecretStr]:
    with shared_server(tmp_path_factory) as server, fresh_database(server) as url:
        yield url


def insert(url: SecretStr, metadata: object) -> object:
    """What the database makes of a column that no service has looked at; taken back."""
    with psycopg.connect(url.get_secret_value()) as connection:
        connection.execute("INSERT INTO users (id) VALUES ('alice')")
        inserted = connection.execute(
            "INSERT INTO tasks (user_id, title, metadata) VALUES ('alice', 'x', %s) RETURNING metadata", [metadata]
        ).fetchone()
        connection.rollback()
    assert inserted is not None
    return inserted[0]


@pytest.mark.parametrize("metadata", STORED.values(), ids=STORED)
def test_the_database_takes_what_the_contract_allows(database: SecretStr, metadata: dict[str, str]) -> None:  # DATA-5
    assert insert(database, Jsonb(metadata)) == metadata


@pytest.mark.parametrize(
    "metadata",
    [
        None,
        [],
        "text",
        1,
        {"a": None},
        {"a": 1},
        {"a": True},
        {"a": {}},
        {"a": ["b"]},
        {"a": "b", "c": None},
        {"": "a"},
        {"k" * 65: "a"},
        {ASTRAL * 65: "a"},
        {"a": "v" * 501},
        {"a": ASTRAL * 501},
        FULL | {"one more": ""},
        *({f"a{control}": "a"} for control in "\x01\x08\x0b\r\x1f\x7f"),
        *({"a": f"{control}a"} for control in "\x01\x08\x0b\r\x1f\x7f"),
    ],
    ids=lambda value: ascii(value)[:30],
)
def test_the_database_refuses_what_the_contract_forbids(database: SecretStr, metadata: object) -> None:  # DATA-5
    with pytest.raises(errors.CheckViolation) as caught:
        insert(database, Jsonb(metadata))
    assert caught.value.diag.constraint_name == "tasks_metadata_fits"


def test_the_column_is_never_null(database: SecretStr) -> None:  # DATA-5
    with pytest.raises(errors.NotNullViolation):
        insert(database, None)
