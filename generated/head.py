# Generated from openapi/tasks.yaml by `make generate`. Do not edit.
"""The head of a request, gone through once for everything that looks at it."""

from collections.abc import Iterable, Mapping
from typing import TypeAlias

from starlette.types import Scope

Lines: TypeAlias = Mapping[bytes, list[str]]
"""The values of header lines by their names in lower case, in the order in which they were sent."""


class Head:
    """The headers that an operation looks at."""

    def __init__(self, names: Iterable[str]) -> None:
        self._names = frozenset(map(header_name, names))

    def lines(self, scope: Scope) -> Lines:
        """Give what a request says in them."""
        found: dict[bytes, list[str]] = {}
        for name, value in scope["headers"]:
            if name in self._names:
                found.setdefault(name, []).append(value.decode("latin-1"))
        return found


def header_name(name: str) -> bytes:
    """Write the name of a header as the ASGI scope has it."""
    return name.lower().encode("latin-1")
