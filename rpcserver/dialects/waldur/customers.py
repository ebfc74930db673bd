"""Customers, with the payment profiles of their accounts."""

from collections.abc import Sequence
from typing import Any

from identifiers.forms import hex32, lower
from ledger.entry import Reading
from ledger.queries.counted import counted_customers
from ledger.queries.related import accounts_of
from ledger.rights import Right
from ledger.storage.models import Customer, PaymentProfile
from rpcserver.dialects.waldur import finding, lists, words
from rpcserver.dialects.waldur.finding import UUID
from rpcserver.dialects.waldur.links import CUSTOMERS, link, root
from rpcserver.dialects.waldur.lists import Body, Filters, cut, ordered
from rpcserver.dialects.waldur.manners import answer
from rpcserver.dialects.waldur.profiles import objects
from rpcserver.rest import Action, Asking, Look

ORDERS = {"name": "name", "created": "created"}


def list_(asking: Asking) -> Look:
    """The customers that the caller may see, oldest first."""
    filters = Filters(asking.query)
    name, query = filters.text("name"), filters.text("query")
    filters.settle()
    order = ordered(asking.query, ORDERS)

    def fetch(reading: Reading, limit: int, offset: int) -> Any:
        return counted_customers(reading, name=name, query=query, order=order, limit=limit, offset=offset)

    return lists.paged(asking, fetch, lambda reading, rows: _objects(reading, root(asking.request), rows), cuts=True)


def retrieve(asking: Asking) -> Look:
    """One customer."""

    def run(reading: Reading) -> Any:
        found = finding.customer(reading, hex32(asking.path[UUID]))
        if found is None:
            raise words.missing("Customer")
        return answer(asking.request, 200, cut(asking.query, _objects(reading, root(asking.request), [found]))[0])

    return Look(run)


def _objects(reading: Reading, base: str, rows: Sequence[Customer]) -> list[Body]:
    profiles_of = _profiles(reading, base, [row.pk for row in rows])
    return [
        {
            "url": link(base, CUSTOMERS, row.id),
            "uuid": lower(row.id),
            "created": f"{row.created_on}Z",
            "display_name": row.name,
            "backend_id": row.back_office_code or "",
            "name": row.name,
            "agreement_number": row.number,
            "email": row.email or "",
            "payment_profiles": profiles_of.get(lower(row.id), []),
        }
        for row in rows
    ]


def _profiles(reading: Reading, base: str, customer_pks: Sequence[int]) -> dict[str, list[Body]]:
    """Profiles by the customer's uuid; owners see the active ones alone."""
    accounts = [account.pk for group in accounts_of(reading, customer_pks).values() for account in group]
    found = reading.rows.among(PaymentProfile, "account_pk", accounts, ("pk",))
    rows = [row for row in found if reading.owner_customers is None or row.active]
    made: dict[str, list[Body]] = {}
    for body in objects(reading, base, rows):
        made.setdefault(body["organization_uuid"], []).append(body)
    return made


LIST = Action("customers.list", Right.RECORDS_READ, list_)
RETRIEVE = Action("customers.retrieve", Right.RECORDS_READ, retrieve)
