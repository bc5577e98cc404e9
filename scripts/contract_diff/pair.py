"""The two contracts side by side: whether parts of them mean the same, whatever their components are called."""

import json
from functools import cached_property
from typing import Final

from scripts.contract_diff.side import Side, Sub, inclusion, mark, references, telling
from scripts.generate.reader import Json, Object
from scripts.generate.rewriting import items, members

_MAPS: Final = frozenset({"properties", "patternProperties", "dependentSchemas", "$defs"})
_LISTS: Final = frozenset({"allOf", "anyOf", "oneOf", "prefixItems"})
_ONE: Final = frozenset(
    {
        "not", "if", "then", "else", "items", "additionalProperties", "contains", "propertyNames",
        "unevaluatedItems", "unevaluatedProperties",
    }
)  # fmt: skip
_SETS: Final = frozenset({"required", "enum", "type"})
_Assumed = set[tuple[int, int]]


class Pair:
    """The contract before and the contract after."""

    def __init__(self, before: Side, after: Side) -> None:
        self.before = before
        self.after = after

    @cached_property
    def _unchanged(self) -> frozenset[str]:
        """The names of schemas that are the same text, with all that they refer to."""
        before, after = self.before.texts, self.after.texts
        found = {name for name, text in before.items() if after.get(name) == text}
        schemas = members(members(self.before.content, "components"), "schemas")
        referred = {name: set(references(schemas[name])) for name in found}
        while changed := {name for name in found if not referred[name] <= found}:
            found -= changed
        return frozenset(found)

    def is_unchanged(self, old: Sub, new: Sub) -> bool:
        """Say whether two schemas are the same text and refer to nothing that was touched: most of a large contract."""
        return json.dumps(old, sort_keys=True) == json.dumps(new, sort_keys=True) and all(
            name in self._unchanged for node in old for name in references(node)
        )

    def same(self, old: Json, new: Json) -> bool:
        """Say whether two schemas are written alike but for texts, the order of sets and the names of components."""
        return self._same(old, new, set())

    def all_same(self, old: Sub, new: Sub) -> bool:
        """Say so of two conjunctions, in their order."""
        return len(old) == len(new) and all(map(self.same, old, new))

    def decided(self, old: Sub, new: Sub) -> tuple[bool, bool] | None:
        """Say whether the old lie within the new and the new within the old; None where a procedure does not say."""
        return inclusion(self.before.document_of(old), self.after.document_of(new))

    def _same(self, old: Json, new: Json, assumed: _Assumed) -> bool:
        old, new = self.before.followed(old), self.after.followed(new)
        if not isinstance(old, dict) or not isinstance(new, dict):
            return mark(old) == mark(new)
        if (id(old), id(new)) in assumed:  # also where a schema contains itself
            return True
        assumed.add((id(old), id(new)))
        one, other = telling(old), telling(new)
        return one.keys() == other.keys() and all(self._alike(name, one, other, assumed) for name in one)

    def _alike(self, name: str, old: Object, new: Object, assumed: _Assumed) -> bool:
        one, other = old[name], new[name]
        if name == "$ref":
            return self._same(self.before.target(str(one)), self.after.target(str(other)), assumed)
        if name == "discriminator":
            return mark(members(one).get("propertyName")) == mark(members(other).get("propertyName"))
        if name in _SETS and isinstance(one, list) and isinstance(other, list):
            return sorted(map(mark, one)) == sorted(map(mark, other))
        if name in _LISTS | _MAPS:
            before, after = _parts(one), _parts(other)
            return before.keys() == after.keys() and all(self._same(before[k], after[k], assumed) for k in before)
        return self._same(one, other, assumed) if name in _ONE else mark(one) == mark(other)


def _parts(value: Json) -> Object:
    """Give the schemas of a list by their place, those of an object by their name."""
    return members(value) or {str(index): item for index, item in enumerate(items(value))}
