"""`make bench-check`: what the check of every answer costs of a list request's CPU time (SEAM-5).

The real application on an embedded PostgreSQL, asked as ASGI: neither a client nor an HTTP server is counted, and the
database is another process. With and without the check take turns in one process, so that both have the same memory,
pool and code; what is compared is the CPU time of that process.
"""

import argparse
import asyncio
import json
import secrets
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final  # Any: what a body is before it is checked
from unittest.mock import patch

from fastapi import FastAPI
from pydantic import SecretStr
from starlette.types import Message, Scope

from backend.app import create_app
from backend.settings import Settings
from generated import rendering
from generated.declarations import Content
from generated.written import Json
from scripts.token import development_token

LIMITS: Final = (50, 20)
CONCURRENT: Final = 8
"""Requests under way at once: one at a time, the waking up for the database is measured too."""


class UnexpectedAnswer(Exception):
    """The service refused what was asked for the measurement."""


@dataclass(frozen=True)
class Round:
    """CPU microseconds for one request, with the check and without it."""

    checked: float
    unchecked: float

    @property
    def added(self) -> float:
        """What the check adds, in per cent of the request without it."""
        return (self.checked / self.unchecked - 1) * 100


@contextmanager
def unchecked() -> Iterator[None]:
    """Bodies are written as ever, and neither read back nor held against their schema."""

    def written(content: Content, body: Any, _status: int | str) -> bytes:  # noqa: ANN401 - see above
        return body.raw if isinstance(body, Json) else content.adapter.dump_json(body, by_alias=True, warnings="none")

    with patch.object(rendering, "_body", written):
        yield


async def ask(app: FastAPI, token: str, method: str, target: str, body: bytes = b"") -> bytes:
    """Send one request; give the body of a success.

    Raises:
        UnexpectedAnswer: it is none.
    """
    path, _, query = target.partition("?")
    headers = [(b"host", b"localhost"), (b"authorization", f"Bearer {token}".encode())]
    if body:
        headers += [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
    scope: Scope = {
        "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": method, "scheme": "http",
        "path": path, "raw_path": path.encode(), "query_string": query.encode(), "root_path": "", "headers": headers,
        "client": ("127.0.0.1", 1), "server": ("127.0.0.1", 1),
    }  # fmt: skip # what a server says of every request
    answer: list[Message] = []

    async def receive() -> Message:
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(message: Message) -> None:
        answer.append(message)

    await app(scope, receive, send)
    received = b"".join(message.get("body", b"") for message in answer)
    if answer[0]["status"] not in (200, 201):
        raise UnexpectedAnswer(f"{method} {target}: {received.decode()}")
    return received


async def measure(settings: Settings, *, rounds: int, requests: int) -> dict[str, list[Round]]:
    """Measure lists of several lengths, in `rounds` of at least `requests` each with the check and without it."""
    app = create_app(settings)
    token = development_token(settings, user="alice", seconds=24 * 3600)
    found: dict[str, list[Round]] = {}
    async with app.router.lifespan_context(app):
        await _fill(app, token)
        for limit in LIMITS:
            target = f"/api/alice/tasks?limit={limit}"
            with_check = await ask(app, token, "GET", target)
            with unchecked():
                assert await ask(app, token, "GET", target) == with_check  # noqa: S101 - else nothing is compared
            found[target] = [await _round(app, token, target, requests) for _ in range(rounds)]
    return found


async def _fill(app: FastAPI, token: str) -> None:
    """Store tasks as people have them: words, half of them due."""
    for number in range(max(LIMITS) + 1):
        task = {
            "title": f"Buy milk and {number} eggs",
            "description": "From the shop around the corner.",
            "priority": 3,
        }
        due = {"due_date": "2026-12-24T18:00:00Z"} if number % 2 else {}
        await ask(app, token, "POST", "/api/alice/tasks", json.dumps(task | due).encode())


async def _round(app: FastAPI, token: str, target: str, requests: int) -> Round:
    """Turns are as short as they can be, and in the order A B B A: what drifts, drifts for both."""
    checked = without = 0.0
    turns = -(-requests // (2 * CONCURRENT))
    for _ in range(turns):
        checked += await _turn(app, token, target)
        with unchecked():
            without += await _turn(app, token, target)
            without += await _turn(app, token, target)
        checked += await _turn(app, token, target)
    count = turns * 2 * CONCURRENT
    return Round(checked / count * 1e6, without / count * 1e6)


async def _turn(app: FastAPI, token: str, target: str) -> float:
    before = time.process_time()
    await asyncio.gather(*(ask(app, token, "GET", target) for _ in range(CONCURRENT)))
    return time.process_time() - before


def told(target: str, rounds: Sequence[Round]) -> str:
    """Write what was found in one line."""
    added = sorted(each.added for each in rounds)
    checked = statistics.median(each.checked for each in rounds)
    without = statistics.median(each.unchecked for each in rounds)
    return (
        f"GET {target}: the check adds {statistics.median(added):.1f} % "
        f"({len(added)} rounds: {added[0]:.1f} to {added[-1]:.1f} %); "
        f"CPU {checked:.0f} us with it, {without:.0f} us without"
    )


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="answer_check", description="Measure what the check of every answer costs.")
    parser.add_argument("--rounds", type=int, default=15, help="each gives one ratio")
    parser.add_argument("--requests", type=int, default=160, help="for each round, with the check and without it")
    given = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(
            environment="development",
            database_url=None,
            development_folder=Path(folder),
            better_auth_secret=SecretStr(secrets.token_urlsafe(48)),
            rate_limit_user=None,
            rate_limit_address=None,
        )
        found = asyncio.run(measure(settings, rounds=given.rounds, requests=given.requests))
    for target, rounds in found.items():
        print(told(target, rounds))
    return 0


if __name__ == "__main__":
    sys.exit(main())
