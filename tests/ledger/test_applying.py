"""Applying money of a posted payment by hand, and releasing it."""

from decimal import Decimal

import pytest

from ledger import applying
from ledger.applying import AUTOMATIC, EXPLICIT, Line
from ledger.errors import (
    AccountMismatch,
    AccountNotOpen,
    AlreadySettled,
    AmountMismatch,
    EntityNotFound,
    InvalidParameter,
    Refusal,
)
from ledger.journal import live_allocations
from ledger.lifecycle import DRAFT, SUSPENDED, TERMINATED
from ledger.storage.models import Allocation, Invoice, JournalEntry, Payment
from tests.books import BOBS, Company


def apply(company: Company, payment: Payment, *lines: tuple[Invoice, str]) -> Payment:
    return company.do(applying.apply, payment, [Line(invoice, Decimal(amount)) for invoice, amount in lines])


def test_money_goes_exactly_where_it_is_sent(company: Company) -> None:
    payment = company.pay(100, mode=EXPLICIT)
    one, other = company.invoice(50), company.invoice(80)
    after = apply(company, payment, (other, "30.5"), (one, "50"))
    assert after.unallocated == company.now(payment).unallocated == 1950
    assert [company.now(invoice).unpaid for invoice in (one, other)] == [0, 4950]
    assert company.read(live_allocations, payment.pk) == {other.pk: 3050, one.pk: 5000}


def test_all_that_is_unallocated_can_go_to_one_invoice(company: Company) -> None:
    payment, invoice = company.pay(20, mode=EXPLICIT), company.invoice(50)
    assert apply(company, payment, (invoice, "20")).unallocated == 0
    assert company.now(invoice).unpaid == 3000


def test_applying_books_nothing(company: Company) -> None:
    payment, invoice = company.pay(100, mode=EXPLICIT), company.invoice(50)
    booked, balance = company.all(JournalEntry), company.account().balance
    apply(company, payment, (invoice, "50"))
    assert company.all(JournalEntry) == booked
    assert company.account().balance == balance


def test_a_payment_that_was_applied_by_hand_does_not_move_by_itself_any_more(company: Company) -> None:
    payment = company.pay(100)
    invoice = company.invoice(30)
    company.do(applying.release, payment)
    assert company.now(payment).allocation_mode == AUTOMATIC
    assert apply(company, payment, (invoice, "10")).allocation_mode == EXPLICIT
    assert company.invoice(50).unpaid == 5000
    assert company.now(payment).unallocated == 9000


def test_a_second_application_to_the_same_invoice_adds_to_it(company: Company) -> None:
    payment, invoice = company.pay(100, mode=EXPLICIT), company.invoice(50)
    apply(company, payment, (invoice, "10"))
    apply(company, payment, (invoice, "5"), (invoice, "15"))
    assert company.read(live_allocations, payment.pk) == {invoice.pk: 3000}
    assert company.now(invoice).unpaid == 2000


@pytest.mark.parametrize(
    ("first", "second", "refusal"),
    [
        ("40", "61", AmountMismatch),
        ("50", "1", AlreadySettled),
        ("40", "11", AmountMismatch),
        ("40", "0", InvalidParameter),
        ("40", "-1", InvalidParameter),
        ("40", "0.001", InvalidParameter),
    ],
)
def test_if_one_line_is_refused_none_is_applied(company: Company, first: str, second: str, refusal: type[Refusal]) -> None:
    payment, invoice = company.pay(100, mode=EXPLICIT), company.invoice(50)
    with pytest.raises(refusal) as refused:
        apply(company, payment, (invoice, first), (invoice, second))
    assert refused.value.word == "lines[1]"
    assert (company.now(payment).unallocated, company.now(invoice).unpaid) == (10000, 5000)
    assert company.all(Allocation) == []


def test_more_than_the_payment_has_is_refused(company: Company) -> None:
    payment, invoice = company.pay(20, mode=EXPLICIT), company.invoice(50)
    with pytest.raises(AmountMismatch, match="unallocated on the payment"):
        apply(company, payment, (invoice, "20.01"))
    with pytest.raises(AmountMismatch, match="unpaid on invoice I00000001"):
        apply(company, company.pay(100, mode=EXPLICIT), (invoice, "50.01"))


def test_what_is_no_amount_is_refused_before_the_state_of_any_invoice(company: Company) -> None:
    payment, draft = company.pay(mode=EXPLICIT), company.invoice(state=DRAFT)
    with pytest.raises(InvalidParameter) as refused:
        apply(company, payment, (draft, "10"), (company.invoice(), "0.001"))
    assert refused.value.word == "lines[1]"


def test_another_accounts_invoice_is_refused(company: Company) -> None:
    payment, foreign = company.pay(mode=EXPLICIT), company.invoice(account=BOBS)
    with pytest.raises(AccountMismatch) as refused:
        apply(company, payment, (company.invoice(), "10"), (foreign, "10"))
    assert refused.value.word == "lines[1]"


def test_a_suspended_account_can_be_applied_on_a_terminated_one_only_released(company: Company) -> None:
    payment, invoice = company.pay(100, mode=EXPLICIT), company.invoice(100)
    company.change_account(life_cycle_state=SUSPENDED)
    apply(company, payment, (invoice, "10"))
    company.change_account(life_cycle_state=TERMINATED)
    with pytest.raises(AccountNotOpen):
        apply(company, payment, (invoice, "10"))
    assert company.do(applying.release, payment).unallocated == 10000


def test_a_release_from_one_invoice_leaves_the_others(company: Company) -> None:
    one, other = company.invoice(30), company.invoice(50)
    payment = company.pay(70)
    released = company.do(applying.release, payment, one)
    assert released.unallocated == company.now(payment).unallocated == 3000
    assert [company.now(invoice).unpaid for invoice in (one, other)] == [3000, 1000]
    assert company.read(live_allocations, payment.pk) == {other.pk: 4000}


def test_a_release_without_an_invoice_frees_everything(company: Company) -> None:
    owed = [company.invoice(30), company.invoice(50)]
    payment = company.pay(70)
    assert company.do(applying.release, payment).unallocated == 7000
    assert [company.now(invoice).unpaid for invoice in owed] == [3000, 5000]
    assert company.account().balance == 1000


def test_releasing_what_is_not_applied_is_refused(company: Company) -> None:
    paid, owed = company.invoice(30), company.invoice(50)
    payment = company.pay(30)
    with pytest.raises(EntityNotFound, match="nothing of the payment is applied to invoice I00000002"):
        company.do(applying.release, payment, owed)
    company.do(applying.release, payment, paid)
    with pytest.raises(EntityNotFound, match="I00000001"):
        company.do(applying.release, payment, paid)


def test_open_credit_is_what_moves_by_itself(company: Company) -> None:
    company.pay(10, mode=EXPLICIT)
    company.do(applying.release, company.pay(15, mode=EXPLICIT))
    company.invoice(25)
    company.pay(25)
    company.draft(20)
    company.pay(40, BOBS)
    company.cancel_payment(company.pay(50))
    posted = company.pay(30)
    assert company.read(applying.open_credits, posted.account_pk) == [posted]


def test_open_invoices_are_posted_and_not_yet_paid(company: Company) -> None:
    company.pay(10)
    company.invoice(10)
    company.invoice(20, state="DRAFT")
    company.invoice(30, BOBS)
    late = company.invoice(40, due_on="2024-12-31T00:00:00")
    early = company.invoice(50, due_on="2024-01-31T00:00:00")
    company.cancel_invoice(company.invoice(60))
    assert company.read(applying.open_invoices, late.account_pk) == [early, late]


def test_applying_and_releasing_change_when_and_by_whom_a_payment_was_changed(company: Company) -> None:
    payment, invoice = company.pay(100, mode=EXPLICIT), company.invoice(50)
    assert payment.updated_on is None
    company.clock.advance(3)
    applied = apply(company.by("admin"), payment, (invoice, "10"))
    assert (applied.updated_on, applied.updated_by_user_pk) == ("2024-05-01T12:00:03", company.actor("admin").user_pk)
    company.clock.advance(2)
    released = company.do(applying.release, payment)
    assert (released.updated_on, released.updated_by_user_pk) == ("2024-05-01T12:00:05", company.actor("clerk").user_pk)
    assert company.now(payment) == released
