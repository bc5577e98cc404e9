"""A module that does not fit the contract is named, by the type checker and at the start (GEN-11 to GEN-13)."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest
import yaml

from backend import about, health, tasks
from generated.interface import InterfaceMismatch, check
from generated.routes import OPERATIONS
from scripts.contract import CONTRACT, ROOT
from scripts.generate.__main__ import main


def edited(source: ModuleType, edit: Callable[[str], str], folder: Path) -> ModuleType:
    """Load a module's text as another one."""
    assert source.__file__ is not None
    text = Path(source.__file__).read_text(encoding="utf-8")
    assert edit(text) != text
    module = ModuleType("edited")
    exec(compile(edit(text), str(folder / "edited.py"), "exec"), vars(module))  # noqa: S102 - our own text
    return module


MISFITS: list[tuple[str, str, str]] = [
    (r"async def get_task\(", "async def fetch_task(", "getTask: edited.get_task is missing"),
    (
        r"async def get_task\(",
        "async def fetch_task(",
        "edited.fetch_task is a public coroutine function, but no operation",
    ),
    (
        r"async def get_task\(",
        "def get_task(): ...\n\n\nasync def _get_task(",
        "getTask: edited.get_task is no coroutine",
    ),
    (r"(async def get_task\(.*?)id: TaskId", r"\1key: TaskId", "getTask: edited.get_task does not take id"),
    (
        r"(async def get_task\(.*?)id: TaskId",
        r"\1key: TaskId",
        "getTask: edited.get_task takes key, which is not handed over",
    ),
    (r"(async def get_task\(ctx: \w+), /, \*, ", r"\1, ", "getTask: edited.get_task takes 2 positional parameters"),
]


@pytest.mark.parametrize(("old", "new", "problem"), MISFITS, ids=[str(number) for number in range(len(MISFITS))])
def test_a_misfit_stops_the_start_and_is_named(old: str, new: str, problem: str, tmp_path: Path) -> None:  # GEN-11
    module = edited(tasks, lambda text: re.sub(old, new, text, count=1, flags=re.DOTALL), tmp_path)
    with pytest.raises(InterfaceMismatch) as refused:
        check(OPERATIONS, {"tasks": module, "health": health, "about": about})
    assert any(problem in line for line in refused.value.problems), refused.value.problems


def test_the_modules_fit() -> None:
    check(OPERATIONS, {"tasks": tasks, "health": health, "about": about})


class Impostor:
    """An object is looked at as a module is."""

    async def get_health(self, ctx: object, /) -> None:
        """Do nothing."""

    async def get_wealth(self, ctx: object, /) -> None:
        """Do nothing."""

    async def _private(self) -> None:
        """Do nothing."""


def test_an_object_can_stand_for_a_module() -> None:
    with pytest.raises(InterfaceMismatch) as refused:
        check(OPERATIONS, {"tasks": tasks, "health": Impostor(), "about": about})
    assert refused.value.problems == (
        "getDatabaseHealth: Impostor.get_database_health is missing",
        "Impostor.get_wealth is a public coroutine function, but no operation of the tag health",
    )


def project(folder: Path) -> Path:
    """Copy the handwritten code, so that it can be broken."""
    shutil.copytree(ROOT / "backend", folder / "backend", ignore=shutil.ignore_patterns("__pycache__", "tests", "docs"))
    shutil.copy(ROOT / "pyproject.toml", folder)
    return folder


def run(folder: Path, *arguments: str) -> str:
    """Run Python in a copy of the project, and give all that it says."""
    done = subprocess.run(  # noqa: S603 - our own words
        [sys.executable, *arguments],
        cwd=folder,
        env={"PYTHONPATH": str(folder), "PATH": os.environ["PATH"]},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode != 0, done.stdout
    return done.stdout + done.stderr


def test_an_operation_that_is_new_in_the_contract_is_missed_by_name(tmp_path: Path) -> None:  # GEN-13
    content = yaml.safe_load(CONTRACT.read_bytes())
    item = content["paths"]["/api/{user_id}/tasks/{id}/complete"]
    operation = {**item["patch"], "operationId": "archiveTask"}
    content["paths"]["/api/{user_id}/tasks/{id}/archive"] = {"patch": operation}
    contract = tmp_path / "tasks.yaml"
    contract.write_text(yaml.safe_dump(content), encoding="utf-8")
    folder = project(tmp_path / "project")
    handwritten = {path: path.read_bytes() for path in (folder / "backend").rglob("*") if path.is_file()}
    assert main(["--contract", str(contract), "--out", str(folder / "generated")]) == 0
    assert {path: path.read_bytes() for path in (folder / "backend").rglob("*") if path.is_file()} == handwritten
    assert "archive_task" in run(folder, "-m", "mypy", "backend/app.py")
    program = (
        "from backend import about, health, tasks; from generated.interface import check; "
        "from generated.routes import OPERATIONS; check(OPERATIONS, vars())"
    )
    told = run(folder, "-c", program.replace("vars()", "dict(tasks=tasks, health=health, about=about)"))
    assert "InterfaceMismatch: archiveTask: backend.tasks.archive_task is missing" in told


WRONG: list[tuple[str, str, str]] = [
    (r"(async def delete_task\(.*?) -> DeleteTaskResult", r"\1 -> GetTaskResult", "delete_task"),
    (r"(async def create_task\(.*?)body: TaskCreate", r"\1body: TaskUpdate", "create_task"),
    (
        r"return GetTaskResult\(body=task, etag=_etag\(task\)\)",
        "return GetTaskResult(body=task)",
        '"etag" in call to "GetTaskResult"',
    ),
]


def test_what_is_ill_typed_fails_type_checking_by_name(tmp_path: Path) -> None:  # GEN-11, GEN-12
    folder = project(tmp_path)
    shutil.copytree(ROOT / "generated", folder / "generated", ignore=shutil.ignore_patterns("__pycache__"))
    module = folder / "backend" / "tasks.py"
    text = module.read_text(encoding="utf-8")
    for old, new, _ in WRONG:
        broken = re.sub(old, new, text, count=1, flags=re.DOTALL)
        assert broken != text
        text = broken
    module.write_text(text, encoding="utf-8")
    told = run(folder, "-m", "mypy", "backend/app.py", "backend/tasks.py")
    assert [expected for _, _, expected in WRONG if expected not in told] == [], told
