"""The names of the generated Python: fastapi-code-generator's parser decides them.

It is used as a class and not as a command: too little of a contract survives what it writes itself (see
specs/decisions). What it knows well is taken from it: names of classes and members, of functions and arguments that
are valid in Python. It is shown a skeleton, the names alone: an odd schema can neither stop nor slow it.
"""

import json
import keyword
import re
import warnings
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

from datamodel_code_generator.parser import LiteralType
from datamodel_code_generator.reference import PydanticFieldNameResolver
from datamodel_code_generator.types import DataType
from pydantic import BaseModel, PydanticDeprecatedSince20
from typing_extensions import override

from scripts.generate.reader import Json, Object
from scripts.generate.refusal import Refusal
from scripts.generate.rewriting import Rewritten, items, members

with warnings.catch_warnings():  # it uses what pydantic has deprecated; tests make an error of every warning
    warnings.simplefilter("ignore", PydanticDeprecatedSince20)
    from fastapi_code_generator.parser import OpenAPIParser  # type: ignore[import-untyped] # it ships no types

_SCHEMAS: Final = "#/components/schemas/"
_METHODS: Final = ("get", "put", "post", "delete", "options", "head", "patch", "trace")
_IMPORTED: Final = frozenset(
    {"Annotated", "Any", "CONTRACT_VERSION", "ConfigDict", "Field", "Final", "Literal", "MISSING", "Mapping", "NAMES"}
    | {"OwnerT_contra", "Protocol", "PublicT_contra", "TypeAliasType", "TypeVar", "dataclass", "datetime", "date"},
)
"""What stands beside the classes in generated/models.py and generated/api.py."""
_OF_INTERFACE: Final = frozenset({"written"})
"""What stands beside them in generated/api.py alone, which has no members: those may be called so."""
_OF_CLASSES: Final = frozenset(
    {"absent_in_answers", "absent_in_requests", "rules", "said"}
    | {"bool", "date", "datetime", "dict", "exact", "float", "int", "list", "object", "str"},
)
"""What a class of generated/models.py needs itself: a member of that name would hide it from those that follow."""
_OF_ROUTES: Final = frozenset(
    {"add_route", "api", "check", "derive", "derived_document", "exact", "models", "partial", "register"},
)
"""What stands beside the functions in generated/routes.py."""
_OF_CALLS: Final = frozenset({"self", "ctx", "body", "caller"})
"""What the generated functions take beside the parameters."""


@dataclass(frozen=True)
class Names:
    """What was decided.

    Attributes:
        classes: by component, the name of its class or alias; unique, and its own where it is one in Python.
        functions: by path and method, the name of the function, unique, and those of its parameters: the operation's,
            then the path's, in their order.
    """

    classes: Mapping[str, str]
    functions: Mapping[tuple[str, str], tuple[str, tuple[str, ...]]]


@dataclass(frozen=True)
class MemberNames:
    """Names the members of classes.

    Attributes:
        classes: the names of all classes.
    """

    classes: frozenset[str]
    _resolver: PydanticFieldNameResolver = field(default_factory=PydanticFieldNameResolver)

    def name(self, wires: Iterable[str], taken: Mapping[str, str]) -> dict[str, str]:
        """Give the names in Python of an object's members by those on the wire; `taken` are those it inherits."""
        found: dict[str, str] = {}
        used = set(taken.values())
        for wire in sorted(wires, key=lambda known: self._valid(known, used) != known):
            name = self._valid(wire, used)
            while name in used:
                name += "_"
            used.add(name)
            found[wire] = name
        return found

    def keeps(self, wire: str) -> bool:
        """Say whether a member has in Python the name that it has on the wire."""
        return self._valid(wire, set()) == wire

    def _valid(self, wire: str, used: set[str]) -> str:
        name = self._resolver.get_valid_name(wire, excludes=used)
        while name in _OF_CLASSES | _IMPORTED | self.classes or hasattr(BaseModel, name):
            name += "_"
        return name


class ContractParser(OpenAPIParser):  # type: ignore[misc] # as above
    """fastapi-code-generator's parser, told to keep every name."""

    @override
    def _collapse_root_model(self, data_type: DataType) -> DataType:
        """Keep the name of a component that is used once; the original writes it out and drops it."""
        return data_type


def name(rewritten: Rewritten) -> Names:
    """Ask the parser for the names in a document."""
    components = _components(rewritten.schemas)
    operations = dict(_operations(rewritten.content))
    parser = _parsed(_skeleton(components, operations))
    models = {str(model.path).removeprefix(_SCHEMAS): str(model.class_name) for model in parser.results}
    found = {(str(known.path), str(known.method)): known for known in parser.operations.values()}
    functions: dict[tuple[str, str], tuple[str, tuple[str, ...]]] = {}
    used = set(_OF_ROUTES)
    for place, (_, parameters) in operations.items():
        function = _unique(_plain(str(found[place].function_name)), used)
        functions[place] = (function, _arguments(parameters, (known.name for known in found[place].arguments_list)))
    classes = _classes({component: models[given] for component, given in components.items()})
    return Names({component: classes[component] for component in rewritten.schemas}, functions)


def _components(schemas: Iterable[str]) -> dict[str, str]:
    """Give the components as the parser can take them: names that Python has already go first, and keep theirs."""
    given: dict[str, str] = {}
    for component in sorted(schemas, key=lambda known: not (known.isidentifier() and known[0].isupper())):
        plain = re.sub(r"\W", "_", component, flags=re.ASCII)
        known = plain if plain.strip("_") else "Schema"
        number = 2
        while known in given.values():
            known, number = f"{plain}_{number}", number + 1
        given[component] = known
    return given


def _classes(suggested: Mapping[str, str]) -> dict[str, str]:
    taken = {*_IMPORTED, *_OF_INTERFACE}
    return {component: _unique(suggestion, taken) for component, suggestion in suggested.items()}


def _unique(suggestion: str, taken: set[str]) -> str:
    name = f"{suggestion}_" if keyword.iskeyword(suggestion) else suggestion
    number = 2
    while name in taken:
        name, number = f"{suggestion}_{number}", number + 1
    taken.add(name)
    return name


def _plain(name: str) -> str:
    """Leave of a name what Python takes: the parser takes a path as it is written, percent signs and all."""
    found = re.sub(r"\W+", "_", name, flags=re.ASCII)
    return f"operation_{found}" if not found.isidentifier() or found.startswith("_") else found


def _operations(content: Object) -> Iterator[tuple[tuple[str, str], tuple[Object, list[Object]]]]:
    for path, item in members(content, "paths").items():
        for method in _METHODS:
            if method in members(item):
                operation = members(item, method)
                both = (*items(operation.get("parameters")), *items(members(item).get("parameters")))
                yield (path, method), (operation, [_resolved(parameter, content) for parameter in both])


def _resolved(parameter: Json, content: Object) -> Object:
    found = members(parameter)
    while isinstance(reference := found.get("$ref"), str):
        found = members(members(members(content, "components"), "parameters"), reference.rpartition("/")[2])
    return found


def _skeleton(
    components: Mapping[str, str], operations: Mapping[tuple[str, str], tuple[Object, list[Object]]]
) -> Object:
    """Write a document that has all names and nothing else."""
    paths: dict[str, Object] = {}
    for (path, method), (operation, parameters) in operations.items():
        told: Object = {"responses": {"200": {"description": ""}}}
        if isinstance(operation.get("operationId"), str):
            told["operationId"] = operation["operationId"]
        told["parameters"] = [
            {"name": wire, "in": "query", "schema": {"type": "string"}} for wire in _distinct(parameters)
        ]
        paths.setdefault(path, {})[method] = told
    schemas: Object = {given: {"type": "object"} for given in components.values()}
    return {
        "openapi": "3.1.0",
        "info": {"title": "", "version": ""},
        "paths": dict(paths),
        "components": {"schemas": schemas},
    }


def _distinct(parameters: list[Object]) -> list[str]:
    """Name each parameter once, wherever it stands: the parser takes no name twice."""
    return list(dict.fromkeys(str(parameter.get("name")) for parameter in parameters))


def _arguments(parameters: list[Object], written: Iterable[str]) -> tuple[str, ...]:
    """Name the parameters of one operation: what the parser makes of X-Trace is x__trace."""
    known = dict(zip(_distinct(parameters), (re.sub("_+", "_", name) for name in written), strict=True))
    used = set(_OF_CALLS)
    return tuple(_unique(known[str(parameter.get("name"))], used) for parameter in parameters)


def _parsed(skeleton: Object) -> ContractParser:
    parser = ContractParser(
        json.dumps(skeleton),
        enum_field_as_literal=LiteralType.All,
        use_standard_collections=True,
        strict_nullable=True,
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # about types, which are not taken from it
        try:
            parser.parse_raw()
        except Exception as error:  # whatever a foreign parser raises is about the document
            raise Refusal((), f"fastapi-code-generator cannot read these names: {error}") from error
    return parser
