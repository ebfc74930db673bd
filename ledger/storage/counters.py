"""Counters that a transaction moves: it counts by itself, and tells the tables once.

Whoever moves a counter first has its row to himself until the end of his transaction, so nobody else needs to know how far it is
before that: unless the same transaction looks at the table, or changes it by other means.
"""

from collections.abc import Mapping
from typing import Any

from peewee import Database

from ledger.storage.columns import Table
from ledger.storage.compiled import Statements, conditions, field_of, layout, records, slot

Name = tuple[type[Table], str, tuple[tuple[str, object], ...]]
"""A counter: its table, its column, and by which values its row is found."""
Mark = Mapping[Name, tuple[Any, int]]
"""How far the counters were at a moment."""


class Counters:
    """The counters that a transaction on this connection has moved: their rows as they are now, and which tables do not show it."""

    __slots__ = ("_connection", "_db", "_rows", "_statements", "_untold", "tables")

    def __init__(self, db: Database, statements: Statements) -> None:
        self._db = db
        self._connection = db.connection()
        self._statements = statements
        self._rows: dict[Name, Any] = {}
        self.tables: set[type[Table]] = set()
        """Those of which counters were moved, by which nobody else may go."""
        self._untold: set[type[Table]] = set()

    def advance(self, model: type[Table], column: str, equals: Mapping[str, object]) -> Any:
        """Add 1 to the counter of the row with these values, of which there is one; the row after that."""
        name = (model, column, tuple(equals.items()))
        row = self._rows.get(name)
        if row is None:
            row = self._rows[name] = self._held(model, equals)
            self.tables.add(model)
        setattr(row, column, getattr(row, column) + 1)
        self._untold.add(model)
        return row

    def settle(self) -> None:
        """Have the tables show how far their counters are; before this nothing is to be committed."""
        for name, row in self._rows.items():
            model, column, values = name
            if model not in self._untold:
                continue
            equals, key = dict(values), ("settle", *name)
            statement = self._statements.get(key)
            if statement is None:
                changed = model.update({field_of(model, column): slot("reached")}).where(conditions(model, equals))
                statement = self._statements.kept(key, self._db, changed)
            statement.run(self._connection, {**equals, "reached": getattr(row, column)})
        self._untold.clear()

    def show(self, model: type[Table]) -> None:
        """One of the `tables` is looked at: it has to show how far its counters are."""
        if model in self._untold:
            self.settle()

    def leave(self, model: type[Table]) -> None:
        """One of the `tables` will be changed by other means: it has to show all, and counters are read from it again."""
        self.show(model)
        self.tables.remove(model)
        for name in [name for name in self._rows if name[0] is model]:
            del self._rows[name]

    def mark(self) -> Mark:
        """How far they are, for `back_to`."""
        return {name: (row, getattr(row, name[1])) for name, row in self._rows.items()}

    def back_to(self, mark: Mark) -> None:
        """What came after the mark was rolled back, and with it perhaps what the tables were told."""
        for (_, column, _), (row, reached) in mark.items():
            setattr(row, column, reached)
        self._rows = {name: row for name, (row, _) in mark.items()}
        self.tables = {model for model, _, _ in mark}
        self._untold = set(self.tables)

    def _held(self, model: type[Table], equals: Mapping[str, object]) -> Any:
        """The row with these values, which is ours until the transaction ends."""
        key = ("held", model, *equals)
        statement = self._statements.get(key)
        if statement is None:
            query = model.select(*layout(model).fields).where(conditions(model, equals))
            statement = self._statements.kept(key, self._db, query.for_update() if self._db.sequences else query)
        return records(model, statement.rows(self._connection, equals))[0]
