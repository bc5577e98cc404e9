"""The settings: every variable, right and wrong (specs/features/settings.md, specs/features/authentication.md)."""

import json
import os
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from pydantic import SecretStr, ValidationError

from backend.settings import (
    DatabaseSettings,
    Quota,
    Settings,
    SettingsError,
    load_database_settings,
    load_settings,
)
from backend.urls import postgres_url

SECRET = "a-secret-of-thirty-two-bytes-or-m"
URL = "postgresql://user:pa55word@db.example.com/tasks"
VARIABLES = [name.upper() for name in Settings.model_fields]


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> pytest.MonkeyPatch:
    """An environment with nothing of this service but what production needs."""
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("BETTER_AUTH_SECRET", SECRET)
    monkeypatch.setenv("DATABASE_URL", URL)
    monkeypatch.setenv("DEVELOPMENT_FOLDER", str(tmp_path))
    return monkeypatch


def refusal(environment: pytest.MonkeyPatch, **variables: str) -> str:
    """The one line that these variables stop the start with."""
    for name, value in variables.items():
        environment.setenv(name, value)
    with pytest.raises(SettingsError) as caught:
        load_settings()
    line = str(caught.value)
    assert "\n" not in line
    return line


@pytest.mark.usefixtures("environment")
def test_the_defaults_are_those_of_production() -> None:  # SET-1, SET-7
    settings = load_settings()
    assert settings.model_dump(exclude={"database_url", "better_auth_secret", "development_folder"}) == {
        "environment": "production",
        "cors_origins": (),
        "allowed_hosts": ("*",),
        "debug": False,
        "host": "127.0.0.1",
        "port": 8000,
        "workers": 1,
        "docs_enabled": False,
        "forwarded_allow_ips": "127.0.0.1",
        "telemetry": "off",
        "rate_limit_user": {"requests": 600, "seconds": 60},
        "rate_limit_address": {"requests": 60, "seconds": 60},
        "redis_url": None,
        "better_auth_secrets": None,
        "require_if_match": False,
        "better_auth_url": None,
        "better_auth_jwks_url": None,
        "better_auth_issuer": None,
        "better_auth_audience": (),
        "auth_jwt_algorithms": (),
        "auth_jwt_user_id_claim": (),
        "auth_jwt_leeway_seconds": 0,
        "auth_jwt_clock_skew_seconds": 5,
        "auth_jwks_cache_seconds": 300,
        "auth_jwks_max_stale_seconds": 86_400,
        "auth_jwks_timeout_seconds": 3,
        "auth_jwks_min_refresh_seconds": 1,
        "admin_role": None,
        "admin_role_claim": "role",
    }


@pytest.mark.parametrize(
    ("name", "value", "read"),
    [
        ("ENVIRONMENT", "staging", "staging"),
        ("DATABASE_URL", URL, SecretStr(URL)),
        ("DEVELOPMENT_FOLDER", "/elsewhere", Path("/elsewhere")),
        (
            "CORS_ORIGINS",
            '["https://app.example.com", "http://localhost:3000"]',
            ("https://app.example.com", "http://localhost:3000"),
        ),
        ("CORS_ORIGINS", '["*"]', ("*",)),
        ("CORS_ORIGINS", "[]", ()),
        (
            "ALLOWED_HOSTS",
            '["API.example.com", "*.example.com", "[::1]", "127.0.0.1"]',
            ("api.example.com", "*.example.com", "[::1]", "127.0.0.1"),
        ),
        ("DEBUG", "true", True),
        ("HOST", "0.0.0.0", "0.0.0.0"),  # noqa: S104 - read, not bound
        ("PORT", "65535", 65535),
        ("PORT", "0", 0),
        ("WORKERS", "4", 4),
        ("DOCS_ENABLED", "true", True),
        ("FORWARDED_ALLOW_IPS", "*", "*"),
        ("FORWARDED_ALLOW_IPS", "10.0.0.0/8, ::1", "10.0.0.0/8, ::1"),
        ("TELEMETRY", "otlp", "otlp"),
        ("RATE_LIMIT_USER", "off", None),
        ("RATE_LIMIT_USER", "1000000/3600", Quota(1_000_000, 3_600)),
        ("RATE_LIMIT_ADDRESS", "1/1", Quota(1, 1)),
        *(
            ("REDIS_URL", url, SecretStr(url))
            for url in (
                "redis://cache.example.com",
                "rediss://limits:p%2Fw@[::1]:6380/2?ssl_cert_reqs=none",
                "unix:///run/redis.sock?db=1",
            )
        ),
        ("BETTER_AUTH_SECRET", "ä" * 16, SecretStr("ä" * 16)),
        ("BETTER_AUTH_ISSUER", "https://app.example.com", "https://app.example.com"),
        ("BETTER_AUTH_AUDIENCE", "https://a.example, https://b.example", ("https://a.example", "https://b.example")),
        ("BETTER_AUTH_URL", "https://app.example.com/api/auth", "https://app.example.com/api/auth"),
        ("BETTER_AUTH_URL", "HTTPS://[2001:db8::1]:8443", "HTTPS://[2001:db8::1]:8443"),
        ("AUTH_JWT_ALGORITHMS", "HS256", ("HS256",)),
        ("AUTH_JWKS_CACHE_SECONDS", "86400", 86_400),
        ("AUTH_JWKS_MAX_STALE_SECONDS", "300", 300),
        ("AUTH_JWKS_TIMEOUT_SECONDS", "0.5", 0.5),
        ("AUTH_JWKS_MIN_REFRESH_SECONDS", "60", 60),
        ("AUTH_JWT_USER_ID_CLAIM", "uid", ("uid",)),
        ("AUTH_JWT_LEEWAY_SECONDS", "30", 30),
        ("AUTH_JWT_CLOCK_SKEW_SECONDS", "0", 0),
        ("ADMIN_ROLE", "", None),
        ("ADMIN_ROLE", "Support Desk", "Support Desk"),
        ("ADMIN_ROLE_CLAIM", "https://example.com/roles", "https://example.com/roles"),
        ("ADMIN_ROLE_CLAIM", "", "role"),
    ],
)
def test_a_right_value_is_read(
    environment: pytest.MonkeyPatch, name: str, value: str, read: object
) -> None:  # SET-4, SET-5, LIMIT-14, LIMIT-15, ADMIN-12
    environment.setenv(name, value)
    assert getattr(load_settings(), name.lower()) == read


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("ENVIRONMENT", "prod"),
        ("DATABASE_URL", "mysql://user:pa55word@db.example.com/tasks"),
        ("DATABASE_URL", "pa55word"),
        ("DATABASE_URL", "postgresql:///tasks"),
        ("DATABASE_URL", "postgresql://user:pa55word@db.example.com"),
        ("DATABASE_URL", "postgresql://user:pa55word@db.example.com/tasks?ssl=pa55word"),
        ("DATABASE_URL", "postgresql://user:pa55/word@db.example.com/tasks"),
        ("DATABASE_URL", "postgresql://user:word@pa55@db.example.com/tasks"),
        ("CORS_ORIGINS", "https://app.example.com"),
        ("CORS_ORIGINS", '{"https://app.example.com": 1}'),
        ("CORS_ORIGINS", "[1]"),
        ("CORS_ORIGINS", '["https://app.example.com/"]'),
        ("CORS_ORIGINS", '["app.example.com"]'),
        ("CORS_ORIGINS", '["https://"]'),
        ("ALLOWED_HOSTS", "api.example.com"),
        ("ALLOWED_HOSTS", "[]"),
        ("ALLOWED_HOSTS", '["api.example.com:8000"]'),
        ("ALLOWED_HOSTS", '["https://api.example.com"]'),
        ("DEBUG", "perhaps"),
        ("HOST", "local..host"),
        ("PORT", "65536"),
        ("PORT", "http"),
        ("WORKERS", "0"),
        ("DOCS_ENABLED", "2"),
        ("FORWARDED_ALLOW_IPS", "proxy.example.com"),
        ("TELEMETRY", "on"),
        ("FORWARDED_ALLOW_IPS", "10.0.0.1/8"),
        *(
            (name, value)
            for name in ("RATE_LIMIT_USER", "RATE_LIMIT_ADDRESS")
            for value in ("600", "0/60", "60/0", "600/3601", "1000001/60", "6e2/60", "-1/60", "600 / 60", "on")
        ),
        *(
            ("REDIS_URL", url)
            for url in (
                "cache.example.com:6379",
                "http://cache.example.com",
                "redis://",
                "redis:///0",
                "unix://",
                "redis://user:12#pa55word@cache.example.com",
                "redis://user:12/pa55word@cache.example.com",
                "redis://user:12?pa55word@cache.example.com",
                "redis://user:12@pa55word@cache.example.com",
                "redis://:pa55word@cache.example.com:port",
                "redis://:pa55word@cache.example.com/name",
                "redis://cache.example.com?pasword=pa55word",
                "redis://cache.example.com?socket_timeout=pa55word",
            )
        ),
        ("BETTER_AUTH_SECRET", "pa55word" * 3 + "1234567"),
        ("BETTER_AUTH_SECRET", "better-auth-secret-12345678901234567890"),
        ("BETTER_AUTH_SECRET", "-----BEGIN PUBLIC KEY-----\npa55wordpa55wordpa55wordpa55word"),
        ("BETTER_AUTH_SECRET", json.dumps({"kty": "oct", "k": "pa55wordpa55wordpa55wordpa55word"})),
        ("BETTER_AUTH_SECRETS", "pa55wordpa55wordpa55wordpa55word"),
        ("BETTER_AUTH_SECRETS", f"2:{SECRET},1:pa55word"),
        ("BETTER_AUTH_SECRETS", f"2:{SECRET},one:{SECRET}"),
        ("BETTER_AUTH_SECRETS", f"2:{SECRET},2:{SECRET}"),
        ("BETTER_AUTH_SECRETS", f"\u0662:{SECRET}"),
        ("AUTH_JWT_ALGORITHMS", "HS256,EdDSA"),
        *(("AUTH_JWT_ALGORITHMS", value) for value in ("none", ",", "HS256,", " ")),
        *(("BETTER_AUTH_AUDIENCE", value) for value in ("https://a.example,", ",a", "a,,b", "a, ", ",", " ")),
        *(
            (name, url)
            for name in ("BETTER_AUTH_URL", "BETTER_AUTH_JWKS_URL")
            for url in (
                "app.example.com",
                "ftp://app.example.com",
                "https://",
                "https:///keys",
                "https://[::1",
                "https://app.example.com:port",
                "https://app.example.com:0",
                "https://app.example.com:65536",
                "https://app .example.com",
                "https://app.example.com/\n",
                "https://äpp.example.com",
                "https://user:pa55word@app.example.com",
                "https://pa55word@app.example.com",
                "https://app.example.com#keys",
                "https://app.example.com/#",
            )
        ),
        ("BETTER_AUTH_JWKS_URL", "https://app.example.com/keys"),
        ("BETTER_AUTH_URL", "http://app.example.com"),
        ("BETTER_AUTH_URL", "http://localhost.example.com"),
        ("BETTER_AUTH_URL", "http://10.0.0.1"),
        ("AUTH_JWT_ALGORITHMS", "ES256"),
        ("AUTH_JWKS_CACHE_SECONDS", "0"),
        *(("AUTH_JWKS_MAX_STALE_SECONDS", value) for value in ("0", "299", "604801")),
        ("AUTH_JWKS_TIMEOUT_SECONDS", "0"),
        ("AUTH_JWKS_TIMEOUT_SECONDS", "nan"),
        ("AUTH_JWKS_MIN_REFRESH_SECONDS", "0"),
        ("AUTH_JWKS_MIN_REFRESH_SECONDS", "0.001"),
        ("AUTH_JWKS_TIMEOUT_SECONDS", "1e-9"),
        *(("BETTER_AUTH_URL", f"http://{host}:3000") for host in ("0177.0.0.1", "127.1", "2130706433", "0x7f.0.0.1")),
        ("AUTH_JWKS_MIN_REFRESH_SECONDS", "inf"),
        *(("AUTH_JWT_USER_ID_CLAIM", value) for value in ("email", "userId", "user", "  ", " sub", "sub\t", "sub,id")),
        *(("AUTH_JWT_USER_ID_CLAIM", value) for value in ("name", "username", "phoneNumber", "iss", "exp", "jti")),
        *(("BETTER_AUTH_ISSUER", value) for value in (" ", "tasks ")),
        ("AUTH_JWT_LEEWAY_SECONDS", "-1"),
        ("AUTH_JWT_CLOCK_SKEW_SECONDS", "3601"),
        *(("ADMIN_ROLE", value) for value in ("admin,user", ",", " ", " admin", "admin\t")),
        *(
            ("ADMIN_ROLE_CLAIM", value)
            for value in ("sub", "iss", "aud", "exp", "email", "name", "phoneNumber", "userId", " role")
        ),
    ],
)
def test_a_wrong_value_is_named_and_never_shown_where_it_may_be_secret(
    environment: pytest.MonkeyPatch, name: str, value: str
) -> None:  # SET-1, SET-2, SET-3, SET-4, SET-5, SET-7, CONN-2, AUTH-19, AUTH-28, AUTH-53, LIMIT-14, LIMIT-15, ADMIN-12
    line = refusal(environment, **{name: value})
    assert line.startswith(f"{name}: ")
    assert line.count(": ") <= 2
    assert "pa55" not in line


def test_the_claim_that_names_the_user_holds_no_role(environment: pytest.MonkeyPatch) -> None:  # ADMIN-12
    environment.setenv("AUTH_JWT_USER_ID_CLAIM", "role")
    assert load_settings().auth_jwt_user_id_claim == ("role",)
    assert refusal(environment, ADMIN_ROLE="admin").startswith("AUTH_JWT_USER_ID_CLAIM: ")
    environment.setenv("ADMIN_ROLE_CLAIM", "roles")
    assert load_settings().admin_role_claim == "roles"


def test_all_wrong_values_are_told_at_once(environment: pytest.MonkeyPatch) -> None:
    line = refusal(environment, PORT="x", WORKERS="y")
    assert [complaint.partition(":")[0] for complaint in line.split("; ")] == ["PORT", "WORKERS"]


@pytest.mark.parametrize("kind", ["production", "staging"])
@pytest.mark.parametrize("name", ["BETTER_AUTH_SECRET", "DATABASE_URL"])
def test_outside_development_secret_and_database_have_to_be_set(
    environment: pytest.MonkeyPatch, kind: str, name: str
) -> None:  # AUTH-27, EMBED-2
    environment.delenv(name)
    assert refusal(environment, ENVIRONMENT=kind).startswith(f"{name}: ")


def test_an_empty_variable_is_an_unset_one(environment: pytest.MonkeyPatch) -> None:
    environment.setenv("PORT", "")
    assert load_settings().port == 8000
    assert refusal(environment, BETTER_AUTH_SECRET="").startswith("BETTER_AUTH_SECRET: ")


@pytest.mark.parametrize(("kind", "shown"), [("development", True), ("staging", True), ("production", False)])
def test_docs_are_off_in_production_only(environment: pytest.MonkeyPatch, kind: str, shown: bool) -> None:  # noqa: FBT001 - a table's column
    # SET-6, DOCS-6
    environment.setenv("ENVIRONMENT", kind)
    assert load_settings().docs_enabled is shown


def test_the_first_secret_signs_and_all_verify(environment: pytest.MonkeyPatch) -> None:  # AUTH-13
    old, new = "1" * 32, "2:" + "2" * 30
    environment.setenv("BETTER_AUTH_SECRETS", f"2:{new}, 1:{old}")
    assert [secret.get_secret_value() for secret in load_settings().secrets] == [new, old, SECRET]
    environment.setenv("BETTER_AUTH_SECRET", old)
    assert [secret.get_secret_value() for secret in load_settings().secrets] == [new, old]
    environment.delenv("BETTER_AUTH_SECRET")
    assert [secret.get_secret_value() for secret in load_settings().secrets] == [new, old]


def test_development_makes_a_secret_and_keeps_it_to_itself(
    environment: pytest.MonkeyPatch, tmp_path: Path
) -> None:  # AUTH-29
    environment.setenv("ENVIRONMENT", "development")
    environment.setenv("DEVELOPMENT_FOLDER", str(tmp_path / "new"))
    environment.delenv("BETTER_AUTH_SECRET")
    environment.delenv("DATABASE_URL")
    before = os.umask(0)
    try:
        with ThreadPoolExecutor(4) as several:
            found = {settings.result().secrets for settings in [several.submit(load_settings) for _ in range(8)]}
    finally:
        os.umask(before)
    assert len(found) == 1
    ((secret,),) = found
    assert len(secret.get_secret_value()) >= 43
    assert load_settings().secrets == (secret,)
    (kept,) = (tmp_path / "new").iterdir()
    assert kept.name == "secret"
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600


def test_a_folder_that_cannot_be_made_is_named(environment: pytest.MonkeyPatch, tmp_path: Path) -> None:  # SET-2
    (tmp_path / "file").touch()
    environment.setenv("ENVIRONMENT", "development")
    environment.setenv("DEVELOPMENT_FOLDER", str(tmp_path / "file" / "new"))
    environment.delenv("BETTER_AUTH_SECRET")
    with pytest.raises(SettingsError, match=r"^DEVELOPMENT_FOLDER: no secret can be kept there: Not a directory$"):
        load_settings()


def test_a_secret_that_is_set_is_used_in_development_too(environment: pytest.MonkeyPatch, tmp_path: Path) -> None:
    environment.setenv("ENVIRONMENT", "development")
    assert load_settings().secrets == (SecretStr(SECRET),)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("scheme", ["postgres", "postgresql", "postgresql+psycopg"])
def test_the_url_of_neon_is_taken_as_it_is_pasted(scheme: str) -> None:  # CONN-1
    rest = "u:p@ep-cool-1-pooler.eu-central-1.aws.neon.tech/neondb?sslmode=require&channel_binding=require"
    assert postgres_url(f" {scheme}://{rest}\n") == f"postgresql://{rest}"


def test_a_migration_needs_no_secret(environment: pytest.MonkeyPatch) -> None:  # RUN-9
    environment.delenv("BETTER_AUTH_SECRET")
    assert load_database_settings().database_url == SecretStr(URL)
    environment.delenv("DATABASE_URL")
    with pytest.raises(SettingsError, match=r"^DATABASE_URL: "):
        load_database_settings()


def test_settings_never_change_and_take_no_unknown_name() -> None:
    settings = DatabaseSettings(environment="development", database_url=None)
    with pytest.raises(ValidationError):
        settings.environment = "production"  # type: ignore[misc] # that it is frozen is the point
    with pytest.raises(ValidationError):
        DatabaseSettings(environment="development", databse_url=URL)  # type: ignore[call-arg] # mistyped on purpose


def test_values_that_are_no_text_are_checked_as_well() -> None:
    given = {"environment": "development", "cors_origins": ("x",)}
    with pytest.raises(ValidationError):
        Settings.model_validate(given)
