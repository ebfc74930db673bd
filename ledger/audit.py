"""The audit log: who did what to which record, with its image before and after."""

from typing import cast

import orjson

from ledger.entry import Entry
from ledger.storage.columns import Record, Table
from ledger.storage.compiled import columns_of, layout
from ledger.storage.models import Account, AuditEntry, Customer, Invoice, Payment, User, Webhook

OK = "OK"

CACHES: dict[type[Table], frozenset[str]] = {
    Payment: frozenset({"unallocated"}),
    Invoice: frozenset({"unpaid"}),
    Account: frozenset({"balance", "journal_head", "journal_count", "allocation_head", "allocation_count"}),
    User: frozenset({"password_hash"}),
    Customer: frozenset(),
    Webhook: frozenset(
        {"encrypted", "previous_encrypted", "cursor", "holder", "held_until", "failures", "failing_since", "probe_on"}
    ),
}
"""Columns that an image leaves out: what `verify` recomputes from the books, and secrets."""

Image = dict[str, object]


def image(row: Table, **parts: object) -> Image:
    """All columns of a record that are set, and its parts (items, intended invoices), as they are kept."""
    shape = layout(type(row))
    made: Image = {column: value for column, value in columns_of(row).items() if value is not None}
    for column in CACHES.get(shape.model, ()):
        made.pop(column, None)
    for column in shape.floats & made.keys():
        # SQLite keeps -0.0 as 0.0.
        made[column] = cast("float", made[column]) + 0.0
    made.update((name, part) for name, part in parts.items() if part)
    return made


def record(entry: Entry, kind: str, changed: Record | str, before: Image | None, after: Image | None) -> None:
    """Write down a change of a record, as it is now, or of what has no id, by its name; others are told of the former."""
    if isinstance(changed, str):
        record_id = changed
    else:
        record_id = changed.id
        entry.changes.recorded(changed, before)
    _write(entry, kind, record_id, before, after, OK)


def refused(entry: Entry, kind: str, outcome: str, actor: str | None = None) -> None:
    """Write down a refusal of rights or a failed login; `actor` is the name that was tried, if it is not the caller's."""
    _write(entry, kind, None, None, None, outcome, actor)


def _write(
    entry: Entry,
    kind: str,
    record_id: str | None,
    before: Image | None,
    after: Image | None,
    outcome: str,
    actor: str | None = None,
) -> None:
    call = entry.call
    entry.rows.insert(
        AuditEntry,
        {
            "at": entry.now,
            "actor": actor or (call.actor.username if call.actor else None),
            "door": call.door,
            "method": call.method,
            "request_id": call.request_id,
            "kind": kind,
            "record_id": record_id,
            "before": written(before),
            "after": written(after),
            "outcome": outcome,
        },
    )


def written(made: Image | None) -> str | None:
    """An image as it stands in the log: JSON with sorted members."""
    return None if made is None else orjson.dumps(made, option=orjson.OPT_SORT_KEYS).decode()
