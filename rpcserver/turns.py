"""Reads and writes as an event loop makes them: no thread waits for the commit, and one turn of the loop reads one moment."""

import asyncio
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import TypeVar

from ledger.book import Book
from ledger.entry import Answer, Call, Entry, Reading
from ledger.errors import Refusal
from ledger.moments import Moment
from ledger.writing import Job, Outcome

T = TypeVar("T")


class LoopTurns:
    """The reads and writes of one event loop. Calls that read in the same turn of the loop read the same moment of the book: all of
    them had come before it. Writes of the same turn go to the book together, so that they share a commit without waiting for one
    another; and they hear together what became of them."""

    def __init__(self, book: Book, loop: asyncio.AbstractEventLoop) -> None:
        self._book = book
        self.loop = loop
        self._accepted: list[Job] = []
        self._told: deque[tuple[asyncio.Future[Answer], Outcome]] = deque()
        self._moment: Moment | None = None

    def read(self, call: Call, operation: Callable[[Reading], T]) -> T:
        """What the operation finds."""
        if self._moment is None:
            self.loop.call_soon(self._end_moment)
        if self._moment is None or self._moment.is_over:
            self._moment = self._book.moment()
        return self._moment.read(call, operation)

    def _end_moment(self) -> None:
        moment, self._moment = self._moment, None
        if moment is not None and not moment.is_over:
            with suppress(Refusal):
                moment.close()

    async def write(self, call: Call, operation: Callable[[Entry], Answer]) -> Answer:
        """The answer of a call, after the commit."""
        told: asyncio.Future[Answer] = self.loop.create_future()
        job = self._book.accept(call, operation, partial(self._tell, told), self._wake)
        if not self._accepted:
            self.loop.call_soon(self._begin)
        self._accepted.append(job)
        impatience = self.loop.call_later(self._book.wait_seconds, self._give_up, job, told)
        try:
            return await told
        finally:
            impatience.cancel()

    def _begin(self) -> None:
        jobs, self._accepted = self._accepted, []
        self._book.begin(jobs)

    def _give_up(self, job: Job, told: asyncio.Future[Answer]) -> None:
        refusal = self._book.give_up(job)
        if refusal is not None and not told.done():
            told.set_exception(refusal)

    def _tell(self, told: asyncio.Future[Answer], outcome: Outcome) -> None:
        """In the writing thread: hand over what became of a job."""
        self._told.append((told, outcome))

    def _wake(self) -> None:
        """In the writing thread: have the loop look at what was handed over. Who asked may be gone, and the loop with him."""
        with suppress(RuntimeError):
            self.loop.call_soon_threadsafe(self._settle)

    def _settle(self) -> None:
        while self._told:
            told, outcome = self._told.popleft()
            if told.done():
                continue
            if outcome.error is not None:
                told.set_exception(outcome.error)
            else:
                told.set_result(outcome.result)
