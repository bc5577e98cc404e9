"""What the judge of exchanges sees, one kind of contradiction at a time (specs/toolchain/witnesses.md)."""

import socket
import threading
from contextlib import closing
from dataclasses import replace
from typing import Any  # a contract is any JSON

import pytest

from scripts.witnesses.calls import Call, Circumstance, Witness, Witnesses
from scripts.witnesses.document import Contract
from scripts.witnesses.judge import Answer, Judge
from scripts.witnesses.mutants import Mutant
from scripts.witnesses.wire import Wire

Json = dict[str, Any]

DOCUMENT: Json = {
    "paths": {
        "/things/{id}": {
            "parameters": [{"name": "id", "in": "path", "required": True, "schema": {"type": "integer", "minimum": 1}}],
            "put": {
                "operationId": "putThing",
                "security": [{"token": []}],
                "parameters": [
                    {"name": "dry", "in": "query", "schema": {"type": "boolean", "default": False}},
                    {"name": "key", "in": "query", "required": True, "schema": {"type": "string"}},
                    {"name": "X-Kind", "in": "header", "schema": {"type": "string"}},
                ],
                "requestBody": {
                    "required": True,
                    "content": {
                        "application/json": {
                            "schema": {
                                "type": "object",
                                "additionalProperties": False,
                                "properties": {"name": {"type": "string", "maxLength": 3, "default": "x"}},
                            }
                        }
                    },
                },
                "responses": {
                    "200": {
                        "headers": {"Size": {"required": True, "schema": {"type": "integer", "maximum": 9}}},
                        "content": {"application/json": {"schema": {"type": "object", "required": ["name"]}}},
                    },
                    "204": {"description": "Nothing."},
                    "422": {"description": "No."},
                },
            },
        }
    },
    "components": {"securitySchemes": {"token": {"type": "http", "scheme": "bearer"}}},
}
CALL = Call(
    "putThing",
    "PUT",
    "/things/{id}",
    path=(("id", "1"),),
    query=(("key", "k"),),
    body=b'{"name": "a"}',
    media_type="application/json",
    caller="alice",
)
GOOD = Answer(200, (("size", "3"), ("content-type", "application/json")), b'{"name": "a"}')
REFUSED = Answer(422, (), b"")
EMPTY = Answer(204, (), b"")


def witnesses_of(document: Json) -> list[Witness]:
    contract = Contract(document)
    return [witness for operation in contract.operations.values() for witness in Witnesses(contract, operation).all()]


def judged(call: Call, answer: Answer) -> list[str]:
    return list(Judge(Contract(DOCUMENT)).contradictions((call,), (answer,)))


def test_a_clean_exchange_contradicts_nothing() -> None:  # WIT-5
    assert judged(CALL, GOOD) == []
    assert judged(CALL, EMPTY) == []
    assert judged(replace(CALL, caller=None), REFUSED) == []
    assert judged(replace(CALL, media_type="application/json; charset=utf-8"), GOOD) == []
    assert judged(replace(CALL, query=(("key", "k"), ("dry", "true"))), GOOD) == []


@pytest.mark.parametrize(
    ("answer", "sentence"),
    [
        (replace(GOOD, status=202), "status 202 is not declared"),
        (replace(GOOD, headers=(*GOOD.headers, ("etag", "1"))), "the header etag is not declared"),
        (replace(GOOD, headers=GOOD.headers[1:]), "the header Size is missing"),
        (replace(GOOD, headers=(("size", "10"), GOOD.headers[1])), "the header Size breaks its schema"),
        (replace(GOOD, headers=(("size", "x"), GOOD.headers[1])), "the header Size breaks its schema"),
        (replace(GOOD, headers=(*GOOD.headers[:1], ("content-type", "a/b"))), "the media type a/b is not declared"),
        (replace(GOOD, headers=GOOD.headers[:1]), "the media type of nothing is not declared"),
        (replace(GOOD, body=b"{"), "the body is no application/json"),
        (replace(GOOD, body=b"[]"), 'the body breaks its schema: : [] is not of type "object"'),
        (replace(EMPTY, body=b"x"), "there is a body where none is declared"),
        (REFUSED, "answered 422 though the request is valid"),
    ],
)  # fmt: skip # one case, one line
def test_an_answer_that_the_contract_does_not_declare_contradicts_it(answer: Answer, sentence: str) -> None:  # WIT-5
    assert judged(CALL, answer) == [sentence]


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({"caller": None}, "there is no token"),
        ({"scheme": "Basic"}, "there is no token"),
        ({"path": (("id", "0"),)}, "the parameter id breaks its schema"),
        ({"path": (("id", "x"),)}, "the parameter id breaks its schema"),
        ({"query": ()}, "the parameter key is missing"),
        ({"query": (("key", "k"), ("key", "k"))}, "the parameter key is repeated"),
        ({"query": (("key", "k"), ("dry", "1"))}, "the parameter dry breaks its schema"),
        ({"query": (("key", "k"), ("cat", "1"))}, "there is no parameter cat"),
        ({"body": None}, "there is no body"),
        ({"media_type": "text/plain"}, "the media type text/plain is not taken"),
        ({"media_type": None}, "the media type of nothing is not taken"),
        ({"body": b"{"}, "the body is no JSON"),
        ({"body": b'{"name": "a", "name": "a"}'}, "the body is no JSON"),
        ({"body": b"NaN"}, "the body is no JSON"),
        ({"body": b'"\xff"'}, "the body is no JSON"),
        ({"body": b'{"name": "aaaa"}'}, "the body breaks its schema"),
        ({"body": b'{"other": 1}'}, "the body breaks its schema"),
    ],
)  # fmt: skip # one case, one line
def test_an_invalid_request_that_succeeds_contradicts_the_contract(changes: Json, fault: str) -> None:  # WIT-5
    call = replace(CALL, **changes)
    assert judged(call, EMPTY) == [f"answered 204 though {fault}"]
    assert judged(call, REFUSED) == []


def test_a_default_that_does_not_hold_contradicts_the_contract() -> None:  # WIT-5
    without = replace(CALL, body=b"{}")
    assert judged(without, replace(GOOD, body=b'{"name": "x"}')) == []
    assert judged(without, GOOD) == ["name is left out and has not its default"]
    twins = (CALL, replace(CALL, query=(*CALL.query, ("dry", "false"))))
    judge = Judge(Contract(DOCUMENT))
    assert list(judge.contradictions(twins, (GOOD, GOOD))) == []
    assert list(judge.contradictions(twins, (GOOD, EMPTY))) == [
        "two requests that mean the same are answered otherwise"
    ]
    made = [witness for witness in witnesses_of(DOCUMENT) if len(witness) > 1]
    assert [second.query[-1] for _, second in made] == [("dry", "false")]


def test_what_befalls_a_service_excuses_its_refusal_but_not_its_answer() -> None:  # WIT-4
    call = replace(CALL, circumstance=Circumstance.LARGE_HEAD)
    assert judged(call, REFUSED) == []
    assert judged(call, replace(REFUSED, status=431)) == ["status 431 is not declared"]


def test_a_change_that_means_nothing_is_not_noticed() -> None:  # WIT-7
    place = ("paths", "/things/{id}", "put", "description")
    mutant = Mutant("description", place, "", place, "x")
    judge = Judge(Contract(mutant.applied(DOCUMENT)))
    assert list(judge.contradictions((CALL,), (GOOD,))) == []


def test_a_connection_that_was_closed_for_idleness_is_opened_again() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener, closing(Wire(listener.getsockname())) as wire:

        def serve() -> None:
            for answer in (b"", b"HTTP/1.1 204 No Content\r\n\r\n"):
                connection, _ = listener.accept()
                with connection:
                    connection.recv(1000)
                    connection.sendall(answer)

        server = threading.Thread(target=serve)
        server.start()
        assert wire.send("GET", b"GET / HTTP/1.1\r\n\r\n") == EMPTY
        server.join()


def test_an_operation_that_can_be_called_without_a_token_is_public() -> None:
    schemes = {"securitySchemes": {"token": {"type": "http", "scheme": "bearer"}}}
    token: Json = {"token": []}
    for security, scheme in (([token], "bearer"), ([token, Json()], None), (list[Json](), None)):
        contract = Contract(
            {"paths": {"/thing": {"get": {"security": security, "responses": {}}}}, "components": schemes}
        )
        assert contract.scheme(contract.operations["GET /thing"]) == scheme
