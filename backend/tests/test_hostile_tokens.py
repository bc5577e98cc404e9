"""Nothing in an `Authorization` header gets further than one and the same 401 (specs/features/authentication.md).

The tokens are those of `scripts/hostile/`, made anew for each run by an issuer whose public keys an endpoint on this
machine publishes. They are tried twice: on a verifier, which counts its checks of signatures, and over HTTP.
"""

import asyncio
import base64
import json
import logging
import re
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from typing import Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from backend.auth import Verifier
from backend.errors import Unauthenticated
from backend.tests.conftest import Service
from backend.tests.connections import sent
from scripts.hostile import headers, shapes, texts
from scripts.hostile.endpoint import PATH, Endpoint, published
from scripts.hostile.issuer import segment
from scripts.hostile.shapes import Shape
from scripts.hostile.table import SUBJECTS, good, knowing

MODES: Final = {
    "a secret and keys": {"secret": True, "url": True},
    "a secret": {"secret": True, "url": False},
    "keys": {"secret": False, "url": True},
}
"""What a service may know of the issuer."""

MUTATED: Final = ("HS256", "EdDSA", "ES256", "RS256")
CHARACTERS: Final = f"{texts.DIGITS}.=+/ \t\x00%\x80\xff"
VALUES: Final = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8) | st.sampled_from(["alice", "none"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=5,
)  # JSON, NaN and surrogates among it
BOUNDED: Final = settings(max_examples=100, deadline=None, derandomize=True)


@dataclass(frozen=True)
class Verifying:
    """A verifier, asked as a plain function.

    Its event loop is run in a thread of its own: where httpx fetches, coverage on Python 3.11 loses sight of the frames
    around the loop.
    """

    verifier: Verifier
    algorithms: tuple[str, ...]
    runner: asyncio.Runner = field(repr=False)
    apart: ThreadPoolExecutor = field(repr=False)

    def judge(self, token: str) -> tuple[str | None, int]:
        """Who the token lets in, if anybody, and how many checks of a signature it took."""
        return self.apart.submit(self.runner.run, self._judge(token)).result()

    def lets_in(self, token: str) -> bool:
        """Whether it is anybody's."""
        return self.judge(token)[0] is not None

    async def _judge(self, token: str) -> tuple[str | None, int]:
        # A header's bytes arrive as Latin-1.
        value = f"Bearer {token}".encode("utf-8", "surrogatepass").decode("latin-1")
        before = self.verifier.signature_checks
        try:
            user = (await self.verifier.verify([value])).id
        except Unauthenticated:
            user = None
        return user, self.verifier.signature_checks - before


@dataclass(frozen=True)
class Answer:
    """What came back, byte for byte, but for what is of the moment."""

    status: int
    headers: dict[bytes, bytes]
    body: bytes


@pytest.fixture(scope="module")
def endpoint() -> Iterator[Endpoint]:
    with published() as endpoint:
        yield endpoint


@pytest.fixture(scope="module", params=MODES)
def verifying(request: pytest.FixtureRequest, endpoint: Endpoint) -> Iterator[Verifying]:
    yield from opened(endpoint, request.param)


@pytest.fixture(scope="module")
def knowing_both(endpoint: Endpoint) -> Iterator[Verifying]:
    yield from opened(endpoint, "a secret and keys")


def opened(endpoint: Endpoint, mode: str) -> Iterator[Verifying]:
    told = knowing(endpoint, **MODES[mode])
    with ThreadPoolExecutor(1) as apart, asyncio.Runner() as runner:
        verifying = Verifying(Verifier(told), told.algorithms, runner, apart)
        yield verifying
        apart.submit(runner.run, verifying.verifier.close()).result()


@pytest.fixture(scope="module")
def tokens(endpoint: Endpoint) -> dict[str, list[str]]:
    """The segments of one good token for each algorithm that is mutated."""
    return {algorithm: endpoint.issuer.token(algorithm).split(".") for algorithm in MUTATED}


@pytest.fixture(scope="module")
def identified(running: Service, endpoint: Endpoint) -> Iterator[Service]:
    """The service, with the secret and the keys of that issuer."""
    told = knowing(endpoint)
    known = {name: getattr(told, name) for name in told.model_fields_set - {"environment"}}
    with running.variant(**known) as service:
        yield service


@pytest.fixture
def everything_logged(caplog: pytest.LogCaptureFixture) -> Iterator[pytest.LogCaptureFixture]:
    """Log lines of every level and of everybody, libraries too, but for one that backend/logs.py silences."""
    silent = caplog.at_level(logging.CRITICAL, "uvicorn.access")  # it would hold the query
    with silent, caplog.at_level(logging.DEBUG), caplog.at_level(logging.DEBUG, "backend"):
        yield caplog


def asked(service: Service, shape: Shape) -> Answer:
    """Sends exactly these header lines."""
    start = [f"GET {shape.target} HTTP/1.1".encode(), f"Host: {service.host}".encode(), b"X-Request-Id: hostile"]
    answer = sent(service.port, b"\r\n".join([*start, b"Connection: close", *shape.lines, b"", b""]))
    head, _, body = answer.partition(b"\r\n\r\n")
    status, *lines = head.split(b"\r\n")
    headers = {name.lower(): value for name, _, value in (line.partition(b": ") for line in lines)}
    of_the_moment = {b"date": b"", b"server-timing": re.sub(rb"dur=[\d.]+", b"", headers.get(b"server-timing", b""))}
    return Answer(int(status.split()[1]), {**headers, **of_the_moment}, body)


def refusal(service: Service) -> Answer:
    """What any token is answered that is not let in."""
    answer = asked(service, shapes.one("Bearer x.y.z"))
    assert answer.status == 401
    assert json.loads(answer.body)["code"] == "unauthenticated"
    assert answer.headers[b"www-authenticate"] == b'Bearer error="invalid_token"'
    return answer


def assert_unsaid(tokens: list[str], said: pytest.LogCaptureFixture) -> None:
    """No part of a token is in what was logged."""
    told = "\n".join(str(record.__dict__) for record in said.records)
    assert told.count("token refused") >= len(tokens)
    parts = {part for token in tokens for part in re.findall(r"[A-Za-z0-9_-]{8,}", token)}
    parts.discard("signature")  # a member's name in the JSON form of a token, and a word of our reasons
    assert [part for part in parts if part in told] == []


def test_the_table_is_as_long_as_it_claims(endpoint: Endpoint) -> None:  # AUTH-90
    named = [named for make in SUBJECTS.values() for named in make(endpoint.issuer)]
    assert len(named) >= 1_200
    assert len({name for name, _ in named}) == len(named), "a name twice"
    assert len({token for _, token in named}) == len(named), "a token twice"
    assert len(shapes.hostile("a.b.c", "d.e.f")) >= 50


def test_good_tokens_of_every_kind_are_let_in(
    endpoint: Endpoint, knowing_both: Verifying
) -> None:  # AUTH-91, AUTH-92, AUTH-99
    for name, token in good(endpoint.issuer).items():
        # No signature is checked where another test has shown the same token.
        assert knowing_both.judge(token) in {("alice", 0), ("alice", 1)}, name


@pytest.mark.parametrize("subject", SUBJECTS)
def test_a_hostile_token_names_nobody_for_at_most_one_check(
    subject: str, verifying: Verifying, endpoint: Endpoint, everything_logged: pytest.LogCaptureFixture
) -> None:  # AUTH-90, AUTH-92, AUTH-93, AUTH-26
    # AUTH-7, AUTH-8, AUTH-9, AUTH-10, AUTH-11, AUTH-12, AUTH-13, AUTH-14, AUTH-15, AUTH-16, AUTH-18, AUTH-20, AUTH-21
    # AUTH-31, AUTH-32, AUTH-33, AUTH-34, AUTH-35, AUTH-36, AUTH-37: each by a subject of the table
    hostile = dict(SUBJECTS[subject](endpoint.issuer))
    judged = {name: verifying.judge(token) for name, token in hostile.items()}
    assert {name: found for name, found in judged.items() if found not in {(None, 0), (None, 1)}} == {}
    assert set(endpoint.asked) <= {PATH}
    assert_unsaid(list(hostile.values()), everything_logged)


def test_a_good_token_of_the_other_kind_names_nobody_unchecked(
    verifying: Verifying, endpoint: Endpoint
) -> None:  # AUTH-94
    for name, token in good(endpoint.issuer).items():
        is_known = name.partition(" ")[0] in verifying.algorithms
        assert verifying.judge(token) == (("alice", 1) if is_known else (None, 0)), name


def test_no_name_of_a_key_is_logged(
    knowing_both: Verifying, endpoint: Endpoint, everything_logged: pytest.LogCaptureFixture
) -> None:  # AUTH-26
    issuer = endpoint.issuer
    kids = [kid for kid in (*headers.NULL_FILES, *headers.INJECTIONS, issuer.trap) if len(kid) > 8]
    for kid in kids:
        assert not knowing_both.lets_in(issuer.forged("EdDSA", issuer.header("EdDSA", kid=kid)))
    told = [str(part) for record in everything_logged.records for part in record.__dict__.values()]
    assert len(told) > len(kids)
    assert [kid for kid in kids for part in told if kid in part or repr(kid)[1:-1] in part] == []


@pytest.mark.parametrize("subject", SUBJECTS)
def test_every_hostile_token_is_answered_alike(
    subject: str, identified: Service, endpoint: Endpoint, everything_logged: pytest.LogCaptureFixture
) -> None:  # AUTH-90, AUTH-4, AUTH-26
    hostile = dict(SUBJECTS[subject](endpoint.issuer))
    usual = refusal(identified)
    answers = {name: asked(identified, shapes.one(f"Bearer {token}")) for name, token in hostile.items()}
    assert {name: answer for name, answer in answers.items() if answer != usual} == {}
    assert_unsaid(list(hostile.values()), everything_logged)


def test_a_good_token_in_a_usual_header_is_answered(identified: Service, endpoint: Endpoint) -> None:  # AUTH-91, AUTH-1
    for name, shape in shapes.welcome(endpoint.issuer.token("EdDSA")).items():
        assert asked(identified, shape).status == 200, name


def test_a_good_token_in_another_shape_is_answered_like_a_bad_one(
    identified: Service, endpoint: Endpoint, everything_logged: pytest.LogCaptureFixture
) -> None:  # AUTH-95, AUTH-1, AUTH-2, AUTH-3, AUTH-5, AUTH-26
    token, other = endpoint.issuer.token("EdDSA"), endpoint.issuer.token("HS256", endpoint.issuer.claims(sub="bob"))
    refused = refusal(identified)
    unheard = replace(refused, headers={**refused.headers, b"www-authenticate": b"Bearer"})
    for name, shape in shapes.hostile(token, other).items():
        assert asked(identified, shape) == (refused if shape.presents else unheard), name
    assert_unsaid([token, other], everything_logged)


def test_what_is_no_http_does_not_get_as_far(
    identified: Service, endpoint: Endpoint, everything_logged: pytest.LogCaptureFixture
) -> None:  # AUTH-96
    token = endpoint.issuer.token("EdDSA")
    refusal(identified)
    for name, shape in shapes.unreadable(token).items():
        answer = asked(identified, shape)
        assert (answer.status, json.loads(answer.body)["code"]) == (400, "malformed_request"), name
    assert_unsaid([token], everything_logged)


def test_every_good_token_is_answered(identified: Service, endpoint: Endpoint) -> None:  # AUTH-91
    answers = {name: asked(identified, shapes.one(f"Bearer {token}")) for name, token in good(endpoint.issuer).items()}
    assert {name: answer.status for name, answer in answers.items() if answer.status != 200} == {}


@st.composite
def altered(draw: st.DrawFn, characters: str) -> Callable[[str], str]:
    """Flips, inserts, deletes or repeats a few characters, from anywhere in a text."""
    count = draw(st.integers(1, 3))
    steps = st.tuples(st.sampled_from("fidr"), st.floats(0, 1, exclude_max=True), st.sampled_from(characters))
    chosen = draw(st.lists(steps, min_size=count, max_size=count))

    def alter(text: str) -> str:
        for kind, where, character in chosen:
            place = int(where * len(text))
            middle = {"f": character, "i": character + text[place], "d": "", "r": text[place] * 2}[kind]
            text = text[:place] + middle + text[place + 1 :]
        return text

    return alter


@given(name=st.sampled_from(MUTATED), change=altered(CHARACTERS))
@BOUNDED
def test_a_good_token_with_other_characters_names_nobody(
    knowing_both: Verifying, tokens: dict[str, list[str]], name: str, change: Callable[[str], str]
) -> None:  # AUTH-97
    token = ".".join(tokens[name])
    other = change(token)
    assert knowing_both.lets_in(other) == (other == token)


@given(name=st.sampled_from(MUTATED), number=st.integers(0, 2), change=altered("".join(map(chr, range(256)))))
@BOUNDED
def test_a_good_token_with_other_bytes_names_nobody(
    knowing_both: Verifying, tokens: dict[str, list[str]], name: str, number: int, change: Callable[[str], str]
) -> None:  # AUTH-97
    segments = tokens[name]
    raw = change(decoded(segments[number]).decode("latin-1")).encode("latin-1")
    other = [*segments[:number], segment(raw), *segments[number + 1 :]]
    assert knowing_both.lets_in(".".join(other)) == (other == segments)


@given(place=st.tuples(st.sampled_from(MUTATED), st.integers(0, 1)), data=st.data())
@BOUNDED
def test_a_good_token_with_another_member_names_nobody(
    knowing_both: Verifying, tokens: dict[str, list[str]], place: tuple[str, int], data: st.DataObject
) -> None:  # AUTH-97
    name, number = place
    segments = tokens[name]
    members = json.loads(decoded(segments[number]))
    member = data.draw(st.sampled_from([*members, "typ", "role", "jwk", "crit", "nbf"]))
    if data.draw(st.booleans()):
        members[member] = data.draw(VALUES)
    else:
        members.pop(member, None)
    text = json.dumps(members)
    other = [*segments[:number], segment(text), *segments[number + 1 :]]
    assert knowing_both.lets_in(".".join(other)) == (other == segments)


@given(picked=st.lists(st.tuples(st.sampled_from(MUTATED), st.integers(0, 2)), min_size=1, max_size=4))
@BOUNDED
def test_segments_of_good_tokens_put_together_anew_name_nobody(
    knowing_both: Verifying, tokens: dict[str, list[str]], picked: list[tuple[str, int]]
) -> None:  # AUTH-97
    other = [tokens[name][number] for name, number in picked]
    assert knowing_both.lets_in(".".join(other)) == (other in list(tokens.values()))


def decoded(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
