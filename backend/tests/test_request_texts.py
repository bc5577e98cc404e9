"""Texts become what their schemas are about; defaults, content, names. Spec: specs/toolchain/requests.md."""

import json
from datetime import date
from time import process_time

import pytest
from pydantic import MISSING

from backend.tests.contracts import Json
from backend.tests.imported import LIST, TEXT, Foreign, operation, parameter, plain, with_ids
from scripts.compare import differences

TAG: Json = {"type": "object", "additionalProperties": False, "properties": {"n": {"type": "integer"}}}
NULLABLE: Json = {"type": ["integer", "null"]}
UNION: Json = {"anyOf": [{"type": "integer", "maximum": 9}, {"type": "boolean"}, {"type": "string", "maxLength": 4}]}
KINDS: Json = {
    "/union": operation(parameter("query", UNION, "q")),
    "/number": operation(parameter("query", {"type": "number"}, "q")),
    "/choice": operation(parameter("query", {"enum": [1, "a", True, None]}, "q")),
    "/const": operation(parameter("query", {"const": 7}, "q")),
    "/nullable": operation(parameter("query", NULLABLE, "q"), parameter("path", NULLABLE, "p")),
    "/list": operation(parameter("query", LIST, "q")),
    "/any": operation(parameter("query", {}, "q")),
    "/either": operation(
        parameter("query", {"oneOf": [{"type": "integer"}, {"type": "array", "items": {"type": "integer"}}]}, "q")
    ),
    "/deep": operation(
        parameter(
            "query",
            {
                "anyOf": [
                    {"type": "integer"},
                    {"type": "array", "items": {"type": "integer"}},
                    {
                        "type": "object",
                        "required": ["a"],
                        "properties": {"a": {"type": "object", "additionalProperties": {"type": "integer"}}},
                    },
                ]
            },
            "q",
            style="deepObject",
        )
    ),
    "/open": operation(
        parameter("query", {"type": "object", "additionalProperties": {"type": "integer"}}, "q"),
        parameter("query", TEXT, "other"),
    ),
    "/closed": operation(parameter("query", TAG, "q", required=True), parameter("query", TEXT, "other")),
    "/members": operation(
        parameter(
            "query", {"type": "object", "properties": {"l": LIST, "o": {"$ref": "#/components/schemas/Tag"}}}, "q"
        )
    ),
    "/json": operation(
        {
            "name": "q",
            "in": "query",
            "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Tag"}, "example": {"n": None}}},
        },
        {"name": "X-Text", "in": "header", "content": {"text/plain": {"schema": TEXT}}},
        {"name": "c", "in": "cookie", "content": {"application/json": {"schema": {"type": "integer"}}}},
    ),
    "/defaults": operation(
        parameter("query", {"type": "integer", "default": 3}, "i"),
        parameter("query", {"type": "array", "items": TEXT, "default": ["x"]}, "l"),
        parameter("query", {"type": "string", "format": "date", "default": "2026-12-24"}, "d"),
        parameter("query", {"type": "integer", "default": "three"}, "invalid"),
        parameter("query", {"type": "integer", "default": 4}, "required", required=True),
        parameter("header", TEXT, "X-Absent"),
        parameter("cookie", LIST, "c"),
    ),
    "/said": operation(
        parameter(
            "query",
            {"type": "integer", "description": "Of the schema."},
            "e",
            description="Of the parameter.",
            deprecated=True,
            allowEmptyValue=True,
            allowReserved=True,
            examples={"none": {"value": None}, "shared": {"$ref": "#/components/examples/one"}},
            **{"x-note": None},
        ),
        parameter("query", TEXT, "f", example="a", style="form"),
        parameter("header", TEXT, "Authorization", required=True),
        parameter("header", TEXT, "accept"),
    ),
    "/odd/{thing-id}/{userId}.json": operation(
        parameter("path", LIST, "thing-id"),
        parameter("path", LIST, "userId"),
        parameter("query", TEXT, "ids[]"),
        parameter("query", TEXT, "$filter"),
        parameter("query", TEXT, "class"),
    ),
}


@pytest.fixture(scope="module")
def kinds(tmp_path_factory: pytest.TempPathFactory) -> tuple[Foreign, Json]:
    """A service with parameters of all types."""
    paths = {path + "/{p}" * (path == "/nullable"): item for path, item in KINDS.items()}
    content = with_ids(paths)
    content["components"] = {"schemas": {"Tag": TAG}, "examples": {"one": {"value": 1}}}
    return Foreign(tmp_path_factory.mktemp("kinds"), content), content


def test_the_document_derived_from_all_types_says_the_same(kinds: tuple[Foreign, Json]) -> None:  # REQ-2
    assert differences(kinds[1], kinds[0].routes.derived_document()) == []


READ: list[tuple[str, object]] = [
    ("/union?q=5", 5),
    ("/union?q=12", "12"),
    ("/union?q=true", True),
    ("/union?q=no", "no"),
    ("/number?q=1", 1.0),
    ("/number?q=-1.5e3", -1500.0),
    ("/choice?q=1", 1),
    ("/choice?q=true", True),
    ("/choice?q=null", None),
    ("/choice?q=a", "a"),
    ("/const?q=7", 7),
    ("/nullable/3?q=null", None),
    ("/nullable/null?q=7", 7),
    ("/any?q=5", "5"),
    ("/any?q=null", "null"),
    ("/either?q=5", 5),
    ("/either?q=5&q=6", [5, 6]),
    ("/deep?q=5", 5),
    ("/deep?q[]=5&q[]=6", [5, 6]),
    ("/deep?q[0]=5&q[1]=6", [5, 6]),
    ("/deep?q[a][x]=5&q[a][y]=6", {"a": {"x": 5, "y": 6}}),
    ("/open?x=1&other=o&y=2", {"x": 1, "y": 2}),
    ("/closed?n=1", {"n": 1}),
    ("/closed", {}),
    ("/members?l=a&o=%7B%22n%22%3A3%7D", {"l": ["a"], "o": {"n": 3}}),
    ("/json?q=%7B%22n%22%3A3%7D", {"n": 3}),
    ("/said?e=&f=a", None),
]


@pytest.mark.parametrize(("path", "value"), READ, ids=str)
def test_a_text_becomes_what_its_schema_is_about(
    kinds: tuple[Foreign, Json], path: str, value: object
) -> None:  # REQ-7
    found = plain(kinds[0].taken("GET", path).get("q"))
    assert (found, type(found)) == (value, type(value))


REFUSED: list[tuple[str, list[list[str]]]] = [
    ("/union?q=abcde", [["query.q", "too_long"]]),
    ("/number?q=1.", [["query.q", "type"]]),
    ("/number?q=" + "9" * 401, [["query.q", "type"]]),
    ("/number?q=1e999", [["query.q", "value"]]),
    ("/const?q=8", [["query.q", "value"]]),
    ("/const?q=", [["query.q", "empty"]]),
    ("/nullable/x?q=1", [["path.p", "type"]]),
    ("/either?q=5&q=x", [["query.q.1", "type"]]),
    ("/deep?q[b]=1", [["query.q", "type"], ["query.q.a", "missing"]]),
    ("/deep?" + "q" + "[a]" * 65 + "=1", [["query.q", "format"]]),
    ("/open?x=y&other=a&other=b", [["query.other", "repeated"], ["query.x", "type"]]),
    ("/closed?n=1&m=2", [["query.m", "unknown"]]),
    ("/members?o=x", [["query.o", "type"]]),
    ("/members?o=%7B", [["query.o", "type"]]),
    ("/json?q=%7B", [["query.q", "format"]]),
    ("/json?q=%7B%22n%22%3A%22x%22%7D", [["query.q.n", "type"]]),
    ("/defaults", [["query.required", "missing"]]),
]


@pytest.mark.parametrize(("path", "faults"), REFUSED, ids=lambda value: str(value)[:60])
def test_a_text_that_its_schema_does_not_take_is_refused(
    kinds: tuple[Foreign, Json], path: str, faults: list[list[str]]
) -> None:  # REQ-3, REQ-7
    assert kinds[0].refused("GET", path) == faults


def test_what_is_absent_has_its_default_if_that_is_valid(kinds: tuple[Foreign, Json]) -> None:  # REQ-8
    first = kinds[0].taken("GET", "/defaults?required=1")
    assert (first["i"], first["l"], first["d"], first["required"]) == (3, ["x"], date(2026, 12, 24), 1)
    assert first["invalid"] is first["x_absent"] is first["c"] is MISSING
    first["l"].append("y")
    assert kinds[0].taken("GET", "/defaults?required=1")["l"] == ["x"]


def test_a_parameter_may_be_text_of_a_media_type(kinds: tuple[Foreign, Json]) -> None:  # REQ-9
    taken = kinds[0].taken("GET", "/json", {"X-Text": "a, b", "cookie": "c=5"})
    assert (taken["x_text"], taken["c"]) == ("a, b", 5)


def test_headers_that_openapi_keeps_for_itself_are_only_documented(kinds: tuple[Foreign, Json]) -> None:  # REQ-5
    assert kinds[0].taken("GET", "/said", {"accept": "x"}) == {"e": MISSING, "f": MISSING}


def test_parameters_may_have_any_name(kinds: tuple[Foreign, Json]) -> None:  # REQ-4
    taken = kinds[0].taken("GET", "/odd/a,b/x%2Cy,z.json?ids[]=1&%24filter=2&class=3")
    assert list(taken.values()) == [["a", "b"], ["x,y", "z"], "1", "2", "3"]


def test_a_contract_that_declares_no_422_gets_one(kinds: tuple[Foreign, Json]) -> None:  # REQ-20
    assert kinds[0].ask("GET", "/const?q=8").status_code == 422
    assert "422" not in kinds[0].routes.derived_document()["paths"]["/const"]["get"]["responses"]


def test_a_million_names_are_gone_through_once(kinds: tuple[Foreign, Json]) -> None:  # REQ-19
    begun = process_time()  # of this process alone: another may take the processor for any time
    assert told(kinds, "/const", "q=1&" * 1_000_000) == [["query.q", "repeated"]]
    assert told(kinds, "/list", "q=1&" * 1_000_000) == []
    assert len(kinds[0].seen.pop()["q"]) == 1_000_000
    assert told(kinds, "/either", "q=x&" * 200_000) == [["query.q.0", "type"]]
    assert len(told(kinds, "/const", "&".join(f"n{number}=1" for number in range(100_000)))) == 100
    assert told(kinds, "/deep", "q" + "[" * 100_000 + "=1") == [["query.?", "unknown"]]
    assert told(kinds, "/deep", "q" + "[a]" * 100_000 + "=1") == [["query.q", "format"]]
    assert process_time() - begun < 30  # seconds: several times what it takes, and a fraction of what a square would


def told(service: tuple[Foreign, Json], path: str, query: str) -> list[list[str]]:
    """Give the faults of a request that is too long for a client."""
    _, content = service[0].call("GET", path, query)
    return [fault[:2] for fault in json.loads(content or b'{"faults": []}')["faults"]]
