"""Applying a payment's money to invoices, and releasing it; which invoice is a payment's principal one.

Amounts are minor units. Whoever calls has taken the account (`journal.Booking`).
"""

from collections.abc import Iterable, Sequence, Set
from decimal import Decimal
from typing import NamedTuple

from ledger import audit, checks, money
from ledger.allocation import Claim, shared_out
from ledger.entry import FIFO, Entry, Reading
from ledger.errors import AlreadySettled, AmountMismatch, EntityNotFound
from ledger.intentions import first_invoice, image, intended
from ledger.journal import Booking, allocated, live_allocations
from ledger.lifecycle import POSTED, moved
from ledger.moving import changed
from ledger.storage.models import Account, Invoice, Payment

AUTOMATIC, EXPLICIT = "automatic", "explicit"
AT_ONCE = 8
"""So many open invoices are read at first."""


class Line(NamedTuple):
    """One invoice and how much of the payment is to go to it."""

    invoice: Invoice
    amount: Decimal


def payment_image(entry: Entry, payment: Payment) -> audit.Image:
    """A payment and what it is intended for, as the audit log keeps it."""
    return audit.image(payment, intended=image(intended(entry, payment.pk)))


def open_invoices(reading: Reading, account_pk: int, limit: int | None = None) -> list[Invoice]:
    """The account's posted invoices on which something is unpaid, the first ones by due date, posting and age."""
    return reading.rows.find(
        Invoice, limit, ("due_on", "posted_on", "pk"), left=("unpaid",), account_pk=account_pk, life_cycle_state=POSTED
    )


def open_credits(reading: Reading, account_pk: int) -> list[Payment]:
    """The account's posted automatic payments on which something is unallocated, oldest posting first."""
    return reading.rows.find(
        Payment,
        order=("posted_on", "pk"),
        left=("unallocated",),
        account_pk=account_pk,
        life_cycle_state=POSTED,
        allocation_mode=AUTOMATIC,
    )


class Share(NamedTuple):
    """So much of a payment's money goes to an invoice."""

    invoice: Invoice
    amount: int


def shares_of(entry: Entry, account_pk: int, money: int, named: Iterable[Invoice], *, spreads: bool) -> list[Share]:
    """Who gets the money of a payment that is about to be posted: the invoices that are named, the first ones first, as far as they
    are unpaid; what they leave goes (if it `spreads`, and by the book's policy) to the account's open ones."""
    shares = _in_order(money, named)
    left = money - sum(share.amount for share in shares)
    if left and spreads and entry.allocation == FIFO:
        shares += _in_order(left, _open_for(entry, account_pk, left, {share.invoice.pk for share in shares}))
    return shares


def _in_order(money: int, invoices: Iterable[Invoice]) -> list[Share]:
    by_pk = {invoice.pk: invoice for invoice in invoices}
    claims = shared_out(money, (Claim(pk, invoice.unpaid) for pk, invoice in by_pk.items()))
    return [Share(by_pk[pk], amount) for pk, amount in claims]


def _open_for(reading: Reading, account_pk: int, money: int, passed_over: Set[int]) -> list[Invoice]:
    """The account's open invoices but these; of many only about as many are read as the money may reach."""
    limit = AT_ONCE
    while True:
        found = open_invoices(reading, account_pk, limit)
        others = [invoice for invoice in found if invoice.pk not in passed_over]
        if len(found) < limit or sum(invoice.unpaid for invoice in others) >= money:
            return others
        limit *= 2


def pay_in_order(entry: Entry, account: Account, payment: Payment, invoices: Sequence[Invoice]) -> None:
    """Pay what is owed on these invoices, the first ones first, as far as the payment's unallocated money goes."""
    for invoice, amount in _in_order(payment.unallocated, invoices):
        allocated(entry, account, payment, invoice, amount)


def draw_credit(entry: Entry, account: Account, invoice: Invoice) -> None:
    """Pay an invoice that was just posted from the account's unallocated automatic payments, oldest first."""
    payments = {payment.pk: payment for payment in open_credits(entry, account.pk)}
    for pk, share in shared_out(invoice.unpaid, (Claim(pk, payment.unallocated) for pk, payment in payments.items())):
        payment = payments[pk]
        before = payment_image(entry, payment)
        allocated(entry, account, payment, invoice, share)
        if choose_principal(entry, payment):
            audit.record(entry, "payment", payment, before, payment_image(entry, payment))


def choose_principal(entry: Entry, payment: Payment) -> bool:
    """Store the principal invoice: the linked, else the first intended, else the earliest allocated; whether it changed."""
    if payment.principal_linked:
        return False
    principal = first_invoice(intended(entry, payment.pk)) or next(iter(live_allocations(entry, payment.pk)), None)
    if principal == payment.principal_invoice_pk:
        return False
    payment.principal_invoice_pk = principal
    entry.rows.change(Payment, {"principal_invoice_pk": principal}, pk=payment.pk)
    return True


def released(entry: Entry, account: Account, payment: Payment, shares: Iterable[Claim]) -> None:
    """Take money back from invoices (`Claim(invoice key, amount)`); it becomes the payment's unallocated credit."""
    for invoice_pk, amount in shares:
        allocated(entry, account, payment, entry.rows.get(Invoice, invoice_pk), -amount)


def released_whole(entry: Entry, account: Account, payment: Payment) -> None:
    """Take all of a payment's money back from its invoices."""
    released(entry, account, payment, (Claim(pk, amount) for pk, amount in live_allocations(entry, payment.pk).items()))


def apply(entry: Entry, payment: Payment, lines: Sequence[Line]) -> Payment:
    """Apply money of a posted payment to invoices of its account, exactly as said, all lines or none.

    Refuses: INVALID_PARAMETER, INVALID_LIFE_CYCLE_STATE, ACCOUNT_MISMATCH, ACCOUNT_NOT_OPEN, ALREADY_SETTLED, AMOUNT_MISMATCH.
    """
    currency = checks.currency_of(entry, entry.rows.get(Account, payment.account_pk))
    amounts = [checks.minor(line.amount, currency, f"lines[{number}]") for number, line in enumerate(lines)]
    moved("payment", payment.life_cycle_state, "apply")
    for number, line in enumerate(lines):
        moved("invoice", line.invoice.life_cycle_state, "pay", f"lines[{number}]")
    before = payment_image(entry, payment)
    with Booking(entry, payment.account_pk) as account:
        for number, line in enumerate(lines):
            checks.same_account(account, line.invoice, "invoice", f"lines[{number}]")
        checks.not_terminated(account)
        for number, (line, amount) in enumerate(zip(lines, amounts, strict=True)):
            _apply_line(entry, account, payment, line, amount, f"lines[{number}]")
        payment = changed(entry, payment, POSTED, {"allocation_mode": EXPLICIT})
        choose_principal(entry, payment)
    audit.record(entry, "payment", payment, before, payment_image(entry, payment))
    return payment


def _apply_line(entry: Entry, account: Account, payment: Payment, line: Line, amount: int, word: str) -> None:
    # The same invoice may stand in two lines: what is unpaid is read again for each.
    invoice = entry.rows.get(Invoice, line.invoice.pk)
    if not invoice.unpaid:
        raise AlreadySettled(f"nothing is unpaid on invoice {invoice.number}", word)
    for most, where in (
        (payment.unallocated, "unallocated on the payment"),
        (invoice.unpaid, f"unpaid on invoice {invoice.number}"),
    ):
        if amount > most:
            currency = checks.currency_of(entry, account)
            shown = money.shown(most, currency.exponent)
            raise AmountMismatch(f"{line.amount} was sent, but {shown} {currency.code} is {where}", word, most=shown)
    allocated(entry, account, payment, invoice, amount)


def release(entry: Entry, payment: Payment, invoice: Invoice | None = None) -> Payment:
    """Release a posted payment's money from one invoice, or from all; it stays the account's credit.

    Refuses: INVALID_LIFE_CYCLE_STATE, ENTITY_NOT_FOUND (nothing of the payment is applied there).
    """
    moved("payment", payment.life_cycle_state, "release")
    before = payment_image(entry, payment)
    applied = live_allocations(entry, payment.pk)
    if invoice is not None:
        if invoice.pk not in applied:
            raise EntityNotFound(f"nothing of the payment is applied to invoice {invoice.number}", "invoice")
        applied = {invoice.pk: applied[invoice.pk]}
    with Booking(entry, payment.account_pk) as account:
        released(entry, account, payment, (Claim(pk, amount) for pk, amount in applied.items()))
        payment = changed(entry, payment, POSTED, {})
        choose_principal(entry, payment)
    audit.record(entry, "payment", payment, before, payment_image(entry, payment))
    return payment
