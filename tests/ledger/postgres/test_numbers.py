"""Numbers from sequences, which leave gaps and keep nobody waiting, and series that are set to have none."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest

from ledger import configuration, organisation, payments
from ledger.book import Book
from ledger.entry import Entry
from ledger.errors import EntityNotFound, Refusal
from ledger.lifecycle import POSTED
from ledger.queries import last_number, number_series
from ledger.series import set_gapless
from ledger.storage.models import NumberSeries
from ledger.verify import discrepancies
from tests import engines
from tests.books import SETUP, Company

NUMBER = "payment.number"


def gaps(company: Company, *, may_be: bool) -> None:
    company.do(set_gapless, NUMBER, gapless=not may_be)


def undone(company: Company) -> None:
    """A payment that has its number already when it is refused."""
    terms = company.terms()

    def operation(entry: Entry) -> None:
        payments.create(entry, terms, POSTED)
        raise Refusal("no")

    with pytest.raises(Refusal):
        company.book.enter(company.call, operation)


def test_a_new_book_counts_in_sequences(tmp_path: Path) -> None:
    with closing(Book(engines.url_of(tmp_path / "new.db"))) as book:
        book.migrate()
        book.enter(SETUP, lambda entry: organisation.open_book(entry, "Ours"))
        series = book.read(SETUP, lambda reading: reading.rows.find(NumberSeries))
    assert {row.gapless for row in series} == {False}


def test_a_sequence_leaves_a_gap_where_a_write_is_undone_and_a_series_without_gaps_does_not(company: Company) -> None:
    undone(company)
    assert company.pay().number == "1"
    gaps(company, may_be=True)
    undone(company)
    assert company.pay().number == "3"
    gaps(company, may_be=False)
    undone(company)
    assert company.pay().number == "4"
    gaps(company, may_be=True)
    assert company.pay().number == "5"
    assert list(discrepancies(company.book)) == []


def test_a_series_that_gave_no_number_yet_begins_with_the_first(company: Company) -> None:
    gaps(company, may_be=True)
    gaps(company, may_be=False)
    gaps(company, may_be=True)
    assert company.pay().number == "1"


def test_racing_servers_get_different_numbers_from_a_sequence(company: Company, other: Company) -> None:
    gaps(company, may_be=True)
    with ThreadPoolExecutor(8) as pool:
        numbers = [each.result().number for each in [pool.submit(at.pay, 1) for at in (company, other) * 12]]
    assert len(set(numbers)) == 24


def test_a_sequence_has_the_format_of_its_series(company: Company, other: Company) -> None:
    gaps(company, may_be=True)
    company.pay()
    other.do(configuration.set_number_format, NUMBER, "P", 4)
    assert company.pay().number == "P0002"


def test_the_last_number_of_a_sequence_is_shown(company: Company) -> None:
    def last() -> int | None:
        return company.read(lambda reading: next(last_number(reading, row) for row in number_series(reading) if row.name == NUMBER))

    company.pay()
    gaps(company, may_be=True)
    assert last() == 1
    company.pay()
    undone(company)
    assert last() == 3


def test_a_series_that_is_not_there_is_refused(company: Company) -> None:
    with pytest.raises(EntityNotFound, match="'payment'"):
        company.do(set_gapless, "payment", gapless=True)
