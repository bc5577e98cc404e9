"""What samples amount to: medians over rounds, and ratios that are formed within each round (BENCH-8)."""

import statistics
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from scripts.bench.measurement import DATABASE, Measured, Sample
from scripts.bench.systems import FLOOR, SERVICE


@dataclass(frozen=True)
class Figure:
    """Medians of one system and operation; microseconds are for a request."""

    workers: int
    system: str
    operation: str
    rounds: int
    requests: int
    """In all rounds."""
    cpu_us: float
    least_cpu_us: float
    greatest_cpu_us: float
    requests_per_second: float
    p50_ms: float
    p99_ms: float
    database_us: float
    generator_us: float


@dataclass(frozen=True)
class Ratio:
    """How many times less CPU this service takes than a peer: the median of the rounds, and the worst of them."""

    workers: int
    peer: str
    operation: str
    median: float
    worst: float


@dataclass(frozen=True)
class Process:
    """What a system takes before and beside its requests."""

    workers: int
    system: str
    start_seconds: float
    memory_mb: float
    """PSS of all its processes after the load."""


@dataclass(frozen=True)
class Figures:
    """All that a run amounts to."""

    figures: Sequence[Figure]
    ratios: Sequence[Ratio]
    processes: Sequence[Process]

    def of(self, workers: int, system: str, operation: str) -> Figure | None:
        """The medians of a system and operation, if they were measured."""
        key = (workers, system, operation)
        return next((each for each in self.figures if (each.workers, each.system, each.operation) == key), None)


def amount(measured: Measured) -> Figures:
    """Form the figures, in the order in which the systems were started."""
    grouped: dict[tuple[int, str, str], list[Sample]] = {}
    order = list(dict.fromkeys([*(system for _, system in measured.starts), DATABASE]))
    for sample in sorted(measured.samples, key=lambda sample: (sample.workers, order.index(sample.system))):
        grouped.setdefault((sample.workers, sample.system, sample.operation), []).append(sample)
    return Figures(
        [_figure(samples) for samples in grouped.values()],
        [
            _ratio(grouped[workers, SERVICE, operation], samples)
            for (workers, system, operation), samples in grouped.items()
            if system not in {SERVICE, FLOOR, DATABASE}
        ],
        [
            Process(workers, system, seconds, measured.memory[workers, system] / 2**20)
            for (workers, system), seconds in measured.starts.items()
        ],
    )


def _figure(samples: Sequence[Sample]) -> Figure:
    def median(figure: Callable[[Sample], float]) -> float:
        return statistics.median(map(figure, samples))

    first, used = samples[0], list(_cpu_us(samples))
    return Figure(
        first.workers,
        first.system,
        first.operation,
        rounds=len(samples),
        requests=sum(sample.requests for sample in samples),
        cpu_us=statistics.median(used),
        least_cpu_us=min(used),
        greatest_cpu_us=max(used),
        requests_per_second=median(lambda sample: sample.requests / sample.seconds),
        p50_ms=median(lambda sample: sample.p50_ms),
        p99_ms=median(lambda sample: sample.p99_ms),
        database_us=median(lambda sample: sample.database_seconds / sample.requests * 1e6),
        generator_us=median(lambda sample: sample.generator_seconds / sample.requests * 1e6),
    )


def _ratio(own: Sequence[Sample], others: Sequence[Sample]) -> Ratio:
    ratios = [theirs / ours for ours, theirs in zip(_cpu_us(own), _cpu_us(others), strict=True)]
    first = others[0]
    return Ratio(first.workers, first.system, first.operation, statistics.median(ratios), min(ratios))


def _cpu_us(samples: Iterable[Sample]) -> Iterable[float]:
    return (sample.cpu_seconds / sample.requests * 1e6 for sample in samples)
