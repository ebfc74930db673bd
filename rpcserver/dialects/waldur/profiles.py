"""Payment profiles: how an account pays. The foreign API ties them to organisations, this ledger to accounts."""

import json
from collections.abc import Iterable, Sequence
from typing import Any

from identifiers.forms import hex32, lower
from ledger import profiles as ledger
from ledger.entry import Answer, Entry, Reading
from ledger.queries.counted import counted_profiles
from ledger.queries.related import accounts_of, by_pk
from ledger.rights import Right
from ledger.storage.models import Account, Customer, PaymentProfile
from rpcserver.dialects.waldur import finding, lists, words
from rpcserver.dialects.waldur.fields import Fields, choice, hyperlink, mapping, record_id, text, truth
from rpcserver.dialects.waldur.finding import UUID
from rpcserver.dialects.waldur.links import CUSTOMERS, PROFILES, link, root
from rpcserver.dialects.waldur.lists import Body, Filters, linked, ordered
from rpcserver.dialects.waldur.manners import answer
from rpcserver.rest import Action, Asking, Look, Write

NAME, ORGANIZATION, TYPE, ATTRIBUTES, ACTIVE = "name", "organization", "payment_type", "attributes", "is_active"
ACCOUNT = "account_uuid"
FIELDS = (NAME, ORGANIZATION, ACCOUNT, ATTRIBUTES, TYPE, ACTIVE)
DISPLAYED = {
    "fixed_price": "Fixed-price contract",
    "invoices": "Monthly invoices",
    "payment_gw_monthly": "Payment gateways (monthly)",
}
ORDERS = {"name": "name", "payment_type": "payment_type", "is_active": "active"}


def objects(reading: Reading, base: str, rows: Iterable[PaymentProfile]) -> list[Body]:
    """Profiles with what belongs to them; `base` is what their hyperlinks begin with."""
    wanted = list(rows)
    accounts = by_pk(reading, Account, (row.account_pk for row in wanted))
    customers = by_pk(reading, Customer, (account.customer_pk for account in accounts.values()))
    made = []
    for row in wanted:
        account = accounts[row.account_pk]
        customer = customers[account.customer_pk]
        made.append(
            {
                "uuid": lower(row.id),
                "url": link(base, PROFILES, row.id),
                NAME: row.name,
                "organization_uuid": lower(customer.id),
                ORGANIZATION: link(base, CUSTOMERS, customer.id),
                ATTRIBUTES: ledger.attributes_of(row),
                TYPE: row.payment_type,
                "payment_type_display": DISPLAYED[row.payment_type],
                ACTIVE: row.active,
                ACCOUNT: lower(account.id),
            }
        )
    return made


def list_(asking: Asking) -> Look:
    """The profiles that the caller may see: owners see the active ones of their customers."""
    filters = Filters(asking.query)
    by_uuid, types, active = filters.uuid("organization_uuid"), filters.choices(TYPE, ledger.PAYMENT_TYPES), filters.truth(ACTIVE)
    filters.settle()
    named = [name for name in (by_uuid, linked(asking.query, ORGANIZATION, CUSTOMERS)) if name is not None]
    order = ordered(asking.query, ORDERS)

    def fetch(reading: Reading, limit: int, offset: int) -> Any:
        customer, is_active = finding.customer_pk(reading, named), active
        if reading.owner_customers is not None:
            customer, is_active = finding.NOBODY if active is False else customer, True
        return counted_profiles(
            reading,
            customer=customer,
            payment_type=types[-1] if types else None,
            active=is_active,
            order=order,
            limit=limit,
            offset=offset,
        )

    def show(reading: Reading, rows: Sequence[PaymentProfile]) -> list[Body]:
        return objects(reading, root(asking.request), rows)

    return lists.paged(asking, fetch, show, cuts=True)


def retrieve(asking: Asking) -> Look:
    """One profile."""
    return Look(lambda reading: answer(asking.request, 200, _shown(reading, asking, _found(reading, asking))))


def create(asking: Asking) -> Write:
    """A new profile of an organisation's only account, or of the one that is named."""
    fields = _read(asking)
    fields.readable()

    def run(entry: Entry) -> Answer:
        said = fields.anew()
        account = _account(entry, said)
        said.settle(*FIELDS)
        assert account is not None
        made = ledger.create(
            entry,
            account=account,
            name=fields.values[NAME],
            payment_type=fields.values[TYPE],
            attributes=fields.values.get(ATTRIBUTES),
            active=bool(fields.values.get(ACTIVE, True)),
        )
        shown = _shown(entry, asking, made)
        return answer(asking.request, 201, shown, Location=shown["url"])

    return Write(run, _said(fields))


def update(asking: Asking) -> Write:
    """Change a profile; the account that it belongs to stays."""
    fields = _read(asking, partial=asking.request.method == "PATCH")

    def run(entry: Entry) -> Answer:
        profile = _found(entry, asking)
        own, said = entry.rows.get(Account, profile.account_pk), fields.anew()
        customer = said.find(ORGANIZATION, lambda name: finding.customer(entry, name))
        if customer is not None and customer.pk != own.customer_pk:
            said.errors[ORGANIZATION] = ["A profile stays with its organization."]
        if fields.values.get(ACCOUNT, own.id) != own.id:
            said.errors[ACCOUNT] = ["A profile stays with its account."]
        said.settle(*FIELDS)
        names = {NAME: "name", TYPE: "payment_type", ATTRIBUTES: "attributes", ACTIVE: "active"}
        changes = {names[name]: value for name, value in fields.values.items() if name in names}
        return answer(asking.request, 200, _shown(entry, asking, ledger.update(entry, profile, changes)))

    return Write(run, _said(fields))


def enable(asking: Asking) -> Write:
    """Make a profile the active one of its account."""

    def run(entry: Entry) -> Answer:
        ledger.enable(entry, _found(entry, asking))
        done = "Payment profile has been enabled."
        return answer(asking.request, 200, {"detail": done, "status": done})

    return Write(run)


def _read(asking: Asking, *, partial: bool = False) -> Fields:
    fields = Fields.of(asking, partial=partial)
    fields.take(NAME, text, required=True)
    fields.take(ORGANIZATION, hyperlink(CUSTOMERS), required=True)
    fields.take(ACCOUNT, record_id)
    fields.take(ATTRIBUTES, mapping)
    fields.take(TYPE, choice(ledger.PAYMENT_TYPES), required=True)
    fields.take(ACTIVE, truth, nullable=True)
    return fields


def _said(fields: Fields) -> str:
    """What was said, as a text: attributes may hold numbers of any length."""
    return json.dumps(fields.values, sort_keys=True, default=str)


def _account(entry: Entry, fields: Fields) -> Account | None:
    """The account that a new profile is to belong to; what is wrong with the choice is noted."""
    customer = fields.find(ORGANIZATION, lambda name: finding.customer(entry, name))
    if customer is None:
        return None
    accounts = accounts_of(entry, [customer.pk]).get(customer.pk, [])
    named = fields.values.get(ACCOUNT)
    chosen = [account for account in accounts if named in (None, account.id)]
    if len(chosen) == 1:
        return chosen[0]
    if named is not None:
        fields.errors[ACCOUNT] = ["The organization has no such account."]
    elif chosen:
        fields.errors[ACCOUNT] = ["The organization has several accounts; name one."]
    else:
        fields.errors[ORGANIZATION] = ["The organization has no account."]
    return None


def _found(reading: Reading, asking: Asking) -> PaymentProfile:
    found = finding.profile(reading, hex32(asking.path[UUID]))
    if found is None:
        raise words.missing("PaymentProfile")
    return found


def _shown(reading: Reading, asking: Asking, profile: PaymentProfile) -> Body:
    return objects(reading, root(asking.request), [profile])[0]


READ, WRITE = Right.RECORDS_READ, Right.RECORDS_WRITE
LIST = Action("payment_profiles.list", READ, list_)
CREATE = Action("payment_profiles.create", WRITE, create, reads_body=True)
RETRIEVE = Action("payment_profiles.retrieve", READ, retrieve)
UPDATE = Action("payment_profiles.update", WRITE, update, reads_body=True)
PARTIAL_UPDATE = Action("payment_profiles.partial_update", WRITE, update, reads_body=True)
ENABLE = Action("payment_profiles.enable", WRITE, enable)
