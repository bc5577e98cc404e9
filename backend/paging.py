"""Cursors: where a page ended, signed, and the query for what follows (specs/features/listing.md, decisions/0005).

A cursor is base64url of a MAC and of what it signs: the sort key and id of the last item, and the time if the list
depends on it. What it is bound to - owner, filters, sort, order - goes into the MAC alone: a client sends those again,
and they may be long or private.
"""

import base64
import hmac
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

from pydantic import SecretStr
from pydantic_core import from_json, to_json
from sqlalchemy import ColumnElement, Select, tuple_, type_coerce

from backend.errors import FieldError, InvalidRequest

_PURPOSE = b"task list cursor 3"
"""Makes keys that are good for nothing else out of the secrets. A new format gets a new number."""

_MAC_BYTES = 32
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)

_SelectT = TypeVar("_SelectT", bound=Select[*tuple[Any, ...]])  # Any: what is selected does not matter here


class BadCursor(InvalidRequest):
    """The cursor was changed, or belongs to another list."""

    def __init__(self) -> None:
        message = "This is no cursor of this list: send next_cursor unchanged, with the same filters, sort and order."
        super().__init__([FieldError(field="query.cursor", message=message, type="cursor")])


class TwoStarts(InvalidRequest):
    """A page begins behind a cursor or at an offset, not at both."""

    def __init__(self) -> None:
        message = "Send either cursor or offset: a cursor already says where the page begins."
        super().__init__([FieldError(field="query.offset", message=message, type="offset")])


@dataclass(frozen=True, slots=True)
class Position:
    """The last item of a page: its sort key, as the database gave it, and its id.

    `now` is the time that the first page was read for, where it matters: all pages of a walk are of one list.
    """

    key: int | str | datetime
    id: int
    now: datetime | None = None

    def values(self) -> dict[str, Any]:  # Any: values of columns are of every type
        """What `ordered` needs."""
        return {"position_key": self.key, "position_id": self.id}


class Cursors:
    """Makes and reads cursors. All secrets of the service verify, the first signs: one can be rotated."""

    def __init__(self, secrets: Sequence[SecretStr]) -> None:
        keys = [hmac.digest(secret.get_secret_value().encode(), _PURPOSE, "sha256") for secret in secrets]
        # Copied for each MAC: to begin one with its key costs more than the rest of it.
        self._keyed = [hmac.new(key, digestmod="sha256") for key in keys]

    def encode(self, position: Position, binding: Sequence[str]) -> str:
        """The cursor after `position` in the list that `binding` describes; at most 4096 of `[A-Za-z0-9_-]`.

        The longest holds the key of a title: 200 code points, which case folding makes up to 6 bytes each (as
        U+0390), and JSON no longer than that: 1,700 characters.
        """
        key, now = position.key, position.now
        kind, written = ("t", _number(key)) if isinstance(key, datetime) else ("k", key)
        payload = to_json((kind, written, position.id, None if now is None else _number(now)))
        return _base64(_mac(self._keyed[0], payload, binding) + payload)

    def decode(self, cursor: str, binding: Sequence[str]) -> Position:
        """The position in a cursor that this service made for the same list.

        Raises:
            BadCursor: it is none of ours, has been changed, or is bound to another list.
        """
        try:
            raw = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
        except ValueError:
            raise BadCursor from None
        mac, payload = raw[:_MAC_BYTES], raw[_MAC_BYTES:]
        ours = any(hmac.compare_digest(mac, _mac(keyed, payload, binding)) for keyed in self._keyed)
        # Python's decoder skips foreign characters and the last one's unused bits: such changes would pass the MAC.
        if not ours or _base64(raw) != cursor:
            raise BadCursor
        kind, key, id_, now = from_json(payload)
        return Position(_instant(key) if kind == "t" else key, id_, None if now is None else _instant(now))


def ordered(
    statement: _SelectT,
    key: ColumnElement[Any],  # Any: text, numbers and instants are ordered alike
    id_: ColumnElement[int],
    *,
    descending: bool,
    after: Mapping[str, object],
    by_index: bool = True,
) -> _SelectT:
    """The statement in the total order of `key` and `id_`, and from behind `after`: empty, or the values of a position.

    One comparison of rows, for PostgreSQL starts an index scan there; `key > k OR key = k AND id > i` it would filter.
    Where it shall not read an index in this order, the same is asked as the order of one value, which no index has.
    """
    if after:
        here = tuple_(key, id_)
        there = tuple_(type_coerce(after["position_key"], key.type), type_coerce(after["position_id"], id_.type))
        statement = statement.where(here < there if descending else here > there)
    keys = (key, id_) if by_index else (tuple_(key, id_),)
    return statement.order_by(*(each.desc() for each in keys) if descending else keys)


def _number(instant: datetime) -> int:
    return (instant - _EPOCH) // _MICROSECOND


def _instant(number: int) -> datetime:
    return _EPOCH + number * _MICROSECOND


def _mac(keyed: hmac.HMAC, payload: bytes, binding: Sequence[str]) -> bytes:
    mac = keyed.copy()
    # JSON contains no NUL: the two cannot run into each other.
    mac.update(b"\0".join((to_json(binding), payload)))
    return mac.digest()


def _base64(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
