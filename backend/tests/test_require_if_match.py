"""A service that is set to ask for If-Match (specs/features/conditions.md, REQUIRE_IF_MATCH)."""

from collections.abc import Iterator

import pytest

from backend.tests.client import Client, code
from backend.tests.conftest import Service
from backend.tests.single_tasks import (
    ABSENT,
    WRITES,
    Operation,
    assert_done,
    assert_failed,
    changed_once,
    stored,
)


@pytest.fixture(scope="module")
def strict(running: Service) -> Iterator[Service]:
    """The service, set to ask for If-Match."""
    with running.variant(require_if_match=True) as other:
        yield other


@pytest.fixture(params=WRITES, ids=lambda operation: operation.name)
def write(request: pytest.FixtureRequest) -> Operation:
    chosen: Operation = request.param
    return chosen


@pytest.mark.parametrize("condition", [{}, {"If-None-Match": '"other"'}], ids=str)
def test_a_service_that_asks_for_if_match_refuses_a_write_without(
    service: Service, strict: Service, write: Operation, condition: dict[str, str]
) -> None:  # COND-9
    with strict.client("alice") as alice:
        task = alice.create()
        before = stored(service)
        response = write.send(alice, task["id"], condition)
        assert (response.status_code, code(response)) == (428, "precondition_required")
        assert "etag" not in response.headers
        assert stored(service) == before


@pytest.mark.usefixtures("service")
def test_a_service_that_asks_for_if_match_does_what_comes_with_it(strict: Service, write: Operation) -> None:  # COND-9
    with strict.client("alice") as alice:
        for value in (None, "*"):
            task = changed_once(alice)
            own = alice.get(f"{alice.tasks}/{task['id']}").headers["etag"]
            assert_done(write, write.send(alice, task["id"], {"If-Match": value or own}))
        stale = alice.create()
        now = alice.get(f"{alice.tasks}/{stale['id']}")
        assert_failed(write.send(alice, stale["id"], {"If-Match": '"other"'}), now)


def test_a_task_that_is_not_there_is_a_404_before_anything_is_asked_for(
    strict: Service, bob: Client, write: Operation
) -> None:  # COND-10
    theirs = bob.create()
    with strict.client("alice") as alice:
        for task_id in (theirs["id"], ABSENT):
            assert code(write.send(alice, task_id)) == "task_not_found"
    assert bob.read(theirs["id"]) == theirs


@pytest.mark.usefixtures("service")
def test_a_service_that_asks_for_if_match_asks_neither_creations_nor_reads(strict: Service) -> None:  # COND-9
    with strict.client("alice") as alice:
        task = alice.create()
        assert alice.read(task["id"]) == task
        assert alice.get(alice.tasks).json()["items"] == [task]
