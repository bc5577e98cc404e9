"""The document that FastAPI derives is the contract, and it tells what the generated code does (GEN-2, GEN-3)."""

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any  # a module that is made at run time

import pytest
from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from backend.tests.contracts import GET, INVALID, PROBLEM, PUT, SCHEMAS, THING, Json, changed, derived, written
from backend.tests.shop import SHOP, package
from generated import routes
from generated.derivation import ATTACHED
from generated.routes import derived_document
from scripts import compare, openapi
from scripts.compare import differences
from scripts.contract import CONTRACT, GENERATED, ROOT
from scripts.generate.__main__ import main
from scripts.generate.reader import read

RICH: Json = {
    "info summary": "Of every kind.",
    "info contact": {"name": "Us", "email": "us@example.org"},
    "info termsOfService": "https://example.org/terms",
    "info license": {"name": "MIT", "identifier": "MIT"},
    "servers": [{"url": "https://example.org/api", "description": "There."}],
    "components securitySchemes token description": "A token.",
    "components securitySchemes token bearerFormat": "JWT",
    f"{GET} deprecated": True,
    f"{GET} x-roles": ["admin", "auditor"],
    f"{GET} description": 'It says "what" it is.\n\n  - with \\d, a backslash\n',
    f"{GET} parameters": [
        {"name": "X-Trace", "in": "header", "description": "A trace.", "schema": {"type": "string", "maxLength": 9}},
        {
            "name": "page-size",
            "in": "query",
            "schema": {"type": "integer", "minimum": 1, "default": 5, "examples": [7]},
        },
        {"name": "ratio", "in": "query", "deprecated": True, "schema": {"type": "number", "exclusiveMaximum": 1.5}},
        {"name": "deep", "in": "query", "required": True, "schema": {"type": "boolean"}},
        {"name": "since", "in": "query", "schema": {"$ref": "#/components/schemas/Moment"}},
    ],
    f"{GET} responses 200 headers": {
        "X-Count": {"description": "How many.", "required": True, "schema": {"type": "integer", "format": "int32"}},
        "X-Next": {"schema": {"type": "string", "format": "uri-reference"}},
        "X-Id": {"$ref": "#/components/headers/Id"},
    },
    f"{GET} responses 304": {"description": "As it was.", "headers": {"X-Id": {"$ref": "#/components/headers/Id"}}},
    f"{GET} responses 404": {"$ref": "#/components/responses/Gone"},
    f"{PUT} requestBody": {"$ref": "#/components/requestBodies/Thing"},
    f"{PUT} responses 404": {"$ref": "#/components/responses/Gone"},
    "paths /owners/{ownerId}/things": {
        "parameters": [
            {"name": "ownerId", "in": "path", "required": True, "x-owner": True, "schema": {"type": "string"}},
        ],
        "get": {
            "operationId": "listThings",
            "tags": ["other things"],
            "summary": "List things",
            "responses": {
                "200": {
                    "description": "All.",
                    "content": {
                        "application/json": {
                            "schema": {"type": "array", "items": {"$ref": "#/components/schemas/Thing"}}
                        }
                    },
                },
                "422": INVALID,
            },
        },
    },
    "paths /things": {
        "post": {
            "operationId": "addThings",
            "tags": ["other things"],
            "summary": "Add things",
            "security": [],
            "requestBody": {
                "content": {
                    "application/json": {
                        "schema": {
                            "type": "object",
                            "description": "Some things.",
                            "additionalProperties": False,
                            "required": ["items"],
                            "properties": {
                                "items": {
                                    "type": "array",
                                    "minItems": 1,
                                    "maxItems": 3,
                                    "uniqueItems": True,
                                    "items": {"type": "object", "properties": {"a": {"type": "null"}}},
                                },
                            },
                        },
                    },
                },
            },
            "responses": {
                "201": {"description": "Added.", "content": {"text/plain": {"schema": {"type": "string"}}}},
                "422": INVALID,
            },
        },
    },
    "components headers": {"Id": {"description": "An id.", "required": True, "schema": {"type": "string"}}},
    "components requestBodies": {
        "Thing": {
            "description": "The thing.",
            "required": True,
            "content": {
                "application/json": {
                    "schema": {"$ref": "#/components/schemas/Thing"},
                    "examples": {"one": {"$ref": "#/components/examples/One"}},
                },
                "application/merge-patch+json": {"schema": {"$ref": "#/components/schemas/Thing"}},
            },
        },
    },
    "components examples": {"One": {"summary": "One", "value": {"name": "a", "note": None}}},
    "components responses": {
        "Gone": {
            "description": "Gone.",
            "headers": {"X-Id": {"$ref": "#/components/headers/Id"}},
            "content": PROBLEM,
            "links": {"again": {"$ref": "#/components/links/Again"}},
        },
    },
    "components links": {"Again": {"operationId": "getThing", "parameters": {"id": "$request.path.id"}}},
    f"{SCHEMAS} Problem": {
        "oneOf": [{"$ref": "#/components/schemas/Lost"}, {"$ref": "#/components/schemas/Broken"}],
        "discriminator": {
            "propertyName": "code",
            "mapping": {"lost": "#/components/schemas/Lost", "broken": "#/components/schemas/Broken"},
        },
    },
    f"{SCHEMAS} Coded": {
        "type": "object",
        "title": "With a code",
        "properties": {"at": {"type": "string", "format": "date"}},
    },
    f"{SCHEMAS} Lost": {
        "allOf": [
            {"$ref": "#/components/schemas/Coded"},
            {"type": "object", "required": ["code"], "properties": {"code": {"type": "string", "const": "lost"}}},
        ],
    },
    f"{SCHEMAS} Broken": {
        "type": "object",
        "additionalProperties": True,
        "required": ["code"],
        "properties": {"code": {"const": "broken"}, "nested": {"type": "object", "properties": {"x": {}}}},
    },
    f"{SCHEMAS} Moment": {"oneOf": [{"type": "string", "format": "date"}, {"type": "string", "format": "date-time"}]},
    f"{SCHEMAS} Labels": {
        "description": "Labels.",
        "type": "object",
        "maxProperties": 2,
        "propertyNames": {"maxLength": 4},
        "additionalProperties": {"type": ["string", "null"], "maxLength": 5},
    },
    f"{SCHEMAS} Size": {"type": "integer", "enum": [1, 2]},
    f"{SCHEMAS} Maybe": {"type": ["string", "null"], "enum": ["a", None]},
    f"{SCHEMAS} Thing dependentRequired": {"note": ["size"]},
    f"{SCHEMAS} Thing properties": {
        "name": {
            "$ref": "#/components/schemas/Name",
            "description": "Its name.",
            "not": {"const": "x", "description": "no x"},
        },
        "note": {"description": "A note.", "type": ["string", "null"], "maxLength": 100, "default": None},
        "labels": {"$ref": "#/components/schemas/Labels"},
        "size": {"$ref": "#/components/schemas/Size", "default": 1},
        "maybe": {"$ref": "#/components/schemas/Maybe"},
        "any": {},
        "free": {"type": "object"},
        "fives": {"type": "array", "items": {"type": "integer", "multipleOf": 5}},
        "either": {"anyOf": [{"type": "string"}, {"type": "integer"}], "title": "Either", "deprecated": True},
        "problem": {"$ref": "#/components/schemas/Problem"},
        "yes": {"type": "boolean", "const": True},
    },
}


def copied(folder: Path) -> Path:
    """Copy the generated code without the contract and its copy."""
    shutil.copytree(GENERATED, folder / "generated", ignore=shutil.ignore_patterns("__pycache__", "openapi.json"))
    return folder / "generated"


def test_the_derived_document_is_the_contract() -> None:  # GEN-2
    assert differences(read(CONTRACT).content, derived_document()) == []


@pytest.mark.parametrize("changes", [{}, RICH], ids=["small", "rich"])
def test_other_contracts_come_out_as_they_went_in(changes: Json, tmp_path: Path) -> None:
    contract = written(tmp_path, changes)
    assert main(["--contract", str(contract), "--out", str(tmp_path / "generated")]) == 0
    assert differences(changed(changes), derived(tmp_path)) == []


@pytest.mark.parametrize(
    ("file", "old", "new", "expected"),
    [
        ("models.py", "max_length=200", "max_length=199", "/schemas/Title/maxLength: 200 != 199"),
        (
            "models.py",
            "Literal[400]",
            "Literal[499]",
            "/schemas/MalformedJsonProblem/properties/status/enum/0: 400 != 499",
        ),
        ("routes.py", "201: Returned(", "202: Returned(", "/paths//api/{user_id}/tasks/post/responses/202: None != "),
        ("routes.py", "403: ANSWER_FORBIDDEN", "418: ANSWER_FORBIDDEN", "/responses/418: None != "),
        (
            "routes.py",
            '"Retry-After": HEADER_RETRY_AFTER',
            '"Retry-Then": HEADER_RETRY_AFTER',
            "/headers/retry-then: None != ",
        ),
        ("routes.py", "le=3600", "le=3601", "/headers/retry-after/schema/maximum: 3600 != 3601"),
        ("routes.py", "    limit: Annotated[", "    limits: Annotated[", "/parameters/query limits: None != "),
        ("routes.py", "le=10000)", "le=9999)", "/parameters/query offset/schema/maximum: 10000 != 9999"),
        ("routes.py", "caller: Annotated[object, Security(SCHEME_BEARER_AUTH)],", "", "/get/security: "),
        ("routes.py", "        OWNER,\n", "", "/parameters/path user_id/x-owner: True != None"),
        ("routes.py", '    roles=("admin",),\n', "", "/get/x-roles: "),
        (
            "routes.py",
            '"application/merge-patch+json": {',
            '"application/x-patch+json": {',
            "/content/application/x-patch+json",
        ),
    ],
    ids=lambda value: value[:40],
)
def test_an_edit_of_the_generated_code_shows(
    file: str, old: str, new: str, expected: str, tmp_path: Path
) -> None:  # GEN-3
    generated = copied(tmp_path)
    text = (generated / file).read_text(encoding="utf-8")
    assert old in text
    (generated / file).write_text(text.replace(old, new), encoding="utf-8")
    found = [str(difference) for difference in differences(read(CONTRACT).content, derived(tmp_path))]
    assert any(expected in line for line in found), found


def told_by_fastapi(routes: Any) -> Json:  # noqa: ANN401 - any generated module of that name
    """Derive the document as FastAPI does without the override, of the same routes and with the same facts."""
    app = FastAPI(openapi_url=None)
    for operation in routes.OPERATIONS:
        routes.add_route(app, operation)
    info = {name: routes.FACTS.document["info"][name] for name in ("title", "version")}
    told: Json = get_openapi(
        openapi_version=routes.FACTS.openapi, routes=app.routes, separate_input_output_schemas=False, **info
    )
    written = {known.template: known.path for known in routes.OPERATIONS}  # where a name in a path is none in Python
    told["paths"] = {written.get(path, path): item for path, item in told["paths"].items()}
    return told


def places(value: object, pointer: str = "") -> Iterator[tuple[str, str]]:
    """Give every place in a document by its JSON pointer, with what is there, or that there are more places in it."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else None
    yield pointer, json.dumps(value) if inner is None else type(value).__name__
    for name, item in inner or ():
        yield from places(item, f"{pointer}/{str(name).replace('~', '~0').replace('/', '~1')}")


def test_what_is_attached_is_listed_with_its_reason(tmp_path: Path) -> None:
    with package(tmp_path, SHOP) as shop:
        found = {
            place
            for generated in (routes, shop.routes)
            for place, _ in {*places(told_by_fastapi(generated))} ^ {*places(generated.derived_document())}
        }
    assert [place for place in found if not any(re.fullmatch(known, place) for known in ATTACHED)] == []
    assert [known for known in ATTACHED if not any(re.fullmatch(known, place) for place in found)] == []
    assert all(ATTACHED.values())
    source = (GENERATED / "derivation.py").read_text(encoding="utf-8")
    assert "openapi.json" not in source
    assert "open(" not in source


def test_the_commands_print_the_document_and_compare_it(capsys: pytest.CaptureFixture[str]) -> None:  # RUN-7
    told = [
        subprocess.run(  # noqa: S603 - our own words
            [sys.executable, "-m", module], cwd=ROOT, check=True, capture_output=True, text=True
        )
        for module in ("scripts.openapi", "scripts.compare")
    ]
    openapi.main()
    assert json.loads(capsys.readouterr().out) == json.loads(told[0].stdout) == derived_document()
    assert (told[1].stdout, told[1].stderr) == ("", "0 differences\n")


def test_the_comparison_fails_when_they_differ(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert compare.main([str(written(tmp_path, {}, THING))]) == 1
    told = capsys.readouterr()
    assert "/info/title" in told.out
