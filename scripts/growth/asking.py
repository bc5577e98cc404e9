"""What asks: one connection that stays open, one request after the other, and a look at every answer (BENCH-13)."""

import json
import select
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException
from typing import Any  # answers are JSON

from typing_extensions import Self

from scripts.bench.accounting import Family
from scripts.bench.load import signed_for


class NoResult(Exception):
    """Something was answered otherwise than it has to be, or too little was measured; the text is one line."""


@dataclass(frozen=True)
class Cost:
    """What a request has cost, in microseconds of CPU time, and how many were asked to know it."""

    requests: int
    database_us: float
    service_us: float


class Line:
    """A connection to the service, for any user.

    Raises:
        NoResult: an answer is no list, or none at all.
    """

    def __init__(self, url: str, secret: str) -> None:
        self._connection = HTTPConnection(url.removeprefix("http://"), timeout=30)
        self._secret = secret

    @classmethod
    @contextmanager
    def to(cls, url: str, secret: str) -> Iterator[Self]:
        """A connection that is closed at the end."""
        line = cls(url, secret)
        try:
            yield line
        finally:
            line._connection.close()

    def tasks(self, user: str, query: str) -> bytes:
        """A page of the user's tasks, as it came."""
        return self._get(f"/api/{user}/tasks?{query}", self._headers(user))

    def page(self, user: str, query: str) -> Mapping[str, Any]:
        """A page of the user's tasks, read."""
        read: dict[str, Any] = json.loads(self.tasks(user, query))
        return read

    def cost(self, user: str, query: str, seconds: float, service: Family, database: Family) -> Cost:
        """Ask for a page again and again for so long. Nobody writes meanwhile: each has to be as the first one."""
        path, headers = f"/api/{user}/tasks?{query}", self._headers(user)
        expected = self._get(path, headers)
        database_before, service_before = database.cpu_seconds(), service.cpu_seconds()
        requests, until = 0, time.monotonic() + seconds
        while time.monotonic() < until or not requests:
            if self._get(path, headers) != expected:
                raise NoResult(f"{user}, {query}: another page than before")
            requests += 1
        used = database.cpu_seconds() - database_before, service.cpu_seconds() - service_before
        return Cost(requests, *(each / requests * 1e6 for each in used))

    def is_closed(self) -> bool:
        """Say whether the other side has closed the connection: then there is something to read, its end."""
        waiting = select.poll()  # select.select knows no more than 1,024 files
        waiting.register(self._connection.sock, select.POLLIN)
        return bool(waiting.poll(0))

    def _headers(self, user: str) -> dict[str, str]:
        return {"Authorization": f"Bearer {signed_for(user, self._secret)}"}

    def _get(self, path: str, headers: Mapping[str, str]) -> bytes:
        try:
            self._connection.request("GET", path, headers=dict(headers))
            answer = self._connection.getresponse()
            body = answer.read()
        except (OSError, HTTPException) as error:
            raise NoResult(f"{path}: {error or type(error).__name__}") from None
        if answer.status != 200:  # noqa: PLR2004 # OK
            raise NoResult(f"{path}: status {answer.status}")
        return body
