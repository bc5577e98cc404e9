# Generated from openapi/tasks.yaml by `make generate`. Do not edit.
"""From what a handler returns to an answer: nothing leaves that the contract does not declare.

Status and media type are those of the result's class. The body is checked as it is written, here or before (`Json`): the
bytes are recognised as valid, or read back and held against the schema that the type publishes, so that no object made
around its own checks gets out.
"""

import re
from collections.abc import AsyncIterator, Mapping
from typing import Any, Final

from pydantic_core import PydanticSerializationError, from_json
from starlette.responses import Response, StreamingResponse

from .declarations import Answer, Content, Header, Returned
from .head import header_name
from .texts import UnreadableText
from .written import Json

_CONTROLS: Final = frozenset(map(chr, (*range(0x20), 0x7F)))
"""What would end a header early (RFC 9110, section 5.5)."""
_MEDIA_TYPE: Final = re.compile(r"[!#$%&'+.^_`|~0-9A-Za-z-]+/[!#$%&'+.^_`|~0-9A-Za-z-]+")
"""RFC 9110, section 8.3.1, without parameters and stars."""
_LENGTHLESS: Final = frozenset({204, 304})
"""Statuses whose answers say nothing of a length (RFC 9110, section 8.6)."""
_BODILESS: Final = frozenset({204, 205, 304})
"""Statuses whose answers have no body, whatever a contract says (RFC 9110, section 15)."""


class ContractViolation(Exception):
    """A handler answered what the contract does not declare; the client gets a 500 and none of it."""

    status: Final = 500

    def __init__(self, operation_id: str, reason: str) -> None:
        super().__init__(f"{operation_id}: {reason}")
        self.operation_id = operation_id
        self.reason = reason


class Undeclared(Exception):
    """Why something is not what the contract declares."""


class Rendering:
    """How the results of one class are written: as which of all answers of their operation."""

    def __init__(self, answers: Mapping[int | str, Answer], status: int | str, returned: Returned) -> None:
        self._answers = answers
        self._status = status
        self._answer = returned.answer
        # Where there is a choice, a result names the media type.
        content = returned.answer.content
        self._content = content[0] if len(content) == 1 and not content[0].is_range else None
        self._content_type = b"" if self._content is None else _content_type(self._content.media_type)
        self._headers = [
            (field, name, header_name(name), returned.answer.headers[name]) for field, name in returned.headers.items()
        ]

    def write(self, result: Any) -> Response:  # noqa: ANN401 - of the class in `returned`
        """Write a result; raise `Undeclared` if it is not what its answer declares."""
        status, answer = self._status, self._answer
        code = status if isinstance(status, int) else _chosen(self._answers, status, result.status)
        headers: list[tuple[bytes, bytes]] = []
        for field, name, sent_as, header in self._headers:
            value = getattr(result, field)
            if value is not None or header.required:
                headers.append((sent_as, _header(name, header, value)))
        if not answer.content or code in _BODILESS:
            return _Written(b"", code, headers)
        content, content_type = self._content, self._content_type
        if content is None:
            content, media_type = _chosen_content(answer, result)
            content_type = _content_type(media_type)
        body = _body(content, result.body, status)
        if content.kind == "raw" and isinstance(body, AsyncIterator):
            streamed = StreamingResponse(body, code)
            streamed.raw_headers[:0] = [*headers, (b"content-type", content_type)]
            return streamed
        return _Written(body.encode() if isinstance(body, str) else body, code, headers, content_type)


class _Written(Response):
    """An answer whose headers are bytes already; Starlette's own initialiser would write each of them once more."""

    def __init__(self, body: bytes, status: int, headers: list[tuple[bytes, bytes]], content_type: bytes = b"") -> None:
        self.status_code = status
        self.body = body
        self.background = None
        self.raw_headers = headers
        if status not in _LENGTHLESS:
            headers.append((b"content-length", b"%d" % len(body)))
        if content_type:
            headers.append((b"content-type", content_type))


def check(answer: Answer, response: Response, edge_headers: frozenset[str]) -> None:
    """Raise `Undeclared` unless a problem that somebody has written is what its answer declares.

    Of its headers those are looked at that the answer declares, but not those that are set later, `edge_headers`.
    """
    for name, header in answer.headers.items():
        if name in edge_headers:
            continue
        sent = response.headers.getlist(name)
        if len(sent) > 1 or (header.required and not sent):
            raise Undeclared(f"the header {name} of the {response.status_code} is missing or repeated")
        for text in sent:
            _check_text(name, header, text)
    if any(not _CONTROLS.isdisjoint(text) for text in response.headers.values()):
        raise Undeclared(f"a header of the {response.status_code} has a character that no header can have")
    sent_as = response.headers.get("content-type", "").partition(";")[0]
    content = next((known for known in answer.content if known.media_type.partition(";")[0].strip() == sent_as), None)
    if content is None:
        raise Undeclared(f"the media type of the {response.status_code} is not declared")
    value = from_json(bytes(response.body))
    if not content.validator.is_valid(value):
        raise _broken(content, value, response.status_code)


def declared(answers: Mapping[int | str, Answer], status: int) -> Answer | None:
    """Find the answer of a status: its own, that of its range, or the default one."""
    for key in (status, f"{status // 100}XX", "default"):
        if key in answers:
            return answers[key]
    return None


def _chosen(answers: Mapping[int | str, Answer], declared_as: str, status: object) -> int:
    """Take the status that a handler has chosen for a range, or for all that have none of their own."""
    if type(status) is not int or not 200 <= status <= 599:  # noqa: PLR2004 - the first and the last of an answer
        raise Undeclared(f"{status!r} is no status of an answer")
    if declared(answers, status) is not answers[declared_as]:
        raise Undeclared(f"the status {status} is not one of {declared_as}")
    return status


def _chosen_content(answer: Answer, result: Any) -> tuple[Content, str]:  # noqa: ANN401 - as in `Rendering.write`
    """Find the media type among those of the answer that a result names."""
    chosen = str(result.media_type)
    for content in answer.content:
        if _matches(chosen, content) if content.is_range else chosen == content.media_type:
            return content, chosen
    raise Undeclared("a media type that is not declared")


def _matches(media_type: str, content: Content) -> bool:
    kind, _, subtype = media_type.partition("/")
    known, _, wanted = content.media_type.partition("/")
    is_json = subtype == "json" or subtype.endswith("+json")
    return (
        _MEDIA_TYPE.fullmatch(media_type) is not None
        and known in ("*", kind)
        and wanted in ("*", subtype)
        and (content.kind != "json" or is_json)
    )


def _content_type(media_type: str) -> bytes:
    is_open = media_type.startswith("text/") and "charset=" not in media_type.lower()
    return (media_type + "; charset=utf-8" if is_open else media_type).encode()


def _body(content: Content, body: Any, status: int | str) -> Any:  # noqa: ANN401 - bytes, text, or what gives them
    if content.kind == "raw":
        if not isinstance(body, (bytes, str, AsyncIterator)):
            raise Undeclared(f"the body of the {status} is neither bytes nor text, but a {type(body).__name__}")
        return body
    raw = body.raw if isinstance(body, Json) else _written(content, body, status)
    if content.kind == "json" and _is_recognised(content, raw):
        return raw
    try:
        # Texts differ from answer to answer: to remember them took a fifth of the time.
        value = from_json(raw, allow_inf_nan=False, cache_strings="keys")
    except ValueError as error:
        raise Undeclared(f"the body of the {status} is not JSON") from error
    if not content.validator.is_valid(value):
        raise _broken(content, value, status)
    return raw if content.kind == "json" else value


def _is_recognised(content: Content, raw: bytes) -> bool:
    """Say whether a body is valid at first sight; of any other nothing is known yet."""
    if content.recogniser is None:
        return False
    try:
        return content.recogniser.fullmatch(raw.decode()) is not None
    except UnicodeDecodeError:  # who reads it will say so
        return False


def _written(content: Content, body: object, status: int | str) -> bytes:
    try:
        return content.adapter.serializer.to_json(body, by_alias=True, warnings="error")
    except PydanticSerializationError as error:
        raise Undeclared(f"the body of the {status} is not of the type that it declares") from error


def _broken(content: Content, value: object, status: int | str) -> Undeclared:
    """Name the first fault of a body."""
    fault = next(content.validator.iter_errors(value))
    place = "".join(f"/{part}" for part in fault.instance_path)
    return Undeclared(f"the body of the {status} is not what it declares: {fault.kind.name} at {place or '/'}")


def _header(name: str, header: Header, value: object) -> bytes:
    plain: Any = value  # any JSON
    if type(value) is not str or not header.is_text:
        try:
            plain = header.adapter.serializer.to_python(value, mode="json", by_alias=True, warnings="error")
        except PydanticSerializationError as error:
            raise Undeclared(f"the header {name} is not what it declares") from error
    if not header.validator.is_valid(plain):
        raise Undeclared(f"the header {name} is not what it declares")
    written = plain if isinstance(plain, str) else _simple(plain, explode=header.said.get("explode") is True)
    if not (written.isascii() and written.isprintable()):  # of ASCII, all but the controls
        raise Undeclared(f"the header {name} has a character that no header can have")
    return written.encode()


def _check_text(name: str, header: Header, text: str) -> None:
    """Check a header that is written already: only of single values one can tell what they mean."""
    try:
        value = header.shape.read([text])
    except UnreadableText as error:
        raise Undeclared(f"the header {name} is not what it declares") from error
    if not header.validator.is_valid(value):
        raise Undeclared(f"the header {name} is not what it declares")


def _simple(value: Any, *, explode: bool) -> str:  # noqa: ANN401 - any JSON
    """Write a value in the style `simple`, the only one of headers."""
    if isinstance(value, bool) or value is None:
        return {True: "true", False: "false", None: ""}[value]
    if isinstance(value, list):
        return ",".join(_part(item) for item in value)
    if isinstance(value, dict):
        between = "=" if explode else ","
        return ",".join(f"{_part(name)}{between}{_part(item)}" for name, item in value.items())
    return str(value)


def _part(value: object) -> str:
    written = _simple(value, explode=False)
    if "," in written:
        raise Undeclared("a part of a header has the comma that parts the others")
    return written
