"""Recomputing the book from its two append-only tables, and naming every discrepancy.

Read in lots by row key, each lot with all that it is compared with on one short read, so that memory stays flat, the log of SQLite
does not grow, and a large book can be verified while it is in use.
"""

from collections.abc import Callable, Iterator
from typing import Any, Protocol, TypeVar

from ledger.book import Book
from ledger.entry import Call, Reading
from ledger.storage.columns import Table
from ledger.storage.compiled import slot
from ledger.storage.models import (
    TABLES,
    Account,
    AuditEntry,
    Invoice,
    InvoiceCancellation,
    JournalEntry,
    Payment,
    PaymentCancellation,
)
from ledger.verification import chains, images, payments, references, sums

T = TypeVar("T")

LOT = 500
LOWEST = -(2**63)

Check = Callable[[Reading, int, int], list[str]]
"""What is wrong among the rows whose keys are above the first and up to the second number."""

Progress = Callable[[str, int, int], None]
"""Told what is being checked, how many rows are done, and of how many."""

CALL = Call("command line", "verify")


class Readable(Protocol):
    """A book, or one moment of it."""

    def read(self, call: Call, operation: Callable[[Reading], T]) -> T:
        """What the operation finds."""


def discrepancies(book: Book, progress: Progress | None = None) -> Iterator[str]:
    """A line for each thing that does not add up; none if the book holds."""
    book.forget()
    yield from found_in(book, progress)


def found_in(book: Readable, progress: Progress | None = None) -> Iterator[str]:
    """The same of whatever can be read: a book, in many short reads, or one moment of a small one."""
    for above, _ in _lots(book, Account, "chains", progress):
        for pk in _next_keys(book, Account, above):
            yield from _chains(book, pk)
    for name, model, check in _checks():
        for above, up_to in _lots(book, model, name, progress):
            yield from _found(book, model, check, above, up_to)


def _checks() -> Iterator[tuple[str, type[Table], Check]]:
    yield "balances", Account, sums.accounts
    yield "payment sums", Payment, sums.payments
    yield "what payments say of themselves", Payment, payments.fit
    yield "invoice sums", Invoice, sums.invoices
    yield "payment cancellation sums", PaymentCancellation, sums.payment_cancellations
    yield "invoice cancellation sums", InvoiceCancellation, sums.invoice_cancellations
    for kind, model in images.KINDS.items():
        yield f"{kind.replace('_', ' ')} images", model, images.changed(kind)
    yield "records that the audit log knows", AuditEntry, images.missing
    yield "documents of the journal", JournalEntry, references.documents
    for table in TABLES:
        if references.refers(table):
            yield f"what {table._meta.table_name} refers to", table, references.dangling(table)


def _found(book: Readable, model: type[Table], check: Check, above: int, up_to: int) -> list[str]:
    try:
        return book.read(CALL, lambda reading: check(reading, above, up_to))
    except TypeError:
        # SQLite lets a column hold what it is not made for: row by row, so that the others are checked all the same.
        keys = [pk for pk in _next_keys(book, model, above) if pk <= up_to]
        return [finding for pk in keys for finding in _found_in_row(book, model, check, pk)]


def _found_in_row(book: Readable, model: type[Table], check: Check, pk: int) -> list[str]:
    try:
        return book.read(CALL, lambda reading: check(reading, pk - 1, pk))
    except TypeError as error:
        row = book.read(CALL, lambda reading: reading.rows.one(model, pk=pk))
        return [f"{model._meta.table_name} {getattr(row, 'id', pk)}: it cannot be checked: {error}"]


def _lots(book: Readable, model: type[Table], name: str, progress: Progress | None) -> Iterator[tuple[int, int]]:
    """Ranges of row keys with `LOT` rows each, wherever the keys may lie."""
    total = book.read(CALL, lambda reading: reading.rows.count(model)) if progress else 0
    done, above, is_full = 0, LOWEST, True
    while is_full and (keys := _next_keys(book, model, above)):
        yield above, keys[-1]
        done, above, is_full = done + len(keys), keys[-1], len(keys) == LOT
        if progress:
            progress(name, min(done, total), total)


def _next_keys(book: Readable, model: type[Table], above: int) -> list[int]:
    def build() -> Any:
        return model.select(model.pk).where(model.pk > slot("above")).order_by(model.pk).limit(LOT)

    return [row[0] for row in book.read(CALL, lambda reading: reading.rows.kept(("keys", model, LOT), build, above=above))]


def _chains(book: Readable, account_pk: int) -> Iterator[str]:
    account = book.read(CALL, lambda reading: reading.rows.one(Account, pk=account_pk))
    if account is not None:
        try:
            yield from chains.findings(lambda step: book.read(CALL, step), account)
        except TypeError as error:
            yield f"account {account.number}: its chains cannot be followed: {error}"
