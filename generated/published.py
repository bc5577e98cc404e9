# Generated from openapi/tasks.yaml by `make generate`. Do not edit.
"""The schemas of the contract as the types publish them, under the names that the contract gives them."""

from collections.abc import Iterator, Sequence
from functools import cache
from typing import Any, Final

from pydantic import BaseModel, TypeAdapter
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue
from pydantic_core import CoreSchema, core_schema
from typing_extensions import TypeAliasType, override

from . import exact, models

Json = dict[str, Any]  # a schema: any JSON below

_PREFIX: Final = "#/components/schemas/"


class _Generator(GenerateJsonSchema):
    """Pydantic's JSON Schema without the titles that it makes up."""

    @override
    def field_title_should_be_set(self, schema: Any) -> bool:  # pydantic's type for it is private
        """Write only the titles that the contract has."""
        return False

    @override
    def model_schema(self, schema: core_schema.ModelSchema) -> JsonSchemaValue:
        """Leave out a title that is nothing but the class's name."""
        published = super().model_schema(schema)
        model: type[BaseModel] = schema["cls"]
        if "title" not in model.model_config:
            published.pop("title", None)
        return published


class Schemas:
    """The published schemas of many annotations, sharing their definitions; those have the names of their classes."""

    def __init__(self, annotations: Sequence[Any]) -> None:  # any annotations
        # Kept alive: what is looked up is the annotation itself, not one that is equal to it.
        self._annotations = list(annotations)
        inputs: list[tuple[int, Any, CoreSchema]] = [  # the mode is a private literal type of pydantic
            (id(annotation), "validation", TypeAdapter(annotation).core_schema) for annotation in annotations
        ]
        found, definitions = _Generator(ref_template=_PREFIX + "{model}").generate_definitions(inputs)
        self._found = {key: referring(schema) for (key, _), schema in found.items()}
        self.definitions: Json = {str(name): referring(schema) for name, schema in definitions.items()}

    def of(self, annotation: Any) -> Json:  # noqa: ANN401 - any annotation
        """Give the schema of one of the annotations."""
        return dict(self._found[id(annotation)])


def of(adapter: TypeAdapter[Any]) -> tuple[Json, Json]:  # of any type
    """Give the schema of one type, and the definitions that it refers to."""
    inputs: list[tuple[int, Any, CoreSchema]] = [(0, "validation", adapter.core_schema)]  # as above
    found, definitions = _Generator(ref_template=_PREFIX + "{model}").generate_definitions(inputs)
    [schema] = found.values()
    return referring(schema), {str(name): referring(definition) for name, definition in definitions.items()}


def named_types() -> Iterator[Any]:  # any annotations
    """Give the class or alias of every component."""
    for value in vars(models).values():
        is_class = isinstance(value, type) and issubclass(value, BaseModel)
        if value.__module__ == models.__name__ if is_class else isinstance(value, TypeAliasType):
            yield value


@cache
def components() -> Json:
    """Give the schema of every component, by the name of its class."""
    return Schemas(list(named_types())).definitions


def under_authored_names(document: Json) -> Json:
    """Write a document with the contract's names of schemas for those of their classes."""
    schemas = document["components"]["schemas"]
    while unused := (models.INLINE & schemas.keys()) - set(_references(document)):
        for name in unused:  # a class for people, of a part of what the rules of another one publish whole
            del schemas[name]
    if not models.NAMES:
        return document
    renamed: Json = _renamed(document)
    schemas = renamed["components"]["schemas"]
    renamed["components"]["schemas"] = {models.NAMES.get(name, name): schema for name, schema in schemas.items()}
    return renamed


def _references(value: Any) -> Iterator[str]:  # noqa: ANN401 - any part of a document
    if isinstance(value, dict):
        if isinstance(reference := value.get("$ref"), str):
            yield reference.removeprefix(_PREFIX)
        value = list(value.values())
    if isinstance(value, list):
        for item in value:
            yield from _references(item)


def referring(value: Any) -> Any:  # noqa: ANN401 - any part of a schema
    """Write references as such where rules had to hide them, see `exact.Rules.published`."""
    if isinstance(value, dict):
        return {("$ref" if name == exact.COMPONENT else name): referring(item) for name, item in value.items()}
    return [referring(item) for item in value] if isinstance(value, list) else value


def _renamed(value: Any) -> Any:  # noqa: ANN401 - any part of a document
    if isinstance(value, dict):
        return {name: _renamed(item) for name, item in value.items()}
    if isinstance(value, list):
        return [_renamed(item) for item in value]
    if isinstance(value, str) and value.startswith(_PREFIX):
        name = value.removeprefix(_PREFIX)
        return _PREFIX + models.NAMES.get(name, name).replace("~", "~0").replace("/", "~1")
    return value
