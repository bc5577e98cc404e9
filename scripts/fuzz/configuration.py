"""The configuration of one run of Schemathesis, out of the contract, the target and scripts/fuzz/schemathesis.toml."""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any  # the contract is JSON

from scripts.fuzz.amount import Amount
from scripts.fuzz.nasty import NASTY

STATIC = Path(__file__).with_name("schemathesis.toml")

OWNER, STRANGER = "owner", "stranger"
"""The two users of a run: the second one tries to read what belongs to the first."""

OWN_PATH = 0.95
"""How often a valid path names the token's user; the rest reaches 403. Always would hide what depends on the path."""

ORDINARY = "It's 100 % text."
"""What every pattern of free text allows, and that of a cursor or of a time zone does not."""

NASTY_TEXT = 0.3
"""How often a free-text field holds a nasty string."""


@dataclass(frozen=True, slots=True)
class Target:
    """The service under test, and whom to be there.

    Attributes:
        url: where it listens, without a path.
        user: the user of `token`.
        token: what most requests are sent with.
        stranger_token: another user's.
        leaver: the user whose data is deleted where `user`'s would be, which everything else is about.
        leaver_token: theirs.
    """

    url: str
    user: str
    token: str
    stranger_token: str
    leaver: str
    leaver_token: str


def write_configuration(folder: Path, contract: Mapping[str, Any], target: Target, amount: Amount) -> Path:
    """Write the files of a run into `folder`, and give the one to start Schemathesis with."""
    users = folder / "users.json"
    users.write_text(json.dumps({"auth": [_user(OWNER, target.token), _user(STRANGER, target.stranger_token)]}))
    path = folder / "schemathesis.toml"
    scenarios = f"[phases.stateful.generation]\nmax-examples = {amount.scenarios}\n"
    path.write_text("\n".join([STATIC.read_text(), scenarios, *_tables(contract, target, users)]))
    return path


def free_text(contract: Mapping[str, Any]) -> list[str]:
    """The query parameters, and the top-level fields of request bodies, that take any text: like `body.title`."""
    parts = (part for item in contract["paths"].values() for part in item.values())
    return sorted({field for part in parts if isinstance(part, dict) for field in _texts_of(contract, part)})


def _texts_of(contract: Mapping[str, Any], operation: Mapping[str, Any]) -> Iterator[str]:
    for parameter in operation.get("parameters", []):
        if parameter.get("in") == "query" and _takes_any_text(contract, parameter["schema"]):
            yield f"query.{parameter['name']}"
    for media in operation.get("requestBody", {}).get("content", {}).values():
        properties = _resolved(contract, media["schema"]).get("properties", {})
        yield from (f"body.{name}" for name, schema in properties.items() if _takes_any_text(contract, schema))


def _takes_any_text(contract: Mapping[str, Any], schema: Mapping[str, Any]) -> bool:
    schema = _resolved(contract, schema)
    if any(_takes_any_text(contract, branch) for branch in schema.get("oneOf", [])):
        return True
    if schema.get("type") != "string" or {"enum", "const", "format"} & set(schema):
        return False
    return re.search(schema.get("pattern", ""), ORDINARY) is not None


def _resolved(contract: Mapping[str, Any], schema: Mapping[str, Any]) -> Mapping[str, Any]:
    if "$ref" not in schema:
        return schema
    found: Mapping[str, Any] = contract["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    return found


def _user(name: str, token: str) -> dict[str, object]:
    return {"name": name, "fixedHeaders": [{"name": "Authorization", "value": f"Bearer {token}"}]}


def _tables(contract: Mapping[str, Any], target: Target, users: Path) -> Iterator[str]:
    # Both users are loaded, so that one can be refused what is the other's (the check object_level_authorization).
    yield f"[auth.wfc]\npath = {_toml(str(users))}\nuser = {_toml(OWNER)}\npeers = {_toml([OWNER, STRANGER])}\n"
    yield f"[dictionaries.own_path]\nvalues = {_toml([target.user])}\n"
    yield f"[dictionaries.nasty]\nvalues = {_toml(NASTY)}\n"
    yield "[parameters]"
    yield f'"path.user_id" = {{ dictionary = "own_path", probability = {OWN_PATH} }}'
    for field in free_text(contract):
        yield f'"{field}" = {{ dictionary = "nasty", probability = {NASTY_TEXT} }}'


def _toml(value: str | Iterable[str]) -> str:
    # A JSON string is a TOML string but for DEL, which TOML wants escaped, and pairs of surrogates, which it refuses.
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
