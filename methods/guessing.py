"""Guessing passwords is slow: wrong ones are counted, and who sent too many has to wait."""

from dataclasses import replace

from ledger import throttle
from ledger.book import Book
from ledger.entry import Call, Reading


def allowed(book: Book, call: Call, reading: Reading, username: str) -> None:
    """Refuses: TOO_MANY_REQUESTS, for this user from this address, or for the address."""
    throttle.check(reading, username, call.address, book.login_limits)


def counted(book: Book, call: Call, username: str) -> None:
    """Count a wrong password, also when the call is only rehearsed."""
    book.enter(replace(call, rehearsal=False, key=None), lambda entry: throttle.failed(entry, username, call.address))
