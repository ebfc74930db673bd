"""Whatever a test of the ledger did to the company's book, it has to hold afterwards, and its events have to agree with it."""

from collections.abc import Iterator

import pytest

from ledger.book import Book
from tests import books
from tests.books import Clock, Company
from tests.events import unsound


@pytest.fixture
def victim(book: Book, clock: Clock) -> Company:
    """A company whose book may be damaged."""
    return books.company(book, clock)


@pytest.fixture(name="company")
def company_whose_book_holds(company: Company) -> Iterator[Company]:
    """The company; its book is verified when the test is over, and its events held against it."""
    yield company
    assert unsound(company.book) == []
