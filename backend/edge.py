"""What happens to every request and every answer around the operation, as pure ASGI. Spec: specs/features/edge.md.

From the outside in: `Journal` (request id, HEAD, headers of every answer, one log line), observers if there are any
(backend/telemetry.py), `Cors` (backend/cors.py), accounts if there are limits (backend/limits.py), `Door` (hosts and
paths that lead nowhere; what escapes becomes a 500; compression), then the application. `Door` lies inside `Cors` so
that browsers may read a 500 too. Nothing reaches Starlette's own error middleware: it raises again what it answered,
and uvicorn then closes the connection.

Each layer does per request what the request needs and no more (specs/decisions/0069).
"""

import logging
import re
import time
from collections.abc import Collection, Iterable, Mapping, Sequence
from functools import lru_cache
from http import HTTPStatus
from types import MappingProxyType
from typing import Final
from urllib.parse import unquote_to_bytes

from fastapi.routing import APIRoute
from starlette.middleware import Middleware
from starlette.middleware.gzip import DEFAULT_EXCLUDED_CONTENT_TYPES, GZipResponder
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from backend import logs
from backend.cors import Cors, varying
from backend.errors import ApiError, InternalError, InvalidHost, NotFound
from backend.problem_details import problem
from backend.settings import Settings
from backend.timing import milliseconds, server_timing
from generated.rendering import ContractViolation

RawHeaders = list[tuple[bytes, bytes]]

REQUEST_ID: Final = re.compile(r"[A-Za-z0-9._-]{1,64}")

TRACEPARENT: Final = re.compile(
    r"(?!ff)(?P<version>[0-9a-f]{2})-(?!0{32})(?P<trace_id>[0-9a-f]{32})-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}(?P<more>-[^,]*)?"
)
"""W3C Trace Context, section 3.2.2: version ff and ids of zeros are invalid; only later versions may say more. Two
headers, which a comma joins, are invalid as well."""

HOST: Final = re.compile(r"(?P<name>[a-z0-9_-][a-z0-9._-]*|\[[0-9a-f:.]+\])(?::[0-9]{0,5})?", re.IGNORECASE)
"""RFC 3986, section 3.2.3, allows a port that is empty."""

GZIP_WANTED: Final = re.compile(r"(?:^|,)\s*gzip\s*(?:;\s*q=(?:1(?:\.0*)?|0\.0*[1-9][0-9]*))?\s*(?:,|$)", re.IGNORECASE)
"""RFC 9110, section 12.5.3: `gzip` by name and not with a weight of 0, which refuses it."""

COMPRESSED_FROM: Final = 1_001
"""Bytes. Smaller answers fit into one packet anyway."""

COMPRESSION_LEVEL: Final = 5

POLICY: Final = b"default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
"""The `Content-Security-Policy` of every answer; pages add the directives that they need."""

TRANSPORT_SECURITY: Final = (b"strict-transport-security", b"max-age=31536000")
"""A year (RFC 6797). Without includeSubDomains: sister hosts of this service are not ours to decide about."""

ASKED: Final = "edge.asked"
"""Where in the ASGI scope the method of the request is when it is answered as another."""

CLIENT_LEFT: Final = "client_left"
"""The ASGI extension of backend/protocol.py: its `ask` says whether the client is gone."""

log = logging.getLogger(__name__)


def middleware(
    settings: Settings,
    *,
    observers: Sequence[Middleware] = (),
    accounts: Sequence[Middleware] = (),
    pages: Mapping[str, bytes] = MappingProxyType({}),
) -> list[Middleware]:
    """All of the edge, outermost first, for the `middleware` of the application.

    `observers` come after the journal: they see every answer, and what the journal knows of the request. `accounts` are
    those of backend/limits.py. `pages` are the operations that answer with a page, with the directives of its policy.
    """
    return [
        Middleware(Journal, in_production=settings.environment == "production", pages=pages),
        *observers,
        Middleware(Cors, origins=settings.cors_origins),
        *accounts,
        Middleware(Door, hosts=settings.allowed_hosts),
    ]


class Journal:
    """Gives the request its id, answers HEAD as GET, completes the headers of the answer, writes the one log line."""

    def __init__(self, app: ASGIApp, *, in_production: bool, pages: Mapping[str, bytes]) -> None:
        self.app = app
        self._policies = {operation_id: b"%b; %b" % (POLICY, more) for operation_id, more in pages.items()}
        self._everywhere: RawHeaders = [
            (b"x-content-type-options", b"nosniff"),
            (b"x-frame-options", b"DENY"),
            (b"referrer-policy", b"no-referrer"),
        ]
        if in_production:
            self._everywhere.append(TRANSPORT_SECURITY)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """The ASGI interface."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        sent = fields(scope["headers"])
        facts = logs.Facts(
            request_id=_request_id(sent.get(b"x-request-id")), trace_id=_trace_id(sent.get(b"traceparent"))
        )
        inner = scope
        if scope["method"] == "HEAD":
            # A copy: the server looks at its own scope to frame the answer.
            inner = {**scope, "method": "GET", ASKED: "HEAD"}
        exchange = _Exchange(inner, receive, send, facts, self._everywhere, policies=self._policies)
        before = logs.current.set(facts)
        try:
            await self.app(inner, exchange.receive, exchange.send)
        finally:
            _write_line(scope["method"], inner, exchange, facts)
            logs.current.reset(before)


class Door:
    """What lies closest around the application.

    It refuses hosts that are not served here, and paths that could be read as another path; it turns what escapes from
    the application into a 500 that says nothing, and logs what it was; and it compresses large answers.
    """

    def __init__(self, app: ASGIApp, *, hosts: Sequence[str]) -> None:
        """`hosts` are lower-case names, `*.` and a name for everything below it, or `*` for any."""
        self.app = app
        self._any = "*" in hosts
        self._names = frozenset(hosts)
        self._suffixes = tuple(host.removeprefix("*") for host in hosts if host.startswith("*."))
        self._is_served = lru_cache(maxsize=64)(self._names_this_service)  # of 32 KB at most each

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """The ASGI interface."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        sent = fields(scope["headers"])
        refusal = self._refusal(scope, sent.get(b"host"))
        if refusal is not None:
            await problem(scope, refusal)(scope, receive, send)
            return
        answer = _Answer(self.app, send, sent)
        try:
            await self.app(scope, receive, answer.send)
        except ClientDisconnect:
            pass  # There is nobody to answer; the line of the journal says so.
        except Exception as error:
            _, operation_id = route(scope)
            # Of the contract's own names alone: what an exception says may repeat what was sent, a breach does not.
            breach = {"breach": error.reason} if isinstance(error, ContractViolation) else {}
            log.exception("unhandled exception", extra=logs.fields(operation_id=operation_id, **breach))
            # An answer that has begun is left unfinished: the server then breaks the connection, and the client
            # sees that the answer is not whole.
            if not answer.has_begun:
                await problem(scope, InternalError())(scope, receive, send)

    def _refusal(self, scope: Scope, host: bytes | None) -> ApiError | None:
        # Balancers probe in HTTP/1.0, which knows no Host.
        is_excused = host is None and self._any and scope.get("http_version") == "1.0"
        if not is_excused and (host is None or not self._is_served(host)):
            return InvalidHost()
        if not _is_plain(scope.get("raw_path") or b""):
            return NotFound()
        return None

    def _names_this_service(self, host: bytes) -> bool:
        """Exactly one well-formed Host (RFC 9112, section 3.2), for two are joined by a comma, that is served."""
        match = HOST.fullmatch(host.decode("latin-1"))
        if match is None:
            return False
        name = match["name"].lower()
        return self._any or name in self._names or name.endswith(self._suffixes)


class _Answer:
    """An answer on its way out of the application: large ones without an `ETag` are compressed for who accepts it.

    A strong `ETag` names the bytes of one encoding (RFC 9110, section 8.8.3). How large another one is shows in its
    first part, and until then its start is held back.
    """

    __slots__ = ("_app", "_forward", "_held", "_send", "_sent")

    def __init__(self, app: ASGIApp, send: Send, sent: Mapping[bytes, bytes]) -> None:
        """`sent` are the headers of the request."""
        self._app = app
        self._send = send
        self._sent = sent
        self._held: Message | None = None
        self._forward: Send | None = None

    @property
    def has_begun(self) -> bool:
        """Whether the server may know of it; so of one whose headers it finds fault with."""
        return self._forward is not None

    async def send(self, message: Message) -> None:
        """The ASGI interface."""
        if self._forward is None:
            if message["type"] == "http.response.start" and not _is_sent_as_it_is(message):
                self._held = message
                return
            self._forward = self._send
            if self._held is not None:
                if not _is_small(message):
                    self._encode(self._held)
                await self._forward(self._held)
        await self._forward(message)

    def _encode(self, start: Message) -> None:
        """Lets Starlette compress for who accepts it; all others learn that the answer varies by what they accept."""
        accepted = self._sent.get(b"accept-encoding", b"").decode("latin-1")
        if GZIP_WANTED.search(accepted):
            responder = GZipResponder(self._app, COMPRESSED_FROM, COMPRESSION_LEVEL)
            responder.send = self._send
            self._forward = responder.send_with_compression
        else:
            self._held = {**start, "headers": varying(start.get("headers", ()), b"Accept-Encoding")}


def _is_sent_as_it_is(start: Message) -> bool:
    """Whether an answer has one encoding alone, however large it is."""
    present = dict(start.get("headers", ()))
    return (
        b"etag" in present
        or b"content-encoding" in present
        or start["status"] == HTTPStatus.PARTIAL_CONTENT
        or _is_dense(present.get(b"content-type", b""))
    )


@lru_cache(maxsize=64)
def _is_dense(content_type: bytes) -> bool:
    """Whether Starlette would not compress what is of this type."""
    media_type = content_type.decode("latin-1").partition(";")[0].strip().lower()
    names = {media_type, media_type.partition("/")[0] + "/*"}
    return not names.isdisjoint(DEFAULT_EXCLUDED_CONTENT_TYPES)


def _is_small(part: Message) -> bool:
    """Whether it is the only part of a small answer."""
    is_only = part["type"] == "http.response.body" and not part.get("more_body", False)
    return is_only and len(part.get("body", b"")) < COMPRESSED_FROM


class _Exchange:
    """One request and its answer as they pass through the journal."""

    __slots__ = (
        "_everywhere", "_facts", "_is_complete", "_is_head", "_policies", "_receive", "_saw_disconnect", "_scope",
        "_send", "_started", "status",
    )  # fmt: skip # one name a line says no more

    def __init__(
        self,
        scope: Scope,
        receive: Receive,
        send: Send,
        facts: logs.Facts,
        everywhere: RawHeaders,
        *,
        policies: Mapping[str, bytes],
    ) -> None:
        self._started = time.perf_counter()
        self._facts = facts
        self._scope = scope
        self._receive = receive
        self._send = send
        self._everywhere = everywhere
        self._policies = policies
        self._is_head = scope.get(ASKED) == "HEAD"
        self._is_complete = False
        self._saw_disconnect = False
        self.status: int | None = None

    @property
    def seconds(self) -> float:
        """How long ago it began."""
        return time.perf_counter() - self._started

    @property
    def outcome(self) -> str:
        """How it ended, as far as this side knows: an answer that was sent whole may still get lost on its way."""
        if self._is_complete:
            return "complete"
        return "client left" if self._has_left() else "cut off"

    async def receive(self) -> Message:
        message = await self._receive()
        if message["type"] == "http.disconnect":
            self._saw_disconnect = True
        return message

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            # A new list: an application may send one and the same response object many times.
            message = {**message, "headers": self._completed(message["status"], message.get("headers", ()))}
        else:
            # Servers take messages for clients that are gone, and drop them.
            self._is_complete = not message.get("more_body", False) and not self._has_left()
            if self._is_head:
                message = {**message, "body": b""}
        await self._send(message)

    def _has_left(self) -> bool:
        if self._saw_disconnect:
            return True
        extension = (self._scope.get("extensions") or {}).get(CLIENT_LEFT)
        return extension is not None and extension["ask"]()

    def _completed(self, status: int, headers: Iterable[tuple[bytes, bytes]]) -> RawHeaders:
        completed = [
            *headers,
            *self._everywhere,
            (b"x-request-id", self._facts.request_id.encode("ascii")),
            (b"server-timing", server_timing(self.seconds, self._facts.database)),
        ]
        present = dict(completed)
        if b"content-security-policy" not in present:
            is_page = present.get(b"content-type", b"").startswith(b"text/html")
            operation_id = route(self._scope)[1] if is_page else None
            completed.append((b"content-security-policy", self._policies.get(operation_id or "", POLICY)))
        if b"cache-control" not in present:
            # What has an ETag may be kept by the user's own browser and is asked about each time (304 where it is
            # still true); everything else, lists and refusals among it, is kept by nobody (RFC 9111, section 5.2.2).
            # A 412 has the ETag of the task: kept, it would be what the next 304 stands for.
            kept = b"etag" in present and status < HTTPStatus.BAD_REQUEST
            completed.append((b"cache-control", b"private, no-cache" if kept else b"no-store"))
        return completed


def fields(headers: Collection[tuple[bytes, bytes]]) -> Mapping[bytes, bytes]:
    """The headers by their names, with one value for those that were sent often (RFC 9110, section 5.3)."""
    found = dict(headers)
    if len(found) < len(headers):
        found.clear()
        for name, value in headers:
            found[name] = found[name] + b"," + value if name in found else value
    return found


def _request_id(sent: bytes | None) -> str:
    if sent is not None and REQUEST_ID.fullmatch(text := sent.decode("latin-1")):
        return text
    return logs.new_id()


def _trace_id(sent: bytes | None) -> str | None:
    """The trace that a `traceparent` header names, or `None` if there is no valid one."""
    match = TRACEPARENT.fullmatch(sent.decode("latin-1")) if sent is not None else None
    if match is None or (match["version"] == "00" and match["more"] is not None):
        return None
    return match["trace_id"]


def _is_plain(raw_path: bytes) -> bool:
    """Whether the path, once percent-decoded, has the segments it was sent with, in UTF-8."""
    if b"%" not in raw_path:
        return True
    decoded = unquote_to_bytes(raw_path)
    # The `$` of Starlette's patterns also matches before a newline at the end: `/health%0A` would be `/health`.
    if decoded.count(b"/") != raw_path.count(b"/") or decoded.endswith(b"\n"):
        return False
    try:
        decoded.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def route(scope: Scope) -> tuple[str | None, str | None]:
    """The template of the path and the operation, as far as there are any: a 405 has a path and no operation."""
    found = scope.get("route")
    if not isinstance(found, APIRoute):
        return None, None
    return found.path_format, found.operation_id if scope["method"] in (found.methods or ()) else None


def _write_line(method: str, inner: Scope, exchange: _Exchange, facts: logs.Facts) -> None:
    """One line for one request. The path itself is not told: people paste tokens and names into it."""
    template, operation_id = route(inner)
    told: dict[str, logs.Field] = {
        "method": method,
        "route": template,
        "operation_id": operation_id,
        "status": exchange.status,
        "ms": milliseconds(exchange.seconds),
        "db_ms": facts.database.milliseconds,
        "user_id": facts.user_id,
        "outcome": exchange.outcome,
    }
    if facts.is_replay:
        told["replayed"] = True
    logs.say(log, "request", told)
