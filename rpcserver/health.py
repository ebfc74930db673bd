"""Whether this server lives, and whether it is ready. For load balancers and whoever restarts servers, so without the envelope.

`/health/live`: the process answers; nothing else is asked. `/health/ready`, and `/health`: it can take calls.
"""

import asyncio
from concurrent.futures import Future
from threading import Thread

import orjson
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from ledger.book import Book
from rpcserver.departure import Departure
from rpcserver.log import line_of
from rpcserver.page import Page

WELL, ILL = "OK", "FAILING"
PATIENCE_SECONDS = 2.0
"""How long the database has to say that it is there."""


def routes(book: Book, departure: Departure) -> list[Route]:
    """The three pages."""
    readiness = Readiness(book, departure)

    async def ready(request: Request) -> Response:
        return _said(request, await readiness.problems())

    async def live(request: Request) -> Response:
        return _said(request, [])

    pages = {"health": ready, "health/ready": ready, "health/live": live}
    return [Route(f"/{name}", Page(name, answer)) for name, answer in pages.items()]


def _said(request: Request, problems: list[str]) -> Response:
    """200 and `OK`, or 503 and what is wrong, one sentence a problem."""
    line = line_of(request.scope)
    line.code, line.quiet = ILL if problems else WELL, not problems
    body = orjson.dumps({"status": line.code, "problems": problems})
    return Response(body, 503 if problems else 200, media_type="application/json")


class Readiness:
    """Whether calls can be taken. The database is looked at in a thread of its own, so that nobody waits who asks something else,
    and by one at a time: whoever asks meanwhile, and be it a thousand, hears what that one finds."""

    def __init__(self, book: Book, departure: Departure) -> None:
        self._book = book
        self._departure = departure
        self._looking: Future[list[str]] | None = None

    async def problems(self) -> list[str]:
        """What is in the way; nothing, if all is well. It is told in a little more than PATIENCE_SECONDS at most."""
        if self._departure.has_begun:
            return ["the server is stopping"]
        waiting = self._book.waiting
        if waiting >= self._book.most_waiting:
            return [f"{waiting} calls wait to write, and no more may"]
        try:
            return await asyncio.wait_for(asyncio.wrap_future(self._looked()), PATIENCE_SECONDS)
        except TimeoutError:
            return [f"the database has not answered for {PATIENCE_SECONDS:g} seconds"]

    def _looked(self) -> Future[list[str]]:
        """What the look finds that is under way, or a new one."""
        looking = self._looking
        if looking is None or looking.done():
            looking = Future()
            # Who has no patience left goes; the look goes on.
            looking.set_running_or_notify_cancel()
            Thread(target=self._look, args=(looking,), name="readiness", daemon=True).start()
            self._looking = looking
        return looking

    def _look(self, looking: Future[list[str]]) -> None:
        try:
            looking.set_result(self._book.health())
        except Exception as error:
            looking.set_exception(error)
