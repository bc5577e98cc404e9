"""The bounds of a connection (specs/features/edge.md), on a live uvicorn, byte by byte."""

import asyncio
import json
import logging
import socket
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from functools import partial

import pytest
import uvicorn
from typing_extensions import override

from backend import logs
from backend.protocol import BoundedProtocol, Phase
from backend.tests.connections import (
    CHUNKED,
    GET,
    HOST,
    LAST_GET,
    POST,
    Hurried,
    application,
    assert_refused,
    connected,
    rest,
    sent,
    served,
    until,
)


@pytest.fixture(scope="module", params=["asyncio", "uvloop"])
def patient(request: pytest.FixtureRequest) -> Iterator[int]:
    """The port of a service with the limits of production."""
    with served(request.param, BoundedProtocol) as port:
        yield port


@pytest.fixture(scope="module", params=["asyncio", "uvloop"])
def hurried(request: pytest.FixtureRequest) -> Iterator[int]:
    """The port of a service with limits that a test can wait for."""
    with served(request.param, Hurried) as port:
        yield port


def test_an_ordinary_request_is_served(patient: int) -> None:
    assert sent(patient, LAST_GET).endswith(b'"fine"')


def test_a_request_in_many_pieces_is_served(patient: int) -> None:
    assert sent(patient, *(LAST_GET[i : i + 9] for i in range(0, len(LAST_GET), 9))).endswith(b'"fine"')


def test_a_target_of_8192_bytes_is_read_and_a_longer_one_is_a_414(patient: int) -> None:  # EDGE-18
    def target(length: int) -> bytes:
        return b"GET /" + b"x" * (length - 1) + LAST_GET.removeprefix(b"GET /health")

    assert sent(patient, target(8_192)).startswith(b"HTTP/1.1 404 ")
    assert_refused(sent(patient, target(8_193)), 414, "target_too_long")


def head(length: int) -> bytes:
    """A request whose target and fields, four bytes of frame for each, are of this length together."""
    fields = [(b"Host", b"localhost"), (b"Connection", b"close"), (b"X", b"")]
    known = len(b"/health") + sum(len(name) + len(value) + 4 for name, value in fields)
    return LAST_GET.removesuffix(b"\r\n") + b"X: " + b"x" * (length - known) + b"\r\n\r\n"


def test_a_head_of_32768_bytes_is_read_and_a_larger_one_is_a_431(patient: int) -> None:  # EDGE-18
    assert sent(patient, head(32_768)).startswith(b"HTTP/1.1 200 ")
    assert_refused(sent(patient, head(32_769)), 431, "head_too_large")


def test_many_small_headers_are_counted_together(patient: int) -> None:
    many = b"".join(b"X-%d: 1\r\n" % number for number in range(10_000))
    assert_refused(sent(patient, LAST_GET.removesuffix(b"\r\n") + many + b"\r\n"), 431, "head_too_large")


def test_a_header_that_never_ends_is_refused_long_before_it_would(patient: int) -> None:
    with connected(patient) as connection:
        connection.sendall(b"GET /health HTTP/1.1\r\n" + HOST + b"X: ")
        for _ in range(40):
            connection.sendall(b"x" * 1_000)
            time.sleep(0.002)
        assert_refused(rest(connection), 431, "head_too_large")


def test_a_large_body_before_the_next_head_is_not_counted_as_head(patient: int) -> None:
    body = b"x" * 100_000
    post = b"POST /echo HTTP/1.1\r\n" + HOST + b"Content-Length: %d\r\n\r\n" % len(body) + body
    assert sent(patient, post + LAST_GET[:30], LAST_GET[30:]).endswith(b'"fine"')


def test_a_connection_without_a_request_is_closed_in_silence(hurried: int) -> None:
    assert sent(hurried) == b""


def test_the_limits_of_production_are_those_of_the_spec() -> None:  # EDGE-19, EDGE-20, EDGE-26
    assert BoundedProtocol.seconds == {
        Phase.HEAD: 10,
        Phase.BODY: 60,
        Phase.SURPLUS: 5,
        Phase.STOPPING: 2,
        Phase.LINGERING: 2,
    }


def test_a_head_that_does_not_end_is_a_408(hurried: int) -> None:  # EDGE-19
    assert_refused(sent(hurried, b"GET /health HTTP/1.1\r\n"), 408, "request_timeout")


def drip(connection: socket.socket, drop: bytes) -> None:
    """Sends drop after drop until the server does not want them any more, which has to be soon."""
    with pytest.raises(OSError, match=r"Broken pipe|reset"):
        deque(map(partial(_drop, connection), [drop] * 100), maxlen=0)


def _drop(connection: socket.socket, drop: bytes) -> None:
    connection.sendall(drop)
    time.sleep(0.02)


@pytest.mark.parametrize("drop", [b"X: 1\r\n", b"x"])
def test_a_head_that_drips_is_cut_off(hurried: int, drop: bytes) -> None:
    with connected(hurried) as connection:
        connection.sendall(b"GET /health HTTP/1.1\r\n")
        drip(connection, drop)


def test_blank_lines_keep_no_connection_open(hurried: int) -> None:
    with connected(hurried) as connection:
        connection.sendall(GET)
        until(connection, b'"fine"')
        drip(connection, b"\r\n")


def test_the_clock_of_a_head_starts_anew_with_each_request(hurried: int) -> None:
    with connected(hurried) as connection:
        for _ in range(4):
            time.sleep(0.15)
            connection.sendall(GET)
            assert until(connection, b'"fine"').startswith(b"HTTP/1.1 200 ")


def test_the_second_head_of_a_connection_is_bounded_as_well(hurried: int) -> None:
    with connected(hurried) as connection:
        connection.sendall(GET)
        until(connection, b'"fine"')
        connection.sendall(b"GET ")
        assert_refused(rest(connection), 408, "request_timeout")


def test_a_body_that_does_not_come_is_a_408_and_the_application_learns_of_it(
    hurried: int, caplog: pytest.LogCaptureFixture
) -> None:  # EDGE-19
    with caplog.at_level(logging.INFO, "backend"):
        assert_refused(sent(hurried, (POST % b"/echo").replace(b"POST", b"PUT")), 408, "request_timeout")
        assert outcomes(caplog, "PUT") == ["client left"]


def test_a_body_that_breaks_before_it_is_asked_for_is_told_as_a_client_that_left(
    patient: int, caplog: pytest.LogCaptureFixture
) -> None:  # EDGE-34
    broken = (CHUNKED % b"/echo").removesuffix(b"\r\n") + b"Expect: 100-continue\r\n\r\nzz\r\n"
    with caplog.at_level(logging.INFO, "backend"):
        assert_refused(sent(patient, broken.replace(b"POST", b"PATCH")), 400, "malformed_request")
        assert outcomes(caplog, "PATCH") == ["client left"]
    assert not [record for record in caplog.records if record.levelno >= logging.ERROR]


def outcomes(caplog: pytest.LogCaptureFixture, method: str) -> list[str]:
    """How the requests with this method ended; waits for the first line.

    Lines of an earlier test may come late, so no other test sends one with this method.
    """
    found: list[str] = []
    patience = time.monotonic() + 2
    while not found and time.monotonic() < patience:
        time.sleep(0.01)
        lines = [record.__dict__["fields"] for record in caplog.records if record.getMessage() == "request"]
        found = [fields["outcome"] for fields in lines if fields["method"] == method]
    return found


def test_a_body_that_is_half_sent_when_the_service_stops_is_a_503(caplog: pytest.LogCaptureFixture) -> None:  # EDGE-26
    with served("asyncio", Hurried) as port:
        connection = socket.create_connection(("127.0.0.1", port), timeout=5)
        connection.sendall(POST % b"/echo")
        time.sleep(0.05)
    with connection:
        answer = rest(connection)
    assert_refused(answer, 503, "unavailable")
    assert b"\r\nretry-after: 1\r\n" in answer
    assert not [record for record in caplog.records if record.exc_info]


def test_what_is_idle_or_refused_when_the_service_stops_gets_nothing_more() -> None:
    with served("asyncio", BoundedProtocol) as port:
        idle, refused = (socket.create_connection(("127.0.0.1", port), timeout=5) for _ in range(2))
        idle.sendall(GET)
        until(idle, b'"fine"')
        refused.sendall(CHUNKED % b"/echo" + b"xyz\r\n")
        time.sleep(0.05)
    with idle, refused:
        assert rest(idle) == b""
        assert_refused(rest(refused), 400, "malformed_request")


def test_a_body_that_is_finished_while_the_service_stops_is_answered() -> None:  # EDGE-26
    with served("asyncio", BoundedProtocol) as port:
        connection = socket.create_connection(("127.0.0.1", port), timeout=5)
        connection.sendall(POST % b"/echo")
        threading.Timer(0.3, connection.sendall, [b"x" * 1_000]).start()
        time.sleep(0.05)
    with connection:
        assert rest(connection).endswith(b"x" * 1_000)


def test_a_body_that_drips_is_cut_off(hurried: int) -> None:
    with connected(hurried) as connection:
        connection.sendall(POST % b"/echo")
        drip(connection, b"x")


def test_a_body_that_drips_after_its_answer_is_cut_off(hurried: int) -> None:  # EDGE-20
    with connected(hurried) as connection:
        connection.sendall(POST % b"/refused")
        assert b"403 Forbidden" in until(connection, b"}")
        drip(connection, b"x")


def test_a_body_that_is_finished_after_its_answer_keeps_the_connection(patient: int) -> None:
    with connected(patient) as connection:
        connection.sendall(POST % b"/refused" + b"x" * 500)
        until(connection, b"}")
        connection.sendall(b"x" * 500 + LAST_GET)
        assert rest(connection).endswith(b'"fine"')


def test_a_body_that_breaks_after_its_answer_gets_no_second_one(patient: int) -> None:
    with connected(patient) as connection:
        connection.sendall(CHUNKED % b"/refused")
        until(connection, b"}")
        connection.sendall(b"xyz\r\n")
        assert rest(connection) == b""


def test_a_body_that_breaks_during_its_answer_breaks_the_answer_off(patient: int) -> None:
    with connected(patient) as connection:
        connection.sendall(CHUNKED % b"/early")
        until(connection, b"3\r\nabc\r\n")
        connection.sendall(b"xyz\r\n")
        assert rest(connection) == b""


@pytest.mark.parametrize("unfinished", [b"GET ", POST % b"/echo"])
def test_a_request_that_stays_unfinished_behind_another_is_a_408_after_the_answer_of_that(
    hurried: int, unfinished: bytes
) -> None:  # EDGE-19, EDGE-25
    answers = sent(hurried, GET.replace(b"/health", b"/slow") + unfinished)
    first, _, second = answers.partition(b'"late"')
    assert first.startswith(b"HTTP/1.1 200 ")
    assert_refused(second, 408, "request_timeout")


def test_a_head_that_begins_with_the_request_before_has_its_time(patient: int) -> None:  # EDGE-19
    with connected(patient) as connection:
        connection.sendall(GET + LAST_GET[:20])
        until(connection, b'"fine"')
        time.sleep(1.3)  # longer than an idle connection is kept here
        connection.sendall(LAST_GET[20:])
        assert rest(connection).endswith(b'"fine"')


def test_a_connection_that_is_idle_after_an_answer_is_closed(patient: int) -> None:
    with connected(patient) as connection:
        connection.sendall(GET)
        until(connection, b'"fine"')
        assert rest(connection) == b""


def test_a_client_that_leaves_is_noticed(patient: int, caplog: pytest.LogCaptureFixture) -> None:  # LOG-2
    with caplog.at_level(logging.INFO, "backend"):
        with connected(patient) as connection:
            connection.sendall(GET.replace(b"GET /health", b"HEAD /slow"))
            time.sleep(0.05)
        assert outcomes(caplog, "HEAD") == ["client left"]


@pytest.mark.parametrize("before", [b"", GET, GET.replace(b"/health", b"/slow")], ids=["alone", "behind one", "slow"])
def test_a_refusal_is_logged_with_its_own_id(
    patient: int, before: bytes, caplog: pytest.LogCaptureFixture
) -> None:  # LOG-11
    caplog.handler.setFormatter(logs.JsonLines(all_messages=False))
    with caplog.at_level(logging.INFO, "backend"):
        answers = sent(patient, before + b"GARBAGE\r\n\r\n")
    [line] = [line for line in caplog.text.splitlines() if "connection refused" in line]
    told = json.loads(line)
    assert told["code"] == "malformed_request"
    assert told["request_id"].encode() in answers.rpartition(b"HTTP/1.1 400 ")[2]
    assert told["user_id"] is None
    assert line.count("request_id") == 1


class WithoutHalfClose(asyncio.Transport):
    """A transport that cannot close one direction, as those of TLS cannot."""

    def __init__(self) -> None:
        super().__init__({"sockname": ("127.0.0.1", 1), "peername": ("127.0.0.1", 2)})
        self.written = b""
        self.closed = False

    @override
    def write(self, data: bytes | bytearray | memoryview) -> None:
        """Keeps what is written."""
        self.written += bytes(data)

    @override
    def can_write_eof(self) -> bool:
        """It cannot."""
        return False

    @override
    def close(self) -> None:
        """Remembers that it was asked to."""
        self.closed = True

    @override
    def is_closing(self) -> bool:
        """Whether it was."""
        return self.closed


def on_a_protocol(act: Callable[[Hurried, WithoutHalfClose], None]) -> WithoutHalfClose:
    async def run() -> WithoutHalfClose:
        config = uvicorn.Config(application(), log_config=None)
        protocol = Hurried(config, uvicorn.server.ServerState(), {})
        transport = WithoutHalfClose()
        protocol.connection_made(transport)
        act(protocol, transport)
        await asyncio.sleep(0.5)
        protocol.connection_lost(None)
        return transport

    return asyncio.run(run())


def test_a_connection_that_cannot_be_half_closed_is_closed_in_a_while() -> None:
    def act(protocol: Hurried, transport: WithoutHalfClose) -> None:
        protocol.data_received(b"GARBAGE\r\n\r\n")
        protocol.data_received(b"and more of it")
        assert not transport.closed

    transport = on_a_protocol(act)
    assert transport.closed
    assert_refused(transport.written, 400, "malformed_request")


BLANKS = b"X:" + b" " * 32_766 + b"a\r\n\r\n"


@pytest.mark.parametrize(
    "request_", [GET.removesuffix(b"\r\n") + BLANKS, CHUNKED % b"/echo" + b"3\r\nabc\r\n0\r\n" + BLANKS]
)
@pytest.mark.parametrize("piece", [11_000, 32_700])
def test_a_request_that_came_whole_gets_one_answer(request_: bytes, piece: int) -> None:  # EDGE-33
    def act(protocol: Hurried, _: WithoutHalfClose) -> None:
        start = len(request_) - len(BLANKS) + 1
        protocol.data_received(request_[:start])
        for place in range(start, len(request_), piece):
            protocol.data_received(request_[place : place + piece])

    written = on_a_protocol(act).written
    assert written.startswith(b"HTTP/1.1 200 ")
    assert written.count(b"HTTP/1.1 ") == 1


def test_a_head_that_came_whole_before_its_body_is_no_431() -> None:  # EDGE-33
    def act(protocol: Hurried, _: WithoutHalfClose) -> None:
        head = (CHUNKED % b"/echo").removesuffix(b"\r\n") + BLANKS
        protocol.data_received(head[:1])
        for place in range(1, len(head), 11_000):
            protocol.data_received(head[place : place + 11_000])
        protocol.data_received(b"3\r\nabc\r\n0\r\n\r\n")

    assert on_a_protocol(act).written.endswith(b"\r\n\r\nabc")


def test_a_head_that_is_larger_before_it_is_whole_is_a_431_alone() -> None:  # EDGE-18, EDGE-33
    def act(protocol: Hurried, _: WithoutHalfClose) -> None:
        protocol.data_received(GET.removesuffix(b"\r\n") + b"X:")
        protocol.data_received(b" " * 200_000)
        protocol.data_received(b"a\r\n\r\n")

    assert_refused(on_a_protocol(act).written, 431, "head_too_large")
