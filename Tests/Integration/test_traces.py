"""Requests told to a collector of traces; the payload is read by OpenTelemetry's own definitions."""

import json
import socket
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
import raw_http
from admin import Admin
from daemon import Daemon, free_port
from google.protobuf import json_format
from mock_upstream import Usage, faults, say
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import Span
from router import Router

COUNTS = Usage(input=24, cache_read=64, cache_write=32, output=20, reasoning=40)
TRACE = "0af7651916cd43dd8448eb211c80319c"
PARENT = "b7ad6b7169203331"


class Collector:
    """Takes what is posted to /v1/traces and answers with the given statuses, then with 200."""

    def __init__(self, port: int = 0, statuses=()):
        self.spans, self.resources, self.headers, self.statuses = [], [], [], list(statuses)
        collector = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["content-length"]))
                status = collector.statuses.pop(0) if collector.statuses else 200
                if status == 200:
                    collector.take(self.path, dict(self.headers), body)
                self.send_response(status)
                self.send_header("content-length", "2")
                self.end_headers()
                self.wfile.write(b"{}")

            def log_message(self, *_):
                """Nobody reads it."""

        self.server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server.server_port}"

    def take(self, path: str, headers: dict, body: bytes):
        assert path == "/v1/traces" and headers["content-type"] == "application/json"
        message = json.loads(body)
        # Protobuf's own JSON has identifiers in base64, OTLP's in hexadecimal.
        for resource in message["resourceSpans"]:
            for scope in resource["scopeSpans"]:
                for span in scope["spans"]:
                    assert len(span["traceId"]) == 32 and len(span["spanId"]) == 16
                    span["traceId"], span["spanId"] = "", ""
                    span.pop("parentSpanId", None)
        strict = json_format.ParseDict(message, ExportTraceServiceRequest())
        self.headers.append({name.lower(): value for name, value in headers.items()})
        plain = json.loads(body)
        for resource, parsed in zip(plain["resourceSpans"], strict.resource_spans, strict=True):
            self.resources.append(attributes(parsed.resource))
            for scope, parsed_scope in zip(resource["scopeSpans"], parsed.scope_spans, strict=True):
                self.spans += zip(scope["spans"], parsed_scope.spans, strict=True)

    def stop(self):
        self.server.shutdown()
        self.server.server_close()


def attributes(message) -> dict:
    return {one.key: getattr(one.value, one.value.WhichOneof("value")) for one in message.attributes}


@pytest.fixture
def upstream():
    return "openai"


@pytest.fixture
def collector():
    collector = Collector()
    yield collector
    collector.stop()


def start(new_daemon, mock, endpoint: str, **settings) -> Router:
    daemon = new_daemon(OTEL_EXPORTER_OTLP_ENDPOINT=endpoint, **settings).start()
    admin = Admin(daemon.url, Daemon.PASSWORD)
    node = admin.node("mo", "openai", mock.url("openai"))
    for name in ("first", "second"):
        admin.connection(node["id"], f"{name}-key-0123456789", name)
    return Router(daemon, admin, admin.key("traces")["key"], mock)


def traced(collector, mock, count: int) -> list:
    mock.wait_until(lambda: len(collector.spans) >= count, timeout=8, why="the collector is told")
    return collector.spans


@pytest.mark.parametrize("streamed", [False, True])
def test_a_request_is_a_server_span_with_a_client_span(new_daemon, mock, collector, streamed):
    router = start(new_daemon, mock, collector.url, OTEL_EXPORTER_OTLP_HEADERS="x-tenant=a%20b,Api-Key=collectors-secret",
                   OTEL_SERVICE_NAME="my router")
    mock.always(say("x", usage=COUNTS))
    answer = raw_http.post(router, "openai", raw_http.chat_body("mo/m", stream=streamed),
                           f"traceparent: 00-{TRACE}-{PARENT}-01")
    assert answer.status == 200
    (server, parsed), (attempt, parsed_attempt) = traced(collector, mock, 2)
    assert server["traceId"] == attempt["traceId"] == TRACE
    assert server["parentSpanId"] == PARENT and attempt["parentSpanId"] == server["spanId"]
    assert parsed.kind == Span.SPAN_KIND_SERVER and parsed_attempt.kind == Span.SPAN_KIND_CLIENT
    assert parsed.start_time_unix_nano <= parsed_attempt.start_time_unix_nano
    assert parsed_attempt.end_time_unix_nano <= parsed.end_time_unix_nano
    told = attributes(parsed)
    assert told["gen_ai.operation.name"] == "chat" and told["gen_ai.request.model"] == "mo/m"
    assert told["http.response.status_code"] == 200 and told["omniroute.overhead_us"] > 0
    assert told["omniroute.stream"] == streamed
    told = attributes(parsed_attempt)
    assert told["gen_ai.request.model"] == told["gen_ai.response.model"] == "m"
    assert told["gen_ai.usage.input_tokens"] == 120 and told["gen_ai.usage.output_tokens"] == 60
    assert told["gen_ai.usage.cache_read.input_tokens"] == 64 and told["server.address"] == "127.0.0.1"
    assert collector.resources[0]["service.name"] == "my router"
    assert collector.headers[0]["x-tenant"] == "a b" and collector.headers[0]["api-key"] == "collectors-secret"
    assert "collectors-secret" not in router.daemon.stderr
    assert "traceparent" not in {name.lower() for name, _ in mock.requests[-1].headers}
    router.admin.close()


def test_every_attempt_has_its_span(new_daemon, mock, collector):
    router = start(new_daemon, mock, collector.url)
    mock.reply_with(faults.error(503, "busy"))
    assert raw_http.post(router, "openai", raw_http.chat_body("mo/m")).status == 200
    (_, server), (_, failed), (_, served) = traced(collector, mock, 3)
    assert failed.status.code == 2 and attributes(failed)["http.response.status_code"] == 503
    assert "gen_ai.usage.input_tokens" not in attributes(failed)
    assert served.status.code == 0 and attributes(served)["gen_ai.response.model"] == "m"
    assert server.status.code == 0 and attributes(server)["omniroute.attempts"] == 2
    router.admin.close()


def test_what_the_client_does_not_sample_is_not_told(new_daemon, mock, collector):
    router = start(new_daemon, mock, collector.url, OTEL_TRACES_SAMPLER_ARG="0")
    body = raw_http.chat_body("mo/m")
    raw_http.post(router, "openai", body)
    raw_http.post(router, "openai", body, f"traceparent: 00-{TRACE}-{PARENT}-00")
    raw_http.post(router, "openai", body, f"traceparent: 00-{TRACE}-{PARENT}-01")
    traced(collector, mock, 2)
    router.admin.close()
    assert router.daemon.stop() == 0
    assert [span["traceId"] for span, _ in collector.spans] == [TRACE, TRACE]


def test_a_collector_that_is_away_costs_nothing_but_patience(new_daemon, mock):
    port = free_port()
    router = start(new_daemon, mock, f"http://127.0.0.1:{port}")
    for _ in range(3):
        assert raw_http.post(router, "openai", raw_http.chat_body("mo/m")).status == 200
    mock.wait_until(lambda: "traces cannot be told" in router.daemon.stderr, timeout=8, why="it was tried")
    collector = Collector(port, statuses=[503])
    router.admin.close()
    # The end of the daemon is the last chance, and the first answer a refusal: the next try is the one before it.
    traced(collector, mock, 6)
    assert router.daemon.stop() == 0
    assert len(collector.spans) == 6
    collector.stop()


def test_what_is_left_is_told_at_the_end(new_daemon, mock, collector):
    router = start(new_daemon, mock, collector.url)
    for _ in range(5):
        raw_http.post(router, "openai", raw_http.chat_body("mo/m"))
    router.admin.close()
    assert router.daemon.stop() == 0
    assert len(collector.spans) == 10


def test_a_collector_that_hangs_does_not_hold_up_the_end(new_daemon, mock):
    with socket.create_server(("127.0.0.1", 0)) as silent:
        router = start(new_daemon, mock, f"http://127.0.0.1:{silent.getsockname()[1]}")
        raw_http.post(router, "openai", raw_http.chat_body("mo/m"))
        router.admin.close()
        assert router.daemon.stop(timeout=8) == 0


@pytest.mark.parametrize("name, value", [
    ("OTEL_EXPORTER_OTLP_ENDPOINT", "collector:4318"),
    ("OTEL_EXPORTER_OTLP_HEADERS", "no-value"),
    ("OTEL_TRACES_SAMPLER_ARG", "1.5"),
])
def test_a_broken_setting_is_said(new_daemon, name, value):
    daemon = new_daemon(**{"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:4318", name: value}).launch()
    assert daemon.process.wait(10) != 0
    assert "otel" in (daemon.stderr + daemon.stdout).lower()


@pytest.mark.parametrize("share", [0, 0.0])
def test_the_share_is_a_number_in_the_file(new_daemon, mock, collector, tmp_path, share):
    (tmp_path / "omniroute.json").write_text(json.dumps({"otelTracesSamplerArg": share}))
    router = start(new_daemon, mock, collector.url, data_dir=tmp_path)
    assert raw_http.post(router, "openai", raw_http.chat_body("mo/m")).status == 200
    router.admin.close()
    assert router.daemon.stop() == 0
    assert collector.spans == []
