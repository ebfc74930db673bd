"""One driver per door, all with the same verbs.

A verb says what is wanted in the ledger's words (rows, decimals, ISO dates); the driver spells it as its door does, and reads back
what that door shows. What a door has no verb for stands in its `lacks`, with what the driver does instead.
"""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from typing import Any, ClassVar, Self

import orjson

from ledger.storage.models import Account, Invoice, Payment, PaymentProfile
from tests.books import EUROS
from tests.premises import Premises

DAY = "2024-04-30"
"""The date of payment where a story does not care."""
MISSING, REFERENCE, RULE, INVALID = "missing", "reference", "rule", "invalid"
FORBIDDEN, UNKNOWN_CALLER, REUSED = "forbidden", "unknown caller", "reused"
"""Why a request is refused; each door says which status that is."""
CREATE, PAY, APPLY, RELEASE, EDIT, ACCOUNT, DELETE = (
    "create",
    "pay",
    "apply to several",
    "release",
    "edit",
    "edit account",
    "delete",
)
"""The verbs that some door lacks, or has in a way of its own."""
NOWHERE = Payment(pk=987_654_321, id="0" * 31 + "1")
"""A payment that is not there."""


@dataclass(frozen=True)
class Reply:
    """What came back; of a verb that makes a payment, that payment too."""

    status: int
    body: Any
    text: str
    headers: Mapping[str, str]
    payment: Payment | None = None

    @property
    def ok(self) -> bool:
        return self.status < 300

    @property
    def made(self) -> Payment:
        """The payment that was made; there has to be one."""
        assert self.ok and self.payment is not None, self.text
        return self.payment


@dataclass(frozen=True)
class Seen:
    """A payment as a door shows it: `left` and `applied` (by key of the invoice) where it shows them, `principal` (a key) where
    it relates one invoice."""

    amount: Decimal
    received_on: str
    account_pk: int | None
    left: Decimal | None = None
    applied: dict[int, Decimal] | None = None
    principal: int | None = None


@dataclass(frozen=True)
class Door(ABC):
    """A way in, asked by a clerk unless said otherwise."""

    premises: Premises
    role: str | None = "clerk"
    headers: Mapping[str, str] = field(default_factory=dict)

    word: ClassVar[str]
    statuses: ClassVar[Mapping[str, int]]
    lacks: ClassVar[Mapping[str, str]] = {}
    automatic: ClassVar[bool] = False
    """Whether a payment that is made here pays the oldest invoices by itself."""

    def by(self, role: str | None) -> Self:
        """The same door, asked by another user; by None: without a token."""
        return replace(self, role=role)

    def saying(self, **headers: str) -> Self:
        """The same door, asked with further headers, written with underscores."""
        return replace(self, headers={**self.headers, **{name.replace("_", "-"): value for name, value in headers.items()}})

    def keyed(self, key: str) -> Self:
        """The same door, asked with an idempotency key."""
        return self.saying(Idempotency_Key=key)

    def send(self, verb: str, path: str, body: object = None) -> Reply:
        """A request as it is, with the token in this door's header."""
        token = {} if self.role is None else self.token(self.premises.tokens.get(self.role, self.role))
        content = None if body is None else orjson.dumps(body)
        headers = {**({} if content is None else {"Content-Type": self.media}), **token, **self.headers}
        got = self.premises.client.request(verb, path, content=content, headers=headers)
        decoded = orjson.loads(got.content) if "json" in got.headers.get("content-type", "") and got.content else None
        return Reply(got.status_code, decoded, got.text, got.headers)

    def refused(self, reply: Reply, why: str) -> bool:
        """Whether a request was refused for this reason, in a body that says something in the door's form."""
        return reply.status == self.statuses[why] and any(said.strip() for said in self.says(reply))

    def created(self, reply: Reply) -> Reply:
        """A reply with the payment that it tells of."""
        if not reply.ok:
            return reply
        payment = self.premises.company.one(Payment, **self.made(reply))
        return replace(reply, payment=payment)

    media: ClassVar[str] = "application/json"

    # --- how the door spells ---

    @abstractmethod
    def token(self, text: str) -> dict[str, str]:
        """The header that carries a token."""

    @abstractmethod
    def says(self, reply: Reply) -> list[str]:
        """The sentences of a refusal; a body of another form is a fault of the test's reader."""

    @abstractmethod
    def made(self, reply: Reply) -> dict[str, object]:
        """How the payment is named that a reply tells of: its `id`, or its `pk`."""

    # --- the verbs ---

    @abstractmethod
    def create(self, account: str, amount: Decimal, day: str = DAY) -> Reply:
        """A payment on the account."""

    @abstractmethod
    def pay(self, invoice: Invoice, amount: Decimal, day: str = DAY) -> Reply:
        """A payment that goes to the invoice, as far as that takes it."""

    @abstractmethod
    def pay_exactly(self, invoice: Invoice) -> Reply:
        """A payment over what is owed on the invoice."""

    @abstractmethod
    def apply(self, payment: Payment, invoice: Invoice, amount: Decimal) -> Reply:
        """Money of a payment that is there already, to an invoice."""

    @abstractmethod
    def release(self, payment: Payment, invoice: Invoice, spare: Invoice) -> Reply:
        """The payment's money taken back from the invoice; `spare` is another one, which a door may need that does not let go."""

    @abstractmethod
    def edit(self, payment: Payment, *, amount: Decimal | None = None, day: str | None = None, account: str | None = None) -> Reply:
        """The payment with another amount, date, account."""

    @abstractmethod
    def delete(self, payment: Payment) -> Reply:
        """No such payment any more."""

    @abstractmethod
    def see(self, payment: Payment) -> Reply:
        """The payment, as the door shows it."""

    @abstractmethod
    def seen(self, payment: Payment) -> Seen:
        """The payment, read back."""

    @abstractmethod
    def listed(self) -> list[int]:
        """The row keys of all payments that the door lists, in its order."""

    @abstractmethod
    def is_paid(self, invoice: Invoice, payment: Payment) -> bool:
        """Whether the door shows the invoice as paid; `payment` is one that paid it."""

    def apply_to(self, payment: Payment, lines: Mapping[Invoice, Decimal]) -> Reply:
        """Money of a payment to several invoices, all or nothing."""
        raise NotImplementedError(self.lacks[APPLY])


@dataclass(frozen=True)
class Native(Door):
    """The methods. Cancelling is their delete."""

    word: ClassVar[str] = "native"
    statuses: ClassVar[Mapping[str, int]] = {
        MISSING: 404,
        REFERENCE: 404,
        RULE: 409,
        INVALID: 422,
        FORBIDDEN: 403,
        UNKNOWN_CALLER: 401,
        REUSED: 422,
    }
    lacks: ClassVar[Mapping[str, str]] = {EDIT: "a posted payment stays as it is: it is cancelled, and another one made"}
    automatic: ClassVar[bool] = True

    def token(self, text: str) -> dict[str, str]:
        return {"X-Auth-Token": text}

    def says(self, reply: Reply) -> list[str]:
        return [reply.body["status"]["message"]]

    def made(self, reply: Reply) -> dict[str, object]:
        return {"id": reply.body["data"]["id"]}

    def call(self, method: str, **said: object) -> Reply:
        return self.send("POST", f"/{method}", said)

    def _terms(self, day: str) -> dict[str, object]:
        return {
            "type_identifier": {"name": "Payment"},
            "payment_method_identifier": {"name": "Cash"},
            "received_on": day,
        }

    def create(self, account: str, amount: Decimal, day: str = DAY, **said: object) -> Reply:
        body = {
            **self._terms(day),
            "accounts_receivable_identifier": {"name": account},
            "life_cycle_state": "POSTED",
            "payment_amount": str(amount),
        }
        return self.created(self.call("payments/create", **body, **said))

    def pay(self, invoice: Invoice, amount: Decimal, day: str = DAY) -> Reply:
        account = self.premises.account_of(invoice)
        return self.create(account.name, amount, day, invoices_to_pay_set=[{"invoice_identifier": {"id": invoice.id}}])

    def pay_exactly(self, invoice: Invoice) -> Reply:
        account = self.premises.account_of(invoice)
        named = {"accounts_receivable_identifier": {"id": account.id}, "invoice_identifier": {"id": invoice.id}}
        return self.created(self.call("payments/pay_invoice", **self._terms(DAY), **named))

    def apply(self, payment: Payment, invoice: Invoice, amount: Decimal) -> Reply:
        return self._applied(payment, [(invoice, amount)])

    def apply_to(self, payment: Payment, lines: Mapping[Invoice, Decimal]) -> Reply:
        return self._applied(payment, list(lines.items()))

    def _applied(self, payment: Payment, lines: list[tuple[Invoice, Decimal]]) -> Reply:
        said = [{"invoice_identifier": {"id": invoice.id}, "amount": str(amount)} for invoice, amount in lines]
        return self.call("payments/apply", payment_identifier={"id": payment.id}, invoices_set=said)

    def release(self, payment: Payment, invoice: Invoice, spare: Invoice) -> Reply:
        return self.call("payments/release", payment_identifier={"id": payment.id}, invoice_identifier={"id": invoice.id})

    def edit(self, payment: Payment, *, amount: Decimal | None = None, day: str | None = None, account: str | None = None) -> Reply:
        was = self.premises.now(payment)
        gone = self.delete(payment)
        if not gone.ok:
            return gone
        return self.create(
            account or self.premises.account_of(was).name,
            self.premises.major(was, was.amount) if amount is None else amount,
            day or was.received_on[:10],
        )

    def delete(self, payment: Payment) -> Reply:
        return self.call("payments/cancel", payment_identifier={"id": payment.id}, type_identifier={"name": "Payment cancellation"})

    def see(self, payment: Payment) -> Reply:
        return self.call("payments/show", payment_identifier={"id": payment.id})

    def seen(self, payment: Payment) -> Seen:
        shown = orjson.loads(self.see(payment).text)["data"]
        invoices = {row["invoice"]["id"]: Decimal(str(row["amount"])) for row in shown["allocations"]}
        return Seen(
            Decimal(str(shown["payment_amount"])),
            shown["received_on"][:10],
            self.premises.company.one(Account, id=shown["accounts_receivable"]["id"]).pk,
            Decimal(str(shown["unallocated_amount"])),
            {self.premises.company.one(Invoice, id=name).pk: amount for name, amount in invoices.items()},
        )

    def listed(self) -> list[int]:
        account = {"accounts_receivable_identifier": {"name": EUROS}} if self.role == "owner" else {}
        rows = self.call("payments/list", **account).body["data"]
        known = {payment.id: payment.pk for payment in self.premises.payments()}
        return [known[row["id"]] for row in rows]

    def is_paid(self, invoice: Invoice, payment: Payment) -> bool:
        shown = self.call("invoices/show", invoice_identifier={"id": invoice.id}).body["data"]
        return bool(shown["unsettled_amount"] == 0)


@dataclass(frozen=True)
class Waldur(Door):
    """Money as text, hyperlinks, one invoice linked to a payment."""

    word: ClassVar[str] = "waldur"
    statuses: ClassVar[Mapping[str, int]] = {
        MISSING: 404,
        REFERENCE: 400,
        RULE: 400,
        INVALID: 400,
        FORBIDDEN: 403,
        UNKNOWN_CALLER: 401,
        REUSED: 422,
    }
    lacks: ClassVar[Mapping[str, str]] = {APPLY: "a payment is linked to one invoice: each invoice gets a payment of its own"}

    def token(self, text: str) -> dict[str, str]:
        return {"Authorization": f"Token {text}"}

    def says(self, reply: Reply) -> list[str]:
        if isinstance(reply.body, list):
            return [str(said) for said in reply.body]
        return [str(said) for each in reply.body.values() for said in ([each] if isinstance(each, str) else each)]

    def made(self, reply: Reply) -> dict[str, object]:
        return {"id": reply.body["uuid"].upper()}

    def _link(self, kind: str, id_: str) -> str:
        return f"http://testserver/api/{kind}/{id_.lower()}/"

    def _profile(self, account: str) -> str:
        row = self.premises.company.account(account)
        return self._link("payment-profiles", self.premises.profile(row).id)

    def _path(self, payment: Payment, action: str = "") -> str:
        return f"/api/payments/{payment.id.lower()}/{action}"

    def create(self, account: str, amount: Decimal, day: str = DAY) -> Reply:
        body = {"profile": self._profile(account), "date_of_payment": day, "sum": str(amount)}
        return self.created(self.send("POST", "/api/payments/", body))

    def pay(self, invoice: Invoice, amount: Decimal, day: str = DAY) -> Reply:
        first = self.create(self.premises.account_of(invoice).name, amount, day)
        if not first.ok:
            return first
        return replace(self.apply(first.made, invoice, amount), payment=first.made)

    def pay_exactly(self, invoice: Invoice) -> Reply:
        reply = self.send("POST", f"/api/invoices/{invoice.id.lower()}/paid/", {"date": DAY})
        return replace(reply, payment=self.premises.payments()[-1]) if reply.ok else reply

    def apply(self, payment: Payment, invoice: Invoice, amount: Decimal) -> Reply:
        return self.send("POST", self._path(payment, "link_to_invoice/"), {"invoice": self._link("invoices", invoice.id)})

    def release(self, payment: Payment, invoice: Invoice, spare: Invoice) -> Reply:
        return self.send("POST", self._path(payment, "unlink_from_invoice/"))

    def edit(self, payment: Payment, *, amount: Decimal | None = None, day: str | None = None, account: str | None = None) -> Reply:
        changes = {
            "profile": account and self._profile(account),
            "date_of_payment": day,
            "sum": None if amount is None else str(amount),
        }
        body = {name: value for name, value in changes.items() if value is not None}
        return self.created(self.send("PATCH", self._path(payment), body))

    def delete(self, payment: Payment) -> Reply:
        return self.send("DELETE", self._path(payment))

    def see(self, payment: Payment) -> Reply:
        return self.send("GET", self._path(payment))

    def seen(self, payment: Payment) -> Seen:
        shown = self.see(payment).body
        company = self.premises.company
        profile = company.one(PaymentProfile, id=shown["profile"].rstrip("/").rpartition("/")[2].upper())
        invoice = None if shown["invoice"] is None else company.one(Invoice, id=shown["invoice_uuid"].upper()).pk
        return Seen(Decimal(shown["sum"]), shown["date_of_payment"], profile.account_pk, principal=invoice)

    def listed(self) -> list[int]:
        known = {payment.id.lower(): payment.pk for payment in self.premises.payments()}
        return [known[row["uuid"]] for row in self.send("GET", "/api/payments/?page_size=300").body]

    def is_paid(self, invoice: Invoice, payment: Payment) -> bool:
        return bool(self.send("GET", f"/api/invoices/{invoice.id.lower()}/").body["state"] == "paid")


@dataclass(frozen=True)
class Qbench(Door):
    """Integers for ids, floats for money, American dates; what is applied is said invoice by invoice."""

    word: ClassVar[str] = "qbench"
    statuses: ClassVar[Mapping[str, int]] = {
        MISSING: 404,
        REFERENCE: 404,
        RULE: 400,
        INVALID: 400,
        FORBIDDEN: 403,
        UNKNOWN_CALLER: 401,
        REUSED: 422,
    }
    lacks: ClassVar[Mapping[str, str]] = {
        PAY: "a payment is made first, then applied: no more of it than is owed",
        ACCOUNT: "a payment stays on its account, and above what is applied, as long as some of it is applied",
    }
    prefix: ClassVar[str] = "/qbench/api/v1"

    def token(self, text: str) -> dict[str, str]:
        return {"Authorization": f"Bearer {text}"}

    def says(self, reply: Reply) -> list[str]:
        return [reply.body["error"]]

    def made(self, reply: Reply) -> dict[str, object]:
        return {"pk": reply.body["id"]}

    def _body(self, account: str, amount: Decimal, day: str) -> dict[str, object]:
        return {
            "customer_id": self.premises.company.account(account).pk,
            "payment_date": date.fromisoformat(day).strftime("%m/%d/%Y"),
            "payment_type_id": self.premises.method().pk,
            "amount": float(amount),
        }

    def create(self, account: str, amount: Decimal, day: str = DAY) -> Reply:
        return self.created(self.send("POST", f"{self.prefix}/payment", self._body(account, amount, day)))

    def pay(self, invoice: Invoice, amount: Decimal, day: str = DAY) -> Reply:
        first = self.create(self.premises.account_of(invoice).name, amount, day)
        if not first.ok:
            return first
        return replace(self.apply(first.made, invoice, min(amount, self.premises.owed(invoice))), payment=first.made)

    def pay_exactly(self, invoice: Invoice) -> Reply:
        return self.pay(invoice, self.premises.owed(invoice))

    def apply(self, payment: Payment, invoice: Invoice, amount: Decimal) -> Reply:
        path = f"{self.prefix}/payment/{payment.pk}/invoice/{invoice.pk}"
        return self.send("POST", path, {"applied_amount": float(amount)})

    def apply_to(self, payment: Payment, lines: Mapping[Invoice, Decimal]) -> Reply:
        rows = [{"invoice_id": invoice.pk, "applied_amount": float(amount)} for invoice, amount in lines.items()]
        return self.send("POST", f"{self.prefix}/payment/{payment.pk}/apply", {"invoice_payments": rows})

    def release(self, payment: Payment, invoice: Invoice, spare: Invoice) -> Reply:
        return self.send("DELETE", f"{self.prefix}/payment/{payment.pk}/invoice/{invoice.pk}")

    def edit(self, payment: Payment, *, amount: Decimal | None = None, day: str | None = None, account: str | None = None) -> Reply:
        was = self.premises.company.all(Payment, pk=payment.pk)
        if not was:
            body = self._body(account or EUROS, amount or Decimal(1), day or DAY)
        else:
            (row,) = was
            body = self._body(
                account or self.premises.account_of(row).name,
                self.premises.major(row, row.amount) if amount is None else amount,
                day or row.received_on[:10],
            )
        reply = self.send("PUT", f"{self.prefix}/payment/{payment.pk}", body)
        return replace(reply, payment=payment) if reply.ok else reply

    def delete(self, payment: Payment) -> Reply:
        return self.send("DELETE", f"{self.prefix}/payment/{payment.pk}")

    def see(self, payment: Payment) -> Reply:
        return self.send("GET", f"{self.prefix}/payment/{payment.pk}")

    def seen(self, payment: Payment) -> Seen:
        shown = self.see(payment).body
        month, day, year = shown["payment_date"].split("/")
        return Seen(
            Decimal(str(shown["amount"])),
            f"{year}-{month}-{day}",
            shown["customer_id"],
            Decimal(str(shown["unapplied_amount"])),
            {row["invoice_id"]: Decimal(str(row["applied_amount"])) for row in shown["invoice_payments"]},
        )

    def listed(self) -> list[int]:
        return [row["id"] for row in self.send("GET", f"{self.prefix}/payment?page_size=50").body["data"]]

    def is_paid(self, invoice: Invoice, payment: Payment) -> bool:
        return bool(self.send("GET", f"{self.prefix}/invoice/{invoice.pk}").body["paid"])


@dataclass(frozen=True)
class Productive(Door):
    """Minor units, documents of JSON:API, every payment related to an invoice."""

    word: ClassVar[str] = "productive"
    statuses: ClassVar[Mapping[str, int]] = {
        MISSING: 404,
        REFERENCE: 404,
        RULE: 422,
        INVALID: 422,
        FORBIDDEN: 403,
        UNKNOWN_CALLER: 401,
        REUSED: 422,
    }
    lacks: ClassVar[Mapping[str, str]] = {
        CREATE: "a payment needs an invoice: one over the same amount is made beforehand",
        APPLY: "a payment is related to one invoice: each invoice gets a payment of its own",
        RELEASE: "a payment does not let go of its invoice: it is related to another one",
        ACCOUNT: "a payment's account is its invoice's: it is related to an invoice of the other account",
    }
    media: ClassVar[str] = "application/vnd.api+json"

    def token(self, text: str) -> dict[str, str]:
        return {"X-Auth-Token": text, "X-Organization-Id": str(self.premises.organisation().pk)}

    def says(self, reply: Reply) -> list[str]:
        assert "data" not in reply.body, reply.text
        return [error["detail"] for error in reply.body["errors"]]

    def made(self, reply: Reply) -> dict[str, object]:
        return {"pk": int(reply.body["data"]["id"])}

    def _minor(self, invoice: Invoice, amount: Decimal) -> int:
        return int(amount.scaleb(self.premises.exponent(self.premises.account_of(invoice))))

    def _document(self, attributes: Mapping[str, object], invoice: Invoice | None, **more: object) -> dict[str, object]:
        data: dict[str, object] = {"type": "payments", "attributes": attributes, **more}
        if invoice is not None:
            data["relationships"] = {"invoice": {"data": {"type": "invoices", "id": str(invoice.pk)}}}
        return {"data": data}

    def create(self, account: str, amount: Decimal, day: str = DAY) -> Reply:
        return self.pay(self.premises.billed(account, max(amount, Decimal(1))), amount, day)

    def pay(self, invoice: Invoice, amount: Decimal, day: str = DAY) -> Reply:
        attributes = {"amount": self._minor(invoice, amount), "paid_on": day}
        return self.created(self.send("POST", "/api/v2/payments", self._document(attributes, invoice)))

    def write_off(self, invoice: Invoice, amount: Decimal, day: str = DAY) -> Reply:
        """What no other door has: the invoice's rest is not expected any more."""
        attributes = {"amount": self._minor(invoice, amount), "written_off_on": day}
        return self.created(self.send("POST", "/api/v2/payments", self._document(attributes, invoice)))

    def pay_exactly(self, invoice: Invoice) -> Reply:
        return self.pay(invoice, self.premises.owed(invoice))

    def apply(self, payment: Payment, invoice: Invoice, amount: Decimal) -> Reply:
        return self._patched(payment, {}, invoice)

    def release(self, payment: Payment, invoice: Invoice, spare: Invoice) -> Reply:
        return self._patched(payment, {}, spare)

    def _patched(self, payment: Payment, attributes: Mapping[str, object], invoice: Invoice | None) -> Reply:
        document = self._document(attributes, invoice, id=str(payment.pk))
        return self.created(self.send("PATCH", f"/api/v2/payments/{payment.pk}", document))

    def edit(self, payment: Payment, *, amount: Decimal | None = None, day: str | None = None, account: str | None = None) -> Reply:
        named = self.premises.company.account(account or EUROS)
        factor = self.premises.exponent(named)
        changes = {"paid_on": day, "amount": None if amount is None else int(amount.scaleb(factor))}
        invoice = None if account is None else self.premises.billed(account, Decimal(1))
        return self._patched(payment, {name: value for name, value in changes.items() if value is not None}, invoice)

    def delete(self, payment: Payment) -> Reply:
        return self.send("DELETE", f"/api/v2/payments/{payment.pk}")

    def see(self, payment: Payment) -> Reply:
        return self.send("GET", f"/api/v2/payments/{payment.pk}")

    def seen(self, payment: Payment) -> Seen:
        shown = self.see(payment).body["data"]
        attributes, related = shown["attributes"], shown["relationships"]["invoice"]["data"]
        currency = self.premises.currency(self.premises.account_of(payment))
        assert attributes["currency"] == currency.code
        invoice = None if related is None else self.premises.company.one(Invoice, pk=int(related["id"]))
        return Seen(
            Decimal(attributes["amount"]).scaleb(-currency.exponent),
            attributes["paid_on"],
            None if invoice is None else invoice.account_pk,
            principal=None if invoice is None else invoice.pk,
        )

    def listed(self) -> list[int]:
        return [int(row["id"]) for row in self.send("GET", "/api/v2/payments?page[size]=200").body["data"]]

    def is_paid(self, invoice: Invoice, payment: Payment) -> bool:
        included = self.see(payment).body["included"]
        (shown,) = (each for each in included if (each["type"], each["id"]) == ("invoices", str(invoice.pk)))
        return bool(shown["attributes"]["amount_unpaid"] <= 0)


DOORS: tuple[type[Door], ...] = (Native, Waldur, Qbench, Productive)
