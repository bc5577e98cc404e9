# Generated from openapi/tasks.yaml by `make generate`. Do not edit.
"""Reads the parameters of a request, every fault at once.

FastAPI declares them and publishes them; it reads one text, or several of one name, and nothing else. What is declared
to it is looked at once, when a route is made; a request is gone through once.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from copy import deepcopy
from typing import Annotated, Any, Final
from urllib.parse import quote, unquote, unquote_to_bytes

from fastapi._compat import ModelField, field_annotation_is_sequence
from fastapi.dependencies.models import Dependant
from fastapi.dependencies.utils import get_flat_params
from fastapi.params import Param, ParamTypes
from pydantic import MISSING, TypeAdapter, ValidationError
from starlette.requests import Request

from .fault_types import FaultType
from .faults import Fault, faults_of_value, safe
from .styles import Names, Reading, Sent, pairs, unplus
from .texts import Shape, Tree, UnreadableText

_ANNOTATED: Final[Any] = Annotated  # type checkers know it in annotations only; here one is built at run time
_IGNORED: Final = frozenset({"accept", "content-type", "authorization"})
"""Header parameters that are only documented (OpenAPI 3.1.1, section 4.8.12.2)."""
_TEMPLATED: Final = re.compile(r"{([^{}]*)}")
_EMPTY: Final[tuple[str, FaultType]] = ("The parameter should have a value, or be left out", "empty")
_REPEATED: Final[tuple[str, FaultType]] = ("The parameter should be sent once", "repeated")


def sent_as(info: Param) -> Sent:
    """Give how a parameter is written."""
    return next((item for item in info.metadata if isinstance(item, Sent)), Sent())


def query_names(dependant: Dependant) -> dict[str, bool]:
    """Give the query parameters that FastAPI itself reads for a dependant, and whether each may be repeated."""
    return {
        known.alias: field_annotation_is_sequence(known.field_info.annotation)
        for known in get_flat_params(dependant)
        if isinstance(known.field_info, Param) and known.field_info.in_ == ParamTypes.query
    }


class _Parameter(Reading):
    """A parameter of an operation, as FastAPI was told."""

    def __init__(self, field: ModelField, info: Param) -> None:
        # The type without the default, and with all that is checked and published of it.
        adapter: TypeAdapter[Any] = TypeAdapter(_ANNOTATED[(info.annotation, *info.metadata, None)])
        sent = sent_as(info)
        super().__init__(info.in_.value, field.alias, sent, Shape.of(adapter))
        self.name = field.name
        self.adapter = adapter
        self.is_required = info.is_required()
        self.allows_empty = sent.said.get("allowEmptyValue") is True and not self.is_required
        default = None if self.is_required else field.default
        self._default = default if self.is_required or default is MISSING else adapter.validate_python(default)

    @property
    def default(self) -> object:
        """What a handler gets where nothing is sent."""
        return deepcopy(self._default) if isinstance(self._default, (dict, list)) else self._default


class Parameters:
    """All parameters of a route."""

    def __init__(self, dependant: Dependant, template: str, others: Mapping[str, bool]) -> None:
        """Look at what FastAPI was told; `others` are query parameters that somebody else reads, and may be repeated."""
        self._others = others
        self._template = template
        self._path = list(_declared(dependant.path_params))
        self._query = list(_declared(dependant.query_params))
        self._header = [known for known in _declared(dependant.header_params) if known.alias.lower() not in _IGNORED]
        self._cookie = list(_declared(dependant.cookie_params))
        self._headers = {known.alias.lower().encode("latin-1") for known in self._header}
        self._names = Names(self._query)

    def read(self, request: Request, words: Mapping[str, str]) -> tuple[dict[str, Any], list[Fault]]:  # of any types
        """Give the values by their names in Python, and every fault; `words` says what a pattern means."""
        target = [*_undecodable(request)]
        values: dict[str, Any] = {}
        faults: list[Fault] = []
        run = _Run(values, faults, words)
        for known in self._path:
            run.take(known, self._in_path(known, request))
        target += self._read_query(request, run)
        if self._header:
            self._read_headers(request, run)
        if self._cookie:
            self._read_cookies(request, run)
        told = {fault.field for fault in target}  # an empty parameter breaks its type too: one reason is enough
        return values, target + [fault for fault in faults if fault.field not in told]

    def _in_path(self, known: _Parameter, request: Request) -> Callable[[], list[Tree]]:
        text: str = request.path_params[known.name]
        if known.content is not None:
            return lambda: [known.of_content(text)]
        if known.style == "simple" and not (known.shape.is_array or known.shape.is_object):
            return lambda: [text]
        return lambda: known.of_text(self._raw(known.name, text, request), unquote)

    def _raw(self, name: str, text: str, request: Request) -> str:
        """Give a path parameter as it was sent: escaped delimiters are data."""
        raw: bytes = request.scope.get("raw_path") or quote(request.scope["path"], safe="/,;=").encode()
        for template, segment in zip(reversed(self._template.split("/")), reversed(raw.split(b"/")), strict=False):
            if f"{{{name}}}" in template:
                parts = _TEMPLATED.split(template)
                pattern = "".join(
                    f"(?P<{part}>.*)" if index % 2 else re.escape(part) for index, part in enumerate(parts)
                )
                found = re.fullmatch(pattern, segment.decode("latin-1"))
                return found[name] if found else text
        return text

    def _read_query(self, request: Request, run: "_Run") -> Iterator[Fault]:
        """Go through the query once; give what is unknown, repeated or empty in the order in which it was sent."""
        sent = pairs(request.scope["query_string"].decode("latin-1"), "&", unplus)
        owners, owned = self._names.sort(sent, self._others)
        empty = {
            known.alias
            for known in self._query
            if not run.take(known, known.of_names(owned.get(known, {}), unplus))
            and owned.get(known) == {known.alias: [""]}
        }
        for name, raws in sent.items():
            field, owner = f"query.{safe(name)}", owners[name]
            if owner is None and name not in self._others:
                yield Fault(field, "There is no such parameter", "unknown")
            elif len(raws) > 1 and not (owner.may_repeat(name) if owner else self._others[name]):
                yield Fault(field, *_REPEATED)
            elif owner is not None and name in empty:
                yield Fault(field, *_EMPTY)

    def _read_headers(self, request: Request, run: "_Run") -> None:
        sent: dict[bytes, list[str]] = {}
        for name, value in request.scope["headers"]:
            if name in self._headers:
                sent.setdefault(name, []).append(value.decode("latin-1"))
        for known in self._header:
            lines = sent.get(known.alias.lower().encode("latin-1"))
            if lines is None:
                run.take(known, None)
            elif len(lines) > 1 and not (known.content is None and (known.shape.is_array or known.shape.is_object)):
                run.faults.append(Fault(f"header.{safe(known.alias)}", *_REPEATED))
            else:
                run.take(known, _in_header(known, ",".join(lines)))  # RFC 9110, section 5.3

    def _read_cookies(self, request: Request, run: "_Run") -> None:
        sent: dict[str, list[str]] = {}
        for name, value in request.scope["headers"]:
            if name == b"cookie":
                for cookie, raws in pairs(value.decode("latin-1"), ";", unquote).items():
                    sent.setdefault(cookie, []).extend(raws)
        for known in self._cookie:
            run.take(known, _in_cookie(known, sent))


class _Run:
    """One request: what was read, and what was wrong."""

    def __init__(self, values: dict[str, Any], faults: list[Fault], words: Mapping[str, str]) -> None:  # of any types
        self.values = values
        self.faults = faults
        self.words = words

    def take(self, known: _Parameter, trees: Callable[[], list[Tree]] | None) -> bool:
        """Read and check one parameter, or take its default; say whether nothing is wrong with it."""
        place: tuple[str, ...] = (known.where, safe(known.alias))
        if trees is None:
            if known.is_required:
                self.faults.append(Fault(".".join(place), "Should not be left out", "missing"))
                return False
            self.values[known.name] = known.default
            return True
        if known.takes_members and known.where == "query":
            place = (known.where,)  # members are sent under their own names
        value: object = None
        try:
            found = trees()
            value = found[0] if known.content is not None else known.value(found)
            self.values[known.name] = known.adapter.validate_python(value)
        except UnreadableText as error:
            self.faults.append(Fault(".".join((*place, *map(safe, error.place))), error.message, error.kind))
        except ValidationError as error:
            self.faults += faults_of_value(place, error.errors(include_url=False), value, self.words)
        else:
            return True
        return False


def _declared(fields: Sequence[ModelField]) -> Iterator[_Parameter]:
    for known in fields:
        info = known.field_info
        assert isinstance(info, Param)  # noqa: S101 - what FastAPI keeps in these lists
        yield _Parameter(known, info)


def _undecodable(request: Request) -> Iterator[Fault]:
    for place, raw in (("path", request.scope.get("raw_path") or b""), ("query", request.scope["query_string"])):
        if b"%" in raw or not raw.isascii():
            try:
                unquote_to_bytes(raw).decode()
            except UnicodeDecodeError:
                yield Fault(place, "Percent-encoded text should be UTF-8", "format")


def _in_header(known: _Parameter, text: str) -> Callable[[], list[Tree]]:
    if known.content is not None:
        return lambda: [known.of_content(text)]
    return lambda: known.of_text(text, str.strip)  # nothing is percent-encoded in a header


def _in_cookie(known: _Parameter, sent: Mapping[str, list[str]]) -> Callable[[], list[Tree]] | None:
    if known.takes_members:
        sent = {name: raws for name, raws in _apart(sent).items() if name in (known.alias, *known.shape.members)}
    elif known.repeats:
        sent = _apart(sent)
    else:
        sent = {name: raws[:1] for name, raws in sent.items()}  # of two cookies of one name the first is the nearer
    return known.of_names(
        {name: raws for name, raws in sent.items() if name == known.alias or known.takes_members}, unquote
    )


def _apart(sent: Mapping[str, list[str]]) -> dict[str, list[str]]:
    """Take cookies apart that hold what OpenAPI writes for exploded values: `a=1&a=2` is one cookie of the name `a`."""
    found: dict[str, list[str]] = {}
    for name, raws in sent.items():
        for raw in raws:
            for inner, values in pairs(f"{name}={raw}", "&", unquote).items():
                found.setdefault(inner, []).extend(values)
    return found
