# Generated from openapi/tasks.yaml by `make generate`. Do not edit.
"""Which operations a path belongs to: looked up once in a request, however many routes there are.

A router asks every route in turn. The first one that it asks looks the path up for all of them; the others find what
was found in the ASGI scope.
"""

from collections.abc import Mapping, Sequence
from typing import Final, TypeAlias

from fastapi.routing import APIRoute
from starlette._utils import get_route_path
from starlette.types import Scope


class Template:
    """A path of the contract and the routes that have it, one for each of its methods."""

    def __init__(self, route: APIRoute) -> None:
        self.segments = route.path.split("/")
        self.pattern = route.path_regex
        self.routes: dict[str, APIRoute] = {}
        """By method."""
        self.concrete: tuple[Template, ...] = ()
        """The templates with words where this one has parameters: what is theirs is not this one's."""

    def is_more_concrete(self, than: "Template") -> bool:
        """Say whether it has words where the other one has parameters, and is the same otherwise, names aside."""
        if len(self.segments) != len(than.segments):
            return False
        both = list(zip(self.segments, than.segments, strict=True))
        words = [not _is_templated(own) and _is_templated(other) for own, other in both]
        same = [own == other or _is_templated(other) for own, other in both]
        return any(words) and all(same)


Found: TypeAlias = Mapping[Template, dict[str, str]]
"""The templates that a path belongs to, each with the texts of its parameters; most often one, or none."""

FOUND: Final = "contract.paths"
"""Where in the ASGI scope is what was found: by whom, for which `path` and `root_path`, and what."""
NOTHING_YET: Final[tuple[object, object, object, Found]] = None, None, None, {}


class Paths:
    """The paths of routes that were registered together."""

    def __init__(self, routes: Sequence[APIRoute]) -> None:
        self.templates = {route.path: Template(route) for route in routes}
        for route in routes:
            self.templates[route.path].routes.update(dict.fromkeys(route.methods or (), route))
        by_words = sorted(self.templates.values(), key=lambda known: sum(map(_is_templated, known.segments)))
        self._by_length: dict[int, list[Template]] = {}
        for known in by_words:  # the more concrete ones come first
            known.concrete = tuple(other for other in by_words if other.is_more_concrete(known))
            self._by_length.setdefault(len(known.segments), []).append(known)

    def look_up(self, scope: Scope) -> Found:
        """Give what the path of a request belongs to, and keep it in the scope."""
        found: dict[Template, dict[str, str]] = {}
        if scope["type"] == "http":
            path = get_route_path(scope)
            for known in self._by_length.get(path.count("/") + 1, ()):  # a parameter holds no slash
                match = known.pattern.match(path)
                if match is not None and (not found or found.keys().isdisjoint(known.concrete)):
                    found[known] = match.groupdict()
        scope[FOUND] = self, scope["path"], scope.get("root_path"), found
        return found

    def select(self, scope: Scope) -> APIRoute | None:
        """Give the route that a router of these routes alone would ask, and tell the scope so; None where it may refuse."""
        found = self.look_up(scope)
        if len(found) != 1:
            return None
        [(template, sent)] = found.items()
        route = template.routes.get(scope["method"])
        if route is not None:
            before = scope.get("path_params")  # those of a mount
            scope["path_params"] = {**before, **sent} if before else sent
            scope["endpoint"], scope["route"] = route.endpoint, route
        return route


def _is_templated(segment: str) -> bool:
    return "{" in segment
