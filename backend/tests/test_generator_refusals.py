"""What the generator does not carry it refuses: in one line with file, pointer and feature (GEN-8)."""

from pathlib import Path

import pytest

from backend.tests.contracts import GET, PUT, REMOVED, SCHEMAS, Json, designed, written
from scripts.generate.__main__ import main
from scripts.generate.refusal import Refusal
from scripts.generate.refusal import written as written_pointer

NAME = f"{SCHEMAS} Name"
THING = f"{SCHEMAS} Thing"
PARAMETER = {"name": "q", "in": "query", "schema": {"type": "string"}}
KEY: Json = {"name": "Key", "in": "header", "x-idempotency-key": True, "schema": {"type": "string"}}
FORM = "application/x-www-form-urlencoded"
FILES = "multipart/form-data"
OF_FORM = {"$ref": "#/components/schemas/Thing"}
UPLOAD = {"$ref": "#/components/schemas/Upload"}
FILE: Json = {"type": "object", "properties": {"file": {}}}
BINARY: Json = {"type": "object", "properties": {"file": {"type": "string", "format": "binary"}}}
NO_NAMES: list[object] = [None, "admin", True, {"admin": True}, [], ["admin", "admin"], ["admin", ""], ["admin", 1]]

REFUSED: list[tuple[Json, str, str]] = [
    # of the document
    ({"info": []}, "#/info", "a info is an object"),
    ({"info logo": "a"}, "#/info/logo", "`logo` of a info is not carried"),
    ({"tags": {}}, "#/tags", "a list of tags is expected"),
    ({f"{GET} responses 404": {"$ref": "other.yaml"}}, "/responses/404/$ref", "of the same file"),
    (
        {f"{GET} responses 404": {"$ref": "#/components/responses/A", "description": "x"}},
        "/responses/404",
        "members beside the $ref of a response",
    ),
    # of operations
    ({f"{GET} security": []}, "/get", "an operation that always asks who calls"),
    ({f"{GET} security": [{"other": []}]}, "/get/security", "there is no security scheme other"),
    *(({f"{GET} x-roles": roles}, "/get/x-roles", "x-roles is a list of names, each once") for roles in NO_NAMES),
    (
        {"paths /a get": {"x-roles": ["admin"], "responses": {"200": {"description": "x"}}}},
        "#/paths/~1a/get/x-roles",
        "x-roles on an operation without x-owner",
    ),
    ({f"{PUT} x-roles": ["admin"]}, "/put/x-roles", "x-roles on a method that does not only read"),
    # of parameters
    ({f"{GET} parameters": [{**PARAMETER, "x-owner": True}]}, "/parameters/0/x-owner", "not in the path"),
    ({f"{GET} parameters": [{**KEY, "in": "query"}]}, "/parameters/0/x-idempotency-key", "not a header"),
    ({f"{GET} parameters": [{**KEY, "schema": {}}]}, "/parameters/0/x-idempotency-key", "of the type string"),
    (
        {f"{GET} parameters": [{**KEY, "schema": {"type": "string", "default": "a"}}]},
        "/parameters/0/x-idempotency-key",
        "all requests would share the key",
    ),
    ({f"{GET} parameters": [KEY, {**KEY, "name": "Other-Key"}]}, "/get", "x-idempotency-key is for one header"),
    (
        {"paths /a get": {"security": [], "parameters": [KEY], "responses": {"200": {"description": "x"}}}},
        "#/paths/~1a/get",
        "where it is always asked who calls",
    ),
    (
        {
            "paths /a get": {
                "security": [{}, {"token": []}],
                "parameters": [KEY],
                "responses": {"200": {"description": "x"}},
            }
        },
        "#/paths/~1a/get",
        "where it is always asked who calls",
    ),
    ({f"{GET} parameters": [{**PARAMETER, "style": "matrix"}]}, "/parameters/0/style", "the style matrix in query"),
    (
        {f"{GET} parameters": [{**PARAMETER, "style": "pipeDelimited", "explode": True, "schema": {"type": "object"}}]},
        "/parameters/0/explode",
        "an exploded object of the style pipeDelimited",
    ),
    (
        {f"{GET} parameters": [{**PARAMETER, "content": {"text/plain": {}}}]},
        "/parameters/0/content",
        "without exactly one schema or one media type",
    ),
    ({"paths /things/{id} parameters 0 required": False}, "/parameters/0", "a path parameter that is not required"),
    ({"paths /things/{id} parameters": []}, "/get", "path parameters that are not those that are declared"),
    # of bodies and answers
    (
        {f"{PUT} parameters": [{**PARAMETER, "name": "media_type"}], f"{PUT} requestBody content text/csv": {}},
        "/put/parameters",
        "with the name of the body, or of its media type",
    ),
    ({f"{PUT} requestBody content": {}}, "/put/requestBody/content", "a body without media types"),
    (
        {f"{PUT} requestBody content": {FORM: {"schema": OF_FORM, "encoding": {"name": {"style": "simple"}}}}},
        "/encoding/name/style",
        "the style simple in a form",
    ),
    (
        {
            f"{PUT} requestBody content": {FILES: {"schema": UPLOAD}},
            f"{SCHEMAS} Upload": {**BINARY, "minProperties": 2},
        },
        "/multipart~1form-data/schema/minProperties",
        "`minProperties` of a form with files",
    ),
    (
        {
            f"{PUT} requestBody content": {FILES: {"schema": UPLOAD}},
            f"{GET} requestBody content": {FILES: {"schema": UPLOAD, "encoding": {"name": {"contentType": "image/*"}}}},
            f"{SCHEMAS} Upload": {**FILE, "properties": {"file": {}, "name": {"type": "string"}}},
        },
        "/put/requestBody/content/multipart~1form-data/schema",
        "two different forms that would be named UploadForm",
    ),
    ({f"{GET} responses 200": REMOVED}, "/get/responses", "an operation without a success"),
    ({f"{GET} responses 600": {"description": "x"}}, "/responses/600", "600 is no status"),
    (
        {f"{GET} responses 200 headers": {"A\r\nB": {"schema": {}}}},
        "/responses/200/headers/A",
        "is no name of a header",
    ),
    (
        {f"{GET} responses 200 headers": {"A": {"schema": {}}, "a": {"schema": {}}}},
        "/responses/200/headers/a",
        "a header that is declared twice",
    ),
    ({f"{GET} responses 200 content json": {}}, "/responses/200/content/json", "'json' is no media type of answers"),
    (
        {f"{GET} responses 200 content text/plain;charset=latin-1": {}},
        "/responses/200/content/text~1plain;charset=latin-1",
        "which are written in UTF-8",
    ),
    # of paths and security
    ({"paths /a?b get": {"responses": {"200": {"description": "x"}}}}, "#/paths/~1a?b", "a path that is not one"),
    ({f"{GET} security": [{}, {"token": []}]}, "/get", "an operation that always asks who calls"),
    (
        {"components securitySchemes key": {"type": "apiKey", "in": "header", "name": "A\r\nB"}},
        "#/components/securitySchemes/key/name",
        "a name that no key can have",
    ),
    ({"components securitySchemes key": {"type": "saml"}}, "#/components/securitySchemes/key", "security by saml"),
    # of schemas
    ({NAME: {"type": "file"}}, "/Name", "no schema that an engine here can run"),
    ({f"{THING} properties name": {"$ref": "#/components/schemas/None"}}, "/name/$ref", "there is no schema None"),
    ({NAME: {"oneOf": []}}, "/Name/oneOf", "no schema that an engine here can run"),
]


@pytest.mark.parametrize(
    ("changes", "pointer", "feature"), REFUSED, ids=lambda value: value if isinstance(value, str) else ""
)
def test_what_is_not_carried_is_refused_by_its_name_and_place(
    changes: Json, pointer: str, feature: str
) -> None:  # GEN-8, REQ-21, ANSWER-9
    with pytest.raises(Refusal) as refused:
        designed(changes)
    assert pointer in written_pointer(refused.value.pointer)
    assert feature in refused.value.feature


def test_a_document_that_cannot_be_read_is_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:  # GEN-8
    contract = tmp_path / "contract.yaml"
    contract.write_text("openapi: 3.1.0\ninfo:\n  a: 1\n  a: 2\n", encoding="utf-8")
    assert main(["--contract", str(contract), "--out", str(tmp_path / "out")]) == 1
    assert capsys.readouterr().err == "contract.yaml:4: #/info/a: the key 'a' is written twice\n"
    assert not (tmp_path / "out").exists()


def test_nothing_is_written_when_something_is_refused(tmp_path: Path) -> None:
    out = tmp_path / "out"
    assert main(["--contract", str(written(tmp_path, {})), "--out", str(out)]) == 0
    before = {path: path.read_bytes() for path in out.rglob("*") if path.is_file()}
    assert (
        main(
            [
                "--contract",
                str(written(tmp_path, {f"{GET} parameters": [{**PARAMETER, "x-owner": True}]})),
                "--out",
                str(out),
            ]
        )
        == 1
    )
    assert {path: path.read_bytes() for path in out.rglob("*") if path.is_file()} == before
