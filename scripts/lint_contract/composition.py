"""Rules about schemas made of schemas: allOf, oneOf, discriminators, schemas that hold themselves. Spec: LINT-10."""

from collections.abc import Iterator
from typing import Final

from scripts.generate.reader import Json, Object
from scripts.lint_contract.kinds import KINDS
from scripts.lint_contract.places import Contract, Place, items, members, words
from scripts.lint_contract.rules import Breach, Rule, fault, rules_of, style
from scripts.lint_contract.schemas import types

_SAID: Final = frozenset(
    {"$ref", "$comment", "title", "description", "default", "deprecated", "example", "examples", "readOnly"}
    | {"writeOnly", "externalDocs", "xml", "discriminator", "allOf"}
)
"""Keywords that narrow nothing (allOf does by its parts, which are looked at one by one)."""
_OBJECT: Final = frozenset({"type", "properties", "required", "additionalProperties", "unevaluatedProperties"})


@style("allof-open", "A part that allows no other property refuses those of the parts beside it.")
def allof_open(contract: Contract) -> Iterator[Breach]:
    """Find closed objects that are parts."""
    for place in contract.of("schema"):
        parts = contract.family(place)[1:] if "allOf" in place.value else []
        for part in parts:
            if part.value.get("additionalProperties") is False:
                yield _here(place, part), "additionalProperties: false in a part of an allOf refuses the other parts"


@style("allof-adds", "An allOf that narrows what another part says has no type; one that only adds is a subtype.")
def allof_adds(contract: Contract) -> Iterator[Breach]:
    """Find properties and values that two parts constrain."""
    for place in contract.of("schema"):
        if place.role != "whole" or not ("allOf" in place.value or ("$ref" in place.value and _adds(place))):
            continue
        seen: dict[str, Json] = {}
        narrowing = [part for part in contract.family(place) if _narrows(part)]
        for part in contract.family(place):
            for name, schema in members(part.value, "properties").items():
                if seen.setdefault(name, schema) != schema:
                    yield _here(place, part), f"another part constrains {name} too"
        if len(narrowing) > 1:
            yield place.pointer, "several parts constrain the same value"


@style(
    "oneof-discriminated",
    "A oneOf of objects has a discriminator with a mapping of all its branches, or it is guessed.",
)
def discriminated(contract: Contract) -> Iterator[Breach]:
    """Find choices between objects that nothing decides."""
    for place in contract.of("schema"):
        branches = [contract.resolved(item) for item in items(place.value.get("oneOf"))]
        objects = [branch for branch in branches if any(_is_object(part) for part in contract.family(branch))]
        if place.role == "condition" or len(objects) < 2:  # noqa: PLR2004 - a choice is between two
            continue
        discriminator = members(place.value, "discriminator")
        mapped = [contract.find(str(target)) for target in members(discriminator, "mapping").values()]
        if not discriminator:
            yield place.pointer, "a oneOf of objects has a discriminator"
        elif any(branch.pointer not in [target.pointer for target in mapped if target] for branch in branches):
            yield place.child("discriminator"), "the mapping leaves out a branch"


@fault(
    "discriminator-leads", "A discriminator names a required property of every branch, and maps its values to branches."
)
def mappings(contract: Contract) -> Iterator[Breach]:
    """Find discriminators that decide nothing, or lead elsewhere."""
    for place in contract.of("schema"):
        discriminator = members(place.value, "discriminator")
        name = str(discriminator.get("propertyName"))
        choices = [item for kind in ("oneOf", "anyOf") for item in items(place.value.get(kind))]
        branches = [contract.resolved(item) for item in choices]
        for branch in branches if discriminator else []:
            family = contract.family(branch)
            if branch.value and not any(name in words(part.value.get("required")) for part in family):
                yield place.child("discriminator", "propertyName"), f"{name} is not required in every branch"
                break
        for value, target in members(discriminator, "mapping").items():
            yield from _mapped(contract, place, value, str(target))


def _mapped(contract: Contract, place: Place, value: str, target: str) -> Iterator[Breach]:
    """Judge one entry of a mapping."""
    pointer = place.child("discriminator", "mapping", value)
    found = contract.find(target) or contract.find(f"#/components/schemas/{target}")
    if found is None:
        if target.startswith("#") or "/" not in target:
            yield pointer, f"there is no {target}"
        return
    choices = [item for kind in ("oneOf", "anyOf") for item in items(place.value.get(kind))]
    if choices and found.pointer not in [contract.resolved(item).pointer for item in choices]:
        yield pointer, f"{target} is none of the branches"
    name = str(members(place.value, "discriminator").get("propertyName"))
    for part in contract.family(found):
        declared = contract.resolved(members(part.value, "properties").get(name)).value
        allowed = [declared["const"]] if "const" in declared else items(declared.get("enum"))
        if allowed and value not in allowed:
            yield pointer, f"{target} does not allow {value!r} as {name}"


@fault("finite", "A schema whose every instance holds another instance of itself has none.")
def finite(contract: Contract) -> Iterator[Breach]:
    """Find schemas that only an infinite value could satisfy, and references that go round in a circle."""
    known: set[int] = set()
    waiting = contract.of("schema")
    while True:  # the least fixed point: what is finite if what is known to be finite is
        rest = [place for place in waiting if not _is_finite(contract, place.value, known)]
        known |= {id(place.value) for place in waiting} - {id(place.value) for place in rest}
        if len(rest) == len(waiting):
            break
        waiting = rest
    for place in waiting:
        if place.pointer[:-1] == ("components", "schemas"):
            yield place.pointer, "every instance would hold another one of itself, without end"


def _is_finite(contract: Contract, schema: Object, known: set[int]) -> bool:
    """Say whether a schema has a finite instance for all that is known of its parts; other keywords are not judged."""

    def holds(value: Json) -> bool:
        return not isinstance(value, dict) or id(value) in known

    if isinstance(reference := schema.get("$ref"), str):
        found = contract.find(reference)
        if found is not None and found.value and id(found.value) not in known:
            return False
    if not all(holds(part) for part in items(schema.get("allOf"))):
        return False
    for kind in ("oneOf", "anyOf"):
        if items(schema.get(kind)) and not any(holds(branch) for branch in items(schema[kind])):
            return False
    named = types(schema)
    needed: list[Json] = []
    if named == {"object"}:
        needed = [members(schema, "properties").get(name) for name in words(schema.get("required"))]
    if named == {"array"} and schema.get("minItems"):
        needed = [schema.get("items")]
    return all(holds(item) for item in needed)


def _here(place: Place, part: Place) -> tuple[str, ...]:
    """Point at a part where it is written in place, else at what refers to it."""
    return part.pointer if part.pointer[: len(place.pointer)] == place.pointer else place.pointer


def _narrows(part: Place) -> bool:
    keywords = {name for name in part.value if name in KINDS["schema"]} - _SAID
    return bool(keywords - _OBJECT or types(part.value) - {"object"})


def _adds(part: Place) -> bool:
    return any(name in KINDS["schema"] for name in part.value.keys() - _SAID)


def _is_object(part: Place) -> bool:
    return "properties" in part.value or types(part.value) == {"object"}


RULES: Final[tuple[Rule, ...]] = rules_of(globals())
