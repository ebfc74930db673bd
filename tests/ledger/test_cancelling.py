"""Cancelling payments and invoices: a cancellation is posted, what was applied comes free, the account is as before."""

import pytest

from ledger import bills
from ledger.applying import EXPLICIT
from ledger.errors import BalanceTooLarge, CategoryNotAllowed, DuplicateBackOfficeCode, TypeNotAllowed
from ledger.journal import live_allocations, live_payments
from ledger.lifecycle import CANCELLED, POSTED, TERMINATED
from ledger.queries import bill_sums
from ledger.storage.models import Allocation, Bill, Category, InvoiceCancellation, JournalEntry, PaymentCancellation, Unit, User
from tests.books import TYPES, Company


def status(company: Company, bill: Bill) -> str:
    return company.read(bill_sums, [bill.pk])[bill.pk].status


def test_a_payment_cancellation_is_posted_at_once_and_says_what_was_given(company: Company) -> None:
    payment = company.pay("12.5")
    company.clock.advance(seconds=9)
    goods = company.one(Category, name="Goods")
    made = company.cancel_payment(
        payment, category=goods, notes="oops", back_office_code="C-1", issue_reason="bounced", udf={"udf_string_1": "x"}
    )
    assert (made.amount, made.payment_pk, made.account_pk) == (1250, payment.pk, payment.account_pk)
    assert (made.issued_on, made.posted_on) == ("2024-05-01T12:00:09", "2024-05-01T12:00:09")
    assert (made.number, made.reference_number, made.category_pk) == ("1", "1", goods.pk)
    assert (made.notes, made.back_office_code, made.issue_reason, made.udf_string_1) == ("oops", "C-1", "bounced", "x")
    assert made.created_by_user_pk == company.one(User, username="clerk").pk
    assert made.created_by_unit_pk == company.one(Unit, name="Head office").pk
    assert company.now(made).__data__ == made.__data__


def test_a_cancelled_payment_keeps_its_number_and_time(company: Company) -> None:
    payment = company.pay()
    company.clock.advance(seconds=9)
    company.cancel_payment(payment)
    cancelled = company.now(payment)
    assert (cancelled.life_cycle_state, cancelled.unallocated) == (CANCELLED, 0)
    assert (cancelled.number, cancelled.posted_on, cancelled.amount) == (payment.number, payment.posted_on, payment.amount)
    assert cancelled.updated_on == "2024-05-01T12:00:09"


def test_cancelling_a_payment_reopens_its_invoices_and_debits_the_account(company: Company) -> None:
    one, other = company.invoice(30), company.invoice(50)
    payment = company.pay(60)
    made = company.cancel_payment(payment)
    assert [company.now(invoice).unpaid for invoice in (one, other)] == [3000, 5000]
    assert company.account().balance == 8000
    assert [row.amount for row in company.all(Allocation)] == [3000, 3000, -3000, -3000]
    (booked,) = company.all(JournalEntry, document_id=made.id)
    assert (booked.kind, booked.number, booked.amount) == ("PAYMENT_CANCEL", made.number, 6000)


def test_a_cancelled_payments_money_pays_nothing_any_more(company: Company) -> None:
    payment = company.pay(60)
    company.cancel_payment(payment)
    assert company.invoice(30).unpaid == 3000
    assert company.read(live_allocations, payment.pk) == {}


def test_other_credit_does_not_step_in_for_a_cancelled_payment(company: Company) -> None:
    invoice = company.invoice(30)
    payment, other = company.pay(30), company.pay(40)
    company.cancel_payment(payment)
    assert (company.now(invoice).unpaid, company.now(other).unallocated) == (3000, 4000)


def test_a_bill_becomes_unsettled_when_its_payment_is_cancelled(company: Company) -> None:
    one, other = company.invoice(30), company.invoice(50)
    bill = company.bill(one, other)
    first, second = company.pay(30), company.pay(50)
    assert status(company, bill) == bills.SETTLED
    company.cancel_payment(second)
    assert status(company, bill) == bills.PARTIALLY_SETTLED
    company.cancel_payment(first)
    assert status(company, bill) == bills.UNSETTLED


def test_cancelling_a_write_off_debits_the_account_again(company: Company) -> None:
    company.invoice(30)
    written_off = company.write_off(30)
    assert company.account().balance == 0
    company.cancel_payment(written_off)
    assert company.account().balance == 3000


def test_an_invoice_cancellation_credits_the_total_and_frees_what_paid_it(company: Company) -> None:
    invoice = company.invoice(50)
    one, other = company.pay(20), company.pay(40)
    made = company.cancel_invoice(invoice, issue_reason="wrong address")
    assert (made.amount, made.invoice_pk, made.number, made.issue_reason) == (5000, invoice.pk, "IC00000001", "wrong address")
    cancelled = company.now(invoice)
    assert (cancelled.life_cycle_state, cancelled.unpaid, cancelled.total_amount) == (CANCELLED, 0, 5000)
    assert [company.now(payment).unallocated for payment in (one, other)] == [2000, 4000]
    assert company.account().balance == -6000
    (booked,) = company.all(JournalEntry, document_id=made.id)
    assert (booked.kind, booked.amount) == ("INVOICE_CANCEL", -5000)
    assert company.read(live_payments, invoice.pk) == {}


def test_a_cancelled_invoice_drops_out_of_its_bill(company: Company) -> None:
    one, other = company.invoice(30), company.invoice(50)
    bill = company.bill(one, other)
    company.pay(30, invoices=[one])
    company.cancel_invoice(other)
    sums = company.read(bill_sums, [bill.pk])[bill.pk]
    assert (sums.total, sums.unpaid, sums.invoices, sums.status) == (3000, 0, 1, bills.SETTLED)


@pytest.mark.parametrize("classification", sorted(TYPES.keys() - {"PAYMENT_CANCEL"}))
def test_cancelling_a_payment_needs_a_type_of_that_classification(company: Company, classification: str) -> None:
    payment = company.pay()
    with pytest.raises(TypeNotAllowed, match="PAYMENT_CANCEL is needed"):
        company.cancel_payment(payment, type=company.type(classification))
    assert company.now(payment).life_cycle_state == POSTED


@pytest.mark.parametrize("classification", sorted(TYPES.keys() - {"INVOICE_CANCEL"}))
def test_cancelling_an_invoice_needs_a_type_of_that_classification(company: Company, classification: str) -> None:
    invoice = company.invoice()
    with pytest.raises(TypeNotAllowed, match="INVOICE_CANCEL is needed"):
        company.cancel_invoice(invoice, type=company.type(classification))
    assert company.now(invoice).life_cycle_state == POSTED


def test_a_category_has_to_be_allowed_on_the_cancellations_type(company: Company) -> None:
    payment, invoice, internal = company.pay(), company.invoice(), company.one(Category, name="Internal")
    with pytest.raises(CategoryNotAllowed):
        company.cancel_payment(payment, category=internal)
    with pytest.raises(CategoryNotAllowed):
        company.cancel_invoice(invoice, category=internal)


def test_a_back_office_code_is_unique_among_cancellations_of_a_kind(company: Company) -> None:
    company.cancel_payment(company.pay(back_office_code="A"), back_office_code="A")
    company.cancel_invoice(company.invoice(), back_office_code="A")
    payment, invoice = company.pay(), company.invoice()
    with pytest.raises(DuplicateBackOfficeCode, match="another payment cancellation"):
        company.cancel_payment(payment, back_office_code="A")
    with pytest.raises(DuplicateBackOfficeCode, match="another invoice cancellation"):
        company.cancel_invoice(invoice, back_office_code="A")
    assert len(company.all(PaymentCancellation)) == len(company.all(InvoiceCancellation)) == 1


def test_cancelling_stays_possible_on_a_terminated_account(company: Company) -> None:
    invoice, payment = company.invoice(30), company.pay(30)
    company.change_account(life_cycle_state=TERMINATED)
    company.cancel_payment(payment)
    assert company.account().balance == 3000
    company.cancel_invoice(invoice)
    assert company.account().balance == 0


def test_a_cancellation_that_makes_the_balance_too_large_is_refused(company: Company) -> None:
    company.invoice("9999999999999.99")
    payment = company.pay("0.01", mode=EXPLICIT)
    company.invoice("0.01")
    with pytest.raises(BalanceTooLarge):
        company.cancel_payment(payment)
    assert company.now(payment).life_cycle_state == POSTED
    assert company.all(PaymentCancellation) == []


def test_a_payment_of_zero_is_cancelled_like_any_other(company: Company) -> None:
    payment = company.pay(0, zero=True)
    assert company.cancel_payment(payment).amount == 0
    assert company.now(payment).life_cycle_state == CANCELLED
