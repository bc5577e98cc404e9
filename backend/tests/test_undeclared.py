"""A handler that answers what its contract does not declare harms no client (specs/features/errors.md, ERR-15)."""

import json
import logging
from collections.abc import Callable
from contextlib import nullcontext
from types import SimpleNamespace
from typing import Any, NoReturn

import pytest
from fastapi import FastAPI

from backend import about, edge, errors, health, tasks
from backend.settings import Settings
from backend.tests.around import ask
from backend.tests.client import contract
from generated.api import DeleteTaskResult, GetTaskResult
from generated.models import Task
from generated.routes import register

EXAMPLE = contract()["components"]["examples"]["Task"]["value"]
TASK = Task.model_validate_json(json.dumps(EXAMPLE))
ETAG = '"42-2-0.1.0"'


class Open:
    """A gate that lets everybody in and hands out nothing."""

    async def authenticate(self, _credentials: object, /) -> str:
        """Takes everybody for alice."""
        return "alice"

    def authorise(self, _caller: str, _owner: str, /) -> None:
        """Lets everybody act for everybody."""

    public = staticmethod(nullcontext)

    def owned(self, _call: object, _caller: str, _owner: str, /) -> nullcontext[None]:
        """Opens nothing."""
        return nullcontext()


def seeded(answer: Callable[[], object]) -> FastAPI:
    """The service with a `get_task` of its own, which answers this."""

    async def get_task(_ctx: object, /, *, id: int) -> object:  # noqa: A002 # the contract's name
        del id
        return answer()

    settings = Settings(environment="development")
    app = FastAPI(openapi_url=None, redirect_slashes=False, middleware=edge.middleware(settings))
    errors.install(app)
    gate: Any = Open()  # Any: what it hands out is no context
    module: Any = SimpleNamespace(**vars(tasks) | {"get_task": get_task})  # Any: it is wrong on purpose
    register(app, gate, tasks=module, health=health, about=about)
    return app


def test_what_the_contract_declares_is_answered() -> None:
    response = ask("GET", "/api/alice/tasks/42", seeded(lambda: GetTaskResult(body=TASK, etag=ETAG)))
    assert (response.status_code, response.json(), response.headers["etag"]) == (200, EXAMPLE, ETAG)


def undeclared() -> NoReturn:
    raise errors.UnsupportedMediaType(["Buy milk"])


def without_its_header() -> NoReturn:
    error = errors.Unavailable()
    error.headers.clear()
    raise error


@pytest.mark.parametrize(
    "answer",
    [
        lambda: "Buy milk",
        DeleteTaskResult,
        lambda: GetTaskResult(body=EXAMPLE | {"priority": 6}, etag=ETAG),
        lambda: GetTaskResult(body=Task.model_validate(dict(TASK) | {"priority": 6}), etag=ETAG),
        lambda: GetTaskResult(body=TASK, etag="Buy milk"),
        lambda: GetTaskResult(body=TASK, etag=None),  # type: ignore[arg-type] # wrong on purpose
        undeclared,
        without_its_header,
    ],
    ids=[
        "no result",
        "another result",
        "another body",
        "a wrong value",
        "a wrong header",
        "no header",
        "a status",
        "no header of an error",
    ],
)
def test_what_the_contract_does_not_declare_reaches_the_log_alone(
    answer: Callable[[], object], caplog: pytest.LogCaptureFixture
) -> None:  # ERR-15
    response = ask("GET", "/api/alice/tasks/42", seeded(answer))
    assert (response.status_code, response.json()["code"]) == (500, "internal_error")
    assert response.json()["detail"] == errors.InternalError().detail
    assert "etag" not in response.headers
    assert "Buy milk" not in response.text
    [record] = [record for record in caplog.records if record.levelno >= logging.ERROR]
    assert record.__dict__["fields"] == {"operation_id": "getTask"}
