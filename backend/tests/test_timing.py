"""`Server-Timing`: what an answer says of its own time (specs/features/telemetry.md)."""

import re
import time
from threading import Thread

import httpx
import psycopg
import pytest

from backend.tests.around import ORIGIN, application, ask
from backend.tests.client import Client
from backend.tests.conftest import LogLines, Service
from backend.timing import Stopwatch, server_timing

WHOLE = re.compile(r"total;dur=(\d+\.\d)")
BOTH = re.compile(r"total;dur=(\d+\.\d), db;dur=(\d+\.\d)")


def durations(response: httpx.Response) -> tuple[float, float]:
    """The milliseconds of the whole and of the database."""
    match = BOTH.fullmatch(response.headers["server-timing"])
    assert match is not None, response.headers["server-timing"]
    return float(match[1]), float(match[2])


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/health", 200),
        ("HEAD", "/health", 200),
        ("OPTIONS", "/health", 204),
        ("DELETE", "/health", 405),
        ("GET", "/nothing", 404),
        ("GET", "/failing", 500),
    ],
)
def test_every_answer_says_how_long_it_took(method: str, path: str, status: int) -> None:  # OBS-1, OBS-2
    answered = ask(method, path)
    assert answered.status_code == status
    assert answered.headers.get_list("server-timing") == [answered.headers["server-timing"]]
    assert WHOLE.fullmatch(answered.headers["server-timing"])


def test_so_do_a_bad_host_and_a_preflight() -> None:  # OBS-1
    refused = ask("GET", "/health", application(allowed_hosts=("api.example.com",)))
    assert refused.status_code == 400
    preflight = ask("OPTIONS", "/nothing", headers={"Origin": ORIGIN, "Access-Control-Request-Method": "PUT"})
    assert preflight.status_code == 204
    for answered in (refused, preflight):
        assert WHOLE.fullmatch(answered.headers["server-timing"])


def test_what_needs_no_database_does_not_mention_it(alice: Client, charlie: Client, nobody: Client) -> None:  # OBS-2
    answers = [
        alice.get("/health"),
        charlie.get(charlie.tasks),
        nobody.get(alice.tasks),
        alice.get("/api/bob/tasks"),
        alice.post(alice.tasks, json={}),
    ]
    assert [answered.status_code for answered in answers] == [200, 401, 401, 403, 422]
    for answered in answers:
        assert WHOLE.fullmatch(answered.headers["server-timing"])


def test_the_database_is_a_part_of_the_whole(alice: Client, log_lines: LogLines) -> None:  # OBS-2, LOG-8
    task = alice.create()
    path = f"{alice.tasks}/{task['id']}"
    for answered in (
        alice.get(path), alice.head(path), alice.get(alice.tasks), alice.patch(path, json={"title": "x"}),
        alice.get(f"{alice.tasks}/1"), alice.delete(path), alice.get("/health/db"),
    ):  # fmt: skip # one request a line says no more
        total, database = durations(answered)
        assert 0 < database <= total
    lines = [line for line in log_lines() if line["message"] == "request"]
    assert len(lines) == 8
    for line in lines:
        assert 0 < line["db_ms"] < line["ms"]


def test_waiting_for_a_lock_is_waiting_for_the_database(service: Service, alice: Client) -> None:  # OBS-2
    task = alice.create()
    answered: list[httpx.Response] = []
    with psycopg.connect(service.database_url.get_secret_value()) as other:
        other.execute("SELECT FROM tasks WHERE id = %s FOR UPDATE", [task["id"]])
        asking = Thread(target=lambda: answered.append(alice.put(f"{alice.tasks}/{task['id']}", json={"title": "x"})))
        asking.start()
        time.sleep(0.3)
        other.rollback()
        asking.join()
    total, database = durations(answered[0])
    assert 200 < database <= total


def test_so_is_waiting_for_a_connection_that_never_comes(service: Service, alice: Client) -> None:  # OBS-2
    with service.outage():
        refused = alice.get(alice.tasks)
    assert refused.status_code == 503
    total, database = durations(refused)
    assert 0 < database <= total


def test_it_says_nothing_but_durations(alice: Client) -> None:  # OBS-3
    answered = alice.get("/health/db", headers={"Origin": ORIGIN})
    assert BOTH.fullmatch(answered.headers["server-timing"])
    assert answered.headers["timing-allow-origin"] == ORIGIN


@pytest.mark.parametrize(("origins", "expected"), [((ORIGIN,), ORIGIN), (("*",), "*"), ((), None)])
def test_who_may_read_an_answer_may_read_its_timing(origins: tuple[str, ...], expected: str | None) -> None:  # OBS-3
    for path in ("/health", "/failing"):
        headers = ask("GET", path, application(cors_origins=origins), headers={"Origin": ORIGIN}).headers
        assert headers.get("timing-allow-origin") == expected
        assert headers.get("access-control-allow-origin") == expected
    assert "timing-allow-origin" not in ask("GET", "/health", headers={"Origin": "https://attacker.example"}).headers


def test_a_stopwatch_counts_blocks_and_no_block_twice() -> None:
    stopwatch = Stopwatch()
    assert (stopwatch.seconds, server_timing(0.0123, stopwatch)) == (None, b"total;dur=12.3")
    began = time.perf_counter()
    for _ in range(2):
        with stopwatch, stopwatch:
            time.sleep(0.02)
    elapsed = time.perf_counter() - began
    assert stopwatch.seconds is not None
    assert 0.04 <= stopwatch.seconds <= elapsed
