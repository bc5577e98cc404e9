"""What an update does to the columns of tasks, as expressions of SQL: nothing is read before it is changed.

Spec: specs/features/task-crud.md, "Update" and "Toggle".
"""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any  # values of columns are of every type

from pydantic import MISSING
from sqlalchemy import ARRAY, ColumnElement, Text, Update, case, cast, func, literal, null, or_, true, update
from sqlalchemy import Integer as SqlInteger
from sqlalchemy.dialects.postgresql import JSONB

from backend.models import tasks
from generated.models import DueDate, MetadataChange, TaskUpdate

WHITE_SPACE = (
    "\t\n \u0085\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a"
    "\u2028\u2029\u202f\u205f\u3000\ufeff"
)
"""What a title is trimmed of: the class that `Title`'s pattern in the contract writes out (TASK-6)."""


def new_values(body: TaskUpdate) -> dict[str, Any]:  # Any: the value of a column, or an expression for it
    """The columns that an update sets. A field that was not sent is not among them."""
    values: dict[str, Any] = {}  # Any: as above
    if body.title is not MISSING:
        values["title"] = body.title.strip(WHITE_SPACE)
    if body.description is not MISSING:
        values["description"] = body.description
    if body.priority is not MISSING:
        values["priority"] = body.priority
    if body.due_date is not MISSING:
        values |= due_columns(body.due_date)
    if body.metadata is not MISSING:
        values["metadata"] = _merged(body.metadata)
    if body.status is not MISSING:
        values["status"] = literal(body.status)
    elif body.completed is not MISSING:
        values["status"] = status_when(completed=body.completed)
    return values


def status_when(*, completed: bool) -> ColumnElement[str]:
    """The status that follows: true completes, false reopens what is completed and leaves the rest (TASK-36)."""
    if completed:
        return case((true(), "completed"))
    return case((tasks.c.status == "completed", "pending"), else_=tasks.c.status)


def due_columns(due_date: DueDate) -> dict[str, datetime | date | None]:
    """A due date as its two columns: an instant, or a day in nobody's time zone."""
    if isinstance(due_date, datetime):  # which is a date too
        return {"due_at": due_date, "due_on": None}
    return {"due_at": None, "due_on": due_date}


def changing(which: ColumnElement[bool], values: Mapping[str, Any]) -> Update:  # Any: as in new_values
    """The update of some tasks, in which `version` and the moments follow from what really changes (TASK-22)."""
    changed = or_(False, *(tasks.c[column].is_distinct_from(value) for column, value in values.items()))  # noqa: FBT003 # SQLAlchemy's way to say: of none
    # The clock of this transaction may stand before that of one it had to wait for.
    now = func.greatest(func.now(), tasks.c.updated_at)
    derived: dict[str, Any] = {  # Any: as in new_values
        "version": tasks.c.version + cast(changed, SqlInteger),
        "updated_at": case((changed, now), else_=tasks.c.updated_at),
    }
    if "status" in values:
        derived["completed_at"] = case(
            (values["status"] != "completed", null()), else_=func.coalesce(tasks.c.completed_at, now)
        )
    return update(tasks).where(which).values({**values, **derived})


def _merged(change: MetadataChange) -> ColumnElement[Any]:  # Any: JSON
    """The metadata with entries set, and with those removed that are null (RFC 7396); null instead removes all."""
    if change is None:
        return literal({}, JSONB)
    entries = {key: value for key, value in change.items() if value is not None}
    removed = literal([key for key, value in change.items() if value is None], ARRAY(Text))
    return tasks.c.metadata.op("||")(literal(entries, JSONB)).op("-")(removed)
