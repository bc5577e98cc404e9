"""listTasks' `search`: on a server without pg_trgm and on one that has it, with the same results."""

from collections.abc import Iterator

import pytest

from backend.listing import FIRST
from backend.tests.client import Client, fields
from backend.tests.conftest import Service


@pytest.fixture
def alice(either_service: Service) -> Iterator[Client]:
    """Owns tasks on either kind of server."""
    with either_service.client("alice") as client:
        yield client


def found(client: Client, search: str, **query: str) -> list[str]:
    """The titles of what is found, oldest first."""
    page = client.get(client.tasks, params={"search": search, "order": "asc", **query})
    assert page.status_code == 200, page.text
    return [task["title"] for task in page.json()["items"]]


def test_a_text_is_found_in_the_title_and_in_the_description(
    either_service: Service, alice: Client
) -> None:  # LIST-22, LIST-25
    alice.create("Buy milk")
    alice.create("Shopping", description="Two litres of milk")
    alice.create("Milk", description="milk")
    alice.create("Shopping", description=None)
    with either_service.client("bob") as bob:
        bob.create("Buy milk")
    assert found(alice, "milk") == ["Buy milk", "Shopping", "Milk"]
    assert found(alice, "litres of milk") == ["Shopping"]
    assert found(alice, "milks") == []


def test_a_match_does_not_go_over_from_the_title_to_the_description(alice: Client) -> None:  # LIST-22
    alice.create("ab", description="cd")
    assert found(alice, "ab") == found(alice, "cd") == ["ab"]
    for across in ("bc", "b c", "b\nc", "abcd", "b\tc"):
        assert found(alice, across) == []


@pytest.mark.parametrize(
    ("written", "search"),
    [
        ("Buy MILK", "milk"),
        ("buy milk", "BUY M"),
        ("Élan", "éLAN"),
        ("ПРИВЕТ мир", "привет МИР"),
        ("\u0393\u0394 \u03bb\u03c9", "\u03b3\u03b4 \u039b\u03a9"),  # Greek
        ("\U00010400", "\U00010428"),  # Deseret: two UTF-16 units each
    ],
)
def test_case_does_not_matter_in_any_script(alice: Client, written: str, search: str) -> None:  # LIST-23
    alice.create(written)
    alice.create("described", description=written)
    assert found(alice, search) == [written, "described"]


def test_case_is_folded_as_for_the_order_of_titles(
    service: Service, request: pytest.FixtureRequest
) -> None:  # LIST-23: PostgreSQL 18 folds one letter to two
    alice: Client = request.getfixturevalue("plain_alice")
    assert service.rows("SELECT task_title_key('Straße')") == [("strasse",)]
    alice.create("Straße")
    assert found(alice, "STRASSE") == found(alice, "ß") == found(alice, "SS") == ["Straße"]


@pytest.fixture
def plain_alice(service: Service) -> Iterator[Client]:
    """Owns tasks on the embedded server."""
    with service.client("alice") as client:
        yield client


LITERAL = [
    "%",
    "_",
    "\\",
    "%%",
    "\\%",
    "\\_",
    "\\\\",
    "100%",
    "a_b",
    "%a%",
    "'",
    '"',
    "[a]",
    ".*",
    "?",
    "^a$",
    "\t",
    "\n",
]


@pytest.mark.parametrize("search", LITERAL)
def test_every_character_stands_for_itself(alice: Client, search: str) -> None:  # LIST-24
    alice.create(f"x{search}y")
    alice.create("described", description=f"x{search}y")
    alice.create("100 aab a b ab xy xzy", description="without any of them")
    expected = [f"x{search}y", "described"]
    assert found(alice, search) == expected
    assert found(alice, f"X{search}Y") == expected


def test_no_wildcard_matches_what_it_does_not_spell(alice: Client) -> None:  # LIST-24
    alice.create("abc", description="def")
    for search in ("%", "_", "a%c", "a_c", "\\", "a\\bc", "ab\\", "%f"):
        assert found(alice, search) == []


def test_blanks_count(alice: Client) -> None:  # LIST-24
    alice.create("milk shake")
    alice.create("milkshake")
    assert found(alice, "milk ") == found(alice, " shake") == found(alice, " ") == ["milk shake"]
    assert found(alice, "\u3000") == []


KEYS = {
    ("created", "asc"): "created_at, id",
    ("created", "desc"): "created_at DESC, id DESC",
    ("title", "asc"): "title_key, id",
    ("title", "desc"): "title_key DESC, id DESC",
    ("due_date", "asc"): "due_ascending, id",
    ("due_date", "desc"): "due_descending DESC, id DESC",
    ("priority", "desc"): "priority DESC, id DESC",
}
PLACES: dict[str, list[int]] = {
    "none": [],
    "the last of the first": [FIRST],
    "around the last of the first": [FIRST - 1, FIRST, FIRST + 1],
    "a page less one, then others": [1, 2, 3, FIRST + 100, FIRST + 200],
    "a page and others": [1, 2, 3, 4, FIRST + 100],
    "a page with the last of the first": [1, 2, FIRST, FIRST + 1, FIRST + 2],
    "all behind": list(range(FIRST + 1, FIRST + 12)),
}


@pytest.mark.parametrize("places", PLACES.values(), ids=PLACES)
def test_what_lies_behind_the_first_thousand_tasks_is_found(
    either_service: Service, alice: Client, places: list[int]
) -> None:  # LIST-43, LIST-22, LIST-4
    either_service.fill("alice", FIRST + 300)
    for (sort, order), keys in KEYS.items():
        either_service.rows("UPDATE tasks SET description = NULL WHERE description IS NOT NULL")
        every = either_service.rows(f"SELECT id FROM tasks ORDER BY {keys}")  # noqa: S608 - the test's own
        expected = [every[place - 1] for place in places]
        ids = ", ".join(["0", *(str(task_id) for (task_id,) in expected)])
        either_service.rows(f"UPDATE tasks SET description = 'a Needle' WHERE id IN ({ids})")  # noqa: S608 - numbers
        for search in ("needle", "dl"):
            query = {"search": search, "sort": sort, "order": order, "limit": "3"}
            walked: list[tuple[object, ...]] = []
            page = alice.get(alice.tasks, params=query).json()
            while True:
                walked += [(task["id"],) for task in page["items"]]
                assert len(page["items"]) == 3 or page["next_cursor"] is None
                if page["next_cursor"] is None:
                    break
                page = alice.get(alice.tasks, params={**query, "cursor": page["next_cursor"]}).json()
            assert walked == expected, (query, places)


def test_where_the_first_thousand_are_enough_no_others_are_read(
    either_service: Service, alice: Client
) -> None:  # LIST-43
    def asked(search: str) -> int:
        with either_service.statements() as statements:
            assert alice.get(alice.tasks, params={"search": search, "limit": "100"}).status_code == 200
        return len(statements)

    either_service.fill("alice", FIRST - 1)
    assert (asked("not there"), asked("a")) == (1, 1)
    either_service.fill("alice", 2)
    assert (asked("not there"), asked("a")) == (2, 1)


@pytest.mark.parametrize(
    "search",
    ["", "a" * 201, "\U0001f600" * 201, "nul\x00", "bell\x07", "carriage\rreturn", "\x7f"],
)
def test_what_no_task_can_contain_is_refused(alice: Client, search: str) -> None:  # LIST-22, LIST-17
    assert fields(alice.get(alice.tasks, params={"search": search})) == ["query.search"]


def test_bytes_that_are_no_text_are_refused(alice: Client) -> None:  # LIST-22
    assert fields(alice.get(f"{alice.tasks}?search=%ff")) == ["query"]
    assert fields(alice.get(f"{alice.tasks}?search=%ed%a0%80")) == ["query"]


@pytest.mark.parametrize("search", ["\U0001f600" * 200, "a" * 200, "%" * 200, "\\" * 200, "\u0390" * 200])
def test_the_longest_text_is_looked_for(alice: Client, search: str) -> None:  # LIST-22
    alice.create(search)
    alice.create(search[:-1])
    assert found(alice, search) == [search]


def test_search_combines_with_the_other_filters_and_with_pages(
    either_service: Service, alice: Client
) -> None:  # LIST-21, LIST-25
    either_service.fill("alice", 60)
    everything = [task["title"] for task in alice.get(alice.tasks, params={"limit": "100"}).json()["items"]]
    expected = [title for title in everything if "a1" in title]
    assert expected
    query = {"search": "A1", "limit": "2", "include_total": "true"}
    walked: list[str] = []
    page = alice.get(alice.tasks, params=query).json()
    while True:
        walked += [task["title"] for task in page["items"]]
        assert page["total"] == len(expected)
        if page["next_cursor"] is None:
            break
        page = alice.get(alice.tasks, params={**query, "cursor": page["next_cursor"]}).json()
    assert walked == expected
    pending = alice.get(alice.tasks, params={"search": "a1", "status": "pending", "priority": "4"}).json()["items"]
    assert [task["title"] for task in pending] == [
        task["title"]
        for task in alice.get(alice.tasks, params={"limit": "100"}).json()["items"]
        if "a1" in task["title"] and task["status"] == "pending" and task["priority"] == 4
    ]


def test_every_part_of_a_word_is_found_while_it_is_typed(alice: Client) -> None:  # LIST-22, LIST-23
    word = "\u0398\u0395\u03a3\u03a3\u0391\u039b\u039f\u039d\u0399\u039a\u0397\u03a3"  # a sigma within and at the end
    alice.create(word)
    parts = {word[begin:end] for begin in range(len(word)) for end in range(begin + 1, len(word) + 1)}
    assert [part for part in sorted(parts) if not found(alice, part) or not found(alice, part.lower())] == []
