"""getDocs and the files below `/docs/assets/`: the page works without any network but this service."""

import re
import subprocess
from pathlib import Path

import pytest

from backend.tests.client import CONTRACT_PATH, Client, code, contract, operations
from backend.tests.conftest import Service
from backend.tests.tools import require_tool
from generated.api import CONTRACT_VERSION


def test_the_page_loads_files_of_this_service_only(nobody: Client) -> None:  # DOCS-4, DOCS-5, PROB-9
    page = nobody.get("/docs")
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    allowed = page.headers["content-security-policy"].split("; ")
    assert {"script-src 'self'", "style-src 'self'", "connect-src 'self'"} <= set(allowed)
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


def test_the_page_shows_every_operation_in_a_browser(service: Service, tmp_path: Path) -> None:  # DOCS-4
    chromium = require_tool("chromium", "the documentation page in a browser")
    shown = subprocess.run(  # noqa: S603 # a fixed program and our own address
        [
            chromium,
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--no-first-run",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
            "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
            f"--user-data-dir={tmp_path}",
            "--virtual-time-budget=20000",
            "--dump-dom",
            f"{service.url}/docs#/tasks/listTasks",
        ],
        check=True,
        capture_output=True,
        text=True,
        timeout=120,
    ).stdout
    assert "Failed to load API definition" not in shown
    assert "btn authorize" in shown
    # Swagger UI 5.35 loses parameters that a path refers to; those of an operation it shows.
    for parameter in ("user_id", "status", "cursor"):
        assert f'data-param-name="{parameter}"' in shown
    for _, _, operation in operations():
        assert f"{operation['tags'][0]}-{operation['operationId']}" in shown


def test_the_contract_is_served_byte_for_byte(nobody: Client) -> None:  # DOCS-2
    response = nobody.get("/openapi.yaml")
    assert response.content == CONTRACT_PATH.read_bytes()
    assert response.headers["content-type"].startswith("application/yaml")


def test_the_contract_as_json_says_the_same(nobody: Client) -> None:  # DOCS-3
    assert nobody.get("/openapi.json").json() == contract()


def test_the_root_says_what_this_is_and_where_its_contract_is(nobody: Client) -> None:  # DOCS-1
    links = {name: f"/{name}" for name in ("docs", "problems", "health")}
    links |= {"openapi_yaml": "/openapi.yaml", "openapi_json": "/openapi.json"}
    assert nobody.get("/").json() == {"service": "task-api", "version": CONTRACT_VERSION, "links": links}
    assert all(nobody.get(link).status_code == 200 for link in links.values())
