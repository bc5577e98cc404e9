"""What a search costs the database, for the user with most tasks among all others' (BENCH-14).

Which indexes are read is asked from the database's own count, of the service's statements as it sends them.
"""

import time
from dataclasses import dataclass
from typing import Final

import psycopg
from pydantic import SecretStr

from scripts.growth.asking import Cost, Line, Scene, expect

TEXTS: Final = {
    "no match": ("zanzibar", 0),
    "20 matches": ("needle", 20),
    "all but 20 match": ("milk", 50),
    "matches with others only": ("corner", 0),
    "two characters, no match": ("zq", 0),
}
"""By name: what is searched for, and how many tasks the first page has. The texts are scripts/bench/dataset.py's."""

BEFORE: Final = 20
"""Users with few tasks who search before, as with pages."""

FLUSH_SECONDS: Final = 1.1
"""A session of PostgreSQL tells what it has counted at its first pause, at most once a second (PGSTAT_MIN_INTERVAL)."""
SESSIONS: Final = 10
"""At least as many as the service has: each has its turn."""
TOLD_SECONDS: Final = 0.2
"""A session tells it after it has answered."""

_SCANS: Final = "SELECT indexrelname, idx_scan FROM pg_stat_user_indexes WHERE relname = 'tasks'"


@dataclass(frozen=True)
class SearchSample:
    """What one search has cost on a server, and which indexes were read for it."""

    postgres: str
    indexed: bool
    """Whether the server has the index of searches."""
    name: str
    cost: Cost
    indexes: tuple[str, ...]


def measure(scene: Scene, url: SecretStr, seconds: float) -> list[SearchSample]:
    """Search for each text as users with few tasks, and then as the one with most, for so long."""
    with psycopg.connect(url.get_secret_value(), autocommit=True) as connection:
        indexed = bool(connection.execute("SELECT to_regclass('tasks_search')").fetchall()[0][0])
        version = connection.info.parameter_status("server_version") or ""
        great, queries = f"grown-{scene.size.grown[-1]}", [f"limit=50&search={text}" for text, _ in TEXTS.values()]
        for number in range(min(BEFORE, scene.size.users)):
            for query in queries:
                scene.line.page(f"user-{number}", query)
        found: list[SearchSample] = []
        before = _scans(connection, scene.line, great, queries[0])
        for (name, (_, tasks)), query in zip(TEXTS.items(), queries, strict=True):
            listed = len(scene.line.page(great, query)["items"])
            expect(listed == tasks, f"search, {name}: {listed} tasks")
            cost = scene.cost(great, query, seconds)
            after = _scans(connection, scene.line, great, query)
            read = sorted(index for index in after if after[index] - before[index] >= cost.requests)
            before = after
            found.append(SearchSample(version, indexed, name, cost, tuple(read)))
        return found


def _scans(connection: psycopg.Connection[tuple[str, int]], line: Line, user: str, query: str) -> dict[str, int]:
    """How often each index was read until now: a session tells it when it has answered once more, the same question."""
    time.sleep(FLUSH_SECONDS)
    for _ in range(SESSIONS):
        line.tasks(user, query)
    time.sleep(TOLD_SECONDS)
    return dict(connection.execute(_SCANS.encode()).fetchall())
