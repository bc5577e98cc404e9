"""Whoever signs tokens as Better Auth does: a private key, its public half as a JWK, and tokens."""

import functools
from dataclasses import dataclass
from typing import Any  # a JWK, a claim, the keys of each algorithm

from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

from scripts.hostile.issuer import ASYMMETRIC, Key, joined, public_members

ALGORITHMS = ASYMMETRIC


@dataclass(frozen=True)
class Signer:
    """One key pair of one algorithm."""

    kid: str
    algorithm: str
    private: Any

    def jwk(self, **members: object) -> dict[str, Any]:
        """The public half as Better Auth publishes it, with these members; those that are `None` are left out."""
        jwk = {**public_members(self.private), "kid": self.kid, "alg": self.algorithm, **members}
        return {name: value for name, value in jwk.items() if value is not None}

    def token(self, claims: dict[str, Any], **header: object) -> str:
        """A token with these claims, and these members in its header."""
        key = Key(self.kid, self.algorithm, self.private)
        return joined({"alg": key.algorithm, "kid": key.kid, **header}, claims, key.sign)


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
