"""Rules about values: examples, defaults, and whether there are any that are valid. Spec: LINT-11, LINT-12."""

import copy
from collections.abc import Callable, Iterator
from functools import cached_property
from typing import Any, Final  # `Any`: a schema of the library's
from urllib.parse import quote

import jsonschema_rs
from jsonschema_rs.canonical import CanonicalizationError, Satisfiability

from scripts.generate.reader import Json, Object
from scripts.generate.refusal import Pointer
from scripts.lint_contract.places import Contract, Place, items, members, words
from scripts.lint_contract.plain import Plain
from scripts.lint_contract.rules import Breach, Rule, fault, rules_of, style
from scripts.lint_contract.schemas import invalid, is_keyword, types
from scripts.lint_contract.witness import Candidates

_HOME: Final = "urn:contract"
_IGNORED: Final = frozenset({"$schema", "$id", "$anchor", "$dynamicRef", "$dynamicAnchor", "$vocabulary"})
"""They would move the base of references, which all begin with `#/components`."""


_INLINED: Final = 3
"""References in each other that a proof looks behind: each level multiplies what it looks at."""


class Validators:
    """Validates against the schemas of one contract, by the places where they stand."""

    def __init__(self, contract: Contract) -> None:
        """Prepare a contract; references that lead nowhere allow anything here, another rule tells of them."""
        self._contract = Contract(copy.deepcopy(contract.content))
        for place in invalid(self._contract):  # jsonschema-rs panics at a multipleOf of 0
            for name in [name for name in place.value if not is_keyword(name, place.value[name])]:
                del place.value[name]
        for place in self._contract.of("schema"):
            reference = place.value.get("$ref")
            if isinstance(reference, str) and self._contract.find(reference) is None:
                del place.value["$ref"]
            for name in _IGNORED & place.value.keys():
                del place.value[name]

    def at(self, pointer: Pointer) -> Callable[[Json], bool]:
        """Make the check of one schema; formats count. What does not compile is another rule's, and takes anything.

        It is not kept: a check holds all that its schema refers to, which in a large contract is most of it.
        """
        try:
            return jsonschema_rs.Draft202012Validator(
                self._at(pointer), registry=self._registry, validate_formats=True
            ).is_valid
        except (ValueError, jsonschema_rs.ReferencingError):
            return lambda _: True

    def is_empty(self, pointer: Pointer) -> bool:
        """Say whether it is proven that nothing is valid."""
        found = self._contract.find("#" + _path(pointer))
        schema: Any = self._inlined(found.value if found else True, ())  # any JSON, as the library has it
        try:
            canonical = jsonschema_rs.canonicalize(schema, draft=20, registry=self._registry, validate_formats=True)
        except (ValueError, CanonicalizationError, jsonschema_rs.ReferencingError):
            return False
        return canonical.satisfiability() == Satisfiability.NO

    def _inlined(self, value: Json, within: tuple[str, ...]) -> Json:
        """Copy a schema with what it refers to in place of references: the proof does not look behind them."""
        if isinstance(value, list):
            return [self._inlined(item, within) for item in value]
        if not isinstance(value, dict):
            return value
        copied = {name: self._inlined(item, within) for name, item in value.items() if name != "$ref"}
        reference = value.get("$ref")
        if not isinstance(reference, str):
            return copied | ({"$ref": self._inlined(reference, within)} if "$ref" in value else {})
        found = self._contract.find(reference)
        if found is None or reference in within or len(within) > _INLINED:
            return copied | {"$ref": _HOME + reference}
        parts = [self._inlined(found.value, (*within, reference)), *items(copied.get("allOf"))]
        return copied | {"allOf": parts}

    def allow_one_way(self) -> None:
        """Let properties be absent that are only read or only written: an example shows one of the two."""
        for place in self._contract.of("schema"):
            absent = {name for name, item in members(place.value, "properties").items() if self._is_one_way(item)}
            if absent & {*words(place.value.get("required"))}:
                place.value["required"] = [name for name in words(place.value["required"]) if name not in absent]

    def _is_one_way(self, schema: Json) -> bool:
        family = self._contract.family(Place("schema", members(schema), ()))
        return any(part.value.get(name) is True for part in family for name in ("readOnly", "writeOnly"))

    def _at(self, pointer: Pointer) -> Object:
        return {"$ref": f"{_HOME}#{_path(pointer)}"}

    @cached_property
    def _registry(self) -> jsonschema_rs.Registry:
        return jsonschema_rs.Registry([(_HOME, self._contract.content)], draft=20)


@fault("default-valid", "A default that its own schema refuses cannot be taken.")
def defaults(contract: Contract) -> Iterator[Breach]:
    """Find defaults that are not valid."""
    validators = Validators(contract)
    for place in contract.of("schema"):
        if "default" in place.value and not validators.at(place.pointer)(place.value["default"]):
            yield place.child("default"), "the default is not valid against its schema"


@style("default-not-shared", "A default belongs where a schema is used: everybody who refers to it would get it.")
def shared_defaults(contract: Contract) -> Iterator[Breach]:
    """Find defaults of components."""
    for place in contract.of("schema"):
        if "default" in place.value and place.pointer[:-1] == ("components", "schemas"):
            yield place.child("default"), "a default belongs where a schema is used"


@style("default-not-required", "What is required is never absent, so that its default is never taken.")
def required_defaults(contract: Contract) -> Iterator[Breach]:
    """Find defaults of what has to be sent."""
    for place in contract.of("schema"):
        for name in words(place.value.get("required")):
            if "default" in members(members(place.value, "properties").get(name)):
                yield place.child("properties", name, "default"), f"{name} is required and has a default"
    for place in contract.of("parameter"):
        if place.value.get("required") is True and "default" in members(place.value, "schema"):
            yield place.child("schema", "default"), "the parameter is required and has a default"


@style("default-not-patched", "An absent member of a patch stays as it is: a default would overwrite it.")
def patched_defaults(contract: Contract) -> Iterator[Breach]:
    """Find defaults in the bodies of PATCH."""
    for operation in contract.operations:
        if operation.method == "patch":
            body = contract.resolved(operation.place.value.get("requestBody"), operation.place.child("requestBody"))
            for name, media in members(body.value, "content").items():
                schema = Place("schema", members(media, "schema"), body.child("content", name, "schema"))
                yield from _patched(contract, schema, set())


def _patched(contract: Contract, schema: Place, seen: set[int]) -> Iterator[Breach]:
    for part in contract.family(schema):
        if id(part.value) in seen:
            continue
        seen.add(id(part.value))
        for name, item in members(part.value, "properties").items():
            inner = Place("schema", members(item), part.child("properties", name))
            if "default" in inner.value:
                yield inner.child("default"), "a patch would write the default"
            yield from _patched(contract, inner, seen)


@fault("example-valid", "Whoever copies an example that is not valid gets a 422.")
def examples(contract: Contract) -> Iterator[Breach]:
    """Find examples that are not valid."""
    validators = Validators(contract)
    validators.allow_one_way()
    for place in (each for kind in ("schema", "media type", "parameter", "header") for each in contract.of(kind)):
        schema = place.pointer if place.kind == "schema" else place.child("schema")
        if place.kind == "schema" or "schema" in place.value:
            for pointer, example in _given(contract, place):
                if _is_comparable(contract, place, example) and not validators.at(schema)(example):
                    yield pointer, "the example is not valid against its schema"


@style("example-present", "A body without an example is a riddle, and fuzzers begin with examples.")
def shown(contract: Contract) -> Iterator[Breach]:
    """Find bodies without any example; a text needs none."""
    for place in contract.of("media type"):
        schema = contract.resolved(place.value.get("schema")).value
        if not place.value.keys() & {"example", "examples"} and "string" not in types(schema):
            yield place.pointer, "a body has an example"


@fault("satisfiable", "A schema that nothing satisfies refuses every request, or lets no answer pass.")
def satisfiable(contract: Contract) -> Iterator[Breach]:
    """Find schemas for which it is proven that nothing is valid."""
    validators = Validators(contract)
    for place in _barren(contract, validators):
        if validators.is_empty(place.pointer):
            yield place.pointer, "nothing is valid against this schema"


@style("instance-found", "A schema for which no instance is found may have none: an example settles it.")
def witnessed(contract: Contract) -> Iterator[Breach]:
    """Find schemas for which no instance is found, though none is proven to be missing."""
    validators = Validators(contract)
    for place in _barren(contract, validators):
        if not validators.is_empty(place.pointer):
            yield place.pointer, "no valid instance was found: give an example if there is one"


def _path(pointer: Pointer) -> str:
    return quote("".join("/" + part.replace("~", "~0").replace("/", "~1") for part in pointer))


def _barren(contract: Contract, validators: Validators) -> Iterator[Place]:
    """Give the schemas for which no candidate is valid; a part and a condition need not stand alone."""
    candidates, plain = Candidates(contract), Plain(contract)
    for place in contract.of("schema"):
        if place.role == "whole" and not plain.has_instance(place.value):
            is_valid = validators.at(place.pointer)
            if not any(is_valid(item) for item in candidates.of(place.value)):
                yield place


def _given(contract: Contract, place: Place) -> Iterator[tuple[Pointer, Json]]:
    """Give the examples at an object, with their places."""
    if "example" in place.value:
        yield place.child("example"), place.value["example"]
    if place.kind == "schema":
        for index, item in enumerate(items(place.value.get("examples"))):
            yield place.child("examples", str(index)), item
        return
    for name, example in members(place.value, "examples").items():
        found = contract.resolved(example).value
        if "value" in found:
            yield place.child("examples", name), found["value"]


def _is_comparable(contract: Contract, place: Place, example: Json) -> bool:
    """Say whether an example is the value itself and not, as in XML and forms, a text that is written for it."""
    if place.kind != "media type" or "json" in place.pointer[-1] or not isinstance(example, str):
        return True
    return types(contract.resolved(place.value.get("schema")).value) == {"string"}


RULES: Final[tuple[Rule, ...]] = rules_of(globals())
