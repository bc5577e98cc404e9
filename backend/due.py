"""Moments and days in a time zone: what `due`, `due_after` and `due_before` mean (specs/features/listing.md).

A task is due at an instant or on a whole day, and the two never become one. So a bound has two sides: the instant that
instants are compared with, and the day that days are compared with. Pure functions, without a clock.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cache
from importlib import resources
from typing import Literal, TypeAlias
from zoneinfo import ZoneInfo

FIRST_DAY = date.min
"""Days are counted from here: the day after 9999-12-31 has a number, though no date."""

Named: TypeAlias = Literal["overdue", "today", "upcoming"]
"""Spans of due dates that have a name."""

_MICROSECOND = timedelta(microseconds=1)
_DAY = timedelta(days=1) // _MICROSECOND
_BEGIN = datetime.min.replace(tzinfo=UTC)
_LAST_DAY = (date.max - FIRST_DAY).days


@dataclass(frozen=True, slots=True)
class Bound:
    """One end of a span of time.

    Attributes:
        instant: compared with instants.
        day: compared with days; the number of days since `FIRST_DAY`, which may lie outside of the calendar.
    """

    instant: datetime
    day: int


def zone(name: str) -> ZoneInfo | None:
    """The time zone of that name, in exactly this spelling; None if there is none."""
    return ZoneInfo(name) if name in _names() else None


def first(value: date, zone: ZoneInfo) -> Bound:
    """The bound from which on `value` counts (`due_after`): a day that is not over yet belongs to it.

    Args:
        value: an instant with its offset, or a day, which stands for its beginning.
        zone: where days begin and end.
    """
    if isinstance(value, datetime):  # which is a date too
        return Bound(value, _day_of(_microseconds(value), zone))
    return _beginning((value - FIRST_DAY).days, zone)


def last(value: date, zone: ZoneInfo) -> Bound:
    """The bound up to which `value` counts (`due_before`): a day that has begun belongs to it. Otherwise as `first`."""
    if isinstance(value, datetime):
        return Bound(value, _day_of(_microseconds(value) - 1, zone) + 1)
    return _beginning((value - FIRST_DAY).days, zone)


def span(due: Named, now: datetime, zone: ZoneInfo) -> tuple[Bound | None, Bound | None]:
    """What `due` names, seen from `now`: where it begins, and where it ends without that; None where it does not."""
    today = _day_of(_microseconds(now), zone)
    if due == "overdue":
        return None, Bound(now, today)
    tomorrow = _beginning(today + 1, zone)
    return (_beginning(today, zone), tomorrow) if due == "today" else (tomorrow, None)


@cache
def _names() -> frozenset[str]:
    # The package's list is the same on every machine, and ZoneInfo finds each of them there if nowhere else. What it
    # takes itself depends on files (a folder, a path, another case, `localtime`), and to look for all names in the
    # system takes 80 ms.
    return frozenset(resources.files("tzdata").joinpath("zones").read_text(encoding="ascii").split())


def _beginning(day: int, zone: ZoneInfo) -> Bound:
    return Bound(_instant(_begin_of(day, zone)), day)


def _day_of(moment: int, zone: ZoneInfo) -> int:
    """The last day that has begun.

    It is the local date, but for a clock that is put back over midnight: then the day before does not begin again.
    """
    day = _local(moment, zone) // _DAY
    return day + 1 if _begin_of(day + 1, zone) <= moment else day


def _begin_of(day: int, zone: ZoneInfo) -> int:
    """The first moment whose local date is `day` or, where a zone has skipped that day, a later one."""
    midnight = day * _DAY
    inside = min(max(day, 1), _LAST_DAY - 1)
    local = (_BEGIN + timedelta(days=inside)).replace(tzinfo=zone)
    # Of a midnight that comes twice, fold=0 is the first; of one that is left out, it is late by the way to the gap's
    # end, and fold=1 too early.
    late, early = (midnight - _offset(local.replace(fold=fold)) for fold in (0, 1))
    if early >= late:
        return late
    while early < late:
        middle = (early + late) // 2
        if _local(middle, zone) >= midnight:
            late = middle
        else:
            early = middle + 1
    return late


def _local(moment: int, zone: ZoneInfo) -> int:
    """What the clocks of the zone show. No zone changes them in the first and last days of the calendar."""
    inside = min(max(moment, _DAY), (_LAST_DAY - 1) * _DAY)
    return moment + _offset(_instant(inside).astimezone(zone))


def _offset(local: datetime) -> int:
    return (local.replace(tzinfo=UTC) - local) // _MICROSECOND


def _microseconds(instant: datetime) -> int:
    """The instant as microseconds since the calendar's begin: numbers have no end where a datetime overflows."""
    return (instant - _BEGIN) // _MICROSECOND


def _instant(moment: int) -> datetime:
    """The instant in UTC. One before the calendar becomes its first: no stored instant lies between the two."""
    return _BEGIN + timedelta(microseconds=max(moment, 0))
