"""Paths become operations: who may call them, what they take, what they answer."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from scripts.generate.answers import Answers
from scripts.generate.bodies import Bodies
from scripts.generate.components import Components
from scripts.generate.design import Argument, Fact, Interface, Operation, Parameter
from scripts.generate.naming import Names
from scripts.generate.parameters import Parameters
from scripts.generate.python import identifier, literal, pack, pascal, unique
from scripts.generate.reader import Object
from scripts.generate.refusal import Pointer, Refusal, written
from scripts.generate.results import Results
from scripts.generate.rewriting import Rewritten, items, members
from scripts.generate.security import ROLES, Security

METHODS: Final = ("get", "put", "post", "delete", "patch", "head", "options", "trace")
_UNTAGGED: Final = "default"
_KNOWN: Final = frozenset(
    {
        "operationId",
        "tags",
        "summary",
        "description",
        "deprecated",
        "security",
        ROLES,
        "parameters",
        "requestBody",
        "responses",
    },
)
_OF_ROUTES: Final = frozenset(
    {"Annotated", "Answer", "Any", "As", "Body", "Content", "Cookie", "Demand", "FACTS", "FastAPI", "Field", "Gate"}
    | {"Header", "HeaderParameter", "Literal", "MISSING", "OPERATIONS", "OWNER", "Operation", "Path", "Query"}
    | {
        "Media",
        "PublishedAs",
        "RequestBody",
        "Returned",
        "Sent",
        "SCHEMES",
        "Scheme",
        "Security",
        "TypeVar",
        "add_route",
        "api",
        "check",
        "uploads",
    }
    | {"IDEMPOTENCY_KEY", "date", "datetime", "derive", "derived_document", "exact", "models", "partial", "register"},
)
"""What generated/routes.py has names for; what tells of an operation there gets another."""
_SILENT: Final[Object] = {"default": {"description": ""}}
"""What stands for answers of which a contract says nothing: a status, and no body."""
_PATH: Final = re.compile(r"/(?:[^?#{}]|{[^{}/]+})*")


@dataclass(frozen=True)
class Operations:
    """Reads the operations of one document."""

    rewritten: Rewritten
    names: Names
    components: Components
    taken: set[str] = field(default_factory=lambda: set(_OF_ROUTES))
    results: set[str] = field(default_factory=set)

    def interfaces(self) -> tuple[Interface, ...]:
        """Give the operations by tag, in the order of the document's tags, then of its paths."""
        self.results.update(self.rewritten.schemas)
        operations = list(self._operations())
        tags = [members(tag) for tag in items(self.rewritten.content.get("tags"))]
        described = {str(tag.get("name")): str(tag.get("description", "")) for tag in tags}
        ordered = dict.fromkeys((*described, *(operation.tag for operation in operations)))
        return tuple(
            self._interface(tag, described.get(tag, ""), found)
            for tag in ordered
            if (found := tuple(operation for operation in operations if operation.tag == tag))
        )

    def _interface(self, tag: str, described: str, operations: tuple[Operation, ...]) -> Interface:
        contexts = tuple(sorted({operation.context for operation in operations}))
        module = operations[0].module
        protocol = unique(f"{pascal(module)}Api", self.results)
        self.results.add(protocol)
        return Interface(module, protocol, described or f"The operations of the tag {tag}.", contexts, operations)

    def _operations(self) -> Iterator[Operation]:
        modules: dict[str, str] = {}
        for path, item in members(self.rewritten.content, "paths").items():
            for method in METHODS:
                if method in members(item):
                    tag = next((str(tag) for tag in items(members(item, method).get("tags"))), _UNTAGGED)
                    if tag not in modules:
                        modules[tag] = unique(identifier(tag, "tag"), {*modules.values(), "app", "gate"})
                    yield self._operation(path, method, members(item), tag, modules[tag])

    def _operation(self, path: str, method: str, item: Object, tag: str, module: str) -> Operation:
        value, pointer = members(item, method), ("paths", path, method)
        function, names = self.names.functions[(path, method)]
        parameters = self._parameters(value, item, pointer, names)
        template = _template(path, parameters, pointer)
        security = Security(
            self.components, items(value.get("security", self.rewritten.content.get("security"))), pointer
        )
        keys = len([parameter for parameter in parameters if parameter.is_key])
        owners = len([parameter for parameter in parameters if parameter.owner])
        context = security.context(owners=owners, keys=keys)
        roles = security.roles(value, method, is_owned=owners > 0)
        bodies = Bodies(self.rewritten, self.components)
        taken = bodies.arguments(value, pointer, parameters)
        answers = Answers(self.rewritten, self.components)
        results = Results(
            answers, pascal(function), members(value, "responses") or _SILENT, (*pointer, "responses"), self.results
        )
        summary = str(value.get("summary", "")).rstrip(".")
        callers = security.callers({parameter.name for parameter in (*parameters, *taken)})
        return Operation(
            id=str(value.get("operationId", f"{method.upper()} {path}")),
            function=function,
            signature=self._named(function),
            constant=self._named(function.upper()),
            tag=tag,
            tags=pack(literal(known) for known in items(value.get("tags"))),
            module=module,
            method=method.upper(),
            path=path,
            pointer=written(pointer),
            title=f"{method.upper()} {path}{': ' if summary else ''}{summary}.",
            description=str(value.get("description", "")),
            context=context,
            is_keyed=keys > 0,
            callers=tuple(Argument(name, annotation) for name, annotation in callers.items()),
            facts=tuple(Fact(name, fact) for name, fact in _facts(value, security.written(), roles, template, path)),
            parameters=_required_first([known for known in (*parameters, *taken) if known.is_told]),
            body=bodies.declared(members(value, "requestBody"), (*pointer, "requestBody")) if taken else "None",
            arguments=_required_first([known for known in (*parameters, *taken) if known.is_handed]),
            results=results.returned(),
            failures=results.raised(),
        )

    def _named(self, name: str) -> str:
        found = unique(name, self.taken)
        self.taken.add(found)
        return found

    def _parameters(self, value: Object, item: Object, pointer: Pointer, names: tuple[str, ...]) -> list[Parameter]:
        """Give the operation's parameters, then those of its path: the order in which the parser has named them."""
        found = [
            (parameter, (*place, "parameters", str(index)))
            for owner, place in ((value, pointer), (item, pointer[:-1]))
            for index, parameter in enumerate(items(owner.get("parameters")))
        ]
        return [
            Parameters(self.rewritten, self.components).parameter(parameter, place, name)
            for (parameter, place), name in zip(found, names, strict=False)  # the last name may be the body's
        ]


def in_order_of_matching(interfaces: tuple[Interface, ...]) -> tuple[Operation, ...]:
    """Sort operations so that a literal path segment is tried before a parameter in its place."""
    operations = [operation for interface in interfaces for operation in interface.operations]
    return tuple(sorted(operations, key=lambda known: [_rank(part) for part in known.path.split("/")]))


def _rank(segment: str) -> tuple[int, int, str]:
    """Rank a segment: a literal one before one with a parameter in it, and of those the one that asks for more."""
    literals = re.sub(r"{[^}]*}", "", segment)
    return ("{" in segment, -len(literals) if "{" in segment else 0, segment)


def _facts(value: Object, security: str, roles: str, template: str, path: str) -> Iterator[tuple[str, str]]:
    """Give what only some operations are declared with."""
    for name in ("summary", "description", "deprecated"):
        if name in value:
            yield name, literal(value[name])
    if "operationId" not in value:
        yield "is_named", "False"
    if not members(value, "responses"):
        yield "is_silent", "True"
    if security:
        yield "security", security
    if roles:
        yield "roles", roles
    if template != path:
        yield "template", literal(template)
    if documented := {name: item for name, item in value.items() if name not in _KNOWN}:
        yield "said", literal(documented)


def _template(path: str, parameters: list[Parameter], pointer: Pointer) -> str:
    """Write a path as FastAPI matches it: its parameters are those of the signature."""
    if not _PATH.fullmatch(path):
        raise Refusal(pointer[:-1], "a path that is not one of RFC 3986: a query or a fragment is no part of it")
    named = {parameter.path: parameter.name for parameter in parameters if parameter.path}
    templated = re.findall(r"{([^}]*)}", path)
    if sorted(templated) != sorted(named):
        raise Refusal(pointer, "path parameters that are not those that are declared")
    return re.sub(r"{([^}]*)}", lambda match: f"{{{named[match[1]]}}}", path)


def _required_first(parameters: list[Parameter]) -> tuple[Parameter, ...]:
    return tuple(sorted(parameters, key=lambda parameter: parameter.default is not None))
