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
from fastapi import FastAPI

from backend import health, service, tasks
from backend.app import Gate
from backend.settings import Settings
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
    (r"async def get_task\(", "async def fetch_task(", "edited.fetch_task is a public coroutine function, but no operation"),
    (r"async def get_task\(", "def get_task(", "getTask: edited.get_task is no coroutine function"),
    (r"(async def get_task\(.*?)id: TaskId", r"\1key: TaskId", "getTask: edited.get_task does not take id"),
    (r"(async def get_task\(.*?)id: TaskId", r"\1key: TaskId", "getTask: edited.get_task takes key, which is not handed over"),
    (r"(async def get_task\(ctx: \w+), /, \*, ", r"\1, ", "getTask: edited.get_task takes 2 positional parameters"),
]


@pytest.mark.parametrize(("old", "new", "problem"), MISFITS, ids=[str(number) for number in range(len(MISFITS))])
def test_a_misfit_stops_the_start_and_is_named(old: str, new: str, problem: str, tmp_path: Path) -> None:
    module = edited(tasks, lambda text: re.sub(old, new, text, count=1, flags=re.DOTALL), tmp_path)
    with pytest.raises(InterfaceMismatch) as refused:
        check(OPERATIONS, {"tasks": module, "health": health, "service": service})
    assert any(problem in line for line in refused.value.problems), refused.value.problems


def test_the_modules_fit() -> None:
    check(OPERATIONS, {"tasks": tasks, "health": health, "service": service})
    assert FastAPI
    assert Gate
    assert Settings


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
        check(OPERATIONS, {"tasks": tasks, "health": Impostor(), "service": service})
    assert refused.value.problems == (
        "getDatabaseHealth: Impostor.get_database_health is missing",
        "Impostor.get_wealth is a public coroutine function, but no operation of the tag health",
    )
