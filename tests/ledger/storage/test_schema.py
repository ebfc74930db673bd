"""The tables as the migrations make them, what the database itself checks, and the guards of the append-only books."""

import re
import sqlite3
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from peewee import IntegrityError, SqliteDatabase

from ledger import attachments, configuration, profiles, rates
from ledger.book import Book
from ledger.entry import Call, Entry
from ledger.lifecycle import POSTED
from ledger.storage.columns import NOTE_LIMIT, TEXT_LIMIT, Table
from ledger.storage.documents import Document
from ledger.storage.models import (
    APPEND_ONLY,
    LASTING,
    TABLES,
    Account,
    ApiKey,
    Attachment,
    Bill,
    Category,
    Currency,
    Customer,
    ExchangeRate,
    IdempotencyKey,
    Invoice,
    InvoiceCancellation,
    InvoiceItem,
    NumberSeries,
    Payment,
    PaymentCancellation,
    PaymentProfile,
    Project,
    Subsidiary,
    Unit,
    User,
)
from ledger.verify import discrepancies
from tests import books
from tests.books import Clock, Company

pytestmark = pytest.mark.sqlite

CALL = Call("test", "schema")
HISTORY = "schema_migration"
MIGRATIONS = ["0001_book", "0002_doors", "0003_edition", "0004_events", "0005_webhooks", "0006_indexes"]
FIRST_BOOK = Path(__file__).with_name("book_0001.sql")
"""A book of `tests.books` with documents of each kind, as the server of the first schema wrote it (`iterdump`)."""
GUARDED = {(model.__name__, verb) for model in APPEND_ONLY for verb in ("UPDATE", "DELETE")}
COUNTED = {(model.__name__, verb) for model in LASTING for verb in ("INSERT", "UPDATE", "DELETE")}


def schema(db: sqlite3.Connection) -> dict[str, dict[str, Any]]:
    """By table, what SQLite has understood of it: columns, foreign keys, indexes and checks, in whatever order they stand."""
    names = [row[0] for row in db.execute("SELECT name FROM sqlite_master WHERE type = 'table'") if row[0] != HISTORY]
    return {name: described(db, name) for name in names if not name.startswith("sqlite_")}


def described(db: sqlite3.Connection, table: str) -> dict[str, Any]:
    (sql,) = db.execute("SELECT sql FROM sqlite_master WHERE name = ?", (table,)).fetchone()
    indexes = db.execute(f'PRAGMA index_list("{table}")').fetchall()
    return {
        # name, type, not null, default, place in the primary key
        "columns": sorted(row[1:] for row in db.execute(f'PRAGMA table_xinfo("{table}")')),
        # table, column, its column, on update, on delete
        "foreign keys": sorted(row[2:7] for row in db.execute(f'PRAGMA foreign_key_list("{table}")')),
        # name, unique, made by, partial; the columns in their order, descending or not; of which rows
        "indexes": sorted((*row[1:], indexed(db, row[1]), of_rows(db, row[1])) for row in indexes),
        "checks": Counter(checks(sql)),
    }


def indexed(db: sqlite3.Connection, index: str) -> tuple[tuple[Any, ...], ...]:
    return tuple(row[2:] for row in db.execute(f'PRAGMA index_xinfo("{index}")'))


def of_rows(db: sqlite3.Connection, index: str) -> str:
    """The condition of a partial index."""
    (sql,) = db.execute("SELECT sql FROM sqlite_master WHERE name = ?", (index,)).fetchone()
    return (sql or "").partition(" WHERE ")[2]


def checks(sql: str) -> Iterator[str]:
    """The conditions of a table that are written as CHECK (...), whichever column they stand behind."""
    for found in re.finditer(r"\bCHECK \(", sql):
        depth, end = 1, found.end()
        while depth:
            depth += {"(": 1, ")": -1}.get(sql[end], 0)
            end += 1
        yield sql[found.end() : end - 1]


def test_the_migrations_make_exactly_the_tables_of_the_models(book_file: Path, tmp_path: Path) -> None:
    db = SqliteDatabase(str(tmp_path / "models.db"))
    with db.bind_ctx(TABLES, bind_refs=False, bind_backrefs=False):
        db.create_tables(TABLES)
    db.close()
    with (
        closing(sqlite3.connect(book_file, isolation_level=None)) as one,
        closing(sqlite3.connect(tmp_path / "models.db", isolation_level=None)) as other,
    ):
        migrated, modelled = schema(one), schema(other)
    assert migrated.keys() == modelled.keys() == {str(model._meta.table_name) for model in TABLES}
    for name, table in modelled.items():
        assert migrated[name] == table, name


PARENT = "CREATE TABLE parent (pk INTEGER PRIMARY KEY);"
TABLE = (
    PARENT
    + "CREATE TABLE kept (a INTEGER NOT NULL, b TEXT CHECK (length(b) <= 3), c INTEGER REFERENCES parent (pk) ON DELETE RESTRICT);"
    "CREATE UNIQUE INDEX both ON kept (a, b) WHERE (b IS NOT NULL);"
)
SAME = (
    PARENT + "CREATE TABLE kept (c INTEGER, b TEXT, a INTEGER NOT NULL, CHECK (length(b) <= 3), "
    "FOREIGN KEY (c) REFERENCES parent (pk) ON DELETE RESTRICT);"
    "CREATE UNIQUE INDEX both ON kept (a, b) WHERE (b IS NOT NULL);"
)


@pytest.mark.parametrize(
    ("change", "to"),
    [
        ("a INTEGER NOT NULL", "a INTEGER"),
        ("a INTEGER NOT NULL", "a BIGINT NOT NULL"),
        ("a INTEGER NOT NULL", "a INTEGER NOT NULL DEFAULT 1"),
        ("b TEXT", "b TEXT, d TEXT"),
        ("<= 3", "<= 4"),
        (" CHECK (length(b) <= 3)", ""),
        ("ON DELETE RESTRICT", "ON DELETE CASCADE"),
        (" REFERENCES parent (pk) ON DELETE RESTRICT", ""),
        ("UNIQUE INDEX", "INDEX"),
        ("kept (a, b)", "kept (b, a)"),
        ("kept (a, b)", "kept (a, b DESC)"),
        ("INDEX both", "INDEX other"),
        (" WHERE (b IS NOT NULL)", ""),
        ("b IS NOT NULL", "a IS NOT NULL"),
    ],
)
def test_the_comparison_of_tables_sees_every_difference_but_the_order_of_columns(change: str, to: str) -> None:
    def understood(script: str) -> dict[str, Any]:
        with closing(sqlite3.connect(":memory:", isolation_level=None)) as db:
            db.executescript(script)
            return schema(db)["kept"]

    assert change in TABLE
    assert understood(TABLE) == understood(SAME)
    assert understood(TABLE) != understood(TABLE.replace(change, to))


def test_a_book_as_the_first_schema_left_it_is_migrated_and_holds(tmp_path: Path, clock: Clock) -> None:
    path = tmp_path / "book.db"
    with closing(sqlite3.connect(path, isolation_level=None)) as db:
        db.executescript(FIRST_BOOK.read_text())
        kept = {table: db.execute(f'SELECT * FROM "{table}" ORDER BY pk').fetchall() for table in schema(db)}
    assert all(kept[name] for name in ("payment", "invoice", "bill", "journal_entry", "allocation", "audit_entry", "session"))
    book = Book(f"sqlite:///{path}", clock=clock)
    assert book.migrate() == MIGRATIONS[1:]
    assert book.health() == list(discrepancies(book)) == []
    with closing(sqlite3.connect(path, isolation_level=None)) as db:
        for table, rows in kept.items():
            width = len(db.execute(f'SELECT * FROM "{table}"').description)
            now = db.execute(f'SELECT * FROM "{table}" ORDER BY pk').fetchall()
            assert now == [row + (None,) * (width - len(row)) for row in rows]
    company = books.company(book, clock)
    payment = company.now(company.pay(10))
    assert (payment.profile_pk, payment.written_off_on, payment.unreceived) == (None, None, None)
    company.cancel_payment(company.all(Payment, life_cycle_state=POSTED)[0])
    company.do(profiles.create, account=company.account(), name="Monthly")
    assert list(discrepancies(book)) == []
    book.close()


def test_every_table_of_the_models_is_in_the_list() -> None:
    def below(model: type[Table]) -> set[type[Table]]:
        return {model}.union(*(below(each) for each in subclasses(model)))

    def subclasses(model: type[Table]) -> list[type[Table]]:
        # The classes of records are no tables of their own.
        return [each for each in model.__subclasses__() if each._meta.model is each]

    parents = {model for model in below(Table) if subclasses(model)}
    assert below(Table) - parents == set(TABLES)
    assert Document in parents


def test_a_new_database_waits_for_its_migrations_and_has_them_once(tmp_path: Path) -> None:
    book = Book(f"sqlite:///{tmp_path / 'new.db'}")
    assert book.pending() == MIGRATIONS
    assert book.health() == [f"migration {name} is pending" for name in MIGRATIONS]
    assert book.migrate() == MIGRATIONS
    assert book.migrate() == book.pending() == book.health() == []
    book.close()


def test_health_says_when_the_database_is_no_database(tmp_path: Path) -> None:
    (tmp_path / "broken.db").write_bytes(b"this is no database" * 100)
    for path in (tmp_path / "broken.db", tmp_path / "nowhere" / "book.db"):
        (problem,) = Book(f"sqlite:///{path}").health()
        assert problem.startswith("the database cannot be reached")


def test_health_names_every_missing_guard_and_a_migration_makes_it_again(victim: Company, book_file: Path) -> None:
    assert victim.book.health() == []
    with closing(sqlite3.connect(book_file, isolation_level=None)) as db:
        names = {row[0] for row in db.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'")}
        assert len(names) == len(GUARDED) + len(COUNTED)
        db.execute("DROP TRIGGER journal_entry_refuses_delete")
    assert victim.book.health() == ["trigger journal_entry_refuses_delete is missing"]
    assert victim.book.migrate() == []
    assert victim.book.health() == []
    with closing(sqlite3.connect(book_file, isolation_level=None)) as db:
        for name in names:
            db.execute(f"DROP TRIGGER {name}")
    assert victim.book.health() == sorted(f"trigger {name} is missing" for name in names)


def test_guards_are_made_again_even_if_one_of_their_name_does_nothing(victim: Company, book_file: Path) -> None:
    with closing(sqlite3.connect(book_file, isolation_level=None)) as db:
        db.execute("DROP TRIGGER audit_entry_refuses_update")
        db.execute("CREATE TRIGGER audit_entry_refuses_update BEFORE UPDATE ON audit_entry BEGIN SELECT 1; END")
    victim.book.migrate()
    with pytest.raises(IntegrityError, match="append-only"):
        victim.do(lambda entry: entry.rows.db.execute_sql("UPDATE audit_entry SET actor = 'nobody'"))


def test_a_migration_that_leaves_the_books_unguarded_fails(
    victim: Company, book_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with closing(sqlite3.connect(book_file, isolation_level=None)) as db:
        db.execute("DROP TRIGGER audit_entry_refuses_update")
    monkeypatch.setattr("ledger.storage.triggers.make", lambda db: None)
    with pytest.raises(RuntimeError, match="triggers could not be made: audit_entry_refuses_update"):
        victim.book.migrate()


@pytest.mark.parametrize("model", APPEND_ONLY)
@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE {0} SET at = at",
        "DELETE FROM {0}",
        "INSERT OR REPLACE INTO {0} SELECT * FROM {0}",
        "REPLACE INTO {0} SELECT * FROM {0}",
    ],
)
def test_the_books_refuse_to_be_rewritten(company: Company, model: type[Table], statement: str) -> None:
    company.invoice(10)
    company.pay(10)
    before = [row.__data__ for row in company.all(model)]
    assert before
    sql = statement.format(model._meta.table_name)
    with pytest.raises(IntegrityError, match="append-only"):
        company.do(lambda entry: entry.rows.db.execute_sql(sql))
    assert [row.__data__ for row in company.all(model)] == before


@pytest.mark.parametrize("verb", ["UPDATE {0} SET at = at", "DELETE FROM {0}"])
@pytest.mark.parametrize("model", APPEND_ONLY)
def test_they_refuse_it_whoever_opens_the_file(company: Company, book_file: Path, model: type[Table], verb: str) -> None:
    company.invoice(10)
    company.pay(10)
    with (
        closing(sqlite3.connect(book_file, isolation_level=None)) as db,
        pytest.raises(sqlite3.IntegrityError, match="append-only"),
    ):
        db.execute(verb.format(model._meta.table_name))


def limited(model: type[Table]) -> dict[str, int]:
    """The text columns of a table that the database keeps within a limit."""
    kept: dict[str, int] = {}
    for field in model._meta.sorted_fields:
        for constraint in field.constraints or []:
            text = str(constraint.sql)
            if "length(" in text:
                kept[field.column_name] = int(text.split("<=")[1].strip(" )"))
    return kept


TEXTS = {
    Customer: {"number": 255, "name": 255, "email": 255, "notes": 4000, "back_office_code": 255},
    Account: {"number": 255, "name": 255, "notes": 4000, "address": 4000, "phone": 255, "fax": 255, "tags": 4000},
    PaymentProfile: {"name": 255},
    Attachment: {"file_name": 255, "media_type": 255},
    Project: {"name": 255, "alternative_code": 255, "description": 4000},
    Subsidiary: {"name": 255, "alternative_code": 255, "description": 4000},
    Category: {"name": 255, "code": 255, "description": 4000},
    Unit: {"name": 255, "alternative_code": 255, "description": 4000, "group_name": 255, "community_name": 255},
    User: {"username": 255, "person_name": 255, "email": 255},
    Bill: {"number": 255},
    NumberSeries: {"name": 255, "prefix": 20},
    InvoiceItem: {"description": 4000},
    IdempotencyKey: {"key": 255},
    ApiKey: {"name": 255},
}
DOCUMENT = {"number": 255, "reference_number": 255, "notes": 4000, "back_office_code": 255}
DOCUMENT |= {f"udf_string_{n}": 255 for n in range(1, 9)}
TEXTS |= {Payment: DOCUMENT, Invoice: DOCUMENT}
TEXTS |= {model: DOCUMENT | {"issue_reason": 4000} for model in (PaymentCancellation, InvoiceCancellation)}


def one_of_everything(company: Company) -> None:
    payment, invoice = company.pay(), company.invoice()
    company.cancel_payment(payment)
    company.bill(invoice)
    company.cancel_invoice(invoice)

    def more(entry: Entry) -> None:
        user = entry.rows.find(User)[0]
        blank: dict[str, Any] = {"user_pk": user.pk, "created_on": entry.now}
        entry.rows.insert(
            IdempotencyKey, {**blank, "key": "k", "fingerprint": "f", "status": 1, "headers": "", "body": b"", "touched": 0}
        )
        entry.rows.insert(ApiKey, {**blank, "id": "A", "name": "k", "sha256": "s"})

    company.do(more)
    company.do(configuration.create_project, name="Quay")
    company.do(configuration.create_subsidiary, name="West")
    company.do(profiles.create, account=company.account(), name="Monthly")
    company.do(attachments.attach, payment, file_name="a", media_type="b", size=1, sha256="c")
    company.do(rates.create, currency=company.one(Currency, code="JPY"), from_date="2024-01-01", rate=Decimal("0.0061"))


@pytest.mark.parametrize("model", TEXTS)
def test_the_database_itself_keeps_texts_within_their_limits(victim: Company, model: type[Table]) -> None:
    assert limited(model) == TEXTS[model]
    assert (TEXT_LIMIT, NOTE_LIMIT) == (255, 4000)
    one_of_everything(victim)
    pk = victim.all(model)[0].pk

    def write(entry: Entry, column: str, characters: int) -> None:
        entry.rows.change(model, {column: "ü" * characters}, pk=pk)

    for column, limit in TEXTS[model].items():
        victim.do(write, column, limit)
        with pytest.raises(IntegrityError, match="CHECK constraint failed"):
            victim.do(write, column, limit + 1)


@pytest.mark.parametrize(
    ("model", "values"),
    [
        (Payment, {"life_cycle_state": "PENDING"}),
        (Payment, {"allocation_mode": "other"}),
        (Payment, {"amount": -1}),
        (Payment, {"unallocated": -1}),
        (Payment, {"unallocated": 10_001}),
        (Payment, {"method_pk": 99}),
        (Payment, {"account_pk": None}),
        (Invoice, {"unpaid": -1}),
        (Invoice, {"unpaid": 10_001}),
        (Invoice, {"total_amount": -1}),
        (Invoice, {"life_cycle_state": "draft"}),
        (Account, {"life_cycle_state": "CLOSED"}),
        (Account, {"credit_period": -1}),
        (Account, {"number": "2"}),
        (Invoice, {"exchange_rate": 0}),
        (Invoice, {"project_pk": 99}),
        (Payment, {"profile_pk": 99}),
        (PaymentProfile, {"payment_type": "monthly"}),
        (PaymentProfile, {"account_pk": 99}),
        (Attachment, {"size": 0}),
        (ExchangeRate, {"rate": 0}),
        (User, {"role": "root"}),
        (User, {"username": "clerk"}),
    ],
)
def test_the_database_itself_refuses_what_cannot_be(victim: Company, model: type[Table], values: dict[str, object]) -> None:
    victim.pay(mode="explicit")
    victim.invoice()
    one_of_everything(victim)
    first = victim.all(model)[0]
    with pytest.raises(IntegrityError):
        victim.do(lambda entry: entry.rows.change(model, values, pk=first.pk))
    assert victim.all(model)[0].__data__ == first.__data__


def test_what_others_refer_to_cannot_be_removed(victim: Company) -> None:
    victim.pay()

    def remove(entry: Entry, model: type[Table]) -> None:
        entry.rows.remove(model, pk=1)

    for model in (Account, Customer, Unit):
        with pytest.raises(IntegrityError, match="FOREIGN KEY"):
            victim.do(remove, model)
        assert victim.all(model, pk=1)
