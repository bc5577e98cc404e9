"""Who may ask how often: whom the gate charges, and what every answer says of it (specs/features/rate-limits.md).

The gate asks `Limiter` before and after it looks at a token. It knows no request, so `Accounts`, a middleware within
the edge, opens an `Account` for each, adds the headers to the answer and gives back what a 304 took.
"""

import hashlib
import ipaddress
import logging
import time
from collections.abc import Callable
from contextvars import ContextVar
from dataclasses import dataclass
from http import HTTPStatus
from typing import Final

from starlette.middleware import Middleware
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from backend.buckets import Ask, Buckets, Level, MemoryBuckets, Policy
from backend.errors import RateLimited
from backend.settings import Quota, Settings

log = logging.getLogger(__name__)

LOOK: Final = Ask.LOOK
TAKE: Final = Ask.TAKE
"""By names of their own: up to Python 3.11 a member of an enumeration is found by a call."""


@dataclass(slots=True)
class Account:
    """What one request is counted by.

    Attributes:
        host: the address that it came from, if it has one.
        level: of the bucket that was asked last and that its answer speaks of.
        user: the key of the bucket that it was taken from.
    """

    host: str | None
    level: Level | None = None
    user: bytes = b""


_current: ContextVar[Account | None] = ContextVar("account", default=None)


class Limiter:
    """The two limits, `address` and `user`, each on or off."""

    def __init__(self, settings: Settings, *, clock: Callable[[], float] = time.monotonic) -> None:
        """Connects to nothing before it is asked; `clock` tells seconds from any start."""
        self._address = _policy("address", settings.rate_limit_address)
        self._user = _policy("user", settings.rate_limit_user)
        secrets = b"\0".join(secret.get_secret_value().encode() for secret in settings.sealing_keys)
        hash_key = hashlib.sha256(b"rate limits\0" + secrets).digest()
        self._keyed_hash = hashlib.blake2b(key=hash_key, digest_size=16)
        self._buckets = _buckets(settings, clock)

    def middleware(self) -> list[Middleware]:
        """What opens the accounts, inside of what answers preflights and around what answers failures."""
        return [Middleware(Accounts, limiter=self)] if self._address or self._user else []

    async def admit_address(self) -> None:
        """Lets a request pass whose address has failures left.

        Raises:
            RateLimited: it has none.
        """
        account = _current.get()
        if account is None or account.host is None or self._address is None:
            return
        level = await self._buckets.ask(self._key(_network(account.host)), self._address, LOOK)
        if level is not None and level.is_refused:
            account.level = level
            _refuse_empty(level)

    async def charge_address(self, *, is_guess: bool) -> None:
        """Counts a failure, if it may be a guess; the answer speaks of the address either way (decisions/0039).

        Raises:
            RateLimited: none was left, because others failed meanwhile.
        """
        account = _current.get()
        if account is None or account.host is None or self._address is None:
            return
        key = self._key(_network(account.host))
        account.level = await self._buckets.ask(key, self._address, TAKE if is_guess else LOOK)
        _refuse_empty(account.level)

    async def charge_user(self, user_id: str) -> None:
        """Counts a request of this user.

        Raises:
            RateLimited: none was left.
        """
        account = _current.get()
        if account is None or self._user is None:
            return
        account.user = self._key(user_id)
        account.level = await self._buckets.ask(account.user, self._user, TAKE)
        _refuse_empty(account.level)

    async def give_back(self, user: bytes, charged: Level) -> Level | None:
        """Makes a request free that its user was charged for."""
        return await self._buckets.ask(user, charged.policy, Ask.GIVE_BACK)

    async def close(self) -> None:
        """Lets go of the store."""
        await self._buckets.close()

    def _key(self, of: str) -> bytes:
        """A name of always one length that tells nobody, who lacks our secret, of whom it is."""
        key = self._keyed_hash.copy()  # half the price of a new one
        key.update(of.encode("utf-8", "surrogatepass"))
        return key.digest()


class Accounts:
    """Opens the account of each request, and lets its answer say what it is charged."""

    def __init__(self, app: ASGIApp, *, limiter: Limiter) -> None:
        self.app = app
        self._limiter = limiter

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """The ASGI interface."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        client = scope.get("client")
        account = Account(host=client[0] if client else None)

        async def told(message: Message) -> None:
            level = account.level
            if level is not None and message["type"] == "http.response.start":
                if message["status"] == HTTPStatus.NOT_MODIFIED:
                    level = await self._limiter.give_back(account.user, level)
                message = {**message, "headers": [*message.get("headers", ()), *_headers(level)]}
            await send(message)

        before = _current.set(account)
        try:
            await self.app(scope, receive, told)
        finally:
            _current.reset(before)


def warn_of_shared_addresses(settings: Settings) -> None:
    """Logs that proxies should be named, unless somebody has said what they are; the default may be said as well."""
    is_deployed = settings.environment != "development"
    if is_deployed and settings.rate_limit_address and "forwarded_allow_ips" not in settings.model_fields_set:
        log.warning(
            "FORWARDED_ALLOW_IPS is not set: behind a proxy all clients share one address and its limit; "
            "name the proxies, or 127.0.0.1 where there are none"
        )


def _policy(name: str, quota: Quota | None) -> Policy | None:
    return None if quota is None else Policy(name, quota.requests, quota.seconds)


def _buckets(settings: Settings, clock: Callable[[], float]) -> Buckets:
    is_off = settings.rate_limit_address is settings.rate_limit_user is None
    if settings.redis_url is None or is_off:
        return MemoryBuckets(clock=clock)
    from backend.shared_buckets import SharedBuckets  # noqa: PLC0415 - see there

    return SharedBuckets(settings.redis_url.get_secret_value(), clock=clock)


def _refuse_empty(level: Level | None) -> None:
    if level is not None and level.is_refused:
        raise RateLimited(retry_after=level.wait)


def _network(host: str) -> str:
    """Whom an address stands for: for IPv6 the first 64 bits, which one customer gets whole (RFC 6177)."""
    if ":" not in host:
        return host
    try:
        address = ipaddress.IPv6Address(host)
    except ValueError:
        return host  # as a proxy that we trust wrote it
    return str(address.ipv4_mapped or int(address) >> 64)


def _headers(level: Level | None) -> list[tuple[bytes, bytes]]:
    if level is None:
        return []
    return [(b"ratelimit-policy", str(level.policy).encode()), (b"ratelimit", str(level).encode())]
