"""Every order of a list, plain and with a status, is read off an index: no sort, and no deeper page costs more."""

import itertools
import json
from typing import Any  # a plan, as JSON

import pytest

from backend.tests.client import Client
from backend.tests.conftest import Service

ORDERS = list(
    itertools.product(("created", "updated", "title", "due_date", "priority"), ("asc", "desc"), ("all", "pending"))
)


def nodes(plan: dict[str, Any]) -> list[dict[str, Any]]:
    return [plan, *itertools.chain.from_iterable(nodes(child) for child in plan.get("Plans", []))]


@pytest.fixture
def filled(service: Service, alice: Client) -> Client:
    for user in ("alice", "bob", "carol"):
        service.fill(user, 2000)
    service.rows("ANALYZE tasks")
    return alice


@pytest.mark.parametrize(("sort", "order", "status"), ORDERS)
def test_a_page_is_an_index_scan_without_a_sort(
    service: Service, filled: Client, sort: str, order: str, status: str
) -> None:  # LIST-18, DATA-8
    query = {"sort": sort, "order": order, "status": status, "limit": "20"}
    with service.statements() as first:
        cursor = filled.get(filled.tasks, params=query).json()["next_cursor"]
    with service.statements() as second:
        filled.get(filled.tasks, params={**query, "cursor": cursor})
    assert len(first) == len(second) == 1, "one statement a page"
    for sql in (*first, *second):
        [(explained,)] = service.rows(f"EXPLAIN (ANALYZE, FORMAT JSON) {sql}")
        plan = explained if isinstance(explained, list) else json.loads(str(explained))
        types = [node["Node Type"] for node in nodes(plan[0]["Plan"])]
        assert types == ["Limit", "Index Scan"], types
        scan = nodes(plan[0]["Plan"])[1]
        # Only the index decides: nothing that was read is thrown away, on the first page or a later one.
        assert "Filter" not in scan, scan
        assert scan["Actual Rows"] == 21
