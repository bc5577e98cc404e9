"""The line of a request, of which no record is made unless somebody asks for one (specs/features/logs.md)."""

import asyncio
import json
import logging
import re
from pathlib import Path

import pytest
from fastapi.routing import APIRoute
from starlette.types import Receive, Scope, Send
from typing_extensions import override

from backend import edge, logs
from backend.settings import Settings
from backend.tests.test_logs import configured, lines, restored_logging

__all__ = ["restored_logging"]  # for each test here as well


HOSTILE: list[dict[str, logs.Field]] = [
    {"status": 200, "ms": 0.001, "db_ms": None, "replayed": True},
    {"ms": 1e-07, "db_ms": 123456789.125, "status": -1},
    {"method": '"}\n{"message": "forged"}', "route": "\\", "user_id": "\x00\x1f\x7f\r\t"},
    {"user_id": "\u00e4\u2028\U0001f600"},
    {"user_id": "\ud800", "method": "\u00e4"},
    {"message": "another", "level": "error", "time": None},
    {},
]


@pytest.mark.parametrize("told", HOSTILE)
@pytest.mark.parametrize("facts", [None, logs.Facts(request_id="r", trace_id="t", user_id="\u00e4\ud800")])
def test_a_line_without_a_record_is_the_line_of_a_record(
    told: dict[str, logs.Field], facts: logs.Facts | None
) -> None:  # LOG-2, LOG-6
    stream = configured()
    log = logging.getLogger("backend.edge")
    before = logs.current.set(facts)
    logs.say(log, "request", logs.members(told))
    log.info("request", extra={"fields": told})
    logs.current.reset(before)
    one, other = (re.sub(r'"time": ?"[^"]*"', "", text) for text in stream.getvalue().splitlines())
    assert one == other
    assert one.isascii()


FORGED = '/"}\n{"MESSAGE": "\u00c4%D\\\ud800'


async def hostile(scope: Scope, _receive: Receive, _send: Send) -> None:
    """Lets the line of its request tell such a text wherever it tells one."""
    scope["route"] = APIRoute(FORGED, hostile, methods=[FORGED], operation_id=FORGED)
    logs.note_user(FORGED)
    logs.note_trace(FORGED)


def test_whatever_the_line_of_a_request_tells_is_quoted() -> None:  # LOG-2, LOG-6
    stream = configured()
    app = edge.Edge(
        hostile, settings=Settings.model_validate({"environment": "development"}), observers=(), limiter=None, pages={}
    )
    scope = {"type": "http", "method": FORGED, "path": "/", "http_version": "1.1", "headers": [(b"host", b"127.0.0.1")]}
    asyncio.run(app(scope, None, None))  # type: ignore[arg-type] # neither is asked for anything
    [line] = lines(stream)
    told = ("method", "route", "operation_id", "user_id", "trace_id")
    assert [line[name] for name in told] == [FORGED] * len(told)
    assert (line["status"], line["db_ms"], line["outcome"]) == (None, None, "cut off")
    assert stream.getvalue().isascii()


class Kept(logging.Handler):
    """A handler of somebody else's."""

    def __init__(self) -> None:
        super().__init__()
        self.records: list[logging.LogRecord] = []

    @override
    def emit(self, record: logging.LogRecord) -> None:
        """Keeps what it is given."""
        self.records.append(record)


class Another(logging.LogRecord):
    """A record of somebody else's."""

    @override
    def getMessage(self) -> str:
        """Always the same."""
        return "another"


@pytest.mark.parametrize("name", ["backend.edge", "backend", ""])
def test_a_handler_of_somebody_elses_hears_such_lines_too(name: str) -> None:
    stream = configured()
    kept = Kept()
    logging.getLogger(name).addHandler(kept)
    logs.say(logging.getLogger("backend.edge"), "request", logs.members({"status": 200}))
    [one] = kept.records
    assert (one.getMessage(), one.__dict__["fields"], one.filename) == ("request", {"status": 200}, Path(__file__).name)
    assert [line["status"] for line in lines(stream)] == [200]


def test_who_replaces_our_handler_hears_such_lines_alone() -> None:
    stream = configured()
    kept = Kept()
    log = logging.getLogger("backend.edge")
    log.addHandler(kept)
    log.propagate = False
    logs.say(log, "request", logs.members({"status": 200}))
    assert (len(kept.records), stream.getvalue()) == (1, "")


def test_filters_formats_levels_and_kinds_of_records_count_for_such_lines_too() -> None:
    stream = configured()
    log = logging.getLogger("backend.edge")
    [handler] = logging.getLogger().handlers

    def renamed(said: logging.LogRecord) -> bool:
        said.msg = "renamed"
        return True

    def said() -> str:
        stream.truncate(stream.seek(0))
        logs.say(log, "request", logs.members({"status": 200}))
        return stream.getvalue()

    assert json.loads(said())["message"] == "request"
    for filterer in (log, handler):
        filterer.addFilter(renamed)
        assert json.loads(said())["message"] == "renamed"
        filterer.removeFilter(renamed)
    logging.setLogRecordFactory(Another)
    assert json.loads(said())["message"] == "another"
    logging.setLogRecordFactory(logging.LogRecord)
    handler.setLevel(logging.WARNING)
    assert said() == ""
    handler.setLevel(logging.NOTSET)
    handler.setFormatter(logging.Formatter("%(message)s"))
    assert said() == "request\n"
    log.setLevel(logging.WARNING)
    assert said() == ""


def test_a_stream_that_takes_no_line_is_an_affair_of_logging(capsys: pytest.CaptureFixture[str]) -> None:
    stream = configured()
    stream.close()
    logs.say(logging.getLogger("backend.edge"), "request", "")
    assert "I/O operation on closed file" in capsys.readouterr().err
