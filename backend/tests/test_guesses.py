"""Which 401 is a guess that its address pays for, and what its answer tells (specs/features/rate-limits.md)."""

import time
from collections.abc import Iterator

import httpx
import jwt
import pytest

from backend.tests.client import Client
from backend.tests.conftest import SECRET, Service
from backend.tests.test_limits import ADDRESS, said

NOW = int(time.time())
OUT_OF_TIME: dict[str, dict[str, object]] = {
    "over": {"exp": NOW - 60},
    "not begun": {"nbf": NOW + 86_400},
    "issued in the future": {"iat": NOW + 86_400},
}
NEVER_GOOD: dict[str, dict[str, object]] = {
    "without exp": {"exp": None},
    "with a time that is none": {"nbf": "later"},
    "of another issuer": {"iss": "https://other.example.com"},
    "for another audience": {"aud": "other"},
    "of nobody": {"sub": ""},
}


def bearing(claims: dict[str, object], *, secret: str = SECRET) -> dict[str, str]:
    """The header with alice's token as the service of these tests wants it, but for these claims."""
    payload = {"sub": "alice", "exp": NOW + 86_400, "iss": "https://app.example.com", "aud": "tasks"} | claims
    present = {name: value for name, value in payload.items() if value is not None}
    return {"Authorization": f"Bearer {jwt.encode(present, secret, algorithm='HS256')}"}


@pytest.fixture
def particular(service: Service) -> Iterator[Client]:
    """A client of the service, which wants tokens of one issuer and for one audience."""
    with (
        service.variant(
            rate_limit_address=ADDRESS,
            better_auth_issuer="https://app.example.com",
            better_auth_audience=("tasks",),
        ) as variant,
        variant.client("") as client,
    ):
        yield client


def test_a_token_that_is_out_of_its_time_takes_nothing_and_its_answer_is_that_to_a_guess(
    particular: Client,
) -> None:  # LIMIT-3, LIMIT-9
    assert particular.get("/api/alice/tasks", headers=bearing({})).status_code == 200
    answers = [particular.get("/api/alice/tasks", headers=bearing(claims)) for claims in OUT_OF_TIME.values()]
    assert [said(answer) for answer in answers] == [("address", 3, 30, 3, 10)] * 3
    guess = particular.get("/api/alice/tasks", headers=bearing({}, secret="x" * 32))
    assert said(guess) == ("address", 3, 30, 2, 10)
    assert [without_what_varies(answer) for answer in answers] == [without_what_varies(guess)] * 3


def without_what_varies(answer: httpx.Response) -> tuple[int, dict[str, object], dict[str, str]]:
    """Status, body and headers, but for what each answer has of its own, and what is left."""
    own = dict.fromkeys({"x-request-id", "date", "server-timing", "ratelimit"} & set(answer.headers), "")
    return answer.status_code, {**answer.json(), "request_id": ""}, {**answer.headers, **own}


@pytest.mark.parametrize("claims", NEVER_GOOD.values(), ids=NEVER_GOOD)
def test_a_token_that_was_never_good_takes_one_whatever_its_time(
    particular: Client, claims: dict[str, object]
) -> None:  # LIMIT-3
    tokens = bearing(claims), bearing({"exp": NOW - 60} | claims), bearing({"exp": NOW - 60}, secret="x" * 32)
    answers = [particular.get("/api/alice/tasks", headers=token) for token in tokens]
    assert [(answer.status_code, said(answer)[3]) for answer in answers] == [(401, 2), (401, 1), (401, 0)]
