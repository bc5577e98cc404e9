"""What does not fit the contract gets no further than it must (specs/toolchain/seam.md)."""

import asyncio
import json
import logging
import os
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType
from typing import Any  # what is wrong on purpose has no type

import httpx
import pytest
from fastapi import FastAPI

from backend import about, edge, errors, health, problem_details, problems, tasks, users
from backend.app import Gate
from backend.auth import Verifier
from backend.context import OwnerContext
from backend.db import Database
from backend.limits import Limiter
from backend.settings import Settings
from backend.tests.around import ask
from backend.tests.conftest import LogLines, Service
from backend.tests.seeded_handlers import EXAMPLE, GOOD, SEEDS, Seed, reading
from generated.api import CreateTaskResult
from generated.interface import InterfaceMismatch, check
from generated.models import TaskCreate
from generated.rendering import ContractViolation, Rendering
from generated.routes import LIST_TASKS, OPERATIONS, register
from scripts.contract import ROOT

OWN = {"users": users, "tasks": tasks, "health": health, "about": about, "problems": problems}
"""What the service has for each tag."""

RUNNING = [seed for seed in SEEDS if seed.start is None]
RIGHT = Seed("nothing", reading(GOOD))


def named(seed: Seed) -> str:
    return seed.fault


@pytest.mark.parametrize("seed", SEEDS, ids=named)
def test_every_fault_is_seen_by_the_start_or_by_the_answer(seed: Seed) -> None:  # SEAM-4
    # What has started can be asked; what has not answers nobody.
    assert (seed.start is None) == (seed.reason is not None)


@dataclass(frozen=True)
class Checked:
    """What the type checkers say, by checker and module; asked once for all seeds."""

    said: dict[str, dict[str, str]] = field(default_factory=dict)

    def tell(self, checker: str, name: str, text: str) -> None:
        """Note one error."""
        of_module = self.said.setdefault(checker, {})
        of_module[name] = of_module.get(name, "") + text + "\n"


def run(folder: Path, *arguments: str) -> str:
    """Run a type checker by the project's settings in a folder of modules; they may import what is ours."""
    settings = ROOT / "pyproject.toml"
    done = subprocess.run(  # noqa: S603 - our own words
        [str(settings) if argument == "{}" else argument for argument in arguments],
        cwd=folder,
        env={"MYPYPATH": str(ROOT), "PATH": os.environ["PATH"]},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1, done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def checked(tmp_path_factory: pytest.TempPathFactory) -> Checked:
    """Both type checkers over one folder with all seeds, and one module that is right."""
    folder = tmp_path_factory.mktemp("seeds")
    for seed in (*SEEDS, RIGHT):
        seed.write(folder)
    files = sorted(path.name for path in folder.glob("*.py"))
    found = Checked()
    told = run(folder, sys.executable, "-m", "mypy", "--config-file", "{}", "--cache-dir", ".cache", *files)
    for line in told.splitlines():
        name, _, text = line.partition(".py:")
        found.tell("mypy", name, text)
    pyrefly = str(Path(sys.executable).with_name("pyrefly"))
    places = ("--config", "{}", "--python-interpreter-path", sys.executable, "--search-path", str(ROOT))
    told = run(folder, pyrefly, "check", *places, "--search-path", ".", "--output-format", "json", *files)
    for error in json.loads(told)["errors"]:
        found.tell("pyrefly", Path(error["path"]).stem, error["description"])
    return found


@pytest.mark.parametrize("checker", ["mypy", "pyrefly"])
@pytest.mark.parametrize("seed", SEEDS, ids=named)
def test_both_type_checkers_name_what_the_types_say(
    seed: Seed, checker: str, checked: Checked
) -> None:  # SEAM-1, GEN-11, GEN-12
    told = checked.said[checker].get(seed.name, "")
    if seed.types is None:
        assert told == ""
    else:
        assert seed.types in told


def test_the_type_checkers_say_nothing_of_what_is_right(checked: Checked) -> None:
    assert {*checked.said["mypy"], *checked.said["pyrefly"]}.isdisjoint({RIGHT.name})


@pytest.mark.parametrize("seed", [seed for seed in SEEDS if seed.start], ids=named)
def test_a_misfit_stops_the_start_and_is_named(seed: Seed) -> None:  # SEAM-2, GEN-11
    with pytest.raises(InterfaceMismatch) as refused:
        served(seed.tag, seed.module(), Open())
    assert seed.start is not None
    assert seed.start.format(seed.name) in refused.value.problems


@pytest.mark.parametrize("seed", RUNNING, ids=named)
def test_what_the_start_cannot_see_does_start(seed: Seed) -> None:  # SEAM-4
    modules = OWN | {seed.tag: seed.module()}
    check(OPERATIONS, modules)


class Open:
    """A gate that lets everybody in, hands out nothing, and remembers what it committed."""

    def __init__(self) -> None:
        self.committed = 0

    async def authenticate(self, _credentials: object, /) -> str:
        """Take everybody for alice."""
        return "alice"

    def authorise(self, _call: object, _caller: str, _owner: str, /) -> None:
        """Let everybody act for everybody."""

    def public(self, _call: object, /) -> nullcontext[None]:
        """Open nothing."""
        return nullcontext()

    @asynccontextmanager
    async def owned(self, _call: object, _caller: str, _owner: str, /) -> AsyncIterator[None]:
        """Open nothing, and count the commit that a real one would make."""
        yield
        self.committed += 1

    recall = keep = None
    """There are, and nobody asks for them: no request has a key."""


def served(tag: str, module: object, gate: Any) -> FastAPI:  # noqa: ANN401 - what it hands out is no context
    """The service with one module of its own, behind the real edge."""
    app = FastAPI(
        openapi_url=None, redirect_slashes=False, middleware=edge.middleware(Settings(environment="development"))
    )
    problem_details.install(app)
    modules: Any = OWN | {tag: module}  # wrong on purpose
    register(app, gate, **modules)
    return app


def asked(seed: Seed, gate: Open) -> httpx.Response:
    method, path = seed.asked
    body = {"json": {"title": "Buy bread"}} if method == "POST" else {}
    return ask(method, path, served(seed.tag, seed.module(), gate), **body)


def test_what_the_contract_declares_is_answered_and_committed() -> None:
    gate = Open()
    response = asked(RIGHT, gate)
    assert (response.status_code, response.json(), gate.committed) == (200, EXAMPLE, 1)


@pytest.mark.parametrize("seed", RUNNING, ids=named)
def test_what_the_contract_does_not_declare_reaches_the_log_alone(
    seed: Seed, caplog: pytest.LogCaptureFixture
) -> None:  # SEAM-3, ERR-15
    gate = Open()
    response = asked(seed, gate)
    assert (response.status_code, response.json()["code"]) == (500, "internal_error")
    assert response.headers["content-type"] == "application/problem+json"
    assert response.json()["detail"] == errors.InternalError().detail
    assert {"etag", "location", "set-cookie"}.isdisjoint(response.headers)
    assert "Buy" not in response.text
    assert gate.committed == 0
    [record] = [record for record in caplog.records if record.levelno >= logging.ERROR]
    [operation] = [known.id for known in OPERATIONS if (known.method, known.path) == declared(seed)]
    assert record.exc_info is not None
    assert seed.reason is not None
    assert seed.reason in str(record.exc_info[1])
    # The reason is told where it is one of the contract's, which repeats nothing that a handler has said.
    breach = {"breach": record.exc_info[1].reason} if isinstance(record.exc_info[1], ContractViolation) else {}
    assert record.__dict__["fields"] == {"operation_id": operation} | breach


def declared(seed: Seed) -> tuple[str, str]:
    """The operation that a seed is asked for, as the contract writes it."""
    method, path = seed.asked
    return method, path.replace("alice", "{user_id}").replace("42", "{id}")


def test_what_was_written_before_the_answer_was_refused_is_not_committed(
    service: Service, log_lines: LogLines
) -> None:  # SEAM-3, ERR-16
    async def create_task(ctx: OwnerContext, /, *, body: TaskCreate) -> CreateTaskResult:
        result = await tasks.create_task(ctx, body=body)
        listed = Rendering(LIST_TASKS.answers, 200, LIST_TASKS.returns[200]).write(await tasks.list_tasks(ctx))
        assert b"Buy bread" in listed.body
        return CreateTaskResult(body=result.body, etag=result.etag, location="\n")

    module = ModuleType("wrong")
    vars(module).update(
        {known.function: getattr(tasks, known.function) for known in OPERATIONS if known.module == "tasks"}
    )
    vars(module).update(create_task=create_task)
    settings = service.settings

    async def exchange() -> httpx.Response:
        database = Database(settings)
        await database.open()
        transport = httpx.ASGITransport(
            served("tasks", module, Gate(settings, database, Limiter(settings), Verifier(settings)))
        )
        headers = {"Authorization": f"Bearer {service.token('alice')}"}
        async with httpx.AsyncClient(transport=transport, base_url="http://localhost", headers=headers) as client:
            response = await client.post("/api/alice/tasks", json={"title": "Buy bread"})
        await database.close()
        return response

    response = asyncio.run(exchange())
    assert (response.status_code, response.json()["code"]) == (500, "internal_error")
    assert service.rows("SELECT id FROM tasks") == []
    assert service.rows("SELECT id FROM users") == []
    [failed, request] = log_lines()
    assert (failed["operation_id"], failed["level"]) == ("createTask", "error")
    assert (request["operation_id"], request["status"]) == ("createTask", 500)
