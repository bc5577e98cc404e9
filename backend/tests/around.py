"""A small application behind the edge, and ways to ask it what no ordinary client would ask."""

import asyncio
from collections.abc import AsyncIterator

import httpx
from fastapi import FastAPI, Request
from starlette.responses import HTMLResponse, JSONResponse, Response, StreamingResponse

from backend import edge, logs, problem_details
from backend.settings import Settings

LARGE = {"items": ["x" * 100] * 20}
REUSED = JSONResponse({"reused": True})
ORIGIN = "https://app.example.com"


class Unexpected(Exception):  # a fact, like the errors of this service
    """What nobody expects a handler to raise."""


async def never_ending() -> AsyncIterator[bytes]:
    yield b"x"
    raise Unexpected("in the middle")


def application(**overrides: object) -> FastAPI:
    given: dict[str, object] = {"environment": "development", "cors_origins": (ORIGIN,), **overrides}
    settings = Settings.model_validate(given)
    app = FastAPI(
        openapi_url=None,
        redirect_slashes=False,
        middleware=edge.middleware(settings, pages={"readPage": b"script-src 'self'"}),
    )
    problem_details.install(app)

    @app.get("/health", operation_id="getHealth")
    async def health() -> dict[str, str]:
        logs.note_user("alice")
        return {"status": "ok"}

    @app.get("/api/{user_id}/tasks", operation_id="listTasks")
    async def tasks(user_id: str) -> dict[str, str]:
        return {"user": user_id}

    @app.post("/api/{user_id}/tasks", operation_id="createTask")
    async def create(user_id: str, request: Request) -> Response:
        return Response(await request.body(), status_code=201, headers={"Location": user_id})

    add_peculiar_answers(app)
    return app


def add_peculiar_answers(app: FastAPI) -> None:
    @app.get("/large")
    async def large() -> Response:
        return JSONResponse(LARGE)

    @app.get("/large/tagged")
    async def tagged() -> Response:
        return JSONResponse(LARGE, headers={"ETag": '"1"'})

    @app.get("/page", operation_id="readPage")
    async def page() -> Response:
        return HTMLResponse("<p>page</p>")

    @app.get("/opinionated")
    async def opinionated() -> Response:
        return Response(headers={"Cache-Control": "public, max-age=60", "Content-Security-Policy": "sandbox"})

    @app.get("/reused")
    async def reused() -> Response:
        return REUSED

    @app.get("/failing", operation_id="fail")
    async def failing() -> Response:
        raise Unexpected("the password is hunter2")

    @app.get("/breaking")
    async def breaking() -> Response:
        return StreamingResponse(never_ending(), headers={"Content-Length": "100"})


def ask(method: str, path: str, app: FastAPI | None = None, **options: object) -> httpx.Response:
    async def exchange() -> httpx.Response:
        transport = httpx.ASGITransport(app or application())
        async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
            request = client.build_request(method, path, **options)  # type: ignore[arg-type] # httpx checks them
            return await client.send(request)

    return asyncio.run(exchange())


def with_headers(
    *headers: tuple[str | bytes, str | bytes], app: FastAPI | None = None, path: str = "/health"
) -> httpx.Response:
    """Asks with exactly these headers, repeated ones among them, and no others."""

    async def exchange() -> httpx.Response:
        transport = httpx.ASGITransport(app or application())
        request = httpx.Request("GET", f"http://localhost{path}")
        request.headers = httpx.Headers(list(headers))  # type: ignore[arg-type] # of either, but not of both
        return await transport.handle_async_request(request)

    return asyncio.run(exchange())
