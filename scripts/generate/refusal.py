"""What the generator says instead of losing a fact: one line that names the place and the feature."""

Pointer = tuple[str, ...]
"""The members that lead from the root of a document to a place in it."""


class Refusal(Exception):
    """A feature of the contract that the generator does not carry, or a fault that leaves nothing to carry."""

    def __init__(self, pointer: Pointer, feature: str, line: int | None = None) -> None:
        """Refuse `feature` at `pointer`; `line` only where there is no document yet that knows it."""
        super().__init__(feature)
        self.pointer = pointer
        self.feature = feature
        self.line = line


def written(pointer: Pointer) -> str:
    """Write a JSON pointer (RFC 6901) as a URI fragment."""
    return "#" + "".join("/" + member.replace("~", "~0").replace("/", "~1") for member in pointer)
