"""Giving out numbers: one counter per kind of record, unique and increasing.

A series without gaps is a row that its next number waits for until the commit. On PostgreSQL a series is a sequence, unless it is
set to have no gaps: nobody waits for its next number, and a write that is undone leaves a gap.
"""

from typing import Any

from peewee import SQL, Select, fn

from ledger import audit
from ledger.entry import Entry, Reading
from ledger.errors import EntityNotFound
from ledger.numbering import written
from ledger.storage.compiled import slot
from ledger.storage.models import NumberSeries
from ledger.storage.postgresql import sequence


def set_gapless(entry: Entry, name: str, *, gapless: bool) -> NumberSeries:
    """Have a series leave no gaps from now on, or have it counted by a sequence again; the numbers go on. An engine without
    sequences leaves no gaps anyway.

    Refuses: ENTITY_NOT_FOUND.
    """
    series = entry.rows.one(NumberSeries, name=name)
    if series is None:
        raise EntityNotFound(f"there is no number series {name!r}", "name")
    if not entry.rows.has_sequences or series.gapless == gapless:
        return series
    before = audit.image(series)
    # From here on the whole book is ours: nobody takes a number meanwhile.
    entry.rows.change(NumberSeries, {"gapless": gapless}, pk=series.pk)
    if gapless:
        entry.rows.change(NumberSeries, {"last": counted(entry, name)}, pk=series.pk)
    else:
        entry.rows.tuples(Select(columns=[fn.SETVAL(sequence(name), series.last + 1, SQL("false"))]))
    series = entry.rows.get(NumberSeries, series.pk)
    audit.record(entry, "number_format", name, before, audit.image(series))
    return series


def counted(reading: Reading, name: str) -> int:
    """The last number that the sequence of a series gave."""
    last = f"CASE WHEN is_called THEN last_value ELSE last_value - 1 END FROM {sequence(name)}"
    return int(reading.rows.tuples(Select(columns=[SQL(last)]))[0][0])


def issued(entry: Entry, series: str, account_pk: int | None) -> str:
    """The next number of a series (`payment.number`), in its format, for something on this account or (None) on none.

    What the write needs for itself is taken first: a write that is begun again would leave a gap.
    """
    entry.rows.take(account_pk)
    if entry.rows.has_sequences:

        def build() -> Any:
            value = fn.NEXTVAL(sequence(series))
            query = NumberSeries.select(NumberSeries.prefix, NumberSeries.padding, value)
            return query.where((NumberSeries.name == slot("name")) & ~NumberSeries.gapless)

        found = entry.rows.kept(("next number", series), build, name=series)
        if found:
            return written(*found[0])
    row = entry.rows.advance(NumberSeries, "last", name=series)
    return written(row.prefix, row.padding, row.last)
