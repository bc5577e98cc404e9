"""One request and its answer on a connection: uvicorn's, which writes a whole answer at once (backend/protocol.py).

uvicorn writes the head as soon as it has it, and each write wakes the client up; together with a head that is looked at
field by field, that was measured to be 6 us of a request. ASGI lets a server wait for the first part of the body.
"""

from functools import lru_cache
from string import ascii_lowercase, digits
from typing import Final

from typing_extensions import override
from uvicorn._types import ASGISendEvent, HTTPResponseStartEvent
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, RequestResponseCycle

NAMING: Final = f"!#$%&'*+-.^_`|~{digits}{ascii_lowercase}".encode("ascii")
"""What names of fields are made of (RFC 9110, section 5.6.2), in lower case."""

CONTROLS: Final = bytes({*range(0x20), 0x7F} - {ord("\t")})
"""What no value has in it (RFC 9110, section 5.5)."""

MARKED: Final = bytes.maketrans(CONTROLS, b"?" * len(CONTROLS))
"""Changes texts with one of `CONTROLS` in them, and no others; an expression takes three times as long to find one."""

FRAMING: Final = frozenset({b"connection", b"transfer-encoding"})
"""What says where the answer or its connection ends, besides its length."""


class Cycle(RequestResponseCycle):
    """Holds the head of an answer that says its length back until its first part; all else is as in uvicorn."""

    _held: tuple[bytes, int] | None = None
    """The head, and the length of the body."""

    @override
    async def send(self, message: ASGISendEvent) -> None:
        """The ASGI interface."""
        held, self._held = self._held, None
        if held is None:
            if message["type"] == "http.response.start" and not (self.response_started or self.disconnected):
                self._held = self._whole(message)
            if self._held is None:
                await super().send(message)
            else:
                self.response_started = True
                self.waiting_for_100_continue = False
            return
        if self.flow.write_paused and not self.disconnected:
            await self.flow.drain()
        if self.disconnected:
            return
        head, length = held
        if (
            message["type"] == "http.response.body"
            and not message.get("more_body", False)
            and len(body := message.get("body", b"")) == length
        ):
            self.transport.write(head + body)
            self.response_complete = True
            self.message_event.set()
            if not self.keep_alive:  # the service is being stopped meanwhile
                self.transport.close()
            self.on_response()
        else:
            self.transport.write(head)
            self.chunked_encoding = False
            self.expected_content_length = length
            await super().send(message)

    def _whole(self, start: HTTPResponseStartEvent) -> tuple[bytes, int] | None:
        """The head with the length that it tells; None where uvicorn has more to see to, or to find fault with."""
        fields = start.get("headers")
        if not fields or not self.keep_alive or self.scope["method"] == "HEAD" or self.access_log:
            return None
        names, values = zip(*self.default_headers, *fields, strict=True)
        form = _form(names)
        if form is None:
            return None
        lines, place = form
        length, text = values[place], b"".join(values)
        if not length.isdigit() or text.translate(MARKED) != text:
            return None
        return STATUS_LINE[start["status"]] + lines % values, int(length)


@lru_cache(maxsize=256)  # answers of one kind have the same names; to look at them each time doubled a head's price
def _form(names: tuple[bytes, ...]) -> tuple[bytes, int] | None:
    """The lines of fields with places for their values, and which of these is the length; None as in `_whole`."""
    if names.count(b"content-length") != 1 or not FRAMING.isdisjoint(names) or b"".join(names).translate(None, NAMING):
        return None
    lines = [name.replace(b"%", b"%%") + b": %b\r\n" for name in names]
    return b"".join([*lines, b"\r\n"]), names.index(b"content-length")
