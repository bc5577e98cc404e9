"""Parameters of contracts that are not ours: every place, style and shape. Spec: specs/toolchain/requests.md."""

import asyncio
from typing import Any  # what is handed to a handler that is generated

import httpx
import pytest

from backend.tests.contracts import Json
from backend.tests.imported import LIST, TEXT, Foreign, operation, parameter, plain, with_ids
from scripts.compare import differences

OBJECT: Json = {"type": "object", "properties": {name: {"type": "integer"} for name in "RGB"}}
SHAPES = {"text": TEXT, "list": LIST, "object": OBJECT}
VALUES = {"text": "blue", "list": ["blue", "black", "brown"], "object": {"R": 100, "G": 200, "B": 150}}

# The table of OpenAPI 3.1.1, section 4.8.12.7: place, style, explode, and how each shape is written.
TABLE: list[tuple[str, str, bool, Json]] = [
    (
        "path",
        "matrix",
        False,
        {"text": ";color=blue", "list": ";color=blue,black,brown", "object": ";color=R,100,G,200,B,150"},
    ),
    (
        "path",
        "matrix",
        True,
        {
            "text": ";color=blue",
            "list": ";color=blue;color=black;color=brown",
            "object": ";R=100;G=200;B=150",
        },
    ),
    ("path", "label", False, {"text": ".blue", "list": ".blue,black,brown", "object": ".R,100,G,200,B,150"}),
    ("path", "label", True, {"text": ".blue", "list": ".blue.black.brown", "object": ".R=100.G=200.B=150"}),
    ("path", "simple", False, {"text": "blue", "list": "blue,black,brown", "object": "R,100,G,200,B,150"}),
    ("path", "simple", True, {"text": "blue", "list": "blue,black,brown", "object": "R=100,G=200,B=150"}),
    (
        "query",
        "form",
        False,
        {"text": "color=blue", "list": "color=blue,black,brown", "object": "color=R,100,G,200,B,150"},
    ),
    (
        "query",
        "form",
        True,
        {"text": "color=blue", "list": "color=blue&color=black&color=brown", "object": "R=100&G=200&B=150"},
    ),
    (
        "query",
        "spaceDelimited",
        False,
        {"list": "color=blue%20black%20brown", "object": "color=R%20100%20G%20200%20B%20150"},
    ),
    (
        "query",
        "pipeDelimited",
        False,
        {"list": "color=blue%7Cblack%7Cbrown", "object": "color=R%7C100%7CG%7C200%7CB%7C150"},
    ),
    ("query", "deepObject", True, {"object": "color%5BR%5D=100&color%5BG%5D=200&color%5BB%5D=150"}),
    ("header", "simple", False, {"text": "blue", "list": "blue,black,brown", "object": "R,100,G,200,B,150"}),
    ("header", "simple", True, {"text": "blue", "list": "blue,black,brown", "object": "R=100,G=200,B=150"}),
    (
        "cookie",
        "form",
        False,
        {"text": "color=blue", "list": "color=blue,black,brown", "object": "color=R,100,G,200,B,150"},
    ),
    (
        "cookie",
        "form",
        True,
        {"text": "color=blue", "list": "color=blue&color=black&color=brown", "object": "R=100&G=200&B=150"},
    ),
]
ROWS = [
    (where, style, explode, shape, written)
    for where, style, explode, cells in TABLE
    for shape, written in cells.items()
]


def path_of(where: str, style: str, explode: bool, shape: str) -> str:  # noqa: FBT001 - a cell of the table
    return f"/{where}/{style}/{'exploded' if explode else 'joined'}/{shape}"


def send_to(app: Any, path: str) -> httpx.Response:  # noqa: ANN401 - an ASGI application
    """Send one request to an application."""

    async def send() -> httpx.Response:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://x") as client:
            return await client.get(path)

    return asyncio.run(send())


@pytest.fixture(scope="module")
def table(tmp_path_factory: pytest.TempPathFactory) -> tuple[Foreign, Json]:
    """A service with one operation for each cell of the table."""
    content = with_ids(
        {
            path_of(where, style, explode, shape) + "/{color}" * (where == "path"): operation(
                parameter(where, SHAPES[shape], style=style, explode=explode)
            )
            for where, style, explode, shape, _ in ROWS
        }
    )
    return Foreign(tmp_path_factory.mktemp("table"), content), content


@pytest.mark.parametrize("row", ROWS, ids=str)
def test_every_style_is_read_as_openapi_writes_it(
    table: tuple[Foreign, Json], row: tuple[str, str, bool, str, str]
) -> None:  # REQ-1
    where, style, explode, shape, written = row
    path = path_of(where, style, explode, shape)
    headers: Json = {}
    if where == "path":
        path += f"/{written}"
    elif where == "query":
        path += f"?{written}"
    else:
        headers = {"color" if where == "header" else "cookie": written}
    assert plain(table[0].taken("GET", path, headers)["color"]) == VALUES[shape]


def test_the_derived_document_says_the_same(table: tuple[Foreign, Json]) -> None:  # REQ-2
    assert differences(table[1], table[0].routes.derived_document()) == []


BROKEN: list[tuple[str, Json | list[tuple[str, str]], list[str]]] = [
    ("/path/matrix/joined/text/color=blue", {}, ["path.color", "format"]),
    ("/path/matrix/joined/text/;colour=blue", {}, ["path.color", "format"]),
    ("/path/label/exploded/list/blue", {}, ["path.color", "format"]),
    ("/path/simple/joined/object/R,100,G", {}, ["path.color", "format"]),
    ("/path/simple/exploded/object/R=x", {}, ["path.color.R", "type"]),
    ("/query/form/joined/object?color=R,1.5", {}, ["query.color.R", "type"]),
    ("/query/form/exploded/object?R=x", {}, ["query.R", "type"]),
    ("/query/form/exploded/object?R=1&R=2", {}, ["query.R", "repeated"]),
    ("/query/form/exploded/text?color=a&color=b", {}, ["query.color", "repeated"]),
    ("/query/form/joined/list?color=a&color=b", {}, ["query.color", "repeated"]),
    ("/query/form/exploded/list?colour=a", {}, ["query.colour", "unknown"]),
    ("/query/deepObject/exploded/object?color[R]=x", {}, ["query.color.R", "type"]),
    ("/query/deepObject/exploded/object?color[R]=1&color[R][x]=1", {}, ["query.color.R", "format"]),
    ("/query/deepObject/exploded/object?color[R]=1&color%5BR%5D=2", {}, ["query.color.R", "repeated"]),
    ("/query/deepObject/exploded/object?color[R=1", {}, ["query.?", "unknown"]),
    ("/query/deepObject/exploded/object?other[R]=1", {}, ["query.?", "unknown"]),
    ("/header/simple/joined/object", {"color": "R,1,G"}, ["header.color", "format"]),
    ("/header/simple/joined/text", [("color", "a"), ("Color", "b")], ["header.color", "repeated"]),
    ("/cookie/form/joined/object", {"cookie": "color=R,x"}, ["cookie.color.R", "type"]),
    ("/query/form/exploded/text?color=%FF", {}, ["query", "format"]),
    ("/path/simple/exploded/text/%FF", {}, ["path", "format"]),
]


@pytest.mark.parametrize(("path", "headers", "fault"), BROKEN, ids=str)
def test_what_breaks_a_style_is_told_by_its_place(
    table: tuple[Foreign, Json], path: str, headers: object, fault: list[str]
) -> None:  # REQ-3
    assert table[0].refused("GET", path, headers) == [fault]


def test_an_escaped_delimiter_is_data(table: tuple[Foreign, Json]) -> None:  # REQ-4
    for path in (
        "/path/simple/joined/list/a%2Cb,c",
        "/path/label/joined/list/.a%2Cb,c",
        "/query/form/joined/list?color=a%2Cb,c",
    ):
        assert table[0].taken("GET", path)["color"] == ["a,b", "c"]
    assert table[0].taken("GET", "/path/label/exploded/list/.a%2Eb.c")["color"] == ["a.b", "c"]
    assert table[0].taken("GET", "/path/matrix/exploded/list/;color=a%3Bb;color=c")["color"] == ["a;b", "c"]
    cookie = {"cookie": "color=a%2Cb,c; other=1"}
    assert table[0].taken("GET", "/cookie/form/joined/list", cookie)["color"] == ["a,b", "c"]


def test_names_of_headers_have_no_case_and_lists_may_have_several_lines(table: tuple[Foreign, Json]) -> None:  # REQ-5
    assert table[0].taken("GET", "/header/simple/joined/text", {"COLOR": "blue"})["color"] == "blue"
    lines = [("color", "a, b"), ("Color", "c")]
    assert table[0].taken("GET", "/header/simple/joined/list", lines)["color"] == ["a", "b", "c"]


def test_what_a_path_does_not_say_raw_is_read_as_it_is_routed(table: tuple[Foreign, Json]) -> None:
    service = table[0]

    async def without_raw_path(scope: Any, receive: Any, send: Any) -> None:  # noqa: ANN401 - as ASGI has them
        await service.app({**scope, "raw_path": None}, receive, send)

    answer = send_to(without_raw_path, "/path/simple/joined/list/a%2Cb,c")
    assert (answer.status_code, service.seen.pop()["color"]) == (204, ["a", "b", "c"])


def test_arrays_of_nothing_and_texts_of_nothing_are_told_apart(table: tuple[Foreign, Json]) -> None:  # REQ-6
    assert table[0].taken("GET", "/query/form/joined/list?color=")["color"] == []
    assert table[0].taken("GET", "/query/form/exploded/text?color=")["color"] == ""
    assert table[0].taken("GET", "/query/form/exploded/list?color=")["color"] == [""]
    assert table[0].taken("GET", "/path/matrix/joined/list/;color=")["color"] == []
