"""Which origins may use the service and what they may read (specs/features/edge.md, CORS)."""

from collections.abc import Callable

import httpx
import pytest

from backend.tests.around import ORIGIN, ask


def preflight(
    origin: str = ORIGIN, method: str = "PUT", headers: str = "authorization, content-type"
) -> httpx.Response:
    asked = {"Origin": origin, "Access-Control-Request-Method": method, "Access-Control-Request-Headers": headers}
    return ask("OPTIONS", "/api/alice/tasks", headers=asked)


def test_a_preflight_from_an_allowed_origin_is_granted_without_a_token() -> None:
    response = preflight()
    assert (response.status_code, response.content) == (204, b"")
    assert response.headers["access-control-allow-origin"] == ORIGIN
    allowed = set(response.headers["access-control-allow-methods"].split(", "))
    assert allowed == {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"}
    assert "Authorization" in response.headers["access-control-allow-headers"]
    assert "access-control-allow-credentials" not in response.headers
    assert "x-request-id" in response.headers


@pytest.mark.parametrize(
    ("response", "refused"),
    [
        (lambda: preflight(origin="https://attacker.example"), "origin"),
        (lambda: preflight(origin="null"), "origin"),
        (lambda: preflight(method="TRACE"), "method"),
        (lambda: preflight(headers="x-unknown"), "headers"),
        (lambda: preflight(origin="https://attacker.example", method="TRACE"), "origin, method"),
    ],
)
def test_another_preflight_is_a_problem_that_says_what_is_refused(
    response: Callable[[], httpx.Response], refused: str
) -> None:
    answer = response()
    assert (answer.status_code, answer.json()["code"]) == (400, "cors_denied")
    assert answer.headers["content-type"] == "application/problem+json"
    assert f"this {refused}." in answer.json()["detail"]
    assert int(answer.headers["content-length"]) == len(answer.content)
    assert answer.headers.get("access-control-allow-origin") in {None, ORIGIN}


@pytest.mark.parametrize("path", ["/health", "/nothing", "/failing", "/api/a%2Fb/tasks"])
def test_an_allowed_origin_may_read_every_answer(path: str) -> None:
    headers = ask("GET", path, headers={"Origin": ORIGIN}).headers
    assert headers["access-control-allow-origin"] == ORIGIN
    assert "Origin" in headers["vary"]
    exposed = set(headers["access-control-expose-headers"].split(", "))
    assert exposed >= {"X-Request-Id", "ETag", "Location", "Retry-After", "Allow", "WWW-Authenticate"}


def test_another_origin_may_read_nothing() -> None:
    headers = ask("GET", "/health", headers={"Origin": "https://attacker.example"}).headers
    assert "access-control-allow-origin" not in headers
    assert "Origin" in headers["vary"]


def test_options_that_is_no_preflight_tells_the_methods() -> None:
    response = ask("OPTIONS", "/api/alice/tasks", headers={"Origin": ORIGIN})
    assert (response.status_code, response.headers["allow"]) == (204, "GET, HEAD, OPTIONS, POST")
