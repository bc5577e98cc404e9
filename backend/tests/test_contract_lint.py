"""The contract keeps the style that makes it exact, and every breach is told with file, line and pointer (GEN-14)."""

import subprocess
import sys
from pathlib import Path

import pytest

from backend.tests.contracts import REMOVED, Json, changed, written
from scripts.contract import CONTRACT, ROOT
from scripts.generate.reader import Document, read
from scripts.lint_contract.__main__ import lint, main
from scripts.lint_contract.witness import Candidates, shortest

CREATE = "paths /api/{user_id}/tasks post"
LIST = "paths /api/{user_id}/tasks get"
GET = "paths /api/{user_id}/tasks/{id} get"
PATCH = "paths /api/{user_id}/tasks/{id} patch"
SCHEMAS = "components schemas"
CONTENT: Json = read(CONTRACT).content
TEXT = {"type": "string", "maxLength": 9}

FAULTS: list[tuple[str, Json, str]] = [
    ("operation-complete", {f"{GET} summary": REMOVED}, "/get"),
    ("operation-complete", {f"{GET} description": REMOVED}, "/get"),
    ("operation-complete", {f"{GET} operationId": REMOVED}, "/get"),
    ("operation-complete", {f"{GET} security": REMOVED}, "/get"),
    ("operation-complete", {f"{GET} tags": ["tasks", "health"]}, "/get"),
    ("operation-complete", {f"{GET} responses 200": REMOVED}, "/get"),
    ("status-declared", {f"{GET} responses 401": REMOVED}, "/get"),
    ("status-declared", {f"{GET} responses 404": REMOVED}, "/get"),
    ("status-declared", {f"{GET} responses 500": REMOVED}, "/get"),
    ("status-declared", {f"{GET} responses 503": REMOVED}, "/get"),
    ("status-declared", {f"{LIST} responses 422": REMOVED}, "/get"),
    ("status-declared", {f"{CREATE} responses 413": REMOVED}, "/post"),
    ("status-declared", {f"{CREATE} responses 415": REMOVED}, "/post"),
    ("error-is-problem", {f"{GET} responses 503": {"description": "x"}}, "/get/responses/503"),
    ("body-has-meaning", {f"{GET} requestBody": {"content": {}}}, "/get/requestBody"),
    (
        "header-is-parameter",
        {f"{GET} parameters": [{"name": "Authorization", "in": "header", "schema": TEXT}]},
        "/get",
    ),
    ("paths-differ", {"paths /api/{owner}/tasks": {}}, "/paths/~1api~1{owner}~1tasks"),
    ("link-leads-somewhere", {"components links GetTask operationId": "getTusk"}, "/links/GetTask"),
    ("link-leads-somewhere", {"components links GetTask parameters ids": "$request.path.id"}, "/links/GetTask"),
    ("component-used", {f"{SCHEMAS} Unused": TEXT}, "/schemas/Unused"),
    ("component-used", {"components headers Unused": {"schema": TEXT}}, "/headers/Unused"),
    ("reference-leads-somewhere", {f"{GET} responses 404": {"$ref": "#/components/responses/No"}}, "/responses/404"),
    ("bounded", {f"{SCHEMAS} Description maxLength": REMOVED}, "/schemas/Description"),
    ("bounded", {f"{SCHEMAS} TaskList properties items maxItems": REMOVED}, "/TaskList/properties/items"),
    ("bounded", {f"{SCHEMAS} Description": {"type": ["string", "null"]}}, "/schemas/Description"),
    ("pattern-anchored", {f"{SCHEMAS} Cursor pattern": "[a-z]"}, "/Cursor/pattern"),
    ("pattern-portable", {f"{SCHEMAS} Cursor pattern": "^\\d+$"}, "/Cursor/pattern"),
    ("pattern-portable", {f"{SCHEMAS} Cursor pattern": "^[\\w]+$"}, "/Cursor/pattern"),
    ("pattern-portable", {f"{SCHEMAS} Cursor pattern": "^a\\b$"}, "/Cursor/pattern"),
    ("pattern-portable", {f"{SCHEMAS} Cursor pattern": "^(?=a)a$"}, "/Cursor/pattern"),
    ("pattern-portable", {f"{SCHEMAS} Cursor pattern": "^.$"}, "/Cursor/pattern"),
    ("range", {f"{SCHEMAS} Priority minimum": 6}, "/Priority/minimum"),
    ("range", {f"{SCHEMAS} Description minLength": 1001}, "/Description/minLength"),
    ("default-valid", {f"{SCHEMAS} TaskCreate properties priority default": 6}, "/priority/default"),
    ("default-not-shared", {f"{SCHEMAS} Priority default": 0}, "/Priority/default"),
    ("default-not-patched", {f"{SCHEMAS} TaskUpdate properties completed default": True}, "/completed/default"),
    ("example-valid", {f"{SCHEMAS} Priority examples": [6]}, "/Priority/examples/0"),
    ("example-valid", {"components examples Task value priority": 6}, "/examples/task"),
    ("example-present", {f"{CREATE} requestBody content application/json examples": REMOVED}, "/application~1json"),
    ("satisfiable", {f"{SCHEMAS} Priority": {"type": "integer", "minimum": 6, "maximum": 5}}, "/Priority"),
    ("satisfiable", {f"{SCHEMAS} Task not": {"type": "object"}}, "/schemas/Task"),
    (
        "satisfiable",
        {f"{SCHEMAS} ForbiddenProblem allOf 1 properties status const": "x", f"{SCHEMAS} ProblemDetails not": {}},
        "/ForbiddenProblem",
    ),
    ("body-named", {f"{CREATE} requestBody content application/json schema": {"type": "object"}}, "/schema"),
    (
        "discriminated",
        {"components responses TaskNotFound content application/problem+json schema discriminator": REMOVED},
        "/schema",
    ),
]


def test_the_contract_breaks_no_rule() -> None:  # API-7, GEN-14
    assert lint(read(CONTRACT)) == []


@pytest.mark.parametrize(
    ("rule", "changes", "pointer"), FAULTS, ids=[f"{rule}-{n}" for n, (rule, *_) in enumerate(FAULTS)]
)
def test_a_fault_is_found_where_it_is(rule: str, changes: Json, pointer: str) -> None:  # GEN-14
    document = Document(CONTRACT, changed(changes, CONTENT), {(): 1})
    found = [
        (finding.rule, "/" + "/".join(part.replace("/", "~1") for part in finding.pointer))
        for finding in lint(document)
    ]
    assert any(name == rule and place.endswith(pointer) for name, place in found), found


def test_a_finding_is_a_line_with_file_line_pointer_and_rule(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    contract = written(tmp_path, {f"{SCHEMAS} Priority minimum": 6}, CONTENT)
    assert main([str(contract)]) == 1
    lines = capsys.readouterr().out.splitlines()
    line = next(line for line in lines if "[range]" in line)
    name, number, rest = line.split(":", 2)
    assert (name, rest) == (
        "contract.yaml",
        " #/components/schemas/Priority/minimum: minimum is greater than maximum [range]",
    )
    assert '"minimum": 6' in contract.read_text(encoding="utf-8").splitlines()[int(number) - 1]


def test_the_command_succeeds_on_the_contract_and_fails_on_none(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    subprocess.run([sys.executable, "-m", "scripts.lint_contract"], cwd=ROOT, check=True)
    (tmp_path / "a.yaml").write_text("a: 1\n", encoding="utf-8")
    assert main([str(tmp_path / "a.yaml")]) == 1
    assert "a.yaml:1: #: no OpenAPI document: it has no `openapi` member" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("pattern", "more", "text"),
    [
        ("^[A-Z]{2}-[0-9]+$", 0, "A" * 2 + "-0"),
        ("^(?:ab|cd)x?$", 0, "ab"),
        ("^[^a0A]*$", 2, "--"),
        ("^a.[^b]$", 0, "aaa"),
        ("^[\u03b1-\u03c9]+?\u00e9$", 1, "\u03b1\u03b1\u00e9"),
        ("^[xyz]$", 0, "x"),
        ("^[^ab]c$", 0, "0c"),
    ],
)
def test_a_pattern_has_a_shortest_text(pattern: str, more: int, text: str) -> None:
    assert shortest(pattern, more) == text


@pytest.mark.parametrize(
    ("schema", "candidate"),
    [
        ({"type": "boolean"}, True),
        ({"type": "null"}, None),
        ({"type": "number", "exclusiveMaximum": 5}, 4),
        ({"type": "array", "minItems": 2, "items": {"enum": ["a", "b"]}}, ["a", "b"]),
        ({"type": "array", "minItems": "many", "items": {"type": "null"}}, 0),
        ({"anyOf": [{"type": "null"}]}, None),
        ({"type": "string", "format": "uuid"}, "123e4567-e89b-12d3-a456-426614174000"),
        ({"type": "string", "minLength": "many"}, ""),
        (
            {"allOf": [{"type": "object", "properties": {"a": {"const": 1}}}, {}], "properties": {"b": {"default": 2}}},
            {"a": 1, "b": 2},
        ),
    ],
)
def test_candidates_are_built_from_what_a_schema_says(schema: Json, candidate: object) -> None:
    found = Candidates({}).of(schema)
    assert candidate in found or not found
