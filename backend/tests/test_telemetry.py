"""Traces and metrics, as a collector receives them (specs/features/telemetry.md)."""

import json
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any  # an attribute is of any type

import httpx
import psycopg
import pytest
from opentelemetry.sdk.trace.sampling import ALWAYS_OFF

from backend.settings import Settings
from backend.telemetry import Discreet
from backend.tests.client import Client
from backend.tests.collector import Collector, Span, collecting
from backend.tests.conftest import LogLines, Service
from backend.tests.key_endpoint import publishing
from backend.tests.signers import signer
from backend.tests.waiting import until

TRACE = "0af7651916cd43dd8448eb211c80319c"
PARENT = "b7ad6b7169203331"
MARKER = "hunter2"


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """An environment with none of OpenTelemetry's variables but two that spare tests the wait."""
    for name in ("OTEL_SERVICE_NAME", "OTEL_RESOURCE_ATTRIBUTES", "OTEL_TRACES_SAMPLER", "OTEL_SDK_DISABLED"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("OTEL_BSP_SCHEDULE_DELAY", "20")
    monkeypatch.setenv("OTEL_METRIC_EXPORT_INTERVAL", "50")
    return monkeypatch


@pytest.fixture
def collector(environment: pytest.MonkeyPatch) -> Iterator[Collector]:
    """Receives what services of this test send that are started from here on."""
    with collecting() as listening:
        environment.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", listening.endpoint)
        environment.setenv("FASTAPI_OTEL_AUTO_CONFIGURE", "true")  # which would send everything twice
        yield listening


@contextmanager
def observed(service: Service) -> Iterator[Client]:
    """alice, with a service that sends; at the end it has sent everything."""
    with service.variant(telemetry="otlp") as sending, sending.client("alice") as alice:
        yield alice


def only(spans: list[Span]) -> Span:
    [span] = spans
    return span


def test_each_request_is_a_span_with_the_name_of_its_operation(
    service: Service, collector: Collector
) -> None:  # OBS-5, OBS-6, OBS-11
    with observed(service) as alice:
        task = alice.create()
        path = f"{alice.tasks}/{task['id']}"
        alice.head(path)
        alice.patch(f"{path}/complete")
        alice.delete(path)
        alice.get(path)
        alice.get(alice.tasks, headers={"Origin": "https://attacker.example"})  # which goes by way of CORS
        alice.get("/health")
    assert {span.name: span.attributes["http.response.status_code"] for span in collector.servers()} == {
        "createTask": 201, "getTask": 404, "toggleTask": 200, "deleteTask": 204, "listTasks": 200, "getHealth": 200,
    }  # fmt: skip # one name a line says no more
    created, head = collector.servers()[:2]
    assert created.attributes == {
        "http.request.method": "POST",
        "http.response.status_code": 201,
        "http.route": "/api/{user_id}/tasks",
        "network.protocol.version": "1.1",
        "openapi.operation_id": "createTask",
        "server.address": "127.0.0.1",
        "server.port": httpx.URL(str(alice.base_url)).port,
        "url.scheme": "http",
    }
    assert not created.failed
    assert (head.name, head.attributes["http.request.method"]) == ("getTask", "HEAD")


def test_what_is_no_operation_has_the_name_of_its_method_and_template(
    service: Service, collector: Collector
) -> None:  # OBS-5
    with observed(service) as alice:
        alice.get(f"/nothing/{MARKER}")
        alice.delete(alice.tasks)
        alice.get("/health", headers={"Host": "elsewhere.example"})
    nothing, unknown_method, elsewhere = collector.servers()
    assert (nothing.name, nothing.attributes["http.response.status_code"]) == ("GET", 404)
    assert unknown_method.name == "DELETE /api/{user_id}/tasks"
    assert (elsewhere.name, elsewhere.attributes["http.response.status_code"]) == ("GET", 400)
    assert not {"http.route", "openapi.operation_id"} & nothing.attributes.keys()
    assert "openapi.operation_id" not in unknown_method.attributes
    assert not any(span.failed for span in collector.servers())


def test_failures_are_errors_and_refusals_are_not(service: Service, collector: Collector) -> None:  # OBS-6, OBS-9
    with observed(service) as alice:
        alice.post(alice.tasks, json={})
        with service.outage():
            assert alice.get(alice.tasks).status_code == 503
        service.connection.execute("ALTER TABLE tasks ADD CONSTRAINT unexpected CHECK (title <> 'unexpected')")
        try:
            assert alice.post(alice.tasks, json={"title": "unexpected"}).status_code == 500
        finally:
            service.connection.execute("ALTER TABLE tasks DROP CONSTRAINT unexpected")
    refused, down, failed = collector.servers()
    assert [(span.failed, span.attributes.get("error.type")) for span in (refused, down, failed)] == [
        (False, None), (True, "503"), (True, "500"),
    ]  # fmt: skip # a table
    statements = [only(collector.below(request)) for request in (down, failed)]
    assert [(statement.failed, statement.attributes["error.type"]) for statement in statements] == [
        (True, "psycopg.OperationalError"), (True, "psycopg.errors.CheckViolation"),
    ]  # fmt: skip # a table


def test_each_statement_is_a_span_below_its_request(service: Service, collector: Collector) -> None:  # OBS-9
    with observed(service) as alice:
        task = alice.create()
        path = f"{alice.tasks}/{task['id']}"
        alice.get(path)
        alice.put(path, json={"title": "Another"})
        alice.delete(path)
        alice.get("/health/db")
    for server, operation in zip(collector.servers(), ("INSERT", "SELECT", "UPDATE", "DELETE", "SELECT"), strict=True):
        statement = only(collector.below(server))
        assert (statement.name, statement.kind, statement.trace_id) == (operation, "client", server.trace_id)
        assert statement.attributes == {"db.system.name": "postgresql", "db.operation.name": operation}
        assert not statement.failed


def test_a_traceparent_is_the_parent_and_its_trace_is_that_of_the_log(
    service: Service, collector: Collector, log_lines: LogLines
) -> None:  # OBS-8, LOG-7, LOG-9
    with observed(service) as alice:
        alice.get(alice.tasks, headers={"traceparent": f"00-{TRACE}-{PARENT}-01"})
        alice.get(alice.tasks)
        alice.get(alice.tasks, headers={"traceparent": f"00-{TRACE}-{PARENT}-00"})
        alice.get(alice.tasks, headers={"traceparent": f"ff-{TRACE}-{PARENT}-01"})
    child, root, other = collector.servers()
    assert (child.trace_id, child.parent_id) == (TRACE, PARENT)
    assert (root.parent_id, other.parent_id) == ("", "")
    assert len({TRACE, root.trace_id, other.trace_id}) == 3
    lines = [line for line in log_lines() if line["message"] == "request"]
    # The third was not to be sampled, and is told by the log alone.
    assert [line["trace_id"] for line in lines] == [TRACE, root.trace_id, TRACE, other.trace_id]


def test_nothing_of_what_users_are_say_and_look_for_is_sent(service: Service, collector: Collector) -> None:  # OBS-7
    with service.variant(telemetry="otlp") as sending, sending.client(MARKER) as user:
        task = user.create(MARKER, description=MARKER)
        user.put(f"{user.tasks}/{task['id']}", json={"title": f"{MARKER} 2"})
        user.get(user.tasks, params={"cursor": MARKER})
        user.get(f"/{MARKER}?{MARKER}={MARKER}", headers={"User-Agent": MARKER, "X-Request-Id": MARKER})
        user.get(user.tasks, headers={"baggage": f"user={MARKER}", "tracestate": "a=b"})
        service.connection.execute("ALTER TABLE tasks ADD CONSTRAINT unexpected CHECK (description <> 'unexpected')")
        try:
            failed = user.post(user.tasks, json={"title": MARKER, "description": "unexpected"})
        finally:
            service.connection.execute("ALTER TABLE tasks DROP CONSTRAINT unexpected")
        assert failed.status_code == 500
        token = user.headers["authorization"].removeprefix("Bearer ")
    assert len(collector.servers()) == 6
    assert "http.server.request.duration" in collector.points
    for private in (MARKER, "unexpected", *token.split(".")):
        assert private.encode() not in collector.bodies


def points(collector: Collector, name: str) -> dict[str, tuple[dict[str, Any], float]]:
    """The points of a metric by what they are of."""
    found = collector.points[name]
    return {
        str(attributes.get("openapi.operation_id", attributes.get("db.client.connection.state", number))): (
            attributes,
            value,
        )
        for number, (attributes, value) in enumerate(found)
    }


def test_the_sampler_says_whose_decision_it_tells() -> None:
    assert Discreet(ALWAYS_OFF).get_description() == "Discreet{AlwaysOffSampler}"


def test_requests_are_measured_by_operation(service: Service, collector: Collector) -> None:  # OBS-10
    with observed(service) as alice:
        for _ in range(3):
            alice.create()
        alice.head(alice.tasks)
        alice.get(f"/{MARKER}")
        alice.request("PROPFIND", f"/{MARKER}")
        with service.outage():
            assert alice.get("/health/db").status_code == 503
    durations = points(collector, "http.server.request.duration")
    attributes, count = durations["createTask"]
    assert count == 3
    assert attributes == {
        "http.request.method": "POST",
        "http.response.status_code": 201,
        "http.route": "/api/{user_id}/tasks",
        "openapi.operation_id": "createTask",
        "url.scheme": "http",
    }
    assert durations["listTasks"][0]["http.request.method"] == "HEAD"
    assert durations["getDatabaseHealth"][0]["error.type"] == "503"
    others = [attributes for attributes, _ in durations.values() if "openapi.operation_id" not in attributes]
    assert sorted(str(attributes["http.request.method"]) for attributes in others) == ["GET", "_OTHER"]
    names = {"http.request.method", "http.response.status_code", "url.scheme"}
    assert [attributes.keys() for attributes in others] == [names, names]
    assert {value for _, value in collector.points["http.server.active_requests"]} == {0}


def test_what_runs_is_counted_and_so_are_its_connections(service: Service, collector: Collector) -> None:  # OBS-10
    with observed(service) as alice:
        task = alice.create()
        with psycopg.connect(service.database_url.get_secret_value()) as other:
            other.execute("SELECT FROM tasks WHERE id = %s FOR UPDATE", [task["id"]])
            asking = threading.Thread(target=lambda: alice.delete(f"{alice.tasks}/{task['id']}"))
            asking.start()
            is_counted = until(
                lambda: 1 in {value for _, value in collector.points.get("http.server.active_requests", [])}
            )
            connections = points(collector, "db.client.connection.count")
            other.rollback()
            asking.join()
        assert is_counted
        assert (connections["used"][1], connections["idle"][1]) == (1, 0)
        assert connections["used"][0] == {
            "db.client.connection.pool.name": "tasks", "db.client.connection.state": "used",
        }  # fmt: skip # two attributes
        assert until(lambda: points(collector, "db.client.connection.count")["idle"][1] == 1)


def by(collector: Collector, name: str, attribute: str) -> dict[str, float]:
    """The numbers of a metric by their one attribute."""
    assert all(attributes.keys() == {attribute} for attributes, _ in collector.points[name])
    return {attributes[attribute]: value for attributes, value in collector.points[name]}


def test_what_public_keys_and_signatures_cost_is_counted(
    service: Service, collector: Collector
) -> None:  # OBS-14, OBS-15, OBS-16
    key, origin = signer(), "https://app.example.com"
    with publishing(key.jwk()) as endpoint, ExitStack() as ending:
        variant = ending.enter_context(
            service.variant(
                telemetry="otlp",
                better_auth_url=origin,
                better_auth_jwks_url=endpoint.url,
                auth_jwks_min_refresh_seconds=0.01,
            )
        )
        nobody, by_hand = (ending.enter_context(variant.client(user)) for user in ("", "alice"))
        assert until(lambda: "auth.jwks.keys" in collector.points)
        assert by_hand.get("/api/alice/tasks").status_code == 200
        for kid in (key.kid, key.kid, MARKER):
            token = key.token({"sub": "alice", "iss": origin, "aud": origin, "exp": time.time() + 60}, kid=kid)
            nobody.get("/api/alice/tasks", headers={"Authorization": f"Bearer {token}"})
    lookups = by(collector, "auth.jwks.lookups", "auth.jwks.lookup.result")
    assert lookups.pop("fresh") + lookups.pop("waited") == 2  # the first may find the start's fetch running
    assert lookups == {"stale": 0, "unknown": 1, "unavailable": 0}
    assert by(collector, "auth.jwks.fetches", "auth.jwks.fetch.outcome") == {"fetched": 2, "failed": 0}
    assert by(collector, "auth.signature.checks", "auth.signature.algorithm") == {"HS256": 1, "EdDSA": 2}
    assert collector.points["auth.jwks.keys"] == [({}, 1)]
    assert all(unit and description for unit, description in collector.metrics.values())
    assert MARKER.encode() not in collector.bodies


def test_a_client_that_leaves_before_its_answer_is_an_incomplete_response(
    service: Service, collector: Collector
) -> None:  # OBS-10
    with service.variant(telemetry="otlp") as sending:
        with socket.create_connection((sending.host, sending.port)) as leaving:
            head = f"POST /api/alice/tasks HTTP/1.1\r\nHost: localhost\r\n{sending.authorization('alice')}\r\n"
            leaving.sendall(head.encode() + b"Content-Type: application/json\r\nContent-Length: 100\r\n\r\n{")
            time.sleep(0.1)
        assert until(lambda: bool(collector.points.get("http.server.request.duration")))
    [(attributes, _)] = collector.points["http.server.request.duration"]
    assert attributes["error.type"] == "incomplete_response"
    assert only(collector.servers()).failed


def test_the_variables_of_opentelemetry_say_who_sends_and_what(
    service: Service, collector: Collector, environment: pytest.MonkeyPatch
) -> None:  # OBS-12
    with observed(service) as alice:
        alice.get("/health")
    assert collector.resource["service.name"] == "task-api"
    assert collector.resource["deployment.environment.name"] == "development"
    assert collector.resource["service.instance.id"]  # by which the workers of one service are told apart
    environment.setenv("OTEL_SERVICE_NAME", "another")
    environment.setenv("OTEL_RESOURCE_ATTRIBUTES", "deployment.environment.name=blue,team=web")
    with observed(service) as alice:
        alice.get("/health")
    assert collector.resource["service.name"] == "another"
    assert (collector.resource["deployment.environment.name"], collector.resource["team"]) == ("blue", "web")
    before = len(collector.spans)
    for name, value in (("OTEL_TRACES_SAMPLER", "always_off"), ("OTEL_SDK_DISABLED", "true")):
        environment.setenv(name, value)
        with observed(service) as alice:
            assert alice.get(alice.tasks).status_code == 200
    assert len(collector.spans) == before


@pytest.mark.parametrize("kind", ["refuses", "swallows"])
def test_a_collector_that_does_not_answer_delays_nothing(
    service: Service, environment: pytest.MonkeyPatch, kind: str
) -> None:  # OBS-11
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1] if kind == "swallows" else 1
        environment.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", f"http://127.0.0.1:{port}")
        environment.setenv("OTEL_EXPORTER_OTLP_TIMEOUT", "6")  # its default, 10, would only outlive this test longer
        with observed(service) as alice:
            for _ in range(50):
                answered = alice.get(alice.tasks)
                assert answered.status_code == 200
                assert answered.elapsed.total_seconds() < 1
            stopping = time.monotonic()
        assert time.monotonic() - stopping < 4


def python(code: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """What a process of its own says."""
    ours = {name.upper() for name in Settings.model_fields}
    inherited = {name: value for name, value in os.environ.items() if name not in ours}
    return subprocess.run(  # noqa: S603 - our own program
        [sys.executable, "-c", code],
        env=inherited | {"ENVIRONMENT": "development", **variables},
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        check=False,
    )


OFF = """
import asyncio, json, sys
from backend.app import main
app = main()
async def ask():
    sent = []
    events = iter(["lifespan.startup", "lifespan.shutdown", "http.request"])
    async def receive(): return {"type": next(events)}
    async def send(message): sent.append(message)
    await app({"type": "lifespan"}, receive, send)
    scope = {"type": "http", "method": "GET", "path": "/health", "raw_path": b"/health", "query_string": b"",
        "headers": [(b"host", b"h")], "scheme": "http", "http_version": "1.1"}
    await app(scope, receive, send)
    return [message["status"] for message in sent if "status" in message]
status = asyncio.run(ask())
print(json.dumps({
    "status": status,
    "modules": sorted(name for name in sys.modules if name.startswith("opentelemetry.") or name == "backend.telemetry"),
    "layers": [layer.cls.__name__ for layer in app.user_middleware],
    "enabled": app._native_telemetry.enabled(),
}))
"""


def test_off_nothing_is_loaded_and_nothing_is_in_the_way(tmp_path: Path) -> None:  # OBS-4
    ended = python(
        OFF,
        DEVELOPMENT_FOLDER=str(tmp_path),
        DATABASE_URL="postgresql://u@127.0.0.1:1/d",
        FASTAPI_OTEL_AUTO_CONFIGURE="true",
        OTEL_EXPORTER_OTLP_ENDPOINT="http://127.0.0.1:1",
    )
    assert ended.stderr == ""
    said = json.loads(ended.stdout.splitlines()[-1])
    assert said["status"] == [200]
    loaded = {name.split(".")[1] for name in said["modules"]}
    assert not loaded & {"sdk", "exporter", "proto", "semconv"}
    assert "backend.telemetry" not in said["modules"]
    assert said["layers"] == ["Edge"]
    assert said["enabled"] is False


def test_without_its_packages_it_stops_the_start_with_one_line(tmp_path: Path) -> None:  # OBS-13
    code = "import sys; sys.modules['opentelemetry.sdk'] = None; from backend.app import main; main()"
    ended = python(code, TELEMETRY="otlp", DEVELOPMENT_FOLDER=str(tmp_path))
    assert (ended.returncode, ended.stdout) == (1, "")
    assert ended.stderr == "TELEMETRY: otlp needs the packages of requirements-telemetry.lock\n"
