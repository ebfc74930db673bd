"""The connection that writes: a batch of calls in one transaction, and what becomes of them.

What is refused, or fails, undoes its own part alone. Most of it is refused before it has written anything, and has nothing to undo;
if one has, the batch is undone and begun again, each call in a savepoint of its own. These are not there from the beginning, for
SQLite copies each page that is changed within one. When the commit itself fails, every call in it is told that nothing was done,
or, where the database leaves it open, that this is not known: also one that was refused, for what it was refused upon may have been
a neighbour's doing.
"""

import logging
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext, suppress
from copy import copy
from functools import partial
from threading import Lock
from typing import Any

from peewee import Database, PeeweeException

from ledger.entry import Rehearsed
from ledger.errors import OutcomeUnknown, Refusal, ServiceUnavailable
from ledger.means import Means
from ledger.readers import Readers
from ledger.requests import Requests
from ledger.storage.counters import Counters
from ledger.storage.engine import Turns, connection
from ledger.storage.known import ByTable, Known, edition
from ledger.storage.rows import Rows
from ledger.storage.transactions import Available, Opened, Transaction, is_fault, run, unavailable
from ledger.writing import Job, Outcome, tellable

READERS = 4
"""How many idle connections for reading are kept."""

log = logging.getLogger("ledger.committing")


class Committer:
    """The only connection of this process that writes, and those that read."""

    threads = 1

    def __init__(self, url: str, means: Means) -> None:
        wait_seconds, self._statements, self._lasting, self._entered, _ = means
        self._using = Lock()
        self._turns = Turns(url)
        self._connection = connection(url, writes=True, wait_seconds=wait_seconds)
        self._configuration: ByTable = {}
        self._readers = Readers(partial(connection, url, writes=False, wait_seconds=wait_seconds), "BEGIN", kept=READERS)
        self.reading = self._readers.reading
        self.requests: Requests | None = None

    def commit(self, jobs: list[Job]) -> list[tuple[Job, Outcome]]:
        """Do the jobs that nobody has given up by now, and commit them; what became of these. It raises nothing."""
        taken: list[Job] = []
        try:
            outcomes = self._outcomes(jobs, taken)
        except BaseException as error:
            taken += [job for job in jobs if job.claimed()]
            outcomes = _undone(error, len(taken))
        return list(zip(taken, outcomes, strict=True))

    @contextmanager
    def alone(self, *, writes: bool) -> Iterator[Database]:
        """The connection, while no call is written; nothing is known of the configuration afterwards."""
        with self._using, Available(), self._turns if writes else nullcontext(), Opened(self._connection):
            self._lasting.forget()
            yield self._connection

    def close(self, seconds: float) -> None:
        """Close the connections; the one that writes unless it is in use for longer than this: then whoever holds up the database
        ends first."""
        self._readers.close()
        if self._using.acquire(timeout=seconds):
            try:
                self._connection.close()
                self._turns.close()
            finally:
                self._using.release()

    def _outcomes(self, jobs: list[Job], taken: list[Job]) -> list[Outcome]:
        """What becomes of the jobs; those that are done are `taken`. Whatever leaves this has committed nothing."""
        outcomes: list[Outcome] = []
        with self._using, Available(), self._turns, Opened(self._connection):
            native = self._connection.connection()
            with suppress(_NothingToKeep):
                try:
                    self._transact(jobs, taken, outcomes, native)
                except _HasWritten:
                    outcomes.clear()
                    self._transact(jobs, taken, outcomes, native, apart=True)
            if any(is_fault(outcome.error) for outcome in outcomes):
                # Something unexpected happened on this connection: the next batch gets another one. This one is committed by now,
                # and no trouble with closing a connection can change that.
                with suppress(PeeweeException):
                    self._connection.close()
        return outcomes

    def _transact(self, jobs: list[Job], taken: list[Job], outcomes: list[Outcome], native: Any, *, apart: bool = False) -> None:
        """Do the jobs, those first taken before too, in one transaction; each in a savepoint if they are to be `apart`."""
        with Transaction(native):
            self._configuration = self._lasting.of(edition(native, self._statements, self._connection))
            counters = Counters(self._connection, self._statements)
            for job in jobs:
                if job not in taken:
                    if not job.claimed():
                        continue
                    taken.append(job)
                is_apart = apart or job.call.rehearsal
                outcomes.append(self._outcome(job, native, counters, is_apart=is_apart, is_alone=len(jobs) == 1))
            if not any(outcome.is_kept for outcome in outcomes):
                raise _NothingToKeep
            counters.settle()

    def _outcome(self, job: Job, native: Any, counters: Counters, *, is_apart: bool, is_alone: bool) -> Outcome:
        """What becomes of one job. Whatever leaves it undoes it alone, unless the database has undone the whole transaction; one
        that is not apart has to be undone with the others if it has written anything."""
        written_before, counted_before = native.total_changes, counters.mark()
        if is_apart:
            run(native, "SAVEPOINT job")
        known = Known(self._configuration, counters)
        try:
            entry = self._entered(Rows(self._connection, self._statements, known, writes=True), job.call)
            with Available():
                outcome = Outcome(entry.carry_out(job.operation), is_kept=True)
        except BaseException as error:
            if not native.in_transaction:
                raise
            if is_apart:
                run(native, "ROLLBACK TO job")
            elif not is_alone and native.total_changes != written_before:
                raise _HasWritten from error
            known.undo(counted_before)
            outcome = Outcome(error.result) if isinstance(error, Rehearsed) else Outcome(error=tellable(error))
        if known.is_apart:
            # What is known of an edition is what was committed: the rest of this batch sees more than that.
            self._configuration = {}
        if is_apart:
            run(native, "RELEASE job")
        return outcome


class _HasWritten(Exception):
    """A job has failed after it had written something, among others from which it was not apart."""


class _NothingToKeep(Exception):
    """Every job of a batch was undone: so is the batch, and the file stays as it was."""


def _undone(error: BaseException, jobs: int) -> list[Outcome]:
    """What each call of a batch is told that was not committed: one call's fault is no other's."""
    if isinstance(error, OutcomeUnknown):
        log.error("it is not known whether a commit of %d calls was done", jobs, exc_info=error)
    if isinstance(error, ServiceUnavailable | OutcomeUnknown):
        return [Outcome(error=_caused(copy(error), error)) for _ in range(jobs)]
    if jobs == 1:
        return [Outcome(error=tellable(error))]
    log.error("a commit of %d calls failed", jobs, exc_info=error)
    return [Outcome(error=_caused(unavailable("the commit failed"), error)) for _ in range(jobs)]


def _caused(refusal: Refusal, error: BaseException) -> Refusal:
    refusal.__cause__ = error
    return refusal
