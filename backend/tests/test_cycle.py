"""How an answer is written to its connection (backend/cycle.py; specs/features/edge.md)."""

import asyncio
import logging
from collections.abc import Sequence
from typing import Literal

import pytest
from typing_extensions import override
from uvicorn._types import ASGISendEvent, HTTPScope
from uvicorn.protocols.http.flow_control import FlowControl

from backend.cycle import Cycle

LENGTH = (b"content-length", b"4")


class Writes(asyncio.Transport):
    """A connection that keeps what is written, one by one."""

    def __init__(self) -> None:
        super().__init__()
        self.written: list[bytes] = []
        self.is_closed = False

    @override
    def write(self, data: bytes | bytearray | memoryview) -> None:
        """Keeps it."""
        self.written.append(bytes(data))

    @override
    def close(self) -> None:
        """Remembers that it was asked to."""
        self.is_closed = True

    @override
    def resume_reading(self) -> None:
        """There is nothing to read."""


class Answering:
    """One request, whose answer is sent message by message."""

    def __init__(self, method: str = "GET", *, is_last: bool = False) -> None:
        self.transport = Writes()
        self.flow = FlowControl(self.transport)
        self.completed = 0
        scope: HTTPScope = {  # type: ignore[typeddict-item] # what is looked at
            "type": "http", "method": method, "path": "/", "client": None, "http_version": "1.1", "query_string": b"",
        }  # fmt: skip # one name a line says no more
        log = logging.getLogger("test")
        self.cycle = Cycle(
            scope, self.transport, self.flow, log, log, False, [(b"date", b"today")],  # noqa: FBT003 # uvicorn's order
            asyncio.Event(), expect_100_continue=True, keep_alive=not is_last, on_response=self.complete,
        )  # fmt: skip # one name a line says no more

    def complete(self) -> None:
        """Takes note of it."""
        self.completed += 1

    @property
    def written(self) -> list[bytes]:
        """What was, one by one."""
        return self.transport.written


def start(*fields: tuple[bytes, bytes]) -> ASGISendEvent:
    return {"type": "http.response.start", "status": 200, "headers": list(fields)}


def part(body: bytes, *, is_last: bool = True) -> ASGISendEvent:
    return {"type": "http.response.body", "body": body, "more_body": not is_last}


async def sent(answering: Answering, *messages: ASGISendEvent) -> Sequence[bytes]:
    for message in messages:
        await answering.cycle.send(message)
    return answering.written


HEAD = b"HTTP/1.1 200 OK\r\ndate: today\r\n"


def test_an_answer_that_says_its_length_is_written_at_once() -> None:  # EDGE-31
    async def scene() -> None:
        answering = Answering()
        assert not await sent(answering, start((b"%b", b"100\t%"), LENGTH, (b"x", b"1\xff"), (b"x", b"%b")))
        fields = b"%b: 100\t%\r\ncontent-length: 4\r\nx: 1\xff\r\nx: %b\r\n\r\n"
        assert await sent(answering, part(b"body")) == [HEAD + fields + b"body"]
        assert answering.completed == 1
        assert answering.cycle.response_complete
        assert answering.cycle.message_event.is_set()
        assert not answering.cycle.waiting_for_100_continue
        assert not answering.transport.is_closed

    asyncio.run(scene())


@pytest.mark.parametrize(
    ("method", "fields", "head"),
    [
        ("GET", (), HEAD + b"transfer-encoding: chunked\r\n\r\n"),
        ("HEAD", (LENGTH,), HEAD + b"content-length: 4\r\n\r\n"),
        ("GET", (LENGTH, (b"connection", b"close")), HEAD + b"content-length: 4\r\nconnection: close\r\n\r\n"),
        ("GET", (LENGTH, LENGTH), HEAD + b"content-length: 4\r\ncontent-length: 4\r\n\r\n"),
        ("GET", ((b"Content-Length", b"4"),), HEAD + b"content-length: 4\r\n\r\n"),
        ("GET", (LENGTH, (b"Connection", b"close")), HEAD + b"content-length: 4\r\nconnection: close\r\n\r\n"),
    ],
)
def test_what_needs_more_than_that_is_written_by_uvicorn(
    method: str, fields: tuple[tuple[bytes, bytes], ...], head: bytes
) -> None:  # EDGE-31
    async def scene() -> None:
        answering = Answering(method)
        [first, *_] = await sent(answering, start(*fields), part(b"body"))
        assert first == head
        assert answering.completed == 1

    asyncio.run(scene())


@pytest.mark.parametrize(
    "field",
    [
        (b"a b", b"1"), (b"a:b", b"1"), (b"a\n", b"1"),
        (b"a", b"1\nb: 2"), (b"a", b"1\r\nb: 2"), (b"a", b"1\r"), (b"a", b"1\0"), (b"a", b"1\x7f"),
    ],
)  # fmt: skip # one field a line says no more
def test_a_field_that_would_become_another_is_refused(field: tuple[bytes, bytes]) -> None:  # EDGE-31
    async def scene() -> None:
        answering = Answering()
        with pytest.raises(RuntimeError, match="Invalid HTTP header"):
            await sent(answering, start(LENGTH, field))
        assert not answering.written

    asyncio.run(scene())


def test_an_answer_in_parts_begins_with_its_first_part() -> None:
    async def scene() -> None:
        answering = Answering()
        written = await sent(answering, start(LENGTH), part(b"bo", is_last=False), part(b"dy"))
        assert written == [HEAD + b"content-length: 4\r\n\r\n", b"bo", b"dy"]
        assert answering.completed == 1

    asyncio.run(scene())


@pytest.mark.parametrize(("body", "fault"), [(b"bodies", "longer"), (b"bod", "shorter")])
def test_a_body_of_another_length_is_a_fault(body: bytes, fault: str) -> None:
    async def scene() -> None:
        answering = Answering()
        with pytest.raises(RuntimeError, match=fault):
            await sent(answering, start(LENGTH), part(body))
        assert not answering.completed

    asyncio.run(scene())


@pytest.mark.parametrize("message", [start(LENGTH), {"type": "http.nothing"}])
def test_a_head_has_to_be_followed_by_a_body(message: ASGISendEvent) -> None:
    async def scene() -> None:
        answering = Answering()
        with pytest.raises(RuntimeError, match=r"Expected ASGI message 'http\.response\.body'"):
            await sent(answering, start(LENGTH), message)

    asyncio.run(scene())


def test_a_second_answer_is_a_fault() -> None:
    async def scene() -> None:
        answering = Answering()
        with pytest.raises(RuntimeError, match="after response already completed"):
            await sent(answering, start(LENGTH), part(b"body"), start(LENGTH))

    asyncio.run(scene())


def test_who_stops_meanwhile_closes_after_the_answer() -> None:  # EDGE-26
    async def scene() -> None:
        answering = Answering()
        await sent(answering, start(LENGTH))
        answering.cycle.keep_alive = False
        assert len(await sent(answering, part(b"body"))) == 1
        assert answering.transport.is_closed

    asyncio.run(scene())


def test_a_client_that_does_not_read_is_waited_for() -> None:
    async def scene() -> None:
        answering = Answering()
        answering.flow.pause_writing()
        sending = asyncio.create_task(sent(answering, start(LENGTH), part(b"body")))
        await asyncio.sleep(0)
        assert not answering.written
        answering.flow.resume_writing()
        await sending
        assert len(answering.written) == 1

    asyncio.run(scene())


@pytest.mark.parametrize("when", ["before", "between"])
def test_nothing_is_written_to_a_client_that_is_gone(when: Literal["before", "between"]) -> None:
    async def scene() -> None:
        answering = Answering()
        answering.cycle.disconnected = when == "before"
        await sent(answering, start(LENGTH))
        answering.cycle.disconnected = True
        assert not await sent(answering, part(b"body"))
        assert not answering.completed

    asyncio.run(scene())
