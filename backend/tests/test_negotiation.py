"""Which media type a client would rather read (specs/features/health-and-docs.md)."""

import time

import pytest

from backend.negotiation import preferred
from backend.tests.client import Client
from backend.tests.conftest import Service

JSON, PAGE = "application/json", "text/html"

CHROMIUM = "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,image/apng,*/*;q=0.8"
FIREFOX = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"


@pytest.mark.parametrize(
    "accept",
    [
        CHROMIUM,
        FIREFOX,
        "text/html",
        "Text/HTML",
        "text/*",
        "text/html;q=0.001",
        "text/html;charset=UTF-8",
        'text/html; charset="utf-8"',
        "text/html, application/json;q=0.9",
        "application/json;q=0.9 ,\ttext/html",
        "text/html;q=1.0, */*;q=0.999",
        "*/*;q=0.1, text/*;q=0.2",
        "application/json;q=0, */*",
        "*/*, application/*;q=0.5",
        "text/html;q=0.3, text/html;q=0.9, application/json;q=0.5",
        ", ,text/html,",
        "text/html;",
        "text/html ; ; Q=0.5",
        'image/png;title="a, b\\";q=1", text/html',
    ],
)
def test_who_prefers_a_page_gets_it(accept: str) -> None:  # DOCS-7
    assert preferred(accept, (JSON, PAGE)) == PAGE


@pytest.mark.parametrize(
    "accept",
    [
        "",
        "*/*",
        JSON,
        "application/json, text/html",
        "text/html, application/json",
        "text/html, */*",
        "text/html;q=0.8, application/json;q=0.9",
        "text/html;q=0.8, application/*;q=0.9",
        "text/*, text/html;q=0.5, application/json;q=0.6",
        "text/html;q=0",
        "text/html;q=0.000, application/json;q=0",
        "image/png",
        "text/plain",
        "text/html;level=1",
        "text/html;charset=latin-1",
        # Not to be read (RFC 9110, sections 12.4.2 and 12.5.1).
        "text/html;q=2",
        "text/html;q=1.001",
        "text/html;q=0.1234",
        "text/html;q=.5",
        "text/html;q=-1",
        "text/html;q=",
        "text/html;q=high",
        'text/html;q="1"',
        "text/html text/html",
        "text",
        "text/",
        "/html",
        "*/html",
        "text/html, ?",
        "text/html;a b",
        'text/html;a="b',
        "text/html\n",
        "text/h\u00e4ml",
    ],
)
def test_everybody_else_gets_what_comes_first(accept: str) -> None:  # DOCS-7
    assert preferred(accept, (JSON, PAGE)) == JSON


@pytest.mark.parametrize(
    "hostile",
    [
        "a/b;" * 8_000 + "(",
        "a/b" + ";c=d" * 8_000 + "(",
        "a/b;" + " " * 32_000 + "(",
        "," * 32_000 + "(",
        "a/" + "b" * 32_000 + "(",
        " " * 32_000 + "(",
        'a/b;c="' + "\\x" * 16_000,
        "a/b;q=1," * 4_000,
    ],
    ids=lambda hostile: hostile[:8],
)
def test_a_long_header_is_read_in_one_go(hostile: str) -> None:  # DOCS-7
    began = time.process_time()
    assert preferred(hostile, (JSON, PAGE)) == JSON
    # Quadratic time would be minutes; CPU time does not depend on what else the machine does.
    assert time.process_time() - began < 2


@pytest.mark.parametrize("accept", ["*/*", JSON, "text/html;q=0", "image/png", "?", ""])
def test_the_root_is_json_for_programs(nobody: Client, accept: str) -> None:  # DOCS-7
    response = nobody.get("/", headers={"Accept": accept})
    assert (response.status_code, response.headers["content-type"]) == (200, JSON)
    assert "Accept" in response.headers["vary"].split(", ")


def test_the_root_is_json_for_who_says_nothing(service: Service) -> None:  # DOCS-7
    with service.client("") as nobody:
        del nobody.headers["Accept"]
        assert nobody.get("/").headers["content-type"] == JSON


@pytest.mark.parametrize("lines", [[CHROMIUM], ["image/png", "text/html"]], ids=["one", "two"])
def test_the_root_is_a_page_for_browsers(nobody: Client, lines: list[str]) -> None:  # DOCS-7
    headers = [("Accept", line) for line in lines]
    del nobody.headers["Accept"]
    response = nobody.get("/", headers=headers)
    assert (response.status_code, response.headers["content-type"]) == (200, "text/html; charset=utf-8")
    assert "Accept" in response.headers["vary"].split(", ")
    same = nobody.head("/", headers=headers)
    assert same.content == b""
    for name in ("content-type", "content-length", "vary", "content-security-policy"):
        assert same.headers[name] == response.headers[name]
    assert nobody.options("/", headers=headers).headers["allow"] == "GET, HEAD, OPTIONS"


def test_a_refusal_of_the_root_is_a_problem_for_browsers_too(nobody: Client) -> None:  # DOCS-7
    for refused in (nobody.get("/?x=1", headers={"Accept": CHROMIUM}), nobody.post("/", headers={"Accept": CHROMIUM})):
        assert refused.headers["content-type"] == "application/problem+json"
