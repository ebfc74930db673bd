"""Payments: create, update, post, reject, pay an invoice, pay a bill. Amounts come as exact decimals of the account's currency."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from ledger import audit, checks, classification, days, intentions, money, writeoffs
from ledger.applying import AUTOMATIC, Share, payment_image, shares_of
from ledger.entry import Entry
from ledger.errors import AlreadySettled, AmountMismatch, InvalidParameter
from ledger.intentions import Target
from ledger.journal import Booking, applied, booked
from ledger.lifecycle import DRAFT, POSTED, moved
from ledger.linking import linkable
from ledger.moving import changed
from ledger.series import issued
from ledger.storage.models import (
    Account,
    Bill,
    Category,
    Currency,
    Invoice,
    Payment,
    PaymentMethod,
    PaymentProfile,
    RejectionReason,
    TransactionType,
    Unit,
    User,
)


@dataclass
class Terms:
    """What is said of a new payment. `amount` may be left out where the ledger knows it (pay_invoice, pay_bill).

    `linked` is its principal invoice, paid first as far as it goes; only a payment that is posted at once can have one. A write-off
    (by `classification`) needs `written_off_on`; `unreceived` says that it has no date of payment. Days or moments.
    """

    account: Account
    type: TransactionType
    method: PaymentMethod
    amount: Decimal | None = None
    category: Category | None = None
    received_on: str | None = None
    received_by_user: User | None = None
    received_by_unit: Unit | None = None
    notes: str | None = None
    back_office_code: str | None = None
    udf: Mapping[str, object] = field(default_factory=dict)
    invoices: Sequence[Invoice] = ()
    bills: Sequence[Bill] = ()
    intended_currency: Currency | None = None
    mode: str = AUTOMATIC
    zero: bool = False
    classification: str = classification.PAYMENT
    profile: PaymentProfile | None = None
    linked: Invoice | None = None
    written_off_on: str | None = None
    unreceived: bool = False


def create(entry: Entry, terms: Terms, state: str) -> Payment:
    """A new payment, DRAFT or POSTED.

    Refuses: INVALID_PARAMETER, INVALID_LIFE_CYCLE_STATE (of the linked invoice), ACCOUNT_MISMATCH, ACCOUNT_NOT_OPEN,
    CURRENCY_MISMATCH, DUPLICATE_BACK_OFFICE_CODE, TYPE_NOT_ALLOWED, CATEGORY_NOT_ALLOWED, PAYMENT_METHOD_NOT_ALLOWED,
    BALANCE_TOO_LARGE.
    """
    currency = checks.currency_of(entry, terms.account)
    if terms.amount is None:
        raise InvalidParameter("an amount is needed", "amount")
    amount = checks.minor(terms.amount, currency, "amount", zero=terms.zero)
    _dates(entry, terms)
    if terms.linked is not None:
        linkable(terms.account, terms.linked)
    targets = intentions.of_account(terms.account, terms.invoices, terms.bills)
    checked(entry, terms, currency)
    return _created(entry, terms, amount, targets, state, allocates=terms.mode == AUTOMATIC)


def pay_invoice(entry: Entry, terms: Terms, invoice: Invoice) -> Payment:
    """A new POSTED payment over all that is unpaid on one invoice; an amount that is given has to be that.

    Refuses: as `create`, and INVALID_LIFE_CYCLE_STATE, ALREADY_SETTLED, AMOUNT_MISMATCH.
    """
    given = _given(entry, terms)
    moved("invoice", invoice.life_cycle_state, "pay")
    checks.same_account(terms.account, invoice, "invoice", "invoice")
    owed = entry.rows.get(Invoice, invoice.pk).unpaid
    targets = intentions.of_account(terms.account, [invoice], ())
    return _pay_what_is_owed(entry, terms, targets, given, owed, f"invoice {invoice.number}", "invoice")


def pay_bill(entry: Entry, terms: Terms, bill: Bill) -> Payment:
    """A new POSTED payment over all that is unpaid on a bill's invoices now.

    Refuses: as `create`, and ALREADY_SETTLED, AMOUNT_MISMATCH.
    """
    given = _given(entry, terms)
    checks.same_account(terms.account, bill, "bill", "bill")
    owed = sum(invoice.unpaid for invoice in intentions.bill_invoices(entry, bill.pk))
    targets = intentions.of_account(terms.account, (), [bill])
    return _pay_what_is_owed(entry, terms, targets, given, owed, f"bill {bill.number}", "bill")


def _given(entry: Entry, terms: Terms) -> int | None:
    """The amount that was sent, if any: what is none in this currency is refused before any rule is looked at."""
    _dates(entry, terms)
    return None if terms.amount is None else checks.minor(terms.amount, checks.currency_of(entry, terms.account), "amount")


def _pay_what_is_owed(
    entry: Entry, terms: Terms, targets: Sequence[Target], given: int | None, owed: int, name: str, word: str
) -> Payment:
    currency = checks.currency_of(entry, terms.account)
    checks.not_terminated(terms.account)
    if not owed:
        raise AlreadySettled(f"nothing is unpaid on {name}", word)
    if given is not None and given != owed:
        shown = money.shown(owed, currency.exponent)
        raise AmountMismatch(f"{terms.amount} was sent, but {shown} {currency.code} is unpaid on {name}", "amount", owed=shown)
    checked(entry, terms, currency)
    # Whatever else its mode leaves to its caller, this payment is made to settle what it names.
    return _created(entry, terms, owed, targets, POSTED, allocates=True)


def _dates(entry: Entry, terms: Terms) -> dict[str, object]:
    received_on = days.moment(terms.received_on) or entry.now
    return writeoffs.dates(terms.classification, received_on, days.moment(terms.written_off_on), unreceived=terms.unreceived)


def checked(entry: Entry, terms: Terms, currency: Currency, own_pk: int | None = None) -> None:
    """The rules for the terms of a payment, in the order of their refusals; `own_pk` is the payment's own row when it changes."""
    if terms.profile is not None:
        checks.same_account(terms.account, terms.profile, "payment profile", "profile")
    checks.not_terminated(terms.account)
    checks.currency_intended(currency, terms.intended_currency)
    checks.code_free(entry, Payment, "payment", terms.back_office_code, own_pk)
    checks.classified(terms.type, terms.classification)
    checks.category_allowed(entry, terms.type, terms.category)
    checks.method_allowed(entry, terms.type, terms.method)


def _created(entry: Entry, terms: Terms, amount: int, targets: Sequence[Target], state: str, *, allocates: bool) -> Payment:
    values = _first_values(entry, terms, amount)
    principal = terms.linked.pk if terms.linked else intentions.first_invoice(targets)
    values |= {"life_cycle_state": state, "principal_invoice_pk": principal, "principal_linked": terms.linked is not None}
    if state == POSTED:
        payment = _added_posted(entry, terms, values, targets, allocates=allocates)
    else:
        payment = _added(entry, values, targets)
    audit.record(entry, "payment", payment, None, audit.image(payment, intended=intentions.image(targets)))
    return payment


def _added(entry: Entry, values: Mapping[str, object], targets: Sequence[Target]) -> Payment:
    payment = entry.rows.add(Payment, values)
    intentions.add(entry, payment.pk, targets)
    return payment


def _added_posted(entry: Entry, terms: Terms, values: Mapping[str, Any], targets: Sequence[Target], *, allocates: bool) -> Payment:
    number = issued(entry, "payment.number", terms.account.pk)
    with Booking(entry, terms.account.pk) as account:
        named = [] if terms.linked is None else [entry.rows.get(Invoice, terms.linked.pk)]
        if allocates:
            named += intentions.invoices_of(entry, targets)
        spreads = allocates and terms.mode == AUTOMATIC
        shares = shares_of(entry, account.pk, values["amount"], named, spreads=spreads)
        posted = _posted_values(entry, number, values["amount"], values["principal_invoice_pk"], shares)
        payment = _added(entry, {**values, **posted}, targets)
        _booked(entry, account, payment, terms.type, shares)
    return payment


def _first_values(entry: Entry, terms: Terms, amount: int) -> dict[str, object]:
    receiver = terms.received_by_user.pk if terms.received_by_user else entry.user_pk
    unit = terms.received_by_unit.pk if terms.received_by_unit else entry.unit_pk
    return {
        "id": entry.new_id(),
        "reference_number": issued(entry, "payment.reference_number", terms.account.pk),
        "account_pk": terms.account.pk,
        "type_pk": terms.type.pk,
        "category_pk": terms.category.pk if terms.category else None,
        "method_pk": terms.method.pk,
        "amount": amount,
        "allocation_mode": terms.mode,
        "issued_on": entry.now,
        **_dates(entry, terms),
        "received_by_user_pk": receiver,
        "received_by_unit_pk": unit,
        "notes": terms.notes,
        "back_office_code": terms.back_office_code,
        "profile_pk": terms.profile.pk if terms.profile else None,
        "created_by_user_pk": entry.user_pk,
        "created_by_unit_pk": entry.unit_pk,
        **terms.udf,
    }


def _posted_values(entry: Entry, number: str, amount: int, principal: int | None, shares: Sequence[Share]) -> dict[str, object]:
    """What posting writes into a payment, whose money goes out like this; without a principal invoice it gets the first one."""
    if principal is None and shares:
        principal = shares[0].invoice.pk
    left = amount - sum(share.amount for share in shares)
    return {
        "life_cycle_state": POSTED,
        "number": number,
        "posted_on": entry.now,
        "unallocated": left,
        "principal_invoice_pk": principal,
    }


def _booked(entry: Entry, account: Account, payment: Payment, type_: TransactionType, shares: Sequence[Share]) -> None:
    """Book a payment that was just posted, with these shares of it."""
    entry.numbered.add(payment.id)
    signed = classification.booked(type_.classification, payment.amount)
    booked(entry, account, type_.classification, payment.id, payment.number, signed)
    entry.changes.moved(payment, payment.amount)
    for share in shares:
        applied(entry, account, payment, share.invoice, share.amount)


def post(entry: Entry, payment: Payment) -> Payment:
    """Post a draft: it gets its number, is booked, and is allocated.

    Refuses: INVALID_LIFE_CYCLE_STATE, ACCOUNT_NOT_OPEN, BALANCE_TOO_LARGE.
    """
    moved("payment", payment.life_cycle_state, "post")
    checks.not_terminated(entry.rows.get(Account, payment.account_pk))
    before = payment_image(entry, payment)
    number = issued(entry, "payment.number", payment.account_pk)
    type_ = entry.rows.get(TransactionType, payment.type_pk)
    with Booking(entry, payment.account_pk) as account:
        allocates = payment.allocation_mode == AUTOMATIC
        named = intentions.invoices_of(entry, intentions.intended(entry, payment.pk)) if allocates else []
        shares = shares_of(entry, account.pk, payment.amount, named, spreads=allocates)
        payment = changed(
            entry, payment, DRAFT, _posted_values(entry, number, payment.amount, payment.principal_invoice_pk, shares)
        )
        _booked(entry, account, payment, type_, shares)
    audit.record(entry, "payment", payment, before, payment_image(entry, payment))
    return payment


def reject(entry: Entry, payment: Payment, reason: RejectionReason | None = None) -> Payment:
    """Reject a draft, which is final and books nothing.

    Refuses: INVALID_LIFE_CYCLE_STATE, REJECTION_REASON_NOT_ALLOWED.
    """
    state = moved("payment", payment.life_cycle_state, "reject")
    checks.reason_allowed(entry, entry.rows.get(TransactionType, payment.type_pk), reason)
    before = payment_image(entry, payment)
    payment = changed(entry, payment, DRAFT, {"life_cycle_state": state, "rejection_reason_pk": reason.pk if reason else None})
    audit.record(entry, "payment", payment, before, payment_image(entry, payment))
    return payment
