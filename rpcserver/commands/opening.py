"""What the commands share: the settings and the book, and a sentence and exit status 1 when something cannot be done."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NoReturn

import typer

from ledger import organisation
from ledger.book import Book
from ledger.entry import Call
from ledger.errors import Refusal
from ledger.storage.engine import sqlite_path
from rpcserver.app import open_book
from rpcserver.settings import Settings, SettingsError, load

DOOR = "command line"
FIRST_MIGRATION = "0001"


def fail(sentence: str) -> NoReturn:
    """End with a sentence on stderr and exit status 1."""
    typer.echo(f"rpcserver: {sentence}", err=True)
    raise typer.Exit(1)


@contextmanager
def sentences() -> Iterator[None]:
    """Settings that cannot be used and refusals end the command with their sentence."""
    try:
        yield
    except SettingsError as error:
        fail(str(error))
    except Refusal as refusal:
        fail(f"{refusal.code}: {refusal.message}")


@contextmanager
def opened(settings: Settings | None = None, *, current: bool = True) -> Iterator[Book]:
    """The book that the settings name, with the current schema unless any will do. An empty database becomes a new book; one that
    waits for a migration is left alone, because a backup comes first."""
    with sentences():
        found = settings or load()
        book = _book(found)
        try:
            if current:
                ensure_current(book, found)
            yield book
        finally:
            book.close()


def _book(settings: Settings) -> Book:
    try:
        return open_book(settings)
    except ValueError as error:
        raise SettingsError(str(error)) from None


def book_file(settings: Settings) -> Path:
    """The file of the book that the settings name."""
    try:
        return Path(sqlite_path(settings.database_url))
    except ValueError as error:
        raise SettingsError(str(error)) from None


def ensure_current(book: Book, settings: Settings) -> None:
    """Make an empty database a book; refuse one that has a migration pending."""
    if is_new(book):
        renew(book, settings)


def is_new(book: Book) -> bool:
    """Whether the database is empty. One that holds a book which waits for a migration is refused."""
    pending = book.pending()
    if pending and not pending[0].startswith(FIRST_MIGRATION):
        names = ", ".join(pending)
        fail(f"the database waits for a migration ({names}); make a backup, then run: rpcserver migrate")
    return bool(pending)


def renew(book: Book, settings: Settings) -> list[str]:
    """Apply what is pending, and open the book if it is new; the migrations applied."""
    applied = book.migrate()
    book.enter(Call(DOOR, "migrate"), lambda entry: organisation.open_book(entry, settings.organisation, settings.default_currency))
    return applied
