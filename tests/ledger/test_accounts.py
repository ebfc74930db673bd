"""Customers, their accounts, and an account's statement."""

from decimal import Decimal
from typing import Any

import pytest

from ledger import accounts, amending
from ledger.errors import AccountNotSettled, DuplicateBackOfficeCode, InvalidParameter
from ledger.lifecycle import ACTIVE, SUSPENDED, TERMINATED
from ledger.queries import account_sums
from ledger.storage.models import Account, AuditEntry, Currency, Customer
from tests.books import BOBS, EUROS, YEN, Company


def test_a_customer_is_made_with_a_number(company: Company) -> None:
    made = company.do(accounts.create_customer, name="Carl", email="c@example.org", notes="n", back_office_code="C")
    assert (made.number, made.name, made.email, made.notes, made.back_office_code) == ("C000003", "Carl", "c@example.org", "n", "C")
    with pytest.raises(DuplicateBackOfficeCode, match="another customer"):
        company.do(accounts.create_customer, name="Dora", back_office_code="C")
    assert company.do(accounts.create_customer, name="Carl").number == "C000004"


def test_only_what_is_said_of_a_customer_changes(company: Company) -> None:
    ada = company.one(Customer, name="Ada")
    company.do(accounts.update_customer, ada, {"email": "ada@example.org", "notes": "n"})
    changed = company.do(accounts.update_customer, ada, {"name": "Ada L.", "notes": None})
    assert (changed.name, changed.email, changed.notes, changed.number) == ("Ada L.", "ada@example.org", None, ada.number)
    _, first, second = company.audited(ada)
    assert (first.kind, second.before) == ("customer", first.after)
    assert company.do(accounts.update_customer, changed, {}) == changed
    assert len(company.audited(ada)) == 3


def test_an_account_keeps_how_its_contact_is_reached(company: Company) -> None:
    ada, euro = company.one(Customer, name="Ada"), company.one(Currency, code="EUR")
    said: dict[str, Any] = {"address": "1 Quay\nLimassol", "phone": "+357 1", "fax": "+357 2", "tags": ["slow", "a, b", "ü"]}
    made = company.do(accounts.create, customer=ada, name="x", currency=euro, **said)
    assert (made.address, made.phone, made.fax) == ("1 Quay\nLimassol", "+357 1", "+357 2")
    assert accounts.tags_of(made) == ["slow", "a, b", "ü"]
    changed = company.change_account("x", phone="+357 3", tags=("fast",))
    assert (changed.phone, changed.fax, accounts.tags_of(changed)) == ("+357 3", "+357 2", ["fast"])
    cleared = company.change_account("x", address=None, tags=[])
    assert (cleared.address, cleared.phone, cleared.tags, accounts.tags_of(cleared)) == (None, "+357 3", None, [])
    assert company.change_account("x", tags=None).tags is None
    plain = company.account()
    assert (plain.address, plain.phone, plain.fax, plain.tags, accounts.tags_of(plain)) == (None, None, None, None, [])


def test_more_tags_than_can_be_kept_are_refused(company: Company) -> None:
    with pytest.raises(InvalidParameter, match="at most 4000 are kept") as refused:
        company.change_account(tags=["x" * 255] * 16)
    assert refused.value.word == "tags"
    assert len(accounts.tags_of(company.change_account(tags=["x" * 255] * 15))) == 15


def test_an_account_is_made_active_in_one_currency(company: Company) -> None:
    made = company.open_account("New", "BHD")
    assert (made.number, made.life_cycle_state, made.balance, made.credit_period) == ("5", ACTIVE, 0, 30)
    assert made.currency_pk == company.one(Currency, code="BHD").pk
    assert made.customer_pk == company.one(Customer, name="Ada").pk
    assert company.now(made).__data__ == made.__data__


@pytest.mark.parametrize("days", [-1, 3651])
def test_a_credit_period_has_bounds(company: Company, days: int) -> None:
    ada, euro = company.one(Customer, name="Ada"), company.one(Currency, code="EUR")
    with pytest.raises(InvalidParameter) as refused:
        company.do(accounts.create, customer=ada, name="x", currency=euro, credit_period=days)
    assert refused.value.word == "credit_period"
    with pytest.raises(InvalidParameter):
        company.change_account(credit_period=days)
    assert company.change_account(credit_period=3650).credit_period == 3650


def test_only_what_is_given_changes(company: Company) -> None:
    before = company.account()
    changed = company.change_account(name="Renamed", notes="n", credit_period=7)
    assert (changed.name, changed.notes, changed.credit_period) == ("Renamed", "n", 7)
    assert (changed.number, changed.currency_pk, changed.life_cycle_state) == (before.number, before.currency_pk, ACTIVE)
    assert changed.updated_by_user_pk == company.actor("clerk").user_pk
    assert company.change_account("Renamed", notes=None).notes is None


def test_no_change_is_not_noted(company: Company) -> None:
    before = company.all(AuditEntry)
    assert company.change_account() == company.account()
    assert company.all(AuditEntry) == before
    assert company.account().updated_on is None


def test_an_account_moves_between_its_states(company: Company) -> None:
    for state in (SUSPENDED, TERMINATED, ACTIVE, TERMINATED, SUSPENDED, ACTIVE):
        assert company.change_account(life_cycle_state=state).life_cycle_state == state


def test_only_a_settled_account_is_terminated(company: Company) -> None:
    invoice = company.invoice(10)
    with pytest.raises(AccountNotSettled, match="has a balance") as refused:
        company.change_account(life_cycle_state=TERMINATED)
    assert refused.value.word == "life_cycle_state"
    assert company.change_account(life_cycle_state=SUSPENDED).life_cycle_state == SUSPENDED
    company.pay(15)
    with pytest.raises(AccountNotSettled):
        company.change_account(life_cycle_state=TERMINATED)
    company.change_account(life_cycle_state=ACTIVE)
    company.invoice(5)
    assert company.change_account(life_cycle_state=TERMINATED).life_cycle_state == TERMINATED
    assert company.now(invoice).unpaid == 0


def test_the_sums_of_an_account_say_what_is_unpaid_overdue_and_free(company: Company) -> None:
    company.invoice(10, due_on="2024-04-30T00:00:00")
    company.invoice(20)
    company.pay(5, mode="explicit")
    euros, yen = company.account(), company.account(YEN)
    found = company.read(account_sums, [euros.pk, yen.pk])
    assert found == {euros.pk: (3000, 1000, 500), yen.pk: (0, 0, 0)}
    assert euros.balance == 3000 - 500


def test_a_statement_lists_every_booking_with_the_running_balance(company: Company) -> None:
    invoice = company.invoice(100)
    payment = company.pay(30)
    company.do(amending.amend, payment, {"amount": Decimal(40)})
    company.cancel_payment(payment)
    company.cancel_invoice(invoice)
    company.write_off(7)
    found = company.read(accounts.statement, company.account(), None, None)
    assert (found.opening, found.closing) == (0, -700)
    assert [(entry.kind, entry.description, entry.amount, entry.balance) for entry in found.entries] == [
        ("INVOICE", "Invoice I00000001", 10000, 10000),
        ("PAYMENT", "Payment 1", -3000, 7000),
        ("AMENDMENT", "Amendment of payment 1", 3000, 10000),
        ("AMENDMENT", "Amendment of payment 1", -4000, 6000),
        ("PAYMENT_CANCEL", "Payment cancellation 1", 4000, 10000),
        ("INVOICE_CANCEL", "Invoice cancellation IC00000001", -10000, 0),
        ("WRITE_OFF", "Write-off 2", -700, -700),
    ]


def test_a_statement_of_a_period_includes_both_ends(company: Company) -> None:
    for day in range(1, 6):
        company.invoice(day)
        company.clock.advance(days=1)
    account = company.account()
    found = company.read(accounts.statement, account, "2024-05-02T12:00:00", "2024-05-04T12:00:00")
    assert (found.opening, found.closing) == (100, 1000)
    assert [(entry.at[:10], entry.amount) for entry in found.entries] == [
        ("2024-05-02", 200),
        ("2024-05-03", 300),
        ("2024-05-04", 400),
    ]
    later = company.read(accounts.statement, account, "2024-05-02T12:00:01", None)
    assert (later.opening, later.closing, len(later.entries)) == (300, 1500, 3)
    earlier = company.read(accounts.statement, account, None, "2024-05-02T11:59:59")
    assert (earlier.opening, earlier.closing, len(earlier.entries)) == (0, 100, 1)


def test_a_statement_of_nothing_is_empty(company: Company) -> None:
    company.invoice(10, BOBS)
    company.invoice(10)
    found = company.read(accounts.statement, company.account(YEN), None, None)
    assert (found.opening, found.entries, found.closing) == (0, [], 0)
    after = company.read(accounts.statement, company.account(EUROS), "2030-01-01T00:00:00", "2030-12-31T00:00:00")
    assert (after.opening, after.entries, after.closing) == (1000, [], 1000)


def test_a_period_does_not_end_before_it_begins(company: Company) -> None:
    with pytest.raises(InvalidParameter) as refused:
        company.read(accounts.statement, company.account(), "2024-05-02T00:00:00", "2024-05-01T00:00:00")
    assert refused.value.word == "to_date"


def test_names_of_accounts_and_customers_need_not_be_unique(company: Company) -> None:
    company.open_account(EUROS)
    assert len(company.all(Account, name=EUROS)) == 2
