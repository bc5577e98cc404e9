"""Documents that are no valid OpenAPI are refused, each with its most telling fault (READ-14 to READ-16)."""

from pathlib import Path

import pytest

from backend.tests.contracts import GET, PUT, REMOVED, SCHEMAS, THING, Json, changed, written
from scripts.generate.reader import read, told
from scripts.generate.refusal import Refusal

NAME = f"{SCHEMAS} Name"
Q = {"name": "q", "in": "query", "schema": {"type": "string"}}
SCHEME = "components securitySchemes token"
OLD: Json = {"openapi": "3.0.3", f"{SCHEMAS} Problem": {}}

EVERY: list[tuple[Json, str]] = [
    ({"info": []}, "#/info: no valid OpenAPI {}: [] is not of type object"),
    ({"info title": REMOVED}, "#/info: no valid OpenAPI {}: `title` is missing"),
    ({"info logo": "a"}, "#/info/logo: no valid OpenAPI {}: `logo` does not belong here"),
    ({"info version": 1.0}, "#/info/version: no valid OpenAPI {}: 1.0 is not of type string"),
    ({"tags": {}}, "#/tags: no valid OpenAPI {}: {{}} is not of type array"),
    ({"paths": []}, "#/paths: no valid OpenAPI {}: [] is not of type object"),
    ({"paths things": {}}, "#/paths/things: no valid OpenAPI {}: `things` does not belong here"),
    ({f"{GET} parameters": {}}, "/get/parameters: no valid OpenAPI {}: {{}} is not of type array"),
    ({f"{GET} parameters": [3]}, "/get/parameters/0: no valid OpenAPI {}: 3 is not of type object"),
    ({f"{GET} parameters": [{**Q, "in": "body"}]}, '/get/parameters/0/in: no valid OpenAPI {}: "body" is not one of '),
    ({f"{GET} parameters": [{"name": "q", "in": "query"}]}, "/0: no valid OpenAPI {}: `schema` is missing"),
    (
        {f"{GET} parameters": [{**Q, "content": {"text/plain": {}}}]},
        "/0: no valid OpenAPI {}: more than one of the forms that exclude each other",
    ),
    ({f"{GET} parameters": [{**Q, "in": "path"}]}, "/get/parameters/0: no valid OpenAPI {}: `required` is missing"),
    ({f"{GET} parameters": [{**Q, "required": 1}]}, "/0/required: no valid OpenAPI {}: 1 is not of type boolean"),
    ({f"{GET} responses 200 description": REMOVED}, "/responses/200: no valid OpenAPI {}: `description` is missing"),
    ({f"{GET} responses ok": {"description": "d"}}, "/responses/ok: no valid OpenAPI {}: `ok` does not belong here"),
    ({f"{PUT} requestBody content": REMOVED}, "/put/requestBody: no valid OpenAPI {}: `content` is missing"),
    ({f"{SCHEME} type": "basic"}, '/token/type: no valid OpenAPI {}: "basic" is not one of "apiKey", "http", '),
    (
        {SCHEME: {"type": "oauth2", "flows": {"implicit": {"scopes": {}}}}},
        "/token/flows/implicit: no valid OpenAPI {}: `authorizationUrl` is missing",
    ),
    (
        {"paths": {}, "security": [], "components schemas": []},
        "#/components/schemas: no valid OpenAPI {}: [] is not of type object",
    ),
    ({"paths": {}, "security": [], "components": []}, "#/components: no valid OpenAPI {}: [] is not of type object"),
    ({"webhooks": 3}, "#/webhooks: no valid OpenAPI {}: "),
]
ONLY_OLD: list[tuple[Json, str]] = [
    ({f"{NAME} type": "strin"}, '#/components/schemas/Name/type: no valid OpenAPI 3.0: "strin" is not one of "array"'),
    ({f"{NAME} type": ["string", "null"]}, '/Name/type: no valid OpenAPI 3.0: ["string", "null"] is not one of'),
    ({f"{NAME} exclusiveMinimum": 3}, "/Name/exclusiveMinimum: no valid OpenAPI 3.0: 3 is not of type boolean"),
    ({f"{NAME} const": 3}, "/Name/const: no valid OpenAPI 3.0: `const` does not belong here"),
    (
        {NAME: {"additionalProperties": {"minLength": -1}}},
        "/additionalProperties/minLength: no valid OpenAPI 3.0: -1 is",
    ),
    (
        {f"{SCHEMAS} Thing properties name": {"type": "object", "properties": {"a": {"items": {"foo": 1}}}}},
        "/Thing/properties/name/properties/a/items/foo: no valid OpenAPI 3.0: `foo` does not belong here",
    ),
    (
        {f"{GET} parameters": [{**Q, "example": 1, "examples": {}}]},
        "/0: no valid OpenAPI 3.0: `example` and `examples` exclude each other",
    ),
    (
        {SCHEME: {"type": "http", "scheme": "basic", "bearerFormat": "JWT"}},
        "#/components/securitySchemes/token",
    ),
    ({f"{SCHEMAS} a/b": {}}, '#/components/schemas/a~1b: "a/b" is no name of a component'),
    ({"paths": REMOVED}, "#: no valid OpenAPI 3.0: `paths` is missing"),
    ({"components pathItems": {"a": {}}}, "#/components/pathItems: no valid OpenAPI 3.0: `pathItems` does not belong"),
]
ONLY_NEW: list[tuple[Json, str]] = [
    ({f"{NAME} type": "strin"}, '#/components/schemas/Name/type: no valid schema: "strin" is not one of "array"'),
    ({f"{NAME} exclusiveMinimum": True}, "/Name/exclusiveMinimum: no valid schema: true is not of type number"),
    (
        {f"{SCHEMAS} Thing properties name": 3},
        "/Thing/properties/name: no valid schema: 3 is not of type boolean or obj",
    ),
    ({f"{SCHEMAS} Thing required": "name"}, '/Thing/required: no valid schema: "name" is not of type array'),
    ({f"{NAME} discriminator": {"mapping": {}}}, "/Name/discriminator: no valid schema: `propertyName` is missing"),
    ({f"{NAME} allOf": []}, "/Name/allOf: no valid schema: [] has less than 1 item"),
    (
        {f"{GET} responses 200 content application/json schema": {"items": {"pattern": 3}}},
        "/schema/items/pattern: no valid schema: 3 is not of type string",
    ),
    ({f"{GET} responses 200 headers": {"A": {}}}, "/headers/A: no valid OpenAPI 3.1: `schema` is missing"),
    ({f"{SCHEMAS} a b": {}}, '#/components/schemas/a b: no valid OpenAPI 3.1: "a b" does not match'),
    ({"paths": REMOVED, "components": REMOVED}, "#: no valid OpenAPI 3.1: `"),
]
UNSAID: list[tuple[Json, str]] = [  # READ-16
    (
        {f"{PUT} operationId": "getThing"},
        "/put/operationId: the operationId getThing is also that of #/paths/~1things~1{id}/get",
    ),
    ({f"{GET} parameters": [Q, {**Q, "required": True}]}, "/get/parameters/1: the query parameter q is declared twice"),
    ({"paths /things/{id} parameters": []}, "/get: {id} of the path is declared by no parameter"),
    (
        {f"{GET} parameters": [{**Q, "in": "path", "required": True}]},
        "/get: the path parameter q is not in the path",
    ),
    ({"paths /things/{thing}": {}}, "#/paths/~1things~1{thing}: this path is the same as /things/{id}"),
    (
        {"paths /a/{id}/b/{id}": {"parameters": THING["paths"]["/things/{id}"]["parameters"]}},
        "#/paths/~1a~1{id}~1b~1{id}: the path has {id} more than once",
    ),
    ({f"{GET} security": [{"token": []}, {"key": []}]}, "/get/security/1/key: there is no security scheme key"),
    ({"security": [{"key": []}]}, "#/security/0/key: there is no security scheme key"),
]


def refused(folder: Path, content: Json) -> str:
    with pytest.raises(Refusal) as refusal:
        read(written(folder, {}, content))
    return told(refusal.value)


@pytest.mark.parametrize(
    ("version", "changes", "line"),
    [
        *(("3.0", {**OLD, **changes}, line.format("3.0")) for changes, line in EVERY),
        *(("3.1", changes, line.format("3.1")) for changes, line in EVERY),
        *(("3.0", {**OLD, **changes}, line) for changes, line in (*ONLY_OLD, *UNSAID)),
        *(("3.1", changes, line) for changes, line in (*ONLY_NEW, *UNSAID)),
    ],
)
def test_the_most_telling_fault_is_one_line(
    version: str, changes: Json, line: str, tmp_path: Path
) -> None:  # READ-15, READ-16
    said = refused(tmp_path, _spaced(changes))
    file, number, rest = said.split(":", 2)
    assert (file, int(number) > 0) == ("contract.yaml", True)
    assert line in rest, version
    assert "\n" not in said
    assert len(said) < 500


def _spaced(changes: Json) -> Json:
    """A changed contract; a name with a space in it is put in by itself."""
    spaced = {place: value for place, value in changes.items() if place.endswith("a b")}
    content = changed({place: value for place, value in changes.items() if place not in spaced})
    for value in spaced.values():
        content["components"]["schemas"]["a b"] = value
    return content


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("swagger: '2.0'\ninfo: {}\n", "1: #/swagger: Swagger 2.0 is not carried: convert it to OpenAPI 3"),
        ("info: {}\n", "1: #: no OpenAPI document: it has no `openapi` member"),
        ("info: {}\nopenapi: 1.0.0\n", "2: #/openapi: OpenAPI 1.0.0 is not carried, only 3.0.x and 3.1.x are"),
        ("openapi: 3.2.0\n", "1: #/openapi: OpenAPI 3.2.0 is not carried, only 3.0.x and 3.1.x are"),
        ("openapi: 3.1\n", "1: #/openapi: OpenAPI 3.1 is not carried, only 3.0.x and 3.1.x are"),
        ("openapi: [3]\n", "1: #/openapi: OpenAPI [3] is not carried, only 3.0.x and 3.1.x are"),
    ],
)
def test_other_documents_are_refused_by_name(text: str, line: str, tmp_path: Path) -> None:  # READ-14
    path = tmp_path / "contract.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(Refusal) as refusal:
        read(path)
    assert told(refusal.value) == f"contract.yaml:{line}"


def test_the_first_of_several_faults_is_told(tmp_path: Path) -> None:  # READ-15
    content = changed({f"{GET} responses 200 description": REMOVED, f"{GET} summary": 3, f"{PUT} summary": 4})
    assert refused(tmp_path, content).endswith("/get/summary: no valid OpenAPI 3.1: 3 is not of type string")


def test_a_parameter_by_reference_is_a_declaration(tmp_path: Path) -> None:  # READ-16
    changes = {
        "paths /things/{id} parameters": [{"$ref": "#/components/parameters/Id"}],
        "components parameters": {"Id": {"name": "id", "in": "path", "required": True, "schema": {"type": "string"}}},
    }
    assert read(written(tmp_path, changes)).readings == ()


def test_long_values_are_cut(tmp_path: Path) -> None:  # READ-15
    said = refused(tmp_path, changed({"info version": ["long"] * 999}))
    assert said.endswith("... is not of type string")
