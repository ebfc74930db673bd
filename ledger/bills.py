"""Bills gather posted invoices of one account; what they sum up to follows their invoices."""

from collections.abc import Sequence
from typing import NamedTuple

from ledger import audit, checks
from ledger.entry import Entry
from ledger.errors import AlreadyBilled, InvalidParameter
from ledger.lifecycle import POSTED, moved
from ledger.series import issued
from ledger.storage.models import Account, Bill, BillInvoice, Invoice

SETTLED, PARTIALLY_SETTLED, UNSETTLED = "SETTLED", "PARTIALLY_SETTLED", "UNSETTLED"


class BillSums(NamedTuple):
    """A bill's sums over its invoices that still count, in minor units; `overdue` is what is unpaid and past due."""

    total: int
    unpaid: int
    overdue: int
    due_on: str | None
    invoices: int

    @property
    def status(self) -> str:
        if not self.unpaid:
            return SETTLED
        return PARTIALLY_SETTLED if self.unpaid < self.total else UNSETTLED


def summed(invoices: Sequence[Invoice], now: str) -> BillSums:
    """The sums of a bill; cancelled invoices have dropped out."""
    counting = [invoice for invoice in invoices if invoice.life_cycle_state == POSTED]
    return BillSums(
        total=sum(invoice.total_amount for invoice in counting),
        unpaid=sum(invoice.unpaid for invoice in counting),
        overdue=sum(invoice.unpaid for invoice in counting if invoice.due_on < now),
        due_on=max((invoice.due_on for invoice in counting), default=None),
        invoices=len(counting),
    )


def create(
    entry: Entry, *, account: Account, invoices: Sequence[Invoice], from_date: str | None = None, to_date: str | None = None
) -> Bill:
    """A bill over posted invoices of the account, none of which is in another bill.

    Refuses: INVALID_PARAMETER, INVALID_LIFE_CYCLE_STATE, ACCOUNT_MISMATCH, ACCOUNT_NOT_OPEN, ALREADY_BILLED.
    """
    gathered = {invoice.pk: invoice for invoice in invoices}
    if not gathered:
        raise InvalidParameter("a bill needs at least one invoice", "invoices")
    if from_date and to_date and from_date > to_date:
        raise InvalidParameter(f"the period would end on {to_date}, before it begins on {from_date}", "to_date")
    for invoice in invoices:
        moved("invoice", invoice.life_cycle_state, "bill")
    for number, invoice in enumerate(invoices):
        checks.same_account(account, invoice, "invoice", f"invoices[{number}]")
    checks.not_terminated(account)
    for number, invoice in enumerate(invoices):
        if entry.rows.one(BillInvoice, invoice_pk=invoice.pk) is not None:
            raise AlreadyBilled(f"invoice {invoice.number} is in another bill already", f"invoices[{number}]")
    bill = entry.rows.add(
        Bill,
        {
            "id": entry.new_id(),
            "number": issued(entry, "bill.number", account.pk),
            "account_pk": account.pk,
            "from_date": from_date,
            "to_date": to_date,
            "issued_on": entry.now,
            "created_by_user_pk": entry.user_pk,
            "created_by_unit_pk": entry.unit_pk,
        },
    )
    for pk in gathered:
        entry.rows.insert(BillInvoice, {"bill_pk": bill.pk, "invoice_pk": pk})
    audit.record(entry, "bill", bill, None, audit.image(bill, invoices=list(gathered)))
    return bill
