"""Logging in and out, users, units, and who is calling."""

from hashlib import sha256
from typing import Any

import pytest

from ledger import passwords, users
from ledger.entry import Reading
from ledger.errors import InvalidCredentials, Refusal
from ledger.sessions import actor, login
from ledger.storage.models import Organisation, Session, Unit, User
from methods import METHODS
from methods.method import parse
from tests.books import MACHINE, PASSWORD, Company, password_hash
from tests.methods.asking import ask, refused

LOGIN: dict[str, Any] = {"username": "clerk", "password": PASSWORD}


@pytest.fixture(autouse=True)
def quick_hashes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hashing is slow on purpose, and proven elsewhere; here it is about what comes before and after it."""

    def matches(kept: str | None, password: str) -> bool:
        return kept == (password_hash() if password == PASSWORD else f"hash of {password}")

    monkeypatch.setattr(passwords, "hashed", "hash of {}".format)
    monkeypatch.setattr(passwords, "matches", matches)


def logged_in(company: Company, session_id: str) -> Company:
    """The company, asked with this session."""

    def found(reading: Reading) -> Any:
        return actor(reading, session_id, lifetime_seconds=7200, idle_seconds=3600)

    return company.calling(actor=company.read(found))


def test_login_answers_a_session_for_the_door_to_sign(company: Company) -> None:
    session = company.one(Session, id=ask(company, "login", LOGIN)["token"])
    assert (session.user_pk, session.unit_pk) == (company.one(User, username="clerk").pk, company.one(Unit, name="Head office").pk)


def test_login_takes_the_organisation_by_name_or_id_and_one_of_the_users_units(company: Company) -> None:
    ours, branch = company.one(Organisation), company.one(Unit, name="Branch")
    for organisation in (ours.name, ours.id, ours.id.lower(), "", None):
        ask(company, "login", LOGIN | {"organisation": organisation})
    session = company.one(Session, id=ask(company, "login", LOGIN | {"unit": branch.id.lower()})["token"])
    assert session.unit_pk == branch.pk
    for unit in ("0" * 32, "Branch"):
        assert refused(company, "login", LOGIN | {"unit": unit}) == [("unit", "ENTITY_NOT_FOUND")]


@pytest.mark.parametrize(
    "wrong", [{"password": "x"}, {"password": ""}, {"username": "nobody"}, {"organisation": "theirs"}, {"username": MACHINE}]
)
def test_a_login_that_is_wrong_says_not_what_is_wrong(company: Company, wrong: dict[str, str]) -> None:
    assert refused(company, "login", LOGIN | wrong) == [("username", "INVALID_CREDENTIALS")]


def test_a_disabled_user_cannot_log_in(company: Company) -> None:
    shown = ask(company.by("admin"), "users/disable", {"user_identifier": {"username": "clerk"}})
    assert shown["active"] is False
    assert refused(company, "login", LOGIN) == [("username", "INVALID_CREDENTIALS")]


def test_too_many_failures_of_a_pair_are_slowed_down(company: Company) -> None:
    there = company.calling(address="192.0.2.1")
    for _ in range(5):
        refused(there, "login", LOGIN | {"password": "x"})
    assert refused(there, "login", LOGIN) == [("", "TOO_MANY_REQUESTS")]
    assert ask(company.calling(address="192.0.2.2"), "login", LOGIN)["token"]


def test_logout_ends_the_session_and_a_rehearsal_of_it_does_not(company: Company) -> None:
    session_id = ask(company, "login", LOGIN)["token"]
    clerk = logged_in(company, session_id)
    assert ask(clerk, "logout", {"validate_only": True}) == {}
    assert company.one(Session, id=session_id).ended_on is None
    assert ask(clerk, "logout") == {}
    with pytest.raises(Refusal, match="logged out"):
        logged_in(company, session_id)


def test_a_key_has_no_session_to_end(company: Company) -> None:
    assert ask(company.by(MACHINE), "logout") == {}


def test_a_key_is_exchanged_for_a_session_of_its_machine(company: Company) -> None:
    machine = company.one(User, username=MACHINE)
    company.do(users.create_key, "ERP", machine, sha256(b"the key").hexdigest())
    session = company.one(Session, id=ask(company, "authentication/web_api_key/token", {"web_api_key": "the key"})["token"])
    assert session.user_pk == machine.pk and session.api_key_pk is not None
    (fault,) = refused(company, "authentication/web_api_key/token", {"web_api_key": "another"})
    assert fault[1] == "INVALID_CREDENTIALS"


def test_whoami_tells_user_rights_unit_and_organisation(company: Company) -> None:
    owner = ask(company.by("owner"), "whoami")
    assert (owner["username"], owner["role"], owner["unit"]["name"]) == ("owner", "owner", "Head office")
    assert [customer["name"] for customer in owner["customers_set"]] == ["Ada"]
    assert owner["rights"] == ["configuration:read", "records:read", "session"]
    assert owner["organisation"]["default_currency"]["code"] == "EUR"


def test_a_user_is_made_and_can_log_in(company: Company) -> None:
    body: dict[str, Any] = {
        "username": "nora",
        "password": "a good password",
        "role": "owner",
        "unit_identifier": {"name": "Branch"},
        "customers_set": [{"customer_identifier": {"name": "Bob"}}],
        "person_name": "Nora",
    }
    admin = company.by("admin")
    made = ask(admin, "users/create", body)
    assert (made["role"], made["active"], made["machine"]) == ("owner", True, False)
    assert ([unit["name"] for unit in made["units_set"]], [row["name"] for row in made["customers_set"]]) == (["Branch"], ["Bob"])
    assert ask(company, "login", {"username": "nora", "password": "a good password"})["token"]
    assert refused(admin, "users/create", body) == [("username", "DUPLICATE_NAME")]
    clerk = body | {"username": "other", "role": "clerk"}
    assert refused(admin, "users/create", clerk) == [("customers_set", "INVALID_PARAMETER")]
    assert refused(admin, "users/create", body | {"password": "short"}) == [("password", "INVALID_PARAMETER")]


def test_a_changed_password_ends_all_sessions(company: Company) -> None:
    clerk = logged_in(company, ask(company, "login", LOGIN)["token"])
    wrong = {"old_password": "x", "new_password": "another good one"}
    assert refused(clerk, "users/change_password", wrong) == [("old_password", "INVALID_CREDENTIALS")]
    right = wrong | {"old_password": PASSWORD}
    ask(clerk, "users/change_password", right | {"validate_only": True})
    assert ask(company, "login", LOGIN)["token"]
    assert ask(clerk, "users/change_password", right)["username"] == "clerk"
    assert all(session.ended_on for session in company.all(Session))
    assert refused(company, "login", LOGIN) == [("username", "INVALID_CREDENTIALS")]
    assert ask(company, "login", LOGIN | {"password": "another good one"})["token"]


def test_a_password_that_changes_while_it_is_checked_opens_no_session(company: Company) -> None:
    method, params = METHODS["login"], parse(METHODS["login"], LOGIN)
    proven = company.read(login, "clerk")
    company.do(users.change_password, company.one(User, username="clerk").pk, "another hash")
    with pytest.raises(InvalidCredentials):
        company.book.enter(company.call, lambda entry: method.run(entry, params, proven))
    assert company.all(Session) == []


def test_units_are_made_and_listed(company: Company) -> None:
    admin = company.by("admin")
    ask(admin, "units/create", {"name": "Back office", "group_name": "Main"})
    assert [row["name"] for row in ask(company, "units/list")] == ["Back office", "Branch", "Head office"]
    assert refused(admin, "units/create", {"name": "Branch"}) == [("name", "DUPLICATE_NAME")]


def test_users_are_listed_by_role_and_activity(company: Company) -> None:
    admin = company.by("admin")
    assert [row["username"] for row in ask(admin, "users/list", {"role": "clerk"})] == [MACHINE, "clerk"]
    ask(admin, "users/disable", {"user_identifier": {"username": "clerk"}})
    assert [row["username"] for row in ask(admin, "users/list", {"active": False})] == ["clerk"]
