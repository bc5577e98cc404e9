"""Somebody who signs tokens with every kind of key: Better Auth, a team with its shared secret, or an attacker."""

import base64
import hashlib
import hmac
import json
import secrets
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from cryptography.hazmat.primitives.asymmetric import ec, padding
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256, SHA512, HashAlgorithm
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

Part = bytes | Mapping[str, object]
"""Header or payload: members, or text that need be no JSON."""

Sign = Callable[[bytes], bytes]
"""From what is signed to the signature."""

PrivateKey = Ed25519PrivateKey | EllipticCurvePrivateKey | RSAPrivateKey

ASYMMETRIC: Final = ("EdDSA", "ES256", "ES512", "RS256", "PS256")
"""What Better Auth can be told to sign with."""

ALGORITHMS: Final = ("HS256", *ASYMMETRIC)

ACCENTED: Final = "key-de\u0301"
"""The name of one more key, in the code points that Unicode does not compose."""

LIFETIME: Final = 3_600
"""Seconds."""


def segment(part: Part | str) -> str:
    """A part in base64url without padding; a string is taken as UTF-8."""
    raw = json.dumps(part).encode() if isinstance(part, Mapping) else part
    raw = raw.encode() if isinstance(raw, str) else raw
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode("ascii")


def joined(header: Part, payload: Part, sign: Sign) -> str:
    """A token of these parts with the signature that `sign` gives."""
    signed = f"{segment(header)}.{segment(payload)}"
    return f"{signed}.{segment(sign(signed.encode('ascii')))}"


def hmac_of(secret: str | bytes, digest: str = "sha256") -> Sign:
    """Signs with a shared secret."""
    key = secret.encode() if isinstance(secret, str) else secret
    return lambda signed: hmac.digest(key, signed, getattr(hashlib, digest))


def with_rsa(key: RSAPrivateKey, scheme: padding.AsymmetricPadding, digest: HashAlgorithm) -> Sign:
    """Signs with this padding."""
    return lambda signed: key.sign(signed, scheme, digest)


def numbers_of(key: EllipticCurvePrivateKey, signed: bytes, digest: HashAlgorithm) -> tuple[int, int]:
    """R and s of a signature."""
    return decode_dss_signature(key.sign(signed, ec.ECDSA(digest)))


def size_of(key: EllipticCurvePrivateKey) -> int:
    """How many bytes r and s have each (RFC 7518, section 3.4)."""
    return (key.curve.key_size + 7) // 8


def with_ecdsa(key: EllipticCurvePrivateKey, digest: HashAlgorithm) -> Sign:
    """Signs as JOSE writes it: r and s behind one another, not DER."""

    def sign(signed: bytes) -> bytes:
        return b"".join(number.to_bytes(size_of(key)) for number in numbers_of(key, signed, digest))

    return sign


def pss(salt: int = SHA256.digest_size) -> padding.PSS:
    """The padding of PS256 with a salt of so many bytes; 32 is right (RFC 7518, section 3.5)."""
    return padding.PSS(mgf=padding.MGF1(SHA256()), salt_length=salt)


@dataclass(frozen=True)
class Key:
    """A key of an issuer, for one algorithm."""

    kid: str
    algorithm: str
    private: PrivateKey

    def sign(self, signed: bytes) -> bytes:
        """The signature as its algorithm has it."""
        return self._signer()(signed)

    def jwk(self) -> dict[str, object]:
        """The public half, as a key set has it."""
        return {"kid": self.kid, "alg": self.algorithm, "use": "sig", **public_members(self.private)}

    def faces(self) -> dict[str, bytes]:
        """All that anybody could take for a secret and has from the key set."""
        public = self.private.public_key()
        pem = public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
        members = public_members(self.private)
        number = str(members.get("x", members.get("n")))
        return {
            "PEM": pem,
            "PEM without its last line break": pem.rstrip(b"\n"),
            "DER": public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo),
            "JWK": json.dumps(self.jwk()).encode(),
            "JWK as JavaScript writes it": json.dumps(self.jwk(), separators=(",", ":")).encode(),
            "x or n": number.encode(),
            "bytes of x or n": base64.urlsafe_b64decode(number + "=" * (-len(number) % 4)),
        }

    def _signer(self) -> Sign:
        private = self.private
        if isinstance(private, Ed25519PrivateKey):
            return private.sign
        if isinstance(private, EllipticCurvePrivateKey):
            return with_ecdsa(private, SHA512() if self.algorithm == "ES512" else SHA256())
        return with_rsa(private, pss() if self.algorithm == "PS256" else padding.PKCS1v15(), SHA256())


def public_members(private: PrivateKey) -> dict[str, object]:
    """What a JWK says of the key itself (RFC 7518, section 6; RFC 8037, section 2)."""
    if isinstance(private, Ed25519PrivateKey):
        return {"kty": "OKP", "crv": "Ed25519", "x": segment(private.public_key().public_bytes_raw())}
    if isinstance(private, EllipticCurvePrivateKey):
        point, size = private.public_key().public_numbers(), size_of(private)
        coordinates = {"x": segment(point.x.to_bytes(size)), "y": segment(point.y.to_bytes(size))}
        return {"kty": "EC", "crv": f"P-{private.curve.key_size}", **coordinates}
    rsa = private.public_key().public_numbers()
    modulus = rsa.n.to_bytes((private.key_size + 7) // 8)
    return {"kty": "RSA", "n": segment(modulus), "e": segment(rsa.e.to_bytes(3))}


class Keys:
    """One key of every kind."""

    def __init__(self) -> None:
        self.ed25519 = Ed25519PrivateKey.generate()
        self.p256 = ec.generate_private_key(ec.SECP256R1())
        self.p521 = ec.generate_private_key(ec.SECP521R1())
        self.rsa = generate_private_key(65_537, 2_048)
        self.pss = generate_private_key(65_537, 2_048)
        privates: tuple[PrivateKey, ...] = (self.ed25519, self.p256, self.p521, self.rsa, self.pss)
        self.named = {
            algorithm: Key(f"key-of-{algorithm}", algorithm, private)
            for algorithm, private in zip(ASYMMETRIC, privates, strict=True)
        }


class Issuer:
    """Who may sign, and for whom: `alice`, from one second on for an hour.

    Attributes:
        origin: scheme, host and port; issuer and audience of what is signed.
        now: seconds since 1970 when it was made.
        secret: shared, for HS256.
        keys: published, for all else.
        strangers: an attacker's own keys, under the names of the published ones.
    """

    def __init__(self, origin: str) -> None:
        self.origin = origin
        self.now = int(time.time())
        self.secret = secrets.token_urlsafe(48)
        self.keys = Keys()
        self.strangers = Keys()

    @property
    def trap(self) -> str:
        """A URL that works and that nobody may ask for."""
        return f"{self.origin}/attacker/keys"

    def claims(self, **changes: object) -> dict[str, object]:
        """The claims of a good token, some of them changed."""
        times = {"iat": self.now, "exp": self.now + LIFETIME}
        return {"sub": "alice", "iss": self.origin, "aud": self.origin, **times, **changes}

    def without(self, claim: str) -> dict[str, object]:
        """The claims of a good token but one."""
        return {name: value for name, value in self.claims().items() if name != claim}

    def header(self, algorithm: str, **members: object) -> dict[str, object]:
        """The header of a good token, with more members or others."""
        kid = {} if algorithm == "HS256" else {"kid": self.keys.named[algorithm].kid}
        return {"alg": algorithm, **kid, **members}

    def sign(self, algorithm: str) -> Sign:
        """Signs as a good token of this algorithm is signed."""
        return hmac_of(self.secret) if algorithm == "HS256" else self.keys.named[algorithm].sign

    def token(self, algorithm: str, payload: Part | None = None, header: Part | None = None) -> str:
        """A well-signed token; without payload and header a good one."""
        return joined(
            self.header(algorithm) if header is None else header,
            self.claims() if payload is None else payload,
            self.sign(algorithm),
        )

    def forged(self, algorithm: str, header: Part | None = None) -> str:
        """A token for alice that the attacker signed."""
        chosen = self.header(algorithm) if header is None else header
        sign = hmac_of("f" * 32) if algorithm == "HS256" else self.strangers.named[algorithm].sign
        return joined(chosen, self.claims(), sign)
