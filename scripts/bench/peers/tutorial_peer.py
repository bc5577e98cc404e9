"""FastAPI as its tutorial writes it: an ORM session and the current user as dependencies, `response_model`.

Made faster than the tutorial's where that costs a line: asynchronous, a pool of `POOL_SIZE`, uvloop, no access log.
A peer of `make bench` (specs/toolchain/benchmarks.md); `DATABASE_URL`, `SECRET` and `POOL_SIZE` come from the
environment.
"""

import base64
import json
import os
from collections.abc import AsyncIterator
from datetime import UTC, date, datetime
from typing import Annotated

import jwt
from fastapi import Depends, FastAPI, HTTPException, Query
from fastapi.security import OAuth2PasswordBearer
from pydantic import BaseModel
from sqlalchemy import BigInteger, Column, DateTime, Identity, desc
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import create_async_engine
from sqlmodel import Field, SQLModel, select
from sqlmodel.ext.asyncio.session import AsyncSession

SECRET = os.environ["SECRET"]

engine = create_async_engine(
    os.environ["DATABASE_URL"].replace("postgresql://", "postgresql+psycopg://", 1),
    pool_size=int(os.environ["POOL_SIZE"]),
    max_overflow=0,
)


def _instant() -> Column[datetime]:
    return Column(DateTime(timezone=True), nullable=False)


class TaskTable(SQLModel, table=True):
    """A row of `tasks`."""

    __tablename__ = "tasks"  # pyrefly: ignore[bad-override] - SQLModel assigns it so itself, but declares a descriptor

    # Both, as in the database: what the session finds by its key it finds by an index.
    user_id: str = Field(primary_key=True)
    id: int | None = Field(default=None, sa_column=Column(BigInteger, Identity(always=True), primary_key=True))
    title: str
    description: str | None = None
    status: str = "pending"
    priority: int = 0
    due_at: datetime | None = Field(default=None, sa_column=Column(DateTime(timezone=True)))
    due_on: date | None = None
    entries: dict[str, str] = Field(default_factory=dict, sa_column=Column("metadata", JSONB, nullable=False))
    created_at: datetime = Field(default_factory=lambda: datetime.now(UTC), sa_column=_instant())
    updated_at: datetime = Field(default_factory=lambda: datetime.now(UTC), sa_column=_instant())
    completed_at: datetime | None = Field(default=None, sa_column=Column(DateTime(timezone=True)))
    version: int = 1

    @property
    def completed(self) -> bool:
        """The same fact as `status`."""
        return self.status == "completed"

    @property
    def due_date(self) -> datetime | date | None:
        """An instant or a day."""
        return self.due_at or self.due_on


class TaskCreate(BaseModel):
    """What a client sends for a new task."""

    title: str = Field(min_length=1, max_length=200)
    description: str | None = Field(default=None, max_length=1000)
    priority: int = Field(default=0, ge=0, le=5)


class TaskPublic(BaseModel):
    """A task as clients see it."""

    id: int
    user_id: str
    title: str
    description: str | None
    status: str
    completed: bool
    priority: int
    due_date: datetime | date | None
    metadata: dict[str, str] = Field(validation_alias="entries")
    created_at: datetime
    updated_at: datetime
    completed_at: datetime | None
    version: int


class TaskPage(BaseModel):
    """A page of tasks."""

    items: list[TaskPublic]
    next_cursor: str | None


async def get_session() -> AsyncIterator[AsyncSession]:
    """The session of a request."""
    async with AsyncSession(engine) as session:
        yield session


SessionDep = Annotated[AsyncSession, Depends(get_session)]
TokenDep = Annotated[str, Depends(OAuth2PasswordBearer(tokenUrl="token"))]


async def get_current_user(token: TokenDep) -> str:
    """The user of the token."""
    try:
        user: str = jwt.decode(token, SECRET, algorithms=["HS256"], options={"require": ["exp", "sub"]})["sub"]
    except jwt.InvalidTokenError:
        raise HTTPException(401, "Could not validate credentials", {"WWW-Authenticate": "Bearer"}) from None
    return user


async def get_owner(user_id: str, user: Annotated[str, Depends(get_current_user)]) -> str:
    """The user of the path, who must be that of the token."""
    if user_id != user:
        raise HTTPException(403, "Not your tasks")
    return user


OwnerDep = Annotated[str, Depends(get_owner)]

app = FastAPI()


@app.get("/api/{user_id}/tasks", response_model=TaskPage)
async def list_tasks(
    session: SessionDep, owner: OwnerDep, limit: Annotated[int, Query(ge=1, le=100)] = 50
) -> dict[str, object]:
    """A page of tasks, the newest first."""
    mine = select(TaskTable).where(TaskTable.user_id == owner)
    query = mine.order_by(desc("created_at"), desc("id")).limit(limit + 1)
    tasks = (await session.exec(query)).all()
    cursor = None
    if len(tasks) > limit:
        last = tasks[limit - 1]
        place = json.dumps([last.created_at.isoformat(), last.id])
        cursor = base64.urlsafe_b64encode(place.encode()).decode()
    return {"items": tasks[:limit], "next_cursor": cursor}


@app.post("/api/{user_id}/tasks", response_model=TaskPublic, status_code=201)
async def create_task(session: SessionDep, owner: OwnerDep, body: TaskCreate) -> TaskTable:
    """Create a task."""
    task = TaskTable(user_id=owner, title=body.title.strip(), description=body.description, priority=body.priority)
    session.add(task)
    await session.commit()
    await session.refresh(task)
    return task


@app.get("/api/{user_id}/tasks/{task_id}", response_model=TaskPublic)
async def get_task(session: SessionDep, owner: OwnerDep, task_id: int) -> TaskTable:
    """Read a task."""
    return await _found(session, owner, task_id)


@app.patch("/api/{user_id}/tasks/{task_id}/complete", response_model=TaskPublic)
async def toggle_task(session: SessionDep, owner: OwnerDep, task_id: int) -> TaskTable:
    """Complete a task, or reopen it."""
    task = await _found(session, owner, task_id)
    now = datetime.now(UTC)
    task.status = "pending" if task.completed else "completed"
    task.completed_at = now if task.completed else None
    task.updated_at = now
    task.version += 1
    session.add(task)
    await session.commit()
    await session.refresh(task)
    return task


async def _found(session: AsyncSession, owner: str, task_id: int) -> TaskTable:
    query = select(TaskTable).where(TaskTable.user_id == owner, TaskTable.id == task_id)
    task = (await session.exec(query)).one_or_none()
    if task is None:
        raise HTTPException(404, "Task not found")
    return task
