"""What a handler returns, and what it may raise: the answers of an operation as its Protocol shows them."""

from collections.abc import Iterator
from dataclasses import dataclass
from http import HTTPStatus
from typing import Final

from scripts.generate import disjoint
from scripts.generate.annotations import Annotations
from scripts.generate.answers import IS_JSON, Answers
from scripts.generate.components import Components
from scripts.generate.design import Failure, Member, Result
from scripts.generate.python import pascal, snake
from scripts.generate.reader import Json, Object
from scripts.generate.refusal import Pointer, Refusal
from scripts.generate.rewriting import Rewritten, members

_PROBLEM: Final = "application/problem+json"
_NOT_FOR_HANDLERS: Final = frozenset({400, 401, 403, 405, 408, 413, 414, 415, 431, 500})
"""What the plumbing, the gate and the edge answer by themselves."""
_STATUSES: Final = frozenset(str(int(status)) for status in HTTPStatus)


@dataclass(frozen=True)
class Results:
    """The answers of one operation, `responses` at `pointer`: problems are raised, all others are returned."""

    rewritten: Rewritten
    operation_id: str
    responses: Object
    pointer: Pointer

    def returned(self) -> tuple[Result, ...]:
        """Decide on a class for each answer that is no problem; there is at least one."""
        for status in self.responses:
            if status not in _STATUSES:
                raise Refusal(
                    (*self.pointer, status), f"the status {status} is not carried: write out which ones it stands for"
                )
        statuses = [status for status in self.responses if _PROBLEM not in self._content(status)]
        if not statuses:
            raise Refusal(self.pointer, "an operation without a success")
        return tuple(self._result(status, alone=len(statuses) == 1) for status in statuses)

    def raised(self) -> tuple[Failure, ...]:
        """List the problems with the codes that their schemas allow."""
        return tuple(
            Failure(
                status=int(status),
                codes=", ".join(self._codes(members(content[_PROBLEM]).get("schema"))),
                answer=self._answer(status),
                handlers=int(status) not in _NOT_FOR_HANDLERS,
            )
            for status in self.responses
            if _PROBLEM in (content := self._content(status))
        )

    def _result(self, status: str, *, alone: bool) -> Result:
        ending = "Result" if alone else pascal(HTTPStatus(int(status)).phrase)
        found = [*self._body(status), *self._headers(status)]
        return Result(
            name=pascal(self.operation_id) + ending,
            status=int(status),
            doc=str(self._response(status).get("description", "")),
            members=tuple(sorted(found, key=lambda member: member.default is not None)),
            answer=self._answer(status),
        )

    def _body(self, status: str) -> Iterator[Member]:
        content = self._content(status)
        place = (*self.pointer, status, "content")
        if len(content) > 1:
            raise Refusal(place, "an answer with several media types")
        for media_type, media in content.items():
            schema = members(media).get("schema")
            is_text = disjoint.resolve(self.rewritten.schemas, schema).get("type") == "string"
            if not is_text and not IS_JSON.fullmatch(media_type):
                raise Refusal((*place, media_type), f"an answer of type {media_type} that is not text")
            yield Member("body", self._bare(schema, (*place, media_type, "schema")), "", None)

    def _headers(self, status: str) -> Iterator[Member]:
        # What every answer has is not a handler's business: the edge sets it.
        of_the_edge = set[str].intersection(
            *(set(members(self._response(known), "headers")) for known in self.responses)
        )
        for name, value in members(self._response(status), "headers").items():
            if name in of_the_edge:
                continue
            header = Components(self.rewritten.content).resolve(value)
            annotation = self._bare(header.get("schema"), (*self.pointer, status, "headers", name))
            if header.get("required") is True:
                yield Member(snake(name), annotation, name, None)
            else:
                yield Member(snake(name), f"{annotation} | None", name, "None")

    def _codes(self, schema: Json) -> list[str]:
        found = disjoint.resolve(self.rewritten.schemas, schema)
        branches = found.get("oneOf")
        if isinstance(branches, list):
            return [code for branch in branches for code in self._codes(branch)]
        code = disjoint.properties(self.rewritten.schemas, found).get("code", {}).get("const")
        return [code] if isinstance(code, str) else []

    def _bare(self, schema: Json, pointer: Pointer) -> str:
        return Annotations(self.rewritten.schemas).write(schema, pointer).bare

    def _answer(self, status: str) -> str:
        return Answers(self.rewritten).answer(members(self.responses, status), (*self.pointer, status))

    def _response(self, status: str) -> Object:
        return Components(self.rewritten.content).resolve(self.responses[status])

    def _content(self, status: str) -> Object:
        return members(self._response(status), "content")
