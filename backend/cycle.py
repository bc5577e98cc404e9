"""One request and its answer on a connection: uvicorn's, which writes a whole answer at once (backend/protocol.py).

uvicorn writes the head as soon as it has it, and each write wakes the client up; together with a head that is looked at
field by field, that was measured to be 8 us of a request. ASGI lets a server wait for the first part of the body.
"""

import re
from typing import Final

from typing_extensions import override
from uvicorn._types import ASGISendEvent, HTTPResponseStartEvent
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, RequestResponseCycle

FIELDS: Final = re.compile(rb"(?:[!#-'*+.0-9a-z^_`|~-]++: [\t -~\x80-\xff]*+\r\n)*+")
"""Fields with names in lower case, and without what would end one early (RFC 9110, sections 5.1 and 5.5)."""

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
        fields = [*self.default_headers, *start.get("headers", ())]
        values = dict(fields)
        length = values.get(b"content-length", b"")
        is_plain = self.keep_alive and self.scope["method"] != "HEAD" and not self.access_log
        if not (is_plain and length.isdigit() and FRAMING.isdisjoint(values)):
            return None
        lines = b"\r\n".join([*map(b": ".join, fields), b""])
        if FIELDS.fullmatch(lines) is None or lines.count(b"\n") != len(fields):
            return None
        return b"%b%b\r\n" % (STATUS_LINE[start["status"]], lines), int(length)
