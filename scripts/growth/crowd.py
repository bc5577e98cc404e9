"""What connections cost that are open and ask nothing, and whether others are answered meanwhile (BENCH-16)."""

import resource
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Final

from scripts.growth.asking import Line, Scene, expect

SPARE: Final = 500
"""Files that a process has open beside its connections."""

QUERY: Final = "limit=1"
"""What each connection asks for."""

IDLE_SECONDS: Final = 600
"""How long an idle connection is kept here. By uvicorn's default it is 5 s, in which a slow machine opens too few."""


@dataclass(frozen=True)
class Crowd:
    """The service's memory in megabytes, by what was connected."""

    connections: int
    before: float
    meanwhile: float
    afterwards: float


def allow_files(connections: int) -> None:
    """Let this process, and the service that it starts, have so many connections.

    Raises:
        NoResult: the machine does not allow it.
    """
    needed = connections + SPARE
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    allowed = needed if hard == resource.RLIM_INFINITY else hard
    expect(
        allowed >= needed, f"{connections:,} connections: {needed:,} open files are needed, and {hard:,} are allowed"
    )
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, needed), hard))


def measure(scene: Scene, connections: int) -> Crowd:
    """Open so many connections, ask one thing on each, wait, and close them.

    Raises:
        NoResult: a connection was refused, broken or closed, or a request beside them was not answered.
    """
    users, service = [f"user-{number}" for number in range(scene.size.users)], scene.service
    for user in users[:100]:  # what a service has once it has answered at all
        scene.line.tasks(user, QUERY)
    before = service.memory()
    with _connected(scene, users, connections) as crowd:
        with Line.to(scene.url, scene.secret) as late:
            late.tasks(users[0], QUERY)
        meanwhile = service.memory()
        closed = sum(each.is_closed() for each in crowd)
        expect(not closed, f"{closed:,} of {connections:,} connections were closed")
        crowd[0].tasks(users[0], QUERY)
    with Line.to(scene.url, scene.secret) as last:
        last.tasks(users[0], QUERY)
    return Crowd(connections, *(each / 2**20 for each in (before, meanwhile, service.memory())))


@contextmanager
def _connected(scene: Scene, users: Sequence[str], connections: int) -> Iterator[Sequence[Line]]:
    with ExitStack() as stack:
        crowd = [stack.enter_context(Line.to(scene.url, scene.secret)) for _ in range(connections)]
        for number, each in enumerate(crowd):
            each.tasks(users[number % len(users)], QUERY)
        yield crowd
