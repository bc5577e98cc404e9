"""The run: every system is started, shown to answer as the others do, warmed up, and asked in turn (BENCH-5).

Systems take turns within each round and operation, and each round begins with another one: what drifts, drifts for all.
"""

import secrets
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from scripts.bench import dataset, equality, floors, load
from scripts.bench.accounting import Family
from scripts.bench.systems import FLOOR, Running, Surroundings, System, running

DATABASE: Final = "PostgreSQL alone"
"""What pgbench is called among the systems."""


@dataclass(frozen=True)
class Stage:
    """What is asked of so many processes of each system."""

    workers: int
    operations: tuple[str, ...]
    rounds: int
    seconds: int
    """For one system and operation in a round."""
    warm_up: int
    """Seconds for each before the first round."""

    @property
    def alone(self) -> tuple[str, ...]:
        """What the database is asked for without any server, which has no workers."""
        return self.operations if self.workers == 1 else ()


FULL: Final = (
    Stage(1, load.OPERATIONS, rounds=5, seconds=6, warm_up=2),
    Stage(2, load.OPERATIONS, rounds=3, seconds=6, warm_up=1),
)
QUICK: Final = (
    Stage(1, load.OPERATIONS, rounds=2, seconds=2, warm_up=1),
    Stage(2, ("mix",), rounds=2, seconds=2, warm_up=3),
)


@dataclass(frozen=True)
class Sample:
    """One system's share of a round."""

    workers: int
    system: str
    operation: str
    number: int
    """Of the round, from 1."""
    requests: int
    seconds: float
    cpu_seconds: float
    """Of the system's processes."""
    database_seconds: float
    generator_seconds: float
    p50_ms: float
    p99_ms: float


@dataclass
class Measured:
    """Everything that a run has found."""

    postgres: str
    """The version of the database."""
    samples: list[Sample] = field(default_factory=list)
    starts: dict[tuple[int, str], float] = field(default_factory=dict)
    """Seconds to the first answer, by number of workers and system."""
    memory: dict[tuple[int, str], int] = field(default_factory=dict)
    """Bytes after the load."""
    faults: list[str] = field(default_factory=list)
    """With any of them the run is no result."""


@dataclass(frozen=True)
class _Run:
    """What all parts of a run share."""

    given: Surroundings
    tasks: dataset.Dataset
    tokens: Path
    database: Family
    pgbench: str
    measured: Measured
    seeds: Iterator[int] = field(default_factory=lambda: count(1))


def measure(systems: Sequence[System], stages: Sequence[Stage], size: dataset.Size, pgbench: str) -> Measured:
    """Run all stages on a database of their own. The first system is the one that all others have to equal.

    Raises:
        NotStarted: a system does not answer.
        LoadFailed, PgbenchFailed: what asks does not come to its end.
    """
    with TemporaryDirectory(prefix="bench-") as folder, dataset.server() as url:
        _say(f"{size.tasks:,} tasks of {size.users:,} users")
        with dataset.seeded(url, size) as tasks:
            given = Surroundings(url, secrets.token_urlsafe(32), Path(folder))
            run = _Run(
                given,
                tasks,
                tokens=load.write_tokens(given.folder, size, given.secret),
                database=Family(tasks.postmaster),
                pgbench=pgbench,
                measured=Measured(postgres=tasks.version),
            )
            for stage in stages:
                _stage(run, systems, stage)
            idle = [sample for sample in run.measured.samples if not sample.requests]
            run.measured.faults += [f"{each.system}, {each.operation}: no answers in {each.seconds} s" for each in idle]
            return run.measured


def _stage(run: _Run, systems: Sequence[System], stage: Stage) -> None:
    with ExitStack() as stack:
        there = [stack.enter_context(_started(run, system, stage)) for system in systems]
        _compare(run, there)
        for operation in stage.operations:
            for each in _asked(there, operation, 0):
                for _ in range(stage.warm_up):
                    _sample(run, each, stage, operation, 0, seconds=1)
        for number in range(1, stage.rounds + 1):
            _say(f"workers: {stage.workers}, round {number} of {stage.rounds}")
            for operation in stage.operations:
                for each in _asked(there, operation, number):
                    run.measured.samples.append(_sample(run, each, stage, operation, number, seconds=stage.seconds))
            for operation in stage.alone:
                run.measured.samples.append(_floor(run, operation, number, seconds=stage.seconds))
        for each in there:
            run.measured.memory[stage.workers, each.system.name] = each.family.memory()


@contextmanager
def _started(run: _Run, system: System, stage: Stage) -> Iterator[Running]:
    token = load.signed(0, run.given.secret)
    with running(system, run.given, workers=stage.workers, path="/api/user-0/tasks/1", token=token) as each:
        run.measured.starts[stage.workers, system.name] = each.seconds
        yield each


def _compare(run: _Run, there: Sequence[Running]) -> None:
    """Note where a system answers otherwise than the first; the floor answers nothing."""
    found = {}
    for each in [each for each in there if each.system.name != FLOOR]:
        found[each.system.name] = equality.answers(each, run.tasks.size, run.given.secret)
        run.tasks.settle()
    [own, *others] = found
    for name in others:
        run.measured.faults += equality.differences(name, found[own], found[name])


def _asked(there: Sequence[Running], operation: str, number: int) -> list[Running]:
    """The systems that have the operation, in the order of a round."""
    asked = [each for each in there if each.system.has(operation)]
    first = number % len(asked)
    return asked[first:] + asked[:first]


def _sample(run: _Run, each: Running, stage: Stage, operation: str, number: int, *, seconds: int) -> Sample:
    server, database = each.family.cpu_seconds(), run.database.cpu_seconds()
    counted = load.put(each.url, run.tokens, operation, seconds=seconds, seed=next(run.seeds))
    server, database = each.family.cpu_seconds() - server, run.database.cpu_seconds() - database
    written = run.tasks.settle() if operation in load.WRITING else None
    where = f"{each.system.name}, {operation}, workers: {stage.workers}, round {number}"
    run.measured.faults += [f"{where}: {fault}" for fault in counted.faults(written)]
    return Sample(
        stage.workers,
        each.system.name,
        operation,
        number,
        requests=counted.requests,
        seconds=counted.microseconds / 1e6,
        cpu_seconds=server,
        database_seconds=database,
        generator_seconds=counted.generator_seconds,
        p50_ms=counted.p50 / 1e3,
        p99_ms=counted.p99 / 1e3,
    )


def _floor(run: _Run, operation: str, number: int, *, seconds: int) -> Sample:
    before = run.database.cpu_seconds()
    requests = floors.transactions(run.pgbench, run.given.database_url, operation, run.tasks.size, seconds=seconds)
    used = run.database.cpu_seconds() - before
    run.tasks.settle()
    return Sample(1, DATABASE, operation, number, requests, float(seconds), 0.0, used, 0.0, 0.0, 0.0)


def _say(line: str) -> None:
    print(f"bench: {line}", file=sys.stderr, flush=True)
