"""Asking Waldur's door in the tests' own words."""

from dataclasses import dataclass
from typing import Any

from httpx2 import Response

from ledger.entry import Entry
from ledger.storage.models import Account, Customer, Invoice, Payment, PaymentProfile
from tests.books import EUROS
from tests.premises import Premises

Body = dict[str, Any]

ROOT = "http://testserver"
DAY = "2024-03-09"
NO_BODY = b""
BOUNDARY = "edge"
OBJECT = [
    "uuid",
    "url",
    "profile",
    "date_of_payment",
    "sum",
    "proof",
    "invoice",
    "invoice_uuid",
    "invoice_period",
    "customer_uuid",
]


@dataclass(frozen=True)
class Caller:
    """A caller of the door over a company's book; a clerk unless said otherwise, nobody without a token."""

    here: Premises

    def ask(self, verb: str, path: str, by: str | None = "clerk", headers: dict[str, str] | None = None, **how: Any) -> Response:
        """Any request; `path` is one below `/api/`, or a whole address."""
        address = path if path.startswith(("/", "http")) else f"/api/{path}"
        named = {"Authorization": f"Token {self.here.tokens[by]}"} if by else {}
        return self.here.client.request(verb, address, headers=named | (headers or {}), follow_redirects=False, **how)

    def done(self, verb: str, path: str, status: int = 200, **how: Any) -> Any:
        """What a request answers that has to succeed."""
        answer = self.ask(verb, path, **how)
        assert answer.status_code == status, answer.text
        return answer.json() if answer.content else None

    def refused(self, verb: str, path: str, **how: Any) -> tuple[int, Any]:
        """Status and body of a refusal."""
        answer = self.ask(verb, path, **how)
        return answer.status_code, answer.json()

    def profile(self, account: str = EUROS) -> PaymentProfile:
        return self.here.profile(self.here.company.account(account))

    def terms(self, account: str = EUROS, **said: Any) -> Body:
        """What has to be said of a new payment."""
        return {"profile": profile_link(self.profile(account)), "date_of_payment": DAY, **said}

    def payment(self, account: str = EUROS, **said: Any) -> Body:
        """A new payment."""
        return dict(self.done("POST", "payments/", 201, json=self.terms(account, **said)))

    def linked(self, payment: Body, invoice: Invoice) -> Body:
        """Link a payment; the payment after that."""
        self.done("POST", f"{payment['url']}link_to_invoice/", json={"invoice": invoice_link(invoice)})
        return self.now(payment)

    def now(self, payment: Body) -> Body:
        """The payment as it is now."""
        return dict(self.done("GET", payment["url"]))

    def row(self, payment: Body) -> Payment:
        """The payment's row."""
        return self.here.company.one(Payment, id=payment["uuid"].upper())

    def customer(self, name: str = "Ada") -> Customer:
        return self.here.company.one(Customer, name=name)

    def change(self, account: str, **values: object) -> Account:
        """Change an account past all doors."""
        return self.here.company.change_account(account, **values)

    def enter(self, do: Any) -> Any:
        """Write in the book past all doors."""

        def operation(entry: Entry) -> Any:
            return do(entry)

        return self.here.company.book.enter(self.here.company.call, operation)


def profile_link(profile: PaymentProfile) -> str:
    return f"{ROOT}/api/payment-profiles/{profile.id.lower()}/"


def invoice_link(invoice: Invoice) -> str:
    return f"{ROOT}/api/invoices/{invoice.id.lower()}/"


def customer_link(customer: Customer) -> str:
    return f"{ROOT}/api/customers/{customer.id.lower()}/"


def part(name: str, value: bytes, more: str = "") -> bytes:
    """A part of a multipart body."""
    return f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"{more}\r\n\r\n'.encode() + value + b"\r\n"


def multipart(*parts: bytes) -> dict[str, Any]:
    """A multipart body as it is, with its header."""
    content = b"".join(parts) + f"--{BOUNDARY}--\r\n".encode()
    return {"content": content, "headers": {"Content-Type": f"multipart/form-data; boundary={BOUNDARY}"}}
