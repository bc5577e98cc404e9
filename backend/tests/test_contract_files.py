"""getContractYaml and getContractJson: the contract, for everybody who generates from it."""

from hashlib import sha256

import httpx
import pytest

from backend.cors import OPEN
from backend.tests.client import CONTRACT_PATH, Client, code, contract, fields, operations, resolve
from backend.tests.conftest import Service

FILES = ("/openapi.yaml", "/openapi.json")
ELSEWHERE = "https://editor.example"


def test_the_contract_is_served_byte_for_byte(nobody: Client) -> None:  # DOCS-2
    response = nobody.get("/openapi.yaml")
    assert response.content == CONTRACT_PATH.read_bytes()
    assert response.headers["content-type"].startswith("application/yaml")


def test_the_contract_as_json_says_the_same(nobody: Client) -> None:  # DOCS-3
    assert nobody.get("/openapi.json").json() == contract()


@pytest.mark.parametrize("path", FILES)
def test_the_tag_is_made_of_the_bytes(nobody: Client, path: str) -> None:  # DOCS-8
    response = nobody.get(path, headers={"Accept-Encoding": "gzip"})
    assert response.headers["etag"] == f'"{sha256(response.content).hexdigest()[:32]}"'
    assert "content-encoding" not in response.headers
    assert response.headers["cache-control"] == "public, no-cache"


@pytest.mark.parametrize("path", FILES)
@pytest.mark.parametrize("accepted", ["gzip", "identity"])
def test_who_has_it_is_told_so(nobody: Client, path: str, accepted: str) -> None:  # DOCS-9
    nobody.headers["Accept-Encoding"] = accepted
    whole = nobody.get(path)
    tag = whole.headers["etag"]
    for named in (tag, f'"other", {tag}', f"W/{tag}", f'{tag[:-1]}-gzip"', "*"):
        short = nobody.get(path, headers={"If-None-Match": named})
        assert (short.status_code, short.content) == (304, b""), named
        for name in ("etag", "cache-control", "vary", "access-control-allow-origin"):
            assert short.headers.get(name) == whole.headers.get(name)
    assert nobody.head(path, headers={"If-None-Match": tag}).status_code == 304
    assert nobody.head(path).headers["etag"] == tag


@pytest.mark.parametrize("path", FILES)
def test_another_tag_gets_the_contract(nobody: Client, path: str) -> None:  # DOCS-9
    assert nobody.get(path, headers={"If-None-Match": f'"{"0" * 32}"'}).status_code == 200
    assert fields(nobody.get(path, headers={"If-None-Match": "contract"})) == ["header.If-None-Match"]


def open_to(response: httpx.Response) -> str | None:
    allowed: str | None = response.headers.get("access-control-allow-origin")
    return allowed


@pytest.mark.parametrize("path", FILES)
@pytest.mark.parametrize("origin", [ELSEWHERE, "https://app.example.com", "null", None])
def test_every_origin_may_read_it(nobody: Client, path: str, origin: str | None) -> None:  # EDGE-29
    headers: dict[str, str] = {} if origin is None else {"Origin": origin}
    answers = {
        200: nobody.get(path, headers=headers),
        304: nobody.get(path, headers={**headers, "If-None-Match": "*"}),
        422: nobody.get(f"{path}?x=1", headers=headers),
        405: nobody.put(path, headers=headers),
        400: nobody.get(path, headers={**headers, "Host": "elsewhere.example"}),
        204: nobody.options(path, headers=headers),
    }
    for status, answer in answers.items():
        assert (answer.status_code, open_to(answer)) == (status, "*" if origin or status < 400 else None)
        assert "access-control-allow-credentials" not in answer.headers
        assert ("ETag" in answer.headers.get("access-control-expose-headers", "")) == (origin is not None)
        assert answer.headers.get("timing-allow-origin") == (origin and "*")
        assert "Origin" not in answer.headers.get("vary", "")


@pytest.mark.parametrize("path", FILES)
def test_every_origin_is_granted_to_read_it_and_nothing_else(nobody: Client, path: str) -> None:  # EDGE-29
    asked = {
        "Origin": ELSEWHERE,
        "Access-Control-Request-Method": "GET",
        "Access-Control-Request-Headers": "if-none-match",
    }
    granted = nobody.options(path, headers=asked)
    assert (granted.status_code, open_to(granted)) == (204, "*")
    assert granted.headers["access-control-allow-methods"] == "GET, HEAD"
    assert "If-None-Match" in granted.headers["access-control-allow-headers"].split(", ")
    assert "access-control-allow-credentials" not in granted.headers


@pytest.mark.parametrize(
    "path", ["/", "/docs", "/problems", "/health", "/openapi.yml", "/openapi.json/", "/api/a/tasks"]
)
def test_all_else_is_open_to_the_origins_of_the_settings_alone(nobody: Client, path: str) -> None:  # EDGE-14, EDGE-16
    assert open_to(nobody.get(path, headers={"Origin": ELSEWHERE})) is None
    asked = {"Origin": ELSEWHERE, "Access-Control-Request-Method": "GET"}
    assert open_to(nobody.options(path, headers=asked)) is None


def test_what_is_open_is_what_the_contract_says_is_open() -> None:  # EDGE-29
    declared = {
        path
        for _, path, operation in operations()
        for answer in map(resolve, operation["responses"].values())
        if "Access-Control-Allow-Origin" in answer.get("headers", {})
    }
    assert declared == set(OPEN) == set(FILES)


def test_the_contract_is_there_where_the_documentation_is_not(service: Service) -> None:  # DOCS-6
    with service.variant(docs_enabled=False) as other, other.client("") as nobody:
        assert code(nobody.get("/docs")) == "not_found"
        assert [nobody.get(path).status_code for path in FILES] == [200, 200]
