"""connexion 3: routes, parameters and bodies from an OpenAPI file, asynchronous handlers, psycopg's pool.

A peer of `make bench` (specs/toolchain/benchmarks.md); `DATABASE_URL`, `SECRET` and `POOL_SIZE` come from the
environment. Answers are not checked against the contract, which is connexion's default.
"""

import base64
import json
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any  # rows, bodies and claims are JSON

import connexion
import jwt
from connexion.exceptions import Forbidden, OAuthProblem
from psycopg.rows import dict_row
from psycopg_pool import AsyncConnectionPool

SECRET = os.environ["SECRET"]
POOL_SIZE = int(os.environ["POOL_SIZE"])

COLUMNS = (
    "id, user_id, title, description, status, status = 'completed' AS completed, priority, due_at, due_on, metadata,"
    " created_at, updated_at, completed_at, version"
)
LIST = f"SELECT {COLUMNS} FROM tasks WHERE user_id = %s ORDER BY created_at DESC, id DESC LIMIT %s"  # noqa: S608 # constants
GET = f"SELECT {COLUMNS} FROM tasks WHERE user_id = %s AND id = %s"  # noqa: S608 # constants
CREATE = f"INSERT INTO tasks (user_id, title, description, priority) VALUES (%s, %s, %s, %s) RETURNING {COLUMNS}"  # noqa: S608 # constants
TOGGLE = f"""
UPDATE tasks SET status = CASE status WHEN 'completed' THEN 'pending' ELSE 'completed' END,
    completed_at = CASE status WHEN 'completed' THEN NULL ELSE now() END, updated_at = now(), version = version + 1
WHERE user_id = %s AND id = %s RETURNING {COLUMNS}
"""  # noqa: S608 # constants

Row = dict[str, Any]  # see above


def decode_token(token: str) -> Row:
    """The claims of a token; `sub` is connexion's user."""
    try:
        return jwt.decode(token, SECRET, algorithms=["HS256"], options={"require": ["exp", "sub"]})
    except jwt.InvalidTokenError:
        raise OAuthProblem(detail="Invalid token") from None


async def list_tasks(user_id: str, user: str, limit: int = 50) -> Row:
    """A page of tasks, the newest first."""
    rows = await _rows(LIST, _owned(user_id, user), limit + 1)
    cursor = None
    if len(rows) > limit:
        place = json.dumps([rows[limit - 1]["created_at"].isoformat(), rows[limit - 1]["id"]])
        cursor = base64.urlsafe_b64encode(place.encode()).decode()
    return {"items": [_task(row) for row in rows[:limit]], "next_cursor": cursor}


async def create_task(user_id: str, user: str, body: Row) -> tuple[Row, int]:
    """Create a task."""
    values = (body["title"].strip(), body.get("description"), body.get("priority", 0))
    [row] = await _rows(CREATE, _owned(user_id, user), *values)
    return _task(row), 201


async def get_task(user_id: str, user: str, id: int) -> Row | tuple[Row, int]:  # noqa: A002 # the contract's name
    """Read a task."""
    return _one(await _rows(GET, _owned(user_id, user), id))


async def toggle_task(user_id: str, user: str, id: int) -> Row | tuple[Row, int]:  # noqa: A002 # the contract's name
    """Complete a task, or reopen it."""
    return _one(await _rows(TOGGLE, _owned(user_id, user), id))


def _owned(user_id: str, user: str) -> str:
    if user_id != user:
        raise Forbidden
    return user


async def _rows(statement: str, *values: object) -> list[Row]:
    async with connexion.request.state.pool.connection() as connection:
        cursor = await connection.execute(statement, values)
        rows: list[Row] = await cursor.fetchall()
        return rows


def _one(rows: list[Row]) -> Row | tuple[Row, int]:
    return _task(rows[0]) if rows else ({"detail": "Task not found"}, 404)


def _task(row: Row) -> Row:
    due_at, due_on = row.pop("due_at"), row.pop("due_on")
    return row | {"due_date": due_at or due_on}


@asynccontextmanager
async def lifespan(_app: object) -> AsyncIterator[Row]:
    """Open the pool, which handlers find in the request's state."""
    how = {"autocommit": True, "row_factory": dict_row}
    pool = AsyncConnectionPool(
        os.environ["DATABASE_URL"], min_size=POOL_SIZE, max_size=POOL_SIZE, kwargs=how, open=False
    )
    async with pool:
        yield {"pool": pool}


OPERATIONS = {"listTasks": list_tasks, "createTask": create_task, "getTask": get_task, "toggleTask": toggle_task}

app = connexion.AsyncApp(__name__, specification_dir=Path(__file__).parent, lifespan=lifespan)
app.add_api("contract.yaml", resolver=connexion.Resolver(OPERATIONS.__getitem__))
