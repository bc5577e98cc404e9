# Generated from openapi/tasks.yaml by `make generate`. Do not edit.
"""The contract's schemas as types: one class or alias per component, of the same name where Python allows it."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Annotated, Final, Literal

from pydantic import MISSING, ConfigDict, Field
from typing_extensions import TypeAliasType

from . import exact

UserId = TypeAliasType(
    "UserId",
    Annotated[
        str,
        Field(
            strict=True,
            min_length=1,
            max_length=128,
            pattern=r"^[^/\u0000-\u001f\u007f]+$",
            description="A user id, as the issuer of the tokens made it; it contains no `/`.",
            examples=["alice"],
        ),
    ],
)
TaskId = TypeAliasType(
    "TaskId",
    Annotated[
        int,
        Field(strict=True, ge=1, le=9007199254740991),
        exact.WHOLE,
        exact.INT64,
        Field(description="Set by the database; never more than JavaScript can count exactly.", examples=[42]),
    ],
)
IdempotencyKey = TypeAliasType(
    "IdempotencyKey",
    Annotated[
        str,
        Field(
            strict=True,
            min_length=1,
            max_length=257,
            pattern='^([\\u0021\\u0023-\\u002b\\u002d-\\u003a\\u003c-\\u005b\\u005d-\\u007e]{1,255}|"[\\u0021\\u0023-\\u005b\\u005d-\\u007e]{1,255}")$',
            description='1 to 255 visible ASCII characters without `"` and `\\`, in quotes or bare; bare also without `,` and `;`.\n',
            examples=["8e03978e-40d5-43dd-bc93-6894a57f9324"],
        ),
    ],
)
Title = TypeAliasType(
    "Title",
    Annotated[
        str,
        Field(
            strict=True,
            min_length=1,
            max_length=200,
            pattern=r"^[^\u0000-\u0008\u000b-\u001f\u007f]*[^\u0000-\u0020\u007f\u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000\ufeff][^\u0000-\u0008\u000b-\u001f\u007f]*$",
            description="One line or more of text, at least one character of it not white space; 200 code points at most, as sent. No\ncontrol characters but tab and newline. White space around it is trimmed.\n",
            examples=["Buy milk"],
        ),
    ],
)
Description = TypeAliasType(
    "Description",
    Annotated[
        str,
        Field(
            strict=True,
            max_length=1000,
            pattern=r"^[^\u0000-\u0008\u000b-\u001f\u007f]*$",
            description="Free text, kept code point for code point. No control characters but tab and newline.",
            examples=["Two litres"],
        ),
    ],
)
TaskVersion = TypeAliasType(
    "TaskVersion",
    Annotated[
        int,
        Field(strict=True, ge=1, le=2147483647),
        exact.WHOLE,
        Field(description="1 at creation, one more with every real change.", examples=[2]),
    ],
)
TaskStatus = TypeAliasType(
    "TaskStatus",
    Annotated[
        Literal["pending", "in_progress", "completed", "cancelled"],
        Field(description="Where the task stands; any status may follow any other."),
    ],
)
TaskStatusFilter = TypeAliasType(
    "TaskStatusFilter",
    Annotated[
        Literal["all", "pending", "in_progress", "completed", "cancelled"],
        Field(description="One status, or all of them."),
    ],
)
TaskSort = TypeAliasType(
    "TaskSort",
    Annotated[
        Literal["created", "updated", "title", "due_date", "priority"], Field(description="What a list is ordered by.")
    ],
)
SortOrder = TypeAliasType(
    "SortOrder", Annotated[Literal["asc", "desc"], Field(description="The direction of an order.")]
)
SearchText = TypeAliasType(
    "SearchText",
    Annotated[
        str,
        Field(
            strict=True,
            min_length=1,
            max_length=200,
            pattern=r"^[^\u0000-\u0008\u000b-\u001f\u007f]*$",
            description="A text to find; every character stands for itself. No control characters but tab and newline.",
            examples=["milk"],
        ),
    ],
)
Instant = TypeAliasType(
    "Instant",
    Annotated[
        datetime,
        exact.Instant(
            max_length=32,
            pattern=r"^(000[1-9]|00[1-9][0-9]|0[1-9][0-9]{2}|[1-9][0-9]{3})-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])[Tt]([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](\.[0-9]{1,6})?([Zz]|[+-]([01][0-9]|2[0-3]):[0-5][0-9])$",
        ),
        Field(
            description="A moment (RFC 3339, with offset, at most 6 decimals). In UTC it must lie in the years 1 to 9999. Answers give\nit in UTC with `Z`.\n",
            examples=["2026-12-24T17:00:00+01:00"],
        ),
    ],
)
FullDate = TypeAliasType(
    "FullDate",
    Annotated[
        date,
        exact.FullDate(
            max_length=10,
            pattern="^(000[1-9]|00[1-9][0-9]|0[1-9][0-9]{2}|[1-9][0-9]{3})-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])$",
        ),
        Field(
            description="A whole day (RFC 3339 full-date), in nobody's time zone; it is never turned into a moment.",
            examples=["2026-12-24"],
        ),
    ],
)
DueBound = TypeAliasType(
    "DueBound",
    Annotated[
        Instant | FullDate, exact.ONE_OF, Field(description="A moment, or a day as the moment at which it begins.")
    ],
)
DueFilter = TypeAliasType(
    "DueFilter",
    Annotated[
        Literal["none", "overdue", "today", "upcoming"], Field(description="Where a due date stands, seen from now.")
    ],
)
TimeZone = TypeAliasType(
    "TimeZone",
    Annotated[
        str,
        Field(
            strict=True,
            min_length=1,
            max_length=64,
            pattern="^[A-Za-z][A-Za-z0-9_+-]*(/[A-Za-z0-9_+-]+)*$",
            description="A name of the IANA time zone database, in its spelling.",
            examples=["Europe/Berlin"],
            json_schema_extra={"x-opaque": True},
        ),
    ],
)
Cursor = TypeAliasType(
    "Cursor",
    Annotated[
        str,
        Field(
            strict=True,
            min_length=1,
            max_length=4096,
            pattern="^[A-Za-z0-9_-]+$",
            description="Opaque, signed; only the service can make one.",
            json_schema_extra={"x-opaque": True},
        ),
    ],
)
Priority = TypeAliasType(
    "Priority",
    Annotated[
        int,
        Field(strict=True, ge=0, le=5),
        exact.WHOLE,
        Field(description="From 0 (none) to 5 (highest).", examples=[3]),
    ],
)
EntityTags = TypeAliasType(
    "EntityTags",
    Annotated[
        str,
        Field(
            strict=True,
            min_length=1,
            max_length=4096,
            pattern='^(\\*|(,[\\t ]*)*(W/)?"[\\u0021\\u0023-\\u007e]*"([\\t ]*,([\\t ]*(W/)?"[\\u0021\\u0023-\\u007e]*")?)*)$',
            description="One `ETag`, several with commas between them, or `*` (RFC 9110, section 13.1).",
            examples=['"42-2-1.0.0"'],
        ),
    ],
)
MetadataKey = TypeAliasType(
    "MetadataKey",
    Annotated[
        str,
        Field(
            strict=True,
            min_length=1,
            max_length=64,
            pattern=r"^[^\u0000-\u0008\u000b-\u001f\u007f]*$",
            description="The name of an entry. No control characters but tab and newline.",
            examples=["colour"],
        ),
    ],
)
MetadataValue = TypeAliasType(
    "MetadataValue",
    Annotated[
        str,
        Field(
            strict=True,
            max_length=500,
            pattern=r"^[^\u0000-\u0008\u000b-\u001f\u007f]*$",
            description="Free text, kept code point for code point. No control characters but tab and newline.",
            examples=["green"],
        ),
    ],
)
Metadata = TypeAliasType(
    "Metadata",
    Annotated[
        dict[str, MetadataValue],
        exact.Also(exact.Rules({"maxProperties": 50, "propertyNames": {"$ref": "#/components/schemas/MetadataKey"}})),
        Field(
            description="What a client wants to keep with the task. The service only stores it.",
            examples=[{"colour": "green"}],
        ),
    ],
)
MetadataPatch = TypeAliasType(
    "MetadataPatch",
    Annotated[
        dict[str, Annotated[MetadataValue | None, exact.ONE_OF]],
        exact.Also(exact.Rules({"maxProperties": 100, "propertyNames": {"$ref": "#/components/schemas/MetadataKey"}})),
        Field(description="Entries to set, or as null to remove.", examples=[{"colour": "green", "size": None}]),
    ],
)
MetadataChange = TypeAliasType(
    "MetadataChange",
    Annotated[
        MetadataPatch | None,
        exact.ONE_OF,
        Field(
            description="The entries to set, and those to remove as null (RFC 7396); null instead of an object removes all of them. Entries\nthat are not named stay.\n"
        ),
    ],
)
DueDate = TypeAliasType(
    "DueDate",
    Annotated[
        Instant | FullDate | None,
        exact.ONE_OF,
        Field(description="When the task is due - a moment, a whole day, or null for never."),
    ],
)
Timestamp = TypeAliasType(
    "Timestamp",
    Annotated[
        datetime,
        exact.Instant(
            max_length=27, pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,6})?Z$"
        ),
        Field(description="A moment on the database's clock, in UTC.", examples=["2026-11-21T09:00:00Z"]),
    ],
)


class Task(exact.Object):
    """A task."""

    id: TaskId
    user_id: UserId
    title: Title
    description: Annotated[Description | None, exact.ONE_OF, Field(description="More about the task, or null.")]
    status: TaskStatus
    completed: Annotated[bool, Field(strict=True, description="The same fact as `status` being `completed`.")]
    priority: Priority
    due_date: DueDate
    metadata: Metadata
    created_at: Annotated[Timestamp, Field(description="When the task was created.")]
    updated_at: Annotated[Timestamp, Field(description="When the task last changed.")]
    completed_at: Annotated[
        Timestamp | None, exact.ONE_OF, Field(description="When the task was completed; null unless it is.")
    ]
    version: TaskVersion


class TaskCreate(exact.RuledObject):
    """A new task."""

    model_config = ConfigDict(extra="forbid")
    rules = exact.Rules(
        {
            "not": {
                "description": "status and completed contradict each other; send one of them, or both in agreement.",
                "anyOf": [
                    {
                        "required": ["status", "completed"],
                        "properties": {"status": {"const": "completed"}, "completed": {"const": False}},
                    },
                    {
                        "required": ["status", "completed"],
                        "properties": {
                            "status": {"enum": ["pending", "in_progress", "cancelled"]},
                            "completed": {"const": True},
                        },
                    },
                ],
            }
        }
    )
    title: Title
    description: Annotated[Description | None, exact.ONE_OF, Field(description="More about the task, or null.")] = None
    status: (
        Annotated[TaskStatus, Field(description="Without it, `completed` if `completed` is true, else `pending`.")]
        | MISSING
    ) = MISSING
    completed: (
        Annotated[
            bool,
            Field(
                strict=True,
                description="The same fact as `status` being `completed`; send either, or both in agreement.",
            ),
        ]
        | MISSING
    ) = MISSING
    priority: Priority = 0
    due_date: DueDate = None
    metadata: Annotated[
        Metadata | None,
        exact.ONE_OF,
        Field(description="What a client wants to keep with the task; null is the same as none."),
    ] = Field(default_factory=dict, json_schema_extra={"default": {}})


class TaskUpdate(exact.RuledObject):
    """The fields to change. A field that is absent stays as it is. `completed` true sets the status to `completed`;
    false sets a completed task to `pending` and otherwise changes nothing."""

    model_config = ConfigDict(extra="forbid")
    rules = exact.Rules(
        {
            "not": {
                "description": "status and completed contradict each other; send one of them, or both in agreement.",
                "anyOf": [
                    {
                        "required": ["status", "completed"],
                        "properties": {"status": {"const": "completed"}, "completed": {"const": False}},
                    },
                    {
                        "required": ["status", "completed"],
                        "properties": {
                            "status": {"enum": ["pending", "in_progress", "cancelled"]},
                            "completed": {"const": True},
                        },
                    },
                ],
            }
        }
    )
    title: Title | MISSING = MISSING
    description: (
        Annotated[Description | None, exact.ONE_OF, Field(description="More about the task; null clears it.")] | MISSING
    ) = MISSING
    status: TaskStatus | MISSING = MISSING
    completed: (
        Annotated[
            bool,
            Field(
                strict=True,
                description="The same fact as `status` being `completed`; send either, or both in agreement.",
            ),
        ]
        | MISSING
    ) = MISSING
    priority: Priority | MISSING = MISSING
    due_date: DueDate | MISSING = MISSING
    metadata: MetadataChange | MISSING = MISSING


class TaskCompletion(exact.Object):
    """The completion to set."""

    model_config = ConfigDict(extra="forbid")
    completed: Annotated[
        bool,
        Field(
            strict=True,
            description="True completes the task; false makes a completed task pending and leaves any other as it is.",
        ),
    ]


class TaskBulkItem(exact.Object):
    """A task to change."""

    model_config = ConfigDict(extra="forbid")
    id: TaskId
    version: Annotated[TaskVersion, Field(description="The version that the task must have.")] | MISSING = MISSING


class TaskBulkUpdate(exact.Object):
    """Tasks, and the change that is made to each of them."""

    model_config = ConfigDict(extra="forbid")
    items: Annotated[
        list[TaskBulkItem],
        Field(
            min_length=1, max_length=100, description="The tasks; an id that stands twice is refused with its index."
        ),
    ]
    change: TaskUpdate


class TaskBulk(exact.Object):
    """The tasks of a bulk update."""

    items: Annotated[
        list[Task], Field(min_length=1, max_length=100, description="The tasks, in the order of the request.")
    ]


class TaskList(exact.Object):
    """A page of tasks."""

    items: Annotated[list[Task], Field(max_length=100, description="The tasks, in order.")]
    next_cursor: Annotated[
        Cursor | None, exact.ONE_OF, Field(description="The `cursor` of the next page; null on the last one.")
    ]
    total: (
        Annotated[
            int,
            Field(strict=True, ge=0, le=9007199254740991),
            exact.WHOLE,
            Field(description="How many tasks the whole list holds; only with `include_total=true`."),
        ]
        | MISSING
    ) = MISSING


Email = TypeAliasType(
    "Email",
    Annotated[
        str,
        Field(
            strict=True,
            min_length=1,
            max_length=320,
            pattern=r"^[^\u0000-\u001f\u007f-\u009f]+$",
            description="An e-mail address, as the user's tokens say it.",
            examples=["alice@example.com"],
        ),
    ],
)


class User(exact.Object):
    """What is stored of a user beside tasks; the account itself is where the tokens come from."""

    id: UserId
    email: Annotated[
        Email | None, exact.ONE_OF, Field(description="Of a recent write whose token had one; null if none had.")
    ]
    created_at: Annotated[Timestamp, Field(description="When the first write was seen.")]
    updated_at: Annotated[Timestamp, Field(description="When `email` was last changed.")]


class UserExport(exact.Object):
    """Everything that is stored of a user, with a page of the tasks."""

    user: Annotated[
        User | None,
        exact.ONE_OF,
        Field(description="The user; null if there was no write yet, or none since the user was deleted."),
    ]
    tasks: Annotated[list[Task], Field(max_length=100, description="Tasks, oldest first.")]
    next_cursor: Annotated[
        Cursor | None, exact.ONE_OF, Field(description="The `cursor` of the next page; null on the last one.")
    ]


ServiceName = TypeAliasType(
    "ServiceName", Annotated[Literal["task-api"], Field(description="The name of this service.")]
)
Version = TypeAliasType(
    "Version",
    Annotated[
        str,
        Field(
            strict=True,
            min_length=5,
            max_length=32,
            pattern=r"^[0-9]+\.[0-9]+\.[0-9]+$",
            description="The version of the contract that is served.",
        ),
    ],
)


class Health(exact.Object):
    """The process is alive."""

    status: Annotated[Literal["ok"], Field(description="Always `ok`.")]
    service: ServiceName
    version: Version


class DatabaseHealth(exact.Object):
    """The service can do its work."""

    status: Annotated[Literal["ok"], Field(description="Always `ok`.")]
    service: ServiceName
    version: Version
    database: Annotated[Literal["ok"], Field(description="Always `ok`; anything else is a 503.")]


class ServiceLinks(exact.Object):
    """Paths of this service."""

    openapi_yaml: Annotated[Literal["/openapi.yaml"], Field(description="The contract.")]
    openapi_json: Annotated[Literal["/openapi.json"], Field(description="The contract as JSON.")]
    docs: Annotated[
        Literal["/docs"] | None,
        exact.ONE_OF,
        Field(description="The interactive documentation; null where it is switched off."),
    ]
    problems: Annotated[Literal["/problems"], Field(description="What the problems mean.")]
    health: Annotated[Literal["/health"], Field(description="Liveness.")]


class Service(exact.Object):
    """The service and its links."""

    service: ServiceName
    version: Version
    links: ServiceLinks


TextDocument = TypeAliasType(
    "TextDocument", Annotated[str, Field(strict=True, min_length=1, max_length=1048576, description="A text.")]
)


class ContractDocument(exact.Object):
    """An OpenAPI document."""

    model_config = ConfigDict(extra="allow")
    openapi: Annotated[
        str,
        Field(
            strict=True,
            min_length=5,
            max_length=16,
            pattern=r"^3\.[0-9]+\.[0-9]+$",
            description="The version of OpenAPI.",
        ),
    ]
    info: Annotated[dict[str, object], Field(description="About the API.")]
    paths: Annotated[dict[str, object], Field(description="The operations.")]


ItemIndex = TypeAliasType(
    "ItemIndex",
    Annotated[
        int,
        Field(strict=True, ge=0, le=99),
        exact.WHOLE,
        Field(description="The place of an item in a request, counted from 0."),
    ],
)
ProblemCode = TypeAliasType(
    "ProblemCode",
    Annotated[
        Literal[
            "malformed_json",
            "malformed_request",
            "invalid_host",
            "unauthenticated",
            "forbidden",
            "not_found",
            "task_not_found",
            "method_not_allowed",
            "request_timeout",
            "idempotency_key_in_progress",
            "metadata_full",
            "precondition_failed",
            "content_too_large",
            "target_too_long",
            "unsupported_media_type",
            "invalid_request",
            "idempotency_key_reused",
            "precondition_required",
            "rate_limited",
            "head_too_large",
            "internal_error",
            "unavailable",
        ],
        Field(description="The `code` of a problem.", examples=["precondition_failed"]),
    ],
)


class FieldError(exact.Object):
    """One place where a request breaks the contract."""

    field: Annotated[
        str,
        Field(
            strict=True,
            min_length=1,
            max_length=512,
            description="The place, like `body.title`, `query.limit` or `path.id`.",
        ),
    ]
    message: Annotated[
        str, Field(strict=True, min_length=1, max_length=1000, description="What is wrong, for a person.")
    ]
    type: Annotated[
        str,
        Field(
            strict=True,
            min_length=1,
            max_length=64,
            pattern="^[a-z0-9_]+$",
            description="What is wrong, for a program. Treat a word that you do not know as `rule`: more may come.\n\n- `missing`: it is required and was left out.\n- `unknown`: there is no such parameter or member.\n- `repeated`: it was sent more than once, or is the same as another that it must differ from.\n- `empty`: the parameter has no value.\n- `type`: it is not what it should be of text, number, integer, true or false, null, list and object.\n- `value`: it is none of the values that are allowed.\n- `name`: a member has a name that is not allowed.\n- `format`: it is not written as its format asks, such as a date that exists, or UTF-8.\n- `pattern`: the text does not match its pattern.\n- `too_short`: the text has too few characters.\n- `too_long`: the text has too many characters.\n- `too_small`: the number is below its least value.\n- `too_large`: the number is above its greatest value.\n- `too_few`: the list or object has too few items or members.\n- `too_many`: the list or object has too many items or members.\n- `rule`: it breaks a rule that none of these words is about, such as members that contradict each other.\n- `cursor`: this is no cursor of this list.\n- `offset`: it was sent together with a cursor.\n- `time_zone`: no time zone has this name.\n",
            examples=["unknown"],
        ),
    ]


class ProblemDetails(exact.Object):
    """What all problems have in common (RFC 9457)."""

    type: Annotated[
        str,
        Field(strict=True, min_length=1, max_length=128),
        exact.Also(exact.Rules({"format": "uri-reference"})),
        Field(description="Names the kind of problem; `code` says the same."),
    ]
    title: Annotated[
        str, Field(strict=True, min_length=1, max_length=128, description="The kind of problem, for a person.")
    ]
    detail: Annotated[
        str,
        Field(
            strict=True, min_length=1, max_length=1000, description="This problem and the way out of it, for a person."
        ),
    ]
    instance: Annotated[
        str,
        Field(strict=True, min_length=1, max_length=65536),
        exact.Also(exact.Rules({"format": "uri-reference"})),
        Field(description="The path of the request, without its query; `/` where no whole request has arrived."),
    ]
    request_id: Annotated[
        str,
        Field(
            strict=True,
            min_length=1,
            max_length=64,
            pattern="^[A-Za-z0-9._-]{1,64}$",
            description="The same as `X-Request-Id`.",
        ),
    ]


class MalformedJsonProblem(ProblemDetails):
    """The body is not JSON in UTF-8, or has a member twice, NaN, Infinity or a byte-order mark.

    Correct the code that writes the body; `detail` says where it stops being JSON."""

    said = {"x-retry": "corrected"}
    status: Annotated[Literal[400], exact.WHOLE, Field(description="The status of the answer.")]
    code: Annotated[Literal["malformed_json"], Field(description="What clients switch on.")]


class InvalidHostProblem(ProblemDetails):
    """The `Host` header names no host that this service answers for.

    Correct the address. Whoever runs the service lists its hosts in `ALLOWED_HOSTS`."""

    said = {"x-retry": "corrected"}
    status: Annotated[Literal[400], exact.WHOLE, Field(description="The status of the answer.")]
    code: Annotated[Literal["invalid_host"], Field(description="What clients switch on.")]


class MalformedRequestProblem(ProblemDetails):
    """What was sent is not well-formed HTTP/1.1.

    Correct the client, or what stands between it and the service. The connection is closed."""

    said = {"x-retry": "corrected"}
    status: Annotated[Literal[400], exact.WHOLE, Field(description="The status of the answer.")]
    code: Annotated[Literal["malformed_request"], Field(description="What clients switch on.")]


class UnauthenticatedProblem(ProblemDetails):
    """There is no bearer token, or it is not valid (any more).

    Get a new token and send the request again once; if that one is refused too, log in again."""

    said = {"x-retry": "authenticated"}
    status: Annotated[Literal[401], exact.WHOLE, Field(description="The status of the answer.")]
    code: Annotated[Literal["unauthenticated"], Field(description="What clients switch on.")]


class ForbiddenProblem(ProblemDetails):
    """The token is valid, but its user is not the user of the path, and the operation is open to no role of theirs.

    Use the user id of the token in the path."""

    said = {"x-retry": "corrected"}
    status: Annotated[Literal[403], exact.WHOLE, Field(description="The status of the answer.")]
    code: Annotated[Literal["forbidden"], Field(description="What clients switch on.")]


class NotFoundProblem(ProblemDetails):
    """There is nothing at this path.

    Correct the path; with a slash at its end it is another one. `GET /` links to the contract."""

    said = {"x-retry": "corrected"}
    status: Annotated[Literal[404], exact.WHOLE, Field(description="The status of the answer.")]
    code: Annotated[Literal["not_found"], Field(description="What clients switch on.")]


class TaskNotFoundProblem(ProblemDetails):
    """This user has no task with this id (any more); another user's task looks the same.

    Drop the task from view. If a DELETE was sent again, the task is gone as it should be. Of a bulk update nothing
    was done; `index` names the first item without a task."""

    said = {"x-retry": "corrected"}
    status: Annotated[Literal[404], exact.WHOLE, Field(description="The status of the answer.")]
    code: Annotated[Literal["task_not_found"], Field(description="What clients switch on.")]
    index: (
        Annotated[
            ItemIndex, Field(description="Which item of a bulk update this is about, counted from 0; absent elsewhere.")
        ]
        | MISSING
    ) = MISSING


class MethodNotAllowedProblem(ProblemDetails):
    """The path does not know the method.

    Use a method that `Allow` names."""

    said = {"x-retry": "corrected"}
    status: Annotated[Literal[405], exact.WHOLE, Field(description="The status of the answer.")]
    code: Annotated[Literal["method_not_allowed"], Field(description="What clients switch on.")]


class RequestTimeoutProblem(ProblemDetails):
    """The head of the request was not whole after 10 seconds, or its body after 60.

    Send it again, all at once, on a new connection. It was not carried out, so that goes for writes, too."""

    said = {"x-retry": "later"}
    status: Annotated[Literal[408], exact.WHOLE, Field(description="The status of the answer.")]
    code: Annotated[Literal["request_timeout"], Field(description="What clients switch on.")]


class IdempotencyKeyInProgressProblem(ProblemDetails):
    """A request under the same `Idempotency-Key` is still running.

    Send it again after `Retry-After` seconds, under the same key: then it is answered as the first one was, or done if
    that one has failed."""

    said = {"x-retry": "later"}
    status: Annotated[Literal[409], exact.WHOLE, Field(description="The status of the answer.")]
    code: Annotated[Literal["idempotency_key_in_progress"], Field(description="What clients switch on.")]


class MetadataFullProblem(ProblemDetails):
    """Merged with the metadata that the task has, there would be more than 50 entries.

    Remove entries as null in the same request. Of a bulk update nothing was done; `index` names the item."""

    said = {"x-retry": "corrected"}
    status: Annotated[Literal[409], exact.WHOLE, Field(description="The status of the answer.")]
    code: Annotated[Literal["metadata_full"], Field(description="What clients switch on.")]
    index: (
        Annotated[
            ItemIndex, Field(description="Which item of a bulk update this is about, counted from 0; absent elsewhere.")
        ]
        | MISSING
    ) = MISSING


class PreconditionFailedProblem(ProblemDetails):
    """The task is not as `If-Match`, `If-None-Match` or the `version` of an item say.

    It has changed since, or the service has been updated: a new version of the contract changes every `ETag`. Nothing
    was done. Merge the change with `task`, which is how the task is now, and send it again with the `ETag` of this
    answer; in a bulk update, where `index` names the item, with the `version` of `task`."""

    said = {"x-retry": "corrected"}
    status: Annotated[Literal[412], exact.WHOLE, Field(description="The status of the answer.")]
    code: Annotated[Literal["precondition_failed"], Field(description="What clients switch on.")]
    index: (
        Annotated[
            ItemIndex, Field(description="Which item of a bulk update this is about, counted from 0; absent elsewhere.")
        ]
        | MISSING
    ) = MISSING
    task: Annotated[Task, Field(description="The task as it is now.")]


class ContentTooLargeProblem(ProblemDetails):
    """The body is larger than 1 MiB (1,048,576 bytes).

    Send less, or in several requests."""

    said = {"x-retry": "corrected"}
    status: Annotated[Literal[413], exact.WHOLE, Field(description="The status of the answer.")]
    code: Annotated[Literal["content_too_large"], Field(description="What clients switch on.")]


class TargetTooLongProblem(ProblemDetails):
    """Path and query are longer than 8,192 bytes.

    Shorten them."""

    said = {"x-retry": "corrected"}
    status: Annotated[Literal[414], exact.WHOLE, Field(description="The status of the answer.")]
    code: Annotated[Literal["target_too_long"], Field(description="What clients switch on.")]


class UnsupportedMediaTypeProblem(ProblemDetails):
    """The body is of a media type that the operation does not take, of none, encoded, or not in UTF-8.

    Set `Content-Type` to a type that `detail` names, and send the body as that."""

    said = {"x-retry": "corrected"}
    status: Annotated[Literal[415], exact.WHOLE, Field(description="The status of the answer.")]
    code: Annotated[Literal["unsupported_media_type"], Field(description="What clients switch on.")]


class InvalidRequestProblem(ProblemDetails):
    """A parameter or the body breaks the contract.

    Correct what `errors` names, or show it to the user: each entry has the place as `field`, what is wrong with it
    for a program as `type`, and for a person as `message`."""

    said = {"x-retry": "corrected"}
    status: Annotated[Literal[422], exact.WHOLE, Field(description="The status of the answer.")]
    code: Annotated[Literal["invalid_request"], Field(description="What clients switch on.")]
    errors: Annotated[
        list[FieldError],
        Field(min_length=1, max_length=100, description="Each place where the request breaks the contract."),
    ]


class IdempotencyKeyReusedProblem(ProblemDetails):
    """The `Idempotency-Key` is that of another request: one with another body, `Content-Type` or condition.

    Send a new request under a new key, and what is sent again exactly as it was. Nothing was done."""

    said = {"x-retry": "corrected"}
    status: Annotated[Literal[422], exact.WHOLE, Field(description="The status of the answer.")]
    code: Annotated[Literal["idempotency_key_reused"], Field(description="What clients switch on.")]


class PreconditionRequiredProblem(ProblemDetails):
    """This service wants to be told which version of the task is meant.

    Read the task, and send its `ETag` as `If-Match`, or in a bulk update its `version` in the item that `index`
    names."""

    said = {"x-retry": "corrected"}
    status: Annotated[Literal[428], exact.WHOLE, Field(description="The status of the answer.")]
    code: Annotated[Literal["precondition_required"], Field(description="What clients switch on.")]
    index: (
        Annotated[
            ItemIndex, Field(description="Which item of a bulk update this is about, counted from 0; absent elsewhere.")
        ]
        | MISSING
    ) = MISSING


class RateLimitedProblem(ProblemDetails):
    """There were too many requests of this user, or too many without a valid token from this address.

    Send it again after `Retry-After` seconds. It was not carried out, so that goes for writes, too. `RateLimit`
    says in every answer how many requests are left."""

    said = {"x-retry": "later"}
    status: Annotated[Literal[429], exact.WHOLE, Field(description="The status of the answer.")]
    code: Annotated[Literal["rate_limited"], Field(description="What clients switch on.")]


class HeadTooLargeProblem(ProblemDetails):
    """The headers are larger than 32 KiB (32,768 bytes).

    Send fewer or shorter ones. No operation needs cookies."""

    said = {"x-retry": "corrected"}
    status: Annotated[Literal[431], exact.WHOLE, Field(description="The status of the answer.")]
    code: Annotated[Literal["head_too_large"], Field(description="What clients switch on.")]


class InternalErrorProblem(ProblemDetails):
    """The service failed; the answer does not say how.

    What takes no `Idempotency-Key`, a read or `deleteUser`, may be sent again later. Any other write may have been
    carried out: under a key it may be sent again as it is, without one read the task first. If it fails again,
    report `request_id`, which names the failure in the logs."""

    said = {"x-retry": "keyed"}
    status: Annotated[Literal[500], exact.WHOLE, Field(description="The status of the answer.")]
    code: Annotated[Literal["internal_error"], Field(description="What clients switch on.")]


class UnavailableProblem(ProblemDetails):
    """Something that the service needs does not answer, most likely for a short time.

    What takes no `Idempotency-Key`, a read or `deleteUser`, may be sent again after `Retry-After` seconds. Any other
    write may have been carried out where the connection broke off at its end: under a key it may be sent again as
    it is, without one read the task first."""

    said = {"x-retry": "keyed"}
    status: Annotated[Literal[503], exact.WHOLE, Field(description="The status of the answer.")]
    code: Annotated[Literal["unavailable"], Field(description="What clients switch on.")]


NAMES: Final[Mapping[str, str]] = {}
"""What the contract calls the schemas whose names are no names of classes in Python."""
INLINE: Final = frozenset[str]([])
"""Those that have no name in the contract, and are published where something refers to them."""
