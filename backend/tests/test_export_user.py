"""exportUser: `GET /api/{user_id}`, everything that is stored of a user in pages (specs/features/users.md)."""

import itertools
from collections.abc import Iterator
from datetime import datetime
from typing import Any  # JSON

import pytest

from backend.models import users
from backend.tests.client import Client, fields
from backend.tests.conftest import Service
from generated.models import User

NOTHING: dict[str, Any] = {"user": None, "tasks": [], "next_cursor": None}


def export(client: Client, **query: str) -> dict[str, Any]:
    answer = client.get(f"/api/{client.user}", params=query)
    assert answer.status_code == 200, answer.text
    page: dict[str, Any] = answer.json()
    return page


def pages(client: Client, **query: str) -> Iterator[dict[str, Any]]:
    """Each page as it is asked for: what is written between two is written by whoever iterates."""
    page = export(client, **query)
    yield page
    while page["next_cursor"] is not None:
        page = export(client, **query, cursor=page["next_cursor"])
        yield page


def ids(walk: Iterator[dict[str, Any]]) -> list[int]:
    return [task["id"] for page in walk for task in page["tasks"]]


def refused(client: Client, path: str, **query: str) -> list[str]:
    return fields(client.get(path, params=query))


def test_it_is_the_user_and_the_tasks_as_they_are_read(service: Service, bob: Client) -> None:  # USER-10, USER-15
    bob.create("Not hers")
    with service.client("alice", email="alice@example.com") as alice:
        tasks = [
            alice.create("Plain"),
            alice.create("Full", description="Two litres", completed=True, priority=5, metadata={"colour": "red"}),
            alice.create("A day", due_date="2026-12-24", status="cancelled"),
            alice.create("A moment", due_date="2026-12-24T17:00:00+01:00"),
        ]
        page = export(alice)
        assert page["tasks"] == [alice.read(task["id"]) for task in tasks]
    stored = service.rows("SELECT id, email, created_at, updated_at FROM users WHERE id = 'alice'")
    moments = [datetime.fromisoformat(page["user"][name]) for name in ("created_at", "updated_at")]
    assert stored == [(page["user"]["id"], page["user"]["email"], *moments)]
    assert (page["user"]["email"], page["next_cursor"]) == ("alice@example.com", None)
    assert User.model_fields.keys() == set(users.columns.keys())


def test_of_who_has_never_written_there_is_nothing(service: Service, alice: Client) -> None:  # USER-10, DATA-4
    assert export(alice) == NOTHING
    assert service.rows("SELECT * FROM users") == []
    alice.create()
    assert export(alice)["user"]["email"] is None
    alice.delete("/api/alice")
    assert export(alice) == NOTHING


def test_who_has_deleted_every_task_is_still_known(alice: Client) -> None:  # USER-10
    task = alice.create()
    alice.delete(f"{alice.tasks}/{task['id']}")
    page = export(alice)
    assert (page["user"]["id"], page["tasks"]) == ("alice", [])


def test_a_page_holds_as_many_as_the_limit_says(service: Service, alice: Client) -> None:  # USER-11
    service.fill("alice", 101)
    assert [len(page["tasks"]) for page in pages(alice)] == [100, 1]
    assert [len(page["tasks"]) for page in pages(alice, limit="50")] == [50, 50, 1]
    assert {page["user"]["id"] for page in pages(alice, limit="50")} == {"alice"}
    service.rows("DELETE FROM tasks WHERE id = (SELECT max(id) FROM tasks)")
    assert [len(page["tasks"]) for page in pages(alice)] == [100]
    for limit in ("0", "101", "-1", "x", ""):
        assert refused(alice, "/api/alice", limit=limit) == ["query.limit"]


@pytest.mark.parametrize("equal", [True, False])
def test_every_task_is_shown_once_whatever_is_written_meanwhile(
    service: Service, alice: Client, *, equal: bool
) -> None:  # USER-12
    service.fill("alice", 60, equal=equal)
    before = ids(pages(alice))
    assert len(before) == len(set(before)) == 60
    doomed, changed = before[7::10], before[3::10]
    seen: list[int] = []
    for number, page in enumerate(pages(alice, limit="9")):
        seen += [task["id"] for task in page["tasks"]]
        alice.create(f"New {number}")
        for task_id in doomed[number : number + 1]:
            alice.delete(f"{alice.tasks}/{task_id}")
        for task_id in changed[number : number + 1]:
            body = {"title": f"A{number}", "priority": 5, "due_date": None, "completed": True}
            assert alice.put(f"{alice.tasks}/{task_id}", json=body).status_code == 200
    assert len(seen) == len(set(seen))
    assert [task_id for task_id in seen if task_id in before and task_id not in doomed] == [
        task_id for task_id in before if task_id not in doomed
    ]


def test_the_oldest_comes_first(service: Service, alice: Client) -> None:  # USER-12
    service.fill("alice", 20)
    tasks = list(itertools.chain.from_iterable(page["tasks"] for page in pages(alice, limit="7")))
    assert tasks == sorted(tasks, key=lambda task: (task["created_at"], task["id"]))
    assert [task["id"] for task in tasks] == sorted((task["id"] for task in tasks), reverse=True), "as they were filled"


def test_a_cursor_belongs_to_the_export_and_the_user(service: Service, alice: Client, bob: Client) -> None:  # USER-13
    for user in ("alice", "bob"):
        service.fill(user, 3)
    cursor = export(alice, limit="1")["next_cursor"]
    assert len(export(alice, limit="2", cursor=cursor)["tasks"]) == 2
    assert refused(bob, "/api/bob", cursor=cursor) == ["query.cursor"]
    changed = ("A" if cursor[20] != "A" else "B").join((cursor[:20], cursor[21:]))
    assert refused(alice, "/api/alice", cursor=changed) == ["query.cursor"]
    of_a_list = {"sort": "created", "order": "asc", "limit": "1"}
    listed = alice.get(alice.tasks, params=of_a_list).json()["next_cursor"]
    assert refused(alice, "/api/alice", cursor=listed) == ["query.cursor"]
    assert refused(alice, alice.tasks, **of_a_list, cursor=cursor) == ["query.cursor"]


def test_no_other_parameter_is_known(alice: Client) -> None:  # LIST-17
    for name in ("offset", "sort", "include_total"):
        assert refused(alice, "/api/alice", **{name: "1"}) == [f"query.{name}"]
