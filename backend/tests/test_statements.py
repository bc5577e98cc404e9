"""Statements that are built once, and what they return (specs/database/connection.md)."""

import pytest
from sqlalchemy import Select, delete, insert, select, type_coerce, update
from sqlalchemy.types import Text

from backend.models import users
from backend.statements import MADE, Rows, fixed, once, query


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


def test_a_row_that_should_be_the_only_one_is() -> None:
    assert Rows().one_or_none() is None
    assert Rows([(1, 2)]).one_or_none() == (1, 2)
    assert Rows([(1, 2)]).scalar_one() == 1
    for wrong in (Rows().scalar_one, Rows([(1,), (2,)]).scalar_one, Rows([(1,), (2,)]).one_or_none):
        with pytest.raises(ValueError, match="unpack"):
            wrong()
