"""Answers have the shape that is documented: every member is there, null where it is unset. `ask` compares them."""

import pytest

from ledger.outgoing import Outgoing
from ledger.storage.models import Category, Webhook
from methods import METHODS
from methods.objects.documents import PaymentShort
from tests.books import Company
from tests.methods.asking import ask, methods
from tests.webhooks.desk import Desk

SEVEN = ["id", "number", "reference_number", "life_cycle_state", "issued_on", "posted_on", "payment_amount"]


def filled(company: Company) -> Company:
    """A book in which everything that can be set is set somewhere."""
    company = company.by("admin")
    company.book.outgoing = Outgoing(("x" * 40,))
    ask(company, "webhooks/create", {"name": "ERP", "url": "https://erp.example.com/", "types_set": ["payment.posted"]})
    late = company.invoice(50, due_on="2024-01-01T00:00:00", back_office_code="LATE", udf={"udf_float_1": 5.0, "udf_float_2": 0.5})
    billed = company.invoice(100, category=company.one(Category, name="Services"))
    bill = company.bill(billed, late)
    company.draft(70, invoices=[billed], bills=[bill], back_office_code="DRAFT", udf={"udf_string_1": "x", "udf_float_1": 7.0})
    company.pay(30, invoices=[late], notes="n", back_office_code="POSTED", received_on="2024-04-30T00:00:00")
    company.cancel_payment(company.pay(10), issue_reason="Wrong account", back_office_code="C")
    company.cancel_invoice(company.invoice(20, back_office_code="CANCELLED"))
    account: dict[str, object] = {"accounts_receivable_identifier": {"name": "Ada EUR"}}
    ask(company, "payment_profiles/create", account | {"name": "Monthly", "attributes": {"day": 1}})
    for kind in ("projects", "subsidiaries"):
        ask(company, f"configuration/{kind}/create", {"name": "One"})
    rate = {"currency_identifier": {"code": "USD"}, "from_date": "2024-01-01", "rate": 0.9}
    ask(company, "configuration/exchange_rates/create", rate)
    ask(company, "configuration/door_defaults/update", {"door": "waldur", "payment_type_identifier": {"name": "Payment"}})
    Desk(company, company.one(Webhook).pk).advance()
    return company


PAYMENT_METHODS = "payments/configuration/payment_methods/list"
READS: list[tuple[str, dict[str, object]]] = [
    *((path, {}) for path in methods() if path.endswith("/list") and path != PAYMENT_METHODS),
    ("whoami", {}),
    ("payments/get_latest", {"accounts_receivable_identifier": {"name": "Ada EUR"}, "number": 9}),
    (PAYMENT_METHODS, {"payment_type_identifier": {"name": "Payment"}}),
    ("payments/show", {"payment_identifier": {"back_office_code": "DRAFT"}}),
    ("payments/show", {"payment_identifier": {"back_office_code": "POSTED"}}),
    ("payment_cancellations/show", {"payment_cancellation_identifier": {"back_office_code": "C"}}),
    ("customers/show", {"customer_identifier": {"name": "Ada"}}),
    ("accounts_receivable/show", {"accounts_receivable_identifier": {"name": "Ada EUR"}}),
    ("accounts_receivable/statement", {"accounts_receivable_identifier": {"name": "Ada EUR"}, "from_date": "2024-01-01"}),
    ("invoices/show", {"invoice_identifier": {"back_office_code": "LATE"}}),
    ("invoices/show", {"invoice_identifier": {"back_office_code": "CANCELLED"}}),
    ("bills/show", {"bill_identifier": {"number": "1"}}),
    ("users/show", {"user_identifier": {"username": "owner"}}),
    ("webhooks/show", {"webhook_identifier": {"name": "ERP"}}),
]


def test_every_read_answers_its_shape(company: Company) -> None:
    company = filled(company)
    assert all(ask(company, path, body) for path, body in READS)
    assert {path for path, _ in READS} == {path for path, method in methods().items() if not method.writes}


def test_the_short_payment_has_exactly_the_seven_published_members() -> None:
    assert list(PaymentShort.model_fields) == SEVEN
    writing = ("create", "update", "pay_invoice", "pay_bill", "post", "reject")
    assert all(METHODS[f"payments/{verb}"].shape is PaymentShort for verb in writing)


def test_a_payment_shows_what_it_pays_and_what_it_is_to_pay(company: Company) -> None:
    company = filled(company)
    draft = ask(company, "payments/show", {"payment_identifier": {"back_office_code": "DRAFT"}})
    assert [invoice["total_amount"] for invoice in draft["invoices_to_pay_set"]] == [100]
    assert [(bill["total_billed_amount"], bill["bill_status"]) for bill in draft["bills_to_pay_set"]] == [
        (150, "PARTIALLY_SETTLED")
    ]
    assert (draft["number"], draft["posted_on"], draft["allocations"], draft["payment_cancellation"]) == (None, None, [], None)
    posted = ask(company, "payments/show", {"payment_identifier": {"back_office_code": "POSTED"}})
    late = posted["invoices_to_pay_set"][0]
    assert [(line["invoice"]["id"], line["amount"]) for line in posted["allocations"]] == [(late["id"], 30)]
    assert (late["outstanding_amount"], late["unsettled_amount"], posted["unallocated_amount"]) == (20, 20, 0)
    assert posted["log_information"]["created_by_user"]["username"] == "admin"
    assert posted["currency"]["code"] == "EUR"


def test_a_user_defined_number_that_is_whole_is_shown_whole(company: Company) -> None:
    late = ask(filled(company), "invoices/show", {"invoice_identifier": {"back_office_code": "LATE"}})
    assert (repr(late["udf_float_1"]), str(late["udf_float_2"]), late["udf_float_3"]) == ("5", "0.5", None)


def test_an_invoice_shows_its_bill_its_payers_and_what_is_overdue(company: Company) -> None:
    late = ask(filled(company), "invoices/show", {"invoice_identifier": {"back_office_code": "LATE"}})
    assert late["bill"]["number"] == "1"
    assert [(line["payment"]["number"], line["amount"]) for line in late["allocations"]] == [("1", 30)]
    assert [(item["quantity"], item["sub_total"], item["vat_rate"], item["cost"]) for item in late["items"]] == [(1, 50, 0, None)]


def test_an_account_shows_that_its_balance_is_what_is_unpaid_less_credit(company: Company) -> None:
    company = filled(company)
    company.pay(500)
    for account in ask(company, "accounts_receivable/list"):
        assert account["balance"] == account["unsettled_amount"] - account["unallocated_amount"]
    shown = ask(company, "accounts_receivable/show", {"accounts_receivable_identifier": {"name": "Ada EUR"}})
    assert (shown["balance"], shown["unsettled_amount"], shown["unallocated_amount"], shown["outstanding_amount"]) == (
        -380,
        0,
        380,
        0,
    )


@pytest.mark.parametrize("path", methods())
def test_every_name_of_an_answer_can_be_asked_for(path: str) -> None:
    names = METHODS[path].shape.names()
    assert len(names) == len(set(names))
    assert [name for name in names if "." not in name] == list(METHODS[path].shape.model_fields)
