"""Where references lead: to a place in a file, resolved against the file that refers. Spec: READ-5, READ-6."""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, NamedTuple, NoReturn
from urllib.parse import unquote

from scripts.generate.refusal import Place, Pointer, Refusal, written
from scripts.generate.source import Json, Object, Source, load

_REMOTE: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:|//")


class Spot(NamedTuple):
    """A place in a file."""

    source: Source
    pointer: Pointer

    def below(self, pointer: Pointer) -> "Spot":
        """Give a place below this one."""
        return Spot(self.source, self.pointer + pointer)

    def value(self) -> Json:
        """Give what is written here; raise `LookupError` where nothing is."""
        value = self.source.content
        for member in self.pointer:
            if isinstance(value, list) and member.isascii() and member.isdigit():
                value = value[int(member)]
            elif isinstance(value, dict):
                value = value[member]
            else:
                raise LookupError(member)
        return value

    def place(self) -> Place:
        """Give the place for people."""
        return self.source.place(self.pointer)

    def refuse(self, feature: str, *below: str) -> NoReturn:
        """Refuse what is written here."""
        pointer = (*self.pointer, *below)
        raise Refusal(pointer, feature, self.source.place(pointer))


def origin(origins: Mapping[Pointer, Spot], pointer: Pointer) -> Spot:
    """Say where a place of a document comes from, by the nearest one around it that `origins` has; it has the root."""
    length = next(length for length in range(len(pointer), -1, -1) if pointer[:length] in origins)
    return origins[pointer[:length]].below(pointer[length:])


@dataclass(frozen=True)
class Files:
    """The files of one contract, each read once.

    Attributes:
        folder: what the names of files are relative to, when people are told them.
    """

    folder: Path
    sources: dict[Path, Source] = field(default_factory=dict)
    targets: dict[Spot, Spot] = field(default_factory=dict)

    def load(self, path: Path) -> Source:
        """Read a file; raise `OSError` where there is none."""
        path = path.resolve()
        if path not in self.sources:
            self.sources[path] = load(path, Path(os.path.relpath(path, self.folder)).as_posix())
        return self.sources[path]

    def target(self, spot: Spot) -> Spot:
        """Say where the reference of an object leads; refuse what leads nowhere, or out of the file system."""
        if spot not in self.targets:
            self.targets[spot] = self._target(spot)
        return self.targets[spot]

    def _target(self, spot: Spot) -> Spot:
        value = spot.value()
        reference = value["$ref"] if isinstance(value, dict) else value  # an entry of a mapping is one without the name
        member = ("$ref",) if isinstance(value, dict) else ()
        if not isinstance(reference, str):
            spot.refuse("a reference is a text", *member)
        file, _, fragment = reference.partition("#")
        if _REMOTE.match(file):
            spot.refuse(f"the remote reference {reference} is not followed: keep a copy beside the contract", *member)
        fragment = unquote(fragment)
        if fragment and not fragment.startswith("/"):
            spot.refuse(f"the reference {reference} leads to an anchor, which is not carried", *member)
        try:
            source = self.load(spot.source.path.parent / unquote(file)) if file else spot.source
        except (OSError, ValueError) as error:
            reason = error.strerror if isinstance(error, OSError) else error
            spot.refuse(f"the reference {reference} leads to a file that cannot be read: {reason}", *member)
        pointer = tuple(part.replace("~1", "/").replace("~0", "~") for part in fragment.split("/")[1:])
        target = Spot(source, pointer)
        try:
            target.value()
        except LookupError:
            spot.refuse(f"the reference {reference} leads to nothing: {source.name} has no {written(pointer)}", *member)
        return target

    def circle(self, spot: Spot) -> None:
        """Refuse a reference that leads to a reference, and so on, back to one that was there before."""
        trail = [spot]
        while is_reference(trail[-1].value()):
            target = self.target(trail[-1])
            if target in trail:
                places = " -> ".join(str(place.place()) for place in (*trail, target))
                spot.refuse(f"references lead in a circle: {places}", "$ref")
            trail.append(target)


def is_reference(value: Json) -> bool:
    """Say whether a value is an object that refers to another."""
    return isinstance(value, dict) and "$ref" in value


def siblings(value: Object) -> list[str]:
    """Name what stands beside a reference."""
    return [name for name in value if name != "$ref"]
