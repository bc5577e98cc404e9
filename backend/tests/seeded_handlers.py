"""Wrong implementations of the contract, one fault each, and what sees it: the types, the start, or the answer.

Each is a module for a tag, of which one operation is wrong and the others are the service's own. `None` says honestly
that a stage cannot see it: then the next one has to. Beside the faults that anybody makes there are those of people who
silence a type checker; `Any` stands for that, so that no stage is helped by the one before.
"""

import json
import re
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from types import ModuleType

from backend.tests.client import contract
from generated.api import CONTRACT_VERSION
from generated.routes import OPERATIONS

EXAMPLE = contract()["components"]["examples"]["Task"]["value"]

HEAD = f'''"""A module of a tag, wrong in one place."""

from collections.abc import AsyncIterator, Coroutine
from typing import TYPE_CHECKING, Any

from pydantic import MISSING
from starlette.exceptions import HTTPException
from starlette.responses import Response

from backend import errors
from backend.auth import Caller
from backend.context import OwnerContext, PublicContext
from generated import api
from generated.models import EntityTags, Health, Task, TaskCreate, TaskId, TaskList

TASK = Task.model_validate_json({json.dumps(EXAMPLE)!r})
ETAG = f'"42-2-{CONTRACT_VERSION}"'
'''

CONDITIONS = "if_match: EntityTags | MISSING = MISSING, if_none_match: EntityTags | MISSING = MISSING"
"""What every operation on one task takes beside its id."""

READ = ("GET", "/api/alice/tasks/42")
CREATE = ("POST", "/api/alice/tasks")
DELETE = ("DELETE", "/api/alice/tasks/42")
LIVE = ("GET", "/health")


@dataclass(frozen=True)
class Seed:
    """A fault, and how each stage tells it.

    Attributes:
        fault: what is wrong, as a sentence.
        code: the wrong operation, or another function beside the right ones.
        types: a word that both type checkers say where the module is or should be; None where the types are right.
        start: what the start is refused with, after the name of the module; None where it goes on.
        asked: the request that runs the operation, for what starts.
        reason: what the log says of the answer then.
        tag: whose module it is.
        without: an operation that is left out.
    """

    fault: str
    code: str = ""
    types: str | None = None
    start: str | None = None
    asked: tuple[str, str] = READ
    reason: str | None = None
    tag: str = "tasks"
    without: str = ""

    @cached_property
    def name(self) -> str:
        """The name of the module."""
        return "wrong_" + re.sub(r"\W+", "_", self.fault)

    @cached_property
    def text(self) -> str:
        """The module, with the assignment by which a type checker holds it against the Protocol."""
        own = {*re.findall(r"def (\w+)", self.code), self.without}
        others = [known.function for known in OPERATIONS if known.module == self.tag and known.function not in own]
        imports = "".join(f"from backend.{self.tag} import {name} as {name}\n" for name in others)
        context = {"tasks": "OwnerContext", "health": "PublicContext"}[self.tag]
        fits = f"import {self.name} as this\n\n    FITS: api.{self.tag.title()}Api[{context}] = this\n"
        return f"{HEAD}{imports}\n\n{self.code.strip()}\n\nif TYPE_CHECKING:\n    {fits}"

    def module(self) -> ModuleType:
        """What a service that is started with it has."""
        module = ModuleType(self.name)
        exec(self.text, vars(module))  # noqa: S102 - our own text
        return module

    def write(self, folder: Path) -> None:
        """Write it for a type checker."""
        (folder / f"{self.name}.py").write_text(self.text, encoding="utf-8")


def reading(result: str, *, gives: str = "api.GetTaskOK") -> str:
    """`get_task` with another end."""
    return f"async def get_task(ctx: OwnerContext, /, *, id: TaskId, {CONDITIONS}) -> {gives}:\n    {result}\n"


def creating(result: str, *, body: str = "TaskCreate") -> str:
    """`create_task` with another end."""
    return f"async def create_task(ctx: OwnerContext, /, *, body: {body}) -> api.CreateTaskResult:\n    {result}\n"


GOOD = "return api.GetTaskOK(body=TASK, etag=ETAG)"

PARAMETERS = [
    Seed(
        "an operation is missing",
        without="get_task",
        types="get_task",
        start="getTask: {}.get_task is missing",
    ),
    Seed(
        "an operation is not async",
        f"def get_task(ctx: OwnerContext, /, *, id: TaskId, {CONDITIONS}) -> api.GetTaskOK:\n    {GOOD}",
        types="get_task",
        start="getTask: {}.get_task is no coroutine function (async def)",
    ),
    Seed(
        "an operation hands out the coroutine of another function",
        f"{reading(GOOD).replace('get_task', '_read')}\n\n"
        f"def get_task(ctx: OwnerContext, /, *, id: TaskId, {CONDITIONS}) -> Coroutine[Any, Any, api.GetTaskOK]:\n"
        "    return _read(ctx, id=id)",
        start="getTask: {}.get_task is no coroutine function (async def)",
    ),
    Seed(
        "a parameter has another name",
        reading(GOOD).replace("id:", "key:"),
        types="get_task",
        start="getTask: {}.get_task does not take id",
    ),
    Seed(
        "a parameter is positional",
        reading(GOOD).replace("/, *, ", ""),
        start="getTask: {}.get_task takes 4 positional parameters instead of one, the context",
    ),
    Seed(
        "a parameter is one too many",
        reading(GOOD).replace("id: TaskId", "id: TaskId, quick: bool"),
        types="get_task",
        start="getTask: {}.get_task takes quick, which is not handed over",
    ),
    Seed(
        "a parameter has another type",
        reading(f"id.upper()\n    {GOOD}").replace("TaskId", "str"),
        types="get_task",
        reason="'int' object has no attribute 'upper'",
    ),
    Seed(
        "a body of another type is taken",
        creating(
            "return api.CreateTaskResult(body=body.items[0], etag=ETAG, location='/api/alice/tasks/42')",
            body="TaskList",
        ),
        types="create_task",
        asked=CREATE,
        reason="'TaskCreate' object has no attribute 'items'",
    ),
    Seed(
        "a public operation asks for a caller of its context",
        "async def get_health(ctx: OwnerContext, /) -> api.GetHealthResult:\n"
        '    return api.GetHealthResult(body=Health(status="ok", service="task-api", version=ctx.caller.id))',
        tag="health",
        types="get_health",
        asked=LIVE,
        reason="has no attribute 'caller'",
    ),
    Seed(
        "a public operation asks for a caller by name",
        "async def get_health(ctx: PublicContext, /, *, caller: Caller) -> api.GetHealthResult:\n"
        '    return api.GetHealthResult(body=Health(status="ok", service="task-api", version=caller.id))',
        tag="health",
        types="get_health",
        start="getHealth: {}.get_health takes caller, which is not handed over",
    ),
    Seed(
        "a handler is left after its operation was removed",
        f"{reading(GOOD).replace('get_task', 'archive_task')}",
        start="{}.archive_task is a public coroutine function, but no operation of the tag tasks",
    ),
]

RESULTS = [
    Seed(
        "the result of another operation is given",
        f"async def delete_task(ctx: OwnerContext, /, *, id: TaskId, {CONDITIONS}) -> api.GetTaskOK:\n    {GOOD}",
        types="delete_task",
        asked=DELETE,
        reason="deleteTask: the result is a GetTaskOK",
    ),
    Seed(
        "nothing is given",
        reading("return None", gives="None"),
        types="get_task",
        reason="getTask: the result is a NoneType",
    ),
    Seed(
        "a raw response is given",
        reading('return Response("Buy milk")', gives="Response"),
        types="get_task",
        reason="getTask: the result is a Response",
    ),
    Seed(
        "a raw response is given as anything",
        reading('return Response("Buy milk")', gives="Any"),
        reason="getTask: the result is a Response",
    ),
    Seed(
        "another body is given",
        reading("return api.GetTaskOK(body=TaskList(items=[TASK], next_cursor=None), etag=ETAG)"),
        types="body",
        reason="getTask: the body of the 200 is not what it declares: required at /",
    ),
    Seed(
        "an object without a type is given",
        reading('return api.GetTaskOK(body={"title": "Buy milk"}, etag=ETAG)'),
        types="body",
        reason="getTask: the body of the 200 is not of the type that it declares",
    ),
    Seed(
        "bytes are given for JSON",
        reading('return api.GetTaskOK(body=b"Buy milk", etag=ETAG)'),
        types="body",
        reason="getTask: the body of the 200 is not of the type that it declares",
    ),
    Seed(
        "a stream is given for JSON",
        "async def _chunks() -> AsyncIterator[bytes]:\n    yield b'Buy milk'\n\n\n"
        + reading("return api.GetTaskOK(body=_chunks(), etag=ETAG)"),
        types="body",
        reason="getTask: the body of the 200 is not of the type that it declares",
    ),
    Seed(
        "a body is made around its checks",
        reading('return api.GetTaskOK(body=Task.model_construct(**dict(TASK) | {"priority": 6}), etag=ETAG)'),
        reason="getTask: the body of the 200 is not what it declares: maximum at /priority",
    ),
    Seed(
        "a body is changed around its checks",
        reading('return api.GetTaskOK(body=TASK.model_copy(update={"status": "Buy milk"}), etag=ETAG)'),
        reason="getTask: the body of the 200 is not what it declares: enum at /status",
    ),
    Seed(
        "a required member of a body is left out around its checks",
        reading('return api.GetTaskOK(body=TASK.model_copy(update={"version": MISSING}), etag=ETAG)'),
        reason="getTask: the body of the 200 is not what it declares: required at /",
    ),
    Seed(
        "a required header is forgotten",
        reading("return api.GetTaskOK(body=TASK)"),
        types="etag",
        reason="missing 1 required positional argument: 'etag'",
    ),
    Seed(
        "a required header is nothing",
        reading("etag: Any = None\n    return api.GetTaskOK(body=TASK, etag=etag)"),
        reason="getTask: the header ETag is not what it declares",
    ),
    Seed(
        "a header breaks its pattern",
        reading('return api.GetTaskOK(body=TASK, etag="Buy milk")'),
        reason="getTask: the header ETag is not what it declares",
    ),
    Seed(
        "a header has a line break",
        creating('return api.CreateTaskResult(body=TASK, etag=ETAG, location="/42\\r\\nSet-Cookie: a=Buy milk")'),
        asked=CREATE,
        reason="createTask: the header Location is not what it declares",
    ),
]

RESULTS.append(
    Seed(
        "more members are given than there are",
        reading(
            'body: Any = TASK.model_dump(mode="json") | {"password": "Buy milk"}\n'
            "    return api.GetTaskOK(body=body, etag=ETAG)"
        ),
        reason="getTask: the body of the 200 is not of the type that it declares",
    )
)

RAISED = [
    Seed(
        "an undeclared status is raised",
        reading('raise errors.UnsupportedMediaType(["Buy milk"])'),
        reason="getTask: status 415 is not declared",
    ),
    Seed(
        "an undeclared code is raised",
        creating("raise errors.TaskNotFound"),
        asked=CREATE,
        reason="createTask: the problem task_not_found is not declared with status 404",
    ),
    Seed(
        "the required header of an error is forgotten",
        reading("error = errors.Unavailable()\n    error.headers.clear()\n    raise error"),
        reason="getTask: the header Retry-After of the 503 is missing",
    ),
    Seed(
        "an error of the framework is raised with a status of its own",
        reading('raise HTTPException(418, "Buy milk")'),
        reason="getTask: an HTTPException is no error of the contract",
    ),
    Seed(
        "an error that nobody knows is raised",
        reading('raise LookupError("Buy milk")'),
        reason="Buy milk",
    ),
    Seed(
        "an error of the framework has a status that the edge knows",
        "async def get_health(ctx: PublicContext, /) -> api.GetHealthResult:\n    raise HTTPException(404)",
        asked=LIVE,
        tag="health",
        reason="getHealth: an HTTPException is no error of the contract",
    ),
    Seed(
        "a success is raised",
        'class Gone(errors.ApiError):\n    status = 204\n    code = "gone"\n    title = "x"\n\n\n'
        f"async def delete_task(ctx: OwnerContext, /, *, id: TaskId, {CONDITIONS}) -> api.DeleteTaskResult:\n"
        '    raise Gone("x")',
        asked=DELETE,
        reason="deleteTask: the 204 is no problem: it is returned, not raised",
    ),
    Seed(
        "a header of an error breaks its schema",
        reading('error = errors.Unavailable()\n    error.headers["Retry-After"] = "soon"\n    raise error'),
        reason="getTask: the header Retry-After is not what it declares",
    ),
    Seed(
        "a header of an error has a line break",
        reading('error = errors.Unavailable()\n    error.headers["X-A"] = "1\\r\\nSet-Cookie: a=b"\n    raise error'),
        reason="getTask: a header of the 503 has a character that no header can have",
    ),
    Seed(
        "a header of an error names another media type",
        reading('error = errors.Unavailable()\n    error.headers["Content-Type"] = "text/html"\n    raise error'),
        reason="getTask: the media type of the 503 is not declared",
    ),
    Seed(
        "the text of an error is empty",
        reading('error = errors.Unavailable()\n    error.detail = ""\n    raise error'),
        reason="getTask: the body of the 503 is not what it declares: minLength at /detail",
    ),
    Seed(
        "the code of an error is a number",
        reading("error: Any = errors.TaskNotFound()\n    error.code = 5\n    raise error"),
        reason="getTask: the body of the 404 is not what it declares",
    ),
]

SEEDS = PARAMETERS + RESULTS + RAISED
