"""Forgetting what is not the books: old sessions, answers kept for idempotency keys, counted login failures; in small lots."""

from collections.abc import Mapping

from ledger.book import Book
from ledger.entry import Call, Entry, utc_text
from ledger.storage.columns import Table
from ledger.storage.models import IdempotencyKey, LoginFailure, Session

LOT = 1_000
SESSIONS_KEPT_DAYS = 7
FAILURES_KEPT_DAYS = 2
DAY_SECONDS = 86_400


def purge(book: Book, keys_kept_days: int = 30) -> Mapping[str, int]:
    """Delete what is older; how many rows went, by kind. Each lot is a write of its own, so that callers get their turn."""
    call = Call("command line", "purge")
    now = book.clock()

    def lot(entry: Entry, model: type[Table], column: str, days: int) -> int:
        field = model._meta.columns[column]
        old = model.select(model.pk).where(field < utc_text(now - days * DAY_SECONDS)).limit(LOT)
        pks = [row[0] for row in entry.rows.tuples(old)]
        for pk in pks:
            entry.rows.remove(model, pk=pk)
        return len(pks)

    def all_of(model: type[Table], column: str, days: int) -> int:
        total = 0
        while gone := book.enter(call, lambda entry: lot(entry, model, column, days)):
            total += gone
        return total

    return {
        "sessions": all_of(Session, "last_used_on", SESSIONS_KEPT_DAYS),
        "idempotency keys": all_of(IdempotencyKey, "created_on", keys_kept_days),
        "login failures": all_of(LoginFailure, "at", FAILURES_KEPT_DAYS),
    }
