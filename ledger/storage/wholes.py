"""Records together with what they refer to: which references, and the one statement that reads all of it."""

from collections.abc import Mapping
from functools import cache
from typing import Any

from peewee import JOIN

from ledger.storage.columns import Table
from ledger.storage.compiled import layout
from ledger.storage.models import Account, Customer, Payment

WHOLES: Mapping[type[Table], Mapping[str, type[Table]]] = {
    Payment: {"account_pk": Account, "account_pk.customer_pk": Customer},
}
"""By table: the references that are read along, and the tables they lead to. `a.b` is the reference `b` of what `a` leads to. What
lasts (`known`) need not be read along."""


@cache
def tables_of(model: type[Table]) -> tuple[tuple[type[Table], int, int], ...]:
    """The tables whose columns a row of `together` has, in order, each with where its columns start and end."""
    found, start = [], 0
    for table in (model, *WHOLES[model].values()):
        end = start + len(layout(table).fields)
        found.append((table, start, end))
        start = end
    return tuple(found)


def together(model: type[Table], conditions: Any, limit: int | None) -> Any:
    """The query of the rows that meet the conditions, with all columns of these tables; each table's row key comes first."""
    aliases: dict[str, Any] = {"": model}
    columns = list(_columns(model))
    for path, table in WHOLES[model].items():
        aliases[path] = table.alias()
        columns += _columns(aliases[path])
    query = model.select(*columns)
    for path in WHOLES[model]:
        parent, _, column = path.rpartition(".")
        own = aliases[parent]
        reference = getattr(own, column.removesuffix("_pk"))
        query = query.join_from(own, aliases[path], JOIN.LEFT_OUTER, on=(reference == aliases[path].pk))
    return query.where(conditions).limit(limit) if limit else query.where(conditions)


def _columns(table: Any) -> list[Any]:
    """The columns of a table or an alias, in the order of its layout."""
    model = getattr(table, "model", table)
    return [getattr(table, field.name) for field in layout(model).fields]
