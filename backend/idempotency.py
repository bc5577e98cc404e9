"""Answers that are kept for clients that send a write again (specs/features/idempotency.md, specs/decisions/0038).

All of it happens in the transaction of the write, so that there is no answer without its effect and no effect without
its answer. What makes two requests the same one is the plumbing's: generated/retries.py.
"""

import hashlib
import json
from collections.abc import Mapping
from datetime import timedelta

from sqlalchemy import ClauseElement, Delete, delete, exists, func, select, tuple_
from sqlalchemy.dialects.postgresql import insert

from backend import logs
from backend.context import OwnerContext
from backend.errors import IdempotencyKeyInProgress, IdempotencyKeyReused
from backend.models import idempotency_keys, users
from backend.statements import once
from generated.gate import Attempt, Kept

KEPT_FOR = timedelta(hours=24)

CLEANED = 10
"""Expired answers that each new one removes: more than one, so that they become fewer, and few enough to be fast."""

_KEY = tuple(idempotency_keys.primary_key.columns)


_ROW = ("user_id", "method", "path", "key")
"""Whose key it is, and for what: the names of the primary key."""

_VALUES = ("fingerprint", "status", "headers", "body")


async def recall(ctx: OwnerContext, attempt: Attempt) -> Kept | None:
    """The answer that is kept of this request; none if it is to be done, and nobody else does it until the commit.

    Raises:
        IdempotencyKeyInProgress: a request under this key is running.
        IdempotencyKeyReused: the answer that is kept under this key is another request's.
    """
    identity = _identity(ctx, attempt)
    is_ours = (await ctx.connection.execute(_taking(lock=_lock(identity)))).scalar_one()
    # A statement of its own: it sees what was committed before the lock was taken, which that one may not.
    row = (await ctx.connection.execute(_kept(**identity))).one_or_none()
    if row is not None and row.is_valid:
        if row.fingerprint != attempt.fingerprint:
            raise IdempotencyKeyReused
        logs.note_replay()
        return Kept(row.status, tuple((name, value) for name, value in row.headers), row.body)
    if not is_ours:
        raise IdempotencyKeyInProgress
    return None


async def keep(ctx: OwnerContext, attempt: Attempt, kept: Kept) -> None:
    """Keeps the answer, in place of an expired one, and removes some of those that have expired under other keys."""
    values = {"fingerprint": attempt.fingerprint, "status": kept.status, "headers": kept.headers, "body": kept.body}
    await ctx.connection.execute(_keeping(**_identity(ctx, attempt), **values))


async def forget(ctx: OwnerContext) -> None:
    """Removes all answers that are kept for an owner who is deleted; if they have written since, the new ones stay."""
    await ctx.connection.execute(_forgetting(owner=ctx.owner))


@once
def _taking(*, lock: int) -> ClauseElement:
    return select(func.pg_try_advisory_xact_lock(lock))


@once
def _kept(*, user_id: str, method: str, path: str, key: str) -> ClauseElement:
    identity = (user_id, method, path, key)
    columns = (idempotency_keys.c[name] for name in _VALUES)
    is_valid = (idempotency_keys.c.expires_at > func.now()).label("is_valid")
    return select(*columns, is_valid).where(tuple_(*_KEY) == tuple_(*identity))


@once
def _keeping(**row: object) -> Delete:
    values = {**{name: row[name] for name in _VALUES}, "expires_at": func.now() + KEPT_FOR}
    written = insert(idempotency_keys).values(**{name: row[name] for name in _ROW}, **values)
    replacing = written.on_conflict_do_update(
        index_elements=list(_ROW), set_={name: written.excluded[name] for name in values}
    )
    done = replacing.returning(idempotency_keys.c.key).cte("done")
    expired = (
        select(*_KEY)
        .where(idempotency_keys.c.expires_at <= func.now())
        # After the write, which may have had to wait for who removes the same row: who cleans waits for nobody. The
        # row that was written is passed over, for one command changes a row once.
        .where(exists(select(done)))
        .order_by(idempotency_keys.c.expires_at)
        .limit(CLEANED)
        .with_for_update(skip_locked=True, of=idempotency_keys)
        .cte("expired")
    )
    return delete(idempotency_keys).where(tuple_(*_KEY).in_(select(expired)))


@once
def _forgetting(*, owner: str) -> Delete:
    known = exists(select(users.c.id).where(users.c.id == owner))
    return delete(idempotency_keys).where(idempotency_keys.c.user_id == owner, ~known)


def _identity(ctx: OwnerContext, attempt: Attempt) -> dict[str, str]:
    """Whose key it is and for what, by the names of the primary key."""
    identity = (ctx.caller.id, attempt.call.method, attempt.path, attempt.key)
    return dict(zip(_ROW, identity, strict=True))


def _lock(identity: Mapping[str, str]) -> int:
    """64 bits of a hash, signed as PostgreSQL's bigint is."""
    digest = hashlib.blake2b(json.dumps(list(identity.values())).encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big", signed=True)
