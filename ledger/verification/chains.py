"""Whether an account's journal and allocations are the chain that its head and count say.

Rows up to the count that was read first never change, so a long chain is followed in lots, each on a read of its own.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from peewee import fn

from ledger.entry import Reading
from ledger.journal import allocation_hash, journal_hash
from ledger.queries.related import by_pk
from ledger.storage.columns import Table
from ledger.storage.compiled import layout, records, slot
from ledger.storage.models import Account, Allocation, Invoice, JournalEntry, Payment

LOT = 1_000
LOWEST = -(2**63)


@dataclass
class Walk:
    """How far a chain was followed: its last hash, position and row key, and the sum of its amounts."""

    head: str = ""
    position: int = 0
    total: int = 0
    key: int = LOWEST
    findings: list[str] = field(default_factory=list)


def _lot(reading: Reading, model: type[Table], account: Account, walk: Walk, count: int) -> list[Table]:
    columns = model._meta.columns
    position = columns["position"]

    def build() -> Any:
        mine = (columns["account_pk"] == slot("account")) & (position > slot("above")) & (position <= slot("up_to"))
        return model.select(*layout(model).fields).where(mine).order_by(position).limit(LOT)

    rows = reading.rows.kept(("chain", model, LOT), build, account=account.pk, above=walk.position, up_to=count)
    return records(model, rows)


def _follow(walk: Walk, name: str, position: int, kept: str, made: str, amount: int) -> None:
    walk.position += 1
    if position != walk.position:
        walk.findings.append(f"{name} {walk.position} is missing; the next is {position}")
        walk.position = position
    elif kept != made:
        walk.findings.append(f"{name} {position} is not what was written: its hash does not follow from it")
    walk.head = kept
    walk.total += amount


def _journal_lot(reading: Reading, account: Account, walk: Walk, count: int) -> None:
    name = f"account {account.number}: journal entry"
    for row in _lot(reading, JournalEntry, account, walk, count):
        assert isinstance(row, JournalEntry)
        made = journal_hash(walk.head, account.id, row.position, row.kind, row.document_id, row.number, row.amount, row.at)
        _follow(walk, name, row.position, row.hash, made, row.amount)


def _allocation_lot(reading: Reading, account: Account, walk: Walk, count: int) -> None:
    name = f"account {account.number}: allocation"
    rows = [row for row in _lot(reading, Allocation, account, walk, count) if isinstance(row, Allocation)]
    payments = by_pk(reading, Payment, (row.payment_pk for row in rows))
    invoices = by_pk(reading, Invoice, (row.invoice_pk for row in rows))
    for row in rows:
        payment, invoice = payments.get(row.payment_pk), invoices.get(row.invoice_pk)
        ids = (payment.id if payment else "", invoice.id if invoice else "")
        made = allocation_hash(walk.head, account.id, row.position, *ids, row.amount, row.at)
        _follow(walk, name, row.position, row.hash, made, row.amount)
        if row.pk <= walk.key:
            # Which of a payment's allocations is the earliest is read from the row keys.
            walk.findings.append(f"{name} {row.position} has a row key out of order")
        walk.key = row.pk


Read = Callable[[Callable[[Reading], None]], None]


def _walked(read: Read, lot: Callable[[Reading, Account, Walk, int], None], account: Account, count: int, head: str) -> Walk:
    walk = Walk()
    reached = -1
    while walk.position < count and walk.position != reached:
        reached = walk.position
        read(lambda reading: lot(reading, account, walk, count))
    if walk.position < count:
        walk.findings.append(f"account {account.number}: the chain ends at {walk.position}, {count} were written")
    if walk.head != head:
        walk.findings.append(f"account {account.number}: the last hash of the chain is not the account's head")
    return walk


def findings(read: Read, account: Account) -> Iterator[str]:
    """What is wrong with the two chains of an account, as it was read before."""
    journal = _walked(read, _journal_lot, account, account.journal_count, account.journal_head)
    yield from journal.findings
    if journal.total != account.balance:
        yield f"account {account.number}: its balance is {account.balance}, its journal sums up to {journal.total} (minor units)"
    allocations = _walked(read, _allocation_lot, account, account.allocation_count, account.allocation_head)
    yield from allocations.findings
    beyond: list[str] = []
    read(lambda reading: beyond.extend(_beyond(reading, account)))
    yield from beyond


def _beyond(reading: Reading, account: Account) -> Iterator[str]:
    """Rows before the first position, or behind the count of the account as it is now."""
    now = reading.rows.one(Account, pk=account.pk)
    if now is None:
        return
    for model, count in ((JournalEntry, now.journal_count), (Allocation, now.allocation_count)):
        columns = model._meta.columns
        ends = model.select(fn.MIN(columns["position"]), fn.MAX(columns["position"])).where(columns["account_pk"] == account.pk)
        first, last = reading.rows.tuples(ends)[0]
        if first is not None and first < 1:
            yield f"account {account.number}: {model._meta.table_name} begins at {first}, before the first that was written"
        if (last or 0) > count:
            yield f"account {account.number}: {model._meta.table_name} goes on to {last}, {count} were written"
