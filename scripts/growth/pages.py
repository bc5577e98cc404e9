"""What a page costs: the first and the last but one of many, and the first of users with few and many tasks (BENCH-13).

Users with few tasks have asked for both pages before: what the service and the database keep of a statement - a plan -
comes from them, as it does where most users are such (specs/decisions/0071).
"""

import math
from dataclasses import dataclass
from typing import Final

from scripts.bench.dataset import Size
from scripts.growth.asking import Cost, Line, Scene, expect

PAGE: Final = 50
LARGEST_PAGE: Final = 100

EQUAL: Final = 9
"""Tasks on a page of users with 10 tasks and more: as many for each, and a cursor behind them."""

BEFORE: Final = 100
"""Users with few tasks who ask first. PostgreSQL decides whether it keeps a plan at the sixth use of a statement."""


@dataclass(frozen=True)
class Question:
    """A page that is asked for, and how many tasks it has to have."""

    name: str
    user: str
    query: str
    tasks: int


@dataclass(frozen=True)
class PageSample:
    """One question's share of a round."""

    name: str
    number: int
    """Of the round, from 1."""
    cost: Cost


def questions(line: Line, size: Size) -> list[Question]:
    """The pages that are compared; the deep one is found by walking there."""
    great = f"grown-{size.grown[-1]}"
    number = math.ceil(size.grown[-1] / PAGE) - 1
    return [
        Question("page 1", great, f"limit={PAGE}", PAGE),
        Question(f"page {number:,}", great, f"limit={PAGE}&cursor={_walked(line, great, (number - 1) * PAGE)}", PAGE),
        *(Question(f"user with {each:,} tasks", f"grown-{each}", f"limit={EQUAL}", EQUAL) for each in size.grown),
    ]


def measure(scene: Scene, rounds: int, seconds: float) -> list[PageSample]:
    """Ask all questions in turn, in each round, after users with few tasks."""
    line, size = scene.line, scene.size
    asked = questions(line, size)
    for number in range(min(BEFORE, size.users)):
        first = line.page(f"user-{number}", f"limit={PAGE}")
        line.page(f"user-{number}", f"limit={PAGE}&cursor={first['next_cursor']}")
        line.page(f"user-{number}", f"limit={EQUAL}")
    for each in asked:
        page = line.page(each.user, each.query)
        listed, more = len(page["items"]), page["next_cursor"]
        expect(listed == each.tasks and more, f"{each.name}: {listed} tasks, or no page behind them")
    return [
        PageSample(each.name, number, scene.cost(each.user, each.query, seconds))
        for number in range(1, rounds + 1)
        for each in asked
    ]


def _walked(line: Line, user: str, tasks: int) -> str:
    """The cursor behind so many of the user's tasks."""
    cursor, left = "", tasks
    while left:
        limit = min(left, LARGEST_PAGE)
        page = line.page(user, f"limit={limit}{cursor and f'&cursor={cursor}'}")
        cursor, left = str(page["next_cursor"]), left - limit
    return cursor
