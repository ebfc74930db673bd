"""Traces, as a collector gets them from the server: what a span says, what it belongs to, and what it keeps to itself."""

import json
import logging
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from starlette.routing import Mount
from starlette.testclient import TestClient

from ledger.book import Book
from rpcserver import VERSION, log
from rpcserver.app import create_app
from rpcserver.settings import Settings
from tests.rpcserver import probes, world
from tests.rpcserver.asking import payment
from tests.rpcserver.test_serving import ROOT, environment, free_port
from tests.rpcserver.world import KEY, PASSWORD, World

pytestmark = pytest.mark.one_engine

TokenOf = Callable[[str], str]
TRACE, PARENT = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"


@dataclass
class Span:
    """One span as it was received."""

    name: str
    trace_id: str
    id: str
    parent_id: str
    failed: bool
    attributes: dict[str, str]


@dataclass
class Collector:
    """What was sent to it."""

    bodies: list[bytes] = field(default_factory=list)

    @property
    def requests(self) -> list[ExportTraceServiceRequest]:
        return [ExportTraceServiceRequest.FromString(body) for body in self.bodies]

    @property
    def spans(self) -> list[Span]:
        """All spans, in the order in which they ended."""
        return [
            Span(
                span.name,
                span.trace_id.hex(),
                span.span_id.hex(),
                span.parent_span_id.hex(),
                span.status.code == 2,
                {each.key: each.value.string_value or str(each.value.int_value) for each in span.attributes},
            )
            for request in self.requests
            for resource in request.resource_spans
            for scope in resource.scope_spans
            for span in scope.spans
        ]


class Receiving(BaseHTTPRequestHandler):
    """Takes whatever is posted."""

    def __init__(self, collector: Collector, *arguments: Any) -> None:
        self.collector = collector
        super().__init__(*arguments)

    def do_POST(self) -> None:
        self.collector.bodies.append(self.rfile.read(int(self.headers["Content-Length"])))
        self.send_response(200)
        self.end_headers()

    def log_message(self, *_: object) -> None: ...


@pytest.fixture
def collector(monkeypatch: pytest.MonkeyPatch) -> Iterator[Collector]:
    """A collector at the address that OpenTelemetry's variables name."""
    made = Collector()
    server = HTTPServer(("127.0.0.1", 0), partial(Receiving, made))
    thread = Thread(target=server.serve_forever)
    thread.start()
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", f"http://127.0.0.1:{server.server_port}")
    yield made
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def settings(here: World) -> Settings:
    return world.settings_for(here.path, tracing=True)


Served = Callable[[], TestClient]


@pytest.fixture
def served(settings: Settings, book: Book, collector: Collector) -> Served:
    """A server that sends its spans when it stops."""
    return lambda: TestClient(create_app(settings, book), raise_server_exceptions=False)


def test_a_call_has_a_span_with_door_method_code_and_request_id_and_one_for_its_write(
    served: Served, collector: Collector, token: TokenOf, here: World
) -> None:
    with served() as client:
        body = {"token": token("clerk"), **payment(here)}
        assert client.post("/payments/create", json=body, headers={"X-Request-Id": "r-1"}).status_code == 200
    write, call = collector.spans
    assert (call.name, write.name) == ("native payments/create", "write")
    assert call.attributes == {
        "rpcserver.door": "native",
        "rpcserver.method": "payments/create",
        "rpcserver.code": "OK",
        "rpcserver.request_id": "r-1",
        "http.response.status_code": "200",
    }
    assert (write.trace_id, write.parent_id) == (call.trace_id, call.id)
    assert (call.parent_id, call.failed, write.failed) == ("", False, False)
    (resource,) = collector.requests[0].resource_spans
    said = {each.key: each.value.string_value for each in resource.resource.attributes}
    assert (said["service.name"], said["service.version"]) == ("rpcserver", VERSION)


def test_a_batch_and_a_rest_door_have_their_spans_too(served: Served, collector: Collector, token: TokenOf, here: World) -> None:
    with served() as client:
        clerk = token("clerk")
        client.post("/batch", json={"token": clerk, "calls": [{"method": "payments/create", "params": payment(here)}]})
        client.get("/api/payments/", headers={"Authorization": f"Token {clerk}"})
    write, batch, waldur = collector.spans
    assert (write.parent_id, batch.name) == (batch.id, "native batch")
    assert waldur.attributes["rpcserver.door"] == "waldur"


def test_a_callers_trace_goes_on_and_the_log_names_it(
    served: Served, collector: Collector, token: TokenOf, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO), served() as client:
        headers = {"traceparent": f"00-{TRACE}-{PARENT}-01"}
        client.post("/whoami", json={"token": token("clerk")}, headers=headers)
        client.post("/whoami", json={"token": token("clerk")}, headers={"traceparent": "nonsense"})
    first, second = collector.spans
    assert (first.trace_id, first.parent_id) == (TRACE, PARENT)
    assert (second.parent_id, second.trace_id == TRACE) == ("", False)
    lines = [json.loads(log.JsonLines().format(record)) for record in caplog.records if record.name == "rpcserver.call"]
    assert [line["trace_id"] for line in lines] == [TRACE, second.trace_id]


def test_no_secret_path_query_header_or_body_is_in_a_span(
    served: Served, collector: Collector, token: TokenOf, here: World
) -> None:
    secrets = [PASSWORD, KEY, world.SECRET, "hunter2hunter2", "a-note-of-theirs", "my-idempotency-key", "/nowhere", "192.0.2.1"]
    with served() as client:
        clerk = token("clerk")
        client.get(f"/whoami?token={clerk}")
        client.post("/whoami", json={}, headers={"Authorization": f"Bearer {KEY}", "baggage": "secret=hunter2hunter2"})
        client.post("/login", json={"username": "clerk", "password": PASSWORD})
        client.post("/login", json={"username": "hunter2hunter2", "password": "hunter2hunter2"})
        body = {"token": clerk, **payment(here, notes="a-note-of-theirs")}
        client.post("/payments/create", json=body, headers={"Idempotency-Key": "my-idempotency-key"})
        client.post("/payments/create", json=body | {"notes": ["a-note-of-theirs"]})
        client.get(f"/nowhere/{clerk}?token={clerk}")
        client.get(f"/api/payments/?token={clerk}", headers={"Authorization": f"Token {clerk}"})
    assert len(collector.spans) == 10
    said = b"".join(collector.bodies)
    assert [each for each in (clerk, *secrets) if each.encode() in said] == []


def test_a_fault_of_ours_marks_its_span_and_tells_nothing_of_it(
    served: Served, collector: Collector, token: TokenOf, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise LookupError("the shelf is empty")

    with served() as client:
        for path, writes in (("probe/broken", False), ("probe/write", True)):
            probes.put(monkeypatch, path, probes.method(broken, writes=writes))
            client.post(f"/{path}", json={"token": token("clerk")})
        client.post("/payments/show", json={"token": token("clerk")})
    assert [(span.name, span.failed) for span in collector.spans] == [
        ("native probe/broken", True),
        ("write", False),
        ("native probe/write", True),
        ("native payments/show", False),
    ]
    assert collector.spans[0].attributes["rpcserver.code"] == "SYSTEM_ERROR"
    assert b"shelf" not in b"".join(collector.bodies)


def test_a_fault_outside_every_door_marks_its_span_too(settings: Settings, book: Book, collector: Collector) -> None:
    async def broken(*_: object) -> None:
        raise LookupError("the shelf is empty")

    app = create_app(settings, book, [lambda house: [Mount("/broken", broken)]])
    with TestClient(app, raise_server_exceptions=False) as client:
        assert client.get("/broken/x").status_code == 500
    (span,) = collector.spans
    assert (span.name, span.failed, span.attributes["rpcserver.code"]) == ("call", True, "SYSTEM_ERROR")
    assert b"shelf" not in b"".join(collector.bodies)


def test_probes_and_scrapes_are_not_traced(here: World, book: Book, collector: Collector) -> None:
    with TestClient(create_app(world.settings_for(here.path, tracing=True, metrics=True), book)) as client:
        for path in ("/health", "/health/live", "/metrics", "/nowhere"):
            client.get(path)
    assert [span.name for span in collector.spans] == ["native"]


def test_the_service_has_the_name_that_its_variable_gives_it(
    served: Served, collector: Collector, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OTEL_SERVICE_NAME", "receivables")
    with served() as client:
        client.post("/whoami", json={})
    (resource,) = collector.requests[0].resource_spans
    assert {each.key: each.value.string_value for each in resource.resource.attributes}["service.name"] == "receivables"


def test_where_the_library_is_told_to_do_nothing_calls_go_on(
    served: Served, collector: Collector, monkeypatch: pytest.MonkeyPatch, token: TokenOf, here: World
) -> None:
    monkeypatch.setenv("OTEL_SDK_DISABLED", "true")
    with served() as client:
        assert client.post("/payments/create", json={"token": token("clerk"), **payment(here)}).status_code == 200
    assert collector.bodies == []


# --- off, and without the packages ---


def test_without_being_enabled_nothing_of_it_is_imported() -> None:
    program = "import sys, rpcserver.app, rpcserver.__main__; print([name for name in sys.modules if 'opentelemetry' in name])"
    ended = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, timeout=60, check=True)
    assert ended.stdout == "[]\n"


def test_without_its_packages_a_server_that_is_to_trace_names_the_extra(tmp_path: Path) -> None:
    program = "import sys; sys.modules['opentelemetry'] = None; from rpcserver.__main__ import main; main()"
    command = [sys.executable, "-c", program, "serve", "--port", str(free_port())]
    world_of = environment(tmp_path, TRACING="on")
    ended = subprocess.run(command, cwd=tmp_path, env=world_of, capture_output=True, text=True, timeout=60, check=False)
    assert ended.returncode == 1
    assert "TRACING is on" in ended.stderr
    assert "rpcserver[tracing]" in ended.stderr
    assert "Traceback" not in ended.stderr
    assert not (tmp_path / "book.db").exists()
