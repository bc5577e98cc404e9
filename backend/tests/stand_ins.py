"""A gate and handlers that stand in for the backend's, behind the generated plumbing; none needs a database."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager, nullcontext
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any  # a module that is made at run time

import httpx
from fastapi import FastAPI
from fastapi.params import Depends as DependsOn
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from backend.tests.contracts import Json
from generated import api, models
from generated.api import CONTRACT_VERSION
from generated.gate import Attempt, Call, Credentials, Kept
from generated.plumbing import (
    ContentTooLarge,
    ContractViolation,
    InvalidRequest,
    MalformedJson,
    UnsupportedMediaType,
)
from generated.routes import OPERATIONS, register

NOW = datetime(2026, 1, 1, tzinfo=UTC)
TASK = models.Task(
    id=1,
    user_id="alice",
    title="a",
    description=None,
    status="pending",
    completed=False,
    priority=0,
    due_date=None,
    metadata={},
    created_at=NOW,
    updated_at=NOW,
    completed_at=None,
    version=1,
)
ETAG = f'"1-1-{CONTRACT_VERSION}"'
TASKS = "/api/alice/tasks"
TOKEN = {"Authorization": "Bearer alice"}
JSON = {**TOKEN, "Content-Type": "application/json"}


class Refused(Exception):
    """An error as the backend has them."""

    def __init__(self, status: int, code: str, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(code)
        self.status = status
        self.code = code
        self.headers = headers or {}


@dataclass
class Backend:
    """A gate, all handlers, and a record of what happened; `answer` is what every handler does.

    `roles` are those that the gate was told with each call of an owner's operation.
    """

    answer: Callable[[str, Json], object]
    happened: list[str] = field(default_factory=list)
    roles: list[tuple[str, ...]] = field(default_factory=list)
    kept: dict[Attempt, Kept] = field(default_factory=dict)

    async def authenticate(self, credentials: tuple[Credentials, ...], /) -> str:
        """Take a name for a token."""
        self.happened.append("authenticate")
        [(*authorization,)] = [known.values for known in credentials]
        if len(authorization) != 1:
            raise Refused(401, "unauthenticated", {"WWW-Authenticate": "Bearer"})
        return authorization[0].removeprefix("Bearer ")

    def authorise(self, call: Call, caller: str, owner: str, /) -> None:
        """Let everybody act for themselves."""
        self.happened.append("authorise")
        self.roles.append(call.roles)
        if caller != owner:
            raise Refused(403, "forbidden")

    def public(self, call: Call, /) -> nullcontext[str]:
        """Open nothing."""
        return nullcontext(call.operation_id)

    @asynccontextmanager
    async def owned(self, call: Call, caller: str, owner: str, /) -> AsyncIterator[str]:
        """Record the commit that a real one would make."""
        self.happened.append(f"open {call.method} {caller} {owner}")
        yield owner
        self.happened.append("commit")

    async def recall(self, ctx: str, attempt: Attempt, /) -> Kept | None:
        """Give what was kept of the same request."""
        self.happened.append(f"recall {ctx} {attempt.key}")
        return self.kept.get(attempt)

    async def keep(self, ctx: str, attempt: Attempt, kept: Kept, /) -> None:
        """Keep an answer."""
        self.happened.append(f"keep {ctx} {attempt.key}")
        self.kept[attempt] = kept

    def module(self, tag: str) -> Any:  # noqa: ANN401 - it stands for any of the interfaces
        """Make a module for a tag."""

        def handler(function: str, arguments: tuple[str, ...]) -> Callable[..., Any]:
            program = f"async def {function}(ctx, /, {'*, ' if arguments else ''}{', '.join(arguments)}):\n"
            program += (
                f"    return answer({function!r}, dict(ctx=ctx, {', '.join(f'{name}={name}' for name in arguments)}))"
            )
            names: Json = {"answer": self.answer}
            exec(program, names)  # noqa: S102 - our own text
            return staticmethod(names[function])

        found = {
            known.function: handler(known.function, known.arguments) for known in OPERATIONS if known.module == tag
        }
        return type(tag, (), dict(found))()


def serve(
    answer: Callable[[str, Json], object],
    dependencies: Sequence[DependsOn] = (),
    *,
    max_body_size: int | None = None,
) -> tuple[FastAPI, Backend]:
    """Serve all operations with one answer; errors become what a test can look at."""
    backend = Backend(answer)
    app = FastAPI(openapi_url=None, redirect_slashes=False, dependencies=dependencies, max_body_size=max_body_size)
    modules = {tag: backend.module(tag) for tag in ("users", "tasks", "health", "about", "problems")}
    register(app, backend, **modules)

    async def told(_: Request, error: Exception) -> Response:
        faults = [(fault.field, fault.type, fault.message) for fault in getattr(error, "errors", ())]
        return JSONResponse(
            {"kind": type(error).__name__, "told": str(error), "faults": faults}, getattr(error, "status", 500)
        )

    for kind in (Refused, ContractViolation, InvalidRequest, MalformedJson, ContentTooLarge, UnsupportedMediaType):
        app.add_exception_handler(kind, told)
    return app, backend


def ask(
    app: FastAPI, method: str, path: str, headers: Json | None = None, content: bytes | None = None
) -> httpx.Response:
    """Send one request; a body that is given as None is none at all."""

    async def send() -> httpx.Response:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://x") as client:
            return await client.request(method, path, headers=TOKEN if headers is None else headers, content=content)

    return asyncio.run(send())


def good(function: str, arguments: Json) -> object:
    """Answer as the contract wants it."""
    del arguments
    if function == "create_task":
        return api.CreateTaskResult(body=TASK, location=f"{TASKS}/1", etag=ETAG)
    if function == "delete_task":
        return api.DeleteTaskResult()
    if function == "list_tasks":
        return api.ListTasksResult(body=models.TaskList(items=[TASK], next_cursor=None))
    result: object = getattr(api, function.title().replace("_", "") + "Result")(body=TASK, etag=ETAG)
    return result


def wrong(value: object) -> Callable[[str, Json], object]:
    """Answer, or raise, something else."""

    def answer(_: str, __: Json) -> object:
        if isinstance(value, Exception):
            raise value
        return value

    return answer
