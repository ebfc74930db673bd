"""Invoices: their states, their money, and paying one whole."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from ledger import invoices
from ledger.items import ItemTerms
from ledger.storage.models import Invoice
from tests.books import BOBS, EUROS, YEN
from tests.rpcserver.dialects.waldur.caller import ROOT, Body, Caller, customer_link, invoice_link, profile_link

CREATED_ONLY = (409, {"detail": "Valid states for operation: Created."})


@pytest.fixture
def states(caller: Caller) -> dict[str, Invoice]:
    """An invoice of Bob's in each state."""
    company = caller.here.company
    made = {
        "pending": company.invoice(10, BOBS, state="DRAFT"),
        "created": company.invoice(20, BOBS),
        "paid": company.invoice(30, BOBS),
        "canceled": company.invoice(40, BOBS),
        "rejected": company.invoice(50, BOBS, state="DRAFT"),
    }
    company.cancel_invoice(made["canceled"])
    company.do(invoices.reject, made["rejected"])
    caller.done("POST", f"{invoice_link(made['paid'])}paid/", json={"date": "2024-05-01"})
    return made


def shown(caller: Caller, invoice: Invoice) -> Body:
    return dict(caller.done("GET", invoice_link(invoice)))


def test_an_invoice_has_the_members_of_the_published_api(caller: Caller) -> None:
    items = [ItemTerms("Work", Decimal("1.5"), cost=Decimal(10), vat_rate=Decimal(20))]
    invoice = caller.here.company.invoice(1, EUROS, items=items, back_office_code="B-7")
    ada = caller.customer()
    assert list(shown(caller, invoice).items()) == [
        ("url", f"{ROOT}/api/invoices/{invoice.id.lower()}/"),
        ("uuid", invoice.id.lower()),
        ("number", invoice.number),
        ("customer", customer_link(ada)),
        ("price", "15.0000000000"),
        ("tax", "3.0000000000"),
        ("total", "18.0000000000"),
        ("state", "created"),
        ("year", 2024),
        ("month", 5),
        ("invoice_date", "2024-05-01"),
        ("due_date", "2024-05-31"),
        ("customer_details", {"name": "Ada", "email": ""}),
        (
            "items",
            [
                {
                    "name": "Work",
                    "quantity": "1.500000",
                    "price": "15.0000000000",
                    "tax": "3.0000000000",
                    "total": "18.0000000000",
                }
            ],
        ),
        ("backend_id", "B-7"),
        ("reference_number", invoice.reference_number),
        ("account_uuid", caller.here.company.account(EUROS).id.lower()),
    ]


def test_a_draft_has_no_due_date_rather_than_none(caller: Caller, states: dict[str, Invoice]) -> None:
    draft = shown(caller, states["pending"])
    assert "due_date" not in draft
    assert draft["number"] == states["pending"].reference_number


def test_the_state_follows_from_the_ledger(caller: Caller, states: dict[str, Invoice]) -> None:
    found = {name: shown(caller, invoice)["state"] for name, invoice in states.items()}
    assert found == {**{name: name for name in states}, "rejected": "canceled"}


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("", ["pending", "created", "paid", "canceled", "rejected"]),
        ("state=", ["pending", "created", "paid", "canceled", "rejected"]),
        ("state=pending", ["pending"]),
        ("state=created", ["created"]),
        ("state=paid", ["paid"]),
        ("state=canceled", ["canceled", "rejected"]),
        ("state=created&state=paid", ["created", "paid"]),
        ("state=pending&state=paid", ["pending", "paid"]),
        ("state=created&state=canceled", ["created", "canceled", "rejected"]),
        ("o=-created", ["rejected", "canceled", "paid", "created", "pending"]),
        ("o=-total&state=created&state=paid", ["paid", "created"]),
    ],
)
def test_invoices_of_a_state(caller: Caller, states: dict[str, Invoice], query: str, names: list[str]) -> None:
    found = caller.done("GET", f"invoices/?{query}")
    assert [row["uuid"] for row in found] == [states[name].id.lower() for name in names]


def test_invoices_of_a_customer(caller: Caller) -> None:
    own, other = caller.here.invoice(10, EUROS), caller.here.invoice(20, BOBS)
    ada, bob = caller.customer("Ada"), caller.customer("Bob")

    def found(query: str, by: str = "clerk") -> list[str]:
        return [row["uuid"] for row in caller.done("GET", f"invoices/?{query}", by=by)]

    assert found(f"customer_uuid={ada.id}") == [own.id.lower()]
    assert found(f"customer={customer_link(bob)}") == [other.id.lower()]
    assert found(f"customer={customer_link(bob)}&customer_uuid={ada.id}") == []
    assert found("", by="owner") == [own.id.lower()]
    assert found(f"customer_uuid={bob.id}", by="owner") == []
    refused = caller.refused("GET", invoice_link(other), by="owner")
    assert refused == (404, {"detail": "No Invoice matches the given query."})


def test_only_some_members_can_be_asked_for(caller: Caller) -> None:
    invoice = caller.here.invoice(10)
    assert caller.done("GET", "invoices/?field=uuid&field=state&field=nonsense") == [
        {"uuid": invoice.id.lower(), "state": "created"}
    ]
    assert caller.done("GET", f"{invoice_link(invoice)}?field=total") == {"total": "10.0000000000"}


def test_filters_that_are_wrong_are_refused_together(reader: Caller) -> None:
    assert reader.refused("GET", "invoices/?state=nonsense&customer_uuid=x") == (
        400,
        {
            "customer_uuid": ["Enter a valid UUID."],
            "state": ["Select a valid choice. nonsense is not one of the available choices."],
        },
    )


@pytest.mark.parametrize("how", [{"json": {"date": "2024-03-09"}}, {"data": {"date": "2024-03-09"}}])
def test_paying_makes_a_linked_payment_over_what_is_owed(caller: Caller, how: dict[str, Any]) -> None:
    invoice = caller.here.invoice(100)
    caller.linked(caller.payment(sum=30), invoice)
    answer = caller.ask("POST", f"{invoice_link(invoice)}paid/", **how)
    assert (answer.status_code, answer.content) == (200, b"")
    payment = caller.done("GET", "payments/")[1]
    assert (payment["sum"], payment["date_of_payment"]) == ("70.00", "2024-03-09")
    assert (payment["invoice"], payment["profile"]) == (invoice_link(invoice), profile_link(caller.profile()))
    assert shown(caller, invoice)["state"] == "paid"


@pytest.mark.parametrize("how", [{}, {"json": {}}])
def test_paying_without_a_word_is_paying_today(caller: Caller, how: dict[str, Any]) -> None:
    invoice = caller.here.invoice(1000, YEN)
    caller.done("POST", f"{invoice_link(invoice)}paid/", **how)
    (payment,) = caller.done("GET", "payments/")
    today = datetime.fromtimestamp(caller.here.company.clock.seconds, UTC).date().isoformat()
    assert (payment["sum"], payment["date_of_payment"]) == ("1000.00", today)


def test_paying_takes_a_proof(caller: Caller) -> None:
    invoice = caller.here.invoice(100)
    caller.done("POST", f"{invoice_link(invoice)}paid/", data={"date": "2024-03-09"}, files={"proof": ("a.txt", b"paid")})
    (payment,) = caller.done("GET", "payments/")
    assert caller.ask("GET", payment["proof"]).content == b"paid"


@pytest.mark.parametrize(
    ("how", "refused"),
    [
        ({"json": {"proof": None}}, {"date": ["This field is required."]}),
        ({"json": {"date": None}}, {"date": ["This field may not be null."]}),
        (
            {"json": {"date": "x", "proof": "x"}},
            {
                "date": ["Date has wrong format. Use one of these formats instead: YYYY-MM-DD."],
                "proof": ["The submitted data was not a file. Check the encoding type on the form."],
            },
        ),
        ({"json": []}, {"non_field_errors": ["Invalid data. Expected a dictionary, but got list."]}),
    ],
)
def test_what_is_wrong_with_paying(caller: Caller, how: dict[str, Any], refused: Body) -> None:
    invoice = caller.here.invoice(100)
    assert caller.refused("POST", f"{invoice_link(invoice)}paid/", **how) == (400, refused)
    assert caller.here.payments() == []


@pytest.mark.parametrize("name", ["pending", "paid", "canceled", "rejected"])
def test_only_created_invoices_can_be_paid(caller: Caller, states: dict[str, Invoice], name: str) -> None:
    for content in (b"", b"{nonsense"):
        assert caller.refused("POST", f"{invoice_link(states[name])}paid/", content=content) == CREATED_ONLY


def test_without_an_active_profile_nothing_is_paid(caller: Caller) -> None:
    invoice = caller.here.invoice(100)
    caller.done("PATCH", profile_link(caller.profile()), json={"is_active": None})
    refused = caller.refused("POST", f"{invoice_link(invoice)}paid/")
    assert refused == (400, ["The active profile does not exist."])


def test_an_invoice_that_is_not_there_cannot_be_paid(reader: Caller) -> None:
    refused = reader.refused("POST", "invoices/nonsense/paid/", content=b"{nonsense")
    assert refused == (404, {"detail": "No Invoice matches the given query."})


def test_paying_can_be_repeated_with_a_key(caller: Caller) -> None:
    invoice = caller.here.invoice(100)
    for _ in range(2):
        caller.done("POST", f"{invoice_link(invoice)}paid/", headers={"Idempotency-Key": "a"})
    assert len(caller.here.payments()) == 1
    assert caller.refused("POST", f"{invoice_link(invoice)}paid/") == CREATED_ONLY
