"""Payment profiles: one active one for each account, whoever races or repeats; all of it in the audit log."""

from decimal import Decimal
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger import profiles
from ledger.entry import Entry
from ledger.errors import ActiveProfileExists, InvalidParameter
from ledger.storage.models import AuditEntry, PaymentProfile
from tests.books import BOBS, EUROS, YEN, Company


def profile(company: Company, name: str = "Monthly", account: str = EUROS, **said: Any) -> PaymentProfile:
    return company.do(profiles.create, account=company.account(account), name=name, **said)


def noted(entry: AuditEntry) -> dict[str, Any]:
    """What a record was after a change, as the audit log keeps it."""
    image: dict[str, Any] = orjson.loads(entry.after or "{}")
    return image


def active(company: Company, account: str = EUROS) -> list[str]:
    return [row.name for row in company.all(PaymentProfile, account_pk=company.account(account).pk, active=True)]


def test_a_new_profile_is_its_accounts_active_one_and_the_audit_log_knows_it(company: Company) -> None:
    made = profile(company, attributes={"end_date": "2025-01-01", "contract_sum": 12}, payment_type="invoices")
    assert company.read(profiles.active_of, company.account().pk) == made == company.now(made)
    assert (made.name, made.payment_type, made.active, made.created_on) == ("Monthly", "invoices", True, "2024-05-01T12:00:00")
    assert made.created_by_user_pk == company.actor("clerk").user_pk
    assert profiles.attributes_of(made) == {"end_date": "2025-01-01", "contract_sum": 12}
    (entry,) = company.audited(made)
    assert (entry.kind, entry.before) == ("payment_profile", None)
    assert noted(entry)["name"] == "Monthly"


def test_a_profile_is_of_a_fixed_price_and_says_nothing_more_unless_told(company: Company) -> None:
    made = profile(company, active=False)
    assert (made.payment_type, made.attributes, made.active) == ("fixed_price", None, None)
    assert profiles.attributes_of(made) == {}
    assert profiles.attributes_of(profile(company, "Empty", active=False, attributes={})) == {}


def test_an_account_has_one_active_profile_at_most_and_any_number_of_others(company: Company) -> None:
    profile(company)
    with pytest.raises(ActiveProfileExists, match="'Monthly' is active") as refused:
        profile(company, "Second")
    assert refused.value.word == "active"
    for name in ("Second", "Third"):
        assert profile(company, name, active=False).active is None
    profile(company, "Hers", YEN)
    profile(company, "His", BOBS)
    assert (active(company), active(company, YEN), active(company, BOBS)) == (["Monthly"], ["Hers"], ["His"])


def test_enabling_a_profile_disables_the_one_before(company: Company) -> None:
    first, second = profile(company), profile(company, "Second", active=False)
    foreign = profile(company, "His", BOBS)
    assert company.do(profiles.enable, second).active is True
    assert (company.now(first).active, company.now(second).active, company.now(foreign).active) == (None, True, True)
    assert "active" not in noted(company.audited(first)[-1])
    assert noted(company.audited(second)[-1])["active"] is True


def test_enabling_what_is_active_changes_nothing_and_leaves_no_trace(company: Company) -> None:
    made = profile(company)
    assert company.do(profiles.enable, made) == made
    assert len(company.audited(made)) == 1


def test_a_profile_is_enabled_where_none_is_active(company: Company) -> None:
    made = profile(company, active=False)
    assert company.read(profiles.active_of, company.account().pk) is None
    assert company.do(profiles.enable, made).active is True


def test_only_what_is_said_of_a_profile_changes(company: Company) -> None:
    made = profile(company, attributes={"a": 1})
    changed = company.do(profiles.update, made, {"name": "Yearly"})
    assert (changed.name, changed.payment_type, changed.active, changed.attributes) == ("Yearly", "fixed_price", True, '{"a":1}')
    changed = company.do(profiles.update, made, {"payment_type": "invoices", "attributes": None, "active": False})
    assert (changed.name, changed.payment_type, changed.active, changed.attributes) == ("Yearly", "invoices", None, None)
    assert company.do(profiles.update, made, {"active": True}).active is True
    assert company.do(profiles.update, made, {}) == company.now(made)
    assert len(company.audited(made)) == 4


def test_a_second_one_cannot_be_made_active_by_a_change(company: Company) -> None:
    first, second = profile(company), profile(company, "Second", active=False)
    with pytest.raises(ActiveProfileExists):
        company.do(profiles.update, second, {"active": True, "name": "Changed"})
    assert company.now(second) == second
    assert company.do(profiles.update, first, {"active": True, "name": "Changed"}).name == "Changed"


@pytest.mark.parametrize("said", [{"payment_type": "monthly"}, {"payment_type": None}, {"payment_type": ["fixed_price"]}])
def test_another_payment_type_is_refused(company: Company, said: dict[str, Any]) -> None:
    with pytest.raises(InvalidParameter, match="is none of fixed_price, invoices, payment_gw_monthly") as refused:
        profile(company, **said)
    assert refused.value.word == "payment_type"
    made = profile(company)
    with pytest.raises(InvalidParameter):
        company.do(profiles.update, made, said)


@pytest.mark.parametrize("attributes", [{"a": "x" * 4000}, {"a": "\ud800"}, {"a": 2**70}])
def test_attributes_that_cannot_be_kept_are_refused(company: Company, attributes: dict[str, object]) -> None:
    with pytest.raises(InvalidParameter) as refused:
        profile(company, attributes=attributes)
    assert refused.value.word == "attributes"
    assert company.all(PaymentProfile) == []


def test_decimals_among_the_attributes_keep_their_digits(company: Company) -> None:
    made = profile(company, attributes={"sum": Decimal("12.10"), "list": [Decimal("0.1")]})
    assert made.attributes == '{"list":[0.1],"sum":12.10}'


def test_a_payment_shows_its_own_profile_else_the_active_one_of_its_account(company: Company) -> None:
    mine, later = profile(company), profile(company, "Second", active=False)
    own, other, foreign = company.pay(10, profile=mine), company.pay(10), company.pay(10, BOBS)
    company.do(profiles.enable, later)
    assert company.read(profiles.shown_of, [own, other, foreign]) == {own.pk: company.now(mine), other.pk: company.now(later)}
    assert company.read(profiles.shown_of, []) == {}


def test_the_active_profiles_of_many_accounts_are_found_together(company: Company) -> None:
    one, other = profile(company), profile(company, "His", BOBS)
    profile(company, "Old", YEN, active=False)
    pks = [company.account(name).pk for name in (EUROS, BOBS, YEN)]
    assert company.read(profiles.active_of_accounts, pks) == {pks[0]: one, pks[1]: other}


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(max_size=20), lambda x: st.lists(x, max_size=3)
)


@given(attributes=st.dictionaries(st.text(max_size=10), JSON, max_size=5))
def test_attributes_come_back_as_they_were_given(attributes: dict[str, object]) -> None:
    kept = profiles.written(attributes)
    assert profiles.attributes_of(PaymentProfile(attributes=kept)) == attributes
    assert profiles.written(dict(reversed(attributes.items()))) == kept


def test_nothing_of_a_refused_write_stays(company: Company) -> None:
    first, second = profile(company), profile(company, "Second", active=False)

    def enabled_and_refused(entry: Entry) -> None:
        profiles.enable(entry, second)
        profiles.create(entry, account=company.account(), name="Third")

    with pytest.raises(ActiveProfileExists):
        company.do(enabled_and_refused)
    assert (company.now(first), company.now(second)) == (first, second)
