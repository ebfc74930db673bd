"""The application: the only file that knows every part."""

import asyncio
import gc
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager

from starlette.routing import BaseRoute, Route, Router
from starlette.types import Receive, Scope, Send

from ledger.book import Book
from ledger.throttle import Limits
from rpcserver import dispatch, documents, health, log
from rpcserver.connections import ROOM, Room
from rpcserver.departure import Departure
from rpcserver.dialects import productive, qbench, waldur
from rpcserver.door import Door
from rpcserver.house import House
from rpcserver.prefixes import ByPrefix
from rpcserver.settings import Settings, load
from rpcserver.watching import scrape, traces
from rpcserver.watching.metrics import Metrics
from rpcserver.watching.traces import Tracing
from rpcserver.webhooks.delivering import delivering

COLLECTED_AFTER = 20_000
"""Objects that are made and kept before the youngest are looked through."""

Routes = Callable[[House], Sequence[BaseRoute]]
DIALECTS: tuple[Routes, ...] = (productive.routes, qbench.routes, waldur.routes)
"""In the order in which their paths are looked at: one lies below another's."""


class Application:
    """The whole server: every request is logged and goes to the door that its path begins with."""

    def __init__(self, house: House, doors: Sequence[Routes], tracing: Tracing | None = None) -> None:
        native = Door(house, dispatch.WORD)
        self._departure = Departure(house.settings.drain_wait)
        self._metrics = _metrics(house)
        routes = [
            *health.routes(house.book, self._departure),
            *([scrape.route(self._metrics, house.settings.metrics_token)] if self._metrics else ()),
            *documents.routes(house),
            *(route for routes in (*doors, *DIALECTS) for route in routes(house)),
            Route(dispatch.DROP_IN + "/{path:path}", dispatch.Dispatch(native, drop_in=True)),
        ]
        self.routes = ByPrefix(routes, dispatch.Dispatch(native, drop_in=False))
        self._tracing = tracing
        self._logged = log.Logged(tracing.traced(self.routes) if tracing else self.routes, self._metrics)
        self._house = house
        self._living = Router(lifespan=self._lifespan)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await (self._logged if scope["type"] == "http" else self._living)(scope, receive, send)

    @asynccontextmanager
    async def _lifespan(self, _app: object) -> AsyncIterator[dict[str, object]]:
        self._departure.expect()
        pulse = asyncio.create_task(self._metrics.pulse()) if self._metrics else None
        async with delivering(self._house, self._metrics):
            yield {ROOM: Room(self._house.settings, self._metrics)}
        if pulse is not None:
            pulse.cancel()
        self._house.book.close()
        if self._tracing is not None:
            self._tracing.close()


def _metrics(house: House) -> Metrics | None:
    """What counts, if anybody wants to know: calls, and what the book tells."""
    if not house.settings.metrics:
        return None
    metrics = Metrics(house.book)
    house.book.observer = metrics
    return metrics


def create_app(settings: Settings, book: Book, doors: Sequence[Routes] = ()) -> Application:
    """The whole server over one book; closing it closes the book. `doors` are further ones, which come before ours."""
    tracing = traces.tracing(settings)
    house = House(book, settings, tracing.writing) if tracing else House(book, settings)
    return Application(house, doors, tracing)


def open_book(settings: Settings) -> Book:
    """The book that the settings name."""
    limits = Limits(settings.login_failures, settings.login_failures_per_address, settings.login_window)
    return Book(
        settings.database_url,
        allocation=settings.allocation,
        wait_seconds=settings.write_wait,
        login_limits=limits,
        largest_batch=settings.write_batch,
        linger=settings.write_linger,
        most_waiting=settings.write_queue,
        connections=settings.database_connections,
        keeps_events=settings.events,
    )


def from_environment() -> Application:
    """What each server process runs: settings from the environment, logging, the book, the application."""
    found = load()
    log.configure(found.log_level, found.log_format)
    app = create_app(found, open_book(found))
    _settle()
    return app


def _settle() -> None:
    """What is there when the server starts stays there: the garbage collector need not look at it again and again, and calls leave
    hardly any cycles behind."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(COLLECTED_AFTER)
