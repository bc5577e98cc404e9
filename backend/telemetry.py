"""Traces and metrics for a collector, by OpenTelemetry. Spec: specs/features/telemetry.md.

Imported with `TELEMETRY=otlp` only: production without it has none of these packages. The span of a request is
FastAPI's own (specs/decisions/0041); here are the providers, its name, the spans of statements and the metrics. Where
all of it is sent, the SDK reads from its own `OTEL_*` variables.
"""

import asyncio
import threading
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from http import HTTPStatus
from types import TracebackType
from typing import Final, Self

from fastapi.telemetry import TelemetryConfig
from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.exporter.otlp.proto.http.metric_exporter import OTLPMetricExporter
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.metrics import CallbackOptions, Histogram, Observation, UpDownCounter
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import PeriodicExportingMetricReader
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.sdk.trace.sampling import Sampler, SamplingResult
from opentelemetry.trace import Link, Span, SpanKind, StatusCode, Tracer, TraceState
from opentelemetry.util.types import Attributes
from starlette.middleware import Middleware
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from typing_extensions import override

from backend import logs
from backend.auth import Verifier
from backend.db import Database
from backend.exchange import ASKED, route
from backend.settings import Settings
from backend.statements import Query
from generated.api import CONTRACT_VERSION

SCOPE: Final = "backend.telemetry"
"""What OpenTelemetry calls the instrumentation scope: who made these spans and metrics."""

OPERATION: Final = "openapi.operation_id"
"""The semantic conventions have no name for it."""

KEPT: Final = frozenset({
    "db.operation.name", "db.system.name", "http.request.method", "network.protocol.version", "server.address",
    "server.port", "url.scheme",
})  # fmt: skip # one name a line says no more
"""What a span may begin with. FastAPI would add the path and the query, which hold what users are and look for."""

METHODS: Final = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"})
"""Others are `_OTHER` in a metric: whoever makes methods up would make time series."""

BUCKETS: Final = (0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1.0, 2.5, 5.0, 7.5, 10.0)
"""Seconds: those that the semantic conventions ask of `http.server.request.duration`."""

STOP_SECONDS: Final = 2.0
"""How long the service waits at its end for a collector: with what else may take time, less than the 10 s after which
Docker kills."""


class Telemetry:
    """The providers of one application, which are nobody else's: the process-wide ones stay as they are."""

    def __init__(self, settings: Settings) -> None:
        """Starts nothing."""
        resource = _resource(settings)
        self._tracers = TracerProvider(resource=resource, shutdown_on_exit=False)
        # It has chosen the one that OTEL_TRACES_SAMPLER names.
        self._tracers.sampler = Discreet(self._tracers.sampler)
        self._tracer = self._tracers.get_tracer(SCOPE, CONTRACT_VERSION)
        self._meters = MeterProvider(resource=resource, shutdown_on_exit=False)
        self._meter = self._meters.get_meter(SCOPE, CONTRACT_VERSION)
        self._endings: list[Callable[[], None]] = []
        self.fastapi: TelemetryConfig = {
            "tracer_provider": self._tracers,
            "metrics": False,
            "logs": False,
            "operation_spans": False,
            "auto_configure": False,
        }
        """What FastAPI is told: to make the spans of requests, and nothing else."""
        self.observer = Middleware(
            Observer,
            duration=self._meter.create_histogram(
                "http.server.request.duration",
                unit="s",
                description="Duration of HTTP server requests.",
                explicit_bucket_boundaries_advisory=BUCKETS,
            ),
            active=self._meter.create_up_down_counter(
                "http.server.active_requests", unit="{request}", description="Number of active HTTP server requests."
            ),
        )
        """Goes before the inner half of backend/edge.py."""

    def start(self) -> None:
        """Sends what is recorded from now on, in threads of its own."""
        spans = BatchSpanProcessor(OTLPSpanExporter())
        self._tracers.add_span_processor(spans)
        metrics = PeriodicExportingMetricReader(OTLPMetricExporter())
        self._meters.add_metric_reader(metrics)
        self._endings = [spans.shutdown, metrics.shutdown]

    async def stop(self) -> None:
        """Sends what is left, for `STOP_SECONDS` at most."""
        # Not by the providers' own shutdown: each may take 30 s. What is not done in time ends with the process.
        threads = [threading.Thread(target=ending, daemon=True) for ending in self._endings]
        for thread in threads:
            thread.start()
        await asyncio.to_thread(_wait, threads)

    def watch(self, database: Database) -> None:
        """Makes a span of each statement, and a metric of the connections."""
        database.observer = self

        def count(_options: CallbackOptions) -> Iterable[Observation]:
            for state, connections in database.connections.items():
                attributes = {"db.client.connection.pool.name": "tasks", "db.client.connection.state": state}
                yield Observation(connections, attributes)

        self._meter.create_observable_up_down_counter(
            "db.client.connection.count",
            callbacks=[count],
            unit="{connection}",
            description="The number of connections that are currently in the state.",
        )

    def statement(self, asked: Query, /) -> "_Span":
        """The span of a statement, for as long as the block."""
        return _Span(self._tracer, asked.statement.operation)

    def watch_tokens(self, verifier: Verifier) -> None:
        """Makes metrics of what checking tokens costs, from numbers that are counted anyway."""
        self._count(
            "auth.signature.checks",
            "{check}",
            "The number of signatures of tokens that were checked.",
            "auth.signature.algorithm",
            lambda: verifier.checks,
        )
        keys = verifier.keys
        if keys is None:
            return
        self._count(
            "auth.jwks.fetches",
            "{fetch}",
            "The number of fetches of the public keys that have ended.",
            "auth.jwks.fetch.outcome",
            keys.counts.fetches,
        )
        self._count(
            "auth.jwks.lookups",
            "{lookup}",
            "The number of times that a public key was looked for.",
            "auth.jwks.lookup.result",
            keys.counts.lookups,
        )
        self._meter.create_observable_up_down_counter(
            "auth.jwks.keys",
            callbacks=[lambda _options: [Observation(keys.held)]],
            unit="{key}",
            description="The number of public keys that tokens are checked with.",
        )

    def _count(
        self, name: str, unit: str, description: str, attribute: str, counts: Callable[[], Mapping[str, int]]
    ) -> None:
        def observe(_options: CallbackOptions) -> Iterable[Observation]:
            return [Observation(number, {attribute: value}) for value, number in tuple(counts().items())]

        self._meter.create_observable_counter(name, callbacks=[observe], unit=unit, description=description)


class _Span:
    """The span of a statement."""

    def __init__(self, tracer: Tracer, operation: str) -> None:
        attributes = {"db.system.name": "postgresql", "db.operation.name": operation}
        self._span = tracer.start_span(operation, kind=SpanKind.CLIENT, attributes=attributes)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if kind is not None:
            self._span.set_attribute("error.type", f"{kind.__module__}.{kind.__qualname__}")
            self._span.set_status(StatusCode.ERROR)
        self._span.end()


class Observer:
    """Names the span of a request by its operation, and measures the request."""

    def __init__(self, app: ASGIApp, *, duration: Histogram, active: UpDownCounter) -> None:
        self.app = app
        self._duration = duration
        self._active = active

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """The ASGI interface, of requests alone."""
        span = trace.get_current_span()
        if (known := span.get_span_context()).is_valid:
            logs.note_trace(trace.format_trace_id(known.trace_id))
        method = scope.get(ASKED, scope["method"])
        facts = {"http.request.method": method if method in METHODS else "_OTHER", "url.scheme": scope["scheme"]}
        about: dict[str, str | int] = {"error.type": "incomplete_response"}  # unless there is an answer

        async def named(message: Message) -> None:
            nonlocal about
            # FastAPI ends the span with the last byte: later it cannot be named.
            if message["type"] == "http.response.start":
                about = _answered(message["status"], _named(span, scope))
            await send(message)

        began = time.perf_counter()
        self._active.add(1, facts)
        try:
            await self.app(scope, receive, named)
        finally:
            self._active.add(-1, facts)
            self._duration.record(time.perf_counter() - began, {**facts, **about})


class Discreet(Sampler):
    """Decides as another does, of spans that begin with the attributes of `KEPT` and no others."""

    def __init__(self, other: Sampler) -> None:
        self._other = other

    @override
    def should_sample(
        self,
        parent_context: Context | None,
        trace_id: int,
        name: str,
        kind: SpanKind | None = None,
        attributes: Attributes = None,
        links: Sequence[Link] | None = None,
        trace_state: TraceState | None = None,
    ) -> SamplingResult:
        kept = {key: value for key, value in (attributes or {}).items() if key in KEPT}
        return self._other.should_sample(parent_context, trace_id, name, kind, kept, links, trace_state)

    @override
    def get_description(self) -> str:
        return f"Discreet{{{self._other.get_description()}}}"


def _named(span: Span, scope: Scope) -> dict[str, str]:
    """Gives the span its name, and returns what a metric says of the operation."""
    template, operation_id = route(scope)
    if operation_id is not None:
        span.update_name(operation_id)
        span.set_attribute(OPERATION, operation_id)
    return {key: value for key, value in ((OPERATION, operation_id), ("http.route", template)) if value is not None}


def _answered(status: int, named: dict[str, str]) -> dict[str, str | int]:
    failure = {"error.type": str(status)} if status >= HTTPStatus.INTERNAL_SERVER_ERROR else {}
    return {**named, **failure, "http.response.status_code": status}


def _resource(settings: Settings) -> Resource:
    """Who sends: as OTEL_RESOURCE_ATTRIBUTES and OTEL_SERVICE_NAME say, else by our own names."""
    ours = {
        "service.name": "task-api",
        "service.version": CONTRACT_VERSION,
        "deployment.environment.name": settings.environment,
    }
    detected = Resource.create()
    is_unnamed = str(detected.attributes["service.name"]).startswith("unknown_service")
    told = {key: value for key, value in detected.attributes.items() if key != "service.name" or not is_unnamed}
    return Resource({**ours, **told}, detected.schema_url)


def _wait(threads: Sequence[threading.Thread]) -> None:
    end = time.monotonic() + STOP_SECONDS
    for thread in threads:
        thread.join(max(0.0, end - time.monotonic()))
