"""Forgetting what is not the books: old sessions, answers kept for idempotency keys, counted login failures, events; in small
lots."""

from collections.abc import Callable, Mapping

from ledger import deliveries, events
from ledger.book import Book
from ledger.entry import Call, Entry, utc_text
from ledger.storage.columns import Table
from ledger.storage.models import IdempotencyKey, LoginFailure, Session

LOT = 1_000
SESSIONS_KEPT_DAYS = 7
FAILURES_KEPT_DAYS = 2
DAY_SECONDS = 86_400


def purge(book: Book, keys_kept_days: int = 30, events_kept_days: int = 30) -> Mapping[str, int]:
    """Delete what is older; how many rows went, by kind. Each lot is a write of its own, so that callers get their turn."""
    call = Call("command line", "purge")
    while book.read(call, events.waits) and book.enter(call, events.place) == events.LOT:
        pass
    now = book.clock()

    def lot(entry: Entry, model: type[Table], column: str, days: int) -> int:
        field = model._meta.columns[column]
        old = model.select(model.pk).where(field < utc_text(now - days * DAY_SECONDS)).limit(LOT)
        pks = [row[0] for row in entry.rows.tuples(old)]
        for pk in pks:
            entry.rows.remove(model, pk=pk)
        return len(pks)

    def in_lots(forgets: Callable[[Entry], int]) -> int:
        total = 0
        while gone := book.enter(call, forgets):
            total += gone
        return total

    def all_of(model: type[Table], column: str, days: int) -> int:
        return in_lots(lambda entry: lot(entry, model, column, days))

    return {
        "sessions": all_of(Session, "last_used_on", SESSIONS_KEPT_DAYS),
        "idempotency keys": all_of(IdempotencyKey, "created_on", keys_kept_days),
        "login failures": all_of(LoginFailure, "at", FAILURES_KEPT_DAYS),
        "events": in_lots(lambda entry: events.forget(entry, utc_text(now - events_kept_days * DAY_SECONDS), LOT)),
        "parked deliveries": in_lots(lambda entry: deliveries.forget_parked(entry, LOT)),
    }
