"""A contract of another kind than ours, with all that ours has no use for, and what is generated from one."""

import importlib
import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace

from backend.tests.contracts import Json
from scripts.generate.__main__ import main
from scripts.generate.reader import read

THING: Json = {"$ref": "#/components/schemas/Thing"}
ERROR: Json = {"application/json": {"schema": {"$ref": "#/components/schemas/Error"}}}
PROBLEM: Json = {"application/problem+json": {"schema": {"type": "object", "properties": {"code": {"const": "gone"}}}}}
KEY: Json = {"key": []}
ID: Json = {"name": "thing-id", "in": "path", "required": True, "schema": {"type": "integer"}}
SHOP: Json = {
    "openapi": "3.1.0",
    "info": {
        "title": "Shop",
        "version": "2",
        "contact": {"name": "Us", "url": "https://example.org", "email": "nobody"},
        "license": {"name": "MIT", "url": "https://example.org/mit"},
        "x-logo": {"url": None},
    },
    "externalDocs": {"url": "https://example.org/docs"},
    "servers": [{"url": "https://{region}.example.org", "variables": {"region": {"default": "eu", "enum": ["eu"]}}}],
    "tags": [{"name": "things & more", "externalDocs": {"url": "https://example.org/things"}, "x-order": 1}],
    "webhooks": {
        "sold": {
            "post": {
                "requestBody": {"content": {"application/json": {"schema": THING}}},
                "responses": {"200": {"description": "x"}},
            }
        }
    },
    "paths": {
        "/things/{thing-id}": {
            "summary": "One thing",
            "x-rank": None,
            "servers": [{"url": "https://things.example.org"}],
            "parameters": [ID],
            "get": {
                "tags": ["things & more", "second"],
                "externalDocs": {"url": "https://example.org/get"},
                "x-cost": {"units": None},
                "security": [{}, {"basic": []}],
                "responses": {
                    "200": {
                        "description": "The thing.",
                        "x-cached": None,
                        "headers": {
                            "X-Sizes": {
                                "required": True,
                                "schema": {"type": "array", "items": {"type": "integer"}},
                                "example": [1],
                            },
                            "X-Flags": {
                                "explode": True,
                                "schema": {"type": "object", "additionalProperties": {"type": "boolean"}},
                            },
                            "Body": {"deprecated": True, "schema": {"type": "string"}},
                            "1st": {"schema": {"type": "string"}},
                        },
                        "content": {
                            "application/json": {"schema": THING, "example": {"name": None}},
                            "text/csv": {"schema": {"type": "string", "maxLength": 5}, "x-header": None},
                            "image/png": {},
                        },
                    },
                    "404": {"description": "No such thing.", "content": ERROR},
                    "4XX": {"description": "Your fault.", "content": ERROR},
                    "default": {"description": "Our fault.", "content": ERROR},
                },
            },
            "head": {
                "operationId": "class",
                "responses": {
                    "200": {
                        "description": "",
                        "links": {"it": {"operationId": "class", "requestBody": None}},
                    }
                },
            },
            "delete": {
                "operationId": "removeThing",
                "security": [{"key": [], "cookie": []}, {"oauth": ["write"]}, {"query": []}],
                "callbacks": {"gone": {"{$request.query.url}": {"post": {"responses": {"200": {"description": "x"}}}}}},
                "responses": {
                    "204": {"description": "Gone."},
                    "410": {"description": "Gone before.", "content": PROBLEM},
                },
            },
        },
        "/files": {
            "get": {
                "operationId": "getFile",
                "security": [KEY],
                "responses": {
                    "200": {"description": "A file.", "content": {"*/*": {}}},
                    "202": {"description": "Later.", "content": {"*/*": {"schema": THING}}},
                    "299": {"description": "Odd.", "content": {"image/*": {}}},
                },
            },
            "trace": {
                "operationId": "register",
                "responses": {"200": {"description": "One.", "content": {"application/octet-stream": {}}}},
            },
        },
        "/nothing": {},
        "/silent": {"get": {"parameters": [{"name": "api_key", "in": "header", "schema": {"type": "string"}}]}},
    },
    "components": {
        "schemas": {
            "Thing": {"type": "object", "required": ["name"], "properties": {"name": {"type": "string"}}},
            "Error": {"type": "object", "required": ["reason"], "properties": {"reason": {"enum": ["lost", "late"]}}},
        },
        "callbacks": {"never": {"{$url}": {"post": {"responses": {"200": {"description": "x"}}}}}},
        "securitySchemes": {
            "key": {"type": "apiKey", "in": "header", "name": "X-Key"},
            "query": {"type": "apiKey", "in": "query", "name": "key"},
            "cookie": {"type": "apiKey", "in": "cookie", "name": "session"},
            "basic": {"type": "http", "scheme": "basic", "x-note": None},
            "oauth": {
                "type": "oauth2",
                "flows": {
                    "clientCredentials": {"tokenUrl": "https://example.org/token", "scopes": {"write": "Write."}}
                },
            },
            "unused": {"type": "openIdConnect", "openIdConnectUrl": "https://example.org/oidc"},
        },
    },
}


@contextmanager
def package(folder: Path, content: Json) -> Iterator[SimpleNamespace]:
    """Generate a package from a contract and import it, under a name of its own; `contract` is what was read."""
    contract = folder / "contract.json"
    contract.write_text(json.dumps(content), encoding="utf-8")
    name = f"generated_{folder.name}".replace("-", "_")
    assert main(["--contract", str(contract), "--out", str(folder / name)]) == 0
    sys.path.insert(0, str(folder))
    try:
        modules = {
            part: importlib.import_module(f"{name}.{part}")
            for part in ("api", "derivation", "models", "plumbing", "routes")
        }
        yield SimpleNamespace(contract=read(contract).content, **modules)
    finally:
        sys.path.remove(str(folder))
