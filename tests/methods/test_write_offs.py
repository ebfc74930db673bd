"""Write-offs as the native door sees them: shown, listed and cancelled like payments, but not made there."""

from typing import Any

import pytest

from ledger.applying import EXPLICIT
from tests.books import EUROS, Company
from tests.methods.asking import ask, refused


def test_a_write_off_is_shown_and_listed_as_what_it_is(company: Company) -> None:
    invoice = company.invoice(30)
    made = company.write_off(20, linked=invoice, mode=EXPLICIT, written_off_on="2024-04-03")
    shown = ask(company, "payments/show", {"payment_identifier": {"id": made.id}})
    assert (shown["type"]["name"], shown["received_on"], shown["payment_amount"]) == ("Write-off", "2024-04-03T00:00:00", 20)
    assert (shown["written_off_on"], shown["principal_invoice"]["id"]) == ("2024-04-03T00:00:00", invoice.id)
    (listed,) = ask(company, "payments/list", {"type_identifier": {"name": "Write-off"}})
    assert listed["id"] == made.id
    owed = ask(company, "invoices/show", {"invoice_identifier": {"id": invoice.id}})
    assert owed["unsettled_amount"] == 10


def test_a_write_off_is_cancelled_like_a_payment(company: Company) -> None:
    invoice = company.invoice(30)
    made = company.write_off(20, linked=invoice, mode=EXPLICIT)
    body = {"payment_identifier": {"id": made.id}, "type_identifier": {"name": "Payment cancellation"}}
    cancelled = ask(company, "payments/cancel", body)["payment"]
    assert (cancelled["id"], cancelled["life_cycle_state"]) == (made.id, "CANCELLED")
    assert (company.now(invoice).unpaid, company.account().balance) == (3000, 3000)


@pytest.mark.parametrize("path", ["payments/create", "payments/pay_invoice"])
def test_a_write_off_is_made_at_another_door(company: Company, path: str) -> None:
    body: dict[str, Any] = {
        "accounts_receivable_identifier": {"name": EUROS},
        "type_identifier": {"name": "Write-off"},
        "payment_method_identifier": {"name": "Cash"},
    }
    special: dict[str, Any] = {"payments/create": {"payment_amount": 1, "life_cycle_state": "POSTED"}}
    body |= special.get(path, {"invoice_identifier": {"id": company.invoice(1).id}})
    assert refused(company, path, body) == [("type_identifier", "TYPE_NOT_ALLOWED")]


def test_a_draft_cannot_become_one(company: Company) -> None:
    body = {"payment_identifier": {"id": company.draft(1).id}, "type_identifier": {"name": "Write-off"}}
    assert refused(company, "payments/update", body) == [("type_identifier", "TYPE_NOT_ALLOWED")]
