"""Linking a payment to its principal invoice, from the start or later, and undoing it."""

from decimal import Decimal
from typing import Any

import pytest

from ledger import applying, invoices, linking, payments, profiles
from ledger.applying import AUTOMATIC, EXPLICIT, Line
from ledger.errors import (
    AccountMismatch,
    AccountNotOpen,
    AlreadyLinked,
    AlreadySettled,
    AmountMismatch,
    InvalidLifeCycleState,
    NotLinked,
    Refusal,
)
from ledger.intentions import intended
from ledger.journal import live_allocations
from ledger.lifecycle import CANCELLED, DRAFT, SUSPENDED, TERMINATED
from ledger.storage.models import Allocation, Invoice, JournalEntry, Payment, PaymentProfile
from tests.books import BOBS, Company


def linked(company: Company, amount: str | int, invoice: Invoice, **terms: Any) -> Payment:
    """A payment that is linked from the start, as REST doors make it."""
    return company.pay(amount, mode=EXPLICIT, linked=invoice, **terms)


def link(company: Company, payment: Payment, invoice: Invoice) -> Payment:
    return company.do(linking.link, payment, invoice)


def unlink(company: Company, payment: Payment) -> Payment:
    return company.do(linking.unlink, payment)


def principal(company: Company, payment: Payment) -> tuple[int | None, bool]:
    now = company.now(payment)
    return now.principal_invoice_pk, now.principal_linked


def profile(company: Company, account: str) -> PaymentProfile:
    return company.do(profiles.create, account=company.account(account), name=f"How {account} pays")


# --- from the start ---


@pytest.mark.parametrize(("amount", "unpaid", "rest"), [("60", 4000, 0), ("100", 0, 0), ("130.5", 0, 3050)])
def test_a_payment_that_is_made_linked_pays_what_is_owed_and_keeps_the_rest(
    company: Company, amount: str, unpaid: int, rest: int
) -> None:
    invoice, other = company.invoice(100), company.invoice(100)
    payment = linked(company, amount, invoice)
    assert principal(company, payment) == (invoice.pk, True)
    assert (company.now(invoice).unpaid, payment.unallocated, company.now(other).unpaid) == (unpaid, rest, 10000)
    assert company.now(payment) == payment
    assert company.read(intended, payment.pk) == []


def test_a_settled_invoice_can_be_the_principal_one_too(company: Company) -> None:
    invoice = company.invoice(30)
    linked(company, 30, invoice)
    second = linked(company, 20, invoice)
    assert principal(company, second) == (invoice.pk, True)
    assert (second.unallocated, company.read(live_allocations, second.pk)) == (2000, {})


def test_zero_is_linked_without_paying_anything(company: Company) -> None:
    invoice = company.invoice(30)
    payment = linked(company, 0, invoice, zero=True)
    assert principal(company, payment) == (invoice.pk, True)
    assert (payment.unallocated, company.all(Allocation)) == (0, [])
    assert [(row.kind, row.amount) for row in company.all(JournalEntry, document_id=payment.id)] == [("PAYMENT", 0)]


def test_an_automatic_payment_pays_the_linked_invoice_first(company: Company) -> None:
    early, late = (company.invoice(30, due_on=f"2024-0{month}-01T00:00:00") for month in (1, 2))
    payment = company.pay(40, linked=late)
    assert company.read(live_allocations, payment.pk) == {late.pk: 3000, early.pk: 1000}
    assert principal(company, payment) == (late.pk, True)


def test_an_invoice_that_is_paid_whole_can_be_linked_as_well(company: Company) -> None:
    invoice = company.invoice(80)
    linked(company, 30, invoice)
    terms = company.terms(None, mode=EXPLICIT, linked=invoice)
    payment = company.do(payments.pay_invoice, terms, invoice)
    assert (payment.amount, payment.unallocated, company.now(invoice).unpaid) == (5000, 0, 0)
    assert principal(company, payment) == (invoice.pk, True)
    with pytest.raises(AlreadySettled):
        company.do(payments.pay_invoice, terms, invoice)


@pytest.mark.parametrize("state", [DRAFT, "REJECTED", CANCELLED])
def test_only_a_posted_invoice_can_be_linked(company: Company, state: str) -> None:
    invoice = in_state(company, state)
    with pytest.raises(InvalidLifeCycleState, match=f"the invoice is {state}") as refused:
        linked(company, 10, invoice)
    assert refused.value.word == "invoice"
    payment = company.pay(10, mode=EXPLICIT)
    with pytest.raises(InvalidLifeCycleState, match=f"the invoice is {state}") as refused:
        link(company, payment, invoice)
    assert refused.value.word == "invoice"
    assert principal(company, payment) == (None, False)


def in_state(company: Company, state: str) -> Invoice:
    from_draft = state in (DRAFT, "REJECTED")
    invoice = company.invoice(50, state=DRAFT if from_draft else "POSTED")
    if state == "REJECTED":
        company.do(invoices.reject, invoice)
    if state == CANCELLED:
        company.cancel_invoice(invoice)
    return company.now(invoice)


def test_another_accounts_invoice_or_profile_is_refused(company: Company) -> None:
    theirs = company.invoice(50, BOBS)
    with pytest.raises(AccountMismatch) as refused:
        linked(company, 10, theirs)
    assert refused.value.word == "invoice"
    with pytest.raises(AccountMismatch) as refused:
        link(company, company.pay(10, mode=EXPLICIT), theirs)
    assert refused.value.word == "invoice"
    with pytest.raises(AccountMismatch, match="payment profile") as refused:
        company.pay(10, profile=profile(company, BOBS))
    assert refused.value.word == "profile"


def test_a_payment_keeps_the_profile_that_it_was_made_with(company: Company) -> None:
    own = profile(company, "Ada EUR")
    assert company.pay(10, profile=own).profile_pk == own.pk
    assert company.pay(10).profile_pk is None


# --- later ---


@pytest.mark.parametrize(("amount", "unpaid", "rest"), [("60", 4000, 0), ("130", 0, 3000)])
def test_linking_pays_as_much_as_is_still_owed(company: Company, amount: str, unpaid: int, rest: int) -> None:
    payment, invoice = company.pay(amount, mode=EXPLICIT), company.invoice(100)
    company.clock.advance(5)
    after = link(company.by("admin"), payment, invoice)
    assert after == company.now(payment)
    assert (after.unallocated, company.now(invoice).unpaid) == (rest, unpaid)
    assert principal(company, payment) == (invoice.pk, True)
    assert (after.updated_on, after.updated_by_user_pk) == ("2024-05-01T12:00:05", company.actor("admin").user_pk)
    assert [entry.kind for entry in company.audited(payment)] == ["payment", "payment"]


def test_what_is_linked_by_hand_moves_by_itself_no_more(company: Company) -> None:
    payment = company.pay(100)
    company.do(applying.release, payment)
    invoice = company.invoice(30)
    company.do(applying.release, payment, invoice)
    assert company.now(payment).allocation_mode == AUTOMATIC
    assert link(company, payment, invoice).allocation_mode == EXPLICIT
    assert company.invoice(50).unpaid == 5000


def test_several_payments_can_be_linked_to_one_invoice(company: Company) -> None:
    invoice = company.invoice(100)
    made = [company.pay(60, mode=EXPLICIT) for _ in range(3)]
    assert [link(company, payment, invoice).unallocated for payment in made] == [0, 2000, 6000]
    assert {principal(company, payment) for payment in made} == {(invoice.pk, True)}


def test_a_payment_that_has_a_principal_invoice_of_any_kind_is_linked_already(company: Company) -> None:
    invoice, other = company.invoice(10), company.invoice(10)
    for payment in (
        linked(company, 5, invoice),
        company.pay(5, mode=EXPLICIT, invoices=[invoice]),
        company.pay(5),
        company.do(applying.apply, company.pay(5, mode=EXPLICIT), [Line(other, Decimal(1))]),
    ):
        with pytest.raises(AlreadyLinked, match=r"linked to invoice I0000000\d already") as refused:
            link(company, payment, other)
        assert refused.value.word == "invoice"


def test_a_payment_that_is_linked_is_refused_whatever_the_invoice_is(company: Company) -> None:
    payment = linked(company, 5, company.invoice(10))
    for invoice in (company.invoice(10, state=DRAFT), company.invoice(10, BOBS)):
        with pytest.raises(AlreadyLinked):
            link(company, payment, invoice)


def test_a_draft_that_is_meant_for_a_draft_names_it_by_its_reference_number(company: Company) -> None:
    draft = company.draft(5, invoices=[company.invoice(10, state=DRAFT)])
    with pytest.raises(AlreadyLinked, match="linked to invoice 1 already"):
        link(company, draft, company.invoice(10))


@pytest.mark.parametrize("state", [DRAFT, "REJECTED", CANCELLED])
def test_only_a_posted_payment_can_be_linked_or_unlinked(company: Company, state: str) -> None:
    invoice = company.invoice(50)
    payment = company.pay(10, mode=EXPLICIT, state="POSTED" if state == CANCELLED else DRAFT)
    if state == CANCELLED:
        company.cancel_payment(payment)
    elif state == "REJECTED":
        company.do(payments.reject, payment)
    with pytest.raises(InvalidLifeCycleState, match=f"the payment is {state}"):
        link(company, payment, invoice)
    with pytest.raises(NotLinked):
        unlink(company, payment)


def test_a_cancelled_payment_keeps_its_link_and_nobody_can_undo_it(company: Company) -> None:
    invoice = company.invoice(50)
    payment = linked(company, 10, invoice)
    company.cancel_payment(payment)
    assert principal(company, payment) == (invoice.pk, True)
    assert company.now(invoice).unpaid == 5000
    with pytest.raises(InvalidLifeCycleState, match="the payment is CANCELLED"):
        unlink(company, payment)


def test_a_suspended_account_can_be_linked_on_a_terminated_one_only_unlinked(company: Company) -> None:
    payment, invoice = company.pay(100, mode=EXPLICIT), company.invoice(100)
    company.change_account(life_cycle_state=SUSPENDED)
    link(company, payment, invoice)
    unlink(company, payment)
    company.change_account(life_cycle_state=TERMINATED)
    with pytest.raises(AccountNotOpen):
        link(company, payment, invoice)
    with pytest.raises(AccountNotOpen):
        linked(company, 1, invoice)
    assert principal(company, payment) == (None, False)


# --- undoing ---


def test_unlinking_releases_everything_and_leaves_no_principal(company: Company) -> None:
    invoice, other = company.invoice(30), company.invoice(30)
    payment = linked(company, 50, invoice)
    company.do(applying.apply, payment, [Line(other, Decimal(20))])
    after = unlink(company, payment)
    assert after == company.now(payment)
    assert principal(company, payment) == (None, False)
    assert (after.unallocated, company.now(invoice).unpaid, company.now(other).unpaid) == (5000, 3000, 3000)
    assert link(company, payment, other).unallocated == 2000


def test_unlinking_a_native_payment_forgets_what_it_was_intended_for(company: Company) -> None:
    invoice = company.invoice(30)
    payment = company.pay(50, invoices=[invoice], bills=[company.bill(invoice)])
    after = unlink(company, payment)
    assert (after.allocation_mode, company.read(intended, payment.pk)) == (EXPLICIT, [])
    company.invoice(30)
    assert principal(company, payment) == (None, False)


def test_what_is_linked_to_nothing_cannot_be_unlinked(company: Company) -> None:
    payment = linked(company, 5, company.invoice(10))
    unlink(company, payment)
    for each in (payment, company.pay(10, mode=EXPLICIT)):
        with pytest.raises(NotLinked) as refused:
            unlink(company, each)
        assert refused.value.word == "invoice"


# --- what else happens to a linked payment ---


def test_a_link_stays_when_its_invoice_is_cancelled_and_pays_nothing(company: Company) -> None:
    invoice = company.invoice(30)
    payment = linked(company, 50, invoice)
    company.cancel_invoice(invoice)
    assert principal(company, payment) == (invoice.pk, True)
    assert (company.now(payment).unallocated, company.account().balance) == (5000, -5000)
    assert company.read(live_allocations, payment.pk) == {}
    assert principal(company, unlink(company, payment)) == (None, False)


def test_a_link_stays_when_its_money_is_released_or_applied_elsewhere(company: Company) -> None:
    invoice, other = company.invoice(30), company.invoice(30)
    payment = linked(company, 30, invoice)
    company.do(applying.release, payment)
    company.do(applying.apply, payment, [Line(other, Decimal(10))])
    assert principal(company, payment) == (invoice.pk, True)
    assert company.read(live_allocations, payment.pk) == {other.pk: 1000}


def test_what_was_linked_cannot_be_applied_beyond_what_is_left(company: Company) -> None:
    invoice, other = company.invoice(30), company.invoice(30)
    payment = linked(company, 35, invoice)
    with pytest.raises(AmountMismatch):
        company.do(applying.apply, payment, [Line(other, Decimal(6))])


def test_nothing_is_left_behind_when_a_link_is_refused_or_rehearsed(company: Company) -> None:
    payment, invoice = company.pay(10, mode=EXPLICIT), company.invoice(10)
    link(company.calling(rehearsal=True), payment, invoice)
    unlink(company.calling(rehearsal=True), linked(company, 1, company.invoice(1)))
    with pytest.raises(Refusal):
        unlink(company, payment)
    assert principal(company, payment) == (None, False)
    assert company.now(invoice).unpaid == 1000
