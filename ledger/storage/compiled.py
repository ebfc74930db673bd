"""Statements built once with peewee's expressions and run again with new parameters.

Building SQL takes peewee longer than SQLite takes to run it, so each statement is compiled at its first use and kept by its shape:
which table, which columns, which conditions. A parameter stands in the expression as a `Slot` and comes back in its place in the
list that `.sql()` returns.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar, cast

from peewee import BooleanField, Database, Value

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
        with TRANSLATED:
            return connection.execute(self.sql, self.given(values))

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

    __slots__ = ("booleans", "columns", "defaults", "fields", "model", "names", "plain")

    def __init__(self, model: type[Table]) -> None:
        self.model = model
        self.fields = model._meta.sorted_fields
        self.names = [field.name for field in self.fields]
        self.columns = [field.column_name for field in self.fields]
        self.defaults = {field.column_name: field.default for field in self.fields if field.default is not None}
        self.booleans = [field.column_name for field in self.fields if isinstance(field, BooleanField)]
        self.plain = _plain(model, self.names, self.columns)


def _plain(model: type[T], names: Sequence[str], columns: Sequence[str]) -> type[T]:
    """The class of a table's records. Peewee looks up each attribute of a row with a call; here its columns are plain attributes,
    which hide what the model says of them. Peewee's metaclass would take the class for another table, so it is passed by."""
    pairs = tuple(zip(names, columns, strict=True))

    def data(self: Any) -> dict[str, object]:
        kept = self.__dict__
        return {name: kept[column] for name, column in pairs}

    hidden: dict[str, Any] = dict.fromkeys(columns)
    return type.__new__(
        type(model), model.__name__, (model,), hidden | {"__data__": property(data), "__module__": model.__module__}
    )


TRUTH: Mapping[object, bool] = {0: False, 1: True}
"""The booleans as the database keeps them; what is none of these stays as it is, so that whoever checks the book sees it."""

_LAYOUTS: dict[type[Table], Layout] = {}


def layout(model: type[Table]) -> Layout:
    """The layout of a table, or of the class of its records, made once."""
    found = _LAYOUTS.get(model)
    if found is None:
        found = Layout(model)
        _LAYOUTS[model] = _LAYOUTS[found.plain] = found
    return found


def record(model: type[T], row: tuple[object, ...]) -> T:
    """A record from a row of all columns in the table's order, without peewee's per-field work."""
    shape = layout(model)
    made = object.__new__(shape.plain)
    kept = made.__dict__
    kept.update(zip(shape.columns, row, strict=True))
    for column in shape.booleans:
        kept[column] = TRUTH.get(kept[column], kept[column])
    return cast("T", made)
