# Generated from openapi/tasks.yaml by `make generate`. Do not edit.
"""What the backend decides about every request: who asks, for whom they may act, and what an operation finds behind."""

from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Protocol, TypeVar

CallerT = TypeVar("CallerT")
OwnerT_co = TypeVar("OwnerT_co", covariant=True)
PublicT_co = TypeVar("PublicT_co", covariant=True)


@dataclass(frozen=True, slots=True)
class Call:
    """The operation that a context is asked for."""

    operation_id: str
    method: str
    path: str


@dataclass(frozen=True, slots=True)
class Credentials:
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


class Gate(Protocol[CallerT, OwnerT_co, PublicT_co]):
    """What the backend decides about every request; it raises errors of its own to refuse one."""

    async def authenticate(self, credentials: tuple[Credentials, ...], /) -> CallerT:
        """Turn what was sent into a caller: one or more credentials, all of which have to be good."""
        ...

    def authorise(self, caller: CallerT, owner: str, /) -> None:
        """Let the caller act for the owner that the path names, or raise."""
        ...

    def owned(self, call: Call, caller: CallerT, owner: str, /) -> AbstractAsyncContextManager[OwnerT_co]:
        """Open what an operation on the owner's things may use; leaving it without an exception commits."""
        ...

    def public(self, call: Call, /) -> AbstractAsyncContextManager[PublicT_co]:
        """Open what a public operation may use."""
        ...
