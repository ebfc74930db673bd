"""Transactions on connections of the engine's own, and which of their errors are refusals."""

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from peewee import Database, PeeweeException

from ledger.errors import OutcomeUnknown, Refusal, ServiceUnavailable
from ledger.storage.engine import TRANSLATED, is_unavailable, is_undone

RETRY_SECONDS = 1
log = logging.getLogger("ledger.transactions")


def unavailable(why: str) -> ServiceUnavailable:
    """The refusal of a call that the book cannot take now; nothing of it was done."""
    return ServiceUnavailable(f"{why}; nothing was done, try again", retry_after=RETRY_SECONDS)


def unknown(why: str) -> OutcomeUnknown:
    """The refusal of a call that may have been done all the same."""
    return OutcomeUnknown(f"{why}; it may be on disk all the same: repeat the call with the same idempotency key")


def is_fault(error: BaseException | None) -> bool:
    """Whether something unexpected happened, upon which a connection is not to be used again."""
    return isinstance(error, ServiceUnavailable | OutcomeUnknown) or not (error is None or isinstance(error, Refusal))


def run(native: Any, sql: str) -> None:
    """Run what brings no rows. Errors are peewee's."""
    try:
        native.execute(sql)
    except Exception:
        with TRANSLATED:
            raise


@contextmanager
def part(native: Any, undone: Callable[[], None]) -> Iterator[None]:
    """A savepoint; `undone` is called when it is rolled back. One name for all, as statements of one text are prepared once; inner
    ones hide outer ones."""
    run(native, "SAVEPOINT part")
    try:
        yield
    except BaseException:
        undone()
        # Some errors have undone the whole transaction, and every savepoint with it.
        if native.in_transaction:
            run(native, "ROLLBACK TO SAVEPOINT part")
            run(native, "RELEASE SAVEPOINT part")
        raise
    run(native, "RELEASE SAVEPOINT part")


class Ended:
    """The rest of a transaction that has begun on a connection of the engine's own; whatever leaves it rolls it back."""

    __slots__ = ("_native",)

    def __init__(self, native: Any) -> None:
        self._native = native

    def __enter__(self) -> None: ...

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        try:
            if kind is None:
                self._commit()
        except BaseException:
            self._undo()
            raise
        if kind is not None:
            self._undo()

    def _commit(self) -> None:
        run(self._native, "COMMIT")

    def _undo(self) -> None:
        if self._native.in_transaction:
            run(self._native, "ROLLBACK")


class Transaction(Ended):
    """A transaction of SQLite's that writes. Refuses: OUTCOME_UNKNOWN (the commit failed, but may be on disk)."""

    __slots__ = ()

    def __enter__(self) -> None:
        run(self._native, "BEGIN IMMEDIATE")

    def _commit(self) -> None:
        try:
            run(self._native, "COMMIT")
        except (PeeweeException, MemoryError) as error:
            if isinstance(error, PeeweeException) and is_undone(error):
                raise
            raise unknown(f"the commit failed: {error}") from error


class Available:
    """Within this, a database that cannot take the call now is a refusal; any other database error is a fault of ours."""

    __slots__ = ()

    def __enter__(self) -> None: ...

    def __exit__(self, _kind: type[BaseException] | None, error: BaseException | None, *_: object) -> None:
        if isinstance(error, PeeweeException) and is_unavailable(error):
            # What it says may hold where it is and as whom it is asked, which is for no caller.
            log.warning("the database answers: %s", error)
            raise unavailable("the database cannot take the call now") from error


class Opened:
    """An open connection; one on which something unexpected happened is closed, and opened again by its next user."""

    __slots__ = ("_db",)

    def __init__(self, db: Database) -> None:
        self._db = db

    def __enter__(self) -> None:
        if self._db.is_closed():
            self._db.connect()

    def __exit__(self, _kind: type[BaseException] | None, error: BaseException | None, *_: object) -> None:
        if is_fault(error):
            self._db.close()
