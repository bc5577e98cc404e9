"""listProblems and getProblem: pages that say of every problem what the contract says (specs/features/problems.md)."""

import json
import re
from collections.abc import Iterator
from copy import deepcopy
from typing import Any  # a node of the contract is any JSON
from urllib.parse import urljoin

import pytest

from backend import errors, problem_details, problem_pages
from backend.tests.client import Client, contract, fields, operations, resolve
from backend.tests.conftest import Service
from backend.tests.connections import Hurried, sent, served
from backend.tests.html_page import Page

CODES: list[str] = contract()["components"]["schemas"]["ProblemCode"]["enum"]


def answers() -> Iterator[tuple[str, dict[str, Any], dict[str, Any], dict[str, Any]]]:
    """Every problem of every answer: its code, its schema, the answer and the operation."""
    for _, _, operation in operations():
        for answer in map(resolve, operation["responses"].values()):
            for media in [answer.get("content", {}).get("application/problem+json")]:
                for schema in map(resolve, media["schema"].get("oneOf", [media["schema"]]) if media else []):
                    yield schema["allOf"][1]["properties"]["code"]["const"], schema, answer, operation


def examples() -> dict[str, dict[str, Any]]:
    """The examples of problems, by name."""
    named: dict[str, dict[str, Any]] = contract()["components"]["examples"]
    return {name: example for name, example in named.items() if "code" in example["value"]}


def prose(text: str) -> str:
    return " ".join(text.replace("`", "").split())


def test_every_problem_has_a_code_of_its_own_an_example_and_a_retry_rule() -> None:  # PROB-4, PROB-7
    rules = {code: schema["x-retry"] for code, schema, _, _ in answers()}
    assert set(CODES) == rules.keys() == {example["value"]["code"] for example in examples().values()}
    assert len(CODES) == len(set(CODES))
    assert set(rules.values()) == set(problem_pages.RETRY) == {"later", "keyed", "corrected", "authenticated"}
    for code, schema, answer, _ in answers():
        shown = answer["content"]["application/problem+json"]["examples"]
        assert code in {resolve(example)["value"]["code"] for example in shown.values()}
        assert "Retry-After" not in answer["headers"] or {"later", "keyed"} & {
            other["x-retry"] for _, other, sharing, _ in answers() if sharing is answer
        }
        assert len(schema["description"].strip().split("\n\n")) == 2, "what happened, and what the client does"


def test_a_write_that_may_have_been_done_is_sent_again_only_under_its_key(nobody: Client) -> None:  # PROB-4
    rules = {code: schema["x-retry"] for code, schema, _, _ in answers()}
    assert {code for code, rule in rules.items() if rule == "keyed"} == {"internal_error", "unavailable"}
    for code in ("internal_error", "unavailable"):
        page = Page(nobody.get(f"/problems/{code}").text)
        assert "What takes an Idempotency-Key only under one, because it may have been done." in page.text


def test_what_takes_no_key_may_be_repeated_as_it_is() -> None:  # PROB-10
    without = {
        (method, operation["operationId"])
        for method, _, operation in operations()
        if not any("x-idempotency-key" in resolve(parameter) for parameter in operation.get("parameters", []))
    }
    assert {(method, name) for method, name in without if method != "GET"} == {("DELETE", "deleteUser")}


@pytest.mark.parametrize("code", CODES)
def test_the_page_of_a_problem_says_all_that_the_contract_says(nobody: Client, code: str) -> None:  # PROB-2
    response = nobody.get(f"/problems/{code}")
    assert (response.status_code, response.headers["content-type"]) == (200, "text/html; charset=utf-8")
    page = Page(response.text)
    mine = [(schema, answer, operation) for other, schema, answer, operation in answers() if other == code]
    schema = mine[0][0]
    shown = [example for example in examples().values() if example["value"]["code"] == code]
    assert page.texts["h1"] == [shown[0]["value"]["title"]]
    assert f"{code} · {shown[0]['value']['status']} " in page.text
    assert all(prose(text) in page.text for text in schema["description"].split("\n\n"))
    assert prose(re.sub("<[^>]+>", "", problem_pages.RETRY[schema["x-retry"]][1])) in page.text
    assert [json.loads(text) for text in sorted(page.texts["pre"])] == [
        example["value"] for example in sorted(shown, key=lambda example: json.dumps(example["value"], indent=2))
    ]
    assert {prose(example["summary"]) for example in shown} <= set(page.texts["h3"])
    members = {name: prose(member["description"]) for name, member in schema["allOf"][1]["properties"].items()}
    terms = dict(zip(page.texts.get("dt", []), page.texts.get("dd", []), strict=True))
    assert members.items() - terms.items() == {name: members[name] for name in ("status", "code")}.items()
    lines = {line for line in page.texts["li"] if line}
    assert lines == {
        f"{operation['operationId']} {method} {path}"
        for method, path, operation in operations()
        if any(operation is other for _, _, other in mine)
    }


@pytest.mark.parametrize(
    ("code", "header", "waits"),
    [
        ("unauthenticated", "WWW-Authenticate", False),
        ("method_not_allowed", "Allow", False),
        ("precondition_failed", "ETag", False),
        ("rate_limited", "Retry-After", True),
        ("unavailable", "Retry-After", True),
        ("idempotency_key_in_progress", "Retry-After", True),
        ("metadata_full", None, False),  # shares the answer with the one before
        ("request_timeout", None, False),
        ("not_found", None, False),
    ],
)
def test_the_page_of_a_problem_says_which_headers_help(
    nobody: Client, code: str, header: str | None, *, waits: bool
) -> None:  # PROB-2
    page = Page(nobody.get(f"/problems/{code}").text)
    assert ("Headers of the answer" in page.texts["h2"]) == (header is not None)
    assert header is None or header in page.texts["dt"]
    assert ("Wait for as many seconds as Retry-After says." in page.text) == waits


@pytest.mark.parametrize(
    ("code", "status"),
    [
        ("content_too_large", "413 Content Too Large"),
        ("target_too_long", "414 URI Too Long"),
        ("invalid_request", "422 Unprocessable Content"),
        ("rate_limited", "429 Too Many Requests"),
    ],
)
def test_a_status_has_its_name_of_today_whatever_python_calls_it(nobody: Client, code: str, status: str) -> None:
    assert f"{code} · {status}" in Page(nobody.get(f"/problems/{code}").text).text  # PROB-2


def test_a_problem_that_shares_its_answer_with_one_to_wait_for_does_not_say_so() -> None:  # PROB-2
    shared = deepcopy(contract())
    answer = shared["components"]["responses"]["BadRequest"]
    answer["headers"]["Retry-After"] = {**shared["components"]["headers"]["RetryAfter"], "required": False}
    shared["components"]["schemas"]["InvalidHostProblem"]["x-retry"] = "later"
    pages = problem_pages.write(shared, docs=False)
    assert "Wait for" in pages["invalid_host"]
    assert "Wait for" not in pages["malformed_request"]
    assert "Headers of the answer" not in pages["malformed_request"]


def test_the_list_names_every_problem_with_its_status_and_its_retry_rule(nobody: Client) -> None:  # PROB-3
    page = Page(nobody.get("/problems").text)
    assert nobody.get("/").json()["links"]["problems"] == "/problems"
    rules = {code: schema for code, schema, _, _ in answers()}
    statuses = {example["value"]["code"]: example["value"]["status"] for example in examples().values()}
    assert {line for line in page.texts["li"] if line} == {
        f"{statuses[code]} {code} {problem_pages.RETRY[schema['x-retry']][0]}"
        f"{prose(schema['description'].split(chr(10) * 2)[0])}"
        for code, schema in rules.items()
    }
    assert sorted(page.texts["li"], key=lambda line: line[:3]) == page.texts["li"]
    assert {f"/problems/{code}" for code in CODES} <= set(page.attributes("href"))


def test_the_type_of_a_problem_leads_to_its_page(nobody: Client) -> None:  # PROB-1
    refusals = [nobody.get("/api/alice/tasks"), nobody.get("/nothing/here?x=1"), nobody.delete("/health")]
    for refused in refusals:
        page = nobody.get(urljoin(str(refused.url), refused.json()["type"]))
        assert page.status_code == 200
        assert refused.json()["code"] in page.text
    for example in examples().values():
        assert nobody.get(example["value"]["type"]).status_code == 200


@pytest.mark.parametrize("sent", ["nothing", "NOT_FOUND", "not_found%20", "not-found", "type", "%00"])
def test_a_code_that_there_is_not_is_named(nobody: Client, sent: str) -> None:  # PROB-6
    assert fields(nobody.get(f"/problems/{sent}")) == ["path.code"]


def test_a_page_is_there_where_the_documentation_is_not(service: Service) -> None:  # PROB-5
    with service.variant(docs_enabled=False) as other, other.client("") as nobody:
        without = nobody.get("/problems/forbidden")
        assert nobody.get("/problems").status_code == without.status_code == 200
    with service.client("") as nobody:
        shown = nobody.get("/problems/forbidden")
        assert nobody.head("/problems/forbidden").headers["content-length"] == shown.headers["content-length"]
    links = {f"/docs#/tasks/{name}" for name in ("listTasks", "createTask", "updateTasks", "getTask", "updateTask")}
    assert links <= set(Page(shown.text).attributes("href"))
    assert "/docs" not in without.text
    assert Page(shown.text).text == Page(without.text).text


def test_texts_of_the_contract_are_no_markup() -> None:  # PROB-5
    nasty = '<script>alert("&amp;\'")</script>'

    def spoiled(node: Any, name: str = "") -> Any:  # noqa: ANN401 # any JSON
        if isinstance(node, dict):
            return {key: spoiled(value, key) for key, value in node.items()}
        return f"{nasty}{node}" if name in {"description", "summary", "title", "detail", "operationId"} else node

    document = {**contract(), "components": spoiled(contract()["components"])}
    document["paths"] = {
        f"{path}{nasty}": {method: {**operation, "operationId": nasty} for method, operation in item.items()}
        for path, item in contract()["paths"].items()
    }
    document["info"] = spoiled(contract()["info"])
    for code, text in problem_pages.write(document, docs=True).items():
        page = Page(text)
        assert "script" not in page.texts
        assert page.text.count(nasty) > 2
        assert code == "" or [link for link in page.attributes("href") if link.endswith(f"/{nasty}")]


SHOWN: dict[str, errors.ApiError] = {
    "MalformedJson": errors.MalformedJson("line 1, column 11"),
    "InvalidHost": errors.InvalidHost(),
    "MalformedRequest": errors.MalformedRequest(),
    "Unauthenticated": errors.Unauthenticated(presented=True),
    "Forbidden": errors.Forbidden(),
    "NotFound": errors.NotFound(),
    "TaskNotFound": errors.TaskNotFound(),
    "BulkTaskNotFound": errors.TaskNotFound(index=1),
    "MethodNotAllowed": errors.MethodNotAllowed("GET"),
    "RequestTimeout": errors.RequestTimeout(),
    "IdempotencyKeyInProgress": errors.IdempotencyKeyInProgress(),
    "MetadataFull": errors.MetadataFull(50),
    "BulkMetadataFull": errors.MetadataFull(50, index=1),
    "PreconditionFailed": errors.PreconditionFailed(json.dumps(examples()["PreconditionFailed"]["value"]["task"])),
    "BulkPreconditionFailed": errors.PreconditionFailed(
        json.dumps(examples()["BulkPreconditionFailed"]["value"]["task"]), index=0
    ),
    "ContentTooLarge": errors.ContentTooLarge(1_048_576),
    "TargetTooLong": errors.TargetTooLong(),
    "UnsupportedMediaType": errors.UnsupportedMediaType(["application/json"]),
    "InvalidRequest": errors.InvalidRequest(
        [errors.FieldError(**fault) for fault in examples()["InvalidRequest"]["value"]["errors"]]
    ),
    "IdempotencyKeyReused": errors.IdempotencyKeyReused(),
    "PreconditionRequired": errors.PreconditionRequired(),
    "BulkPreconditionRequired": errors.PreconditionRequired(index=0),
    "HeadTooLarge": errors.HeadTooLarge(),
    "InternalError": errors.InternalError(),
    "RateLimited": errors.RateLimited(retry_after=1),
    "Unavailable": errors.Unavailable(),
}
"""What the service raises where it answers as the example of this name does."""


def test_every_example_is_held_to_what_the_service_raises() -> None:  # PROB-8
    assert SHOWN.keys() == examples().keys()


@pytest.mark.parametrize("name", SHOWN)
def test_an_example_says_what_the_service_says(name: str) -> None:  # PROB-8
    value = examples()[name]["value"]
    # Of these the service does not know a path; what it sends is held against the examples below.
    instance = "/" if isinstance(SHOWN[name], errors.Unrouted) else value["instance"]
    document = problem_details.document(SHOWN[name], instance=instance, request_id=value["request_id"])
    assert json.loads(document) == value


@pytest.mark.parametrize("name", [name for name, error in SHOWN.items() if not isinstance(error, errors.Unrouted)])
def test_an_example_stands_at_a_path_that_answers_with_it(name: str) -> None:  # ERR-3, PROB-8
    value = examples()[name]["value"]
    shown = {
        path
        for _, path, operation in operations()
        for answer in map(resolve, operation["responses"].values())
        for example in answer.get("content", {}).get("application/problem+json", {}).get("examples", {}).values()
        if resolve(example)["value"] == value
    }
    found = [path for path in shown if re.fullmatch(re.sub(r"\{\w+\}", "[^/]+", path), value["instance"])]
    assert bool(found) == (name != "NotFound")


NOT_WHOLE: dict[str, bytes] = {
    "MalformedRequest": b"Dear service,\r\n\r\n",
    "RequestTimeout": b"POST /echo HTTP/1.1\r\nHost: localhost\r\nContent-Length: 20\r\n\r\n{",
    "TargetTooLong": b"GET /%b HTTP/1.1\r\nHost: localhost\r\n\r\n" % (b"x" * 8_192),
    "HeadTooLarge": b"GET /health HTTP/1.1\r\nHost: localhost\r\nX: %b\r\n\r\n" % (b"x" * 32_768),
}
"""What of a request arrives, by the example of the answer to it."""


def test_every_example_without_a_whole_request_is_tried() -> None:  # PROB-8
    assert NOT_WHOLE.keys() == {name for name, error in SHOWN.items() if isinstance(error, errors.Unrouted)}


@pytest.mark.parametrize("name", NOT_WHOLE)
def test_an_example_is_what_is_sent_where_no_whole_request_arrives(name: str) -> None:  # ERR-3, PROB-8
    value = examples()[name]["value"]
    with served("asyncio", Hurried) as port:
        answer = sent(port, NOT_WHOLE[name])
    assert answer.startswith(b"HTTP/1.1 %d " % value["status"])
    document = json.loads(answer.partition(b"\r\n\r\n")[2])
    assert document == value | {"request_id": document["request_id"]}


def test_the_example_of_an_invalid_request_names_what_the_service_names(alice: Client) -> None:  # ERR-4, PROB-8
    example = examples()["InvalidRequest"]["value"]
    refused = alice.post(f"{alice.tasks}?staus=completed", json={"title": " "}, headers={"X-Request-Id": "9f1c2b7e"})
    assert refused.json() == example
