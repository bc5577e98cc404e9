"""Rules of the contract about values that it cannot say, or that the hooks need before a request is sent."""

import re
from collections import Counter
from collections.abc import Collection
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qsl, urlsplit

LARGEST_ID = 2**53 - 1
"""`TaskId` in openapi/tasks.yaml."""

ANY_INSTANT = "2026-12-24T17:00:00.25+01:00"


def number(task_id: object) -> int:
    """The id in a valid path: a number, or its digits when they are ready to be sent."""
    return int(str(task_id))


def is_task_id(value: object) -> bool:
    """Whether it keeps to `TaskId` in openapi/tasks.yaml."""
    return re.fullmatch("[1-9][0-9]{0,15}", str(value)) is not None and number(value) <= LARGEST_ID


def keep_in_calendar(body: dict[str, Any]) -> None:  # Any: a JSON object
    """Replace a due date that is an instant before the year 1 or after 9999 in UTC, which no pattern can tell."""
    due_date = body.get("due_date")
    if isinstance(due_date, str) and len(due_date) > len("2026-12-24"):  # a whole day is no instant
        try:
            datetime.fromisoformat(due_date.upper()).astimezone(UTC)
        except OverflowError:
            body["due_date"] = ANY_INSTANT
        except ValueError:
            pass  # not an instant at all, and drawn for that


def faulty_parameters(url: str, known: Collection[str]) -> list[str]:
    """The query parameters of a request that are unknown, empty or repeated, by name."""
    sent = parse_qsl(urlsplit(url).query, keep_blank_values=True)
    counts = Counter(name for name, _ in sent)
    return [name for name, value in sent if name not in known or not value or counts[name] > 1]
