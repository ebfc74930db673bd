"""The engines that a book can be kept on, by how its address begins."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from pkgutil import resolve_name
from typing import Protocol
from urllib.parse import urlsplit

from peewee import Database

from ledger.committing import Committer
from ledger.means import Means
from ledger.requests import Requests
from ledger.writing import Job, Outcome

POSTGRES = frozenset({"postgresql", "postgres"})


class Engine(Protocol):
    """What the gate asks of an engine."""

    threads: int
    """How many threads write at a time."""
    requests: Requests | None
    """Where several servers count requests together; None where there is one."""

    @property
    def reading(self) -> Callable[[], AbstractContextManager[Database]]:
        """A connection within a transaction that reads. Refuses: SERVICE_UNAVAILABLE."""

    def commit(self, jobs: list[Job]) -> list[tuple[Job, Outcome]]:
        """Do the jobs that nobody has given up by now, and commit them; what became of these. It raises nothing."""

    def alone(self, *, writes: bool) -> AbstractContextManager[Database]:
        """A connection that no call is written on meanwhile."""

    def close(self, seconds: float) -> None:
        """Close all connections, waiting for no longer than this."""


def is_on_a_server(url: str) -> bool:
    """Whether a database's address names a server, rather than a file."""
    return urlsplit(url).scheme in POSTGRES


def engine_of(url: str, means: Means, *, connections: int) -> Engine:
    """The engine of a database's address; a ValueError if there is none."""
    if not is_on_a_server(url):
        return Committer(url, means)
    try:
        # The driver is an extra: who keeps the book on SQLite has none.
        engine = resolve_name("ledger.postgres.committing:Committer")
    except ImportError as error:
        if error.name not in (None, "psycopg"):
            raise
        raise ValueError("DATABASE_URL names PostgreSQL, whose driver is not there: pip install rpcserver[postgres]") from error
    made: Engine = engine(url, means, connections)
    return made
