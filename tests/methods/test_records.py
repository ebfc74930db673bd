"""Customers, accounts, invoices and bills, on a real book."""

from typing import Any

import pytest

from tests.books import BOBS, EUROS, Company
from tests.methods.asking import ask, refused

INVOICE: dict[str, Any] = {
    "accounts_receivable_identifier": {"name": EUROS},
    "type_identifier": {"name": "Invoice"},
    "life_cycle_state": "DRAFT",
    "items": [{"description": "Work", "quantity": 1, "sub_total": 100}],
    "back_office_code": "I",
}
NAMED: dict[str, Any] = {"invoice_identifier": {"back_office_code": "I"}}
ACCOUNT: dict[str, Any] = {"accounts_receivable_identifier": {"name": EUROS}}


def test_a_customer_is_made_and_gets_accounts(company: Company) -> None:
    made = ask(company, "customers/create", {"name": "Cy", "email": "cy@example.org", "back_office_code": "CY"})
    assert (made["number"], made["name"], made["accounts_receivable_set"]) == ("C000003", "Cy", [])
    body: dict[str, Any] = {"customer_identifier": {"number": "C000003"}, "name": "Cy USD", "currency_identifier": {"code": "USD"}}
    account = ask(company, "accounts_receivable/create", body)
    assert (account["credit_period"], account["balance"], account["currency"]["code"]) == (30, 0, "USD")
    assert ask(company, "accounts_receivable/create", body | {"credit_period": 0})["credit_period"] == 0
    shown = ask(company, "customers/show", {"customer_identifier": {"id": made["id"]}})
    assert [row["name"] for row in shown["accounts_receivable_set"]] == ["Cy USD", "Cy USD"]
    assert refused(company, "accounts_receivable/show", {"accounts_receivable_identifier": {"name": "Cy USD"}}) == [
        ("accounts_receivable_identifier", "AMBIGUOUS_IDENTIFIER")
    ]
    again = {"name": "Other", "back_office_code": "CY"}
    assert refused(company, "customers/create", again) == [("back_office_code", "DUPLICATE_BACK_OFFICE_CODE")]


def test_an_account_changes_only_what_is_given(company: Company) -> None:
    changed = ask(company, "accounts_receivable/update", ACCOUNT | {"credit_period": 7, "notes": "n"})
    assert (changed["name"], changed["credit_period"], changed["notes"]) == (EUROS, 7, "n")
    assert ask(company, "accounts_receivable/update", ACCOUNT | {"notes": None})["notes"] is None
    assert ask(company, "accounts_receivable/update", ACCOUNT)["credit_period"] == 7
    state: dict[str, Any] = {"life_cycle_state": "SUSPENDED"}
    assert ask(company, "accounts_receivable/update", ACCOUNT | state)["life_cycle_state"] == "SUSPENDED"
    assert refused(company, "invoices/create", INVOICE) == [("accounts_receivable_identifier", "ACCOUNT_NOT_OPEN")]


def test_an_account_has_an_address_numbers_and_tags(company: Company) -> None:
    contact = {"address": "12 Harbour Street\nLimassol", "phone": "+357 25 1", "fax": "+357 25 2", "tags": ["weekly", "déjà vu"]}
    body: dict[str, Any] = {"customer_identifier": {"name": "Ada"}, "name": "Kept", "currency_identifier": {"code": "EUR"}}
    assert contact.items() <= ask(company, "accounts_receivable/create", body | contact).items()
    bare = ask(company, "accounts_receivable/create", body | {"name": "Bare", "tags": None})
    assert [bare[name] for name in contact] == [None, None, None, []]
    named: dict[str, Any] = {"accounts_receivable_identifier": {"name": "Kept"}}
    changed = ask(company, "accounts_receivable/update", named | {"tags": ["monthly"], "fax": None})
    assert [changed[name] for name in contact] == [contact["address"], contact["phone"], None, ["monthly"]]
    cleared = ask(company, "accounts_receivable/update", named | {"tags": None, "address": None})
    assert [cleared[name] for name in contact] == [None, contact["phone"], None, []]
    assert ask(company, "accounts_receivable/show", named) == cleared


@pytest.mark.parametrize("tags", ["weekly", [""], [5], [None], ["x" * 256], ["\x00"], ["x" * 200] * 20])
def test_tags_that_cannot_be_kept_are_refused(company: Company, tags: object) -> None:
    assert refused(company, "accounts_receivable/update", ACCOUNT | {"tags": tags}) == [("tags", "INVALID_PARAMETER")]


def test_an_invoice_has_a_project_a_subsidiary_and_a_rate(company: Company) -> None:
    admin = company.by("admin")
    ask(admin, "configuration/projects/create", {"name": "Quay", "alternative_code": "Q"})
    ask(admin, "configuration/subsidiaries/create", {"name": "Works"})
    said: dict[str, Any] = {
        "project_identifier": {"alternative_code": "Q"},
        "subsidiary_identifier": {"name": "Works"},
        "exchange_rate": "1.0000000001",
    }
    ask(company, "invoices/create", INVOICE | said)
    shown = ask(company, "invoices/show", NAMED)
    assert (shown["project"]["name"], shown["subsidiary"]["name"]) == ("Quay", "Works")
    assert str(shown["exchange_rate"]) == "1.0000000001"
    wrong: dict[str, Any] = {"project_identifier": {"name": "No"}, "subsidiary_identifier": {"name": "No"}}
    expected = [("project_identifier", "ENTITY_NOT_FOUND"), ("subsidiary_identifier", "ENTITY_NOT_FOUND")]
    assert refused(company, "invoices/create", INVOICE | wrong) == expected
    for rate in (0, "0.00000000001", 100_000_000):
        assert refused(company, "invoices/create", INVOICE | {"exchange_rate": rate}) == [("exchange_rate", "INVALID_PARAMETER")]


def test_an_invoice_without_them_has_none(company: Company) -> None:
    ask(company, "invoices/create", INVOICE)
    shown = ask(company, "invoices/show", NAMED)
    assert (shown["project"], shown["subsidiary"], shown["exchange_rate"]) == (None, None, None)


def test_an_account_with_a_balance_is_not_terminated(company: Company) -> None:
    company.pay(10)
    body = ACCOUNT | {"life_cycle_state": "TERMINATED"}
    assert refused(company, "accounts_receivable/update", body) == [("life_cycle_state", "ACCOUNT_NOT_SETTLED")]
    for name in ("name", "credit_period", "life_cycle_state"):
        assert refused(company, "accounts_receivable/update", ACCOUNT | {name: None}) == [(name, "INVALID_PARAMETER")]


def test_a_statement_runs_from_balance_to_balance(company: Company) -> None:
    company.invoice(300)
    company.clock.advance(days=1)
    company.pay(120)
    company.clock.advance(days=1)
    company.invoice("80.5")
    day = ask(company, "accounts_receivable/statement", ACCOUNT | {"from_date": "2024-05-02", "to_date": "2024-05-02"})
    assert (day["opening_balance"], day["closing_balance"]) == (300, 180)
    assert [(row["kind"], row["amount"], row["balance"]) for row in day["entries"]] == [("PAYMENT", -120, 180)]
    assert (day["from_date"], day["to_date"]) == ("2024-05-02T00:00:00", "2024-05-02T23:59:59")
    whole = ask(company, "accounts_receivable/statement", ACCOUNT)
    assert [float(row["balance"]) for row in whole["entries"]] == [300, 180, 260.5]
    turned = ACCOUNT | {"from_date": "2024-05-03", "to_date": "2024-05-02"}
    assert refused(company, "accounts_receivable/statement", turned) == [("to_date", "INVALID_PARAMETER")]


def test_an_invoice_is_worked_out_item_by_item(company: Company) -> None:
    items = [
        {"description": "Consulting", "quantity": 12.5, "cost": 80, "discount_percentage": 10, "vat_rate": 19},
        {"description": "Travel", "quantity": 1, "sub_total": 140.4, "discount_amount": 0.4},
    ]
    short = ask(company, "invoices/create", INVOICE | {"items": items, "life_cycle_state": "POSTED"})
    assert (short["total_amount"], short["number"], short["due_on"]) == (1211, "I00000001", "2024-05-31T12:00:00")
    shown = ask(company, "invoices/show", NAMED)
    assert (shown["net_amount"], shown["tax_amount"], float(shown["discount_amount"])) == (1040, 171, 100.4)
    first = shown["items"][0]
    assert (float(first["quantity"]), first["cost"], first["discount_percentage"], first["vat_rate"]) == (12.5, 80, 10, 19)


def test_a_faulty_amount_in_an_item_is_named_by_its_place(company: Company) -> None:
    items = [*INVOICE["items"], {"description": "Work", "quantity": 1, "cost": 0.001}]
    assert refused(company, "invoices/create", INVOICE | {"items": items}) == [("items[1].cost", "INVALID_PARAMETER")]
    currency = {"intended_currency_identifier": {"code": "JPY"}}
    assert refused(company, "invoices/create", INVOICE | currency) == [("intended_currency_identifier", "CURRENCY_MISMATCH")]


def test_an_invoice_is_posted_rejected_and_cancelled(company: Company) -> None:
    ask(company, "invoices/create", INVOICE)
    ask(company, "invoices/create", INVOICE | {"back_office_code": "R"})
    assert ask(company, "invoices/post", NAMED)["life_cycle_state"] == "POSTED"
    rejected: dict[str, Any] = {"invoice_identifier": {"back_office_code": "R"}, "rejection_reason_identifier": {"name": "Fraud"}}
    assert ask(company, "invoices/reject", rejected)["life_cycle_state"] == "REJECTED"
    cancel = NAMED | {"type_identifier": {"name": "Invoice cancellation"}, "issue_reason": "Twice"}
    cancelled = ask(company, "invoices/cancel", cancel)
    assert (cancelled["total_amount"], cancelled["invoice"]["life_cycle_state"]) == (100, "CANCELLED")
    assert ask(company, "invoices/show", NAMED)["invoice_cancellation"]["id"] == cancelled["id"]
    for verb in ("post", "reject"):
        assert refused(company, f"invoices/{verb}", NAMED) == [("invoice_identifier", "INVALID_LIFE_CYCLE_STATE")]
    assert refused(company, "invoices/cancel", cancel) == [("invoice_identifier", "INVALID_LIFE_CYCLE_STATE")]


def test_a_bill_gathers_invoices(company: Company) -> None:
    first, second = company.invoice(100), company.invoice(50)
    body: dict[str, Any] = ACCOUNT | {"invoices_set": [{"number": first.number}, {"id": second.id}], "to_date": "2024-05-31"}
    bill = ask(company, "bills/create", body)
    assert (bill["total_billed_amount"], bill["bill_status"], bill["to_date"]) == (150, "UNSETTLED", "2024-05-31T23:59:59")
    company.cancel_invoice(second)
    company.pay(30)
    shown = ask(company, "bills/show", {"bill_identifier": {"number": bill["number"]}})
    assert (shown["total_billed_amount"], shown["total_amount_to_be_paid"], shown["number_of_invoices"]) == (100, 70, 1)
    assert (shown["status"], len(shown["invoices_set"])) == ("PARTIALLY_SETTLED", 2)


@pytest.mark.parametrize("gathered", ["bobs", "draft", "billed"])
def test_a_bill_refuses_what_it_cannot_gather(company: Company, gathered: str) -> None:
    bobs, draft, billed = company.invoice(1, BOBS), company.invoice(1, state="DRAFT"), company.invoice(1)
    company.bill(billed)
    invoice, code = {
        "bobs": (bobs, "ACCOUNT_MISMATCH"),
        "draft": (draft, "INVALID_LIFE_CYCLE_STATE"),
        "billed": (billed, "ALREADY_BILLED"),
    }[gathered]
    (fault,) = refused(company, "bills/create", ACCOUNT | {"invoices_set": [{"id": invoice.id}]})
    assert fault[0].startswith("invoices_set") and fault[1] == code


def test_an_owner_does_not_see_the_records_of_others(company: Company) -> None:
    payment, invoice = company.pay(10, BOBS), company.invoice(20, BOBS)
    bill, owner = company.bill(invoice), company.by("owner")
    for path, name, record in (
        ("payments/show", "payment_identifier", payment),
        ("invoices/show", "invoice_identifier", invoice),
        ("bills/show", "bill_identifier", bill),
        ("accounts_receivable/show", "accounts_receivable_identifier", company.account(BOBS)),
    ):
        assert refused(owner, path, {name: {"id": record.id}}) == [(name, "ENTITY_NOT_FOUND")]
