"""Whether an exchange contradicts a contract. It knows the document and what went over the wire, and nothing else."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from scripts.witnesses.calls import ADMIN, KEPT, Call, Circumstance, Witness, is_opaque
from scripts.witnesses.document import Contract, Node, Operation

_REFUSED: Final = frozenset({400, 401, 403, 405, 406, 411, 413, 414, 415, 422, 431})
_FAILED: Final = 500
_REUSED: Final = b'"idempotency_key_reused"'
_SUCCESS: Final = range(200, 300)

OF_THE_CONNECTION: Final = frozenset(
    {
        "cache-control",
        "connection",
        "content-encoding",
        "content-length",
        "content-security-policy",
        "content-type",
        "date",
        "keep-alive",
        "referrer-policy",
        "server",
        "server-timing",
        "strict-transport-security",
        "transfer-encoding",
        "vary",
        "x-content-type-options",
        "x-frame-options",
    }
)
"""What servers, proxies and browsers say to each other; every other header is the contract's to declare."""


@dataclass(frozen=True)
class Answer:
    """What came back; names of headers in lower case."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes

    def header(self, name: str) -> str | None:
        """The first value of a header."""
        return next((value for known, value in self.headers if known == name.lower()), None)


@dataclass(frozen=True)
class Judge:
    """Holds exchanges to one contract."""

    contract: Contract

    def contradictions(self, witness: Witness, answers: Sequence[Answer]) -> Iterator[str]:
        """Everything that the contract says otherwise, each as a sentence."""
        for call, answer in zip(witness, answers, strict=True):
            for operation in self.judged_by(call):
                yield from self.of_answer(operation, answer)
            yield from self.of_request(call, answer)
        if len({(answer.status, answer.body) for answer in answers}) > 1:
            yield "two requests that mean the same are answered otherwise"

    def judged_by(self, call: Call) -> list[Operation]:
        """The operation of a call; where the path does not know the method, all operations of the path."""
        every = self.contract.operations
        if call.operation is not None:
            return [every[call.operation]]
        return [operation for operation in every.values() if operation.template == call.template]

    def of_request(self, call: Call, answer: Answer) -> Iterator[str]:
        """Whether what the contract calls valid is refused, or what it calls invalid succeeds."""
        if call.operation is None or call.circumstance not in {Circumstance.NONE, Circumstance.ROLES}:
            return
        operation = self.contract.operations[call.operation]
        fault = next(self.faults(operation, call), None)
        if fault is not None and answer.status in _SUCCESS:
            yield f"answered {answer.status} though {fault}"
        if (
            fault is None
            and (answer.status in _REFUSED or answer.status >= _FAILED)
            and not self._is_luck(call, answer)
        ):
            yield f"answered {answer.status} though the request is valid"
        if fault is None and answer.status in _SUCCESS:
            yield from self._of_defaults(operation, call, answer)

    def faults(self, operation: Operation, call: Call) -> Iterator[str]:
        """Why the contract calls a request invalid."""
        scheme = self.contract.scheme(operation)
        if scheme is not None and (call.caller is None or scheme.lower() != call.scheme.lower()):
            yield "there is no token"
        parameters = {
            (parameter["in"], parameter["name"]): parameter for parameter in self.contract.parameters(operation)
        }
        for (place, name), parameter in parameters.items():
            given = {"query": call.query, "header": call.headers, "path": call.path}[place]
            sent = [text for known, text in given if known == name]
            is_foreign = scheme is not None and parameter.get("x-owner") and sent != [call.caller]
            if is_foreign and not (call.caller == ADMIN and ADMIN in operation.node.get("x-roles", ())):
                yield f"the path is not the caller's: {name}"
            if not sent and parameter.get("required"):
                yield f"the parameter {name} is missing"
            if len(sent) > 1:
                yield f"the parameter {name} is repeated"
            if any(not self._fits(parameter["schema"], text) for text in sent):
                yield f"the parameter {name} breaks its schema"
        yield from (f"there is no parameter {name}" for name, _ in call.query if ("query", name) not in parameters)
        fault = self._fault_of_body(operation, call)
        if fault is not None:
            yield fault

    def _fault_of_body(self, operation: Operation, call: Call) -> str | None:
        declared = self.contract.resolve(operation.node.get("requestBody", {}))
        if not declared or not call.body:
            return "there is no body" if declared.get("required") else None
        media_type = (call.media_type or "").partition(";")[0].strip()
        if media_type not in declared["content"]:
            return f"the media type {media_type or 'of nothing'} is not taken"
        try:
            value = _read(call.body)
        except ValueError:
            return "the body is no JSON"
        is_valid = self._is_valid(declared["content"][media_type].get("schema", {}), value)
        return None if is_valid else "the body breaks its schema"

    def of_answer(self, operation: Operation, answer: Answer) -> Iterator[str]:
        """Whether status, headers, media type and body are what the operation declares."""
        declared = self.contract.resolve(operation.statuses.get(str(answer.status)))
        if declared is None:
            yield f"status {answer.status} is not declared"
            return
        yield from self._of_headers(declared.get("headers", {}), answer)
        content = declared.get("content", {})
        media_type = (answer.header("content-type") or "").partition(";")[0]
        if not content:
            if answer.body:
                yield "there is a body where none is declared"
        elif media_type not in content:
            yield f"the media type {media_type or 'of nothing'} is not declared"
        else:
            yield from self._of_body(content[media_type].get("schema", {}), media_type, answer.body)

    def _of_headers(self, declared: Mapping[str, Node], answer: Answer) -> Iterator[str]:
        names = {name.lower() for name in declared}
        for name, _ in answer.headers:
            if name not in names and name not in OF_THE_CONNECTION:
                yield f"the header {name} is not declared"
        for name, node in declared.items():
            header = self.contract.resolve(node)
            text = answer.header(name)
            if text is None and header.get("required"):
                yield f"the header {name} is missing"
            if text is not None and not self._fits(header.get("schema", {}), text):
                yield f"the header {name} breaks its schema"

    def _of_body(self, schema: Node, media_type: str, raw: bytes) -> Iterator[str]:
        try:
            text = raw.decode()
            value = json.loads(text) if media_type.endswith("json") else text
        except ValueError:
            yield f"the body is no {media_type}"
            return
        if not self._is_valid(schema, value):
            yield f"the body breaks its schema: {self._reason(schema, value)}"

    def _of_defaults(self, operation: Operation, call: Call, answer: Answer) -> Iterator[str]:
        """A member that is left out and that the answer shows has its default there."""
        content = self.contract.bodies(operation).get((call.media_type or "").partition(";")[0])
        if content is None or not call.body:
            return
        try:
            sent, shown = json.loads(call.body), json.loads(answer.body)
        except ValueError:
            return  # as no media type of this one shows members
        for name, child in self.contract.resolve(content["schema"]).get("properties", {}).items():
            node = self.contract.resolve(child)
            if "default" in node and name not in sent and name in shown and shown[name] != node["default"]:
                yield f"{name} is left out and has not its default"

    def _is_luck(self, call: Call, answer: Answer) -> bool:
        """Whether a refusal says nothing about the contract.

        The value was one that only the service can make, or a key that another request has had before, or one thing was
        named twice, which is for no schema to forbid.
        """
        if _REUSED in answer.body or any(_names_twice(call.body or b"", name) for name in self.contract.identifiers):
            return True
        operation = self.contract.operations[str(call.operation)]
        opaque = {
            each["name"] for each in self.contract.parameters(operation) if is_opaque(self.contract, each["schema"])
        }
        return any(name in opaque for name, _ in call.query)

    def _fits(self, schema: Node, text: str) -> bool:
        """Whether a text is valid in one of the readings that it has."""
        if text == KEPT:
            return True
        readings: list[Node] = [text]
        try:
            read = json.loads(text)
        except ValueError:
            read = None
        if isinstance(read, bool | int):
            readings.append(read)
        return any(self._is_valid(schema, reading) for reading in readings)

    def _is_valid(self, schema: Node, value: Node) -> bool:
        return self.contract.validator(schema).is_valid(value)

    def _reason(self, schema: Node, value: Node) -> str:
        error = next(iter(self.contract.validator(schema).iter_errors(value)))
        return f"{'/'.join(map(str, error.instance_path))}: {error.message[:200]}"


def _names_twice(body: bytes, name: str) -> bool:
    """Whether a list of the body has two members that are called the same."""
    try:
        value = json.loads(body)
    except (ValueError, RecursionError):
        return False
    lists = [child for child in value.values() if isinstance(child, list)] if isinstance(value, dict) else []
    named = [[str(item[name]) for item in items if isinstance(item, dict) and name in item] for items in lists]
    return any(len(set(names)) < len(names) for names in named)


def _read(raw: bytes) -> Node:
    """JSON in the strict reading of RFC 8259, section 4: names within an object are unique."""

    def members(pairs: list[tuple[str, Node]]) -> dict[str, Node]:
        if len(dict(pairs)) != len(pairs):
            raise ValueError("a member twice")
        return dict(pairs)

    def constant(name: str) -> Node:
        raise ValueError(name)

    return json.loads(raw.decode(), object_pairs_hook=members, parse_constant=constant)
