"""What is tried when, in which order, and what becomes of it, by a clock that the test moves."""

from itertools import cycle

import pytest

from ledger import deliveries, purge, webhooks
from ledger.ciphers import OF_WEBHOOKS, Cipher, Unreadable
from ledger.deliveries import GIVE_UP_SECONDS, LEASE_SECONDS, LONGEST_PAUSE, PARKED, WAITING, Result, Try, pause, seconds_of
from ledger.entry import Reading, utc_text
from ledger.errors import DuplicateName, EntityNotFound, EventsNotKept, InvalidParameter
from ledger.storage.models import AuditEntry, Delivery, Event, Webhook
from tests.books import SETUP, Company
from tests.webhooks.desk import CIPHER, OTHER, SECRET, TYPES, Desk, desk, places

HOUR = 3_600
DOWN = (None, 500, 502, 503, 429)


def test_a_new_webhook_is_told_of_what_happens_from_then_on(company: Company) -> None:
    company.pay(10)
    one = desk(company)
    told = company.pay(20)
    assert one.take_all() == places(company, told)[:2]
    assert one.rows() == []
    assert not one.busy()


def test_a_webhook_is_told_of_its_types_alone_or_of_all(company: Company) -> None:
    one, of_all = desk(company, types=["payment.posted"]), desk(company, "all", None)
    company.pay(10)
    one.advance()
    of_all.advance()
    assert [each.event.type for each in one.due()] == ["payment.posted"]
    assert [row.place for row in of_all.rows()] == [event.pk for event in company.all(Event)][-3:]


def test_what_was_taken_is_not_told_again_in_the_next_turn(company: Company) -> None:
    receiver = desk(company, types=["payment.created"])
    company.pay()
    receiver.advance()
    (found,) = receiver.due()
    receiver.taken(found)
    receiver.advance()
    assert receiver.due() == []


def test_of_each_record_only_the_oldest_is_tried(company: Company) -> None:
    one = desk(company)
    first, second = places(company, company.pay(10))[:2], places(company, company.pay(20))[:2]
    one.advance()
    assert [each.event.pk for each in one.due()] == [first[0], second[0]]
    one.taken(one.due()[0])
    assert [each.event.pk for each in one.due()] == [first[1], second[0]]


def test_what_follows_in_a_record_is_found_by_the_record(company: Company) -> None:
    one, payment = desk(company), company.pay(10)
    one.advance()
    one.taken(*one.due())

    def look(reading: Reading) -> list[int]:
        return [each.event.pk for each in deliveries.following(reading, reading.rows.get(Webhook, one.pk), [payment.id])]

    assert company.book.read(SETUP, look) == places(company, payment)[1:2]


def test_what_follows_in_a_record_waits_for_its_own_time(company: Company) -> None:
    one, payment = desk(company), company.pay(10)
    one.advance()
    first = one.due()[0].delivery_pk
    company.book.enter(SETUP, lambda entry: entry.rows.change(Delivery, {"state": PARKED}, pk=first))
    one.failed(*one.due())
    company.do(webhooks.replay, one.webhook)
    one.taken(*one.due())

    def look(reading: Reading) -> int:
        return len(deliveries.following(reading, reading.rows.get(Webhook, one.pk), [payment.id]))

    assert company.book.read(SETUP, look) == 0
    company.clock.advance(seconds=3)
    assert company.book.read(SETUP, look) == 1


def test_what_is_being_tried_is_not_tried_again(company: Company) -> None:
    one = desk(company)
    company.pay(10)
    company.pay(20)
    one.advance()
    under_way = one.due()[0].delivery_pk
    assert under_way not in [each.delivery_pk for each in one.due(trying=[under_way])]
    assert len(one.due(trying=[under_way])) == 1


def test_one_that_is_refused_holds_up_its_record_and_no_other(company: Company) -> None:
    one = desk(company)
    first, second = places(company, company.pay(10))[:2], places(company, company.pay(20))[:2]
    one.advance()
    one.failed(one.due()[0])
    assert one.take_all() == second
    company.clock.advance(seconds=3)
    assert one.take_all() == first


def test_pauses_grow_to_an_hour_and_are_cut_by_chance() -> None:
    for failures, longest in ((1, 2), (2, 4), (3, 8), (11, 2_048), (12, LONGEST_PAUSE), (5_000, LONGEST_PAUSE)):
        found = {pause(failures) for _ in range(50)}
        assert len(found) > 1
        assert longest / 2 <= min(found) and max(found) <= longest


@pytest.mark.parametrize("status", [400, 404, 500, None])
def test_what_is_refused_for_three_days_is_parked_and_its_record_goes_on(company: Company, status: int | None) -> None:
    one = desk(company)
    created, posted = places(company, company.pay(10))[:2]
    one.advance()
    started, tries = company.clock(), 0
    while tries < 200:
        for each in one.due():
            tries += 1
            one.failed(each, status=status)
        if created not in [row.place for row in one.rows(WAITING)]:
            break
        moments = one.rows()[0].next_try_on, one.webhook.probe_on or ""
        company.clock.advance(seconds=max(0, seconds_of(max(moments)) - company.clock()))
    assert GIVE_UP_SECONDS - LONGEST_PAUSE <= company.clock() - started <= GIVE_UP_SECONDS + LONGEST_PAUSE
    assert 72 < tries < 200
    (parked,) = one.rows(PARKED) if status == 400 else one.rows(PARKED)[:1]
    assert (parked.place, parked.last_status, parked.attempts) == (created, status, tries)
    assert parked.last_error == ("REFUSED" if status else "CONNECTION_FAILED")
    if status is not None and status < 500:
        assert [each.event.pk for each in one.due()] == [posted]


@pytest.mark.parametrize("status", DOWN)
def test_a_receiver_that_is_down_is_tried_with_one_delivery_at_a_time(company: Company, status: int | None) -> None:
    one = desk(company)
    for _ in range(5):
        company.pay(10)
    one.advance()
    assert len(one.due()) == 5
    one.failed(one.due()[0], status=status)
    assert one.webhook.failing_since == utc_text(company.clock())
    assert (one.due(), one.busy()) == ([], False)
    company.clock.advance(seconds=3)
    assert (len(one.due()), one.busy()) == (1, True)
    assert one.due(trying=[one.due()[0].delivery_pk]) == []


def test_probes_take_turns_so_that_one_bad_event_holds_up_no_other(company: Company) -> None:
    one = desk(company)
    bad, good = company.pay(10), company.pay(20)
    one.advance()
    told: list[int] = []
    for _ in range(20):
        for each in one.due():
            if each.record_id == bad.id:
                one.failed(each, status=500)
            else:
                told.append(each.event.pk)
                one.taken(each)
        company.clock.advance(seconds=1)
    assert told == places(company, good)[:2]
    # It is not hammered either: of twenty seconds it had a try after 1 to 2, 2 to 4, ...
    assert 3 <= one.rows()[0].attempts <= 8


def test_what_waited_for_a_receiver_that_answers_again_is_due_at_once(company: Company) -> None:
    one = desk(company)
    for _ in range(4):
        company.pay(10)
    one.advance()
    for _ in range(12):
        one.failed(*one.due(1), status=None)
        company.clock.advance(seconds=HOUR)
        one.advance()
    company.clock.advance(seconds=-HOUR)
    one.failed(*one.due(), status=None)
    company.clock.advance(seconds=HOUR)
    one.taken(*one.due())
    assert (one.webhook.failures, one.webhook.failing_since, one.webhook.probe_on) == (0, None, None)
    assert len(one.due()) == 4


def test_the_last_probe_is_due_at_once_when_another_one_is_taken(company: Company, monkeypatch: pytest.MonkeyPatch) -> None:
    cut_by(monkeypatch, 1, 0.5)
    one, old = desk(company), company.pay(10)
    one.advance()
    for _ in range(14):
        one.failed(*one.due(), status=None)
        company.clock.advance(seconds=HOUR)
    one.failed(*one.due(), status=None)
    company.pay(20)
    company.clock.advance(seconds=HOUR / 2)
    one.advance()
    (probe,) = one.due()
    assert probe.record_id != old.id
    one.taken(probe)
    assert old.id in [each.record_id for each in one.due()]


def test_probes_go_to_what_was_not_tried_yet_first(company: Company, monkeypatch: pytest.MonkeyPatch) -> None:
    cut_by(monkeypatch, 1)
    one, bad, good = desk(company), company.pay(10), company.pay(20)
    one.advance()
    one.failed(one.due()[0], status=500)
    company.clock.advance(seconds=2)
    assert [each.record_id for each in one.due()] == [good.id] != [bad.id]


def test_one_bad_event_is_not_tried_again_each_time_that_another_is_taken(company: Company) -> None:
    one, bad = desk(company), company.pay(10)
    for _ in range(60):
        company.pay(20)
        one.advance()
        for each in one.due():
            if each.record_id == bad.id:
                one.failed(each, status=500)
            else:
                one.taken(each)
        company.clock.advance(seconds=1)
    assert 4 <= one.rows()[0].attempts <= 8


def cut_by(monkeypatch: pytest.MonkeyPatch, *parts: float) -> None:
    """Have chance cut pauses by these, in turn."""
    turns = cycle(parts)
    monkeypatch.setattr(deliveries._chance, "uniform", lambda _least, _most: next(turns))


def test_a_refusal_shows_that_the_receiver_is_up(company: Company) -> None:
    one = desk(company)
    company.pay(10)
    company.pay(20)
    one.advance()
    one.failed(one.due()[0], status=None)
    company.clock.advance(seconds=3)
    one.failed(*one.due(), status=404)
    assert one.webhook.failing_since is None
    assert len(one.due()) == 1


def test_tries_that_began_together_count_as_one_failure(company: Company) -> None:
    one = desk(company)
    for _ in range(8):
        company.pay(10)
    one.advance()
    one.failed(*one.due(), status=None)
    assert one.webhook.failures == 1
    company.clock.advance(seconds=3)
    one.failed(*one.due(), status=None)
    assert one.webhook.failures == 2


def test_a_probe_stands_for_all_that_wait_when_a_receiver_is_down_for_three_days(company: Company) -> None:
    one = desk(company)
    for _ in range(5):
        company.pay(10)
    one.advance()
    started = company.clock()
    while company.clock() - started < GIVE_UP_SECONDS - HOUR:
        one.failed(*one.due(), status=None)
        company.clock.advance(seconds=HOUR / 2)
    company.pay(20)
    one.advance()
    for _ in range(8):
        one.failed(*one.due(), status=None)
        company.clock.advance(seconds=HOUR / 2)
    assert (len(one.rows(PARKED)), len(one.rows(WAITING))) == (10, 2)


# --- receivers that ask to be left alone ------------------------------------------------------------------------------------


def put_off(one: Desk, each: Try, wait: float, status: int = 503) -> None:
    """The receiver answers that it wants nothing for so many seconds."""
    one.advance(one.result(each, status, "REFUSED", wait))


@pytest.mark.parametrize("status", [429, 503])
@pytest.mark.parametrize(("asked", "wait"), [(90, 90), (89.2, 90), (LONGEST_PAUSE, LONGEST_PAUSE), (10**9, LONGEST_PAUSE)])
def test_no_try_is_made_before_the_receiver_wants_it_nor_later_than_after_the_longest_pause(
    company: Company, status: int, asked: float, wait: int
) -> None:
    one = desk(company)
    company.pay(10)
    company.pay(20)
    one.advance()
    put_off(one, one.due()[0], asked, status)
    assert one.webhook.probe_on == max(row.next_try_on for row in one.rows()) == utc_text(company.clock() + wait)
    company.clock.advance(seconds=wait - 1)
    assert (one.due(), one.busy()) == ([], False)
    company.clock.advance(seconds=1)
    assert len(one.due()) == 1


def test_a_pause_of_ours_that_is_longer_is_not_cut_short(company: Company, monkeypatch: pytest.MonkeyPatch) -> None:
    cut_by(monkeypatch, 1)
    one = desk(company)
    company.pay(10)
    one.advance()
    for _ in range(5):
        put_off(one, one.due()[0], 1)
        company.clock.advance(seconds=60)
    put_off(one, one.due()[0], 1)
    assert one.webhook.probe_on == utc_text(company.clock() + 64)


def test_what_was_under_way_when_the_receiver_asked_for_a_pause_does_not_end_it(company: Company) -> None:
    one = desk(company)
    for _ in range(4):
        company.pay(10)
    one.advance()
    asking, taken, refused, down = one.due()
    put_off(one, asking, 90)
    until = utc_text(company.clock() + 90)
    for result in (one.result(taken, 200, None), one.result(refused, 404, "REFUSED"), one.result(down, 500, "REFUSED")):
        one.advance(result._replace(failures=0))
        assert (one.webhook.probe_on, one.due()) == (until, [])
    company.clock.advance(seconds=90)
    one.taken(*one.due())
    assert one.webhook.failing_since is None
    assert len(one.due()) == 3


def test_a_probe_that_is_taken_after_the_pause_ends_it_whatever_else_waits_longer(
    company: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    cut_by(monkeypatch, 1)
    one, bad = desk(company), company.pay(10)
    one.advance()
    for _ in range(5):
        one.failed(*one.due(), status=404)
        company.clock.advance(seconds=60)
    put_off(one, one.due()[0], 5)
    company.pay(20)
    company.clock.advance(seconds=5)
    one.advance()
    (probe,) = one.due()
    assert probe.record_id != bad.id
    one.taken(probe)
    assert one.webhook.failing_since is None


def test_without_a_word_of_the_receiver_what_was_under_way_shows_that_it_is_up(company: Company) -> None:
    one = desk(company)
    company.pay(10)
    company.pay(20)
    one.advance()
    down, taken = one.due()
    one.failed(down, status=500)
    one.advance(one.result(taken, 200, None)._replace(failures=0))
    assert one.webhook.failing_since is None


# --- the lease ---------------------------------------------------------------------------------------------------------------


def test_of_two_servers_one_delivers_until_it_lets_go_or_dies(company: Company) -> None:
    one = desk(company)
    two = Desk(company, one.pk, OTHER)
    company.pay(10)
    assert one.advance()
    assert (two.advance(), two.busy()) == (False, False)
    company.clock.advance(seconds=LEASE_SECONDS - 1)
    assert one.advance()
    company.clock.advance(seconds=LEASE_SECONDS - 1)
    assert not two.advance()
    company.clock.advance(seconds=2)
    assert two.busy()
    assert two.advance()
    assert not one.advance()
    company.book.enter(SETUP, lambda entry: deliveries.let_go(entry, one.pk, one.holder))
    assert not one.advance()
    company.book.enter(SETUP, lambda entry: deliveries.let_go(entry, one.pk, two.holder))
    assert one.advance()


def test_what_was_taken_is_written_down_although_the_lease_is_lost(company: Company) -> None:
    one = desk(company)
    company.pay(10)
    one.advance()
    (sent,) = one.due()
    company.clock.advance(seconds=LEASE_SECONDS + 1)
    two = Desk(company, one.pk, OTHER)
    assert two.advance()
    assert not one.taken(sent)
    assert sent.delivery_pk not in [row.pk for row in one.rows()]
    assert not one.failed(*two.due())
    assert [row.attempts for row in one.rows()] == [0]


# --- disabling, enabling, replaying ------------------------------------------------------------------------------------------


def test_a_receiver_that_is_gone_is_disabled(company: Company) -> None:
    one = desk(company)
    company.pay(10)
    one.advance()
    assert not one.failed(*one.due(), status=410)
    assert one.webhook.disabled_on is not None
    assert [row.state for row in one.rows()] == [PARKED, PARKED]
    assert (one.advance(), one.busy()) == (False, False)
    last = company.audited(one.webhook)[-1]
    assert '"disabled_on"' in (last.after or "")


def test_a_disabled_webhook_is_told_of_nothing_until_it_is_enabled(company: Company) -> None:
    one = desk(company)
    company.pay(10)
    one.advance()
    assert company.do(webhooks.disable, one.webhook).disabled_on is not None
    company.pay(20)
    assert one.take_all() == []
    company.do(webhooks.disable, one.webhook)
    places(company, company.pay(30))
    last = company.all(Event)[-1].pk
    company.do(webhooks.enable, one.webhook)
    company.do(webhooks.enable, one.webhook)
    told = company.pay(40)
    assert one.webhook.cursor == last
    assert one.take_all() == places(company, told)[:2]
    assert len(one.rows(PARKED)) == 2


def test_what_is_parked_is_replayed_in_order(company: Company) -> None:
    one = desk(company)
    payment = company.pay(10)
    one.advance()
    company.do(webhooks.disable, one.webhook)
    company.do(webhooks.enable, one.webhook)
    assert one.due() == []
    assert company.do(webhooks.replay, one.webhook) == 2
    assert one.take_all() == places(company, payment)[:2]
    assert company.do(webhooks.replay, one.webhook) == 0


def test_past_events_are_told_again_from_a_place_on(company: Company) -> None:
    one = desk(company)
    first, second = places(company, company.pay(10))[:2], places(company, company.pay(20))[:2]
    assert sorted(one.take_all()) == [*first, *second]
    company.do(webhooks.replay, one.webhook, second[0])
    company.do(webhooks.replay, one.webhook, second[1])
    assert one.take_all() == second
    one.advance()
    assert one.rows() == []


def test_what_waits_already_is_not_told_twice_by_a_replay(company: Company) -> None:
    one = desk(company)
    told = places(company, company.pay(10))[:2]
    one.advance()
    company.do(webhooks.replay, one.webhook, told[0])
    assert one.take_all() == told


def test_a_replay_that_cannot_be_is_refused(company: Company) -> None:
    one = desk(company)
    places(company, company.pay(10))
    last = company.all(Event)[-1].pk
    for start in (0, last + 1):
        with pytest.raises(EntityNotFound):
            company.do(webhooks.replay, one.webhook, start)
    company.do(webhooks.disable, one.webhook)
    with pytest.raises(InvalidParameter):
        company.do(webhooks.replay, one.webhook)


def test_purge_keeps_what_still_has_to_be_told_and_forgets_what_cannot_be_replayed(company: Company) -> None:
    one = desk(company)
    company.pay(10)
    one.advance()
    company.clock.advance(days=40)
    purge.purge(company.book)
    assert [event.type for event in company.all(Event)][:1] == ["payment.created"]
    company.do(webhooks.disable, one.webhook)
    company.do(webhooks.enable, one.webhook)
    assert purge.purge(company.book)["parked deliveries"] == 2
    assert (one.rows(), company.all(Event)) == ([], [])


def test_purge_keeps_what_is_parked_as_long_as_its_event(company: Company) -> None:
    one = desk(company)
    payment = company.pay(10)
    one.advance()
    company.do(webhooks.disable, one.webhook)
    company.do(webhooks.enable, one.webhook)
    company.clock.advance(days=20)
    assert purge.purge(company.book)["parked deliveries"] == 0
    assert company.do(webhooks.replay, one.webhook) == 2
    assert one.take_all() == places(company, payment)[:2]


def test_purge_keeps_what_is_no_delivery_yet(company: Company) -> None:
    desk(company)
    payment = company.pay(10)
    company.clock.advance(days=40)
    purge.purge(company.book)
    assert len(places(company, payment)) == 2


# --- configuration -----------------------------------------------------------------------------------------------------------


def test_names_are_unique_and_types_are_known(company: Company) -> None:
    one = desk(company)
    with pytest.raises(DuplicateName):
        desk(company)
    with pytest.raises(InvalidParameter):
        desk(company, "other", ["payment.vanished"])
    with pytest.raises(InvalidParameter):
        company.do(webhooks.update, one.webhook, {"types": ["payment.vanished"]})
    other = desk(company, "other")
    with pytest.raises(DuplicateName):
        company.do(webhooks.update, other.webhook, {"name": "ERP"})
    assert company.do(webhooks.update, other.webhook, {"name": "other"}).name == "other"


def test_another_url_is_tried_at_once(company: Company) -> None:
    one = desk(company)
    company.pay(10)
    company.pay(20)
    one.advance()
    one.failed(*one.due(), status=None)
    assert one.due() == []
    company.do(webhooks.update, one.webhook, {"url": "https://new.example/"})
    assert (one.webhook.failing_since, len(one.due())) == (None, 2)


def test_types_can_be_changed_to_others_and_to_all(company: Company) -> None:
    one = desk(company)
    assert webhooks.types_of(one.webhook) == TYPES
    assert webhooks.types_of(company.do(webhooks.update, one.webhook, {"types": ("invoice.settled",)})) == ("invoice.settled",)
    assert webhooks.types_of(company.do(webhooks.update, one.webhook, {"types": None})) is None


def test_a_server_that_keeps_no_events_has_nothing_to_tell_of(company: Company) -> None:
    one = desk(company)
    company.do(webhooks.disable, one.webhook)
    company.book._keeps_events = False
    with pytest.raises(EventsNotKept):
        desk(company, "other")
    with pytest.raises(EventsNotKept):
        company.do(webhooks.enable, one.webhook)


def test_for_a_day_after_a_rotation_both_secrets_sign(company: Company) -> None:
    one, new = desk(company), "whsec_bmV3"

    def signing() -> list[str]:
        return webhooks.signing_secrets(CIPHER, one.webhook, company.clock())

    assert signing() == [SECRET]
    company.do(webhooks.rotate_secret, one.webhook, CIPHER.encrypted(new))
    assert signing() == [new, SECRET]
    company.clock.advance(days=1)
    assert signing() == [new]
    with pytest.raises(Unreadable):
        webhooks.signing_secrets(Cipher(["v" * 40], OF_WEBHOOKS), one.webhook, company.clock())
    with pytest.raises(Unreadable):
        webhooks.signing_secrets(Cipher(["w" * 40]), one.webhook, company.clock())


def test_no_secret_is_in_the_audit_log_or_in_clear_in_the_book(company: Company) -> None:
    one = desk(company)
    company.do(webhooks.rotate_secret, one.webhook, CIPHER.encrypted("whsec_bmV3"))
    company.do(webhooks.update, one.webhook, {"url": "https://other.example/"})
    kept = one.webhook
    secret = (SECRET, "whsec_", kept.encrypted, str(kept.previous_encrypted), "cursor", "holder")
    for row in company.all(AuditEntry, kind="webhook"):
        said = f"{row.before} {row.after}"
        assert "other.example" in said or "erp.example" in said
        assert not any(each in said for each in secret)
    assert len(company.audited(kept)) == 3
    assert not any("whsec_" in str(value) for value in (kept.encrypted, kept.previous_encrypted))


def test_a_result_of_a_delivery_that_is_gone_changes_nothing(company: Company) -> None:
    one = desk(company)
    company.pay(10)
    one.advance()
    (each,) = one.due()
    one.taken(each)
    one.advance(Result(each.delivery_pk, 0, 400, "REFUSED"))
    assert [row.attempts for row in company.all(Delivery)] == [0]
