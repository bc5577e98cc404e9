"""What the service answers while its database is away, over HTTP (specs/database/connection.md)."""

import time

import httpx
from pydantic import SecretStr

from backend.tests.client import Client, code
from backend.tests.conftest import LogLines, Service

NOWHERE = SecretStr("postgresql://postgres@127.0.0.1:1/none")
JSON = {"Content-Type": "application/json"}


def end_of(response: httpx.Response) -> object:
    """The client's end of the connection that an answer came over."""
    return response.extensions["network_stream"].get_extra_info("client_addr")


def test_what_needs_the_database_is_a_503_until_it_is_back(service: Service, alice: Client) -> None:  # ERR-13, CONN-5
    task = alice.create()
    path = f"{alice.tasks}/{task['id']}"
    before = end_of(alice.get(path))
    with service.outage():
        for response in (
            alice.get(alice.tasks),
            alice.post(alice.tasks, json={"title": "x"}),
            alice.get(path),
            alice.put(path, json={"title": "x"}),
            alice.patch(path, json={"title": "x"}),
            alice.patch(f"{path}/complete"),
            alice.delete(path),
        ):
            assert (response.status_code, code(response)) == (503, "unavailable")
            assert int(response.headers["retry-after"]) >= 1
            assert end_of(response) == before
    assert alice.get(path).json() == task


def test_the_log_says_why_the_database_did_not_answer(
    service: Service, alice: Client, log_lines: LogLines
) -> None:  # LOG-10
    with service.outage():
        failed = alice.get(alice.tasks)
    [line] = [line for line in log_lines() if line["message"] == "failed: unavailable"]
    assert (line["level"], line["request_id"]) == ("warning", failed.headers["x-request-id"])
    assert line["exceptions"][0]["type"] == "backend.errors.Unavailable"
    assert any(error["type"].startswith("psycopg.") for error in line["exceptions"])
    assert line["exceptions"][0]["frames"]


def test_what_needs_no_database_is_answered_without_one(
    service: Service, alice: Client, nobody: Client
) -> None:  # CONN-7, HEALTH-6
    with service.outage():
        for path in ("/", "/health", "/docs", "/openapi.yaml", "/openapi.json"):
            assert nobody.get(path).status_code == 200
        refusals = [
            nobody.get("/nothing"),
            nobody.delete("/health"),
            nobody.get(alice.tasks),
            alice.get("/api/bob/tasks"),
            alice.post(alice.tasks, content=b"{}"),
            alice.post(alice.tasks, content=b" " * 1_048_577, headers=JSON),
            alice.post(alice.tasks, content=b"{", headers=JSON),
            alice.post(alice.tasks, json={}),
        ]
    assert [response.status_code for response in refusals] == [404, 405, 401, 403, 415, 413, 400, 422]


def test_the_service_starts_without_its_database(service: Service) -> None:  # CONN-10, HEALTH-6
    with service.variant(database_url=NOWHERE) as lonely, lonely.client("alice") as alice:
        assert alice.get("/health").status_code == 200
        assert code(alice.get(alice.tasks)) == "unavailable"


def test_a_request_that_waits_for_another_is_given_up_after_three_seconds(
    service: Service, alice: Client
) -> None:  # CONN-9
    path = f"{alice.tasks}/{alice.create()['id']}"
    with service.connection.transaction():
        service.rows("LOCK TABLE tasks")
        begin = time.monotonic()
        assert code(alice.put(path, json={"title": "x"})) == "unavailable"
        assert 2.9 < time.monotonic() - begin < 4
    assert alice.put(path, json={"title": "x"}).status_code == 200
