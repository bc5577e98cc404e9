"""Token buckets that several processes share, in Redis (specs/features/rate-limits.md, decisions/0040).

Imported only where `REDIS_URL` is set: redis-py takes longer to import than the rest of the limits.
"""

import asyncio
import logging
import math
import time
from collections.abc import Callable
from typing import Final

from redis.asyncio import BlockingConnectionPool, Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

from backend import logs
from backend.buckets import Ask, Level, Policy

log = logging.getLogger(__name__)

PREFIX: Final = b"task-api:limits:"

SCRIPT: Final = """
local requests, seconds, asked = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local kept = redis.call('HMGET', KEYS[1], 'taken', 'at')
local passed = math.max(0, now - (kept[2] or now)) / 1000000
local taken = math.min(requests, math.max(0, (kept[1] or 0) - passed * requests / seconds))
if asked >= 0 and taken + 1 > requests + 0.000001 then
  return {0, string.format('%.17g', taken)}
end
if asked ~= 0 then
  taken = math.max(0, taken + asked)
  redis.call('HSET', KEYS[1], 'taken', string.format('%.17g', taken), 'at', string.format('%.0f', now))
  redis.call('PEXPIRE', KEYS[1], math.ceil(taken * seconds / requests * 1000) + 1)
end
return {1, string.format('%.17g', taken)}
"""
"""As `MemoryBuckets.ask`, in one step for all who ask, by the clock of Redis. `%.17g` keeps a float whole."""

FAILURES: Final = (RedisError, OSError, EOFError, ValueError, TypeError, RuntimeError)
"""No Redis, none in time, or one that answers nonsense. redis-py lets the last five through: a line that is too long or
no number is a ValueError, an array in an array in an array a RecursionError, uvloop's closed transport a RuntimeError.
"""


class SharedBuckets:
    """Levels in Redis, and the knowledge whether it answers."""

    seconds: float = 0.25
    """What asking may take at most."""
    pause: float = 2
    """Seconds for which Redis is left alone after a failure."""
    connections: int = 32

    def __init__(self, url: str, *, clock: Callable[[], float] = time.monotonic) -> None:
        """Connects when it is asked; `url` is one that the settings have let in."""
        pool = BlockingConnectionPool.from_url(
            url,
            max_connections=self.connections,
            timeout=None,  # the deadline of each question is ours
            retry=Retry(NoBackoff(), 0),  # redis-py's own would try for seconds
            protocol=2,  # 3 brings notifications that we have no use for, on connections that are then not checked
        )
        self._redis = Redis.from_pool(pool)
        self._script = self._redis.register_script(SCRIPT)
        self._clock = clock
        self._is_away = False
        self._tried_again_at = 0.0

    async def ask(self, key: bytes, policy: Policy, what: Ask) -> Level | None:
        """Does it, unless the bucket `key` is empty; `None` while Redis does not answer."""
        if self._is_away:
            if self._clock() < self._tried_again_at:
                return None
            self._leave_alone()  # the others: this one tries
        try:
            async with asyncio.timeout(self.seconds):
                answer = await self._script(
                    keys=[PREFIX + policy.name.encode() + b":" + key.hex().encode()],
                    args=[policy.requests, policy.seconds, int(what)],
                )
            level = _read(answer, policy)
        except FAILURES as error:
            self._leave_alone()
            if not self._is_away:
                self._is_away = True
                # Of a foreign exception only the type: its text may name what it was asked.
                reason = type(error).__name__
                log.warning("rate limits are off: Redis does not answer", extra=logs.fields(reason=reason))
            return None
        if self._is_away:
            self._is_away = False
            log.info("rate limits are on again: Redis answers")
        return level

    async def close(self) -> None:
        """Closes the connections."""
        await self._redis.aclose()

    def _leave_alone(self) -> None:
        self._tried_again_at = self._clock() + self.pause


def _read(answer: object, policy: Policy) -> Level:
    """The level that the script told.

    Raises:
        ValueError: it did not.
    """
    match answer:
        case [0 | 1 as passed, bytes(text)]:
            taken = float(text)
            if math.isfinite(taken) and 0 <= taken <= policy.requests:
                return Level(policy, taken, is_refused=not passed)
    raise ValueError("this is no answer of the script")
