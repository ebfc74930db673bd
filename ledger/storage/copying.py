"""Whole copies of a book: made while others write in it, checked page by page, and put in its place while nobody has it open."""

import fcntl
import os
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from urllib.parse import quote

from ledger.storage.engine import OWNER_ONLY
from ledger.storage.models import Attachment

PAGES = 1_000
"""So many pages are copied between two words of progress."""
LOCKED_FROM, LOCKED_BYTES = 1 << 30, 512
"""The bytes by which SQLite locks a file: whoever has a book open, reading or writing, shares a lock on some of them."""

Progress = Callable[[int, int], None]
"""Told how many pages are done, and of how many."""


def copied(source: Path, target: Path, progress: Progress | None = None) -> None:
    """Make `target`, which must not be there, a copy of the book `source` as it is at one moment, which only its owner can read.
    What was committed before is in it. Nobody has to wait; the log of the source grows meanwhile. A sqlite3.Error or an OSError: it
    cannot be done, and what there is of the copy is worth nothing."""

    def told(_status: int, left: int, of: int) -> None:
        if progress is not None:
            progress(of - left, of)

    os.close(os.open(target, os.O_RDWR | os.O_CREAT | os.O_EXCL, OWNER_ONLY))
    with closing(_opened(source)) as reading, closing(_opened(target)) as writing:
        # As long as this moment lasts for the reader, the copy is of this moment; otherwise each commit would begin it anew.
        reading.execute("BEGIN")
        reading.execute("SELECT count(*) FROM sqlite_master")
        reading.backup(writing, pages=PAGES, progress=told)


def faults(book: Path) -> list[str]:
    """What SQLite finds wrong with the pages and indexes of a book; nothing, if all is well."""
    with closing(_opened(book)) as db:
        found = [str(row[0]) for row in db.execute("PRAGMA integrity_check")]
    return [] if found == ["ok"] else found


def proofs(book: Path) -> list[str]:
    """The sha256 of every proof file that a book names, whatever its schema; withdrawn ones too."""
    with closing(_opened(book)) as db:
        return [row[0] for row in db.execute(f"SELECT DISTINCT sha256 FROM {Attachment._meta.table_name} ORDER BY sha256")]


def closed(book: Path) -> None:
    """Make a book that nobody has open one single file, without a log beside it, and have it on disk."""
    with closing(_opened(book)) as db:
        db.execute("PRAGMA journal_mode = delete")
    synced(book)


def synced(path: Path) -> None:
    """Have a file, or the names in a folder, on disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def kept_from_others(book: Path) -> Iterator[None]:
    """Nobody can open the book while the block runs. A BlockingIOError: somebody has it open."""
    with book.open("r+b") as file:
        fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB, LOCKED_BYTES, LOCKED_FROM)
        yield


def _opened(book: Path) -> sqlite3.Connection:
    """A connection to a file that has to be there."""
    return sqlite3.connect(f"file:{quote(str(book.resolve()))}?mode=rw", uri=True, isolation_level=None)
