"""A book with one of everything in it, and hands that change it behind the ledger's back."""

import hashlib
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path
from typing import Any

from ledger import amending, applying, attachments, bills, cancelling, configuration, invoices, linking, payments, profiles, rates
from ledger.applying import EXPLICIT, Line
from ledger.book import Book
from ledger.cancelling import CancelTerms
from ledger.intentions import IntendedChange, Intentions
from ledger.items import ItemTerms
from ledger.journal import journal_hash
from ledger.lifecycle import DRAFT, SUSPENDED, TERMINATED
from ledger.storage.models import Bill, Category, Currency, Invoice, RejectionReason, Unit, User
from ledger.verify import discrepancies
from tests.books import BOBS, DINARS, EUROS, YEN, Company

Row = dict[str, Any]

PARENTS = {
    "journal_entry": "account",
    "allocation": "account",
    "invoice_item": "invoice",
    "intended": "payment",
    "bill_invoice": "bill",
}
"""Rows that have no id of their own are named by the record that they belong to."""

UDF = {
    **{f"udf_string_{n}": f"text {n}" for n in range(1, 9)},
    **{f"udf_float_{n}": n + 0.5 for n in range(1, 5)},
    **{f"udf_date_{n}": f"2024-01-0{n}T00:00:00" for n in range(1, 5)},
}
ITEMS = (
    ItemTerms("Work", Decimal("1.5"), cost=Decimal(100), discount_percentage=Decimal(10), vat_rate=Decimal(20)),
    ItemTerms("Travel", Decimal(1), sub_total=Decimal("12.34"), discount_amount=Decimal("0.34"), vat_rate=Decimal(7)),
)


def everything(company: Company) -> None:
    """Drafts, posted, rejected and cancelled documents, allocations and releases, bills, amendments, accounts of all states."""
    _doors(company)
    goods = company.one(Category, name="Goods")
    said: dict[str, Any] = {"category": goods, "notes": "seen\ntwice", "back_office_code": "B-1", "udf": UDF}
    reason = company.one(RejectionReason, name="Fraud")
    owed = [company.invoice(items=ITEMS, **said), *(company.invoice(50) for _ in range(4))]
    draft = company.invoice(50, state=DRAFT)
    company.do(invoices.reject, company.invoice(items=ITEMS, state=DRAFT), reason)
    abroad, yen = company.invoice(50, BOBS), company.invoice(50, YEN)
    company.invoice(0, BOBS)
    period = {"from_date": "2024-01-01T00:00:00", "to_date": "2024-02-01T00:00:00"}
    dated = company.do(bills.create, account=company.account(), invoices=[owed[2]], **period)
    company.clock.advance(1)
    receiver = {"received_by_user": company.one(User, username="clerk"), "received_by_unit": company.one(Unit, name="Branch")}
    _paid(company, [*owed, draft], [company.bill(*owed[:2]), dated], {**said, **receiver, "received_on": "2024-01-05T12:00:00"})
    company.do(payments.reject, company.draft(12, invoices=[owed[2]]), reason)
    terms = CancelTerms(company.type("PAYMENT_CANCEL"), issue_reason="bounced", **said)
    company.do(cancelling.cancel_payment, company.pay(20), terms)
    company.cancel_payment(company.pay(21))
    _linked(company)
    company.do(amending.amend, company.pay(30), {"amount": Decimal(20)})
    company.pay(300)
    company.clock.advance(1)
    company.invoice(50)
    company.do(amending.amend, company.pay(70, BOBS), {"amount": Decimal(40), "notes": "less"})
    company.do(amending.amend, company.pay(9, BOBS), {"account": company.account()})
    company.do(payments.pay_invoice, company.terms(None, YEN), yen)
    company.do(applying.release, company.pay(20, BOBS, mode=EXPLICIT, invoices=[abroad]))
    company.do(cancelling.cancel_invoice, owed[4], CancelTerms(company.type("INVOICE_CANCEL"), issue_reason="late", **said))
    company.cancel_invoice(company.invoice(8, YEN))
    company.change_account(YEN, life_cycle_state=SUSPENDED, notes="suspended")
    company.change_account(DINARS, life_cycle_state=TERMINATED)


def _doors(company: Company) -> None:
    """What the REST doors show beside payments: profiles and proofs, projects, subsidiaries, exchange rates, contacts."""
    quay, north = (company.do(configuration.create_project, name=name, alternative_code=name[0]) for name in ("Quay", "North"))
    west, east = (company.do(configuration.create_subsidiary, name=name, description="d") for name in ("West", "East"))
    for day in ("2024-01-01", "2024-03-01"):
        for code, rate in (("JPY", "0.0061"), ("BHD", "2.45")):
            company.do(rates.create, currency=company.one(Currency, code=code), from_date=day, rate=Decimal(rate))
    active = company.do(profiles.create, account=company.account(), name="Monthly", attributes={"end_date": "2025-01-01"})
    for account in (EUROS, BOBS):
        company.do(profiles.create, account=company.account(account), name="Old", payment_type="invoices", active=False)
    company.invoice(11, project=quay, subsidiary=west, exchange_rate=Decimal("1.25"))
    company.invoice(11, project=north, subsidiary=east, exchange_rate=Decimal("1.5"))
    for payment in (company.pay(11, profile=active, mode=EXPLICIT), company.pay(11, BOBS, mode=EXPLICIT)):
        for name, media_type in (("first.pdf", "application/pdf"), ("second.png", "image/png")):
            sha256 = hashlib.sha256(name.encode()).hexdigest()
            company.do(attachments.attach, payment, file_name=name, media_type=media_type, size=len(name), sha256=sha256)
    company.change_account(BOBS, address="1 Quay", phone="+357 1", fax="+357 2", tags=["slow", "large"])


def _linked(company: Company) -> None:
    """Payments and write-offs that are linked to an invoice, were, or are to one that is cancelled."""
    first, second, third = (company.invoice(5, due_on=f"2030-01-0{day}T00:00:00") for day in (1, 2, 3))
    gone = company.invoice(6)
    for invoice in (first, second, gone):
        company.pay(2, mode=EXPLICIT, linked=invoice)
    company.do(linking.unlink, company.pay(1, mode=EXPLICIT, linked=second))
    company.do(amending.amend, company.pay(1, mode=EXPLICIT, linked=second), {"linked": third})
    company.cancel_invoice(gone)
    company.write_off(1, linked=first, mode=EXPLICIT)
    company.write_off(3, received_on="2024-04-01")
    written_off = {"type": company.type("WRITE_OFF"), "written_off_on": "2024-05-02", "unreceived": True}
    company.do(amending.amend, company.pay(2, mode=EXPLICIT), written_off)


def _paid(company: Company, owed: list[Invoice], gathered: list[Bill], said: dict[str, Any]) -> None:
    """Payments that say all that can be said, and those that are intended for something."""
    first, second, third, fourth, cancelled, draft = owed
    bill, dated = gathered
    explicit = company.pay(30, mode=EXPLICIT)
    company.do(applying.apply, explicit, [Line(third, Decimal(10)), Line(fourth, Decimal(15))])
    company.do(applying.release, explicit, fourth)
    company.clock.advance(1)
    company.do(payments.pay_invoice, company.terms(None), cancelled)
    company.do(payments.pay_bill, company.terms(None), dated)
    company.pay(60, invoices=[second, first], bills=[dated], **said)
    company.draft(5, invoices=[third, draft], bills=[bill])
    edited = company.draft(7, invoices=[third, second], bills=[bill])
    company.update(edited, Intentions(IntendedChange(add=[first], remove=[second])), amount=Decimal(8), notes="corrected")
    company.do(payments.post, company.draft(11, method="Transfer", bills=[bill]))


class Hands:
    """Writes to a book's file past the ledger: no triggers, no foreign keys, no checks. What it changed, it puts back."""

    def __init__(self, path: Path, book: Book) -> None:
        self.book = book
        self.db = sqlite3.connect(path, isolation_level=None)
        self.db.row_factory = lambda cursor, row: {column[0]: value for column, value in zip(cursor.description, row, strict=True)}
        self.db.execute("PRAGMA ignore_check_constraints = ON")
        self.db.execute("PRAGMA synchronous = OFF")
        for trigger in self.rows("SELECT name FROM sqlite_master WHERE type = 'trigger'"):
            self.db.execute('DROP TRIGGER "{}"'.format(trigger["name"]))

    def rows(self, sql: str, *values: object) -> list[Row]:
        """What a query finds."""
        return self.db.execute(sql, values).fetchall()

    def table(self, name: str) -> list[Row]:
        """All rows of a table, oldest first."""
        return self.rows(f'SELECT * FROM "{name}" ORDER BY pk')

    def write(self, table: str, pk: object, /, **values: object) -> None:
        """Change columns of a row."""
        columns = ", ".join(f'"{name}" = ?' for name in values)
        self.db.execute(f'UPDATE "{table}" SET {columns} WHERE pk = ?', (*values.values(), pk))

    def remove(self, table: str, pk: object) -> None:
        self.db.execute(f'DELETE FROM "{table}" WHERE pk = ?', (pk,))

    def insert(self, table: str, row: Row) -> None:
        """Add a row; without a `pk` it is the last one."""
        columns = ", ".join(f'"{name}"' for name in row)
        self.db.execute(f'INSERT INTO "{table}" ({columns}) VALUES ({", ".join("?" * len(row))})', tuple(row.values()))

    def swap(self, table: str, one: Row, other: Row, column: str) -> None:
        """Exchange what two rows hold in a column that may be unique."""
        aside = -99
        self.write(table, one["pk"], **{column: aside})
        self.write(table, other["pk"], **{column: one[column]})
        self.write(table, aside if column == "pk" else one["pk"], **{column: other[column]})

    @contextmanager
    def at_work(self, *tables: str) -> Iterator[None]:
        """Whatever is done to these tables in the block is undone after it."""
        kept = {table: self.table(table) for table in tables}
        try:
            yield
        finally:
            self.db.execute("BEGIN")
            for table, rows in kept.items():
                self.db.execute(f'DELETE FROM "{table}"')
                for row in rows:
                    self.insert(table, row)
            self.db.execute("COMMIT")

    def others(self, table: str, row: Row, column: str) -> list[object]:
        """What else could stand in a column: what another holds there, or is referred to; one more or less; another text; null."""
        value = row[column]
        keys = {key["from"]: key["table"] for key in self.rows(f'PRAGMA foreign_key_list("{table}")')}
        among, name = (keys[column], "pk") if column in keys else (table, column)
        query = f'SELECT DISTINCT "{name}" AS near FROM "{among}" WHERE "{name}" IS NOT ? AND "{name}" NOT NULL ORDER BY 1 LIMIT 1'
        made: list[object] = [found["near"] for found in self.rows(query, value)]
        if isinstance(value, int | float):
            made += [value + 1, value - 1, *([value + 1000] if name == "pk" else [])]
        elif isinstance(value, str):
            made.append(value[:-1] + ("1" if value[-1:] == "0" else "0"))
        elif not made:
            made += [1, "x"]
        return [*dict.fromkeys(made), *([] if value is None else [None])]

    def marks(self, table: str, row: Row) -> list[str]:
        """By what a finding may name this row: an id, or an account's number."""
        record = row
        if parent := PARENTS.get(table):
            (record,) = self.rows(f'SELECT * FROM "{parent}" WHERE pk = ?', row[f"{parent}_pk"])
        return [record["id"], f"account {record['number']}:"] if "account" in (table, parent) else [record["id"]]

    def named(self, *marks: str) -> list[str]:
        """What verify finds that names one of these."""
        return [finding for finding in discrepancies(self.book) if any(mark in finding for mark in marks)]

    def forge(self, account: Row, kind: str, document_id: str, amount: int) -> None:
        """Append a journal entry that its chain, its account's head, count and balance vouch for."""
        position = account["journal_count"] + 1
        at, number = "2024-05-01T12:00:00", "1"
        made = journal_hash(account["journal_head"], account["id"], position, kind, document_id, number, amount, at)
        entry = {"kind": kind, "document_id": document_id, "number": number, "amount": amount, "at": at, "hash": made}
        self.insert("journal_entry", {"account_pk": account["pk"], "position": position, **entry})
        balance = account["balance"] + amount
        self.write("account", account["pk"], journal_head=made, journal_count=position, balance=balance)
