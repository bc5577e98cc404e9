"""listTasks' filters of due dates: `due_after`, `due_before`, `due` and `tz`, with clocks that jump."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any  # a task, as JSON
from zoneinfo import ZoneInfo

import pytest
from pydantic import MISSING

from backend import due
from backend.filters import Filters
from backend.paging import Cursors
from backend.tests.client import Client, fields
from backend.tests.conftest import Service


def listed(client: Client, **query: str) -> set[str]:
    """The due dates of what is listed."""
    page = client.get(client.tasks, params=query)
    assert page.status_code == 200, page.text
    return {str(task["due_date"]) for task in page.json()["items"]}


def later(now: datetime, **step: int) -> str:
    return (now + timedelta(**step)).isoformat().replace("+00:00", "Z")


AROUND = ("2026-12-23", "2026-12-23T23:59:59.999999Z", "2026-12-24", "2026-12-24T00:00:00Z", "2026-12-25")


@pytest.mark.parametrize(
    ("query", "first", "end"),
    [
        # a day as bound is where it begins
        ({"due_after": "2026-12-24"}, 2, 5),
        ({"due_before": "2026-12-24"}, 0, 2),
        ({"due_after": "2026-12-24", "due_before": "2026-12-25"}, 2, 4),
        # from an instant on: a day that is not over yet belongs to it
        ({"due_after": "2026-12-23T23:59:59.999999Z"}, 0, 5),
        ({"due_after": "2026-12-24T00:00:00Z"}, 2, 5),
        ({"due_after": "2026-12-24T01:00:00+01:00"}, 2, 5),
        # before an instant: a day that has begun belongs to it
        ({"due_before": "2026-12-24T00:00:00Z"}, 0, 2),
        ({"due_before": "2026-12-24T00:00:00.000001Z"}, 0, 4),
        ({"due_before": "2026-12-23T00:00:00.000001Z"}, 0, 1),
        ({"due_before": "2026-12-23T00:00:00Z"}, 0, 0),
    ],
)
def test_bounds_are_inclusive_after_and_exclusive_before(
    alice: Client, query: dict[str, str], first: int, end: int
) -> None:  # LIST-26, LIST-27, LIST-28, LIST-29
    alice.create()
    for due_date in AROUND:
        alice.create(due_date=due_date)
    assert listed(alice, **query) == set(AROUND[first:end])


def test_in_the_middle_of_a_day_that_day_still_counts(alice: Client) -> None:  # LIST-26, LIST-27
    alice.create(due_date="2026-12-24")
    noon = "2026-12-24T12:00:00Z"
    assert listed(alice, due_after=noon) == listed(alice, due_before=noon) == {"2026-12-24"}
    assert listed(alice, due_after="2026-12-24T12:00:00+13:00", tz="Pacific/Auckland") == {"2026-12-24"}
    assert listed(alice, due_after="2026-12-25T00:00:00+13:00", tz="Pacific/Auckland") == set()
    assert listed(alice, due_before="2026-12-24T00:00:00+13:00", tz="Pacific/Auckland") == set()


BEGINNINGS = [
    ("UTC", "2026-12-24", "2026-12-24T00:00:00Z"),
    ("Asia/Kolkata", "2026-12-24", "2026-12-23T18:30:00Z"),
    # 23 and 25 hours
    ("Europe/Berlin", "2026-03-29", "2026-03-28T23:00:00Z"),
    ("Europe/Berlin", "2026-03-30", "2026-03-29T22:00:00Z"),
    ("Europe/Berlin", "2026-10-25", "2026-10-24T22:00:00Z"),
    ("Europe/Berlin", "2026-10-26", "2026-10-25T23:00:00Z"),
    # no midnight: the day begins at 01:00
    ("America/Sao_Paulo", "2018-11-04", "2018-11-04T03:00:00Z"),
    ("America/Sao_Paulo", "2018-11-05", "2018-11-05T02:00:00Z"),
    ("Asia/Beirut", "2022-03-27", "2022-03-26T22:00:00Z"),
    ("Africa/Cairo", "2023-04-28", "2023-04-27T22:00:00Z"),
    # no midnight, and the gap began before it: the day begins at 00:30
    ("America/Toronto", "1919-03-31", "1919-03-31T04:30:00Z"),
    # two midnights: the first one
    ("America/Havana", "2026-11-01", "2026-11-01T04:00:00Z"),
    ("America/Havana", "2026-11-02", "2026-11-02T05:00:00Z"),
    # put back at midnight: the day before has 25 hours
    ("America/Sao_Paulo", "2018-02-18", "2018-02-18T03:00:00Z"),
    # put back at 00:01 to 23:01: the day has begun and does not begin again
    ("America/St_Johns", "2006-10-29", "2006-10-29T02:30:00Z"),
    # a day that was skipped begins and ends at once
    ("Pacific/Apia", "2011-12-29", "2011-12-29T10:00:00Z"),
    ("Pacific/Apia", "2011-12-30", "2011-12-30T10:00:00Z"),
    ("Pacific/Apia", "2011-12-31", "2011-12-30T10:00:00Z"),
    # the ends of the calendar
    ("Asia/Tokyo", "0001-01-01", "0001-01-01T00:00:00Z"),
    ("Etc/GMT+12", "0001-01-01", "0001-01-01T12:00:00Z"),
    ("Etc/GMT+12", "9999-12-31", "9999-12-31T12:00:00Z"),
    ("Etc/GMT-14", "9999-12-31", "9999-12-30T10:00:00Z"),
]


@pytest.mark.parametrize(("tz", "day", "begin"), BEGINNINGS)
def test_a_day_begins_at_its_first_moment(alice: Client, tz: str, day: str, begin: str) -> None:  # LIST-28, LIST-35
    alice.create(due_date=begin)
    moment = datetime.fromisoformat(begin)
    before = set()
    if moment > datetime.min.replace(tzinfo=UTC):
        before = {later(moment, microseconds=-1)}
        alice.create(due_date=before.copy().pop())
    assert listed(alice, tz=tz, due_after=day) == {begin}
    assert listed(alice, tz=tz, due_before=day) == before


@pytest.mark.parametrize(("tz", "day", "begin"), [row for row in BEGINNINGS if row[1][:4] not in {"0001", "9999"}])
def test_an_all_day_task_is_due_from_the_beginning_of_its_day(
    alice: Client, tz: str, day: str, begin: str
) -> None:  # LIST-26, LIST-27, LIST-35
    alice.create(due_date=day)
    moment = datetime.fromisoformat(begin)
    assert listed(alice, tz=tz, due_before=begin) == set()
    assert listed(alice, tz=tz, due_before=later(moment, microseconds=1)) == {day}
    # Of a skipped day nothing is left at the moment when it would have begun.
    skipped = {day} if tz == "Pacific/Apia" and day == "2011-12-30" else set()
    assert listed(alice, tz=tz, due_after=begin) == {day} - skipped
    assert listed(alice, tz=tz, due_after=later(moment, microseconds=-1)) == {day}
    (alice_task,) = alice.get(alice.tasks).json()["items"]
    before = str(date.fromisoformat(day) - timedelta(days=1))
    alice.put(f"{alice.tasks}/{alice_task['id']}", json={"due_date": before})
    assert listed(alice, tz=tz, due_after=begin) == set()


def test_a_skipped_day_is_still_a_day_among_days(alice: Client) -> None:  # LIST-28, LIST-35
    for day in ("2011-12-29", "2011-12-30", "2011-12-31"):
        alice.create(due_date=day)
    apia = {"tz": "Pacific/Apia"}
    assert listed(alice, **apia, due_after="2011-12-30", due_before="2011-12-31") == {"2011-12-30"}
    assert listed(alice, **apia, due_after="2011-12-31") == {"2011-12-31"}


@pytest.mark.parametrize("tz", ["UTC", "Asia/Tokyo", "Etc/GMT+12", "Etc/GMT-14", "America/New_York", "Asia/Manila"])
def test_nothing_overflows_at_the_ends_of_the_calendar(alice: Client, tz: str) -> None:  # LIST-35
    first, last = ("0001-01-01", "0001-01-01T00:00:00Z"), ("9999-12-31", "9999-12-31T23:59:59.999999Z")
    everything = {*first, *last}
    for due_date in everything:
        alice.create(due_date=due_date)
    end, begin = "9999-12-31T23:59:59.999999Z", "0001-01-01T00:00:00Z"
    offset = datetime(5000, 1, 1, tzinfo=ZoneInfo(tz)).utcoffset()
    assert offset is not None
    # The first of January of the year 1 has begun before the calendar east of Greenwich, and begins later west of it.
    local_mean_time = datetime(1, 1, 2, tzinfo=ZoneInfo(tz)).utcoffset()
    assert local_mean_time is not None
    assert listed(alice, tz=tz, due_after=begin) == everything
    assert listed(alice, tz=tz, due_before=begin) == ({first[0]} if local_mean_time > timedelta(0) else set())
    assert listed(alice, tz=tz, due_before=end) == everything - {end}
    # The last day is over before the calendar's end east of Greenwich.
    assert listed(alice, tz=tz, due_after=end) == ({end} if offset > timedelta(0) else {end, last[0]})
    assert listed(alice, tz=tz, due_after="0001-01-01") >= {first[0], *last}
    assert listed(alice, tz=tz, due_before="9999-12-31") == {*first}


@pytest.mark.parametrize("bound", ["due_after", "due_before"])
@pytest.mark.parametrize(
    "value",
    [
        "0001-01-01T00:00:00+00:01",  # year 0 in UTC
        "9999-12-31T23:59:59.999999-00:01",
        "2026-02-30",
        "2026-12-24T17:00:00",
        "2026-12-24T17:00:00 01:00",  # a plus sign that was not encoded
        "2026-12-24T24:00:00Z",
        "24.12.2026",
        "today",
        "null",
        "0",
        "",
    ],
)
def test_what_is_no_due_date_is_no_bound(alice: Client, bound: str, value: str) -> None:  # LIST-26, LIST-27
    assert fields(alice.get(alice.tasks, params={bound: value})) == [f"query.{bound}"]


@pytest.mark.parametrize("more", [{}, {"due": "today"}, {"due_after": "2026-12-24"}])
@pytest.mark.parametrize(
    "tz",
    ["Europe", "europe/berlin", "Mars/Olympus", "../etc/passwd", "/etc/localtime", "localtime", "Europe/Berlin ",
     "UTC+1", "Etc/GMT 1", "+01:00", "A" * 65, "posixrules", "posix/UTC", "\u0395urope/Berlin", ""],
)  # fmt: skip
def test_an_unknown_time_zone_is_refused_not_guessed(
    service: Service, alice: Client, tz: str, more: dict[str, str]
) -> None:  # LIST-34
    with service.statements() as seen:
        assert fields(alice.get(alice.tasks, params={"tz": tz, **more})) == ["query.tz"]
    assert seen == []


@pytest.mark.parametrize("tz", ["UTC", "Etc/GMT+12", "America/Argentina/ComodRivadavia", "EST5EDT", "Asia/Ho_Chi_Minh"])
def test_names_of_the_database_are_time_zones(alice: Client, tz: str) -> None:  # LIST-34
    assert alice.get(alice.tasks, params={"tz": tz}).status_code == 200


def test_without_a_time_zone_it_is_utc(alice: Client) -> None:  # LIST-34
    alice.create(due_date="2026-12-24")
    late = "2026-12-24T23:00:00Z"
    assert listed(alice, due_after=late) == listed(alice, due_after=late, tz="UTC") == {"2026-12-24"}
    assert listed(alice, due_after=late, tz="Asia/Tokyo") == set()


SPANS: list[tuple[str, str, dict[str, set[due.Named]]]] = [
    (
        "UTC",
        "2026-12-24T12:00:00Z",
        {
            "2026-12-23": {"overdue"},
            "2026-12-23T23:59:59.999999Z": {"overdue"},
            "2026-12-24": {"today"},
            "2026-12-24T00:00:00Z": {"overdue", "today"},
            "2026-12-24T11:59:59.999999Z": {"overdue", "today"},
            "2026-12-24T12:00:00Z": {"today"},
            "2026-12-24T23:59:59.999999Z": {"today"},
            "2026-12-25": {"upcoming"},
            "2026-12-25T00:00:00Z": {"upcoming"},
        },
    ),
    (
        "America/Sao_Paulo",  # the first moment of a day whose midnight was skipped
        "2018-11-04T03:00:00Z",
        {
            "2018-11-03": {"overdue"},
            "2018-11-04T02:59:59.999999Z": {"overdue"},
            "2018-11-04": {"today"},
            "2018-11-04T03:00:00Z": {"today"},
            "2018-11-05T01:59:59.999999Z": {"today"},
            "2018-11-05": {"upcoming"},
            "2018-11-05T02:00:00Z": {"upcoming"},
        },
    ),
    (
        "America/Havana",  # in the second hour after midnight that is called 00
        "2026-11-01T05:30:00Z",
        {
            "2026-10-31": {"overdue"},
            "2026-11-01T03:59:59.999999Z": {"overdue"},
            "2026-11-01": {"today"},
            "2026-11-01T04:00:00Z": {"overdue", "today"},
            "2026-11-02T04:59:59.999999Z": {"today"},
            "2026-11-02": {"upcoming"},
            "2026-11-02T05:00:00Z": {"upcoming"},
        },
    ),
    (
        "America/St_Johns",  # clocks show the day before again
        "2006-10-29T02:45:00Z",
        {
            "2006-10-28": {"overdue"},
            "2006-10-29T02:29:59.999999Z": {"overdue"},
            "2006-10-29": {"today"},
            "2006-10-29T02:30:00Z": {"overdue", "today"},
            "2006-10-30T03:29:59.999999Z": {"today"},
            "2006-10-30": {"upcoming"},
            "2006-10-30T03:30:00Z": {"upcoming"},
        },
    ),
    (
        "Pacific/Apia",  # the last moment before the day that was skipped
        "2011-12-30T09:59:59.999999Z",
        {
            "2011-12-28": {"overdue"},
            "2011-12-29": {"today"},
            "2011-12-29T10:00:00Z": {"overdue", "today"},
            "2011-12-30T09:59:59.999999Z": {"today"},
            "2011-12-30": {"upcoming"},
            "2011-12-31": {"upcoming"},
            "2011-12-30T10:00:00Z": {"upcoming"},
        },
    ),
]


@pytest.mark.parametrize(("tz", "now", "names"), SPANS, ids=[row[0] for row in SPANS])
def test_a_due_date_has_the_names_that_it_has_in_the_zone(
    tz: str, now: str, names: dict[str, set[due.Named]]
) -> None:  # LIST-30, LIST-31, LIST-32, LIST-35
    zone = due.zone(tz)
    assert zone is not None
    spans: dict[due.Named, tuple[due.Bound | None, due.Bound | None]] = {
        "overdue": due.span("overdue", datetime.fromisoformat(now), zone),
        "today": due.span("today", datetime.fromisoformat(now), zone),
        "upcoming": due.span("upcoming", datetime.fromisoformat(now), zone),
    }
    for due_date, expected in names.items():
        found = {
            name
            for name, (start, end) in spans.items()
            if not (start and is_before(due_date, start)) and (end is None or is_before(due_date, end))
        }
        assert found == expected, due_date


def is_before(due_date: str, bound: due.Bound) -> bool:
    if "T" in due_date:
        return datetime.fromisoformat(due_date) < bound.instant
    return (date.fromisoformat(due_date) - due.FIRST_DAY).days < bound.day


@pytest.mark.parametrize("tz", ["UTC", "Asia/Kolkata", "Pacific/Kiritimati", "Etc/GMT+12"])
def test_now_is_the_databases_and_today_the_zones(
    service: Service, alice: Client, tz: str
) -> None:  # LIST-30, LIST-31, LIST-32, LIST-36
    [(now,)] = service.rows("SELECT now()")
    assert isinstance(now, datetime)
    today = now.astimezone(ZoneInfo(tz)).date()
    days = {step: str(today + timedelta(days=step)) for step in (-1, 0, 1)}
    instants = {step: later(now.astimezone(UTC), seconds=step) for step in (-1, 600, 2 * 86400)}
    for due_date in (*days.values(), *instants.values(), None):
        alice.create(due_date=due_date)
    assert listed(alice, due="overdue", tz=tz) == {days[-1], instants[-1]}
    assert {days[0]} <= listed(alice, due="today", tz=tz) <= {days[0], instants[-1], instants[600]}
    assert {days[1], instants[2 * 86400]} <= listed(alice, due="upcoming", tz=tz)
    # Nothing falls between the three, and a task without a due date is in none of them.
    named = [listed(alice, due=name, tz=tz) for name in ("overdue", "today", "upcoming")]
    assert set().union(*named) == {*days.values(), *instants.values()}
    assert named[1] & named[2] == named[0] & named[2] == set()
    assert listed(alice, due="none", tz=tz) == {"None"}


@pytest.mark.parametrize("due_date", ["2000-01-01", "2000-01-01T00:00:00Z", "9999-01-01", "today", None])
def test_what_is_done_with_is_never_overdue(
    service: Service, alice: Client, due_date: str | None
) -> None:  # LIST-29, LIST-33
    if due_date == "today":
        [(today,)] = service.rows("SELECT (now() AT TIME ZONE 'UTC')::date")
        due_date = str(today)
    for status in ("pending", "in_progress", "completed", "cancelled"):
        alice.create(status=status, due_date=due_date)
    found: list[dict[str, Any]] = []
    for name in ("none", "overdue", "today", "upcoming"):
        found += alice.get(alice.tasks, params={"due": name}).json()["items"]
    assert {task["status"] for task in found} == (
        {"pending", "in_progress"} if due_date else {"pending", "in_progress", "completed", "cancelled"}
    )


def test_a_walk_is_of_the_time_of_its_first_page(service: Service, alice: Client) -> None:  # LIST-36, LIST-15
    task_ids = [alice.create(due_date=f"{year}-01-01T00:00:00Z")["id"] for year in (2000, 2010, 2010, 2001, 2002)]
    overdue = Filters("all", MISSING, MISSING, MISSING, MISSING, MISSING, "overdue", ZoneInfo("UTC"))
    binding = ("alice", "created", "asc", *overdue.binding())
    cursors = Cursors(service.settings.secrets)
    query = {"due": "overdue", "order": "asc", "limit": "1"}
    [(before,)] = service.rows("SELECT clock_timestamp()")
    first = alice.get(alice.tasks, params=query).json()
    [(after,)] = service.rows("SELECT clock_timestamp()")
    position = cursors.decode(first["next_cursor"], binding)
    assert ([task["id"] for task in first["items"]], position.id) == (task_ids[:1], task_ids[0])
    assert isinstance(before, datetime)
    assert isinstance(after, datetime)
    assert position.now is not None
    assert before <= position.now <= after
    # As if that page had been read in 2005, when two of the tasks were not overdue.
    cursor: str | None = cursors.encode(replace(position, now=datetime(2005, 1, 1, tzinfo=UTC)), binding)
    walked: list[int] = []
    while cursor is not None:
        page = alice.get(alice.tasks, params=query | {"cursor": cursor}).json()
        walked += [task["id"] for task in page["items"]]
        cursor = page["next_cursor"]
    assert walked == task_ids[3:]


def test_the_clock_is_read_only_where_it_matters(service: Service, alice: Client) -> None:  # LIST-36
    service.fill("alice", 3)
    for query, statements in (("", 1), ("due=none", 1), ("due_after=2026-01-01", 1), ("due=upcoming", 2)):
        with service.statements() as seen:
            alice.get(f"{alice.tasks}?{query}")
        assert len(seen) == statements, query
