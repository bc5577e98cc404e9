"""What was found beside what it should be (BENCH-17)."""

import statistics
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from scripts.growth import endurance
from scripts.growth.asking import Cost
from scripts.growth.measurement import Measured

SAME: Final = 1.25
"""So many times a cost counts as the same: two rounds of one page differ by as much on a machine with other work."""
SEARCH_MS: Final = 20.0
FLAT_MB: Final = 5.0
"""What an allocator keeps or gives back now and then; a byte leaked with each of 1,000,000 requests is one megabyte."""
CROWD_MB: Final = 300.0


@dataclass(frozen=True)
class Goal:
    """One of them: what is compared, what it may be at most, and what it is."""

    name: str
    at_most: float
    found: float
    unit: str

    @property
    def met(self) -> bool:
        """Say whether it is."""
        return self.found <= self.at_most


@dataclass(frozen=True)
class PageFigure:
    """The medians of a page's rounds, in microseconds of CPU time for a request."""

    name: str
    requests: int
    """In all rounds."""
    database_us: float
    service_us: float


def page_figures(found: Measured) -> list[PageFigure]:
    """The medians, in the order in which pages were asked for."""
    return [_figure(name, [each.cost for each in found.pages if each.name == name]) for name in _names(found)]


def goals(found: Measured) -> list[Goal]:
    """All goals of a run; those of searches for the servers that have the index.

    Raises:
        NoResult: there are too few samples of the memory.
    """
    return [*_pages(found), *_searches(found), *_memory(found), *_crowd(found)]


def _names(found: Measured) -> list[str]:
    return list(dict.fromkeys(each.name for each in found.pages))


def _figure(name: str, costs: Sequence[Cost]) -> PageFigure:
    return PageFigure(
        name,
        sum(each.requests for each in costs),
        statistics.median(each.database_us for each in costs),
        statistics.median(each.service_us for each in costs),
    )


def _pages(found: Measured) -> Iterator[Goal]:
    first, deep, few, *more = page_figures(found)
    for one, other in ((first, deep), *((few, each) for each in more)):
        yield Goal(f"{other.name} / {one.name}, database", SAME, _times(other.database_us, one.database_us), "times")
        yield Goal(f"{other.name} / {one.name}, service", SAME, _times(other.service_us, one.service_us), "times")


def _times(one: float, other: float) -> float:
    """The kernel counts in hundredths of a second: in a run that is too short there may be none."""
    return one / max(other, 1.0)


def _searches(found: Measured) -> Iterator[Goal]:
    for each in found.searches:
        if each.indexed:
            yield Goal(f"search, {each.name}, database", SEARCH_MS, each.cost.database_us / 1000, "ms")


def _memory(found: Measured) -> Iterator[Goal]:
    requests = found.memory[-1].requests if found.memory else 0
    _, more = endurance.growth(found.memory)
    yield Goal(f"memory, growth over {requests:,} requests", FLAT_MB, more, "MB")


def _crowd(found: Measured) -> Iterator[Goal]:
    for each in found.crowd:
        yield Goal(f"memory with {each.connections:,} idle connections", CROWD_MB, each.meanwhile, "MB")
