"""What users of other task APIs complain about most, each as a test that shows it does not happen here.

Found in public issues and forums of Todoist, Microsoft To Do, Google Tasks, Vikunja, TickTick, Super Productivity.
"""

from datetime import UTC, datetime, timedelta
from typing import Any  # a task, as JSON
from zoneinfo import ZoneInfo

import pytest
from pydantic import MISSING

from backend.filters import Filters
from backend.paging import Cursors, Position
from backend.tests.client import Client, code, fields
from backend.tests.conftest import Service
from generated.models import DueFilter

EVERYTHING: dict[str, Any] = {
    "title": "Write the report",
    "description": "Figures are with Bob.",
    "status": "in_progress",
    "priority": 4,
    "due_date": "2026-12-01",
    "metadata": {"project": "reporting", "colour": "green"},
}


DUE: tuple[DueFilter, ...] = ("overdue", "today", "upcoming")


def from_then_on(service: Service, due: DueFilter, tz: str, now: datetime) -> str:
    """A cursor before the newest of alice's tasks, in a list of that time."""
    filters = Filters("all", MISSING, MISSING, MISSING, MISSING, MISSING, due, ZoneInfo(tz))
    newest = Position(datetime(9999, 1, 1, tzinfo=UTC), 1, now)
    return Cursors(service.settings.secrets).encode(newest, ("alice", "created", "desc", *filters.binding()))


@pytest.mark.parametrize("method", ["PUT", "PATCH"])
@pytest.mark.parametrize("field", EVERYTHING)
def test_no_partial_update_wipes_the_fields_that_it_does_not_send(
    alice: Client, method: str, field: str
) -> None:  # TASK-32, TASK-34
    task = alice.create(**EVERYTHING)
    change = {"title": "Other", "description": "Other", "status": "cancelled", "priority": 1, "due_date": "2027-01-01"}
    sent: dict[str, Any] = {field: change.get(field, {"colour": "red"})}
    after = alice.request(method, f"{alice.tasks}/{task['id']}", json=sent).json()
    expected = sent if field != "metadata" else {"metadata": {"project": "reporting", "colour": "red"}}
    assert after == task | expected | {"version": 2, "updated_at": after["updated_at"]}
    assert alice.read(task["id"]) == after


def test_completing_a_task_does_not_wipe_its_due_date(alice: Client) -> None:  # TASK-36, TASK-39
    task = alice.create(**EVERYTHING)
    path = f"{alice.tasks}/{task['id']}/complete"
    for answer in (alice.patch(path), alice.patch(path)):
        assert {name: answer.json()[name] for name in EVERYTHING if name != "status"} == {
            name: value for name, value in EVERYTHING.items() if name != "status"
        }


def test_no_integration_wipes_what_another_keeps_with_the_task(alice: Client) -> None:  # TASK-49
    task = alice.create(metadata={"calendar/event": "17"})
    path = f"{alice.tasks}/{task['id']}"
    alice.patch(path, json={"metadata": {"billing/project": "4"}})
    after = alice.patch(path, json={"metadata": {"calendar/event": None, "calendar/day": "2026-12-01"}}).json()
    assert after["metadata"] == {"billing/project": "4", "calendar/day": "2026-12-01"}


def test_of_two_tabs_that_save_the_second_does_not_overwrite_the_first(alice: Client) -> None:  # COND-6, COND-7
    path = f"{alice.tasks}/{alice.create('Buy milk')['id']}"
    first_tab, second_tab = alice.get(path), alice.get(path)
    saved = alice.put(path, json={"title": "Buy oat milk"}, headers={"If-Match": first_tab.headers["etag"]})
    assert saved.status_code == 200
    refused = alice.put(path, json={"title": "Buy bread"}, headers={"If-Match": second_tab.headers["etag"]})
    assert (refused.status_code, code(refused)) == (412, "precondition_failed")
    assert refused.json()["task"]["title"] == "Buy oat milk"
    assert alice.get(path).json() == saved.json()


def test_two_tabs_that_save_different_fields_do_not_undo_each_other(alice: Client) -> None:  # TASK-32, TASK-38
    path = f"{alice.tasks}/{alice.create('Buy milk')['id']}"
    alice.put(path, json={"title": "Buy oat milk"})
    after = alice.put(path, json={"priority": 5}).json()
    assert (after["title"], after["priority"], after["version"]) == ("Buy oat milk", 5, 3)


def test_a_task_that_was_deleted_elsewhere_does_not_come_back_when_it_is_saved(
    alice: Client,
) -> None:  # COND-10, TASK-43
    task = alice.create()
    path = f"{alice.tasks}/{task['id']}"
    tag = alice.get(path).headers["etag"]
    alice.delete(path)
    assert code(alice.put(path, json={"title": "Other"}, headers={"If-Match": tag})) == "task_not_found"
    assert code(alice.put(path, json={"title": "Other"})) == "task_not_found"
    assert alice.get(alice.tasks).json()["items"] == []


def test_no_task_that_was_changed_elsewhere_is_deleted_unseen(alice: Client) -> None:  # COND-6
    task = alice.create()
    path = f"{alice.tasks}/{task['id']}"
    tag = alice.get(path).headers["etag"]
    changed = alice.put(path, json={"description": "Important after all"}).json()
    refused = alice.delete(path, headers={"If-Match": tag})
    assert (refused.status_code, refused.json()["task"]) == (412, changed)
    assert alice.read(task["id"]) == changed


def test_no_conflict_leaves_it_open_what_to_merge_with(alice: Client) -> None:  # COND-7
    task = alice.create(**EVERYTHING)
    path = f"{alice.tasks}/{task['id']}"
    tag = alice.get(path).headers["etag"]
    alice.put(path, json={"priority": 5, "metadata": {"colour": "red"}})
    mine = {"title": "Write the annual report", "metadata": {"colour": "blue"}}
    refused = alice.put(path, json=mine, headers={"If-Match": tag})
    theirs = refused.json()["task"]
    # What a form does: it knows the task as it was, what the user typed, and from the answer what others did.
    others = {name for name in theirs if theirs[name] != task[name]} - {"version", "updated_at"}
    assert others == {"priority", "metadata"}
    merged = {name: value for name, value in mine.items() if name not in others}
    saved = alice.put(path, json=merged, headers={"If-Match": refused.headers["etag"]})
    assert saved.status_code == 200
    assert saved.json() == theirs | {
        "title": "Write the annual report",
        "version": 3,
        "updated_at": saved.json()["updated_at"],
    }


@pytest.mark.parametrize("operation", ["create", "flip", "bulk"])
def test_no_retry_makes_a_duplicate(alice: Client, operation: str) -> None:  # IDEM-1
    task = alice.create()
    path = f"{alice.tasks}/{task['id']}"
    bulk = {"items": [{"id": task["id"]}], "change": {"metadata": {"colour": "red"}}}
    sent: dict[str, tuple[str, str, Any, tuple[int, int]]] = {
        "create": ("POST", alice.tasks, {"title": "Buy bread"}, (2, 1)),
        "flip": ("PATCH", f"{path}/complete", None, (1, 2)),
        "bulk": ("POST", f"{alice.tasks}/bulk", bulk, (1, 2)),
    }
    method, where, body, expected = sent[operation]
    first, again = (alice.request(method, where, json=body, headers={"Idempotency-Key": "once"}) for _ in range(2))
    assert first.is_success
    assert (again.status_code, again.content) == (first.status_code, first.content)
    assert again.headers["idempotency-replayed"] == "true"
    assert (len(alice.get(alice.tasks).json()["items"]), alice.read(task["id"])["version"]) == expected


def test_no_selection_is_changed_by_half(alice: Client) -> None:  # BULK-3, BULK-5
    tasks = [alice.create(f"t{n}") for n in range(3)]
    alice.delete(f"{alice.tasks}/{tasks[1]['id']}")
    refused = alice.post(
        f"{alice.tasks}/bulk", json={"items": [{"id": task["id"]} for task in tasks], "change": {"completed": True}}
    )
    assert (code(refused), refused.json()["index"]) == ("task_not_found", 1)
    assert [alice.read(task["id"]) for task in tasks[::2]] == tasks[::2]


def test_saving_without_a_change_does_not_look_like_a_change(alice: Client) -> None:  # TASK-22
    task = alice.create(**EVERYTHING)
    path = f"{alice.tasks}/{task['id']}"
    assert alice.put(path, json=EVERYTHING).json() == task


def test_no_list_is_cut_at_a_hidden_cap(service: Service, alice: Client) -> None:  # LIST-3, LIST-4, LIST-15, LIST-40
    service.fill("alice", 1234)
    seen: set[int] = set()
    page = alice.get(alice.tasks, params={"include_total": "true"}).json()
    while True:
        seen |= {task["id"] for task in page["items"]}
        assert page["total"] == 1234
        if page["next_cursor"] is None:
            break
        query = {"include_total": "true", "limit": "100", "cursor": page["next_cursor"]}
        page = alice.get(alice.tasks, params=query).json()
    assert len(seen) == 1234
    # More than a page can hold is refused, not shortened without a word.
    assert fields(alice.get(alice.tasks, params={"limit": "1000"})) == ["query.limit"]
    assert fields(alice.get(alice.tasks, params={"offset": "10001"})) == ["query.offset"]


@pytest.mark.parametrize(
    "tz", ["UTC", "America/Los_Angeles", "Pacific/Kiritimati", "Asia/Kolkata", "America/Sao_Paulo"]
)
def test_no_due_date_shifts_by_a_day(service: Service, alice: Client, tz: str) -> None:  # LIST-26, LIST-31, LIST-35
    for day in ("2026-12-24", "2018-11-04", "2026-03-29", "0001-01-01", "9999-12-31"):
        # What was sent comes back, whoever reads it wherever, and however often it is written.
        task = alice.create(due_date=day)
        assert alice.read(task["id"])["due_date"] == day
        alice.put(
            f"{alice.tasks}/{task['id']}", json={"title": "Later", "due_date": alice.read(task["id"])["due_date"]}
        )
        assert alice.get(alice.tasks, params={"tz": tz}).json()["items"][0]["due_date"] == day
    for day, next_day in (("2026-12-24", "2026-12-25"), ("2018-11-04", "2018-11-05")):
        query = {"due_after": day, "due_before": next_day, "tz": tz}
        assert [task["due_date"] for task in alice.get(alice.tasks, params=query).json()["items"]] == [day]
    # What these depend on is a moment that does not go on over midnight: that of a page before, in a cursor.
    now = datetime(2026, 12, 24, 9, 30, tzinfo=UTC)
    today = now.astimezone(ZoneInfo(tz)).date()
    ids = {
        name: alice.create(due_date=str(today + timedelta(days=step)))["id"]
        for step, name in ((-1, "overdue"), (0, "today"), (1, "upcoming"))
    }
    for name in DUE:
        cursor = from_then_on(service, name, tz, now)
        listed = alice.get(alice.tasks, params={"due": name, "tz": tz, "cursor": cursor}).json()["items"]
        assert {task["id"] for task in listed} & set(ids.values()) == {ids[name]}
    instant = now.astimezone(ZoneInfo(tz)).replace(microsecond=0)
    assert datetime.fromisoformat(alice.create(due_date=instant.isoformat())["due_date"]) == instant.astimezone(UTC)


def test_no_mistyped_parameter_lists_everything(alice: Client) -> None:  # LIST-17
    alice.create(status="completed")
    mistyped = ("staus=completed", "Status=completed", "due-before=2026-12-24", "dueBefore=2026-12-24", "q=milk")
    for query in (*mistyped, "filter=status:pending", "page=2", "per_page=10", "sortBy=title", "state=pending"):
        assert fields(alice.get(f"{alice.tasks}?{query}")) == [f"query.{query.partition('=')[0]}"]
    for query in (
        "status=complete",
        "completed=yes",
        "due=tomorrow",
        "tz=Berlin",
        "due_before=24.12.2026",
        "priority=high",
    ):
        assert fields(alice.get(f"{alice.tasks}?{query}")) == [f"query.{query.partition('=')[0]}"]
