"""Opening the database: one connection an object, so that a connection can be handed from thread to thread."""

import fcntl
import os
import stat
from collections.abc import Mapping
from contextlib import AbstractContextManager, suppress
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from weakref import finalize

from peewee import (
    Database,
    DatabaseError,
    DataError,
    ExceptionWrapper,
    IntegrityError,
    InterfaceError,
    InternalError,
    NotSupportedError,
    OperationalError,
    PeeweeException,
    ProgrammingError,
    SqliteDatabase,
)
from playhouse.db_url import parse

UNAVAILABLE = (
    "SQLITE_BUSY",
    "SQLITE_LOCKED",
    "SQLITE_FULL",
    "SQLITE_IOERR",
    "SQLITE_CANTOPEN",
    "SQLITE_READONLY",
    "SQLITE_NOMEM",
    "SQLITE_NOTADB",
    "SQLITE_CORRUPT",
    "SQLITE_PROTOCOL",
)
"""What a database that cannot take a call now answers, by the beginning of its error name."""
UNAVAILABLE_STATES = ("08", "25006", "40001", "40P01", "53", "55P03", "57", "58")
"""The same of a server, by the beginning of its SQLSTATE: no connection, no writing here, others in the way, no room, a wait that
took too long, an operator, an input or output error."""
BUSY = ("SQLITE_BUSY", "SQLITE_LOCKED", "40001", "40P01", "55P03")
"""Those of both that say no more than that others are in the way."""

UNDONE = ("SQLITE_FULL", "SQLITE_IOERR_WRITE", "SQLITE_BUSY", "SQLITE_READONLY", "SQLITE_CONSTRAINT")
"""What a COMMIT answers that has written no end of its transaction."""

_ERRORS = (
    DatabaseError,
    DataError,
    IntegrityError,
    InterfaceError,
    InternalError,
    NotSupportedError,
    OperationalError,
    ProgrammingError,
)
TRANSLATED: AbstractContextManager[Any] = ExceptionWrapper({error.__name__: error for error in _ERRORS})
"""What runs on a connection of the engine's own raises peewee's exceptions within this."""

PRAGMAS: Mapping[str, object] = {
    "journal_mode": "wal",
    "synchronous": "full",
    "foreign_keys": 1,
    # Without it INSERT OR REPLACE deletes a row without firing its DELETE trigger.
    "recursive_triggers": 1,
    "temp_store": "memory",
    # Pages that are changed again and again, as most are, go into the file once each time; 32 MB of log is a price worth it.
    "wal_autocheckpoint": 8000,
}
WRITER_CACHE_KIB = -32_000
READER_CACHE_KIB = -8_000
STATEMENTS_KEPT = 512
"""How many prepared statements a connection keeps."""


def sqlite_path(url: str) -> str:
    """The file of a `sqlite:///name.db` (relative) or `sqlite:////folder/name.db` address; anything else is a ValueError."""
    if urlsplit(url).scheme != "sqlite":
        raise ValueError("DATABASE_URL must look like sqlite:///rpcserver.db or postgresql://user@host/name")
    path = str(parse(url)["database"])
    if not path or path == ":memory:":
        raise ValueError("DATABASE_URL must name a file: the book is kept on disk")
    return path


def connection(url: str, *, writes: bool, wait_seconds: float) -> Database:
    """A closed connection object; `connect()` opens it. A reader refuses to write."""
    pragmas = dict(PRAGMAS) | ({"cache_size": WRITER_CACHE_KIB} if writes else {"cache_size": READER_CACHE_KIB, "query_only": 1})
    return SqliteDatabase(
        sqlite_path(url),
        pragmas=pragmas,
        timeout=wait_seconds,
        check_same_thread=False,
        thread_safe=False,
        autoconnect=False,
        cached_statements=STATEMENTS_KEPT,
    )


def is_unavailable(error: PeeweeException) -> bool:
    """Whether an error means that the database cannot take the call now, rather than that the call is wrong. What follows from such
    an error, as the failing of a savepoint that the database has undone, means the same."""
    if isinstance(getattr(error, "orig", None), OSError):
        return True
    each: BaseException | None = error
    while each is not None:
        if getattr(getattr(each, "orig", each), "sqlite_errorname", "").startswith(UNAVAILABLE) or _is_away(each):
            return True
        each = each.__context__
    return False


def is_busy(error: BaseException) -> bool:
    """Whether an error of the database means that others were in the way."""
    said = getattr(error, "orig", error)
    return str(getattr(said, "sqlite_errorname", None) or getattr(said, "sqlstate", None) or "").startswith(BUSY)


def is_undone(error: PeeweeException) -> bool:
    """Whether a COMMIT that failed with this error has left nothing on disk.

    SQLite appends the changed pages to its log, the last one marked as the end of the transaction, and has the log synced. When
    writing fails that mark is missing. When what comes after it fails, as the syncing, SQLite takes the transaction back in memory;
    yet whoever reads the log anew, after a crash, finds it whole, unless another transaction was written over it.
    """
    return str(getattr(getattr(error, "orig", error), "sqlite_errorname", "")).startswith(UNDONE)


def _is_away(error: BaseException) -> bool:
    """Whether a server says that it cannot take the call now, or says nothing any more."""
    state = getattr(getattr(error, "orig", None), "sqlstate", "")
    return isinstance(error, OperationalError | InterfaceError) if state is None else state.startswith(UNAVAILABLE_STATES)


OWNER_ONLY = 0o600


class Turns:
    """The turns of several processes that write to one file: each commits a batch and lets the next one go, where SQLite's own busy
    handler would let some of them starve. A file beside the database is locked; nothing is written into it."""

    def __init__(self, url: str) -> None:
        self._path = Path(sqlite_path(url))
        self._file: int | None = None
        self._left: finalize[[int], Turns] | None = None

    def __enter__(self) -> None:
        try:
            if self._file is None:
                self._file = self._opened()
                self._left = finalize(self, os.close, self._file)
            fcntl.flock(self._file, fcntl.LOCK_EX)
        except OSError as error:
            self.close()
            raise OperationalError(error, str(error)) from error

    def __exit__(self, *_: object) -> None:
        # Without the file there is no lock either; what was done under it stays done.
        try:
            if self._file is not None:
                fcntl.flock(self._file, fcntl.LOCK_UN)
        except OSError:
            self.close()

    def close(self) -> None:
        """Let go of the file."""
        if self._left is not None:
            with suppress(OSError):
                self._left()
        self._file = self._left = None

    def _opened(self) -> int:
        """The file, open: whoever may write to the database may lock it, also if somebody else was the first one to do so."""
        path = self._path.with_name(f"{self._path.name}-turn")
        with suppress(FileExistsError, FileNotFoundError):
            kept = self._path.stat()
            made = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, OWNER_ONLY)
            os.fchmod(made, stat.S_IMODE(kept.st_mode))
            if os.geteuid() == 0:
                os.fchown(made, kept.st_uid, kept.st_gid)
            return made
        return os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, OWNER_ONLY)
