"""Rows of the table of tasks: which of them an operation may touch, and what an answer shows of one.

Spec: specs/database/schema.md. Here for the modules of two tags, backend/tasks.py and backend/users.py. PostgreSQL
writes a task as the contract's JSON: to read 13 columns and write them again costs ten times as much here
(specs/decisions/0073). The plumbing checks it as any other answer.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any  # members of objects and rows are of every type

from pydantic import MISSING
from pydantic_core import to_json
from sqlalchemy import ColumnElement, func, literal_column

from backend.models import tasks
from backend.statements import DIALECT


def visible(owner: str) -> ColumnElement[bool]:
    """The tasks of the authorised owner: every query of tasks starts from here (DATA-7)."""
    return tasks.c.user_id == owner


def json_object(written: Mapping[str, bytes | list[bytes]], **values: object) -> bytes:
    """A JSON object of members that are written already, alone or as arrays of such, and of values but `MISSING`."""
    parts: list[bytes] = []
    for name, text in written.items():
        parts += (b",", to_json(name), b":")
        parts += (b"[", b",".join(text), b"]") if isinstance(text, list) else (text,)
    for name, value in values.items():
        if value is not MISSING:
            parts += (b",", to_json(name), b":", to_json(value))
    parts[:1] = [b"{"]  # where the first comma is
    return b"".join((*parts, b"}"))  # formatting would copy a list of 17 kB twice more


def instant(column: ColumnElement[datetime]) -> ColumnElement[str]:
    """The instant in UTC, with six decimals or none, as the contract's types write it."""
    moment = func.timezone(literal_column("'UTC'"), column)
    text = func.to_char(moment, literal_column("""'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'"""))
    return func.replace(text, literal_column("'.000000'"), literal_column("''"))


def written(members: Mapping[str, ColumnElement[Any]]) -> ColumnElement[Any]:
    """An object of these members as JSON, which Python gets as text; the statement has to say where they are from.

    As text, for SQLAlchemy has no query without a table of its own inside of RETURNING. `json_build_object` would do
    without a query; it writes blanks and takes a quarter longer.
    """
    columns = ", ".join(f"{value.compile(dialect=DIALECT)} AS {name}" for name, value in members.items())
    return literal_column(f"(SELECT row_to_json(written) FROM (SELECT {columns}) AS written)")  # noqa: S608 - of our own columns


_MEMBERS: Mapping[str, ColumnElement[Any]] = {
    "id": tasks.c.id,
    "user_id": tasks.c.user_id,
    "title": tasks.c.title,
    "description": tasks.c.description,
    "status": tasks.c.status,
    "completed": tasks.c.status == literal_column("'completed'"),
    "priority": tasks.c.priority,
    "due_date": func.coalesce(instant(tasks.c.due_at), func.to_char(tasks.c.due_on, literal_column("'YYYY-MM-DD'"))),
    "metadata": tasks.c.metadata,
    "created_at": instant(tasks.c.created_at),
    "updated_at": instant(tasks.c.updated_at),
    "completed_at": instant(tasks.c.completed_at),
    "version": tasks.c.version,
}

TASK = written(_MEMBERS).label("task")
"""The contract's task; the sort keys stay in the database."""
