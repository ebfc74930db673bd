"""Invoices at QBench's door: shown, and only shown."""

from decimal import Decimal

import pytest

from ledger import invoices as verbs
from ledger.items import ItemTerms
from ledger.lifecycle import DRAFT
from tests.books import YEN
from tests.rpcserver.dialects.qbench.asking import Lab

MEMBERS = [
    "custom_formatted_id",
    "date_created",
    "date_emailed",
    "due_date",
    "email_to",
    "emailed",
    "emailed_by_id",
    "external_id",
    "id",
    "invoice_date",
    "invoice_items",
    "notes",
    "order_id",
    "paid",
    "status",
    "total",
]
ITEM = ["amount", "assay_id", "base_price", "discount", "id", "invoice_id", "invoice_item_type", "name", "quantity", "sort_order"]


def test_an_invoice_is_shown_with_the_published_members(lab: Lab) -> None:
    items = [
        ItemTerms("Assay", Decimal("2.5"), cost=Decimal(40), discount_amount=Decimal(10), vat_rate=Decimal(20)),
        ItemTerms("Courier", Decimal(3), sub_total=Decimal(10)),
    ]
    made = lab.premises.company.invoice(items=items, back_office_code="ERP-9", notes="Net 30")
    told = lab.done("GET", f"/invoice/{made.pk}")
    assert list(told) == MEMBERS
    lines = told.pop("invoice_items")
    assert told == {
        "custom_formatted_id": made.number,
        "date_created": "05/01/2024",
        "date_emailed": None,
        "due_date": "05/31/2024",
        "email_to": None,
        "emailed": False,
        "emailed_by_id": None,
        "external_id": "ERP-9",
        "id": made.pk,
        "invoice_date": "05/01/2024",
        "notes": "Net 30",
        "order_id": None,
        "paid": False,
        "status": "POSTED",
        "total": 118.0,
    }
    assert [list(line) for line in lines] == [ITEM, ITEM]
    assert [(line["name"], line["quantity"], line["base_price"], line["discount"], line["amount"]) for line in lines] == [
        ("Assay", 2.5, 40.0, 10.0, 108.0),
        ("Courier", 3.0, 3.33, 0.0, 10.0),
    ]
    assert {(line["invoice_id"], line["invoice_item_type"], line["assay_id"]) for line in lines} == {
        (made.pk, "INVOICE_ITEM", None)
    }
    assert [line["sort_order"] for line in lines] == sorted(line["sort_order"] for line in lines)


def test_a_draft_has_no_number_and_is_not_paid(lab: Lab) -> None:
    told = lab.done("GET", f"/invoice/{lab.premises.company.invoice(10, state=DRAFT).pk}")
    assert (told["status"], told["custom_formatted_id"], told["paid"]) == ("DRAFT", None, False)


def test_what_became_of_an_invoice_is_its_status(lab: Lab) -> None:
    company = lab.premises.company
    cancelled, rejected = company.invoice(10), company.invoice(10, state=DRAFT)
    company.cancel_invoice(cancelled)
    company.do(verbs.reject, rejected)
    told = [lab.done("GET", f"/invoice/{invoice.pk}") for invoice in (cancelled, rejected)]
    assert [(each["status"], each["paid"]) for each in told] == [("CANCELLED", False), ("REJECTED", False)]


def test_totals_are_floats_in_every_currency(lab: Lab) -> None:
    assert '"total":300.0}' in lab.send("GET", f"/invoice/{lab.invoice(300, YEN)}").text


@pytest.mark.parametrize("pk", ["987654", "0", "x"])
def test_an_unknown_invoice_is_not_found(lab: Lab, pk: str) -> None:
    reply = lab.send("GET", f"/invoice/{pk}")
    assert (reply.status, reply.error.split(":")[0]) == (404, "invoice_id")


@pytest.mark.parametrize("verb", ["POST", "PUT", "PATCH", "DELETE"])
def test_invoices_are_not_written_here(lab: Lab, verb: str) -> None:
    assert lab.send(verb, f"/invoice/{lab.invoice()}", {}).status == 405
