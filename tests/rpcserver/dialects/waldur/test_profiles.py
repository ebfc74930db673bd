"""Payment profiles: listed, made, changed, enabled."""

import json

import pytest

from ledger import accounts, profiles
from ledger.storage.models import PaymentProfile
from tests.books import BOBS, EUROS
from tests.rpcserver.dialects.waldur.caller import ROOT, Body, Caller, customer_link, profile_link

NOBODY = "0" * 32
REQUIRED = ["This field is required."]
SECOND = {"non_field_errors": ["The fields organization, is_active must make a unique set."]}


def terms(caller: Caller, customer: str = "Bob", **said: object) -> Body:
    sent = {
        "name": "By hand",
        "organization": customer_link(caller.customer(customer)),
        "payment_type": "invoices",
        "is_active": None,
    }
    return {**sent, **said}


def made(caller: Caller, customer: str = "Bob", **said: object) -> Body:
    return dict(caller.done("POST", "payment-profiles/", 201, json=terms(caller, customer, **said)))


def test_a_profile_has_the_members_of_the_published_api_and_its_account(caller: Caller) -> None:
    answer = caller.ask("POST", "payment-profiles/", json=terms(caller, attributes={"end_date": "2030-01-01", "sum": 1.5}))
    body, bob = answer.json(), caller.customer("Bob")
    assert (answer.status_code, answer.headers["Location"]) == (201, body["url"])
    assert list(body.items()) == [
        ("uuid", body["uuid"]),
        ("url", f"{ROOT}/api/payment-profiles/{body['uuid']}/"),
        ("name", "By hand"),
        ("organization_uuid", bob.id.lower()),
        ("organization", customer_link(bob)),
        ("attributes", {"end_date": "2030-01-01", "sum": 1.5}),
        ("payment_type", "invoices"),
        ("payment_type_display", "Monthly invoices"),
        ("is_active", None),
        ("account_uuid", caller.here.company.account(BOBS).id.lower()),
    ]
    assert caller.done("GET", body["url"]) == body


def test_a_profile_of_a_customer_with_several_accounts_names_one(caller: Caller) -> None:
    refused = caller.refused("POST", "payment-profiles/", json=terms(caller, "Ada"))
    assert refused == (400, {"account_uuid": ["The organization has several accounts; name one."]})
    account = caller.here.company.account(EUROS).id
    assert made(caller, customer="Ada", account_uuid=account)["account_uuid"] == account.lower()


def test_an_account_has_to_be_the_customers_own(caller: Caller) -> None:
    refused = caller.refused("POST", "payment-profiles/", json=terms(caller, account_uuid=caller.here.company.account(EUROS).id))
    assert refused == (400, {"account_uuid": ["The organization has no such account."]})


def test_a_customer_without_an_account_can_have_no_profile(caller: Caller) -> None:
    caller.enter(lambda entry: accounts.create_customer(entry, name="Carl"))
    refused = caller.refused("POST", "payment-profiles/", json=terms(caller, "Carl"))
    assert refused == (400, {"organization": ["The organization has no account."]})


def test_what_is_wrong_is_said_together(reader: Caller) -> None:
    assert reader.refused("POST", "payment-profiles/", json={}) == (
        400,
        {"name": REQUIRED, "organization": REQUIRED, "payment_type": REQUIRED},
    )
    sent = {"name": " ", "organization": "x", "account_uuid": "x", "attributes": [], "payment_type": "x", "is_active": "x"}
    assert reader.refused("POST", "payment-profiles/", json=sent) == (
        400,
        {
            "name": ["This field may not be blank."],
            "organization": ["Invalid hyperlink - No URL match."],
            "account_uuid": ["Must be a valid UUID."],
            "attributes": ['Expected a dictionary of items but got type "list".'],
            "payment_type": ['"x" is not a valid choice.'],
            "is_active": ["Must be a valid boolean."],
        },
    )


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ([], "Not a valid string."),
        (True, "Not a valid string."),
        (7, "Not a valid string."),
        ("x" * 256, "Ensure this field has no more than 255 characters."),
        ("a\x00b", "Control characters are not allowed."),
    ],
)
def test_a_name_that_is_none(reader: Caller, name: object, said: str) -> None:
    assert reader.refused("POST", "payment-profiles/", json=terms(reader, name=name)) == (400, {"name": [said]})


@pytest.mark.parametrize("sent", [2, "maybe", 0.5, [], {}])
def test_a_yes_or_no_that_is_none(reader: Caller, sent: object) -> None:
    refused = reader.refused("POST", "payment-profiles/", json=terms(reader, is_active=sent))
    assert refused == (400, {"is_active": ["Must be a valid boolean."]})


@pytest.mark.parametrize("name", ["name", "organization", "account_uuid", "attributes", "payment_type", "is_active"])
def test_a_number_of_any_length_is_refused_in_any_field(reader: Caller, name: str) -> None:
    content = json.dumps(terms(reader, **{name: "@"})).replace('"@"', "1" * 4000).encode()
    status, body = reader.refused("POST", "payment-profiles/", content=content, headers={"Content-Type": "application/json"})
    assert (status, list(body)) == (400, [name])


def test_attributes_that_are_too_long_are_refused_by_the_ledger(reader: Caller) -> None:
    status, body = reader.refused("POST", "payment-profiles/", json=terms(reader, attributes={"a": "x" * 5000}))
    assert (status, list(body)) == (400, ["attributes"])


@pytest.mark.parametrize("number", ["1e400", "1" * 30])
def test_numbers_that_could_not_be_read_again_are_not_kept(reader: Caller, number: str) -> None:
    content = json.dumps(terms(reader, attributes={"a": "@"})).replace('"@"', number).encode()
    headers = {"Content-Type": "application/json", "Idempotency-Key": "a"}
    status, body = reader.refused("POST", "payment-profiles/", content=content, headers=headers)
    assert (status, list(body)) == (400, ["attributes"])


def test_an_organization_that_is_not_there(reader: Caller) -> None:
    refused = reader.refused("POST", "payment-profiles/", json=terms(reader, organization=f"/api/customers/{NOBODY}/"))
    assert refused == (400, {"organization": ["Invalid hyperlink - Object does not exist."]})


@pytest.mark.parametrize("said", [{"is_active": True}, {"is_active": "true"}, {"is_active": 1}])
def test_an_account_has_one_active_profile(caller: Caller, said: Body) -> None:
    assert caller.refused("POST", "payment-profiles/", json=terms(caller, **said)) == (400, SECOND)
    other = made(caller)
    assert caller.refused("PATCH", other["url"], json=said) == (400, SECOND)


def test_a_profile_is_active_unless_it_is_said_otherwise(caller: Caller) -> None:
    caller.done("PATCH", f"payment-profiles/{caller.profile(BOBS).id}/", json={"is_active": False})
    sent = terms(caller)
    del sent["is_active"]
    assert caller.done("POST", "payment-profiles/", 201, data=sent)["is_active"] is True


def test_enabling_a_profile_disables_the_others(caller: Caller) -> None:
    before, other = caller.profile(BOBS), made(caller)
    for _ in range(2):
        done = caller.done("POST", f"{other['url']}enable/")
        assert done == {"detail": "Payment profile has been enabled.", "status": "Payment profile has been enabled."}
    assert caller.done("GET", other["url"])["is_active"] is True
    assert caller.done("GET", profile_link(before))["is_active"] is None


def test_a_profile_can_be_changed_but_stays_where_it_is(caller: Caller) -> None:
    profile = made(caller)
    changed = caller.done("PATCH", profile["url"], json={"name": "Renamed", "attributes": {"a": 1}})
    assert changed == {**profile, "name": "Renamed", "attributes": {"a": 1}}
    whole = caller.done("PUT", profile["url"], json=terms(caller, payment_type="payment_gw_monthly"))
    assert whole == {
        **profile,
        "attributes": {"a": 1},
        "payment_type": "payment_gw_monthly",
        "payment_type_display": "Payment gateways (monthly)",
    }
    sent = {"organization": customer_link(caller.customer("Ada")), "account_uuid": caller.here.company.account(EUROS).id}
    assert caller.refused("PATCH", profile["url"], json=sent) == (
        400,
        {
            "organization": ["A profile stays with its organization."],
            "account_uuid": ["A profile stays with its account."],
        },
    )
    assert caller.refused("PUT", profile["url"], json={}) == (
        400,
        {"name": REQUIRED, "organization": REQUIRED, "payment_type": REQUIRED},
    )


@pytest.mark.parametrize(("verb", "rest"), [("PATCH", ""), ("PUT", ""), ("POST", "enable/")])
def test_a_profile_that_is_not_there_comes_first(reader: Caller, verb: str, rest: str) -> None:
    refused = reader.refused(verb, f"payment-profiles/{NOBODY}/{rest}", content=b"{", headers={"Content-Type": "text/x"})
    assert refused == (404, {"detail": "No PaymentProfile matches the given query."})


def test_lists_are_filtered_and_ordered(caller: Caller) -> None:
    ada, bob, inactive = caller.customer("Ada"), caller.customer("Bob"), made(caller, name="A first")

    def names(query: str, by: str = "clerk") -> list[str]:
        return [row["name"] for row in caller.done("GET", f"payment-profiles/?{query}", by=by)]

    agreed = [f"Ada {code}, as agreed" for code in ("EUR", "JPY", "BHD")]
    assert names("") == [*agreed, "Bob EUR, as agreed", "A first"]
    assert names(f"organization_uuid={ada.id}") == agreed
    assert names(f"organization={customer_link(bob)}") == ["Bob EUR, as agreed", "A first"]
    assert names(f"organization={customer_link(bob)}&organization_uuid={ada.id}") == []
    assert names(f"organization_uuid={bob.id}&is_active=true") == ["Bob EUR, as agreed"]
    assert names("is_active=false") == ["A first"]
    assert names("is_active=nonsense&payment_type=invoices") == ["A first"]
    assert names("o=name")[0] == "A first"
    assert names("o=-name")[0] == "Bob EUR, as agreed"
    assert names("o=nonsense,payment_type,-name")[-1] == "A first"
    assert names(f"organization_uuid={NOBODY}") == []
    assert caller.done("GET", "payment-profiles/?field=name&is_active=false") == [{"name": inactive["name"]}]


def test_filters_that_are_wrong_are_refused_together(reader: Caller) -> None:
    assert reader.refused("GET", "payment-profiles/?organization_uuid=x&payment_type=y") == (
        400,
        {
            "organization_uuid": ["Enter a valid UUID."],
            "payment_type": ["Select a valid choice. y is not one of the available choices."],
        },
    )


def test_owners_see_the_active_profiles_of_their_customers(caller: Caller) -> None:
    account = caller.here.company.account(EUROS)
    hidden: PaymentProfile = caller.enter(
        lambda entry: profiles.create(entry, account=account, name="Hidden", payment_type="invoices", active=False)
    )
    seen = caller.done("GET", "payment-profiles/", by="owner")
    assert [row["name"] for row in seen] == [f"Ada {code}, as agreed" for code in ("EUR", "JPY", "BHD")]
    assert caller.done("GET", "payment-profiles/?is_active=false", by="owner") == []
    assert caller.done("GET", f"payment-profiles/?organization_uuid={caller.customer('Bob').id}", by="owner") == []
    for profile in (hidden, caller.profile(BOBS)):
        refused = caller.refused("GET", profile_link(profile), by="owner")
        assert refused == (404, {"detail": "No PaymentProfile matches the given query."})
    assert caller.done("GET", profile_link(hidden))["name"] == "Hidden"


def test_making_a_profile_can_be_repeated_with_a_key(caller: Caller) -> None:
    sent, key = terms(caller), {"Idempotency-Key": "a"}
    first, second = (caller.ask("POST", "payment-profiles/", json=sent, headers=key) for _ in range(2))
    assert (second.json(), second.headers["Idempotency-Replayed"]) == (first.json(), "true")
