"""The users tag: everything that is stored of a user, to take away and to delete (specs/features/users.md)."""

from datetime import UTC
from typing import Any  # rows hold values of every type

from pydantic import MISSING
from sqlalchemy import Row, delete, func, select

from backend import idempotency
from backend.context import OwnerContext
from backend.models import tasks, users
from backend.paging import Position, ordered
from backend.task_rows import COLUMNS, as_task, visible
from generated.api import DeleteUserResult, ExportUserResult
from generated.models import Cursor, User, UserExport

DELETION_SECONDS = 30.0
"""What a deletion may spend on the database. A million tasks take about 2 s on the embedded server.

For one lock it waits as long as any other request at most (backend/db.py); then it is 503 and nothing is deleted.
"""

_USER = (
    users.c.id.label("owner"),
    users.c.email,
    users.c.created_at.label("seen_at"),
    users.c.updated_at.label("changed_at"),
)
"""What the contract's user is made of, under names that a task has none of."""


async def export_user(
    ctx: OwnerContext, /, *, limit: int = 100, cursor: Cursor | MISSING = MISSING
) -> ExportUserResult:
    binding = (ctx.owner, "export")
    after = None if cursor is MISSING else ctx.cursors.decode(cursor, binding)
    # By what never changes and has an index: no write moves a task to another page.
    page = select(*COLUMNS, *_USER).where(visible(ctx), users.c.id == tasks.c.user_id)
    query = ordered(page, tasks.c.created_at, tasks.c.id, descending=False, after=after)
    # One more than the page holds tells whether there is another page.
    rows = (await ctx.connection.execute(query.limit(limit + 1))).all()
    # In the statement of the page, of the same moment, unless the page has no row to hold it.
    known = select(*_USER).where(users.c.id == ctx.owner)
    user = rows[0] if rows else (await ctx.connection.execute(known)).one_or_none()
    next_cursor = None
    if len(rows) > limit:
        last = rows[limit - 1]
        next_cursor = ctx.cursors.encode(Position(last.created_at, last.id), binding)
    return ExportUserResult(
        body=UserExport(
            user=None if user is None else _as_user(user),
            tasks=[as_task(row) for row in rows[:limit]],
            next_cursor=next_cursor,
        )
    )


async def delete_user(ctx: OwnerContext, /) -> DeleteUserResult:
    # Waits for every creation that has begun, and every later one waits for the commit (backend/projection.py).
    held = select(users.c.id).where(users.c.id == ctx.owner).with_for_update()
    if (await ctx.connection.execute(held)).one_or_none() is not None:
        # In the order in which bulk updates lock: of two that meet, neither waits for the other in a circle.
        # As a part of the DELETE the lock took four times as long.
        every = select(tasks.c.id).where(visible(ctx)).order_by(tasks.c.id).with_for_update().subquery()
        await ctx.connection.execute(select(func.count(every.c.id)))
        await ctx.connection.execute(delete(tasks).where(visible(ctx)))
        await ctx.connection.execute(delete(users).where(users.c.id == ctx.owner))
    # Last: who keeps an answer has made its change before, and was waited for there. Where another deletion came first,
    # the user may be there again: what they have written since stays, with its answers.
    await idempotency.forget(ctx)
    return DeleteUserResult()


def _as_user(row: Row[*tuple[Any, ...]]) -> User:  # Any: a row of `_USER` and others
    """The contract's user."""
    return User(
        id=row.owner,
        email=row.email,
        created_at=row.seen_at.astimezone(UTC),
        updated_at=row.changed_at.astimezone(UTC),
    )
