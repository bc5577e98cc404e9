# Generated from openapi/tasks.yaml by `make generate`. Do not edit.
"""Requests that may be sent again: what makes two of them the same one, and what is kept of their answer."""

import hashlib
from collections.abc import Mapping
from typing import Any, Final

from fastapi.dependencies.models import Dependant
from starlette.responses import Response
from starlette.types import Message, Receive, Scope

from .declarations import IDEMPOTENCY_KEY
from .gate import Attempt, Call, Kept
from .head import Lines, header_name

_DIGEST: Final = "contract.digest"
"""Where in the ASGI scope the digest of the body is that has been read so far."""
_COMMON: Final = ("content-type", "if-match", "if-none-match")
"""The headers that change what a request asks for."""
_REPLAYED: Final = ("idempotency-replayed", "true")


class Retries:
    """What a route does for requests with a key."""

    def __init__(self, dependant: Dependant) -> None:
        """Look for the key among what FastAPI was told."""
        found = [field for field in dependant.header_params if IDEMPOTENCY_KEY in field.field_info.metadata]
        self.is_used = bool(found)
        self._name, self._header = (found[0].name, header_name(found[0].alias)) if found else ("", b"")
        self.headers = (found[0].alias, *_COMMON) if found else ()
        """The headers that are looked at."""

    def are_asked(self, lines: Lines) -> bool:
        """Say whether a request has a key."""
        return self.is_used and self._header in lines

    @staticmethod
    def watch(scope: Scope, receive: Receive) -> Receive:
        """Give the way to receive a request that makes the digest of its body while somebody reads it."""
        digest = scope[_DIGEST] = hashlib.sha256()

        async def watched() -> Message:
            message = await receive()
            digest.update(message.get("body", b""))
            return message

        return watched

    def attempt(
        self, call: Call, scope: Scope, lines: Lines, values: Mapping[str, Any]
    ) -> Attempt:  # values of any types
        """Give what a watched request is known by that has been read and found valid."""
        key: str = values[self._name]
        common = hashlib.sha256(scope[_DIGEST].digest())
        for part in (scope["query_string"], *(_joined(lines, name) for name in _COMMON)):
            common.update(len(part).to_bytes(8, "big") + part)  # the length keeps parts apart
        return Attempt(call, scope["path"], _bare(key), common.digest())


def kept(response: Response) -> Kept:
    """Give what is kept of an answer, before anything around the operations is added to it."""
    headers = tuple((name, value) for name, value in response.headers.items() if name != "content-length")
    return Kept(response.status_code, headers, bytes(response.body))


def replayed(found: Kept) -> Response:
    """Write an answer again."""
    return Response(found.body, found.status, dict((*found.headers, _REPLAYED)))


def _joined(lines: Lines, name: str) -> bytes:
    """Give all that was sent under a name; nothing differs from empty."""
    return b"".join(b"," + value.encode("latin-1") for value in lines.get(header_name(name), ()))


def _bare(key: str) -> str:
    is_quoted = len(key) > 1 and key[0] == key[-1] == '"'
    return key[1:-1] if is_quoted else key
