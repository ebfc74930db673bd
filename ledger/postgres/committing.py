"""Writes on PostgreSQL: each a transaction of its own, several at a time, on connections that are kept.

What the database could not do because others were in the way is done again; what it did not confirm is never done again here: the
caller is told that it is not known, and asks with the same idempotency key.
"""

import random
import time
from collections import deque
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress

from peewee import Database, DatabaseError, PeeweeException
from psycopg.pq import TransactionStatus

from ledger.entry import Call, Rehearsed
from ledger.errors import IdempotencyInProgress
from ledger.means import Means
from ledger.observing import LOCKS, REASONS
from ledger.postgres.connections import Native, connection, take
from ledger.postgres.ending import committed
from ledger.postgres.locks import BegunAgain, Held, Locks, key_lock
from ledger.postgres.requests import Requests
from ledger.readers import Readers
from ledger.storage.counters import Counters
from ledger.storage.known import Known
from ledger.storage.rows import Rows
from ledger.storage.transactions import Available, Opened, run, unavailable
from ledger.writing import Job, Outcome, tellable

TRIES: Mapping[str, int] = {"40001": 40, "40P01": 40, "23505": 3}
"""How often a write is tried upon a serialization failure, upon a deadlock; and upon a value that is taken: another write may just
have taken it, so that the next try sees it and refuses."""
FIRST_PAUSE, LONGEST_PAUSE = 0.002, 0.25
"""Seconds before a write is done again: a random part of the first, which doubles with each try up to the longest."""
LOCKED = "55P03"
READING = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"


def sqlstate(error: BaseException) -> str:
    """What the server calls an error; "" for what it did not say."""
    return getattr(getattr(error, "orig", error), "sqlstate", None) or ""


class Committer:
    """Writes, `connections` at a time, and reads on as many more."""

    def __init__(self, url: str, means: Means, connections: int) -> None:
        self.threads = connections
        self._wait_seconds, self._statements, self._lasting, self._entered, self._begun_again = means
        self._url = url
        self._idle: deque[Database] = deque()
        self._readers = Readers(self._new, READING, kept=connections, most=connections, wait_seconds=self._wait_seconds)
        self.reading = self._readers.reading
        self.requests = Requests(self._connected, self._new())

    def _new(self) -> Database:
        return connection(self._url, self._wait_seconds)

    def commit(self, jobs: list[Job]) -> list[tuple[Job, Outcome]]:
        """Do the jobs that nobody has given up by now, each by itself; what became of these. It raises nothing."""
        return [(job, self._outcome(job)) for job in jobs if job.claimed()]

    @contextmanager
    def alone(self, *, writes: bool) -> Iterator[Database]:
        """A connection of its own; nothing is known of the configuration afterwards."""
        self._lasting.forget()
        db = self._new()
        with Available(), Opened(db):
            yield db
        db.close()

    def close(self, seconds: float) -> None:
        """Close the connections that are not in use."""
        self._readers.close()
        self.requests.close()
        with suppress(IndexError):
            while True:
                self._idle.pop().close()

    def _outcome(self, job: Job) -> Outcome:
        try:
            with Available():
                return self._done(job)
        except Rehearsed as rehearsed:
            return Outcome(rehearsed.result)
        except BaseException as error:
            return Outcome(error=tellable(error))

    def _done(self, job: Job) -> Outcome:
        """The job done, however often it has to be begun. Whatever leaves this has committed nothing, or it is not known."""
        held, tried, pause = Held(), 0, FIRST_PAUSE
        until = time.monotonic() + self._wait_seconds
        while True:
            try:
                with self._connected() as db:
                    return self._tried(db, job, held)
            except BegunAgain as again:
                held = again.held
                self._begun_again(LOCKS)
            except DatabaseError as error:
                if sqlstate(error) == LOCKED:
                    raise unavailable("the book is busy") from error
                tried += 1
                if tried >= TRIES.get(sqlstate(error), 0) or time.monotonic() > until:
                    raise
                self._begun_again(REASONS[sqlstate(error)])
                time.sleep(random.uniform(0, pause))
                pause = min(2 * pause, LONGEST_PAUSE)

    @contextmanager
    def _connected(self) -> Iterator[Database]:
        """An open connection; it is kept for the next write if nothing is under way on it in the end."""
        try:
            db = self._idle.pop()
        except IndexError:
            db = self._new()
        try:
            if db.is_closed():
                db.connect()
            yield db
        finally:
            if not db.is_closed() and _ended(db.connection()):
                self._idle.append(db)
            else:
                with suppress(PeeweeException):
                    db.close()

    def _tried(self, db: Database, job: Job, held: Held) -> Outcome:
        """The job done in one transaction, which holds this."""
        edition = self._begun(db, job.call, held)
        native = db.connection()
        counters = Counters(db, self._statements)
        known = Known({} if held.whole or native.is_serializable else self._lasting.of(edition), counters)
        entry = self._entered(Rows(db, self._statements, known, writes=True, locks=Locks(held)), job.call)
        outcome = Outcome(entry.carry_out(job.operation), is_kept=True)
        counters.settle()
        committed(native, self._wait_seconds)
        return outcome

    def _begun(self, db: Database, call: Call, held: Held) -> int:
        """Begin, holding this and the call's idempotency key; which edition of the configuration there is.

        A kept connection may have been lost meanwhile: nothing was done on it, and another one is opened.
        """
        try:
            return _begun(db.connection(), call, held)
        except PeeweeException:
            if not db.connection().closed:
                raise
        db.close()
        db.connect()
        return _begun(db.connection(), call, held)


def _begun(native: Native, call: Call, held: Held) -> int:
    """A serializable transaction sees the book as it was at its first statement: its locks are taken before that, and let go after
    it (`_ended`)."""
    begins, function = ("", "pg_advisory") if native.is_serializable else ("BEGIN;", "pg_advisory_xact")
    key = key_lock(call)
    if key is not None:
        try:
            take(native, f"{begins} SELECT {function}_lock({key})")
        except DatabaseError as error:
            if sqlstate(error) == LOCKED:
                raise IdempotencyInProgress(
                    f"the first request with the idempotency key {call.key!r} is still running; try again"
                ) from error
            raise
        begins = ""
    edition = take(native, f"{begins} {held.statements(function)}")
    if native.is_serializable:
        run(native, "BEGIN")
    return edition


def _ended(native: Native) -> bool:
    """Whether nothing is under way on the connection; what is left of a transaction is rolled back first."""
    with suppress(PeeweeException):
        if native.in_transaction and native.pgconn.transaction_status != TransactionStatus.ACTIVE:
            run(native, "ROLLBACK")
        if native.is_serializable and not native.in_transaction:
            run(native, "SELECT pg_advisory_unlock_all()")
    return not native.closed and native.pgconn.transaction_status == TransactionStatus.IDLE
