"""Payment profiles: how accounts pay."""

from decimal import Decimal
from typing import Any

import pytest

from ledger.storage.models import PaymentProfile
from tests.books import BOBS, EUROS, YEN, Company
from tests.methods.asking import ask, refused, said

ON_EUROS: dict[str, Any] = {"accounts_receivable_identifier": {"name": EUROS}}


def made(company: Company, name: str, account: str = EUROS, **members: Any) -> Any:
    body = {"accounts_receivable_identifier": {"name": account}, "name": name, **members}
    return ask(company, "payment_profiles/create", body)


def active(company: Company, account: str = EUROS) -> list[str]:
    body: dict[str, Any] = {"accounts_receivable_identifier": {"name": account}, "active": True}
    return [row["name"] for row in ask(company, "payment_profiles/list", body)]


def test_a_profile_is_made_with_what_is_usual(company: Company) -> None:
    profile = made(company, "Monthly")
    assert (profile["payment_type"], profile["active"], profile["attributes"]) == ("fixed_price", True, {})
    assert profile["accounts_receivable"]["name"] == EUROS
    assert profile["log_information"]["created_by_user"]["username"] == "clerk"
    assert made(company, "Cash", active=None, account=YEN)["active"] is True


def test_attributes_come_back_as_they_went(company: Company) -> None:
    attributes = {"contract_sum": 1200, "rate": 0.5, "agreement_number": "117/ä", "parts": [None, True, {"id": []}]}
    profile = made(company, "Contract", attributes=attributes, payment_type="invoices")
    assert profile["attributes"] == attributes | {"rate": Decimal("0.5")}
    assert profile["payment_type"] == "invoices"
    assert made(company, "Tried", attributes=attributes, active=False, validate_only=True)["id"] is None
    (listed,) = ask(company, "payment_profiles/list", {"fields_set": "attributes"})
    assert listed == {"attributes": profile["attributes"]}


@pytest.mark.parametrize(
    "attributes",
    [
        "text",
        [],
        {"a": "x" * 4000},
        {"a": {"b": "\x00"}},
        {"\x1b": 1},
        {"a": ["\ud800"]},
        {"a": 2**63},
        {"a": Decimal("1e400")},
        {"a": Decimal("1e-400")},
    ],
)
def test_attributes_that_cannot_be_kept_are_refused(attributes: object) -> None:
    body = ON_EUROS | {"name": "Contract", "attributes": attributes}
    assert said("payment_profiles/create", body) == {"attributes": "INVALID_PARAMETER"}


def test_an_account_has_one_active_profile_at_most(company: Company) -> None:
    made(company, "First")
    again = ON_EUROS | {"name": "Second"}
    assert refused(company, "payment_profiles/create", again) == [("active", "ACTIVE_PROFILE_EXISTS")]
    made(company, "Second", active=False)
    made(company, "Bob's", BOBS)
    for _ in range(2):
        enabled = ask(company, "payment_profiles/enable", {"payment_profile_identifier": {"name": "Second"}})
        assert (enabled["name"], enabled["active"]) == ("Second", True)
        assert (active(company), active(company, BOBS)) == (["Second"], ["Bob's"])


def test_profiles_are_listed_newest_first_and_in_pages(company: Company) -> None:
    for name in ("a", "b", "c"):
        made(company, name, active=name == "b")
    assert [row["name"] for row in ask(company, "payment_profiles/list")] == ["c", "b", "a"]
    assert [row["name"] for row in ask(company, "payment_profiles/list", {"active": False})] == ["c", "a"]
    newest, *_ = ask(company, "payment_profiles/list", {"number_of_results": 1})
    assert [row["name"] for row in ask(company, "payment_profiles/list", {"after": newest["id"]})] == ["b", "a"]
    assert refused(company, "payment_profiles/list", {"after": "0" * 32}) == [("after", "ENTITY_NOT_FOUND")]


def test_a_name_that_two_profiles_have_is_ambiguous(company: Company) -> None:
    made(company, "Monthly")
    other = made(company, "Monthly", BOBS)
    body: dict[str, Any] = {"payment_profile_identifier": {"name": "Monthly"}}
    assert refused(company, "payment_profiles/enable", body) == [("payment_profile_identifier", "AMBIGUOUS_IDENTIFIER")]
    named: dict[str, Any] = {"payment_profile_identifier": {"id": other["id"].lower()}}
    assert ask(company, "payment_profiles/enable", named)["id"] == other["id"]
    none_such: dict[str, Any] = {"payment_profile_identifier": {"name": "None such"}}
    assert refused(company, "payment_profiles/enable", none_such) == [("payment_profile_identifier", "ENTITY_NOT_FOUND")]


def test_owners_see_the_profiles_of_their_accounts(company: Company) -> None:
    made(company, "Hers")
    made(company, "Bob's", BOBS)
    owner = company.by("owner")
    assert [row["name"] for row in ask(owner, "payment_profiles/list", ON_EUROS)] == ["Hers"]
    bobs: dict[str, Any] = {"accounts_receivable_identifier": {"name": BOBS}}
    assert refused(owner, "payment_profiles/list", bobs) == [("accounts_receivable_identifier", "ENTITY_NOT_FOUND")]
    expected = [("accounts_receivable_identifier", "MANDATORY_PARAMETER_MISSING")]
    assert refused(owner, "payment_profiles/list") == expected


def test_a_payment_shows_its_own_profile_or_else_the_active_one(company: Company) -> None:
    made(company, "Active")
    made(company, "Old", active=False)
    company.pay(5, back_office_code="P")
    company.pay(5, back_office_code="O", profile=company.one(PaymentProfile, name="Old"))
    shown = [ask(company, "payments/show", {"payment_identifier": {"back_office_code": code}})["payment_profile"] for code in "PO"]
    assert [(profile["name"], profile["active"]) for profile in shown] == [("Active", True), ("Old", False)]
