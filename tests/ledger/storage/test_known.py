"""What a call knows without asking again is never anything but what the book says."""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from peewee import SqliteDatabase

from ledger import configuration
from ledger.book import Book
from ledger.entry import Entry, Reading
from ledger.errors import Refusal
from ledger.storage import known, transactions
from ledger.storage.columns import Table
from ledger.storage.compiled import Statements, layout
from ledger.storage.counters import Counters
from ledger.storage.known import ByTable, Known, Lasting
from ledger.storage.models import LASTING, Account, Payment, PaymentMethod, TransactionType
from tests import books
from tests.books import SETUP, Company
from tests.ledger.test_committing import together
from tests.statements import watched

pytestmark = pytest.mark.sqlite

RENAMED = "Renamed"


@pytest.fixture
def other_process(book_file: Path, company: Company) -> Iterator[Callable[[], None]]:
    """Something that renames the payment method Cash, as another process would. The book is verified when the test is over."""
    assert company.book.url.endswith(str(book_file))
    made = sqlite3.connect(book_file, isolation_level=None)

    def rename() -> None:
        made.execute("UPDATE payment_method SET name = ? WHERE name = 'Cash'", (RENAMED,))

    yield rename
    made.close()


def methods(entry: Entry) -> list[str]:
    """The names of the payment methods, by two ways of looking."""
    found = entry.rows.find(PaymentMethod, order=("pk",))
    assert [entry.rows.get(PaymentMethod, row.pk).name for row in found] == [row.name for row in found]
    return [row.name for row in found]


def asked(table: type[Table], statements: list[tuple[str, list[object]]]) -> int:
    """How often a table was asked for."""
    return sum(f'FROM "{table._meta.table_name}"' in sql for sql, _ in statements)


def renaming(entry: Entry) -> None:
    assert methods(entry)[0] == "Cash"
    entry.rows.change(PaymentMethod, {"name": RENAMED}, name="Cash")
    assert methods(entry)[0] == RENAMED


def test_the_configuration_is_asked_for_once_in_many_writes(company: Company) -> None:
    with watched(company.book.url) as statements:
        for _ in range(3):
            assert company.do(methods) == ["Cash", "Transfer", "Card"]
    assert asked(PaymentMethod, statements) == 1


def test_nothing_else_is_known_beyond_one_write(company: Company) -> None:
    def look(entry: Entry) -> int:
        return len([entry.rows.find(Account, name=books.EUROS) for _ in range(5)])

    with watched(company.book.url) as statements:
        company.do(look)
        company.do(look)
    assert asked(Account, statements) == 2


def test_what_a_write_changes_it_sees_changed(company: Company) -> None:
    company.do(renaming)
    assert company.do(methods)[0] == RENAMED


def test_what_a_write_adds_or_removes_it_sees_so(company: Company) -> None:
    def operation(entry: Entry) -> list[str]:
        methods(entry)
        made = configuration.create_method(entry, name="Cheque")
        with_it = methods(entry)
        entry.rows.remove(PaymentMethod, pk=made.pk)
        assert methods(entry) == with_it[:-1]
        return with_it

    assert company.do(operation)[-1] == "Cheque"
    assert company.do(methods) == ["Cash", "Transfer", "Card"]


@pytest.mark.parametrize("error", [Refusal("no"), ZeroDivisionError()], ids=["refusal", "bug"])
def test_what_a_call_changed_before_it_failed_is_known_to_nobody(company: Company, error: Exception) -> None:
    def failing(entry: Entry) -> None:
        renaming(entry)
        raise error

    with pytest.raises(type(error)):
        company.do(failing)
    assert company.do(methods)[0] == "Cash"
    _, after = together(company, failing, methods)
    assert after.result[0] == "Cash"


def test_neither_is_what_a_rehearsal_changed(company: Company) -> None:
    company.calling(rehearsal=True).do(renaming)
    assert company.do(methods)[0] == "Cash"


def test_a_call_of_a_batch_that_is_refused_leaves_nothing_known_to_the_next(company: Company) -> None:
    def failing(entry: Entry) -> None:
        renaming(entry)
        entry.rows.change(Account, {"name": RENAMED}, name=books.EUROS)
        assert entry.rows.one(Account, name=RENAMED)
        raise Refusal("no")

    def operation(entry: Entry) -> None:
        assert entry.rows.one(Account, name=books.EUROS)
        with pytest.raises(Refusal):
            entry.attempt(SETUP, failing)
        assert methods(entry)[0] == "Cash"
        assert entry.rows.one(Account, name=books.EUROS)
        assert entry.rows.one(Account, name=RENAMED) is None

    company.do(operation)


def test_what_another_process_commits_is_seen_by_the_next_write(company: Company, other_process: Callable[[], None]) -> None:
    assert company.do(methods)[0] == "Cash"
    other_process()
    assert company.do(methods)[0] == RENAMED


def test_two_books_of_one_file_see_what_the_other_one_does(company: Company, book_file: Path) -> None:
    second = books.company(Book(f"sqlite:///{book_file}", clock=company.clock), company.clock)
    assert company.do(methods)[0] == second.do(methods)[0] == "Cash"
    for place in range(4):
        name = f"Method {place}"
        (company, second)[place % 2].do(configuration.create_method, name=name)
        assert company.do(methods)[-1] == second.do(methods)[-1] == name
    second.book.close()


def _failing(company: Company) -> None:
    def bug(_entry: Entry) -> None:
        raise ZeroDivisionError

    # The bug has the connection replaced; the call after it, in the same commit, knows the configuration again by then.
    failed, looked = together(company, bug, methods)
    assert isinstance(failed.error, ZeroDivisionError) and looked.result[0] == "Cash"


def _closing(company: Company) -> None:
    company.do(methods)
    company.book.close()


@pytest.mark.parametrize("replaced", [_failing, _closing])
def test_a_new_connection_knows_nothing_of_what_the_old_one_knew(
    company: Company, other_process: Callable[[], None], replaced: Callable[[Company], None]
) -> None:
    # Each connection counts the commits of others for itself: on both sides of the change the count may be the same.
    for _ in range(3):
        replaced(company)
    other_process()
    assert company.do(methods)[0] == RENAMED


def test_what_was_known_of_a_commit_that_failed_is_forgotten(company: Company, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(native: Any, sql: str) -> None:
        if sql == "COMMIT":
            raise ZeroDivisionError
        native.execute(sql)

    with monkeypatch.context() as patch:
        patch.setattr(transactions, "run", fail)
        with pytest.raises(ZeroDivisionError):
            company.do(renaming)
    assert company.do(methods)[0] == "Cash"


def test_a_migration_leaves_nothing_known(company: Company) -> None:
    company.do(methods)
    committer = company.book._committer
    with committer.alone(writes=True) as db:
        db.execute_sql("UPDATE payment_method SET name = ? WHERE name = 'Cash'", (RENAMED,))
    assert company.do(methods)[0] == RENAMED


def test_lists_that_were_given_out_can_be_changed_without_harm(company: Company) -> None:
    def spoil(entry: Entry) -> None:
        entry.rows.find(TransactionType, order=("pk",)).clear()
        entry.rows.find(Payment, order=("pk",)).clear()

    company.pay()
    company.do(spoil)
    assert company.do(lambda entry: len(entry.rows.find(TransactionType, order=("pk",)))) == len(books.TYPES)


def test_names_that_are_not_there_do_not_fill_the_memory(company: Company, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(known, "MOST_KNOWN", 10)

    def look(entry: Entry) -> None:
        for number in range(100):
            assert entry.rows.one(PaymentMethod, name=f"No method {number}") is None

    company.do(look)
    results: list[int] = company.read(lambda reading: [len(reading.rows._known[PaymentMethod])])
    assert results[0] <= 10


def test_the_tables_that_last_are_told_from_those_that_pass() -> None:
    lasting: ByTable = {}
    with closing(SqliteDatabase(":memory:")) as nothing:
        counters = Counters(nothing, Statements())
    first, second = Known(lasting, counters), Known(lasting, counters)
    for each in (PaymentMethod, Payment):
        first.note(each, ("a",), [])
    assert {each: second[each] for each in (PaymentMethod, Payment)} == {PaymentMethod: {("a",): []}, Payment: {}}
    first.undo(counters.mark())
    assert (first[PaymentMethod], first[Payment]) == ({("a",): []}, {})
    second.leave(PaymentMethod)
    assert (second[PaymentMethod], first[PaymentMethod]) == ({}, {("a",): []})
    assert (second.is_apart, first.is_apart) == (True, False)


def test_rows_are_known_by_their_table_alone() -> None:
    with pytest.raises(TypeError, match="is the class of a record; rows are known by their table"):
        Known({})[layout(Payment).plain]


def test_another_edition_begins_with_nothing() -> None:
    lasting = Lasting()
    lasting.of(1)[PaymentMethod] = {("a",): []}
    assert lasting.of(1) == {PaymentMethod: {("a",): []}}
    assert lasting.of(2) == {}
    assert lasting.of(1) == {}


def test_reads_know_the_configuration_until_somebody_changes_it(company: Company, other_process: Callable[[], None]) -> None:
    def look(reading: Reading) -> list[str]:
        return [row.name for row in reading.rows.find(PaymentMethod, order=("pk",))]

    company.pay()
    assert company.read(look)[0] == "Cash"
    with watched(company.book.url) as statements:
        company.pay()
        assert company.read(look)[0] == "Cash"
    assert asked(PaymentMethod, statements) == 0
    other_process()
    assert company.read(look)[0] == RENAMED


def test_what_is_shown_of_a_row_is_made_once_for_each_edition(company: Company, other_process: Callable[[], None]) -> None:
    def name(row: PaymentMethod) -> str:
        made.append(row.name)
        return str(row.name)

    def look(reading: Reading) -> list[str | None]:
        return [reading.rows.shown(PaymentMethod, pk, name) for pk in (1, None, 1)]

    made: list[str] = []
    assert company.read(look) == company.read(look) == ["Cash", None, "Cash"]
    assert made == ["Cash"]
    other_process()
    assert company.read(look) == [RENAMED, None, RENAMED]


@pytest.mark.parametrize("model", sorted(LASTING, key=str))
def test_every_change_of_the_configuration_makes_another_edition(company: Company, book_file: Path, model: type[Table]) -> None:
    table = model._meta.table_name
    with closing(sqlite3.connect(book_file, isolation_level=None)) as db:
        db.execute("PRAGMA foreign_keys = 0")
        db.execute("PRAGMA ignore_check_constraints = 1")
        columns = [row[1] for row in db.execute(f"PRAGMA table_info({table})") if row[1] != "pk"]
        counts = [_edition(db)]
        insert = f"INSERT INTO {table} (pk, {', '.join(columns)}) VALUES (999, {', '.join('?' for _ in columns)})"
        db.execute(insert, [777] * len(columns))
        counts.append(_edition(db))
        db.execute(f"UPDATE {table} SET {columns[0]} = {columns[0]} WHERE pk = 999")
        counts.append(_edition(db))
        db.execute(f"DELETE FROM {table} WHERE pk = 999")
        counts.append(_edition(db))
    assert counts == list(range(counts[0], counts[0] + 4))


def _edition(db: sqlite3.Connection) -> int:
    return int(db.execute("SELECT value FROM edition").fetchone()[0])
