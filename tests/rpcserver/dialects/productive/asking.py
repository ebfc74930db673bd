"""Productive's door, asked in this process. Every document that it answers is held against the rules of JSON:API."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import orjson

from ledger import configuration
from ledger.storage.models import Account, Invoice, Organisation, Payment
from tests.books import EUROS
from tests.premises import Premises
from tests.rpcserver.dialects.productive import jsonapi
from tests.rpcserver.dialects.productive.jsonapi import MEDIA_TYPE

PATH = "/api/v2/payments"
BROWSER = "text/xml,application/xml,application/xhtml+xml,text/html;q=0.9,text/plain;q=0.8,image/png,*/*;q=0.5"
DAY = "2024-04-30"

Json = dict[str, Any]
Query = Mapping[str, str] | list[tuple[str, str]] | str


@dataclass(frozen=True)
class Answer:
    status: int
    headers: Mapping[str, str]
    text: str
    body: Any

    @property
    def data(self) -> Any:
        assert self.status < 300, self.text
        return self.body["data"]

    @property
    def attributes(self) -> Json:
        return dict(self.data["attributes"])

    @property
    def ids(self) -> list[str]:
        """The ids of a list."""
        return [row["id"] for row in self.data]

    @property
    def errors(self) -> list[Json]:
        return list(self.body["errors"])

    @property
    def codes(self) -> tuple[int, list[str]]:
        """Status and codes of a refusal."""
        return self.status, [error["code"] for error in self.errors]

    @property
    def said(self) -> list[tuple[str, str]]:
        """The places and details of a refusal."""
        return [(next(iter(error["source"].values()), ""), error["detail"]) for error in self.errors]

    def included(self, type_: str) -> list[Json]:
        return [resource for resource in self.body["included"] if resource["type"] == type_]

    @property
    def invoice(self) -> Json:
        """The attributes of the one invoice that is included."""
        (found,) = self.included("invoices")
        return dict(found["attributes"])


@dataclass(frozen=True)
class Caller:
    """Somebody who asks, a clerk unless said otherwise, with the headers that a client of this API sends."""

    premises: Premises
    role: str = "clerk"

    def by(self, role: str) -> "Caller":
        return Caller(self.premises, role)

    @property
    def organisation(self) -> str:
        return str(self.premises.company.one(Organisation).pk)

    def headers(self, **changed: str | None) -> dict[str, str]:
        """Headers written with underscores; None leaves one out."""
        sent: dict[str, str | None] = {
            "Accept": BROWSER,
            "Content-Type": MEDIA_TYPE,
            "X-Auth-Token": self.premises.tokens[self.role],
            "X-Organization-Id": self.organisation,
        }
        sent |= {name.replace("_", "-"): value for name, value in changed.items()}
        return {name: value for name, value in sent.items() if value is not None}

    def send(self, verb: str, path: str, content: bytes | None = None, **headers: str | None) -> Answer:
        """A request as it is; what comes back is a document, or nothing at all."""
        got = self.premises.client.request(verb, path, content=content, headers=self.headers(**headers))
        if got.status_code == 204 or verb == "HEAD":
            assert got.content == b""
            return Answer(got.status_code, got.headers, "", None)
        body = orjson.loads(got.content)
        assert got.headers["content-type"] == f"{MEDIA_TYPE}; charset=utf-8"
        assert jsonapi.faults(body, got.status_code, sparse="fields" in path) == [], got.text
        return Answer(got.status_code, got.headers, got.text, body)

    def get(self, query: Query = "", pk: object = None, **headers: str | None) -> Answer:
        spelled = query if isinstance(query, str) else urlencode(query)
        path = PATH if pk is None else f"{PATH}/{pk}"
        return self.send("GET", f"{path}?{spelled}" if spelled else path, None, **headers)

    def listed(self, query: Query = "") -> list[str]:
        """The ids that a list finds."""
        return self.get(query).ids

    def post(self, document: object, query: str = "", **headers: str | None) -> Answer:
        return self.send("POST", PATH + query, json.dumps(document).encode(), **headers)

    def patch(self, pk: object, document: object, query: str = "", **headers: str | None) -> Answer:
        return self.send("PATCH", f"{PATH}/{pk}{query}", json.dumps(document).encode(), **headers)

    def delete(self, pk: object, **headers: str | None) -> Answer:
        return self.send("DELETE", f"{PATH}/{pk}", None, **headers)

    def pay(self, invoice: Invoice, amount: object = 10_000, paid_on: object = DAY, **attributes: object) -> Answer:
        """Create a payment on an invoice."""
        return self.post(payment(invoice.pk, amount=amount, paid_on=paid_on, **attributes))

    def paid(self, invoice: Invoice, amount: int = 10_000, paid_on: object = DAY, **attributes: object) -> str:
        """The id of a payment that is created."""
        made = self.pay(invoice, amount, paid_on, **attributes)
        assert made.status == 201, made.text
        return str(made.data["id"])

    def change(self, pk: object, /, **attributes: object) -> Answer:
        return self.patch(pk, {"data": {"type": "payments", "attributes": attributes}})

    def invoice(self, total: str | int = 100, account: str = EUROS, **terms: Any) -> Invoice:
        """A new posted invoice, past all doors."""
        return self.premises.company.invoice(total, account, **terms)

    def row(self, pk: object) -> Payment:
        """The payment as the ledger keeps it."""
        return self.premises.company.one(Payment, pk=int(str(pk)))

    def owed(self, invoice: Invoice) -> int:
        """What is unpaid on an invoice, in whole units of its currency."""
        return int(self.premises.owed(invoice))

    def unset(self, *names: str) -> None:
        """Take defaults away that the door has for what requests do not carry."""
        company, rows = self.premises.company, dict.fromkeys(names)
        company.book.enter(company.call, lambda entry: configuration.set_door_default(entry, "productive", **rows))

    def account(self, name: str = EUROS) -> Account:
        return self.premises.company.account(name)


def payment(invoice: object, /, **attributes: object) -> Json:
    """The document of a payment on an invoice."""
    linkage = {"data": {"type": "invoices", "id": str(invoice)}}
    return {"data": {"type": "payments", "attributes": attributes, "relationships": {"invoice": linkage}}}
