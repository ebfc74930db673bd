"""The triggers of a book, on either engine: those that refuse to change the append-only tables, and those that count the editions
of the configuration."""

from collections.abc import Iterator
from typing import NamedTuple

from peewee import Database, PostgresqlDatabase

from ledger.storage.models import APPEND_ONLY, LASTING, Edition

_EDITION = f'"{Edition._meta.table_name}"'
_COUNTED = f'UPDATE {_EDITION} SET "value" = "value" + 1'

_ON_SQLITE = "SELECT name FROM sqlite_master WHERE type = 'trigger'"
_ON_A_SERVER = """SELECT tgname FROM pg_trigger JOIN pg_class ON pg_class.oid = tgrelid
    WHERE NOT tgisinternal AND tgenabled = 'A' AND relnamespace = current_schema()::regnamespace"""
_FUNCTIONS = (
    """CREATE OR REPLACE FUNCTION append_only() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN RAISE EXCEPTION '%% is append-only', TG_TABLE_NAME USING ERRCODE = 'integrity_constraint_violation'; END $$""",
    f"""CREATE OR REPLACE FUNCTION counts_edition() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN {_COUNTED}; RETURN NULL; END $$""",
)


class Trigger(NamedTuple):
    """What happens upon a verb on a table: it is refused, or it makes another edition."""

    table: str
    verb: str
    refuses: bool

    @property
    def name(self) -> str:
        return f"{self.table}_{'refuses' if self.refuses else 'counts'}_{self.verb.lower()}"


def is_on_a_server(db: Database) -> bool:
    """Whether this is a connection to a server, rather than to a file."""
    return isinstance(db, PostgresqlDatabase)


def wanted(db: Database) -> Iterator[Trigger]:
    """All triggers that a book has."""
    more = ("TRUNCATE",) if is_on_a_server(db) else ()
    for model in APPEND_ONLY:
        yield from (Trigger(str(model._meta.table_name), verb, True) for verb in ("UPDATE", "DELETE", *more))
    for name in sorted(str(model._meta.table_name) for model in LASTING):
        yield from (Trigger(name, verb, False) for verb in ("INSERT", "UPDATE", "DELETE", *more))


def make(db: Database) -> None:
    """Make the triggers again: a table that was rebuilt has lost them without a word."""
    of_one = _of_a_server if is_on_a_server(db) else _of_sqlite
    for function in _FUNCTIONS if is_on_a_server(db) else ():
        db.execute_sql(function)
    for trigger in wanted(db):
        for statement in of_one(trigger):
            db.execute_sql(statement)


def missing(db: Database) -> list[str]:
    """The names of the triggers that ought to be there, and switched on, and are not."""
    there = {row[0] for row in db.execute_sql(_ON_A_SERVER if is_on_a_server(db) else _ON_SQLITE).fetchall()}
    return sorted(trigger.name for trigger in wanted(db) if trigger.name not in there)


def _of_sqlite(trigger: Trigger) -> Iterator[str]:
    what = f"SELECT RAISE(ABORT, '{trigger.table} is append-only')" if trigger.refuses else _COUNTED
    when = "BEFORE" if trigger.refuses else "AFTER"
    yield f'DROP TRIGGER IF EXISTS "{trigger.name}"'
    yield f'CREATE TRIGGER "{trigger.name}" {when} {trigger.verb} ON "{trigger.table}" BEGIN {what}; END'


def _of_a_server(trigger: Trigger) -> Iterator[str]:
    rows = "ROW" if trigger.refuses and trigger.verb != "TRUNCATE" else "STATEMENT"
    when = "BEFORE" if trigger.refuses else "AFTER"
    what = f"FOR EACH {rows} EXECUTE FUNCTION {'append_only' if trigger.refuses else 'counts_edition'}()"
    yield f'DROP TRIGGER IF EXISTS "{trigger.name}" ON "{trigger.table}"'
    yield f'CREATE TRIGGER "{trigger.name}" {when} {trigger.verb} ON "{trigger.table}" {what}'
    # Also where another server's changes are applied.
    yield f'ALTER TABLE "{trigger.table}" ENABLE ALWAYS TRIGGER "{trigger.name}"'
