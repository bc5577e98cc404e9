"""A header becomes a `Caller`, or an error. Spec: specs/features/authentication.md.

A token is checked from the outside in: header value, size, segments, header, signature, payload, issuer, user, times.
The first failure ends it with one and the same 401; why is in the log, the token nowhere. Keys are the shared secrets
of HS256; `verify` is a coroutine because keys of another kind, named by `kid`, would have to be fetched.
"""

import base64
import binascii
import json
import logging
import re
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, NoReturn

from jwt.algorithms import HMACAlgorithm

from backend import logs, roles
from backend.errors import Forbidden, Unauthenticated
from backend.settings import Settings
from generated.gate import Call

MAXIMUM_TOKEN_BYTES: Final = 8_192
MAXIMUM_HEADER_BYTES: Final = 1_024
"""Of the header as JSON, once decoded."""

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
        claims: the whole payload, read-only.
        roles: those of the contract that the token gives (specs/features/admin.md).
    """

    id: str
    email: str | None
    claims: Mapping[str, object]
    roles: frozenset[str]


class Verifier:
    """Turns the values of `Authorization` headers into a `Caller`."""

    def __init__(self, settings: Settings, *, clock: Callable[[], float] = time.time) -> None:
        """`clock` tells the seconds since 1970."""
        self._settings = settings
        self._clock = clock
        self._hs256 = HMACAlgorithm(HMACAlgorithm.SHA256)
        self._keys = [self._hs256.prepare_key(secret.get_secret_value()) for secret in settings.secrets]

    async def verify(self, authorization: Sequence[str]) -> Caller:
        """The caller that the values of all `Authorization` headers of a request name.

        Raises:
            Unauthenticated: there is none, or more than one, or the token is not good; always with the same text.
        """
        try:
            return self._caller(authorization)
        except _Refused as refused:
            log.info("token refused", extra=logs.fields(reason=str(refused)))
            raise Unauthenticated(presented=bool(authorization), is_guess=refused.is_guess) from None

    def _caller(self, authorization: Sequence[str]) -> Caller:
        header, payload, signature, signed = _opened(authorization)
        self._check_header(_json_object("header", header))
        if not self._is_signed(signed, signature):
            raise _Refused("signed with no secret of ours")
        claims = _json_object("payload", payload)
        self._check_origin(claims)
        user_id = self._user_id(claims)
        self._check_times(claims)  # last: what fails here is good in all else, and no guess
        held = roles.held(claims, self._settings)
        return Caller(id=user_id, email=_email(claims), claims=MappingProxyType(claims), roles=held)

    def _check_header(self, header: Mapping[str, object]) -> None:
        if header.get("alg") not in self._settings.auth_jwt_algorithms:
            raise _Refused("alg is not allowed")
        if header.get("typ", "JWT") != "JWT":
            raise _Refused("typ is not JWT")
        if not FORBIDDEN_MEMBERS.isdisjoint(header):
            raise _Refused("a header member is forbidden")

    def _is_signed(self, signed: bytes, signature: bytes) -> bool:
        return any(self._hs256.verify(signed, key, signature) for key in self._keys)

    def _check_times(self, claims: Mapping[str, object]) -> None:
        now = self._clock()
        skew = self._settings.auth_jwt_clock_skew_seconds
        expires, not_before, issued = (_time(claims, claim) for claim in ("exp", "nbf", "iat"))
        if expires is None:
            raise _Refused("exp is missing")
        # RFC 7519, section 4.1.4: "on or after" that moment the token is over.
        if now >= expires + self._settings.auth_jwt_leeway_seconds:
            raise _Refused("exp has passed", is_guess=False)
        if not_before is not None and not_before > now + skew:
            raise _Refused("nbf lies ahead", is_guess=False)
        if issued is not None and issued > now + skew:
            raise _Refused("iat lies ahead", is_guess=False)

    def _check_origin(self, claims: Mapping[str, object]) -> None:
        issuer = self._settings.better_auth_issuer
        if issuer is not None and claims.get("iss") != issuer:
            raise _Refused("iss is not ours")
        audiences = self._settings.better_auth_audience
        if audiences and not _is_addressed_to(claims.get("aud"), audiences):
            raise _Refused("aud is not ours")

    def _user_id(self, claims: Mapping[str, object]) -> str:
        candidates = [claims[claim] for claim in self._settings.auth_jwt_user_id_claim if claim in claims]
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
    # A path can hold anything, and no line a token.
    told = logs.fields(operation_id=call.operation_id, owner=logs.scrubbed(owner))
    log.info("read for another user", extra=told)


class _Refused(Exception):  # a fact, like the errors of this service
    """Why a token is refused: for the log, so it never quotes the token."""

    def __init__(self, reason: str, *, is_guess: bool = True) -> None:
        super().__init__(reason)
        self.is_guess = is_guess


def _opened(authorization: Sequence[str]) -> tuple[bytes, bytes, bytes, bytes]:
    """Header, payload and signature, decoded, and the bytes that are signed."""
    if len(authorization) != 1:
        raise _Refused("there is not exactly one Authorization header")
    if len(authorization[0]) > len("Bearer ") + MAXIMUM_TOKEN_BYTES:
        raise _Refused("the token is too long")
    match = BEARER.fullmatch(authorization[0])
    if match is None:
        raise _Refused("the header is not a bearer token of three segments")
    header, payload, signature = (_decoded(segment) for segment in match.groups())
    if len(header) > MAXIMUM_HEADER_BYTES:
        raise _Refused("the token's header is too long")
    return header, payload, signature, f"{match[1]}.{match[2]}".encode("ascii")


def _decoded(segment: str) -> bytes:
    try:
        decoded = base64.urlsafe_b64decode(segment + "=" * (-len(segment) % 4))
    except binascii.Error:
        raise _Refused("a segment is not base64url") from None
    # Bits beyond the last byte would let one token be written in several ways (RFC 4648, section 3.5).
    if base64.urlsafe_b64encode(decoded).rstrip(b"=") != segment.encode("ascii"):
        raise _Refused("a segment is not base64url in its one form")
    return decoded


def _json_object(part: str, text: bytes) -> dict[str, object]:
    """The object that the text is, read strictly: UTF-8, no byte-order mark, no duplicate members, no NaN."""
    try:
        value: object = json.loads(
            text.decode("utf-8"), object_pairs_hook=_distinct_members, parse_constant=_no_constant
        )
    except (ValueError, RecursionError):
        raise _Refused(f"the {part} is not strict JSON") from None
    if not isinstance(value, dict):
        raise _Refused(f"the {part} is not a JSON object")
    return value


def _distinct_members(members: list[tuple[str, object]]) -> dict[str, object]:
    distinct = dict(members)
    if len(distinct) != len(members):
        raise ValueError("duplicate member")
    return distinct


def _no_constant(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is not JSON")


def _time(claims: Mapping[str, object], claim: str) -> float | None:
    """The seconds since 1970 of the claim, or `None` if the token has no such claim."""
    if claim not in claims:
        return None
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
