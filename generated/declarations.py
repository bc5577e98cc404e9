# Generated from openapi/tasks.yaml by `make generate`. Do not edit.
"""What an operation is: the objects that `routes.py` is made of. The plumbing acts on them, the derived document tells them.

There is one source for each fact: a status, a header or a media type that is not here is not sent, and what is here is
in the document.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Final, Literal, get_args, get_origin

import jsonschema_rs
from fastapi.security.base import SecurityBase
from pydantic import BaseModel, TypeAdapter
from starlette.requests import HTTPConnection, Request
from starlette.types import Scope

from . import exact
from .head import Lines, header_name
from .recognition import recogniser
from .texts import Shape

CALLER: Final = "contract.caller"
"""Where in the ASGI scope the authenticated caller is."""


class _Owner:
    """Marks the path parameter that must be the caller's."""


OWNER: Final = _Owner()


class _IdempotencyKey:
    """Marks the header that names a request which may be sent again."""


IDEMPOTENCY_KEY: Final = _IdempotencyKey()


class Scheme(SecurityBase):
    """A security scheme. FastAPI documents it, and the plumbing reads by it: one object for both.

    As a dependency it hands out the caller whom the plumbing has authenticated before anything was read.
    """

    def __init__(self, name: str, told: Mapping[str, Any]) -> None:  # any JSON
        self.told = dict(told)
        # FastAPI knows no certificates: it is told of something else, and the derivation of what there is.
        self.model: Any = {"type": "http", "scheme": "mutual"} if told["type"] == "mutualTLS" else self.told
        self.scheme_name = name
        self._where = "nowhere" if told["type"] == "mutualTLS" else str(told.get("in", "header"))
        self._key = str(told.get("name", "authorization"))
        self._name = header_name(self._key)
        # RFC 6750: tokens of OAuth 2, and so those of OpenID Connect, are bearer tokens.
        self._prefix = str(told.get("scheme", "bearer")).lower() + " " if told["type"] != "apiKey" else ""

    async def __call__(self, request: Request) -> object:
        """Give the caller of this request."""
        return request.scope[CALLER]

    @property
    def query_name(self) -> str | None:
        """The query parameter that holds the key, if one does."""
        return self._key if self._where == "query" else None

    @property
    def header(self) -> str:
        """The header that is looked at."""
        return self._key if self._where == "header" else "cookie"

    def values(self, scope: Scope, lines: Lines) -> tuple[str, ...]:
        """Give what a request sends where the scheme looks: whole headers, or the key."""
        if self._where == "header":
            return tuple(lines.get(self._name, ()))
        if self._where == "query":
            return tuple(HTTPConnection(scope).query_params.getlist(self._key))
        if self._where == "cookie":
            return tuple(value for name, value in HTTPConnection(scope).cookies.items() if name == self._key)
        return ()

    def is_offered(self, values: tuple[str, ...]) -> bool:
        """Say whether the values are meant for this scheme and not for another that looks there too.

        A certificate is shown to whoever ends TLS: no request of HTTP has it, so the gate is asked in any case.
        """
        return self.told["type"] == "mutualTLS" or any(value.lower().startswith(self._prefix) for value in values)


@dataclass(frozen=True)
class Demand:
    """One scheme of a way to be let in, with the scopes that it takes there."""

    scheme: Scheme
    scopes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Header:
    """A header of an answer; `annotation` is the type of its value."""

    annotation: Any  # any type or alias: there is no type of annotations in 3.11
    required: bool
    description: str | None = None
    said: Mapping[str, Any] = field(default_factory=dict)  # any JSON

    @cached_property
    def adapter(self) -> TypeAdapter[Any]:
        """What writes the value."""
        return TypeAdapter(self.annotation)

    @cached_property
    def is_text(self) -> bool:
        """Whether a text is written as it is: pydantic takes 1.1 us to find that, with its warnings made errors."""
        schema: Any = self.adapter.core_schema  # of any kind
        if schema["type"] == "function-wrap" and "serialization" not in schema:  # rules of `exact`, which only check
            schema = schema["schema"]
        return bool(schema["type"] == "str")

    @cached_property
    def validator(self) -> jsonschema_rs.Draft202012Validator:
        """What checks the value as it goes out, by the schema that its type publishes."""
        return exact.validator(self.adapter)

    @cached_property
    def shape(self) -> Shape:
        """What a text of it means."""
        return Shape.of(self.adapter)


@dataclass(frozen=True)
class Content:
    """One media type of a body, and the type of its values.

    Attributes:
        annotation: None where the contract says nothing of the values.
        kind: how values are written: as JSON, as text, or as bytes or text that nobody looks into.
        said: what is only documented.
    """

    media_type: str
    annotation: Any  # as above
    examples: Mapping[str, Any] = field(default_factory=dict)  # any JSON
    kind: Literal["json", "text", "raw"] = "json"
    said: Mapping[str, Any] = field(default_factory=dict)  # any JSON

    @cached_property
    def adapter(self) -> TypeAdapter[Any]:
        """What checks and writes the value."""
        return TypeAdapter(object if self.annotation is None else self.annotation)

    @cached_property
    def validator(self) -> jsonschema_rs.Draft202012Validator:
        """What checks the value as it goes out, by the schema that its type publishes."""
        return exact.validator(self.adapter)

    @cached_property
    def recogniser(self) -> re.Pattern[str] | None:
        """What shows of most texts at once that `validator` takes them, made of the same schema."""
        return recogniser(exact.outgoing(self.adapter), exact.components(in_request=False))

    @cached_property
    def is_range(self) -> bool:
        """Whether it stands for several media types, of which a handler names one."""
        return "*" in self.media_type


@dataclass(frozen=True)
class Media:
    """One media type of a request body that is not simply JSON of the type in the operation's signature.

    Attributes:
        reads: what its bytes are taken for.
        annotation: the type of its values; None where the contract says nothing of them.
        files: the members of a form that are files.
        encoding: how members of a form are written; published as it is.
        said: what is only documented.
    """

    reads: Literal["json", "form", "multipart", "text", "bytes"]
    annotation: Any  # as above
    files: tuple[str, ...] = ()
    encoding: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)  # any JSON
    said: Mapping[str, Any] = field(default_factory=dict)  # any JSON


@dataclass(frozen=True)
class RequestBody:
    """The media types of a request body with their examples; its type is in the operation's signature, or in `media`."""

    examples: Mapping[str, Mapping[str, Any]]  # by media type; any JSON
    description: str | None = None
    media: Mapping[str, Media] = field(default_factory=dict)
    said: Mapping[str, Any] = field(default_factory=dict)  # any JSON


@dataclass(frozen=True)
class Answer:
    """What is sent with one status."""

    description: str
    headers: Mapping[str, Header] = field(default_factory=dict)
    content: tuple[Content, ...] = ()
    links: Mapping[str, Any] = field(default_factory=dict)  # any JSON
    said: Mapping[str, Any] = field(default_factory=dict)  # any JSON

    @cached_property
    def codes(self) -> frozenset[str]:
        """The constants of `code` in the types of this answer: the problems that it may be; empty where it has none."""
        return frozenset(code for content in self.content for code in _codes(content.annotation))

    @cached_property
    def edge_headers(self) -> frozenset[str]:
        """The headers that are set around the handlers, by their own account."""
        return frozenset(name for name, header in self.headers.items() if header.said.get("x-edge") is True)


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
        id: its operationId; method and path where it has none, and so is not `is_named`.
        is_silent: whether the contract says nothing of its answers.
        tags: what FastAPI groups it by; `module` is the name of the handwritten module for it.
        path: as the contract writes it; `template` is what FastAPI matches, where that has to differ.
        security: the ways to be let in, of which one is enough; one without a demand lets everybody in.
        roles: whose callers are let in for every owner, as the contract calls them.
        signature: declares parameters, body and security to FastAPI; never called.
        body: what FastAPI has no argument for; None where the operation takes no body.
        arguments: the names of the parameters that the handler gets.
        returns: the answers that a handler returns, by status, range of statuses (`4XX`) or `default`.
        raises: the answers that are errors, by the same.
        said: what is only documented and FastAPI has no argument for.
    """

    id: str
    tags: tuple[str, ...]
    module: str
    function: str
    method: Literal["GET", "PUT", "POST", "DELETE", "PATCH", "HEAD", "OPTIONS", "TRACE"]
    path: str
    signature: Callable[..., Any]  # of any parameters
    arguments: tuple[str, ...]
    body: RequestBody | None
    returns: Mapping[int | str, Returned]
    raises: Mapping[int | str, Answer]
    security: tuple[tuple[Demand, ...], ...] = ()
    roles: tuple[str, ...] = ()
    template: str | None = None
    summary: str | None = None
    description: str | None = None
    deprecated: bool | None = None
    is_named: bool = True
    is_silent: bool = False
    said: Mapping[str, Any] = field(default_factory=dict)  # any JSON

    @cached_property
    def answers(self) -> Mapping[int | str, Answer]:
        """Every answer, by status, range or `default`."""
        return {status: returned.answer for status, returned in self.returns.items()} | dict(self.raises)

    @cached_property
    def context(self) -> Literal["public", "anyone", "known"]:
        """Whom it is for: nobody in particular, whoever may be known, or somebody who is known."""
        if not any(self.security):
            return "public"
        return "known" if all(self.security) else "anyone"


def _codes(annotation: Any) -> frozenset[str]:  # noqa: ANN401 - see Content
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        code = annotation.model_fields.get("code")
        return frozenset(_constants(code.annotation)) if code else frozenset()
    return frozenset(code for part in get_args(annotation) for code in _codes(part))


def _constants(annotation: Any) -> Iterator[str]:  # noqa: ANN401 - see Content
    if get_origin(annotation) is Literal:
        yield from get_args(annotation)
    else:
        for part in get_args(annotation):
            yield from _constants(part)
