"""The company's book with all doors open, in this process: what the stories of every door are told over, and what the ledger itself
says of what was done."""

import logging
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path

from starlette.routing import BaseRoute
from starlette.testclient import TestClient

from ledger import cancelling, configuration, profiles
from ledger.book import Book
from ledger.cancelling import CancelTerms
from ledger.entry import Entry
from ledger.journal import live_allocations
from ledger.sessions import open_session
from ledger.storage.models import (
    Account,
    Currency,
    Invoice,
    Organisation,
    Payment,
    PaymentMethod,
    PaymentProfile,
    User,
)
from rpcserver.app import create_app
from rpcserver.auth import Tokens
from rpcserver.house import House
from rpcserver.settings import Settings
from tests import books
from tests.books import EUROS, PEOPLE, SETUP, Clock, Company
from tests.engines import url_of
from tests.events import unsound
from tests.native import ADDRESS, Faults
from tests.rpcserver.world import settings_for

REST = ("waldur", "qbench", "productive")
Routes = Callable[[House], Sequence[BaseRoute]]


@dataclass(frozen=True, repr=False)
class Premises:
    """A server over a company's book, a token for each person, and the ledger beside it. Time stands still until a test moves
    it."""

    company: Company
    client: TestClient
    settings: Settings
    tokens: dict[str, str]
    faults: Faults
    _billed: dict[tuple[str, Decimal], Invoice] = field(default_factory=dict)

    # --- making, past all doors ---

    def invoice(self, total: str | int = 100, account: str = EUROS) -> Invoice:
        """A new posted invoice."""
        return self.company.invoice(total, account)

    def billed(self, account: str, amount: Decimal) -> Invoice:
        """An invoice of the account over this amount: the same one for the same question."""
        key = account, amount
        if key not in self._billed:
            self._billed[key] = self.company.invoice(str(amount), account)
        return self._billed[key]

    def cancel(self, payment: Payment) -> None:
        """Cancel a payment."""
        self.company.do(cancelling.cancel_payment, payment, CancelTerms(type=self.company.type("PAYMENT_CANCEL")))

    # --- looking, past all doors ---

    def now(self, payment: Payment) -> Payment:
        """The payment as it is now."""
        return self.company.now(payment)

    def payments(self) -> list[Payment]:
        """All payments, oldest first, whatever became of them."""
        return self.company.all(Payment)

    def account_of(self, record: Payment | Invoice) -> Account:
        return self.company.one(Account, pk=record.account_pk)

    def currency(self, account: Account) -> Currency:
        return self.company.one(Currency, pk=account.currency_pk)

    def major(self, record: Payment | Invoice, minor: int) -> Decimal:
        """Minor units of the record's currency as an amount."""
        return Decimal(minor).scaleb(-self.exponent(self.account_of(record)))

    def exponent(self, account: Account) -> int:
        """How many decimals the account's currency has."""
        return self.currency(account).exponent

    def owed(self, invoice: Invoice) -> Decimal:
        """What is unpaid on the invoice now."""
        return self.major(invoice, self.company.now(invoice).unpaid)

    def left(self, payment: Payment) -> Decimal:
        """What of the payment is on no invoice now."""
        return self.major(payment, self.now(payment).unallocated)

    def applied(self, payment: Payment) -> dict[int, Decimal]:
        """What of the payment is on which invoice now, by row key."""
        found = self.company.read(live_allocations, payment.pk)
        return {pk: self.major(payment, minor) for pk, minor in found.items()}

    def profile(self, account: Account) -> PaymentProfile:
        """The account's active payment profile."""
        return self.company.one(PaymentProfile, account_pk=account.pk, active=True)

    def method(self, name: str = "Cash") -> PaymentMethod:
        return self.company.one(PaymentMethod, name=name)

    def organisation(self) -> Organisation:
        return self.company.one(Organisation)

    def discrepancies(self) -> list[str]:
        """What `verify` finds, and what the events tell otherwise than the records."""
        return unsound(self.company.book)


def furnish(path: Path) -> None:
    """Give the company of a book what the doors need: defaults for what their requests do not carry, and payment profiles."""
    book = Book(url_of(path), clock=Clock())
    company = books.company(book, Clock()).by("admin")
    rows = {
        "payment_type": company.type("PAYMENT"),
        "cancellation_type": company.type("PAYMENT_CANCEL"),
        "write_off_type": company.type("WRITE_OFF"),
        "payment_method": company.one(PaymentMethod, name="Cash"),
    }

    def fill(entry: Entry) -> None:
        for door in REST:
            configuration.set_door_default(entry, door, **rows)
        for account in entry.rows.find(Account, order=("pk",)):
            profiles.create(entry, account=account, name=f"{account.name}, as agreed")

    book.enter(company.call, fill)
    book.close()


@contextmanager
def opened(path: Path, doors: Sequence[Routes] = (), **settings: object) -> Iterator[Premises]:
    """A server over a furnished book, with further doors where a test brings some."""
    found, clock = settings_for(path, attachment_folder=str(path.parent / "attachments"), **settings), Clock()
    book = Book(found.database_url, clock=clock, wait_seconds=found.write_wait)
    company, faults = books.company(book, clock), Faults()
    signer = Tokens(found.secrets, lifetime=found.token_lifetime, idle=found.token_idle)

    def begin(entry: Entry) -> dict[str, str]:
        users = {name: entry.rows.one(User, username=name) for name in PEOPLE}
        return {name: signer.sign(open_session(entry, user.pk, None).id) for name, user in users.items() if user}

    tokens, logger = book.enter(SETUP, begin), logging.getLogger("rpcserver.fault")
    with TestClient(create_app(found, book, doors), client=ADDRESS, raise_server_exceptions=False) as client:
        logger.addHandler(faults)
        try:
            yield Premises(company, client, found, tokens, faults)
        finally:
            logger.removeHandler(faults)
