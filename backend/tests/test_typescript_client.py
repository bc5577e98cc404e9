"""The TypeScript client as front ends have it: installed from its packed file (specs/toolchain/client.md)."""

import json
import os
import re
import shutil
from pathlib import Path

import pytest
from playwright.sync_api import sync_playwright

from backend.settings import PROJECT, Quota
from backend.tests.conftest import Service
from backend.tests.example import web_server
from backend.tests.tools import require_tool
from backend.tests.typescript_package import STRICT, TSC, USUAL, Installed, built, installed, node

TESTS = Path(__file__).parent
CASES = [
    "a write has one key over all its attempts, and the next write another",  # CLIENT-14
    "a key of the caller's own is kept, also over several calls",  # CLIENT-15
    "what takes no key gets none",  # CLIENT-14
    "the body of a request survives its attempts",  # CLIENT-16
    "each code is tried again as the contract says",  # CLIENT-17
    "an unknown code is taken for what its status says",  # CLIENT-18
    "the last answer is given when all attempts are used up",  # CLIENT-19
    "a failure of the network is thrown as it is when all attempts are used up",  # CLIENT-11, CLIENT-19, CLIENT-20
    "an answer that breaks off has not come",  # CLIENT-20
    "what has no key and is not idempotent is sent once, whatever became of it",  # CLIENT-20
    "reads and what is idempotent by its method are repeated without a key",  # CLIENT-20
    "a proxy's page is thrown, after as many attempts as its status allows",  # CLIENT-11, CLIENT-18
    "what only looks like a problem is thrown",  # CLIENT-11
    "JSON that is none is thrown, and tried again like an answer that broke off",  # CLIENT-11, CLIENT-20
    "an answer is of its media type whatever its parameters and case",  # CLIENT-9
    "304 is neither data nor error, 204 has no data, a text is a text",  # CLIENT-12
    "unwrap gives the data, or throws the problem",  # CLIENT-10
    "Retry-After is waited for in seconds and as a date of the server's clock, unless it is too long",  # CLIENT-21
    "without Retry-After each wait is a random part of a time that doubles, up to the longest",  # CLIENT-21
    "a token is asked for once and kept, by all calls together",  # CLIENT-22
    "an operation that takes no token is not sent one",  # CLIENT-22
    "an empty token is not sent",  # CLIENT-22
    "after a 401 the token is asked for anew, once for all that wait, and the calls go on",  # CLIENT-23
    "a 401 that comes after another's refresh makes none of its own",  # CLIENT-23
    "a later attempt has the token that others have got meanwhile",  # CLIENT-23
    "a 401 after the refresh is given as it is, and the next call asks again",  # CLIENT-23
    "a provider that fails is thrown to all that wait, and asked again by the next call",  # CLIENT-24
    "a provider that never answers holds nobody who stops waiting, and is asked again when nobody waits",  # CLIENT-24
    "a signal ends a request with its reason, and no attempt follows",  # CLIENT-25
    "a signal ends a wait, and leaves no timer",  # CLIENT-25
    "no listener of the client stays with a signal",  # CLIENT-25
    "an ETag is known of the answer it came with, of a problem's task, and of nothing else",  # CLIENT-26
    "pages are given one after the other, each tried again like any call, with all that was asked for",  # CLIENT-27
    "pages may begin in the midst, and nothing is asked after the last one that is wanted",  # CLIENT-27
    "a cursor that is refused on the way is thrown, not started over",  # CLIENT-28
    "a signal ends the pages",  # CLIENT-28
    "middleware sees a call once, the first request and the last answer, and may change both",  # CLIENT-13
    "a fetch of one's own is called as one, with all that frameworks add to a request, and may give up",  # CLIENT-13
    "the global fetch is the one of the moment",  # CLIENT-13
]


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Installed:
    """The package, installed in an empty folder, with the programs of these tests beside it."""
    require_tool("node", "the TypeScript client")
    found = installed(tmp_path_factory.mktemp("client"))
    for program in TESTS.glob("client_*.*"):
        shutil.copy(program, found.folder)
    return found


@pytest.fixture(scope="module")
def outcomes(package: Installed) -> dict[str, str | None]:
    """What each case failed with."""
    done = node(package.folder, "--expose-gc", "client_cases.mjs")
    assert done.returncode == 0, done.stderr
    found: dict[str, str | None] = json.loads(done.stdout)
    assert list(found) == CASES
    return found


@pytest.mark.parametrize("case", CASES)
def test_on_a_network_that_misbehaves(outcomes: dict[str, str | None], case: str) -> None:
    assert outcomes[case] is None, outcomes[case]


def test_every_write_is_done_once_by_the_service_though_its_answer_is_lost(
    service: Service, package: Installed
) -> None:  # CLIENT-7, CLIENT-9, CLIENT-14, CLIENT-23, CLIENT-26, CLIENT-27
    tokens = service.token("ann|1"), service.token("ann|1", lifetime=-60)
    done = node(package.folder, "client_service.mjs", service.url, "ann|1", *tokens)
    assert done.returncode == 0, done.stderr
    assert service.rows("SELECT title, version FROM tasks ORDER BY title") == [("Buy milk", 1), ("Buy salt", 1)]


def test_a_burst_over_the_limit_is_done_as_the_service_lets_it(
    service: Service, package: Installed
) -> None:  # CLIENT-17, CLIENT-21
    with service.variant(rate_limit_user=Quota(2, 1)) as limited:
        done = node(package.folder, "client_limited.mjs", limited.url, "ann", limited.token("ann"))
    assert json.loads(done.stdout) == [[201, 201, 201, 201], True], done.stderr
    assert len(service.rows("SELECT id FROM tasks")) == 4


def test_what_is_packed_is_what_runs_and_its_types(package: Installed) -> None:  # CLIENT-1, CLIENT-6
    manifest = json.loads((package.folder / "node_modules/task-api-client/package.json").read_bytes())
    assert manifest["version"] == json.loads((PROJECT / "generated/openapi.json").read_bytes())["info"]["version"]
    assert (manifest["name"], manifest["license"], manifest["type"]) == ("task-api-client", "MIT", "module")
    pinned = json.loads((PROJECT / "package.json").read_bytes())["devDependencies"]["openapi-fetch"]
    assert manifest["dependencies"] == {"openapi-fetch": f"^{pinned}"}
    root = package.folder / "node_modules/task-api-client"
    files = {path.relative_to(root).as_posix(): path.read_text() for path in root.rglob("*") if path.is_file()}
    modules = {path.stem for path in (package.built / "src").iterdir()}
    built_files = {f"dist/{name}{suffix}" for name in modules for suffix in (".js", ".d.ts")}
    assert set(files) == {"package.json", "LICENSE", "README.md", "schema.d.ts", *built_files}
    for name, text in files.items():
        assert "sourceMappingURL" not in text, name
        assert str(package.built.parent) not in text, name
        if name.endswith(".js"):
            assert set(re.findall(r'from "([^."][^"]*)"', text)) <= {"openapi-fetch"}, name
            assert not re.search(r"\b(process|Buffer|require|window|document|localStorage)\b\s*[.(]", text), name


def test_two_builds_are_equal_byte_for_byte(package: Installed, tmp_path: Path) -> None:  # CLIENT-6
    second = built(tmp_path)
    assert second.stdout == package.said
    [name] = [path.name for path in (tmp_path / "packed").iterdir()]
    assert (tmp_path / "packed" / name).read_bytes() == (package.packed / name).read_bytes()


def test_it_is_small_and_a_build_that_has_grown_fails(package: Installed, tmp_path: Path) -> None:  # CLIENT-5
    said = re.fullmatch(
        r"task-api-client-1\.0\.0\.tgz: (\d+) bytes minified and gzipped, (\d+) with openapi-fetch\n", package.said
    )
    assert said
    assert int(said[1]) < int(said[2]) < 6000
    large = tmp_path / "large"
    shutil.copytree(package.built.parent, large, symlinks=True, ignore=shutil.ignore_patterns("packed"))
    with (large / "typescript/src/index.ts").open("a", encoding="utf-8") as index:
        index.write(f'export const ballast = "{os.urandom(2000).hex()}";\n')
    grown = node(PROJECT, PROJECT / "scripts/client/build.mjs", large / "typescript", large / "packed")
    assert grown.returncode == 1
    assert "the client has grown over its budget: " in grown.stderr


@pytest.mark.parametrize("options", [STRICT, USUAL], ids=["strictest", "usual"])
def test_the_compiler_allows_what_is_right_and_refuses_what_is_wrong(
    package: Installed, options: tuple[str, ...]
) -> None:  # CLIENT-8, CLIENT-29
    readme = (package.built / "README.md").read_text(encoding="utf-8")
    examples = re.findall(r"```ts\n(.*?)```", readme, re.DOTALL)
    for name, text in zip(("api", "example"), examples, strict=True):
        (package.folder / f"{name}.ts").write_text(text, encoding="utf-8")
    types = (package.folder / "client_types.ts").read_text(encoding="utf-8")
    strictest = "// @ts-expect-error - a parameter that is undefined is to be left out\n"
    assert strictest in types
    (package.folder / "types.ts").write_text(
        types if options is STRICT else types.replace(strictest, ""), encoding="utf-8"
    )
    done = node(package.folder, TSC, *options, "types.ts", "example.ts")
    assert done.returncode == 0, done.stdout


def test_no_type_that_the_package_gives_is_any(package: Installed) -> None:  # CLIENT-8
    root = package.folder / "node_modules/task-api-client"
    for path in (root / "schema.d.ts", *root.glob("dist/*.d.ts")):
        code = re.sub(r"/\*.*?\*/|//.*|\"[^\"]*\"", "", path.read_text(encoding="utf-8"), flags=re.DOTALL)
        assert not re.search(r"\bany\b", code), path.name


HOST = "app.test"
"""No secure context, as a page on this machine would be: `crypto` has less there."""


def test_a_page_lists_creates_and_gets_out_of_a_conflict(
    service: Service, package: Installed
) -> None:  # CLIENT-7, CLIENT-30
    chromium = require_tool("chromium", "the TypeScript client in a browser")
    (package.folder / "index.html").write_text('<script type="module" src="/client_page.mjs"></script>')
    done = node(package.folder, PROJECT / "node_modules/vite/bin/vite.js", "build", "--logLevel", "warn")
    assert done.returncode == 0, done.stdout + done.stderr
    with (
        web_server(package.folder / "dist", HOST) as origin,
        service.variant(cors_origins=(origin,)) as api,
        sync_playwright() as playwright,
    ):
        browser = playwright.chromium.launch(
            executable_path=chromium, args=["--no-sandbox", f"--host-resolver-rules=MAP {HOST} 127.0.0.1"]
        )
        page = browser.new_page()
        page.goto(origin)
        page.wait_for_function("typeof run === 'function'")
        found = page.evaluate("arguments => run(...arguments)", [api.url, "ann|1", service.token("ann|1")])
        browser.close()
    assert found == [False, 2, "precondition_failed", 3, ["Buy salt and bread"], 2, "true", "left"]
