"""What a changed amount, account or linked invoice does to a posted payment's money. Amounts are minor units."""

from collections.abc import Iterator
from contextlib import contextmanager

from ledger import classification, intentions
from ledger.allocation import Claim, taken_back
from ledger.applying import choose_principal, pay_in_order, released, released_whole
from ledger.entry import Entry
from ledger.journal import AMENDMENT, Booking, booked, live_allocations
from ledger.lifecycle import POSTED
from ledger.linking import tied
from ledger.moving import changed
from ledger.storage.models import Account, Invoice, Payment, TransactionType


def rebooked(
    entry: Entry, payment: Payment, account_pk: int, amount: int, linked: Invoice | None, *, fills_principal: bool
) -> Payment:
    """The payment with this amount on this account, linked to this invoice if one is given. Only a change books anything."""
    moves, differs = account_pk != payment.account_pk, amount != payment.amount
    if not (moves or differs or linked):
        return payment
    with _taken(entry, payment.account_pk, account_pk) as (old, new):
        if moves or linked:
            payment = _cleared(entry, old, payment)
        if moves or differs:
            payment = _booked_anew(entry, old, new, payment, amount)
        if linked:
            return tied(entry, new, payment, linked)
        choose_principal(entry, payment)
        if fills_principal and differs and payment.principal_invoice_pk is not None:
            pay_in_order(entry, new, payment, [entry.rows.get(Invoice, payment.principal_invoice_pk)])
    return payment


@contextmanager
def _taken(entry: Entry, old_pk: int, new_pk: int) -> Iterator[tuple[Account, Account]]:
    """Both accounts, taken in the order of their keys, so that two movers cannot wait for each other."""
    if old_pk == new_pk:
        with Booking(entry, old_pk) as account:
            yield account, account
        return
    with Booking(entry, min(old_pk, new_pk)) as one, Booking(entry, max(old_pk, new_pk)) as other:
        yield (one, other) if one.pk == old_pk else (other, one)


def _cleared(entry: Entry, account: Account, payment: Payment) -> Payment:
    """The payment applied to nothing and intended for nothing."""
    released_whole(entry, account, payment)
    intentions.store(entry, payment.pk, [])
    return changed(entry, payment, POSTED, {"principal_invoice_pk": None, "principal_linked": False})


def _booked_anew(entry: Entry, old: Account, new: Account, payment: Payment, amount: int) -> Payment:
    missing = payment.amount - amount - payment.unallocated
    if missing > 0:
        newest = [Claim(pk, share) for pk, share in reversed(live_allocations(entry, payment.pk).items())]
        released(entry, old, payment, taken_back(missing, newest))
    kind = entry.rows.get(TransactionType, payment.type_pk).classification
    booked(entry, old, AMENDMENT, payment.id, payment.number, -classification.booked(kind, payment.amount))
    booked(entry, new, AMENDMENT, payment.id, payment.number, classification.booked(kind, amount))
    unallocated = payment.unallocated + amount - payment.amount
    return changed(entry, payment, POSTED, {"account_pk": new.pk, "amount": amount, "unallocated": unallocated})
