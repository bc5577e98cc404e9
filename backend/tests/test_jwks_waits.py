"""Who waits for a fetch of the public keys, how long and beside how many (authentication.md, "Keys that rotate")."""

import asyncio
from collections.abc import Iterator

import pytest

from backend.auth.jwks import MAXIMUM_WAITING, Rules
from backend.server import SHUTDOWN_SECONDS
from backend.tests.key_endpoint import Endpoint, publishing
from backend.tests.test_jwks import NEVER, NEW, OLD, Clock, caching, comes_to, has, in_a_loop, wait_of


@pytest.fixture
def endpoint() -> Iterator[Endpoint]:
    """Publishes one key."""
    with publishing(OLD.jwk()) as listening:
        yield listening


@pytest.fixture
def clock() -> Clock:
    return Clock()


@in_a_loop
async def test_nobody_waits_longer_for_a_fetch_than_is_set_and_the_fetch_goes_on(
    endpoint: Endpoint, clock: Clock
) -> None:  # AUTH-60
    async with caching(endpoint, clock, longest_wait=0.05) as cache:
        with endpoint.frozen():
            assert await asyncio.gather(*(wait_of(cache, OLD.kid) for _ in range(20))) == [1] * 20
            assert await wait_of(cache, OLD.kid) == 1
        await comes_to(lambda: cache.held == 1)
        assert await has(cache, OLD.kid)
    assert len(endpoint.requests) == 1
    assert (cache.counts.unavailable, cache.counts.failed, cache.counts.fetched) == (21, 0, 1)


@in_a_loop
async def test_nobody_waits_longer_for_the_next_fetch_than_is_set(endpoint: Endpoint, clock: Clock) -> None:  # AUTH-60
    async with caching(endpoint, clock, spacing=60, longest_wait=0.05) as cache:
        cache.start()
        await comes_to(lambda: cache.held == 1)
        assert await wait_of(cache, NEVER.kid) == 60
        clock.now += 50
        assert await wait_of(cache, NEW.kid) == 10
        assert await has(cache, OLD.kid)
    assert len(endpoint.requests) == 1


def test_a_wait_ends_before_a_stop_ends_the_request() -> None:  # AUTH-60
    assert Rules(fresh=1, usable=1, patience=30, spacing=60).longest_wait <= SHUTDOWN_SECONDS - 1


@in_a_loop
async def test_a_request_that_goes_away_takes_nothing_from_the_others(
    endpoint: Endpoint, clock: Clock
) -> None:  # AUTH-46
    async with caching(endpoint, clock) as cache:
        with endpoint.frozen():
            first, second = (asyncio.create_task(has(cache, OLD.kid)) for _ in range(2))
            await comes_to(lambda: len(endpoint.requests) == 1)
            first.cancel()
            with pytest.raises(asyncio.CancelledError):
                await first
        assert await second
    assert len(endpoint.requests) == 1


@in_a_loop
async def test_so_many_requests_wait_and_no_more(endpoint: Endpoint, clock: Clock) -> None:  # AUTH-56
    async with caching(endpoint, clock) as cache:
        await cache.key(OLD.kid)
        endpoint.publish(OLD.jwk(), NEW.jwk())
        with endpoint.frozen():
            waiting = [asyncio.create_task(has(cache, NEW.kid)) for _ in range(MAXIMUM_WAITING)]
            await comes_to(lambda: len(endpoint.requests) == 2)
            assert await wait_of(cache, NEW.kid) == 1
            assert await has(cache, OLD.kid)
            waiting[0].cancel()
            with pytest.raises(asyncio.CancelledError):
                await waiting[0]
            late = asyncio.create_task(has(cache, NEW.kid))
            await asyncio.sleep(0)
        assert all(await asyncio.gather(late, *waiting[1:]))
        assert await has(cache, NEW.kid)
    assert cache.counts.unavailable == 1
