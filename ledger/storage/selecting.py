"""The queries that bring rows of one table, for `Rows` to compile: all columns in the table's order, if nothing else is said."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from peewee import Database

from ledger.storage.columns import Table, some_left
from ledger.storage.compiled import Key, conditions, field_of, layout, slot


def key(
    model: type[Table], order: Sequence[str], equals: Mapping[str, object], limit: int | None = None, left: Iterable[str] = ()
) -> Key:
    """Under what a look-up of such rows is known, and its statement kept."""
    if not left and None not in equals.values():
        return ("find", model, limit, *order, "where", *equals)
    nulls = [name for name, value in equals.items() if value is None]
    return ("find", model, limit, *order, "where", *equals, "null", *nulls, "left", *left)


def equal(
    model: type[Table],
    equals: Mapping[str, object],
    left: Iterable[str],
    order: Sequence[str],
    limit: int | None,
    db: Database,
) -> Any:
    """The rows whose columns have these values, and of whose others something is `left`, in the order of these columns."""
    query = model.select(*layout(model).fields)
    wanted = [conditions(model, equals)] if equals else []
    wanted += [some_left(field_of(model, name)) for name in left]
    if wanted:
        query = query.where(*wanted)
    query = query.order_by(*(_ordered(model, name, db) for name in order))
    return query.limit(limit) if limit else query


def among(model: type[Table], column: str, size: int, order: Sequence[str], fields: Sequence[Any]) -> Any:
    """These columns of the rows whose column holds one of so many values: the slots `value_0` and so on."""
    slots = [slot(f"value_{place}") for place in range(size)]
    query = model.select(*fields).where(field_of(model, column).in_(slots))
    return query.order_by(*(field_of(model, name) for name in order))


def _ordered(model: type[Table], name: str, db: Database) -> Any:
    """A column to order by (`-name`: descending); what has no value is less than all others, as it is on SQLite anyway."""
    field = field_of(model, name.lstrip("-"))
    explicit = field.null and db.nulls_ordering
    if name[0] == "-":
        return field.desc(nulls="LAST" if explicit else None)
    return field.asc(nulls="FIRST") if explicit else field
