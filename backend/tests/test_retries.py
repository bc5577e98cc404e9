"""Requests with a key, as the generated plumbing knows them again (specs/toolchain/requests.md), behind any gate."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any  # what is generated for a test has no types

import httpx
import pytest
from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from backend.tests.contracts import GET, PUT, Json, changed, derived, written
from backend.tests.shop import package
from backend.tests.stand_ins import JSON, TASKS, ask, good, serve
from generated import api
from scripts.compare import differences
from scripts.generate.__main__ import main

KEY: Json = {
    "name": "Once-Key",
    "in": "header",
    "x-idempotency-key": True,
    "schema": {"type": "string", "minLength": 1, "maxLength": 9},
}
REPLAYED: Json = {"x-edge": True, "required": True, "schema": {"type": "string", "const": "true"}}
KEYED: Json = {
    f"{PUT} parameters": [KEY],
    f"{PUT} responses 204 headers": {"X-Left": REPLAYED, "X-Mark": {"schema": {"type": "string"}}},
    f"{PUT} responses 409": {
        "description": "It is running.",
        "headers": {"X-Left": REPLAYED},
        "content": {"application/problem+json": {"schema": {"type": "object"}}},
    },
    "paths /files": {
        "post": {
            "operationId": "addFile",
            "parameters": [KEY, {"name": "page", "in": "query", "schema": {"type": "integer"}}],
            "requestBody": {"content": {"text/plain": {"schema": {"type": "string"}}}},
            "responses": {
                "200": {"description": "As it is.", "content": {"*/*": {}}},
                "304": {"description": "As it was."},
                "409": {"description": "It is running.", "content": {"application/problem+json": {}}},
            },
        }
    },
}
UNKEYED: Json = {}


class Refused(Exception):
    """An error as backends have them."""

    def __init__(self, status: int) -> None:
        super().__init__()
        self.status = status


class Gate:
    """Lets everybody in, and keeps answers for as long as the test lasts."""

    def __init__(self) -> None:
        self.kept: dict[Any, Any] = {}
        self.happened: list[str] = []
        self.attempts: list[Any] = []
        self.refusal: Exception | None = None

    async def authenticate(self, _credentials: object, /) -> str:
        """Take everybody for alice."""
        return "alice"

    def authorise(self, _call: object, _caller: str, _owner: str, /) -> None:
        """Let everybody act for everybody."""

    @asynccontextmanager
    async def known(self, _call: object, caller: str, /) -> AsyncIterator[str]:
        """Record the commit that a real one would make."""
        yield caller
        self.happened.append("commit")

    @asynccontextmanager
    async def owned(self, _call: object, _caller: str, owner: str, /) -> AsyncIterator[str]:
        """Record the commit, too."""
        yield owner
        self.happened.append("commit")

    async def recall(self, ctx: str, attempt: Any, /) -> Any:  # noqa: ANN401 - a class that is generated here
        """Give what was kept, or refuse."""
        self.attempts.append(attempt)
        self.happened.append(f"recall for {ctx}")
        if self.refusal is not None:
            raise self.refusal
        return self.kept.get(attempt)

    async def keep(self, ctx: str, attempt: Any, kept: Any, /) -> None:  # noqa: ANN401 - as above
        """Keep it."""
        self.happened.append(f"keep {kept.status} for {ctx}")
        self.kept[attempt] = kept


@pytest.fixture(scope="module")
def things(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SimpleNamespace]:
    """The generated package of a contract with keys for callers and for owners."""
    with package(tmp_path_factory.mktemp("retries"), changed(KEYED)) as found:
        yield found


def sent(
    things: SimpleNamespace,
    gate: Gate,
    request: str,
    headers: list[tuple[str, str]],
    content: Any = None,  # noqa: ANN401 - bytes, or pieces
) -> httpx.Response:
    """Send one request; addFile answers in the way that its body names."""

    async def put(ctx: str, /, *, body: object) -> object:
        del body
        gate.happened.append(f"handle for {ctx}")
        return things.api.PutThingResult(x_mark="made")

    async def get(_ctx: str, /) -> object:
        raise Refused(418)

    async def add(_ctx: str, /, *, page: object, body: object) -> object:
        del page
        gate.happened.append("handle")

        async def pieces() -> AsyncIterator[bytes]:
            yield b"piece"

        if body == "as it was":
            return things.api.AddFileNotModified()
        answer = pieces() if body == "in pieces" else "whole"
        return things.api.AddFileOK(body=answer, media_type="text/plain")

    app = FastAPI(openapi_url=None)
    handlers = SimpleNamespace(put_thing=put, get_thing=get), SimpleNamespace(add_file=add)
    things.routes.register(app, gate, things=handlers[0], default=handlers[1])

    async def told(_: Request, error: Exception) -> Response:
        return JSONResponse({"told": str(error)}, getattr(error, "status", 500), media_type="application/problem+json")

    for kind in (Refused, things.plumbing.ContractViolation, things.plumbing.InvalidRequest):
        app.add_exception_handler(kind, told)

    async def send() -> httpx.Response:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://x") as client:
            return await client.request(*request.split(), headers=headers, content=content)

    return asyncio.run(send())


def attempted(things: SimpleNamespace, path: str, *headers: tuple[str, str], content: Any = b"a") -> Any:  # noqa: ANN401 - a class that is generated here
    """What the gate is told of a request to addFile."""
    gate = Gate()
    response = sent(
        things, gate, f"POST {path}", [("Once-Key", "k"), ("Content-Type", "text/plain"), *headers], content
    )
    assert response.status_code == 200, response.text
    [attempt] = gate.attempts
    return attempt


def put(things: SimpleNamespace, gate: Gate, key: str | None = "k") -> httpx.Response:
    headers = [("Content-Type", "application/json"), *([("Once-Key", key)] if key is not None else [])]
    return sent(things, gate, "PUT /things/bob", headers, b'{"name": "a"}')


def test_the_mark_and_the_header_of_the_edge_are_published(tmp_path: Path) -> None:  # REQ-21, ANSWER-7
    marks = {f"{GET} parameters": [{**KEY, "name": "Other", "x-idempotency-key": False}]}
    contract = changed(KEYED | marks)
    path = written(tmp_path, {}, contract)
    assert main(["--contract", str(path), "--out", str(tmp_path / "generated")]) == 0
    assert differences(contract, derived(tmp_path)) == []


def test_a_request_with_a_key_is_recalled_done_and_kept_before_the_commit(things: SimpleNamespace) -> None:
    # REQ-22, REQ-23
    gate = Gate()
    first = put(things, gate)
    assert gate.happened == ["recall for bob", "handle for bob", "keep 204 for bob", "commit"]
    again = put(things, gate)
    assert gate.happened[4:] == ["recall for bob", "commit"]
    assert (first.status_code, first.content, dict(first.headers)) == (204, b"", {"x-mark": "made"})
    assert (again.status_code, again.content) == (204, b"")
    assert dict(again.headers) == {"x-mark": "made", "idempotency-replayed": "true"}


def test_a_request_without_a_key_is_nothing_to_recall(things: SimpleNamespace) -> None:  # REQ-22
    gate = Gate()
    put(things, gate, None)
    assert gate.happened == ["handle for bob", "commit"]
    whole = sent(things, gate, "POST /files", [("Content-Type", "text/plain")], b"as a whole")
    assert (whole.content, gate.attempts) == (b"whole", [])


def test_what_is_sent_in_pieces_is_sent_without_a_key(things: SimpleNamespace) -> None:  # REQ-23
    assert sent(things, Gate(), "POST /files", [("Content-Type", "text/plain")], b"in pieces").content == b"piece"


def test_a_key_at_an_operation_that_takes_none_is_nothing_to_recall(things: SimpleNamespace) -> None:  # REQ-22
    gate = Gate()
    assert sent(things, gate, "GET /things/bob", [("Once-Key", "k")]).status_code == 500  # as its handler raises
    assert gate.attempts == []


def test_an_invalid_key_or_body_is_refused_before_anything_is_recalled(things: SimpleNamespace) -> None:
    # REQ-21, REQ-22
    gate = Gate()
    answers = [put(things, gate, ""), put(things, gate, "k" * 10)]
    answers.append(
        sent(things, gate, "PUT /things/bob", [("Content-Type", "application/json"), ("Once-Key", "k")], b"{}")
    )
    assert [answer.status_code for answer in answers] == [422, 422, 422]
    assert [answer.json()["told"] for answer in answers] == ["header.Once-Key", "header.Once-Key", "body.name"]
    assert gate.happened == []


def test_what_recall_raises_has_to_be_declared(things: SimpleNamespace) -> None:  # REQ-22, ANSWER-7
    gate = Gate()
    gate.refusal = Refused(409)
    assert (put(things, gate).status_code, gate.happened) == (409, ["recall for bob"])
    gate.refusal = Refused(412)
    response = put(things, gate)
    assert (response.status_code, response.json()["told"]) == (500, "putThing: status 412 is not declared")


def test_only_a_success_that_is_sent_whole_is_kept(things: SimpleNamespace) -> None:  # REQ-23
    headers = [("Once-Key", "k"), ("Content-Type", "text/plain")]
    gate = Gate()
    assert sent(things, gate, "POST /files", headers, b"as it was").status_code == 304
    assert gate.happened == ["recall for alice", "handle", "commit"]
    gate = Gate()
    first, again = (sent(things, gate, "POST /files", headers, b"whole") for _ in range(2))
    assert (first.text, again.text, gate.happened.count("handle")) == ("whole", "whole", 1)
    assert again.headers == {**first.headers, "idempotency-replayed": "true"}
    gate = Gate()
    response = sent(things, gate, "POST /files", headers, b"in pieces")
    assert (response.status_code, gate.happened) == (500, ["recall for alice", "handle"])
    assert "piece by piece" in response.json()["told"]


def test_what_makes_a_request_the_same(things: SimpleNamespace) -> None:  # REQ-24
    async def pieces() -> AsyncIterator[bytes]:
        yield b"a"
        yield b"b"

    first = attempted(things, "/files", content=b"ab")
    assert (first.call.operation_id, first.path, first.key, len(first.fingerprint)) == ("addFile", "/files", "k", 32)
    assert first == attempted(things, "/%66iles", ("X-Other", "1"), content=pieces())
    others = [
        attempted(things, "/files", content=b"abc"),
        attempted(things, "/files", content=None),
        attempted(things, "/files?page=1", content=b"ab"),
        attempted(things, "/files", ("If-Match", '"1"'), content=b"ab"),
        attempted(things, "/files", ("If-Match", '"1'), ("If-Match", '"'), content=b"ab"),
        attempted(things, "/files", ("If-Match", ""), content=b"ab"),
        attempted(things, "/files", ("If-None-Match", '"1"'), content=b"ab"),
    ]
    headers = [("Once-Key", "k"), ("Content-Type", "text/plain; charset=utf-8")]
    gate = Gate()
    sent(things, gate, "POST /files", headers, b"ab")
    assert len({attempt.fingerprint for attempt in [first, *others, *gate.attempts]}) == 9


@pytest.mark.parametrize(("key", "bare"), [("k", "k"), ('"k"', "k"), ('"', '"'), ('"k', '"k'), ('""', "")])
def test_quotes_make_no_difference(things: SimpleNamespace, key: str, bare: str) -> None:  # REQ-24
    gate = Gate()
    put(things, gate, key)
    assert [attempt.key for attempt in gate.attempts] == [bare]


@pytest.mark.parametrize("name", ["recall", "keep"])
def test_the_start_stops_where_the_gate_keeps_no_answers(things: SimpleNamespace, name: str) -> None:  # REQ-25
    gate = Gate()
    there: Json = {
        member: getattr(gate, member) for member in ("authenticate", "authorise", "known", "owned", "recall", "keep")
    }
    del there[name]
    app = FastAPI(openapi_url=None)
    [operation] = [known for known in things.routes.OPERATIONS if known.id == "putThing"]
    route = things.routes.add_route(app, operation)
    with pytest.raises(things.plumbing.InterfaceMismatch) as refused:
        route.serve(SimpleNamespace(**there), object())
    assert refused.value.problems == ("putThing: the gate keeps no answers",)


def gate_of(folder: Path, contract: Json) -> str:
    assert main(["--contract", str(written(folder, {}, contract)), "--out", str(folder / "made")]) == 0
    return (folder / "made" / "gate.py").read_text(encoding="utf-8")


def test_a_gate_without_keys_to_keep_has_no_methods_for_them(tmp_path: Path) -> None:  # REQ-25
    plain, keyed = (gate_of(tmp_path, changed(changes)) for changes in (UNKEYED, KEYED))
    assert "def recall" not in plain
    assert "Gate(Protocol[CallerT, OwnerT_co])" in plain
    assert "async def recall(self, ctx: KnownT | OwnerT, attempt: Attempt, /) -> Kept | None:" in keyed
    assert "Gate(Protocol[CallerT, KnownT, OwnerT])" in keyed


def test_our_own_writes_take_a_key_that_no_handler_sees() -> None:  # REQ-21, REQ-22
    seen: list[Json] = []

    def answer(function: str, arguments: Json) -> object:
        seen.append(arguments)
        return good(function, arguments)

    app, backend = serve(answer)
    headers = {**JSON, "Idempotency-Key": '"a"'}
    first, again = (ask(app, "POST", TASKS, headers, b'{"title": "a"}') for _ in range(2))
    assert [sorted(arguments) for arguments in seen] == [["body", "ctx"]]
    assert (again.status_code, again.content) == (201, first.content)
    assert again.headers == {**first.headers, "idempotency-replayed": "true"}
    assert backend.happened.count("keep alice a") == 1
    assert "idempotency" not in " ".join(api.CreateTaskResult.__annotations__)
