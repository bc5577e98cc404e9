"""The Better Auth of `make auth` and of the tests is one file (specs/features/better-auth.md)."""

import re
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path

import httpx
import psutil
import pytest

from backend.tests.better_auth import PATIENCE, SERVER, BetterAuth, better_auth, environment, key_id
from backend.tests.tools import require_tool
from backend.tests.waiting import until


@pytest.fixture(scope="module")
def auth(tmp_path_factory: pytest.TempPathFactory) -> Iterator[BetterAuth]:
    """A server that was told of one front end elsewhere, and of no secret."""
    trusted = {"BETTER_AUTH_TRUSTED_ORIGINS": "https://app.example.com"}
    with better_auth(tmp_path_factory.mktemp("auth"), **trusted) as server:
        yield server


def test_it_is_there_for_this_machine_alone(auth: BetterAuth) -> None:  # AUTH-81
    ports = psutil.Process(auth.process.pid).net_connections("inet")
    assert {port.laddr.ip for port in ports if port.status == psutil.CONN_LISTEN} == {"127.0.0.1"}


def test_it_tells_its_address_and_ends_well(tmp_path: Path) -> None:  # AUTH-81
    with better_auth(tmp_path) as auth:  # which sees to it that nothing else is printed
        auth.sign_up("ann").token()
        assert re.fullmatch(r"http://localhost:[0-9]+", auth.url)
    assert auth.process.returncode == 0
    assert not (tmp_path / "errors").read_text(encoding="utf-8")


def test_it_tells_nobody_else_of_itself(tmp_path: Path) -> None:  # AUTH-81
    with socket.create_server(("127.0.0.1", 0)) as elsewhere:
        elsewhere.settimeout(0)
        address = f"http://127.0.0.1:{elsewhere.getsockname()[1]}"
        telemetry = {"BETTER_AUTH_TELEMETRY": "1", "BETTER_AUTH_TELEMETRY_ENDPOINT": address}
        with better_auth(tmp_path, **telemetry) as auth:
            auth.sign_up("ann")
            with pytest.raises(BlockingIOError):
                elsewhere.accept()


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"JWT_ALGORITHM": "HS256"}, "auth: JWT_ALGORITHM: must be one of EdDSA, ES256, ES512, RS256, PS256"),
        ({"COOKIE_CACHE": "plain"}, "auth: COOKIE_CACHE: must be one of compact, jwt, jwe, jwks"),
        ({"JWKS_GRACE_SECONDS": "long"}, "auth: JWKS_GRACE_SECONDS: must be a number from 0"),
        ({"JWKS_ROTATION_SECONDS": "Infinity"}, "auth: JWKS_ROTATION_SECONDS: must be a number from 0"),
        ({"PORT": "65536"}, "auth: PORT: must be a whole number from 0 to 65535"),
        ({"PORT": "1.5"}, "auth: PORT: must be a whole number from 0 to 65535"),
        ({"MAIL_FILE": "/dev/null/mails"}, "auth: MAIL_FILE: ENOTDIR"),
        ({"BETTER_AUTH_SECRETS": "1"}, "auth: Invalid BETTER_AUTH_SECRETS entry"),
        ({"BETTER_AUTH_URL": "localhost"}, "auth: Invalid base URL: localhost"),
    ],
)
def test_what_it_cannot_use_is_told_in_a_line(wrong: dict[str, str], told: str) -> None:  # AUTH-82
    [line] = refused(**wrong)
    assert line.startswith(told)


@pytest.mark.parametrize(
    ("content", "told"),
    [("no\nJSON", "auth: STATE_FILE: Unexpected token"), ("null", "auth: STATE_FILE: lacks a table")],
)
def test_a_state_that_is_none_is_told_in_a_line(tmp_path: Path, content: str, told: str) -> None:  # AUTH-82
    state = tmp_path / "state"
    state.write_text(content, encoding="utf-8")
    [line] = refused(STATE_FILE=str(state))
    assert line.startswith(told)


def test_a_state_that_cannot_be_kept_is_told_in_a_line(tmp_path: Path) -> None:  # AUTH-82
    with pytest.raises(AssertionError), better_auth(tmp_path, STATE_FILE=str(tmp_path / "no" / "state")) as auth:
        pass
    assert auth.process.returncode == 1
    [line] = (tmp_path / "errors").read_text(encoding="utf-8").splitlines()
    assert line.startswith("auth: STATE_FILE: ENOENT")


def test_a_taken_port_is_told_in_a_line(auth: BetterAuth) -> None:  # AUTH-82
    [line] = refused(PORT=auth.url.rpartition(":")[2])
    assert line.startswith("auth: listen EADDRINUSE")


@pytest.mark.parametrize(
    ("origin", "may"),
    [
        ("http://localhost:5173", True),
        ("http://127.0.0.1:8080", True),
        ("https://app.example.com", True),
        ("https://example.com", False),
        ("http://localhost.example.com:5173", False),
        ("null", False),
    ],
)
def test_front_ends_of_this_machine_and_named_ones_may_call_it(
    auth: BetterAuth,
    origin: str,
    may: bool,  # noqa: FBT001 - of a table
) -> None:  # AUTH-83
    asked = auth.client.options("/token", headers={"Origin": origin})
    got = auth.client.get("/get-session", headers={"Origin": origin})
    for answer in (asked, got):
        assert answer.headers.get("access-control-allow-origin") == (origin if may else None)
        assert answer.headers.get("access-control-allow-credentials") == ("true" if may else None)
    posted = auth.client.post("/sign-out", headers={"Origin": origin, "Cookie": "better-auth.session_token=x"})
    assert (posted.status_code != 403) == may


def test_its_page_says_what_to_send(auth: BetterAuth) -> None:  # AUTH-87
    page = httpx.get(auth.url, timeout=PATIENCE)
    assert (page.status_code, page.headers["content-type"]) == (200, "text/plain; charset=utf-8")
    urls = re.findall(r"^(?:GET|POST) +(\S+)", page.text, re.MULTILINE)
    assert urls == [f"{auth.url}/api/auth/{path}" for path in ("sign-up/email", "sign-in/email", "token")]


def test_a_signal_rotates_the_key_with_the_next_token(auth: BetterAuth) -> None:  # AUTH-84
    ben = auth.sign_up("ben")
    former = key_id(ben.token())
    auth.expire_key()
    assert until(lambda: key_id(ben.token()) != former)
    assert former in auth.key_ids(), "its grace has begun"


def refused(**wrong: str) -> list[str]:
    """The lines that a server complains with."""
    program = require_tool("node", "Better Auth")
    ended = subprocess.run(  # noqa: S603 - our own words
        [program, SERVER], env=environment(**wrong), check=False, capture_output=True, text=True, timeout=PATIENCE
    )
    assert (ended.returncode, ended.stdout) == (1, "")
    return ended.stderr.splitlines()
