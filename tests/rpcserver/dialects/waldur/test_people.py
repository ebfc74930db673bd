"""Customers, the caller, and logging in."""

from typing import Any

import pytest

from ledger import profiles, users
from ledger.storage.models import AuditEntry, User
from rpcserver.auth import key_digest
from tests.books import EUROS, MACHINE, PASSWORD
from tests.rpcserver.dialects.waldur.caller import ROOT, Caller, customer_link

pytestmark = pytest.mark.one_engine

KEY = "rpk_" + "k" * 43
LOGIN = "/api-auth/password/"
WRONG = (401, {"detail": "Invalid username/password."})


def test_a_customer_shows_the_profiles_of_its_accounts(caller: Caller) -> None:
    bob = caller.customer("Bob")
    body = caller.done("GET", customer_link(bob))
    (profile,) = caller.done("GET", f"payment-profiles/?organization_uuid={bob.id}")
    assert list(body.items()) == [
        ("url", customer_link(bob)),
        ("uuid", bob.id.lower()),
        ("created", "2024-05-01T12:00:00Z"),
        ("display_name", "Bob"),
        ("backend_id", ""),
        ("name", "Bob"),
        ("agreement_number", bob.number),
        ("email", ""),
        ("payment_profiles", [profile]),
    ]


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("", ["Ada", "Bob"]),
        ("name=ad", ["Ada"]),
        ("query=BO", ["Bob"]),
        ("name=nobody", []),
        ("o=-name", ["Bob", "Ada"]),
        ("page_size=1&page=2", ["Bob"]),
    ],
)
def test_customers_are_found_by_name(reader: Caller, query: str, names: list[str]) -> None:
    assert reader.done("GET", f"customers/?field=name&{query}") == [{"name": name} for name in names]


def test_only_some_members_can_be_asked_for(reader: Caller) -> None:
    found = reader.done("GET", "customers/?field=uuid&field=payment_profiles")
    assert [list(row) for row in found] == [["uuid", "payment_profiles"]] * 2
    assert reader.done("GET", f"{customer_link(reader.customer())}?field=name") == {"name": "Ada"}


def test_owners_see_their_customers_and_active_profiles_alone(caller: Caller) -> None:
    account = caller.here.company.account(EUROS)
    caller.enter(lambda entry: profiles.create(entry, account=account, name="Hidden", active=False))
    (ada,) = caller.done("GET", "customers/", by="owner")
    assert (ada["name"], len(ada["payment_profiles"])) == ("Ada", 3)
    assert len(caller.done("GET", ada["url"])["payment_profiles"]) == 4
    refused = caller.refused("GET", customer_link(caller.customer("Bob")), by="owner")
    assert refused == (404, {"detail": "No Customer matches the given query."})


def test_the_caller_is_told_who_asks_and_with_which_token(caller: Caller) -> None:
    user = caller.here.company.one(User, username="clerk")
    me = caller.done("GET", "users/me/")
    assert me == {
        "url": f"{ROOT}/api/users/{user.id.lower()}/",
        "uuid": user.id.lower(),
        "username": "clerk",
        "full_name": "",
        "email": "",
        "is_staff": True,
        "is_active": True,
        "is_support": False,
        "date_joined": "2024-05-01T12:00:00Z",
        "token": caller.here.tokens["clerk"],
        "token_lifetime": 7200,
    }
    assert caller.done("GET", "users/me/?field=username") == {"username": "clerk"}
    del me["token"], me["token_lifetime"]
    assert caller.done("GET", me["url"]) == me


def test_other_users_are_for_those_who_may_see_people(caller: Caller) -> None:
    address = caller.done("GET", "users/me/")["url"]
    assert caller.done("GET", address, by="auditor")["username"] == "clerk"
    assert caller.refused("GET", address, by="owner") == (404, {"detail": "No User matches the given query."})


@pytest.mark.parametrize("how", ["json", "data"])
def test_logging_in_gives_a_token(caller: Caller, how: str) -> None:
    answer = caller.ask("POST", LOGIN, by=None, **{how: {"username": "clerk", "password": PASSWORD}})
    assert (answer.status_code, list(answer.json())) == (200, ["token"])
    token = answer.json()["token"]
    me = caller.done("GET", "users/me/", by=None, headers={"Authorization": f"Token {token}"})
    assert (me["username"], me["token"]) == ("clerk", token)


def test_a_stale_token_is_no_hindrance_to_logging_in(caller: Caller) -> None:
    headers = {"Authorization": "Token stale"}
    assert caller.ask("POST", LOGIN, by=None, json={"username": "clerk", "password": PASSWORD}, headers=headers).status_code == 200


@pytest.mark.parametrize(
    "login",
    [
        {"username": "clerk", "password": "wrong"},
        {"username": "nobody", "password": PASSWORD},
        {"username": "clerk", "password": PASSWORD + " "},
        {"username": MACHINE, "password": PASSWORD},
        {"username": "\x00", "password": PASSWORD},
    ],
)
def test_a_wrong_login_is_refused_without_a_challenge(caller: Caller, login: dict[str, str]) -> None:
    answer = caller.ask("POST", LOGIN, by=None, json=login)
    assert (answer.status_code, answer.json()) == WRONG
    assert "WWW-Authenticate" not in answer.headers
    entry = caller.here.company.all(AuditEntry)[-1]
    assert (entry.door, entry.kind, entry.outcome) == ("waldur", "login", "INVALID_CREDENTIALS")


@pytest.mark.parametrize(
    ("how", "fields"),
    [
        ({"json": {"username": "clerk"}}, {"password": ["This field is required."]}),
        ({"json": {}}, {"username": ["This field is required."], "password": ["This field is required."]}),
        ({}, {"username": ["This field is required."], "password": ["This field is required."]}),
        ({"json": {"username": "", "password": None}}, {"username": ["This field may not be blank."]}),
        ({"data": {"username": "clerk", "password": ""}}, {"password": ["This field may not be blank."]}),
        ({"json": {"username": 7, "password": []}}, {"username": ["Not a valid string."], "password": ["Not a valid string."]}),
        ({"json": []}, {"non_field_errors": ["Invalid data. Expected a dictionary, but got list."]}),
    ],
)
def test_a_login_that_is_not_whole(reader: Caller, how: dict[str, Any], fields: dict[str, list[str]]) -> None:
    null = {"password": ["This field may not be null."]} if "json" in how and None in dict(how["json"] or {}).values() else {}
    assert reader.refused("POST", LOGIN, by=None, **how) == (400, fields | null)


def test_a_login_in_another_form_is_refused(reader: Caller) -> None:
    assert reader.refused("POST", LOGIN, by=None, content=b"x", headers={"Content-Type": "text/plain"})[0] == 415


def test_too_many_wrong_logins_have_to_wait(caller: Caller) -> None:
    login = {"username": "clerk", "password": "wrong"}
    for _ in range(5):
        assert caller.refused("POST", LOGIN, by=None, json=login) == WRONG
    answer = caller.ask("POST", LOGIN, by=None, json={**login, "password": PASSWORD})
    assert answer.status_code == 429
    assert answer.json() == {"detail": "Request was throttled. Expected available in 600 seconds."}
    assert answer.headers["Retry-After"] == "600"


def test_an_api_key_opens_the_door_and_outlives_a_logout(caller: Caller) -> None:
    machine = caller.here.company.one(User, username=MACHINE)
    caller.enter(lambda entry: users.create_key(entry, "key", machine, key_digest(KEY)))
    headers = {"Authorization": f"Token {KEY}"}
    for _ in range(2):
        assert caller.done("GET", "users/me/", by=None, headers=headers)["token"] == KEY
        assert caller.ask("POST", "/api-auth/logout/", by=None, headers=headers).status_code == 204
