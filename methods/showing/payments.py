"""Payments and payment cancellations with everything about them."""

from collections.abc import Mapping, Sequence

from ledger import profiles, queries
from ledger.entry import Reading
from ledger.lifecycle import CANCELLED
from ledger.storage.models import (
    Bill,
    Category,
    Invoice,
    Payment,
    PaymentCancellation,
    PaymentMethod,
    RejectionReason,
    TransactionType,
    Unit,
    User,
)
from methods.answers import Data
from methods.showing import configuration, people, shorts
from methods.showing.accounts import Accounts
from methods.showing.profiles import profile_short


def payments_complete(reading: Reading, rows: Sequence[Payment]) -> list[Data]:
    """A page of payments: about as many queries as there are kinds of thing they refer to."""
    accounts = shorts.accounts_of(reading, rows)
    owners, shown = accounts.short(), reading.rows.shown
    cancellations = queries.cancellations_of(reading, [row.pk for row in rows if row.life_cycle_state == CANCELLED])
    to_pay = _ToPay(reading, rows, accounts)
    shown_profiles = {pk: profile_short(row) for pk, row in profiles.shown_of(reading, rows).items()}
    return [
        {
            **shorts.payment(row, accounts),
            "received_on": row.received_on,
            "notes": row.notes,
            "back_office_code": row.back_office_code,
            **shorts.udfs(row),
            "accounts_receivable": owners[row.account_pk],
            "type": shown(TransactionType, row.type_pk, configuration.named),
            "category": shown(Category, row.category_pk, configuration.category),
            "payment_method": shown(PaymentMethod, row.method_pk, configuration.named),
            "received_by_user": shown(User, row.received_by_user_pk, people.user_short),
            "received_by_unit": shown(Unit, row.received_by_unit_pk, people.unit),
            **to_pay.of(row),
            "payment_profile": shown_profiles.get(row.pk),
            "written_off_on": row.written_off_on,
            "rejection_reason": shown(RejectionReason, row.rejection_reason_pk, configuration.named),
            "payment_cancellation": _cancellation(cancellations, row.pk, accounts),
            "currency": accounts.currency(row.account_pk),
            "log_information": people.logged(reading, row),
        }
        for row in rows
    ]


def _cancellation(found: Mapping[int, PaymentCancellation], pk: int, accounts: Accounts) -> Data | None:
    return shorts.payment_cancellation(found[pk], accounts) if pk in found else None


class _ToPay:
    """What a page of payments is intended to pay, and what they have paid."""

    def __init__(self, reading: Reading, rows: Sequence[Payment], accounts: Accounts) -> None:
        pks = [row.pk for row in rows]
        self._accounts = accounts
        self._now = reading.now
        self._intended = queries.intended(reading, pks)
        self._allocations = queries.applied(reading, rows)
        named = [row for rows in self._intended.values() for row in rows]
        wanted = [row.principal_invoice_pk for row in rows if row.principal_invoice_pk is not None]
        wanted += [row.invoice_pk for row in named if row.invoice_pk is not None]
        wanted += [invoice_pk for found in self._allocations.values() for invoice_pk in found]
        self._invoices = queries.briefs(reading, Invoice, wanted) if wanted else {}
        self._bills = self._billed(reading, [row.bill_pk for row in named if row.bill_pk is not None])

    def _billed(self, reading: Reading, pks: Sequence[int]) -> dict[int, Data]:
        if not pks:
            return {}
        bills = queries.by_pk(reading, Bill, pks)
        return dict(zip(bills, shorts.bills(reading, list(bills.values()), self._accounts), strict=True))

    def of(self, payment: Payment) -> Data:
        """The members of one payment that tell."""
        named = self._intended.get(payment.pk, ())
        invoices = [self._invoices[row.invoice_pk] for row in named if row.invoice_pk is not None]
        return {
            "invoices_to_pay_set": [shorts.invoice(row, self._accounts, self._now) for row in invoices],
            "bills_to_pay_set": [self._bills[row.bill_pk] for row in named if row.bill_pk is not None],
            "principal_invoice": self._principal(payment),
            **self.paid(payment),
        }

    def paid(self, payment: Payment) -> Data:
        """Where the money of one payment is: on which invoices, and how much on none."""
        return {
            "unallocated_amount": self._accounts.amount(payment.account_pk, payment.unallocated),
            "allocations": [
                {"invoice": shorts.name(self._invoices[pk]), "amount": self._accounts.amount(payment.account_pk, net)}
                for pk, net in self._allocations.get(payment.pk, {}).items()
            ],
        }

    def _principal(self, payment: Payment) -> Data | None:
        pk = payment.principal_invoice_pk
        return None if pk is None else shorts.name(self._invoices[pk])


def payment_applied(reading: Reading, row: Payment) -> Data:
    """What payments/apply and payments/release answer: the payment's short form with where its money is now."""
    accounts = shorts.accounts_of(reading, [row])
    return shorts.payment(row, accounts) | _ToPay(reading, [row], accounts).paid(row)


def cancellations_complete(reading: Reading, rows: Sequence[PaymentCancellation]) -> list[Data]:
    """A page of payment cancellations, each with the payment that it cancelled."""
    accounts = shorts.accounts_of(reading, rows)
    owners, shown = accounts.short(), reading.rows.shown
    cancelled = queries.by_pk(reading, Payment, [row.payment_pk for row in rows])
    return [
        {
            **shorts.payment_cancellation(row, accounts),
            "notes": row.notes,
            "back_office_code": row.back_office_code,
            "issue_reason": row.issue_reason,
            **shorts.udfs(row),
            "accounts_receivable": owners[row.account_pk],
            "type": shown(TransactionType, row.type_pk, configuration.named),
            "category": shown(Category, row.category_pk, configuration.category),
            "payment": shorts.payment(cancelled[row.payment_pk], accounts),
            "currency": accounts.currency(row.account_pk),
            "log_information": people.logged(reading, row),
        }
        for row in rows
    ]
