"""Objects can stand for modules, and an operation that is new in the contract is missed by name (GEN-13)."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from backend import about, app, problems, tasks, users
from generated.interface import InterfaceMismatch, check
from generated.routes import OPERATIONS
from scripts.contract import CONTRACT, ROOT
from scripts.generate.__main__ import main


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
        check(OPERATIONS, {"users": users, "tasks": tasks, "health": Impostor(), "about": about, "problems": problems})
    assert refused.value.problems == (
        "getDatabaseHealth: Impostor.get_database_health is missing",
        "Impostor.get_wealth is a public coroutine function, but no operation of the tag health",
    )


def test_what_is_said_of_operations_by_name_is_said_of_some_that_there_are() -> None:  # USER-9, PROB-9
    assert {*app.PATIENCE, *app.PAGES} <= {known.id for known in OPERATIONS}


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
        "from backend import about, health, problems, tasks, users; from generated.interface import check; "
        "from generated.routes import OPERATIONS; check(OPERATIONS, vars())"
    )
    told = run(
        folder,
        "-c",
        program.replace("vars()", "dict(users=users, tasks=tasks, health=health, about=about, problems=problems)"),
    )
    assert "InterfaceMismatch: archiveTask: backend.tasks.archive_task is missing" in told
