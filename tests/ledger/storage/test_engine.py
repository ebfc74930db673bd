"""Opening the database."""

from pathlib import Path

import pytest
from peewee import IntegrityError, OperationalError

from ledger.book import Book
from ledger.entry import Entry, Reading
from ledger.errors import ServiceUnavailable
from ledger.storage.engine import is_unavailable, sqlite_path
from tests.books import Company


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


def test_a_file_that_is_no_database_is_refused_in_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "book.db").write_text("a text that is long enough to be looked at" * 10)
    book = Book(f"sqlite:///{tmp_path}/book.db")
    with pytest.raises(ServiceUnavailable, match="file is not a database"):
        book.pending()
    assert "file is not a database" in book.health()[0]
    book.close()
