"""The line to one receiver: a task of its own, with connections of its own, so that a receiver that hangs delays nobody else.

Several deliveries are under way at a time, each of another record. What there is to do is looked up in short reads, and what became
of it is written down in short writes, which keep the lease too; while a receiver takes its time neither is under way.
"""

import asyncio
import logging
import ssl
import time
from collections import deque
from functools import partial
from typing import NamedTuple, Protocol

from ledger.arrears import Arrears
from ledger.ciphers import Unreadable
from ledger.deliveries import LEASE_SECONDS, Result, Try, due, following, is_behind, let_go
from ledger.destinations import read
from ledger.entry import Call, Reading
from ledger.storage.models import Webhook
from ledger.webhooks import advance, signing_secrets
from rpcserver.house import House
from rpcserver.webhooks.failures import TAKEN, Failure
from rpcserver.webhooks.messages import body, message_id
from rpcserver.webhooks.sending import Sender
from rpcserver.webhooks.signing import signed

AT_ONCE = 8
"""So many deliveries to one receiver are under way at a time."""
AHEAD = 64
"""So many are looked up at a time."""
LOOK_SECONDS = 1.0
"""After so long somebody looks what there is to do, if nothing says so before."""
CALL = Call("webhooks", "deliver")

log = logging.getLogger("rpcserver.webhooks")


class Work(NamedTuple):
    """What there is to do for a webhook: deliveries to be tried, and whether there are events that are no deliveries yet."""

    webhook: Webhook
    tries: list[Try]
    is_behind: bool


class Counting(Protocol):
    """Whoever counts what becomes of tries, and is told from time to time what has not reached webhooks."""

    def tried(self, outcome: str) -> None: ...

    def owed(self, arrears: Arrears) -> None: ...


class Line:
    """Delivers to one webhook for one server process, the `holder` of its lease, whenever it is woken."""

    def __init__(self, house: House, webhook_pk: int, holder: str, trust: ssl.SSLContext, counting: Counting | None) -> None:
        self._house = house
        self._counting = counting
        self._pk = webhook_pk
        self._holder = holder
        self._trust = trust
        self._url = ""
        self._sender: Sender | None = None
        self._working: asyncio.Task[None] | None = None
        self._stopping = False
        self._ready: deque[Try] = deque()
        self._tries: dict[asyncio.Task[Result], Try] = {}
        self._look_on = self._renew_on = 0.0

    def wake(self) -> None:
        """Have it deliver, if it does not already."""
        if self._working is None or self._working.done():
            self._working = asyncio.create_task(self._work(), name=f"webhook {self._pk}")

    async def stop(self) -> None:
        """Begin nothing more, give what is under way a moment, and let the lease go."""
        self._stopping = True
        if self._working is not None:
            await self._working
        await self._close()

    async def _work(self) -> None:
        try:
            await self._deliver()
        except Exception:
            # A refusal of the book, or a fault of ours: whoever looks next tries again, and the lease runs out by itself.
            log.warning("deliveries to a webhook were interrupted", exc_info=True)
        finally:
            self._ready.clear()
            await self._end_tries()
            self._tries.clear()

    async def _deliver(self) -> None:
        """Deliver until there is nothing to do; the lease is held as long."""
        results: list[Result] = []
        taken: list[str] = []
        is_behind = True
        while True:
            if results or is_behind or self._renew_on <= time.monotonic():
                if not await self._advanced(results):
                    return
                if is_behind or any(result.failures or result.is_down for result in results):
                    self._ready.clear()
                    self._look_on = 0.0
            is_behind = await self._begin(taken)
            if not self._tries and not is_behind:
                break
            results, taken = await self._ended(0 if is_behind else LOOK_SECONDS)
        await self._let_go()

    async def _advanced(self, results: list[Result]) -> bool:
        self._renew_on = time.monotonic() + LEASE_SECONDS / 3
        book = self._house.book
        return await self._house.work(lambda: book.enter(CALL, lambda entry: advance(entry, self._pk, self._holder, results)))

    async def _let_go(self) -> None:
        book = self._house.book
        await self._house.work(lambda: book.enter(CALL, lambda entry: let_go(entry, self._pk, self._holder)))

    async def _begin(self, taken: list[str]) -> bool:
        """Begin what can be tried now; whether there are events that are no deliveries yet."""
        if self._stopping:
            return False
        work = await self._house.work(lambda: self._house.book.read(CALL, lambda reading: self._found(reading, taken)))
        self._ready.extend(work.tries)
        webhook = work.webhook
        if self._url != webhook.url and not self._tries:
            await self._connect(webhook)
        sender = self._sender if self._url == webhook.url else None
        while self._ready and sender is not None and len(self._tries) < AT_ONCE:
            next_ = self._ready.popleft()
            self._tries[asyncio.create_task(self._tried(webhook, sender, next_))] = next_
        return work.is_behind

    def _found(self, reading: Reading, taken: list[str]) -> Work:
        """First what follows in the records of which something was taken just now; then what else there is."""
        webhook = reading.rows.get(Webhook, self._pk)
        tries = following(reading, webhook, taken)
        if not self._ready and self._look_on <= time.monotonic():
            under_way = [each.delivery_pk for each in (*self._tries.values(), *tries)]
            found = due(reading, webhook, AHEAD, under_way)
            # Where there was less than was asked for, looking again brings nothing new for a while.
            self._look_on = time.monotonic() + (0.0 if len(found) == AHEAD else LOOK_SECONDS)
            tries += found
        return Work(webhook, tries, is_behind(reading, webhook))

    async def _connect(self, webhook: Webhook) -> None:
        await self._close()
        self._url = webhook.url
        self._sender = Sender(
            read(webhook.url),
            self._house.book.outgoing.reach,
            seconds=self._house.settings.webhook_timeout,
            connections=AT_ONCE,
            trust=self._trust,
        )

    async def _tried(self, webhook: Webhook, sender: Sender, next_: Try) -> Result:
        """What becomes of a message."""
        made = partial(Result, next_.delivery_pk, webhook.failures)
        book = self._house.book
        try:
            secrets = signing_secrets(book.outgoing.cipher, webhook, book.clock())
        except Unreadable:
            return made(error=Failure.SECRET_UNREADABLE)
        content = body(next_.event)
        headers = signed(message_id(next_.event), int(book.clock()), content, secrets)
        try:
            said = await sender.send(headers, content)
        except Exception:
            # A fault of ours: it is logged, and this one is tried again like any other.
            log.exception("a message could not be sent")
            return made(error=Failure.NOT_SENT)
        return made(*said)

    async def _ended(self, seconds: float) -> tuple[list[Result], list[str]]:
        """What became of the tries that ended meanwhile, and the records of which something was taken."""
        if self._tries:
            await asyncio.wait(self._tries, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
        if self._stopping:
            await self._end_tries(LOOK_SECONDS)
        results, taken = [], []
        for task in [task for task in self._tries if task.done()]:
            record_id = self._tries.pop(task).record_id
            if not task.cancelled():
                results.append(task.result())
                self._count(results[-1])
                taken += [record_id] if results[-1].is_delivered else []
        return results, taken

    def _count(self, result: Result) -> None:
        if self._counting is not None:
            self._counting.tried(result.error or TAKEN)

    async def _end_tries(self, seconds: float = 0) -> None:
        """End what is under way: who was told and is told again knows it by its id."""
        if self._tries:
            await asyncio.wait(self._tries, timeout=seconds)
            for task in self._tries:
                task.cancel()
            await asyncio.wait(self._tries)

    async def _close(self) -> None:
        if self._sender is not None:
            await self._sender.close()
            self._sender = None
