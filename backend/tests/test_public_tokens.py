"""Tokens that Better Auth signs, from the header to the caller (specs/features/authentication.md, "Public keys")."""

import asyncio
import base64
import functools
import hashlib
import hmac
import json
import time
from collections.abc import Callable, Iterator
from typing import Any  # claims and header members of every type

import pytest
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from backend.app import create_app
from backend.auth import Caller, Verifier
from backend.errors import Unauthenticated, Unavailable
from backend.settings import Settings
from backend.tests.client import code
from backend.tests.conftest import LogLines, Service
from backend.tests.key_endpoint import Endpoint, publishing
from backend.tests.signers import ALGORITHMS, Signer, signer
from backend.tests.test_jwks import Clock, comes_to, in_a_loop
from backend.tests.waiting import until
from scripts.hostile.endpoint import http

ORIGIN = "https://app.example.com"
SECRET = "the-secret-that-both-sides-know-1234567890"
NOW = int(time.time())
ALICE = {"sub": "alice", "iss": ORIGIN, "aud": ORIGIN, "iat": NOW, "exp": NOW + 86_400}
ED = signer()
PUBLISHED = [signer(algorithm).jwk() for algorithm in ALGORITHMS]


@pytest.fixture(scope="module")
def endpoint() -> Iterator[Endpoint]:
    """Publishes a key of each algorithm."""
    with publishing(*PUBLISHED) as listening:
        yield listening


def verifier(endpoint: Endpoint, **overrides: object) -> Verifier:
    given: dict[str, object] = {
        "environment": "development",
        "better_auth_url": ORIGIN,
        "better_auth_jwks_url": endpoint.url,
        "auth_jwks_min_refresh_seconds": 0.01,
        **overrides,
    }
    return Verifier(Settings.model_validate(given))


async def verify(checking: Verifier, *tokens: str) -> list[Caller | None]:
    """The callers of the tokens; `None` for one that is refused."""
    found: list[Caller | None] = []
    try:
        for token in tokens:
            try:
                found.append(await checking.verify([f"Bearer {token}"]))
            except Unauthenticated:
                found.append(None)
    finally:
        await checking.close()
    return found


def claims(**changed: object) -> dict[str, Any]:
    """The claims of alice, with these; those that are `None` are left out."""
    return {name: value for name, value in {**ALICE, **changed}.items() if value is not None}


def segment(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def raw_token(header: dict[str, Any] | str, sign: Callable[[bytes], bytes], payload: str = json.dumps(ALICE)) -> str:
    """A token with any header, as members or as text, signed in any way."""
    text = header if isinstance(header, str) else json.dumps(header)
    signed = f"{segment(text.encode())}.{segment(payload.encode())}"
    return f"{signed}.{segment(sign(signed.encode()))}"


def mac(key: bytes) -> Callable[[bytes], bytes]:
    return lambda signed: hmac.digest(key, signed, hashlib.sha256)


@pytest.mark.parametrize("algorithm", ALGORITHMS)
@in_a_loop
async def test_a_token_of_each_algorithm_names_its_user(endpoint: Endpoint, algorithm: str) -> None:  # AUTH-10, AUTH-31
    checking = verifier(endpoint)
    [caller] = await verify(checking, signer(algorithm).token(claims(email="alice@example.com", id="another")))
    assert caller is not None
    assert (caller.id, caller.email) == ("alice", "alice@example.com")
    assert (checking.signature_checks, checking.checks) == (1, {algorithm: 1})


def spki(of: Signer, encoding: Encoding) -> bytes:
    found: bytes = of.private.public_key().public_bytes(encoding, PublicFormat.SubjectPublicKeyInfo)
    return found


RS, ES = signer("RS256"), signer("ES256")


def pkcs1(signed: bytes) -> bytes:
    found: bytes = RS.private.sign(signed, PKCS1v15(), SHA256())
    return found


UNFETCHED = {
    "no kid": raw_token({"alg": "EdDSA"}, ED.private.sign),
    "kid null": raw_token({"alg": "EdDSA", "kid": None}, ED.private.sign),
    "kid a number": raw_token({"alg": "EdDSA", "kid": 1}, ED.private.sign),
    "kid a list": raw_token({"alg": "EdDSA", "kid": [ED.kid]}, ED.private.sign),
    "kid empty": raw_token({"alg": "EdDSA", "kid": ""}, ED.private.sign),
    "kid of 257 characters": raw_token({"alg": "EdDSA", "kid": "k" * 257}, ED.private.sign),
    "kid twice": raw_token('{"alg": "EdDSA", "kid": "x", "kid": "EdDSA-1"}', ED.private.sign),
    "alg none": raw_token({"alg": "none", "kid": ED.kid}, ED.private.sign),
    "alg of another hash": raw_token({"alg": "RS512", "kid": RS.kid}, mac(b"x")),
    "alg ES384": raw_token({"alg": "ES384", "kid": ES.kid}, mac(b"x")),
    "alg by its new name": raw_token({"alg": "Ed25519", "kid": ED.kid}, ED.private.sign),
    "alg HS256, signed with the PEM of the public key": raw_token(
        {"alg": "HS256", "kid": RS.kid}, mac(spki(RS, Encoding.PEM))
    ),
    "alg HS256, signed with the DER of the public key": raw_token(
        {"alg": "HS256", "kid": RS.kid}, mac(spki(RS, Encoding.DER))
    ),
    "alg HS256, signed with the key as published": raw_token(
        {"alg": "HS256", "kid": ED.kid}, mac(base64.urlsafe_b64decode(ED.jwk()["x"] + "="))
    ),
    "alg HS256 with an empty secret": raw_token({"alg": "HS256", "kid": ED.kid}, mac(b"")),
    "a key in the header": raw_token({"alg": "EdDSA", "kid": "own", "jwk": ED.jwk()}, ED.private.sign),
    "an address in the header": raw_token({"alg": "EdDSA", "kid": "own", "jku": ORIGIN}, ED.private.sign),
    "typ of a logout token": ED.token(ALICE, typ="logout+jwt"),
    "a signature of 63 bytes": raw_token({"alg": "EdDSA", "kid": ED.kid}, lambda _: b"x" * 63),
    "a signature of 65 bytes": raw_token({"alg": "ES256", "kid": ES.kid}, lambda _: b"x" * 65),
    "a signature of 128 bytes": raw_token({"alg": "ES512", "kid": "ES512-1"}, lambda _: b"x" * 128),
    "an RSA signature of 255 bytes": raw_token({"alg": "RS256", "kid": RS.kid}, lambda _: b"x" * 255),
    "a mac for a signature": raw_token({"alg": "PS256", "kid": "PS256-1"}, mac(SECRET.encode())),
}


@pytest.mark.parametrize("token", UNFETCHED.values(), ids=UNFETCHED)
@in_a_loop
async def test_what_the_header_or_sizes_say_against_a_token_needs_no_key(
    endpoint: Endpoint, token: str
) -> None:  # AUTH-10, AUTH-12, AUTH-31, AUTH-35, AUTH-38, AUTH-39
    before = len(endpoint.requests)
    checking = verifier(endpoint)
    assert await verify(checking, token) == [None]
    assert (len(endpoint.requests), checking.signature_checks) == (before, 0)


SIGNED = {
    "a key that is not published": signer("EdDSA", 2).token(ALICE),
    "another key under a published kid": signer("EdDSA", 2).token(ALICE, kid=ED.kid),
    "the kid of a key of another algorithm": ED.token(ALICE, kid=ES.kid),
    "a good signature under another alg of its length": raw_token({"alg": "ES256", "kid": ED.kid}, ED.private.sign),
    "a good signature under the alg of the other padding": raw_token({"alg": "PS256", "kid": RS.kid}, pkcs1),
    "the kid of an RSA key with the other padding": raw_token({"alg": "PS256", "kid": RS.kid}, lambda _: b"x" * 256),
    "another payload": ".".join(
        [ED.token(ALICE).split(".")[0], segment(json.dumps(claims(sub="bob")).encode()), ED.token(ALICE).split(".")[2]]
    ),
    "no issuer": ED.token(claims(iss=None)),
    "another issuer": ED.token(claims(iss="https://other.example.com")),
    "an issuer with a slash": ED.token(claims(iss=f"{ORIGIN}/")),
    "no audience": ED.token(claims(aud=None)),
    "another audience": ED.token(claims(aud="client-id")),
    "an empty audience": ED.token(claims(aud=[])),
    "no sub": ED.token(claims(sub=None)),
    "id for sub": ED.token(claims(sub=None, id="alice")),
    "user_id for sub": ED.token(claims(sub=None, user_id="alice")),
    "a session": ED.token(claims(sub=None, user={"id": "alice"}, session={"userId": "alice"})),
    "no exp": ED.token(claims(exp=None)),
    "over": ED.token(claims(exp=NOW - 1)),
    "not begun": ED.token(claims(nbf=NOW + 86_400)),
    "a payload with a duplicate member": raw_token(
        {"alg": "EdDSA", "kid": ED.kid}, ED.private.sign, json.dumps(ALICE)[:-1] + ', "sub": "alice"}'
    ),
}


@pytest.mark.parametrize("token", SIGNED.values(), ids=SIGNED)
@in_a_loop
async def test_a_token_that_is_not_for_here_is_refused_after_one_check_at_most(
    endpoint: Endpoint, token: str
) -> None:  # AUTH-31, AUTH-32, AUTH-36, AUTH-37, AUTH-44
    checking = verifier(endpoint)
    refused, control = await verify(checking, token, ED.token(ALICE))
    assert refused is None
    assert control is not None
    assert checking.signature_checks <= 2


@in_a_loop
async def test_an_audience_among_others_is_let_in(endpoint: Endpoint) -> None:  # AUTH-36
    [caller] = await verify(verifier(endpoint), ED.token(claims(aud=["other", ORIGIN])))
    assert caller is not None


@in_a_loop
async def test_issuer_audience_and_claim_are_as_configured(endpoint: Endpoint) -> None:  # AUTH-36, AUTH-37
    checking = verifier(
        endpoint, better_auth_issuer="tasks", better_auth_audience="web,app", auth_jwt_user_id_claim="uid"
    )
    good, *others = await verify(
        checking,
        ED.token(claims(iss="tasks", aud="app", uid="alice", sub="bob")),
        ED.token(claims(iss=ORIGIN, aud="app", uid="alice")),
        ED.token(claims(iss="tasks", aud=ORIGIN, uid="alice")),
        ED.token(claims(iss="tasks", aud="app")),
    )
    assert good is not None
    assert (good.id, others) == ("alice", [None] * 3)


@in_a_loop
async def test_both_kinds_of_tokens_are_let_in_each_by_its_own_rules(
    endpoint: Endpoint,
) -> None:  # AUTH-13, AUTH-17, AUTH-38
    checking = verifier(endpoint, better_auth_secret=SECRET)
    by_hand = raw_token({"alg": "HS256", "kid": ED.kid}, mac(SECRET.encode()))
    short = raw_token({"alg": "HS256"}, mac(SECRET.encode()), json.dumps({"id": "alice", "exp": NOW + 86_400}))
    found = await verify(checking, ED.token(ALICE), by_hand, short)
    assert [caller and caller.id for caller in found] == ["alice"] * 3
    assert checking.checks == {"EdDSA": 1, "HS256": 2}


@in_a_loop
async def test_narrowed_to_one_kind_the_other_is_refused_and_nothing_is_fetched(endpoint: Endpoint) -> None:  # AUTH-10
    before = len(endpoint.requests)
    by_hand = raw_token({"alg": "HS256"}, mac(SECRET.encode()))
    [refused] = await verify(verifier(endpoint, better_auth_secret=SECRET, auth_jwt_algorithms="ES256"), by_hand)
    shared = verifier(endpoint, better_auth_secret=SECRET, auth_jwt_algorithms="HS256")
    public, let_in = await verify(shared, ED.token(ALICE), by_hand)
    assert (refused, public) == (None, None)
    assert let_in is not None
    assert (shared.keys, len(endpoint.requests)) == (None, before)


@in_a_loop
async def test_what_cannot_be_decided_is_no_refusal() -> None:  # AUTH-48
    with publishing() as closed:
        pass
    with pytest.raises(Unavailable):
        await verify(verifier(closed), ED.token(ALICE))


@pytest.fixture
def down() -> Iterator[Endpoint]:
    """Will publish a key, and answers with an error as yet."""
    with publishing() as listening:
        listening.answer = http(status="502 Bad Gateway")
        yield listening


def test_while_the_keys_cannot_be_had_users_are_told_to_come_back_and_then_they_are_let_in(
    service: Service, down: Endpoint
) -> None:  # AUTH-38, AUTH-40, AUTH-43, AUTH-48, AUTH-49
    clock, public = Clock(), {"better_auth_url": ORIGIN, "better_auth_jwks_url": down.url}
    headers, newer = ({"Authorization": f"Bearer {key.token(ALICE)}"} for key in (ED, signer("EdDSA", 2)))
    with service.variant(clock=clock, auth_jwks_min_refresh_seconds=0.01, **public) as variant:
        with variant.client("") as nobody, variant.client("alice") as by_hand:
            with down.frozen():
                assert until(lambda: len(down.requests) == 1)
                assert nobody.get("/health").status_code == nobody.get("/health/db").status_code == 200
            refused = nobody.get("/api/alice/tasks", headers=headers)
            assert (refused.status_code, code(refused), refused.headers["retry-after"]) == (503, "unavailable", "2")
            clock.now += 1.5
            refused = nobody.get("/api/alice/tasks", headers=headers)
            assert (refused.status_code, refused.headers["retry-after"], len(down.requests)) == (503, "1", 1)
            assert by_hand.get("/api/alice/tasks").status_code == 200
            down.publish(ED.jwk())
            clock.now += 0.5
            assert nobody.get("/api/alice/tasks", headers=headers).status_code == 200
            down.publish(ED.jwk(), signer("EdDSA", 2).jwk())
            assert nobody.get("/api/alice/tasks", headers=newer).status_code == 200
            assert nobody.get("/api/bob/tasks", headers=newer).status_code == 403
        assert len(down.requests) == 3


def test_tokens_of_anybodys_making_write_one_line_each_while_the_keys_cannot_be_had(
    service: Service, down: Endpoint, log_lines: LogLines
) -> None:  # AUTH-52, AUTH-61
    public = {"better_auth_url": ORIGIN, "better_auth_jwks_url": down.url}
    with service.variant(clock=Clock(), **public) as variant, variant.client("") as nobody:
        for number in range(5):
            made_up = {"Authorization": f"Bearer {ED.token(ALICE, kid=str(number))}"}
            assert code(nobody.get("/api/alice/tasks", headers=made_up)) == "unavailable"
    told = [(line["message"], line["level"]) for line in log_lines()]
    assert [line for line in told if line[0] != "request"] == [("the public keys cannot be fetched", "warning")]
    assert told.count(("request", "info")) == 5


def test_a_service_without_a_secret_has_cursors_and_refuses_hs256(service: Service) -> None:  # AUTH-38, AUTH-54
    with publishing(ED.jwk()) as endpoint:
        public = functools.partial(
            service.variant, better_auth_secret=None, better_auth_url=ORIGIN, better_auth_jwks_url=endpoint.url
        )
        service.fill("alice", 3)
        headers = {"Authorization": f"Bearer {ED.token(ALICE)}"}
        with public() as one, one.client("") as nobody:
            page = nobody.get("/api/alice/tasks?limit=2", headers=headers).json()
            with one.client("alice") as by_hand:
                assert by_hand.get("/api/alice/tasks").status_code == 401
        with public() as another, another.client("") as nobody:
            rest = nobody.get(f"/api/alice/tasks?limit=2&cursor={page['next_cursor']}", headers=headers).json()
    assert len({task["id"] for task in page["items"] + rest["items"]}) == 3


def test_what_a_fetch_logs_is_said_of_no_request(service: Service, log_lines: LogLines) -> None:  # AUTH-58
    with (
        publishing(ED.jwk()) as down,
        service.variant(
            better_auth_url=ORIGIN, better_auth_jwks_url=down.url, auth_jwks_min_refresh_seconds=0.01
        ) as variant,
        variant.client("") as nobody,
    ):
        assert until(lambda: len(down.requests) == 1)
        down.answer = http(status="500 Internal Server Error")
        headers = {"Authorization": f"Bearer {signer('EdDSA', 2).token(ALICE)}"}
        assert nobody.get("/api/alice/tasks", headers=headers).status_code == 503
    [line] = [line for line in log_lines() if line["logger"] == "backend.auth.jwks"]
    assert line["reason"] == "the status is 500"
    assert line.keys().isdisjoint({"request_id", "operation_id", "user_id"})


@in_a_loop
async def test_the_end_of_the_service_ends_the_fetch_that_runs(service: Service) -> None:  # AUTH-58
    with publishing(ED.jwk()) as slow, slow.frozen():
        given = {"better_auth_url": ORIGIN, "better_auth_jwks_url": slow.url, "auth_jwks_timeout_seconds": 30}
        app = create_app(service.settings.model_copy(update=given))
        before = asyncio.all_tasks()
        async with app.router.lifespan_context(app):
            await comes_to(lambda: len(slow.requests) == 1)
            assert asyncio.all_tasks() > before
        assert asyncio.all_tasks() == before
