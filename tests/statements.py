"""What is asked of the database: each statement with its parameters, compiled or not."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from unittest.mock import patch

from peewee import Database
from psycopg.conninfo import conninfo_to_dict

from ledger.entry import Reading
from ledger.storage.compiled import Statement
from tests.engines import is_sqlite, path_of

Asked = tuple[str, list[object]]


@contextmanager
def watched(url: str) -> Iterator[list[Asked]]:
    """The statements that this process asks of the book at this address meanwhile, and of no other: a server that another test
    keeps looks into its own every now and then."""
    seen: list[Asked] = []
    run = Statement.run
    execute: Any = Database.execute_sql

    def noted_run(self: Statement, connection: Any, values: Mapping[str, object]) -> Any:
        if _is_of(url, connection):
            seen.append((self.sql, list(self.given(values))))
        return run(self, connection, values)

    def noted_execute(self: Database, sql: str, parameters: Any = None) -> Any:
        found = execute(self, sql, parameters)
        if _is_of(url, self.connection()):
            seen.append((sql, list(parameters or ())))
        return found

    with patch.object(Statement, "run", noted_run), patch.object(Database, "execute_sql", noted_execute):
        yield seen


def _is_of(url: str, connection: Any) -> bool:
    """Whether a connection is one to the book at this address."""
    if is_sqlite():
        return Path(connection.execute("PRAGMA database_list").fetchone()[2]).resolve() == path_of(url).resolve()
    return bool(connection.info.dbname == conninfo_to_dict(url)["dbname"])


def plan(reading: Reading, asked: Asked) -> list[str]:
    """How SQLite goes about a statement."""
    sql, parameters = asked
    return [row[3] for row in reading.rows.db.execute_sql(f"EXPLAIN QUERY PLAN {sql}", parameters).fetchall()]
