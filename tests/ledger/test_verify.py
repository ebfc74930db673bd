"""Whatever is changed behind the ledger's back, verify names it; and nothing else."""

import shutil
import sqlite3
from collections.abc import Iterator
from decimal import Decimal
from itertools import combinations
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

from ledger import amending, applying, payments, verify
from ledger.book import Book
from ledger.lifecycle import DRAFT
from ledger.storage import models
from ledger.storage.columns import Table
from ledger.verification import chains
from ledger.verify import discrepancies
from tests import books
from tests.books import BOBS, Clock, Company
from tests.ledger.tampering import PARENTS, Hands, everything

pytestmark = pytest.mark.sqlite

DOCUMENTS = {"payment", "payment_cancellation", "invoice", "invoice_cancellation"}
DOORS_RECORDS = {"payment_profile", "attachment", "project", "subsidiary", "exchange_rate"}
WRITTEN_DOWN = {"account", "customer", "bill", *DOCUMENTS, *DOORS_RECORDS}
MODELS = {name: model for model in models.TABLES if (name := str(model._meta.table_name)) in {*WRITTEN_DOWN, *PARENTS}}
CHAINS = ("journal_entry", "allocation")

WITHOUT_MEANING = {(table, "pk") for table in PARENTS}
"""Row keys to which nothing refers: these rows stand in their order by their position. Where the order of the keys itself means
something (an account's allocations, a bill's invoices), a test of its own swaps two of them."""

COLUMNS = [
    case for table, model in MODELS.items() for name in model._meta.columns if (case := (table, name)) not in WITHOUT_MEANING
]
REFERENCES = [
    *[
        ("payment", f"{name}_pk")
        for name in ("type", "category", "method", "rejection_reason", "created_by_user", "created_by_unit")
    ],
    *[("account", f"{name}_pk") for name in ("customer", "currency")],
    *[("invoice", f"{name}_pk") for name in ("project", "subsidiary")],
    ("payment", "profile_pk"),
    ("payment_profile", "account_pk"),
    ("attachment", "payment_pk"),
    ("exchange_rate", "currency_pk"),
]
WRITES = 60


@pytest.fixture(scope="module")
def hands(company_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hands]:
    """Hands on a book with one of everything."""
    path = Path(shutil.copy(company_template, tmp_path_factory.mktemp("verify") / "book.db"))
    clock = Clock()
    book = Book(f"sqlite:///{path}", clock=clock)
    everything(books.company(book, clock))
    made = Hands(path, book)
    yield made
    made.db.close()
    book.close()


def test_a_book_with_one_of_everything_holds(hands: Hands) -> None:
    assert list(discrepancies(hands.book)) == []
    for table in ("payment", "invoice"):
        assert {row["life_cycle_state"] for row in hands.table(table)} == {"DRAFT", "POSTED", "REJECTED", "CANCELLED"}
    assert {row["life_cycle_state"] for row in hands.table("account")} == {"ACTIVE", "SUSPENDED", "TERMINATED"}
    assert {row["allocation_mode"] for row in hands.table("payment")} == {"automatic", "explicit"}
    assert {row["kind"] for row in hands.table("journal_entry")} >= {"AMENDMENT", "WRITE_OFF", "PAYMENT_CANCEL", "INVOICE_CANCEL"}
    assert min(row["amount"] for row in hands.table("allocation")) < 0
    assert min(len(hands.table(table)) for table in MODELS) >= 2


@pytest.mark.parametrize("table", MODELS)
def test_every_row_that_is_removed_is_named(hands: Hands, table: str) -> None:
    unseen = []
    for row in hands.table(table):
        marks = hands.marks(table, row)
        with hands.at_work(table):
            hands.remove(table, row["pk"])
            if not hands.named(*marks):
                unseen.append(row)
    assert unseen == []


@pytest.mark.parametrize(("table", "column"), COLUMNS)
def test_every_column_that_is_changed_is_named(hands: Hands, table: str, column: str) -> None:
    """In the row that says most, and where that row says something and another nothing, there too."""
    rows = sorted(hands.table(table), key=lambda row: list(row.values()).count(None))
    empty = [row for row in rows if row[column] is None][-1:]
    cases = [(row, value) for row in (rows[0], *empty) for value in hands.others(table, row, column)]
    unseen, held = [], 0
    for row, value in cases:
        marks = hands.marks(table, row)
        with hands.at_work(table):
            try:
                hands.write(table, row["pk"], **{column: value})
            except sqlite3.IntegrityError:
                continue  # What NOT NULL and UNIQUE refuse cannot be in the file.
            held += 1
            if not hands.named(*marks):
                unseen.append((row["pk"], row[column], value))
    assert unseen == []
    assert held


@pytest.mark.parametrize("table", CHAINS)
def test_the_last_row_of_each_chain_is_missed(hands: Hands, table: str) -> None:
    last = {row["account_pk"]: row for row in hands.table(table)}
    assert len(last) > 1
    for row in last.values():
        mark = hands.marks(table, row)[-1]
        with hands.at_work(table):
            hands.remove(table, row["pk"])
            assert hands.named(f"{mark} the chain ends at {row['position'] - 1}, {row['position']} were written")
            assert hands.named(f"{mark} the last hash of the chain is not the account's head")


@pytest.mark.parametrize("column", ["balance", "journal_head", "journal_count", "allocation_head", "allocation_count"])
def test_what_any_account_keeps_of_its_books_is_recomputed(hands: Hands, column: str) -> None:
    for account in hands.table("account"):
        for value in hands.others("account", account, column):
            with hands.at_work("account"):
                if value is not None:
                    hands.write("account", account["pk"], **{column: value})
                    assert hands.named(f"account {account['number']}:"), (account["number"], value)


def pair(hands: Hands, table: str, column: str, together: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """The first two rows of one record that differ in a column."""
    pairs = combinations(hands.table(table), 2)
    return next((one, two) for one, two in pairs if one[together] == two[together] and None is not one[column] != two[column])


@pytest.mark.parametrize("table", CHAINS)
@pytest.mark.parametrize("column", ["position", "amount", "hash"])
def test_two_rows_of_a_chain_that_change_places_are_named(hands: Hands, table: str, column: str) -> None:
    one, other = pair(hands, table, column, "account_pk")
    with hands.at_work(table):
        hands.swap(table, one, other, column)
        assert hands.named(hands.marks(table, one)[-1])


@pytest.mark.parametrize(
    ("table", "column", "together"),
    [
        ("payment", "amount", "account_pk"),
        ("payment", "account_pk", "life_cycle_state"),
        ("payment", "number", "account_pk"),
        ("invoice", "total_amount", "account_pk"),
        ("invoice_item", "position", "invoice_pk"),
        ("intended", "position", "payment_pk"),
        ("allocation", "pk", "account_pk"),
        ("bill_invoice", "pk", "bill_pk"),
    ],
)
def test_two_rows_that_change_places_are_both_named(hands: Hands, table: str, column: str, together: str) -> None:
    one, other = pair(hands, table, column, together)
    marks = hands.marks(table, one), hands.marks(table, other)
    with hands.at_work(table):
        hands.swap(table, one, other, column)
        assert all(hands.named(*each) for each in marks)


NEW = {
    "id": "F" * 32,
    "reference_number": "999",
    "number": "999",
    "name": "999",
    "from_date": "9999-01-01",
    "back_office_code": None,
    "alternative_code": None,
}


def copied(row: dict[str, Any], **changes: object) -> dict[str, object]:
    """A row to be inserted: its key, and what else has to be unique, is new."""
    new = {name: value for name, value in NEW.items() if name in row}
    return {name: value for name, value in row.items() if name != "pk"} | new | changes


@pytest.mark.parametrize("table", sorted(WRITTEN_DOWN))
def test_a_record_that_was_never_made_is_named(hands: Hands, table: str) -> None:
    kind = table.removesuffix("_cancellation")
    free = {f"{kind}_pk": hands.table(kind)[0]["pk"]} if kind != table else {}
    with hands.at_work(table):
        hands.insert(table, copied(hands.table(table)[-1], **free))
        assert hands.named(f"{table} {NEW['id']}: the audit log does not know it")


@pytest.mark.parametrize("table", ["invoice_item", "intended", "bill_invoice"])
def test_a_part_that_was_never_given_is_named(hands: Hands, table: str) -> None:
    row, parent = hands.table(table)[-1], PARENTS[table]
    free = {"invoice_pk": hands.table("invoice")[-1]["pk"]} if table == "bill_invoice" else {"position": row["position"] + 1}
    with hands.at_work(table):
        hands.insert(table, copied(row, **free))
        assert hands.named(*hands.marks(table, row))
    with hands.at_work(table):
        hands.insert(table, copied(row, **{**free, f"{parent}_pk": 999}))
        assert hands.named(f"its {parent} 999 is missing")


@pytest.mark.parametrize("table", CHAINS)
@pytest.mark.parametrize("position", [-1, 0, 999])
def test_a_row_outside_of_its_chain_is_named(hands: Hands, table: str, position: int) -> None:
    row = hands.table(table)[-1]
    with hands.at_work(table):
        hands.insert(table, copied(row, position=position))
        assert hands.named(f"{hands.marks(table, row)[-1]} {table} {'goes on to' if position > 0 else 'begins at'} {position}")
    with hands.at_work(table):
        hands.insert(table, copied(row, position=position, account_pk=999))
        assert hands.named("its account 999 is missing")


def test_a_booking_that_its_chain_vouches_for_needs_a_document_and_counts_in_the_balance(hands: Hands) -> None:
    account = hands.table("account")[0]
    with hands.at_work("journal_entry", "account"):
        hands.forge(account, "PAYMENT", "F" * 32, 100)
        assert hands.named(f"its document {'F' * 32} is missing")
        assert hands.named("unpaid less unallocated")
        assert not hands.named("hash"), "the chain itself holds"
        hands.write("account", account["pk"], balance=account["balance"])
        assert hands.named("its journal sums up to")


@pytest.mark.parametrize("table", sorted(DOCUMENTS))
def test_a_document_is_booked_with_its_amount_whatever_the_chain_vouches_for(hands: Hands, table: str) -> None:
    for row in hands.table(table):
        with hands.at_work("journal_entry", "account"):
            for amount, account in zip((100, -100), hands.table("account"), strict=False):
                hands.forge(account, "AMENDMENT", row["id"], amount)
            assert hands.named(f"{table} {row['id']}: the journal holds")


@pytest.mark.parametrize(("table", "column"), REFERENCES)
def test_what_a_record_refers_to_is_missed(hands: Hands, table: str, column: str) -> None:
    row = next(row for row in hands.table(table) if row[column] is not None)
    (other,) = (key["table"] for key in hands.rows(f'PRAGMA foreign_key_list("{table}")') if key["from"] == column)
    with hands.at_work(other):
        hands.remove(other, row[column])
        assert hands.named(f"{table} {row['id']}: its {column.removesuffix('_pk')} {row[column]} is missing")


@pytest.mark.parametrize(
    ("table", "column"),
    [("payment", "amount"), ("invoice", "notes"), ("account", "journal_count"), *[(each, "amount") for each in CHAINS]],
)
@pytest.mark.parametrize("nonsense", ["abc", b"abc"])
def test_nonsense_is_named_and_the_rest_checked(hands: Hands, table: str, column: str, nonsense: object) -> None:
    row, customer = hands.table(table)[0], hands.table("customer")[0]
    with hands.at_work(table, "customer"):
        hands.write(table, row["pk"], **{column: nonsense})
        hands.write("customer", customer["pk"], name=nonsense)
        assert hands.named(*hands.marks(table, row))
        assert hands.named(customer["id"])


def test_reading_in_small_lots_finds_the_same(hands: Hands, monkeypatch: pytest.MonkeyPatch) -> None:
    def found() -> list[str]:
        with hands.at_work("payment", "journal_entry", "allocation", "account"):
            for table in ("payment", *CHAINS):
                hands.remove(table, hands.table(table)[3]["pk"])
            hands.write("account", 1, balance=0)
            return list(discrepancies(hands.book))

    whole = found()
    assert len(whole) > 5
    for lot in (1, 2, 5):
        monkeypatch.setattr(verify, "LOT", lot)
        monkeypatch.setattr(chains, "LOT", lot)
        assert found() == whole


def test_accounts_that_go_while_the_book_is_read_are_missed(hands: Hands) -> None:
    first, *others = hands.table("account")
    with hands.at_work("account", "journal_entry"):
        hands.write("account", first["pk"], balance=first["balance"] + 1)
        findings = discrepancies(hands.book)
        assert first["number"] in next(findings)
        for account in (first, *others):
            hands.remove("account", account["pk"])
        found = "\n".join(findings)
    assert all(account["id"] in found for account in (first, *others))


def test_a_negative_zero_is_no_discrepancy(company: Company) -> None:
    company.pay(1, udf={"udf_float_1": -0.0})
    assert list(discrepancies(company.book)) == []


def test_a_book_that_is_written_to_holds_all_the_while(company: Company, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(verify, "LOT", 20)
    monkeypatch.setattr(chains, "LOT", 5)
    written: list[Table] = []
    failures: list[Exception] = []

    def write() -> None:
        try:
            while len(written) < WRITES:
                invoice = company.invoice(50)
                company.bill(invoice)
                payment = company.do(payments.post, company.draft(70, invoices=[invoice]))
                company.do(amending.amend, payment, {"amount": Decimal(60)})
                company.do(applying.release, payment)
                company.do(amending.amend, payment, {"account": company.account(BOBS)})
                company.cancel_payment(payment)
                company.cancel_invoice(invoice)
                written.extend([company.pay(1), company.draft(2), company.invoice(3, BOBS, state=DRAFT)])
        except Exception as error:
            failures.append(error)

    writer = Thread(target=write)
    writer.start()
    found, rounds = list(discrepancies(company.book)), 1
    while writer.is_alive():
        found += discrepancies(company.book)
        rounds += 1
    writer.join()
    assert failures == []
    assert found == []
    assert rounds > 1
