"""What the systems are asked for: 1,000,000 tasks of 10,000 users on a PostgreSQL of its own (BENCH-4).

The server is that of development (backend/embedded.py) with its data in a temporary folder. Tasks of a user lie as far
apart as if all users had written in turn, half of them are completed, so that toggles at random leave them so.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import psutil
import psycopg
from psycopg import sql
from pydantic import SecretStr

from backend import migrations
from backend.embedded import running_server

OPTIONS: Final = ("max_connections=300", "shared_buffers=512MB", "max_wal_size=4GB")
"""All else is PostgreSQL's default, `fsync` and `synchronous_commit` too. No checkpoint falls into a measurement."""

_USERS: Final = """
INSERT INTO users (id)
SELECT 'user-' || n FROM generate_series(0, %(users)s - 1) n
UNION ALL
SELECT 'grown-' || n FROM unnest(%(grown)s::int[]) n
"""

_TASKS: Final = """
INSERT INTO tasks (id, user_id, title, description, status, priority, due_at, due_on, metadata, created_at, updated_at,
                   completed_at)
OVERRIDING SYSTEM VALUE
SELECT n + 1, who,
       CASE WHEN turn %% needle = 0 THEN 'Find the needle ' || n ELSE 'Buy milk and ' || n || ' eggs' END,
       CASE WHEN n %% 5 < 2 THEN 'From the shop ' || place || ', before it closes, for number ' || n || '.' END,
       CASE WHEN turn %% 2 = 0 THEN 'pending' ELSE 'completed' END,
       n %% 6,
       CASE WHEN n %% 3 = 0 THEN timestamptz '2026-12-01Z' + n * interval '1 minute' END,
       CASE WHEN n %% 3 = 1 THEN date '2026-12-01' + n %% 100 END,
       CASE WHEN n %% 4 = 0 THEN '{"list": "home"}'::jsonb ELSE '{}' END,
       timestamptz '2026-01-01Z' + place_in_time * interval '1.000001 second',
       timestamptz '2026-01-01Z' + place_in_time * interval '1.000001 second',
       CASE WHEN turn %% 2 = 1 THEN timestamptz '2026-01-01Z' + place_in_time * interval '1.000001 second' END
FROM (
    SELECT n, 'user-' || n %% %(users)s, n / %(users)s, NULL::int, 'around the corner', n
    FROM generate_series(0, %(tasks)s - 1) n
    UNION ALL
    SELECT (%(tasks)s + row_number() OVER () - 1)::int, 'grown-' || each, turn, (each + 19) / 20,
           'behind the station', (turn + 0.5) * %(tasks)s / each
    FROM unnest(%(grown)s::int[]) each, generate_series(0, each - 1) turn
) AS task (n, who, turn, needle, place, place_in_time)
ORDER BY place_in_time
"""
"""Ids begin at 1: those of user n are n + 1, n + 1 + users, n + 1 + 2 * users and so on; grown users' follow."""


@dataclass(frozen=True)
class Size:
    """How many users there are, and how many tasks each has: more than a page."""

    users: int = 10_000
    each: int = 100
    grown: tuple[int, ...] = ()
    """Tasks of further users, each named after them, as grown-10: spread over the time in which the others wrote."""

    @property
    def tasks(self) -> int:
        """Of all users but the grown ones."""
        return self.users * self.each

    @property
    def rows(self) -> int:
        """Of all users, which is the greatest id."""
        return self.tasks + sum(self.grown)


@dataclass(frozen=True)
class Written:
    """What the database has of a measurement: tasks that were created, changes of those that were there."""

    created: int
    toggled: int


class Dataset:
    """The tasks of a run, put back after everything that writes."""

    def __init__(self, connection: psycopg.Connection[tuple[int, ...]], size: Size) -> None:
        self._connection = connection
        self.size = size
        self._versions = size.rows

    @property
    def postmaster(self) -> int:
        """The process that all others of the server come from."""
        return psutil.Process(self._connection.info.backend_pid).ppid()

    @property
    def version(self) -> str:
        """The server's, as in 18.4."""
        return self._connection.info.parameter_status("server_version") or ""

    def settle(self) -> Written:
        """Say what was written since it was last asked, and remove what was created."""
        rows = self._connection.execute(
            "SELECT count(*) FILTER (WHERE id > %(rows)s), coalesce(sum(version) FILTER (WHERE id <= %(rows)s), 0)"
            " FROM tasks",
            {"rows": self.size.rows},
        ).fetchall()
        created, versions = rows[0]
        self._connection.execute("DELETE FROM tasks WHERE (id + 0) > %s", [self.size.rows])
        toggled, self._versions = versions - self._versions, versions
        return Written(created, toggled)


@contextmanager
def server() -> Iterator[SecretStr]:
    """The URL of a new PostgreSQL, which goes with its data at the end."""
    with (
        TemporaryDirectory(prefix="bench-") as folder,
        running_server(Path(folder, "postgres"), options=OPTIONS) as url,
    ):
        yield url


@contextmanager
def seeded(url: SecretStr, size: Size) -> Iterator[Dataset]:
    """Migrate an empty database and fill it."""
    migrations.upgrade(url)
    with psycopg.connect(url.get_secret_value(), autocommit=True) as connection:
        indexes: Sequence[tuple[str, str]] = connection.execute(
            "SELECT indexname, indexdef FROM pg_indexes WHERE tablename = 'tasks' AND indexname <> 'tasks_pkey'"
        ).fetchall()
        # Made anew afterwards: row by row they would take five times as long.
        for name, _ in indexes:
            connection.execute(sql.SQL("DROP INDEX {}").format(sql.Identifier(name)))
        for statement in (_USERS, _TASKS):
            connection.execute(statement, {"users": size.users, "tasks": size.tasks, "grown": list(size.grown)})
        connection.execute("SELECT setval(pg_get_serial_sequence('tasks', 'id'), %s)", [size.rows])
        for _, definition in indexes:
            connection.execute(definition.encode())
        connection.execute("VACUUM (ANALYZE) tasks, users")
        connection.execute("CHECKPOINT")
        yield Dataset(connection, size)
