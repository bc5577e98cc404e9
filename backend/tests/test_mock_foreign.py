"""Mocks of contracts that are not ours, and Schemathesis over the skeleton of every one (MOCK-1 to MOCK-10)."""

import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any  # answers are any JSON

import httpx
import jwt
import pytest
from pydantic import Field, TypeAdapter

from backend.tests.client import code, fields
from backend.tests.contracts import written
from backend.tests.mocks import PATIENCE, Mock, mocking
from scripts.contract import CONTRACT, ROOT
from scripts.mock.__main__ import main
from scripts.mock.instances import Instances, NoInstance, of_type

CODE: dict[str, Any] = {  # as below
    "name": "code",
    "in": "path",
    "required": True,
    "description": "Two letters.",
    "schema": {"type": "string", "pattern": "^[a-z]{2}$"},
}
SHOP: dict[str, Any] = {  # a contract is any JSON
    "openapi": "3.1.0",
    "info": {"title": "Shop", "version": "1.0.0"},
    "tags": [{"name": "wares", "description": "What is sold."}],
    "paths": {
        "/wares/{code}": {
            "get": {
                "operationId": "getWare",
                "summary": "Read a ware",
                "description": "Read a ware.",
                "tags": ["wares"],
                "security": [],
                "parameters": [CODE],
                "responses": {
                    "200": {
                        "description": "The ware.",
                        "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Ware"}}},
                    },
                    "422": {"description": "No such code."},
                },
            },
        },
        "/orders/{code}": {
            "get": {
                "operationId": "listOrders",
                "summary": "List orders",
                "description": "List orders.",
                "tags": ["wares"],
                "security": [{"key": [], "login": [], "page": [], "place": []}, {"token": []}],
                "parameters": [CODE],
                "responses": {
                    "2XX": {
                        "description": "The orders.",
                        "content": {
                            "application/json": {"schema": {"$ref": "#/components/schemas/Part"}},
                            "text/csv": {"examples": {"one": {"value": "id,ware\n1,ab\n"}}},
                            "image/*": {},
                        },
                    },
                    "default": {"description": "Anything else."},
                },
            },
        },
        "/riddle": {
            "post": {
                "operationId": "riddle",
                "summary": "Answer what nobody can make up",
                "description": "Answer what nobody can make up.",
                "tags": ["wares"],
                "security": [],
                "responses": {
                    "200": {
                        "description": "It.",
                        "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Riddle"}}},
                    },
                    "500": {"description": "Nobody knows."},
                },
            },
        },
    },
    "components": {
        "securitySchemes": {
            "key": {"type": "apiKey", "in": "header", "name": "X-Key"},
            "login": {"type": "http", "scheme": "basic"},
            "page": {"type": "apiKey", "in": "cookie", "name": "page"},
            "place": {"type": "apiKey", "in": "query", "name": "place"},
            "token": {"type": "http", "scheme": "bearer"},
        },
        "schemas": {
            "Ware": {
                "description": "A ware.",
                "type": "object",
                "required": ["name", "price"],
                "properties": {
                    "name": {"description": "Its name.", "type": "string", "minLength": 3, "maxLength": 9},
                    "price": {"description": "Its price.", "type": "integer", "minimum": 5, "maximum": 9},
                    "made": {"description": "When.", "type": "string", "format": "date"},
                    "parts": {
                        "description": "Of what.",
                        "type": "array",
                        "maxItems": 3,
                        "items": {"$ref": "#/components/schemas/Part"},
                    },
                },
            },
            "Part": {
                "description": "A part.",
                "type": "object",
                "properties": {"of": {"description": "A material.", "enum": ["wood", "iron"]}},
            },
            "Riddle": {"description": "Nothing.", "type": "integer", "minimum": 8, "maximum": 7},
        },
    },
}


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Mock, Path]]:
    folder = tmp_path_factory.mktemp("shop")
    with mocking(folder, "--contract", str(written(folder, {}, SHOP))) as running:
        yield running, folder / "errors"


def test_a_foreign_contract_is_answered_with_instances_that_show_everything(
    shop: tuple[Mock, Path],
) -> None:  # MOCK-1, MOCK-2
    answered = httpx.get(f"{shop[0].url}/wares/ab")
    ware = answered.json()
    assert (answered.status_code, set(ware)) == (200, {"name", "price", "made", "parts"})
    assert (len(ware["name"]), ware["price"]) == (3, 5)
    assert ware["parts"] == [{"of": "wood"}]


def test_the_curl_line_shows_something_for_every_scheme(shop: tuple[Mock, Path]) -> None:  # MOCK-8
    shown = "-H 'X-Key: anything' -u anyone:anything -b page=anything"
    assert shop[0].banner["Try"] == f"curl {shown} '{shop[0].url}/orders/aa?place=anything'"


def test_what_a_foreign_contract_refuses_is_a_problem_of_the_service(shop: tuple[Mock, Path]) -> None:  # MOCK-6
    refused = httpx.get(f"{shop[0].url}/wares/abc")
    assert (fields(refused), code(refused)) == (["path.code"], "invalid_request")
    assert refused.headers["content-type"] == "application/problem+json"
    preferred = httpx.get(f"{shop[0].url}/wares/ab", headers={"Prefer": "code=422"})
    assert (preferred.status_code, preferred.content) == (422, b"")


@pytest.mark.parametrize(
    ("shown", "status"),
    [
        ({"X-Key": "any", "Cookie": "page=any", "Authorization": "Basic YTpi"}, 200),
        ({"Authorization": "Bearer any"}, 200),
        ({"Authorization": f"Bearer {jwt.encode({'sub': 'bob'}, 'k' * 32)}"}, 200),
        ({}, 401),
        ({"Authorization": "Basic YTpi"}, 401),
        ({"Authorization": "Bearer a b"}, 401),
    ],
)
def test_whatever_is_shown_for_a_scheme_is_taken(
    shown: dict[str, str], status: int, shop: tuple[Mock, Path]
) -> None:  # MOCK-5
    assert httpx.get(f"{shop[0].url}/orders/ab?place=any", headers=shown).status_code == status


@pytest.mark.parametrize(
    ("preferred", "status", "media_type", "text"),
    [
        ({}, 200, "application/json", '{"of":"wood"}'),
        ({"Accept": "text/csv"}, 200, "text/csv; charset=utf-8", "id,ware\n1,ab\n"),
        ({"Accept": "image/*"}, 200, "image/plain", ""),
        ({"Prefer": "code=206"}, 206, "application/json", '{"of":"wood"}'),
        ({"Prefer": "code=418"}, 418, None, ""),
    ],
)
def test_a_range_of_statuses_and_several_media_types_can_be_chosen_from(
    preferred: dict[str, str], status: int, media_type: str | None, text: str, shop: tuple[Mock, Path]
) -> None:  # MOCK-4
    answered = httpx.get(f"{shop[0].url}/orders/ab", headers={"Authorization": "Bearer any"} | preferred)
    assert (answered.status_code, answered.headers.get("content-type"), answered.text) == (status, media_type, text)


def test_an_operation_that_cannot_be_answered_is_named_at_the_start_and_answers_500(
    shop: tuple[Mock, Path],
) -> None:  # MOCK-7
    failed = httpx.post(f"{shop[0].url}/riddle")
    assert (failed.status_code, code(failed)) == (500, "internal_error")
    said = [line for line in shop[1].read_text().splitlines() if line.startswith("mock: ")]
    assert said == ["mock: riddle answers 500: give its 200 an example, none could be made"]


def test_a_refused_contract_and_a_taken_port_are_one_line(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:  # MOCK-8
    refused = written(tmp_path, {"openapi": "2.0"}, SHOP)
    assert main(["--contract", str(refused)]) == 1
    assert "#/openapi: " in capfd.readouterr().err
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        for options, line in (
            (["--contract", str(refused)], "contract.yaml:2: #/openapi: "),
            (["--port", port], f"mock: PORT: {port} on 127.0.0.1 is taken"),
        ):
            command = [sys.executable, "-m", "scripts.mock", *options]
            ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)  # noqa: S603 - as above
            assert (ended.returncode, ended.stdout, ended.stderr.count("\n")) == (1, "", 1)
            assert ended.stderr.startswith(line)


def test_a_mock_is_stopped_like_a_service(tmp_path: Path) -> None:  # MOCK-8
    with mocking(tmp_path) as running:
        assert httpx.get(f"{running.url}/health").status_code == 200
        running.process.send_signal(signal.SIGTERM)
        assert running.process.wait(PATIENCE) == 0


LIST: dict[str, Any] = {"type": "array", "items": {"$ref": "#/$defs/List"}}
MADE: list[tuple[dict[str, Any], Any]] = [
    ({"examples": ["a"], "type": "string"}, "a"),
    ({"const": 3}, 3),
    ({"enum": ["x", "y"]}, "x"),
    ({"anyOf": [{"type": "null"}, {"type": "boolean"}]}, True),
    ({"anyOf": [{"type": "null"}]}, None),
    (
        {"oneOf": [{"type": "object", "properties": {"a": {"const": 1}}}], "properties": {"b": {"const": 2}}},
        {"a": 1, "b": 2},
    ),
    (
        {"allOf": [{"properties": {"a": {"const": 1}}}, {"type": "integer"}], "properties": {"b": {"const": 2}}},
        {"a": 1, "b": 2},
    ),
    ({"type": "array", "items": {"const": 1}}, [1]),
    ({"type": "array", "items": {"const": 1}, "minItems": 3}, [1, 1, 1]),
    ({"type": "array", "items": {"const": 1}, "maxItems": 0}, []),
    ({"$ref": "#/$defs/Name", "description": "Its name."}, "aa"),
    ({"$ref": "#/$defs/List"}, [[[[[[[]]]]]]]),
    ({"$ref": "#/$defs/Chain"}, {"next": {"next": {"next": {"next": {"next": {"next": {}}}}}}}),
    ({}, "a"),
]


@pytest.mark.parametrize(("schema", "instance"), MADE, ids=lambda item: str(item)[:40])
def test_an_instance_has_every_property_and_one_item_of_each_list_and_ends(
    schema: dict[str, Any], instance: object
) -> None:  # MOCK-2
    chain = {"type": "object", "properties": {"next": {"$ref": "#/$defs/Chain"}}}
    schemas: dict[str, Any] = {"Name": {"type": "string", "minLength": 2}, "List": LIST, "Chain": chain}  # as above
    assert Instances(schemas).full(schema) == instance


def test_what_is_made_fits_the_type_or_is_not_given() -> None:  # MOCK-2, MOCK-7
    assert of_type(TypeAdapter(Annotated[int, Field(gt=7)])) == 8
    with pytest.raises(NoInstance):
        of_type(TypeAdapter(Annotated[int, Field(gt=7, lt=8)]))


FOREIGN = Path(__file__).with_name("foreign")
FUZZED = [
    pytest.param(CONTRACT, id="ours"),
    pytest.param(FOREIGN / "library" / "openapi.yaml", id="3.0 in several files"),
    pytest.param(FOREIGN / "outline.yaml", id="recursion, unions, lists in parameters"),
    pytest.param(FOREIGN / "album.yaml", id="forms, files, keys"),
]
HANDWRITTEN = "use_after_free,ensure_resource_availability,ignored_auth,object_level_authorization"
"""Checks of what only handwritten code does: things that come and go, and tokens that are wrong."""


@pytest.mark.parametrize("path", FUZZED)
def test_schemathesis_finds_no_failure_in_the_skeleton(
    path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:  # MOCK-10
    monkeypatch.delenv("COVERAGE_PROCESS_CONFIG", raising=False)  # other tests measure the same code; this one is long
    with mocking(tmp_path, "--contract", str(path)) as running:
        command = [sys.executable, "-m", "schemathesis.cli", "run", str(path), f"--url={running.url}", "--seed=1"]
        command += ["--max-examples=5", "--generation-database=none", f"--exclude-checks={HANDWRITTEN}"]
        command += ["--header=Authorization: Bearer anything", "--header=X-Album-Key: anything", "--no-color"]
        environment = os.environ | {"SCHEMATHESIS_HOOKS": "scripts.fuzz.headers", "PYTHONPATH": str(ROOT)}
        ended = subprocess.run(  # noqa: S603 - as above
            command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False
        )
    assert ended.returncode == 0, ended.stdout
    (passed,) = re.findall(r" generated, ([0-9]+) passed", ended.stdout)
    assert int(passed) >= 50, ended.stdout
    assert "✅ Coverage" in ended.stdout


def test_a_form_that_cannot_be_read_is_a_problem(tmp_path: Path) -> None:  # MOCK-6
    headers = {"X-Album-Key": "anything", "Content-Type": "multipart/form-data; boundary=x"}
    with mocking(tmp_path, "--contract", str(FOREIGN / "album.yaml")) as running:
        answer = httpx.post(f"{running.url}/photos", headers=headers, content=b"--x\r\n\xc2: a\r\n--x--\r\n")
    assert (answer.status_code, answer.json()["code"]) == (400, "malformed_form")
