"""Statements built once with peewee's expressions and run again with new parameters.

Building SQL takes peewee longer than SQLite takes to run it, so each statement is compiled at its first use and kept by its shape:
which table, which columns, which conditions. A parameter stands in the expression as a `Slot` and comes back in its place in the
list that `.sql()` returns.
"""

from collections import namedtuple
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial, reduce
from operator import and_, itemgetter
from typing import Any, TypeVar

from peewee import BooleanField, Database, FloatField, Model, Value

from ledger.storage.columns import Table
from ledger.storage.engine import TRANSLATED

T = TypeVar("T", bound=Table)
Key = tuple[object, ...]


class Slot:
    """The place of a parameter in a statement."""

    __slots__ = ("name",)

    def __init__(self, name: str) -> None:
        self.name = name


def slot(name: str) -> Value:
    """An expression whose value is given when the statement runs."""
    return Value(Slot(name), converter=False)


def field_of(model: type[Model], column: str) -> Any:
    """A table's field by the name of its column."""
    return model._meta.columns[column]


def conditions(model: type[Model], equals: Mapping[str, object], at_least: Iterable[str] = ()) -> Any:
    """That columns have values (None: is null; else a slot of the column's name), and others at least those of `least_...`."""
    parts = [
        field_of(model, name).is_null() if value is None else field_of(model, name) == slot(name) for name, value in equals.items()
    ]
    parts += [field_of(model, name) >= slot(f"least_{name}") for name in at_least]
    return reduce(and_, parts)


def insertion(model: type[Model], columns: Iterable[str], *, returns_key: bool = False) -> Any:
    """A new row with a slot for each of these columns. SQLite tells its key anyway; asked to return it, it would copy every page
    that the statement changes, and go through all the savepoint's copies afterwards."""
    query = model.insert({field_of(model, name): slot(name) for name in columns})
    return query.returning(field_of(model, "pk")) if returns_key else query


class Statement:
    """SQL text, and what puts the values of its slots, and its constants, in order as its parameters (`given`)."""

    __slots__ = ("given", "sql")

    def __init__(self, query: Any, db: Database) -> None:
        self.sql, parameters = query.bind(db).sql()
        self.given = _given(parameters)

    def run(self, connection: Any, values: Mapping[str, object]) -> Any:
        """Run with these values for its slots on a connection of the engine's own, past peewee, which would look at every statement
        again; the cursor. Errors are peewee's."""
        try:
            return connection.execute(self.sql, self.given(values))
        except Exception:
            with TRANSLATED:
                raise

    def rows(self, connection: Any, values: Mapping[str, object]) -> list[tuple[Any, ...]]:
        """Run likewise; all rows that it brings."""
        cursor = self.run(connection, values)
        try:
            found: list[tuple[Any, ...]] = cursor.fetchall()
        except Exception:
            with TRANSLATED:
                raise
        return found

    def key(self, connection: Any, values: Mapping[str, object]) -> int:
        """Run an insertion likewise; the key of the new row."""
        cursor = self.run(connection, values)
        return int(cursor.fetchone()[0] if cursor.description else cursor.lastrowid)


def _given(parameters: Sequence[object]) -> Callable[[Mapping[str, object]], Sequence[object]]:
    """What makes the parameters from the values of the slots among them. Most statements have nothing else."""
    names = [part.name if isinstance(part, Slot) else f"constant {place}" for place, part in enumerate(parameters)]
    constants = {name: part for name, part in zip(names, parameters, strict=True) if not isinstance(part, Slot)}
    if len(names) == 1 and not constants:
        (only,) = names
        return lambda values: (values[only],)
    if len(names) == 2 and isinstance(parameters[0], Slot) and constants:
        # A look-up by one column, of which a few rows are wanted.
        (first, _), (_, limit) = names, parameters
        return lambda values: (values[first], limit)
    pick: Callable[[Mapping[str, object]], Sequence[object]]
    pick = itemgetter(*names) if len(names) > 1 else lambda values: [values[name] for name in names]
    return (lambda values: pick({**constants, **values})) if constants else pick


MOST_KEPT = 2_000
"""How many statements one engine keeps."""


class Statements(dict[Key, Statement]):
    """The compiled statements of one engine by their shape, shared by all its connections."""

    __slots__ = ()

    def kept(self, key: Key, db: Database, query: Any) -> Statement:
        """The statement of this shape, which is not there yet, from now on. What nobody asks for again, as columns in all their
        combinations, must not fill the memory."""
        if len(self) >= MOST_KEPT:
            self.clear()
        statement = self[key] = Statement(query, db)
        return statement


class Layout:
    """How a table's rows become records."""

    __slots__ = ("booleans", "columns", "defaults", "fields", "fixed", "floats", "model", "names", "new_fixed", "plain")

    def __init__(self, model: type[Table]) -> None:
        self.model = model
        self.fields = model._meta.sorted_fields
        self.names = [field.name for field in self.fields]
        self.columns = [field.column_name for field in self.fields]
        self.defaults = {field.column_name: field.default for field in self.fields if field.default is not None}
        self.booleans = {place: field.column_name for place, field in enumerate(self.fields) if isinstance(field, BooleanField)}
        self.floats = frozenset(field.column_name for field in self.fields if isinstance(field, FloatField))
        self.plain: Any = _plain(model, self.names, self.columns)
        self.fixed: Any = _fixed(model, self.names, self.columns)
        self.new_fixed: Callable[[tuple[object, ...]], Any] = partial(tuple.__new__, self.fixed)


def _plain(model: type[T], names: Sequence[str], columns: Sequence[str]) -> type[T]:
    """The class of the records of a write, which keeps them up to date as it goes. Peewee looks up each attribute of a row with a
    call; here its columns are plain attributes, which hide what the model says of them; those that a record leaves out are None."""
    pairs = tuple(zip(names, columns, strict=True))

    def data(self: Any) -> dict[str, object]:
        kept = self.__dict__
        return {name: kept.get(column) for name, column in pairs}

    return _subclass(model, (model,), dict.fromkeys(columns), data)


def _fixed(model: type[T], names: Sequence[str], columns: Sequence[str]) -> type[T]:
    """The class of the records of a read, which change no more: tuples, which cost next to nothing to make. They are compared and
    shown as any other record."""

    def data(self: Any) -> dict[str, object]:
        return dict(zip(names, self, strict=True))

    as_tuples: Any = namedtuple
    shown = {name: getattr(model, name) for name in ("__repr__", "__str__")}
    return _subclass(model, (as_tuples(model.__name__, columns), model), shown, data)


def _subclass(
    model: type[T], bases: tuple[type, ...], members: dict[str, Any], data: Callable[[Any], dict[str, object]]
) -> type[T]:
    """A table's class of records, which are the same if they are of the same row. Peewee's metaclass would take it for another
    table, so it is passed by."""

    def same(self: Any, other: object) -> bool:
        return isinstance(other, model) and bool(self.pk == other.pk)

    def differs(self: Any, other: object) -> bool:
        return not same(self, other)

    def key(self: Any) -> int:
        return hash((model, self.pk))

    compared = {"__eq__": same, "__ne__": differs, "__hash__": key}
    whole = members | compared | {"__data__": property(data), "__module__": model.__module__}
    return type.__new__(type(model), model.__name__, bases, whole)


TRUTH: Mapping[object, bool] = {0: False, 1: True}
"""The booleans as the database keeps them; what is none of these stays as it is, so that whoever checks the book sees it."""


class _Layouts(dict[type[Table], Layout]):
    """The layouts by their tables and by the classes of their records, each made when it is first asked for."""

    def __missing__(self, model: type[Table]) -> Layout:
        made = Layout(model)
        self[model] = self[made.plain] = self[made.fixed] = made
        return made


layout: Callable[[type[Table]], Layout] = _Layouts().__getitem__
"""The layout of a table, or of a class of its records."""


def records(model: type[T], rows: Iterable[tuple[object, ...]]) -> list[T]:
    """Records of a write from rows of all columns in the table's order."""
    shape, found = layout(model), []
    for row in rows:
        made: T = object.__new__(shape.plain)
        kept: dict[str, Any] = dict(zip(shape.columns, row, strict=True))
        for column in shape.booleans.values():
            kept[column] = TRUTH.get(kept[column], kept[column])
        made.__dict__ = kept
        found.append(made)
    return found


def fixed_records(model: type[T], rows: Iterable[tuple[object, ...]]) -> list[T]:
    """Records of a read from such rows."""
    shape = layout(model)
    return list(map(shape.new_fixed, [truly(shape, row) for row in rows] if shape.booleans else rows))


def truly(shape: Layout, row: tuple[Any, ...]) -> tuple[Any, ...]:
    """The row with its booleans as such."""
    values = list(row)
    for place in shape.booleans:
        values[place] = TRUTH.get(values[place], values[place])
    return tuple(values)


def columns_of(row: Any) -> Mapping[str, Any]:
    """A record's columns; those that are left out are null."""
    shape = layout(type(row))
    return vars(row) if isinstance(row, shape.plain) else dict(zip(shape.columns, row, strict=True))
