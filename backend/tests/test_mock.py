"""`make mock` for our contract, as a front end sees it before there is a backend (MOCK-1 to MOCK-9)."""

import shlex
from collections.abc import Iterator
from typing import Any  # answers are any JSON

import httpx
import jwt
import pytest

from backend.tests.client import Client, code, fields, operations, resolve
from backend.tests.mocks import Mock, mocking
from generated import routes


@pytest.fixture(scope="module")
def mock(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mock]:
    with mocking(tmp_path_factory.mktemp("mock")) as running:
        yield running


@pytest.fixture
def anybody(mock: Mock) -> Iterator[Client]:
    with Client(mock.url, user="alice", token="anything") as client:
        yield client


def declared(operation_id: str, status: str) -> dict[str, Any]:
    (operation,) = (told for _, _, told in operations() if told["operationId"] == operation_id)
    answer: dict[str, Any] = resolve(operation["responses"][status])
    return answer


def first_example(answer: dict[str, Any]) -> Any:  # noqa: ANN401 - any JSON
    content = next(iter(answer["content"].values()))  # what is declared first is what everybody gets
    return resolve(next(iter(content["examples"].values())))["value"]


REQUESTS: dict[str, dict[str, Any]] = {  # arguments of httpx
    "createTask": {"json": {"title": "Buy milk"}},
    "updateTask": {"json": {"priority": 2}},
    "patchTask": {"json": {"priority": 2}},
    "toggleTask": {},
    "updateTasks": {"json": {"items": [{"id": 7}], "change": {"priority": 2}}},
}


@pytest.mark.parametrize("told", list(operations()), ids=lambda told: told[2]["operationId"])
def test_every_operation_answers_with_its_first_success_and_what_the_contract_requires(
    told: tuple[str, str, dict[str, Any]], anybody: Client
) -> None:  # MOCK-1, MOCK-2, MOCK-3
    method, path, operation = told
    status = min(operation["responses"])
    target = path.format(user_id="alice", id=7, code="not_found")
    answered = anybody.request(method, target, **REQUESTS.get(operation["operationId"], {}))  # the client checks it
    assert str(answered.status_code) == status
    answer = resolve(operation["responses"][status])
    if answer.get("content") and answered.headers["content-type"] == "application/json":
        assert answered.json() == first_example(answer)


def test_a_request_can_prefer_a_declared_answer(anybody: Client) -> None:  # MOCK-4
    missing = anybody.get("/api/alice/tasks/7", headers={"Prefer": "code=404"})
    assert (missing.status_code, code(missing)) == (404, "task_not_found")
    assert missing.json() == first_example(declared("getTask", "404"))
    assert missing.headers.get_list("x-request-id", split_commas=True)[1:] == []
    down = anybody.get("/health/db", headers={"Prefer": 'respond-async, code="503"'})
    assert (down.status_code, int(down.headers["retry-after"]) >= 0) == (503, True)


def test_a_request_can_prefer_an_example_by_its_name(anybody: Client) -> None:  # MOCK-4
    (content,) = declared("createTask", "422")["content"].values()
    for name, node in content["examples"].items():
        answered = anybody.post(
            "/api/alice/tasks", json={"title": "x"}, headers={"Prefer": f"code=422; example={name}"}
        )
        assert answered.json() == resolve(node)["value"]


@pytest.mark.parametrize("preference", ["code=418", "code=abc", "example=none", "return=minimal", "code=99"])
def test_a_preference_that_is_not_declared_is_passed_over(preference: str, anybody: Client) -> None:  # MOCK-4
    assert anybody.get("/api/alice/tasks", headers={"Prefer": preference}).status_code == 200


@pytest.mark.parametrize(
    "token",
    [
        "x",
        "a.b.c",
        "e30.WzFd.sig",
        "e30.e30.sig",
        jwt.encode({"sub": 7}, "k" * 32),
        jwt.encode({"sub": "alice"}, "k" * 32),
    ],
)
def test_any_token_acts_for_the_owner_unless_it_names_somebody_else(token: str, mock: Mock) -> None:  # MOCK-5
    with Client(mock.url, token=token) as client:
        assert client.get("/api/alice/tasks").status_code == 200


def test_a_token_of_another_user_is_a_403_and_none_a_401(mock: Mock) -> None:  # MOCK-5, MOCK-6
    with Client(mock.url, token=jwt.encode({"user_id": "bob"}, "k" * 32)) as bob:
        assert code(bob.get("/api/alice/tasks")) == "forbidden"
    with Client(mock.url) as nobody:
        assert code(nobody.get("/api/alice/tasks")) == "unauthenticated"
        for sent in ("Basic YTpi", "Bearer", "Bearer a b"):
            refused = nobody.get("/api/alice/tasks", headers={"Authorization": sent})
            assert (code(refused), "invalid_token" in refused.headers["www-authenticate"]) == ("unauthenticated", True)


def test_requests_are_refused_as_the_service_refuses_them(anybody: Client) -> None:  # MOCK-6
    assert fields(anybody.post("/api/alice/tasks", json={"title": "", "color": 1})) == ["body.color", "body.title"]
    assert fields(anybody.get("/api/alice/tasks", params={"staus": "completed"})) == ["query.staus"]
    assert code(anybody.get("/nowhere")) == "not_found"
    assert code(anybody.put("/api/alice/tasks", json={})) == "method_not_allowed"
    text = {"Content-Type": "text/plain"}
    assert code(anybody.post("/api/alice/tasks", content="x", headers=text)) == "unsupported_media_type"
    as_json = {"Content-Type": "application/json"}
    assert code(anybody.post("/api/alice/tasks", content="{", headers=as_json)) == "malformed_json"
    assert code(anybody.post("/api/alice/tasks", content=" " * 2**21, headers=as_json)) == "content_too_large"


def test_pages_of_every_origin_may_call_with_any_header(mock: Mock) -> None:  # MOCK-9
    page = {"Origin": "http://localhost:3000"}
    asked = {"Access-Control-Request-Method": "DELETE", "Access-Control-Request-Headers": "prefer,x-any"}
    allowed = httpx.options(f"{mock.url}/api/alice/tasks/7", headers=page | asked)
    assert (allowed.status_code, allowed.headers["access-control-allow-headers"]) == (200, "prefer,x-any")
    assert "DELETE" in allowed.headers["access-control-allow-methods"]
    answered = httpx.get(f"{mock.url}/health", headers=page)
    assert answered.headers["access-control-allow-origin"] == "*"
    assert answered.headers["access-control-expose-headers"] == "*"


def test_it_prints_its_address_and_a_curl_line_that_works(mock: Mock) -> None:  # MOCK-8
    assert mock.banner["Answers"] == f"the {len(routes.OPERATIONS)} operations of tasks.yaml; any bearer token is taken"
    curl, option, header, address = shlex.split(mock.banner["Try"])
    assert (curl, option) == ("curl", "-H")
    name, _, value = header.partition(": ")
    assert httpx.get(address, headers={name: value}).status_code == 200
