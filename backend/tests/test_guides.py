"""The guides of docs/ say what works: every command, program and excerpt in them is executed or compared.

Spec: specs/features/guides.md.
"""

import filecmp
import json
import re
import tempfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final  # Any: YAML

import httpx
import pytest
import yaml
from playwright.sync_api import expect

from backend import migrations
from backend.embedded import SOCKETS, running_server
from backend.settings import PROJECT
from backend.tests.addresses import answers, free_port
from backend.tests.better_auth import PASSWORD
from backend.tests.browser import Windows
from backend.tests.guides import DOCS, Page, Terminal, checkout
from backend.tests.postgres import OPTIONS
from backend.tests.test_next_side import program
from backend.tests.test_typescript import COMMANDS
from backend.tests.tools import require_tool
from backend.tests.waiting import PATIENCE

GUIDES: Final = ("front-end.md", "back-end.md", "ci.md", "operations.md", "performance.md")
"""One for each kind of reader, who does not read the others, and the one about costs."""

PAGES: Final = sorted(path.name for path in DOCS.glob("*.md"))

CLIENT: Final = "../task-api/build/task-api-client-1.0.0.tgz"
NEEDED_BY_IT: Final = f"{PROJECT}/node_modules/openapi-{{fetch,typescript-helpers}}"

NEEDED: Final = "{.bin,typescript,@types,undici-types}"
"""What a program of Node needs to be compiled."""

ACTIONS: Final = {"actions/checkout", "actions/setup-node", "actions/setup-python"}
"""What jobs use of GitHub's own."""


def service_at(port: int) -> dict[str, str]:
    """`make serve` on any free port instead of its default, which several tests cannot have at once."""
    return {"make serve": f"make serve PORT={port}", "127.0.0.1:8000": f"127.0.0.1:{port}"}


@dataclass(frozen=True)
class Desk:
    """Where a reader sits."""

    folder: Path
    windows: Callable[[], Windows]
    """Of a browser, for who needs one."""


def front_end(page: Page, desk: Desk) -> None:  # GUIDE-6
    require_tool("npm", f"docs/{page.name}")
    copy, ports = checkout(desk.folder), {name: free_port() for name in ("WEB_PORT", "AUTH_PORT", "PORT")}
    port, mock, web = ports["PORT"], free_port(), f"http://localhost:{ports['WEB_PORT']}"
    terminal = Terminal(copy, service_at(port) | {
        "make example": " ".join(["make example", *(f"{name}={number}" for name, number in ports.items())]),
        "localhost:3000": f"localhost:{ports['AUTH_PORT']}",
        "8001": str(mock),
        # Nothing is fetched: what the lock pins is there, to be packed or linked to.
        f"npm install {CLIENT}": f"ls {CLIENT} && npm pack --pack-destination ../task-api/build {NEEDED_BY_IT} &&"
        " npm install ../task-api/build/*.tgz",
        "npm install --save-dev typescript@5 @types/node@20": f"ln -s {copy}/node_modules/{NEEDED} node_modules/",
    })  # fmt: skip # one name a line says no more
    with terminal.running(page.take("sh"), web):
        told = [terminal.typed(url) for url in re.findall(r"<(http://localhost:3000/[^>]*)>", page.text)]
        user, token = add_a_task(desk.windows(), web, *told)
        assert answers(f"http://127.0.0.1:{port}/docs")
        assert titles(port, user, token) == ["Buy milk"]
        [by_make] = re.findall(r"`(make -s token)`", page.text)
        assert titles(port, "alice", terminal.run(by_make).strip()) == []
        terminal.run(page.take("sh"))
        application = Terminal(desk.folder / "my-front-end", terminal.stands_for)
        (application.folder / "tasks.ts").write_text(terminal.typed(page.take("ts")), encoding="utf-8")
        assert application.run(page.take("sh")) == page.take("text")
    with terminal.running(page.take("sh"), f"http://127.0.0.1:{mock}/health"):
        listed, refused = terminal.run(page.take("sh").replace("curl ", "curl --silent -w '\\n' ")).splitlines()
    assert json.loads(listed)["items"]
    assert json.loads(refused)["code"] == "task_not_found"
    commands = re.sub(r"\\\n +", "", page.take("sh")).splitlines()
    assert commands == COMMANDS, "backend/tests/test_typescript.py executes these"


def titles(port: int, user: str, token: str) -> list[str]:
    """What is answered to who tries /docs with these."""
    headers = {"Authorization": f"Bearer {token}"}
    listed = httpx.get(f"http://127.0.0.1:{port}/api/{user}/tasks", headers=headers, timeout=PATIENCE, trust_env=False)
    return [task["title"] for task in listed.raise_for_status().json()["items"]]


def add_a_task(windows: Windows, url: str, token: str, session: str) -> tuple[str, str]:
    """What the page says of the screen: sign up, add a task, look at two addresses for the user id and the token."""
    window = windows.open(url)
    window.get_by_role("button", name="Sign up").click()
    for label, text in (("Name", "Ann"), ("E-mail", "ann@example.com"), ("Password", PASSWORD)):
        window.get_by_label(label).fill(text)
    window.keyboard.press("Enter")
    window.get_by_label("New task").fill("Buy milk")
    window.keyboard.press("Enter")
    expect(window.locator(".task .title")).to_have_text(["Buy milk"])
    found = []
    for address in (session, token):
        window.goto(address)
        found.append(json.loads(window.locator("pre").inner_text()))
    window.close()  # Vite's page would look for its server, which is stopped now
    return found[0]["user"]["id"], found[1]["token"]


def back_end(page: Page, desk: Desk) -> None:  # GUIDE-5
    require_tool("npm", f"docs/{page.name}")
    copy, port = checkout(desk.folder), free_port()
    # What `make test` does is what runs this; that it does it is looked at all the same.
    terminal = Terminal(copy, {"make test": "make --dry-run test", **service_at(port)})
    diff = (copy / "docs" / "count-tasks.diff").read_text(encoding="utf-8")
    for _ in ("specify", "contract"):
        terminal.run(page.take("sh"))
        assert page.take("diff") in diff
    terminal.run(page.take("sh"))
    assert page.take("python") in (copy / "generated" / "api.py").read_text(encoding="utf-8")
    told = terminal.run(page.take("sh"), status=2)
    assert [line for line in page.take("text").splitlines() if line not in told] == []
    told = terminal.run("make serve", status=2)
    assert "serve: countTasks: backend.tasks.count_tasks is missing" in told
    for _ in ("function", "test"):
        terminal.run(page.take("sh"))
        assert page.take("diff") in diff
    with terminal.running(page.take("sh"), f"http://127.0.0.1:{port}/health"):
        told = terminal.run(page.take("sh").replace("curl ", "curl --silent "))
    assert json.loads(told) == {"pending": 0, "in_progress": 0, "completed": 0, "cancelled": 0}
    [back] = re.findall(r"`(git apply -R [^`]*)`", page.text)
    terminal.run(back)
    for folder_name in ("generated", "openapi", "specs"):
        built = ["dist", "__pycache__"]  # which other tests may do meanwhile
        assert differences(filecmp.dircmp(PROJECT / folder_name, copy / folder_name, ignore=built)) == []


def differences(comparison: "filecmp.dircmp[str]") -> list[str]:
    found = [*comparison.diff_files, *comparison.left_only, *comparison.right_only]
    return found + [name for below in comparison.subdirs.values() for name in differences(below)]


def own_contract(page: Page, desk: Desk) -> None:
    copy, port, mock = checkout(desk.folder), free_port(), free_port()
    at = f"127.0.0.1:{port}"
    terminal = Terminal(copy, {
        "uvicorn service:app": f"uvicorn --port {port} service:app",  # any free port instead of the default
        "127.0.0.1:8000": at,
        "PORT=8001": f"PORT={mock}",
    })  # fmt: skip # one name a line says no more
    generate, contract = page.take("sh"), page.take("yaml")
    (copy / "notes.yaml").write_text(contract, encoding="utf-8")
    (copy / "old.yaml").write_text(contract, encoding="utf-8")
    assert " ".join(page.take("text").split()) in terminal.run(generate)
    (copy / "service.py").write_text(page.take("python"), encoding="utf-8")
    with terminal.running(page.take("sh"), f"http://{at}/"):
        call = page.take("sh").replace("curl ", "curl --silent --output told --write-out '%{http_code}' ")
        without_key = call.replace("-H 'X-Key: secret'", "")
        calls = (call, without_key, *(call.replace("notes/1", f"notes/{number}") for number in (0, 7)))
        assert [terminal.run(each) for each in calls] == ["200", "401", "422", "409"]
    long = "api.WriteNoteResult(body)", "api.WriteNoteResult(body.model_copy(update={'text': 'x' * 201}))"
    (copy / "service.py").write_text((copy / "service.py").read_text(encoding="utf-8").replace(*long), encoding="utf-8")
    with terminal.running(".venv/bin/uvicorn service:app", f"http://{at}/") as printed:
        assert terminal.run(call) == "500"
    [line] = re.findall(r"`(writeNote: .*?)`", page.text, re.DOTALL)
    assert " ".join(line.split()) in printed.read_text(encoding="utf-8")
    assert "1 of 1 (100.0 %) valid contracts" in terminal.run(page.take("sh"))
    with terminal.running(page.take("sh"), f"http://127.0.0.1:{mock}/"):
        told = terminal.run(
            call.replace("127.0.0.1:8000", f"127.0.0.1:{mock}").replace("curl ", "curl -H 'Prefer: code=409' ")
        )
        assert told == "409"
    refused = contract.replace("3.0.3", "3.1.0").replace("    Note:\n", "    Note:\n      $id: note\n")
    (copy / "notes.yaml").write_text(refused, encoding="utf-8")
    assert page.take("text") in terminal.run(generate, status=2)


def next_js(page: Page, desk: Desk) -> None:  # AUTH-87
    require_tool("npm", f"docs/{page.name}")
    copy, port, auth = checkout(desk.folder), free_port(), free_port()
    application = desk.folder / "application"
    application.mkdir()
    (application / "node_modules").symlink_to(copy / "node_modules")
    reader = Terminal(application, {
        # What the lock pins is there, and our own package is linked to.
        "npm install better-auth ": "npm --prefix ../task-api ls better-auth && ls ",
        "npx auth migrate": "true",  # the program of docs/nextjs.md is tried with a database in memory
    })  # fmt: skip # one name a line says no more
    reader.run(page.take("sh"))
    for name, text in program().items():  # backend/tests/test_next_side.py compiles and runs it
        assert page.take("ts") == f"// {name}\n{text}"
    at = {"localhost:3000": f"localhost:{auth}", "make auth": f"make auth AUTH_PORT={auth}"}
    terminal = Terminal(copy, service_at(port) | at)
    with (
        terminal.running(page.take("sh"), f"http://localhost:{auth}"),
        terminal.running(page.take("sh"), f"http://127.0.0.1:{port}/health"),
    ):
        assert terminal.run(page.take("sh").replace("curl -H", "curl -s -H")) == '{"items":[],"next_cursor":null}'


def operations(page: Page, desk: Desk) -> None:  # GUIDE-8
    copy, port = checkout(desk.folder), free_port()
    neon = "app:secret@ep-cool-name.eu-central-1.aws.neon.tech/"
    with running_server(desk.folder / "postgres", options=OPTIONS) as server:
        url = server.get_secret_value()
        terminal = Terminal(
            copy,
            {
                # A server of this machine instead of Neon's: nothing of the address but its form is Neon's.
                f"postgresql://{neon}restored": f"'{url.replace('/postgres?', '/restored?')}'",
                f"postgresql://{neon.replace('name', 'name-pooler')}tasks?sslmode=require": url,
                "make lock": "make --dry-run lock",  # the registries' answers would be tomorrow's
                "make test": "make --dry-run test",  # it runs this
                "make audit": "make --dry-run audit",  # asks the network; backend/tests/test_audit.py
                "127.0.0.1:8000": f"127.0.0.1:{port}",
            },
        )
        terminal.run(page.take("sh"))
        assert f"The schema is at revision {migrations.head()}." in terminal.run(page.take("sh"))
        terminal.run("ENVIRONMENT=development python -m scripts.seed --user alice --count 20")
        serve = f"BETTER_AUTH_SECRET={'s' * 32} PORT={port} python -m scripts.serve"
        with terminal.running(serve, f"http://127.0.0.1:{port}/health") as printed:
            terminal.run(page.take("sh"))
            lines = printed.read_text(encoding="utf-8").splitlines()
        for _ in ("back up", "restore"):
            terminal.run(page.take("sh"))
        terminal.run("""psql --quiet --command="UPDATE tasks SET priority = 5 - priority" "$RESTORED" """)
        terminal.run('test "$(psql -Atc "$SUM" "$DIRECT")" = "$(psql -Atc "$SUM" "$RESTORED")"', status=1)
    (copy / "service.log").write_text("\n".join(line for line in lines if line.startswith("{")), encoding="utf-8")
    assert re.search(r"^getDatabaseHealth: 1 requests, 100\.000% good, ", terminal.run(page.take("sh")), re.MULTILINE)
    terminal.run(page.take("sh"))


def continuous_integration(page: Page, desk: Desk) -> None:  # GUIDE-7
    copy, port = checkout(desk.folder), free_port()
    workflows = [yaml.safe_load(page.take("yaml")) for _ in range(3)]
    secret = "c" * 32
    terminal = Terminal(copy, service_at(port), BETTER_AUTH_SECRET=secret)
    with terminal.running(page.take("sh"), f"http://127.0.0.1:{port}/health"):
        known = {
            "vars.API_URL": f"http://127.0.0.1:{port}",
            "secrets.BETTER_AUTH_SECRET": secret,
            "vars.API_USER": "robot",
            "secrets.API_TOKEN": terminal.run("make -s token USER=robot").strip(),
        }
        [told] = runs(workflows[0], copy, known, status=2)
        reached_too_little(told)
        told = runs(workflows[1], desk.folder / "elsewhere", known)[-1]
        assert re.search(r"^ *Selected: \d+/\d+$", told, re.MULTILINE)
        assert re.search(r"(\d+) generated, \1 passed", told), told
    terminal.run("git init --quiet && git add . && git -c user.name=a -c user.email=a commit --quiet --message=All")
    terminal.run("git update-ref refs/remotes/origin/main HEAD")
    told = "".join(runs(workflows[2], copy, {}))
    assert "0 breaking, 0 unclear, 0 compatible since origin/main" in told
    assert "steps of CI: exec make test" in told


def reached_too_little(told: str) -> None:
    """What two seconds can say: requests get through, nothing is wrong, and not everything was reached."""
    assert re.search(r"^createTask +[1-9]\d* +[1-9]\d* +[1-9]\d* ", told, re.MULTILINE), told
    assert "fuzz: stateful: no scenario created, read, updated, toggled and deleted one task" in told
    assert "fuzz: failure " not in told


def runs(workflow: Mapping[str, Any], folder: Path, known: Mapping[str, str], status: int = 0) -> list[str]:
    """What the steps of a workflow's jobs print, in the environment of their job."""
    folder.mkdir(exist_ok=True)
    stands_for = {
        "pip install schemathesis==": "schemathesis --version | grep --fixed-strings ' '",  # the lock has that version
        "--max-time 120": "--max-time 4",
        "SECONDS=300": "SECONDS=2",
        ".ci/run": "echo steps of CI: $(tail -n 1 .ci/run)",  # it runs this
    }
    told = []
    for job in workflow["jobs"].values():
        variables = {name: known[value.strip("${} ")] for name, value in job.get("env", {}).items()}
        terminal = Terminal(folder, stands_for, CI="true", GITHUB_BASE_REF="main", **variables)
        for step in job["steps"]:
            # The folder is what actions/checkout would make, and the programs are there.
            assert ("run" in step) != (step.get("uses", "").partition("@")[0] in ACTIONS)
            if "run" in step:
                told.append(terminal.run(step["run"], status))
    return told


def performance(page: Page, desk: Desk) -> None:
    help_instead = {f"{last}\n": f"{last} --help\n" for last in ("--seconds 2", "--connections 1000")}
    terminal = Terminal(checkout(desk.folder), {
        # They take up to an hour: their names are shown to be there, and what is written behind a program to be read.
        "make bench": "make --dry-run bench",
        "make growth": "make --dry-run growth",
        "build/bench/venv/bin/python": ".venv/bin/python",
        **help_instead,
    })  # fmt: skip # one name a line says no more
    told = terminal.run(page.take("sh"))
    assert "python -m scripts.bench --out docs/performance" in told
    assert "python -m scripts.growth --out docs/performance" in told
    told = terminal.run(page.take("sh"))
    assert "usage: bench" in told
    assert "usage: growth" in told


PLAYS: Final[Mapping[str, Callable[[Page, Desk], None]]] = MappingProxyType(
    {
        "back-end.md": back_end,
        "ci.md": continuous_integration,
        "front-end.md": front_end,
        "nextjs.md": next_js,
        "operations.md": operations,
        "own-contract.md": own_contract,
        "performance.md": performance,
    }
)
"""By page: the reader, who does what it says."""


@pytest.fixture
def desk(request: pytest.FixtureRequest) -> Iterator[Desk]:
    """In a folder that `nobody` reaches too, who is PostgreSQL where root starts it: pytest's are closed."""
    with tempfile.TemporaryDirectory(prefix="guide-", dir=SOCKETS) as name:
        Path(name).chmod(0o755)
        yield Desk(Path(name), lambda: request.getfixturevalue("windows"))


@pytest.mark.parametrize("name", PAGES)
def test_a_reader_who_does_what_a_page_says_gets_there(name: str, desk: Desk) -> None:  # GUIDE-1, GUIDE-2, GUIDE-4
    page = Page(name)
    PLAYS[name](page, desk)
    page.end()


@pytest.mark.parametrize("name", PAGES)
def test_a_page_can_be_read_at_once(name: str) -> None:  # GUIDE-3
    lines = Page(name).text.splitlines()
    assert [line for line in lines if len(line) > 120] == []
    assert name not in GUIDES or len(lines) <= 110
    assert set(GUIDES) <= set(PAGES)


@pytest.mark.parametrize("path", [PROJECT / "README.md", *sorted(DOCS.glob("*.md"))], ids=lambda path: str(path.name))
def test_links_lead_somewhere(path: Path) -> None:  # GUIDE-9
    for target in re.findall(r"\]\((?!https?:)([^)]+)\)", path.read_text(encoding="utf-8")):
        name, _, anchor = target.partition("#")
        linked = path.parent / name if name else path
        assert linked.exists(), target
        if anchor:
            headings = re.findall(r"^#+ (.*)$", linked.read_text(encoding="utf-8"), re.MULTILINE)
            assert anchor in {re.sub(r"[^a-z0-9-]", "", heading.lower().replace(" ", "-")) for heading in headings}
