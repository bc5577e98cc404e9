"""Paths that overlap: the more concrete one has its requests to itself. Spec: specs/toolchain/requests.md."""

from pathlib import Path

import pytest

from backend import problem_details
from backend.tests.client import Client, code
from backend.tests.contracts import Json
from backend.tests.imported import TEXT, Foreign, contract, parameter

PATHS: dict[str, tuple[str, list[str]]] = {
    "/things/{id}": ("thing", ["id"]),
    "/things/all": ("all", []),
    "/things/{name}/parts/{part}": ("part", ["name", "part"]),
    "/things/{id}/parts/first": ("firstPart", ["id"]),
    "/things/all/parts/first": ("firstOfAll", []),
    "/things/all/parts/{number}/price": ("price", ["number"]),
    "/files/{file}.json": ("file", ["file"]),
    "/files/index.json": ("index", []),
}
POSTED = {"all", "firstPart", "index"}
"""The operations of POST; the others are of GET."""


def overlapping(order: list[str]) -> Json:
    """A contract with these paths, written in this order."""
    paths: Json = {}
    for path in order:
        name, names = PATHS[path]
        told = [parameter("path", TEXT, name=each) for each in names]
        paths[path] = {"post" if name in POSTED else "get": {"operationId": name, "parameters": told}}
    return contract(paths)


@pytest.fixture(params=[False, True], ids=["as written", "the other way round"])
def served(request: pytest.FixtureRequest, tmp_path: Path) -> Foreign:
    foreign = Foreign(tmp_path, overlapping(sorted(PATHS, reverse=request.param)))
    problem_details.install(foreign.app)
    return foreign


@pytest.mark.parametrize(
    ("method", "path", "allow"),
    [
        ("GET", "/things/7", None),
        ("POST", "/things/7", "GET, HEAD, OPTIONS"),
        ("POST", "/things/all", None),
        ("GET", "/things/all", "OPTIONS, POST"),
        ("HEAD", "/things/all", "OPTIONS, POST"),
        ("GET", "/things/7/parts/8", None),
        ("GET", "/things/all/parts/8", None),
        ("POST", "/things/7/parts/first", None),
        ("GET", "/things/7/parts/first", "OPTIONS, POST"),
        ("GET", "/things/all/parts/first", None),
        ("POST", "/things/all/parts/first", "GET, HEAD, OPTIONS"),
        ("GET", "/things/all/parts/first/price", None),
        ("POST", "/files/index.json", None),
        ("GET", "/files/index.json", "OPTIONS, POST"),
        ("GET", "/files/other.json", None),
    ],
)
def test_a_more_concrete_path_keeps_its_requests_whatever_the_method(
    served: Foreign, method: str, path: str, allow: str | None
) -> None:  # REQ-26
    answer = served.ask(method, path)
    assert (answer.status_code, answer.headers.get("allow")) == (204 if allow is None else 405, allow)
    if allow is not None:
        assert served.ask("OPTIONS", path).headers["allow"] == allow


def test_bulk_is_no_task(alice: Client) -> None:  # REQ-26
    for method in ("GET", "HEAD", "PUT", "PATCH", "DELETE"):
        refused = alice.request(method, f"{alice.tasks}/bulk")
        assert (refused.status_code, refused.headers["allow"]) == (405, "OPTIONS, POST")
    assert code(alice.get(f"{alice.tasks}/bulky")) == "invalid_request"
