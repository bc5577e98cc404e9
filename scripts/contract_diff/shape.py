"""What a piece of a schema says about members and items: which schemas hold for each of them.

`additionalProperties` speaks of the names that its own node does not declare, so the nodes of a piece are asked one by
one. `unevaluatedProperties` and `unevaluatedItems` of a node that stands for the whole piece say the same of all.
"""

import re
from typing import Final

from scripts.contract_diff.findings import Way
from scripts.contract_diff.side import Piece, Side, Sub, telling
from scripts.generate.reader import Json, Object
from scripts.generate.rewriting import items, members

NAME: Final[Object] = {"type": "string"}
"""What every name of a member is."""

_UNEVALUATED: Final = {"object": "unevaluatedProperties", "array": "unevaluatedItems"}
_DYNAMIC: Final = frozenset({"if", "dependentSchemas", "contains", "anyOf"})
"""Keywords by which an instance decides what counts as evaluated."""


def names(piece: Piece) -> list[str]:
    """List the members that are declared, in their order."""
    return list(dict.fromkeys(name for node in piece.nodes for name in members(node, "properties")))


def patterns(piece: Piece) -> list[str]:
    """List the patterns of names that are declared."""
    return list(dict.fromkeys(regex for node in piece.nodes for regex in members(node, "patternProperties")))


def member(piece: Piece, name: str) -> Sub:
    """Give the schemas that hold for a member."""
    found: list[Json] = []
    for node in piece.nodes:
        own = [members(node, "properties")[name]] if name in members(node, "properties") else []
        own += [schema for regex, schema in members(node, "patternProperties").items() if _matches(regex, name)]
        found += own or _additional(node)
    is_declared = name in names(piece) or any(_matches(regex, name) for regex in patterns(piece))
    return _sub(found if is_declared else found + _unevaluated(piece))


def named_like(piece: Piece, regex: str) -> Sub:
    """Give the schemas that hold for members whose name matches a pattern and is not declared."""
    found: list[Json] = []
    for node in piece.nodes:
        patterned = members(node, "patternProperties")
        found += [patterned[regex]] if regex in patterned else _additional(node)
    return _sub(found if regex in patterns(piece) else found + _unevaluated(piece))


def rest(piece: Piece) -> Sub:
    """Give the schemas that hold for members that nothing declares."""
    return _sub([schema for node in piece.nodes for schema in _additional(node)] + _unevaluated(piece))


def required(piece: Piece, side: Side, way: Way) -> set[str]:
    """Give the members that must be there: what is read-only is not sent, what is write-only not answered."""
    absent = "readOnly" if way is Way.REQUEST else "writeOnly"
    listed = {str(name) for part in piece.said("required") for name in items(part)}
    return {name for name in listed if (side.annotation(member(piece, name), absent) or ({}, False))[1] is not True}


def dependent(piece: Piece) -> set[tuple[str, str]]:
    """Give the pairs of a member and another that must then be there too."""
    return {
        (str(name), str(needed))
        for part in piece.said("dependentRequired")
        for name, listed in members(part).items()
        for needed in items(listed)
    }


def prefix(piece: Piece) -> int:
    """Give the number of items that have schemas of their own."""
    return max((len(items(part)) for part in piece.said("prefixItems")), default=0)


def item(piece: Piece, index: int) -> Sub:
    """Give the schemas that hold for the item at a place."""
    found: list[Json] = []
    for node in piece.nodes:
        own = items(node.get("prefixItems"))
        found += [own[index]] if index < len(own) else [node["items"]] if "items" in node else []
    is_declared = index < prefix(piece) or bool(piece.said("items"))
    return _sub(found if is_declared else found + _unevaluated(piece))


def obscure(piece: Piece) -> list[Json]:
    """Give what is said of the unevaluated in a way that depends on the instance, or on only some of the nodes."""
    keyword = _UNEVALUATED[piece.kind]
    return [] if _stands_for_all(piece, keyword) else piece.said(keyword)


def _additional(node: Object) -> list[Json]:
    return [node["additionalProperties"]] if "additionalProperties" in node else []


def _unevaluated(piece: Piece) -> list[Json]:
    keyword = _UNEVALUATED[piece.kind]
    is_said = keyword == "unevaluatedItems" or not piece.said("additionalProperties")
    return piece.said(keyword) if is_said and _stands_for_all(piece, keyword) else []


def _stands_for_all(piece: Piece, keyword: str) -> bool:
    """Say whether the first node that speaks of the unevaluated has all others within it."""
    speakers = [index for index, node in enumerate(piece.nodes) if keyword in node]
    outer = piece.nodes[: speakers[0]] if speakers else ()
    is_outermost = len(speakers) == 1 and all(telling(node).keys() <= {"$ref"} for node in outer)
    return is_outermost and not any(_DYNAMIC & node.keys() for node in piece.nodes)


def _sub(schemas: list[Json]) -> Sub:
    return tuple(schema for schema in schemas if schema is not True and schema != {})


def _matches(regex: str, name: str) -> bool:
    try:
        return re.search(regex, name) is not None
    except re.error:  # a pattern of ECMA's that Python does not know
        return False
