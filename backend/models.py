"""The tables: every rule of the product that SQL can say is a constraint here (specs/database/schema.md).

Rows are not contract types: what an answer shows is decided by the contract, not by a column (specs/decisions/0003).
Queries are built with SQLAlchemy Core on `users` and `tasks`, the tables behind the classes.
"""

from datetime import date, datetime

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    Computed,
    Date,
    DateTime,
    ForeignKey,
    Identity,
    Index,
    Integer,
    LargeBinary,
    PrimaryKeyConstraint,
    SmallInteger,
    Table,
    Text,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field, SQLModel

STATUSES = ("pending", "in_progress", "completed", "cancelled")
METADATA_ENTRIES = 50
"""What a task may have at most (product: the task)."""
GREATEST_ID = 2**53 - 1
"""JavaScript's Number.MAX_SAFE_INTEGER: it rounds integers above (product: the task)."""

# As PostgreSQL regular expressions. The classes are those of `Title`, `Description` and `UserId` in openapi/tasks.yaml.
_CONTROL = r"[\u0001-\u0008\u000b-\u001f\u007f]"
_WHITE_SPACE = r"[\u0009\u000a\u0020\u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000\ufeff]"


class UserRow(SQLModel, table=True):
    """Who has been seen: a projection of the tokens of writes, not an account (Better Auth owns those)."""

    __tablename__ = "users"  # pyrefly: ignore[bad-override] - SQLModel assigns it so itself, but declares a descriptor
    __table_args__ = (
        CheckConstraint("char_length(id) BETWEEN 1 AND 128", name="users_id_length"),
        CheckConstraint(r"id !~ '[/\u0001-\u001f\u007f]|^ | $'", name="users_id_characters"),
    )

    id: str = Field(sa_column=Column(Text, primary_key=True))
    email: str | None = Field(default=None, sa_column=Column(Text))
    created_at: datetime = Field(
        sa_column=Column(DateTime(timezone=True), nullable=False, server_default=func.now()),
    )
    """When the first write was seen."""
    updated_at: datetime = Field(
        sa_column=Column(DateTime(timezone=True), nullable=False, server_default=func.now()),
    )
    """When `email` was last refreshed, not the last visit: that would make every write an update of this row."""


class TaskRow(SQLModel, table=True):
    """A task, and stored with it the keys that lists are ordered by (specs/decisions/0005)."""

    __tablename__ = "tasks"  # pyrefly: ignore[bad-override] - SQLModel assigns it so itself, but declares a descriptor
    __table_args__ = (
        # The user first: who asks for an id reads no row of another's (specs/decisions/0057).
        PrimaryKeyConstraint("user_id", "id", name="tasks_pkey"),
        # Each id once among all users; of an expression, for with `id` alone it would serve such questions too.
        Index("tasks_id_once", text("(id + 0)"), unique=True),
        CheckConstraint(f"id BETWEEN 1 AND {GREATEST_ID}", name="tasks_id_range"),
        CheckConstraint("char_length(title) BETWEEN 1 AND 200", name="tasks_title_length"),
        CheckConstraint(f"title !~ '{_CONTROL}'", name="tasks_title_characters"),
        CheckConstraint(f"title !~ '^{_WHITE_SPACE}|{_WHITE_SPACE}$'", name="tasks_title_trimmed"),
        CheckConstraint("char_length(description) <= 1000", name="tasks_description_length"),
        CheckConstraint(f"description !~ '{_CONTROL}'", name="tasks_description_characters"),
        CheckConstraint(f"status IN {STATUSES}", name="tasks_status_known"),
        CheckConstraint("priority BETWEEN 0 AND 5", name="tasks_priority_range"),
        CheckConstraint("due_at IS NULL OR due_on IS NULL", name="tasks_due_once"),
        CheckConstraint(
            "due_at >= '0001-01-01 00:00:00+00' AND due_at < '10000-01-01 00:00:00+00'", name="tasks_due_at_range"
        ),
        CheckConstraint("due_on BETWEEN '0001-01-01' AND '9999-12-31'", name="tasks_due_on_range"),
        CheckConstraint("(status = 'completed') = (completed_at IS NOT NULL)", name="tasks_completed_at_fits"),
        CheckConstraint("version >= 1", name="tasks_version_positive"),
        CheckConstraint("task_metadata_fits(metadata)", name="tasks_metadata_fits"),
        # An index for each order, with and without `status`. B-trees are read backwards too, so that one serves both
        # directions; only due dates need two, because tasks without one come last either way.
        *(
            Index("_".join(("tasks", *filters, key)), "user_id", *filters, key, "id")
            for filters in ((), ("status",))
            for key in ("created_at", "updated_at", "title_key", "priority", "due_ascending", "due_descending")
        ),
    )

    id: int = Field(sa_column=Column(BigInteger, Identity(always=True), nullable=False))
    user_id: str = Field(sa_column=Column(Text, ForeignKey("users.id"), nullable=False))
    title: str = Field(sa_column=Column(Text, nullable=False))
    description: str | None = Field(default=None, sa_column=Column(Text))
    status: str = Field(default="pending", sa_column=Column(Text, nullable=False, server_default="pending"))
    priority: int = Field(default=0, sa_column=Column(SmallInteger, nullable=False, server_default=text("0")))
    due_at: datetime | None = Field(default=None, sa_column=Column(DateTime(timezone=True)))
    """A due date that is an instant."""
    due_on: date | None = Field(default=None, sa_column=Column(Date))
    """A due date that is a whole day, in nobody's time zone."""
    entries: dict[str, str] = Field(
        sa_column=Column("metadata", JSONB, nullable=False, server_default=text("'{}'::jsonb")),
    )
    """The column `metadata`; SQLModel has another use for that name of a class's attribute."""
    created_at: datetime = Field(
        sa_column=Column(DateTime(timezone=True), nullable=False, server_default=func.now()),
    )
    updated_at: datetime = Field(
        sa_column=Column(DateTime(timezone=True), nullable=False, server_default=func.now()),
    )
    completed_at: datetime | None = Field(default=None, sa_column=Column(DateTime(timezone=True)))
    version: int = Field(default=1, sa_column=Column(Integer, nullable=False, server_default=text("1")))

    # Sort keys: NOT NULL, so that (key, id) > (?, ?) is an index condition. The functions are made by the migration.
    title_key: str = Field(
        sa_column=Column(Text(collation="C"), Computed("task_title_key(title)", persisted=True), nullable=False),
    )
    """The title with its case folded, ordered by code point."""
    due_ascending: int = Field(
        sa_column=Column(
            BigInteger,
            Computed("task_due_key(due_at, due_on, '9223372036854775807'::bigint)", persisted=True),
            nullable=False,
        ),
    )
    """Twice the microseconds since 1970, one more for an instant than for the day that begins there; none is last."""
    due_descending: int = Field(
        sa_column=Column(
            BigInteger,
            Computed("task_due_key(due_at, due_on, '-9223372036854775808'::bigint)", persisted=True),
            nullable=False,
        ),
    )
    """The same, but a task without a due date is last when read backwards."""


class IdempotencyKeyRow(SQLModel, table=True):
    """The answer to a write under a key, for whoever sends it again (specs/decisions/0038)."""

    __tablename__ = "idempotency_keys"  # pyrefly: ignore[bad-override] - SQLModel assigns it so itself, but declares a descriptor
    __table_args__ = (
        CheckConstraint("method IN ('POST', 'PUT', 'PATCH', 'DELETE')", name="idempotency_keys_method_writes"),
        CheckConstraint("char_length(key) BETWEEN 1 AND 255", name="idempotency_keys_key_length"),
        CheckConstraint("octet_length(fingerprint) = 32", name="idempotency_keys_fingerprint_length"),
        CheckConstraint("status BETWEEN 200 AND 299", name="idempotency_keys_status_success"),
        CheckConstraint("jsonb_typeof(headers) = 'array'", name="idempotency_keys_headers_list"),
        Index("idempotency_keys_expires_at", "expires_at"),
    )

    user_id: str = Field(sa_column=Column(Text, primary_key=True))
    """Who has sent it. No reference to `users`: a caller may act for another owner and never have written."""
    method: str = Field(sa_column=Column(Text, primary_key=True))
    path: str = Field(sa_column=Column(Text, primary_key=True))
    """Decoded."""
    key: str = Field(sa_column=Column(Text, primary_key=True))
    """Without quotes."""
    fingerprint: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    """SHA-256 of what else makes a request the same."""
    status: int = Field(sa_column=Column(SmallInteger, nullable=False))
    headers: list[tuple[str, str]] = Field(sa_column=Column(JSONB, nullable=False))
    """Of the answer, but for those that the edge sets."""
    body: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    expires_at: datetime = Field(sa_column=Column(DateTime(timezone=True), nullable=False))
    """When it is no longer given, and may be removed by anybody."""


metadata = SQLModel.metadata
users: Table = metadata.tables["users"]
tasks: Table = metadata.tables["tasks"]
idempotency_keys: Table = metadata.tables["idempotency_keys"]
