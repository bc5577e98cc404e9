"""How long a request takes, and waits for what: `Server-Timing`. Spec: specs/features/telemetry.md."""

import time
from types import TracebackType
from typing import Self


class Stopwatch:
    """Adds up the time of its `with` blocks; a block inside another adds nothing."""

    __slots__ = ("_began", "_depth", "seconds")

    def __init__(self) -> None:
        self._began = 0.0
        self._depth = 0
        self.seconds: float | None = None
        """What it has added up; `None` before the first block has ended."""

    def __enter__(self) -> Self:
        if self._depth == 0:
            self._began = time.perf_counter()
        self._depth += 1
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._depth -= 1
        if self._depth == 0:
            self.seconds = (self.seconds or 0.0) + time.perf_counter() - self._began


def server_timing(total: float, database: Stopwatch) -> bytes:
    """The value of the header (W3C Server Timing, section 2); `total` is in seconds."""
    if database.seconds is None:
        return b"total;dur=%.1f" % (total * 1000)
    return b"total;dur=%.1f, db;dur=%.1f" % (total * 1000, database.seconds * 1000)
