"""The users tag: everything that is stored of a user, to take away and to delete (specs/features/users.md)."""

from pydantic import MISSING
from sqlalchemy import ClauseElement, Delete, delete, func, select

from backend import idempotency
from backend.context import OwnerContext
from backend.models import tasks, users
from backend.paging import Position, ordered
from backend.statements import once
from backend.task_rows import TASK, instant, json_object, visible, written
from generated.api import DeleteUserResult, ExportUserResult
from generated.models import Cursor
from generated.written import Json

DELETION_SECONDS = 30.0
"""What a deletion may spend on the database. A million tasks take about 2 s on the embedded server.

For one lock it waits as long as any other request at most (backend/db.py); then it is 503 and nothing is deleted.
"""

_USER = written(
    {
        "id": users.c.id,
        "email": users.c.email,
        "created_at": instant(users.c.created_at),
        "updated_at": instant(users.c.updated_at),
    }
).label("user")
"""The contract's user."""


async def export_user(
    ctx: OwnerContext, /, *, limit: int = 100, cursor: Cursor | MISSING = MISSING
) -> ExportUserResult:
    binding = (ctx.owner, "export")
    after = {} if cursor is MISSING else ctx.cursors.decode(cursor, binding).values()
    # One more than the page holds tells whether there is another page.
    rows = await ctx.connection.execute(_export(owner=ctx.owner, limit=limit + 1, **after))
    # In the statement of the page, of the same moment, unless the page has no row to hold it.
    known = rows[0] if rows else (await ctx.connection.execute(_user(owner=ctx.owner))).one_or_none()
    next_cursor = None
    if len(rows) > limit:
        last = rows[limit - 1]
        next_cursor = ctx.cursors.encode(Position(last.created_at, last.id), binding)
    written = {"user": b"null" if known is None else known.user.encode(), "tasks": rows.written(limit)}
    exported = json_object(written, next_cursor=next_cursor)
    return ExportUserResult(body=Json(exported))


async def delete_user(ctx: OwnerContext, /) -> DeleteUserResult:
    # Waits for every creation that has begun, and every later one waits for the commit (backend/projection.py).
    if (await ctx.connection.execute(_held(owner=ctx.owner))).one_or_none() is not None:
        # In the order in which bulk updates lock: of two that meet, neither waits for the other in a circle.
        # As a part of the DELETE the lock took four times as long.
        await ctx.connection.execute(_all_held(owner=ctx.owner))
        await ctx.connection.execute(_tasks_gone(owner=ctx.owner))
        await ctx.connection.execute(_user_gone(owner=ctx.owner))
    # Last: who keeps an answer has made its change before, and was waited for there. Where another deletion came first,
    # the user may be there again: what they have written since stays, with its answers.
    await idempotency.forget(ctx)
    return DeleteUserResult()


@once
def _export(*, owner: str, limit: int, **after: object) -> ClauseElement:
    # By what never changes and has an index: no write moves a task to another page.
    page = select(TASK, tasks.c.created_at, tasks.c.id, _USER).where(visible(owner), users.c.id == tasks.c.user_id)
    return ordered(page, tasks.c.created_at, tasks.c.id, descending=False, after=after).limit(limit)


@once
def _user(*, owner: str) -> ClauseElement:
    return select(_USER).where(users.c.id == owner)


@once
def _held(*, owner: str) -> ClauseElement:
    return select(users.c.id).where(users.c.id == owner).with_for_update()


@once
def _all_held(*, owner: str) -> ClauseElement:
    every = select(tasks.c.id).where(visible(owner)).order_by(tasks.c.id).with_for_update().subquery()
    return select(func.count(every.c.id))


@once
def _tasks_gone(*, owner: str) -> Delete:
    return delete(tasks).where(visible(owner))


@once
def _user_gone(*, owner: str) -> Delete:
    return delete(users).where(users.c.id == owner)
