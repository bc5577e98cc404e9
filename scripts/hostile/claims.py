"""Well-signed payloads that say too little, too much or nothing that can be read: AUTH-9 and AUTH-14 to AUTH-21."""

import json
from collections.abc import Iterator, Mapping
from typing import Final

from scripts.hostile.issuer import ASYMMETRIC, LIFETIME, Issuer

SIGNED_BY: Final = ("HS256", "EdDSA")
"""Claims are read alike for all algorithms; these stand for both sources of keys."""


def clocks(issuer: Issuer) -> Iterator[tuple[str, str]]:
    """`exp`, `nbf` and `iat` of every wrong kind."""
    future = issuer.now + LIFETIME
    for claim in ("exp", "nbf", "iat"):
        moment = future if claim == "exp" else issuer.now - LIFETIME
        values: dict[str, object] = {
            "null": None, "true": True, "false": False, "an empty string": "", "a string": str(moment),
            "a date": "2999-01-01T00:00:00Z", "a word": "never", "a list": [moment], "an object": {"seconds": moment},
            "negative": -1, "in milliseconds": moment * 1_000, "in nanoseconds": moment * 10**9,
            "the year 10000": 253_402_300_800, "a number of 300 digits": 10**300, "more than a float": 10**400,
            "below zero by a little": -1e-300,
        }  # fmt: skip # one line for each would be a page
        texts = {
            "infinite": "1e999",
            "NaN": "NaN",
            "Infinity": "Infinity",
            "-Infinity": "-Infinity",
            "hexadecimal": "0x7fffffff",
            "with a zero before": f"0{moment}",
            "with a plus": f"+{moment}",
            "of 5,000 digits": "9" * 5_000,
        }
        for algorithm in SIGNED_BY:
            for name, value in values.items():
                yield f"{algorithm} whose {claim} is {name}", issuer.token(algorithm, issuer.claims(**{claim: value}))
            for name, text in texts.items():
                payload = _text(issuer.without(claim), f'"{claim}": {text}')
                yield f"{algorithm} whose {claim} is {name}", issuer.token(algorithm, payload)


def moments(issuer: Issuer) -> Iterator[tuple[str, str]]:
    """Tokens of another time."""
    for algorithm in SIGNED_BY:
        for name, changes in {
            "that is over": {"exp": issuer.now - 1},
            "that was over in 1970": {"exp": 0},
            "that begins later": {"nbf": issuer.now + LIFETIME},
            "that was made later": {"iat": issuer.now + LIFETIME},
            "that is over before it begins": {"nbf": issuer.now + LIFETIME, "exp": issuer.now - 1},
        }.items():
            yield f"{algorithm} {name}", issuer.token(algorithm, issuer.claims(**changes))
        yield f"{algorithm} without exp", issuer.token(algorithm, issuer.without("exp"))
        payload = {**issuer.without("exp"), "EXP": issuer.now + LIFETIME, "expires": issuer.now + LIFETIME}
        yield f"{algorithm} with exp under other names", issuer.token(algorithm, payload)


def users(issuer: Issuer) -> Iterator[tuple[str, str]]:
    """`sub` that names nobody."""
    values: dict[str, object] = {
        "empty": "", "null": None, "a number": 42, "true": True, "a list": ["alice"], "an object": {"id": "alice"},
        "a blank": " ", "with a blank before": " alice", "with a blank behind": "alice ",
        "with a line break": "ali\nce",
        "with a line break behind": "alice\n", "with a NUL": "alice\0", "with DEL": "alice\x7f",
        "with a C1 control": "ali\x85ce", "with a no-break space behind": "alice\u00a0",
        "with an ideographic space behind": "alice\u3000", "with a line separator behind": "alice\u2028",
        "with a lone surrogate": "alice\ud800", "with surrogates in the wrong order": "alice\udc00\ud800",
        "of 129 characters": "a" * 129, "of 4,000 characters": "a" * 4_000,
    }  # fmt: skip # one line for each would be a page
    for algorithm in SIGNED_BY:
        for name, value in values.items():
            yield f"{algorithm} whose sub is {name}", issuer.token(algorithm, issuer.claims(sub=value))
        yield f"{algorithm} without sub", issuer.token(algorithm, issuer.without("sub"))
        for name, value in {
            "Sub": "alice",
            "subject": "alice",
            "userId": "alice",
            "user": {"id": "alice"},
            "email": "alice",
            "name": "alice",
            "username": "alice",
            "uid": "alice",
            "": "alice",
            "sub ": "alice",
            "\uff53\uff55\uff42": "alice",
        }.items():
            payload = {**issuer.without("sub"), name: value}
            yield f"{algorithm} with {name!r} for sub", issuer.token(algorithm, payload)
    for name in ("user_id", "id"):
        yield f"EdDSA with {name} for sub", issuer.token("EdDSA", {**issuer.without("sub"), name: "alice"})
        for kind, value in {
            "another": "bob", "null": None, "a list": ["alice"], "in upper case": "ALICE", "with a blank": "alice ",
            "turned around": "\u202ealice", "with a zero-width blank": "ali\u200bce",
            "in wide letters": "\uff41\uff4c\uff49\uff43\uff45",
            "with a letter of another alphabet": "\u0430lice", "an object": {"sub": "alice"},
        }.items():  # fmt: skip # one line for each would be a page
            yield f"HS256 whose {name} is {kind}", issuer.token("HS256", issuer.claims(**{name: value}))
        composed = issuer.claims(sub="\u00e9", **{name: "e\u0301"})
        yield f"HS256 whose {name} is its sub in other code points", issuer.token("HS256", composed)


def origins(issuer: Issuer) -> Iterator[tuple[str, str]]:
    """Tokens that Better Auth's keys signed as somebody else, or for somebody else."""
    ours = issuer.origin
    strings = {
        "empty": "", "with a slash": f"{ours}/", "with a path": f"{ours}/api/auth",
        "in upper case": ours.upper(), "of another scheme": ours.replace("http:", "https:"), "cut": ours[:-1],
        "with more behind": f"{ours}.attacker.example", "with more before": f"https://attacker.example/{ours}",
        "with a blank behind": f"{ours} ", "with a NUL behind": f"{ours}\0",
        "without its port": ours.rpartition(":")[0],
        "with a user": ours.replace("//", "//user@"), "in other digits": ours.replace("1", "\uff11"),
        "with a mark": f"{ours}\u0301",
    }  # fmt: skip # one line for each would be a page
    kinds: dict[str, object] = {"null": None, "a number": 1, "true": True, "an object": {ours: ours}}
    audiences: dict[str, object] = {
        "an empty list": [], "a list of another": ["tasks"], "a list with a number": [ours, 1],
        "a list in a list": [[ours]], "a list with null": [ours, None], "two in one string": f"{ours},tasks",
        "two behind a blank": f"{ours} tasks",
    }  # fmt: skip
    for claim, values in {"iss": {**kinds, "a list": [ours]}, "aud": {**kinds, **audiences}}.items():
        for name, value in {**strings, **values}.items():
            yield f"EdDSA whose {claim} is {name}", issuer.token("EdDSA", issuer.claims(**{claim: value}))
        for algorithm in ASYMMETRIC:
            yield f"{algorithm} without {claim}", issuer.token(algorithm, issuer.without(claim))
            other = issuer.claims(**{claim: "https://attacker.example"})
            yield f"{algorithm} with another {claim}", issuer.token(algorithm, other)


def no_objects(issuer: Issuer) -> Iterator[tuple[str, str]]:
    """Payloads that are no strict JSON object, or can be read in two ways."""
    claims = issuer.claims()
    text = json.dumps(claims)
    good = text.encode()
    parts = {
        "empty": b"{}", "a list": f"[{text}]".encode(), "a string": json.dumps(text).encode(), "null": b"null",
        "no JSON": b"alice", "a NUL": b"\0", "in single quotes": good.replace(b'"', b"'"), "cut": good[:-1],
        "followed by more": good + good, "followed by a NUL": good + b"\0",
        "with a byte-order mark": b"\xef\xbb\xbf" + good,
        "in UTF-16": text.encode("utf-16"), "in UTF-16 without a mark": text.encode("utf-16-be"),
        "in UTF-32": text.encode("utf-32-le"), "in bad UTF-8": good.replace(b"alice", b"alic\xe9"),
        "with overlong characters": good.replace(b"alice", b"\xc1\xa1lice"),
        "with a surrogate in UTF-8": good.replace(b"alice", b"alice\xed\xa0\x80"),
        "with a code point beyond Unicode": good.replace(b"alice", b"\xf4\x90\x80\x80"),
        "with a line break in a string": good.replace(b"alice", b"ali\nce"),
        "with a trailing comma": _text(claims, ""), "with a comment": good[:-1] + b"/* */}",
        "with NaN": _text(claims, '"x": NaN'), "with Infinity": _text(claims, '"x": [Infinity]'),
        "with a number of 5,000 digits": _text(claims, f'"x": {"1" * 5_000}'),
        "nested without an end": _text(claims, f'"x": {"[" * 5_000}'),
        "nested in objects without an end": _text(claims, '"x": ' + '{"a":' * 1_000),
        "sub twice": _text(claims, '"sub": "bob"'), "sub twice, once in escapes": _text(claims, '"s\\u0075b": "bob"'),
        "sub twice, the same": _text(claims, '"sub": "alice"'),
        "sub before, in escapes": b'{"\\u0073ub": "bob", ' + good[1:],
        "exp twice": _text(claims, '"exp": 9999999999'), "iss twice": _text(claims, '"iss": "x"'),
        "aud twice": _text(claims, f'"aud": "{issuer.origin}"'),
        "a nested member twice": _text(claims, '"user": {"id": "alice", "id": "bob"}'),
        "a member twice in a list": _text(claims, '"x": [{"a": 1, "\\u0061": 1}]'),
    }  # fmt: skip # one line for each would be a page
    for algorithm in SIGNED_BY:
        for name, part in parts.items():
            yield f"{algorithm} whose payload is {name}", issuer.token(algorithm, part)


def _text(claims: Mapping[str, object], more: str) -> bytes:
    """The claims as JSON with more text behind them, which need be no JSON."""
    return f"{json.dumps(claims)[:-1]}, {more}}}".encode()
