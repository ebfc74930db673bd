"""Connections to PostgreSQL, through psycopg 3: each its own object, so that it can be handed from thread to thread.

The address is libpq's own: several hosts, any of its parameters. What it leaves out is filled in so that nothing waits for ever.
"""

from typing import Any

from peewee import Database, PostgresqlDatabase
from psycopg import Connection, ProgrammingError
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from psycopg.errors import Diagnostic
from psycopg.pq import TransactionStatus
from psycopg.types.numeric import Int8BinaryDumper
from psycopg.types.string import StrDumperUnknown

from ledger.storage.engine import TRANSLATED

CONNECT_SECONDS = 3
ABANDONED_SECONDS = 60
"""So long the server keeps the locks of a transaction in which nothing is asked any more: its client's machine may be gone."""
WRITABLE = ("read-write", "primary")
"""Where a book may be: what is decided upon must be read where it is written."""
STATEMENTS_KEPT = 512
"""How many prepared statements a connection keeps."""

NO_TEXT = "\uffff"
"""A character that is none, for use inside programs."""

_DURABLE = "SELECT set_config('synchronous_commit', 'on', false) WHERE current_setting('synchronous_commit') IN ('off', 'local')"
"""What is answered is on disk, whatever the server was told."""
_ISOLATION = "SELECT current_setting('default_transaction_isolation')"
_ACTIVE = frozenset({TransactionStatus.INTRANS, TransactionStatus.INERROR, TransactionStatus.ACTIVE})


class Native(Connection[Any]):
    """A connection of psycopg that can say what SQLite's says of itself."""

    is_serializable = False

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.warned: list[str] = []

    def __del__(self, *_: Any) -> None:
        # Who lets go of a book lets go of its connections, as on SQLite.
        if hasattr(self, "pgconn"):
            self.pgconn.finish()

    def noted(self, notice: Diagnostic) -> None:
        """Keep what the server warns of."""
        if notice.severity_nonlocalized == "WARNING":
            self.warned.append(str(notice.message_primary))

    @property
    def in_transaction(self) -> bool:
        """Whether there is anything to roll back."""
        return self.pgconn.transaction_status in _ACTIVE


class _TextDumper(StrDumperUnknown):
    """PostgreSQL keeps no NUL, and no door lets one be written; what is looked up with one is not found."""

    def dump(self, obj: str) -> Any:
        return super().dump(obj.replace("\0", NO_TEXT) if "\0" in obj else obj)


class Postgres(PostgresqlDatabase):
    """Peewee's PostgreSQL over such a connection."""

    def _connect(self) -> Native:
        native = Native.connect(self.database, autocommit=True)
        native.add_notice_handler(native.noted)
        native.prepared_max = STATEMENTS_KEPT
        # Numbers of one width: one prepared statement serves small and large ones.
        native.adapters.register_dumper(int, Int8BinaryDumper)
        native.adapters.register_dumper(str, _TextDumper)
        native.execute(_DURABLE)
        native.is_serializable = native.execute(_ISOLATION).fetchall()[0][0] == "serializable"
        return native


def address(url: str, wait_seconds: float) -> str:
    """The address with what it leaves out. A ValueError: it is none, or would let the book be read elsewhere than it is written."""
    try:
        given = conninfo_to_dict(url)
    except ProgrammingError as error:
        raise ValueError(f"DATABASE_URL must look like postgresql://user@host/name: {error}") from error
    if not given.get("dbname"):
        raise ValueError("DATABASE_URL must name a database, as in postgresql://user@host/name")
    if given.get("target_session_attrs", WRITABLE[0]) not in WRITABLE:
        raise ValueError(f"target_session_attrs in DATABASE_URL must be {' or '.join(WRITABLE)}")
    milliseconds = int(wait_seconds * 1000)
    filled: dict[str, Any] = {
        "application_name": "rpcserver",
        "connect_timeout": CONNECT_SECONDS,
        "target_session_attrs": WRITABLE[0],
        "tcp_user_timeout": milliseconds,
        "keepalives_idle": CONNECT_SECONDS,
        "keepalives_interval": CONNECT_SECONDS,
    }
    # What the address says itself comes later, and counts.
    options = (
        f"-c lock_timeout={milliseconds} -c idle_in_transaction_session_timeout={ABANDONED_SECONDS}s {given.get('options', '')}"
    )
    return make_conninfo(url, **(filled | given | {"options": options.strip()}))


def connection(url: str, wait_seconds: float) -> Database:
    """A closed connection object; `connect()` opens it."""
    return Postgres(address(url, wait_seconds), prefer_psycopg3=True, thread_safe=False, autoconnect=False)


def take(native: Native, statements: str) -> int:
    """Run statements in one go; the number that the last one brings. Errors are peewee's."""
    with TRANSLATED:
        # Several statements at once cannot be prepared.
        found = native.execute(statements, prepare=False)
        while found.nextset():
            pass
        return int(found.fetchall()[0][0] or 0)
