"""Every order of a list, plain and with a status, is read off an index: no sort, and no deeper page costs more.

Other filters read the rows of the user alone.
"""

import itertools
import json
from collections.abc import Iterator
from datetime import datetime
from typing import Any  # a plan, as JSON

import pytest

from backend.paging import Cursors, Position
from backend.tests.client import Client
from backend.tests.conftest import Service

SORTS = ("created", "updated", "title", "due_date", "priority")
LISTS: tuple[dict[str, str], ...] = ({}, {"status": "all"}, {"status": "pending"}, {"completed": "true"})


def nodes(plan: dict[str, Any]) -> list[dict[str, Any]]:
    return [plan, *itertools.chain.from_iterable(nodes(child) for child in plan.get("Plans", []))]


def explained(service: Service, sql: str) -> list[dict[str, Any]]:
    """The nodes of the plan of a statement, after executing it; but for those that write the JSON of what was found."""
    [(plan,)] = service.rows(f"EXPLAIN (ANALYZE, FORMAT JSON) {sql}")
    found = plan if isinstance(plan, list) else json.loads(str(plan))
    return [node for node in nodes(found[0]["Plan"]) if not writes_json(node)]


def writes_json(node: dict[str, Any]) -> bool:
    """Whether it is a part of a plan that looks into no table: `written` of backend/task_rows.py."""
    return node["Node Type"] == "Result" and node.get("Parent Relationship") == "SubPlan"


# Half of the tasks are dave's; the others have few, and make the average. They lie as if all had written in turn.
MANY_USERS = """
TRUNCATE tasks, users, idempotency_keys;
INSERT INTO users (id) SELECT 'user ' || n FROM generate_series(0, 3999) AS n UNION ALL SELECT 'dave';
INSERT INTO tasks (user_id, title, status, priority, due_on, created_at, updated_at, completed_at)
    SELECT CASE n % 2 WHEN 0 THEN 'dave' ELSE 'user ' || n / 2 % 4000 END, md5(n::text),
        (ARRAY['pending', 'in_progress', 'cancelled', 'completed'])[n / 2 % 4 + 1], n % 6,
        CASE WHEN n % 3 > 0 THEN DATE '2026-01-01' + n END, now() - n * interval '1 minute',
        now() - n * interval '1 second', CASE WHEN n / 2 % 4 = 3 THEN now() END
    FROM generate_series(1, 60000) AS n;
"""


@pytest.fixture
def filled(either_service: Service) -> Iterator[Client]:
    # Of earlier tests' rows no page is left: with the holes of those, a user's rows would lie where chance has it, and
    # a plan is chosen by that too.
    either_service.rows("TRUNCATE tasks, users, idempotency_keys")
    for user in ("alice", "bob", "carol"):
        either_service.fill(user, 2000)
    either_service.fill("dave", 40_000)
    either_service.rows("VACUUM ANALYZE tasks")
    with either_service.client("alice") as alice:
        yield alice


def test_a_page_is_an_index_scan_without_a_sort(either_service: Service, filled: Client) -> None:  # LIST-18, DATA-8
    for sort, order, filters in itertools.product(SORTS, ("asc", "desc"), LISTS):
        query = {"sort": sort, "order": order, "limit": "20", **filters}
        with either_service.statements() as first:
            cursor = filled.get(filled.tasks, params=query).json()["next_cursor"]
        with either_service.statements() as second:
            filled.get(filled.tasks, params={**query, "cursor": cursor})
        assert len(first) == len(second) == 1, "one statement a page"
        for sql in (*first, *second):
            plan = explained(either_service, sql)
            assert [node["Node Type"] for node in plan] == ["Limit", "Index Scan"], (query, plan)
            # Only the index decides: nothing that was read is thrown away, on the first page or a later one.
            assert "Filter" not in plan[1], plan[1]
            assert plan[1]["Actual Rows"] == 21


def test_a_plan_that_is_kept_is_one_for_many_tasks(either_service: Service) -> None:  # DATA-18
    service = either_service
    service.rows(MANY_USERS)
    service.rows("VACUUM ANALYZE tasks")
    service.rows("SET plan_cache_mode = force_generic_plan")
    for sort, filters in itertools.product(SORTS, (*LISTS, {"search": "a"})):
        query = {"sort": sort, "limit": "100", **filters}
        with service.client("dave") as dave, service.statements() as statements:
            cursor = dave.get(dave.tasks, params=query).json()["next_cursor"]
            dave.get(dave.tasks, params={**query, "cursor": cursor})
        assert len(statements) == 2, "one statement a page"
        for sql in statements:
            for_anybody = sql.replace("'dave'", "$1")
            service.rows(f"PREPARE list (text) AS {for_anybody}")
            [(plan,)] = service.rows("EXPLAIN (FORMAT JSON) EXECUTE list ('dave')")
            service.rows("DEALLOCATE list")
            whole = nodes((plan if isinstance(plan, list) else json.loads(str(plan)))[0]["Plan"])
            found = [node for node in whole if node["Node Type"] != "Result"]
            # A search reads the first tasks of the list, and filters these.
            between = ["Subquery Scan", "Limit", "WindowAgg"] if "search" in filters else []
            assert [node["Node Type"] for node in found] == ["Limit", *between, "Index Scan"], (query, found)
            assert "$1" in found[-1]["Index Cond"]
    service.rows("RESET plan_cache_mode")


def test_a_page_of_an_export_is_an_index_scan_without_a_sort(
    either_service: Service, filled: Client
) -> None:  # USER-14
    # Few users fit into one block, which is read faster than an index.
    either_service.rows("INSERT INTO users (id) SELECT 'user ' || n FROM generate_series(1, 2000) AS n")
    either_service.rows("VACUUM ANALYZE users")
    cursors = Cursors(either_service.settings.secrets)
    [(created_at, task_id)] = either_service.rows(
        "SELECT created_at, id FROM tasks WHERE user_id = 'alice' ORDER BY created_at, id LIMIT 1 OFFSET 1900"
    )
    assert isinstance(created_at, datetime)
    assert isinstance(task_id, int)
    deep = cursors.encode(Position(created_at, task_id), ("alice", "export"))
    pages: list[dict[str, str]] = [{}, {"cursor": deep}]
    for query in pages:
        with either_service.statements() as statements:
            assert len(filled.get("/api/alice", params={"limit": "20", **query}).json()["tasks"]) == 20
        [page] = (explained(either_service, sql) for sql in statements)
        assert {node["Node Type"] for node in page} <= {"Limit", "Nested Loop", "Materialize", "Index Scan"}, page
        assert [node for node in page if "Filter" in node] == []
        scans = {node["Relation Name"]: node for node in page if node["Node Type"] == "Index Scan"}
        assert {name: node["Actual Rows"] for name, node in scans.items()} == {"tasks": 21, "users": 1}
        assert "user_id = 'alice'" in scans["tasks"]["Index Cond"]
        assert "id = 'alice'" in scans["users"]["Index Cond"]


FILTERS = [
    {"completed": "false"},
    {"priority": "3"},
    {"search": "ab"},
    {"search": "not there"},
    {"search": "zq"},
    {"due": "none"},
    {"due": "overdue"},
    {"due": "today", "tz": "Asia/Tokyo"},
    {"due": "upcoming", "status": "pending"},
    {"due_after": "2026-06-01T12:00:00Z", "due_before": "2026-07-01", "sort": "due_date"},
    {"search": "ab", "priority": "3", "completed": "false", "due": "upcoming", "include_total": "true"},
    {"include_total": "true"},
    {"offset": "1900"},
]


def test_no_other_users_rows_are_read(either_service: Service, filled: Client) -> None:  # LIST-41
    for query in FILTERS:
        with either_service.statements() as statements:
            assert filled.get(filled.tasks, params=query).status_code == 200
        for node in itertools.chain.from_iterable(explained(either_service, sql) for sql in statements):
            assert "Seq Scan" not in node["Node Type"], (query, node)
            if "Index Name" in node:
                assert "user_id = 'alice'" in node["Index Cond"], (query, node)
            # A row that is looked at before its user is known has been read.
            assert "user_id" not in node.get("Filter", ""), (query, node)
