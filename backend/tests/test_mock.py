"""`make mock`, as a front end sees it before there is a backend (MOCK-1 to MOCK-10)."""

import os
import re
import shlex
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any  # answers are any JSON

import httpx
import jwt
import pytest
from pydantic import Field, TypeAdapter

from backend.settings import Settings
from backend.tests.client import Client, code, fields, operations, resolve
from backend.tests.contracts import written
from generated import routes
from scripts.contract import CONTRACT, ROOT
from scripts.mock.__main__ import main
from scripts.mock.instances import Instances, NoInstance, of_type

PATIENCE = 60
"""Seconds for a start on a busy machine."""


class Mock:
    """A running mock and what it has printed; the lines of requests come after that."""

    def __init__(self, process: subprocess.Popen[bytes], output: Path) -> None:
        deadline = time.monotonic() + PATIENCE
        while "Try" not in output.read_text() and process.poll() is None and time.monotonic() < deadline:
            time.sleep(0.05)
        lines = [line.partition(" ") for line in output.read_text().splitlines()]
        self.banner = {label: said.strip() for label, _, said in lines}
        self.process = process

    @property
    def url(self) -> str:
        """Where it says that it is."""
        return self.banner["Mock"]


@contextmanager
def mocking(folder: Path, *options: str) -> Iterator[Mock]:
    """A mock, which finds none of the settings of the service."""
    environment = {name: value for name, value in os.environ.items() if name.lower() not in Settings.model_fields}
    command = [sys.executable, "-m", "scripts.mock", "--port", "0", *options]
    output, errors = folder / "output", folder / "errors"
    with (
        output.open("wb") as out,
        errors.open("wb") as err,
        subprocess.Popen(command, cwd=ROOT, env=environment, stdout=out, stderr=err) as process,  # noqa: S603 - our own
    ):
        try:
            yield Mock(process, output)
        finally:
            process.send_signal(signal.SIGTERM)


@pytest.fixture(scope="module")
def mock(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mock]:
    with mocking(tmp_path_factory.mktemp("mock")) as running:
        yield running


@pytest.fixture
def anybody(mock: Mock) -> Iterator[Client]:
    with Client(mock.url, user="alice", token="anything") as client:
        yield client


def declared(operation_id: str, status: str) -> dict[str, Any]:
    (operation,) = (told for _, _, told in operations() if told["operationId"] == operation_id)
    answer: dict[str, Any] = resolve(operation["responses"][status])
    return answer


def first_example(answer: dict[str, Any]) -> Any:  # noqa: ANN401 - any JSON
    (content,) = answer["content"].values()
    return resolve(next(iter(content["examples"].values())))["value"]


REQUESTS: dict[str, dict[str, Any]] = {  # arguments of httpx
    "createTask": {"json": {"title": "Buy milk"}},
    "updateTask": {"json": {"priority": 2}},
    "patchTask": {"json": {"priority": 2}},
    "toggleTask": {},
}


@pytest.mark.parametrize("told", list(operations()), ids=lambda told: told[2]["operationId"])
def test_every_operation_answers_with_its_first_success_and_what_the_contract_requires(
    told: tuple[str, str, dict[str, Any]], anybody: Client
) -> None:  # MOCK-1, MOCK-2, MOCK-3
    method, path, operation = told
    status = min(operation["responses"])
    target = path.format(user_id="alice", id=7)
    answered = anybody.request(method, target, **REQUESTS.get(operation["operationId"], {}))  # the client checks it
    assert str(answered.status_code) == status
    answer = resolve(operation["responses"][status])
    if answer.get("content") and answered.headers["content-type"] == "application/json":
        assert answered.json() == first_example(answer)


def test_a_request_can_prefer_a_declared_answer(anybody: Client) -> None:  # MOCK-4
    missing = anybody.get("/api/alice/tasks/7", headers={"Prefer": "code=404"})
    assert (missing.status_code, code(missing)) == (404, "task_not_found")
    assert missing.json() == first_example(declared("getTask", "404"))
    assert missing.headers.get_list("x-request-id", split_commas=True)[1:] == []
    down = anybody.get("/health/db", headers={"Prefer": 'respond-async, code="503"'})
    assert (down.status_code, int(down.headers["retry-after"]) >= 0) == (503, True)


def test_a_request_can_prefer_an_example_by_its_name(anybody: Client) -> None:  # MOCK-4
    (content,) = declared("createTask", "422")["content"].values()
    for name, node in content["examples"].items():
        answered = anybody.post(
            "/api/alice/tasks", json={"title": "x"}, headers={"Prefer": f"code=422; example={name}"}
        )
        assert answered.json() == resolve(node)["value"]


@pytest.mark.parametrize("preference", ["code=418", "code=abc", "example=none", "return=minimal", "code=99"])
def test_a_preference_that_is_not_declared_is_passed_over(preference: str, anybody: Client) -> None:  # MOCK-4
    assert anybody.get("/api/alice/tasks", headers={"Prefer": preference}).status_code == 200


@pytest.mark.parametrize(
    "token",
    [
        "x",
        "a.b.c",
        "e30.WzFd.sig",
        "e30.e30.sig",
        jwt.encode({"sub": 7}, "k" * 32),
        jwt.encode({"sub": "alice"}, "k" * 32),
    ],
)
def test_any_token_acts_for_the_owner_unless_it_names_somebody_else(token: str, mock: Mock) -> None:  # MOCK-5
    with Client(mock.url, token=token) as client:
        assert client.get("/api/alice/tasks").status_code == 200


def test_a_token_of_another_user_is_a_403_and_none_a_401(mock: Mock) -> None:  # MOCK-5, MOCK-6
    with Client(mock.url, token=jwt.encode({"user_id": "bob"}, "k" * 32)) as bob:
        assert code(bob.get("/api/alice/tasks")) == "forbidden"
    with Client(mock.url) as nobody:
        assert code(nobody.get("/api/alice/tasks")) == "unauthenticated"
        for sent in ("Basic YTpi", "Bearer", "Bearer a b"):
            refused = nobody.get("/api/alice/tasks", headers={"Authorization": sent})
            assert (code(refused), "invalid_token" in refused.headers["www-authenticate"]) == ("unauthenticated", True)


def test_requests_are_refused_as_the_service_refuses_them(anybody: Client) -> None:  # MOCK-6
    assert fields(anybody.post("/api/alice/tasks", json={"title": "", "color": 1})) == ["body.color", "body.title"]
    assert fields(anybody.get("/api/alice/tasks", params={"staus": "completed"})) == ["query.staus"]
    assert code(anybody.get("/nowhere")) == "not_found"
    assert code(anybody.put("/api/alice/tasks", json={})) == "method_not_allowed"
    text = {"Content-Type": "text/plain"}
    assert code(anybody.post("/api/alice/tasks", content="x", headers=text)) == "unsupported_media_type"
    as_json = {"Content-Type": "application/json"}
    assert code(anybody.post("/api/alice/tasks", content="{", headers=as_json)) == "malformed_json"
    assert code(anybody.post("/api/alice/tasks", content=" " * 2**21, headers=as_json)) == "content_too_large"


def test_pages_of_every_origin_may_call_with_any_header(mock: Mock) -> None:  # MOCK-9
    page = {"Origin": "http://localhost:3000"}
    asked = {"Access-Control-Request-Method": "DELETE", "Access-Control-Request-Headers": "prefer,x-any"}
    allowed = httpx.options(f"{mock.url}/api/alice/tasks/7", headers=page | asked)
    assert (allowed.status_code, allowed.headers["access-control-allow-headers"]) == (200, "prefer,x-any")
    assert "DELETE" in allowed.headers["access-control-allow-methods"]
    answered = httpx.get(f"{mock.url}/health", headers=page)
    assert answered.headers["access-control-allow-origin"] == "*"
    assert answered.headers["access-control-expose-headers"] == "*"


def test_it_prints_its_address_and_a_curl_line_that_works(mock: Mock) -> None:  # MOCK-8
    assert mock.banner["Answers"] == f"the {len(routes.OPERATIONS)} operations of tasks.yaml; any bearer token is taken"
    curl, option, header, address = shlex.split(mock.banner["Try"])
    assert (curl, option) == ("curl", "-H")
    name, _, value = header.partition(": ")
    assert httpx.get(address, headers={name: value}).status_code == 200


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
    ({}, None),
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
NOT_YET = pytest.mark.xfail(strict=True, reason="the generator does not carry it yet")
FUZZED = [
    pytest.param(CONTRACT, id="ours"),
    pytest.param(FOREIGN / "library" / "openapi.yaml", id="3.0 in several files", marks=NOT_YET),
    pytest.param(FOREIGN / "outline.yaml", id="recursion, unions, lists in parameters", marks=NOT_YET),
    pytest.param(FOREIGN / "album.yaml", id="forms, files, keys", marks=NOT_YET),
]
HANDWRITTEN = "use_after_free,ensure_resource_availability,ignored_auth,object_level_authorization"
"""Checks of what only handwritten code does: things that come and go, and tokens that are wrong."""


@pytest.mark.parametrize("path", FUZZED)
def test_schemathesis_finds_no_failure_in_the_skeleton(path: Path, tmp_path: Path) -> None:  # MOCK-10
    with mocking(tmp_path, "--contract", str(path)) as running:
        command = [sys.executable, "-m", "schemathesis.cli", "run", str(path), f"--url={running.url}", "--seed=1"]
        command += ["--max-examples=5", "--generation-database=none", f"--exclude-checks={HANDWRITTEN}"]
        command += ["--header=Authorization: Bearer anything", "--header=X-Album-Key: anything", "--no-color"]
        ended = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)  # noqa: S603 - as above
    assert ended.returncode == 0, ended.stdout
    (passed,) = re.findall(r" generated, ([0-9]+) passed", ended.stdout)
    assert int(passed) >= 50, ended.stdout
    assert "✅ Coverage" in ended.stdout
