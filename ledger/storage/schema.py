"""Bringing a database to the current schema."""

from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

from peewee import Database
from playhouse.migrations import Runner

from ledger.storage import postgresql, triggers
from ledger.storage.triggers import is_on_a_server

MIGRATIONS = Path(__file__).parent / "migrations"


def pending(db: Database) -> list[str]:
    """The migrations that this database has not had yet."""
    return [step.name for step in Runner(db, str(MIGRATIONS)).status() if step.path is not None and not step.applied]


def begun(db: Database) -> AbstractContextManager[Any]:
    """The transaction in which a database is given its schema; what is done within another one belongs to that."""
    # Whatever an address says of isolation: who waited for the lock must see what was applied meanwhile.
    return db.atomic(isolation_level="READ COMMITTED") if is_on_a_server(db) else db.atomic("IMMEDIATE")


def migrate(db: Database) -> list[str]:
    """Apply what is pending, then renew the triggers; the names applied. Who migrates at the same time waits."""
    is_shared = is_on_a_server(db)
    with begun(db):
        if is_shared:
            db.execute_sql(f"SELECT pg_advisory_xact_lock({postgresql.MIGRATION_LOCK})")
        applied = Runner(db, str(MIGRATIONS)).up()
        if is_shared:
            postgresql.prepare(db)
        triggers.make(db)
    absent = triggers.missing(db)
    if absent:
        raise RuntimeError(f"triggers could not be made: {', '.join(absent)}")
    return [str(name) for name in applied]
