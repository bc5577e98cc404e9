"""The generated types accept what JSON Schema accepts and nothing else (specs/features/task-crud.md)."""

import math
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Annotated, Any  # values of every type

import pytest
from pydantic import Field, TypeAdapter, ValidationError

from generated import exact, fault_types, models
from generated.models import Task, TaskCreate, TaskUpdate

INTEGER = Annotated[int, Field(strict=True, ge=-1, le=5), exact.WHOLE]
NUMBER = Annotated[float, Field(strict=True, allow_inf_nan=False)]
URI = Annotated[str, Field(strict=True), exact.Also(exact.Rules({"format": "uri-reference"}))]


@pytest.mark.parametrize(
    ("annotation", "value", "read"),
    [
        (INTEGER, 3, 3),
        (INTEGER, 3.0, 3),
        (INTEGER, -1.0, -1),
        (NUMBER, 3, 3.0),
        (Annotated[int, Field(strict=True), exact.WHOLE, exact.INT32], 2**31 - 1, 2**31 - 1),
        (Annotated[int, Field(strict=True), exact.WHOLE, exact.INT64], -(2**63), -(2**63)),
        (URI, "/a?b=c", "/a?b=c"),
        (models.DueDate, "2026-12-24", date(2026, 12, 24)),
        (models.DueDate, "2026-12-24T17:00:00.25+01:00", datetime(2026, 12, 24, 16, 0, 0, 250000, UTC)),
        (models.DueDate, "2026-12-24t16:00:00z", datetime(2026, 12, 24, 16, tzinfo=UTC)),
        (models.DueDate, date(2026, 12, 24), date(2026, 12, 24)),
        (
            models.DueDate,
            datetime(2026, 1, 1, 1, tzinfo=timezone(timedelta(hours=1))),
            datetime(2026, 1, 1, tzinfo=UTC),
        ),
        (models.DueDate, None, None),
        (models.Description, "😀" * 1000, "😀" * 1000),
    ],
)
def test_what_json_schema_accepts_is_read(annotation: type[Any], value: object, read: object) -> None:
    found = TypeAdapter(annotation).validate_python(value)
    assert found == read
    assert type(found) is type(read)


@pytest.mark.parametrize(
    ("annotation", "value"),
    [
        (INTEGER, "3"),
        (INTEGER, True),
        (INTEGER, 3.5),
        (INTEGER, 6.0),
        (INTEGER, math.inf),
        (NUMBER, True),
        (NUMBER, "1"),
        (NUMBER, math.inf),
        (Annotated[int, Field(strict=True), exact.WHOLE, exact.INT32], 2**31),
        (Annotated[int, Field(strict=True), exact.WHOLE, exact.INT64], 2**63),
        (URI, "a b"),
        (models.DueDate, 0),
        (models.DueDate, "0"),
        (models.DueDate, "2026-12-24T17:00:00"),
        (models.DueDate, "2026-02-30"),
        (models.DueDate, "2026-02-30T00:00:00Z"),
        (models.DueDate, "2026-12-31T23:59:60Z"),
        (models.DueDate, "9999-12-31T23:59:59-14:00"),
        (models.DueDate, "0001-01-01T00:00:00+00:01"),
        (models.DueDate, datetime(2026, 1, 1)),  # noqa: DTZ001 - that is the point
        (Annotated[datetime, exact.Instant()], "2026-12-24T17:00:00.1234567Z"),
        (Annotated[datetime, exact.Instant()], "2026-12-24 17:00:00Z"),
        (Annotated[datetime, exact.Instant()], date(2026, 1, 1)),
        (Annotated[date, exact.FullDate()], "20261224"),
        (Annotated[date, exact.FullDate()], datetime(2026, 1, 1, tzinfo=UTC)),
        (models.Description, "😀" * 1001),
        (models.Description, "a\x00"),
        (models.Description, "\ud800"),
        (models.Description, 1),
    ],
)
def test_what_json_schema_refuses_is_refused(annotation: type[Any], value: object) -> None:
    with pytest.raises(ValidationError):
        TypeAdapter(annotation).validate_python(value)


@pytest.mark.parametrize(
    ("annotation", "schema"),
    [
        (INTEGER, {"type": "integer", "minimum": -1, "maximum": 5}),
        (Annotated[int, exact.INT32], {"type": "integer", "format": "int32"}),
        (URI, {"type": "string", "format": "uri-reference"}),
        (Annotated[date, exact.FullDate(max_length=10)], {"type": "string", "format": "date", "maxLength": 10}),
        (Annotated[int | None, exact.ONE_OF], {"oneOf": [{"type": "integer"}, {"type": "null"}]}),
    ],
)
def test_what_is_checked_is_what_is_published(annotation: type[Any], schema: object) -> None:
    assert TypeAdapter(annotation).json_schema() == schema


def test_a_rule_that_is_broken_says_what_the_contract_says() -> None:
    with pytest.raises(ValidationError, match="status and completed contradict each other") as refused:
        TaskUpdate(status="completed", completed=False)
    assert fault_types.of_pydantic(dict(refused.value.errors()[0]))[0] == "rule"
    assert TaskUpdate(status="completed", completed=True).completed is True


@pytest.mark.parametrize(
    ("keywords", "value", "message"),
    [
        ({"minProperties": 1}, {}, "The value breaks the contract's rule `minProperties`"),
        (
            {"patternProperties": {"description": {"type": "integer"}}},
            {"description": "x"},
            "The value breaks the contract's rule `patternProperties`",
        ),
        ({"format": "uuid"}, "x", "The value breaks the contract's rule `format`: uuid"),
        ({"not": {"const": {"a": 1}, "description": "not {a}"}}, {"a": 1}, "not {a}"),
    ],
)
def test_a_rule_without_words_is_named(keywords: dict[str, object], value: object, message: str) -> None:
    with pytest.raises(ValidationError) as refused:
        TypeAdapter(Annotated[Any, exact.Also(exact.Rules(keywords))]).validate_python(value)
    assert refused.value.errors()[0]["msg"] == message


def test_absent_and_null_stay_different() -> None:
    assert TaskUpdate.model_validate({}).model_dump(mode="json") == {}
    assert TaskUpdate.model_validate({"due_date": None}).model_dump(mode="json") == {"due_date": None}


def test_requests_are_closed_answers_are_open_and_nothing_can_be_changed() -> None:
    with pytest.raises(ValidationError):
        TaskCreate.model_validate({"title": "a", "staus": "completed"})
    now = datetime(2026, 1, 1, tzinfo=UTC)
    row = dict.fromkeys(Task.model_fields) | {"id": 1, "user_id": "a", "title": "a", "status": "pending", "version": 1}
    row |= {
        "completed": False,
        "priority": 0,
        "metadata": {},
        "created_at": "2026-01-01T00:00:00Z",
        "updated_at": now,
        "secret": "x",
    }
    task = Task.model_validate(row)
    assert "secret" not in task.model_dump_json()
    assert '"created_at":"2026-01-01T00:00:00Z","updated_at":"2026-01-01T00:00:00Z"' in task.model_dump_json()
    with pytest.raises(ValidationError):
        task.title = "b"  # type: ignore[misc] # that is the point
