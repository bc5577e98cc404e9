"""`make bench-check` measures what it says; that it prints a ratio is tested, never how large it is."""

import asyncio
import re
import subprocess
import sys

import pytest
from fastapi import FastAPI

from backend.tests.stand_ins import TASK
from generated.api import ListTasksResult
from generated.models import TaskList
from generated.rendering import Rendering, Undeclared
from generated.routes import LIST_TASKS
from scripts.bench import answer_check
from scripts.contract import ROOT


def test_it_prints_the_share_of_the_check_for_every_length() -> None:  # SEAM-5
    command = [sys.executable, "-m", "scripts.bench.answer_check", "--rounds", "2", "--requests", "10"]
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)  # noqa: S603 - our own program
    lines = ended.stdout.splitlines()
    assert len(lines) == len(answer_check.LIMITS)
    for line, limit in zip(lines, answer_check.LIMITS, strict=True):
        told = re.fullmatch(
            rf"GET /api/alice/tasks\?limit={limit}: the check adds -?\d+\.\d % "
            r"\(2 rounds: -?\d+\.\d to -?\d+\.\d %\); CPU (\d+) us with it, (\d+) us without",
            line,
        )
        assert told is not None, line
        assert min(map(int, told.groups())) > 0


def test_the_share_is_that_of_the_request_without_the_check() -> None:  # SEAM-5
    rounds = [answer_check.Round(checked=110, unchecked=100), answer_check.Round(checked=104, unchecked=100)]
    rounds.append(answer_check.Round(checked=105, unchecked=100))
    assert answer_check.told("/", rounds) == (
        "GET /: the check adds 5.0 % (3 rounds: 4.0 to 10.0 %); CPU 105 us with it, 100 us without"
    )


def test_without_the_check_a_wrong_body_would_be_sent() -> None:  # SEAM-5
    good = TaskList(items=[TASK], next_cursor=None)
    wrong = ListTasksResult(body=good.model_copy(update={"next_cursor": 1}))
    rendering = Rendering(LIST_TASKS.answers, 200, LIST_TASKS.returns[200])
    with answer_check.unchecked():
        assert b'"next_cursor":1' in rendering.write(wrong).body
    with pytest.raises(Undeclared):
        rendering.write(wrong)


def test_a_refusal_is_not_measured() -> None:
    with pytest.raises(answer_check.UnexpectedAnswer, match=r"GET /nowhere: .*Not Found"):
        asyncio.run(answer_check.ask(FastAPI(), "token", "GET", "/nowhere"))
