"""createTask: `POST /api/{user_id}/tasks`."""

import re
import time
from datetime import datetime
from typing import Any  # the fields of a task

import pytest

from backend.tests.client import Client, code, fields
from backend.tests.conftest import Service
from generated.api import CONTRACT_VERSION


def test_a_title_is_enough_and_everything_else_has_its_default(alice: Client) -> None:  # TASK-25, TASK-21
    task = alice.create("Buy milk")
    assert {name: task[name] for name in ("user_id", "title", "description", "status", "completed", "priority")} == {
        "user_id": "alice",
        "title": "Buy milk",
        "description": None,
        "status": "pending",
        "completed": False,
        "priority": 0,
    }
    assert task["due_date"] is None
    assert task["completed_at"] is None
    assert task["version"] == 1
    assert task["created_at"] == task["updated_at"]


def test_the_answer_says_where_the_task_is_and_which_version(alice: Client) -> None:  # TASK-27, TASK-46
    response = alice.post(alice.tasks, json={"title": "Buy milk"})
    task = response.json()
    assert response.headers["location"] == f"/api/alice/tasks/{task['id']}"
    assert response.headers["etag"] == f'"{task["id"]}-1-{CONTRACT_VERSION}"'
    assert alice.get(response.headers["location"]).json() == task


def test_the_location_of_an_unusual_user_can_be_followed(service: Service) -> None:  # TASK-3, TASK-27
    with service.client("zoë & co?#%") as zoe:
        response = zoe.post("/api/zo%C3%AB%20%26%20co%3F%23%25/tasks", json={"title": "x"})
        assert response.json()["user_id"] == "zoë & co?#%"
        assert zoe.get(response.headers["location"]).json() == response.json()


def test_everything_that_is_sent_is_kept(alice: Client) -> None:
    task = alice.create(
        "Write",
        description="Two\nlines\tand a tab",
        status="in_progress",
        completed=False,
        priority=5,
        due_date="2026-12-24",
    )
    assert task == alice.read(task["id"])
    assert task["description"] == "Two\nlines\tand a tab"
    assert (task["status"], task["completed"], task["priority"], task["due_date"]) == (
        "in_progress",
        False,
        5,
        "2026-12-24",
    )


@pytest.mark.parametrize(
    ("sent", "status", "completed"),
    [
        ({"completed": True}, "completed", True),
        ({"completed": False}, "pending", False),
        ({"status": "completed"}, "completed", True),
        ({"status": "cancelled"}, "cancelled", False),
        ({"status": "cancelled", "completed": False}, "cancelled", False),
        ({"status": "completed", "completed": True}, "completed", True),
    ],
)
def test_status_and_completed_are_one_fact(
    alice: Client, sent: dict[str, Any], status: str, *, completed: bool
) -> None:  # TASK-11, TASK-20, TASK-28
    task = alice.create(**sent)
    assert (task["status"], task["completed"]) == (status, completed)
    assert (task["completed_at"] is not None) is completed
    assert completed is False or task["completed_at"] == task["created_at"]


@pytest.mark.parametrize(
    "sent", [{"status": "completed", "completed": False}, {"status": "pending", "completed": True}]
)
def test_status_and_completed_that_disagree_are_refused(alice: Client, sent: dict[str, object]) -> None:  # TASK-12
    response = alice.post(alice.tasks, json={"title": "x", **sent})
    assert fields(response) == ["body"]
    assert "contradict" in response.json()["errors"][0]["message"]


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("2026-12-24", "2026-12-24"),
        ("0001-01-01", "0001-01-01"),
        ("9999-12-31", "9999-12-31"),
        ("2026-12-24T17:00:00+01:00", "2026-12-24T16:00:00Z"),
        ("2026-12-24t16:00:00z", "2026-12-24T16:00:00Z"),
        ("2026-12-24T16:00:00.000001Z", "2026-12-24T16:00:00.000001Z"),
        ("2026-12-24T16:00:00.5-00:30", "2026-12-24T16:30:00.500000Z"),
        ("0001-01-01T00:00:00Z", "0001-01-01T00:00:00Z"),
        ("9999-12-31T23:59:59.999999Z", "9999-12-31T23:59:59.999999Z"),
        ("2024-02-29T23:59:59+23:59", "2024-02-29T00:00:59Z"),
    ],
)
def test_a_due_date_is_a_day_or_an_instant_in_utc(alice: Client, sent: str, kept: str) -> None:  # TASK-14, TASK-15
    assert alice.create(due_date=sent)["due_date"] == kept


@pytest.mark.parametrize(
    "due_date",
    [
        "9999-12-31T23:59:59-14:00",  # year 10000 in UTC: stored once, it broke every list of its user
        "0001-01-01T00:00:00+00:01",  # year 0 in UTC
        "0000-12-31",
        "10000-01-01",
        "2026-02-30",
        "2026-02-29T00:00:00Z",
        "2026-12-24T16:00:00",
        "2026-12-24 16:00:00Z",
        "2026-12-24T16:00:00.0000001Z",
        "2026-12-24T24:00:00Z",
        "2026-12-24T23:59:60Z",
        "20261224",
        "tomorrow",
        "",
        "1766592000",
        1766592000,
        1766592000.5,
        True,
        [],
        {},
    ],
)
def test_anything_else_is_no_due_date(alice: Client, due_date: object) -> None:  # TASK-14, TASK-17, TASK-18, TASK-23
    response = alice.post(alice.tasks, json={"title": "x", "due_date": due_date})
    assert fields(response) == ["body.due_date"]
    assert alice.get(alice.tasks).json()["items"] == []


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("  Buy milk\n", "Buy milk"),
        ("\u3000\ufeff\u0085x\u2003\u2028", "x"),
        ("a\tb\nc", "a\tb\nc"),
        ("é" * 200, "é" * 200),
        ("e\u0301", "e\u0301"),
        ("\U0001f600" * 200, "\U0001f600" * 200),
        ("\u200bzero width is no white space", "\u200bzero width is no white space"),
        ("100% _sure_ \\ '; DROP TABLE tasks; --", "100% _sure_ \\ '; DROP TABLE tasks; --"),
    ],
)
def test_a_title_is_trimmed_and_otherwise_kept_code_point_for_code_point(
    alice: Client, sent: str, kept: str
) -> None:  # TASK-4, TASK-6, TASK-9
    assert alice.create(sent)["title"] == kept


@pytest.mark.parametrize(
    "title",
    [
        "",
        " ",
        "\t\n\u00a0\u2003\u3000\ufeff\u0085",
        "x" * 201,
        " " * 200 + "x",
        "nul \x00",
        "bell \x07",
        "return \r",
        "delete \x7f",
        None,
        7,
        True,
        ["x"],
    ],
)
def test_a_title_that_breaks_a_rule_is_refused(
    alice: Client, title: object
) -> None:  # TASK-4, TASK-5, TASK-8, TASK-23, TASK-26
    response = alice.post(alice.tasks, json={"title": title})
    assert fields(response) == ["body.title"]


@pytest.mark.parametrize("raw", [b'{"title": "\\ud800"}', b'{"title": "x", "description": "\\udfff\\ud800"}'])
def test_a_lone_surrogate_is_refused(alice: Client, raw: bytes) -> None:  # TASK-8
    response = alice.post(alice.tasks, content=raw, headers={"Content-Type": "application/json"})
    assert code(response) == "invalid_request"


@pytest.mark.parametrize("description", ["x" * 1001, "\x00", "\x1b[31m", 7])
def test_a_description_that_breaks_a_rule_is_refused(
    alice: Client, description: object
) -> None:  # TASK-7, TASK-8, TASK-23
    assert fields(alice.post(alice.tasks, json={"title": "x", "description": description})) == ["body.description"]


@pytest.mark.parametrize(
    "description",
    [
        "",
        " \t outer blanks \n",
        "x" * 1000,
        "\U0001f600" * 1000,
        "e\u0301 is not \u00e9",
        "\U0001f469\u200d\U0001f469\u200d\U0001f467",
        "\u05e9\u05dc\u05d5\u05dd \u200f(\u202etxet\u202c)",
        "100% _sure_ \\ '; DROP TABLE tasks; -- \"",
        "\u0085\u2028\ufeff\uffff",
    ],
)
def test_a_description_is_kept_as_it_was_sent(alice: Client, description: str) -> None:  # TASK-7, TASK-9
    assert alice.read(alice.create(description=description)["id"])["description"] == description


@pytest.mark.parametrize("priority", [-1, 6, 2.5, "3", True, None, 10**4000])
def test_a_priority_out_of_range_or_of_another_type_is_refused(
    alice: Client, priority: object
) -> None:  # TASK-13, TASK-23
    response = alice.post(alice.tasks, json={"title": "x", "priority": priority})
    assert fields(response) == ["body.priority"]


def test_an_integer_may_be_written_with_a_point(alice: Client) -> None:  # TASK-23
    raw = b'{"title": "x", "priority": 3.0}'
    response = alice.post(alice.tasks, content=raw, headers={"Content-Type": "application/json"})
    assert response.json()["priority"] == 3


@pytest.mark.parametrize(
    "name",
    ["user_id", "id", "version", "created_at", "updated_at", "completed_at", "colour", "Title", "metadata"],
)
def test_a_field_that_the_contract_does_not_know_is_refused(alice: Client, name: str) -> None:  # TASK-24
    assert fields(alice.post(alice.tasks, json={"title": "x", name: "bob"})) == [f"body.{name}"]


@pytest.mark.parametrize("body", [b"", b"null", b"[]", b'"x"', b"7", b"true", b"{}"])
def test_a_body_that_is_no_task_is_refused(alice: Client, body: bytes) -> None:  # ERR-12
    response = alice.post(alice.tasks, content=body, headers={"Content-Type": "application/json"})
    assert code(response) == "invalid_request"
    assert alice.get(alice.tasks).json()["items"] == []


def test_all_mistakes_are_named_at_once(alice: Client) -> None:  # ERR-4
    response = alice.post(f"{alice.tasks}?x=1", json={"title": "", "priority": 9, "colour": "red"})
    assert fields(response) == ["body.colour", "body.priority", "body.title", "query.x"]


def test_the_writer_is_remembered_once_and_the_email_refreshed(service: Service) -> None:  # DATA-1, DATA-2
    for email in ("alice@example.com", "alice@example.org", None):
        with service.client("alice", email=email) as alice:
            # A new e-mail comes to a row that the statement itself holds: if it did not, the second would be a 500.
            alice.create()
    assert service.rows("SELECT id, email FROM users") == [("alice", "alice@example.org")]


def test_a_refused_write_leaves_nothing_behind(service: Service, alice: Client) -> None:  # ERR-16
    alice.post(alice.tasks, json={"title": ""})
    assert service.rows("SELECT * FROM users") == []


def test_a_title_has_to_be_sent(alice: Client) -> None:  # TASK-26
    assert fields(alice.post(alice.tasks, json={"priority": 1})) == ["body.title"]


@pytest.mark.parametrize("zone", ["Pacific/Kiritimati", "Pacific/Pago_Pago"])
def test_no_time_zone_moves_a_due_date(
    alice: Client, monkeypatch: pytest.MonkeyPatch, zone: str
) -> None:  # TASK-15, TASK-16, TASK-19
    monkeypatch.setenv("TZ", zone)
    time.tzset()
    try:
        for due_date in ("2026-12-24", "0001-01-01", "9999-12-31", "2026-12-24T16:00:00Z", "0001-01-01T00:00:00Z"):
            task = alice.create(due_date=due_date)
            assert task["due_date"] == due_date
            assert task["created_at"].endswith("Z")
            assert alice.read(task["id"]) == task
    finally:
        monkeypatch.undo()
        time.tzset()


def test_the_moments_are_those_of_the_databases_clock(service: Service, alice: Client) -> None:  # TASK-19
    def now() -> datetime:
        [(moment,)] = service.rows("SELECT clock_timestamp()")
        assert isinstance(moment, datetime)
        return moment

    before = now()
    with service.statements() as written:
        task = alice.create(completed=True)
        alice.put(f"{alice.tasks}/{task['id']}", json={"title": "Other"})
        alice.patch(f"{alice.tasks}/{task['id']}/complete")
        task = alice.patch(f"{alice.tasks}/{task['id']}/complete").json()
    moments = [datetime.fromisoformat(task[name]) for name in ("created_at", "updated_at", "completed_at")]
    assert all(before <= moment <= now() for moment in moments)
    # A moment of the service's own clock would stand in a statement.
    assert not [statement for statement in written if re.search(r"\d{4}-\d\d-\d\d", statement)]
