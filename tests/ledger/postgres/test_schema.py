"""The database as the migrations make it: the same tables as on SQLite, guarded, and sorted by bytes."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import Any

import psycopg
import pytest

from ledger import accounts
from ledger.book import Book
from ledger.entry import Entry
from ledger.queries.counted import counted_customers
from ledger.storage.models import APPEND_ONLY, TABLES, Customer
from tests import engines
from tests.books import Clock, Company

GUARDS = sorted(f"{model._meta.table_name}_refuses_{verb}" for model in APPEND_ONLY for verb in ("delete", "truncate", "update"))
COLUMNS = """SELECT table_name, column_name, data_type, is_nullable, character_maximum_length
    FROM information_schema.columns WHERE table_schema = current_schema() ORDER BY 1, 2"""
TYPES = {"BIGAUTO": "bigint", "BIGINT": "bigint", "BOOL": "boolean", "BLOB": "bytea", "DOUBLE": "double precision"}
TYPES |= {"INT": "integer", "SMALLINT": "smallint", "TEXT": "text", "VARCHAR": "character varying"}


@pytest.fixture
def new(tmp_path: Path) -> Iterator[Book]:
    """A book without any table."""
    book = Book(engines.url_of(tmp_path / "new.db"), clock=Clock())
    yield book
    book.close()


def test_the_migrations_make_exactly_the_columns_of_the_models(database: psycopg.Connection[Any], company: Company) -> None:
    made = {row[:2]: row[2:] for row in database.execute(COLUMNS)}
    for model in TABLES:
        for field in model._meta.sorted_fields:
            kind = TYPES[field.rel_field.field_type.replace("AUTO", "INT") if hasattr(field, "rel_field") else field.field_type]
            limit = field.max_length if kind == "character varying" else None
            wanted = (kind, "YES" if field.null else "NO", limit)
            assert made.pop((model._meta.table_name, field.column_name)) == wanted, field
    assert {table for table, _ in made} == {"request_count", "schema_migration"}


def test_servers_that_start_together_migrate_once(tmp_path: Path) -> None:
    books = [Book(engines.url_of(tmp_path / "new.db")) for _ in range(4)]
    with ThreadPoolExecutor(4) as pool:
        applied = list(pool.map(lambda book: book.migrate(), books))
    assert sorted(map(bool, applied)) == [False, False, False, True]
    assert books[0].health() == []
    for book in books:
        book.close()


def test_a_new_database_waits_for_all_migrations_and_migrating_again_changes_nothing(new: Book) -> None:
    pending = new.pending()
    assert new.health() == [f"migration {name} is pending" for name in pending]
    assert new.migrate() == pending
    assert new.migrate() == []
    assert new.health() == []


@pytest.mark.parametrize("table", [str(model._meta.table_name) for model in APPEND_ONLY])
@pytest.mark.parametrize("statement", ["UPDATE {} SET pk = pk", "DELETE FROM {}", "TRUNCATE {}"])
def test_the_books_refuse_to_be_changed(database: psycopg.Connection[Any], company: Company, table: str, statement: str) -> None:
    company.invoice(50)
    company.pay(60)
    before = database.execute(f"SELECT count(*) FROM {table}").fetchall()
    with pytest.raises(psycopg.errors.IntegrityConstraintViolation, match=f"{table} is append-only"):
        database.execute(statement.format(table))
    assert database.execute(f"SELECT count(*) FROM {table}").fetchall() == before


def test_health_names_every_guard_that_is_gone_or_switched_off(database: psycopg.Connection[Any], company: Company) -> None:
    for name in GUARDS:
        table = name.partition("_refuses_")[0]
        database.execute(f"ALTER TABLE {table} DISABLE TRIGGER {name}" if "up" in name else f"DROP TRIGGER {name} ON {table}")
    assert company.book.health() == [f"trigger {name} is missing" for name in GUARDS]
    company.book.migrate()
    assert company.book.health() == []


def test_a_server_that_is_away_is_told_by_health(tmp_path: Path) -> None:
    with closing(Book(f"postgresql:///book?host={tmp_path}", wait_seconds=0.2)) as book:
        (problem,) = book.health()
    assert problem.startswith("the database cannot be reached")


def test_texts_sort_and_are_searched_as_on_sqlite(company: Company) -> None:
    names = ["apple", "Zebra", "Äpfel", "_", "zoo", "apple pie", "100 %"]

    def fill(entry: Entry) -> None:
        for name in names:
            accounts.create_customer(entry, name=name)

    company.do(fill)
    every = [*names, "Ada", "Bob"]
    found = company.read(lambda reading: reading.rows.find(Customer, order=("name",)))
    assert [row.name for row in found] == sorted(every, key=str.encode)
    for text in ("APPLE", "äpfel", "%", "_", "o"):
        page = company.read(partial(counted_customers, name=text, limit=50))
        assert sorted(row.name for row in page.rows) == sorted(name for name in every if _ascii(text) in _ascii(name))


def _ascii(text: str) -> str:
    """In any case as far as it is written in ASCII."""
    return "".join(letter.lower() if letter.isascii() else letter for letter in text)
