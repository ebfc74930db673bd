"""Opening the database, and taking turns at it."""

import fcntl
import os
import sqlite3
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from peewee import IntegrityError, OperationalError

from ledger import payments
from ledger.book import Book
from ledger.entry import Entry, Reading
from ledger.errors import ServiceUnavailable
from ledger.lifecycle import POSTED
from ledger.storage.engine import Turns, is_unavailable, sqlite_path
from tests.books import Company

pytestmark = pytest.mark.sqlite


@pytest.mark.parametrize(
    ("url", "path"),
    [("sqlite:///book.db", "book.db"), ("sqlite:////var/lib/book.db", "/var/lib/book.db")],
)
def test_a_url_names_a_file(url: str, path: str) -> None:
    assert sqlite_path(url) == path


@pytest.mark.parametrize(
    "url", ["", "book.db", "postgresql://host/book", "sqlite://", "sqlite:///", "sqlite:///:memory:", "mysql:///x"]
)
def test_anything_else_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match="DATABASE_URL"):
        sqlite_path(url)


def pragmas(reading: Reading) -> dict[str, object]:
    names = ("journal_mode", "synchronous", "foreign_keys", "recursive_triggers", "query_only")
    return {name: reading.rows.db.execute_sql(f"PRAGMA {name}").fetchone()[0] for name in names}


def test_a_write_is_durable_and_keeps_references_whole(company: Company) -> None:
    def operation(entry: Entry) -> dict[str, object]:
        return pragmas(entry)

    assert company.do(operation) == {
        "journal_mode": "wal",
        "synchronous": 2,
        "foreign_keys": 1,
        "recursive_triggers": 1,
        "query_only": 0,
    }


def test_a_reader_refuses_to_write(company: Company) -> None:
    found = company.read(pragmas)
    assert (found["journal_mode"], found["query_only"], found["foreign_keys"]) == ("wal", 1, 1)


def test_only_a_database_that_cannot_take_the_call_now_is_unavailable(company: Company) -> None:
    def failing(sql: str) -> Exception:
        with pytest.raises((OperationalError, IntegrityError)) as failed:
            company.do(lambda entry: entry.rows.db.execute_sql(sql))
        return failed.value

    for sql in ("SELECT nonsense", "UPDATE payment SET", "INSERT INTO unit (id) VALUES ('1')"):
        error = failing(sql)
        assert isinstance(error, OperationalError | IntegrityError)
        assert not is_unavailable(error)
    assert not is_unavailable(OperationalError("without an origin"))


def test_a_file_that_is_no_database_is_refused_and_the_log_says_why(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    (tmp_path / "book.db").write_text("a text that is long enough to be looked at" * 10)
    book = Book(f"sqlite:///{tmp_path}/book.db")
    with pytest.raises(ServiceUnavailable):
        book.pending()
    assert "file is not a database" in caplog.text
    assert book.health() == ["the database cannot be reached; the log says why"]
    book.close()


def wrapped(name: str, message: str = "no") -> OperationalError:
    cause = sqlite3.OperationalError(message)
    cause.sqlite_errorname = name
    return OperationalError(cause, message)


def test_an_error_that_follows_from_an_unavailable_database_means_the_same() -> None:
    def fail() -> None:
        try:
            raise wrapped("SQLITE_FULL")
        finally:
            raise wrapped("SQLITE_ERROR", "no such savepoint")

    with pytest.raises(OperationalError, match="no such savepoint") as raised:
        fail()
    assert is_unavailable(raised.value)
    assert not is_unavailable(wrapped("SQLITE_ERROR"))
    assert is_unavailable(OperationalError(OSError("no descriptors"), "no descriptors"))


# --- turns ---


@pytest.fixture
def turns(book_file: Path) -> Turns:
    return Turns(f"sqlite:///{book_file}")


def turn_file(book_file: Path) -> Path:
    return book_file.with_name(f"{book_file.name}-turn")


def is_taken(book_file: Path) -> bool:
    """Whether somebody has the turn now."""
    with turn_file(book_file).open() as probe:
        try:
            fcntl.flock(probe, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        return False


def test_one_at_a_time_has_the_turn(turns: Turns, book_file: Path) -> None:
    def wait() -> None:
        with Turns(f"sqlite:///{book_file}"):
            return

    with ThreadPoolExecutor(1) as pool:
        with turns:
            assert is_taken(book_file)
            waiting = pool.submit(wait)
            with pytest.raises(TimeoutError):
                waiting.result(0.05)
        waiting.result(10)
    assert not is_taken(book_file)
    turns.close()


def test_the_turn_ends_whatever_happens_in_it(turns: Turns, book_file: Path) -> None:
    with pytest.raises(ZeroDivisionError), turns:
        raise ZeroDivisionError
    assert not is_taken(book_file)
    turns.close()
    turns.close()


def test_who_may_write_to_the_database_may_take_a_turn(turns: Turns, book_file: Path) -> None:
    book_file.chmod(0o660)
    with turns:
        kept, made = book_file.stat(), turn_file(book_file).stat()
    turns.close()
    assert stat.S_IMODE(made.st_mode) == 0o660
    assert (made.st_uid, made.st_gid) == (kept.st_uid, kept.st_gid)


def test_without_a_database_yet_the_turn_is_the_owners(tmp_path: Path) -> None:
    turns = Turns(f"sqlite:///{tmp_path}/new.db")
    with turns:
        assert stat.S_IMODE((tmp_path / "new.db-turn").stat().st_mode) == 0o600
    turns.close()


def test_a_turn_that_cannot_be_had_makes_the_book_unavailable(
    company: Company, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    company.book.close()

    def full(*_given: Any) -> int:
        raise OSError(24, "Too many open files")

    terms = company.terms()
    with monkeypatch.context() as patch:
        patch.setattr(os, "open", full)
        with pytest.raises(ServiceUnavailable):
            company.do(payments.create, terms, POSTED)
    assert "Too many open files" in caplog.text
    caplog.clear()
    company.pay()
    with monkeypatch.context() as patch:
        patch.setattr(fcntl, "flock", full)
        with pytest.raises(ServiceUnavailable):
            company.do(payments.create, terms, POSTED)
    assert "Too many open files" in caplog.text
    assert company.pay().number == "2"


def test_trouble_with_ending_a_turn_does_not_undo_what_was_committed(company: Company, monkeypatch: pytest.MonkeyPatch) -> None:
    lock = fcntl.flock

    def stuck(file: int, how: int) -> None:
        if how == fcntl.LOCK_UN:
            raise OSError(37, "No locks available")
        lock(file, how)

    terms = company.terms()
    with monkeypatch.context() as patch:
        patch.setattr(fcntl, "flock", stuck)
        assert company.do(payments.create, terms, POSTED).number == "1"
    assert not is_taken(Path(sqlite_path(company.book.url)))
    assert company.pay().number == "2"
