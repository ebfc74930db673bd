"""Invoices and bills with everything about them."""

from collections.abc import Mapping, Sequence

from ledger import queries
from ledger.entry import Reading
from ledger.items import PERCENT_DECIMALS, QUANTITY_DECIMALS
from ledger.storage.models import (
    Bill,
    Category,
    Invoice,
    InvoiceCancellation,
    InvoiceItem,
    Payment,
    Project,
    RejectionReason,
    Subsidiary,
    TransactionType,
)
from methods.answers import Data
from methods.showing import configuration, people, shorts
from methods.showing.accounts import Accounts, amount


def invoices_complete(reading: Reading, rows: Sequence[Invoice]) -> list[Data]:
    """A page of invoices with their items, their bill, and what has paid them."""
    pks = [row.pk for row in rows]
    accounts = shorts.accounts_of(reading, rows)
    owners, shown = accounts.short(), reading.rows.shown
    items = queries.items(reading, pks)
    bills = _bills_of(reading, pks, accounts)
    cancellations = queries.invoice_cancellations_of(reading, pks)
    paid = _Paid(reading, pks, accounts)
    return [
        {
            **shorts.invoice(row, accounts, reading.now),
            "discount_amount": accounts.amount(row.account_pk, row.discount_amount),
            "net_amount": accounts.amount(row.account_pk, row.net_amount),
            "tax_amount": accounts.amount(row.account_pk, row.tax_amount),
            "notes": row.notes,
            "back_office_code": row.back_office_code,
            **shorts.udfs(row),
            "accounts_receivable": owners[row.account_pk],
            "type": shown(TransactionType, row.type_pk, configuration.named),
            "category": shown(Category, row.category_pk, configuration.category),
            "project": shown(Project, row.project_pk, configuration.named),
            "subsidiary": shown(Subsidiary, row.subsidiary_pk, configuration.named),
            "exchange_rate": configuration.rate(row.exchange_rate),
            "items": [_item(found, row.account_pk, accounts) for found in items.get(row.pk, ())],
            "bill": bills.get(row.pk),
            "rejection_reason": shown(RejectionReason, row.rejection_reason_pk, configuration.named),
            "invoice_cancellation": _cancellation(cancellations, row.pk, accounts),
            "currency": accounts.currency(row.account_pk),
            "allocations": paid.by(row),
            "log_information": people.logged(reading, row),
        }
        for row in rows
    ]


def _cancellation(found: Mapping[int, InvoiceCancellation], pk: int, accounts: Accounts) -> Data | None:
    return shorts.invoice_cancellation(found[pk], accounts) if pk in found else None


def _item(row: InvoiceItem, account_pk: int, accounts: Accounts) -> Data:
    percentage = row.discount_percentage
    return {
        "description": row.description,
        "quantity": amount(row.quantity, QUANTITY_DECIMALS),
        "cost": None if row.cost is None else accounts.amount(account_pk, row.cost),
        "sub_total": accounts.amount(account_pk, row.sub_total),
        "discount_percentage": None if percentage is None else amount(percentage, PERCENT_DECIMALS),
        "discount_amount": accounts.amount(account_pk, row.discount_amount),
        "vat_rate": amount(row.vat_rate, PERCENT_DECIMALS),
        "net_amount": accounts.amount(account_pk, row.net_amount),
        "tax_amount": accounts.amount(account_pk, row.tax_amount),
        "total_amount": accounts.amount(account_pk, row.total_amount),
    }


def _bills_of(reading: Reading, invoice_pks: Sequence[int], accounts: Accounts) -> dict[int, Data]:
    """The bill that each invoice is in, by the invoice's row key."""
    found: Mapping[int, Bill] = queries.bill_of_invoices(reading, invoice_pks)
    rows = list({row.pk: row for row in found.values()}.values())
    shown = {row.pk: data for row, data in zip(rows, shorts.bills(reading, rows, accounts), strict=True)}
    return {invoice_pk: shown[row.pk] for invoice_pk, row in found.items()}


class _Paid:
    """Which payments have paid a page of invoices."""

    def __init__(self, reading: Reading, pks: Sequence[int], accounts: Accounts) -> None:
        self._accounts = accounts
        self._allocations = queries.allocations_to(reading, pks)
        self._payments = queries.by_pk(reading, Payment, [pk for found in self._allocations.values() for pk in found])

    def by(self, invoice: Invoice) -> list[Data]:
        """What each payment has on this invoice."""
        return [
            {"payment": shorts.name(self._payments[pk]), "amount": self._accounts.amount(invoice.account_pk, net)}
            for pk, net in self._allocations.get(invoice.pk, {}).items()
        ]


def bills_complete(reading: Reading, rows: Sequence[Bill]) -> list[Data]:
    """A page of bills with their invoices and what is owed on them now."""
    accounts = shorts.accounts_of(reading, rows)
    owners = accounts.short()
    sums = queries.bill_sums(reading, [row.pk for row in rows])
    invoices = queries.bill_invoices(reading, [row.pk for row in rows])
    return [
        _bill_complete(row, sums[row.pk], invoices.get(row.pk, ()), accounts, reading.now)
        | {
            "accounts_receivable": owners[row.account_pk],
            "log_information": people.logged(reading, row),
        }
        for row in rows
    ]


def _bill_complete(row: Bill, sums: queries.BillSums, invoices: Sequence[Invoice], accounts: Accounts, now: str) -> Data:
    short = shorts.bill(row, sums, accounts)
    status = short.pop("bill_status")
    return short | {
        "issued_on": row.issued_on,
        "status": status,
        "outstanding_amount": accounts.amount(row.account_pk, sums.overdue),
        "unsettled_amount": accounts.amount(row.account_pk, sums.unpaid),
        "number_of_invoices": sums.invoices,
        "invoices_set": [shorts.invoice(invoice, accounts, now) for invoice in invoices],
    }
