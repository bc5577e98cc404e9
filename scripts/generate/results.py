"""What a handler returns, and what it may raise: the answers of an operation as its Protocol shows them."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from http import HTTPStatus
from typing import Final

from scripts.generate import disjoint
from scripts.generate.annotations import Annotations
from scripts.generate.answers import Answers
from scripts.generate.design import Failure, Member, Result
from scripts.generate.python import identifier, literal, pascal, unique
from scripts.generate.reader import Json, Object
from scripts.generate.refusal import Pointer, Refusal
from scripts.generate.rewriting import members

_PROBLEM: Final = "application/problem+json"
_NOT_FOR_HANDLERS: Final = frozenset({400, 401, 403, 405, 408, 413, 414, 415, 431, 500})
"""What the plumbing, the gate and the edge answer by themselves."""
_STATUS: Final = re.compile(r"[1-5](?:[0-9]{2}|XX)|default")
_MEMBERS: Final = frozenset({"body", "media_type", "status"})
_OF_THE_BODY: Final = frozenset({"content-type", "content-length", "transfer-encoding"})
"""Headers that follow from the body: OpenAPI ignores the first where it is declared, the server sets the others."""
_DEFAULTS: Final = {"*/*": "application/json", "application/*": "application/json", "text/*": "text/plain"}
"""What a media type is unless a handler says so, where the contract leaves it open."""


@dataclass(frozen=True)
class Results:
    """The answers of one operation, `responses` at `pointer`: problems are raised, all others are returned.

    Attributes:
        name: what the classes of its results are called after.
        taken: the names that they cannot have; theirs are added.
    """

    answers: Answers
    name: str
    responses: Object
    pointer: Pointer
    taken: set[str]

    def returned(self) -> tuple[Result, ...]:
        """Decide on a class for each answer that is no problem; there is at least one."""
        for status in self.responses:
            if not _STATUS.fullmatch(status):
                raise Refusal((*self.pointer, status), f"{status} is no status")
        statuses = [status for status in self.responses if not self._is_problem(status)]
        if not statuses:
            raise Refusal(self.pointer, "an operation without a success")
        return tuple(self._result(status, alone=len(statuses) == 1) for status in statuses)

    def raised(self) -> tuple[Failure, ...]:
        """List the problems with the codes that their schemas allow."""
        return tuple(
            Failure(
                status=_key(status),
                codes=", ".join(self._codes(members(self._content(status)[problem]).get("schema"))),
                answer=self._answer(status),
                handlers=_key(status) not in _NOT_FOR_HANDLERS,
            )
            for status in self.responses
            if (problem := self._is_problem(status))
        )

    def _result(self, status: str, *, alone: bool) -> Result:
        name = unique(self.name + ("Result" if alone else _ending(status)), self.taken)
        self.taken.add(name)
        chosen = [] if isinstance(_key(status), int) else [Member("status", "int", "", None)]
        found = [*chosen, *self._body(status), *self._headers(status)]
        return Result(
            name=name,
            status=_key(status),
            doc=str(self._response(status).get("description", "")),
            members=tuple(sorted(found, key=lambda member: member.default is not None)),
            answer=self._answer(status),
        )

    def _body(self, status: str) -> Iterator[Member]:
        content = self._content(status)
        place = (*self.pointer, status, "content")
        types = {
            media_type: self._type(media_type, members(media), (*place, media_type))
            for media_type, media in content.items()
        }
        if not types:
            return
        yield Member("body", " | ".join(dict.fromkeys(types.values())), "", None)
        first, is_open = next(iter(types)), any("*" in media_type for media_type in types)
        if is_open:
            default = _DEFAULTS.get(first, None if "*" in first else first)
            yield Member("media_type", "str", "", default if default is None else literal(default))
        elif len(types) > 1:
            yield Member("media_type", f"Literal[{', '.join(map(literal, types))}]", "", literal(first))

    def _type(self, media_type: str, media: Object, pointer: Pointer) -> str:
        """Write what a handler gives for a body of a media type."""
        kind = self.answers.kind(media_type, media)
        if kind == "raw":
            return "bytes | str | AsyncIterator[bytes]"
        bare = self._bare(media["schema"], (*pointer, "schema")) if "schema" in media else "object"
        return f"{bare} | written.Json[{bare}]" if kind == "json" and bare != "object" else bare

    def _headers(self, status: str) -> Iterator[Member]:
        of_the_edge = self._of_the_edge()
        taken = set(_MEMBERS)
        for name, value in members(self._response(status), "headers").items():
            header = self.answers.components.resolve(value)
            if name in of_the_edge or header.get("x-edge") is True or name.lower() in _OF_THE_BODY:
                continue
            annotation = self._bare(header.get("schema", {}), (*self.pointer, status, "headers", name))
            field = unique(identifier(name, "header"), taken)
            taken.add(field)
            if header.get("required") is True:
                yield Member(field, annotation, name, None)
            else:
                yield Member(field, f"{annotation} | None", name, "None")

    def _of_the_edge(self) -> set[str]:
        """Name the headers that every answer has, problems among them: no handler sets them."""
        if not any(map(self._is_problem, self.responses)):
            return set()
        return set[str].intersection(*(set(members(self._response(known), "headers")) for known in self.responses))

    def _is_problem(self, status: str) -> str:
        """Give the media type of problems as an answer writes it; nothing where it has none."""
        return next((name for name in self._content(status) if name.partition(";")[0].strip() == _PROBLEM), "")

    def _codes(self, schema: Json) -> list[str]:
        schemas = self.answers.rewritten.schemas
        found = disjoint.resolve(schemas, schema)
        branches = found.get("oneOf")
        if isinstance(branches, list):
            return [code for branch in branches for code in self._codes(branch)]
        code = members(disjoint.properties(schemas, found).get("code")).get("const")
        return [code] if isinstance(code, str) else []

    def _bare(self, schema: Json, pointer: Pointer) -> str:
        return Annotations(self.answers.rewritten.schemas).write(schema, pointer).bare

    def _answer(self, status: str) -> str:
        return self.answers.answer(members(self.responses, status), (*self.pointer, status))

    def _response(self, status: str) -> Object:
        return self.answers.components.resolve(self.responses[status])

    def _content(self, status: str) -> Object:
        return members(self._response(status), "content")


def _key(status: str) -> int | str:
    return int(status) if status.isdecimal() else status


def _ending(status: str) -> str:
    """Name what a class of an answer ends in: the phrase of its status, where there is one."""
    try:
        return pascal(HTTPStatus(int(status)).phrase)
    except ValueError:
        return f"Status{status}" if status.isdecimal() else pascal(status)
