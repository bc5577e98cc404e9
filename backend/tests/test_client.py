"""The client that holds answers to the contract must be able to refuse one: the tests rest on it."""

import json
from typing import Any  # members of an answer

import httpx
import pytest

from backend.tests.client import UndeclaredAnswer, check
from generated.api import CONTRACT_VERSION

TASKS = "http://service/api/alice/tasks"
TASK: dict[str, Any] = {
    "id": 1,
    "user_id": "alice",
    "title": "Buy milk",
    "description": None,
    "status": "pending",
    "completed": False,
    "priority": 0,
    "due_date": None,
    "metadata": {"colour": "green"},
    "created_at": "2026-11-21T09:00:00Z",
    "updated_at": "2026-11-21T09:00:00Z",
    "completed_at": None,
    "version": 1,
}
PROBLEM = {
    "type": "/problems/x",
    "title": "X",
    "status": 503,
    "detail": "X.",
    "instance": "/x",
    "code": "unavailable",
    "request_id": "x",
}
FAILED = PROBLEM | {"status": 412, "code": "precondition_failed", "task": TASK}
FAULT = {"field": "query.x", "message": "X", "type": "unknown"}
INVALID = PROBLEM | {"status": 422, "code": "invalid_request", "errors": [FAULT]}
PROBLEMS = "application/problem+json"
HEADERS = {"X-Request-Id": "x", "ETag": f'"1-1-{CONTRACT_VERSION}"', "Content-Type": "application/json"}


def answer(
    method: str = "GET",
    url: str = f"{TASKS}/1",
    status: int = 200,
    body: object = TASK,
    headers: dict[str, str] | None = None,
) -> httpx.Response:
    content = b"" if body is None else body if isinstance(body, bytes) else json.dumps(body).encode()
    sent = {name: value for name, value in {**HEADERS, **(headers or {})}.items() if value}
    return httpx.Response(status, headers=sent, content=content, request=httpx.Request(method, url))


@pytest.mark.parametrize(
    "declared",
    [
        answer(),
        answer("HEAD", body=None),
        answer(status=304, body=None),
        answer(headers={"RateLimit": '"user";r=1;t=2'}),
        answer(status=412, body=FAILED, headers={"Content-Type": "application/problem+json"}),
        answer(status=412, body=FAILED | {"index": 1}, headers={"Content-Type": "application/problem+json"}),
        answer("DELETE", status=204, body=None),
        answer(status=503, body=PROBLEM, headers={"Content-Type": "application/problem+json", "Retry-After": "1"}),
        answer("GET", "http://service/nothing", 404, PROBLEM, headers={"Content-Type": "application/problem+json"}),
        answer("HEAD", "http://service/nothing", 404, None, headers={"Content-Type": "application/problem+json"}),
        answer("GET", TASKS, 422, INVALID, headers={"Content-Type": PROBLEMS}),
        answer("OPTIONS", TASKS, 204, None),
        answer("GET", "http://service/docs/assets/start.js", 200, b"x", headers={"Content-Type": "text/javascript"}),
    ],
)
def test_a_declared_answer_passes(declared: httpx.Response) -> None:
    check(declared)


@pytest.mark.parametrize(
    ("undeclared", "reason"),
    [
        (answer(status=418), "no such status"),
        (answer(headers={"ETag": ""}), "header ETag is missing"),
        (answer(headers={"ETag": "1"}), "header ETag"),
        (answer(body={**TASK, "priority": 6}), "priority"),
        (answer(body={**TASK, "due_key": 1}), "due_key"),
        (answer(body={name: value for name, value in TASK.items() if name != "version"}), "version"),
        (answer(headers={"Content-Type": "text/html"}), "media type"),
        (answer(status=304), "a body where none is declared"),
        (answer(status=304, body=None, headers={"ETag": ""}), "header ETag is missing"),
        (answer(headers={"RateLimit": "1"}), "header RateLimit"),
        (answer(body={**TASK, "metadata": {"": "green"}}), "metadata"),
        (answer(body={**TASK, "metadata": {"colour": 1}}), "metadata"),
        (
            answer(status=412, body=FAILED | {"task": None}, headers={"Content-Type": "application/problem+json"}),
            "task",
        ),
        (
            answer(status=412, body=FAILED | {"other": 1}, headers={"Content-Type": "application/problem+json"}),
            "other",
        ),
        (answer("HEAD"), "a body where none is declared"),
        (answer("DELETE", status=204), "a body where none is declared"),
        (
            answer(status=503, body=PROBLEM, headers={"Content-Type": "application/problem+json"}),
            "Retry-After is missing",
        ),
        (
            answer(status=503, body=PROBLEM, headers={"Content-Type": "application/problem+json", "Retry-After": "0"}),
            "Retry-After",
        ),
        (answer("GET", "http://service/nothing", 404, PROBLEM), "neither an operation's answer nor a problem"),
        (answer("OPTIONS", TASKS, 204, None, headers={"X-Request-Id": ""}), "no X-Request-Id"),
        (
            answer(
                "GET",
                TASKS,
                422,
                INVALID | {"errors": [FAULT | {"type": "int_type"}]},
                headers={"Content-Type": PROBLEMS},
            ),
            "no faults .'int_type'.",
        ),
        (
            answer("GET", "http://service/nothing", 404, {}, headers={"Content-Type": "application/problem+json"}),
            "detail",
        ),
    ],
)
def test_an_undeclared_answer_is_refused(undeclared: httpx.Response, reason: str) -> None:  # ERR-17
    with pytest.raises(UndeclaredAnswer, match=reason):
        check(undeclared)
