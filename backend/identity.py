"""The settings of identity: what tokens are checked with. Specs: authentication.md and settings.md in specs/features/.

`BETTER_AUTH_SECRET` turns HS256 on, `BETTER_AUTH_URL` the algorithms of public keys; what else can be set has a default
that follows from the two.
"""

import os
import re
import secrets
from pathlib import Path
from typing import Annotated, Final, Self

from pydantic import Field, SecretStr, ValidationInfo, field_validator, model_validator
from pydantic_settings import BaseSettings, NoDecode

from backend.urls import is_plain_to_another_machine, origin_of, web_url

MINIMUM_SECRET_BYTES: Final = 32
"""RFC 7518, section 3.2: a key for HS256 is at least as long as the hash."""

PUBLISHED_SECRETS: Final = frozenset({"better-auth-secret-12345678901234567890", "better-auth-secret-123456789"})
"""Better Auth falls back to the first when none is configured; the second was its documented example."""

IMPERSONATING_CLAIMS: Final = frozenset(
    {"email", "userId", "user"}  # also in tokens that Better Auth signs with the same secret for other purposes
    | {"emailVerified", "name", "image", "username", "displayUsername", "phoneNumber", "phoneNumberVerified"}
    | {"iss", "aud", "exp", "nbf", "iat", "jti"}
)
"""Claims that say no user's id: what users of Better Auth choose themselves, and what RFC 7519 says of a token."""

NO_ROLE_CLAIMS: Final = IMPERSONATING_CLAIMS | {"sub", "id", "user_id"}
"""Nor do claims that say who somebody is name a role."""

SHARED_ALGORITHMS: Final = ("HS256",)
PUBLIC_ALGORITHMS: Final = ("EdDSA", "ES256", "ES512", "RS256", "PS256")
"""Those that Better Auth's jwt plugin can be told to sign with."""

Listed = Annotated[tuple[str, ...], NoDecode]
"""A list in one variable, read by validators: pydantic-settings' own reading is JSON only and names no variable."""


class IdentitySettings(BaseSettings):
    """How tokens are checked. What depends on other settings is a property, so that no copy of them can disagree."""

    better_auth_secret: SecretStr | None = None
    better_auth_secrets: SecretStr | None = None
    """`2:new,1:old`: versions, the first of which is the current one."""
    better_auth_url: str | None = None
    """Where Better Auth is. Only the origin is looked at: its own base path may be in it or not."""
    better_auth_jwks_url: str | None = None
    """Where its public keys are, if not at `/api/auth/jwks` of that origin."""
    better_auth_issuer: str | None = None
    better_auth_audience: Listed = ()
    """Audiences with commas between them; a token needs one of them."""
    auth_jwt_algorithms: Listed = ()
    """Some of those that are on; empty for all of them."""
    auth_jwt_user_id_claim: Listed = ()
    """The variable names one claim; empty for the default of each kind of token."""
    auth_jwt_leeway_seconds: int = Field(default=0, ge=0, le=3600)
    """How long after `exp` a token still counts."""
    auth_jwt_clock_skew_seconds: int = Field(default=5, ge=0, le=3600)
    """How far in the future `iat` and `nbf` may lie."""
    auth_jwks_cache_seconds: int = Field(default=300, ge=1, le=86_400)
    """How long public keys count as fresh."""
    auth_jwks_max_stale_seconds: int = Field(default=86_400, le=604_800)
    """How long they are used at most while no others can be fetched."""
    auth_jwks_timeout_seconds: float = Field(default=3, ge=0.1, le=30)
    auth_jwks_min_refresh_seconds: float = Field(default=1, ge=0.01, le=60)
    """How far apart two fetches begin at least."""
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

    @property
    def algorithms(self) -> tuple[str, ...]:
        """The algorithms that a token may be signed with."""
        return self.auth_jwt_algorithms or self._algorithms_on()

    @property
    def jwks_url(self) -> str | None:
        """Where the public keys are; `None` where none are used."""
        return self._origin and (self.better_auth_jwks_url or f"{self._origin}/api/auth/jwks")

    @property
    def jwks_issuer(self) -> str | None:
        """What `iss` of a token must be that is signed with a public key's other half; `None` where none are used."""
        return self._origin and (self.better_auth_issuer or self._origin)

    @property
    def jwks_audiences(self) -> tuple[str, ...]:
        """What `aud` of such a token must name one of."""
        return self.better_auth_audience or (() if self._origin is None else (self._origin,))

    @property
    def _origin(self) -> str | None:
        return None if self.better_auth_url is None else origin_of(self.better_auth_url)

    def user_id_claims(self, algorithm: str) -> tuple[str, ...]:
        """The claims that may name the user of a token that is signed so; those that are there have to agree."""
        usual = ("sub", "user_id", "id") if algorithm in SHARED_ALGORITHMS else ("sub",)
        return self.auth_jwt_user_id_claim or usual

    @field_validator("better_auth_audience", "auth_jwt_algorithms", mode="before")
    @classmethod
    def _comma_list(cls, value: object) -> object:
        if not isinstance(value, str):
            return value
        names = tuple(name.strip() for name in value.split(","))
        if "" in names:  # as an audience it would let in who says that a token is for nobody
            raise ValueError("must have no empty member, as a comma at the end makes one")
        return names

    @field_validator("better_auth_issuer")
    @classmethod
    def _one_issuer(cls, value: str | None) -> str | None:
        if value is not None and value != value.strip():
            raise ValueError("must have no outer blanks")
        return value

    @field_validator("auth_jwt_user_id_claim", mode="before")
    @classmethod
    def _one_name(cls, value: object) -> object:
        return (value,) if isinstance(value, str) else value

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

    @field_validator("better_auth_url", "better_auth_jwks_url")
    @classmethod
    def _of_the_web(cls, value: str | None) -> str | None:
        return None if value is None else web_url(value)

    @field_validator("auth_jwt_user_id_claim")
    @classmethod
    def _identifying(cls, claims: tuple[str, ...]) -> tuple[str, ...]:
        if IMPERSONATING_CLAIMS.intersection(claims):
            raise ValueError("must be a claim that the issuer alone sets, to another value for each user")
        if any(claim != claim.strip() or "," in claim for claim in claims):
            raise ValueError("must be the name of one claim, without commas and outer blanks")
        return claims

    @field_validator("auth_jwks_max_stale_seconds")
    @classmethod
    def _longer_than_fresh(cls, seconds: int, known: ValidationInfo) -> int:
        if seconds < known.data.get("auth_jwks_cache_seconds", 0):
            raise ValueError("must not be less than AUTH_JWKS_CACHE_SECONDS, for which keys are used in any case")
        return seconds

    @field_validator("admin_role")
    @classmethod
    def _one_role(cls, value: str | None) -> str | None:
        if value is not None and ("," in value or value != value.strip() or not value):
            raise ValueError("must be one role, without commas and outer blanks")
        return value

    @field_validator("admin_role_claim")
    @classmethod
    def _of_the_issuer(cls, claim: str) -> str:
        if claim in NO_ROLE_CLAIMS or claim != claim.strip():
            raise ValueError("must be a claim that the issuer alone sets, and not one that says who the user is")
        return claim

    @model_validator(mode="after")
    def _only_what_is_on(self) -> Self:
        if self.better_auth_jwks_url is not None and self.better_auth_url is None:
            raise ValueError("BETTER_AUTH_JWKS_URL: set BETTER_AUTH_URL too, which turns public keys on")
        if self.admin_role is not None and self.admin_role_claim in self.auth_jwt_user_id_claim:
            raise ValueError("AUTH_JWT_USER_ID_CLAIM: must not be the claim of the roles (ADMIN_ROLE_CLAIM, else role)")
        on = self._algorithms_on()
        if not set(self.auth_jwt_algorithms) <= set(on):
            raise ValueError(f"AUTH_JWT_ALGORITHMS: may only narrow what is on, which is {','.join(on)}")
        return self

    def refuse_for(self, environment: str) -> None:
        """Refuses what would let nobody in, or anybody.

        Raises:
            ValueError: naming the variable.
        """
        if environment != "development" and not self.secrets and self.better_auth_url is None:
            raise ValueError(
                "BETTER_AUTH_SECRET: set it (or BETTER_AUTH_SECRETS) to the secret that signs the tokens, or set "
                "BETTER_AUTH_URL to where Better Auth is"
            )
        if environment == "production" and self.jwks_url is not None and is_plain_to_another_machine(self.jwks_url):
            name = "BETTER_AUTH_URL" if self.better_auth_jwks_url is None else "BETTER_AUTH_JWKS_URL"
            raise ValueError(
                f"{name}: must be https, for whoever can change the keys on their way is let in as anybody"
            )

    def _algorithms_on(self) -> tuple[str, ...]:
        # Where neither is set, development makes a secret.
        shared = SHARED_ALGORITHMS if self.secrets or self.better_auth_url is None else ()
        return shared + (PUBLIC_ALGORITHMS if self.better_auth_url is not None else ())


def kept_secret(path: Path) -> SecretStr:
    """The development secret of this project folder, made by whoever comes first.

    Raises:
        OSError: it cannot be kept there.
    """
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


def _versioned(value: str) -> tuple[str, ...]:
    """The secrets of `2:new,1:old`, in that order."""
    entries = [entry.strip().partition(":") for entry in value.split(",")]
    versions = [version for version, colon, _ in entries if re.fullmatch("[0-9]+", version) and colon]
    if not len(entries) == len(versions) == len(set(versions)):
        raise ValueError("must look like 2:new-secret,1:old-secret, each version once")
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
