"""A hook of Schemathesis for header parameters, for runs against any service; spec: specs/toolchain.md (FUZZ-3).

Its coverage phase makes values of headers out of letters and digits alone (4.32.5). Where a pattern asks for others it
finds none, fills the place with an invalid value, and takes the refusal for a fault of the service. Such values are
left out here.
"""

from typing import Any, cast

import schemathesis
from schemathesis import APIOperation, HookContext
from schemathesis.generation.meta import CaseMetadata, TestPhase

Case = schemathesis.Case[APIOperation[Any, Any, Any, Any]]  # Any: of whatever kind of schema


@schemathesis.hook
def before_call(context: HookContext, case: Case, kwargs: dict[str, object]) -> None:  # noqa: ARG001 - their signature
    """Leaves out optional headers that break their schema in a request that shall succeed."""
    meta = cast("CaseMetadata", case.meta)  # every drawn case has it
    if meta.phase.name is not TestPhase.COVERAGE or meta.generation.mode.is_negative:
        return
    for parameter in case.operation.headers:
        sent = case.headers.get(parameter.name)
        if sent is not None and not parameter.is_required and not parameter.is_valid(sent):
            del case.headers[parameter.name]
