# Generated from openapi/tasks.yaml by `make generate`. Do not edit.
"""Reads the body of a request by its media type: JSON, forms, text, bytes; what is wrong with it, place by place.

Everything but the files of a form is held in memory and bounded by `MAX_BODY_BYTES`; files are spooled to disk.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from contextlib import AsyncExitStack
from functools import lru_cache
from typing import Annotated, Any, Final

from fastapi._compat import ModelField
from pydantic import MISSING, TypeAdapter, ValidationError
from starlette.types import Receive, Scope

from .declarations import Media, RequestBody
from .exact import IN_REQUEST
from .faults import Fault, faults_of_value, safe
from .forms import Part, check_installed, multipart, urlencoded
from .head import Lines
from .strict_json import (
    HEADERS,
    MalformedBody,
    UnsupportedMediaType,
    has_body,
    media_type,
    read_bytes,
    read_json,
    told_type,
)
from .styles import Names, Reading, Sent, unplus
from .texts import Shape, Tree, UnreadableText

_ANNOTATED: Final[Any] = Annotated  # type checkers know it in annotations only; here one is built at run time
_CHARSETS: Final = frozenset({"utf-8", "us-ascii", "iso-8859-1"})
"""Of text; all others take UTF-8 alone (RFC 8259, section 8.1)."""
_UNKNOWN: Final[tuple[str, Mapping[str, str]]] = "", {}
"""What no body is taken for."""
_REMEMBERED: Final = 32
"""Texts of `Content-Type`."""
_MISSING: Final = Fault("body", "Should not be left out", "missing")


class Medium:
    """One media type of a body: how it is chosen and how it is read."""

    def __init__(self, name: str, media: Media) -> None:
        kind, *parameters = (part.strip().lower() for part in name.split(";"))
        self.name = name
        self.media = media
        self.annotation = media.annotation
        """Kept here as one object: the document looks it up by identity."""
        self._parameters = dict(
            part.split("=", 1) for part in parameters if "=" in part and not part.startswith("charset=")
        )
        self.is_range = "*" in kind
        self._kinds = re.compile(re.escape(kind).replace(r"\*", "[^/]+"))
        self.rank = (kind == "*/*", self.is_range, -len(self._parameters))
        self.adapter: TypeAdapter[Any] = TypeAdapter(
            object if media.annotation is None else media.annotation
        )  # as declared

    def takes(self, kind: str, parameters: Mapping[str, str]) -> bool:
        """Say whether a body that calls itself this can be read."""
        charset = parameters.get("charset", "utf-8").lower()
        if self.media.reads == "text":
            readable = charset in _CHARSETS
        else:
            readable = self.media.reads == "bytes" or charset == "utf-8"
        sent = {name: value.lower() for name, value in parameters.items()}
        return readable and self._kinds.fullmatch(kind) is not None and self._parameters.items() <= sent.items()


class Body:
    """The body of a route: read by what it calls itself, checked by the type of that."""

    def __init__(self, declared: RequestBody | None, field: ModelField | None) -> None:
        """Look at what FastAPI was told, and at what it has no argument for."""
        self.media: list[Medium] = []
        """The media types in the order of the contract."""
        self._absent: object = MISSING
        self._is_required = False
        if declared is None or field is None:
            return
        info = field.field_info
        json = Media("json", _ANNOTATED[(info.annotation, *info.metadata, None)])
        self.media = [Medium(name, declared.media.get(name, json)) for name in declared.examples]
        self._is_required = info.is_required()
        if self.has_files:
            check_installed()
        self._forms = {medium: _Form(medium) for medium in self.media if medium.media.reads in ("form", "multipart")}
        self._shapes = {medium: Shape.of(medium.adapter) for medium in self.media if medium.media.reads == "text"}
        self._ranked = sorted(self.media, key=lambda medium: medium.rank)
        # Clients send one text again and again.
        self._chosen = lru_cache(maxsize=_REMEMBERED)(self._choose)

    @property
    def headers(self) -> tuple[str, ...]:
        """The headers that are looked at."""
        return HEADERS if self.media else ()

    @property
    def names(self) -> frozenset[str]:
        """What `read` gives."""
        return frozenset({"body", "media_type"} if self.media else ())

    @property
    def has_files(self) -> bool:
        """Whether files may come with it, to be deleted with the request."""
        return any(medium.media.reads == "multipart" for medium in self.media)

    async def read(
        self, scope: Scope, receive: Receive, lines: Lines, words: Mapping[str, str]
    ) -> tuple[dict[str, Any], list[Fault]]:  # values of any type
        """Give the body and its media type by their names in Python, and every fault.

        Raise `UnsupportedMediaType`, `ContentTooLarge` or `MalformedBody`.
        """
        if not await has_body(receive, lines):
            return self._nothing()
        told = told_type(lines)
        chosen = None if told is None else self._chosen(told)
        if chosen is None:
            raise UnsupportedMediaType([medium.name for medium in self.media])
        medium, kind, parameters = chosen
        if medium.media.reads == "multipart":
            value, faults = self._forms[medium].of_parts(await _parts(scope, receive, lines))
        else:
            raw = await read_bytes(receive, lines)
            if not raw:
                return self._nothing()
            value, faults = self._value(medium, raw, parameters)
        if faults:
            return {}, faults
        try:
            checked = medium.adapter.validator.validate_python(value, context=IN_REQUEST, from_attributes=True)
        except ValidationError as error:
            return {}, list(faults_of_value(("body",), error.errors(include_url=False), value, words))
        return {"body": checked, "media_type": kind if medium.is_range else medium.name}, []

    def _choose(self, told: str) -> tuple[Medium, str, Mapping[str, str]] | None:
        """Find the way to read a body that calls itself so."""
        kind, parameters = media_type(told) or _UNKNOWN
        medium = next((medium for medium in self._ranked if medium.takes(kind, parameters)), None)
        return None if medium is None else (medium, kind, parameters)

    def _nothing(self) -> tuple[dict[str, Any], list[Fault]]:  # as above
        return ({}, [_MISSING]) if self._is_required else ({"body": MISSING, "media_type": MISSING}, [])

    def _value(self, medium: Medium, raw: bytes, parameters: Mapping[str, str]) -> tuple[object, list[Fault]]:
        match medium.media.reads:
            case "json":
                return read_json(raw), []
            case "form":
                return self._forms[medium].of_texts(urlencoded(raw))
            case "text":
                try:
                    return self._shapes[medium].value(_text(raw, parameters.get("charset", "utf-8"))), []
                except UnreadableText as error:
                    return None, [Fault("body", error.message, error.kind)]
            case _:
                return raw, []


class _Form:
    """How the members of a form become an object: each in the way that `encoding` or its schema says."""

    def __init__(self, medium: Medium) -> None:
        media = medium.media
        self._shape = Shape.of(medium.adapter)
        self._files = frozenset(media.files)
        self._encoding = media.encoding
        self._names = Names([_member(name, shape, media) for name, shape in self._shape.members.items()])

    def of_texts(self, sent: Mapping[str, list[str]]) -> tuple[object, list[Fault]]:
        """Read an object from texts that are still percent-encoded."""
        return self._read(sent, unplus)

    def of_parts(self, sent: Mapping[str, list[Part]]) -> tuple[object, list[Fault]]:
        """Read an object from the parts of a form; those that are no files are texts."""
        files = {name: parts for name, parts in sent.items() if name in self._files}
        texts = {name: [part.text() for part in parts] for name, parts in sent.items() if name not in files}
        tree, faults = self._read(texts, str)
        for name, parts in files.items():
            shape = self._shape.members[name]
            tree[name] = parts if shape.is_array else parts[0]
            if len(parts) > 1 and not shape.is_array:
                faults.append(Fault(f"body.{safe(name)}", "The file should be sent once", "repeated"))
            faults += self._other_types(name, parts)
        return tree, faults

    def _read(self, sent: Mapping[str, list[str]], decode: Callable[[str], str]) -> tuple[dict[str, Tree], list[Fault]]:
        owners, owned = self._names.sort(sent)
        tree: dict[str, Tree] = {}
        faults: list[Fault] = []
        for reading, names in owned.items():
            try:
                trees = reading.of_names(names, decode)
                assert trees is not None  # noqa: S101 - something was sent
                found = trees()
                tree[reading.alias] = found[0] if reading.content is not None else reading.value(found)
            except UnreadableText as error:
                place = ".".join(("body", safe(reading.alias), *map(safe, error.place)))
                faults.append(Fault(place, error.message, error.kind))
            if any(len(texts) > 1 and not reading.may_repeat(name) for name, texts in names.items()):
                faults.append(Fault(f"body.{safe(reading.alias)}", "The member should be sent once", "repeated"))
        for name in (name for name, owner in owners.items() if owner is None):
            texts = [decode(text) for text in sent[name]]
            try:
                tree[name] = self._shape.others.value(texts[0] if len(texts) == 1 else texts)
            except UnreadableText as error:
                faults.append(Fault(f"body.{safe(name)}", error.message, error.kind))
        return tree, faults

    def _other_types(self, name: str, parts: Sequence[Part]) -> list[Fault]:
        """Find files that are of a type that the contract does not name."""
        declared = str(self._encoding.get(name, {}).get("contentType", "*/*")).split(",")
        kinds = [re.compile(re.escape(kind.strip().lower()).replace(r"\*", ".+")) for kind in declared]
        return [
            Fault(f"body.{safe(name)}", f"Should be of type {' or '.join(map(str.strip, declared))}", "format")
            for part in parts
            if not any(kind.fullmatch(part.content_type.partition(";")[0].strip().lower()) for kind in kinds)
        ]


def _member(name: str, shape: Shape, media: Media) -> Reading:
    said = media.encoding.get(name, {})
    by_style = {"style", "explode", "allowReserved"} & said.keys()  # then they win (OpenAPI 3.1.1, section 4.8.15.1)
    kind = None if by_style else said.get("contentType")
    is_json = kind is not None and _is_json(kind) and not (shape.is_array or shape.is_object)  # those are JSON anyway
    sent = Sent(said.get("style"), said.get("explode"), kind if is_json else None)
    reading = Reading("query", name, sent, shape)
    reading.takes_members = reading.takes_members and bool(by_style)  # else an object in a form is JSON
    return reading


def _is_json(kind: str) -> bool:
    return kind.partition(";")[0].strip().lower().endswith(("/json", "+json"))


def _text(raw: bytes, charset: str) -> str:
    try:
        return raw.decode(charset)
    except UnicodeDecodeError as error:
        raise MalformedBody(f"byte {error.start + 1} is not {charset.upper()}") from None


async def _parts(scope: Scope, receive: Receive, lines: Lines) -> dict[str, list[Part]]:
    """Read a form with files, which are closed and deleted with the request, whatever becomes of it."""
    sent = await multipart(scope, receive, lines)
    stack: AsyncExitStack = scope["fastapi_inner_astack"]
    found: dict[str, list[Part]] = {}
    for name, part in sent:
        stack.push_async_callback(part.close)
        found.setdefault(name, []).append(part)
    return found
