"""What a rule is: a name, how much a breach matters, why, and the search for breaches. Spec: LINT-1, LINT-3."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Literal

from scripts.generate.refusal import Pointer
from scripts.lint_contract.places import Contract

Severity = Literal["fault", "style"]
"""A fault is wrong in any contract; style is what exact generation of our own needs."""

Breach = tuple[Pointer, str]
"""A place and one sentence about it."""


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule; `reason` is a sentence for `--rules`."""

    name: str
    severity: Severity
    reason: str
    breaches: Callable[[Contract], Iterable[Breach]]


@dataclass(frozen=True, slots=True)
class Finding:
    """A place where a contract breaks a rule."""

    pointer: Pointer
    rule: str
    severity: Severity
    message: str


def fault(name: str, reason: str) -> Callable[[Callable[[Contract], Iterable[Breach]]], Rule]:
    """Make a rule of a search for faults."""
    return lambda search: Rule(name, "fault", reason, search)


def style(name: str, reason: str) -> Callable[[Callable[[Contract], Iterable[Breach]]], Rule]:
    """Make a rule of a search for breaches of style."""
    return lambda search: Rule(name, "style", reason, search)


def rules_of(module: dict[str, object]) -> tuple[Rule, ...]:
    """Give the rules that a module defines, in their order."""
    return tuple(value for value in module.values() if isinstance(value, Rule))
