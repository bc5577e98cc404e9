# Generated from openapi/tasks.yaml by `make generate`. Do not edit.
"""The styles in which parameters and members of forms are written (OpenAPI 3.1.1, section 4.8.12.6).

A raw delimiter separates, one that is percent-encoded is data.
"""

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Generic, TypeVar
from urllib.parse import unquote

from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler, TypeAdapter
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, core_schema

from .strict_json import MalformedJson, read_json
from .texts import Shape, Tree, UnreadableText, delimited, nested, paired

_STYLES: Final[Mapping[str, str]] = {"path": "simple", "query": "form", "header": "simple", "cookie": "form"}
_DELIMITERS: Final[Mapping[str, str]] = {"spaceDelimited": " ", "pipeDelimited": "|"}
_MARKED: Final = frozenset({"label", "matrix", "deepObject"})
"""The styles that put something before a value, or into its name."""
_BRACKETS: Final = re.compile(r"[^\[\]]*((?:\[[^\[\]]*\])+)")

ReadingT = TypeVar("ReadingT", bound="Reading")


@dataclass(frozen=True, eq=False)  # equality by identity, as of all metadata here
class As:
    """The type of a parameter that FastAPI would refuse in its place (an object in a query): it is told `object`."""

    annotation: Any  # any type

    def __get_pydantic_core_schema__(self, source: object, handler: GetCoreSchemaHandler) -> CoreSchema:
        """Check, and publish, that type."""
        return handler.generate_schema(self.annotation)


@dataclass(frozen=True, eq=False)
class PublishedAs:
    """What a type publishes that has a value of another type: a form with files, a body that is not looked into."""

    annotation: Any  # any type

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        """Publish what the other type publishes."""
        # A chain of one step: a handler looks at the schema itself, and at a step of it with its name and its markers.
        return handler(core_schema.chain_schema([TypeAdapter(self.annotation).core_schema]))


@dataclass(frozen=True, eq=False)
class Sent:
    """How a parameter is written, where that is not the way of its place: it is read by this and publishes this.

    Attributes:
        content: the media type of a parameter that has one instead of a style; `content_said` is published with it.
        said: what is published as it is.
    """

    style: str | None = None
    explode: bool | None = None
    content: str | None = None
    content_said: Mapping[str, Any] = field(default_factory=dict)  # any JSON
    said: Mapping[str, Any] = field(default_factory=dict)  # any JSON

    def publish(self, schema: JsonSchemaValue) -> JsonSchemaValue:
        """Give what the document says, the schema among it."""
        told = {"style": self.style, "explode": self.explode}
        published = {name: value for name, value in told.items() if value is not None} | dict(self.said)
        if self.content is None:
            return {"schema": schema} | published
        return {"content": {self.content: {"schema": schema} | dict(self.content_said)}} | published


class Reading:
    """How one parameter, or one member of a form, is read and checked."""

    def __init__(self, where: str, alias: str, sent: Sent, shape: Shape) -> None:
        self.where = where
        self.alias = alias
        self.content = sent.content
        self.style = sent.style or _STYLES[where]
        self.explode = sent.explode if sent.explode is not None else self.style == "form"
        self.shape = shape
        self.is_deep = self.content is None and self.style == "deepObject"
        self.takes_members = self.content is None and self.explode and self.style == "form" and self.shape.is_object
        self.repeats = self.is_deep or (
            self.content is None and self.shape.is_array and self.explode and where in ("query", "cookie")
        )
        """Whether its name may be sent more than once."""
        is_structured = self.shape.is_array or self.shape.is_object
        self.is_plain = self.content is None and not is_structured and self.style not in _MARKED
        """Whether one text can be read in one way only: as it is, once decoded."""
        self.is_required = False
        self.allows_empty = False

    def value(self, trees: Sequence[Tree]) -> object:
        """Give the value of the first reading that its type takes; raise `UnreadableText`."""
        return self.shape.read(trees)

    def may_repeat(self, name: str) -> bool:
        """Say whether one of its names may be sent more than once."""
        return self.repeats or (self.takes_members and name != self.alias)  # of members, their shapes judge

    def of_names(self, sent: Mapping[str, list[Tree]], decode: Callable[[str], str]) -> Callable[[], list[Tree]] | None:
        """Give how to read what was sent under its names in a query or in a form; None where nothing was."""
        own = sent.get(self.alias)
        if self.takes_members and own is None:
            return (lambda: [self.of_members(sent, decode)]) if sent or self.is_required else None
        if self.is_deep and own is None and sent:
            members = self.of_members(sent, decode)
            return lambda: [nested([(_path(name), tree) for name, tree in members.items()])]
        if own is None or (self.allows_empty and own == [""]):
            return None
        if self.content is not None:
            return lambda: [self.of_content(decode(own[0]))]
        return lambda: self.of_pairs(own, decode)

    def of_content(self, text: str) -> object:
        """Read a text of the media type `content`."""
        if not str(self.content).partition(";")[0].rstrip().endswith(("/json", "+json")):
            return text
        try:
            return read_json(text.encode("utf-8", "surrogatepass"))
        except MalformedJson as error:
            raise UnreadableText((), "format", f"Should be JSON: {error.reason}") from None

    def of_pairs(self, raws: Sequence[str], decode: Callable[[str], str]) -> list[Tree]:
        """Give the ways to read texts that were sent under its name (styles form, space and pipe delimited)."""
        scalars = [decode(raws[0])] if len(raws) == 1 and self.shape.is_scalar else []
        if self.explode or self.is_deep:
            lists = [[decode(raw) for raw in raws]] if self.shape.is_array else []
            return [*scalars, *lists] or [decode(raws[0])]
        delimiter = _DELIMITERS.get(self.style)
        texts = delimited(decode(raws[0]), delimiter) if delimiter else [decode(raw) for raw in delimited(raws[0], ",")]
        return [*scalars, *self._structured(texts)] or [decode(raws[0])]

    def of_members(self, members: Mapping[str, Sequence[str]], decode: Callable[[str], str]) -> Tree:
        """Make an object of what was sent under the names of its members."""
        return {
            name: decode(raws[0]) if len(raws) == 1 else [decode(raw) for raw in raws] for name, raws in members.items()
        }

    def of_text(self, raw: str, decode: Callable[[str], str]) -> list[Tree]:
        """Give the ways to read one text of the styles simple, label and matrix."""
        delimiter = "," if self.style == "simple" else "." if self.style == "label" else ";"
        if self.style != "simple":
            if not raw.startswith(delimiter):
                raise UnreadableText((), "format", f"Should begin with `{delimiter}`")
            raw = raw[1:]
        if self.style == "matrix" and not (self.explode and (self.shape.is_array or self.shape.is_object)):
            name, _, raw = raw.partition("=")
            if decode(name) != self.alias:
                raise UnreadableText((), "format", f"Should begin with `;{self.alias}`")
        scalars = [decode(raw)] if self.shape.is_scalar else []
        if not self.explode:
            return [*scalars, *self._structured([decode(part) for part in delimited(raw, ",")])] or [decode(raw)]
        parts = [
            (decode(name), decode(text)) for name, _, text in (part.partition("=") for part in raw.split(delimiter))
        ]
        structured: list[Tree] = []
        if self.shape.is_array:
            if self.style == "matrix":
                structured.append([text for name, text in parts if name == self.alias])
            else:
                structured.append([decode(part) for part in delimited(raw, delimiter)])
        if self.shape.is_object:
            structured.append(dict(parts))
        return [*scalars, *structured] or [decode(raw)]

    def _structured(self, texts: list[str]) -> list[Tree]:
        found: list[Tree] = [texts] if self.shape.is_array else []
        return [*found, paired(texts)] if self.shape.is_object else found


class Names(Generic[ReadingT]):
    """Whose the names in a query or in a form are."""

    def __init__(self, readings: Sequence[ReadingT]) -> None:
        takers = [known for known in readings if known.takes_members]
        self._known = {known.alias: known for known in readings if not known.takes_members or known.shape.is_array}
        self._members = {name: known for known in takers for name in known.shape.members}
        self._deep = {known.alias: known for known in readings if known.is_deep}
        self._open = next((known for known in takers if known.shape.is_open), None)

    def sort(
        self, sent: Mapping[str, list[Tree]], others: Collection[str] = ()
    ) -> tuple[dict[str, ReadingT | None], dict[ReadingT, dict[str, list[Tree]]]]:
        """Give whose each name is, and what each reading has got; `others` are somebody else's."""
        owners: dict[str, ReadingT | None] = {}
        owned: dict[ReadingT, dict[str, list[Tree]]] = {}
        for name, raws in sent.items():
            owners[name] = owner = self._owner(name) or (None if name in others else self._open)
            if owner is not None:
                owned.setdefault(owner, {})[name] = raws
        return owners, owned

    def _owner(self, name: str) -> ReadingT | None:
        found = self._known.get(name) or self._members.get(name)
        if found is None and "[" in name and _BRACKETS.fullmatch(name):
            return self._deep.get(name.partition("[")[0])
        return found


def pairs(text: str, separator: str, decode: Callable[[str], str]) -> dict[str, list[str]]:
    """Group `name=raw` by the decoded name, in the order in which the names were sent."""
    found: dict[str, list[str]] = {}
    for part in text.split(separator):
        name, _, raw = part.strip(" \t").partition("=") if separator == ";" else part.partition("=")
        if part:
            found.setdefault(decode(name), []).append(raw)
    return found


def unplus(raw: str) -> str:
    """Decode a part of a query or of a form: a plus is a space there."""
    return unquote(raw.replace("+", " ")) if "%" in raw or "+" in raw else raw


def _path(name: str) -> list[str]:
    """Give the names in brackets of `name[inner][...]`."""
    return name.partition("[")[2][:-1].split("][")
