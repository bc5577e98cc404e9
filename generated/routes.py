# Generated from openapi/tasks.yaml by `make generate`. Do not edit.
"""Every operation of the contract, declared: nobody reads it. `api.py` is what handlers see, `plumbing.py` what happens.

The functions tell FastAPI what an operation takes; they are never called, and a docstring would become a description.
"""

from functools import partial
from typing import Annotated, Any, Literal, TypeVar

from fastapi import Body, FastAPI, Path, Query, Security
from fastapi import Header as HeaderParameter
from pydantic import MISSING, Field

from . import api, exact, models
from .declarations import (
    IDEMPOTENCY_KEY,
    OWNER,
    Answer,
    Content,
    Demand,
    Header,
    Operation,
    RequestBody,
    Returned,
    Scheme,
)
from .derivation import Facts, derive
from .gate import Gate
from .interface import check
from .plumbing import add_route, share_paths
from .styles import Sent

CallerT = TypeVar("CallerT")
OwnerT = TypeVar("OwnerT")
PublicT = TypeVar("PublicT")

FACTS = Facts(
    openapi="3.1.0",
    document={
        "info": {
            "title": "Task API",
            "summary": "Multi-user tasks behind bearer tokens.",
            "description": "Every user owns a list of tasks. Requests carry a JWT as bearer token, and the user of the path must be the\nuser of the token. An operation with `x-roles` is open to callers in one of these roles for every user of the path,\nwhere the service has been set so; without that it is as any other.\n\n**Requests are closed**: an unknown body field, an unknown, repeated or empty query parameter is refused with a\n422 that names it. **Answers are open**: later 1.x versions may add members, headers, problem codes and statuses from\n400 up, so clients ignore members and headers that they do not know, and take an unknown `code` for what its status\nsays. The values of a task's own members, such as `status`, stay those of this document. `ETag` and cursors are\nopaque: they are sent back as they came.\n\n**Errors** are `application/problem+json` (RFC 9457) with a stable `code` to switch on; they never repeat what\nwas sent. `type` leads to a page about the problem, on this service; compare `code`, for `type` may become absolute.\n\n`x-retry` of a problem's schema says when the request may be sent again:\n\n- `later`: as it is, after `Retry-After` seconds where the answer has it.\n- `keyed`: an operation that takes an `Idempotency-Key` only under one, because it may have been done; any other as\n  with `later`. Those that take none, reads and `deleteUser`, are idempotent (RFC 9110, section 9.2.2).\n- `corrected`: not as it is.\n- `authenticated`: with a new token.\n\n**Nothing is lost.** An update changes the fields that are sent and no others. Every answer with one task has an `ETag`;\nsent back as `If-Match`, a write that would overwrite somebody else's is a 412 that holds the task as it is now. A\nwrite sent again under its `Idempotency-Key` is answered again and not done again.\n\n**Every answer** carries `X-Request-Id`: the one that was sent, if it matches `[A-Za-z0-9._-]{1,64}`, else a new one.\n`Server-Timing` tells the milliseconds of the whole (`total`) and of waiting for the database (`db`).\n`HEAD` answers as `GET` without the body, `OPTIONS` answers 204 with `Allow`.\n",
            "version": "1.0.0",
            "license": {"name": "MIT", "identifier": "MIT"},
        },
        "servers": [{"url": "/", "description": "The service that serves this document."}],
        "tags": [
            {"name": "tasks", "description": "A user's own tasks."},
            {"name": "users", "description": "Everything that is stored of a user, to take away or to delete."},
            {"name": "health", "description": "Liveness and readiness, for balancers and monitors."},
            {"name": "about", "description": "What this service is, its contract and its documentation."},
            {
                "name": "problems",
                "description": "What each kind of problem means, for people; `type` of a problem leads here.",
            },
        ],
    },
    paths={},
    components={},
)
SCHEME_BEARER_AUTH = Scheme(
    name="bearerAuth",
    told={
        "type": "http",
        "scheme": "bearer",
        "bearerFormat": "JWT",
        "description": "A JWT whose user id is the `user_id` of the path, e.g. as Better Auth's users get it. An operation with `x-roles`\nalso takes one with such a role, where the service is set to have it (`ADMIN_ROLE`).\n",
    },
)
SCHEMES = (SCHEME_BEARER_AUTH,)
EXAMPLE_TASK: dict[str, Any] = {
    "summary": "A task",
    "value": {
        "id": 42,
        "user_id": "alice",
        "title": "Buy milk",
        "description": "Two litres",
        "status": "completed",
        "completed": True,
        "priority": 3,
        "due_date": "2026-12-24T16:00:00Z",
        "metadata": {"colour": "green"},
        "created_at": "2026-11-21T09:00:00Z",
        "updated_at": "2026-11-22T08:30:00.250000Z",
        "completed_at": "2026-11-22T08:30:00.250000Z",
        "version": 2,
    },
}
EXAMPLE_CLEARED_TASK: dict[str, Any] = {
    "summary": "The task, without a due date now",
    "value": {
        "id": 42,
        "user_id": "alice",
        "title": "Buy milk",
        "description": "Two litres",
        "status": "completed",
        "completed": True,
        "priority": 3,
        "due_date": None,
        "metadata": {"colour": "green"},
        "created_at": "2026-11-21T09:00:00Z",
        "updated_at": "2026-11-23T07:15:00.500000Z",
        "completed_at": "2026-11-22T08:30:00.250000Z",
        "version": 3,
    },
}
EXAMPLE_MOVED_TASK: dict[str, Any] = {
    "summary": "The task, which somebody works on now",
    "value": {
        "id": 42,
        "user_id": "alice",
        "title": "Buy milk",
        "description": "Two litres",
        "status": "in_progress",
        "completed": False,
        "priority": 5,
        "due_date": "2026-12-24T16:00:00Z",
        "metadata": {"colour": "green"},
        "created_at": "2026-11-21T09:00:00Z",
        "updated_at": "2026-11-23T07:15:00.500000Z",
        "completed_at": None,
        "version": 3,
    },
}
EXAMPLE_UNDONE_TASK: dict[str, Any] = {
    "summary": "The task, not completed any more",
    "value": {
        "id": 42,
        "user_id": "alice",
        "title": "Buy milk",
        "description": "Two litres",
        "status": "pending",
        "completed": False,
        "priority": 3,
        "due_date": "2026-12-24T16:00:00Z",
        "metadata": {"colour": "green"},
        "created_at": "2026-11-21T09:00:00Z",
        "updated_at": "2026-11-23T07:15:00.500000Z",
        "completed_at": None,
        "version": 3,
    },
}
EXAMPLE_CLEAR_DUE_DATE: dict[str, Any] = {"summary": "Clear the due date", "value": {"due_date": None}}
EXAMPLE_MOVE_TO_IN_PROGRESS: dict[str, Any] = {
    "summary": "Start working on it",
    "value": {"status": "in_progress", "priority": 5},
}
EXAMPLE_MALFORMED_JSON: dict[str, Any] = {
    "summary": "A body that is not JSON",
    "value": {
        "type": "/problems/malformed_json",
        "title": "Malformed JSON",
        "status": 400,
        "detail": "The body is not valid JSON: line 1, column 11. Correct it before sending it again.",
        "instance": "/api/alice/tasks",
        "code": "malformed_json",
        "request_id": "9f1c2b7e",
    },
}
EXAMPLE_INVALID_HOST: dict[str, Any] = {
    "summary": "A host that is not served here",
    "value": {
        "type": "/problems/invalid_host",
        "title": "Invalid host",
        "status": 400,
        "detail": "The Host header names no host that this service answers for. Correct the address.",
        "instance": "/health",
        "code": "invalid_host",
        "request_id": "9f1c2b7e",
    },
}
EXAMPLE_MALFORMED_REQUEST: dict[str, Any] = {
    "summary": "Something that is not HTTP",
    "value": {
        "type": "/problems/malformed_request",
        "title": "Malformed request",
        "status": 400,
        "detail": "This is not a well-formed HTTP/1.1 request. Correct it before sending it again.",
        "instance": "/",
        "code": "malformed_request",
        "request_id": "9f1c2b7e",
    },
}
EXAMPLE_UNAUTHENTICATED: dict[str, Any] = {
    "summary": "No valid token",
    "value": {
        "type": "/problems/unauthenticated",
        "title": "Unauthenticated",
        "status": 401,
        "detail": "Send a valid, unexpired bearer token in the Authorization header; log in again to get one.",
        "instance": "/api/alice/tasks",
        "code": "unauthenticated",
        "request_id": "9f1c2b7e",
    },
}
EXAMPLE_FORBIDDEN: dict[str, Any] = {
    "summary": "Another user's path",
    "value": {
        "type": "/problems/forbidden",
        "title": "Forbidden",
        "status": 403,
        "detail": "The user in the path is not the user of the token. Use your own user id in the path.",
        "instance": "/api/bob/tasks",
        "code": "forbidden",
        "request_id": "9f1c2b7e",
    },
}
EXAMPLE_NOT_FOUND: dict[str, Any] = {
    "summary": "A path that leads nowhere",
    "value": {
        "type": "/problems/not_found",
        "title": "Not found",
        "status": 404,
        "detail": "There is nothing at this path. GET / links to the contract.",
        "instance": "/api/alice/task",
        "code": "not_found",
        "request_id": "9f1c2b7e",
    },
}
EXAMPLE_TASK_NOT_FOUND: dict[str, Any] = {
    "summary": "No such task for this user",
    "value": {
        "type": "/problems/task_not_found",
        "title": "Task not found",
        "status": 404,
        "detail": "This user has no task with this id. List the tasks to see which there are.",
        "instance": "/api/alice/tasks/42",
        "code": "task_not_found",
        "request_id": "9f1c2b7e",
    },
}
EXAMPLE_BULK_TASK_NOT_FOUND: dict[str, Any] = {
    "summary": "No such task for this user, in a bulk update",
    "value": {
        "type": "/problems/task_not_found",
        "title": "Task not found",
        "status": 404,
        "detail": "This user has no task with this id. List the tasks to see which there are.",
        "instance": "/api/alice/tasks/bulk",
        "code": "task_not_found",
        "request_id": "9f1c2b7e",
        "index": 1,
    },
}
EXAMPLE_METHOD_NOT_ALLOWED: dict[str, Any] = {
    "summary": "A method that the path does not know",
    "value": {
        "type": "/problems/method_not_allowed",
        "title": "Method not allowed",
        "status": 405,
        "detail": "This path does not know the method. Use one of those that the Allow header names.",
        "instance": "/health",
        "code": "method_not_allowed",
        "request_id": "9f1c2b7e",
    },
}
EXAMPLE_REQUEST_TIMEOUT: dict[str, Any] = {
    "summary": "A request in slow motion",
    "value": {
        "type": "/problems/request_timeout",
        "title": "Request timeout",
        "status": 408,
        "detail": "The request did not arrive in time. Send it again, all at once.",
        "instance": "/",
        "code": "request_timeout",
        "request_id": "9f1c2b7e",
    },
}
EXAMPLE_IDEMPOTENCY_KEY_IN_PROGRESS: dict[str, Any] = {
    "summary": "The first request under this key is not answered yet",
    "value": {
        "type": "/problems/idempotency_key_in_progress",
        "title": "Idempotency key in progress",
        "status": 409,
        "detail": "A request under this Idempotency-Key is still running. Send it again after Retry-After seconds.",
        "instance": "/api/alice/tasks",
        "code": "idempotency_key_in_progress",
        "request_id": "9f1c2b7e",
    },
}
EXAMPLE_METADATA_FULL: dict[str, Any] = {
    "summary": "A merge that makes more than 50 entries",
    "value": {
        "type": "/problems/metadata_full",
        "title": "Metadata full",
        "status": 409,
        "detail": "Merged with the metadata of the task there would be more than 50 entries. Remove some as null.",
        "instance": "/api/alice/tasks/42",
        "code": "metadata_full",
        "request_id": "9f1c2b7e",
    },
}
EXAMPLE_BULK_METADATA_FULL: dict[str, Any] = {
    "summary": "A merge that makes more than 50 entries, in a bulk update",
    "value": {
        "type": "/problems/metadata_full",
        "title": "Metadata full",
        "status": 409,
        "detail": "Merged with the metadata of the task there would be more than 50 entries. Remove some as null.",
        "instance": "/api/alice/tasks/bulk",
        "code": "metadata_full",
        "request_id": "9f1c2b7e",
        "index": 1,
    },
}
EXAMPLE_PRECONDITION_FAILED: dict[str, Any] = {
    "summary": "The task has changed since",
    "value": {
        "type": "/problems/precondition_failed",
        "title": "Precondition failed",
        "status": 412,
        "detail": "The task is not as the request says; task is how it is now. Merge the change with it, and send it again.",
        "instance": "/api/alice/tasks/42",
        "code": "precondition_failed",
        "request_id": "9f1c2b7e",
        "task": {
            "id": 42,
            "user_id": "alice",
            "title": "Buy milk",
            "description": "Two litres",
            "status": "in_progress",
            "completed": False,
            "priority": 3,
            "due_date": "2026-12-24T16:00:00Z",
            "metadata": {"colour": "green"},
            "created_at": "2026-11-21T09:00:00Z",
            "updated_at": "2026-11-22T08:30:00.250000Z",
            "completed_at": None,
            "version": 3,
        },
    },
}
EXAMPLE_BULK_PRECONDITION_FAILED: dict[str, Any] = {
    "summary": "A task of a bulk update has changed since",
    "value": {
        "type": "/problems/precondition_failed",
        "title": "Precondition failed",
        "status": 412,
        "detail": "The task is not as the request says; task is how it is now. Merge the change with it, and send it again.",
        "instance": "/api/alice/tasks/bulk",
        "code": "precondition_failed",
        "request_id": "9f1c2b7e",
        "index": 0,
        "task": {
            "id": 42,
            "user_id": "alice",
            "title": "Buy milk",
            "description": "Two litres",
            "status": "in_progress",
            "completed": False,
            "priority": 3,
            "due_date": "2026-12-24T16:00:00Z",
            "metadata": {"colour": "green"},
            "created_at": "2026-11-21T09:00:00Z",
            "updated_at": "2026-11-22T08:30:00.250000Z",
            "completed_at": None,
            "version": 3,
        },
    },
}
EXAMPLE_CONTENT_TOO_LARGE: dict[str, Any] = {
    "summary": "A body over 1 MiB",
    "value": {
        "type": "/problems/content_too_large",
        "title": "Content too large",
        "status": 413,
        "detail": "The body is larger than 1048576 bytes. Send less.",
        "instance": "/api/alice/tasks",
        "code": "content_too_large",
        "request_id": "9f1c2b7e",
    },
}
EXAMPLE_TARGET_TOO_LONG: dict[str, Any] = {
    "summary": "A path without end",
    "value": {
        "type": "/problems/target_too_long",
        "title": "Target too long",
        "status": 414,
        "detail": "The path and query of the request are too long. Shorten them.",
        "instance": "/",
        "code": "target_too_long",
        "request_id": "9f1c2b7e",
    },
}
EXAMPLE_UNSUPPORTED_MEDIA_TYPE: dict[str, Any] = {
    "summary": "A form instead of JSON",
    "value": {
        "type": "/problems/unsupported_media_type",
        "title": "Unsupported media type",
        "status": 415,
        "detail": "Send the body as application/json, in UTF-8, and say so in Content-Type.",
        "instance": "/api/alice/tasks",
        "code": "unsupported_media_type",
        "request_id": "9f1c2b7e",
    },
}
EXAMPLE_INVALID_REQUEST: dict[str, Any] = {
    "summary": "A mistyped parameter and a title of white space",
    "value": {
        "type": "/problems/invalid_request",
        "title": "Invalid request",
        "status": 422,
        "detail": "The request breaks the contract in 2 places; correct what errors names.",
        "instance": "/api/alice/tasks",
        "code": "invalid_request",
        "request_id": "9f1c2b7e",
        "errors": [
            {"field": "query.staus", "message": "There is no such parameter", "type": "unknown"},
            {
                "field": "body.title",
                "message": "Should be: One line or more of text, at least one character of it not white space; 200 code points at most, as sent. No control characters but tab and newline. White space around it is trimmed.",
                "type": "pattern",
            },
        ],
    },
}
EXAMPLE_IDEMPOTENCY_KEY_REUSED: dict[str, Any] = {
    "summary": "Another request under the key of an earlier one",
    "value": {
        "type": "/problems/idempotency_key_reused",
        "title": "Idempotency key reused",
        "status": 422,
        "detail": "Another request was sent under this Idempotency-Key. Send a new request with a new key.",
        "instance": "/api/alice/tasks",
        "code": "idempotency_key_reused",
        "request_id": "9f1c2b7e",
    },
}
EXAMPLE_PRECONDITION_REQUIRED: dict[str, Any] = {
    "summary": "A write without If-Match where it is asked for",
    "value": {
        "type": "/problems/precondition_required",
        "title": "Precondition required",
        "status": 428,
        "detail": "This service wants to be told which version of the task is meant. Send the ETag of the task as If-Match.",
        "instance": "/api/alice/tasks/42",
        "code": "precondition_required",
        "request_id": "9f1c2b7e",
    },
}
EXAMPLE_BULK_PRECONDITION_REQUIRED: dict[str, Any] = {
    "summary": "An item without a version where it is asked for",
    "value": {
        "type": "/problems/precondition_required",
        "title": "Precondition required",
        "status": 428,
        "detail": "This service wants to be told which version of the task is meant. Send the version of the task in its item.",
        "instance": "/api/alice/tasks/bulk",
        "code": "precondition_required",
        "request_id": "9f1c2b7e",
        "index": 0,
    },
}
EXAMPLE_RATE_LIMITED: dict[str, Any] = {
    "summary": "Too many requests",
    "value": {
        "type": "/problems/rate_limited",
        "title": "Rate limited",
        "status": 429,
        "detail": "These were too many requests. Try again after Retry-After seconds.",
        "instance": "/api/alice/tasks",
        "code": "rate_limited",
        "request_id": "9f1c2b7e",
    },
}
EXAMPLE_HEAD_TOO_LARGE: dict[str, Any] = {
    "summary": "Headers without end",
    "value": {
        "type": "/problems/head_too_large",
        "title": "Head too large",
        "status": 431,
        "detail": "The headers of the request are too large. Send fewer or shorter ones.",
        "instance": "/",
        "code": "head_too_large",
        "request_id": "9f1c2b7e",
    },
}
EXAMPLE_INTERNAL_ERROR: dict[str, Any] = {
    "summary": "Our fault",
    "value": {
        "type": "/problems/internal_error",
        "title": "Internal error",
        "status": 500,
        "detail": "The service failed. Try again later, a write only under its Idempotency-Key; if it fails again, report the request id.",
        "instance": "/api/alice/tasks",
        "code": "internal_error",
        "request_id": "9f1c2b7e",
    },
}
EXAMPLE_UNAVAILABLE: dict[str, Any] = {
    "summary": "The database is away",
    "value": {
        "type": "/problems/unavailable",
        "title": "Unavailable",
        "status": 503,
        "detail": "A part that the service needs does not answer. Try again after Retry-After seconds, a write only under its Idempotency-Key.",
        "instance": "/api/alice/tasks",
        "code": "unavailable",
        "request_id": "9f1c2b7e",
    },
}
HEADER_REQUEST_ID = Header(
    annotation=Annotated[str, Field(strict=True, min_length=1, max_length=64, pattern="^[A-Za-z0-9._-]{1,64}$")],
    required=True,
    description="Names this request in the logs of the service.",
    said={"x-edge": True},
)
HEADER_LOCATION = Header(
    annotation=Annotated[
        str, Field(strict=True, min_length=1, max_length=2048), exact.Also(exact.Rules({"format": "uri-reference"}))
    ],
    required=True,
    description="The path of the new task.",
)
HEADER_ETAG = Header(
    annotation=Annotated[
        str, Field(strict=True, min_length=3, max_length=128, pattern='^"[\\u0021\\u0023-\\u007e]+"$')
    ],
    required=True,
    description="A strong tag of the task as it is, to be sent back as `If-Match` or `If-None-Match`.",
)
HEADER_CONTRACT_TAG = Header(
    annotation=Annotated[
        str, Field(strict=True, min_length=3, max_length=128, pattern='^"[\\u0021\\u0023-\\u007e]+"$')
    ],
    required=True,
    description="A strong tag of the contract as it is, to be sent back as `If-None-Match`.",
)
HEADER_CACHE_CONTROL = Header(
    annotation=Literal["public, no-cache"],
    required=True,
    description="Everybody may keep the answer, and asks each time whether it is still true.",
)
HEADER_ANY_ORIGIN = Header(
    annotation=Literal["*"],
    required=True,
    description="Scripts of every origin may read the answer.",
    said={"x-edge": True},
)
HEADER_VARY_ACCEPT = Header(
    annotation=Annotated[
        str, Field(strict=True, min_length=6, max_length=128, pattern="^(?:[A-Za-z-]+, )*Accept(?:, [A-Za-z-]+)*$")
    ],
    required=True,
    description="The request's headers that another answer may come by, `Accept` among them.",
)
HEADER_RATE_LIMIT_POLICY = Header(
    annotation=Annotated[
        str,
        Field(
            strict=True,
            min_length=1,
            max_length=128,
            pattern='^"[a-z]+"(;[a-z]+=[0-9]+)+(, "[a-z]+"(;[a-z]+=[0-9]+)+)*$',
        ),
    ],
    required=False,
    description="The limit that such requests count against (draft-ietf-httpapi-ratelimit-headers-11): its name, how many requests\nit allows, and in how many seconds so many come back. A list of structured fields: there may be more limits and\nmore parameters. Absent where limits are switched off.\n",
    said={"x-edge": True},
)
HEADER_RATE_LIMIT = Header(
    annotation=Annotated[
        str,
        Field(
            strict=True,
            min_length=1,
            max_length=128,
            pattern='^"[a-z]+"(;[a-z]+=[0-9]+)+(, "[a-z]+"(;[a-z]+=[0-9]+)+)*$',
        ),
    ],
    required=False,
    description="How many requests are left of that limit, and in how many seconds there is one more.",
    said={"x-edge": True},
)
HEADER_IDEMPOTENCY_REPLAYED = Header(
    annotation=Literal["true"],
    required=False,
    description="The answer is the one that this request got before, under its `Idempotency-Key`; nothing was done again.",
    said={"x-edge": True},
)
HEADER_RETRY_AFTER_IN_PROGRESS = Header(
    annotation=Annotated[int, Field(strict=True, ge=1, le=3600), exact.WHOLE],
    required=False,
    description="Seconds to wait before the next try, where a request under the same key is running.",
)
HEADER_RETRY_AFTER = Header(
    annotation=Annotated[int, Field(strict=True, ge=1, le=3600), exact.WHOLE],
    required=True,
    description="Seconds to wait before the next try.",
)
HEADER_WWW_AUTHENTICATE = Header(
    annotation=Annotated[str, Field(strict=True, min_length=1, max_length=256)],
    required=True,
    description="The scheme to authenticate with (RFC 6750).",
)
HEADER_ALLOW = Header(
    annotation=Annotated[str, Field(strict=True, min_length=1, max_length=128)],
    required=True,
    description="The methods of this path.",
)
LINK_GET_TASK: dict[str, Any] = {
    "operationId": "getTask",
    "description": "Read this task.",
    "parameters": {"user_id": "$request.path.user_id", "id": "$response.body#/id"},
}
LINK_UPDATE_TASK: dict[str, Any] = {
    "operationId": "updateTask",
    "description": "Update this task.",
    "parameters": {"user_id": "$request.path.user_id", "id": "$response.body#/id"},
}
LINK_PATCH_TASK: dict[str, Any] = {
    "operationId": "patchTask",
    "description": "Patch this task.",
    "parameters": {"user_id": "$request.path.user_id", "id": "$response.body#/id"},
}
LINK_TOGGLE_TASK: dict[str, Any] = {
    "operationId": "toggleTask",
    "description": "Toggle this task.",
    "parameters": {"user_id": "$request.path.user_id", "id": "$response.body#/id"},
}
LINK_DELETE_TASK: dict[str, Any] = {
    "operationId": "deleteTask",
    "description": "Delete this task.",
    "parameters": {"user_id": "$request.path.user_id", "id": "$response.body#/id"},
}
ANSWER_BAD_REQUEST = Answer(
    description="The request is not well-formed HTTP, or its `Host` header names no host that this service answers for.",
    headers={"X-Request-Id": HEADER_REQUEST_ID},
    content=(
        Content(
            media_type="application/problem+json",
            annotation=Annotated[
                models.InvalidHostProblem | models.MalformedRequestProblem, Field(discriminator="code")
            ],
            examples={"invalid_host": EXAMPLE_INVALID_HOST, "malformed_request": EXAMPLE_MALFORMED_REQUEST},
        ),
    ),
    links={},
)
ANSWER_BAD_REQUEST_WITH_BODY = Answer(
    description="The body is not JSON, the request is not well-formed HTTP, or its `Host` header names no host that this service\nanswers for.\n",
    headers={
        "X-Request-Id": HEADER_REQUEST_ID,
        "RateLimit-Policy": HEADER_RATE_LIMIT_POLICY,
        "RateLimit": HEADER_RATE_LIMIT,
    },
    content=(
        Content(
            media_type="application/problem+json",
            annotation=Annotated[
                models.MalformedJsonProblem | models.InvalidHostProblem | models.MalformedRequestProblem,
                Field(discriminator="code"),
            ],
            examples={
                "malformed_json": EXAMPLE_MALFORMED_JSON,
                "invalid_host": EXAMPLE_INVALID_HOST,
                "malformed_request": EXAMPLE_MALFORMED_REQUEST,
            },
        ),
    ),
    links={},
)
ANSWER_UNAUTHENTICATED = Answer(
    description="There is no bearer token, or it is not valid (any more).",
    headers={
        "X-Request-Id": HEADER_REQUEST_ID,
        "RateLimit-Policy": HEADER_RATE_LIMIT_POLICY,
        "RateLimit": HEADER_RATE_LIMIT,
        "WWW-Authenticate": HEADER_WWW_AUTHENTICATE,
    },
    content=(
        Content(
            media_type="application/problem+json",
            annotation=models.UnauthenticatedProblem,
            examples={"unauthenticated": EXAMPLE_UNAUTHENTICATED},
        ),
    ),
    links={},
)
ANSWER_FORBIDDEN = Answer(
    description="The token is valid, but its user is not the user of the path, and the operation is open to no role of theirs.\n",
    headers={
        "X-Request-Id": HEADER_REQUEST_ID,
        "RateLimit-Policy": HEADER_RATE_LIMIT_POLICY,
        "RateLimit": HEADER_RATE_LIMIT,
    },
    content=(
        Content(
            media_type="application/problem+json",
            annotation=models.ForbiddenProblem,
            examples={"forbidden": EXAMPLE_FORBIDDEN},
        ),
    ),
    links={},
)
ANSWER_NOT_FOUND = Answer(
    description="There is nothing at this path.",
    headers={"X-Request-Id": HEADER_REQUEST_ID},
    content=(
        Content(
            media_type="application/problem+json",
            annotation=models.NotFoundProblem,
            examples={"not_found": EXAMPLE_NOT_FOUND},
        ),
    ),
    links={},
)
ANSWER_TASK_NOT_FOUND = Answer(
    description="This user has no such task, or there is nothing at this path.",
    headers={
        "X-Request-Id": HEADER_REQUEST_ID,
        "RateLimit-Policy": HEADER_RATE_LIMIT_POLICY,
        "RateLimit": HEADER_RATE_LIMIT,
    },
    content=(
        Content(
            media_type="application/problem+json",
            annotation=Annotated[models.TaskNotFoundProblem | models.NotFoundProblem, Field(discriminator="code")],
            examples={"task_not_found": EXAMPLE_TASK_NOT_FOUND, "not_found": EXAMPLE_NOT_FOUND},
        ),
    ),
    links={},
)
ANSWER_BULK_TASK_NOT_FOUND = Answer(
    description="This user has no such task, `index` names the item; or there is nothing at this path.",
    headers={
        "X-Request-Id": HEADER_REQUEST_ID,
        "RateLimit-Policy": HEADER_RATE_LIMIT_POLICY,
        "RateLimit": HEADER_RATE_LIMIT,
    },
    content=(
        Content(
            media_type="application/problem+json",
            annotation=Annotated[models.TaskNotFoundProblem | models.NotFoundProblem, Field(discriminator="code")],
            examples={"task_not_found": EXAMPLE_BULK_TASK_NOT_FOUND, "not_found": EXAMPLE_NOT_FOUND},
        ),
    ),
    links={},
)
ANSWER_METHOD_NOT_ALLOWED = Answer(
    description="This path does not know the method of the request.",
    headers={"X-Request-Id": HEADER_REQUEST_ID, "Allow": HEADER_ALLOW},
    content=(
        Content(
            media_type="application/problem+json",
            annotation=models.MethodNotAllowedProblem,
            examples={"method_not_allowed": EXAMPLE_METHOD_NOT_ALLOWED},
        ),
    ),
    links={},
)
ANSWER_REQUEST_TIMEOUT = Answer(
    description="The request did not arrive in time.",
    headers={"X-Request-Id": HEADER_REQUEST_ID},
    content=(
        Content(
            media_type="application/problem+json",
            annotation=models.RequestTimeoutProblem,
            examples={"request_timeout": EXAMPLE_REQUEST_TIMEOUT},
        ),
    ),
    links={},
)
ANSWER_IDEMPOTENCY_CONFLICT = Answer(
    description="A request under the same `Idempotency-Key` is still running.",
    headers={
        "X-Request-Id": HEADER_REQUEST_ID,
        "RateLimit-Policy": HEADER_RATE_LIMIT_POLICY,
        "RateLimit": HEADER_RATE_LIMIT,
        "Retry-After": HEADER_RETRY_AFTER,
    },
    content=(
        Content(
            media_type="application/problem+json",
            annotation=models.IdempotencyKeyInProgressProblem,
            examples={"idempotency_key_in_progress": EXAMPLE_IDEMPOTENCY_KEY_IN_PROGRESS},
        ),
    ),
    links={},
)
ANSWER_CONFLICT = Answer(
    description="Merged with the metadata that the task has, there would be more than 50 entries; or a request under the same\n`Idempotency-Key` is still running.\n",
    headers={
        "X-Request-Id": HEADER_REQUEST_ID,
        "RateLimit-Policy": HEADER_RATE_LIMIT_POLICY,
        "RateLimit": HEADER_RATE_LIMIT,
        "Retry-After": HEADER_RETRY_AFTER_IN_PROGRESS,
    },
    content=(
        Content(
            media_type="application/problem+json",
            annotation=Annotated[
                models.IdempotencyKeyInProgressProblem | models.MetadataFullProblem, Field(discriminator="code")
            ],
            examples={
                "idempotency_key_in_progress": EXAMPLE_IDEMPOTENCY_KEY_IN_PROGRESS,
                "metadata_full": EXAMPLE_METADATA_FULL,
            },
        ),
    ),
    links={},
)
ANSWER_BULK_CONFLICT = Answer(
    description="Merged with the metadata that a task has, there would be more than 50 entries, `index` names its item; or a request\nunder the same `Idempotency-Key` is still running.\n",
    headers={
        "X-Request-Id": HEADER_REQUEST_ID,
        "RateLimit-Policy": HEADER_RATE_LIMIT_POLICY,
        "RateLimit": HEADER_RATE_LIMIT,
        "Retry-After": HEADER_RETRY_AFTER_IN_PROGRESS,
    },
    content=(
        Content(
            media_type="application/problem+json",
            annotation=Annotated[
                models.IdempotencyKeyInProgressProblem | models.MetadataFullProblem, Field(discriminator="code")
            ],
            examples={
                "idempotency_key_in_progress": EXAMPLE_IDEMPOTENCY_KEY_IN_PROGRESS,
                "metadata_full": EXAMPLE_BULK_METADATA_FULL,
            },
        ),
    ),
    links={},
)
ANSWER_PRECONDITION_FAILED = Answer(
    description="The task is not as `If-Match` or `If-None-Match` want it; the problem holds it as it is now.",
    headers={
        "X-Request-Id": HEADER_REQUEST_ID,
        "RateLimit-Policy": HEADER_RATE_LIMIT_POLICY,
        "RateLimit": HEADER_RATE_LIMIT,
        "ETag": HEADER_ETAG,
    },
    content=(
        Content(
            media_type="application/problem+json",
            annotation=models.PreconditionFailedProblem,
            examples={"precondition_failed": EXAMPLE_PRECONDITION_FAILED},
        ),
    ),
    links={},
)
ANSWER_BULK_PRECONDITION_FAILED = Answer(
    description="A task has another `version` than its item; `index` names it, and the problem holds the task as it is now.",
    headers={
        "X-Request-Id": HEADER_REQUEST_ID,
        "RateLimit-Policy": HEADER_RATE_LIMIT_POLICY,
        "RateLimit": HEADER_RATE_LIMIT,
    },
    content=(
        Content(
            media_type="application/problem+json",
            annotation=models.PreconditionFailedProblem,
            examples={"precondition_failed": EXAMPLE_BULK_PRECONDITION_FAILED},
        ),
    ),
    links={},
)
ANSWER_CONTENT_TOO_LARGE = Answer(
    description="The body is larger than 1 MiB.",
    headers={
        "X-Request-Id": HEADER_REQUEST_ID,
        "RateLimit-Policy": HEADER_RATE_LIMIT_POLICY,
        "RateLimit": HEADER_RATE_LIMIT,
    },
    content=(
        Content(
            media_type="application/problem+json",
            annotation=models.ContentTooLargeProblem,
            examples={"content_too_large": EXAMPLE_CONTENT_TOO_LARGE},
        ),
    ),
    links={},
)
ANSWER_TARGET_TOO_LONG = Answer(
    description="Path and query are longer than 8192 bytes.",
    headers={"X-Request-Id": HEADER_REQUEST_ID},
    content=(
        Content(
            media_type="application/problem+json",
            annotation=models.TargetTooLongProblem,
            examples={"target_too_long": EXAMPLE_TARGET_TOO_LONG},
        ),
    ),
    links={},
)
ANSWER_UNSUPPORTED_MEDIA_TYPE = Answer(
    description="The body is not of a media type that this operation takes.",
    headers={
        "X-Request-Id": HEADER_REQUEST_ID,
        "RateLimit-Policy": HEADER_RATE_LIMIT_POLICY,
        "RateLimit": HEADER_RATE_LIMIT,
    },
    content=(
        Content(
            media_type="application/problem+json",
            annotation=models.UnsupportedMediaTypeProblem,
            examples={"unsupported_media_type": EXAMPLE_UNSUPPORTED_MEDIA_TYPE},
        ),
    ),
    links={},
)
ANSWER_INVALID_REQUEST = Answer(
    description="A parameter or the body breaks this contract; `errors` names each place.",
    headers={
        "X-Request-Id": HEADER_REQUEST_ID,
        "RateLimit-Policy": HEADER_RATE_LIMIT_POLICY,
        "RateLimit": HEADER_RATE_LIMIT,
    },
    content=(
        Content(
            media_type="application/problem+json",
            annotation=models.InvalidRequestProblem,
            examples={"invalid_request": EXAMPLE_INVALID_REQUEST},
        ),
    ),
    links={},
)
ANSWER_INVALID_REQUEST_OR_KEY = Answer(
    description="A parameter or the body breaks this contract, and `errors` names each place; or the `Idempotency-Key` is that of\nanother request.\n",
    headers={
        "X-Request-Id": HEADER_REQUEST_ID,
        "RateLimit-Policy": HEADER_RATE_LIMIT_POLICY,
        "RateLimit": HEADER_RATE_LIMIT,
    },
    content=(
        Content(
            media_type="application/problem+json",
            annotation=Annotated[
                models.InvalidRequestProblem | models.IdempotencyKeyReusedProblem, Field(discriminator="code")
            ],
            examples={
                "invalid_request": EXAMPLE_INVALID_REQUEST,
                "idempotency_key_reused": EXAMPLE_IDEMPOTENCY_KEY_REUSED,
            },
        ),
    ),
    links={},
)
ANSWER_PRECONDITION_REQUIRED = Answer(
    description="This service is set to refuse writes without `If-Match`.",
    headers={
        "X-Request-Id": HEADER_REQUEST_ID,
        "RateLimit-Policy": HEADER_RATE_LIMIT_POLICY,
        "RateLimit": HEADER_RATE_LIMIT,
    },
    content=(
        Content(
            media_type="application/problem+json",
            annotation=models.PreconditionRequiredProblem,
            examples={"precondition_required": EXAMPLE_PRECONDITION_REQUIRED},
        ),
    ),
    links={},
)
ANSWER_BULK_PRECONDITION_REQUIRED = Answer(
    description="This service is set to refuse items without `version`; `index` names the first of them.",
    headers={
        "X-Request-Id": HEADER_REQUEST_ID,
        "RateLimit-Policy": HEADER_RATE_LIMIT_POLICY,
        "RateLimit": HEADER_RATE_LIMIT,
    },
    content=(
        Content(
            media_type="application/problem+json",
            annotation=models.PreconditionRequiredProblem,
            examples={"precondition_required": EXAMPLE_BULK_PRECONDITION_REQUIRED},
        ),
    ),
    links={},
)
ANSWER_RATE_LIMITED = Answer(
    description="There were too many requests of this user; or from this address too many without a token, or with one that was\nnever good.\n",
    headers={
        "X-Request-Id": HEADER_REQUEST_ID,
        "RateLimit-Policy": HEADER_RATE_LIMIT_POLICY,
        "RateLimit": HEADER_RATE_LIMIT,
        "Retry-After": HEADER_RETRY_AFTER,
    },
    content=(
        Content(
            media_type="application/problem+json",
            annotation=models.RateLimitedProblem,
            examples={"rate_limited": EXAMPLE_RATE_LIMITED},
        ),
    ),
    links={},
)
ANSWER_HEAD_TOO_LARGE = Answer(
    description="The headers are larger than 32 KiB.",
    headers={"X-Request-Id": HEADER_REQUEST_ID},
    content=(
        Content(
            media_type="application/problem+json",
            annotation=models.HeadTooLargeProblem,
            examples={"head_too_large": EXAMPLE_HEAD_TOO_LARGE},
        ),
    ),
    links={},
)
ANSWER_INTERNAL_ERROR = Answer(
    description="Something went wrong in the service; the answer does not say what.",
    headers={
        "X-Request-Id": HEADER_REQUEST_ID,
        "RateLimit-Policy": HEADER_RATE_LIMIT_POLICY,
        "RateLimit": HEADER_RATE_LIMIT,
    },
    content=(
        Content(
            media_type="application/problem+json",
            annotation=models.InternalErrorProblem,
            examples={"internal_error": EXAMPLE_INTERNAL_ERROR},
        ),
    ),
    links={},
)
ANSWER_UNAVAILABLE = Answer(
    description="Something that the service needs is down, most likely for a short time.",
    headers={
        "X-Request-Id": HEADER_REQUEST_ID,
        "RateLimit-Policy": HEADER_RATE_LIMIT_POLICY,
        "RateLimit": HEADER_RATE_LIMIT,
        "Retry-After": HEADER_RETRY_AFTER,
    },
    content=(
        Content(
            media_type="application/problem+json",
            annotation=models.UnavailableProblem,
            examples={"unavailable": EXAMPLE_UNAVAILABLE},
        ),
    ),
    links={},
)


async def get_service() -> None: ...


GET_SERVICE = Operation(
    id="getService",
    tags=("about",),
    module="about",
    function="get_service",
    method="GET",
    path="/",
    summary="Say what this service is",
    description="The name and version of the service and where to go next: a page for who prefers `text/html` by `Accept`, as\nbrowsers do, and JSON for everybody else, whatever they accept.\n",
    signature=get_service,
    arguments=(),
    body=None,
    returns={
        200: Returned(
            api.GetServiceResult,
            {
                "vary": "Vary",
            },
            Answer(
                description="The service and its links.",
                headers={"X-Request-Id": HEADER_REQUEST_ID, "Vary": HEADER_VARY_ACCEPT},
                content=(
                    Content(
                        media_type="application/json",
                        annotation=models.Service,
                        examples={
                            "service": {
                                "summary": "With documentation switched on",
                                "value": {
                                    "service": "task-api",
                                    "version": "1.0.0",
                                    "links": {
                                        "openapi_yaml": "/openapi.yaml",
                                        "openapi_json": "/openapi.json",
                                        "docs": "/docs",
                                        "problems": "/problems",
                                        "health": "/health",
                                    },
                                },
                            }
                        },
                    ),
                    Content(media_type="text/html", annotation=models.TextDocument, examples={}, kind="text"),
                ),
                links={},
            ),
        ),
    },
    raises={
        400: ANSWER_BAD_REQUEST,
        405: ANSWER_METHOD_NOT_ALLOWED,
        408: ANSWER_REQUEST_TIMEOUT,
        414: ANSWER_TARGET_TOO_LONG,
        422: ANSWER_INVALID_REQUEST,
        431: ANSWER_HEAD_TOO_LARGE,
        500: ANSWER_INTERNAL_ERROR,
    },
)


async def export_user(
    *,
    caller: Annotated[object, Security(SCHEME_BEARER_AUTH)],
    user_id: Annotated[
        models.UserId,
        Sent(said={"example": "alice"}),
        OWNER,
        Path(description="The owner of the tasks; must be the user of the token, unless a role opens the operation."),
    ],
    limit: Annotated[
        Annotated[int, Field(strict=True, ge=1, le=100), exact.WHOLE],
        Query(description="The number of tasks in a page, at most."),
    ] = 100,
    cursor: Annotated[
        models.Cursor | MISSING,
        Query(
            description="`next_cursor` of the page before. It belongs to this operation and to the user: with another, and in a list of\ntasks, it is refused.\n"
        ),
    ] = MISSING,
) -> None: ...


EXPORT_USER = Operation(
    id="exportUser",
    tags=("users",),
    module="users",
    function="export_user",
    method="GET",
    path="/api/{user_id}",
    summary="Export a user",
    description="Everything that is stored of the user, a page of tasks at a time, oldest first. Walking the pages by `next_cursor`\nshows every task that is there all the while exactly once, whatever is written meanwhile. Answers that are kept\nfor requests under an `Idempotency-Key` are copies that are gone within 24 hours, and are not shown.\n",
    security=((Demand(SCHEME_BEARER_AUTH),),),
    signature=export_user,
    arguments=(
        "limit",
        "cursor",
    ),
    body=None,
    returns={
        200: Returned(
            api.ExportUserResult,
            {},
            Answer(
                description="The user and a page of their tasks, perhaps empty.",
                headers={
                    "X-Request-Id": HEADER_REQUEST_ID,
                    "RateLimit-Policy": HEADER_RATE_LIMIT_POLICY,
                    "RateLimit": HEADER_RATE_LIMIT,
                },
                content=(
                    Content(
                        media_type="application/json",
                        annotation=models.UserExport,
                        examples={
                            "last": {
                                "summary": "The last page",
                                "value": {
                                    "user": {
                                        "id": "alice",
                                        "email": "alice@example.com",
                                        "created_at": "2026-11-21T09:00:00Z",
                                        "updated_at": "2026-11-21T09:00:00Z",
                                    },
                                    "tasks": [
                                        {
                                            "id": 42,
                                            "user_id": "alice",
                                            "title": "Buy milk",
                                            "description": None,
                                            "status": "pending",
                                            "completed": False,
                                            "priority": 0,
                                            "due_date": "2026-12-24",
                                            "metadata": {},
                                            "created_at": "2026-11-21T09:00:00Z",
                                            "updated_at": "2026-11-21T09:00:00Z",
                                            "completed_at": None,
                                            "version": 1,
                                        }
                                    ],
                                    "next_cursor": None,
                                },
                            },
                            "nothing": {
                                "summary": "Nothing is stored of this user",
                                "value": {"user": None, "tasks": [], "next_cursor": None},
                            },
                        },
                    ),
                ),
                links={},
            ),
        ),
    },
    raises={
        400: ANSWER_BAD_REQUEST,
        401: ANSWER_UNAUTHENTICATED,
        403: ANSWER_FORBIDDEN,
        404: ANSWER_NOT_FOUND,
        405: ANSWER_METHOD_NOT_ALLOWED,
        408: ANSWER_REQUEST_TIMEOUT,
        414: ANSWER_TARGET_TOO_LONG,
        422: ANSWER_INVALID_REQUEST,
        429: ANSWER_RATE_LIMITED,
        431: ANSWER_HEAD_TOO_LARGE,
        500: ANSWER_INTERNAL_ERROR,
        503: ANSWER_UNAVAILABLE,
    },
)


async def delete_user(
    *,
    caller: Annotated[object, Security(SCHEME_BEARER_AUTH)],
    user_id: Annotated[
        models.UserId,
        Sent(said={"example": "alice"}),
        OWNER,
        Path(description="The owner of the tasks; must be the user of the token, unless a role opens the operation."),
    ],
) -> None: ...


DELETE_USER = Operation(
    id="deleteUser",
    tags=("users",),
    module="users",
    function="delete_user",
    method="DELETE",
    path="/api/{user_id}",
    summary="Delete a user",
    description="Everything that is stored of the user, for good: all tasks, the answers that are kept for requests under an\n`Idempotency-Key`, and the record of the user. All or nothing, and 204 also where there is nothing: it is\nidempotent (RFC 9110, section 9.2.2), takes no key and may be sent again as it is, after a 500 or 503 too. It may\ntake up to 30 seconds. The account itself is not deleted: it is where the tokens come from, and a later write\nbegins anew.\n",
    security=((Demand(SCHEME_BEARER_AUTH),),),
    signature=delete_user,
    arguments=(),
    body=None,
    returns={
        204: Returned(
            api.DeleteUserResult,
            {},
            Answer(
                description="Nothing is stored of this user.",
                headers={
                    "X-Request-Id": HEADER_REQUEST_ID,
                    "RateLimit-Policy": HEADER_RATE_LIMIT_POLICY,
                    "RateLimit": HEADER_RATE_LIMIT,
                },
                content=(),
                links={},
            ),
        ),
    },
    raises={
        400: ANSWER_BAD_REQUEST,
        401: ANSWER_UNAUTHENTICATED,
        403: ANSWER_FORBIDDEN,
        404: ANSWER_NOT_FOUND,
        405: ANSWER_METHOD_NOT_ALLOWED,
        408: ANSWER_REQUEST_TIMEOUT,
        414: ANSWER_TARGET_TOO_LONG,
        422: ANSWER_INVALID_REQUEST,
        429: ANSWER_RATE_LIMITED,
        431: ANSWER_HEAD_TOO_LARGE,
        500: ANSWER_INTERNAL_ERROR,
        503: ANSWER_UNAVAILABLE,
    },
)


async def list_tasks(
    *,
    caller: Annotated[object, Security(SCHEME_BEARER_AUTH)],
    user_id: Annotated[
        models.UserId,
        Sent(said={"example": "alice"}),
        OWNER,
        Path(description="The owner of the tasks; must be the user of the token, unless a role opens the operation."),
    ],
    status: Annotated[
        models.TaskStatusFilter, Query(description="Only tasks in this status; `all` for every status.")
    ] = "all",
    completed: Annotated[
        Annotated[bool, Field(strict=True)] | MISSING,
        Query(description="Only tasks that are completed, or only those that are not. Beside `status`, both count."),
    ] = MISSING,
    search: Annotated[
        models.SearchText | MISSING,
        Query(
            description="Only tasks with this text in the title or the description, without regard to case. No character is a wildcard."
        ),
    ] = MISSING,
    priority: Annotated[models.Priority | MISSING, Query(description="Only tasks of exactly this priority.")] = MISSING,
    due_after: Annotated[
        models.DueBound | MISSING,
        Query(
            description="Only tasks that are due at this moment or later. An all-day task is due for the whole of its day in `tz`; a\nday given here stands for its beginning there.\n"
        ),
    ] = MISSING,
    due_before: Annotated[
        models.DueBound | MISSING,
        Query(
            description="Only tasks that are due before this moment, or on a day that begins before it. Read as `due_after` is."
        ),
    ] = MISSING,
    due: Annotated[
        models.DueFilter | MISSING,
        Query(
            description="`none`: only tasks without a due date. Of the tasks that are neither completed nor cancelled only those that\nare `overdue`, are due `today`, or are `upcoming`, due after today. An all-day task is overdue once its day\nhas ended in `tz`.\n"
        ),
    ] = MISSING,
    tz: Annotated[
        models.TimeZone,
        Query(
            description="Where days begin and end, for `due`, `due_after` and `due_before`. A name that is not known is refused."
        ),
    ] = "UTC",
    sort: Annotated[
        models.TaskSort,
        Query(
            description="What to order by: the moment of creation or of the last change, the title without regard to case, the due\ndate (an all-day date stands at 00:00 UTC, before instants of that moment), or the priority.\n"
        ),
    ] = "created",
    order: Annotated[
        models.SortOrder | MISSING,
        Query(
            description="The direction. Without it, `desc` for `created`, `updated` and `priority`, `asc` for `title` and `due_date`."
        ),
    ] = MISSING,
    limit: Annotated[
        Annotated[int, Field(strict=True, ge=1, le=100), exact.WHOLE],
        Query(description="The number of tasks in a page, at most."),
    ] = 50,
    cursor: Annotated[
        models.Cursor | MISSING,
        Query(
            description="`next_cursor` of the page before. It belongs to the user and to all other parameters of that page but `limit`,\n`offset` and `include_total`: with others it is refused.\n"
        ),
    ] = MISSING,
    offset: Annotated[
        Annotated[int, Field(strict=True, ge=0, le=10000), exact.WHOLE] | MISSING,
        Query(
            description="How many tasks to skip, for pages with numbers; not together with `cursor`. Tasks that are written between two\npages move the others: to see every task, follow `next_cursor`.\n"
        ),
    ] = MISSING,
    include_total: Annotated[
        Annotated[bool, Field(strict=True)],
        Query(description="Whether to count all tasks of the list, on whatever page, and answer `total`."),
    ] = False,
) -> None: ...


LIST_TASKS = Operation(
    id="listTasks",
    tags=("tasks",),
    module="tasks",
    function="list_tasks",
    method="GET",
    path="/api/{user_id}/tasks",
    summary="List tasks",
    description="One page of the user's tasks that pass every filter: `status`, `completed`, `search`, `priority`, `due_after`,\n`due_before` and `due`, days read in `tz`. The order, by `sort` and `order`, is total (equal keys are ordered by id)\nand tasks without a due date come last in both directions. Walking the pages by `next_cursor` shows every task\nthat stood still exactly once, whatever is written meanwhile. Pages with numbers are made of `limit`, `offset` and\n`include_total`.\n\nCallers in the role `admin` may list the tasks of every user, where the service has been set so (`x-roles`).\n",
    security=((Demand(SCHEME_BEARER_AUTH),),),
    roles=("admin",),
    signature=list_tasks,
    arguments=(
        "status",
        "completed",
        "search",
        "priority",
        "due_after",
        "due_before",
        "due",
        "tz",
        "sort",
        "order",
        "limit",
        "cursor",
        "offset",
        "include_total",
    ),
    body=None,
    returns={
        200: Returned(
            api.ListTasksResult,
            {},
            Answer(
                description="A page of tasks, perhaps empty.",
                headers={
                    "X-Request-Id": HEADER_REQUEST_ID,
                    "RateLimit-Policy": HEADER_RATE_LIMIT_POLICY,
                    "RateLimit": HEADER_RATE_LIMIT,
                },
                content=(
                    Content(
                        media_type="application/json",
                        annotation=models.TaskList,
                        examples={
                            "last": {
                                "summary": "The last page",
                                "value": {
                                    "items": [
                                        {
                                            "id": 42,
                                            "user_id": "alice",
                                            "title": "Buy milk",
                                            "description": None,
                                            "status": "pending",
                                            "completed": False,
                                            "priority": 0,
                                            "due_date": "2026-12-24",
                                            "metadata": {},
                                            "created_at": "2026-11-21T09:00:00Z",
                                            "updated_at": "2026-11-21T09:00:00Z",
                                            "completed_at": None,
                                            "version": 1,
                                        }
                                    ],
                                    "next_cursor": None,
                                },
                            },
                            "empty": {"summary": "No tasks", "value": {"items": [], "next_cursor": None}},
                            "counted": {
                                "summary": "No tasks, with `include_total=true`",
                                "value": {"items": [], "next_cursor": None, "total": 0},
                            },
                        },
                    ),
                ),
                links={
                    "getFirst": {
                        "operationId": "getTask",
                        "description": "Read the first task of the page.",
                        "parameters": {"user_id": "$request.path.user_id", "id": "$response.body#/items/0/id"},
                    }
                },
            ),
        ),
    },
    raises={
        400: ANSWER_BAD_REQUEST,
        401: ANSWER_UNAUTHENTICATED,
        403: ANSWER_FORBIDDEN,
        404: ANSWER_NOT_FOUND,
        405: ANSWER_METHOD_NOT_ALLOWED,
        408: ANSWER_REQUEST_TIMEOUT,
        414: ANSWER_TARGET_TOO_LONG,
        422: ANSWER_INVALID_REQUEST,
        429: ANSWER_RATE_LIMITED,
        431: ANSWER_HEAD_TOO_LARGE,
        500: ANSWER_INTERNAL_ERROR,
        503: ANSWER_UNAVAILABLE,
    },
)


async def create_task(
    *,
    caller: Annotated[object, Security(SCHEME_BEARER_AUTH)],
    user_id: Annotated[
        models.UserId,
        Sent(said={"example": "alice"}),
        OWNER,
        Path(description="The owner of the tasks; must be the user of the token, unless a role opens the operation."),
    ],
    body: Annotated[models.TaskCreate, Body(media_type="application/json")],
    idempotency_key: Annotated[
        models.IdempotencyKey | MISSING,
        IDEMPOTENCY_KEY,
        HeaderParameter(
            alias="Idempotency-Key",
            description="A name that the client makes up for this one write, a new UUID for example, and sends again with each repetition\nof it. The same request under the same key is done once and answered alike for 24 hours; another request of the\nsame method and path is refused, and one that was refused may be sent again. Quoted or not is the same key.\n",
        ),
    ] = MISSING,
) -> None: ...


CREATE_TASK = Operation(
    id="createTask",
    tags=("tasks",),
    module="tasks",
    function="create_task",
    method="POST",
    path="/api/{user_id}/tasks",
    summary="Create a task",
    description="Only `title` is required; white space around it is trimmed.",
    security=((Demand(SCHEME_BEARER_AUTH),),),
    signature=create_task,
    arguments=("body",),
    body=RequestBody(
        examples={
            "application/json": {
                "title": {"summary": "The least", "value": {"title": "Buy milk"}},
                "full": {
                    "summary": "Everything",
                    "value": {
                        "title": "Write the quarterly report",
                        "description": "Figures are with Bob.",
                        "status": "in_progress",
                        "completed": False,
                        "priority": 4,
                        "due_date": "2026-12-01T17:00:00+01:00",
                        "metadata": {"project": "reporting"},
                    },
                },
            }
        },
        description="The new task.",
    ),
    returns={
        201: Returned(
            api.CreateTaskResult,
            {
                "location": "Location",
                "etag": "ETag",
            },
            Answer(
                description="The task, as stored.",
                headers={
                    "X-Request-Id": HEADER_REQUEST_ID,
                    "RateLimit-Policy": HEADER_RATE_LIMIT_POLICY,
                    "RateLimit": HEADER_RATE_LIMIT,
                    "Location": HEADER_LOCATION,
                    "ETag": HEADER_ETAG,
                    "Idempotency-Replayed": HEADER_IDEMPOTENCY_REPLAYED,
                },
                content=(
                    Content(
                        media_type="application/json",
                        annotation=models.Task,
                        examples={
                            "title": {
                                "summary": "The least",
                                "value": {
                                    "id": 42,
                                    "user_id": "alice",
                                    "title": "Buy milk",
                                    "description": None,
                                    "status": "pending",
                                    "completed": False,
                                    "priority": 0,
                                    "due_date": None,
                                    "metadata": {},
                                    "created_at": "2026-11-21T09:00:00Z",
                                    "updated_at": "2026-11-21T09:00:00Z",
                                    "completed_at": None,
                                    "version": 1,
                                },
                            },
                            "full": {
                                "summary": "Everything",
                                "value": {
                                    "id": 43,
                                    "user_id": "alice",
                                    "title": "Write the quarterly report",
                                    "description": "Figures are with Bob.",
                                    "status": "in_progress",
                                    "completed": False,
                                    "priority": 4,
                                    "due_date": "2026-12-01T16:00:00Z",
                                    "metadata": {"project": "reporting"},
                                    "created_at": "2026-11-21T09:05:00Z",
                                    "updated_at": "2026-11-21T09:05:00Z",
                                    "completed_at": None,
                                    "version": 1,
                                },
                            },
                        },
                    ),
                ),
                links={
                    "get": LINK_GET_TASK,
                    "update": LINK_UPDATE_TASK,
                    "patch": LINK_PATCH_TASK,
                    "toggle": LINK_TOGGLE_TASK,
                    "delete": LINK_DELETE_TASK,
                },
            ),
        ),
    },
    raises={
        400: ANSWER_BAD_REQUEST_WITH_BODY,
        401: ANSWER_UNAUTHENTICATED,
        403: ANSWER_FORBIDDEN,
        404: ANSWER_NOT_FOUND,
        405: ANSWER_METHOD_NOT_ALLOWED,
        408: ANSWER_REQUEST_TIMEOUT,
        409: ANSWER_IDEMPOTENCY_CONFLICT,
        413: ANSWER_CONTENT_TOO_LARGE,
        414: ANSWER_TARGET_TOO_LONG,
        415: ANSWER_UNSUPPORTED_MEDIA_TYPE,
        422: ANSWER_INVALID_REQUEST_OR_KEY,
        429: ANSWER_RATE_LIMITED,
        431: ANSWER_HEAD_TOO_LARGE,
        500: ANSWER_INTERNAL_ERROR,
        503: ANSWER_UNAVAILABLE,
    },
)


async def update_tasks(
    *,
    caller: Annotated[object, Security(SCHEME_BEARER_AUTH)],
    user_id: Annotated[
        models.UserId,
        Sent(said={"example": "alice"}),
        OWNER,
        Path(description="The owner of the tasks; must be the user of the token, unless a role opens the operation."),
    ],
    body: Annotated[models.TaskBulkUpdate, Body(media_type="application/json")],
    if_match: Annotated[
        models.EntityTags | MISSING,
        HeaderParameter(
            alias="If-Match",
            description="The `ETag` of the task as the client knows it, several of them, or `*` for any task that exists. Another one than\nthe task's own is a 412, and nothing is done. What proxies add to an `ETag`, `W/` and endings like `-gzip`, is\noverlooked.\n",
        ),
    ] = MISSING,
    if_none_match: Annotated[
        models.EntityTags | MISSING,
        HeaderParameter(
            alias="If-None-Match",
            description="The `ETag` of the task as the client knows it, several of them, or `*`. If it is one of them, reading answers\n304, and a write is refused with 412.\n",
        ),
    ] = MISSING,
    idempotency_key: Annotated[
        models.IdempotencyKey | MISSING,
        IDEMPOTENCY_KEY,
        HeaderParameter(
            alias="Idempotency-Key",
            description="A name that the client makes up for this one write, a new UUID for example, and sends again with each repetition\nof it. The same request under the same key is done once and answered alike for 24 hours; another request of the\nsame method and path is refused, and one that was refused may be sent again. Quoted or not is the same key.\n",
        ),
    ] = MISSING,
) -> None: ...


UPDATE_TASKS = Operation(
    id="updateTasks",
    tags=("tasks",),
    module="tasks",
    function="update_tasks",
    method="POST",
    path="/api/{user_id}/tasks/bulk",
    summary="Update many tasks",
    description="One change for up to 100 tasks, all or nothing, with the semantics of the update by `PUT`. An item with a `version`\nis changed only from that version; `If-Match` and `If-None-Match` are held against each of the tasks. A problem\nnames the first item that it is about by its `index`.\n",
    security=((Demand(SCHEME_BEARER_AUTH),),),
    signature=update_tasks,
    arguments=(
        "body",
        "if_match",
        "if_none_match",
    ),
    body=RequestBody(
        examples={
            "application/json": {
                "complete": {
                    "summary": "Complete two tasks",
                    "value": {"items": [{"id": 42, "version": 2}, {"id": 43}], "change": {"completed": True}},
                }
            }
        },
        description="The tasks, and what to change.",
    ),
    returns={
        200: Returned(
            api.UpdateTasksResult,
            {},
            Answer(
                description="The tasks, as stored, in the order of the request.",
                headers={
                    "X-Request-Id": HEADER_REQUEST_ID,
                    "RateLimit-Policy": HEADER_RATE_LIMIT_POLICY,
                    "RateLimit": HEADER_RATE_LIMIT,
                    "Idempotency-Replayed": HEADER_IDEMPOTENCY_REPLAYED,
                },
                content=(
                    Content(
                        media_type="application/json",
                        annotation=models.TaskBulk,
                        examples={
                            "complete": {
                                "summary": "Both tasks are completed",
                                "value": {
                                    "items": [
                                        {
                                            "id": 42,
                                            "user_id": "alice",
                                            "title": "Buy milk",
                                            "description": None,
                                            "status": "completed",
                                            "completed": True,
                                            "priority": 0,
                                            "due_date": "2026-12-24",
                                            "metadata": {},
                                            "created_at": "2026-11-21T09:00:00Z",
                                            "updated_at": "2026-11-22T08:30:00.250000Z",
                                            "completed_at": "2026-11-22T08:30:00.250000Z",
                                            "version": 3,
                                        },
                                        {
                                            "id": 43,
                                            "user_id": "alice",
                                            "title": "Write the quarterly report",
                                            "description": "Figures are with Bob.",
                                            "status": "completed",
                                            "completed": True,
                                            "priority": 4,
                                            "due_date": "2026-12-01T16:00:00Z",
                                            "metadata": {"project": "reporting"},
                                            "created_at": "2026-11-21T09:05:00Z",
                                            "updated_at": "2026-11-22T08:30:00.250000Z",
                                            "completed_at": "2026-11-22T08:30:00.250000Z",
                                            "version": 2,
                                        },
                                    ]
                                },
                            }
                        },
                    ),
                ),
                links={},
            ),
        ),
    },
    raises={
        400: ANSWER_BAD_REQUEST_WITH_BODY,
        401: ANSWER_UNAUTHENTICATED,
        403: ANSWER_FORBIDDEN,
        404: ANSWER_BULK_TASK_NOT_FOUND,
        405: ANSWER_METHOD_NOT_ALLOWED,
        408: ANSWER_REQUEST_TIMEOUT,
        409: ANSWER_BULK_CONFLICT,
        412: ANSWER_BULK_PRECONDITION_FAILED,
        413: ANSWER_CONTENT_TOO_LARGE,
        414: ANSWER_TARGET_TOO_LONG,
        415: ANSWER_UNSUPPORTED_MEDIA_TYPE,
        422: ANSWER_INVALID_REQUEST_OR_KEY,
        428: ANSWER_BULK_PRECONDITION_REQUIRED,
        429: ANSWER_RATE_LIMITED,
        431: ANSWER_HEAD_TOO_LARGE,
        500: ANSWER_INTERNAL_ERROR,
        503: ANSWER_UNAVAILABLE,
    },
)


async def get_task(
    *,
    caller: Annotated[object, Security(SCHEME_BEARER_AUTH)],
    user_id: Annotated[
        models.UserId,
        Sent(said={"example": "alice"}),
        OWNER,
        Path(description="The owner of the tasks; must be the user of the token, unless a role opens the operation."),
    ],
    id: Annotated[models.TaskId, Path(description="The task.")],
    if_match: Annotated[
        models.EntityTags | MISSING,
        HeaderParameter(
            alias="If-Match",
            description="The `ETag` of the task as the client knows it, several of them, or `*` for any task that exists. Another one than\nthe task's own is a 412, and nothing is done. What proxies add to an `ETag`, `W/` and endings like `-gzip`, is\noverlooked.\n",
        ),
    ] = MISSING,
    if_none_match: Annotated[
        models.EntityTags | MISSING,
        HeaderParameter(
            alias="If-None-Match",
            description="The `ETag` of the task as the client knows it, several of them, or `*`. If it is one of them, reading answers\n304, and a write is refused with 412.\n",
        ),
    ] = MISSING,
) -> None: ...


GET_TASK = Operation(
    id="getTask",
    tags=("tasks",),
    module="tasks",
    function="get_task",
    method="GET",
    path="/api/{user_id}/tasks/{id}",
    summary="Read a task",
    description="Another user's task looks like one that never was.\n\nCallers in the role `admin` may read the tasks of every user, where the service has been set so (`x-roles`).\n",
    security=((Demand(SCHEME_BEARER_AUTH),),),
    roles=("admin",),
    signature=get_task,
    arguments=(
        "id",
        "if_match",
        "if_none_match",
    ),
    body=None,
    returns={
        200: Returned(
            api.GetTaskOK,
            {
                "etag": "ETag",
            },
            Answer(
                description="The task.",
                headers={
                    "X-Request-Id": HEADER_REQUEST_ID,
                    "RateLimit-Policy": HEADER_RATE_LIMIT_POLICY,
                    "RateLimit": HEADER_RATE_LIMIT,
                    "ETag": HEADER_ETAG,
                },
                content=(
                    Content(media_type="application/json", annotation=models.Task, examples={"task": EXAMPLE_TASK}),
                ),
                links={
                    "update": LINK_UPDATE_TASK,
                    "patch": LINK_PATCH_TASK,
                    "toggle": LINK_TOGGLE_TASK,
                    "delete": LINK_DELETE_TASK,
                },
            ),
        ),
        304: Returned(
            api.GetTaskNotModified,
            {
                "etag": "ETag",
            },
            Answer(
                description="The task is still as `If-None-Match` says. Such an answer does not count against the rate limit; where nothing\nwas left of that, it is a 429.\n",
                headers={
                    "X-Request-Id": HEADER_REQUEST_ID,
                    "RateLimit-Policy": HEADER_RATE_LIMIT_POLICY,
                    "RateLimit": HEADER_RATE_LIMIT,
                    "ETag": HEADER_ETAG,
                },
                content=(),
                links={},
            ),
        ),
    },
    raises={
        400: ANSWER_BAD_REQUEST,
        401: ANSWER_UNAUTHENTICATED,
        403: ANSWER_FORBIDDEN,
        404: ANSWER_TASK_NOT_FOUND,
        405: ANSWER_METHOD_NOT_ALLOWED,
        408: ANSWER_REQUEST_TIMEOUT,
        412: ANSWER_PRECONDITION_FAILED,
        414: ANSWER_TARGET_TOO_LONG,
        422: ANSWER_INVALID_REQUEST,
        429: ANSWER_RATE_LIMITED,
        431: ANSWER_HEAD_TOO_LARGE,
        500: ANSWER_INTERNAL_ERROR,
        503: ANSWER_UNAVAILABLE,
    },
)


async def update_task(
    *,
    caller: Annotated[object, Security(SCHEME_BEARER_AUTH)],
    user_id: Annotated[
        models.UserId,
        Sent(said={"example": "alice"}),
        OWNER,
        Path(description="The owner of the tasks; must be the user of the token, unless a role opens the operation."),
    ],
    id: Annotated[models.TaskId, Path(description="The task.")],
    body: Annotated[models.TaskUpdate, Body(media_type="application/json")],
    if_match: Annotated[
        models.EntityTags | MISSING,
        HeaderParameter(
            alias="If-Match",
            description="The `ETag` of the task as the client knows it, several of them, or `*` for any task that exists. Another one than\nthe task's own is a 412, and nothing is done. What proxies add to an `ETag`, `W/` and endings like `-gzip`, is\noverlooked.\n",
        ),
    ] = MISSING,
    if_none_match: Annotated[
        models.EntityTags | MISSING,
        HeaderParameter(
            alias="If-None-Match",
            description="The `ETag` of the task as the client knows it, several of them, or `*`. If it is one of them, reading answers\n304, and a write is refused with 412.\n",
        ),
    ] = MISSING,
    idempotency_key: Annotated[
        models.IdempotencyKey | MISSING,
        IDEMPOTENCY_KEY,
        HeaderParameter(
            alias="Idempotency-Key",
            description="A name that the client makes up for this one write, a new UUID for example, and sends again with each repetition\nof it. The same request under the same key is done once and answered alike for 24 hours; another request of the\nsame method and path is refused, and one that was refused may be sent again. Quoted or not is the same key.\n",
        ),
    ] = MISSING,
) -> None: ...


UPDATE_TASK = Operation(
    id="updateTask",
    tags=("tasks",),
    module="tasks",
    function="update_task",
    method="PUT",
    path="/api/{user_id}/tasks/{id}",
    summary="Update a task",
    description="Only the fields sent change; null clears `description`, `due_date` and `metadata`, whose entries are merged. An update\nthat changes nothing leaves `version` and `updated_at` as they were.\n",
    security=((Demand(SCHEME_BEARER_AUTH),),),
    signature=update_task,
    arguments=(
        "id",
        "body",
        "if_match",
        "if_none_match",
    ),
    body=RequestBody(
        examples={"application/json": {"clear": EXAMPLE_CLEAR_DUE_DATE, "move": EXAMPLE_MOVE_TO_IN_PROGRESS}},
        description="The fields to change.",
    ),
    returns={
        200: Returned(
            api.UpdateTaskResult,
            {
                "etag": "ETag",
            },
            Answer(
                description="The task, as stored.",
                headers={
                    "X-Request-Id": HEADER_REQUEST_ID,
                    "RateLimit-Policy": HEADER_RATE_LIMIT_POLICY,
                    "RateLimit": HEADER_RATE_LIMIT,
                    "ETag": HEADER_ETAG,
                    "Idempotency-Replayed": HEADER_IDEMPOTENCY_REPLAYED,
                },
                content=(
                    Content(
                        media_type="application/json",
                        annotation=models.Task,
                        examples={"clear": EXAMPLE_CLEARED_TASK, "move": EXAMPLE_MOVED_TASK},
                    ),
                ),
                links={
                    "get": LINK_GET_TASK,
                    "patch": LINK_PATCH_TASK,
                    "toggle": LINK_TOGGLE_TASK,
                    "delete": LINK_DELETE_TASK,
                },
            ),
        ),
    },
    raises={
        400: ANSWER_BAD_REQUEST_WITH_BODY,
        401: ANSWER_UNAUTHENTICATED,
        403: ANSWER_FORBIDDEN,
        404: ANSWER_TASK_NOT_FOUND,
        405: ANSWER_METHOD_NOT_ALLOWED,
        408: ANSWER_REQUEST_TIMEOUT,
        409: ANSWER_CONFLICT,
        412: ANSWER_PRECONDITION_FAILED,
        413: ANSWER_CONTENT_TOO_LARGE,
        414: ANSWER_TARGET_TOO_LONG,
        415: ANSWER_UNSUPPORTED_MEDIA_TYPE,
        422: ANSWER_INVALID_REQUEST_OR_KEY,
        428: ANSWER_PRECONDITION_REQUIRED,
        429: ANSWER_RATE_LIMITED,
        431: ANSWER_HEAD_TOO_LARGE,
        500: ANSWER_INTERNAL_ERROR,
        503: ANSWER_UNAVAILABLE,
    },
)


async def delete_task(
    *,
    caller: Annotated[object, Security(SCHEME_BEARER_AUTH)],
    user_id: Annotated[
        models.UserId,
        Sent(said={"example": "alice"}),
        OWNER,
        Path(description="The owner of the tasks; must be the user of the token, unless a role opens the operation."),
    ],
    id: Annotated[models.TaskId, Path(description="The task.")],
    if_match: Annotated[
        models.EntityTags | MISSING,
        HeaderParameter(
            alias="If-Match",
            description="The `ETag` of the task as the client knows it, several of them, or `*` for any task that exists. Another one than\nthe task's own is a 412, and nothing is done. What proxies add to an `ETag`, `W/` and endings like `-gzip`, is\noverlooked.\n",
        ),
    ] = MISSING,
    if_none_match: Annotated[
        models.EntityTags | MISSING,
        HeaderParameter(
            alias="If-None-Match",
            description="The `ETag` of the task as the client knows it, several of them, or `*`. If it is one of them, reading answers\n304, and a write is refused with 412.\n",
        ),
    ] = MISSING,
    idempotency_key: Annotated[
        models.IdempotencyKey | MISSING,
        IDEMPOTENCY_KEY,
        HeaderParameter(
            alias="Idempotency-Key",
            description="A name that the client makes up for this one write, a new UUID for example, and sends again with each repetition\nof it. The same request under the same key is done once and answered alike for 24 hours; another request of the\nsame method and path is refused, and one that was refused may be sent again. Quoted or not is the same key.\n",
        ),
    ] = MISSING,
) -> None: ...


DELETE_TASK = Operation(
    id="deleteTask",
    tags=("tasks",),
    module="tasks",
    function="delete_task",
    method="DELETE",
    path="/api/{user_id}/tasks/{id}",
    summary="Delete a task",
    description="For good. Deleting it again is a 404, but under the `Idempotency-Key` of the first time the same 204.",
    security=((Demand(SCHEME_BEARER_AUTH),),),
    signature=delete_task,
    arguments=(
        "id",
        "if_match",
        "if_none_match",
    ),
    body=None,
    returns={
        204: Returned(
            api.DeleteTaskResult,
            {},
            Answer(
                description="The task is gone.",
                headers={
                    "X-Request-Id": HEADER_REQUEST_ID,
                    "RateLimit-Policy": HEADER_RATE_LIMIT_POLICY,
                    "RateLimit": HEADER_RATE_LIMIT,
                    "Idempotency-Replayed": HEADER_IDEMPOTENCY_REPLAYED,
                },
                content=(),
                links={},
            ),
        ),
    },
    raises={
        400: ANSWER_BAD_REQUEST,
        401: ANSWER_UNAUTHENTICATED,
        403: ANSWER_FORBIDDEN,
        404: ANSWER_TASK_NOT_FOUND,
        405: ANSWER_METHOD_NOT_ALLOWED,
        408: ANSWER_REQUEST_TIMEOUT,
        409: ANSWER_IDEMPOTENCY_CONFLICT,
        412: ANSWER_PRECONDITION_FAILED,
        414: ANSWER_TARGET_TOO_LONG,
        422: ANSWER_INVALID_REQUEST_OR_KEY,
        428: ANSWER_PRECONDITION_REQUIRED,
        429: ANSWER_RATE_LIMITED,
        431: ANSWER_HEAD_TOO_LARGE,
        500: ANSWER_INTERNAL_ERROR,
        503: ANSWER_UNAVAILABLE,
    },
)


async def patch_task(
    *,
    caller: Annotated[object, Security(SCHEME_BEARER_AUTH)],
    user_id: Annotated[
        models.UserId,
        Sent(said={"example": "alice"}),
        OWNER,
        Path(description="The owner of the tasks; must be the user of the token, unless a role opens the operation."),
    ],
    id: Annotated[models.TaskId, Path(description="The task.")],
    body: Annotated[models.TaskUpdate, Body(media_type="application/merge-patch+json")],
    if_match: Annotated[
        models.EntityTags | MISSING,
        HeaderParameter(
            alias="If-Match",
            description="The `ETag` of the task as the client knows it, several of them, or `*` for any task that exists. Another one than\nthe task's own is a 412, and nothing is done. What proxies add to an `ETag`, `W/` and endings like `-gzip`, is\noverlooked.\n",
        ),
    ] = MISSING,
    if_none_match: Annotated[
        models.EntityTags | MISSING,
        HeaderParameter(
            alias="If-None-Match",
            description="The `ETag` of the task as the client knows it, several of them, or `*`. If it is one of them, reading answers\n304, and a write is refused with 412.\n",
        ),
    ] = MISSING,
    idempotency_key: Annotated[
        models.IdempotencyKey | MISSING,
        IDEMPOTENCY_KEY,
        HeaderParameter(
            alias="Idempotency-Key",
            description="A name that the client makes up for this one write, a new UUID for example, and sends again with each repetition\nof it. The same request under the same key is done once and answered alike for 24 hours; another request of the\nsame method and path is refused, and one that was refused may be sent again. Quoted or not is the same key.\n",
        ),
    ] = MISSING,
) -> None: ...


PATCH_TASK = Operation(
    id="patchTask",
    tags=("tasks",),
    module="tasks",
    function="patch_task",
    method="PATCH",
    path="/api/{user_id}/tasks/{id}",
    summary="Patch a task",
    description="JSON merge patch (RFC 7396); the same semantics as the update by `PUT`.",
    security=((Demand(SCHEME_BEARER_AUTH),),),
    signature=patch_task,
    arguments=(
        "id",
        "body",
        "if_match",
        "if_none_match",
    ),
    body=RequestBody(
        examples={
            "application/merge-patch+json": {"clear": EXAMPLE_CLEAR_DUE_DATE, "move": EXAMPLE_MOVE_TO_IN_PROGRESS},
            "application/json": {"clear": EXAMPLE_CLEAR_DUE_DATE, "move": EXAMPLE_MOVE_TO_IN_PROGRESS},
        },
        description="The fields to change.",
    ),
    returns={
        200: Returned(
            api.PatchTaskResult,
            {
                "etag": "ETag",
            },
            Answer(
                description="The task, as stored.",
                headers={
                    "X-Request-Id": HEADER_REQUEST_ID,
                    "RateLimit-Policy": HEADER_RATE_LIMIT_POLICY,
                    "RateLimit": HEADER_RATE_LIMIT,
                    "ETag": HEADER_ETAG,
                    "Idempotency-Replayed": HEADER_IDEMPOTENCY_REPLAYED,
                },
                content=(
                    Content(
                        media_type="application/json",
                        annotation=models.Task,
                        examples={"clear": EXAMPLE_CLEARED_TASK, "move": EXAMPLE_MOVED_TASK},
                    ),
                ),
                links={
                    "get": LINK_GET_TASK,
                    "update": LINK_UPDATE_TASK,
                    "toggle": LINK_TOGGLE_TASK,
                    "delete": LINK_DELETE_TASK,
                },
            ),
        ),
    },
    raises={
        400: ANSWER_BAD_REQUEST_WITH_BODY,
        401: ANSWER_UNAUTHENTICATED,
        403: ANSWER_FORBIDDEN,
        404: ANSWER_TASK_NOT_FOUND,
        405: ANSWER_METHOD_NOT_ALLOWED,
        408: ANSWER_REQUEST_TIMEOUT,
        409: ANSWER_CONFLICT,
        412: ANSWER_PRECONDITION_FAILED,
        413: ANSWER_CONTENT_TOO_LARGE,
        414: ANSWER_TARGET_TOO_LONG,
        415: ANSWER_UNSUPPORTED_MEDIA_TYPE,
        422: ANSWER_INVALID_REQUEST_OR_KEY,
        428: ANSWER_PRECONDITION_REQUIRED,
        429: ANSWER_RATE_LIMITED,
        431: ANSWER_HEAD_TOO_LARGE,
        500: ANSWER_INTERNAL_ERROR,
        503: ANSWER_UNAVAILABLE,
    },
)


async def toggle_task(
    *,
    caller: Annotated[object, Security(SCHEME_BEARER_AUTH)],
    user_id: Annotated[
        models.UserId,
        Sent(said={"example": "alice"}),
        OWNER,
        Path(description="The owner of the tasks; must be the user of the token, unless a role opens the operation."),
    ],
    id: Annotated[models.TaskId, Path(description="The task.")],
    if_match: Annotated[
        models.EntityTags | MISSING,
        HeaderParameter(
            alias="If-Match",
            description="The `ETag` of the task as the client knows it, several of them, or `*` for any task that exists. Another one than\nthe task's own is a 412, and nothing is done. What proxies add to an `ETag`, `W/` and endings like `-gzip`, is\noverlooked.\n",
        ),
    ] = MISSING,
    if_none_match: Annotated[
        models.EntityTags | MISSING,
        HeaderParameter(
            alias="If-None-Match",
            description="The `ETag` of the task as the client knows it, several of them, or `*`. If it is one of them, reading answers\n304, and a write is refused with 412.\n",
        ),
    ] = MISSING,
    idempotency_key: Annotated[
        models.IdempotencyKey | MISSING,
        IDEMPOTENCY_KEY,
        HeaderParameter(
            alias="Idempotency-Key",
            description="A name that the client makes up for this one write, a new UUID for example, and sends again with each repetition\nof it. The same request under the same key is done once and answered alike for 24 hours; another request of the\nsame method and path is refused, and one that was refused may be sent again. Quoted or not is the same key.\n",
        ),
    ] = MISSING,
    body: Annotated[models.TaskCompletion | MISSING, Body(media_type="application/json")] = MISSING,
) -> None: ...


TOGGLE_TASK = Operation(
    id="toggleTask",
    tags=("tasks",),
    module="tasks",
    function="toggle_task",
    method="PATCH",
    path="/api/{user_id}/tasks/{id}/complete",
    summary="Toggle or set completion",
    description="Without a body the completion flips: a task that is not completed becomes completed, a completed one pending.\nWith a body it is set, which is safe to send again. Two concurrent flips are two flips.\n",
    security=((Demand(SCHEME_BEARER_AUTH),),),
    signature=toggle_task,
    arguments=(
        "id",
        "if_match",
        "if_none_match",
        "body",
    ),
    body=RequestBody(
        examples={
            "application/json": {
                "done": {"summary": "Set to completed", "value": {"completed": True}},
                "undone": {"summary": "Set to not completed", "value": {"completed": False}},
            }
        },
        description="The completion to set; nothing at all to flip it.",
    ),
    returns={
        200: Returned(
            api.ToggleTaskResult,
            {
                "etag": "ETag",
            },
            Answer(
                description="The task, as stored.",
                headers={
                    "X-Request-Id": HEADER_REQUEST_ID,
                    "RateLimit-Policy": HEADER_RATE_LIMIT_POLICY,
                    "RateLimit": HEADER_RATE_LIMIT,
                    "ETag": HEADER_ETAG,
                    "Idempotency-Replayed": HEADER_IDEMPOTENCY_REPLAYED,
                },
                content=(
                    Content(
                        media_type="application/json",
                        annotation=models.Task,
                        examples={"done": EXAMPLE_TASK, "undone": EXAMPLE_UNDONE_TASK},
                    ),
                ),
                links={
                    "get": LINK_GET_TASK,
                    "update": LINK_UPDATE_TASK,
                    "patch": LINK_PATCH_TASK,
                    "delete": LINK_DELETE_TASK,
                },
            ),
        ),
    },
    raises={
        400: ANSWER_BAD_REQUEST_WITH_BODY,
        401: ANSWER_UNAUTHENTICATED,
        403: ANSWER_FORBIDDEN,
        404: ANSWER_TASK_NOT_FOUND,
        405: ANSWER_METHOD_NOT_ALLOWED,
        408: ANSWER_REQUEST_TIMEOUT,
        409: ANSWER_IDEMPOTENCY_CONFLICT,
        412: ANSWER_PRECONDITION_FAILED,
        413: ANSWER_CONTENT_TOO_LARGE,
        414: ANSWER_TARGET_TOO_LONG,
        415: ANSWER_UNSUPPORTED_MEDIA_TYPE,
        422: ANSWER_INVALID_REQUEST_OR_KEY,
        428: ANSWER_PRECONDITION_REQUIRED,
        429: ANSWER_RATE_LIMITED,
        431: ANSWER_HEAD_TOO_LARGE,
        500: ANSWER_INTERNAL_ERROR,
        503: ANSWER_UNAVAILABLE,
    },
)


async def get_docs() -> None: ...


GET_DOCS = Operation(
    id="getDocs",
    tags=("about",),
    module="about",
    function="get_docs",
    method="GET",
    path="/docs",
    summary="Read and try the contract in a browser",
    description="An interactive page made of files that the service ships; it loads nothing from elsewhere. Its scripts and\nstyles are served below `/docs/assets/`. Switched off by `DOCS_ENABLED=false`, which is the default in production.\n",
    signature=get_docs,
    arguments=(),
    body=None,
    returns={
        200: Returned(
            api.GetDocsResult,
            {},
            Answer(
                description="The page.",
                headers={"X-Request-Id": HEADER_REQUEST_ID},
                content=(Content(media_type="text/html", annotation=models.TextDocument, examples={}, kind="text"),),
                links={},
            ),
        ),
    },
    raises={
        400: ANSWER_BAD_REQUEST,
        404: ANSWER_NOT_FOUND,
        405: ANSWER_METHOD_NOT_ALLOWED,
        408: ANSWER_REQUEST_TIMEOUT,
        414: ANSWER_TARGET_TOO_LONG,
        422: ANSWER_INVALID_REQUEST,
        431: ANSWER_HEAD_TOO_LARGE,
        500: ANSWER_INTERNAL_ERROR,
    },
)


async def get_health() -> None: ...


GET_HEALTH = Operation(
    id="getHealth",
    tags=("health",),
    module="health",
    function="get_health",
    method="GET",
    path="/health",
    summary="Liveness",
    description="Answers as long as the process does; asks nothing else.",
    signature=get_health,
    arguments=(),
    body=None,
    returns={
        200: Returned(
            api.GetHealthResult,
            {},
            Answer(
                description="The process is alive.",
                headers={"X-Request-Id": HEADER_REQUEST_ID},
                content=(
                    Content(
                        media_type="application/json",
                        annotation=models.Health,
                        examples={
                            "alive": {
                                "summary": "Alive",
                                "value": {"status": "ok", "service": "task-api", "version": "1.0.0"},
                            }
                        },
                    ),
                ),
                links={},
            ),
        ),
    },
    raises={
        400: ANSWER_BAD_REQUEST,
        405: ANSWER_METHOD_NOT_ALLOWED,
        408: ANSWER_REQUEST_TIMEOUT,
        414: ANSWER_TARGET_TOO_LONG,
        422: ANSWER_INVALID_REQUEST,
        431: ANSWER_HEAD_TOO_LARGE,
        500: ANSWER_INTERNAL_ERROR,
    },
)


async def get_database_health() -> None: ...


GET_DATABASE_HEALTH = Operation(
    id="getDatabaseHealth",
    tags=("health",),
    module="health",
    function="get_database_health",
    method="GET",
    path="/health/db",
    summary="Readiness",
    description="Answers 200 while the database answers and its schema is the one that this build expects.",
    signature=get_database_health,
    arguments=(),
    body=None,
    returns={
        200: Returned(
            api.GetDatabaseHealthResult,
            {},
            Answer(
                description="The service can do its work.",
                headers={"X-Request-Id": HEADER_REQUEST_ID},
                content=(
                    Content(
                        media_type="application/json",
                        annotation=models.DatabaseHealth,
                        examples={
                            "ready": {
                                "summary": "Ready",
                                "value": {"status": "ok", "service": "task-api", "version": "1.0.0", "database": "ok"},
                            }
                        },
                    ),
                ),
                links={},
            ),
        ),
    },
    raises={
        400: ANSWER_BAD_REQUEST,
        405: ANSWER_METHOD_NOT_ALLOWED,
        408: ANSWER_REQUEST_TIMEOUT,
        414: ANSWER_TARGET_TOO_LONG,
        422: ANSWER_INVALID_REQUEST,
        431: ANSWER_HEAD_TOO_LARGE,
        500: ANSWER_INTERNAL_ERROR,
        503: ANSWER_UNAVAILABLE,
    },
)


async def get_contract_json(
    *,
    if_none_match: Annotated[
        models.EntityTags | MISSING,
        HeaderParameter(
            alias="If-None-Match",
            description="The `ETag` of the contract as the client knows it, several of them, or `*`. If it is one of them, the answer is\n304.\n",
        ),
    ] = MISSING,
) -> None: ...


GET_CONTRACT_JSON = Operation(
    id="getContractJson",
    tags=("about",),
    module="about",
    function="get_contract_json",
    method="GET",
    path="/openapi.json",
    summary="Read the contract as JSON",
    description="The authored contract itself, written as JSON. Scripts of every origin may read it, whatever origins the service\nis open to otherwise.\n",
    signature=get_contract_json,
    arguments=("if_none_match",),
    body=None,
    returns={
        200: Returned(
            api.GetContractJsonOK,
            {
                "etag": "ETag",
                "cache_control": "Cache-Control",
            },
            Answer(
                description="The contract.",
                headers={
                    "X-Request-Id": HEADER_REQUEST_ID,
                    "ETag": HEADER_CONTRACT_TAG,
                    "Cache-Control": HEADER_CACHE_CONTROL,
                    "Access-Control-Allow-Origin": HEADER_ANY_ORIGIN,
                },
                content=(
                    Content(
                        media_type="application/json",
                        annotation=models.ContractDocument,
                        examples={
                            "document": {
                                "summary": "How it begins",
                                "value": {
                                    "openapi": "3.1.0",
                                    "info": {"title": "Task API", "version": "1.0.0"},
                                    "paths": {},
                                },
                            }
                        },
                    ),
                ),
                links={},
            ),
        ),
        304: Returned(
            api.GetContractJsonNotModified,
            {
                "etag": "ETag",
                "cache_control": "Cache-Control",
            },
            Answer(
                description="The contract is still as `If-None-Match` says.",
                headers={
                    "X-Request-Id": HEADER_REQUEST_ID,
                    "ETag": HEADER_CONTRACT_TAG,
                    "Cache-Control": HEADER_CACHE_CONTROL,
                    "Access-Control-Allow-Origin": HEADER_ANY_ORIGIN,
                },
                content=(),
                links={},
            ),
        ),
    },
    raises={
        400: ANSWER_BAD_REQUEST,
        405: ANSWER_METHOD_NOT_ALLOWED,
        408: ANSWER_REQUEST_TIMEOUT,
        414: ANSWER_TARGET_TOO_LONG,
        422: ANSWER_INVALID_REQUEST,
        431: ANSWER_HEAD_TOO_LARGE,
        500: ANSWER_INTERNAL_ERROR,
    },
)


async def get_contract_yaml(
    *,
    if_none_match: Annotated[
        models.EntityTags | MISSING,
        HeaderParameter(
            alias="If-None-Match",
            description="The `ETag` of the contract as the client knows it, several of them, or `*`. If it is one of them, the answer is\n304.\n",
        ),
    ] = MISSING,
) -> None: ...


GET_CONTRACT_YAML = Operation(
    id="getContractYaml",
    tags=("about",),
    module="about",
    function="get_contract_yaml",
    method="GET",
    path="/openapi.yaml",
    summary="Read the contract as YAML",
    description="The authored contract itself, byte for byte. Scripts of every origin may read it, whatever origins the service is\nopen to otherwise.\n",
    signature=get_contract_yaml,
    arguments=("if_none_match",),
    body=None,
    returns={
        200: Returned(
            api.GetContractYamlOK,
            {
                "etag": "ETag",
                "cache_control": "Cache-Control",
            },
            Answer(
                description="The contract.",
                headers={
                    "X-Request-Id": HEADER_REQUEST_ID,
                    "ETag": HEADER_CONTRACT_TAG,
                    "Cache-Control": HEADER_CACHE_CONTROL,
                    "Access-Control-Allow-Origin": HEADER_ANY_ORIGIN,
                },
                content=(
                    Content(media_type="application/yaml", annotation=models.TextDocument, examples={}, kind="text"),
                ),
                links={},
            ),
        ),
        304: Returned(
            api.GetContractYamlNotModified,
            {
                "etag": "ETag",
                "cache_control": "Cache-Control",
            },
            Answer(
                description="The contract is still as `If-None-Match` says.",
                headers={
                    "X-Request-Id": HEADER_REQUEST_ID,
                    "ETag": HEADER_CONTRACT_TAG,
                    "Cache-Control": HEADER_CACHE_CONTROL,
                    "Access-Control-Allow-Origin": HEADER_ANY_ORIGIN,
                },
                content=(),
                links={},
            ),
        ),
    },
    raises={
        400: ANSWER_BAD_REQUEST,
        405: ANSWER_METHOD_NOT_ALLOWED,
        408: ANSWER_REQUEST_TIMEOUT,
        414: ANSWER_TARGET_TOO_LONG,
        422: ANSWER_INVALID_REQUEST,
        431: ANSWER_HEAD_TOO_LARGE,
        500: ANSWER_INTERNAL_ERROR,
    },
)


async def list_problems() -> None: ...


LIST_PROBLEMS = Operation(
    id="listProblems",
    tags=("problems",),
    module="problems",
    function="list_problems",
    method="GET",
    path="/problems",
    summary="List the problems",
    description="A page of all codes, with what each means and whether the request may be sent again.",
    signature=list_problems,
    arguments=(),
    body=None,
    returns={
        200: Returned(
            api.ListProblemsResult,
            {},
            Answer(
                description="The page.",
                headers={"X-Request-Id": HEADER_REQUEST_ID},
                content=(Content(media_type="text/html", annotation=models.TextDocument, examples={}, kind="text"),),
                links={},
            ),
        ),
    },
    raises={
        400: ANSWER_BAD_REQUEST,
        405: ANSWER_METHOD_NOT_ALLOWED,
        408: ANSWER_REQUEST_TIMEOUT,
        414: ANSWER_TARGET_TOO_LONG,
        422: ANSWER_INVALID_REQUEST,
        431: ANSWER_HEAD_TOO_LARGE,
        500: ANSWER_INTERNAL_ERROR,
    },
)


async def get_problem(
    *,
    code: Annotated[models.ProblemCode, Path(description="The `code` of the problem.")],
) -> None: ...


GET_PROBLEM = Operation(
    id="getProblem",
    tags=("problems",),
    module="problems",
    function="get_problem",
    method="GET",
    path="/problems/{code}",
    summary="Explain a problem",
    description="The page that the `type` of a problem names, with an example and when to send the request again.",
    signature=get_problem,
    arguments=("code",),
    body=None,
    returns={
        200: Returned(
            api.GetProblemResult,
            {},
            Answer(
                description="The page.",
                headers={"X-Request-Id": HEADER_REQUEST_ID},
                content=(Content(media_type="text/html", annotation=models.TextDocument, examples={}, kind="text"),),
                links={},
            ),
        ),
    },
    raises={
        400: ANSWER_BAD_REQUEST,
        404: ANSWER_NOT_FOUND,
        405: ANSWER_METHOD_NOT_ALLOWED,
        408: ANSWER_REQUEST_TIMEOUT,
        414: ANSWER_TARGET_TOO_LONG,
        422: ANSWER_INVALID_REQUEST,
        431: ANSWER_HEAD_TOO_LARGE,
        500: ANSWER_INTERNAL_ERROR,
    },
)

OPERATIONS: tuple[Operation, ...] = (
    GET_SERVICE,
    EXPORT_USER,
    DELETE_USER,
    LIST_TASKS,
    CREATE_TASK,
    UPDATE_TASKS,
    GET_TASK,
    UPDATE_TASK,
    DELETE_TASK,
    PATCH_TASK,
    TOGGLE_TASK,
    GET_DOCS,
    GET_HEALTH,
    GET_DATABASE_HEALTH,
    GET_CONTRACT_JSON,
    GET_CONTRACT_YAML,
    LIST_PROBLEMS,
    GET_PROBLEM,
)
"""In the order of matching: a literal path segment before a parameter in its place."""


def register(
    app: FastAPI,
    gate: Gate[CallerT, OwnerT, PublicT],
    *,
    tasks: api.TasksApi[OwnerT],
    users: api.UsersApi[OwnerT],
    health: api.HealthApi[PublicT],
    about: api.AboutApi[PublicT],
    problems: api.ProblemsApi[PublicT],
) -> None:
    """Serve every operation on `app` by the modules; raise `InterfaceMismatch` unless they fit.

    `app.openapi()` gives the derived document from now on.
    """
    implementations: dict[str, object] = {
        "tasks": tasks,
        "users": users,
        "health": health,
        "about": about,
        "problems": problems,
    }
    check(OPERATIONS, implementations)
    served = [add_route(app, operation) for operation in OPERATIONS]
    for route in served:
        route.serve(gate, implementations[route.operation.module])
    share_paths(served)
    app.openapi = partial(derive, app, FACTS, SCHEMES)  # type: ignore[method-assign] # FastAPI's documented override


def derived_document() -> dict[str, Any]:
    """Derive the document from the declarations alone: no handler, no setting, no contract."""
    app = FastAPI(openapi_url=None)
    for operation in OPERATIONS:
        add_route(app, operation)
    return derive(app, FACTS, SCHEMES)
