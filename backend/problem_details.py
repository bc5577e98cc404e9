"""Where errors become `application/problem+json` (RFC 9457), those of the plumbing and of the router among them.

Spec: specs/features/errors.md.
"""

import json
import logging
import re
from typing import Final, cast, get_args

from fastapi import FastAPI
from fastapi.routing import APIRoute
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Match
from starlette.types import Scope

from backend import logs
from backend.errors import (
    ApiError,
    ContentTooLarge,
    FieldError,
    InternalError,
    InvalidRequest,
    MalformedJson,
    MethodNotAllowed,
    NotFound,
    UnsupportedMediaType,
)
from generated import plumbing

log = logging.getLogger(__name__)

MEDIA_TYPE: Final = "application/problem+json"

NOT_IN_A_URI: Final = re.compile(r"(?<=^/)/|%(?![0-9A-Fa-f]{2})|[^A-Za-z0-9._~!$&'()*+,;=:@/%-]")
"""What RFC 3986, section 3.3, keeps out of a path, and a second slash, which would make it the name of a host."""


Refusal = plumbing.MalformedJson | plumbing.UnsupportedMediaType | plumbing.ContentTooLarge | plumbing.InvalidRequest


def install(app: FastAPI) -> None:
    """Lets the application answer with problems where it or its plumbing raises; what is left is backend/edge.py's."""
    app.add_exception_handler(ApiError, _refuse)
    app.add_exception_handler(HTTPException, _refuse_route)
    for refusal in get_args(Refusal):
        app.add_exception_handler(refusal, _refuse_request)


def problem(scope: Scope, error: ApiError) -> Response:
    """The error as an answer to the request of this ASGI scope."""
    raw_path: bytes = scope.get("raw_path") or scope["path"].encode("utf-8")
    content = document(error, instance=raw_path.decode("latin-1"), request_id=logs.request_id())
    return Response(content, status_code=error.status, headers=error.headers, media_type=MEDIA_TYPE)


def document(error: ApiError, *, instance: str, request_id: str) -> bytes:
    """The problem details (RFC 9457, section 3). `instance` is the path of the request as it was sent."""
    members: dict[str, object] = {
        "type": f"/problems/{error.code}",
        "title": error.title,
        "status": error.status,
        "detail": error.detail,
        "instance": NOT_IN_A_URI.sub(lambda match: f"%{ord(match[0]):02X}", instance),
        "code": error.code,
        "request_id": request_id,
    }
    return json.dumps(members | error.extensions).encode("ascii")


async def _refuse(request: Request, error: Exception) -> Response:
    refusal = cast(ApiError, error)  # Starlette types all handlers alike, whatever class they are registered for
    # What has no cause was logged by whoever raised it; of keys once, and not for each made-up token (AUTH-61).
    if refusal.status >= InternalError.status and refusal.__cause__ is not None:
        log.warning("failed: %s", refusal.code, exc_info=error)
    answer = problem(request.scope, refusal)
    if route := request.scope.get(plumbing.ANSWERING):
        route.check(answer)  # an operation raised it: what breaks the contract is not sent, but rescued as a 500
    return answer


async def _refuse_request(request: Request, error: Exception) -> Response:
    return problem(request.scope, _translated(cast(Refusal, error)))  # as above


def _translated(refusal: Refusal) -> ApiError:
    """A refusal of the generated plumbing, which knows nothing of this module."""
    if isinstance(refusal, plumbing.MalformedJson):
        return MalformedJson(refusal.reason)
    if isinstance(refusal, plumbing.UnsupportedMediaType):
        return UnsupportedMediaType(refusal.accepted)
    if isinstance(refusal, plumbing.ContentTooLarge):
        return ContentTooLarge(refusal.limit)
    return InvalidRequest([FieldError(fault.field, fault.message, fault.type) for fault in refusal.errors])


async def _refuse_route(request: Request, error: Exception) -> Response:
    """The refusals of the router: 404, and 405, which for OPTIONS is the answer (RFC 9110, section 9.3.7)."""
    status = cast(HTTPException, error).status_code  # the class that it is registered for, as above
    if status == NotFound.status:
        return problem(request.scope, NotFound())
    if status != MethodNotAllowed.status:
        raise error
    allow = ", ".join(sorted(_methods(request)))
    if request.method == "OPTIONS":
        return Response(status_code=204, headers={"Allow": allow})
    return problem(request.scope, MethodNotAllowed(allow))


def _methods(request: Request) -> set[str]:
    """All methods that the path of the request knows, over all its routes: the router's `Allow` names the first's."""
    scope = request.scope
    # A mount has moved its own path into root_path.
    outer = {**scope, "root_path": scope.get("app_root_path", scope.get("root_path", ""))}
    methods = {"OPTIONS"}
    for route in request.app.routes:
        if route.matches(outer)[0] is not Match.NONE:
            # What is no operation is a mount of files.
            methods |= set(route.methods or ()) if isinstance(route, APIRoute) else {"GET"}
    return methods | {"HEAD"} if "GET" in methods else methods
