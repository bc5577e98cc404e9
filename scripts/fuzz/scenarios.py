"""What keeps Schemathesis 4.32 from leading one task through a whole life; spec: specs/toolchain.md (FUZZ-5).

Three things, none of which can be configured. A version that does without them makes this module superfluous:
`test_fuzz.py` counts lives. Of 1,000 steps with 4 seeds it was 1 life before, and 8 with all three.
"""

from collections.abc import Mapping
from typing import Any, Final  # the contract is JSON

import hypothesis.stateful
from schemathesis import APIOperation
from schemathesis.core import INTERNAL_BUFFER_SIZE
from schemathesis.specs.openapi import stateful
from schemathesis.specs.openapi.stateful.dependencies.models import OperationNode

FROM_ELSEWHERE: Final = frozenset({"User"})
"""What paths name and no operation creates."""

AGREEING: Final[tuple[Mapping[str, Any], ...]] = (
    {"properties": {"status": {"const": "completed"}, "completed": {"const": True}}},
    {"properties": {"status": {"enum": ["pending", "in_progress", "cancelled"]}, "completed": {"const": False}}},
)
"""The ways in which `status` and `completed` agree, also where one of them is absent."""

AGREED: Final = ("TaskCreate", "TaskUpdate")
"""The schemas that say so by what must not be."""


def lengthen() -> None:
    """Lets a scenario have as many steps as are configured.

    Schemathesis gives Hypothesis four times as many choices as usual, but the module that ends a scenario when most of
    them are used up has a copy of the number: 20 steps, where bodies are as large as ours.
    """
    hypothesis.stateful.BUFFER_SIZE = INTERNAL_BUFFER_SIZE  # type: ignore[attr-defined] # imported there, not declared


def begin_with_creation() -> None:
    """Lets a scenario begin with what Schemathesis prefers, operations that create.

    It takes these for hopeless, because nothing in the contract creates the user of their path, and begins anywhere.
    """
    judged = stateful.is_likely_root_transition

    def with_users(
        operation: APIOperation[Any, Any, Any, Any],  # Any: of whatever kind of schema
        node: OperationNode | None,
        produced_anywhere: set[str],
    ) -> bool:
        return judged(operation, node, produced_anywhere | FROM_ELSEWHERE)

    stateful.is_likely_root_transition = with_users


def spell_out(contract: dict[str, Any]) -> None:
    """Rewrites in the loaded contract what must not be as what may be, which says the same of every value.

    Of `not` Schemathesis makes cases of which some have no `status`, and gives up a scenario that draws one: half of
    all.
    """
    schemas = contract["components"]["schemas"]
    for name in AGREED:
        del schemas[name]["not"]
        schemas[name]["anyOf"] = list(AGREEING)
