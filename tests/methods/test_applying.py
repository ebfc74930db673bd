"""Putting a payment's money on invoices as said, and taking it back."""

from typing import Any

import pytest

from ledger.storage.models import Invoice, Payment
from tests.books import BOBS, EUROS, YEN, Company
from tests.methods.asking import ask, refused

PAID: dict[str, Any] = {"payment_identifier": {"back_office_code": "P"}}


@pytest.fixture
def invoices(company: Company) -> tuple[Invoice, Invoice]:
    """A payment of 100 that is on nothing, then two invoices over 60."""
    company.pay(100, back_office_code="P", mode="explicit")
    return company.invoice(60), company.invoice(60)


def line(invoice: Invoice, amount: object) -> dict[str, Any]:
    return {"invoice_identifier": {"number": invoice.number}, "amount": amount}


def apply(company: Company, *lines: dict[str, Any]) -> Any:
    return ask(company, "payments/apply", PAID | {"invoices_set": list(lines)})


def refusals(company: Company, *lines: dict[str, Any]) -> list[tuple[str, str]]:
    return refused(company, "payments/apply", PAID | {"invoices_set": list(lines)})


def test_money_goes_where_it_is_said_and_nowhere_else(company: Company, invoices: tuple[Invoice, Invoice]) -> None:
    first, second = invoices
    answer = apply(company, line(second, 12.5), {"number": first.number, "amount": "60"})
    assert [(row["invoice"]["number"], float(row["amount"])) for row in answer["allocations"]] == [
        (second.number, 12.5),
        (first.number, 60),
    ]
    assert float(answer["unallocated_amount"]) == 27.5
    assert (company.now(first).unpaid, company.now(second).unpaid) == (0, 4750)


def test_what_is_applied_again_is_added(company: Company, invoices: tuple[Invoice, Invoice]) -> None:
    first, _ = invoices
    apply(company, line(first, 10))
    answer = apply(company, line(first, 20), line(first, 5))
    assert [row["amount"] for row in answer["allocations"]] == [35]


@pytest.mark.parametrize(
    ("amounts", "fault"),
    [
        ((61,), ("invoices_set[0]", "AMOUNT_MISMATCH")),
        ((60, 41), ("invoices_set[1]", "AMOUNT_MISMATCH")),
        ((1, "0.001"), ("invoices_set[1]", "INVALID_PARAMETER")),
    ],
)
def test_one_line_that_cannot_be_undoes_them_all(
    company: Company, invoices: tuple[Invoice, Invoice], amounts: tuple[object, ...], fault: tuple[str, str]
) -> None:
    lines = [line(invoice, amount) for invoice, amount in zip(invoices, amounts, strict=False)]
    assert refusals(company, *lines) == [fault]
    assert [company.now(invoice).unpaid for invoice in invoices] == [6000, 6000]
    assert company.one(Payment).unallocated == 10_000


def test_a_settled_invoice_takes_no_more(company: Company, invoices: tuple[Invoice, Invoice]) -> None:
    apply(company, line(invoices[0], 60))
    assert refusals(company, line(invoices[1], 1), line(invoices[0], 1)) == [("invoices_set[1]", "ALREADY_SETTLED")]


@pytest.mark.usefixtures("invoices")
@pytest.mark.parametrize("account", [BOBS, YEN])
def test_another_accounts_invoice_is_refused(company: Company, account: str) -> None:
    assert refusals(company, line(company.invoice(5, account), 5)) == [("invoices_set[0]", "ACCOUNT_MISMATCH")]


@pytest.mark.usefixtures("invoices")
def test_a_draft_of_an_invoice_takes_nothing(company: Company) -> None:
    draft = company.invoice(5, state="DRAFT", back_office_code="D")
    named: dict[str, Any] = {"back_office_code": draft.back_office_code, "amount": 5}
    assert refusals(company, named) == [("invoices_set[0]", "INVALID_LIFE_CYCLE_STATE")]


def test_only_a_posted_payment_is_applied_and_released(company: Company, invoices: tuple[Invoice, Invoice]) -> None:
    company.draft(5, back_office_code="D")
    named: dict[str, Any] = {"payment_identifier": {"back_office_code": "D"}}
    expected = [("payment_identifier", "INVALID_LIFE_CYCLE_STATE")]
    assert refused(company, "payments/apply", named | {"invoices_set": [line(invoices[0], 1)]}) == expected
    assert refused(company, "payments/release", named) == expected


@pytest.mark.usefixtures("invoices")
@pytest.mark.parametrize(
    ("sent", "fault"),
    [
        ([], ("invoices_set", "INVALID_PARAMETER")),
        (None, ("invoices_set", "MANDATORY_PARAMETER_MISSING")),
        ([{"number": "1"}], ("invoices_set[0].amount", "MANDATORY_PARAMETER_MISSING")),
        ([{"amount": 1}], ("invoices_set[0].invoice_identifier", "MANDATORY_PARAMETER_MISSING")),
        ([{"number": "1", "amount": 0}], ("invoices_set[0].amount", "INVALID_PARAMETER")),
        ([{"number": "1", "amount": -1}], ("invoices_set[0].amount", "INVALID_PARAMETER")),
        ([{"number": "1", "sum": 1}], ("invoices_set[0].invoice_identifier", "UNKNOWN_PARAMETER")),
        ([{"number": "none such", "amount": 1}], ("invoices_set[0]", "ENTITY_NOT_FOUND")),
    ],
)
def test_lines_that_are_none_are_named_by_their_place(company: Company, sent: Any, fault: tuple[str, str]) -> None:
    assert fault in refused(company, "payments/apply", PAID | {"invoices_set": sent})


def test_what_is_released_stays_credit(company: Company, invoices: tuple[Invoice, Invoice]) -> None:
    first, second = invoices
    apply(company, line(first, 60), line(second, 40))
    answer = ask(company, "payments/release", PAID | {"invoice_identifier": {"number": first.number}})
    assert [row["invoice"]["number"] for row in answer["allocations"]] == [second.number]
    assert (answer["unallocated_amount"], company.now(first).unpaid) == (60, 6000)
    assert ask(company, "payments/release", PAID)["allocations"] == []
    assert ask(company, "payments/release", PAID)["unallocated_amount"] == 100
    assert [company.now(invoice).unpaid for invoice in invoices] == [6000, 6000]


def test_nothing_is_released_from_an_invoice_on_which_nothing_is(company: Company, invoices: tuple[Invoice, Invoice]) -> None:
    body = PAID | {"invoice_identifier": {"number": invoices[0].number}}
    assert refused(company, "payments/release", body) == [("invoice_identifier", "ENTITY_NOT_FOUND")]


def test_an_automatic_payment_that_is_applied_by_hand_is_explicit_from_then_on(company: Company) -> None:
    company.pay(100, back_office_code="P")
    invoice = company.invoice(10)
    assert company.now(invoice).unpaid == 0
    ask(company, "payments/release", PAID)
    apply(company, line(invoice, 4))
    later = company.invoice(20)
    assert company.now(later).unpaid == 2000


def test_a_trial_says_what_would_be_where(company: Company, invoices: tuple[Invoice, Invoice]) -> None:
    tried = ask(company, "payments/apply", PAID | {"invoices_set": [line(invoices[0], 60)], "validate_only": True})
    assert (tried["unallocated_amount"], tried["allocations"][0]["amount"]) == (40, 60)
    assert company.now(invoices[0]).unpaid == 6000


def test_a_payment_shows_its_principal_invoice(company: Company, invoices: tuple[Invoice, Invoice]) -> None:
    assert ask(company, "payments/show", PAID)["principal_invoice"] is None
    apply(company, line(invoices[1], 10), line(invoices[0], 10))
    shown = ask(company, "payments/show", PAID)
    assert shown["principal_invoice"]["number"] == invoices[1].number
    assert (shown["payment_profile"], shown["written_off_on"]) == (None, None)
    assert shown["accounts_receivable"]["name"] == EUROS
