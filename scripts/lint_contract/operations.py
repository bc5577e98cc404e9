"""Rules about operations: what is said of them, who may call them, what they answer, where links lead."""

import re
from collections.abc import Iterator
from typing import Final

from scripts.generate.components import Components
from scripts.generate.reader import Json, Object
from scripts.generate.rewriting import items, members
from scripts.lint_contract.findings import Finding, Place, places

_SAID: Final = ("operationId", "summary", "description", "security")
_PROBLEM: Final = "application/problem+json"
_BODILESS: Final = frozenset({"get", "delete", "head"})
_OWN_HEADERS: Final = frozenset({"accept", "content-type", "authorization"})
"""Header parameters of these names are ignored (OpenAPI 3.1, parameter object): they have places of their own."""

_EVERYWHERE: Final = frozenset({"405", "422", "500"})
"""422, because an unknown query parameter is refused everywhere."""
_SECURED: Final = frozenset({"401", "403", "503"})
_WITH_BODY: Final = frozenset({"400", "413", "415"})


def complete(content: Object) -> Iterator[Finding]:
    """Find operations that do not say what they are, whom they serve and how they succeed."""
    for place in _operations(content):
        for name in _SAID:
            if name not in place.value:
                yield Finding(place.pointer, "operation-complete", f"{name} is missing")
        tags = place.value.get("tags")
        if not isinstance(tags, list) or len(tags) != 1:
            yield Finding(place.pointer, "operation-complete", "an operation has exactly one tag")
        if not any(status.startswith("2") for status in members(place.value, "responses")):
            yield Finding(place.pointer, "operation-complete", "there is no 2xx answer")


def statuses(content: Object) -> Iterator[Finding]:
    """Find statuses that the framework or the plumbing sends and the operation does not declare."""
    for place in _operations(content):
        declared = members(place.value, "responses").keys()
        expected = set(_EVERYWHERE)
        if place.value.get("security"):
            expected |= _SECURED
        if "requestBody" in place.value:
            expected |= _WITH_BODY
        if any(parameter.get("in") == "path" for parameter in _parameters(content, place)):
            expected |= {"404"}
        for status in sorted(expected - declared):
            yield Finding(place.pointer, "status-declared", f"it can answer {status}, which is not declared")


def problems(content: Object) -> Iterator[Finding]:
    """Find errors that are not problems (RFC 9457)."""
    components = Components(content)
    for place in _operations(content):
        for status, answer in members(place.value, "responses").items():
            media = members(components.resolve(answer), "content")
            if status >= "400" and list(media) != [_PROBLEM]:
                yield Finding((*place.pointer, "responses", status), "error-is-problem", f"an error is {_PROBLEM}")


def requests(content: Object) -> Iterator[Finding]:
    """Find bodies where HTTP has no meaning for them, and headers that are not parameters."""
    for place in _operations(content):
        if place.pointer[-1] in _BODILESS and "requestBody" in place.value:
            yield Finding((*place.pointer, "requestBody"), "body-has-meaning", f"a {place.pointer[-1]} has no body")
        for parameter in _parameters(content, place):
            if parameter.get("in") == "header" and str(parameter.get("name")).lower() in _OWN_HEADERS:
                yield Finding(place.pointer, "header-is-parameter", f"{parameter.get('name')} is not a parameter")


def paths(content: Object) -> Iterator[Finding]:
    """Find two paths that every request of one would match in the other."""
    seen: dict[str, str] = {}
    for path in members(content, "paths"):
        shape = re.sub(r"{[^}]*}", "{}", path)
        if shape in seen:
            yield Finding(("paths", path), "paths-differ", f"it is matched by {seen[shape]} too")
        seen.setdefault(shape, path)


def links(content: Object) -> Iterator[Finding]:
    """Find links to operations or parameters that do not exist."""
    targets = {str(place.value.get("operationId")): place for place in _operations(content)}
    for place in places(content):
        if place.kind != "link" or "$ref" in place.value:
            continue
        target = targets.get(str(place.value.get("operationId")))
        if target is None:
            yield Finding(place.pointer, "link-leads-somewhere", "there is no such operation")
            continue
        known = {str(parameter.get("name")) for parameter in _parameters(content, target)}
        for name in members(place.value, "parameters").keys() - known:
            yield Finding(
                place.pointer, "link-leads-somewhere", f"{target.value['operationId']} has no parameter {name}"
            )


def used(content: Object) -> Iterator[Finding]:
    """Find components that nothing refers to, and references that lead nowhere."""
    referred = set(_references(content))
    existing = {
        f"#/components/{section}/{name}": ("components", section, name)
        for section, components in members(content, "components").items()
        for name in members(components)
    }
    for reference, pointer in existing.items():
        if pointer[1] != "securitySchemes" and reference not in referred:
            yield Finding(pointer, "component-used", "nothing refers to it")
    for place in places(content):
        target = place.value.get("$ref")
        if isinstance(target, str) and target not in existing:
            yield Finding(place.pointer, "reference-leads-somewhere", f"there is no {target}")


def _operations(content: Object) -> list[Place]:
    return [place for place in places(content) if place.kind == "operation"]


def _parameters(content: Object, operation: Place) -> list[Object]:
    """Give the parameters of an operation and of its path, resolved."""
    components = Components(content)
    item = members(members(content, "paths"), operation.pointer[1])
    return [
        components.resolve(parameter)
        for owner in (item, operation.value)
        for parameter in items(owner.get("parameters"))
    ]


def _references(value: Json) -> Iterator[str]:
    if isinstance(value, dict):
        for name, item in value.items():
            if name == "$ref" and isinstance(item, str):
                yield item
            yield from _references(item)
    elif isinstance(value, list):
        for item in value:
            yield from _references(item)
