"""A header becomes a caller, or one and the same 401 (specs/features/authentication.md)."""

import asyncio
import base64
import hashlib
import hmac
import json
import logging
import re
from collections.abc import Callable
from typing import Any

import pytest

from backend.auth import Caller, Verifier, authorise
from backend.errors import Forbidden, Unauthenticated
from backend.settings import Settings
from generated.gate import Call

SECRET = "the-secret-that-both-sides-know-1234567890"
FORMER_SECRET = "the-secret-that-both-sides-knew-before-123"
NOW = 1_800_000_000
ALICE = {"sub": "alice", "exp": NOW + 60}
HS256 = {"alg": "HS256"}
LIST = Call("listTasks", "GET", "/api/{user_id}/tasks", roles=("admin",), accept="")

Part = bytes | dict[str, Any]  # Any: tokens are made with whatever a hostile client may put into them


def segment(part: Part) -> str:
    raw = part if isinstance(part, bytes) else json.dumps(part).encode()
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def token(payload: Part = ALICE, header: Part = HS256, *, secret: str = SECRET) -> str:
    signed = f"{segment(header)}.{segment(payload)}"
    return f"{signed}.{segment(hmac.digest(secret.encode(), signed.encode(), hashlib.sha256))}"


def bearer(payload: Part = ALICE, header: Part = HS256, *, secret: str = SECRET) -> list[str]:
    return [f"Bearer {token(payload, header, secret=secret)}"]


def alice_and(**claims: object) -> list[str]:
    return bearer({**ALICE, **claims})


def sized(length: int) -> list[str]:
    """A good token of this many bytes; white space after the payload and a kid make up for what is missing."""
    payload = json.dumps(ALICE).encode()
    payload += b" " * ((length - 200) * 3 // 4 - len(payload))
    tokens = (bearer(payload, {"alg": "HS256", "kid": "k" * size}) for size in range(100))
    return next(token for token in tokens if len(token[0]) == len("Bearer ") + length)


def header_and(**members: object) -> list[str]:
    return bearer(ALICE, {**HS256, **members})


def verifier(clock: Callable[[], float], **overrides: object) -> Verifier:
    given: dict[str, object] = {"environment": "development", "better_auth_secret": SECRET, **overrides}
    return Verifier(Settings.model_validate(given), clock=clock)


def verify(authorization: list[str], **overrides: object) -> Caller:
    return asyncio.run(verifier(lambda: NOW, **overrides).verify(authorization))


GOOD = token()

# Only what scripts/hostile/ cannot try: it asks over HTTP, which strips white space, and by the clock of the machine.
HOSTILE = {
    # AUTH-1: the header value
    "a leading blank": [f" Bearer {GOOD}"],
    "a trailing blank": [f"Bearer {GOOD} "],
    "a trailing line break": [f"Bearer {GOOD}\n"],
    # AUTH-7: the size
    "a good token of 8,193 bytes": sized(8_193),
    # AUTH-13: the secret
    "a former secret": bearer(secret=FORMER_SECRET),
    # AUTH-14, AUTH-15: the times
    "exp now": alice_and(exp=NOW),
    "nbf a second beyond the skew": alice_and(nbf=NOW + 6),
    "iat a second beyond the skew": alice_and(iat=NOW + 6),
}


@pytest.mark.parametrize("authorization", HOSTILE.values(), ids=HOSTILE.keys())
def test_a_hostile_header_is_refused_with_one_text(
    authorization: list[str], caplog: pytest.LogCaptureFixture
) -> None:  # AUTH-3, AUTH-4, AUTH-26
    with caplog.at_level(logging.INFO, "backend"), pytest.raises(Unauthenticated) as refused:
        verify(authorization)
    assert refused.value.detail == Unauthenticated(presented=True).detail
    assert refused.value.headers == {"WWW-Authenticate": 'Bearer error="invalid_token"'}
    assert refused.value.__cause__ is None
    [record] = caplog.records
    for value in authorization:
        assert not any(part in str(record.__dict__) for part in re.findall(r"[\w-]{8,}", value))


def test_no_header_is_refused_without_an_error_code() -> None:  # AUTH-2, AUTH-4
    with pytest.raises(Unauthenticated) as refused:
        verify([])
    assert refused.value.headers == {"WWW-Authenticate": "Bearer"}
    assert refused.value.detail == Unauthenticated(presented=True).detail


WELCOME = {
    "the plain token": bearer(),
    "the scheme in lower case": [f"bearer {GOOD}"],
    "the scheme in upper case": [f"BEARER {GOOD}"],
    "typ JWT": header_and(typ="JWT"),
    "a kid, which only other algorithms look at": header_and(kid="1"),
    "an unknown header member": header_and(x="y"),
    "user_id for sub": bearer({"user_id": "alice", "exp": NOW + 60}),
    "id for sub": bearer({"id": "alice", "exp": NOW + 60}),
    "all three, agreeing": alice_and(user_id="alice", id="alice"),
    "another userId, which names nobody": alice_and(userId="bob"),
    "a nested user, which names nobody": alice_and(user={"id": "bob"}),
    "exp in the next second": alice_and(exp=NOW + 1),
    "exp as a fraction": alice_and(exp=NOW + 0.5),
    "exp at the end of year 9999": alice_and(exp=253_402_300_799),
    "nbf within the skew": alice_and(nbf=NOW + 5),
    "iat within the skew": alice_and(iat=NOW + 5),
    "iat long ago": alice_and(iat=0),
    "an issuer and audience that nobody asked for": alice_and(iss="https://elsewhere.example", aud=["x"]),
    "white space around the payload": bearer(b" " + json.dumps(ALICE).encode() + b"\n"),
    "a token of 8,192 bytes": sized(8_192),
    "a header of 1,024 bytes": header_and(kid="k" * (1_024 - len('{"alg": "HS256", "kid": ""}'))),
}


@pytest.mark.parametrize("authorization", WELCOME.values(), ids=WELCOME.keys())
def test_a_good_token_names_its_user(
    authorization: list[str],
) -> None:  # AUTH-1, AUTH-7, AUTH-8, AUTH-11, AUTH-17, AUTH-18
    assert verify(authorization).id == "alice"


@pytest.mark.parametrize("user_id", ["a" * 128, "1", "user|1", "Ωmega", "a b", "0f8fad5b-d9cb-469f-a165-70867728950e"])
def test_a_user_id_is_taken_as_it_is(user_id: str) -> None:  # AUTH-21
    assert verify(alice_and(sub=user_id)).id == user_id


def test_a_caller_carries_the_claims_read_only() -> None:
    caller = verify(alice_and(role="admin"))
    assert caller.claims == {**ALICE, "role": "admin"}
    with pytest.raises(TypeError):
        caller.claims["role"] = "user"  # type: ignore[index] # that it cannot be written is what is tested


@pytest.mark.parametrize(
    ("claims", "email"),
    [
        ({}, None),
        ({"email": "alice@example.com"}, "alice@example.com"),
        ({"email": ""}, None),
        ({"email": None}, None),
        ({"email": 1}, None),
        ({"email": "a\x00@example.com"}, None),
        ({"email": "a\ud800@example.com"}, None),
        ({"email": "a" * 320}, "a" * 320),
        ({"email": "a" * 321}, None),
    ],
)
def test_an_email_is_taken_where_it_can_be_stored_and_missed_nowhere(
    claims: dict[str, object], email: str | None
) -> None:  # AUTH-22
    assert verify(alice_and(**claims)).email == email


def test_every_configured_secret_verifies() -> None:  # AUTH-13
    both = {"better_auth_secret": None, "better_auth_secrets": f"2:{SECRET},1:{FORMER_SECRET}"}
    assert verify(bearer(), **both).id == "alice"
    assert verify(bearer(secret=FORMER_SECRET), **both).id == "alice"


def test_without_a_secret_nobody_is_let_in() -> None:
    with pytest.raises(Unauthenticated):
        verify(bearer(secret=""), better_auth_secret=None)


def test_leeway_lengthens_a_token_and_skew_does_not() -> None:  # AUTH-14
    assert verify(alice_and(exp=NOW - 9), auth_jwt_leeway_seconds=10).id == "alice"
    with pytest.raises(Unauthenticated):
        verify(alice_and(exp=NOW - 10), auth_jwt_leeway_seconds=10)
    with pytest.raises(Unauthenticated):
        verify(alice_and(exp=NOW - 1), auth_jwt_clock_skew_seconds=3_600)


def test_skew_is_what_is_configured() -> None:  # AUTH-15
    assert verify(alice_and(iat=NOW + 60, nbf=NOW + 60), auth_jwt_clock_skew_seconds=60).id == "alice"
    with pytest.raises(Unauthenticated):
        verify(alice_and(iat=NOW + 1), auth_jwt_clock_skew_seconds=0)


def test_time_is_what_the_clock_tells() -> None:
    moments = iter([NOW, NOW + 60])
    moving = verifier(lambda: next(moments))
    assert asyncio.run(moving.verify(bearer())).id == "alice"
    with pytest.raises(Unauthenticated):
        asyncio.run(moving.verify(bearer()))


@pytest.mark.parametrize(
    "issuer", ["https://other.example", "https://app.example.com/", None, ["https://app.example.com"]]
)
def test_another_issuer_is_refused_where_one_is_configured(issuer: object) -> None:  # AUTH-17
    with pytest.raises(Unauthenticated):
        verify(alice_and(iss=issuer), better_auth_issuer="https://app.example.com")


def test_a_missing_issuer_is_refused_where_one_is_configured() -> None:  # AUTH-17
    with pytest.raises(Unauthenticated):
        verify(bearer(), better_auth_issuer="https://app.example.com")


def test_the_configured_issuer_is_let_in() -> None:  # AUTH-17
    issuer = "https://app.example.com"
    assert verify(alice_and(iss=issuer), better_auth_issuer=issuer).id == "alice"


@pytest.mark.parametrize("audience", ["other", "tasks,web", [], ["other"], ["tasks", 1], None, {"tasks": 1}, 1])
def test_another_audience_is_refused_where_some_are_configured(audience: object) -> None:  # AUTH-17
    with pytest.raises(Unauthenticated):
        verify(alice_and(aud=audience), better_auth_audience=("tasks", "web"))


@pytest.mark.parametrize("audience", ["tasks", "web", ["other", "web"]])
def test_a_configured_audience_is_let_in(audience: object) -> None:  # AUTH-17
    assert verify(alice_and(aud=audience), better_auth_audience=("tasks", "web")).id == "alice"


def test_one_claim_can_be_configured_to_name_the_user() -> None:  # AUTH-19
    assert verify(alice_and(account="bob"), auth_jwt_user_id_claim=("account",)).id == "bob"
    with pytest.raises(Unauthenticated):
        verify(bearer(), auth_jwt_user_id_claim=("account",))


def test_the_reason_of_a_refusal_is_logged(caplog: pytest.LogCaptureFixture) -> None:  # AUTH-4
    with caplog.at_level(logging.INFO, "backend"), pytest.raises(Unauthenticated):
        verify(alice_and(exp=NOW - 1))
    [record] = caplog.records
    assert record.__dict__["fields"] == {"reason": "exp has passed"}


@pytest.mark.parametrize("owner", ["Alice", "alice ", "alic", "alicé", "", "bob", "%61lice"])
def test_another_users_path_is_forbidden(owner: str) -> None:  # AUTH-23
    with pytest.raises(Forbidden):
        authorise(LIST, verify(bearer()), owner)


def test_ones_own_path_is_allowed() -> None:
    authorise(LIST, verify(bearer()), "alice")
