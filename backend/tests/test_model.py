"""The service against a model of it: a dict as oracle over create, update, toggle, delete and list.

Hypothesis chooses what happens in which order; after every step the whole list, walked in pages, must be the model's.
"""

import unicodedata
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any  # a task, as JSON

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from backend.changes import WHITE_SPACE
from backend.tests.client import Client
from backend.tests.conftest import Service

Model = dict[int, dict[str, Any]]

STATUSES = ("pending", "in_progress", "completed", "cancelled")
TITLES = st.sampled_from(["a", "A", " b ", "%", "_", "\\", "é", "É", "ß", "zz", "\u3000x"])
DESCRIPTIONS = st.none() | st.sampled_from(["", "text", "100%"])
DUE_DATES = st.none() | st.sampled_from(
    ["2026-12-24", "2026-12-24T00:00:00Z", "2026-12-24T01:00:00+02:00", "0001-01-01", "9999-12-31T23:59:59.999999Z"]
)
CHANGES = st.fixed_dictionaries(
    {},
    optional={
        "title": TITLES,
        "description": DESCRIPTIONS,
        "status": st.sampled_from(STATUSES),
        "priority": st.integers(0, 5),
        "due_date": DUE_DATES,
    },
)
COMPLETIONS = st.fixed_dictionaries({"completed": st.booleans()})
LISTS = st.fixed_dictionaries(
    {"limit": st.integers(1, 4)},
    optional={
        "status": st.sampled_from(("all", *STATUSES)),
        "sort": st.sampled_from(("created", "updated", "title", "due_date", "priority")),
        "order": st.sampled_from(("asc", "desc")),
    },
)
STEPS = st.one_of(
    st.tuples(st.just("create"), CHANGES | COMPLETIONS, st.just(0)),
    st.tuples(st.just("update"), CHANGES | COMPLETIONS, st.integers(0, 9)),
    st.tuples(st.just("toggle"), st.none() | COMPLETIONS, st.integers(0, 9)),
    st.tuples(st.just("delete"), st.none(), st.integers(0, 9)),
    st.tuples(st.just("list"), LISTS, st.just(0)),
)


def instant(due_date: str) -> datetime:
    day = due_date if "T" in due_date else f"{due_date}T00:00:00Z"
    return datetime.fromisoformat(day).astimezone(UTC)


def as_answered(due_date: str | None) -> str | None:
    if due_date is None or "T" not in due_date:
        return due_date
    return instant(due_date).isoformat().replace("+00:00", "Z")


def apply(task: dict[str, Any], change: dict[str, Any]) -> None:
    """What an update should do to a task."""
    new = dict(change)
    if "title" in new:
        new["title"] = new["title"].strip(WHITE_SPACE)
    if "due_date" in new:
        new["due_date"] = as_answered(new["due_date"])
    completed = new.pop("completed", None)
    if completed is True:
        new["status"] = "completed"
    elif completed is False and task["status"] == "completed":
        new["status"] = "pending"
    if any(task[name] != value for name, value in new.items()):
        task["version"] += 1
    task.update(new)


KEYS: dict[str, Callable[[dict[str, Any]], Any]] = {
    "created": lambda task: task["created_at"],
    "updated": lambda task: task["updated_at"],
    "title": lambda task: unicodedata.normalize("NFC", task["title"]).casefold(),
    "priority": lambda task: task["priority"],
    "undated": lambda _task: 0,
    "due_date": lambda task: (instant(task["due_date"]), "T" in task["due_date"]),
}
DEFAULT_ORDER = {"created": "desc", "updated": "desc", "title": "asc", "due_date": "asc", "priority": "desc"}


def expected_list(model: Model, query: dict[str, Any]) -> list[int]:
    sort = query.get("sort", "created")
    reverse = query.get("order", DEFAULT_ORDER[sort]) == "desc"
    chosen = [task for task in model.values() if query.get("status", "all") in {"all", task["status"]}]
    undated = [task for task in chosen if sort == "due_date" and task["due_date"] is None]
    dated = [task for task in chosen if task not in undated]
    return [
        task["id"]
        for part, key in ((dated, KEYS[sort]), (undated, KEYS["undated"]))
        for task in sorted(part, key=lambda task: (key(task), task["id"]), reverse=reverse)
    ]


def listed(client: Client, query: dict[str, Any]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    cursor: dict[str, str] = {}
    while True:
        page = client.get(client.tasks, params={**query, **cursor}).json()
        found.extend(page["items"])
        if page["next_cursor"] is None:
            return found
        cursor = {"cursor": page["next_cursor"]}


def assert_listed(client: Client, model: Model, query: dict[str, Any]) -> None:
    """The list, walked in pages, is the model's, member by member."""
    answered = listed(client, query)
    assert [task["id"] for task in answered] == expected_list(model, query)
    for task in answered:
        mine = model[task["id"]]
        assert {name: task[name] for name in mine} == mine
        assert task["completed"] is (mine["status"] == "completed")
        assert (task["completed_at"] is not None) is task["completed"]


def step(client: Client, model: Model, action: str, argument: dict[str, Any] | None, choice: int) -> None:
    """Does one thing to the service and to the model; where there is no task to do it to, one is created."""
    ids = sorted(model)
    if action == "create" or not ids:
        change = (argument or {}) if action == "create" else {}
        task = client.create(**{"title": "t", **change})
        mine = {"title": "t", "description": None, "status": "pending", "priority": 0, "due_date": None, "version": 1}
        apply(mine, change)
        model[task["id"]] = mine | {
            "id": task["id"],
            "version": 1,
            "created_at": task["created_at"],
            "updated_at": task["updated_at"],
        }
    elif action == "list":
        assert_listed(client, model, argument or {})
    else:
        task_id = ids[choice % len(ids)]
        path = f"{client.tasks}/{task_id}"
        if action == "delete":
            assert client.delete(path).status_code == 204
            del model[task_id]
            return
        task = model[task_id]
        before = task["version"], task["updated_at"]
        if action == "update":
            answer = client.put(path, json=argument).json()
            apply(task, argument or {})
        else:
            answer = client.request("PATCH", f"{path}/complete", json=argument).json()
            apply(task, argument or {"completed": task["status"] != "completed"})
        if task["version"] == before[0]:
            assert answer["updated_at"] == before[1]
        task["updated_at"] = answer["updated_at"]


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture], derandomize=True)
@given(begun=st.lists(CHANGES | COMPLETIONS, min_size=2, max_size=7), steps=st.lists(STEPS, max_size=20))
def test_any_history_leaves_what_the_model_says(
    service: Service,
    alice: Client,
    bob: Client,
    begun: list[dict[str, Any]],
    steps: list[tuple[str, dict[str, Any] | None, int]],
) -> None:
    service.empty()
    theirs = bob.create("theirs")
    model: Model = {}
    for action, argument, choice in [*(("create", change, 0) for change in begun), *steps]:
        step(alice, model, action, argument, choice)
        assert_listed(alice, model, {"limit": 50})
    assert listed(bob, {"limit": 3}) == [theirs]
