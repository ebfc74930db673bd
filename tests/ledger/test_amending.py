"""Amending a posted payment: reversal and new booking, and what becomes of its allocations."""

from decimal import Decimal
from typing import Any

import pytest

from ledger import amending, applying, configuration, profiles
from ledger.applying import EXPLICIT, Line
from ledger.errors import (
    AccountMismatch,
    AccountNotOpen,
    AmountMismatch,
    BalanceTooLarge,
    CategoryNotAllowed,
    CurrencyMismatch,
    InvalidLifeCycleState,
    InvalidParameter,
    PaymentMethodNotAllowed,
    TypeNotAllowed,
)
from ledger.intentions import intended
from ledger.journal import live_allocations
from ledger.lifecycle import DRAFT, SUSPENDED, TERMINATED
from ledger.storage.models import (
    Allocation,
    Category,
    Invoice,
    JournalEntry,
    NumberSeries,
    Payment,
    PaymentMethod,
    PaymentProfile,
    TransactionType,
)
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
    payment = company.write_off(50)
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


# --- days ---


def test_the_same_calendar_day_keeps_its_time(company: Company) -> None:
    payment = company.pay()
    assert amend(company, payment, received_on="2024-05-01").received_on == "2024-05-01T12:00:00"
    assert amend(company, payment, received_on="2024-05-02").received_on == "2024-05-02T00:00:00"
    assert amend(company, payment, received_on="2024-05-02T09:30:00").received_on == "2024-05-02T09:30:00"


# --- profiles ---


def profile(company: Company, account: str) -> PaymentProfile:
    return company.do(profiles.create, account=company.account(account), name=f"How {account} pays")


def test_a_profile_of_the_account_is_taken_and_cleared(company: Company) -> None:
    payment, own = company.pay(), profile(company, EUROS)
    assert amend(company, payment, profile=own).profile_pk == own.pk
    assert amend(company, payment, notes="n").profile_pk == own.pk
    assert amend(company, payment, profile=None).profile_pk is None


def test_another_account_clears_the_profile_that_is_not_given_anew(company: Company) -> None:
    own, theirs = profile(company, EUROS), profile(company, BOBS)
    payment = company.pay(profile=own)
    moved = amend(company, payment, account=company.account(BOBS))
    assert moved.profile_pk is None
    assert amend(company, moved, account=company.account(EUROS), profile=own).profile_pk == own.pk
    with pytest.raises(AccountMismatch) as refused:
        amend(company, payment, profile=theirs)
    assert refused.value.word == "profile"
    with pytest.raises(AccountMismatch):
        amend(company, payment, account=company.account(BOBS), profile=own)


# --- the principal invoice ---


def linked(company: Company, amount: str | int, invoice: Invoice) -> Payment:
    return company.pay(amount, mode=EXPLICIT, linked=invoice)


def fill(company: Company, payment: Payment, **changes: object) -> Payment:
    return company.do(amending.amend, payment, changes, fills_principal=True)


def test_where_a_door_says_so_the_principal_invoice_follows_the_amount(company: Company) -> None:
    invoice = company.invoice(100)
    payment = linked(company, 30, invoice)
    for amount, unpaid, rest in (("50", 5000, 0), ("120", 0, 2000), ("20", 8000, 0), ("0.01", 9999, 0)):
        changed = fill(company, payment, amount=Decimal(amount))
        assert (company.now(invoice).unpaid, changed.unallocated) == (unpaid, rest)
        assert company.now(payment) == changed


def test_it_follows_too_if_nobody_linked_it(company: Company) -> None:
    invoice, other = company.invoice(100), company.invoice(100)
    payment = company.pay(30)
    fill(company, payment, amount=Decimal(50))
    assert [company.now(each).unpaid for each in (invoice, other)] == [5000, 10000]


def test_it_gets_no_more_than_others_leave_of_it(company: Company) -> None:
    invoice = company.invoice(100)
    payment = linked(company, 30, invoice)
    linked(company, 60, invoice)
    assert fill(company, payment, amount=Decimal(80)).unallocated == 4000
    assert company.now(invoice).unpaid == 0


def test_what_is_applied_elsewhere_stays_there(company: Company) -> None:
    invoice, other = company.invoice(20), company.invoice(100)
    payment = linked(company, 50, invoice)
    company.do(applying.apply, payment, [Line(other, Decimal(30))])
    fill(company, payment, amount=Decimal(60))
    assert company.read(live_allocations, payment.pk) == {invoice.pk: 2000, other.pk: 3000}
    fill(company, payment, amount=Decimal(40))
    assert company.read(live_allocations, payment.pk) == {invoice.pk: 2000, other.pk: 2000}


def test_the_same_amount_pays_nothing_more(company: Company) -> None:
    invoice = company.invoice(100)
    payment = linked(company, 50, invoice)
    company.do(applying.release, payment)
    assert fill(company, payment, amount=Decimal(50), notes="n").unallocated == 5000


def test_a_cancelled_principal_invoice_gets_nothing(company: Company) -> None:
    invoice = company.invoice(100)
    payment = linked(company, 50, invoice)
    company.cancel_invoice(invoice)
    changed = fill(company, payment, amount=Decimal(70))
    assert (changed.unallocated, changed.principal_invoice_pk, changed.principal_linked) == (7000, invoice.pk, True)


def test_a_payment_without_one_just_changes(company: Company) -> None:
    assert fill(company, company.pay(50), amount=Decimal(70)).unallocated == 7000


def test_another_invoice_can_be_linked_in_place_of_the_first(company: Company) -> None:
    first, second = company.invoice(30), company.invoice(50)
    payment = company.pay(40, invoices=[first])
    changed = amend(company, payment, linked=second)
    assert changed == company.now(payment)
    assert (changed.principal_invoice_pk, changed.principal_linked, changed.allocation_mode) == (second.pk, True, EXPLICIT)
    assert [company.now(each).unpaid for each in (first, second)] == [3000, 1000]
    assert (company.read(intended, payment.pk), amendments(company, payment)) == ([], [])


def test_the_same_invoice_again_changes_nothing(company: Company) -> None:
    first, second = company.invoice(30), company.invoice(50)
    payment = company.pay(40)
    before = company.all(Allocation)
    changed = amend(company, payment, linked=first)
    assert (changed.principal_invoice_pk, changed.principal_linked, company.all(Allocation)) == (first.pk, False, before)
    company.cancel_invoice(first)
    payment = amend(company, linked(company, 5, second), linked=second, notes="n")
    company.cancel_invoice(second)
    assert amend(company, payment, linked=second).principal_linked


def test_a_linked_invoice_brings_its_account(company: Company) -> None:
    mine, theirs = company.invoice(30), company.invoice(50, BOBS)
    payment = linked(company, 40, mine)
    moved = amend(company, payment, linked=theirs, amount=Decimal(45))
    assert (moved.account_pk, moved.amount, moved.unallocated) == (theirs.account_pk, 4500, 0)
    assert (moved.principal_invoice_pk, moved.principal_linked) == (theirs.pk, True)
    assert [company.now(each).unpaid for each in (mine, theirs)] == [3000, 500]
    assert (company.account(EUROS).balance, company.account(BOBS).balance) == (3000, 500)


def test_amount_and_linked_invoice_change_together(company: Company) -> None:
    one, other = company.invoice(30), company.invoice(50)
    payment = linked(company, 30, one)
    changed = fill(company, payment, linked=other, amount=Decimal(20))
    assert (changed.unallocated, company.now(one).unpaid, company.now(other).unpaid) == (0, 3000, 3000)
    assert amendments(company, payment) == [(payment.account_pk, 3000), (payment.account_pk, -2000)]


def test_what_cannot_be_linked_is_refused(company: Company) -> None:
    payment = linked(company, 10, company.invoice(30))
    with pytest.raises(InvalidLifeCycleState) as refused:
        amend(company, payment, linked=company.invoice(30, state=DRAFT))
    assert refused.value.word == "invoice"
    with pytest.raises(AccountMismatch) as mismatch:
        amend(company, payment, linked=company.invoice(30), account=company.account(BOBS))
    assert mismatch.value.word == "invoice"
    with pytest.raises(CurrencyMismatch) as currency:
        amend(company, payment, linked=company.invoice(30, YEN))
    assert currency.value.word == "account"


# --- what is applied stays, where a door says so ---


def keep(company: Company, payment: Payment, **changes: object) -> Payment:
    return company.do(amending.amend, payment, changes, keeps_applied=True)


def test_an_amount_below_what_is_applied_is_refused_there(company: Company) -> None:
    invoice = company.invoice(60)
    payment = company.pay(100)
    assert keep(company, payment, amount=Decimal(60)).unallocated == 0
    with pytest.raises(AmountMismatch, match="60 EUR of the payment is applied") as refused:
        keep(company, payment, amount=Decimal("59.99"))
    assert (refused.value.word, refused.value.values) == ("amount", {"applied": "60"})
    assert company.now(invoice).unpaid == 0


def test_another_account_is_refused_there_while_anything_is_applied(company: Company) -> None:
    company.invoice(1)
    payment, theirs = company.pay(100), company.account(BOBS)
    with pytest.raises(AccountMismatch) as refused:
        keep(company, payment, account=theirs)
    assert refused.value.word == "account"
    assert keep(company, payment, account=company.account(EUROS), amount=Decimal(90)).amount == 9000
    company.do(applying.release, payment)
    assert keep(company, payment, account=theirs, amount=Decimal(80)).account_pk == theirs.pk


# --- payments and write-offs ---


def test_a_payment_becomes_a_write_off_and_a_payment_again(company: Company) -> None:
    invoice = company.invoice(50)
    payment = linked(company, 30, invoice)
    gone = amend(company, payment, type=company.type("WRITE_OFF"), written_off_on="2024-05-02", unreceived=True)
    midnight = "2024-05-02T00:00:00"
    assert (gone.type_pk, gone.received_on, gone.written_off_on, gone.unreceived) == (
        company.type("WRITE_OFF").pk,
        midnight,
        midnight,
        True,
    )
    assert (amendments(company, payment), company.now(invoice).unpaid, company.account().balance) == ([], 2000, 2000)
    back = amend(company, gone, type=company.type("PAYMENT"), received_on="2024-05-03")
    assert (back.received_on, back.written_off_on, back.unreceived) == ("2024-05-03T00:00:00", None, None)


def test_a_date_of_payment_makes_a_write_off_a_received_one(company: Company) -> None:
    made = company.write_off(written_off_on="2024-05-02")
    later = amend(company, made, written_off_on="2024-05-04")
    assert (later.received_on, later.written_off_on, later.unreceived) == ("2024-05-04T00:00:00", "2024-05-04T00:00:00", True)
    received = amend(company, made, received_on="2024-05-03")
    assert (received.received_on, received.written_off_on, received.unreceived) == (
        "2024-05-03T00:00:00",
        "2024-05-04T00:00:00",
        None,
    )
    again = amend(company, made, unreceived=True)
    assert (again.received_on, again.unreceived) == ("2024-05-04T00:00:00", True)


def test_a_write_off_keeps_its_date_and_a_payment_has_none(company: Company) -> None:
    payment, written_off = company.pay(), company.write_off()
    for record, changes, word in (
        (payment, {"written_off_on": "2024-05-02"}, "written_off_on"),
        (payment, {"unreceived": True}, "received_on"),
        (payment, {"type": company.type("WRITE_OFF")}, "written_off_on"),
        (written_off, {"written_off_on": None}, "written_off_on"),
        (written_off, {"type": company.type("PAYMENT"), "written_off_on": "2024-05-02"}, "written_off_on"),
    ):
        with pytest.raises(InvalidParameter) as refused:
            amend(company, record, **changes)
        assert refused.value.word == word


def test_a_payment_becomes_no_refund(company: Company) -> None:
    with pytest.raises(TypeNotAllowed, match="PAYMENT or WRITE_OFF is needed"):
        amend(company, company.pay(), type=company.type("REFUND"))


def test_another_type_has_to_allow_what_is_kept(company: Company) -> None:
    method, category = company.one(PaymentMethod, name="Cash"), company.one(Category, name="Goods")

    def create(name: str, **allowed: Any) -> TransactionType:
        said = {"alternative_code": name, "categories": [], "methods": [], "reasons": [], **allowed}
        return company.do(configuration.create_type, name=name, classification="PAYMENT", **said)

    payment = company.pay(category=category)
    with pytest.raises(CategoryNotAllowed):
        amend(company, payment, type=create("no category", methods=[method]))
    with pytest.raises(PaymentMethodNotAllowed):
        amend(company, payment, type=create("no cash", categories=[category], methods=[company.one(PaymentMethod, name="Card")]))
    other = create("other", methods=[company.one(PaymentMethod, name="Transfer")])
    changed = amend(company, payment, type=other, category=None, method=company.one(PaymentMethod, name="Transfer"))
    assert (changed.type_pk, changed.category_pk) == (other.pk, None)
    assert amend(company, payment, type=other).type_pk == other.pk
