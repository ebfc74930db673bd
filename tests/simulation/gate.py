"""The book's gate in one thread: who waits to write is committed when the simulation says so, and trouble comes where it says."""

import shutil
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from threading import get_ident
from typing import Any, TypeVar

import pytest
from peewee import OperationalError

from ledger import committing
from ledger.book import Book
from ledger.committing import Committer
from ledger.entry import Call, Entry
from ledger.storage import transactions
from ledger.writing import Job, Outcome, Writer
from tests.simulation.story import BUSY, DEATHS, DIES, DIES_AFTER, DIES_BEFORE, FAILS, LOST, UNSURE, UNSURE_DONE, Trouble

T = TypeVar("T")
Run = Callable[[Any, str], None]
Do = Callable[..., Outcome]
BEFORE: Mapping[str, tuple[str, ...]] = {"BEGIN IMMEDIATE": (BUSY,), "COMMIT": (FAILS, UNSURE, DIES_BEFORE)}
"""Which trouble comes before which statement."""
NAMES = {
    BUSY: "SQLITE_BUSY",
    FAILS: "SQLITE_FULL",
    LOST: "SQLITE_IOERR",
    UNSURE: "SQLITE_IOERR_FSYNC",
    UNSURE_DONE: "SQLITE_IOERR_FSYNC",
}


class Died(BaseException):
    """The process is no more."""


class Queue(Writer):
    """A writer without a thread: jobs wait until they are let in, or are done at once where somebody waits for them."""

    def __init__(self, commit: Callable[[list[Job]], None]) -> None:
        self._commit = commit
        self.jobs: list[Job] = []
        self.at_once = False

    @property
    def waiting(self) -> int:
        return len(self.jobs)

    def put(self, jobs: Iterable[Job]) -> None:
        if self.at_once:
            self._commit(list(jobs))
        else:
            self.jobs += jobs

    def finish(self, seconds: float) -> None:
        """There is no thread to wait for."""

    def let_in(self, number: int) -> None:
        """Have the first ones committed together."""
        batch, self.jobs = self.jobs[:number], self.jobs[number:]
        self._commit(batch)


class QueuedBook(Book):
    """A book whose waiting calls are let in by hand. Who blocks a thread until he is done is done at once."""

    def __init__(self, url: str, **options: Any) -> None:
        # A database that is busy says so at once; the callers' own patience is the simulation's to end.
        super().__init__(url, **options, wait_seconds=0.0)
        self.wait_seconds = 1e6
        self.queue = Queue(self._commit)
        self._writer = self.queue

    def enter(self, call: Call, operation: Callable[[Entry], T]) -> T:
        self.queue.at_once = True
        try:
            return super().enter(call, operation)
        finally:
            self.queue.at_once = False


class Mischief:
    """Trouble that is ordered for one batch, and whether it came. A server that dies leaves its files as they are then.

    It comes to the thread that the simulation runs in, and to no other: servers that other tests keep look for webhooks meanwhile.
    """

    def __init__(self) -> None:
        self._thread = get_ident()
        self._ordered: Trouble | None = None
        self._left: Callable[[], None] = lambda: None
        self._jobs = 0
        self.came = False

    @contextmanager
    def ordered(self, trouble: Trouble | None, left: Callable[[], None]) -> Iterator[None]:
        """While the block runs: this trouble. `left` keeps the files of a server that dies."""
        self._ordered, self._left, self._jobs, self.came = trouble, left, 0, False
        try:
            yield
        finally:
            self._ordered = None

    def _due(self) -> Trouble | None:
        """The trouble that is ordered for this thread and has not come yet."""
        return None if self.came or get_ident() != self._thread else self._ordered

    def around(self, run: Run) -> Run:
        """What runs a statement, with the trouble that comes before or after it."""

        def troubled(native: Any, sql: str) -> None:
            trouble = self._due()
            if trouble is not None and trouble.kind in BEFORE.get(sql, ()):
                self._come(native, trouble)
            run(native, sql)
            if trouble is not None and sql == "COMMIT":
                self._after(trouble)

        return troubled

    def behind(self, outcome: Do) -> Do:
        """What does one job of a batch, with the trouble that comes when it is done."""

        def troubled(committer: Committer, job: Job, native: Any, *shared: Any, **manner: bool) -> Outcome:
            done = outcome(committer, job, native, *shared, **manner)
            trouble = self._due()
            if trouble is not None and trouble.kind in (LOST, DIES):
                self._jobs += 1
                if self._jobs > trouble.job:
                    self._come(native, trouble)
            return done

        return troubled

    def _come(self, native: Any, trouble: Trouble) -> None:
        if trouble.kind in DEATHS:
            self._die()
        if trouble.kind == LOST:
            native.execute("ROLLBACK")
        self._fail(trouble)

    def _after(self, trouble: Trouble) -> None:
        if trouble.kind == DIES_AFTER:
            self._die()
        if trouble.kind == UNSURE_DONE:
            self._fail(trouble)

    def _fail(self, trouble: Trouble) -> None:
        self.came = True
        cause = sqlite3.OperationalError(f"{trouble.kind}, as ordered")
        cause.sqlite_errorname = NAMES[trouble.kind]
        raise OperationalError(cause, str(cause))

    def _die(self) -> None:
        self.came = True
        self._left()
        raise Died


def kept(path: Path, copy: Path) -> None:
    """The files of a database as whoever starts next finds them: what is committed in the log beside it, too."""
    for end in ("", "-wal"):
        if path.with_name(path.name + end).exists():
            shutil.copy(path.with_name(path.name + end), copy.with_name(copy.name + end))


@contextmanager
def troubled(mischief: Mischief) -> Iterator[None]:
    """While the block runs, books' transactions meet the trouble that is ordered."""
    run = transactions.run
    with pytest.MonkeyPatch.context() as patch:
        for module in (transactions, committing):
            patch.setattr(module, "run", mischief.around(run))
        patch.setattr(Committer, "_outcome", mischief.behind(Committer._outcome))
        yield
