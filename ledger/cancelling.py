"""Cancelling posted payments and invoices: a cancellation is made and posted, what was applied is released."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from ledger import audit, checks, classification
from ledger.allocation import Claim
from ledger.applying import choose_principal, payment_image, released, released_whole
from ledger.entry import Entry
from ledger.invoices import invoice_image
from ledger.journal import Booking, booked, live_payments
from ledger.lifecycle import POSTED, moved
from ledger.moving import changed
from ledger.series import issued
from ledger.storage.columns import Table
from ledger.storage.models import Account, Category, Invoice, InvoiceCancellation, Payment, PaymentCancellation, TransactionType


@dataclass
class CancelTerms:
    """What is said of a cancellation."""

    type: TransactionType
    category: Category | None = None
    notes: str | None = None
    back_office_code: str | None = None
    issue_reason: str | None = None
    udf: Mapping[str, object] = field(default_factory=dict)


def cancel_payment(entry: Entry, payment: Payment, terms: CancelTerms) -> PaymentCancellation:
    """Cancel a posted payment: its money leaves its invoices and the account is debited.

    Refuses: INVALID_LIFE_CYCLE_STATE, DUPLICATE_BACK_OFFICE_CODE, TYPE_NOT_ALLOWED, CATEGORY_NOT_ALLOWED, BALANCE_TOO_LARGE.
    """
    state = moved("payment", payment.life_cycle_state, "cancel")
    _checked(entry, PaymentCancellation, "payment cancellation", classification.PAYMENT_CANCEL, terms)
    before = payment_image(entry, payment)
    original = entry.rows.get(TransactionType, payment.type_pk)
    with Booking(entry, payment.account_pk) as account:
        released_whole(entry, account, payment)
        payment = changed(entry, payment, POSTED, {"life_cycle_state": state, "unallocated": 0})
        choose_principal(entry, payment)
        values = _first_values(entry, "payment_cancellation", account, terms, payment.amount)
        made = entry.rows.add(PaymentCancellation, values | {"payment_pk": payment.pk})
        signed = -classification.booked(original.classification, payment.amount)
        booked(entry, account, classification.PAYMENT_CANCEL, made.id, made.number, signed)
    audit.record(entry, "payment", payment, before, payment_image(entry, payment))
    audit.record(entry, "payment_cancellation", made, None, audit.image(made))
    return made


def cancel_invoice(entry: Entry, invoice: Invoice, terms: CancelTerms) -> InvoiceCancellation:
    """Cancel a posted invoice: its total is credited, and what paid it becomes credit again.

    Refuses: INVALID_LIFE_CYCLE_STATE, DUPLICATE_BACK_OFFICE_CODE, TYPE_NOT_ALLOWED, CATEGORY_NOT_ALLOWED, BALANCE_TOO_LARGE.
    """
    state = moved("invoice", invoice.life_cycle_state, "cancel")
    _checked(entry, InvoiceCancellation, "invoice cancellation", classification.INVOICE_CANCEL, terms)
    before = invoice_image(entry, invoice)
    with Booking(entry, invoice.account_pk) as account:
        _payers_released(entry, account, invoice)
        invoice = changed(entry, invoice, POSTED, {"life_cycle_state": state, "unpaid": 0})
        values = _first_values(entry, "invoice_cancellation", account, terms, invoice.total_amount)
        made = entry.rows.add(InvoiceCancellation, values | {"invoice_pk": invoice.pk})
        signed = classification.booked(classification.INVOICE_CANCEL, invoice.total_amount)
        booked(entry, account, classification.INVOICE_CANCEL, made.id, made.number, signed)
    audit.record(entry, "invoice", invoice, before, invoice_image(entry, invoice))
    audit.record(entry, "invoice_cancellation", made, None, audit.image(made))
    return made


def _payers_released(entry: Entry, account: Account, invoice: Invoice) -> None:
    for payment_pk, amount in live_payments(entry, invoice.pk).items():
        payment = entry.rows.get(Payment, payment_pk)
        before = payment_image(entry, payment)
        released(entry, account, payment, [Claim(invoice.pk, amount)])
        if choose_principal(entry, payment):
            audit.record(entry, "payment", payment, before, payment_image(entry, payment))


def _checked(entry: Entry, model: type[Table], kind: str, wanted: str, terms: CancelTerms) -> None:
    checks.code_free(entry, model, kind, terms.back_office_code)
    checks.classified(terms.type, wanted)
    checks.category_allowed(entry, terms.type, terms.category)


def _first_values(entry: Entry, kind: str, account: Account, terms: CancelTerms, amount: int) -> dict[str, object]:
    made = entry.new_id()
    entry.numbered.add(made)
    return {
        "id": made,
        "reference_number": issued(entry, f"{kind}.reference_number", account.pk),
        "number": issued(entry, f"{kind}.number", account.pk),
        "account_pk": account.pk,
        "type_pk": terms.type.pk,
        "category_pk": terms.category.pk if terms.category else None,
        "amount": amount,
        "issued_on": entry.now,
        "posted_on": entry.now,
        "notes": terms.notes,
        "back_office_code": terms.back_office_code,
        "issue_reason": terms.issue_reason,
        "created_by_user_pk": entry.user_pk,
        "created_by_unit_pk": entry.unit_pk,
        **terms.udf,
    }
