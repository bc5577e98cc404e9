"""deleteUser: `DELETE /api/{user_id}`, everything that is stored of a user (specs/features/users.md).

`test_races.py` has deletions among other writes; here each meets one other transaction, at a known place.
"""

from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from typing import TypeVar

import httpx
import psycopg
import pytest

from backend.tests.client import Client, code, operations
from backend.tests.conftest import Service, served
from backend.tests.waiting import PATIENCE, until

UNDER_KEY = {"Idempotency-Key": "once"}

OURS = ("idempotency_keys", "tasks", "users")
"""Where something is stored of a user. A table that is new is found by a test, and joins them or is none of those."""

NOTHING_OF_USERS = {"alembic_version"}

_T = TypeVar("_T")


def mentions(service: Service, user: str) -> dict[str, int]:
    """How many rows of each table say this user's id anywhere."""
    names = service.rows("SELECT tablename::text FROM pg_tables WHERE schemaname = 'public'")
    counts: dict[str, int] = {}
    for (name,) in names:
        [(count,)] = service.rows(f"SELECT count(*)::int FROM {name} AS it WHERE it::text LIKE '%{user}%'")  # noqa: S608 - our own text
        assert isinstance(count, int)
        counts[str(name)] = count
    return counts


def tables(service: Service) -> list[list[tuple[object, ...]]]:
    return [service.rows(f"SELECT * FROM {name} AS it ORDER BY it::text") for name in OURS]  # noqa: S608 - our own text


def delete(client: Client, **headers: str) -> httpx.Response:
    return client.delete(f"/api/{client.user}", headers=headers)


@contextmanager
def elsewhere(service: Service, *statements: str) -> Iterator[psycopg.Connection[tuple[object, ...]]]:
    """Another transaction that has come so far; it is committed at the end of the block."""
    with psycopg.connect(service.database_url.get_secret_value()) as connection:
        for statement in statements:
            connection.execute(statement.encode())
        yield connection


@contextmanager
def meanwhile(service: Service, request: Callable[[], _T], *, waiting: int = 1) -> Iterator[Future[_T]]:
    """A request that waits for another transaction, one of so many, when the block begins."""
    query = "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
    with ThreadPoolExecutor(1) as pool:
        future = pool.submit(request)
        assert until(lambda: len(service.rows(query)) == waiting)
        yield future


@pytest.fixture(scope="module")
def patient(running: Service) -> Iterator[Service]:
    """The service, where who waits is not given up before a slow machine has come to the next step of a test."""
    with served(running.settings, running.database_url, seconds=PATIENCE) as patient:
        yield patient


@pytest.fixture
def service(patient: Service) -> Service:
    """The patient service, with nothing stored in it."""
    patient.empty()
    return patient


@pytest.fixture
def both(service: Service) -> Iterator[tuple[Client, Client]]:
    """Alice and bob, each of whom has something in each table."""
    with service.client("alice", email="alice@example.com") as alice, service.client("bob") as bob:
        for client in (alice, bob):
            for n in range(3):
                client.create(f"Task {n} of {client.user}")
            client.post(client.tasks, json={"title": "Under a key"}, headers=UNDER_KEY)
        yield alice, bob


def test_nothing_stays_in_any_table_and_nothing_of_others_is_touched(
    service: Service, both: tuple[Client, Client]
) -> None:  # USER-1, USER-4
    alice, _ = both
    before = mentions(service, "alice")
    assert {name for name, count in before.items() if count} == set(OURS)
    assert before.keys() - set(OURS) == NOTHING_OF_USERS
    bobs = [[row for row in rows if "bob" in str(row)] for rows in tables(service)]
    answer = delete(alice)
    assert (answer.status_code, answer.content) == (204, b"")
    assert set(mentions(service, "alice").values()) == {0}
    assert tables(service) == bobs
    assert all(bobs)


def test_it_is_a_204_as_often_as_it_is_sent(service: Service, alice: Client) -> None:  # USER-2
    assert [delete(alice).status_code for _ in range(2)] == [204, 204]
    alice.create()
    assert [delete(alice).status_code for _ in range(3)] == [204, 204, 204]
    assert tables(service) == [[], [], []]


def test_a_deletion_that_fails_leaves_everything(service: Service, both: tuple[Client, Client]) -> None:  # USER-3
    alice, _ = both
    before = tables(service)
    service.rows("""
        CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'refused'; END $$;
        CREATE TRIGGER refuse BEFORE DELETE ON idempotency_keys FOR EACH ROW EXECUTE FUNCTION refuse()""")
    try:
        answer = delete(alice)
    finally:
        service.rows("DROP TRIGGER refuse ON idempotency_keys; DROP FUNCTION refuse()")
    assert (answer.status_code, code(answer)) == (500, "internal_error")
    assert tables(service) == before


def test_no_key_is_taken_and_no_answer_kept(service: Service, alice: Client) -> None:  # USER-5
    [parameters] = [
        operation["parameters"]
        for method, path, operation in operations()
        if (method, path) == ("DELETE", "/api/{user_id}")
    ]
    assert parameters == [{"$ref": "#/components/parameters/UserId"}]
    for key in ("once", "once", "not, a key"):
        alice.create()
        assert delete(alice, **{"Idempotency-Key": key}).status_code == 204
        assert tables(service) == [[], [], []]


def test_a_write_under_the_key_of_before_begins_anew(service: Service, alice: Client) -> None:  # USER-6
    first = alice.post(alice.tasks, json={"title": "Buy milk"}, headers=UNDER_KEY)
    delete(alice)
    again = alice.post(alice.tasks, json={"title": "Buy milk"}, headers=UNDER_KEY)
    assert (again.status_code, "idempotency-replayed" in again.headers) == (201, False)
    assert again.json()["id"] > first.json()["id"]
    assert service.rows("SELECT id, email FROM users") == [("alice", None)]


@pytest.mark.parametrize(
    "statement",
    [
        "INSERT INTO tasks (user_id, title) VALUES ('alice', 'Begun before')",
        "UPDATE tasks SET title = 'Changed before', version = 2 WHERE user_id = 'alice'",
    ],
    ids=["a creation", "an update"],
)
def test_what_is_committed_first_is_deleted_with_the_rest(
    service: Service, alice: Client, statement: str
) -> None:  # USER-7
    alice.create()
    with elsewhere(service, statement) as other, meanwhile(service, lambda: delete(alice)) as answer:
        other.commit()
        assert answer.result().status_code == 204
    assert tables(service) == [[], [], []]


def test_the_answer_of_a_write_that_ends_first_is_not_kept_either(service: Service, alice: Client) -> None:  # USER-7
    path = f"{alice.tasks}/{alice.create()['id']}"

    def update() -> httpx.Response:
        return alice.put(path, json={"title": "New"}, headers=UNDER_KEY)

    with (
        elsewhere(service, "SELECT FROM tasks FOR UPDATE") as other,
        meanwhile(service, update) as updated,
        meanwhile(service, lambda: delete(alice), waiting=2) as deleted,
    ):
        other.commit()
        assert (updated.result().status_code, deleted.result().status_code) == (200, 204)
    assert tables(service) == [[], [], []]


def test_what_is_written_between_two_deletions_stays_whole(service: Service, alice: Client) -> None:  # USER-7
    alice.create("Before")
    with (
        elsewhere(service, "SELECT FROM users FOR UPDATE") as other,
        meanwhile(service, lambda: delete(alice)) as second,
    ):
        for statement in (
            "DELETE FROM tasks",
            "DELETE FROM users",
            "INSERT INTO users (id) VALUES ('alice')",
            "INSERT INTO tasks (user_id, title) VALUES ('alice', 'Between')",
            """INSERT INTO idempotency_keys (user_id, method, path, key, fingerprint, status, headers, body, expires_at)
            VALUES ('alice', 'POST', '/', 'once', sha256(''), 201, '[]', '', now() + interval '1 day')""",
        ):
            other.execute(statement.encode())
        other.commit()
        assert second.result().status_code == 204
    assert [len(rows) for rows in tables(service)] == [1, 1, 1]


def test_an_export_that_meets_a_deletion_shows_no_tasks_without_their_user(
    service: Service, alice: Client
) -> None:  # USER-10
    alice.create()
    with (
        elsewhere(service, "LOCK users") as other,
        meanwhile(service, lambda: alice.get("/api/alice")) as exported,
    ):
        other.execute(b"DELETE FROM tasks")
        other.execute(b"DELETE FROM users")
        other.commit()
        assert exported.result().json() == {"user": None, "tasks": [], "next_cursor": None}


def test_a_creation_that_meets_a_deletion_is_done_after_it(service: Service) -> None:  # USER-7, USER-8
    with service.client("alice", email="new@example.com") as alice:
        alice.create("Before")
        with (
            elsewhere(service, "SELECT FROM users FOR UPDATE") as other,
            meanwhile(service, lambda: alice.create("After")) as created,
        ):
            other.execute(b"DELETE FROM tasks")
            other.execute(b"DELETE FROM users")
            other.commit()
            task = created.result()
    assert service.rows("SELECT id, title FROM tasks") == [(task["id"], "After")]
    assert service.rows("SELECT id, email FROM users") == [("alice", "new@example.com")]


@pytest.mark.parametrize("stays", [True, False])
def test_a_first_write_that_meets_another_finds_the_user_or_writes_it(
    service: Service, alice: Client, *, stays: bool
) -> None:  # USER-7, DATA-1
    with (
        elsewhere(service, "INSERT INTO users (id, email) VALUES ('alice', 'other@example.com')") as other,
        meanwhile(service, alice.create) as created,
    ):
        if not stays:
            other.execute(b"DELETE FROM users")
        other.commit()
        task = created.result()
    assert service.rows("SELECT id FROM tasks") == [(task["id"],)]
    assert service.rows("SELECT id, email FROM users") == [("alice", "other@example.com" if stays else None)]


def test_a_user_who_came_meanwhile_stays_until_the_creation_ends(service: Service, alice: Client) -> None:  # USER-7
    # Named so that it comes before the look at the foreign key.
    service.rows("""
        CREATE FUNCTION pause() RETURNS trigger LANGUAGE plpgsql
            AS $$ BEGIN PERFORM pg_advisory_xact_lock(54); RETURN new; END $$;
        CREATE TRIGGER "A" AFTER INSERT ON tasks FOR EACH ROW EXECUTE FUNCTION pause()""")
    try:
        with (
            elsewhere(service, "SELECT pg_advisory_xact_lock(54)") as pause,
            elsewhere(service, "INSERT INTO users (id) VALUES ('alice')") as other,
            meanwhile(service, alice.create) as created,
        ):
            other.commit()
            with meanwhile(service, lambda: delete(alice), waiting=2) as deleted:
                pause.commit()
                assert (created.result()["version"], deleted.result().status_code) == (1, 204)
    finally:
        service.rows('DROP TRIGGER "A" ON tasks; DROP FUNCTION pause()')
    assert tables(service) == [[], [], []]


def test_a_creation_waits_for_no_other_write_of_the_user(service: Service, alice: Client) -> None:  # USER-8
    alice.create()
    with elsewhere(service, "INSERT INTO tasks (user_id, title) VALUES ('alice', 'x')", "UPDATE users SET email = 'x'"):
        assert alice.create("Meanwhile")["title"] == "Meanwhile"


def test_a_new_email_waits_for_nobody(service: Service) -> None:  # USER-8, DATA-2
    with service.client("alice", email="old@example.com") as alice:
        path = f"{alice.tasks}/{alice.create()['id']}"
    with service.client("alice", email="new@example.com") as renamed:
        with elsewhere(service, "SELECT FROM users FOR UPDATE"):
            assert renamed.put(path, json={"title": "New"}).status_code == 200
        assert service.rows("SELECT email FROM users") == [("old@example.com",)]
        assert renamed.put(path, json={"title": "Newer"}).status_code == 200
    assert service.rows("SELECT email FROM users") == [("new@example.com",)]


def test_tasks_are_locked_in_the_order_of_bulk_updates(service: Service, alice: Client) -> None:  # USER-8
    alice.create()
    with service.statements() as statements:
        delete(alice)
    [lock] = [statement for statement in statements if "ORDER BY" in statement]
    assert "FROM tasks" in lock
    assert "ORDER BY tasks.id FOR UPDATE" in lock
    assert [statement.split(maxsplit=3)[:3] for statement in statements[statements.index(lock) + 1 :]] == [
        ["DELETE", "FROM", name] for name in ("tasks", "users", "idempotency_keys")
    ]


def test_work_may_take_longer_than_waiting(service: Service, running: Service) -> None:  # USER-9, CONN-9
    # Of two deletions one works for longer than the other one waits.
    service.rows("""
        CREATE FUNCTION work() RETURNS trigger LANGUAGE plpgsql SET lock_timeout = 0
            AS $$ BEGIN PERFORM pg_advisory_xact_lock(54); RETURN old; END $$;
        CREATE TRIGGER work BEFORE DELETE ON tasks FOR EACH ROW EXECUTE FUNCTION work()""")
    try:
        with running.client("alice") as alice:
            alice.create()
            with (
                elsewhere(service, "SELECT pg_advisory_xact_lock(54)") as other,
                meanwhile(service, lambda: delete(alice)) as working,
            ):
                waiting = delete(alice)
                other.commit()
                assert working.result().status_code == 204
    finally:
        service.rows("DROP TRIGGER work ON tasks; DROP FUNCTION work()")
    assert (waiting.status_code, code(waiting)) == (503, "unavailable")
    assert tables(service) == [[], [], []]
