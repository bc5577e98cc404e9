"""Rows of the table of tasks: which of them an operation may touch, and what an answer shows of one.

Spec: specs/database/schema.md. Here for the modules of two tags, backend/tasks.py and backend/users.py.
"""

from datetime import UTC, datetime
from typing import Any  # rows hold values of every type

from sqlalchemy import ColumnElement, Row

from backend.context import OwnerContext
from backend.models import tasks
from generated.models import Task

COLUMNS = (
    tasks.c.id,
    tasks.c.user_id,
    tasks.c.title,
    tasks.c.description,
    tasks.c.status,
    tasks.c.priority,
    tasks.c.due_at,
    tasks.c.due_on,
    tasks.c.metadata,
    tasks.c.created_at,
    tasks.c.updated_at,
    tasks.c.completed_at,
    tasks.c.version,
)
"""What the contract's task is made of; the sort keys stay in the database."""


def visible(ctx: OwnerContext) -> ColumnElement[bool]:
    """The tasks of the authorised owner: every query of tasks starts from here (DATA-7)."""
    return tasks.c.user_id == ctx.owner


def as_task(row: Row[*tuple[Any, ...]]) -> Task:  # Any: a row of `COLUMNS`
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
        metadata=row.metadata,
        created_at=row.created_at.astimezone(UTC),
        updated_at=row.updated_at.astimezone(UTC),
        completed_at=_utc(row.completed_at),
        version=row.version,
    )


def _utc(instant: datetime | None) -> datetime | None:
    """The instant in UTC: the driver gives it in the time zone of the database's session."""
    return None if instant is None else instant.astimezone(UTC)
