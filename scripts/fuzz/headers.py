"""A hook of Schemathesis for header parameters, for runs against any service; spec: specs/toolchain.md (FUZZ-3).

Its coverage phase makes values of headers out of letters and digits alone (4.32.5). Where a pattern asks for others it
finds none and fills the place with an invalid value, in all requests: refusals are then taken for faults, and what else
is wrong with a request is not seen. Such values are left out here.
"""

from typing import Any, cast

import schemathesis
from schemathesis import APIOperation, HookContext
from schemathesis.generation.meta import CaseMetadata, CoveragePhaseData, CoverageScenario

Case = schemathesis.Case[APIOperation[Any, Any, Any, Any]]  # Any: of whatever kind of schema


@schemathesis.hook
def before_call(context: HookContext, case: Case, kwargs: dict[str, object]) -> None:  # noqa: ARG001 - their signature
    """Leaves out optional headers that break their schema, but for the one that is tried."""
    phase = cast("CaseMetadata", case.meta).phase  # every drawn case has it
    # One that misses a header and is sent with a fixed one would be taken for accepted without it.
    if not isinstance(phase.data, CoveragePhaseData) or phase.data.scenario is CoverageScenario.MISSING_PARAMETER:
        return
    for parameter in case.operation.headers:
        sent = case.headers.get(parameter.name)
        tried = phase.data.parameter == parameter.name
        if sent is not None and not (tried or parameter.is_required or parameter.is_valid(sent)):
            del case.headers[parameter.name]
