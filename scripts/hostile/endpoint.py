"""The key set as an endpoint on this machine, which counts who asks for what."""

import json
import ssl
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Final

from typing_extensions import override

from scripts.hostile.issuer import ACCENTED, Issuer, segment

Write = Callable[[bytes], object]

Answer = Callable[[Write], object]
"""Writes an answer, all of it from the status line on."""

Handle = Callable[[str, Message, Write], object]
"""Answers a request for a path with these headers."""

PATH: Final = "/api/auth/jwks"
"""Where Better Auth has it."""


@dataclass
class Endpoint:
    """Where the keys are, and how often each path was asked for.

    Attributes:
        origin: scheme, host and port.
        issuer: whose keys they are; issuer and audience of its tokens are that origin.
    """

    origin: str
    issuer: Issuer
    asked: Counter[str] = field(default_factory=Counter)


def key_set(issuer: Issuer) -> list[dict[str, object]]:
    """The published keys, and behind them some that must not count."""
    keys = issuer.keys.named
    return [*(key.jwk() for key in keys.values()), {**keys["EdDSA"].jwk(), "kid": ACCENTED}, *unfit(issuer)]


def unfit(issuer: Issuer) -> list[dict[str, object]]:
    """Keys for another use, with private or shared parts, of no kind that is let in, or with one name for two."""
    eddsa, es256, es512, rs256 = (issuer.keys.named[name].jwk() for name in ("EdDSA", "ES256", "ES512", "RS256"))
    unnamed = {name: value for name, value in rs256.items() if name != "alg"}
    return [
        {**eddsa, "kid": "private", "d": segment(issuer.keys.ed25519.private_bytes_raw())},
        {**es256, "kid": "for-encryption", "use": "enc"},
        {**es512, "kid": "for-wrapping", "key_ops": ["wrapKey"]},
        {**unnamed, "kid": "without-alg"},
        {**eddsa, "kid": "twice"},
        {**eddsa, "kid": "twice"},
        {**eddsa, "kid": "of-another-curve", "crv": "X25519"},
        {"kid": "shared", "kty": "oct", "alg": "HS256", "k": segment("f" * 32)},
    ]


@contextmanager
def published() -> Iterator[Endpoint]:
    """Serves the keys of a new issuer on a free port of 127.0.0.1, at every path: a `jku` that is followed works."""

    def handle(path: str, _headers: Message, write: Write) -> None:
        endpoint.asked[path] += 1
        answer(write)

    with listening(handle) as origin:
        endpoint = Endpoint(origin, Issuer(origin))
        answer = http(json.dumps({"keys": key_set(endpoint.issuer)}).encode())
        yield endpoint


def http(
    body: bytes = b"{}", status: str = "200 OK", headers: Sequence[str] = (), *, length: int | None = None
) -> Answer:
    """An answer; `length` is what it says that its body has."""
    said = f"Content-Length: {len(body) if length is None else length}"
    head = "\r\n".join([f"HTTP/1.1 {status}", *headers, said, "Connection: close", "", ""]).encode()

    def answer(write: Write) -> None:
        write(head + body)

    return answer


@contextmanager
def listening(handle: Handle, tls: ssl.SSLContext | None = None) -> Iterator[str]:
    """Listens on a free port of 127.0.0.1, by https with `tls`; the origin is what it gives."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            handle(self.path, self.headers, self.wfile.write)

        @override
        def log_message(self, format: str, *args: object) -> None:
            """Says nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    if tls is not None:
        server.socket = tls.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, args=[0.01])
    thread.start()
    try:
        yield f"http{'s' if tls else ''}://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
