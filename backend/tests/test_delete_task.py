"""deleteTask: `DELETE /api/{user_id}/tasks/{id}`."""

from concurrent.futures import ThreadPoolExecutor

from backend.tests.client import Client, code


def test_a_deleted_task_is_gone(alice: Client) -> None:  # TASK-43
    kept, deleted = alice.create("kept"), alice.create("deleted")
    response = alice.delete(f"{alice.tasks}/{deleted['id']}")
    assert (response.status_code, response.content) == (204, b"")
    assert "content-type" not in response.headers
    assert code(alice.get(f"{alice.tasks}/{deleted['id']}")) == "task_not_found"
    assert alice.get(alice.tasks).json()["items"] == [kept]


def test_deleting_again_is_a_404(alice: Client) -> None:  # TASK-44
    task_id = alice.create()["id"]
    alice.delete(f"{alice.tasks}/{task_id}")
    assert code(alice.delete(f"{alice.tasks}/{task_id}")) == "task_not_found"


def test_another_users_task_is_a_404_and_stays(alice: Client, bob: Client) -> None:
    theirs = bob.create()
    assert code(alice.delete(f"{alice.tasks}/{theirs['id']}")) == "task_not_found"
    assert bob.read(theirs["id"]) == theirs


def test_of_many_deletions_at_once_one_succeeds(alice: Client) -> None:
    task_id = alice.create()["id"]
    with ThreadPoolExecutor(8) as pool:
        statuses = [answer.status_code for answer in pool.map(alice.delete, [f"{alice.tasks}/{task_id}"] * 8)]
    assert sorted(statuses) == [204] + [404] * 7
