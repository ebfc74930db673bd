"""What the demo made, as one JSON document for scripts."""

from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from typing import Any

import orjson

from identifiers.forms import lower
from ledger.entry import Reading
from ledger.lifecycle import POSTED
from ledger.money import shown
from ledger.organisation import organisation
from ledger.queries import by_pk
from ledger.rates import shown_rate
from ledger.storage.columns import Record
from ledger.storage.models import Account, Bill, Currency, Customer, Invoice, PaymentMethod, PaymentProfile, TransactionType
from rpcserver.demo.company import Company

PAID = 3
"""How many paid invoices are told of each account with an active profile."""


def logins(reading: Reading, company: Company) -> dict[str, Any]:
    """Whose book it is, and how to get in: a login and a key for each role, and an API client."""
    owner = organisation(reading)
    assert owner is not None
    return {"users": company.logins, "keys": company.keys, "qbench_client": company.client, "organisation": _named(owner)}


def document(reading: Reading, known: Mapping[str, Any]) -> bytes:
    """The logins, and every type, method, account, profile, invoice and bill of the book."""
    accounts = reading.rows.find(Account, order=("pk",))
    methods = reading.rows.find(PaymentMethod, order=("pk",))
    types = reading.rows.find(TransactionType, order=("pk",))
    profiles = reading.rows.find(PaymentProfile, order=("pk",))
    invoices = list(_invoices(reading, accounts))
    return orjson.dumps(
        {
            **known,
            "transaction_types": [_named(row) | {"classification": row.classification} for row in types],
            "payment_methods": [_named(row) for row in methods],
            "payment_types": [{"pk": row.pk, "name": row.name} for row in methods],
            "accounts": list(_accounts(reading, accounts)),
            "profiles": [{"id": row.id, "account_pk": row.account_pk, "active": bool(row.active)} for row in profiles],
            "invoices": [told for _, told in invoices],
            "paid_invoices": [told for profile in profiles if profile.active for told in _paid(invoices, profile.account_pk)],
            "bills": [
                {"pk": bill.pk, "id": bill.id, "number": bill.number, "account_pk": bill.account_pk}
                for bill in reading.rows.find(Bill, order=("pk",))
            ],
        }
    )


def _named(row: Any) -> dict[str, Any]:
    assert isinstance(row, Record)
    return {"pk": row.pk, "id": row.id, "name": row.__data__["name"]}


def _paid(invoices: Iterable[tuple[Invoice, dict[str, Any]]], account_pk: int) -> Iterator[dict[str, Any]]:
    """The first invoices of an account that are posted and paid in full."""
    mine = ((row, told) for row, told in invoices if row.account_pk == account_pk and row.life_cycle_state == POSTED)
    return islice((told for row, told in mine if row.total_amount and not row.unpaid), PAID)


def _accounts(reading: Reading, accounts: Iterable[Account]) -> Iterator[dict[str, Any]]:
    wanted = list(accounts)
    currencies = by_pk(reading, Currency, (account.currency_pk for account in wanted))
    customers = by_pk(reading, Customer, (account.customer_pk for account in wanted))
    for account in wanted:
        customer_id = lower(customers[account.customer_pk].id)
        more = {"number": account.number, "currency": currencies[account.currency_pk].code, "customer_id": customer_id}
        yield _named(account) | more


def _invoices(reading: Reading, accounts: Iterable[Account]) -> Iterator[tuple[Invoice, dict[str, Any]]]:
    """The invoices, each with what is told of it; ids of other records as Productive spells them."""
    own = organisation(reading)
    assert own is not None
    currencies = {row.pk: row for row in reading.rows.find(Currency)}
    account_of = {account.pk: account for account in accounts}
    for invoice in reading.rows.find(Invoice, order=("pk",)):
        account = account_of[invoice.account_pk]
        currency = currencies[account.currency_pk]
        yield (
            invoice,
            {
                "pk": invoice.pk,
                "id": invoice.id,
                "number": invoice.number,
                "account_pk": invoice.account_pk,
                "state": invoice.life_cycle_state,
                "total": orjson.Fragment(shown(invoice.total_amount, currency.exponent)),
                "unpaid": orjson.Fragment(shown(invoice.unpaid, currency.exponent)),
                "currency": currency.code,
                "issued_on": invoice.issued_on,
                "due_on": invoice.due_on,
                "exchange_rate": None if invoice.exchange_rate is None else shown_rate(invoice.exchange_rate),
                "currency_default": currencies[own.default_currency_pk].code,
                "company_id": str(account.customer_pk),
                "project_id": None if invoice.project_pk is None else str(invoice.project_pk),
                "subsidiary_id": None if invoice.subsidiary_pk is None else str(invoice.subsidiary_pk),
            },
        )
