"""Token buckets: their arithmetic, and where their levels are kept (specs/features/rate-limits.md, decisions/0039).

A bucket holds so many requests and is refilled evenly. Kept of it are how many are taken and when that was so; one that
is full is not kept at all.
"""

import math
import time
from collections import OrderedDict, defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from enum import IntEnum
from functools import cached_property
from itertools import islice
from typing import Final, Protocol

ROUNDING: Final = 1e-6
"""Of a request, or of a second: what sums of floats may be off."""


class Ask(IntEnum):
    """What is asked of a bucket, as what it takes."""

    LOOK = 0
    TAKE = 1
    GIVE_BACK = -1


@dataclass(frozen=True)
class Policy:
    """A kind of bucket: its name, how many requests it holds, in how many seconds it is refilled."""

    name: str
    requests: int
    seconds: int

    @cached_property
    def header(self) -> tuple[bytes, bytes]:
        """The same for all of its buckets (draft-ietf-httpapi-ratelimit-headers-11, section 3)."""
        return b"ratelimit-policy", f'"{self.name}";q={self.requests};w={self.seconds}'.encode("ascii")


@dataclass(slots=True)  # not frozen: each request makes two, and one would take twice as long
class Level:
    """What a bucket answers.

    Attributes:
        policy: the kind of bucket.
        taken: requests that are missing from it, after what was asked was done.
        is_refused: it had not one left, and nothing was done.
    """

    policy: Policy
    taken: float
    is_refused: bool = False

    @property
    def wait(self) -> int:
        """Whole seconds until there is one more request, at least 1."""
        return self._left_and_wait()[1]

    @property
    def headers(self) -> tuple[tuple[bytes, bytes], ...]:
        """What an answer says of it (draft-ietf-httpapi-ratelimit-headers-11, sections 3 and 4)."""
        left, wait = self._left_and_wait()
        return self.policy.header, (b"ratelimit", b'"%b";r=%d;t=%d' % (self.policy.name.encode("ascii"), left, wait))

    def _left_and_wait(self) -> tuple[int, int]:
        """Whole requests that can be made now, and seconds until there is one more."""
        policy = self.policy
        left = int(policy.requests - self.taken + ROUNDING)
        missing = self.taken - (policy.requests - left - 1)
        return left, math.ceil(missing * policy.seconds / policy.requests - ROUNDING) or 1


class Buckets(Protocol):
    """Where levels are kept."""

    def is_full(self, key: bytes, policy: Policy) -> bool:
        """Whether it is known without asking that nothing is taken from it."""
        ...

    async def ask(self, key: bytes, policy: Policy, what: Ask) -> Level | None:
        """Does it, unless the bucket `key` is empty; `None` while nobody knows."""
        ...

    async def close(self) -> None:
        """Lets go of what is held."""
        ...


class MemoryBuckets:
    """Levels in this process, at most `most` of each policy."""

    def __init__(self, *, most: int = 100_000, clock: Callable[[], float] = time.monotonic) -> None:
        """`clock` tells seconds from any start. 100,000 buckets were measured to take 30 MB."""
        self._most = most
        self._clock = clock
        # A dict looks at the holes of all that has gone before it finds its first.
        self._kept: defaultdict[str, OrderedDict[bytes, tuple[float, float]]] = defaultdict(OrderedDict)

    def is_full(self, key: bytes, policy: Policy) -> bool:
        """Whether nothing is kept of it: so it is with nearly all addresses, and each request looks."""
        return key not in self._kept[policy.name]

    async def ask(self, key: bytes, policy: Policy, what: Ask) -> Level | None:
        """Does it, unless the bucket `key` is empty. Nothing else runs meanwhile."""
        kept = self._kept[policy.name]
        now = self._clock()
        known = kept.get(key)
        taken = 0.0
        if known is not None:
            taken = known[0] - (now - known[1]) * policy.requests / policy.seconds
            taken = taken if taken > 0 else 0.0
        if taken + 1 > policy.requests + ROUNDING and what >= 0:
            return Level(policy, taken, is_refused=True)
        if what:
            taken += what
            if taken > policy.requests:  # by rounding it may let one in that it lacks a bit of
                taken = policy.requests
            elif taken < 0:
                taken = 0.0
            if known is None:
                self._make_room(kept, policy, now)
            else:
                kept.move_to_end(key)  # the order is that of the last charge
            kept[key] = (taken, now)
        return Level(policy, taken)

    async def close(self) -> None:
        """Nothing is held."""

    def _make_room(self, kept: OrderedDict[bytes, tuple[float, float]], policy: Policy, now: float) -> None:
        """Forgets, of the two that were charged longest ago, what is full by now, and one more if there are too many.

        Two for each that comes: so what is full goes faster than new ones come, and no request pays for a sweep.
        """
        for key, (taken, at) in list(islice(kept.items(), 2)):
            if (now - at) * policy.requests >= taken * policy.seconds:
                del kept[key]
        if len(kept) >= self._most:
            del kept[next(iter(kept))]
