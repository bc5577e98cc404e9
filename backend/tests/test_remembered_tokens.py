"""What is remembered of a token makes it cheap and changes nothing else (authentication.md, "Remembered tokens")."""

import asyncio
import gc
import types
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from backend.auth import Verifier
from backend.errors import ApiError, Unauthenticated
from backend.settings import Settings
from backend.tests.key_endpoint import Endpoint, publishing
from backend.tests.signers import signer
from backend.tests.test_auth import ALICE, NOW, SECRET, bearer, sized, token, verifier
from backend.tests.test_jwks import Clock, in_a_loop

ORIGIN: Final = "https://app.example.com"
FRESH: Final = 20
USABLE: Final = 60
"""Seconds: as `AUTH_JWKS_CACHE_SECONDS` and `AUTH_JWKS_MAX_STALE_SECONDS`, short beside the times of the tokens."""

ONE, TWO, THIRD = (signer("EdDSA", number) for number in (1, 2, 3))
SETS: Final = {
    "one": [ONE.jwk(kid="a")],
    "both": [ONE.jwk(kid="a"), TWO.jwk(kid="b")],
    "another key of the same name": [TWO.jwk(kid="a")],
    "none of ours": [THIRD.jwk()],
}


def claims(**changed: object) -> dict[str, object]:
    return {"sub": "alice", "iss": ORIGIN, "aud": ORIGIN, "exp": NOW + 100, **changed}


BY_HAND, PUBLIC, OF_TWO = bearer()[0], ONE.token(claims(), kid="a"), TWO.token(claims(sub="bob"), kid="b")
HEADERS: Final[dict[str, list[str]]] = {
    "by hand": [BY_HAND],
    "in lower case": [BY_HAND.replace("Bearer", "bearer")],
    "by hand, later": bearer({**ALICE, "nbf": NOW + 20, "iat": NOW + 10.5}),
    "by hand, forged": bearer(secret="x" * 32),
    "public": [f"Bearer {PUBLIC}"],
    "public, short": [f"Bearer {ONE.token(claims(exp=NOW + 30.5), kid='a')}"],
    "public, from tomorrow": [f"Bearer {ONE.token(claims(iat=NOW + 50, exp=NOW + 200), kid='a')}"],
    "of the other key": [f"Bearer {OF_TWO}"],
    "of the other key under this name": [f"Bearer {TWO.token(claims(sub='bob'), kid='a')}"],
    "a bit changed": [f"Bearer {PUBLIC[:-9]}{'A' if PUBLIC[-9] != 'A' else 'B'}{PUBLIC[-8:]}"],
    "in another case": [f"Bearer {PUBLIC.swapcase()}"],
    "twice": [BY_HAND, BY_HAND],
    "two users": [BY_HAND, f"Bearer {OF_TWO}"],
    "none": [],
}
STEPS: Final = st.one_of(
    st.tuples(st.just("ask"), st.sampled_from(sorted(HEADERS))),
    st.tuples(st.just("ask"), st.sampled_from(["public", "public, short", "of the other key", "a bit changed"])),
    st.tuples(st.just("pass"), st.sampled_from([0.5, 5.0, 21.0, 61.0])),
    st.tuples(st.just("set"), st.sampled_from([-100.0, -30.0, 10.0])),
    st.tuples(st.just("publish"), st.sampled_from([*SETS, "nothing"])),
)
CODE: Final = (type, types.ModuleType, types.FunctionType, types.MethodType, types.BuiltinFunctionType)


@pytest.fixture(scope="module")
def endpoint() -> Iterator[Endpoint]:
    with publishing() as listening:
        yield listening


@dataclass
class World:
    """Two clocks, an endpoint, and two verifiers of which one remembers nothing."""

    endpoint: Endpoint
    told: Clock = field(default_factory=Clock)
    elapsed: Clock = field(default_factory=Clock)
    remembering: Verifier = field(init=False)
    forgetful: Verifier = field(init=False)

    def __post_init__(self) -> None:
        """Both know the secret and the endpoint."""
        self.told.now = NOW
        self.endpoint.publish(*SETS["both"])
        self.remembering, self.forgetful = public(self), public(self, remembers=0)

    async def close(self) -> None:
        """Ends what runs."""
        await self.remembering.close()
        await self.forgetful.close()

    async def do(self, kind: str, what: str | float) -> None:
        """One step; at each question both have to answer alike."""
        match kind, what:
            case "ask", str(name):
                asked = [HEADERS[name], HEADERS[name]]
                found = [await verdict(self.remembering, values) for values in asked]
                expected = [await verdict(self.forgetful, values) for values in asked]
                assert found == expected
                await settled()
                assert counts(self.remembering) == counts(self.forgetful)
            case "pass", float(seconds):
                self.told.now += seconds
                self.elapsed.now += seconds
            case "set", float(seconds):
                self.told.now += seconds
            case _:
                self.endpoint.publish(*SETS.get(str(what), []))


def public(world: World, **limit: int) -> Verifier:
    told: dict[str, object] = {
        "environment": "development",
        "better_auth_secret": SECRET,
        "better_auth_url": ORIGIN,
        "better_auth_jwks_url": world.endpoint.url,
        "auth_jwks_cache_seconds": FRESH,
        "auth_jwks_max_stale_seconds": USABLE,
        "auth_jwks_min_refresh_seconds": 0.01,
    }
    return Verifier(Settings.model_validate(told), clock=world.told, elapsed=world.elapsed, **limit)


async def verdict(asked: Verifier, values: list[str]) -> tuple[object, ...]:
    """All that can be told of an answer."""
    try:
        return (await asked.verify(values),)
    except ApiError as refused:
        return (type(refused), refused.headers, refused.detail, getattr(refused, "is_guess", None))


def counts(asked: Verifier) -> list[dict[str, int]]:
    assert asked.keys is not None
    return [asked.keys.counts.fetches(), asked.keys.counts.lookups()]


async def settled() -> None:
    """Waits for the fetches that run in the background."""
    running = asyncio.all_tasks() - {asyncio.current_task()}
    await asyncio.gather(*running)


@given(steps=st.lists(STEPS, min_size=1, max_size=14))
@settings(max_examples=200, deadline=None, derandomize=True)
def test_a_token_is_judged_as_if_it_were_not_remembered(
    endpoint: Endpoint, steps: list[tuple[str, str | float]]
) -> None:  # AUTH-65, AUTH-66, AUTH-67
    async def live() -> None:
        world = World(endpoint)
        try:
            for kind, what in [("ask", "public"), *steps, ("ask", "public"), ("ask", "by hand")]:
                await world.do(kind, what)
        finally:
            await world.close()

    asyncio.run(live())


@pytest.mark.parametrize("name", ["by hand", "public"])
@in_a_loop
async def test_a_token_that_comes_again_is_not_checked_again(endpoint: Endpoint, name: str) -> None:  # AUTH-64
    world = World(endpoint)
    callers = [await world.remembering.verify(HEADERS[name]) for _ in range(3)]
    assert callers[0] is callers[1] is callers[2]
    assert world.remembering.signature_checks == 1
    await world.close()


@in_a_loop
async def test_a_key_that_was_fetched_again_checks_the_signature_again(endpoint: Endpoint) -> None:  # AUTH-66
    world = World(endpoint)
    asked = world.remembering
    await asked.verify(HEADERS["public"])
    world.elapsed.now += FRESH
    await asked.verify(HEADERS["public"])
    await settled()
    assert asked.signature_checks == 1
    await asked.verify(HEADERS["public"])
    await asked.verify(HEADERS["public"])
    assert asked.signature_checks == 2
    await world.close()


@in_a_loop
async def test_a_withdrawn_or_changed_key_ends_a_remembered_token(endpoint: Endpoint) -> None:  # AUTH-66
    for later in ("none of ours", "another key of the same name"):
        world = World(endpoint)
        await world.remembering.verify(HEADERS["public"])
        endpoint.publish(*SETS[later])
        world.elapsed.now += FRESH
        assert (await world.remembering.verify(HEADERS["public"])).id == "alice", "the stale key counts once more"
        await settled()
        with pytest.raises(Unauthenticated):
            await world.remembering.verify(HEADERS["public"])
        await world.close()


def test_a_clock_that_is_set_back_ends_a_remembered_token_until_its_time_comes() -> None:  # AUTH-65
    clock = Clock()
    clock.now = NOW
    asked, values = verifier(clock), bearer({**ALICE, "iat": NOW})
    assert ids(asked, values) == ["alice"]
    clock.now = NOW - 6
    assert ids(asked, values) == [None]
    clock.now = NOW - 5
    assert ids(asked, values) == ["alice"]
    clock.now = NOW + 60
    assert ids(asked, values) == [None]


def test_refusals_are_not_remembered_and_what_is_refused_is_forgotten() -> None:  # AUTH-67
    clock = Clock()
    clock.now = NOW
    asked, forged, good = verifier(clock), bearer(secret="x" * 32), bearer()
    assert ids(asked, forged, forged) == [None, None]
    assert asked.signature_checks == 2
    assert ids(asked, good) == ["alice"]
    clock.now = NOW + 60
    assert ids(asked, good, good) == [None, None]
    assert asked.signature_checks == 4, "one for the good token, none where it was remembered, one where it was not"


def test_the_tokens_that_were_used_last_are_remembered() -> None:  # AUTH-68
    asked = verifier(lambda: NOW)
    first, second, *others = (bearer({**ALICE, "sub": f"user{number}"}) for number in range(16_384))
    ids(asked, first, second, *others)
    assert asked.signature_checks == 16_384
    ids(asked, first, bearer({**ALICE, "sub": "one more"}), first, *others)
    assert asked.signature_checks == 16_385
    ids(asked, second)
    assert asked.signature_checks == 16_386


@pytest.mark.parametrize(("length", "checks"), [(2_048, 1), (2_049, 2)])
def test_long_tokens_are_checked_each_time(length: int, checks: int) -> None:  # AUTH-68
    asked, values = verifier(lambda: NOW), sized(length - len("Bearer "))
    assert ids(asked, values, values) == ["alice", "alice"]
    assert asked.signature_checks == checks


def test_no_token_is_kept() -> None:  # AUTH-69, AUTH-26
    asked, kept = verifier(lambda: NOW), token()
    before = texts_in(asked)
    assert ids(asked, [f"Bearer {kept}"]) == ["alice"]
    held = texts_in(asked)
    assert "alice" in set(held) - set(before), "what is remembered is not looked at"
    assert [text for text in held if any(part in text for part in kept.split("."))] == []


def ids(asked: Verifier, *headers: list[str]) -> list[str | None]:
    """Whom each names."""

    async def one_after_the_other() -> list[str | None]:
        found: list[str | None] = []
        for values in headers:
            try:
                found.append((await asked.verify(values)).id)
            except Unauthenticated:
                found.append(None)
        return found

    return asyncio.run(one_after_the_other())


def texts_in(root: object) -> list[str]:
    """Every text and all bytes that can be reached from an object, but not through code."""
    seen, ahead, found = {id(root)}, [root], list[str]()
    while ahead:
        each = ahead.pop()
        if isinstance(each, bytes):
            found.append(each.decode("latin-1"))
        if isinstance(each, str):
            found.append(each)
        inner = [one for one in gc.get_referents(each) if not isinstance(one, CODE) and id(one) not in seen]
        seen.update(map(id, inner))
        ahead += inner
    return found
