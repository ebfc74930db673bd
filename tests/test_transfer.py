"""A book moves from one engine to the other, and back: row for row, and goes on there."""

import os
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from ledger import attachments, configuration
from ledger.book import Book
from ledger.entry import Entry
from ledger.series import set_gapless
from ledger.storage.models import TABLES, Account, NumberSeries, Payment, PaymentMethod
from ledger.transfer import NotCopied
from ledger.verify import discrepancies
from rpcserver.__main__ import app
from tests import books, engines, postgres
from tests.books import SETUP, Clock, Company

pytestmark = pytest.mark.usefixtures("statements_of_each_engine")


@pytest.fixture
def elsewhere(tmp_path: Path) -> Iterator[str]:
    """An empty database of the engine that the tests' books are not on."""
    if not engines.is_sqlite():
        yield f"sqlite:///{tmp_path / 'elsewhere.db'}"
        return
    name = f"elsewhere_{os.getpid()}"
    postgres.create(name)
    yield postgres.address(name)
    postgres.drop(name)


@pytest.fixture
def moved(company: Company, elsewhere: str, clock: Clock) -> Iterator[Callable[[], Company]]:
    """Copies the company's book, and asks the copy from then on."""
    with closing(Book(elsewhere, clock=clock)) as copy:

        def move() -> Company:
            copy.take_over(company.book)
            return books.company(copy, clock)

        yield move


@pytest.fixture
def run(book_file: Path, elsewhere: str) -> Callable[[], Result]:
    """The command, from the test's book to elsewhere."""
    return lambda: CliRunner().invoke(app, ["copy", "--from", engines.url_of(book_file), "--to", elsewhere])


def contents(company: Company) -> dict[str, list[object]]:
    """All rows of all tables."""
    return {str(model._meta.table_name): [row.__data__ for row in company.all(model)] for model in TABLES}


def heads(company: Company) -> list[tuple[object, ...]]:
    """Where the chains of each account end."""
    return [
        (row.number, row.journal_head, row.journal_count, row.allocation_head, row.allocation_count) for row in company.all(Account)
    ]


def used(company: Company) -> None:
    """A little of everything."""
    company.invoice(200)
    payment = company.pay(300)
    company.do(attachments.attach, payment, file_name="proof.pdf", media_type="application/pdf", size=4, sha256="0" * 64)
    company.pay(50)


def test_every_row_is_in_the_copy_with_its_key(company: Company, moved: Callable[[], Company]) -> None:
    used(company)
    before = contents(company)
    copy = moved()
    after = contents(copy)
    for rows in (before, after):
        rows.pop("number_series")
        rows.pop("edition", None)
    assert after == before
    assert heads(copy) == heads(company)
    assert list(discrepancies(copy.book)) == []


def test_numbers_and_keys_go_on_in_the_copy(company: Company, moved: Callable[[], Company]) -> None:
    used(company)
    last = company.pay()
    copy = moved()
    following = copy.pay()
    assert (int(following.number), following.pk) == (int(last.number) + 1, last.pk + 1)
    assert list(discrepancies(copy.book)) == []
    # The book that was copied is as it was, and can go on, too.
    assert company.pay().number == following.number


def test_a_book_that_goes_there_and_back_is_the_same(
    company: Company, moved: Callable[[], Company], tmp_path: Path, clock: Clock
) -> None:
    used(company)
    there = moved()
    with closing(Book(engines.url_of(tmp_path / "back.db"), clock=clock)) as back:
        back.take_over(there.book)
        before, after = contents(company), contents(books.company(back, clock))
    for rows in (before, after):
        rows.pop("edition", None)
        for series in rows["number_series"]:
            assert isinstance(series, dict)
            # Where they are counted, and whether there are gaps, is each engine's own.
            del series["last"], series["gapless"]
    assert after == before


def test_a_series_without_gaps_stays_one_where_that_is_not_a_matter_of_course(
    company: Company, moved: Callable[[], Company]
) -> None:
    company.do(set_gapless, "payment.number", gapless=True)
    copy = moved()
    gapless = {row.name: row.gapless for row in copy.all(NumberSeries)}
    assert gapless["payment.number"] is not engines.is_sqlite()
    assert gapless["invoice.number"] is not engines.is_sqlite()


def test_the_configuration_can_be_changed_in_the_copy(company: Company, moved: Callable[[], Company]) -> None:
    company.pay()
    copy = moved()
    copy.pay()
    copy.do(configuration.create_method, name="Shells")
    assert "Shells" in {row.name for row in copy.all(PaymentMethod)}
    assert copy.book.health() == []


def test_the_append_only_tables_of_the_copy_are_guarded(moved: Callable[[], Company]) -> None:
    copy = moved()
    copy.pay()

    def rewrite(entry: Entry) -> None:
        entry.rows.db.execute_sql("UPDATE journal_entry SET amount = 1")

    with pytest.raises(Exception, match="append-only"):
        copy.do(rewrite)


def test_only_an_empty_database_takes_a_book_and_one_that_does_not_stays_as_it_was(
    company: Company, moved: Callable[[], Company]
) -> None:
    copy = moved()
    before = contents(copy)
    company.pay()
    with pytest.raises(NotCopied, match="not empty"):
        moved()
    assert contents(copy) == before


def test_what_the_other_engine_cannot_keep_stops_the_copy_and_leaves_nothing(
    company: Company, moved: Callable[[], Company], elsewhere: str
) -> None:
    if not engines.is_sqlite():
        pytest.skip("SQLite keeps whatever it is given")
    pk = company.pay().pk
    company.do(lambda entry: entry.rows.db.execute_sql("UPDATE payment SET notes = ? WHERE pk = ?", ("a\0b", pk)))
    with pytest.raises(NotCopied, match=f"payment row {pk} would not be the same"):
        moved()
    with closing(Book(elsewhere)) as book:
        assert book.pending()[0].startswith("0001")


# --- the command ---


def test_the_command_copies_verifies_and_says_where_the_files_are(
    run: Callable[[], Result], company: Company, elsewhere: str
) -> None:
    used(company)
    done = run()
    assert done.exit_code == 0, done.output
    assert "each the same as before" in done.stdout
    assert "ATTACHMENT_FOLDER" in done.stdout
    assert done.stdout.endswith("both books hold: no discrepancy\n")
    with closing(Book(elsewhere)) as copy:
        assert len(copy.read(SETUP, lambda reading: reading.rows.find(Payment))) == 2


def test_the_command_copies_nothing_over_a_book(run: Callable[[], Result], company: Company) -> None:
    assert run().exit_code == 0
    again = run()
    assert (again.exit_code, "nothing was copied: the target is not empty" in again.stderr) == (1, True)


def test_the_command_says_what_does_not_hold(run: Callable[[], Result], company: Company) -> None:
    company.pay()
    company.do(lambda entry: entry.rows.db.execute_sql("UPDATE account SET balance = 7"))
    done = run()
    assert done.exit_code == 1
    assert "the book: " in done.stdout and "the copy: " in done.stdout
    assert "no better than the book" in done.stderr


def test_the_command_finds_no_book_where_there_is_none(tmp_path: Path, elsewhere: str) -> None:
    done = CliRunner().invoke(app, ["copy", "--from", f"sqlite:///{tmp_path / 'none.db'}", "--to", elsewhere])
    assert (done.exit_code, "there is no book" in done.stderr) == (1, True)
    assert not (tmp_path / "none.db").exists()


def test_the_command_needs_two_addresses_that_it_understands(book_file: Path) -> None:
    done = CliRunner().invoke(app, ["copy", "--from", engines.url_of(book_file), "--to", "mysql://elsewhere/book"])
    assert (done.exit_code, "DATABASE_URL must look like" in done.stderr) == (1, True)
