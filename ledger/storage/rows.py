"""Reading and writing rows of one connection; every statement is compiled once."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, Protocol, TypeVar

from peewee import Database, Model, fn

from ledger.storage.columns import Table
from ledger.storage.compiled import Key, Statement, Statements, conditions, field_of, fixed_record, insertion, layout, record, slot
from ledger.storage.known import Known
from ledger.storage.transactions import run
from ledger.storage.wholes import tables_of, together

T = TypeVar("T", bound=Table)
S = TypeVar("S")

_BY_PK = "pk"
ROWS_AT_ONCE = 512
"""How many keys one IN list holds, well below any engine's limit of parameters."""


def _find_key(
    model: type[Model], order: Sequence[str], equals: Mapping[str, object], limit: int | None = None, least: Iterable[str] = ()
) -> Key:
    """Under what a look-up of such rows is known, and its statement kept."""
    nulls = tuple(name for name, value in equals.items() if value is None) if None in equals.values() else ()
    return ("find", model, limit, tuple(order), tuple(equals), nulls, tuple(least))


class Locks(Protocol):
    """What a write holds, on an engine on which several write at a time. Whoever has to hold more is begun again."""

    def take(self, account_pk: int | None) -> None:
        """Go on only if the account is held, or (None) the whole book."""

    def writes(self, model: type[Table], named: Mapping[str, object]) -> None:
        """Go on only if what is held is enough to write these rows of a table."""


class Rows:
    """The rows that one connection reads and writes. Columns are named as in the tables (`account_pk`)."""

    __slots__ = ("_connection", "_known", "_locks", "_record", "_statements", "db")

    def __init__(
        self, db: Database, statements: Statements, known: Known, *, writes: bool = False, locks: Locks | None = None
    ) -> None:
        self.db = db
        self._connection = db.connection()
        self._statements = statements
        self._known = known
        self._record: Callable[[Any, tuple[Any, ...]], Any] = record if writes else fixed_record
        self._locks = locks

    def insert(self, model: type[Table], values: Mapping[str, object]) -> None:
        """Write a row whose key nobody asks for, which is cheaper than `add`."""
        statement = self._statements.get(("insert", model, *values), self.db, lambda: insertion(model, values))
        self._writes(model, values)
        statement.run(self._connection, values)

    def add(self, model: type[T], values: Mapping[str, object]) -> T:
        """Write a row; its record, with defaults and row key."""
        shape = layout(model)
        whole = shape.defaults | dict(values)
        statement = self._statements.get(
            ("add", model, *whole), self.db, lambda: insertion(model, whole, returns_key=self.has_sequences)
        )
        self._writes(model, whole)
        whole["pk"] = statement.key(self._connection, whole)
        return self._made(model, tuple(map(whole.get, shape.columns)))

    def add_all(self, model: type[T], rows: Iterable[Mapping[str, object]], order: Sequence[str], **equals: Any) -> None:
        """Write all rows that have these values; there were none. `find` knows them, in this order, without asking for them."""
        made = [self.add(model, {**equals, **values}) for values in rows]
        self._known.note(model, (_find_key(model, order, equals), *equals.values()), made)

    def advance(self, model: type[T], column: str, **equals: Any) -> T:
        """Add 1 to a counter; its row after that."""

        def build() -> Any:
            counter = field_of(model, column)
            return model.update({counter: counter + 1}).where(conditions(model, equals))

        self._known.forget(model)
        self._statements.get(("advance", model, column, *equals), self.db, build).run(self._connection, equals)
        return self.find(model, 1, **equals)[0]

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
        key = _find_key(model, order, equals, limit, least)

        def build() -> Any:
            query = model.select(*layout(model).fields)
            if equals:
                query = query.where(conditions(model, equals, least))
            query = query.order_by(*(self._ordered(model, name) for name in order))
            return query.limit(limit) if limit else query

        given = equals | {f"least_{name}": value for name, value in least.items()} if least else equals
        name = (key, *given.values())
        found = self._known[model].get(name)
        if found is None:
            rows = self._statements.get(key, self.db, build).rows(self._connection, given)
            found = [self._noted(model, self._made(model, row)) for row in rows]
            self._known.note(model, name, found)
        return list(found)

    def _made(self, model: type[T], row: tuple[Any, ...]) -> T:
        made: T = self._record(model, row)
        return made

    def _noted(self, model: type[T], row: T) -> T:
        """The record, which is known by its key from now on."""
        self._known.note(model, (_BY_PK, row.pk), row)
        return row

    def _ordered(self, model: type[Table], name: str) -> Any:
        """A column to order by (`-name`: descending); what has no value is less than all others, as it is on SQLite anyway."""
        field = field_of(model, name.lstrip("-"))
        explicit = field.null and self.db.nulls_ordering
        if name[0] == "-":
            return field.desc(nulls="LAST" if explicit else None)
        return field.asc(nulls="FIRST") if explicit else field

    def find_whole(self, model: type[T], limit: int | None = None, **equals: Any) -> list[T]:
        """The rows with these values, none of them None, together with those that they refer to (`together`), in one statement:
        `get` and `by_pk` know the latter from now on without asking again."""
        key = ("whole", model, limit, tuple(equals))
        statement = self._statements.get(key, self.db, lambda: together(model, conditions(model, equals), limit))
        tables = tables_of(model)
        return [self._whole(model, tables, row) for row in statement.rows(self._connection, equals)]

    def _whole(self, model: type[T], tables: Sequence[tuple[type[Table], int, int]], row: tuple[Any, ...]) -> T:
        """The record of a row; those of the tables whose columns stand beside it are known by their keys."""
        for table, start, end in tables:
            pk = row[start]
            if pk is not None and (_BY_PK, pk) not in self._known[table]:
                self._noted(table, self._made(table, row[start:end]))
        known: T = self._known[model][_BY_PK, row[0]]
        return known

    def by_pk(self, model: type[T], pks: Iterable[int | None]) -> dict[int, T]:
        """Rows by row key; None is passed over."""
        known, missing = self._known[model], []
        found: dict[int, T] = {}
        for pk in pks:
            if pk is not None and pk not in found:
                row = known.get((_BY_PK, pk))
                if row is None:
                    missing.append(pk)
                else:
                    found[pk] = row
        if missing:
            found.update((row.pk, self._noted(model, row)) for row in self.among(model, "pk", missing))
        return found

    def shown(self, model: type[T], pk: int | None, show: Callable[[T], S]) -> S | None:
        """What `show` makes of the row with this key, made once for as long as the row is known, and not to be changed; None for
        None."""
        if pk is None:
            return None
        found: S | None = self._known[model].get((show, pk))
        if found is None:
            found = show(self.get(model, pk))
            self._known.note(model, (show, pk), found)
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

    def take(self, account_pk: int | None) -> None:
        """Have the account to oneself until the commit, in a write that decides upon what is on it; None: the whole book."""
        if self._locks is not None:
            self._locks.take(account_pk)

    def _writes(self, model: type[Table], named: Mapping[str, object]) -> None:
        if self._locks is not None:
            self._locks.writes(model, named)
        self._known.forget(model)

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
            changes = {field_of(model, name): slot(f"new_{name}") for name in values}
            return model.update(changes).where(conditions(model, equals, least))

        given = {f"new_{name}": value for name, value in values.items()}
        given |= {f"least_{name}": value for name, value in least.items()}
        self._writes(model, {**values, **equals})
        cursor = self._statements.get(key, self.db, build).run(self._connection, given | equals)
        return int(cursor.rowcount)

    def know(self, row: Table) -> None:
        """The record is what its row in the table holds now."""
        self._noted(layout(type(row)).model, row)

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
        statement = self._statements.get(key, self.db, lambda: model.delete().where(conditions(model, equals)))
        return int(statement.run(self._connection, equals).rowcount)

    def among(self, model: type[T], column: str, values: Iterable[object], order: Sequence[str] = ()) -> Iterator[T]:
        """The rows whose column holds one of these values, in lots.

        Each lot is filled up to a power of two by repeating its last value, so that few statements are kept.
        """
        wanted = list(dict.fromkeys(values))
        for start in range(0, len(wanted), ROWS_AT_ONCE):
            lot = wanted[start : start + ROWS_AT_ONCE]
            size = 1 << (len(lot) - 1).bit_length()
            given = {f"value_{place}": value for place, value in enumerate(lot + lot[-1:] * (size - len(lot)))}
            for row in self._among(model, column, size, order).rows(self._connection, given):
                yield self._made(model, row)

    def _among(self, model: type[Table], column: str, size: int, order: Sequence[str]) -> Statement:
        def build() -> Any:
            slots = [slot(f"value_{place}") for place in range(size)]
            query = model.select(*layout(model).fields).where(field_of(model, column).in_(slots))
            return query.order_by(*(field_of(model, name) for name in order))

        return self._statements.get(("among", model, column, size, *order), self.db, build)

    def query(self, model: type[T], query: Any) -> list[T]:
        """The records of a select of all columns, for queries whose shape varies too much to be kept."""
        return [self._made(model, row) for row in self.tuples(query)]

    def tuples(self, query: Any) -> list[tuple[Any, ...]]:
        """The bare rows of a query."""
        sql, parameters = query.bind(self.db).sql()
        return list(self.db.execute_sql(sql, parameters).fetchall())

    def kept(self, key: Key, build: Callable[[], Any], **values: object) -> list[tuple[Any, ...]]:
        """The bare rows of a query that is built once and kept under this key; `values` are those of its slots."""
        return self._statements.get(key, self.db, build).rows(self._connection, values)

    def count(self, model: type[Table]) -> int:
        """How many rows a table has."""
        return int(self.kept(("count", model), lambda: model.select(fn.COUNT(model.pk)))[0][0])

    @contextmanager
    def savepoint(self) -> Iterator[None]:
        """Part of a write that can be undone alone. One name for all, as statements of one text are prepared once; inner ones hide
        outer ones."""
        run(self._connection, "SAVEPOINT part")
        try:
            yield
        except BaseException:
            self._known.forget_all()
            # Some errors have undone the whole transaction, and every savepoint with it.
            if self._connection.in_transaction:
                run(self._connection, "ROLLBACK TO SAVEPOINT part")
                run(self._connection, "RELEASE SAVEPOINT part")
            raise
        run(self._connection, "RELEASE SAVEPOINT part")
