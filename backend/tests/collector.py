"""A collector of traces and metrics: what a service sends to it by OTLP over HTTP, decoded."""

import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any  # an attribute is of any type

from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import KeyValue
from typing_extensions import override

KINDS = {2: "server", 3: "client"}
"""Of `SpanKind` in opentelemetry/proto/trace/v1/trace.proto."""


@dataclass(frozen=True)
class Span:
    """One span, its ids in hexadecimal digits."""

    name: str
    kind: str
    trace_id: str
    span_id: str
    parent_id: str
    failed: bool
    attributes: dict[str, Any]


@dataclass
class Collector:
    """Where it listens, and what it has received."""

    endpoint: str
    spans: list[Span] = field(default_factory=list)
    points: dict[str, list[tuple[dict[str, Any], float]]] = field(default_factory=dict)
    """By the name of the metric: attributes, and the latest value or how many were counted."""
    metrics: dict[str, tuple[str, str]] = field(default_factory=dict)
    """Unit and description of each."""
    resource: dict[str, Any] = field(default_factory=dict)
    bodies: bytes = b""
    """All that was received, as it was."""

    def servers(self) -> list[Span]:
        """The spans of requests."""
        return [span for span in self.spans if span.kind == "server"]

    def below(self, parent: Span) -> list[Span]:
        """The spans whose parent is this one."""
        return [span for span in self.spans if span.parent_id == parent.span_id]


@contextmanager
def collecting() -> Iterator[Collector]:
    """Listens on a free port of 127.0.0.1."""
    collector = Collector("")

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            receive = {"/v1/traces": _receive_spans, "/v1/metrics": _receive_metrics}[self.path]
            receive(collector, body)
            self.send_response(200)
            self.send_header("Content-Type", "application/x-protobuf")
            self.send_header("Content-Length", "0")
            self.end_headers()

        @override
        def log_message(self, format: str, *args: object) -> None:
            """Says nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    collector.endpoint = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield collector
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def _receive_spans(collector: Collector, body: bytes) -> None:
    collector.bodies += body
    for resource in ExportTraceServiceRequest.FromString(body).resource_spans:
        collector.resource = _attributes(resource.resource.attributes)
        for scope in resource.scope_spans:
            for span in scope.spans:
                collector.spans.append(
                    Span(
                        name=span.name,
                        kind=KINDS.get(span.kind, str(span.kind)),
                        trace_id=span.trace_id.hex(),
                        span_id=span.span_id.hex(),
                        parent_id=span.parent_span_id.hex(),
                        failed=span.status.code == span.status.STATUS_CODE_ERROR,
                        attributes=_attributes(span.attributes)
                        | {f"event {event.name}": True for event in span.events},
                    )
                )


def _receive_metrics(collector: Collector, body: bytes) -> None:
    collector.bodies += body
    for resource in ExportMetricsServiceRequest.FromString(body).resource_metrics:
        for scope in resource.scope_metrics:
            for metric in scope.metrics:
                collector.metrics[metric.name] = (metric.unit, metric.description)
                points = [(_attributes(point.attributes), float(point.count)) for point in metric.histogram.data_points]
                points += [(_attributes(point.attributes), float(point.as_int)) for point in metric.sum.data_points]
                collector.points[metric.name] = points


def _attributes(pairs: Iterable[KeyValue]) -> dict[str, Any]:
    return {pair.key: _value(pair) for pair in pairs}


def _value(pair: KeyValue) -> object:
    kind = pair.value.WhichOneof("value")
    assert kind is not None
    value: object = getattr(pair.value, kind)
    return value
