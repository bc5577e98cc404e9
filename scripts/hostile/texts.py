"""The token as characters: segments missing, exchanged, cut, or written in another way (RFC 7515, section 7)."""

import base64
import itertools
import json
from collections.abc import Iterator
from typing import Final

from scripts.hostile.issuer import ASYMMETRIC, Issuer, segment

DIGITS: Final = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"

WORDS: Final = (
    "null",
    "undefined",
    "[object Object]",
    "NaN",
    "true",
    "0",
    "{}",
    "..",
    "...",
    "a.b.c",
    "alice",
    "Bearer",
)
"""What front ends send whose token is missing, and other short things."""


def forms(issuer: Issuer) -> Iterator[tuple[str, str]]:
    """A good token, written otherwise."""
    for algorithm in ("HS256", "EdDSA", "RS256"):
        token = issuer.token(algorithm)
        head, body, signature = token.split(".")
        signed = {"protected": head, "signature": signature}
        several = {"payload": body, "signatures": [signed]}
        texts = {
            "one segment": head, "without its payload": f"{head}.{signature}",
            "without its signature": f"{head}.{body}",
            "four segments": f"{token}.{signature}", "five segments": f"{head}..{body}.{body}.{signature}",
            "five segments, all filled": f"{head}.{head}.{body}.{body}.{signature}",
            "an empty segment behind": f"{token}.",
            "an empty segment before": f".{token}", "an empty header": f".{body}.{signature}",
            "an empty payload": f"{head}..{signature}", "an empty signature": f"{head}.{body}.",
            "padding": f"{token}=", "two of padding": f"{token}==", "padding on each": f"{head}=.{body}=.{signature}=",
            "percent signs for padding": f"{token}%3D", "percent signs for dots": token.replace(".", "%2E"),
            "a blank within": f"{head}. {body}.{signature}", "a tab within": f"{head}.{body}\t.{signature}",
            "a blank in a segment": f"{head}.{body[:9]} {body[9:]}.{signature}",
            "a comma within": f"{head}.{body},.{signature}",
            "a semicolon behind": f"{token};", "a comma behind": f"{token},", "quotes": f'"{token}"',
            "single quotes": f"'{token}'",
            "angle brackets": f"<{token}>", "itself twice": f"{token}{token}",
            "itself twice behind a dot": f"{token}.{token}",
            "all in base64 again": segment(token), "digits": token.encode().hex(), "backwards": token[::-1],
            "upper case": token.upper(), "wide dots": token.replace(".", "\uff0e"),
            "a zero-width blank": f"{head}\u200b.{body}.{signature}",
            "a right-to-left mark before": f"\u200f{token}", "a byte-order mark before": f"\ufeff{token}",
            "a combining mark behind": f"{token}\u0301", "colons for dots": token.replace(".", ":"),
            "a foreign character that a lax reader skips": f"{head}.{body}.{signature[:4]}!{signature[4:]}",
            "standard base64": f"{head}.{body}.{_standard(signature)}", "a percent sign": f"%65{token[1:]}",
            "JSON": json.dumps({"payload": body, **signed}), "JSON for many": json.dumps(several),
        }  # fmt: skip # one line for each would be two pages
        for name, text in texts.items():
            yield f"{algorithm} as {name}", text
        for place in (len(head) - 1, len(head) + 1, len(head) + 2, len(token) - len(signature) // 2, len(token) - 1):
            yield f"{algorithm} cut to {place} characters", token[:place]
        for number, spelt in enumerate(_spelt_otherwise(issuer, algorithm)):
            yield f"{algorithm} with bits that no byte has, in segment {number}", spelt
    for word in WORDS:
        yield f"the word {word!r}", word


def exchanges(issuer: Issuer) -> Iterator[tuple[str, str]]:
    """Segments of good tokens, put together anew."""
    for algorithm in ("HS256", *ASYMMETRIC):
        segments = issuer.token(algorithm).split(".")
        for order in itertools.permutations(range(3)):
            if order != (0, 1, 2):
                yield f"{algorithm} in the order {order}", ".".join(segments[place] for place in order)
        admin = segment(issuer.claims(role="admin"))
        yield f"{algorithm} with a claim added", f"{segments[0]}.{admin}.{segments[2]}"
        bob = issuer.token(algorithm, issuer.claims(sub="bob")).split(".")
        yield f"{algorithm} with the signature of bob's", f"{segments[0]}.{segments[1]}.{bob[2]}"
        yield f"{algorithm} with the payload of bob's", f"{segments[0]}.{bob[1]}.{segments[2]}"
        expired = issuer.token(algorithm, issuer.claims(exp=issuer.now - 1)).split(".")
        yield f"an old {algorithm} with a new payload", f"{segments[0]}.{segments[1]}.{expired[2]}"
        header = segment(issuer.header(algorithm, typ="JWT"))
        yield f"{algorithm} with typ added", f"{header}.{segments[1]}.{segments[2]}"
        for other in ("HS256", *ASYMMETRIC):
            if other != algorithm:
                header = segment(issuer.header(other))
                yield f"{algorithm} with the header of {other}", f"{header}.{segments[1]}.{segments[2]}"


def sizes(issuer: Issuer) -> Iterator[tuple[str, str]]:
    """More than 8,192 bytes, below what the server takes for a head."""
    for algorithm in ("HS256", "EdDSA"):
        large = {size: issuer.claims(x="x" * size) for size in (6_300, 10_000, 20_000)}
        for size, payload in large.items():
            yield f"{algorithm}, well signed, with {size} characters too many", issuer.token(algorithm, payload)
        nested = json.dumps(issuer.claims())[:-1] + ', "x": ' + "[" * 9_000 + "]" * 9_000 + "}"
        yield f"{algorithm}, well signed, nested 9,000 deep", issuer.token(algorithm, nested.encode())
        members = {f"m{number}": number for number in range(1_200)}
        yield f"{algorithm}, well signed, with 1,200 claims", issuer.token(algorithm, issuer.claims(**members))
    yield "a letter 20,000 times", "A" * 20_000
    yield "dots 8,000 times", "." * 8_000
    yield "segments 4,000 times", "a." * 4_000
    yield "8,192 bytes of signature", f"{segment(issuer.header('EdDSA'))}.{segment(issuer.claims())}.{'A' * 7_800}"


def _standard(signature: str) -> str:
    """In the other alphabet, with at least one digit that shows it."""
    decoded = base64.urlsafe_b64decode(signature + "=" * (-len(signature) % 4))
    text = base64.b64encode(decoded).decode().rstrip("=")
    return text if set("+/") & set(text) else f"{text[:-1]}+"


def _spelt_otherwise(issuer: Issuer, algorithm: str) -> Iterator[str]:
    """The same bytes in each segment that has room for bits beyond its last byte."""
    payload = json.dumps(issuer.claims()).encode()
    header = json.dumps(issuer.header(algorithm)).encode()
    # White space makes parts of a length that leaves such bits.
    padded = [part + b" " * ((1 - len(part)) % 3) for part in (header, payload)]
    segments = issuer.token(algorithm, padded[1], padded[0]).split(".")
    for number, text in enumerate(segments):
        last = DIGITS[DIGITS.index(text[-1]) + 1]
        yield ".".join([*segments[:number], text[:-1] + last, *segments[number + 1 :]])
