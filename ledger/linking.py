"""Linking a payment to one invoice, which is its principal one from then on, and undoing that."""

from ledger import audit, checks, intentions
from ledger.applying import EXPLICIT, pay_in_order, payment_image, released_whole
from ledger.entry import Entry
from ledger.errors import AlreadyLinked, NotLinked
from ledger.journal import Booking
from ledger.lifecycle import POSTED, moved
from ledger.moving import changed
from ledger.storage.models import Account, Invoice, Payment


def link(entry: Entry, payment: Payment, invoice: Invoice) -> Payment:
    """Make an invoice the principal one of a posted payment that has none, and pay as much of it as is still owed.

    The payment is an explicit one from then on.
    Refuses: ALREADY_LINKED, INVALID_LIFE_CYCLE_STATE, ACCOUNT_MISMATCH, ACCOUNT_NOT_OPEN.
    """
    not_linked_yet(entry, payment)
    moved("payment", payment.life_cycle_state, "apply")
    linkable(entry.rows.get(Account, payment.account_pk), invoice)
    before = payment_image(entry, payment)
    with Booking(entry, payment.account_pk) as account:
        checks.not_terminated(account)
        payment = tied(entry, account, payment, invoice)
    audit.record(entry, "payment", payment, before, payment_image(entry, payment))
    return payment


def unlink(entry: Entry, payment: Payment) -> Payment:
    """Leave a posted payment without a principal invoice: all of it is released, and it is intended for nothing any more.

    The payment is an explicit one from then on, so that no later invoice takes the place by itself.
    Refuses: NOT_LINKED, INVALID_LIFE_CYCLE_STATE.
    """
    linked_now(payment)
    moved("payment", payment.life_cycle_state, "release")
    before = payment_image(entry, payment)
    with Booking(entry, payment.account_pk) as account:
        released_whole(entry, account, payment)
        intentions.store(entry, payment.pk, [])
        values = {"principal_invoice_pk": None, "principal_linked": False, "allocation_mode": EXPLICIT}
        payment = changed(entry, payment, POSTED, values)
    audit.record(entry, "payment", payment, before, payment_image(entry, payment))
    return payment


def not_linked_yet(entry: Entry, payment: Payment) -> None:
    """For doors that look at this before anything else that was sent. Refuses: ALREADY_LINKED."""
    if payment.principal_invoice_pk is not None:
        invoice = entry.rows.get(Invoice, payment.principal_invoice_pk)
        raise AlreadyLinked(f"the payment is linked to invoice {invoice.number or invoice.reference_number} already", "invoice")


def linked_now(payment: Payment) -> None:
    """Refuses: NOT_LINKED."""
    if payment.principal_invoice_pk is None:
        raise NotLinked("the payment is linked to no invoice", "invoice")


def linkable(account: Account, invoice: Invoice) -> None:
    """A payment on this account can be linked to the invoice. Refuses: INVALID_LIFE_CYCLE_STATE, ACCOUNT_MISMATCH."""
    moved("invoice", invoice.life_cycle_state, "pay")
    checks.same_account(account, invoice, "invoice", "invoice")


def tied(entry: Entry, account: Account, payment: Payment, invoice: Invoice) -> Payment:
    """The posted payment with this invoice as its principal one, of which it pays what it can; the caller has taken the account."""
    values = {"principal_invoice_pk": invoice.pk, "principal_linked": True, "allocation_mode": EXPLICIT}
    payment = changed(entry, payment, POSTED, values)
    pay_in_order(entry, account, payment, [entry.rows.get(Invoice, invoice.pk)])
    return payment
