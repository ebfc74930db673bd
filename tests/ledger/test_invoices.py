"""Making, posting and rejecting invoices."""

from decimal import Decimal

import pytest

from ledger import configuration, invoices
from ledger.errors import (
    AccountNotOpen,
    BalanceTooLarge,
    CategoryNotAllowed,
    CurrencyMismatch,
    DuplicateBackOfficeCode,
    InvalidParameter,
    RejectionReasonNotAllowed,
    TypeNotAllowed,
)
from ledger.items import ItemTerms
from ledger.lifecycle import ACTIVE, DRAFT, POSTED, REJECTED, SUSPENDED, TERMINATED
from ledger.storage.models import Category, Currency, Invoice, InvoiceItem, JournalEntry, RejectionReason, Unit, User
from tests.books import DINARS, EUROS, TYPES, YEN, Company


def item(quantity: str = "1", **terms: str) -> ItemTerms:
    return ItemTerms("Work", Decimal(quantity), **{name: Decimal(value) for name, value in terms.items()})


def test_a_draft_says_what_was_given_and_books_nothing(company: Company) -> None:
    goods = company.one(Category, name="Goods")
    draft = company.invoice("12.5", state=DRAFT, notes="n", back_office_code="I-1", category=goods, udf={"udf_string_2": "x"})
    assert (draft.life_cycle_state, draft.number, draft.posted_on, draft.due_on) == (DRAFT, None, None, None)
    assert (draft.total_amount, draft.unpaid, draft.notes, draft.back_office_code) == (1250, 0, "n", "I-1")
    assert (draft.category_pk, draft.udf_string_2, draft.issued_on) == (goods.pk, "x", "2024-05-01T12:00:00")
    assert draft.created_by_user_pk == company.one(User, username="clerk").pk
    assert draft.created_by_unit_pk == company.one(Unit, name="Head office").pk
    assert company.all(JournalEntry) == []
    assert company.account().balance == 0


def test_an_invoice_keeps_its_project_subsidiary_and_exchange_rate(company: Company) -> None:
    quay = company.do(configuration.create_project, name="New Quay")
    west = company.do(configuration.create_subsidiary, name="West")
    invoice = company.invoice(10, project=quay, subsidiary=west, exchange_rate=Decimal("1.25"))
    assert (invoice.project_pk, invoice.subsidiary_pk, invoice.exchange_rate) == (quay.pk, west.pk, 12_500_000_000)
    plain = company.invoice(10)
    assert (plain.project_pk, plain.subsidiary_pk, plain.exchange_rate) == (None, None, None)


@pytest.mark.parametrize("rate", ["0", "-1", "NaN", "1e9", "0.00000000001"])
def test_an_exchange_rate_that_is_none_is_refused(company: Company, rate: str) -> None:
    with pytest.raises(InvalidParameter) as refused:
        company.invoice(10, exchange_rate=Decimal(rate))
    assert refused.value.word == "exchange_rate"
    assert company.all(Invoice) == []


def test_totals_are_the_sums_of_rounded_items(company: Company) -> None:
    thirds = [item("0.333333", cost="1", vat_rate="10") for _ in range(3)]
    with_discount = item("2", cost="50", discount_percentage="10", vat_rate="20")
    invoice = company.invoice(items=[*thirds, with_discount])
    rows = company.all(InvoiceItem)
    assert [(row.position, row.net_amount, row.tax_amount) for row in rows] == [(0, 33, 3), (1, 33, 3), (2, 33, 3), (3, 9000, 1800)]
    assert (invoice.net_amount, invoice.tax_amount, invoice.discount_amount) == (9099, 1809, 1000)
    assert invoice.total_amount == invoice.unpaid == 10908
    assert company.account().balance == 10908


@pytest.mark.parametrize(
    ("account", "cost", "quantity", "total"),
    [
        (YEN, "150", "1.5", 225),
        (YEN, "1", "0.5", 1),
        (DINARS, "0.001", "1.5", 2),
        (EUROS, "9007199254740.93", "1", 900719925474093),
    ],
)
def test_items_are_rounded_to_the_minor_unit_of_the_accounts_currency(
    company: Company, account: str, cost: str, quantity: str, total: int
) -> None:
    assert company.invoice(account=account, items=[item(quantity, cost=cost)]).total_amount == total


def test_an_item_that_does_not_fit_is_named(company: Company) -> None:
    for bad, word in ((item(cost="0.001"), "cost"), (item("-1", cost="1"), "quantity"), (item(), "cost")):
        with pytest.raises(InvalidParameter) as refused:
            company.invoice(items=[item(cost="1"), bad])
        assert refused.value.word == f"items[1].{word}"
    assert company.all(Invoice) == []


def test_everything_that_is_wrong_with_the_items_is_named_at_once(company: Company) -> None:
    two = item(cost="0.001", discount_amount="0.0001")
    with pytest.raises(InvalidParameter) as refused:
        company.invoice(items=[two, item(cost="1"), item(), item("0", cost="1")])
    words = ["items[0].cost", "items[0].discount_amount", "items[2].cost", "items[3].quantity"]
    assert [fault.word for fault in refused.value.faults] == words
    assert {fault.code for fault in refused.value.faults} == {"INVALID_PARAMETER"}


def test_what_follows_from_a_wrong_amount_is_not_named_beside_it(company: Company) -> None:
    with pytest.raises(InvalidParameter) as refused:
        company.invoice(items=[item(cost="10.001", discount_amount="5")])
    assert [fault.word for fault in refused.value.faults] == ["items[0].cost"]


def test_an_invoice_needs_an_item_and_at_most_fifteen_digits(company: Company) -> None:
    with pytest.raises(InvalidParameter, match="at least one item"):
        company.invoice(items=[])
    half = item(cost="5000000000000")
    with pytest.raises(InvalidParameter, match="15 digits"):
        company.invoice(items=[half, half])


def test_posting_books_a_debit(company: Company) -> None:
    draft = company.invoice("12.5", state=DRAFT)
    company.clock.advance(seconds=4)
    posted = company.do(invoices.post, draft)
    assert (posted.issued_on, posted.posted_on, posted.unpaid) == ("2024-05-01T12:00:00", "2024-05-01T12:00:04", 1250)
    (booked,) = company.all(JournalEntry)
    assert (booked.kind, booked.document_id, booked.number, booked.amount) == ("INVOICE", draft.id, "I00000001", 1250)
    assert company.account().balance == 1250


def test_it_is_due_at_the_end_of_the_credit_period_after_posting(company: Company) -> None:
    company.change_account(credit_period=10)
    draft = company.invoice(state=DRAFT)
    company.clock.advance(days=30)
    assert company.do(invoices.post, draft).due_on == "2024-06-10T12:00:00"
    company.change_account(credit_period=0)
    assert company.invoice().due_on == "2024-05-31T12:00:00"


def test_a_given_due_date_stays(company: Company) -> None:
    draft = company.invoice(state=DRAFT, due_on="2024-01-01T00:00:00")
    assert company.do(invoices.post, draft).due_on == "2024-01-01T00:00:00"


def test_a_due_date_never_leaves_the_calendar() -> None:
    assert invoices.due("2024-02-28T23:59:59", 2) == "2024-03-01T23:59:59"
    assert invoices.due("9999-12-31T12:00:00", 1) == "9999-12-31T23:59:59"


def test_an_invoice_over_nothing_is_settled_when_it_is_posted(company: Company) -> None:
    credit = company.pay(10)
    invoice = company.invoice(0)
    assert (invoice.life_cycle_state, invoice.unpaid) == (POSTED, 0)
    assert company.now(credit).unallocated == 1000


def test_rejecting_is_final_and_books_nothing(company: Company) -> None:
    reason = company.one(RejectionReason, name="Mistake")
    rejected = company.do(invoices.reject, company.invoice(state=DRAFT), reason)
    assert (rejected.life_cycle_state, rejected.rejection_reason_pk, rejected.unpaid) == (REJECTED, reason.pk, 0)
    with pytest.raises(RejectionReasonNotAllowed):
        company.do(invoices.reject, company.invoice(state=DRAFT), company.one(RejectionReason, name="Other"))
    assert company.account().balance == 0


@pytest.mark.parametrize("state", [SUSPENDED, TERMINATED])
def test_invoices_need_an_active_account(company: Company, state: str) -> None:
    draft = company.invoice(state=DRAFT)
    company.change_account(life_cycle_state=state)
    for new in (DRAFT, POSTED):
        with pytest.raises(AccountNotOpen, match=f"is {state}"):
            company.invoice(state=new)
    with pytest.raises(AccountNotOpen):
        company.do(invoices.post, draft)
    assert company.do(invoices.reject, draft).life_cycle_state == REJECTED
    company.change_account(life_cycle_state=ACTIVE)
    assert company.invoice().life_cycle_state == POSTED


@pytest.mark.parametrize("classification", sorted(TYPES.keys() - {"INVOICE"}))
def test_an_invoice_needs_a_type_of_its_classification(company: Company, classification: str) -> None:
    with pytest.raises(TypeNotAllowed, match="INVOICE is needed"):
        company.invoice(type=company.type(classification))


def test_category_currency_and_code_are_checked(company: Company) -> None:
    with pytest.raises(CategoryNotAllowed):
        company.invoice(category=company.one(Category, name="Internal"))
    with pytest.raises(CurrencyMismatch):
        company.invoice(intended_currency=company.one(Currency, code="JPY"))
    company.cancel_invoice(company.invoice(back_office_code="A"))
    with pytest.raises(DuplicateBackOfficeCode, match="another invoice"):
        company.invoice(back_office_code="A")


def test_a_balance_of_more_than_fifteen_digits_is_refused(company: Company) -> None:
    company.invoice("9999999999999.99")
    draft = company.invoice("0.01", state=DRAFT)
    with pytest.raises(BalanceTooLarge):
        company.do(invoices.post, draft)
    assert company.now(draft).number is None
    assert company.account().balance == 10**15 - 1


def test_the_items_are_kept_as_they_were_given(company: Company) -> None:
    company.invoice(items=[ItemTerms("Käse", Decimal("1.5"), cost=Decimal("2.5"), discount_amount=Decimal("0.25"))])
    (row,) = company.all(InvoiceItem)
    assert (row.description, row.quantity, row.cost, row.sub_total) == ("Käse", 1_500_000, 250, 375)
    assert (row.discount_percentage, row.discount_amount, row.vat_rate, row.total_amount) == (None, 25, 0, 350)
