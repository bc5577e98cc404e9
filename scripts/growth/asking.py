"""What asks: one connection that stays open, one request after the other, and a look at every answer (BENCH-13)."""

import json
import select
import socket
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from http import HTTPStatus
from http.client import HTTPConnection, HTTPException
from typing import Any, Self  # Any: answers are JSON

from scripts.bench.accounting import Family
from scripts.bench.dataset import Size
from scripts.bench.load import signed_for


class NoResult(Exception):
    """Something was answered otherwise than it has to be, or too little was measured; the text is one line."""


def expect(holds: object, otherwise: str) -> None:
    """Ends the run where something is not as it has to be.

    Raises:
        NoResult: with the line that says what.
    """
    if not holds:
        raise NoResult(otherwise)


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
        self._headers: dict[str, dict[str, str]] = {}

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
        return self._get(f"/api/{user}/tasks?{query}", self._of(user))

    def page(self, user: str, query: str) -> Mapping[str, Any]:
        """A page of the user's tasks, read."""
        read: dict[str, Any] = json.loads(self.tasks(user, query))
        return read

    def is_closed(self) -> bool:
        """Say whether the other side has closed the connection, or has said that it will."""
        return self._connection.sock is None or _has_something_to_read(self._connection.sock)

    def _of(self, user: str) -> dict[str, str]:
        """The headers of a user, with one token for all requests."""
        if user not in self._headers:
            self._headers[user] = {"Authorization": f"Bearer {signed_for(user, self._secret)}"}
        return self._headers[user]

    def _get(self, path: str, headers: dict[str, str]) -> bytes:
        try:
            self._connection.request("GET", path, headers=headers)
            answer = self._connection.getresponse()
            body = answer.read()
        except (OSError, HTTPException) as error:
            raise NoResult(f"{path}: {str(error) or type(error).__name__}") from None
        expect(answer.status == HTTPStatus.OK, f"{path}: status {answer.status}")
        return body


@dataclass(frozen=True)
class Scene:
    """A service on a database that is filled, and a connection to it."""

    url: str
    secret: str
    size: Size
    line: Line
    service: Family
    database: Family

    def cost(self, user: str, query: str, seconds: float) -> Cost:
        """Ask for a page again and again for so long. Nobody writes meanwhile: each has to be as the first one.

        Raises:
            NoResult: one is not.
        """
        expected = self.line.tasks(user, query)
        database, service = self.database.cpu_seconds(), self.service.cpu_seconds()
        requests, until = 0, time.monotonic() + seconds
        while time.monotonic() < until or not requests:
            expect(self.line.tasks(user, query) == expected, f"{user}, {query}: another page than before")
            requests += 1
        used = self.database.cpu_seconds() - database, self.service.cpu_seconds() - service
        return Cost(requests, *(each / requests * 1e6 for each in used))


def _has_something_to_read(connection: socket.socket) -> bool:
    """Where nothing was asked for, that is the end."""
    waiting = select.poll()  # select.select knows no more than 1,024 files
    waiting.register(connection, select.POLLIN)
    return bool(waiting.poll(0))
