"""The task of each server process that delivers events to webhooks, beside the calls.

It looks once a second whether there is anything to do, and starts the line to each receiver for which there is. Of several
processes or hosts one delivers to a webhook, whoever holds its lease; when that one dies, another takes over as soon as its lease
has run out.
"""

import asyncio
import logging
import secrets
import ssl
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import httpcore2

from ledger import events
from ledger.arrears import arrears
from ledger.deliveries import busy
from ledger.entry import Reading
from ledger.storage.models import Webhook
from rpcserver.house import House
from rpcserver.webhooks.line import CALL, LOOK_SECONDS, Counting, Line

COUNT_SECONDS = 10.0
"""After so long it is counted again what has not reached webhooks."""

log = logging.getLogger("rpcserver.webhooks")


@asynccontextmanager
async def delivering(house: House, counting: Counting | None = None) -> AsyncIterator[None]:
    """Deliver while the block runs."""
    deliverer = Deliverer(house, counting)
    working = asyncio.create_task(deliverer.run(), name="webhooks")
    try:
        yield
    finally:
        deliverer.stopping.set()
        await working


class Deliverer:
    """The lines of one server process, by the row keys of their webhooks."""

    def __init__(self, house: House, counting: Counting | None) -> None:
        self._house = house
        self._counting = counting
        self._count_on = 0.0
        self._holder = secrets.token_hex(16)
        self._lines: dict[int, Line] = {}
        self._trust: ssl.SSLContext | None = None
        self._is_ill = False
        self.stopping = asyncio.Event()

    async def run(self) -> None:
        """Look again and again, until it is time to stop."""
        while not await self._stopped():
            try:
                for webhook_pk in await self._house.work(self._look):
                    await self._wake(webhook_pk)
                await self._count()
                self._is_ill = False
            except Exception:
                # One word for each time that the book is out of reach is enough.
                if not self._is_ill:
                    log.warning("webhooks cannot be looked after", exc_info=True)
                self._is_ill = True
        await asyncio.gather(*(line.stop() for line in self._lines.values()))

    async def _stopped(self) -> bool:
        with suppress(TimeoutError):
            await asyncio.wait_for(self.stopping.wait(), LOOK_SECONDS)
        return self.stopping.is_set()

    def _look(self) -> list[int]:
        """The webhooks for which there is something to do; without any webhook nothing is written."""
        book = self._house.book
        if not book.read(CALL, _any):
            return []
        events.place_what_waits(book, CALL)
        return book.read(CALL, lambda reading: busy(reading, self._holder))

    async def _count(self) -> None:
        """From time to time say what has not reached webhooks."""
        if self._counting is not None and self._count_on <= time.monotonic():
            self._count_on = time.monotonic() + COUNT_SECONDS
            self._counting.owed(await self._house.work(lambda: self._house.book.read(CALL, arrears)))

    async def _wake(self, webhook_pk: int) -> None:
        if self._trust is None:
            self._trust = await self._house.work(httpcore2.default_ssl_context)
        if webhook_pk not in self._lines:
            self._lines[webhook_pk] = Line(self._house, webhook_pk, self._holder, self._trust, self._counting)
        self._lines[webhook_pk].wake()


def _any(reading: Reading) -> bool:
    return reading.rows.one(Webhook, disabled_on=None) is not None
