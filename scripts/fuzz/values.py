"""Rules of the contract about values that it cannot say, or that the hooks need before a request is sent."""

import re
import zlib
from collections import Counter
from collections.abc import Collection
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qsl, urlsplit
from zoneinfo import available_timezones

LARGEST_ID = 2**53 - 1
"""`TaskId` in openapi/tasks.yaml."""

ANY_INSTANT = "2026-12-24T17:00:00.25+01:00"

ZONES = ("Europe/Berlin", "America/Sao_Paulo", "Asia/Kolkata", "Pacific/Apia", "Etc/GMT+12")
"""Time zones of many kinds, for names that are none."""


def number(task_id: object) -> int:
    """The id in a valid path: a number, or its digits when they are ready to be sent."""
    return int(str(task_id))


def is_task_id(value: object) -> bool:
    """Whether it keeps to `TaskId` in openapi/tasks.yaml."""
    return re.fullmatch("[1-9][0-9]{0,15}", str(value)) is not None and number(value) <= LARGEST_ID


def keep_in_calendar(values: dict[str, Any], *names: str) -> None:  # Any: JSON values, or values of parameters
    """Replace what is an instant before the year 1 or after 9999 in UTC, which no pattern can tell."""
    for name in names:
        value = values.get(name)
        if isinstance(value, str) and len(value) > len("2026-12-24"):  # a whole day is no instant
            try:
                datetime.fromisoformat(value.upper()).astimezone(UTC)
            except OverflowError:
                values[name] = ANY_INSTANT
            except ValueError:
                pass  # not an instant at all, and drawn for that


def make_possible(query: dict[str, Any]) -> None:  # Any: as above
    """Replace in the parameters of a list what keeps to the contract's patterns and is refused all the same."""
    keep_in_calendar(query, "due_after", "due_before")
    if "tz" in query and query["tz"] not in available_timezones():
        query["tz"] = ZONES[zlib.crc32(str(query["tz"]).encode()) % len(ZONES)]
    if "cursor" in query and "offset" in query:
        del query["cursor" if int(query["offset"]) % 2 == 0 else "offset"]


def faulty_parameters(url: str, known: Collection[str]) -> list[str]:
    """The query parameters of a request that are unknown, empty or repeated, by name."""
    sent = parse_qsl(urlsplit(url).query, keep_blank_values=True)
    counts = Counter(name for name, _ in sent)
    return [name for name, value in sent if name not in known or not value or counts[name] > 1]
