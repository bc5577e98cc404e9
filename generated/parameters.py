# Generated from openapi/tasks.yaml by `make generate`. Do not edit.
"""Reads the parameters of a request, every fault at once.

FastAPI declares them and publishes them; it reads one text, or several of one name, and nothing else. What is declared
to it is looked at once, when a route is made; a request is gone through once.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from copy import deepcopy
from typing import Annotated, Any, Final, TypeVar
from urllib.parse import quote, unquote, unquote_to_bytes

from fastapi._compat import ModelField, field_annotation_is_sequence
from fastapi.dependencies.models import Dependant
from fastapi.dependencies.utils import get_flat_params
from fastapi.params import Param, ParamTypes
from pydantic import MISSING, TypeAdapter, ValidationError
from starlette.types import Scope

from .exact import IN_REQUEST
from .fault_types import FaultType
from .faults import Fault, faults_of_value, safe
from .head import Lines, header_name
from .styles import Names, Reading, Sent, pairs, unplus
from .texts import Shape, Tree, UnreadableText

_ANNOTATED: Final[Any] = Annotated  # type checkers know it in annotations only; here one is built at run time
_IGNORED: Final = frozenset({"accept", "content-type", "authorization"})
"""Header parameters that are only documented (OpenAPI 3.1.1, section 4.8.12.2)."""
_TEMPLATED: Final = re.compile(r"{([^{}]*)}")
_NOTHING: Final[Mapping[str, list[Tree]]] = {}
_EMPTY: Final[tuple[str, FaultType]] = ("The parameter should have a value, or be left out", "empty")
_REPEATED: Final[tuple[str, FaultType]] = ("The parameter should be sent once", "repeated")
_UNKNOWN: Final[tuple[str, FaultType]] = ("There is no such parameter", "unknown")

SentT = TypeVar("SentT")


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
        self.place: tuple[str, ...] = (self.where, safe(self.alias))
        if self.takes_members and self.where == "query":
            self.place = (self.where,)  # members are sent under their own names
        self.is_required = info.is_required()
        self.allows_empty = sent.said.get("allowEmptyValue") is True and not self.is_required
        default = None if self.is_required else field.default
        self._default = default if self.is_required or default is MISSING else adapter.validate_python(default)

    def of_trees(self, trees: Callable[[], list[Tree]]) -> object:
        """Give the value of what can be read in several ways; raise `UnreadableText`."""
        found = trees()
        return found[0] if self.content is not None else self.value(found)

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
        self._header = [
            (header_name(known.alias), known)
            for known in _declared(dependant.header_params)
            if known.alias.lower() not in _IGNORED
        ]
        self._cookie = list(_declared(dependant.cookie_params))
        self._names = Names(self._query)
        in_headers = [known for _, known in self._header]
        every = [*self._path, *self._query, *in_headers, *self._cookie]
        self.names = frozenset(known.name for known in every)
        """What `read` gives."""
        self.headers = [*(known.alias for known in in_headers), *(["cookie"] if self._cookie else [])]
        """The headers that are looked at."""
        self._absent = {known.name: known.default for known in every if not known.is_required}
        self._copied = [known for known in every if isinstance(self._absent.get(known.name), (dict, list))]
        self._needs_query = any(known.is_required for known in self._query)

    def read(
        self, scope: Scope, lines: Lines, words: Mapping[str, str]
    ) -> tuple[dict[str, Any], list[Fault]]:  # values of any types
        """Give the values by their names in Python, and every fault; `words` says what a pattern means."""
        raw, query = scope.get("raw_path") or b"", scope["query_string"]
        target: list[Fault] = []
        if b"%" in raw or not raw.isascii():
            target += _undecodable("path", raw)
        run = _Run(self._absent.copy(), [], words)
        for known in self._copied:
            run.values[known.name] = known.default
        for known in self._path:
            if known.is_plain:
                run.check(known, known.shape.of_text, scope["path_params"][known.name])
            else:
                self._read_path(known, scope, run)
        if query or self._needs_query:
            if b"%" in query or not query.isascii():
                target += _undecodable("query", query)
            target += self._read_query(query, run)
        if self.headers:
            self._read_headers(lines, run)
        if target:
            told = {fault.field for fault in target}  # an empty parameter breaks its type too: one reason is enough
            return run.values, target + [fault for fault in run.faults if fault.field not in told]
        return run.values, run.faults

    def _read_path(self, known: _Parameter, scope: Scope, run: "_Run") -> None:
        text: str = scope["path_params"][known.name]
        if known.content is not None:
            run.take(known, lambda: [known.of_content(text)])
        else:
            run.take(known, lambda: known.of_text(self._raw(known.name, text, scope), unquote))

    def _raw(self, name: str, text: str, scope: Scope) -> str:
        """Give a path parameter as it was sent: escaped delimiters are data."""
        raw: bytes = scope.get("raw_path") or quote(scope["path"], safe="/,;=").encode()
        for template, segment in zip(reversed(self._template.split("/")), reversed(raw.split(b"/")), strict=False):
            if f"{{{name}}}" in template:
                parts = _TEMPLATED.split(template)
                pattern = "".join(
                    f"(?P<{part}>.*)" if index % 2 else re.escape(part) for index, part in enumerate(parts)
                )
                found = re.fullmatch(pattern, segment.decode("latin-1"))
                return found[name] if found else text
        return text

    def _read_query(self, query: bytes, run: "_Run") -> Iterator[Fault]:
        """Go through the query once; give what is unknown, repeated or empty in the order in which it was sent."""
        sent = pairs(query.decode("latin-1"), "&", unplus)
        owners, owned = self._names.sort(sent, self._others)
        empty: set[str] = set()
        for known in self._query:
            if known in owned or known.is_required:
                own = owned.get(known, _NOTHING)
                if known.is_plain and own and not known.allows_empty:
                    is_fine = run.check(known, known.shape.of_text, unplus(own[known.alias][0]))
                else:
                    is_fine = run.take(known, known.of_names(own, unplus))
                if not is_fine and own == {known.alias: [""]}:
                    empty.add(known.alias)
        for name, raws in sent.items():
            owner, wrong = owners[name], None
            if owner is None and name not in self._others:
                wrong = _UNKNOWN
            elif len(raws) > 1 and not (owner.may_repeat(name) if owner else self._others[name]):
                wrong = _REPEATED
            elif owner is not None and name in empty:
                wrong = _EMPTY
            if wrong is not None:
                yield Fault(f"query.{safe(name)}", *wrong)

    def _read_headers(self, lines: Lines, run: "_Run") -> None:
        for name, known in self._header:
            if name in lines:
                _read_header(known, lines[name], run)
            elif known.is_required:
                run.take(known, None)
        if self._cookie:
            self._read_cookies(lines, run)

    def _read_cookies(self, lines: Lines, run: "_Run") -> None:
        sent: dict[str, list[str]] = {}
        for line in lines.get(b"cookie", ()):
            for cookie, raws in pairs(line, ";", unquote).items():
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
        """Read and check one parameter, or leave it at its default; say whether nothing is wrong with it."""
        if trees is not None:
            return self.check(known, known.of_trees, trees)
        if known.is_required:
            self.faults.append(Fault(f"{known.where}.{safe(known.alias)}", "Should not be left out", "missing"))
        return not known.is_required

    def check(self, known: _Parameter, read: Callable[[SentT], object], sent: SentT) -> bool:
        """Read and check one parameter in a way of its own; say whether nothing is wrong with it."""
        value: object = None
        try:
            value = read(sent)
            self.values[known.name] = known.adapter.validator.validate_python(value, context=IN_REQUEST)
        except UnreadableText as error:
            self.faults.append(Fault(".".join((*known.place, *map(safe, error.place))), error.message, error.kind))
        except ValidationError as error:
            self.faults += faults_of_value(known.place, error.errors(include_url=False), value, self.words)
        else:
            return True
        return False


def _declared(fields: Sequence[ModelField]) -> Iterator[_Parameter]:
    for known in fields:
        info = known.field_info
        assert isinstance(info, Param)  # noqa: S101 - what FastAPI keeps in these lists
        yield _Parameter(known, info)


def _undecodable(place: str, raw: bytes) -> Sequence[Fault]:
    try:
        unquote_to_bytes(raw).decode()
    except UnicodeDecodeError:
        return [Fault(place, "Percent-encoded text should be UTF-8", "format")]
    return ()


def _read_header(known: _Parameter, lines: list[str], run: _Run) -> None:
    if len(lines) > 1 and not (known.content is None and (known.shape.is_array or known.shape.is_object)):
        run.faults.append(Fault(f"header.{safe(known.alias)}", *_REPEATED))
    elif known.is_plain:
        run.check(known, known.shape.of_text, lines[0].strip())  # nothing is percent-encoded in a header
    elif known.content is not None:
        run.take(known, lambda: [known.of_content(lines[0])])
    else:
        run.take(known, lambda: known.of_text(",".join(lines), str.strip))  # RFC 9110, section 5.3


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
