"""toggleTask: `PATCH /api/{user_id}/tasks/{id}/complete`."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from backend.tests.client import Client, code, fields
from generated.api import CONTRACT_VERSION


def test_without_a_body_completion_flips(alice: Client) -> None:  # TASK-39
    task = alice.create()
    done = alice.patch(f"{alice.tasks}/{task['id']}/complete").json()
    assert (done["status"], done["completed"], done["version"]) == ("completed", True, 2)
    assert done["completed_at"] == done["updated_at"] > task["updated_at"]
    undone = alice.patch(f"{alice.tasks}/{task['id']}/complete").json()
    assert (undone["status"], undone["completed"], undone["version"]) == ("pending", False, 3)
    assert undone["completed_at"] is None
    assert undone == alice.read(task["id"])


@pytest.mark.parametrize("status", ["pending", "in_progress", "cancelled"])
def test_whatever_is_not_completed_becomes_completed(alice: Client, status: str) -> None:  # TASK-39
    task = alice.create(status=status)
    assert alice.patch(f"{alice.tasks}/{task['id']}/complete").json()["status"] == "completed"


@pytest.mark.parametrize(
    ("before", "completed", "after", "version"),
    [
        ("pending", True, "completed", 2),
        ("completed", True, "completed", 1),
        ("completed", False, "pending", 2),
        ("pending", False, "pending", 1),
        ("cancelled", False, "cancelled", 1),
    ],
)
def test_with_a_body_completion_is_set_and_safe_to_send_again(
    alice: Client, before: str, after: str, version: int, *, completed: bool
) -> None:  # TASK-22, TASK-36, TASK-40
    task = alice.create(status=before)
    for _ in range(2):
        response = alice.patch(f"{alice.tasks}/{task['id']}/complete", json={"completed": completed})
        assert (response.json()["status"], response.json()["version"]) == (after, version)
        assert response.headers["etag"] == f'"{task["id"]}-{version}-{CONTRACT_VERSION}"'


@pytest.mark.parametrize(
    ("body", "field"),
    [
        (b"null", "body"),
        (b"{}", "body.completed"),
        (b"[]", "body"),
        (b"true", "body"),
        (b'{"completed": null}', "body.completed"),
        (b'{"completed": 1}', "body.completed"),
        (b'{"completed": "true"}', "body.completed"),
        (b'{"completed": true, "status": "pending"}', "body.status"),
    ],
)
def test_any_other_body_is_refused_and_flips_nothing(alice: Client, body: bytes, field: str) -> None:  # TASK-41
    task = alice.create()
    response = alice.patch(
        f"{alice.tasks}/{task['id']}/complete", content=body, headers={"Content-Type": "application/json"}
    )
    assert fields(response) == [field]
    assert alice.read(task["id"]) == task


def test_an_announced_but_empty_body_flips(alice: Client) -> None:  # TASK-39
    task = alice.create()
    response = alice.patch(f"{alice.tasks}/{task['id']}/complete", headers={"Content-Type": "application/json"})
    assert response.json()["completed"] is True


def test_a_missing_task_and_another_users_are_404(alice: Client, bob: Client) -> None:
    theirs = bob.create()
    for task_id in (theirs["id"], theirs["id"] + 1000):
        assert code(alice.patch(f"{alice.tasks}/{task_id}/complete")) == "task_not_found"
    assert bob.read(theirs["id"]) == theirs


def test_of_a_hundred_concurrent_toggles_none_is_lost(alice: Client) -> None:  # TASK-42
    task = alice.create()
    with ThreadPoolExecutor(20) as pool:
        answers = [answer.json() for answer in pool.map(alice.patch, [f"{alice.tasks}/{task['id']}/complete"] * 100)]
    assert sorted(answer["version"] for answer in answers) == list(range(2, 102))
    assert all(answer["completed"] is (answer["version"] % 2 == 0) for answer in answers)
    assert alice.read(task["id"])["version"] == 101
