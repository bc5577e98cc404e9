"""Litestar: msgspec's structs, its own JWT middleware, psycopg's pool.

A peer of `make bench` (specs/toolchain/benchmarks.md); `DATABASE_URL`, `SECRET` and `POOL_SIZE` come from the
environment. Its guide to databases is about an ORM, which would cost it what it costs FastAPI; this is the faster one.
"""

import base64
import json
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import date, datetime
from typing import Annotated

from litestar import Litestar, Request, get, patch, post
from litestar.connection import ASGIConnection
from litestar.datastructures import State
from litestar.exceptions import NotFoundException, PermissionDeniedException
from litestar.params import Parameter
from litestar.security.jwt import JWTAuth, Token
from msgspec import Meta, Struct
from psycopg.rows import class_row
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


class NewTask(Struct, forbid_unknown_fields=True):
    """What a client sends for a new task."""

    title: Annotated[str, Meta(min_length=1, max_length=200)]
    description: Annotated[str, Meta(max_length=1000)] | None = None
    priority: Annotated[int, Meta(ge=0, le=5)] = 0


class Task(Struct):
    """A task as clients see it."""

    id: int
    user_id: str
    title: str
    description: str | None
    status: str
    completed: bool
    priority: int
    due_date: datetime | date | None
    metadata: dict[str, str]
    created_at: datetime
    updated_at: datetime
    completed_at: datetime | None
    version: int


class TaskPage(Struct):
    """A page of tasks."""

    items: list[Task]
    next_cursor: str | None


class User(Struct):
    """Who asks."""

    id: str


Asked = Request[User, Token, State]


def task(due_at: datetime | None, due_on: date | None, **members: object) -> Task:
    """The task of a row."""
    return Task(due_date=due_at or due_on, **members)


@get("/api/{user_id:str}/tasks")
async def list_tasks(
    request: Asked, state: State, user_id: str, limit: Annotated[int, Parameter(ge=1, le=100)] = 50
) -> TaskPage:
    """A page of tasks, the newest first."""
    rows = await _rows(state, LIST, _owned(request, user_id), limit + 1)
    cursor = None
    if len(rows) > limit:
        place = json.dumps([rows[limit - 1].created_at.isoformat(), rows[limit - 1].id])
        cursor = base64.urlsafe_b64encode(place.encode()).decode()
    return TaskPage(rows[:limit], cursor)


@post("/api/{user_id:str}/tasks")
async def create_task(request: Asked, state: State, user_id: str, data: NewTask) -> Task:
    """Create a task."""
    values = (data.title.strip(), data.description, data.priority)
    [row] = await _rows(state, CREATE, _owned(request, user_id), *values)
    return row


@get("/api/{user_id:str}/tasks/{task_id:int}")
async def get_task(request: Asked, state: State, user_id: str, task_id: int) -> Task:
    """Read a task."""
    return _one(await _rows(state, GET, _owned(request, user_id), task_id))


@patch("/api/{user_id:str}/tasks/{task_id:int}/complete")
async def toggle_task(request: Asked, state: State, user_id: str, task_id: int) -> Task:
    """Complete a task, or reopen it."""
    return _one(await _rows(state, TOGGLE, _owned(request, user_id), task_id))


def _owned(request: Asked, user_id: str) -> str:
    if user_id != request.user.id:
        raise PermissionDeniedException
    return user_id


async def _rows(state: State, statement: str, *values: object) -> list[Task]:
    async with state.pool.connection() as connection, connection.cursor(row_factory=class_row(task)) as cursor:
        await cursor.execute(statement, values)
        rows: list[Task] = await cursor.fetchall()
        return rows


def _one(rows: list[Task]) -> Task:
    if not rows:
        raise NotFoundException
    return rows[0]


async def _user(token: Token, _connection: ASGIConnection) -> User:
    return User(token.sub)


@asynccontextmanager
async def _pooled(app: Litestar) -> AsyncIterator[None]:
    pool = AsyncConnectionPool(
        os.environ["DATABASE_URL"], min_size=POOL_SIZE, max_size=POOL_SIZE, kwargs={"autocommit": True}, open=False
    )
    async with pool:
        app.state.pool = pool
        yield


app = Litestar(
    [list_tasks, create_task, get_task, toggle_task],
    lifespan=[_pooled],
    on_app_init=[JWTAuth[User](retrieve_user_handler=_user, token_secret=SECRET).on_app_init],
)
