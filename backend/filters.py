"""What a list of tasks leaves out, and what its cursors are bound to; spec: specs/features/listing.md.

Conditions only: they are put into the one query of `backend/tasks.py` that the owner scopes.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import cast
from zoneinfo import ZoneInfo

from pydantic import MISSING
from sqlalchemy import ColumnElement, and_, func, literal, or_

from backend import due
from backend.errors import FieldError, InvalidRequest
from backend.models import tasks
from generated.models import DueBound, DueFilter, Priority, SearchText, TaskStatusFilter, TimeZone

_OPEN = ("pending", "in_progress")
"""What can be overdue: the other two are done with."""

_WILDCARDS = re.compile(r"[%_\\]")
_ESCAPE = "\\"


class UnknownTimeZone(InvalidRequest):
    """The time zone is none of the IANA database's."""

    def __init__(self) -> None:
        message = "No time zone has this name: send one of the IANA database in its spelling, like Europe/Berlin."
        super().__init__([FieldError(field="query.tz", message=message, type="time_zone")])


def known_zone(name: TimeZone) -> ZoneInfo:
    """The time zone of that name.

    Raises:
        UnknownTimeZone: there is none.
    """
    zone = due.zone(name)
    if zone is None:
        raise UnknownTimeZone
    return zone


@dataclass(frozen=True, slots=True)
class Filters:
    """The filters of one list: those parameters of listTasks, all of which a task has to pass."""

    status: TaskStatusFilter
    completed: bool | MISSING
    search: SearchText | MISSING
    priority: Priority | MISSING
    due_after: DueBound | MISSING
    due_before: DueBound | MISSING
    due: DueFilter | MISSING
    zone: ZoneInfo

    @property
    def depends_on_the_clock(self) -> bool:
        """Whether what is listed depends on the time."""
        return self.due is not MISSING and self.due != "none"

    def binding(self) -> list[str]:
        """The filters as texts: the same ones, however they were written, give the same texts."""
        values = {
            "status": self.status,
            "completed": self.completed,
            "search": self.search,
            "priority": self.priority,
            "due_after": self.due_after,
            "due_before": self.due_before,
            "due": self.due,
            "tz": self.zone.key,
        }
        return [f"{name}={value}" for name, value in values.items() if value is not MISSING]

    def conditions(self, now: datetime | None) -> Iterator[ColumnElement[bool]]:
        """What is true of a task that is listed.

        Args:
            now: the time on the database's clock; needed where the list `depends_on_the_clock`.
        """
        if self.status != "all":
            yield tasks.c.status == self.status
        if self.completed is not MISSING:
            # As a status: with equality the index that begins with the user and the status serves it.
            yield tasks.c.status == "completed" if self.completed else tasks.c.status != "completed"
        if self.search is not MISSING:
            yield _containing(self.search)
        if self.priority is not MISSING:
            yield tasks.c.priority == self.priority
        yield from self._due(now)

    def _due(self, now: datetime | None) -> Iterator[ColumnElement[bool]]:
        if self.due_after is not MISSING:
            yield _from(due.first(self.due_after, self.zone))
        if self.due_before is not MISSING:
            yield _until(due.last(self.due_before, self.zone))
        if self.due == "none":
            yield and_(tasks.c.due_at.is_(None), tasks.c.due_on.is_(None))
        elif self.due is not MISSING:
            yield tasks.c.status.in_(_OPEN)
            # cast: who forgets the time gets an error here, not a list of everything.
            start, end = due.span(self.due, cast("datetime", now), self.zone)
            if start is not None:
                yield _from(start)
            if end is not None:
                yield _until(end)


def _containing(search: str) -> ColumnElement[bool]:
    """Whether the title or the description contains the text, both with case folded as titles are (decisions/0045).

    The database folds the pattern too: no other program folds exactly as it does.
    """
    pattern = func.task_title_key(f"%{_WILDCARDS.sub(lambda found: _ESCAPE + found[0], search)}%")
    folded = tasks.c.title_key, func.task_title_key(tasks.c.description)
    return or_(*(text.like(pattern, escape=_ESCAPE) for text in folded))


# A task has an instant or a day or neither, and no comparison is true of what it has not: one OR serves all of them.


def _from(bound: due.Bound) -> ColumnElement[bool]:
    return or_(tasks.c.due_at >= bound.instant, _day() >= bound.day)


def _until(bound: due.Bound) -> ColumnElement[bool]:
    return or_(tasks.c.due_at < bound.instant, _day() < bound.day)


def _day() -> ColumnElement[int]:
    """The number of the day that a task is due on."""
    return tasks.c.due_on - literal(due.FIRST_DAY)
