"""The application without FastAPI's idle layers: what users add to it works as in any other (decisions/0068)."""

import asyncio
from collections.abc import Iterator
from typing import Annotated

import httpx
import pytest
from fastapi import APIRouter, Depends, FastAPI, HTTPException, Request, UploadFile
from fastapi.middleware.asyncexitstack import AsyncExitStackMiddleware
from pydantic import SecretStr
from starlette.middleware.errors import ServerErrorMiddleware
from starlette.requests import empty_receive
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from backend.app import create_app
from backend.settings import Settings
from backend.tests.test_costs import calls

SETTINGS = Settings(
    environment="production",
    database_url=SecretStr("postgresql://nobody@127.0.0.1:1/nothing"),
    better_auth_secret=SecretStr("s" * 48),
    allowed_hosts=("x",),
)
IDLE = {ServerErrorMiddleware.__qualname__, AsyncExitStackMiddleware.__qualname__}


class Teapot(Exception):
    """An error of a user's own."""


def ask(app: ASGIApp, path: str, method: str = "GET", files: dict[str, bytes] | None = None) -> httpx.Response:
    """One request, without a server; what escapes the application is what the client would never see."""

    async def send() -> httpx.Response:
        transport = httpx.ASGITransport(app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://x") as client:
            return await client.request(method, path, files=files)

    return asyncio.run(send())


def layers_of(app: FastAPI, path: str) -> set[str]:
    """Which of FastAPI's layers a request passes."""
    ask(app, path)
    with calls() as made:
        ask(app, path)
    return {name.partition(".")[0] for name in made} & IDLE


@pytest.fixture
def app() -> FastAPI:
    return create_app(SETTINGS)


def test_an_operation_passes_no_layer_that_has_nothing_to_do(app: FastAPI) -> None:  # EDGE-30
    assert layers_of(app, "/health") == set()
    assert layers_of(app, "/health/nothing") == set()
    assert ask(app, "/health/nothing").json()["code"] == "not_found"


def test_fastapi_has_no_layer_that_this_does_not_know() -> None:  # EDGE-30
    found: list[str] = []
    layer: object = FastAPI(openapi_url=None).build_middleware_stack()
    while not isinstance(layer, APIRouter):
        found.append(type(layer).__name__)
        layer = getattr(layer, "app", None)
    assert found == [
        "ServerErrorMiddleware",
        "ExceptionTelemetryMiddleware",
        "AppBodyLimitMiddleware",
        "ExceptionMiddleware",
        "AsyncExitStackMiddleware",
    ]


def test_the_layers_that_were_set_up_are_there(app: FastAPI) -> None:  # EDGE-30
    app.max_body_size = 1
    assert layers_of(app, "/health") == IDLE


def test_a_middleware_before_the_edge_runs_and_may_fail(app: FastAPI) -> None:  # EDGE-30
    class Failing:
        def __init__(self, inner: ASGIApp) -> None:
            self.inner = inner

        async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
            if scope["path"] == "/health/db":
                raise Teapot
            await self.inner(scope, receive, send)

    app.add_middleware(Failing)
    assert ask(app, "/health").status_code == 200
    assert ask(app, "/health/db").status_code == 500


def test_a_middleware_behind_the_edge_runs(app: FastAPI) -> None:  # EDGE-30
    seen: list[str] = []

    class Looking:
        def __init__(self, inner: ASGIApp, name: str) -> None:
            self.inner = inner
            self.name = name

        async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
            seen.append(self.name)
            await self.inner(scope, receive, send)

    app.add_middleware(Looking, name="mine")
    app.user_middleware.append(app.user_middleware.pop(0))
    assert ask(app, "/health").status_code == 200
    assert seen == ["mine"]


def test_routes_of_the_users_own_may_have_dependencies_and_files(app: FastAPI) -> None:  # EDGE-30
    happened: list[str] = []

    def held() -> Iterator[str]:
        happened.append("open")
        yield "held"
        happened.append("close")

    assert ask(app, "/health").status_code == 200

    @app.post("/own", response_class=PlainTextResponse)  # after the first request
    async def own(sent: UploadFile, thing: Annotated[str, Depends(held)]) -> str:
        happened.append(thing)
        return (await sent.read()).decode()

    assert ask(app, "/own", "POST", files={"sent": b"content"}).text == "content"
    assert happened == ["open", "held", "close"]
    assert ask(app, "/own", "POST").status_code == 422
    assert ask(app, "/health").status_code == 200


def test_a_router_with_layers_of_its_own_passes_them(app: FastAPI) -> None:  # EDGE-30
    seen: list[str] = []
    inner = app.router.middleware_stack

    async def looking(scope: Scope, receive: Receive, send: Send) -> None:
        seen.append(scope["type"])
        await inner(scope, receive, send)

    app.router.middleware_stack = looking
    assert ask(app, "/health").status_code == 200
    assert seen == ["http"]


@pytest.mark.parametrize("first", [False, True])
def test_a_route_of_the_users_own_is_asked_in_its_place(first: bool, app: FastAPI) -> None:  # noqa: FBT001 # EDGE-30
    async def own(_: Request) -> Response:
        return PlainTextResponse("own")

    app.router.routes.insert(0 if first else len(app.routes), Route("/health", own))
    assert (ask(app, "/health").text == "own") is first


def test_files_and_operations_are_found_beside_each_other() -> None:
    app = create_app(SETTINGS.model_copy(update={"docs_enabled": True}))
    assert ask(app, "/docs/assets/start.js").status_code == 200
    assert ask(app, "/docs/assets/nothing.js").json()["code"] == "not_found"
    assert layers_of(app, "/docs/assets/start.js") == set()
    assert ask(app, "/docs").status_code == 200


def test_an_application_may_be_mounted_in_another_one(app: FastAPI) -> None:  # EDGE-30
    inner = FastAPI(openapi_url=None)

    @inner.get("/own", response_class=PlainTextResponse)
    async def own(request: Request) -> str:
        return str(request.scope["root_path"])

    app.mount("/inner", inner)
    outer = FastAPI(openapi_url=None, max_body_size=10)
    outer.mount("/outer", app)
    assert ask(app, "/inner/own").text == "/inner"
    assert ask(outer, "/outer/inner/own").text == "/outer/inner"
    assert ask(outer, "/outer/health").json()["status"] == "ok"


def test_an_application_may_be_told_where_it_is_mounted(app: FastAPI) -> None:
    app.root_path = "/below"
    assert ask(app, "/below/health").status_code == 200


@pytest.mark.parametrize("kind", [Exception, 500, Teapot, 418])
def test_handlers_of_exceptions_are_asked(kind: type[Exception] | int, app: FastAPI) -> None:  # EDGE-30
    async def answered(_: Request, __: Exception) -> Response:
        return PlainTextResponse("mine", 418)

    async def own() -> None:
        raise HTTPException(418) if kind == 418 else Teapot

    app.add_exception_handler(kind, answered)
    app.add_api_route("/own", own)
    # What nobody handles, the edge has answered before Starlette's outermost layer sees it (decisions/0021).
    assert ask(app, "/own").status_code == (500 if kind in (Exception, 500) else 418)


def test_an_answer_that_has_begun_is_not_begun_again(app: FastAPI) -> None:  # EDGE-30
    sent: list[str] = []

    async def send(message: Message) -> None:
        if sent:
            raise Teapot
        sent.append(message["type"])

    app.add_exception_handler(Teapot, lambda _, __: PlainTextResponse("mine", 418))
    scope: Scope = {
        "type": "http",
        "method": "GET",
        "path": "/health",
        "query_string": b"",
        "headers": [(b"host", b"x")],
    }
    asyncio.run(app({**scope, "client": ("127.0.0.1", 1)}, empty_receive, send))
    assert sent == ["http.response.start"]
