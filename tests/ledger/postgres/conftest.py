"""Books on PostgreSQL: two servers over one database, and a hand on the database itself."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest

from ledger.book import Book
from tests import books, engines
from tests.books import Clock, Company
from tests.warm import warm


@pytest.fixture(autouse=True)
def _on_a_server() -> Iterator[None]:
    """Here connections are looked at: nobody else's are kept."""
    if engines.is_sqlite():
        pytest.skip("about PostgreSQL: pytest --engine postgresql")
    with warm.on(False):
        yield


@pytest.fixture
def other(book_file: Path, clock: Clock) -> Iterator[Company]:
    """The same company, asked at another server."""
    book = Book(engines.url_of(book_file), clock=clock)
    yield books.company(book, clock)
    book.close()


@pytest.fixture
def database(book_file: Path) -> Iterator[psycopg.Connection[Any]]:
    """A connection past the ledger."""
    with psycopg.connect(engines.url_of(book_file), autocommit=True) as connection:
        yield connection
