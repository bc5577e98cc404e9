"""updateTask and patchTask: `PUT` and `PATCH /api/{user_id}/tasks/{id}`, one semantics."""

import itertools
from concurrent.futures import ThreadPoolExecutor
from typing import Any  # a task, as JSON

import httpx
import pytest

from backend.tests.client import Client, code, fields
from generated.api import CONTRACT_VERSION

PUT = ("PUT", "application/json")
PATCH = ("PATCH", "application/json")
MERGE_PATCH = ("PATCH", "application/merge-patch+json")
Way = tuple[str, str]


@pytest.fixture(params=[PUT, PATCH, MERGE_PATCH], ids=["put", "patch", "merge-patch"])
def way(request: pytest.FixtureRequest) -> Way:
    chosen: Way = request.param
    return chosen


def change(client: Client, way: Way, task_id: int, body: object) -> httpx.Response:
    method, media_type = way
    return client.request(method, f"{client.tasks}/{task_id}", json=body, headers={"Content-Type": media_type})


def changed(client: Client, way: Way, task_id: int, body: object) -> dict[str, Any]:
    response = change(client, way, task_id, body)
    assert response.status_code == 200, response.text
    task: dict[str, Any] = response.json()
    assert response.headers["etag"] == f'"{task["id"]}-{task["version"]}-{CONTRACT_VERSION}"'
    read = client.get(f"{client.tasks}/{task_id}")
    assert (read.json(), read.headers["etag"]) == (task, response.headers["etag"])
    return task


@pytest.mark.parametrize(
    "field",
    [
        {"title": "Buy oat milk"},
        {"description": "Three litres"},
        {"description": None},
        {"description": ""},
        {"status": "in_progress"},
        {"priority": 5},
        {"due_date": "2027-01-01"},
        {"due_date": "2027-01-01T00:00:00Z"},
        {"due_date": None},
    ],
)
def test_only_the_fields_that_are_sent_change(
    alice: Client, way: Way, field: dict[str, object]
) -> None:  # TASK-21, TASK-29, TASK-32, TASK-33, TASK-34, TASK-46
    before = alice.create(description="Two litres", priority=3, due_date="2026-12-24T16:00:00Z")
    after = changed(alice, way, before["id"], field)
    assert after == before | field | {"version": 2, "updated_at": after["updated_at"]}
    assert after["updated_at"] > before["updated_at"]


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"title": "Buy milk"},
        {"title": "  Buy milk "},
        {"description": "Two litres"},
        {"status": "completed"},
        {"completed": True},
        {"priority": 3},
        {"due_date": "2026-12-24T17:00:00+01:00"},
    ],
)
def test_a_write_that_changes_nothing_changes_neither_version_nor_time(
    alice: Client, way: Way, body: object
) -> None:  # TASK-22, TASK-34, TASK-35
    before = alice.create(description="Two litres", priority=3, due_date="2026-12-24T16:00:00Z", completed=True)
    assert changed(alice, way, before["id"], body) == before


def test_a_day_and_the_instant_at_its_midnight_are_different(alice: Client, way: Way) -> None:
    before = alice.create(due_date="2026-12-24")
    after = changed(alice, way, before["id"], {"due_date": "2026-12-24T00:00:00Z"})
    assert (after["due_date"], after["version"]) == ("2026-12-24T00:00:00Z", 2)
    assert changed(alice, way, before["id"], {"due_date": "2026-12-24"})["due_date"] == "2026-12-24"


@pytest.mark.parametrize(
    ("before", "body", "status"),
    [
        ("pending", {"completed": True}, "completed"),
        ("cancelled", {"completed": True}, "completed"),
        ("completed", {"completed": False}, "pending"),
        ("cancelled", {"completed": False}, "cancelled"),
        ("in_progress", {"completed": False}, "in_progress"),
        ("completed", {"status": "cancelled"}, "cancelled"),
        ("completed", {"status": "in_progress", "completed": False}, "in_progress"),
        ("cancelled", {"status": "completed", "completed": True}, "completed"),
    ],
)
def test_any_status_may_follow_any(
    alice: Client, way: Way, before: str, body: object, status: str
) -> None:  # TASK-20, TASK-34, TASK-36
    task = changed(alice, way, alice.create(status=before)["id"], body)
    assert (task["status"], task["completed"]) == (status, status == "completed")
    assert (task["completed_at"] is None) == (status != "completed")


def test_a_completed_task_keeps_its_moment_through_other_changes(alice: Client, way: Way) -> None:  # TASK-20
    before = alice.create(completed=True)
    assert changed(alice, way, before["id"], {"title": "Other"})["completed_at"] == before["completed_at"]


def test_completing_again_is_a_new_moment(alice: Client, way: Way) -> None:  # TASK-20
    before = alice.create(completed=True)
    changed(alice, way, before["id"], {"completed": False})
    after = changed(alice, way, before["id"], {"completed": True})
    assert after["completed_at"] == after["updated_at"] > before["completed_at"]


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"title": None}, "body.title"),
        ({"title": " "}, "body.title"),
        ({"status": None}, "body.status"),
        ({"status": "done"}, "body.status"),
        ({"status": ["pending"]}, "body.status"),
        ({"completed": None}, "body.completed"),
        ({"completed": 1}, "body.completed"),
        ({"completed": "true"}, "body.completed"),
        ({"priority": None}, "body.priority"),
        ({"priority": 6}, "body.priority"),
        ({"due_date": "2026-02-30"}, "body.due_date"),
        ({"version": 7}, "body.version"),
        ({"status": "completed", "completed": False}, "body"),
        ([], "body"),
        (None, "body"),
    ],
)
def test_a_refused_update_leaves_the_task_as_it_was(
    alice: Client, way: Way, body: object, field: str
) -> None:  # TASK-12, TASK-33, TASK-37, ERR-16
    before = alice.create(description="Two litres")
    method, media_type = way
    content = b"null" if body is None else None
    response = alice.request(
        method, f"{alice.tasks}/{before['id']}", content=content, json=body, headers={"Content-Type": media_type}
    )
    assert fields(response) == [field]
    assert alice.read(before["id"]) == before


def test_a_missing_task_and_another_users_are_404_and_stay_as_they_were(alice: Client, bob: Client, way: Way) -> None:
    theirs = bob.create()
    for task_id in (theirs["id"], theirs["id"] + 1000):
        response = change(alice, way, task_id, {"title": "Mine"})
        assert (response.status_code, code(response)) == (404, "task_not_found")
    assert bob.read(theirs["id"]) == theirs


def test_a_put_takes_no_merge_patch(alice: Client) -> None:  # ERR-10
    response = change(alice, ("PUT", "application/merge-patch+json"), alice.create()["id"], {})
    assert code(response) == "unsupported_media_type"


def test_concurrent_updates_of_different_fields_all_stay(alice: Client) -> None:  # TASK-38
    task_id = alice.create()["id"]
    bodies: list[object] = [{"title": f"t{n}"} for n in range(10)]
    bodies.extend({"priority": n % 6} for n in range(1, 11))
    with ThreadPoolExecutor(10) as pool:
        futures = [pool.submit(change, alice, PUT, task_id, body) for body in bodies]
    answers = [future.result().json() for future in futures]
    final = alice.read(task_id)
    # Every real change is one version: the answers' versions are all those between the first and the last.
    assert {answer["version"] for answer in answers} | {1} == set(range(1, final["version"] + 1))
    assert final["title"].startswith("t")


def test_from_every_status_there_is_a_way_to_every_other(alice: Client) -> None:  # TASK-10
    statuses = ("pending", "in_progress", "completed", "cancelled")
    for before, after in itertools.product(statuses, repeat=2):
        assert changed(alice, PUT, alice.create(status=before)["id"], {"status": after})["status"] == after


def test_put_and_patch_answer_alike(alice: Client) -> None:  # TASK-34
    body = {"title": "Other", "completed": True, "due_date": None}
    put, patch = (
        changed(alice, way, alice.create(description="x", due_date="2026-12-24")["id"], body)
        for way in (PUT, MERGE_PATCH)
    )
    own = dict.fromkeys(("id", "created_at", "updated_at", "completed_at"))
    assert put | own == patch | own
