"""Token buckets that several processes share, in Redis (specs/features/rate-limits.md, decisions/0040).

Imported only where `REDIS_URL` is set: redis-py takes longer to import than the rest of the limits.
"""

import asyncio
import logging
import time
from collections.abc import Callable, Sequence
from contextvars import Context
from dataclasses import dataclass
from itertools import zip_longest
from typing import Final

from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

from backend import logs
from backend.buckets import ROUNDING, Ask, Level, Policy

log = logging.getLogger(__name__)

PREFIX: Final = "{task-api:limits}:"
"""In braces, which keep the keys of one script together where a cluster is behind the URL."""

SCRIPT: Final = """
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local answers = {}
for i, key in ipairs(KEYS) do
  local requests, seconds, asked = tonumber(ARGV[3 * i - 2]), tonumber(ARGV[3 * i - 1]), tonumber(ARGV[3 * i])
  local kept = redis.call('HMGET', key, 'taken', 'at')
  local passed = math.max(0, now - (tonumber(kept[2]) or now)) / 1000000
  local taken = math.min(requests, math.max(0, (tonumber(kept[1]) or 0) - passed * requests / seconds))
  local is_refused = asked >= 0 and taken + 1 > requests + 0.000001
  if asked ~= 0 and not is_refused then
    taken = math.min(requests, math.max(0, taken + asked))
    redis.call('HSET', key, 'taken', string.format('%.17g', taken), 'at', string.format('%.0f', now))
    redis.call('PEXPIRE', key, math.ceil(taken * seconds / requests * 1000) + 1)
  end
  answers[i] = {is_refused and 1 or 0, string.format('%.17g', taken)}
end
return answers
"""
"""`MemoryBuckets.ask` for each key, in one step for all who ask, by the clock of Redis. `%.17g` keeps a float whole.

`tonumber` is nil for what is no number, where arithmetic on it would end the script for everybody's keys.
"""

FAILURES: Final = (RedisError, OSError, ValueError, RuntimeError)
"""No Redis, none in time, or one that answers nonsense: of redis-py a line that is too long or no number is a
ValueError, an array in an array in an array a RecursionError, and of uvloop a closed transport a RuntimeError."""


@dataclass(frozen=True, slots=True)
class _Question:
    key: str
    policy: Policy
    what: Ask
    answer: asyncio.Future[Level | None]


class SharedBuckets:
    """Levels in Redis, and the knowledge whether it answers.

    Questions that come while Redis is being asked wait and are asked together. One by one over a connection each, 200
    clients at once were measured to make so many that the last were answered too late.
    """

    turns: int = 5
    seconds: float = 0.025
    """Redis has so many turns of so many seconds to answer. A loop that is late is late in each of them: in a single
    one its own delay would look like an outage, and who floods the service would switch its limits off."""
    pause: float = 2
    """Seconds for which Redis is left alone after a failure."""
    most: int = 500
    """Questions at once: as many take Redis 5 ms, in which it does nothing else."""

    def __init__(self, url: str, *, clock: Callable[[], float] = time.monotonic) -> None:
        """Connects when it is asked; `url` is one that the settings have let in."""
        self._redis = Redis.from_url(
            url,
            retry=Retry(NoBackoff(), 0),  # redis-py's own would try for seconds
            protocol=2,  # 3 brings notifications that we have no use for, on connections that are then not checked
        )
        self._script = self._redis.register_script(SCRIPT)
        self._clock = clock
        self._is_away = False
        self._tried_again_at = 0.0
        self._waiting: list[_Question] = []
        self._courier: asyncio.Task[None] | None = None

    def is_full(self, key: bytes, policy: Policy) -> bool:  # noqa: ARG002 # others may have taken from any
        """Nobody knows without asking."""
        return False

    async def ask(self, key: bytes, policy: Policy, what: Ask) -> Level | None:
        """Does it, unless the bucket `key` is empty; `None` while Redis does not answer."""
        if self._is_away:
            if self._clock() < self._tried_again_at:
                return None
            self._leave_alone()  # the others: this one tries
        answer = asyncio.get_running_loop().create_future()
        question = _Question(f"{PREFIX}{policy.name}:{key.hex()}", policy, what, answer)
        self._waiting.append(question)
        if self._courier is None:
            self._send_courier()
        return await question.answer

    async def close(self) -> None:
        """Waits for what is under way, which is answered or given up in time, and closes the connection."""
        while self._courier is not None and not self._courier.done():
            await asyncio.wait([self._courier])
        await self._redis.aclose()

    def _send_courier(self) -> None:
        # In no request's context: what it logs would else be said of whoever came first.
        self._courier = asyncio.get_running_loop().create_task(self._carry(), context=Context())

    async def _carry(self) -> None:
        """Asks Redis the questions that wait, and answers them whatever happens."""
        questions, self._waiting = self._waiting[: self.most], self._waiting[self.most :]
        levels: Sequence[Level | None] = ()
        try:
            levels = await self._levels(questions)
        finally:
            if self._is_away:
                questions = questions + self._waiting
                self._waiting.clear()
            for question, level in zip_longest(questions, levels):
                if not question.answer.done():  # whoever asked may be gone
                    question.answer.set_result(level)
            self._courier = None
            if self._waiting:
                self._send_courier()

    async def _levels(self, questions: Sequence[_Question]) -> Sequence[Level]:
        """What Redis answers; nothing if it does not, and is away from here on."""
        args = [part for each in questions for part in (each.policy.requests, each.policy.seconds, int(each.what))]
        asking = asyncio.ensure_future(self._script(keys=[each.key for each in questions], args=args))
        try:
            levels = _read(await self._in_time(asking), questions)
        except FAILURES as error:
            self._leave_alone()
            if not self._is_away:
                self._is_away = True
                # Of a foreign exception only the type: its text may name what it was asked.
                reason = type(error).__name__
                log.warning("rate limits are off: Redis does not answer", extra=logs.fields(reason=reason))
            return ()
        if self._is_away:
            self._is_away = False
            log.info("rate limits are on again: Redis answers")
        return levels

    async def _in_time(self, asking: asyncio.Future[object]) -> object:
        """The answer.

        Raises:
            TimeoutError: there is none in time.
        """
        for _ in range(self.turns):
            if (await asyncio.wait([asking], timeout=self.seconds))[0]:
                return asking.result()
        asking.cancel()  # closes its connection, for the answer may yet come
        # Somebody has to look at how it ends, or asyncio logs it.
        asking.add_done_callback(lambda ended: ended.cancelled() or ended.exception())
        raise TimeoutError

    def _leave_alone(self) -> None:
        self._tried_again_at = self._clock() + self.pause


def _read(answers: object, questions: Sequence[_Question]) -> list[Level]:
    """The levels that the script told.

    Raises:
        ValueError: it did not.
    """
    if not isinstance(answers, list) or len(answers) != len(questions):
        raise ValueError("these are no answers of the script")
    return [_level(answer, question.policy) for answer, question in zip(answers, questions, strict=True)]


def _level(answer: object, policy: Policy) -> Level:
    match answer:
        case [0 | 1 as is_refused, bytes(text)]:
            taken = float(text)
            if 0 <= taken <= policy.requests + ROUNDING:  # never so of nan
                return Level(policy, min(taken, policy.requests), is_refused=bool(is_refused))
    raise ValueError("this is no answer of the script")
