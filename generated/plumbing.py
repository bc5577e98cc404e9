# Generated from openapi/tasks.yaml by `make generate`. Do not edit.
"""From a request to a handler and back, in this order: the same for every operation, so that it can be read once.

1. token (401)  2. path user (403)  3. media type (415)  4. size (413)  5. JSON (400)  6. parameters and body (422, every
fault at once)  7. the handler, in its context; its result is checked and rendered before the context ends, so that
nothing is committed that cannot be answered, and nothing is answered that was not committed.
"""

from collections.abc import Callable, Coroutine
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Any, Final, Protocol, TypeVar

from fastapi import FastAPI
from fastapi.dependencies.utils import solve_dependencies
from fastapi.routing import APIRoute
from pydantic_core import PydanticUndefined, ValidationError
from starlette.requests import Request
from starlette.responses import Response
from typing_extensions import override

from generated import models, strict_json
from generated.declarations import CALLER, OWNER, Answer, Bearer, Content, Header, Operation
from generated.faults import (
    Fault,
    InvalidRequest,
    faults_of_fields,
    faults_of_target,
    patterns_in_words,
    query_names,
)
from generated.interface import InterfaceMismatch
from generated.strict_json import ContentTooLarge, MalformedJson, UnsupportedMediaType

__all__ = [
    "Call",
    "ContentTooLarge",
    "ContractViolation",
    "Fault",
    "Gate",
    "InvalidRequest",
    "MalformedJson",
    "UnsupportedMediaType",
]

CallerT = TypeVar("CallerT")
OwnerT_co = TypeVar("OwnerT_co", covariant=True)
PublicT_co = TypeVar("PublicT_co", covariant=True)

_CONTROLS: Final = frozenset(map(chr, (*range(0x20), 0x7F)))
"""What would end a header early (RFC 9110, section 5.5)."""
_WORDS: Final = patterns_in_words(models)


class ContractViolation(Exception):
    """A handler answered what the contract does not declare; the client gets a 500 and none of it."""

    status: Final = 500

    def __init__(self, operation_id: str, reason: str) -> None:
        super().__init__(f"{operation_id}: {reason}")
        self.operation_id = operation_id
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Call:
    """The operation that a context is asked for."""

    operation_id: str
    method: str
    path: str


class Gate(Protocol[CallerT, OwnerT_co, PublicT_co]):
    """What the backend decides about every request; it raises errors of its own to refuse one."""

    async def authenticate(self, authorization: list[str], /) -> CallerT:
        """Turn the values of all Authorization headers into a caller."""
        ...

    def authorise(self, caller: CallerT, owner: str, /) -> None:
        """Let the caller act for the owner that the path names, or raise."""
        ...

    def public(self, call: Call, /) -> AbstractAsyncContextManager[PublicT_co]:
        """Open what a public operation may use."""
        ...

    def owned(self, call: Call, caller: CallerT, owner: str, /) -> AbstractAsyncContextManager[OwnerT_co]:
        """Open what an operation on the owner's things may use; leaving it without an exception commits."""
        ...


class _Undeclared(Response):
    """Tells FastAPI nothing: every answer is declared with its own media types."""

    media_type: str | None = None


class ContractRoute(APIRoute):
    """A route that FastAPI documents and that handles its requests itself."""

    operation: Operation
    implementation: object
    gate: Gate[Any, Any, Any]  # one list of routes, callers and contexts of any type

    @override
    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:  # as the original
        """Handle requests in the order above; FastAPI's own handler parses the body first."""
        return self.answer

    def bind(self, operation: Operation) -> None:
        """Take the facts of the contract that FastAPI has no place for."""
        self.operation = operation
        self.answers = {status: returned.answer for status, returned in operation.returns.items()} | dict(
            operation.raises
        )
        self.results = {returned.result: (status, returned) for status, returned in operation.returns.items()}
        # As for results: what every answer has is set by the edge, not by who answers.
        self.edge_headers = frozenset[str].intersection(
            *(frozenset(answer.headers) for answer in self.answers.values())
        )
        self.query_names = query_names(self.dependant)
        # Security and owner are read from what FastAPI documents: what is told is what is done.
        self.secured = any(isinstance(dependency.call, Bearer) for dependency in self.dependant.dependencies)
        self.owner = next(
            (field.alias for field in self.dependant.path_params if OWNER in field.field_info.metadata), None
        )

    def serve(self, gate: Gate[Any, Any, Any], implementation: object) -> None:  # as above
        """Take who decides and who answers; raise `InterfaceMismatch` if the path would not tell whom to let in."""
        if self.secured != (self.owner is not None):
            problem = "a secured operation has an owner in its path, and a public one has none"
            raise InterfaceMismatch([f"{self.operation.id}: {problem}"])
        self.gate = gate
        self.implementation = implementation

    async def answer(self, request: Request) -> Response:
        """Answer one request with nothing that the contract does not declare."""
        try:
            return await self._answer(request)
        except ContractViolation:
            raise
        except Exception as error:
            self._check_declared(error)
            raise

    async def _answer(self, request: Request) -> Response:
        context = await self._admitted(request)
        arguments = await self._validated(request, await self._body(request))
        async with context as ctx:
            result = await getattr(self.implementation, self.operation.function)(ctx, **arguments)
            response = self._render(result)
        return response  # noqa: RET504 - sent only after the context has committed

    async def _admitted(self, request: Request) -> AbstractAsyncContextManager[Any]:  # the gate's own contexts
        """Let the caller in, or raise; nothing of the request but its head has been read."""
        call = Call(self.operation.id, self.operation.method, self.operation.path)
        if self.owner is None:  # then it is public, see `serve`
            return self.gate.public(call)
        caller = await self.gate.authenticate(request.headers.getlist("authorization"))
        owner = request.path_params[self.owner]
        self.gate.authorise(caller, owner)
        request.scope[CALLER] = caller
        return self.gate.owned(call, caller, owner)

    async def _body(self, request: Request) -> object:
        """Read the body as JSON; what is not sent, or not asked for, is undefined."""
        if self.operation.body is None or not await strict_json.has_body(request):
            return PydanticUndefined
        strict_json.check_media_type(request, self.operation.body.media_types)
        raw = await strict_json.read_bytes(request)
        return strict_json.read_json(raw) if raw else PydanticUndefined

    async def _validated(self, request: Request, body: object) -> dict[str, Any]:  # values of the parameters' types
        """Give the handler's arguments, or raise every fault at once; FastAPI's dependencies are solved here."""
        solved = await solve_dependencies(
            request=request,
            dependant=self.dependant,
            body=body,
            dependency_overrides_provider=self.dependency_overrides_provider,
            async_exit_stack=request.scope["fastapi_inner_astack"],
            embed_body_fields=False,
        )
        faults = list(faults_of_target(request, self.query_names))
        known = {fault.field for fault in faults}  # an empty parameter breaks its type too: one reason is enough
        faults += [fault for fault in faults_of_fields(solved.errors, body, _WORDS) if fault.field not in known]
        if faults:
            raise InvalidRequest(faults)
        return {name: solved.values[name] for name in self.operation.arguments}

    def _render(self, result: object) -> Response:
        """Write the result as the answer that it stands for; raise `ContractViolation` if it is none."""
        if type(result) not in self.results:
            raise self._violation(f"the result is a {type(result).__name__}")
        status, returned = self.results[type(result)]
        answer = returned.answer
        headers = {
            name: self._header(answer, name, value)
            for field, name in returned.headers.items()
            if (value := getattr(result, field)) is not None or answer.headers[name].required
        }
        if not answer.content:
            return Response(status_code=status, headers=headers)
        content = answer.content[0]
        try:
            value = content.adapter.validate_python(result.body)  # type: ignore[attr-defined] # such results have one
        except ValidationError as error:
            raise self._violation(f"the body of the {status} is not what it declares") from error
        raw = content.adapter.dump_json(value, by_alias=True) if content.is_json else value
        return Response(raw, status, headers, content.media_type)

    def _header(self, answer: Answer, name: str, value: object) -> str:
        try:
            written = str(answer.headers[name].adapter.validate_python(value))
        except ValidationError as error:
            raise self._violation(f"the header {name} is not what it declares") from error
        if not _CONTROLS.isdisjoint(written) or not written.isascii():
            raise self._violation(f"the header {name} has a character that no header can have")
        return written

    def _check_declared(self, error: Exception) -> None:
        """Turn an error that the contract does not declare for this operation into a violation."""
        status, code = getattr(error, "status", None), getattr(error, "code", None)
        if not isinstance(status, int):
            return
        answer = self.answers.get(status)
        if answer is None:
            raise self._violation(f"status {status} is not declared") from error
        if isinstance(code, str) and answer.codes and code not in answer.codes:
            raise self._violation(f"the problem {code} is not declared with status {status}") from error
        sent = {name.lower() for name in getattr(error, "headers", {})}
        for name, header in answer.headers.items():
            if header.required and name not in self.edge_headers and name.lower() not in sent:
                raise self._violation(f"the header {name} of the {status} is missing") from error

    def _violation(self, reason: str) -> ContractViolation:
        return ContractViolation(self.operation.id, reason)


def add_route(app: FastAPI, operation: Operation) -> ContractRoute:
    """Declare one operation to FastAPI with every argument that it has for a fact of the contract."""
    success = min(operation.returns)
    answers = {status: returned.answer for status, returned in operation.returns.items()} | dict(operation.raises)
    app.router.add_api_route(
        operation.path,
        operation.signature,
        methods=[operation.method],
        route_class_override=ContractRoute,
        response_class=_Undeclared,
        response_model=None,
        operation_id=operation.id,
        name=operation.function,
        tags=[operation.tag],
        summary=operation.summary,
        description=operation.description,
        deprecated=operation.deprecated or None,
        status_code=success,
        response_description=answers[success].description,
        responses={status: _declared(answer) for status, answer in sorted(answers.items())},
    )
    route = app.router.routes[-1]
    assert isinstance(route, ContractRoute)  # noqa: S101 - it was just added
    route.bind(operation)
    return route


def _declared(answer: Answer) -> dict[str, Any]:  # FastAPI's type for it
    """Write an answer as FastAPI takes it; the derivation completes what its encoder loses."""
    declared: dict[str, Any] = {"description": answer.description}
    if answer.headers:
        declared["headers"] = {name: _declared_header(header) for name, header in answer.headers.items()}
    if answer.content:
        declared["content"] = {content.media_type: _declared_examples(content) for content in answer.content}
    if answer.links:
        declared["links"] = dict(answer.links)
    return declared


def _declared_header(header: Header) -> dict[str, Any]:  # FastAPI's type for it
    return {"description": header.description, "required": header.required}


def _declared_examples(content: Content) -> dict[str, Any]:  # as above
    return {"examples": dict(content.examples)} if content.examples else {}
