"""One key from many at once, and answers that are lost (specs/features/idempotency.md): over two server processes."""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from itertools import cycle, islice
from pathlib import Path

import httpx
import psycopg
import pytest

from backend.pool import WRITERS
from backend.tests.client import Client, code
from backend.tests.conftest import SECRET, Service
from backend.tests.server_processes import IN_FLIGHT, ServerProcesses, at_once, serving
from backend.tests.waiting import PATIENCE, until

UNDER_KEY = {"Idempotency-Key": "once"}
CLIENTS = IN_FLIGHT

SLOW = "CREATE FUNCTION slow() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_sleep(1); RETURN NEW; END $$;"
SLOW_WRITES = f"{SLOW} CREATE TRIGGER slow BEFORE INSERT ON tasks FOR EACH ROW EXECUTE FUNCTION slow();"
SLOW_COMMITS = f"""{SLOW} CREATE CONSTRAINT TRIGGER slow AFTER INSERT ON tasks DEFERRABLE INITIALLY DEFERRED
FOR EACH ROW EXECUTE FUNCTION slow();"""
REFUSED_COMMITS = """
CREATE FUNCTION slow() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'refused at commit'; END $$;
CREATE CONSTRAINT TRIGGER slow AFTER INSERT ON tasks DEFERRABLE INITIALLY DEFERRED
FOR EACH ROW EXECUTE FUNCTION slow();"""

SLEEPING = "SELECT count(*)::int FROM pg_stat_activity WHERE datname = current_database() AND wait_event = 'PgSleep'"

HOLDING = """SELECT pid FROM pg_locks WHERE locktype = 'advisory'
AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"""
"""Who has a key."""


@contextmanager
def writing(service: Service, trigger: str) -> Iterator[None]:
    """Tasks are written in another way meanwhile."""
    service.rows(trigger)
    try:
        yield
    finally:
        service.rows("DROP TRIGGER slow ON tasks; DROP FUNCTION slow()")


@contextmanager
def other_process(service: Service, folder: Path) -> Iterator[ServerProcesses]:
    """The same service as another process, on the same database and with the same secret."""
    with serving(service.database_url, folder, processes=1, variables={"BETTER_AUTH_SECRET": SECRET}) as other:
        yield other


@pytest.fixture(scope="module")
def second(running: Service, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Where there is another one, for all tests that let it live."""
    with other_process(running, tmp_path_factory.mktemp("second")) as other:
        yield other.urls[0]


@pytest.fixture
def doomed(service: Service, tmp_path: Path) -> Iterator[ServerProcesses]:
    """One that a test may kill."""
    with other_process(service, tmp_path) as other:
        yield other


def sleeping(service: Service) -> int:
    [(count,)] = service.rows(SLEEPING)
    assert isinstance(count, int)
    return count


def created(client: Client) -> httpx.Response:
    return client.post(client.tasks, json={"title": "Buy milk"}, headers=UNDER_KEY)


def titles(service: Service) -> list[tuple[object, ...]]:
    return service.rows("SELECT title FROM tasks")


def keys(service: Service) -> list[tuple[object, ...]]:
    return service.rows("SELECT user_id, key, status FROM idempotency_keys")


def from_many(
    service: Service, urls: list[str], ask: Callable[[Client], httpx.Response], count: int = CLIENTS
) -> list[httpx.Response]:
    """The answers to alice's clients, who start together and take turns with the services."""
    barrier = threading.Barrier(count)

    def run(url: str) -> httpx.Response:
        with Client(url, user="alice", token=service.token("alice")) as client:
            client.get("/health")  # connected
            barrier.wait(PATIENCE)
            return ask(client)

    return at_once(*(partial(run, url) for url in islice(cycle(urls), count)))


def check_once(answers: list[httpx.Response], success: int) -> httpx.Response:
    """One has been done; the others were given its answer or told to wait."""
    done = [
        answer for answer in answers if answer.status_code == success and "idempotency-replayed" not in answer.headers
    ]
    replays = [answer for answer in answers if answer.headers.get("idempotency-replayed") == "true"]
    waiting = [answer for answer in answers if answer.status_code == 409]
    assert (len(done), len(done) + len(replays) + len(waiting)) == (1, len(answers))
    assert {(answer.status_code, answer.content) for answer in replays} <= {(success, done[0].content)}
    assert {(code(answer), answer.headers["retry-after"]) for answer in waiting} <= {
        ("idempotency_key_in_progress", "1")
    }
    return done[0]


def test_a_key_from_twenty_clients_of_two_processes_creates_one_task(
    service: Service, second: str, alice: Client
) -> None:  # IDEM-9
    first = check_once(from_many(service, [service.url, second], created), 201)
    assert titles(service) == [("Buy milk",)]
    assert keys(service) == [("alice", "once", 201)]
    assert created(alice).content == first.content


@pytest.mark.parametrize("trigger", [SLOW_WRITES, SLOW_COMMITS], ids=["writes", "commits"])
def test_nobody_waits_for_who_is_slow(trigger: str, service: Service, second: str, alice: Client) -> None:  # IDEM-9
    # As many as there are connections: who waits for one may get it behind the slow commit (CONN-23).
    count = 2 * WRITERS
    with writing(service, trigger):
        answers = from_many(service, [service.url, second], created, count)
    first = check_once(answers, 201)
    assert [answer.status_code for answer in answers].count(409) == count - 1
    assert titles(service) == [("Buy milk",)]
    assert created(alice).content == first.content


def test_a_toggle_under_a_key_flips_once(service: Service, second: str, alice: Client) -> None:  # IDEM-9
    path = f"{alice.tasks}/{alice.create()['id']}/complete"
    answers = from_many(service, [service.url, second], lambda client: client.patch(path, headers=UNDER_KEY))
    assert check_once(answers, 200).json()["version"] == 2
    assert service.rows("SELECT version, status FROM tasks") == [(2, "completed")]
    assert keys(service) == [("alice", "once", 200)]


def test_a_delete_under_a_key_is_never_a_404(service: Service, second: str, alice: Client) -> None:  # IDEM-9
    path = f"{alice.tasks}/{alice.create()['id']}"
    answers = from_many(service, [service.url, second], lambda client: client.delete(path, headers=UNDER_KEY))
    check_once(answers, 204)
    assert titles(service) == []


def test_who_reuses_a_key_while_it_runs_has_to_wait_too(service: Service, alice: Client, bob: Client) -> None:  # IDEM-9
    with writing(service, SLOW_WRITES), ThreadPoolExecutor(1) as pool, service.client("alice") as other:
        first = pool.submit(created, other)
        assert until(lambda: sleeping(service) == 1)
        another = alice.post(alice.tasks, json={"title": "another"}, headers=UNDER_KEY)
        assert (another.status_code, code(another)) == (409, "idempotency_key_in_progress")
        assert first.result(PATIENCE).status_code == 201
    assert created(bob).status_code == 201
    assert code(alice.post(alice.tasks, json={"title": "another"}, headers=UNDER_KEY)) == "idempotency_key_reused"


def test_an_answer_that_is_kept_is_given_to_many_at_once(service: Service, second: str, alice: Client) -> None:
    # IDEM-9
    first = created(alice)
    answers = from_many(service, [service.url, second], created)
    assert {(answer.status_code, answer.content) for answer in answers} == {(201, first.content)}
    assert titles(service) == [("Buy milk",)]


def test_a_commit_that_fails_leaves_neither_task_nor_key(service: Service, alice: Client) -> None:  # IDEM-10, IDEM-6
    with writing(service, REFUSED_COMMITS):
        assert code(created(alice)) == "internal_error"
    assert (titles(service), keys(service)) == ([], [])
    response = created(alice)
    assert (response.status_code, "idempotency-replayed" in response.headers) == (201, False)


def test_who_did_not_wait_for_the_answer_gets_it_later(service: Service, alice: Client) -> None:  # IDEM-10
    with writing(service, SLOW_COMMITS):
        with service.client("alice") as hasty:
            hasty.timeout = 0.3
            with pytest.raises(httpx.ReadTimeout):
                created(hasty)
        assert code(created(alice)) == "idempotency_key_in_progress"
        assert until(lambda: sleeping(service) == 0)
    assert until(lambda: len(keys(service)) == 1)
    response = created(alice)
    assert (response.status_code, response.headers["idempotency-replayed"]) == (201, "true")
    assert titles(service) == [("Buy milk",)]


@pytest.mark.parametrize(
    ("trigger", "is_done"), [(SLOW_COMMITS, True), (SLOW_WRITES, False)], ids=["while it commits", "before it commits"]
)
def test_what_a_killed_process_has_committed_is_given_and_nothing_else(
    trigger: str, *, is_done: bool, service: Service, doomed: ServerProcesses, alice: Client
) -> None:  # IDEM-10
    with writing(service, trigger), ThreadPoolExecutor(1) as pool:
        with Client(doomed.urls[0], user="alice", token=service.token("alice")) as client:
            asked = pool.submit(created, client)
            assert until(lambda: sleeping(service) == 1)
            doomed.processes[0].kill()
            with pytest.raises(httpx.TransportError):
                asked.result(PATIENCE)
        assert code(created(alice)) == "idempotency_key_in_progress"
        assert until(lambda: sleeping(service) == 0)
    assert until(lambda: service.rows(HOLDING) == [])
    response = created(alice)
    assert (response.status_code, "idempotency-replayed" in response.headers) == (201, is_done)
    assert service.rows("SELECT id, title FROM tasks") == [(response.json()["id"], "Buy milk")]
    assert keys(service) == [("alice", "once", 201)]


def test_cleaning_passes_over_what_another_removes(service: Service, alice: Client, bob: Client) -> None:  # IDEM-11
    for client in (alice, bob):
        assert created(client).status_code == 201
    service.rows("UPDATE idempotency_keys SET expires_at = now() - interval '1 hour'")
    with psycopg.connect(service.database_url.get_secret_value()) as another, ThreadPoolExecutor(1) as pool:
        another.execute("DELETE FROM idempotency_keys WHERE user_id = 'bob'")
        assert alice.post(alice.tasks, json={"title": "New"}, headers={"Idempotency-Key": "new"}).status_code == 201
        assert sorted(keys(service)) == [("alice", "new", 201), ("bob", "once", 201)], "bob's is not removed yet"
        waiting = pool.submit(created, bob)
        assert until(lambda: service.rows("SELECT pid FROM pg_stat_activity WHERE wait_event_type = 'Lock'") != [])
        another.commit()
        assert waiting.result(PATIENCE).status_code == 201
    assert len(service.rows("SELECT id FROM tasks WHERE user_id = 'bob'")) == 2
    assert sorted(keys(service)) == [("alice", "new", 201), ("bob", "once", 201)]
