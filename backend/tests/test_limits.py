"""Rate limits in the memory of one process, over HTTP and by a clock of our own (specs/features/rate-limits.md)."""

import asyncio
import re
from collections.abc import Iterator
from contextlib import contextmanager

import httpx
import pytest
from fastapi import FastAPI
from pydantic import SecretStr
from starlette.responses import Response

from backend import edge, logs
from backend.app import create_app
from backend.errors import RateLimited
from backend.limits import Account, Limiter
from backend.settings import Quota, Settings
from backend.tests.around import ask
from backend.tests.client import Client, check, code
from backend.tests.conftest import Service, served

USER = Quota(4, 20)
"""One request is refilled in 5 seconds."""
ADDRESS = Quota(3, 30)
"""One failure is forgiven in 10 seconds."""

LIMITS = ("rate_limit_user", "rate_limit_address")


class Clock:
    """A clock that a test moves."""

    def __init__(self) -> None:
        self.now = 1_000.0

    def __call__(self) -> float:
        """What it shows, in seconds."""
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def limited(service: Service, clock: Clock) -> Iterator[Service]:
    """The service with both limits on, which knows no other time than the clock's."""
    with service.variant(clock=clock, rate_limit_user=USER, rate_limit_address=ADDRESS) as variant:
        yield variant


def said(response: httpx.Response) -> tuple[str, int, int, int, int]:
    """Name, quota, window, rest and wait: of one structured list (RFC 9651) of one item each, about one bucket."""
    policies = response.headers.get_list("ratelimit-policy")
    limits = response.headers.get_list("ratelimit")
    assert (len(policies), len(limits)) == (1, 1)
    policy = re.fullmatch(r'"([a-z]+)";q=([1-9][0-9]*);w=([1-9][0-9]*)', policies[0])
    limit = re.fullmatch(r'"([a-z]+)";r=(0|[1-9][0-9]*);t=([1-9][0-9]*)', limits[0])
    assert policy
    assert limit
    assert policy[1] == limit[1]
    return policy[1], int(policy[2]), int(policy[3]), int(limit[2]), int(limit[3])


def is_silent(response: httpx.Response) -> bool:
    return not [name for name in response.headers if name.startswith("ratelimit")]


def refused(response: httpx.Response) -> int:
    """The seconds after which to try again."""
    assert (response.status_code, code(response)) == (429, "rate_limited")
    return int(response.headers["retry-after"])


@contextmanager
def coming_from(service: Service, address: str, user: str = "") -> Iterator[Client]:
    """A client at another address of this machine, which no `X-Forwarded-For` is believed from."""
    with service.client(user) as client, httpx.HTTPTransport(local_address=address) as transport:
        client._transport = transport  # noqa: SLF001 - httpx takes it at the start alone
        yield client


def test_a_burst_passes_then_requests_pass_as_the_bucket_is_refilled(
    limited: Service, clock: Clock
) -> None:  # LIMIT-1, LIMIT-5, LIMIT-9, LIMIT-10
    with limited.client("alice") as alice:
        burst = [alice.get(alice.tasks) for _ in range(4)]
        assert [response.status_code for response in burst] == [200] * 4
        assert [said(response) for response in burst] == [("user", 4, 20, rest, 5) for rest in (3, 2, 1, 0)]
        for passed, wait in ((0, 5), (0.9, 5), (2, 3), (2, 1)):
            clock.now += passed
            response = alice.get(alice.tasks)
            assert refused(response) == wait
            assert said(response) == ("user", 4, 20, 0, wait)
        clock.now += 0.1
        assert said(alice.get(alice.tasks)) == ("user", 4, 20, 0, 5)
        assert refused(alice.get(alice.tasks)) == 5
        clock.now += 12.5
        assert said(alice.get(alice.tasks)) == ("user", 4, 20, 1, 3)
        clock.now += 1_000
        assert said(alice.get(alice.tasks)) == ("user", 4, 20, 3, 5)


def test_the_bucket_of_one_user_is_not_that_of_another(limited: Service) -> None:  # LIMIT-6
    with limited.client("alice") as alice, limited.client("bob") as bob, limited.client("Alice") as similar:
        for _ in range(4):
            alice.get(alice.tasks)
        assert refused(alice.get(alice.tasks))
        for other in (bob, similar):
            assert said(other.get(other.tasks))[3] == 3


@pytest.mark.parametrize(
    ("method", "path", "options", "status"),
    [
        ("GET", "/api/alice/tasks", {}, 200),
        ("HEAD", "/api/alice/tasks", {}, 200),
        ("POST", "/api/alice/tasks", {"json": {"title": "Buy milk"}}, 201),
        ("GET", "/api/bob/tasks", {}, 403),
        ("GET", "/api/alice/tasks/9007199254740991", {}, 404),
        ("GET", "/api/alice/tasks?limit=0", {}, 422),
        ("POST", "/api/alice/tasks", {"content": b"{", "headers": {"Content-Type": "application/json"}}, 400),
        ("POST", "/api/alice/tasks", {"content": b"{}", "headers": {"Content-Type": "text/plain"}}, 415),
    ],
)
def test_whatever_the_answer_a_request_with_a_token_is_counted_and_its_answer_says_so(
    limited: Service, method: str, path: str, options: dict[str, object], status: int
) -> None:  # LIMIT-1, LIMIT-8, LIMIT-9
    with limited.client("alice") as alice:
        first, second = (alice.request(method, path, **options) for _ in range(2))  # type: ignore[arg-type] # httpx checks them
    assert (first.status_code, second.status_code) == (status, status)
    assert [said(response)[:4] for response in (first, second)] == [("user", 4, 20, 3), ("user", 4, 20, 2)]


def test_an_outage_of_the_database_is_counted_as_well(service: Service, limited: Service) -> None:  # LIMIT-9
    with limited.client("alice") as alice, service.outage():
        response = alice.get(alice.tasks)
    assert response.status_code == 503
    assert said(response)[3] == 3


def test_a_user_without_requests_left_is_told_nothing_else(limited: Service, bob: Client) -> None:  # LIMIT-1, LIMIT-7
    theirs = bob.create()
    with limited.client("alice") as alice:
        for _ in range(4):
            alice.get("/api/bob/tasks")
        for path in (f"/api/bob/tasks/{theirs['id']}", "/api/alice/tasks/x"):
            assert refused(alice.put(path, content=b"\x00", headers={"Content-Type": "text/plain"}))


def test_what_needs_no_token_is_answered_whatever_the_buckets_hold(limited: Service) -> None:  # LIMIT-7, LIMIT-8
    with limited.client("alice") as alice, limited.client("") as nobody:
        for _ in range(4):
            alice.get(alice.tasks)
        for _ in range(3):
            nobody.get("/api/alice/tasks")
        for client in (alice, nobody):
            assert refused(client.get("/api/alice/tasks"))
            answers = [
                client.get("/health"),
                client.get("/openapi.json"),
                client.get("/nothing"),
                client.get("/api"),
                client.delete("/api/alice/tasks"),
                client.options("/api/alice/tasks"),
                client.get("/api/alice/tasks", headers={"Host": "elsewhere"}),
            ]
            assert [answer.status_code for answer in answers] == [200, 200, 404, 404, 405, 204, 400]
            assert all(is_silent(answer) for answer in answers)


def test_head_counts_as_get(limited: Service) -> None:  # LIMIT-8
    with limited.client("alice") as alice:
        assert [alice.head(alice.tasks).status_code for _ in range(5)] == [200] * 4 + [429]
        assert refused(alice.get(alice.tasks))


def test_failures_are_charged_to_the_address_and_then_nobody_there_is_asked_for_a_token(
    limited: Service, clock: Clock
) -> None:  # LIMIT-3, LIMIT-4, LIMIT-7, LIMIT-9, LIMIT-10
    forged = Client(limited.url, user="alice", token=limited.token("alice", secret="x" * 32))
    with limited.client("alice") as alice, limited.client("") as nobody, forged:
        assert said(alice.get(alice.tasks))[0] == "user"
        failures = [nobody.get("/api/alice/tasks"), forged.get("/api/alice/tasks"), nobody.put("/api/bob/tasks/1")]
        assert [failure.status_code for failure in failures] == [401] * 3
        assert [said(failure) for failure in failures] == [("address", 3, 30, rest, 10) for rest in (2, 1, 0)]
        for client in (nobody, forged, alice):
            answer = client.get("/api/alice/tasks")
            assert refused(answer) == 10
            assert said(answer) == ("address", 3, 30, 0, 10)
        clock.now += 10
        assert said(alice.get(alice.tasks))[0] == "user"
        assert nobody.get("/api/alice/tasks").status_code == 401
        assert refused(alice.get(alice.tasks)) == 10


def test_valid_tokens_take_nothing_from_their_address(limited: Service) -> None:  # LIMIT-3
    for number in range(10):
        with limited.client(f"user{number}") as client:
            assert client.get(client.tasks).status_code == 200
    with limited.client("") as nobody:
        assert said(nobody.get("/api/alice/tasks"))[3] == 2


def test_one_address_is_not_another(limited: Service) -> None:  # LIMIT-6
    with coming_from(limited, "127.0.0.2") as nobody, coming_from(limited, "127.0.0.3", "alice") as alice:
        for _ in range(3):
            nobody.get("/api/alice/tasks")
        assert refused(nobody.get("/api/alice/tasks"))
        assert alice.get(alice.tasks).status_code == 200


def test_a_stranger_who_forges_addresses_stays_who_he_is(limited: Service) -> None:  # LIMIT-12
    forged = ["203.0.113.7", "127.0.0.1", "::1", "", "x" * 5_000]
    with coming_from(limited, "127.0.0.2") as stranger:
        answers = [
            stranger.get("/api/alice/tasks", headers={"X-Forwarded-For": name, "Forwarded": f"for={name}"})
            for name in forged
        ]
    assert [answer.status_code for answer in answers] == [401] * 3 + [429] * 2
    with limited.client("") as nobody:
        assert said(nobody.get("/api/alice/tasks"))[3] == 2


def test_behind_a_trusted_proxy_the_address_is_what_the_proxy_says(limited: Service) -> None:  # LIMIT-12
    with limited.client("") as proxy:
        # What the client itself sent stands to the left of what the proxy saw.
        answers = [
            proxy.get("/api/alice/tasks", headers={"X-Forwarded-For": f"198.51.100.{number}, 203.0.113.7"})
            for number in range(4)
        ]
        assert [answer.status_code for answer in answers] == [401] * 3 + [429]
        assert proxy.get("/api/alice/tasks", headers={"X-Forwarded-For": "203.0.113.8"}).status_code == 401


@pytest.mark.parametrize(
    ("addresses", "rests"),
    [
        (("2001:db8:1:2::1", "2001:db8:1:2:ffff:ffff:ffff:ffff", "2001:DB8:1:2::7"), [2, 1, 0]),
        (("2001:db8:1:2::1", "2001:db8:1:3::1"), [2, 2]),
        (("::ffff:203.0.113.7", "203.0.113.7", "::ffff:203.0.113.8"), [2, 1, 2]),
        (("fe80::1%eth0", "fe80::2%eth0"), [2, 1]),
        (("unknown", "_hidden", "not:an:address"), [2, 2, 2]),
    ],
)
def test_an_ipv6_address_counts_by_its_network(
    limited: Service, addresses: tuple[str, ...], rests: list[int]
) -> None:  # LIMIT-13
    with limited.client("") as proxy:
        answers = [proxy.get("/api/alice/tasks", headers={"X-Forwarded-For": address}) for address in addresses]
    assert [said(answer)[3] for answer in answers] == rests


def test_a_peer_without_an_address_is_not_limited_by_it() -> None:  # LIMIT-13
    settings = Settings(
        environment="development", better_auth_secret=SecretStr("s" * 32), rate_limit_address=Quota(1, 60)
    )

    async def exchange() -> list[httpx.Response]:
        transport = httpx.ASGITransport(create_app(settings), client=None)  # type: ignore[arg-type] # ASGI allows it
        async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
            return [await client.get("/api/alice/tasks") for _ in range(3)]

    for answer in asyncio.run(exchange()):
        check(answer)
        assert answer.status_code == 401
        assert is_silent(answer)


def test_a_guess_is_refused_where_another_took_the_last_one_after_it_was_let_in() -> None:  # LIMIT-4
    settings = Settings(environment="development", rate_limit_address=Quota(1, 60))

    async def scene() -> None:
        limiter = Limiter(settings)
        logs.current.set(Account(request_id="1", host="192.0.2.1"))
        for _ in range(2):
            await limiter.admit_address()
        await limiter.charge_address(is_guess=True)
        with pytest.raises(RateLimited):
            await limiter.charge_address(is_guess=True)

    asyncio.run(scene())


@pytest.mark.parametrize("name", LIMITS)
def test_a_limit_that_is_off_counts_nothing_and_says_nothing(service: Service, name: str) -> None:  # LIMIT-14
    both = service.settings.model_copy(update=dict.fromkeys(LIMITS, Quota(1, 60)) | {name: None})
    with (
        served(both, service.database_url) as variant,
        variant.client("alice") as alice,
        variant.client("") as nobody,
    ):
        users = [alice.get(alice.tasks) for _ in range(2)]
        failures = [nobody.get("/api/alice/tasks") for _ in range(2)]
    off, on = (users, failures) if name == "rate_limit_user" else (failures, users)
    assert off[0].status_code == off[1].status_code
    assert all(is_silent(answer) for answer in off)
    assert on[1].status_code == 429


def test_without_limits_answers_are_as_ever(service: Service, alice: Client, nobody: Client) -> None:  # LIMIT-14
    assert service.settings.rate_limit_user is service.settings.rate_limit_address is None
    assert is_silent(alice.get(alice.tasks))
    assert is_silent(nobody.get("/api/alice/tasks"))


def test_a_304_is_free(limited: Service) -> None:  # LIMIT-2, LIMIT-9
    with limited.client("alice") as alice:
        created = alice.post(alice.tasks, json={"title": "Buy milk"})
        known = {"If-None-Match": created.headers["etag"]}
        answers = [alice.get(created.headers["location"], headers=known) for _ in range(6)]
        assert [answer.status_code for answer in answers] == [304] * 6
        assert [said(answer) for answer in answers] == [("user", 4, 20, 3, 5)] * 6
        assert said(alice.get(alice.tasks))[3] == 2


def test_a_304_from_an_empty_bucket_is_a_429(limited: Service) -> None:  # LIMIT-2
    with limited.client("alice") as alice:
        created = alice.post(alice.tasks, json={"title": "Buy milk"})
        for _ in range(3):
            alice.get(alice.tasks)
        known = {"If-None-Match": created.headers["etag"]}
        assert [refused(alice.get(created.headers["location"], headers=known)) for _ in range(2)] == [5, 5]


def test_whatever_answers_304_it_is_free_and_nothing_else_is() -> None:  # LIMIT-2
    settings = Settings(environment="development", rate_limit_user=Quota(2, 60))
    limiter = Limiter(settings)
    app = FastAPI(middleware=edge.middleware(settings, limiter=limiter))

    @app.get("/{status}")
    async def answer(status: int) -> Response:
        await limiter.charge_user("alice")
        return Response(status_code=status)

    assert [said(ask("GET", "/304", app))[3] for _ in range(5)] == [2] * 5
    assert [said(ask("GET", f"/{status}", app))[3] for status in (200, 304, 404)] == [1, 1, 0]


def test_a_user_id_of_any_characters_has_a_bucket(limited: Service) -> None:  # LIMIT-6
    for user in ("ü" * 128, "\U0001f600" * 128, "a b", "'; DROP"):
        with limited.client(user) as client:
            assert [said(client.get("/api/nobody/tasks"))[3] for _ in range(2)] == [3, 2]
