"""What PostgreSQL and pydantic write is recognised, so that it need not be read back (specs/toolchain/answers.md)."""

from typing import Any  # the fields of a task and its parts

import pytest

from backend.tests.client import Client
from generated.declarations import Operation
from generated.routes import CREATE_TASK, EXPORT_USER, GET_HEALTH, GET_SERVICE, GET_TASK, LIST_TASKS, UPDATE_TASKS

ORDINARY: dict[str, dict[str, Any]] = {
    "a title alone": {},
    "everything": {
        "title": "Bücher für die Prüfung, 本 📚",
        "description": "It's due:\n\tsee <a href='x'>/notes</a>",
        "status": "completed",
        "priority": 5,
        "due_date": "2026-12-24T18:00:00.5+01:00",
        "metadata": {"colour": "green", "größe": "", "three words here": "a: b, c"},
    },
    "a whole day": {"due_date": "2026-12-31", "status": "in_progress", "metadata": {"one": "entry"}},
}


def is_recognised(operation: Operation, status: int, text: str) -> bool:
    recogniser = operation.returns[status].answer.content[0].recogniser
    assert recogniser is not None
    return recogniser.fullmatch(text) is not None


@pytest.mark.parametrize("kind", ORDINARY)
def test_a_task_is_recognised(kind: str, alice: Client) -> None:  # ANSWER-14
    created = alice.post(alice.tasks, json={"title": "Buy milk", **ORDINARY[kind]})
    assert is_recognised(CREATE_TASK, 201, created.text), created.text
    assert is_recognised(GET_TASK, 200, alice.get(created.headers["location"]).text)


def test_a_task_that_is_not_recognised_is_answered_as_any_other(alice: Client) -> None:  # ANSWER-12
    created = alice.post(alice.tasks, json={"title": 'Buy "milk" \\'})
    assert created.status_code == 201, created.text
    assert not is_recognised(CREATE_TASK, 201, created.text)
    assert created.json()["title"] == 'Buy "milk" \\'


def test_lists_are_recognised(alice: Client) -> None:  # ANSWER-14
    tasks = [alice.create(**{"title": "Buy milk", **fields}) for fields in ORDINARY.values()]
    queries: list[dict[str, str]] = [
        {},
        {"limit": "1"},
        {"limit": "2", "include_total": "true"},
        {"priority": "3", "include_total": "true"},
    ]
    for query in queries:
        page = alice.get(alice.tasks, params=query)
        assert is_recognised(LIST_TASKS, 200, page.text), page.text
    changed = alice.post(
        f"{alice.tasks}/bulk", json={"items": [{"id": task["id"]} for task in tasks], "change": {"priority": 1}}
    )
    assert is_recognised(UPDATE_TASKS, 200, changed.text), changed.text
    exported = alice.get("/api/alice")
    assert is_recognised(EXPORT_USER, 200, exported.text), exported.text


def test_what_pydantic_writes_is_recognised(nobody: Client) -> None:  # ANSWER-14
    assert is_recognised(GET_HEALTH, 200, nobody.get("/health").text)
    assert is_recognised(GET_SERVICE, 200, nobody.get("/").text)
