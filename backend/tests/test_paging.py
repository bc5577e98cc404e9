"""Cursors and the order of pages (specs/features/listing.md, LIST-8 and LIST-12 to LIST-16)."""

import itertools
import re
import string
import sys
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr
from sqlalchemy import select

from backend.models import tasks
from backend.paging import BadCursor, Cursors, Position, ordered

OLD, NEW = SecretStr("o" * 32), SecretStr("n" * 32)
BINDING = ("alice", "all", "created", "desc")
ALPHABET = string.ascii_letters + string.digits + "-_"

instants = st.datetimes(timezones=st.just(UTC))
texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=200)
positions = st.builds(
    Position, st.integers(-(2**63), 2**63 - 1) | texts | instants, st.integers(1, 2**53 - 1), st.none() | instants
)


@given(positions, st.lists(texts, max_size=5))
def test_a_cursor_gives_back_the_position_that_it_was_made_from(position: Position, binding: list[str]) -> None:
    cursors = Cursors([NEW])
    cursor = cursors.encode(position, binding)
    assert re.fullmatch("[A-Za-z0-9_-]+", cursor)
    found = cursors.decode(cursor, binding)
    assert (found, type(found.key)) == (position, type(position.key))


@pytest.mark.parametrize(
    "position",
    [
        Position("title", 1),
        Position(0, 2**53 - 1),
        Position(datetime(2026, 11, 21, tzinfo=UTC), 77),
        Position(3, 77, now=datetime(2026, 11, 21, tzinfo=UTC)),
    ],
)
def test_a_cursor_with_any_character_changed_is_refused(position: Position) -> None:  # LIST-12
    cursors = Cursors([NEW])
    cursor = cursors.encode(position, BINDING)
    for place, character in itertools.product(range(len(cursor)), ALPHABET):
        changed = cursor[:place] + character + cursor[place + 1 :]
        if changed != cursor:
            with pytest.raises(BadCursor):
                cursors.decode(changed, BINDING)


@pytest.mark.parametrize("change", ["", "A", "AA", "=", "==", " ", "\n", ".", "\u00e9", "\ud800"])
def test_a_cursor_with_something_added_or_missing_is_refused(change: str) -> None:
    cursors = Cursors([NEW])
    cursor = cursors.encode(Position("title", 1), BINDING)
    for wrong in (cursor[:-1] + change, cursor + (change or "A"), change, (change or "A") + cursor):
        with pytest.raises(BadCursor):
            cursors.decode(wrong, BINDING)


@pytest.mark.parametrize(
    "other",
    [
        ("bob", "all", "created", "desc"),
        ("alice", "pending", "created", "desc"),
        ("alice", "all", "updated", "desc"),
        ("alice", "all", "created", "asc"),
        ("alice", "all", "created"),
        ("alice,all", "created", "desc"),
        ("alice", "all", "created", "desc", ""),
        (),
    ],
)
def test_a_cursor_of_another_list_is_refused(other: tuple[str, ...]) -> None:  # LIST-13
    cursors = Cursors([NEW])
    with pytest.raises(BadCursor) as caught:
        cursors.decode(cursors.encode(Position(1, 1), BINDING), other)
    errors = caught.value.extensions["errors"]
    assert isinstance(errors, list)
    assert [(place["field"], place["type"]) for place in errors] == [("query.cursor", "cursor")]


def test_a_cursor_shows_nothing_of_what_it_is_bound_to() -> None:
    cursors = Cursors([NEW])
    long = ("a" * 5000, *BINDING)
    assert len(cursors.encode(Position(1, 1), long)) == len(cursors.encode(Position(1, 1), BINDING))


def test_cursors_outlive_a_rotation_of_the_secret() -> None:  # LIST-16
    old = Cursors([OLD]).encode(Position("title", 1), BINDING)
    rotated = Cursors([NEW, OLD])
    assert rotated.decode(old, BINDING) == Position("title", 1)
    with pytest.raises(BadCursor):
        Cursors([OLD]).decode(rotated.encode(Position("title", 1), BINDING), BINDING)
    with pytest.raises(BadCursor):
        Cursors([NEW]).decode(old, BINDING)


def test_no_title_makes_a_cursor_too_long() -> None:
    every = (chr(code) for code in range(sys.maxunicode + 1))
    widest = max(every, key=lambda one: len(one.casefold().encode("utf-8", "replace")))
    for title in (widest.casefold() * 200, '"' * 200, "\\" * 200, "\t" * 200, "\U0001f600" * 200):
        assert len(Cursors([NEW]).encode(Position(title, 2**53 - 1), BINDING)) <= 1700


@pytest.mark.parametrize(
    ("descending", "after", "condition", "order"),
    [
        (False, False, "", "tasks.priority, tasks.id"),
        (True, False, "", "tasks.priority DESC, tasks.id DESC"),
        (False, True, "(tasks.priority, tasks.id) > (3, 7)", "tasks.priority, tasks.id"),
        (True, True, "(tasks.priority, tasks.id) < (3, 7)", "tasks.priority DESC, tasks.id DESC"),
    ],
)
def test_a_page_is_one_comparison_of_rows_in_a_total_order(
    *,
    descending: bool,
    after: bool,
    condition: str,
    order: str,
) -> None:
    position = Position(3, 7).values() if after else {}
    statement = ordered(select(tasks.c.id), tasks.c.priority, tasks.c.id, descending=descending, after=position)
    sql = " ".join(str(statement.compile(compile_kwargs={"literal_binds": True})).split())
    where = f" WHERE {condition}" if condition else ""
    assert sql == f"SELECT tasks.id FROM tasks{where} ORDER BY {order}"  # noqa: S608 - compared, not executed
