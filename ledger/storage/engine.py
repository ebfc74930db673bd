"""Opening the database: one connection an object, so that a connection can be handed from thread to thread."""

from collections.abc import Mapping
from urllib.parse import urlsplit

from peewee import Database, PeeweeException, SqliteDatabase
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
)
"""What a database that cannot take a call now answers, by the beginning of its error name."""

PRAGMAS: Mapping[str, object] = {
    "journal_mode": "wal",
    "synchronous": "full",
    "foreign_keys": 1,
    # Without it INSERT OR REPLACE deletes a row without firing its DELETE trigger.
    "recursive_triggers": 1,
    "temp_store": "memory",
    "wal_autocheckpoint": 2000,
}
WRITER_CACHE_KIB = -32_000
READER_CACHE_KIB = -8_000


def sqlite_path(url: str) -> str:
    """The file of a `sqlite:///name.db` (relative) or `sqlite:////folder/name.db` address; anything else is a ValueError."""
    if urlsplit(url).scheme != "sqlite":
        raise ValueError("DATABASE_URL must look like sqlite:///rpcserver.db")
    path = str(parse(url)["database"])
    if not path or path == ":memory:":
        raise ValueError("DATABASE_URL must name a file: the book is kept on disk")
    return path


def connection(url: str, *, writes: bool, wait_seconds: float) -> Database:
    """A closed connection object; `connect()` opens it. A reader refuses to write."""
    pragmas = dict(PRAGMAS) | ({"cache_size": WRITER_CACHE_KIB} if writes else {"cache_size": READER_CACHE_KIB, "query_only": 1})
    return SqliteDatabase(
        sqlite_path(url), pragmas=pragmas, timeout=wait_seconds, check_same_thread=False, thread_safe=False, autoconnect=False
    )


def is_unavailable(error: PeeweeException) -> bool:
    """Whether an error means that the database cannot take the call now, rather than that the call is wrong."""
    name = getattr(getattr(error, "orig", None), "sqlite_errorname", "")
    return name.startswith(UNAVAILABLE)
