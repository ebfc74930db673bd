"""What the demo made, as one JSON document for scripts."""

from collections.abc import Iterator, Mapping
from typing import Any

import orjson

from ledger.entry import Reading
from ledger.money import shown
from ledger.organisation import organisation
from ledger.storage.columns import Record
from ledger.storage.models import Account, Bill, Currency, Invoice, PaymentMethod, TransactionType
from rpcserver.demo.company import Company


def logins(reading: Reading, company: Company) -> dict[str, Any]:
    """Whose book it is, and how to get in: a login and a key for each role."""
    owner = organisation(reading)
    assert owner is not None
    return {"users": company.logins, "keys": company.keys, "organisation": _named(owner)}


def document(reading: Reading, known: Mapping[str, Any]) -> bytes:
    """The logins, and every type, method, account, invoice and bill of the book."""
    currencies = {row.pk: row for row in reading.rows.find(Currency)}
    accounts = reading.rows.find(Account, order=("pk",))
    of_account = {account.pk: currencies[account.currency_pk] for account in accounts}
    types = reading.rows.find(TransactionType, order=("pk",))
    return orjson.dumps(
        {
            **known,
            "transaction_types": [_named(row) | {"classification": row.classification} for row in types],
            "payment_methods": [_named(row) for row in reading.rows.find(PaymentMethod, order=("pk",))],
            "accounts": [
                _named(account) | {"number": account.number, "currency": of_account[account.pk].code} for account in accounts
            ],
            "invoices": list(_invoices(reading, of_account)),
            "bills": [
                {"pk": bill.pk, "id": bill.id, "number": bill.number, "account_pk": bill.account_pk}
                for bill in reading.rows.find(Bill, order=("pk",))
            ],
        }
    )


def _named(row: Any) -> dict[str, Any]:
    assert isinstance(row, Record)
    return {"pk": row.pk, "id": row.id, "name": row.__data__["name"]}


def _invoices(reading: Reading, currency_of: dict[int, Currency]) -> Iterator[dict[str, Any]]:
    for invoice in reading.rows.find(Invoice, order=("pk",)):
        currency = currency_of[invoice.account_pk]
        yield {
            "pk": invoice.pk,
            "id": invoice.id,
            "number": invoice.number,
            "account_pk": invoice.account_pk,
            "state": invoice.life_cycle_state,
            "total": orjson.Fragment(shown(invoice.total_amount, currency.exponent)),
            "unpaid": orjson.Fragment(shown(invoice.unpaid, currency.exponent)),
            "currency": currency.code,
            "due_on": invoice.due_on,
        }
