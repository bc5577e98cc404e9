"""Compares two OpenAPI documents by what they say: the authored contract and the one that FastAPI derives.

Spec: specs/toolchain.md (GEN-2, GEN-4). `EQUIVALENCES` is all that may differ in writing and not in meaning; everything
else is a difference, with its pointer. `python -m scripts.compare` compares the contract with the generated code.
"""

import argparse
import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from generated.routes import derived_document
from scripts.contract import CONTRACT
from scripts.generate import objects
from scripts.generate.objects import SAID, items, members
from scripts.generate.reader import Json, Object, read
from scripts.generate.vocabulary import CARRIED

EQUIVALENCES: Final[Mapping[str, str]] = {
    "references": "a reference and what it refers to; the name of a schema is a fact only if both documents have it",
    "path-level parameters": "they are parameters of every operation of the path, unless it has its own of that name",
    "document-level security": "it is the security of every operation that has none of its own; none is an empty list",
    "order": "of parameters, headers, required members, choices and security requirements",
    "header case": "names of headers are read without regard to case (RFC 9110, section 5.1)",
    "stated defaults": "required: false, deprecated: false, additionalProperties: true, empty lists and maps",
    "type beside a choice": "where every value of an enum or a const has the stated type",
    "const": "a const is an enum of one value",
    "several types": "a list of types is a choice between them, each with the keywords that look at it",
    "truth": "true is the schema without keywords, false is not: {}",
    "inheritance": "allOf of objects that only have members, none twice, is the object with all of them",
    "one part": "allOf of one reference is that reference; a component that is a reference is what it refers to",
    "implicit mapping": "a discriminator's mapping without an entry has the name of the schema",
    "white space": "at the ends of texts and of their lines",
    "unused components": "what nothing refers to (the lint refuses it); schemas count as used",
}
_STATED_DEFAULTS: Final[Object] = {"required": False, "deprecated": False, "additionalProperties": True}
_EMPTY: Final[tuple[Json, ...]] = ([], {})
_EMPTY_KEYWORDS: Final = frozenset({"required", "properties", "patternProperties", "items", "additionalProperties"})
"""Keywords of a schema that say nothing where they are empty; `not` does, and so do values: const, default."""
_ASSERTED: Final = frozenset(CARRIED["schema"]) - SAID
_OF_PLAIN: Final = frozenset({"type", "properties", "required"})
"""What an object may assert to be one that others inherit from by taking over its members."""
_BELOW: Final = frozenset(
    {"items", "not", "if", "then", "else", "additionalProperties", "contains", "propertyNames"}
    | {"unevaluatedItems", "unevaluatedProperties"},
)
"""Keywords whose value is a schema."""
_TEXTS: Final = frozenset({"description", "summary"})
_METHODS: Final = frozenset({"get", "put", "post", "delete", "options", "head", "patch", "trace"})
_KINDS: Final[Mapping[str, tuple[type, ...]]] = {
    "string": (str,),
    "integer": (int,),
    "number": (int, float),
    "boolean": (bool,),
    "null": (type(None),),
}


@dataclass(frozen=True, slots=True)
class Difference:
    """One place where two documents say different things; `None` stands for nothing at all."""

    pointer: tuple[str, ...]
    left: Json
    right: Json

    def __str__(self) -> str:
        return f"/{'/'.join(self.pointer)}: {self.left!r} != {self.right!r}"


def differences(left: Object, right: Object) -> list[Difference]:
    """List what two documents say differently, in the order of the first."""
    names = schema_names(left) & schema_names(right)
    return list(_differences((), meaning(left, names), meaning(right, names)))


def meaning(document: Object, names: frozenset[str]) -> Object:
    """Write a document so that equal meanings are equal; `names` are the schemas that keep theirs."""
    return _Reader(document, names).document()


def schema_names(document: Object) -> frozenset[str]:
    """Name the schemas among the components of a document."""
    return frozenset(members(members(document, "components"), "schemas"))


def main(arguments: Sequence[str] | None = None) -> int:
    """Compare the contract with the document derived from the generated code; 1 if they differ."""
    parser = argparse.ArgumentParser(prog="python -m scripts.compare", description=__doc__)
    parser.add_argument("contract", nargs="?", type=Path, default=CONTRACT, help="the OpenAPI document")
    found = differences(read(parser.parse_args(arguments).contract).content, derived_document())
    for difference in found:
        print(difference)
    print(f"{len(found)} differences", file=sys.stderr)
    return 1 if found else 0


@dataclass(frozen=True)
class _Reader:
    """Reads one document, see `meaning`."""

    content: Object
    names: frozenset[str]
    shared: dict[str, Object] = field(default_factory=dict)  # answers by reference: most of a document repeats them

    def document(self) -> Object:
        """Give the whole document in that form."""
        components = members(self.content, "components")
        schemas = {name: self.component(schema) for name, schema in members(components, "schemas").items()}
        referred = set(_references(self.content)) if schemas.keys() - self.names else set[str]()
        paths = {path: self.path(members(item)) for path, item in members(self.content, "paths").items()}
        rest = {name: value for name, value in self.content.items() if name not in {"components", "paths", "security"}}
        return _plain(rest) | {
            "paths": dict(paths),
            "securitySchemes": _plain(members(components, "securitySchemes")),
            "schemas": {name: schema for name, schema in schemas.items() if name in self.names or name not in referred},
        }

    def resolve(self, value: Json) -> Object:
        """Follow references that leave nothing beside them; one that leads nowhere stays and is a difference."""
        found = members(value)
        while "$ref" in found and isinstance(target := self._target(found["$ref"]), dict):
            found = target | {name: item for name, item in found.items() if name != "$ref"}
        return found

    def _target(self, reference: Json) -> Json:
        """Give what a reference leads to; None for what is no reference, or leads nowhere."""
        target: Json = self.content if isinstance(reference, str) else None
        for part in str(reference).removeprefix("#/").split("/"):
            target = members(target).get(part.replace("~1", "/").replace("~0", "~"))
        return target

    def path(self, item: Object) -> Object:
        """Read the operations of one path."""
        shared = items(item.get("parameters"))
        rest = _plain({name: value for name, value in item.items() if name not in _METHODS | {"parameters"}})
        return rest | {
            method: self.operation(members(operation), shared)
            for method, operation in item.items()
            if method in _METHODS
        }

    def operation(self, value: Object, shared: list[Json]) -> Object:
        """Read one operation with the parameters of its path and the security of its document."""
        parameters = {
            f"{parameter.get('in')} {parameter.get('name')}": self.described(parameter)
            for parameter in map(self.resolve, (*shared, *items(value.get("parameters"))))
        }
        security = value.get("security", self.content.get("security", []))
        read: Object = {
            "parameters": dict(parameters),
            "security": sorted(security, key=str) if isinstance(security, list) else security,
            "responses": {status: self.answer(answer) for status, answer in members(value, "responses").items()},
        }
        if "requestBody" in value:
            read["requestBody"] = self.described(self.resolve(value["requestBody"]))
        return _plain({name: item for name, item in value.items() if name not in read}) | _stated(read)

    def answer(self, value: Json) -> Object:
        """Read one answer, or remember it."""
        reference = members(value).get("$ref")
        if not isinstance(reference, str):
            return self._answer(value)
        if reference not in self.shared:
            self.shared[reference] = self._answer(value)
        return self.shared[reference]

    def _answer(self, value: Json) -> Object:
        answer = self.described(self.resolve(value))
        headers = {
            name.lower(): self.described(self.resolve(header)) for name, header in members(answer, "headers").items()
        }
        links = {name: _plain(self.resolve(link)) for name, link in members(answer, "links").items()}
        return _stated(answer | {"headers": dict(headers), "links": dict(links)})

    def described(self, value: Object) -> Object:
        """Read what has a schema or a content: a parameter, a header, a body, a media type."""
        read = _plain({name: item for name, item in value.items() if name not in {"schema", "content", "examples"}})
        if "schema" in value:
            read["schema"] = self.schema(value["schema"])
        if "examples" in value:
            read["examples"] = {name: _plain(self.resolve(item)) for name, item in members(value, "examples").items()}
        if "content" in value:
            read["content"] = {name: self.described(members(item)) for name, item in members(value, "content").items()}
        return read

    def component(self, value: Json) -> Json:
        """Read the schema of a component: one that is a reference, and says no more, is what it refers to."""
        found = _single(value)
        while isinstance(found, dict) and "$ref" in found and found.keys() - {"$ref"} <= SAID:
            target = self._target(found["$ref"])
            if target is None:
                break
            beside = {name: item for name, item in found.items() if name != "$ref"}
            found = _single(members(target) | beside) if beside or isinstance(target, dict) else target
        return self.schema(found)

    def schema(self, value: Json) -> Json:
        """Read one schema."""
        if isinstance(value, bool):
            value = {} if value else {"not": {}}
        value = _single(value)
        if not isinstance(value, dict):
            return value
        reference = value.get("$ref")
        if isinstance(reference, str) and reference.rpartition("/")[2] not in self.names:
            return self.schema(resolved) if (resolved := self.resolve(value)) != value else value
        if (merged := self._merged(value)) is not None:
            return self.schema(merged)
        read: Object = {name: self._keyword(name, item) for name, item in value.items()}
        if isinstance(discriminator := value.get("discriminator"), dict):
            read["discriminator"] = _mapped(discriminator, value.get("oneOf"))
        return _ordered(_spread(_choice(_needed(read))))

    def _keyword(self, name: str, value: Json) -> Json:
        """Read the value of one keyword: schemas as schemas, the rest as it is."""
        if name in {"properties", "dependentSchemas", "patternProperties", "$defs"}:
            return {key: self.schema(item) for key, item in members(value).items()}
        if name in {"oneOf", "anyOf", "allOf", "prefixItems"} and isinstance(value, list):
            return [self.schema(item) for item in value]
        if name in _BELOW:
            return self.schema(value)
        if name in {"required", "enum"} and isinstance(value, list):
            return sorted(value, key=lambda item: (str(type(item)), str(item)))
        return _text(value) if name in _TEXTS else value

    def _merged(self, value: Object) -> Object | None:
        """Read an object that inherits as one with all its members; None where that would say something else."""
        own = {name: item for name, item in value.items() if name != "allOf"}
        parts = [self._part(part) for part in items(value.get("allOf"))]
        if not parts or None in parts or own.keys() & _ASSERTED - _OF_PLAIN:
            return None
        merged: Object = {}
        for part in (*map(members, parts), own):
            if members(merged, "properties").keys() & members(part, "properties").keys():
                return None
            properties = members(merged, "properties") | members(part, "properties")
            required = [*items(merged.get("required")), *items(part.get("required"))]
            merged = merged | part | {"properties": properties, "required": required}
        return merged

    def _part(self, value: Json) -> Object | None:
        """Read a part of an object that inherits: what is said of it is not said of the whole."""
        flat = self.resolve(value)
        flat = (self._merged(flat) or {"allOf": []}) if "allOf" in flat else flat
        is_reference = members(value).keys() == {"$ref"}
        asserted = {name: item for name, item in _needed(flat).items() if name in _ASSERTED or not is_reference}
        return asserted if "properties" in flat and asserted.keys() <= _OF_PLAIN else None


def _references(value: Json) -> Iterator[str]:
    """Name the schemas that something refers to."""
    if isinstance(value, dict):
        if isinstance(reference := value.get("$ref"), str):
            yield reference.rpartition("/")[2]
        for item in value.values():
            yield from _references(item)
    elif isinstance(value, list):
        for item in value:
            yield from _references(item)


def _plain(value: Object) -> Object:
    """Read an object without schemas: texts without white space at their ends, stated defaults left out."""
    return _stated({name: _said(name, item) for name, item in value.items()})


def _said(name: str, value: Json) -> Json:
    if isinstance(value, dict) and name not in {"value", "parameters"}:  # examples and links hold data
        return _plain(value)
    if isinstance(value, list) and name not in {"value", "tags"}:
        return [_plain(item) if isinstance(item, dict) else item for item in value]
    return _text(value) if name in _TEXTS else value


def _text(value: Json) -> Json:
    return "\n".join(line.rstrip() for line in value.strip().splitlines()) if isinstance(value, str) else value


def _single(value: Json) -> Json:
    """Write allOf of one reference as that reference."""
    parts = items(members(value).get("allOf"))
    rest = {name: item for name, item in members(value).items() if name != "allOf"}
    if len(parts) == 1 and members(parts[0]).keys() == {"$ref"} and not rest.keys() & _ASSERTED:
        return rest | members(parts[0])
    return value


def _needed(schema: Object) -> Object:
    """Leave out the keywords of a schema that say what would be so without them."""
    return {
        name: item
        for name, item in schema.items()
        if not (item in _EMPTY and name in _EMPTY_KEYWORDS)
        and not (name in _STATED_DEFAULTS and item is _STATED_DEFAULTS[name])
    }


def _stated(value: Object) -> Object:
    return {
        name: item
        for name, item in value.items()
        if not (item in _EMPTY or (name in _STATED_DEFAULTS and item is _STATED_DEFAULTS[name]))
    }


def _choice(schema: Object) -> Object:
    """Write a const as an enum, and leave out a type that its values have anyway."""
    values = schema.get("enum", [schema["const"]] if "const" in schema else None)
    if not isinstance(values, list) or ("enum" in schema and "const" in schema):
        return schema
    named = schema.get("type")
    kinds = [kind for name in (named if isinstance(named, list) else [named]) for kind in _KINDS.get(str(name), ())]
    implied = {"type"} if named is not None and all(type(item) in kinds for item in values) else set[str]()
    return {name: item for name, item in schema.items() if name not in {"const", *implied}} | {"enum": values}


def _spread(schema: Object) -> Object:
    """Write a list of types as a choice between them."""
    return objects.spread(schema) if isinstance(schema.get("type"), list) and "enum" not in schema else schema


def _ordered(schema: Object) -> Object:
    """Put choices in one order: pydantic has null last."""
    ordered: Object = {
        name: sorted(items(schema[name]), key=lambda branch: json.dumps(branch, sort_keys=True))
        for name in ("oneOf", "anyOf")
        if isinstance(schema.get(name), list)
    }
    return schema | ordered


def _mapped(discriminator: Object, branches: Json) -> Object:
    """Write out the mapping that the names of the branches imply."""
    mapping = members(discriminator, "mapping")
    references = [str(members(branch).get("$ref")) for branch in items(branches)]
    implied = {item.rpartition("/")[2]: item for item in references if item not in mapping.values()}
    return discriminator | {"mapping": dict(implied) | mapping}


def _differences(pointer: tuple[str, ...], left: Json, right: Json) -> Iterator[Difference]:
    if isinstance(left, dict) and isinstance(right, dict):
        for name in dict.fromkeys((*left, *right)):
            if name in left and name in right:
                yield from _differences((*pointer, name), left[name], right[name])
            else:
                yield Difference((*pointer, name), left.get(name), right.get(name))
    elif isinstance(left, list) and isinstance(right, list) and len(left) == len(right):
        for index, (one, other) in enumerate(zip(left, right, strict=True)):
            yield from _differences((*pointer, str(index)), one, other)
    elif left != right or isinstance(left, bool) != isinstance(right, bool):  # 1 == True in Python, not in JSON
        yield Difference(pointer, left, right)


if __name__ == "__main__":
    sys.exit(main())
