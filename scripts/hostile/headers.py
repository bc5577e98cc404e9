"""Headers that bring a key along, announce another kind of token, or can be read in two ways (RFC 7515, section 4).

And `kid`: a name that an attacker chooses and that verifiers have taken for a file, a query or a URL.
"""

import base64
import json
import unicodedata
import zlib
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from scripts.hostile.issuer import ACCENTED, ASYMMETRIC, Issuer, hmac_of, joined, segment

KINDS: Final = (
    "at+jwt", "logout+jwt", "better-auth.session-cache+jwt", "secevent+jwt", "dpop+jwt", "kb+jwt", "application/jwt",
    "JWE", "JWS", "JOSE", "jwt", "Jwt", " JWT", "JWT ", "", "\uff2a\uff37\uff34",
)  # fmt: skip # values of `typ` that are not JWT, written as JWT is written

NO_KINDS: Final[dict[str, object]] = {"null": None, "a list": ["JWT"], "true": True, "1": 1, "an object": {}}


NULL_FILES: Final = ("/dev/null", "../../../../../../dev/null", "file:///dev/null", "..\\..\\nul", "/dev/null\0.pem")
"""Files that are empty, so that the attacker knows the secret they hold."""

INJECTIONS: Final = (
    "' UNION SELECT 'AAAA' --", "1 OR 1=1", "key-of-EdDSA'; DROP TABLE tasks; --", "$(id)", "`id`", "|id", "{{7*7}}",
    "${jndi:ldap://127.0.0.1/x}", "%(secret)s", "{0.__class__}", "__proto__", "constructor", "__class__", "0", "*", ".",
    "\r\nX-Injected: 1", "line\nbreak", "\x1b[2J", "\u202eASdDE-fo-yek", "\ud800", "undefined", "null", " ", "",
)  # fmt: skip # as names of keys: SQL, shells, templates, log4j, format strings, JavaScript, terminals

NO_NAMES: Final[dict[str, object]] = {
    "null": None, "a number": 0, "a fraction": 1e400, "true": True, "a list": ["key-of-EdDSA"], "an empty list": [],
    "an object": {"kid": "key-of-EdDSA"}, "of 900 characters": "k" * 900, "of 10,000 characters": "k" * 10_000,
}  # fmt: skip # kinds of values


def brought_along(issuer: Issuer) -> Iterator[tuple[str, str]]:
    """Forged tokens whose header says where to find the attacker's key (CVE-2018-0114 is `jwk`)."""
    stranger = issuer.strangers.named
    certificate = _certificate(issuer)
    print_of = base64.urlsafe_b64encode(bytes(20)).decode().rstrip("=")
    for algorithm in ("EdDSA", "ES256", "RS256"):
        jwk = stranger[algorithm].jwk()
        members: dict[str, dict[str, object]] = {
            "jku": {"jku": issuer.trap},
            "jku beside the published keys": {"jku": f"{issuer.origin}@127.0.0.1/keys"},
            "jku of a file": {"jku": "file:///dev/null"},
            "x5u": {"x5u": issuer.trap},
            "jwk": {"jwk": {name: value for name, value in jwk.items() if name in {"kty", "crv", "x", "y"}}},
            "x5t": {"x5t": print_of},
            "x5t#S256": {"x5t#S256": print_of},
            "jku in a list": {"jku": [issuer.trap]},
            "x5c": {"x5c": [certificate[:600]]},
        }
        for name, more in members.items():
            yield f"{algorithm} with {name}", issuer.forged(algorithm, issuer.header(algorithm, **more))
            header = {**issuer.header(algorithm, **more), "kid": "attacker"}
            yield f"{algorithm} with {name} and a kid of its own", issuer.forged(algorithm, header)
    secret = segment("f" * 32)
    header = issuer.header("HS256", jwk={"kty": "oct", "k": secret})
    yield "HS256 with the secret in jwk", issuer.forged("HS256", header)


def forbidden(issuer: Issuer) -> Iterator[tuple[str, str]]:
    """Well-signed tokens with a member that changes what is meant or signed."""
    members: dict[str, dict[str, object]] = {
        "crit": {"crit": ["exp"]},
        "an empty crit": {"crit": []},
        "a crit that nobody knows": {"crit": ["x"], "x": 1},
        "b64": {"b64": True},
        "zip": {"zip": "DEF"},
        "cty": {"cty": "JWT"},
        "enc": {"enc": "A256GCM"},
        "enc that is null": {"enc": None},
        "jku": {"jku": issuer.trap},
        "an empty jwk": {"jwk": {}},
        "x5u": {"x5u": issuer.trap},
        "an empty x5c": {"x5c": []},
        "x5t": {"x5t": "AAAA"},
        "x5t#S256": {"x5t#S256": "AAAA"},
    }
    for algorithm in ("HS256", "EdDSA"):
        for name, more in members.items():
            yield (
                f"{algorithm}, well signed, with {name}",
                issuer.token(algorithm, header=issuer.header(algorithm, **more)),
            )
        header = json.dumps(issuer.header(algorithm))[:-1] + f', "\\u006a\\u006b\\u0075": "{issuer.trap}"}}'
        yield f"{algorithm}, well signed, with jku in escapes", issuer.token(algorithm, header=header.encode())
        for kind in KINDS:
            yield f"{algorithm} of typ {kind!r}", issuer.token(algorithm, header=issuer.header(algorithm, typ=kind))
        for name, value in NO_KINDS.items():
            yield (
                f"{algorithm} of a typ that is {name}",
                issuer.token(algorithm, header=issuer.header(algorithm, typ=value)),
            )
        yield from _recoded(issuer, algorithm)


def doubled(issuer: Issuer) -> Iterator[tuple[str, str]]:
    """Well-signed headers with two members of one name: readers disagree about which of them counts."""
    for algorithm in ("HS256", "EdDSA", "RS256"):
        good = json.dumps(issuer.header(algorithm))[1:-1]
        texts = {
            "alg twice": f'{{{good}, "alg": "{algorithm}"}}',
            "alg none before": f'{{"alg": "none", {good}}}',
            "alg none behind": f'{{{good}, "alg": "none"}}',
            "alg none behind, in escapes": f'{{{good}, "\\u0061lg": "none"}}',
            "alg none before, in escapes": f'{{"al\\u0067": "none", {good}}}',
            "kid twice": f'{{{good}, "kid": "a", "kid": "b"}}',
            "kid twice, once in escapes": f'{{{good}, "kid": "a", "k\\u0069d": "b"}}',
            "typ twice": f'{{{good}, "typ": "JWT", "typ": "JWT"}}',
            "a nested member twice": f'{{{good}, "x": {{"a": 1, "a": 2}}}}',
            "an empty name twice": f'{{{good}, "": 1, "": 2}}',
        }
        for name, text in texts.items():
            yield f"{algorithm} with {name}", issuer.token(algorithm, header=text.encode())


def no_objects(issuer: Issuer) -> Iterator[tuple[str, str]]:
    """Well-signed headers that are no strict JSON object, or too long."""
    for algorithm in ("HS256", "EdDSA"):
        header = issuer.header(algorithm)
        text = json.dumps(header)
        good = text.encode()
        parts = {
            "empty": b"{}", "a list": f"[{text}]".encode(), "a string": json.dumps(text).encode(), "null": b"null",
            "no JSON": algorithm.encode(), "in single quotes": good.replace(b'"', b"'"),
            "with a trailing comma": good[:-1] + b",}", "with a comment": good[:-1] + b"/**/}",
            "without its end": good[:-1], "with more behind": good + b"{}", "with a NUL behind": good + b"\0",
            "with a byte-order mark": b"\xef\xbb\xbf" + good, "in UTF-16": text.encode("utf-16"),
            "in UTF-16 without a mark": text.encode("utf-16-le"), "in UTF-32": text.encode("utf-32-be"),
            "in bad UTF-8": good[:-1] + b', "x": "\xff"}',
            "with an overlong character": good.replace(b'"alg"', b'"\xc1\xa1lg"'),
            "with an overlong quote": good.replace(b'"alg"', b"\xc0\xa2alg\xc0\xa2"),
            "with a surrogate in UTF-8": good[:-1] + b', "x": "\xed\xa0\x80"}',
            "with a line break in a string": good[:-1] + b', "x": "\n"}',
            "with NaN": good[:-1] + b', "x": NaN}', "with Infinity": good[:-1] + b', "x": -Infinity}',
            "with a number of 700 digits and no end": good[:-1] + b', "x": ' + b"1" * 700,
            "nested without an end": good[:-1] + b', "x": ' + b"[" * 800,
            "of 1,025 bytes": good[:-1] + b" " * (1_025 - len(good)) + b"}",
            "of 5,000 bytes": good[:-1] + b" " * (5_000 - len(good)) + b"}",
        }  # fmt: skip # one line for each would be a page
        for name, part in parts.items():
            yield f"{algorithm} whose header is {name}", issuer.token(algorithm, header=part)


def encrypted(issuer: Issuer) -> Iterator[tuple[str, str]]:
    """Headers of encrypted tokens on three segments, some of which would make the reader work (CVE-2022-36083)."""
    headers: Mapping[str, Mapping[str, object]] = {
        "dir": {"alg": "dir", "enc": "A256CBC-HS512"},
        "RSA-OAEP": {"alg": "RSA-OAEP", "enc": "A256GCM"},
        "ECDH-ES": {"alg": "ECDH-ES", "enc": "A256GCM", "epk": issuer.strangers.named["ES256"].jwk()},
        "a password and two thousand million rounds": {
            "alg": "PBES2-HS256+A128KW", "enc": "A128GCM", "p2s": "AAAAAAAAAAA", "p2c": 2_147_483_647,
        },
    }  # fmt: skip
    for name, header in headers.items():
        yield f"a token that says it is encrypted with {name}", joined(header, issuer.claims(), hmac_of(issuer.secret))


def kids(issuer: Issuer) -> Iterator[tuple[str, str]]:
    """Well-signed tokens whose `kid` names no published key, and forged ones that name a file or worse."""
    for algorithm in ASYMMETRIC:
        good = issuer.keys.named[algorithm].kid
        unnamed = {name: value for name, value in issuer.header(algorithm).items() if name != "kid"}
        yield f"{algorithm}, well signed, without a kid", issuer.token(algorithm, header=unnamed)
        for other in ASYMMETRIC:
            if other != algorithm:
                header = issuer.header(algorithm, kid=issuer.keys.named[other].kid)
                yield f"{algorithm} under the kid of {other}", issuer.token(algorithm, header=header)
        twins = {
            "in upper case": good.upper(), "with a blank behind": f"{good} ", "with a NUL behind": f"{good}\0",
            "cut": good[:-1], "in percent signs": good.replace("-", "%2D"), "of the secret": issuer.secret,
            "with a letter of another alphabet": good.replace("e", "\u0435", 1), "with a mark": f"{good}\u0301",
            "in wide letters": "".join(chr(ord(letter) + 0xFEE0) for letter in good),
        }  # fmt: skip # one line for each kind
        for name, kid in twins.items():
            token = issuer.token(algorithm, header=issuer.header(algorithm, kid=kid))
            yield f"{algorithm}, well signed, with its kid {name}", token
    for kind, value in NO_NAMES.items():
        token = issuer.token("EdDSA", header=issuer.header("EdDSA", kid=value))
        yield f"EdDSA, well signed, with a kid that is {kind}", token
    for kid in (*NULL_FILES, *INJECTIONS, issuer.trap):
        yield f"EdDSA with the kid {kid!r}", issuer.token("EdDSA", header=issuer.header("EdDSA", kid=kid))
    for kid in NULL_FILES:
        token = joined(issuer.header("HS256", kid=kid), issuer.claims(), hmac_of(""))
        yield f"HS256 with nothing and the kid {kid!r}", token
    for kid in ("' UNION SELECT 'AAAA' --", issuer.trap):
        token = joined(issuer.header("HS256", kid=kid), issuer.claims(), hmac_of("AAAA"))
        yield f"HS256 with AAAA and the kid {kid!r}", token


def unfit_keys(issuer: Issuer) -> Iterator[tuple[str, str]]:
    """Tokens signed with keys that the set has and that must not count (`endpoint.unfit`)."""
    for algorithm, kid in {
        "EdDSA": "private", "ES256": "for-encryption", "ES512": "for-wrapping", "RS256": "without-alg",
    }.items():  # fmt: skip # which key of ours is published again under which name
        token = issuer.token(algorithm, header=issuer.header(algorithm, kid=kid))
        yield f"{algorithm} under the name of a key {kid}", token
    for kid in ("twice", "of-another-curve"):
        yield f"a key {kid}", issuer.token("EdDSA", header=issuer.header("EdDSA", kid=kid))
    header = {"alg": "HS256", "kid": "shared"}
    yield "HS256 with a secret that is published", joined(header, issuer.claims(), hmac_of("f" * 32))
    composed = unicodedata.normalize("NFC", ACCENTED)
    yield "a key whose name is in other code points", issuer.token("EdDSA", header=issuer.header("EdDSA", kid=composed))


def _recoded(issuer: Issuer, algorithm: str) -> Iterator[tuple[str, str]]:
    """Tokens whose header says truly that the payload is not what it seems."""
    claims = json.dumps(issuer.claims()).encode()
    sign = issuer.sign(algorithm)
    yield (
        f"{algorithm} with a compressed payload",
        issuer.token(algorithm, zlib.compress(claims), issuer.header(algorithm, zip="DEF")),
    )
    yield (
        f"{algorithm} with a token in it",
        issuer.token(algorithm, issuer.token(algorithm).encode(), issuer.header(algorithm, cty="JWT")),
    )
    header = issuer.header(algorithm, b64=False, crit=["b64"])
    signature = sign(segment(header).encode() + b"." + claims)  # RFC 7797: the payload is signed as it is
    yield f"{algorithm} that signs the payload as it is", f"{segment(header)}.{segment(claims)}.{segment(signature)}"


def _certificate(issuer: Issuer) -> str:
    """A certificate of the attacker's, in base64 as `x5c` has it."""
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "better-auth")])
    start = datetime.fromtimestamp(issuer.now, UTC)
    builder = x509.CertificateBuilder(name, name, issuer.strangers.ed25519.public_key(), 1)
    dated = builder.not_valid_before(start).not_valid_after(start + timedelta(days=1))
    certificate = dated.sign(issuer.strangers.ed25519, None)
    return base64.b64encode(certificate.public_bytes(Encoding.DER)).decode()
