"""What becomes of the service's memory while it answers requests (BENCH-15)."""

import statistics
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Self

from scripts.bench import load
from scripts.bench.accounting import Family
from scripts.bench.dataset import Dataset
from scripts.growth.asking import Scene, expect

FEWEST: Final = 2
"""Samples in a tenth of the requests that a median is formed of."""


@dataclass(frozen=True)
class MemorySample:
    """The service's memory after so many requests."""

    requests: int
    megabytes: float


def measure(scene: Scene, tokens: Path, tasks: Dataset, requests: int, seconds: int) -> list[MemorySample]:
    """Ask for the mix until there were so many requests, in runs of so many seconds, 50 samples in each.

    Raises:
        NoResult: something was answered wrongly.
        LoadFailed: wrk does not come to its end.
    """
    found: list[MemorySample] = []
    done, seed = 0, 0
    while done < requests:
        seed += 1
        began = time.monotonic()
        with _Sampler(scene.service, seconds / 50) as sampler:
            counted = load.put(scene.url, tokens, "mix", seconds=seconds, seed=seed)
        took = time.monotonic() - began
        faults = counted.faults(tasks.settle()) or ["no answers"] * (not counted.requests)
        expect(not faults, f"memory, after {done:,} requests: {', '.join(faults)}")
        found += [
            MemorySample(done + round(counted.requests * (when - began) / took), bytes_ / 2**20)
            for when, bytes_ in sampler.taken
        ]
        done += counted.requests
    return found


def growth(samples: Sequence[MemorySample]) -> tuple[float, float]:
    """Megabytes in the second tenth of the requests, and how many more they are in the last.

    Raises:
        NoResult: there are too few samples to tell.
    """
    last = max([1, *(each.requests for each in samples)])
    tenths = [[each.megabytes for each in samples if min(each.requests * 10 // last, 9) == tenth] for tenth in (1, 9)]
    expect(min(map(len, tenths)) >= FEWEST, f"memory: {len(samples)} samples are too few")
    early, late = map(statistics.median, tenths)
    return early, late - early


class _Sampler:
    """Looks at a process from time to time, beside whatever is done in the block."""

    def __init__(self, service: Family, interval: float) -> None:
        self.taken: list[tuple[float, int]] = []
        self._service, self._interval = service, interval
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._look)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def _look(self) -> None:
        while not self._over.wait(self._interval):
            self.taken.append((time.monotonic(), self._service.memory()))
