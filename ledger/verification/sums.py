"""Whether the amounts kept on records are what the books say. All in minor units."""

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from peewee import fn

from ledger import classification
from ledger.entry import Reading
from ledger.lifecycle import CANCELLED, POSTED
from ledger.queries.related import account_sums, by_pk
from ledger.storage.columns import Table
from ledger.storage.compiled import layout, records, slot
from ledger.storage.models import (
    Account,
    Allocation,
    Invoice,
    InvoiceCancellation,
    JournalEntry,
    Payment,
    PaymentCancellation,
    TransactionType,
)


def between(reading: Reading, model: type[Table], above: int, up_to: int) -> list[Any]:
    """The rows with row keys above the first and up to the second number."""

    def build() -> Any:
        mine = (model.pk > slot("above")) & (model.pk <= slot("up_to"))
        return model.select(*layout(model).fields).where(mine).order_by(model.pk)

    return records(model, reading.rows.kept(("between", model), build, above=above, up_to=up_to))


def accounts(reading: Reading, above: int, up_to: int) -> list[str]:
    """An account's balance equals what is unpaid on its invoices less its unallocated credit."""
    rows = between(reading, Account, above, up_to)
    sums = account_sums(reading, (row.pk for row in rows))
    found = []
    for row in rows:
        expected = sums[row.pk].unpaid - sums[row.pk].unallocated
        if row.balance != expected:
            found.append(f"account {row.number}: its balance is {row.balance}, unpaid less unallocated is {expected}")
    return found


def payments(reading: Reading, above: int, up_to: int) -> list[str]:
    """A payment's unallocated amount is its amount less its allocations, and the journal holds it on its account."""
    rows = between(reading, Payment, above, up_to)
    types = by_pk(reading, TransactionType, {row.type_pk for row in rows})
    applied = _applied(reading, Allocation.payment, (row.pk for row in rows))
    booked = _booked(reading, (row.id for row in rows))
    found = []
    for row in rows:
        live = row.life_cycle_state == POSTED
        free = row.amount - applied.get(row.pk, 0) if live else 0
        if row.unallocated != free or (not live and applied.get(row.pk, 0)):
            found.append(f"payment {row.id}: {row.unallocated} is unallocated, its allocations leave {free}")
        kind = types[row.type_pk].classification if row.type_pk in types else classification.PAYMENT
        amount = classification.booked(kind, row.amount) if row.life_cycle_state in (POSTED, CANCELLED) else 0
        found += _journal_findings("payment", row, amount, booked.get(row.id, {}))
    return found


def invoices(reading: Reading, above: int, up_to: int) -> list[str]:
    """An invoice's unpaid amount is its total less its allocations, and the journal holds it on its account."""
    rows = between(reading, Invoice, above, up_to)
    applied = _applied(reading, Allocation.invoice, (row.pk for row in rows))
    booked = _booked(reading, (row.id for row in rows))
    found = []
    for row in rows:
        live = row.life_cycle_state == POSTED
        owed = row.total_amount - applied.get(row.pk, 0) if live else 0
        if row.unpaid != owed or (not live and applied.get(row.pk, 0)):
            found.append(f"invoice {row.id}: {row.unpaid} is unpaid, its allocations leave {owed}")
        amount = row.total_amount if row.life_cycle_state in (POSTED, CANCELLED) else 0
        found += _journal_findings("invoice", row, amount, booked.get(row.id, {}))
    return found


def payment_cancellations(reading: Reading, above: int, up_to: int) -> list[str]:
    """A payment cancellation takes back on its account what its payment had booked."""
    rows = between(reading, PaymentCancellation, above, up_to)
    payments = by_pk(reading, Payment, {row.payment_pk for row in rows})
    types = by_pk(reading, TransactionType, {payment.type_pk for payment in payments.values()})

    def signed(row: PaymentCancellation) -> int:
        payment = payments.get(row.payment_pk)
        type_ = types.get(payment.type_pk) if payment else None
        return -classification.booked(type_.classification if type_ else classification.PAYMENT, row.amount)

    booked = _booked(reading, (row.id for row in rows))
    found = (_journal_findings("payment_cancellation", row, signed(row), booked.get(row.id, {})) for row in rows)
    return [finding for findings in found for finding in findings]


def invoice_cancellations(reading: Reading, above: int, up_to: int) -> list[str]:
    """An invoice cancellation credits its account with what its invoice was."""
    found = []
    rows = between(reading, InvoiceCancellation, above, up_to)
    booked = _booked(reading, (row.id for row in rows))
    for row in rows:
        amount = classification.booked(classification.INVOICE_CANCEL, row.amount)
        found += _journal_findings("invoice_cancellation", row, amount, booked.get(row.id, {}))
    return found


def _journal_findings(kind: str, row: Any, amount: int, booked: dict[int, int]) -> list[str]:
    expected = {row.account_pk: amount} if amount else {}
    if {account: total for account, total in booked.items() if total} == expected:
        return []
    return [f"{kind} {row.id}: the journal holds {sum(booked.values())} of it, {amount} is expected on its account"]


def _applied(reading: Reading, field: Any, pks: Iterable[int]) -> dict[int, int]:
    query = Allocation.select(field, fn.SUM(Allocation.amount)).where(field.in_(list(pks))).group_by(field)
    return {row[0]: int(row[1]) for row in reading.rows.tuples(query)}


def _booked(reading: Reading, ids: Iterable[str]) -> dict[str, dict[int, int]]:
    """By document: what the journal holds of it, per account."""
    total = fn.SUM(JournalEntry.amount)
    query = JournalEntry.select(JournalEntry.document_id, JournalEntry.account, total)
    query = query.where(JournalEntry.document_id.in_(list(ids))).group_by(JournalEntry.document_id, JournalEntry.account)
    sums: dict[str, dict[int, int]] = defaultdict(dict)
    for document, account, amount in reading.rows.tuples(query):
        sums[document][account] = int(amount)
    return sums
