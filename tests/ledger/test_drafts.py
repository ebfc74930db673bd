"""Changing a draft: what is left out stays, None clears, sets are replaced or edited."""

from decimal import Decimal
from typing import Any

import pytest

from ledger import configuration, drafts
from ledger.errors import (
    AccountMismatch,
    AccountNotOpen,
    CategoryNotAllowed,
    CurrencyMismatch,
    DuplicateBackOfficeCode,
    EntityNotFound,
    InvalidParameter,
    PaymentMethodNotAllowed,
    TypeNotAllowed,
)
from ledger.intentions import IntendedChange, Intentions, intended
from ledger.lifecycle import SUSPENDED, TERMINATED
from ledger.storage.models import Bill, Category, Currency, Invoice, NumberSeries, Payment, PaymentMethod, Unit, User
from tests.books import BOBS, DINARS, EUROS, YEN, Company

OPTIONAL: dict[str, Any] = {
    "received_on": "2024-04-01T10:00:00",
    "notes": "by post",
    "back_office_code": "B-1",
    "udf_string_1": "x",
    "udf_float_4": 0.5,
    "udf_date_2": "2024-05-05T00:00:00",
}


def full(company: Company) -> Payment:
    """A draft with everything set."""
    terms = {name: value for name, value in OPTIONAL.items() if not name.startswith("udf_")}
    return company.draft(
        **terms,
        category=company.one(Category, name="Goods"),
        received_by_user=company.one(User, username="admin"),
        received_by_unit=company.one(Unit, name="Branch"),
        udf={name: value for name, value in OPTIONAL.items() if name.startswith("udf_")},
    )


def targets(company: Company, payment: Payment) -> list[int]:
    """The row keys of what is intended, bills negative."""
    return [pk if kind == "invoice" else -pk for kind, pk in company.read(intended, payment.pk)]


def differing(one: Payment, other: Payment) -> set[str]:
    return {name for name, value in one.__data__.items() if other.__data__[name] != value} - {"updated_on"}


def test_what_is_left_out_stays(company: Company) -> None:
    draft = full(company)
    changed = company.update(draft, notes="by hand")
    assert changed.notes == "by hand"
    assert differing(changed, draft) == {"notes", "updated_by_user", "updated_by_unit"}
    assert differing(company.update(draft), changed) == set()


def test_none_clears_what_is_optional(company: Company) -> None:
    draft = full(company)
    cleared: dict[str, Any] = dict.fromkeys(OPTIONAL, None) | {"category": None, "received_by_user": None, "received_by_unit": None}
    changed = company.update(draft, **cleared)
    assert changed.received_on == changed.issued_on
    for name in OPTIONAL.keys() - {"received_on"}:
        assert getattr(changed, name) is None
    assert (changed.category_pk, changed.received_by_user_pk, changed.received_by_unit_pk) == (None, None, None)


@pytest.mark.parametrize("name", ["account", "type", "method", "amount"])
def test_what_is_mandatory_cannot_be_cleared(company: Company, name: str) -> None:
    draft = company.draft()
    with pytest.raises(InvalidParameter) as refused:
        company.do(drafts.update, draft, {name: None})
    assert refused.value.word == name


def test_everything_can_be_changed(company: Company) -> None:
    draft = company.draft()
    transfer, goods = company.one(PaymentMethod, name="Transfer"), company.one(Category, name="Goods")
    other = company.do(configuration.create_type, name="Other", classification="PAYMENT", methods=[transfer], categories=[goods])
    changed = company.update(draft, **OPTIONAL, amount=Decimal("7.25"), type=other, method=transfer, category=goods)
    assert (changed.amount, changed.type_pk, changed.method_pk, changed.category_pk) == (725, other.pk, transfer.pk, goods.pk)
    assert {name: getattr(changed, name) for name in OPTIONAL} == OPTIONAL
    assert (changed.id, changed.reference_number, changed.number) == (draft.id, draft.reference_number, None)


def test_who_changed_it_and_when_is_kept(company: Company) -> None:
    draft = company.draft()
    company.clock.advance(seconds=5)
    changed = company.by("admin").update(draft, notes="x")
    assert (changed.issued_on, changed.updated_on) == ("2024-05-01T12:00:00", "2024-05-01T12:00:05")
    assert changed.updated_by_user_pk == company.one(User, username="admin").pk
    assert changed.created_by_user_pk == company.one(User, username="clerk").pk


def test_sets_are_replaced_added_to_and_taken_from(company: Company) -> None:
    one, two, three = (company.invoice(10) for _ in range(3))
    bill = company.bill(three)
    draft = company.draft(invoices=[one], bills=[bill])
    company.update(draft, Intentions(invoices=IntendedChange(replace=[two, one])))
    assert targets(company, draft) == [two.pk, one.pk, -bill.pk]
    company.update(draft, Intentions(invoices=IntendedChange(add=[three, two])))
    assert targets(company, draft) == [two.pk, one.pk, three.pk, -bill.pk]
    company.update(draft, Intentions(invoices=IntendedChange(remove=[one]), bills=IntendedChange(remove=[bill])))
    assert targets(company, draft) == [two.pk, three.pk]
    company.update(draft, Intentions(invoices=IntendedChange(replace=[]), bills=IntendedChange(add=[bill])))
    assert targets(company, draft) == [-bill.pk]
    company.update(draft, notes="kept")
    assert targets(company, draft) == [-bill.pk]


def test_one_change_can_add_and_remove(company: Company) -> None:
    one, two = company.invoice(10), company.invoice(10)
    draft = company.draft(invoices=[one])
    company.update(draft, Intentions(invoices=IntendedChange(add=[two], remove=[one])))
    assert targets(company, draft) == [two.pk]


def test_taking_out_what_is_not_in_the_set_is_refused(company: Company) -> None:
    one, two = company.invoice(10), company.invoice(10)
    bill = company.bill(one)
    draft = company.draft(invoices=[one])
    with pytest.raises(EntityNotFound, match="invoice I00000002 is not in the set") as refused:
        company.update(draft, Intentions(invoices=IntendedChange(remove=[two])), notes="lost")
    assert refused.value.word == "invoices"
    with pytest.raises(EntityNotFound, match="bill 1 is not in the set") as refused:
        company.update(draft, Intentions(bills=IntendedChange(remove=[bill])))
    assert refused.value.word == "bills"
    assert targets(company, draft) == [one.pk]
    assert company.now(draft).notes is None


def test_what_is_not_in_the_set_is_named_before_the_state_of_the_payment(company: Company) -> None:
    posted, invoice = company.pay(), company.invoice()
    with pytest.raises(EntityNotFound):
        company.update(posted, Intentions(invoices=IntendedChange(remove=[invoice])))


def test_another_accounts_invoices_and_bills_are_refused(company: Company) -> None:
    foreign = company.invoice(account=BOBS)
    bill = company.bill(foreign)
    draft = company.draft()
    changes: list[IntendedChange] = [IntendedChange(replace=[foreign]), IntendedChange(add=[foreign])]
    for change in changes:
        with pytest.raises(AccountMismatch) as refused:
            company.update(draft, Intentions(invoices=change))
        assert refused.value.word == "invoices[0]"
    with pytest.raises(AccountMismatch) as refused:
        company.update(draft, Intentions(bills=IntendedChange(add=[bill])))
    assert refused.value.word == "bills[0]"
    assert targets(company, draft) == []


def test_another_account_drops_what_was_intended_and_not_given_again(company: Company) -> None:
    own: Invoice = company.invoice(10)
    bill: Bill = company.bill(own)
    foreign = company.invoice(10, BOBS)
    draft = company.draft(invoices=[own], bills=[bill])
    moved = company.update(draft, account=company.account(BOBS))
    assert (moved.account_pk, moved.principal_invoice_pk, targets(company, draft)) == (company.account(BOBS).pk, None, [])
    again = company.draft(invoices=[own], bills=[bill])
    moved = company.update(again, Intentions(invoices=IntendedChange(add=[foreign])), account=company.account(BOBS))
    assert (moved.principal_invoice_pk, targets(company, again)) == (foreign.pk, [foreign.pk])


def test_the_same_account_given_again_drops_nothing(company: Company) -> None:
    invoice = company.invoice(10)
    draft = company.draft(invoices=[invoice])
    company.update(draft, account=company.account(EUROS))
    assert targets(company, draft) == [invoice.pk]


def test_the_old_accounts_invoices_cannot_go_along_to_another(company: Company) -> None:
    invoice = company.invoice(10)
    draft = company.draft(invoices=[invoice])
    with pytest.raises(AccountMismatch):
        company.update(draft, Intentions(invoices=IntendedChange(add=[invoice])), account=company.account(BOBS))
    assert company.now(draft).account_pk == company.account(EUROS).pk


def test_the_figure_stays_when_the_account_has_another_currency(company: Company) -> None:
    assert company.update(company.draft("12"), account=company.account(YEN)).amount == 12
    assert company.update(company.draft("12.5"), account=company.account(DINARS)).amount == 12500
    assert company.update(company.draft("12.5"), account=company.account(YEN), amount=Decimal(13)).amount == 13
    draft = company.draft("12.5")
    with pytest.raises(InvalidParameter, match="JPY"):
        company.update(draft, account=company.account(YEN))


@pytest.mark.parametrize("amount", ["0", "-1", "0.001", "10000000000000"])
def test_an_amount_that_is_none_of_the_currency_is_refused(company: Company, amount: str) -> None:
    draft = company.draft()
    with pytest.raises(InvalidParameter, match="EUR"):
        company.update(draft, amount=Decimal(amount))


def test_the_rules_of_a_new_payment_hold(company: Company) -> None:
    draft = company.draft()
    company.pay(back_office_code="taken")
    with pytest.raises(TypeNotAllowed):
        company.update(draft, type=company.type("REFUND"))
    with pytest.raises(CategoryNotAllowed):
        company.update(draft, category=company.one(Category, name="Internal"))
    with pytest.raises(PaymentMethodNotAllowed):
        company.update(draft, method=company.one(PaymentMethod, name="Card"))
    with pytest.raises(CurrencyMismatch):
        company.update(draft, intended_currency=company.one(Currency, code="JPY"))
    with pytest.raises(DuplicateBackOfficeCode):
        company.update(draft, back_office_code="taken")
    assert company.now(draft) == draft
    assert differing(company.now(draft), draft) == set()


def test_what_stays_has_to_be_allowed_on_a_new_type(company: Company) -> None:
    transfer, goods = company.one(PaymentMethod, name="Transfer"), company.one(Category, name="Goods")
    other = company.do(configuration.create_type, name="Other", classification="PAYMENT", methods=[transfer])
    draft = company.draft(category=goods)
    with pytest.raises(CategoryNotAllowed):
        company.update(draft, type=other, method=transfer)
    with pytest.raises(PaymentMethodNotAllowed):
        company.update(draft, type=other, category=None)
    assert company.update(draft, type=other, method=transfer, category=None).type_pk == other.pk


def test_its_own_back_office_code_can_be_given_again(company: Company) -> None:
    draft = company.draft(back_office_code="mine")
    assert company.update(draft, back_office_code="mine", notes="x").back_office_code == "mine"


def test_a_draft_is_changed_while_its_account_is_suspended_but_not_when_it_is_terminated(company: Company) -> None:
    draft = company.draft()
    company.change_account(life_cycle_state=SUSPENDED)
    assert company.update(draft, notes="x").notes == "x"
    company.change_account(life_cycle_state=TERMINATED)
    with pytest.raises(AccountNotOpen):
        company.update(draft, notes="y")
    with pytest.raises(AccountNotOpen):
        company.update(draft, account=company.account(BOBS))


def test_a_draft_does_not_move_to_a_terminated_account(company: Company) -> None:
    draft = company.draft()
    company.change_account(BOBS, life_cycle_state=TERMINATED)
    with pytest.raises(AccountNotOpen, match=company.account(BOBS).number):
        company.update(draft, account=company.account(BOBS))


def test_a_change_consumes_no_number(company: Company) -> None:
    draft = company.draft()
    before = [row.last for row in company.all(NumberSeries)]
    company.do(drafts.update, draft, {"notes": "x"})
    assert [row.last for row in company.all(NumberSeries)] == before
