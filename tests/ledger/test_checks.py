"""The rules that several verbs share."""

from decimal import Decimal

import pytest

from ledger import checks
from ledger.errors import AccountNotOpen, InvalidParameter
from ledger.lifecycle import ACTIVE, SUSPENDED, TERMINATED
from ledger.storage.models import Account, Currency
from tests.books import YEN, Company


def test_an_account_has_the_currency_it_was_opened_in(company: Company) -> None:
    assert company.read(checks.currency_of, company.account(YEN)).code == "JPY"


def test_an_amount_that_is_none_is_refused_with_its_currency_and_word() -> None:
    euro = Currency(code="EUR", exponent=2)
    assert checks.minor(Decimal("1.50"), euro, "amount") == 150
    assert checks.minor(Decimal(0), euro, "amount", zero=True) == 0
    with pytest.raises(InvalidParameter, match=r"1.505.*\(EUR\)") as refused:
        checks.minor(Decimal("1.505"), euro, "cost")
    assert refused.value.word == "cost"


@pytest.mark.parametrize(
    ("state", "payments", "invoices"), [(ACTIVE, True, True), (SUSPENDED, True, False), (TERMINATED, False, False)]
)
def test_what_goes_on_in_each_state_of_an_account(state: str, payments: bool, invoices: bool) -> None:
    account = Account(number="7", life_cycle_state=state)
    for check, goes_on in ((checks.not_terminated, payments), (checks.active, invoices)):
        if goes_on:
            check(account)
        else:
            with pytest.raises(AccountNotOpen, match=f"account 7 is {state}") as refused:
                check(account)
            assert (refused.value.word, refused.value.values) == ("account", {"state": state})
