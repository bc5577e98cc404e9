"""All of it: what is good, and what is hostile, by subject."""

from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType
from typing import Final

from backend.settings import Settings
from scripts.hostile import algorithms, claims, headers, names, purposes, signatures, texts
from scripts.hostile.endpoint import Endpoint
from scripts.hostile.issuer import ALGORITHMS, Issuer

Subject = Callable[[Issuer], Iterator[tuple[str, str]]]

SUBJECTS: Final[Mapping[str, Subject]] = MappingProxyType({
    "alg": algorithms.algorithms,
    "digests": algorithms.digests,
    "keys under another algorithm": algorithms.confusions,
    "secrets": algorithms.secrets,
    "RSA": signatures.rsa_signatures,
    "ECDSA": signatures.ecdsa_signatures,
    "EdDSA": signatures.eddsa_signatures,
    "keys that are brought along": headers.brought_along,
    "header members": headers.forbidden,
    "header members twice": headers.doubled,
    "headers that are no objects": headers.no_objects,
    "encrypted tokens": headers.encrypted,
    "kid": names.kids,
    "keys that must not count": names.unfit_keys,
    "kinds of times": claims.clocks,
    "times": claims.moments,
    "users": claims.users,
    "issuers and audiences": claims.origins,
    "payloads that are no objects": claims.no_objects,
    "tokens of Better Auth with the secret": purposes.with_the_secret,
    "tokens of Better Auth with its keys": purposes.with_the_keys,
    "texts": texts.forms,
    "exchanged segments": texts.exchanges,
    "sizes": texts.sizes,
})  # fmt: skip # a table
"""Tokens that are refused wherever a secret and keys are known."""


def good(issuer: Issuer) -> dict[str, str]:
    """A token of every kind that is let in, so that a verifier which refuses all does not pass."""
    return {algorithm: issuer.token(algorithm) for algorithm in ALGORITHMS}


def knowing(endpoint: Endpoint, *, secret: bool = True, url: bool = True) -> Settings:
    """The settings of a service that knows the secret of the endpoint's issuer, where its keys are, or both."""
    given: dict[str, object] = {"environment": "development"}
    if secret:
        given["better_auth_secret"] = endpoint.issuer.secret
    if url:
        given["better_auth_url"] = endpoint.origin
    return Settings.model_validate(given)
