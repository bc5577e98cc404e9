"""Several files become one document, in which every reference leads to a component. Spec: READ-5 to READ-9.

What is referred to and is no component of the contract becomes one; path items are copied to where they are used,
because no component of OpenAPI 3.0 can hold them. Two steps: find all that is referred to and name it, then copy.
"""

import re
from collections import deque
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from scripts.generate.grammar import SECTIONS, everything, replaced
from scripts.generate.python import pascal
from scripts.generate.references import Files, Spot, is_reference, origin, siblings
from scripts.generate.refusal import Place, Pointer
from scripts.generate.source import Json, Object, Source

_NOT_CARRIED: Final = frozenset(
    {"$id", "$anchor", "$dynamicRef", "$dynamicAnchor", "$recursiveRef", "$recursiveAnchor", "$vocabulary"}
)
"""Keywords that change what references mean."""
DIALECTS: Final = (
    "https://spec.openapis.org/oas/3.1/dialect/base",
    "https://spec.openapis.org/oas/3.1/dialect/2024-11-10",
    "https://json-schema.org/draft/2020-12/schema",
)
"""What `jsonSchemaDialect` and `$schema` may say: nothing that is not so without them."""
_DEFINITIONS: Final = ("$defs", "definitions")
_UNSAID: Final = frozenset({*SECTIONS.values(), "components", "paths", "properties", "content", "schema", "allOf"})
"""Members that say nothing in a name."""
_LISTS: Final = frozenset({"parameters", "allOf", "anyOf", "oneOf", "prefixItems"})
_SAID: Final = {"items": "Item", "additionalProperties": "Value", "oneOf": "Option", "anyOf": "Option"}
_NO_DESCRIPTION: Final = frozenset({"callback", "path item"})


@dataclass(frozen=True, slots=True)
class Reading:
    """What was read as something that is not written: where, and what was made of it."""

    place: Place
    sentence: str

    def __str__(self) -> str:
        return f"{self.place}: {self.sentence}"


@dataclass(frozen=True)
class Bundle:
    """One document, where its parts are written, and what was interpreted."""

    content: Object
    origins: dict[Pointer, Spot]
    readings: list[Reading]
    one_file: bool

    def place(self, pointer: Pointer) -> Place:
        """Say where a place of `content` is written."""
        return origin(self.origins, pointer).place()


def bundle(root: Source, content: Object, folder: Path) -> Bundle:
    """Make one document of a contract and all that it refers to; `content` is that of `root`."""
    files = Files(folder, {root.path: root})
    bundler = _Bundler(files, root, content, is_old(content))
    bundler.find()
    copied = bundler.copied()
    return Bundle(copied, bundler.origins, list(dict.fromkeys(bundler.readings)), len(files.sources) == 1)


def is_old(content: Object) -> bool:
    """Say whether a document is OpenAPI 3.0, in which a reference is all that its object says."""
    return str(content.get("openapi")).startswith("3.0")


@dataclass
class _Bundler:
    files: Files
    root: Source
    content: Object
    old: bool
    names: dict[tuple[str, Spot], str] = field(default_factory=dict)
    taken: dict[str, set[str]] = field(default_factory=dict)
    waiting: deque[tuple[str, Spot]] = field(default_factory=deque)
    found: set[tuple[str, Spot]] = field(default_factory=set)
    used: set[Spot] = field(default_factory=set)
    origins: dict[Pointer, Spot] = field(default_factory=dict)
    inside: list[Spot] = field(default_factory=list)
    readings: list[Reading] = field(default_factory=list)

    def find(self) -> None:
        """Name everything that is referred to."""
        aliases: list[tuple[str, str, Spot]] = []
        for kind, section in SECTIONS.items():
            components = _member(_member(self.content, "components"), section)
            self.taken[kind] = set(components)
            for name, value in components.items():
                spot = Spot(self.root, ("components", section, name))
                if kind == "path item":
                    continue
                if self.refers_only(value, kind):
                    aliases.append((kind, name, spot))
                else:
                    self.names[kind, spot] = name
        for kind, name, spot in aliases:
            end = self.end(kind, spot)
            if not self.is_component(kind, end):  # a file that a component refers to has the component's name
                self.names.setdefault((kind, end), name)
            self.waiting.append((kind, end))
        self.search("document", Spot(self.root, ()))
        while self.waiting:
            self.search(*self.waiting.popleft())

    def search(self, kind: str, spot: Spot) -> None:
        """Find the references in an object of a kind."""
        if (kind, spot) in self.found:
            return
        self.found.add((kind, spot))
        for below, value, of in everything(spot.value(), kind, spot.pointer):
            here = Spot(spot.source, below)
            if of == "schema":
                self.check_schema(value, here)
            if of in SECTIONS and "$ref" in value:
                self.name(of, self.end(of, here))
            if of == "schema":
                for entry in self.mapping(here):
                    self.name("schema", self.mapped(entry))

    def name(self, kind: str, spot: Spot) -> None:
        """Give what is referred to a name, unless it has one or is to be copied."""
        self.waiting.append((kind, spot))
        if kind == "path item" or (kind, spot) in self.names or self.is_component(kind, spot):
            return
        plain, stem = _plain_name(kind, spot), pascal(spot.source.path.stem)
        name, number = plain, 1
        if name in self.taken[kind]:
            name = plain = stem + plain
        while name in self.taken[kind]:
            number += 1
            name = f"{plain}{number}"
        self.taken[kind].add(name)
        self.names[kind, spot] = name

    def is_component(self, kind: str, spot: Spot) -> bool:
        """Say whether a place is a component of the contract, of that kind."""
        return spot.source is self.root and _component(spot.pointer) == SECTIONS[kind]

    def refers_only(self, value: Json, kind: str) -> bool:
        """Say whether a value is a reference that says nothing of its own."""
        return isinstance(value, dict) and "$ref" in value and not self.own(value, kind)

    def own(self, value: Object, kind: str) -> list[str]:
        """Name what stands beside a reference and counts."""
        if kind == "path item" or (kind == "schema" and not self.old):
            return siblings(value)
        if kind == "schema":  # it should not count, but see `dialect`
            return ["nullable"] if value.get("nullable") is True else []
        allowed = () if self.old or kind in _NO_DESCRIPTION else ("summary", "description")
        return [name for name in allowed if name in value and (name == "description" or kind == "example")]

    def end(self, kind: str, spot: Spot) -> Spot:
        """Follow a reference to what it stands for; a schema of the contract may stand for another one."""
        self.files.circle(spot)
        while True:
            target = self.files.target(spot)
            self.used.add(target)
            value = target.value()
            section = _component(target.pointer)
            theirs = _object(target.source.content)
            if "swagger" in theirs or ("openapi" in theirs and is_old(theirs) != self.old):
                spot.refuse("a reference to a document of another version of OpenAPI", "$ref")
            if section not in {None, SECTIONS[kind]}:
                spot.refuse(f"a reference to one of the {section} where a {kind} is expected", "$ref")
            if not isinstance(value, dict) and not (kind == "schema" and isinstance(value, bool)):
                spot.refuse("the reference leads to something that is no object", "$ref")
            if not self.refers_only(value, kind) or (kind == "schema" and self.is_component(kind, target)):
                return target
            spot = target

    def check_schema(self, value: Object, spot: Spot) -> None:
        """Refuse keywords that would change what references mean."""
        for keyword in value:
            if keyword in _NOT_CARRIED:
                spot.refuse(f"`{keyword}` of a schema is not carried", keyword)
        if value.get("$schema", DIALECTS[0]) not in DIALECTS:
            spot.refuse(f"the JSON Schema dialect {value['$schema']} is not carried", "$schema")

    def mapping(self, spot: Spot) -> list[Spot]:
        """List the entries of a schema's discriminator."""
        entries = _member(_member(spot.value(), "discriminator"), "mapping")
        return [spot.below(("discriminator", "mapping", name)) for name, to in entries.items() if isinstance(to, str)]

    def mapped(self, spot: Spot) -> Spot:
        """Say which schema an entry of a mapping means: a name comes before a file of that name."""
        value = str(spot.value())
        named = (Spot(source, ("components", "schemas", value)) for source in (spot.source, self.root))
        there = (
            component
            for component in named
            if value in _member(_member(component.source.content, "components"), "schemas")
        )
        target = next(there, None) or self.files.target(spot)
        is_other = self.refers_only(target.value(), "schema") and not self.is_component("schema", target)
        return self.end("schema", target) if is_other else target

    def copied(self) -> Object:
        """Copy the contract, with every reference leading to a component."""
        self.origins[()] = Spot(self.root, ())
        components = dict(_member(self.content, "components"))
        for kind, section in SECTIONS.items():
            is_invalid = not isinstance(components.get(section, {}), dict) or (self.old and kind == "path item")
            if is_invalid:  # `validity` tells it
                continue
            kept = self.components(kind, section)
            components = {**components, section: kept} if kept else _without(components, section)
        document = dict(self.content)
        if "components" not in document or isinstance(document["components"], dict):
            document = _without(document, "components") | ({"components": components} if components else {})
            document = {name: document[name] for name in dict.fromkeys((*self.content, *document)) if name in document}
        return replaced(
            document,
            "document",
            lambda part, kind, below: (
                part if kind == "components" else self.copy(part, kind, Spot(self.root, below), below)
            ),
        )

    def components(self, kind: str, section: str) -> Object:
        """Copy the components of a kind, those of the contract first."""
        kept: Object = {}
        named = {name: spot for (of, spot), name in self.names.items() if of == kind}
        for name in dict.fromkeys((*_member(_member(self.content, "components"), section), *named)):
            to = ("components", section, name)
            here = Spot(self.root, to)
            spot = named.get(name, here)
            if kind == "path item":
                self.say_unused(here)
            elif name in named:
                self.origins[to] = spot
                kept[name] = self.copy(spot.value(), kind, spot, to, itself=True)
            elif kind == "schema":
                kept[name] = self.copy(spot.value(), kind, spot, to, itself=True)
            elif kind == "security scheme":  # known by its name
                kept[name] = self.copy(self.end(kind, here).value(), kind, here, to, itself=True)
        return kept

    def say_unused(self, spot: Spot) -> None:
        """Say that a path item is left out, where no path refers to it."""
        if spot not in self.used:
            self.read(spot, "no path refers to this path item: it is left out")

    def copy(self, value: Json, kind: str, spot: Spot, to: Pointer, *, itself: bool = False) -> Json:
        """Copy what is written at a place; `itself` is what a component is made of, and no use of it."""
        if not isinstance(value, dict):
            return value if itself or (kind, spot) not in self.names else self.reference(kind, spot)
        if not itself and (kind, spot) in self.names:
            return self.reference(kind, spot)
        if "$ref" in value and kind in SECTIONS:
            return self.referring(value, kind, spot, to)
        return self.parts(value, kind, spot, to)

    def parts(self, value: Object, kind: str, spot: Spot, to: Pointer) -> Object:
        """Copy an object part by part."""
        copied = replaced(value, kind, lambda part, of, below: self.copy(part, of, spot.below(below), to + below))
        if kind == "schema" and not self.old:
            for name in _DEFINITIONS:
                copied.pop(name, None)
        if kind == "schema" and isinstance(discriminator := copied.get("discriminator"), dict):
            copied["discriminator"] = self.discriminator(discriminator, value, spot)
        return copied

    def referring(self, value: Object, kind: str, spot: Spot, to: Pointer) -> Json:
        """Copy an object that refers to another."""
        end, own = self.end(kind, spot), self.own(value, kind)
        for name in siblings(value):
            if name not in own:
                self.read(spot.below((name,)), f"`{name}` beside a `$ref` is ignored")
        if kind == "path item":
            return self.path_item(value, spot, end, to)
        if kind == "schema":
            kept = self.parts({name: value[name] for name in value if name in own}, kind, spot, to)
            kept["$ref"] = self.pointer(kind, end)
            return {name: kept[name] for name in value if name in kept}
        if not own:
            return self.reference(kind, end)
        self.origins[to] = end
        self.origins |= {(*to, name): spot.below((name,)) for name in own}
        return self.parts(_object(end.value()), kind, end, to) | {name: value[name] for name in own}

    def path_item(self, value: Object, spot: Spot, end: Spot, to: Pointer) -> Object:
        """Copy a path item to where it is used; what stands beside the reference belongs to it too."""
        if end in self.inside:
            spot.refuse("a path item that contains itself is not carried", "$ref")
        self.origins[to] = end
        target = _object(end.value())
        self.inside.append(end)
        copied = self.copy(target, "path item", end, to)
        self.inside.pop()
        for name in siblings(value):
            if name in target:
                spot.refuse(f"`{name}` is both here and in the path item that is referred to", name)
            self.origins[(*to, name)] = spot.below((name,))
        beside = {name: item for name, item in value.items() if name != "$ref"}
        return _object(copied) | self.parts(beside, "path item", spot, to)

    def discriminator(self, discriminator: Object, schema: Object, spot: Spot) -> Object:
        """Write the mapping as full references, with an entry for each branch that has got another name."""
        mapping: Object = dict(_member(discriminator, "mapping"))
        for entry in self.mapping(spot):
            mapping[entry.pointer[-1]] = self.pointer("schema", self.mapped(entry))
        for choice in ("oneOf", "anyOf"):
            branches = schema.get(choice)
            for index, branch in enumerate(branches if isinstance(branches, list) else []):
                if is_reference(branch):
                    here = spot.below((choice, str(index)))
                    target, reference = self.files.target(here), self.pointer("schema", self.end("schema", here))
                    implied = target.pointer[-1] if target.pointer else target.source.path.stem
                    if not reference.endswith(f"/{implied}") and reference not in mapping.values():
                        mapping.setdefault(implied, reference)
        return discriminator | ({"mapping": mapping} if mapping else {})

    def pointer(self, kind: str, spot: Spot) -> str:
        """Write the reference to a component."""
        name = self.names.get((kind, spot), spot.pointer[-1] if spot.pointer else "")
        return f"#/components/{SECTIONS[kind]}/{name}"

    def reference(self, kind: str, spot: Spot) -> Object:
        """Refer to a component."""
        return {"$ref": self.pointer(kind, spot)}

    def read(self, spot: Spot, sentence: str) -> None:
        """Note a reading."""
        self.readings.append(Reading(spot.place(), sentence))


def _component(pointer: Pointer) -> str | None:
    """Name the section of components that a pointer leads to one of."""
    is_one = len(pointer) == 3 and pointer[0] == "components" and pointer[1] in SECTIONS.values()  # noqa: PLR2004 - components, section, name
    return pointer[1] if is_one else None


def _plain_name(kind: str, spot: Spot) -> str:
    """Name what is referred to by its own name, or else by where it stands."""
    pointer = spot.pointer
    if len(pointer) > 1 and (_component(pointer) or pointer[-2] in _DEFINITIONS):
        pointer = pointer[-1:]
    words = [
        str(int(word) + 1) if before in _LISTS and word.isdigit() else _SAID.get(word, word)
        for before, word in zip(("", *pointer), pointer, strict=False)
        if word not in _UNSAID
    ]
    name = "".join(map(pascal, words)) or pascal(spot.source.path.stem)
    return name if re.match("[A-Za-z]", name) else pascal(kind) + name


def _member(value: Json, name: str) -> Object:
    return _object(value.get(name)) if isinstance(value, dict) else {}


def _object(value: Json) -> Object:
    return value if isinstance(value, dict) else {}


def _without(value: Object, name: str) -> Object:
    return {key: item for key, item in value.items() if key != name}
