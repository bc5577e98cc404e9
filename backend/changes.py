"""What an update does to the columns of tasks, as expressions of SQL: nothing is read before it is changed.

Spec: specs/features/task-crud.md, "Update" and "Toggle".
"""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, Final, Literal  # Any: values of columns, and placeholders for them, are of every type

from pydantic import MISSING
from sqlalchemy import ARRAY, ColumnElement, Text, Update, case, cast, func, null, or_, true, type_coerce, update
from sqlalchemy import Integer as SqlInteger
from sqlalchemy.dialects.postgresql import JSONB

from backend.models import tasks
from generated.models import DueDate, TaskUpdate

WHITE_SPACE = (
    "\t\n \u0085\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a"
    "\u2028\u2029\u202f\u205f\u3000\ufeff"
)
"""What a title is trimmed of: the class that `Title`'s pattern in the contract writes out (TASK-6)."""


_NOTHING: Final[Mapping[str, Mapping[str, str]]] = {"metadata": {}}
_PLAIN: Final = ("title", "description", "priority", "due_at", "due_on", "metadata", "status")
"""Columns that become what is sent."""

StatusChange = Literal["completes", "reopens", "toggles"] | None
"""What happens to the status where no status was sent."""


def status_change(body: TaskUpdate) -> StatusChange:
    """What `completed` does to the status; a status that is sent too goes before it (TASK-36)."""
    if body.status is not MISSING or body.completed is MISSING:
        return None
    return "completes" if body.completed else "reopens"


def sent_values(body: TaskUpdate) -> dict[str, Any]:
    """The values of an update by the names that `new_columns` knows. A field that was not sent is not among them."""
    values: dict[str, Any] = {}
    if body.title is not MISSING:
        values["title"] = body.title.strip(WHITE_SPACE)
    if body.description is not MISSING:
        values["description"] = body.description
    if body.priority is not MISSING:
        values["priority"] = body.priority
    if body.due_date is not MISSING:
        values |= due_columns(body.due_date)
    if body.metadata is None:
        values |= _NOTHING
    elif body.metadata is not MISSING:
        values["entries"] = {key: value for key, value in body.metadata.items() if value is not None}
        values["removed"] = [key for key, value in body.metadata.items() if value is None]
    if body.status is not MISSING:
        values["status"] = body.status
    return values


def new_columns(change: StatusChange, values: Mapping[str, Any]) -> dict[str, Any]:
    """The columns that an update sets, of `sent_values` or placeholders for them."""
    columns = {name: values[name] for name in _PLAIN if name in values}
    if "entries" in values:  # a merge (RFC 7396)
        added = type_coerce(values["entries"], JSONB)
        columns["metadata"] = tasks.c.metadata.op("||")(added).op("-")(type_coerce(values["removed"], ARRAY(Text)))
    if change == "completes":
        columns["status"] = case((true(), "completed"))
    elif change is not None:
        reopened = case((tasks.c.status == "completed", "pending"), else_=tasks.c.status)
        columns["status"] = (
            case((tasks.c.status == "completed", "pending"), else_="completed") if change == "toggles" else reopened
        )
    return columns


def due_columns(due_date: DueDate) -> dict[str, datetime | date | None]:
    """A due date as its two columns: an instant, or a day in nobody's time zone."""
    if isinstance(due_date, datetime):  # which is a date too
        return {"due_at": due_date, "due_on": None}
    return {"due_at": None, "due_on": due_date}


def changing(which: ColumnElement[bool], columns: Mapping[str, Any]) -> Update:
    """The update of some tasks, in which `version` and the moments follow from what really changes (TASK-22)."""
    changed = or_(False, *(tasks.c[column].is_distinct_from(value) for column, value in columns.items()))  # noqa: FBT003 # SQLAlchemy's way to say: of none
    # The clock of this transaction may stand before that of one it had to wait for.
    now = func.greatest(func.now(), tasks.c.updated_at)
    derived: dict[str, Any] = {
        "version": tasks.c.version + cast(changed, SqlInteger),
        "updated_at": case((changed, now), else_=tasks.c.updated_at),
    }
    if "status" in columns:
        derived["completed_at"] = case(
            (type_coerce(columns["status"], Text) != "completed", null()),
            else_=func.coalesce(tasks.c.completed_at, now),
        )
    return update(tasks).where(which).values({**columns, **derived})
