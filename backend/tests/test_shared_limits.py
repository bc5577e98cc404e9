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
from pydantic import SecretStr

from backend.buckets import Ask, Level, Policy
from backend.settings import Quota
from backend.shared_buckets import SharedBuckets
from backend.tests.client import Client
from backend.tests.conftest import LogLines, Service
from backend.tests.redis_server import RedisServer, redis_server
from backend.tests.server_processes import serving
from backend.tests.test_buckets import ALMOST, crowd
from backend.tests.test_limits import Clock, refused, said

USER = Quota(4, 20)
ADDRESS = Quota(3, 30)


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
def sharing(
    service: Service, url: str, clock: Clock, user: Quota = USER, *, is_patient: bool = True
) -> Iterator[Service]:
    """The service with both limits in a Redis; one that is patient takes a busy machine for no outage."""
    settings = {"rate_limit_user": user, "rate_limit_address": ADDRESS, "redis_url": SecretStr(url)}
    with pytest.MonkeyPatch.context() as patch, service.variant(clock=clock, **settings) as variant:
        if is_patient:
            patch.setattr(SharedBuckets, "seconds", 1.0)
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


def test_without_a_secret_the_keys_are_others_with_another_database(
    limited: Service, store: RedisServer
) -> None:  # AUTH-54, LIMIT-19
    url = limited.settings.database_url
    assert url is not None
    another = SecretStr(f"{url.get_secret_value()}?application_name=another")  # of the same database
    lefts = []
    for written in (url, url, another):
        with (
            limited.variant(
                better_auth_secret=None,
                better_auth_url="http://127.0.0.1:1",
                database_url=written,
            ) as other,
            other.client("") as nobody,
        ):
            lefts.append(said(nobody.get("/api/alice/tasks"))[3])
    assert lefts == [2, 1, 2]
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

    assert [level and round(level.taken) for level in asyncio.run(several())] == [2, 3]


def test_more_questions_than_fit_into_one_script_are_asked_in_turn(store: RedisServer) -> None:  # LIMIT-18
    policy = Policy("user", 700, 3_600)

    async def flood() -> Counter[bool | None]:
        buckets = SharedBuckets(store.url)
        levels = await asyncio.gather(*(buckets.ask(b"alice", policy, Ask.TAKE) for _ in range(1_200)))
        await buckets.close()
        return Counter(None if level is None else level.is_refused for level in levels)

    assert asyncio.run(flood()) == {False: 700, True: 500}


@pytest.mark.parametrize("lack", ALMOST)
def test_of_a_crowd_one_passes_where_there_is_one_request_but_for_rounding(
    store: RedisServer, lack: float
) -> None:  # LIMIT-22
    policy = Policy("user", 5, 3_600)

    async def flood() -> None:
        buckets = SharedBuckets(store.url)
        await buckets.ask(b"alice", policy, Ask.TAKE)
        with store.client() as client:
            [key] = client.keys()
            client.hset(key, "taken", f"{4 + lack:.17g}")
        let_pass(store, -60)  # what lies ahead is not refilled meanwhile
        await crowd(buckets, policy)
        await buckets.close()
        with store.client() as client:
            assert float(client.hget(key, "taken") or "nan") == 5

    asyncio.run(flood())


@pytest.mark.parametrize("kept", ["", "abc", "nan", "-5", "-inf"])
@pytest.mark.parametrize("field", ["taken", "at"])
def test_what_one_key_holds_instead_of_a_number_disturbs_no_other(
    limited: Service, store: RedisServer, log_lines: LogLines, field: str, kept: str
) -> None:  # LIMIT-24
    with limited.client("alice") as alice, limited.client("bob") as bob:
        alice.get(alice.tasks)
        with store.client() as client:
            [key] = client.keys()
            client.hset(key, field, kept)
        assert [said(bob.get(bob.tasks))[3] for _ in range(2)] == [3, 2]
        rests = [said(alice.get(alice.tasks))[3] for _ in range(2)]
    assert rests[0] in {2, 3}
    assert rests[1] == rests[0] - 1
    assert warnings(log_lines) == []


def test_questions_that_are_under_way_end_before_the_connection_is_closed(store: RedisServer) -> None:  # LIMIT-25
    async def leave() -> tuple[int, int]:
        buckets = SharedBuckets(store.url)
        gone = asyncio.create_task(buckets.ask(b"alice", Policy("user", 10, 60), Ask.TAKE))
        await asyncio.sleep(0)
        gone.cancel()
        await buckets.close()
        with store.client() as client:
            return len(asyncio.all_tasks()), len(client.client_list())

    assert asyncio.run(leave()) == (1, 1), "this task, and this look into Redis"
