"""What the generator does not carry it refuses: in one line with file, pointer and feature (GEN-8)."""

from pathlib import Path

import pytest

from backend.tests.contracts import GET, PUT, REMOVED, SCHEMAS, Json, designed, written
from scripts.generate.__main__ import main
from scripts.generate.refusal import Refusal
from scripts.generate.refusal import written as written_pointer

NAME = f"{SCHEMAS} Name"
THING = f"{SCHEMAS} Thing"
DOG = {"type": "object", "required": ["kind"], "properties": {"kind": {"const": "dog"}}}
CAT = {"type": "object", "required": ["kind"], "properties": {"kind": {"const": "cat"}}}
PARAMETER = {"name": "q", "in": "query", "schema": {"type": "string"}}
FORM = "application/x-www-form-urlencoded"
FILES = "multipart/form-data"
OF_FORM = {"$ref": "#/components/schemas/Thing"}
UPLOAD = {"$ref": "#/components/schemas/Upload"}
FILE: Json = {"type": "object", "properties": {"file": {}}}
BRANCHES = [{"$ref": "#/components/schemas/Dog"}, {"$ref": "#/components/schemas/Cat"}]
DISCRIMINATED = {
    "propertyName": "kind",
    "mapping": {"dog": "#/components/schemas/Dog", "cat": "#/components/schemas/Cat"},
}

REFUSED: list[tuple[Json, str, str]] = [
    # of the document
    ({"webhooks": {}}, "#/webhooks", "`webhooks` of a document"),
    ({"info x-logo": "a"}, "#/info/x-logo", "`x-logo` of a info"),
    ({"info": []}, "#/info", "a info is an object"),
    ({"tags": {}}, "#/tags", "a list of tags is expected"),
    ({f"{GET} callbacks": {}}, "#/paths/~1things~1{id}/get/callbacks", "`callbacks` of a operation"),
    ({f"{GET} responses 404": {"$ref": "other.yaml"}}, "/responses/404/$ref", "of the same file"),
    (
        {f"{GET} responses 404": {"$ref": "#/components/responses/A", "description": "x"}},
        "/responses/404",
        "members beside the $ref of a response",
    ),
    # of operations
    ({f"{GET} operationId": REMOVED}, "/get", "an operation without operationId"),
    ({f"{GET} summary": REMOVED}, "/get", "an operation without summary"),
    ({f"{GET} tags": []}, "/get", "without exactly one tag"),
    ({f"{PUT} operationId": "get_thing"}, "/put/operationId", "get_thing is get_thing in Python, as is getThing"),
    (
        {"paths /things/{id} parameters 0 x-owner": False},
        "/get",
        "a secured operation has one path parameter with x-owner",
    ),
    ({f"{GET} security": []}, "/get", "a public one has none"),
    ({"components securitySchemes other": {"type": "http", "scheme": "bearer"}}, "/other", "that no operation has"),
    ({f"{GET} security": [{"token": []}, {}]}, "/get/security", "not one scheme without scopes"),
    ({f"{GET} security": [{"token": ["read"]}]}, "/get/security", "not one scheme without scopes"),
    ({f"{GET} security": [{"other": []}]}, "/get/security", "there is no security scheme other"),
    ({"components securitySchemes token scheme": "basic"}, "#/components/securitySchemes/token", "not HTTP bearer"),
    ({"components securitySchemes token type": "apiKey"}, "#/components/securitySchemes/token", "not HTTP bearer"),
    # of parameters
    ({f"{GET} parameters": [{"in": "query"}]}, "#", "fastapi-code-generator cannot read this document"),
    ({f"{GET} parameters": [PARAMETER, PARAMETER]}, "#", "Parameter name 'q' is used more than once"),
    (
        {f"{GET} parameters": [{**PARAMETER, "name": "a-b"}, {**PARAMETER, "name": "a_b"}]},
        "/get/parameters",
        "parameters of one name",
    ),
    ({f"{PUT} parameters": [{**PARAMETER, "name": "body"}]}, "/put/parameters", "with the name of the body"),
    ({f"{GET} parameters": [{**PARAMETER, "x-owner": True}]}, "/parameters/0/x-owner", "not in the path"),
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
    ({f"{PUT} requestBody content": {}}, "/put/requestBody/content", "a body without media types"),
    (
        {f"{PUT} requestBody content": {FORM: {"schema": OF_FORM, "encoding": {"name": {"style": "simple"}}}}},
        "/encoding/name/style",
        "the style simple in a form",
    ),
    (
        {f"{PUT} requestBody content": {FILES: {"schema": UPLOAD}}, f"{SCHEMAS} Upload": {**FILE, "minProperties": 2}},
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
    ({f"{GET} responses default": {"description": "x"}}, "/responses/default", "the status default"),
    ({f"{GET} responses 4XX": {"description": "x"}}, "/responses/4XX", "the status 4XX"),
    (
        {f"{GET} responses 200 content text/plain": {"schema": {"$ref": "#/components/schemas/Name"}}},
        "/responses/200/content",
        "an answer with several media types",
    ),
    (
        {f"{GET} responses 200 content": {"image/png": {"schema": {"$ref": "#/components/schemas/Thing"}}}},
        "/content/image~1png",
        "an answer of type image/png that is not text",
    ),
    (
        {f"{GET} responses 200 headers": {"A": {"description": "x"}}},
        "/headers/A",
        "a schema that is an object is expected",
    ),
    # of components
    ({f"{SCHEMAS} Field": {"type": "string"}}, "#/components/schemas/Field", "a component named Field"),
    ({f"{SCHEMAS} a-b": {"type": "string"}}, "#/components/schemas/a-b", "a component named a-b"),
    ({f"{SCHEMAS} lower": {"type": "string"}}, "#/components/schemas/lower", "does not keep this name"),
    ({f"{THING} properties from": {"type": "string"}}, "/Thing/properties/from", "'from' is no name in Python"),
    ({f"{THING} properties list": {"type": "string"}}, "/Thing/properties/list", "the generated class needs itself"),
    ({f"{THING} properties model_x": {"type": "string"}}, "/Thing/properties/model_x", "needs itself"),
    ({f"{THING} properties copy": {"type": "string"}}, "/Thing/properties/copy", "needs itself"),
    ({f"{THING} properties all": True}, "/Thing/properties/all", "a schema that is an object is expected"),
    ({f"{NAME} default": "x"}, "/Name/default", "not on a shared schema"),
    (
        {f"{THING} properties self": {"$ref": "#/components/schemas/Thing"}},
        "#/components/schemas/Thing",
        "contains itself",
    ),
    ({f"{THING} minItems": 1}, "/Thing/minItems", "of an object with properties"),
    ({f"{THING} required": ["other"]}, "/Thing/required", "other is required and is no property"),
    ({f"{THING} properties name default": "x"}, "/properties/name/default", "a default on a required property"),
    ({f"{THING} additionalProperties": {"type": "string"}}, "/additionalProperties", "further properties"),
    (
        {f"{SCHEMAS} ThingInner": {"type": "string"}, f"{THING} properties inner": DOG},
        "#/components/schemas/Thing/properties/inner",
        "would be named ThingInner",
    ),
    # of inheritance
    ({f"{THING} allOf": [{"$ref": "#/components/schemas/Name"}]}, "/Thing/allOf", "Name is no object with properties"),
    (
        {f"{SCHEMAS} Dog": {"allOf": [{"$ref": "#/components/schemas/Thing"}, {**CAT, "additionalProperties": False}]}},
        "/Dog/allOf/1/additionalProperties",
        "in a part of allOf",
    ),
    (
        {f"{SCHEMAS} Dog": {"additionalProperties": False, "allOf": [{"$ref": "#/components/schemas/Thing"}, DOG]}},
        "/Dog/allOf",
        "a closed object cannot inherit",
    ),
    (
        {
            f"{SCHEMAS} Dog": {
                "allOf": [
                    {"$ref": "#/components/schemas/Thing"},
                    {"type": "object", "properties": {"name": {"type": "string"}}},
                ],
            },
        },
        "/Dog/allOf",
        "a property that changes an inherited one",
    ),
    # of values
    ({NAME: {"allOf": [{"type": "string"}]}}, "/Name", "without `type: object`"),
    ({f"{THING} type": REMOVED}, "/Thing", "without `type: object`"),
    ({f"{THING} type": ["object", "null"]}, "/Thing", "without `type: object`"),
    (
        {f"{SCHEMAS} Dog": {"allOf": [{"$ref": "#/components/schemas/Thing"}, {"type": "string"}]}},
        "/Dog/allOf/1",
        "a part of allOf that is no object",
    ),
    ({f"{THING} properties x": {"allOf": [{"type": "string"}]}}, "/x/allOf", "only where a component inherits"),
    ({NAME: {"type": ["string", "integer"]}}, "/Name/type", "several types"),
    ({NAME: {"type": "file"}}, "/Name", "a schema of the type 'file'"),
    ({NAME: {"maxLength": 3}}, "/Name", "a schema of the type None"),
    ({NAME: {"type": "string", "minimum": 3}}, "/Name/minimum", "`minimum` of a string"),
    ({NAME: {"type": "string", "format": "colour"}}, "/Name/format", "strings of format colour"),
    (
        {NAME: {"type": "string", "format": "date-time", "maxLength": 20}},
        "/Name",
        "as it is written: 2026-12-24T16:00:00.25",
    ),
    ({NAME: {"type": "string", "format": "date", "pattern": "^x$"}}, "/Name", "as it is written: 2026-12-24"),
    ({NAME: {"type": "string", "pattern": "(?=a)"}}, "/Name/pattern", "a pattern that pydantic cannot check"),
    ({NAME: {"type": "integer", "format": "int8"}}, "/Name/format", "integers of format int8"),
    ({NAME: {"type": "integer", "minimum": 1.5}}, "/Name", "bounds of an integer"),
    ({NAME: {"type": "number", "multipleOf": 0.1}}, "/Name/multipleOf", "`multipleOf` of a number"),
    ({NAME: {"type": "boolean", "minimum": 1}}, "/Name/minimum", "`minimum` of a boolean"),
    ({NAME: {"type": "array", "pattern": "a"}}, "/Name/pattern", "`pattern` of an array"),
    ({NAME: {"type": "object", "required": ["a"]}}, "/Name/required", "of an object without properties"),
    ({NAME: {"type": "object", "additionalProperties": False}}, "/additionalProperties", "an object is expected here"),
    ({NAME: {"type": "string", "enum": []}}, "/Name", "one enum or one const"),
    ({NAME: {"enum": ["a"], "const": "a"}}, "/Name", "one enum or one const"),
    ({NAME: {"type": "string", "enum": [1]}}, "/Name", "1 is no value of this type"),
    ({NAME: {"enum": [1.5]}}, "/Name", "1.5 is no value"),
    ({NAME: {"enum": ["a"], "maxLength": 1}}, "/Name/maxLength", "beside a choice of values"),
    (
        {f"{THING} properties name": {"$ref": "#/components/schemas/Name", "minLength": 1}},
        "/minLength",
        "beside a $ref",
    ),
    ({f"{THING} properties name": {"$ref": "#/components/schemas/None"}}, "/name/$ref", "there is no schema None"),
    ({NAME: {"oneOf": []}}, "/Name/oneOf", "oneOf is a list of schemas"),
    ({NAME: {"oneOf": [{"type": "integer"}, {"type": "number"}]}}, "/Name/oneOf", "branches that may overlap"),
    ({NAME: {"anyOf": [{"type": "string"}], "type": "string"}}, "/Name/type", "`type` beside anyOf"),
    (
        {NAME: {"anyOf": BRANCHES, "discriminator": DISCRIMINATED}, f"{SCHEMAS} Dog": DOG, f"{SCHEMAS} Cat": CAT},
        "/Name/discriminator",
        "beside oneOf only",
    ),
    (
        {
            NAME: {"oneOf": BRANCHES, "discriminator": DISCRIMINATED},
            f"{SCHEMAS} Dog": DOG,
            f"{SCHEMAS} Cat": {"type": "array"},
        },
        "/Name/discriminator",
        "every branch needs a required kind",
    ),
    (
        {
            NAME: {"oneOf": BRANCHES, "discriminator": {"propertyName": "kind"}},
            f"{SCHEMAS} Dog": DOG,
            f"{SCHEMAS} Cat": CAT,
        },
        "/Name/discriminator",
        "the mapping is not that of the branches' constants",
    ),
]


@pytest.mark.parametrize(
    ("changes", "pointer", "feature"), REFUSED, ids=lambda value: value if isinstance(value, str) else ""
)
def test_what_is_not_carried_is_refused_by_its_name_and_place(
    changes: Json, pointer: str, feature: str
) -> None:  # GEN-8
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
    assert main(["--contract", str(written(tmp_path, {"webhooks": {}})), "--out", str(out)]) == 1
    assert {path: path.read_bytes() for path in out.rglob("*") if path.is_file()} == before


def test_the_line_is_the_nearest_that_is_written(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    contract = written(tmp_path, {f"{GET} responses 200 headers": {"A": {"description": "x"}}})
    assert main(["--contract", str(contract), "--out", str(tmp_path / "out")]) == 1
    number = capsys.readouterr().err.split(":")[1]
    assert "description" in contract.read_text(encoding="utf-8").splitlines()[int(number)]
