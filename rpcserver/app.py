"""The application: the only file that knows every part."""

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.routing import BaseRoute, Route

from ledger.book import Book
from ledger.throttle import Limits
from rpcserver import dispatch, documents, health, log
from rpcserver.dialects import productive, qbench, waldur
from rpcserver.door import Door
from rpcserver.house import House
from rpcserver.settings import Settings, load

DROP_IN = "/crmapi/rest/v2"

Routes = Callable[[House], Sequence[BaseRoute]]
DIALECTS: tuple[Routes, ...] = (productive.routes, qbench.routes, waldur.routes)
"""In the order in which their paths are looked at: one lies below another's."""


def create_app(settings: Settings, book: Book, doors: Sequence[Routes] = ()) -> Starlette:
    """The whole server over one book; closing it closes the book. `doors` are further ones, which come before ours."""
    house = House(book, settings)
    native = Door(house, dispatch.WORD)

    @asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        yield
        book.close()

    routes = [
        Route("/health", health.page(house)),
        *documents.routes(house),
        *(route for routes in (*doors, *DIALECTS) for route in routes(house)),
        Route(DROP_IN + "/{path:path}", dispatch.Dispatch(native, drop_in=True)),
        Route("/{path:path}", dispatch.Dispatch(native, drop_in=False)),
    ]
    return Starlette(routes=routes, middleware=[Middleware(log.Logged)], lifespan=lifespan)


def open_book(settings: Settings) -> Book:
    """The book that the settings name."""
    limits = Limits(settings.login_failures, settings.login_failures_per_address, settings.login_window)
    return Book(settings.database_url, allocation=settings.allocation, wait_seconds=settings.write_wait, login_limits=limits)


def from_environment() -> Starlette:
    """What each server process runs: settings from the environment, logging, the book, the application."""
    found = load()
    log.configure(found.log_level, found.log_format)
    return create_app(found, open_book(found))
