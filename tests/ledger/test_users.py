"""Users, units and API keys."""

from hashlib import sha256

import orjson
import pytest

from ledger import sessions, users
from ledger.errors import DuplicateName, InvalidParameter
from ledger.queries import customers_of, units_of
from ledger.rights import ROLES
from ledger.storage.models import ApiKey, AuditEntry, Customer, Session, Unit, User, UserCustomer, UserUnit
from tests.books import MACHINE, Company

HASH = "argon2 hash of something"


def key_of(text: str) -> str:
    return sha256(text.encode()).hexdigest()


def open_session(company: Company, username: str, api_key: ApiKey | None = None) -> Session:
    user = company.one(User, username=username)
    return company.do(sessions.open_session, user.pk, None, api_key.pk if api_key else None)


def test_a_user_is_made_active_with_units_the_first_of_which_is_the_default(company: Company) -> None:
    head, branch = company.all(Unit)
    made = company.do(
        users.create,
        username="new",
        password_hash=HASH,
        role="clerk",
        units=[branch, head, branch],
        person_name="Ann",
        email="a@example.org",
    )
    assert (made.username, made.role, made.active, made.machine) == ("new", "clerk", True, False)
    assert (made.person_name, made.email, made.password_hash) == ("Ann", "a@example.org", HASH)
    links = company.all(UserUnit, user_pk=made.pk)
    assert [(link.unit_pk, bool(link.is_default)) for link in links] == [(branch.pk, True), (head.pk, False)]
    assert company.read(units_of, [made.pk]) == {made.pk: [branch, head]}


@pytest.mark.parametrize("role", ROLES)
def test_only_an_owner_is_tied_to_customers(company: Company, role: str) -> None:
    both = company.all(Customer)
    if role == "owner":
        made = company.do(users.create, username="new", password_hash=HASH, role=role, customers=[*both, both[0]])
        assert company.read(customers_of, [made.pk]) == {made.pk: both}
        assert company.actor("new").customers == {customer.pk for customer in both}
    else:
        with pytest.raises(InvalidParameter) as refused:
            company.do(users.create, username="new", password_hash=HASH, role=role, customers=both)
        assert refused.value.word == "customers"
        assert len(company.all(UserCustomer)) == 1


def test_an_unknown_role_and_a_name_that_is_taken_are_refused(company: Company) -> None:
    with pytest.raises(InvalidParameter, match="'root' is none of admin, clerk, auditor, owner") as refused:
        company.do(users.create, username="new", password_hash=HASH, role="root")
    assert refused.value.word == "role"
    with pytest.raises(DuplicateName, match="another user has the username 'clerk'") as refused_name:
        company.do(users.create, username="clerk", password_hash=HASH, role="clerk")
    assert refused_name.value.word == "username"


def test_a_disabled_user_loses_all_sessions_and_nobody_elses_end(company: Company) -> None:
    ended, other = open_session(company, "owner"), open_session(company, "admin")
    company.clock.advance(seconds=7)
    disabled = company.do(users.disable, company.one(User, username="owner"))
    assert disabled.active is False
    assert company.now(ended).ended_on == "2024-05-01T12:00:07"
    assert company.now(other).ended_on is None
    assert company.do(users.disable, disabled).active is False
    assert company.now(ended).ended_on == "2024-05-01T12:00:07"


def test_a_changed_password_ends_all_sessions_of_the_user(company: Company) -> None:
    ended, other = open_session(company, "owner"), open_session(company, "admin")
    owner = company.one(User, username="owner")
    company.do(users.change_password, owner.pk, HASH)
    assert company.now(owner).password_hash == HASH
    assert company.now(ended).ended_on == "2024-05-01T12:00:00"
    assert company.now(other).ended_on is None
    assert company.one(User, username="admin").password_hash != HASH


def test_a_machine_has_no_password(company: Company) -> None:
    machine = company.one(User, username=MACHINE)
    with pytest.raises(InvalidParameter, match="has keys, no password"):
        company.do(users.change_password, machine.pk, HASH)
    assert company.now(machine).password_hash is None


def test_a_unit_keeps_its_group_and_community(company: Company) -> None:
    made = company.do(users.create_unit, name="New", alternative_code="N", description="d", group_name="g", community_name="c")
    assert (made.name, made.alternative_code, made.description, made.group_name, made.community_name) == ("New", "N", "d", "g", "c")
    with pytest.raises(DuplicateName, match="another unit has the name 'New'"):
        company.do(users.create_unit, name="New")
    with pytest.raises(DuplicateName, match="another unit has the alternative_code 'N'"):
        company.do(users.create_unit, name="Other", alternative_code="N")


def test_a_key_is_kept_as_its_hash(company: Company) -> None:
    key = company.do(users.create_key, "erp", company.one(User, username=MACHINE), key_of("secret"))
    assert (key.name, key.sha256, key.revoked_on) == ("erp", key_of("secret"), None)
    with pytest.raises(DuplicateName, match="another key has the name 'erp'"):
        company.do(users.create_key, "erp", company.one(User, username=MACHINE), key_of("other"))


def test_a_revoked_key_ends_the_tokens_it_was_exchanged_for(company: Company) -> None:
    machine = company.one(User, username=MACHINE)
    key, other_key = (company.do(users.create_key, name, machine, key_of(name)) for name in ("one", "two"))
    ended, other = open_session(company, MACHINE, key), open_session(company, MACHINE, other_key)
    company.do(users.revoke_key, key)
    assert company.now(key).revoked_on == company.now(ended).ended_on == "2024-05-01T12:00:00"
    assert (company.now(other).ended_on, company.now(other_key).revoked_on) == (None, None)
    company.clock.advance(seconds=9)
    assert company.do(users.revoke_key, key).revoked_on == "2024-05-01T12:00:00"


def test_a_machine_user_is_a_user_of_its_own_role(company: Company) -> None:
    machine = company.one(User, username=MACHINE)
    assert (machine.machine, machine.role, machine.password_hash) == (True, "clerk", None)


def test_another_role_and_other_customers_take_the_place_of_those_before(company: Company) -> None:
    ada, bob = company.all(Customer)[:2]
    owner = company.one(User, username="owner")
    assert company.actor("owner").customers == {ada.pk}
    company.do(users.assign, owner, "owner", [bob, bob])
    assert company.actor("owner").customers == {bob.pk}
    clerk = company.do(users.assign, owner, "clerk")
    assert (clerk.role, company.all(UserCustomer)) == ("clerk", [])
    assert (company.actor("owner").role, company.actor("owner").customers) == ("clerk", frozenset())


@pytest.mark.parametrize(("role", "tied", "word"), [("clerk", True, "customers"), ("root", False, "role")])
def test_a_role_that_does_not_fit_is_refused(company: Company, role: str, tied: bool, word: str) -> None:
    with pytest.raises(InvalidParameter) as refused:
        company.do(users.assign, company.one(User, username="owner"), role, company.all(Customer) if tied else [])
    assert refused.value.word == word
    assert company.actor("owner").role == "owner"


def test_who_was_given_a_role_and_whose_customers_is_written_down(company: Company) -> None:
    ada, bob = company.all(Customer)[:2]
    owner = company.one(User, username="owner")
    company.do(users.assign, owner, "owner", [bob])
    row = company.all(AuditEntry, record_id=owner.id)[-1]
    assert row.before is not None
    assert row.after is not None
    before, after = orjson.loads(row.before), orjson.loads(row.after)
    assert (before.pop("customers"), after.pop("customers")) == ([ada.number], [bob.number])
    assert before == after
    assert "password_hash" not in after
