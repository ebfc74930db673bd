"""What is asked of the database: each statement with its parameters, compiled or not."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from unittest.mock import patch

from peewee import Database

from ledger.entry import Reading
from ledger.storage.compiled import Statement

Asked = tuple[str, list[object]]


@contextmanager
def watched(book: Path | None = None) -> Iterator[list[Asked]]:
    """The statements that run meanwhile, in this process; where an SQLite book is named, of the compiled ones its own alone, as a
    server that another test keeps looks into its book every now and then."""
    seen: list[Asked] = []
    run = Statement.run
    execute: Any = Database.execute_sql

    def noted_run(self: Statement, connection: Any, values: Mapping[str, object]) -> Any:
        if book is None or Path(connection.execute("PRAGMA database_list").fetchone()[2]).samefile(book):
            seen.append((self.sql, list(self.given(values))))
        return run(self, connection, values)

    def noted_execute(self: Database, sql: str, parameters: Any = None) -> Any:
        seen.append((sql, list(parameters or ())))
        return execute(self, sql, parameters)

    with patch.object(Statement, "run", noted_run), patch.object(Database, "execute_sql", noted_execute):
        yield seen


def plan(reading: Reading, asked: Asked) -> list[str]:
    """How SQLite goes about a statement."""
    sql, parameters = asked
    return [row[3] for row in reading.rows.db.execute_sql(f"EXPLAIN QUERY PLAN {sql}", parameters).fetchall()]
