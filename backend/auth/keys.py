"""Public keys: what of a JWK set (RFC 7517) signatures are checked with. Spec: authentication.md, "Public keys".

Pure: a text goes in, keys come out. A key that could be meant for something else is dropped, and each has one
algorithm: what the header of a token says can only agree with it.
"""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.asymmetric.ec import (
    ECDSA,
    SECP256R1,
    SECP521R1,
    EllipticCurve,
    EllipticCurvePublicNumbers,
)
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicNumbers
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256, SHA512, HashAlgorithm

from backend.auth.strict import json_object, unpadded

MAXIMUM_KEYS: Final = 256
"""Better Auth makes a key for each token that is asked for at the moment of a rotation, and publishes each for 30 days:
four busy rotations were seen to pass 32."""

MAXIMUM_KID_LENGTH: Final = 256
"""Characters. Better Auth's have 32, thumbprints 43."""

MINIMUM_RSA_BITS: Final = 2048
"""RFC 7518, section 3.3."""

MAXIMUM_RSA_BITS: Final = 8192
"""A check takes 0.3 ms with these, 0.02 ms with the shortest."""

MAXIMUM_EXPONENT_BITS: Final = 32
"""A check with one as long as the modulus takes 5 ms; all the world has 65,537."""

PRIVATE_PARTS: Final = frozenset({"d", "p", "q", "dp", "dq", "qi", "oth", "k"})

SIGNATURE_BYTES: Final[Mapping[str, range]] = {
    "EdDSA": range(64, 65),
    "ES256": range(64, 65),
    "ES512": range(132, 133),
    "RS256": range(MINIMUM_RSA_BITS // 8, MAXIMUM_RSA_BITS // 8 + 1),
    "PS256": range(MINIMUM_RSA_BITS // 8, MAXIMUM_RSA_BITS // 8 + 1),
}
"""How long a signature of each algorithm can be: RFC 8037, section 3.1, RFC 7518, sections 3.3 to 3.5."""

Check = Callable[[bytes, bytes], None]
"""Takes a signature and what it signs; raises InvalidSignature."""


@dataclass(frozen=True, slots=True)
class Key:
    """One public key, for one algorithm."""

    algorithm: str
    check: Check

    def has_signed(self, signed: bytes, signature: bytes) -> bool:
        """Whether the signature, as JOSE writes it, is this key's."""
        try:
            self.check(signature, signed)
        except InvalidSignature:
            return False
        return True


class Unusable(Exception):
    """There is no key to be had; the text says why in words of our own, without a word of what was answered."""


def usable_keys(text: bytes) -> dict[str, Key]:
    """The keys of a JWK set that can be used, by their `kid`: at least one.

    Raises:
        Unusable: the text is no JWK set, has too many keys, or none that can be used.
    """
    try:
        members = json_object(text).get("keys")
    except ValueError:
        raise Unusable("the answer is not strict JSON") from None
    if not isinstance(members, list):
        raise Unusable("the answer is no JWK set")
    if len(members) > MAXIMUM_KEYS:
        raise Unusable(f"there are more than {MAXIMUM_KEYS} keys")
    named = [(entry["kid"], entry) for entry in members if isinstance(entry, dict) and _is_name(entry.get("kid"))]
    times = Counter(kid for kid, _ in named)
    # Of two keys with one name nobody knows which is meant.
    keys = {kid: key for kid, entry in named if times[kid] == 1 and (key := _key(entry)) is not None}
    if not keys:
        raise Unusable("none of the keys can be used" if members else "there are no keys")
    return keys


def _is_name(kid: object) -> bool:
    return isinstance(kid, str) and 1 <= len(kid) <= MAXIMUM_KID_LENGTH


def _key(jwk: Mapping[str, object]) -> Key | None:
    kind = jwk.get("kty")
    make = _MAKERS.get(kind) if isinstance(kind, str) else None
    if make is None or not _is_for_checking(jwk):
        return None
    try:
        key = make(jwk)
    except (KeyError, TypeError, ValueError, UnsupportedAlgorithm):
        return None
    return key if jwk.get("alg", key.algorithm) == key.algorithm else None


def _is_for_checking(jwk: Mapping[str, object]) -> bool:
    """Whether the key is public and no other use is named (RFC 7517, sections 4.2 and 4.3)."""
    operations = jwk.get("key_ops", ["verify"])
    return (
        PRIVATE_PARTS.isdisjoint(jwk)
        and jwk.get("use", "sig") == "sig"
        and isinstance(operations, list)
        and "verify" in operations
    )


def _edwards(jwk: Mapping[str, object]) -> Key:
    if jwk["crv"] != "Ed25519":
        raise ValueError("another curve")
    return Key("EdDSA", Ed25519PublicKey.from_public_bytes(_octets(jwk, "x")).verify)


def _elliptic(jwk: Mapping[str, object]) -> Key:
    curves: dict[object, tuple[str, EllipticCurve, HashAlgorithm, int]] = {
        "P-256": ("ES256", SECP256R1(), SHA256(), 32),
        "P-521": ("ES512", SECP521R1(), SHA512(), 66),
    }
    algorithm, curve, digest, size = curves[jwk["crv"]]
    x, y = (_octets(jwk, name) for name in ("x", "y"))
    if len(x) != size or len(y) != size:  # RFC 7518, section 6.2.1.2
        raise ValueError("a coordinate of another length")
    key = EllipticCurvePublicNumbers(int.from_bytes(x), int.from_bytes(y), curve).public_key()

    def check(signature: bytes, signed: bytes) -> None:
        if len(signature) != 2 * size:
            raise InvalidSignature
        r, s = int.from_bytes(signature[:size]), int.from_bytes(signature[size:])
        key.verify(encode_dss_signature(r, s), signed, ECDSA(digest))

    return Key(algorithm, check)


def _rsa(jwk: Mapping[str, object]) -> Key:
    # The key itself does not say which padding it is for.
    schemes: dict[object, padding.AsymmetricPadding] = {
        "RS256": padding.PKCS1v15(),
        "PS256": padding.PSS(mgf=padding.MGF1(SHA256()), salt_length=SHA256.digest_size),  # RFC 7518, section 3.5
    }
    scheme = schemes[jwk["alg"]]
    modulus, exponent = (int.from_bytes(_octets(jwk, name)) for name in ("n", "e"))
    is_short = modulus.bit_length() < MINIMUM_RSA_BITS
    if is_short or modulus.bit_length() > MAXIMUM_RSA_BITS or exponent.bit_length() > MAXIMUM_EXPONENT_BITS:
        raise ValueError("too short or too long")
    key = RSAPublicNumbers(exponent, modulus).public_key()

    def check(signature: bytes, signed: bytes) -> None:
        key.verify(signature, signed, scheme, SHA256())

    return Key(str(jwk["alg"]), check)


_MAKERS: Final[Mapping[str, Callable[[Mapping[str, object]], Key]]] = {
    "OKP": _edwards, "EC": _elliptic, "RSA": _rsa,
}  # fmt: skip # one line says it


def _octets(jwk: Mapping[str, object], name: str) -> bytes:
    text = jwk[name]
    if not isinstance(text, str):
        raise TypeError("not a string")
    return unpadded(text)
