"""`make token` (AUTH-30, RUN-5)."""

import subprocess
import sys
import time
from pathlib import Path

import jwt
import pytest

from backend.settings import Settings
from scripts.token import development_token, main

SECRET = "a-secret-of-thirty-two-bytes-or-m"


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> pytest.MonkeyPatch:
    """A development environment with nothing else set."""
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)
    monkeypatch.setenv("ENVIRONMENT", "development")
    monkeypatch.setenv("DEVELOPMENT_FOLDER", str(tmp_path))
    return monkeypatch


def claims(token: str, secret: str) -> dict[str, object]:
    assert jwt.get_unverified_header(token) == {"alg": "HS256", "typ": "JWT"}
    return dict(jwt.decode(token, secret, algorithms=["HS256"], options={"verify_aud": False}))


@pytest.mark.usefixtures("environment")
def test_it_prints_a_token_for_the_secret_that_the_service_keeps_and_nothing_else(
    tmp_path: Path,
) -> None:  # AUTH-29, AUTH-30
    before = int(time.time())
    command = [sys.executable, "-m", "scripts.token", "--user", "alice"]
    ended = subprocess.run(command, capture_output=True, text=True, check=True)  # noqa: S603 - our own program
    assert (ended.stdout.count("\n"), ended.stderr) == (1, "")
    found = claims(ended.stdout.strip(), (tmp_path / "secret").read_text())
    assert found.keys() == {"sub", "iat", "exp"}
    assert found["sub"] == "alice"
    assert before <= int(str(found["iat"])) <= time.time()
    assert int(str(found["exp"])) - int(str(found["iat"])) == 3600


def test_email_lifetime_issuer_audience_and_claim_are_as_asked_for(
    environment: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:  # AUTH-30
    environment.setenv("BETTER_AUTH_SECRETS", f"2:{SECRET},1:{'1' * 32}")
    environment.setenv("BETTER_AUTH_ISSUER", "https://issuer.example")
    environment.setenv("BETTER_AUTH_AUDIENCE", "https://one.example,https://two.example")
    environment.setenv("AUTH_JWT_USER_ID_CLAIM", "uid")
    assert main(["--user", "ä b", "--email", "a@example.com", "--ttl", "60"]) == 0
    found = claims(capsys.readouterr().out.strip(), SECRET)
    assert int(str(found.pop("exp"))) - int(str(found.pop("iat"))) == 60
    assert found == {
        "uid": "ä b",
        "email": "a@example.com",
        "iss": "https://issuer.example",
        "aud": "https://one.example",
    }


@pytest.mark.parametrize("kind", ["staging", "production"])
def test_outside_development_it_makes_none(
    environment: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], kind: str
) -> None:  # RUN-5
    environment.setenv("ENVIRONMENT", kind)
    environment.setenv("BETTER_AUTH_SECRET", SECRET)
    environment.setenv("DATABASE_URL", "postgresql://u@db.example.com/tasks")
    assert main(["--user", "alice"]) == 1
    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err.startswith("token: ENVIRONMENT: ")


def test_where_only_better_auth_signs_it_makes_none(
    environment: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:  # AUTH-38
    environment.setenv("BETTER_AUTH_URL", "http://localhost:3000")
    assert main(["--user", "alice"]) == 1
    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err.startswith("token: BETTER_AUTH_SECRET: ")
    assert "http://localhost:3000" in printed.err
    assert printed.err.count("\n") == 1


def test_a_bad_setting_is_one_line(environment: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    environment.setenv("PORT", "x")
    assert main(["--user", "alice"]) == 1
    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err.startswith("token: PORT: ")
    assert printed.err.count("\n") == 1


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["--user", ""],
        ["--user", "a/b"],
        ["--user", " alice"],
        ["--user", "x" * 129],
        ["--user", "a\x85"],
        ["--user", "alice", "--ttl", "0"],
        ["--user", "alice", "--ttl", "-1"],
        ["--user", "alice", "--ttl", "1.5"],
        ["--user", "alice", "--ttl", "31622401"],
    ],
)
def test_what_no_service_would_take_is_refused(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        main(arguments)
    assert caught.value.code == 2
    assert capsys.readouterr().out == ""


def test_the_service_with_the_same_settings_accepts_it() -> None:
    settings = Settings(environment="development", better_auth_secret=SECRET)
    assert claims(development_token(settings, user="alice", seconds=5), SECRET)["sub"] == "alice"
