"""The figures as text: a table for each number of workers, the ratios, and under what they were found (BENCH-8)."""

from collections.abc import Iterator, Sequence
from typing import Final

from scripts.bench.figures import Figure, Figures, Ratio
from scripts.bench.load import OPERATIONS
from scripts.bench.measurement import DATABASE
from scripts.bench.systems import SERVICE

_NAME: Final = 20
_CELL: Final = 14
_NONE: Final = "-"


def lines(found: Figures) -> list[str]:
    """Write all figures."""
    stages = sorted({each.workers for each in found.figures})
    return [line for workers in stages for line in _stage(found, workers)] + list(_scaling(found, stages))


def _stage(found: Figures, workers: int) -> Iterator[str]:
    systems = list(dict.fromkeys(each.system for each in found.figures if each.workers == workers))
    processes = {each.system: each for each in found.processes if each.workers == workers}

    def per_operation(system: str, *, of_database: bool) -> list[str]:
        each = (found.of(workers, system, operation) for operation in OPERATIONS)
        return [_NONE if one is None else _microseconds(one, of_database=of_database) for one in each]

    yield f"{workers} worker{'s' * (workers > 1)}: CPU us per request, user and system, of all processes of the system"
    yield _row("", [*OPERATIONS, "memory MB", "start s"])
    for system in systems:
        if system != DATABASE:
            process = processes[system]
            cells = per_operation(system, of_database=False)
            yield _row(system, [*cells, f"{process.memory_mb:.0f}", f"{process.start_seconds:.1f}"])
    yield "This service takes so many times less; in brackets the worst round"
    for peer in dict.fromkeys(ratio.peer for ratio in found.ratios):
        ratios = {each.operation: each for each in found.ratios if (each.workers, each.peer) == (workers, peer)}
        yield _row(peer, [_times(ratios.get(operation)) for operation in OPERATIONS])
    yield "Requests/s, and ms until half and 99 % of the answers were there"
    for system in systems:
        rates = (found.of(workers, system, operation) for operation in OPERATIONS)
        yield _row(system, [_NONE if one is None else _rate(one) for one in rates])
    yield "CPU us per request of the database"
    for system in systems:
        yield _row(system, per_operation(system, of_database=True))
    yield ""


def _scaling(found: Figures, stages: Sequence[int]) -> Iterator[str]:
    one = found.of(stages[0], SERVICE, "mix")
    for workers in stages[1:]:
        several = found.of(workers, SERVICE, "mix")
        if one and several:
            times = several.requests_per_second / one.requests_per_second
            yield f"{SERVICE}, mix: {workers} workers answer {times:.2f} times the requests of one"


def _microseconds(one: Figure, *, of_database: bool) -> str:
    return f"{one.database_us if of_database else one.cpu_us:.0f}"


def _times(ratio: Ratio | None) -> str:
    return _NONE if ratio is None else f"{ratio.median:.2f} ({ratio.worst:.2f})"


def _rate(one: Figure) -> str:
    waits = "" if one.system == DATABASE else f" {_short(one.p50_ms)}/{_short(one.p99_ms)}"
    return f"{one.requests_per_second:.0f}{waits}"


def _short(milliseconds: float) -> str:
    return f"{milliseconds:.1f}" if milliseconds < 10 else f"{milliseconds:.0f}"  # noqa: PLR2004 # two digits say enough


def _row(name: str, cells: Sequence[str]) -> str:
    return "".join([name.ljust(_NAME), *(cell.rjust(_CELL) for cell in cells)]).rstrip()
