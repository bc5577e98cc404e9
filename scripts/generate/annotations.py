"""One schema becomes one annotation.

What pydantic's own types say exactly is said with them; the rest is said by `exact`, the constant part of the generated
code: keywords that no type says become rules for a validator of JSON Schema, and where a schema cannot be taken apart
the rules are the whole schema (`exact.Exactly`) and the type is the best that people can be given.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import combinations
from typing import Final

from scripts.generate import disjoint
from scripts.generate.design import Annotation
from scripts.generate.naming import MemberNames
from scripts.generate.objects import FORMATS, SAID, items, members, spread, target
from scripts.generate.python import call, literal
from scripts.generate.reader import Json, Object
from scripts.generate.refusal import Pointer, Refusal
from scripts.generate.scalars import BARE, Typed, number, text
from scripts.generate.vocabulary import CARRIED

_ARGUMENTS: Final = ("title", "description", "examples")
"""What pydantic has arguments for."""
_COUNTS: Final = {"minItems": "min_length", "maxItems": "max_length"}
_ASSERTED: Final = frozenset(CARRIED["schema"]) - SAID
_CHOICES: Final = ("oneOf", "anyOf", "allOf")
_UNEVALUATED: Final = frozenset({"unevaluatedItems", "unevaluatedProperties"})
_PYTHON: Final[dict[str, tuple[type, ...]]] = {
    "string": (str,),
    "integer": (int,),
    "number": (int, float),
    "boolean": (bool,),
    "null": (type(None),),
}
_ANYTHING: Final = Annotation("object", "object")


@dataclass(frozen=True)
class Annotations:
    """Writes annotations for the schemas of one document.

    Attributes:
        schemas: the components, by the names of their classes.
        prefix: what leads to the module of the definitions (`models.`), empty in that module itself.
    """

    schemas: Mapping[str, Object]
    prefix: str = ""

    def write(self, value: Json, pointer: Pointer, *, default: bool = False) -> Annotation:
        """Write one schema with all that is said of it; its `default` only if asked: who uses it may apply it."""
        if value is True:
            return _ANYTHING
        told: Object = {"not": dict[str, Json]()} if value is False else members(value)
        schema = {name: item for name, item in told.items() if default or name != "default"}
        asserted = {name: item for name, item in schema.items() if _asserts(name, item)}
        typed = self._type(asserted, schema, pointer)
        if typed.whole:
            bare = self.bare(asserted, pointer)
            return Annotation(bare, f"Annotated[{self.prefixed(bare)}, exact.Exactly({_rules(schema)})]")
        arguments: Object = {name: schema[name] for name in _ARGUMENTS if name in schema}
        extra = {name: item for name, item in schema.items() if name not in arguments and name not in asserted}
        if "discriminator" in typed.constraints:
            extra.pop("discriminator")
        said = arguments | ({"json_schema_extra": hidden(extra)} if extra else {})
        markers = [*typed.markers, *([f"exact.Also({_rules(typed.rules)})"] if typed.rules else [])]
        if not markers:
            parts = [call("Field", {**typed.constraints, **said})] if typed.constraints or said else []
        else:  # a marker must stand behind what it wraps and before what is only said of the whole
            fields = [call("Field", facts) if facts else "" for facts in (typed.constraints, said)]
            parts = [part for part in (fields[0], *markers, fields[1]) if part]
        return Annotation(typed.bare, f"Annotated[{', '.join((typed.full, *parts))}]" if parts else typed.full)

    def _type(self, schema: Object, said: Object, pointer: Pointer) -> Typed:  # noqa: PLR0911 - one for each form of a schema
        """Take a schema apart: `schema` without, `said` with what is only said."""
        named = schema.get("type")
        if not _UNEVALUATED.isdisjoint(schema):
            return Typed(whole=True)
        if "$ref" in schema:
            return self._reference(schema, pointer)
        if "enum" in schema or "const" in schema:
            return _choice(schema)
        choices = [keyword for keyword in _CHOICES if keyword in schema]
        if choices:
            return self._union(choices[0], said, pointer) if len(schema) == 1 else Typed(whole=True)
        if isinstance(named, list):
            return self._types(schema, pointer)
        match named:
            case "array":
                return self._array(schema, pointer)
            case "object":
                return self._map(schema, pointer)
            case "string":
                return text(schema)
            case str():
                return number(named, schema)
            case _:
                return Typed("object", "object", rules=schema)

    def _reference(self, schema: Object, pointer: Pointer) -> Typed:
        name = target(schema)
        if name not in self.schemas:
            raise Refusal((*pointer, "$ref"), f"there is no schema {name}")
        return Typed(name, self.prefix + name, rules=_without(schema, "$ref"))

    def _union(self, keyword: str, said: Object, pointer: Pointer) -> Typed:  # noqa: PLR0911 - one for each form of a choice
        branches = items(said[keyword])
        if keyword == "allOf":  # of one part, which is what it is anyway
            if len(branches) != 1 or not isinstance(branches[0], dict) or set(branches[0]) != {"$ref"}:
                return Typed(whole=True)
            return self._reference(branches[0], (*pointer, keyword, "0"))
        options = [self._nested(branch, (*pointer, keyword, str(index))) for index, branch in enumerate(branches)]
        fulls = [option.full for option in options]
        if len(set(fulls)) < max(len(fulls), 2) or any(_is_choice(branch) for branch in branches):
            return Typed(whole=True)  # Python would make one of two that are alike, and would not nest unions
        bare = " | ".join(dict.fromkeys(option.bare for option in options))
        full = " | ".join(fulls)
        if keyword == "anyOf":
            return Typed(bare, full)
        if any(disjoint.overlap(self.schemas, one, other) for one, other in combinations(branches, 2)):
            return Typed(whole=True)
        if self._is_tagged(said):
            return Typed(bare, full, {"discriminator": members(said, "discriminator")["propertyName"]})
        return Typed(bare, full, markers=("exact.ONE_OF",))

    def _is_tagged(self, schema: Object) -> bool:
        """Say whether pydantic can tell the branches apart as the discriminator does, and publish it as it is."""
        name = str(members(schema, "discriminator").get("propertyName"))
        names = MemberNames(frozenset(self.schemas))
        values: Object = {}
        for branch in items(schema["oneOf"]):
            known = members(disjoint.properties(self.schemas, branch).get(name))
            tag = disjoint.resolve(self.schemas, known).get("const")
            if not isinstance(tag, str) or name not in disjoint.required(self.schemas, branch):
                return False
            found = disjoint.resolve(self.schemas, branch)
            is_class = "properties" in found or len(items(found.get("allOf"))) > 1
            if not is_class or not names.keeps(name):
                return False
            values[tag] = members(branch).get("$ref")
        told = members(schema, "discriminator")
        return told == {"propertyName": name, "mapping": dict(values)}

    def _types(self, schema: Object, pointer: Pointer) -> Typed:
        choice = spread(schema)
        written = [self._nested(branch, pointer) for branch in items(choice["anyOf"])]
        bare, full = " | ".join(option.bare for option in written), " | ".join(option.full for option in written)
        return Typed(bare, full, rules=_without(choice, "anyOf"))

    def _array(self, schema: Object, pointer: Pointer) -> Typed:
        own = {name: schema[name] for name in _COUNTS if _is_count(schema.get(name))}
        known = {"type", *own}
        item = _ANYTHING
        if "prefixItems" not in schema and schema.get("items") is not False:
            known.add("items")
            item = self._nested(schema.get("items", {}), (*pointer, "items"))
        constraints: Object = {_COUNTS[name]: int(str(value).partition(".")[0]) for name, value in own.items()}
        return Typed(f"list[{item.bare}]", f"list[{item.full}]", constraints, rules=_without(schema, *known))

    def _map(self, schema: Object, pointer: Pointer) -> Typed:
        value = schema.get("additionalProperties", True)
        if value is False or "patternProperties" in schema or "properties" in schema:
            return Typed("dict[str, object]", "dict[str, object]", rules=_without(schema, "type"))
        item = self._nested(value, (*pointer, "additionalProperties"))
        rules = _without(schema, "type", "additionalProperties")
        return Typed(f"dict[str, {item.bare}]", f"dict[str, {item.full}]", rules=rules)

    def _nested(self, value: Json, pointer: Pointer) -> Annotation:
        """Write a schema inside another one: nobody applies its default, so it is only said."""
        return self.write(value, pointer, default=True)

    def bare(self, schema: Json, pointer: Pointer) -> str:
        """Name the narrowest type that takes every instance, of a schema that no type says exactly."""
        if not isinstance(schema, dict):
            return "object"
        if target(schema):
            return self._reference({"$ref": schema["$ref"]}, pointer).bare
        if "enum" in schema or "const" in schema:
            return _choice(schema).bare
        for keyword in ("oneOf", "anyOf"):
            branches = items(schema.get(keyword))
            if branches:
                known = dict.fromkeys(self.bare(branch, pointer) for branch in branches)
                return "object" if "object" in known else " | ".join(known)
        for part in reversed(items(schema.get("allOf"))):
            found = self.bare(part, pointer)
            if found != "object":
                return found
        named = schema.get("type")
        types = [str(name) for name in (named if isinstance(named, list) else [named])]
        known = dict.fromkeys(BARE.get(name, "object") for name in types)
        return "object" if "object" in known else " | ".join(known)

    def prefixed(self, bare: str) -> str:
        """Let the components in a type for people be found where the annotation stands."""
        words = [self.prefix + word if word in self.schemas else word for word in bare.split(" | ")]
        return " | ".join(words)


def hidden(value: Json) -> Json:
    """Hide references in what is only said, where pydantic would look for what they lead to (`exact.COMPONENT`)."""
    if isinstance(value, dict):
        return {("$component" if name == "$ref" else name): hidden(item) for name, item in value.items()}
    return [hidden(item) for item in value] if isinstance(value, list) else value


def _asserts(name: str, value: Json) -> bool:
    return name in _ASSERTED and (name != "format" or value in FORMATS)


def _is_choice(branch: Json) -> bool:
    return not isinstance(branch, dict) or isinstance(branch.get("type"), list) or "anyOf" in branch


def _is_count(value: Json) -> bool:
    return isinstance(value, int | float)


def _without(schema: Object, *names: str) -> Object:
    return {name: item for name, item in schema.items() if name not in names}


def _rules(keywords: Object) -> str:
    return f"exact.Rules({literal(keywords)})"


def _choice(schema: Object) -> Typed:
    """Write an enum or a const; values that Python has no literals for are left to the rules."""
    values = items(schema["enum"]) if "enum" in schema else [schema.get("const")]
    named = schema.get("type", list(_PYTHON))
    allowed = [kind for name in (named if isinstance(named, list) else [named]) for kind in _PYTHON.get(str(name), ())]
    kinds = {type(value) for value in values}
    if not all(type(value) in allowed and not isinstance(value, float) for value in values):
        return Typed("float" if kinds <= {int, float} else "object", whole=True)
    are_alike = len({str(value) for value in values}) < len(values) or {int, bool} <= kinds
    if not values or are_alike or ("enum" in schema and "const" in schema):
        return Typed("object", whole=True)
    choice = f"Literal[{', '.join(literal(value) for value in values)}]"
    markers: tuple[str, ...] = ("exact.WHOLE",) if int in kinds else ()
    if any(value in {0, 1} for value in values):  # which in Python are False and True
        markers = ("exact.THESE",)
    return Typed(choice, choice, markers=markers, rules=_without(schema, "type", "enum", "const"))
