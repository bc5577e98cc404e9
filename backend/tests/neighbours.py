"""Users side by side, what each of them has, and every request with which one could reach for another's.

The requests are derived from the contract, so that an operation which is added later is tried without a change here.
What cannot be derived - which values of a parameter could name something of another's - is declared in `REACHES`, and
a parameter that is not declared there is an error that says so (specs/features/ownership.md).
"""

import re
import secrets
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from typing import Any  # JSON and OpenAPI documents have no narrower type
from urllib.parse import quote

import httpx

from backend.tests.client import Client, operations, resolve
from backend.tests.conftest import Service

Operation = tuple[str, str, dict[str, Any]]

OWNED: list[Operation] = [operation for operation in operations() if operation[1].startswith("/api/{user_id}")]

CAST = ("alice", "bob", "carol", "dave")
"""Two who have tasks, one who had a task once, one whom the service has never seen."""
TWINS = ("andr\u00e9", "andre\u0301", "Andr\u00e9")
"""Three users: no form of Unicode is made into another, and no case."""

_TASK_ID = {"$ref": "#/components/schemas/TaskId"}
_SMALL = 10_000
"""Integers that may not be greater count or rank: no task is named with them."""


class Undeclared(AssertionError):
    """The contract has something of which nobody has said what of another's it could reach."""


@dataclass(frozen=True)
class Neighbour:
    """A user, and what others could reach for.

    Attributes:
        marker: stands in everything that this user has stored, and in nothing else.
        tasks: the ids of the living tasks.
        gone: the id of a deleted task, if there was one.
        key: the Idempotency-Key of all writes.
    """

    client: Client
    marker: str
    key: str
    tasks: list[int] = field(default_factory=list)
    gone: list[int] = field(default_factory=list)
    cursors: list[str] = field(default_factory=list)
    tags: list[str] = field(default_factory=list)

    @property
    def name(self) -> str:
        """The user id."""
        return self.client.user


REACHES: dict[str, Callable[[Neighbour], list[str]]] = {
    "If-Match": lambda other: [*other.tags, "*"],
    "If-None-Match": lambda other: [*other.tags, "*"],
    "Idempotency-Key": lambda other: [other.key],
    "cursor": lambda other: other.cursors,
    "search": lambda other: [other.marker, "a"],
    "due_after": lambda _: ["1970-01-01"],
    "due_before": lambda _: ["2100-01-01T00:00:00Z"],
    "tz": lambda _: ["Asia/Tokyo"],
}
"""By parameter: the values that could reach something of this neighbour's, or show that it is there.

Enumerations, booleans and small integers need no entry: each of their values, or the ends of their range, are tried.
"""


@dataclass(frozen=True)
class Attempt:
    """One request: whatever of it is not said is as the contract's example has it."""

    operation: Operation = field(hash=False)
    owner: str
    ids: tuple[int, ...]
    """The tasks it is about: the last is the one in the path."""
    parameter: str = ""
    value: str = ""

    def send(self, caller: Neighbour) -> httpx.Response:
        """Sends it with the caller's token."""
        method, template, details = self.operation
        path = template.replace("{user_id}", quote(self.owner, safe="")).replace("{id}", str(self.ids[-1]))
        headers = {"X-Request-Id": "same"}
        query: dict[str, str] = {}
        if self.parameter:
            (headers if self.parameter in _named(details, "header") else query)[self.parameter] = self.value
        body: dict[str, Any] = {}
        if "requestBody" in details:
            media_type, content = next(iter(details["requestBody"]["content"].items()))
            example = resolve(next(iter(content["examples"].values())))["value"]
            body["json"] = about(content["schema"], example, self.ids)
            headers["Content-Type"] = media_type
        return caller.client.request(method, path, params=query, headers=headers, **body)


def name(operation: object) -> str:
    """The operation's id, for pytest's ids."""
    assert isinstance(operation, tuple)
    operation_id: str = operation[2]["operationId"]
    return operation_id


def attempts(operation: Operation, owner: str, ids: tuple[int, ...], other: Neighbour) -> Iterator[Attempt]:
    """The operation on these tasks under this owner's path: plain, and with each value that reaches for the other's.

    Raises:
        Undeclared: of a parameter nobody has said what it could reach.
    """
    yield Attempt(operation, owner, ids)
    for parameter in operation[2].get("parameters", ()):
        declared = resolve(parameter)
        if declared["in"] == "path":
            if not declared.get("x-owner") and declared["schema"] != _TASK_ID:
                raise Undeclared(f"{name(operation)}: teach `Attempt` which {declared['name']!r} are another user's")
            continue
        for value in _values(name(operation), declared, other):
            yield Attempt(operation, owner, ids, declared["name"], value)


def names_tasks(operation: Operation) -> bool:
    """Whether its path or its body says which tasks are meant."""
    content = operation[2].get("requestBody", {}).get("content", {})
    return "{id}" in operation[1] or any(_has_ids(media["schema"]) for media in content.values())


def about(schema: dict[str, Any], value: Any, ids: Sequence[int]) -> Any:  # noqa: ANN401 # a JSON value
    """The example, about these tasks: a list that names tasks names each of them, anything else the last.

    Raises:
        Undeclared: a property is named as an id and is none of a task.
    """
    if schema == _TASK_ID:
        return ids[-1]
    found = resolve(schema)
    if isinstance(value, list):
        if not _has_ids(found["items"]):
            return value
        return [about(found["items"], _least(found["items"], value[0]), [task_id]) for task_id in ids]
    if isinstance(value, dict):
        properties = found.get("properties", {})
        return {key: about(properties.get(key, {}), part, ids) for key, part in value.items()}
    return value


def _least(schema: dict[str, Any], item: Any) -> Any:  # noqa: ANN401 # a JSON value
    """The item without what may be left out: a version would be that of another task."""
    required = resolve(schema).get("required", ())
    return {key: part for key, part in item.items() if key in required} if isinstance(item, dict) else item


def _has_ids(schema: dict[str, Any]) -> bool:
    if schema == _TASK_ID:
        return True
    found = resolve(schema)
    for key, part in found.get("properties", {}).items():
        if re.search(r"(^|_)ids?$", key) and not _has_ids(part):
            raise Undeclared(f"{key!r} of a body is named as an id: teach `about` which of them are another user's")
    parts = [*found.get("properties", {}).values(), *([found["items"]] if "items" in found else [])]
    return any([_has_ids(part) for part in parts])  # noqa: C419 # a list, so that each of them is looked at


def _named(details: dict[str, Any], place: str) -> set[str]:
    declared = [resolve(parameter) for parameter in details.get("parameters", ())]
    return {parameter["name"] for parameter in declared if parameter["in"] == place}


def _values(operation_id: str, parameter: dict[str, Any], other: Neighbour) -> list[str]:
    schema = parameter["schema"]
    if "$ref" in schema:  # which may have a default beside it
        schema = resolve({"$ref": schema["$ref"]}) | schema
    if parameter["name"] in REACHES and parameter["in"] in {"query", "header"}:
        return REACHES[parameter["name"]](other)
    if "enum" in schema:
        return [str(value) for value in schema["enum"]]
    if schema.get("type") == "boolean":
        return ["true", "false"]
    if schema.get("type") == "integer" and schema.get("maximum", _SMALL + 1) <= _SMALL:
        return [str(schema["minimum"]), str(schema["maximum"])]
    raise Undeclared(
        f"{operation_id}: declare in REACHES (backend/tests/neighbours.py) which values of the parameter"
        f" {parameter['name']!r} could reach something of another user's"
    )


@contextmanager
def settled(service: Service, names: Sequence[str] = CAST) -> Iterator[list[Neighbour]]:
    """The users, as fresh as they are described, and nobody else."""
    service.empty()
    with ExitStack() as stack:
        neighbours = []
        for user in names:
            marker = secrets.token_hex(8)
            client = stack.enter_context(service.client(user, email=f"{marker}@example.com"))
            neighbours.append(Neighbour(client, marker, secrets.token_hex(8)))
        # In turn, so that rows and ids of several users lie between each other.
        for neighbour in neighbours:
            if neighbour.name != "dave":
                _delete_one(neighbour)
        for _ in range(3):
            for neighbour in neighbours:
                if neighbour.name not in {"carol", "dave"}:
                    neighbour.tasks.append(_new(neighbour))
        for neighbour in neighbours:
            if neighbour.tasks:
                _look_around(neighbour)
        yield neighbours


def use_key(neighbour: Neighbour, operation: Operation) -> None:
    """Lets who has tasks do the operation under their key, so that there is an answer to reach for.

    What deletes all that a user has is left out: nothing would be there any more.
    """
    deletes_all = operation[0] == "DELETE" and not names_tasks(operation)
    if not neighbour.tasks or deletes_all or "Idempotency-Key" not in _named(operation[2], "header"):
        return
    attempt = Attempt(operation, neighbour.name, (_new(neighbour),), "Idempotency-Key", neighbour.key)
    assert attempt.send(neighbour).is_success


def _new(neighbour: Neighbour) -> int:
    marker = neighbour.marker
    task = neighbour.client.create(f"a {marker}", description=marker, metadata={marker: marker}, due_date="2026-01-01")
    task_id: int = task["id"]
    return task_id


def _delete_one(neighbour: Neighbour) -> None:
    neighbour.gone.append(_new(neighbour))
    path = f"{neighbour.client.tasks}/{neighbour.gone[0]}"
    assert neighbour.client.delete(path, headers={"Idempotency-Key": neighbour.key}).status_code == 204


def _look_around(neighbour: Neighbour) -> None:
    neighbour.cursors.append(neighbour.client.get(neighbour.client.tasks, params={"limit": 1}).json()["next_cursor"])
    neighbour.tags.append(neighbour.client.get(f"{neighbour.client.tasks}/{neighbour.tasks[0]}").headers["etag"])
