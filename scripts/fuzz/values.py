"""Rules of the contract about values that it cannot say, or that the hooks need before a request is sent."""

import re
from datetime import UTC, datetime

LARGEST_ID = 2**53 - 1
"""`TaskId` in openapi/tasks.yaml."""


def number(task_id: object) -> int:
    """The id in a valid path: a number, or its digits when they are ready to be sent."""
    return int(str(task_id))


def is_task_id(value: object) -> bool:
    """Whether it keeps to `TaskId` in openapi/tasks.yaml."""
    return re.fullmatch("[1-9][0-9]{0,15}", str(value)) is not None and number(value) <= LARGEST_ID


def leaves_the_calendar(value: object) -> bool:
    """Whether it is an instant that lies before the year 1 or after 9999 in UTC."""
    if not isinstance(value, str) or len(value) <= len("2026-12-24"):
        return False  # a whole day is never turned into an instant
    try:
        datetime.fromisoformat(value.upper()).astimezone(UTC)
    except OverflowError:
        return True
    except ValueError:
        return False
    return False
