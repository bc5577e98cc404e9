"""What a page costs the database at any depth: of 100,000 tasks the last page by cursor reads what the first one does.

`pytest -rP backend/tests/test_deep_pages.py` prints the figures (specs/decisions/0043).
"""

import itertools
import json
import re
from datetime import datetime
from typing import Any  # a plan, as JSON
from zoneinfo import ZoneInfo

import pytest
from pydantic import MISSING

from backend.filters import Filters
from backend.paging import Cursors, Position
from backend.tests.client import Client
from backend.tests.conftest import Service
from generated.models import SortOrder, TaskSort

TASKS = 100_000
DEPTH = 99_900
PAGE = 50

SORTS: tuple[TaskSort, ...] = ("created", "updated", "title", "due_date", "priority")
ORDERS: tuple[SortOrder, ...] = ("asc", "desc")
EVERYTHING = Filters("all", MISSING, MISSING, MISSING, MISSING, MISSING, MISSING, ZoneInfo("UTC"))


@pytest.fixture
def many(service: Service, alice: Client) -> Client:
    service.fill("alice", TASKS)
    for n in range(10):
        service.fill(f"user{n}", 1000)
    service.rows("VACUUM ANALYZE tasks")
    return alice


def cost(service: Service, statement: str) -> tuple[int, str]:
    """The blocks that a statement reads, and a line that says more about it."""
    [(explained,)] = service.rows(f"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) {statement}")
    whole: dict[str, Any] = (explained if isinstance(explained, list) else json.loads(str(explained)))[0]
    plan = whole["Plan"]
    nodes: list[str] = []
    while plan is not None:
        nodes.append(f"{plan['Node Type']} {plan.get('Index Name', '')}".strip())
        plan = next(iter(plan.get("Plans", [])), None)
    blocks = whole["Plan"]["Shared Hit Blocks"] + whole["Plan"]["Shared Read Blocks"]
    return blocks, f"{blocks:5} blocks {whole['Execution Time']:7.3f} ms  {' > '.join(nodes)}"


def test_the_deepest_page_costs_what_the_first_one_does(service: Service, many: Client) -> None:  # LIST-42
    cursors = Cursors(service.settings.secrets)
    for sort, order in itertools.product(SORTS, ORDERS):
        query = {"sort": sort, "order": order, "limit": str(PAGE)}
        with service.statements() as statements:
            first_page = many.get(many.tasks, params=query).json()
            # The place itself has to be counted out, once.
            limited = re.sub(rf"LIMIT '{PAGE + 1}'\S*", f"LIMIT 1 OFFSET {DEPTH - 1}", statements[0])
            [[_, task_id, key]] = service.rows(limited)
            assert isinstance(task_id, int)
            assert isinstance(key, int | str | datetime)
            cursor = cursors.encode(Position(key, task_id), ("alice", sort, order, *EVERYTHING.binding()))
            deep_page = many.get(many.tasks, params={**query, "cursor": cursor}).json()
            many.get(many.tasks, params={**query, "offset": "10000"})
        assert len(first_page["items"]) == len(deep_page["items"]) == PAGE
        first, deep, offset = (cost(service, statement) for statement in statements)
        for name, (_, line) in (("first", first), (f"{DEPTH:,} deep", deep), ("offset 10,000", offset)):
            print(f"{sort:8} {order:4} {name:13} {line}")  # noqa: T201 # the figures, see above
        # At worst each task lies in a block of its own, whatever was stored there before.
        assert deep[0] <= max(first[0], PAGE + 1) + 8
        assert offset[0] > 4 * deep[0]
