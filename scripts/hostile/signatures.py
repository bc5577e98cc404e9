"""Signatures that are almost right: other paddings, other encodings, numbers out of range, algebra.

Each goes with a good header and good claims, so that nothing but the check of the signature is in its way.
"""

import hashlib
from collections.abc import Callable, Iterator, Mapping
from typing import Final

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

from scripts.hostile.issuer import Issuer, Sign, joined, numbers_of, pss, size_of, with_rsa

ED25519_ORDER: Final = 2**252 + 27_742_317_777_372_353_535_851_937_790_883_648_493
"""RFC 8032, section 5.1."""

SHA256_INFO: Final = bytes.fromhex("3031300d060960864801650304020105000420")
"""What PKCS #1 puts before a SHA-256 digest (RFC 8017, section 9.2, note 1)."""


def rsa_signatures(issuer: Issuer) -> Iterator[tuple[str, str]]:
    """RS256 and PS256."""
    rsa, other = issuer.keys.rsa, issuer.keys.pss
    sha256, pkcs1 = hashes.SHA256(), padding.PKCS1v15()
    ways: dict[str, tuple[str, Sign]] = {
        "RS256 with the padding of PS256": ("RS256", with_rsa(rsa, pss(), sha256)),
        "PS256 with the padding of RS256": ("PS256", with_rsa(other, pkcs1, sha256)),
        "PS256 without salt": ("PS256", with_rsa(other, pss(0), sha256)),
        "PS256 with a salt of 20 bytes": ("PS256", with_rsa(other, pss(20), sha256)),
        "PS256 with the longest salt": ("PS256", with_rsa(other, pss(222), sha256)),
        "PS256 with the mask of another digest": (
            "PS256",
            with_rsa(other, padding.PSS(mgf=padding.MGF1(hashes.SHA512()), salt_length=32), sha256),
        ),
        "RS256 with 8 bytes of padding and garbage behind": ("RS256", _bare(rsa, _garbage_behind)),
        "RS256 without the name of the digest": ("RS256", _bare(rsa, _nameless)),
        "RS256 with zeros for padding": ("RS256", _bare(rsa, _zero_padded)),
        "RS256 of the digest alone": ("RS256", _bare(rsa, lambda digest: digest)),
    }
    for name, (algorithm, sign) in ways.items():
        yield name, joined(issuer.header(algorithm), issuer.claims(), sign)
    for algorithm, key in (("RS256", rsa), ("PS256", other)):
        modulus = key.public_key().public_numbers().n
        yield from _altered(issuer, algorithm)
        for name, number in {"0": 0, "1": 1, "n - 1": modulus - 1, "n": modulus, "n + 1": modulus + 1}.items():
            token = joined(issuer.header(algorithm), issuer.claims(), _constant(number.to_bytes(256)))
            yield f"{algorithm} whose signature is {name}", token
        beyond = joined(issuer.header(algorithm), issuer.claims(), _plus(issuer.sign(algorithm), modulus))
        yield f"{algorithm} whose signature is n larger", beyond


def ecdsa_signatures(issuer: Issuer) -> Iterator[tuple[str, str]]:
    """ES256 and ES512."""
    sides: tuple[tuple[str, EllipticCurvePrivateKey, hashes.HashAlgorithm], ...] = (
        ("ES256", issuer.keys.p256, hashes.SHA256()),
        ("ES512", issuer.keys.p521, hashes.SHA512()),
    )
    for algorithm, key, digest in sides:
        size, order = size_of(key), key.curve.group_order
        constants = {
            "r and s of 0": (0, 0), "r of 0": (0, 1), "s of 0": (1, 0), "r and s of 1": (1, 1),
            "r and s of the order": (order, order), "r of the order": (order, 1), "s of the order": (1, order),
            "r and s beyond": (256**size - 1, 256**size - 1),
        }  # fmt: skip # one line for each kind
        for name, (r, s) in constants.items():
            token = joined(issuer.header(algorithm), issuer.claims(), _constant(r.to_bytes(size) + s.to_bytes(size)))
            yield f"{algorithm} with {name}", token
        for name, change in _other_encodings(size, order).items():
            token = joined(issuer.header(algorithm), issuer.claims(), _rewritten(key, digest, change))
            yield f"{algorithm} {name}", token
        yield from _altered(issuer, algorithm)
    p521 = issuer.keys.p521
    larger = _rewritten(
        p521, hashes.SHA512(), lambda r, s: r.to_bytes(66) + (s + p521.curve.group_order).to_bytes(66)
    )  # of P-256 the sum has no room
    yield "ES512 whose s is the order larger", joined(issuer.header("ES512"), issuer.claims(), larger)


def twin(issuer: Issuer) -> str:
    """A good token made of another by negating s, which takes no key: ECDSA lets both verify.

    So a token proves who its user is, and its text identifies nothing.
    """
    key = issuer.keys.p256
    order = key.curve.group_order
    sign = _rewritten(key, hashes.SHA256(), lambda r, s: r.to_bytes(32) + (order - s).to_bytes(32))
    return joined(issuer.header("ES256"), issuer.claims(), sign)


def eddsa_signatures(issuer: Issuer) -> Iterator[tuple[str, str]]:
    """Ed25519, whose second half is a number below the order, or the signature could be changed by anybody."""
    yield from _altered(issuer, "EdDSA")
    identity = b"\x01" + bytes(31)
    constants = {
        "of zeros": bytes(64),
        "of ones": b"\xff" * 64,
        "of the neutral point": identity + bytes(32),
        "of the neutral point, written otherwise": b"\x01" + bytes(30) + b"\x80" + bytes(32),
        "whose number is the order": identity + ED25519_ORDER.to_bytes(32, "little"),
    }
    for name, signature in constants.items():
        yield f"EdDSA with a signature {name}", joined(issuer.header("EdDSA"), issuer.claims(), _constant(signature))
    sign = issuer.sign("EdDSA")

    def larger(signed: bytes) -> bytes:
        signature = sign(signed)
        return signature[:32] + (int.from_bytes(signature[32:], "little") + ED25519_ORDER).to_bytes(32, "little")

    yield "EdDSA whose number is the order larger", joined(issuer.header("EdDSA"), issuer.claims(), larger)


def _other_encodings(size: int, order: int) -> Mapping[str, Callable[[int, int], bytes]]:
    """Of r and s, whose places have so many bytes; below this order."""
    return {
        "in DER": encode_dss_signature,
        "with r and s swapped": lambda r, s: s.to_bytes(size) + r.to_bytes(size),
        "in little-endian": lambda r, s: r.to_bytes(size, "little") + s.to_bytes(size, "little"),
        "with a byte more for each number": lambda r, s: r.to_bytes(size + 1) + s.to_bytes(size + 1),
        "with a zero byte before s": lambda r, s: r.to_bytes(size) + s.to_bytes(size + 1),
        "with r negated": lambda r, s: (order - r).to_bytes(size) + s.to_bytes(size),
        "in digits": lambda r, s: f"{r:x}{s:x}".encode(),
    }


def _altered(issuer: Issuer, algorithm: str) -> Iterator[tuple[str, str]]:
    """Changes that are the same for all algorithms."""
    sign = issuer.sign(algorithm)
    results: dict[str, Sign] = {  # of a signature
        "cut by a byte": lambda good: good[:-1],
        "cut to a byte": lambda good: good[:1],
        "a byte longer": lambda good: good + b"\0",
        "a zero byte before": lambda good: b"\0" + good,
        "with a bit flipped": lambda good: bytes([good[0] ^ 1]) + good[1:],
        "with its last bit flipped": lambda good: good[:-1] + bytes([good[-1] ^ 1]),
        "backwards": lambda good: good[::-1],
        "twice": lambda good: good * 2,
    }
    texts: dict[str, Sign] = {  # of what is signed
        "of the payload alone": lambda signed: signed.partition(b".")[2],
        "of the header alone": lambda signed: signed.partition(b".")[0],
        "of a digest": lambda signed: hashlib.sha256(signed).digest(),
        "of the text with a dot more": lambda signed: signed + b".",
    }
    changes = {name: _composed(sign, change) for name, change in results.items()}
    changes |= {name: _composed(change, sign) for name, change in texts.items()}
    for name, change in changes.items():
        yield f"{algorithm} whose signature is {name}", joined(issuer.header(algorithm), issuer.claims(), change)


def _composed(first: Sign, second: Sign) -> Sign:
    return lambda signed: second(first(signed))


def _constant(signature: bytes) -> Sign:
    return lambda _signed: signature


def _plus(sign: Sign, modulus: int) -> Sign:
    return lambda signed: (int.from_bytes(sign(signed)) + modulus).to_bytes(257)


def _rewritten(key: EllipticCurvePrivateKey, digest: hashes.HashAlgorithm, write: Callable[[int, int], bytes]) -> Sign:
    return lambda signed: write(*numbers_of(key, signed, digest))


def _bare(key: RSAPrivateKey, block: Callable[[bytes], bytes]) -> Sign:
    """RSA on a block of our own making."""
    numbers = key.private_numbers()
    modulus = numbers.public_numbers.n

    def sign(signed: bytes) -> bytes:
        number = int.from_bytes(block(hashlib.sha256(signed).digest()))
        return pow(number, numbers.d, modulus).to_bytes(256)

    return sign


def _garbage_behind(digest: bytes) -> bytes:
    """What fooled verifiers that stop reading at the digest (CVE-2006-4339)."""
    block = b"\0\1" + b"\xff" * 8 + b"\0" + SHA256_INFO + digest
    return block + bytes(256 - len(block))


def _nameless(digest: bytes) -> bytes:
    return b"\0\1" + b"\xff" * (256 - 3 - len(digest)) + b"\0" + digest


def _zero_padded(digest: bytes) -> bytes:
    info = SHA256_INFO + digest
    return b"\0\1" + bytes(256 - 2 - len(info)) + info
