"""Databases of PostgreSQL that tests hand on to one another: filled anew as their template is, with the connections that books have
let go of. To get to know a new database takes a server longer than most tests do.
"""

import time
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import psycopg
from psycopg.conninfo import conninfo_to_dict
from psycopg.pq import TransactionStatus

from ledger.postgres.connections import Native, Postgres
from tests import postgres

USES = 40
"""So many tests get a database: the server keeps what was deleted."""
KEPT = 4
"""So many connections are kept to one database at one address."""
LEAVING_SECONDS = 0.1
"""So long it is waited for others to leave a database."""
TABLES = "SELECT quote_ident(relname) FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r'"
SEQUENCES = "SELECT quote_ident(sequencename) FROM pg_sequences WHERE schemaname = 'public'"
FUNCTIONS = """SELECT oid::regproc::text, pg_get_functiondef(oid) FROM pg_proc
    WHERE pronamespace = 'public'::regnamespace AND prorettype = 'trigger'::regtype"""
CATALOGS = ("pg_class", "pg_attribute", "pg_attrdef", "pg_constraint", "pg_index", "pg_trigger", "pg_namespace", "pg_type")
FORM = " UNION ALL ".join(f"SELECT count(*), max(xmin::text::bigint), sum(xmin::text::bigint) FROM {name}" for name in CATALOGS)
"""In this every change of tables and of what belongs to them shows."""
OTHERS = """SELECT count(*) FROM pg_stat_activity
    WHERE datname = current_database() AND backend_type = 'client backend' AND pid <> ALL(%s)"""
BEGIN = "BEGIN; SET LOCAL session_replication_role = replica; SET LOCAL lock_timeout = '1s'"
NOT_GUARDED = "BEGIN IF TG_OP = 'DELETE' THEN RETURN OLD; END IF; RETURN NEW; END"

CONNECT = Postgres._connect

Connection = psycopg.Connection[Any]


@dataclass(frozen=True)
class Filling:
    """What a template holds: the rows of its tables as COPY has them, what sets its sequences, what its triggers call, and its
    form."""

    tables: Mapping[str, bytes]
    sequences: Sequence[str]
    functions: Mapping[str, str]
    form: list[Any]

    def into(self, connection: Connection) -> None:
        """Put this in place of all that a database holds."""
        _run(connection, BEGIN, *map(_not_guarding, self.functions), *(f"DELETE FROM {table}" for table in self.tables))
        for table, rows in self.tables.items():
            if rows:
                with connection.cursor().copy(f"COPY {table} FROM STDIN") as copy:
                    copy.write(rows)
        _run(connection, *self.sequences, *self.functions.values(), "COMMIT")


def filling_of(connection: Connection) -> Filling:
    """What a database holds that nobody has used yet."""
    tables = {name: _rows(connection, name) for (name,) in _found(connection, TABLES)}
    sequences = [_move(connection, name) for (name,) in _found(connection, SEQUENCES)]
    return Filling(tables, sequences, dict(_found(connection, FUNCTIONS)), _found(connection, FORM))


def _run(connection: Connection, *statements: str) -> None:
    connection.execute("; ".join(statements), prepare=False)


def _found(connection: Connection, query: str) -> list[Any]:
    return connection.execute(query).fetchall()


def _not_guarding(function: str) -> str:
    return f"CREATE OR REPLACE FUNCTION {function}() RETURNS trigger LANGUAGE plpgsql AS $${NOT_GUARDED}$$"


def _rows(connection: Connection, table: str) -> bytes:
    with connection.cursor().copy(f"COPY {table} TO STDOUT") as copy:
        return b"".join(copy)


def _move(connection: Connection, sequence: str) -> str:
    ((last, is_called),) = _found(connection, f"SELECT last_value, is_called FROM {sequence}")
    return f"SELECT setval('{sequence}', {last}, {is_called})"


@dataclass
class Database:
    """One that tests hand on, and a connection to it that is ours."""

    name: str
    template: str
    connection: Connection
    uses: int = 0
    idle: dict[str, list[Native]] = field(default_factory=lambda: defaultdict(list))

    def taken(self, address: str) -> Native | None:
        """A connection that a book has let go of, if there is one that still works."""
        while self.idle[address]:
            native = self.idle[address].pop()
            try:
                native.execute("SELECT pg_advisory_unlock_all()")
            except psycopg.Error:
                continue
            native.warned.clear()
            return native
        return None

    def kept(self, address: str, native: Native) -> bool:
        """Keep a connection, unless it is in use or one too many."""
        if native.info.transaction_status != TransactionStatus.IDLE or len(self.idle[address]) >= KEPT:
            return False
        self.idle[address].append(native)
        return True

    def is_ours_alone(self) -> bool:
        """Whether nobody else is connected; who is leaving is waited for."""
        ours = [self.connection.info.backend_pid, *(native.info.backend_pid for each in self.idle.values() for native in each)]
        until = time.monotonic() + LEAVING_SECONDS
        while self.connection.execute(OTHERS, (ours,)).fetchall() != [(0,)]:
            if time.monotonic() > until:
                return False
            time.sleep(0.001)
        return True

    def close(self) -> None:
        for native in (self.connection, *(native for each in self.idle.values() for native in each)):
            native.close()


class Warm:
    """All of them in this process."""

    def __init__(self) -> None:
        self._databases: dict[str, Database] = {}
        self._spare: dict[str, list[Database]] = defaultdict(list)
        self._fillings: dict[str, Filling] = {}
        self.is_on = False

    def copied(self, name: str, template: str) -> str:
        """A database like the template, which nobody uses from now on: another one that is filled anew, or one of this name."""
        self.forget(template)
        if self.is_on and self._spare[template]:
            return self._spare[template].pop().name
        postgres.create(name, template)
        if self.is_on:
            made = self._databases[name] = Database(name, template, psycopg.connect(postgres.address(name), autocommit=True))
            if template not in self._fillings:
                self._fillings[template] = filling_of(made.connection)
        return name

    def dropped(self, name: str) -> None:
        """A test is over. The next one gets its database, unless somebody has changed more than rows or has not left it."""
        database = self._databases.get(name)
        try:
            if database is not None and self._is_refilled(database):
                self._spare[database.template].append(database)
                return
        except psycopg.Error:
            pass
        self.forget(name)
        postgres.drop(name)

    def _is_refilled(self, database: Database) -> bool:
        database.uses += 1
        filling = self._fillings[database.template]
        if database.uses >= USES or not database.is_ours_alone() or _found(database.connection, FORM) != filling.form:
            return False
        filling.into(database.connection)
        return True

    def forget(self, name: str) -> None:
        """This one is not handed on."""
        if database := self._databases.pop(name, None):
            database.close()

    @property
    def names(self) -> frozenset[str]:
        """All that are handed on."""
        return frozenset(self._databases)

    @contextmanager
    def on(self, is_on: bool = True) -> Iterator[None]:
        """While the block runs, databases are handed on, or not."""
        before, self.is_on = self.is_on, is_on
        try:
            yield
        finally:
            self.is_on = before

    def at(self, address: str) -> Database | None:
        """The one that is handed on, of which this is an address."""
        return self._databases.get(str(conninfo_to_dict(address)["dbname"]))


warm = Warm()


def connected(db: Postgres) -> Native:
    """What a book connects with."""
    database = warm.at(db.database)
    return (database and database.taken(db.database)) or CONNECT(db)


def let_go(db: Postgres, native: Native) -> None:
    """What a book does with a connection that it needs no more."""
    database = warm.at(db.database)
    if database is None or not database.kept(db.database, native):
        native.close()
