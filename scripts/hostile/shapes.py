"""Headers around a good token, in other shapes than the one of RFC 6750, section 2.1, each as lines of a request."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

TARGET: Final = "/api/alice/tasks"


@dataclass(frozen=True)
class Shape:
    """A request's header lines, and its target where that carries the token."""

    lines: tuple[bytes, ...]
    target: str = TARGET

    @property
    def presents(self) -> bool:
        """Whether it has an `Authorization` header at all."""
        return any(line.lower().startswith(b"authorization:") for line in self.lines)


def one(value: str) -> Shape:
    """One `Authorization` header with this value."""
    return Shape((b"Authorization: " + value.encode(),))


def welcome(token: str) -> Mapping[str, Shape]:
    """What is let in: the scheme in any case (RFC 9110, section 11.1), white space around the value (section 5.5)."""
    return {
        "the usual one": one(f"Bearer {token}"),
        "the scheme in lower case": one(f"bearer {token}"),
        "the scheme in upper case": one(f"BEARER {token}"),
        "the name in lower case": Shape((b"authorization: " + f"Bearer {token}".encode(),)),
        "no blank after the colon": Shape((b"Authorization:" + f"Bearer {token}".encode(),)),
        "a blank behind": one(f"Bearer {token} "),
    }


def hostile(token: str, other: str) -> Mapping[str, Shape]:
    """What is a 401, though the token in it is good; `other` is good for somebody else."""
    return {
        "two equal headers": _several(f"Bearer {token}", f"Bearer {token}"),
        "two headers, the second of somebody else": _several(f"Bearer {token}", f"Bearer {other}"),
        "two headers, one empty": _several(f"Bearer {token}", ""),
        "two headers, one of another scheme": _several(f"Bearer {token}", "Basic YTpi"),
        "two headers in different case": Shape(
            (b"Authorization: Bearer " + token.encode(), b"authorization: Bearer " + token.encode())
        ),
        "five headers": _several(*[f"Bearer {token}"] * 5),
        **{name: one(value) for name, value in _values(token, other).items()},
        "an Authorization that is no credentials": Shape((b"Authorization: " + bytes(range(0x80, 0xFF)),)),
        "a token in Latin-1": Shape((b"Authorization: Bearer " + token.encode()[:-1] + b"\xe9",)),
        "no header": Shape(()),
        "in the query": Shape((), f"{TARGET}?access_token={token}"),
        "in the query as token": Shape((), f"{TARGET}?token={token}"),
        "in the query as a header": Shape((), f"{TARGET}?Authorization=Bearer%20{token}"),
        "in a cookie": Shape((f"Cookie: token={token}".encode(),)),
        "in Better Auth's cookies": Shape(
            (f"Cookie: better-auth.session_token={token}; better-auth.session_data={token}".encode(),)
        ),
        **{
            f"in the header {name}": Shape((f"{name}: {value}".encode(),))
            for name, value in {
                "Proxy-Authorization": f"Bearer {token}",
                "X-Authorization": f"Bearer {token}",
                "X-Forwarded-Authorization": f"Bearer {token}",
                "X-Forwarded-User": "alice",
                "X-Access-Token": token,
                "X-Auth-Token": token,
                "X-Api-Key": token,
                "Authentication": f"Bearer {token}",
                "Authorization_": f"Bearer {token}",
                "X-HTTP-Header-Override": f"Authorization: Bearer {token}",
            }.items()
        },
    }


def unreadable(token: str) -> Mapping[str, Shape]:
    """What is no HTTP and ends with a 400 before anybody looks for a token, or is read as another header."""
    value = f"Bearer {token}".encode()
    return {
        "a NUL behind": Shape((b"Authorization: " + value + b"\0",)),
        "a NUL for the blank": Shape((b"Authorization: " + value.replace(b" ", b"\0"),)),
        "a folded line": Shape((b"Authorization: Bearer\r\n " + token.encode(),)),
        "a folded line before": Shape((b"Authorization:\r\n " + value,)),
        "a blank before the colon": Shape((b"Authorization : " + value,)),
        "a bare carriage return": Shape((b"Authorization: " + value + b"\rX: y",)),
        "a control character": Shape((b"Authorization: " + value + b"\x01",)),
        "no colon": Shape((b"Authorization " + value,)),
    }


def _several(*values: str) -> Shape:
    return Shape(tuple(b"Authorization: " + value.encode() for value in values))


def _values(token: str, other: str) -> Mapping[str, str]:
    """Values of one header, by what is wrong."""
    return {
        "no value": "",
        "the scheme alone": "Bearer",
        "the token alone": token,
        "two blanks": f"Bearer  {token}",
        "a tab": f"Bearer\t{token}",
        "no blank": f"Bearer{token}",
        "a no-break space": f"Bearer\u00a0{token}",
        "an ideographic space": f"Bearer\u3000{token}",
        "a colon": f"Bearer: {token}",
        "an equals sign": f"Bearer={token}",
        "a parameter": f"Bearer token={token}",
        "a parameter in quotes": f'Bearer token="{token}"',
        "a parameter of access": f"Bearer access_token={token}",
        "quotes": f'Bearer "{token}"',
        "quotes around all": f'"Bearer {token}"',
        "the scheme twice": f"Bearer Bearer {token}",
        "the scheme behind": f"{token} Bearer",
        "two tokens behind a comma": f"Bearer {token}, Bearer {other}",
        "two tokens behind a comma without a blank": f"Bearer {token},{other}",
        "two tokens behind a blank": f"Bearer {token} {other}",
        "a comma before": f", Bearer {token}",
        "another scheme before": f"Basic YTpi, Bearer {token}",
        "a realm behind": f'Bearer {token}, realm="x"',
        "a semicolon behind": f"Bearer {token};",
        "Basic": f"Basic {token}",
        "Basic with the token for a password": "Basic OmFsaWNl",
        "Token": f"Token {token}",
        "JWT": f"JWT {token}",
        "DPoP": f"DPoP {token}",
        "Digest": f'Digest username="alice", response="{token}"',
        "Negotiate": f"Negotiate {token}",
        "a scheme that begins like it": f"Bearers {token}",
        "a scheme that ends like it": f"XBearer {token}",
        "the scheme in wide letters": f"\uff22\uff45\uff41\uff52\uff45\uff52 {token}",
        "the scheme with a letter of another alphabet": f"\u0412earer {token}",
        "the scheme with a dotless letter": f"Bearer\u0131 {token}",
        "a byte-order mark before": f"\ufeffBearer {token}",
        "a zero-width blank before the token": f"Bearer \u200b{token}",
        "percent signs": f"Bearer%20{token}",
        "the name again": f"Authorization: Bearer {token}",
    }
