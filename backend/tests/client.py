"""A client that refuses answers which the contract does not declare.

Every test talks to the service through it, so that every test also holds the answers to `openapi/tasks.yaml`: the
status, the media type, the required headers and their values, and the body - including fields that no schema names.
"""

import json
import re
import ssl
from collections.abc import Iterator, Mapping
from copy import deepcopy
from functools import cache
from pathlib import Path
from typing import Any  # JSON and OpenAPI documents have no narrower type, nor have a task's fields
from urllib.parse import urlsplit

import httpx
import jsonschema_rs
import yaml

CONTRACT_PATH = Path(__file__).parents[2] / "openapi" / "tasks.yaml"
UNPROCESSABLE = 422
METHODS = ("get", "put", "post", "delete", "patch")


class UndeclaredAnswer(AssertionError):
    """The service answered what its contract does not say."""


@cache
def contract() -> dict[str, Any]:
    """The authored contract."""
    document: dict[str, Any] = yaml.safe_load(CONTRACT_PATH.read_text(encoding="utf-8"))
    return document


def resolve(node: Any) -> Any:  # noqa: ANN401 # a JSON value
    """The node, or what it refers to."""
    while isinstance(node, dict) and "$ref" in node and set(node) == {"$ref"}:
        target: Any = contract()
        for part in node["$ref"].removeprefix("#/").split("/"):
            target = target[part]
        node = target
    return node


def operations() -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Every operation of the contract: method, path template, operation."""
    for path, item in contract()["paths"].items():
        for method in METHODS:
            if method in item:
                yield method.upper(), path, item[method]


def find(method: str, path: str) -> dict[str, Any] | None:
    """The operation that answers a request, if any does; HEAD is answered as GET."""
    wanted = "GET" if method == "HEAD" else method
    for candidate, template, operation in operations():
        pattern = re.sub(r"\\\{\w+\\\}", "[^/]+", re.escape(template))
        if candidate == wanted and re.fullmatch(pattern, path):
            return operation
    return None


@cache
def _components() -> dict[str, Any]:
    """The contract's components, its open answers closed: in a test, an extra field is a leak."""
    components: dict[str, Any] = deepcopy(contract()["components"])
    bases = {"ProblemDetails"}
    for name, schema in components["schemas"].items():
        if ("properties" in schema or "allOf" in schema) and name not in bases and name != "ContractDocument":
            schema["unevaluatedProperties"] = False
    return components


@cache
def fault_types() -> frozenset[str]:
    """The words that the contract lists for what is wrong with a field; its schema leaves room for more."""
    described: str = contract()["components"]["schemas"]["FieldError"]["properties"]["type"]["description"]
    return frozenset(re.findall(r"^- `(\w+)`: ", described, re.MULTILINE))


@cache
def _validator(schema: str) -> jsonschema_rs.Draft202012Validator:
    """Made once for each schema, in JSON: making it takes ten times as long as asking it."""
    return jsonschema_rs.Draft202012Validator(
        {**json.loads(schema), "components": _components()},
        validate_formats=True,
        ignore_unknown_formats=False,
        formats={"int64": bool},  # asked about strings only; the bounds of our integers are in the contract
    )


def violations(schema: Mapping[str, Any], instance: object) -> list[str]:
    """What makes the instance break the schema, each with its place."""
    found = _validator(json.dumps(schema)).iter_errors(instance)
    return [f"{'/'.join(map(str, error.instance_path))}: {error.message}" for error in found]


def check(response: httpx.Response) -> None:
    """Holds one answer to the contract.

    Raises:
        UndeclaredAnswer: status, media type, headers or body are not what the contract declares.
    """
    request = response.request
    where = f"{request.method} {request.url.raw_path.decode()} -> {response.status_code}"
    operation = find(request.method, urlsplit(request.url.raw_path.decode()).path)
    if operation is None:
        _check_outside(response, where)
        return
    declared = resolve(operation["responses"].get(str(response.status_code)))
    if declared is None:
        raise UndeclaredAnswer(f"{where}: {operation['operationId']} declares no such status; {response.text[:300]}")
    _check_headers(response, declared.get("headers", {}), where)
    content = declared.get("content", {})
    if request.method == "HEAD" or not content:
        if response.content:
            raise UndeclaredAnswer(f"{where}: a body where none is declared")
        return
    media_type = response.headers.get("content-type", "").partition(";")[0]
    if media_type not in content:
        raise UndeclaredAnswer(f"{where}: media type {media_type!r} is not declared")
    body = response.json() if media_type.endswith("json") else response.text
    if found := violations(content[media_type]["schema"], body):
        raise UndeclaredAnswer(f"{where}: {found}")
    if response.status_code == UNPROCESSABLE:
        _check_faults(body, where)


def _check_faults(problem: Any, where: str) -> None:  # noqa: ANN401 # a JSON value
    unlisted = {fault["type"] for fault in problem.get("errors", ())} - fault_types()
    if unlisted:
        raise UndeclaredAnswer(f"{where}: the contract lists no faults {sorted(unlisted)}")


def _check_headers(response: httpx.Response, declared: Mapping[str, Any], where: str) -> None:
    for name, node in declared.items():
        header = resolve(node)
        sent = response.headers.get(name)
        if sent is None and header.get("required"):
            raise UndeclaredAnswer(f"{where}: header {name} is missing")
        value = int(sent) if sent is not None and header["schema"]["type"] == "integer" else sent
        if value is not None and (found := violations(header["schema"], value)):
            raise UndeclaredAnswer(f"{where}: header {name}: {found}")


def _check_outside(response: httpx.Response, where: str) -> None:
    """Answers that belong to no operation: unknown paths, unknown methods, OPTIONS, the files of the docs page."""
    if "x-request-id" not in response.headers:
        raise UndeclaredAnswer(f"{where}: no X-Request-Id")
    if response.is_success and (response.request.method == "OPTIONS" or "/docs/assets/" in where):
        return
    if response.headers.get("content-type") != "application/problem+json":
        raise UndeclaredAnswer(f"{where}: neither an operation's answer nor a problem")
    if response.request.method == "HEAD":
        return
    if found := violations({"$ref": "#/components/schemas/ProblemDetails"}, response.json()):
        raise UndeclaredAnswer(f"{where}: {found}")


def _check_whole(response: httpx.Response) -> None:
    response.read()
    check(response)


class Client(httpx.Client):
    """An httpx client for one member of the cast, each of whose answers is held to the contract."""

    def __init__(self, base_url: str, *, user: str = "", token: str = "") -> None:
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        super().__init__(
            base_url=base_url,
            headers=headers,
            timeout=30,
            # Nothing here speaks TLS, and the default loads the certificates of the world: 25 ms for each client.
            verify=ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT),
            event_hooks={"response": [_check_whole]},
        )
        self.user = user

    @property
    def tasks(self) -> str:
        """The path of this member's tasks."""
        return f"/api/{self.user}/tasks"

    def create(self, title: str = "Buy milk", **fields: Any) -> dict[str, Any]:  # noqa: ANN401 # a field is of any type
        """Creates a task and returns it."""
        response = self.post(self.tasks, json={"title": title, **fields})
        assert response.status_code == 201, response.text
        task: dict[str, Any] = response.json()
        return task

    def read(self, task_id: int) -> dict[str, Any]:
        """Reads a task that exists."""
        response = self.get(f"{self.tasks}/{task_id}")
        assert response.status_code == 200, response.text
        task: dict[str, Any] = response.json()
        return task


def code(response: httpx.Response) -> str:
    """The code of a problem: what clients and tests switch on."""
    problem: dict[str, str] = response.json()
    return problem["code"]


def fields(response: httpx.Response) -> list[str]:
    """The fields that a 422 names, sorted."""
    assert response.status_code == 422, response.text
    return sorted({error["field"] for error in response.json()["errors"]})
