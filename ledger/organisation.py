"""Opening a book: its organisation, the currencies, the number series; and the organisation as a company among its customers."""

from typing import NamedTuple

from ledger.entry import Entry, Reading
from ledger.money import CURRENCIES
from ledger.numbering import SERIES
from ledger.storage.models import Account, Currency, NumberSeries, Organisation, User


def organisation(reading: Reading) -> Organisation | None:
    """Whose book this is; None before it is opened."""
    return reading.rows.one(Organisation)


class OwnCompany(NamedTuple):
    """The organisation as doors show it where they show customers (Productive: the company of whoever made an invoice).

    It is no customer: no list of customers holds it, and no customer has its row key.
    """

    pk: int
    id: str
    name: str
    created_on: str


OWN_COMPANY_PK = 0


def own_customer(reading: Reading) -> OwnCompany:
    """The organisation's own company, in a book that is open."""
    own = organisation(reading)
    assert own is not None
    return OwnCompany(OWN_COMPANY_PK, own.id, own.name, own.created_on)


def default_currency_pk(reading: Reading) -> int:
    """The row key of the currency to which rates lead, in a book that is open."""
    own = organisation(reading)
    assert own is not None
    return own.default_currency_pk


def open_book(entry: Entry, name: str, default_currency: str = "EUR") -> Organisation:
    """Make a new book ready; one that is open stays as it is. `default_currency` is an ISO 4217 code, else ValueError."""
    kept = organisation(entry)
    if kept is not None:
        return kept
    if default_currency not in CURRENCIES:
        raise ValueError(f"{default_currency!r} is no ISO 4217 currency")
    for code, (title, exponent) in CURRENCIES.items():
        entry.rows.insert(Currency, {"id": entry.new_id(), "code": code, "name": title, "exponent": exponent})
    for series, (prefix, padding) in SERIES.items():
        gapless = not entry.rows.has_sequences
        entry.rows.insert(NumberSeries, {"name": series, "prefix": prefix, "padding": padding, "last": 0, "gapless": gapless})
    currency = entry.rows.one(Currency, code=default_currency)
    assert currency is not None
    return entry.rows.add(
        Organisation,
        {
            "id": entry.new_id(),
            "name": name,
            "default_currency_pk": currency.pk,
            "customer_pk": None,
            "created_on": entry.now,
        },
    )


def is_used(reading: Reading) -> bool:
    """Whether anybody or any account is in the book yet."""
    return reading.rows.one(User) is not None or reading.rows.one(Account) is not None
