"""The settings of the service: one frozen class, and the only reader of the environment.

Specs: specs/features/settings.md, and "The secret" in specs/features/authentication.md. What tokens are checked with is
in backend/identity.py, what URLs have to be in backend/urls.py. Variables of a capability that does not exist yet are
not read: a setting that is accepted does something.
"""

import functools
import hashlib
import ipaddress
import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import Field, SecretStr, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict
from typing_extensions import override

from backend.identity import IdentitySettings, Listed, kept_secret
from backend.urls import is_origin, postgres_url, refuse_unreadable_redis

PROJECT = Path(__file__).resolve().parent.parent

_HOST = re.compile(r"\*|(\*\.)?[a-z0-9_-]+(\.[a-z0-9_-]+)*|\[[0-9a-f:.]+\]", re.IGNORECASE)

_QUOTA = re.compile(r"([1-9][0-9]{0,5}|1000000)/([1-9][0-9]{0,3})")
"""More digits are a mistake rather than a limit."""

_LONGEST_WINDOW = 3_600
"""Seconds; the contract's bound of `Retry-After`."""


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


class Settings(IdentitySettings, DatabaseSettings):
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

    @property
    def sealing_keys(self) -> tuple[SecretStr, ...]:
        """What cursors and the names of buckets are sealed with, the current one first; all processes have the same.

        The secrets where there are any, else a key derived from where the database is (decisions/0051).

        Raises:
            SettingsError: in development, where there is neither: no secret can be kept.
        """
        if self.secrets:
            return self.secrets
        if self.database_url is not None:
            return (_derived(self.database_url.get_secret_value()),)
        return (_development_secret(self),)

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

    @field_validator("cors_origins")
    @classmethod
    def _origins(cls, origins: tuple[str, ...]) -> tuple[str, ...]:
        if not all(origin == "*" or is_origin(origin) for origin in origins):
            raise ValueError("must list origins as browsers send them, such as https://app.example.com, without a path")
        return origins

    @field_validator("allowed_hosts")
    @classmethod
    def _hosts(cls, hosts: tuple[str, ...]) -> tuple[str, ...]:
        if not hosts or not all(_HOST.fullmatch(host) for host in hosts):
            raise ValueError("must list host names without scheme or port, such as api.example.com or *.example.com")
        return tuple(host.lower() for host in hosts)

    @field_validator("host")
    @classmethod
    def _name(cls, value: str) -> str:
        try:
            value.encode("idna")  # as sockets do, which take another exception for it
        except UnicodeError:
            raise ValueError("must be an address or a name of this machine") from None
        return value

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
            refuse_unreadable_redis(value.get_secret_value())
        return value

    @model_validator(mode="after")
    def _has_an_identity(self) -> Self:
        self.refuse_for(self.environment)
        return self


def load_settings() -> Settings:
    """Reads the environment. In development, where nothing says how tokens are signed, a secret is made once and kept.

    Raises:
        SettingsError: a variable is missing or wrong.
    """
    with _told_in_one_line():
        settings = Settings()
        if not settings.secrets and settings.better_auth_url is None:
            settings = Settings(better_auth_secret=_development_secret(settings))
        return settings


def load_database_settings() -> DatabaseSettings:
    """Reads of the environment what says where the database is.

    Raises:
        SettingsError: a variable is missing or wrong.
    """
    with _told_in_one_line():
        return DatabaseSettings()


def _development_secret(settings: Settings) -> SecretStr:
    try:
        return kept_secret(settings.development_folder / "secret")
    except OSError as error:
        raise SettingsError(f"DEVELOPMENT_FOLDER: no secret can be kept there: {error.strerror}") from None


@functools.cache
def _derived(database_url: str) -> SecretStr:
    """A key that is known to whoever knows the URL. Whoever guesses passwords against a cursor pays for each.

    scrypt with its usual cost for logins: 16 MB and 50 ms, once at the start.
    """
    key = hashlib.scrypt(database_url.encode(), salt=b"task-api sealing key 1", n=2**14, r=8, p=1)
    return SecretStr(key.hex())


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
