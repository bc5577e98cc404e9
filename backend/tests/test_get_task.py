"""getTask: `GET /api/{user_id}/tasks/{id}`."""

import pytest

from backend.tests.client import Client, code, fields


def test_a_task_reads_as_it_was_created(alice: Client) -> None:
    task = alice.create("Buy milk", description="Two litres", priority=2, due_date="2026-12-24T16:00:00Z")
    response = alice.get(f"{alice.tasks}/{task['id']}")
    assert response.json() == task
    assert response.headers["etag"] == f'"{task["id"]}-1-0.1.0"'


def test_another_users_task_looks_like_one_that_never_was(alice: Client, bob: Client) -> None:
    theirs = bob.create()["id"]
    seen = alice.get(f"{alice.tasks}/{theirs}")
    never = alice.get(f"{alice.tasks}/{theirs + 1000}")
    assert (seen.status_code, code(seen)) == (404, "task_not_found")
    different = {"instance", "request_id"}
    assert {k: v for k, v in seen.json().items() if k not in different} == {
        k: v for k, v in never.json().items() if k not in different
    }


@pytest.mark.parametrize(
    "task_id", ["0", "-1", "abc", "1.0", "1e3", "01", "+1", "1_000", "%20", "9007199254740992", "9" * 5000, "٣"]
)
def test_an_id_that_is_none_is_a_422_after_the_token(alice: Client, nobody: Client, task_id: str) -> None:
    assert fields(alice.get(f"{alice.tasks}/{task_id}")) == ["path.id"]
    assert nobody.get(f"{alice.tasks}/{task_id}").status_code == 401


def test_the_greatest_id_is_looked_for(alice: Client) -> None:
    assert code(alice.get(f"{alice.tasks}/9007199254740991")) == "task_not_found"


def test_a_body_on_a_read_is_ignored(alice: Client) -> None:
    task = alice.create()
    assert alice.request("GET", f"{alice.tasks}/{task['id']}", content=b"{nonsense").status_code == 200
