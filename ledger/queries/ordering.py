"""Pages that say how many rows there are in all, in an order that the caller chooses."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from peewee import Field, fn

from ledger.entry import Reading
from ledger.queries.related import by_pk
from ledger.storage.columns import Table

T = TypeVar("T", bound=Table)

Order = Sequence[tuple[str, bool]]
"""Words, each with whether it is descending."""

OLDEST_FIRST: Order = (("pk", False),)


@dataclass(frozen=True, slots=True)
class Counted(Generic[T]):
    """One page of a list, and how many rows the whole list has."""

    rows: list[T]
    total: int


def counted(reading: Reading, model: type[T], wanted: Any, keys: Any, limit: int, offset: int) -> Counted[T]:
    """A page of the rows that fit; `keys` selects their row keys in order.

    The keys come first and alone: where an index holds them, a page far behind does not read all the rows before it.
    """
    total = int(reading.rows.tuples(model.select(fn.COUNT(model.pk)).where(wanted))[0][0])
    pks = [pk for (pk,) in reading.rows.tuples(keys.limit(limit).offset(offset))] if offset < total else []
    rows = by_pk(reading, model, pks)
    return Counted([rows[pk] for pk in pks], total)


def ordering(words: Mapping[str, Any], order: Order) -> list[Any]:
    """The columns to order by; the row key (`pk`) is always the last, in the direction of the word before it.

    What has no value comes last. A word that is not among them is a KeyError.
    """
    made = []
    for word, descending in (*order, ("pk", order[-1][1] if order else False)):
        column = words[word]
        nulls = None if _is_always_there(column, words["pk"].model) else "LAST"
        made.append(column.desc(nulls=nulls) if descending else column.asc(nulls=nulls))
        if word == "pk":
            # Nothing after it would make a difference.
            break
    return made


def _is_always_there(column: Any, model: type[Table]) -> bool:
    # An index of such a column gives the order by itself. Columns of other tables may come from an outer join.
    return isinstance(column, Field) and column.model is model and not column.null
