"""Giving out numbers: one counter per kind of record, unique and increasing, without gaps on SQLite."""

from ledger.entry import Entry
from ledger.numbering import written
from ledger.storage.models import NumberSeries


def issued(entry: Entry, series: str) -> str:
    """The next number of a series (`payment.number`), in its format."""
    row = entry.rows.advance(NumberSeries, "last", name=series)
    return written(row.prefix, row.padding, row.last)
