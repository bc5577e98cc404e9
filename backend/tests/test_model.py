"""The service against a model of it: a dict as oracle over create, update, toggle, delete and list.

Hypothesis chooses what happens in which order; after every step the whole list, walked in pages, must be the model's.
The model has its own reading of time zones: it looks at what clocks show, one second after the other.
"""

import itertools
import unicodedata
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from functools import cache
from typing import Any  # a task, as JSON
from zoneinfo import ZoneInfo

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from backend.changes import WHITE_SPACE
from backend.tests.client import Client
from backend.tests.conftest import Service

Model = dict[int, dict[str, Any]]

STATUSES = ("pending", "in_progress", "completed", "cancelled")
TITLES = ("a", "A", " b ", "%", "_", "\\", "é", "É", "ß", "zz", "\u3000x", "100%")
DESCRIPTIONS = (None, "", "text", "100%", "SS a", "b_\\")
SEARCHES = ("a", "A", "%", "_", "\\", "É", "ss", "T", "0%", "z", " ", "ba", "\\%", "b_")
STARTED = datetime.now(UTC).replace(microsecond=0)
ZONES = ("UTC", "Europe/Berlin", "America/Sao_Paulo", "America/Havana", "Asia/Beirut", "Asia/Kolkata", "Pacific/Apia")
DUE_DATES = (
    "2026-12-24",
    "2026-12-24T00:00:00Z",
    "2026-12-24T01:00:00+02:00",
    "0001-01-01",
    "9999-12-31T23:59:59.999999Z",
    # around midnights that are left out, come twice, or belong to a day that was skipped
    "2018-11-04",
    "2018-11-04T03:00:00Z",
    "2018-11-04T02:59:59Z",
    "2026-11-01",
    "2026-11-01T04:00:00Z",
    "2026-11-01T05:00:00Z",
    "2011-12-30",
    "2011-12-30T10:00:00Z",
    "2026-03-29T22:00:00Z",
    # around now: an hour off, so that none becomes overdue while this runs
    *(str((STARTED + timedelta(days=days)).date()) for days in (-2, -1, 0, 1, 2)),
    *((STARTED + timedelta(hours=hours)).isoformat() for hours in (-25, -9, -1, 1, 9, 25, 49)),
)
CHANGES = st.fixed_dictionaries(
    {},
    optional={
        "title": st.sampled_from(TITLES),
        "description": st.sampled_from(DESCRIPTIONS),
        "status": st.sampled_from(STATUSES),
        "priority": st.integers(0, 5),
        "due_date": st.none() | st.sampled_from(DUE_DATES),
    },
)
COMPLETIONS = st.fixed_dictionaries({"completed": st.booleans()})
EVERY_FILTER: tuple[tuple[str, Any], ...] = (  # Any: a value of any parameter
    *itertools.product(("status",), ("all", *STATUSES)),
    *itertools.product(("completed",), (True, False)),
    *itertools.product(("search",), SEARCHES),
    *itertools.product(("priority",), range(6)),
    *itertools.product(("due_after", "due_before"), DUE_DATES),
    *itertools.product(("due",), ("none", "overdue", "today", "upcoming")),
)
BY_NAME = itertools.groupby(EVERY_FILTER, lambda filter_: filter_[0])
FILTERS = st.lists(
    st.one_of([st.sampled_from(list(filters)) for _, filters in BY_NAME]),
    max_size=3,  # more would seldom leave a task
).map(dict[str, Any])  # Any: as above
PAGES = st.fixed_dictionaries(
    {"tz": st.sampled_from(ZONES)},
    optional={
        "sort": st.sampled_from(("created", "updated", "title", "due_date", "priority")),
        "order": st.sampled_from(("asc", "desc")),
        "offset": st.integers(0, 4),
        "include_total": st.booleans(),
    },
)


def lists(least: int, most: int) -> st.SearchStrategy[dict[str, Any]]:
    """Queries of lists with so many tasks in a page."""
    limits = st.fixed_dictionaries({"limit": st.integers(least, most)})
    return st.tuples(FILTERS, PAGES, limits).map(lambda parts: parts[0] | parts[1] | parts[2])


STEPS = st.one_of(
    st.tuples(st.just("create"), CHANGES | COMPLETIONS, st.just(0)),
    st.tuples(st.just("update"), CHANGES | COMPLETIONS, st.integers(0, 9)),
    st.tuples(st.just("toggle"), st.none() | COMPLETIONS, st.integers(0, 9)),
    st.tuples(st.just("delete"), st.none(), st.integers(0, 9)),
    st.tuples(st.just("list"), lists(1, 4), st.just(0)),
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


@cache
def begin(day: date, tz: str) -> datetime:
    """The first moment at which clocks there show the day or, if they never do, a later one."""
    zone = ZoneInfo(tz)
    moment = datetime(day.year, day.month, day.day, tzinfo=UTC) - timedelta(hours=27)
    for step in (timedelta(hours=1), timedelta(seconds=1)):
        while moment.astimezone(zone).date() < day:
            moment += step
        moment -= timedelta(hours=1) if step > timedelta(minutes=1) else timedelta(0)
    return moment


def interval(due_date: str, tz: str) -> tuple[datetime, datetime]:
    """When a task is due: for a moment, or for the whole of a day."""
    if "T" in due_date:
        return instant(due_date), instant(due_date)
    day = date.fromisoformat(due_date)
    if day.year == 1:  # before all others, in any zone
        return instant(due_date), instant("0001-01-02")
    return begin(day, tz), begin(day + timedelta(days=1), tz)


def passes_after(due_date: str, bound: str, tz: str) -> bool:
    if "T" not in due_date and "T" not in bound:
        return due_date >= bound
    first, last = interval(due_date, tz)
    moment = interval(bound, tz)[0]
    return moment <= first if "T" in due_date else moment < last


def passes_before(due_date: str, bound: str, tz: str) -> bool:
    if "T" not in due_date and "T" not in bound:
        return due_date < bound
    return interval(due_date, tz)[0] < interval(bound, tz)[0]


def is_due(task: dict[str, Any], due: str, tz: str, now: datetime) -> bool:
    """Whether a task is what `due` names."""
    due_date = task["due_date"]
    if due == "none" or due_date is None:
        return due == "none" and due_date is None
    if task["status"] in {"completed", "cancelled"}:
        return False
    today = now.astimezone(ZoneInfo(tz)).date()
    shown = date.fromisoformat(due_date[:10])
    if "T" in due_date and shown.year < 9999:  # at the calendar's end clocks in the east have none to show
        shown = instant(due_date).astimezone(ZoneInfo(tz)).date()
    if due == "overdue":
        return instant(due_date) < now if "T" in due_date else shown < today
    return shown == today if due == "today" else shown > today


def passes(task: dict[str, Any], query: dict[str, Any], now: datetime) -> bool:
    """Whether a task is in the list."""
    tz, due_date = query.get("tz", "UTC"), task["due_date"]
    searched = query.get("search", "").casefold()
    return all(
        (
            query.get("status", "all") in {"all", task["status"]},
            query.get("completed") in {None, task["status"] == "completed"},
            query.get("priority") in {None, task["priority"]},
            any(searched in (text or "").casefold() for text in (task["title"], task["description"])),
            "due_after" not in query or (due_date is not None and passes_after(due_date, query["due_after"], tz)),
            "due_before" not in query or (due_date is not None and passes_before(due_date, query["due_before"], tz)),
            "due" not in query or is_due(task, query["due"], tz, now),
        )
    )


def expected_list(model: Model, query: dict[str, Any], now: datetime) -> list[int]:
    sort = query.get("sort", "created")
    reverse = query.get("order", DEFAULT_ORDER[sort]) == "desc"
    chosen = [task for task in model.values() if passes(task, query, now)]
    undated = [task for task in chosen if sort == "due_date" and task["due_date"] is None]
    dated = [task for task in chosen if task not in undated]
    return [
        task["id"]
        for part, key in ((dated, KEYS[sort]), (undated, KEYS["undated"]))
        for task in sorted(part, key=lambda task: (key(task), task["id"]), reverse=reverse)
    ]


def listed(client: Client, query: dict[str, Any], total: int | None = None) -> list[dict[str, Any]]:
    """The list, walked in pages, each of which has this total."""
    found: list[dict[str, Any]] = []
    sent = {name: str(value).lower() if isinstance(value, bool) else value for name, value in query.items()}
    while True:
        response = client.get(client.tasks, params=sent)
        assert response.status_code == 200, response.text
        page = response.json()
        assert page.get("total") == total
        found.extend(page["items"])
        if page["next_cursor"] is None:
            return found
        sent = {**sent, "cursor": page["next_cursor"]}
        sent.pop("offset", None)


def assert_listed(client: Client, model: Model, query: dict[str, Any]) -> None:
    """The list, walked in pages, is the model's, member by member."""
    expected = expected_list(model, query, datetime.now(UTC))
    answered = listed(client, query, len(expected) if query.get("include_total") else None)
    assert [task["id"] for task in answered] == expected[query.get("offset", 0) :]
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


def test_any_list_of_many_tasks_is_the_models(service: Service, alice: Client, bob: Client) -> None:
    service.empty()
    bob.create("theirs")
    model: Model = {}
    texts = itertools.cycle(itertools.product(TITLES, DESCRIPTIONS))
    for number, (due_date, status) in enumerate(itertools.product((None, *DUE_DATES), STATUSES)):
        title, description = next(texts)
        change = {"title": title, "description": description, "status": status, "due_date": due_date}
        step(alice, model, "create", {**change, "priority": number % 6}, 0)

    for name, value in EVERY_FILTER:
        for tz in ZONES if name.startswith("due") else ("UTC",):
            assert_listed(alice, model, {name: value, "tz": tz, "limit": 100})

    @settings(max_examples=150, deadline=None, derandomize=True)
    @given(query=lists(20, 100))
    def compare(query: dict[str, Any]) -> None:
        assert_listed(alice, model, query)

    compare()


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
