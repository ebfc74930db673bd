"""Bringing a database to the current schema, and the triggers: those that guard the append-only tables, and those that count
the editions of the configuration."""

from collections.abc import Iterable
from pathlib import Path

from peewee import Database
from playhouse.migrations import Runner

from ledger.storage.columns import Table
from ledger.storage.models import APPEND_ONLY, LASTING, Edition

MIGRATIONS = Path(__file__).parent / "migrations"


def _guards() -> dict[str, str]:
    """The triggers that refuse to change the append-only tables: name -> SQL."""
    return {
        f"{table}_refuses_{verb.lower()}": f"BEFORE {verb} ON \"{table}\" BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
        for table in _names(APPEND_ONLY)
        for verb in ("UPDATE", "DELETE")
    }


def _counters() -> dict[str, str]:
    """The triggers that count the editions of the configuration: name -> SQL."""
    counted = f'BEGIN UPDATE "{Edition._meta.table_name}" SET "value" = "value" + 1; END'
    return {
        f"{table}_counts_{verb.lower()}": f'AFTER {verb} ON "{table}" {counted}'
        for table in _names(LASTING)
        for verb in ("INSERT", "UPDATE", "DELETE")
    }


def _names(models: Iterable[type[Table]]) -> list[str]:
    return sorted(str(model._meta.table_name) for model in models)


def _wanted_triggers() -> dict[str, str]:
    return _guards() | _counters()


def guard(db: Database) -> None:
    """Make the triggers again: a table that was rebuilt has lost them without a word."""
    for name, what in _wanted_triggers().items():
        db.execute_sql(f'DROP TRIGGER IF EXISTS "{name}"')
        db.execute_sql(f'CREATE TRIGGER "{name}" {what}')


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
