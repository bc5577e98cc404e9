"""Where a test publishes keys: a real HTTP server that can be slow, frozen, empty, down, or talk nonsense."""

import json
import ssl
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any  # JWKs, as JSON

from typing_extensions import override

from backend.tests.waiting import PATIENCE

Answer = Callable[[Callable[[bytes], object]], object]
"""Writes an answer, all of it from the status line on."""


class Endpoint:
    """What it answers, and what it was asked."""

    def __init__(self, origin: str) -> None:
        self.origin = origin
        self.answer: Answer = http()
        self.requests: list[Message] = []
        """The headers of each, in the order of their arrival."""
        self.paths: list[str] = []
        self._flows = threading.Event()
        self._flows.set()

    @property
    def url(self) -> str:
        """Where the keys are."""
        return f"{self.origin}/api/auth/jwks"

    def publish(self, *jwks: dict[str, Any]) -> None:
        """Answers these keys from now on."""
        self.answer = http(json.dumps({"keys": jwks}).encode())

    @contextmanager
    def frozen(self) -> Iterator[None]:
        """Sends nothing meanwhile. What it says afterwards is what it would have said when it was asked."""
        self._flows.clear()
        try:
            yield
        finally:
            self._flows.set()

    def handle(self, path: str, headers: Message, write: Callable[[bytes], object]) -> None:
        """Answers one request."""
        answer = self.answer
        self.paths.append(path)
        self.requests.append(headers)
        self._flows.wait(PATIENCE)
        with suppress(OSError):  # whoever asked may have had enough
            answer(write)


def http(
    body: bytes = b"{}", status: str = "200 OK", headers: Sequence[str] = (), *, length: int | None = None
) -> Answer:
    """An answer; `length` is what it says that its body has."""
    said = f"Content-Length: {len(body) if length is None else length}"
    head = "\r\n".join([f"HTTP/1.1 {status}", *headers, said, "Connection: close", "", ""]).encode()

    def answer(write: Callable[[bytes], object]) -> None:
        write(head + body)

    return answer


@contextmanager
def publishing(*jwks: dict[str, Any], tls: ssl.SSLContext | None = None) -> Iterator[Endpoint]:
    """Listens on a free port of 127.0.0.1, by https with `tls`, and answers these keys, until told otherwise."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            endpoint.handle(self.path, self.headers, self.wfile.write)

        @override
        def log_message(self, format: str, *args: object) -> None:
            """Says nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    if tls is not None:
        server.socket = tls.wrap_socket(server.socket, server_side=True)
    endpoint = Endpoint(f"http{'s' if tls else ''}://127.0.0.1:{server.server_port}")
    endpoint.publish(*jwks)
    thread = threading.Thread(target=server.serve_forever, args=[0.01])
    thread.start()
    try:
        yield endpoint
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
