"""Group commit: one thread takes the calls that wait to write and has them committed together, in the order in which they came."""

import logging
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from queue import Empty, SimpleQueue
from threading import Lock, Thread
from typing import Any, NamedTuple

from ledger.entry import Call, Entry

IDLE_SECONDS = 5.0
"""A writer that has had nothing to do for so long ends; the next call starts another."""

log = logging.getLogger("ledger.writing")


class Outcome(NamedTuple):
    """What became of a call: its result, or the exception that left it; and whether there is anything to commit."""

    result: Any = None
    error: BaseException | None = None
    is_kept: bool = False


class Job:
    """A call that waits for its turn to write. Unless it is given up, `told` is called once, from the writing thread, when the call
    is committed or undone."""

    __slots__ = ("_turn", "call", "operation", "told")

    def __init__(self, call: Call, operation: Callable[[Entry], Any], told: Callable[[Outcome], None]) -> None:
        self.call = call
        self.operation = operation
        self.told = told
        self._turn = [True]

    def claimed(self) -> bool:
        """Take the job, to do it or to give it up; only the first one who asks gets it."""
        # Popping from a list is one step for all threads.
        with suppress(IndexError):
            return self._turn.pop()
        return False

    def tell(self, outcome: Outcome) -> None:
        """The job is over. Whoever cannot be told must not keep others from being told."""
        try:
            self.told(outcome)
        except Exception:
            log.exception("a caller could not be told of its write", extra={"call": {"request_id": self.call.request_id}})


class Writer:
    """The queue of jobs and the thread that has them committed, at most `largest` at a time. A batch that is not full waits
    `linger` seconds for company. `commit` tells every caller and raises nothing."""

    def __init__(self, commit: Callable[[list[Job]], None], *, largest: int, linger: float) -> None:
        self._commit = commit
        self._largest = largest
        self._linger = linger
        self._queue: SimpleQueue[Job | None] = SimpleQueue()
        self._starting = Lock()
        self._thread: Thread | None = None

    @property
    def waiting(self) -> int:
        """How many jobs wait."""
        return self._queue.qsize()

    def put(self, jobs: Iterable[Job]) -> None:
        """Have jobs done. A RuntimeError: there is no thread to be had; the jobs stay in the queue."""
        for job in jobs:
            self._queue.put(job)
        with self._starting:
            # A thread does not live on in a copy of its process.
            if self._thread is None or not self._thread.is_alive():
                thread = Thread(target=self._work, name="writer", daemon=True)
                thread.start()
                self._thread = thread

    def finish(self, seconds: float) -> None:
        """Wait until the jobs are done that were put before, and the thread has ended; but no longer than this."""
        with self._starting:
            thread = self._thread
            if thread is not None:
                self._queue.put(None)
        if thread is not None:
            thread.join(seconds)

    def _work(self) -> None:
        while True:
            jobs = self._batch()
            if jobs:
                self._commit(jobs)
                continue
            with self._starting:
                if self._queue.empty():
                    self._thread = None
                    return

    def _batch(self) -> list[Job]:
        """The jobs that wait; none if nothing came for long, or if the thread is to end."""
        jobs: list[Job] = []
        with suppress(Empty):
            job = self._queue.get(timeout=IDLE_SECONDS)
            until = time.monotonic() + self._linger
            while job is not None:
                jobs.append(job)
                if len(jobs) >= self._largest:
                    return jobs
                job = self._queue.get(timeout=max(0.0, until - time.monotonic())) if self._linger else self._queue.get_nowait()
            if jobs:
                self._queue.put(None)
        return jobs
