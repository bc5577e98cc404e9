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


def test_done_or_not_done_can_be_asked_without_knowing_statuses(alice: Client) -> None:  # LIST-19, LIST-21
    for name in ("pending", "in_progress", "completed", "cancelled"):
        alice.create(name, status=name)
    assert titles(walk(alice, completed="true")) == ["completed"]
    assert titles(walk(alice, completed="false")) == ["cancelled", "in_progress", "pending"]
    assert titles(walk(alice, completed="false", status="pending")) == ["pending"]
    assert walk(alice, completed="true", status="pending") == []
    assert walk(alice, completed="false", status="completed") == []


def test_a_priority_shows_exactly_its_tasks(alice: Client) -> None:  # LIST-20
    for priority in range(6):
        alice.create(str(priority), priority=priority)
    for priority in range(6):
        assert titles(walk(alice, priority=priority)) == [str(priority)]


def test_a_task_has_to_pass_every_filter(alice: Client) -> None:  # LIST-21
    right = {"status": "pending", "priority": 3, "due_date": "2026-12-24"}
    query = {
        "search": "milk",
        "status": "pending",
        "completed": "false",
        "priority": 3,
        "due_after": "2026-12-24",
        "due_before": "2026-12-25",
    }
    task = alice.create("milk", **right)
    alice.create("beer", **right)
    for wrong in ({"status": "cancelled"}, {"priority": 2}, {"due_date": "2026-12-25"}):
        alice.create("milk", **{**right, **wrong})
    assert walk(alice, **query) == [task]
    assert walk(alice, **query, due="none") == []
    assert len(walk(alice)) == 5


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
        ("completed=True", "query.completed"),
        ("completed=1", "query.completed"),
        ("completed=", "query.completed"),
        ("search=", "query.search"),
        ("search=a&search=b", "query.search"),
        ("priority=6", "query.priority"),
        ("priority=-1", "query.priority"),
        ("priority=high", "query.priority"),
        ("priority=", "query.priority"),
        ("due=tomorrow", "query.due"),
        ("due=", "query.due"),
        ("due=none&due=today", "query.due"),
        ("due_date=2026-12-24", "query.due_date"),
        ("due_after=2026-12-24&due_after=2026-12-25", "query.due_after"),
        ("tz=UTC&tz=UTC", "query.tz"),
        ("offset=-1", "query.offset"),
        ("offset=10001", "query.offset"),
        ("offset=", "query.offset"),
        ("page=2", "query.page"),
        ("include_total=yes", "query.include_total"),
        ("include_total=", "query.include_total"),
        ("=x", "query.?"),
    ],
)
def test_a_wrong_parameter_is_named_and_lists_nothing(
    alice: Client, query: str, named: str
) -> None:  # LIST-3, LIST-5, LIST-6, LIST-7, LIST-17, LIST-37, ERR-12
    alice.create()
    assert fields(alice.get(f"{alice.tasks}?{query}")) == [named]


LISTS = (
    "status=pending",
    "status=cancelled",
    "completed=true",
    "completed=false",
    "search=e",
    "search=E",
    "priority=0",
    "priority=3",
    "due_after=2026-01-01",
    "due_after=2026-01-01T00:00:00Z",
    "due_before=2026-01-01",
    "due=none",
    "due=overdue",
    "due=upcoming",
    "tz=Europe/Berlin",
    "sort=updated",
    "sort=due_date&order=desc",
    "order=asc",
)


@pytest.mark.parametrize("other", LISTS)
def test_a_cursor_is_good_for_its_own_list_only(
    service: Service, alice: Client, bob: Client, other: str
) -> None:  # LIST-13
    for user in ("alice", "bob"):
        service.fill(user, 40)
    cursor = alice.get(f"{alice.tasks}?limit=2").json()["next_cursor"]
    assert fields(alice.get(f"{alice.tasks}?{other}&cursor={cursor}")) == ["query.cursor"]
    own = alice.get(f"{alice.tasks}?{other}&limit=1").json()["next_cursor"]
    if own is not None:
        assert alice.get(f"{alice.tasks}?{other}&cursor={own}").status_code == 200
        for another in ("", *LISTS):
            if another != other:
                assert fields(alice.get(f"{alice.tasks}?{another}&cursor={own}".replace("?&", "?"))) == ["query.cursor"]
        assert fields(bob.get(f"{bob.tasks}?{other}&cursor={own}")) == ["query.cursor"]


@pytest.mark.parametrize(
    ("one", "same"),
    [
        ("", "status=all&sort=created&order=desc&tz=UTC"),
        ("sort=title", "sort=title&order=asc"),
        ("due_after=2026-01-01T00:00:00Z", "due_after=2026-01-01T02:00:00.000%2B02:00"),
        ("", "limit=7&include_total=true"),
    ],
)
def test_a_list_that_is_written_otherwise_is_still_the_same(
    service: Service, alice: Client, one: str, same: str
) -> None:  # LIST-13, LIST-14
    service.fill("alice", 10)
    cursor = alice.get(f"{alice.tasks}?limit=1&{one}").json()["next_cursor"]
    assert alice.get(f"{alice.tasks}?cursor={cursor}&{same}").status_code == 200


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


@pytest.mark.parametrize("include_total", ["true", "false"])
def test_pages_with_numbers_show_the_list_in_order(
    service: Service, alice: Client, include_total: str
) -> None:  # LIST-37, LIST-40
    service.fill("alice", 11)
    service.fill("bob", 5)
    everything = walk(alice, sort="title")
    for offset in (0, 4, 8, 11, 12, 10000):
        query = {"sort": "title", "limit": "4", "offset": str(offset), "include_total": include_total}
        page = alice.get(alice.tasks, params=query).json()
        assert page["items"] == everything[offset : offset + 4]
        assert page.get("total") == (11 if include_total == "true" else None)
        assert (page["next_cursor"] is None) is (offset >= 8)


def test_from_an_offset_on_cursors_go_on(service: Service, alice: Client) -> None:  # LIST-39
    service.fill("alice", 11)
    assert (
        walk(alice, sort="title", limit=2)[3:5]
        == alice.get(f"{alice.tasks}?sort=title&limit=2&offset=3").json()["items"]
    )
    page = alice.get(f"{alice.tasks}?sort=title&limit=2&offset=3").json()
    rest = alice.get(f"{alice.tasks}?sort=title&cursor={page['next_cursor']}").json()
    assert rest["items"] == walk(alice, sort="title")[5:]


@pytest.mark.parametrize("offset", ["0", "1", "10000"])
def test_a_page_begins_at_a_cursor_or_at_an_offset(service: Service, alice: Client, offset: str) -> None:  # LIST-38
    service.fill("alice", 3)
    cursor = alice.get(f"{alice.tasks}?limit=1").json()["next_cursor"]
    assert fields(alice.get(f"{alice.tasks}?cursor={cursor}&offset={offset}")) == ["query.offset"]


def test_the_total_is_that_of_the_list_on_whatever_page(
    service: Service, alice: Client, bob: Client
) -> None:  # LIST-40
    assert alice.get(f"{alice.tasks}?include_total=true").json() == {"items": [], "next_cursor": None, "total": 0}
    service.fill("alice", 24)
    service.fill("bob", 7)
    for query, total in (
        ("", 24),
        ("status=completed", 6),
        ("completed=false", 18),
        ("priority=3", 4),
        ("due=none", 8),
    ):
        page = alice.get(f"{alice.tasks}?include_total=true&limit=3&{query}").json()
        assert page["total"] == total
        page = alice.get(f"{alice.tasks}?include_total=true&limit=3&{query}&cursor={page['next_cursor']}").json()
        assert page["total"] == total
    assert bob.get(f"{bob.tasks}?include_total=true").json()["total"] == 7


def test_nothing_is_counted_unless_it_is_asked_for(service: Service, alice: Client) -> None:  # LIST-1, LIST-40
    service.fill("alice", 3)
    for query, counted in (("", False), ("include_total=false", False), ("include_total=true", True)):
        with service.statements() as seen:
            page = alice.get(f"{alice.tasks}?{query}").json()
        assert ("total" in page) is counted
        assert ["count(" in statement for statement in seen] == [counted]
