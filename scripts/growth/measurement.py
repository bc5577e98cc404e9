"""The run: what grows is measured one after the other, each on a service that was started for it (BENCH-12)."""

import secrets
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from pydantic import SecretStr

from scripts.bench import dataset, load
from scripts.bench.accounting import Family
from scripts.bench.systems import SERVICE, SYSTEMS, Surroundings, System, running
from scripts.growth import crowd, endurance, packaged, pages, searches
from scripts.growth.asking import Line, Scene
from scripts.growth.crowd import Crowd
from scripts.growth.endurance import MemorySample
from scripts.growth.pages import PageSample
from scripts.growth.searches import SearchSample


@dataclass(frozen=True)
class Extent:
    """How much is measured."""

    size: dataset.Size
    rounds: int
    """Of pages."""
    seconds: float
    """For each page in a round, and for each search."""
    requests: int
    """While memory is looked at, in runs of `run_seconds`."""
    run_seconds: int
    connections: int


SIZE: Final = dataset.Size(grown=(10, 1_000, 100_050))
"""The greatest user has a page more than 2,000: page 2,000 has a cursor behind it, as page 1 has."""

FULL: Final = Extent(SIZE, rounds=5, seconds=4, requests=1_000_000, run_seconds=30, connections=10_000)
QUICK: Final = Extent(SIZE, rounds=3, seconds=1, requests=50_000, run_seconds=10, connections=10_000)


@dataclass
class Measured:
    """Everything that a run has found."""

    pages: list[PageSample] = field(default_factory=list)
    searches: list[SearchSample] = field(default_factory=list)
    memory: list[MemorySample] = field(default_factory=list)
    crowd: list[Crowd] = field(default_factory=list)


@dataclass(frozen=True)
class _Filled:
    """A database that is filled, and what the service is given to work on it."""

    given: Surroundings
    tasks: dataset.Dataset

    @contextmanager
    def scene(self, system: System) -> Iterator[Scene]:
        """Start the service."""
        secret = self.given.secret
        token = load.signed(0, secret)
        with (
            running(system, self.given, workers=1, path="/api/user-0/tasks/1", token=token) as there,
            Line.to(there.url, secret) as line,
        ):
            yield Scene(there.url, secret, self.tasks.size, line, there.family, Family(self.tasks.postmaster))


def measure(extent: Extent, versions: Path = packaged.DEBIAN) -> Measured:
    """Measure all of it; where `versions` has a PostgreSQL with pg_trgm, searches on it too.

    Raises:
        NoResult, NotStarted, LoadFailed: there is nothing to tell.
    """
    crowd.allow_files(extent.connections)
    [deployed] = [system for system in SYSTEMS if system.name == SERVICE]
    found = Measured()
    with dataset.server() as url, _filled(url, extent) as filled:
        with filled.scene(deployed) as scene:
            _say("pages")
            found.pages = pages.measure(scene, extent.rounds, extent.seconds)
            found.searches = _searches(scene, filled, extent)
        with filled.scene(patient(deployed)) as scene:
            _say(f"{extent.connections:,} connections")
            found.crowd = [crowd.measure(scene, extent.connections)]
        with filled.scene(deployed) as scene:
            _say(f"{extent.requests:,} requests")
            tokens = load.write_tokens(filled.given.folder, extent.size, filled.given.secret)
            found.memory = endurance.measure(scene, tokens, filled.tasks, extent.requests, extent.run_seconds)
    for binaries in packaged.programs(versions):
        with TemporaryDirectory(prefix="growth-") as folder:
            server = packaged.running_server(Path(folder, "postgres"), binaries, dataset.OPTIONS)
            with server as url, _filled(url, extent) as filled, filled.scene(deployed) as scene:
                found.searches += _searches(scene, filled, extent)
    return found


def _searches(scene: Scene, filled: _Filled, extent: Extent) -> list[SearchSample]:
    _say("searches")
    return searches.measure(scene, filled.given.database_url, extent.seconds)


@contextmanager
def _filled(url: SecretStr, extent: Extent) -> Iterator[_Filled]:
    size = extent.size
    _say(f"{size.rows:,} tasks of {size.users + len(size.grown):,} users, {size.grown[-1]:,} of them of one")
    with TemporaryDirectory(prefix="growth-") as folder, dataset.seeded(url, size) as tasks:
        yield _Filled(Surroundings(url, secrets.token_urlsafe(32), Path(folder)), tasks)


def patient(deployed: System) -> System:
    """The service, but idle connections are kept for longer than it takes to open all of them."""

    def command(port: int, workers: int) -> Sequence[str]:
        return [*deployed.command(port, workers), "--timeout-keep-alive", str(crowd.IDLE_SECONDS)]

    return replace(deployed, command=command)


def _say(line: str) -> None:
    print(f"growth: {line}", file=sys.stderr, flush=True)
