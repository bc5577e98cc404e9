"""Bodies, answers and headers as expressions: what is shared in the contract is a constant and shared in the code."""

import re
from dataclasses import dataclass
from typing import Final

from scripts.generate.annotations import Annotations
from scripts.generate.components import Components, constant, referred
from scripts.generate.design import Constant
from scripts.generate.python import invoke, literal, pack, table
from scripts.generate.reader import Json, Object
from scripts.generate.refusal import Pointer, Refusal
from scripts.generate.rewriting import Rewritten, members

IS_JSON: Final = re.compile(r"application/(?:[a-z0-9.-]+\+)?json")


@dataclass(frozen=True)
class Answers:
    """Writes what one document sends and takes."""

    rewritten: Rewritten

    def constants(self) -> tuple[Constant, ...]:
        """Write the examples, headers, links, answers and bodies among the components."""
        components = Components(self.rewritten.content)
        return tuple(
            Constant(constant(section, name), write(members(value), ("components", section, name)), annotation)
            for section, write, annotation in (
                ("examples", _data, ": dict[str, Any]"),
                ("headers", self.header, ""),
                ("links", _data, ": dict[str, Any]"),
                ("responses", self.answer, ""),
                ("requestBodies", self.body, ""),
            )
            for name, value in components.section(section).items()
        )

    def header(self, value: Object, pointer: Pointer) -> str:
        """Write a header, or the name of its constant."""
        return referred(value) or invoke(
            "Header",
            {
                "annotation": self._annotation(value.get("schema"), (*pointer, "schema")),
                "required": literal(value.get("required", False)),
                "description": literal(value.get("description")),
            },
        )

    def answer(self, value: Object, pointer: Pointer) -> str:
        """Write an answer, or the name of its constant."""
        headers = {
            literal(name): self.header(members(header), (*pointer, "headers", name))
            for name, header in members(value, "headers").items()
        }
        content = [
            invoke(
                "Content",
                {
                    "media_type": literal(media_type),
                    "annotation": self._annotation(
                        members(media).get("schema"),
                        (*pointer, "content", media_type, "schema"),
                    ),
                    "examples": _examples(media),
                },
            )
            for media_type, media in members(value, "content").items()
        ]
        links = {literal(name): _data(members(link), pointer) for name, link in members(value, "links").items()}
        return referred(value) or invoke(
            "Answer",
            {
                "description": literal(value.get("description")),
                "headers": table(headers),
                "content": pack(content),
                "links": table(links),
            },
        )

    def body(self, value: Object, pointer: Pointer) -> str:
        """Write a request body, or the name of its constant."""
        for media_type in members(value, "content"):
            if not IS_JSON.fullmatch(media_type):
                raise Refusal((*pointer, "content", media_type), f"a request body of type {media_type}")
        examples = {literal(media_type): _examples(media) for media_type, media in members(value, "content").items()}
        return referred(value) or invoke(
            "RequestBody",
            {"examples": table(examples), "description": literal(value.get("description"))},
        )

    def _annotation(self, schema: Json, pointer: Pointer) -> str:
        return Annotations(self.rewritten.schemas, "models.").write(schema, pointer).full


def _examples(media: Json) -> str:
    examples = members(media, "examples")
    return table({literal(name): _data(members(example), ()) for name, example in examples.items()})


def _data(value: Object, _: Pointer) -> str:
    return referred(value) or literal(value)
