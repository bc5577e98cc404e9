"""Small contracts for tests of the generator: one that is carried, and changes of it."""

import copy
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any  # a contract is any JSON

from scripts.generate.design import Design
from scripts.generate.plan import plan
from scripts.generate.reader import Document

Json = dict[str, Any]

PROBLEM: Json = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
INVALID: Json = {"description": "It is wrong.", "content": PROBLEM}
THING: Json = {
    "openapi": "3.1.0",
    "info": {"title": "Things", "version": "1.2.3"},
    "security": [{"token": []}],
    "tags": [{"name": "things", "description": "All things."}],
    "paths": {
        "/things/{id}": {
            "parameters": [
                {"name": "id", "in": "path", "required": True, "x-owner": True, "schema": {"type": "string"}},
            ],
            "get": {
                "operationId": "getThing",
                "tags": ["things"],
                "summary": "Read a thing",
                "responses": {
                    "200": {
                        "description": "The thing.",
                        "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Thing"}}},
                    },
                    "422": INVALID,
                },
            },
            "put": {
                "operationId": "putThing",
                "tags": ["things"],
                "summary": "Write a thing",
                "requestBody": {
                    "required": True,
                    "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Thing"}}},
                },
                "responses": {"204": {"description": "It is written."}, "422": INVALID},
            },
        },
    },
    "components": {
        "schemas": {
            "Problem": {"type": "object", "properties": {"code": {"const": "wrong"}}},
            "Name": {"description": "A name.", "type": "string", "maxLength": 9},
            "Thing": {
                "description": "A thing.",
                "type": "object",
                "required": ["name"],
                "properties": {"name": {"$ref": "#/components/schemas/Name"}},
            },
        },
        "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
    },
}
GET = "paths /things/{id} get"
PUT = "paths /things/{id} put"
SCHEMAS = "components schemas"
REMOVED = object()
"""A value that stands for none."""


def changed(changes: Json, content: Json = THING) -> Json:
    """Copy a contract with some places changed: `{"paths /things get summary": "New"}`."""
    copied = copy.deepcopy(content)
    for place, value in changes.items():
        *path, name = place.split(" ")
        target: Any = copied  # any part of it
        for part in path:
            target = target[int(part)] if isinstance(target, list) else target.setdefault(part, {})
        if value is REMOVED:
            del target[name]
        else:
            target[name] = value
    return copied


def designed(changes: Json, content: Json = THING) -> Design:
    """Plan what the generator would write for a changed contract."""
    return plan(Document(Path("contract.yaml"), changed(changes, content), {(): 1}), "contract.yaml")


def written(folder: Path, changes: Json, content: Json = THING) -> Path:
    """Write a changed contract into a folder; JSON is YAML."""
    path = folder / "contract.yaml"
    path.write_text(json.dumps(changed(changes, content), indent=1), encoding="utf-8")
    return path


def derived(folder: Path) -> Json:
    """Derive the document of the generated code in `folder`/generated, in a process that has nothing else of ours."""
    program = "import json, generated.routes as routes; print(json.dumps(routes.derived_document()))"
    done = subprocess.run(  # noqa: S603 - our own words
        [sys.executable, "-W", "error", "-c", program],
        cwd=folder,
        env={"PYTHONPATH": str(folder), "PATH": os.environ["PATH"]},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    document: Json = json.loads(done.stdout)
    return document
