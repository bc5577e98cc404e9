"""Whom the mock lets in: everybody who says who they are (MOCK-5)."""

import base64
import binascii
import json
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

from backend.errors import Forbidden, Unauthenticated
from generated.plumbing import Call

USER_CLAIMS: Final = ("sub", "user_id", "id")
"""As the service reads them (specs/features/authentication.md)."""

_BEARER: Final = re.compile(r"bearer ([A-Za-z0-9._~+/-]+=*)", re.IGNORECASE)
"""RFC 6750, section 2.1."""


class Gate:
    """Takes any bearer token. One that is a JWT names its user, whoever signed it; any other acts for every owner."""

    async def authenticate(self, authorization: list[str], /) -> str | None:
        """Give the user whom the token names, if it names one; 401 without a token."""
        match = _BEARER.fullmatch(authorization[0]) if len(authorization) == 1 else None
        if match is None:
            raise Unauthenticated(presented=bool(authorization))
        return named_user(match[1])

    def authorise(self, caller: str | None, owner: str, /) -> None:
        """Let a named user act for themselves and for nobody else."""
        if caller not in {None, owner}:
            raise Forbidden

    @asynccontextmanager
    async def public(self, _call: Call, /) -> AsyncIterator[None]:
        """Open nothing."""
        yield

    @asynccontextmanager
    async def owned(self, _call: Call, _caller: str | None, _owner: str, /) -> AsyncIterator[None]:
        """Open nothing."""
        yield


def named_user(token: str) -> str | None:
    """Read the user of a JWT without looking at its signature; any other token names nobody."""
    payload = token.split(".")[1] if token.count(".") == 2 else ""  # noqa: PLR2004 - header, payload, signature
    try:
        claims = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    except (binascii.Error, ValueError):
        return None
    users = [claims.get(name) for name in USER_CLAIMS] if isinstance(claims, dict) else []
    return next((user for user in users if isinstance(user, str)), None)
