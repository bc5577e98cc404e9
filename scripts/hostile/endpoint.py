"""The key set as an endpoint on this machine, which counts who asks for what."""

import json
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Final

from typing_extensions import override

from scripts.hostile.issuer import ACCENTED, Issuer, segment

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

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            endpoint.asked[self.path] += 1
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        @override
        def log_message(self, format: str, *args: object) -> None:
            """Says nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    origin = f"http://127.0.0.1:{server.server_port}"
    endpoint = Endpoint(origin, Issuer(origin))
    body = json.dumps({"keys": key_set(endpoint.issuer)}).encode()
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield endpoint
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
