"""Which other origins' scripts may use this service, and what they may read. Spec: specs/features/edge.md, CORS.

The protocol is Starlette's; here is what is allowed. A refused preflight is a 204 that allows nothing: the browser then
says which header it misses, while of any other status it only says that it is not ok (Fetch standard, CORS-preflight).
"""

from collections.abc import Iterable
from http import HTTPStatus
from typing import Final

from starlette.datastructures import Headers, MutableHeaders
from starlette.middleware.cors import CORSMiddleware
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from typing_extensions import override

OPEN: Final = frozenset({"/openapi.yaml", "/openapi.json"})
"""The paths that scripts of every origin may read: those whose answers the contract declares so (EDGE-29)."""

READING: Final = ("GET", "HEAD")
METHODS: Final = (*READING, "POST", "PUT", "PATCH", "DELETE")
REQUEST_HEADERS: Final = (
    "Authorization",
    "Content-Type",
    "Idempotency-Key",
    "If-Match",
    "If-None-Match",
    "X-Request-Id",
    "traceparent",
    "tracestate",
)
RESPONSE_HEADERS: Final = (
    "Allow",
    "ETag",
    "Idempotency-Replayed",
    "Location",
    "RateLimit",
    "RateLimit-Policy",
    "Retry-After",
    "Server-Timing",
    "WWW-Authenticate",
    "X-Request-Id",
)
"""Scripts see only what is named here, and the safelist of the Fetch standard."""

TIMING: Final = "Timing-Allow-Origin"
"""Who may read an answer may also see how long it took (specs/decisions/0042)."""


class Cors:
    """Answers requests that tell an origin by the origins of the settings, and on the paths that are open all alike."""

    def __init__(self, app: ASGIApp, *, origins: tuple[str, ...]) -> None:
        self.app = app
        self._ours = _Listed(app, origins=origins, methods=METHODS)
        self._open = _Everybody(app, origins=("*",), methods=READING)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """The ASGI interface."""
        await (self._open if scope["path"] in OPEN else self._ours)(scope, receive, send)


def varying(headers: Iterable[tuple[bytes, bytes]], by: bytes) -> list[tuple[bytes, bytes]]:
    """The headers of an answer that varies by this header of requests as well."""
    others = list(headers)
    if b"vary" not in dict(others):
        return [*others, (b"vary", by)]
    told = [value for name, value in others if name == b"vary"]
    return [*(field for field in others if field[0] != b"vary"), (b"vary", b", ".join([*told, by]))]


class _Listed(CORSMiddleware):
    """Starlette's CORS, whose preflights are always a 204 without a body."""

    def __init__(self, app: ASGIApp, *, origins: tuple[str, ...], methods: tuple[str, ...]) -> None:
        # No credentials: callers send a token that scripts hold, never a cookie that browsers add by themselves.
        super().__init__(
            app,
            allow_origins=origins,
            allow_methods=methods,
            allow_headers=REQUEST_HEADERS,
            expose_headers=RESPONSE_HEADERS,
        )
        if self.allow_all_origins:
            self.simple_headers[TIMING] = "*"

    @override
    @staticmethod
    def allow_explicit_origin(headers: MutableHeaders, origin: str) -> None:
        CORSMiddleware.allow_explicit_origin(headers, origin)
        headers[TIMING] = origin

    @override
    def preflight_response(self, request_headers: Headers) -> Response:
        headers = super().preflight_response(request_headers).headers
        return Response(
            status_code=204, headers={name: value for name, value in headers.items() if not name.startswith("content-")}
        )


class _Everybody(_Listed):
    """The same for any origin, and where it is no refusal for who tells none.

    What a browser has kept of a request without `Origin` is what it shows a script later, after a 304, and would refuse
    without the header. For the same reason such answers do not vary by `Origin`.
    """

    @override
    async def send(self, message: Message, send: Send, request_headers: Headers) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            if "origin" in request_headers:
                headers.update(self.simple_headers)
            elif message["status"] < HTTPStatus.BAD_REQUEST:
                headers["Access-Control-Allow-Origin"] = "*"
        await send(message)
