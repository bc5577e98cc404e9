"""listTasks: `GET /api/{user_id}/tasks`."""

import itertools
from collections.abc import Iterator
from typing import Any  # a task, as JSON

import pytest

from backend.tests.client import Client, fields
from backend.tests.conftest import Service

SORTS = ("created", "updated", "title", "due_date", "priority")
ORDERS = ("asc", "desc")
DEFAULT_ORDER = {"created": "desc", "updated": "desc", "title": "asc", "due_date": "asc", "priority": "desc"}


def pages(client: Client, **parameters: object) -> Iterator[list[dict[str, Any]]]:
    """Walks the pages of a list."""
    query = {name: str(value) for name, value in parameters.items()}
    while True:
        response = client.get(client.tasks, params=query)
        assert response.status_code == 200, response.text
        yield response.json()["items"]
        if response.json()["next_cursor"] is None:
            return
        query["cursor"] = response.json()["next_cursor"]


def walk(client: Client, **parameters: object) -> list[dict[str, Any]]:
    return list(itertools.chain.from_iterable(pages(client, **parameters)))


def titles(tasks: list[dict[str, Any]]) -> list[str]:
    return [task["title"] for task in tasks]


def test_nobody_has_no_tasks_and_no_error(alice: Client) -> None:  # LIST-1, LIST-2
    assert alice.get(alice.tasks).json() == {"items": [], "next_cursor": None}


def test_a_list_shows_the_owners_tasks_newest_first(alice: Client, bob: Client) -> None:  # LIST-1, LIST-2
    mine = [alice.create(f"mine {n}") for n in range(3)]
    bob.create("theirs")
    assert alice.get(alice.tasks).json() == {"items": mine[::-1], "next_cursor": None}


@pytest.mark.parametrize("status", ["pending", "in_progress", "completed", "cancelled"])
def test_a_status_shows_exactly_its_tasks(alice: Client, status: str) -> None:  # LIST-5
    for name in ("pending", "in_progress", "completed", "cancelled"):
        alice.create(name, status=name)
    assert titles(walk(alice, status=status)) == [status]
    assert len(walk(alice, status="all")) == 4


@pytest.mark.parametrize(("limit", "sizes"), [(1, [1] * 5), (2, [2, 2, 1]), (5, [5]), (100, [5])])
def test_a_page_holds_as_many_as_asked_and_the_last_says_so(
    alice: Client, limit: int, sizes: list[int]
) -> None:  # LIST-3, LIST-4
    for n in range(5):
        alice.create(str(n))
    assert [len(page) for page in pages(alice, limit=limit)] == sizes


def test_without_a_limit_a_page_holds_fifty(service: Service, alice: Client) -> None:  # LIST-3
    service.fill("alice", 51)
    assert [len(page) for page in pages(alice)] == [50, 1]


def test_titles_are_ordered_without_regard_to_case(alice: Client) -> None:  # LIST-11
    for title in ("b", "A", "a", "B", "Émile", "émile", "ß", "SS", "10", "9"):
        alice.create(title)
    assert titles(walk(alice, sort="title")) == ["10", "9", "A", "a", "b", "B", "ß", "SS", "Émile", "émile"]


DUE = [
    None,
    "2026-12-24T00:00:00Z",
    "2026-12-24",
    "2026-12-23T23:59:59.999999Z",
    "2026-12-24T00:00:00.000001Z",
    "0001-01-01",
    "9999-12-31T23:59:59.999999Z",
    None,
    "1969-12-31T23:59:59.999999Z",
]


@pytest.mark.parametrize("order", ORDERS)
def test_due_dates_put_a_day_before_its_instants_and_none_last(alice: Client, order: str) -> None:  # LIST-9, LIST-10
    for due_date in DUE:
        alice.create(due_date=due_date)
    dated = [DUE[n] for n in (5, 8, 3, 2, 1, 4, 6)]
    expected = (dated if order == "asc" else dated[::-1]) + [None, None]
    assert [task["due_date"] for task in walk(alice, sort="due_date", order=order, limit=2)] == expected


@pytest.mark.parametrize("sort", SORTS)
def test_every_sort_has_its_own_default_direction(alice: Client, sort: str) -> None:  # LIST-6, LIST-7
    for n in range(4):
        alice.create(f"t{n}", priority=n, due_date=f"2026-01-0{n + 1}")
    assert walk(alice, sort=sort) == walk(alice, sort=sort, order=DEFAULT_ORDER[sort])
    assert walk(alice, sort=sort, order="asc") == walk(alice, sort=sort, order="desc")[::-1]


@pytest.mark.parametrize(("sort", "order"), [*itertools.product(SORTS, ORDERS)])
def test_equal_keys_are_ordered_by_id_in_the_same_direction(
    service: Service, alice: Client, sort: str, order: str
) -> None:  # LIST-8
    service.fill("alice", 25, equal=True)
    ids = [task["id"] for task in walk(alice, sort=sort, order=order, limit=4)]
    assert ids == sorted(ids, reverse=order == "desc")
    assert len(set(ids)) == 25


@pytest.mark.parametrize(("sort", "order"), [*itertools.product(SORTS, ORDERS)])
def test_what_stands_still_is_seen_exactly_once_whatever_is_written_meanwhile(
    service: Service, alice: Client, sort: str, order: str
) -> None:  # LIST-15, LIST-16
    service.fill("alice", 40)
    still = {task["id"] for task in walk(alice) if task["id"] % 2}
    seen: list[int] = []
    for page in pages(alice, sort=sort, order=order, limit=3):
        seen.extend(task["id"] for task in page)
        # The last one seen moves or goes away - the very one that the cursor stands on - and new ones come.
        moving = next((task["id"] for task in reversed(page) if task["id"] % 2 == 0), None)
        if moving is not None:
            if moving % 4:
                alice.delete(f"{alice.tasks}/{moving}")
            else:
                alice.put(f"{alice.tasks}/{moving}", json={"title": "zzz", "priority": 0, "due_date": None})
        if len(seen) < 30:
            alice.create("new", priority=3, due_date="2026-06-01")
    assert still <= set(seen)
    assert all(seen.count(task_id) == 1 for task_id in still)


@pytest.mark.parametrize(
    ("query", "named"),
    [
        ("staus=completed", "query.staus"),
        ("status=done", "query.status"),
        ("status=", "query.status"),
        ("status=pending&status=completed", "query.status"),
        ("status=Pending", "query.status"),
        ("sort=id", "query.sort"),
        ("sort=", "query.sort"),
        ("order=up", "query.order"),
        ("limit=0", "query.limit"),
        ("limit=101", "query.limit"),
        ("limit=-1", "query.limit"),
        ("limit=ten", "query.limit"),
        ("limit=1.0", "query.limit"),
        ("limit=1_0", "query.limit"),
        ("limit=%2010", "query.limit"),
        ("limit=010", "query.limit"),
        ("limit=" + "9" * 5000, "query.limit"),
        ("limit=", "query.limit"),
        ("limit", "query.limit"),
        ("limit=1&limit=1", "query.limit"),
        ("cursor=", "query.cursor"),
        ("cursor=a+b", "query.cursor"),
        ("cursor=" + "A" * 4097, "query.cursor"),
        ("cursor=AAAA", "query.cursor"),
        ("search=milk", "query.search"),
        ("=x", "query.?"),
    ],
)
def test_a_wrong_parameter_is_named_and_lists_nothing(
    alice: Client, query: str, named: str
) -> None:  # LIST-3, LIST-5, LIST-6, LIST-7, LIST-17, ERR-12
    alice.create()
    assert fields(alice.get(f"{alice.tasks}?{query}")) == [named]


def test_a_cursor_is_good_for_its_own_list_only(service: Service, alice: Client, bob: Client) -> None:  # LIST-13
    service.fill("alice", 5)
    service.fill("bob", 5)
    cursor = alice.get(f"{alice.tasks}?limit=2").json()["next_cursor"]
    assert alice.get(f"{alice.tasks}?cursor={cursor}").status_code == 200
    for other in ("status=pending", "sort=updated", "order=asc"):
        assert fields(alice.get(f"{alice.tasks}?{other}&cursor={cursor}")) == ["query.cursor"]
    assert fields(bob.get(f"{bob.tasks}?cursor={cursor}")) == ["query.cursor"]


def test_a_cursor_cannot_be_changed(service: Service, alice: Client) -> None:  # LIST-12
    service.fill("alice", 3)
    cursor = alice.get(f"{alice.tasks}?limit=1").json()["next_cursor"]
    for place in range(0, len(cursor), 7):
        forged = cursor[:place] + ("A" if cursor[place] != "A" else "B") + cursor[place + 1 :]
        assert fields(alice.get(alice.tasks, params={"cursor": forged})) == ["query.cursor"]


def test_a_task_with_the_longest_title_key_can_stand_at_the_end_of_a_page(alice: Client) -> None:
    for _ in range(2):
        alice.create("\u0390" * 200)
    assert len(walk(alice, sort="title", limit=1)) == 2


def test_pages_may_differ_in_size(service: Service, alice: Client) -> None:  # LIST-14
    service.fill("alice", 10)
    seen: list[dict[str, Any]] = []
    query: dict[str, str] = {}
    for limit in ("1", "5", "2", "100"):
        page = alice.get(alice.tasks, params={"limit": limit, **query}).json()
        seen.extend(page["items"])
        query = {"cursor": page["next_cursor"]}
    assert seen == walk(alice)
    assert query == {"cursor": None}
