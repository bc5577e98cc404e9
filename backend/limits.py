"""Who may ask how often: whom the gate charges, and what every answer says of it (specs/features/rate-limits.md).

The gate asks `Limiter` before and after it looks at a token. It knows no request: what one is counted by is in its
`Account`, a part of what the edge knows of it (backend/exchange.py), whose answers `Limiter` is asked about.
"""

import hashlib
import ipaddress
import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from http import HTTPStatus
from typing import Final

from backend import logs
from backend.buckets import Ask, Buckets, Level, MemoryBuckets, Policy
from backend.errors import RateLimited
from backend.settings import Quota, Settings

log = logging.getLogger(__name__)

LOOK: Final = Ask.LOOK
TAKE: Final = Ask.TAKE
GIVE_BACK: Final = Ask.GIVE_BACK
"""By names of their own: up to Python 3.11 a member of an enumeration is found by a call."""

FREE: Final = HTTPStatus.NOT_MODIFIED.value
"""The status of answers that give back what their requests took."""


@dataclass(slots=True)
class Account(logs.Facts):
    """What one request is counted by.

    Attributes:
        host: the address that it came from, if it has one.
        level: of the bucket that was asked last and that its answer speaks of.
        bucket: the key of the user's that it was taken from.
    """

    host: str | None = None
    level: Level | None = None
    bucket: bytes = b""


class Limiter:
    """The two limits, `address` and `user`, each on or off."""

    def __init__(self, settings: Settings, *, clock: Callable[[], float] = time.monotonic) -> None:
        """Connects to nothing before it is asked; `clock` tells seconds from any start."""
        self._address = _policy("address", settings.rate_limit_address)
        self._user = _policy("user", settings.rate_limit_user)
        secrets = b"\0".join(secret.get_secret_value().encode() for secret in settings.sealing_keys)
        hash_key = hashlib.sha256(b"rate limits\0" + secrets).digest()
        self._keyed_hash = hashlib.blake2b(key=hash_key, digest_size=16)
        # Users have names of 128 characters at most, so 4 MB; what a proxy calls an address may have 32 KB.
        self._user_key = lru_cache(maxsize=16_384)(self._key)
        self._address_key = lru_cache(maxsize=256)(self._key_of_network)
        self._buckets = _buckets(settings, clock)

    async def admit_address(self) -> None:
        """Lets a request pass whose address has failures left.

        Raises:
            RateLimited: it has none.
        """
        account = logs.current.get()
        if self._address is None or not isinstance(account, Account) or account.host is None:
            return
        key = self._address_key(account.host)
        if self._buckets.is_full(key, self._address):
            return
        level = await self._buckets.ask(key, self._address, LOOK)
        if level is not None and level.is_refused:
            account.level = level
            raise RateLimited(retry_after=level.wait)

    async def charge_address(self, *, is_guess: bool) -> None:
        """Counts a failure, if it may be a guess; the answer speaks of the address either way (decisions/0039).

        Raises:
            RateLimited: none was left, because others failed meanwhile.
        """
        account = logs.current.get()
        if self._address is None or not isinstance(account, Account) or account.host is None:
            return
        key = self._address_key(account.host)
        account.level = level = await self._buckets.ask(key, self._address, TAKE if is_guess else LOOK)
        if level is not None and level.is_refused:
            raise RateLimited(retry_after=level.wait)

    async def charge_user(self, user_id: str) -> None:
        """Counts a request of this user.

        Raises:
            RateLimited: none was left.
        """
        account = logs.current.get()
        if self._user is None or not isinstance(account, Account):
            return
        account.bucket = self._user_key(user_id)
        account.level = level = await self._buckets.ask(account.bucket, self._user, TAKE)
        if level is not None and level.is_refused:
            raise RateLimited(retry_after=level.wait)

    async def give_back(self, account: Account) -> None:
        """Gives back what a request took whose answer is free."""
        if account.level is not None:
            account.level = await self._buckets.ask(account.bucket, account.level.policy, GIVE_BACK)

    async def close(self) -> None:
        """Lets go of the store."""
        await self._buckets.close()

    def _key(self, of: str) -> bytes:
        """A name of always one length that tells nobody, who lacks our secret, of whom it is."""
        key = self._keyed_hash.copy()  # half the price of a new one
        key.update(of.encode("utf-8", "surrogatepass"))
        return key.digest()

    def _key_of_network(self, host: str) -> bytes:
        return self._key(_network(host))


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


def _network(host: str) -> str:
    """Whom an address stands for: for IPv6 the first 64 bits, which one customer gets whole (RFC 6177)."""
    if ":" not in host:
        return host
    try:
        address = ipaddress.IPv6Address(host)
    except ValueError:
        return host  # as a proxy that we trust wrote it
    return str(address.ipv4_mapped or int(address) >> 64)
