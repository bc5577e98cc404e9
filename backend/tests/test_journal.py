"""What escapes, what is cut off, and the line that each request writes (specs/features/logs.md)."""

import asyncio
import logging
from collections.abc import Awaitable, Callable

import pytest
from starlette.responses import Response
from starlette.types import Message, Receive, Scope, Send
from typing_extensions import override

from backend import edge, logs
from backend.exchange import CLIENT_LEFT
from backend.tests.around import Unexpected, application, ask, with_headers
from backend.tests.client import Client
from backend.tests.conftest import LogLines, Service


def records(caplog: pytest.LogCaptureFixture, message: str) -> list[logging.LogRecord]:
    return [record for record in caplog.records if record.getMessage() == message]


def line(caplog: pytest.LogCaptureFixture) -> dict[str, object]:
    [record] = records(caplog, "request")
    fields: dict[str, object] = record.__dict__["fields"]
    return fields


@pytest.fixture(autouse=True)
def _all_lines(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "backend")


def test_what_escapes_is_a_500_that_says_nothing_and_a_log_line_that_says_all(
    caplog: pytest.LogCaptureFixture,
) -> None:  # ERR-14, LOG-3
    response = ask("GET", "/failing", headers={"X-Request-Id": "mine"})
    assert (response.status_code, response.json()["code"]) == (500, "internal_error")
    assert "hunter2" not in response.text
    assert "Unexpected" not in response.text
    [record] = records(caplog, "unhandled exception")
    assert record.exc_info is not None
    assert record.exc_info[0] is Unexpected
    assert record.__dict__["fields"] == {"operation_id": "fail"}


def test_an_answer_that_fails_midway_is_broken_off_and_logged(caplog: pytest.LogCaptureFixture) -> None:  # LOG-2
    sent = exchange("GET", "/breaking")
    assert [message["type"] for message in sent] == ["http.response.start", "http.response.body"]
    assert sent[-1]["more_body"] is True
    assert len(records(caplog, "unhandled exception")) == 1
    assert line(caplog)["outcome"] == "cut off"
    assert line(caplog)["status"] == 200


class Hesitating(Response):
    """Fails after its head and before its first byte."""

    @override
    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        raise Unexpected("before a byte")


def test_an_answer_that_fails_before_its_first_byte_is_a_500() -> None:  # EDGE-22
    app = application()
    app.get("/hesitating")(lambda: Hesitating())  # noqa: PLW0108 - FastAPI would take its parameters for ours
    assert ask("GET", "/hesitating", app).json()["code"] == "internal_error"


async def connected() -> Message:
    """A client that has sent its request and waits."""
    never: asyncio.Future[Message] = asyncio.get_running_loop().create_future()
    return await never


async def disconnected() -> Message:
    return {"type": "http.disconnect"}


def exchange(
    method: str,
    path: str,
    receive: Callable[[], Awaitable[Message]] = connected,
    extensions: dict[str, object] | None = None,
) -> list[Message]:
    """The messages that a server gets to see; for what no client can show."""
    sent: list[Message] = []

    async def send(message: Message) -> None:
        sent.append(message)

    scope = {
        "type": "http",
        "method": method,
        "path": path,
        "raw_path": path.encode(),
        "query_string": b"",
        "headers": [(b"host", b"localhost")],
        "extensions": extensions,
    }

    async def serve() -> None:
        await application()(scope, receive, send)
        assert logs.current.get() is None, "the facts of a request outlive it"

    asyncio.run(serve())
    return sent


def test_a_client_that_leaves_while_it_sends_gets_no_answer_and_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    assert exchange("POST", "/api/alice/tasks", disconnected) == []
    assert line(caplog)["outcome"] == "client left"
    assert line(caplog)["status"] is None
    assert records(caplog, "unhandled exception") == []


@pytest.mark.parametrize(("gone", "outcome"), [(True, "client left"), (False, "complete")])
def test_a_client_that_leaves_before_its_answer_is_logged(
    gone: bool,  # noqa: FBT001 # a parameter of the test
    outcome: str,
    caplog: pytest.LogCaptureFixture,
) -> None:  # LOG-2
    exchange("GET", "/health", extensions={CLIENT_LEFT: {"ask": lambda: gone}})
    assert line(caplog)["outcome"] == outcome


def test_a_cancelled_request_is_logged_and_stays_cancelled(caplog: pytest.LogCaptureFixture) -> None:
    async def cancelled() -> Message:
        raise asyncio.CancelledError

    with pytest.raises(asyncio.CancelledError):
        exchange("POST", "/api/alice/tasks", cancelled)
    assert line(caplog)["outcome"] == "cut off"


def test_a_request_writes_one_line(caplog: pytest.LogCaptureFixture) -> None:  # LOG-2
    ask("GET", "/health?search=private")
    fields = line(caplog)
    assert fields.pop("db_ms") is None  # LOG-8
    milliseconds = fields.pop("ms")
    assert isinstance(milliseconds, float)
    assert 0 < milliseconds < 10_000
    assert fields == {
        "method": "GET",
        "route": "/health",
        "operation_id": "getHealth",
        "status": 200,
        "outcome": "complete",
    }


@pytest.mark.parametrize(
    ("method", "path", "expected"),
    [
        ("HEAD", "/health", ("HEAD", "/health", "getHealth", 200)),
        ("GET", "/api/alice/tasks", ("GET", "/api/{user_id}/tasks", "listTasks", 200)),
        ("POST", "/api/alice/tasks", ("POST", "/api/{user_id}/tasks", "createTask", 201)),
        ("DELETE", "/api/alice/tasks", ("DELETE", "/api/{user_id}/tasks", None, 405)),
        ("OPTIONS", "/health", ("OPTIONS", "/health", None, 204)),
        ("GET", "/nothing", ("GET", None, None, 404)),
        ("GET", "/failing", ("GET", "/failing", "fail", 500)),
    ],
)
def test_the_line_names_template_and_operation(
    method: str, path: str, expected: tuple[object, ...], caplog: pytest.LogCaptureFixture
) -> None:  # LOG-2
    ask(method, path)
    fields = line(caplog)
    assert (fields["method"], fields["route"], fields["operation_id"], fields["status"]) == expected


TRACE = "0af7651916cd43dd8448eb211c80319c"


def trace_ids(*headers: tuple[str, str]) -> list[str | None]:
    """The trace ids that are known at each line of a request with these headers."""
    seen: list[str | None] = []

    def keep(record: logging.LogRecord) -> bool:
        facts = logs.current.get()
        assert facts is not None
        assert record.getMessage() == "request"
        seen.append(facts.trace_id)
        return True

    edge.log.addFilter(keep)
    try:
        with_headers(("Host", "localhost"), *headers)
    finally:
        edge.log.removeFilter(keep)
    return seen


@pytest.mark.parametrize(
    "sent",
    [f"00-{TRACE}-b7ad6b7169203331-01", f"00-{TRACE}-b7ad6b7169203331-00", f"cc-{TRACE}-b7ad6b7169203331-01-more"],
)
def test_the_line_belongs_to_the_callers_trace(sent: str) -> None:  # LOG-7
    assert trace_ids(("traceparent", sent)) == [TRACE]


@pytest.mark.parametrize(
    "sent",
    [
        "",
        TRACE,
        f"ff-{TRACE}-b7ad6b7169203331-01",
        f"00-{TRACE}-b7ad6b7169203331-01-more",
        f"00-{TRACE}-b7ad6b7169203331-01more",
        f"00-{'0' * 32}-b7ad6b7169203331-01",
        f"00-{TRACE}-{'0' * 16}-01",
        f"00-{TRACE.upper()}-b7ad6b7169203331-01",
        f"00-{TRACE}-b7ad6b716920333-01",
        f"00-{TRACE}-b7ad6b7169203331",
    ],
)
def test_a_malformed_traceparent_is_ignored(sent: str) -> None:  # LOG-7
    assert trace_ids(("traceparent", sent)) == [None]


def test_two_traceparents_are_ignored() -> None:
    sent = ("traceparent", f"00-{TRACE}-b7ad6b7169203331-01")
    assert trace_ids(sent, sent) == [None]


def test_the_facts_of_a_request_do_not_outlive_it() -> None:
    exchange("GET", "/health")  # which looks


def test_the_body_of_a_head_never_reaches_the_server() -> None:
    assert b"".join(message.get("body", b"") for message in exchange("HEAD", "/health")) == b""


def test_the_lines_of_a_live_service_hold_no_secret(
    service: Service, alice: Client, charlie: Client, log_lines: LogLines
) -> None:  # AUTH-4, AUTH-26, LOG-4, LOG-5, LOG-6
    marker = "hunter2"
    forged = {"User-Agent": '"}\\n{"message": "forged"}', "X-Request-Id": marker + "\\n", "traceparent": marker}
    alice.post(f"{alice.tasks}?x={marker}", json={"title": marker}, headers=forged)
    alice.post(alice.tasks, json={"title": marker})
    refused = charlie.get(f"/api/{marker}/tasks")
    with service.outage():
        alice.get(alice.tasks)
    lines = log_lines()
    assert [line["status"] for line in lines if line["message"] == "request"] == [422, 201, 401, 503]
    [reason] = [line for line in lines if line["message"] == "token refused"]
    assert (reason["reason"], reason["request_id"]) == ("exp has passed", refused.headers["x-request-id"])
    [secret] = service.settings.secrets
    tokens = [client.headers["authorization"].removeprefix("Bearer ") for client in (alice, charlie)]
    for private in (marker, "forged", "postgresql://", secret.get_secret_value(), *".".join(tokens).split(".")):
        assert private not in str(lines)
