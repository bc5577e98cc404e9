"""How much a run does."""

from dataclasses import dataclass

LONG_RUN = 120
"""Seconds from which a run has to reach what a long one does."""


@dataclass(frozen=True, slots=True)
class Seconds:
    """A time to spend, about: fuzzing and stateful take turns until it is over."""

    number: int

    @property
    def options(self) -> list[str]:
        """What Schemathesis calls it."""
        return [f"--max-time={self.number}"]

    @property
    def scenarios(self) -> int:
        """How many a turn of the phase stateful has."""
        return 12

    @property
    def is_long(self) -> bool:
        """Whether it is long enough to reach everything often."""
        return self.number >= LONG_RUN


@dataclass(frozen=True, slots=True)
class Examples:
    """One turn of each phase, with so many requests per operation: the same work on a fast and on a slow machine."""

    number: int

    @property
    def options(self) -> list[str]:
        """What Schemathesis calls it."""
        return [f"--max-examples={self.number}"]

    @property
    def scenarios(self) -> int:
        """How many the phase stateful has: each has 40 steps."""
        return max(1, self.number * 2 // 5)

    @property
    def is_long(self) -> bool:
        """Never: it is what the tests do."""
        return False


Amount = Seconds | Examples
