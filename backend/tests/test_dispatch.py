"""From the router to the plumbing and back: whose a path is, and what FastAPI and its users may still do around it."""

import asyncio
import cProfile
from collections.abc import Iterator
from pathlib import Path
from types import CodeType

import pytest
from fastapi import Depends, FastAPI, Request
from starlette.requests import empty_receive
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Match, Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from backend.tests.stand_ins import ETAG, JSON, TASK, TASKS, Backend, ask, good, serve, wrong
from generated import api
from generated.declarations import Operation
from generated.plumbing import ContractRoute, add_route
from generated.routes import CREATE_TASK, OPERATIONS
from generated.written import Json

TASK_PATH = f"{TASKS}/1"
READ = wrong(api.GetTaskOK(body=Json(TASK.model_dump_json().encode()), etag=ETAG))
"""Every handler answers with the task."""


async def own(_: Request) -> Response:
    """Answer as nobody else does."""
    return PlainTextResponse("own")


def watched(app: FastAPI) -> list[Scope]:
    """Let a middleware keep the scope of every request, as it is afterwards."""
    seen: list[Scope] = []

    class Looking:
        def __init__(self, inner: ASGIApp) -> None:
            self.inner = inner

        async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
            await self.inner(scope, receive, send)
            seen.append(scope)

    app.add_middleware(Looking)
    return seen


def routes_of(app: FastAPI, path: str, method: str = "GET", **more: object) -> list[tuple[str, Match]]:
    """The routes that a path belongs to, as a router would ask them."""
    scope: Scope = {"type": "http", "path": path, "root_path": "", "method": method, "headers": [], **more}
    asked = [(route.name, route.matches(scope)[0]) for route in app.routes if isinstance(route, ContractRoute)]
    return [(name, match) for name, match in asked if match is not Match.NONE]


@pytest.mark.parametrize("known", OPERATIONS, ids=[known.id for known in OPERATIONS])
def test_every_operation_is_found_by_its_path_and_no_other_is(known: Operation) -> None:  # GEN-16
    app, _ = serve(good)
    path = known.path.replace("{user_id}", "alice").replace("{id}", "7").replace("{code}", "not_found")
    found = dict(routes_of(app, path, known.method))
    assert [name for name, match in found.items() if match is Match.FULL] == [known.function]
    same = {other.function for other in OPERATIONS if other.path == known.path}
    assert found.keys() == same, "the routes with other methods say which they are"


@pytest.mark.parametrize(
    "path",
    ["", "x", "/tasks", "/api/alice/tasks/", "/api//tasks", "/api/alice/tasks/1/2", "/api/alice/task", "/HEALTH"],
)
def test_other_paths_belong_to_nobody(path: str) -> None:  # GEN-16
    app, _ = serve(good)
    assert routes_of(app, path) == []


def test_a_concrete_path_is_no_templates_whatever_the_method() -> None:  # GEN-16
    app, _ = serve(good)
    assert routes_of(app, f"{TASKS}/bulk", "DELETE") == [("update_tasks", Match.PARTIAL)]
    assert ask(app, "DELETE", f"{TASKS}/bulk").status_code == 405
    assert ask(app, "PUT", f"{TASKS}/bulk/complete", JSON, b"{}").status_code == 405, "this is no bulk update"


def test_what_was_found_for_a_path_is_not_taken_for_that_of_another() -> None:  # GEN-16
    app, _ = serve(good)
    [route] = [known for known in app.routes if isinstance(known, ContractRoute) and known.name == "get_task"]
    scope: Scope = {"type": "http", "path": TASK_PATH, "method": "GET", "headers": []}
    assert route.matches(scope)[1]["path_params"] == {"user_id": "alice", "id": "1"}
    assert route.matches({**scope, "path": "/api/bob/tasks/2"})[1]["path_params"] == {"user_id": "bob", "id": "2"}
    below = {**scope, "path": f"/v1{TASK_PATH}"}
    assert route.matches(below)[0] is Match.NONE
    assert route.matches({**below, "root_path": "/v1"})[0] is Match.FULL
    assert route.matches({"type": "websocket", "path": TASK_PATH, "headers": []})[0] is Match.NONE


def test_routes_of_the_users_own_are_asked_in_their_order() -> None:
    app, _ = serve(READ)
    app.router.routes.insert(0, Route("/api/{name}/tasks/7", own))
    app.add_route(TASK_PATH, own)
    app.add_route("/own", own)
    assert ask(app, "GET", f"{TASKS}/7").text == "own"
    assert ask(app, "GET", "/own").text == "own"
    assert ask(app, "GET", TASK_PATH).json()["id"] == 1


def test_an_application_that_is_mounted_finds_its_paths_there() -> None:
    app, backend = serve(READ)
    outer = FastAPI(openapi_url=None)
    outer.mount("/{tenant}/v1", app)
    seen = watched(app)
    assert ask(outer, "GET", f"/acme/v1{TASK_PATH}").status_code == 200
    assert seen[0]["path_params"] == {"tenant": "acme", "user_id": "alice", "id": "1"}
    assert ask(outer, "POST", f"/acme/v1{TASK_PATH}").status_code == 405
    assert ask(outer, "GET", TASK_PATH).status_code == 404
    assert backend.happened[-1] == "commit"


def test_a_router_that_is_included_has_its_paths_below_the_prefix() -> None:
    app, _ = serve(READ)
    outer = FastAPI(openapi_url=None)
    outer.include_router(app.router, prefix="/v1")
    assert ask(outer, "GET", f"/v1{TASK_PATH}").status_code == 200
    assert ask(outer, "GET", TASK_PATH).status_code == 404


def test_a_slash_too_many_is_redirected_where_the_application_wants_that() -> None:
    app, _ = serve(READ)
    app.router.redirect_slashes = True
    answer = ask(app, "GET", f"{TASKS}/")
    assert (answer.status_code, answer.headers["location"]) == (307, f"http://x{TASKS}")


def test_middleware_learns_which_operation_it_was() -> None:
    app, _ = serve(READ)
    seen = watched(app)
    assert ask(app, "GET", TASK_PATH).status_code == 200
    [scope] = seen
    assert scope["path_params"] == {"user_id": "alice", "id": "1"}
    assert scope["route"].operation_id == "getTask"
    assert scope["endpoint"] is scope["route"].endpoint


def test_dependencies_that_users_add_are_closed_after_the_answer_was_sent() -> None:
    happened: list[str] = []

    def held() -> Iterator[None]:
        happened.append("open")
        yield
        happened.append("close")

    app, _ = serve(READ, dependencies=[Depends(held)])

    class Watching:
        def __init__(self, inner: ASGIApp) -> None:
            self.inner = inner

        async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
            async def watched(message: Message) -> None:
                happened.append(message["type"])
                await send(message)

            await self.inner(scope, receive, watched)

    app.add_middleware(Watching)
    assert ask(app, "GET", TASK_PATH).status_code == 200
    assert happened == ["open", "http.response.start", "http.response.body", "close"]


@pytest.mark.parametrize(("limit", "status"), [(13, 413), (14, 201)])
def test_the_limit_of_bodies_that_a_router_sets_holds(limit: int, status: int) -> None:
    app, backend = FastAPI(openapi_url=None), Backend(good)
    app.router.max_body_size = limit
    add_route(app, CREATE_TASK).serve(backend, backend.module("tasks"))
    assert ask(app, "POST", TASKS, JSON, b'{"title": "a"}').status_code == status


def test_little_is_called_to_read_a_task() -> None:  # GEN-17
    app, _ = serve(READ)
    answer: list[Message] = []
    scope: Scope = {
        "type": "http",
        "method": "GET",
        "path": TASK_PATH,
        "query_string": b"",
        "headers": [(b"host", b"x"), (b"authorization", b"Bearer alice"), (b"accept", b"*/*")],
        "fastapi_middleware_astack": None,
    }

    async def send(message: Message) -> None:
        answer.append(message)

    async def request() -> None:
        await app.router({**scope}, empty_receive, send)  # nobody waits for the body of a GET

    asyncio.run(request())  # what is made when it is first needed is made now
    profile = cProfile.Profile()
    profile.runcall(asyncio.run, request())
    calls = [
        (entry.code.co_qualname, entry.callcount)
        for entry in profile.getstats()
        if isinstance(entry.code, CodeType)
        and not {"generated", "fastapi", "starlette"}.isdisjoint(Path(entry.code.co_filename).parts)
    ]
    assert [message.get("status") for message in answer] == [200, None, 200, None]
    assert answer[-1]["body"] == TASK.model_dump_json().encode()
    assert sum(count for _, count in calls) <= 37, calls
