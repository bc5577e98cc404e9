"""A contract as the witnesses see it: operations, what they take, what leads from one to another, what reaches what."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final, TypeAlias

import jsonschema_rs

Node: TypeAlias = Any  # a place of an OpenAPI document is any JSON
Place: TypeAlias = tuple[str, str]
"""Where a component counts: an operation, and `REQUEST` or a status of it."""

METHODS: Final = ("get", "put", "post", "delete", "patch")
REQUEST: Final = "request"

_INTEGERS: Final = {"int32": (-(2**31), 2**31 - 1), "int64": (-(2**63), 2**63 - 1)}
_NO_PARTS: Final = ("links", "examples")
"""Sections of components that are no part of what refers to them: they demand nothing of it."""

_CODE: Final = re.compile(r"`([^`]+)`")
_WORD: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*")


@dataclass(frozen=True)
class Operation:
    """One operation, and where it is written."""

    method: str
    template: str
    node: Mapping[str, Node]
    shared: tuple[Node, ...]
    """The parameters of its path."""

    @property
    def id(self) -> str:
        """Its operationId, or method and path where it has none."""
        return str(self.node.get("operationId", f"{self.method} {self.template}"))

    @property
    def statuses(self) -> Mapping[str, Node]:
        """Its answers by status."""
        answers: Mapping[str, Node] = self.node["responses"]
        return answers


@dataclass(frozen=True)
class Supply:
    """Where the value of a path parameter comes from: an answer of another operation, at these members."""

    operation: str
    members: tuple[str, ...]


class Contract:
    """An OpenAPI document of one file, read only."""

    def __init__(self, content: Mapping[str, Node]) -> None:
        self.content = content
        self._validators: dict[int, tuple[Node, jsonschema_rs.Draft202012Validator]] = {}

    @cached_property
    def operations(self) -> dict[str, Operation]:
        """Every operation by its id."""
        found = [
            Operation(method.upper(), template, item[method], tuple(item.get("parameters", ())))
            for template, item in self.content["paths"].items()
            for method in METHODS
            if method in item
        ]
        return {operation.id: operation for operation in found}

    def resolve(self, node: Node) -> Node:
        """The node, or what it refers to; what stands beside the reference goes before what it refers to."""
        while isinstance(node, Mapping) and "$ref" in node:
            beside = {name: value for name, value in node.items() if name != "$ref"}
            node = {**self._target(node["$ref"]), **beside} if beside else self._target(node["$ref"])
        return node

    def _target(self, reference: str) -> Node:
        node: Node = self.content
        for part in reference.removeprefix("#/").split("/"):
            node = node[part]
        return node

    def parameters(self, operation: Operation) -> list[Node]:
        """The parameters of an operation in paths, queries and headers, resolved."""
        every = [self.resolve(node) for node in (*operation.shared, *operation.node.get("parameters", ()))]
        return [parameter for parameter in every if parameter["in"] in {"path", "query", "header"}]

    def bodies(self, operation: Operation) -> Mapping[str, Node]:
        """The media types that an operation takes."""
        content: Mapping[str, Node] = self.resolve(operation.node.get("requestBody", {})).get("content", {})
        return content

    def answers(self, operation: Operation) -> set[str]:
        """The media types that an operation answers with."""
        return {name for answer in operation.statuses.values() for name in self.resolve(answer).get("content", {})}

    def scheme(self, operation: Operation) -> str | None:
        """The authentication scheme that an operation asks for; none where it can be called without."""
        requirements = operation.node.get("security", self.content.get("security", []))
        if not requirements or {} in requirements:
            return None
        name = next(iter(requirements[0]))
        return str(self.content["components"]["securitySchemes"][name].get("scheme", ""))

    def supplies(self, operation: Operation) -> dict[str, Supply]:
        """What the links of creations say about the values of an operation's parameters."""
        found: dict[str, Supply] = {}
        for source in self.operations.values():
            for answer in source.statuses.values() if source.method == "POST" else ():
                for node in self.resolve(answer).get("links", {}).values():
                    link = self.resolve(node)
                    if link.get("operationId") == operation.id:
                        found |= _supplied(source.id, link.get("parameters", {}))
        return found

    def validator(self, schema: Node) -> jsonschema_rs.Draft202012Validator:
        """A validator for a schema of this document, formats asserted."""
        _, known = self._validators.get(id(schema), (None, None))
        if known is None:
            whole = dict(_with_integer_bounds(schema))
            names = [name for _, name in sorted(references(self.content, schema, "schemas"))]
            used = {name: _with_integer_bounds(self.content["components"]["schemas"][name]) for name in names}
            whole["components"] = {"schemas": used}
            known = jsonschema_rs.Draft202012Validator(whole, validate_formats=True, ignore_unknown_formats=True)
            self._validators[id(schema)] = schema, known  # with the schema, or its id could become another's
        return known

    @cached_property
    def reach(self) -> dict[tuple[str, str], set[Place]]:
        """For every component, as section and name: the operations and statuses that it is a part of."""
        found: dict[tuple[str, str], set[Place]] = {}
        for operation in self.operations.values():
            taken = {name: operation.node.get(name) for name in ("parameters", "requestBody")}
            parts: dict[str, Node] = {REQUEST: [taken, list(operation.shared)], **operation.statuses}
            for part, node in parts.items():
                for component in references(self.content, node):
                    found.setdefault(component, set()).add((operation.id, part))
            if self.scheme(operation) is not None:
                for name in self.content["components"]["securitySchemes"]:
                    found.setdefault(("securitySchemes", name), set()).add((operation.id, REQUEST))
        return found

    @cached_property
    def identifiers(self) -> frozenset[str]:
        """The names of all path parameters whose values come from answers."""
        return frozenset(name for operation in self.operations.values() for name in self.supplies(operation))

    @cached_property
    def constants(self) -> list[str]:
        """Every text that the document calls the only one of its place."""
        return sorted({value for value in _constants(self.content) if isinstance(value, str)})

    def words(self, operation: Operation) -> list[str]:
        """What the document calls by name around an operation: members, parameters, choices, code in its prose."""
        nodes = [operation.node, *operation.shared]
        nodes += [self.content["components"][section][name] for section, name in references(self.content, nodes)]
        return sorted({word for node in nodes for word in _words(node)})


def _supplied(source: str, parameters: Mapping[str, Node]) -> dict[str, Supply]:
    return {
        name: Supply(source, tuple(str(value).removeprefix("$response.body#/").split("/")))
        for name, value in parameters.items()
        if str(value).startswith("$response.body#/")
    }


def references(content: Mapping[str, Node], node: Node, only: str = "") -> set[tuple[str, str]]:
    """The components that a node refers to, and those that these refer to; of one section, if one is named."""
    found: set[tuple[str, str]] = set()
    waiting: list[Node] = [node]
    while waiting:
        value = waiting.pop()
        if isinstance(value, Mapping):
            waiting += value.values()
            target = value.get("$ref")
            if isinstance(target, str):
                _, _, section, name = target.split("/")
                if (section, name) not in found and section not in _NO_PARTS and only in {"", section}:
                    found.add((section, name))
                    waiting.append(content["components"][section][name])
        elif isinstance(value, list):
            waiting += value
    return found


def _with_integer_bounds(schema: Node) -> Node:
    """The schema with the ranges that OpenAPI gives to its formats of integers, which no validator asserts."""
    if isinstance(schema, list):
        return [_with_integer_bounds(item) for item in schema]
    if not isinstance(schema, Mapping):
        return schema
    copied = {name: _with_integer_bounds(child) for name, child in schema.items()}
    if copied.get("format") in _INTEGERS:
        least, most = _INTEGERS[copied.pop("format")]
        copied["allOf"] = [*copied.get("allOf", ()), {"minimum": least, "maximum": most}]
    return copied


def _constants(node: Node) -> Iterator[Node]:
    if isinstance(node, Mapping):
        if "const" in node:
            yield node["const"]
        yield from (constant for child in node.values() for constant in _constants(child))
    elif isinstance(node, list):
        yield from (constant for child in node for constant in _constants(child))


def _words(node: Node) -> Iterator[str]:
    if isinstance(node, Mapping):
        yield from node.get("properties", {})
        choices = [node.get("const"), node.get("default"), *node.get("enum", ())]
        yield from (choice for choice in choices if isinstance(choice, str))
        if "in" in node:
            yield str(node["name"])
        if isinstance(node.get("description"), str):
            for code in _CODE.findall(node["description"]):
                yield from _WORD.findall(code)
        for child in node.values():
            yield from _words(child)
    elif isinstance(node, list):
        for child in node:
            yield from _words(child)
