"""Bugs for tests of the fuzzing, each around the real service: what is found here would be found there.

A bug takes the application and gives one that misbehaves in one way; `serving` has it served on a port of its own.
"""

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from http import HTTPStatus
from urllib.parse import parse_qsl, unquote, urlencode

import uvicorn
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from backend.app import create_app
from backend.protocol import BoundedProtocol
from backend.tests.conftest import Service

Bug = Callable[[ASGIApp, Service], ASGIApp]

FIELDS = ("title", "description", "status", "completed", "priority", "due_date", "metadata")
PARAMETERS = (
    "status", "completed", "search", "priority", "due_after", "due_before", "due", "tz", "sort", "order", "limit",
    "cursor", "offset", "include_total",
)  # fmt: skip # those of listTasks


@contextmanager
def serving(service: Service, bug: Bug) -> Iterator[str]:
    """The address of the service with a bug, on the same database."""
    config = uvicorn.Config(
        bug(create_app(service.settings), service), host="127.0.0.1", port=0, loop="uvloop", http=BoundedProtocol,
        ws="none", lifespan="on", log_config=None, access_log=False, server_header=False,
    )  # fmt: skip # as in conftest.py
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        while not server.started:
            assert thread.is_alive(), "the service did not start"
            time.sleep(0.005)
        host, port = server.servers[0].sockets[0].getsockname()
        yield f"http://{host}:{port}"
    finally:
        server.should_exit = True
        thread.join()


def none(app: ASGIApp, _service: Service) -> ASGIApp:
    """Nothing is wrong."""
    return app


def wrong_status(app: ASGIApp, _service: Service) -> ASGIApp:
    """A creation answers 200."""

    def change(message: Message) -> None:
        if message["status"] == HTTPStatus.CREATED:
            message["status"] = HTTPStatus.OK

    return _answering(app, change)


def missing_header(app: ASGIApp, _service: Service) -> ASGIApp:
    """No answer has an ETag."""

    def change(message: Message) -> None:
        message["headers"] = [(name, value) for name, value in message["headers"] if name.lower() != b"etag"]

    return _answering(app, change)


def lax_type(app: ASGIApp, _service: Service) -> ASGIApp:
    """A priority may be a string of digits."""

    def change(body: dict[str, object]) -> None:
        priority = body.get("priority")
        if isinstance(priority, str):
            body["priority"] = int(priority) % 6 if priority.isdecimal() else 0

    return _reading_bodies(app, change)


def accepted_unknown_field(app: ASGIApp, _service: Service) -> ASGIApp:
    """Fields that the contract does not name are ignored."""

    def change(body: dict[str, object]) -> None:
        for name in set(body) - set(FIELDS):
            del body[name]

    return _reading_bodies(app, change)


def accepted_unknown_parameter(app: ASGIApp, _service: Service) -> ASGIApp:
    """Query parameters that the contract does not name are ignored."""

    async def changed(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            sent = parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True)
            scope["query_string"] = urlencode([item for item in sent if item[0] in PARAMETERS]).encode()
        await app(scope, receive, send)

    return changed


def unread_conditions(app: ASGIApp, _service: Service) -> ASGIApp:
    """If-Match and If-None-Match are ignored."""

    async def changed(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            conditions = {b"if-match", b"if-none-match"}
            scope["headers"] = [header for header in scope["headers"] if header[0] not in conditions]
        await app(scope, receive, send)

    return changed


def withheld_task(app: ASGIApp, _service: Service) -> ASGIApp:
    """A failed precondition does not tell the task."""

    async def changed(scope: Scope, receive: Receive, send: Send) -> None:
        start: list[Message] = []

        async def answer(message: Message) -> None:
            if message["type"] == "http.response.start" and message["status"] == HTTPStatus.PRECONDITION_FAILED:
                start.append(message)
            elif start:
                problem = json.loads(message["body"])
                del problem["task"]
                body = json.dumps(problem).encode()
                others = [header for header in start[0]["headers"] if header[0].lower() != b"content-length"]
                await send({**start[0], "headers": [*others, (b"content-length", str(len(body)).encode())]})
                await send({**message, "body": body})
            else:
                await send(message)

        await app(scope, receive, answer)

    return changed


def idle_delete(app: ASGIApp, _service: Service) -> ASGIApp:
    """A deletion says 204 and deletes nothing."""

    async def changed(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] != "DELETE":
            await app(scope, receive, send)
            return
        gone = False

        async def answer(message: Message) -> None:
            nonlocal gone
            if message["type"] == "http.response.start" and message["status"] == HTTPStatus.OK:
                gone = True
                kept = [(name, value) for name, value in message["headers"] if name.lower() == b"x-request-id"]
                message = {**message, "status": HTTPStatus.NO_CONTENT, "headers": kept}
            elif gone:
                message = {**message, "body": b""}
            await send(message)

        await app({**scope, "method": "GET"}, receive, answer)

    return changed


def shared_tasks(app: ASGIApp, service: Service) -> ASGIApp:
    """Whoever has a token reads everybody's tasks."""

    def change(scope: Scope) -> None:
        if scope["method"] == "GET":
            _become(scope, service.token(_owner(scope)))

    return _with_any_token(app, change)


def open_door(app: ASGIApp, service: Service) -> ASGIApp:
    """Who has no token, or a wrong one, is taken for the owner."""

    async def changed(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["path"].startswith("/api/"):
            _become(scope, service.token(_owner(scope)))
        await app(scope, receive, send)

    return changed


def fragile_text(app: ASGIApp, _service: Service) -> ASGIApp:
    """A percent sign in a text is an error of the database."""

    async def changed(scope: Scope, receive: Receive, send: Send) -> None:
        async def watched() -> Message:
            message = await receive()
            if b"%" in message.get("body", b""):
                raise RuntimeError("LIKE pattern must not end with escape character")
            return message

        await app(scope, watched, send)

    return changed


def forbidden_to_all(app: ASGIApp, service: Service) -> ASGIApp:
    """Everybody is somebody else."""
    return _with_any_token(app, lambda scope: _become(scope, service.token("somebody else")))


def lost_to_all(app: ASGIApp, _service: Service) -> ASGIApp:
    """Nothing is found."""

    def change(scope: Scope) -> None:
        scope["path"] = "/nowhere"
        scope["raw_path"] = b"/nowhere"

    return _with_any_token(app, change)


def _answering(app: ASGIApp, change: Callable[[Message], None]) -> ASGIApp:
    async def changed(scope: Scope, receive: Receive, send: Send) -> None:
        async def answer(message: Message) -> None:
            if message["type"] == "http.response.start":
                change(message)
            await send(message)

        await app(scope, receive, answer)

    return changed


def _reading_bodies(app: ASGIApp, change: Callable[[dict[str, object]], None]) -> ASGIApp:
    """Rewrites bodies that are JSON objects."""

    async def changed(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await app(scope, receive, send)
            return
        body = await _whole(receive)
        with suppress(ValueError):
            value = json.loads(body)
            if isinstance(value, dict):
                change(value)
                body = json.dumps(value).encode()
                others = [(name, text) for name, text in scope["headers"] if name != b"content-length"]
                scope["headers"] = [*others, (b"content-length", str(len(body)).encode())]
        message: Message = {"type": "http.request", "body": body, "more_body": False}
        messages = iter([message])

        async def rewritten() -> Message:
            return next(messages, None) or await receive()

        await app(scope, rewritten, send)

    return changed


async def _whole(receive: Receive) -> bytes:
    body, more = b"", True
    while more:
        message = await receive()
        body += message.get("body", b"")
        more = message.get("more_body", False)
    return body


def _with_any_token(app: ASGIApp, change: Callable[[Scope], None]) -> ASGIApp:
    """Changes the requests to tasks that come with a token which may be valid."""

    async def changed(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["path"].startswith("/api/"):
            authorization = dict(scope["headers"]).get(b"authorization", b"")
            if authorization.count(b".") == 2:
                change(scope)
        await app(scope, receive, send)

    return changed


def _owner(scope: Scope) -> str:
    return unquote(scope["raw_path"].split(b"/")[2].decode("latin-1"))


def _become(scope: Scope, token: str) -> None:
    others = [(name, value) for name, value in scope["headers"] if name != b"authorization"]
    scope["headers"] = [*others, (b"authorization", f"Bearer {token}".encode())]
