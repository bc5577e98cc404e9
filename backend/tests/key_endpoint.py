"""Where a test publishes keys: a real HTTP server that can be slow, frozen, empty, down, or talk nonsense."""

import json
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from email.message import Message
from typing import Any  # JWKs, as JSON

from backend.tests.waiting import PATIENCE
from scripts.hostile.endpoint import PATH, Answer, Write, http, listening


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
        return f"{self.origin}{PATH}"

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

    def handle(self, path: str, headers: Message, write: Write) -> None:
        """Answers one request."""
        answer = self.answer
        self.paths.append(path)
        self.requests.append(headers)
        self._flows.wait(PATIENCE)
        with suppress(OSError):  # whoever asked may have had enough
            answer(write)


@contextmanager
def publishing(*jwks: dict[str, Any], tls: ssl.SSLContext | None = None) -> Iterator[Endpoint]:
    """Listens on a free port of 127.0.0.1, by https with `tls`, and answers these keys, until told otherwise."""

    def handle(path: str, headers: Message, write: Write) -> None:
        endpoint.handle(path, headers, write)

    with listening(handle, tls) as origin:
        endpoint = Endpoint(origin)
        endpoint.publish(*jwks)
        yield endpoint
