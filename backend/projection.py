"""The `users` projection: who has been seen, written by the statements that write tasks (specs/database/schema.md).

These statements and the deletion of a user (backend/users.py) meet at the row of the user. The deletion locks it before
any task; a write may have locked a task before it comes here. So no write waits here for a deletion while it holds a
task that the deletion may want: of two that wait for each other PostgreSQL ends one (specs/decisions/0054).
"""

from typing import TypeVar

from sqlalchemy import ColumnElement, Insert, Text, exists, func, select, true, type_coerce, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.sql.dml import UpdateBase

from backend.context import OwnerContext
from backend.models import users

_WriteT = TypeVar("_WriteT", bound=UpdateBase)


def known_email(ctx: OwnerContext) -> dict[str, str]:
    """The e-mail of the caller's token, by its name, if it has one."""
    return {} if ctx.caller.email is None else {"email": ctx.caller.email}


def introducing(creation: Insert, owner: str, email: str | None) -> Insert:
    """The creation of a task, with the owner's row written in the same statement, or brought up to date (DATA-1).

    Afterwards the row is there and stays until the commit. One that is there is held as the foreign key would hold it,
    but before anything relies on it: `ON CONFLICT DO NOTHING` would pass a row that a deletion has locked, and the
    foreign key would find it gone. One that came since the statement began is held by an update that changes nothing.
    """
    held = select(users.c.id).where(users.c.id == owner).with_for_update(read=True, key_share=True).cte("held")
    known = exists(select(held.c.id))
    unknown = select(type_coerce(owner, Text), type_coerce(email, Text)).where(~known)
    added = insert(users).from_select(["id", "email"], unknown)
    kept = added.on_conflict_do_update(index_elements=[users.c.id], set_={"email": users.c.email})
    # The refresh asks as well, so that the row is held before it may change: PostgreSQL takes the parts in any order,
    # 18 the refresh before the newcomer. A statement cannot lock what it has changed itself: `held` would be empty, and
    # the newcomer would meet the changed row, which is an error.
    return _refreshing(creation.add_cte(kept.cte("newcomer")), owner, email, known)


def refreshing(write: _WriteT, owner: str, email: str | None) -> _WriteT:
    """The write, with the owner's e-mail brought up to date in the same statement (DATA-2).

    The caller is the owner, for no role opens a write (specs/decisions/0055). A token without an e-mail says nothing
    about it. A row at which somebody else is - another refresh, or a deletion - is passed over.
    """
    return _refreshing(write, owner, email, true())


def _refreshing(write: _WriteT, owner: str, email: str | None, condition: ColumnElement[bool]) -> _WriteT:
    if email is None:
        return write
    stale = select(users.c.id).where(users.c.id == owner, users.c.email.is_distinct_from(email))
    free = stale.with_for_update(key_share=True, skip_locked=True)
    refresh = update(users).where(users.c.id == owner, condition, users.c.id.in_(free))
    return write.add_cte(refresh.values(email=email, updated_at=func.now()).cte("refresh"))
