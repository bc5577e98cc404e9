# Generated from openapi/tasks.yaml by `make generate`. Do not edit.
"""Whether the handwritten modules are what the contract asks for: looked at once, when the service starts.

The type checker says the same earlier and more; this is for those who start without it.
"""

import inspect
from collections.abc import Iterator, Mapping, Sequence

from .declarations import Operation


class InterfaceMismatch(Exception):
    """A module and the contract differ; every difference is a line."""

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = tuple(problems)


def check(operations: Sequence[Operation], implementations: Mapping[str, object]) -> None:
    """Raise `InterfaceMismatch` unless every operation has its handler, and every public coroutine is a handler."""
    problems = [problem for operation in operations for problem in _mismatches(operation, implementations)]
    for tag, implementation in implementations.items():
        expected = {operation.function for operation in operations if operation.module == tag}
        problems += [
            f"{_name(implementation)}.{function} is a public coroutine function, but no operation of the tag {tag}"
            for function in _public_coroutines(implementation)
            if function not in expected
        ]
    if problems:
        raise InterfaceMismatch(problems)


def _mismatches(operation: Operation, implementations: Mapping[str, object]) -> Iterator[str]:
    implementation = implementations[operation.module]
    handler = getattr(implementation, operation.function, None)
    where = f"{operation.id}: {_name(implementation)}.{operation.function}"
    if handler is None:
        yield f"{where} is missing"
    elif not inspect.iscoroutinefunction(handler):
        yield f"{where} is no coroutine function (async def)"
    else:
        positional, named = _parameters(handler)
        if positional != 1:
            yield f"{where} takes {positional} positional parameters instead of one, the context"
        for name in sorted(named ^ set(operation.arguments)):
            yield f"{where} " + (
                f"takes {name}, which is not handed over" if name in named else f"does not take {name}"
            )


def _parameters(handler: object) -> tuple[int, set[str]]:
    """Count the positional parameters of a coroutine function and name those that are for keywords only."""
    assert callable(handler)  # noqa: S101 - a coroutine function
    parameters = inspect.signature(handler).parameters.values()
    named = {parameter.name for parameter in parameters if parameter.kind is inspect.Parameter.KEYWORD_ONLY}
    return len(parameters) - len(named), named


def _public_coroutines(implementation: object) -> Iterator[str]:
    """Name the public coroutine functions that an implementation defines; what it imports is not its own."""
    for name, value in inspect.getmembers(implementation, inspect.iscoroutinefunction):
        own = not inspect.ismodule(implementation) or value.__module__ == implementation.__name__
        if own and not name.startswith("_"):
            yield name


def _name(implementation: object) -> str:
    return implementation.__name__ if inspect.ismodule(implementation) else type(implementation).__name__
