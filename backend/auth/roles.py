"""Which roles of the contract (`x-roles`) a token gives its user. Spec: specs/features/admin.md.

There is one, `admin`, and none unless `ADMIN_ROLE` says what the issuer calls it.
"""

from collections.abc import Mapping
from typing import Final

from backend.settings import Settings

ADMIN: Final = "admin"
"""As the contract calls it, whatever the issuer does."""

NONE: Final[frozenset[str]] = frozenset()


def granted(claims: Mapping[str, object], settings: Settings) -> frozenset[str]:
    """The roles that the claims of a verified token give; a claim of another form gives none, and is no error."""
    if settings.admin_role is None:
        return NONE
    return frozenset({ADMIN}) if settings.admin_role in _named(claims.get(settings.admin_role_claim)) else NONE


def _named(claim: object) -> list[str]:
    """What a claim names: roles with commas between them, as Better Auth's admin plugin writes them, or a list."""
    if isinstance(claim, str):
        return claim.split(",")
    if isinstance(claim, list) and all(isinstance(role, str) for role in claim):
        return claim
    return []
