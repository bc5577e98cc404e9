"""What becomes of the limits without their Redis, or with a strange one (specs/features/rate-limits.md, stores)."""

import asyncio
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI
from pydantic import SecretStr
from starlette.responses import Response

from backend import edge
from backend.app import create_app
from backend.limits import Limiter
from backend.settings import Quota, Settings
from backend.tests.around import ask
from backend.tests.client import Client
from backend.tests.conftest import LogLines, Service
from backend.tests.redis_server import peer, redis_server
from backend.tests.test_limits import Clock, is_silent, refused, said
from backend.tests.test_shared_limits import USER, listed, sharing, warnings
from backend.tests.waiting import until

LATE = 0.125
"""Seconds that Redis has to answer."""
PAUSE = 2
"""Seconds for which Redis is left alone."""


@pytest.fixture
def clock() -> Clock:
    return Clock()


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
    with (
        peer() as silent,
        sharing(service, silent.url, clock, is_patient=False) as limited,
        limited.client("alice") as alice,
    ):
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


def test_what_redis_rounds_is_no_nonsense(
    service: Service, clock: Clock, log_lines: LogLines
) -> None:  # LIMIT-20, LIMIT-22
    rounded = b"*1\r\n*2\r\n:0\r\n$9\r\n3.0000005\r\n"
    user = Quota(3, 15)
    with peer(rounded) as other, sharing(service, other.url, clock, user) as limited, limited.client("alice") as alice:
        assert said(alice.get(alice.tasks)) == ("user", 3, 15, 0, 5)
    assert warnings(log_lines) == []


def test_an_outage_is_nobodys(service: Service, clock: Clock, log_lines: LogLines, tmp_path: Path) -> None:  # LIMIT-21
    with (
        redis_server(tmp_path) as mortal,
        sharing(service, mortal.url, clock) as limited,
        limited.client("alice") as alice,
        ThreadPoolExecutor(10) as several,
    ):
        list(several.map(listed, [alice] * 30))
        mortal.kill()
        list(several.map(listed, [alice] * 30))
        mortal.start()
        clock.now += PAUSE
        listed(alice)
    lines = [line for line in log_lines() if line["logger"] == "backend.shared_buckets"]
    assert len(lines) == 2
    assert not [line for line in lines if "request_id" in line or "user_id" in line]


def test_the_database_is_closed_also_if_the_limits_cannot_be(service: Service) -> None:  # LIMIT-25
    with peer() as silent:
        limits = {"redis_url": SecretStr(silent.url), "rate_limit_user": USER}
        app = create_app(service.settings.model_copy(update=limits))
        headers = {"Authorization": f"Bearer {service.token('alice')}"}
        opened: set[object] = set()

        async def live() -> None:
            transport = httpx.ASGITransport(app)
            async with (
                httpx.AsyncClient(transport=transport, base_url="http://localhost") as client,
                app.router.lifespan_context(app),
            ):
                before = connections(service)
                await client.get("/health/db")
                opened.update(connections(service) - before)
                asked = asyncio.create_task(client.get("/api/alice/tasks", headers=headers))
                assert await asyncio.to_thread(until, lambda: silent.connections > 0)
                asked.cancel()
                me = asyncio.current_task()
                assert me
                asyncio.get_running_loop().call_later(LATE / 5, me.cancel)

        with pytest.raises(asyncio.CancelledError):
            asyncio.run(live())
        assert opened
        assert until(lambda: opened.isdisjoint(connections(service)))


def connections(service: Service) -> set[object]:
    """The processes that serve the database's connections."""
    return {pid for [pid] in service.rows("SELECT pid FROM pg_stat_activity WHERE datname = current_database()")}


def test_a_304_while_redis_is_away_says_nothing(tmp_path: Path) -> None:  # LIMIT-2, LIMIT-20
    with redis_server(tmp_path) as mortal:
        settings = Settings(environment="development", redis_url=SecretStr(mortal.url))
        limiter = Limiter(settings)
        app = FastAPI(middleware=edge.middleware(settings, limiter=limiter))

        @app.get("/")
        async def answer() -> Response:
            await limiter.charge_user("alice")
            mortal.kill()
            return Response(status_code=304)

        answered = ask("GET", "/", app)
        assert answered.status_code == 304
        assert is_silent(answered)
        mortal.start()
