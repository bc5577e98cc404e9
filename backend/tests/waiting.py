"""Waiting for what another thread or process does, without a guess at how long it takes."""

import time
from collections.abc import Callable

PATIENCE = 120
"""Seconds for what takes a moment on a quiet machine."""


def until(holds: Callable[[], bool]) -> bool:
    """Whether it comes to hold, which ends the wait."""
    end = time.monotonic() + PATIENCE
    while not (held := holds()) and time.monotonic() < end:
        time.sleep(0.02)
    return held
