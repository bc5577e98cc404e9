# Generated from openapi/tasks.yaml by `make generate`. Do not edit.
"""Reads a request's body: its media type, its size, and JSON without the leniences of Python's reader.

RFC 8259 leaves repeated members, NaN and depth to the reader; two readers that differ there are a way past a check.
"""

import json
import re
from collections.abc import AsyncGenerator, Sequence
from typing import Final, NoReturn

from starlette.requests import ClientDisconnect
from starlette.types import Receive

from .head import Lines

MAX_BODY_BYTES: Final = 1_048_576
_WORD: Final = r"[!#$%&'*+.^_`|~0-9A-Za-z-]+"
_PARAMETER: Final = re.compile(rf';[ \t]*(?:({_WORD})=({_WORD}|"(?:[^"\\]|\\.)*")[ \t]*)?')
_MEDIA_TYPE: Final = re.compile(rf"[ \t]*(?P<type>{_WORD}/{_WORD})[ \t]*(?P<rest>(?:{_PARAMETER.pattern})*)")
"""RFC 9110, sections 5.6.6 and 8.3.1."""

HEADERS: Final = ("content-type", "content-encoding", "content-length", "transfer-encoding")
"""The headers that speak of the body."""
_NOTHING: Final = ["0"]

MAX_DEPTH: Final = 64
"""Arrays and objects inside each other; Python's reader gives up near 1000, at a depth that depends on the stack."""


class UnsupportedMediaType(Exception):
    """The body is of another media type, charset or coding than the operation takes."""

    status: Final = 415

    def __init__(self, accepted: Sequence[str]) -> None:
        super().__init__(f"the body is none of {', '.join(accepted)}")
        self.accepted = tuple(accepted)


class ContentTooLarge(Exception):
    """The body has more bytes than `limit`."""

    status: Final = 413

    def __init__(self, limit: int) -> None:
        super().__init__(f"the body has more than {limit} bytes")
        self.limit = limit


class MalformedBody(Exception):
    """The body is not what its media type says; `reason` is for a person and repeats nothing of it."""

    status: Final = 400

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class MalformedJson(MalformedBody):
    """The body is no JSON."""


async def has_body(receive: Receive, lines: Lines) -> bool:
    """Say whether a body is sent (RFC 9112, section 6); one of unknown type and size only if there is a byte of it."""
    if _announced(lines).strip("0") == "" and b"transfer-encoding" not in lines:
        return False
    if b"content-type" in lines:
        return True
    chunk, is_more = b"", True
    while is_more and not chunk:
        chunk, is_more = await _piece(receive)
    return chunk != b""


def told_type(lines: Lines) -> str | None:
    """Give what the body says that it is; None unless it does so once, and is not coded."""
    types = lines.get(b"content-type", ())
    if len(types) != 1 or {value.lower() for value in lines.get(b"content-encoding", ())} - {"identity"}:
        return None
    return types[0]


def media_type(text: str) -> tuple[str, dict[str, str]] | None:
    """Give the type of a body and its parameters, in lower case; None unless it has one charset at most."""
    sent = _MEDIA_TYPE.fullmatch(text)
    if sent is None:
        return None
    parameters = [(name.lower(), value.strip('"')) for name, value in _PARAMETER.findall(sent["rest"])]
    if len({value.lower() for name, value in parameters if name == "charset"}) > 1:
        return None
    return sent["type"].lower(), dict(parameters)


async def read_bytes(receive: Receive, lines: Lines) -> bytes:
    """Read the body; raise `ContentTooLarge` as soon as its announced or its real size is over the limit."""
    left = _allowed(lines, MAX_BODY_BYTES)
    found: list[bytes] = []
    is_more = True
    while is_more:  # `chunks` takes 2 us more: event loops keep account of asynchronous generators
        chunk, is_more = await _piece(receive)
        found.append(chunk)
        left -= len(chunk)
        if left < 0:
            raise ContentTooLarge(MAX_BODY_BYTES)
    return b"".join(found)


async def chunks(receive: Receive, lines: Lines, limit: int) -> AsyncGenerator[bytes]:
    """Read the body piece by piece; raise as `read_bytes`."""
    left = _allowed(lines, limit)
    is_more = True
    while is_more:
        chunk, is_more = await _piece(receive)
        left -= len(chunk)
        if left < 0:
            raise ContentTooLarge(limit)
        yield chunk


async def _piece(receive: Receive) -> tuple[bytes, bool]:
    """Give the next bytes of the body, and whether more will come."""
    message = await receive()
    if message["type"] == "http.disconnect":
        raise ClientDisconnect
    return message.get("body", b""), message.get("more_body", False)


def _allowed(lines: Lines, limit: int) -> int:
    """Give how many bytes a body may have; raise `ContentTooLarge` if more are announced."""
    announced = _announced(lines)
    if announced.isdecimal() and int(announced[:20]) > limit:
        raise ContentTooLarge(limit)
    return limit


def _announced(lines: Lines) -> str:
    return lines.get(b"content-length", _NOTHING)[0]


def read_json(raw: bytes) -> object:
    """Read one JSON value; raise `MalformedJson` for anything that two readers could understand differently."""
    try:
        text = raw.decode()
    except UnicodeDecodeError as error:
        raise MalformedJson(f"byte {error.start + 1} is not UTF-8") from None
    if text.startswith("\ufeff"):
        raise MalformedJson("it begins with a byte-order mark")
    _check_depth(text)
    try:
        return _READER.decode(text)
    except json.JSONDecodeError as error:
        raise MalformedJson(f"line {error.lineno}, column {error.colno}") from None
    except ValueError:  # Python reads no integers of more than 4300 digits
        raise MalformedJson("a number has too many digits") from None


def _check_depth(text: str) -> None:
    if text.count("[") + text.count("{") <= MAX_DEPTH:
        return
    depth, in_string, escaped = 0, False, False
    for character in text:
        if in_string:
            in_string = escaped or character != '"'
            escaped = not escaped and character == "\\"
        elif character == '"':
            in_string = True
        elif character in "[{":
            depth += 1
            if depth > MAX_DEPTH:
                raise MalformedJson(f"it is nested more than {MAX_DEPTH} levels deep")
        elif character in "]}":
            depth -= 1


def _members(pairs: list[tuple[str, object]]) -> dict[str, object]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise MalformedJson("an object has a member twice")
    return members


def _no_constant(_: str) -> NoReturn:
    raise MalformedJson("NaN and Infinity are no numbers of JSON")


def _finite(text: str) -> float:
    value = float(text)
    if value in (float("inf"), float("-inf")):
        raise MalformedJson("a number is larger than a double can hold")
    return value


_READER: Final = json.JSONDecoder(object_pairs_hook=_members, parse_constant=_no_constant, parse_float=_finite)
"""Made once: `json.loads` makes one for each text."""
