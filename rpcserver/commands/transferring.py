"""`rpcserver copy`: a book moves from one engine to another."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from ledger.book import Book
from ledger.engines import is_on_a_server
from ledger.storage.engine import sqlite_path
from ledger.transfer import NotCopied
from ledger.verify import discrepancies
from rpcserver.commands.opening import fail, is_new, opened, sentences
from rpcserver.commands.watching import watched
from rpcserver.settings import Settings, load

PROOFS = "proof files stay where they are, in ATTACHMENT_FOLDER: the servers of the copy need them too"


def copy(
    source: Annotated[str, typer.Option("--from", help="The address of the book, as in DATABASE_URL.")],
    target: Annotated[str, typer.Option("--to", help="The address of an empty database.")],
) -> None:
    """Copy a whole book into an empty database, of the same engine or the other one, and verify both; stop the servers first."""
    with sentences():
        settings = load()
    with _book(settings, source) as book, _book(settings, target) as copied:
        if not _is_there(source) or is_new(book):
            fail("there is no book at the address given with --from")
        # Refused is also what waits for a migration.
        is_new(copied)
        rows = _copied(book, copied)
        found = [f"{name}: {line}" for name, each in (("the book", book), ("the copy", copied)) for line in _findings(each)]
    for line in found:
        typer.echo(line)
    typer.echo(f"{rows} rows were copied, each the same as before; {PROOFS}")
    if found:
        fail(f"{len(found)} discrepancies: the copy holds no better than the book")
    typer.echo("both books hold: no discrepancy")


@contextmanager
def _book(settings: Settings, url: str) -> Iterator[Book]:
    with opened(settings.model_copy(update={"database_url": url}), current=False) as book:
        yield book


def _is_there(url: str) -> bool:
    """Whether there is anything to be opened: SQLite would make a file."""
    return is_on_a_server(url) or Path(sqlite_path(url)).exists()


def _copied(book: Book, copied: Book) -> int:
    with watched("copying") as progress:
        try:
            return copied.take_over(book, progress)
        except NotCopied as error:
            fail(f"nothing was copied: {error}")


def _findings(book: Book) -> list[str]:
    with watched("verifying") as progress:
        return list(discrepancies(book, progress))
