"""The witnesses: requests made from a contract document alone, the same ones every time.

All that is known beside the document is whom a token can be had for, and what may befall a service (`Circumstance`).
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import Enum
from functools import cached_property
from itertools import islice
from typing import Final

from scripts.witnesses.document import METHODS, Contract, Node, Operation
from scripts.witnesses.values import EXTRA, Values

OWNER, STRANGER, LEAVER, ADMIN = "alice", "bob", "carol", "admin"
"""Who has what the witnesses are about, somebody else, who is deleted in the owner's place, again and again, and who is
in the role of the same name, where the service knows it."""

KEPT: Final = "\x00kept"
"""Stands in a path for the id of something that was made for it."""

JSON: Final = "application/json"

_OTHER_MEDIA: Final = ("text/plain", "application/x-www-form-urlencoded", "application/xml", "application/octet-stream")
_MALFORMED: Final = (b"{", b'{"a": 1, "a": 2}', b"NaN", b"\xef\xbb\xbf{}", b'"\xff"', b"[" * 100 + b"]" * 100)
_TEXT_OF_PROBES: Final = "1"
_LONG_TEXT: Final = "x" * 300

_HEADER: Final = re.compile(r"If-[A-Z][A-Za-z-]+|[A-Z][A-Za-z-]+-Key")
"""Names of headers that add a condition (RFC 9110, section 13) or a key; others may be the connection's."""

_SHOWN: Final = 200
"""Bytes of a body in a message."""


class Circumstance(Enum):
    """What befalls a request or the service, beside what the document says; the answer is held to it all the same."""

    NONE = "none"
    TWO_HOSTS = "two Host headers"
    GARBLED = "a header that is none"
    LONG_TARGET = "a target without end"
    LARGE_HEAD = "headers without end"
    LARGE_BODY = "a body without end"
    SLOW = "a head that stays unfinished"
    OUTAGE = "the database is away"
    FAILING = "every handler fails"
    BARE = "what can be switched off is off"
    STRICT = "what can be asked for is asked for"
    CROWDED = "there were too many requests before"
    BUSY = "the same is being done already"
    ROLES = "roles are known"


@dataclass(frozen=True)
class Call:
    """One request.

    Attributes:
        operation: the id of the operation that it is for; none where the path does not know the method.
        path: the decoded values of the path's parameters.
        query: names and values, decoded.
        headers: those that are parameters, and `Accept`: names and values.
        caller: whose token is sent; nobody's if it is none.
        scheme: how the token is presented.
    """

    operation: str | None
    method: str
    template: str
    path: tuple[tuple[str, str], ...] = ()
    query: tuple[tuple[str, str], ...] = ()
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes | None = None
    media_type: str | None = None
    caller: str | None = None
    scheme: str = "Bearer"
    circumstance: Circumstance = Circumstance.NONE

    @property
    def shown(self) -> str:
        """One line for a person; a long body is cut off."""
        path, query = dict(self.path), "".join(f" {name}={text!r}" for name, text in (*self.query, *self.headers))
        body = "" if self.body is None else f" {self.media_type}: {self.body[:_SHOWN].decode('utf-8', 'replace')}"
        troubled = "" if self.circumstance is Circumstance.NONE else f" ({self.circumstance.value})"
        return f"{self.method} {self.template} {path}{query} as {self.caller}{body}{troubled}"


Witness = tuple[Call, ...]
"""A call; or two that have to be answered alike, sent one after the other."""


def is_opaque(contract: Contract, schema: Node) -> bool:
    """Whether the document says that it does not tell which values are good: the service does, or somebody else."""
    return contract.resolve(schema).get("x-opaque") is True


def is_sendable(text: str) -> bool:
    """Whether a line of a head holds the text as it is: servers take white space from both ends."""
    return text == text.strip() and all(" " <= letter <= "~" or letter == "\t" for letter in text)


def text_of(value: Node) -> str | None:
    """A value as the text of a parameter; none where it has no such text."""
    if isinstance(value, str):
        return value
    return json.dumps(value) if isinstance(value, bool | int) else None


@dataclass(frozen=True)
class Witnesses:
    """Makes the witnesses of one operation."""

    contract: Contract
    operation: Operation

    def all(self) -> Iterator[Witness]:
        """Every witness; the plain request first."""
        plain = self.plain()
        yield (plain,)
        ordinary = (
            self._callers,
            self._queries,
            self._headers,
            self._media_types,
            self._accepted,
            self._paths,
            self._bodies,
            self._strangers,
        )
        for calls in (self._circumstances, self._methods, *ordinary):
            yield from ((call,) for call in calls(plain))
        yield from self._twins(plain)
        yield from ((call,) for call in self._reused(plain))

    def plain(self) -> Call:
        """The least that the document calls valid."""
        operation = self.operation
        call = Call(operation.id, operation.method, operation.template)
        scheme = self.contract.scheme(operation)
        if scheme is not None:
            call = replace(call, caller=self._owner, scheme=scheme.capitalize())
        for parameter in self.contract.parameters(operation):
            if parameter["in"] == "path":
                call = replace(call, path=(*call.path, (parameter["name"], self._path_value(parameter))))
            elif parameter.get("required"):
                add = _with_header if parameter["in"] == "header" else _with_query
                call = add(call, parameter["name"], self._sample(parameter))
        for media_type, content in self.contract.bodies(operation).items():
            body = json.dumps(self._values.sample(content.get("schema", {}))).encode()
            return replace(call, body=body, media_type=media_type) if self._needs_body else call
        return call

    @cached_property
    def _values(self) -> Values:
        return Values(self.contract, [*self.contract.words(self.operation), *self.contract.constants])

    @property
    def _owner(self) -> str:
        """Whose token and path it is. What deletes no single thing deletes all that the owner has: there is another."""
        deletes_all = self.operation.method == "DELETE" and not self.contract.supplies(self.operation)
        return LEAVER if deletes_all else OWNER

    @property
    def _needs_body(self) -> bool:
        return bool(self.contract.resolve(self.operation.node["requestBody"]).get("required"))

    def _sample(self, parameter: Node) -> str:
        return text_of(self._values.sample(parameter["schema"])) or _TEXT_OF_PROBES

    def _path_value(self, parameter: Node) -> str:
        if parameter.get("x-owner"):
            return self._owner
        supplied = parameter["name"] in self.contract.supplies(self.operation)
        return KEPT if supplied else self._sample(parameter)

    def _callers(self, plain: Call) -> Iterator[Call]:
        """Without a token, with that of another user, and with one's own."""
        scheme = plain.scheme
        yield from (replace(plain, caller=caller, scheme=scheme) for caller in (None, STRANGER, self._owner))

    def _methods(self, plain: Call) -> Iterator[Call]:
        """Methods that the path does not know."""
        every = self.contract.operations.values()
        known = {other.method for other in every if other.template == plain.template}
        for method in METHODS:
            if method.upper() not in known:
                yield replace(plain, operation=None, method=method.upper(), body=None, media_type=None)

    def _paths(self, plain: Call) -> Iterator[Call]:
        for parameter in self.contract.parameters(self.operation):
            if parameter["in"] == "path":
                for value in self._values.of(parameter["schema"]):
                    text = text_of(value)
                    if not text or text in {".", ".."} or (parameter.get("x-owner") and text != text.strip()):
                        continue  # no path holds the first three, and no issuer has users of the last kind
                    path = tuple((name, text if name == parameter["name"] else old) for name, old in plain.path)
                    caller = text if parameter.get("x-owner") and plain.caller else plain.caller
                    yield replace(plain, path=path, caller=caller)

    def _queries(self, plain: Call) -> Iterator[Call]:
        for parameter in self.contract.parameters(self.operation):
            name = parameter["name"]
            if parameter["in"] != "query":
                continue
            without = replace(plain, query=tuple(item for item in plain.query if item[0] != name))
            yield without
            for value in self._values.of(parameter["schema"]):
                text = text_of(value)
                if text is not None:
                    yield _with_query(without, name, text)
            sample = self._sample(parameter)
            yield _with_query(_with_query(without, name, sample), name, sample)

    def _headers(self, plain: Call) -> Iterator[Call]:
        """Values of headers, and headers that the document names and the operation does not declare."""
        declared = [known for known in self.contract.parameters(self.operation) if known["in"] == "header"]
        for parameter in declared:
            name = parameter["name"]
            without = replace(plain, headers=tuple(item for item in plain.headers if item[0] != name))
            yield without
            for value in self._values.of(parameter["schema"]):
                text = text_of(value)
                if text is not None and is_sendable(text):
                    yield _with_header(without, name, text)
        names = {word for word in self.contract.words(self.operation) if _HEADER.fullmatch(word)}
        for name in sorted(names - {known["name"] for known in declared}):
            yield from (_with_header(plain, name, text) for text in (_TEXT_OF_PROBES, _LONG_TEXT))

    def _strangers(self, plain: Call) -> Iterator[Call]:
        """Parameters that the operation does not declare, with all names that the document knows around it."""
        known = {parameter["name"] for parameter in self.contract.parameters(self.operation)}
        values = [_TEXT_OF_PROBES]
        if any(parameter["in"] == "query" for parameter in self.contract.parameters(self.operation)):
            schemas = self.contract.content.get("components", {}).get("schemas", {})
            known_values = (schema.get("enum", schema.get("examples", [])) for schema in schemas.values())
            values += ["true", *sorted({str(some[0]) for some in known_values if some and text_of(some[0])})]
        for name in [EXTRA, *self.contract.words(self.operation)]:
            if name not in known:
                yield from (_with_query(plain, name, value) for value in values)

    def _bodies(self, plain: Call) -> Iterator[Call]:
        """Without a body, with bodies that are no JSON, and with all values; of one media type for each schema."""
        contents = self.contract.bodies(self.operation)
        if contents:
            yield replace(plain, body=None, media_type=None)
        seen: list[Node] = []
        for media_type, content in contents.items():
            schema = content.get("schema", {})
            yield _with_body(plain, media_type, self._values.sample(schema))
            if schema in seen:
                continue
            seen.append(schema)
            yield from (replace(plain, body=raw, media_type=media_type) for raw in _MALFORMED)
            yield from (_with_body(plain, media_type, value) for value in self._values.of(schema))

    def _media_types(self, plain: Call) -> Iterator[Call]:
        contents = self.contract.bodies(self.operation)
        every = [self.contract.bodies(operation) for operation in self.contract.operations.values()]
        others = [JSON, *(name for content in every for name in content), *_OTHER_MEDIA]
        for content in list(contents.values())[:1]:
            sample = self._values.sample(content.get("schema", {}))
            bodied = _with_body(plain, JSON, sample)
            yield replace(bodied, media_type=None)
            for media_type in dict.fromkeys(others):
                yield replace(bodied, media_type=media_type)
                yield replace(bodied, media_type=f"{media_type}; charset=utf-8")

    def _accepted(self, plain: Call) -> Iterator[Call]:
        """Reads by who wants one of the media types that the document answers with, wherever that is."""
        every = (self.contract.answers(operation) for operation in self.contract.operations.values())
        known = sorted({media_type for media_types in every for media_type in media_types})
        if self.operation.method == "GET":
            yield from (_with_header(plain, "Accept", media_type) for media_type in known)

    def _twins(self, plain: Call) -> Iterator[Witness]:
        """A query parameter left out, and sent with what the document says it then is; a write, and its repetition."""
        for parameter in self.contract.parameters(self.operation):
            schema = self.contract.resolve(parameter["schema"])
            if parameter["in"] == "query" and not parameter.get("required") and "default" in schema:
                yield plain, _with_query(plain, parameter["name"], text_of(schema["default"]) or "")
        for keyed in self._keyed(plain, "twice"):
            yield keyed, keyed

    def _keyed(self, plain: Call, key: str) -> Iterator[Call]:
        """The request under a key that lets it be sent again, where the operation takes one."""
        for parameter in self.contract.parameters(self.operation):
            if parameter.get("x-idempotency-key"):
                yield _with_header(plain, parameter["name"], key)

    def _reused(self, plain: Call) -> Iterator[Call]:
        """Another body under the key of the twins."""
        for content in list(self.contract.bodies(self.operation).values())[:1]:
            validator = self.contract.validator(content["schema"])
            good = (value for value in self._values.of(content["schema"]) if validator.is_valid(value))
            for value in islice(good, 2):
                media_type = next(iter(self.contract.bodies(self.operation)))
                yield from self._keyed(_with_body(plain, media_type, value), "twice")

    def _circumstances(self, plain: Call) -> Iterator[Call]:
        anything = tuple((name, _TEXT_OF_PROBES if value == KEPT else value) for name, value in plain.path)
        for circumstance in Circumstance:
            has_body = bool(self.contract.bodies(self.operation))
            if circumstance is Circumstance.STRICT:
                yield replace(plain, circumstance=circumstance)
            elif circumstance is Circumstance.ROLES:
                yield replace(plain, caller=plain.caller and ADMIN, circumstance=circumstance)
            elif circumstance is Circumstance.BUSY:
                yield from (replace(keyed, circumstance=circumstance) for keyed in self._keyed(plain, "busy"))
            elif circumstance is Circumstance.LARGE_BODY and has_body:
                media_type = next(iter(self.contract.bodies(self.operation)))
                yield replace(plain, path=anything, body=b"", media_type=media_type, circumstance=circumstance)
            elif circumstance not in {Circumstance.NONE, Circumstance.LARGE_BODY}:
                yield replace(plain, path=anything, circumstance=circumstance)


def _with_query(call: Call, name: str, text: str) -> Call:
    return replace(call, query=(*call.query, (name, text)))


def _with_header(call: Call, name: str, text: str) -> Call:
    return replace(call, headers=(*call.headers, (name, text)))


def _with_body(call: Call, media_type: str, value: Node) -> Call:
    return replace(call, body=json.dumps(value).encode(), media_type=media_type)
