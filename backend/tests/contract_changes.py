"""A contract with everything that `make contract-diff` compares beside schemas, and changes of it for every rule."""

from backend.tests.contract_pairs import BIG, TEXT, arr, obj, ref, text, whole
from backend.tests.contracts import REMOVED, Json, changed

PROBLEM: Json = obj(required=["code"], properties={"code": {"const": "gone"}, "title": TEXT})

PARAMETERS: list[Json] = [
    {"name": "q", "in": "query", "schema": TEXT},
    {"name": "X-Trace", "in": "header", "required": True, "schema": TEXT},
    {"name": "ids", "in": "query", "schema": arr(items=TEXT)},
    {"name": "where", "in": "query", "content": {"application/json": {"schema": obj()}}},
]

API: Json = {
    "openapi": "3.1.0",
    "info": {"title": "Things", "version": "1.0.0"},
    "security": [{"token": []}],
    "servers": [{"url": "/"}, {"url": "https://{region}.example.org", "variables": {"region": {"default": "eu"}}}],
    "paths": {
        "/things/{id}": {
            "parameters": [{"name": "id", "in": "path", "required": True, "x-owner": True, "schema": TEXT}],
            "get": {
                "operationId": "getThing",
                "tags": ["things", "more"],
                "parameters": PARAMETERS,
                "responses": {
                    "200": {
                        "description": "It.",
                        "headers": {"ETag": {"required": True, "schema": TEXT}, "X-Cost": {"schema": TEXT}},
                        "content": {"application/json": {"schema": ref("Thing")}, "text/csv": {"schema": TEXT}},
                        "links": {"next": {"operationId": "getThing", "parameters": {"id": "$response.body#/next"}}},
                    },
                    "204": {"description": "None."},
                    "404": {"$ref": "#/components/responses/Gone"},
                    "5XX": {"description": "Broken.", "content": {"text/plain": {"schema": TEXT}}},
                },
                "callbacks": {
                    "done": {
                        "{$request.query.q}": {
                            "post": {
                                "parameters": [{"name": "X-Sent", "in": "header", "schema": TEXT}],
                                "requestBody": {"content": {"application/json": {"schema": obj()}}},
                                "responses": {"200": {"description": "Heard."}},
                            }
                        }
                    }
                },
            },
            "put": {
                "requestBody": {
                    "required": True,
                    "content": {
                        "application/json": {"schema": ref("Thing")},
                        "multipart/form-data": {
                            "schema": obj(properties={"file": TEXT}),
                            "encoding": {"file": {"contentType": "image/png"}},
                        },
                    },
                },
                "responses": {"204": {"description": "Done."}},
            },
            "delete": {
                "security": [{"login": ["write"]}],
                "responses": {"204": {"description": "Done."}, "404": {"$ref": "#/components/responses/Gone"}},
            },
        }
    },
    "webhooks": {
        "made": {
            "post": {
                "requestBody": {"content": {"application/json": {"schema": ref("Thing")}}},
                "responses": {"200": {"description": "Heard."}, "410": {"description": "Stop."}},
            }
        }
    },
    "components": {
        "responses": {"Gone": {"description": "Gone.", "content": {"application/problem+json": {"schema": PROBLEM}}}},
        "schemas": {"Thing": obj(required=["name"], properties={"name": TEXT, "size": whole(default=1), "next": TEXT})},
        "securitySchemes": {
            "token": {"type": "http", "scheme": "bearer"},
            "login": {
                "type": "oauth2",
                "flows": {"clientCredentials": {"tokenUrl": "/token", "scopes": {"read": "Read.", "write": "Write."}}},
            },
        },
    },
}
"""A contract with everything that is compared beside schemas."""

GET = "paths /things/{id} get"
PUT = "paths /things/{id} put"
DELETE = "paths /things/{id} delete"
OK = f"{GET} responses 200"
HOOK = "webhooks made post"
BACK = f"{GET} callbacks done {{$request.query.q}} post"
THING = "components schemas Thing"
GONE = "components responses Gone"
PROBLEM_SCHEMA = f"{GONE} content application/problem+json schema"
CHANGES: list[tuple[set[str], set[str], Json]] = [
    (
        {"parameter-style-changed"},
        {"parameter-style-changed"},
        {f"{GET} parameters 0 schema": BIG, f"{GET} parameters 0 explode": False},
    ),
    ({"operation-removed"}, {"operation-added"}, {DELETE: REMOVED}),
    (
        {"path-parameter-renamed"},
        {"path-parameter-renamed"},
        {"paths": {"/things/{key}": changed({"parameters 0 name": "key"}, API["paths"]["/things/{id}"])}},
    ),
    ({"operation-id-changed"}, {"operation-id-changed"}, {f"{GET} operationId": "readThing"}),
    ({"operation-id-added"}, {"operation-id-changed"}, {f"{PUT} operationId": "putThing"}),
    ({"tag-changed"}, {"tag-changed"}, {f"{GET} tags": ["more", "things"]}),
    ({"tag-changed", "tag-removed"}, {"tag-changed", "tag-added"}, {f"{GET} tags": REMOVED}),
    ({"tag-removed"}, {"tag-added"}, {f"{GET} tags": ["things"]}),
    ({"deprecated"}, {"undeprecated"}, {f"{GET} deprecated": True}),
    ({"deprecated"}, {"undeprecated"}, {f"{GET} parameters 0 deprecated": True}),
    ({"deprecated"}, {"undeprecated"}, {f"{THING} properties size deprecated": True}),
    ({"role-added"}, {"role-removed"}, {f"{GET} x-roles": ["admin"]}),
    ({"owner-moved"}, {"owner-moved"}, {"paths /things/{id} parameters 0 x-owner": REMOVED}),
    ({"parameter-removed"}, {"parameter-added"}, {f"{GET} parameters": PARAMETERS[1:]}),
    ({"parameter-removed"}, {"parameter-added-required"}, {f"{GET} parameters": [PARAMETERS[0], *PARAMETERS[2:]]}),
    (
        {"parameter-removed", "parameter-added"},
        {"parameter-removed", "parameter-added"},
        {f"{GET} parameters 0 in": "cookie"},
    ),
    ({"parameter-required"}, {"parameter-optional"}, {f"{GET} parameters 0 required": True}),
    ({"parameter-style-changed"}, {"parameter-style-changed"}, {f"{GET} parameters 2 explode": False}),
    ({"parameter-style-changed"}, {"parameter-style-changed"}, {f"{GET} parameters 2 style": "pipeDelimited"}),
    (
        {"parameter-style-changed"},
        {"parameter-style-changed"},
        {f"{GET} parameters": [*PARAMETERS[:3], {"name": "where", "in": "query", "schema": {}}]},
    ),
    ({"parameter-form-widened"}, {"parameter-form-narrowed"}, {f"{GET} parameters 0 allowReserved": True}),
    ({"parameter-form-widened"}, {"parameter-form-narrowed"}, {f"{GET} parameters 0 allowEmptyValue": True}),
    ({"request-length-narrowed"}, {"request-length-widened"}, {f"{GET} parameters 0 schema": text(maxLength=3)}),
    (
        {"request-member-count-narrowed"},
        {"request-member-count-widened"},
        {f"{GET} parameters 3 content application/json schema": obj(maxProperties=3)},
    ),
    ({"body-removed"}, {"body-added-required"}, {f"{PUT} requestBody": REMOVED}),
    ({"body-added"}, {"body-removed"}, {f"{DELETE} requestBody": {"content": {"text/plain": {"schema": TEXT}}}}),
    ({"body-optional"}, {"body-required"}, {f"{PUT} requestBody required": False}),
    (
        {"request-media-type-removed"},
        {"request-media-type-added"},
        {f"{PUT} requestBody content multipart/form-data": REMOVED},
    ),
    (
        {"encoding-changed"},
        {"encoding-changed"},
        {f"{PUT} requestBody content multipart/form-data encoding file contentType": "image/gif"},
    ),
    ({"encoding-changed"}, {"encoding-changed"}, {f"{PUT} requestBody content multipart/form-data encoding": REMOVED}),
    ({"answer-media-type-removed"}, {"answer-media-type-added"}, {f"{OK} content text/csv": REMOVED}),
    ({"answer-media-type-removed"}, {"answer-body-added"}, {f"{OK} content": REMOVED}),
    ({"success-removed"}, {"success-added"}, {f"{GET} responses 204": REMOVED}),
    ({"error-removed"}, {"error-added"}, {f"{GET} responses 404": REMOVED}),
    (
        {"error-unlike-added"},
        {"error-removed"},
        {f"{GET} responses 409": {"description": "Busy.", "content": {"text/html": {"schema": TEXT}}}},
    ),
    ({"error-added"}, {"error-removed"}, {f"{GET} responses default": {"description": "Anything else."}}),
    (
        {"answer-length-narrowed"},
        {"answer-length-widened"},
        {f"{GET} responses 503": {"description": "Down.", "content": {"text/plain": {"schema": text(maxLength=9)}}}},
    ),
    ({"header-removed"}, {"header-added"}, {f"{OK} headers X-Cost": REMOVED}),
    ({"header-optional"}, {"header-required"}, {f"{OK} headers ETag required": False}),
    ({"answer-length-narrowed"}, {"answer-length-widened"}, {f"{OK} headers ETag schema": text(maxLength=3)}),
    ({"link-removed"}, {"link-added"}, {f"{OK} links next": REMOVED}),
    ({"link-changed"}, {"link-changed"}, {f"{OK} links next parameters id": "$response.body#/name"}),
    ({"callback-removed"}, {"callback-added"}, {f"{GET} callbacks": REMOVED}),
    ({"header-removed"}, {"header-added"}, {f"{BACK} parameters": []}),
    (
        {"answer-null-widened"},
        {"answer-null-narrowed"},
        {f"{BACK} requestBody content application/json schema type": ["object", "null"]},
    ),
    ({"webhook-removed"}, {"webhook-added"}, {"webhooks": REMOVED}),
    ({"reply-removed"}, {"reply-added"}, {f"{HOOK} responses 410": REMOVED}),
    (
        {"request-media-type-added"},
        {"request-media-type-removed"},
        {f"{HOOK} responses 200 content": {"text/plain": {"schema": TEXT}}},
    ),
    ({"answer-media-type-removed"}, {"answer-body-added"}, {f"{HOOK} requestBody": REMOVED}),
    ({"security-relaxed"}, {"security-tightened"}, {f"{GET} security": []}),
    ({"security-relaxed"}, {"security-tightened"}, {f"{GET} security": [{"token": []}, {"login": []}]}),
    ({"security-tightened"}, {"security-relaxed"}, {f"{GET} security": [{"token": [], "login": ["read"]}]}),
    ({"security-tightened"}, {"security-relaxed"}, {f"{DELETE} security": [{"login": ["read", "write"]}]}),
    (
        {"security-tightened"},
        {"security-tightened"},
        {"components securitySchemes token": {"type": "apiKey", "in": "header", "name": "X-Key"}},
    ),
    (
        {"security-tightened"},
        {"security-tightened"},
        {"components securitySchemes login flows clientCredentials tokenUrl": "/other"},
    ),
    ({"server-removed"}, {"server-added"}, {"servers": [{"url": "/"}]}),
    ({"server-changed"}, {"server-changed"}, {"servers 1 variables region default": "us"}),
    ({"server-removed", "server-added"}, {"server-removed", "server-added"}, {f"{GET} servers": [{"url": "/v2"}]}),
    ({"dialect-changed"}, {"dialect-changed"}, {"jsonSchemaDialect": "https://example.org/dialect"}),
    (
        {"request-member-removed", "answer-member-removed"},
        {"request-member-added", "answer-member-added"},
        {f"{THING} properties next": REMOVED},
    ),
    (
        {"request-default-changed", "answer-default-changed"},
        {"request-default-changed", "answer-default-changed"},
        {f"{THING} properties size default": 2},
    ),
    (
        {"request-default-changed", "answer-default-changed"},
        {"request-default-added", "answer-default-added"},
        {f"{THING} properties size default": REMOVED},
    ),
    ({"request-read-only-set"}, {"request-read-only-removed"}, {f"{THING} properties size readOnly": True}),
    ({"answer-write-only-set"}, {"answer-write-only-removed"}, {f"{THING} properties size writeOnly": True}),
    (
        {"request-read-only-set", "request-required-widened"},
        {"request-read-only-removed", "request-required-narrowed"},
        {f"{THING} properties name readOnly": True},
    ),
    ({"problem-added"}, {"answer-enum-narrowed"}, {f"{PROBLEM_SCHEMA} properties code": {"enum": ["gone", "moved"]}}),
    (
        {"answer-enum-narrowed", "answer-enum-widened"},
        {"answer-enum-narrowed", "answer-enum-widened"},
        {f"{PROBLEM_SCHEMA} properties code const": "moved"},
    ),
    ({"answer-length-narrowed"}, {"answer-length-widened"}, {f"{PROBLEM_SCHEMA} properties title": text(maxLength=3)}),
]
"""The rules that a change of `API` shows, those that taking it back shows, and the change."""
