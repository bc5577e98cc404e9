# Generated from openapi/tasks.yaml by `make generate`. Do not edit.
"""What the backend provides: one Protocol per tag, one method per operation. A module satisfies a Protocol.

Handlers get a context (who owns what is asked for, the transaction) and the validated parameters and body. The owner of
the path has been authorised before: it is the context's, not a parameter. They return the result of their operation;
every other answer is an exception, and must be one that the contract declares. A body that somebody has written as JSON
already is handed over as such, `written.Json(raw)`.
"""

from dataclasses import dataclass
from typing import Final, Literal, Protocol, TypeVar

from pydantic import MISSING

from . import written
from .models import (
    ContractDocument,
    Cursor,
    DatabaseHealth,
    DueBound,
    DueFilter,
    EntityTags,
    Health,
    Priority,
    ProblemCode,
    SearchText,
    Service,
    SortOrder,
    Task,
    TaskBulk,
    TaskBulkUpdate,
    TaskCompletion,
    TaskCreate,
    TaskId,
    TaskList,
    TaskSort,
    TaskStatusFilter,
    TaskUpdate,
    TextDocument,
    TimeZone,
    UserExport,
)

CONTRACT_VERSION: Final = "1.0.0"
"""`info.version` of the contract that this was generated from."""

OwnerT_contra = TypeVar("OwnerT_contra", contravariant=True)
"""The context of an operation with `security`: it has a caller and an authorised owner."""

PublicT_contra = TypeVar("PublicT_contra", contravariant=True)
"""The context of a public operation: nobody is known."""


@dataclass(slots=True)
class ListTasksResult:
    """200: A page of tasks, perhaps empty."""

    body: TaskList | written.Json[TaskList]


@dataclass(slots=True)
class CreateTaskResult:
    """201: The task, as stored."""

    body: Task | written.Json[Task]
    location: str
    etag: str


@dataclass(slots=True)
class UpdateTasksResult:
    """200: The tasks, as stored, in the order of the request."""

    body: TaskBulk | written.Json[TaskBulk]


@dataclass(slots=True)
class GetTaskOK:
    """200: The task."""

    body: Task | written.Json[Task]
    etag: str


@dataclass(slots=True)
class GetTaskNotModified:
    """304: The task is still as `If-None-Match` says. Such an answer does not count against the rate limit; where nothing
    was left of that, it is a 429."""

    etag: str


@dataclass(slots=True)
class UpdateTaskResult:
    """200: The task, as stored."""

    body: Task | written.Json[Task]
    etag: str


@dataclass(slots=True)
class DeleteTaskResult:
    """204: The task is gone."""


@dataclass(slots=True)
class PatchTaskResult:
    """200: The task, as stored."""

    body: Task | written.Json[Task]
    etag: str


@dataclass(slots=True)
class ToggleTaskResult:
    """200: The task, as stored."""

    body: Task | written.Json[Task]
    etag: str


class TasksApi(Protocol[OwnerT_contra]):
    """A user's own tasks."""

    async def list_tasks(
        self,
        ctx: OwnerT_contra,
        /,
        *,
        status: TaskStatusFilter = "all",
        completed: bool | MISSING = MISSING,
        search: SearchText | MISSING = MISSING,
        priority: Priority | MISSING = MISSING,
        due_after: DueBound | MISSING = MISSING,
        due_before: DueBound | MISSING = MISSING,
        due: DueFilter | MISSING = MISSING,
        tz: TimeZone = "UTC",
        sort: TaskSort = "created",
        order: SortOrder | MISSING = MISSING,
        limit: int = 50,
        cursor: Cursor | MISSING = MISSING,
        offset: int | MISSING = MISSING,
        include_total: bool = False,
    ) -> ListTasksResult:
        """GET /api/{user_id}/tasks: List tasks.

        One page of the user's tasks that pass every filter: `status`, `completed`, `search`, `priority`, `due_after`,
        `due_before` and `due`, days read in `tz`. The order, by `sort` and `order`, is total (equal keys are ordered by id)
        and tasks without a due date come last in both directions. Walking the pages by `next_cursor` shows every task
        that stood still exactly once, whatever is written meanwhile. Pages with numbers are made of `limit`, `offset` and
        `include_total`.

        Callers in the role `admin` may list the tasks of every user, where the service has been set so (`x-roles`).

        Args:
            ctx: who asks, and where to look.
            status: Only tasks in this status; `all` for every status.
            completed: Only tasks that are completed, or only those that are not. Beside `status`, both count.
            search: Only tasks with this text in the title or the description, without regard to case. No character is a wildcard.
            priority: Only tasks of exactly this priority.
            due_after: Only tasks that are due at this moment or later. An all-day task is due for the whole of its day in `tz`; a
                day given here stands for its beginning there.
            due_before: Only tasks that are due before this moment, or on a day that begins before it. Read as `due_after` is.
            due: `none`: only tasks without a due date. Of the tasks that are neither completed nor cancelled only those that
                are `overdue`, are due `today`, or are `upcoming`, due after today. An all-day task is overdue once its day
                has ended in `tz`.
            tz: Where days begin and end, for `due`, `due_after` and `due_before`. A name that is not known is refused.
            sort: What to order by: the moment of creation or of the last change, the title without regard to case, the due
                date (an all-day date stands at 00:00 UTC, before instants of that moment), or the priority.
            order: The direction. Without it, `desc` for `created`, `updated` and `priority`, `asc` for `title` and `due_date`.
            limit: The number of tasks in a page, at most.
            cursor: `next_cursor` of the page before. It belongs to the user and to all other parameters of that page but `limit`,
                `offset` and `include_total`: with others it is refused.
            offset: How many tasks to skip, for pages with numbers; not together with `cursor`. Tasks that are written between two
                pages move the others: to see every task, follow `next_cursor`.
            include_total: Whether to count all tasks of the list, on whatever page, and answer `total`.

        Raises:
            An error of one of these statuses and codes:
            404 not_found
            422 invalid_request
            429 rate_limited
            503 unavailable
        """
        ...

    async def create_task(
        self,
        ctx: OwnerT_contra,
        /,
        *,
        body: TaskCreate,
    ) -> CreateTaskResult:
        """POST /api/{user_id}/tasks: Create a task.

        Only `title` is required; white space around it is trimmed.

        Args:
            ctx: who asks, and where to look.
            body: The new task.

        Raises:
            An error of one of these statuses and codes:
            404 not_found
            409 idempotency_key_in_progress
            422 invalid_request, idempotency_key_reused
            429 rate_limited
            503 unavailable
        """
        ...

    async def update_tasks(
        self,
        ctx: OwnerT_contra,
        /,
        *,
        body: TaskBulkUpdate,
        if_match: EntityTags | MISSING = MISSING,
        if_none_match: EntityTags | MISSING = MISSING,
    ) -> UpdateTasksResult:
        """POST /api/{user_id}/tasks/bulk: Update many tasks.

        One change for up to 100 tasks, all or nothing, with the semantics of the update by `PUT`. An item with a `version`
        is changed only from that version; `If-Match` and `If-None-Match` are held against each of the tasks. A problem
        names the first item that it is about by its `index`.

        Args:
            ctx: who asks, and where to look.
            body: The tasks, and what to change.
            if_match: The `ETag` of the task as the client knows it, several of them, or `*` for any task that exists. Another one than
                the task's own is a 412, and nothing is done. What proxies add to an `ETag`, `W/` and endings like `-gzip`, is
                overlooked.
            if_none_match: The `ETag` of the task as the client knows it, several of them, or `*`. If it is one of them, reading answers
                304, and a write is refused with 412.

        Raises:
            An error of one of these statuses and codes:
            404 task_not_found, not_found
            409 idempotency_key_in_progress, metadata_full
            412 precondition_failed
            422 invalid_request, idempotency_key_reused
            428 precondition_required
            429 rate_limited
            503 unavailable
        """
        ...

    async def get_task(
        self,
        ctx: OwnerT_contra,
        /,
        *,
        id: TaskId,
        if_match: EntityTags | MISSING = MISSING,
        if_none_match: EntityTags | MISSING = MISSING,
    ) -> GetTaskOK | GetTaskNotModified:
        """GET /api/{user_id}/tasks/{id}: Read a task.

        Another user's task looks like one that never was.

        Callers in the role `admin` may read the tasks of every user, where the service has been set so (`x-roles`).

        Args:
            ctx: who asks, and where to look.
            id: The task.
            if_match: The `ETag` of the task as the client knows it, several of them, or `*` for any task that exists. Another one than
                the task's own is a 412, and nothing is done. What proxies add to an `ETag`, `W/` and endings like `-gzip`, is
                overlooked.
            if_none_match: The `ETag` of the task as the client knows it, several of them, or `*`. If it is one of them, reading answers
                304, and a write is refused with 412.

        Raises:
            An error of one of these statuses and codes:
            404 task_not_found, not_found
            412 precondition_failed
            422 invalid_request
            429 rate_limited
            503 unavailable
        """
        ...

    async def update_task(
        self,
        ctx: OwnerT_contra,
        /,
        *,
        id: TaskId,
        body: TaskUpdate,
        if_match: EntityTags | MISSING = MISSING,
        if_none_match: EntityTags | MISSING = MISSING,
    ) -> UpdateTaskResult:
        """PUT /api/{user_id}/tasks/{id}: Update a task.

        Only the fields sent change; null clears `description`, `due_date` and `metadata`, whose entries are merged. An update
        that changes nothing leaves `version` and `updated_at` as they were.

        Args:
            ctx: who asks, and where to look.
            id: The task.
            body: The fields to change.
            if_match: The `ETag` of the task as the client knows it, several of them, or `*` for any task that exists. Another one than
                the task's own is a 412, and nothing is done. What proxies add to an `ETag`, `W/` and endings like `-gzip`, is
                overlooked.
            if_none_match: The `ETag` of the task as the client knows it, several of them, or `*`. If it is one of them, reading answers
                304, and a write is refused with 412.

        Raises:
            An error of one of these statuses and codes:
            404 task_not_found, not_found
            409 idempotency_key_in_progress, metadata_full
            412 precondition_failed
            422 invalid_request, idempotency_key_reused
            428 precondition_required
            429 rate_limited
            503 unavailable
        """
        ...

    async def delete_task(
        self,
        ctx: OwnerT_contra,
        /,
        *,
        id: TaskId,
        if_match: EntityTags | MISSING = MISSING,
        if_none_match: EntityTags | MISSING = MISSING,
    ) -> DeleteTaskResult:
        """DELETE /api/{user_id}/tasks/{id}: Delete a task.

        For good. Deleting it again is a 404, but under the `Idempotency-Key` of the first time the same 204.

        Args:
            ctx: who asks, and where to look.
            id: The task.
            if_match: The `ETag` of the task as the client knows it, several of them, or `*` for any task that exists. Another one than
                the task's own is a 412, and nothing is done. What proxies add to an `ETag`, `W/` and endings like `-gzip`, is
                overlooked.
            if_none_match: The `ETag` of the task as the client knows it, several of them, or `*`. If it is one of them, reading answers
                304, and a write is refused with 412.

        Raises:
            An error of one of these statuses and codes:
            404 task_not_found, not_found
            409 idempotency_key_in_progress
            412 precondition_failed
            422 invalid_request, idempotency_key_reused
            428 precondition_required
            429 rate_limited
            503 unavailable
        """
        ...

    async def patch_task(
        self,
        ctx: OwnerT_contra,
        /,
        *,
        id: TaskId,
        body: TaskUpdate,
        if_match: EntityTags | MISSING = MISSING,
        if_none_match: EntityTags | MISSING = MISSING,
    ) -> PatchTaskResult:
        """PATCH /api/{user_id}/tasks/{id}: Patch a task.

        JSON merge patch (RFC 7396); the same semantics as the update by `PUT`.

        Args:
            ctx: who asks, and where to look.
            id: The task.
            body: The fields to change.
            if_match: The `ETag` of the task as the client knows it, several of them, or `*` for any task that exists. Another one than
                the task's own is a 412, and nothing is done. What proxies add to an `ETag`, `W/` and endings like `-gzip`, is
                overlooked.
            if_none_match: The `ETag` of the task as the client knows it, several of them, or `*`. If it is one of them, reading answers
                304, and a write is refused with 412.

        Raises:
            An error of one of these statuses and codes:
            404 task_not_found, not_found
            409 idempotency_key_in_progress, metadata_full
            412 precondition_failed
            422 invalid_request, idempotency_key_reused
            428 precondition_required
            429 rate_limited
            503 unavailable
        """
        ...

    async def toggle_task(
        self,
        ctx: OwnerT_contra,
        /,
        *,
        id: TaskId,
        if_match: EntityTags | MISSING = MISSING,
        if_none_match: EntityTags | MISSING = MISSING,
        body: TaskCompletion | MISSING = MISSING,
    ) -> ToggleTaskResult:
        """PATCH /api/{user_id}/tasks/{id}/complete: Toggle or set completion.

        Without a body the completion flips: a task that is not completed becomes completed, a completed one pending.
        With a body it is set, which is safe to send again. Two concurrent flips are two flips.

        Args:
            ctx: who asks, and where to look.
            id: The task.
            if_match: The `ETag` of the task as the client knows it, several of them, or `*` for any task that exists. Another one than
                the task's own is a 412, and nothing is done. What proxies add to an `ETag`, `W/` and endings like `-gzip`, is
                overlooked.
            if_none_match: The `ETag` of the task as the client knows it, several of them, or `*`. If it is one of them, reading answers
                304, and a write is refused with 412.
            body: The completion to set; nothing at all to flip it.

        Raises:
            An error of one of these statuses and codes:
            404 task_not_found, not_found
            409 idempotency_key_in_progress
            412 precondition_failed
            422 invalid_request, idempotency_key_reused
            428 precondition_required
            429 rate_limited
            503 unavailable
        """
        ...


@dataclass(slots=True)
class ExportUserResult:
    """200: The user and a page of their tasks, perhaps empty."""

    body: UserExport | written.Json[UserExport]


@dataclass(slots=True)
class DeleteUserResult:
    """204: Nothing is stored of this user."""


class UsersApi(Protocol[OwnerT_contra]):
    """Everything that is stored of a user, to take away or to delete."""

    async def export_user(
        self,
        ctx: OwnerT_contra,
        /,
        *,
        limit: int = 100,
        cursor: Cursor | MISSING = MISSING,
    ) -> ExportUserResult:
        """GET /api/{user_id}: Export a user.

        Everything that is stored of the user, a page of tasks at a time, oldest first. Walking the pages by `next_cursor`
        shows every task that is there all the while exactly once, whatever is written meanwhile. Answers that are kept
        for requests under an `Idempotency-Key` are copies that are gone within 24 hours, and are not shown.

        Args:
            ctx: who asks, and where to look.
            limit: The number of tasks in a page, at most.
            cursor: `next_cursor` of the page before. It belongs to this operation and to the user: with another, and in a list of
                tasks, it is refused.

        Raises:
            An error of one of these statuses and codes:
            404 not_found
            422 invalid_request
            429 rate_limited
            503 unavailable
        """
        ...

    async def delete_user(
        self,
        ctx: OwnerT_contra,
        /,
    ) -> DeleteUserResult:
        """DELETE /api/{user_id}: Delete a user.

        Everything that is stored of the user, for good: all tasks, the answers that are kept for requests under an
        `Idempotency-Key`, and the record of the user. All or nothing, and 204 also where there is nothing: it is
        idempotent (RFC 9110, section 9.2.2), takes no key and may be sent again as it is, after a 500 or 503 too. It may
        take up to 30 seconds. The account itself is not deleted: it is where the tokens come from, and a later write
        begins anew.

        Raises:
            An error of one of these statuses and codes:
            404 not_found
            422 invalid_request
            429 rate_limited
            503 unavailable
        """
        ...


@dataclass(slots=True)
class GetHealthResult:
    """200: The process is alive."""

    body: Health | written.Json[Health]


@dataclass(slots=True)
class GetDatabaseHealthResult:
    """200: The service can do its work."""

    body: DatabaseHealth | written.Json[DatabaseHealth]


class HealthApi(Protocol[PublicT_contra]):
    """Liveness and readiness, for balancers and monitors."""

    async def get_health(
        self,
        ctx: PublicT_contra,
        /,
    ) -> GetHealthResult:
        """GET /health: Liveness.

        Answers as long as the process does; asks nothing else.

        Raises:
            An error of one of these statuses and codes:
            422 invalid_request
        """
        ...

    async def get_database_health(
        self,
        ctx: PublicT_contra,
        /,
    ) -> GetDatabaseHealthResult:
        """GET /health/db: Readiness.

        Answers 200 while the database answers and its schema is the one that this build expects.

        Raises:
            An error of one of these statuses and codes:
            422 invalid_request
            503 unavailable
        """
        ...


@dataclass(slots=True)
class GetServiceResult:
    """200: The service and its links."""

    body: Service | written.Json[Service] | TextDocument
    vary: str
    media_type: Literal["application/json", "text/html"] = "application/json"


@dataclass(slots=True)
class GetContractYamlOK:
    """200: The contract."""

    body: TextDocument
    etag: str
    cache_control: Literal["public, no-cache"]


@dataclass(slots=True)
class GetContractYamlNotModified:
    """304: The contract is still as `If-None-Match` says."""

    etag: str
    cache_control: Literal["public, no-cache"]


@dataclass(slots=True)
class GetContractJsonOK:
    """200: The contract."""

    body: ContractDocument | written.Json[ContractDocument]
    etag: str
    cache_control: Literal["public, no-cache"]


@dataclass(slots=True)
class GetContractJsonNotModified:
    """304: The contract is still as `If-None-Match` says."""

    etag: str
    cache_control: Literal["public, no-cache"]


@dataclass(slots=True)
class GetDocsResult:
    """200: The page."""

    body: TextDocument


class AboutApi(Protocol[PublicT_contra]):
    """What this service is, its contract and its documentation."""

    async def get_service(
        self,
        ctx: PublicT_contra,
        /,
    ) -> GetServiceResult:
        """GET /: Say what this service is.

        The name and version of the service and where to go next: a page for who prefers `text/html` by `Accept`, as
        browsers do, and JSON for everybody else, whatever they accept.

        Raises:
            An error of one of these statuses and codes:
            422 invalid_request
        """
        ...

    async def get_contract_yaml(
        self,
        ctx: PublicT_contra,
        /,
        *,
        if_none_match: EntityTags | MISSING = MISSING,
    ) -> GetContractYamlOK | GetContractYamlNotModified:
        """GET /openapi.yaml: Read the contract as YAML.

        The authored contract itself, byte for byte. Scripts of every origin may read it, whatever origins the service is
        open to otherwise.

        Args:
            ctx: who asks, and where to look.
            if_none_match: The `ETag` of the contract as the client knows it, several of them, or `*`. If it is one of them, the answer is
                304.

        Raises:
            An error of one of these statuses and codes:
            422 invalid_request
        """
        ...

    async def get_contract_json(
        self,
        ctx: PublicT_contra,
        /,
        *,
        if_none_match: EntityTags | MISSING = MISSING,
    ) -> GetContractJsonOK | GetContractJsonNotModified:
        """GET /openapi.json: Read the contract as JSON.

        The authored contract itself, written as JSON. Scripts of every origin may read it, whatever origins the service
        is open to otherwise.

        Args:
            ctx: who asks, and where to look.
            if_none_match: The `ETag` of the contract as the client knows it, several of them, or `*`. If it is one of them, the answer is
                304.

        Raises:
            An error of one of these statuses and codes:
            422 invalid_request
        """
        ...

    async def get_docs(
        self,
        ctx: PublicT_contra,
        /,
    ) -> GetDocsResult:
        """GET /docs: Read and try the contract in a browser.

        An interactive page made of files that the service ships; it loads nothing from elsewhere. Its scripts and
        styles are served below `/docs/assets/`. Switched off by `DOCS_ENABLED=false`, which is the default in production.

        Raises:
            An error of one of these statuses and codes:
            404 not_found
            422 invalid_request
        """
        ...


@dataclass(slots=True)
class ListProblemsResult:
    """200: The page."""

    body: TextDocument


@dataclass(slots=True)
class GetProblemResult:
    """200: The page."""

    body: TextDocument


class ProblemsApi(Protocol[PublicT_contra]):
    """What each kind of problem means, for people; `type` of a problem leads here."""

    async def list_problems(
        self,
        ctx: PublicT_contra,
        /,
    ) -> ListProblemsResult:
        """GET /problems: List the problems.

        A page of all codes, with what each means and whether the request may be sent again.

        Raises:
            An error of one of these statuses and codes:
            422 invalid_request
        """
        ...

    async def get_problem(
        self,
        ctx: PublicT_contra,
        /,
        *,
        code: ProblemCode,
    ) -> GetProblemResult:
        """GET /problems/{code}: Explain a problem.

        The page that the `type` of a problem names, with an example and when to send the request again.

        Args:
            ctx: who asks, and where to look.
            code: The `code` of the problem.

        Raises:
            An error of one of these statuses and codes:
            404 not_found
            422 invalid_request
        """
        ...
