"""The figures as text (BENCH-17)."""

from collections.abc import Iterator
from typing import Final

from scripts.growth import endurance
from scripts.growth.goals import Goal, goals, page_figures
from scripts.growth.measurement import Measured

_NAME: Final = 56
_CELL: Final = 14


def lines(found: Measured) -> list[str]:
    """Write all figures.

    Raises:
        NoResult: there are too few of them.
    """
    return [*_pages(found), *_searches(found), *_memory(found), *_goals(goals(found))]


def _pages(found: Measured) -> Iterator[str]:
    yield _row("A page, CPU us per request", "database", "service", "requests")
    for each in page_figures(found):
        yield _row(each.name, f"{each.database_us:.0f}", f"{each.service_us:.0f}", f"{each.requests}")
    yield ""


def _searches(found: Measured) -> Iterator[str]:
    yield _row("A search, CPU ms per request of the database", "requests", "database", "indexes read")
    for each in found.searches:
        name = f"{each.postgres.split()[0]}, {each.name}"
        yield _row(name, f"{each.cost.requests}", f"{each.cost.database_us / 1000:.2f}", ", ".join(each.indexes) or "-")
    if not any(each.indexed for each in found.searches):
        yield "not measured: with an index, for no PostgreSQL with pg_trgm was found"
    yield ""


def _memory(found: Measured) -> Iterator[str]:
    early, more = endurance.growth(found.memory)
    requests = f"{found.memory[-1].requests:,}"
    yield f"Memory: {early:.1f} MB in the second tenth of {requests} requests, {more:+.1f} in the last"
    for each in found.crowd:
        told = f"{each.before:.1f} MB before, {each.meanwhile:.1f} with them, {each.afterwards:.1f} afterwards"
        yield f"{each.connections:,} idle connections: {told}"
    yield ""


def _goals(several: list[Goal]) -> Iterator[str]:
    yield _row("Goal", "at most", "found")
    for each in several:
        verdict = "met" if each.met else "MISSED"
        yield _row(each.name, f"{each.at_most:g}", f"{each.found:.2f}", each.unit, verdict)


def _row(name: str, *cells: str) -> str:
    numbers, texts = cells[:2], cells[2:]
    return "".join([name.ljust(_NAME), *(cell.rjust(_CELL) for cell in numbers), *(f"  {cell}" for cell in texts)])
