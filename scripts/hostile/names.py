"""`kid`: a name that an attacker chooses and that verifiers have taken for a file, a query or a URL."""

import unicodedata
from collections.abc import Iterator
from typing import Final

from scripts.hostile.issuer import ACCENTED, ASYMMETRIC, Issuer, hmac_of, joined

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
