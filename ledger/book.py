"""The one gate: every read and every write of the book goes through here.

On SQLite calls that wait to write share a commit (`writing`), each undone alone if it is refused (`committing`); on PostgreSQL
several are written at a time (`postgres`). A write is on disk when its answer is given. Reads run beside it, on connections of
their own, and see only what is committed. An operation is a plain function that does nothing but SQL: it may be run again.
"""

import logging
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from contextlib import contextmanager
from functools import partial
from threading import Lock
from typing import Any, TypeVar, cast

from peewee import Database, PeeweeException

from ledger.engines import engine_of
from ledger.entry import ALLOCATIONS, FIFO, Answer, Call, Entry, Reading
from ledger.errors import IdempotencyInProgress, Refusal
from ledger.idempotency import Render, answered
from ledger.means import Means
from ledger.moments import Moment
from ledger.observing import BUSY, Observer, Unobserved, trouble_of
from ledger.outgoing import NOTHING
from ledger.requests import Requests
from ledger.storage import schema, triggers
from ledger.storage.compiled import Statements
from ledger.storage.known import Known, Lasting, edition
from ledger.storage.rows import Rows
from ledger.storage.transactions import unavailable
from ledger.throttle import DEFAULT, Limits
from ledger.transfer import Progress, transferred
from ledger.writing import Job, Outcome, Writer, tell

T = TypeVar("T")

log = logging.getLogger("ledger.book")

LARGEST_BATCH = 64
CONNECTIONS = 16
MOST_WAITING = 1_000
UPKEEP = Call("command line", "upkeep")


class Book:
    """One organisation's book on one database.

    `allocation` is `fifo` or `intended`; `wait_seconds` is how long a call waits for its turn, or for the database, before it is
    refused. At most `largest_batch` calls share a commit, which waits `linger` seconds for more of them; when `most_waiting` calls
    wait to write, further ones are refused. On PostgreSQL so many `connections` write, each call by itself, and as many read.
    `keeps_events`: whether writes put into the outbox what they did.
    """

    def __init__(
        self,
        url: str,
        *,
        allocation: str = FIFO,
        wait_seconds: float = 10.0,
        login_limits: Limits = DEFAULT,
        clock: Callable[[], float] = time.time,
        largest_batch: int = LARGEST_BATCH,
        linger: float = 0.0,
        most_waiting: int = MOST_WAITING,
        connections: int = CONNECTIONS,
        keeps_events: bool = True,
    ) -> None:
        if allocation not in ALLOCATIONS:
            raise ValueError(f"allocation must be one of {', '.join(ALLOCATIONS)}")
        self.url = url
        self.clock = clock
        self.login_limits = login_limits
        self.outgoing = NOTHING
        """What webhooks need, brought by whoever serves the book."""
        self.wait_seconds = wait_seconds
        self.observer: Observer = Unobserved()
        self._allocation = allocation
        self.most_waiting = most_waiting
        self._keeps_events = keeps_events
        self._statements = Statements()
        self._lasting = Lasting()
        means = Means(wait_seconds, self._statements, self._lasting, self._entered, self._begun_again)
        self._committer = engine_of(url, means, connections=connections)
        self._writer = Writer(self._commit, largest=largest_batch, linger=linger, threads=self._committer.threads)
        self._keyed: dict[tuple[int, str], list[Job]] = {}
        self._accepted = 0
        self._counting = Lock()

    def _entered(self, rows: Rows, call: Call) -> Entry:
        return Entry(rows, call, self.clock(), self._allocation, self._keeps_events)

    def _begun_again(self, reason: str) -> None:
        self.observer.begun_again(reason)

    @property
    def requests(self) -> Requests | None:
        """Where all servers of a book count requests together; None where the book is a file beside the one server."""
        return self._committer.requests

    # --- reading ---

    def read(self, call: Call, operation: Callable[[Reading], T]) -> T:
        """What the operation finds; all of it is of one moment."""
        with self._opened() as reading_of:
            return operation(reading_of(call))

    def moment(self) -> Moment:
        """The book as it is now, for reads of one thread."""
        return Moment(self._opened())

    @contextmanager
    def _opened(self) -> Iterator[Callable[[Call], Reading]]:
        try:
            with self._committer.reading() as db:
                known = Known(self._lasting.of(edition(db.connection(), self._statements, db)))
                yield partial(self._reading, Rows(db, self._statements, known))
        except Exception as error:
            self._note(error)
            raise

    def _reading(self, rows: Rows, call: Call) -> Reading:
        return Reading(rows, call, self.clock(), self._allocation, self._keeps_events)

    def _upkeep(self, db: Database) -> Reading:
        return self._reading(Rows(db, self._statements, Known({})), UPKEEP)

    # --- writing ---

    def enter(self, call: Call, operation: Callable[[Entry], T]) -> T:
        """Write: the operation's result, after the commit. A refusal or any other exception leaves nothing behind."""
        told: Future[Outcome] = Future()
        job = self.submit(call, operation, told.set_result)
        try:
            outcome = told.result(self.wait_seconds)
        except TimeoutError:
            refusal = self.give_up(job)
            if refusal is not None:
                raise refusal from None
            outcome = told.result()
        if outcome.error is not None:
            raise outcome.error
        return cast("T", outcome.result)

    def write(self, call: Call, operation: Callable[[Entry], T], render: Render[T]) -> Answer:
        """Write and answer; with an idempotency key the answer is stored in the same commit, or the stored one given again."""
        return self.enter(call, lambda entry: answered(entry, operation, render))

    def submit(self, call: Call, operation: Callable[[Entry], Any], told: Callable[[Outcome], None]) -> Job:
        """Have a call written in its turn; unless it is given up, `told` hears, in the writing thread, what became of it.

        Refuses: SERVICE_UNAVAILABLE (too many calls wait).
        """
        job = self.accept(call, operation, told)
        self.begin([job])
        return job

    def accept(
        self,
        call: Call,
        operation: Callable[[Entry], Any],
        told: Callable[[Outcome], None],
        then: Callable[[], None] | None = None,
    ) -> Job:
        """What `submit` does, but for `begin`: who comes with several calls at a time has them written together, and `then` hears
        once when `told` has heard of all that were committed together.

        Refuses: SERVICE_UNAVAILABLE (too many calls wait).
        """
        job, name = Job(call, operation, told, then), _key_of(call)
        with self._counting:
            if self.waiting >= self.most_waiting:
                self.observer.failed(BUSY)
                raise unavailable(f"{self.most_waiting} calls wait to write")
            self._accepted += 1
            if name is not None:
                self._keyed.setdefault(name, []).append(job)
        return job

    def begin(self, jobs: Sequence[Job]) -> None:
        """Have the jobs written that were accepted, in their turn."""
        with self._counting:
            self._accepted -= len(jobs)
        try:
            self._writer.put(jobs)
        except RuntimeError as error:
            for job in jobs:
                if self.give_up(job) is not None:
                    refusal = unavailable("there is no thread to write in")
                    refusal.__cause__ = error
                    tell([(job, Outcome(error=refusal))])

    def give_up(self, job: Job) -> Refusal | None:
        """Have a job not done after all: its refusal. None if it is being done: then it is told what became of it."""
        if not job.claimed():
            return None
        if self._over(job):
            self.observer.failed(BUSY)
            return unavailable("the book is busy")
        return IdempotencyInProgress(f"the first request with the idempotency key {job.call.key!r} is still running; try again")

    def _commit(self, jobs: list[Job]) -> None:
        """In the writing thread: have the jobs committed together, then tell what became of them."""
        begun = time.perf_counter()
        done = self._committer.commit(jobs)
        kept = sum(outcome.is_kept for _, outcome in done)
        if kept:
            self.observer.committed(kept, time.perf_counter() - begun)
        for job, outcome in done:
            if outcome.error is not None:
                self._note(outcome.error)
            self._over(job)
        tell(done)

    def _over(self, job: Job) -> bool:
        """Forget a job that is over; whether it was the first one under way of those with its idempotency key."""
        name = _key_of(job.call)
        if name is None:
            return True
        with self._counting:
            same = self._keyed[name]
            place = same.index(job)
            del same[place]
            if not same:
                del self._keyed[name]
        return place == 0

    @property
    def waiting(self) -> int:
        """How many calls wait to write, of `most_waiting` that may."""
        return self._accepted + self._writer.waiting

    def _note(self, error: BaseException) -> None:
        """Tell who looks on, if the database has failed a call."""
        trouble = trouble_of(error)
        if trouble is not None:
            self.observer.failed(trouble)

    # --- upkeep ---

    def migrate(self) -> list[str]:
        """Bring the database to the current schema; the migrations applied."""
        with self._committer.alone(writes=True) as db:
            return schema.migrate(db)

    def pending(self) -> list[str]:
        """The migrations that the database has not had yet."""
        with self._committer.alone(writes=False) as db:
            return schema.pending(db)

    def take_over(self, source: "Book", progress: Progress | None = None) -> int:
        """Become the copy of another book as it is now; this one's database must hold nothing. How many rows there are.

        A NotCopied: it cannot be done. Refuses: SERVICE_UNAVAILABLE. Either leaves this database as it was.
        """
        with source._committer.reading() as theirs, self._committer.alone(writes=True) as ours:
            return transferred(source._upkeep(theirs), self._upkeep(ours), progress)

    def forget(self) -> None:
        """Know nothing of the configuration: it may have been changed past the triggers that count its editions."""
        self._lasting.forget()

    def health(self) -> list[str]:
        """What is wrong with the database; nothing, if all is well."""
        try:
            with self._committer.reading() as db:
                problems = [f"migration {name} is pending" for name in schema.pending(db)]
                return problems or [f"trigger {name} is missing" for name in triggers.missing(db)]
        except (Refusal, PeeweeException) as error:
            # Whoever asks has no token: where the database is, and as whom it is asked, is for the log alone.
            log.warning("the database cannot be reached: %s", error)
            return ["the database cannot be reached; the log says why"]

    def close(self) -> None:
        """Finish what waits to be written, then close all connections; the book opens them again when it is used again."""
        self._writer.finish(self.wait_seconds)
        self._committer.close(self.wait_seconds)


def _key_of(call: Call) -> tuple[int, str] | None:
    """The idempotency key that counts for a call, among those of its user."""
    return (call.actor.user_pk, call.key) if call.actor is not None and call.key is not None and not call.rehearsal else None
