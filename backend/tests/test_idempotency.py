"""Writes that are sent again under their key, one after the other (specs/features/idempotency.md)."""

from typing import Any  # JSON

import httpx
import psycopg
import pytest

from backend.tests.client import Client, code, fields
from backend.tests.conftest import LogLines, Service
from generated.api import CONTRACT_VERSION

KEY = "8e03978e-40d5-43dd-bc93-6894a57f9324"
UNDER_KEY = {"Idempotency-Key": KEY}
JSON = {"Content-Type": "application/json"}

OF_THE_EXCHANGE = {"date", "x-request-id", "server-timing", "ratelimit", "idempotency-replayed"}
"""What is not the same in a replay."""


def kept(response: httpx.Response) -> tuple[int, bytes, dict[str, str]]:
    """What a replay repeats of an answer."""
    headers = {name: value for name, value in response.headers.items() if name not in OF_THE_EXCHANGE}
    return response.status_code, response.content, headers


def is_replay(response: httpx.Response) -> bool:
    """Whether it says that it is one; only `true` is declared."""
    return "idempotency-replayed" in response.headers


def tables(service: Service) -> list[tuple[object, ...]]:
    return service.rows("SELECT * FROM tasks ORDER BY id") + service.rows("SELECT * FROM users ORDER BY id")


def rows(service: Service) -> list[tuple[object, ...]]:
    return service.rows("SELECT user_id, method, path, key FROM idempotency_keys ORDER BY user_id, method, path, key")


def stored(service: Service, user: str, key: str, hours: int) -> None:
    """An answer to creating a task that expires in some hours, or has expired."""
    service.connection.execute(
        """INSERT INTO idempotency_keys (user_id, method, path, key, fingerprint, status, headers, body, expires_at)
        VALUES (%s, 'POST', %s, %s, %s, 201, '[]', '', now() + %s * interval '1 hour')""",
        [user, f"/api/{user}/tasks", key, bytes(32), hours],
    )


WRITES: dict[str, tuple[str, str, Any]] = {
    "createTask": ("POST", "", {"title": "Buy milk"}),
    "updateTasks": ("POST", "/bulk", {"items": [{"id": 0}], "change": {"title": "New"}}),
    "updateTask": ("PUT", "/{id}", {"title": "New"}),
    "patchTask": ("PATCH", "/{id}", {"title": "New"}),
    "deleteTask": ("DELETE", "/{id}", None),
    "toggleTask": ("PATCH", "/{id}/complete", None),
}
"""Every write: its method, what its path adds to that of the tasks, and its body."""


def write(client: Client, operation: str, task_id: int, headers: dict[str, str]) -> httpx.Response:
    method, path, body = WRITES[operation]
    if operation == "updateTasks":
        body = {**body, "items": [{"id": task_id}]}
    return client.request(method, client.tasks + path.format(id=task_id), headers=headers, json=body)


@pytest.mark.parametrize("operation", WRITES)
def test_a_write_is_done_once_however_often_it_is_sent(operation: str, service: Service, alice: Client) -> None:
    # IDEM-1, IDEM-2
    task = alice.create()
    first = write(alice, operation, task["id"], UNDER_KEY)
    after = tables(service)
    assert (first.is_success, is_replay(first)) == (True, False)
    assert first.headers.get("etag") != f'"{task["id"]}-1-{CONTRACT_VERSION}"'
    for _ in range(2):
        again = write(alice, operation, task["id"], UNDER_KEY | {"X-Request-Id": "another"})
        assert (kept(again), again.headers["idempotency-replayed"]) == (kept(first), "true")
        assert again.headers["x-request-id"] == "another"
    assert tables(service) == after
    assert len(rows(service)) == 1


@pytest.mark.parametrize("operation", WRITES)
def test_without_a_key_nothing_is_kept(operation: str, service: Service, alice: Client) -> None:  # IDEM-2
    assert write(alice, operation, alice.create()["id"], {}).is_success
    assert rows(service) == []


def test_a_lost_answer_to_a_delete_can_be_had_again(alice: Client) -> None:  # IDEM-3
    path = f"{alice.tasks}/{alice.create()['id']}"
    assert alice.delete(path, headers=UNDER_KEY).status_code == 204
    assert alice.delete(path, headers=UNDER_KEY).status_code == 204
    assert code(alice.delete(path)) == "task_not_found"
    assert code(alice.delete(path, headers={"Idempotency-Key": "new"})) == "task_not_found"


def test_a_replay_comes_before_the_precondition(alice: Client) -> None:  # IDEM-3
    task = alice.create()
    path = f"{alice.tasks}/{task['id']}"
    headers = UNDER_KEY | {"If-Match": alice.get(path).headers["etag"]}
    first = alice.put(path, json={"title": "mine"}, headers=headers)
    later = alice.put(path, json={"title": "theirs"})
    again = alice.put(path, json={"title": "mine"}, headers=headers)
    assert (first.json()["version"], later.json()["version"]) == (2, 3)
    assert (kept(again), is_replay(again)) == (kept(first), True)
    assert (
        code(alice.put(path, json={"title": "mine"}, headers={"If-Match": headers["If-Match"]}))
        == "precondition_failed"
    )
    assert alice.read(task["id"])["title"] == "theirs"
    assert alice.delete(path).status_code == 204
    assert kept(alice.put(path, json={"title": "mine"}, headers=headers)) == kept(first)


def test_another_user_method_or_path_has_another_key(service: Service, alice: Client, bob: Client) -> None:  # IDEM-4
    ids = [alice.create()["id"] for _ in range(2)]
    answers = [
        alice.post(alice.tasks, json={"title": "New"}, headers=UNDER_KEY),
        bob.post(bob.tasks, json={"title": "New"}, headers=UNDER_KEY),
        *(alice.put(f"{alice.tasks}/{id_}", json={"title": "New"}, headers=UNDER_KEY) for id_ in ids),
        alice.patch(f"{alice.tasks}/{ids[0]}", json={"title": "Newer"}, headers=UNDER_KEY),
        alice.patch(f"{alice.tasks}/{ids[0]}/complete", headers=UNDER_KEY),
    ]
    assert [(answer.is_success, is_replay(answer)) for answer in answers] == [(True, False)] * 6
    assert [row[0] for row in rows(service)] == ["alice"] * 5 + ["bob"]
    # The same path, written otherwise.
    again = alice.put(f"/api/%61lice/tasks/{ids[0]}", json={"title": "New"}, headers=UNDER_KEY)
    assert (kept(again), is_replay(again)) == (kept(answers[2]), True)


@pytest.mark.parametrize(
    ("content", "headers"),
    [
        (b'{"title": "b"}', {}),
        (b'{"title":"a"}', {}),
        (b'{"title": "a"}', {"Content-Type": "application/json; charset=utf-8"}),
        (b'{"title": "a"}', {"Content-Type": "application/merge-patch+json"}),
        (b'{"title": "a"}', {"If-Match": f'"1-1-{CONTRACT_VERSION}"'}),
        (b'{"title": "a"}', {"If-Match": ""}),
        (b'{"title": "a"}', {"If-None-Match": f'"1-1-{CONTRACT_VERSION}"'}),
    ],
)
def test_another_request_under_a_key_is_refused(
    content: bytes, headers: dict[str, str], service: Service, alice: Client
) -> None:  # IDEM-5
    path = f"{alice.tasks}/{alice.create()['id']}"
    first = alice.patch(path, content=b'{"title": "a"}', headers=JSON | UNDER_KEY)
    before = tables(service), service.rows("SELECT * FROM idempotency_keys")
    other = alice.patch(path, content=content, headers=JSON | UNDER_KEY | headers)
    if headers.get("If-Match") == "":
        assert fields(other) == ["header.If-Match"]
    else:
        assert (other.status_code, code(other)) == (422, "idempotency_key_reused")
    assert (tables(service), service.rows("SELECT * FROM idempotency_keys")) == before
    again = alice.patch(path, content=b'{"title": "a"}', headers=JSON | UNDER_KEY)
    assert (kept(again), is_replay(again)) == (kept(first), True)


def test_a_refused_request_may_be_tried_again_under_its_key(service: Service, alice: Client) -> None:  # IDEM-6
    task = alice.create()
    path = f"{alice.tasks}/{task['id']}"
    headers = JSON | UNDER_KEY
    refusals = [
        (415, alice.patch(path, content=b"{}", headers=UNDER_KEY)),
        (400, alice.patch(path, content=b"{", headers=headers)),
        (422, alice.patch(path, content=b'{"title": ""}', headers=headers)),
        (412, alice.patch(path, content=b'{"title": "a"}', headers=headers | {"If-Match": '"other"'})),
    ]
    for status, refusal in refusals:
        assert (refusal.status_code, is_replay(refusal)) == (status, False)
    assert rows(service) == []
    done = alice.patch(path, content=b'{"title": "a"}', headers=headers)
    assert (done.status_code, done.json()["version"], is_replay(done)) == (200, 2, False)


def test_a_missing_task_is_not_remembered_as_missing(service: Service, alice: Client) -> None:  # IDEM-6
    task = alice.create()
    path = f"{alice.tasks}/{task['id'] + 1}"
    assert alice.patch(f"{path}/complete", headers=UNDER_KEY).status_code == 404
    assert rows(service) == []
    assert alice.create()["id"] == task["id"] + 1
    assert alice.patch(f"{path}/complete", headers=UNDER_KEY).json()["completed"] is True


def test_an_outage_leaves_no_key(service: Service, alice: Client) -> None:  # IDEM-6
    with service.outage():
        assert alice.post(alice.tasks, json={"title": "a"}, headers=UNDER_KEY).status_code == 503
    response = alice.post(alice.tasks, json={"title": "a"}, headers=UNDER_KEY)
    assert (response.status_code, is_replay(response)) == (201, False)


def test_an_answer_is_kept_for_a_day(service: Service, alice: Client) -> None:  # IDEM-7
    first = alice.post(alice.tasks, json={"title": "a"}, headers=UNDER_KEY)
    [(left,)] = service.rows("SELECT extract(epoch FROM expires_at - now())::int FROM idempotency_keys")
    assert isinstance(left, int)
    assert 24 * 3600 - 60 < left <= 24 * 3600
    service.rows("UPDATE idempotency_keys SET expires_at = now() + interval '1 second'")
    assert is_replay(alice.post(alice.tasks, json={"title": "a"}, headers=UNDER_KEY))
    service.rows("UPDATE idempotency_keys SET expires_at = now()")
    second = alice.post(alice.tasks, json={"title": "b"}, headers=UNDER_KEY)
    again = alice.post(alice.tasks, json={"title": "b"}, headers=UNDER_KEY)
    assert (second.status_code, is_replay(second), second.json()["id"] > first.json()["id"]) == (201, False, True)
    assert (kept(again), is_replay(again)) == (kept(second), True)
    assert rows(service) == [("alice", "POST", "/api/alice/tasks", KEY)]


GOOD_ROW: dict[str, object] = {
    "user_id": "alice",
    "method": "POST",
    "path": "/api/alice/tasks",
    "key": "a",
    "fingerprint": bytes(32),
    "status": 201,
    "headers": "[]",
    "body": b"",
    "expires_at": "2026-01-01",
}


@pytest.mark.parametrize(
    ("values", "constraint"),
    [
        ({"method": "GET"}, "idempotency_keys_method_writes"),
        ({"key": ""}, "idempotency_keys_key_length"),
        ({"key": "a" * 256}, "idempotency_keys_key_length"),
        ({"fingerprint": bytes(31)}, "idempotency_keys_fingerprint_length"),
        ({"status": 199}, "idempotency_keys_status_success"),
        ({"status": 300}, "idempotency_keys_status_success"),
        ({"headers": "{}"}, "idempotency_keys_headers_list"),
        *(({column: None}, None) for column in GOOD_ROW),
    ],
)
def test_what_is_no_kept_answer_is_refused_by_the_database(
    values: dict[str, object], constraint: str | None, service: Service
) -> None:  # DATA-14
    columns, places = ", ".join(GOOD_ROW), ", ".join(f"%({name})s" for name in GOOD_ROW)
    statement = f"INSERT INTO idempotency_keys ({columns}) VALUES ({places})".encode()  # noqa: S608 - a test's own names
    service.connection.execute(statement, GOOD_ROW)
    with pytest.raises(psycopg.IntegrityError) as refused:
        service.connection.execute(statement, GOOD_ROW | {"key": "b"} | values)
    assert refused.value.diag.constraint_name == constraint
    with pytest.raises(psycopg.errors.UniqueViolation):
        service.connection.execute(statement, GOOD_ROW)


def test_the_log_tells_a_replay_and_no_key(alice: Client, log_lines: LogLines) -> None:  # IDEM-8
    for _ in range(2):
        alice.post(alice.tasks, json={"title": "a"}, headers=UNDER_KEY)
    alice.get(alice.tasks)
    lines = [line for line in log_lines() if line["message"] == "request"]
    assert [line.get("replayed") for line in lines] == [None, True, None]
    assert KEY not in str(lines)


def test_whoever_keeps_an_answer_removes_ten_that_have_expired(service: Service, alice: Client) -> None:  # IDEM-11
    for number in range(15):
        stored(service, "bob", f"old {number}", -number)
    stored(service, "bob", "young", 1)
    alice.post(alice.tasks, json={"title": "a"}, headers=UNDER_KEY)
    left = {str(row[3]) for row in rows(service) if row[0] == "bob"}
    assert left == {"young", *(f"old {number}" for number in range(5))}
    alice.post(alice.tasks, json={"title": "a"}, headers=UNDER_KEY)
    assert {str(row[3]) for row in rows(service) if row[0] == "bob"} == left, "a replay writes nothing"
    alice.post(alice.tasks, json={"title": "a"}, headers={"Idempotency-Key": "new"})
    assert [row[3] for row in rows(service)] == [KEY, "new", "young"]


@pytest.mark.parametrize(("operation", "alone"), [(name, 2 if name == "updateTasks" else 1) for name in WRITES])
def test_the_statements_that_a_key_costs(operation: str, alone: int, service: Service, alice: Client) -> None:
    # IDEM-12
    counts = []
    others, mine = alice.create(), alice.create()
    no_key: dict[str, str] = {}
    for task, headers in ((others, no_key), (mine, UNDER_KEY), (mine, UNDER_KEY)):
        with service.statements() as seen:
            assert write(alice, operation, task["id"], headers).is_success
        counts.append(len(seen))
    assert counts == [alone, alone + 3, 2]


@pytest.mark.parametrize(
    "key",
    [
        "a",
        "a" * 255,
        f'"{"a" * 255}"',
        "".join(character for character in map(chr, range(0x21, 0x7F)) if character not in '"\\,;'),
        '"' + "".join(character for character in map(chr, range(0x21, 0x7F)) if character not in '"\\') + '"',
    ],
)
def test_a_key_is_the_same_quoted_or_bare(key: str, service: Service, alice: Client) -> None:  # IDEM-13
    first = alice.post(alice.tasks, json={"title": "a"}, headers={"Idempotency-Key": key})
    assert (first.status_code, rows(service)[0][3]) == (201, key.strip('"'))
    for same in {key, key.strip('"'), f'"{key.strip(chr(34))}"'} - {key.strip('"') if "," in key else ""}:
        assert is_replay(alice.post(alice.tasks, json={"title": "a"}, headers={"Idempotency-Key": same}))


@pytest.mark.parametrize(
    "keys",
    [
        [b""],
        [b'""'],
        [b"a" * 256],
        [b'"' + b"a" * 256 + b'"'],
        [b"a b"],
        [b"a,b"],
        [b"a;b=c"],
        [b'"a";b=c'],
        [b'"a'],
        [b'a"'],
        [b'"a"b"'],
        [b'"a\\"b"'],
        [b"a\\b"],
        [b"a\tb"],
        ["schl\u00fcssel".encode()],
        [b"\xff"],
        [b"a", b"b"],
        [b"a", b"a"],
    ],
)
def test_what_is_no_key_is_named(keys: list[bytes], service: Service, alice: Client) -> None:  # IDEM-13
    headers = [(b"Idempotency-Key", key) for key in keys]
    response = alice.post(alice.tasks, json={"title": "a"}, headers=headers)
    assert (code(response), fields(response)) == ("invalid_request", ["header.Idempotency-Key"])
    assert tables(service) == []


def test_nobody_learns_whether_a_key_is_in_use(
    service: Service, alice: Client, bob: Client, charlie: Client, nobody: Client
) -> None:  # IDEM-14
    alice.post(alice.tasks, json={"title": "a"}, headers=UNDER_KEY)
    before = rows(service)
    for client, status in ((bob, 403), (charlie, 401), (nobody, 401)):
        used, unused = (
            client.post(alice.tasks, json={"title": "a"}, headers={"Idempotency-Key": key, "X-Request-Id": "same"})
            for key in (KEY, "unused")
        )
        assert (used.status_code, kept(used)) == (status, kept(unused))
    assert rows(service) == before


def test_an_answer_of_an_earlier_user_of_the_path_is_not_given(service: Service, alice: Client) -> None:  # IDEM-4
    alice.post(alice.tasks, json={"title": "a"}, headers=UNDER_KEY)
    service.rows("UPDATE idempotency_keys SET user_id = 'bob'")
    response = alice.post(alice.tasks, json={"title": "a"}, headers=UNDER_KEY)
    assert (response.status_code, is_replay(response)) == (201, False)
