"""How money is shared out, and what is allocated automatically when payments and invoices are posted."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger import applying, invoices, payments
from ledger.allocation import Claim, shared_out, taken_back
from ledger.applying import EXPLICIT
from ledger.book import Book
from ledger.lifecycle import DRAFT, REJECTED
from ledger.storage.models import Allocation, Invoice, Payment
from tests import books
from tests.books import BOBS, Clock, Company
from tests.engines import url_of

JANUARY, FEBRUARY, MARCH = "2024-01-31T00:00:00", "2024-02-29T00:00:00", "2024-03-31T00:00:00"
AMOUNTS = st.integers(0, 10**15 - 1)


@given(AMOUNTS, st.lists(AMOUNTS))
def test_money_goes_to_the_first_claims_and_none_is_lost(money: int, amounts: list[int]) -> None:
    claims = [Claim(key, amount) for key, amount in enumerate(amounts)]
    shares = shared_out(money, claims)
    given_out = sum(share.amount for share in shares)
    assert given_out == min(money, sum(amounts))
    assert all(0 < share.amount <= amounts[share.key] for share in shares)
    served = [share.key for share in shares]
    assert served == sorted(set(served))
    # Whoever comes before the last one served has all of its claim.
    assert all(amounts[key] == dict(shares).get(key, 0) for key in range(served[-1] if served else 0))


def test_the_newest_gives_back_first() -> None:
    assert taken_back(70, [Claim(3, 50), Claim(2, 30), Claim(1, 100)]) == [(3, 50), (2, 20)]
    assert taken_back(0, [Claim(1, 5)]) == []


def left(company: Company, *owed: Invoice) -> list[int]:
    return [company.now(invoice).unpaid for invoice in owed]


def free(company: Company, *paid: Payment) -> list[int]:
    return [company.now(payment).unallocated for payment in paid]


@pytest.fixture
def intending(book_file: Path, clock: Clock) -> Company:
    """The company with the policy that allocates to intended invoices alone."""
    return books.company(Book(url_of(book_file), clock=clock, allocation="intended"), clock)


def test_a_payment_pays_the_oldest_due_invoices_first(company: Company) -> None:
    late, early, middle = (company.invoice(50, due_on=due) for due in (MARCH, JANUARY, FEBRUARY))
    payment = company.pay(70)
    assert left(company, late, early, middle) == [5000, 0, 3000]
    assert free(company, payment) == [0]
    assert [(row.invoice_pk, row.amount) for row in company.all(Allocation)] == [(early.pk, 5000), (middle.pk, 2000)]


def test_of_invoices_due_at_once_the_one_posted_first_and_then_the_older_is_paid(company: Company) -> None:
    first_made = company.invoice(50, due_on=JANUARY, state=DRAFT)
    twins = [company.invoice(50, due_on=JANUARY) for _ in range(2)]
    company.clock.advance(seconds=1)
    company.do(invoices.post, first_made)
    company.pay(60)
    assert left(company, *twins, first_made) == [0, 4000, 5000]


def test_intended_invoices_come_first_in_the_order_given(company: Company) -> None:
    oldest, second, third = (company.invoice(50, due_on=due) for due in (JANUARY, FEBRUARY, MARCH))
    company.pay(60, invoices=[third, second])
    assert left(company, oldest, second, third) == [5000, 4000, 0]


def test_what_intended_invoices_leave_goes_to_the_oldest(company: Company) -> None:
    oldest, second, third = (company.invoice(50, due_on=due) for due in (JANUARY, FEBRUARY, MARCH))
    payment = company.pay(120, invoices=[third])
    assert left(company, oldest, second, third) == [0, 3000, 0]
    assert free(company, payment) == [0]


def test_an_intended_bill_is_paid_by_the_due_dates_of_its_invoices(company: Company) -> None:
    outside = company.invoice(50, due_on=JANUARY)
    late, early = company.invoice(50, due_on=MARCH), company.invoice(50, due_on=FEBRUARY)
    company.pay(70, bills=[company.bill(late, early)])
    assert left(company, outside, late, early) == [5000, 3000, 0]


def test_intended_invoices_come_before_intended_bills(company: Company) -> None:
    billed, single = company.invoice(50, due_on=JANUARY), company.invoice(50, due_on=MARCH)
    company.pay(60, invoices=[single], bills=[company.bill(billed)])
    assert left(company, billed, single) == [4000, 0]


def test_an_invoice_that_is_named_twice_is_paid_once(company: Company) -> None:
    invoice = company.invoice(50)
    payment = company.pay(80, invoices=[invoice, invoice], bills=[company.bill(invoice)])
    assert (left(company, invoice), free(company, payment)) == ([0], [3000])


def test_settled_cancelled_and_unposted_invoices_are_skipped(company: Company) -> None:
    settled, cancelled, last = (company.invoice(50, due_on=due) for due in (JANUARY, FEBRUARY, MARCH))
    unposted = company.invoice(50, state=DRAFT)
    payment = company.draft(70, invoices=[settled, cancelled, unposted, last])
    company.pay(50, invoices=[settled])
    company.cancel_invoice(cancelled)
    company.do(payments.post, payment)
    assert left(company, settled, cancelled, unposted, last) == [0, 0, 0, 0]
    assert free(company, payment) == [2000]


def test_under_the_policy_intended_the_rest_stays_credit(intending: Company) -> None:
    oldest, meant = intending.invoice(50, due_on=JANUARY), intending.invoice(50, due_on=MARCH)
    with_intention = intending.pay(70, invoices=[meant])
    without = intending.pay(10)
    assert left(intending, oldest, meant) == [5000, 0]
    assert free(intending, with_intention, without) == [2000, 1000]
    intending.book.close()


def test_a_draft_reserves_nothing(company: Company) -> None:
    invoice = company.invoice(50)
    draft = company.draft(50, invoices=[invoice])
    assert left(company, invoice) == [5000]
    company.pay(50)
    assert left(company, invoice) == [0]
    assert company.do(payments.post, draft).unallocated == 5000


def test_posting_a_payment_moves_that_payments_money_alone(company: Company) -> None:
    invoice = company.invoice(100)
    released = company.pay(40)
    company.do(applying.release, released)
    company.pay(10)
    assert (left(company, invoice), free(company, released)) == ([9000], [4000])


def test_posting_an_invoice_draws_the_oldest_credit_first(company: Company) -> None:
    draft = company.draft(30)
    oldest = company.pay(50)
    company.clock.advance(seconds=1)
    newest = company.do(payments.post, draft)
    invoice = company.invoice(60)
    assert left(company, invoice) == [0]
    assert free(company, oldest, newest) == [0, 2000]


def test_the_last_cent_is_allocated_from_either_side(company: Company) -> None:
    company.pay("0.01")
    assert company.invoice("0.02").unpaid == 1
    assert company.pay("0.02").unallocated == 1
    assert company.invoice("0.01").unpaid == 0


def test_a_posted_draft_of_an_invoice_draws_credit_too(company: Company) -> None:
    invoice, payment = company.invoice(60, state=DRAFT), company.pay(50)
    assert free(company, payment) == [5000]
    company.do(invoices.post, invoice)
    assert (left(company, invoice), free(company, payment)) == ([1000], [0])


def test_a_rejected_invoice_draws_nothing(company: Company) -> None:
    payment = company.pay(50)
    rejected = company.do(invoices.reject, company.invoice(60, state=DRAFT))
    assert (rejected.life_cycle_state, rejected.unpaid, free(company, payment)) == (REJECTED, 0, [5000])


def test_explicit_payments_never_move_by_themselves(company: Company) -> None:
    before = company.invoice(50)
    payment = company.pay(50, mode=EXPLICIT, invoices=[before])
    after = company.invoice(50)
    assert (left(company, before, after), free(company, payment)) == ([5000, 5000], [5000])
    assert company.all(Allocation) == []


def test_another_accounts_credit_and_debt_are_left_alone(company: Company) -> None:
    foreign_credit, foreign_debt = company.pay(50, BOBS), company.invoice(80, BOBS)
    assert left(company, foreign_debt) == [3000]
    own_debt, own_credit = company.invoice(80), company.pay(100)
    assert (left(company, own_debt), free(company, own_credit)) == ([0], [2000])
    assert (left(company, foreign_debt), free(company, foreign_credit)) == ([3000], [0])


def test_what_a_release_frees_stays_credit_until_an_invoice_is_posted(company: Company) -> None:
    invoice = company.invoice(50)
    payment = company.pay(50)
    company.do(applying.release, payment)
    assert (left(company, invoice), free(company, payment)) == ([5000], [5000])
    later = company.invoice(20)
    assert (left(company, invoice, later), free(company, payment)) == ([5000, 0], [3000])


def test_what_a_cancelled_invoice_frees_stays_credit(company: Company) -> None:
    paid, owed = company.invoice(50, due_on=JANUARY), company.invoice(50, due_on=MARCH)
    payment = company.pay(50)
    company.cancel_invoice(paid)
    assert (left(company, owed), free(company, payment)) == ([5000], [5000])


def test_every_draft_state_has_nothing_unpaid(company: Company) -> None:
    assert company.invoice(50, state=DRAFT).unpaid == 0
    assert company.draft(50).unallocated == 0
