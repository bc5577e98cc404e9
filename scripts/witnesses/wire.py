"""Calls as bytes: one connection that is kept, and everything an ordinary client would not send."""

import socket
from http.client import HTTPResponse
from typing import Final
from urllib.parse import quote, urlencode

from scripts.witnesses.calls import KEPT, Call, Circumstance
from scripts.witnesses.judge import Answer

SECONDS: Final = 30
"""For one answer; the slowest of ours takes three."""

_ENDLESS: Final = 100_000
"""Bytes: more of a target or of headers than any server reads."""

_BODY_BYTES: Final = 1_100_000
"""More than the contract's largest body."""


def target_of(call: Call, kept: str) -> str:
    """The path and query of a call; `kept` is the id that stands for `KEPT`."""
    target = call.template
    for name, text in call.path:
        target = target.replace(f"{{{name}}}", quote(kept if text == KEPT else text, safe=""))
    query = urlencode(call.query, quote_via=quote)
    if call.circumstance is Circumstance.LONG_TARGET:
        query = "x" * _ENDLESS
    return f"{target}?{query}" if query else target


def request_of(call: Call, host: str, authorization: str | None, kept: str) -> bytes:
    """The bytes of a call."""
    lines = [f"{call.method} {target_of(call, kept)} HTTP/1.1", f"Host: {host}"]
    if call.circumstance is Circumstance.TWO_HOSTS:
        lines.append(f"Host: {host}")
    if authorization is not None:
        lines.append(f"Authorization: {authorization}")
    lines += [f"{name}: {text}" for name, text in call.headers]
    if call.circumstance is Circumstance.LARGE_HEAD:
        lines.append(f"X-Large: {'x' * _ENDLESS}")
    if call.circumstance is Circumstance.GARBLED:
        lines.append("garbled")
    if call.circumstance is Circumstance.SLOW:
        return "\r\n".join(lines).encode()
    body = b" " * _BODY_BYTES if call.circumstance is Circumstance.LARGE_BODY else call.body
    if body is not None:
        lines += [f"Content-Length: {len(body)}", *([f"Content-Type: {call.media_type}"] if call.media_type else [])]
    return "\r\n".join([*lines, "", ""]).encode() + (body or b"")


class Wire:
    """A connection to a service; opened again where the service has closed it."""

    def __init__(self, address: tuple[str, int]) -> None:
        self._address = address
        self._socket: socket.socket | None = None

    @property
    def host(self) -> str:
        """What the service is called in a request."""
        return f"{self._address[0]}:{self._address[1]}"

    def send(self, method: str, request: bytes) -> Answer:
        """The answer to the bytes of a request.

        Raises:
            OSError: there was none, on a new connection neither.
        """
        try:
            return self._asked(method, request)
        except ConnectionError:
            # Servers close idle connections at any time; a request may cross with that (RFC 9112, section 9.5).
            self.close()
            return self._asked(method, request)

    def _asked(self, method: str, request: bytes) -> Answer:
        if self._socket is None:
            self._socket = socket.create_connection(self._address, timeout=SECONDS)
        self._socket.sendall(request)
        response = HTTPResponse(self._socket, method=method)
        response.begin()
        body = response.read()
        headers = tuple((name.lower(), value) for name, value in response.getheaders())
        if response.will_close:
            self.close()
        return Answer(response.status, headers, body)

    def close(self) -> None:
        """End the connection."""
        if self._socket is not None:
            self._socket.close()
            self._socket = None
