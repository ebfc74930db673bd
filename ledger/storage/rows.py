"""Reading and writing rows of one connection; every statement is compiled once."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from functools import partial
from typing import Any, TypeVar

from peewee import Database, fn

from ledger.storage import selecting
from ledger.storage.briefs import brief
from ledger.storage.columns import Table
from ledger.storage.compiled import (
    Key,
    Statements,
    conditions,
    field_of,
    fixed_records,
    insertion,
    layout,
    records,
    slot,
)
from ledger.storage.holding import Locks
from ledger.storage.known import Known
from ledger.storage.transactions import part
from ledger.storage.wholes import BRIEF, learn, together

T = TypeVar("T", bound=Table)
S = TypeVar("S")

_BY_PK = "pk"
_NEW = "new_"
ROWS_AT_ONCE = 512
"""How many keys one IN list holds, well below any engine's limit of parameters."""


class Rows:
    """The rows that one connection reads and writes. Columns are named as in the tables (`account_pk`)."""

    __slots__ = ("_connection", "_known", "_locks", "_records", "_statements", "db")

    def __init__(
        self, db: Database, statements: Statements, known: Known, *, writes: bool = False, locks: Locks | None = None
    ) -> None:
        self.db = db
        self._connection = db.connection()
        self._statements = statements
        self._known = known
        self._records: Callable[[Any, Iterable[tuple[Any, ...]]], list[Any]] = records if writes else fixed_records
        self._locks = locks

    def insert(self, model: type[Table], values: Mapping[str, object]) -> None:
        """Write a row whose key nobody asks for, which is cheaper than `add`."""
        key = ("insert", model, *values)
        statement = self._statements.get(key) or self._statements.kept(key, self.db, insertion(model, values))
        self._writes(model, values)
        statement.run(self._connection, values)

    def add(self, model: type[T], values: Mapping[str, object]) -> T:
        """Write a row; its record, with defaults and row key."""
        shape = layout(model)
        # A column that is left out is null as well, and costs nothing.
        whole: dict[str, Any] = {name: value for name, value in {**shape.defaults, **values}.items() if value is not None}
        key = ("add", model, *whole)
        statement = self._statements.get(key)
        if statement is None:
            statement = self._statements.kept(key, self.db, insertion(model, whole, returns_key=self.has_sequences))
        self._writes(model, whole)
        whole["pk"] = statement.key(self._connection, whole)
        made: T = object.__new__(shape.plain)
        made.__dict__ = whole
        return made

    def advance(self, model: type[T], column: str, **equals: Any) -> T:
        """Add 1 to the counter of the row with these values, in a write; the row after that. Nobody else moves it until the
        transaction ends. Look-ups see how far it is; `query`, `tuples` and `kept` do not."""
        self._known.pop(model, None)
        row: T = self._known.counting.advance(model, column, equals)
        return row

    def find(
        self,
        model: type[T],
        limit: int | None = None,
        order: Sequence[str] = (),
        left: Sequence[str] = (),
        **equals: Any,
    ) -> list[T]:
        """The rows whose columns have these values (None: is null), and of whose amounts something is `left`, in the order of these
        columns (`-name`: descending)."""
        key = selecting.key(model, order, equals, limit, left)
        name = (key, *equals.values())
        found = self._known[model].get(name)
        if found is None:
            self._known.show(model)
            statement = self._statements.get(key)
            if statement is None:
                statement = self._statements.kept(key, self.db, selecting.equal(model, equals, left, order, limit, self.db))
            found = self._noted(model, statement.rows(self._connection, equals))
            self._known.note(model, name, found)
        return list(found)

    def _noted(self, model: type[T], rows: list[tuple[Any, ...]]) -> list[T]:
        """The records of these rows, each of which is known by its key from now on."""
        if not rows:
            return []
        made: list[T] = self._records(model, rows)
        known = self._known.room(model)
        for record in made:
            known[_BY_PK, record.pk] = record
        return made

    def find_whole(self, model: type[T], limit: int | None = None, order: Sequence[str] = (), **equals: Any) -> list[T]:
        """The rows with these values, none of them None, together with those that they refer to (`together`), in one statement:
        `briefs` knows the latter from now on without asking again, and `find` what there is not beside them."""
        key = ("whole", model, limit, *order, "where", *equals)
        statement = self._statements.get(key)
        if statement is None:
            statement = self._statements.kept(key, self.db, together(model, conditions(model, equals), limit, order))
        rows = statement.rows(self._connection, equals)
        learn(self._known, model, rows)
        width = len(layout(model).fields)
        return self._noted(model, [row[:width] for row in rows])

    def by_pk(self, model: type[T], pks: Iterable[int | None]) -> dict[int, T]:
        """Rows by row key; None is passed over."""
        found, missing = self._known_of(_BY_PK, model, pks)
        if missing:
            for made in self._noted(model, self._among(_BY_PK, model, "pk", missing)):
                found[made.pk] = made
        return found

    def briefs(self, model: type[T], pks: Iterable[int | None]) -> dict[int, T]:
        """Rows by row key, in brief: they have the columns of `BRIEFS`, and no others. None is passed over."""
        found, missing = self._known_of(BRIEF, model, pks)
        if missing:
            for made in map(brief(model).new, self._among(BRIEF, model, "pk", missing)):
                self._known.note(model, (BRIEF, made.pk), made)
                found[made.pk] = made
        return found

    def _known_of(self, form: str, model: type[T], pks: Iterable[int | None]) -> tuple[dict[int, T], list[int]]:
        """What is known of the rows with these keys, in this form or whole; and the keys of which nothing is known."""
        known, missing = self._known[model], []
        found: dict[int, T] = {}
        for pk in pks:
            if pk is None or pk in found:
                continue
            row = known.get((form, pk)) or known.get((_BY_PK, pk))
            if row is None:
                missing.append(pk)
            else:
                found[pk] = row
        return found, missing

    def shown(self, model: type[T], pk: int | None, show: Callable[[T], S]) -> S | None:
        """What `show` makes of the row with this key, made once for as long as the row is known, and not to be changed; None for
        None."""
        if pk is None:
            return None
        found: S | None = self._known[model].get((show, pk))
        return found if found is not None else self.once(model, (show, pk), lambda: show(self.get(model, pk)))

    def once(self, model: type[Table], name: tuple[object, ...], make: Callable[[], S]) -> S:
        """What `make` makes of the rows of a table, made once for as long as they are known, under a name that says all that it
        depends on."""
        found: S | None = self._known[model].get(name)
        if found is None:
            found = make()
            self._known.note(model, name, found)
        return found

    def one(self, model: type[T], **equals: Any) -> T | None:
        """The row with these values, or None."""
        found = self.find(model, 1, **equals)
        return found[0] if found else None

    def get(self, model: type[T], pk: int) -> T:
        """The row with this row key, which is known to exist."""
        found: T | None = self._known[model].get((_BY_PK, pk)) or self.one(model, pk=pk)
        if found is None:
            raise LookupError(f"{model.__name__} {pk} is gone")
        return found

    @property
    def has_sequences(self) -> bool:
        """Whether the engine counts in sequences that no write waits for."""
        return bool(self.db.sequences)

    @property
    def has_locks(self) -> bool:
        """Whether others write at the same time, so that `take` means something."""
        return self._locks is not None

    def take(self, account_pk: int | None) -> None:
        """Have the account to oneself until the commit, in a write that decides upon what is on it; None: the whole book."""
        if self._locks is not None:
            self._locks.take(account_pk)

    def _writes(self, model: type[Table], named: Mapping[str, object]) -> None:
        if self._locks is not None:
            self._locks.writes(model, named)
        self._known.leave(model)

    def change(
        self, model: type[Table], values: Mapping[str, object], at_least: Mapping[str, int] | None = None, **equals: Any
    ) -> int:
        """Update the rows that have these values (and at least those); how many there were."""
        least = at_least or {}
        nulls = [name for name, value in equals.items() if value is None] if None in equals.values() else ()
        key = ("change", model, *values, "where", *equals, "null", *nulls, "least", *least)
        if self._locks is not None:
            self._locks.writes(model, {**values, **equals})
        self._known.leave(model)
        statement = self._statements.get(key)
        if statement is None:
            changes = {field_of(model, name): slot(_NEW + name) for name in values}
            statement = self._statements.kept(key, self.db, model.update(changes).where(conditions(model, equals, least)))
        given = dict(zip(map(_NEW.__add__, values), values.values(), strict=True)) | equals
        if least:
            given |= {f"least_{name}": value for name, value in least.items()}
        return int(statement.run(self._connection, given).rowcount)

    def know(self, row: Table) -> None:
        """The record is what its row in the table holds now."""
        self._known.note(layout(type(row)).model, (_BY_PK, row.pk), row)

    def change_all(self, model: type[Table], values: Mapping[str, object], *conditions: Any) -> int:
        """Update the rows that meet the conditions, of which there may be many; how many there were. It is built each time."""
        changes = {field_of(model, name): value for name, value in values.items()}
        sql, parameters = model.update(changes).where(*conditions).bind(self.db).sql()
        self._writes(model, values)
        return int(self.db.execute_sql(sql, parameters).rowcount)

    def remove(self, model: type[Table], **equals: Any) -> int:
        """Delete rows of the tables that are not the books (sessions, intentions, keys); how many there were."""
        key = ("remove", model, *((name, value is None) for name, value in equals.items()))
        self._writes(model, equals)
        statement = self._statements.get(key)
        if statement is None:
            statement = self._statements.kept(key, self.db, model.delete().where(conditions(model, equals)))
        return int(statement.run(self._connection, equals).rowcount)

    def among(self, model: type[T], column: str, values: Iterable[object], order: Sequence[str] = ()) -> list[T]:
        """The rows whose column holds one of these values; of each lot of values in this order."""
        rows = self._among(_BY_PK, model, column, values, order)
        return self._records(model, rows) if rows else []

    def _among(
        self, form: str, model: type[Table], column: str, values: Iterable[object], order: Sequence[str] = ()
    ) -> list[tuple[Any, ...]]:
        """Each lot is filled up to a power of two by repeating its last value, so that few statements are kept."""
        self._known.show(model)
        wanted = list(dict.fromkeys(values))
        found: list[tuple[Any, ...]] = []
        for start in range(0, len(wanted), ROWS_AT_ONCE):
            lot = wanted[start : start + ROWS_AT_ONCE]
            size = 1 << (len(lot) - 1).bit_length()
            key = ("among", form, model, column, size, *order)
            statement = self._statements.get(key)
            if statement is None:
                fields = brief(model).fields if form == BRIEF else layout(model).fields
                statement = self._statements.kept(key, self.db, selecting.among(model, column, size, order, fields))
            given = {f"value_{place}": value for place, value in enumerate(lot + lot[-1:] * (size - len(lot)))}
            found += statement.rows(self._connection, given)
        return found

    def query(self, model: type[T], query: Any) -> list[T]:
        """The records of a select of all columns, for queries whose shape varies too much to be kept."""
        found: list[T] = self._records(model, self.tuples(query))
        return found

    def tuples(self, query: Any) -> list[tuple[Any, ...]]:
        """The bare rows of a query."""
        sql, parameters = query.bind(self.db).sql()
        return list(self.db.execute_sql(sql, parameters).fetchall())

    def kept(self, key: Key, build: Callable[[], Any], **values: object) -> list[tuple[Any, ...]]:
        """The bare rows of a query that is built once and kept under this key; `values` are those of its slots."""
        statement = self._statements.get(key) or self._statements.kept(key, self.db, build())
        return statement.rows(self._connection, values)

    def count(self, model: type[Table]) -> int:
        """How many rows a table has."""
        return int(self.kept(("count", model), lambda: model.select(fn.COUNT(model.pk)))[0][0])

    def savepoint(self) -> AbstractContextManager[None]:
        """Part of a write that can be undone alone."""
        return part(self._connection, partial(self._known.undo, self._known.counting.mark()))
