"""What an operation answers when nobody has written it: MOCK-2 to MOCK-4, MOCK-7.

The first success, or the declared answer that the request prefers: `Prefer: code=404`, `Prefer: example=overdue`, the
two that Prism knows. A preference that the contract does not declare is passed over (RFC 7240, section 2).
"""

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
    """Which of the declared answers a request asks for; 0 and nothing where it does not."""

    status: int = 0
    example: str = ""


_preferred: Final[ContextVar[Preference]] = ContextVar("preferred", default=Preference())  # noqa: B039 - it is frozen


class Preferring:
    """Reads `Prefer`, for the handlers: they see no request."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """The ASGI interface."""
        sent = Headers(scope=scope).getlist("prefer") if scope["type"] == "http" else []
        found = {name: value for header in sent for name, value in _PREFERENCE.findall(header)}
        code = found.get("code", "")
        _preferred.set(Preference(int(code) if re.fullmatch("[1-5][0-9]{2}", code) else 0, found.get("example", "")))
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
    if preference.status in operation.raises:
        raise _declared(preference.status, operation.raises[preference.status], preference.example)
    returned = operation.returns.get(preference.status) or operation.returns[first_success(operation)]
    return _result(returned, preference.example)


def first_success(operation: Operation) -> int:
    """Name the status of an operation's answer when nothing else is preferred."""
    return min(operation.returns)


def _result(returned: Returned, example: str) -> object:
    headers = returned.answer.headers
    given: dict[str, Any] = {  # of the types of the result's fields
        field: _header(headers[name]) for field, name in returned.headers.items() if headers[name].required
    }
    if returned.answer.content:
        given["body"] = instances.of_content(returned.answer.content[0], example)
    return returned.result(**given)


def _declared(status: int, declared: Answer, example: str) -> Declared:
    required = {name: header for name, header in declared.headers.items() if header.required}
    headers = {name: str(_header(header)) for name, header in required.items() if name.lower() not in _EDGE}
    content = declared.content[0]  # a problem: what is none is returned and not raised
    body = content.adapter.dump_json(instances.of_content(content, example), by_alias=True)
    return Declared(status, headers, body, content.media_type)


def _header(header: Header) -> Any:  # noqa: ANN401 - a value of the header's type
    return instances.of_type(header.adapter)
