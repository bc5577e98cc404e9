"""Who may do what: every operation of the contract by every kind of caller, derived from the contract."""

from typing import Any  # an operation of the contract, as JSON

import pytest

from backend.tests.client import Client, code, operations, resolve
from backend.tests.conftest import Service

Operation = tuple[str, str, dict[str, Any]]

SECURED = [operation for operation in operations() if operation[2]["security"]]
PUBLIC = [operation for operation in operations() if not operation[2]["security"]]


def name(operation: object) -> str:
    assert isinstance(operation, tuple)
    operation_id: str = operation[2]["operationId"]
    return operation_id


def path_of(template: str, *, user: str = "", task_id: int = 0) -> str:
    return template.replace("{user_id}", user).replace("{id}", str(task_id)).replace("{code}", "not_found")


def good_body(operation: dict[str, Any], task_id: int = 1) -> object:
    """The first example of the operation's body, about this task, if it takes one."""
    if "requestBody" not in operation:
        return None
    content = next(iter(operation["requestBody"]["content"].values()))
    example = resolve(next(iter(content["examples"].values())))
    value: dict[str, object] = example["value"]
    return value | {"items": [{"id": task_id}]} if "items" in value else value


def names_a_task(operation: Operation) -> bool:
    """Whether its path or its body says which task is meant."""
    return "{id}" in operation[1] or operation[1].endswith("/bulk")


def tables(service: Service) -> list[tuple[object, ...]]:
    return service.rows("SELECT * FROM tasks ORDER BY id") + service.rows("SELECT * FROM users ORDER BY id")


def test_every_operation_says_whether_it_is_secured() -> None:
    assert {name(operation) for operation in PUBLIC} == {
        "getService",
        "getContractYaml",
        "getContractJson",
        "getDocs",
        "listProblems",
        "getProblem",
        "getHealth",
        "getDatabaseHealth",
    }
    assert all(f"{template}/".startswith("/api/{user_id}/") for _, template, _ in SECURED)


@pytest.mark.parametrize("operation", SECURED, ids=name)
def test_without_a_token_it_is_a_401_whatever_the_body(
    operation: Operation, nobody: Client
) -> None:  # AUTH-1, AUTH-2, AUTH-24
    method, template, _ = operation
    for body in (b"", b"{nonsense", b"\x00" * 10_000):
        response = nobody.request(
            method, path_of(template, user="alice", task_id=1), content=body, headers={"Content-Type": "text/plain"}
        )
        assert (response.status_code, code(response)) == (401, "unauthenticated")
        assert response.headers["www-authenticate"] == "Bearer"


@pytest.mark.parametrize("operation", SECURED, ids=name)
def test_an_expired_or_forged_token_is_a_401(
    operation: Operation, charlie: Client, forger: Client
) -> None:  # AUTH-3, AUTH-26
    method, template, _ = operation
    for client in (charlie, forger):
        response = client.request(method, path_of(template, user=client.user, task_id=1))
        assert (response.status_code, code(response)) == (401, "unauthenticated")
        assert response.headers["www-authenticate"] == 'Bearer error="invalid_token"'
        token = client.headers["authorization"].removeprefix("Bearer ")
        assert not any(part in response.text for part in token.split("."))


@pytest.mark.parametrize("operation", SECURED, ids=name)
def test_the_path_of_another_user_is_a_403_and_nothing_changes(
    operation: Operation, service: Service, alice: Client, bob: Client
) -> None:  # TASK-45
    method, template, details = operation
    theirs = bob.create("theirs")
    before = tables(service)
    response = alice.request(
        method, path_of(template, user="bob", task_id=theirs["id"]), json=good_body(details, theirs["id"])
    )
    assert (response.status_code, code(response)) == (403, "forbidden")
    assert tables(service) == before


@pytest.mark.parametrize("operation", [each for each in SECURED if names_a_task(each)], ids=name)
def test_another_users_task_under_ones_own_path_is_a_404_and_nothing_changes(
    operation: Operation, service: Service, alice: Client, bob: Client
) -> None:  # TASK-45
    method, template, details = operation
    alice.create("mine")
    theirs = bob.create("theirs")
    before = tables(service)
    response = alice.request(
        method, path_of(template, user="alice", task_id=theirs["id"]), json=good_body(details, theirs["id"])
    )
    assert (response.status_code, code(response)) == (404, "task_not_found")
    assert tables(service) == before


@pytest.mark.parametrize("operation", SECURED, ids=name)
def test_a_similar_user_is_another_user(operation: Operation, alice: Client) -> None:  # AUTH-23
    method, template, details = operation
    for user in ("Alice", "alice%20", "%61lice%00", "alic", "alicee", "a%6Cice%2E"):
        response = alice.request(method, path_of(template, user=user, task_id=1), json=good_body(details))
        assert (response.status_code, code(response)) == (403, "forbidden")


@pytest.mark.parametrize("operation", PUBLIC, ids=name)
def test_a_public_operation_asks_nobody(
    operation: Operation, nobody: Client, charlie: Client, alice: Client
) -> None:  # AUTH-6
    method, template, _ = operation
    answers = [client.request(method, path_of(template)) for client in (nobody, charlie, alice)]
    assert {(answer.status_code, answer.content) for answer in answers} == {(200, answers[0].content)}


@pytest.mark.parametrize("operation", SECURED, ids=name)
def test_the_owner_is_let_in(operation: Operation, alice: Client) -> None:  # AUTH-23
    method, template, details = operation
    task = alice.create()
    response = alice.request(
        method, path_of(template, user="%61lice", task_id=task["id"]), json=good_body(details, task["id"])
    )
    assert response.is_success


@pytest.mark.parametrize("name", ["access_token", "token", "authorization", "bearer"])
def test_a_token_in_the_query_or_a_cookie_identifies_nobody(
    service: Service, nobody: Client, name: str
) -> None:  # AUTH-5
    token = service.token("alice")
    for value in (token, f"Bearer {token}"):
        asked = nobody.get("/api/alice/tasks", params={name: value})
        brought = nobody.get("/api/alice/tasks", headers={"Cookie": f"{name}={value}"})
        assert [asked.status_code, brought.status_code] == [401, 401]


def test_a_user_who_exists_is_refused_like_one_who_does_not(alice: Client, bob: Client) -> None:  # AUTH-25
    bob.create()
    known, unknown = (alice.get(f"/api/{user}/tasks", headers={"X-Request-Id": "same"}) for user in ("bob", "eve"))
    for refused in (known, unknown):
        assert "db;" not in refused.headers.pop("server-timing")  # each its own
    assert (known.status_code, known.headers) == (403, unknown.headers)
    assert known.json() | {"instance": "/api/eve/tasks"} == unknown.json()
