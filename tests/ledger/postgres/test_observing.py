"""What a book on PostgreSQL tells who looks on: why writes were begun again, and what the server could not do."""

from pathlib import Path

import pytest
from peewee import PeeweeException

from ledger import configuration, payments
from ledger.book import Book
from ledger.entry import Entry
from ledger.errors import ServiceUnavailable
from ledger.lifecycle import POSTED
from ledger.observing import BUSY, LOCKS, UNAVAILABLE
from ledger.storage.models import Payment
from tests import engines
from tests.books import SETUP, Clock, Company, held
from tests.ledger.noting import Notes


def raising(sqlstate: str) -> str:
    return f"DO $$ BEGIN RAISE EXCEPTION 'in the way' USING ERRCODE = '{sqlstate}'; END $$"


@pytest.mark.parametrize(
    ("sqlstate", "reason", "times"), [("40001", "serialization", 5), ("40P01", "deadlock", 5), ("23505", "taken", 2)]
)
def test_each_time_that_a_write_is_begun_again_is_told_with_its_reason(
    company: Company, sqlstate: str, reason: str, times: int
) -> None:
    notes, tries = Notes(), []
    company.book.observer = notes
    terms = company.terms()

    def operation(entry: Entry) -> Payment:
        made = payments.create(entry, terms, POSTED)
        tries.append(made)
        if len(tries) <= times:
            entry.rows.db.execute_sql(raising(sqlstate))
        return made

    company.book.enter(company.call, operation)
    assert notes.reasons == [LOCKS] + [reason] * times
    assert (notes.sizes, notes.troubles) == ([1], [])


def test_what_is_tried_in_vain_is_begun_again_and_then_a_trouble(book_file: Path, clock: Clock) -> None:
    book, notes = Book(engines.url_of(book_file), clock=clock, wait_seconds=0.3), Notes()
    book.observer = notes
    with pytest.raises(ServiceUnavailable):
        book.enter(SETUP, lambda entry: entry.rows.db.execute_sql(raising("40001")))
    assert len(notes.reasons) > 2
    assert (notes.sizes, notes.troubles) == ([], [BUSY])
    book.close()


def test_who_waits_for_a_lock_for_too_long_meets_a_busy_book(company: Company, book_file: Path, clock: Clock) -> None:
    book, notes = Book(engines.url_of(book_file), clock=clock, wait_seconds=0.3), Notes()
    book.observer = notes
    with held(company.book), pytest.raises(ServiceUnavailable):
        book.enter(SETUP, lambda entry: configuration.create_method(entry, name="Cheque"))
    assert notes.troubles == [BUSY]
    book.close()


def test_a_connection_that_is_lost_is_an_unavailable_database(company: Company) -> None:
    notes = Notes()
    company.book.observer = notes
    with pytest.raises((ServiceUnavailable, PeeweeException)):
        company.book.read(SETUP, lambda reading: reading.rows.db.execute_sql("SELECT pg_terminate_backend(pg_backend_pid())"))
    assert notes.troubles == [UNAVAILABLE]
