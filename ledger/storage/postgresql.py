"""What a book needs on PostgreSQL besides its tables, made after every migration, however often: texts that sort by their bytes as
they do on SQLite, sequences for numbers, and counters that servers share."""

from collections.abc import Iterator

from peewee import Database

from ledger.numbering import SERIES

MIGRATION_LOCK = -2
"""Two servers that are updated at the same time migrate one after the other."""
REQUESTS = "request_count"
"""The table in which servers count requests together."""

_OTHER_TEXTS = """SELECT table_name, column_name, pg_catalog.format_type(atttypid, atttypmod)
    FROM information_schema.columns JOIN pg_attribute
        ON attrelid = format('%%I.%%I', table_schema, table_name)::regclass AND attname = column_name
    WHERE table_schema = current_schema() AND data_type IN ('text', 'character varying')
        AND collation_name IS DISTINCT FROM 'C' ORDER BY table_name, column_name"""


def sequence(series: str) -> str:
    """The sequence of a number series (`payment.number`)."""
    return f"series_{series.replace('.', '_')}"


def prepare(db: Database) -> None:
    """Make what is not there yet. The caller holds the lock of migrations, and is in a transaction."""
    for table, changes in _collations(db):
        db.execute_sql(f'ALTER TABLE "{table}" {changes}')
    for series in SERIES:
        db.execute_sql(f"CREATE SEQUENCE IF NOT EXISTS {sequence(series)}")
    db.execute_sql(
        f'CREATE UNLOGGED TABLE IF NOT EXISTS {REQUESTS} (name varchar(300) COLLATE "C" PRIMARY KEY, '
        "stretch bigint NOT NULL, requests bigint NOT NULL)"
    )


def _collations(db: Database) -> Iterator[tuple[str, str]]:
    """By table, how the texts are made to sort that do not sort by their bytes."""
    found: dict[str, list[str]] = {}
    for table, column, kind in db.execute_sql(_OTHER_TEXTS).fetchall():
        found.setdefault(table, []).append(f'ALTER COLUMN "{column}" TYPE {kind} COLLATE "C"')
    for table, changes in found.items():
        yield table, ", ".join(changes)
