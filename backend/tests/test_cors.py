"""Which origins may use the service and what they may read (specs/features/edge.md, CORS)."""

import httpx
import pytest

from backend.tests.around import ORIGIN, application, ask


def preflight(
    origin: str = ORIGIN, method: str = "PUT", headers: str = "authorization, content-type"
) -> httpx.Response:
    asked = {"Origin": origin, "Access-Control-Request-Method": method, "Access-Control-Request-Headers": headers}
    return ask("OPTIONS", "/api/alice/tasks", headers=asked)


def test_a_preflight_from_an_allowed_origin_is_granted_without_a_token() -> None:  # EDGE-15
    response = preflight()
    assert (response.status_code, response.content) == (204, b"")
    assert response.headers["access-control-allow-origin"] == ORIGIN
    allowed = set(response.headers["access-control-allow-methods"].split(", "))
    assert allowed == {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"}
    safelisted = {"Accept", "Accept-Language", "Content-Language"}  # browsers ask for none of these (Fetch standard)
    allowed = set(response.headers["access-control-allow-headers"].split(", "))
    assert allowed - safelisted == {
        "Authorization",
        "Content-Type",
        "Idempotency-Key",
        "If-Match",
        "If-None-Match",
        "X-Request-Id",
        "traceparent",
        "tracestate",
    }
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
def test_an_allowed_origin_may_read_every_answer(path: str) -> None:  # EDGE-14, EDGE-17, LIMIT-11
    headers = ask("GET", path, headers={"Origin": ORIGIN}).headers
    assert headers["access-control-allow-origin"] == ORIGIN
    assert "Origin" in headers["vary"]
    exposed = set(headers["access-control-expose-headers"].split(", "))
    tasks = {"ETag", "Location", "Idempotency-Replayed", "RateLimit", "RateLimit-Policy"}
    assert exposed == {"X-Request-Id", "Retry-After", "Allow", "WWW-Authenticate", "Server-Timing"} | tasks


def test_another_origin_may_read_nothing() -> None:  # EDGE-14
    headers = ask("GET", "/health", headers={"Origin": "https://attacker.example"}).headers
    assert "access-control-allow-origin" not in headers
    assert "Origin" in headers["vary"]


def test_options_that_is_no_preflight_tells_the_methods() -> None:  # EDGE-6
    response = ask("OPTIONS", "/api/alice/tasks", headers={"Origin": ORIGIN})
    assert (response.status_code, response.headers["allow"]) == (204, "GET, HEAD, OPTIONS, POST")


def test_a_preflight_precedes_the_host() -> None:  # EDGE-1
    asked = {"Host": "elsewhere", "Origin": ORIGIN, "Access-Control-Request-Method": "PUT", "X-Request-Id": "mine"}
    response = ask("OPTIONS", "/nothing", application(allowed_hosts=("api.example.com",)), headers=asked)
    assert (response.status_code, response.headers["x-request-id"]) == (204, "mine")
