"""A whole book, copied from one database into another one, whatever engine keeps either of them."""

from collections.abc import Callable, Iterator
from graphlib import TopologicalSorter
from itertools import zip_longest
from typing import Any

from peewee import SQL, Database, PeeweeException, Select, fn

from ledger.entry import Reading
from ledger.series import counted
from ledger.storage import schema
from ledger.storage.columns import Table
from ledger.storage.compiled import Statement, layout, slot, truly
from ledger.storage.engine import TRANSLATED
from ledger.storage.models import TABLES, Edition, NumberSeries, Placing
from ledger.storage.postgresql import sequence

LOT = 1_000
LOWEST = -(2**63)
MADE_BY_MIGRATIONS: frozenset[type[Table]] = frozenset({Edition, Placing})
"""The tables that a migration puts rows into, for which those of the copied book are put."""

Lot = list[tuple[Any, ...]]
Progress = Callable[[str, int, int], None]
"""Told which table is being copied, how many rows of all tables are done, and of how many."""


class NotCopied(Exception):
    """The book cannot be copied; a sentence says why. The target is as it was."""


def transferred(source: Reading, target: Reading, progress: Progress | None = None) -> int:
    """Make the target's database, which must hold nothing, the book of the source, which sees one moment of its own; how many rows
    it has. Row keys stay, and each row is read again and compared. All of it is one transaction of the target.

    A NotCopied: the target holds something, or a row cannot be there or would not be the same.
    """
    db = target.rows.db
    with schema.begun(db):
        try:
            schema.migrate(db)
            _clear(target)
            return _copy(source, target, progress)
        except PeeweeException as error:
            raise NotCopied(str(error).strip()) from error


def _copy(source: Reading, target: Reading, progress: Progress | None) -> int:
    # Each table comes after those that it refers to; within a table a row refers to earlier ones.
    tables = list(TopologicalSorter({model: set(model._meta.refs.values()) - {model} for model in TABLES}).static_order())
    total, done = sum(source.rows.count(model) for model in tables), 0
    for model in tables:
        write = _writing(model, target.rows.db)
        for lot in _lots(source, model):
            write(lot)
            done += len(lot)
            if progress is not None:
                progress(f"copying {model._meta.table_name}", done, total)
        _compare(source, target, model)
    _count_on(source, target, tables)
    return total


def _clear(target: Reading) -> None:
    """Take out what migrations have put in. A NotCopied: there is more."""
    for model in TABLES:
        if model not in MADE_BY_MIGRATIONS and target.rows.count(model):
            raise NotCopied(f"the target is not empty: there are rows in {model._meta.table_name}")
    for model in MADE_BY_MIGRATIONS:
        model.delete().execute(target.rows.db)


def _lots(reading: Reading, model: type[Table]) -> Iterator[Lot]:
    """The rows of a table by their keys, all columns in the table's order."""
    shape = layout(model)

    def build() -> Any:
        return model.select(*shape.fields).where(model.pk > slot("above")).order_by(model.pk).limit(LOT)

    above = LOWEST
    while lot := reading.rows.kept(("lot", model), build, above=above):
        above = lot[-1][0]
        yield [truly(shape, row) for row in lot] if shape.booleans else lot


def _writing(model: type[Table], db: Database) -> Callable[[Lot], None]:
    """What writes rows of a table, with their keys."""
    columns = layout(model).columns
    statement = Statement(model.insert({field: slot(field.column_name) for field in layout(model).fields}), db)

    def write(lot: Lot) -> None:
        given = [statement.given(dict(zip(columns, row, strict=True))) for row in lot]
        with TRANSLATED:
            db.connection().cursor().executemany(statement.sql, given)

    return write


def _compare(source: Reading, target: Reading, model: type[Table]) -> None:
    for lot, copied in zip_longest(_lots(source, model), _lots(target, model), fillvalue=()):
        if lot != copied:
            different = next((row for row, other in zip(lot, copied, strict=False) if row != other), None)
            which = f" row {different[0]}" if different else ""
            raise NotCopied(f"{model._meta.table_name}{which} would not be the same in the copy")


def _count_on(source: Reading, target: Reading, tables: list[type[Table]]) -> None:
    """Go on counting row keys and numbers where the source left off. A server that has sequences gets its numbers from them, unless
    the source was told otherwise; one that has none has no gaps either."""
    counts = target.rows.has_sequences
    for series in source.rows.find(NumberSeries):
        is_counted = source.rows.has_sequences and not series.gapless
        last = counted(source, series.name) if is_counted else series.last
        gapless = not counts or (source.rows.has_sequences and series.gapless)
        target.rows.change(NumberSeries, {"last": last, "gapless": gapless}, pk=series.pk)
        if counts:
            target.rows.tuples(Select(columns=[fn.SETVAL(sequence(series.name), last + 1, SQL("false"))]))
    for model in tables if counts else ():
        # Of an empty table the largest key is null, and so is what follows.
        largest = model.select(fn.SETVAL(fn.PG_GET_SERIAL_SEQUENCE(f'"{model._meta.table_name}"', "pk"), fn.MAX(model.pk)))
        target.rows.tuples(largest)
        # Nobody has looked yet at how much there is, and what is asked next would be planned as if there were nothing.
        target.rows.db.execute_sql(f'ANALYZE "{model._meta.table_name}"')
