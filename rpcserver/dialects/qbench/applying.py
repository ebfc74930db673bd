"""Applying a payment to invoices, to several in one call or to one, and taking it back from one."""

from collections.abc import Sequence
from decimal import Decimal
from typing import NamedTuple

from identifiers.errors import quoted
from ledger import applying
from ledger.entry import Answer, Entry
from ledger.errors import Fault
from ledger.resolving import Names
from ledger.rights import Right
from rpcserver import bodies
from rpcserver.dialects.qbench.manners import done
from rpcserver.dialects.qbench.payments import PAYMENT
from rpcserver.dialects.qbench.reading import Given, Wrong, amount, key, part
from rpcserver.dialects.qbench.words import APPLY_ONE
from rpcserver.rest import Action, Asking, Deed, Write

INVOICE = "invoice_id"
LINES, AMOUNT = "invoice_payments", "applied_amount"
MOST_LINES = 1_000


class Share(NamedTuple):
    """How much goes to which invoice."""

    invoice: int
    amount: Decimal


def _lines(value: object) -> list[object]:
    if isinstance(value, list) and 1 <= len(value) <= MOST_LINES:
        return value
    sent = f"a list of {len(value)}" if isinstance(value, list) else quoted(value)
    raise Wrong(f'{sent} was sent; expected is a list of 1 to {MOST_LINES} objects, as in {{"{INVOICE}": 123, "{AMOUNT}": 50}}')


def _shares(asking: Asking) -> list[Share]:
    given = Given(bodies.parsed(asking.body), (LINES,))
    sent = given.need(LINES, _lines)
    given.settle()
    shares, faults = [], list[Fault]()
    for number, each in enumerate(sent):
        line = Given.inside(each, (INVOICE, AMOUNT), f"{LINES}[{number}]")
        shares.append(Share(line.need(INVOICE, key), line.need(AMOUNT, amount)))
        faults += line.faults
    given.faults += faults
    given.settle()
    return shares


def _applied(entry: Entry, payment_pk: int, shares: Sequence[Share], words: Sequence[str]) -> Answer:
    names = Names(entry)
    payment = names.received.at(payment_pk)
    invoices = [names.invoice.at(share.invoice, word) for share, word in zip(shares, words, strict=True)]
    names.settle()
    lines = [applying.Line(invoice, share.amount) for invoice, share in zip(invoices, shares, strict=True)]
    applying.apply(entry, payment, lines)
    return done()


def _apply(asking: Asking) -> Deed:
    pk, shares = part(asking, PAYMENT), _shares(asking)
    words = [f"{LINES}[{number}].{INVOICE}" for number in range(len(shares))]
    return Write(lambda entry: _applied(entry, pk, shares, words), said=shares)


def _apply_one(asking: Asking) -> Deed:
    pk, invoice = part(asking, PAYMENT), part(asking, INVOICE)
    given = Given(bodies.parsed(asking.body), (AMOUNT,))
    shares = [Share(invoice, given.need(AMOUNT, amount))]
    given.settle()
    return Write(lambda entry: _applied(entry, pk, shares, [INVOICE]), said=shares)


def _release(asking: Asking) -> Deed:
    pk, invoice_pk = part(asking, PAYMENT), part(asking, INVOICE)

    def run(entry: Entry) -> Answer:
        names = Names(entry)
        payment, invoice = names.received.at(pk), names.invoice.at(invoice_pk)
        names.settle()
        applying.release(entry, payment, invoice)
        return done()

    return Write(run)


SEVERAL = {"POST": Action("payments.apply", Right.RECORDS_WRITE, _apply, reads_body=True, light=True)}
ONE = {
    "POST": Action(APPLY_ONE, Right.RECORDS_WRITE, _apply_one, reads_body=True, light=True),
    "DELETE": Action("payments.release", Right.RECORDS_WRITE, _release, light=True),
}
