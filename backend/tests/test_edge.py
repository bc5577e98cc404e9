"""Ids, methods, paths, headers and hosts of every request (specs/features/edge.md)."""

import asyncio
import json
from pathlib import Path

import pytest
from fastapi import FastAPI
from starlette.staticfiles import StaticFiles
from starlette.types import Message, Scope

from backend import edge, problem_details
from backend.exchange import REQUEST_ID
from backend.settings import Settings
from backend.tests.around import application, ask, with_headers


@pytest.mark.parametrize("sent", ["a", "A-Z.a_z-0.9", "x" * 64])
def test_a_well_formed_request_id_is_kept(sent: str) -> None:  # EDGE-9
    assert ask("GET", "/health", headers={"X-Request-Id": sent}).headers.get_list("x-request-id") == [sent]


@pytest.mark.parametrize("sent", ["", "x" * 65, "a b", "a/b", "\xe4", "a\tb", "{}"])
def test_another_request_id_is_replaced(sent: str) -> None:  # EDGE-9
    answered = with_headers(("Host", "localhost"), ("X-Request-Id", sent.encode("latin-1"))).headers["x-request-id"]
    assert answered != sent
    assert REQUEST_ID.fullmatch(answered)


def test_two_request_ids_are_replaced() -> None:
    answered = with_headers(("Host", "localhost"), ("X-Request-Id", "a"), ("X-Request-Id", "b"))
    assert answered.headers["x-request-id"] not in {"a", "b", "a, b"}


def test_every_request_has_an_id_of_its_own() -> None:
    assert ask("GET", "/health").headers["x-request-id"] != ask("GET", "/health").headers["x-request-id"]


@pytest.mark.parametrize("path", ["/health", "/nothing", "/failing", "/api/a%2Fb/tasks"])
def test_every_answer_carries_the_request_id(path: str) -> None:  # EDGE-9
    response = ask("GET", path, headers={"X-Request-Id": "mine"})
    assert response.headers["x-request-id"] == "mine"
    assert response.status_code == 200 or response.json()["request_id"] == "mine"


@pytest.mark.parametrize("path", ["/health", "/large", "/large/tagged", "/nothing", "/failing"])
def test_head_is_get_without_the_body(path: str) -> None:  # EDGE-5
    same_id = {"X-Request-Id": "same"}
    got, head = ask("GET", path, headers=same_id), ask("HEAD", path, headers=same_id)
    assert head.content == b""
    assert head.status_code == got.status_code
    for answered in (got, head):
        del answered.headers["server-timing"]  # each its own
    assert head.headers == got.headers


def test_head_of_a_path_without_get_is_a_405() -> None:
    app = FastAPI(openapi_url=None, middleware=edge.middleware(Settings(environment="development")))
    problem_details.install(app)
    app.post("/inbox")(lambda: None)
    response = ask("HEAD", "/inbox", app)
    assert (response.status_code, response.headers["allow"]) == (405, "OPTIONS, POST")


@pytest.mark.parametrize("path", ["/health/", "/api/alice/tasks/", "//health", "/nothing", "/api//tasks", "/Health"])
def test_a_path_that_is_nearly_right_leads_nowhere(path: str) -> None:  # EDGE-7
    response = ask("GET", path)
    assert (response.status_code, response.json()["code"]) == (404, "not_found")
    assert "location" not in response.headers


@pytest.mark.parametrize(
    "path", ["/api/a%2Fb/tasks", "/api/a%2fb/tasks", "/api%2Falice/tasks", "/%2Fhealth", "/health%2F"]
)
def test_an_escaped_slash_separates_nothing(path: str) -> None:  # EDGE-8
    response = ask("GET", path)
    assert (response.status_code, response.json()["code"]) == (404, "not_found")


@pytest.mark.parametrize("path", ["/health%0A", "/%0a", "/api/alice/tasks%0a"])
def test_a_newline_behind_a_path_is_part_of_it(path: str) -> None:  # EDGE-8
    assert ask("GET", path).status_code == 404


@pytest.mark.parametrize("path", ["/api/%ff/tasks", "/api/%C0%AF/tasks", "/api/%ED%A0%80/tasks"])
def test_a_path_in_bad_utf8_leads_nowhere(path: str) -> None:  # EDGE-8
    assert ask("GET", path).status_code == 404


@pytest.mark.parametrize(
    ("path", "user"), [("/api/a%20b/tasks", "a b"), ("/api/%C3%A4/tasks", "ä"), ("/api/a%25/tasks", "a%")]
)
def test_other_escapes_are_read(path: str, user: str) -> None:
    assert ask("GET", path).json() == {"user": user}


def test_a_server_that_hands_over_no_raw_path_is_served() -> None:
    app = application()

    async def without_raw_path(scope: Scope, receive: object, send: object) -> None:
        await app({**scope, "raw_path": None}, receive, send)  # type: ignore[arg-type] # passed on as they come

    assert ask("GET", "/nothing", without_raw_path).json()["instance"] == "/nothing"  # type: ignore[arg-type] # ASGI


@pytest.mark.parametrize("path", ["/health", "/nothing", "/failing", "/page"])
def test_every_answer_carries_the_security_headers(path: str) -> None:  # EDGE-10
    headers = ask("GET", path).headers
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["x-frame-options"] == "DENY"
    assert headers["referrer-policy"] == "no-referrer"
    assert "default-src 'none'" in headers["content-security-policy"]
    assert "frame-ancestors 'none'" in headers["content-security-policy"]
    assert "strict-transport-security" not in headers


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_a_page_may_do_what_it_needs_and_nothing_else_may(method: str) -> None:  # EDGE-5, EDGE-10
    nothing = ask(method, "/health").headers["content-security-policy"]
    assert nothing == "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
    assert ask(method, "/page").headers["content-security-policy"] == f"{nothing}; script-src 'self'"
    assert ask("DELETE", "/page").headers["content-security-policy"] == nothing


def test_production_insists_on_tls() -> None:  # EDGE-10
    app = application(environment="production", better_auth_secret="x" * 40, database_url="postgresql://u@h/d")
    assert ask("GET", "/nothing", app).headers["strict-transport-security"] == "max-age=31536000"


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/health", "no-store"),
        ("/nothing", "no-store"),
        ("/failing", "no-store"),
        ("/large/tagged", "private, no-cache"),
    ],
)
def test_only_what_has_an_etag_may_be_kept_and_only_by_the_user(path: str, expected: str) -> None:  # EDGE-13
    assert ask("GET", path).headers["cache-control"] == expected


def test_headers_that_an_answer_brings_along_win() -> None:  # EDGE-13
    headers = ask("GET", "/opinionated").headers
    assert headers["cache-control"] == "public, max-age=60"
    assert headers["content-security-policy"] == "sandbox"


def test_a_response_object_that_is_sent_twice_does_not_gather_headers() -> None:
    app = application()
    first, second = ask("GET", "/reused", app), ask("GET", "/reused", app)
    assert len(second.headers.raw) == len(first.headers.raw)
    assert second.headers.get_list("x-request-id") != first.headers.get_list("x-request-id")


@pytest.mark.parametrize(
    ("allowed", "host"),
    [
        ("api.example.com", "api.example.com"),
        ("api.example.com", "API.Example.com"),
        ("api.example.com", "api.example.com:8443"),
        ("*.example.com", "api.example.com"),
        ("*.example.com", "a.b.example.com"),
        ("api.example.com", "api.example.com:"),
        ("[::1]", "[::1]:8000"),
        ("*", "anything.example"),
        ("*", "127.0.0.1:8000"),
    ],
)
def test_an_allowed_host_is_served(allowed: str, host: str) -> None:  # EDGE-11
    assert with_headers(("Host", host), app=application(allowed_hosts=(allowed,))).status_code == 200


@pytest.mark.parametrize(
    ("allowed", "host"),
    [
        ("api.example.com", "example.com"),
        ("api.example.com", "api.example.com.attacker.example"),
        ("api.example.com", "api.example.com@attacker.example"),
        ("*.example.com", "example.com"),
        ("*.example.com", ".example.com"),
        ("*.example.com", "attackerexample.com"),
        ("*", ""),
        ("*", "a b"),
        ("*", "a/b"),
        ("*", "a:b"),
        ("*", "a:123456"),
        ("*", "[::1"),
        ("*", "a\n"),
    ],
)
def test_another_host_is_refused(allowed: str, host: str) -> None:  # EDGE-11
    response = with_headers(("Host", host), app=application(allowed_hosts=(allowed,)))
    body = json.loads(asyncio.run(response.aread()))
    assert (response.status_code, body["code"]) == (400, "invalid_host")


def test_a_request_without_host_or_with_two_is_refused() -> None:  # EDGE-11
    assert with_headers(app=application(allowed_hosts=("*",))).status_code == 400
    assert with_headers(("Host", "a"), ("Host", "a"), app=application(allowed_hosts=("*",))).status_code == 400


@pytest.mark.parametrize(("allowed", "status"), [("*", 200), ("api.example.com", 400)])
def test_http_1_0_needs_no_host_where_any_is_served(allowed: str, status: int) -> None:
    app = application(allowed_hosts=(allowed,))

    async def old(scope: Scope, receive: object, send: object) -> None:
        await app({**scope, "http_version": "1.0"}, receive, send)  # type: ignore[arg-type] # passed on as they come

    assert with_headers(app=old).status_code == status  # type: ignore[arg-type] # any ASGI application will do


def test_a_bad_host_precedes_an_unknown_path() -> None:  # EDGE-1
    app = application(allowed_hosts=("api.example.com",))
    assert with_headers(("Host", "elsewhere"), app=app, path="/nothing").status_code == 400


def test_start_up_and_shutdown_pass_through() -> None:
    sent: list[str] = []
    inbox = iter(["lifespan.startup", "lifespan.shutdown"])

    async def receive() -> Message:
        return {"type": next(inbox)}

    async def send(message: Message) -> None:
        sent.append(message["type"])

    asyncio.run(application()({"type": "lifespan", "state": {}}, receive, send))
    assert sent == ["lifespan.startup.complete", "lifespan.shutdown.complete"]


def test_files_behind_a_mount_have_a_405_and_a_404_as_well(tmp_path: Path) -> None:
    app = application()
    (tmp_path / "style.css").write_text("p {}")
    app.mount("/docs/assets", StaticFiles(directory=tmp_path))
    assert ask("HEAD", "/docs/assets/style.css", app).headers["content-length"] == "4"
    refused = ask("POST", "/docs/assets/style.css", app)
    assert (refused.status_code, refused.headers["allow"]) == (405, "GET, HEAD, OPTIONS")
    assert ask("OPTIONS", "/docs/assets/style.css", app).status_code == 204
    assert ask("GET", "/docs/assets/nothing.css", app).json()["code"] == "not_found"
