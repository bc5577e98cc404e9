"""The operations on a single task, in every form, for tests that put all of them to one question."""

from dataclasses import dataclass
from typing import Any  # a task, as JSON

import httpx

from backend.tests.client import Client, code
from backend.tests.conftest import Service
from generated.api import CONTRACT_VERSION

ABSENT = 2**53 - 1
"""An id that no task has."""


@dataclass(frozen=True)
class Operation:
    """One way to ask for a single task, and what it answers to a task that is pending."""

    name: str
    method: str
    suffix: str = ""
    body: bytes | None = None
    media_type: str = "application/json"
    statements: int = 1

    def send(
        self, client: Client, task_id: int, headers: dict[str, str] | list[tuple[str, str]] | None = None
    ) -> httpx.Response:
        """Sends it with a condition, or with several."""
        given = httpx.Headers(headers, encoding="latin-1")
        if self.body is not None:
            given["Content-Type"] = self.media_type
        return client.request(self.method, f"{client.tasks}/{task_id}{self.suffix}", content=self.body, headers=given)


READ = Operation("read", "GET")
HEAD = Operation("head", "HEAD")
PUT = Operation("put", "PUT", body=b'{"title": "Other"}')
WRITES = (
    PUT,
    Operation("put metadata", "PUT", body=b'{"metadata": {"colour": "green"}}', statements=2),
    Operation("patch", "PATCH", body=b'{"title": "Other"}'),
    Operation("merge patch", "PATCH", body=b'{"title": "Other"}', media_type="application/merge-patch+json"),
    Operation("flip", "PATCH", "/complete"),
    Operation("set", "PATCH", "/complete", body=b'{"completed": true}'),
    Operation("delete", "DELETE"),
)


def changed_once(client: Client) -> dict[str, Any]:
    """A task at its second version, whatever the service asks of writes."""
    path = f"{client.tasks}/{client.create()['id']}"
    response = client.put(path, json={"description": "Two litres"}, headers={"If-Match": "*"})
    task: dict[str, Any] = response.json()
    return task


def stored(service: Service) -> list[tuple[object, ...]]:
    """All that there is of tasks and users."""
    return service.rows("SELECT * FROM tasks ORDER BY id") + service.rows("SELECT * FROM users ORDER BY id")


def assert_failed(response: httpx.Response, now: httpx.Response) -> None:
    """A 412 with the task as a read of it answers, and with its tag."""
    assert (response.status_code, code(response)) == (412, "precondition_failed")
    assert response.json()["task"] == now.json()
    assert response.headers["etag"] == now.headers["etag"]
    assert response.headers["cache-control"] == "no-store"


def assert_done(operation: Operation, response: httpx.Response) -> None:
    if operation.method == "DELETE":
        assert (response.status_code, response.content) == (204, b"")
    else:
        assert response.status_code == 200, response.text
        assert response.json()["version"] == 3
        assert response.headers["etag"] == f'"{response.json()["id"]}-3-{CONTRACT_VERSION}"'
