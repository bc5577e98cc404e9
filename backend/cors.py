"""Which other origins' scripts may use this service, and what they may read. Spec: specs/features/edge.md, CORS.

The protocol is Starlette's; here are what is allowed and the form of a refusal.
"""

from typing import Final

from starlette.datastructures import Headers
from starlette.middleware.cors import CORSMiddleware
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send
from typing_extensions import override

from backend.errors import CorsDenied, problem

METHODS: Final = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE")
REQUEST_HEADERS: Final = ("Authorization", "Content-Type", "X-Request-Id", "traceparent", "tracestate")
RESPONSE_HEADERS: Final = ("Allow", "ETag", "Location", "Retry-After", "WWW-Authenticate", "X-Request-Id")
"""Scripts see only what is named here, and the safelist of the Fetch standard."""

REFUSAL_PREFIX: Final = "Disallowed CORS "
"""How Starlette's text of a refused preflight begins; what is refused (origin, method, headers) follows."""


class Cors(CORSMiddleware):
    """Starlette's CORS with problem+json for refused preflights and 204 for granted ones."""

    def __init__(self, app: ASGIApp, *, origins: tuple[str, ...]) -> None:
        # No credentials: callers send a token that scripts hold, never a cookie that browsers add by themselves.
        super().__init__(
            app,
            allow_origins=origins,
            allow_methods=METHODS,
            allow_headers=REQUEST_HEADERS,
            expose_headers=RESPONSE_HEADERS,
        )

    @override
    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await super().__call__(scope, receive, send)
        except CorsDenied as denied:
            await problem(scope, denied)(scope, receive, send)

    @override
    def preflight_response(self, request_headers: Headers) -> Response:
        response = super().preflight_response(request_headers)
        headers = {name: value for name, value in response.headers.items() if not name.startswith("content-")}
        if response.status_code >= 400:  # noqa: PLR2004 # the first status of a refusal
            refused = bytes(response.body).decode("ascii").removeprefix(REFUSAL_PREFIX)
            raise CorsDenied(refused, headers=headers)
        return Response(status_code=204, headers=headers)
