"""Records together with what they refer to, and with whether anything refers to them: the one statement that reads all of it, and
what is known from its rows."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cache
from typing import Any, NamedTuple

from peewee import JOIN, SQL, fn

from ledger.storage import selecting
from ledger.storage.briefs import BRIEFS, brief
from ledger.storage.columns import Table
from ledger.storage.compiled import Key, field_of, layout
from ledger.storage.known import Known
from ledger.storage.models import Account, Allocation, Customer, Intended, Invoice, Payment, PaymentProfile

BRIEF = "brief"
"""Under which name a row is known in brief."""

WHOLES: Mapping[type[Table], Mapping[str, type[Table]]] = {
    Payment: {"account_pk": Account, "account_pk.customer_pk": Customer},
    Allocation: {"invoice_pk": Invoice},
}
"""By table: the references that are read along, in brief, and the tables they lead to. `a.b` is the reference `b` of what `a` leads
to. What lasts (`known`) need not be read along."""


class Beside(NamedTuple):
    """A look-up (`Rows.find`) of what may be there beside a record: the column of the other table, and the record's own one that it
    is equal to; other values, none of them None; and the order."""

    table: type[Table]
    column: str
    own: str
    values: Mapping[str, object] = {}
    order: tuple[str, ...] = ()

    @property
    def key(self) -> Key:
        """Under what such a look-up is known, together with its values."""
        return selecting.key(self.table, self.order, {self.column: 0, **self.values})


BESIDE: Mapping[type[Table], tuple[Beside, ...]] = {
    Payment: (
        Beside(Intended, "payment_pk", "pk", order=("position",)),
        Beside(PaymentProfile, "account_pk", "account_pk", {"active": True}),
    ),
    Allocation: (),
}
"""By table: the look-ups that mostly find nothing. Whether they would is read along, which costs a fraction of asking."""


class Told(NamedTuple):
    """What a row of `together` tells of a record beside its own: where its columns start and end."""

    table: type[Table]
    start: int
    end: int
    new: Callable[[tuple[Any, ...]], Any]


class Missed(NamedTuple):
    """Where such a row says whether there is anything beside its record, and of what look-up; `own` is the place of its value."""

    place: int
    table: type[Table]
    key: Key
    own: int
    values: tuple[object, ...]


@cache
def _learning(model: type[Table]) -> tuple[list[Told], list[Missed]]:
    """All that a row of this table tells."""
    tables, columns = tables_of(model), layout(model).columns
    told = [Told(table, start, end, brief(table).new) for table, start, end in tables]
    missed = [
        Missed(place, each.table, each.key, columns.index(each.own), tuple(each.values.values()))
        for place, each in enumerate(BESIDE[model], tables[-1][2])
    ]
    return told, missed


def learn(known: Known, model: type[Table], rows: Iterable[tuple[Any, ...]]) -> None:
    """Know from rows of `together` what they refer to, and which look-ups beside them find nothing."""
    told, missed = _learning(model)
    for row in rows:
        for table, start, end, new in told:
            if row[start] is not None:
                known.note(table, (BRIEF, row[start]), new(row[start:end]))
        for place, table, key, own, values in missed:
            if not row[place]:
                known.note(table, (key, row[own], *values), [])


@cache
def tables_of(model: type[Table]) -> tuple[tuple[type[Table], int, int], ...]:
    """The tables beside this one of which a row of `together` has columns, in order, each with where these start and end."""
    found, start = [], len(layout(model).fields)
    for table in WHOLES[model].values():
        end = start + len(BRIEFS[table])
        found.append((table, start, end))
        start = end
    return tuple(found)


def together(model: type[Table], conditions: Any, limit: int | None, order: Sequence[str] = ()) -> Any:
    """The query of the rows that meet the conditions, in the order of these columns: all their columns, those of the others in
    brief, each table's row key first, then whether there is anything beside them."""
    aliases: dict[str, Any] = {"": model}
    columns = list(layout(model).fields)
    for path, table in WHOLES[model].items():
        aliases[path] = table.alias()
        columns += [getattr(aliases[path], field.name) for field in brief(table).fields]
    query = model.select(*columns, *map(_is_there, BESIDE[model], [model] * len(BESIDE[model])))
    for path in WHOLES[model]:
        parent, _, column = path.rpartition(".")
        own = aliases[parent]
        reference = getattr(own, column.removesuffix("_pk"))
        query = query.join_from(own, aliases[path], JOIN.LEFT_OUTER, on=(reference == aliases[path].pk))
    query = query.where(conditions).order_by(*(field_of(model, name) for name in order))
    return query.limit(limit) if limit else query


def _is_there(beside: Beside, model: type[Table]) -> Any:
    """Whether anything is there beside a record."""
    other = beside.table
    meets = [field_of(other, name) == value for name, value in beside.values.items()]
    return fn.EXISTS(other.select(SQL("1")).where(field_of(other, beside.column) == field_of(model, beside.own), *meets))
