"""The examples of the contract tell one true story: what is sent, and what comes back (specs/api/rest-endpoints.md)."""

from collections.abc import Iterator
from typing import Any  # JSON and OpenAPI documents have no narrower type

import pytest

from backend.tests.client import Client, contract, operations, resolve

Json = dict[str, Any]

TASK: Json = contract()["components"]["examples"]["Task"]["value"]
WRITTEN = ("title", "description", "status", "priority", "due_date", "metadata")
MOMENTS = ("created_at", "updated_at", "completed_at")


def told(operation_id: str) -> Iterator[tuple[str, str, str, Json, Json]]:
    """Every example of a request: method, path, media type, what is sent, and what is told to come back."""
    for method, path, operation in operations():
        if operation["operationId"] == operation_id:
            answer = resolve(operation["responses"][min(operation["responses"])])
            back = answer["content"]["application/json"]["examples"]
            for media_type, media in operation["requestBody"]["content"].items():
                assert media["examples"].keys() == back.keys()
                for name, example in media["examples"].items():
                    yield method, path, media_type, resolve(example)["value"], resolve(back[name])["value"]


def made(client: Client, wanted: Json, version: int) -> int:
    """The id of a task that has the written fields of `wanted` and this version, 1 or 2."""
    written = {name: wanted[name] for name in WRITTEN}
    if version == 1:
        return int(client.create(**written)["id"])
    task_id = int(client.create("Before")["id"])
    assert client.put(f"{client.tasks}/{task_id}", json=written).json()["version"] == version
    return task_id


def lasting(task: Json) -> Json:
    """The task with all that is the same whenever and wherever it is written."""
    return task | {"id": 0} | {name: task[name] is None for name in MOMENTS}


def test_a_created_task_is_as_the_example_says(alice: Client) -> None:  # API-8
    for method, path, _, body, back in told("createTask"):
        answered = alice.request(method, path.format(user_id="alice"), json=body).json()
        assert lasting(answered) == lasting(back)
        assert back["updated_at"] == back["created_at"]


@pytest.mark.parametrize("operation_id", ["updateTask", "patchTask", "toggleTask"])
def test_a_changed_task_is_as_the_example_says(alice: Client, operation_id: str) -> None:  # API-8
    for method, path, media_type, body, back in told(operation_id):
        version = back["version"] - 1
        # The task of the examples is completed since its second version.
        before = TASK if version == TASK["version"] else TASK | {"status": "pending"}
        target = path.format(user_id="alice", id=made(alice, before, version))
        answered = alice.request(method, target, json=body, headers={"Content-Type": media_type}).json()
        assert lasting(answered) == lasting(back)


def test_the_tasks_of_a_bulk_update_are_as_the_example_says(alice: Client) -> None:  # API-8
    for method, path, _, body, back in told("updateTasks"):
        assert [item["id"] for item in body["items"]] == [task["id"] for task in back["items"]]
        ids = [made(alice, task | {"status": "pending"}, task["version"] - 1) for task in back["items"]]
        items = [item | {"id": task_id} for item, task_id in zip(body["items"], ids, strict=True)]
        answered = alice.request(method, path.format(user_id="alice"), json=body | {"items": items})
        assert [lasting(task) for task in answered.json()["items"]] == [lasting(task) for task in back["items"]]
