"""updateTasks: `POST /api/{user_id}/tasks/bulk`, one change to many tasks (specs/features/bulk.md)."""

import random
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any  # a task, as JSON

import httpx
import pytest

from backend.tests.client import Client, code, fields
from backend.tests.conftest import Service

ABSENT = 2**53 - 1
FULL = {f"entry {n}": "" for n in range(50)}


def change(client: Client, items: object, body: object) -> httpx.Response:
    return client.post(f"{client.tasks}/bulk", json={"items": items, "change": body})


def changed(client: Client, ids: list[int], body: object) -> list[dict[str, Any]]:
    response = change(client, [{"id": task_id} for task_id in ids], body)
    assert response.status_code == 200, response.text
    assert "etag" not in response.headers
    items: list[dict[str, Any]] = response.json()["items"]
    return items


def filled(service: Service, count: int) -> list[int]:
    """The ids of tasks of alice's, equal but for them."""
    service.fill("alice", count, equal=True)
    return [int(str(task_id)) for (task_id,) in service.rows("SELECT id FROM tasks ORDER BY id")]


def stored(service: Service) -> list[tuple[object, ...]]:
    return service.rows("SELECT * FROM tasks ORDER BY id") + service.rows("SELECT * FROM users ORDER BY id")


@pytest.fixture(scope="module")
def strict(running: Service) -> Iterator[Service]:
    """The service, set to ask for versions."""
    with running.variant(require_if_match=True) as other:
        yield other


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"title": "  Other ", "priority": 5},
        {"description": None, "due_date": None, "metadata": None},
        {"description": ""},
        {"status": "in_progress"},
        {"completed": True},
        {"completed": False},
        {"due_date": "2027-01-01"},
        {"due_date": "2027-01-01T01:00:00+01:00"},
        {"metadata": {"colour": "green", "size": None}},
        {"metadata": {}},
    ],
    ids=str,
)
def test_each_task_becomes_what_an_update_of_it_alone_makes(alice: Client, body: object) -> None:  # BULK-1, BULK-8
    kinds: list[dict[str, Any]] = [
        {},
        {"completed": True, "description": "Two litres", "due_date": "2026-12-24"},
        {"status": "cancelled", "metadata": {"size": "large", "colour": "red"}},
        {"status": "in_progress", "due_date": "2027-01-01T00:00:00Z", "priority": 5},
    ]
    together, alone = ([alice.create(**kind) for kind in kinds] for _ in range(2))
    in_bulk = changed(alice, [task["id"] for task in together], body)
    one_by_one = [alice.put(f"{alice.tasks}/{task['id']}", json=body).json() for task in alone]
    own = dict.fromkeys(("id", "created_at", "updated_at", "completed_at"))
    assert [task | own for task in in_bulk] == [task | own for task in one_by_one]
    for before, after in zip(together, in_bulk, strict=True):
        assert alice.read(before["id"]) == after
        assert (after["updated_at"] == before["updated_at"]) is (after["version"] == before["version"])


def test_the_answer_is_in_the_order_of_the_request(service: Service, alice: Client) -> None:  # BULK-2, BULK-4
    ids = filled(service, 100)
    random.Random(4).shuffle(ids)  # noqa: S311 - no secret
    answered = changed(alice, ids, {"priority": 3})
    assert [task["id"] for task in answered] == ids
    assert {(task["version"], task["priority"]) for task in answered} == {(2, 3)}
    assert [alice.read(task["id"]) for task in answered[::25]] == answered[::25]


def test_only_the_tasks_of_the_request_change(alice: Client, bob: Client) -> None:  # BULK-1
    mine, other, theirs = alice.create(), alice.create(), bob.create()
    changed(alice, [mine["id"]], {"title": "Other"})
    assert (alice.read(other["id"]), bob.read(theirs["id"])) == (other, theirs)


def test_a_task_that_the_change_does_not_change_keeps_its_version(alice: Client) -> None:  # BULK-8
    done, open_ = alice.create(completed=True), alice.create()
    same, other = changed(alice, [done["id"], open_["id"]], {"completed": True})
    assert same == done
    assert (other["version"], other["completed"]) == (2, True)
    assert other["updated_at"] == other["completed_at"] > open_["updated_at"]


@pytest.mark.parametrize(
    ("items", "named"),
    [
        ([], ["body.items"]),
        ([{"id": n} for n in range(1, 102)], ["body.items"]),
        ([{"id": 1}, {"id": 2}, {"id": 1}], ["body.items.2.id"]),
        ([{"id": 1}, {"id": 1, "version": 1}], ["body.items.1.id"]),
        ([{"id": 1}, {"id": 1}, {"id": 2}, {"id": 1}], ["body.items.1.id", "body.items.3.id"]),
        ([{"id": ABSENT}, {"id": ABSENT}], ["body.items.1.id"]),
        ([{"id": 0}], ["body.items.0.id"]),
        ([{"id": 2**53}], ["body.items.0.id"]),
        ([{"id": "1"}], ["body.items.0.id"]),
        ([{"version": 1}], ["body.items.0.id"]),
        ([{"id": 1, "version": 0}], ["body.items.0.version"]),
        ([{"id": 1, "version": 2**31}], ["body.items.0.version"]),
        ([{"id": 1, "version": None}], ["body.items.0.version"]),
        ([{"id": 1, "title": "x"}], ["body.items.0.title"]),
        ([1], ["body.items.0"]),
        ({}, ["body.items"]),
        (None, ["body.items"]),
    ],
    ids=lambda value: str(value)[:40],
)
def test_items_that_break_the_contract_are_named(
    service: Service, alice: Client, items: object, named: list[str]
) -> None:  # BULK-3, BULK-4
    alice.create()
    before = stored(service)
    assert fields(change(alice, items, {"title": "Other"})) == named
    assert stored(service) == before


def test_an_id_written_as_a_decimal_is_that_id(alice: Client) -> None:  # BULK-4, TASK-23
    task = alice.create()
    text = f'{{"items": [{{"id": {task["id"]}}}, {{"id": {task["id"]}.0}}], "change": {{}}}}'
    response = alice.post(f"{alice.tasks}/bulk", content=text, headers={"Content-Type": "application/json"})
    assert fields(response) == ["body.items.1.id"]


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"title": None}, "body.change.title"),
        ({"title": " "}, "body.change.title"),
        ({"status": "completed", "completed": False}, "body.change"),
        ({"version": 1}, "body.change.version"),
        ({"metadata": {"": "x"}}, "body.change.metadata"),
        (None, "body.change"),
        ([], "body.change"),
    ],
    ids=str,
)
def test_a_change_that_breaks_the_contract_changes_nothing(
    service: Service, alice: Client, body: object, field: str
) -> None:  # BULK-3
    task = alice.create()
    before = stored(service)
    assert [name.startswith(field) for name in fields(change(alice, [{"id": task["id"]}], body))] == [True]
    assert stored(service) == before


def test_a_missing_id_is_named_by_its_index_and_nothing_is_changed(
    service: Service, alice: Client, bob: Client
) -> None:  # BULK-3, BULK-5
    ids, theirs = [alice.create()["id"] for _ in range(4)], bob.create()["id"]
    deleted = alice.create()["id"]
    alice.delete(f"{alice.tasks}/{deleted}")
    before = stored(service)
    answers = []
    for missing in (ABSENT, deleted, theirs):
        asked = [*ids[2:], missing, *ids[:2], ABSENT - 1]
        # The version of an item before it is wrong too: what is missing comes first.
        items = [{"id": task_id, "version": 7} for task_id in asked]
        answers.append(change(alice, items, {"title": "Other", "metadata": FULL | {"one more": ""}}))
    for answer in answers:
        assert (answer.status_code, code(answer), answer.json()["index"]) == (404, "task_not_found", 2)
    same = dict.fromkeys(("request_id",))
    assert answers[0].json() | same == answers[1].json() | same == answers[2].json() | same
    assert change(alice, [{"id": theirs}], {"title": "Mine"}).json()["index"] == 0
    assert stored(service) == before


def test_a_version_that_is_not_the_tasks_is_a_412_with_the_task(
    service: Service, alice: Client
) -> None:  # BULK-3, BULK-6
    first, second, third = (alice.create() for _ in range(3))
    now = alice.put(f"{alice.tasks}/{second['id']}", json={"metadata": {"by": "another tab"}}).json()
    before = stored(service)
    items = [{"id": third["id"]}, {"id": second["id"], "version": 1}, {"id": first["id"], "version": 9}]
    answer = change(alice, items, {"title": "Other"})
    assert (answer.status_code, code(answer), answer.json()["index"]) == (412, "precondition_failed", 1)
    assert answer.json()["task"] == now
    assert "etag" not in answer.headers
    assert stored(service) == before
    items = [{"id": third["id"]}, {"id": second["id"], "version": 2}, {"id": first["id"], "version": 1}]
    assert [task["version"] for task in change(alice, items, {"title": "Other"}).json()["items"]] == [2, 3, 2]


@pytest.mark.parametrize(
    ("name", "passes", "fails"),
    [("If-Match", ("both", "*"), ("one", '"other"')), ("If-None-Match", ('"other"',), ("one", "both", "*"))],
)
def test_conditions_are_held_against_each_task(
    service: Service, alice: Client, name: str, passes: tuple[str, ...], fails: tuple[str, ...]
) -> None:  # BULK-3, BULK-12
    first, second = ids = [alice.create()["id"] for _ in range(2)]
    tags = {task_id: alice.get(f"{alice.tasks}/{task_id}").headers["etag"] for task_id in ids}
    named = {"one": tags[first], "both": f"{tags[second]}, W/{tags[first]}"}
    body: dict[str, Any] = {"items": [{"id": first}, {"id": second}], "change": {"priority": 1}}
    before = stored(service)
    for value in fails:
        answer = alice.post(f"{alice.tasks}/bulk", json=body, headers={name: named.get(value, value)})
        unmet = 1 if (name, value) == ("If-Match", "one") else 0
        assert (answer.status_code, code(answer), answer.json()["index"]) == (412, "precondition_failed", unmet)
        assert answer.json()["task"]["id"] == ids[unmet]
        assert stored(service) == before
    for value in passes:
        body["change"] = {"priority": 2 if value == "*" else 0}
        answer = alice.post(f"{alice.tasks}/bulk", json=body, headers={name: named.get(value, value)})
        assert answer.status_code == 200


def test_a_version_is_looked_at_also_where_nothing_would_change(alice: Client) -> None:  # BULK-6
    task = alice.create()
    assert code(change(alice, [{"id": task["id"], "version": 2}], {})) == "precondition_failed"


def test_a_service_that_asks_for_if_match_asks_for_versions(
    service: Service, strict: Service
) -> None:  # BULK-3, BULK-7
    with strict.client("alice") as alice:
        first, second, third = (alice.create()["id"] for _ in range(3))
        before = stored(service)
        items = [{"id": third, "version": 1}, {"id": first}, {"id": second, "version": 9}]
        answer = change(alice, items, {"title": "Other"})
        assert (answer.status_code, code(answer), answer.json()["index"]) == (428, "precondition_required", 1)
        answer = change(alice, items[::-1], {"title": "Other"})
        assert (code(answer), answer.json()["index"]) == ("precondition_failed", 0)
        answer = change(alice, [{"id": first}, {"id": ABSENT}], {"title": "Other"})
        assert (code(answer), answer.json()["index"]) == ("task_not_found", 1)
        assert stored(service) == before
        nothing: dict[str, object] = {}
        body = {"items": [{"id": first}], "change": nothing}
        assert alice.post(f"{alice.tasks}/bulk", json=body, headers={"If-Match": "*"}).status_code == 200
        whole = change(alice, [{"id": third, "version": 1}, {"id": first, "version": 1}], {"title": "Other"})
        assert [task["version"] for task in whole.json()["items"]] == [2, 2]


def test_a_merge_that_does_not_fit_into_one_of_the_tasks_changes_none(
    service: Service, alice: Client
) -> None:  # BULK-3, TASK-50
    empty, full, fuller = alice.create(), alice.create(metadata=FULL), alice.create(metadata=FULL)
    before = stored(service)
    ids = [{"id": task["id"]} for task in (empty, fuller, full)]
    answer = change(alice, ids, {"title": "Other", "metadata": {"one more": ""}})
    assert (answer.status_code, code(answer), answer.json()["index"]) == (409, "metadata_full", 1)
    # A version is looked at before, also that of a later item.
    ids[2]["version"] = 9
    answer = change(alice, ids, {"metadata": {"one more": ""}})
    assert (code(answer), answer.json()["index"]) == ("precondition_failed", 2)
    assert stored(service) == before
    merged = changed(alice, [full["id"], empty["id"]], {"metadata": {"one more": "", "entry 0": None}})
    assert [len(task["metadata"]) for task in merged] == [50, 1]


def test_the_email_is_refreshed_by_what_is_done_alone(service: Service, alice: Client) -> None:  # DATA-2, BULK-3
    task = alice.create()
    with service.client("alice", email="new@example.com") as renamed:
        assert change(renamed, [{"id": task["id"], "version": 2}], {}).status_code == 412
        assert service.rows("SELECT email FROM users") == [(None,)]
        changed(renamed, [task["id"]], {"title": "Other"})
        assert service.rows("SELECT email FROM users") == [("new@example.com",)]


@pytest.mark.parametrize("count", [1, 2, 100])
def test_the_number_of_statements_does_not_depend_on_the_number_of_items(
    service: Service, alice: Client, count: int
) -> None:  # BULK-10
    ids = filled(service, count)
    items = [{"id": task_id, "version": 1} for task_id in ids]
    with service.statements() as statements:
        answer = change(alice, items, {"title": "Other", "metadata": {"colour": "green"}})
    assert len(answer.json()["items"]) == count
    assert [statement.split()[0] for statement in statements] == ["SELECT", "UPDATE"]


def test_tasks_are_locked_in_the_order_of_their_ids(service: Service, alice: Client) -> None:  # BULK-9
    ids = filled(service, 3)
    with service.statements() as statements:
        changed(alice, ids[::-1], {"priority": 1})
    assert statements[0].endswith("ORDER BY tasks.id FOR UPDATE")


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "PATCH", "DELETE"])
def test_bulk_is_no_task_id(alice: Client, nobody: Client, method: str) -> None:  # BULK-11
    for client in (alice, nobody):
        answer = client.request(method, f"{alice.tasks}/bulk")
        assert (answer.status_code, answer.headers["allow"]) == (405, "OPTIONS, POST")
    assert fields(alice.patch(f"{alice.tasks}/bulk/complete")) == ["path.id"]


def test_bulk_updates_against_each_other_and_other_writes_all_end(
    service: Service, alice: Client
) -> None:  # BULK-9, TASK-38
    ids = filled(service, 20)
    rounds = 8
    # Tokens with different e-mails: each write also refreshes the user's row.
    clients = [service.client("alice", email=f"{name}@example.com") for name in "abcd"]

    def bulk(number: int) -> list[httpx.Response]:
        order = ids if number % 2 else ids[::-1]
        client = clients[number]
        return [
            change(client, [{"id": task_id} for task_id in order], {"description": f"{number}.{turn}"})
            for turn in range(rounds)
        ]

    def flip(task_id: int) -> list[httpx.Response]:
        client = clients[task_id % len(clients)]
        return [client.patch(f"{client.tasks}/{task_id}/complete", headers={"If-Match": "*"}) for _ in range(rounds)]

    with ThreadPoolExecutor(8) as pool:
        bulks = [pool.submit(bulk, number) for number in range(len(clients))]
        flips = [pool.submit(flip, task_id) for task_id in (ids[0], ids[-1], ids[7], ids[12])]
    for client in clients:
        client.close()
    answers = [answer for future in (*bulks, *flips) for answer in future.result()]
    assert {answer.status_code for answer in answers} == {200}
    flipped = dict.fromkeys((ids[0], ids[-1], ids[7], ids[12]), rounds)
    written = len(clients) * rounds
    for task in alice.get(alice.tasks).json()["items"]:
        assert task["version"] == 1 + written + flipped.get(task["id"], 0)
    # Each bulk update was one step for all tasks: they end as the same one left them.
    assert len(service.rows("SELECT DISTINCT description FROM tasks")) == 1
