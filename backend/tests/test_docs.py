"""getDocs and the files below `/docs/assets/`: the page works without any network but this service."""

import re
from base64 import b64encode
from hashlib import sha256

import pytest

from backend.tests.client import Client, code
from backend.tests.conftest import Service
from generated.api import CONTRACT_VERSION


def test_the_page_loads_files_of_this_service_only(nobody: Client) -> None:  # DOCS-4, DOCS-5, PROB-9
    page = nobody.get("/docs")
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    allowed = page.headers["content-security-policy"].split("; ")
    [style] = re.findall(r"<style>(.*?)</style>", page.text, re.DOTALL)
    digest = b64encode(sha256(style.encode()).digest()).decode()
    assert {part for part in allowed if "-src" in part} == {
        "default-src 'none'",
        "script-src 'self'",
        "connect-src 'self'",
        f"style-src 'self' 'sha256-{digest}'",
        "img-src data:",
    }
    addresses = re.findall(r'(?:src|href)="([^"]+)"', page.text)
    assert len(addresses) >= 4
    for address in addresses:
        if address == "data:,":
            continue
        assert address.startswith("/"), address
        assert nobody.get(address).status_code == 200


def test_an_asset_that_is_not_there_is_a_problem(nobody: Client) -> None:  # DOCS-5
    for path in ("/docs/assets/nothing.js", "/docs/assets/", "/docs/assets/../app.py", "/docs/assets/%2e%2e/app.py"):
        assert code(nobody.get(path)) == "not_found"


@pytest.mark.parametrize("wanted", ["bytes=0-9", "bytes=abc", "bytes=99999999-"])
def test_a_file_is_sent_whole_whatever_range_is_wanted(nobody: Client, wanted: str) -> None:
    whole = nobody.get("/docs/assets/start.js")
    assert nobody.get("/docs/assets/start.js", headers={"Range": wanted}).content == whole.content


def test_the_page_can_be_switched_off(service: Service) -> None:  # DOCS-1, DOCS-6
    with service.variant(docs_enabled=False) as other, other.client("") as nobody:
        assert code(nobody.get("/docs")) == "not_found"
        assert code(nobody.get("/docs/assets/start.js")) == "not_found"
        assert nobody.get("/").json()["links"]["docs"] is None
        assert nobody.get("/openapi.json").status_code == 200


def test_the_root_says_what_this_is_and_where_its_contract_is(nobody: Client) -> None:  # DOCS-1
    links = {name: f"/{name}" for name in ("docs", "problems", "health")}
    links |= {"openapi_yaml": "/openapi.yaml", "openapi_json": "/openapi.json"}
    assert nobody.get("/").json() == {"service": "task-api", "version": CONTRACT_VERSION, "links": links}
    assert all(nobody.get(link).status_code == 200 for link in links.values())
