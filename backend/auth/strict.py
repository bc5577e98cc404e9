"""JSON and base64url, read so that a text means one thing only. Specs: AUTH-8 and AUTH-9 in authentication.md.

Where two readers could understand a text in two ways, one of them can be deceived.
"""

import base64
import json
from typing import NoReturn


def unpadded(text: str) -> bytes:
    """The bytes of base64url without padding (RFC 7515, section 2).

    Raises:
        ValueError: it is something else, or these bytes written in another way than the usual one.
    """
    decoded = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    # Python skips foreign characters, and bits beyond the last byte would let one text be written in several ways
    # (RFC 4648, section 3.5).
    if base64.urlsafe_b64encode(decoded).rstrip(b"=") != text.encode():
        raise ValueError("not base64url in its one form")
    return decoded


def json_object(text: bytes) -> dict[str, object]:
    """The object that the text is: UTF-8, no byte-order mark, no duplicate members, no NaN.

    Raises:
        ValueError: it is none; the message quotes nothing that may be secret to anybody but the sender.
    """
    try:
        value: object = json.loads(
            text.decode("utf-8"), object_pairs_hook=_distinct_members, parse_constant=_no_constant
        )
    except RecursionError:
        raise ValueError("nested too deeply") from None
    if not isinstance(value, dict):
        raise ValueError("not a JSON object")  # noqa: TRY004 - of the text, not of an argument
    return value


def _distinct_members(members: list[tuple[str, object]]) -> dict[str, object]:
    distinct = dict(members)
    if len(distinct) != len(members):
        raise ValueError("duplicate member")
    return distinct


def _no_constant(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is not JSON")
