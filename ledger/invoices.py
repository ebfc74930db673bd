"""Invoices: create, post, reject (cancelling is in `cancelling`). Amounts come as exact decimals of the account's currency."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal

from ledger import audit, checks, classification
from ledger.applying import draw_credit
from ledger.entry import Entry, Reading
from ledger.errors import Fault, InvalidParameter, Refusal, refusal_of
from ledger.items import ItemAmounts, ItemTerms, worked_out
from ledger.journal import LARGEST, Booking, booked
from ledger.lifecycle import DRAFT, POSTED, moved
from ledger.moving import changed
from ledger.rates import scaled
from ledger.series import issued
from ledger.storage.compiled import layout
from ledger.storage.models import (
    Account,
    Category,
    Currency,
    Invoice,
    InvoiceItem,
    Project,
    RejectionReason,
    Subsidiary,
    TransactionType,
)

LAST_MOMENT = "9999-12-31T23:59:59"


@dataclass
class InvoiceTerms:
    """What is said of a new invoice. `exchange_rate`: what one unit of its currency is worth in the default currency."""

    account: Account
    type: TransactionType
    items: Sequence[ItemTerms]
    category: Category | None = None
    due_on: str | None = None
    notes: str | None = None
    back_office_code: str | None = None
    intended_currency: Currency | None = None
    udf: Mapping[str, object] = field(default_factory=dict)
    project: Project | None = None
    subsidiary: Subsidiary | None = None
    exchange_rate: Decimal | None = None


def invoice_image(reading: Reading, invoice: Invoice) -> audit.Image:
    """An invoice and its items, as the audit log keeps them."""
    items = reading.rows.find(InvoiceItem, order=("position",), invoice_pk=invoice.pk)
    return audit.image(invoice, items=[item_image(item) for item in items])


def item_image(item: InvoiceItem) -> list[object]:
    """An item's columns but its keys, in the table's order."""
    return [item.__data__[name] for name in layout(InvoiceItem).names if name not in ("pk", "invoice")]


def create(entry: Entry, terms: InvoiceTerms, state: str) -> Invoice:
    """A new invoice, DRAFT or POSTED.

    Refuses: INVALID_PARAMETER, ACCOUNT_NOT_OPEN, CURRENCY_MISMATCH, DUPLICATE_BACK_OFFICE_CODE, TYPE_NOT_ALLOWED,
    CATEGORY_NOT_ALLOWED, BALANCE_TOO_LARGE.
    """
    currency = checks.currency_of(entry, terms.account)
    items = _worked_out(terms, currency)
    rate = None if terms.exchange_rate is None else scaled(terms.exchange_rate, "exchange_rate")
    checks.active(terms.account)
    checks.currency_intended(currency, terms.intended_currency)
    checks.code_free(entry, Invoice, "invoice", terms.back_office_code)
    checks.classified(terms.type, classification.INVOICE)
    checks.category_allowed(entry, terms.type, terms.category)
    invoice = entry.rows.add(Invoice, {**_first_values(entry, terms, items), "exchange_rate": rate})
    for position, (item, amounts) in enumerate(zip(terms.items, items, strict=True)):
        row = {"invoice_pk": invoice.pk, "position": position, "description": item.description, **asdict(amounts)}
        entry.rows.insert(InvoiceItem, row)
    if state == POSTED:
        invoice = _posted(entry, invoice)
    audit.record(entry, "invoice", invoice, None, invoice_image(entry, invoice))
    return invoice


def _worked_out(terms: InvoiceTerms, currency: Currency) -> list[ItemAmounts]:
    if not terms.items:
        raise InvalidParameter("an invoice needs at least one item", "items")
    made, faults = [], list[Fault]()
    for number, item in enumerate(terms.items):
        try:
            made.append(_item(item, currency))
        except Refusal as refusal:
            faults += [Fault(f"items[{number}].{fault.word}", fault.code, fault.message) for fault in refusal.faults]
    if faults:
        raise refusal_of(tuple(faults))
    if sum(item.total_amount for item in made) > LARGEST:
        raise InvalidParameter("the invoice's total would have more than 15 digits", "items")
    return made


def _item(item: ItemTerms, currency: Currency) -> ItemAmounts:
    """An item worked out; all amounts that are none in this currency are refused at once."""
    faults: list[Fault] = []

    def minor(value: Decimal, word: str) -> int:
        try:
            return checks.minor(value, currency, word, zero=True)
        except InvalidParameter as refusal:
            faults.extend(refusal.faults)
            return 0

    try:
        amounts = worked_out(item, minor)
    except InvalidParameter:
        if not faults:
            raise
    if faults:
        raise refusal_of(tuple(faults))
    return amounts


def _first_values(entry: Entry, terms: InvoiceTerms, items: Sequence[ItemAmounts]) -> dict[str, object]:
    return {
        "id": entry.new_id(),
        "reference_number": issued(entry, "invoice.reference_number", terms.account.pk),
        "account_pk": terms.account.pk,
        "type_pk": terms.type.pk,
        "category_pk": terms.category.pk if terms.category else None,
        "life_cycle_state": DRAFT,
        "issued_on": entry.now,
        "due_on": terms.due_on,
        "net_amount": sum(item.net_amount for item in items),
        "tax_amount": sum(item.tax_amount for item in items),
        "discount_amount": sum(item.discount_amount for item in items),
        "total_amount": sum(item.total_amount for item in items),
        "notes": terms.notes,
        "back_office_code": terms.back_office_code,
        "project_pk": terms.project.pk if terms.project else None,
        "subsidiary_pk": terms.subsidiary.pk if terms.subsidiary else None,
        "created_by_user_pk": entry.user_pk,
        "created_by_unit_pk": entry.unit_pk,
        **terms.udf,
    }


def post(entry: Entry, invoice: Invoice) -> Invoice:
    """Post a draft: it gets its number and due date, is booked, and draws on the account's unallocated credit.

    Refuses: INVALID_LIFE_CYCLE_STATE, ACCOUNT_NOT_OPEN, BALANCE_TOO_LARGE.
    """
    moved("invoice", invoice.life_cycle_state, "post")
    checks.active(entry.rows.get(Account, invoice.account_pk))
    before = invoice_image(entry, invoice)
    invoice = _posted(entry, invoice)
    audit.record(entry, "invoice", invoice, before, invoice_image(entry, invoice))
    return invoice


def _posted(entry: Entry, invoice: Invoice) -> Invoice:
    with Booking(entry, invoice.account_pk) as account:
        values = {
            "life_cycle_state": POSTED,
            "number": issued(entry, "invoice.number", account.pk),
            "posted_on": entry.now,
            "due_on": invoice.due_on or due(entry.now, account.credit_period),
            "unpaid": invoice.total_amount,
        }
        invoice = changed(entry, invoice, DRAFT, values)
        entry.numbered.add(invoice.id)
        signed = classification.booked(classification.INVOICE, invoice.total_amount)
        booked(entry, account, classification.INVOICE, invoice.id, invoice.number, signed)
        draw_credit(entry, account, invoice)
    return invoice


def due(posted_on: str, credit_period: int) -> str:
    """The end of the credit period (days) after posting; never beyond the calendar's last year."""
    try:
        return (datetime.fromisoformat(posted_on) + timedelta(days=credit_period)).isoformat()
    except OverflowError:
        return LAST_MOMENT


def reject(entry: Entry, invoice: Invoice, reason: RejectionReason | None = None) -> Invoice:
    """Reject a draft, which is final and books nothing.

    Refuses: INVALID_LIFE_CYCLE_STATE, REJECTION_REASON_NOT_ALLOWED.
    """
    state = moved("invoice", invoice.life_cycle_state, "reject")
    checks.reason_allowed(entry, entry.rows.get(TransactionType, invoice.type_pk), reason)
    before = invoice_image(entry, invoice)
    values = {"life_cycle_state": state, "rejection_reason_pk": reason.pk if reason else None}
    invoice = changed(entry, invoice, DRAFT, values)
    audit.record(entry, "invoice", invoice, before, invoice_image(entry, invoice))
    return invoice
