"""Payments, invoices, bills and cancellations in their short forms, as writing methods answer them and others refer to them."""

from collections.abc import Iterable, Sequence
from operator import attrgetter

from ledger import queries, udf
from ledger.entry import Reading
from ledger.storage.models import Bill, Invoice, InvoiceCancellation, Payment, PaymentCancellation
from methods.answers import Data
from methods.showing.accounts import Accounts

_POSTED = "POSTED"
"""The state of every bill and every cancellation."""
_EXACT_INTEGERS = 2**53
_udfs = attrgetter(*udf.NAMES)


def payment(row: Payment, accounts: Accounts) -> Data:
    return {
        "id": row.id,
        "number": row.number,
        "reference_number": row.reference_number,
        "life_cycle_state": row.life_cycle_state,
        "issued_on": row.issued_on,
        "posted_on": row.posted_on,
        "payment_amount": accounts.amount(row.account_pk, row.amount),
    }


def invoice(row: Invoice, accounts: Accounts, now: str) -> Data:
    overdue = row.unpaid if row.due_on is not None and row.due_on < now else 0
    return {
        "id": row.id,
        "number": row.number,
        "reference_number": row.reference_number,
        "life_cycle_state": row.life_cycle_state,
        "issued_on": row.issued_on,
        "posted_on": row.posted_on,
        "due_on": row.due_on,
        "total_amount": accounts.amount(row.account_pk, row.total_amount),
        "outstanding_amount": accounts.amount(row.account_pk, overdue),
        "unsettled_amount": accounts.amount(row.account_pk, row.unpaid),
    }


def bill(row: Bill, sums: queries.BillSums, accounts: Accounts) -> Data:
    return {
        "id": row.id,
        "number": row.number,
        "life_cycle_state": _POSTED,
        "from_date": row.from_date,
        "to_date": row.to_date,
        "due_date": sums.due_on,
        "total_billed_amount": accounts.amount(row.account_pk, sums.total),
        "total_amount_to_be_paid": accounts.amount(row.account_pk, sums.unpaid),
        "bill_status": sums.status,
        "currency": accounts.currency(row.account_pk),
    }


def payment_cancellation(row: PaymentCancellation, accounts: Accounts) -> Data:
    return _cancellation(row) | {"payment_amount": accounts.amount(row.account_pk, row.amount)}


def invoice_cancellation(row: InvoiceCancellation, accounts: Accounts) -> Data:
    return _cancellation(row) | {"total_amount": accounts.amount(row.account_pk, row.amount)}


def _cancellation(row: PaymentCancellation | InvoiceCancellation) -> Data:
    return {
        "id": row.id,
        "number": row.number,
        "reference_number": row.reference_number,
        "life_cycle_state": _POSTED,
        "issued_on": row.issued_on,
        "posted_on": row.posted_on,
    }


def name(row: Payment | Invoice) -> Data:
    """A document by its names alone."""
    return {"id": row.id, "number": row.number, "reference_number": row.reference_number}


def udfs(row: Payment | Invoice | PaymentCancellation) -> Data:
    """The user-defined fields; a whole number is shown as one (5, not 5.0)."""
    found: Data = dict(zip(udf.NAMES, _udfs(row), strict=True))
    for field in udf.FLOATS:
        value = found[field]
        if value is not None and value.is_integer() and abs(value) < _EXACT_INTEGERS:
            found[field] = int(value)
    return found


def one_payment(reading: Reading, row: Payment) -> Data:
    """A payment's short form, as the methods that write one answer it."""
    return payment(row, Accounts(reading, [row.account_pk]))


def one_invoice(reading: Reading, row: Invoice) -> Data:
    """An invoice's short form."""
    return invoice(row, Accounts(reading, [row.account_pk]), reading.now)


def one_bill(reading: Reading, row: Bill) -> Data:
    """A bill's short form."""
    return bills(reading, [row], Accounts(reading, [row.account_pk]))[0]


def bills(reading: Reading, rows: Sequence[Bill], accounts: Accounts) -> list[Data]:
    """Bills' short forms."""
    if not rows:
        return []
    sums = queries.bill_sums(reading, [row.pk for row in rows])
    return [bill(row, sums[row.pk], accounts) for row in rows]


def cancelled_payment(reading: Reading, row: PaymentCancellation) -> Data:
    """What payments/cancel answers: the cancellation with the payment that it cancelled."""
    accounts = Accounts(reading, [row.account_pk])
    cancelled = queries.by_pk(reading, Payment, [row.payment_pk])[row.payment_pk]
    return payment_cancellation(row, accounts) | {"payment": payment(cancelled, accounts)}


def cancelled_invoice(reading: Reading, row: InvoiceCancellation) -> Data:
    """What invoices/cancel answers."""
    accounts = Accounts(reading, [row.account_pk])
    cancelled = queries.by_pk(reading, Invoice, [row.invoice_pk])[row.invoice_pk]
    return invoice_cancellation(row, accounts) | {"invoice": invoice(cancelled, accounts, reading.now)}


def accounts_of(reading: Reading, rows: Iterable[Payment | Invoice | Bill | PaymentCancellation]) -> Accounts:
    """The accounts that these documents are on."""
    return Accounts(reading, {row.account_pk for row in rows})
