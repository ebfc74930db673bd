"""Databases that tests on PostgreSQL hand on: filled as the template is, unless more than rows was changed or somebody is there."""

from contextlib import closing
from pathlib import Path

import psycopg
import pytest

from ledger.book import Book
from tests import books, engines
from tests.books import Clock
from tests.engines import chosen, copied, dropped, url_of
from tests.warm import warm


@pytest.fixture(autouse=True)
def _on_a_server() -> None:
    if engines.is_sqlite():
        pytest.skip("about PostgreSQL: pytest --engine postgresql")


def paid(path: Path) -> int:
    """The number of a payment that is made in a book, which it has to have handed out in the end."""
    with closing(Book(url_of(path), clock=Clock())) as book:
        return int(str(books.company(book, Clock()).pay().number))


def handed_on(template: Path, folder: Path) -> tuple[Path, str]:
    """A database that another one has used, and what that one called it."""
    path = copied(template, folder / "first" / "company.db")
    name = chosen.databases[path]
    first = paid(path)
    dropped(folder / "first")
    again = copied(template, folder / "second" / "company.db")
    assert first == 1
    return again, name


def test_it_is_filled_as_its_template_is(company_template: Path, tmp_path: Path) -> None:
    with warm.on(False):
        made = copied(company_template, tmp_path / "made" / "company.db")
    kept = engines.contents(made)
    path, name = handed_on(company_template, tmp_path)
    assert chosen.databases[path] == name
    assert engines.contents(path) == kept
    assert paid(path) == 1, "its numbers begin anew"
    with pytest.raises(psycopg.Error, match="append-only"), psycopg.connect(url_of(path)) as connection:
        connection.execute("DELETE FROM journal_entry")


def test_one_with_another_form_is_not_handed_on(company_template: Path, tmp_path: Path) -> None:
    path, name = handed_on(company_template, tmp_path)
    with psycopg.connect(url_of(path)) as connection:
        connection.execute("CREATE INDEX more ON payment (number)")
    dropped(tmp_path)
    assert chosen.databases.get(path) is None
    assert name not in warm.names


def test_one_that_somebody_is_in_is_not_handed_on(company_template: Path, tmp_path: Path) -> None:
    path, name = handed_on(company_template, tmp_path)
    with closing(psycopg.connect(url_of(path))) as connection:
        connection.execute("SELECT 1")
        dropped(tmp_path)
        assert name not in warm.names
        with pytest.raises(psycopg.OperationalError):
            connection.execute("SELECT 1")
