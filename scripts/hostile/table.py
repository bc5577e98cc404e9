"""All of it: what is good, and what is hostile, by subject."""

import json
from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType
from typing import Final

from backend.settings import Settings
from scripts.hostile import algorithms, claims, headers, purposes, signatures, texts
from scripts.hostile.endpoint import Endpoint
from scripts.hostile.issuer import ACCENTED, ALGORITHMS, Issuer

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
    "kid": headers.kids,
    "keys that must not count": headers.unfit_keys,
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
    tokens = {algorithm: issuer.token(algorithm) for algorithm in ALGORITHMS}
    for algorithm in ("HS256", "EdDSA"):
        tokens[f"{algorithm} with typ"] = issuer.token(algorithm, header=issuer.header(algorithm, typ="JWT"))
        tokens[f"{algorithm} with an unknown member"] = issuer.token(algorithm, header=issuer.header(algorithm, x=[1]))
        tokens[f"{algorithm} with white space"] = issuer.token(algorithm, f" {json.dumps(issuer.claims())}\n".encode())
        tokens[f"{algorithm} with alg in escapes"] = issuer.token(
            algorithm, header=json.dumps(issuer.header(algorithm)).replace('"alg"', '"\\u0061lg"').encode()
        )
        tokens[f"{algorithm} for several"] = issuer.token(algorithm, issuer.claims(aud=["another", issuer.origin]))
    tokens["HS256 under a kid of the key set"] = issuer.token("HS256", header={"alg": "HS256", "kid": "key-of-EdDSA"})
    tokens["EdDSA under a kid outside of ASCII"] = issuer.token("EdDSA", header=issuer.header("EdDSA", kid=ACCENTED))
    tokens["ES256 with s negated"] = signatures.twin(issuer)
    return tokens


def knowing(endpoint: Endpoint, *, secret: bool = True, url: bool = True) -> Settings:
    """The settings of a service that knows the secret of the endpoint's issuer, where its keys are, or both."""
    given: dict[str, object] = {"environment": "development"}
    if secret:
        given["better_auth_secret"] = endpoint.issuer.secret
    if url:
        given["better_auth_url"] = endpoint.origin
        given |= {"auth_jwks_min_refresh_seconds": 0.01, "auth_jwks_timeout_seconds": 30}  # nobody waits for a test
    return Settings.model_validate(given)
