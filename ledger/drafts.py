"""Changing a draft payment."""

from collections.abc import Mapping
from typing import Any

from ledger import audit, checks, intentions, money, udf
from ledger.applying import payment_image
from ledger.entry import Entry
from ledger.errors import InvalidParameter
from ledger.intentions import KEEP, Intentions, Target
from ledger.lifecycle import DRAFT, moved
from ledger.moving import changed
from ledger.payments import Terms, checked
from ledger.storage.models import Account, Category, Payment, PaymentMethod, TransactionType, Unit, User

MANDATORY = ("account", "type", "method", "amount")
"""What can be changed but not cleared."""


def update(entry: Entry, payment: Payment, changes: Mapping[str, object], intended: Intentions | None = None) -> Payment:
    """Change a draft. `changes` holds only what was given, by the names of `Terms` and of the user-defined fields; None clears.

    Another account drops what was intended and is not given again.
    Refuses: INVALID_PARAMETER, ENTITY_NOT_FOUND (taking out what is not in the set), INVALID_LIFE_CYCLE_STATE, ACCOUNT_MISMATCH,
    ACCOUNT_NOT_OPEN, CURRENCY_MISMATCH, DUPLICATE_BACK_OFFICE_CODE, TYPE_NOT_ALLOWED, CATEGORY_NOT_ALLOWED,
    PAYMENT_METHOD_NOT_ALLOWED.
    """
    for name in MANDATORY:
        if name in changes and changes[name] is None:
            raise InvalidParameter("a payment cannot be without it", name)
    account = entry.rows.get(Account, payment.account_pk)
    terms = _terms_after(entry, payment, account, changes)
    currency = checks.currency_of(entry, terms.account)
    amount = payment.amount if terms.amount is None else checks.minor(terms.amount, currency, "amount")
    change = intended or Intentions()
    targets = _targets_after(entry, payment, terms.account, change)
    moved("payment", payment.life_cycle_state, "update")
    intentions.of_account(terms.account, (change.invoices or KEEP).named(), (change.bills or KEEP).named())
    checks.not_terminated(account)
    checked(entry, terms, currency, payment.pk)
    before = payment_image(entry, payment)
    intentions.store(entry, payment.pk, targets)
    values = _values_after(terms, amount) | {"principal_invoice_pk": intentions.first_invoice(targets)}
    payment = changed(entry, payment, DRAFT, values)
    audit.record(entry, "payment", payment, before, payment_image(entry, payment))
    return payment


def _terms_after(entry: Entry, payment: Payment, account: Account, changes: Mapping[str, Any]) -> Terms:
    """The terms of the draft as they will be."""
    rows = entry.rows

    def kept(name: str, model: Any, pk: int | None) -> Any:
        if name in changes:
            return changes[name]
        return None if pk is None else rows.get(model, pk)

    amount = changes.get("amount")
    moves = changes.get("account")
    if amount is None and moves is not None and moves.pk != account.pk:
        # The figure stays the same in the other account's currency, if that currency can hold it.
        amount = money.decimal(payment.amount, checks.currency_of(entry, account).exponent)
    return Terms(
        account=changes.get("account", account),
        type=kept("type", TransactionType, payment.type_pk),
        method=kept("method", PaymentMethod, payment.method_pk),
        amount=amount,
        category=kept("category", Category, payment.category_pk),
        received_on=changes.get("received_on", payment.received_on) or payment.issued_on,
        received_by_user=kept("received_by_user", User, payment.received_by_user_pk),
        received_by_unit=kept("received_by_unit", Unit, payment.received_by_unit_pk),
        notes=changes.get("notes", payment.notes),
        back_office_code=changes.get("back_office_code", payment.back_office_code),
        udf={name: changes.get(name, getattr(payment, name)) for name in udf.NAMES},
        intended_currency=changes.get("intended_currency"),
    )


def _values_after(terms: Terms, amount: int) -> dict[str, object]:
    return {
        "account_pk": terms.account.pk,
        "type_pk": terms.type.pk,
        "method_pk": terms.method.pk,
        "category_pk": terms.category.pk if terms.category else None,
        "amount": amount,
        "received_on": terms.received_on,
        "received_by_user_pk": terms.received_by_user.pk if terms.received_by_user else None,
        "received_by_unit_pk": terms.received_by_unit.pk if terms.received_by_unit else None,
        "notes": terms.notes,
        "back_office_code": terms.back_office_code,
        **terms.udf,
    }


def _targets_after(entry: Entry, payment: Payment, account: Account, change: Intentions) -> list[Target]:
    kept = intentions.intended(entry, payment.pk) if account.pk == payment.account_pk else []
    return intentions.edited(kept, change)
