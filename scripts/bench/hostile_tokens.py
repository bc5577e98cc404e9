"""`make bench-tokens`: what a hostile token costs beside a good one (AUTH-98).

Every token of `scripts/hostile/table.py` is verified many times in one thread, whose CPU time is what counts; the
fastest of several rounds, for whatever else a machine does only adds. Nothing is remembered, but for a second look at
the good ones (decisions/0070). Tokens that make the verifier fetch keys are told
apart: such fetches begin at least `AUTH_JWKS_MIN_REFRESH_SECONDS` apart, however many tokens ask for them.
"""

import argparse
import asyncio
import statistics
import sys
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Final

from backend.auth import Verifier
from backend.errors import Unauthenticated
from scripts.hostile.endpoint import Endpoint, published
from scripts.hostile.issuer import ALGORITHMS
from scripts.hostile.table import SUBJECTS, good, knowing

WORST: Final = 10

ROUNDS: Final = 5


class UnexpectedVerdict(Exception):
    """A good token was refused, or a hostile one let in."""


@dataclass(frozen=True)
class Cost:
    """CPU microseconds for one verification, its checks of a signature, and whether it had to wait for a fetch."""

    name: str
    microseconds: float
    checks: int = 1
    fetched: bool = False


async def cost(verifier: Verifier, endpoint: Endpoint, name: str, token: str, *, times: int, user: str | None) -> Cost:
    """Verify a token so many times in each round.

    Raises:
        UnexpectedVerdict: it names somebody else than `user`.
    """
    values = [f"Bearer {token}".encode("utf-8", "surrogatepass").decode("latin-1")]  # as a server hands bytes on
    asked, checked = endpoint.asked.total(), verifier.signature_checks
    if await _user(verifier, values) != user:
        raise UnexpectedVerdict(name)
    fetched, checks = endpoint.asked.total() > asked, verifier.signature_checks - checked
    rounds = []
    for _ in range(1 if fetched else ROUNDS):
        before = time.thread_time()
        for _ in range(times):
            await _user(verifier, values)
        rounds.append((time.thread_time() - before) / times * 1e6)
    return Cost(name, min(rounds), checks, fetched)


async def measure(subjects: Sequence[str], *, times: int) -> tuple[list[Cost], list[Cost], list[Cost]]:
    """The costs of the good tokens, one for each algorithm, again while remembered, and of hostile ones by subject."""
    with published() as endpoint:
        verifier, remembering = Verifier(knowing(endpoint), remembers=0), Verifier(knowing(endpoint))
        try:
            tokens = good(endpoint.issuer)
            kept, again = [
                [await cost(asked, endpoint, name, tokens[name], times=times, user="alice") for name in ALGORITHMS]
                for asked in (verifier, remembering)
            ]
            hostile = [named for subject in subjects for named in SUBJECTS[subject](endpoint.issuer)]
            refused = [await cost(verifier, endpoint, name, token, times=times, user=None) for name, token in hostile]
        finally:
            await verifier.close()
            await remembering.close()
    return kept, again, refused


def told(kept: Sequence[Cost], again: Sequence[Cost], refused: Sequence[Cost]) -> list[str]:
    """Write what was found in lines: good tokens, twice, the most expensive hostile ones with their ratio, the rest."""
    highest = max(cost.microseconds for cost in kept)
    local = sorted((cost for cost in refused if not cost.fetched), key=lambda cost: cost.microseconds, reverse=True)
    lines = [f"good    {cost.microseconds:7.1f} us        {cost.name}" for cost in kept]
    lines += [f"again   {cost.microseconds:7.1f} us        {cost.name}" for cost in again]
    for cost in local[:WORST]:
        ratio = cost.microseconds / highest
        lines.append(f"hostile {cost.microseconds:7.1f} us  {ratio:.2f}  {cost.name}")
    unchecked = [cost for cost in local if not cost.checks]
    fetching = [cost for cost in refused if cost.fetched]
    return [
        *lines,
        f"ratios are to the most expensive good token; {len(local)} hostile ones, {_spread(local)}",
        f"{len(unchecked)} of them without a check of a signature, {_spread(unchecked)}",
        f"{len(fetching)} more name an unknown key and wait for a fetch that they share, {_spread(fetching)}",
    ]


def _spread(costs: Sequence[Cost]) -> str:
    if not costs:
        return "at no cost"
    several = [cost.microseconds for cost in costs]
    return f"median {statistics.median(several):.1f} us, at most {max(several):.1f} us"


async def _user(verifier: Verifier, values: Sequence[str]) -> str | None:
    try:
        return (await verifier.verify(values)).id
    except Unauthenticated:
        return None


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print; nothing fails where a token is expensive."""
    parser = argparse.ArgumentParser(prog="hostile_tokens", description="Measure what hostile tokens cost.")
    parser.add_argument("--times", type=int, default=50, help="each token, in each of five rounds")
    parser.add_argument("--subject", action="append", choices=SUBJECTS, help="only of this one; may be repeated")
    given = parser.parse_args(arguments)
    # Where httpx fetches, coverage on Python 3.11 loses sight of the frames around the event loop: in a thread they are
    # none of ours.
    with ThreadPoolExecutor(1) as apart:
        found = apart.submit(asyncio.run, measure(given.subject or list(SUBJECTS), times=given.times)).result()
    for line in told(*found):
        print(line)
    return 0


if __name__ == "__main__":
    sys.exit(main())
