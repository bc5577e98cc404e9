"""Statements that are built once, and what they return (specs/database/connection.md)."""

import sys

import pytest
from sqlalchemy import Select, delete, insert, select, type_coerce, update
from sqlalchemy.types import Text

from backend.models import users
from backend.statements import MADE, Rows, fixed, once, query
from backend.tests.conftest import Service


def test_a_statement_is_built_once_for_each_shape_and_each_set_of_names() -> None:
    built: list[tuple[object, ...]] = []

    @once
    def statement(shape: str, /, **values: object) -> Select[str]:
        built.append((shape, *values))
        named = [type_coerce(value, Text) == name for name, value in values.items()]
        return select(users.c.id).where(users.c.id == shape, *named)

    first, again = statement("a", x="1", y=None), statement("a", x="2", y="3")
    assert first.statement is again.statement
    # As text, in the order of the statement's parameters; what is no placeholder is there as well.
    assert [bytes(value) if value else None for value in first.parameters] == [b"a", b"1", b"x", None, b"y"]
    assert [bytes(value) if value else None for value in again.parameters] == [b"a", b"2", b"x", b"3", b"y"]
    others = [statement("b", x="1", y="2"), statement("a", x="1"), statement("x", a="1")]
    assert len({id(other.statement) for other in (first, *others)}) == len(built) == 4


def test_the_latest_statements_are_kept_and_no_more() -> None:  # CONN-21
    built: list[int] = []

    @once
    def statement(shape: int, /) -> Select[str]:
        built.append(shape)
        return select(users.c.id).limit(shape)

    for shape in (*range(MADE + 1), MADE, 1):
        statement(shape)
    assert built == list(range(MADE + 1))
    statement(0)
    assert built[-1] == 0


def test_what_a_statement_does_is_known() -> None:
    seen = select(users.c.id).cte("seen")
    statements = [
        (select(seen), "SELECT"),
        (insert(users).add_cte(seen), "INSERT"),
        (update(users).values(email=None).add_cte(seen), "UPDATE"),
        (delete(users).add_cte(seen), "DELETE"),
    ]
    for source, operation in statements:
        assert query(source).statement.operation == operation
    assert fixed("begin").statement.operation == "BEGIN"


def test_rows_are_read_when_they_are_asked_for(service: Service) -> None:
    def rows(sql: str) -> Rows:
        result = service.connection.execute(sql.encode()).pgresult
        assert result is not None
        return fixed(sql).statement.rows(result)

    two, one, none = (rows(f"SELECT n AS number, 'x' FROM generate_series(1, {n}) AS n") for n in (2, 1, 0))  # noqa: S608 - ours
    assert [(row.number, row[1]) for row in two] == [(1, "x"), (2, "x")]
    assert (two[1].number, len(two), bool(none)) == (2, 2, False)
    for beyond in (-1, 2):
        with pytest.raises(IndexError):
            two[beyond]
    assert (two.written(1), two.written(3), none.written(1)) == ([b"1"], [b"1", b"2"], [])
    assert (one.one_or_none(), one.scalar_one(), none.one_or_none()) == ((1, "x"), 1, None)
    for wrong in (none.scalar_one, two.scalar_one, two.one_or_none):
        with pytest.raises(ValueError, match="unpack"):
            wrong()


def test_a_result_is_kept_no_longer_than_its_rows(service: Service) -> None:
    result = service.connection.execute("SELECT 1").pgresult
    assert result is not None
    holders = sys.getrefcount(result)
    assert fixed("SELECT 1").statement.rows(result).scalar_one() == 1
    assert sys.getrefcount(result) == holders
