"""Buckets in memory, asked directly and by a clock of our own (specs/features/rate-limits.md, stores)."""

import asyncio

import pytest

from backend.buckets import ROUNDING, Ask, Buckets, MemoryBuckets, Policy
from backend.tests.test_limits import Clock

KEPT = 100_000
ALMOST = (0.0, ROUNDING / 2, ROUNDING)
"""By how much a bucket may lack the one request that it has left."""


async def crowd(buckets: Buckets, policy: Policy) -> None:
    """Lets twenty take from alice's bucket, which holds one request but for rounding."""
    levels = await asyncio.gather(*(buckets.ask(b"alice", policy, Ask.TAKE) for _ in range(20)))
    assert all(levels), "no answer is taken for an outage"
    told = [level for level in levels if level]
    assert sorted(level.is_refused for level in told) == [False] + [True] * 19
    assert {level.headers[1][1].partition(b";t=")[0] for level in told} == {b'"user";r=0'}
    assert all(1 <= level.wait <= policy.seconds for level in told)


@pytest.mark.parametrize("lack", ALMOST)
def test_of_a_crowd_one_passes_where_there_is_one_request_but_for_rounding(lack: float) -> None:  # LIMIT-22
    policy = Policy("user", 5, 5)
    clock = Clock()
    clock.now = 0.0  # where its sums are exact
    buckets = MemoryBuckets(clock=clock)

    async def flood() -> None:
        for _ in range(5):
            await buckets.ask(b"alice", policy, Ask.TAKE)
        clock.now += 1 - lack
        await crowd(buckets, policy)

    asyncio.run(flood())


def test_in_memory_the_buckets_that_were_charged_longest_ago_are_forgotten() -> None:  # LIMIT-17
    buckets = MemoryBuckets(clock=lambda: 0.0)
    policies = Policy("address", 10, 60), Policy("user", 10, 60)

    async def taken(key: int, policy: Policy = policies[0], what: Ask = Ask.LOOK) -> float:
        level = await buckets.ask(key.to_bytes(16), policy, what)
        assert level
        return level.taken

    async def attack() -> None:
        await taken(0, policies[1], Ask.TAKE)
        for key in range(KEPT):
            await taken(key, what=Ask.TAKE)
        await taken(3, what=Ask.TAKE)  # whoever comes again was not charged longest ago any more
        assert [await taken(key) for key in (0, 3, KEPT - 1)] == [1, 2, 1]
        for key in range(KEPT, KEPT + 10):
            await taken(key, what=Ask.TAKE)
        assert [await taken(key) for key in (0, 2, 3, 4, 10, 11, KEPT + 9)] == [0, 0, 2, 0, 0, 1, 1]
        assert await taken(0, policies[1]) == 1, "addresses make nobody forget a user"

    asyncio.run(attack())


def test_full_buckets_go_before_there_are_too_many() -> None:  # LIMIT-17
    clock = Clock()
    buckets = MemoryBuckets(most=100, clock=clock)
    policy = Policy("address", 10, 60)

    async def live() -> None:
        for key in range(5, 1_000):
            clock.now += 1
            level = await buckets.ask(key.to_bytes(16), policy, Ask.TAKE)
            assert level
            assert level.taken == 1
            # Full after 6 seconds: what was charged within them is still known.
            known = [
                await buckets.ask(earlier.to_bytes(16), policy, Ask.LOOK) for earlier in range(max(5, key - 5), key)
            ]
            assert all(each and each.taken > 0 for each in known)

    asyncio.run(live())
