"""What a log line says and what it keeps to itself (specs/features/logs.md)."""

import base64
import io
import json
import logging
import logging.config
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter

from backend import logs
from backend.settings import Settings

TOKEN = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhbGljZSJ9.c2lnbmF0dXJl"
LOGGERS = (
    "",
    "backend",
    "backend.edge",
    "scripts",
    "alembic",
    "opentelemetry.util.re",
    "uvicorn",
    "uvicorn.error",
    "uvicorn.access",
)


@pytest.fixture(autouse=True)
def restored_logging() -> Iterator[None]:
    """Puts back what a configuration changes for the whole process."""
    loggers = [logging.getLogger(name) for name in LOGGERS]
    before = [(logger.level, logger.handlers[:], logger.propagate) for logger in loggers]
    yield
    for logger, (level, handlers, propagate) in zip(loggers, before, strict=True):
        logger.setLevel(level)
        logger.handlers[:] = handlers
        logger.propagate = propagate


def settings(**overrides: object) -> Settings:
    return Settings.model_validate({"environment": "development", **overrides})


def formatted(record: logging.LogRecord, *, all_messages: bool = False) -> dict[str, Any]:  # Any: JSON
    text = logs.JsonLines(all_messages=all_messages).format(record)
    assert "\n" not in text
    assert text.isascii()
    line: dict[str, Any] = json.loads(text)  # Any: JSON
    return line


def record(message: str = "said", *arguments: object, error: BaseException | None = None) -> logging.LogRecord:
    exc_info = None if error is None else (type(error), error, error.__traceback__)
    return logging.LogRecord("backend.tasks", logging.INFO, "tasks.py", 1, message, arguments, exc_info)


def raised(error: BaseException) -> BaseException:
    try:
        raise error
    except type(error) as caught:
        return caught


def told(error: BaseException, *, all_messages: bool = False) -> list[dict[str, Any]]:  # Any: JSON
    exceptions: list[dict[str, Any]] = formatted(record(error=error), all_messages=all_messages)["exceptions"]
    return exceptions


def test_a_line_is_one_json_object() -> None:  # LOG-1
    line = formatted(record("said %s", "something"))
    assert line.pop("time").endswith("+00:00")
    assert line == {"level": "info", "logger": "backend.tasks", "message": "said something"}


def test_a_line_break_in_a_message_breaks_no_line() -> None:  # LOG-6
    assert formatted(record("a\nb\u2028c\ud800"))["message"] == "a\nb\u2028c\ud800"


def test_a_line_has_its_own_fields_beside_the_facts_of_its_request() -> None:  # LOG-2
    said = record()
    said.__dict__.update(logs.fields(status=204, route=None))
    before = logs.current.set(logs.Facts(request_id="r", trace_id="t"))
    logs.note_user("alice")
    line = formatted(said)
    logs.current.reset(before)
    assert {name: line[name] for name in ("request_id", "trace_id", "user_id", "status", "route")} == {
        "request_id": "r",
        "trace_id": "t",
        "user_id": "alice",
        "status": 204,
        "route": None,
    }


def test_outside_of_a_request_there_is_nothing_to_note_and_every_id_is_new() -> None:
    logs.note_user("alice")
    logs.note_replay()
    logs.note_trace("0")
    assert not {"user_id", "trace_id"} & formatted(record()).keys()
    assert logs.request_id() != logs.request_id()


def test_inside_a_request_its_id_is_told() -> None:
    before = logs.current.set(logs.Facts(request_id="r"))
    assert logs.request_id() == "r"
    logs.current.reset(before)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (f"refused {TOKEN}", "refused [token]"),
        ("Authorization: Bearer abc.def.ghi end", "Authorization: Bearer [token] end"),
        ("at postgresql://u:p@h/d?sslmode=require now", "at [connection string] now"),
        ("at postgres://u:p@h/d", "at [connection string]"),
        ("at postgresql+psycopg://u:p@h/d", "at [connection string]"),
        ("host=h password=hunter2 user=u", "host=h password=[secret] user=u"),
        ("nothing to hide", "nothing to hide"),
    ],
)
def test_credentials_are_taken_out_of_messages(text: str, expected: str) -> None:  # LOG-5, AUTH-26
    assert formatted(record(text))["message"] == expected
    assert formatted(record("%s", text))["message"] == expected


def segment(text: str) -> str:
    return base64.urlsafe_b64encode(text.encode()).rstrip(b"=").decode()


OBJECTS = {
    "a blank inside": '{ "alg": "HS256"}',
    "a line a member": '{\n  "alg": "HS256"\n}',
    "a tab": '{\t"alg": "HS256"}',
    "a Windows line": '{\r\n"alg": "HS256"}',
    "a blank before": ' {"alg": "HS256"}',
    "a line before": '\n{"alg": "HS256"}',
    "much before": " \t\r\n" * 20 + '{ \n"alg": "HS256"}',
    "a figure first": '{"1": 2, "alg": "HS256"}',
    "no ASCII first": '{"é": 2, "alg": "HS256"}',
}


@pytest.mark.parametrize("text", OBJECTS.values(), ids=OBJECTS)
def test_a_token_is_taken_out_however_its_json_is_laid_out(text: str) -> None:  # AUTH-26, AUTH-63
    usual, unusual, signature = segment('{"sub":"alice"}'), segment(text), "c2lnbmF0dXJl"
    for token in (
        f"{unusual}.{usual}.{signature}",
        f"{usual}.{unusual}.{signature}",
        f"{unusual}.{unusual}.{signature}",
        f"{signature}.{unusual}.{signature}",
        f"{unusual}.{signature}",
        f"{unusual}.{unusual}.",
    ):
        assert logs.scrubbed(f"of {token} end") == "of [token] end"
        assert logs.scrubbed(f"?x={token}&y") == "?x=[token]&y"
    assert logs.scrubbed(f"Bearer%20{usual}.{unusual}.{signature}") == "Bearer%[token]"


@pytest.mark.parametrize(
    "text",
    [
        "resolve keys.internal-network.example-company.com:5432",
        "example-service.production-cluster.external-network",
        "ewok-village.internal-network.example-company.com",
        "IHs-gateway1.internal-network.example-company.com",
        "10.255.255.255 and [2001:db8::1]",
        "opentelemetry.exporter.otlp.proto.http.trace_exporter",
        "backend.auth.keyJson",
        "backend.migrations.versions.0001_users_and_tasks",
        "/usr/lib/python3.11/site-packages/psycopg/connection_async.py:109 AsyncConnection.connect",
        "task-api 1.25.0-rc.1+build.20261121, CPython-3.13.0.final.0",
        "2026-11-21T11:00:00.123456+00:00",
        "request 3f2b8c1e9d7a4b5c8e6f1a2b3c4d5e6f of a.client_that-names.its_own-requests.itself",
        "3f2b8c1e-9d7a-4b5c-8e6f-1a2b3c4d5e6f.7d7a4b5c-8e6f-1a2b-3c4d-5e6f3f2b8c1e.log",
        "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
    ],
)
def test_what_is_no_token_stays_in_a_line(text: str) -> None:  # AUTH-63
    assert logs.scrubbed(text) == text


def test_an_exception_is_told_by_type_and_frames() -> None:  # LOG-3, LOG-5
    [only] = told(raised(ValueError("the title of alice's task")))
    assert set(only) == {"type", "frames"}
    assert only["type"] == "builtins.ValueError"
    assert only["frames"][-1].endswith(" raised")
    assert __file__ in only["frames"][-1]


def test_the_messages_of_others_are_told_in_development_only() -> None:  # LOG-5
    error = ValueError(f"bad {TOKEN}")
    assert "message" not in told(error)[0]
    assert told(error, all_messages=True)[0]["message"] == "bad [token]"


class Ours(Exception):  # a fact, like the errors of this service
    """An error whose words are ours; tests are part of the backend."""


@pytest.mark.parametrize(
    "error", [Ours("a fact"), ConnectionRefusedError("a fact"), psycopg.OperationalError("a fact")]
)
def test_words_that_are_known_to_repeat_nothing_are_told(error: Exception) -> None:
    assert told(error)[0]["message"] == "a fact"


def test_what_the_server_says_is_not_told() -> None:  # LOG-5
    [said] = told(psycopg.errors.AdminShutdown("terminating connection\nCONTEXT: SQL statement"))
    assert said == {"type": "psycopg.errors.AdminShutdown", "frames": [], "sqlstate": "57P01", "constraint": None}


def test_a_violated_constraint_is_told_without_the_row() -> None:
    error = psycopg.errors.CheckViolation("Failing row contains (secret)")
    assert told(error) == [
        {"type": "psycopg.errors.CheckViolation", "frames": [], "sqlstate": "23514", "constraint": None}
    ]


def test_causes_are_told_and_what_was_hidden_on_purpose_is_not() -> None:
    cause, context, hidden = KeyError("cause"), KeyError("context"), KeyError("hidden")
    with_cause, with_context, with_hidden = ValueError("1"), ValueError("2"), ValueError("3")
    with_cause.__cause__ = cause
    with_context.__context__ = context
    with_hidden.__context__ = hidden
    with_hidden.__suppress_context__ = True
    assert [one["type"] for one in told(with_cause)] == ["builtins.ValueError", "builtins.KeyError"]
    assert [one["type"] for one in told(with_context)] == ["builtins.ValueError", "builtins.KeyError"]
    assert [one["type"] for one in told(with_hidden)] == ["builtins.ValueError"]


def test_a_group_is_told_member_by_member() -> None:
    group = ExceptionGroup("both", [ValueError("1"), KeyError("2")])
    assert [one["type"] for one in told(group)] == [
        "builtins.ExceptionGroup",
        "builtins.ValueError",
        "builtins.KeyError",
    ]


def test_an_exception_that_is_its_own_cause_is_told_once() -> None:
    error = ValueError("circle")
    error.__cause__ = error
    assert len(told(error)) == 1


def test_a_line_about_no_exception_has_none() -> None:
    said = record()
    said.exc_info = (None, None, None)
    assert "exceptions" not in formatted(said)


def configured(**overrides: object) -> io.StringIO:
    logs.configure(settings(**overrides))
    [handler] = logging.getLogger().handlers
    assert isinstance(handler, logging.StreamHandler)
    stream = io.StringIO()
    handler.setStream(stream)
    return stream


def lines(stream: io.StringIO) -> list[dict[str, Any]]:  # Any: JSON
    return [json.loads(line) for line in stream.getvalue().splitlines()]


@pytest.mark.parametrize(
    "name", ["backend.edge", "scripts.serve", "alembic.runtime.migration", "uvicorn", "uvicorn.error"]
)
def test_every_logger_of_the_process_writes_json_lines_once(name: str) -> None:  # LOG-1
    stream = configured()
    logging.getLogger(name).info("said")
    assert [(line["logger"], line["message"]) for line in lines(stream)] == [(name, "said")]


def test_the_handler_writes_to_standard_output(capsys: pytest.CaptureFixture[str]) -> None:  # LOG-1
    logs.configure(settings())
    logging.getLogger("backend").info("said")
    assert json.loads(capsys.readouterr().out)["message"] == "said"


def test_uvicorns_own_access_lines_are_off() -> None:
    stream = configured()
    access = logging.getLogger("uvicorn.access")
    access.error("GET /?search=private")
    assert stream.getvalue() == ""
    assert not access.hasHandlers()  # what uvicorn asks before it formats a line


@pytest.mark.parametrize(("debug", "expected"), [(True, ["detail", "said"]), (False, ["said"])])
def test_debug_adds_our_own_details_and_nobody_elses(
    debug: bool,  # noqa: FBT001 # a parameter of the test
    expected: list[str],
) -> None:
    stream = configured(debug=debug)
    logging.getLogger("backend").debug("detail")
    logging.getLogger("httpcore").debug("Authorization")
    logging.getLogger("sqlalchemy.engine").info("parameters")
    logging.getLogger("backend").info("said")
    assert [line["message"] for line in lines(stream)] == expected


@pytest.mark.parametrize(
    ("overrides", "tells"),
    [
        ({"debug": True}, True),
        ({"debug": False}, False),
        (
            {
                "debug": True,
                "environment": "production",
                "database_url": "postgresql://u@h/d",
                "better_auth_secret": "x" * 40,
            },
            False,
        ),
    ],
)
def test_debug_tells_all_messages_but_in_production(
    overrides: dict[str, object],
    tells: bool,  # noqa: FBT001 # a parameter of the test
) -> None:  # LOG-5
    stream = configured(**overrides)
    logging.getLogger("backend").error("failed", exc_info=ValueError("from a body"))
    assert ("from a body" in stream.getvalue()) is tells


def test_the_headers_for_a_collector_are_not_repeated(monkeypatch: pytest.MonkeyPatch) -> None:  # LOG-5
    stream = configured()
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_HEADERS", "pa55word")
    OTLPSpanExporter()
    assert "pa55word" not in stream.getvalue()
