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
from fastapi.routing import APIRoute, _get_scope_effective_route_context
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Match
from starlette.types import Message, Receive, Scope, Send
from typing_extensions import override

from . import models
from .admission import Admission
from .bodies import Body
from .declarations import CALLER, OWNER, Answer, Content, Header, Operation, Scheme
from .faults import (
    Fault,
    InvalidRequest,
    faults_of_dependencies,
    patterns_in_words,
)
from .gate import Attempt, Call, Credentials, Gate, Kept
from .head import Head, Lines
from .interface import InterfaceMismatch
from .parameters import Parameters, query_names
from .paths import FOUND, NOTHING_YET, Paths, Template
from .rendering import ContractViolation, Rendering, Undeclared, check, declared
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
_NO_BODY: Final[tuple[dict[str, Any], list[Fault]]] = {}, []
_NO_MATCH: Final[tuple[Match, Scope]] = Match.NONE, {}


class _Undeclared(Response):
    """Tells FastAPI nothing: every answer is declared with its own media types."""

    media_type: str | None = None


class ContractRoute(APIRoute):
    """A route that FastAPI documents and that handles its requests itself."""

    operation: Operation
    implementation: object
    gate: Any  # of callers and contexts of any type
    open: Callable[..., AbstractAsyncContextManager[Any]]
    """What the gate opens for the operation: for its call, its caller and the owner, as far as there are any."""
    paths: Paths
    template: Template

    @override
    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        """Say whether the path is this one's, as `Paths` has it for all routes."""
        if "fastapi" in scope and self._is_included(scope):
            return super().matches(scope)
        paths, path, root, found = scope.get(FOUND, NOTHING_YET)
        # Mounts and redirects change the path of a scope, or hand on a copy of it with another one.
        if paths is not self.paths or path is not scope["path"] or root is not scope.get("root_path"):
            found = self.paths.look_up(scope)
        sent = found.get(self.template)
        if sent is None:
            return _NO_MATCH
        if "path_params" in scope:
            sent = {**scope["path_params"], **sent}  # those of a mount
        match = Match.FULL if scope["method"] == self.operation.method else Match.PARTIAL
        return match, {"endpoint": self.endpoint, "path_params": sent, "route": self}

    def _is_included(self, scope: Scope) -> bool:
        """Say whether the route is asked as part of a router that was included in another one, below another path."""
        context = _get_scope_effective_route_context(scope)
        return context is not None and context.original_route is self

    @override
    def handle(self, scope: Scope, receive: Receive, send: Send) -> Coroutine[Any, Any, None]:  # as the original
        """Answer, or refuse another method: `matches` has found out which."""
        if scope["method"] == self.operation.method and "fastapi" not in scope:
            return self.app(scope, receive, send)  # type: ignore[return-value] # whoever asks a route awaits it
        return super().handle(scope, receive, send)

    @override
    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:  # as the original
        """Handle requests in the order above; FastAPI's own handler parses the body first."""

        async def answered(request: Request) -> Response:  # FastAPI would run what is no such function in a thread
            return await self.answer(request.scope, _consumed(request), request)

        return answered

    def bind(self, operation: Operation) -> None:
        """Take the facts of the contract that FastAPI has no place for; nothing that it settles is left to requests."""
        self.operation = operation
        self.results = {
            returned.result: Rendering(operation.answers, status, returned)
            for status, returned in operation.returns.items()
        }
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
        self.admission = Admission(operation.security)
        looked_at = (self.admission, self.parameters, self.body, self.retries)
        self.head = Head(["accept", *(name for each in looked_at for name in each.headers)])
        self.is_whole_in_head = not (self.body.media or self.others.dependencies or self.retries.is_used)
        self.withheld = (self.parameters.names | self.body.names) - {*operation.arguments}
        self.is_public = operation.context == "public"
        self.call = Call(operation.id, operation.method, operation.path, operation.roles, "")
        share_paths([self])
        if not (self.others.dependencies or self.body.has_files or self.max_body_size is not None):
            self.app = self.respond

    @property
    def stands_alone(self) -> bool:
        """Whether requests need nothing of what FastAPI puts around a route."""
        return bool(self.app == self.respond)

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
        self.open = getattr(gate, opener)
        self.implementation = implementation

    async def respond(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer as an ASGI application of its own.

        FastAPI's application of a route calls `answer`, too. What it has around it - two stacks of contexts for
        dependencies and files, a second handling of exceptions, the limit of a body - costs more than all of ours, so it
        stays only where there is something to do for it.
        """
        response = await self.answer(scope, receive)
        await response(scope, receive, send)

    async def answer(self, scope: Scope, receive: Receive, request: Request | None = None) -> Response:
        """Answer one request with nothing that the contract does not declare; dependencies of users take a `request`."""
        lines, attempt = self.head.lines(scope), None
        call = self.call if b"accept" not in lines else self.call._replace(accept=", ".join(lines[b"accept"]))
        # Let the caller in, or raise; nothing of the request but its head has been read.
        if self.is_public:
            context = self.open(call)
        else:
            scope[CALLER] = caller = await self.admission.caller(self.gate, scope, lines)
            if self.owner is None:
                context = self.open(call, caller)
            else:
                owner = scope["path_params"][self.owner]
                self.gate.authorise(call, caller, owner)
                context = self.open(call, caller, owner)
        if self.is_whole_in_head:
            values, faults = self.parameters.read(scope, lines, _WORDS)
            if faults:
                raise InvalidRequest(faults)
        else:
            values, attempt = await self._read(call, scope, receive, lines, request)
        for name in self.withheld:
            values.pop(name, None)
        scope[ANSWERING] = self
        try:
            async with context as ctx:
                if attempt is None:
                    response = self._render(await getattr(self.implementation, self.operation.function)(ctx, **values))
                else:
                    response = await self._answer_once(ctx, values, attempt)
        except ContractViolation:
            raise
        except Exception as error:
            self._check_declared(error)
            raise
        return response  # sent only after the context has committed

    async def _answer_once(self, ctx: object, arguments: Mapping[str, object], attempt: Attempt) -> Response:
        """Give what was answered to the same request before, or ask the handler and keep what it answers."""
        if (found := await self.gate.recall(ctx, attempt)) is not None:
            return replayed(found)
        response = self._render(await getattr(self.implementation, self.operation.function)(ctx, **arguments))
        if response.status_code in _SUCCESSES:
            if isinstance(response, StreamingResponse):
                raise self._violation("what is sent piece by piece cannot be kept under a key")
            await self.gate.keep(ctx, attempt, kept(response))
        return response

    def _told_schemes(self) -> Iterator[tuple[str, str | None]]:
        """Give the schemes that FastAPI documents, each with the query parameter that it reads, if it does."""
        for dependency in self.dependant.dependencies:
            if isinstance(dependency.call, Scheme):
                yield dependency.call.scheme_name, dependency.call.query_name

    async def _read(
        self, call: Call, scope: Scope, receive: Receive, lines: Lines, request: Request | None
    ) -> tuple[dict[str, Any], Attempt | None]:  # values of the parameters' types
        """Give the parameters and the body by their names in Python, or raise every fault at once."""
        is_retried = self.retries.are_asked(lines)
        if is_retried:
            receive = self.retries.watch(scope, receive)
        body, body_faults = await self.body.read(scope, receive, lines, _WORDS) if self.body.media else _NO_BODY
        values, faults = self.parameters.read(scope, lines, _WORDS)
        if request is not None and self.others.dependencies:
            faults += await self._faults_of_others(request)
        faults += body_faults
        if faults:
            raise InvalidRequest(faults)
        values = body | values
        return values, self.retries.attempt(call, scope, lines, values) if is_retried else None

    async def _faults_of_others(self, request: Request) -> list[Fault]:
        """Run what the app has made every route depend on: FastAPI solves that."""
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
        rendering = self.results.get(type(result))
        if rendering is None:
            raise self._violation(f"the result is a {type(result).__name__}")
        try:
            return rendering.write(result)
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


def share_paths(routes: Sequence[ContractRoute]) -> None:
    """Let one lookup of a path do for all of the routes, and leave to a concrete path what is its own.

    The latter whatever the method is (OpenAPI 3.1.0, section 4.8.8.2).
    """
    paths = Paths(routes)
    for route in routes:
        route.paths, route.template = paths, paths.templates[route.path]


def _consumed(request: Request) -> Receive:
    """Give the way to receive a request: who asks it for its body once more is told so, and does not wait for ever."""

    async def receive() -> Message:
        request._stream_consumed = True  # noqa: SLF001 - as its own `stream` does
        return await request.receive()

    return receive


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
