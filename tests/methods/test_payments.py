"""The payment methods, on a real book."""

from decimal import Decimal
from typing import Any

import pytest

from ledger.storage.models import Payment, Unit, User
from tests.books import DINARS, EUROS, YEN, Company
from tests.methods.asking import ask, refused

TYPE = {"name": "Payment"}
TERMS: dict[str, Any] = {
    "accounts_receivable_identifier": {"name": EUROS},
    "type_identifier": TYPE,
    "payment_method_identifier": {"name": "Cash"},
}
DRAFT = TERMS | {"life_cycle_state": "DRAFT", "payment_amount": 300}
NAMED = {"payment_identifier": {"back_office_code": "P"}}


def show(company: Company, code: str = "P") -> Any:
    return ask(company, "payments/show", {"payment_identifier": {"back_office_code": code}})


def test_a_new_payment_is_answered_as_the_published_example_prints_it(company: Company) -> None:
    answer = ask(company, "payments/create", DRAFT)
    assert len(answer.pop("id")) == 32
    assert answer == {
        "payment_amount": 300,
        "issued_on": "2024-05-01T12:00:00",
        "life_cycle_state": "DRAFT",
        "number": None,
        "reference_number": "1",
        "posted_on": None,
    }


def test_everything_that_is_said_of_a_new_payment_is_kept(company: Company) -> None:
    invoice, bill = company.invoice(100), company.bill(company.invoice(50))
    unit, user = company.one(Unit, name="Branch"), company.one(User, username="auditor")
    said: dict[str, Any] = {
        "category_identifier": {"name": "Services"},
        "received_on": "2014-04-19T09:12:54",
        "received_by_user_identifier": {"id": user.id},
        "received_by_unit_identifier": {"alternative_code": "BRANCH"},
        "notes": "two\nlines",
        "back_office_code": "P",
        "udf_string_8": "s",
        "udf_float_4": 0.5,
        "udf_date_4": "2014-01-01",
        "invoices_to_pay_set": [{"invoice_identifier": {"number": invoice.number}}, {"id": invoice.id}],
        "bills_to_pay_set": [{"number": bill.number}],
        "intended_currency_identifier": {"code": "EUR"},
    }
    ask(company, "payments/create", DRAFT | said)
    shown = show(company)
    assert (shown["category"]["name"], shown["payment_method"]["name"]) == ("Services", "Cash")
    assert (shown["received_on"], shown["notes"]) == ("2014-04-19T09:12:54", "two\nlines")
    assert (shown["received_by_user"]["username"], shown["received_by_unit"]["id"]) == ("auditor", unit.id)
    assert (shown["udf_string_8"], shown["udf_float_4"], shown["udf_date_4"]) == ("s", Decimal("0.5"), "2014-01-01T00:00:00")
    assert [row["id"] for row in shown["invoices_to_pay_set"]] == [invoice.id]
    assert [row["id"] for row in shown["bills_to_pay_set"]] == [bill.id]


@pytest.mark.parametrize(
    ("account", "amount"),
    [(EUROS, Decimal("9007199254740.93")), (YEN, 999999999999), (DINARS, Decimal("0.005")), (EUROS, "12.500")],
)
def test_an_amount_comes_out_as_it_went_in(company: Company, account: str, amount: Any) -> None:
    body = DRAFT | {"accounts_receivable_identifier": {"name": account}, "payment_amount": str(amount)}
    assert ask(company, "payments/create", body)["payment_amount"] == Decimal(amount)


@pytest.mark.parametrize(("account", "amount"), [(EUROS, "0.001"), (YEN, "0.5"), (DINARS, "0.0005")])
def test_more_decimals_than_the_currency_has_are_refused(company: Company, account: str, amount: str) -> None:
    body = DRAFT | {"accounts_receivable_identifier": {"name": account}, "payment_amount": amount}
    assert refused(company, "payments/create", body) == [("payment_amount", "INVALID_PARAMETER")]


def test_every_name_that_means_nothing_is_refused_at_once_in_order(company: Company) -> None:
    body = DRAFT | {
        "received_by_unit_identifier": {"name": "Nowhere"},
        "accounts_receivable_identifier": {"number": "nine"},
        "bills_to_pay_set": [{"number": "1"}],
        "invoices_to_pay_set": [{"number": "1"}, {"number": "2"}],
        "type_identifier": {"id": "no id"},
        "intended_currency_identifier": {"code": "XXX"},
    }
    assert refused(company, "payments/create", body) == [
        ("accounts_receivable_identifier", "ENTITY_NOT_FOUND"),
        ("type_identifier", "ENTITY_NOT_FOUND"),
        ("intended_currency_identifier", "ENTITY_NOT_FOUND"),
        ("received_by_unit_identifier", "ENTITY_NOT_FOUND"),
        ("invoices_to_pay_set[0]", "ENTITY_NOT_FOUND"),
        ("invoices_to_pay_set[1]", "ENTITY_NOT_FOUND"),
        ("bills_to_pay_set[0]", "ENTITY_NOT_FOUND"),
    ]
    assert company.all(Payment) == []


def test_a_rule_that_is_broken_names_the_parameter(company: Company) -> None:
    other = company.invoice(10, "Bob EUR")
    for changes, fault in (
        ({"invoices_to_pay_set": [{"number": other.number}]}, ("invoices_to_pay_set[0]", "ACCOUNT_MISMATCH")),
        ({"intended_currency_identifier": {"code": "JPY"}}, ("intended_currency_identifier", "CURRENCY_MISMATCH")),
        ({"type_identifier": {"name": "Invoice"}}, ("type_identifier", "TYPE_NOT_ALLOWED")),
        ({"category_identifier": {"name": "Internal"}}, ("category_identifier", "CATEGORY_NOT_ALLOWED")),
        ({"payment_method_identifier": {"name": "Card"}}, ("payment_method_identifier", "PAYMENT_METHOD_NOT_ALLOWED")),
    ):
        assert refused(company, "payments/create", DRAFT | changes) == [fault]


def test_a_draft_keeps_what_an_update_leaves_out_and_loses_what_it_clears(company: Company) -> None:
    first, second = company.invoice(10), company.invoice(20)
    sets: dict[str, Any] = {"invoices_to_pay_set": [{"number": first.number}], "notes": "n", "udf_string_1": "u"}
    ask(company, "payments/create", DRAFT | sets | {"back_office_code": "P", "received_on": "2014-01-01"})
    ask(company, "payments/update", NAMED | {"payment_amount": 12.5})
    kept = show(company)
    assert (kept["payment_amount"], kept["notes"], kept["udf_string_1"]) == (Decimal("12.5"), "n", "u")
    added = [{"number": second.number, "action": "ADD"}, {"number": first.number, "action": "REMOVE"}]
    ask(
        company, "payments/update", NAMED | {"invoices_to_pay_set": added, "notes": None, "received_on": None, "udf_string_1": None}
    )
    changed = show(company)
    assert [row["number"] for row in changed["invoices_to_pay_set"]] == [second.number]
    assert (changed["notes"], changed["udf_string_1"], changed["received_on"]) == (None, None, changed["issued_on"])
    ask(company, "payments/update", NAMED | {"invoices_to_pay_set": None})
    assert show(company)["invoices_to_pay_set"] == []


def test_an_update_refuses_to_remove_what_is_not_in_the_set(company: Company) -> None:
    invoice = company.invoice(10)
    ask(company, "payments/create", DRAFT | {"back_office_code": "P"})
    edit = [{"number": invoice.number, "action": "REMOVE"}]
    assert refused(company, "payments/update", NAMED | {"invoices_to_pay_set": edit}) == [
        ("invoices_to_pay_set", "ENTITY_NOT_FOUND")
    ]


def test_pay_invoice_pays_what_is_unpaid(company: Company) -> None:
    invoice = company.invoice(300)
    body = TERMS | {"invoice_identifier": {"id": invoice.id.lower()}, "life_cycle_state": "DRAFT", "payment_amount": 300}
    answer = ask(company, "payments/pay_invoice", body)
    assert (answer["life_cycle_state"], answer["payment_amount"], answer["number"]) == ("POSTED", 300, "1")
    assert refused(company, "payments/pay_invoice", body) == [("invoice_identifier", "ALREADY_SETTLED")]


def test_an_amount_that_is_not_what_is_owed_is_refused_unless_parsing_is_lenient(company: Company) -> None:
    invoice = company.invoice(300)
    body = TERMS | {"invoice_identifier": {"number": invoice.number}, "payment_amount": 299}
    assert refused(company, "payments/pay_invoice", body) == [("payment_amount", "AMOUNT_MISMATCH")]
    assert ask(company, "payments/pay_invoice", body, lenient=True)["payment_amount"] == 300


def test_pay_bill_pays_what_is_unpaid_on_its_invoices(company: Company) -> None:
    invoices = company.invoice(100), company.invoice(50)
    bill = company.bill(*invoices)
    company.pay(30, invoices=[invoices[0]])
    answer = ask(company, "payments/pay_bill", TERMS | {"bill_identifier": {"number": bill.number}, "payment_amount": 120})
    assert (answer["life_cycle_state"], answer["payment_amount"]) == ("POSTED", 120)
    assert ask(company, "bills/show", {"bill_identifier": {"id": bill.id}})["status"] == "SETTLED"


def test_posting_and_rejecting_move_a_draft(company: Company) -> None:
    for code in ("P", "R"):
        ask(company, "payments/create", DRAFT | {"back_office_code": code})
    posted = ask(company, "payments/post", NAMED)
    assert (posted["life_cycle_state"], posted["number"], posted["posted_on"]) == ("POSTED", "1", "2024-05-01T12:00:00")
    reason: dict[str, Any] = {"payment_identifier": {"back_office_code": "R"}, "rejection_reason_identifier": {"name": "Mistake"}}
    rejected = ask(company, "payments/reject", reason)
    assert (rejected["life_cycle_state"], rejected["number"], rejected["posted_on"]) == ("REJECTED", None, None)
    assert show(company, "R")["rejection_reason"]["name"] == "Mistake"
    for verb in ("post", "reject", "update"):
        assert refused(company, f"payments/{verb}", NAMED) == [("payment_identifier", "INVALID_LIFE_CYCLE_STATE")]


def test_cancelling_answers_the_cancellation_with_its_payment(company: Company) -> None:
    company.pay(40, back_office_code="P")
    body = NAMED | {"type_identifier": {"name": "Payment cancellation"}, "issue_reason": "Returned", "udf_string_1": "u"}
    answer = ask(company, "payments/cancel", body)
    assert (answer["life_cycle_state"], answer["payment_amount"], answer["number"]) == ("POSTED", 40, "1")
    assert answer["payment"]["life_cycle_state"] == "CANCELLED"
    assert show(company)["payment_cancellation"]["id"] == answer["id"]
    (listed,) = ask(company, "payment_cancellations/list", {"payment_identifier": {"back_office_code": "P"}})
    assert (listed["issue_reason"], listed["udf_string_1"], listed["payment"]["number"]) == ("Returned", "u", "1")
    assert refused(company, "payments/cancel", body) == [("payment_identifier", "INVALID_LIFE_CYCLE_STATE")]
    wrong = NAMED | {"type_identifier": TYPE}
    assert refused(company, "payments/cancel", wrong) == [("payment_identifier", "INVALID_LIFE_CYCLE_STATE")]


def test_a_rehearsal_answers_without_id_and_numbers_and_leaves_nothing(company: Company) -> None:
    tried = ask(company, "payments/create", DRAFT | {"life_cycle_state": "POSTED", "validate_only": True})
    assert (tried["id"], tried["number"], tried["reference_number"]) == (None, None, None)
    assert (tried["life_cycle_state"], tried["payment_amount"]) == ("POSTED", 300)
    assert company.all(Payment) == []
    draft = company.draft(50, back_office_code="P")
    tried = ask(company, "payments/post", NAMED | {"validate_only": True})
    assert (tried["id"], tried["number"], tried["reference_number"]) == (draft.id, None, draft.reference_number)
    assert company.now(draft).life_cycle_state == "DRAFT"
    assert refused(
        company, "payments/reject", NAMED | {"validate_only": True, "rejection_reason_identifier": {"name": "Other"}}
    ) == [("rejection_reason_identifier", "REJECTION_REASON_NOT_ALLOWED")]


def test_fields_set_cuts_the_answer(company: Company) -> None:
    assert ask(company, "payments/create", DRAFT | {"back_office_code": "P", "fields_set": "payment_amount"}) == {
        "payment_amount": 300
    }
    nested = NAMED | {"fields_set": ["accounts_receivable.account_owner.name", "type.name"]}
    assert ask(company, "payments/show", nested) == {
        "accounts_receivable": {"account_owner": {"name": "Ada"}},
        "type": {"name": "Payment"},
    }
