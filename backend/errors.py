"""The errors of this service, and the one place where they become `application/problem+json` (RFC 9457).

    ApiError
    ├── MalformedJson          400  malformed_json          the body is no JSON
    ├── InvalidHost            400  invalid_host            the Host header names nobody here
    ├── Unauthenticated        401  unauthenticated         no valid token
    ├── Forbidden              403  forbidden               the path is another user's
    ├── NotFound               404  not_found               no such path
    │   └── TaskNotFound       404  task_not_found          no such task for this user
    ├── MethodNotAllowed       405  method_not_allowed      the path knows other methods
    ├── ContentTooLarge        413  content_too_large       the body is over the limit
    ├── UnsupportedMediaType   415  unsupported_media_type  the body is no JSON by its own account
    ├── InvalidRequest         422  invalid_request         parameters or body break the contract
    ├── RateLimited            429  rate_limited            the user or the address asks too often
    ├── InternalError          500  internal_error          our fault
    ├── Unavailable            503  unavailable             a dependency is down
    └── Unrouted                                            refused before any route is looked at:
        ├── MalformedRequest   400  malformed_request       this is not HTTP
        ├── RequestTimeout     408  request_timeout         head or body did not arrive in time
        ├── TargetTooLong      414  target_too_long         the path and query are over the limit
        └── HeadTooLarge       431  head_too_large          the headers are over the limit

Handlers raise these and nothing else; what escapes them becomes an `InternalError` in `backend/edge.py`.
Spec: specs/features/errors.md.
"""

import json
import logging
import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import ClassVar, Final, cast, get_args

from fastapi import FastAPI
from fastapi.routing import APIRoute
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Match
from starlette.types import Scope

from backend import logs
from generated import plumbing

log = logging.getLogger(__name__)

MEDIA_TYPE: Final = "application/problem+json"

NOT_IN_A_URI: Final = re.compile(r"(?<=^/)/|%(?![0-9A-Fa-f]{2})|[^A-Za-z0-9._~!$&'()*+,;=:@/%-]")
"""What RFC 3986, section 3.3, keeps out of a path, and a second slash, which would make it the name of a host."""


Refusal = plumbing.MalformedJson | plumbing.UnsupportedMediaType | plumbing.ContentTooLarge | plumbing.InvalidRequest


@dataclass(frozen=True, slots=True)
class FieldError:
    """One place where a request breaks the contract.

    Attributes:
        field: where, like `body.title` or `query.limit`.
        message: what to do about it, for a person; never what was sent.
        type: what is wrong, for a program.
    """

    field: str
    message: str
    type: str


class ApiError(Exception):
    """An answer that is not a success: its status, its code, and text that tells a person what to do."""

    status: ClassVar[int]
    code: ClassVar[str]
    title: ClassVar[str]

    def __init__(self, detail: str, *, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(detail)
        self.detail = detail
        self.headers = dict(headers or {})
        self.errors: tuple[FieldError, ...] = ()


class MalformedJson(ApiError):
    """The body is no JSON: bad syntax, duplicate members, NaN, a byte-order mark, bad UTF-8."""

    status = 400
    code = "malformed_json"
    title = "Malformed JSON"

    def __init__(self, reason: str) -> None:
        super().__init__(f"The body is not valid JSON: {reason}. Correct it before sending it again.")


class InvalidHost(ApiError):
    """The request was sent to a host that is not served here (RFC 9110, section 7.4)."""

    status = 400
    code = "invalid_host"
    title = "Invalid host"

    def __init__(self) -> None:
        super().__init__("The Host header names no host that this service answers for. Correct the address.")


class Unauthenticated(ApiError):
    """There is no valid token. Every reason has this one text: an attacker learns nothing from it."""

    status = 401
    code = "unauthenticated"
    title = "Unauthenticated"

    def __init__(self, *, presented: bool) -> None:
        # RFC 6750, section 3: no error code for a client that presented nothing.
        challenge = 'Bearer error="invalid_token"' if presented else "Bearer"
        super().__init__(
            "Send a valid, unexpired bearer token in the Authorization header; log in again to get one.",
            headers={"WWW-Authenticate": challenge},
        )


class Forbidden(ApiError):
    """The token is valid, but the path belongs to another user."""

    status = 403
    code = "forbidden"
    title = "Forbidden"

    def __init__(self) -> None:
        super().__init__("The user in the path is not the user of the token. Use your own user id in the path.")


class NotFound(ApiError):
    """There is nothing at this path."""

    status = 404
    code = "not_found"
    title = "Not found"

    def __init__(self, detail: str = "There is nothing at this path. GET / links to the contract.") -> None:
        super().__init__(detail)


class TaskNotFound(NotFound):
    """This user has no such task; another user's task looks like one that never was."""

    code = "task_not_found"
    title = "Task not found"

    def __init__(self) -> None:
        super().__init__("This user has no task with this id. List the tasks to see which there are.")


class MethodNotAllowed(ApiError):
    """The path exists and does not know the method."""

    status = 405
    code = "method_not_allowed"
    title = "Method not allowed"

    def __init__(self, allow: str) -> None:
        super().__init__(
            "This path does not know the method. Use one of those that the Allow header names.",
            headers={"Allow": allow},
        )


class ContentTooLarge(ApiError):
    """The body is over the limit, in bytes."""

    status = 413
    code = "content_too_large"
    title = "Content too large"

    def __init__(self, limit: int) -> None:
        super().__init__(f"The body is larger than {limit} bytes. Send less.")


class UnsupportedMediaType(ApiError):
    """The body is of a media type that the operation does not take, or does not name one."""

    status = 415
    code = "unsupported_media_type"
    title = "Unsupported media type"

    def __init__(self, accepted: Sequence[str]) -> None:
        super().__init__(f"Send the body as {' or '.join(accepted)}, in UTF-8, and say so in Content-Type.")


class InvalidRequest(ApiError):
    """Parameters or the body break the contract; `errors` names each place."""

    status = 422
    code = "invalid_request"
    title = "Invalid request"

    def __init__(self, errors: Sequence[FieldError]) -> None:
        places = "1 place" if len(errors) == 1 else f"{len(errors)} places"
        super().__init__(f"The request breaks the contract in {places}; correct what errors names.")
        self.errors = tuple(errors)


class RateLimited(ApiError):
    """The user, or whoever fails to authenticate from this address, asks too often."""

    status = 429
    code = "rate_limited"
    title = "Rate limited"

    def __init__(self, *, retry_after: int) -> None:
        """Refuse until `retry_after` seconds have passed, when one request will be let in."""
        super().__init__(
            "These were too many requests. Try again after Retry-After seconds.",
            headers={"Retry-After": str(retry_after)},
        )


class InternalError(ApiError):
    """Our fault; the cause is in the log and nowhere else."""

    status = 500
    code = "internal_error"
    title = "Internal error"

    def __init__(self) -> None:
        super().__init__("The service failed. Try again later; if it fails again, report the request id.")


class Unavailable(ApiError):
    """A dependency is down, most likely for a short time; the cause is in the log and nowhere else."""

    status = 503
    code = "unavailable"
    title = "Unavailable"

    def __init__(self, *, retry_after: int = 1) -> None:
        """Refuse for now; `retry_after` is in seconds."""
        super().__init__(
            "A part that the service needs does not answer. Try again after Retry-After seconds.",
            headers={"Retry-After": str(retry_after)},
        )


class Unrouted(ApiError):
    """Refused by the server before any route is looked at, because no request arrived whole."""


class MalformedRequest(Unrouted):
    """What was sent is not HTTP."""

    status = 400
    code = "malformed_request"
    title = "Malformed request"

    def __init__(self) -> None:
        super().__init__("This is not a well-formed HTTP/1.1 request. Correct it before sending it again.")


class RequestTimeout(Unrouted):
    """The head or the body of the request did not arrive in time."""

    status = 408
    code = "request_timeout"
    title = "Request timeout"

    def __init__(self) -> None:
        super().__init__("The request did not arrive in time. Send it again, all at once.")


class TargetTooLong(Unrouted):
    """Path and query together are over the limit."""

    status = 414
    code = "target_too_long"
    title = "Target too long"

    def __init__(self) -> None:
        super().__init__("The path and query of the request are too long. Shorten them.")


class HeadTooLarge(Unrouted):
    """The headers together are over the limit."""

    status = 431
    code = "head_too_large"
    title = "Head too large"

    def __init__(self) -> None:
        super().__init__("The headers of the request are too large. Send fewer or shorter ones.")


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
    if error.errors:
        members["errors"] = [asdict(fault) for fault in error.errors]
    return json.dumps(members).encode("ascii")


async def _refuse(request: Request, error: Exception) -> Response:
    refusal = cast(ApiError, error)  # Starlette types all handlers alike, whatever class they are registered for
    if refusal.status >= InternalError.status:
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
