"""Bills: what they gather, what they sum up to, and how that follows their invoices."""

import pytest

from ledger import bills
from ledger.bills import BillSums
from ledger.errors import AccountMismatch, AccountNotOpen, AlreadyBilled, InvalidLifeCycleState, InvalidParameter
from ledger.lifecycle import DRAFT, SUSPENDED, TERMINATED
from ledger.queries import bill_invoices, bill_of_invoices, bill_sums
from ledger.storage.models import Bill, BillInvoice
from tests.books import BOBS, Company

PAST, SOON, LATER = "2024-04-30T00:00:00", "2024-05-31T00:00:00", "2024-06-30T00:00:00"


def sums(company: Company, bill: Bill) -> BillSums:
    return company.read(bill_sums, [bill.pk])[bill.pk]


def test_a_bill_sums_up_its_invoices(company: Company) -> None:
    gathered = [company.invoice(total, due_on=due) for total, due in ((10, SOON), (20, PAST), (30, LATER))]
    bill = company.bill(*gathered)
    assert (bill.number, bill.account_pk, bill.issued_on) == ("1", company.account().pk, "2024-05-01T12:00:00")
    assert sums(company, bill) == BillSums(total=6000, unpaid=6000, overdue=2000, due_on=LATER, invoices=3)
    assert [invoice.due_on for invoice in company.read(bill_invoices, [bill.pk])[bill.pk]] == [PAST, SOON, LATER]
    assert company.read(bill_of_invoices, [gathered[0].pk])[gathered[0].pk] == bill


def test_its_status_follows_what_is_paid(company: Company) -> None:
    one, other = company.invoice(10), company.invoice(20)
    bill = company.bill(one, other)
    assert sums(company, bill).status == bills.UNSETTLED
    company.pay(10, invoices=[one])
    assert sums(company, bill).status == bills.PARTIALLY_SETTLED
    company.pay(20, invoices=[other])
    assert sums(company, bill).status == bills.SETTLED


def test_a_part_paid_invoice_makes_it_partially_settled(company: Company) -> None:
    invoice = company.invoice(10)
    bill = company.bill(invoice)
    company.pay(4)
    assert (sums(company, bill).status, sums(company, bill).unpaid) == (bills.PARTIALLY_SETTLED, 600)


def test_cancelled_invoices_drop_out_of_the_sums_and_stay_in_the_bill(company: Company) -> None:
    one, other = company.invoice(10, due_on=SOON), company.invoice(20, due_on=LATER)
    bill = company.bill(one, other)
    company.cancel_invoice(other)
    assert sums(company, bill) == BillSums(total=1000, unpaid=1000, overdue=0, due_on=SOON, invoices=1)
    company.cancel_invoice(one)
    assert sums(company, bill) == BillSums(total=0, unpaid=0, overdue=0, due_on=None, invoices=0)
    assert sums(company, bill).status == bills.SETTLED
    assert len(company.read(bill_invoices, [bill.pk])[bill.pk]) == 2


def test_an_invoice_is_overdue_from_the_moment_after_it_is_due(company: Company) -> None:
    company.change_account(credit_period=0)
    bill = company.bill(company.invoice(10))
    assert sums(company, bill).overdue == 0
    company.clock.advance(seconds=1)
    assert sums(company, bill).overdue == 1000


def test_an_invoice_is_in_one_bill_at_the_most(company: Company) -> None:
    one, other = company.invoice(), company.invoice()
    company.bill(one)
    with pytest.raises(AlreadyBilled, match=f"invoice {one.number} is in another bill") as refused:
        company.bill(other, one)
    assert refused.value.word == "invoices[1]"
    assert len(company.all(Bill)) == 1
    assert company.bill(other).number == "2"


def test_also_a_cancelled_invoice_stays_in_its_bill(company: Company) -> None:
    invoice = company.invoice()
    company.bill(invoice)
    company.cancel_invoice(invoice)
    with pytest.raises(InvalidLifeCycleState, match="CANCELLED"):
        company.bill(invoice)


def test_an_invoice_that_is_given_twice_is_gathered_once(company: Company) -> None:
    invoice = company.invoice(10)
    bill = company.bill(invoice, invoice)
    assert sums(company, bill).total == 1000
    assert len(company.all(BillInvoice)) == 1


def test_a_bill_needs_posted_invoices_of_its_account(company: Company) -> None:
    own, foreign, draft = company.invoice(), company.invoice(account=BOBS), company.invoice(state=DRAFT)
    with pytest.raises(InvalidParameter, match="at least one invoice"):
        company.do(bills.create, account=company.account(), invoices=[])
    with pytest.raises(AccountMismatch) as refused:
        company.bill(own, foreign)
    assert refused.value.word == "invoices[1]"
    for gathered in ([draft], [own, foreign, draft]):
        with pytest.raises(InvalidLifeCycleState, match="DRAFT"):
            company.bill(*gathered)
    assert company.all(Bill) == []


def test_its_period_does_not_end_before_it_begins(company: Company) -> None:
    account, invoice = company.account(), company.invoice()
    with pytest.raises(InvalidParameter) as refused:
        company.do(bills.create, account=account, invoices=[invoice], from_date=LATER, to_date=SOON)
    assert refused.value.word == "to_date"
    bill = company.do(bills.create, account=account, invoices=[invoice], from_date=SOON, to_date=SOON)
    assert (bill.from_date, bill.to_date) == (SOON, SOON)


def test_a_suspended_account_can_be_billed_and_a_terminated_one_not(company: Company) -> None:
    one, other = company.invoice(), company.invoice()
    company.pay(200)
    company.change_account(life_cycle_state=SUSPENDED)
    company.bill(one)
    company.change_account(life_cycle_state=TERMINATED)
    with pytest.raises(AccountNotOpen):
        company.bill(other)
