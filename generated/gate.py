# Generated from openapi/tasks.yaml by `make generate`. Do not edit.
"""What the backend decides about every request: who asks, for whom they may act, and what an operation finds behind."""

from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import NamedTuple, Protocol, TypeVar

CallerT = TypeVar("CallerT")
OwnerT = TypeVar("OwnerT")
PublicT_co = TypeVar("PublicT_co", covariant=True)


class Call(NamedTuple):
    """The operation that a context is asked for.

    Attributes:
        roles: callers in one of these are let in for every owner (`x-roles`).
        accept: the media types that the client would read, as it sent them, the lines joined with commas; empty where
            it sent none. A parameter cannot declare it (OpenAPI 3.1.1, section 4.8.12.2).
    """

    operation_id: str
    method: str
    path: str
    roles: tuple[str, ...]
    accept: str


class Credentials(NamedTuple):
    """What a request shows for one security scheme.

    Attributes:
        scheme: its name in the contract.
        scopes: what the operation asks for.
        values: every value as it was sent: of the Authorization header, whole, or of the header, parameter or cookie
            that holds the key. Empty where nothing was sent.
    """

    scheme: str
    scopes: tuple[str, ...]
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Attempt:
    """A request that its client may send again without having it done again.

    Attributes:
        path: as it was sent, decoded: together with the method and the caller it says whose key this is.
        key: without the quotes around it, which make no difference.
        fingerprint: SHA-256 of what the same request has in common each time it is sent: its query, `Content-Type`,
            `If-Match`, `If-None-Match` and body.
    """

    call: Call
    path: str
    key: str
    fingerprint: bytes


@dataclass(frozen=True, slots=True)
class Kept:
    """An answer, whole but for what is set around the operations: it is sent to whoever asks again."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes


class Gate(Protocol[CallerT, OwnerT, PublicT_co]):
    """What the backend decides about every request; it raises errors of its own to refuse one."""

    async def authenticate(self, credentials: tuple[Credentials, ...], /) -> CallerT:
        """Turn what was sent into a caller: one or more credentials, all of which have to be good."""
        ...

    def authorise(self, call: Call, caller: CallerT, owner: str, /) -> None:
        """Let the caller act for the owner that the path names, by this operation, or raise."""
        ...

    def owned(self, call: Call, caller: CallerT, owner: str, /) -> AbstractAsyncContextManager[OwnerT]:
        """Open what an operation on the owner's things may use; leaving it without an exception commits."""
        ...

    def public(self, call: Call, /) -> AbstractAsyncContextManager[PublicT_co]:
        """Open what a public operation may use."""
        ...

    async def recall(self, ctx: OwnerT, attempt: Attempt, /) -> Kept | None:
        """Give what is kept under the key of a request; raise if it is another request's, or that is still running."""
        ...

    async def keep(self, ctx: OwnerT, attempt: Attempt, kept: Kept, /) -> None:
        """Keep an answer for whoever asks again, in what leaving the context commits."""
        ...
