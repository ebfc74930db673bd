"""Making the demo: the small company day by day, then as many rows as asked, in lots."""

from collections import defaultdict
from collections.abc import Callable, Sequence

from ledger.book import Book
from ledger.ciphers import Cipher
from ledger.entry import Call, Entry
from ledger.organisation import is_used
from ledger.outgoing import Outgoing
from ledger.storage.models import Account
from rpcserver.demo import company as company_
from rpcserver.demo.company import EXAMPLE_ACCOUNT, OTHER_ACCOUNT, Company
from rpcserver.demo.documents import DAY_SECONDS, DIARY, EXAMPLES_DIARY, PAID_DIARY, Deed, Trade, made_invoice, made_payment
from rpcserver.demo.doors import add_webhook

LOT = 1_000
OPENED_DAYS_AGO = 66
CALL = Call("command line", "demo")

Progress = Callable[[str, int, int], None]
"""Told what is being made, how many are done, and of how many."""


class BookInUse(Exception):
    """The database holds a book that the demo must not touch."""


def make(book: Book, secrets: Callable[[], Sequence[str]]) -> Company:
    """Fill a new book with the small company. `secrets` are the server's, asked for when it is sure that the book can be filled."""
    if book.read(CALL, is_used):
        raise BookInUse
    known = secrets()
    cipher = Cipher(known)
    today = book.clock
    try:
        _set_back(book, today, OPENED_DAYS_AGO)
        company = book.enter(CALL, lambda entry: company_.staff(entry, company_.configure(entry), cipher))
        book.enter(CALL, lambda entry: add_webhook(entry, Outgoing(known).cipher))
        for days_ago, deeds in sorted(_diary(company).items(), reverse=True):
            _set_back(book, today, days_ago)
            _enter_day(book, company, deeds)
    finally:
        book.clock = today
    return company


def _set_back(book: Book, today: Callable[[], float], days: int) -> None:
    book.clock = lambda: today() - days * DAY_SECONDS


def _call(company: Company) -> Call:
    return CALL._replace(actor=company.clerk)


def _diary(company: Company) -> dict[int, list[tuple[Deed, Trade]]]:
    """What happens with whom, by how many days ago."""
    days: dict[int, list[tuple[Deed, Trade]]] = defaultdict(list)
    for account in company.accounts:
        trade = Trade(company, account)
        diary = EXAMPLES_DIARY if account.number == EXAMPLE_ACCOUNT else DIARY
        paid = PAID_DIARY if account.number in (EXAMPLE_ACCOUNT, OTHER_ACCOUNT) else {}
        for days_ago, deed in (*diary.items(), *paid.items()):
            days[days_ago].append((deed, trade))
    return days


def _enter_day(book: Book, company: Company, deeds: Sequence[tuple[Deed, Trade]]) -> None:
    def day(entry: Entry) -> None:
        # What a trade notes of its deeds must not be noted twice: holding the whole book a write is not begun again.
        entry.rows.take(None)
        for deed, trade in deeds:
            deed(trade, entry)

    book.enter(_call(company), day)


def enlarge(book: Book, company: Company, progress: Progress, *, accounts: int = 0, invoices: int = 0, payments: int = 0) -> None:
    """Make so many more. What is made goes round-robin over the made accounts, or to account 9 where none are."""
    made: list[Account] = []

    def account(entry: Entry, number: int) -> None:
        made.append(company_.add_account(entry, f"Customer {number + 1:07d}", "EUR"))

    _in_lots(book, _call(company), "accounts", accounts, account, progress)
    trades = [Trade(company, each) for each in made or [company.example_account]]

    def invoice(entry: Entry, number: int) -> None:
        made_invoice(trades[number % len(trades)], entry, number)

    def payment(entry: Entry, number: int) -> None:
        made_payment(trades[number % len(trades)], entry, number)

    _in_lots(book, _call(company), "invoices", invoices, invoice, progress)
    _in_lots(book, _call(company), "payments", payments, payment, progress)


def _in_lots(book: Book, call: Call, name: str, count: int, make_one: Callable[[Entry, int], None], progress: Progress) -> None:
    """Make `count` of something, so many in a commit."""

    def lot(entry: Entry, start: int, end: int) -> None:
        entry.rows.take(None)
        for number in range(start, end):
            make_one(entry, number)

    for start in range(0, count, LOT):
        end = min(start + LOT, count)
        _enter_lot(book, call, lot, start, end)
        progress(name, end, count)


def _enter_lot(book: Book, call: Call, lot: Callable[[Entry, int, int], None], start: int, end: int) -> None:
    book.enter(call, lambda entry: lot(entry, start, end))
