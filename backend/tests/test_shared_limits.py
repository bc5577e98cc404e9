"""Rate limits that processes share in a real Redis, and what becomes of them without it (rate-limits.md, stores)."""

import asyncio
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI
from pydantic import SecretStr
from starlette.responses import Response

from backend import edge
from backend.buckets import Ask, Level, Policy
from backend.limits import Limiter
from backend.settings import Quota, Settings
from backend.shared_buckets import SharedBuckets
from backend.tests.around import ask
from backend.tests.client import Client
from backend.tests.conftest import LogLines, Service
from backend.tests.redis_server import RedisServer, peer, redis_server
from backend.tests.server_processes import serving
from backend.tests.test_limits import Clock, is_silent, refused, said

USER = Quota(4, 20)
ADDRESS = Quota(3, 30)
LATE = 0.125
"""Seconds that Redis has to answer."""
PAUSE = 2
"""Seconds for which Redis is left alone."""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisServer]:
    with redis_server(tmp_path_factory.mktemp("redis")) as running:
        yield running


@pytest.fixture
def store(server: RedisServer) -> RedisServer:
    """The server, with nothing stored in it."""
    with server.client() as client:
        client.flushall()
    return server


@pytest.fixture
def clock() -> Clock:
    return Clock()


@contextmanager
def sharing(service: Service, url: str, clock: Clock, user: Quota = USER) -> Iterator[Service]:
    with service.variant(
        clock=clock, rate_limit_user=user, rate_limit_address=ADDRESS, redis_url=SecretStr(url)
    ) as variant:
        yield variant


@pytest.fixture
def limited(service: Service, store: RedisServer, clock: Clock) -> Iterator[Service]:
    """The service with both limits in Redis; its own clock stands still unless a test moves it."""
    with sharing(service, store.url, clock) as variant:
        yield variant


def let_pass(store: RedisServer, seconds: float) -> None:
    """Lets the buckets be older, as if the clock of Redis had gone on."""
    with store.client() as client:
        for key in client.scan_iter():
            client.hincrby(key, "at", -round(seconds * 1_000_000))


def warnings(lines: LogLines) -> list[str]:
    return [line["message"] for line in lines() if line["logger"] == "backend.shared_buckets"]


def test_a_burst_passes_then_requests_pass_as_the_bucket_is_refilled(
    limited: Service, store: RedisServer
) -> None:  # LIMIT-1, LIMIT-5, LIMIT-9, LIMIT-10
    with limited.client("alice") as alice:
        burst = [alice.get(alice.tasks) for _ in range(4)]
        assert [response.status_code for response in burst] == [200] * 4
        assert [said(response)[:4] for response in burst] == [("user", 4, 20, rest) for rest in (3, 2, 1, 0)]
        assert refused(alice.get(alice.tasks)) in {4, 5}
        let_pass(store, 12)
        assert said(alice.get(alice.tasks))[3] == 1
        let_pass(store, 1_000)
        assert said(alice.get(alice.tasks)) == ("user", 4, 20, 3, 5)


def test_after_retry_after_by_the_real_clock_one_request_passes(
    service: Service, store: RedisServer, clock: Clock
) -> None:  # LIMIT-10, LIMIT-19
    with sharing(service, store.url, clock, Quota(1, 2)) as variant, variant.client("alice") as alice:
        assert alice.get(alice.tasks).status_code == 200
        wait = refused(alice.get(alice.tasks))
        time.sleep(wait)
        assert alice.get(alice.tasks).status_code == 200


def test_failures_are_charged_to_the_address(limited: Service, store: RedisServer) -> None:  # LIMIT-3, LIMIT-4
    with limited.client("alice") as alice, limited.client("") as nobody:
        assert said(alice.get(alice.tasks))[0] == "user"
        failures = [nobody.get("/api/alice/tasks") for _ in range(3)]
        assert [said(failure)[:4] for failure in failures] == [("address", 3, 30, rest) for rest in (2, 1, 0)]
        for client in (nobody, alice):
            assert said(client.get("/api/alice/tasks"))[0] == "address"
        let_pass(store, 10)
        assert alice.get(alice.tasks).status_code == 200


def test_guesses_that_arrive_together_are_no_more_than_the_bucket_held(limited: Service) -> None:  # LIMIT-4
    with ThreadPoolExecutor(20) as several, limited.client("") as nobody:
        answers = list(several.map(nobody.get, ["/api/alice/tasks"] * 40))
    assert Counter(answer.status_code for answer in answers) == {401: 3, 429: 37}


def test_redis_learns_no_user_and_no_address_and_forgets_them_when_they_are_full(
    limited: Service, store: RedisServer
) -> None:  # LIMIT-19
    with limited.client("alice") as alice, limited.client("") as nobody:
        alice.get(alice.tasks)
        nobody.get(alice.tasks)
        with store.client() as client:
            stored = {key: (client.hgetall(key), client.pttl(key)) for key in client.scan_iter()}
    assert {key.rpartition(":")[0] for key in stored} == {"{task-api:limits}:user", "{task-api:limits}:address"}
    assert not [key for key in stored if "alice" in key or "127.0.0.1" in key]
    for key, (fields, left) in stored.items():
        assert set(fields) == {"taken", "at"}
        assert 0 < left <= (5_001 if "user" in key else 10_001)


def test_the_keys_are_others_with_another_secret(limited: Service, store: RedisServer) -> None:  # LIMIT-19
    with limited.client("") as nobody:
        nobody.get("/api/alice/tasks")
    with limited.variant(better_auth_secret=SecretStr("o" * 32)) as other, other.client("") as nobody:
        assert said(nobody.get("/api/alice/tasks"))[3] == 2
    with store.client() as client:
        assert len(client.keys()) == 2


def listed(client: Client) -> httpx.Response:
    return client.get(client.tasks)


def test_two_processes_let_through_exactly_the_quota(
    service: Service, store: RedisServer, tmp_path: Path
) -> None:  # LIMIT-18
    limits = {"RATE_LIMIT_USER": "20/3600", "RATE_LIMIT_ADDRESS": "10/3600", "REDIS_URL": store.url}
    with (
        serving(service.database_url, tmp_path, variables=limits) as servers,
        servers.clients("alice") as valid,
        ThreadPoolExecutor(10) as several,
        ExitStack() as stack,
    ):
        forged = [stack.enter_context(Client(url, user="alice", token="x.y.z")) for url in servers.urls]
        for clients, expected in ((valid, {200: 20, 429: 20}), (forged, {401: 10, 429: 30})):
            answers = list(several.map(listed, clients * 20))
            assert Counter(answer.status_code for answer in answers) == expected
            let_in = {answer.url.port for answer in answers if answer.status_code != 429}
            assert let_in == {client.base_url.port for client in clients}, "both have let some through"


def test_when_redis_dies_requests_pass_and_when_it_is_back_limits_hold_again(
    service: Service, clock: Clock, log_lines: LogLines, tmp_path: Path
) -> None:  # LIMIT-20, LIMIT-21
    with (
        redis_server(tmp_path) as mortal,
        sharing(service, mortal.url, clock) as limited,
        limited.client("alice") as alice,
        limited.client("") as nobody,
    ):
        for _ in range(4):
            alice.get(alice.tasks)
        assert refused(alice.get(alice.tasks))
        mortal.kill()
        for _ in range(10):
            answers = alice.get(alice.tasks), nobody.get(alice.tasks)
            assert [answer.status_code for answer in answers] == [200, 401]
            assert all(is_silent(answer) for answer in answers)
            clock.now += PAUSE / 2
        assert warnings(log_lines) == ["rate limits are off: Redis does not answer"]
        mortal.start()
        clock.now += PAUSE
        assert [said(alice.get(alice.tasks))[3] for _ in range(4)] == [3, 2, 1, 0]
        assert refused(alice.get(alice.tasks))
        assert warnings(log_lines)[1:] == ["rate limits are on again: Redis answers"]
        mortal.kill()
        assert alice.get(alice.tasks).status_code == 200
        assert len(warnings(log_lines)) == 3
        mortal.start()


def test_a_redis_that_starts_anew_between_two_requests_costs_none_of_them(
    service: Service, clock: Clock, log_lines: LogLines, tmp_path: Path
) -> None:  # LIMIT-21
    with (
        redis_server(tmp_path) as mortal,
        sharing(service, mortal.url, clock) as limited,
        limited.client("alice") as alice,
    ):
        assert said(alice.get(alice.tasks))[3] == 3
        mortal.kill()
        mortal.start()
        assert said(alice.get(alice.tasks))[3] == 3
        assert warnings(log_lines) == []


def test_a_silent_redis_costs_one_request_an_eighth_of_a_second(
    service: Service, clock: Clock, log_lines: LogLines
) -> None:  # LIMIT-20, LIMIT-21
    with peer() as silent, sharing(service, silent.url, clock) as limited, limited.client("alice") as alice:
        times = [elapsed(alice) for _ in range(20)]
        assert times[0] >= LATE
        assert sorted(times)[10] < LATE, "the others do not wait"
        assert silent.connections == 1
        clock.now += PAUSE
        with ThreadPoolExecutor(10) as several:
            together = sorted(several.map(elapsed, [alice] * 10))
        assert together[-1] >= LATE
        assert silent.connections == 2, "one request asks, the others pass"
    assert len(warnings(log_lines)) == 1


def elapsed(client: Client) -> float:
    begin = time.monotonic()
    response = client.get(client.tasks)
    assert response.status_code == 200
    assert is_silent(response)
    return time.monotonic() - begin


NONSENSE = {
    "HTTP": b"HTTP/1.1 400 Bad Request\r\n\r\n",
    "a word": b"+OK\r\n",
    "a number": b":1\r\n",
    "nothing": b"$-1\r\n",
    "an error": b"-WRONGTYPE of value\r\n",
    "no password": b"-NOAUTH Authentication required.\r\n",
    "no answers": b"*0\r\n",
    "too many answers": b"*2\r\n*2\r\n:1\r\n$1\r\n1\r\n*2\r\n:1\r\n$1\r\n1\r\n",
    "too little": b"*1\r\n*1\r\n:1\r\n",
    "neither yes nor no": b"*1\r\n*2\r\n:7\r\n$1\r\n1\r\n",
    "no number": b"*1\r\n*2\r\n:1\r\n$3\r\nabc\r\n",
    "not a number": b"*1\r\n*2\r\n:1\r\n$3\r\nnan\r\n",
    "less than nothing": b"*1\r\n*2\r\n:1\r\n$2\r\n-1\r\n",
    "more than there is": b"*1\r\n*2\r\n:1\r\n$1\r\n5\r\n",
    "bytes": b"\xff\xfe\r\n",
    "bad UTF-8": b"-\xff\xfe\r\n",
    "no length": b"$x\r\n",
    "a negative length": b"$-7\r\n",
    "a list without end": b"*1\r\n" * 20_000,
    "a line without end": b"+" + b"x" * 200_000,
}


@pytest.mark.parametrize("answer", NONSENSE.values(), ids=NONSENSE)
def test_a_redis_that_answers_nonsense_limits_nothing(
    service: Service, clock: Clock, log_lines: LogLines, answer: bytes
) -> None:  # LIMIT-20, LIMIT-21
    with (
        peer(answer) as strange,
        sharing(service, strange.url, clock) as limited,
        limited.client("alice") as alice,
        limited.client("") as nobody,
    ):
        answers = alice.get(alice.tasks), nobody.get(alice.tasks), alice.get(alice.tasks)
        clock.now += PAUSE
        assert alice.get(alice.tasks).status_code == 200
    assert [given.status_code for given in answers] == [200, 401, 200]
    assert all(is_silent(given) for given in answers)
    [line] = [line for line in log_lines() if line["logger"] == "backend.shared_buckets"]
    assert line["reason"] != "TimeoutError", "it was understood, as nonsense"


def test_a_redis_that_is_not_there_limits_nothing(
    service: Service, clock: Clock, log_lines: LogLines, tmp_path: Path
) -> None:  # LIMIT-20
    for url in (f"unix://{tmp_path}/none.sock", "redis://127.0.0.1:1", "rediss://127.0.0.1:1"):
        with sharing(service, url, clock) as limited, limited.client("alice") as alice:
            assert [alice.get(alice.tasks).status_code for _ in range(6)] == [200] * 6
    assert len(warnings(log_lines)) == 3


def test_who_gives_up_waiting_holds_up_nobody(store: RedisServer) -> None:  # LIMIT-18
    policy = Policy("user", 10, 60)

    async def several() -> list[Level | None]:
        buckets = SharedBuckets(store.url)
        gone, *others = (asyncio.create_task(buckets.ask(b"alice", policy, Ask.TAKE)) for _ in range(3))
        await asyncio.sleep(0)
        gone.cancel()
        levels = await asyncio.gather(*others)
        await buckets.close()
        return levels

    assert [level and level.left for level in asyncio.run(several())] == [8, 7]


def test_more_questions_than_fit_into_one_script_are_asked_in_turn(store: RedisServer) -> None:  # LIMIT-18
    policy = Policy("user", 700, 3_600)

    async def flood() -> Counter[bool | None]:
        buckets = SharedBuckets(store.url)
        levels = await asyncio.gather(*(buckets.ask(b"alice", policy, Ask.TAKE) for _ in range(1_200)))
        await buckets.close()
        return Counter(None if level is None else level.is_refused for level in levels)

    assert asyncio.run(flood()) == {False: 700, True: 500}


def test_a_304_while_redis_is_away_says_nothing(tmp_path: Path) -> None:  # LIMIT-2, LIMIT-20
    with redis_server(tmp_path) as mortal:
        settings = Settings(environment="development", redis_url=SecretStr(mortal.url))
        limiter = Limiter(settings)
        app = FastAPI(middleware=edge.middleware(settings, accounts=limiter.middleware()))

        @app.get("/")
        async def answer() -> Response:
            await limiter.charge_user("alice")
            mortal.kill()
            return Response(status_code=304)

        answered = ask("GET", "/", app)
        assert answered.status_code == 304
        assert is_silent(answered)
        mortal.start()
