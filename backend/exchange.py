"""One request and its answer on its way out: its headers, its encoding, how it ends. Spec: specs/features/edge.md.

`Exchange` is what `logs.current` holds while the request runs. Both messages of an answer pass through its `send`, the
last step before the server (specs/decisions/0069).
"""

import os
import re
import time
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import lru_cache
from http import HTTPStatus
from typing import Final

from fastapi.routing import APIRoute
from starlette.middleware.gzip import DEFAULT_EXCLUDED_CONTENT_TYPES, GZipResponder
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from backend import logs
from backend.cors import OPEN, varying
from backend.limits import FREE, Account, Limiter
from backend.timing import Stopwatch, server_timing

RawHeaders = list[tuple[bytes, bytes]]

REQUEST_ID: Final = re.compile(r"[A-Za-z0-9._-]{1,64}")

TRACEPARENT: Final = re.compile(
    r"(?!ff)(?P<version>[0-9a-f]{2})-(?!0{32})(?P<trace_id>[0-9a-f]{32})-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}(?P<more>-[^,]*)?"
)
"""W3C Trace Context, section 3.2.2: version ff and ids of zeros are invalid; only later versions may say more. Two
headers, which a comma joins, are invalid as well."""

GZIP_WANTED: Final = re.compile(r"(?:^|,)\s*gzip\s*(?:;\s*q=(?:1(?:\.0*)?|0\.0*[1-9][0-9]*))?\s*(?:,|$)", re.IGNORECASE)
"""RFC 9110, section 12.5.3: `gzip` by name and not with a weight of 0, which refuses it."""

COMPRESSED_FROM: Final = 1_001
"""Bytes. Smaller answers fit into one packet anyway."""

COMPRESSION_LEVEL: Final = 5

POLICY: Final = b"default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
"""The `Content-Security-Policy` of every answer; pages add the directives that they need."""

CLOSED: Final = (b"content-security-policy", POLICY)
VARYING: Final = (b"vary", b"Origin")
KEPT: Final = (b"cache-control", b"private, no-cache")
NOT_KEPT: Final = (b"cache-control", b"no-store")

ASKED: Final = "edge.asked"
"""Where in the ASGI scope the method of the request is when it is answered as another."""

CLIENT_LEFT: Final = "client_left"
"""The ASGI extension of backend/protocol.py: its `ask` says whether the client is gone."""

PARTIAL: Final = HTTPStatus.PARTIAL_CONTENT.value
FAILED: Final = HTTPStatus.BAD_REQUEST.value
"""Plain numbers: up to Python 3.11 a member of an enumeration is found by a call."""


@dataclass(frozen=True, slots=True)
class Manner:
    """What all answers have in common.

    Attributes:
        app: the application; Starlette's compressor wants to know it.
        everywhere: the headers that each has.
        policies: of the operations that answer with a page, its `Content-Security-Policy`.
        limiter: who knows what an answer says of the limits, if there are any.
    """

    app: ASGIApp
    everywhere: RawHeaders
    policies: Mapping[str, bytes]
    limiter: Limiter | None


class Exchange(Account):  # pyrefly: ignore[bad-class-definition] - it takes this for a dataclass, as its base is one
    """What is known of a request, and its answer.

    Large answers without an `ETag` are compressed for who accepts it: a strong `ETag` names the bytes of one encoding
    (RFC 9110, section 8.8.3). How large another one is shows in its first part, and until then its start is held back.
    """

    __slots__ = (
        "_compress", "_held", "_is_complete", "_manner", "_receive", "_saw_disconnect", "_scope", "_send",
        "began", "is_for_cors", "sent", "status",
    )  # fmt: skip # one name a line says no more

    def __init__(self, manner: Manner, scope: Scope, receive: Receive, send: Send) -> None:
        self.began = time.perf_counter()
        self.sent = sent = fields(scope["headers"])
        # Who tells no origin is allowed nothing, and learns only that others are: Starlette's way to do so takes 6 us.
        self.is_for_cors = b"origin" in sent or scope["path"] in OPEN
        # What the base classes declare is set here: a call of each of theirs would cost more than all of this.
        named = sent.get(b"x-request-id")
        self.request_id = os.urandom(16).hex() if named is None else _request_id(named)
        traced = sent.get(b"traceparent")
        self.trace_id = None if traced is None else _trace_id(traced)
        self.user_id = None
        self.is_replay = False
        self.database = Stopwatch()
        client = scope.get("client")
        self.host = client[0] if client else None
        self.level = None
        self.bucket = b""
        self.status: int | None = None
        self._manner = manner
        self._scope = scope
        self._receive = receive
        self._send = send
        self._held: Message | None = None
        self._compress: Send | None = None
        self._is_complete = False
        self._saw_disconnect = False

    @property
    def outcome(self) -> str:
        """How it ended, as far as this side knows: an answer that was sent whole may still get lost on its way."""
        if self._is_complete:
            return "complete"
        return "client left" if self._has_left() else "cut off"

    async def receive(self) -> Message:
        """The ASGI interface."""
        message = await self._receive()
        if message["type"] == "http.disconnect":
            self._saw_disconnect = True
        return message

    async def send(self, message: Message) -> None:
        """The ASGI interface."""
        if message["type"] == "http.response.start":
            present = dict(message.get("headers", ()))
            if message["status"] == FREE and (limiter := self._manner.limiter) is not None:
                await limiter.give_back(self)
            if b"etag" in present or _has_one_encoding(message["status"], present):
                self._held = None
                await self._send(self._start(message, present))
            else:
                self._held = message
        elif self._held is not None:
            await self._release(self._held, message)
        elif self._compress is not None:
            await self._compress(message)
        else:
            await self._send(self._part(message))

    async def _release(self, start: Message, part: Message) -> None:
        """Lets Starlette compress for who accepts it; all others learn that the answer varies by what they accept."""
        self._held = None
        headers = list(start.get("headers", ()))  # the compressor changes it, and applications send one many times
        is_only = part["type"] == "http.response.body" and not part.get("more_body", False)
        if is_only and len(part.get("body", b"")) < COMPRESSED_FROM:
            pass
        elif GZIP_WANTED.search(self.sent.get(b"accept-encoding", b"").decode("latin-1")):
            responder = GZipResponder(self._manner.app, COMPRESSED_FROM, COMPRESSION_LEVEL)
            responder.send = self._put
            self._compress = responder.send_with_compression
            await self._compress({**start, "headers": headers})
            await self._compress(part)
            return
        else:
            headers = varying(headers, b"Accept-Encoding")
        await self._send(self._start({**start, "headers": headers}, dict(headers)))
        await self._send(self._part(part))

    async def _put(self, message: Message) -> None:
        """Takes what the compressor has made."""
        is_start = message["type"] == "http.response.start"
        await self._send(self._start(message, dict(message["headers"])) if is_start else self._part(message))

    def _start(self, start: Message, present: Mapping[bytes, bytes]) -> Message:
        """The start of the answer with what all answers have; `present` are the headers that it has by itself."""
        self.status = status = start["status"]
        manner = self._manner
        # A new list: an application may send one and the same response object many times.
        headers: RawHeaders = [
            *start.get("headers", ()),
            *manner.everywhere,
            (b"x-request-id", self.request_id.encode("ascii")),
        ]
        if self.level is not None:
            headers += self.level.headers
        if not self.is_for_cors:
            headers = varying(headers, b"Origin") if b"vary" in present else [*headers, VARYING]
        if b"content-security-policy" not in present:
            is_page = present.get(b"content-type", b"").startswith(b"text/html")
            policy = manner.policies.get(route(self._scope)[1] or "") if is_page else None
            headers.append(CLOSED if policy is None else (b"content-security-policy", policy))
        if b"cache-control" not in present:
            # What has an ETag may be kept by the user's own browser and is asked about each time (304 where it is
            # still true); everything else, lists and refusals among it, is kept by nobody (RFC 9111, section 5.2.2).
            # A 412 has the ETag of the task: kept, it would be what the next 304 stands for.
            headers.append(KEPT if b"etag" in present and status < FAILED else NOT_KEPT)
        headers.append((b"server-timing", server_timing(time.perf_counter() - self.began, self.database)))
        return {**start, "headers": headers}

    def _part(self, part: Message) -> Message:
        """A part of the body as it is sent."""
        # Servers take messages for clients that are gone, and drop them.
        self._is_complete = not part.get("more_body", False) and not self._has_left()
        return {**part, "body": b""} if ASKED in self._scope else part

    def _has_left(self) -> bool:
        if self._saw_disconnect:
            return True
        extension = (self._scope.get("extensions") or {}).get(CLIENT_LEFT)
        return extension is not None and extension["ask"]()


def fields(headers: Collection[tuple[bytes, bytes]]) -> Mapping[bytes, bytes]:
    """The headers by their names, with one value for those that were sent often (RFC 9110, section 5.3)."""
    found = dict(headers)
    if len(found) < len(headers):
        found.clear()
        for name, value in headers:
            found[name] = found[name] + b"," + value if name in found else value
    return found


def route(scope: Scope) -> tuple[str | None, str | None]:
    """The template of the path and the operation, as far as there are any: a 405 has a path and no operation."""
    found = scope.get("route")
    if not isinstance(found, APIRoute):
        return None, None
    return found.path_format, found.operation_id if scope["method"] in (found.methods or ()) else None


def _request_id(sent: bytes) -> str:
    text = sent.decode("latin-1")
    return text if REQUEST_ID.fullmatch(text) else logs.new_id()


def _trace_id(sent: bytes) -> str | None:
    """The trace that a `traceparent` header names, or `None` if it is not valid."""
    match = TRACEPARENT.fullmatch(sent.decode("latin-1"))
    if match is None or (match["version"] == "00" and match["more"] is not None):
        return None
    return match["trace_id"]


def _has_one_encoding(status: int, present: Mapping[bytes, bytes]) -> bool:
    """Whether an answer is sent as it is, however large."""
    return b"content-encoding" in present or status in (PARTIAL, FREE) or _is_dense(present.get(b"content-type", b""))


@lru_cache(maxsize=64)
def _is_dense(content_type: bytes) -> bool:
    """Whether Starlette would not compress what is of this type."""
    media_type = content_type.decode("latin-1").partition(";")[0].strip().lower()
    names = {media_type, media_type.partition("/")[0] + "/*"}
    return not names.isdisjoint(DEFAULT_EXCLUDED_CONTENT_TYPES)
