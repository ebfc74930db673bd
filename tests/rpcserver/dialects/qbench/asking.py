"""Asking QBench's door over the company's book, in its own words."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import orjson

from ledger import clients
from ledger.ciphers import Cipher
from ledger.clients import client_id
from ledger.entry import Entry
from ledger.sessions import open_session
from ledger.storage.models import Payment, PaymentMethod, User
from rpcserver.auth import Tokens
from tests.books import EUROS, MACHINE
from tests.premises import Premises

API = "/qbench/api/v1"
TOKEN = "/qbench/oauth2/v1/token"
OK = {"message": "OK"}
Body = dict[str, Any]


@dataclass(frozen=True)
class Reply:
    """What came back; every answer of this door is one JSON object."""

    status: int
    body: Body
    text: str
    headers: Mapping[str, str]

    @property
    def error(self) -> str:
        """The only member of a refusal."""
        assert list(self.body) == ["error"], self.text
        return str(self.body["error"])

    @property
    def refused(self) -> tuple[int, str]:
        return self.status, self.error


@dataclass(frozen=True)
class Lab:
    """The company as QBench's clients find it: its accounts are customers, known by their row keys."""

    premises: Premises

    def send(
        self,
        verb: str,
        path: str,
        body: object = None,
        *,
        by: str | None = "clerk",
        content: bytes | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Reply:
        """Send a request; `content` in place of a body that JSON can say."""
        sent = {} if by is None else {"Authorization": f"Bearer {self.premises.tokens.get(by, by)}"}
        if body is not None:
            content = orjson.dumps(body)
        if content is not None:
            sent["Content-Type"] = "application/json"
        sent |= headers or {}
        answered = self.premises.client.request(verb, API + path, content=content, headers=sent)
        told = answered.json() if answered.content else {}
        return Reply(answered.status_code, told, answered.text, answered.headers)

    def done(self, verb: str, path: str, body: object = None, **how: Any) -> Body:
        """What a request is answered that has to succeed."""
        reply = self.send(verb, path, body, **how)
        assert reply.status == 200, reply.text
        return reply.body

    # --- records ---

    def customer(self, name: str = EUROS) -> int:
        return self.premises.company.account(name).pk

    def type(self, name: str = "Cash") -> int:
        return self.premises.company.one(PaymentMethod, name=name).pk

    def invoice(self, total: str | int = 100, account: str = EUROS) -> int:
        """A new posted invoice."""
        return self.premises.invoice(total, account).pk

    def said(self, amount: object = 100, **other: object) -> Body:
        """The body that makes a payment, or changes one."""
        body = {"customer_id": self.customer(), "payment_date": "01/31/2020", "payment_type_id": self.type(), "amount": amount}
        return {**body, **other}

    def pay(self, amount: object = 100, *, by: str = "clerk", **other: object) -> int:
        """A new payment."""
        return int(self.done("POST", "/payment", self.said(amount, **other), by=by)["id"])

    def apply(self, payment: int, *lines: tuple[int, object]) -> Reply:
        rows = [{"invoice_id": invoice, "applied_amount": amount} for invoice, amount in lines]
        return self.send("POST", f"/payment/{payment}/apply", {"invoice_payments": rows})

    def shown(self, payment: int, **how: Any) -> Body:
        return self.done("GET", f"/payment/{payment}", **how)

    def on(self, payment: int) -> dict[int, float]:
        """What a payment is applied to, by invoice."""
        return {row["invoice_id"]: row["applied_amount"] for row in self.shown(payment)["invoice_payments"]}

    def kept(self, payment: int) -> Payment:
        return self.premises.company.one(Payment, pk=payment)

    # --- machines ---

    def machine(self) -> User:
        return self.premises.company.one(User, username=MACHINE)

    def machine_token(self) -> str:
        """A token of the machine, without an assertion."""
        settings, pk = self.premises.settings, self.machine().pk
        signer = Tokens(settings.secrets, lifetime=settings.token_lifetime, idle=settings.token_idle)
        session = self.premises.company.by("admin").do(_session, pk)
        return signer.sign(session)

    def secret(self) -> tuple[str, str]:
        """The machine's client id, and a new secret of its own."""
        secret = clients.new_secret()
        encrypted = Cipher(self.premises.settings.secrets).encrypted(secret)
        self.premises.company.by("admin").do(clients.create_secret, self.machine(), encrypted)
        return client_id(self.machine()), secret

    def exchange(self, form: object, headers: Mapping[str, str] | None = None) -> Reply:
        """Send a form to the token endpoint."""
        if isinstance(form, bytes):
            announced = {"Content-Type": "application/x-www-form-urlencoded", **(headers or {})}
            answered = self.premises.client.post(TOKEN, content=form, headers=announced)
        else:
            assert isinstance(form, dict)
            answered = self.premises.client.post(TOKEN, data=form, headers=headers)
        return Reply(answered.status_code, answered.json(), answered.text, answered.headers)


def _session(entry: Entry, user_pk: int) -> str:
    return open_session(entry, user_pk, None).id
