"""What of a row reaches an answer, and what leaves a row behind (specs/database/schema.md)."""

from typing import Any  # an operation of the contract, as JSON

import pytest

from backend.models import tasks
from backend.tests.client import Client
from backend.tests.conftest import Service
from backend.tests.test_access import SECURED, good_body
from generated.models import Task

INTERNAL = {"title_key", "due_ascending", "due_descending"}
"""The keys that lists are ordered by."""

TWO_COLUMNS = {"due_date": {"due_at", "due_on"}}
DERIVED = {"completed"}

WRITES = [operation for operation in SECURED if operation[0] != "GET"]


def test_every_column_is_in_the_contract_or_known_as_internal() -> None:  # DATA-6
    told = {column for name in Task.model_fields.keys() - DERIVED for column in TWO_COLUMNS.get(name, {name})}
    assert told.isdisjoint(INTERNAL)
    assert told | INTERNAL == set(tasks.columns.keys())


def test_a_new_column_shows_nowhere(service: Service, alice: Client) -> None:  # DATA-6
    service.rows("ALTER TABLE tasks ADD COLUMN secret text NOT NULL DEFAULT 'hunter2'")
    try:
        task = alice.create()
        assert alice.get(alice.tasks).json()["items"] == [alice.read(task["id"])] == [task]
        assert task.keys() == Task.model_fields.keys()
    finally:
        service.rows("ALTER TABLE tasks DROP COLUMN secret")


@pytest.mark.parametrize("operation", WRITES, ids=lambda operation: str(operation[2]["operationId"]))
def test_a_creation_alone_is_a_first_write(
    service: Service, operation: tuple[str, str, dict[str, Any]]
) -> None:  # DATA-1, USER-16
    method, template, details = operation
    path = template.replace("{user_id}", "alice").replace("{id}", "1")
    with service.client("alice", email="alice@example.com") as alice, service.statements() as statements:
        answer = alice.request(method, path, json=good_body(details))
    if details["operationId"] == "createTask":
        [statement] = statements
        assert "INSERT INTO users" in statement
        assert "INSERT INTO tasks" in statement
        assert service.rows("SELECT id, email FROM users") == [("alice", "alice@example.com")]
    else:
        assert answer.status_code == (204 if details["operationId"] == "deleteUser" else 404)
        assert service.rows("SELECT * FROM users") == []


def test_who_only_reads_is_not_remembered(service: Service) -> None:  # DATA-4
    with service.client("alice", email="alice@example.com") as alice:
        assert alice.get(alice.tasks).json()["items"] == []
        assert alice.get(f"{alice.tasks}/1").status_code == 404
    assert service.rows("SELECT * FROM users") == []
