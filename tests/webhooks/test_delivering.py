"""Receivers of every kind are told of every event, in order per record, and none delays another."""

import time
from collections.abc import Callable
from itertools import count

import pytest
from standardwebhooks.webhooks import Webhook as Library

from ledger.storage.models import Webhook
from rpcserver.watching import measures
from rpcserver.webhooks import delivering
from tests.books import SETUP
from tests.rpcserver.watching.scraping import scraped, value
from tests.rpcserver.world import World
from tests.webhooks.office import TOLD, Office, opened
from tests.webhooks.receiver import Message, Receiver, receiving, until, well


def told(office: Office, receiver: Receiver, payments: int = 5, seconds: float = 20) -> None:
    """So many payments are made, and everything of them comes, once each and in order per record."""
    ids = office.pay(payments)
    receiver.wait(2 * payments, seconds)
    until(lambda: office.waiting() == 0)
    assert set(receiver.by_record()) >= set(ids)
    in_order(receiver)


def in_order(receiver: Receiver) -> None:
    for places in receiver.by_record().values():
        assert places == sorted(places)
    for record_id in receiver.by_record():
        types = [each.event["type"] for each in receiver.taken if each.event["record_id"] == record_id]
        assert list(dict.fromkeys(types)) == TOLD


def test_a_receiver_is_told_and_can_check_who_told_it(office: Office, receiver: Receiver) -> None:
    made = office.hook(receiver)
    (payment_id,) = office.pay()
    created, posted = receiver.wait(2)
    assert [Library(made["secret"]).verify(each.body, each.headers)["type"] for each in (created, posted)] == TOLD
    assert posted.event["data"]["id"] == posted.event["record_id"] == payment_id
    assert posted.event["data"]["life_cycle_state"] == "POSTED"
    assert abs(int(posted.headers["webhook-timestamp"]) - time.time()) < 30
    assert len({each.headers["webhook-id"] for each in (created, posted)}) == 2
    listed = office.call("events/list", number_of_results=100)["events"]
    assert {each.event["id"] for each in (created, posted)} <= {each["id"] for each in listed}
    until(lambda: office.waiting() == 0)
    assert len(receiver.came) == 2


def test_many_events_come_once_each_and_in_order(office: Office, receiver: Receiver) -> None:
    office.hook(receiver)
    told(office, receiver, 60)
    assert len(receiver.came) == 120


def odd_ones(refuse: int) -> Callable[[Message], int]:
    """Every second message is answered so, whatever it is."""
    turns = count()
    return lambda _: refuse if next(turns) % 2 == 0 else 200


@pytest.mark.parametrize("status", [302, 400, 404, 429, 500, 503])
def test_a_receiver_that_fails_now_and_then_is_told_of_everything(office: Office, receiver: Receiver, status: int) -> None:
    office.hook(receiver)
    receiver.behave = odd_ones(status)
    told(office, receiver)
    assert len(receiver.came) > len(receiver.taken)
    assert {each.headers["webhook-id"] for each in receiver.came} == {each.headers["webhook-id"] for each in receiver.taken}


def test_a_receiver_that_asks_for_a_pause_gets_it(office: Office, receiver: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ledger.deliveries.LONGEST_PAUSE", 2)
    receiver.headers, receiver.behave = {"Retry-After": "3600"}, lambda _: 429
    office.hook(receiver)
    office.pay(1)
    until(lambda: len(receiver.came) == 1)
    asked = time.monotonic()
    receiver.behave = well
    receiver.wait(2)
    assert receiver.taken[0].at - asked >= 1.9
    assert [each.place for each in receiver.came] == [receiver.taken[0].place, *(each.place for each in receiver.taken)]


def test_a_receiver_that_was_not_there_is_told_when_it_is(office: Office) -> None:
    with receiving() as receiver:
        office.hook(receiver)
    office.pay(5)
    until(lambda: office.call("webhooks/show", webhook_identifier={"name": "ERP"})["failing_since"] is not None)
    assert office.waiting() == 10
    with receiving(receiver):
        receiver.wait(10)
        until(lambda: office.waiting() == 0)
        in_order(receiver)
        assert office.call("webhooks/show", webhook_identifier={"name": "ERP"})["failing_since"] is None


def test_a_receiver_that_is_slow_is_told_of_several_records_at_a_time(office: Office, receiver: Receiver) -> None:
    def slowly(_message: Message) -> int:
        time.sleep(0.2)
        return 200

    receiver.behave = slowly
    office.hook(receiver)
    started = time.monotonic()
    told(office, receiver, 8)
    assert time.monotonic() - started < 16 * 0.2


def test_a_receiver_that_hangs_delays_nobody_else_and_is_told_later(office: Office, receiver: Receiver) -> None:
    with receiving() as hanging:
        hanging.behave = hanging.hang
        office.hook(hanging, "hangs")
        office.hook(receiver)
        for _ in range(3):
            sent = time.monotonic()
            office.pay(2)
            receiver.wait(len(receiver.taken) + 4)
            assert time.monotonic() - sent < 2
        in_order(receiver)
        until(lambda: len(hanging.came) > 1)
        assert hanging.taken == []
        hanging.behave = well
        hanging.released.set()
        hanging.wait(12)
        until(lambda: office.waiting("hangs") == 0)
        in_order(hanging)


def test_calls_are_answered_while_a_receiver_hangs(office: Office, receiver: Receiver) -> None:
    receiver.behave = receiver.hang
    office.hook(receiver)
    office.pay(20)
    until(lambda: len(receiver.came) > 0)
    started = time.monotonic()
    for _ in range(20):
        office.call("whoami")
    assert time.monotonic() - started < 2


def test_a_receiver_that_is_gone_is_told_no_more(office: Office, receiver: Receiver) -> None:
    receiver.behave = lambda _: 410
    office.hook(receiver)
    office.pay(2)
    until(lambda: not office.call("webhooks/show", webhook_identifier={"name": "ERP"})["active"])
    shown = office.call("webhooks/show", webhook_identifier={"name": "ERP"})
    assert (shown["waiting"], shown["parked"]) == (0, 4)
    parked = office.call("webhooks/deliveries/list", state="PARKED")
    assert {each["last_status"] for each in parked} <= {410, None}
    assert 410 in {each["last_status"] for each in parked}


def test_while_a_secret_is_rotated_what_comes_is_signed_with_both(office: Office, receiver: Receiver) -> None:
    old = office.hook(receiver)["secret"]
    new = office.call("webhooks/rotate_secret", webhook_identifier={"name": "ERP"})["secret"]
    assert old != new
    office.pay()
    (message, _) = receiver.wait(2)
    for secret in (old, new):
        Library(secret).verify(message.body, message.headers)


def test_another_url_is_told_from_then_on(office: Office, receiver: Receiver) -> None:
    office.hook(receiver)
    told(office, receiver, 1)
    with receiving() as other:
        office.call("webhooks/update", webhook_identifier={"name": "ERP"}, url=other.url)
        told(office, other, 1)
    assert len(receiver.taken) == 2


def test_what_the_server_of_today_cannot_read_is_not_sent(here: World, office: Office, receiver: Receiver) -> None:
    office.hook(receiver)
    office.book.enter(SETUP, lambda entry: entry.rows.change(Webhook, {"encrypted": "unreadable"}, name="ERP"))
    office.pay()
    until(lambda: "SECRET_UNREADABLE" in str(office.call("webhooks/deliveries/list")))
    assert receiver.came == []


def test_an_address_that_is_not_allowed_is_not_connected_to(here: World, hasty: None, receiver: Receiver) -> None:
    with opened(here) as office:
        office.hook(receiver)
    with opened(here, webhook_allowed_networks="127.9.9.9/32") as office:
        office.pay()
        until(lambda: "ADDRESS_NOT_ALLOWED" in str(office.call("webhooks/deliveries/list")))
    assert receiver.came == []


def test_tries_are_counted_by_what_became_of_them_and_so_is_what_waits(
    here: World, hasty: None, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    def told(name: str, **labels: str) -> float:
        return value(scraped(office.client), name, **labels)

    monkeypatch.setattr(delivering, "COUNT_SECONDS", 0.0)
    receiver.behave = odd_ones(404)
    with opened(here, metrics=True) as office:
        office.hook(receiver)
        office.pay(5)
        receiver.wait(10)
        until(lambda: told(measures.TRIES.name) == len(receiver.came))
        assert told(measures.TRIES.name, outcome="OK") == 10
        assert told(measures.TRIES.name, outcome="REFUSED") == len(receiver.came) - 10 > 0
        receiver.behave = receiver.hang
        office.pay(1)
        until(lambda: told(measures.DELIVERIES.name, state="waiting") == 2)
        until(lambda: told(measures.OLDEST.name) >= 1)
        office.call("webhooks/disable", webhook_identifier={"name": "ERP"})
        until(lambda: told(measures.DELIVERIES.name, state="parked") == 2)
        until(lambda: told(measures.OLDEST.name) == 0)


def test_without_any_webhook_nothing_is_written(office: Office) -> None:
    office.pay()
    time.sleep(0.3)
    assert office.book.read(SETUP, lambda reading: reading.rows.tuples(Webhook.select())) == []


def test_two_servers_send_nothing_twice_and_lose_nothing(here: World, hasty: None, receiver: Receiver) -> None:
    with opened(here) as one, opened(here) as two:
        one.hook(receiver)
        for _ in range(5):
            one.pay(3)
            two.pay(3)
        receiver.wait(60)
        until(lambda: one.waiting() == 0)
    in_order(receiver)
    assert len(receiver.came) == 60


def test_what_is_under_way_when_a_server_stops_is_told_by_the_next(here: World, hasty: None) -> None:
    with receiving() as receiver:
        receiver.behave = receiver.hang
        with opened(here) as office:
            office.hook(receiver)
            office.pay(3)
            until(lambda: len(receiver.came) == 3)
            started = time.monotonic()
        assert time.monotonic() - started < 3
        receiver.behave = well
        with opened(here) as office:
            # The lease was let go, so nobody has to wait until it has run out.
            receiver.wait(6, 10)
            until(lambda: office.waiting() == 0)
    in_order(receiver)
