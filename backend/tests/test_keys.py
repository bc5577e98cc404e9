"""The text of a JWK set becomes keys, or none (specs/features/authentication.md, "Public keys")."""

import base64
import json
from typing import Any  # JWKs are made with whatever an endpoint may put into them

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed448, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from jwt.algorithms import ECAlgorithm, OKPAlgorithm, RSAAlgorithm

from backend.auth.keys import Key, Unusable, usable_keys
from backend.tests.signers import ALGORITHMS, Signer, signer

ED, ES, ES512, RS, PS = (signer(algorithm) for algorithm in ALGORITHMS)


def written(*jwks: object, **members: object) -> bytes:
    return json.dumps({"keys": jwks, **members}).encode()


def keys(*jwks: object) -> dict[str, Key]:
    """The keys of a set that has a good one beside these."""
    found = usable_keys(written(signer("EdDSA", 9).jwk(), *jwks))
    del found["EdDSA-9"]
    return found


def parts(token: str) -> tuple[bytes, bytes]:
    """What is signed, and the signature."""
    signed, _, signature = token.rpartition(".")
    return signed.encode(), base64.urlsafe_b64decode(signature + "==")


def padded(text: str) -> str:
    return text + "=" * (-len(text) % 4)


def longer(text: str, *, zeros: int = 1) -> str:
    """The same number, with bytes 0 before it."""
    raw = bytes(zeros) + base64.urlsafe_b64decode(padded(text))
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def rsa_of(bits: int, **members: object) -> dict[str, Any]:
    return Signer("rsa", "RS256", rsa.generate_private_key(65_537, bits)).jwk(**members)


def of(algorithm: type[ECAlgorithm | OKPAlgorithm], private: Any) -> dict[str, Any]:  # noqa: ANN401 # any curve's key
    return {**algorithm.to_jwk(private.public_key(), as_dict=True), "kid": "other"}


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_a_key_of_each_algorithm_knows_its_own_signatures(algorithm: str) -> None:  # AUTH-32, AUTH-35
    mine, other = signer(algorithm), signer(algorithm, 2)
    found = keys(mine.jwk())
    assert {kid: key.algorithm for kid, key in found.items()} == {mine.kid: algorithm}
    signed, signature = parts(mine.token({"sub": "alice"}))
    key = found[mine.kid]
    assert key.has_signed(signed, signature)
    assert not key.has_signed(signed + b"x", signature)
    assert not key.has_signed(*parts(other.token({"sub": "alice"})))
    half = len(signature) // 2
    same_numbers = signature[:half] + b"\0" + signature[half:]  # of r and s
    for wrong in (
        b"",
        signature[:-1],
        signature + b"\0",
        same_numbers,
        bytes(len(signature)),
        b"\xff" * len(signature),
    ):
        assert not key.has_signed(signed, wrong)


@pytest.mark.parametrize(("mine", "other"), [(RS, "PS256"), (PS, "RS256")])
def test_an_rsa_key_knows_one_padding_only(mine: Signer, other: str) -> None:  # AUTH-32
    signed, signature = parts(jwt.encode({"sub": "alice"}, mine.private, other))
    assert not keys(mine.jwk())[mine.kid].has_signed(signed, signature)


def test_a_signature_of_an_elliptic_curve_is_not_taken_as_der() -> None:  # AUTH-35
    signed = b"header.payload"
    signature = ES.private.sign(signed, ec.ECDSA(SHA256()))
    assert not keys(ES.jwk())[ES.kid].has_signed(signed, signature)


GOOD = {
    "an Ed25519 key without alg": ED.jwk(alg=None),
    "a P-256 key without alg": ES.jwk(alg=None),
    "a P-521 key without alg": ES512.jwk(alg=None),
    "a key for signatures": ED.jwk(use="sig"),
    "a key for checking": ED.jwk(key_ops=["verify"]),
    "a key for checking and more": ED.jwk(key_ops=["sign", "verify"]),
    "a key with members that nobody knows": ED.jwk(x5t="AAAA", expiresAt=None, ext=True),
    "a kid of 256 characters": ED.jwk(kid="k" * 256),
    "a kid of one": ED.jwk(kid="k"),
    "an RSA modulus with a leading zero": RS.jwk(n=longer(RS.jwk()["n"])),
    "an RSA key of 2,048 bits": rsa_of(2_048),
}


@pytest.mark.parametrize("jwk", GOOD.values(), ids=GOOD)
def test_a_good_key_is_used(jwk: dict[str, Any]) -> None:  # AUTH-33, AUTH-34
    assert list(keys(jwk)) == [jwk["kid"]]


BAD: dict[str, object] = {
    "a string": "key",
    "a list": [ED.jwk()],
    "null": None,
    "an empty object": {},
    "no kty": ED.jwk(kty=None),
    "another kty": ED.jwk(kty="AKP"),
    "kty a list": ED.jwk(kty=["OKP"]),
    "kty in lower case": ES.jwk(kty="ec"),
    "kty of another": ED.jwk(kty="EC"),
    "a symmetric key": {"kty": "oct", "k": "AAAA" * 16, "alg": "HS256", "kid": "oct"},
    "a symmetric key that says another kty": ED.jwk(k="AAAA" * 16),
    "a private Ed25519 key": {**OKPAlgorithm.to_jwk(ED.private, as_dict=True), "kid": "private"},
    "a private P-256 key": {**ECAlgorithm.to_jwk(ES.private, as_dict=True), "kid": "private"},
    "a private RSA key": {**RSAAlgorithm.to_jwk(RS.private, as_dict=True), "kid": "private", "alg": "RS256"},
    "a private part that is null": ED.jwk() | {"d": None},
    "a prime of an RSA key": RS.jwk(p="AAAA"),
    "Ed448": of(OKPAlgorithm, ed448.Ed448PrivateKey.generate()),
    "X25519": ED.jwk(crv="X25519"),
    "no crv": ED.jwk(crv=None),
    "crv a list": ES.jwk(crv=["P-256"]),
    "P-384": of(ECAlgorithm, ec.generate_private_key(ec.SECP384R1())),
    "secp256k1": of(ECAlgorithm, ec.generate_private_key(ec.SECP256K1())),
    "a P-256 key that says P-521": ES.jwk(crv="P-521", alg=None),
    "a P-256 point that is not on the curve": ES.jwk(y=ES.jwk()["x"]),
    "no y": ES.jwk(y=None),
    "a coordinate with a leading zero": ES.jwk(x=longer(ES.jwk()["x"])),
    "x a number": ED.jwk(x=1),
    "x cut short": ED.jwk(x=ED.jwk()["x"][:40]),
    "x too long": ED.jwk(x=longer(ED.jwk()["x"])),
    "x empty": ED.jwk(x=""),
    "x with padding": ED.jwk(x=padded(ED.jwk()["x"])),
    "x with a line break": ED.jwk(x=ED.jwk()["x"] + "\n"),
    "x in the other alphabet": ED.jwk(x="+/" * 21 + "A"),
    "x outside of ASCII": ED.jwk(x=ED.jwk()["x"][:-1] + "\xe9"),
    "an RSA key without alg": RS.jwk(alg=None),
    "an RSA key for another hash": RS.jwk(alg="RS512"),
    "an RSA key for encryption": RS.jwk(alg="RSA-OAEP"),
    "an RSA key for HS256": RS.jwk(alg="HS256"),
    "an RSA key with alg a list": RS.jwk(alg=["RS256"]),
    "an RSA key of 1,024 bits": rsa_of(1_024),
    "an RSA key of 2,047 bits": rsa_of(2_047),
    "an RSA key of 8,193 bits": RS.jwk(n=base64.urlsafe_b64encode((2**8_192 + 1).to_bytes(1_025)).decode().rstrip("=")),
    "an RSA exponent of 1": RS.jwk(e="AQ"),
    "an RSA exponent of 0": RS.jwk(e="AA"),
    "an even RSA exponent": RS.jwk(e="BA"),
    "an RSA exponent of 33 bits": RS.jwk(e="AQAAAAE"),
    "no RSA exponent": RS.jwk(e=None),
    "alg of another curve": ES.jwk(alg="ES512"),
    "alg of another kind": ED.jwk(alg="RS256"),
    "alg null": ED.jwk() | {"alg": None},
    "alg a list": ED.jwk(alg=["EdDSA"]),
    "use for encryption": ED.jwk(use="enc"),
    "use null": ED.jwk() | {"use": None},
    "key_ops without verify": ED.jwk(key_ops=["sign"]),
    "key_ops empty": ED.jwk(key_ops=[]),
    "key_ops a string": ED.jwk(key_ops="verify"),
    "no kid": ED.jwk(kid=None),
    "an empty kid": ED.jwk(kid=""),
    "kid a number": ED.jwk(kid=1),
    "kid a list": ED.jwk(kid=["k"]),
    "a kid of 257 characters": ED.jwk(kid="k" * 257),
}


@pytest.mark.parametrize("jwk", BAD.values(), ids=BAD)
def test_a_key_that_may_be_meant_for_something_else_is_dropped_and_the_others_stay(
    jwk: object,
) -> None:  # AUTH-33, AUTH-34
    assert keys(jwk, PS.jwk()).keys() == {PS.kid}
    with pytest.raises(Unusable):
        usable_keys(written(jwk))


def test_of_keys_that_share_a_kid_none_is_used() -> None:  # AUTH-34
    assert keys(ED.jwk(kid="k"), ES.jwk(kid="k"), RS.jwk()).keys() == {RS.kid}
    assert keys(ED.jwk(kid="k"), {"kty": "oct", "kid": "k"}, RS.jwk()).keys() == {RS.kid}
    with pytest.raises(Unusable):
        usable_keys(written(ED.jwk(), ED.jwk()))


NO_SETS = {
    "nothing": b"",
    "no JSON": b"<html>",
    "a list": json.dumps([ED.jwk()]).encode(),
    "a key alone": json.dumps(ED.jwk()).encode(),
    "null": b"null",
    "no keys": b"{}",
    "keys null": b'{"keys": null}',
    "keys an object": json.dumps({"keys": {"k": ED.jwk()}}).encode(),
    "an empty set": written(),
    "257 keys": written(*(ED.jwk(kid=str(number)) for number in range(257))),
    "a byte-order mark": b"\xef\xbb\xbf" + written(ED.jwk()),
    "bad UTF-8": written(ED.jwk()).replace(b'"OKP"', b'"OKP", "name": "\xff"'),
    "UTF-16": written(ED.jwk()).decode().encode("utf-16"),
    "a duplicate member": written(ED.jwk()).replace(b'"kty"', b'"kty": "OKP", "kty"'),
    "two lists of keys": b'{"keys": [], ' + written(ED.jwk())[1:],
    "NaN": written(ED.jwk(), n=float("nan")),
    "nested too deeply": b'{"keys": ' + b"[" * 60_000,
}


@pytest.mark.parametrize("text", NO_SETS.values(), ids=NO_SETS)
def test_a_text_that_is_no_set_has_no_keys_and_is_not_told(text: bytes) -> None:  # AUTH-50, AUTH-52
    with pytest.raises(Unusable) as refused:
        usable_keys(text)
    assert ED.jwk()["x"] not in str(refused.value)


def test_a_set_of_256_keys_is_used() -> None:  # AUTH-50
    assert len(usable_keys(written(*(ED.jwk(kid=str(number)) for number in range(256))))) == 256


def test_members_beside_the_keys_are_nobodys_business() -> None:  # AUTH-33
    assert usable_keys(written(ED.jwk(), issuer="https://app.example.com")).keys() == {ED.kid}
