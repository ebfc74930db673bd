"""A span for each call at a door, and one within it for the write, sent by OpenTelemetry as its own variables (`OTEL_*`) say.

A span holds what the line of the log holds of the call itself: door, method, code, request id. Nothing that a caller has written
goes into it but the request id and the trace it belongs to: no path, query, header or body.
"""

from contextlib import AbstractContextManager

from opentelemetry import propagate
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.propagators.textmap import Getter
from opentelemetry.sdk.resources import SERVICE_NAME, SERVICE_VERSION, Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace import Span, SpanKind, StatusCode, Tracer, format_trace_id, use_span
from starlette.types import ASGIApp, Receive, Scope, Send

from ledger.errors import SystemFailure
from rpcserver import VERSION
from rpcserver.headers import Headers, headers_of
from rpcserver.log import Line, line_of
from rpcserver.page import WORD as PAGES

NAME = "rpcserver"
CALL = "call"
"""The name of a span until it is known what is called."""
UNNAMED = "unknown_service"
"""How the library begins the name of a service that nobody has named."""
SERVER_FAULT = 500


class Spans:
    """The spans of this process."""

    def __init__(self) -> None:
        self._provider = TracerProvider(resource=_resource(), shutdown_on_exit=False)
        self._provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
        self._tracer = self._provider.get_tracer(NAME, VERSION)

    def traced(self, app: ASGIApp) -> ASGIApp:
        """The application with a span for each call; the line of the log knows its trace."""
        return Traced(app, self._tracer)

    def writing(self) -> AbstractContextManager[Span]:
        """A span within that of the call: it waits for its write. Nothing of an exception is kept, for it may quote the caller."""
        return self._tracer.start_as_current_span("write", record_exception=False, set_status_on_exception=False)

    def close(self) -> None:
        """Send what there is."""
        self._provider.shutdown()


class Traced:
    """The layer within the log that gives a call its span."""

    def __init__(self, app: ASGIApp, tracer: Tracer) -> None:
        self._app = app
        self._tracer = tracer

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        line = line_of(scope)
        parent = propagate.extract(headers_of(scope), getter=_FROM_HEADERS)
        span = self._tracer.start_span(CALL, parent, SpanKind.SERVER)
        if span.get_span_context().is_valid:
            line.trace_id = format_trace_id(span.get_span_context().trace_id)
        try:
            with use_span(span, record_exception=False, set_status_on_exception=False):
                await self._app(scope, receive, send)
        except Exception:
            line.code = SystemFailure.code
            raise
        finally:
            # A span that never ends is never sent: nobody traces probes and scrapes.
            if line.door != PAGES:
                _tell(span, line)
                span.end()


def _tell(span: Span, line: Line) -> None:
    span.update_name(" ".join(word for word in (line.door, line.method) if word) or CALL)
    told = {
        "rpcserver.door": line.door,
        "rpcserver.method": line.method,
        "rpcserver.code": line.code,
        "rpcserver.request_id": line.request_id,
        "http.response.status_code": line.status,
    }
    span.set_attributes({name: value for name, value in told.items() if value is not None})
    if line.code == SystemFailure.code or (line.status or 0) >= SERVER_FAULT:
        span.set_status(StatusCode.ERROR, line.code)


class _FromHeaders(Getter[Headers]):
    def get(self, carrier: Headers, key: str) -> list[str] | None:
        return carrier.getlist(key) or None

    def keys(self, carrier: Headers) -> list[str]:
        return carrier.keys()


_FROM_HEADERS = _FromHeaders()


def _resource() -> Resource:
    """Who sends them: as OTEL_SERVICE_NAME or OTEL_RESOURCE_ATTRIBUTES say, else this server's name."""
    found = Resource.create({SERVICE_VERSION: VERSION})
    is_unnamed = str(found.attributes.get(SERVICE_NAME, UNNAMED)).startswith(UNNAMED)
    return found.merge(Resource({SERVICE_NAME: NAME})) if is_unnamed else found
