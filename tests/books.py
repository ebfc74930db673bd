"""A small company and its book for tests: built once, copied for each test. Time stands still until a test moves it.

Ada has accounts in euros, yen and dinars, Bob has one in euros; the owner user is Ada's. There is a transaction type of each
classification, named as in `TYPES`; `Payment` and `Invoice` allow the categories Services and Goods and the reasons Mistake and
Fraud, payments the methods Cash and Transfer. Card, Internal and Other are allowed nowhere.
"""

from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import dataclass, fields, is_dataclass, replace
from decimal import Decimal
from functools import cache
from pathlib import Path
from threading import Event
from typing import Any, Concatenate, ParamSpec, TypeVar, cast

from ledger import accounts, bills, cancelling, configuration, drafts, invoices, organisation, payments, users
from ledger.book import Book
from ledger.cancelling import CancelTerms
from ledger.entry import Call, Entry, Reading
from ledger.intentions import Intentions
from ledger.invoices import InvoiceTerms
from ledger.items import ItemTerms
from ledger.lifecycle import DRAFT, POSTED
from ledger.numbering import SERIES
from ledger.passwords import hashed
from ledger.payments import Terms
from ledger.rights import Actor
from ledger.series import set_gapless
from ledger.storage.columns import Record, Table
from ledger.storage.compiled import layout
from ledger.storage.models import (
    Account,
    AuditEntry,
    Bill,
    Currency,
    Customer,
    Invoice,
    InvoiceCancellation,
    Payment,
    PaymentCancellation,
    PaymentMethod,
    TransactionType,
    User,
    UserCustomer,
    UserUnit,
)
from ledger.writing import Outcome
from tests.engines import url_of

P = ParamSpec("P")
T = TypeVar("T")
R = TypeVar("R", bound=Table)

START = 1_714_564_800.0
"""2024-05-01T12:00:00 in UTC, where every test's clock begins."""

PASSWORD = "correct horse battery staple"
PEOPLE = ("admin", "clerk", "auditor", "owner")
MACHINE = "connector"
UNITS = ("Head office", "Branch")

EUROS, YEN, DINARS, BOBS = "Ada EUR", "Ada JPY", "Ada BHD", "Bob EUR"
TYPES = {
    "INVOICE": "Invoice",
    "INVOICE_CANCEL": "Invoice cancellation",
    "CREDIT_NOTE": "Credit note",
    "PAYMENT": "Payment",
    "PAYMENT_CANCEL": "Payment cancellation",
    "REFUND": "Refund",
    "WRITE_OFF": "Write-off",
}

SETUP = Call("test", "setup")
PATIENCE_SECONDS = 30


class Clock:
    """Seconds since the epoch, moved by the test."""

    def __init__(self) -> None:
        self.seconds = START

    def __call__(self) -> float:
        return self.seconds

    def advance(self, seconds: float = 0, *, days: float = 0) -> None:
        self.seconds += seconds + days * 86_400


def build(path: Path) -> None:
    """Make the company's book in a new file."""
    book = Book(url_of(path), clock=Clock())
    book.migrate()
    book.enter(SETUP, _fill)
    book.enter(SETUP, without_gaps)
    book.close()


def without_gaps(entry: Entry) -> None:
    """Have all numbers follow one another, as tests expect them."""
    for name in SERIES:
        set_gapless(entry, name, gapless=True)


def _fill(entry: Entry) -> None:
    organisation.open_book(entry, "The company")
    units = [users.create_unit(entry, **_named(name)) for name in UNITS]
    ada, bob = (accounts.create_customer(entry, name=name) for name in ("Ada", "Bob"))
    for customer, name in ((ada, EUROS), (ada, YEN), (ada, DINARS), (bob, BOBS)):
        currency = entry.rows.one(Currency, code=name[-3:])
        assert currency is not None
        accounts.create(entry, customer=customer, name=name, currency=currency)
    for role in PEOPLE:
        customers = [ada] if role == "owner" else []
        users.create(entry, username=role, password_hash=password_hash(), role=role, units=units, customers=customers)
    users.create(entry, username=MACHINE, password_hash=None, role="clerk", units=units[:1], machine=True)
    _configure(entry)


@cache
def password_hash() -> str:
    """The hash of everybody's password; hashing is slow on purpose."""
    return hashed(PASSWORD)


def _configure(entry: Entry) -> None:
    cash, transfer, _ = (configuration.create_method(entry, **_named(name)) for name in ("Cash", "Transfer", "Card"))
    services, goods, _ = (
        configuration.create_category(entry, name=name, code=name.upper()) for name in ("Services", "Goods", "Internal")
    )
    mistake, fraud, _ = (configuration.create_reason(entry, **_named(name)) for name in ("Mistake", "Fraud", "Other"))
    for classification, name in TYPES.items():
        configuration.create_type(
            entry,
            name=name,
            classification=classification,
            alternative_code=classification,
            categories=[services, goods],
            methods=[cash, transfer] if classification in ("PAYMENT", "REFUND", "WRITE_OFF") else [],
            reasons=[mistake, fraud],
        )


def _named(name: str) -> dict[str, str]:
    return {"name": name, "alternative_code": name.upper()}


@dataclass(frozen=True)
class Company:
    """The book, its clock, and the call by which the next thing is done: the clerk's, unless said otherwise."""

    book: Book
    clock: Clock
    call: Call = SETUP

    def calling(self, **changes: Any) -> "Company":
        """The same company, asked by another call: `calling(rehearsal=True)`."""
        return replace(self, call=self.call._replace(**changes))

    def by(self, username: str) -> "Company":
        """The same company, asked by another user."""
        return self.calling(actor=self.actor(username))

    def actor(self, username: str) -> Actor:
        """The user as a caller, with the default unit."""
        user = self.one(User, username=username)
        units = self.all(UserUnit, user_pk=user.pk, is_default=True)
        customers = frozenset(link.customer_pk for link in self.all(UserCustomer, user_pk=user.pk))
        return Actor(user.pk, username, user.role, units[0].unit_pk if units else None, customers)

    # --- looking ---

    def read(self, operation: Callable[Concatenate[Reading, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """What an operation finds, in a read of its own."""
        return self.book.read(self.call, lambda reading: operation(reading, *args, **kwargs))

    def all(self, model: type[R], **equals: Any) -> list[R]:
        """The rows with these values, oldest first."""
        return self.book.read(SETUP, lambda reading: reading.rows.find(model, order=("pk",), **equals))

    def one(self, model: type[R], **equals: Any) -> R:
        """The only row with these values."""
        (found,) = self.all(model, **equals)
        return found

    def now(self, row: R) -> R:
        """The row as it is now."""
        return cast("R", self.one(layout(type(row)).model, pk=row.pk))

    def account(self, name: str = EUROS) -> Account:
        """The account as it is now."""
        return self.one(Account, name=name)

    def type(self, classification: str) -> TransactionType:
        """The type of this classification."""
        return self.one(TransactionType, name=TYPES[classification])

    def audited(self, record: Record) -> list[AuditEntry]:
        """What the audit log holds of a record, oldest first."""
        return self.all(AuditEntry, record_id=record.id)

    # --- writing: each a write of its own ---

    def do(self, verb: Callable[Concatenate[Entry, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run a verb of the ledger; rows among its arguments are read again first, as a door would have found them."""

        def operation(entry: Entry) -> T:
            given: Any = [_fresh(entry, arg) for arg in args]
            named: Any = {name: _fresh(entry, arg) for name, arg in kwargs.items()}
            return verb(entry, *given, **named)

        return self.book.enter(self.call, operation)

    def terms(self, amount: str | int | None = 100, account: str = EUROS, method: str = "Cash", **terms: Any) -> Terms:
        """The terms of a payment."""
        given = {"type": self.type("PAYMENT"), "method": self.one(PaymentMethod, name=method), **terms}
        return Terms(account=self.account(account), amount=None if amount is None else Decimal(amount), **given)

    def pay(self, amount: str | int = 100, account: str = EUROS, *, state: str = POSTED, **terms: Any) -> Payment:
        """A new payment."""
        return self.do(payments.create, self.terms(amount, account, **terms), state)

    def write_off(self, amount: str | int = 100, account: str = EUROS, **terms: Any) -> Payment:
        """A new write-off, without a date of payment unless one is given."""
        given = {"written_off_on": "2024-05-01", "unreceived": "received_on" not in terms, **terms}
        return self.pay(amount, account, type=self.type("WRITE_OFF"), classification="WRITE_OFF", **given)

    def draft(self, amount: str | int = 100, account: str = EUROS, **terms: Any) -> Payment:
        """A new draft of a payment."""
        return self.pay(amount, account, state=DRAFT, **terms)

    def update(self, payment: Payment, intended: Intentions | None = None, **changes: object) -> Payment:
        """Change a draft."""
        return self.do(drafts.update, payment, changes, intended)

    def invoice(self, total: str | int = 100, account: str = EUROS, *, state: str = POSTED, **terms: Any) -> Invoice:
        """A new invoice over this total."""
        given = {"type": self.type("INVOICE"), "items": [ItemTerms("Work", Decimal(1), sub_total=Decimal(total))], **terms}
        return self.do(invoices.create, InvoiceTerms(account=self.account(account), **given), state)

    def bill(self, *gathered: Invoice) -> Bill:
        """A new bill over these invoices."""
        account = self.one(Account, pk=gathered[0].account_pk)
        return self.do(bills.create, account=account, invoices=list(gathered))

    def cancel_payment(self, payment: Payment, **terms: Any) -> PaymentCancellation:
        """Cancel a payment."""
        return self.do(cancelling.cancel_payment, payment, CancelTerms(**{"type": self.type("PAYMENT_CANCEL"), **terms}))

    def cancel_invoice(self, invoice: Invoice, **terms: Any) -> InvoiceCancellation:
        """Cancel an invoice."""
        return self.do(cancelling.cancel_invoice, invoice, CancelTerms(**{"type": self.type("INVOICE_CANCEL"), **terms}))

    def change_account(self, account: str = EUROS, /, **changes: object) -> Account:
        """Change an account: its state, its credit period."""
        return self.do(accounts.update, self.account(account), changes)

    def open_account(self, name: str, currency: str = "EUR", customer: str = "Ada") -> Account:
        """A new account."""
        of = self.one(Customer, name=customer)
        return self.do(accounts.create, customer=of, name=name, currency=self.one(Currency, code=currency))


@contextmanager
def held(book: Book, call: Call = SETUP) -> Iterator[None]:
    """The book is busy with this call while the block runs."""
    holding, done = Event(), Event()
    told: Future[Outcome] = Future()

    def hold(entry: Entry) -> None:
        # Whoever writes what concerns no account has the whole book, where others could write beside it.
        entry.rows.remove(UserUnit, pk=0)
        holding.set()
        assert done.wait(PATIENCE_SECONDS)

    book.submit(call, hold, told.set_result)
    assert holding.wait(PATIENCE_SECONDS)
    try:
        yield
    finally:
        done.set()
        told.result(PATIENCE_SECONDS)


def company(book: Book, clock: Clock) -> Company:
    """The company of a book, asked by the clerk through the native door."""
    return Company(book, clock).calling(door="native", method="test").by("clerk")


def _fresh(entry: Entry, value: Any) -> Any:
    if isinstance(value, Table):
        return entry.rows.get(layout(type(value)).model, value.pk)
    if isinstance(value, list):
        return [_fresh(entry, each) for each in value]
    if isinstance(value, dict):
        return {key: _fresh(entry, each) for key, each in value.items()}
    if is_dataclass(value) and not isinstance(value, type):
        return replace(value, **{field.name: _fresh(entry, getattr(value, field.name)) for field in fields(value)})
    return value
