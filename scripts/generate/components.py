"""The components of a document, found by reference; those that are no schemas get constants of generated/routes.py."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from scripts.generate.python import snake, unique
from scripts.generate.reader import Json, Object
from scripts.generate.rewriting import members

SECTIONS: Final[Mapping[str, str]] = {
    "examples": "EXAMPLE",
    "headers": "HEADER",
    "links": "LINK",
    "responses": "ANSWER",
    "requestBodies": "BODY",
    "securitySchemes": "SCHEME",
}
"""What the names of constants begin with, section by section, each after those that it needs."""


@dataclass(frozen=True)
class Components:
    """The components of one document."""

    content: Object

    def section(self, name: str) -> Object:
        """Give the components of one kind by their names."""
        return members(members(self.content, "components"), name)

    def resolve(self, value: Json) -> Object:
        """Follow references to what is no reference; nothing where they lead nowhere."""
        found = members(value)
        while isinstance(reference := found.get("$ref"), str):
            _, _, section, name = reference.split("/")
            found = members(self.section(section), name)
        return found

    def constant(self, section: str, name: str) -> str:
        """Name the constant of a component."""
        return self._constants[section, name]

    def referred(self, value: Object) -> str:
        """Name the constant that a reference stands for; nothing for what is no reference."""
        reference = value.get("$ref")
        if not isinstance(reference, str):
            return ""
        _, _, section, name = reference.split("/")
        return self.constant(section, name)

    @cached_property
    def _constants(self) -> Mapping[tuple[str, str], str]:
        found: dict[tuple[str, str], str] = {}
        taken: set[str] = set()
        for section, beginning in SECTIONS.items():
            for name in self.section(section):
                found[section, name] = unique(f"{beginning}_{snake(name)}".upper(), taken)
                taken.add(found[section, name])
        return found
