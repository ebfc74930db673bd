"""Payments and payment cancellations with everything about them."""

from collections.abc import Mapping, Sequence

from ledger import queries
from ledger.entry import Reading
from ledger.storage.models import Bill, Invoice, Payment, PaymentCancellation
from methods.answers import Data
from methods.showing import configuration, people, shorts
from methods.showing.accounts import Accounts


def payments_complete(reading: Reading, rows: Sequence[Payment]) -> list[Data]:
    """A page of payments: about as many queries as there are kinds of thing they refer to."""
    pks = [row.pk for row in rows]
    accounts = shorts.accounts_of(reading, rows)
    owners = accounts.short()
    types = configuration.types(reading, [row.type_pk for row in rows])
    categories = configuration.categories(reading, [row.category_pk for row in rows])
    methods = configuration.methods(reading, [row.method_pk for row in rows])
    reasons = configuration.reasons(reading, [row.rejection_reason_pk for row in rows])
    users = people.users_short(reading, [row.received_by_user_pk for row in rows])
    units = people.units(reading, [row.received_by_unit_pk for row in rows])
    cancellations = queries.cancellations_of(reading, pks)
    logs = people.logged(reading, rows)
    to_pay = _ToPay(reading, pks, accounts)
    return [
        {
            **shorts.payment(row, accounts),
            "received_on": row.received_on,
            "notes": row.notes,
            "back_office_code": row.back_office_code,
            **shorts.udfs(row),
            "accounts_receivable": owners[row.account_pk],
            "type": types[row.type_pk],
            "category": categories.get(row.category_pk),
            "payment_method": methods[row.method_pk],
            "received_by_user": users.get(row.received_by_user_pk),
            "received_by_unit": units.get(row.received_by_unit_pk),
            **to_pay.of(row),
            "rejection_reason": reasons.get(row.rejection_reason_pk),
            "payment_cancellation": _cancellation(cancellations, row.pk, accounts),
            "currency": accounts.currency(row.account_pk),
            "unallocated_amount": accounts.amount(row.account_pk, row.unallocated),
            "log_information": logs[row.pk],
        }
        for row in rows
    ]


def _cancellation(found: Mapping[int, PaymentCancellation], pk: int, accounts: Accounts) -> Data | None:
    return shorts.payment_cancellation(found[pk], accounts) if pk in found else None


class _ToPay:
    """What a page of payments is intended to pay, and what they have paid."""

    def __init__(self, reading: Reading, pks: Sequence[int], accounts: Accounts) -> None:
        self._accounts = accounts
        self._now = reading.now
        self._intended = queries.intended(reading, pks)
        self._allocations = queries.allocations_of(reading, pks)
        named = [row for rows in self._intended.values() for row in rows]
        paid = [invoice_pk for found in self._allocations.values() for invoice_pk in found]
        self._invoices = queries.by_pk(reading, Invoice, [*(row.invoice_pk for row in named), *paid])
        rows = queries.by_pk(reading, Bill, [row.bill_pk for row in named])
        shown = shorts.bills(reading, list(rows.values()), accounts)
        self._bills = dict(zip(rows, shown, strict=True))

    def of(self, payment: Payment) -> Data:
        """The members of one payment that tell."""
        named = self._intended.get(payment.pk, ())
        invoices = [self._invoices[row.invoice_pk] for row in named if row.invoice_pk is not None]
        return {
            "invoices_to_pay_set": [shorts.invoice(row, self._accounts, self._now) for row in invoices],
            "bills_to_pay_set": [self._bills[row.bill_pk] for row in named if row.bill_pk is not None],
            "allocations": [
                {"invoice": shorts.name(self._invoices[pk]), "amount": self._accounts.amount(payment.account_pk, net)}
                for pk, net in self._allocations.get(payment.pk, {}).items()
            ],
        }


def cancellations_complete(reading: Reading, rows: Sequence[PaymentCancellation]) -> list[Data]:
    """A page of payment cancellations, each with the payment that it cancelled."""
    accounts = shorts.accounts_of(reading, rows)
    owners = accounts.short()
    types = configuration.types(reading, [row.type_pk for row in rows])
    categories = configuration.categories(reading, [row.category_pk for row in rows])
    cancelled = queries.by_pk(reading, Payment, [row.payment_pk for row in rows])
    logs = people.logged(reading, rows)
    return [
        {
            **shorts.payment_cancellation(row, accounts),
            "notes": row.notes,
            "back_office_code": row.back_office_code,
            "issue_reason": row.issue_reason,
            **shorts.udfs(row),
            "accounts_receivable": owners[row.account_pk],
            "type": types[row.type_pk],
            "category": categories.get(row.category_pk),
            "payment": shorts.payment(cancelled[row.payment_pk], accounts),
            "currency": accounts.currency(row.account_pk),
            "log_information": logs[row.pk],
        }
        for row in rows
    ]
