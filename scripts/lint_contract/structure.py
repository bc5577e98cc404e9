"""Rules about form: members that OpenAPI knows, references that lead somewhere, components in use. Spec: LINT-2."""

import re
from collections.abc import Iterator
from typing import Final

from scripts.generate.refusal import Pointer
from scripts.lint_contract.kinds import KINDS, REFERABLE, REQUIRED, SECTIONS
from scripts.lint_contract.places import Contract, Place, items, members
from scripts.lint_contract.rules import Breach, Rule, fault, rules_of, style

_TEXTS: Final = ("summary", "description", "operationId", "name", "title", "version", "url", "propertyName")
_FLAGS: Final = ("required", "deprecated", "explode", "allowReserved", "allowEmptyValue")
_LOCATIONS: Final = ("path", "query", "header", "cookie")
_NAME: Final = re.compile(r"[a-zA-Z0-9._-]+")


@fault("structure", "Tools pass over, or fail on, what is not where OpenAPI has it.")
def formed(contract: Contract) -> Iterator[Breach]:
    """Find members that are missing, unknown or of another type than OpenAPI's."""
    yield from contract.misplaced
    if not contract.content.keys() & {"paths", "webhooks", "components"}:
        yield (), "there are neither paths nor webhooks nor components"
    for place in contract.all():
        if place.kind in REFERABLE - {"schema"} and "$ref" in place.value:
            continue
        for name in REQUIRED.get(place.kind, ()):
            if name not in place.value:
                yield place.pointer, f"{name} is missing"
        if place.kind in {"schema", "callback"}:
            continue
        for name, value in place.value.items():
            if name not in KINDS[place.kind] and not name.startswith("x-"):
                yield place.child(name), f"a {place.kind} has no member {name}"
            elif (name in _TEXTS and not isinstance(value, str)) or (name in _FLAGS and not isinstance(value, bool)):
                yield place.child(name), f"{name} is a {'text' if name in _TEXTS else 'boolean'}"


@fault(
    "value-described", "A parameter or header has either a schema or content of one media type, and a known location."
)
def values(contract: Contract) -> Iterator[Breach]:
    """Find parameters and headers that do not say, or say twice, what they hold."""
    for place in (*contract.of("parameter"), *contract.of("header")):
        if "$ref" in place.value:
            continue
        if len(place.value.keys() & {"schema", "content"}) != 1 or len(members(place.value, "content")) > 1:
            yield place.pointer, "there is either a schema or content of one media type"
        if place.kind == "parameter" and place.value.get("in", "path") not in _LOCATIONS:
            yield place.child("in"), f"a parameter is in {', '.join(_LOCATIONS)}"


@fault("example-once", "`example` and `examples`, `value` and `externalValue` exclude each other.")
def examples_once(contract: Contract) -> Iterator[Breach]:
    """Find examples that are given twice."""
    pairs = (("media type", "example", "examples"), ("parameter", "example", "examples"))
    for kind, one, other in (*pairs, ("header", "example", "examples"), ("example", "value", "externalValue")):
        for place in contract.of(kind):
            if one in place.value and other in place.value:
                yield place.pointer, f"{one} and {other} exclude each other"


@fault("reference-leads-somewhere", "A reference to nothing says nothing.")
def followed(contract: Contract) -> Iterator[Breach]:
    """Find references that lead nowhere, or round in a circle."""
    for place in contract.all():
        target = place.value.get("$ref")
        if place.kind not in REFERABLE or not isinstance(target, str):
            continue
        if (target == "#" or target.startswith("#/")) and contract.find(target) is None:
            yield place.child("$ref"), f"there is no {target}"
        elif place.kind != "schema" and contract.goes_round(place):  # of schemas, `finite` tells
            yield place.child("$ref"), "the reference goes round in a circle"


@fault("reference-fits", "A reference leads to an object of the kind that is expected where it stands.")
def fitting(contract: Contract) -> Iterator[Breach]:
    """Find references to components of another kind."""
    for place in contract.all():
        component = re.fullmatch(r"#/components/([^/]*)/[^/]*", str(place.value.get("$ref")))
        if place.kind in REFERABLE and component:
            found = SECTIONS.get(component[1], "nothing")
            if found != place.kind:
                yield place.child("$ref"), f"a {place.kind} is expected here, not a {found}"


@style(
    "reference-alone", "What stands beside the $ref of anything but a schema is ignored, save summary and description."
)
def alone(contract: Contract) -> Iterator[Breach]:
    """Find members beside a reference that nobody reads."""
    for place in contract.all():
        if place.kind in REFERABLE - {"schema", "path"} and "$ref" in place.value:
            for name in place.value.keys() - {"$ref", "summary", "description"}:
                yield place.child(name), f"{name} beside a $ref is ignored"


@fault("component-name", "The names of components are of letters, digits, dots, hyphens and underscores.")
def named(contract: Contract) -> Iterator[Breach]:
    """Find components with other names."""
    for section, components in members(contract.content, "components").items():
        for name in members(components) if section in SECTIONS else ():
            if not _NAME.fullmatch(name):
                yield ("components", section, name), f"{name!r} is no name of a component"


@style("component-used", "A component that no operation reaches is dead, or was meant to be used.")
def used(contract: Contract) -> Iterator[Breach]:
    """Find components that nothing outside of the components leads to."""
    reached = _reached(contract)
    for section, components in members(contract.content, "components").items():
        for name in members(components) if section in SECTIONS else ():
            if ("components", section, name) not in reached:
                yield ("components", section, name), "nothing refers to it"


def _reached(contract: Contract) -> set[Pointer]:
    """Close over references, from the paths and webhooks."""
    holders: dict[Pointer, list[Pointer]] = {}
    for place in contract.all():
        owner = place.pointer[:3] if place.pointer[:1] == ("components",) else ()
        holders.setdefault(owner, []).extend(_targets(contract, place))
    for subtype, base in _subtypes(contract):
        holders.setdefault(base, []).append(subtype)
    reached: set[Pointer] = set()
    waiting: list[Pointer] = [()]
    while waiting:
        for target in holders.get(waiting.pop(), []):
            if target not in reached:
                reached.add(target)
                waiting.append(target)
    return reached


def _targets(contract: Contract, place: Place) -> Iterator[Pointer]:
    """Give the components that an object names."""
    references = [place.value.get("$ref")] if place.kind in REFERABLE else []
    if place.kind == "discriminator":
        references += members(place.value, "mapping").values()
    for reference in references:
        if isinstance(reference, str):
            found = contract.find(reference)
            yield found.pointer[:3] if found else ("components", "schemas", reference)
    if place.kind in {"document", "operation"}:
        for requirement in items(place.value.get("security")):
            for name in members(requirement):
                yield ("components", "securitySchemes", name)


def _subtypes(contract: Contract) -> Iterator[tuple[Pointer, Pointer]]:
    """Give the schemas that are reached through the discriminator of a schema that they extend."""
    for name, schema in members(members(contract.content, "components"), "schemas").items():
        for part in items(members(schema).get("allOf")):
            base = contract.resolved(part)
            if "discriminator" in base.value:
                yield ("components", "schemas", name), base.pointer[:3]


RULES: Final[tuple[Rule, ...]] = rules_of(globals())
