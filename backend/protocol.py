"""The server's HTTP protocol, with the bounds that uvicorn's lacks. Spec: specs/features/edge.md.

Measured on uvicorn 0.54 with httptools 0.9: it takes a head of 20 MB, waits for ever for one that never ends, and
swallows for ever what is sent after a refusal; it takes the body of a request with `Upgrade` for the next request, and
trailers for headers. Here a head is bounded in size and time, a body in time (its size is bounded by the plumbing, per
operation), and what follows an answer in time; `Upgrade` and trailers are ignored. uvicorn takes it as
`http=BoundedProtocol`.
"""

import asyncio
import enum
import logging
from collections import deque
from typing import Any, ClassVar, NoReturn
from urllib.parse import unquote

import httptools
from typing_extensions import override
from uvicorn.config import Config
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware
from uvicorn.protocols.http.flow_control import FlowControl
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol, RequestResponseCycle
from uvicorn.server import ServerState

from backend import logs
from backend.cycle import Cycle
from backend.errors import ApiError, HeadTooLarge, MalformedRequest, RequestTimeout, TargetTooLong, Unavailable
from backend.exchange import CLIENT_LEFT
from backend.problem_details import MEDIA_TYPE, document

log = logging.getLogger(__name__)


class Phase(enum.Enum):
    """What of a connection has a time limit."""

    HEAD = enum.auto()
    BODY = enum.auto()
    SURPLUS = enum.auto()
    """A body that is still being sent when its request is answered."""
    STOPPING = enum.auto()
    """A body that is still being sent when the service is stopped."""
    LINGERING = enum.auto()
    """A client that is refused and may still be sending."""


class Reading(FlowControl):
    """uvicorn's, which resumes with each answer; here a connection is not read while requests wait on it."""

    __slots__ = ("_waiting",)

    def __init__(self, transport: asyncio.Transport, waiting: deque[Any]) -> None:  # Any: they are only counted
        super().__init__(transport)
        self._waiting = waiting

    @override
    def resume_reading(self) -> None:
        if not self._waiting:
            super().resume_reading()


class BoundedProtocol(HttpToolsProtocol):
    """uvicorn's protocol for one connection, bounded."""

    # Besides uvicorn's own dictionary, which with these in it would be 1 KB larger for each idle connection.
    __slots__ = (
        "_deadline", "_direct", "_field_bytes", "_has_advanced", "_is_in_body", "_is_in_head", "_is_lost",
        "_is_refused", "_is_stopping", "_phase", "_refusal", "_unfinished_bytes",
    )  # fmt: skip # one name a line says no more

    target_bytes: ClassVar[int] = 8_192
    """RFC 9112, section 3, asks for 8,000 at least."""
    head_bytes: ClassVar[int] = 32_768
    """Four times the longest token: proxies and browsers add headers of their own. Trailers may have as much again."""
    seconds: ClassVar[dict[Phase, float]] = {
        Phase.HEAD: 10,
        Phase.BODY: 60,
        Phase.SURPLUS: 5,
        Phase.STOPPING: 2,
        Phase.LINGERING: 2,
    }
    """From the first byte to the last, for the first head from the start of the connection. A refused client lingers
    because closing at once would reset the connection under the answer (RFC 9112, section 9.6). Stopping and lingering
    together stay below the time that backend/server.py gives to running requests."""

    def __init__(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],  # Any: uvicorn's own annotation
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        super().__init__(config, server_state, app_state, _loop)
        app = self.app
        self._direct = app.app if isinstance(app, ProxyHeadersMiddleware) else app
        self._phase: Phase | None = None
        self._deadline: asyncio.TimerHandle | None = None
        self._is_in_head = False
        self._is_in_body = False
        self._has_advanced = False
        self._unfinished_bytes = 0
        self._field_bytes = 0
        self._refusal: ApiError = MalformedRequest()
        self._is_refused = False
        self._is_stopping = False
        self._is_lost = False

    @override
    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override] # as uvicorn does
        super().connection_made(transport)
        self.flow = Reading(transport, self.pipeline)
        self._watch()

    @override
    def connection_lost(self, exc: Exception | None) -> None:
        self._is_lost = True
        self._enter(None)
        super().connection_lost(exc)

    @override
    def shutdown(self) -> None:
        super().shutdown()
        self._is_stopping = True
        if self._is_in_body and not self._is_refused:
            self._watch()

    @override
    def data_received(self, data: bytes) -> None:
        if self._is_refused:
            return
        self._unset_keepalive_if_required()
        self._has_advanced = False
        try:
            self._parse(data)
        except httptools.HttpParserError:
            self._refuse(self._refusal)
            return
        # httptools hands a field over when it is whole, and an extension of a chunk never. Until then only what was
        # received can be counted.
        self._unfinished_bytes = 0 if self._has_advanced else self._unfinished_bytes + len(data)
        if self._unfinished_bytes > self.head_bytes:
            self._refuse(HeadTooLarge())
        else:
            self._watch()

    @override
    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._is_in_head = True
        self._has_advanced = True
        self._field_bytes = 0
        self.scope["extensions"] = {CLIENT_LEFT: {"ask": self._is_gone}}

    @override
    def on_url(self, url: bytes) -> None:
        super().on_url(url)
        self._field_bytes += len(url)
        if len(self.url) > self.target_bytes:
            self._stop_parsing(TargetTooLong())

    @override
    def on_header(self, name: bytes, value: bytes) -> None:
        # Four bytes frame each field: a colon, a blank and the end of the line.
        self._field_bytes += len(name) + len(value) + 4
        if self._field_bytes > self.head_bytes:
            self._stop_parsing(HeadTooLarge())
        # What comes after the head is a trailer and must not become a header (RFC 9110, section 6.5.1).
        if self._is_in_head:
            # As uvicorn does, which looks at each for `Expect`; here that is done once, when all are known.
            self.headers.append((name.lower(), value.strip(b" \t")))

    @override
    def on_headers_complete(self) -> None:
        version = self.parser.get_http_version()
        # What follows CONNECT is no HTTP any more (RFC 9110, section 9.3.6).
        if version not in {"1.0", "1.1"} or self.parser.get_method() == b"CONNECT":
            self._stop_parsing(MalformedRequest())
        names = dict(self.headers)
        if b"transfer-encoding" in names:
            codings = [value.lower() for name, value in self.headers if name == b"transfer-encoding"]
            # RFC 9112, section 6.1: no other coding is known here, and HTTP/1.0 has none.
            if codings != [b"chunked"] or version == "1.0":
                self._stop_parsing(MalformedRequest())
        if self.parser.should_upgrade():
            return
        if not self.url.startswith((b"/", b"*")):
            self._name_host()
        self.expect_100_continue = names.get(b"expect", b"").lower() == b"100-continue"
        # uvicorn's layer for proxies goes through all headers of each request: 2 us to find that there is none.
        is_forwarded = b"x-forwarded-for" in names or b"x-forwarded-proto" in names
        self._begin(version, self.config.loaded_app if is_forwarded else self._direct)
        self._is_in_head = False
        self._is_in_body = True
        self._has_advanced = True
        self._field_bytes = 0

    def _begin(self, version: str, app: Any) -> None:  # noqa: ANN401 # uvicorn's own annotations of it differ
        """Hands the request to the application, or queues it behind the one that is being answered.

        As uvicorn does, which looks for WebSockets and for a limit of requests besides, and has no place for `Cycle`.
        """
        parser, scope = self.parser, self.scope
        before: RequestResponseCycle | None = self.cycle  # uvicorn types it as if there were one from the start
        target = httptools.parse_url(self.url)
        path = target.path.decode("ascii")
        scope["method"] = parser.get_method().decode("ascii")
        scope["http_version"] = version
        scope["path"] = self.root_path + (unquote(path) if "%" in path else path)
        scope["raw_path"] = self.root_path.encode("ascii") + target.path
        scope["query_string"] = target.query or b""
        self.cycle = cycle = Cycle(
            scope, self.transport, self.flow, self.logger, self.access_logger, self.access_log,
            self.server_state.default_headers, asyncio.Event(), self.expect_100_continue,
            keep_alive=version != "1.0" and parser.should_keep_alive(), on_response=self.on_response_complete,
        )  # fmt: skip # one name a line says no more
        if before is None or before.response_complete:
            self._start_asgi_task(cycle, app)
        else:
            self.flow.pause_reading()
            self.pipeline.appendleft((cycle, app))

    def _name_host(self) -> None:
        """Lets the host of a target in absolute form stand for that of `Host` (RFC 9112, section 3.2.2)."""
        fields = [field for field in self.headers if field[0] == b"host"]
        if len(fields) != 1:
            return
        target = httptools.parse_url(self.url)
        host = target.host or b""
        if b":" in host:  # an IPv6 address, whose brackets httptools drops
            host = b"[" + host + b"]"
        port = b":%d" % target.port if target.port else b""
        self.headers[self.headers.index(fields[0])] = (b"host", host + port)

    @override
    def on_body(self, body: bytes) -> None:
        super().on_body(body)
        self._has_advanced = True

    @override
    def on_message_complete(self) -> None:
        if self.parser.should_upgrade():
            return
        super().on_message_complete()
        self._is_in_body = False
        self._has_advanced = True

    @override
    def on_response_complete(self) -> None:
        is_last = not self.pipeline
        super().on_response_complete()
        if not is_last:
            # uvicorn has tried so while the one that is being answered now was waiting.
            self.flow.resume_reading()
        if self._is_refused and is_last and not self.transport.is_closing():
            self._answer(self._refusal)
        elif (self._is_in_body or not is_last) and not self._is_refused:
            self._watch()

    @override
    def timeout_keep_alive_handler(self) -> None:
        """Closes a connection that is idle; one on which a head has begun is not."""
        if not self._is_in_head:
            super().timeout_keep_alive_handler()

    def _parse(self, data: bytes) -> None:
        """Reads what was received, with every `Upgrade` ignored (RFC 9110, section 7.8).

        httptools ends such a request at its head, and what is its body would be read as a request of its own. So a new
        parser reads the head again, without `Upgrade`, and what follows.
        """
        rest = memoryview(data)
        while True:
            try:
                self.parser.feed_data(rest)
            except httptools.HttpParserUpgrade as upgrade:
                rest = rest[upgrade.args[0] :]
                plain = self._head_without_upgrade()
                self.parser = httptools.HttpRequestParser(self)
                self.parser.feed_data(plain)
            else:
                return

    def _head_without_upgrade(self) -> bytes:
        start = b"%b %b HTTP/%b\r\n" % (
            self.parser.get_method(),
            self.url,
            self.parser.get_http_version().encode("ascii"),
        )
        fields = [name + b": " + value + b"\r\n" for name, value in self.headers if name != b"upgrade"]
        return b"".join([start, *fields, b"\r\n"])

    def _stop_parsing(self, refusal: ApiError) -> NoReturn:
        """Ends a callback of the parser, and with it the parsing."""
        self._refusal = refusal
        raise refusal

    def _is_gone(self) -> bool:
        return self._is_lost

    def _is_answering(self) -> bool:
        cycle: RequestResponseCycle | None = self.cycle  # uvicorn types it as if there were one from the start
        return cycle is not None and not cycle.response_complete

    def _watch(self) -> None:
        """Starts the clock of the phase that the connection is in, unless it is running already.

        While requests wait nothing is read, so that the client cannot be late.
        """
        if self._is_in_body and not self._is_answering():
            self._enter(Phase.SURPLUS)
        elif self._is_in_body and (self._is_stopping or not self.pipeline):
            self._enter(Phase.STOPPING if self._is_stopping else Phase.BODY)
        elif not self.pipeline and (self._is_in_head or not self._is_answering()):
            self._enter(Phase.HEAD)
        elif self._phase is not None:
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
        elif self._phase is Phase.STOPPING:
            self._refuse(Unavailable())
        else:
            self.transport.close()

    def _refuse(self, error: ApiError) -> None:
        """Ends the connection, with an answer where a client would read it as the answer to what is refused.

        Whole requests before it are answered first (RFC 9112, section 9.3.2): they may have been carried out.
        """
        self._is_refused = True
        self._refusal = error
        self._enter(None)
        if self._is_in_body and self.cycle.response_started:
            self.transport.close()
        elif self._is_in_body and self.pipeline:
            # Requests are queued on the left: this is the one that is refused, and it is not to be carried out.
            self.pipeline.popleft()
        elif self._is_in_body:
            # The application waits for the rest of this body: tell it that there will be none. It may yet begin to.
            self.cycle.disconnected = True
            self.cycle.waiting_for_100_continue = False
            self.cycle.message_event.set()
            self._answer(error)
        elif not self._is_answering():
            self._answer(error)

    def _answer(self, error: ApiError) -> None:
        request_id = logs.new_id()
        # This may run for the request before, as its answer ends.
        earlier = logs.current.set(logs.Facts(request_id))
        log.warning("connection refused", extra=logs.fields(code=error.code, status=error.status))
        logs.current.reset(earlier)
        # No path is known to be whole.
        content = document(error, instance="/", request_id=request_id)
        headers = [
            *self.server_state.default_headers,
            *((name.lower().encode("ascii"), value.encode("ascii")) for name, value in error.headers.items()),
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
        self._enter(Phase.LINGERING)
