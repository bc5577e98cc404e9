"""The JSON that PostgreSQL writes of a task is that of the contract's type (specs/database/schema.md)."""

import json
from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Any  # values of columns are of every type

import pytest
import uvloop
from hypothesis import example, given, settings
from hypothesis import strategies as st
from pydantic import SecretStr
from sqlalchemy import text
from sqlalchemy.dialects.postgresql import insert

from backend.models import METADATA_ENTRIES, STATUSES, tasks
from backend.task_rows import TASK
from backend.tests.databases import opened
from backend.tests.postgres import fresh_database, shared_server
from generated.models import Task

FIRST, LAST = datetime(1, 1, 1, tzinfo=UTC), datetime(9999, 12, 31, 23, 59, 59, 999999, tzinfo=UTC)
OWNER = 'a "quoted" \\ user \u2028'

HARD = [
    '"',
    "\\",
    "\\u0041",
    "/",
    "\t",
    "\n",
    "\u0080",
    "\u2028",
    "\u2029",
    "\ufffd",
    "\uffff",
    "\U0001f600",
    "e\u0301",
]
"""What writers of JSON write differently, or have written wrongly."""

CHARACTERS = st.characters(exclude_categories=["Cs"], exclude_characters=[*map(chr, range(32)), "\x7f"])
TEXTS = st.one_of(st.text(CHARACTERS), st.lists(st.sampled_from(HARD)).map("".join))
INSTANTS = st.one_of(
    st.sampled_from([FIRST, LAST, datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 1, 1, microsecond=10, tzinfo=UTC)]),
    st.datetimes(timezones=st.just(UTC)),
)
DUE = st.one_of(st.none(), INSTANTS, st.sampled_from([date.min, date.max]), st.dates())
ENTRIES = st.dictionaries(
    TEXTS.map(lambda key: key[:64]).filter(bool), TEXTS.map(lambda value: value[:500]), max_size=METADATA_ENTRIES
)


def columns_of(status: str, due: date | None, completed_at: datetime, **values: object) -> dict[str, Any]:
    """The columns of a task that is due on a day or at an instant, or never."""
    is_instant = isinstance(due, datetime)
    return {
        "user_id": OWNER,
        "status": status,
        "due_at": due if is_instant else None,
        "due_on": None if is_instant else due,
        "completed_at": completed_at if status == "completed" else None,
        **values,
    }


ROWS = st.builds(
    columns_of,
    status=st.sampled_from(STATUSES),
    due=DUE,
    completed_at=INSTANTS,
    title=TEXTS.map(lambda title: f".{title[:198]}."),  # as white space at its ends would be trimmed
    description=st.one_of(st.none(), TEXTS.map(lambda description: description[:1000])),
    priority=st.integers(0, 5),
    metadata=ENTRIES,
    created_at=INSTANTS,
    updated_at=INSTANTS,
    version=st.integers(1, 2**31 - 1),
)


FULL = columns_of(
    "completed",
    LAST,
    FIRST,
    title="x" * 200,
    description="".join(HARD) * 10,
    priority=0,
    metadata={f"{n} {'k' * 60}": '"\\' * 250 for n in range(METADATA_ENTRIES)},
    created_at=FIRST,
    updated_at=LAST,
    version=1,
)


async def written(url: SecretStr, columns: dict[str, Any]) -> tuple[bytes, int]:
    """What PostgreSQL writes of such a row, and the row's id."""
    async with opened(url) as database, database.writing() as connection:
        owner = text("INSERT INTO users (id) VALUES (:id) ON CONFLICT DO NOTHING")
        await connection.execute(owner, {"id": OWNER})
        [row] = await connection.execute(insert(tasks).values(columns).returning(TASK, tasks.c.id))
    return row.task, row.id


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SecretStr]:
    with shared_server(tmp_path_factory) as server, fresh_database(server) as url:
        yield url


@example(columns=FULL)
@settings(max_examples=60, deadline=None)
@given(columns=ROWS)
def test_a_task_is_written_as_the_contracts_type_writes_it(url: SecretStr, columns: dict[str, Any]) -> None:  # DATA-19
    raw, task_id = uvloop.run(written(url, columns))
    members = {name: value for name, value in columns.items() if name not in {"due_at", "due_on"}}
    due = columns["due_on"] if columns["due_at"] is None else columns["due_at"]
    task = Task(id=task_id, completed=columns["status"] == "completed", due_date=due, **members)
    assert json.loads(raw) == task.model_dump(mode="json")
