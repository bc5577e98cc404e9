"""Compares who may call an operation, and at which address. Spec: DIFF-10."""

import json
from typing import Protocol

from scripts.contract_diff.findings import Findings, Spot
from scripts.contract_diff.side import Side, mark, telling
from scripts.generate.reader import Json, Object
from scripts.generate.refusal import Pointer
from scripts.generate.rewriting import items, members

_Way = frozenset[tuple[str, frozenset[str]]]
"""Schemes that are asked for together, each by what it means and with its scopes."""


class Called(Protocol):
    """An operation with what it inherits."""

    @property
    def side(self) -> Side:
        """The contract that it is one of."""

    @property
    def pointer(self) -> Pointer:
        """Where it stands."""

    @property
    def value(self) -> Object:
        """What it says itself."""

    @property
    def parameters(self) -> dict[tuple[str, str], Object]:
        """Its parameters."""

    def inherited(self, keyword: str, default: Json) -> Json:
        """Give what it says, or what is said of all."""


def callers(old: Called, new: Called, spot: Spot, found: Findings) -> None:
    """Compare the ways to be let in: each of those before has to lead in still, with nothing more."""
    before, after = _ways(old), _ways(new)
    lost = [way for way in before if not any(_suffices(way, asked) for asked in after)]
    gained = [way for way in after if not any(_suffices(way, asked) for asked in before)]
    place = _holder(new, "security")
    if lost:
        found.add("security-tightened", f"{_told(lost)} does not suffice any longer", spot.text, place)
    elif gained:
        found.add("security-relaxed", f"{_told(gained)} suffices now", spot.text, place)
    owners = [
        {f"{where} {name}" for (where, name), value in operation.parameters.items() if value.get("x-owner") is True}
        for operation in (old, new)
    ]
    if owners[0] != owners[1]:
        fact = "what names the owner (`x-owner`) is another parameter, or none"
        found.add("owner-moved", fact, spot.text, new.pointer)
    _roles(old, new, spot, found)


def _roles(old: Called, new: Called, spot: Spot, found: Findings) -> None:
    """Compare the roles whose callers are let in for every owner (`x-roles`)."""
    before, after = (set(map(str, items(operation.value.get("x-roles")))) for operation in (old, new))
    is_after = bool(after)
    place = (*(new if is_after else old).pointer, "x-roles")
    for role in sorted(before - after):
        found.add("role-removed", f"the role {role} lets nobody in any longer", spot.text, place, is_after=is_after)
    for role in sorted(after - before):
        found.add("role-added", f"the role {role} lets callers in for every owner now", spot.text, place)


def servers(old: Called, new: Called, spot: Spot, found: Findings) -> None:
    """Compare the addresses; a contract without any is served at `/` (OpenAPI 3.1, 4.8.1)."""
    before, after = (
        {str(members(server).get("url")): members(server) for server in items(operation.inherited("servers", None))}
        or {"/": {}}
        for operation in (old, new)
    )
    place = _holder(new, "servers")
    for url in dict.fromkeys((*before, *after)):
        if url not in after:
            found.add("server-removed", f"the server {url} is gone", spot.text, place)
        elif url not in before:
            found.add("server-added", f"the server {url} is new", spot.text, place)
        elif _variables(before[url]) != _variables(after[url]):
            found.add("server-changed", f"the variables of the server {url} changed", spot.text, place)


def _variables(server: Object) -> dict[str, str]:
    return {name: mark(telling(members(value))) for name, value in members(server, "variables").items()}


def _holder(operation: Called, keyword: str) -> Pointer:
    """Give the place that says it: one for all operations where the document does."""
    is_own = keyword in operation.value or keyword not in operation.side.content
    return (*operation.pointer, keyword) if is_own else (keyword,)


def _ways(operation: Called) -> list[_Way]:
    """Give the ways to be let in; nothing asked for is one way, which asks for nothing."""
    found = [
        frozenset((_meaning(operation.side, name), frozenset(map(str, items(scopes)))) for name, scopes in way.items())
        for way in map(members, items(operation.inherited("security", None)))
    ]
    return found or [frozenset()]


def _suffices(way: _Way, asked: _Way) -> bool:
    return all(any(scheme == one and scopes <= have for one, have in way) for scheme, scopes in asked)


def _meaning(side: Side, name: str) -> str:
    """Write a scheme as what it is, whatever it is called; scopes count where they are asked for."""
    scheme = side.resolve(members(members(side.content, "components"), "securitySchemes").get(name))
    flows: Object = {
        kind: {key: item for key, item in members(flow).items() if key != "scopes"}
        for kind, flow in members(scheme, "flows").items()
    }
    plain = {key: item for key, item in telling(scheme).items() if key not in {"bearerFormat", "flows"}}
    if plain.get("type") == "http":
        plain["scheme"] = str(plain.get("scheme")).lower()  # RFC 9110, 11.1
    return mark({**plain, "flows": flows})


def _told(ways: list[_Way]) -> str:
    return " or ".join(" with ".join(sorted(_scheme(*part) for part in way)) or "no credential" for way in ways)


def _scheme(meaning: str, scopes: frozenset[str]) -> str:
    told = members(json.loads(meaning))
    words = [str(told[key]) for key in ("type", "scheme", "in", "name") if key in told]
    return " ".join((*words, *(f"`{scope}`" for scope in sorted(scopes))))
