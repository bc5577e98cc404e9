"""FastAPI's application without those of its layers that would have nothing to do (specs/decisions/0068).

FastAPI puts six layers around its router and what users add. Each costs a request about as much as reading one of its
parameters, also where there is no telemetry, no limit and no file.
"""

from collections.abc import Awaitable, Sequence
from typing import Final

from fastapi import FastAPI
from fastapi.middleware.asyncexitstack import AsyncExitStackMiddleware
from fastapi.telemetry import TelemetryConfig
from starlette.middleware import Middleware
from starlette.middleware.exceptions import ExceptionMiddleware
from starlette.routing import BaseRoute, Mount
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Lifespan, Message, Receive, Scope, Send
from typing_extensions import override

from generated.plumbing import ContractRoute

OFF: Final[TelemetryConfig] = {"tracing": False, "metrics": False, "logs": False}
"""What FastAPI is told without telemetry. By itself it would look for variables and process-wide providers."""

_RAISED: Final = "application.raised"
"""Where in the ASGI scope an exception is on its way to its handler."""


class Application(FastAPI):
    """All of FastAPI where it is asked for more than the operations of the contract, else only what they need.

    What FastAPI has outermost waits for exceptions that nobody has handled, for telemetry and for limits of bodies.
    No exception passes an edge that answers them all, so these layers stand only around an edge that users have put a
    layer of their own before, or where one of them was set up.
    """

    def __init__(
        self, *, edge: Sequence[Middleware], lifespan: "Lifespan[Application]", telemetry: TelemetryConfig | None
    ) -> None:
        """`edge` are layers, outermost first, that let no exception out."""
        super().__init__(
            middleware=list(edge),
            lifespan=lifespan,
            telemetry=telemetry or OFF,
            openapi_url=None,  # the authored contract is served instead, by operations of its own
            redirect_slashes=False,
        )
        self._edge = edge
        self._is_observed = telemetry is not None
        self._is_bare = False

    @override
    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if self._is_bare and self.middleware_stack is not None and not self.root_path and scope["type"] == "http":
            scope["app"] = self
            await self.middleware_stack(scope, receive, send)
        else:
            await super().__call__(scope, receive, send)

    @override
    def build_middleware_stack(self) -> ASGIApp:
        handlers = self.exception_handlers
        is_guarded = self.user_middleware[:1] == list(self._edge[:1]) and handlers.keys().isdisjoint({500, Exception})
        self._is_bare = is_guarded and not (self._is_observed or self.debug or self.max_body_size is not None)
        if not self._is_bare:
            return super().build_middleware_stack()
        app: ASGIApp = _Routing(self)
        for layer, arguments, options in reversed(self.user_middleware):
            app = layer(app, *arguments, **options)
        return app


class _Routing:
    """The router, and what its exceptions become.

    What Starlette and FastAPI put there makes a request object, two functions and a stack for files before it knows
    whether anybody needs them. Operations need none; all other routes get them, whenever they are added.
    """

    def __init__(self, application: Application) -> None:
        self.app = application.router
        handlers = application.exception_handlers
        self._whole = ExceptionMiddleware(AsyncExitStackMiddleware(self.app), handlers)
        self._handling = ExceptionMiddleware(_raise_again, handlers)
        # FastAPI's own are among them, and so is the class of what a handler of a status is for.
        self._handled: tuple[type[Exception], ...] = tuple(kind for kind in handlers if isinstance(kind, type))
        self._seen: list[BaseRoute] = []
        self._suffices = True

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if self._seen != self.app.routes:  # a list is compared by identity first, in 0.1 us
            self._seen = self.app.routes.copy()
            self._suffices = all(map(_needs_nothing, self._seen))
        if not self._suffices or scope["type"] != "http":
            await self._whole(scope, receive, send)
            return
        is_started = False

        def watched(message: Message) -> Awaitable[None]:
            nonlocal is_started
            is_started = True
            return send(message)

        try:
            await self.app.middleware_stack(scope, receive, watched)
        except self._handled as error:
            if is_started:  # too late for another answer
                raise
            scope[_RAISED] = error
            await self._handling(scope, receive, send)


async def _raise_again(scope: Scope, _receive: Receive, _send: Send) -> None:
    error: Exception = scope.pop(_RAISED)
    raise error


def _needs_nothing(route: BaseRoute) -> bool:
    if isinstance(route, Mount):
        return isinstance(route.app, StaticFiles)
    return isinstance(route, ContractRoute) and route.stands_alone
