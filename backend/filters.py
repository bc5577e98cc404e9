"""What a list of tasks leaves out, and what its cursors are bound to; spec: specs/features/listing.md.

Conditions only: they are put into the queries of `backend/listing.py`, which the owner scopes.
"""

import operator
import re
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from typing import Any, NamedTuple, cast  # Any: values of parameters, and placeholders for them, are of every type
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


class Filters(NamedTuple):
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

    @property
    def kinds(self) -> frozenset[str]:
        """The filters that have no value: `conditions` builds by these and by the names of `values`."""
        kinds = {
            "completed": self.completed is True,
            "uncompleted": self.completed is False,
            "undated": self.due == "none",
            "open": self.depends_on_the_clock,
        }
        return frozenset(kind for kind, is_set in kinds.items() if is_set)

    def values(self, now: datetime | None) -> dict[str, Any]:
        """The values of the others.

        Args:
            now: the time on the database's clock; needed where the list `depends_on_the_clock`.
        """
        values: dict[str, Any] = {}
        if self.status != "all":
            values["status"] = self.status
        if self.search is not MISSING:
            values["pattern"] = f"%{_WILDCARDS.sub(lambda found: _ESCAPE + found[0], self.search)}%"
        if self.priority is not MISSING:
            values["priority"] = self.priority
        bounds: dict[str, due.Bound | None] = {}
        if self.due_after is not MISSING:
            bounds["after"] = due.first(self.due_after, self.zone)
        if self.due_before is not MISSING:
            bounds["before"] = due.last(self.due_before, self.zone)
        if self.due is not MISSING and self.due != "none":
            # cast: who forgets the time gets an error here, not a list of everything.
            bounds["since"], bounds["until"] = due.span(self.due, cast("datetime", now), self.zone)
        for name, bound in bounds.items():
            if bound is not None:
                values |= {f"{name}_instant": bound.instant, f"{name}_day": bound.day}
        return values


def conditions(kinds: frozenset[str], values: Mapping[str, Any]) -> Iterator[ColumnElement[bool]]:
    """What is true of a task that is listed, of `kinds` and `values` of the filters, which may be placeholders.

    The pattern has to be folded already, by the database: no other program folds exactly as it does.
    """
    yield from (_KINDS[kind] for kind in sorted(kinds & _KINDS.keys()))
    if "status" in values:
        yield tasks.c.status == values["status"]
    if "pattern" in values:
        yield _containing(values["pattern"])
    if "priority" in values:
        yield tasks.c.priority == values["priority"]
    # A task has an instant or a day or neither, and no comparison is true of what it has not: one OR serves all.
    for name, compare in _BOUNDS.items():
        if f"{name}_day" in values:
            instant, day = values[f"{name}_instant"], values[f"{name}_day"]
            yield or_(compare(tasks.c.due_at, instant), compare(tasks.c.due_on - literal(due.FIRST_DAY), day))


_KINDS: Mapping[str, ColumnElement[bool]] = {
    # As a status: with equality the index that begins with the user and the status serves it.
    "completed": tasks.c.status == "completed",
    "uncompleted": tasks.c.status != "completed",
    "undated": and_(tasks.c.due_at.is_(None), tasks.c.due_on.is_(None)),
    "open": tasks.c.status.in_(_OPEN),
}
_BOUNDS: Mapping[str, Callable[[Any, Any], ColumnElement[bool]]] = {
    "after": operator.ge,
    "since": operator.ge,
    "before": operator.lt,
    "until": operator.lt,
}


def _containing(pattern: ColumnElement[str]) -> ColumnElement[bool]:
    """Whether the title or the description, with case folded as titles are, is like the pattern (decisions/0045)."""
    texts = tasks.c.title_key, func.task_title_key(tasks.c.description)
    return or_(*(text.like(pattern, escape=_ESCAPE) for text in texts))
