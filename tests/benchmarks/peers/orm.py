"""What a user would otherwise write: FastAPI and SQLAlchemy's ORM, as their own tutorials do it: a session and a commit for each
request, endpoints that are plain functions, models that refer to one another."""

import uuid
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from decimal import Decimal
from itertools import islice
from typing import Annotated, Any

from argon2 import PasswordHasher
from fastapi import Depends, FastAPI, HTTPException
from itsdangerous import BadSignature, URLSafeTimedSerializer
from pydantic import BaseModel
from sqlalchemy import Engine, ForeignKey, Numeric, create_engine, event, insert, select
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, joinedload, mapped_column, relationship

from tests.benchmarks.peers import shape
from tests.benchmarks.peers.calls import Call, Creation, List, Login, Named, PayInvoice, Show
from tests.benchmarks.peers.shape import INVOICE_TOTAL, PASSWORD, PAYMENT_AMOUNT, SECRET, TOKEN_SECONDS, Shape, invoice_number

WAIT_SECONDS = 30
LOT = 10_000
hasher = PasswordHasher()
signer = URLSafeTimedSerializer(SECRET, salt="session")
Money = Annotated[Decimal, mapped_column(Numeric(18, 2))]


class Base(DeclarativeBase):
    pass


def new_id() -> str:
    return uuid.uuid4().hex.upper()


class Account(Base):
    __tablename__ = "account"
    pk: Mapped[int] = mapped_column(primary_key=True)
    id: Mapped[str] = mapped_column(unique=True, default=new_id)
    number: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]


class Invoice(Base):
    __tablename__ = "invoice"
    pk: Mapped[int] = mapped_column(primary_key=True)
    id: Mapped[str] = mapped_column(unique=True, default=new_id)
    number: Mapped[str] = mapped_column(unique=True)
    account_pk: Mapped[int] = mapped_column(ForeignKey("account.pk"), index=True)
    total: Mapped[Money]
    unpaid: Mapped[Money]


class Payment(Base):
    __tablename__ = "payment"
    pk: Mapped[int] = mapped_column(primary_key=True)
    id: Mapped[str] = mapped_column(unique=True, default=new_id)
    number: Mapped[str | None] = mapped_column(unique=True)
    reference_number: Mapped[str] = mapped_column(unique=True)
    account_pk: Mapped[int] = mapped_column(ForeignKey("account.pk"), index=True)
    life_cycle_state: Mapped[str]
    payment_amount: Mapped[Money]
    issued_on: Mapped[datetime]
    posted_on: Mapped[datetime | None]
    notes: Mapped[str | None]
    account: Mapped[Account] = relationship()


class Allocation(Base):
    __tablename__ = "allocation"
    pk: Mapped[int] = mapped_column(primary_key=True)
    payment_pk: Mapped[int] = mapped_column(ForeignKey("payment.pk"), index=True)
    invoice_pk: Mapped[int] = mapped_column(ForeignKey("invoice.pk"), index=True)
    amount: Mapped[Money]


class Journal(Base):
    __tablename__ = "journal"
    pk: Mapped[int] = mapped_column(primary_key=True)
    account_pk: Mapped[int] = mapped_column(ForeignKey("account.pk"))
    payment_pk: Mapped[int] = mapped_column(ForeignKey("payment.pk"))
    amount: Mapped[Money]
    at: Mapped[datetime]


class Audit(Base):
    __tablename__ = "audit"
    pk: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime]
    actor: Mapped[int]
    method: Mapped[str]
    payment_pk: Mapped[int]


class Series(Base):
    __tablename__ = "series"
    name: Mapped[str] = mapped_column(primary_key=True)
    last: Mapped[int]


def engine_of(path: str, begin: str) -> Engine:
    """An engine whose transactions begin as SQLAlchemy's page on SQLite advises."""
    engine = create_engine(f"sqlite:///{path}", connect_args={"timeout": WAIT_SECONDS})

    @event.listens_for(engine, "connect")
    def connect(connection: Any, _record: Any) -> None:
        connection.isolation_level = None
        connection.execute("PRAGMA journal_mode = wal")
        connection.execute("PRAGMA synchronous = full")

    @event.listens_for(engine, "begin")
    def start(connection: Any) -> None:
        connection.exec_driver_sql(begin)

    return engine


def fill(size: Shape) -> None:
    """Make the book."""
    engine = engine_of(size.path, "BEGIN IMMEDIATE")
    Base.metadata.create_all(engine)
    at = datetime(2026, 1, 1, tzinfo=UTC)
    total, amount = Decimal(INVOICE_TOTAL) / 100, Decimal(PAYMENT_AMOUNT) / 100
    with Session(engine) as session:
        session.execute(insert(Account), [{"number": str(n), "name": f"Account {n}"} for n in range(1, size.accounts + 1)])
        invoices = (
            {"number": invoice_number(n), "account_pk": (n - 1) % size.accounts + 1, "total": total, "unpaid": total}
            for n in range(1, size.invoices + 1)
        )
        for some in _lots(invoices):
            session.execute(insert(Invoice), some)
        payments = (
            {
                "number": str(n),
                "reference_number": str(n),
                "account_pk": (n - 1) % size.accounts + 1,
                "life_cycle_state": "POSTED",
                "payment_amount": amount,
                "issued_on": at,
                "posted_on": at,
            }
            for n in range(1, size.payments + 1)
        )
        for some in _lots(payments):
            session.execute(insert(Payment), some)
        session.add_all([Series(name=name, last=size.payments) for name in ("reference", "number")])
        session.commit()
    engine.dispose()


def _lots(rows: Iterator[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    while lot := list(islice(rows, LOT)):
        yield lot


class Book:
    """The engines, made when the server starts."""

    reading: Engine
    writing: Engine
    hash: str


@asynccontextmanager
async def lifespan(_running: FastAPI) -> AsyncIterator[None]:
    size = shape.from_environment()
    Book.reading, Book.writing = engine_of(size.path, "BEGIN"), engine_of(size.path, "BEGIN IMMEDIATE")
    Book.hash = hasher.hash(PASSWORD)
    yield


app = FastAPI(lifespan=lifespan)


def reading() -> Iterator[Session]:
    with Session(Book.reading) as session:
        yield session


def writing() -> Iterator[Session]:
    with Session(Book.writing) as session:
        yield session


Reading = Annotated[Session, Depends(reading)]
Writing = Annotated[Session, Depends(writing)]


class Create(Creation):
    payment_amount: Decimal


class One(BaseModel):
    method: str
    params: Create


class Batch(Call):
    calls: list[One]


class AccountOut(BaseModel, from_attributes=True):
    id: str
    number: str
    name: str


class PaymentOut(BaseModel, from_attributes=True):
    id: str
    number: str | None
    reference_number: str
    life_cycle_state: str
    payment_amount: float
    issued_on: datetime
    posted_on: datetime | None
    notes: str | None
    account: AccountOut


class Status(BaseModel):
    code: str = "OK"
    message: str | None = None
    description: str | None = None


class Answer(BaseModel):
    status: Status = Status()
    data: Any


class Payment1(Answer):
    data: PaymentOut


class Payments(Answer):
    data: list[PaymentOut]


def check(token: str) -> None:
    try:
        signer.loads(token, max_age=TOKEN_SECONDS)
    except BadSignature:
        raise HTTPException(401) from None


def account_of(session: Session, named: Named) -> Account:
    account = session.scalar(select(Account).where(Account.number == named.number))
    if account is None:
        raise HTTPException(404)
    return account


def following(session: Session, name: str) -> str:
    series = session.get_one(Series, name)
    series.last += 1
    return str(series.last)


def post_payment(session: Session, payment: Payment, at: datetime) -> None:
    payment.number, payment.posted_on, payment.life_cycle_state = following(session, "number"), at, "POSTED"
    session.flush()
    session.add(Journal(account_pk=payment.account.pk, payment_pk=payment.pk, amount=-payment.payment_amount, at=at))
    session.add(Audit(at=at, actor=1, method="payments/post", payment_pk=payment.pk))


def make_payment(session: Session, account: Account, amount: Decimal, state: str, notes: str | None) -> Payment:
    at = datetime.now(UTC)
    payment = Payment(
        reference_number=following(session, "reference"),
        account=account,
        life_cycle_state=state,
        payment_amount=amount,
        issued_on=at,
        notes=notes,
    )
    session.add(payment)
    if state == "POSTED":
        post_payment(session, payment, at)
    else:
        session.flush()
        session.add(Audit(at=at, actor=1, method="payments/create", payment_pk=payment.pk))
    return payment


def apply_payment(session: Session, payment: Payment) -> None:
    """To the account's oldest open invoices."""
    rest = payment.payment_amount
    while rest:
        mine = (Invoice.account_pk == payment.account_pk, Invoice.unpaid > 0)
        invoice = session.scalar(select(Invoice).where(*mine).order_by(Invoice.pk).limit(1))
        if invoice is None:
            return
        part = min(rest, invoice.unpaid)
        session.add(Allocation(payment_pk=payment.pk, invoice_pk=invoice.pk, amount=part))
        invoice.unpaid -= part
        rest -= part


@app.post("/login")
def login(said: Login) -> Answer:
    hasher.verify(Book.hash, said.password)
    return Answer(data={"token": signer.dumps("session")})


@app.post("/payments/show")
def show(call: Show, session: Reading) -> Payment1:
    check(call.token)
    mine = Payment.number == call.payment_identifier.number
    payment = session.scalar(select(Payment).options(joinedload(Payment.account)).where(mine))
    if payment is None:
        raise HTTPException(404)
    return Payment1(data=PaymentOut.model_validate(payment))


@app.post("/payments/list")
def list_(call: List, session: Reading) -> Payments:
    check(call.token)
    account = account_of(session, call.accounts_receivable_identifier)
    found = select(Payment).options(joinedload(Payment.account)).where(Payment.account_pk == account.pk)
    rows = session.scalars(found.order_by(Payment.pk.desc()).limit(call.number_of_results))
    return Payments(data=[PaymentOut.model_validate(row) for row in rows])


@app.post("/payments/create")
def create(call: Create, session: Writing) -> Payment1:
    check(call.token or "")
    account = account_of(session, call.accounts_receivable_identifier)
    payment = make_payment(session, account, call.payment_amount, call.life_cycle_state, call.notes)
    session.commit()
    return Payment1(data=PaymentOut.model_validate(payment))


@app.post("/payments/pay_invoice")
def pay_invoice(call: PayInvoice, session: Writing) -> Payment1:
    check(call.token)
    account = account_of(session, call.accounts_receivable_identifier)
    invoice = session.scalar(select(Invoice).where(Invoice.number == call.invoice_identifier.number))
    if invoice is None or invoice.account_pk != account.pk or not invoice.unpaid:
        raise HTTPException(409)
    payment = make_payment(session, account, invoice.unpaid, "POSTED", call.notes)
    session.add(Allocation(payment_pk=payment.pk, invoice_pk=invoice.pk, amount=invoice.unpaid))
    invoice.unpaid = Decimal(0)
    session.commit()
    return Payment1(data=PaymentOut.model_validate(payment))


@app.post("/payments/post")
def post(call: Show, session: Writing) -> Payment1:
    check(call.token)
    payment = session.scalar(select(Payment).where(Payment.id == call.payment_identifier.id))
    if payment is None or payment.life_cycle_state != "DRAFT":
        raise HTTPException(409)
    post_payment(session, payment, datetime.now(UTC))
    apply_payment(session, payment)
    session.commit()
    return Payment1(data=PaymentOut.model_validate(payment))


@app.post("/batch")
def batch(call: Batch, session: Writing) -> Answer:
    check(call.token)
    made = []
    for one in call.calls:
        account = account_of(session, one.params.accounts_receivable_identifier)
        amount, state = one.params.payment_amount, one.params.life_cycle_state
        made.append(make_payment(session, account, amount, state, one.params.notes))
    session.commit()
    return Answer(data=[Payment1(data=PaymentOut.model_validate(payment)) for payment in made])


if __name__ == "__main__":
    fill(shape.from_environment())
