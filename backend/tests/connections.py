"""A live uvicorn with the service's protocol, and clients that speak to it byte by byte (specs/features/edge.md)."""

import asyncio
import json
import socket
import threading
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from typing import ClassVar, Literal

import uvicorn
from fastapi import FastAPI, Request
from starlette.responses import Response, StreamingResponse

from backend import edge, errors, problem_details
from backend.protocol import BoundedProtocol, Phase
from backend.settings import Settings

HOST = b"Host: localhost\r\n"
GET = b"GET /health HTTP/1.1\r\n" + HOST + b"\r\n"
LAST_GET = b"GET /health HTTP/1.1\r\n" + HOST + b"Connection: close\r\n\r\n"
POST = b"POST %b HTTP/1.1\r\n" + HOST + b"Content-Length: 1000\r\n\r\n"
CHUNKED = b"POST %b HTTP/1.1\r\n" + HOST + b"Transfer-Encoding: chunked\r\n\r\n"


class Hurried(BoundedProtocol):
    """The same protocol with limits that a test can wait for."""

    seconds: ClassVar[dict[Phase, float]] = dict.fromkeys(Phase, 0.3)


async def never_ending() -> AsyncIterator[bytes]:
    yield b"abc"
    await asyncio.Event().wait()


def application() -> FastAPI:
    settings = Settings(environment="development", allowed_hosts=("localhost", "[::1]"))
    app = FastAPI(openapi_url=None, redirect_slashes=False, middleware=edge.middleware(settings))
    problem_details.install(app)

    @app.get("/health", operation_id="getHealth")
    async def health() -> str:
        return "fine"

    @app.get("/slow", operation_id="slow")
    async def slow() -> str:
        await asyncio.sleep(0.2)
        return "late"

    @app.api_route("/echo", methods=["PATCH", "POST", "PUT"])
    async def echo(request: Request) -> Response:
        return Response(await request.body())

    @app.post("/headers")
    async def headers(request: Request) -> Response:
        await request.body()
        return Response(",".join(f"{name}={value}" for name, value in request.headers.items()) + ";")

    @app.post("/refused")
    async def refused() -> None:
        raise errors.Forbidden

    @app.post("/early")
    async def early() -> Response:
        return StreamingResponse(never_ending())

    return app


@contextmanager
def served(loop: Literal["asyncio", "uvloop"], protocol: type[BoundedProtocol]) -> Iterator[int]:
    config = uvicorn.Config(
        application(), host="127.0.0.1", port=0, loop=loop, http=protocol, log_config=None, timeout_keep_alive=1
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        while not server.started:
            time.sleep(0.005)
        yield server.servers[0].sockets[0].getsockname()[1]
    finally:
        server.should_exit = True
        thread.join()


@contextmanager
def connected(port: int) -> Iterator[socket.socket]:
    with socket.create_connection(("127.0.0.1", port), timeout=5) as connection:
        yield connection


def rest(connection: socket.socket) -> bytes:
    """Everything until the server closes; fails if it does not within five seconds."""
    received = b""
    while chunk := connection.recv(65_536):
        received += chunk
    return received


def until(connection: socket.socket, end: bytes) -> bytes:
    received = b""
    while not received.endswith(end):
        chunk = connection.recv(65_536)
        assert chunk, f"closed after {received!r}"
        received += chunk
    return received


def sent(port: int, *parts: bytes) -> bytes:
    with connected(port) as connection:
        for part in parts:
            connection.sendall(part)
            time.sleep(0.02 if len(parts) > 1 else 0)
        return rest(connection)


def assert_refused(answer: bytes, status: int, code: str) -> None:
    head, _, body = answer.partition(b"\r\n\r\n")
    status_line, *lines = head.split(b"\r\n")
    headers = dict(line.split(b": ", 1) for line in lines)
    assert status_line.startswith(b"HTTP/1.1 %d " % status)
    assert headers[b"content-type"] == b"application/problem+json"
    assert int(headers[b"content-length"]) == len(body)
    assert headers[b"connection"] == b"close"
    assert headers[b"cache-control"] == b"no-store"
    problem = json.loads(body)
    assert (problem["status"], problem["code"]) == (status, code)
    assert problem["request_id"].encode() == headers[b"x-request-id"]
