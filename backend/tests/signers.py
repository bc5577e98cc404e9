"""Whoever signs tokens as Better Auth does: a private key, its public half as a JWK, and tokens."""

import functools
from dataclasses import dataclass
from typing import Any  # a JWK, a claim, PyJWT's keys

import jwt
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from jwt.algorithms import get_default_algorithms

ALGORITHMS = ("EdDSA", "ES256", "ES512", "RS256", "PS256")


@dataclass(frozen=True)
class Signer:
    """One key pair of one algorithm."""

    kid: str
    algorithm: str
    private: Any
    """What PyJWT signs with."""

    def jwk(self, **members: object) -> dict[str, Any]:
        """The public half as Better Auth publishes it, with these members; those that are `None` are left out."""
        made: dict[str, Any] = get_default_algorithms()[self.algorithm].to_jwk(self.private.public_key(), as_dict=True)
        made.pop("key_ops", None)
        jwk = {**made, "kid": self.kid, "alg": self.algorithm, **members}
        return {name: value for name, value in jwk.items() if value is not None}

    def token(self, claims: dict[str, Any], **header: object) -> str:
        """A token with these claims, and these members in its header."""
        members = {"typ": None, "kid": self.kid, **header}
        return jwt.encode(claims, self.private, self.algorithm, headers=members)


def signer(algorithm: str = "EdDSA", number: int = 1) -> Signer:
    """One for each algorithm and number, made when it is first asked for."""
    return Signer(f"{algorithm}-{number}", algorithm, _private_key(algorithm, number))


@functools.cache
def _private_key(algorithm: str, _number: int) -> object:
    match algorithm:
        case "EdDSA":
            return ed25519.Ed25519PrivateKey.generate()
        case "ES256":
            return ec.generate_private_key(ec.SECP256R1())
        case "ES512":
            return ec.generate_private_key(ec.SECP521R1())
        case _:
            return rsa.generate_private_key(65_537, 2_048)
