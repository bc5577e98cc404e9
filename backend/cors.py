"""Which other origins' scripts may use this service, and what they may read. Spec: specs/features/edge.md, CORS.

The protocol is Starlette's; here is what is allowed. A refused preflight is a 204 that allows nothing: the browser then
says which header it misses, while of any other status it only says that it is not ok (Fetch standard, CORS-preflight).
"""

from typing import Final

from starlette.datastructures import Headers, MutableHeaders
from starlette.middleware.cors import CORSMiddleware
from starlette.responses import Response
from starlette.types import ASGIApp
from typing_extensions import override

METHODS: Final = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE")
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


class Cors(CORSMiddleware):
    """Starlette's CORS, whose preflights are always a 204 without a body."""

    def __init__(self, app: ASGIApp, *, origins: tuple[str, ...]) -> None:
        # No credentials: callers send a token that scripts hold, never a cookie that browsers add by themselves.
        super().__init__(
            app,
            allow_origins=origins,
            allow_methods=METHODS,
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
