"""The requests of the collection in an order in which all of them succeed, each fed by the answers of earlier ones.

A request is the example of its method, changed where it needs what came before. So the demo's records are named, but what can be
posted, paid or cancelled only once is made first: the collection can be run again. What is not told here follows at the end of its
folder.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from methods import METHODS
from methods.method import Method
from rpcserver.describing import SESSION, resource

TOKEN = "token"
LAST = "logout"


@dataclass(frozen=True)
class Step:
    """One request. `said` are members that replace the example's, `unsaid` members that go; `keeps` are the variables that take a
    member of the answer; `token` is the variable that holds the token, None for a request without one."""

    path: str
    about: str = ""
    said: Mapping[str, Any] = field(default_factory=dict)
    unsaid: tuple[str, ...] = ()
    keeps: Mapping[str, str] = field(default_factory=dict)
    token: str | None = TOKEN

    @property
    def method(self) -> Method:
        return METHODS[self.path]

    @property
    def name(self) -> str:
        return f"{self.path} ({self.about})" if self.about else self.path

    @property
    def body(self) -> dict[str, Any]:
        """What is sent; variables stand in it as `{{name}}`."""
        members = {**self.method.example, **self.said}
        return {name: value for name, value in members.items() if name not in self.unsaid}


def _id(variable: str) -> dict[str, str]:
    return {"id": f"{{{{{variable}}}}}"}


def _payment(variable: str) -> dict[str, Any]:
    return {"payment_identifier": _id(variable)}


def _webhook() -> dict[str, Any]:
    return {"webhook_identifier": _id("webhook_id")}


def _invoice(variable: str) -> dict[str, Any]:
    return {"invoice_identifier": _id(variable)}


def _owed(variable: str, amount: float) -> dict[str, Any]:
    return {**_invoice(variable), "amount": amount}


_UNIQUE = "{{$guid}}"
_DRAFT = {"life_cycle_state": "DRAFT"}
_FIRST_PASSWORD, _SECOND_PASSWORD = "change-me-soon", "another-good-password"

STORY: Mapping[str, tuple[Step, ...]] = MappingProxyType(
    {
        SESSION: (
            Step("login", keeps={TOKEN: "token"}, token=None),
            Step("whoami"),
            Step("authentication/token", keeps={"other_token": "token"}, token=None),
            Step("authentication/token/release", token="other_token"),
            Step("authentication/web_api_key/token", keeps={"key_token": "token"}, token=None),
        ),
        "customers": (
            Step("customers/create", keeps={"customer_id": "id"}),
            Step("customers/show", said={"customer_identifier": _id("customer_id")}),
        ),
        "accounts_receivable": (
            Step("accounts_receivable/create", said={"customer_identifier": _id("customer_id")}, keeps={"account_id": "id"}),
            Step("accounts_receivable/update", said={"accounts_receivable_identifier": _id("account_id")}),
        ),
        "payment_profiles": (
            Step(
                "payment_profiles/create",
                said={"accounts_receivable_identifier": _id("account_id")},
                keeps={"profile_id": "id"},
            ),
            Step("payment_profiles/enable", said={"payment_profile_identifier": _id("profile_id")}),
            Step("payment_profiles/list", said={"accounts_receivable_identifier": _id("account_id")}),
        ),
        "invoices": (
            Step("invoices/create", "a draft", said=_DRAFT, keeps={"billed_invoice_id": "id"}),
            Step("invoices/show", said=_invoice("billed_invoice_id")),
            Step("invoices/post", said=_invoice("billed_invoice_id")),
            Step("invoices/create", "another draft", said=_DRAFT, keeps={"unwanted_invoice_id": "id"}),
            Step("invoices/reject", said=_invoice("unwanted_invoice_id")),
            Step("invoices/create", "a mistake", keeps={"wrong_invoice_id": "id"}),
            Step("invoices/cancel", said=_invoice("wrong_invoice_id")),
            Step("invoices/create", "one to pay", keeps={"invoice_id": "id"}),
            Step("invoices/create", "one to pay a part of", keeps={"other_invoice_id": "id"}),
        ),
        "bills": (
            Step("bills/create", said={"invoices_set": [_invoice("billed_invoice_id")]}, keeps={"bill_id": "id"}),
            Step("bills/show", said={"bill_identifier": _id("bill_id")}),
        ),
        "payments": (
            Step("payments/pay_invoice", said=_invoice("invoice_id"), unsaid=("payment_amount",)),
            Step("payments/pay_bill", said={"bill_identifier": _id("bill_id")}),
            Step("payments/create", keeps={"payment_id": "id"}),
            Step("payments/show", said=_payment("payment_id")),
            Step("payments/update", said=_payment("payment_id")),
            Step("payments/post", said=_payment("payment_id")),
            Step("payments/release", said=_payment("payment_id")),
            Step("payments/apply", said=_payment("payment_id") | {"invoices_set": [_owed("other_invoice_id", 30.5)]}),
            Step("payments/cancel", said=_payment("payment_id"), keeps={"cancellation_id": "id"}),
            Step("payments/create", "another draft", keeps={"unwanted_payment_id": "id"}),
            Step("payments/reject", said=_payment("unwanted_payment_id")),
        ),
        "payment_cancellations": (
            Step("payment_cancellations/show", said={"payment_cancellation_identifier": _id("cancellation_id")}),
        ),
        "configuration": (
            Step("configuration/types/create", said={"name": f"Counter Payment {_UNIQUE}"}),
            Step("configuration/categories/create", said={"name": f"Deposits {_UNIQUE}", "code": _UNIQUE}),
            Step("configuration/payment_methods/create", said={"name": f"Standing Order {_UNIQUE}", "alternative_code": _UNIQUE}),
            Step("configuration/rejection_reasons/create", said={"name": f"Wrong Account {_UNIQUE}", "alternative_code": _UNIQUE}),
            Step("configuration/projects/create", said={"name": f"North Mole {_UNIQUE}", "alternative_code": _UNIQUE}),
            Step("configuration/subsidiaries/create", said={"name": f"Island Stores {_UNIQUE}", "alternative_code": _UNIQUE}),
            Step("configuration/exchange_rates/create", "a trial", said={"validate_only": True}),
        ),
        "users": (
            Step(
                "users/create",
                said={"username": f"clerk.{_UNIQUE}", "password": _FIRST_PASSWORD},
                keeps={"user_id": "id", "new_username": "username"},
            ),
            Step("users/show", said={"user_identifier": _id("user_id")}),
            Step(
                "login",
                "the new user",
                said={"username": "{{new_username}}", "password": _FIRST_PASSWORD},
                keeps={"user_token": "token"},
                token=None,
            ),
            Step(
                "users/change_password",
                said={"old_password": _FIRST_PASSWORD, "new_password": _SECOND_PASSWORD},
                unsaid=("validate_only",),
                token="user_token",
            ),
            Step("users/disable", said={"user_identifier": _id("user_id")}),
        ),
        "webhooks": (
            Step("webhooks/create", said={"name": f"CRM {_UNIQUE}"}, keeps={"webhook_id": "id"}),
            Step("webhooks/show", said=_webhook()),
            Step("webhooks/update", said=_webhook()),
            Step("webhooks/rotate_secret", said=_webhook()),
            Step("webhooks/disable", said=_webhook()),
            Step("webhooks/enable", said=_webhook()),
            Step("webhooks/disable", "for good", said=_webhook()),
        ),
        "units": (Step("units/create", said={"name": f"Back Office {_UNIQUE}", "alternative_code": _UNIQUE}),),
    }
)

VARIABLES: Mapping[str, str] = MappingProxyType({"invoice_id": "85748C51BB97C48E47050CDC811FB42B"})
"""What variables hold before a request has filled them: an invoice that the demo has."""


def folders() -> dict[str, list[Step]]:
    """The steps by folder, in order: every method of METHODS is among them, and the logout comes last."""
    found = {name: list(steps) for name, steps in STORY.items()}
    told = {step.path for steps in found.values() for step in steps}
    for path in METHODS:
        if path not in told and path != LAST:
            found.setdefault(resource(path), []).append(Step(path))
    return found | {LAST: [Step(LAST)]}
