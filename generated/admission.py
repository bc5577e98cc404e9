# Generated from openapi/tasks.yaml by `make generate`. Do not edit.
"""How callers are let in: what a request shows for the security of its operation, and which of it the gate is asked."""

from collections.abc import Coroutine, Sequence
from typing import Any

from starlette.types import Scope

from .declarations import Demand
from .gate import Credentials
from .head import Lines


class Admission:
    """The ways in of one operation: one that lets the caller in is enough."""

    def __init__(self, ways: Sequence[tuple[Demand, ...]]) -> None:
        self._ways = ways
        first: tuple[Demand, ...] = ways[0] if ways else ()
        self._only = first if len(ways) == 1 else ()
        """The way in where there is nothing to choose."""
        self.headers = [demand.scheme.header for way in ways for demand in way]
        """The headers that are looked at."""

    def caller(self, gate: Any, scope: Scope, lines: Lines) -> Coroutine[Any, Any, Any]:  # noqa: ANN401 - of any callers
        """Ask the gate for the caller; it refuses what was not sent."""
        if self._only:
            found: Coroutine[Any, Any, Any] = gate.authenticate(_shown(self._only, scope, lines))
            return found
        return self._chosen(gate, scope, lines)

    async def _chosen(self, gate: Any, scope: Scope, lines: Lines) -> object:  # noqa: ANN401 - as above
        """Ask the gate by the ways that the request offers, one after the other."""
        ways = [(way, _shown(way, scope, lines)) for way in self._ways]
        offered = [
            shown
            for way, shown in ways
            if way and all(known.scheme.is_offered(each.values) for known, each in zip(way, shown, strict=True))
        ]
        if not offered:
            if not all(self._ways):
                return None
            return await gate.authenticate(ways[0][1])
        for credentials in offered[:-1]:
            try:
                return await gate.authenticate(credentials)
            except Exception as error:  # of the gate's own tree: a refusal has one of two statuses
                if getattr(error, "status", None) not in (401, 403):
                    raise
        return await gate.authenticate(offered[-1])


def _shown(way: tuple[Demand, ...], scope: Scope, lines: Lines) -> tuple[Credentials, ...]:
    """Read what a request shows for one way in."""
    if len(way) == 1:  # nearly always
        known = way[0]
        return (Credentials(known.scheme.scheme_name, known.scopes, known.scheme.values(scope, lines)),)
    return tuple(
        [Credentials(known.scheme.scheme_name, known.scopes, known.scheme.values(scope, lines)) for known in way]
    )
