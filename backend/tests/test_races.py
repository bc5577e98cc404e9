"""Writes at the same moment, through two server processes, end as some order of them one after the other would.

Spec: specs/features/conditions.md, bulk.md, task-crud.md. What the servers say is compared with the table.
"""

import time
from collections.abc import Iterator
from contextlib import ExitStack
from functools import partial
from itertools import cycle
from threading import Barrier
from typing import Any  # a task, as JSON

import httpx
import jwt
import pytest

from backend.tests.client import Client, code
from backend.tests.postgres import fresh_database, shared_server
from backend.tests.server_processes import SECRET, ServerProcesses, at_once, serving
from generated.api import CONTRACT_VERSION


@pytest.fixture(scope="module")
def servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcesses]:
    with (
        shared_server(tmp_path_factory) as server,
        fresh_database(server) as url,
        serving(url, tmp_path_factory.mktemp("servers")) as both,
    ):
        yield both


@pytest.fixture
def alices(servers: ServerProcesses, request: pytest.FixtureRequest) -> Iterator[list[Client]]:
    """A client for each of two servers, of one user; another user in each test."""
    with servers.clients(f"alice of {request.node.originalname}") as clients:
        yield clients


def tag(task: dict[str, Any]) -> str:
    return f'"{task["id"]}-{task["version"]}-{CONTRACT_VERSION}"'


def row(servers: ServerProcesses, task_id: int) -> dict[str, object]:
    """The task as it is stored."""
    columns = ("title", "description", "status", "version", "metadata", "completed_at IS NULL")
    [values] = servers.rows(f"SELECT {', '.join(columns)} FROM tasks WHERE id = {task_id}")  # noqa: S608 - our own text
    return dict(zip(columns, values, strict=True))


def exists(servers: ServerProcesses, task_id: int) -> bool:
    return servers.rows(f"SELECT FROM tasks WHERE id = {task_id}") != []


def of_user(servers: ServerProcesses, table: str, client: Client) -> list[tuple[object, ...]]:
    """What a table has of a client's user; the first column is the id."""
    column = "id" if table == "users" else "user_id"
    return servers.rows(f"SELECT * FROM {table} WHERE {column} = '{client.user}'")  # noqa: S608 - our own text


def put(client: Client, task_id: int, body: dict[str, Any], if_match: str = "*") -> httpx.Response:
    return client.put(f"{client.tasks}/{task_id}", json=body, headers={"If-Match": if_match})


def flip(client: Client, task_id: int, headers: dict[str, str] | None = None) -> httpx.Response:
    return client.patch(f"{client.tasks}/{task_id}/complete", headers=headers)


def delete(client: Client, task_id: int, headers: dict[str, str] | None = None) -> httpx.Response:
    return client.delete(f"{client.tasks}/{task_id}", headers=headers)


def bulk(client: Client, items: list[dict[str, Any]], change: dict[str, Any]) -> httpx.Response:
    return client.post(f"{client.tasks}/bulk", json={"items": items, "change": change})


def test_a_hundred_toggles_are_a_hundred_flips_in_turn(
    servers: ServerProcesses, alices: list[Client]
) -> None:  # TASK-42
    task = alices[0].create()
    clients = cycle(alices)
    answers = [answer.json() for answer in at_once(*(partial(flip, next(clients), task["id"]) for _ in range(100)))]
    assert sorted(answer["version"] for answer in answers) == list(range(2, 102))
    assert all(answer["completed"] is (answer["version"] % 2 == 0) for answer in answers)
    stored = row(servers, task["id"])
    assert (stored["version"], stored["status"], stored["completed_at IS NULL"]) == (101, "pending", True)


def test_of_twenty_updates_of_one_version_one_is_done_and_the_others_learn_of_it(
    servers: ServerProcesses, alices: list[Client]
) -> None:  # COND-7, COND-8
    for _ in range(5):
        task = alices[0].create()
        clients = cycle(alices)
        answers = at_once(*(partial(put, next(clients), task["id"], {"title": f"t{n}"}, tag(task)) for n in range(20)))
        [done] = [answer for answer in answers if answer.status_code == 200]
        refused = [answer for answer in answers if answer.status_code == 412]
        assert len(refused) == 19
        assert {answer.headers["etag"] for answer in answers} == {done.headers["etag"]}
        assert all(answer.json()["task"] == done.json() for answer in refused)
        stored = row(servers, task["id"])
        assert (stored["title"], stored["version"]) == (done.json()["title"], 2)


def test_toggles_with_and_without_a_condition_are_each_counted_once(
    servers: ServerProcesses, alices: list[Client]
) -> None:  # COND-8, TASK-42
    task = alices[0].create()
    clients = cycle(alices)
    conditions: list[dict[str, str]] = [{}, {"If-Match": tag(task)}, {"If-Match": "*"}, {"If-None-Match": tag(task)}]
    answers = at_once(
        *(partial(flip, next(clients), task["id"], condition) for _ in range(10) for condition in conditions)
    )
    done = [answer.json() for answer in answers if answer.status_code == 200]
    refused = [answer for answer in answers if answer.status_code == 412]
    assert len(done) + len(refused) == 40
    assert sorted(answer["version"] for answer in done) == list(range(2, len(done) + 2))
    # Only who asked for the first version is refused, or who asked for another one while it was still the first.
    for answer in refused:
        asked = answer.request.headers
        assert ("if-match" in asked) is (answer.json()["task"]["version"] > 1)
    assert sum(answer.request.headers.get("if-match") == tag(task) for answer in answers if answer.is_success) <= 1
    stored = row(servers, task["id"])
    assert (stored["version"], stored["status"]) == (
        len(done) + 1,
        "completed" if len(done) % 2 else "pending",
    )


def test_who_merges_with_what_the_412_holds_loses_nothing(
    servers: ServerProcesses, alices: list[Client]
) -> None:  # COND-7, COND-8
    task = alices[0].create(description="0")

    def count(client: Client) -> None:
        known = task
        for _ in range(5):
            while True:
                answer = put(client, task["id"], {"description": str(int(known["description"]) + 1)}, tag(known))
                known = answer.json() if answer.is_success else answer.json()["task"]
                if answer.is_success:
                    break
                assert answer.status_code == 412

    at_once(*(partial(count, client) for client in alices * 4))
    stored = row(servers, task["id"])
    assert (stored["description"], stored["version"]) == ("40", 41)


def test_a_delete_and_an_update_of_one_version_are_never_both_done(
    servers: ServerProcesses, alices: list[Client]
) -> None:  # COND-8, COND-10
    for turn in range(20):  # which of them wins is chance
        task = alices[0].create()
        meeting = Barrier(2)

        def remove(task: dict[str, Any] = task, turn: int = turn, meeting: Barrier = meeting) -> httpx.Response:
            meeting.wait()
            return delete(alices[turn % 2], task["id"], {"If-Match": tag(task)})

        def update(task: dict[str, Any] = task, turn: int = turn, meeting: Barrier = meeting) -> httpx.Response:
            meeting.wait()
            return put(alices[1 - turn % 2], task["id"], {"title": "Other"}, tag(task))

        removed, updated = at_once(remove, update)
        outcome = (removed.status_code, updated.status_code)
        assert outcome in {(204, 404), (412, 200)}
        assert exists(servers, task["id"]) is (outcome == (412, 200))
        if outcome == (412, 200):
            assert removed.json()["task"] == updated.json()
            assert row(servers, task["id"])["title"] == "Other"


def test_a_delete_without_a_condition_wins_over_everything(
    servers: ServerProcesses, alices: list[Client]
) -> None:  # TASK-43
    for _ in range(5):
        task = alices[0].create()
        first, second = alices
        removed, *others = at_once(
            partial(delete, first, task["id"]),
            partial(put, second, task["id"], {"title": "Other"}),
            partial(flip, first, task["id"]),
            partial(flip, second, task["id"], {"If-Match": tag(task)}),
            partial(bulk, second, [{"id": task["id"]}], {"metadata": {"a": "b"}}),
        )
        assert removed.status_code == 204
        assert {answer.status_code for answer in others} <= {200, 404, 412}
        assert not exists(servers, task["id"])


def test_a_bulk_update_finds_all_of_its_tasks_or_changes_none(
    servers: ServerProcesses, alices: list[Client]
) -> None:  # BULK-3, BULK-5
    for _ in range(10):
        ids = [alices[0].create()["id"] for _ in range(10)]
        items = [{"id": task_id} for task_id in ids]
        removed, updated = at_once(
            partial(delete, alices[0], ids[5]), partial(bulk, alices[1], items, {"title": "Other"})
        )
        assert removed.status_code == 204
        titles = {row(servers, task_id)["title"] for task_id in ids if task_id != ids[5]}
        expected = {200: (None, {"Other"}), 404: (5, {"Buy milk"})}
        assert (updated.json().get("index"), titles) == expected[updated.status_code]


def test_of_bulk_updates_of_the_same_versions_one_is_done(
    servers: ServerProcesses, alices: list[Client]
) -> None:  # BULK-3, BULK-6
    for _ in range(3):
        tasks = [alices[0].create() for _ in range(10)]
        items = [{"id": task["id"], "version": 1} for task in tasks]
        clients = cycle(alices)
        answers = at_once(*(partial(bulk, next(clients), items[n:] + items[:n], {"title": f"t{n}"}) for n in range(10)))
        [done] = [answer.json()["items"] for answer in answers if answer.status_code == 200]
        refused = [answer for answer in answers if answer.status_code == 412]
        assert len(refused) == 9
        assert {answer.json()["index"] for answer in refused} == {0}
        assert all(answer.json()["task"] in done for answer in refused)
        stored = [row(servers, task["id"]) for task in tasks]
        assert {(task["title"], task["version"]) for task in stored} == {(done[0]["title"], 2)}


def test_bulk_updates_in_opposite_orders_and_toggles_all_end(
    servers: ServerProcesses, alices: list[Client]
) -> None:  # BULK-9
    ids = [alices[0].create()["id"] for _ in range(12)]
    meeting = Barrier(8)

    def update(number: int) -> list[int]:
        order = ids if number % 2 else ids[::-1]
        meeting.wait()
        return [
            bulk(alices[number // 2], [{"id": task_id} for task_id in order], {"title": f"{number}.{turn}"}).status_code
            for turn in range(10)
        ]

    def toggle(number: int) -> list[int]:
        meeting.wait()
        return [flip(alices[number % 2], ids[-number], {"If-Match": "*"}).status_code for _ in range(10)]

    codes = at_once(*(partial(update, n) for n in range(4)), *(partial(toggle, n) for n in range(4)))
    assert codes == [[200] * 10] * 8
    flipped = {ids[-number] for number in range(4)}
    for task_id in ids:
        assert row(servers, task_id)["version"] == 1 + 40 + (10 if task_id in flipped else 0)
    assert len({row(servers, task_id)["title"] for task_id in ids}) == 1


def test_creations_and_deletions_of_a_user_are_one_after_the_other(
    servers: ServerProcesses, alices: list[Client]
) -> None:  # USER-7, USER-8
    path = f"/api/{alices[0].user}"
    for _ in range(40):  # which comes first is chance
        meeting = Barrier(8)

        def ask(number: int, meeting: Barrier = meeting) -> tuple[int, object]:
            client = alices[number % 2]
            meeting.wait()
            answer = client.delete(path) if number in {3, 6} else client.post(client.tasks, json={"title": str(number)})
            return answer.status_code, answer.json()["id"] if answer.content else None

        answers = at_once(*(partial(ask, number) for number in range(8)))
        assert sorted(status for status, _ in answers) == [201] * 6 + [204] * 2
        stored = {values[0] for values in of_user(servers, "tasks", alices[0])}
        assert stored <= {task_id for _, task_id in answers}
        assert len(of_user(servers, "users", alices[0])) == (1 if stored else 0)
    assert alices[0].delete(path).status_code == 204
    assert of_user(servers, "tasks", alices[0]) == []


def test_everything_at_once_with_the_deletion_of_the_user_ends(
    servers: ServerProcesses, request: pytest.FixtureRequest
) -> None:  # USER-7, USER-8
    user = f"alice of {request.node.originalname}"
    tokens = [
        jwt.encode({"sub": user, "exp": time.time() + 3600, "email": f"{n}@example.com"}, SECRET, algorithm="HS256")
        for n in range(8)
    ]
    with ExitStack() as stack:
        clients = [
            stack.enter_context(Client(servers.urls[n % 2], user=user, token=token)) for n, token in enumerate(tokens)
        ]
        for turn in range(20):
            ids = [clients[0].create()["id"] for _ in range(5)]
            items = [{"id": task_id} for task_id in ids]
            key = {"Idempotency-Key": f'"{turn}"'}
            codes = [
                answer.status_code
                for answer in at_once(
                    partial(clients[0].delete, f"/api/{user}"),
                    partial(clients[1].delete, f"/api/{user}"),
                    partial(put, clients[2], ids[4], {"title": "New"}),
                    partial(put, clients[3], ids[0], {"title": "New"}),
                    partial(bulk, clients[4], items, {"title": "New"}),
                    partial(bulk, clients[5], items[::-1], {"title": "Newer"}),
                    partial(flip, clients[6], ids[2]),
                    partial(clients[7].post, clients[7].tasks, json={"title": "New"}, headers=key),
                )
            ]
            assert codes[:2] == [204, 204]
            assert set(codes[2:7]) <= {200, 404}
            assert codes[7] == 201
            stored = [len(of_user(servers, name, clients[0])) for name in ("tasks", "users", "idempotency_keys")]
            assert stored in ([0, 0, 0], [1, 1, 1]), "the new task, with the answer that is kept, or nothing"
            assert clients[0].delete(f"/api/{user}").status_code == 204


def test_merges_of_different_entries_all_take_effect(servers: ServerProcesses, alices: list[Client]) -> None:  # TASK-51
    task = alices[0].create()
    clients = cycle(alices)
    answers = at_once(*(partial(put, next(clients), task["id"], {"metadata": {f"n{n}": str(n)}}) for n in range(30)))
    assert {answer.status_code for answer in answers} == {200}
    stored = row(servers, task["id"])
    assert (stored["metadata"], stored["version"]) == ({f"n{n}": str(n) for n in range(30)}, 31)


def test_merges_that_do_not_fit_together_are_refused_as_soon_as_it_is_full(
    servers: ServerProcesses, alices: list[Client]
) -> None:  # TASK-50
    for _ in range(5):
        task = alices[0].create(metadata={f"n{n}": "" for n in range(47)})
        clients = cycle(alices)
        answers = at_once(*(partial(put, next(clients), task["id"], {"metadata": {f"a{n}": ""}}) for n in range(10)))
        refused = [answer for answer in answers if answer.status_code == 409]
        assert (len(refused), {code(answer) for answer in refused}) == (7, {"metadata_full"})
        stored = row(servers, task["id"])
        assert isinstance(stored["metadata"], dict)
        assert (len(stored["metadata"]), stored["version"]) == (50, 4)
