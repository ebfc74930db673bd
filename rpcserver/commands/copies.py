"""`rpcserver backup | restore`: the book and its proof files, copied into a folder and back."""

import os
import sqlite3
import stat
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Annotated

import typer

from ledger.attachments import Files
from ledger.book import Book
from ledger.storage import copying
from ledger.storage.engine import Turns
from ledger.verify import discrepancies
from rpcserver.aside import put_aside
from rpcserver.commands.opening import book_file, fail, sentences
from rpcserver.commands.watching import watched
from rpcserver.settings import Settings, load

BOOK, PROOFS = "book.db", "attachments"
"""What is in the folder of a backup."""
OCCASION = "restore"
POSTGRES = "the book is on PostgreSQL: copy it with pg_dump or pg_basebackup, and bring it back with their counterparts"


def backup(
    to: Annotated[Path, typer.Argument(help="The folder that is made.")],
    force: Annotated[bool, typer.Option(help="Replace a backup that is there.")] = False,
) -> None:
    """Copy the book and its proof files into a new folder, and verify the copy, while the server goes on."""
    settings, book = _settings()
    to = to.resolve()
    if not book.exists():
        fail(f"there is no book at {book}")
    if to.exists() and not (force and _is_backup(to)):
        fail(f"{to} is there already" + ("; --force replaces a backup that is there" if not force else " and is no backup"))
    with _made_beside(to) as made:
        missing = _copy_in(book, made / BOOK, Files(settings.attachment_folder), Files(made / PROOFS))
        found = _findings(made / BOOK)
        copying.closed(made / BOOK)
        copying.synced(made)
        place = to.with_name(f"{to.name}.unverified") if found else to
        _put(made, place)
    _tell(missing, found)
    if found:
        fail(f"the copy does not hold; it is in {place}, and nothing is in its place that was not there")
    typer.echo(f"the book of {book} is in {to}")
    _end_with(missing)


def restore(
    source: Annotated[Path, typer.Argument(metavar="FROM", help="The folder that backup made, or a SQLite book alone.")],
) -> None:
    """Put a copy in the place of the book, which is kept beside it; stop the server first."""
    settings, book = _settings()
    copy = source / BOOK if source.is_dir() else source
    if not copy.exists():
        fail(f"there is no book at {copy}")
    with _made_beside(book) as made:
        missing = _copy_in(copy, made / BOOK, Files(source / PROOFS), Files(settings.attachment_folder))
        found = _findings(made / BOOK)
        copying.synced(made / BOOK)
        if found:
            _tell(missing, found)
            fail(f"the copy in {source} does not hold; nothing was changed")
        aside = _exchange(settings, book, made / BOOK)
    _tell(missing, _wrong_now(settings))
    typer.echo(f"the book of {source} is in {book}" + (f"; what was there is in {aside}" if aside else ""))
    _end_with(missing)


# --- what there is ---


def _settings() -> tuple[Settings, Path]:
    """The settings, and the file of the book that they name."""
    with sentences():
        settings = load()
        if settings.database_url.startswith("postgres"):
            fail(POSTGRES)
        return settings, book_file(settings)


def _is_backup(folder: Path) -> bool:
    """Whether a folder holds what a backup holds, and nothing else."""
    return folder.is_dir() and BOOK in (names := {path.name for path in folder.iterdir()}) and names <= {BOOK, PROOFS}


def _findings(copy: Path) -> list[str]:
    """What does not hold in a copy. One that waits for a migration cannot be verified by this version."""
    found = copying.faults(copy)
    if found:
        return found
    with _opened(copy) as book, watched("verifying") as progress:
        return [] if book.pending() else list(discrepancies(book, progress))


def _wrong_now(settings: Settings) -> list[str]:
    """What is wrong with the book that is now in its place."""
    with _opened(book_file(settings)) as book:
        return book.health()


@contextmanager
def _opened(path: Path) -> Iterator[Book]:
    book = Book(f"sqlite:///{path.resolve()}")
    try:
        yield book
    finally:
        book.close()


# --- putting it in its place ---


@contextmanager
def _made_beside(place: Path) -> Iterator[Path]:
    """A folder beside a place, which is gone when the block ends. What cannot be done ends the command with a sentence."""
    try:
        with tempfile.TemporaryDirectory(prefix=f"{place.name}.", dir=place.parent) as folder:
            made = Path(folder) / "made"
            made.mkdir(0o700)
            yield made
    except (OSError, sqlite3.Error) as error:
        fail(str(error))


def _copy_in(source: Path, target: Path, proofs_of: Files, proofs_to: Files) -> list[str]:
    """Copy a book, then the proof files that it names; a sentence for each of those that is not to be had."""
    with watched("copying the book") as progress:
        copying.copied(source, target, lambda done, of: progress("copying the book", done, of))
    missing = []
    with watched("copying proof files") as progress, sentences():
        names = copying.proofs(target)
        for place, sha256 in enumerate(names, 1):
            if not proofs_to.take(sha256, proofs_of):
                missing.append(f"the proof file {sha256} is missing or damaged")
            progress("copying proof files", place, len(names))
    return missing


def _put(made: Path, place: Path) -> None:
    """Give a folder its name, instead of what has this name now."""
    if place.exists():
        place.rename(made.with_name("old"))
    made.rename(place)
    copying.synced(place.parent)


def _exchange(settings: Settings, book: Path, copy: Path) -> Path | None:
    """Give a copy the name of the book, while nobody has that open; the name that the book has from now on, if there was one."""
    was_there = book.exists()
    try:
        with Turns(settings.database_url), copying.kept_from_others(book) if was_there else nullcontext():
            if was_there:
                _belong_alike(book, copy)
            # Also without a book: a log that was left behind would be read into the copy.
            aside = put_aside(book, OCCASION)
            copy.rename(book)
            copying.synced(book.parent)
    except BlockingIOError:
        fail(f"somebody has {book} open; stop the server first")
    return aside if was_there else None


def _belong_alike(book: Path, copy: Path) -> None:
    """Let whoever could read and write the book do so with the copy."""
    kept = book.stat()
    copy.chmod(stat.S_IMODE(kept.st_mode))
    if os.geteuid() == 0:
        os.chown(copy, kept.st_uid, kept.st_gid)


def _tell(*findings: list[str]) -> None:
    for sentence in (sentence for found in findings for sentence in found):
        typer.echo(sentence)


def _end_with(missing: list[str]) -> None:
    if missing:
        fail(f"{len(missing)} proof files are missing; all else is there")
