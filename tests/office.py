"""A book made from nothing for one test, with a server over it: whose it is, who is in it and what time it is, the test says."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from starlette.testclient import TestClient

from ledger import configuration, organisation, users
from ledger.book import Book
from ledger.configuration import DOORS
from ledger.entry import Entry
from ledger.storage.models import PaymentMethod, TransactionType, User
from rpcserver.app import create_app
from rpcserver.settings import Settings
from tests.books import SETUP, TYPES, Clock, Company
from tests.rpcserver.world import settings_for, token

METHODS = ("Cash", "Transfer", "Cheque", "Credit Card")
CLERK = "clerk"
CLIENT = "client"
DAY = 86_400


@dataclass(frozen=True)
class Office:
    """The book (asked by its clerk), the server, and the tokens of the clerk and of a machine with a clerk's rights."""

    company: Company
    client: TestClient
    tokens: Mapping[str, str]

    def at(self, seconds: float) -> "Office":
        """The same office at this second of the epoch."""
        self.company.clock.seconds = seconds
        return self


@contextmanager
def opened(folder: Path, seconds: float, name: str, currency: str, host: str = "testserver", **clerk: str) -> Iterator[Office]:
    """An office whose clock stands at this second of the epoch, under this host name. `clerk`: what else is known of the clerk."""
    clock = Clock()
    clock.seconds = seconds
    kept = {"attachment_folder": str(folder / "attachments"), "token_lifetime": DAY, "token_idle": DAY}
    settings = settings_for(folder / "office.db", **kept)
    book = Book(settings.database_url, clock=clock)
    book.migrate()
    book.enter(SETUP, lambda entry: _filled(entry, name, currency, clerk))
    with TestClient(create_app(settings, book), base_url=f"http://{host}") as client:
        yield Office(Company(book, clock).by(CLERK), client, _tokens(book, settings))


def _tokens(book: Book, settings: Settings) -> dict[str, str]:
    return {username: token(book, settings, username) for username in (CLERK, CLIENT)}


def _filled(entry: Entry, name: str, currency: str, clerk: Mapping[str, Any]) -> None:
    organisation.open_book(entry, name, currency)
    made: dict[str, User] = {CLERK: users.create(entry, username=CLERK, password_hash=None, **{"role": "clerk", **clerk})}
    made[CLIENT] = users.create(entry, username=CLIENT, password_hash=None, role="clerk", machine=True)
    methods = [configuration.create_method(entry, name=each) for each in METHODS]
    types = {classification: _type(entry, classification, methods) for classification in TYPES}
    for door in DOORS:
        configuration.set_door_default(
            entry,
            door,
            payment_type=types["PAYMENT"],
            cancellation_type=types["PAYMENT_CANCEL"],
            write_off_type=types["WRITE_OFF"],
            payment_method=methods[0],
        )


def _type(entry: Entry, classification: str, methods: Sequence[PaymentMethod]) -> TransactionType:
    allowed = methods if classification in ("PAYMENT", "WRITE_OFF") else ()
    return configuration.create_type(entry, name=TYPES[classification], classification=classification, methods=allowed)
