"""A small book for the door's tests: four people, a machine, two customers with an account each, types and methods."""

from dataclasses import dataclass
from pathlib import Path

from ledger import accounts, configuration, organisation, users
from ledger.book import Book
from ledger.entry import Call, Entry
from ledger.passwords import hashed
from ledger.sessions import open_session
from ledger.storage.models import Currency, User
from rpcserver.auth import Tokens, key_digest
from rpcserver.settings import Settings
from tests import books
from tests.batches import FORCED
from tests.engines import url_of

SECRET = "kSgC3yW1uQzL8vN0bXr5TjHf2PmEd9Ao"
PASSWORD = "correct horse battery staple"
KEY = "rpk_5zF0vWJmZ3kq1pQe8nUoXb7LtRy2HsGdCa4iKxEwTjM"
PEOPLE = ("admin", "clerk", "auditor", "owner")
SETUP = Call("test", "setup")


@dataclass(frozen=True)
class World:
    """The book's file and the numbers of its two accounts; the first one is the owner's."""

    path: Path
    account: str
    other_account: str


def settings_for(path: Path, **changed: object) -> Settings:
    """Settings over a book's file, not read from any environment."""
    values: dict[str, object] = {"database_url": url_of(path), "secret_key": SECRET, "write_wait": 5.0, **FORCED, **changed}
    return Settings.model_validate(values)


def build(path: Path) -> World:
    """Make the book."""
    book = Book(url_of(path))
    book.migrate()
    numbers = book.enter(SETUP, _fill)
    book.enter(SETUP, books.without_gaps)
    book.close()
    return World(path, *numbers)


def _fill(entry: Entry) -> tuple[str, str]:
    organisation.open_book(entry, "Ours")
    unit = users.create_unit(entry, name="Main", alternative_code="M")
    euro = entry.rows.one(Currency, code="EUR")
    assert euro is not None
    customers = [accounts.create_customer(entry, name=name) for name in ("Ada", "Bob")]
    made = [accounts.create(entry, customer=customer, name=f"{customer.name}'s account", currency=euro) for customer in customers]
    secret = hashed(PASSWORD)
    for role in PEOPLE:
        users.create(
            entry,
            username=role,
            password_hash=secret,
            role=role,
            units=[unit],
            customers=customers[:1] if role == "owner" else (),
        )
    machine = users.create(entry, username="connector", password_hash=None, role="clerk", units=[unit], machine=True)
    users.create_key(entry, "connector", machine, key_digest(KEY))
    method = configuration.create_method(entry, name="Cash")
    configuration.create_type(entry, name="Payment", classification="PAYMENT", methods=[method])
    configuration.create_type(entry, name="Cancellation", classification="PAYMENT_CANCEL")
    configuration.create_type(entry, name="Invoice", classification="INVOICE")
    return made[0].number, made[1].number


def token(book: Book, settings: Settings, username: str) -> str:
    """A token of this user, without the cost of a login."""

    def open_one(entry: Entry) -> str:
        user = entry.rows.one(User, username=username)
        assert user is not None
        return open_session(entry, user.pk, None).id

    signer = Tokens(settings.secrets, lifetime=settings.token_lifetime, idle=settings.token_idle)
    return signer.sign(book.enter(SETUP, open_one))
