"""`/metrics`: what Prometheus asks for every few seconds."""

from collections.abc import Callable
from functools import partial
from hmac import compare_digest

from anyio import CapacityLimiter, to_thread
from prometheus_client import CONTENT_TYPE_PLAIN_0_0_4, CollectorRegistry, generate_latest
from prometheus_client.openmetrics import exposition as openmetrics
from pydantic import SecretStr
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from ledger.errors import InvalidToken
from rpcserver.arguments import header_tokens
from rpcserver.log import line_of
from rpcserver.page import Page
from rpcserver.watching import together
from rpcserver.watching.metrics import Metrics

PATH = "/metrics"
OPEN_METRICS = "application/openmetrics-text"
Written = Callable[[CollectorRegistry], bytes]


def route(metrics: Metrics, token: SecretStr | None) -> Route:
    """The page; with a token only for who brings it. One scrape at a time is answered, in a thread that no call waits for."""
    one_at_a_time = CapacityLimiter(1)

    async def answer(request: Request) -> Response:
        if token is not None and not _brings(request, token.get_secret_value()):
            raise InvalidToken("the metrics are for who brings METRICS_TOKEN as Authorization: Bearer", "token")
        line_of(request.scope).quiet = True
        write, kind = _form(request.headers.get("accept", ""))
        body = await to_thread.run_sync(partial(_scraped, metrics, write), limiter=one_at_a_time)
        return Response(body, headers={"Content-Type": kind})

    return Route(PATH, Page("metrics", answer))


def _brings(request: Request, token: str) -> bool:
    return any(compare_digest(brought.encode(), token.encode()) for brought in header_tokens(request.headers))


def _form(accepted: str) -> tuple[Written, str]:
    """How it is written, and the media type: OpenMetrics for who knows it, else Prometheus' own text."""
    if OPEN_METRICS in accepted.lower():
        return openmetrics.generate_latest, openmetrics.CONTENT_TYPE_LATEST
    return generate_latest, CONTENT_TYPE_PLAIN_0_0_4


def _scraped(metrics: Metrics, write: Written) -> bytes:
    metrics.look()
    return write(together.collected(metrics.registry))
