"""Commits that fail in this process, as a database makes them fail."""

import sqlite3
from typing import Any

import pytest
from peewee import OperationalError

from ledger.storage import transactions


def trouble(name: str) -> OperationalError:
    """What a database in trouble answers, by the name of its error."""
    cause = sqlite3.OperationalError("disk trouble")
    cause.sqlite_errorname = name
    return OperationalError(cause, "disk trouble")


def fail(monkeypatch: pytest.MonkeyPatch, error: BaseException) -> None:
    """Have every commit that has something to commit fail with this error, until the patch is undone."""
    run = transactions.run

    def failing(native: Any, sql: str) -> None:
        if sql == "COMMIT" and native.total_changes:
            raise error
        run(native, sql)

    monkeypatch.setattr(transactions, "run", failing)
