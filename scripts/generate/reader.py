"""Reads a contract: its files become one document of OpenAPI 3.1, every place with its file and line. Spec: READ-1.

The files (`source`, `references`, `bundling`) are made one document in their own version, that is checked
(`validity`) and then written as 3.1 (`dialect`). Whatever cannot be read is refused in one line.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from scripts.contract import ROOT
from scripts.generate.bundling import DIALECTS, Reading, bundle
from scripts.generate.dialect import plain
from scripts.generate.references import Spot, origin
from scripts.generate.refusal import Place, Pointer, Refusal
from scripts.generate.source import Json, Object, Source, load
from scripts.generate.validity import check, version

__all__ = ["Document", "Json", "Object", "Reading", "name_of", "read", "told"]


@dataclass(frozen=True)
class Document:
    """A contract.

    Attributes:
        path: where it is.
        content: one document of OpenAPI 3.1, in which every reference leads to a component.
        lines: where the places of its first file are written, by their pointers in that file.
        origins: for what stands elsewhere than in `content`, where it is written.
        bundled: what is served, where that is not `content`.
        readings: what is read as something that is not written.
    """

    path: Path
    content: Object
    lines: Mapping[Pointer, int]
    origins: Mapping[Pointer, Spot] = field(default_factory=dict)
    bundled: Object | None = None
    readings: tuple[Reading, ...] = ()

    @property
    def authored(self) -> Object:
        """Give what is served: the content of the one file as it is, or of several as one document."""
        return self.content if self.bundled is None else self.bundled

    def place(self, pointer: Pointer) -> Place:
        """Say where a place of `content` is written: its file, line and pointer there."""
        alone = Spot(Source(self.path, name_of(self.path), self.content, self.lines), ())
        return origin({(): alone, **self.origins}, pointer).place()


def read(path: Path) -> Document:
    """Read the contract at `path`; raise `Refusal`, with its place, for what is no OpenAPI 3.0 or 3.1."""
    path, name = path.resolve(), name_of(path)
    try:
        source = load(path, name)
    except OSError as error:
        raise Refusal((), f"this file cannot be read: {error.strerror}", Place(name, 1, ())) from None
    content = source.content
    if not isinstance(content, dict):
        raise Refusal((), "an OpenAPI document is an object", source.place(()))
    version(content, source.place)
    if content.get("jsonSchemaDialect", DIALECTS[0]) not in DIALECTS:
        place = source.place(("jsonSchemaDialect",))
        raise Refusal(place.pointer, f"the JSON Schema dialect {content['jsonSchemaDialect']} is not carried", place)
    bundled = bundle(source, content, path.parent if name == path.name else ROOT)
    check(bundled.content, bundled.place)
    rewritten, writing = plain(bundled)
    return Document(
        path,
        rewritten,
        source.lines,
        bundled.origins | {to: origin(bundled.origins, pointer) for to, pointer in writing.moved.items()},
        content if bundled.one_file else bundled.content,
        tuple(sorted((*bundled.readings, *writing.readings), key=lambda item: _order(item.place, name))),
    )


def told(refusal: Refusal, document: Document | None = None) -> str:
    """Write a refusal as a line: file, line, pointer, feature; `document` where one was read before."""
    place = refusal.place if document is None else document.place(refusal.pointer)
    return f"{place}: {refusal.feature}"


def name_of(path: Path) -> str:
    """Name a contract as people are shown it: ours from the root of the project, another one without its folder."""
    path = path.resolve()
    return path.relative_to(ROOT).as_posix() if path.is_relative_to(ROOT) else path.name


def _order(place: Place, first: str) -> tuple[bool, str, int]:
    return place.file != first, place.file, place.line
