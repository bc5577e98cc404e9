"""Paths become operations: who may call them, what they take, what they answer."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from scripts.generate.answers import Answers
from scripts.generate.components import Components, constant
from scripts.generate.design import Constant, Interface, Operation, Parameter
from scripts.generate.naming import Names
from scripts.generate.parameters import Parameters
from scripts.generate.python import invoke, literal, pascal, snake
from scripts.generate.reader import Object
from scripts.generate.refusal import Pointer, Refusal, written
from scripts.generate.results import Results
from scripts.generate.rewriting import Rewritten, items, members

_METHODS: Final = ("get", "put", "post", "delete", "patch")


@dataclass(frozen=True)
class Operations:
    """Reads the operations of one document."""

    rewritten: Rewritten
    names: Names

    def schemes(self, interfaces: tuple[Interface, ...]) -> tuple[Constant, ...]:
        """Write the security schemes; bearer tokens are the only ones that are carried."""
        used = {operation.scheme for interface in interfaces for operation in interface.operations}
        schemes = Components(self.rewritten.content).section("securitySchemes")
        for name in schemes:
            if constant("securitySchemes", name) not in used:
                raise Refusal(("components", "securitySchemes", name), "a security scheme that no operation has")
        return tuple(
            Constant(constant("securitySchemes", name), _bearer(name, members(value)))
            for name, value in schemes.items()
        )

    def interfaces(self) -> tuple[Interface, ...]:
        """Give the operations by tag, in the order of the document's tags, then of its paths."""
        operations: dict[str, Operation] = {}
        for operation, pointer in self._operations():
            taken = operations.setdefault(operation.function, operation)
            if taken is not operation:
                raise Refusal(
                    (*pointer, "operationId"), f"{operation.id} is {taken.function} in Python, as is {taken.id}"
                )
        tags = [members(tag) for tag in items(self.rewritten.content.get("tags"))]
        said = {str(tag.get("name")): str(tag.get("description", "")) for tag in tags}
        ordered = dict.fromkeys((*said, *(operation.tag for operation in operations.values())))
        return tuple(
            _interface(tag, said.get(tag, ""), found)
            for tag in ordered
            if (found := tuple(operation for operation in operations.values() if operation.tag == tag))
        )

    def _operations(self) -> Iterator[tuple[Operation, Pointer]]:
        for path, item in members(self.rewritten.content, "paths").items():
            for method in _METHODS:
                if method in members(item):
                    yield self._operation(path, method, members(item)), ("paths", path, method)

    def _operation(self, path: str, method: str, item: Object) -> Operation:
        value, pointer = members(item, method), ("paths", path, method)
        function, names = self.names.functions[(path, method)]
        parameters = self._parameters(value, item, pointer, names)
        _check_path(path, parameters, pointer)
        scheme = self._scheme(value, pointer)
        if len([parameter for parameter in parameters if parameter.owner]) != (1 if scheme else 0):
            raise Refusal(pointer, "a secured operation has one path parameter with x-owner, a public one has none")
        body = Components(self.rewritten.content).resolve(value.get("requestBody"))
        place = (*pointer, "requestBody")
        handed = [Parameters(self.rewritten).body(body, place)] if "requestBody" in value else []
        if (parameters or handed) and "422" not in members(value, "responses"):
            raise Refusal((*pointer, "responses"), "an operation that takes something and does not declare 422")
        results = Results(
            self.rewritten,
            _text(value, "operationId", pointer),
            members(value, "responses"),
            (*pointer, "responses"),
        )
        return Operation(
            id=results.operation_id,
            function=function,
            constant=function.upper(),
            tag=_tag(value, pointer),
            module=snake(_tag(value, pointer)),
            method=method.upper(),
            path=path,
            pointer=written(pointer),
            summary=_text(value, "summary", pointer),
            description=str(value.get("description", "")),
            deprecated=value.get("deprecated") is True,
            context="OwnerT" if scheme else "PublicT",
            scheme=scheme,
            parameters=_required_first([*parameters, *handed]),
            body=Answers(self.rewritten).body(members(value, "requestBody"), place) if handed else "None",
            arguments=_required_first([known for known in (*parameters, *handed) if not known.owner]),
            results=results.returned(),
            failures=results.raised(),
        )

    def _parameters(self, value: Object, item: Object, pointer: Pointer, names: tuple[str, ...]) -> list[Parameter]:
        """Give the operation's parameters, then those of its path: the order in which the parser has named them."""
        found = [
            (parameter, (*place, "parameters", str(index)))
            for owner, place in ((value, pointer), (item, pointer[:-1]))
            for index, parameter in enumerate(items(owner.get("parameters")))
        ]
        if len(set(names) - {"body"}) < len(found):
            raise Refusal((*pointer, "parameters"), "parameters of one name, or one that is called body")
        return [
            Parameters(self.rewritten).parameter(parameter, place, name)
            for (parameter, place), name in zip(found, names, strict=False)  # the last name may be the body's
        ]

    def _scheme(self, value: Object, pointer: Pointer) -> str:
        """Name the scheme that secures an operation; nothing for a public one."""
        requirements = items(value.get("security", self.rewritten.content.get("security")))
        if not requirements:
            return ""
        schemes = members(requirements[0])
        if len(requirements) > 1 or list(schemes.values()) != [[]]:
            raise Refusal((*pointer, "security"), "security that is not one scheme without scopes")
        name = next(iter(schemes))
        if name not in Components(self.rewritten.content).section("securitySchemes"):
            raise Refusal((*pointer, "security"), f"there is no security scheme {name}")
        return constant("securitySchemes", name)


def in_order_of_matching(interfaces: tuple[Interface, ...]) -> tuple[Operation, ...]:
    """Sort operations so that a literal path segment is tried before a parameter in its place."""
    operations = [operation for interface in interfaces for operation in interface.operations]
    return tuple(sorted(operations, key=lambda known: [("{" in part, part) for part in known.path.split("/")]))


def _interface(tag: str, said: str, operations: tuple[Operation, ...]) -> Interface:
    contexts = tuple(sorted({operation.context for operation in operations}))
    return Interface(snake(tag), f"{pascal(tag)}Api", said, contexts, operations)


def _check_path(path: str, parameters: list[Parameter], pointer: Pointer) -> None:
    templated = re.findall(r"{([^}]*)}", path)
    declared = [parameter.path for parameter in parameters if parameter.path]
    if sorted(templated) != sorted(declared) or not all(name.isidentifier() for name in templated):
        raise Refusal(pointer, "path parameters that are not those that are declared, or that are no names in Python")


def _bearer(name: str, value: Object) -> str:
    if value.get("type") != "http" or str(value.get("scheme")).lower() != "bearer":
        raise Refusal(("components", "securitySchemes", name), "a security scheme that is not HTTP bearer")
    told = {"bearer_format": value.get("bearerFormat"), "description": value.get("description")}
    return invoke("Bearer", {"name": literal(name)} | {argument: literal(said) for argument, said in told.items()})


def _tag(value: Object, pointer: Pointer) -> str:
    tags = items(value.get("tags"))
    if len(tags) != 1:
        raise Refusal(pointer, "an operation without exactly one tag")
    return str(tags[0])


def _text(value: Object, name: str, pointer: Pointer) -> str:
    if not isinstance(value.get(name), str):
        raise Refusal(pointer, f"an operation without {name}")
    return str(value[name])


def _required_first(parameters: list[Parameter]) -> tuple[Parameter, ...]:
    return tuple(sorted(parameters, key=lambda parameter: parameter.default is not None))
