"""Numbers: a reference at creation, a number at posting, and neither gaps nor repeats."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from ledger import applying, configuration, invoices, payments
from ledger.book import Book
from ledger.entry import Entry
from ledger.errors import AccountMismatch, EntityNotFound, InvalidParameter, Refusal
from ledger.lifecycle import DRAFT, POSTED
from ledger.numbering import SERIES, written
from ledger.storage.models import Bill, Invoice, NumberSeries, Payment
from tests import books
from tests.books import BOBS, Company
from tests.engines import url_of


def last(company: Company) -> dict[str, int]:
    return {row.name: row.last for row in company.all(NumberSeries)}


def test_a_number_is_written_with_its_prefix_and_padding() -> None:
    assert written("I", 8, 294) == "I00000294"
    assert written("", 0, 294) == "294"
    assert written("P-", 2, 294) == "P-294"


def test_a_book_begins_with_its_first_formats(company: Company) -> None:
    assert {row.name: (row.prefix, row.padding) for row in company.all(NumberSeries)} == dict(SERIES)
    assert company.invoice().number == "I00000001"
    assert company.pay().number == "1"


def test_a_draft_has_a_reference_and_gets_its_number_when_it_is_posted(company: Company) -> None:
    first, second = company.draft(), company.draft()
    assert [(draft.reference_number, draft.number) for draft in (first, second)] == [("1", None), ("2", None)]
    posted = company.do(payments.post, second)
    assert (posted.reference_number, posted.number) == ("2", "1")
    assert company.do(payments.post, first).number == "2"


def test_an_invoice_too_gets_its_number_when_it_is_posted(company: Company) -> None:
    draft = company.invoice(state=DRAFT)
    assert (draft.reference_number, draft.number) == ("1", None)
    assert company.invoice().number == "I00000001"
    assert company.do(invoices.post, draft).number == "I00000002"


def test_what_is_rejected_never_gets_a_number(company: Company) -> None:
    assert company.do(payments.reject, company.draft()).number is None
    assert company.do(invoices.reject, company.invoice(state=DRAFT)).number is None
    assert last(company)["payment.number"] == last(company)["invoice.number"] == 0


def test_cancellations_have_series_of_their_own(company: Company) -> None:
    payment, invoice = company.pay(), company.invoice()
    one, other = company.cancel_payment(payment), company.cancel_invoice(invoice)
    assert (one.reference_number, one.number) == ("1", "1")
    assert (other.reference_number, other.number) == ("1", "IC00000001")
    assert (company.now(payment).number, company.now(invoice).number) == ("1", "I00000001")


def test_a_rehearsal_consumes_no_number(company: Company) -> None:
    before = last(company)
    rehearsed = company.calling(rehearsal=True).pay()
    company.calling(rehearsal=True).invoice()
    assert rehearsed.number == "1"
    assert last(company) == before
    assert company.pay().number == "1"


def test_a_refusal_consumes_no_number(company: Company) -> None:
    foreign = company.invoice(account=BOBS)
    before = last(company)

    def refused_late(entry: Entry) -> None:
        payments.create(entry, terms, POSTED)
        raise AccountMismatch("refused after all")

    terms = company.terms()
    with pytest.raises(AccountMismatch):
        company.do(refused_late)
    with pytest.raises(AccountMismatch):
        company.pay(invoices=[foreign])
    assert last(company) == before


def test_a_part_of_a_write_that_is_refused_gives_its_numbers_back(company: Company) -> None:
    terms = company.terms()

    def refused_late(entry: Entry) -> None:
        assert payments.create(entry, terms, POSTED).number == "2"
        raise AccountMismatch("refused after all")

    def three(entry: Entry) -> list[str]:
        numbers = [payments.create(entry, terms, POSTED).number]
        with pytest.raises(AccountMismatch):
            entry.attempt(company.call, refused_late)
        return [*numbers, payments.create(entry, terms, POSTED).number]

    assert company.do(three) == ["1", "2"]


def _many(company: Company, count: int) -> None:
    """Post, draft, reject, rehearse and be refused, in turn."""
    for turn in range(count):
        company.pay(1, mode=applying.EXPLICIT)
        company.invoice(1)
        if turn % 3 == 0:
            company.calling(rehearsal=True).pay(1)
        if turn % 3 == 1:
            company.do(payments.reject, company.draft(1))
        if turn % 3 == 2:
            with pytest.raises(Refusal):
                company.pay("0.001")


def _whole(numbers: list[str], prefix: str = "") -> bool:
    """Whether these are the numbers from 1 on, each once."""
    return sorted(int(number.removeprefix(prefix)) for number in numbers) == list(range(1, len(numbers) + 1))


@pytest.mark.parametrize("processes", [1, 2])
def test_eight_racing_threads_leave_neither_gaps_nor_repeats(company: Company, book_file: Path, processes: int) -> None:
    opened = [Book(url_of(book_file), clock=company.clock) for _ in range(processes)]
    companies = [books.company(book, company.clock) for book in opened]
    with ThreadPoolExecutor(8) as pool:
        racers = [pool.submit(_many, companies[n % processes], 4) for n in range(8)]
        for racer in racers:
            racer.result(timeout=60)
    for book in opened:
        book.close()
    made, invoiced = company.all(Payment), company.all(Invoice)
    assert _whole([payment.reference_number for payment in made])
    assert _whole([payment.number for payment in made if payment.life_cycle_state == POSTED])
    assert _whole([invoice.number for invoice in invoiced], "I")
    assert (len(made), len(invoiced)) == (8 * 5, 8 * 4)


def test_numbers_increase_with_the_order_of_posting(company: Company) -> None:
    assert [int(company.pay().number) for _ in range(12)] == list(range(1, 13))


def test_a_changed_format_counts_on(company: Company) -> None:
    company.pay()
    company.do(configuration.set_number_format, "payment.number", "P", 4)
    assert company.pay().number == "P0002"
    company.do(configuration.set_number_format, "payment.number", None, 0)
    assert company.pay().number == "P3"
    company.do(configuration.set_number_format, "payment.number", "", None)
    assert company.pay().number == "4"


@pytest.mark.parametrize(
    ("prefix", "padding", "word"),
    [("P1", None, "prefix"), ("X" * 21, None, "prefix"), (None, -1, "padding"), (None, 19, "padding")],
)
def test_a_format_that_could_make_a_number_twice_or_too_long_is_refused(
    company: Company, prefix: str | None, padding: int | None, word: str
) -> None:
    with pytest.raises(InvalidParameter) as refused:
        company.do(configuration.set_number_format, "payment.number", prefix, padding)
    assert refused.value.word == word


def test_the_longest_number_there_can_be_is_kept(company: Company) -> None:
    company.do(configuration.set_number_format, "bill.number", "X" * 20, 18)
    assert company.bill(company.invoice()).number == "X" * 20 + "1".rjust(18, "0")
    assert len(company.all(Bill)) == 1


def test_a_series_that_is_not_there_is_refused(company: Company) -> None:
    with pytest.raises(EntityNotFound, match="'payment'"):
        company.do(configuration.set_number_format, "payment", "P", None)
