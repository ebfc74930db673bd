"""Amending a posted payment: one commit, two journal rows when amount or account change (reversal and new booking)."""

from collections.abc import Mapping
from typing import Any

from ledger import audit, checks, classification, intentions
from ledger.allocation import Claim, taken_back
from ledger.applying import choose_principal, payment_image, released, released_whole
from ledger.entry import Entry
from ledger.errors import CurrencyMismatch
from ledger.journal import AMENDMENT, booked, booking, live_allocations
from ledger.lifecycle import POSTED, moved
from ledger.moving import changed
from ledger.storage.models import Account, Payment, TransactionType

PLAIN = frozenset({"received_on", "notes"})
"""What changes by itself; the rest is a row, or money."""


def amend(entry: Entry, payment: Payment, changes: Mapping[str, Any], *, zero: bool = False) -> Payment:
    """Change a posted payment: amount (a decimal), account, method, category, received_on, notes; only what is given.

    A lower amount takes the unallocated part first, then releases the newest allocations. Another account releases everything and
    clears principal and intended invoices. Id, numbers, issued_on and posted_on stay.
    Refuses: INVALID_PARAMETER, INVALID_LIFE_CYCLE_STATE, ACCOUNT_NOT_OPEN, CURRENCY_MISMATCH, CATEGORY_NOT_ALLOWED,
    PAYMENT_METHOD_NOT_ALLOWED, BALANCE_TOO_LARGE.
    """
    old = entry.rows.get(Account, payment.account_pk)
    new = changes.get("account", old)
    currency = checks.currency_of(entry, new)
    amount = checks.minor(changes["amount"], currency, "amount", zero=zero) if "amount" in changes else payment.amount
    moved("payment", payment.life_cycle_state, "amend")
    checks.not_terminated(old)
    checks.not_terminated(new)
    if new.currency_pk != old.currency_pk:
        raise CurrencyMismatch(f"account {new.number} is not kept in the currency of account {old.number}", "account")
    values = _values(entry, payment, changes)
    before = payment_image(entry, payment)
    if new.pk != old.pk:
        payment = _moved_over(entry, payment, new, amount)
    elif amount != payment.amount:
        payment = _changed_amount(entry, payment, amount)
    payment = changed(entry, payment, POSTED, values)
    audit.record(entry, "payment", payment.id, before, payment_image(entry, payment))
    return payment


def _values(entry: Entry, payment: Payment, changes: Mapping[str, Any]) -> dict[str, object]:
    type_ = entry.rows.get(TransactionType, payment.type_pk)
    values = {name: changes[name] for name in PLAIN & changes.keys()}
    if "category" in changes:
        checks.category_allowed(entry, type_, changes["category"])
        values["category_pk"] = changes["category"].pk if changes["category"] else None
    if "method" in changes:
        checks.method_allowed(entry, type_, changes["method"])
        values["method_pk"] = changes["method"].pk
    return values


def _signed(entry: Entry, payment: Payment, amount: int) -> int:
    return classification.booked(entry.rows.get(TransactionType, payment.type_pk).classification, amount)


def _changed_amount(entry: Entry, payment: Payment, amount: int) -> Payment:
    with booking(entry, payment.account_pk) as account:
        missing = payment.amount - amount - payment.unallocated
        if missing > 0:
            newest = [Claim(pk, share) for pk, share in reversed(live_allocations(entry, payment.pk).items())]
            released(entry, account, payment, taken_back(missing, newest))
        booked(entry, account, AMENDMENT, payment.id, payment.number, -_signed(entry, payment, payment.amount))
        booked(entry, account, AMENDMENT, payment.id, payment.number, _signed(entry, payment, amount))
        unallocated = payment.unallocated + amount - payment.amount
        payment = changed(entry, payment, POSTED, {"amount": amount, "unallocated": unallocated})
        choose_principal(entry, payment)
    return payment


def _moved_over(entry: Entry, payment: Payment, new: Account, amount: int) -> Payment:
    # Both accounts are taken in the order of their keys, so that two movers cannot wait for each other.
    first, second = sorted((payment.account_pk, new.pk))
    with booking(entry, first) as one, booking(entry, second) as other:
        old_account, new_account = (one, other) if one.pk == payment.account_pk else (other, one)
        released_whole(entry, old_account, payment)
        booked(entry, old_account, AMENDMENT, payment.id, payment.number, -_signed(entry, payment, payment.amount))
        booked(entry, new_account, AMENDMENT, payment.id, payment.number, _signed(entry, payment, amount))
        intentions.store(entry, payment.pk, [])
        return changed(
            entry,
            payment,
            POSTED,
            {
                "account_pk": new.pk,
                "amount": amount,
                "unallocated": amount,
                "principal_invoice_pk": None,
                "principal_linked": False,
            },
        )
