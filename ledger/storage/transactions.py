"""Transactions on connections of the engine's own, and which of their errors are refusals."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from peewee import Database, PeeweeException

from ledger.errors import Refusal, ServiceUnavailable
from ledger.storage.engine import TRANSLATED, is_unavailable

RETRY_SECONDS = 1


def unavailable(why: str) -> ServiceUnavailable:
    """The refusal of a call that the book cannot take now; nothing of it was done."""
    return ServiceUnavailable(f"{why}; nothing was done, try again", retry_after=RETRY_SECONDS)


def is_fault(error: BaseException | None) -> bool:
    """Whether something unexpected happened, upon which a connection is not to be used again."""
    return isinstance(error, ServiceUnavailable) or not (error is None or isinstance(error, Refusal))


def run(native: Any, sql: str) -> None:
    """Run what brings no rows. Errors are peewee's."""
    with TRANSLATED:
        native.execute(sql)


@contextmanager
def transaction(native: Any, begin: str) -> Iterator[None]:
    """A transaction; whatever leaves it rolls it back."""
    run(native, begin)
    try:
        yield
        run(native, "COMMIT")
    except BaseException:
        if native.in_transaction:
            run(native, "ROLLBACK")
        raise


@contextmanager
def available() -> Iterator[None]:
    """A database that cannot take the call now is a refusal; any other database error is a fault of ours."""
    try:
        yield
    except PeeweeException as error:
        if is_unavailable(error):
            raise unavailable(f"the database answers {error}") from error
        raise


@contextmanager
def opened(db: Database) -> Iterator[None]:
    """An open connection; one on which something unexpected happened is closed, and opened again by its next user."""
    if db.is_closed():
        db.connect()
    try:
        yield
    except BaseException as error:
        if is_fault(error):
            db.close()
        raise
