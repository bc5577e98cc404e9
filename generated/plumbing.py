# Generated from openapi/tasks.yaml by `make generate`. Do not edit.
"""From a request to a handler and back, in this order: the same for every operation, so that it can be read once.

1. token (401)  2. path user (403)  3. media type (415)  4. size (413)  5. JSON (400)  6. parameters and body (422, every
fault at once)  7. what was answered before under the request's key, if it has one  8. the handler, in its context; its
result is checked and rendered before the context ends, so that nothing is committed that cannot be answered, and
nothing is answered that was not committed.
"""

from collections.abc import Callable, Coroutine, Iterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Any, Final

from fastapi import FastAPI
from fastapi.dependencies.models import Dependant
from fastapi.dependencies.utils import solve_dependencies
from fastapi.routing import APIRoute
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Match
from starlette.types import Scope
from typing_extensions import override

from . import exact, models
from .bodies import Body
from .declarations import CALLER, OWNER, Answer, Content, Demand, Header, Operation, Scheme
from .faults import (
    Fault,
    InvalidRequest,
    faults_of_dependencies,
    patterns_in_words,
)
from .gate import Attempt, Call, Credentials, Gate, Kept
from .interface import InterfaceMismatch
from .parameters import Parameters, query_names
from .rendering import ContractViolation, Undeclared, check, declared, render
from .retries import Retries, kept, replayed
from .strict_json import ContentTooLarge, MalformedBody, MalformedJson, UnsupportedMediaType

__all__ = [
    "Attempt",
    "Call",
    "ContentTooLarge",
    "ContractViolation",
    "Credentials",
    "Fault",
    "Gate",
    "InvalidRequest",
    "Kept",
    "MalformedBody",
    "MalformedJson",
    "UnsupportedMediaType",
]

ANSWERING: Final = "contract.answering"
"""Where in the ASGI scope the route is whose handler was asked."""
_WORDS: Final = patterns_in_words(models)
_PROBLEM: Final = "application/problem+json"
_SUCCESSES: Final = range(200, 300)


class _Undeclared(Response):
    """Tells FastAPI nothing: every answer is declared with its own media types."""

    media_type: str | None = None


class ContractRoute(APIRoute):
    """A route that FastAPI documents and that handles its requests itself."""

    operation: Operation
    implementation: object
    gate: Any  # of callers and contexts of any type
    concrete: tuple["ContractRoute", ...] = ()

    @override
    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        """Leave to a more concrete path what is its own, whatever the method (OpenAPI 3.1.0, section 4.8.8.2)."""
        match, found = super().matches(scope)
        if match is not Match.NONE and any(route.matches(scope)[0] is not Match.NONE for route in self.concrete):
            return Match.NONE, {}
        return match, found

    @override
    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:  # as the original
        """Handle requests in the order above; FastAPI's own handler parses the body first."""
        return self.answer

    def bind(self, operation: Operation) -> None:
        """Take the facts of the contract that FastAPI has no place for."""
        self.operation = operation
        self.results = {returned.result: (status, returned) for status, returned in operation.returns.items()}
        # What every answer has, the problems among them, is set by the edge, not by who answers; so is what says it.
        headers = [frozenset(answer.headers) for answer in operation.answers.values()]
        self.edge_headers = frozenset[str].intersection(*headers) if operation.raises else frozenset[str]()
        others = [known for known in self.dependant.dependencies if not isinstance(known.call, Scheme)]
        self.others = Dependant(path=self.path, dependencies=others)
        keys = {key: True for _, key in self._told_schemes() if key is not None}
        self.parameters = Parameters(self.dependant, self.path, query_names(self.others) | keys)
        self.body = Body(operation.body, self.body_field)
        # The owner and the key are read from what FastAPI documents: what is told is what is done.
        owners = [field for field in self.dependant.path_params if OWNER in field.field_info.metadata]
        self.owner = owners[0].name if owners else None
        self.retries = Retries(self.dependant)

    def serve(self, gate: object, implementation: object) -> None:
        """Take who decides and who answers; raise `InterfaceMismatch` if what is told is not what would be done."""
        told = {name for name, _ in self._told_schemes()}
        if told != {demand.scheme.scheme_name for way in self.operation.security for demand in way}:
            raise InterfaceMismatch([f"{self.operation.id}: the security that FastAPI is told is not the operation's"])
        if self.owner is not None and self.operation.context != "known":
            raise InterfaceMismatch([f"{self.operation.id}: a path with an owner needs somebody who is known"])
        opener = self.operation.context if self.owner is None else "owned"
        if not hasattr(gate, opener):
            raise InterfaceMismatch([f"{self.operation.id}: the gate opens nothing that is {opener}"])
        if self.retries.is_used and not (hasattr(gate, "recall") and hasattr(gate, "keep")):
            raise InterfaceMismatch([f"{self.operation.id}: the gate keeps no answers"])
        self.gate = gate
        self.implementation = implementation

    async def answer(self, request: Request) -> Response:
        """Answer one request with nothing that the contract does not declare."""
        context = await self._admitted(request)
        watched = self.retries.watch(request)
        values = await self._validated(watched)
        attempt = self.retries.attempt(self._call(request), watched, values)
        request.scope[ANSWERING] = self
        try:
            async with context as ctx:
                response = await self._answered(ctx, values, attempt)
        except ContractViolation:
            raise
        except Exception as error:
            self._check_declared(error)
            raise
        return response  # sent only after the context has committed

    async def _answered(self, ctx: object, values: Mapping[str, object], attempt: Attempt | None) -> Response:
        """Ask the handler, or give what it has answered to the same request before."""
        if attempt is not None and (found := await self.gate.recall(ctx, attempt)) is not None:
            return replayed(found)
        arguments = {name: values[name] for name in self.operation.arguments}
        response = self._render(await getattr(self.implementation, self.operation.function)(ctx, **arguments))
        if attempt is not None and response.status_code in _SUCCESSES:
            if isinstance(response, StreamingResponse):
                raise self._violation("what is sent piece by piece cannot be kept under a key")
            await self.gate.keep(ctx, attempt, kept(response))
        return response

    def _call(self, request: Request) -> Call:
        accept = ", ".join(request.headers.getlist("accept"))
        return Call(self.operation.id, self.operation.method, self.operation.path, self.operation.roles, accept)

    def _told_schemes(self) -> Iterator[tuple[str, str | None]]:
        """Give the schemes that FastAPI documents, each with the query parameter that it reads, if it does."""
        for dependency in self.dependant.dependencies:
            if isinstance(dependency.call, Scheme):
                yield dependency.call.scheme_name, dependency.call.query_name

    async def _admitted(self, request: Request) -> AbstractAsyncContextManager[Any]:  # the gate's own contexts
        """Let the caller in, or raise; nothing of the request but its head has been read."""
        operation, call = self.operation, self._call(request)
        if operation.context == "public":
            opened: AbstractAsyncContextManager[Any] = self.gate.public(call)  # as above
            return opened
        request.scope[CALLER] = caller = await self._caller(request)
        if self.owner is not None:
            owner = request.path_params[self.owner]
            self.gate.authorise(call, caller, owner)
            opened = self.gate.owned(call, caller, owner)
        else:
            opened = getattr(self.gate, operation.context)(call, caller)
        return opened

    async def _caller(self, request: Request) -> object:
        """Ask the gate for the caller by the ways that the request offers; one that is let in is enough."""
        ways = [self._offered(way, request) for way in self.operation.security]
        offered = [credentials for credentials, is_whole in ways if is_whole and credentials]
        if not offered:
            if not all(self.operation.security):
                return None
            return await self.gate.authenticate(ways[0][0])
        for credentials in offered[:-1]:
            try:
                return await self.gate.authenticate(credentials)
            except Exception as error:  # of the gate's own tree: a refusal has one of two statuses
                if getattr(error, "status", None) not in (401, 403):
                    raise
        return await self.gate.authenticate(offered[-1])

    @staticmethod
    def _offered(way: tuple[Demand, ...], request: Request) -> tuple[tuple[Credentials, ...], bool]:
        """Read what a request shows for one way in, and whether it shows something for all of it."""
        shown = [(demand, demand.scheme.values(request)) for demand in way]
        is_whole = all(demand.scheme.is_offered(values) for demand, values in shown)
        return tuple(
            Credentials(demand.scheme.scheme_name, demand.scopes, values) for demand, values in shown
        ), is_whole

    async def _validated(self, request: Request) -> dict[str, Any]:  # values of the parameters' types
        """Give the parameters and the body by their names in Python, or raise every fault at once."""
        with exact.reading_request():
            body, body_faults = await self.body.read(request, _WORDS)
            values, faults = self.parameters.read(request, _WORDS)
        faults = [*faults, *await self._faults_of_others(request), *body_faults]
        if faults:
            raise InvalidRequest(faults)
        return body | values

    async def _faults_of_others(self, request: Request) -> list[Fault]:
        """Run what the app has made every route depend on: FastAPI solves that."""
        if not self.others.dependencies:
            return []
        solved = await solve_dependencies(
            request=request,
            dependant=self.others,
            dependency_overrides_provider=self.dependency_overrides_provider,
            async_exit_stack=request.scope["fastapi_inner_astack"],
            embed_body_fields=False,
        )
        return list(faults_of_dependencies(solved.errors, _WORDS))

    def _render(self, result: object) -> Response:
        """Write the result as the answer that it stands for; raise `ContractViolation` if it is none."""
        if type(result) not in self.results:
            raise self._violation(f"the result is a {type(result).__name__}")
        try:
            return render(self.operation.answers, *self.results[type(result)], result)
        except Undeclared as error:
            raise self._violation(str(error)) from error.__cause__

    def check(self, response: Response) -> None:
        """Raise `ContractViolation` unless what an error of the handler has become is what the contract declares."""
        answer = declared(self.operation.answers, response.status_code)
        if answer is None:
            raise self._violation(f"status {response.status_code} is not declared")
        try:
            check(answer, response, self.edge_headers | answer.edge_headers)
        except Undeclared as error:
            raise self._violation(str(error)) from None

    def _check_declared(self, error: Exception) -> None:
        """Turn an error of a handler that the contract does not declare for this operation into a violation."""
        if isinstance(error, HTTPException):
            raise self._violation("an HTTPException is no error of the contract") from error
        status, code = getattr(error, "status", None), getattr(error, "code", None)
        if not isinstance(status, int):
            return
        answer = declared(self.operation.answers, status)
        if answer is None:
            raise self._violation(f"status {status} is not declared") from error
        if all(content.media_type.partition(";")[0].strip() != _PROBLEM for content in answer.content):
            raise self._violation(f"the {status} is no problem: it is returned, not raised") from error
        if isinstance(code, str) and answer.codes and code not in answer.codes:
            raise self._violation(f"the problem {code} is not declared with status {status}") from error
        sent = {name.lower() for name in getattr(error, "headers", {})}
        of_the_edge = self.edge_headers | answer.edge_headers
        for name, header in answer.headers.items():
            if header.required and name not in of_the_edge and name.lower() not in sent:
                raise self._violation(f"the header {name} of the {status} is missing") from error

    def _violation(self, reason: str) -> ContractViolation:
        return ContractViolation(self.operation.id, reason)


def add_route(app: FastAPI, operation: Operation) -> ContractRoute:
    """Declare one operation to FastAPI with every argument that it has for a fact of the contract."""
    answers = operation.answers
    success = min((status for status in operation.returns if isinstance(status, int)), default=None)
    app.router.add_api_route(
        operation.template or operation.path,
        operation.signature,
        methods=[operation.method],
        route_class_override=ContractRoute,
        response_class=_Undeclared,
        response_model=None,
        operation_id=operation.id,
        name=operation.function,
        tags=list(operation.tags),
        summary=operation.summary,
        description=operation.description,
        deprecated=operation.deprecated,
        openapi_extra=dict(operation.said) or None,
        status_code=success,
        response_description="" if success is None else answers[success].description,
        responses={status: _declared(answer) for status, answer in sorted(answers.items(), key=str)},
    )
    route = app.router.routes[-1]
    assert isinstance(route, ContractRoute)  # noqa: S101 - it was just added
    route.bind(operation)
    return route


def prefer_concrete(routes: Sequence[ContractRoute]) -> None:
    """Let each route know the paths that it has to leave to others."""
    by_path = {route.path: route for route in routes}
    for route in routes:
        route.concrete = tuple(other for path, other in by_path.items() if _is_more_concrete(path, route.path))


def _is_more_concrete(path: str, than: str) -> bool:
    """Say whether a path has words where a template has parameters, and is the same otherwise, names aside."""
    mine, theirs = path.split("/"), than.split("/")
    if len(mine) != len(theirs):
        return False
    words = [not _is_templated(own) and _is_templated(other) for own, other in zip(mine, theirs, strict=True)]
    same = [own == other or _is_templated(other) for own, other in zip(mine, theirs, strict=True)]
    return any(words) and all(same)


def _is_templated(segment: str) -> bool:
    return "{" in segment


def _declared(answer: Answer) -> dict[str, Any]:  # FastAPI's type for it
    """Write an answer as FastAPI takes it; the derivation completes what its encoder loses."""
    declared: dict[str, Any] = {"description": answer.description} | dict(answer.said)
    if answer.headers:
        declared["headers"] = {name: _declared_header(header) for name, header in answer.headers.items()}
    if answer.content:
        declared["content"] = {content.media_type: _declared_content(content) for content in answer.content}
    if answer.links:
        declared["links"] = dict(answer.links)
    return declared


def _declared_header(header: Header) -> dict[str, Any]:  # FastAPI's type for it
    return {"description": header.description, "required": header.required} | dict(header.said)


def _declared_content(content: Content) -> dict[str, Any]:  # as above
    return ({"examples": dict(content.examples)} if content.examples else {}) | dict(content.said)
