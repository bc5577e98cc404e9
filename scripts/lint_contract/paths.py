"""Rules about addresses: paths and their parameters, servers, links, callbacks, and who may call. Spec: LINT-6."""

import re
from collections.abc import Iterator
from typing import Final

from scripts.generate.reader import Json
from scripts.generate.refusal import Pointer
from scripts.lint_contract.places import Contract, Operation, Place, items, members, words
from scripts.lint_contract.rules import Breach, Rule, fault, rules_of, style

_PARAMETER: Final = re.compile(r"{([^{}]*)}")
_EXPRESSION: Final = re.compile(
    r"\$(?:url|method|statusCode|(?:request|response)\.(?:header\.[^{}]+|(?:query|path)\.[^{}]+|body(?:#.*)?))"
)


@fault("path-valid", "A path begins with a slash, closes its braces, and has neither query nor fragment.")
def valid(contract: Contract) -> Iterator[Breach]:
    """Find what is no path."""
    for path in _paths(contract):
        name = path.pointer[1]
        if not name.startswith("/"):
            yield path.pointer, "a path begins with a slash"
        if re.search(r"[?#]", name):
            yield path.pointer, "a path has no query and no fragment: they are parameters"
        if re.search(r"[{}]", _PARAMETER.sub("", name)) or "{}" in name:
            yield path.pointer, "each { is closed by a }, with a name between them"


@style("path-plain", "Neither an empty segment nor a trailing slash: nobody knows whether both forms are served.")
def plain(contract: Contract) -> Iterator[Breach]:
    """Find paths that end in a slash or have two of them side by side."""
    for path in _paths(contract):
        if (path.pointer[1].endswith("/") and path.pointer[1] != "/") or "//" in path.pointer[1]:
            yield path.pointer, "a path has no trailing slash and no empty segment"


@fault("paths-differ", "Two paths that every request of one would match in the other are one path.")
def differ(contract: Contract) -> Iterator[Breach]:
    """Find paths that differ only in the names of their parameters."""
    seen: dict[str, str] = {}
    for path in _paths(contract):
        name = path.pointer[1]
        shape = _PARAMETER.sub("{}", name)
        if shape in seen:
            yield path.pointer, f"it is matched by {seen[shape]} too"
        seen.setdefault(shape, name)


@style("paths-clear", "Where one path is the more literal here and the other there, a request may mean either.")
def clear(contract: Contract) -> Iterator[Breach]:
    """Find pairs of paths that some request matches both of, none the more literal."""
    seen: dict[int, list[tuple[str, list[str]]]] = {}
    for path in _paths(contract):
        name = path.pointer[1]
        segments = [_PARAMETER.sub("{}", segment) for segment in name.split("/")]
        rivals = seen.setdefault(len(segments), [])
        for other, others in rivals:
            pairs = [(one, two) for one, two in zip(segments, others, strict=True) if one != two]
            if (
                all("{}" in pair for pair in pairs)
                and any(one == "{}" for one, _ in pairs)
                and any(two == "{}" for _, two in pairs)
            ):
                yield path.pointer, f"some requests match {other} too"
        rivals.append((name, segments))


@fault("path-parameters", "The parameters of a path stand in it, are declared, and are required.")
def parameters(contract: Contract) -> Iterator[Breach]:
    """Find path parameters that are not in the path, not declared, or not required."""
    for operation in contract.served:
        named = _PARAMETER.findall(operation.path)
        for name in sorted({name for name in named if named.count(name) > 1}):
            yield ("paths", operation.path), f"{{{name}}} stands in the path twice"
        for name in sorted(set(named) - set(operation.named("path"))):
            yield operation.place.pointer, f"{{{name}}} of the path is not declared"
        for name in sorted(set(operation.named("path")) - set(named)):
            yield operation.place.pointer, f"the path has no {{{name}}}"
    for parameter in contract.of("parameter"):
        if parameter.value.get("in") == "path" and parameter.value.get("required") is not True:
            yield parameter.pointer, "a path parameter has `required: true`"


@fault(
    "server-variables", "The variables of a server's address are declared, and their defaults are among their values."
)
def servers(contract: Contract) -> Iterator[Breach]:
    """Find variables of addresses that are not declared, not used, or have impossible defaults."""
    for server in contract.of("server"):
        named, declared = set(_PARAMETER.findall(str(server.value.get("url")))), members(server.value, "variables")
        for name in sorted(named - declared.keys()):
            yield server.pointer, f"the variable {name} is not declared"
        for name in sorted(declared.keys() - named):
            yield server.child("variables", name), f"the address has no {{{name}}}"
    for variable in contract.of("server variable"):
        if "enum" in variable.value and variable.value.get("default") not in items(variable.value["enum"]):
            yield variable.child("default"), "the default is none of the values"


@fault("link-leads-somewhere", "A link to an operation or a parameter that does not exist cannot be followed.")
def links(contract: Contract) -> Iterator[Breach]:
    """Find links that cannot be followed."""
    targets = {str(operation.place.value.get("operationId")): operation for operation in contract.operations}
    places = {operation.place.pointer: operation for operation in contract.operations}
    for link in contract.of("link"):
        if "$ref" in link.value:
            continue
        reference = link.value.get("operationRef")
        if ("operationId" in link.value) == isinstance(reference, str):
            yield link.pointer, "a link has either an operationId or an operationRef"
            continue
        if isinstance(reference, str) and not reference.startswith("#"):
            continue  # in another document, which may be out of reach
        found = contract.find(str(reference))
        target = places.get(found.pointer) if found else targets.get(str(link.value.get("operationId")))
        if target is None:
            yield link.pointer, "there is no such operation"
        else:
            yield from _arguments(link, target)


def _arguments(link: Place, target: Operation) -> Iterator[Breach]:
    known = {f"{each.value.get('in')}.{each.value.get('name')}" for each in target.parameters}
    known |= {str(each.value.get("name")) for each in target.parameters}
    for name, value in members(link.value, "parameters").items():
        if name not in known:
            yield link.child("parameters", name), f"{target.method.upper()} {target.path} has no parameter {name}"
        if isinstance(value, str) and value.startswith("$") and not _EXPRESSION.fullmatch(value):
            yield link.child("parameters", name), f"{value} is no runtime expression"


@fault("callback-leads-somewhere", "The address of a callback is made of runtime expressions that can be read.")
def callbacks(contract: Contract) -> Iterator[Breach]:
    """Find callbacks whose address cannot be told."""
    for callback in contract.of("callback"):
        for address in callback.value:
            expressions = _PARAMETER.findall(address) or ([address] if address.startswith("$") else [])
            if address != "$ref" and any(not _EXPRESSION.fullmatch(each) for each in expressions):
                yield callback.child(address), "it has no runtime expression that can be read"


@style("security-explicit", "Who may call an operation is said at the operation, where its readers are.")
def explicit(contract: Contract) -> Iterator[Breach]:
    """Find operations that leave open who may call them."""
    for operation in contract.served:
        if "security" not in operation.place.value:
            yield operation.place.pointer, "security is missing"


@style("security-plain", "One scheme or none: optional security and several schemes at once have no type.")
def one_scheme(contract: Contract) -> Iterator[Breach]:
    """Find security that is optional, or that asks for several things at once."""
    for pointer, requirements in _requirements(contract):
        if any(not members(requirement) for requirement in requirements):
            yield pointer, "security is optional"
        if any(len(members(requirement)) > 1 for requirement in requirements):
            yield pointer, "several schemes are asked for at once"


@fault("security-defined", "A security scheme that is not defined, or a scope that it does not have, protects nothing.")
def defined(contract: Contract) -> Iterator[Breach]:
    """Find security that is not defined."""
    schemes = members(members(contract.content, "components"), "securitySchemes")
    for pointer, requirements in _requirements(contract):
        for requirement in requirements:
            for name, scopes in members(requirement).items():
                scheme = contract.resolved(schemes.get(name)).value
                flows = members(scheme, "flows").values()
                known = {scope for flow in flows for scope in members(flow, "scopes")}
                if name not in schemes:
                    yield pointer, f"there is no security scheme {name}"
                elif scheme.get("type") == "oauth2" and (unknown := sorted(set(words(scopes)) - known)):
                    yield pointer, f"{name} has no scope {unknown[0]}"


_SCHEMES: Final = {
    "apiKey": ("name", "in"),
    "http": ("scheme",),
    "oauth2": ("flows",),
    "openIdConnect": ("openIdConnectUrl",),
    "mutualTLS": (),
}


@fault("security-described", "A security scheme says all that a client needs to authenticate.")
def complete(contract: Contract) -> Iterator[Breach]:
    """Find security schemes of no known type, or without what the type needs."""
    for scheme in contract.of("security scheme"):
        named = str(scheme.value.get("type"))
        if "$ref" in scheme.value:
            continue
        if named not in _SCHEMES:
            yield scheme.pointer, f"{named} is no type of security scheme"
        for name in _SCHEMES.get(named, ()):
            if name not in scheme.value:
                yield scheme.pointer, f"{name} is missing"


def _paths(contract: Contract) -> Iterator[Place]:
    for path in contract.of("path"):
        if path.pointer[:-1] == ("paths",):
            yield path


def _requirements(contract: Contract) -> Iterator[tuple[Pointer, list[Json]]]:
    for place in (*contract.of("document"), *contract.of("operation")):
        if "security" in place.value:
            yield place.child("security"), items(place.value["security"])


RULES: Final[tuple[Rule, ...]] = rules_of(globals())
