"""What belongs to a page of rows, loaded with few queries whatever the page's size. Amounts in minor units."""

from collections import defaultdict
from collections.abc import Iterable
from typing import Any, NamedTuple, TypeVar

from peewee import Case, fn

from ledger import bills
from ledger.entry import Reading
from ledger.storage.columns import Table, some_left
from ledger.storage.models import (
    Account,
    Allocation,
    Bill,
    BillInvoice,
    Customer,
    Intended,
    Invoice,
    InvoiceCancellation,
    InvoiceItem,
    Payment,
    PaymentCancellation,
    Unit,
    UserCustomer,
    UserUnit,
)
from ledger.storage.rows import ROWS_AT_ONCE

T = TypeVar("T", bound=Table)
Keys = Iterable[int]


def by_pk(reading: Reading, model: type[T], pks: Iterable[int | None]) -> dict[int, T]:
    """Rows by row key; None is passed over."""
    return reading.rows.by_pk(model, pks)


def briefs(reading: Reading, model: type[T], pks: Iterable[int | None]) -> dict[int, T]:
    """Rows by row key, in brief: with the columns that are shown of them beside others, and no others."""
    return reading.rows.briefs(model, pks)


def _grouped(reading: Reading, model: type[T], column: str, keys: Keys, order: tuple[str, ...] = ("pk",)) -> dict[int, list[T]]:
    wanted = list(keys)
    if not wanted:
        return {}
    if len(wanted) == 1:
        named: dict[str, Any] = {column: wanted[0]}
        found = reading.rows.find(model, order=order, **named)
        return {wanted[0]: found} if found else {}
    groups: dict[int, list[T]] = defaultdict(list)
    for row in reading.rows.among(model, column, wanted, order):
        groups[getattr(row, column)].append(row)
    return dict(groups)


def intended(reading: Reading, payment_pks: Keys) -> dict[int, list[Intended]]:
    """What payments are intended to pay, in order."""
    return _grouped(reading, Intended, "payment_pk", payment_pks, ("position",))


def bill_invoices(reading: Reading, bill_pks: Keys) -> dict[int, list[Invoice]]:
    """The invoices of bills, cancelled ones too, by due date."""
    links = _grouped(reading, BillInvoice, "bill_pk", bill_pks)
    found = by_pk(reading, Invoice, (link.invoice_pk for group in links.values() for link in group))
    return {
        pk: sorted((found[link.invoice_pk] for link in group), key=lambda i: (i.due_on, i.posted_on, i.pk))
        for pk, group in links.items()
    }


def bill_sums(reading: Reading, bill_pks: Keys) -> dict[int, bills.BillSums]:
    """What bills sum up to now."""
    wanted = list(bill_pks)
    invoices = bill_invoices(reading, wanted)
    return {pk: bills.summed(invoices.get(pk, []), reading.now) for pk in wanted}


def bill_of_invoices(reading: Reading, invoice_pks: Keys) -> dict[int, Bill]:
    """The bill that each invoice is in."""
    links = list(reading.rows.among(BillInvoice, "invoice_pk", invoice_pks))
    found = by_pk(reading, Bill, (link.bill_pk for link in links))
    return {link.invoice_pk: found[link.bill_pk] for link in links}


def items(reading: Reading, invoice_pks: Keys) -> dict[int, list[InvoiceItem]]:
    """The items of invoices, in order."""
    return _grouped(reading, InvoiceItem, "invoice_pk", invoice_pks, ("position",))


def cancellations_of(reading: Reading, payment_pks: Keys) -> dict[int, PaymentCancellation]:
    """The cancellation of each cancelled payment."""
    wanted = list(payment_pks)
    return {row.payment_pk: row for row in reading.rows.among(PaymentCancellation, "payment_pk", wanted)} if wanted else {}


def invoice_cancellations_of(reading: Reading, invoice_pks: Keys) -> dict[int, InvoiceCancellation]:
    """The cancellation of each cancelled invoice."""
    return {row.invoice_pk: row for row in reading.rows.among(InvoiceCancellation, "invoice_pk", invoice_pks)}


def allocations_of(reading: Reading, payment_pks: Keys) -> dict[int, dict[int, int]]:
    """By payment: what of it is applied now, net per invoice, in the order of the first allocation."""
    found = _grouped(reading, Allocation, "payment_pk", payment_pks)
    return _net((pk, row.invoice_pk, row.amount) for pk, rows in found.items() for row in rows)


def applied(reading: Reading, payments: Iterable[Payment]) -> dict[int, dict[int, int]]:
    """The allocations of these payments; one whose money is all unallocated has none. The invoices of a single payment are known
    from then on, in brief."""
    spent = [payment.pk for payment in payments if payment.unallocated != payment.amount]
    if len(spent) == 1:
        rows = reading.rows.find_whole(Allocation, order=("pk",), payment_pk=spent[0])
        return _net((row.payment_pk, row.invoice_pk, row.amount) for row in rows)
    return allocations_of(reading, spent) if spent else {}


def allocations_to(reading: Reading, invoice_pks: Keys) -> dict[int, dict[int, int]]:
    """By invoice: what pays it now, net per payment, in the order of the first allocation."""
    rows = reading.rows.among(Allocation, "invoice_pk", invoice_pks, ("pk",))
    return _net((row.invoice_pk, row.payment_pk, row.amount) for row in rows)


def _net(moves: Iterable[tuple[int, int, int]]) -> dict[int, dict[int, int]]:
    sums: dict[int, dict[int, int]] = defaultdict(dict)
    for first, second, amount in moves:
        left = sums[first].get(second, 0) + amount
        if left:
            sums[first][second] = left
        else:
            sums[first].pop(second, None)
    return dict(sums)


class AccountSums(NamedTuple):
    """What is unpaid on an account's invoices, what of it is past due, and its credit that is applied to nothing yet."""

    unpaid: int
    overdue: int
    unallocated: int


def account_sums(reading: Reading, account_pks: Keys) -> dict[int, AccountSums]:
    """The sums of accounts; balance = unpaid less unallocated."""
    wanted = list(account_pks)
    late = Case(None, [(Invoice.due_on < reading.now, Invoice.unpaid)], 0)
    owed = _sums(reading, Invoice, wanted, Invoice.unpaid, fn.SUM(Invoice.unpaid), fn.SUM(late))
    credit = _sums(reading, Payment, wanted, Payment.unallocated, fn.SUM(Payment.unallocated))
    return {pk: AccountSums(*owed.get(pk, (0, 0)), *credit.get(pk, (0,))) for pk in wanted}


def _sums(reading: Reading, model: Any, account_pks: list[int], open_amount: Any, *sums: Any) -> dict[int, tuple[int, ...]]:
    found: dict[int, tuple[int, ...]] = {}
    for start in range(0, len(account_pks), ROWS_AT_ONCE):
        some = model.account.in_(account_pks[start : start + ROWS_AT_ONCE])
        query = model.select(model.account, *sums).where(some & some_left(open_amount)).group_by(model.account)
        found.update((row[0], tuple(int(value) for value in row[1:])) for row in reading.rows.tuples(query))
    return found


def accounts_of(reading: Reading, customer_pks: Keys) -> dict[int, list[Account]]:
    """The accounts of customers, oldest first."""
    return _grouped(reading, Account, "customer_pk", customer_pks)


def units_of(reading: Reading, user_pks: Keys) -> dict[int, list[Unit]]:
    """The units of users, the default first."""
    links = _grouped(reading, UserUnit, "user_pk", user_pks)
    found = by_pk(reading, Unit, (link.unit_pk for group in links.values() for link in group))
    return {pk: [found[link.unit_pk] for link in sorted(group, key=lambda x: not x.is_default)] for pk, group in links.items()}


def customers_of(reading: Reading, user_pks: Keys) -> dict[int, list[Customer]]:
    """The customers that owner users are tied to."""
    links = _grouped(reading, UserCustomer, "user_pk", user_pks)
    found = by_pk(reading, Customer, (link.customer_pk for group in links.values() for link in group))
    return {pk: [found[link.customer_pk] for link in group] for pk, group in links.items()}
