"""The load: wrk with 32 connections that stay open, and what it counted (BENCH-5, BENCH-6).

What is asked and how answers are looked at is in load.lua.
"""

import json
import resource
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import jwt

from scripts.bench.dataset import Size, Written

CONNECTIONS: Final = 32

SHARES: Final = {"get": 60, "list": 25, "create": 10, "toggle": 5}
"""Of the mix, in per cent; load.lua has the same."""

OPERATIONS: Final = (*SHARES, "mix")
WRITING: Final = ("create", "toggle", "mix")

_UNANSWERED: Final = CONNECTIONS + 1
"""Requests under way when wrk stops, and one that it only looks at."""

_DAY: Final = 24 * 3600


class LoadFailed(Exception):
    """wrk did not come to its end; the text is one line."""


@dataclass(frozen=True)
class Load:
    """What wrk counted: requests that were sent, answers that came, and answers that were wrong."""

    requests: int
    microseconds: int
    p50: int
    p99: int
    """Microseconds as well."""
    failed: int
    """Connections that broke, and answers that did not come in time."""
    refused: int
    """Answers with 4xx or 5xx."""
    wrong: int
    """Answers that are none to this operation: another status, another number of tasks."""
    sent_get: int
    sent_list: int
    sent_create: int
    sent_toggle: int
    got_task: int
    got_list: int
    got_created: int
    generator_seconds: float
    """CPU time of wrk."""

    def faults(self, written: Written | None) -> list[str]:
        """Say why this is no result; `written` is what the database has of it, where something was written."""
        found = [f"{count} {what}" for what, count in self._counted() if count]
        pairs = [
            ("tasks", self.sent_get + self.sent_toggle, self.got_task),
            ("lists", self.sent_list, self.got_list),
            ("created tasks", self.sent_create, self.got_created),
        ]
        if written is not None:
            pairs += [("created rows", self.sent_create, written.created)]
            pairs += [("toggled rows", self.sent_toggle, written.toggled)]
        found += [f"{got} {what} for {sent} requests" for what, sent, got in pairs if abs(sent - got) > _UNANSWERED]
        return found

    def _counted(self) -> list[tuple[str, int]]:
        return [("broken connections", self.failed), ("refused requests", self.refused), ("wrong answers", self.wrong)]


def parsed(printed: str, generator_seconds: float) -> Load:
    """Read the line that load.lua prints last."""
    counted: dict[str, int] = json.loads(printed.strip().splitlines()[-1])
    return Load(**counted, generator_seconds=generator_seconds)


def put(url: str, tokens: Path, operation: str, *, seconds: int, seed: int) -> Load:
    """Ask the server for so many seconds.

    Raises:
        LoadFailed: wrk did not begin.
    """
    how = [
        "-t1",
        f"-c{CONNECTIONS}",
        f"-d{seconds}s",
        "--timeout",
        "10s",
        "-s",
        str(Path(__file__).with_suffix(".lua")),
    ]
    before = _children_seconds()
    ended = subprocess.run(  # noqa: S603 - our own arguments, no shell
        ["wrk", *how, url, "--", str(tokens), operation, str(seed)],  # noqa: S607 - found before (__main__.py)
        capture_output=True, text=True, check=False,
    )  # fmt: skip # as one reads it
    if ended.returncode:
        raise LoadFailed(f"wrk: {(ended.stderr.strip() or 'it said nothing').splitlines()[-1]}")
    return parsed(ended.stdout, _children_seconds() - before)


def write_tokens(folder: Path, size: Size, secret: str) -> Path:
    """Write a file for load.lua with every user's token, valid for a day."""
    path = folder / "tokens.lua"
    with path.open("w", encoding="ascii") as file:
        file.write(f"return {{ users = {size.users}, each = {size.each}, headers = {{\n")
        for number in range(size.users):
            token = signed(number, secret)
            file.write(f'"Host: localhost\\r\\nAuthorization: Bearer {token}\\r\\n",\n')
        file.write("} }\n")
    return path


def signed(number: int, secret: str) -> str:
    """The token of one of the users that wrk asks as."""
    return signed_for(f"user-{number}", secret)


def signed_for(user: str, secret: str) -> str:
    """The token of a user, valid for a day."""
    now = int(time.time())
    return jwt.encode({"sub": user, "iat": now, "exp": now + _DAY}, secret, algorithm="HS256")


def _children_seconds() -> float:
    """CPU time of the programs that have ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime
