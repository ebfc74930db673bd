"""Opening a book."""

from pathlib import Path

import pytest

from ledger import organisation
from ledger.book import Book
from ledger.entry import Entry
from ledger.money import CURRENCIES
from ledger.numbering import SERIES
from ledger.storage.models import Currency, Customer, NumberSeries, Organisation
from tests.books import SETUP, Company
from tests.engines import url_of


@pytest.fixture
def empty(tmp_path: Path) -> Book:
    book = Book(url_of(tmp_path / "empty.db"))
    book.migrate()
    return book


def test_a_new_book_has_its_organisation_all_currencies_and_all_series(empty: Book) -> None:
    assert empty.read(SETUP, organisation.organisation) is None
    made = empty.enter(SETUP, lambda entry: organisation.open_book(entry, "Ours", "JPY"))
    assert made.name == "Ours"
    assert empty.read(SETUP, organisation.organisation) == made
    currencies = empty.read(SETUP, lambda reading: reading.rows.find(Currency))
    assert {row.code: (row.name, row.exponent) for row in currencies} == dict(CURRENCIES)
    assert next(row.code for row in currencies if row.pk == made.default_currency_pk) == "JPY"
    series = empty.read(SETUP, lambda reading: reading.rows.find(NumberSeries))
    assert {row.name for row in series} == SERIES.keys()
    assert {row.last for row in series} == {0}
    empty.close()


def test_a_book_that_is_open_stays_as_it_is(company: Company) -> None:
    company.pay()
    again = company.do(organisation.open_book, "Theirs", "JPY")
    assert again.name == company.one(Organisation).name == "The company"
    assert company.one(NumberSeries, name="payment.number").last == 1


def test_what_is_no_currency_is_refused(empty: Book) -> None:
    with pytest.raises(ValueError, match="'EURO' is no ISO 4217 currency"):
        empty.enter(SETUP, lambda entry: organisation.open_book(entry, "Ours", "EURO"))
    assert empty.read(SETUP, lambda reading: reading.rows.find(Currency)) == []
    empty.close()


def test_a_book_is_used_as_soon_as_anybody_is_in_it(empty: Book, company: Company) -> None:
    def opened(entry: Entry) -> bool:
        organisation.open_book(entry, "Ours")
        return organisation.is_used(entry)

    assert empty.enter(SETUP, opened) is False
    assert company.read(organisation.is_used) is True
    empty.close()


def test_the_organisation_is_a_company_of_its_own_among_no_customers(company: Company) -> None:
    kept = company.one(Organisation)
    own = company.read(organisation.own_customer)
    assert (own.pk, own.id, own.name, own.created_on) == (organisation.OWN_COMPANY_PK, kept.id, "The company", kept.created_on)
    assert own.pk not in {row.pk for row in company.all(Customer)}
    assert own.id not in {row.id for row in company.all(Customer)}


def test_rates_lead_to_the_organisations_default_currency(company: Company) -> None:
    assert company.read(organisation.default_currency_pk) == company.one(Currency, code="EUR").pk
