"""Paying all that is owed on an invoice or a bill, in one go."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from ledger import payments
from ledger.applying import EXPLICIT
from ledger.errors import (
    AccountMismatch,
    AccountNotOpen,
    AlreadySettled,
    AmountMismatch,
    InvalidParameter,
    PaymentMethodNotAllowed,
    Refusal,
)
from ledger.lifecycle import DRAFT, POSTED, SUSPENDED, TERMINATED
from ledger.storage.models import Bill, Invoice, Payment
from tests.books import BOBS, DINARS, EUROS, YEN, Company


def pay_invoice(company: Company, invoice: Invoice, amount: str | None = None, account: str = EUROS) -> Payment:
    return company.do(payments.pay_invoice, company.terms(amount, account), invoice)


def pay_bill(company: Company, bill: Bill, amount: str | None = None, account: str = EUROS) -> Payment:
    return company.do(payments.pay_bill, company.terms(amount, account), bill)


@pytest.mark.parametrize(("account", "total"), [(EUROS, "9007199254740.93"), (YEN, "300"), (DINARS, "0.125")])
def test_paying_an_invoice_settles_it(company: Company, account: str, total: str) -> None:
    invoice = company.invoice(total, account)
    payment = pay_invoice(company, invoice, account=account)
    assert (payment.life_cycle_state, payment.number, payment.amount) == (POSTED, "1", invoice.total_amount)
    assert (payment.unallocated, payment.principal_invoice_pk) == (0, invoice.pk)
    assert company.now(invoice).unpaid == 0
    assert company.account(account).balance == 0


def test_a_part_paid_invoice_is_paid_its_rest(company: Company) -> None:
    invoice = company.invoice(100)
    company.pay(30, invoices=[invoice])
    assert pay_invoice(company, invoice).amount == 7000


def test_paying_an_invoice_leaves_older_ones_alone(company: Company) -> None:
    older = company.invoice(100, due_on="2024-01-01T00:00:00")
    invoice = company.invoice(50)
    pay_invoice(company, invoice)
    assert (company.now(older).unpaid, company.now(invoice).unpaid) == (10000, 0)


def test_an_explicit_payment_that_is_made_to_pay_does_so_and_no_more(company: Company) -> None:
    older, invoice, billed = company.invoice(10, due_on="2024-01-01T00:00:00"), company.invoice(20), company.invoice(30)
    bill = company.bill(billed)
    paid = [
        company.do(payments.pay_invoice, company.terms(None, mode=EXPLICIT), invoice),
        company.do(payments.pay_bill, company.terms(None, mode=EXPLICIT), bill),
    ]
    for payment in paid:
        assert (payment.unallocated, payment.allocation_mode) == (0, EXPLICIT)
    assert [company.now(each).unpaid for each in (older, invoice, billed)] == [1000, 0, 0]


def test_nothing_unpaid_is_refused(company: Company) -> None:
    invoice, free = company.invoice(), company.invoice(0)
    pay_invoice(company, invoice)
    for settled in (invoice, free):
        with pytest.raises(AlreadySettled, match=f"nothing is unpaid on invoice {settled.number}") as refused:
            pay_invoice(company, settled)
        assert refused.value.word == "invoice"
    assert len(company.all(Payment)) == 1


def test_a_given_amount_has_to_be_what_is_owed(company: Company) -> None:
    invoice = company.invoice(100)
    company.pay(30, invoices=[invoice])
    with pytest.raises(AmountMismatch, match="100 was sent, but 70 EUR is unpaid on invoice I00000001") as refused:
        pay_invoice(company, invoice, "100")
    assert (refused.value.word, refused.value.values) == ("amount", {"owed": "70"})
    assert pay_invoice(company, invoice, "70.00").amount == 7000


def test_a_given_amount_has_to_be_one_of_the_currency(company: Company) -> None:
    invoice = company.invoice(100)
    for amount in ("0", "-100", "100.001"):
        with pytest.raises(InvalidParameter, match="EUR"):
            pay_invoice(company, invoice, amount)


def test_another_accounts_invoice_or_bill_is_refused_before_one_that_is_settled(company: Company) -> None:
    invoice, settled = company.invoice(account=BOBS), company.invoice(0, BOBS)
    for foreign in (invoice, settled):
        bill = company.bill(foreign)
        with pytest.raises(AccountMismatch) as refused:
            pay_invoice(company, foreign)
        assert refused.value.word == "invoice"
        with pytest.raises(AccountMismatch) as refused:
            pay_bill(company, bill)
        assert refused.value.word == "bill"
    assert company.now(invoice).unpaid == 10000


def test_what_is_no_amount_is_refused_before_any_rule(company: Company) -> None:
    draft, foreign = company.invoice(state=DRAFT), company.bill(company.invoice(account=BOBS))
    with pytest.raises(InvalidParameter):
        pay_invoice(company, draft, "0.001")
    with pytest.raises(InvalidParameter):
        pay_bill(company, foreign, "0.001")


def test_the_terms_of_the_payment_are_checked(company: Company) -> None:
    invoice = company.invoice()
    with pytest.raises(PaymentMethodNotAllowed):
        company.do(payments.pay_invoice, company.terms(None, method="Card"), invoice)


def test_what_is_owed_can_be_paid_while_the_account_is_suspended(company: Company) -> None:
    one, other = company.invoice(10), company.invoice(20)
    bill = company.bill(other)
    company.change_account(life_cycle_state=SUSPENDED)
    assert pay_invoice(company, one).amount == 1000
    assert pay_bill(company, bill).amount == 2000


def test_a_terminated_account_is_refused_before_a_settled_invoice_is(company: Company) -> None:
    invoice = company.invoice()
    bill = company.bill(invoice)
    pay_invoice(company, invoice)
    company.change_account(life_cycle_state=TERMINATED)
    with pytest.raises(AccountNotOpen):
        pay_invoice(company, invoice)
    with pytest.raises(AccountNotOpen):
        pay_bill(company, bill)


def test_paying_a_bill_settles_its_invoices_and_no_other(company: Company) -> None:
    outside = company.invoice(10, due_on="2024-01-01T00:00:00")
    inside = [company.invoice(20), company.invoice(30)]
    payment = pay_bill(company, company.bill(*inside))
    assert (payment.amount, payment.unallocated) == (5000, 0)
    assert [company.now(invoice).unpaid for invoice in (outside, *inside)] == [1000, 0, 0]


def test_a_bill_is_paid_what_is_unpaid_now(company: Company) -> None:
    part_paid, settled, cancelled, open_one = (company.invoice(total) for total in (100, 20, 30, 40))
    bill = company.bill(part_paid, settled, cancelled, open_one)
    company.pay(60, invoices=[part_paid])
    company.pay(20, invoices=[settled])
    company.cancel_invoice(cancelled)
    with pytest.raises(AmountMismatch, match="190 was sent, but 80 EUR is unpaid on bill 1"):
        pay_bill(company, bill, "190")
    assert pay_bill(company, bill, "80").amount == 8000
    assert [company.now(invoice).unpaid for invoice in (part_paid, settled, cancelled, open_one)] == [0, 0, 0, 0]


def test_a_settled_bill_is_refused_and_so_is_one_of_cancelled_invoices(company: Company) -> None:
    settled, cancelled = company.invoice(10), company.invoice(20)
    bills = [company.bill(settled), company.bill(cancelled)]
    pay_invoice(company, settled)
    company.cancel_invoice(cancelled)
    for bill in bills:
        with pytest.raises(AlreadySettled, match=f"nothing is unpaid on bill {bill.number}") as refused:
            pay_bill(company, bill)
        assert refused.value.word == "bill"


def test_of_eight_who_pay_the_same_invoice_at_once_one_does(company: Company) -> None:
    invoice = company.invoice(100)

    def attempt(_: int) -> Payment | Refusal:
        try:
            return pay_invoice(company, invoice)
        except Refusal as refusal:
            return refusal

    with ThreadPoolExecutor(8) as pool:
        outcomes = list(pool.map(attempt, range(8)))
    paid = [outcome for outcome in outcomes if isinstance(outcome, Payment)]
    assert len(paid) == 1
    assert all(isinstance(outcome, AlreadySettled) for outcome in outcomes if outcome is not paid[0])
    assert company.account().balance == 0
