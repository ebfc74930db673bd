"""Figures of a page of invoices or payments, with few queries whatever the page's size. Amounts in minor units."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from peewee import fn

from ledger.days import day
from ledger.entry import Reading
from ledger.lifecycle import POSTED
from ledger.queries.related import by_pk
from ledger.storage.models import Allocation, Invoice, Payment
from ledger.storage.rows import ROWS_AT_ONCE


class InvoiceFigures(NamedTuple):
    """What was paid and written off: what is applied, and the unallocated rest of payments whose principal invoice it is, so that
    more than its total is possible. `paid_on`: the day of the latest of these, once nothing is unpaid on a posted invoice."""

    paid: int
    written_off: int
    paid_on: str | None


class Applied(NamedTuple):
    """What of a payment is applied to an invoice now; key and moment of the first allocation since nothing was."""

    pk: int
    invoice_pk: int
    amount: int
    at: str


@dataclass
class _Sums:
    paid: int = 0
    written_off: int = 0
    moments: list[str] = field(default_factory=list)


def invoice_figures(reading: Reading, invoice_pks: Iterable[int]) -> dict[int, InvoiceFigures]:
    """What was paid and written off of each invoice."""
    invoices = by_pk(reading, Invoice, invoice_pks)
    sums: Mapping[int, _Sums] = defaultdict(_Sums)
    for invoice_pk, amount, written_off_on, received_on in _moved(reading, list(invoices)):
        of = sums[invoice_pk]
        if written_off_on is None:
            of.paid += amount
        else:
            of.written_off += amount
        of.moments.append(received_on)
    return {pk: _figures(invoice, sums[pk]) for pk, invoice in invoices.items()}


def _figures(invoice: Invoice, sums: _Sums) -> InvoiceFigures:
    settled = invoice.life_cycle_state == POSTED and sums.paid + sums.written_off >= invoice.total_amount
    paid_on = day(max(sums.moments)) if settled and sums.moments else None
    return InvoiceFigures(sums.paid, sums.written_off, paid_on)


def _moved(reading: Reading, invoice_pks: list[int]) -> Iterator[tuple[int, int, str | None, str]]:
    """Invoice, amount, date of writing off and of payment: of what is applied, and of what is left of principals' payments."""
    of_payment = (Payment.written_off_on, Payment.received_on)
    for some in _lots(invoice_pks):
        net = fn.SUM(Allocation.amount)
        applied = Allocation.select(Allocation.invoice, net, *of_payment).join(Payment, on=(Allocation.payment == Payment.pk))
        applied = applied.where(Allocation.invoice.in_(some))
        applied = applied.group_by(Allocation.invoice, Allocation.payment, *of_payment).having(net > 0)
        left = Payment.select(Payment.principal_invoice, Payment.unallocated, *of_payment)
        left = left.where(Payment.principal_invoice.in_(some) & (Payment.unallocated > 0) & (Payment.life_cycle_state == POSTED))
        for invoice_pk, amount, written_off_on, received_on in (*reading.rows.tuples(applied), *reading.rows.tuples(left)):
            yield invoice_pk, int(amount), written_off_on, received_on


def _lots(pks: list[int]) -> Iterator[list[int]]:
    for start in range(0, len(pks), ROWS_AT_ONCE):
        yield pks[start : start + ROWS_AT_ONCE]


def applied_rows(reading: Reading, payment_pks: Iterable[int]) -> dict[int, list[Applied]]:
    """By payment: what of it is applied now, one row an invoice, the oldest first."""
    found: dict[int, dict[int, Applied]] = {pk: {} for pk in payment_pks}
    for row in reading.rows.among(Allocation, "payment_pk", list(found), ("pk",)):
        of = found[row.payment_pk]
        before = of.get(row.invoice_pk, Applied(row.pk, row.invoice_pk, 0, row.at))
        of[row.invoice_pk] = before._replace(amount=before.amount + row.amount)
        if not of[row.invoice_pk].amount:
            # What is applied again after this counts from then on.
            del of[row.invoice_pk]
    return {pk: list(of.values()) for pk, of in found.items()}


def touched_on(reading: Reading, payments: Iterable[Payment]) -> dict[int, str]:
    """When anything about each payment was last changed: its row, or what of it is applied."""
    touched = {payment.pk: max(payment.issued_on, payment.updated_on or "") for payment in payments}
    for row in reading.rows.among(Allocation, "payment_pk", list(touched)):
        touched[row.payment_pk] = max(touched[row.payment_pk], row.at)
    return touched
