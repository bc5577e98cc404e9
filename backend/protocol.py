"""The server's HTTP protocol, with the bounds that uvicorn's lacks. Spec: specs/features/edge.md.

Measured on uvicorn 0.54 with httptools: it takes a head of 20 MB, waits for ever for one that never ends, and swallows
for ever what is sent after a refusal. Here a head is bounded in size and time, a body in time (its size is bounded by
the plumbing, per operation), and what follows an answer in time. uvicorn takes it as `http=BoundedProtocol`.
"""

import asyncio
import enum
import logging
from typing import Any, ClassVar, NoReturn, cast
from uuid import uuid4

from typing_extensions import override
from uvicorn.config import Config
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol, RequestResponseCycle
from uvicorn.server import ServerState

from backend import logs
from backend.edge import CLIENT_LEFT
from backend.errors import (
    MEDIA_TYPE,
    ApiError,
    HeadTooLarge,
    MalformedRequest,
    RequestTimeout,
    TargetTooLong,
    document,
)

log = logging.getLogger(__name__)


class Phase(enum.Enum):
    """What of a connection has a time limit."""

    HEAD = enum.auto()
    BODY = enum.auto()
    SURPLUS = enum.auto()
    """A body that is still being sent when its request is answered."""
    LINGERING = enum.auto()
    """A client that is refused and may still be sending."""


class BoundedProtocol(HttpToolsProtocol):
    """uvicorn's protocol for one connection, bounded."""

    target_bytes: ClassVar[int] = 8_192
    """RFC 9112, section 3, asks for 8,000 at least."""
    head_bytes: ClassVar[int] = 32_768
    """Four times the longest token: proxies and browsers add headers of their own."""
    seconds: ClassVar[dict[Phase, float]] = {Phase.HEAD: 10, Phase.BODY: 60, Phase.SURPLUS: 5, Phase.LINGERING: 2}
    """From the first byte to the last, for the first head from the start of the connection. A refused client lingers
    because closing at once would reset the connection under the answer (RFC 9112, section 9.6)."""

    def __init__(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],  # Any: uvicorn's own annotation
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        super().__init__(config, server_state, app_state, _loop)
        self._phase: Phase | None = None
        self._deadline: asyncio.TimerHandle | None = None
        self._is_in_head = False
        self._is_in_body = False
        self._has_begun_in_chunk = False
        self._unfinished_bytes = 0
        self._refusal: ApiError = MalformedRequest()
        self._is_refused = False
        self._is_lost = False

    @override
    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override] # as uvicorn does
        super().connection_made(transport)
        self._watch()

    @override
    def connection_lost(self, exc: Exception | None) -> None:
        self._is_lost = True
        self._enter(None)
        super().connection_lost(exc)

    @override
    def data_received(self, data: bytes) -> None:
        if self._is_refused:
            return
        self._has_begun_in_chunk = False
        super().data_received(data)
        # httptools hands a header over when it is whole. Until then only what was received can be counted.
        if self._is_in_head and not self._has_begun_in_chunk:
            self._unfinished_bytes += len(data)
            if self._unfinished_bytes > self.head_bytes:
                self._refuse(HeadTooLarge())
        if not self._is_refused:
            self._watch()

    @override
    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._is_in_head = True
        self._has_begun_in_chunk = True
        self._unfinished_bytes = 0
        self.scope["extensions"] = {CLIENT_LEFT: {"ask": lambda: self._is_lost}}

    @override
    def on_url(self, url: bytes) -> None:
        super().on_url(url)
        if len(self.url) > self.target_bytes:
            self._stop_parsing(TargetTooLong())

    @override
    def on_headers_complete(self) -> None:
        # Four bytes frame each field: a colon, a blank and the end of the line.
        if len(self.url) + sum(len(name) + len(value) + 4 for name, value in self.headers) > self.head_bytes:
            self._stop_parsing(HeadTooLarge())
        super().on_headers_complete()
        self._is_in_head = False
        self._is_in_body = True

    @override
    def on_message_complete(self) -> None:
        super().on_message_complete()
        self._is_in_body = False

    @override
    def on_response_complete(self) -> None:
        super().on_response_complete()
        if self._is_in_body:
            self._enter(Phase.SURPLUS)

    @override
    def send_400_response(self, msg: str) -> None:
        self._refuse(self._refusal)

    def _stop_parsing(self, refusal: ApiError) -> NoReturn:
        """Ends a callback of the parser; uvicorn then calls `send_400_response`."""
        self._refusal = refusal
        raise refusal

    def _is_answering(self) -> bool:
        cycle = cast(RequestResponseCycle | None, self.cycle)  # uvicorn types it as if there were one from the start
        return cycle is not None and not cycle.response_complete

    def _watch(self) -> None:
        """Starts the clock of the phase that the connection is in, unless it is running already."""
        if self._is_in_body:
            self._enter(Phase.BODY if self._is_answering() else Phase.SURPLUS)
        elif self._is_in_head or not self._is_answering():
            self._enter(Phase.HEAD)
        else:
            self._enter(None)

    def _enter(self, phase: Phase | None) -> None:
        if phase is self._phase:
            return
        if self._deadline is not None:
            self._deadline.cancel()
        self._phase = phase
        self._deadline = None if phase is None else self.loop.call_later(self.seconds[phase], self._expire)

    def _expire(self) -> None:
        if self._phase is Phase.BODY or (self._phase is Phase.HEAD and self._is_in_head):
            self._refuse(RequestTimeout())
        else:
            self.transport.close()

    def _refuse(self, error: ApiError) -> None:
        """Ends the connection, with an answer where a client would read it as the answer to what is refused."""
        self._is_refused = True
        if self._is_in_body and self._is_answering() and not self.cycle.response_started and not self.pipeline:
            # The application waits for the rest of this body: tell it that there will be none.
            self.cycle.disconnected = True
            self.cycle.message_event.set()
        elif self._is_in_body or self._is_answering():
            self.transport.close()
            return
        self._answer(error)
        self._enter(Phase.LINGERING)

    def _answer(self, error: ApiError) -> None:
        request_id = uuid4().hex
        log.warning(
            "connection refused", extra=logs.fields(code=error.code, status=error.status, request_id=request_id)
        )
        # No path is known to be whole.
        content = document(error, instance="/", request_id=request_id)
        headers = [
            *self.server_state.default_headers,
            (b"content-type", MEDIA_TYPE.encode("ascii")),
            (b"content-length", str(len(content)).encode("ascii")),
            (b"cache-control", b"no-store"),
            (b"x-content-type-options", b"nosniff"),
            (b"x-request-id", request_id.encode("ascii")),
            (b"connection", b"close"),
        ]
        lines = [name + b": " + value + b"\r\n" for name, value in headers]
        self.transport.write(b"".join([STATUS_LINE[error.status], *lines, b"\r\n", content]))
        self.flow.resume_reading()
        if self.transport.can_write_eof():
            self.transport.write_eof()
