"""The generated plumbing with handlers of the tests' own: what is wrong never gets out, checks come in their order."""

import asyncio
import inspect
from collections.abc import AsyncIterator
from contextlib import nullcontext
from dataclasses import replace
from typing import Annotated

import httpx
import pytest
from fastapi import Depends, Path, Request
from pydantic import MISSING
from starlette.requests import ClientDisconnect
from starlette.responses import Response
from starlette.types import Message, Scope

from backend.tests.contracts import Json
from backend.tests.stand_ins import ETAG, JSON, TASK, TASKS, TOKEN, Refused, ask, good, serve, wrong
from generated import api, models, routes
from generated.interface import InterfaceMismatch
from generated.routes import OPERATIONS
from generated.strict_json import MAX_BODY_BYTES

CHUNKED = {"transfer-encoding": "chunked"}


def test_a_result_becomes_its_answer() -> None:
    app, backend = serve(good)
    created = ask(app, "POST", TASKS, JSON, b'{"title": "a"}')
    assert created.status_code == 201
    assert (created.headers["location"], created.headers["etag"]) == (f"{TASKS}/1", ETAG)
    assert created.json() == TASK.model_dump(mode="json")
    assert backend.happened == ["authenticate", "authorise", "open POST alice alice", "commit"]
    deleted = ask(app, "DELETE", f"{TASKS}/1", content=b"ignored")
    assert (deleted.status_code, deleted.content) == (204, b"")


def test_the_gate_is_told_the_roles_that_an_operation_is_open_to() -> None:  # ANSWER-8
    app, backend = serve(good)
    for method, content in (("GET", None), ("POST", b'{"title": "a"}')):
        assert ask(app, method, TASKS, JSON, content).is_success
    assert backend.roles == [("admin",), ()]


def test_a_public_operation_is_asked_without_a_caller() -> None:
    asked: list[Json] = []

    def answer(_: str, arguments: Json) -> object:
        asked.append(arguments)
        return api.GetHealthResult(body=models.Health(status="ok", service="task-api", version="1.0.0"))

    app, backend = serve(answer)
    assert ask(app, "GET", "/health", {}).status_code == 200
    assert (asked, backend.happened) == ([{"ctx": "getHealth"}], [])


VIOLATIONS: list[tuple[object, str]] = [
    (None, "the result is a NoneType"),
    ({"id": 1}, "the result is a dict"),
    (Response("x"), "the result is a Response"),
    (api.DeleteTaskResult(), "the result is a DeleteTaskResult"),
    (api.GetTaskOK(body={"id": 1}, etag=ETAG), "the body of the 200 is not of the type that it declares"),  # type: ignore[arg-type] # the point
    (api.GetTaskOK(body=TASK, etag="1"), "the header ETag is not what it declares"),
    (api.GetTaskOK(body=TASK, etag=None), "the header ETag is not what it declares"),  # type: ignore[arg-type] # the point
    (Refused(406, "conflict"), "status 406 is not declared"),
    (Refused(404, "lost"), "the problem lost is not declared with status 404"),
    (Refused(503, "unavailable"), "the header Retry-After of the 503 is missing"),
    (Refused(503, "unavailable", {"Retry-Afterwards": "1"}), "the header Retry-After of the 503 is missing"),
]


@pytest.mark.parametrize(("value", "reason"), VIOLATIONS, ids=[str(number) for number in range(len(VIOLATIONS))])
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
    app, _ = serve(wrong(Refused(503, "unavailable", {"retry-after": "1"})))  # names of headers have no case
    assert ask(app, "GET", f"{TASKS}/1").status_code == 503
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


def test_arguments_are_what_was_sent() -> None:
    seen: list[Json] = []

    def answer(function: str, arguments: Json) -> object:
        seen.append(arguments)
        return good(function, arguments)

    app, _ = serve(answer)
    ask(app, "GET", f"{TASKS}?limit=5&order=asc")
    ask(app, "PATCH", f"{TASKS}/7/complete", {**TOKEN, "If-Match": f'"7-1-{api.CONTRACT_VERSION}"'})
    ask(app, "PATCH", f"{TASKS}/7/complete", JSON, b'{"completed": true}')
    defaults = {"status": "all", "sort": "created", "tz": "UTC", "include_total": False}
    absent = ("completed", "search", "priority", "due_after", "due_before", "due", "cursor", "offset")
    no_conditions = {"if_match": MISSING, "if_none_match": MISSING}
    assert seen == [
        {"ctx": "alice", **defaults, "order": "asc", "limit": 5, **dict.fromkeys(absent, MISSING)},
        {
            "ctx": "alice",
            "id": 7,
            "if_match": f'"7-1-{api.CONTRACT_VERSION}"',
            "if_none_match": MISSING,
            "body": MISSING,
        },
        {"ctx": "alice", "id": 7, **no_conditions, "body": models.TaskCompletion(completed=True)},
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


@pytest.mark.parametrize(
    ("pieces", "status"),
    [
        ([b'{"title": ', b'"a"}', b""], 201),
        ([b'{"title": "a"}', b"x", b""], 400),
        ([b" " * (MAX_BODY_BYTES - 14), b'{"title": "a"}', b""], 201),
        ([b" " * (MAX_BODY_BYTES - 13), b'{"title": "a"}', b""], 413),
        ([b" " * (MAX_BODY_BYTES + 1), None], 413),
        ([b'{"title": "a"}', None], 500),  # Starlette's, to nobody
        ([None], 500),
    ],
    ids=["whole", "malformed", "largest", "too large", "too large and more", "hung up", "hung up at once"],
)
def test_a_body_comes_in_whatever_pieces(pieces: list[bytes | None], status: int) -> None:
    app, backend = serve(good)
    rest = iter(pieces)
    answer: list[Message] = []

    async def receive() -> Message:
        piece = next(rest)
        if piece is None:
            return {"type": "http.disconnect"}
        return {"type": "http.request", "body": piece, "more_body": piece != b""}

    async def send(message: Message) -> None:
        answer.append(message)

    headers = [(name.lower().encode(), value.encode()) for name, value in (JSON | CHUNKED).items()]
    scope: Scope = {"type": "http", "method": "POST", "path": TASKS, "query_string": b"", "headers": headers}
    with pytest.raises(ClientDisconnect) if status == 500 else nullcontext():
        asyncio.run(app(scope, receive, send))
    assert answer[0]["status"] == status
    assert ("commit" in backend.happened) is (status == 201)


def test_a_dependency_does_not_wait_for_a_body_that_was_read() -> None:
    async def late(request: Request) -> None:
        async with asyncio.timeout(5):  # for ever, otherwise
            await request.body()

    app, _ = serve(good, dependencies=[Depends(late)])
    with pytest.raises(RuntimeError, match="Stream consumed"):
        ask(app, "POST", TASKS, JSON, b'{"title": "a"}')


def test_the_app_tells_what_it_serves() -> None:
    app, _ = serve(good)
    assert app.openapi()["paths"].keys() == {known.path for known in OPERATIONS}


@pytest.mark.parametrize(
    ("lost", "problem"),
    [
        ("caller", "getTask: the security that FastAPI is told is not the operation's"),
        ("user_id", "getTask: the gate opens nothing that is known"),
    ],
)
def test_what_is_told_of_security_and_owner_is_what_is_done_or_nothing_starts(
    lost: str, problem: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def get_task() -> None: ...

    signature = inspect.signature(routes.get_task)
    user = signature.parameters["user_id"].replace(annotation=Annotated[models.UserId, Path()])
    told = [user if known.name == "user_id" == lost else known for known in signature.parameters.values()]
    told = [known for known in told if not known.name == "caller" == lost]
    monkeypatch.setattr(get_task, "__signature__", signature.replace(parameters=told), raising=False)
    edited = replace(routes.GET_TASK, signature=get_task)
    monkeypatch.setattr(
        routes, "OPERATIONS", tuple(edited if known is routes.GET_TASK else known for known in OPERATIONS)
    )
    with pytest.raises(InterfaceMismatch, match=problem):
        serve(good)


def test_an_owner_without_security_starts_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    def get_task() -> None: ...

    signature = inspect.signature(routes.get_task)
    told = [known for known in signature.parameters.values() if known.name != "caller"]
    monkeypatch.setattr(get_task, "__signature__", signature.replace(parameters=told), raising=False)
    edited = replace(routes.GET_TASK, signature=get_task, security=())
    monkeypatch.setattr(
        routes, "OPERATIONS", tuple(edited if known is routes.GET_TASK else known for known in OPERATIONS)
    )
    with pytest.raises(InterfaceMismatch, match="getTask: a path with an owner needs somebody who is known"):
        serve(good)
