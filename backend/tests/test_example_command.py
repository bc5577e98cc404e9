"""`make example` starts everything, says where to look, and leaves nothing behind (specs/features/example.md)."""

import os
import random
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

import httpx
import psutil
import pytest
from playwright.sync_api import expect

from backend.settings import PROJECT, Settings
from backend.tests.better_auth import PASSWORD, PATIENCE
from backend.tests.browser import Windows
from backend.tests.conftest import Service
from backend.tests.example import loaded
from backend.tests.tools import require_tool
from backend.tests.waiting import until
from scripts.example import CannotRun, Part, started


def free_ports(count: int) -> list[str]:
    """Ports that nobody has. Below 32768, because above the system gives them to anybody (Linux)."""
    ports = random.sample(range(10_000, 32_000), 100)
    return [str(port) for port in ports if not is_taken(port)][:count]


def is_taken(port: int) -> bool:
    """Whether somebody answers there."""
    with socket.socket() as asking:
        return asking.connect_ex(("127.0.0.1", port)) == 0


def environment(**variables: str) -> dict[str, str]:
    """What the Makefile sets, and ports that are free."""
    ours = {name.upper() for name in Settings.model_fields}
    inherited = {name: value for name, value in os.environ.items() if name not in ours}
    ports = dict(zip(("WEB_PORT", "AUTH_PORT", "PORT"), free_ports(3), strict=True))
    return {**inherited, **ports, **variables}


@contextmanager
def example(variables: dict[str, str]) -> Iterator[subprocess.Popen[str]]:
    """The command, which is ended at the end."""
    with subprocess.Popen(
        [sys.executable, "-m", "scripts.example"],
        env=variables, cwd=PROJECT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    ) as process:  # fmt: skip # one line more
        try:
            yield process
        finally:
            process.terminate()
            process.communicate(timeout=PATIENCE)


def below(process: subprocess.Popen[str]) -> list[psutil.Process]:
    """What it has started, and what that has started."""
    return psutil.Process(process.pid).children(recursive=True)


def listening_at(processes: list[psutil.Process]) -> set[tuple[str, int]]:
    """Where they listen."""
    connections = [found for process in processes for found in process.net_connections("inet")]
    return {(found.laddr.ip, found.laddr.port) for found in connections if found.status == psutil.CONN_LISTEN}


def hosts() -> list[str]:
    """The addresses of localhost that this machine has; containers often lack the second."""
    found = []
    for host in ("127.0.0.1", "::1"):
        with suppress(OSError), socket.create_server((host, 0), family=family(host)):
            found.append(host)
    return found


def family(host: str) -> socket.AddressFamily:
    """The kind of an address."""
    return socket.AF_INET6 if ":" in host else socket.AF_INET


def test_one_command_starts_what_a_user_opens_and_leaves_nothing(
    running: Service, windows: Windows, tmp_path: Path
) -> None:  # EXAMPLE-1, EXAMPLE-3, EXAMPLE-29
    require_tool("node", "make example")
    assert (PROJECT / "generated" / "typescript" / "dist").exists(), "`make client` has to come before"
    url = running.database_url.get_secret_value()
    variables = environment(DATABASE_URL=url, DEVELOPMENT_FOLDER=str(tmp_path), BETTER_AUTH_SECRET="s" * 32)
    with example(variables) as process:
        assert process.stdout is not None
        label, address = process.stdout.readline().split()
        assert (label, address) == ("Open", f"http://localhost:{variables['WEB_PORT']}")
        log = PROJECT / "build" / "example" / variables["WEB_PORT"] / "front-end.log"
        assert re.findall(r"http://[^\s]*", log.read_text(encoding="utf-8")) == [f"{address}/"]
        started_by_it = below(process)
        ports = {("127.0.0.1", int(variables[name])) for name in ("WEB_PORT", "AUTH_PORT", "PORT")}
        assert listening_at(started_by_it) == ports
        page = windows.open(address)
        page.get_by_role("button", name="Sign up").click()
        page.get_by_label("Name").fill("Ann")
        page.get_by_label("E-mail").fill("ann@example.com")
        page.get_by_label("Password").fill(PASSWORD)
        page.keyboard.press("Enter")
        loaded(page)
        page.get_by_label("New task").fill("Buy milk")
        page.keyboard.press("Enter")
        expect(page.locator(".task .title")).to_have_text(["Buy milk"])
        page.context.close()
        process.send_signal(signal.SIGINT)
        assert [line.split()[0] for line in process.stdout] == ["Logs", "Stop"]
        assert process.wait(PATIENCE) == 0
        assert not [child for child in started_by_it if child.is_running()]


@contextmanager
def answering(variables: dict[str, str]) -> Iterator[tuple[httpx.Client, httpx.Client]]:
    """Better Auth and the service of an example that runs meanwhile."""
    with example(variables) as process:
        assert process.stdout is not None
        assert process.stdout.readline().startswith("Open"), process.stderr and process.stderr.read()
        auth, service = f"http://localhost:{variables['AUTH_PORT']}", f"http://127.0.0.1:{variables['PORT']}"
        origin = {"Origin": f"http://localhost:{variables['WEB_PORT']}"}
        with (
            httpx.Client(base_url=f"{auth}/api/auth", headers=origin, timeout=PATIENCE, trust_env=False) as accounts,
            httpx.Client(base_url=service, timeout=PATIENCE, trust_env=False) as tasks,
        ):
            yield accounts, tasks


def bearer(token: str) -> dict[str, str]:
    """What a request has to have."""
    return {"Authorization": f"Bearer {token}"}


def test_users_outlive_a_restart_and_tokens_of_make_are_good_too(running: Service, tmp_path: Path) -> None:
    # EXAMPLE-27, EXAMPLE-28
    require_tool("node", "make example")
    url = running.database_url.get_secret_value()
    kept = environment(ENVIRONMENT="development", DATABASE_URL=url, DEVELOPMENT_FOLDER=str(tmp_path))
    who = {"name": "Bea", "email": "bea@example.com", "password": PASSWORD}
    for path, variables in (("/sign-up/email", kept), ("/sign-in/email", {**kept, "BETTER_AUTH_SECRET": "s" * 32})):
        with answering(variables) as (accounts, tasks):
            user = accounts.post(path, json=who).raise_for_status().json()["user"]["id"]
            token = accounts.get("/token").raise_for_status().json()["token"]
            made = subprocess.run(
                [sys.executable, "-m", "scripts.token", "--user", "alice"],
                env=variables, cwd=PROJECT, check=True, capture_output=True, text=True,
            ).stdout.strip()  # fmt: skip # one line more
            tasks.get(f"/api/{user}/tasks", headers=bearer(token)).raise_for_status()
            tasks.get("/api/alice/tasks", headers=bearer(made)).raise_for_status()
        assert (tmp_path / "better-auth.json").stat().st_mode & 0o777 == 0o600


def test_a_folder_in_which_nothing_can_be_kept_is_told_in_a_line(tmp_path: Path) -> None:  # EXAMPLE-2
    require_tool("node", "make example")
    (tmp_path / "file").touch()
    line = complaint(environment(DEVELOPMENT_FOLDER=str(tmp_path / "file")))
    assert line == "example: DEVELOPMENT_FOLDER: nothing can be kept there: File exists\n"


def test_the_target_builds_the_client_before_it_starts() -> None:  # EXAMPLE-1
    make = require_tool("make", "the Makefile")
    told = subprocess.run(  # noqa: S603 - our own words
        [make, "--dry-run", "example"], cwd=PROJECT, check=True, capture_output=True, text=True
    ).stdout
    assert 0 < told.find("tsc --project generated/typescript") < told.find("-m scripts.example")


def complaint(variables: dict[str, str]) -> str:
    """The one line of a start that fails."""
    with example(variables) as process:
        told, complaints = process.communicate(timeout=PATIENCE)
    assert (process.returncode, told, complaints.count("\n")) == (1, "", 1)
    return complaints


@pytest.mark.parametrize("host", hosts())
@pytest.mark.parametrize("variable", ["WEB_PORT", "AUTH_PORT", "PORT"])
def test_a_taken_port_is_told_in_a_line(host: str, variable: str) -> None:  # EXAMPLE-2
    require_tool("node", "make example")
    with socket.create_server((host, 0), family=family(host)) as taken:
        port = str(taken.getsockname()[1])
        line = complaint(environment(**{variable: port}))
    assert line == f"example: {variable}: {port} is taken; stop what has it, or set {variable}\n"


@pytest.mark.parametrize("port", ["http", "0", "65536", "-1", "1.5"])
def test_a_port_that_is_none_is_told_in_a_line(port: str) -> None:  # EXAMPLE-2
    require_tool("node", "make example")
    assert complaint(environment(WEB_PORT=port)) == "example: WEB_PORT: must be a whole number from 1 to 65535\n"


def test_a_machine_without_node_is_told_in_a_line(tmp_path: Path) -> None:  # EXAMPLE-2
    line = complaint(environment(PATH=str(tmp_path)))
    assert line == "example: Node 20 or newer is needed, and there is none\n"


def test_a_service_that_cannot_start_ends_the_others(tmp_path: Path) -> None:  # EXAMPLE-2
    require_tool("node", "make example")
    variables = environment(DATABASE_URL="no URL", DEVELOPMENT_FOLDER=str(tmp_path))
    assert complaint(variables).startswith("example: service has ended: serve: DATABASE_URL")
    assert not is_taken(int(variables["AUTH_PORT"]))


def python(script: str) -> Part:
    """A part that is a few lines of Python."""
    return Part("part", [sys.executable, "-u", "-c", script], {}, "ready")


def test_a_part_that_ends_later_is_told_with_its_last_words(tmp_path: Path) -> None:  # EXAMPLE-2
    with started(python("print('ready'); input()"), tmp_path) as part:
        assert until(lambda: part.process.poll() is not None)
        with pytest.raises(CannotRun, match="part has ended: EOFError"):
            part.check()
    silent = python("")
    with pytest.raises(CannotRun, match="part has ended: it said nothing"), ExitStack() as stack:
        stack.enter_context(started(silent, tmp_path))


def test_a_part_that_is_never_ready_is_not_waited_for(tmp_path: Path) -> None:  # EXAMPLE-2
    never = python("import time; time.sleep(600)")
    with pytest.raises(CannotRun, match="is not ready after 0 seconds"), ExitStack() as stack:
        stack.enter_context(started(never, tmp_path, patience=0))


def test_a_part_that_does_not_listen_is_ended_all_the_same(tmp_path: Path) -> None:  # EXAMPLE-1
    deaf = python("import signal, time; signal.signal(15, signal.SIG_IGN); print('ready'); time.sleep(600)")
    with started(deaf, tmp_path, grace=0) as part:
        pass
    assert part.process.returncode == -signal.SIGKILL
