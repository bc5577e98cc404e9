# Generated from openapi/tasks.yaml by `make generate`. Do not edit.
"""From what a handler returns to an answer: nothing leaves that the contract does not declare.

Status and media type are those of the result's class. The body is checked as it is written: the bytes are read back and
held against the schema that the type publishes, so that no object made around its own checks gets out.
"""

from collections.abc import AsyncIterator, Mapping
from typing import Any, Final

from pydantic import ValidationError
from pydantic_core import PydanticSerializationError, from_json
from starlette.responses import Response, StreamingResponse

from .declarations import Answer, Content, Header, Returned

_CONTROLS: Final = frozenset(map(chr, (*range(0x20), 0x7F)))
"""What would end a header early (RFC 9110, section 5.5)."""


class ContractViolation(Exception):
    """A handler answered what the contract does not declare; the client gets a 500 and none of it."""

    status: Final = 500

    def __init__(self, operation_id: str, reason: str) -> None:
        super().__init__(f"{operation_id}: {reason}")
        self.operation_id = operation_id
        self.reason = reason


class Undeclared(Exception):
    """Why something is not what the contract declares."""


def render(status: int | str, returned: Returned, result: Any) -> Response:  # noqa: ANN401 - of the class in `returned`
    """Write a result as the answer that it stands for; raise `Undeclared` if it is none."""
    answer = returned.answer
    code = status if isinstance(status, int) else _chosen(status, result.status)
    headers = {
        name: _header(name, answer.headers[name], value)
        for field, name in returned.headers.items()
        if (value := getattr(result, field)) is not None or answer.headers[name].required
    }
    if not answer.content:
        return Response(status_code=code, headers=headers)
    content, media_type = _content(answer, result)
    body = _body(content, result.body, status)
    kind = StreamingResponse if isinstance(body, AsyncIterator) else Response
    return kind(body, code, headers, media_type)


def declared(answers: Mapping[int | str, Answer], status: int) -> Answer | None:
    """Find the answer of a status: its own, that of its range, or the default one."""
    for key in (status, f"{status // 100}XX", "default"):
        if key in answers:
            return answers[key]
    return None


def _chosen(declared_as: str, status: object) -> int:
    """Take the status that a handler has chosen for a range, or for all that have none of their own."""
    low, high = (100, 599) if declared_as == "default" else (int(declared_as[0]) * 100, int(declared_as[0]) * 100 + 99)
    if type(status) is not int or not low <= status <= high:
        raise Undeclared(f"the status {status!r} is not one of {declared_as}")
    return status


def _content(answer: Answer, result: Any) -> tuple[Content, str]:  # noqa: ANN401 - as in `render`
    """Find the media type among those of the answer: a result names it where there is a choice."""
    content = answer.content[0]
    if len(answer.content) == 1 and not content.is_range:
        return content, content.media_type
    chosen = str(result.media_type)
    for content in answer.content:
        if _matches(chosen, content.media_type) if content.is_range else chosen == content.media_type:
            return content, chosen
    raise Undeclared(f"the media type {chosen!r} is not declared")


def _matches(media_type: str, pattern: str) -> bool:
    kind, _, subtype = media_type.partition("/")
    known, _, wanted = pattern.partition("/")
    return "*" not in media_type and bool(subtype) and known in ("*", kind) and wanted in ("*", subtype)


def _body(content: Content, body: Any, status: int | str) -> Any:  # noqa: ANN401 - bytes, text, or what gives them
    if content.is_raw:
        if not isinstance(body, (bytes, str, AsyncIterator)):
            raise Undeclared(f"the body of the {status} is neither bytes nor text, but a {type(body).__name__}")
        return body
    try:
        raw = content.adapter.dump_json(body, by_alias=True, warnings="none")
    except PydanticSerializationError as error:
        raise Undeclared(f"the body of the {status} cannot be written") from error
    value = from_json(raw)
    if not content.validator.is_valid(value):
        fault = next(content.validator.iter_errors(value))
        place = "".join(f"/{part}" for part in fault.instance_path)
        raise Undeclared(f"the body of the {status} is not what it declares: {fault.kind.name} at {place or '/'}")
    return raw if content.is_json else value


def _header(name: str, header: Header, value: object) -> str:
    try:
        checked = header.adapter.validate_python(value)
    except ValidationError as error:
        raise Undeclared(f"the header {name} is not what it declares") from error
    written = _simple(header.adapter.dump_python(checked, mode="json"), explode=header.said.get("explode") is True)
    if not _CONTROLS.isdisjoint(written) or not written.isascii():
        raise Undeclared(f"the header {name} has a character that no header can have")
    return written


def _simple(value: Any, *, explode: bool) -> str:  # noqa: ANN401 - any JSON
    """Write a value in the style `simple`, the only one of headers."""
    if isinstance(value, bool) or value is None:
        return {True: "true", False: "false", None: ""}[value]
    if isinstance(value, list):
        return ",".join(_simple(item, explode=False) for item in value)
    if isinstance(value, dict):
        between = "=" if explode else ","
        return ",".join(f"{name}{between}{_simple(item, explode=False)}" for name, item in value.items())
    return str(value)
