"""The one gate: all or nothing, reads beside writes, rehearsals, and what happens when the database is not to be had."""

import sqlite3
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest
from peewee import IntegrityError, OperationalError, ProgrammingError

from ledger import cancelling, invoices, payments
from ledger.book import Book
from ledger.cancelling import CancelTerms
from ledger.entry import Entry, Reading
from ledger.errors import InvalidToken, Refusal, ServiceUnavailable
from ledger.lifecycle import DRAFT, POSTED
from ledger.storage.models import AuditEntry, Invoice, JournalEntry, NumberSeries, Payment
from tests import books
from tests.books import SETUP, Clock, Company
from tests.engines import Beside, contents, url_of


class Bug(Exception):
    """A fault of ours, not a refusal."""


@pytest.fixture
def impatient(book_file: Path, clock: Clock) -> Iterator[Company]:
    """The company with a book that waits no longer than 50 ms."""
    book = Book(url_of(book_file), clock=clock, wait_seconds=0.05)
    yield books.company(book, clock)
    book.close()


@pytest.mark.parametrize("raised", [Refusal("no"), Bug("oops"), KeyboardInterrupt()], ids=["refusal", "bug", "interrupt"])
def test_whatever_leaves_an_operation_leaves_nothing_behind(company: Company, book_file: Path, raised: BaseException) -> None:
    company.invoice(50)
    before = contents(book_file)
    terms = company.terms()

    def operation(entry: Entry) -> None:
        payments.create(entry, terms, POSTED)
        raise raised

    with pytest.raises(type(raised)):
        company.do(operation)
    assert contents(book_file) == before
    assert company.pay().number == "1"


def test_a_database_error_inside_an_operation_is_a_fault_and_leaves_nothing_behind(company: Company, book_file: Path) -> None:
    before = contents(book_file)
    payment = company.terms()

    def operation(entry: Entry) -> None:
        payments.create(entry, payment, POSTED)
        entry.rows.change(Payment, {"amount": -1}, life_cycle_state=POSTED)

    with pytest.raises(IntegrityError):
        company.do(operation)
    assert contents(book_file) == before
    assert company.pay().number == "1"


def test_a_write_is_on_disk_when_it_is_answered(company: Company, book_file: Path) -> None:
    payment = company.pay()
    with closing(Beside(book_file)) as other:
        assert other.rows("SELECT number FROM payment") == [(payment.number,)]


def test_a_read_sees_only_what_is_committed_and_does_not_wait_for_the_writer(company: Company) -> None:
    terms = company.terms()

    def operation(entry: Entry) -> int:
        payments.create(entry, terms, POSTED)
        assert len(entry.rows.find(Payment)) == 1
        with ThreadPoolExecutor(1) as pool:
            return len(pool.submit(company.all, Payment).result(timeout=10))

    assert company.do(operation) == 0
    assert len(company.all(Payment)) == 1


def test_all_of_a_read_is_of_one_moment(company: Company) -> None:
    def operation(reading: Reading) -> tuple[int, int]:
        first = len(reading.rows.find(Payment))
        company.pay()
        return first, len(reading.rows.find(Payment))

    assert company.read(operation) == (0, 0)
    assert len(company.all(Payment)) == 1


def test_a_read_cannot_write(company: Company, caplog: pytest.LogCaptureFixture) -> None:
    with pytest.raises((ServiceUnavailable, OperationalError)) as refused:
        company.read(lambda reading: reading.rows.change(NumberSeries, {"last": 9}, name="payment.number"))
    assert "only" in f"{refused.value} {caplog.text}"
    assert company.pay().number == "1"


def test_readers_that_fail_are_not_used_up(company: Company) -> None:
    def broken(reading: Reading) -> None:
        raise Bug("oops")

    for _ in range(20):
        with pytest.raises(Bug):
            company.read(broken)
    assert len(company.all(NumberSeries)) > 0


def test_many_readers_and_writers_at_once_get_their_turn(company: Company) -> None:
    def both(_: int) -> int:
        company.pay()
        return len(company.all(Payment))

    with ThreadPoolExecutor(16) as pool:
        seen = list(pool.map(both, range(32)))
    assert max(seen) == 32
    assert company.account().balance == -32 * 10000


def test_a_rehearsal_gives_the_result_and_rolls_back(company: Company, book_file: Path) -> None:
    company.invoice(50)
    before = contents(book_file)
    payment = company.calling(rehearsal=True).pay(70)
    assert (payment.number, payment.unallocated) == ("1", 2000)
    assert contents(book_file) == before


def test_a_rehearsal_is_refused_as_the_real_call_would_be(company: Company, book_file: Path) -> None:
    before = contents(book_file)
    with pytest.raises(Refusal):
        company.calling(rehearsal=True).pay(0)
    assert contents(book_file) == before


def test_an_entry_says_which_records_it_made_and_numbered(company: Company) -> None:
    draft, terms = company.draft(), company.terms()

    def operation(entry: Entry) -> tuple[set[str], set[str], str]:
        made = payments.create(entry, terms, POSTED)
        payments.post(entry, entry.rows.get(Payment, draft.pk))
        return entry.created, entry.numbered, made.id

    created, numbered, made = company.do(operation)
    assert created == {made}
    assert numbered == {made, draft.id}


def test_it_says_so_of_invoices_and_cancellations_too(company: Company) -> None:
    invoice, payment = company.invoice(state=DRAFT), company.pay()
    terms = CancelTerms(company.type("PAYMENT_CANCEL"))

    def operation(entry: Entry) -> tuple[set[str], set[str], str]:
        invoices.post(entry, entry.rows.get(Invoice, invoice.pk))
        made = cancelling.cancel_payment(entry, entry.rows.get(Payment, payment.pk), terms)
        return entry.created, entry.numbered, made.id

    created, numbered, made = company.do(operation)
    assert created == {made}
    assert numbered == {made, invoice.id}


def test_ids_begin_with_the_time_and_given_ones_are_taken_first(company: Company) -> None:
    company.clock.advance(seconds=0.25)

    def operation(entry: Entry) -> tuple[str, str, set[str]]:
        entry.given_ids.append("F" * 32)
        return entry.new_id(), entry.new_id(), entry.created

    first, second, created = company.do(operation)
    assert first == "F" * 32
    assert int(second[:12], 16) == int(company.clock() * 1000)
    assert created == {first, second}


def test_a_call_without_an_actor_has_nobody_who_asks(company: Company) -> None:
    assert company.read(lambda reading: reading.actor.username) == "clerk"
    with pytest.raises(InvalidToken):
        company.book.read(SETUP, lambda reading: reading.actor)


@pytest.mark.sqlite
def test_another_process_that_holds_the_database_makes_it_unavailable(impatient: Company, book_file: Path) -> None:
    other = sqlite3.connect(book_file, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(ServiceUnavailable, match="nothing was done, try again") as refused:
        impatient.pay()
    assert refused.value.values == {"retry_after": 1}
    assert impatient.all(Payment) == []
    other.execute("ROLLBACK")
    other.close()
    assert impatient.pay().number == "1"


@pytest.mark.sqlite
def test_a_caller_waits_for_another_process_to_finish(company: Company, book_file: Path) -> None:
    other = sqlite3.connect(book_file, isolation_level=None, check_same_thread=False)
    other.execute("BEGIN IMMEDIATE")
    with ThreadPoolExecutor(1) as pool:
        paying = pool.submit(company.pay)
        with pytest.raises(TimeoutError):
            paying.result(timeout=0.1)
        other.execute("ROLLBACK")
        assert paying.result(timeout=10).number == "1"
    other.close()


def test_who_waits_too_long_for_a_turn_is_refused(impatient: Company) -> None:
    terms = impatient.terms()
    with books.held(impatient.book), pytest.raises(ServiceUnavailable, match="the book is busy") as refused:
        impatient.book.enter(impatient.call, lambda entry: payments.create(entry, terms, POSTED))
    assert refused.value.values == {"retry_after": 1}
    assert impatient.pay().number == "1"


@pytest.mark.sqlite
def test_a_full_disk_makes_it_unavailable_and_leaves_nothing_behind(
    company: Company, book_file: Path, caplog: pytest.LogCaptureFixture
) -> None:
    terms = company.terms()
    before = contents(book_file)

    def operation(entry: Entry) -> None:
        entry.rows.db.execute_sql("PRAGMA max_page_count = 1")
        for _ in range(200):
            payments.create(entry, terms, POSTED)

    with pytest.raises(ServiceUnavailable):
        company.do(operation)
    assert "full" in caplog.text
    assert contents(book_file) == before


def test_an_error_of_the_query_is_not_taken_for_an_unavailable_database(company: Company) -> None:
    with pytest.raises((OperationalError, ProgrammingError), match="nowhere"):
        company.read(lambda reading: reading.rows.db.execute_sql("SELECT * FROM nowhere"))


def test_a_closed_book_opens_again(company: Company) -> None:
    company.pay()
    company.book.close()
    assert company.pay().number == "2"


def test_an_allocation_policy_that_is_not_there_is_refused(book_file: Path) -> None:
    with pytest.raises(ValueError, match="one of fifo, intended"):
        Book(url_of(book_file), allocation="lifo")


def test_time_is_utc_in_seconds(company: Company) -> None:
    company.clock.advance(seconds=59.9)
    assert company.pay().issued_on == "2024-05-01T12:00:59"
    assert [row.at for row in company.all(JournalEntry)] == ["2024-05-01T12:00:59"]
    assert company.all(AuditEntry)[-1].at == "2024-05-01T12:00:59"
