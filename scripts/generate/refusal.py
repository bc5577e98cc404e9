"""What the generator says instead of losing a fact: one line that names the place and the feature. Spec: READ-1."""

from dataclasses import dataclass

Pointer = tuple[str, ...]
"""The members that lead from the root of a document to a place in it."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where something is written: the file as people are shown it, the line counted from 1, the pointer in that file.

    The pointer is that of what is meant, the line that of the nearest thing around it that is written.
    """

    file: str
    line: int
    pointer: Pointer

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {written(self.pointer)}"


class Refusal(Exception):
    """A feature of the contract that the generator does not carry, or a fault that leaves nothing to carry."""

    def __init__(self, pointer: Pointer, feature: str, place: Place | None = None) -> None:
        """Refuse `feature` at `pointer` of a document; `place` only where there is no document yet that knows it."""
        super().__init__(feature)
        self.pointer = pointer
        self.feature = feature
        self.place = place


def written(pointer: Pointer) -> str:
    """Write a JSON pointer (RFC 6901) as a URI fragment."""
    return "#" + "".join("/" + member.replace("~", "~0").replace("/", "~1") for member in pointer)
