"""The tasks tag: a user's own tasks (specs/features/task-crud.md, specs/features/listing.md).

Operations first, in the order of the contract; then their queries, but those of lists are in backend/listing.py. One
statement does an operation's work, so that two requests at once are two changes, one after the other, and none is lost.
Where the task has to be looked at before, for a condition or for what a merge would make of it, it is locked first.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any  # values of columns, and rows, are of every type
from urllib.parse import quote

from pydantic import MISSING
from sqlalchemy import (
    ARRAY,
    BigInteger,
    ClauseElement,
    ColumnElement,
    Insert,
    Text,
    Update,
    and_,
    any_,
    case,
    delete,
    func,
    select,
    type_coerce,
)
from sqlalchemy.dialects.postgresql import insert

from backend.changes import WHITE_SPACE, StatusChange, changing, due_columns, new_columns, sent_values, status_change
from backend.conditions import check, entity_tag, is_named
from backend.context import OwnerContext
from backend.errors import (
    FieldError,
    InvalidRequest,
    MetadataFull,
    PreconditionFailed,
    PreconditionRequired,
    TaskNotFound,
)
from backend.filters import Filters, known_zone
from backend.listing import page_rows, tasks_count
from backend.models import METADATA_ENTRIES, tasks
from backend.paging import Position, TwoStarts
from backend.projection import introducing, known_email, refreshing
from backend.statements import Row, once
from backend.task_rows import TASK, json_object, visible
from generated.api import (
    CreateTaskResult,
    DeleteTaskResult,
    GetTaskNotModified,
    GetTaskOK,
    ListTasksResult,
    PatchTaskResult,
    ToggleTaskResult,
    UpdateTaskResult,
    UpdateTasksResult,
)
from generated.models import (
    Cursor,
    DueBound,
    DueFilter,
    EntityTags,
    MetadataChange,
    Priority,
    SearchText,
    SortOrder,
    TaskBulkUpdate,
    TaskCompletion,
    TaskCreate,
    TaskId,
    TaskSort,
    TaskStatusFilter,
    TaskUpdate,
    TimeZone,
)
from generated.written import Json

_DEFAULT_ORDER: Mapping[TaskSort, SortOrder] = {
    "created": "desc",
    "updated": "desc",
    "title": "asc",
    "due_date": "asc",
    "priority": "desc",
}


async def list_tasks(
    ctx: OwnerContext,
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
    if cursor is not MISSING and offset is not MISSING:
        raise TwoStarts
    filters = Filters(status, completed, search, priority, due_after, due_before, due, known_zone(tz))
    direction = _DEFAULT_ORDER[sort] if order is MISSING else order
    binding = (ctx.owner, sort, direction, *filters.binding())
    after = None if cursor is MISSING else ctx.cursors.decode(cursor, binding)
    now = await _now(ctx, after) if filters.depends_on_the_clock else None
    kinds = filters.kinds | {"total"} if include_total else filters.kinds
    values = filters.values(now)
    start: dict[str, Any] = {} if after is None else after.values()
    if offset is not MISSING:
        start = {"offset": offset}
    # One more than the page holds tells whether there is another page.
    rows = await page_rows(ctx, (sort, direction), kinds, limit=limit + 1, **start, **values)
    total: int | MISSING = MISSING
    if include_total:
        count = tasks_count(filters.kinds, owner=ctx.owner, **values)
        total = rows[0].total if rows else (await ctx.connection.execute(count)).scalar_one()
    next_cursor = None
    if len(rows) > limit:
        last = rows[limit - 1]
        next_cursor = ctx.cursors.encode(Position(last.sort_key, last.id, now), binding)
    return ListTasksResult(body=Json(json_object({"items": rows.written(limit)}, next_cursor=next_cursor, total=total)))


async def create_task(ctx: OwnerContext, /, *, body: TaskCreate) -> CreateTaskResult:
    status = body.status
    if status is MISSING:
        status = "completed" if body.completed is True else "pending"
    values: dict[str, Any] = {
        "title": body.title.strip(WHITE_SPACE),
        "description": body.description,
        "priority": body.priority,
        "metadata": body.metadata or {},
        **due_columns(body.due_date),
    }
    creation = _creation(owner=ctx.owner, status=status, **known_email(ctx), **values)
    [row] = await ctx.connection.execute(creation)
    location = f"/api/{quote(ctx.owner, safe='')}/tasks/{row.id}"
    return CreateTaskResult(body=Json(row.task.encode()), etag=entity_tag(row.id, row.version), location=location)


async def update_tasks(
    ctx: OwnerContext,
    /,
    *,
    body: TaskBulkUpdate,
    if_match: EntityTags | MISSING = MISSING,
    if_none_match: EntityTags | MISSING = MISSING,
) -> UpdateTasksResult:
    ids = [item.id for item in body.items]
    repeated = [index for index, task_id in enumerate(ids) if task_id in ids[:index]]
    if repeated:
        message = "Another item has the same id. Send each task once."
        raise InvalidRequest([FieldError(f"body.items.{index}.id", message, "repeated") for index in repeated])
    held = {row.id: row for row in await ctx.connection.execute(_held(owner=ctx.owner, ids=ids))}
    for index, item in enumerate(body.items):
        if item.id not in held:
            raise TaskNotFound(index=index)
    for index, item in enumerate(body.items):
        if ctx.require_if_match and item.version is MISSING and if_match is MISSING:
            raise PreconditionRequired(index=index)
        row = held[item.id]
        if item.version is not MISSING and item.version != row.version:
            raise PreconditionFailed(row.task, index=index)
        check(entity_tag(row.id, row.version), row.task, if_match, if_none_match, index=index)
    for index, task_id in enumerate(ids):
        _check_merge(held[task_id].metadata, body.change.metadata, index)
    values = sent_values(body.change)
    change = _change(status_change(body.change), owner=ctx.owner, ids=ids, **known_email(ctx), **values)
    written = {row.id: row.task.encode() for row in await ctx.connection.execute(change)}
    return UpdateTasksResult(body=Json(json_object({"items": [written[task_id] for task_id in ids]})))


async def get_task(
    ctx: OwnerContext,
    /,
    *,
    id: TaskId,
    if_match: EntityTags | MISSING = MISSING,
    if_none_match: EntityTags | MISSING = MISSING,
) -> GetTaskOK | GetTaskNotModified:
    row = (await ctx.connection.execute(_task(owner=ctx.owner, id=id))).one_or_none()
    if row is None:
        raise TaskNotFound
    tag = entity_tag(id, row.version)
    check(tag, row.task, if_match)
    if is_named(tag, if_none_match):
        return GetTaskNotModified(etag=tag)
    return GetTaskOK(body=Json(row.task.encode()), etag=tag)


async def update_task(
    ctx: OwnerContext,
    /,
    *,
    id: TaskId,
    body: TaskUpdate,
    if_match: EntityTags | MISSING = MISSING,
    if_none_match: EntityTags | MISSING = MISSING,
) -> UpdateTaskResult:
    await _admit(ctx, id, if_match, if_none_match, body.metadata)
    row = await _changed(ctx, id, status_change(body), sent_values(body))
    return UpdateTaskResult(body=Json(row.task.encode()), etag=entity_tag(id, row.version))


async def patch_task(
    ctx: OwnerContext,
    /,
    *,
    id: TaskId,
    body: TaskUpdate,
    if_match: EntityTags | MISSING = MISSING,
    if_none_match: EntityTags | MISSING = MISSING,
) -> PatchTaskResult:
    await _admit(ctx, id, if_match, if_none_match, body.metadata)
    row = await _changed(ctx, id, status_change(body), sent_values(body))
    return PatchTaskResult(body=Json(row.task.encode()), etag=entity_tag(id, row.version))


async def delete_task(
    ctx: OwnerContext,
    /,
    *,
    id: TaskId,
    if_match: EntityTags | MISSING = MISSING,
    if_none_match: EntityTags | MISSING = MISSING,
) -> DeleteTaskResult:
    await _admit(ctx, id, if_match, if_none_match)
    deletion = _deletion(owner=ctx.owner, id=id, **known_email(ctx))
    if (await ctx.connection.execute(deletion)).one_or_none() is None:
        raise TaskNotFound
    return DeleteTaskResult()


async def toggle_task(
    ctx: OwnerContext,
    /,
    *,
    id: TaskId,
    if_match: EntityTags | MISSING = MISSING,
    if_none_match: EntityTags | MISSING = MISSING,
    body: TaskCompletion | MISSING = MISSING,
) -> ToggleTaskResult:
    await _admit(ctx, id, if_match, if_none_match)
    change: StatusChange = "toggles"
    if body is not MISSING:
        change = "completes" if body.completed else "reopens"
    row = await _changed(ctx, id, change, {})
    return ToggleTaskResult(body=Json(row.task.encode()), etag=entity_tag(id, row.version))


async def _now(ctx: OwnerContext, after: Position | None) -> datetime | None:
    """The time for a list that depends on it: of the database's clock, or that of the walk's first page."""
    if after is not None:
        return after.now
    now: datetime = (await ctx.connection.execute(_clock())).scalar_one()
    return now


async def _admit(
    ctx: OwnerContext,
    task_id: TaskId,
    if_match: EntityTags | MISSING,
    if_none_match: EntityTags | MISSING,
    metadata: MetadataChange | MISSING = MISSING,
) -> None:
    """Locks the task where a write has to look at it before, and refuses the write if it may not happen.

    Raises:
        TaskNotFound: the owner has no such task.
        PreconditionRequired: this service is set to ask for If-Match.
        PreconditionFailed: the task is another version than the request says.
        MetadataFull: there would be too many entries.
    """
    if if_match is MISSING and if_none_match is MISSING and metadata is MISSING and not ctx.require_if_match:
        return
    row = (await ctx.connection.execute(_held(owner=ctx.owner, ids=[task_id]))).one_or_none()
    if row is None:
        raise TaskNotFound
    if ctx.require_if_match and if_match is MISSING:
        raise PreconditionRequired
    check(entity_tag(row.id, row.version), row.task, if_match, if_none_match)
    _check_merge(row.metadata, metadata)


def _check_merge(entries: Mapping[str, str], change: MetadataChange | MISSING, index: int | None = None) -> None:
    """Refuses a merge that makes too many entries; the task that has the entries has to be locked."""
    if change is MISSING or change is None:
        return
    if sum(value is not None for value in {**entries, **change}.values()) > METADATA_ENTRIES:
        raise MetadataFull(METADATA_ENTRIES, index=index)


async def _changed(ctx: OwnerContext, task_id: TaskId, change: StatusChange, values: Mapping[str, Any]) -> Row:
    """Changes one task and returns it as it is now.

    Raises:
        TaskNotFound: the owner has no such task.
    """
    statement = _change(change, owner=ctx.owner, id=task_id, **known_email(ctx), **values)
    row = (await ctx.connection.execute(statement)).one_or_none()
    if row is None:
        raise TaskNotFound
    return row


# The statements, each built once (backend/statements.py): by their names they have placeholders.


@once
def _task(*, owner: str, id: TaskId) -> ClauseElement:
    return select(TASK, tasks.c.version).where(visible(owner), tasks.c.id == id)


@once
def _held(*, owner: str, ids: list[TaskId]) -> ClauseElement:
    """Those of the tasks that the owner has, as they are, and as they stay until the transaction ends.

    In the order of their ids: two bulk updates that lock the same tasks then wait for each other, and never both.
    """
    rows = select(TASK, tasks.c.id, tasks.c.version, tasks.c.metadata).where(visible(owner), _one_of(ids))
    return rows.order_by(tasks.c.id).with_for_update()


@once
def _clock() -> ClauseElement:
    return select(func.now())


@once
def _creation(*, owner: str, email: str | None = None, status: str, **values: object) -> Insert:
    completed_at = case((type_coerce(status, Text) == "completed", func.now()))
    creation = insert(tasks).values(user_id=owner, status=status, completed_at=completed_at, **values)
    # In the same statement: the foreign key is looked at when all of it is done.
    return introducing(creation, owner, email).returning(TASK, tasks.c.id, tasks.c.version)


@once
def _change(change: StatusChange, /, *, owner: str, email: str | None = None, **values: object) -> Update:
    which = tasks.c.id == values["id"] if "id" in values else _one_of(values["ids"])
    update = changing(and_(visible(owner), which), new_columns(change, values))
    return refreshing(update, owner, email).returning(TASK, tasks.c.id, tasks.c.version)


@once
def _deletion(*, owner: str, id: TaskId, email: str | None = None) -> ClauseElement:
    deletion = delete(tasks).where(visible(owner), tasks.c.id == id)
    return refreshing(deletion, owner, email).returning(tasks.c.id)


def _one_of(ids: object) -> ColumnElement[bool]:
    return tasks.c.id == any_(type_coerce(ids, ARRAY(BigInteger)))
