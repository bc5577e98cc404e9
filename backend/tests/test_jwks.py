"""The public keys are fetched, kept, and fetched again (specs/features/authentication.md, "Keys that rotate")."""

import asyncio
import functools
import gzip
import json
import logging
import time
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from contextlib import asynccontextmanager
from typing import ParamSpec

import pytest

from backend.auth.jwks import KeyCache, Rules
from backend.errors import Unavailable
from backend.tests.key_endpoint import Endpoint, publishing
from backend.tests.signers import ALGORITHMS, signer
from backend.tests.waiting import until
from scripts.hostile.endpoint import Answer, Write, http

OLD, NEW, NEVER = (signer("EdDSA", number) for number in (1, 2, 3))
SET = json.dumps({"keys": [NEW.jwk()]}).encode()
RULES = {"fresh": 300.0, "usable": 86_400.0, "patience": 30.0, "spacing": 0.05, "longest_wait": 30.0}

P = ParamSpec("P")


def in_a_loop(scenario: Callable[P, Coroutine[None, None, None]]) -> Callable[P, None]:
    """A test that runs in an event loop of its own."""

    @functools.wraps(scenario)
    def run(*args: P.args, **kwargs: P.kwargs) -> None:
        asyncio.run(scenario(*args, **kwargs))

    return run


class Clock:
    """Tells the seconds that it is told."""

    def __init__(self) -> None:
        self.now = 1_000.0

    def __call__(self) -> float:
        """The clock of a cache."""
        return self.now


@pytest.fixture
def endpoint() -> Iterator[Endpoint]:
    """Publishes one key."""
    with publishing(OLD.jwk()) as listening:
        yield listening


@pytest.fixture
def clock() -> Clock:
    return Clock()


@asynccontextmanager
async def caching(endpoint: Endpoint, clock: Callable[[], float], **rules: float) -> AsyncIterator[KeyCache]:
    cache = KeyCache(endpoint.url, Rules(**(RULES | rules)), clock=clock)
    try:
        yield cache
    finally:
        await cache.close()


async def has(cache: KeyCache, kid: str) -> bool:
    return await cache.key(kid) is not None


async def comes_to(holds: Callable[[], bool]) -> None:
    assert await asyncio.to_thread(until, holds)


async def wait_of(cache: KeyCache, kid: str) -> int:
    """The seconds that a request is told to wait, which is how it is refused."""
    with pytest.raises(Unavailable) as refused:
        await cache.key(kid)
    return int(refused.value.headers["Retry-After"])


@in_a_loop
async def test_the_start_waits_for_nothing_and_the_first_token_finds_its_key(
    endpoint: Endpoint, clock: Clock
) -> None:  # AUTH-40
    async with caching(endpoint, clock) as cache:
        with endpoint.frozen():
            cache.start()
            await comes_to(lambda: len(endpoint.requests) == 1)
        await comes_to(lambda: cache.held == 1)
        assert await has(cache, OLD.kid)
    assert len(endpoint.requests) == 1
    assert (cache.counts.fresh, cache.counts.waited) == (1, 0)


@in_a_loop
async def test_a_key_is_fetched_once_for_as_long_as_it_is_fresh(endpoint: Endpoint, clock: Clock) -> None:  # AUTH-41
    async with caching(endpoint, clock) as cache:
        assert all(await asyncio.gather(*(has(cache, OLD.kid) for _ in range(50))))
        clock.now += 299.9
        assert all([await has(cache, OLD.kid) for _ in range(50)])
    assert len(endpoint.requests) == 1
    assert (cache.counts.waited, cache.counts.fresh) == (50, 50)


@in_a_loop
async def test_a_known_fresh_key_is_had_without_a_turn_of_the_loop(endpoint: Endpoint, clock: Clock) -> None:  # AUTH-41
    async with caching(endpoint, clock) as cache:
        await cache.key(OLD.kid)
        asking = cache.key(OLD.kid)
        with pytest.raises(StopIteration) as ended:
            asking.send(None)
        assert ended.value.value is not None


@in_a_loop
async def test_a_stale_key_is_served_while_one_fetch_runs(endpoint: Endpoint, clock: Clock) -> None:  # AUTH-42
    async with caching(endpoint, clock) as cache:
        await cache.key(OLD.kid)
        clock.now += 300
        with endpoint.frozen():
            assert all([await has(cache, OLD.kid) for _ in range(50)])
            await comes_to(lambda: len(endpoint.requests) == 2)
            assert all([await has(cache, OLD.kid) for _ in range(50)])
        await comes_to(lambda: cache.counts.fetched == 2)
        assert await has(cache, OLD.kid)
    assert len(endpoint.requests) == 2
    assert (cache.counts.stale, cache.counts.fresh) == (100, 1)


@in_a_loop
async def test_tokens_of_a_new_key_share_the_fetch_that_brings_it(endpoint: Endpoint, clock: Clock) -> None:  # AUTH-43
    async with caching(endpoint, clock) as cache:
        await cache.key(OLD.kid)
        endpoint.publish(OLD.jwk(), NEW.jwk())
        assert all(await asyncio.gather(*(has(cache, NEW.kid) for _ in range(200))))
    assert len(endpoint.requests) == 2


@in_a_loop
async def test_a_key_that_a_running_fetch_brings_needs_no_other(endpoint: Endpoint, clock: Clock) -> None:  # AUTH-43
    async with caching(endpoint, clock) as cache:
        with endpoint.frozen():
            cache.start()
            await comes_to(lambda: len(endpoint.requests) == 1)
            late = [asyncio.create_task(has(cache, OLD.kid)) for _ in range(10)]
            await asyncio.sleep(0)
        assert all(await asyncio.gather(*late))
    assert len(endpoint.requests) == 1


@in_a_loop
async def test_what_a_fetch_said_that_began_too_early_decides_nothing(
    endpoint: Endpoint, clock: Clock
) -> None:  # AUTH-43
    async with caching(endpoint, clock) as cache:
        with endpoint.frozen():
            cache.start()
            await comes_to(lambda: len(endpoint.requests) == 1)
            endpoint.publish(NEW.jwk())  # the running fetch will not tell of it
            late = [asyncio.create_task(has(cache, NEW.kid)) for _ in range(10)]
            await asyncio.sleep(0)
        assert all(await asyncio.gather(*late))
    assert len(endpoint.requests) == 2


@in_a_loop
async def test_a_key_that_the_endpoint_does_not_have_is_none(endpoint: Endpoint, clock: Clock) -> None:  # AUTH-44
    async with caching(endpoint, clock) as cache:
        await cache.key(OLD.kid)
        assert await asyncio.gather(*(cache.key(f"{NEVER.kid}{n}") for n in range(200))) == [None] * 200
    assert len(endpoint.requests) == 2
    assert cache.counts.unknown == 200


@in_a_loop
async def test_made_up_kids_make_fetches_no_closer_together_than_is_set(endpoint: Endpoint) -> None:  # AUTH-45
    async with caching(endpoint, time.monotonic, spacing=0.1) as cache:
        began = time.monotonic()
        for n in range(4):
            assert not await has(cache, f"{NEVER.kid}{n}")
        # A timer of the loop may be early by the resolution of its clock.
        assert time.monotonic() - began >= 0.29
    assert len(endpoint.requests) == 4


@in_a_loop
async def test_a_key_that_is_published_no_more_counts_no_more(endpoint: Endpoint, clock: Clock) -> None:  # AUTH-47
    async with caching(endpoint, clock) as cache:
        await cache.key(OLD.kid)
        endpoint.publish(NEW.jwk())
        clock.now += 300
        assert await has(cache, OLD.kid)  # the fetch is running
        await comes_to(lambda: cache.counts.fetched == 2)
        assert not await has(cache, OLD.kid)
        assert await has(cache, NEW.kid)


@in_a_loop
async def test_an_endpoint_that_is_down_is_asked_ever_less_and_nobody_waits_meanwhile(
    endpoint: Endpoint, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:  # AUTH-48, AUTH-49, AUTH-52
    endpoint.answer = http(b"hunter2", "500 hunter2")
    with caplog.at_level(logging.INFO, "backend"):
        async with caching(endpoint, clock) as cache:
            for tries, pause in enumerate((2, 4, 8, 16, 32, 60, 60), 1):
                assert await wait_of(cache, OLD.kid) == pause
                clock.now += pause - 0.5
                assert await wait_of(cache, OLD.kid) == 1
                assert len(endpoint.requests) == tries
                clock.now += 0.5
            endpoint.publish(OLD.jwk())
            assert await has(cache, OLD.kid)
            endpoint.answer = http(b"hunter2")
            assert await wait_of(cache, NEW.kid) == 2  # from the first again
    told = [(record.levelname, record.__dict__["fields"]) for record in caplog.records if "backend" in record.name]
    assert told == [
        ("WARNING", {"reason": "the status is 500"}),
        ("INFO", {"keys": 1}),
        ("WARNING", {"reason": "the answer is not strict JSON"}),
    ]
    assert (cache.counts.failed, cache.counts.fetched) == (8, 1)


@in_a_loop
async def test_keys_are_used_for_a_day_while_no_others_can_be_had(endpoint: Endpoint, clock: Clock) -> None:  # AUTH-48
    async with caching(endpoint, clock) as cache:
        await cache.key(OLD.kid)
        endpoint.answer = http(status="503 Service Unavailable")
        clock.now += 300
        assert await has(cache, OLD.kid)
        await comes_to(lambda: cache.counts.failed == 1)
        assert all([await has(cache, OLD.kid) for _ in range(50)])
        assert len(endpoint.requests) == 2  # none while it is left alone
        assert await wait_of(cache, NEW.kid) == 2
        clock.now += 86_400 - 300 - 0.1
        assert await has(cache, OLD.kid)
        await comes_to(lambda: cache.counts.failed == 2)
        clock.now += 0.1
        assert await wait_of(cache, OLD.kid) == 4
        clock.now += 60
        endpoint.publish(OLD.jwk())
        assert await has(cache, OLD.kid)


def dripping(write: Write) -> None:
    """Sends byte for byte, each long before anybody would give up."""
    http(b"", length=10**9)(write)
    while True:
        write(b" ")
        time.sleep(0.005)


def endless(write: Write) -> None:
    http(b"", length=10**9)(write)
    while True:
        write(b" " * 65_536)


def silence(_write: Write) -> None:
    """Hangs up."""


NO_KEYS: dict[str, Answer] = {
    "an error": http(SET, "500 Internal Server Error"),
    "nothing there": http(SET, "404 Not Found"),
    "no content": http(b"", "204 No Content"),
    "a part": http(SET, "206 Partial Content"),
    "a redirect": http(SET, "302 Found", ["Location: /elsewhere"]),
    "a lasting redirect": http(SET, "308 Permanent Redirect", ["Location: /elsewhere"]),
    "nothing": http(b""),
    "a page": http(b"<!doctype html>", headers=["Content-Type: text/html"]),
    "an empty set": http(b'{"keys": []}'),
    "a set of secrets": http(b'{"keys": [{"kty": "oct", "kid": "1", "k": "AAAA"}]}'),
    "a set of 257 keys": http(json.dumps({"keys": [NEW.jwk(kid=str(n)) for n in range(257)]}).encode()),
    "a byte too many": http(SET + b" " * (262_145 - len(SET))),
    "an end that never comes": endless,
    "a compressed set": http(gzip.compress(SET), headers=["Content-Encoding: gzip"]),
    "a set cut short": http(SET[:40]),
    "less than was announced": http(SET, length=len(SET) + 1),
    "no HTTP": lambda write: write(b"hunter2\r\n\r\n"),
    "a closed connection": silence,
}


@pytest.mark.parametrize("answer", NO_KEYS.values(), ids=NO_KEYS)
@in_a_loop
async def test_what_brings_no_keys_is_a_failure_and_replaces_none(
    endpoint: Endpoint, clock: Clock, answer: Answer
) -> None:  # AUTH-48, AUTH-50, AUTH-51
    async with caching(endpoint, clock) as cache:
        await cache.key(OLD.kid)
        clock.now += 300
        endpoint.answer = answer
        assert await wait_of(cache, NEW.kid) == 2
        assert await has(cache, OLD.kid)
    assert endpoint.paths == ["/api/auth/jwks"] * 2
    assert (cache.counts.failed, cache.held) == (1, 1)


@pytest.mark.parametrize("answer", [dripping, None], ids=["slow", "frozen"])
@in_a_loop
async def test_a_fetch_that_has_not_ended_in_time_is_a_failure(
    endpoint: Endpoint, clock: Clock, answer: Answer | None
) -> None:  # AUTH-48, AUTH-50
    async with caching(endpoint, clock, patience=0.1) as cache:
        if answer is not None:
            endpoint.answer = answer
            assert await wait_of(cache, NEW.kid) == 2
        else:
            with endpoint.frozen():
                assert await wait_of(cache, NEW.kid) == 2


@in_a_loop
async def test_a_set_of_256_kib_is_taken(endpoint: Endpoint, clock: Clock) -> None:  # AUTH-50
    endpoint.answer = http(SET + b" " * (262_144 - len(SET)))
    async with caching(endpoint, clock) as cache:
        assert await has(cache, NEW.kid)


@pytest.mark.parametrize("algorithm", ALGORITHMS)
@in_a_loop
async def test_a_set_of_256_keys_of_any_algorithm_is_taken(
    endpoint: Endpoint, clock: Clock, algorithm: str
) -> None:  # AUTH-50
    key = signer(algorithm)
    endpoint.publish(*(key.jwk(kid=f"{number:032}") for number in range(256)))
    async with caching(endpoint, clock) as cache:
        assert await has(cache, f"{255:032}")
        assert cache.held == 256


@in_a_loop
async def test_nobody_listening_is_a_failure(clock: Clock) -> None:  # AUTH-48
    with publishing() as closed:
        pass
    async with caching(closed, clock) as cache:
        assert await wait_of(cache, OLD.kid) == 2


@in_a_loop
async def test_a_stop_ends_the_fetch_and_whoever_waits_is_told_that_there_is_no_answer(
    endpoint: Endpoint, clock: Clock
) -> None:  # AUTH-48
    with endpoint.frozen():
        async with caching(endpoint, clock) as cache:
            waiting = asyncio.create_task(wait_of(cache, OLD.kid))
            await comes_to(lambda: len(endpoint.requests) == 1)
        assert await waiting == 1
    assert len(asyncio.all_tasks()) == 1


@in_a_loop
async def test_the_age_of_keys_is_counted_from_the_beginning_of_their_fetch(
    endpoint: Endpoint, clock: Clock
) -> None:  # AUTH-57
    async with caching(endpoint, clock) as cache:
        with endpoint.frozen():
            cache.start()
            await comes_to(lambda: len(endpoint.requests) == 1)
            clock.now += 299
        await comes_to(lambda: cache.held == 1)
        assert await has(cache, OLD.kid)
        clock.now += 1
        assert await has(cache, OLD.kid)
        await comes_to(lambda: cache.counts.fetched == 2)
    assert (cache.counts.fresh, cache.counts.stale) == (1, 1)
