"""Reading and writing rows of one connection; every statement is compiled once."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from functools import reduce
from operator import and_
from typing import Any, TypeVar

from peewee import Database, Model, fn

from ledger.storage.columns import Table
from ledger.storage.compiled import Key, Statement, Statements, layout, record, slot

T = TypeVar("T", bound=Table)

ROWS_AT_ONCE = 512
"""How many keys one IN list holds, well below any engine's limit of parameters."""


def _field(model: type[Model], column: str) -> Any:
    return model._meta.columns[column]


def _conditions(model: type[Model], equals: Mapping[str, object], at_least: Iterable[str] = ()) -> Any:
    parts = [
        _field(model, name).is_null() if value is None else _field(model, name) == slot(name) for name, value in equals.items()
    ]
    parts += [_field(model, name) >= slot(f"least_{name}") for name in at_least]
    return reduce(and_, parts)


class Rows:
    """The rows that one connection reads and writes. Columns are named as in the tables (`account_pk`)."""

    __slots__ = ("_statements", "db")

    def __init__(self, db: Database, statements: Statements) -> None:
        self.db = db
        self._statements = statements

    def insert(self, model: type[Table], values: Mapping[str, object]) -> int:
        """Write a row; its row key."""
        statement = self._statements.get(
            ("insert", model, *values),
            self.db,
            lambda: model.insert({_field(model, name): slot(name) for name in values}).returning(model.pk),
        )
        cursor = statement.run(self.db, values)
        return int(cursor.fetchall()[0][0])

    def add(self, model: type[T], values: Mapping[str, object]) -> T:
        """Write a row; its record, with defaults and row key."""
        shape = layout(model)
        whole = shape.defaults | dict(values)
        pk = self.insert(model, whole)
        return record(model, tuple(pk if column == "pk" else whole.get(column) for column in shape.columns))

    def advance(self, model: type[T], column: str, **equals: Any) -> T:
        """Add 1 to a counter; its row after that."""

        def build() -> Any:
            counter = _field(model, column)
            query = model.update({counter: counter + 1}).where(_conditions(model, equals))
            return query.returning(*layout(model).fields)

        cursor = self._statements.get(("advance", model, column, *equals), self.db, build).run(self.db, equals)
        return record(model, cursor.fetchall()[0])

    def find(
        self,
        model: type[T],
        limit: int | None = None,
        order: Sequence[str] = (),
        at_least: Mapping[str, int] | None = None,
        **equals: Any,
    ) -> list[T]:
        """The rows whose columns have these values (None: is null), in the order of these columns (`-name`: descending)."""
        least = at_least or {}
        key = ("find", model, limit, *order, *((name, value is None) for name, value in equals.items()), "least", *least)

        def build() -> Any:
            query = model.select(*layout(model).fields)
            if equals:
                query = query.where(_conditions(model, equals, least))
            keys = (_field(model, name.lstrip("-")) for name in order)
            query = query.order_by(*(key.desc() if name[0] == "-" else key for key, name in zip(keys, order, strict=True)))
            return query.limit(limit) if limit else query

        given = equals | {f"least_{name}": value for name, value in least.items()}
        cursor = self._statements.get(key, self.db, build).run(self.db, given)
        return [record(model, row) for row in cursor.fetchall()]

    def one(self, model: type[T], **equals: Any) -> T | None:
        """The row with these values, or None."""
        found = self.find(model, 1, **equals)
        return found[0] if found else None

    def get(self, model: type[T], pk: int) -> T:
        """The row with this row key, which is known to exist."""
        found = self.one(model, pk=pk)
        if found is None:
            raise LookupError(f"{model.__name__} {pk} is gone")
        return found

    def change(
        self,
        model: type[Table],
        values: Mapping[str, object],
        at_least: Mapping[str, int] | None = None,
        **equals: Any,
    ) -> int:
        """Update the rows that have these values (and at least those); how many there were."""
        least = at_least or {}
        key = ("change", model, *values, "where", *((n, v is None) for n, v in equals.items()), "least", *least)

        def build() -> Any:
            changes = {_field(model, name): slot(f"new_{name}") for name in values}
            return model.update(changes).where(_conditions(model, equals, least))

        given = {f"new_{name}": value for name, value in values.items()}
        given |= {f"least_{name}": value for name, value in least.items()}
        cursor = self._statements.get(key, self.db, build).run(self.db, given | equals)
        return int(cursor.rowcount)

    def remove(self, model: type[Table], **equals: Any) -> int:
        """Delete rows of the tables that are not the books (sessions, intentions, keys); how many there were."""
        key = ("remove", model, *((name, value is None) for name, value in equals.items()))
        statement = self._statements.get(key, self.db, lambda: model.delete().where(_conditions(model, equals)))
        return int(statement.run(self.db, equals).rowcount)

    def among(self, model: type[T], column: str, values: Iterable[object], order: Sequence[str] = ()) -> Iterator[T]:
        """The rows whose column holds one of these values, in lots.

        Each lot is filled up to a power of two by repeating its last value, so that few statements are kept.
        """
        wanted = list(dict.fromkeys(values))
        for start in range(0, len(wanted), ROWS_AT_ONCE):
            lot = wanted[start : start + ROWS_AT_ONCE]
            size = 1 << (len(lot) - 1).bit_length()
            given = {f"value_{place}": value for place, value in enumerate(lot + lot[-1:] * (size - len(lot)))}
            cursor = self._among(model, column, size, order).run(self.db, given)
            yield from (record(model, row) for row in cursor.fetchall())

    def _among(self, model: type[Table], column: str, size: int, order: Sequence[str]) -> Statement:
        def build() -> Any:
            slots = [slot(f"value_{place}") for place in range(size)]
            query = model.select(*layout(model).fields).where(_field(model, column).in_(slots))
            return query.order_by(*(_field(model, name) for name in order))

        return self._statements.get(("among", model, column, size, *order), self.db, build)

    def query(self, model: type[T], query: Any) -> list[T]:
        """The records of a select of all columns, for queries whose shape varies too much to be kept."""
        return [record(model, row) for row in self.tuples(query)]

    def tuples(self, query: Any) -> list[tuple[Any, ...]]:
        """The bare rows of a query."""
        sql, parameters = query.bind(self.db).sql()
        return list(self.db.execute_sql(sql, parameters).fetchall())

    def kept(self, key: Key, build: Callable[[], Any], **values: object) -> list[tuple[Any, ...]]:
        """The bare rows of a query that is built once and kept under this key; `values` are those of its slots."""
        return list(self._statements.get(key, self.db, build).run(self.db, values).fetchall())

    def count(self, model: type[Table]) -> int:
        """How many rows a table has."""
        return int(self.kept(("count", model), lambda: model.select(fn.COUNT(model.pk)))[0][0])

    def savepoint(self) -> AbstractContextManager[object]:
        """Part of a write that can be undone alone."""
        return self.db.savepoint()
