"""What every door has at hand: the book, the settings, the tokens, the threads that calls work in, and the record of refusals."""

import asyncio
import logging
from collections import Counter
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from functools import partial
from threading import BoundedSemaphore, Lock
from typing import TypeVar

from anyio import CapacityLimiter, to_thread

from ledger import audit
from ledger.book import Book
from ledger.destinations import Reach
from ledger.entry import Answer, Call, Entry, Reading
from ledger.errors import Refusal
from ledger.idempotency import Render, answered
from ledger.outgoing import Outgoing
from ledger.storage.models import User
from ledger.throttle import place
from rpcserver.auth import Tokens
from rpcserver.bodies import Held
from rpcserver.keys import Seal
from rpcserver.settings import Settings
from rpcserver.turns import LoopTurns

T = TypeVar("T")

SECONDS_A_MINUTE = 60
HEAVY_AT_ONCE = 2
"""How many calls with large bodies are read at the same time: they take memory, and each other's time."""
FAILED_LOGIN, REFUSED_RIGHT = "login", "right"
"""What a refusal in the audit log is about, where other entries have the kind of a record."""
log = logging.getLogger("rpcserver.refusals")


class RefusalRecord:
    """Writes refused rights and failed logins into the audit log: each in a write of its own, and only so many for each address
    and minute."""

    def __init__(self, book: Book, a_minute: int) -> None:
        self._book = book
        self._a_minute = a_minute
        self._minute = 0
        self._written: Counter[str] = Counter()
        self._counting = Lock()

    def write(self, call: Call, kind: str, code: str, tried: object = None) -> None:
        """Write one down, unless this address had its share of this minute. A book that cannot take it is no reason to fail.

        `tried` is the user name of a failed login; it is kept only if there is such a user, for people type passwords there."""
        if not self._is_due(place(call.address)):
            return

        def write_down(entry: Entry) -> None:
            known = isinstance(tried, str) and entry.rows.one(User, username=tried) is not None
            audit.refused(entry, kind, code, str(tried) if known else None)

        try:
            self._book.enter(call._replace(key=None, rehearsal=False), write_down)
        except Refusal as refusal:
            log.warning("a refusal was not audited: %s", refusal.message, extra={"call": {"request_id": call.request_id}})

    def _is_due(self, address: str) -> bool:
        minute = int(self._book.clock()) // SECONDS_A_MINUTE
        with self._counting:
            if minute != self._minute:
                self._minute = minute
                self._written.clear()
            self._written[address] += 1
            return self._written[address] <= self._a_minute


class House:
    """Shared by all doors of one process."""

    def __init__(self, book: Book, settings: Settings, writing: Callable[[], AbstractContextManager[object]] = nullcontext) -> None:
        self.book = book
        self.settings = settings
        self.writing = writing
        """Within what a call waits for its write."""
        book.outgoing = Outgoing(settings.secrets, Reach(settings.webhook_allowed_networks))
        self.tokens = Tokens(settings.secrets, lifetime=settings.token_lifetime, idle=settings.token_idle)
        self.seal = Seal(settings.secrets)
        self.refusals = RefusalRecord(book, settings.audited_refusals)
        self.hashing_slots = BoundedSemaphore(settings.hashing_at_once)
        self.bodies = Held(settings.max_bodies)
        self._working = CapacityLimiter(settings.threads)
        self._heavy = CapacityLimiter(HEAVY_AT_ONCE)
        self._hashing = CapacityLimiter(settings.hashing_at_once)
        self._turns_of: LoopTurns | None = None

    async def work(self, do: Callable[[], T], *, hashing: bool = False) -> T:
        """Do something that waits for the database or the processor in a thread, off the event loop. What hashes passwords waits in
        a line of its own, so that logins cannot take all threads."""
        return await to_thread.run_sync(do, limiter=self._hashing if hashing else self._working)

    async def heavily(self, do: Callable[[], T]) -> T:
        """Do what takes much memory or time in a thread, in a line of its own."""
        return await to_thread.run_sync(do, limiter=self._heavy)

    async def quickly(self, do: Callable[[], T]) -> T:
        """Do what takes no longer than a look into a file: without leaving the event loop, unless the book is on a server, which
        may keep us waiting."""
        return do() if self.book.requests is None else await self.work(do)

    async def glance(self, call: Call, operation: Callable[[Reading], T]) -> T:
        """Read what is as short, likewise; calls that do so in the same turn of the event loop read the same moment."""
        if self.book.requests is None:
            return self._turns().read(call, operation)
        return await self.work(partial(self.book.read, call, operation))

    async def write(self, call: Call, operation: Callable[[Entry], T], render: Render[T]) -> Answer:
        """What `Book.write` does, without a thread that waits for it."""
        with self.writing():
            return await self._turns().write(call, lambda entry: answered(entry, operation, render))

    def _turns(self) -> LoopTurns:
        """The reads and writes of this event loop."""
        loop = asyncio.get_running_loop()
        found = self._turns_of
        if found is None or found.loop is not loop:
            found = self._turns_of = LoopTurns(self.book, loop)
        return found
