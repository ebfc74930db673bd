"""Indexes leave out the rows in which there is nothing to find: the queries that need them still go by them."""

from collections.abc import Callable
from typing import Any

import pytest

from ledger import queries
from ledger.applying import open_credits, open_invoices
from ledger.entry import Reading
from ledger.storage.models import Intended, Invoice, InvoiceCancellation, Payment, PaymentCancellation
from tests.books import Company
from tests.statements import plan, watched

pytestmark = pytest.mark.sqlite

ASKED: dict[str, Callable[[Reading], object]] = {
    "invoice_account_pk_unpaid": lambda reading: open_invoices(reading, 1),
    "payment_account_pk_unallocated": lambda reading: open_credits(reading, 1),
    "invoice_project_pk": lambda reading: reading.rows.find(Invoice, project_pk=1),
    "invoice_subsidiary_pk": lambda reading: reading.rows.find(Invoice, subsidiary_pk=1),
    "payment_principal_invoice_pk": lambda reading: reading.rows.among(Payment, "principal_invoice_pk", [1, 2]),
    "payment_profile_pk": lambda reading: reading.rows.find(Payment, profile_pk=1),
    "intended_invoice_pk": lambda reading: reading.rows.among(Intended, "invoice_pk", [1, 2]),
    "intended_bill_pk": lambda reading: reading.rows.find(Intended, bill_pk=1),
}


@pytest.mark.parametrize("index", ASKED)
def test_what_is_asked_for_is_found_by_the_index_of_its_rows(company: Company, index: str) -> None:
    assert gone_by(company, ASKED[index]) == [index]


@pytest.mark.parametrize("model", [Invoice, InvoiceCancellation, Payment, PaymentCancellation])
@pytest.mark.parametrize("column", ["number", "back_office_code"])
def test_documents_are_found_by_what_not_all_of_them_have(company: Company, model: type[Payment], column: str) -> None:
    index, named = f"{model._meta.table_name}_{column}", dict[str, Any]({column: "9"})
    assert gone_by(company, lambda reading: reading.rows.find(model, **named)) == [index]
    assert gone_by(company, lambda reading: reading.rows.among(model, column, ["8", "9"])) == [index]


def test_the_sums_of_accounts_look_at_what_is_open_alone(company: Company) -> None:
    indexes = gone_by(company, lambda reading: queries.account_sums(reading, [1, 2]))
    assert indexes == ["invoice_account_pk_unpaid", "payment_account_pk_unallocated"]


def gone_by(company: Company, ask: Callable[[Reading], object]) -> list[str]:
    """The indexes that the statements of a question go by, one after the other."""

    def plans(reading: Reading) -> list[str]:
        with watched(company.book.url) as seen:
            ask(reading)
        return [line for asked in seen for line in plan(reading, asked)]

    return [line.partition(" INDEX ")[2].split()[0] for line in company.read(plans) if " INDEX " in line]
