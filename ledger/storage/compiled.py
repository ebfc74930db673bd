"""Statements built once with peewee's expressions and run again with new parameters.

Building SQL takes peewee longer than SQLite takes to run it, so each statement is compiled at its first use and kept by its shape:
which table, which columns, which conditions. A parameter stands in the expression as a `Slot` and comes back in its place in the
list that `.sql()` returns.
"""

from collections import namedtuple
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import reduce
from operator import and_
from typing import Any, TypeVar

from peewee import BooleanField, Database, Model, Value

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
    """SQL text with its parameters in order: slots and constants."""

    __slots__ = ("is_plain", "parameters", "slots", "sql")

    def __init__(self, query: Any, db: Database) -> None:
        self.sql, self.parameters = query.bind(db).sql()
        self.slots = [part.name for part in self.parameters if isinstance(part, Slot)]
        self.is_plain = len(self.slots) == len(self.parameters)

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

    def given(self, values: Mapping[str, object]) -> list[object]:
        """The parameters, in their order."""
        if self.is_plain:
            return [values[name] for name in self.slots]
        return [values[part.name] if isinstance(part, Slot) else part for part in self.parameters]


class Statements:
    """The compiled statements of one engine, shared by all its connections."""

    def __init__(self) -> None:
        self._kept: dict[Key, Statement] = {}

    def get(self, key: Key, db: Database, build: Callable[[], Any]) -> Statement:
        """The statement of this shape, built at its first use."""
        statement = self._kept.get(key)
        if statement is None:
            statement = self._kept[key] = Statement(build(), db)
        return statement


class Layout:
    """How a table's rows become records."""

    __slots__ = ("booleans", "columns", "defaults", "fields", "fixed", "model", "names", "plain")

    def __init__(self, model: type[Table]) -> None:
        self.model = model
        self.fields = model._meta.sorted_fields
        self.names = [field.name for field in self.fields]
        self.columns = [field.column_name for field in self.fields]
        self.defaults = {field.column_name: field.default for field in self.fields if field.default is not None}
        self.booleans = [place for place, field in enumerate(self.fields) if isinstance(field, BooleanField)]
        self.plain: Any = _plain(model, self.names, self.columns)
        self.fixed: Any = _fixed(model, self.names, self.columns)


def _plain(model: type[T], names: Sequence[str], columns: Sequence[str]) -> type[T]:
    """The class of the records of a write, which keeps them up to date as it goes. Peewee looks up each attribute of a row with a
    call; here its columns are plain attributes, which hide what the model says of them."""
    pairs = tuple(zip(names, columns, strict=True))

    def data(self: Any) -> dict[str, object]:
        kept = self.__dict__
        return {name: kept[column] for name, column in pairs}

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

_LAYOUTS: dict[type[Table], Layout] = {}


def layout(model: type[Table]) -> Layout:
    """The layout of a table, or of a class of its records, made once."""
    found = _LAYOUTS.get(model)
    if found is None:
        found = Layout(model)
        _LAYOUTS[model] = _LAYOUTS[found.plain] = _LAYOUTS[found.fixed] = found
    return found


def record(model: type[T], row: tuple[object, ...]) -> T:
    """A record of a write from a row of all columns in the table's order."""
    shape = layout(model)
    made: T = object.__new__(shape.plain)
    made.__dict__.update(zip(shape.columns, _true(shape, row), strict=True))
    return made


def fixed_record(model: type[T], row: tuple[object, ...]) -> T:
    """A record of a read from such a row."""
    shape = layout(model)
    made: T = tuple.__new__(shape.fixed, _true(shape, row) if shape.booleans else row)
    return made


def _true(shape: Layout, row: tuple[object, ...]) -> tuple[object, ...]:
    """The row with its booleans as such."""
    if not shape.booleans:
        return row
    values = list(row)
    for place in shape.booleans:
        values[place] = TRUTH.get(values[place], values[place])
    return tuple(values)


def columns_of(row: Any) -> Mapping[str, Any]:
    """A record's columns."""
    shape = layout(type(row))
    return vars(row) if isinstance(row, shape.plain) else dict(zip(shape.columns, row, strict=True))
