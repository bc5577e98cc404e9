"""The generated plumbing with handlers of the tests' own: what is wrong never gets out, checks come in their order."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager, nullcontext
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any  # a module that is made at run time

import httpx
import pytest
from fastapi import Depends, FastAPI
from fastapi.params import Depends as DependsOn
from pydantic import MISSING
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from backend.tests.contracts import Json
from generated import api, models
from generated.plumbing import (
    Call,
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
    created_at=NOW,
    updated_at=NOW,
    completed_at=None,
    version=1,
)
ETAG = '"1-1-0.1.0"'
TASKS = "/api/alice/tasks"
TOKEN = {"Authorization": "Bearer alice"}
JSON = {**TOKEN, "Content-Type": "application/json"}


class Refused(Exception):
    """An error as the backend has them."""

    def __init__(self, status: int, code: str) -> None:
        super().__init__(code)
        self.status = status
        self.code = code


@dataclass
class Backend:
    """A gate, all handlers, and a record of what happened; `answer` is what every handler does."""

    answer: Callable[[str, Json], object]
    happened: list[str] = field(default_factory=list)

    async def authenticate(self, authorization: list[str], /) -> str:
        """Take a name for a token."""
        self.happened.append("authenticate")
        if len(authorization) != 1:
            raise Refused(401, "unauthenticated")
        return authorization[0].removeprefix("Bearer ")

    def authorise(self, caller: str, owner: str, /) -> None:
        """Let everybody act for themselves."""
        self.happened.append("authorise")
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


def serve(answer: Callable[[str, Json], object], dependencies: Sequence[DependsOn] = ()) -> tuple[FastAPI, Backend]:
    """Serve all operations with one answer; errors become what a test can look at."""
    backend = Backend(answer)
    app = FastAPI(openapi_url=None, redirect_slashes=False, dependencies=dependencies)
    register(
        app, backend, tasks=backend.module("tasks"), health=backend.module("health"), about=backend.module("about")
    )

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


def test_a_result_becomes_its_answer() -> None:
    app, backend = serve(good)
    created = ask(app, "POST", TASKS, JSON, b'{"title": "a"}')
    assert created.status_code == 201
    assert (created.headers["location"], created.headers["etag"]) == (f"{TASKS}/1", ETAG)
    assert created.json() == TASK.model_dump(mode="json")
    assert backend.happened == ["authenticate", "authorise", "open POST alice alice", "commit"]
    deleted = ask(app, "DELETE", f"{TASKS}/1", content=b"ignored")
    assert (deleted.status_code, deleted.content) == (204, b"")


def test_a_public_operation_is_asked_without_a_caller() -> None:
    asked: list[Json] = []

    def answer(_: str, arguments: Json) -> object:
        asked.append(arguments)
        return api.GetHealthResult(body=models.Health(status="ok", service="task-api", version="0.1.0"))

    app, backend = serve(answer)
    assert ask(app, "GET", "/health", {}).status_code == 200
    assert (asked, backend.happened) == ([{"ctx": "getHealth"}], [])


VIOLATIONS: list[tuple[object, str]] = [
    (None, "the result is a NoneType"),
    ({"id": 1}, "the result is a dict"),
    (Response("x"), "the result is a Response"),
    (api.DeleteTaskResult(), "the result is a DeleteTaskResult"),
    (api.GetTaskResult(body={"id": 1}, etag=ETAG), "the body of the 200 is not what it declares"),  # type: ignore[arg-type] # the point
    (api.GetTaskResult(body=TASK, etag="1"), "the header ETag is not what it declares"),
    (api.GetTaskResult(body=TASK, etag=None), "the header ETag is not what it declares"),  # type: ignore[arg-type] # the point
    (Refused(409, "conflict"), "status 409 is not declared"),
    (Refused(404, "lost"), "the problem lost is not declared with status 404"),
]


@pytest.mark.parametrize(("value", "reason"), VIOLATIONS, ids=[reason for _, reason in VIOLATIONS])
def test_what_the_contract_does_not_declare_is_a_500_and_not_committed(value: object, reason: str) -> None:
    app, backend = serve(wrong(value))
    answer = ask(app, "GET", f"{TASKS}/1")
    assert answer.status_code == 500
    assert answer.json()["told"] == f"getTask: {reason}"
    assert "commit" not in backend.happened


def test_a_header_cannot_smuggle_another() -> None:
    app, _ = serve(wrong(api.CreateTaskResult(body=TASK, location="/a\u00e9", etag=ETAG)))
    assert ask(app, "POST", TASKS, JSON, b'{"title": "a"}').json()["told"].startswith("createTask: the header Location")


def test_declared_errors_and_foreign_ones_pass_through() -> None:
    app, _ = serve(wrong(Refused(404, "task_not_found")))
    assert ask(app, "GET", f"{TASKS}/1").status_code == 404
    app, _ = serve(wrong(ZeroDivisionError()))
    with pytest.raises(ZeroDivisionError):
        ask(app, "GET", f"{TASKS}/1")


ORDER: list[tuple[int, str, str, Json, bytes]] = [
    (401, "POST", "/api/bob/tasks?x=1", {"Content-Type": "text/plain"}, b"x" * 1_048_577),
    (403, "POST", "/api/bob/tasks?x=1", {**TOKEN, "Content-Type": "text/plain"}, b"x" * 1_048_577),
    (415, "POST", f"{TASKS}?x=1", {**TOKEN, "Content-Type": "text/plain"}, b"x" * 1_048_577),
    (413, "POST", f"{TASKS}?x=1", JSON, b"x" * 1_048_577),
    (400, "POST", f"{TASKS}?x=1", JSON, b"x"),
    (422, "POST", f"{TASKS}?x=1", JSON, b'{"title": "a"}'),
    (201, "POST", TASKS, JSON, b'{"title": "a"}'),
]


@pytest.mark.parametrize(
    ("status", "method", "path", "headers", "content"), ORDER, ids=[str(known[0]) for known in ORDER]
)
def test_the_first_check_that_fails_speaks(status: int, method: str, path: str, headers: Json, content: bytes) -> None:
    app, _ = serve(good)
    assert ask(app, method, path, headers, content).status_code == status


@pytest.mark.parametrize(
    "headers",
    [
        TOKEN,
        {**TOKEN, "Content-Type": "application/problem+json"},
        {**TOKEN, "Content-Type": "application/json; charset=latin-1"},
        {**TOKEN, "Content-Type": "nonsense"},
        {**JSON, "Content-Encoding": "gzip"},
    ],
)
def test_other_media_types_are_refused(headers: Json) -> None:
    app, _ = serve(good)
    answer = ask(app, "POST", TASKS, headers, b'{"title": "a"}')
    assert (answer.status_code, answer.json()["told"]) == (415, "the body is none of application/json")


def test_media_types_are_read_without_regard_to_case_and_charset_utf_8_is_fine() -> None:
    app, _ = serve(good)
    headers = {**TOKEN, "Content-Type": "Application/JSON; charset=UTF-8", "Content-Encoding": "identity"}
    assert ask(app, "POST", TASKS, headers, b'{"title": "a"}').status_code == 201


def test_a_body_is_counted_where_it_is_not_announced() -> None:
    app, _ = serve(good)

    async def chunks() -> AsyncIterator[bytes]:
        while True:
            yield b" " * 1024

    async def send() -> httpx.Response:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://x") as client:
            return await client.post(TASKS, headers=JSON, content=chunks())

    assert asyncio.run(send()).status_code == 413


DEEP = b'{"title": "a", "x": ' + b"[" * 64 + b"]" * 64 + b"}"
MALFORMED: list[tuple[bytes, str]] = [
    (b"{", "line 1, column 2"),
    (b'{"a": 1, "a": 1}', "an object has a member twice"),
    (b'{"a": NaN}', "NaN and Infinity are no numbers of JSON"),
    (b'{"a": -Infinity}', "NaN and Infinity are no numbers of JSON"),
    (b'{"a": 1e400}', "a number is larger than a double can hold"),
    (b'{"a": -1e400}', "a number is larger than a double can hold"),
    (b'{"a": ' + b"9" * 5000 + b"}", "a number has too many digits"),
    (b"\xef\xbb\xbf{}", "it begins with a byte-order mark"),
    (b'{"a": "\xff"}', "byte 8 is not UTF-8"),
    (b'{"a": "\xed\xa0\x80"}', "byte 8 is not UTF-8"),
    (b"[" * 100_000, "it is nested more than 64 levels deep"),
    (DEEP, "it is nested more than 64 levels deep"),
]


@pytest.mark.parametrize(("content", "reason"), MALFORMED, ids=[str(number) for number in range(len(MALFORMED))])
def test_what_two_readers_could_read_differently_is_malformed(content: bytes, reason: str) -> None:
    app, _ = serve(good)
    answer = ask(app, "POST", TASKS, JSON, content)
    assert (answer.status_code, answer.json()["told"]) == (400, reason)


def test_brackets_in_texts_are_no_depth() -> None:
    app, _ = serve(good)
    assert ask(app, "POST", TASKS, JSON, b'{"title": "' + b'[{\\"' * 40 + b'"}').status_code == 201


FAULTS: list[tuple[str, bytes, list[tuple[str, str]]]] = [
    ("", b"", [("body", "missing")]),
    ("", b"null", [("body", "model_attributes_type")]),
    ("", b"[]", [("body", "model_attributes_type")]),
    ("", b"{}", [("body.title", "missing")]),
    ("", b'{"title": "\\ud800"}', [("body.title", "string_unicode")]),
    ("", b'{"title": "a\\u0000"}', [("body.title", "string_pattern_mismatch")]),
    ("", b'{"title": "a", "\\ud800": 1}', [("body", "string_unicode")]),
    ("", b'{"title": "a", "b c": 1}', [("body.?", "extra_forbidden")]),
    ("", b'{"title": "a", "status": "completed", "completed": false}', [("body", "contract_rule")]),
    ("", b'{"title": "a", "due_date": "tomorrow"}', [("body.due_date", "string_pattern_mismatch")]),
    ("", b'{"title": "a", "due_date": 5}', [("body.due_date", "string_type")]),
    (
        "?x=1&b%20c=1&%ff=1",
        b'{"title": 5, "priority": "3", "y": 1}',
        [
            ("query", "text_encoding"),
            ("query.x", "unknown_parameter"),
            ("query.?", "unknown_parameter"),
            ("body.title", "string_type"),
            ("body.priority", "int_type"),
            ("body.y", "extra_forbidden"),
        ],
    ),
]


@pytest.mark.parametrize(("query", "content", "faults"), FAULTS, ids=[str(number) for number in range(len(FAULTS))])
def test_every_fault_is_told_once_and_nothing_is_repeated(
    query: str, content: bytes, faults: list[tuple[str, str]]
) -> None:
    app, _ = serve(good)
    answer = ask(app, "POST", TASKS + query, JSON, content)
    assert answer.status_code == 422
    assert [(where, kind) for where, kind, _ in answer.json()["faults"]] == faults
    assert all(message.strip() and "tomorrow" not in message for _, _, message in answer.json()["faults"])


def test_query_parameters_are_read_strictly() -> None:
    app, _ = serve(good)
    answer = ask(app, "GET", f"{TASKS}?limit=5.0&order=&sort=title&sort=title&status=none")
    assert [(where, kind) for where, kind, _ in answer.json()["faults"]] == [
        ("query.order", "empty_parameter"),
        ("query.sort", "repeated_parameter"),
        ("query.status", "literal_error"),
        ("query.limit", "int_parsing"),
    ]


def test_many_faults_are_cut_and_a_pattern_speaks_in_words() -> None:
    app, _ = serve(good)
    content = b'{"title": " ", ' + b",".join(b'"m%d": 1' % number for number in range(150)) + b"}"
    faults = ask(app, "POST", TASKS, JSON, content).json()["faults"]
    assert len(faults) == 100
    assert faults[0][2].startswith("Should be: One line or more of text")


def test_arguments_are_what_was_sent() -> None:
    seen: list[Json] = []

    def answer(function: str, arguments: Json) -> object:
        seen.append(arguments)
        return good(function, arguments)

    app, _ = serve(answer)
    ask(app, "GET", f"{TASKS}?limit=5&order=asc")
    ask(app, "PATCH", f"{TASKS}/7/complete")
    ask(app, "PATCH", f"{TASKS}/7/complete", JSON, b'{"completed": true}')
    assert seen == [
        {"ctx": "alice", "status": "all", "sort": "created", "order": "asc", "limit": 5, "cursor": MISSING},
        {"ctx": "alice", "id": 7, "body": MISSING},
        {"ctx": "alice", "id": 7, "body": models.TaskCompletion(completed=True)},
    ]


def test_dependencies_of_fastapi_run_and_can_be_replaced_and_have_parameters() -> None:
    ran: list[str] = []

    def dependency(trace: str = "none") -> None:
        ran.append(trace)

    def replacement() -> None:
        ran.append("replaced")

    app, _ = serve(good, dependencies=[Depends(dependency)])
    assert ask(app, "GET", f"{TASKS}?trace=on").status_code == 200
    app.dependency_overrides[dependency] = replacement
    assert ask(app, "GET", TASKS).status_code == 200
    assert ran == ["on", "replaced"]
    ran.clear()
    assert ask(app, "GET", TASKS, {}).status_code == 401
    assert ran == []


def test_the_app_tells_what_it_serves() -> None:
    app, _ = serve(good)
    assert app.openapi()["paths"].keys() == {known.path for known in OPERATIONS}
