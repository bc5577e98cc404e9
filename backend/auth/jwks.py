"""The public keys of Better Auth, fetched and kept. Specs: authentication.md, "Keys that rotate"; decisions/0051.

A key that is known costs a look into a dict. Only a `kid` that nobody knows makes a request wait, for a fetch that all
such requests share.
"""

import asyncio
import functools
import logging
import math
import ssl
import time
from collections.abc import Callable, Mapping
from contextvars import Context
from dataclasses import dataclass
from http import HTTPStatus
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import Final

import httpx

from backend import logs
from backend.auth.keys import Key, Unusable, usable_keys
from backend.errors import Unavailable

MAXIMUM_BYTES: Final = 262_144
"""Of an answer. 256 RSA keys of 4,096 bits are 200 KB."""

MAXIMUM_WAITING: Final = 1_000
"""Requests. Whoever makes up names of keys would else decide how many are held open."""

FIRST_PAUSE: Final = 2
LONGEST_PAUSE: Final = 60
"""Seconds for which the endpoint is left alone after a failure; doubled from the first to the longest."""

LONGEST_WAIT: Final = 4
"""Seconds. A stop breaks off what takes more than 5 (backend/server.py), without an answer."""

FAILURES: Final = (Unusable, httpx.HTTPError, httpx.InvalidURL, OSError, ValueError, RuntimeError)
"""No set, no answer, none in time (an OSError since Python 3.11), nonsense, and of uvloop a closed transport."""

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Rules:
    """How the keys are kept; all in seconds.

    Attributes:
        fresh: how long after a fetch nothing is fetched for a known key.
        usable: how long after the last good fetch its keys count while there is no other.
        patience: for one fetch, from its first byte to its last.
        spacing: from the beginning of a fetch to that of the next.
        longest_wait: of a request, for the fetch that is running, the spacing and the fetch of its own together.
    """

    fresh: float
    usable: float
    patience: float
    spacing: float
    longest_wait: float = LONGEST_WAIT


@dataclass(slots=True)
class Counts:
    """What the cache has done since it was made: plain numbers, which telemetry reads when it wants to."""

    fetched: int = 0
    failed: int = 0
    fresh: int = 0
    stale: int = 0
    waited: int = 0
    unknown: int = 0
    unavailable: int = 0

    def fetches(self) -> dict[str, int]:
        """Fetches by outcome."""
        return {"fetched": self.fetched, "failed": self.failed}

    def lookups(self) -> dict[str, int]:
        """Looks for a key by how they ended: `unknown` is a 401, `unavailable` a 503."""
        return {
            "fresh": self.fresh, "stale": self.stale, "waited": self.waited, "unknown": self.unknown,
            "unavailable": self.unavailable,
        }  # fmt: skip # one name a line says no more


class _Refresh:
    """One fetch that is agreed on. Whoever joins before it has begun gets what the endpoint knows from then on."""

    def __init__(self) -> None:
        self.has_begun = False
        self.has_succeeded = False
        self.task: asyncio.Task[None]


class KeyCache:
    """The keys of one endpoint. Belongs to one event loop."""

    def __init__(self, url: str, rules: Rules, *, clock: Callable[[], float] = time.monotonic) -> None:
        """Fetches nothing before it is asked; `clock` tells seconds from any start."""
        self.counts = Counts()
        self._url = url
        self._rules = rules
        self._clock = clock
        self._client = httpx.AsyncClient(
            headers={"Accept": "application/json", "Accept-Encoding": "identity", "Cache-Control": "no-cache"},
            cookies=CookieJar(DefaultCookiePolicy(allowed_domains=[])),
            verify=trusted(),
            follow_redirects=False,
            trust_env=False,
            timeout=None,  # noqa: S113 - of httpx each read may take so long; _fetch limits all of it
            # Of the seconds between two fetches the endpoint may keep a connection open or not: that would be a race.
            limits=httpx.Limits(max_keepalive_connections=0),
        )
        self._keys: Mapping[str, Key] = {}
        self._fetched_at = -math.inf
        self._earliest = -math.inf
        self._failures = 0
        self._waiting = 0
        self._refresh: _Refresh | None = None

    @property
    def held(self) -> int:
        """How many keys there are."""
        return len(self._keys)

    def start(self) -> None:
        """Fetches in the background, so that the first token need not wait."""
        self._refresh_soon()

    async def close(self) -> None:
        """Ends what is under way; whoever waits for it is told that there is no answer."""
        if self._refresh is not None:
            self._refresh.task.cancel()
            await asyncio.wait([self._refresh.task])
        await self._client.aclose()

    async def key(self, kid: str) -> Key | None:
        """The key of this name; `None` if the endpoint, asked after this call, does not have it.

        Raises:
            Unavailable: the endpoint does not say.
        """
        key, age = self._keys.get(kid), self._clock() - self._fetched_at
        if key is not None and age < self._rules.fresh:
            self.counts.fresh += 1
            return key
        if key is not None and age < self._rules.usable:
            self.counts.stale += 1
            if self._refresh is None and self._is_allowed():
                self._refresh_soon()
            return key
        if self._waiting == MAXIMUM_WAITING:
            raise self._unavailable()
        self._waiting += 1
        try:
            return await self._awaited(kid)
        finally:
            self._waiting -= 1

    async def _awaited(self, kid: str) -> Key | None:
        """The key from a fetch that is running, or from one that begins after this call."""
        now = asyncio.get_running_loop().time
        deadline = now() + self._rules.longest_wait
        has_begun_later = False
        while not has_begun_later:
            if self._refresh is None and not self._is_allowed():
                raise self._unavailable()
            refresh = self._refresh or self._refresh_soon()
            has_begun_later = not refresh.has_begun
            # If this call is cancelled or too late, the task goes on for the others.
            await asyncio.wait([refresh.task], timeout=deadline - now())
            if not refresh.has_succeeded:
                raise self._unavailable()
            if (key := self._keys.get(kid)) is not None:
                self.counts.waited += 1
                return key
        self.counts.unknown += 1
        return None

    def _unavailable(self) -> Unavailable:
        self.counts.unavailable += 1
        return Unavailable(retry_after=max(1, math.ceil(self._earliest - self._clock())))

    def _is_allowed(self) -> bool:
        """Whether no failure forbids to ask the endpoint now."""
        return not self._failures or self._clock() >= self._earliest

    def _refresh_soon(self) -> _Refresh:
        refresh = self._refresh = _Refresh()
        # In no request's context: what it logs would else be said of whoever came first.
        refresh.task = asyncio.get_running_loop().create_task(self._carry_out(refresh), context=Context())
        return refresh

    async def _carry_out(self, refresh: _Refresh) -> None:
        try:
            await asyncio.sleep(max(0, self._earliest - self._clock()))
            refresh.has_begun = True
            began = self._clock()
            self._earliest = began + self._rules.spacing
            try:
                self._keys = await self._fetch()
            except FAILURES as error:
                self._note_failure(error)
            else:
                self._fetched_at = began
                self._note_success()
                refresh.has_succeeded = True
        finally:
            self._refresh = None

    async def _fetch(self) -> Mapping[str, Key]:
        """The keys that the endpoint answers.

        Raises:
            Unusable: it answers something else.
            OSError: it does not answer in time; or another of `FAILURES`.
        """
        async with asyncio.timeout(self._rules.patience), self._client.stream("GET", self._url) as answer:
            if answer.status_code != HTTPStatus.OK:
                raise Unusable(f"the status is {answer.status_code}")
            body = bytearray()
            # Never decompressed, for 256 KB can become 256 MB: what is compressed against our wish is no JSON.
            async for chunk in answer.aiter_raw():
                body += chunk
                if len(body) > MAXIMUM_BYTES:
                    raise Unusable(f"the answer is longer than {MAXIMUM_BYTES} bytes")
        return usable_keys(bytes(body))

    def _note_failure(self, error: Exception) -> None:
        self.counts.failed += 1
        pause = min(FIRST_PAUSE * 2 ** min(self._failures, 10), LONGEST_PAUSE)
        self._earliest = max(self._earliest, self._clock() + pause)
        self._failures += 1
        if self._failures == 1:
            log.warning("the public keys cannot be fetched", extra=logs.fields(reason=_reason(error)))

    def _note_success(self) -> None:
        self.counts.fetched += 1
        if self._failures:
            self._failures = 0
            log.info("the public keys can be fetched again", extra=logs.fields(keys=self.held))


@functools.cache
def trusted() -> ssl.SSLContext:
    """Whom to trust in TLS: certifi's authorities and those of OpenSSL's default paths.

    OpenSSL itself puts what SSL_CERT_FILE and SSL_CERT_DIR name in the place of the system's. Read once in a process,
    for it takes 45 ms.
    """
    context = httpx.create_ssl_context(trust_env=False)
    context.load_default_certs()
    return context


def _reason(error: Exception) -> str:
    """Why a fetch failed. Of a foreign exception no more than its type: its text may repeat what was answered."""
    if isinstance(error, Unusable):
        return str(error)
    cause: BaseException | None = error
    while cause is not None and not isinstance(cause, ssl.SSLCertVerificationError):
        cause = cause.__context__
    return type(error).__name__ if cause is None else "the certificate is not trusted"
