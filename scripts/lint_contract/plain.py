"""Sees without any search that a plain schema has an instance. Spec: LINT-11.

A validator holds all that a schema refers to. In a contract whose schemas all lead to each other (Stripe's, 6 MB)
making one for each took all memory; most schemas are plain enough to be judged by their parts.
"""

from typing import Final

from scripts.generate.reader import Json, Object
from scripts.lint_contract.places import Contract, items, members, words
from scripts.lint_contract.schemas import types

_SAID: Final = frozenset(
    {"title", "description", "default", "deprecated", "example", "examples", "readOnly", "writeOnly", "externalDocs"}
    | {"xml", "discriminator", "$comment", "contentMediaType", "contentEncoding"}
)
_PLAIN: Final = _SAID | {
    *("type", "$ref", "anyOf", "enum", "format", "minLength", "maxLength", "minimum", "maximum", "items", "minItems"),
    *("maxItems", "properties", "required", "additionalProperties"),
}
"""Keywords that are judged one by one; with any other beside them, or `anyOf` beside any, there may be a conflict."""


class Plain:
    """Judges the schemas of one contract, each once."""

    def __init__(self, contract: Contract) -> None:
        """Judge the schemas of `contract`."""
        self._contract = contract
        self._known: dict[int, bool] = {}

    def has_instance(self, value: Json) -> bool:
        """Say whether a schema certainly has one; False where that takes a search."""
        if not isinstance(value, dict):
            return value is not False
        if id(value) not in self._known:
            self._known[id(value)] = False  # while it is looked at: what needs itself has none
            self._known[id(value)] = self._judge(value)
        return self._known[id(value)]

    def _judge(self, schema: Object) -> bool:
        keywords = {name for name in schema if not name.startswith("x-")} - _SAID
        if not keywords <= _PLAIN:
            return False
        if isinstance(reference := schema.get("$ref"), str):
            found = self._contract.find(reference)
            return keywords == {"$ref"} and found is not None and self.has_instance(found.value)
        if "anyOf" in keywords:
            return keywords == {"anyOf"} and any(self.has_instance(branch) for branch in items(schema["anyOf"]))
        if "enum" in keywords:
            return keywords <= {"enum", "type"} and bool(items(schema["enum"]))
        return any(self._has_type(kind, schema, keywords) for kind in types(schema) or ("null",))

    def _has_type(self, kind: str, schema: Object, keywords: set[str]) -> bool:
        if kind == "object":
            return all(self._has_member(schema, name) for name in words(schema.get("required")))
        if kind == "array":
            return not schema.get("minItems") or (
                _in_order(schema, "minItems", "maxItems") and self.has_instance(schema.get("items"))
            )
        if kind == "string":
            return _in_order(schema, "minLength", "maxLength") and not (
                "format" in keywords and keywords & {"minLength", "maxLength"}
            )
        return kind not in {"integer", "number"} or _in_order(schema, "minimum", "maximum")

    def _has_member(self, schema: Object, name: str) -> bool:
        properties = members(schema, "properties")
        return self.has_instance(properties.get(name, schema.get("additionalProperties")))


def _in_order(schema: Object, low: str, high: str) -> bool:
    """Say whether two bounds have whole numbers between them, as far as they are written."""
    least, most = schema.get(low, schema.get(high, 0)), schema.get(high, schema.get(low, 0))
    return isinstance(least, int) and isinstance(most, int) and least <= most
