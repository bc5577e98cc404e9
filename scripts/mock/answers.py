"""What an operation answers when nobody has written it: MOCK-2 to MOCK-4, MOCK-7.

The first success, or the declared answer that the request prefers: `Prefer: code=404`, `Prefer: example=overdue`, the
two that Prism knows, and the media type that `Accept` names. What the contract does not declare is passed over (RFC
7240, section 2).
"""

import dataclasses
import re
from collections.abc import Mapping
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any, Final, cast

from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from generated.declarations import Answer, Header, Operation, Returned
from scripts.mock import instances

_PREFERENCE: Final = re.compile(r'(?:^|[,;\s])(code|example)="?([^\s",;]+)"?')

_EDGE: Final = frozenset({"x-request-id"})
"""Headers that backend/edge.py adds to every answer."""


@dataclass(frozen=True, slots=True)
class Preference:
    """Which of the declared answers a request asks for; 0 and nothing where it does not. `accept` as it was sent."""

    status: int = 0
    example: str = ""
    accept: str = ""


_preferred: Final[ContextVar[Preference]] = ContextVar("preferred", default=Preference())  # noqa: B039 - it is frozen


class Preferring:
    """Reads `Prefer` and `Accept`, for the handlers: they see no request."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """The ASGI interface."""
        headers = Headers(scope=scope)
        found = {name: value for sent in headers.getlist("prefer") for name, value in _PREFERENCE.findall(sent)}
        code = found.get("code", "")
        status = int(code) if re.fullmatch("[1-5][0-9]{2}", code) else 0
        _preferred.set(Preference(status, found.get("example", ""), headers.get("accept", "")))
        await self.app(scope, receive, send)


class Declared(Exception):  # an answer, like the errors of the service
    """An answer of the contract that is no success, sent because the request prefers it."""

    def __init__(self, status: int, headers: Mapping[str, str], content: bytes, media_type: str) -> None:
        super().__init__(f"{status} was preferred")
        self.status = status
        self.headers = dict(headers)
        self.content = content
        self.media_type = media_type


async def sent(_request: Request, error: Exception) -> Response:
    """Answer with what was preferred; a handler of errors."""
    declared = cast(Declared, error)  # Starlette types all handlers alike, whatever class they are registered for
    return Response(declared.content, declared.status, declared.headers, declared.media_type)


def answer(operation: Operation) -> object:
    """Give what the handler of an operation returns now, or raise the answer that it declares as an error.

    Raises:
        Declared: the request prefers such an answer.
        NoInstance: no valid value is found for a body or a header.
    """
    preference = _preferred.get()
    key = _key(operation.answers, preference.status)
    if key in operation.raises:
        raise _declared(preference.status, operation.raises[key], preference.example)
    if key in operation.returns:
        return _result(operation.returns[key], preference.status, preference)
    key = first_success(operation)
    return _result(operation.returns[key], key if isinstance(key, int) else _status(key), preference)


def first_success(operation: Operation) -> int | str:
    """Say under what the answer of an operation is declared that it gives when nothing else is preferred."""
    return min(operation.returns, key=lambda key: (not str(key).startswith("2"), str(key)))


def _status(key: str) -> int:
    """Choose a status of a range, or of those that have none of their own."""
    return 200 if key == "default" else int(key[0]) * 100


def _key(answers: Mapping[int | str, Answer], status: int) -> int | str:
    """Find under what an answer of a status is declared; 0 if it is not, or if none is preferred."""
    keys = (status, f"{status // 100}XX", "default") if status else ()
    return next((key for key in keys if key in answers), 0)


def _result(returned: Returned, status: int, preference: Preference) -> object:
    answer, fields = returned.answer, {field.name for field in dataclasses.fields(returned.result)}
    given: dict[str, Any] = {  # of the types of the result's fields
        field: _header(answer.headers[name])
        for field, name in returned.headers.items()
        if answer.headers[name].required
    }
    if answer.content:
        accepted = [content for content in answer.content if content.media_type in preference.accept]
        content = (*accepted, *answer.content)[0]
        given["body"] = instances.of_content(content, preference.example)
        given["media_type"] = content.media_type.replace("*/*", "text/plain").replace("/*", "/plain")
    given["status"] = status
    return returned.result(**{name: value for name, value in given.items() if name in fields})


def _declared(status: int, declared: Answer, example: str) -> Declared:
    required = {name: header for name, header in declared.headers.items() if header.required}
    headers = {name: str(_header(header)) for name, header in required.items() if name.lower() not in _EDGE}
    content = declared.content[0]  # a problem: what is none is returned and not raised
    body = content.adapter.dump_json(instances.of_content(content, example), by_alias=True)
    return Declared(status, headers, body, content.media_type)


def _header(header: Header) -> Any:  # noqa: ANN401 - a value of the header's type
    return instances.of_type(header.adapter)
