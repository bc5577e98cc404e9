"""How far a connection is read ahead of its answers (specs/features/edge.md), on a live uvicorn, byte by byte."""

import threading
import time
from collections.abc import Iterator
from typing import ClassVar

import pytest
from typing_extensions import override

from backend.protocol import BoundedProtocol
from backend.tests.connections import GET, HOST, LAST_GET, Hurried, assert_refused, connected, rest, sent, served

SLOW = GET.replace(b"/health", b"/slow")


class Counting(BoundedProtocol):
    """Takes down how many requests wait whenever more is read."""

    waiting: ClassVar[list[int]] = []

    @override
    def data_received(self, data: bytes) -> None:
        """As each protocol."""
        self.waiting.append(len(self.pipeline))
        super().data_received(data)


@pytest.fixture(params=["asyncio", "uvloop"])
def counted(request: pytest.FixtureRequest) -> Iterator[int]:
    """The port of a service that counts."""
    Counting.waiting.clear()
    with served(request.param, Counting) as port:
        yield port


@pytest.fixture(scope="module", params=["asyncio", "uvloop"])
def hurried(request: pytest.FixtureRequest) -> Iterator[int]:
    """The port of a service with limits that a test can wait for."""
    with served(request.param, Hurried) as port:
        yield port


def echo(body: bytes, fields: bytes = b"") -> bytes:
    return b"POST /echo HTTP/1.1\r\n" + HOST + fields + b"Content-Length: %d\r\n\r\n" % len(body) + body


def answers(port: int, requests: bytes) -> bytes:
    """What is answered to a client that reads while it sends."""
    with connected(port) as connection:
        sending = threading.Thread(target=connection.sendall, args=[requests])
        sending.start()
        received = rest(connection)
        sending.join()
    return received


def test_nothing_is_read_while_requests_wait_and_all_are_answered_in_order(counted: int) -> None:  # EDGE-32
    numbers = [b"%04d" % number for number in range(2_000)]
    padding = b"X: " + b"x" * 500 + b"\r\n"
    received = answers(counted, b"".join(echo(number, padding) for number in numbers) + LAST_GET)
    assert [part[:4] for part in received.split(b"\r\n\r\n")[1:]] == [*numbers, b'"fin']
    assert len(Counting.waiting) > 1
    assert max(Counting.waiting) == 0


def test_a_body_and_a_request_behind_those_that_wait_are_read_on(counted: int) -> None:  # EDGE-32
    body = b"x" * 1_000_000
    upgrade = b"Connection: Upgrade\r\nUpgrade: h2c\r\n"
    received = answers(counted, SLOW + GET + echo(b"abc", upgrade) + echo(body) + LAST_GET)
    assert [part.partition(b"HTTP")[0] for part in received.split(b"\r\n\r\n")[1:]] == [
        b'"late"', b'"fine"', b"abc", body, b'"fine"',
    ]  # fmt: skip # one answer a line says no more
    assert max(Counting.waiting) == 0


def test_what_breaks_behind_requests_that_wait_is_refused_after_them(counted: int) -> None:  # EDGE-25, EDGE-32
    received = sent(counted, SLOW + SLOW + GET, b"GARBAGE\r\n\r\n")
    before, _, refusal = received.partition(b'"fine"')
    assert before.count(b'"late"') == 2
    assert_refused(refusal, 400, "malformed_request")


@pytest.mark.parametrize("behind", [LAST_GET, echo(b"x" * 100, b"Connection: close\r\n")])
def test_a_client_is_not_late_with_what_is_not_read(hurried: int, behind: bytes) -> None:  # EDGE-32
    with connected(hurried) as connection:
        connection.sendall(SLOW * 4 + behind[:-3])
        time.sleep(0.05)
        connection.sendall(behind[-3:])
        assert rest(connection).count(b"HTTP/1.1 200 ") == 5
