"""Whom the mock lets in: everybody who says who they are (MOCK-5)."""

import base64
import binascii
import json
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

from backend.errors import Forbidden, Unauthenticated
from generated import routes
from generated.gate import Attempt, Call, Credentials, Kept

USER_CLAIMS: Final = ("sub", "user_id", "id")
"""As the service reads them (specs/features/authentication.md)."""

_TOKEN: Final = re.compile(r"[A-Za-z0-9._~+/-]+=*")
"""RFC 6750, section 2.1."""

_SCHEMES: Final = {scheme.scheme_name: scheme for scheme in routes.SCHEMES}


class Gate:
    """Takes whatever is shown for a scheme. A JWT names its user, whoever signed it; all else acts for every owner.

    It has the methods of every contract's gate (decisions/0031).
    """

    async def authenticate(self, credentials: tuple[Credentials, ...], /) -> str | None:
        """Give the user whom a token names, if one does; 401 unless every scheme is shown one value."""
        users: list[str | None] = []
        for shown in credentials:
            if len(shown.values) != 1 or not _SCHEMES[shown.scheme].is_offered(shown.values):
                raise Unauthenticated(presented=any(shown.values))
            scheme, _, token = shown.values[0].partition(" ")
            if scheme.lower() == "bearer" and not _TOKEN.fullmatch(token):
                raise Unauthenticated(presented=True)
            users.append(named_user(token))
        return next((user for user in users if user is not None), None)

    def authorise(self, _call: Call, caller: str | None, owner: str, /) -> None:
        """Let a named user act for themselves and for nobody else: whose role is what, only a service knows."""
        if caller not in {None, owner}:
            raise Forbidden

    @asynccontextmanager
    async def public(self, _call: Call, /) -> AsyncIterator[None]:
        """Open nothing."""
        yield

    @asynccontextmanager
    async def known(self, _call: Call, _caller: str | None, /) -> AsyncIterator[None]:
        """Open nothing, also for `anyone`."""
        yield

    anyone = known

    @asynccontextmanager
    async def owned(self, _call: Call, _caller: str | None, _owner: str, /) -> AsyncIterator[None]:
        """Open nothing."""
        yield

    async def recall(self, _context: None, _attempt: Attempt, /) -> Kept | None:
        """Give nothing: a repetition is answered alike anyway."""

    async def keep(self, _context: None, _attempt: Attempt, _kept: Kept, /) -> None:
        """Keep nothing."""


def named_user(token: str) -> str | None:
    """Read the user of a JWT without looking at its signature; any other token names nobody."""
    payload = token.split(".")[1] if token.count(".") == 2 else ""  # noqa: PLR2004 - header, payload, signature
    try:
        claims = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    except (binascii.Error, ValueError):
        return None
    users = [claims.get(name) for name in USER_CLAIMS] if isinstance(claims, dict) else []
    return next((user for user in users if isinstance(user, str)), None)
