"""What Makefile, README and environment promise to whoever starts the service (specs/features/commands.md)."""

import ast
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from backend import app
from backend.settings import PROJECT
from backend.tests.postgres import fresh_database, shared_server
from backend.tests.tools import require_tool

PATH = {"PATH": os.environ["PATH"]}
NOBODY_LISTENS = "postgresql://postgres@127.0.0.1:1/tasks"


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """A folder with what the Makefile looks at, and nothing installed."""
    for path in (PROJECT / "Makefile", *PROJECT.glob("*.lock"), *PROJECT.glob("package*.json")):
        shutil.copy(path, tmp_path)
    return tmp_path


def make(folder: Path, *arguments: str, **environment: str) -> str:
    program = require_tool("make", "the Makefile")
    ended = subprocess.run(  # noqa: S603 - our own commands
        [program, *arguments], cwd=folder, env=PATH | environment, check=True, capture_output=True, text=True
    )
    return ended.stdout


@pytest.mark.parametrize("target", ["serve", "token", "migrate"])
def test_a_fresh_clone_installs_what_is_missing_before_it_starts(clone: Path, target: str) -> None:  # RUN-1
    told = make(clone, "--dry-run", target)
    steps = [
        'missing in .venv, which may take a minute" >&2',
        "-m venv .venv",
        "-r requirements-uv.lock",
        "-r requirements-embedded.lock",
        f"-m scripts.{target}",
    ]
    places = [told.find(step) for step in steps]
    assert -1 not in places, told
    assert places == sorted(places)


@pytest.mark.parametrize(("given", "used"), [({}, "development"), ({"ENVIRONMENT": "staging"}, "staging")])
def test_commands_run_in_development_unless_told_otherwise(
    clone: Path, given: dict[str, str], used: str
) -> None:  # RUN-3
    assert make(clone, "--silent", "--eval=ask: ; @echo $$ENVIRONMENT", "ask", **given) == f"{used}\n"


def test_ci_checks_what_a_user_checks() -> None:  # RUN-4
    script = (PROJECT / ".ci" / "run").read_text(encoding="utf-8").splitlines()
    assert script[-1] == "exec make test"
    assert not [line for line in script[:-1] if re.match(r"\s*(make|npm|npx|python3? -m|\.venv)\b", line)]


@pytest.fixture
def installed(clone: Path) -> Path:
    """A clone in which all is installed, and whose Python only says what it is asked to run."""
    python = clone / ".venv" / "bin" / "python"
    python.parent.mkdir(parents=True)
    python.write_text('#!/bin/sh\nprintf "%s\\n" "$@"\n')
    python.chmod(0o755)
    (clone / "node_modules").mkdir()
    for made in (".venv/uv", ".venv/embedded", ".venv/dev", "node_modules/.installed"):
        (clone / made).touch()
    return clone


def test_what_is_installed_is_told_before_it_is_and_only_then(installed: Path) -> None:  # EXAMPLE-29
    stamp = "node_modules/.installed"
    (installed / stamp).unlink()
    told = make(installed, "--dry-run", stamp)
    assert (
        0 < told.find('installing what is missing in node_modules, which may take a minute" >&2') < told.find("npm ci")
    )
    (installed / stamp).touch()
    assert "installing" not in make(installed, "--dry-run", ".venv/dev", stamp)


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ((), ["--user", "alice"]),
        (("USER=o'brien & co",), ["--user", "o'brien & co"]),
        (("USER=carol", "EMAIL=c@example.com", "TTL=5"), ["--user", "carol", "--email", "c@example.com", "--ttl", "5"]),
    ],
)
def test_only_the_command_line_says_whose_token_it_is(
    installed: Path, given: tuple[str, ...], told: list[str]
) -> None:  # RUN-5
    asked = make(installed, "--silent", "token", *given, USER="root", EMAIL="root@example.com", TTL="1").splitlines()
    assert asked == ["-m", "scripts.token", *told]


def deployment() -> list[str]:
    """The README's command for a container, on any free port."""
    readme = (PROJECT / "README.md").read_text(encoding="utf-8").replace("\\\n", " ")
    [command] = re.findall(r"^(uvicorn --factory .*--port )8000$", readme, re.MULTILINE)
    return [sys.executable, "-m", *shlex.split(command), "0"]


@pytest.mark.parametrize(
    ("arguments", "command"),
    [
        (["generate"], "-m scripts.generate"),
        (["check-generated"], "-m scripts.generate --check"),
        (["openapi"], "-m scripts.openapi"),
        (["fuzz"], "-m scripts.fuzz"),
        (["soak"], "-m pytest -q -s backend/tests/test_better_auth.py -k outages"),
        (["fuzz", "URL=http://h", "SECONDS=9", "SEED=7"], "-m scripts.fuzz --url http://h --seconds 9 --seed 7"),
    ],
)
def test_a_target_runs_its_command(
    installed: Path, arguments: list[str], command: str
) -> None:  # RUN-6, RUN-7, RUN-8, AUTH-86
    told = make(installed, "--silent", *arguments, SECONDS="the shell's own").splitlines()
    assert " ".join(told[-len(command.split()) :]) == command


@pytest.mark.parametrize(("given", "port"), [((), "3000"), (("AUTH_PORT=3001",), "3001")])
def test_better_auth_is_started_at_its_port(installed: Path, given: tuple[str, ...], port: str) -> None:  # AUTH-81
    node = installed / "bin" / "node"
    node.parent.mkdir()
    node.write_text('#!/bin/sh\n[ "$1" = -e ] || echo "$PORT $*"\n')
    node.chmod(0o755)
    told = make(installed, "--silent", "auth", *given, PATH=f"{node.parent}:{PATH['PATH']}", PORT="8000")
    assert told == f"{port} scripts/better_auth/server.mjs\n"


@pytest.mark.parametrize("target", ["client", "example", "auth"])
def test_an_old_node_is_told_in_a_line_though_a_newer_one_has_installed(installed: Path, target: str) -> None:  # RUN-14
    node = installed / "bin" / "node"
    node.parent.mkdir()
    node.write_text("#!/bin/sh\nexit 1\n")  # it is asked whether it is older
    node.chmod(0o755)
    with pytest.raises(subprocess.CalledProcessError) as failed:
        make(installed, "--silent", target, PATH=f"{node.parent}:{PATH['PATH']}")
    [line, _] = failed.value.stderr.splitlines()  # the other is make's own
    assert line.startswith("make: Node 20 or newer is needed for ")


def test_seconds_that_are_none_are_told_in_a_line(installed: Path) -> None:  # AUTH-86
    with pytest.raises(subprocess.CalledProcessError) as failed:
        make(installed, "--silent", "soak", "SECONDS=abc")
    [line, _] = failed.value.stderr.splitlines()  # the other is make's own
    assert line == "make: SECONDS must be a whole number"


@contextmanager
def deployed(url: str) -> Iterator[str]:
    """The address of a service that is started as the README says, in production."""
    environment = PATH | {"DATABASE_URL": url, "BETTER_AUTH_SECRET": "s" * 32}
    with subprocess.Popen(deployment(), cwd=PROJECT, env=environment, stdout=subprocess.PIPE, text=True) as process:  # noqa: S603 - our own
        try:
            assert process.stdout is not None
            lines = (json.loads(line)["message"] for line in process.stdout)
            port = next(match[1] for line in lines if (match := re.search(r"running on http://[\d.]+:(\d+)", line)))
            yield f"http://127.0.0.1:{port}"
        finally:
            process.terminate()
            process.communicate(timeout=60)


def test_a_container_serves_by_its_environment_alone(tmp_path_factory: pytest.TempPathFactory) -> None:  # RUN-9
    with (
        shared_server(tmp_path_factory) as server,
        fresh_database(server) as url,
        deployed(url.get_secret_value()) as at,
    ):
        assert httpx.get(f"{at}/health/db").status_code == 200
        assert httpx.get(f"{at}/docs").status_code == 404


def test_a_container_is_alive_before_its_database_is() -> None:  # RUN-9, HEALTH-6, CONN-10
    with deployed(NOBODY_LISTENS) as at:
        assert httpx.get(f"{at}/health").status_code == 200
        assert httpx.get(f"{at}/health/db").status_code == 503


def failure(command: list[str], folder: Path, **environment: str) -> str:
    """The one line of a start that fails."""
    ended = subprocess.run(  # noqa: S603 - our own commands
        command, cwd=folder, env=PATH | environment, check=False, capture_output=True, text=True, timeout=60
    )
    assert (ended.returncode, ended.stdout) == (1, "")
    assert ended.stderr.count("\n") == 1, ended.stderr
    return ended.stderr


@pytest.mark.parametrize(
    ("name", "value"),
    [("DATABASE_URL", ""), ("WORKERS", "x"), ("BETTER_AUTH_SECRET", "short"), ("ENVIRONMENT", "prod")],
)
def test_a_bad_setting_of_a_container_is_one_line(name: str, value: str) -> None:  # SET-2, EMBED-2
    right = {"DATABASE_URL": NOBODY_LISTENS, "BETTER_AUTH_SECRET": "s" * 32}
    assert failure(deployment(), PROJECT, **right | {name: value}).startswith(f"{name}: ")


def test_modules_that_do_not_fit_the_contract_are_one_line(tmp_path: Path) -> None:
    for package in ("backend", "generated", "scripts", "openapi"):
        shutil.copytree(PROJECT / package, tmp_path / package, ignore=shutil.ignore_patterns("__pycache__", "tests"))
    broken = tmp_path / "backend" / "tasks.py"
    text = broken.read_text(encoding="utf-8")
    broken.write_text(text.replace("async def toggle_task(", "async def flip_task("), encoding="utf-8")
    environment = {"DATABASE_URL": NOBODY_LISTENS, "BETTER_AUTH_SECRET": "s" * 32, "PORT": "0", "WORKERS": "2"}
    told = failure([sys.executable, "-m", "scripts.serve"], tmp_path, **environment)
    assert told == f"serve: {failure(deployment(), tmp_path, **environment)}"
    assert told.startswith("serve: toggleTask: backend.tasks.toggle_task is missing; backend.tasks.flip_task is ")


PROBE = """
import asyncio, json, sys
from backend.settings import load_settings
from backend.server import configuration

async def tell(scope, receive, send):
    print(json.dumps([scope["client"][0], scope["scheme"]]))

config = configuration(load_settings())
config.app, config.factory = tell, False
config.load()
for peer in sys.argv[1:]:
    headers = [(b"x-forwarded-for", b"203.0.113.7"), (b"x-forwarded-proto", b"https")]
    scope = {"type": "http", "client": (peer, 1), "scheme": "http", "headers": headers}
    asyncio.run(config.loaded_app(scope, None, None))
"""


def test_a_proxy_is_believed_where_it_is_trusted_and_nobody_else(tmp_path: Path) -> None:  # SET-8
    environment = {
        "ENVIRONMENT": "development",
        "DEVELOPMENT_FOLDER": str(tmp_path),
        "FORWARDED_ALLOW_IPS": "10.0.0.0/8",
    }
    told = subprocess.run(  # noqa: S603 - our own program
        [sys.executable, "-c", PROBE, "10.1.2.3", "198.51.100.9"],
        cwd=PROJECT,
        env=PATH | environment,
        check=True,
        capture_output=True,
        text=True,
    )
    assert [json.loads(line) for line in told.stdout.splitlines()] == [
        ["203.0.113.7", "https"],
        ["198.51.100.9", "http"],
    ]


IMPORT_ALL = """
import importlib, pkgutil, backend

for module in pkgutil.walk_packages(backend.__path__, "backend."):
    if not module.name.startswith("backend.tests") and module.name != "backend.migrations.env":
        importlib.import_module(module.name)
"""


def test_an_import_reads_no_settings() -> None:  # SET-9
    wrong = dict.fromkeys(("ENVIRONMENT", "DATABASE_URL", "PORT", "CORS_ORIGINS", "BETTER_AUTH_SECRET"), "wrong")
    subprocess.run([sys.executable, "-c", IMPORT_ALL], cwd=PROJECT, env=PATH | wrong, check=True)  # noqa: S603 - our own
    callers = set()
    for path in (PROJECT / "backend").rglob("*.py"):
        for function in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(function, ast.FunctionDef) and "tests" not in path.parts:
                called = {node.id for node in ast.walk(function) if isinstance(node, ast.Name)}
                callers |= (
                    {f"{path.name} {function.name}"} if called & {"load_settings", "load_database_settings"} else set()
                )
    assert callers == {"alive.py main", "app.py main", "server.py exit_status"}


def test_the_factory_says_in_one_line_what_is_wrong(monkeypatch: pytest.MonkeyPatch) -> None:  # SET-2
    monkeypatch.setenv("ENVIRONMENT", "production")
    monkeypatch.delenv("DATABASE_URL", raising=False)
    with pytest.raises(SystemExit, match=r"\ADATABASE_URL: .*\Z"):
        app.main()
