"""Existing tasks and issued cursors, for requests that shall succeed; spec: specs/toolchain.md (FUZZ-3).

It learns them from the answers that it is shown, and creates tasks or asks for a cursor by requests of its own when
there are none. It draws nothing at random: the same request in the same state gets the same value (FUZZ-8).
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from typing import Any  # a task is JSON
from urllib.parse import quote, unquote

import httpx

STOCK = 20
"""Tasks kept alive: enough that every status has a second page, and that deletions never empty the stock."""

STATUSES = ("pending", "in_progress", "completed", "cancelled")

UNTIL_DELETED = frozenset({"read", "updated", "toggled"})
"""What happens to a task before it is deleted, if it can wait so long."""

PATIENCE = 2
"""Deletions that a task is spared. Without an end nobody would be handed the id of a task that was deleted young."""

KEY_LENGTH = 255
"""Characters of a key at most, without its quotes (IDEM-13)."""

BINDING = (
    "status", "completed", "search", "priority", "due_after", "due_before", "due", "tz", "sort", "order",
)  # fmt: skip # as listTasks has them
"""The parameters that a cursor is bound to (LIST-13)."""


class Supply:
    """The tasks of one user that are known to exist, and the cursors of their lists."""

    def __init__(self, client: httpx.Client, user: str) -> None:
        """`client` authenticates as `user`."""
        self._client = client
        self._path = f"/api/{user}/tasks"
        self._encoded_path = f"/api/{quote(user, safe='')}/tasks"
        self._issued: set[int] = set()
        self._alive: dict[int, None] = {}  # a set that remembers its order
        self._cursors: dict[tuple[object, ...], str | None] = {}
        self._past: defaultdict[int, set[str]] = defaultdict(set)
        self._spared: Counter[int] = Counter()
        self._keyed = 0
        self._first: int | None = None

    def create(self, title: str, status: str = STATUSES[0]) -> bool:
        """Create a task by a request of its own; whether the service did."""
        answer = self._client.post(self._encoded_path, json={"title": title, "status": status})
        if answer.status_code != httpx.codes.CREATED:
            return False
        self.created(answer.headers.get("Location", ""))
        return True

    def created(self, location: str) -> None:
        """Note a new task by the Location of its answer, if that is a task of this user."""
        path, _, task_id = unquote(location).rpartition("/")
        if path == self._path and task_id.isdecimal():
            self._issued.add(int(task_id))
            self._alive[int(task_id)] = None

    def deleted(self, task_id: int, *, remember: bool) -> None:
        """Note that a task is gone; remember its id where a link may still hand it over."""
        self._alive.pop(task_id, None)
        if not remember:
            self._issued.discard(task_id)

    def went_on(self, task_id: int, step: str) -> None:
        """Note what a task has been through: a step of a life (scripts/fuzz/report.py)."""
        self._past[task_id].add(step)

    def instead(self, task_id: int) -> int | None:
        """Another task to delete, the oldest, while this one has not been through enough; none if it is its turn."""
        if not self.is_alive(task_id) or self._past[task_id] >= UNTIL_DELETED or self._spared[task_id] == PATIENCE:
            return None
        self._spared[task_id] += 1
        self._restock()
        return next((other for other in self._alive if other != task_id), None)

    def unused_key(self, drawn: str) -> str:
        """The drawn key made one that no request has had, nor one of an earlier run: the service keeps keys for a day.

        So it begins with the id of a task of this run, and a number.
        """
        if self._first is None:
            self._first = self.existing(0)
        self._keyed += 1
        bare = drawn.strip('"')
        key = f"{self._first}-{self._keyed}-{bare}"[:KEY_LENGTH]
        return key if bare == drawn else f'"{key}"'

    def was_issued(self, task_id: int) -> bool:
        """Whether a task has this id, or had it and is remembered."""
        return task_id in self._issued

    def is_alive(self, task_id: int) -> bool:
        """Whether a task is known to have this id."""
        return task_id in self._alive

    def existing(self, drawn: int) -> int | None:
        """The id of a task, chosen by a drawn number; none if the service creates none."""
        self._restock()
        alive = list(self._alive)
        return alive[drawn % len(alive)] if alive else None

    def task(self, task_id: object) -> dict[str, Any] | None:  # Any: as above
        """The task as it is now, with its tag as `etag`, if this user has one."""
        answer = self._client.get(f"{self._encoded_path}/{task_id}")
        return {**answer.json(), "etag": answer.headers.get("ETag", "")} if answer.is_success else None

    def tasks(self) -> list[dict[str, Any]]:  # Any: as above
        """The newest tasks, as they are now."""
        self._restock()
        answer = self._client.get(self._encoded_path, params={"limit": "100"})
        found: list[dict[str, Any]] = answer.json()["items"] if answer.is_success else []  # Any: as above
        return found

    def cursor(self, query: Mapping[str, object]) -> str | None:
        """A cursor for the list that `query` asks for, or none if that list has a single page."""
        binding = {name: query[name] for name in BINDING if name in query}
        key = tuple(binding.get(name) for name in BINDING)
        if key not in self._cursors:
            self._restock()
            answer = self._client.get(self._encoded_path, params={**_as_text(binding.items()), "limit": "1"})
            self._cursors[key] = answer.json()["next_cursor"] if answer.is_success else None
        return self._cursors[key]

    def export_cursor(self) -> str | None:
        """A cursor for the second page of the export, or none if there is a single page."""
        self._restock()
        answer = self._client.get(self._encoded_path.removesuffix("/tasks"), params={"limit": "1"})
        cursor: str | None = answer.json()["next_cursor"] if answer.is_success else None
        return cursor

    def _restock(self) -> None:
        for number in range(len(self._alive), STOCK):
            if not self.create(f"Stock {number}", STATUSES[number % len(STATUSES)]):
                return  # the gate will say what the service lacks


def _as_text(items: Iterable[tuple[str, object]]) -> dict[str, str]:
    return {name: str(value).lower() if isinstance(value, bool) else str(value) for name, value in items}
