"""The tasks tag: a user's own tasks (specs/features/task-crud.md, specs/features/listing.md).

Operations first, in the order of the contract; then their queries. One statement does an operation's work, so that
two requests at once are two changes, one after the other, and none is lost. Where the task has to be looked at before,
for a condition or for what a merge would make of it, it is locked first.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any  # values of columns, and rows, are of every type
from urllib.parse import quote

from pydantic import MISSING
from sqlalchemy import (
    ARRAY,
    BigInteger,
    ColumnElement,
    Insert,
    Update,
    and_,
    any_,
    case,
    delete,
    func,
    literal,
    null,
    select,
)
from sqlalchemy.dialects.postgresql import insert

from backend.changes import WHITE_SPACE, changing, due_columns, new_values, status_when
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
from backend.models import METADATA_ENTRIES, tasks
from backend.paging import Position, TwoStarts, ordered
from backend.projection import introducing, refreshing
from backend.task_rows import COLUMNS, as_task, visible
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
    TimeZone,
)

_DEFAULT_ORDER: Mapping[TaskSort, SortOrder] = {
    "created": "desc",
    "updated": "desc",
    "title": "asc",
    "due_date": "asc",
    "priority": "desc",
}
_KEYS: Mapping[tuple[TaskSort, SortOrder], ColumnElement[Any]] = {
    ("created", "asc"): tasks.c.created_at,
    ("created", "desc"): tasks.c.created_at,
    ("updated", "asc"): tasks.c.updated_at,
    ("updated", "desc"): tasks.c.updated_at,
    ("title", "asc"): tasks.c.title_key,
    ("title", "desc"): tasks.c.title_key,
    ("priority", "asc"): tasks.c.priority,
    ("priority", "desc"): tasks.c.priority,
    # Two keys, for a task without a due date comes last either way.
    ("due_date", "asc"): tasks.c.due_ascending,
    ("due_date", "desc"): tasks.c.due_descending,
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
    key = _KEYS[sort, direction]
    binding = (ctx.owner, sort, direction, *filters.binding())
    after = None if cursor is MISSING else ctx.cursors.decode(cursor, binding)
    now = await _now(ctx, after) if filters.depends_on_the_clock else None
    conditions = tuple(filters.conditions(now))
    query = select(*COLUMNS, key.label("sort_key")).where(visible(ctx), *conditions)
    query = ordered(query, key, tasks.c.id, descending=direction == "desc", after=after)
    # One more than the page holds tells whether there is another page.
    query = query.limit(limit + 1).offset(None if offset is MISSING else offset)
    count = select(func.count()).where(visible(ctx), *conditions)
    if include_total:  # in the statement of the page, of the same moment, unless the page has no row to hold it
        query = query.add_columns(count.scalar_subquery().label("total"))
    rows = (await ctx.connection.execute(query)).all()
    total: int | MISSING = MISSING
    if include_total:
        total = rows[0].total if rows else (await ctx.connection.execute(count)).scalar_one()
    next_cursor = None
    if len(rows) > limit:
        last = rows[limit - 1]
        next_cursor = ctx.cursors.encode(Position(last.sort_key, last.id, now), binding)
    items = [as_task(row) for row in rows[:limit]]
    return ListTasksResult(body=TaskList(items=items, next_cursor=next_cursor, total=total))


async def create_task(ctx: OwnerContext, /, *, body: TaskCreate) -> CreateTaskResult:
    status = body.status
    if status is MISSING:
        status = "completed" if body.completed is True else "pending"
    statement = insert(tasks).values(
        user_id=ctx.owner,
        title=body.title.strip(WHITE_SPACE),
        description=body.description,
        status=status,
        priority=body.priority,
        metadata=body.metadata or {},
        completed_at=func.now() if status == "completed" else null(),
        **due_columns(body.due_date),
    )
    # In the same statement: the foreign key is looked at when all of it is done.
    task = await _written(ctx, introducing(ctx, statement))
    location = f"/api/{quote(ctx.owner, safe='')}/tasks/{task.id}"
    return CreateTaskResult(body=task, etag=entity_tag(task), location=location)


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
    held = {task.id: task for task in await _held(ctx, ids)}
    for index, item in enumerate(body.items):
        if item.id not in held:
            raise TaskNotFound(index=index)
    for index, item in enumerate(body.items):
        if ctx.require_if_match and item.version is MISSING and if_match is MISSING:
            raise PreconditionRequired(index=index)
        if item.version is not MISSING and item.version != held[item.id].version:
            raise PreconditionFailed(held[item.id], index=index)
        check(held[item.id], if_match, if_none_match, index=index)
    for index, task_id in enumerate(ids):
        _check_merge(held[task_id], body.change.metadata, index)
    which = tasks.c.id == any_(literal(ids, ARRAY(BigInteger)))
    statement = refreshing(ctx, changing(and_(visible(ctx), which), new_values(body.change)).returning(*COLUMNS))
    written = {row.id: as_task(row) for row in await ctx.connection.execute(statement)}
    return UpdateTasksResult(body=TaskBulk(items=[written[task_id] for task_id in ids]))


async def get_task(
    ctx: OwnerContext,
    /,
    *,
    id: TaskId,
    if_match: EntityTags | MISSING = MISSING,
    if_none_match: EntityTags | MISSING = MISSING,
) -> GetTaskOK | GetTaskNotModified:
    row = (await ctx.connection.execute(select(*COLUMNS).where(visible(ctx), tasks.c.id == id))).one_or_none()
    if row is None:
        raise TaskNotFound
    task = as_task(row)
    check(task, if_match)
    tag = entity_tag(task)
    if is_named(tag, if_none_match):
        return GetTaskNotModified(etag=tag)
    return GetTaskOK(body=task, etag=tag)


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
    task = await _written(ctx, refreshing(ctx, changing(and_(visible(ctx), tasks.c.id == id), new_values(body))))
    return UpdateTaskResult(body=task, etag=entity_tag(task))


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
    task = await _written(ctx, refreshing(ctx, changing(and_(visible(ctx), tasks.c.id == id), new_values(body))))
    return PatchTaskResult(body=task, etag=entity_tag(task))


async def delete_task(
    ctx: OwnerContext,
    /,
    *,
    id: TaskId,
    if_match: EntityTags | MISSING = MISSING,
    if_none_match: EntityTags | MISSING = MISSING,
) -> DeleteTaskResult:
    await _admit(ctx, id, if_match, if_none_match)
    statement = delete(tasks).where(visible(ctx), tasks.c.id == id).returning(tasks.c.id)
    if (await ctx.connection.execute(refreshing(ctx, statement))).one_or_none() is None:
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
    status: ColumnElement[str]
    if body is MISSING:
        status = case((tasks.c.status == "completed", "pending"), else_="completed")
    else:
        status = status_when(completed=body.completed)
    task = await _written(ctx, refreshing(ctx, changing(and_(visible(ctx), tasks.c.id == id), {"status": status})))
    return ToggleTaskResult(body=task, etag=entity_tag(task))


async def _now(ctx: OwnerContext, after: Position | None) -> datetime | None:
    """The time for a list that depends on it: of the database's clock, or that of the walk's first page."""
    if after is not None:
        return after.now
    now: datetime = (await ctx.connection.execute(func.now())).scalar_one()
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
    held = await _held(ctx, [task_id])
    if not held:
        raise TaskNotFound
    if ctx.require_if_match and if_match is MISSING:
        raise PreconditionRequired
    check(held[0], if_match, if_none_match)
    _check_merge(held[0], metadata)


async def _held(ctx: OwnerContext, ids: Sequence[TaskId]) -> list[Task]:
    """Those of the tasks that the owner has, as they are, and as they stay until the transaction ends.

    In the order of their ids: two bulk updates that lock the same tasks then wait for each other, and never both.
    """
    which = tasks.c.id == any_(literal(ids, ARRAY(BigInteger)))
    statement = select(*COLUMNS).where(visible(ctx), which).order_by(tasks.c.id).with_for_update()
    return [as_task(row) for row in await ctx.connection.execute(statement)]


def _check_merge(task: Task, change: MetadataChange | MISSING, index: int | None = None) -> None:
    """Refuses a merge that makes too many entries; the task has to be locked."""
    if change is MISSING or change is None:
        return
    merged = {**task.metadata, **change}
    if sum(value is not None for value in merged.values()) > METADATA_ENTRIES:
        raise MetadataFull(METADATA_ENTRIES, index=index)


async def _written(ctx: OwnerContext, statement: Insert | Update) -> Task:
    """Executes a write of one task and returns the task as it is now.

    Raises:
        TaskNotFound: the owner has no such task.
    """
    row = (await ctx.connection.execute(statement.returning(*COLUMNS))).one_or_none()
    if row is None:
        raise TaskNotFound
    return as_task(row)
