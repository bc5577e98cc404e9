"""The errors of this service: an operation raises these and nothing else.

    ApiError
    ├── MalformedJson          400  malformed_json          the body is no JSON
    ├── InvalidHost            400  invalid_host            the Host header names nobody here
    ├── Unauthenticated        401  unauthenticated         no valid token
    ├── Forbidden              403  forbidden               the path is another user's
    ├── NotFound               404  not_found               no such path
    │   └── TaskNotFound       404  task_not_found          no such task for this user
    ├── MethodNotAllowed       405  method_not_allowed      the path knows other methods
    ├── IdempotencyKeyInProgress  409                       the first request under the key is running
    ├── MetadataFull           409  metadata_full           a merge would make more than 50 entries
    ├── PreconditionFailed     412  precondition_failed     the task is another version than the request says
    ├── ContentTooLarge        413  content_too_large       the body is over the limit
    ├── UnsupportedMediaType   415  unsupported_media_type  the body is no JSON by its own account
    ├── InvalidRequest         422  invalid_request         parameters or body break the contract
    ├── IdempotencyKeyReused   422  idempotency_key_reused  the key is another request's
    ├── PreconditionRequired   428  precondition_required   the request must say which version it means
    ├── RateLimited            429  rate_limited            the user or the address asks too often
    ├── InternalError          500  internal_error          our fault
    ├── Unavailable            503  unavailable             a dependency is down
    └── Unrouted                                            refused before any route is looked at:
        ├── MalformedRequest   400  malformed_request       this is not HTTP
        ├── RequestTimeout     408  request_timeout         head or body did not arrive in time
        ├── TargetTooLong      414  target_too_long         the path and query are over the limit
        └── HeadTooLarge       431  head_too_large          the headers are over the limit

backend/problem_details.py makes them `application/problem+json`; what escapes beside them becomes an `InternalError` in
backend/edge.py.
Spec: specs/features/errors.md.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import ClassVar

from pydantic_core import from_json


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

    def __init__(
        self,
        detail: str,
        *,
        headers: Mapping[str, str] | None = None,
        extensions: Mapping[str, object] | None = None,
    ) -> None:
        """Refuse; `extensions` are members beside those of every problem (RFC 9457, section 3.2), as JSON."""
        super().__init__(detail)
        self.detail = detail
        self.headers = dict(headers or {})
        self.extensions = dict(extensions or {})


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

    def __init__(self, *, presented: bool, is_guess: bool = True) -> None:
        """`is_guess`, which no answer tells, is whether it takes no secret of ours to have made what was presented."""
        self.is_guess = is_guess
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

    def __init__(
        self, detail: str = "There is nothing at this path. GET / links to the contract.", *, index: int | None = None
    ) -> None:
        super().__init__(detail, extensions=_item(index))


class TaskNotFound(NotFound):
    """This user has no such task; another user's task looks like one that never was."""

    code = "task_not_found"
    title = "Task not found"

    def __init__(self, *, index: int | None = None) -> None:
        super().__init__("This user has no task with this id. List the tasks to see which there are.", index=index)


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


class IdempotencyKeyInProgress(ApiError):
    """A request under the same key is still running, here or on another server."""

    status = 409
    code = "idempotency_key_in_progress"
    title = "Idempotency key in progress"

    def __init__(self) -> None:
        super().__init__(
            "A request under this Idempotency-Key is still running. Send it again after Retry-After seconds.",
            headers={"Retry-After": "1"},
        )


class MetadataFull(ApiError):
    """Merged with the metadata that the task has, there would be too many entries."""

    status = 409
    code = "metadata_full"
    title = "Metadata full"

    def __init__(self, limit: int, *, index: int | None = None) -> None:
        """Refuse the merge; `limit` is the number of entries that a task may have."""
        super().__init__(
            f"Merged with the metadata of the task there would be more than {limit} entries. Remove some as null.",
            extensions=_item(index),
        )


class PreconditionFailed(ApiError):
    """The task is not as the request says that it is; the problem holds it as it is now."""

    status = 412
    code = "precondition_failed"
    title = "Precondition failed"

    def __init__(self, task: str, *, etag: str | None = None, index: int | None = None) -> None:
        """Refuse a request about one task (JSON), whose `etag` goes along, or about a bulk update's item at `index`."""
        super().__init__(
            "The task is not as the request says; task is how it is now. Merge the change with it, and send it again.",
            headers={} if etag is None else {"ETag": etag},
            extensions=_item(index) | {"task": from_json(task)},
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
        super().__init__(
            f"The request breaks the contract in {places}; correct what errors names.",
            extensions={"errors": [asdict(fault) for fault in errors]},
        )


class IdempotencyKeyReused(ApiError):
    """The key is that of another request: one with another body, `Content-Type` or condition."""

    status = 422
    code = "idempotency_key_reused"
    title = "Idempotency key reused"

    def __init__(self) -> None:
        super().__init__("Another request was sent under this Idempotency-Key. Send a new request with a new key.")


class PreconditionRequired(ApiError):
    """This service is set to refuse writes that do not say which version they mean (RFC 6585, section 3)."""

    status = 428
    code = "precondition_required"
    title = "Precondition required"

    def __init__(self, *, index: int | None = None) -> None:
        way = "the ETag of the task as If-Match" if index is None else "the version of the task in its item"
        super().__init__(
            f"This service wants to be told which version of the task is meant. Send {way}.", extensions=_item(index)
        )


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
        super().__init__(
            "The service failed. Try again later, a write only under its Idempotency-Key; if it fails again, report "
            "the request id."
        )


class Unavailable(ApiError):
    """A dependency is down, most likely for a short time; the cause is in the log and nowhere else."""

    status = 503
    code = "unavailable"
    title = "Unavailable"

    def __init__(self, *, retry_after: int = 1) -> None:
        """Refuse for now; `retry_after` is in seconds."""
        super().__init__(
            "A part that the service needs does not answer. Try again after Retry-After seconds, a write only under "
            "its Idempotency-Key.",
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


def _item(index: int | None) -> dict[str, object]:
    """The member that names an item of a bulk update, counted from 0."""
    return {} if index is None else {"index": index}
