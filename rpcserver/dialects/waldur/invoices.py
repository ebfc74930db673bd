"""Invoices: shown with a state that follows from what is unpaid on them, and paid whole."""

from collections.abc import Collection, Sequence
from typing import Any

from identifiers.forms import hex32, lower
from ledger import days, payments, profiles
from ledger.applying import EXPLICIT
from ledger.defaults import door_defaults
from ledger.entry import Answer, Entry, Reading
from ledger.errors import InvalidLifeCycleState
from ledger.lifecycle import CANCELLED, DRAFT, POSTED, REJECTED
from ledger.queries.counted import counted_invoices
from ledger.queries.related import by_pk, items
from ledger.rights import Right
from ledger.storage.models import Account, Currency, Customer, Invoice, InvoiceItem
from rpcserver.dialects.waldur import bodies, finding, lists, proofs, words
from rpcserver.dialects.waldur.fields import Fields, day, upload
from rpcserver.dialects.waldur.finding import UUID
from rpcserver.dialects.waldur.links import CUSTOMERS, INVOICES, link, root
from rpcserver.dialects.waldur.lists import Body, Filters, cut, linked, ordered
from rpcserver.dialects.waldur.manners import answer
from rpcserver.dialects.waldur.proofs import PROOF
from rpcserver.dialects.waldur.showing import amount, period
from rpcserver.rest import Action, Asking, Look, Write

PENDING, CREATED, PAID, CANCELED = "pending", "created", "paid", "canceled"
STATES = (PENDING, CREATED, PAID, CANCELED)
KEPT = {PENDING: {DRAFT}, CREATED: {POSTED}, PAID: {POSTED}, CANCELED: {CANCELLED, REJECTED}}
ORDERS = {"created": "created", "number": "number", "due_date": "due_on", "total": "total"}
DATE = "date"
DECIMALS = 10
MILLIONTHS = 6


def state(invoice: Invoice) -> str:
    """The state in the foreign API's words."""
    if invoice.life_cycle_state == POSTED:
        return CREATED if invoice.unpaid else PAID
    return PENDING if invoice.life_cycle_state == DRAFT else CANCELED


def list_(asking: Asking) -> Look:
    """The invoices that the caller may see, oldest first."""
    filters = Filters(asking.query)
    by_uuid, states = filters.uuid("customer_uuid"), filters.choices("state", STATES)
    filters.settle()
    named = [name for name in (by_uuid, linked(asking.query, "customer", CUSTOMERS)) if name is not None]
    order = ordered(asking.query, ORDERS)

    def fetch(reading: Reading, limit: int, offset: int) -> Any:
        return counted_invoices(
            reading,
            customer=finding.customer_pk(reading, named),
            states={kept for one in states for kept in KEPT[one]} or None,
            paid=_is_paid(states),
            order=order,
            limit=limit,
            offset=offset,
        )

    return lists.paged(asking, fetch, lambda reading, rows: _objects(reading, root(asking.request), rows), cuts=True)


def _is_paid(states: Collection[str]) -> bool | None:
    """Whether posted invoices are wanted only with, or only without, anything unpaid."""
    return None if (CREATED in states) == (PAID in states) else PAID in states


def retrieve(asking: Asking) -> Look:
    """One invoice."""

    def run(reading: Reading) -> Answer:
        shown = _objects(reading, root(asking.request), [_found(reading, asking)])
        return answer(asking.request, 200, cut(asking.query, shown)[0])

    return Look(run)


def paid(asking: Asking) -> Write:
    """Pay what is owed on an invoice with a payment that is linked to it, dated by `date`, else today."""
    fields = Fields.of(asking)
    if fields.given.values:
        fields.take(DATE, day, required=True)
        fields.take(PROOF, upload(asking.settings.max_attachment), nullable=True)
    proof = proofs.kept(asking, fields)

    def run(entry: Entry) -> Answer:
        invoice = _found(entry, asking)
        if state(invoice) != CREATED:
            raise words.detailed(InvalidLifeCycleState, words.NOT_CREATED, status=409)
        fields.settle(DATE, PROOF)
        profile = profiles.active_of(entry, invoice.account_pk)
        if profile is None:
            raise words.listed(words.NO_ACTIVE_PROFILE)
        defaults = door_defaults(entry, asking.call.door)
        terms = payments.Terms(
            entry.rows.get(Account, invoice.account_pk),
            defaults.needed("payment_type"),
            defaults.needed("payment_method"),
            category=defaults.category,
            received_on=fields.values.get(DATE),
            mode=EXPLICIT,
            profile=profile,
            linked=invoice,
        )
        payment = payments.pay_invoice(entry, terms, invoice)
        if proof is not None:
            proof.put(entry, payment)
        return answer(asking.request, 200)

    return Write(run, [fields.values.get(DATE), proofs.said(proof)])


def _found(reading: Reading, asking: Asking) -> Invoice:
    found = finding.invoice(reading, hex32(asking.path[UUID]))
    if found is None:
        raise words.missing("Invoice")
    return found


def _objects(reading: Reading, base: str, rows: Sequence[Invoice]) -> list[Body]:
    accounts = by_pk(reading, Account, (row.account_pk for row in rows))
    customers = by_pk(reading, Customer, (account.customer_pk for account in accounts.values()))
    currencies = by_pk(reading, Currency, (account.currency_pk for account in accounts.values()))
    listed = items(reading, [row.pk for row in rows])
    made = []
    for row in rows:
        account = accounts[row.account_pk]
        exponent = currencies[account.currency_pk].exponent
        made.append(_object(base, row, account, customers[account.customer_pk], listed.get(row.pk, []), exponent))
    return made


def _object(base: str, row: Invoice, account: Account, customer: Customer, listed: Sequence[InvoiceItem], exponent: int) -> Body:
    year, month = period(row)
    due = {"due_date": days.day(row.due_on)} if row.due_on else {}
    return {
        "url": link(base, INVOICES, row.id),
        "uuid": lower(row.id),
        "number": row.number or row.reference_number,
        "customer": link(base, CUSTOMERS, customer.id),
        "price": amount(row.net_amount, exponent, DECIMALS),
        "tax": amount(row.tax_amount, exponent, DECIMALS),
        "total": amount(row.total_amount, exponent, DECIMALS),
        "state": state(row),
        "year": year,
        "month": month,
        "invoice_date": days.day(row.issued_on),
        **due,
        "customer_details": {"name": customer.name, "email": customer.email or ""},
        "items": [_item(item, exponent) for item in listed],
        "backend_id": row.back_office_code or "",
        "reference_number": row.reference_number,
        "account_uuid": lower(account.id),
    }


def _item(item: InvoiceItem, exponent: int) -> Body:
    return {
        "name": item.description,
        "quantity": amount(item.quantity, MILLIONTHS),
        "price": amount(item.net_amount, exponent, DECIMALS),
        "tax": amount(item.tax_amount, exponent, DECIMALS),
        "total": amount(item.total_amount, exponent, DECIMALS),
    }


LIST = Action("invoices.list", Right.RECORDS_READ, list_)
RETRIEVE = Action("invoices.retrieve", Right.RECORDS_READ, retrieve, light=True)
PAY = Action("invoices.paid", Right.RECORDS_WRITE, paid, reads_body=True, max_body=bodies.largest)
