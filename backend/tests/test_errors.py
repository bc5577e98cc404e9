"""Every refusal and every failure has one form (specs/features/errors.md), on a small application of its own."""

import asyncio
import json
import logging
import re
from collections.abc import Iterator
from urllib.parse import urlsplit

import httpx
import pytest
from fastapi import FastAPI
from pydantic import ValidationError
from starlette.exceptions import HTTPException

from backend import edge, errors, problem_details
from backend.settings import Settings
from backend.tests.client import contract
from generated import plumbing
from generated.api import CONTRACT_VERSION


def application(*failures: Exception) -> FastAPI:
    """Raises the nth failure at `GET /<n>`."""
    app = FastAPI(
        openapi_url=None, redirect_slashes=False, middleware=edge.middleware(Settings(environment="development"))
    )
    problem_details.install(app)
    for number, failure in enumerate(failures):
        add(app, f"/{number}", failure)
    return app


def add(app: FastAPI, path: str, failure: Exception) -> None:
    @app.get(path, operation_id="fail")
    async def fail() -> None:
        raise failure


def ask(app: FastAPI, method: str = "GET", path: str = "/0") -> httpx.Response:
    async def exchange() -> httpx.Response:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://localhost") as client:
            return await client.request(method, path)

    return asyncio.run(exchange())


TASK = json.dumps(contract()["components"]["examples"]["Task"]["value"])
FAULT = errors.FieldError("body.title", "There must be one", "missing")

FAILURES: dict[str, tuple[Exception, int]] = {
    "malformed_json": (errors.MalformedJson("line 1, column 2"), 400),
    "invalid_host": (errors.InvalidHost(), 400),
    "unauthenticated": (errors.Unauthenticated(presented=True), 401),
    "forbidden": (errors.Forbidden(), 403),
    "not_found": (errors.NotFound(), 404),
    "task_not_found": (errors.TaskNotFound(), 404),
    "method_not_allowed": (errors.MethodNotAllowed("GET"), 405),
    "metadata_full": (errors.MetadataFull(50), 409),
    "precondition_failed": (errors.PreconditionFailed(TASK), 412),
    "precondition_required": (errors.PreconditionRequired(), 428),
    "request_timeout": (errors.RequestTimeout(), 408),
    "idempotency_key_in_progress": (errors.IdempotencyKeyInProgress(), 409),
    "content_too_large": (errors.ContentTooLarge(10), 413),
    "target_too_long": (errors.TargetTooLong(), 414),
    "unsupported_media_type": (errors.UnsupportedMediaType(["application/json"]), 415),
    "invalid_request": (errors.InvalidRequest([FAULT]), 422),
    "idempotency_key_reused": (errors.IdempotencyKeyReused(), 422),
    "rate_limited": (errors.RateLimited(retry_after=7), 429),
    "head_too_large": (errors.HeadTooLarge(), 431),
    "internal_error": (errors.InternalError(), 500),
    "unavailable": (errors.Unavailable(), 503),
    "malformed_request": (errors.MalformedRequest(), 400),
}


def concrete(error: type[errors.ApiError]) -> Iterator[type[errors.ApiError]]:
    for subclass in error.__subclasses__():
        if "code" in vars(subclass):
            yield subclass
        yield from concrete(subclass)


def test_the_table_below_has_every_error_there_is() -> None:
    # Other tests make errors of their own.
    ours = {error for error in concrete(errors.ApiError) if re.match(r"backend\.(?!tests\.)", error.__module__)}
    assert {error.code for error in ours} == set(FAILURES)
    assert {type(failure) for failure, _ in FAILURES.values()} == ours


@pytest.mark.parametrize("code", FAILURES)
def test_an_error_is_a_problem(code: str) -> None:  # ERR-1, ERR-2, ERR-3
    failure, status = FAILURES[code]
    assert isinstance(failure, errors.ApiError)
    response = ask(application(failure))
    assert response.status_code == status
    assert response.headers["content-type"] == "application/problem+json"
    members = response.json()
    assert set(members) - set(failure.extensions) == {
        "type",
        "title",
        "status",
        "detail",
        "instance",
        "code",
        "request_id",
    }
    assert members["type"] == f"/problems/{code}"
    assert (members["code"], members["status"], members["instance"]) == (code, status, "/0")
    assert members["request_id"] == response.headers["x-request-id"]


@pytest.mark.parametrize("code", FAILURES)
def test_a_problem_tells_what_it_is_and_what_to_do(code: str) -> None:
    members = ask(application(FAILURES[code][0])).json()
    assert members["title"].lower().replace(" ", "_") == code
    assert len(members["detail"].split()) > 5
    assert members["detail"].endswith(".")


@pytest.mark.parametrize(
    ("failure", "header", "value"),
    [
        (errors.Unauthenticated(presented=False), "www-authenticate", "Bearer"),
        (errors.Unauthenticated(presented=True), "www-authenticate", 'Bearer error="invalid_token"'),
        (errors.MethodNotAllowed("GET, HEAD"), "allow", "GET, HEAD"),
        (errors.IdempotencyKeyInProgress(), "retry-after", "1"),
        (errors.RateLimited(retry_after=7), "retry-after", "7"),
        (errors.Unavailable(), "retry-after", "1"),
        (errors.Unavailable(retry_after=30), "retry-after", "30"),
    ],
)
def test_an_error_brings_its_headers(failure: Exception, header: str, value: str) -> None:
    assert ask(application(failure)).headers[header] == value


def test_an_invalid_request_names_every_place() -> None:  # ERR-2, ERR-4
    other = errors.FieldError("query.staus", "There is no such parameter", "unknown")
    members = ask(application(errors.InvalidRequest([FAULT, other]))).json()
    assert members["errors"] == [
        {"field": "body.title", "message": "There must be one", "type": "missing"},
        {"field": "query.staus", "message": "There is no such parameter", "type": "unknown"},
    ]
    assert "in 2 places" in members["detail"]
    assert "in 1 place;" in ask(application(errors.InvalidRequest([FAULT]))).json()["detail"]


def test_other_problems_have_no_errors() -> None:  # ERR-2
    assert "errors" not in ask(application(errors.NotFound())).json()


@pytest.mark.parametrize(
    ("alone", "of_an_item"),
    [
        (errors.TaskNotFound(), errors.TaskNotFound(index=0)),
        (errors.MetadataFull(50), errors.MetadataFull(50, index=0)),
        (errors.PreconditionFailed(TASK), errors.PreconditionFailed(TASK, index=0)),
        (errors.PreconditionRequired(), errors.PreconditionRequired(index=0)),
    ],
    ids=lambda failure: failure.code,
)
def test_a_problem_of_an_item_names_its_place_and_others_name_none(
    alone: errors.ApiError, of_an_item: errors.ApiError
) -> None:
    app = application(alone, of_an_item)
    assert "index" not in ask(app).json()
    assert ask(app, path="/1").json()["index"] == 0


def test_a_failed_precondition_brings_the_task_and_its_tag() -> None:
    response = ask(application(errors.PreconditionFailed(TASK, etag=f'"42-2-{CONTRACT_VERSION}"')))
    assert response.json()["task"] == contract()["components"]["examples"]["Task"]["value"]
    assert response.headers["etag"] == f'"42-2-{CONTRACT_VERSION}"'
    assert "etag" not in ask(application(errors.PreconditionFailed(TASK))).headers


@pytest.mark.parametrize(
    ("refusal", "status", "code", "words"),
    [
        (plumbing.MalformedJson("byte 3 is not UTF-8"), 400, "malformed_json", "byte 3 is not UTF-8."),
        (plumbing.UnsupportedMediaType(["a/b", "c/d"]), 415, "unsupported_media_type", "a/b or c/d"),
        (plumbing.ContentTooLarge(7), 413, "content_too_large", "7 bytes"),
        (plumbing.InvalidRequest([plumbing.Fault("path.id", "m", "rule")]), 422, "invalid_request", "1 place"),
    ],
)
def test_a_refusal_of_the_plumbing_is_a_problem(refusal: Exception, status: int, code: str, words: str) -> None:
    response = ask(application(refusal))
    assert (response.status_code, response.json()["code"]) == (status, code)
    assert words in response.json()["detail"]


def test_faults_of_the_plumbing_keep_their_places() -> None:
    refusal = plumbing.InvalidRequest([plumbing.Fault("path.id", "should be a number", "type")])
    assert ask(application(refusal)).json()["errors"] == [
        {"field": "path.id", "message": "should be a number", "type": "type"}
    ]


@pytest.mark.parametrize(
    "failure",
    [
        plumbing.ContractViolation("listTasks", "the result is a str"),
        HTTPException(418, "I am a teapot"),
        ValidationError.from_exception_data("secret", []),
        KeyError("secret"),
        ExceptionGroup("secret", [ValueError("secret")]),
        AssertionError("secret"),
    ],
)
def test_everything_else_is_a_500_that_says_nothing(
    failure: Exception, caplog: pytest.LogCaptureFixture
) -> None:  # ERR-1, ERR-14
    response = ask(application(failure))
    assert (response.status_code, response.json()["code"]) == (500, "internal_error")
    assert response.json()["detail"] == errors.InternalError().detail
    [record] = [record for record in caplog.records if record.levelno >= logging.ERROR]
    assert record.exc_info is not None
    assert record.exc_info[1] is failure


def test_an_outage_is_logged_with_its_cause(caplog: pytest.LogCaptureFixture) -> None:
    failure = errors.Unavailable()
    failure.__cause__ = ConnectionRefusedError("nobody listens")
    response = ask(application(failure))
    assert "nobody" not in response.text
    [record] = [record for record in caplog.records if record.levelno == logging.WARNING]
    assert record.exc_info is not None
    assert record.exc_info[1] is failure


def test_a_refusal_is_no_event(caplog: pytest.LogCaptureFixture) -> None:
    ask(application(errors.Forbidden()))
    assert [record for record in caplog.records if record.levelno >= logging.WARNING] == []


def test_an_unknown_path_is_a_problem() -> None:  # ERR-1, ERR-3
    response = ask(application(), path="/nothing?x=secret")
    assert (response.status_code, response.json()["code"]) == (404, "not_found")
    assert response.json()["instance"] == "/nothing"


def several_methods() -> FastAPI:
    app = application()

    async def fine() -> None:
        """Is never asked."""

    app.get("/things/{id}")(fine)
    app.put("/things/{id}")(fine)
    app.api_route("/things/{id}", methods=["PATCH", "DELETE"])(fine)
    app.post("/things")(fine)
    return app


@pytest.mark.parametrize(
    ("path", "allow"), [("/things/1", "DELETE, GET, HEAD, OPTIONS, PATCH, PUT"), ("/things", "OPTIONS, POST")]
)
def test_a_405_and_options_name_all_methods_of_the_path(path: str, allow: str) -> None:  # ERR-1, ERR-8, EDGE-6
    app = several_methods()
    refused = ask(app, "TRACE", path)
    assert (refused.status_code, refused.json()["code"], refused.headers["allow"]) == (405, "method_not_allowed", allow)
    answered = ask(app, "OPTIONS", path)
    assert (answered.status_code, answered.content, answered.headers["allow"]) == (204, b"", allow)


def test_options_of_an_unknown_path_is_a_404() -> None:  # EDGE-6
    assert ask(several_methods(), "OPTIONS", "/nothing").status_code == 404


@pytest.mark.parametrize(
    ("path", "instance"),
    [
        ("/a%20b", "/a%20b"),
        ("/100%", "/100%25"),
        ("/%zz", "/%25zz"),
        ('/a"b<c>\\^`{|}', "/a%22b%3Cc%3E%5C%5E%60%7B%7C%7D"),
        ("//evil.example/x", "/%2Fevil.example/x"),
        ("/\u00e9", "/%E9"),
        ("/a:b@c;d=e,f+g!$&'()*~", "/a:b@c;d=e,f+g!$&'()*~"),
        ("/line\nbreak", "/line%0Abreak"),
    ],
)
def test_instance_is_always_a_reference_to_the_path(path: str, instance: str) -> None:  # ERR-5
    document = problem_details.document(errors.NotFound(), instance=path, request_id="r")
    members = httpx.Response(200, content=document).json()
    assert members["instance"] == instance
    assert urlsplit(instance).netloc == ""


def test_outside_of_a_request_a_problem_gets_an_id_of_its_own() -> None:
    response = problem_details.problem({"path": "/\u00e9", "raw_path": None}, errors.NotFound())
    members = httpx.Response(200, content=bytes(response.body)).json()
    assert len(members["request_id"]) == 32
    assert members["instance"] == "/%C3%A9"
