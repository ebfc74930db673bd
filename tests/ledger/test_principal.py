"""The principal invoice of a payment: the linked one, else the first intended, else that of the earliest live allocation."""

from decimal import Decimal

from ledger import amending, applying
from ledger.applying import EXPLICIT, Line
from ledger.intentions import IntendedChange, Intentions
from ledger.lifecycle import DRAFT
from ledger.storage.models import Payment
from tests.books import BOBS, Company

EARLY, LATE = "2024-01-31T00:00:00", "2024-03-31T00:00:00"


def principal(company: Company, payment: Payment) -> int | None:
    return company.now(payment).principal_invoice_pk


def test_the_first_intended_invoice_is_the_principal_also_of_a_draft(company: Company) -> None:
    one, other = company.invoice(10, due_on=EARLY), company.invoice(10, due_on=LATE)
    assert principal(company, company.draft(5, invoices=[other, one])) == other.pk
    assert principal(company, company.pay(5, invoices=[other, one])) == other.pk


def test_without_an_intended_invoice_it_is_the_first_that_is_paid(company: Company) -> None:
    late, early = company.invoice(10, due_on=LATE), company.invoice(10, due_on=EARLY)
    assert principal(company, company.pay(15)) == early.pk
    assert principal(company, company.pay(5, bills=[company.bill(late)])) == late.pk


def test_credit_has_no_principal_until_it_is_drawn(company: Company) -> None:
    payment = company.pay(50)
    assert principal(company, payment) is None
    first = company.invoice(10)
    company.invoice(10)
    assert principal(company, payment) == first.pk


def test_it_moves_on_when_its_allocation_is_released(company: Company) -> None:
    first, second = company.invoice(10, due_on=EARLY), company.invoice(10, due_on=LATE)
    payment = company.pay(20)
    company.do(applying.release, payment, first)
    assert principal(company, payment) == second.pk
    company.do(applying.release, payment, second)
    assert principal(company, payment) is None


def test_an_intended_invoice_stays_the_principal_when_it_is_released_or_cancelled(company: Company) -> None:
    invoice = company.invoice(10)
    payment = company.pay(10, invoices=[invoice])
    company.do(applying.release, payment)
    assert principal(company, payment) == invoice.pk
    company.cancel_invoice(invoice)
    assert principal(company, payment) == invoice.pk


def test_it_moves_on_when_the_invoice_is_cancelled(company: Company) -> None:
    first, second = company.invoice(10, due_on=EARLY), company.invoice(10, due_on=LATE)
    payment = company.pay(20)
    company.cancel_invoice(first)
    assert principal(company, payment) == second.pk


def test_what_is_applied_by_hand_becomes_the_principal(company: Company) -> None:
    payment = company.pay(20, mode=EXPLICIT)
    one, other = company.invoice(5), company.invoice(5)
    company.do(applying.apply, payment, [Line(other, Decimal(5)), Line(one, Decimal(5))])
    assert principal(company, payment) == other.pk


def test_what_was_released_and_applied_again_counts_from_then(company: Company) -> None:
    payment = company.pay(20, mode=EXPLICIT)
    one, other = company.invoice(5), company.invoice(5)
    company.do(applying.apply, payment, [Line(one, Decimal(5)), Line(other, Decimal(5))])
    company.do(applying.release, payment, one)
    company.do(applying.apply, payment, [Line(one, Decimal(5))])
    assert principal(company, payment) == other.pk


def test_changing_what_a_draft_is_intended_for_changes_it(company: Company) -> None:
    one, other = company.invoice(10), company.invoice(10)
    draft = company.draft(5, invoices=[one])
    company.update(draft, Intentions(invoices=IntendedChange(replace=[other, one])))
    assert principal(company, draft) == other.pk
    company.update(draft, Intentions(invoices=IntendedChange(remove=[other])))
    assert principal(company, draft) == one.pk
    company.update(draft, Intentions(invoices=IntendedChange(replace=[])))
    assert principal(company, draft) is None


def test_a_linked_principal_stays_whatever_is_released(company: Company) -> None:
    invoice = company.invoice(10)
    payment = company.pay(10, linked=invoice)
    company.do(applying.release, payment)
    assert principal(company, payment) == invoice.pk
    moved = company.do(amending.amend, payment, {"account": company.account(BOBS)})
    assert (moved.principal_linked, moved.principal_invoice_pk) == (False, None)


def test_a_smaller_amount_that_releases_the_principal_moves_it_on(company: Company) -> None:
    invoice = company.invoice(10)
    payment = company.pay(30)
    later = company.invoice(15)
    company.do(amending.amend, payment, {"amount": Decimal(5)})
    assert principal(company, payment) == invoice.pk
    assert [company.now(each).unpaid for each in (invoice, later)] == [500, 1500]


def test_a_cancelled_payment_keeps_only_what_it_was_intended_for(company: Company) -> None:
    invoice = company.invoice(10)
    meant, paying = company.pay(5, invoices=[invoice]), company.pay(5)
    for payment in (meant, paying):
        assert principal(company, payment) == invoice.pk
        company.cancel_payment(payment)
    assert (principal(company, meant), principal(company, paying)) == (invoice.pk, None)


def test_a_draft_without_intentions_has_none(company: Company) -> None:
    company.invoice(10)
    assert principal(company, company.pay(5, state=DRAFT)) is None
