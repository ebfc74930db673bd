"""Amending a posted payment or write-off: one commit, two journal rows when amount or account change (reversal and new booking)."""

from collections.abc import Mapping
from typing import Any

from ledger import audit, checks, days, money, writeoffs
from ledger.applying import payment_image
from ledger.classification import PAYMENT, WRITE_OFF
from ledger.entry import Entry
from ledger.errors import AccountMismatch, AmountMismatch, CurrencyMismatch
from ledger.lifecycle import POSTED, moved
from ledger.moving import changed
from ledger.rebooking import rebooked
from ledger.storage.models import Account, Category, Invoice, Payment, PaymentMethod, TransactionType

Changes = Mapping[str, Any]


def amend(
    entry: Entry,
    payment: Payment,
    changes: Changes,
    *,
    zero: bool = False,
    fills_principal: bool = False,
    keeps_applied: bool = False,
) -> Payment:
    """Change a posted payment; only what is given of amount (a decimal), account, method, category, received_on and written_off_on
    (a moment, or a day: the same day keeps its time), unreceived, notes, profile, linked (an invoice), type.

    A lower amount takes the unallocated part first, then releases the newest allocations. Another account, or another linked
    invoice (which brings its account), releases everything and clears principal and intended invoices; another account clears the
    profile that is not given anew. `fills_principal`: with another amount the principal invoice is paid as far as the payment goes.
    `keeps_applied`: nothing that is applied may be touched. Id, numbers, issued_on and posted_on stay.
    Refuses: INVALID_PARAMETER, INVALID_LIFE_CYCLE_STATE, ACCOUNT_MISMATCH, ACCOUNT_NOT_OPEN, AMOUNT_MISMATCH, CURRENCY_MISMATCH,
    TYPE_NOT_ALLOWED, CATEGORY_NOT_ALLOWED, PAYMENT_METHOD_NOT_ALLOWED, BALANCE_TOO_LARGE.
    """
    type_ = changes.get("type") or entry.rows.get(TransactionType, payment.type_pk)
    old = entry.rows.get(Account, payment.account_pk)
    new = _account_after(entry, old, changes)
    amount = _amount_after(entry, payment, new, changes, zero=zero)
    values = _dates(payment, type_, changes) | {name: changes[name] for name in {"notes"} & changes.keys()}
    moved("payment", payment.life_cycle_state, "amend")
    linked = _newly_linked(payment, changes)
    _accounts_fit(payment, old, new, changes, keeps_applied=keeps_applied)
    if keeps_applied:
        _covers_what_is_applied(entry, payment, old, amount)
    if new.currency_pk != old.currency_pk:
        raise CurrencyMismatch(f"account {new.number} is not kept in the currency of account {old.number}", "account")
    values |= _choices(entry, payment, type_, changes) | _profile(old, new, changes)
    before = payment_image(entry, payment)
    payment = rebooked(entry, payment, new.pk, amount, linked, fills_principal=fills_principal)
    payment = changed(entry, payment, POSTED, values)
    audit.record(entry, "payment", payment, before, payment_image(entry, payment))
    return payment


def _account_after(entry: Entry, old: Account, changes: Changes) -> Account:
    if "account" in changes:
        account: Account = changes["account"]
        return account
    return entry.rows.get(Account, changes["linked"].account_pk) if "linked" in changes else old


def _amount_after(entry: Entry, payment: Payment, new: Account, changes: Changes, *, zero: bool) -> int:
    if "amount" not in changes:
        return payment.amount
    return checks.minor(changes["amount"], checks.currency_of(entry, new), "amount", zero=zero)


def _dates(payment: Payment, type_: TransactionType, changes: Changes) -> dict[str, object]:
    """The dates as they will be; what becomes a payment again is written off no more."""
    writes_off = type_.classification == WRITE_OFF
    received_on, written_off_on = payment.received_on, payment.written_off_on if writes_off else None
    if "received_on" in changes:
        received_on = days.rewritten(received_on, changes["received_on"])
    if changes.get("written_off_on"):
        written_off_on = days.rewritten(written_off_on, changes["written_off_on"])
    elif "written_off_on" in changes:
        written_off_on = None
    stays_unreceived = writes_off and bool(payment.unreceived) and "received_on" not in changes
    unreceived = bool(changes.get("unreceived", stays_unreceived))
    return writeoffs.dates(type_.classification, received_on, written_off_on, unreceived=unreceived)


def _newly_linked(payment: Payment, changes: Changes) -> Invoice | None:
    """The invoice to link; naming the one that is the principal already changes nothing."""
    linked: Invoice | None = changes.get("linked")
    if linked is None or linked.pk == payment.principal_invoice_pk:
        return None
    moved("invoice", linked.life_cycle_state, "pay")
    return linked


def _accounts_fit(payment: Payment, old: Account, new: Account, changes: Changes, *, keeps_applied: bool) -> None:
    if "linked" in changes:
        checks.same_account(new, changes["linked"], "invoice", "invoice")
    if changes.get("profile") is not None:
        checks.same_account(new, changes["profile"], "payment profile", "profile")
    if keeps_applied and new.pk != old.pk and payment.unallocated != payment.amount:
        raise AccountMismatch(f"the payment is applied to invoices of account {old.number}", "account")
    checks.not_terminated(old)
    checks.not_terminated(new)


def _covers_what_is_applied(entry: Entry, payment: Payment, account: Account, amount: int) -> None:
    applied = payment.amount - payment.unallocated
    if amount < applied:
        currency = checks.currency_of(entry, account)
        shown = money.shown(applied, currency.exponent)
        raise AmountMismatch(f"{shown} {currency.code} of the payment is applied, it cannot be less", "amount", applied=shown)


def _choices(entry: Entry, payment: Payment, type_: TransactionType, changes: Changes) -> dict[str, object]:
    """Type, category and method as far as they change; another type has to allow what is kept, too."""
    checks.classified(type_, PAYMENT, WRITE_OFF)
    retyped = type_.pk != payment.type_pk
    values: dict[str, object] = {"type_pk": type_.pk} if retyped else {}
    if "category" in changes:
        checks.category_allowed(entry, type_, changes["category"])
        values["category_pk"] = changes["category"].pk if changes["category"] else None
    elif retyped and payment.category_pk is not None:
        checks.category_allowed(entry, type_, entry.rows.get(Category, payment.category_pk))
    if "method" in changes:
        checks.method_allowed(entry, type_, changes["method"])
        values["method_pk"] = changes["method"].pk
    elif retyped:
        checks.method_allowed(entry, type_, entry.rows.get(PaymentMethod, payment.method_pk))
    return values


def _profile(old: Account, new: Account, changes: Changes) -> dict[str, object]:
    if "profile" in changes:
        return {"profile_pk": changes["profile"].pk if changes["profile"] else None}
    return {"profile_pk": None} if new.pk != old.pk else {}
