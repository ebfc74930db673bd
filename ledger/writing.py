"""Group commit: one thread takes the calls that wait to write and has them committed together, in the order in which they came."""

import logging
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import partial
from queue import Empty, SimpleQueue
from threading import Lock, Thread, current_thread
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


def tellable(error: BaseException) -> BaseException:
    """The error as it can be handed to whoever waits: an event loop's futures take no StopIteration."""
    if not isinstance(error, StopIteration):
        return error
    told = RuntimeError("the operation raised StopIteration")
    told.__cause__ = error
    return told


class Job:
    """A call that waits for its turn to write. Unless it is given up, `told` is called once, from the writing thread, when the call
    is committed or undone; and `then`, once for all jobs that have the same one, when all calls of that commit have been told."""

    __slots__ = ("_turn", "call", "operation", "then", "told")

    def __init__(
        self,
        call: Call,
        operation: Callable[[Entry], Any],
        told: Callable[[Outcome], None],
        then: Callable[[], None] | None = None,
    ) -> None:
        self.call = call
        self.operation = operation
        self.told = told
        self.then = then
        self._turn = [True]

    def claimed(self) -> bool:
        """Take the job, to do it or to give it up; only the first one who asks gets it."""
        # Popping from a list is one step for all threads.
        with suppress(IndexError):
            return self._turn.pop()
        return False


def tell(done: Sequence[tuple[Job, Outcome]]) -> None:
    """These jobs are over. Whoever cannot be told must not keep others from being told."""
    for job, outcome in done:
        _tell(job, partial(job.told, outcome))
    for then, job in {job.then: job for job, _ in done}.items():
        if then is not None:
            _tell(job, then)


def _tell(job: Job, say: Callable[[], None]) -> None:
    try:
        say()
    except Exception:
        log.exception("a caller could not be told of its write", extra={"call": {"request_id": job.call.request_id}})


class Writer:
    """The queue of jobs and the threads that have them committed, at most `largest` at a time; where there may be several threads,
    each job by itself. A batch that is not full waits `linger` seconds for company. `commit` tells every caller and raises nothing.
    """

    def __init__(self, commit: Callable[[list[Job]], None], *, largest: int, linger: float, threads: int = 1) -> None:
        self._commit = commit
        self._largest = largest if threads == 1 else 1
        self._linger = linger
        self._most = threads
        self._queue: SimpleQueue[Job | None] = SimpleQueue()
        self._starting = Lock()
        self._threads: list[Thread] = []
        self._ending = False

    @property
    def waiting(self) -> int:
        """How many jobs wait."""
        return self._queue.qsize()

    def put(self, jobs: Sequence[Job]) -> None:
        """Have jobs done. A RuntimeError: there is no thread to be had; the jobs stay in the queue."""
        for job in jobs:
            self._queue.put(job)
        with self._starting:
            self._ending = False
            # A thread does not live on in a copy of its process.
            self._threads = [thread for thread in self._threads if thread.is_alive()]
            for _ in jobs:
                if not self._threads or (len(self._threads) < self._most and not self._queue.empty()):
                    thread = Thread(target=self._work, name="writer", daemon=True)
                    thread.start()
                    self._threads.append(thread)

    def finish(self, seconds: float) -> None:
        """Wait until the jobs are done that were put before, and the thread has ended; but no longer than this."""
        until = time.monotonic() + seconds
        with self._starting:
            threads = list(self._threads)
            self._ending = True
            if threads:
                self._queue.put(None)
        for thread in threads:
            thread.join(max(0.0, until - time.monotonic()))

    def _work(self) -> None:
        while True:
            jobs = self._batch()
            if jobs:
                self._commit(jobs)
                continue
            with self._starting:
                if self._queue.empty():
                    self._threads.remove(current_thread())
                    if self._threads and self._ending:
                        self._queue.put(None)
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
