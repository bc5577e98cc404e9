"""What users of other task services complain about most, each with the test that it does not happen here."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from backend.tests.client import Client, fields
from backend.tests.conftest import Service


def test_lists_cut_at_hidden_caps(service: Service, alice: Client) -> None:  # LIST-3, LIST-4, LIST-15, LIST-40
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
def test_due_dates_that_shift_by_a_day(service: Service, alice: Client, tz: str) -> None:  # LIST-26, LIST-31, LIST-35
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
    [(now,)] = service.rows("SELECT now()")
    assert isinstance(now, datetime)
    today = now.astimezone(ZoneInfo(tz)).date()
    for step, name in ((-1, "overdue"), (0, "today"), (1, "upcoming")):
        task = alice.create(due_date=str(today + timedelta(days=step)))
        for due in ("overdue", "today", "upcoming"):
            listed = alice.get(alice.tasks, params={"due": due, "tz": tz}).json()["items"]
            assert (task["id"] in {each["id"] for each in listed}) is (due == name), (due, name)
    instant = now.astimezone(ZoneInfo(tz)).replace(microsecond=0)
    assert datetime.fromisoformat(alice.create(due_date=instant.isoformat())["due_date"]) == instant.astimezone(UTC)


def test_a_mistyped_parameter(alice: Client) -> None:  # LIST-17
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
