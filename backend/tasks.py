"""The tasks tag: a user's own tasks (specs/features/task-crud.md, specs/features/listing.md).

Operations first, in the order of the contract; then their queries. One statement does an operation's work, so that
two requests at once are two changes, one after the other, and none is lost.
"""

from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Any  # values of columns, and rows, are of every type
from urllib.parse import quote

from pydantic import MISSING
from sqlalchemy import (
    ColumnElement,
    Insert,
    Row,
    Update,
    and_,
    case,
    cast,
    delete,
    func,
    literal,
    null,
    or_,
    select,
    true,
    update,
)
from sqlalchemy import Integer as SqlInteger
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.sql.dml import UpdateBase

from backend.context import OwnerContext
from backend.errors import TaskNotFound
from backend.filters import Filters
from backend.models import tasks, users
from backend.paging import Position, TwoStarts, ordered
from generated.api import (
    CONTRACT_VERSION,
    CreateTaskResult,
    DeleteTaskResult,
    GetTaskResult,
    ListTasksResult,
    PatchTaskResult,
    ToggleTaskResult,
    UpdateTaskResult,
)
from generated.models import (
    Cursor,
    DueBound,
    DueDate,
    DueFilter,
    Priority,
    SearchText,
    SortOrder,
    Task,
    TaskCompletion,
    TaskCreate,
    TaskId,
    TaskList,
    TaskSort,
    TaskStatusFilter,
    TaskUpdate,
    TimeZone,
)

WHITE_SPACE = (
    "\t\n \u0085\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a"
    "\u2028\u2029\u202f\u205f\u3000\ufeff"
)
"""What a title is trimmed of: the class that `Title`'s pattern in the contract writes out (TASK-6)."""

_COLUMNS = (
    tasks.c.id,
    tasks.c.user_id,
    tasks.c.title,
    tasks.c.description,
    tasks.c.status,
    tasks.c.priority,
    tasks.c.due_at,
    tasks.c.due_on,
    tasks.c.created_at,
    tasks.c.updated_at,
    tasks.c.completed_at,
    tasks.c.version,
)
"""What the contract's task is made of; the sort keys stay in the database."""

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
    filters = Filters(status, completed, search, priority, due_after, due_before, due, tz)
    direction = _DEFAULT_ORDER[sort] if order is MISSING else order
    key = _KEYS[sort, direction]
    binding = (ctx.owner, sort, direction, *filters.binding())
    after = None if cursor is MISSING else ctx.cursors.decode(cursor, binding)
    now = await _now(ctx, after) if filters.read_the_clock else None
    conditions = tuple(filters.conditions(now))
    query = select(*_COLUMNS, key.label("sort_key")).where(_visible(ctx), *conditions)
    query = ordered(query, key, tasks.c.id, descending=direction == "desc", after=after)
    # One more than the page holds tells whether there is another page.
    query = query.limit(limit + 1).offset(None if offset is MISSING else offset)
    count = select(func.count()).where(_visible(ctx), *conditions)
    if include_total:  # in the statement of the page: of the same moment
        query = query.add_columns(count.scalar_subquery().label("total"))
    rows = (await ctx.connection.execute(query)).all()
    total: int | MISSING = MISSING
    if include_total:
        total = rows[0].total if rows else (await ctx.connection.execute(count)).scalar_one()
    next_cursor = None
    if len(rows) > limit:
        last = rows[limit - 1]
        next_cursor = ctx.cursors.encode(Position(last.sort_key, last.id, now), binding)
    items = [_task(row) for row in rows[:limit]]
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
        completed_at=func.now() if status == "completed" else null(),
        **_due_columns(body.due_date),
    )
    # In the same statement: the foreign key is looked at when all of it is done.
    newcomer = insert(users).values(id=ctx.owner, email=ctx.caller.email).on_conflict_do_nothing().cte("newcomer")
    task = await _written(ctx, statement.add_cte(newcomer))
    return CreateTaskResult(body=task, etag=_etag(task), location=f"/api/{quote(ctx.owner, safe='')}/tasks/{task.id}")


async def get_task(ctx: OwnerContext, /, *, id: TaskId) -> GetTaskResult:
    row = (await ctx.connection.execute(select(*_COLUMNS).where(_visible(ctx), tasks.c.id == id))).one_or_none()
    if row is None:
        raise TaskNotFound
    task = _task(row)
    return GetTaskResult(body=task, etag=_etag(task))


async def update_task(ctx: OwnerContext, /, *, id: TaskId, body: TaskUpdate) -> UpdateTaskResult:
    task = await _written(ctx, _change(ctx, id, _new_values(body)))
    return UpdateTaskResult(body=task, etag=_etag(task))


async def patch_task(ctx: OwnerContext, /, *, id: TaskId, body: TaskUpdate) -> PatchTaskResult:
    task = await _written(ctx, _change(ctx, id, _new_values(body)))
    return PatchTaskResult(body=task, etag=_etag(task))


async def delete_task(ctx: OwnerContext, /, *, id: TaskId) -> DeleteTaskResult:
    statement = delete(tasks).where(_visible(ctx), tasks.c.id == id).returning(tasks.c.id)
    if (await ctx.connection.execute(_refreshing(ctx, statement))).one_or_none() is None:
        raise TaskNotFound
    return DeleteTaskResult()


async def toggle_task(
    ctx: OwnerContext,
    /,
    *,
    id: TaskId,
    body: TaskCompletion | MISSING = MISSING,
) -> ToggleTaskResult:
    status: ColumnElement[str]
    if body is MISSING:
        status = case((tasks.c.status == "completed", "pending"), else_="completed")
    else:
        status = _status_when(completed=body.completed)
    task = await _written(ctx, _change(ctx, id, {"status": status}))
    return ToggleTaskResult(body=task, etag=_etag(task))


async def _now(ctx: OwnerContext, after: Position | None) -> datetime | None:
    """The time for a list that depends on it: of the database's clock, or that of the walk's first page."""
    if after is not None:
        return after.now
    now: datetime = (await ctx.connection.execute(func.now())).scalar_one()
    return now


def _visible(ctx: OwnerContext) -> ColumnElement[bool]:
    """The tasks of the authorised owner: every query of this module starts from here (DATA-7)."""
    return tasks.c.user_id == ctx.owner


def _new_values(body: TaskUpdate) -> dict[str, Any]:  # Any: the value of a column, or an expression for it
    """The columns that an update sets. A field that was not sent is not among them."""
    values: dict[str, Any] = {}  # Any: as above
    if body.title is not MISSING:
        values["title"] = body.title.strip(WHITE_SPACE)
    if body.description is not MISSING:
        values["description"] = body.description
    if body.priority is not MISSING:
        values["priority"] = body.priority
    if body.due_date is not MISSING:
        values |= _due_columns(body.due_date)
    if body.status is not MISSING:
        values["status"] = literal(body.status)
    elif body.completed is not MISSING:
        values["status"] = _status_when(completed=body.completed)
    return values


def _status_when(*, completed: bool) -> ColumnElement[str]:
    """The status that follows: true completes, false reopens what is completed and leaves the rest (TASK-36)."""
    if completed:
        return case((true(), "completed"))
    return case((tasks.c.status == "completed", "pending"), else_=tasks.c.status)


def _due_columns(due_date: DueDate) -> dict[str, datetime | date | None]:
    """A due date as its two columns: an instant, or a day in nobody's time zone."""
    if isinstance(due_date, datetime):  # which is a date too
        return {"due_at": due_date, "due_on": None}
    return {"due_at": None, "due_on": due_date}


def _change(ctx: OwnerContext, task_id: TaskId, values: Mapping[str, Any]) -> Update:  # Any: as in _new_values
    """The update of one task, in which `version` and the moments follow from what really changes (TASK-22)."""
    changed = or_(False, *(tasks.c[column].is_distinct_from(value) for column, value in values.items()))  # noqa: FBT003 # SQLAlchemy's way to say: of none
    # The clock of this transaction may stand before that of one it had to wait for.
    now = func.greatest(func.now(), tasks.c.updated_at)
    derived: dict[str, Any] = {  # Any: as in _new_values
        "version": tasks.c.version + cast(changed, SqlInteger),
        "updated_at": case((changed, now), else_=tasks.c.updated_at),
    }
    if "status" in values:
        derived["completed_at"] = case(
            (values["status"] != "completed", null()), else_=func.coalesce(tasks.c.completed_at, now)
        )
    return update(tasks).where(_visible(ctx), tasks.c.id == task_id).values({**values, **derived})


async def _written(ctx: OwnerContext, statement: Insert | Update) -> Task:
    """Executes a write of one task and returns the task as it is now.

    Raises:
        TaskNotFound: the owner has no such task.
    """
    row = (await ctx.connection.execute(_refreshing(ctx, statement.returning(*_COLUMNS)))).one_or_none()
    if row is None:
        raise TaskNotFound
    return _task(row)


def _refreshing(ctx: OwnerContext, statement: UpdateBase) -> UpdateBase:
    """The write, with the caller's e-mail brought up to date in the same statement (DATA-2).

    A token without an e-mail says nothing about it. Nor does another caller's about the owner.
    """
    if ctx.caller.email is None or ctx.caller.id != ctx.owner:
        return statement
    stale = and_(users.c.id == ctx.owner, users.c.email.is_distinct_from(ctx.caller.email))
    refresh = update(users).where(stale).values(email=ctx.caller.email, updated_at=func.now())
    return statement.add_cte(refresh.cte("refresh"))


def _task(row: Row[*tuple[Any, ...]]) -> Task:  # Any: a row of `_COLUMNS`
    """The contract's task, field by field."""
    return Task(
        id=row.id,
        user_id=row.user_id,
        title=row.title,
        description=row.description,
        status=row.status,
        completed=row.status == "completed",
        priority=row.priority,
        due_date=_utc(row.due_at) or row.due_on,
        created_at=row.created_at.astimezone(UTC),
        updated_at=row.updated_at.astimezone(UTC),
        completed_at=_utc(row.completed_at),
        version=row.version,
    )


def _utc(instant: datetime | None) -> datetime | None:
    """The instant in UTC: the driver gives it in the time zone of the database's session."""
    return None if instant is None else instant.astimezone(UTC)


def _etag(task: Task) -> str:
    return f'"{task.id}-{task.version}-{CONTRACT_VERSION}"'
