"""Rules about schemas: bounded, patterns of one meaning, satisfiable, with examples and defaults that are valid."""

import re
from collections.abc import Iterator
from typing import Final

import jsonschema_rs

from scripts.generate.components import Components
from scripts.generate.reader import Json, Object
from scripts.generate.rewriting import items, members
from scripts.lint_contract.findings import Finding, Place, places
from scripts.lint_contract.witness import Candidates

_DIALECTS_DIFFER: Final[tuple[tuple[str, str], ...]] = (
    (r"\\[dwsDWS]", "a class that is ASCII in one dialect and Unicode in another"),
    (r"\\[bBAzZpP]", "an escape that not every dialect has"),
    (r"\(\?(?!:)", "a group with a name, an option or an assertion"),
    (r"[*+?}]\+", "a possessive repetition"),
    (r"(?<!\\)\.", "a dot, which stops at other line ends in each dialect"),
)
"""What ECMA-262, Python and pydantic's engine read differently."""
_CLASS: Final = re.compile(r"\[\^?(?:\\.|[^\]\\])*\]")
"""In a character class a dot is a dot, and a plus no repetition."""
_BOUNDS: Final = (
    ("minimum", "maximum"),
    ("minLength", "maxLength"),
    ("minItems", "maxItems"),
    ("minProperties", "maxProperties"),
)


def bounded(content: Object) -> Iterator[Finding]:
    """Find strings and arrays that may be of any length."""
    for place in _schemas(content):
        if "enum" in place.value or "const" in place.value:
            continue
        for named, bound in (("string", "maxLength"), ("array", "maxItems")):
            if named in _types(place.value) and bound not in place.value:
                yield Finding(place.pointer, "bounded", f"{named} without {bound}")


def patterns(content: Object) -> Iterator[Finding]:
    """Find patterns that match a part of a text, or that dialects read differently."""
    for place in _schemas(content):
        pattern = place.value.get("pattern")
        if not isinstance(pattern, str):
            continue
        pointer = (*place.pointer, "pattern")
        if not (pattern.startswith("^") and pattern.endswith("$")):
            yield Finding(pointer, "pattern-anchored", "a pattern begins with ^ and ends with $")
        outside = _CLASS.sub("[]", pattern)
        for number, (feature, message) in enumerate(_DIALECTS_DIFFER):
            if re.search(feature, pattern if number < 2 else outside):  # noqa: PLR2004 - escapes count in classes too
                yield Finding(pointer, "pattern-portable", message)


def ranges(content: Object) -> Iterator[Finding]:
    """Find bounds that leave nothing between them."""
    for place in _schemas(content):
        for low, high in _BOUNDS:
            least, most = place.value.get(low), place.value.get(high)
            if isinstance(least, (int, float)) and isinstance(most, (int, float)) and least > most:
                yield Finding((*place.pointer, low), "range", f"{low} is greater than {high}")


def defaults(content: Object) -> Iterator[Finding]:
    """Find defaults that are not valid, that everybody who uses a schema would get, or that a patch would write."""
    validate = _Validator(content)
    patched = set(_patched(content))
    for place in _schemas(content):
        if "default" not in place.value:
            continue
        pointer = (*place.pointer, "default")
        if not validate.is_valid(place.value, place.value["default"]):
            yield Finding(pointer, "default-valid", "the default is not valid against its schema")
        if place.pointer[:-1] == ("components", "schemas"):
            yield Finding(pointer, "default-not-shared", "a default belongs where a schema is used")
        if place.pointer[:3] in patched:
            yield Finding(pointer, "default-not-patched", "an absent member of a patch stays as it is")


def examples(content: Object) -> Iterator[Finding]:
    """Find examples that are not valid, and bodies without any."""
    validate, components = _Validator(content), Components(content)
    for place in places(content):
        schema = members(place.value, "schema")
        if place.kind == "schema":
            found = {str(index): example for index, example in enumerate(items(place.value.get("examples")))}
            schema = place.value
        elif place.kind == "media type":
            found = {
                name: components.resolve(item).get("value") for name, item in members(place.value, "examples").items()
            }
            if not found and not _is_text(components, schema):
                yield Finding(place.pointer, "example-present", "a body has an example")
        else:
            continue
        for name, example in found.items():
            if not validate.is_valid(schema, example):
                yield Finding((*place.pointer, "examples", name), "example-valid", "it is not valid against its schema")


def satisfiable(content: Object) -> Iterator[Finding]:
    """Find schemas that nothing seems to be valid against."""
    validate = _Validator(content)
    schemas = {name: members(item) for name, item in members(members(content, "components"), "schemas").items()}
    candidates = Candidates(schemas)
    for place in _schemas(content):
        is_part = "allOf" in place.pointer  # a part need not stand alone
        if not is_part and not any(validate.is_valid(place.value, item) for item in candidates.of(place.value)):
            yield Finding(place.pointer, "satisfiable", "no valid instance was found: give an example if there is one")


def referred(content: Object) -> Iterator[Finding]:
    """Find bodies whose schema is written in place: what has no name has no type."""
    for place in places(content):
        if place.kind == "media type":
            schema = members(place.value, "schema")
            branches = [members(branch) for branch in items(schema.get("oneOf"))] or [schema]
            if any("$ref" not in branch for branch in branches):
                yield Finding(
                    (*place.pointer, "schema"), "body-named", "the schema of a body is a $ref, or a oneOf of them"
                )
            if "oneOf" in schema and "mapping" not in members(schema, "discriminator"):
                yield Finding(
                    (*place.pointer, "schema"), "discriminated", "a oneOf of bodies has a discriminator with a mapping"
                )


class _Validator:
    """Validates against schemas of one document."""

    def __init__(self, content: Object) -> None:
        self._components = content.get("components", {})

    def is_valid(self, schema: Object, value: Json) -> bool:
        """Say whether a value is valid; formats count."""
        document = {"components": self._components, "allOf": [schema]}  # as a part: a default is no keyword beside
        return jsonschema_rs.Draft202012Validator(document, validate_formats=True).is_valid(value)


def _schemas(content: Object) -> list[Place]:
    return [place for place in places(content) if place.kind == "schema"]


def _types(schema: Object) -> list[Json]:
    named = schema.get("type")
    return named if isinstance(named, list) else [named]


def _is_text(components: Components, schema: Object) -> bool:
    return components.resolve(schema).get("type") == "string"


def _patched(content: Object) -> Iterator[tuple[str, ...]]:
    """Give the pointers of the schemas that bodies of PATCH operations have."""
    for place in places(content):
        if place.kind == "operation" and place.pointer[-1] == "patch":
            for media in members(Components(content).resolve(place.value.get("requestBody")), "content").values():
                yield tuple(str(members(media, "schema").get("$ref")).removeprefix("#/").split("/"))
