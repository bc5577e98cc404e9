"""Bodies, answers and headers as expressions: what is shared in the contract is a constant and shared in the code."""

import re
from collections.abc import Container
from dataclasses import dataclass
from typing import Final, Literal

from scripts.generate import disjoint
from scripts.generate.annotations import Annotations
from scripts.generate.bodies import Bodies
from scripts.generate.components import Components
from scripts.generate.design import Constant
from scripts.generate.python import invoke, literal, pack, table
from scripts.generate.reader import Json, Object
from scripts.generate.refusal import Pointer, Refusal
from scripts.generate.rewriting import Rewritten, members

IS_JSON: Final = re.compile(r"[a-z]+/(?:[^;/]+\+)?json", re.IGNORECASE)
_WORD: Final = r"[!#$%&'*+.^_`|~0-9A-Za-z-]+"
_MEDIA_TYPE: Final = re.compile(
    rf"{_WORD}/{_WORD}(\s*;\s*(?!charset=){_WORD}=({_WORD}|\"[^\"\x00-\x1f]*\")|\s*;\s*charset=\"?utf-8\"?)*",
    re.IGNORECASE,
)
"""RFC 9110, sections 5.6.2 and 8.3.1."""
_ANY: Final = frozenset({"*/*", "application/*"})
_OF_ANSWERS: Final = frozenset({"description", "headers", "content", "links"})
_OF_HEADERS: Final = frozenset({"description", "required", "schema"})
_OF_MEDIA_TYPES: Final = frozenset({"schema", "examples", "encoding"})


@dataclass(frozen=True)
class Answers:
    """Writes what one document sends and takes."""

    rewritten: Rewritten
    components: Components

    def constants(self) -> tuple[Constant, ...]:
        """Write the examples, headers, links, answers and bodies among the components."""
        return tuple(
            Constant(
                self.components.constant(section, name),
                write(members(value), ("components", section, name)),
                annotation,
            )
            for section, write, annotation in (
                ("examples", self._data, ": dict[str, Any]"),
                ("headers", self.header, ""),
                ("links", self._data, ": dict[str, Any]"),
                ("responses", self.answer, ""),
                ("requestBodies", Bodies(self.rewritten, self.components).declared, ""),
            )
            for name, value in self.components.section(section).items()
        )

    def header(self, value: Object, pointer: Pointer) -> str:
        """Write a header, or the name of its constant."""
        return self.components.referred(value) or invoke(
            "Header",
            {
                "annotation": self._annotation(value.get("schema", {}), (*pointer, "schema")),
                "required": literal(value.get("required", False)),
                "description": literal(value.get("description")),
            }
            | said(value, _OF_HEADERS),
        )

    def answer(self, value: Object, pointer: Pointer) -> str:
        """Write an answer, or the name of its constant."""
        _check_names(members(value, "headers"), pointer)
        headers = {
            literal(name): self.header(members(header), (*pointer, "headers", name))
            for name, header in members(value, "headers").items()
        }
        content = [
            self._content(media_type, members(media), (*pointer, "content", media_type))
            for media_type, media in members(value, "content").items()
        ]
        links = {literal(name): self._data(members(link), pointer) for name, link in members(value, "links").items()}
        return self.components.referred(value) or invoke(
            "Answer",
            {
                "description": literal(value.get("description")),
                "headers": table(headers),
                "content": pack(content),
                "links": table(links),
            }
            | said(value, _OF_ANSWERS),
        )

    def kind(self, media_type: str, media: Object) -> Literal["json", "text", "raw"]:
        """Say how a body of a media type is written: as JSON, as text of a schema, or as whatever a handler gives."""
        schema = disjoint.resolve(self.rewritten.schemas, media.get("schema"))
        plain = media_type.partition(";")[0].strip()
        if IS_JSON.fullmatch(plain):
            return "json"
        is_text = schema.get("type") == "string" and schema.get("format") not in {"binary", "byte", "base64"}
        if plain in _ANY and schema and schema.get("format") != "binary":
            return "json"
        return "text" if is_text and not {"contentEncoding", "contentMediaType"} & schema.keys() else "raw"

    def _content(self, media_type: str, media: Object, pointer: Pointer) -> str:
        schema, place = media.get("schema"), (*pointer, "schema")
        told = {
            "media_type": literal(media_type),
            "annotation": "None" if schema is None else self._annotation(schema, place),
            "examples": self._examples(media),
        }
        if not _MEDIA_TYPE.fullmatch(media_type):
            raise Refusal(pointer, f"{media_type!r} is no media type of answers, which are written in UTF-8")
        kind = self.kind(media_type, media)
        raw = {} if kind == "json" else {"kind": literal(kind)}
        return invoke("Content", told | raw | said(media, _OF_MEDIA_TYPES))

    def _annotation(self, schema: Json, pointer: Pointer) -> str:
        return Annotations(self.rewritten.schemas, "models.").write(schema, pointer).full

    def _examples(self, media: Json) -> str:
        examples = members(media, "examples")
        return table({literal(name): self._data(members(example), ()) for name, example in examples.items()})

    def _data(self, value: Object, _: Pointer) -> str:
        return self.components.referred(value) or literal(value)


def _check_names(headers: Object, pointer: Pointer) -> None:
    """Refuse headers that cannot be sent as they are named."""
    seen: set[str] = set()
    for name in headers:
        if not re.fullmatch(_WORD, name):
            raise Refusal((*pointer, "headers", name), f"{name!r} is no name of a header")
        if name.lower() in seen:
            raise Refusal((*pointer, "headers", name), "a header that is declared twice: names of headers have no case")
        seen.add(name.lower())


def said(value: Object, known: Container[str]) -> dict[str, str]:
    """Write what is only documented of something: all that is not `known`; nothing where there is nothing."""
    found: Object = {name: item for name, item in value.items() if name not in known}
    return {"said": literal(found)} if found else {}
