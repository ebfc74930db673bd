"""What a connection is like."""

from contextlib import closing
from pathlib import Path

import pytest

from ledger.book import Book
from ledger.entry import Entry, Reading
from tests import engines
from tests.books import SETUP, Clock, Company


def setting(reading: Reading, name: str) -> str:
    return str(reading.rows.db.execute_sql("SELECT current_setting(%s)", (name,)).fetchall()[0][0])


def test_the_options_of_an_address_count_more_than_ours(book_file: Path, clock: Clock) -> None:
    url = engines.url_of(book_file)
    more = url + ("%20" if "options=" in url else "&options=") + "-c%20lock_timeout%3D77"
    with closing(Book(more, clock=clock)) as book:
        assert book.read(SETUP, lambda reading: setting(reading, "lock_timeout")) == "77ms"


@pytest.mark.parametrize("told", ["off", "local"])
def test_a_write_is_on_disk_whatever_the_server_was_told(book_file: Path, clock: Clock, told: str) -> None:
    url = engines.url_of(book_file)
    more = url + ("%20" if "options=" in url else "&options=") + f"-c%20synchronous_commit%3D{told}"
    with closing(Book(more, clock=clock)) as book:
        assert book.enter(SETUP, lambda entry: setting(entry, "synchronous_commit")) == "on"


def test_a_stronger_promise_of_the_server_stays(book_file: Path, clock: Clock) -> None:
    url = engines.url_of(book_file)
    more = url + ("%20" if "options=" in url else "&options=") + "-c%20synchronous_commit%3Dremote_apply"
    with closing(Book(more, clock=clock)) as book:
        assert book.enter(SETUP, lambda entry: setting(entry, "synchronous_commit")) == "remote_apply"


def test_writes_are_as_isolated_as_the_address_says(company: Company) -> None:
    wanted = "serializable" if engines.chosen.engine == engines.SERIALIZABLE else "read committed"

    def isolation(entry: Entry) -> str:
        return setting(entry, "transaction_isolation")

    assert company.do(isolation) == wanted
    assert company.read(lambda reading: setting(reading, "transaction_isolation")) == "repeatable read"
