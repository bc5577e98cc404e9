"""Compares two contracts operation by operation: parameters, bodies, answers, callers. Spec: DIFF-3, DIFF-10.

Webhooks and callbacks are requests that the service makes: what they say is read the other way round.
"""

import re
from dataclasses import dataclass
from typing import Final

from scripts.contract_diff import traffic
from scripts.contract_diff.findings import Findings, Spot, Way
from scripts.contract_diff.pair import Pair
from scripts.contract_diff.security import callers, servers
from scripts.contract_diff.side import Side, mark
from scripts.generate.reader import Json, Object
from scripts.generate.refusal import Pointer
from scripts.generate.rewriting import items, members

_METHODS: Final = ("get", "put", "post", "delete", "options", "head", "patch", "trace", "query")


@dataclass(frozen=True)
class Operation:
    """An operation with what it inherits from its path and its document."""

    side: Side
    path: str
    method: str
    value: Object
    item: Object
    pointer: Pointer

    @property
    def name(self) -> str:
        """How readers call it."""
        return f"{self.method.upper()} {self.path}"

    @property
    def parameters(self) -> dict[tuple[str, str], Object]:
        """Its parameters and those of its path, by where they are sent and their name; path parameters by place."""
        found: dict[tuple[str, str], Object] = {}
        places = re.findall(r"{([^}]*)}", self.path)
        for value in (*items(self.item.get("parameters")), *items(self.value.get("parameters"))):
            parameter = self.side.resolve(value)
            where, name = str(parameter.get("in")), str(parameter.get("name"))
            if where == "header":
                name = name.lower()
            if where == "path" and name in places:
                name = str(places.index(name))
            found[where, name] = parameter
        return found

    def inherited(self, keyword: str, default: Json) -> Json:
        """Give what the operation says, else its path, else the document."""
        for holder in (self.value, self.item, self.side.content):
            if keyword in holder:
                return holder[keyword]
        return default


def compare(before: Side, after: Side) -> Findings:
    """Find every change that somebody who calls the service, or is called by it, can notice."""
    found, pair = Findings(), Pair(before, after)
    _document(pair, found)
    old, new = ({_shape(one): one for one in _operations(side, "paths")} for side in (before, after))
    for shape in dict.fromkeys((*old, *new)):
        if shape not in new:
            one = old[shape]
            found.add("operation-removed", "the operation is gone", one.name, one.pointer, is_after=False)
        elif shape not in old:
            found.add("operation-added", "the operation is new", new[shape].name, new[shape].pointer)
        else:
            _operation(pair, old[shape], new[shape], found)
    _calls(pair, ("webhook", ""), _named_calls(before), _named_calls(after), found)
    return found


def _document(pair: Pair, found: Findings) -> None:
    one, other = (side.content.get("jsonSchemaDialect") for side in (pair.before, pair.after))
    if one != other:
        fact = f"the dialect of the schemas went from {mark(one)} to {mark(other)}"
        found.add("dialect-changed", fact, "the document", ("jsonSchemaDialect",), is_after=other is not None)


def _operations(side: Side, section: str) -> list[Operation]:
    return [
        operation
        for path, value in members(side.content, section).items()
        for operation in _of_item(side, path, side.resolve(value), (section, path))
    ]


def _of_item(side: Side, path: str, item: Object, pointer: Pointer) -> list[Operation]:
    place = side.place(item) or pointer
    return [
        Operation(side, path, method, members(item, method), item, (*place, method))
        for method in _METHODS
        if method in item
    ]


def _shape(operation: Operation) -> tuple[str, str]:
    return re.sub(r"{[^}]*}", "{}", operation.path), operation.method


def _operation(pair: Pair, old: Operation, new: Operation, found: Findings) -> None:
    spot = Spot(new.name, old.pointer, new.pointer)
    _path(old, new, spot, found)
    _identity(old.value, new.value, spot, found)
    callers(old, new, spot, found)
    servers(old, new, spot, found)
    requests = traffic.Traffic(pair, Way.REQUEST, found)
    requests.parameters(old.parameters, new.parameters, spot)
    requests.body(old.value, new.value, spot)
    traffic.answers(pair, old.value, new.value, spot, found)
    before, after = (_callbacks(operation) for operation in (old, new))
    _calls(pair, ("callback", new.name), before, after, found)


def _path(old: Operation, new: Operation, spot: Spot, found: Findings) -> None:
    for one, other in zip(re.findall(r"{([^}]*)}", old.path), re.findall(r"{([^}]*)}", new.path), strict=True):
        if one != other:
            found.add("path-parameter-renamed", f"the path's `{one}` is `{other}` now", spot.text, spot.after[:-1])


def _identity(old: Object, new: Object, spot: Spot, found: Findings) -> None:
    """Compare what generated clients call an operation, and whether it is on its way out."""
    one, other = old.get("operationId"), new.get("operationId")
    if one != other:
        rule = "operation-id-added" if one is None else "operation-id-changed"
        fact = f"the operationId went from {mark(one)} to {mark(other)}"
        is_after = other is not None
        place = (*(spot.after if is_after else spot.before), "operationId")
        found.add(rule, fact, spot.text, place, is_after=is_after)
    before, after = ([str(tag) for tag in items(value.get("tags"))] for value in (old, new))
    is_after = bool(after)
    place = (*(spot.after if is_after else spot.before), "tags")
    if before[:1] != after[:1]:
        fact = f"the first tag went from {', '.join(before[:1]) or 'none'} to {', '.join(after[:1]) or 'none'}"
        found.add("tag-changed", fact, spot.text, place, is_after=is_after)
    for rule, tags, word in (("removed", set(before) - set(after), "gone"), ("added", set(after) - set(before), "new")):
        for tag in sorted(tags - {*before[:1], *after[:1]}):
            found.add(f"tag-{rule}", f"the tag {tag} is {word}", spot.text, place, is_after=is_after)
    traffic.deprecation(old, new, spot, found)


_Calls = dict[str, tuple[Operation, ...]]


def _named_calls(side: Side) -> _Calls:
    return {
        f"{name} {one.method}": (one,)
        for name, value in members(side.content, "webhooks").items()
        for one in _of_item(side, name, side.resolve(value), ("webhooks", name))
    }


def _callbacks(operation: Operation) -> _Calls:
    return {
        f"{name} {expression} {one.method}": (one,)
        for name, value in members(operation.value, "callbacks").items()
        for expression, item in operation.side.resolve(value).items()
        if not expression.startswith("x-")
        for one in _of_item(
            operation.side, expression, members(item), (*operation.pointer, "callbacks", name, expression)
        )
    }


def _calls(pair: Pair, kind: tuple[str, str], old: _Calls, new: _Calls, found: Findings) -> None:
    """Compare requests that the service makes: their bodies are its answers, the replies are the client's requests."""
    rule, owner = kind
    for name in dict.fromkeys((*old, *new)):
        where = f"{owner} {rule} {name}".strip()
        for one in old.get(name, ()) if name not in new else ():
            found.add(f"{rule}-removed", f"the {rule} is gone", where, one.pointer, is_after=False)
        for one in new.get(name, ()) if name not in old else ():
            found.add(f"{rule}-added", f"the {rule} is new", where, one.pointer)
        for one, other in zip(old.get(name, ()), new.get(name, ()), strict=False):
            spot = Spot(where, one.pointer, other.pointer)
            sent = traffic.Traffic(pair, Way.ANSWER, found)
            sent.headers(_sent(one), _sent(other), spot)
            sent.body(one.value, other.value, spot)
            traffic.replies(pair, one.value, other.value, spot, found)


def _sent(operation: Operation) -> Object:
    """Give the parameters of a call as headers: what the service sends and the client reads."""
    return {f"{where} {name}": value for (where, name), value in operation.parameters.items()}
