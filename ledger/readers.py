"""Connections for reading: kept between reads, each read a transaction of one moment."""

from collections import deque
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from threading import BoundedSemaphore

from peewee import Database, PeeweeException

from ledger.storage.transactions import Available, Ended, Opened, run, unavailable


class Slot:
    """One of so many slots; who waits longer than this for one is refused."""

    def __init__(self, most: int, wait_seconds: float) -> None:
        self._free = BoundedSemaphore(most)
        self._wait_seconds = wait_seconds

    def __enter__(self) -> None:
        if not self._free.acquire(timeout=self._wait_seconds):
            raise unavailable("no connection to the database is free")

    def __exit__(self, *_: object) -> None:
        self._free.release()


class Readers:
    """At most `kept` idle connections are kept; where there may be no more than `most` at a time, others wait for one."""

    def __init__(
        self, new: Callable[[], Database], begin: str, *, kept: int, most: int | None = None, wait_seconds: float = 0.0
    ) -> None:
        self._new = new
        self._begin = begin
        self._kept = kept
        self._slot: AbstractContextManager[object] = nullcontext() if most is None else Slot(most, wait_seconds)
        self._idle: deque[Database] = deque()

    @contextmanager
    def reading(self) -> Iterator[Database]:
        """A connection within a transaction. Refuses: SERVICE_UNAVAILABLE."""
        with self._slot:
            db = self._taken()
            try:
                with Available(), Opened(db):
                    self._begun(db)
                    with Ended(db.connection()):
                        yield db
            finally:
                self._given_back(db)

    def _begun(self, db: Database) -> None:
        try:
            run(db.connection(), self._begin)
        except PeeweeException:
            # A kept connection to a server may have been lost meanwhile: another one is opened.
            if not getattr(db.connection(), "closed", False):
                raise
            db.close()
            db.connect()
            run(db.connection(), self._begin)

    def _taken(self) -> Database:
        try:
            return self._idle.pop()
        except IndexError:
            return self._new()

    def _given_back(self, db: Database) -> None:
        if len(self._idle) < self._kept:
            self._idle.append(db)
        else:
            db.close()

    def close(self) -> None:
        """Close the connections that are not in use."""
        with suppress(IndexError):
            while True:
                self._idle.pop().close()
