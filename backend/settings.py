"""The settings of the service: one frozen class, and the only reader of the environment.

Specs: specs/features/settings.md, and "The secret" in specs/features/authentication.md. Variables of a capability that
does not exist yet are not read: a setting that is accepted does something.
"""

import ipaddress
import json
import os
import re
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal, Self
from urllib.parse import urlsplit

import psycopg
from psycopg.conninfo import conninfo_to_dict
from pydantic import Field, SecretStr, ValidationError, ValidationInfo, field_validator, model_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict
from typing_extensions import override

PROJECT = Path(__file__).resolve().parent.parent

MINIMUM_SECRET_BYTES = 32
"""RFC 7518, section 3.2: a key for HS256 is at least as long as the hash."""

PUBLISHED_SECRETS = frozenset({"better-auth-secret-12345678901234567890", "better-auth-secret-123456789"})
"""Better Auth falls back to the first when none is configured; the second was its documented example."""

_HOST = re.compile(r"\*|(\*\.)?[a-z0-9_-]+(\.[a-z0-9_-]+)*|\[[0-9a-f:.]+\]", re.IGNORECASE)

_QUOTA = re.compile(r"([1-9][0-9]{0,5}|1000000)/([1-9][0-9]{0,3})")
"""More digits are a mistake rather than a limit."""

_LONGEST_WINDOW = 3_600
"""Seconds; the contract's bound of `Retry-After`."""

_REDIS = re.compile(r"(rediss?://([^/?#@]*@)?[^/?#@]+(/[0-9]*)?|unix://([^/?#@]*@)?/[^?#]+)(\?[^?#@]+)?")
"""What redis-py reads as it is meant. A raw `/`, `?`, `#` or `@` in a password would make it another host."""

IMPERSONATING_CLAIMS = frozenset({"email", "userId", "user"})
"""Claims of tokens that Better Auth signs with the same secret for other purposes: they identify nobody."""

NO_ROLE_CLAIMS = frozenset(
    {"sub", "iss", "aud", "exp", "nbf", "iat", "jti", "id", "user_id", "userId", "user", "email", "emailVerified"}
    | {"name", "image", "username", "displayUsername"}
)
"""Claims of RFC 7519, and those of Better Auth's user that say who somebody is, or that users choose themselves."""

Listed = Annotated[tuple[str, ...], NoDecode]
"""A list in one variable, read by this module: pydantic-settings' own reading is JSON only and names no variable."""


@dataclass(frozen=True, slots=True)
class Quota:
    """So many requests at once, refilled over so many seconds."""

    requests: int
    seconds: int

    @override
    def __str__(self) -> str:
        return f"{self.requests}/{self.seconds}"


Limit = Annotated[Quota | None, NoDecode]
"""A quota in one variable, as `600/60` or `off`."""


class SettingsError(Exception):
    """A setting is missing or wrong; the text is one line that names the variable and never shows its value."""


class DatabaseSettings(BaseSettings):
    """What a migration needs to know; it runs where no token is ever checked."""

    model_config = SettingsConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True, env_ignore_empty=True)

    environment: Literal["development", "staging", "production"] = "production"
    database_url: SecretStr | None = None
    """As libpq reads it; `None`, in development only, means the embedded server (backend/embedded.py)."""
    development_folder: Path = PROJECT / ".dev"
    """Holds what development makes by itself, the secret and the embedded database; not on NFS, which has no locks."""

    @field_validator("database_url")
    @classmethod
    def _postgres(cls, value: SecretStr | None) -> SecretStr | None:
        return None if value is None else SecretStr(postgres_url(value.get_secret_value()))

    @model_validator(mode="after")
    def _has_a_database(self) -> Self:
        if self.environment != "development" and self.database_url is None:
            raise ValueError("DATABASE_URL: set it; only ENVIRONMENT=development brings its own database")
        return self


class Settings(DatabaseSettings):
    """All settings, checked together. A constructor argument wins over the environment; an empty variable is unset."""

    cors_origins: Listed = ()
    """A JSON list of the origins whose pages may call; `*` is any."""
    allowed_hosts: Listed = ("*",)
    """A JSON list of names as in a Host header without its port: `api.example.com`, `*.example.com`, `[::1]`, `*`."""
    debug: bool = False
    host: str = "127.0.0.1"
    port: int = Field(default=8000, ge=0, le=65535)
    """0 takes any that is free."""
    workers: int = Field(default=1, ge=1, le=64)
    docs_enabled: bool = Field(default_factory=lambda others: others["environment"] != "production")
    require_if_match: bool = False
    """Whether a write that does not say which version of a task it means is refused (specs/features/conditions.md)."""
    forwarded_allow_ips: str = "127.0.0.1"
    """The proxies whose X-Forwarded-* are believed: addresses and networks with commas between them, or `*`."""
    telemetry: Literal["off", "otlp"] = "off"
    """Where `otlp` sends traces and metrics, and as whom, say OpenTelemetry's own variables, which its SDK reads."""

    rate_limit_user: Limit = Quota(600, 60)
    """Of the requests of one user; `None` is off."""
    rate_limit_address: Limit = Quota(60, 60)
    """Of the failures to authenticate from one address; `None` is off."""
    redis_url: SecretStr | None = None
    """Where processes count together; `None` lets each count alone."""

    better_auth_secret: SecretStr | None = None
    better_auth_secrets: SecretStr | None = None
    """`2:new,1:old`: versions, the first of which is the current one."""
    better_auth_issuer: str | None = None
    better_auth_audience: Listed = ()
    """Audiences with commas between them; a token needs one of them."""
    auth_jwt_algorithms: Listed = ("HS256",)
    auth_jwt_user_id_claim: Listed = ("sub", "user_id", "id")
    """The variable names one claim."""
    auth_jwt_leeway_seconds: int = Field(default=0, ge=0, le=3600)
    """How long after `exp` a token still counts."""
    auth_jwt_clock_skew_seconds: int = Field(default=5, ge=0, le=3600)
    """How far in the future `iat` and `nbf` may lie."""
    admin_role: str | None = None
    """What the issuer calls the contract's role `admin`; `None` lets nobody have it (specs/features/admin.md)."""
    admin_role_claim: str = "role"
    """The claim that holds a user's roles."""

    @property
    def secrets(self) -> tuple[SecretStr, ...]:
        """The HS256 secrets, the one that signs first. All of them verify, so that a secret can be rotated."""
        several = () if self.better_auth_secrets is None else _versioned(self.better_auth_secrets.get_secret_value())
        single = () if self.better_auth_secret is None else (self.better_auth_secret.get_secret_value(),)
        return tuple(SecretStr(secret) for secret in dict.fromkeys((*several, *single)))

    @field_validator("cors_origins", "allowed_hosts", mode="before")
    @classmethod
    def _json_list(cls, value: object) -> object:
        if not isinstance(value, str):
            return value
        try:
            listed = json.loads(value)
        except ValueError:
            listed = None
        if not isinstance(listed, list) or not all(isinstance(item, str) for item in listed):
            raise ValueError('must be a JSON list of strings, such as ["one", "two"]')
        return tuple(listed)

    @field_validator("better_auth_audience", "auth_jwt_algorithms", mode="before")
    @classmethod
    def _comma_list(cls, value: object) -> object:
        return tuple(name.strip() for name in value.split(",")) if isinstance(value, str) else value

    @field_validator("auth_jwt_user_id_claim", mode="before")
    @classmethod
    def _one_name(cls, value: object) -> object:
        return (value,) if isinstance(value, str) else value

    @field_validator("cors_origins")
    @classmethod
    def _origins(cls, origins: tuple[str, ...]) -> tuple[str, ...]:
        if not all(origin == "*" or _is_origin(origin) for origin in origins):
            raise ValueError("must list origins as browsers send them, such as https://app.example.com, without a path")
        return origins

    @field_validator("allowed_hosts")
    @classmethod
    def _hosts(cls, hosts: tuple[str, ...]) -> tuple[str, ...]:
        if not hosts or not all(_HOST.fullmatch(host) for host in hosts):
            raise ValueError("must list host names without scheme or port, such as api.example.com or *.example.com")
        return tuple(host.lower() for host in hosts)

    @field_validator("forwarded_allow_ips")
    @classmethod
    def _proxies(cls, value: str) -> str:
        if value != "*":
            for proxy in value.split(","):
                ipaddress.ip_network(proxy.strip())  # uvicorn ignores one with bits behind its prefix
        return value

    @field_validator("rate_limit_user", "rate_limit_address", mode="before")
    @classmethod
    def _quota(cls, value: object) -> object:
        if not isinstance(value, str):
            return value
        if value == "off":
            return None
        match = _QUOTA.fullmatch(value)
        if match is None or int(match[2]) > _LONGEST_WINDOW:
            raise ValueError("must be off, or 1 to 1000000 requests, a slash and 1 to 3600 seconds, such as 600/60")
        return Quota(int(match[1]), int(match[2]))

    @field_validator("redis_url")
    @classmethod
    def _redis(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None:
            _refuse_unreadable(value.get_secret_value())
        return value

    @field_validator("better_auth_secret")
    @classmethod
    def _strong(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None:
            _refuse_weak(value.get_secret_value())
        return value

    @field_validator("better_auth_secrets")
    @classmethod
    def _all_strong(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None:
            for secret in _versioned(value.get_secret_value()):
                _refuse_weak(secret)
        return value

    @field_validator("auth_jwt_algorithms")
    @classmethod
    def _narrowed(cls, algorithms: tuple[str, ...]) -> tuple[str, ...]:
        if set(algorithms) != {"HS256"}:
            raise ValueError("may only narrow what is on, and only HS256 is")
        return ("HS256",)

    @field_validator("auth_jwt_user_id_claim")
    @classmethod
    def _identifying(cls, claims: tuple[str, ...]) -> tuple[str, ...]:
        if IMPERSONATING_CLAIMS.intersection(claims):
            raise ValueError("must not be email, userId or user: Better Auth puts those into tokens that are no logins")
        return claims

    @field_validator("admin_role")
    @classmethod
    def _one_role(cls, value: str | None) -> str | None:
        if value is not None and ("," in value or value != value.strip() or not value):
            raise ValueError("must be one role, without commas and outer blanks")
        return value

    @field_validator("admin_role_claim")
    @classmethod
    def _of_the_issuer(cls, claim: str, known: ValidationInfo) -> str:
        if claim in NO_ROLE_CLAIMS or claim in known.data.get("auth_jwt_user_id_claim", ()) or claim != claim.strip():
            raise ValueError("must be a claim that the issuer alone sets, and not one that says who the user is")
        return claim

    @model_validator(mode="after")
    def _has_a_secret(self) -> Self:
        if self.environment != "development" and not self.secrets:
            raise ValueError("BETTER_AUTH_SECRET: set it (or BETTER_AUTH_SECRETS) to the secret that signs the tokens")
        return self


def load_settings() -> Settings:
    """Reads the environment. In development a missing secret is made once and kept.

    Raises:
        SettingsError: a variable is missing or wrong.
    """
    with _told_in_one_line():
        settings = Settings()
        if not settings.secrets:
            try:
                secret = _kept_secret(settings.development_folder / "secret")
            except OSError as error:
                raise SettingsError(f"DEVELOPMENT_FOLDER: no secret can be kept there: {error.strerror}") from None
            settings = Settings(better_auth_secret=secret)
        return settings


def load_database_settings() -> DatabaseSettings:
    """Reads of the environment what says where the database is.

    Raises:
        SettingsError: a variable is missing or wrong.
    """
    with _told_in_one_line():
        return DatabaseSettings()


def postgres_url(url: str) -> str:
    """The URL as libpq reads it, from any of the spellings that providers and SQLAlchemy users paste.

    Query parameters such as Neon's `sslmode` and `channel_binding` are libpq's own and stay.

    Raises:
        ValueError: not a PostgreSQL URL. The text never repeats it, for it carries a password.
    """
    scheme, _, rest = url.strip().partition("://")
    if scheme not in {"postgres", "postgresql", "postgresql+psycopg"}:
        raise ValueError("must be a URL like postgresql://user:password@host/database")
    try:
        parameters = conninfo_to_dict(f"postgresql://{rest}")
    except psycopg.ProgrammingError:
        raise ValueError("cannot be read by PostgreSQL's client library") from None
    host, port, name = (str(parameters.get(part, "")) for part in ("host", "port", "dbname"))
    # libpq splits at the first of these, and would tell the rest of the password as a host or port that is not there.
    if "@" in host or not re.fullmatch("[0-9,]*", port):
        raise ValueError("must have the characters / ? # @ : of user and password written as %2F %3F %23 %40 %3A")
    # Without them libpq would take a local server and the name of whoever runs the process.
    if not host or not name:
        raise ValueError("must name host and database, as in postgresql://user:password@host/database")
    return f"postgresql://{rest}"


def _is_origin(origin: str) -> bool:
    """Whether it is scheme, host and perhaps port and nothing else: RFC 6454, section 6.2, never with a path."""
    parts = urlsplit(origin)
    return parts.scheme in {"http", "https"} and bool(parts.netloc) and origin == f"{parts.scheme}://{parts.netloc}"


def _refuse_unreadable(url: str) -> None:
    """Refuses what redis-py would not read, or not as it is meant.

    Raises:
        ValueError: not a URL of Redis. The text never repeats it, for it may carry a password.
    """
    if not _REDIS.fullmatch(url):
        raise ValueError(
            "must be a URL like redis://user:password@host:6379/0, rediss://host or unix:///path, with the characters "
            "/ ? # @ of user and password written as %2F %3F %23 %40"
        )
    # A start without Redis need not wait for redis-py.
    from redis.asyncio import ConnectionPool  # noqa: PLC0415 - as above
    from redis.exceptions import RedisError  # noqa: PLC0415 - as above

    try:
        ConnectionPool.from_url(url).make_connection()  # type: ignore[no-untyped-call] # by redis-py
    except (ValueError, TypeError, RedisError):
        raise ValueError("has an option or a port that redis-py does not know") from None


def _versioned(value: str) -> tuple[str, ...]:
    """The secrets of `2:new,1:old`, in that order."""
    entries = [entry.strip().partition(":") for entry in value.split(",")]
    if not all(version.isdecimal() and colon for version, colon, _ in entries):
        raise ValueError("must look like 2:new-secret,1:old-secret")
    return tuple(secret for _, _, secret in entries)


def _refuse_weak(secret: str) -> None:
    """Refuses what cannot keep HS256 safe (identity: start-up refusals).

    Raises:
        ValueError: too short, published, or a key of another kind.
    """
    if secret in PUBLISHED_SECRETS:
        raise ValueError("is Better Auth's published default: make one with `openssl rand -base64 32`")
    if "-----BEGIN" in secret or re.search(r'\{.*"kty"', secret, re.DOTALL):
        raise ValueError("is a PEM or JWK key, but HS256 takes a shared secret")
    if len(secret.encode()) < MINIMUM_SECRET_BYTES:
        raise ValueError(f"must have at least {MINIMUM_SECRET_BYTES} bytes: make one with `openssl rand -base64 32`")


def _kept_secret(path: Path) -> SecretStr:
    """The development secret of this project folder, made by whoever comes first."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f"{path.name}.{secrets.token_hex(8)}")
    try:
        # Written whole under another name, then linked: a second process sees all of it or nothing.
        draft.touch(mode=0o600)
        draft.write_text(secrets.token_urlsafe(48))
        os.link(draft, path)
    except FileExistsError:
        pass
    finally:
        draft.unlink(missing_ok=True)
    return SecretStr(path.read_text())


@contextmanager
def _told_in_one_line() -> Iterator[None]:
    """Turns pydantic's report into one line with every complaint and its variable."""
    try:
        yield
    except ValidationError as error:
        complaints = []
        for complaint in error.errors(include_url=False, include_context=False, include_input=False):
            if complaint["type"] != "default_factory_not_called":  # that one only follows from another
                message = complaint["msg"].removeprefix("Value error, ")
                complaints.append(": ".join([*(str(part).upper() for part in complaint["loc"][:1]), message]))
        raise SettingsError("; ".join(complaints)) from None
