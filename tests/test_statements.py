"""How many SQL statements a call takes, the token's check included, and in each transaction the question for the edition of the
configuration; what begins and ends transactions is not counted.

A number that goes down is changed here; one that goes up slows every call. Each call was made once before, as the configuration is
asked for only once.
"""

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager, closing, suppress
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from peewee import PeeweeException
from starlette.testclient import TestClient

from ledger.book import Book
from ledger.entry import Call
from ledger.storage.models import Payment
from rpcserver import app
from rpcserver.auth import Tokens
from tests.books import EUROS
from tests.premises import Premises
from tests.statements import watched

pytestmark = pytest.mark.sqlite

CALL = Call("native", "test")


@asynccontextmanager
async def nobody_is_told(*_: object) -> AsyncIterator[None]:
    yield


@pytest.fixture(autouse=True)
def no_webhooks_are_looked_after(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever delivers looks into the book every now and then, and would be counted."""
    monkeypatch.setattr(app, "delivering", nobody_is_told)


class Desk:
    """What is asked: by the clerk unless said otherwise, of records that are there."""

    def __init__(self, premises: Premises) -> None:
        self.premises = premises
        self.keys = count()
        self.payments = [premises.company.pay() for _ in range(12)]
        self.book = premises.settings.database_url

    @property
    def client(self) -> TestClient:
        return self.premises.client

    @property
    def token(self) -> str:
        return self.premises.tokens["clerk"]

    def method(self, path: str, by: str = "clerk", **params: object) -> int:
        return self.client.post(f"/{path}", json={"token": self.premises.tokens[by], **params}).status_code

    def get(self, path: str, headers: Mapping[str, str]) -> int:
        return self.client.get(path, headers=headers).status_code

    def terms(self, amount: int | None) -> dict[str, Any]:
        return {
            "accounts_receivable_identifier": {"name": EUROS},
            "type_identifier": {"name": "Payment"},
            "payment_method_identifier": {"name": "Cash"},
            **({} if amount is None else {"payment_amount": amount, "life_cycle_state": "DRAFT"}),
        }

    # --- the calls: each makes what has to be there first, and gives what is counted ---

    def token_check(self) -> Callable[[], int]:
        signer = Tokens(self.premises.settings.secrets, lifetime=7200, idle=3600)

        def check() -> int:
            actor = self.premises.company.book.read(CALL, lambda reading: signer.actor(reading, self.token))
            return 200 if actor.username == "clerk" else 0

        return check

    def show(self) -> Callable[[], int]:
        return lambda: self.method("payments/show", payment_identifier={"id": self.payments[0].id})

    def show_to_its_owner(self) -> Callable[[], int]:
        return lambda: self.method("payments/show", by="owner", payment_identifier={"id": self.payments[0].id})

    def show_what_it_has_paid(self) -> Callable[[], int]:
        self.premises.company.invoice(50, "Bob EUR")
        paid = self.premises.company.pay(50, "Bob EUR")
        return lambda: self.method("payments/show", payment_identifier={"id": paid.id})

    def get_latest(self) -> Callable[[], int]:
        return lambda: self.method("payments/get_latest", accounts_receivable_identifier={"name": EUROS}, number=10)

    def list_page(self) -> Callable[[], int]:
        return lambda: self.method("payments/list", number_of_results=10)

    def create(self) -> Callable[[], int]:
        return lambda: self.method("payments/create", **self.terms(10))

    def create_with_a_key(self) -> Callable[[], int]:
        key = f"key {next(self.keys)}"
        body = {"token": self.token, **self.terms(10)}
        return lambda: self.client.post("/payments/create", json=body, headers={"Idempotency-Key": key}).status_code

    def replay(self) -> Callable[[], int]:
        call = self.create_with_a_key()
        call()
        return call

    def post(self) -> Callable[[], int]:
        draft = self.premises.company.draft()
        return lambda: self.method("payments/post", payment_identifier={"id": draft.id})

    def pay_invoice(self) -> Callable[[], int]:
        # What is open draws on no credit: an invoice of an account that has none.
        invoice = self.premises.company.invoice(50, "Bob EUR")
        terms = self.terms(None) | {"accounts_receivable_identifier": {"name": "Bob EUR"}}
        return lambda: self.method("payments/pay_invoice", **terms, invoice_identifier={"id": invoice.id})

    def waldur(self) -> Callable[[], int]:
        return lambda: self.get(f"/api/payments/{self.payments[0].id.lower()}/", {"Authorization": f"Token {self.token}"})

    def qbench(self) -> Callable[[], int]:
        return lambda: self.get(f"/qbench/api/v1/payment/{self.payments[0].pk}", {"Authorization": f"Bearer {self.token}"})

    def productive(self) -> Callable[[], int]:
        headers = {"X-Auth-Token": self.token, "X-Organization-Id": str(self.premises.organisation().pk)}
        return lambda: self.get(f"/api/v2/payments/{self.payments[0].pk}", headers | {"Content-Type": "application/vnd.api+json"})


STATEMENTS: dict[Callable[[Desk], Callable[[], int]], int] = {
    Desk.token_check: 2,
    Desk.show: 4,
    Desk.show_to_its_owner: 4,
    Desk.show_what_it_has_paid: 5,
    Desk.get_latest: 9,
    Desk.list_page: 9,
    Desk.create: 9,
    Desk.create_with_a_key: 11,
    Desk.replay: 5,
    Desk.post: 15,
    Desk.pay_invoice: 17,
    Desk.waldur: 5,
    Desk.qbench: 5,
    Desk.productive: 5,
}


@pytest.fixture
def desk(open_doors: Premises) -> Desk:
    return Desk(open_doors)


@pytest.mark.parametrize("call", STATEMENTS, ids=lambda call: call.__name__)
def test_a_call_takes_so_many_statements(desk: Desk, call: Callable[[Desk], Callable[[], int]]) -> None:
    before, counted = call(desk), call(desk)
    assert before() == 200
    with watched(desk.book) as statements:
        assert counted() == 200
    asked = "\n".join(sql for sql, _ in statements)
    assert len(statements) == STATEMENTS[call], f"{len(statements)} statements:\n{asked}"


@pytest.mark.sqlite
@pytest.mark.parametrize("call", [Desk.create, Desk.post, Desk.pay_invoice], ids=lambda call: call.__name__)
def test_no_write_has_sqlite_return_what_it_wrote(desk: Desk, call: Callable[[Desk], Callable[[], int]]) -> None:
    """What it returns it keeps copies of pages for: a long write would take longer with every row that it has written."""
    with watched(desk.book) as statements:
        assert call(desk)() == 200
    assert [sql for sql, _ in statements if sql.startswith("INSERT")]
    assert not [sql for sql, _ in statements if "RETURNING" in sql]


@pytest.mark.parametrize("call", [Desk.get_latest, Desk.list_page], ids=lambda call: call.__name__)
def test_a_list_takes_no_more_statements_for_more_rows(desk: Desk, call: Callable[[Desk], Callable[[], int]]) -> None:
    counts = []
    assert call(desk)() == 200
    for _ in range(2):
        with watched(desk.book) as statements:
            assert call(desk)() == 200
        counts.append(len(statements))
        for _ in range(5):
            desk.premises.company.by("admin").pay(method="Transfer")
    assert counts[0] == counts[1]


def test_what_other_servers_ask_is_not_counted(desk: Desk, tmp_path: Path) -> None:
    with closing(Book(f"sqlite:///{tmp_path}/other.db")) as other, watched(desk.book) as statements:
        with suppress(PeeweeException):
            other.read(CALL, lambda reading: reading.rows.count(Payment))
        assert not statements
        assert desk.show()() == 200
        assert statements
