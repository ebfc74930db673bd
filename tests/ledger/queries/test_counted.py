"""Pages with their totals: invoices, accounts, customers, payment profiles."""

from collections.abc import Callable
from typing import Any

import pytest

from ledger import accounts, configuration, profiles
from ledger.lifecycle import CANCELLED, DRAFT, POSTED
from ledger.queries.counted import counted_accounts, counted_customers, counted_invoices, counted_profiles
from ledger.queries.ordering import Counted
from ledger.storage.models import Customer, Invoice, PaymentProfile
from tests.books import BOBS, DINARS, EUROS, YEN, Company

Lists = Callable[..., Counted[Any]]


def rows(company: Company, listed: Lists, **said: Any) -> list[Any]:
    """The whole list."""
    page = company.read(listed, **{"limit": 100, **said})
    assert page.total == len(page.rows)
    return page.rows


def names(company: Company, listed: Lists, **said: Any) -> list[str]:
    return [row.name for row in rows(company, listed, **said)]


def key(company: Company, name: str) -> int:
    return company.one(Customer, name=name).pk


@pytest.fixture
def invoices(company: Company) -> list[Invoice]:
    """Open, paid, draft, cancelled, of nothing, and Bob's."""
    paid, opened = company.invoice(10), company.invoice(20, due_on="2024-01-01T00:00:00")
    company.pay(10, invoices=[paid])
    draft, gone = company.invoice(30, state=DRAFT), company.invoice(40)
    company.cancel_invoice(gone)
    company.clock.advance(5)
    return [opened, paid, draft, gone, company.invoice(0), company.invoice(50, BOBS)]


def test_invoices_are_found_by_state_and_by_whether_they_are_paid(company: Company, invoices: list[Invoice]) -> None:
    opened, paid, draft, gone, nothing, bobs = (row.pk for row in invoices)

    def found(**said: Any) -> set[int]:
        return {row.pk for row in rows(company, counted_invoices, **said)}

    assert found() == {opened, paid, draft, gone, nothing, bobs}
    assert found(states={POSTED}) == {opened, paid, nothing, bobs}
    assert found(states={POSTED}, paid=True) == {paid, nothing}
    assert found(states={POSTED}, paid=False) == {opened, bobs}
    assert found(states={DRAFT, POSTED}, paid=True) == {draft, paid, nothing}
    assert found(states={CANCELLED, "REJECTED"}) == {gone}
    assert found(states=set()) == set()
    assert found(account=company.account(BOBS).pk) == found(customer=key(company, "Bob")) == {bobs}
    assert found(customer=key(company, "Bob"), account=company.account().pk) == set()
    assert found(account=0) == found(customer=0) == found(project=0) == found(subsidiary=0) == set()
    assert {row.pk for row in rows(company.by("owner"), counted_invoices)} == {opened, paid, draft, gone, nothing}
    assert rows(company.by("owner"), counted_invoices, customer=key(company, "Bob")) == []


def test_invoices_are_found_by_what_they_are_for(company: Company) -> None:
    site = company.do(configuration.create_project, name="Site")
    north = company.do(configuration.create_subsidiary, name="North")
    one, other = company.invoice(10, project=site), company.invoice(10, subsidiary=north)
    assert rows(company, counted_invoices, project=site.pk) == [one]
    assert rows(company, counted_invoices, subsidiary=north.pk) == [other]


def test_invoices_are_ordered_by_a_word(company: Company, invoices: list[Invoice]) -> None:
    def amounts(*order: tuple[str, bool]) -> list[int]:
        return [row.total_amount // 100 for row in rows(company, counted_invoices, order=order)]

    assert amounts(("total", True)) == [50, 40, 30, 20, 10, 0]
    assert amounts(("pk", True)) == [50, 0, 40, 30, 20, 10]
    assert amounts(("created", True), ("total", False)) == [0, 50, 10, 20, 30, 40]
    assert amounts(("due_on", False))[::5] == [20, 30]
    assert amounts(("number", False))[-1] == 30
    with pytest.raises(KeyError):
        amounts(("colour", False))


def test_a_page_says_how_many_there_are(company: Company, invoices: list[Invoice]) -> None:
    page = company.read(counted_invoices, limit=2, offset=4)
    assert ([row.total_amount for row in page.rows], page.total) == ([0, 5000], 6)
    assert company.read(counted_invoices, limit=2, offset=6).rows == []


def test_accounts_are_listed_by_customer(company: Company) -> None:
    assert names(company, counted_accounts) == [EUROS, YEN, DINARS, BOBS]
    assert names(company, counted_accounts, customer=key(company, "Bob")) == [BOBS]
    assert names(company, counted_accounts, order=[("name", True)]) == [BOBS, YEN, EUROS, DINARS]
    assert names(company.by("owner"), counted_accounts) == [EUROS, YEN, DINARS]
    assert names(company.by("owner"), counted_accounts, customer=key(company, "Bob")) == []
    assert company.read(counted_accounts, limit=1, offset=1).total == 4


def test_customers_are_found_by_name_or_by_anything(company: Company) -> None:
    company.do(accounts.create_customer, name="Ada & Co", email="office@ada.example", back_office_code="C-9")
    assert names(company, counted_customers) == ["Ada", "Bob", "Ada & Co"]
    assert names(company, counted_customers, name="ada") == ["Ada", "Ada & Co"]
    assert names(company, counted_customers, name="%") == []
    assert names(company, counted_customers, query="office") == ["Ada & Co"]
    assert names(company, counted_customers, query="c-9") == ["Ada & Co"]
    assert names(company, counted_customers, query="2") == ["Bob"]
    assert names(company, counted_customers, order=[("name", True)]) == ["Bob", "Ada & Co", "Ada"]
    assert names(company.by("owner"), counted_customers) == ["Ada"]
    assert names(company.by("owner"), counted_customers, name="bob") == []


def test_profiles_are_found_by_whose_they_are_and_how_they_pay(company: Company) -> None:
    def create(name: str, account: str, **said: Any) -> PaymentProfile:
        return company.do(profiles.create, account=company.account(account), name=name, **said)

    create("one", EUROS)
    create("old", EUROS, active=False, payment_type="invoices")
    create("bobs", BOBS, payment_type="payment_gw_monthly")
    assert names(company, counted_profiles) == ["one", "old", "bobs"]
    assert names(company, counted_profiles, active=True) == ["one", "bobs"]
    assert names(company, counted_profiles, active=False) == ["old"]
    assert names(company, counted_profiles, account=company.account().pk) == ["one", "old"]
    assert names(company, counted_profiles, customer=key(company, "Bob")) == ["bobs"]
    assert names(company, counted_profiles, payment_type="invoices") == ["old"]
    assert names(company, counted_profiles, order=[("active", False), ("name", False)]) == ["bobs", "one", "old"]
    assert names(company, counted_profiles, order=[("payment_type", True)]) == ["bobs", "old", "one"]
    assert names(company.by("owner"), counted_profiles, active=True) == ["one"]
