"""Where a request begins and ends, and what becomes of those around a broken one (specs/features/edge.md).

On a live uvicorn, byte by byte.
"""

import time
from collections.abc import Iterator

import pytest

from backend.protocol import BoundedProtocol
from backend.tests.connections import (
    CHUNKED,
    GET,
    HOST,
    LAST_GET,
    POST,
    assert_refused,
    connected,
    rest,
    sent,
    served,
    until,
)

UPGRADE = b"Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAoAAAAAIAAAAA\r\n"
"""What `curl --http2` sends."""
SLOW = GET.replace(b"/health", b"/slow")


@pytest.fixture(scope="module", params=["asyncio", "uvloop"])
def port(request: pytest.FixtureRequest) -> Iterator[int]:
    with served(request.param, BoundedProtocol) as port:
        yield port


def test_pipelined_requests_are_answered_in_order(port: int) -> None:
    answers = sent(port, GET.replace(b"/health", b"/slow") + GET + LAST_GET)
    assert [part[:6] for part in answers.split(b'\r\n\r\n"')[1:]] == [b'late"H', b'fine"H', b'fine"']


@pytest.mark.parametrize(
    "garbage",
    [
        b"GARBAGE\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01",
        b"GET /health HTTP/9.9\r\n\r\n",
        b"GET /health HTTP/2.0\r\n" + HOST + b"\r\n",
        b"GET /health HTTP/0.9\r\n" + HOST + b"\r\n",
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        b"CONNECT localhost:80 HTTP/1.1\r\n" + HOST + b"\r\n" + LAST_GET,
        b"GET /health HTTP/1.1\r\nHost : localhost\r\n\r\n",
        b"GET /health HTTP/1.1\r\n" + HOST + b"X: a\x00b\r\n\r\n",
        b"POST /echo HTTP/1.1\r\n" + HOST + b"Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello",
        b"POST /echo HTTP/1.1\r\n" + HOST + b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        b"POST /echo HTTP/1.1\r\n" + HOST + b"Content-Length: -1\r\n\r\n",
        b"POST /echo HTTP/1.1\r\n" + HOST + b"Transfer-Encoding: chunked\r\n\r\nxyz\r\n",
        b"POST /echo HTTP/1.1\r\n" + HOST + b"Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
        b"POST /echo HTTP/1.1\r\n" + HOST + b"Transfer-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        b"POST /echo HTTP/1.0\r\n" + HOST + b"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    ],
)
def test_what_is_not_http_is_a_400(port: int, garbage: bytes) -> None:  # EDGE-21
    assert_refused(sent(port, garbage), 400, "malformed_request")


def echo(body: bytes, fields: bytes = b"") -> bytes:
    return b"POST /echo HTTP/1.1\r\n" + HOST + fields + b"Content-Length: %d\r\n\r\n" % len(body) + body


@pytest.mark.parametrize("protocol", [b"h2c", b"websocket", b"TLS/1.2"])
def test_a_request_that_offers_an_upgrade_is_answered_as_usual(port: int, protocol: bytes) -> None:  # EDGE-23
    offer = UPGRADE.replace(b"h2c", protocol)
    answers = sent(port, GET.removesuffix(b"\r\n") + offer + b"\r\n" + LAST_GET)
    assert answers.count(b"HTTP/1.1 200 ") == answers.count(b'"fine"') == 2


def test_the_body_of_an_upgrade_is_read_whole_and_what_follows_is_answered(port: int) -> None:  # EDGE-23
    answers = sent(port, echo(b"first", UPGRADE) + echo(b"second", UPGRADE) + LAST_GET)
    assert [part.partition(b"HTTP")[0] for part in answers.split(b"\r\n\r\n")[1:]] == [b"first", b"second", b'"fine"']


def test_the_body_of_an_upgrade_is_no_request_when_it_reads_as_one(port: int) -> None:  # EDGE-23
    request = echo(GET, UPGRADE)
    answers = sent(port, request.removesuffix(GET), GET, LAST_GET)
    assert answers.count(b"HTTP/1.1 200 ") == 2
    assert answers.split(b"HTTP/1.1 200 ")[1].endswith(b"\r\n\r\n")
    assert GET in answers


def test_the_chunked_body_of_an_upgrade_is_read(port: int) -> None:  # EDGE-23
    request = (CHUNKED % b"/echo").removesuffix(b"\r\n") + UPGRADE + b"\r\n3\r\nabc\r\n0\r\n\r\n"
    answers = sent(port, *(request[i : i + 7] for i in range(0, len(request), 7)), LAST_GET)
    assert b"\r\n\r\nabcHTTP/1.1 200 " in answers


def test_an_upgrade_may_be_the_last_request(port: int) -> None:  # EDGE-23
    answer = sent(port, echo(b"abc", UPGRADE.replace(b"Connection: ", b"Connection: close, ")) + GET)
    assert answer.endswith(b"\r\n\r\nabc")


def test_what_breaks_in_the_body_of_an_upgrade_is_a_400(port: int) -> None:  # EDGE-23
    broken = (CHUNKED % b"/echo").removesuffix(b"\r\n") + UPGRADE + b"\r\nxyz\r\n"
    assert_refused(sent(port, broken), 400, "malformed_request")


def test_trailers_are_no_headers_of_their_request_nor_of_the_next(port: int) -> None:  # EDGE-24
    trailed = CHUNKED % b"/headers" + b"3\r\nabc\r\n0\r\nX-Trailer: 1\r\nX-Trailer: 2\r\n\r\n"
    last = (CHUNKED % b"/headers").replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n0\r\n\r\n")
    answers = sent(port, trailed + last)
    assert answers.count(b"transfer-encoding=chunked") == 2
    assert b"x-trailer" not in answers


def test_trailers_of_more_than_32768_bytes_are_a_431(port: int) -> None:  # EDGE-24
    start = CHUNKED.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n") % b"/echo" + b"3\r\nabc\r\n0\r\n"
    assert sent(port, start + b"X: " + b"x" * 32_763 + b"\r\n\r\n").endswith(b"\r\n\r\nabc")
    assert_refused(sent(port, start + b"X: " + b"x" * 32_764 + b"\r\n\r\n"), 431, "head_too_large")
    assert_refused(sent(port, start + b"X: 1\r\n" * 10_000), 431, "head_too_large")


@pytest.mark.parametrize("endless", [b"0\r\nX: ", b"3;x="])
def test_a_trailer_or_an_extension_that_never_ends_is_a_431(port: int, endless: bytes) -> None:  # EDGE-24
    with connected(port) as connection:
        connection.sendall(CHUNKED % b"/echo" + endless)
        for _ in range(40):
            connection.sendall(b"x" * 1_000)
            time.sleep(0.002)
        assert_refused(rest(connection), 431, "head_too_large")


@pytest.mark.parametrize(
    ("second", "status", "code"),
    [
        (b"GARBAGE\r\n\r\n", 400, "malformed_request"),
        (CHUNKED % b"/echo" + b"xyz\r\n", 400, "malformed_request"),
        (b"GET /" + b"x" * 9_000 + b" HTTP/1.1\r\n\r\n", 414, "target_too_long"),
        (GET.removesuffix(b"\r\n") + b"X: " + b"x" * 33_000 + b"\r\n\r\n", 431, "head_too_large"),
    ],
)
def test_a_whole_request_keeps_its_answer_whatever_follows(
    port: int, second: bytes, status: int, code: str
) -> None:  # EDGE-25
    first, _, refusal = sent(port, SLOW + second).partition(b'"late"')
    assert first.startswith(b"HTTP/1.1 200 ")
    assert_refused(refusal, status, code)


def test_every_whole_request_is_answered_before_a_refusal(port: int) -> None:  # EDGE-25
    answers = sent(port, SLOW + echo(b"abc") + CHUNKED % b"/echo" + b"xyz\r\n")
    first, _, others = answers.partition(b'"late"')
    second, _, refusal = others.partition(b"\r\n\r\nabc")
    assert first.startswith(b"HTTP/1.1 200 ")
    assert second.startswith(b"HTTP/1.1 200 ")
    assert_refused(refusal, 400, "malformed_request")


def test_a_last_request_is_answered_and_nothing_after_it(port: int) -> None:  # EDGE-25
    answer = sent(port, LAST_GET.replace(b"/health", b"/slow") + b"GARBAGE\r\n\r\n")
    assert answer.endswith(b'"late"')


@pytest.mark.parametrize("expectation", [b"Expect: 100-continue\r\n", b"EXPECT: 100-Continue\r\n"])
def test_a_client_that_wants_to_be_asked_for_its_body_is_asked(port: int, expectation: bytes) -> None:
    with connected(port) as connection:
        connection.sendall((POST % b"/echo").removesuffix(b"\r\n") + expectation + b"\r\n")
        assert until(connection, b"\r\n\r\n") == b"HTTP/1.1 100 Continue\r\n\r\n"
        connection.sendall(b"x" * 1_000)
        assert until(connection, b"x" * 1_000).startswith(b"HTTP/1.1 200 ")


def test_blanks_around_the_value_of_a_header_are_none_of_it(port: int) -> None:  # EDGE-27
    with connected(port) as connection:
        connection.sendall(b"POST /headers HTTP/1.1\r\nHost: \tlocalhost \t\r\nX-Blank:  a b  \r\nX-None: \r\n\r\n")
        answer = until(connection, b";")
    assert answer.endswith(b"host=localhost,x-blank=a b,x-none=;")


@pytest.mark.parametrize(
    ("target", "host", "status"),
    [
        (b"http://localhost/health", b"attacker.example", 200),
        (b"http://localhost:8000/health", b"attacker.example", 200),
        (b"http://attacker.example/health", b"localhost", 400),
        (b"http://localhost/health", b"localhost\r\nHost: localhost", 400),
        (b"http://[::1]/health", b"[::1]", 200),
        (b"http://[::1]:8000/health", b"attacker.example", 200),
        (b"http://[::2]/health", b"[::1]", 400),
        (b"/health", b"[::1]:8000", 200),
        (b"/health?next=http://attacker.example/", b"localhost", 200),
        (b"/health?next=http://localhost/", b"attacker.example", 400),
    ],
)
def test_the_host_of_an_absolute_target_counts(port: int, target: bytes, host: bytes, status: int) -> None:  # EDGE-28
    answer = sent(port, b"GET " + target + b" HTTP/1.1\r\nHost: " + host + b"\r\nConnection: close\r\n\r\n")
    assert answer.startswith(b"HTTP/1.1 %d " % status)
