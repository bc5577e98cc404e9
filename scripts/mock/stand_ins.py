"""Handlers for every operation of a contract that nobody has written yet: MOCK-1, FOREIGN-2."""

import inspect
from collections.abc import Callable, Sequence
from types import SimpleNamespace
from typing import Any  # what satisfies a Protocol only when it runs

from generated.declarations import Operation

Answering = Callable[[Operation], object]
"""Gives the result that the handler of an operation returns, or raises what it raises."""


def stand_ins(operations: Sequence[Operation], answer: Answering) -> dict[str, Any]:
    """Make what `register` of the generated routes takes: for every tag an object that has its handlers."""
    made: dict[str, Any] = {operation.module: SimpleNamespace() for operation in operations}
    for operation in operations:
        setattr(made[operation.module], operation.function, _handler(operation, answer))
    return made


def _handler(operation: Operation, answer: Answering) -> Callable[..., object]:  # of the operation's parameters
    async def handler(_context: object, /, **_arguments: object) -> object:
        return answer(operation)

    context = inspect.Parameter("_context", inspect.Parameter.POSITIONAL_ONLY)
    named = [inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY) for name in operation.arguments]
    setattr(handler, "__signature__", inspect.Signature([context, *named]))  # noqa: B010 - no member that types know
    return handler
