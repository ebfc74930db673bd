"""events/list at the native door: over the demo, whose events are there already."""

from typing import Any

import pytest

from tests import scenes
from tests.access.houses import tied
from tests.native import BOTH, Native

pytestmark = pytest.mark.one_engine


def followed(server: Native, **asked: Any) -> list[dict[str, Any]]:
    """All events from a place on."""
    found, more = [], True
    while more:
        answer = server.done("events/list", asked)
        found += answer["events"]
        asked |= {"after": answer["after"]}
        more = answer["more"]
    return found


def end(server: Native, **how: Any) -> str:
    """The place after which there is nothing yet."""
    place, more = None, True
    while more:
        answer = server.done("events/list", {"after": place, "number_of_results": 1000}, **how)
        place, more = answer["after"], answer["more"]
    assert place is not None
    return str(place)


@BOTH
def test_what_a_call_did_is_told_to_whoever_asks_next(server: Native, prefix: str) -> None:
    asked = server.at(prefix)
    place = end(asked)
    account = scenes.account(server)
    payment = scenes.payment(server, account, 12.5)
    answer = asked.done("events/list", {"after": place})
    types = ["account.created", "payment.created", "payment.posted", "account.balance_changed"]
    assert [event["type"] for event in answer["events"]] == types
    assert [int(event["id"]) - int(place) for event in answer["events"]] == [1, 2, 3, 4]
    assert (answer["after"], answer["more"]) == (answer["events"][-1]["id"], False)
    posted = answer["events"][2]
    shown = server.done("payments/show", {"payment_identifier": payment})
    said = posted["data"]
    assert posted["record_id"] == said["id"] == shown["id"]
    names = ("id", "number", "reference_number", "back_office_code", "life_cycle_state", "payment_amount", "unallocated_amount")
    assert {name: said[name] for name in names} == {name: shown[name] for name in names}
    assert said["currency"] == shown["currency"]["code"]
    assert said["accounts_receivable"] == {name: shown["accounts_receivable"][name] for name in ("id", "number")}
    assert asked.done("events/list", {"after": answer["after"]}) == {"events": [], "after": answer["after"], "more": False}


def test_few_are_answered_at_a_time_and_a_hundred_unless_more_are_asked_for(server: Native) -> None:
    assert len(server.done("events/list")["events"]) == 100
    assert len(server.done("events/list", {"number_of_results": 3})["events"]) == 3
    assert server.done("events/list", {"number_of_results": None}) == server.done("events/list")


def test_all_events_are_read_page_by_page(server: Native) -> None:
    by_tens = followed(server, number_of_results=7, record=server.done("payments/list", {"number_of_results": 1})[0]["id"])
    assert [event["type"] for event in by_tens][:1] == ["payment.created"]
    assert [event["id"] for event in followed(server, number_of_results=999)] == [event["id"] for event in followed(server)]


@pytest.mark.parametrize("types", ["payment.posted, invoice.settled", ["payment.posted", "invoice.settled"]], ids=["text", "list"])
def test_types_are_a_text_or_a_list(server: Native, types: Any) -> None:
    assert {event["type"] for event in followed(server, types_set=types)} == {"payment.posted", "invoice.settled"}


@pytest.mark.parametrize(
    ("types", "said"),
    [
        (
            "payment.done",
            'types_set: "payment.done": no such type of event; expected are types out of payment.created, payment.updated,',
        ),
        (
            [],
            "types_set: a list was sent; expected are types of events separated by commas, or a list of them",
        ),
        ([7], "types_set: a list was sent; expected are types of events"),
        (7, "types_set: 7 was sent; expected are types of events"),
        ("", 'types_set: "": no such type of event'),
    ],
)
def test_what_is_no_type_is_refused(server: Native, types: Any, said: str) -> None:
    answer = server.ask("events/list", {"types_set": types})
    assert answer.errors == [("types_set", "INVALID_PARAMETER")]
    assert answer.message.startswith(said)


@pytest.mark.parametrize("number", [0, -1, 1001, "5", 1.5])
def test_a_page_has_at_least_one_and_at_most_a_thousand(server: Native, number: Any) -> None:
    assert server.ask("events/list", {"number_of_results": number}).errors == [("number_of_results", "INVALID_PARAMETER")]


def test_events_are_read_with_get_as_well(server: Native) -> None:
    place = end(server)
    scenes.account(server)
    answer = server.get("events/list", {"after": place, "types_set": "account.created", "number_of_results": "5"})
    assert [event["type"] for event in answer.data["events"]] == ["account.created"]


def test_fields_set_cuts_events(server: Native) -> None:
    answer = server.done("events/list", {"number_of_results": 1, "fields_set": "after,events.type"})
    assert answer == {"events": [{"type": answer["events"][0]["type"]}], "after": "1"}


def test_a_batch_reads_what_was_committed_before_it(server: Native) -> None:
    place = end(server)
    scenes.account(server)
    look = {"method": "events/list", "params": {"after": place}}
    make = {"method": "customers/create", "params": {"name": "Harbour"}}
    open_one = {
        "method": "accounts_receivable/create",
        "params": {"customer_identifier": {"name": "Harbour"}, "name": "H", "currency_identifier": {"code": "EUR"}},
    }
    envelopes = server.done("batch", {"calls": [make, open_one, look]})
    assert [event["type"] for event in envelopes[2]["data"]["events"]] == ["account.created"]
    assert len(server.done("events/list", {"after": place})["events"]) == 2


def test_an_owner_is_told_of_the_own_accounts_alone(server: Native) -> None:
    place = server.done("events/list", {"number_of_results": 1000}, by="owner")["after"]
    foreign = scenes.account(server)
    scenes.payment(server, foreign)
    scenes.payment(server, {"number": "9"})
    own = server.done("accounts_receivable/show", {"accounts_receivable_identifier": {"number": "9"}})
    answer = server.done("events/list", {"after": place}, by="owner")
    of = {event["data"].get("accounts_receivable", event["data"])["id"] for event in answer["events"]}
    assert of == {own["id"]}
    assert {event["type"] for event in answer["events"]} >= {"payment.created", "payment.posted", "account.balance_changed"}
    everything = server.done("events/list", {"after": place})["events"]
    stranger = next(event["record_id"] for event in everything if event["type"] == "payment.created")
    hidden = server.done("events/list", {"after": place, "record": stranger}, by="owner")
    assert hidden["events"] == []
    assert answer["after"] == hidden["after"] == answer["events"][-1]["id"], "nor does the place tell them apart"


def test_an_owner_goes_on_after_own_events_alone(server: Native) -> None:
    first = server.done("events/list", {"number_of_results": 1}, by="owner")
    assert (first["after"], first["more"]) == (first["events"][0]["id"], True)
    scenes.account(server)
    foreign, never = end(server), "987654321"
    refused = [server.ask("events/list", {"after": place}, by="owner") for place in (foreign, never)]
    assert {answer.verdict for answer in refused} == {(404, "ENTITY_NOT_FOUND")}
    assert refused[0].text == refused[1].text.replace(never, foreign)
    told, place = first["events"], first["after"]
    while first["more"]:
        first = server.done("events/list", {"number_of_results": 7, "after": place}, by="owner")
        told, place = told + first["events"], first["after"]
    assert told == server.done("events/list", {"number_of_results": 1000}, by="owner")["events"]
    assert place == told[-1]["id"]


def test_an_owner_of_nothing_has_no_place_to_go_on_from(server: Native) -> None:
    tied(server, "nobody")
    assert server.done("events/list", by="nobody") == {"events": [], "after": None, "more": False}


def test_a_place_that_was_never_given_is_not_found(server: Native) -> None:
    answer = server.ask("events/list", {"after": "987654321"})
    assert (answer.verdict, answer.errors) == ((404, "ENTITY_NOT_FOUND"), [("after", "ENTITY_NOT_FOUND")])


def test_what_is_only_tried_is_not_told(server: Native) -> None:
    place = end(server)
    body = scenes.payment_body(scenes.account(server), 5)
    server.done("payments/create", {**body, "validate_only": True})
    server.done("batch", {"calls": [{"method": "payments/create", "params": body}], "validate_only": True})
    server.done("batch", {"calls": [{"method": "payments/create", "params": {**body, "validate_only": True}}]})
    assert [event["type"] for event in server.done("events/list", {"after": place})["events"]] == ["account.created"]
