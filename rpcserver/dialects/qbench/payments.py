"""The payment resource: show, list, create, change, delete."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from ledger import amending, cancelling
from ledger import payments as verbs
from ledger.applying import EXPLICIT
from ledger.cancelling import CancelTerms
from ledger.days import moment
from ledger.defaults import door_defaults
from ledger.entry import Answer, Entry, Reading
from ledger.lifecycle import POSTED
from ledger.queries.posted import Match, posted
from ledger.resolving import Names
from ledger.rights import Right
from ledger.storage.models import Account, PaymentMethod
from rpcserver import bodies
from rpcserver.dialects.qbench import pages, showing
from rpcserver.dialects.qbench.manners import WORD, answer, done
from rpcserver.dialects.qbench.reading import Given, amount, day, key, part
from rpcserver.rest import Action, Asking, Deed, Look, Write

SORTS = {"id": "pk", "date_created": "issued_on", "payment_date": "received_on", "amount": "amount"}
CUSTOMER = "customer_id"
PAYMENT = "payment_id"
MEMBERS = ("customer_id", "payment_date", "payment_type_id", "amount")
SHOWN = (
    "created_by_api_client_id",
    "created_by_user_id",
    "date_created",
    "external_id",
    "id",
    "invoice_payments",
    "last_updated",
    "payment_type",
    "unapplied_amount",
)
"""What is shown and cannot be set: a payment that was read may be sent back with them."""


@dataclass(frozen=True, slots=True)
class Said:
    """A payment as it was sent; `day` is `YYYY-MM-DD`."""

    customer: int
    day: str
    type: int
    amount: Decimal


def _said(asking: Asking, passed: Sequence[str] = ()) -> Said:
    given = Given(bodies.parsed(asking.body), MEMBERS, passed=passed)
    said = Said(
        given.need("customer_id", key),
        given.need("payment_date", day),
        given.need("payment_type_id", key),
        given.need("amount", amount),
    )
    given.settle()
    return said


def _named(names: Names, said: Said) -> tuple[Account, PaymentMethod]:
    account, method = names.account.at(said.customer), names.method.at(said.type)
    names.settle()
    return account, method


def _show(asking: Asking) -> Deed:
    pk = part(asking, PAYMENT)

    def run(reading: Reading) -> Answer:
        names = Names(reading)
        payment = names.received.at(pk)
        names.settle()
        return answer(showing.payments(reading, [payment])[0])

    return Look(run)


def _list(asking: Asking) -> Deed:
    page = pages.asked(asking.query, SORTS, CUSTOMER)
    customer = page.filters.get(CUSTOMER)
    where = None if customer is None else Match("account", "eq", (customer,))

    def run(reading: Reading) -> Answer:
        found = posted(reading, where, (page.order,), limit=page.size, offset=page.offset, write_offs=False)
        return pages.answered(showing.payments(reading, found.rows), found.total, page)

    return Look(run)


def _create(asking: Asking) -> Deed:
    said = _said(asking)

    def run(entry: Entry) -> Answer:
        account, method = _named(Names(entry), said)
        defaults = door_defaults(entry, WORD)
        terms = verbs.Terms(
            account=account,
            type=defaults.needed("payment_type"),
            method=method,
            amount=said.amount,
            category=defaults.category,
            received_on=moment(said.day),
            mode=EXPLICIT,
        )
        return answer({"id": verbs.create(entry, terms, POSTED).pk})

    return Write(run, said=said)


def _change(asking: Asking) -> Deed:
    pk, said = part(asking, PAYMENT), _said(asking, SHOWN)

    def run(entry: Entry) -> Answer:
        names = Names(entry)
        payment = names.received.at(pk)
        account, method = _named(names, said)
        changes = {"account": account, "method": method, "amount": said.amount, "received_on": said.day}
        amending.amend(entry, payment, changes, keeps_applied=True)
        return done()

    return Write(run, said=said)


def _delete(asking: Asking) -> Deed:
    pk = part(asking, PAYMENT)

    def run(entry: Entry) -> Answer:
        names = Names(entry)
        payment = names.received.at(pk)
        names.settle()
        type_ = door_defaults(entry, WORD).needed("cancellation_type")
        cancelling.cancel_payment(entry, payment, CancelTerms(type_))
        return done()

    return Write(run)


MANY = {
    "GET": Action("payments.list", Right.RECORDS_READ, _list),
    "POST": Action("payments.create", Right.RECORDS_WRITE, _create, reads_body=True, light=True),
}
ONE = {
    "GET": Action("payments.show", Right.RECORDS_READ, _show, light=True),
    "PUT": Action("payments.update", Right.RECORDS_WRITE, _change, reads_body=True, light=True),
    "DELETE": Action("payments.delete", Right.RECORDS_WRITE, _delete, light=True),
}
