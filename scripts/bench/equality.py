"""Whether a system answers as this service does (BENCH-7).

What differs by nature - ids and moments of what is written now, cursors, versions of what was written before - is
compared by its kind. An instant may be written in any way of RFC 3339.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final  # Any: answers are JSON

import httpx

from scripts.bench.dataset import Size
from scripts.bench.load import signed
from scripts.bench.systems import Running

VOLATILE: Final = {
    "get": (),
    "list": ("next_cursor",),
    "create": ("id", "created_at", "updated_at"),
    "toggle": ("updated_at", "completed_at", "version"),
    # Between two measurements it is as some toggle has left it: completed, perhaps, and then again now.
    "toggle back": ("updated_at", "completed_at", "version"),
}
"""Members that are compared by their kind, by operation."""

_USER: Final = 1

Answers = Mapping[str, Any]  # see above


def answers(running: Running, size: Size, secret: str) -> Answers:
    """Ask for one of each operation; a task that is toggled is toggled back."""
    tasks = f"/api/user-{_USER}/tasks"
    # The newest for the list and the first page, the oldest for what changes.
    newest, oldest = size.tasks - size.users + _USER + 1, _USER + 1
    headers = {"Authorization": f"Bearer {signed(_USER, secret)}"}
    with httpx.Client(base_url=running.url, headers=headers, timeout=30) as client:
        found = {
            "get": client.get(f"{tasks}/{newest}"),
            "list": client.get(tasks, params={"limit": 50}),
            "create": client.post(tasks, json={"title": "Buy milk and more eggs", "priority": 3}),
            "toggle": client.patch(f"{tasks}/{oldest}/complete"),
            "toggle back": client.patch(f"{tasks}/{oldest}/complete"),
        }
    return {name: _comparable(answer, VOLATILE[name]) for name, answer in found.items()}


def differences(name: str, own: Answers, others: Answers) -> list[str]:
    """Say in a line each what a system answers otherwise than this service."""
    return [
        f"{name}: {operation}: {place}" for operation in own if (place := _place(own[operation], others[operation], ""))
    ]


def _comparable(answer: httpx.Response, volatile: tuple[str, ...]) -> Any:  # noqa: ANN401 # see above
    body = answer.json()
    for member in volatile:
        body[member] = type(body.get(member)).__name__
    return {"status": answer.status_code, "body": body}


def _place(own: Any, other: Any, where: str) -> str | None:  # noqa: ANN401 # see above
    """The first place where two values differ."""
    if isinstance(own, dict) and isinstance(other, dict) and own.keys() == other.keys():
        places = (_place(own[key], other[key], f"{where}.{key}") for key in own)
        return next(filter(None, places), None)
    if isinstance(own, list) and isinstance(other, list) and len(own) == len(other):
        places = (
            _place(mine, theirs, f"{where}[{index}]")
            for index, (mine, theirs) in enumerate(zip(own, other, strict=True))
        )
        return next(filter(None, places), None)
    return None if _instant(own) == _instant(other) else where


def _instant(value: Any) -> Any:  # noqa: ANN401 # see above
    """An instant as such, and everything else as it is."""
    try:
        read = datetime.fromisoformat(value)
    except (TypeError, ValueError):
        return value
    return value if read.tzinfo is None else read
