"""The names of the generated Python: fastapi-code-generator's parser decides them.

It is used as a class and not as a command: too little of a contract survives what it writes itself (see
specs/decisions). What it knows well is taken from it: valid and unique names of classes and members, of functions
and arguments, and an order in which definitions can follow each other.
"""

import json
import re
import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from datamodel_code_generator.parser import LiteralType
from datamodel_code_generator.parser.base import sort_data_models
from datamodel_code_generator.types import DataType
from pydantic import PydanticDeprecatedSince20
from typing_extensions import override

from scripts.generate.refusal import Refusal
from scripts.generate.rewriting import Rewritten

with warnings.catch_warnings():  # it uses what pydantic has deprecated; tests make an error of every warning
    warnings.simplefilter("ignore", PydanticDeprecatedSince20)
    from fastapi_code_generator.parser import OpenAPIParser  # type: ignore[import-untyped] # it ships no types

_SCHEMAS: Final = "#/components/schemas/"
_RESERVED: Final = frozenset(
    {"Annotated", "Any", "ConfigDict", "Field", "Literal", "MISSING", "TypeAliasType", "date", "datetime", "exact"},
)
"""What generated/models.py imports."""


@dataclass(frozen=True)
class Names:
    """What the parser decided.

    Attributes:
        order: the components, each after those that it needs.
        functions: by path and method, the name of the function and its arguments' in the order of the parameters.
    """

    order: tuple[str, ...]
    functions: Mapping[tuple[str, str], tuple[str, tuple[str, ...]]]


class ContractParser(OpenAPIParser):  # type: ignore[misc] # as above
    """fastapi-code-generator's parser, told to keep every name."""

    @override
    def _collapse_root_model(self, data_type: DataType) -> DataType:
        """Keep the name of a component that is used once; the original writes it out and drops it."""
        return data_type


def name(rewritten: Rewritten) -> Names:
    """Ask the parser for the names in a document; refuse what it would rename."""
    for component in rewritten.schemas:
        if component in _RESERVED or not component.isidentifier():
            raise Refusal(rewritten.place(component), f"a component named {component} is not carried")
    parser = _parsed(rewritten)
    _, models, _ = sort_data_models(parser.results)
    found = {path.removeprefix(_SCHEMAS): model for path, model in models.items() if path.startswith(_SCHEMAS)}
    for component in rewritten.schemas:
        model = found.get(component)
        if model is None or model.class_name != component:
            raise Refusal(rewritten.place(component), "datamodel-code-generator does not keep this name")
        for member in model.fields:
            if member.original_name is not None and member.original_name != member.name:
                place = (*rewritten.place(component), "properties", member.original_name)
                raise Refusal(place, f"a property named {member.original_name!r} is no name in Python")
    return Names(
        order=tuple(component for component in found if component in rewritten.schemas),
        functions={
            (operation.path, operation.method): (
                operation.function_name,
                # It writes X-Trace as x__trace.
                tuple(re.sub("_+", "_", argument.name) for argument in operation.arguments_list),
            )
            for operation in parser.operations.values()
        },
    )


def _parsed(rewritten: Rewritten) -> ContractParser:
    parser = ContractParser(
        json.dumps(rewritten.content),
        enum_field_as_literal=LiteralType.All,
        use_standard_collections=True,
        strict_nullable=True,
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # about types, which are not taken from it
        try:
            parser.parse_raw()
        except Exception as error:  # whatever a foreign parser raises is about the document
            raise Refusal((), f"fastapi-code-generator cannot read this document: {error}") from error
    return parser
