"""The real Better Auth and this service, on good days and bad ones (specs/features/better-auth.md)."""

import re
import socket
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass, field
from itertools import cycle, takewhile
from os import environ
from pathlib import Path
from threading import Event
from typing import Final

import httpx
import jwt
import pytest
from pydantic import SecretStr

from backend.settings import Settings
from backend.tests.better_auth import BetterAuth, Between, User, better_auth, between, key_id, session_cookie
from backend.tests.client import Client, code
from backend.tests.conftest import SECRET, Service, served
from backend.tests.waiting import until

FORMER_SECRET: Final = "f" * 16 + SECRET
CACHES: Final = {"EdDSA": "compact", "ES256": "jwt", "RS256": "jwe", "ES512": "jwks", "PS256": ""}
"""Of each algorithm a server, and of each strategy of a cookie cache."""

Fault = Callable[[Between], AbstractContextManager[None]]
FAULTS: Final[Sequence[Fault]] = (Between.hanging_up, Between.holding)

ROTATIONS: Final = 4
STEADY: Final = 10
"""How often each client is answered between two rotations or outages at least."""

NO_GRACE: Final = {"JWKS_GRACE_SECONDS": "0"}
PATIENT: Final = {"auth_jwks_timeout_seconds": 30}
"""For a fetch on a busy machine. The test that waits for such an end has one of its own."""

SPACING: Final = 0.05
"""Seconds between two fetches of the keys, so that a rotation takes the tests no second."""


@pytest.fixture(scope="module", params=CACHES)
def auth(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[BetterAuth]:
    """A server per algorithm, which shares its secret with the service."""
    variables = {"JWT_ALGORITHM": request.param, "COOKIE_CACHE": CACHES[request.param], "BETTER_AUTH_SECRET": SECRET}
    with better_auth(tmp_path_factory.mktemp("auth"), **variables) as server:
        yield server


@pytest.fixture(scope="module")
def api(auth: BetterAuth, running: Service) -> Iterator[Service]:
    """The service that is told of both, as a team would."""
    with trusting(running, auth) as service:
        yield service


@contextmanager
def trusting(
    running: Service, auth: BetterAuth, through: Between | None = None, /, **more: object
) -> Iterator[Service]:
    """A service that takes that server's tokens, whose keys it fetches through a proxy."""
    settings = running.settings.model_dump(exclude_unset=True)
    settings |= {"better_auth_url": auth.url, "auth_jwks_min_refresh_seconds": SPACING} | PATIENT | more
    if through is not None:
        settings["better_auth_jwks_url"] = f"{through.url}/api/auth/jwks"
    with served(Settings.model_validate(settings), running.database_url) as service:
        yield service


def caller(service: Service, user: User, token: str) -> Client:
    """A client whose paths are the user's."""
    return Client(service.url, user=user.id, token=token)


def answer(service: Service, user: User, token: str) -> httpx.Response:
    """What listing the user's tasks is answered."""
    with caller(service, user, token) as client:
        return client.get(client.tasks)


def by_hand(secret: str, **claims: str) -> str:
    """As teams sign it."""
    return jwt.encode({**claims, "exp": time.time() + 600}, secret, algorithm="HS256")


@pytest.fixture(scope="module")
def ann(auth: BetterAuth) -> User:
    """Has signed up."""
    return auth.sign_up("ann")


def test_whoever_signs_up_uses_the_api_and_nobody_elses_paths(ann: User, api: Service) -> None:  # AUTH-70
    with caller(api, ann, ann.token()) as client:
        task = client.create("Buy milk")
        assert [item["id"] for item in client.get(client.tasks).json()["items"]] == [task["id"]]
        refused = client.get(f"/api/{ann.id.swapcase()}/tasks")
        assert (refused.status_code, code(refused)) == (403, "forbidden")
    assert api.rows(f"SELECT email FROM users WHERE id = '{ann.id}'") == [(ann.email,)]  # noqa: S608 - of our own making


def test_whoever_signs_in_later_uses_the_api(auth: BetterAuth, ann: User, api: Service) -> None:  # AUTH-70
    now = auth.sign_in("ann")
    assert now.id == ann.id
    session = auth.client.get("/get-session", headers=now.authorization)
    assert answer(api, now, session.headers["set-auth-jwt"]).status_code == 200


def test_tokens_signed_by_hand_are_taken_beside_better_auths(ann: User, api: Service) -> None:  # AUTH-71
    for claims in ({"sub": ann.id}, {"user_id": ann.id}, {"id": ann.id}, {"sub": ann.id, "email": ann.email}):
        assert answer(api, ann, by_hand(SECRET, **claims)).status_code == 200
    assert answer(api, ann, ann.token()).status_code == 200
    assert answer(api, ann, by_hand(FORMER_SECRET, sub=ann.id)).status_code == 401


def test_what_better_auth_makes_for_other_purposes_is_refused(auth: BetterAuth, api: Service) -> None:
    eva = auth.sign_up("eva")
    eva.post("/request-password-reset", email=eva.email)
    eva.post("/change-email", newEmail="eve@example.com")
    sent = [mail for mail in auth.mails() if mail["to"] in {eva.email, "eve@example.com"}]
    auth.client.get("/verify-email", params={"token": sent[0]["token"]}).raise_for_status()
    eva.post("/change-email", newEmail="eve@example.com")  # of a verified address, that is asked
    sent.append(auth.mails()[-1])
    assert [mail["kind"] for mail in sent] == ["verification", "reset", "verification", "change"]
    signed = [mail["token"] for mail in sent if mail["kind"] != "reset"]
    for token in signed:
        assert jwt.decode(token, SECRET, algorithms=["HS256"])["email"] == eva.email, "its signature is no reason"
    others = [
        eva.session,  # AUTH-72
        session_cookie(eva),
        sent[1]["token"],  # AUTH-73
        *signed,
        *([eva.cookies["session_data"]] if "session_data" in eva.cookies else []),  # AUTH-74
    ]
    for other in others:
        refused = answer(api, eva, other)
        assert (refused.status_code, code(refused)) == (401, "unauthenticated")
    assert answer(api, eva, eva.token()).status_code == 200


def test_each_cookie_cache_is_what_its_strategy_says(ann: User) -> None:  # AUTH-74
    cache = ann.cookies.get("session_data", "")
    header = jwt.get_unverified_header(cache) if cache.count(".") == 2 else {}
    found = {
        (0, None, None): "compact" if cache else "",
        (2, "HS256", None): "jwt",
        (2, "ES512", "better-auth.session-cache+jwt"): "jwks",
        (4, None, None): "jwe",
    }
    algorithm = jwt.get_unverified_header(ann.token())["alg"]
    assert found[cache.count("."), header.get("alg"), header.get("typ")] == CACHES[algorithm]


@pytest.fixture(scope="module")
def rotating(tmp_path_factory: pytest.TempPathFactory) -> Iterator[BetterAuth]:
    """A server as it comes, but for its secret."""
    with better_auth(tmp_path_factory.mktemp("rotating"), BETTER_AUTH_SECRET=SECRET) as server:
        yield server


@pytest.fixture(scope="module")
def forgetful(tmp_path_factory: pytest.TempPathFactory) -> Iterator[BetterAuth]:
    """A server that publishes no key any longer than it signs with it."""
    with better_auth(tmp_path_factory.mktemp("forgetful"), BETTER_AUTH_SECRET=SECRET, **NO_GRACE) as server:
        yield server


@pytest.fixture
def proxy(rotating: BetterAuth) -> Iterator[Between]:
    with between(rotating.url) as proxy:
        yield proxy


@dataclass
class Asking:
    """A front end that asks again and again, each time with a new token, and with a known one."""

    user: User
    service: Service
    known: str
    pause: float
    """Seconds between two rounds of requests."""
    latest: str = field(init=False)
    """The last new token that was accepted."""
    fresh: Counter[int] = field(default_factory=Counter)
    former: Counter[int] = field(default_factory=Counter)
    """How often which status was the answer, to new tokens and to known ones."""
    accepted: set[str] = field(default_factory=set)
    undecided: set[str] = field(default_factory=set)
    """The keys of new tokens."""

    def __post_init__(self) -> None:
        self.latest = self.known

    def until(self, end: Event) -> None:
        """Asks until then."""
        with caller(self.service, self.user, "") as client:
            while not end.wait(self.pause):
                token = self.user.token()
                created = client.post(client.tasks, json={"title": "t"}, headers=authorization(token))
                self.fresh[created.status_code] += 1
                if created.is_success:
                    self.latest = token
                    self.accepted.add(key_id(token))
                else:
                    self.undecided.add(key_id(token))
                self.former[client.get(client.tasks, headers=authorization(self.known)).status_code] += 1


def authorization(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


@contextmanager
def asking(
    service: Service, auth: BetterAuth, name: str, *, users: int, pause: float = 0
) -> Iterator[Sequence[Asking]]:
    """New users who ask meanwhile, and for whom nothing goes wrong but what the service answers."""
    signed_up = [auth.sign_up(f"{name}.{number}") for number in range(users)]
    everybody = [Asking(user, service, user.token(), pause) for user in signed_up]
    for each in everybody:
        assert comes_to_be_answered(service, each.user, each.known)  # on a busy machine the first fetch is given up
    end = Event()
    with ThreadPoolExecutor(users) as pool:
        ends = [pool.submit(each.until, end) for each in everybody]
        try:
            yield everybody
        finally:
            end.set()
        for ended in ends:
            ended.result()


def test_keys_rotate_under_load_without_one_false_refusal(
    rotating: BetterAuth, proxy: Between, running: Service
) -> None:
    with (
        # Spaced as in production, if less: a new key often comes before it may be asked for.
        trusting(running, rotating, proxy, auth_jwks_min_refresh_seconds=0.4) as service,
        asking(service, rotating, "load", users=4) as everybody,
    ):
        for _ in range(ROTATIONS):
            rotate(rotating, everybody)
    for each in everybody:  # AUTH-75
        assert (set(each.fresh), set(each.former)) == ({201}, {200})
    with trusting(running, rotating) as later:  # AUTH-76
        assert [answer(later, each.user, each.known).status_code for each in everybody] == [200] * len(everybody)


def test_outages_under_load_refuse_nobody(tmp_path: Path, running: Service, capsys: pytest.CaptureFixture[str]) -> None:
    seconds, outages = float(environ.get("SOAK_SECONDS", "0")), 0  # AUTH-86
    with (
        better_auth(tmp_path, JWKS_GRACE_SECONDS="300") as auth,  # an hour's keys would be more than a set may have
        between(auth.url) as proxy,
        trusting(running, auth, proxy, auth_jwks_timeout_seconds=3) as service,  # the default
        asking(service, auth, "outage", users=2, pause=0.02) as everybody,
    ):
        for fault in faults(seconds):
            outage(auth, proxy, fault, everybody)
            outages += 1
    for each in everybody:  # AUTH-77
        assert (set(each.fresh), set(each.former)) == ({201, 503}, {200})
    answers = sum((each.fresh + each.former for each in everybody), Counter[int]())
    sys.stdout.write(f"{outages} outages, a new key in each; answers: {dict(answers)}\n")
    told = capsys.readouterr().out  # AUTH-86
    assert re.fullmatch(r"[1-9]\d* outages, a new key in each; answers: \{(\d+: [1-9]\d*(, |\})){3}\n", told)
    sys.stdout.write(told)  # once more, for whoever soaks it


def test_a_key_that_is_published_no_more_is_no_key(forgetful: BetterAuth, running: Service) -> None:  # AUTH-76
    hal = forgetful.sign_up("hal")
    with trusting(running, forgetful) as service:
        former = hal.token()
        assert answer(service, hal, former).status_code == 200
        forgetful.expire_key()
        assert until(lambda: forgetful.key_ids() == [])
        assert answer(service, hal, hal.token()).status_code == 200
        assert answer(service, hal, former).status_code == 401


def test_keys_rotate_by_the_clock_too(tmp_path: Path, running: Service) -> None:  # AUTH-84
    with better_auth(tmp_path, JWKS_ROTATION_SECONDS="0.2") as auth, trusting(running, auth) as service:
        ida = auth.sign_up("ida")
        seen: set[str] = set()

        def has_rotated() -> bool:
            token = ida.token()
            seen.add(key_id(token))
            assert answer(service, ida, token).status_code == 200
            return len(seen) == 3

        assert until(has_rotated)


def test_the_101st_key_is_published_too(tmp_path: Path, running: Service) -> None:  # AUTH-88
    with better_auth(tmp_path) as auth, trusting(running, auth) as service:
        max_, seen = auth.sign_up("max"), set[str]()
        while len(seen) <= 100:
            auth.expire_key()
            seen.add(key_id(max_.token()))
        assert seen <= {*auth.key_ids()}
        assert answer(service, max_, max_.token()).status_code == 200


def test_a_service_that_starts_while_better_auth_is_slow_waits_for_it(
    rotating: BetterAuth, proxy: Between, running: Service
) -> None:  # AUTH-78
    kim = rotating.sign_up("kim")
    with ExitStack() as kept:
        with proxy.holding():
            service = kept.enter_context(trusting(running, rotating, proxy))
            assert until(lambda: bool(proxy.fetched))
            published = rotating.key_ids()
            rotating.expire_key()
            assert until(lambda: key_id(kim.token()) not in published)
            connection = kept.enter_context(socket.create_connection((service.host, service.port)))
            head = [f"GET /api/{kim.id}/tasks HTTP/1.1", "Host: localhost", f"Authorization: Bearer {kim.token()}"]
            connection.sendall("\r\n".join([*head, "\r\n"]).encode())  # its key is not in the answer that is held
            assert answer(service, kim, by_hand(SECRET, sub=kim.id)).status_code == 200
        assert connection.makefile("rb").readline() == b"HTTP/1.1 200 OK\r\n"


def test_no_key_at_all_is_no_reason_to_refuse_anybody(forgetful: BetterAuth, running: Service) -> None:  # AUTH-79
    lea = forgetful.sign_up("lea")
    with between(forgetful.url) as proxy, trusting(running, forgetful, proxy, auth_jwks_cache_seconds=1) as service:
        known = lea.token()
        assert answer(service, lea, known).status_code == 200
        forgetful.expire_key()
        assert until(lambda: forgetful.key_ids() == [])
        fetched = len(proxy.fetched)
        assert until(lambda: answer(service, lea, known).status_code == 200 and len(proxy.fetched) > fetched)
        assert answer(service, lea, known).status_code == 200
        with trusting(running, forgetful) as late:
            undecided = answer(late, lea, known)
            assert (undecided.status_code, code(undecided)) == (503, "unavailable")
        assert comes_to_be_answered(service, lea, lea.token())


@pytest.mark.parametrize("single", [False, True])
def test_secrets_rotate_on_both_sides(
    tmp_path: Path,
    running: Service,
    single: bool,  # noqa: FBT001 - of a table
) -> None:  # AUTH-80
    former = {"BETTER_AUTH_SECRET": FORMER_SECRET} if single else {"BETTER_AUTH_SECRETS": f"1:{FORMER_SECRET}"}
    with better_auth(tmp_path, **former) as auth:
        before = auth.sign_up("mia")
        token = before.token()
        port = auth.url.rpartition(":")[2]
    # What Better Auth encrypted before it had a list, it decrypts with the single secret alone: the keys, too.
    both = {"BETTER_AUTH_SECRETS": f"2:{SECRET},1:{FORMER_SECRET}"} | (former if single else {})
    with better_auth(tmp_path, **both, PORT=port) as auth:
        now = auth.sign_in("mia")
        assert now.id == before.id
        with trusting(running, auth, **settings_of(both)) as service:
            for good in (token, now.token(), by_hand(FORMER_SECRET, sub=now.id), by_hand(SECRET, sub=now.id)):
                assert answer(service, now, good).status_code == 200
        with trusting(running, auth, **settings_of({"BETTER_AUTH_SECRETS": f"2:{SECRET}"})) as service:
            assert answer(service, now, by_hand(FORMER_SECRET, sub=now.id)).status_code == 401
            for good in (token, now.token(), by_hand(SECRET, sub=now.id)):
                assert answer(service, now, good).status_code == 200


def settings_of(variables: dict[str, str]) -> dict[str, SecretStr | None]:
    """The settings of both variables of secrets, where a service is told the same as Better Auth."""
    names = ("BETTER_AUTH_SECRET", "BETTER_AUTH_SECRETS")
    return {name.lower(): SecretStr(variables[name]) if name in variables else None for name in names}


def rotate(auth: BetterAuth, everybody: Sequence[Asking]) -> None:
    """Makes the next key while everybody asks, and waits until everybody had a token of it accepted."""
    go_on(everybody)
    published = set(auth.key_ids())
    auth.expire_key()
    assert until(lambda: all(each.accepted - published for each in everybody))


def go_on(everybody: Sequence[Asking]) -> None:
    """Lets everybody ask a few times more."""
    goals = [each.fresh[201] + STEADY for each in everybody]
    assert until(lambda: all(each.fresh[201] >= goal for each, goal in zip(everybody, goals, strict=True)))


def outage(auth: BetterAuth, proxy: Between, fault: Fault, everybody: Sequence[Asking]) -> None:
    """Makes the next key during a fault, and waits until everybody has met it, and again until it is over for them."""
    go_on(everybody)
    for each in everybody:
        each.known = each.latest
    published = set(auth.key_ids())
    with fault(proxy):
        auth.expire_key()
        assert until(lambda: all(each.undecided - published for each in everybody))
    assert until(lambda: all(each.accepted - published for each in everybody))


def faults(seconds: float) -> Iterator[Fault]:
    """Each kind in turn, all of them at least once, until the seconds are over."""
    end = time.monotonic() + seconds
    numbered = enumerate(cycle(FAULTS))
    return (fault for _, fault in takewhile(lambda each: each[0] < len(FAULTS) or time.monotonic() < end, numbered))


def comes_to_be_answered(service: Service, user: User, token: str) -> bool:
    """Whether the token comes to be accepted, and is never refused before."""

    def is_accepted() -> bool:
        status = answer(service, user, token).status_code
        assert status in {200, 503}
        return status == 200

    return until(is_accepted)
