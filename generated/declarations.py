# Generated from openapi/tasks.yaml by `make generate`. Do not edit.
"""What an operation is: the objects that `routes.py` is made of. The plumbing acts on them, the derived document tells them.

There is one source for each fact: a status, a header or a media type that is not here is not sent, and what is here is
in the document.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Final, Literal, get_args

from fastapi.openapi.models import HTTPBearer
from fastapi.security.base import SecurityBase
from pydantic import BaseModel, TypeAdapter
from starlette.requests import Request

CALLER: Final = "contract.caller"
"""Where in the ASGI scope the authenticated caller is."""


class _Owner:
    """Marks the path parameter that must be the caller's."""


OWNER: Final = _Owner()


class Bearer(SecurityBase):
    """A bearer scheme. FastAPI documents it, and the plumbing authenticates by it: one object for both.

    As a dependency it hands out the caller whom the plumbing has authenticated before anything was read.
    """

    def __init__(self, *, name: str, bearer_format: str | None, description: str | None) -> None:
        self.model = HTTPBearer(bearerFormat=bearer_format, description=description)
        self.scheme_name = name

    async def __call__(self, request: Request) -> object:
        """Give the caller of this request."""
        return request.scope[CALLER]


@dataclass(frozen=True)
class Header:
    """A header of an answer; `annotation` is the type of its value."""

    annotation: Any  # any type or alias: there is no type of annotations in 3.11
    required: bool
    description: str | None = None

    @cached_property
    def adapter(self) -> TypeAdapter[Any]:
        """What checks the value."""
        return TypeAdapter(self.annotation)


@dataclass(frozen=True)
class Content:
    """One media type of a body, and the type of its values."""

    media_type: str
    annotation: Any  # as above
    examples: Mapping[str, Any] = field(default_factory=dict)  # any JSON

    @cached_property
    def adapter(self) -> TypeAdapter[Any]:
        """What checks and writes the value."""
        return TypeAdapter(self.annotation)

    @property
    def is_json(self) -> bool:
        """Whether the value is written as JSON; everything else is text."""
        return self.media_type.endswith(("/json", "+json"))


@dataclass(frozen=True)
class RequestBody:
    """The media types of a request body with their examples; its type is in the operation's signature."""

    examples: Mapping[str, Mapping[str, Any]]  # by media type; any JSON
    description: str | None = None

    @cached_property
    def media_types(self) -> tuple[str, ...]:
        """What `Content-Type` may say."""
        return tuple(self.examples)


@dataclass(frozen=True)
class Answer:
    """What is sent with one status."""

    description: str
    headers: Mapping[str, Header] = field(default_factory=dict)
    content: tuple[Content, ...] = ()
    links: Mapping[str, Any] = field(default_factory=dict)  # any JSON

    @cached_property
    def codes(self) -> frozenset[str]:
        """The constants of `code` in the types of this answer: the problems that it may be; empty where it has none."""
        return frozenset(code for content in self.content for code in _codes(content.annotation))


@dataclass(frozen=True)
class Returned:
    """An answer that handlers return: the class of the result, and which of its fields are which headers."""

    result: type
    headers: Mapping[str, str]
    answer: Answer


@dataclass(frozen=True)
class Operation:
    """One operation of the contract.

    Attributes:
        tag: what FastAPI groups it by; `module` is the name of the handwritten module for it.
        signature: declares parameters, body and security to FastAPI; never called.
        body: what FastAPI has no argument for; None where the operation takes no body.
        arguments: the names of the parameters that the handler gets.
        returns: the answers that a handler returns, by status.
        raises: the answers that are errors, by status.
    """

    id: str
    tag: str
    module: str
    function: str
    method: Literal["GET", "PUT", "POST", "DELETE", "PATCH"]
    path: str
    summary: str
    description: str
    deprecated: bool
    signature: Callable[..., Any]  # of any parameters
    arguments: tuple[str, ...]
    body: RequestBody | None
    returns: Mapping[int, Returned]
    raises: Mapping[int, Answer]


def _codes(annotation: Any) -> frozenset[str]:  # noqa: ANN401 - see Content
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        code = annotation.model_fields.get("code")
        return frozenset(get_args(code.annotation)) if code else frozenset()
    return frozenset(code for part in get_args(annotation) for code in _codes(part))
