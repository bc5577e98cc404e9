"""What a request costs, in counts that no other work on the machine changes (specs/features/costs.md)."""

import gc
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from typing import Any  # ASGI messages hold values of every type

import pytest
import uvloop
from fastapi import FastAPI
from sqlalchemy import text

from backend.app import create_app
from backend.db import Database
from backend.settings import Quota
from backend.tests.conftest import Service

TASKS = 100
REPEATS = 20
LONG = 200
PREPARED = "SELECT statement, generic_plans + custom_plans AS executed FROM pg_prepared_statements"


@dataclass(frozen=True)
class Request:
    """One request of alice's; `{id}` in the path is a task of hers."""

    method: str
    path: str
    body: bytes = b""


REQUESTS = {
    "get": Request("GET", "/api/alice/tasks/{id}"),
    "list": Request("GET", "/api/alice/tasks"),
    "create": Request("POST", "/api/alice/tasks", b'{"title": "Buy milk", "priority": 2}'),
    "toggle": Request("PATCH", "/api/alice/tasks/{id}/complete"),
}

CALLS = {"get": 139, "list": 179, "create": 199, "toggle": 184}
"""Calls of Python functions, resumed coroutines among them, at most: what was counted and a tenth more.

Whoever makes them more says in the commit what for. A call takes 50 to 100 ns with what it does.
"""


class Application:
    """The application without a server, and requests to it one by one."""

    def __init__(self, app: FastAPI, headers: list[tuple[bytes, bytes]], task_id: int) -> None:
        self.database: Database = app.state.database
        self._app = app
        self._headers = headers
        self._task_id = task_id

    async def ask(self, request: Request, query: bytes = b"") -> bytes:
        """The body of the answer, which is no refusal."""
        path = request.path.format(id=self._task_id)
        scope: dict[str, Any] = {
            "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": request.method,
            "path": path, "raw_path": path.encode(), "query_string": query, "root_path": "", "scheme": "http",
            "headers": [*self._headers, *([(b"content-length", b"%d" % len(request.body))] if request.body else [])],
            "client": ("127.0.0.1", 1), "server": ("127.0.0.1", 1), "state": {}, "extensions": {},
        }  # fmt: skip # as a server writes it
        sent: list[dict[str, Any]] = []

        async def receive() -> dict[str, Any]:
            return {"type": "http.request", "body": request.body, "more_body": False}

        async def send(message: Any) -> None:  # noqa: ANN401 - Starlette's type of it
            sent.append(message)

        await self._app(scope, receive, send)
        assert sent[0]["status"] < 300, sent
        return b"".join(message.get("body", b"") for message in sent)


@asynccontextmanager
async def application(service: Service) -> AsyncIterator[Application]:
    """With everything on that a deployed service has."""
    quota = Quota(requests=1_000_000, seconds=1)
    settings = service.settings.model_copy(
        update={"rate_limit_user": quota, "rate_limit_address": quota, "database_url": service.database_url}
    )
    app = create_app(settings)
    [(task_id,)] = service.rows("SELECT min(id) FROM tasks WHERE user_id = 'alice'")
    headers = [
        (b"host", b"127.0.0.1"),
        (b"authorization", b"Bearer " + service.token("alice").encode()),
        (b"content-type", b"application/json"),
    ]
    async with app.router.lifespan_context(app):
        assert isinstance(task_id, int)
        yield Application(app, headers, task_id)


@contextmanager
def calls() -> Iterator[list[str]]:
    """The names of the Python functions that are called meanwhile."""
    events: list[tuple[str, str]] = []
    made: list[str] = []
    before = sys.getprofile()
    sys.setprofile(lambda frame, event, _: events.append((event, frame.f_code.co_qualname)))
    try:
        yield made
    finally:
        sys.setprofile(before)
        made += [name for event, name in events if event == "call"]


async def counted(app: Application, request: Request, query: bytes = b"") -> int:
    """The calls of the cheapest of some requests: an answer of the database may come in more pieces than one."""
    found = []
    for _ in range(REPEATS):
        with calls() as made:
            await app.ask(request, query)
        found.append(len(made))
    return min(found)


@pytest.fixture
def filled(service: Service) -> Service:
    service.empty()
    service.fill("alice", TASKS)
    return service


@pytest.mark.parametrize("name", REQUESTS)
def test_a_request_calls_no_more_functions_than_it_is_known_to(name: str, filled: Service) -> None:  # COST-1
    async def scene() -> int:
        async with application(filled) as app:
            return await counted(app, REQUESTS[name])

    made = uvloop.run(scene())
    # Far fewer were another mistake: then something is not done any more, or not counted.
    assert CALLS[name] // 2 < made <= CALLS[name]


def test_a_list_of_many_tasks_takes_as_many_calls_as_one_of_a_single_task(filled: Service) -> None:  # COST-2
    async def scene() -> tuple[int, int]:
        async with application(filled) as app:
            return await counted(app, REQUESTS["list"], b"limit=1"), await counted(app, REQUESTS["list"], b"limit=100")

    one, many = uvloop.run(scene())
    assert many - one < TASKS // 4


@pytest.mark.parametrize("name", REQUESTS)
def test_a_request_is_one_statement_which_is_prepared_once(name: str, filled: Service) -> None:  # COST-3, COST-4
    async def scene() -> list[tuple[str, int]]:
        async with application(filled) as app:
            for _ in range(REPEATS):
                await app.ask(REQUESTS[name])
            block = app.database.reading() if REQUESTS[name].method == "GET" else app.database.writing()
            async with block as connection:
                kept = await connection.execute(text(PREPARED))
            return [(row.statement, row.executed) for row in kept if "tasks" in row.statement]

    assert [executed for _, executed in uvloop.run(scene())] == [REPEATS]


# With a total all tasks are searched; without it the first thousand are enough here.
@pytest.mark.parametrize(("query", "prepared"), [(b"search=a&include_total=true", []), (b"search=a", [REPEATS])])
def test_what_searches_all_tasks_is_planned_for_its_text(
    query: bytes, prepared: list[int], filled: Service
) -> None:  # COST-6
    async def scene() -> list[int]:
        async with application(filled) as app:
            for _ in range(REPEATS):
                await app.ask(REQUESTS["list"], query)
            async with app.database.reading() as connection:
                kept = await connection.execute(text(PREPARED))
            return [row.executed for row in kept if "tasks" in row.statement]

    assert uvloop.run(scene()) == prepared


def test_requests_leave_nothing_behind(filled: Service) -> None:  # COST-5
    async def scene() -> int:
        async with application(filled) as app:
            allocated = []
            for _ in range(2):
                for _ in range(LONG):
                    await app.ask(REQUESTS["get"])
                gc.collect()
                allocated.append(sys.getallocatedblocks())
            return allocated[1] - allocated[0]

    assert uvloop.run(scene()) < LONG // 2
