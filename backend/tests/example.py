"""The example front end as built, on a server of its own, with the real service and the real Better Auth behind it.

conftest.py takes over the fixture.
"""

import json
import shutil
import subprocess
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from os import environ
from pathlib import Path
from typing import Any, Final  # Any: see Person.open
from uuid import uuid4

import pytest
from playwright.sync_api import Page
from typing_extensions import override

from backend.settings import PROJECT, Settings
from backend.tests.better_auth import PATIENCE, BetterAuth, User, better_auth
from backend.tests.browser import Windows
from backend.tests.client import Client
from backend.tests.conftest import Service, served
from backend.tests.tools import require_tool

FRONT_END: Final = Path("scripts/example-frontend")
CLIENT: Final = Path("generated/typescript")


@dataclass(frozen=True)
class Example:
    """Where everything is."""

    url: str
    service: Service
    auth: BetterAuth

    @contextmanager
    def person(self) -> Iterator["Person"]:
        """Somebody new, who has no tasks."""
        user = self.auth.sign_up(f"u{uuid4().hex}")
        with Client(self.service.url, user=user.id, token=user.token()) as tasks:
            yield Person(self, user, tasks)


@dataclass(frozen=True)
class Person:
    """Somebody who has signed in before."""

    example: Example
    user: User
    tasks: Client
    """Their tasks, beside the page."""

    def open(self, windows: Windows, path: str = "/", **preferences: Any) -> Page:  # noqa: ANN401 - those of Windows.open
        """The page as they see it, once their tasks are there."""
        page = windows.open(**preferences)
        name, value = "better-auth.session_token", self.user.cookies["session_token"]
        page.context.add_cookies([{"name": name, "value": value, "url": self.example.auth.url}])
        page.goto(self.example.url + path)
        loaded(page)
        return page


def loaded(page: Page) -> None:
    """Waits for the list."""
    page.locator("#tasks[aria-busy=false]").wait_for(state="attached")


class _Files(SimpleHTTPRequestHandler):
    @override
    def log_message(self, format: str, *_: object) -> None:
        pass


@contextmanager
def web_server(folder: Path, name: str = "localhost") -> Iterator[str]:
    """Serves the files of a folder meanwhile; gives the address, under a name that is that of this machine."""
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(_Files, directory=folder)) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield f"http://{name}:{server.server_port}"  # Better Auth's cookie is for localhost
        finally:
            server.shutdown()
            thread.join()


def build(folder: Path, **variables: str) -> Path:
    """Builds the front end with such variables, all in a folder of its own; gives where it is."""
    node = require_tool("node", "the example front end")
    for part in (FRONT_END, CLIENT):
        shutil.copytree(PROJECT / part, folder / part, ignore=shutil.ignore_patterns("dist"))
    packages = folder / "node_modules"
    packages.mkdir()
    for package in (PROJECT / "node_modules").iterdir():
        if package.name != "task-api-client":
            (packages / package.name).symlink_to(package)
    (packages / "task-api-client").symlink_to(folder / CLIENT)
    # Vite reads TypeScript: compiling the client before would take longer than all else here.
    package_json = folder / CLIENT / "package.json"
    described = json.loads(package_json.read_text(encoding="utf-8"))
    package_json.write_text(json.dumps({**described, "exports": "./src/index.ts"}), encoding="utf-8")
    command: list[str | Path] = [
        node,
        packages / "vite" / "bin" / "vite.js",
        "build",
        "--config",
        FRONT_END / "vite.config.ts",
    ]
    done = subprocess.run(  # noqa: S603 - our own words
        command, cwd=folder, env={**environ, **variables}, check=False, capture_output=True, text=True, timeout=PATIENCE
    )
    assert done.returncode == 0, done.stderr
    return folder / "build" / "example-frontend"


@pytest.fixture(scope="session")
def example(running: Service, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Example]:
    """The front end for all tests of a worker; who signs up has no tasks yet."""
    folder = tmp_path_factory.mktemp("example")
    built = folder / "build" / "example-frontend"
    built.mkdir(parents=True)
    settings = running.settings.model_dump(exclude={"better_auth_secret"}, exclude_unset=True)
    with ExitStack() as stack:
        url = stack.enter_context(web_server(built))
        auth = stack.enter_context(better_auth(folder))
        settings |= {"better_auth_url": auth.url, "cors_origins": (url,), "auth_jwks_timeout_seconds": 30}
        service = stack.enter_context(served(Settings.model_validate(settings), running.database_url))
        build(folder, VITE_API_URL=service.url, VITE_AUTH_URL=auth.url)
        yield Example(url, service, auth)


@pytest.fixture
def ann(example: Example) -> Iterator[Person]:
    """Somebody new, who has no tasks."""
    with example.person() as ann:
        yield ann
