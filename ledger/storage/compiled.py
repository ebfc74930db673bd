"""Statements built once with peewee's expressions and run again with new parameters.

Building SQL takes peewee longer than SQLite takes to run it, so each statement is compiled at its first use and kept by its shape:
which table, which columns, which conditions. A parameter stands in the expression as a `Slot` and comes back in its place in the
list that `.sql()` returns.
"""

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from peewee import BooleanField, Database, Value

from ledger.storage.columns import Table

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


class Statement:
    """SQL text with its parameters in order: slots and constants."""

    __slots__ = ("parameters", "sql")

    def __init__(self, query: Any, db: Database) -> None:
        self.sql, self.parameters = query.bind(db).sql()

    def run(self, db: Database, values: Mapping[str, object]) -> Any:
        """Run with these values for its slots; the cursor."""
        given = [values[part.name] if isinstance(part, Slot) else part for part in self.parameters]
        return db.execute_sql(self.sql, given)


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

    __slots__ = ("booleans", "columns", "defaults", "fields", "name_of", "names")

    def __init__(self, model: type[Table]) -> None:
        self.fields = model._meta.sorted_fields
        self.names = [field.name for field in self.fields]
        self.columns = [field.column_name for field in self.fields]
        self.name_of = dict(zip(self.columns, self.names, strict=True))
        self.defaults = {field.column_name: field.default for field in self.fields if field.default is not None}
        self.booleans = [field.name for field in self.fields if isinstance(field, BooleanField)]


TRUTH: Mapping[object, bool] = {0: False, 1: True}
"""What a boolean column holds. Null stays null; nonsense stays what it is, so that `verify` sees it."""

_LAYOUTS: dict[type[Table], Layout] = {}


def layout(model: type[Table]) -> Layout:
    """The layout of a table, made once."""
    found = _LAYOUTS.get(model)
    if found is None:
        found = _LAYOUTS[model] = Layout(model)
    return found


def record(model: type[T], row: tuple[object, ...]) -> T:
    """A record from a row of all columns in the table's order, without peewee's per-field work."""
    shape = layout(model)
    data = dict(zip(shape.names, row, strict=True))
    for name in shape.booleans:
        data[name] = TRUTH.get(data[name], data[name])
    made = model.__new__(model)
    made.__dict__.update(__data__=data, __rel__={}, _dirty=set())
    return made
