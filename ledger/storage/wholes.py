"""Records together with what they refer to: which references, and the one statement that reads all of it."""

from collections.abc import Mapping
from functools import cache
from typing import Any

from peewee import JOIN

from ledger.storage.briefs import BRIEFS, brief
from ledger.storage.columns import Table
from ledger.storage.compiled import layout
from ledger.storage.models import Account, Customer, Payment

WHOLES: Mapping[type[Table], Mapping[str, type[Table]]] = {
    Payment: {"account_pk": Account, "account_pk.customer_pk": Customer},
}
"""By table: the references that are read along, in brief, and the tables they lead to. `a.b` is the reference `b` of what `a` leads
to. What lasts (`known`) need not be read along."""


@cache
def tables_of(model: type[Table]) -> tuple[tuple[type[Table], int, int], ...]:
    """The tables beside this one of which a row of `together` has columns, in order, each with where these start and end."""
    found, start = [], len(layout(model).fields)
    for table in WHOLES[model].values():
        end = start + len(BRIEFS[table])
        found.append((table, start, end))
        start = end
    return tuple(found)


def together(model: type[Table], conditions: Any, limit: int | None) -> Any:
    """The query of the rows that meet the conditions, with all their columns and those of the others in brief; each table's row key
    comes first."""
    aliases: dict[str, Any] = {"": model}
    columns = list(layout(model).fields)
    for path, table in WHOLES[model].items():
        aliases[path] = table.alias()
        columns += [getattr(aliases[path], field.name) for field in brief(table).fields]
    query = model.select(*columns)
    for path in WHOLES[model]:
        parent, _, column = path.rpartition(".")
        own = aliases[parent]
        reference = getattr(own, column.removesuffix("_pk"))
        query = query.join_from(own, aliases[path], JOIN.LEFT_OUTER, on=(reference == aliases[path].pk))
    return query.where(conditions).limit(limit) if limit else query.where(conditions)
