"""What `alg` may say: nothing, something else, or what makes a public key a secret (RFC 8725, sections 2.1 and 3.1)."""

import hashlib
from collections.abc import Iterator
from typing import Final

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding

from scripts.hostile.issuer import ALGORITHMS, ASYMMETRIC, Issuer, Sign, hmac_of, joined, segment, with_ecdsa, with_rsa

NONE: Final = ("none", "None", "NONE", "nOnE", "none ", " none", "none\0", "\uff4e\uff4f\uff4e\uff45", "null", "")

MISSPELT: Final = {
    "HS256": (
        "hs256",
        "Hs256",
        "HS256 ",
        " HS256",
        "HS-256",
        "HS256\0",
        "\uff28\uff33\uff12\uff15\uff16",
        "\u041dS256",
        "HMAC",
        "HmacSHA256",
    ),
    "EdDSA": ("eddsa", "EDDSA", "EdDSA ", "Ed25519", "Ed448", "\uff25\uff44\uff24\uff33\uff21", "EdDSA\u200b"),
    "ES256": ("es256", "ES256 ", "ES256K", "ESP256"),
    "RS256": ("rs256", "RSA256", "RS1", "RSA-OAEP"),
    "PS256": ("ps256", "PSS"),
}
"""By the algorithm that signs: the case, blanks, letters of other alphabets, and names of other registries."""

NO_NAMES: Final[dict[str, object]] = {
    "null": None,
    "true": True,
    "a number": 256,
    "a list": ["HS256"],
    "a list of two": ["HS256", "none"],
    "an object": {"name": "HS256"},
    "very long": "HS256" * 150,
}


def algorithms(issuer: Issuer) -> Iterator[tuple[str, str]]:
    """`alg` says something that is not let in."""
    payload = issuer.claims()
    good = issuer.sign("HS256")
    for name in NONE:
        unsigned = f"{segment({'alg': name, 'typ': 'JWT'})}.{segment(payload)}."
        yield f"alg {name!r}, without a signature", unsigned
        yield f"alg {name!r}, one byte for a signature", unsigned + "AA"
        yield f"alg {name!r}, signed with the secret", joined({"alg": name}, payload, good)
        yield f"alg {name!r}, with a kid", f"{segment(issuer.header('EdDSA', alg=name))}.{segment(payload)}."
    for algorithm, spellings in MISSPELT.items():
        for name in spellings:
            yield f"alg {name!r} for {algorithm}", issuer.token(algorithm, header=issuer.header(algorithm, alg=name))
    for kind, value in NO_NAMES.items():
        for algorithm in ("HS256", "EdDSA"):
            token = issuer.token(algorithm, header=issuer.header(algorithm, alg=value))
            yield f"alg that is {kind} for {algorithm}", token
    for algorithm in ALGORITHMS:
        header = {name: value for name, value in issuer.header(algorithm).items() if name != "alg"}
        yield f"no alg for {algorithm}", issuer.token(algorithm, header={**header, "typ": "JWT"})


def digests(issuer: Issuer) -> Iterator[tuple[str, str]]:
    """The right key with another digest, under the name of that digest and under its own."""
    keys, payload = issuer.keys, issuer.claims()
    signers: dict[str, tuple[str, Sign]] = {
        "HS384": ("HS256", hmac_of(issuer.secret, "sha384")),
        "HS512": ("HS256", hmac_of(issuer.secret, "sha512")),
        "HS1": ("HS256", hmac_of(issuer.secret, "sha1")),
        "ES384": ("ES256", with_ecdsa(keys.p256, hashes.SHA384())),
        "ES512": ("ES256", with_ecdsa(keys.p256, hashes.SHA512())),
        "ES256": ("ES512", with_ecdsa(keys.p521, hashes.SHA256())),
        "RS384": ("RS256", with_rsa(keys.rsa, padding.PKCS1v15(), hashes.SHA384())),
        "RS512": ("RS256", with_rsa(keys.rsa, padding.PKCS1v15(), hashes.SHA512())),
        "PS384": ("PS256", with_rsa(keys.pss, _pss(hashes.SHA384()), hashes.SHA384())),
        "PS512": ("PS256", with_rsa(keys.pss, _pss(hashes.SHA512()), hashes.SHA512())),
    }
    for name, (algorithm, sign) in signers.items():
        yield f"{name} with the key of {algorithm}", joined(issuer.header(algorithm, alg=name), payload, sign)
        yield f"{algorithm} with the digest of {name}", joined(issuer.header(algorithm), payload, sign)


def confusions(issuer: Issuer) -> Iterator[tuple[str, str]]:
    """A key under the algorithm of another."""
    payload = issuer.claims()
    for algorithm in ASYMMETRIC:
        key = issuer.keys.named[algorithm]
        for other in ALGORITHMS:
            if other != algorithm:
                yield f"the key of {algorithm} under {other}", joined({"alg": other, "kid": key.kid}, payload, key.sign)
        for face, secret in key.faces().items():
            header = {"alg": "HS256", "kid": key.kid}
            yield f"HS256 with the {face} of {algorithm}", joined(header, payload, hmac_of(secret))
        pem = key.faces()["PEM"]
        yield f"HS256 with the PEM of {algorithm}, without a kid", joined({"alg": "HS256"}, payload, hmac_of(pem))
        yield f"{algorithm} with the secret", joined(issuer.header(algorithm), payload, hmac_of(issuer.secret))
        yield f"{algorithm} of a stranger under a good kid", issuer.forged(algorithm)


def secrets(issuer: Issuer) -> Iterator[tuple[str, str]]:
    """HS256 with almost the secret, or with what somebody could have forgotten to exclude."""
    digest = hashlib.sha256(issuer.secret.encode())
    almost: dict[str, str | bytes] = {
        "no secret": "",
        "a word": "secret",
        "Better Auth's default secret": "better-auth-secret-12345678901234567890",
        "the secret but its last character": issuer.secret[:-1],
        "the secret and a line break": f"{issuer.secret}\n",
        "the secret and a blank": f"{issuer.secret} ",
        "the secret in lower case": issuer.secret.lower(),
        "the secret backwards": issuer.secret[::-1],
        "the secret in base64": segment(issuer.secret),
        "the digest of the secret": digest.digest(),
        "the digest of the secret in digits": digest.hexdigest(),
        "the word undefined": "undefined",
        "the name of the algorithm": "HS256",
        "the origin": issuer.origin,
    }
    for name, secret in almost.items():
        yield f"HS256 with {name}", joined(issuer.header("HS256"), issuer.claims(), hmac_of(secret))


def _pss(digest: hashes.HashAlgorithm) -> padding.PSS:
    return padding.PSS(mgf=padding.MGF1(digest), salt_length=digest.digest_size)
