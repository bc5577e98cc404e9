"""What happens to every request and every answer around the operation, as pure ASGI. Spec: specs/features/edge.md.

One layer, `Edge`, in two halves. The outer one opens the `Exchange` (backend/exchange.py: request id, HEAD, headers of
every answer, compression) and writes the one log line. Observers, if there are any (backend/telemetry.py), stand before
the inner one, which refuses hosts and paths that lead nowhere and makes a 500 of what escapes from the application.
Where a request tells an origin, or every one may read, CORS (backend/cors.py) stands between, so that browsers may read
a 500 too. Nothing reaches Starlette's own error middleware: it raises again what it answered, and uvicorn then closes
the connection.

It does per request what the request needs and no more (specs/decisions/0069).
"""

import logging
import re
import time
from collections.abc import Mapping, Sequence
from functools import lru_cache
from types import MappingProxyType
from typing import Final
from urllib.parse import unquote_to_bytes

from starlette.middleware import Middleware
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Receive, Scope, Send

from backend import logs
from backend.cors import Cors
from backend.errors import InternalError, InvalidHost, NotFound
from backend.exchange import ASKED, POLICY, Exchange, Manner, RawHeaders, route
from backend.limits import Limiter
from backend.problem_details import problem
from backend.settings import Settings
from generated.rendering import ContractViolation

HOST: Final = re.compile(r"(?P<name>[a-z0-9_-][a-z0-9._-]*|\[[0-9a-f:.]+\])(?::[0-9]{0,5})?", re.IGNORECASE)
"""RFC 3986, section 3.2.3, allows a port that is empty."""

EVERYWHERE: Final = (
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"no-referrer"),
)

TRANSPORT_SECURITY: Final = (b"strict-transport-security", b"max-age=31536000")
"""A year (RFC 6797). Without includeSubDomains: sister hosts of this service are not ours to decide about."""

log = logging.getLogger(__name__)


def middleware(
    settings: Settings,
    *,
    observers: Sequence[Middleware] = (),
    limiter: Limiter | None = None,
    pages: Mapping[str, bytes] = MappingProxyType({}),
) -> list[Middleware]:
    """All of the edge, for the `middleware` of the application.

    `observers` see every answer, and what is known of the request. `pages` are the operations that answer with a page,
    with the directives of its policy.
    """
    return [Middleware(Edge, settings=settings, observers=observers, limiter=limiter, pages=pages)]


class Edge:
    """The one layer around the application."""

    def __init__(
        self,
        app: ASGIApp,
        *,
        settings: Settings,
        observers: Sequence[Middleware],
        limiter: Limiter | None,
        pages: Mapping[str, bytes],
    ) -> None:
        self.app = app
        everywhere: RawHeaders = list(EVERYWHERE)
        if settings.environment == "production":
            everywhere.append(TRANSPORT_SECURITY)
        policies = {operation_id: b"%b; %b" % (POLICY, more) for operation_id, more in pages.items()}
        self._manner = Manner(app, everywhere, policies, limiter)
        hosts = settings.allowed_hosts
        self._any_host = "*" in hosts
        self._hosts = frozenset(hosts)
        self._suffixes = tuple(host.removeprefix("*") for host in hosts if host.startswith("*."))
        self._is_served = lru_cache(maxsize=64)(self._names_this_service)  # of 32 KB at most each
        self._same_origin = _observed(observers, self._admit)
        self._other_origin = _observed(observers, Cors(self._admit, origins=settings.cors_origins))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """The ASGI interface."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        method = scope["method"]
        if method == "HEAD":
            # A copy: the server looks at its own scope to frame the answer.
            scope = {**scope, "method": "GET", ASKED: "HEAD"}
        exchange = Exchange(self._manner, scope, receive, send)
        before = logs.current.set(exchange)
        try:
            app = self._other_origin if exchange.is_for_cors else self._same_origin
            await app(scope, exchange.receive, exchange.send)
        finally:
            _write_line(method, scope, exchange)
            logs.current.reset(before)

    async def _admit(self, scope: Scope, receive: Receive, send: Send) -> None:
        """The inner half, which is also an ASGI application."""
        exchange: Exchange = logs.current.get()  # type: ignore[assignment] # the outer half has set it
        host = exchange.sent.get(b"host")
        # Balancers probe in HTTP/1.0, which knows no Host.
        if not self._is_served(host) and not (host is None and self._any_host and scope["http_version"] == "1.0"):
            await problem(scope, InvalidHost())(scope, receive, send)
            return
        raw_path = scope.get("raw_path") or b""
        if b"%" in raw_path and not _is_plain(raw_path):
            await problem(scope, NotFound())(scope, receive, send)
            return
        try:
            await self.app(scope, receive, send)
        except ClientDisconnect:
            pass  # There is nobody to answer; the line of the request says so.
        except Exception as error:
            _, operation_id = route(scope)
            # Of the contract's own names alone: what an exception says may repeat what was sent, a breach does not.
            breach = {"breach": error.reason} if isinstance(error, ContractViolation) else {}
            log.exception("unhandled exception", extra=logs.fields(operation_id=operation_id, **breach))
            # An answer that has begun is left unfinished: the server then breaks the connection, and the client
            # sees that the answer is not whole. So is one whose headers the server finds fault with.
            if exchange.status is None:
                await problem(scope, InternalError())(scope, receive, send)

    def _names_this_service(self, host: bytes | None) -> bool:
        """Exactly one well-formed Host (RFC 9112, section 3.2), for two are joined by a comma, that is served."""
        match = None if host is None else HOST.fullmatch(host.decode("latin-1"))
        if match is None:
            return False
        name = match["name"].lower()
        return self._any_host or name in self._hosts or name.endswith(self._suffixes)


def _observed(observers: Sequence[Middleware], app: ASGIApp) -> ASGIApp:
    for observer in reversed(observers):
        app = observer.cls(app, *observer.args, **observer.kwargs)
    return app


def _is_plain(raw_path: bytes) -> bool:
    """Whether the path, once percent-decoded, has the segments it was sent with, in UTF-8."""
    decoded = unquote_to_bytes(raw_path)
    # The `$` of Starlette's patterns also matches before a newline at the end: `/health%0A` would be `/health`.
    if decoded.count(b"/") != raw_path.count(b"/") or decoded.endswith(b"\n"):
        return False
    try:
        decoded.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _write_line(method: str, scope: Scope, exchange: Exchange) -> None:
    """One line for one request. The path itself is not told: people paste tokens and names into it."""
    waited = exchange.database.seconds
    db_ms = "null" if waited is None else f"{waited * 1000:.3f}"
    replayed = ',"replayed":true' if exchange.is_replay else ""
    logs.say(
        log,
        "request",
        f'{_asked(method, *route(scope))},"status":{exchange.status or "null"},'
        f'"ms":{(time.perf_counter() - exchange.began) * 1000:.3f},"db_ms":{db_ms},'
        f'"outcome":"{exchange.outcome}"{replayed}',
    )


@lru_cache(maxsize=256)  # servers know some 30 methods, and the contract fewer operations
def _asked(method: str, template: str | None, operation_id: str | None) -> str:
    return logs.members({"method": method, "route": template, "operation_id": operation_id})
