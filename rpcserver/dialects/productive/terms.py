"""From what was sent to what the ledger is told: the terms of a new payment, the changes of one that is there."""

from typing import Any

from ledger import money
from ledger.applying import EXPLICIT
from ledger.checks import currency_of
from ledger.classification import PAYMENT, WRITE_OFF
from ledger.days import day
from ledger.defaults import door_defaults
from ledger.entry import Entry
from ledger.payments import Terms
from ledger.resolving import Names
from ledger.storage.models import Account, Invoice, Payment, TransactionType
from rpcserver.dialects.productive.manners import WORD
from rpcserver.dialects.productive.reading import AMOUNT, INVOICE, NOTE, PAID_ON, WRITTEN_OFF_ON, Sent, wrong
from rpcserver.dialects.productive.words import refusal


def _invoice(entry: Entry, pk: int) -> Invoice:
    names = Names(entry)
    invoice = names.invoice.at(pk)
    names.settle()
    return invoice


def _type(entry: Entry, classification: str) -> TransactionType:
    """The type that a payment or a write-off is of at this door."""
    return door_defaults(entry, WORD).needed("write_off_type" if classification == WRITE_OFF else "payment_type")


def terms(entry: Entry, sent: Sent) -> Terms:
    """A new payment on an invoice; with a date of writing off, a write-off."""
    invoice = _invoice(entry, sent.get(INVOICE))
    account, defaults = entry.rows.get(Account, invoice.account_pk), door_defaults(entry, WORD)
    classification = WRITE_OFF if sent.get(WRITTEN_OFF_ON) else PAYMENT
    return Terms(
        account=account,
        type=_type(entry, classification),
        method=defaults.needed("payment_method"),
        category=defaults.category if classification == PAYMENT else None,
        amount=money.decimal(sent.get(AMOUNT), currency_of(entry, account).exponent),
        received_on=sent.get(PAID_ON),
        notes=sent.get(NOTE),
        mode=EXPLICIT,
        classification=classification,
        linked=invoice,
        written_off_on=sent.get(WRITTEN_OFF_ON),
        unreceived=not sent.get(PAID_ON),
    )


def amended(entry: Entry, payment: Payment, sent: Sent) -> dict[str, Any]:
    """What changes of a payment. A date of writing off that is given makes a write-off of it; one that is taken away, a payment."""
    paid_on = None if payment.unreceived else day(payment.received_on)
    written_off_on = day(payment.written_off_on) if payment.written_off_on else None
    problems = wrong(sent, paid_on, written_off_on)
    if problems:
        raise refusal(problems)
    changes = _dates(entry, payment, sent)
    if INVOICE in sent.values:
        changes["linked"] = _invoice(entry, sent.get(INVOICE))
    if AMOUNT in sent.values:
        exponent = currency_of(entry, entry.rows.get(Account, payment.account_pk)).exponent
        changes["amount"] = money.decimal(sent.get(AMOUNT), exponent)
    if NOTE in sent.values:
        changes["notes"] = sent.get(NOTE)
    return changes


def _dates(entry: Entry, payment: Payment, sent: Sent) -> dict[str, Any]:
    changes: dict[str, Any] = {}
    if PAID_ON in sent.values:
        changes["unreceived"] = sent.get(PAID_ON) is None
        if sent.get(PAID_ON):
            changes["received_on"] = sent.get(PAID_ON)
    if WRITTEN_OFF_ON in sent.values:
        changes["written_off_on"] = sent.get(WRITTEN_OFF_ON)
        classification = WRITE_OFF if sent.get(WRITTEN_OFF_ON) else PAYMENT
        if classification != entry.rows.get(TransactionType, payment.type_pk).classification:
            changes["type"] = _type(entry, classification)
    return changes
