"""The mutants of a contract: for every fact of it, where it is written, one change of that fact alone.

What a request reaches is changed so that it takes more or less. What only answers reach is narrowed, always: an answer
that keeps a promise keeps every wider one too, so that widening could not be noticed by anybody.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Final

from scripts.generate.refusal import written
from scripts.witnesses.calls import ADMIN, is_opaque
from scripts.witnesses.document import METHODS, REQUEST, Contract, Node
from scripts.witnesses.values import Values

Path = tuple[str | int, ...]

REMOVED: Final = object()

_OPPOSITES: Final[Mapping[str, tuple[str, int]]] = {
    "minLength": ("maxLength", 65_536),
    "maxLength": ("minLength", 0),
    "minItems": ("maxItems", 1_000),
    "maxItems": ("minItems", 0),
    "minProperties": ("maxProperties", 1_000),
    "maxProperties": ("minProperties", 0),
    "minimum": ("maximum", 2**53),
    "maximum": ("minimum", -(2**53)),
}
"""For each bound the other end of its range, and what that is where it is not written."""

_OPTIONAL: Final = {"query", "header"}
"""Where parameters can be left out."""

_TIGHTER: Final = {"uri-reference": "uri", "date-time": "date", "int64": "int32"}


@dataclass(frozen=True, eq=False)
class Mutant:
    """One change of one fact.

    Attributes:
        kind: of fact.
        place: where the fact is written.
        change: what is changed about it, where a place has several mutants.
        target: what is replaced in the document; the place, or something around it.
        value: what it is replaced by, or `REMOVED`.
    """

    kind: str
    place: Path
    change: str
    target: Path
    value: Node

    @property
    def name(self) -> str:
        """Names it for good: the kind, the place and the change."""
        pointer = written(tuple(map(str, self.place)))
        return f"{self.kind} {pointer} {self.change}".rstrip()

    def applied(self, content: Mapping[str, Node]) -> Mapping[str, Node]:
        """The document with the change; it shares what is not changed with the original."""
        changed: Mapping[str, Node] = _applied(content, self.target, self.value)
        return changed


def _applied(node: Node, path: Path, value: Node) -> Node:
    if not path:
        return value
    part, rest = path[0], path[1:]
    copied = node.copy()
    if value is REMOVED and not rest:
        del copied[part]
    else:
        copied[part] = _applied(node.get(part) if isinstance(node, Mapping) else node[part], rest, value)
    return copied


@dataclass(frozen=True)
class Mutation:
    """Walks over one contract."""

    contract: Contract

    def mutants(self) -> Iterator[Mutant]:
        """Every mutant, in the order of the document."""
        content = self.contract.content
        for template, item in content["paths"].items():
            for method in METHODS:
                if method in item:
                    yield from self._of_operation(("paths", template, method), item[method])
        components = content.get("components", {})
        for name, scheme in components.get("securitySchemes", {}).items():
            place = ("components", "securitySchemes", name, "scheme")
            yield Mutant("security scheme", place, "", place, "basic" if scheme["scheme"] == "bearer" else "bearer")
        for name, parameter in components.get("parameters", {}).items():
            yield from self._of_parameter(("components", "parameters", name), parameter)
        for name, header in components.get("headers", {}).items():
            yield from self._of_schema(("components", "headers", name, "schema"), header["schema"], narrow=True)
        for name, answer in components.get("responses", {}).items():
            yield from self._of_answer(("components", "responses", name), answer)
        for name, schema in components.get("schemas", {}).items():
            asked = any(part == REQUEST for _, part in self.contract.reach.get(("schemas", name), ()))
            narrow = not asked or is_opaque(self.contract, schema)
            yield from self._of_schema(("components", "schemas", name), schema, narrow=narrow)

    def _of_operation(self, place: Path, operation: Node) -> Iterator[Mutant]:
        components = self.contract.content.get("components", {})
        for scheme in list(components.get("securitySchemes", {}))[:1]:
            public = not operation.get("security", self.contract.content.get("security"))
            required: Node = {scheme: []}
            where = (*place, "security")
            yield Mutant("security", where, "required" if public else "none", where, [required] if public else [])
        if any(self.contract.resolve(node).get("x-owner") for node in operation.get("parameters", ())):
            where, is_open = (*place, "x-roles"), "x-roles" in operation
            yield Mutant("roles", where, "none" if is_open else "admin", where, REMOVED if is_open else [ADMIN])
        for index, node in enumerate(operation.get("parameters", ())):
            item = (*place, "parameters", index)
            if self.contract.resolve(node)["in"] in _OPTIONAL:
                yield Mutant("parameter", item, "removed", item, REMOVED)
            if "$ref" not in node:
                yield from self._of_parameter(item, node)
        if "requestBody" in operation:
            yield from self._of_body((*place, "requestBody"), operation["requestBody"])
        for status, answer in operation["responses"].items():
            where = (*place, "responses", status)
            yield Mutant("status", where, "", where, REMOVED)
            if "$ref" not in answer:
                yield from self._of_answer(where, answer)

    def _of_parameter(self, place: Path, parameter: Node) -> Iterator[Mutant]:
        if parameter["in"] in _OPTIONAL:  # a path without its parameter is another path
            required = (*place, "required")
            yield Mutant("parameter required", required, "", required, not parameter.get("required", False))
        yield from self._of_schema((*place, "schema"), parameter["schema"], narrow=False)

    def _of_body(self, place: Path, body: Node) -> Iterator[Mutant]:
        required = (*place, "required")
        yield Mutant("body required", required, "", required, not body.get("required", False))
        yield from self._of_content(place, body, "body media type", narrow=False)

    def _of_content(self, place: Path, node: Node, kind: str, *, narrow: bool) -> Iterator[Mutant]:
        content = node.get("content", {})
        for media_type, described in content.items():
            renamed = {f"{name}-changed" if name == media_type else name: value for name, value in content.items()}
            yield Mutant(kind, (*place, "content", media_type), "", (*place, "content"), renamed)
            yield from self._of_schema((*place, "content", media_type, "schema"), described["schema"], narrow=narrow)

    def _of_answer(self, place: Path, answer: Node) -> Iterator[Mutant]:
        headers = answer.get("headers", {})
        for name, node in headers.items():
            where = (*place, "headers", name)
            yield Mutant("header", where, "removed", where, REMOVED)
            if self.contract.resolve(node).get("required"):
                renamed = {f"{key}-Changed" if key == name else key: value for key, value in headers.items()}
                yield Mutant("header required", where, "another", (*place, "headers"), renamed)
            if "$ref" not in node:
                yield from self._of_schema((*where, "schema"), node["schema"], narrow=True)
        yield from self._of_content(place, answer, "media type", narrow=True)

    def _of_schema(self, place: Path, schema: Node, *, narrow: bool) -> Iterator[Mutant]:
        for keyword, value in schema.items():
            where = (*place, keyword)
            if keyword in _OPPOSITES:
                yield from _bounds(where, schema, narrow=narrow)
            else:
                yield from self._of_keyword(Mutant(keyword, where, "", where, REMOVED), schema, narrow=narrow)
            for child, node in _parts(where, value):
                # In a `not`, what narrows and what widens are not told apart.
                yield from self._of_schema(child, node, narrow=narrow and keyword != "not")

    def _of_keyword(self, mutant: Mutant, schema: Node, *, narrow: bool) -> Iterator[Mutant]:
        where, keyword, value = mutant.place, mutant.kind, schema[mutant.kind]
        if keyword in {"oneOf", "anyOf"}:
            for index, branch in enumerate(value):
                kind = "nullability" if _is_null(branch) else "branch"
                yield Mutant(kind, (*where, index), "", (*where, index), REMOVED)
        elif keyword == "not":
            others = {name: each for name, each in schema.items() if name != "not"}
            inverted = replace(mutant, change="inverted", target=where[:-1], value={**others, "allOf": [value]})
            yield inverted if narrow else mutant
        elif keyword == "default":
            yield replace(mutant, value=self._other_default(schema))
        elif keyword == "uniqueItems":
            yield replace(mutant, value=not value)
        elif keyword == "additionalProperties" and isinstance(value, bool):
            yield replace(mutant, kind="open" if value else "closed", value=not value)
        elif keyword in {"enum", "required"}:
            for index, name in enumerate(value):
                renamed = f"{name}_changed" if narrow and keyword == "required" else REMOVED
                yield replace(mutant, change=str(name), target=(*where, index), value=renamed)
        elif keyword in _OF_VALUES:
            yield replace(mutant, value=_OF_VALUES[keyword](value, narrow))

    def _other_default(self, schema: Node) -> Node:
        """Another valid value."""
        default, validator = schema["default"], self.contract.validator(schema)
        candidates = Values(self.contract).of(schema)
        return next(value for value in candidates if value != default and validator.is_valid(value))


def _bounds(where: Path, schema: Node, *, narrow: bool) -> Iterator[Mutant]:
    """In requests one step in both directions; in answers the whole way to the other end of the range."""
    keyword = str(where[-1])
    bound = schema[keyword]
    if narrow:
        opposite, otherwise = _OPPOSITES[keyword]
        yield Mutant(keyword, where, "far", where, schema.get(opposite, otherwise))
        return
    inwards = 1 if keyword.startswith("min") else -1
    yield Mutant(keyword, where, "tighter", where, bound + inwards)
    if keyword in {"minimum", "maximum"} or bound - inwards >= 0:
        yield Mutant(keyword, where, "looser", where, bound - inwards)


def _parts(where: Path, value: Node) -> Iterator[tuple[Path, Node]]:
    """The schemas that a keyword applies. A branch that is null holds no more facts than that."""
    keyword = where[-1]
    if keyword in {"oneOf", "anyOf", "allOf"}:
        yield from (((*where, index), branch) for index, branch in enumerate(value) if not _is_null(branch))
    elif keyword == "properties":
        yield from (((*where, name), child) for name, child in value.items())
    elif keyword in {"items", "not", "additionalProperties", "propertyNames"} and isinstance(value, Mapping):
        yield where, value


def _is_null(schema: Node) -> bool:
    return bool(schema.get("type") == "null")


def _type(value: Node, _narrow: bool) -> Node:  # noqa: FBT001 - as all of _OF_VALUES
    return "integer" if value == "boolean" else "boolean"


def _format(value: Node, narrow: bool) -> Node:  # noqa: FBT001 - as above
    """Removed, or another one: those of integers are looser than the bounds beside them."""
    return _TIGHTER.get(value, "date") if narrow or str(value).startswith("int") else REMOVED


def _pattern(value: Node, narrow: bool) -> Node:  # noqa: FBT001 - as above
    return rf"^(?![\s\S]*(?:{value}))" if narrow else REMOVED


def _const(value: Node, _narrow: bool) -> Node:  # noqa: FBT001 - as above
    """Another value of the same type."""
    if isinstance(value, bool):
        return not value
    return value + 1 if isinstance(value, int) else f"{value}-changed"


_OF_VALUES: Final[Mapping[str, Callable[[Node, bool], Node]]] = {
    "type": _type,
    "format": _format,
    "pattern": _pattern,
    "const": _const,
}
"""What the value of a keyword becomes, by whether it has to be narrower."""
