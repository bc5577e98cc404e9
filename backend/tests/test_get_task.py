"""getTask: `GET /api/{user_id}/tasks/{id}`."""

import pytest

from backend.tests.client import Client, code, fields
from generated.api import CONTRACT_VERSION


def test_a_task_reads_as_it_was_created(alice: Client) -> None:  # TASK-29
    task = alice.create("Buy milk", description="Two litres", priority=2, due_date="2026-12-24T16:00:00Z")
    response = alice.get(f"{alice.tasks}/{task['id']}")
    assert response.json() == task
    assert response.headers["etag"] == f'"{task["id"]}-1-{CONTRACT_VERSION}"'


def test_another_users_task_looks_like_one_that_never_was(alice: Client, bob: Client) -> None:  # TASK-30
    theirs, deleted = bob.create()["id"], alice.create()["id"]
    alice.delete(f"{alice.tasks}/{deleted}")
    answers = [alice.get(f"{alice.tasks}/{task_id}") for task_id in (theirs, deleted, deleted + 1000)]
    assert [(answer.status_code, code(answer)) for answer in answers] == [(404, "task_not_found")] * 3
    same = dict.fromkeys(("instance", "request_id"))
    assert answers[0].json() | same == answers[1].json() | same == answers[2].json() | same


@pytest.mark.parametrize(
    "task_id", ["0", "-1", "abc", "1.0", "1e3", "01", "+1", "1_000", "%20", "9007199254740992", "9" * 5000, "٣"]
)
def test_an_id_that_is_none_is_a_422_after_the_token(alice: Client, nobody: Client, task_id: str) -> None:  # TASK-31
    assert fields(alice.get(f"{alice.tasks}/{task_id}")) == ["path.id"]
    assert nobody.get(f"{alice.tasks}/{task_id}").status_code == 401


def test_the_greatest_id_is_looked_for(alice: Client) -> None:  # TASK-31
    assert code(alice.get(f"{alice.tasks}/9007199254740991")) == "task_not_found"


def test_a_body_on_a_read_is_ignored(alice: Client) -> None:  # EDGE-4
    task = alice.create()
    assert alice.request("GET", f"{alice.tasks}/{task['id']}", content=b"{nonsense").status_code == 200


def test_every_answer_with_a_task_has_all_of_its_members(alice: Client) -> None:  # TASK-1
    created = alice.create()
    path = f"{alice.tasks}/{created['id']}"
    answers = [alice.get(path), alice.put(path, json={}), alice.patch(path, json={}), alice.patch(f"{path}/complete")]
    for task in (created, *(answer.json() for answer in answers), *alice.get(alice.tasks).json()["items"]):
        assert list(task) == [
            "id",
            "user_id",
            "title",
            "description",
            "status",
            "completed",
            "priority",
            "due_date",
            "metadata",
            "created_at",
            "updated_at",
            "completed_at",
            "version",
        ]
