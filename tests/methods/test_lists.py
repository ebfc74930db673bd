"""Lists: filters, pages, streams, and what owners see."""

from typing import Any

import pytest

from ledger.entry import Reading
from ledger.errors import MandatoryParameterMissing
from ledger.payments import create
from methods import METHODS
from methods.listing import PAGE
from methods.method import Stream, parse
from tests.books import BOBS, EUROS, YEN, Company
from tests.methods.asking import ask, refused

ON_EUROS: dict[str, Any] = {"accounts_receivable_identifier": {"name": EUROS}}


def codes(rows: list[dict[str, Any]]) -> str:
    return " ".join(row["back_office_code"] for row in rows)


@pytest.fixture
def paid(company: Company) -> Company:
    """Payments a to d, one an hour, of several kinds."""
    company.pay(10, back_office_code="a", received_on="2024-04-30T23:59:59")
    company.clock.advance(3600)
    company.pay(20, YEN, back_office_code="b", method="Transfer")
    company.clock.advance(3600)
    company.draft(30, back_office_code="c", received_on="2024-05-02T00:00:00")
    company.clock.advance(3600)
    company.pay(20, BOBS, back_office_code="d")
    return company


@pytest.mark.parametrize(
    ("filters", "found"),
    [
        ({}, "d c b a"),
        (ON_EUROS, "c a"),
        ({"life_cycle_state": "DRAFT"}, "c"),
        ({"payment_method_identifier": {"name": "Transfer"}}, "b"),
        ({"payment_amount": 20}, "d b"),
        ({"payment_amount": "20.00"}, "d b"),
        ({"payment_amount": 0}, ""),
        ({"issued_from": "2024-05-01T13:00:00", "issued_to": "2024-05-01T14:00:00"}, "c b"),
        ({"issued_to": "2024-05-01"}, "d c b a"),
        ({"issued_to": "2024-04-30"}, ""),
        ({"received_to": "2024-04-30"}, "a"),
        ({"received_from": "2024-05-02"}, "c"),
        ({"type_identifier": {"name": "Write-off"}}, ""),
        ({"number_of_results": 2}, "d c"),
        ({"number_of_results": 2, "offset": 1}, "c b"),
        ({"offset": 3}, "a"),
        ({"offset": 99}, ""),
    ],
)
def test_payments_are_listed_newest_first_and_filtered(paid: Company, filters: dict[str, Any], found: str) -> None:
    assert codes(ask(paid, "payments/list", filters)) == found


def test_a_list_goes_on_after_a_row(paid: Company) -> None:
    seen = ask(paid, "payments/list", {"number_of_results": 2})
    paid.pay(1, back_office_code="e")
    assert codes(ask(paid, "payments/list", {"after": seen[-1]["id"], "number_of_results": 2})) == "b a"
    assert refused(paid, "payments/list", {"after": "0" * 32}) == [("after", "ENTITY_NOT_FOUND")]


def test_a_list_shows_the_payments_of_an_invoice(paid: Company) -> None:
    invoice = paid.invoice(5)
    paid.draft(1, back_office_code="meant", invoices=[invoice])
    named: dict[str, Any] = {"invoice_identifier": {"number": invoice.number}}
    assert codes(ask(paid, "payments/list", named)) == "meant a"


def test_get_latest_answers_as_many_as_there_are(paid: Company) -> None:
    assert codes(ask(paid, "payments/get_latest", ON_EUROS | {"number": 1})) == "c"
    assert codes(ask(paid, "payments/get_latest", ON_EUROS | {"number": 99})) == "c a"
    latest = ask(paid, "payments/get_latest", ON_EUROS | {"number": 2, "fields_set": "id,number,reference_number"})
    assert [set(row) for row in latest] == [{"id", "number", "reference_number"}] * 2


def pages(company: Company, body: dict[str, Any]) -> list[int]:
    """How many rows each page of a list has."""
    method = METHODS["payments/list"]
    params = parse(method, body)

    def run(reading: Reading) -> list[int]:
        found = method.run(reading, params)
        if not isinstance(found, Stream):
            return [len(found)]
        rows, cursor = found.page(reading, None)
        sizes = [len(rows)]
        while cursor is not None:
            rows, cursor = found.page(reading, cursor)
            sizes.append(len(rows))
        return sizes

    return company.read(run)


def test_a_long_list_comes_in_pages(company: Company) -> None:
    terms = company.terms(1)
    company.do(lambda entry: [create(entry, terms, "DRAFT") for _ in range(PAGE + 5)] and None)
    assert pages(company, {}) == [PAGE, 5]
    assert pages(company, {"number_of_results": PAGE + 2}) == [PAGE, 2]
    assert pages(company, {"number_of_results": PAGE}) == [PAGE]
    assert pages(company, {"number_of_results": PAGE + 5, "offset": 3}) == [PAGE, 2]
    assert pages(company, {"number_of_results": 3}) == [3]


LISTS = ("payments/list", "payment_cancellations/list", "invoices/list", "bills/list")


@pytest.mark.parametrize("path", LISTS)
def test_an_owner_has_to_name_the_account_and_sees_no_other(company: Company, path: str) -> None:
    owner = company.by("owner")
    assert refused(owner, path, {}) == [("accounts_receivable_identifier", "MANDATORY_PARAMETER_MISSING")]
    with pytest.raises(MandatoryParameterMissing):
        ask(owner, path, {"accounts_receivable_identifier": None})
    named: dict[str, Any] = {"accounts_receivable_identifier": {"name": BOBS}}
    assert refused(owner, path, named) == [("accounts_receivable_identifier", "ENTITY_NOT_FOUND")]
    assert ask(owner, path, ON_EUROS) == []


def test_an_owner_lists_only_what_is_theirs(company: Company) -> None:
    owner = company.by("owner")
    assert [row["name"] for row in ask(owner, "customers/list")] == ["Ada"]
    assert {row["account_owner"]["name"] for row in ask(owner, "accounts_receivable/list")} == {"Ada"}


def test_invoices_are_listed_by_what_is_owed(company: Company) -> None:
    company.invoice(10, back_office_code="open", due_on="2024-05-10T00:00:00")
    company.pay(20, invoices=[company.invoice(20, back_office_code="paid")])
    company.invoice(30, back_office_code="draft", state="DRAFT")
    assert codes(ask(company, "invoices/list", {"unpaid": True})) == "open"
    assert codes(ask(company, "invoices/list", {"unpaid": False})) == "draft paid"
    assert codes(ask(company, "invoices/list", {"due_to": "2024-05-10"})) == "open"
    assert codes(ask(company, "invoices/list", {"life_cycle_state": "DRAFT"})) == "draft"


def test_the_audit_log_is_listed_by_record_by_user_and_by_time(company: Company) -> None:
    payment = company.draft(10)
    company.clock.advance(days=1)
    company.by("admin").pay(10)
    rows = ask(company, "audit/list", {"record_id": payment.id.lower()})
    assert [(row["kind"], row["actor"], row["before"], row["after"]["amount"]) for row in rows] == [
        ("payment", "clerk", None, 1000)
    ]
    assert {row["actor"] for row in ask(company, "audit/list", {"username": "admin"})} == {"admin"}
    assert {row["actor"] for row in ask(company, "audit/list", {"from": "2024-05-02"})} == {"admin"}
    assert payment.id in {row["record_id"] for row in ask(company, "audit/list", {"to": "2024-05-01"})}
    first, second = ask(company, "audit/list", {"number_of_results": 2})
    assert ask(company, "audit/list", {"number_of_results": 1, "after": first["id"]}) == [second]
