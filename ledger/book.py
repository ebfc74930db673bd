"""The one gate: every read and every write of the book goes through here.

A write runs under one lock in `BEGIN IMMEDIATE` and is on disk when its answer is given (`synchronous=FULL`). Reads run beside it,
on connections of their own, and see only what is committed. An operation is a plain function that does nothing but SQL.
"""

import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from queue import LifoQueue
from threading import Lock
from typing import TypeVar, cast

from peewee import Database, PeeweeException

from ledger.entry import ALLOCATIONS, FIFO, Answer, Call, Entry, Reading, Rehearsed
from ledger.errors import IdempotencyInProgress, Refusal, ServiceUnavailable
from ledger.idempotency import Render, answered
from ledger.storage import schema
from ledger.storage.compiled import Statements
from ledger.storage.engine import connection, is_unavailable
from ledger.storage.rows import Rows
from ledger.throttle import DEFAULT, Limits

T = TypeVar("T")

READERS = 4
RETRY_SECONDS = 1


class Book:
    """One organisation's book on one database.

    `allocation` is `fifo` or `intended`; `wait_seconds` is how long a call waits for the database before it is refused.
    """

    def __init__(
        self,
        url: str,
        *,
        allocation: str = FIFO,
        wait_seconds: float = 10.0,
        login_limits: Limits = DEFAULT,
        clock: Callable[[], float] = time.time,
    ) -> None:
        if allocation not in ALLOCATIONS:
            raise ValueError(f"allocation must be one of {', '.join(ALLOCATIONS)}")
        self.url = url
        self.clock = clock
        self.login_limits = login_limits
        self._allocation = allocation
        self._wait_seconds = wait_seconds
        self._statements = Statements()
        self._writing = Lock()
        self._writer = connection(url, writes=True, wait_seconds=wait_seconds)
        self._readers: LifoQueue[Database] = LifoQueue()
        for _ in range(READERS):
            self._readers.put(connection(url, writes=False, wait_seconds=wait_seconds))
        self._keys: Counter[tuple[int, str]] = Counter()
        self._counting = Lock()

    # --- reading and writing ---

    def read(self, call: Call, operation: Callable[[Reading], T]) -> T:
        """What the operation finds; all of it is of one moment."""
        db = self._readers.get()
        try:
            with _availability(), _opened(db), db.atomic():
                return operation(Reading(Rows(db, self._statements), call, self.clock(), self._allocation))
        finally:
            self._readers.put(db)

    def enter(self, call: Call, operation: Callable[[Entry], T]) -> T:
        """Write: the operation's result, after the commit. A refusal or any other exception leaves nothing behind."""
        with self._turn(call), _availability(), _opened(self._writer):
            try:
                return self._committed(call, operation)
            except Rehearsed as rehearsed:
                return cast("T", rehearsed.result)

    def write(self, call: Call, operation: Callable[[Entry], T], render: Render[T]) -> Answer:
        """Write and answer; with an idempotency key the answer is stored in the same commit, or the stored one given again."""
        return self.enter(call, lambda entry: answered(entry, operation, render))

    def _committed(self, call: Call, operation: Callable[[Entry], T]) -> T:
        with self._writer.atomic("IMMEDIATE"):
            return Entry(Rows(self._writer, self._statements), call, self.clock(), self._allocation).carry_out(operation)

    @contextmanager
    def _turn(self, call: Call) -> Iterator[None]:
        """This caller's turn to write; who has waited too long is refused."""
        with self._key_under_way(call):
            if not self._writing.acquire(timeout=self._wait_seconds):
                raise self._waited_too_long(call)
            try:
                yield
            finally:
                self._writing.release()

    @contextmanager
    def _key_under_way(self, call: Call) -> Iterator[None]:
        name = (call.actor.user_pk, call.key) if call.actor and call.key else None
        if name is None:
            yield
            return
        with self._counting:
            self._keys[name] += 1
        try:
            yield
        finally:
            with self._counting:
                self._keys[name] -= 1
                self._keys += Counter()

    def _waited_too_long(self, call: Call) -> Refusal:
        if call.actor and call.key and self._keys[call.actor.user_pk, call.key] > 1:
            return IdempotencyInProgress(f"the first request with the idempotency key {call.key!r} is still running; try again")
        return _unavailable("the book is busy")

    # --- upkeep ---

    def migrate(self) -> list[str]:
        """Bring the database to the current schema; the migrations applied."""
        with self._writing, _availability(), _opened(self._writer):
            return schema.migrate(self._writer)

    def pending(self) -> list[str]:
        """The migrations that the database has not had yet."""
        with self._writing, _availability(), _opened(self._writer):
            return schema.pending(self._writer)

    def health(self) -> list[str]:
        """What is wrong with the database; nothing, if all is well."""
        db = self._readers.get()
        try:
            with _availability(), _opened(db):
                problems = [f"migration {name} is pending" for name in schema.pending(db)]
                return problems or [f"trigger {name} is missing" for name in schema.missing_guards(db)]
        except (Refusal, PeeweeException) as error:
            return [f"the database cannot be reached: {error}"]
        finally:
            self._readers.put(db)

    def close(self) -> None:
        """Close all connections; the book opens them again when it is used again."""
        with self._writing:
            self._writer.close()
        for _ in range(READERS):
            db = self._readers.get()
            db.close()
            self._readers.put(db)


def _unavailable(why: str) -> ServiceUnavailable:
    return ServiceUnavailable(f"{why}; nothing was done, try again", retry_after=RETRY_SECONDS)


@contextmanager
def _availability() -> Iterator[None]:
    """A database that cannot take the call now is a refusal; any other database error is a fault of ours."""
    try:
        yield
    except PeeweeException as error:
        if is_unavailable(error):
            raise _unavailable(f"the database answers {error}") from error
        raise


@contextmanager
def _opened(db: Database) -> Iterator[None]:
    """An open connection; one on which something unexpected happened is closed, and opened again by its next user."""
    db.connect(reuse_if_open=True)
    try:
        yield
    except (Refusal, Rehearsed):
        raise
    except BaseException:
        db.close()
        raise
