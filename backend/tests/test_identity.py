"""What follows from the settings of identity (specs/features/authentication.md); each by itself is in test_settings."""

from pathlib import Path

import pytest
from pydantic import SecretStr

from backend.settings import Settings, load_settings
from backend.tests.test_settings import SECRET, URL, refusal


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> pytest.MonkeyPatch:
    """An environment with nothing of this service but what production needs."""
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)
    monkeypatch.setenv("BETTER_AUTH_SECRET", SECRET)
    monkeypatch.setenv("DATABASE_URL", URL)
    monkeypatch.setenv("DEVELOPMENT_FOLDER", str(tmp_path))
    return monkeypatch


@pytest.mark.parametrize(
    ("url", "origin"),
    [
        ("https://app.example.com", "https://app.example.com"),
        ("https://app.example.com/", "https://app.example.com"),
        ("https://app.example.com/api/auth?x=y", "https://app.example.com"),
        ("HTTPS://App.Example.com:443", "https://app.example.com"),
        ("https://app.example.com:8443/", "https://app.example.com:8443"),
        ("http://localhost:80", "http://localhost"),
        ("http://localhost:3000", "http://localhost:3000"),
        ("http://127.1.2.3", "http://127.1.2.3"),
        ("http://[::1]:3000", "http://[::1]:3000"),
        ("http://[0:0:0:0:0:0:0:1]:3000", "http://[::1]:3000"),
        ("https://[2001:DB8:0:0:1:0:0:1]", "https://[2001:db8::1:0:0:1]"),
        ("https://[::ffff:127.0.0.1]:3000", "https://[::ffff:7f00:1]:3000"),
    ],
)
def test_the_url_of_better_auth_gives_keys_issuer_and_audience(
    environment: pytest.MonkeyPatch, url: str, origin: str
) -> None:  # AUTH-27, AUTH-36, AUTH-53
    environment.delenv("BETTER_AUTH_SECRET")
    environment.setenv("BETTER_AUTH_URL", url)
    settings = load_settings()
    assert (settings.jwks_url, settings.jwks_issuer) == (f"{origin}/api/auth/jwks", origin)
    assert settings.jwks_audiences == (origin,)
    assert (settings.better_auth_issuer, settings.better_auth_audience) == (None, ())
    assert settings.algorithms == ("EdDSA", "ES256", "ES512", "RS256", "PS256")
    assert settings.user_id_claims("EdDSA") == ("sub",)


def test_what_is_said_of_keys_issuer_and_audience_counts(environment: pytest.MonkeyPatch) -> None:  # AUTH-36, AUTH-53
    environment.setenv("BETTER_AUTH_URL", "http://auth.internal.example.com")
    environment.setenv("BETTER_AUTH_JWKS_URL", "https://keys.example.com/?set=1")
    environment.setenv("BETTER_AUTH_ISSUER", "tasks")
    environment.setenv("BETTER_AUTH_AUDIENCE", "a,b")
    settings = load_settings()
    assert settings.jwks_url == "https://keys.example.com/?set=1"
    assert (settings.jwks_issuer, settings.jwks_audiences) == ("tasks", ("a", "b"))


@pytest.mark.parametrize("kind", ["development", "staging"])
def test_plain_http_is_for_trying_things_out(environment: pytest.MonkeyPatch, kind: str) -> None:  # AUTH-53
    environment.setenv("ENVIRONMENT", kind)
    environment.setenv("BETTER_AUTH_URL", "http://app.example.com")
    assert load_settings().jwks_url == "http://app.example.com/api/auth/jwks"


def test_keys_by_plain_http_are_refused_by_the_name_that_says_so(environment: pytest.MonkeyPatch) -> None:  # AUTH-53
    environment.setenv("BETTER_AUTH_URL", "https://app.example.com")
    assert refusal(environment, BETTER_AUTH_JWKS_URL="http://app.example.com").startswith("BETTER_AUTH_JWKS_URL: ")


def test_algorithms_may_only_narrow_what_is_on(environment: pytest.MonkeyPatch) -> None:  # AUTH-10
    environment.setenv("BETTER_AUTH_URL", "https://app.example.com")
    assert load_settings().algorithms == ("HS256", "EdDSA", "ES256", "ES512", "RS256", "PS256")
    environment.setenv("AUTH_JWT_ALGORITHMS", "ES256, EdDSA")
    assert load_settings().algorithms == ("ES256", "EdDSA")
    assert refusal(environment, AUTH_JWT_ALGORITHMS="EdDSA,RS512").startswith("AUTH_JWT_ALGORITHMS: ")
    environment.delenv("BETTER_AUTH_SECRET")
    assert refusal(environment, AUTH_JWT_ALGORITHMS="HS256").startswith("AUTH_JWT_ALGORITHMS: ")


def test_without_a_secret_the_database_is_what_seals(environment: pytest.MonkeyPatch) -> None:  # AUTH-54
    assert load_settings().sealing_keys == load_settings().secrets == (SecretStr(SECRET),)
    environment.setenv("BETTER_AUTH_URL", "https://app.example.com")
    assert load_settings().sealing_keys == (SecretStr(SECRET),)
    environment.delenv("BETTER_AUTH_SECRET")
    [key] = load_settings().sealing_keys
    assert load_settings().sealing_keys == (key,)
    assert "pa55" not in key.get_secret_value()
    environment.setenv("DATABASE_URL", URL + "2")
    assert load_settings().sealing_keys != (key,)


def test_development_seals_with_the_secret_that_it_keeps_and_takes_no_token_for_it(
    environment: pytest.MonkeyPatch, tmp_path: Path
) -> None:  # AUTH-38, AUTH-54
    environment.setenv("ENVIRONMENT", "development")
    environment.setenv("BETTER_AUTH_URL", "http://localhost:3000")
    environment.delenv("BETTER_AUTH_SECRET")
    environment.delenv("DATABASE_URL")
    settings = load_settings()
    assert (settings.secrets, list(tmp_path.iterdir())) == ((), [])
    [key] = settings.sealing_keys
    assert key.get_secret_value() == (tmp_path / "secret").read_text()
    assert load_settings().secrets == ()
