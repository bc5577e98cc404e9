"""A header becomes a `Caller`, or an error. Spec: specs/features/authentication.md.

A token is checked from the outside in: header value, size, segments, header, signature, payload, issuer, user, times.
The first failure ends it with one and the same 401; why is in the log, the token nowhere. `alg` says where the key
comes from, and there is no second way: HS256 is checked with the shared secrets alone, all else with the one public key
that `kid` names. What of a good token does not depend on the moment is remembered (decisions/0070); its key and its
times are asked for each time.
"""

import logging
import math
import re
import sys
import time
from collections import Counter, OrderedDict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from types import MappingProxyType
from typing import Final

from jwt.algorithms import HMACAlgorithm

from backend import logs
from backend.auth.jwks import KeyCache, Rules
from backend.auth.keys import MAXIMUM_KID_LENGTH, SIGNATURE_BYTES, Key
from backend.auth.roles import granted
from backend.auth.strict import json_object, unpadded
from backend.errors import Forbidden, Unauthenticated
from backend.settings import Settings
from generated.gate import Call

MAXIMUM_TOKEN_BYTES: Final = 8_192
MAXIMUM_HEADER_BYTES: Final = 1_024
"""Of the header as JSON, once decoded."""

MAXIMUM_REMEMBERED: Final = 16_384
"""Tokens of a process. With 16 claims, in 800 bytes, they take 29 MB."""

MAXIMUM_REMEMBERED_BYTES: Final = 2_048
"""Of a header value. The oddest claims, objects within objects, take 30 times as much memory."""

MAXIMUM_USER_ID_LENGTH: Final = 128
MAXIMUM_EMAIL_LENGTH: Final = 320
"""RFC 5321, section 4.5.3.1: 64 octets, an @ and 255."""

LAST_SECOND: Final = 253_402_300_799
"""9999-12-31T23:59:59Z. A time in milliseconds lies far beyond it."""

FORBIDDEN_MEMBERS: Final = frozenset(
    {"crit", "b64", "jku", "jwk", "x5u", "x5c", "x5t", "x5t#S256", "zip", "cty", "enc"},
)
"""Header members that would bring a key along, change what is signed, or announce another kind of token."""

BEARER: Final = re.compile(r"bearer ([A-Za-z0-9_-]+)\.([A-Za-z0-9_-]+)\.([A-Za-z0-9_-]+)", re.ASCII | re.IGNORECASE)
"""RFC 6750, section 2.1, and RFC 7515, section 7.1: the scheme, one blank, three segments without padding."""

UNPRINTABLE: Final = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff]")

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Caller:
    """The user whose token was verified.

    Attributes:
        id: 1 to 128 characters, the user of the paths that this caller may use.
        email: as the token has it, or `None`; proves nothing and identifies nobody.
        claims: the whole payload, read-only: requests with the same token share it.
        roles: those of the contract that the token gives (specs/features/admin.md).
    """

    id: str
    email: str | None
    claims: Mapping[str, object]
    roles: frozenset[str]


@dataclass(frozen=True, slots=True)
class _Token:
    """A token taken apart: what its header says, the rest decoded but not read, and the bytes that are signed.

    Attributes:
        kid: the name of the public key that has signed; `None` for a secret.
    """

    algorithm: str
    kid: str | None
    payload: bytes
    signature: bytes
    signed: bytes


@dataclass(frozen=True, slots=True)
class _Verified:
    """What a good token says, whenever it is asked: the same header value always says the same.

    Attributes:
        kid: the name of the public key that has signed; `None` for a secret.
        key: that key. A key that was fetched later is another one, even with the same numbers.
        expires, not_before, issued: seconds since 1970.
    """

    caller: Caller
    kid: str | None
    key: Key | None
    expires: float
    not_before: float
    issued: float


@dataclass(frozen=True, slots=True)
class _Origin:
    """What a token has to say of where it comes from; nothing is compared with what is `None` or empty."""

    issuer: str | None
    audiences: tuple[str, ...]
    user_id_claims: tuple[str, ...]


class Verifier:
    """Turns the values of `Authorization` headers into a `Caller`."""

    def __init__(
        self,
        settings: Settings,
        *,
        clock: Callable[[], float] = time.time,
        elapsed: Callable[[], float] = time.monotonic,
        remembers: int = MAXIMUM_REMEMBERED,
    ) -> None:
        """`clock` tells the seconds since 1970, `elapsed` those from any start, by which keys grow old.

        `remembers` is how many good tokens are remembered.
        """
        self._settings = settings
        self._clock = clock
        self._leeway = settings.auth_jwt_leeway_seconds
        self._skew = settings.auth_jwt_clock_skew_seconds
        self._hs256 = HMACAlgorithm(HMACAlgorithm.SHA256)
        self._secrets = [self._hs256.prepare_key(secret.get_secret_value()) for secret in settings.secrets]
        self._algorithms = frozenset(settings.algorithms)
        self._shared = _Origin(
            settings.better_auth_issuer, settings.better_auth_audience, settings.user_id_claims("HS256")
        )
        self._public = _Origin(settings.jwks_issuer, settings.jwks_audiences, settings.user_id_claims("EdDSA"))
        self.keys = _keys(settings, elapsed)
        """Better Auth's public keys, where tokens are let in that they sign."""
        self.checks: Counter[str] = Counter()
        """How many signatures were checked, by algorithm."""
        self._remembers = remembers
        self._remembered: OrderedDict[bytes, _Verified] = OrderedDict()
        """By digests of header values, the one that was used last at the end."""

    @property
    def signature_checks(self) -> int:
        """How many signatures were checked: one for each secret that was tried, or for the one public key."""
        return self.checks.total()

    def start(self) -> None:
        """Fetches the public keys in the background; nothing waits for it."""
        if self.keys is not None:
            self.keys.start()

    async def close(self) -> None:
        """Ends what runs in the background."""
        if self.keys is not None:
            await self.keys.close()

    async def verify(self, authorization: Sequence[str]) -> Caller:
        """The caller that the values of all `Authorization` headers of a request name.

        Raises:
            Unauthenticated: there is none, or more than one, or the token is not good; always with the same text.
            Unavailable: that cannot be said, because the keys cannot be fetched. A 401 would log its user out.
        """
        try:
            value = _single(authorization)
            # A digest, so that no token stays in memory; surrogates, for a server may decode a header as it likes.
            name = sha256(value.encode(errors="surrogatepass")).digest()
            known = self._remembered.pop(name, None)  # put back at the end by whoever is let in
            if known is None or known.kid is not None:
                known = await self._checked(value, known)
            self._check_times(known)  # last: what fails here is good in all else, and no guess
        except _Refused as refused:
            log.info("token refused", extra=logs.fields(reason=str(refused)))
            raise Unauthenticated(presented=bool(authorization), is_guess=refused.is_guess) from None
        if len(value) <= MAXIMUM_REMEMBERED_BYTES:
            self._remembered[name] = known
            if len(self._remembered) > self._remembers:
                self._remembered.popitem(last=False)
        return known.caller

    async def _checked(self, value: str, known: _Verified | None) -> _Verified:
        """What a token says that is not remembered, or whose key may be another one by now."""
        if known is None:
            token = self._opened(value)
            return self._verified(token, await self._key(token.kid))
        key = await self._key(known.kid)
        return known if key is known.key else self._verified(self._opened(value), key)

    def _opened(self, value: str) -> _Token:
        match = BEARER.fullmatch(value)
        if match is None:
            raise _Refused("the header is not a bearer token of three segments")
        try:
            raw, payload, signature = (unpadded(segment) for segment in match.groups())
        except ValueError:
            raise _Refused("a segment is not base64url in its one form") from None
        if len(raw) > MAXIMUM_HEADER_BYTES:
            raise _Refused("the token's header is too long")
        header = _object("header", raw)
        algorithm = self._algorithm(header)
        # From here on the token may wait for the network, so what costs nothing comes first.
        kid = None if algorithm == "HS256" else _kid(header)
        if kid is not None and len(signature) not in SIGNATURE_BYTES[algorithm]:
            raise _Refused("the signature is not as long as those of its algorithm")
        return _Token(algorithm, kid, payload, signature, f"{match[1]}.{match[2]}".encode("ascii"))

    def _algorithm(self, header: Mapping[str, object]) -> str:
        algorithm = header.get("alg")
        if not isinstance(algorithm, str) or algorithm not in self._algorithms:
            raise _Refused("alg is not allowed")
        if header.get("typ", "JWT") != "JWT":
            raise _Refused("typ is not JWT")
        if not FORBIDDEN_MEMBERS.isdisjoint(header):
            raise _Refused("a header member is forbidden")
        return algorithm

    async def _key(self, kid: str | None) -> Key | None:
        return None if kid is None or self.keys is None else await self.keys.key(kid)

    def _verified(self, token: _Token, key: Key | None) -> _Verified:
        if token.kid is None:
            self._check_shared(token)
            origin = self._shared
        else:
            self._check_public(token, key)
            origin = self._public
        # Names of claims are kept once for all tokens that are remembered.
        claims = {sys.intern(name): value for name, value in _object("payload", token.payload).items()}
        _check_origin(claims, origin)
        user_id = _user_id(claims, origin.user_id_claims)
        if "exp" not in claims:
            raise _Refused("exp is missing")
        expires, not_before, issued = (_time(claims, claim) for claim in ("exp", "nbf", "iat"))
        roles = granted(claims, self._settings)
        caller = Caller(id=user_id, email=_email(claims), claims=MappingProxyType(claims), roles=roles)
        return _Verified(caller, token.kid, key, expires=expires, not_before=not_before, issued=issued)

    def _check_shared(self, token: _Token) -> None:
        for secret in self._secrets:
            self.checks["HS256"] += 1
            if self._hs256.verify(token.signed, secret, token.signature):
                return
        raise _Refused("signed with no secret of ours")

    def _check_public(self, token: _Token, key: Key | None) -> None:
        if key is None:
            raise _Refused("there is no key of this kid")
        if key.algorithm != token.algorithm:
            raise _Refused("alg is not that of the key")
        self.checks[token.algorithm] += 1
        if not key.has_signed(token.signed, token.signature):
            raise _Refused("not signed with the key of its kid")

    def _check_times(self, known: _Verified) -> None:
        now = self._clock()
        # RFC 7519, section 4.1.4: "on or after" that moment the token is over.
        if now >= known.expires + self._leeway:
            raise _Refused("exp has passed", is_guess=False)
        if known.not_before > now + self._skew:
            raise _Refused("nbf lies ahead", is_guess=False)
        if known.issued > now + self._skew:
            raise _Refused("iat lies ahead", is_guess=False)


def authorise(call: Call, caller: Caller, owner: str) -> None:
    """Passes if the path, whose percent-decoded user is `owner`, is the caller's, or the operation open to their role.

    What a role lets in is logged, whatever the answer will be (specs/features/admin.md).

    Raises:
        Forbidden: it is another user's.
    """
    if caller.id == owner:
        return
    if caller.roles.isdisjoint(call.roles):
        raise Forbidden
    # A path can hold anything, and no line a token; it is checked only later, so it may be longer than any user id.
    named = logs.scrubbed(owner)
    if len(named) > MAXIMUM_USER_ID_LENGTH:
        named = f"{named[:MAXIMUM_USER_ID_LENGTH]}[cut]"
    told = logs.fields(operation_id=call.operation_id, owner=named)
    log.info("read for another user", extra=told)


class _Refused(Exception):  # a fact, like the errors of this service
    """Why a token is refused: for the log, so it never quotes the token."""

    def __init__(self, reason: str, *, is_guess: bool = True) -> None:
        super().__init__(reason)
        self.is_guess = is_guess


def _keys(settings: Settings, elapsed: Callable[[], float]) -> KeyCache | None:
    if settings.jwks_url is None or settings.algorithms == ("HS256",):
        return None
    rules = Rules(
        fresh=settings.auth_jwks_cache_seconds,
        usable=settings.auth_jwks_max_stale_seconds,
        patience=settings.auth_jwks_timeout_seconds,
        spacing=settings.auth_jwks_min_refresh_seconds,
    )
    return KeyCache(settings.jwks_url, rules, clock=elapsed)


def _single(authorization: Sequence[str]) -> str:
    if len(authorization) != 1:
        raise _Refused("there is not exactly one Authorization header")
    if len(authorization[0]) > len("Bearer ") + MAXIMUM_TOKEN_BYTES:
        raise _Refused("the token is too long")
    return authorization[0]


def _object(part: str, text: bytes) -> dict[str, object]:
    try:
        return json_object(text)
    except ValueError:
        raise _Refused(f"the {part} is not a strict JSON object") from None


def _kid(header: Mapping[str, object]) -> str:
    kid = header.get("kid")
    if not isinstance(kid, str) or not 1 <= len(kid) <= MAXIMUM_KID_LENGTH:
        raise _Refused("kid names no key")
    return kid


def _check_origin(claims: Mapping[str, object], origin: _Origin) -> None:
    if origin.issuer is not None and claims.get("iss") != origin.issuer:
        raise _Refused("iss is not ours")
    if origin.audiences and not _is_addressed_to(claims.get("aud"), origin.audiences):
        raise _Refused("aud is not ours")


def _user_id(claims: Mapping[str, object], names: Sequence[str]) -> str:
    candidates = [claims[name] for name in names if name in claims]
    if not candidates:
        raise _Refused("no claim names the user")
    user_id = candidates[0]
    if not isinstance(user_id, str) or not 1 <= len(user_id) <= MAXIMUM_USER_ID_LENGTH:
        raise _Refused("the user id is not a string of 1 to 128 characters")
    if UNPRINTABLE.search(user_id) or user_id != user_id.strip():
        raise _Refused("the user id has control characters, surrogates or outer blanks")
    if any(candidate != user_id for candidate in candidates):
        raise _Refused("the claims that name the user disagree")
    return user_id


def _time(claims: Mapping[str, object], claim: str) -> float:
    """The seconds since 1970 of the claim; if the token has no such claim, a time before all others."""
    if claim not in claims:
        return -math.inf
    seconds = claims[claim]
    # bool is an int to Python; the comparison also refuses the infinity that 1e999 becomes.
    if isinstance(seconds, bool) or not isinstance(seconds, int | float) or not 0 <= seconds <= LAST_SECOND:
        raise _Refused(f"{claim} is not a number of seconds")
    return seconds


def _is_addressed_to(audience: object, ours: Sequence[str]) -> bool:
    """Whether `aud`, a string or a list of strings (RFC 7519, section 4.1.3), names one of our audiences."""
    named = audience if isinstance(audience, list) else [audience]
    return all(isinstance(name, str) for name in named) and not set(ours).isdisjoint(named)


def _email(claims: Mapping[str, object]) -> str | None:
    """The e-mail address, if there is one that can be stored."""
    email = claims.get("email")
    if not isinstance(email, str) or not 1 <= len(email) <= MAXIMUM_EMAIL_LENGTH or UNPRINTABLE.search(email):
        return None
    return email
