"""Customers at QBench's door: accounts by another name."""

import pytest

from ledger.storage.models import Account, Currency, Customer
from tests.books import EUROS
from tests.rpcserver.dialects.qbench.asking import OK, Body, Lab

WHOLE: Body = {
    "customer_name": "Harbour Labs",
    "address": "Quay 1\nPiraeus",
    "comments": "Calls at noon",
    "fax": "+30 1",
    "phone": "+30 2",
    "tags": ["water", "soil"],
}


def made(lab: Lab, **said: object) -> int:
    return int(lab.done("POST", "/customer", {"customer_name": "Harbour Labs", **said})["id"])


def shown(lab: Lab, pk: int) -> Body:
    return lab.done("GET", f"/customer/{pk}")


def test_a_customer_is_made_and_shown_with_the_published_members(lab: Lab) -> None:
    reply = lab.send("POST", "/customer", WHOLE)
    assert (reply.status, list(reply.body)) == (200, ["id"])
    told = shown(lab, reply.body["id"])
    assert list(told) == ["address", "comments", "customer_name", "fax", "id", "phone", "tags"]
    assert told == WHOLE | {"id": reply.body["id"]}


def test_a_name_is_enough(lab: Lab) -> None:
    pk = made(lab)
    empty: Body = {"address": None, "comments": None, "fax": None, "phone": None, "tags": []}
    assert shown(lab, pk) == empty | {"customer_name": "Harbour Labs", "id": pk}


def test_a_customer_made_here_is_an_account_in_the_default_currency(lab: Lab) -> None:
    pk, company = made(lab), lab.premises.company
    account = company.one(Account, pk=pk)
    assert company.one(Customer, pk=account.customer_pk).name == "Harbour Labs"
    assert company.one(Currency, pk=account.currency_pk).code == "EUR"
    payment = lab.pay(10, customer_id=pk)
    assert lab.shown(payment)["customer_id"] == pk


def test_only_what_is_sent_of_a_customer_changes(lab: Lab) -> None:
    pk = int(lab.done("POST", "/customer", WHOLE)["id"])
    assert lab.done("PUT", f"/customer/{pk}", {"phone": "+30 3", "fax": None, "tags": ["air"]}) == OK
    assert shown(lab, pk) == WHOLE | {"id": pk, "phone": "+30 3", "fax": None, "tags": ["air"]}
    assert lab.done("PUT", f"/customer/{pk}", {"customer_name": "Port Labs", "comments": None, "address": "", "tags": None}) == OK
    told = shown(lab, pk)
    assert (told["customer_name"], told["comments"], told["address"], told["tags"]) == ("Port Labs", None, "", [])


def test_a_customer_that_was_read_can_be_sent_back(lab: Lab) -> None:
    told = shown(lab, lab.customer())
    assert told["customer_name"] == EUROS
    assert lab.done("PUT", f"/customer/{lab.customer()}", told | {"phone": "1"}) == OK
    assert shown(lab, lab.customer()) == told | {"phone": "1"}


TEXT = "expected is a text of at most 255 characters without control characters"
NAME = "expected is a text of 1 to 255 characters without control characters"
TAGS = "expected is a list of at most 100 texts"
WRONG: list[tuple[Body, str]] = [
    ({"customer_name": ""}, f'customer_name: "" was sent, which has 0 characters; {NAME}'),
    ({"customer_name": "  "}, f'customer_name: "  " was sent, which has 2 characters; {NAME}'),
    ({"customer_name": None}, f"customer_name: null was sent; {NAME}"),
    ({"customer_name": 5}, f"customer_name: 5 was sent; {NAME}"),
    ({"customer_name": "a\x00b"}, f'customer_name: "a\\u0000b" was sent; {NAME}'),
    ({"phone": 1234}, f"phone: 1234 was sent; {TEXT}"),
    ({"fax": "1" * 256}, f'fax: "{"1" * 39}…" was sent, which has 256 characters; {TEXT}'),
    ({"tags": "water"}, f'tags: "water" was sent; {TAGS}'),
    ({"tags": ["water", 5]}, f"tags: 5 was sent; {NAME}"),
    ({"tags": ["t"] * 101}, f"tags: a list was sent; {TAGS}"),
    ({"adress": "Quay 1"}, "adress: cannot be sent here; did you mean address?"),
]


@pytest.mark.parametrize(("wrong", "said"), WRONG)
def test_what_cannot_be_read_is_refused_with_a_sentence(lab: Lab, wrong: Body, said: str) -> None:
    pk = lab.customer()
    assert lab.send("PUT", f"/customer/{pk}", wrong).refused == (400, said)
    assert lab.send("POST", "/customer", {"customer_name": "Lab", **wrong}).refused == (400, said)
    assert shown(lab, pk)["customer_name"] == EUROS


def test_long_notes_are_taken_up_to_their_limit(lab: Lab) -> None:
    pk = made(lab, comments="c" * 4000)
    assert len(shown(lab, pk)["comments"]) == 4000
    assert lab.send("POST", "/customer", {"customer_name": "Lab", "address": "a" * 4001}).status == 400


def test_tags_that_are_too_long_together_are_refused(lab: Lab) -> None:
    reply = lab.send("POST", "/customer", {"customer_name": "Lab", "tags": ["t" * 255] * 20})
    assert (reply.status, reply.error.split(":")[0]) == (400, "tags")


def test_half_a_surrogate_pair_is_no_text(lab: Lab) -> None:
    reply = lab.send("POST", "/customer", content=b'{"customer_name": "a\\ud800"}')
    assert (reply.status, "\\ud800" in reply.error) == (400, True)


def test_a_name_is_needed(lab: Lab) -> None:
    reply = lab.send("POST", "/customer", {"phone": "1"})
    known = "customer_name, address, comments, fax, phone, tags"
    assert reply.refused == (400, f"customer_name: is missing; expected are {known}")


@pytest.mark.parametrize("pk", ["987654", "0", "-1", "x", "9" * 19, "9" * 40])
def test_an_unknown_customer_is_not_found(lab: Lab, pk: str) -> None:
    for verb, body in (("GET", None), ("PUT", {"phone": "1"})):
        reply = lab.send(verb, f"/customer/{pk}", body)
        assert (reply.status, reply.error.split(":")[0]) == (404, "customer_id")
