"""Which origins may use the service and what they may read (specs/features/edge.md, CORS)."""

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


@pytest.mark.parametrize("origin", ["https://attacker.example", "null", ORIGIN + ".attacker.example"])
def test_a_preflight_from_another_origin_is_allowed_nothing(origin: str) -> None:  # EDGE-16
    response = preflight(origin=origin)
    assert (response.status_code, response.content) == (204, b"")
    assert "access-control-allow-origin" not in response.headers


@pytest.mark.parametrize("asked", [{"method": "TRACE"}, {"headers": "x-unknown"}])
def test_a_preflight_is_told_the_methods_and_headers_whatever_it_asks(asked: dict[str, str]) -> None:
    response = preflight(**asked)
    assert response.status_code == 204
    assert "TRACE" not in response.headers["access-control-allow-methods"]
    assert "x-unknown" not in response.headers["access-control-allow-headers"].lower()


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
