"""The engine that the tests' books are kept on: SQLite, or PostgreSQL at one of two levels of isolation (`pytest --engine`).

A book goes by the path of a file, whatever keeps it: on PostgreSQL by a database that is named after the path.
"""

import hashlib
import os
import shutil
import sqlite3
from contextlib import closing
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import psycopg

from tests import postgres
from tests.warm import warm

SQLITE, POSTGRES, SERIALIZABLE = "sqlite", "postgresql", "serializable"
ENGINES = (SQLITE, POSTGRES, SERIALIZABLE)
OPTIONS = {POSTGRES: "", SERIALIZABLE: "-c default_transaction_isolation=serializable"}


@dataclass
class _Chosen:
    """What the run was started with, and the databases that were made in it, by path."""

    engine: str = SQLITE
    databases: dict[Path, str] = field(default_factory=dict)


chosen = _Chosen()


def is_sqlite() -> bool:
    """Whether books are files."""
    return chosen.engine == SQLITE


def url_of(path: Path) -> str:
    """The address of the book that goes by this path; a database is made where there is none yet."""
    if is_sqlite():
        return f"sqlite:///{path}"
    if path not in chosen.databases:
        postgres.create(_database(path))
    return postgres.address(_database(path), OPTIONS[chosen.engine])


def path_of(url: str) -> Path:
    """The path that the book at this address goes by."""
    if is_sqlite():
        return Path(url.removeprefix("sqlite:///"))
    return next(path for path in chosen.databases if url_of(path) == url)


def copied(template: Path, path: Path) -> Path:
    """A copy of a book that nobody has open, in place of one that nobody has used yet."""
    if is_sqlite():
        return Path(shutil.copy(template, path))
    if path in chosen.databases:
        # Somebody may have its address already.
        warm.forget(_database(template))
        postgres.drop(_database(path))
        postgres.create(_database(path), _database(template))
    else:
        chosen.databases[path] = warm.copied(_name(path), _database(template))
    return path


class Beside:
    """A connection to a book past the ledger."""

    def __init__(self, path: Path) -> None:
        self._native: Any = (
            sqlite3.connect(path, isolation_level=None) if is_sqlite() else psycopg.connect(url_of(path), autocommit=True)
        )

    def rows(self, query: str) -> list[Any]:
        """What a query finds; of a statement that finds nothing, nothing."""
        cursor = self._native.execute(query)
        return list(cursor.fetchall()) if cursor.description else []

    def contents(self) -> list[Any]:
        """Everything that is in the tables."""
        return [self.rows(query) for query in self._queries]

    @cached_property
    def _queries(self) -> list[str]:
        """What asks for all of it: on a server once, as asking takes longer there than answering."""
        if is_sqlite():
            return [
                f'SELECT * FROM "{name}"' for name in ("sqlite_master", *self._names("sqlite_master WHERE type = 'table'", "name"))
            ]
        names = self._names("pg_tables WHERE schemaname = current_schema()", "tablename")
        return [" UNION ALL ".join(f"SELECT '{name}', kept::text FROM \"{name}\" AS kept" for name in names) + " ORDER BY 1, 2"]

    def _names(self, tables: str, column: str) -> list[str]:
        return [name for (name,) in self.rows(f"SELECT {column} FROM {tables}")]

    def close(self) -> None:
        self._native.close()


def contents(path: Path) -> list[Any]:
    """Everything that is in the tables of a book."""
    with closing(Beside(path)) as beside:
        return beside.contents()


def dropped(folder: Path) -> None:
    """Remove the databases that go by paths in this folder."""
    for path in [path for path in chosen.databases if path.is_relative_to(folder)]:
        warm.dropped(chosen.databases.pop(path))


def removed() -> None:
    """Remove all databases of this process: others may go on using the server."""
    for name in {*chosen.databases.values(), *warm.names}:
        warm.forget(name)
        postgres.drop(name)
    chosen.databases.clear()


def _database(path: Path) -> str:
    """The database of a path."""
    return chosen.databases.setdefault(path, _name(path))


def _name(path: Path) -> str:
    """A name that no other process uses: others may use the same server."""
    return f"test_{os.getpid()}_{hashlib.sha1(str(path).encode()).hexdigest()[:20]}"
