"""Bringing a database to the current schema, and guarding the append-only tables with triggers."""

from pathlib import Path

from peewee import Database
from playhouse.migrations import Runner

from ledger.storage.models import APPEND_ONLY

MIGRATIONS = Path(__file__).parent / "migrations"
VERBS = ("UPDATE", "DELETE")


def _trigger(table: str, verb: str) -> str:
    return f"{table}_refuses_{verb.lower()}"


def _wanted_triggers() -> dict[str, tuple[str, str]]:
    tables = [str(model._meta.table_name) for model in APPEND_ONLY]
    return {_trigger(table, verb): (table, verb) for table in tables for verb in VERBS}


def guard(db: Database) -> None:
    """Make the triggers again: a table that was rebuilt has lost them without a word."""
    for name, (table, verb) in _wanted_triggers().items():
        db.execute_sql(f'DROP TRIGGER IF EXISTS "{name}"')
        db.execute_sql(
            f'CREATE TRIGGER "{name}" BEFORE {verb} ON "{table}" BEGIN SELECT RAISE(ABORT, \'{table} is append-only\'); END'
        )


def missing_guards(db: Database) -> list[str]:
    """The triggers that ought to be there and are not."""
    found = {row[0] for row in db.execute_sql("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall()}
    return sorted(_wanted_triggers().keys() - found)


def pending(db: Database) -> list[str]:
    """The migrations that this database has not had yet."""
    return [step.name for step in Runner(db, str(MIGRATIONS)).status() if step.path is not None and not step.applied]


def migrate(db: Database) -> list[str]:
    """Apply what is pending, then renew the triggers; the names applied. The caller holds the write lock of the database."""
    with db.atomic("IMMEDIATE"):
        applied = Runner(db, str(MIGRATIONS)).up()
        guard(db)
    absent = missing_guards(db)
    if absent:
        raise RuntimeError(f"triggers could not be made: {', '.join(absent)}")
    return [str(name) for name in applied]
