"""The customer resource, which is an account of this ledger: show, list, create, change."""

from collections.abc import Callable, Mapping
from typing import Any

from ledger import accounts
from ledger.entry import Answer, Entry, Reading
from ledger.organisation import default_currency_pk
from ledger.queries.counted import counted_accounts
from ledger.resolving import Names
from ledger.rights import Right
from ledger.storage.models import Currency
from rpcserver import bodies
from rpcserver.dialects.qbench import pages, showing
from rpcserver.dialects.qbench.manners import answer, done
from rpcserver.dialects.qbench.reading import Given, line, name, note, part, tags
from rpcserver.rest import Action, Asking, Deed, Look, Write

CUSTOMER = "customer_id"
SORTS = {"id": "pk", "customer_name": "name"}
NAME = "customer_name"
OPTIONAL: Mapping[str, Callable[[object], object]] = {
    "address": note,
    "comments": note,
    "fax": line,
    "phone": line,
    "tags": tags,
}
KEPT_AS = {NAME: "name", "comments": "notes"}
"""The ledger's words for what it calls otherwise."""


def _said(members: Mapping[str, object]) -> dict[str, Any]:
    return {KEPT_AS.get(member, member): value for member, value in members.items()}


def _show(asking: Asking) -> Deed:
    pk = part(asking, CUSTOMER)

    def run(reading: Reading) -> Answer:
        names = Names(reading)
        account = names.account.at(pk)
        names.settle()
        return answer(showing.customer(account))

    return Look(run)


def _list(asking: Asking) -> Deed:
    page = pages.asked(asking.query, SORTS)

    def run(reading: Reading) -> Answer:
        found = counted_accounts(reading, order=(page.order,), limit=page.size, offset=page.offset)
        return pages.answered([showing.customer(account) for account in found.rows], found.total, page)

    return Look(run)


def _create(asking: Asking) -> Deed:
    given = Given(bodies.parsed(asking.body), (NAME, *OPTIONAL))
    said = {NAME: given.need(NAME, name), **given.changes(OPTIONAL)}
    given.settle()

    def run(entry: Entry) -> Answer:
        customer = accounts.create_customer(entry, name=str(said[NAME]))
        currency = entry.rows.get(Currency, default_currency_pk(entry))
        return answer({"id": accounts.create(entry, customer=customer, currency=currency, **_said(said)).pk})

    return Write(run, said=said)


def _change(asking: Asking) -> Deed:
    pk = part(asking, CUSTOMER)
    given = Given(bodies.parsed(asking.body), (NAME, *OPTIONAL), passed=("id",))
    said = given.changes({NAME: name, **OPTIONAL})
    given.settle()

    def run(entry: Entry) -> Answer:
        names = Names(entry)
        account = names.account.at(pk)
        names.settle()
        accounts.update(entry, account, _said(said))
        return done()

    return Write(run, said=said)


MANY = {
    "GET": Action("customers.list", Right.RECORDS_READ, _list),
    "POST": Action("customers.create", Right.RECORDS_WRITE, _create, reads_body=True, light=True),
}
ONE = {
    "GET": Action("customers.show", Right.RECORDS_READ, _show, light=True),
    "PUT": Action("customers.update", Right.RECORDS_WRITE, _change, reads_body=True, light=True),
}
