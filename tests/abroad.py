"""What foreign clients need of a live server: who they are, and records of an account for their own use."""

import uuid
from contextlib import closing
from dataclasses import dataclass, replace
from typing import Any

import requests

from tests.engines import Beside
from tests.live import Live

PATIENCE_SECONDS = 20


@dataclass(frozen=True)
class Abroad:
    """A live server, asked by a clerk, and the account and active profile that the demo made for such clients."""

    live: Live
    account: dict[str, Any]
    profile: str
    """Its id, in lower-case hex."""

    @property
    def url(self) -> str:
        return self.live.url

    @property
    def token(self) -> str:
        """A key of the clerk's machine."""
        return str(self.live.demo["keys"]["clerk"])

    @property
    def customer(self) -> str:
        """The id of the account's customer, in lower-case hex."""
        return str(self.account["customer_id"]).lower()

    @property
    def productive(self) -> dict[str, str]:
        """The headers that Productive's door asks for."""
        return {"X-Auth-Token": self.token, "X-Organization-Id": str(self.live.demo["organisation"]["pk"])}

    def native(self, path: str, **said: Any) -> Any:
        """What a native method answers, which has to succeed."""
        answered = requests.post(f"{self.url}/{path}", json={"token": self.token, **said}, timeout=PATIENCE_SECONDS)
        assert answered.status_code == 200, answered.text
        return answered.json()["data"]

    def elsewhere(self) -> "Abroad":
        """The same server, with a new customer, whose only account has an active profile."""
        name = f"Customer {uuid.uuid4()}"
        customer = self.native("customers/create", name=name)["id"]
        made = self.native(
            "accounts_receivable/create",
            customer_identifier={"id": customer},
            name=name,
            currency_identifier={"code": "EUR"},
        )["id"]
        profile = self.native("payment_profiles/create", accounts_receivable_identifier={"id": made}, name="As agreed")["id"]
        account = {"id": made, "name": name, "customer_id": customer, "pk": self.pk("account", made)}
        return replace(self, account=account, profile=str(profile).lower())

    def payments(self, count: int, amount: float = 1) -> None:
        """So many posted payments of the account, made natively in one batch."""
        params = {
            "accounts_receivable_identifier": {"id": self.account["id"]},
            "type_identifier": {"name": "Payment 2"},
            "life_cycle_state": "POSTED",
            "payment_method_identifier": {"name": "Direct Debit"},
            "payment_amount": amount,
            "received_on": "2024-09-01",
        }
        self.native("batch", calls=[{"method": "payments/create", "params": params}] * count, atomic=True)

    def invoice(self, total: float = 100, **said: Any) -> str:
        """The id of a new posted invoice of the account, in lower-case hex."""
        body: dict[str, Any] = {
            "accounts_receivable_identifier": {"id": self.account["id"]},
            "type_identifier": {"name": "Invoice 1"},
            "life_cycle_state": "POSTED",
            "items": [{"description": "Work", "quantity": 1, "sub_total": total}],
        }
        return str(self.native("invoices/create", **{**body, **said})["id"]).lower()

    def payment(self, amount: str = "12.50", **said: Any) -> dict[str, Any]:
        """A new payment on the profile, as Waldur's door shows it."""
        body = {"profile": f"/api/payment-profiles/{self.profile}/", "date_of_payment": "2024-09-01", "sum": amount, **said}
        headers = {"Authorization": f"Token {self.token}"}
        answered = requests.post(f"{self.url}/api/payments/", json=body, headers=headers, timeout=PATIENCE_SECONDS)
        assert answered.status_code == 201, answered.text
        found: dict[str, Any] = answered.json()
        return found

    def shown(self, payment: str) -> dict[str, Any]:
        """A payment of this id as the native door shows it."""
        found: dict[str, Any] = self.native("payments/show", payment_identifier={"id": payment.replace("-", "").upper()})
        return found

    def pk(self, kind: str, record_id: str) -> int:
        """The row key of a record, which no native answer tells."""
        with closing(Beside(self.live.folder / "book.db")) as book:
            (found,) = book.rows(f"SELECT pk FROM {kind} WHERE id = '{record_id.replace('-', '').upper()}'")
        return int(found[0])


def abroad(live: Live) -> Abroad:
    """A live server as foreign clients find it."""
    profile = next(each for each in live.demo["profiles"] if each["active"])
    account = next(each for each in live.demo["accounts"] if each["pk"] == profile["account_pk"])
    return Abroad(live, account, str(profile["id"]).lower())


def dashed(record_id: str) -> str:
    """An id as a UUID is written."""
    return str(uuid.UUID(record_id))
