"""The floor: the same jobs by hand, with prepared SQL on one connection and nothing of a product around them.

What it leaves out (idempotency, chains, rights, several ways to name a thing, refusals that explain themselves) is what the product
adds. Writes that wait together share a durable commit.
"""

import asyncio
import os
import sqlite3
import time
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from typing import Any

import orjson
from argon2 import PasswordHasher
from itsdangerous import URLSafeTimedSerializer
from pydantic import BaseModel
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from tests.benchmarks.peers import shape
from tests.benchmarks.peers.calls import Call, Creation, List, Login, Named, PayInvoice, Show
from tests.benchmarks.peers.shape import (
    EVERY_MOMENT,
    INVOICE_TOTAL,
    PASSWORD,
    PAYMENT_AMOUNT,
    SECRET,
    TOKEN_SECONDS,
    Shape,
    invoice_number,
)

TABLES = """
CREATE TABLE account (pk INTEGER PRIMARY KEY, id TEXT UNIQUE, number TEXT UNIQUE, name TEXT);
CREATE TABLE invoice (pk INTEGER PRIMARY KEY, id TEXT UNIQUE, number TEXT UNIQUE, account INTEGER, total INTEGER, unpaid INTEGER);
CREATE INDEX invoice_account ON invoice (account);
CREATE TABLE payment (pk INTEGER PRIMARY KEY, id TEXT UNIQUE, number TEXT UNIQUE, reference TEXT UNIQUE, account INTEGER,
    state TEXT, amount INTEGER, issued TEXT, posted TEXT, notes TEXT,
    s1, s2, s3, s4, s5, s6, s7, s8, f1, f2, f3, f4, d1, d2, d3, d4);
CREATE INDEX payment_account ON payment (account, pk);
CREATE TABLE allocation (pk INTEGER PRIMARY KEY, payment INTEGER, invoice INTEGER, amount INTEGER);
CREATE INDEX allocation_payment ON allocation (payment);
CREATE INDEX allocation_invoice ON allocation (invoice);
CREATE TABLE journal (pk INTEGER PRIMARY KEY, account INTEGER, kind TEXT, document INTEGER, amount INTEGER, at TEXT);
CREATE TABLE audit (pk INTEGER PRIMARY KEY, at TEXT, actor INTEGER, method TEXT, document INTEGER);
CREATE TABLE series (name TEXT PRIMARY KEY, last INTEGER);
"""
SHOWN = (
    "SELECT p.id, p.number, p.reference, p.state, p.amount, p.issued, p.posted, p.notes, p.s1, p.s2, p.s3, p.s4, p.s5, p.s6, p.s7,"
    " p.s8, p.f1, p.f2, p.f3, p.f4, p.d1, p.d2, p.d3, p.d4, a.id, a.number, a.name"
    " FROM payment p JOIN account a ON a.pk = p.account"
)
NEW_PAYMENT = (
    "INSERT INTO payment (id, number, reference, account, state, amount, issued, posted, notes) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"
)
AT_ONCE = 64

hasher = PasswordHasher()
signer = URLSafeTimedSerializer(SECRET, salt="session")


def connected(path: str) -> sqlite3.Connection:
    """A connection whose commits are on disk when they return."""
    db = sqlite3.connect(path, isolation_level=None, check_same_thread=False, cached_statements=256)
    db.execute("PRAGMA journal_mode = wal")
    db.execute("PRAGMA synchronous = full")
    return db


def new_id() -> str:
    return os.urandom(16).hex().upper()


def fill(size: Shape) -> None:
    """Make the book."""
    db = connected(size.path)
    db.executescript(TABLES)
    db.execute("BEGIN")
    db.executemany(
        "INSERT INTO account (id, number, name) VALUES (?, ?, ?)",
        ((new_id(), str(n), f"Account {n}") for n in range(1, size.accounts + 1)),
    )
    db.executemany(
        "INSERT INTO invoice (id, number, account, total, unpaid) VALUES (?, ?, ?, ?, ?)",
        (
            (new_id(), invoice_number(n), (n - 1) % size.accounts + 1, INVOICE_TOTAL, INVOICE_TOTAL)
            for n in range(1, size.invoices + 1)
        ),
    )
    db.executemany(
        "INSERT INTO payment (id, number, reference, account, state, amount, issued, posted) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        (
            (new_id(), str(n), str(n), (n - 1) % size.accounts + 1, "POSTED", PAYMENT_AMOUNT, EVERY_MOMENT, EVERY_MOMENT)
            for n in range(1, size.payments + 1)
        ),
    )
    db.executemany("INSERT INTO series VALUES (?, ?)", [("reference", size.payments), ("number", size.payments)])
    db.execute("COMMIT")
    db.close()


class Create(Creation):
    payment_amount: float


class One(BaseModel):
    method: str
    params: Create


class Batch(Call):
    calls: list[One]


class Refused(Exception):
    """The call is wrong."""


def enveloped(data: object) -> bytes:
    return orjson.dumps({"status": {"code": "OK", "message": None, "description": None}, "data": data})


def answer(body: bytes, status: int = 200) -> Response:
    return Response(body, status, media_type="application/json")


def shown(row: Any) -> dict[str, Any]:
    """A payment as it is answered."""
    return {
        "id": row[0],
        "number": row[1],
        "reference_number": row[2],
        "life_cycle_state": row[3],
        "payment_amount": row[4] / 100,
        "issued_on": row[5],
        "posted_on": row[6],
        "notes": row[7],
        **{f"udf_string_{n}": row[7 + n] for n in range(1, 9)},
        **{f"udf_float_{n}": row[15 + n] for n in range(1, 5)},
        **{f"udf_date_{n}": row[19 + n] for n in range(1, 5)},
        "accounts_receivable": {"id": row[24], "number": row[25], "name": row[26]},
    }


Work = Callable[["Desk", Any], bytes]


class Desk:
    """The book: one connection that reads, one that writes, and the calls that wait for the next commit."""

    def __init__(self, path: str) -> None:
        self.writer = connected(path)
        self.reader = connected(path)
        self.hash = hasher.hash(PASSWORD)
        self._waiting: list[tuple[Work, Any, asyncio.Future[bytes | None]]] = []
        self._wake = asyncio.Event()
        self._thread = ThreadPoolExecutor(1)

    async def written(self, work: Work, call: Any) -> Response:
        """Do this in the next commit."""
        done: asyncio.Future[bytes | None] = asyncio.get_running_loop().create_future()
        self._waiting.append((work, call, done))
        self._wake.set()
        body = await done
        return answer(body) if body else answer(b'{"status":{"code":"REFUSED"},"data":null}', 409)

    async def write(self) -> None:
        """Commit what waits, again and again."""
        loop = asyncio.get_running_loop()
        while True:
            await self._wake.wait()
            self._wake.clear()
            while self._waiting:
                taken, self._waiting = self._waiting[:AT_ONCE], self._waiting[AT_ONCE:]
                bodies = await loop.run_in_executor(self._thread, self._committed, taken)
                for (_, _, done), body in zip(taken, bodies, strict=True):
                    done.set_result(body)

    def _committed(self, taken: list[tuple[Work, Any, Any]]) -> list[bytes | None]:
        run, bodies = self.writer.execute, list[bytes | None]()
        run("BEGIN IMMEDIATE")
        for work, call, _ in taken:
            run("SAVEPOINT one")
            try:
                bodies.append(work(self, call))
            except Refused:
                run("ROLLBACK TO one")
                bodies.append(None)
            run("RELEASE one")
        run("COMMIT")
        return bodies


def now() -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime())


def _account(desk: Desk, named: Named) -> int:
    found = desk.writer.execute("SELECT pk FROM account WHERE number = ?", (named.number,)).fetchone()
    if found is None:
        raise Refused
    return int(found[0])


def _next(desk: Desk, series: str) -> str:
    row = desk.writer.execute("UPDATE series SET last = last + 1 WHERE name = ? RETURNING last", (series,)).fetchone()
    return str(row[0])


def _made(desk: Desk, account: int, amount: int, state: str, notes: str | None) -> tuple[int, dict[str, Any]]:
    at, made = now(), new_id()
    reference, number = _next(desk, "reference"), _next(desk, "number") if state == "POSTED" else None
    row = (made, number, reference, account, state, amount, at, at if number else None, notes)
    pk = desk.writer.execute(NEW_PAYMENT, row).lastrowid
    assert pk is not None
    if number:
        _booked(desk, account, pk, amount, at)
    _audited(desk, at, "payments", pk)
    data = {"id": made, "number": number, "reference_number": reference, "life_cycle_state": state, "payment_amount": amount / 100}
    return pk, data | {"issued_on": at, "posted_on": at if number else None}


def _booked(desk: Desk, account: int, payment: int, amount: int, at: str) -> None:
    row = (account, "PAYMENT", payment, -amount, at)
    desk.writer.execute("INSERT INTO journal (account, kind, document, amount, at) VALUES (?, ?, ?, ?, ?)", row)


def _audited(desk: Desk, at: str, method: str, document: int) -> None:
    desk.writer.execute("INSERT INTO audit (at, actor, method, document) VALUES (?, ?, ?, ?)", (at, 1, method, document))


def created(desk: Desk, call: Create) -> bytes:
    """Create a payment."""
    account = _account(desk, call.accounts_receivable_identifier)
    return enveloped(_made(desk, account, round(call.payment_amount * 100), call.life_cycle_state, call.notes)[1])


def paid(desk: Desk, call: PayInvoice) -> bytes:
    """Pay what is unpaid on an invoice."""
    run = desk.writer.execute
    account = _account(desk, call.accounts_receivable_identifier)
    number = call.invoice_identifier.number
    invoice = run("SELECT pk, account, unpaid FROM invoice WHERE number = ?", (number,)).fetchone()
    if invoice is None or invoice[1] != account or not invoice[2]:
        raise Refused
    pk, data = _made(desk, account, invoice[2], "POSTED", call.notes)
    run("INSERT INTO allocation (payment, invoice, amount) VALUES (?, ?, ?)", (pk, invoice[0], invoice[2]))
    run("UPDATE invoice SET unpaid = 0 WHERE pk = ?", (invoice[0],))
    return enveloped(data)


def posted(desk: Desk, call: Show) -> bytes:
    """Post a draft."""
    run, at = desk.writer.execute, now()
    named = call.payment_identifier
    row = run("SELECT pk, account, amount, id, reference FROM payment WHERE id = ? AND state = 'DRAFT'", (named.id,)).fetchone()
    if row is None:
        raise Refused
    number = _next(desk, "number")
    run("UPDATE payment SET state = 'POSTED', number = ?, posted = ? WHERE pk = ?", (number, at, row[0]))
    _booked(desk, row[1], row[0], row[2], at)
    _applied(desk, row[1], row[0], row[2])
    _audited(desk, at, "payments/post", row[0])
    return enveloped({"id": row[3], "number": number, "reference_number": row[4], "life_cycle_state": "POSTED", "posted_on": at})


def _applied(desk: Desk, account: int, payment: int, amount: int) -> None:
    """Apply a payment to the account's oldest open invoices."""
    run = desk.writer.execute
    while amount:
        oldest = "SELECT pk, unpaid FROM invoice WHERE account = ? AND unpaid > 0 ORDER BY pk LIMIT 1"
        invoice = run(oldest, (account,)).fetchone()
        if invoice is None:
            return
        part = min(amount, invoice[1])
        run("INSERT INTO allocation (payment, invoice, amount) VALUES (?, ?, ?)", (payment, invoice[0], part))
        run("UPDATE invoice SET unpaid = unpaid - ? WHERE pk = ?", (part, invoice[0]))
        amount -= part


def run_batch(desk: Desk, call: Batch) -> bytes:
    """Run the calls of a batch one after the other."""
    return enveloped([orjson.Fragment(created(desk, one.params)) for one in call.calls])


def at_desk(request: Request) -> Desk:
    desk = request.app.state.desk
    assert isinstance(desk, Desk)
    return desk


async def login(request: Request) -> Response:
    desk, said = at_desk(request), Login.model_validate_json(await request.body())
    await asyncio.to_thread(hasher.verify, desk.hash, said.password)
    return answer(enveloped({"token": signer.dumps("session")}))


async def show(request: Request) -> Response:
    call = Show.model_validate_json(await request.body())
    signer.loads(call.token, max_age=TOKEN_SECONDS)
    row = at_desk(request).reader.execute(SHOWN + " WHERE p.number = ?", (call.payment_identifier.number,)).fetchone()
    return answer(enveloped(shown(row))) if row else answer(b"", 404)


async def list_(request: Request) -> Response:
    call = List.model_validate_json(await request.body())
    signer.loads(call.token, max_age=TOKEN_SECONDS)
    where = " WHERE p.account = (SELECT pk FROM account WHERE number = ?) ORDER BY p.pk DESC LIMIT ?"
    given = (call.accounts_receivable_identifier.number, call.number_of_results)
    rows = at_desk(request).reader.execute(SHOWN + where, given).fetchall()
    return answer(enveloped([shown(row) for row in rows]))


def writing(model: type[BaseModel], work: Work) -> Callable[[Request], Any]:
    """A route that writes."""

    async def endpoint(request: Request) -> Response:
        call: Any = model.model_validate_json(await request.body())
        signer.loads(call.token, max_age=TOKEN_SECONDS)
        return await at_desk(request).written(work, call)

    return endpoint


@asynccontextmanager
async def lifespan(running: Starlette) -> AsyncIterator[None]:
    running.state.desk = Desk(shape.from_environment().path)
    writer = asyncio.create_task(running.state.desk.write())
    yield
    writer.cancel()


app = Starlette(
    lifespan=lifespan,
    routes=[
        Route("/login", login, methods=["POST"]),
        Route("/payments/show", show, methods=["POST"]),
        Route("/payments/list", list_, methods=["POST"]),
        Route("/payments/create", writing(Create, created), methods=["POST"]),
        Route("/payments/pay_invoice", writing(PayInvoice, paid), methods=["POST"]),
        Route("/payments/post", writing(Show, posted), methods=["POST"]),
        Route("/batch", writing(Batch, run_batch), methods=["POST"]),
    ],
)

if __name__ == "__main__":
    fill(shape.from_environment())
