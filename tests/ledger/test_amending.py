"""Amending a posted payment: reversal and new booking, and what becomes of its allocations."""

from decimal import Decimal

import pytest

from ledger import amending, applying
from ledger.applying import EXPLICIT, Line
from ledger.errors import (
    AccountNotOpen,
    BalanceTooLarge,
    CategoryNotAllowed,
    CurrencyMismatch,
    InvalidParameter,
    PaymentMethodNotAllowed,
)
from ledger.intentions import intended
from ledger.journal import live_allocations
from ledger.lifecycle import SUSPENDED, TERMINATED
from ledger.storage.models import Category, JournalEntry, NumberSeries, Payment, PaymentMethod
from tests.books import BOBS, EUROS, YEN, Company


def amend(company: Company, payment: Payment, **changes: object) -> Payment:
    return company.do(amending.amend, payment, changes)


def amendments(company: Company, payment: Payment) -> list[tuple[int, int]]:
    """Account key and amount of what the amendments of a payment booked."""
    rows = company.all(JournalEntry, document_id=payment.id, kind="AMENDMENT")
    assert {row.number for row in rows} <= {payment.number}
    return [(row.account_pk, row.amount) for row in rows]


def test_a_changed_amount_is_reversed_and_booked_anew(company: Company) -> None:
    payment = company.pay(100)
    company.clock.advance(seconds=3)
    changed = amend(company.by("admin"), payment, amount=Decimal("120.5"))
    assert (changed.amount, changed.unallocated) == (12050, 12050)
    assert amendments(company, payment) == [(payment.account_pk, 10000), (payment.account_pk, -12050)]
    assert company.account().balance == -12050
    kept = ("id", "reference_number", "number", "issued_on", "posted_on", "life_cycle_state")
    assert [getattr(changed, name) for name in kept] == [getattr(payment, name) for name in kept]
    assert (changed.updated_on, changed.updated_by_user_pk) == ("2024-05-01T12:00:03", company.actor("admin").user_pk)


def test_a_higher_amount_is_not_allocated_by_itself(company: Company) -> None:
    invoice = company.invoice(100)
    payment = company.pay(30)
    changed = amend(company, payment, amount=Decimal(50))
    assert (changed.unallocated, company.now(invoice).unpaid) == (2000, 7000)


def test_a_lower_amount_takes_the_unallocated_part_first(company: Company) -> None:
    invoice = company.invoice(60)
    payment = company.pay(100)
    changed = amend(company, payment, amount=Decimal(70))
    assert (changed.unallocated, company.now(invoice).unpaid) == (1000, 0)
    changed = amend(company, payment, amount=Decimal(60))
    assert (changed.unallocated, company.now(invoice).unpaid) == (0, 0)


def test_a_still_lower_amount_releases_the_newest_allocations(company: Company) -> None:
    owed = [company.invoice(30, due_on=f"2024-0{month}-01T00:00:00") for month in (1, 2, 3)]
    payment = company.pay(100)
    changed = amend(company, payment, amount=Decimal(40))
    assert changed.unallocated == 0
    assert [company.now(invoice).unpaid for invoice in owed] == [0, 2000, 3000]
    assert company.read(live_allocations, payment.pk) == {owed[0].pk: 3000, owed[1].pk: 1000}


def test_the_same_amount_books_nothing(company: Company) -> None:
    payment = company.pay(100)
    assert amend(company, payment, amount=Decimal("100.00"), notes="same").notes == "same"
    assert amendments(company, payment) == []


def test_zero_is_an_amount_only_where_a_door_allows_it(company: Company) -> None:
    invoice = company.invoice(50)
    payment = company.pay(30)
    with pytest.raises(InvalidParameter):
        amend(company, payment, amount=Decimal(0))
    changed = company.do(amending.amend, payment, {"amount": Decimal(0)}, zero=True)
    assert (changed.amount, changed.unallocated, company.now(invoice).unpaid) == (0, 0, 5000)
    assert (payment.principal_invoice_pk, changed.principal_invoice_pk) == (invoice.pk, None)


@pytest.mark.parametrize("amount", ["-1", "0.001", "10000000000000"])
def test_what_is_no_amount_of_the_currency_is_refused(company: Company, amount: str) -> None:
    payment = company.pay()
    with pytest.raises(InvalidParameter, match="EUR") as refused:
        amend(company, payment, amount=Decimal(amount))
    assert refused.value.word == "amount"


def test_details_change_without_a_booking(company: Company) -> None:
    payment = company.pay()
    transfer, goods = company.one(PaymentMethod, name="Transfer"), company.one(Category, name="Goods")
    day = "2024-04-30T00:00:00"
    changed = amend(company, payment, method=transfer, category=goods, received_on=day, notes="n")
    assert (changed.method_pk, changed.category_pk, changed.received_on, changed.notes) == (transfer.pk, goods.pk, day, "n")
    cleared = amend(company, payment, category=None, notes=None)
    assert (cleared.method_pk, cleared.category_pk, cleared.received_on, cleared.notes) == (transfer.pk, None, day, None)
    assert amendments(company, payment) == []


def test_method_and_category_have_to_be_allowed_on_the_type(company: Company) -> None:
    payment = company.pay()
    with pytest.raises(PaymentMethodNotAllowed):
        amend(company, payment, method=company.one(PaymentMethod, name="Card"), amount=Decimal(1))
    with pytest.raises(CategoryNotAllowed):
        amend(company, payment, category=company.one(Category, name="Internal"), amount=Decimal(1))
    assert company.now(payment).amount == 10000


def test_another_account_releases_everything_and_takes_the_money_along(company: Company) -> None:
    invoice, theirs = company.invoice(60), company.invoice(40, BOBS)
    payment = company.pay(100, invoices=[invoice], bills=[company.bill(invoice)])
    assert payment.principal_invoice_pk == invoice.pk
    moved = amend(company, payment, account=company.account(BOBS))
    old, new = company.account(EUROS), company.account(BOBS)
    assert (moved.account_pk, moved.amount, moved.unallocated, moved.principal_invoice_pk) == (new.pk, 10000, 10000, None)
    assert (old.balance, new.balance) == (6000, 4000 - 10000)
    assert amendments(company, payment) == [(old.pk, 10000), (new.pk, -10000)]
    assert [company.now(each).unpaid for each in (invoice, theirs)] == [6000, 4000]
    assert company.read(intended, payment.pk) == []


def test_account_and_amount_change_together_in_either_direction(company: Company) -> None:
    there = amend(company, company.pay(100), account=company.account(BOBS), amount=Decimal(70))
    assert (company.account(EUROS).balance, company.account(BOBS).balance) == (0, -7000)
    back = amend(company, there, account=company.account(EUROS), amount=Decimal(80))
    assert (company.account(EUROS).balance, company.account(BOBS).balance) == (-8000, 0)
    assert (back.amount, back.unallocated) == (8000, 8000)


def test_the_same_account_is_no_change(company: Company) -> None:
    invoice = company.invoice(30)
    payment = company.pay(30)
    amend(company, payment, account=company.account(EUROS))
    assert amendments(company, payment) == []
    assert company.now(invoice).unpaid == 0


def test_an_account_in_another_currency_is_refused(company: Company) -> None:
    payment = company.pay(100)
    with pytest.raises(CurrencyMismatch) as refused:
        amend(company, payment, account=company.account(YEN))
    assert refused.value.word == "account"


def test_suspended_accounts_can_be_amended_and_terminated_ones_not(company: Company) -> None:
    payment = company.pay(100, BOBS)
    invoice = company.invoice(100, BOBS)
    company.change_account(BOBS, life_cycle_state=SUSPENDED)
    amend(company, payment, notes="x")
    company.change_account(BOBS, life_cycle_state=TERMINATED)
    with pytest.raises(AccountNotOpen):
        amend(company, payment, notes="y")
    with pytest.raises(AccountNotOpen):
        amend(company, payment, account=company.account(EUROS))
    with pytest.raises(AccountNotOpen):
        amend(company, company.pay(10), account=company.account(BOBS))
    assert company.now(invoice).unpaid == 0


def test_a_balance_that_becomes_too_large_is_refused(company: Company) -> None:
    company.pay("9999999999999.98", mode=EXPLICIT)
    payment = company.pay("0.01")
    with pytest.raises(BalanceTooLarge):
        amend(company, payment, amount=Decimal("0.02"))
    assert company.account().balance == -(10**15 - 1)


def test_a_write_off_is_amended_on_its_own_side(company: Company) -> None:
    company.invoice(50)
    payment = company.pay(50, type=company.type("WRITE_OFF"), classification="WRITE_OFF")
    amend(company, payment, amount=Decimal(20))
    assert company.account().balance == 3000
    assert amendments(company, payment) == [(payment.account_pk, 5000), (payment.account_pk, -2000)]


def test_amending_consumes_no_number(company: Company) -> None:
    payment = company.pay()
    before = [row.last for row in company.all(NumberSeries)]
    amend(company, payment, amount=Decimal(1))
    assert [row.last for row in company.all(NumberSeries)] == before


def test_money_applied_by_hand_is_given_back_newest_first(company: Company) -> None:
    payment = company.pay(100, mode=EXPLICIT)
    one, other = company.invoice(50), company.invoice(50)
    company.do(applying.apply, payment, [Line(other, Decimal(50))])
    company.do(applying.apply, payment, [Line(one, Decimal(50))])
    amend(company, payment, amount=Decimal(60))
    assert [company.now(invoice).unpaid for invoice in (one, other)] == [4000, 0]
