"""What the TypeScript package takes from a contract, ours or any (specs/toolchain/client.md)."""

import json
import re
import shutil
from pathlib import Path

import pytest

from backend.settings import PROJECT
from backend.tests.contracts import GET, PUT, SCHEMAS, Json, changed, written
from backend.tests.shop import SHOP
from backend.tests.tools import require_tool
from backend.tests.typescript_package import TSC, node
from scripts.contract import CONTRACT
from scripts.generate.__main__ import main
from scripts.generate.client import Facts
from scripts.generate.package import package
from scripts.generate.reader import read

KEY: Json = {"name": "Once", "in": "header", "x-idempotency-key": True, "schema": {"type": "string"}}


def facts(folder: Path, changes: Json) -> Facts:
    return Facts(read(written(folder, changes)))


def manifest(folder: Path, info: Json) -> Json:
    document = read(written(folder, {"info": info}))
    read_back: Json = json.loads(package(document, "contract.yaml", "")["typescript/package.json"])
    return read_back


def problem(code: str, rule: str, **more: object) -> Json:
    code_ = {"const": code}
    return {"type": "object", "required": ["code"], "properties": {"code": code_}, "x-retry": rule, **more}


def declared(*names: str) -> Json:
    schemas = [{"$ref": f"#/components/schemas/{name}"} for name in names]
    schema = schemas[0] if len(schemas) == 1 else {"oneOf": schemas}
    return {"description": "It went wrong.", "content": {"application/problem+json": {"schema": schema}}}


def test_an_operation_says_how_it_is_called(tmp_path: Path) -> None:  # CLIENT-2
    plain = facts(tmp_path, {}).operations
    things = {"isSecured": True, "answers": ["application/json"], "problems": ["application/problem+json"]}
    assert plain["GET /things/{id}"] == things
    assert plain["PUT /things/{id}"] == {"isSecured": True, "problems": ["application/problem+json"]}
    text = {"description": "A text.", "content": {"text/plain; charset=utf-8": {"schema": {"type": "string"}}}}
    found = facts(
        tmp_path,
        {f"{PUT} parameters": [KEY], f"{GET} responses 200": text, f"{GET} responses 204": {"description": "None."}},
    )
    assert found.operations["PUT /things/{id}"]["key"] == found.key_header == "Once"
    assert found.operations["GET /things/{id}"] == things | {"parseAs": "text", "answers": ["text/plain"]}
    undescribed = facts(tmp_path, {f"{GET} responses 201": {"description": "Anything."}})
    assert "answers" not in undescribed.operations["GET /things/{id}"]
    assert facts(tmp_path, {}).key_header == "Idempotency-Key"


@pytest.mark.parametrize(
    ("scheme", "takes_token"),
    [
        ({"type": "http", "scheme": "Bearer"}, True),
        ({"type": "oauth2", "flows": {}}, True),
        ({"type": "openIdConnect", "openIdConnectUrl": "https://example.org/"}, True),
        ({"type": "http", "scheme": "basic"}, False),
        ({"type": "apiKey", "in": "header", "name": "X-Key"}, False),
    ],
)
def test_a_token_is_for_what_takes_bearer_tokens(tmp_path: Path, scheme: Json, takes_token: bool) -> None:  # noqa: FBT001 # CLIENT-22
    found = facts(tmp_path, {"components securitySchemes token": scheme}).operations
    assert [operation.get("isSecured", False) for operation in found.values()] == [takes_token, takes_token]
    public = facts(tmp_path, {"components securitySchemes token": scheme, f"{GET} security": []}).operations
    assert "isSecured" not in public["GET /things/{id}"]


def test_retries_follow_the_problems_of_the_contract(tmp_path: Path) -> None:  # CLIENT-2, CLIENT-17, CLIENT-18
    found = facts(
        tmp_path,
        {
            f"{SCHEMAS} Busy": problem("busy", "later"),
            f"{SCHEMAS} Full": problem("full", "corrected"),
            f"{SCHEMAS} Odd": problem("odd", "whenever"),
            f"{SCHEMAS} Down": problem("down", "later"),
            f"{GET} responses 409": declared("Busy", "Full"),
            f"{GET} responses 423": declared("Busy"),
            f"{GET} responses 503": declared("Down"),
            f"{GET} responses 502": declared("Full"),
            f"{GET} responses 504": declared("Busy", "Odd"),
            f"{GET} responses 429": declared("Odd"),
            f"{GET} responses 5XX": declared("Busy"),
        },
    )
    assert found.retry_by_code == {"busy": "later", "full": "corrected", "down": "later"}
    assert found.retry_by_status == {
        "401": "authenticated",
        "408": "later",
        "423": "later",
        "429": "later",
        "503": "later",
    }


def test_errors_are_told_apart_by_code_where_all_have_one(tmp_path: Path) -> None:  # CLIENT-2, CLIENT-9
    coded = {f"{SCHEMAS} Problem": problem("wrong", "corrected"), f"{SCHEMAS} Busy": problem("busy", "later")}
    found = facts(tmp_path, coded | {f"{GET} responses 409": declared("Busy", "Problem")})
    assert found.have_codes
    assert found.problems == [f'components["schemas"]["{name}"]' for name in ("Problem", "Busy")]
    inline = {"description": "It is wrong.", "content": {"application/json": {"schema": {"type": "object"}}}}
    mixed = facts(tmp_path, coded | {f"{GET} responses 4XX": inline})
    assert not mixed.have_codes
    assert mixed.problems[-1] == 'paths["/things/{id}"]["get"]["responses"]["4XX"]["content"]["application/json"]'
    assert mixed.roots == ["components", "paths"]


PAGE: Json = {"type": "object", "properties": {"next_cursor": {"type": "string"}}}
CURSOR: Json = {"name": "cursor", "in": "query", "schema": {"type": "string"}}


@pytest.mark.parametrize(
    ("parameters", "schema", "has_pages", "has_example"),
    [
        ([CURSOR], {"allOf": [PAGE]}, True, True),
        ([CURSOR, {"name": "n", "in": "query", "required": True, "schema": {"type": "string"}}], PAGE, True, False),
        ([CURSOR], {"type": "object"}, False, False),
        ([CURSOR | {"in": "header"}], PAGE, False, False),
    ],
)
def test_pages_are_where_a_cursor_goes_in_and_comes_out(
    tmp_path: Path, parameters: list[Json], schema: Json, *, has_pages: bool, has_example: bool
) -> None:  # CLIENT-2, CLIENT-29
    answer = {"description": "A page.", "content": {"application/json": {"schema": schema}}}
    found = facts(tmp_path, {f"{GET} parameters": parameters, f"{GET} responses 200": answer})
    assert found.paged == (["/things/{id}"] if has_pages else [])
    assert found.example == ({"path": "/things/{id}", "parameters": {"id": "id"}} if has_example else {})


def test_a_schema_is_a_type_where_its_name_can_be_one(tmp_path: Path) -> None:  # CLIENT-3
    names = {f"{SCHEMAS} {name}": {"type": "string"} for name in ("string", "a-b", "Record")}
    assert facts(tmp_path, names).schemas == ["Problem", "Name", "Thing", "Record"]


@pytest.mark.parametrize(
    ("title", "name"),
    [
        ("Things", "things-client"),
        ("Café & Co.", "caf-co-client"),
        ("物", "client"),
        ("x" * 300, f"{'x' * 200}-client"),
    ],
)
def test_the_package_is_named_after_the_contract(tmp_path: Path, title: str, name: str) -> None:  # CLIENT-1
    assert manifest(tmp_path, {"title": title, "version": "1.0.0"})["name"] == name


@pytest.mark.parametrize(
    ("said", "version"),
    [
        ("1.2.3", "1.2.3"), ("v2", "2.0.0"), ("1.02", "1.2.0"), ("1.2.3-beta.rc1", "1.2.3-beta.rc1"),
        ("2026-12-24", "0.0.0"), ("latest", "0.0.0"), ("1.2.3.4", "0.0.0"),
    ],
)  # fmt: skip # pairs are easier to read beside each other
def test_its_version_is_one_that_npm_takes(tmp_path: Path, said: str, version: str) -> None:  # CLIENT-1
    assert manifest(tmp_path, {"title": "Things", "version": said})["version"] == version


@pytest.mark.parametrize(
    ("license_", "told"),
    [
        ({"name": "Apache 2.0", "identifier": "Apache-2.0"}, "Apache-2.0"), ({"name": "MIT"}, "MIT"),
        ({"name": "Ask us"}, None), (None, None),
    ],
)  # fmt: skip # as above
def test_its_license_is_the_contracts(tmp_path: Path, license_: Json | None, told: str | None) -> None:  # CLIENT-1
    info: Json = {"title": "Things", "version": "1"} | ({"license": license_} if license_ else {})
    assert manifest(tmp_path, info).get("license") == told


def test_nothing_that_is_copied_knows_an_operation() -> None:  # CLIENT-2
    contract = read(CONTRACT).content
    assert isinstance(contract["paths"], dict)
    for template in (PROJECT / "scripts/templates/typescript").rglob("*.*"):
        text = template.read_text(encoding="utf-8")
        for path in contract["paths"]:
            assert json.dumps(path) not in text, template.name
        assert not re.search(r"task|unavailable|invalid_request", text, re.IGNORECASE), template.name


def test_the_package_of_any_contract_compiles(tmp_path: Path) -> None:  # CLIENT-3
    require_tool("node", "the TypeScript client")
    (tmp_path / "shop.json").write_text(json.dumps(SHOP), encoding="utf-8")
    (tmp_path / "thing.json").write_text(json.dumps(changed({"components schemas Error": {"type": "string"}})))
    foreign = PROJECT / "backend" / "tests" / "foreign"
    contracts = {
        "shop": tmp_path / "shop.json",
        "thing": tmp_path / "thing.json",
        "album": foreign / "album.yaml",
        "library": foreign / "library" / "openapi.yaml",
    }
    for name, contract in contracts.items():
        assert main(["--contract", str(contract), "--out", str(tmp_path / name)]) == 0
    (tmp_path / "node_modules").symlink_to(PROJECT / "node_modules")
    settings = json.loads((tmp_path / "shop" / "typescript" / "tsconfig.json").read_bytes())
    settings["compilerOptions"] |= {"rootDir": ".", "noEmit": True}
    settings["include"] = [f"{name}/typescript/src" for name in contracts]
    (tmp_path / "tsconfig.json").write_text(json.dumps(settings), encoding="utf-8")
    shutil.copy(PROJECT / "package.json", tmp_path)
    done = node(tmp_path, TSC, "--project", tmp_path)
    assert done.returncode == 0, done.stdout
