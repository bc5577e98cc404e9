"""Components become definitions: object schemas become classes, all others aliases."""

import inspect
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Final

import jsonschema_rs

from scripts.generate import objects
from scripts.generate.annotations import Annotations
from scripts.generate.design import Constant, Definition, Field
from scripts.generate.naming import MemberNames
from scripts.generate.objects import FORMATS, SAID, items, members, target
from scripts.generate.ordering import in_order
from scripts.generate.python import call, invoke, literal
from scripts.generate.reader import Json, Object
from scripts.generate.refusal import Pointer
from scripts.generate.rewriting import Rewritten
from scripts.generate.vocabulary import CARRIED

_EXTRA: Final = {False: "forbid", True: "allow"}
_OF_CLASSES: Final = frozenset({"type", "properties", "required", "additionalProperties", "allOf"})
_OF_PARTS: Final = frozenset({"type", "properties", "required"})
_ASSERTED: Final = frozenset(CARRIED["schema"]) - SAID
_EVALUATED: Final = frozenset(
    {"patternProperties", "unevaluatedProperties", "unevaluatedItems", "enum", "const", "$ref"},
)
"""What cannot be a rule beside the members of a class: it looks at them, or is more than they are."""
_BASES: Final = ("exact.Object",)
_CONTRACT: Final = "urn:contract"
_EMPTY: Final = {"{}": "dict", "[]": "list"}
"""What makes an empty object or array."""


@dataclass(frozen=True)
class Definitions:
    """Defines the components of one document, which have the names of their classes."""

    rewritten: Rewritten
    annotations: Annotations = field(init=False)
    names: MemberNames = field(init=False)

    def __post_init__(self) -> None:
        """Derive what depends on the schemas alone."""
        object.__setattr__(self, "annotations", Annotations(self.rewritten.schemas))
        object.__setattr__(self, "names", MemberNames(frozenset(self.rewritten.schemas)))

    @property
    def schemas(self) -> Mapping[str, Object]:
        """The components."""
        return self.rewritten.schemas

    def all(self) -> tuple[Definition, ...]:
        """Define every component, each below those that it needs."""
        needs = {name: list(dict.fromkeys(objects.references(schema))) for name, schema in self.schemas.items()}
        bases = {name: self._bases(name) for name in self.schemas}
        found: list[Definition] = []
        for group in in_order(needs, bases):
            is_ring = len(group) > 1 or group[0] in needs[group[0]]
            for index, name in enumerate(group):
                defined = self._define(name)
                found.append(_quoting(defined, group[index:]) if is_ring else defined)
        return tuple(found)

    def _define(self, name: str) -> Definition:
        schema, pointer = self.schemas[name], self.rewritten.place(name)
        if self._bases(name) or (_is_class(schema) and not _EVALUATED & schema.keys()):
            return self._plain_class(name, schema, pointer)
        parts = list(objects.parts(self.schemas, schema)) if "$ref" not in schema else []
        if (_is_class(schema) or len(items(schema.get("allOf"))) > 1) and any("properties" in part for part in parts):
            return self._exact_class(name, schema, parts, pointer)
        annotation = self.annotations.write(schema, pointer, default=True).full
        if annotation in self.schemas:
            annotation = f"Annotated[{annotation}, exact.ALSO_NAMED]"
        return Definition(name, annotation=annotation)

    def _plain_class(self, name: str, schema: Object, pointer: Pointer) -> Definition:
        """Define a class that publishes what it is made of."""
        own = [(schema, pointer)]
        own += [
            (members(part), (*pointer, "allOf", str(index)))
            for index, part in enumerate(items(schema.get("allOf")))
            if not target(part)
        ]
        asked = [str(wire) for part, _ in own for wire in items(part.get("required"))]
        known = {wire: (value, place) for part, place in own for wire, value, place in _members(part, place)}
        rules: Object = {keyword: value for keyword, value in schema.items() if _is_rule(keyword, value)}
        if absent := [wire for wire in dict.fromkeys(asked) if wire not in known]:
            rules["required"] = list[Json](absent)
        made = self._members(name, known, asked)
        made.bases += self._bases(name)
        if rules:
            made.rule(rules, "exact.RuledObject")
        return self._class(name, schema, made, is_open=bool(rules) or "discriminator" in schema)

    def _exact_class(self, name: str, schema: Object, parts: list[Object], pointer: Pointer) -> Definition:
        """Define a class whose rules are its whole schema."""
        asked = [str(wire) for part in parts for wire in items(part.get("required"))]
        known = {wire: (value, place) for part in parts for wire, value, place in _members(part, pointer)}
        made = self._members(name, known, asked)
        made.rule(schema, "exact.ExactObject")
        return self._class(name, {"description": schema.get("description", "")}, made, is_open=True)

    def _class(self, name: str, schema: Object, made: "_Members", *, is_open: bool) -> Definition:
        facts, bases = made.facts, made.bases
        doc = str(schema.get("description", ""))
        said = {keyword: value for keyword, value in schema.items() if _is_said(keyword, value)}
        is_kept = _is_kept(doc) and ("description" in schema) == bool(doc.strip())
        if not is_kept and "exact.ExactObject" not in bases:
            said["description"] = doc
        if made.answered:
            facts.append(Constant("absent_in_requests", literal_set(made.answered)))
        if made.asked:
            facts.append(Constant("absent_in_answers", literal_set(made.asked)))
        if said:
            facts.append(Constant("said", literal(said)))
        if made.answered or made.asked:
            bases.append("exact.DirectedObject")
        if made.renamed:
            bases.append("exact.RenamedObject")
        extra = schema.get("additionalProperties", is_open or None)
        fields = list(made.fields)
        if isinstance(extra, dict):
            value = self.annotations.write(extra, (*self.rewritten.place(name), "additionalProperties"), default=True)
            fields.append(Field("__pydantic_extra__", f"dict[str, {value.full}]", None))
        config = call("ConfigDict", {"extra": _EXTRA[extra is not False]}) if extra is not None else ""
        ordered = sorted(bases, key=lambda base: base.startswith("exact."))
        return Definition(
            name, doc=doc, bases=", ".join(ordered or _BASES), config=config, facts=tuple(facts), fields=tuple(fields)
        )

    def _members(self, name: str, known: Mapping[str, tuple[Json, Pointer]], asked: list[str]) -> "_Members":
        inherited: dict[str, str] = {}
        for base in self._bases(name):
            inherited |= self._names_of(base)
        names = self.names.name(known, inherited)
        found = _Members()
        for wire, (value, place) in known.items():
            directions = [
                (found.answered, self._is_marked(value, "readOnly")),
                (found.asked, self._is_marked(value, "writeOnly")),
            ]
            for wires, is_marked in directions:
                if is_marked and wire in asked:
                    wires.append(wire)
            required = wire in asked and not any(is_marked for _, is_marked in directions)
            found.fields.append(self._field(wire, names[wire], value, place, required=required))
            found.renamed |= names[wire] != wire
        return found

    def _names_of(self, name: str) -> dict[str, str]:
        """Give the names in Python of the members of a plain class, with those that it inherits."""
        found: dict[str, str] = {}
        for base in self._bases(name):
            found |= self._names_of(base)
        schema = self.schemas[name]
        own = [schema, *(members(part) for part in items(schema.get("allOf")) if not target(part))]
        return found | self.names.name([wire for part in own for wire in members(part, "properties")], found)

    def _is_marked(self, value: Json, mark: str) -> bool:
        return any(part.get(mark) is True for part in (members(value), *objects.parts(self.schemas, value)))

    def _field(self, wire: str, name: str, value: Json, pointer: Pointer, *, required: bool) -> Field:
        schema = members(value)
        applied = not required and "default" in schema and self._takes(schema, schema["default"])
        annotation = self.annotations.write(value, pointer, default=not applied).full
        default = None if required else "MISSING"
        if applied:
            default = _default(schema["default"], self._is_plain(schema))
        elif not required:
            annotation = f"{annotation} | MISSING"
        if name != wire:
            annotation = f"Annotated[{annotation}, {call('Field', {'alias': wire})}]"
        return Field(name, annotation, default)

    def _takes(self, schema: Object, value: Json) -> bool:
        """Say whether a default is valid against its own schema."""
        absolute = _absolute({keyword: item for keyword, item in schema.items() if keyword != "default"})
        validator = jsonschema_rs.Draft202012Validator(
            members(absolute), validate_formats=True, registry=self._registry
        )
        return bool(validator.is_valid(value))

    @cached_property
    def _registry(self) -> jsonschema_rs.Registry:
        contract = {"components": {"schemas": dict(self.schemas)}}
        return jsonschema_rs.Registry([(_CONTRACT, contract)])

    def _is_plain(self, schema: Object) -> bool:
        """Say whether a JSON value is itself the value in Python: not where texts become dates and objects instances.

        Of objects and arrays only those that are empty are asked for.
        """
        found = objects.resolve(self.schemas, schema)
        branches = [branch for keyword in ("oneOf", "anyOf", "allOf") for branch in items(found.get(keyword))]
        becomes_other = found.get("format") in {"date", "date-time"} or "properties" in found
        return not becomes_other and all(self._is_plain(members(b)) for b in branches)

    def _bases(self, name: str) -> list[str]:
        """Name the classes that a component plainly inherits from; none where its parts say more than that."""
        schema = self.schemas[name]
        parts = items(schema.get("allOf"))
        named = [target(part) for part in parts if target(part)]
        own = [schema, *(members(part) for part in parts if not target(part))]
        if not named or "additionalProperties" in schema or schema.get("type", "object") != "object":
            return []
        if len(parts) == 1 and not any(keyword in _ASSERTED for keyword in schema if keyword != "allOf"):
            return []  # it is what it refers to
        if not all(members(part).keys() == {"$ref"} if target(part) else _is_part(members(part)) for part in parts):
            return []
        if any(_is_rule(keyword, value) for keyword, value in schema.items()) or _EVALUATED & schema.keys():
            return []
        inherited: list[str] = []
        for base in named:
            if not self._is_base(base):
                return []
            inherited += objects.properties(self.schemas, self.schemas[base])
        wires = [wire for part in own for wire in members(part, "properties")]
        asked = {str(wire) for part in own for wire in items(part.get("required"))}
        is_plain = len({*inherited, *wires}) == len(inherited) + len(wires) and asked <= set(wires)
        return named if is_plain else []

    def _is_base(self, name: str) -> bool:
        schema = self.schemas.get(name, {})
        if "$ref" in schema or schema.get("additionalProperties", True) is not True or _EVALUATED & schema.keys():
            return False
        if any(_is_rule(keyword, value) for keyword, value in schema.items()):
            return False
        if "allOf" in schema:
            return bool(self._bases(name))
        asked = {str(wire) for wire in items(schema.get("required"))}
        return _is_class(schema) and asked <= members(schema, "properties").keys()


@dataclass
class _Members:
    """What a class has, on its way to a definition; `answered` and `asked` are what one direction alone requires."""

    fields: list[Field] = field(default_factory=list)
    answered: list[str] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    renamed: bool = False
    facts: list[Constant] = field(default_factory=list)
    bases: list[str] = field(default_factory=list)

    def rule(self, rules: Object, base: str) -> None:
        """Let a class obey rules."""
        self.facts.append(Constant("rules", f"exact.Rules({literal(rules)})"))
        self.bases.append(base)


def literal_set(names: list[str]) -> str:
    """Write a set of names."""
    return f"frozenset({literal(list[Json](names))})"


def _members(schema: Object, pointer: Pointer) -> Iterator[tuple[str, Json, Pointer]]:
    for wire, value in members(schema, "properties").items():
        yield wire, value, (*pointer, "properties", wire)


def _is_class(schema: Object) -> bool:
    return schema.get("type") == "object" and "properties" in schema and "allOf" not in schema


def _is_part(schema: Object) -> bool:
    """Say whether an inline part of allOf says nothing but which members there are."""
    return schema.get("type") == "object" and schema.keys() <= _OF_PARTS


def _is_rule(keyword: str, value: Json) -> bool:
    return keyword in _ASSERTED - _OF_CLASSES and (keyword != "format" or value in FORMATS)


def _is_said(keyword: str, value: Json) -> bool:
    """Say whether a keyword of a class is published beside its members; the description is its docstring."""
    if keyword == "description":
        return False
    return keyword not in _ASSERTED or (keyword == "format" and value not in FORMATS)


def _is_kept(text: str) -> bool:
    """Say whether a docstring keeps a text: Python cuts what its lines are indented by."""
    lines = "\n".join(line.rstrip() for line in text.strip().splitlines())
    return "\n".join(line.rstrip() for line in inspect.cleandoc(text.strip()).splitlines()) == lines


def _default(value: Json, is_plain: bool) -> str:  # noqa: FBT001 - private, and said at its one call
    """Write a default; one that is not what Python sees is read anew for each object."""
    if type(value) is float and is_plain:
        return literal(int(value) if float(value).is_integer() else value)
    if value is None or (is_plain and not isinstance(value, (dict, list))):
        return literal(value)
    written = literal(value)
    if is_plain and written in _EMPTY:  # to copy it and to check the copy takes 1.1 us
        return invoke("Field", {"default_factory": _EMPTY[written], "json_schema_extra": literal({"default": value})})
    return invoke("Field", {"default": written, "validate_default": "True"})


def _absolute(value: Json) -> Json:
    """Let the references of a schema lead into the contract."""
    if isinstance(value, dict):
        return {
            name: f"{_CONTRACT}{item}" if name == "$ref" and isinstance(item, str) else _absolute(item)
            for name, item in value.items()
        }
    return [_absolute(item) for item in value] if isinstance(value, list) else value


def _quoting(definition: Definition, below: list[str]) -> Definition:
    """Write in quotes what names a definition that stands below."""
    named = re.compile(rf"\b({'|'.join(map(re.escape, below))})\b")
    fields = tuple(
        replace(known, annotation=repr(known.annotation)) if named.search(known.annotation) else known
        for known in definition.fields
    )
    annotation = repr(definition.annotation) if named.search(definition.annotation) else definition.annotation
    return replace(definition, fields=fields, annotation=annotation, deferred=fields != definition.fields)
